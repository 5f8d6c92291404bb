// Content-Type, Content-Disposition and their parameters (RFC 2045 5, RFC 2183, RFC 2231).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::mime {

struct Parameter {
  std::string
      name;  // as written, without the "*0" of RFC 2231 continuations; a final '*' means an encoded value
  std::string value;  // quotes and backslashes removed, continuations joined, otherwise as it was sent
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

struct ContentType {
  std::string type;  // as written; empty when the field cannot be read (RFC 2045 5.2: then take text/plain)
  std::string subtype;  // as written; empty if missing
  std::vector<Parameter> parameters;
};

struct Disposition {
  std::string type;  // "inline", "attachment", ... as written; empty when there is none
  std::vector<Parameter> parameters;
};

ContentType parse_content_type(std::string_view raw_value, std::size_t max_parameters = 64);
Disposition parse_disposition(std::string_view raw_value, std::size_t max_parameters = 64);

// The parameter `name` as UTF-8: RFC 2231 charset and percent decoding, else RFC 2047 words (which many
// programs put there), else UTF-8 or windows-1252. Nothing if it is absent.
std::optional<std::string> decode_parameter(const std::vector<Parameter>& parameters, std::string_view name);
// The value as sent, or nothing.
std::optional<std::string_view> find_parameter(const std::vector<Parameter>& parameters,
                                               std::string_view name);
// The same for one encoded or plain pair, as a record holds it.
std::string decode_parameter_value(std::string_view name, std::string_view value);

// Content-Language (RFC 3282): the tags, comments left out.
std::vector<std::string> parse_language(std::string_view raw_value);
// A value of one token or msg-id with comments and outer blanks removed: Content-ID, Content-MD5,
// Content-Location.
std::string parse_simple(std::string_view raw_value);

}  // namespace gannet::mime
