#include "mime/writer.h"

#include <algorithm>
#include <utility>

#include "mime/charset.h"
#include "mime/date.h"
#include "mime/encoded_word.h"
#include "mime/header.h"
#include "mime/lexer.h"
#include "mime/message_id.h"

namespace gannet::mime {
namespace {

constexpr std::size_t kColumns = 78;      // RFC 5322 2.1.1: a line should not be longer
constexpr std::size_t kMaxColumns = 998;  // and must not be longer than this

// Nothing that is handed in may end a header line.
std::string one_line(std::string_view value) {
  std::string out;
  for (char c : value) {
    if (c == '\0') continue;
    out.push_back(c == '\r' || c == '\n' ? ' ' : c);
  }
  return std::string(trim(out));
}

// Folds at blanks that are outside of quoted strings (RFC 5322 2.2.3). Line ends that are there already are
// kept.
std::string fold(std::string_view line) {
  std::string out;
  std::size_t line_begin = 0, last_blank = std::string::npos;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && (i == 0 || line[i - 1] != '\\')) quoted = !quoted;
    out.push_back(c);
    if (c == '\n') {
      line_begin = out.size();
      last_blank = std::string::npos;
    } else if (c == ' ' && !quoted && out.size() - 1 > line_begin) {
      last_blank = out.size() - 1;
    }
    if (out.size() - line_begin > kColumns && last_blank != std::string::npos) {
      out.insert(last_blank, "\r\n");
      line_begin = last_blank + 2;
      last_blank = std::string::npos;
    }
  }
  return out;
}

