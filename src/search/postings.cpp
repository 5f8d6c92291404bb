#include "search/postings.h"

#include <algorithm>
#include <bit>

#include "base/bytes.h"
#include "search/schema.h"

namespace gannet::search {
namespace {

constexpr std::uint8_t kDifferences = 0, kBitmap = 1;
constexpr std::size_t kFew = 64;

std::string encode_bitmap(Roaring bitmap) {
  bitmap.runOptimize();
  std::string out(1 + bitmap.getSizeInBytes(), static_cast<char>(kBitmap));
  bitmap.write(out.data() + 1);
  return out;
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

}  // namespace

std::string encode_documents(std::span<const std::uint32_t> documents) {
  if (documents.size() > kFew) {
    Roaring bitmap;
    bitmap.addMany(documents.size(), documents.data());
    return encode_bitmap(std::move(bitmap));
  }
  RecordWriter out(kDifferences);
  std::uint32_t before = 0;
  for (const auto document : documents) {
    out.varint(document - before);
    before = document;
  }
  return out.take();
}

std::string encode_documents(const Roaring& documents) {
  if (documents.cardinality() > kFew) return encode_bitmap(documents);
  std::vector<std::uint32_t> few(documents.cardinality());
  documents.toUint32Array(few.data());
  return encode_documents(few);
}

Result<void> decode_documents(std::string_view record, Roaring& out) {
  if (record.empty()) return damaged("postings");
  const auto kind = static_cast<std::uint8_t>(record.front());
  record.remove_prefix(1);
  if (kind == kDifferences) {
    RecordReader in(record);
    std::uint64_t document = 0;
    for (bool first = true; in.ok() && in.remaining() > 0; first = false) {
      const auto step = in.varint();
      document += step;
      if ((step == 0 && !first) || step > UINT32_MAX || document > UINT32_MAX) return damaged("postings");
      out.add(static_cast<std::uint32_t>(document));
    }
    if (!in.ok()) return damaged("postings");
    return {};
  }
  if (kind != kBitmap || !ContainerChecker(record).check()) return damaged("postings");
  roaring_bitmap_t* const read = roaring_bitmap_portable_deserialize_safe(record.data(), record.size());
  if (!read) return damaged("postings");
  out |= Roaring(read);
  return {};
}

void append_field(std::string& value, std::uint8_t field, std::string_view documents) {
  value += RecordWriter().u8(field).string(documents).view();
}

// A field's postings are never empty, so that an empty text can say that they lie elsewhere.
void append_field_apart(std::string& value, std::uint8_t field) {
  append_field(value, field, {});
}

Result<std::vector<FieldPostings>> decode_term(std::string_view value) {
  std::vector<FieldPostings> out;
  RecordReader in(value);
  while (in.ok() && in.remaining() > 0) {
    FieldPostings& postings = out.emplace_back();
    postings.field = in.u8();
    postings.documents = in.string();
    postings.apart = postings.documents.empty();
  }
  if (!in.ok()) return damaged("term");
  return out;
}

std::string pack_positions(std::span<const std::uint32_t> positions) {
  RecordWriter out;
  std::uint32_t before = 0;
  for (const auto position : positions.first(std::min(positions.size(), kMaxPositions))) {
    out.varint(position - before);
    before = position;
  }
  return out.take();
}

Result<std::vector<std::uint32_t>> unpack_positions(std::string_view packed) {
  std::vector<std::uint32_t> out;
  RecordReader in(packed);
  std::uint64_t position = 0;
  while (in.ok() && in.remaining() > 0) {
    const auto step = in.varint();
    position += step;
    if (step > UINT32_MAX || position > UINT32_MAX) return damaged("positions");
    out.push_back(static_cast<std::uint32_t>(position));
  }
  if (!in.ok()) return damaged("positions");
  return out;
}

void append_positions(std::string& entry, std::uint32_t before, const DocumentPositions& positions) {
  entry += RecordWriter().varint(positions.document - before).string(positions.packed).view();
}

Result<std::vector<DocumentPositions>> decode_positions(std::uint32_t first, std::string_view entry) {
  std::vector<DocumentPositions> out;
  RecordReader in(entry);
  std::uint64_t document = first;
  while (in.ok() && in.remaining() > 0) {
    const auto step = in.varint();
    document += step;
    if (step > UINT32_MAX || document > UINT32_MAX) return damaged("positions");
    out.push_back({static_cast<std::uint32_t>(document), in.string()});
  }
  if (!in.ok()) return damaged("positions");
  return out;
}

}  // namespace gannet::search
