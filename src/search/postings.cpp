#include "search/postings.h"

#include <algorithm>
#include <bit>

#include "search/schema.h"
#include "search/varint.h"

namespace gannet::search {
namespace {

constexpr std::uint8_t kDifferences = 0, kBitmap = 1;
constexpr std::size_t kFew = 64;

void append_bitmap(std::string& out, Roaring bitmap) {
  bitmap.runOptimize();
  out.push_back(static_cast<char>(kBitmap));
  const auto begin = out.size();
  out.resize(begin + bitmap.getSizeInBytes());
  bitmap.write(out.data() + begin);
}

template <typename T>
T little_endian(const char* at) {
  T out = 0;
  for (std::size_t i = sizeof(T); i-- > 0;)
    out = static_cast<T>((out << 8) | static_cast<unsigned char>(at[i]));
  return out;
}

// Reads the portable format's containers one by one. The library trusts them: a bitmap whose cardinality is
// wrong would make it write beyond its buffers.
class ContainerChecker {
 public:
  explicit ContainerChecker(std::string_view in) : in_(in) {}

  bool check() {
    constexpr std::uint32_t kNoRuns = 12346, kRuns = 12347;
    const auto cookie = take<std::uint32_t>();
    std::uint32_t count = 0;
    std::string_view runs;
    if ((cookie & 0xffff) == kRuns) {
      count = (cookie >> 16) + 1;
      runs = bytes((count + 7) / 8);
    } else if (cookie == kNoRuns) {
      count = take<std::uint32_t>();
    } else {
      return false;
    }
    if (!ok_ || count > 65536) return false;
    const auto heads = bytes(std::size_t{count} * 4);
    // Offsets are there without runs, and where there are at least four containers.
    if (runs.empty() || count >= 4) bytes(std::size_t{count} * 4);
    for (std::uint32_t i = 0; ok_ && i < count; ++i) {
      const auto key = little_endian<std::uint16_t>(heads.data() + i * 4);
      if (i > 0 && key <= little_endian<std::uint16_t>(heads.data() + (i - 1) * 4)) return false;
      const std::uint32_t size = little_endian<std::uint16_t>(heads.data() + i * 4 + 2) + 1u;
      const bool run = !runs.empty() && (static_cast<unsigned char>(runs[i / 8]) >> (i % 8) & 1) != 0;
      ok_ = ok_ && (run ? check_runs(size) : size > 4096 ? check_bits(size) : check_array(size));
    }
    return ok_ && in_.empty();
  }

 private:
  std::string_view bytes(std::size_t size) {
    ok_ = ok_ && in_.size() >= size;
    if (!ok_) return {};
    const auto out = in_.substr(0, size);
    in_.remove_prefix(size);
    return out;
  }
  template <typename T>
  T take() {
    const auto out = bytes(sizeof(T));
    return ok_ ? little_endian<T>(out.data()) : T{};
  }
  bool check_array(std::uint32_t size) {
    const auto values = bytes(std::size_t{size} * 2);
    for (std::uint32_t i = 1; ok_ && i < size; ++i)
      ok_ = little_endian<std::uint16_t>(values.data() + i * 2) >
            little_endian<std::uint16_t>(values.data() + i * 2 - 2);
    return ok_;
  }
  bool check_bits(std::uint32_t size) {
    const auto words = bytes(8192);
    std::uint32_t set = 0;
    for (std::size_t i = 0; i + 8 <= words.size(); i += 8)
      set += static_cast<std::uint32_t>(std::popcount(little_endian<std::uint64_t>(words.data() + i)));
    return ok_ && set == size;
  }
  bool check_runs(std::uint32_t size) {
    const std::uint32_t count = take<std::uint16_t>();
    const auto runs = bytes(std::size_t{count} * 4);
    std::uint32_t set = 0, next = 0;
    for (std::uint32_t i = 0; ok_ && i < count; ++i) {
      const std::uint32_t begin = little_endian<std::uint16_t>(runs.data() + i * 4);
      const std::uint32_t more = little_endian<std::uint16_t>(runs.data() + i * 4 + 2);
      ok_ = begin >= next && begin + more < 65536;
      next = begin + more + 2;  // runs that touch would be one
      set += more + 1;
    }
    return ok_ && set == size;
  }

