// From settings to the limits and folders of accounts.
#pragma once

#include "config/config.h"
#include "mailbox/accounts.h"

namespace gannet::server {

mailbox::AccountsOptions account_options_from(const config::Config& config);

}  // namespace gannet::server
