// Digests and checksums.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gannet {

using Sha256Digest = std::array<std::uint8_t, 32>;

// SHA-256 (FIPS 180-4) of what is fed to it, piece by piece. One thread at a time.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  Sha256& update(std::string_view piece);
  // The digest of all pieces so far; then it starts anew.
  Sha256Digest finish();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

Sha256Digest sha256(std::string_view content);

// HMAC (RFC 2104) over SHA-256: 32 octets.
std::string hmac_sha256(std::string_view key, std::string_view text);

// CRC-32C (Castagnoli, RFC 3720 12.1), by the processor's own instruction where it has one. Finds damage,
// not forgery. To go on with a further piece, hand in what the last call returned.
std::uint32_t crc32c(std::string_view piece, std::uint32_t so_far = 0);

}  // namespace gannet
