#include "server/account_options.h"

#include <algorithm>

namespace gannet::server {
namespace {

struct FolderKey {
  const char* key;
  mailbox::Role role;
};
constexpr FolderKey kFolders[] = {
    {"inbox", mailbox::Role::kInbox}, {"drafts", mailbox::Role::kDrafts},   {"sent", mailbox::Role::kSent},
    {"trash", mailbox::Role::kTrash}, {"archive", mailbox::Role::kArchive}, {"junk", mailbox::Role::kJunk},
};

}  // namespace

mailbox::AccountsOptions account_options_from(const config::Config& config) {
  mailbox::AccountsOptions options;
  // Thread ids are a part of an account's view, and kept with it.
  options.view_cache_accounts = static_cast<std::size_t>(
      std::min(config.integer("cache.account.size"), config.integer("cache.thread.size")));
  options.view_cache_mailboxes = static_cast<std::size_t>(config.integer("cache.mailbox.size"));
  options.max_depth = static_cast<std::uint32_t>(config.integer("jmap.mailbox.max-depth"));
  options.max_name_length = static_cast<std::uint32_t>(config.integer("jmap.mailbox.max-name-length"));
  options.view_cache_bytes = config.size("cache.account.memory");
  options.max_mailboxes = static_cast<std::uint32_t>(config.integer("jmap.mailbox.max-count"));
  options.max_keywords = static_cast<std::uint32_t>(config.integer("jmap.email.max-keywords"));
  options.max_changes = static_cast<std::uint64_t>(config.integer("jmap.protocol.changes.max-entries"));
  options.max_message_size = config.size("jmap.email.max-size");
  const auto limit = [&](const char* key) { return static_cast<std::uint32_t>(config.integer(key)); };
  options.mime = {.max_depth = limit("mime.limits.depth"),
                  .max_parts = limit("mime.limits.parts"),
                  .max_headers = limit("mime.limits.headers"),
                  .max_header_size = static_cast<std::uint32_t>(config.size("mime.limits.header-size")),
                  .max_parameters = limit("mime.limits.parameters"),
                  .max_addresses = limit("mime.limits.addresses")};
  for (const auto& [key, role] : kFolders) {
    const std::string prefix = std::string("jmap.folders.") + key;
    options.folders.push_back({.role = role,
                               .name = config.string(prefix + ".name"),
                               .create = config.flag(prefix + ".create"),
                               .subscribe = config.flag(prefix + ".subscribe")});
  }
  return options;
}

}  // namespace gannet::server
