#include "search/document.h"

#include <algorithm>

#include "mime/address_text.h"
#include "mime/charset.h"
#include "mime/encoded_word.h"
#include "mime/message.h"
#include "mime/summary.h"
#include "mime/text.h"

namespace gannet::search {
namespace {

using store::SearchDocument;
using store::SearchField;

void add(SearchDocument& out, SearchField field, std::string text) {
  if (!text.empty()) out.fields.push_back({field, std::move(text), {}});
}

void add_envelope(SearchDocument& out, const mime::ParsedMessage& message) {
  const std::string record = mime::encode_summary(message, {.with_preview = false});
  const auto summary = mime::decode_summary(record);
  if (!summary) return;
  const auto& envelope = summary->envelope;
  add(out, SearchField::kSubject, mime::decode_words(envelope.subject));
  add(out, SearchField::kFrom, mime::addresses_text(envelope.from));
  add(out, SearchField::kTo, mime::addresses_text(envelope.to));
  add(out, SearchField::kCc, mime::addresses_text(envelope.cc));
  add(out, SearchField::kBcc, mime::addresses_text(envelope.bcc));
  // As it is compared: without comments, on one line.
  add(out, SearchField::kHeader, std::string(envelope.message_id));
}

std::string text_of_header(std::string_view header) {
  std::string text;
  for (mime::HeaderReader reader(header, 0); reader.next();) {
    text += mime::decode_unstructured(reader.header().raw_value(header));
    text += '\n';
  }
  return text;
}

void add_parts(SearchDocument& out, const mime::ParsedMessage& message, std::size_t max_text) {
  for (const auto& part : message.parts) {
    add(out, SearchField::kAttachmentName, message.file_name(part));
    if (part.parent != mime::kNoPart && message.parts[part.parent].kind == mime::PartKind::kMessage)
      add(out, SearchField::kAttachment, text_of_header(message.header_of(part)));
    if (part.kind != mime::PartKind::kText) continue;
    auto text = mime::text_of(message, part);
    // One octet more than is indexed tells the index that there was more.
    if (text.size() > max_text) text.resize(mime::utf8_prefix(text, max_text + 4).size());
    const bool attached = mime::is_attachment(message, part);
    add(out, attached ? SearchField::kAttachment : SearchField::kBody, std::move(text));
  }
}

}  // namespace

SearchDocument document_of(std::uint32_t account, std::uint32_t document, std::string_view trace,
                           std::string_view content, const DocumentOptions& options) {
  SearchDocument out{.account = account, .document = document, .fields = {}};
  const auto message = mime::parse(content, options.mime);
  add_envelope(out, message);
  add(out, SearchField::kHeader,
      text_of_header(std::string(trace) + std::string(message.header_of(message.root()))));
  add_parts(out, message, options.max_text);
  return out;
}

}  // namespace gannet::search
