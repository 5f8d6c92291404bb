#include "store/s3/s3_blob_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "observe/log.h"
#include "store/s3/multipart.h"
#include "store/s3/xml.h"
#include "store/server_health.h"

namespace gannet::store {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kFirstRead = 128 << 10;  // most messages whole, and the header of nearly all others
constexpr std::size_t kAskFirst = 256
                                  << 10;  // from this size on, asking whether it is there beats sending it
constexpr std::size_t kMostKeys = 1000;   // the services' own limit for a page
constexpr Duration kLeftOverAfter = 24h;  // an upload in parts that was begun that long ago
// Within this a removal has surely ended: beyond, another collector may take over, and the blob be put again.
constexpr Duration kRemovalLimit = 4min;

class S3BlobStore final : public BlobStore {
 public:
  S3BlobStore(S3Options options, Clock& clock, Random& random)
      : options_(std::move(options)),
        clock_(clock),
        client_(options_.client, clock, random),
        health_(options_.client.id, options_.probe_interval, [this] { return probe(); }) {}
  ~S3BlobStore() override {
    client_.stop();
    health_.stop();
  }

  Result<void> open() {
    if (auto reached = told(probe()); !reached) {
      if (reached.error().is(StoreError::kUnavailable)) return {};
      return reached;
    }
    if (const auto aborted = s3::abort_uploads(client_, options_.key_prefix, clock_.now() - kLeftOverAfter);
        !aborted)
      observe::warn("store.uploads-not-aborted", {{"store", options_.client.id}, {"error", aborted.error()}});
    return {};
  }

  Result<void> put(const BlobId& id, std::string_view content) override {
    if (content.size() >= kAskFirst && TRY(exists(id))) return {};
    EncodedObject object = encode_object(id, content, options_.object);
    if (object.size() > options_.part_size)
      return told(s3::upload_in_parts(client_, key(id), {.first = object.header, .second = object.pieces},
                                      options_.part_size));
    const std::string whole = std::move(object.header) + object.pieces;
    return done(told(client_.send({.method = "PUT",
                                   .key = key(id),
                                   .headers = {{"Content-Type", "application/octet-stream"}},
                                   .body = whole})));
  }

  Result<std::string> get(const BlobId& id, std::uint64_t offset, std::uint64_t length) override {
    auto content = read_object(id, offset, length, kFirstRead, [&](std::uint64_t begin, std::uint64_t end) {
      return read_bytes(id, begin, end);
    });
    if (!content && content.error().is(StoreError::kCorrupt))
      return std::unexpected(
          std::move(content.error()).with_detail(client_.place() + ": " + content.error().detail()));
    return content;
  }

  Result<bool> exists(const BlobId& id) override {
    const auto found = told(client_.send({.method = "HEAD", .key = key(id)}));
    if (found) return true;
    if (found.error().is(StoreError::kNotFound)) return false;
    return std::unexpected(found.error());
  }

  Result<void> remove(const BlobId& id) override {
    auto removed = done(told(client_.send({.method = "DELETE", .key = key(id), .limit = kRemovalLimit})));
    if (!removed && removed.error().is(StoreError::kNotFound)) return {};
    return removed;
  }

  Result<std::vector<BlobId>> list(const std::optional<BlobId>& after, std::size_t limit) override;

 private:
  std::string key(const BlobId& id) const { return options_.key_prefix + id.hex(); }

  static Result<void> done(const Result<net::HttpResponse>& response) {
    if (!response) return std::unexpected(response.error());
    return {};
  }

  // Passes a result on, and says what it tells of the service.
  template <typename T>
  Result<T> told(Result<T> result) {
    if (result || result.error().is(StoreError::kNotFound))
      health_.succeeded();
    else if (!result.error().is(StoreError::kCorrupt))
      health_.failed(result.error());
    return result;
  }

  // Whether the bucket can be listed: the cheapest question whose answer says what is wrong.
  Result<void> probe() {
    return done(
        client_.send({.query = {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", options_.key_prefix}},
                      .limit = options_.client.timeout}));
  }

  Result<std::string> read_bytes(const BlobId& id, std::uint64_t begin, std::uint64_t end);

  const S3Options options_;
  Clock& clock_;
  s3::Client client_;
  ServerHealth health_;
};

Result<std::string> S3BlobStore::read_bytes(const BlobId& id, std::uint64_t begin, std::uint64_t end) {
  if (end <= begin) return std::string();
  auto response = told(client_.send({.key = key(id),
                                     .headers = {{"Range", fmt::format("bytes={}-{}", begin, end - 1)}},
                                     .max_response = 64u << 20}));
  if (!response) {
    if (response.error().is(StoreError::kNotFound)) return blob_not_found(id, client_.place());
    return std::unexpected(std::move(response).error());
  }
  if (response->status == 206) return std::move(response->body);
  // A service that does not know ranges sends all of it.
  return begin < response->body.size() ? response->body.substr(begin, end - begin) : std::string();
}

Result<std::vector<BlobId>> S3BlobStore::list(const std::optional<BlobId>& after, std::size_t limit) {
  std::vector<BlobId> found;
  std::string last = after ? key(*after) : std::string();
  while (found.size() < limit) {
    s3::Call call{.query = {{"list-type", "2"},
                            {"max-keys", std::to_string(std::min(limit - found.size(), kMostKeys))},
                            {"prefix", options_.key_prefix}}};
    // Names are in order, so the last one says where to go on, without a token that would be good for one list only.
    if (!last.empty()) call.query.emplace_back("start-after", last);
    const auto page = TRY(told(client_.send(call)));
    const auto objects = s3::elements(page.body, "Contents");
    for (const auto object : objects) {
      last = s3::element_text(object, "Key");
      const std::string_view name =
          std::string_view(last).substr(std::min(options_.key_prefix.size(), last.size()));
      const auto raw = hex_decode(name);
      const auto id = raw ? BlobId::from_raw(*raw) : std::nullopt;
      if (id && id->hex() == name) found.push_back(*id);
    }
    if (objects.empty() || s3::element_text(page.body, "IsTruncated") != "true") break;
  }
  return found;
}

}  // namespace

Result<std::shared_ptr<BlobStore>> open_s3_blobs(S3Options options, Clock& clock, Random& random) {
  auto store = std::make_shared<S3BlobStore>(std::move(options), clock, random);
  TRY(store->open());
  return store;
}

}  // namespace gannet::store
