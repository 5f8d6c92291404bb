// An account as text, for comparing what two ways of looking at it see.
#pragma once

#include <fmt/format.h>

#include <string>

#include "mailbox/account_view.h"

namespace gannet::mailbox::testing {

inline std::string dump(const AccountView& view) {
  const auto lock = view.lock();
  std::string out = fmt::format("modseq {} used {}\n", view.modseq(), view.quota_used());
  for (const auto& name : view.keyword_names()) out += name + ' ';
  for (const Mailbox* box : view.mailboxes()) {
    out += fmt::format(
        "\n{} id {} parent {} role {} subscribed {} validity {} next {} highest {} created {} messages {} "
        "unseen {} bytes {} first unseen {}",
        box->path, box->id, box->parent, static_cast<int>(box->role), box->subscribed, box->uid_validity,
        box->uid_next, box->highest_modseq, box->created_modseq, box->messages, box->unseen, box->bytes,
        view.first_unseen(box->id));
    view.for_each(box->id, 1, UINT32_MAX, [&](const Entry& entry) {
      out += fmt::format("\n  {} document {} thread {} size {} received {} saved {} modseq {} keywords",
                         entry.uid, entry.document, entry.thread, entry.size, to_unix_ms(entry.received),
                         to_unix_ms(entry.saved), entry.modseq);
      for (const auto number : entry.keywords.numbers()) out += fmt::format(" {}", view.keyword_name(number));
      return true;
    });
  }
  return out + '\n';
}

}  // namespace gannet::mailbox::testing
