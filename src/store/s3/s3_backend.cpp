#include "store/s3/s3_backend.h"

#include "store/s3/s3_blob_store.h"

namespace gannet::store {
namespace {

Result<s3::Credentials> credentials_of(const StoreSettings& settings) {
  const auto& section = settings.section;
  if (section.is_set("profile")) {
    if (section.is_set("access-key") || section.is_set("secret-key"))
      return settings.wrong("profile", "is set, and so is access-key or secret-key: leave one out");
    auto found = s3::read_profile(section.string("profile"));
    if (!found) return settings.wrong("profile", found.error().text());
    return found;
  }
  s3::Credentials out{.access_key = section.string("access-key"), .secret_key = section.secret("secret-key")};
  if (out.access_key.empty())
    return settings.wrong("access-key", "is not set: set it and secret-key, or profile");
  if (out.secret_key.empty()) return settings.wrong("secret-key", "is not set");
  // Two names of one thing.
  const Secret session = section.secret("session-token"), security = section.secret("security-token");
  if (!session.empty() && !security.empty() && session.reveal() != security.reveal())
    return settings.wrong("security-token",
                          "differs from session-token: both are the same field, leave one out");
  out.session_token = session.empty() ? security : session;
  return out;
}

Result<std::shared_ptr<BlobStore>> open(const StoreSettings& settings) {
  const auto& section = settings.section;
  S3Options options{
      .client = {.id = settings.id,
                 .bucket = section.string("bucket"),
                 .region = section.string("region"),
                 .endpoint = section.string("endpoint"),
                 .path_style = section.find<bool>("path-style"),
                 .credentials = TRY(credentials_of(settings)),
                 .timeout = section.find<Duration>("timeout").value_or(std::chrono::seconds(30)),
                 .max_retries = static_cast<int>(section.integer("max-retries")),
                 .max_connections = static_cast<std::size_t>(section.integer("pool.max-connections")),
                 .allow_invalid_certs = section.flag("tls.allow-invalid-certs"),
                 .ca_file = TRY(settings.ca_file())},
      .key_prefix = section.string("key-prefix"),
      .object = {.compression = compression_of(section)}};
  auto opened = open_s3_blobs(std::move(options), settings.clock, settings.random);
  if (!opened) return settings.wrong("endpoint", opened.error());
  return opened;
}

}  // namespace

const Backend& s3_backend() {
  static const Backend backend{
      .info = {.type = "s3",
               .roles = {Role::kBlob},
               .sentence = "A bucket of Amazon S3, or of a server that speaks its protocol.",
               .place = "endpoint"},
      .open_blob = open,
  };
  return backend;
}

}  // namespace gannet::store
