#include "directory/password.h"

#include <argon2.h>

#include "base/encoding.h"
#include "base/unicode.h"
#include "directory/password_schemes.h"
#include "directory/secrets.h"

namespace gannet::directory {
namespace {

constexpr std::size_t kSaltBytes = 16, kHashBytes = 32;

std::string unpadded_base64(std::string_view bytes) {
  std::string out = base64_encode(bytes);
  while (out.ends_with('=')) out.pop_back();
  return out;
}

std::string phc_string(const Argon2Cost& cost, std::string_view salt, std::string_view hash) {
  return "$argon2id$v=19$m=" + std::to_string(cost.memory_kib) + ",t=" + std::to_string(cost.iterations) +
         ",p=" + std::to_string(cost.lanes) + "$" + unpadded_base64(salt) + "$" + unpadded_base64(hash);
}

// {NAME}REST, with the name in upper case.
struct Marked {
  std::string name;
  std::string_view rest;
};
std::optional<Marked> split_mark(std::string_view stored) {
  const auto end = stored.find('}');
  if (!stored.starts_with('{') || end == std::string_view::npos) return std::nullopt;
  Marked out{to_lower_ascii(stored.substr(1, end - 1)), stored.substr(end + 1)};
  for (char& c : out.name)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  return out;
}

bool is_clear_mark(std::string_view name) {
  return name == "PLAIN" || name == "CLEAR" || name == "CLEARTEXT";
}

std::optional<PasswordHash> parse_dollar(std::string_view text);

std::optional<PasswordHash> parse_scram_password(std::string_view text) {
  auto verifier = parse_scram(text);
  if (!verifier) return std::nullopt;
  return PasswordHash{true, [verifier = *std::move(verifier)](std::string_view password) -> Result<bool> {
                        return matches_scram(verifier, password);
                      }};
}

std::optional<PasswordHash> parse_marked(const Marked& marked) {
  struct DigestScheme {
    const char* name;
    const char* digest;
    bool salted;
  };
  static constexpr DigestScheme kDigests[] = {
      {"SHA", "sha1", false},      {"SHA1", "sha1", false},     {"SSHA", "sha1", true},
      {"SHA256", "sha256", false}, {"SSHA256", "sha256", true}, {"SHA384", "sha384", false},
      {"SSHA384", "sha384", true}, {"SHA512", "sha512", false}, {"SSHA512", "sha512", true},
      {"PLAIN-MD5", "md5", false}, {"LDAP-MD5", "md5", false},  {"SMD5", "md5", true},
  };
  const std::string& name = marked.name;
  if (is_clear_mark(name)) return clear_text(marked.rest);
  for (const auto& scheme : kDigests)
    if (name == scheme.name) return parse_digest(scheme.digest, scheme.salted, marked.rest);
  if (name == "MD5")
    return marked.rest.starts_with('$') ? parse_crypt(marked.rest) : parse_digest("md5", false, marked.rest);
  if (name == "PBKDF2")
    return marked.rest.starts_with('$') ? parse_pbkdf2_dovecot(marked.rest)
                                        : parse_pbkdf2("sha1", marked.rest);
  if (name == "SCRAM-SHA-256") return parse_scram_password("{SCRAM-SHA-256}" + std::string(marked.rest));
  if (name == "PBKDF2-SHA1") return parse_pbkdf2("sha1", marked.rest);
  if (name == "PBKDF2-SHA256") return parse_pbkdf2("sha256", marked.rest);
  if (name == "PBKDF2-SHA512") return parse_pbkdf2("sha512", marked.rest);
  if (name == "CRYPT")
    if (auto des = parse_des_crypt(marked.rest)) return des;
  if (name == "CRYPT" || name == "BLF-CRYPT" || name == "SHA256-CRYPT" || name == "SHA512-CRYPT" ||
      name == "MD5-CRYPT" || name == "DES-CRYPT" || name == "SCRYPT" || name.starts_with("ARGON2"))
    return name == "DES-CRYPT" ? parse_des_crypt(marked.rest) : parse_dollar(marked.rest);
  return std::nullopt;
}

std::optional<PasswordHash> parse_dollar(std::string_view text) {
  if (text.starts_with("$argon2")) return parse_argon2(text);
  if (text.starts_with("$scrypt$")) return parse_scrypt(text);
  static constexpr std::pair<std::string_view, const char*> kPbkdf2[] = {{"$pbkdf2$", "sha1"},
                                                                         {"$pbkdf2-sha1$", "sha1"},
                                                                         {"$pbkdf2-sha256$", "sha256"},
                                                                         {"$pbkdf2-sha512$", "sha512"}};
  for (const auto& [mark, digest] : kPbkdf2)
    if (text.starts_with(mark)) return parse_pbkdf2(digest, text.substr(mark.size()));
  return text.starts_with('$') ? parse_crypt(text) : std::nullopt;
}

// As an LDAP server keeps it: RFC 5803, with the blanks of RFC 3112.
bool is_rfc5803_scram(std::string_view stored) {
  constexpr std::string_view kScheme = "SCRAM-SHA-256";
  stored.remove_prefix(std::min(stored.find_first_not_of(' '), stored.size()));
  if (!stored.starts_with(kScheme)) return false;
  stored.remove_prefix(kScheme.size());
  stored.remove_prefix(std::min(stored.find_first_not_of(' '), stored.size()));
  return stored.starts_with('$');
}

// Whether `stored` says of itself that it is more than a password in clear.
bool has_scheme(std::string_view stored) {
  return stored.starts_with('$') || split_mark(stored) || stored.starts_with("pbkdf2_") ||
         stored.starts_with("otpauth://") || is_rfc5803_scram(stored);
}

std::optional<PasswordHash> parse_stored(std::string_view stored) {
  if (is_app_password(stored)) {
    const auto app = parse_app_password(stored);
    return app && !is_app_password(app->hash) ? parse_stored(app->hash) : std::nullopt;
  }
  if (is_rfc5803_scram(stored)) return parse_scram_password(stored);
  if (stored.starts_with('$')) return parse_dollar(stored);
  if (const auto marked = split_mark(stored)) return parse_marked(*marked);
  if (stored.starts_with("pbkdf2_sha256$")) return parse_pbkdf2_django("sha256", stored.substr(14));
  if (stored.starts_with("pbkdf2_sha1$")) return parse_pbkdf2_django("sha1", stored.substr(12));
  if (has_scheme(stored)) return std::nullopt;
  return clear_text(stored);
}

std::unexpected<Error> not_understood(std::string_view stored) {
  return fail(DirectoryError::kInvalid, "the stored password is of a scheme that is not known, or malformed",
              scheme_name(stored));
}

}  // namespace

std::optional<PasswordHash> parse_argon2(std::string_view phc) {
  auto parts = split(phc, '$');  // "", "argon2id", "v=19", "m=,t=,p=", salt, hash
  if (parts.size() == 6 && parts[2].starts_with("v=")) parts.erase(parts.begin() + 2);
  if (parts.size() != 5) return std::nullopt;
  const auto type = parts[1] == "argon2id"  ? std::optional(Argon2_id)
                    : parts[1] == "argon2i" ? std::optional(Argon2_i)
                    : parts[1] == "argon2d" ? std::optional(Argon2_d)
                                            : std::nullopt;
  const auto costs = split(parts[2], ',');
  if (!type || costs.size() != 3 || !costs[0].starts_with("m=") || !costs[1].starts_with("t=") ||
      !costs[2].starts_with("p="))
    return std::nullopt;
  const auto memory = parse_number(costs[0].substr(2), 8, 1 << 22);
  const auto iterations = parse_number(costs[1].substr(2), 1, 1000);
  if (!memory || !iterations || !parse_number(costs[2].substr(2), 1, 64)) return std::nullopt;
  const auto salt = decode_hash_base64(parts[3]), hash = decode_hash_base64(parts[4]);
  if (!salt || salt->size() < 8 || !hash || hash->size() < 16) return std::nullopt;
  PasswordHash out{
      true, [type = *type, phc = std::string(phc)](std::string_view password) -> Result<bool> {
        switch (const int result = argon2_verify(phc.c_str(), password.data(), password.size(), type)) {
          case ARGON2_OK:
            return true;
          case ARGON2_VERIFY_MISMATCH:
            return false;
          case ARGON2_MEMORY_ALLOCATION_ERROR:
            return fail(DirectoryError::kUnavailable, "the password cannot be checked now",
                        argon2_error_message(result), Retry::kCanHelp);
          default:
            return fail(DirectoryError::kInvalid, "the stored password is malformed",
                        argon2_error_message(result));
        }
      }};
  out.argon2_work = *memory * *iterations;
  return out;
}

Result<std::string> hash_password(std::string_view password, const Argon2Cost& cost, Random& random) {
  const std::string text = to_nfc(password).value_or(std::string(password));
  const std::string salt = random.bytes(kSaltBytes);
  std::string hash(kHashBytes, '\0');
  const int result = argon2id_hash_raw(cost.iterations, cost.memory_kib, cost.lanes, text.data(), text.size(),
                                       salt.data(), salt.size(), hash.data(), hash.size());
  if (result != ARGON2_OK)
    return fail(DirectoryError::kUnavailable, "the password cannot be stored now",
                argon2_error_message(result), Retry::kCanHelp);
  return phc_string(cost, salt, hash);
}

std::string unmatchable_hash(const Argon2Cost& cost, Random& random) {
  const std::string salt = random.bytes(kSaltBytes);
  return phc_string(cost, salt, random.bytes(kHashBytes));
}

Result<void> check_stored_password(std::string_view stored) {
  if (parse_stored(stored)) return {};
  return not_understood(stored);
}

Result<bool> verify_password(std::string_view stored, std::string_view password) {
  const auto hash = parse_stored(stored);
  if (!hash) return not_understood(stored);
  // No password has one (RFC 4616 2), and to crypt(3) and HMAC it would be as if it were not there.
  if (password.contains('\0')) return false;
  const auto nfc = to_nfc(password);
  if (nfc && *nfc != password && TRY(hash->matches(*nfc))) return true;
  return hash->matches(password);
}

bool is_password_hash(std::string_view text) {
  const auto marked = split_mark(text);
  return has_scheme(text) && !(marked && is_clear_mark(marked->name)) && parse_stored(text).has_value();
}

std::string_view clear_password(std::string_view text) {
  const auto marked = split_mark(text);
  return marked && is_clear_mark(marked->name) ? marked->rest : text;
}

std::optional<std::string_view> password_in_clear(std::string_view stored) {
  if (has_scheme(stored)) {
    const auto marked = split_mark(stored);
    if (!marked || !is_clear_mark(marked->name)) return std::nullopt;
  }
  const auto clear = clear_password(stored);
  if (clear.empty() || clear.contains('\0')) return std::nullopt;
  return clear;
}

bool is_costly(std::string_view stored) {
  const auto hash = parse_stored(stored);
  return hash && hash->costly;
}

std::uint64_t argon2_work(std::string_view stored) {
  const auto hash = parse_stored(stored);
  return hash ? hash->argon2_work : 0;
}

std::uint64_t argon2_work(const Argon2Cost& cost) {
  return std::uint64_t{cost.memory_kib} * cost.iterations;
}

// Of a stored text that is not understood the mark alone is told: the rest may be a password in clear that begins like
// one.
std::string scheme_name(std::string_view stored) {
  if (const auto marked = split_mark(stored)) return "{" + marked->name.substr(0, 32) + "}";
  if (stored.starts_with("otpauth:")) return "otpauth";
  const auto end = stored.find('$', 1);
  return end <= 32 ? std::string(stored.substr(0, end + 1)) : std::string(stored.substr(0, 1));
}

}  // namespace gannet::directory
