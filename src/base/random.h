// Randomness, handed in to whoever needs it, so that a test can replay a run from its seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>

namespace gannet {

// Safe to call from any thread.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(void* out, std::size_t size) = 0;

  std::uint64_t next_u64();
  // Uniform in [0, bound); bound must be above 0.
  std::uint64_t below(std::uint64_t bound);
  std::string bytes(std::size_t size);
  // `size` characters of [A-Za-z0-9]: 5.95 bits each.
  std::string token(std::size_t size);
};

// Cryptographic: OpenSSL's generator.
class SystemRandom final : public Random {
 public:
  void fill(void* out, std::size_t size) override;
};

// The same sequence for the same seed. For tests only.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(void* out, std::size_t size) override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace gannet
