#include "mta/header_scan.h"

#include <algorithm>
#include <ranges>

#include "mime/header.h"

namespace gannet::mta {

namespace {

// RFC 5322 2.2: printable US-ASCII but for the colon.
bool is_field_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

HeaderScan scan_header(std::string_view message, std::uint32_t limit) {
  HeaderScan scan;
  message = message.substr(0, limit);
  for (mime::HeaderReader reader(message, 0); reader.next();) {
    const mime::Header& header = reader.header();
    if (header.begin == 0 && !is_field_name(header.name(message))) {
      scan.starts_with_body = true;
      break;
    }
    switch (header.id) {
      case mime::HeaderId::kReceived:
        ++scan.received;
        break;
      case mime::HeaderId::kDeliveredTo:
        scan.delivered_to.push_back(mime::unfold(header.raw_value(message)));
        break;
      case mime::HeaderId::kReturnPath:
        scan.return_path.push_back({header.begin, header.end});
        break;
      case mime::HeaderId::kBcc:
      case mime::HeaderId::kResentBcc:
        scan.blind.push_back({header.begin, header.end});
        break;
      case mime::HeaderId::kDate:
        scan.date = true;
        break;
      case mime::HeaderId::kMessageId:
        scan.message_id = true;
        break;
      default:
        break;
    }
  }
  return scan;
}

std::string compose(std::string_view top, std::string message, const HeaderScan& scan, Blind blind) {
  auto taken_out = scan.return_path;
  if (blind == Blind::kTakenOut) taken_out.insert(taken_out.end(), scan.blind.begin(), scan.blind.end());
  std::ranges::sort(taken_out, {}, &mime::Range::begin);
  for (const mime::Range& field : std::views::reverse(taken_out)) message.erase(field.begin, field.size());
  std::string head(top);
  if (scan.starts_with_body) head += "\r\n";
  message.insert(0, head);
  return message;
}

}  // namespace gannet::mta
