// /api/account/NAME/mailboxes and below: one account's mail, out and in, for `gannet account export` and
// `import` (docs/api.md).
//
// Messages travel in frames: a line of JSON, then as many octets of content as its "length" says. Every call
// is bounded in what it holds: an export is cut after `max-bytes`, an import by the body that HTTP takes.
#pragma once

#include <array>
#include <memory>
#include <mutex>

#include "http/router.h"
#include "mailbox/accounts.h"

namespace gannet::http {

struct MailService {
  std::shared_ptr<directory::Directory> directory;
  std::shared_ptr<mailbox::Accounts> accounts;
  // One import an account at a time, by its number: a request whose client is gone is still stored to its end, and
  // the next one must see what it stored.
  struct Turns {
    std::array<std::mutex, 64> mutexes;
    std::mutex& of(directory::AccountId account) { return mutexes[account % mutexes.size()]; }
  };
  std::shared_ptr<Turns> turns = std::make_shared<Turns>();
};

void add_mail_routes(Router& router, MailService service);

}  // namespace gannet::http
