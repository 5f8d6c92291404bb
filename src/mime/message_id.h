// Message-ID, In-Reply-To and References (RFC 5322 3.6.4 and 4.5.4).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"

namespace gannet::mime {

// The identifiers without their angle brackets, in order, white space and comments outside of them dropped.
// In a value without any '<', each blank-separated word that holds an '@' is one; so is a lone word.
std::vector<std::string> parse_message_ids(std::string_view raw_value, std::size_t max = 1000);

// A fresh one with its angle brackets; `host` is the right-hand side.
std::string make_message_id(const Clock& clock, Random& random, std::string_view host);

}  // namespace gannet::mime
