#include "mime/subject.h"

#include "mime/charset.h"
#include "mime/header.h"

namespace gannet::mime {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}
bool ends_with_ignoring_case(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() &&
         equals_ignoring_case(text.substr(text.size() - suffix.size()), suffix);
}

std::string_view skip_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

// subj-blob = "[" *BLOBCHAR "]" *WSP; its length, 0 if there is none.
std::size_t blob_size(std::string_view text) {
  if (!text.starts_with('[')) return 0;
  const auto close = text.find_first_of("[]", 1);
  if (close == std::string_view::npos || text[close] == '[') return 0;
  return text.size() - skip_blanks(text.substr(close + 1)).size();
}

// subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"; its length, 0 if there is none.
std::size_t refwd_size(std::string_view text) {
  std::string_view rest = text;
  if (starts_with_ignoring_case(rest, "re")) {
    rest.remove_prefix(2);
  } else if (starts_with_ignoring_case(rest, "fwd")) {
    rest.remove_prefix(3);
  } else if (starts_with_ignoring_case(rest, "fw")) {
    rest.remove_prefix(2);
  } else {
    return 0;
  }
  rest = skip_blanks(rest);
  rest.remove_prefix(blob_size(rest));
  if (!rest.starts_with(':')) return 0;
  return text.size() - rest.size() + 1;
}

// subj-leader = (*subj-blob subj-refwd) / WSP; its length, 0 if there is none.
std::size_t leader_size(std::string_view text, bool& is_reply) {
  if (text.starts_with(' ')) return 1;
  std::string_view rest = text;
  while (const std::size_t blob = blob_size(rest)) rest.remove_prefix(blob);
  const std::size_t refwd = refwd_size(rest);
  if (refwd == 0) return 0;
  is_reply = true;
  return text.size() - rest.size() + refwd;
}

std::string collapse_blanks(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\t' || c == '\r' || c == '\n') c = ' ';
    if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
    out.push_back(c);
  }
  return out;
}

// Step 2 of RFC 5256 2.1: subj-trailer = "(fwd)" / WSP.
std::string_view drop_trailers(std::string_view text, bool& is_reply) {
  for (;;) {
    if (text.ends_with(' ')) {
      text.remove_suffix(1);
    } else if (ends_with_ignoring_case(text, "(fwd)")) {
      text.remove_suffix(5);
      is_reply = true;
    } else {
      return text;
    }
  }
}

// Steps 3 to 5.
std::string_view drop_leaders(std::string_view text, bool& is_reply) {
  for (;;) {
    if (const std::size_t leader = leader_size(text, is_reply)) {
      text.remove_prefix(leader);
      continue;
    }
    const std::size_t blob = blob_size(text);
    if (blob == 0 || blob == text.size()) return text;
    text.remove_prefix(blob);
  }
}

}  // namespace

BaseSubject base_subject_of_text(std::string_view utf8) {
  // Blobs are looked at again for each leader, so an absurd subject must not be read to its end.
  constexpr std::size_t kMaxSubject = 4096;
  const std::string collapsed = collapse_blanks(utf8_prefix(utf8, kMaxSubject));
  BaseSubject out;
  std::string_view text = collapsed;
  for (;;) {
    text = drop_leaders(drop_trailers(text, out.is_reply), out.is_reply);
    // Step 6: "[fwd: ... ]".
    if (!starts_with_ignoring_case(text, "[fwd:") || !text.ends_with(']')) break;
    text = text.substr(5, text.size() - 6);
    out.is_reply = true;
  }
  out.text = text;
  return out;
}

BaseSubject base_subject(std::string_view raw_value) {
  return base_subject_of_text(decode_unstructured(raw_value));
}

}  // namespace gannet::mime
