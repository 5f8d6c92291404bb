#include "imap/response/envelope.h"

#include "imap/response/writer.h"

namespace gannet::imap {
namespace {

void append_address(std::string& out, const mime::AddressView& address) {
  out += '(';
  switch (address.kind) {
    case mime::AddressKind::kGroupStart:  // RFC 9051 7.5.2: the name stands in the place of the mailbox name
      out += "NIL NIL ";
      append_string(out, address.name);
      out += " NIL";
      break;
    case mime::AddressKind::kGroupEnd:
      out += "NIL NIL NIL NIL";
      break;
    case mime::AddressKind::kMailbox:
      append_nstring(out, address.name);
      out += ' ';
      append_nstring(out, address.route);
      out += ' ';
      // NIL would make it the end of a group, and a host of NIL the start of one.
      append_string(out, address.mailbox);
      out += ' ';
      append_string(out, address.host);
      break;
  }
  out += ')';
}

void append_addresses(std::string& out, const mime::AddressList& list) {
  const auto start = out.size();
  out += '(';
  for (const auto& address : list) append_address(out, address);
  if (out.size() == start + 1) {
    out.replace(start, 1, "NIL");
  } else {
    out += ')';
  }
}

}  // namespace

void append_envelope(std::string& out, const mime::EnvelopeView& envelope) {
  out += '(';
  append_nstring(out, envelope.date);
  out += ' ';
  append_nstring(out, envelope.subject);
  for (const auto* list :
       {&envelope.from, &envelope.sender, &envelope.reply_to, &envelope.to, &envelope.cc, &envelope.bcc}) {
    out += ' ';
    append_addresses(out, *list);
  }
  out += ' ';
  append_nstring(out, envelope.in_reply_to);
  out += ' ';
  append_nstring(out, envelope.message_id);
  out += ')';
}

}  // namespace gannet::imap
