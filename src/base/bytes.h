// Building and reading byte strings: order-preserving for keys, compact for values.
//
// KeyWriter's output sorts as the values do: integers big-endian, strings with 0x00 escaped and closed by
// 0x00 0x00. RecordWriter's integers are little-endian base-128 varints (at most 10 bytes).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gannet {

class KeyWriter {
 public:
  KeyWriter() = default;
  explicit KeyWriter(std::uint8_t subspace) { u8(subspace); }
  KeyWriter& u8(std::uint8_t v);
  KeyWriter& u16(std::uint16_t v);
  KeyWriter& u32(std::uint32_t v);
  KeyWriter& u64(std::uint64_t v);
  // A string that further components may follow.
  KeyWriter& string(std::string_view v);
  // Bytes as they are: of a fixed length, or the last component.
  KeyWriter& raw(std::string_view v);
  const std::string& view() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Every read answers nothing once the input is too short or malformed; ok() tells at the end.
class KeyReader {
 public:
  explicit KeyReader(std::string_view in) : in_(in) {}
  std::uint8_t u8();
  std::uint16_t u16();
  std::uint32_t u32();
  std::uint64_t u64();
  std::string string();
  std::string_view raw(std::size_t size);
  std::string_view rest();
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && in_.empty(); }

 private:
  std::uint64_t big_endian(std::size_t size);
  std::string_view in_;
  bool ok_ = true;
};

// The smallest key above every key with this prefix; empty if there is none (all 0xff).
std::string prefix_end(std::string_view prefix);

class RecordWriter {
 public:
  RecordWriter() = default;
  // Every record starts with the version of its layout.
  explicit RecordWriter(std::uint8_t version) { out_.push_back(static_cast<char>(version)); }
  RecordWriter& u8(std::uint8_t v);
  RecordWriter& varint(std::uint64_t v);
  RecordWriter& signed_varint(std::int64_t v);  // zig-zag
  RecordWriter& boolean(bool v) { return u8(v ? 1 : 0); }
  // Length as a varint, then the bytes.
  RecordWriter& string(std::string_view v);
  RecordWriter& raw(std::string_view v);
  const std::string& view() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads what RecordWriter wrote. A short or malformed input turns ok() false and answers zeros from then on,
// so that a reader may check once, at the end. string() points into the input.
class RecordReader {
 public:
  explicit RecordReader(std::string_view in) : in_(in) {}
  std::uint8_t u8();
  std::uint64_t varint();
  std::int64_t signed_varint();
  bool boolean() { return u8() != 0; }
  std::string_view string();
  std::string_view raw(std::size_t size);
  std::string_view rest();
  std::size_t remaining() const { return in_.size(); }
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && in_.empty(); }

 private:
  std::string_view in_;
  bool ok_ = true;
};

}  // namespace gannet
