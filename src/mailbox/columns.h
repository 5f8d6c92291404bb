// The messages of one mailbox as columns, in ascending order of UID.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "mailbox/account_view.h"
#include "mailbox/change.h"

namespace gannet::mailbox {

// Not thread-safe: see account.h.
class Columns {
 public:
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  std::size_t size() const { return uids_.size(); }
  // Index of a UID; npos for none.
  std::size_t find(Uid uid) const;
  // Index of the first UID that is not below `uid`; size() for none.
  std::size_t lower_bound(Uid uid) const;

  Row row(std::size_t index) const;
  Entry entry(std::size_t index) const;
  const std::vector<Uid>& uids() const { return uids_; }
  const std::vector<DocumentId>& documents() const { return documents_; }
  const std::vector<ThreadId>& threads() const { return threads_; }
  const std::vector<Modseq>& modseqs() const { return modseqs_; }
  KeywordSet keywords(std::size_t index) const;
  // Of keywords 0 to 63.
  std::uint64_t low(std::size_t index) const { return keywords_[index]; }
  // First index without \Seen; size() for none.
  std::size_t first_unseen() const;

  // Replaces a row of the same UID.
  void put(Row row);
  // In any order; sort() before anything is asked. For loading.
  void push(const Row& row);
  void sort();
  void reserve(std::size_t rows);
  // `gone` ascending; those that are not there are passed over.
  void remove(const std::vector<Removed::Gone>& gone);
  void set_keywords(std::size_t index, const KeywordSet& keywords, Modseq modseq);
  void set_thread(std::size_t index, ThreadId thread) { threads_[index] = thread; }

  // What it takes in memory, about.
  std::size_t weight() const;

  // The last changes, so that who follows a mailbox need not read the whole. Complete above `recent_floor`.
  struct Recent {
    Modseq modseq;
    Uid uid;
    bool gone;
  };
  const std::deque<Recent>& recent() const { return recent_; }
  Modseq recent_floor() const { return recent_floor_; }
  void set_recent_floor(Modseq floor) { recent_floor_ = floor; }
  void note(Modseq modseq, Uid uid, bool gone);

 private:
  using High = std::shared_ptr<const std::vector<std::uint32_t>>;

  void insert_at(std::size_t index, Row&& row);
  void set_high(Uid uid, const High& high);

  std::vector<Uid> uids_;
  std::vector<DocumentId> documents_;
  std::vector<ThreadId> threads_;
  std::vector<std::uint32_t> sizes_;
  std::vector<std::int64_t> received_;
  std::vector<std::int64_t> saved_;
  std::vector<Modseq> modseqs_;
  std::vector<std::uint64_t> keywords_;
  std::unordered_map<Uid, High> high_;  // of the few messages with a keyword from 64 on
  std::deque<Recent> recent_;
  Modseq recent_floor_ = 0;
};

}  // namespace gannet::mailbox
