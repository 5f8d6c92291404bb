#include "store/s3/credentials.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace gannet::store::s3 {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string credentials_file() {
  if (const char* path = std::getenv("AWS_SHARED_CREDENTIALS_FILE")) return path;
  const char* home = std::getenv("HOME");
  return std::string(home ? home : "") + "/.aws/credentials";
}

}  // namespace

Result<Credentials> profile_of(std::string_view file, const std::string& profile) {
  Credentials out;
  bool inside = false, found = false;
  while (!file.empty()) {
    const auto end = file.find('\n');
    const std::string_view line = trimmed(file.substr(0, end));
    file.remove_prefix(end == std::string_view::npos ? file.size() : end + 1);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line.front() == '[' && line.back() == ']') {
      inside = trimmed(line.substr(1, line.size() - 2)) == profile;
      found = found || inside;
      continue;
    }
    const auto equals = line.find('=');
    if (!inside || equals == std::string_view::npos) continue;
    const std::string_view key = trimmed(line.substr(0, equals));
    const std::string value(trimmed(line.substr(equals + 1)));
    if (key == "aws_access_key_id") out.access_key = value;
    if (key == "aws_secret_access_key") out.secret_key = Secret(value);
    if (key == "aws_session_token") out.session_token = Secret(value);
  }
  if (!found) return fail(StoreError::kConfiguration, "there is no profile [" + profile + "]");
  if (out.access_key.empty() || out.secret_key.empty())
    return fail(StoreError::kConfiguration,
                "the profile [" + profile + "] has no aws_access_key_id or no aws_secret_access_key");
  return out;
}

Result<Credentials> read_profile(const std::string& profile) {
  const std::string path = credentials_file();
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(StoreError::kConfiguration, path + ": cannot be read");
  auto found = profile_of(text.str(), profile);
  if (!found) return fail(StoreError::kConfiguration, path + ": " + found.error().text());
  return found;
}

}  // namespace gannet::store::s3
