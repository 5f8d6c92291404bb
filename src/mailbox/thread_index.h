// What joins messages to threads (RFC 8621 3): two messages are of one thread if a message id occurs in both
// (Message-ID, In-Reply-To, References) and their base subjects are the same.
//
// Each id of a message together with its base subject makes a hash; a key a hash names the thread. So one
// look-up tells both conditions. A message counts with at most kMaxThreadIds ids.
//
// A hash lives as long as its thread: those of a removed message are listed under the thread while other
// messages of it remain, and go with the last one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mailbox/types.h"
#include "mime/summary.h"
#include "store/data_store.h"

namespace gannet::mailbox {

inline constexpr std::size_t kMaxThreadIds = 32;
// Of removed messages, a thread.
inline constexpr std::size_t kMaxThreadRest = 512;

// 16 bytes each, no two the same; none for a message without any id.
std::vector<std::string> thread_hashes(const mime::MessageSummary& summary);

// The index of one account as one commit sees and leaves it. One thread at a time.
class ThreadIndex {
 public:
  ThreadIndex(AccountId account, store::Reader& reader) : account_(account), reader_(reader) {}

  // Reads hashes that find() will be asked for, in one round trip.
  Result<void> prefetch(std::span<const std::string> hashes);
  // Nothing for a hash that is not there or was not prefetched. Threads merged away are not answered.
  std::optional<ThreadId> find(const std::string& hash) const;
  void put(const std::string& hash, ThreadId thread);
  void remove(const std::string& hash);

  // `loser`'s messages are `winner`'s from now on; `hashes` are those of its messages.
  Result<void> merge(ThreadId winner, ThreadId loser, std::span<const std::string> hashes);
  // Messages with these hashes are removed; whether the thread still has others.
  Result<void> remove_messages(ThreadId thread, std::span<const std::string> hashes, bool lives_on);
  // Reads what remove_messages() and merge() will need, in one round trip.
  Result<void> prefetch_rest(std::span<const ThreadId> threads);

  // The thread that messages of `thread` are in after the merges of this commit.
  ThreadId merged(ThreadId thread) const;

  void write(store::WriteBatch& batch) const;

 private:
  struct Link {
    std::optional<ThreadId> thread;
    bool altered = false;
  };
  struct Rest {
    std::vector<std::string> hashes;
    bool altered = false;
  };
  Result<Rest*> rest(ThreadId thread);

  const AccountId account_;
  store::Reader& reader_;
  std::map<std::string, Link> links_;
  std::map<ThreadId, Rest> rests_;
  std::map<ThreadId, ThreadId> merged_;
};

}  // namespace gannet::mailbox
