#include "imap/commands/bodies_ahead.h"

namespace gannet::imap {
namespace {

// What one session may hold of messages that it has not written yet.
constexpr std::uint64_t kMaxBytes = 1024 * 1024;
constexpr std::size_t kMaxMessages = 64;

}  // namespace

void BodiesAhead::clear() {
  indexes_.clear();
  contents_.clear();
  next_ = 0;
}

Result<std::string> BodiesAhead::take(mailbox::Accounts& accounts, std::span<const RecordPtr> records,
                                      std::size_t index) {
  while (next_ < contents_.size() && indexes_[next_] < index) ++next_;
  if (next_ < contents_.size() && indexes_[next_] == index) return std::move(contents_[next_++]);

  clear();
  std::vector<const mailbox::MessageRecord*> wanted;
  std::uint64_t bytes = 0;
  for (std::size_t i = index; i < records.size() && wanted.size() < kMaxMessages; ++i) {
    if (!records[i]) continue;  // gone
    bytes += records[i]->size;
    if (!wanted.empty() && bytes > kMaxBytes) break;
    wanted.push_back(records[i].get());
    indexes_.push_back(i);
  }
  auto contents = accounts.contents(wanted);
  if (!contents) {
    // Which of them it was shows when each is asked for by itself.
    clear();
    return accounts.content(*records[index]);
  }
  contents_ = *std::move(contents);
  return std::move(contents_[next_++]);
}

}  // namespace gannet::imap
