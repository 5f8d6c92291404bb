#include "base/bytes.h"

namespace gannet {
namespace {
template <typename T>
void append_big_endian(std::string& out, T v) {
  for (int shift = (sizeof(T) - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(v >> shift));
}
}  // namespace

KeyWriter& KeyWriter::u8(std::uint8_t v) {
  return out_.push_back(static_cast<char>(v)), *this;
}
KeyWriter& KeyWriter::u16(std::uint16_t v) {
  return append_big_endian(out_, v), *this;
}
KeyWriter& KeyWriter::u32(std::uint32_t v) {
  return append_big_endian(out_, v), *this;
}
KeyWriter& KeyWriter::u64(std::uint64_t v) {
  return append_big_endian(out_, v), *this;
}

KeyWriter& KeyWriter::string(std::string_view v) {
  for (char c : v) {
    out_.push_back(c);
    if (c == '\0') out_.push_back('\xff');
  }
  out_.append(2, '\0');
  return *this;
}

KeyWriter& KeyWriter::raw(std::string_view v) {
  return out_.append(v), *this;
}

std::uint64_t KeyReader::big_endian(std::size_t size) {
  if (!ok_ || in_.size() < size) return ok_ = false, 0;
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < size; ++i) v = v << 8 | static_cast<std::uint8_t>(in_[i]);
  in_.remove_prefix(size);
  return v;
}

std::uint8_t KeyReader::u8() {
  return static_cast<std::uint8_t>(big_endian(1));
}
std::uint16_t KeyReader::u16() {
  return static_cast<std::uint16_t>(big_endian(2));
}
std::uint32_t KeyReader::u32() {
  return static_cast<std::uint32_t>(big_endian(4));
}
std::uint64_t KeyReader::u64() {
  return big_endian(8);
}

std::string KeyReader::string() {
  std::string out;
  for (std::size_t i = 0; ok_ && i + 1 < in_.size(); ++i) {
    out.push_back(in_[i]);
    if (in_[i] != '\0') continue;
    ++i;
    if (in_[i] == '\0') {
      out.pop_back();
      in_.remove_prefix(i + 1);
      return out;
    }
    if (in_[i] != '\xff') break;
  }
  ok_ = false;
  return {};
}

std::string_view KeyReader::raw(std::size_t size) {
  if (!ok_ || in_.size() < size) return ok_ = false, std::string_view{};
  auto out = in_.substr(0, size);
  in_.remove_prefix(size);
  return out;
}

std::string_view KeyReader::rest() {
  return raw(in_.size());
}

std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<std::uint8_t>(end.back()) + 1);
  return end;
}

RecordWriter& RecordWriter::u8(std::uint8_t v) {
  return out_.push_back(static_cast<char>(v)), *this;
}

RecordWriter& RecordWriter::varint(std::uint64_t v) {
  for (; v >= 0x80; v >>= 7) out_.push_back(static_cast<char>(v | 0x80));
  out_.push_back(static_cast<char>(v));
  return *this;
}

RecordWriter& RecordWriter::signed_varint(std::int64_t v) {
  return varint((static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63));
}

RecordWriter& RecordWriter::string(std::string_view v) {
  return varint(v.size()).raw(v);
}
RecordWriter& RecordWriter::raw(std::string_view v) {
  return out_.append(v), *this;
}

std::uint8_t RecordReader::u8() {
  auto v = raw(1);
  return v.empty() ? 0 : static_cast<std::uint8_t>(v[0]);
}

std::uint64_t RecordReader::varint() {
  std::uint64_t v = 0;
  for (int shift = 0; ok_ && shift < 64 && !in_.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(in_[0]);
    in_.remove_prefix(1);
    v |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return v;
  }
  ok_ = false;
  return 0;
}

std::int64_t RecordReader::signed_varint() {
  const std::uint64_t v = varint();
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

std::string_view RecordReader::string() {
  const std::uint64_t size = varint();
  if (size > in_.size()) return ok_ = false, std::string_view{};
  return raw(size);
}

std::string_view RecordReader::raw(std::size_t size) {
  if (!ok_ || in_.size() < size) return ok_ = false, std::string_view{};
  auto out = in_.substr(0, size);
  in_.remove_prefix(size);
  return out;
}

std::string_view RecordReader::rest() {
  return raw(in_.size());
}

}  // namespace gannet
