#include "mime/address_text.h"

#include "mime/charset.h"
#include "mime/encoded_word.h"

namespace gannet::mime {

std::string addresses_text(const AddressList& list) {
  std::string text;
  for (const auto& address : list) {
    if (address.kind == AddressKind::kGroupEnd) continue;
    if (!text.empty()) text += ", ";
    text += decode_words(address.name);
    if (address.kind != AddressKind::kMailbox) continue;
    text += " <";
    text += to_utf8(address.mailbox);
    if (!address.host.empty()) text += "@" + to_utf8(address.host);
    text += '>';
  }
  return text;
}

}  // namespace gannet::mime
