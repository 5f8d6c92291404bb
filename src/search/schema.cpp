#include "search/schema.h"

#include "base/bytes.h"
#include "store/subspace.h"

namespace gannet::search {
namespace {

constexpr std::uint8_t kVersion = 1;

KeyWriter of_account(std::uint32_t account, std::uint8_t table) {
  return std::move(KeyWriter(static_cast<std::uint8_t>(store::Subspace::kSearch)).u32(account).u8(table));
}

}  // namespace

std::string account_prefix(std::uint32_t account) {
  return KeyWriter(static_cast<std::uint8_t>(store::Subspace::kSearch)).u32(account).take();
}
std::string identity_key() {
  return {static_cast<char>(store::Subspace::kSetting), 'j'};
}

std::string head_key(std::uint32_t account) {
  return of_account(account, 0).take();
}
std::string live_prefix(std::uint32_t account, std::uint32_t segment) {
  return of_account(account, 1).u32(segment).take();
}
std::string live_key(std::uint32_t account, std::uint32_t segment, std::uint32_t block) {
  return of_account(account, 1).u32(segment).u32(block).take();
}
std::uint32_t block_of_key(std::string_view live_key) {
  if (live_key.size() < 4) return 0;
  return KeyReader(live_key.substr(live_key.size() - 4)).u32();
}
std::string segment_prefix(std::uint32_t account, std::uint32_t segment) {
  return of_account(account, 2).u32(segment).take();
}
std::string section_prefix(std::uint32_t account, std::uint32_t segment, Section section) {
  return of_account(account, 2).u32(segment).u8(static_cast<std::uint8_t>(section)).take();
}

std::string encode(const Head& head) {
  RecordWriter out(kVersion);
  out.varint(head.next_segment).varint(head.building).varint(head.segments.size());
  for (const auto& segment : head.segments)
    out.varint(segment.id).varint(segment.live).varint(segment.dead).varint(segment.bytes);
  out.varint(head.languages.size());
  for (const auto& language : head.languages) out.string(language);
  return out.take();
}

Result<Head> decode_head(std::string_view record) {
  RecordReader in(record);
  if (in.u8() != kVersion) return damaged("head");
  Head head;
  head.next_segment = static_cast<std::uint32_t>(in.varint());
  head.building = static_cast<std::uint32_t>(in.varint());
  for (auto count = in.varint(); in.ok() && count > 0; --count) {
    SegmentInfo& segment = head.segments.emplace_back();
    segment.id = static_cast<std::uint32_t>(in.varint());
    segment.live = static_cast<std::uint32_t>(in.varint());
    segment.dead = static_cast<std::uint32_t>(in.varint());
    segment.bytes = in.varint();
  }
  for (auto count = in.varint(); in.ok() && count > 0; --count) head.languages.emplace_back(in.string());
  if (!in.ok()) return damaged("head");
  return head;
}

std::string entry_prefix(std::string_view term, std::uint8_t field) {
  std::string out;
  out.reserve(term.size() + 6);
  out.append(term).push_back('\0');
  out.push_back(static_cast<char>(field));
  return out;
}

void set_entry_key(std::string& key, std::string_view term, std::uint8_t field, std::uint32_t document) {
  key.assign(term);
  key.push_back('\0');
  key.push_back(static_cast<char>(field));
  for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<char>(document >> shift));
}

std::string entry_key(std::string_view term, std::uint8_t field, std::uint32_t document) {
  std::string out;
  set_entry_key(out, term, field, document);
  return out;
}

EntryPlace place_of_entry(std::string_view key) {
  if (key.size() < 7 || key[key.size() - 6] != '\0') return {};
  KeyReader in(key.substr(key.size() - 5));
  EntryPlace place{.term = key.substr(0, key.size() - 6), .field = in.u8()};
  place.document = in.u32();
  return place;
}

std::unexpected<Error> damaged(const char* what) {
  return fail(store::StoreError::kCorrupt, "the search index is damaged: gannet search reindex makes it anew",
              std::string("damaged record: ") + what);
}

}  // namespace gannet::search
