// /api/account/NAME/mailboxes and below: one account's mail, out and in, for `gannet account export` and
// `import` (docs/api.md).
//
// Messages travel in frames: a line of JSON, then as many octets of content as its "length" says. Every call
// is bounded in what it holds: an export is cut after `max-bytes`, an import by the body that HTTP takes.
#pragma once

#include <memory>

#include "http/router.h"
#include "mailbox/accounts.h"

namespace gannet::http {

struct MailService {
  std::shared_ptr<directory::Directory> directory;
  std::shared_ptr<mailbox::Accounts> accounts;
};

void add_mail_routes(Router& router, MailService service);

}  // namespace gannet::http
