#include "imap/response/envelope.h"
#include "imap/response/writer.h"

namespace gannet::imap {
namespace {

using mime::PartKind;
using mime::PartSummary;

class BodyStructure {
 public:
  BodyStructure(std::string& out, std::span<const PartSummary> parts, bool extended)
      : out_(out), parts_(parts), extended_(extended) {}

  // Depth is bounded by mime::Limits::max_depth; an index that leads backwards, in a damaged record, ends the
  // walk.
  void append(std::uint32_t index) {
    const auto& part = parts_[index];
    out_ += '(';
    if (part.kind == PartKind::kMultipart) {
      append_multipart(index);
    } else {
      append_leaf(index);
    }
    out_ += ')';
  }

 private:
  bool valid_after(std::uint32_t next, std::uint32_t index) const {
    return next > index && next < parts_.size();
  }

  void append_multipart(std::uint32_t index) {
    const auto& part = parts_[index];
    auto child = part.first_child;
    if (!valid_after(child, index)) append_empty_text();
    for (auto previous = index; valid_after(child, previous);
         previous = child, child = parts_[child].next_sibling) {
      append(child);
    }
    out_ += ' ';
    append_string(out_, part.subtype);
    if (!extended_) return;
    out_ += ' ';
    append_parameters(part.parameters);
    append_extension(part);
  }

  void append_leaf(std::uint32_t index) {
    const auto& part = parts_[index];
    append_string(out_, part.type);
    out_ += ' ';
    append_string(out_, part.subtype);
    out_ += ' ';
    append_parameters(part.parameters);
    out_ += ' ';
    append_nstring(out_, part.id);
    out_ += ' ';
    append_nstring(out_, part.description);
    out_ += ' ';
    append_string(out_, part.encoding_text.empty() ? "7BIT" : part.encoding_text);
    out_ += ' ';
    append_number(out_, part.body.size());
    if (part.kind == PartKind::kMessage) {
      out_ += ' ';
      append_envelope(out_, part.envelope);
      out_ += ' ';
      if (valid_after(part.first_child, index)) {
        append(part.first_child);
      } else {
        append_empty_text();
      }
    }
    if (part.kind == PartKind::kMessage || part.kind == PartKind::kText) {
      out_ += ' ';
      append_number(out_, part.lines);
    }
    if (!extended_) return;
    out_ += ' ';
    append_nstring(out_, part.md5);
    append_extension(part);
  }

  // Disposition, language, location.
  void append_extension(const PartSummary& part) {
    out_ += ' ';
    if (part.disposition.empty()) {
      out_ += "NIL";
    } else {
      out_ += '(';
      append_string(out_, part.disposition);
      out_ += ' ';
      append_parameters(part.disposition_parameters);
      out_ += ')';
    }
    out_ += ' ';
    append_languages(part.language);
    out_ += ' ';
    append_nstring(out_, part.location);
  }

  void append_parameters(const mime::ParameterList& parameters) {
    if (parameters.empty()) {
      out_ += "NIL";
      return;
    }
    char separator = '(';
    for (const auto& [name, value] : parameters) {
      out_ += separator;
      append_string(out_, name);
      out_ += ' ';
      append_string(out_, value);
      separator = ' ';
    }
    out_ += separator == '(' ? "NIL" : ")";
  }

  void append_languages(const mime::StringList& languages) {
    char separator = '(';
    for (const auto& language : languages) {
      out_ += separator;
      append_string(out_, language);
      separator = ' ';
    }
    out_ += separator == '(' ? "NIL" : ")";
  }

  void append_empty_text() { out_ += R"(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0 0))"; }

  std::string& out_;
  std::span<const PartSummary> parts_;
  bool extended_;
};

}  // namespace

void append_body_structure(std::string& out, std::span<const PartSummary> parts, bool extended) {
  if (parts.empty()) {
    out += R"(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0 0)";
    out += extended ? " NIL NIL NIL NIL)" : ")";
    return;
  }
  BodyStructure(out, parts, extended).append(0);
}

}  // namespace gannet::imap
