// The search index in a real Elasticsearch and a real OpenSearch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "config/config.h"
#include "net/http_client.h"
#include "store/elasticsearch/elasticsearch_store.h"
#include "store/stores.h"
#include "tests/backends/backend.h"
#include "tests/contract/search_store_contract.h"

namespace gannet::store {
namespace {

using namespace std::chrono_literals;
using gannet::testing::Backend;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = SearchQuery::Kind;

// Both start at once: each takes its time, much of it by waiting.
Backend& engine(const std::string& name) {
  static const bool asked = [] {
    const std::jthread other([] { Backend::shared("opensearch"); });
    Backend::shared("elasticsearch");
    return true;
  }();
  (void)asked;
  return Backend::shared(name);
}

// An index of its own, gone at the end.
class Engine : public contract::Harness<SearchStore> {
 public:
  explicit Engine(std::string server) : server_(std::move(server)) {
    options.id = server_;
    options.index = {
        .prefix = "t" + std::to_string(random_.below(1u << 30)) + "-", .shards = 2, .replicas = 0};
    options.connection.url = backend().parameter("url");
    options.connection.max_retries = 2;
    options.refresh_now = true;
  }
  ~Engine() override {
    if (skip_reason().empty()) ask("DELETE", "/" + elasticsearch::index_of(options.index));
  }
  std::string skip_reason() override { return backend().skip_reason(); }
  Result<std::shared_ptr<SearchStore>> open(Clock& clock) override {
    return open_elasticsearch(options, clock, random_);
  }

  Backend& backend() const { return engine(server_); }
  // Past the store.
  int ask(const std::string& method, const std::string& path, const std::string& body = {}) {
    net::HttpRequest request{.method = method, .url = backend().parameter("url") + path, .body = body};
    request.headers = {{.name = "Content-Type", .value = "application/json"}};
    const auto response = http_.send(request);
    return response ? response->status : 0;
  }

  ElasticsearchOptions options;

 private:
  const std::string server_;
  SystemRandom random_;
  SystemClock clock_;
  net::HttpClient http_{{}, clock_};
};

contract::Backend<SearchStore> contract_backend(const std::string& name) {
  return {.name = name, .make = [name] { return std::make_unique<Engine>(name); }};
}
const auto kBackends = ::testing::Values(contract_backend("elasticsearch"), contract_backend("opensearch"));

}  // namespace

namespace contract {
INSTANTIATE_TEST_SUITE_P(Engines, SearchStoreContract, kBackends,
                         [](const auto& info) { return info.param.name; });
}  // namespace contract

namespace {

class SearchEngine : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { GANNET_NEED_BACKEND(engine_.backend()); }
  void TearDown() override {
    if (killed_) tell("start");
    if (frozen_) tell("thaw");
  }
  void tell(const std::string& command) {
    killed_ = command == "kill", frozen_ = command == "freeze";
    engine_.backend().tell(command);
  }
  void open() {
    auto opened = engine_.open(clock_);
    ASSERT_TRUE(opened) << opened.error().describe();
    store_ = *opened;
  }
  std::string index_name() const { return "/" + elasticsearch::index_of(engine_.options.index); }

  static SearchDocument document(std::uint32_t number, const std::string& text,
                                 const std::string& language = "", SearchField field = SearchField::kBody) {
    return {.account = 7, .document = number, .fields = {{field, text, language}}};
  }
  void index(const std::vector<SearchDocument>& documents) {
    const auto done = store_->index(documents);
    EXPECT_TRUE(done) << done.error().describe();
  }
  std::vector<std::uint32_t> find(Kind kind, const std::string& text, SearchField field = SearchField::kAny) {
    SearchQuery query;
    query.kind = kind, query.text = text, query.field = field;
    const auto found = store_->query(7, query);
    EXPECT_TRUE(found) << found.error().describe();
    return found ? *found : std::vector<std::uint32_t>{};
  }
  Error failure(const Result<void>& result) {
    EXPECT_FALSE(result);
    return result ? Error(StoreError::kInvalid, "") : result.error();
  }
  Error open_failure() {
    const auto opened = engine_.open(clock_);
    EXPECT_FALSE(opened);
    return opened ? Error(StoreError::kInvalid, "") : opened.error();
  }

