// What the handlers of /api/account share.
#pragma once

#include <charconv>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "http/api/mail.h"

namespace gannet::http {

// An account and one of its mailboxes, as a request names them.
struct MailTarget {
  directory::Principal principal;
  mailbox::Mailbox mailbox;
};

std::expected<directory::Principal, Response> account_of(const MailService& service, const Request& request);
std::expected<MailTarget, Response> target_of(const MailService& service, const Request& request);
Response mail_failure(const Error& error);
// The parameter as a number; `standard` without one; nothing for what is no number up to `most`.
std::optional<std::uint64_t> number_of(const Request& request, const char* name, std::uint64_t standard,
                                       std::uint64_t most);

Response export_messages(const MailService& service, const Request& request);
Response import_messages(const MailService& service, const Request& request);

}  // namespace gannet::http
