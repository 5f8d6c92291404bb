#include "store/postgresql/values.h"

namespace gannet::store::postgresql {
namespace {

void put32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

void write32(std::string& out, std::size_t at, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out[at++] = static_cast<char>(value >> shift);
}

Type element_of(Type array) {
  return array == Type::kBools ? Type::kBool : array == Type::kInt8s ? Type::kInt8 : Type::kBytes;
}

// The header: dimensions, whether there are nulls, the element's type, the length, the first index.
constexpr std::size_t kHasNulls = 4, kLength = 12;

}  // namespace

std::string int8(std::int64_t value) {
  std::string out;
  put32(out, static_cast<std::uint32_t>(static_cast<std::uint64_t>(value) >> 32));
  put32(out, static_cast<std::uint32_t>(value));
  return out;
}

std::int64_t read_int8(std::string_view binary) {
  if (binary.size() != 8) return 0;
  std::uint64_t out = 0;
  for (const char byte : binary) out = out << 8 | static_cast<std::uint8_t>(byte);
  return static_cast<std::int64_t>(out);
}

Array::Array(Type type) {
  for (const std::uint32_t word : {1u, 0u, static_cast<std::uint32_t>(element_of(type)), 0u, 1u})
    put32(out_, word);
}

void Array::add(std::string_view element) {
  ++size_;
  put32(out_, static_cast<std::uint32_t>(element.size()));
  out_.append(element);
}

void Array::add_null() {
  ++size_;
  put32(out_, 0xffffffff);
  write32(out_, kHasNulls, 1);
}

std::string Array::take() {
  write32(out_, kLength, size_);
  return std::move(out_);
}

}  // namespace gannet::store::postgresql
