// Blobs in the buckets of real servers: src/store/s3.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>

#include "store/s3/multipart.h"
#include "store/s3/s3_blob_store.h"
#include "store/s3/xml.h"
#include "tests/backends/backend.h"
#include "tests/backends/faulty_proxy.h"
#include "tests/contract/blob_store_contract.h"

namespace gannet::store {
namespace {

using namespace std::chrono_literals;
using gannet::testing::Backend;
using gannet::testing::FaultyProxy;
using gannet::testing::HttpFault;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kNoSuchUpload =
    "<?xml version=\"1.0\"?><Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>";

// Does not wait, and notes how long it would have.
class Sleepless final : public Clock {
 public:
  WallTime now() const override { return real_.now(); }
  SteadyTime steady() const override { return real_.steady(); }
  void sleep(Duration duration) override {
    const std::scoped_lock lock(mutex_);
    slept.push_back(duration);
  }
  std::vector<Duration> slept;

 private:
  SystemClock real_;
  std::mutex mutex_;
};

S3Options options_for(const Backend& server) {
  return {.client = {.id = "objects",
                     .bucket = server.parameter("bucket"),
                     .region = server.parameter("region"),
                     .endpoint = server.parameter("endpoint"),
                     .credentials = {.access_key = server.parameter("access-key"),
                                     .secret_key = Secret(server.parameter("secret-key"))},
                     .timeout = 20s},
          .key_prefix = SystemRandom().token(8) + "/"};
}

class S3Harness final : public contract::Harness<BlobStore> {
 public:
  S3Harness(const std::string& server, Compression compression)
      : server_(Backend::shared(server)), options_(options_for(server_)) {
    options_.object.compression = compression;
  }
  std::string skip_reason() override { return server_.skip_reason(); }
  // The signature holds the time: the contract's own clock would be refused.
  Result<std::shared_ptr<BlobStore>> open(Clock& /*clock*/) override {
    return open_s3_blobs(options_, clock_, random_);
  }

 private:
  Backend& server_;
  S3Options options_;
  SystemClock clock_;
  SystemRandom random_;
};

contract::Backend<BlobStore> blobs(const std::string& server, Compression compression) {
  return {server + (compression == Compression::kNone ? "none" : "zstd"),
          [=] { return std::make_unique<S3Harness>(server, compression); }};
}

}  // namespace

namespace contract {
INSTANTIATE_TEST_SUITE_P(S3, BlobStoreContract,
                         ::testing::Values(blobs("swift", Compression::kNone),
                                           blobs("swift", Compression::kZstd),
                                           blobs("minio", Compression::kNone),
                                           blobs("minio", Compression::kZstd)),
                         [](const auto& info) { return info.param.name; });
}  // namespace contract

namespace {

class S3Test : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    GANNET_NEED_BACKEND(server_);
    options_ = options_for(server_);
    options_.client.min_wait = 1ms, options_.client.max_wait = 10ms;
    options_.probe_interval = 1h;  // its requests would be counted
  }
  std::shared_ptr<BlobStore> open() {
    auto opened = open_s3_blobs(options_, clock_, random_);
    EXPECT_TRUE(opened) << opened.error().describe();
    return opened ? *opened : nullptr;
  }
  Error refusal() {
    auto opened = open_s3_blobs(options_, clock_, random_);
    EXPECT_FALSE(opened);
    return opened ? Error(StoreError::kInvalid, "it opened") : opened.error();
  }
  void through(const FaultyProxy& proxy) {
    options_.client.endpoint = "http://127.0.0.1:" + std::to_string(proxy.port());
  }
  std::size_t unfinished_uploads() {
    s3::Client client(options_.client, clock_, random_);
    const auto page = client.send({.query = {{"prefix", options_.key_prefix}, {"uploads", ""}}});
    EXPECT_TRUE(page) << page.error().describe();
    return page ? s3::elements(page->body, "Upload").size() : 0;
  }

  Backend& server_ = Backend::shared(GetParam());
  S3Options options_;
  Sleepless clock_;
  SystemRandom random_;
  const std::string content_ = "Subject: a\r\n\r\nWords and words and words, and words again.\r\n";
  const BlobId id_ = BlobId::of(content_);
};

