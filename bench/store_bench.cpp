// What a durable commit costs, alone and in a crowd; what the store takes to open and to hold.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/bytes.h"
#include "base/random.h"
#include "store/blob_links.h"
#include "store/data_blob_store.h"
#include "store/mysql/mysql_store.h"
#include "store/postgresql/postgresql_store.h"
#include "store/rocksdb/rocksdb_store.h"
#include "store/sqlite/sqlite_store.h"
#include "store/subspace.h"

namespace gannet::store {
namespace {

SystemClock system_clock;
SystemRandom system_random;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// A server whose database is emptied: GANNET_BENCH_HOST, _PORT, _DATABASE, _USER and _PASSWORD.
Result<std::shared_ptr<DataStore>> open_server(bool postgresql) {
  const std::string host = environment("GANNET_BENCH_HOST"), port = environment("GANNET_BENCH_PORT");
  const std::string database = environment("GANNET_BENCH_DATABASE"), user = environment("GANNET_BENCH_USER"),
                    password = environment("GANNET_BENCH_PASSWORD");
  if (postgresql) {
    PostgresqlOptions options{
        .host = host, .port = port, .database = database, .user = user, .password = password};
    options.max_connections = 64;
    return open_postgresql(options, system_clock);
  }
  MySqlOptions options{.host = host,
                       .port = static_cast<std::uint16_t>(std::atoi(port.c_str())),
                       .database = database,
                       .user = user,
                       .password = Secret(password)};
  options.pool.max_connections = 64;
  return open_mysql(options, system_clock);
}

Result<std::shared_ptr<DataStore>> open_emptied_server(bool postgresql) {
  auto store = TRY(open_server(postgresql));
  for (const auto& subspace : kSubspaces) {
    WriteBatch batch;
    const char first = static_cast<char>(subspace.id);
    batch.clear_range({first}, {static_cast<char>(first + 1)});
    TRY(store->commit(std::move(batch)));
  }
  return store;
}

// GANNET_BENCH_STORE: rocksdb (if it is not set), sqlite, postgresql or mysql.
Result<std::shared_ptr<DataStore>> open_data(const std::string& path) {
  const std::string wanted = environment("GANNET_BENCH_STORE");
  if (wanted == "postgresql" || wanted == "mysql") return open_emptied_server(wanted == "postgresql");
  if (wanted == "sqlite") return open_sqlite({.path = path + "/mail.db"}, system_clock);
  return open_rocksdb({.path = path}, system_clock);
}

// One store for all threads of a benchmark, in the directory named by GANNET_BENCH_DIR or in the temporary
// one.
class Fixture : public benchmark::Fixture {
 public:
  void SetUp(benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    const char* where = std::getenv("GANNET_BENCH_DIR");
    path_ = (where ? std::filesystem::path(where) : std::filesystem::temp_directory_path()) /
            ("gannet-bench-" + system_random.token(8));
    auto opened = open_data(path_.string());
    if (!opened) return state.SkipWithError(opened.error().describe().c_str());
    data_ = *opened;
    blobs_ = blob_store_over(data_);
    serial_ = 0;
  }
  void TearDown(benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    const auto statistics = data_->statistics();
    if (statistics.syncs > 0)
      state.counters["commits_per_sync"] =
          static_cast<double>(statistics.commits) / static_cast<double>(statistics.syncs);
    blobs_.reset();
    data_.reset();
    std::filesystem::remove_all(path_);
  }

 protected:
  // As a delivery writes it: a record, a state, a change and a counter, with one precondition.
  WriteBatch delivery(std::uint64_t serial) {
    WriteBatch batch;
    const auto account = static_cast<std::uint32_t>(serial % 100);
    batch.require_absent(KeyWriter('m').u32(account).u64(serial).take());
    batch.set(KeyWriter('m').u32(account).u64(serial).take(), std::string(400, 'm'));
    batch.set(KeyWriter('n').u32(account).u64(serial).take(), std::string(40, 'n'));
    batch.set(KeyWriter('c').u32(account).u64(serial).take(), std::string(20, 'c'));
    batch.add(KeyWriter('a').u32(account).take(), 4096);
    return batch;
  }

  std::filesystem::path path_;
  std::shared_ptr<DataStore> data_;
  std::shared_ptr<BlobStore> blobs_;
  std::atomic<std::uint64_t> serial_{0};
};

BENCHMARK_DEFINE_F(Fixture, Commit)(benchmark::State& state) {
  for (auto _ : state)
    if (!data_->commit(delivery(serial_++))) return state.SkipWithError("commit failed");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_REGISTER_F(Fixture, Commit)
    ->Threads(1)
    ->Threads(4)
    ->Threads(16)
    ->Threads(64)
    ->UseRealTime()
    ->MinTime(2);

// A message of state.range(0) bytes that nobody had before, with its metadata and its link, in one commit.
BENCHMARK_DEFINE_F(Fixture, Message)(benchmark::State& state) {
  SeededRandom random(static_cast<std::uint64_t>(state.thread_index()));
  std::string content;
  while (content.size() < static_cast<std::size_t>(state.range(0)))
    content += "word" + std::to_string(random.below(100'000)) + " ";
  content.resize(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const std::uint64_t serial = serial_++;
    std::memcpy(content.data(), &serial, sizeof serial);
    const BlobId id = BlobId::of(content);
    WriteBatch batch = delivery(serial);
    if (!blobs_->put_with(batch, id, content)) return state.SkipWithError("put failed");
    link_blob(batch, id, KeyWriter().u64(serial).view(), system_clock.now(), system_random);
    if (!data_->commit(std::move(batch))) return state.SkipWithError("commit failed");
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK_REGISTER_F(Fixture, Message)
    ->ArgsProduct({{4 << 10, 50 << 10}})
    ->Threads(1)
    ->Threads(16)
    ->Threads(64)
    ->UseRealTime()
    ->MinTime(2);

BENCHMARK_DEFINE_F(Fixture, ReadMessage)(benchmark::State& state) {
  const std::string content(static_cast<std::size_t>(state.range(0)), 'x');
  const BlobId id = BlobId::of(content);
  if (!blobs_->put(id, content)) return state.SkipWithError("put failed");
  for (auto _ : state) {
    auto read = blobs_->get(id);
    benchmark::DoNotOptimize(read);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK_REGISTER_F(Fixture, ReadMessage)->Arg(4 << 10)->Arg(50 << 10)->Arg(1 << 20);

void open_and_close(benchmark::State& state) {
  const auto path = std::filesystem::temp_directory_path() / ("gannet-bench-" + system_random.token(8));
  {
    auto created = open_data(path.string());
  }
  for (auto _ : state) {
    auto opened = open_data(path.string());
    if (!opened) return state.SkipWithError(opened.error().describe().c_str());
  }
  std::filesystem::remove_all(path);
}
BENCHMARK(open_and_close)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gannet::store

BENCHMARK_MAIN();
