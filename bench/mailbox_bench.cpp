// What a delivery costs, with its durable commit and without; what a view costs to load, to follow and to
// read.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "base/random.h"
#include "mailbox/accounts.h"
#include "store/data_blob_store.h"
#include "store/rocksdb/rocksdb_store.h"
#include "store/testing/power_loss.h"

namespace gannet::mailbox {
namespace {

SystemClock system_clock;
SystemRandom system_random;

std::string message(std::uint64_t serial, std::size_t size) {
  std::string out = fmt::format(
      "Received: from client.example.org (client.example.org [192.0.2.1])\r\n\tby mail.example.net with "
      "ESMTPS;\r\n"
      "\tMon, 2 Mar 2026 10:00:00 +0000\r\nFrom: \"Ann Example\" <ann@example.org>\r\nTo: bob@example.net\r\n"
      "Subject: Message number {}\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\nMessage-ID: "
      "<{}.bench@example.org>\r\n"
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
      serial, serial);
  while (out.size() < size)
    out += fmt::format("Line {} of a message that nobody will ever read, {}.\r\n", out.size(), serial);
  return out;
}

// In the directory named by GANNET_BENCH_DIR or in the temporary one; `in_memory`: on a file system that is
// none, so that only the processor's time counts.
class World {
 public:
  explicit World(bool in_memory = false) : machine_(1) {
    const char* where = std::getenv("GANNET_BENCH_DIR");
    path_ = (where ? std::filesystem::path(where) : std::filesystem::temp_directory_path()) /
            ("gannet-bench-" + system_random.token(8));
    store::RocksDbOptions options{.path = path_.string()};
    if (in_memory) options.file_system = machine_.file_system();
    data_ = *store::open_rocksdb(options, system_clock);
    blobs_ = store::blob_store_over(data_);
    accounts = node();
  }
  ~World() {
    accounts.reset(), blobs_.reset(), data_.reset();
    std::filesystem::remove_all(path_);
  }
  std::shared_ptr<Accounts> node() {
    return make_accounts(
        {.data = data_, .blob = blobs_, .search = nullptr, .search_data = nullptr, .lookup = nullptr}, {},
        system_clock, system_random);
  }
  bool deliver(AccountId account, std::size_t size = 4096) {
    const std::string content = message(serial_++, size);
    const Destination destination{.account = account, .trace = "Delivered-To: bob@example.net\r\n"};
    const auto stored = accounts->store({content, system_clock.now()}, std::span(&destination, 1));
    return stored && stored->front().stored;
  }
  store::DataStoreStatistics statistics() { return data_->statistics(); }

  // An account with as many messages, copied from a few, so that filling it takes no time.
  void fill(AccountId account, std::size_t messages) {
    for (int i = 0; i < 100; ++i) deliver(account, 512);
    const MailboxId inbox = inbox_of(account);
    std::vector<Uid> uids;
    for (Uid uid = 1; uid <= 100; ++uid) uids.push_back(uid);
    for (std::size_t there = 100; there < messages; there += uids.size()) {
      const auto copied = accounts->copy(account, inbox, uids, inbox);
      if (there < 5000) uids.insert(uids.end(), copied->to.begin(), copied->to.end());
    }
  }
  MailboxId inbox_of(AccountId account) {
    const auto view = *accounts->view(account);
    const auto lock = view->lock();
    return view->find_mailbox("INBOX")->id;
  }

  std::shared_ptr<Accounts> accounts;