TEST_P(S3Test, WhatIsWrongNamesTheSetting) {
  const S3Options good = options_;
  options_.client.credentials.secret_key = Secret("wrong");
  EXPECT_THAT(refusal().text(), HasSubstr("store.objects.secret-key"));
  options_ = good;
  options_.client.credentials.access_key = "nobody:here";
  EXPECT_THAT(refusal().text(), ::testing::ContainsRegex("store.objects.(access|secret)-key"));
  options_ = good;
  options_.client.bucket = "missing";
  EXPECT_THAT(refusal().text(), HasSubstr("store.objects.bucket"));
  options_ = good;
  options_.client.endpoint = "nonsense";
  EXPECT_THAT(refusal().text(), HasSubstr("store.objects.endpoint"));
}

TEST_P(S3Test, ByTlsWithAServerThatItKnows) {
  if (std::string(GetParam()) != "swift") GTEST_SKIP() << "only Swift stands behind TLS here";
  options_.client.endpoint = server_.parameter("tls_endpoint");
  EXPECT_THAT(refusal().text(), HasSubstr("store.objects.tls.ca-file"));
  options_.client.ca_file = server_.parameter("ca");
  const auto known = open();
  ASSERT_TRUE(known->put(id_, content_));
  EXPECT_EQ(*known->get(id_), content_);
  options_.client.ca_file.clear();
  options_.client.allow_invalid_certs = true;
  EXPECT_EQ(*open()->get(id_), content_);
}

TEST_P(S3Test, TheBucketInTheHostsName) {
  options_.client.endpoint = "http://localhost:" + server_.parameter("port");
  options_.client.path_style = false;
  auto store = open();
  ASSERT_TRUE(store->put(id_, content_));
  EXPECT_EQ(*store->get(id_), content_);
  options_.client.path_style = true;
  EXPECT_EQ(*open()->get(id_), content_);
}

TEST_P(S3Test, APrefixWithOddCharacters) {
  options_.key_prefix += "ä & <b>'\"/+%20=~ ";
  auto store = open();
  std::vector<BlobId> expected;
  for (int i = 0; i < 5; ++i) {
    const std::string content = content_ + std::to_string(i);
    expected.push_back(BlobId::of(content));
    ASSERT_TRUE(store->put(expected.back(), content));
    EXPECT_EQ(*store->get(expected.back()), content);
  }
  std::ranges::sort(expected);
  EXPECT_EQ(*store->list(std::nullopt, 3), std::vector(expected.begin(), expected.begin() + 3));
  EXPECT_EQ(*store->list(expected[2], 9), std::vector(expected.begin() + 3, expected.end()));
}

// What of a bucket is not ours is not listed, and does not stop the list.
TEST_P(S3Test, OtherObjectsInTheBucket) {
  auto store = open();
  s3::Client client(options_.client, clock_, random_);
  for (const char* name : {"0", "00-readme", "ffff", "zzz"})
    ASSERT_TRUE(client.send({.method = "PUT", .key = options_.key_prefix + name, .body = "x"}));
  ASSERT_TRUE(store->put(id_, content_));
  for (const std::size_t limit : {1u, 2u, 100u})
    EXPECT_THAT(*store->list(std::nullopt, limit), ElementsAre(id_));
}

