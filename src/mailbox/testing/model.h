// What an account should hold, kept the simplest way, for randomised tests.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "mailbox/types.h"

namespace gannet::mailbox::testing {

struct ModelMessage {
  std::string content;
  std::set<std::string> keywords;  // without \Deleted
  struct Place {
    Uid uid;
    bool deleted;
  };
  std::map<MailboxId, Place> places;
};

struct Model {
  std::map<DocumentId, ModelMessage> messages;
  std::map<MailboxId, std::string> mailboxes;  // paths

  // UID and document of all messages of a mailbox.
  std::map<Uid, DocumentId> in(MailboxId mailbox) const {
    std::map<Uid, DocumentId> out;
    for (const auto& [document, message] : messages)
      if (const auto place = message.places.find(mailbox); place != message.places.end())
        out.emplace(place->second.uid, document);
    return out;
  }
  std::uint64_t used() const {
    std::uint64_t used = 0;
    for (const auto& [document, message] : messages) used += message.content.size();
    return used;
  }
  void remove(MailboxId mailbox, DocumentId document) {
    auto& message = messages.at(document);
    message.places.erase(mailbox);
    if (message.places.empty()) messages.erase(document);
  }
};

}  // namespace gannet::mailbox::testing
