#include "mime/header.h"

#include <array>
#include <cstring>

#include "mime/charset.h"
#include "mime/encoded_word.h"

namespace gannet::mime {
namespace {

struct Name {
  std::string_view text;
  HeaderId id;
};

// Ordered by length, so that a look-up compares only the few names of its own length.
constexpr Name kNames[] = {
    {"Cc", HeaderId::kCc},
    {"To", HeaderId::kTo},
    {"Bcc", HeaderId::kBcc},
    {"Date", HeaderId::kDate},
    {"From", HeaderId::kFrom},
    {"Sender", HeaderId::kSender},
    {"List-Id", HeaderId::kListId},
    {"Subject", HeaderId::kSubject},
    {"ARC-Seal", HeaderId::kArcSeal},
    {"Comments", HeaderId::kComments},
    {"Keywords", HeaderId::kKeywords},
    {"Priority", HeaderId::kPriority},
    {"Received", HeaderId::kReceived},
    {"Reply-To", HeaderId::kReplyTo},
    {"X-Mailer", HeaderId::kXMailer},
    {"Errors-To", HeaderId::kErrorsTo},
    {"List-Help", HeaderId::kListHelp},
    {"List-Post", HeaderId::kListPost},
    {"Resent-Cc", HeaderId::kResentCc},
    {"Resent-To", HeaderId::kResentTo},
    {"Content-ID", HeaderId::kContentId},
    {"Importance", HeaderId::kImportance},
    {"List-Owner", HeaderId::kListOwner},
    {"Message-ID", HeaderId::kMessageId},
    {"Precedence", HeaderId::kPrecedence},
    {"References", HeaderId::kReferences},
    {"Resent-Bcc", HeaderId::kResentBcc},
    {"X-Priority", HeaderId::kXPriority},
    {"Content-MD5", HeaderId::kContentMd5},
    {"In-Reply-To", HeaderId::kInReplyTo},
    {"Resent-Date", HeaderId::kResentDate},
    {"Resent-From", HeaderId::kResentFrom},
    {"Return-Path", HeaderId::kReturnPath},
    {"Content-Type", HeaderId::kContentType},
    {"Delivered-To", HeaderId::kDeliveredTo},
    {"List-Archive", HeaderId::kListArchive},
    {"MIME-Version", HeaderId::kMimeVersion},
    {"Received-SPF", HeaderId::kReceivedSpf},
    {"Resent-Sender", HeaderId::kResentSender},
    {"Auto-Submitted", HeaderId::kAutoSubmitted},
    {"DKIM-Signature", HeaderId::kDkimSignature},
    {"List-Subscribe", HeaderId::kListSubscribe},
    {"Content-Language", HeaderId::kContentLanguage},
    {"Content-Location", HeaderId::kContentLocation},
    {"List-Unsubscribe", HeaderId::kListUnsubscribe},
    {"Resent-Message-ID", HeaderId::kResentMessageId},
    {"Content-Description", HeaderId::kContentDescription},
    {"Content-Disposition", HeaderId::kContentDisposition},
    {"List-Unsubscribe-Post", HeaderId::kListUnsubscribePost},
    {"ARC-Message-Signature", HeaderId::kArcMessageSignature},
    {"Authentication-Results", HeaderId::kAuthenticationResults},
    {"Content-Transfer-Encoding", HeaderId::kContentTransferEncoding},
    {"ARC-Authentication-Results", HeaderId::kArcAuthenticationResults},
    {"Disposition-Notification-To", HeaderId::kDispositionNotificationTo},
};
constexpr std::size_t kMaxName = 27;

// kStart[n] is the index of the first name of n octets or more.
constexpr auto kStart = [] {
  std::array<std::uint8_t, kMaxName + 2> start{};
  for (std::size_t length = 0; length < start.size(); ++length) {
    std::size_t i = 0;
    while (i < std::size(kNames) && kNames[i].text.size() < length) ++i;
    start[length] = static_cast<std::uint8_t>(i);
  }
  return start;
}();
static_assert([] {
  for (std::size_t i = 1; i < std::size(kNames); ++i)
    if (kNames[i].text.size() < kNames[i - 1].text.size()) return false;
  return kNames[std::size(kNames) - 1].text.size() == kMaxName;
}());

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

HeaderId header_id(std::string_view name) {
  if (name.size() < 2 || name.size() > kMaxName) return HeaderId::kOther;
  const char last = lower(name.back());
  for (std::size_t i = kStart[name.size()]; i < kStart[name.size() + 1]; ++i)
    if (lower(kNames[i].text.back()) == last && equals_ignoring_case(kNames[i].text, name))
      return kNames[i].id;
  return HeaderId::kOther;
}

std::string_view header_name(HeaderId id) {
  for (const auto& name : kNames)
    if (name.id == id) return name.text;
  return {};
}

bool HeaderReader::next() {
  const char* const data = message_.data();
  const auto size = static_cast<std::uint32_t>(message_.size());
  const std::uint32_t begin = position_;
  if (begin >= size) return false;
  if (data[begin] == '\n' || (data[begin] == '\r' && begin + 1 < size && data[begin + 1] == '\n')) {
    position_ = begin + (data[begin] == '\n' ? 1 : 2);
    saw_empty_line_ = true;
    return false;
  }
  std::uint32_t line = begin;
  std::uint32_t first_line_end = 0, end = size, value_end = size;
  for (;;) {
    const auto* lf = static_cast<const char*>(std::memchr(data + line, '\n', size - line));
    if (!lf) {
      value_end = end = size;
    } else {
      value_end = static_cast<std::uint32_t>(lf - data);
      end = value_end + 1;
      if (value_end > line && data[value_end - 1] == '\r') --value_end;
    }
    if (line == begin) first_line_end = value_end;
    if (end >= size || !is_blank(data[end])) break;
    line = end;
  }
  position_ = end;

  header_ = {.id = HeaderId::kOther,
             .begin = begin,
             .name_end = begin,
             .value_begin = begin,
             .value_end = value_end,
             .end = end};
  const auto* colon = static_cast<const char*>(std::memchr(data + begin, ':', first_line_end - begin));
  if (!colon || is_blank(data[begin])) return true;
  auto name_end = static_cast<std::uint32_t>(colon - data);
  header_.value_begin = name_end + 1;
  while (name_end > begin && is_blank(data[name_end - 1])) --name_end;
  header_.name_end = name_end;
  header_.id = header_id(header_.name(message_));
  return true;
}

std::string unfold(std::string_view raw_value) {
  std::string out;
  out.reserve(raw_value.size());
  while (!raw_value.empty() &&
         (is_blank(raw_value.front()) || raw_value.front() == '\r' || raw_value.front() == '\n'))
    raw_value.remove_prefix(1);
  for (std::size_t i = 0; i < raw_value.size(); ++i) {
    const char c = raw_value[i];
    if (c == '\n') continue;
    if (c == '\r' && (i + 1 == raw_value.size() || raw_value[i + 1] == '\n')) continue;
    out.push_back(c);
  }
  while (!out.empty() && (is_blank(out.back()) || out.back() == '\r')) out.pop_back();
  return out;
}

std::string decode_unstructured(std::string_view raw_value) {
  std::string text = decode_words(unfold(raw_value));
  std::erase_if(text,
                [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
  return text;
}

}  // namespace gannet::mime