TEST_P(S3Test, LargeOnesGoInParts) {
  options_.part_size = 5 << 20;
  FaultyProxy proxy(std::stoi(server_.parameter("port")));
  through(proxy);
  auto store = open();
  const std::string content = SeededRandom(5).bytes(13'000'000);
  const BlobId id = BlobId::of(content);
  proxy.plan(nullptr);
  ASSERT_TRUE(store->put(id, content));
  EXPECT_THAT(proxy.requests(), SizeIs(6)) << "HEAD, begin, three parts, complete";
  EXPECT_EQ(*store->get(id), content);
  proxy.plan(nullptr);
  EXPECT_EQ(*store->get(id, 12'999'990, 100), content.substr(12'999'990));
  EXPECT_LE(proxy.answered(), 500'000u) << "a byte range reads little";
  EXPECT_THAT(proxy.requests(), SizeIs(2));
  proxy.plan(nullptr);
  ASSERT_TRUE(store->put(id, content));
  EXPECT_THAT(proxy.requests(), ElementsAre(StartsWith("HEAD"))) << "it is there";
  ASSERT_TRUE(store->remove(id));
  EXPECT_TRUE(store->get(id).error().is(StoreError::kNotFound));
}

TEST_P(S3Test, PartsOfAFailedUploadAreThrownAway) {
  options_.part_size = 5 << 20;
  FaultyProxy proxy(std::stoi(server_.parameter("port")));
  through(proxy);
  auto store = open();
  const std::string content = SeededRandom(6).bytes(11'000'000);
  const BlobId id = BlobId::of(content);
  proxy.plan([](int, const std::string& request) {
    return HttpFault{.status = request.find("partNumber=2") != std::string::npos ? 400 : 0};
  });
  EXPECT_FALSE(store->put(id, content));
  EXPECT_THAT(proxy.requests().back(), StartsWith("DELETE"));
  proxy.plan(nullptr);
  EXPECT_FALSE(*store->exists(id));
  EXPECT_EQ(unfinished_uploads(), 0u);
  ASSERT_TRUE(store->put(id, content));
  EXPECT_EQ(*store->get(id), content);
}

TEST_P(S3Test, OldUploadsAreThrownAway) {
  if (std::string(GetParam()) == "minio")
    GTEST_SKIP() << "MinIO lists uploads by an object's whole name only";
  s3::Client client(options_.client, clock_, random_);
  ASSERT_TRUE(
      client.send({.method = "POST", .key = options_.key_prefix + id_.hex(), .query = {{"uploads", ""}}}));
  EXPECT_EQ(unfinished_uploads(), 1u);
  open();
  EXPECT_EQ(unfinished_uploads(), 1u) << "another server may be at it";
  EXPECT_EQ(*s3::abort_uploads(client, options_.key_prefix, clock_.now() + 1h), 1u);
  EXPECT_EQ(unfinished_uploads(), 0u);
}

TEST_P(S3Test, TriesAgainWhatMayHelp) {
  FaultyProxy proxy(std::stoi(server_.parameter("port")));
  through(proxy);
  options_.client.min_wait = 100ms, options_.client.max_wait = 5s;
  auto store = open();
  for (const auto& fault : {HttpFault{.status = 503}, HttpFault{.status = 500}, HttpFault{.status = 429},
                            HttpFault{.cut = true}, HttpFault{.lose = true}}) {
    proxy.plan([fault](int n, const std::string&) { return n <= 3 ? fault : HttpFault{}; });
    clock_.slept.clear();
    ASSERT_TRUE(store->put(id_, content_));
    EXPECT_THAT(proxy.requests(), AllOf(SizeIs(4), Each(StartsWith("PUT"))));
    ASSERT_THAT(clock_.slept, SizeIs(3));
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_GE(clock_.slept[i], 50ms * (1 << i));
      EXPECT_LE(clock_.slept[i], 100ms * (1 << i));
    }
    proxy.plan([fault](int, const std::string&) { return fault; });
    const auto put = store->put(id_, content_);
    ASSERT_FALSE(put);
    EXPECT_TRUE(put.error().is(StoreError::kUnavailable)) << put.error().describe();
    EXPECT_TRUE(put.error().retry_can_help());
    proxy.plan(nullptr);
    EXPECT_EQ(*store->get(id_), content_);
  }
  proxy.plan([](int n, const std::string&) {
    return HttpFault{.status = n == 1 ? 503 : 0, .header = "Retry-After: 2\r\n"};
  });
  clock_.slept.clear();
  ASSERT_TRUE(store->put(id_, content_));
  EXPECT_THAT(clock_.slept, ElementsAre(Duration(2s))) << "as the server asked";
}

TEST_P(S3Test, DoesNotTryAgainWhatCannotHelp) {
  FaultyProxy proxy(std::stoi(server_.parameter("port")));
  through(proxy);
  auto store = open();
  for (const int status : {400, 401, 403, 405, 412}) {
    proxy.plan([status](int, const std::string&) { return HttpFault{.status = status}; });
    EXPECT_FALSE(store->put(id_, content_));
    EXPECT_FALSE(store->exists(id_)) << "refused is not absent";
    std::size_t puts = 0;
    for (const auto& request : proxy.requests()) puts += request.starts_with("PUT") ? 1 : 0;
    EXPECT_EQ(puts, 1u) << status;
  }
}

// A balancer answers so while the service behind it starts. It says nothing of the object.
TEST_P(S3Test, AProxysNotFoundIsTriedAgainAndNeverMeansAbsent) {
  FaultyProxy proxy(std::stoi(server_.parameter("port")));
  through(proxy);
  auto store = open();
  proxy.plan([](int n, const std::string&) { return HttpFault{.status = n <= 2 ? 404 : 0}; });
  ASSERT_TRUE(store->put(id_, content_));
  proxy.plan([](int n, const std::string&) { return HttpFault{.status = n <= 2 ? 404 : 0}; });
  EXPECT_EQ(*store->get(id_), content_);
  proxy.plan([](int, const std::string&) { return HttpFault{.status = 404}; });
  for (const auto& error : {store->put(id_, content_).error(), store->get(id_).error(),
                            store->exists(id_).error(), store->remove(id_).error()}) {
    EXPECT_TRUE(error.is(StoreError::kUnavailable) && error.retry_can_help()) << error.describe();
    EXPECT_THAT(error.detail(), HasSubstr("store.objects.endpoint"));
  }
  proxy.plan(nullptr);
  const BlobId absent = BlobId::of("absent");
  EXPECT_FALSE(*store->exists(absent));
  EXPECT_TRUE(store->get(absent).error().is(StoreError::kNotFound));
  EXPECT_TRUE(store->remove(absent));
  EXPECT_EQ(*store->get(id_), content_);
}