  contract::TemporaryDirectory directory_;
  SystemClock clock_;
  SystemRandom random_;
  Engine engine_{GetParam()};
  std::shared_ptr<SearchStore> store_;
  bool killed_ = false, frozen_ = false;
};

TEST_P(SearchEngine, FindsOtherFormsOfAWord) {
  open();
  index({document(1, "Two meetings were cancelled", "en"), document(2, "Die Häuser am See", "de"),
         document(3, "meetings", ""), document(4, "une RÉUNION", "fr"), document(5, "Two meetings", "ru")});
  EXPECT_THAT(find(Kind::kWord, "meeting"), ElementsAre(1));
  EXPECT_THAT(find(Kind::kWord, "Meetings"), ElementsAre(1, 3, 5)) << "as it stands, in any language";
  EXPECT_THAT(find(Kind::kWord, "cancelling two"), ElementsAre(1)) << "every word, in any order";
  EXPECT_THAT(find(Kind::kPhrase, "two meeting"), IsEmpty()) << "a phrase is as it stands";
  EXPECT_THAT(find(Kind::kPhrase, "meetings two"), IsEmpty());
  EXPECT_THAT(find(Kind::kPhrase, "TWO meetings"), ElementsAre(1, 5));
  EXPECT_THAT(find(Kind::kWord, "hauser"), ElementsAre(2)) << "without its accents";
  EXPECT_THAT(find(Kind::kWord, "réunions"), ElementsAre(4));
  EXPECT_THAT(find(Kind::kPrefix, "were canc"), ElementsAre(1));
}

TEST_P(SearchEngine, FindsTextOfScriptsWithoutBlanks) {
  open();
  index({document(1, "東京都の天気"), document(2, "สวัสดีครับ"), document(3, "京都"),
         document(4, "안녕하세요 foo東")});
  EXPECT_THAT(find(Kind::kWord, "東京"), ElementsAre(1));
  EXPECT_THAT(find(Kind::kWord, "京都"), ElementsAre(1, 3));
  EXPECT_THAT(find(Kind::kWord, "都"), ElementsAre(1, 3)) << "one character, at the end of a run or not";
  EXPECT_THAT(find(Kind::kWord, "東"), ElementsAre(1, 4));
  EXPECT_THAT(find(Kind::kPhrase, "東京都の"), ElementsAre(1));
  EXPECT_THAT(find(Kind::kWord, "東都"), IsEmpty());
  EXPECT_THAT(find(Kind::kWord, "สวัสดี"), ElementsAre(2));
  EXPECT_THAT(find(Kind::kWord, "녕하"), ElementsAre(4));
  EXPECT_THAT(find(Kind::kSubstring, "京都"), ElementsAre(1, 3));
}

TEST_P(SearchEngine, NarrowsForPartsOfText) {
  open();
  index({document(1, "invoice number 4711 of john.doe@example.org"), document(2, "voices"),
         document(3, "Header text", "", SearchField::kHeader)});
  EXPECT_THAT(find(Kind::kSubstring, "voice"), ElementsAre(1, 2));
  EXPECT_THAT(find(Kind::kSubstring, "oice num"), ElementsAre(1));
  EXPECT_THAT(find(Kind::kSubstring, "doe@example.o"), ElementsAre(1));
  EXPECT_THAT(find(Kind::kSubstring, "doe@other.o"), IsEmpty());
  EXPECT_THAT(find(Kind::kWord, "text"), IsEmpty()) << "any field but the header's";
  EXPECT_THAT(find(Kind::kWord, "header", SearchField::kHeader), ElementsAre(3));
  EXPECT_THAT(find(Kind::kSubstring, "..."), ElementsAre(1, 2, 3)) << "nothing to narrow by";
}

TEST_P(SearchEngine, TextsThatAreHardToSend) {
  open();
  index({document(1, "\xff\xfe broken \xc3 utf8"), document(2, std::string("nul\0here", 8)),
         document(3, std::string(100'000, 'w') + " long"), document(4, "\"quoted\" \\ {json}\n\r\t")});
  EXPECT_THAT(find(Kind::kWord, "broken utf8"), ElementsAre(1));
  EXPECT_THAT(find(Kind::kWord, "here"), ElementsAre(2));
  EXPECT_THAT(find(Kind::kWord, "long"), ElementsAre(3));
  EXPECT_THAT(find(Kind::kWord, std::string(70'000, 'w')), ElementsAre(3))
      << "words count by their first letters";
  EXPECT_THAT(find(Kind::kWord, "quoted json"), ElementsAre(4));
}

TEST_P(SearchEngine, MoreResultsThanAPageHolds) {
  engine_.options.bulk_size = 64 << 10;
  open();
  std::vector<SearchDocument> documents;
  for (std::uint32_t i = 0; i < 10'050; ++i) documents.push_back(document(i * 3, "all alike"));
  index(documents);
  const auto found = find(Kind::kWord, "alike");
  ASSERT_EQ(found.size(), 10'050u);
  EXPECT_EQ(found.back(), 10'049u * 3);
  EXPECT_TRUE(std::ranges::is_sorted(found));
  ASSERT_TRUE(store_->remove_account(7));
  EXPECT_THAT(find(Kind::kAll, ""), IsEmpty());
}

TEST_P(SearchEngine, WaitsForTheEnginesOwnRefresh) {
  engine_.options.refresh_now = false;
  open();
  index({document(1, "patience")});
  EXPECT_THAT(find(Kind::kWord, "patience"), ElementsAre(1)) << "searchable when index() returned";
  ASSERT_TRUE(store_->remove(7, {1}));
  EXPECT_THAT(find(Kind::kWord, "patience"), IsEmpty());
}

TEST_P(SearchEngine, ManyMakeOneIndex) {
  std::vector<std::jthread> threads;
  std::atomic<int> opened{0};
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&] {
      auto store = engine_.open(clock_);
      EXPECT_TRUE(store) << store.error().describe();
      if (store) ++opened;
    });
  threads.clear();
  EXPECT_EQ(opened, 6);
}

TEST_P(SearchEngine, IsMadeAgainWhenItWasRemoved) {
  open();
  index({document(1, "before")});
  EXPECT_EQ(engine_.ask("DELETE", index_name()), 200);
  index({document(2, "after")});
  EXPECT_THAT(find(Kind::kWord, "after"), ElementsAre(2));
  EXPECT_EQ(engine_.ask("DELETE", index_name()), 200);
  EXPECT_THAT(find(Kind::kWord, "after"), IsEmpty());
  EXPECT_EQ(engine_.ask("DELETE", index_name()), 200);
  EXPECT_TRUE(store_->remove_account(7));
}

TEST_P(SearchEngine, IsAnotherOneWhenItWasRemovedOrEmptied) {
  open();
  std::set<std::string> seen;
  const auto is_new = [&] {
    const auto identity = store_->identity();
    EXPECT_TRUE(identity) << identity.error().describe();
    return identity && !identity->empty() && seen.insert(*identity).second;
  };
  EXPECT_TRUE(is_new());
  EXPECT_FALSE(is_new());
  index({document(1, "kept")});
  EXPECT_THAT(find(Kind::kAll, ""), ElementsAre(1)) << "the mark is none of the documents";
  EXPECT_FALSE(is_new());
  EXPECT_EQ(
      engine_.ask("POST", index_name() + "/_delete_by_query?refresh=true", R"({"query":{"match_all":{}}})"),
      200);
  EXPECT_THAT(find(Kind::kAll, ""), IsEmpty());
  EXPECT_TRUE(is_new()) << "emptied";
  EXPECT_EQ(engine_.ask("DELETE", index_name()), 200);
  EXPECT_TRUE(is_new()) << "removed";
  EXPECT_EQ(engine_.ask("DELETE", index_name()), 200);
  index({document(1, "again")});
  EXPECT_TRUE(is_new()) << "made anew by who writes";
  const auto other = engine_.open(clock_);
  ASSERT_TRUE(other);
  EXPECT_TRUE(seen.contains(*(*other)->identity())) << "of another server the same";
}

TEST_P(SearchEngine, RefusesAnIndexOfSomebodyElse) {
  const std::string alias = "/" + elasticsearch::alias_of(engine_.options.index);
  EXPECT_EQ(engine_.ask("PUT", alias, "{}"), 200);
  const Error error = open_failure();
  EXPECT_TRUE(error.is(StoreError::kConfiguration)) << error.describe();
  EXPECT_THAT(error.text(), HasSubstr("index.prefix"));
  EXPECT_EQ(engine_.ask("DELETE", alias), 200);
}

TEST_P(SearchEngine, SaysWhichDocumentWasRefused) {
  // An index as ours, but for its fields.
  EXPECT_EQ(engine_.ask("PUT", index_name(),
                        R"({"aliases":{")" + elasticsearch::alias_of(engine_.options.index) +
                            R"(":{}},"mappings":{"dynamic":"strict","_meta":{"gannet":1},"properties":{
                            "account":{"type":"long"},"document":{"type":"long"},"subject":{"type":"text"}}}})"),
            200);
  open();
  const Error error = failure(
      store_->index({document(1, "kept", "", SearchField::kSubject), document(2, "x"), document(3, "y")}));
  EXPECT_TRUE(error.is(StoreError::kInvalid)) << error.describe();
  EXPECT_FALSE(error.retry_can_help());
  EXPECT_THAT(error.text(), HasSubstr("2 of 3"));
  EXPECT_THAT(error.detail(), HasSubstr("7-2"));
  EXPECT_THAT(find(Kind::kWord, "kept", SearchField::kSubject), ElementsAre(1)) << "the others are done";
}

TEST_P(SearchEngine, TriesAgainWhatIsBlocked) {
  open();
  EXPECT_EQ(
      engine_.ask("PUT", index_name() + "/_settings", R"({"index.blocks.read_only_allow_delete":true})"),
      200);
  const Error error = failure(store_->index({document(1, "later")}));
  EXPECT_TRUE(error.is(StoreError::kUnavailable)) << error.describe();
  EXPECT_TRUE(error.retry_can_help());
  EXPECT_EQ(
      engine_.ask("PUT", index_name() + "/_settings", R"({"index.blocks.read_only_allow_delete":null})"),
      200);
  index({document(1, "later")});
  EXPECT_THAT(find(Kind::kWord, "later"), ElementsAre(1));
}

TEST_P(SearchEngine, LogsIn) {
  auto& connection = engine_.options.connection;
  connection.url = engine_.backend().parameter("auth_url");
  EXPECT_TRUE(open_failure().is(StoreError::kConfiguration));
  connection.user = engine_.backend().parameter("user");
  connection.password = Secret("wrong");
  const Error refused = open_failure();
  EXPECT_TRUE(refused.is(StoreError::kConfiguration)) << refused.describe();
  EXPECT_THAT(refused.text(), HasSubstr("password"));
  connection.password = Secret(engine_.backend().parameter("password"));
  open();
  index({document(1, "by password")});
  connection.user.clear();
  connection.api_key = Secret(engine_.backend().parameter("api_key"));
  open();
  EXPECT_THAT(find(Kind::kWord, "password"), ElementsAre(1));
}

TEST_P(SearchEngine, VerifiesItsCertificate) {
  auto& connection = engine_.options.connection;
  connection.url = engine_.backend().parameter("tls_url");
  connection.api_key = Secret(engine_.backend().parameter("api_key"));
  const Error refused = open_failure();
  EXPECT_TRUE(refused.is(StoreError::kConfiguration)) << refused.describe();
  EXPECT_THAT(refused.detail(), HasSubstr("certificate"));
  connection.allow_invalid_certificates = true;
  open();
  index({document(1, "secretly")});
  EXPECT_THAT(find(Kind::kWord, "secretly"), ElementsAre(1));
}

TEST_P(SearchEngine, OpensAsTheSettingsSay) {
  const auto stores = [&](const std::string& lines) -> Result<Stores> {
    const auto config = config::Config::load_text(
        "[store.mem]\ntype = \"memory\"\n[store.find]\ntype = \"elasticsearch\"\n" + lines +
            "\n[store.db]\ntype = \"rocksdb\"\npath = \"" + directory_.path() + "/" + random_.token(8) +
            "\"\n" + "[storage]\ndata = \"db\"\nfts = \"find\"\nlookup = \"mem\"\ndirectory = \"none\"\n",
        "test.toml", {.fragment = true, .environment = {}});
    if (!config) return std::unexpected(config.error());
    return open_stores(*config, clock_, random_);
  };
  const std::string url = engine_.backend().parameter("url");
  const auto good = stores("url = \"" + url + "/\"\nindex.prefix = \"" + engine_.options.index.prefix +
                           "\"\nindex.shards = 2\nindex.refresh = \"now\"\ntimeout = \"20s\"");
  ASSERT_TRUE(good) << good.error().describe();
  store_ = good->search;
  index({document(1, "set")});
  EXPECT_THAT(find(Kind::kWord, "set"), ElementsAre(1));
  const std::string tls = "url = \"" + engine_.backend().parameter("tls_url") + "\"\napi-key = \"" +
                          engine_.backend().parameter("api_key") + "\"\nindex.prefix = \"" +
                          engine_.options.index.prefix + "\"\n";
  const auto known = stores(tls + "tls.ca-file = \"" + engine_.backend().parameter("ca") + "\"");
  ASSERT_TRUE(known) << known.error().describe();
  store_ = known->search;
  EXPECT_THAT(find(Kind::kWord, "set"), ElementsAre(1));
  for (const std::string& lines :
       {std::string(), tls, tls + "tls.ca-file = \"/nowhere/ca.pem\"",
        "url = \"" + url + "\"\ncloud-id = \"x\"", std::string("cloud-id = \"x\""),
        "url = \"" + url + "\"\nindex.prefix = \"Mail\"",
        "url = \"" + url + "\"\nuser = \"a\"\npassword = \"b\"\napi-key = \"c\""}) {
    const auto wrong = stores(lines);
    ASSERT_FALSE(wrong) << lines;
    EXPECT_THAT(wrong.error().text(), HasSubstr("store.find."));
  }
}

TEST_P(SearchEngine, ComesBackAfterItWasKilled) {
  open();
  index({document(1, "kept")});
  tell("kill");
  const auto error = failure(store_->index({document(2, "lost")}));
  EXPECT_TRUE(error.is(StoreError::kUnavailable)) << error.describe();
  EXPECT_TRUE(error.retry_can_help());
  open();  // a server that is not there keeps nobody from starting
  EXPECT_FALSE(store_->query(7, SearchQuery()));
  tell("start");
  EXPECT_THAT(find(Kind::kWord, "kept"), ElementsAre(1));
  index({document(2, "again")});
  EXPECT_THAT(find(Kind::kAll, ""), ElementsAre(1, 2));
}

TEST_P(SearchEngine, AFrozenServerCostsTheTimeout) {
  engine_.options.connection.timeout = 500ms;
  engine_.options.connection.max_retries = 1;
  open();
  tell("freeze");
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(failure(store_->index({document(1, "slow")})).is(StoreError::kUnavailable));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  tell("thaw");
}

INSTANTIATE_TEST_SUITE_P(Engines, SearchEngine, ::testing::Values("elasticsearch", "opensearch"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace gannet::store
