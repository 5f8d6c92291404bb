#include "directory/password_schemes.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/encoding.h"

namespace gannet::directory {
namespace {

constexpr std::string_view kCrypt64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool all_crypt64(std::string_view text) {
  return text.find_first_not_of(kCrypt64) == std::string_view::npos;
}

Result<bool> no_memory() {
  return fail(DirectoryError::kUnavailable, "the password cannot be checked now", Retry::kCanHelp);
}

PasswordHash crypt_hash(std::string_view setting, bool costly) {
  return {costly, [stored = std::string(setting)](std::string_view password) -> Result<bool> {
            const std::string phrase(password);
            const auto data = std::make_unique<crypt_data>();
            const char* out = crypt_rn(phrase.c_str(), stored.c_str(), data.get(), sizeof(crypt_data));
            const bool same = out != nullptr && equal_in_constant_time(out, stored);
            OPENSSL_cleanse(data.get(), sizeof(crypt_data));
            return same;
          }};
}

// "$5$rounds=5000$salt$hash"; the parts behind the mark.
bool is_sha_crypt(std::vector<std::string_view> parts, std::size_t hash_size) {
  if (!parts.empty() && parts[0].starts_with("rounds=")) {
    if (!parse_number(parts[0].substr(7), 1000, 5'000'000)) return false;
    parts.erase(parts.begin());
  }
  return parts.size() == 2 && parts[0].size() <= 16 && parts[1].size() == hash_size && all_crypt64(parts[1]);
}

bool is_bcrypt(std::vector<std::string_view> parts) {
  return parts.size() == 2 && parts[0].size() == 2 && parse_number(parts[0], 4, 17) &&
         parts[1].size() == 53 && all_crypt64(parts[1]);
}

// "j9T": one character each for N and r keeps r below 48; N is 2 to the character's value and one.
bool is_yescrypt(std::vector<std::string_view> parts) {
  return parts.size() == 3 && parts[0].size() == 3 && parts[0][0] == 'j' && all_crypt64(parts[0]) &&
         kCrypt64.find(parts[0][1]) <= 15 && kCrypt64.find(parts[0][2]) < 48 && parts[2].size() == 43;
}

// "$7$" N r p salt "$" hash: N one character, r and p five each, the lowest six bits first.
bool is_scrypt_crypt(std::string_view text) {
  const auto parts = split(text, '$');
  if (parts.size() != 2 || parts[0].size() < 11 || parts[1].size() != 43 || !all_crypt64(parts[1]))
    return false;
  if (!all_crypt64(parts[0].substr(0, 11)) || kCrypt64.find(parts[0][0]) > 18) return false;
  const auto small = [&](std::size_t at) {
    return kCrypt64.find(parts[0][at]) <= 32 && parts[0].substr(at + 1, 4) == "....";
  };
  return small(1) && small(6);
}

// `size` of the hash in bytes; 0 for that of the digest.
std::optional<PasswordHash> pbkdf2(const char* digest, std::optional<std::uint64_t> rounds,
                                   std::optional<std::string> salt, std::optional<std::string> hash,
                                   std::uint64_t size = 0) {
  const EVP_MD* md = EVP_get_digestbyname(digest);
  if (md == nullptr || !rounds || !salt || !hash) return std::nullopt;
  if (hash->size() != (size != 0 ? size : static_cast<std::uint64_t>(EVP_MD_get_size(md))))
    return std::nullopt;
  return PasswordHash{
      true,
      [=, salt = *salt, hash = *hash,
       rounds = static_cast<int>(*rounds)](std::string_view password) -> Result<bool> {
        std::string made(hash.size(), '\0');
        if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                              reinterpret_cast<const unsigned char*>(salt.data()),
                              static_cast<int>(salt.size()), rounds, md, static_cast<int>(made.size()),
                              reinterpret_cast<unsigned char*>(made.data())) != 1)
          return no_memory();
        return equal_in_constant_time(made, hash);
      }};
}

constexpr std::uint64_t kMaxRounds = 10'000'000;

std::string digest_of(const EVP_MD* md, std::string_view text, std::string_view salt) {
  std::string out(static_cast<std::size_t>(EVP_MD_get_size(md)), '\0');
  const std::string whole = std::string(text).append(salt);
  EVP_Digest(whole.data(), whole.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, md, nullptr);
  return out;
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t min, std::uint64_t max) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < min || value > max)
    return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  for (auto end = text.find(at); end != std::string_view::npos; end = text.find(at)) {
    out.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  out.push_back(text);
  return out;
}

