// Works off the list of what waits to be indexed (indexing_list.h), behind the commits of mail.
//
// States of a message: listed (searches look into the message itself) -> indexed, and no longer listed, by one
// commit where the index and the list share a store. Elsewhere indexed first, then taken off the list: cut
// short between, it is indexed once more, which changes nothing.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "observe/metrics.h"
#include "search/coverage.h"
#include "search/document.h"
#include "search/indexing_list.h"
#include "store/migration/search_mover.h"
#include "store/stores.h"

namespace gannet::search {

struct IndexerOptions {
  unsigned threads = 1;                              // storage.full-text.threads
  std::size_t batch = 1000;                          // entries a commit, at most
  std::size_t batch_bytes = 16 << 20;                // octets of their messages, about
  Duration look_every = std::chrono::seconds(10);    // for what other nodes have listed
  Duration gather = std::chrono::milliseconds(200);  // after wake(), for more to come
  Duration lease = std::chrono::minutes(2);          // of an account
  Duration first_pause = std::chrono::seconds(1);    // when a store fails; doubled each time
  Duration longest_pause = std::chrono::minutes(1);
  DocumentOptions document;
};

// Any thread. `clock` must outlive it.
class Indexer {
 public:
  // `node`: unlike any other process's. Threads start with start().
  Indexer(store::Stores stores, std::shared_ptr<store::SearchStore> index, IndexerOptions options,
          const Clock& clock, std::string node);
  ~Indexer();
  Indexer(const Indexer&) = delete;
  Indexer& operator=(const Indexer&) = delete;

  const DocumentOptions& document_options() const { return options_.document; }
  // Once, before start(): from what accounts are indexed anew, and what finds out whether they have to be.
  void rebuild_from(std::shared_ptr<store::migration::SearchDocuments> documents,
                    std::shared_ptr<Coverage> coverage) {
    documents_ = std::move(documents);
    coverage_ = std::move(coverage);
    coverage_->when_lost([this] { wake(); });
  }
  void start();
  // What is in work is finished; at most a batch.
  void stop();
  // Something was listed. Returns at once.
  void wake();
  // Works off what waits now, on the caller's thread; how many entries. Accounts that somebody else has in
  // work are left to them.
  Result<std::uint64_t> run_once(const std::string& holder);

 private:
  void run(unsigned number);
  Result<std::uint64_t> work_off(std::uint32_t account, const std::string& holder);
  Result<std::size_t> work_off_some(std::uint32_t account);
  Result<std::size_t> rebuild_some(const Waiting& entry);
  Result<void> commit(std::uint32_t account, std::vector<store::SearchDocument> documents,
                      std::vector<std::uint32_t> removed, store::WriteBatch done);
  Result<store::SearchDocument> document_of_entry(const Waiting& entry);
  void measure();
  bool stopping();

  const store::Stores stores_;
  const std::shared_ptr<store::SearchStore> index_;
  const IndexerOptions options_;
  const Clock& clock_;
  const std::string node_;
  std::shared_ptr<store::migration::SearchDocuments> documents_;
  std::shared_ptr<Coverage> coverage_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::uint64_t woken_ = 0;
  std::vector<std::thread> threads_;

  std::atomic<std::uint64_t> waiting_ = 0;
  std::atomic<std::int64_t> oldest_ = 0;  // ms since 1970; 0 for none
  std::atomic<SteadyTime> measure_again_{};
  const observe::Counter indexed_, removed_, failures_;
  observe::GaugeCallback waiting_gauge_, oldest_gauge_;
};

}  // namespace gannet::search