// Lines end with CRLF; lone CR and LF do not survive.
std::string canonical_lines(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 40);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      if (i + 1 < text.size() && text[i + 1] == '\n') continue;
      out += "\r\n";
    } else if (text[i] == '\n') {
      out += "\r\n";
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// Whether text with CRLF line ends may go as it is: ASCII without NUL, no long lines, no line that transports
// mangle.
bool fits_7bit(std::string_view text) {
  if (!is_ascii(text) || text.contains('\0')) return false;
  while (!text.empty()) {
    const auto end = std::min(text.find("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    if (line.size() > kMaxColumns || line.starts_with("From ") || line.ends_with(' ')) return false;
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return true;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::none_of(text, ends_token);
}

// One "; name=value", in RFC 2231 form if it is not ASCII or does not fit on a line.
std::string format_parameter(const Parameter& parameter) {
  const std::string value = one_line(parameter.value);
  if (is_token(value) && is_ascii(value) && value.size() < 60) return parameter.name + '=' + value;
  if (is_ascii(value) && value.size() < 60) {
    std::string out = parameter.name + "=\"";
    for (char c : value) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    return out + '"';
  }
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::vector<std::string> pieces(1, "utf-8''");
  for (unsigned char c : sanitize_utf8(value)) {
    if (pieces.back().size() > 50) pieces.emplace_back();
    const bool plain = c < 0x80 && (is_token(std::string_view(reinterpret_cast<const char*>(&c), 1))) &&
                       c != '*' && c != '\'' && c != '%';
    if (plain) {
      pieces.back().push_back(static_cast<char>(c));
    } else {
      pieces.back() += {'%', kHex[c >> 4], kHex[c & 15]};
    }
  }
  if (pieces.size() == 1) return parameter.name + "*=" + pieces[0];
  std::string out;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    out += (i > 0 ? "; " : "") + parameter.name + '*' + std::to_string(i) + "*=" + pieces[i];
  return out;
}

}  // namespace

Writer& Writer::field(std::string line) {
  open_header();
  out_ += fold(line) + "\r\n";
  return *this;
}

// Fields come next: inside of a multipart, after a part's end, a delimiter goes before them.
void Writer::open_header() {
  if (in_header_) return;
  in_header_ = true;
  if (boundaries_.empty()) return;
  if (!out_.ends_with("\r\n\r\n") || !first_part_) out_ += "\r\n";
  out_ += "--" + boundaries_.back() + "\r\n";
  first_part_ = false;
}

Writer& Writer::header(std::string_view name, std::string_view value) {
  return field(std::string(name) + ": " + one_line(value));
}

Writer& Writer::text(std::string_view name, std::string_view utf8) {
  return field(std::string(name) + ": " + encode_words(one_line(utf8), name.size() + 2));
}

Writer& Writer::address(std::string_view name, const Address& address) {
  return addresses(name, std::span(&address, 1));
}

Writer& Writer::addresses(std::string_view name, std::span<const Address> addresses) {
  std::string line = std::string(name) + ":";
  bool separate = false;
  for (const auto& address : addresses) {
    Address clean = address;
    clean.name = one_line(address.name);
    clean.mailbox = one_line(address.mailbox);
    clean.host = one_line(address.host);
    if (separate && address.kind != AddressKind::kGroupEnd) line.push_back(',');
    if (address.kind != AddressKind::kGroupEnd) line.push_back(' ');
    line += format_address(clean);
    separate = address.kind != AddressKind::kGroupStart;
  }
  return field(std::move(line));
}

Writer& Writer::parameters(std::string_view name, std::string_view value,
                           std::span<const Parameter> parameters) {
  std::string line = std::string(name) + ": " + one_line(value);
  for (const auto& parameter : parameters) line += "; " + format_parameter(parameter);
  return field(std::move(line));
}

Writer& Writer::date(WallTime time, int offset_minutes) {
  return header("Date", format_date(time, offset_minutes));
}

Writer& Writer::message_id(const Clock& clock, std::string_view host) {
  return header("Message-ID", make_message_id(clock, random_, one_line(host)));
}

// The last fields of a part, and its body.
void Writer::finish_part(std::string_view media_type, std::span<const Parameter> parameters,
                         Encoding encoding, std::string_view body) {
  open_header();
  if (boundaries_.empty()) header("MIME-Version", "1.0");
  this->parameters("Content-Type", media_type, parameters);
  header("Content-Transfer-Encoding", encoding_name(encoding));
  out_ += "\r\n";
  out_ += body;
  in_header_ = false;
}

Writer& Writer::begin_multipart(std::string_view subtype, std::span<const Parameter> parameters) {
  open_header();
  if (boundaries_.empty()) header("MIME-Version", "1.0");
  std::vector<Parameter> all(parameters.begin(), parameters.end());
  const std::string boundary = random_.token(24);
  all.push_back({"boundary", boundary});
  this->parameters("Content-Type", "multipart/" + std::string(subtype), all);
  out_ += "\r\n";
  boundaries_.push_back(boundary);
  in_header_ = false;
  first_part_ = true;
  return *this;
}

Writer& Writer::begin_multipart(std::string_view subtype, std::initializer_list<Parameter> parameters) {
  return begin_multipart(subtype, std::span(parameters.begin(), parameters.size()));
}

Writer& Writer::end_multipart() {
  if (boundaries_.empty()) return *this;
  if (first_part_) open_header();
  if (in_header_) out_ += "\r\n";
  out_ += "\r\n--" + boundaries_.back() + "--\r\n";
  boundaries_.pop_back();
  in_header_ = first_part_ = false;
  return *this;
}

Writer& Writer::text_part(std::string_view subtype, std::string_view utf8) {
  const std::string body = canonical_lines(sanitize_utf8(utf8));
  const std::string type = "text/" + std::string(subtype);
  const Parameter charset{"charset", is_ascii(body) ? "us-ascii" : "utf-8"};
  if (fits_7bit(body)) {
    finish_part(type, {&charset, 1}, Encoding::k7Bit, body);
    return *this;
  }
  const std::string quoted = encode_quoted_printable(body), base64 = encode_base64_lines(body);
  const bool use_base64 = base64.size() < quoted.size();
  finish_part(type, {&charset, 1}, use_base64 ? Encoding::kBase64 : Encoding::kQuotedPrintable,
              use_base64 ? base64 : quoted);
  return *this;
}

Writer& Writer::part(std::string_view media_type, std::string_view content, std::string_view file_name) {
  open_header();
  if (!file_name.empty()) {
    const Parameter name{"filename", std::string(file_name)};
    parameters("Content-Disposition", "attachment", {&name, 1});
  }
  if (const std::string body = canonical_lines(content); fits_7bit(body)) {
    finish_part(media_type, {}, Encoding::k7Bit, body);
  } else if (equals_ignoring_case(media_type.substr(0, 8), "message/")) {  // RFC 2045 6.4: no encoding there
    finish_part(media_type, {}, is_ascii(body) ? Encoding::k7Bit : Encoding::k8Bit, body);
  } else {
    finish_part(media_type, {}, Encoding::kBase64, encode_base64_lines(content));
  }
  return *this;
}

Writer& Writer::raw_part(std::string_view media_type, std::string_view content) {
  finish_part(media_type, {}, is_ascii(content) ? Encoding::k7Bit : Encoding::k8Bit, content);
  return *this;
}

std::string Writer::take() {
  while (!boundaries_.empty()) end_multipart();
  if (in_header_) out_ += "\r\n";
  in_header_ = true;
  first_part_ = false;
  return std::exchange(out_, {});
}

}  // namespace gannet::mime