std::optional<std::string> decode_hash_base64(std::string_view text) {
  std::string url(text);
  while (url.ends_with('=')) url.pop_back();
  for (char& c : url) {
    if (c == '.' || c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return base64_decode(url, Base64::kUrl);
}

std::optional<PasswordHash> parse_crypt(std::string_view setting) {
  auto parts = split(setting, '$');  // "", mark, ...
  if (parts.size() < 3 || !parts[0].empty() || setting.size() >= CRYPT_OUTPUT_SIZE) return std::nullopt;
  const std::string_view mark = parts[1];
  const std::string_view rest = setting.substr(mark.size() + 2);
  parts.erase(parts.begin(), parts.begin() + 2);
  if (mark == "1" && parts.size() == 2 && parts[0].size() <= 8 && parts[1].size() == 22 &&
      all_crypt64(parts[1]))
    return crypt_hash(setting, false);
  const bool known = (mark == "5" && is_sha_crypt(parts, 43)) || (mark == "6" && is_sha_crypt(parts, 86)) ||
                     ((mark == "2a" || mark == "2b" || mark == "2x" || mark == "2y") && is_bcrypt(parts)) ||
                     ((mark == "y" || mark == "gy") && is_yescrypt(parts)) ||
                     (mark == "7" && is_scrypt_crypt(rest));
  if (!known) return std::nullopt;
  return crypt_hash(setting, true);
}

std::optional<PasswordHash> parse_des_crypt(std::string_view setting) {
  const bool traditional = setting.size() == 13 && all_crypt64(setting);
  const bool extended = setting.size() == 20 && setting[0] == '_' && all_crypt64(setting.substr(1));
  if (!traditional && !extended) return std::nullopt;
  return crypt_hash(setting, false);
}

std::optional<PasswordHash> parse_scrypt(std::string_view phc) {
  const auto parts = split(phc, '$');  // "", "scrypt", "ln=,r=,p=", salt, hash
  if (parts.size() != 5 || !parts[0].empty() || parts[1] != "scrypt") return std::nullopt;
  const auto costs = split(parts[2], ',');
  if (costs.size() != 3 || !costs[0].starts_with("ln=") || !costs[1].starts_with("r=") ||
      !costs[2].starts_with("p="))
    return std::nullopt;
  const auto log_n = parse_number(costs[0].substr(3), 1, 20);
  const auto r = parse_number(costs[1].substr(2), 1, 32), p = parse_number(costs[2].substr(2), 1, 16);
  const auto salt = decode_hash_base64(parts[3]), hash = decode_hash_base64(parts[4]);
  if (!log_n || !r || !p || !salt || !hash || hash->size() < 16 || hash->size() > 128) return std::nullopt;
  const std::uint64_t n = std::uint64_t{1} << *log_n, memory = 128 * *r * (n + *p + 2);
  if (memory > std::uint64_t{1} << 30) return std::nullopt;
  return PasswordHash{
      true, [=, salt = *salt, hash = *hash, r = *r, p = *p](std::string_view password) -> Result<bool> {
        std::string made(hash.size(), '\0');
        if (EVP_PBE_scrypt(password.data(), password.size(),
                           reinterpret_cast<const unsigned char*>(salt.data()), salt.size(), n, r, p,
                           memory + (1 << 20), reinterpret_cast<unsigned char*>(made.data()),
                           made.size()) != 1)
          return no_memory();
        return equal_in_constant_time(made, hash);
      }};
}

std::optional<PasswordHash> parse_pbkdf2(const char* digest, std::string_view text) {
  const auto parts = split(text, '$');
  if (parts.size() != 3) return std::nullopt;
  const auto salt = decode_hash_base64(parts[1]), hash = decode_hash_base64(parts[2]);
  if (!parts[0].starts_with("i=")) return pbkdf2(digest, parse_number(parts[0], 1, kMaxRounds), salt, hash);
  const auto costs = split(parts[0], ',');
  const auto size = costs.size() == 2 && costs[1].starts_with("l=")
                        ? parse_number(costs[1].substr(2), 16, 128)
                        : std::nullopt;
  if (!size) return std::nullopt;
  return pbkdf2(digest, parse_number(costs[0].substr(2), 1, kMaxRounds), salt, hash, *size);
}

std::optional<PasswordHash> parse_pbkdf2_dovecot(std::string_view text) {
  const auto parts = split(text, '$');  // "", "1", salt, rounds, hex
  if (parts.size() != 5 || !parts[0].empty() || parts[1] != "1") return std::nullopt;
  return pbkdf2("sha1", parse_number(parts[3], 1, kMaxRounds), std::string(parts[2]), hex_decode(parts[4]));
}

std::optional<PasswordHash> parse_pbkdf2_django(const char* digest, std::string_view text) {
  const auto parts = split(text, '$');  // rounds, salt as text, hash
  if (parts.size() != 3) return std::nullopt;
  return pbkdf2(digest, parse_number(parts[0], 1, kMaxRounds), std::string(parts[1]),
                decode_hash_base64(parts[2]));
}

std::optional<PasswordHash> parse_digest(const char* digest, bool salted, std::string_view text) {
  const EVP_MD* md = EVP_get_digestbyname(digest);
  if (md == nullptr) return std::nullopt;
  const auto size = static_cast<std::size_t>(EVP_MD_get_size(md));
  auto raw = text.size() == 2 * size ? hex_decode(text) : std::nullopt;
  if (!raw) raw = decode_hash_base64(text);
  if (!raw || (salted ? raw->size() <= size : raw->size() != size)) return std::nullopt;
  return PasswordHash{false, [md, size, raw = *raw](std::string_view password) -> Result<bool> {
                        const auto stored = std::string_view(raw);
                        return equal_in_constant_time(digest_of(md, password, stored.substr(size)),
                                                      stored.substr(0, size));
                      }};
}

PasswordHash clear_text(std::string_view password) {
  return {false, [stored = std::string(password)](std::string_view given) -> Result<bool> {
            return equal_in_constant_time(stored, given);
          }};
}

}  // namespace gannet::directory
