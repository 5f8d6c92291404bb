// What an answer costs that the lookup cache has, beside asking the directory: SQLite, the quickest of those of other
// systems, and the internal one, which has its records in memory.
#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/random.h"
#include "config/config.h"
#include "directory/cached_directory.h"
#include "directory/internal_directory.h"
#include "directory/sql/sql_directory.h"
#include "store/rocksdb/rocksdb_store.h"

namespace gannet::directory {
namespace {

constexpr int kPeople = 10'000;

class World {
 public:
  World() : path_(std::filesystem::temp_directory_path() / ("gannet-bench-" + random_.token(8))) {
    std::filesystem::create_directories(path_);
    fill();
    data_ = *store::open_rocksdb({.path = (path_ / "db").string(), .write_buffer_size = 1 << 20}, clock_);
    logins_ = std::make_shared<Logins>(LoginOptions{}, clock_, random_);
    const auto config = config::Config::load_text(
        "[directory.people]\ntype = 'sql'\naddress = 'sqlite://" + (path_ / "people.db").string() + "'\n",
        "bench", {.fragment = true, .environment = {}});
    sql = std::make_shared<sql::SqlDirectory>(*sql::read_settings(*config, "people"), data_, logins_, clock_,
                                              random_);
    cached = std::make_shared<CachedDirectory>(sql, LookupCacheOptions{.id = "people", .entries = 100'000},
                                               clock_);
    internal = std::make_shared<InternalDirectory>(InternalOptions{}, data_, logins_, clock_, random_);
    Principal domain;
    domain.type = PrincipalType::kDomain;
    domain.name = "example.org";
    (void)internal->create(domain, std::nullopt);
    for (int i = 0; i < 1'000; ++i) {
      Principal person;
      person.name = "user" + std::to_string(i);
      person.emails = {person.name + "@example.org"};
      (void)internal->create(person, std::nullopt);
    }
  }
  ~World() {
    internal.reset(), cached.reset(), sql.reset(), logins_.reset(), data_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  World(const World&) = delete;

 private:
  // The tables of docs/directories/sql.md.
  void fill() const {
    sqlite3* database = nullptr;
    sqlite3_open((path_ / "people.db").c_str(), &database);
    std::string text =
        "BEGIN; CREATE TABLE accounts (name TEXT PRIMARY KEY, secret TEXT, description TEXT, type TEXT, "
        "quota "
        "BIGINT, active BOOLEAN DEFAULT true); CREATE TABLE group_members (name TEXT, member_of TEXT, "
        "PRIMARY "
        "KEY (name, member_of)); CREATE TABLE emails (name TEXT, address TEXT, type TEXT, PRIMARY KEY (name, "
        "address)); CREATE INDEX emails_address ON emails (address);";
    for (int i = 0; i < kPeople; ++i) {
      const std::string name = "user" + std::to_string(i);
      text += "INSERT INTO accounts (name, type) VALUES ('" + name +
              "', 'individual'); INSERT INTO emails VALUES ('" + name + "', '" + name +
              "@example.org', 'primary');";
    }
    text += "COMMIT;";
    sqlite3_exec(database, text.c_str(), nullptr, nullptr, nullptr);
    sqlite3_close(database);
  }

  SystemClock clock_;
  SystemRandom random_;
  const std::filesystem::path path_;
  std::shared_ptr<store::DataStore> data_;
  std::shared_ptr<Logins> logins_;

 public:
  std::shared_ptr<Directory> sql;
  std::shared_ptr<CachedDirectory> cached;
  std::shared_ptr<InternalDirectory> internal;
};

World& world() {
  static World out;
  return out;
}

std::string address(int number) {
  return "user" + std::to_string(number % kPeople) + "@example.org";
}

void ask(benchmark::State& state, Directory& directory, int different, const std::string& before = {}) {
  int number = state.thread_index() * 37;
  for (auto _ : state) {
    const auto answer = directory.resolve(before + address(number++ % different), {});
    if (!answer || (answer->accounts.empty() && before.empty())) state.SkipWithError("no answer");
    benchmark::DoNotOptimize(answer);
  }
}

void KnownAddress(benchmark::State& state) {
  for (int i = 0; i < 1'000 && state.thread_index() == 0; ++i) (void)world().cached->resolve(address(i), {});
  ask(state, *world().cached, 1'000);
}
BENCHMARK(KnownAddress)->Threads(1)->Threads(2)->Threads(8)->UseRealTime();

void KnownToBeNobodys(benchmark::State& state) {
  for (int i = 0; i < 1'000; ++i) (void)world().cached->resolve("no" + address(i), {});
  ask(state, *world().cached, 1'000, "no");
}
BENCHMARK(KnownToBeNobodys);

// As the event loops ask: without waiting for anything.
void KnownAddressNow(benchmark::State& state) {
  for (int i = 0; i < 1'000; ++i) (void)world().cached->resolve(address(i), {});
  int number = 0;
  for (auto _ : state) {
    const auto answer = world().cached->resolve_now(address(number++ % 1'000), {});
    if (!answer) state.SkipWithError("no answer");
    benchmark::DoNotOptimize(answer);
  }
}
BENCHMARK(KnownAddressNow);

void AskingSqlite(benchmark::State& state) {
  ask(state, *world().sql, kPeople);
}
BENCHMARK(AskingSqlite)->UseRealTime();

void AskingTheInternalDirectory(benchmark::State& state) {
  ask(state, *world().internal, 1'000);
}
BENCHMARK(AskingTheInternalDirectory)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace gannet::directory

BENCHMARK_MAIN();
