#include "mime/text.h"

#include <algorithm>

#include "mime/charset.h"
#include "mime/html.h"
#include "mime/lexer.h"

namespace gannet::mime {
namespace {

bool has_encoding(Encoding encoding) {
  return encoding == Encoding::kBase64 || encoding == Encoding::kQuotedPrintable ||
         encoding == Encoding::kUuencode;
}

bool is_html(const Part& part) {
  return equals_ignoring_case(part.subtype, "html") || equals_ignoring_case(part.subtype, "xhtml");
}

// The index of the branch of a multipart/alternative that is read as text: text/plain, else text/html, else
// the first.
std::uint32_t best_branch(const ParsedMessage& message, const Part& alternative) {
  std::uint32_t html = kNoPart;
  for (std::uint32_t i = alternative.first_child; i != kNoPart; i = message.parts[i].next_sibling) {
    const Part& part = message.parts[i];
    if (is_type(part, "text", "plain") && !part.body.empty()) return i;
    if (html == kNoPart && (is_type(part, "text", "html") || part.kind == PartKind::kMultipart)) html = i;
  }
  return html != kNoPart ? html : alternative.first_child;
}

void collect_readable(const ParsedMessage& message, std::uint32_t index, std::vector<std::uint32_t>& out) {
  const Part& part = message.parts[index];
  switch (part.kind) {
    case PartKind::kText:
      if (!is_attachment(message, part)) out.push_back(index);
      return;
    case PartKind::kMultipart:
      if (equals_ignoring_case(part.subtype, "alternative"))
        return collect_readable(message, best_branch(message, part), out);
      for (std::uint32_t i = part.first_child; i != kNoPart; i = message.parts[i].next_sibling) {
        collect_readable(message, i, out);
        if (equals_ignoring_case(part.subtype, "related")) break;  // the others are pictures of the first
      }
      return;
    default:
      return;
  }
}

std::size_t next_character(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  return at;
}

// Appends `text` on one line until `left` characters are used up.
void append_collapsed(std::string& out, std::string_view text, std::size_t& left) {
  bool blank = !out.empty();
  for (std::size_t i = 0; i < text.size() && left > 0;) {
    const std::size_t next = next_character(text, i);
    const auto c = static_cast<unsigned char>(text[i]);
    if (c <= 0x20 || c == 0x7f || text.substr(i, next - i) == "\xc2\xa0") {
      blank = true;
    } else {
      if (blank && !out.empty()) {
        out.push_back(' ');
        if (--left == 0) break;
      }
      blank = false;
      out.append(text.substr(i, next - i));
      --left;
    }
    i = next;
  }
  while (out.ends_with(' ')) out.pop_back();
}

// Lines that quote another message say nothing about this one.
std::string without_quotes(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto lf = std::min(text.find('\n'), text.size() - 1);
    if (!text.starts_with('>')) out += text.substr(0, lf + 1);
    text.remove_prefix(lf + 1);
  }
  return out;
}

// At most about `max_content` octets of content are decoded, and of HTML `max_text` octets of text made.
std::string read_text(const ParsedMessage& message, const Part& part, std::size_t max_content,
                      std::size_t max_text) {
  if (part.kind != PartKind::kText) return {};
  std::string decoded;
  std::string_view content = message.body_of(part);
  if (has_encoding(part.encoding)) {
    decoded = content_of(message, part, max_content);
    content = decoded;
  }
  // Cut between characters: half of one must not make windows-1252 of what is UTF-8.
  if (content.size() >= max_content && max_content > 0) content = utf8_prefix(content, max_content - 1);
  std::string charset = message.charset(part);
  if (is_html(part) && (charset.empty() || !charset_known(charset))) charset = html_charset(content);
  std::string text = to_utf8(content, charset);
  return is_html(part) ? html_to_text(text, max_text) : text;
}

}  // namespace

std::string content_of(const ParsedMessage& message, const Part& part, std::size_t max_size) {
  return decode_content(message.body_of(part), part.encoding, max_size);
}

std::string text_of(const ParsedMessage& message, const Part& part, std::size_t max_size) {
  return read_text(message, part, max_size, std::string::npos);
}

bool is_attachment(const ParsedMessage& message, const Part& part) {
  if (part.kind == PartKind::kMultipart) return false;
  const std::string disposition = message.disposition(part).type;
  if (equals_ignoring_case(disposition, "attachment")) return true;
  if (part.kind == PartKind::kMessage) return true;
  if (part.kind == PartKind::kText)
    return part.parent != kNoPart && disposition.empty() && !message.file_name(part).empty();
  // Pictures and the like inside a multipart/related belong to the text, and signatures to the message.
  if (equals_ignoring_case(disposition, "inline")) return !equals_ignoring_case(part.type, "image");
  if (part.parent == kNoPart) return true;
  const Part& parent = message.parts[part.parent];
  if (equals_ignoring_case(parent.subtype, "related") && message.find(part, HeaderId::kContentId))
    return false;
  return !is_type(part, "application", "pgp-signature") && !is_type(part, "application", "pkcs7-signature") &&
         !is_type(part, "application", "x-pkcs7-signature") && !is_type(part, "message", "delivery-status") &&
         !is_type(part, "message", "disposition-notification");
}

std::vector<std::uint32_t> readable_parts(const ParsedMessage& message) {
  std::vector<std::uint32_t> out;
  collect_readable(message, 0, out);
  return out;
}

std::string preview_of(const ParsedMessage& message, std::size_t max_characters) {
  // Enough octets for the first words even of HTML with a long style sheet, few enough to cost nothing.
  constexpr std::size_t kMaxText = 4 * 1024, kMaxHtml = 64 * 1024;
  std::string out;
  std::size_t left = max_characters;
  for (const std::uint32_t index : readable_parts(message)) {
    if (left == 0) break;
    const Part& part = message.parts[index];
    const std::string text = read_text(message, part, is_html(part) ? kMaxHtml : kMaxText, kMaxText);
    const std::string own = is_html(part) ? std::string() : without_quotes(text);
    const bool only_quotes = std::ranges::all_of(own, is_space);
    append_collapsed(out, only_quotes ? text : own, left);
  }
  return out;
}

}  // namespace gannet::mime
