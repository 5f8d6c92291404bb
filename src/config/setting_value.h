// A setting's value, for expressions.
#pragma once

#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "config/expression/value.h"

namespace gannet::config {

// What config_get(KEY) gives: durations in milliseconds, sizes in octets, addresses and times as text, a list as an
// array; nothing when the setting has no value or is switched off. server.hostname is the system's where none is set.
// kInvalid for what is no setting, for secrets, and for settings that are computed.
Result<Value> value_of(const Config& config, std::string_view key);

}  // namespace gannet::config
