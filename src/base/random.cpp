#include "base/random.h"

#include <openssl/rand.h>

#include <cstring>

#include "base/assert.h"

namespace gannet {

std::uint64_t Random::next_u64() {
  std::uint64_t value;
  fill(&value, sizeof value);
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
  GANNET_ASSERT(bound > 0);
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;  // rejects what would favour small values
  std::uint64_t value;
  do value = next_u64();
  while (value >= limit);
  return value % bound;
}

std::string Random::bytes(std::size_t size) {
  std::string out(size, '\0');
  fill(out.data(), size);
  return out;
}

std::string Random::token(std::size_t size) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string out;
  out.reserve(size);
  while (out.size() < size) out += kAlphabet[below(62)];
  return out;
}

void SystemRandom::fill(void* out, std::size_t size) {
  GANNET_CHECK(RAND_bytes(static_cast<unsigned char*>(out), static_cast<int>(size)) == 1);
}

void SeededRandom::fill(void* out, std::size_t size) {
  std::lock_guard lock(mutex_);
  auto* p = static_cast<char*>(out);
  while (size > 0) {
    const std::uint64_t value = engine_();
    const std::size_t n = size < sizeof value ? size : sizeof value;
    std::memcpy(p, &value, n);
    p += n;
    size -= n;
  }
}

}  // namespace gannet
