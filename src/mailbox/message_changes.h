// Changes to messages that are there, as parts of a draft. Each runs within an open change and needs the
// base's columns.
#pragma once

#include <map>
#include <vector>

#include "mailbox/draft.h"

namespace gannet::mailbox {

// Takes messages out of a mailbox, and away with their last place. UIDs (ascending) that are not there are
// passed over.
Result<void> remove_from(Draft& draft, MailboxId mailbox, std::span<const Uid> uids);

// Gathers keyword changes into steps: messages that end with the same keywords share one.
class KeywordSteps {
 public:
  void add(MailboxId mailbox, Uid uid, const KeywordSet& keywords);
  // Each once, UIDs ascending.
  void add_to(Draft& draft);

 private:
  std::map<MailboxId, std::vector<KeywordsSet>> steps_;
};

// Gives a message of the base other keywords, here and in all its mailboxes (\Deleted here alone).
void replace_keywords(Draft& draft, KeywordSteps& steps, MailboxId mailbox, std::size_t index,
                      const KeywordSet& keywords);

}  // namespace gannet::mailbox