  std::string_view in_;
  bool ok_ = true;
};

Result<void> decode_differences(std::string_view record, std::vector<std::uint32_t>& out) {
  record.remove_prefix(1);
  std::uint64_t document = 0, step = 0;
  for (bool first = true; !record.empty(); first = false) {
    if (!read_varint(record, step)) return damaged("postings");
    document += step;
    if ((step == 0 && !first) || step > UINT32_MAX || document > UINT32_MAX) return damaged("postings");
    out.push_back(static_cast<std::uint32_t>(document));
  }
  return {};
}

Result<Roaring> decode_bitmap(std::string_view record) {
  const auto kind = static_cast<std::uint8_t>(record.front());
  record.remove_prefix(1);
  if (kind != kBitmap || !ContainerChecker(record).check()) return damaged("postings");
  roaring_bitmap_t* const read = roaring_bitmap_portable_deserialize_safe(record.data(), record.size());
  if (!read) return damaged("postings");
  return Roaring(read);
}

}  // namespace

void append_documents(std::string& out, std::span<const std::uint32_t> documents) {
  if (documents.size() > kFew) {
    Roaring bitmap;
    bitmap.addMany(documents.size(), documents.data());
    return append_bitmap(out, std::move(bitmap));
  }
  out.push_back(static_cast<char>(kDifferences));
  std::uint32_t before = 0;
  for (const auto document : documents) {
    append_varint(out, document - before);
    before = document;
  }
}

std::string encode_documents(std::span<const std::uint32_t> documents) {
  std::string out;
  append_documents(out, documents);
  return out;
}

std::string encode_documents(const Roaring& documents) {
  std::string out;
  if (documents.cardinality() > kFew) {
    append_bitmap(out, documents);
    return out;
  }
  std::vector<std::uint32_t> few(documents.cardinality());
  documents.toUint32Array(few.data());
  append_documents(out, few);
  return out;
}

Result<void> decode_documents(std::string_view record, std::vector<std::uint32_t>& out) {
  if (record.empty()) return damaged("postings");
  if (static_cast<std::uint8_t>(record.front()) == kDifferences) return decode_differences(record, out);
  const Roaring read = TRY(decode_bitmap(record));
  const auto before = out.size();
  out.resize(before + read.cardinality());
  read.toUint32Array(out.data() + before);
  return {};
}

Result<void> decode_documents(std::string_view record, Roaring& out) {
  if (record.empty()) return damaged("postings");
  if (static_cast<std::uint8_t>(record.front()) != kDifferences) {
    out |= TRY(decode_bitmap(record));
    return {};
  }
  std::vector<std::uint32_t> few;
  TRY(decode_differences(record, few));
  out.addMany(few.size(), few.data());
  return {};
}

void append_field(std::string& value, std::uint8_t field, std::string_view documents) {
  value.push_back(static_cast<char>(field));
  append_string(value, documents);
}

// A field's postings are never empty, so that an empty text can say that they lie elsewhere.
void append_field_apart(std::string& value, std::uint8_t field) {
  append_field(value, field, {});
}

bool FieldReader::next() {
  if (!ok_ || rest_.empty()) return false;
  postings_.field = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  ok_ = read_string(rest_, postings_.documents);
  postings_.apart = postings_.documents.empty();
  return ok_;
}

void pack_positions(std::span<const std::uint32_t> positions, std::string& out) {
  out.clear();
  std::uint32_t before = 0;
  for (const auto position : positions.first(std::min(positions.size(), kMaxPositions))) {
    append_varint(out, position - before);
    before = position;
  }
}

Result<void> unpack_positions(std::string_view packed, std::vector<std::uint32_t>& out) {
  out.clear();
  std::uint64_t position = 0, step = 0;
  while (!packed.empty()) {
    if (!read_varint(packed, step)) return damaged("positions");
    position += step;
    if (step > UINT32_MAX || position > UINT32_MAX) return damaged("positions");
    out.push_back(static_cast<std::uint32_t>(position));
  }
  return {};
}

bool PositionsReader::next() {
  if (!ok_ || rest_.empty()) return false;
  std::uint64_t step = 0;
  started_ = true;
  ok_ = read_varint(rest_, step) && step <= UINT32_MAX;
  document_ += step;
  ok_ = ok_ && document_ <= UINT32_MAX && read_string(rest_, packed_);
  return ok_;
}

}  // namespace gannet::search
