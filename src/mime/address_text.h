// Addresses as a person would look for them.
#pragma once

#include <string>

#include "mime/summary.h"

namespace gannet::mime {

// "Ann Example <ann@example.org>, ...", decoded to UTF-8: what a search in an address field looks at.
std::string addresses_text(const AddressList& list);

}  // namespace gannet::mime
