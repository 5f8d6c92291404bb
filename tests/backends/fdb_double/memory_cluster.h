// What a cluster keeps: every key's history, and which ranges were written when.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace gannet::fdb_double {

using Bounds = std::pair<std::string, std::string>;  // [begin, end)

struct WriteOperation {
  enum class Kind { kSet, kClearRange, kAdd } kind;
  std::string key, value;  // kClearRange: [key, value)
};

class Cluster {
 public:
  std::int64_t version();
  // Error codes are FoundationDB's; 0: none.
  int get(const std::string& key, std::int64_t at, std::optional<std::string>& out);
  // Up to `limit` items; in order, or from the end.
  int scan(const Bounds& bounds, std::int64_t at, bool reverse, std::size_t limit, std::size_t bytes,
           std::vector<std::pair<std::string, std::string>>& out, bool& more);
  int commit(std::int64_t read_version, const std::vector<Bounds>& read,
             const std::vector<WriteOperation>& writes);

  int too_large();
  std::uint64_t refused_as_too_large();

  // One call in `one_in` fails as clusters do; 0: none.
  void set_faults(std::uint64_t seed, unsigned one_in);
  // An error for a read or a read version now and then, else 0.
  int read_fault();

 private:
  struct Change {
    std::int64_t version;
    std::optional<std::string> value;
  };
  struct Written {
    std::int64_t version;
    Bounds bounds;
  };
  struct Late {
    std::int64_t read_version;
    std::vector<Bounds> read;
    std::vector<WriteOperation> writes;
  };
  bool conflicts(std::int64_t read_version, const std::vector<Bounds>& read) const;
  void apply_late();
  bool too_old(std::int64_t version) const;
  std::optional<std::string> value_at(const std::vector<Change>& history, std::int64_t at) const;
  void apply(const WriteOperation& operation, std::int64_t version);
  bool fault();  // with the lock held
  unsigned choose(unsigned bound);

  std::mutex mutex_;
  std::int64_t version_ = 1;
  std::map<std::string, std::vector<Change>> keys_;
  std::vector<Written> written_;
  std::vector<Late> late_;  // commits that were answered with cluster_version_changed and are under way still
  std::uint64_t too_large_ = 0;
  std::map<std::int64_t, std::chrono::steady_clock::time_point> times_;
  std::mt19937_64 random_;
  unsigned one_in_ = 0;
};

}  // namespace gannet::fdb_double
