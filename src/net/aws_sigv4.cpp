#include "net/aws_sigv4.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/hash.h"

namespace gannet::net {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

std::string hex_sha256(std::string_view content) {
  const Sha256Digest digest = sha256(content);
  return hex_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size);
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte =
        text[i] == '%' && i + 2 < text.size() ? hex_decode(text.substr(i + 1, 2)) : std::nullopt;
    if (byte) {
      out += *byte;
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

struct Url {
  std::string host;  // as the Host field has it: without a scheme's usual port
  std::string_view path, query;
};

Result<Url> split(std::string_view url) {
  const auto scheme_end = url.find("://");
  const std::string scheme = lower(url.substr(0, scheme_end));
  if (scheme_end == std::string_view::npos || (scheme != "http" && scheme != "https"))
    return fail(NetError::kInvalid, "the URL cannot be used");
  url.remove_prefix(scheme_end + 3);
  url = url.substr(0, url.find('#'));
  const auto path_start = std::min(url.find_first_of("/?"), url.size());
  Url out{.host = lower(url.substr(0, path_start)), .path = {}, .query = {}};
  const std::string_view usual = scheme == "http" ? ":80" : ":443";
  if (out.host.ends_with(usual)) out.host.resize(out.host.size() - usual.size());
  url.remove_prefix(path_start);
  const auto question = url.find('?');
  out.path = url.substr(0, question);
  if (question != std::string_view::npos) out.query = url.substr(question + 1);
  return out;
}

// Sorted by name, then by value, both encoded anew.
std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> all;
  while (!query.empty()) {
    const std::string_view item = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(item.size() + 1, query.size()));
    if (item.empty()) continue;
    const auto equals = std::min(item.find('='), item.size());
    const std::string_view value = item.substr(std::min(equals + 1, item.size()));
    all.emplace_back(aws_uri_encode(percent_decode(item.substr(0, equals))),
                     aws_uri_encode(percent_decode(value)));
  }
  std::ranges::sort(all);
  std::string out;
  for (const auto& [name, value] : all) out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, value);
  return out;
}

bool is_signed(std::string_view lower_name) {
  return lower_name.starts_with("x-amz-") || lower_name == "content-type" || lower_name == "content-md5" ||
         lower_name == "range";
}

// "20130524T000000Z"
std::string timestamp(WallTime now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace

std::string aws_uri_encode(std::string_view text, bool keep_slash) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '.' || c == '_' || c == '~' || (keep_slash && c == '/');
    if (kept) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

Result<void> sign_aws_v4(HttpRequest& request, const AwsCredentials& credentials, WallTime now) {
  const Url url = TRY(split(request.url));
  const std::string time = timestamp(now), date = time.substr(0, 8);
  const std::string payload = hex_sha256(request.body);
  std::erase_if(request.headers, [](const HttpHeader& field) {
    const std::string name = lower(field.name);
    return name == "x-amz-date" || name == "x-amz-content-sha256" || name == "x-amz-security-token" ||
           name == "authorization";
  });
  request.headers.push_back({.name = "X-Amz-Date", .value = time});
  request.headers.push_back({.name = "X-Amz-Content-Sha256", .value = payload});
  if (!credentials.session_token.empty())
    request.headers.push_back({.name = "X-Amz-Security-Token", .value = credentials.session_token.reveal()});

  std::map<std::string, std::string> fields{{"host", url.host}};
  for (const auto& [name, value] : request.headers)
    if (const std::string key = lower(name); is_signed(key)) fields[key] = value;
  std::string canonical_fields, names;
  for (const auto& [name, value] : fields) {
    canonical_fields += fmt::format("{}:{}\n", name, value);
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string path = url.path.empty() ? "/" : aws_uri_encode(percent_decode(url.path), true);
  const std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, path,
                                            canonical_query(url.query), canonical_fields, names, payload);

  const std::string scope =
      fmt::format("{}/{}/{}/aws4_request", date, credentials.region, credentials.service);
  const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope, hex_sha256(canonical));
  std::string key = hmac("AWS4" + credentials.secret_key.reveal(), date);
  for (const std::string_view step :
       {std::string_view(credentials.region), std::string_view(credentials.service),
        std::string_view("aws4_request")})
    key = hmac(key, step);
  request.headers.push_back(
      {.name = "Authorization",
       .value = fmt::format("AWS4-HMAC-SHA256 Credential={}/{},SignedHeaders={},Signature={}",
                            credentials.access_key, scope, names, hex_encode(hmac(key, to_sign)))});
  return {};
}

}  // namespace gannet::net