// Most services answer the second request to complete an upload with "no such upload".
TEST_P(S3Test, TheAnswerToACompletedUploadIsLost) {
  options_.part_size = 5 << 20;
  FaultyProxy proxy(std::stoi(server_.parameter("port")));
  through(proxy);
  auto store = open();
  const std::string content = SeededRandom(7).bytes(6'000'000);
  const BlobId id = BlobId::of(content);
  bool lost = false;
  proxy.plan([&](int, const std::string& request) {
    const bool completes = request.starts_with("POST") && request.find("uploadId=") != std::string::npos;
    if (completes && std::exchange(lost, true)) return HttpFault{.status = 404, .body = kNoSuchUpload};
    return HttpFault{.lose = completes};
  });
  const auto put = store->put(id, content);
  ASSERT_TRUE(put) << put.error().describe();
  EXPECT_TRUE(lost);
  EXPECT_EQ(*store->get(id), content);
  // It was never complete.
  ASSERT_TRUE(store->remove(id));
  proxy.plan([](int, const std::string& request) {
    const bool completes = request.starts_with("POST") && request.find("uploadId=") != std::string::npos;
    return completes ? HttpFault{.status = 404, .body = kNoSuchUpload} : HttpFault{};
  });
  EXPECT_TRUE(store->put(id, content).error().is(StoreError::kUnavailable));
}

// What was damaged on its way or at rest is not handed out.
TEST_P(S3Test, DamageIsFound) {
  auto store = open();
  ASSERT_TRUE(store->put(id_, content_));
  s3::Client client(options_.client, clock_, random_);
  const std::string key = options_.key_prefix + id_.hex();
  std::string stored = client.send({.key = key})->body;
  for (const std::size_t at : {std::size_t{0}, std::size_t{20}, stored.size() - 1}) {
    std::string damaged = stored;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    ASSERT_TRUE(client.send({.method = "PUT", .key = key, .body = damaged}));
    EXPECT_TRUE(store->get(id_).error().is(StoreError::kCorrupt)) << at;
  }
  ASSERT_TRUE(client.send({.method = "PUT", .key = key, .body = stored.substr(0, stored.size() - 3)}));
  EXPECT_TRUE(store->get(id_).error().is(StoreError::kCorrupt));
}

// A server of the test's own, since it is killed and frozen.
TEST_P(S3Test, TheServerIsKilledFrozenAndComesBack) {
  Backend own(GetParam());
  GANNET_NEED_BACKEND(own);
  options_ = options_for(own);
  options_.client.timeout = 3s, options_.client.max_retries = 1;
  auto store = open();
  ASSERT_TRUE(store->put(id_, content_));
  own.tell("kill");
  const auto unavailable = [&](const Error& error) {
    EXPECT_TRUE(error.is(StoreError::kUnavailable) && error.retry_can_help()) << error.describe();
  };
  unavailable(store->put(id_, content_).error());
  unavailable(store->get(id_).error());
  unavailable(store->exists(id_).error());
  unavailable(store->remove(id_).error());
  unavailable(store->list(std::nullopt, 1).error());
  auto opened_meanwhile = open();
  unavailable(opened_meanwhile->get(id_).error());
  own.tell("start");
  options_.client.timeout = 20s;
  EXPECT_EQ(*open()->get(id_), content_) << "what it acknowledged is there";
  EXPECT_EQ(*opened_meanwhile->get(id_), content_);

  own.tell("freeze");
  const auto start = std::chrono::steady_clock::now();
  unavailable(store->put(id_, content_).error());
  EXPECT_LT(std::chrono::steady_clock::now() - start, 12s);
  own.tell("thaw");
  EXPECT_EQ(*open()->get(id_), content_);
}

INSTANTIATE_TEST_SUITE_P(Servers, S3Test, ::testing::Values("swift", "minio"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gannet::store