 private:
  store::testing::PowerLoss machine_;
  std::filesystem::path path_;
  std::shared_ptr<store::DataStore> data_;
  std::shared_ptr<store::BlobStore> blobs_;
  std::atomic<std::uint64_t> serial_{0};
};

std::unique_ptr<World> shared_world;

// arg 0: accounts that the threads deliver to.
void Store(benchmark::State& state) {
  if (state.thread_index() == 0) shared_world = std::make_unique<World>();
  AccountId next = static_cast<AccountId>(state.thread_index());
  for (auto _ : state)
    if (!shared_world->deliver(1 + next++ % static_cast<AccountId>(state.range(0))))
      state.SkipWithError("not stored");
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() != 0) return;
  const auto statistics = shared_world->statistics();
  state.counters["commits_per_sync"] =
      static_cast<double>(statistics.commits) / static_cast<double>(statistics.syncs);
  shared_world.reset();
}
BENCHMARK(Store)
    ->ArgName("accounts")
    ->Arg(1)
    ->Arg(100)
    ->Threads(1)
    ->Threads(16)
    ->Threads(64)
    ->UseRealTime()
    ->MinTime(2);

// Without a disk.
void StoreCpu(benchmark::State& state) {
  World world(true);
  for (auto _ : state)
    if (!world.deliver(1)) state.SkipWithError("not stored");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(StoreCpu)->Iterations(20'000);

void LoadView(benchmark::State& state) {
  World world;
  world.fill(1, static_cast<std::size_t>(state.range(0)));
  std::size_t messages = 0;
  for (auto _ : state) {
    const auto fresh = world.node();
    const auto view = *fresh->view(1);
    const auto lock = view->lock();
    messages = view->find_mailbox("INBOX")->messages;
  }
  state.counters["messages"] = static_cast<double>(messages);
}
BENCHMARK(LoadView)->Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void ViewThatIsCurrent(benchmark::State& state) {
  World world;
  world.fill(1, 10'000);
  for (auto _ : state) benchmark::DoNotOptimize(world.accounts->view(1));
}
BENCHMARK(ViewThatIsCurrent);

// Another node's delivery, seen by this one.
void Replay(benchmark::State& state) {
  World world;
  world.fill(1, static_cast<std::size_t>(state.range(0)));
  const auto other = world.node();
  benchmark::DoNotOptimize(other->view(1));
  for (auto _ : state) {
    state.PauseTiming();
    world.deliver(1, 512);
    state.ResumeTiming();
    benchmark::DoNotOptimize(other->view(1));
  }
}
BENCHMARK(Replay)->Arg(100'000)->Iterations(500)->Unit(benchmark::kMicrosecond);

void VisitAll(benchmark::State& state) {
  World world;
  world.fill(1, 10'000);
  const MailboxId inbox = world.inbox_of(1);
  const auto view = *world.accounts->view(1);
  for (auto _ : state) {
    std::uint64_t sum = 0;
    const auto lock = view->lock();
    view->for_each(inbox, 1, UINT32_MAX, [&](const Entry& entry) {
      sum += entry.keywords.low();
      return true;
    });
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(VisitAll)->Unit(benchmark::kMicrosecond);

// All of them in one call and one commit.
void SetKeywords(benchmark::State& state) {
  World world;
  world.fill(1, static_cast<std::size_t>(state.range(0)));
  const MailboxId inbox = world.inbox_of(1);
  std::vector<Uid> uids;
  {
    const auto view = *world.accounts->view(1);
    const auto lock = view->lock();
    uids = view->uids(inbox);
  }
  const std::vector<std::string> seen = {"\\Seen"};
  auto action = KeywordAction::kAdd;
  for (auto _ : state) {
    const auto outcome = world.accounts->set_keywords(1, inbox, uids, action, seen);
    if (outcome->changed.size() != uids.size()) state.SkipWithError("not changed");
    action = action == KeywordAction::kAdd ? KeywordAction::kRemove : KeywordAction::kAdd;
  }
}
BENCHMARK(SetKeywords)->Arg(1)->Arg(10'000)->Unit(benchmark::kMillisecond);

void SetKeywordsOfOne(benchmark::State& state) {
  World world;
  world.fill(1, 10'000);
  const MailboxId inbox = world.inbox_of(1);
  const std::vector<Uid> uids = {5000};
  const std::vector<std::string> seen = {"\\Seen"};
  auto action = KeywordAction::kAdd;
  for (auto _ : state) {
    benchmark::DoNotOptimize(world.accounts->set_keywords(1, inbox, uids, action, seen));
    action = action == KeywordAction::kAdd ? KeywordAction::kRemove : KeywordAction::kAdd;
  }
}
BENCHMARK(SetKeywordsOfOne)->Unit(benchmark::kMicrosecond);

// One of very many.
void ExpungeOne(benchmark::State& state) {
  World world;
  world.fill(1, static_cast<std::size_t>(state.range(0)));
  const MailboxId inbox = world.inbox_of(1);
  const std::vector<std::string> deleted = {"\\Deleted"};
  Uid next = 1000;
  for (auto _ : state) {
    const std::vector<Uid> uids = {next++};
    benchmark::DoNotOptimize(world.accounts->set_keywords(1, inbox, uids, KeywordAction::kAdd, deleted));
    if (world.accounts->expunge(1, inbox, std::span<const Uid>(uids))->size() != 1)
      state.SkipWithError("not gone");
  }
}
BENCHMARK(ExpungeOne)->Arg(10'000)->Arg(1'000'000)->Iterations(200)->Unit(benchmark::kMicrosecond);

// After one change in a large mailbox; arg 1: whether from memory (a session) or from the store (QRESYNC).
void Changes(benchmark::State& state) {
  World world;
  world.fill(1, 100'000);
  const MailboxId inbox = world.inbox_of(1);
  const Modseq before = (*world.accounts->view(1))->modseq();
  const std::vector<Uid> uids = {5000};
  const std::vector<std::string> seen = {"\\Seen"};
  benchmark::DoNotOptimize(world.accounts->set_keywords(1, inbox, uids, KeywordAction::kAdd, seen));
  const auto node = state.range(0) ? world.accounts : world.node();
  for (auto _ : state) {
    const auto changes = node->changes(1, inbox, before);
    if (changes->changed.size() != 1) state.SkipWithError("wrong");
  }
}
BENCHMARK(Changes)->ArgName("in_memory")->Arg(1)->Arg(0)->Unit(benchmark::kMicrosecond);

void ReadRecords(benchmark::State& state) {
  World world;
  world.fill(1, 10'000);
  std::vector<DocumentId> documents;
  for (DocumentId document = 1; document <= 10'000; ++document) documents.push_back(document);
  for (auto _ : state) benchmark::DoNotOptimize(world.accounts->messages(1, documents));
}
BENCHMARK(ReadRecords)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gannet::mailbox

BENCHMARK_MAIN();
