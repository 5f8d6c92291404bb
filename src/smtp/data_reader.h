// The message after DATA: dots unstuffed, the end found, flaws noticed (RFC 5321 4.1.1.4, 4.5.2).
//
// Only CRLF ends a line and only CRLF "." CRLF ends the message. A lone CR or LF never does, so no peer can
// see the end of a message elsewhere than Gannet does (SMTP smuggling); a message with one is read to its end
// and refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gannet::smtp {

enum class Flaw : std::uint8_t {
  kNone,
  kLoneLineEnd,  // a CR without LF, or an LF without CR (RFC 5321 2.3.8)
  kLineTooLong,
  kTooBig,
  kNoMemory,  // the server holds as many messages as it may (message_memory.h)
};

struct DataLimits {
  std::uint64_t size = 100 << 20;  // octets of the message, dots unstuffed
  std::uint64_t line = 1 << 20;    // octets of a line, without its CRLF
};

// What holds for a message's octets however they came: DATA and BDAT share it.
class LineChecker {
 public:
  explicit LineChecker(std::uint64_t max_line) : max_line_(max_line) {}
  // The first flaw, once there was one. Octets may come in any pieces.
  Flaw check(std::string_view octets);
  // At the message's end: a CR that stayed alone.
  Flaw finish();

 private:
  std::uint64_t max_line_;
  std::uint64_t line_ = 0;
  bool cr_ = false;
  Flaw flaw_ = Flaw::kNone;
};

class DataReader {
 public:
  explicit DataReader(const DataLimits& limits) : limits_(limits) {}

  // Reads from `input`, appends the message's octets to `out`, and tells how many octets of `input` it took:
  // all of them until the message has ended. After a flaw nothing is appended any more.
  std::size_t feed(std::string_view input, std::string& out);
  bool done() const { return state_ == State::kDone; }
  Flaw flaw() const { return flaw_; }
  // Nothing is appended from now on: the caller has no room for it.
  void give_up(Flaw flaw) { note(flaw); }

 private:
  enum class State : std::uint8_t {
    kLineStart,  // behind a CRLF
    kDot,        // behind a dot at the start of a line
    kDotCr,      // behind such a dot and a CR
    kInLine,
    kCr,  // behind a CR in a line
    kDone,
  };
  std::size_t feed_line(std::string_view input, std::string& out);
  void append(std::string_view octets, std::string& out);
  void note(Flaw flaw);

  DataLimits limits_;
  std::uint64_t line_ = 0;
  State state_ = State::kLineStart;
  Flaw flaw_ = Flaw::kNone;
};

}  // namespace gannet::smtp
