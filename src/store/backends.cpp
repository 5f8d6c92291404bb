// Every backend of this build, one line each.
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>

#include "store/backend.h"
#include "store/distributed/distributed_backend.h"
#include "store/elasticsearch/elasticsearch_backend.h"
#include "store/foundationdb/foundationdb_backend.h"
#include "store/fs/fs_backend.h"
#include "store/memory_backend.h"
#include "store/mysql/mysql_backend.h"
#include "store/postgresql/postgresql_backend.h"
#include "store/read_replica.h"
#include "store/redis/redis_backend.h"
#include "store/rocksdb/rocksdb_backend.h"
#include "store/s3/s3_backend.h"
#include "store/sharded_lookup_store.h"
#include "store/sqlite/sqlite_backend.h"

namespace gannet::store {

const std::vector<const Backend*>& backends() {
  static const std::vector<const Backend*> all{
      &rocksdb_backend(),
      &foundationdb_backend(),
      &postgresql_backend(),
      &mysql_backend(),
      &sqlite_backend(),
      &elasticsearch_backend(),
      &memory_backend(),
      &fs_backend(),
      &s3_backend(),
      &distributed_backend(),
      &redis_backend(),
      &sharded_lookup_backend(),
      &sql_read_replica_backend(),
  };
  return all;
}

const Backend* find_backend(std::string_view type) {
  const auto found =
      std::ranges::find_if(backends(), [&](const Backend* backend) { return backend->info.type == type; });
  return found == backends().end() ? nullptr : *found;
}

const std::vector<BackendInfo>& available_backends() {
  static const std::vector<BackendInfo> infos = [] {
    std::vector<BackendInfo> out;
    for (const Backend* backend : backends()) out.push_back(backend->info);
    return out;
  }();
  return infos;
}

Compression compression_of(const config::Section& store) {
  const std::string word = store.string("compression");
  return word == "zstd" ? Compression::kZstd : word == "none" ? Compression::kNone : Compression::kLz4;
}

namespace {

// Where a setting's name that begins at `at` ends; `at` if none does.
std::size_t key_at(std::string_view text, std::size_t at) {
  const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.", at);
  const auto stop = end == std::string_view::npos ? text.size() : end;
  return stop > at && text[stop - 1] == '.' ? stop - 1 : stop;
}

}  // namespace

std::unexpected<Error> StoreSettings::wrong(std::string_view key, const std::string& message,
                                            const std::string& detail) const {
  return fail(StoreError::kConfiguration,
              fmt::format("{}: store.{}.{}: {}", section.origin(key).text(), id, key, message), detail);
}

std::unexpected<Error> StoreSettings::wrong(std::string_view otherwise, const Error& error) const {
  const std::string& text = error.text();
  if (const auto end = key_at(text, 0); end > 0 && text.substr(end).starts_with(": "))
    return wrong(text.substr(0, end), text.substr(end + 2), error.detail());
  const std::string named = fmt::format("store.{}.", id);
  if (const auto at = text.find(named); at != std::string::npos) {
    const auto begin = at + named.size(), end = key_at(text, begin);
    if (end > begin) return wrong(text.substr(begin, end - begin), text, error.detail());
  }
  return wrong(otherwise, text, error.detail());
}

Result<std::string> StoreSettings::ca_file() const {
  const std::string path = section.string("tls.ca-file");
  if (path.empty()) return path;
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(path.c_str(), "r"), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> first(
      file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr, &X509_free);
  ERR_clear_error();
  if (!file) return wrong("tls.ca-file", fmt::format("{} cannot be read", path));
  if (!first) return wrong("tls.ca-file", fmt::format("{} has no certificate in PEM form", path));
  return path;
}

}  // namespace gannet::store
