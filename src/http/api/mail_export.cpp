// GET /api/account/NAME/mailboxes/ID/messages?after=UID&offset=OCTETS&max-bytes=N: messages in frames.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "http/api/mail_parts.h"
#include "http/json.h"

namespace gannet::http {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kUsualBytes = 4 << 20;
constexpr std::uint64_t kMostBytes = 16 << 20;
constexpr std::size_t kMostMessages = 2000;

// A message as the columns have it, with the names of its keywords.
struct Listed {
  mailbox::Entry entry;
  json::array keywords;
};

struct Listing {
  std::vector<Listed> messages;
  bool more = false;
};

// Messages from `after` on until they are `bytes` together, the first of them in any case.
Listing list_messages(const mailbox::AccountView& view, mailbox::MailboxId mailbox, mailbox::Uid after,
                      std::uint64_t bytes) {
  Listing out;
  if (after == UINT32_MAX) return out;
  std::uint64_t sum = 0;
  const auto lock = view.lock();
  view.for_each(mailbox, after + 1, UINT32_MAX, [&](const mailbox::Entry& entry) {
    if (!out.messages.empty() && (sum + entry.size > bytes || out.messages.size() == kMostMessages)) {
      out.more = true;
      return false;
    }
    sum += entry.size;
    Listed one{entry, {}};
    for (const auto number : entry.keywords.numbers()) one.keywords.emplace_back(view.keyword_name(number));
    out.messages.push_back(std::move(one));
    return true;
  });
  return out;
}

void add_frame(std::string& body, Listed& message, std::uint64_t offset, const std::string& content) {
  json::object head{{"uid", message.entry.uid},
                    {"received", to_unix_ms(message.entry.received)},
                    {"saved", to_unix_ms(message.entry.saved)},
                    {"keywords", std::move(message.keywords)},
                    {"size", message.entry.size},
                    {"offset", offset},
                    {"length", content.size()}};
  body += json::serialize(head);
  body += '\n';
  body += content;
}

void add_failure(std::string& body, mailbox::Uid uid, const std::string& reason) {
  body += json::serialize(json::object{{"uid", uid}, {"error", reason}, {"length", 0}});
  body += '\n';
}

}  // namespace

Response export_messages(const MailService& service, const Request& request) {
  const auto after = number_of(request, "after", 0, UINT32_MAX);
  const auto offset = number_of(request, "offset", 0, UINT32_MAX);
  const auto bytes = number_of(request, "max-bytes", kUsualBytes, kMostBytes);
  if (!after || !offset || !bytes || *bytes == 0)
    return error_response(400, "invalidProperties",
                          "after is a UID, offset a number of octets, max-bytes a number up to 16777216.");
  const auto target = target_of(service, request);
  if (!target) return target.error();
  const auto account = target->principal.id;
  const auto view = service.accounts->view(account);
  if (!view) return mail_failure(view.error());
  auto listing = list_messages(**view, target->mailbox.id, static_cast<mailbox::Uid>(*after), *bytes);
  std::vector<mailbox::DocumentId> documents;
  for (const auto& message : listing.messages) documents.push_back(message.entry.document);
  const auto records = service.accounts->messages(account, documents);
  if (!records) return mail_failure(records.error());

  Response out{.status = 200, .content_type = "application/octet-stream", .body = {}, .headers = {}};
  for (std::size_t i = 0; i < documents.size(); ++i) {
    auto& message = listing.messages[i];
    const auto& record = (*records)[i];
    if (!record) continue;  // expunged just now
    const std::uint64_t start = i == 0 ? *offset : 0;
    const auto content = service.accounts->content(*record, start, *bytes);
    if (content) {
      add_frame(out.body, message, start, *content);
      if (start + content->size() < message.entry.size) {
        listing.more = true;
        break;
      }
      continue;
    }
    // A message that is damaged must not keep the others.
    if (content.error().retry_can_help()) return mail_failure(content.error());
    add_failure(out.body, message.entry.uid, content.error().text());
  }
  out.body += json::serialize(json::object{{"more", listing.more}});
  out.body += '\n';
  return out;
}

}  // namespace gannet::http
