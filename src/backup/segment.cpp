#include "backup/segment.h"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "backup/errors.h"
#include "base/encoding.h"

namespace gannet::backup {
namespace {

constexpr int kLevel = 3;
constexpr std::uint32_t kMostLength = 1U << 30;

std::unexpected<Error> file_failed(const char* what, const std::filesystem::path& file) {
  return fail(BackupError::kFile, file.string() + " cannot be " + what + ": " + std::strerror(errno) + ".");
}

std::string hex_of(const Sha256Digest& digest) {
  return hex_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string length_of(std::string_view text) {
  std::string out(4, '\0');
  for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<char>(text.size() >> (8 * i));
  return out;
}

std::uint32_t length_at(std::string_view text) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i) out |= std::uint32_t{static_cast<std::uint8_t>(text[i])} << (8 * i);
  return out;
}

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

struct SegmentWriter::State {
  std::filesystem::path file;
  int descriptor = -1;
  std::unique_ptr<ZSTD_CCtx, FreeCompressor> zstd{ZSTD_createCCtx()};
  Sha256 sum;
  std::vector<char> out = std::vector<char>(ZSTD_CStreamOutSize());
  std::uint64_t written = 0, taken = 0, records = 0;

  ~State() {
    if (descriptor >= 0) ::close(descriptor);
  }

  Result<void> compress(std::string_view piece, ZSTD_EndDirective how) {
    ZSTD_inBuffer in{piece.data(), piece.size(), 0};
    for (bool more = true; more;) {
      ZSTD_outBuffer to{out.data(), out.size(), 0};
      const std::size_t left = ZSTD_compressStream2(zstd.get(), &to, &in, how);
      if (ZSTD_isError(left))
        return fail(BackupError::kFile, std::string("zstd: ") + ZSTD_getErrorName(left));
      TRY(write({out.data(), to.pos}));
      more = how == ZSTD_e_end ? left != 0 : in.pos < in.size;
    }
    return {};
  }

  Result<void> write(std::string_view piece) {
    sum.update(piece);
    written += piece.size();
    while (!piece.empty()) {
      const auto done = ::write(descriptor, piece.data(), piece.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return file_failed("written", file);
      piece.remove_prefix(static_cast<std::size_t>(done));
    }
    return {};
  }
};

SegmentWriter::SegmentWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SegmentWriter::SegmentWriter(SegmentWriter&&) noexcept = default;
SegmentWriter::~SegmentWriter() = default;

Result<SegmentWriter> SegmentWriter::create(const std::filesystem::path& file) {
  auto state = std::make_unique<State>();
  state->file = file;
  state->descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (state->descriptor < 0) return file_failed("written", file);
  ZSTD_CCtx_setParameter(state->zstd.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(state->zstd.get(), ZSTD_c_checksumFlag, 1);
  return SegmentWriter(std::move(state));
}

Result<void> SegmentWriter::add(std::string_view key, std::string_view value) {
  if (key.size() > kMostLength || value.size() > kMostLength)
    return fail(BackupError::kFile, "A record has more than 1 GiB.");
  TRY(state_->compress(length_of(key) + length_of(value), ZSTD_e_continue));
  TRY(state_->compress(key, ZSTD_e_continue));
  TRY(state_->compress(value, ZSTD_e_continue));
  state_->taken += 8 + key.size() + value.size();
  ++state_->records;
  return {};
}

std::uint64_t SegmentWriter::taken() const {
  return state_->taken;
}

Result<FileFacts> SegmentWriter::finish(std::string name) {
  TRY(state_->compress({}, ZSTD_e_end));
  if (::fsync(state_->descriptor) != 0) return file_failed("written", state_->file);
  return FileFacts{std::move(name), state_->written, hex_of(state_->sum.finish()), state_->records};
}

Result<void> read_segment(const std::filesystem::path& root, const FileFacts& facts, const EachRecord& each) {
  const auto file = root / facts.name;
  const auto damaged = [&](std::string_view what) {
    return fail(BackupError::kDamaged, file.string() + " is damaged: " + std::string(what) + ".");
  };
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return file_failed("read", file);
  const struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{descriptor};
  const std::unique_ptr<ZSTD_DCtx, FreeDecompressor> zstd(ZSTD_createDCtx());
  std::vector<char> in(ZSTD_DStreamInSize()), out(ZSTD_DStreamOutSize());
  Sha256 sum;
  std::string pending;
  std::uint64_t bytes = 0, records = 0;
  const auto take_records = [&]() -> Result<void> {
    std::size_t at = 0;
    while (pending.size() - at >= 8) {
      const std::string_view rest = std::string_view(pending).substr(at);
      const std::size_t key = length_at(rest), value = length_at(rest.substr(4));
      if (key > kMostLength || value > kMostLength) return damaged("a length is impossible");
      if (rest.size() - 8 < key + value) break;
      TRY(each(rest.substr(8, key), rest.substr(8 + key, value)));
      ++records;
      at += 8 + key + value;
    }
    pending.erase(0, at);
    return {};
  };
  for (;;) {
    const auto got = ::read(descriptor, in.data(), in.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_failed("read", file);
    if (got == 0) break;
    sum.update({in.data(), static_cast<std::size_t>(got)});
    bytes += static_cast<std::uint64_t>(got);
    ZSTD_inBuffer from{in.data(), static_cast<std::size_t>(got), 0};
    bool full = false;
    while (from.pos < from.size || full) {
      ZSTD_outBuffer to{out.data(), out.size(), 0};
      const std::size_t left = ZSTD_decompressStream(zstd.get(), &to, &from);
      if (ZSTD_isError(left)) return damaged(ZSTD_getErrorName(left));
      full = to.pos == to.size;
      pending.append(out.data(), to.pos);
      TRY(take_records());
    }
  }
  if (bytes != facts.bytes) return damaged("its length is not the manifest's");
  if (hex_of(sum.finish()) != facts.sha256) return damaged("its SHA-256 is not the manifest's");
  if (records != facts.records || !pending.empty()) return damaged("records are missing");
  return {};
}

}  // namespace gannet::backup
