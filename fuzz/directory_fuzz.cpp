// Logins, addresses, domains, stored passwords and principal records: no input may crash what reads them, and
// what was normalised once stays as it is.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/unicode.h"
#include "directory/address.h"
#include "directory/password.h"
#include "directory/principal.h"
#include "directory/schema.h"

namespace {

using namespace gannet;
using namespace gannet::directory;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_names(std::string_view text) {
  if (const auto login = normalize_login(text)) {
    require(normalize_login(*login) == login);
    require(login->size() <= kMaxNameBytes && !has_unprintable(*login));
  }
  if (const auto domain = normalize_domain(text)) {
    require(normalize_domain(*domain) == domain);
    const auto ascii = domain_to_ascii(*domain);
    require(ascii && domain_to_unicode(*ascii) == domain);
  }
  if (const auto parts = split_address(text)) {
    const auto again = split_address(parts->text());
    require(again && again->local == parts->local && again->domain == parts->domain);
    (void)split_sub_address(parts->local);
  }
}

void check_encodings(std::string_view text) {
  for (const auto alphabet : {Base64::kStandard, Base64::kUrl, Base64::kModified}) {
    if (const auto bytes = base64_decode(text, alphabet)) {
      require(base64_encode(*bytes, alphabet) == text);
      require(base64_decode_lenient(text, alphabet) == *bytes);
    }
    require(base64_decode(base64_encode(text, alphabet), alphabet) == text);
  }
  require(is_utf8(to_valid_utf8(text)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_names(text);
  check_encodings(text);
  require(!is_password_hash(text) || check_stored_password(text).has_value());
  (void)clear_password(text);
  if (const auto stored = decode_principal("name", text)) {
    const auto again = decode_principal("name", encode_principal(*stored));
    require(again && again->principal.emails == stored->principal.emails &&
            again->secrets == stored->secrets);
  }
  return 0;
}
