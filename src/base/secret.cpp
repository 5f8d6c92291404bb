#include "base/secret.h"

#include <algorithm>
#include <cctype>

#include "base/unicode.h"

namespace gannet {
namespace {

constexpr std::string_view kSecretWords[] = {"pass", "pwd", "secret", "token", "key", "signature"};

bool is_scheme(std::string_view text) {
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
         std::ranges::all_of(
             text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.'; });
}

std::string mask_parameter(std::string_view parameter) {
  const auto equals = parameter.find('=');
  const std::string name = to_lower_ascii(parameter.substr(0, equals));
  const bool secret = equals != std::string_view::npos &&
                      std::ranges::any_of(kSecretWords, [&](auto word) { return name.contains(word); });
  if (!secret) return std::string(parameter);
  return std::string(parameter.substr(0, equals + 1)) + std::string(kSecretMask);
}

}  // namespace

std::string mask_url(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos || !is_scheme(text.substr(0, scheme))) return std::string(text);
  std::string out(text.substr(0, scheme + 3));
  text.remove_prefix(scheme + 3);
  // The last @: better too much is hidden than a part of a password shown.
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    if (const auto colon = text.substr(0, at).find(':'); colon != std::string_view::npos) {
      out += text.substr(0, colon + 1);
      out += kSecretMask;
      text.remove_prefix(at);
    }
  }
  const auto question = text.find('?');
  out += text.substr(0, question);
  if (question == std::string_view::npos) return out;
  text.remove_prefix(question + 1);
  char before = '?';
  for (;;) {
    const auto end = text.find('&');
    out += before;
    out += mask_parameter(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
    before = '&';
  }
}

}  // namespace gannet
