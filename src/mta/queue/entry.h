// One message in the queue: its envelope and how far each recipient has come.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "directory/principal.h"
#include "smtp/command.h"
#include "smtp/reply.h"
#include "store/blob_store.h"

namespace gannet::mta {

enum class RecipientState : std::uint8_t {
  kWaiting = 1,  // to be tried again
  kFailed,       // for good; the sender is still to be told
  kDelivered,    // the sender asked to be told and is still to be (RFC 3461 NOTIFY=SUCCESS)
};

// One account that a recipient's mail goes to. Whoever is served and needs no report is not in the entry.
struct QueuedRecipient {
  RecipientState state = RecipientState::kWaiting;
  std::string address;               // as in RCPT
  directory::AccountId account = 0;  // 0: an address elsewhere
  std::string delivered_to;
  std::uint8_t notify = 0;    // smtp::Notify bits
  std::string original_type;  // ORCPT
  std::string original_recipient;
  smtp::Reply last;  // how the last attempt ended
  WallTime last_attempt;

  bool operator==(const QueuedRecipient&) const = default;
};

struct Entry {
  std::uint64_t id = 0;
  WallTime created;
  WallTime due;      // when a worker is to look at it next
  WallTime expires;  // who waits then has failed
  std::uint32_t attempts = 0;
  std::uint32_t notices = 0;  // delay notices sent
  // The lease: empty when nobody works on it. While one runs, `due` is its end.
  std::string holder;

  std::string sender;  // return path; empty: nobody is told anything
  std::string envelope_id;
  smtp::Ret ret = smtp::Ret::kUnset;
  bool utf8 = false;
  store::BlobId blob;  // the message with its Received header
  std::uint64_t size = 0;
  std::vector<QueuedRecipient> recipients;

  bool operator==(const Entry&) const = default;
};

std::string encode(const Entry& entry);
// kCorrupt.
Result<Entry> decode_entry(std::string_view record);

}  // namespace gannet::mta
