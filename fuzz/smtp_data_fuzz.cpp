// The message after DATA. Whatever pieces the network makes of it, the outcome is the same, and it is the one
// that the rule itself gives: the message ends at the first CRLF "." CRLF (or a dot line at its start), lone
// CR and LF are flaws.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "smtp/data_reader.h"

namespace {

using namespace gannet::smtp;

void require(bool condition) {
  if (!condition) std::abort();
}

struct Outcome {
  std::string message;
  std::size_t taken = 0;
  bool done = false;
  Flaw flaw = Flaw::kNone;
  bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view wire, std::size_t piece, const DataLimits& limits) {
  DataReader reader(limits);
  Outcome out;
  while (out.taken < wire.size() && !reader.done()) {
    const std::string_view input = wire.substr(out.taken, piece);
    const std::size_t taken = reader.feed(input, out.message);
    require(taken == input.size() || reader.done());
    out.taken += taken;
  }
  out.done = reader.done();
  out.flaw = reader.flaw();
  if (out.flaw != Flaw::kNone) out.message.clear();
  return out;
}

// The rule, said slowly.
Outcome read_slowly(std::string_view wire) {
  Outcome out;
  const std::string framed = "\r\n" + std::string(wire);
  const std::size_t end = framed.find("\r\n.\r\n");
  out.done = end != std::string::npos;
  out.taken = out.done ? end + 5 - 2 : wire.size();
  const std::string_view body =
      std::string_view(framed).substr(2, out.done ? end + 2 - 2 : std::string::npos);
  for (std::size_t i = 0; i < body.size(); ++i) {
    const bool last = i + 1 == body.size();
    if (body[i] == '\r' && (!last || out.done) && (last || body[i + 1] != '\n'))
      out.flaw = Flaw::kLoneLineEnd;
    if (body[i] == '\n' && (i == 0 || body[i - 1] != '\r')) out.flaw = Flaw::kLoneLineEnd;
  }
  if (out.flaw != Flaw::kNone) return out;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const bool starts = i == 0 || (i >= 2 && body[i - 2] == '\r' && body[i - 1] == '\n');
    if (!starts || body[i] != '.') out.message.push_back(body[i]);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = 1 + data[0] % 32;
  const std::string_view wire(reinterpret_cast<const char*>(data + 1), size - 1);
  const DataLimits wide;
  const Outcome whole = read(wire, SIZE_MAX, wide);
  require(read(wire, piece, wide) == whole);
  Outcome slow = read_slowly(wire);
  require(slow.done == whole.done && slow.flaw == whole.flaw && slow.taken == whole.taken);
  if (whole.done) require(slow.message == whole.message);

  const DataLimits narrow{.size = 1U + data[0], .line = 1U + data[0] % 16};
  const Outcome limited = read(wire, piece, narrow);
  require(limited.done == whole.done && limited.taken == whole.taken);
  require(limited.message.size() <= narrow.size);

  LineChecker checker(wide.line);
  for (std::size_t at = 0; at < wire.size(); at += piece) checker.check(wire.substr(at, piece));
  LineChecker at_once(wide.line);
  at_once.check(wire);
  require(checker.finish() == at_once.finish());
  return 0;
}
