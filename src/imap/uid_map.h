// The messages of a selected mailbox as a session has been told of them: sequence numbers to UIDs and back.
//
// Kept as runs of consecutive UIDs, 8 bytes each: a mailbox of any size from which nothing was removed costs
// one run, and one with gaps never more than 8 bytes a message.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mailbox/types.h"

namespace gannet::imap {

class UidMap {
 public:
  using Uid = mailbox::Uid;

  std::uint32_t size() const { return size_; }
  // The highest UID; 0 when empty.
  Uid last() const;
  // `sequence` counts from 1; 0 for none.
  Uid uid(std::uint32_t sequence) const;
  // 0 for none.
  std::uint32_t sequence(Uid uid) const;
  // How many UIDs are below `uid`.
  std::uint32_t count_below(Uid uid) const;

  void assign(std::span<const Uid> ascending);
  // Above last().
  void append(Uid uid);
  // Takes out those that are there, and answers the sequence number that each had when those before it were
  // gone already: what EXPUNGE responses say one after the other (RFC 9051 7.5.1).
  std::vector<std::uint32_t> remove(std::span<const Uid> ascending);
  void clear();

 private:
  struct Run {
    Uid uid;              // of its first message
    std::uint32_t index;  // of its first message, from 0
  };
  std::uint32_t end_of(std::size_t run) const {
    return run + 1 < runs_.size() ? runs_[run + 1].index : size_;
  }

  std::vector<Run> runs_;
  std::uint32_t size_ = 0;
};

}  // namespace gannet::imap
