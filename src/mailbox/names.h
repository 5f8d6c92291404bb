// Names of mailboxes and keywords: what is valid, and what is the same name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mailbox/errors.h"

namespace gannet::mailbox {

inline constexpr std::string_view kInbox = "INBOX";

struct NameLimits {
  std::uint32_t max_depth;        // components of a path
  std::uint32_t max_name_length;  // bytes of a component
};

// The path as it is stored: NFC; a first component that is INBOX in any case becomes "INBOX" (RFC 9051 5.1);
// one closing '/' is dropped (RFC 9051 6.3.4). kInvalid: not UTF-8, an empty component, a control or other
// unprintable character; kLimit.
Result<std::string> valid_path(std::string_view path, const NameLimits& limits);
// The same without any check: for looking up.
std::string lookup_path(std::string_view path);

std::vector<std::string_view> components(std::string_view path);
// Of what lies above; empty at the top.
std::string_view parent_path(std::string_view path);
std::string_view last_component(std::string_view path);

// "\Seen" and the other four are 0 to 4; nothing for any other name.
std::optional<std::uint32_t> system_keyword(std::string_view name);
std::string_view system_keyword_name(std::uint32_t number);
// An atom that is no system flag (RFC 9051 9, flag-keyword; RFC 8621 4.1.1), of at most 255 bytes.
bool valid_keyword(std::string_view name);

}  // namespace gannet::mailbox
