// The compact record of a parsed message: all that listings, ENVELOPE, BODYSTRUCTURE, section look-ups,
// threading, sorting and previews need, so that the blob is read only for the octets that a client asks for.
//
// Decoding allocates nothing and reads the envelope's texts only; address lists are read while they are
// walked, the part tree when parts() is called. Every view points into the record, which must outlive the
// summary. A record that is not one of ours decodes to nothing; a damaged one reads as empty lists, never
// outside of its octets.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mime/address.h"
#include "mime/date.h"
#include "mime/message.h"

namespace gannet::mime {

// As Address; see there.
struct AddressView {
  AddressKind kind = AddressKind::kMailbox;
  std::string_view name;
  std::string_view route;
  std::string_view mailbox;
  std::string_view host;
};

struct ParameterView {
  std::string_view name;
  std::string_view value;
};

// Reads one item off the front of a packed list; false at its end.
bool read_item(std::string_view& rest, AddressView& out);
bool read_item(std::string_view& rest, ParameterView& out);
bool read_item(std::string_view& rest, std::string_view& out);

// A range over items packed in a record; each step reads one.
template <typename Item>
class PackedList {
 public:
  class Iterator {
   public:
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using pointer = const Item*;
    using reference = const Item&;

    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest) { ++*this; }
    const Item& operator*() const { return item_; }
    const Item* operator->() const { return &item_; }
    Iterator& operator++() {
      done_ = !read_item(rest_, item_);
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.done_; }

   private:
    std::string_view rest_;
    Item item_;
    bool done_ = true;
  };

  PackedList() = default;
  explicit PackedList(std::string_view packed) : packed_(packed) {}
  bool empty() const { return packed_.empty(); }
  Iterator begin() const { return Iterator(packed_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::string_view packed_;
};

using AddressList = PackedList<AddressView>;
using ParameterList = PackedList<ParameterView>;
using StringList = PackedList<std::string_view>;

// As Envelope; see there. An empty text or list is IMAP's NIL.
struct EnvelopeView {
  std::string_view date;
  std::string_view subject;
  std::string_view in_reply_to;
  std::string_view message_id;
  AddressList from;
  AddressList sender;
  AddressList reply_to;
  AddressList to;
  AddressList cc;
  AddressList bcc;
};

// One part, for BODYSTRUCTURE and sections. Same order and same indexes as ParsedMessage::parts.
struct PartSummary {
  PartKind kind = PartKind::kText;
  Encoding encoding = Encoding::k7Bit;
  std::uint32_t parent = kNoPart;
  std::uint32_t first_child = kNoPart;
  std::uint32_t next_sibling = kNoPart;
  std::string_view type;           // as written, never empty
  std::string_view subtype;        // as written, never empty
  ParameterList parameters;        // RFC 2231 continuations joined; the names may end with '*'
  std::string_view encoding_text;  // as written ("7bit" if absent)
  std::string_view id;             // Content-ID with its angle brackets
  std::string_view description;    // unfolded, not decoded
  std::string_view md5;
  std::string_view disposition;  // empty: NIL
  ParameterList disposition_parameters;
  StringList language;
  std::string_view location;
  Range header;
  Range body;
  std::uint32_t lines = 0;
  EnvelopeView envelope;  // kMessage only: of the message inside
};

class MessageSummary {
 public:
  std::uint32_t size = 0;       // octets of the whole message (RFC822.SIZE)
  std::uint16_t flags = 0;      // ParseFlag bits
  bool has_attachment = false;  // a part that a mail reader shows as an attachment
  bool is_reply = false;        // see BaseSubject
  std::optional<Date> date;     // the Date field; nothing if absent or unreadable
  EnvelopeView envelope;
  std::string_view base_subject;  // RFC 5256 2.1, decoded
  std::string_view message_id;    // without angle brackets; empty if none
  // RFC 5256 3, REFERENCES: the ids of References, else the first of In-Reply-To; without angle brackets.
  StringList references;
  std::string_view preview;  // UTF-8, at most 256 characters on one line (RFC 8970)

  // Reads the part tree; at least the root, unless the record is damaged (then empty).
  std::vector<PartSummary> parts() const;

 private:
  friend std::optional<MessageSummary> decode_summary(std::string_view record);
  std::string_view packed_parts_;
};

struct SummaryOptions {
  bool with_preview = true;
  // Octets of header lines (whole lines, with their line ends) that stand in front of the message when it is
  // read: the size and every offset of the record count them, and they belong to the root's header. What they
  // say does not get into the record.
  std::uint32_t prefix = 0;
  // The record is not longer than this, in octets, so that every store can hold it as one value. Of a message
  // that needs more (thousands of recipients, say) texts and lists are cut, and at last the fields of parts
  // are left out; the part tree stays whole, and `flags` has kLimitReached. Holds up to the default
  // Limits::max_parts.
  std::size_t max_size = 90'000;
};

std::string encode_summary(const ParsedMessage& message, const SummaryOptions& options = {});
// Nothing if it is not a record that this version of Gannet can read.
std::optional<MessageSummary> decode_summary(std::string_view record);

// What a section of FETCH asks for (RFC 9051 6.4.5.1).
enum class SectionKind : std::uint8_t {
  kAll,     // BODY[] or BODY[1.2]: the part's content, for an empty path the whole message
  kHeader,  // BODY[HEADER], BODY[3.HEADER]: header section of a message, also for HEADER.FIELDS(.NOT)
  kText,    // BODY[TEXT], BODY[3.TEXT]: body of a message
  kMime,    // BODY[1.2.MIME]: the part's own header section
};

struct Section {
  Range range;  // in octets of the whole message
  Encoding encoding =
      Encoding::k7Bit;     // for BINARY: of the content; k7Bit for headers and for whole messages
  std::uint32_t part = 0;  // index of the part that it belongs to
};

// `path` as the client wrote it, counted from 1. Nothing if there is no such section: no such part, or HEADER
// or TEXT of a part that is not a message.
std::optional<Section> find_section(std::span<const PartSummary> parts, std::uint32_t message_size,
                                    std::span<const std::uint32_t> path, SectionKind kind);
std::optional<Section> find_section(const MessageSummary& summary, std::span<const std::uint32_t> path,
                                    SectionKind kind);

}  // namespace gannet::mime
