#include "smtp/data_reader.h"

#include <algorithm>
#include <cstring>

namespace gannet::smtp {

Flaw LineChecker::check(std::string_view octets) {
  const char* at = octets.data();
  const char* const end = at + octets.size();
  while (at != end && flaw_ == Flaw::kNone) {
    if (cr_) {
      cr_ = false;
      if (*at != '\n') return flaw_ = Flaw::kLoneLineEnd;
      line_ = 0;
      ++at;
      continue;
    }
    const auto left = static_cast<std::size_t>(end - at);
    const char* lf = static_cast<const char*>(std::memchr(at, '\n', left));
    const char* stop = lf != nullptr ? lf : end;
    const char* cr = static_cast<const char*>(std::memchr(at, '\r', static_cast<std::size_t>(stop - at)));
    if (lf != nullptr && cr == nullptr) return flaw_ = Flaw::kLoneLineEnd;
    const char* line_end = cr != nullptr ? cr : end;
    line_ += static_cast<std::uint64_t>(line_end - at);
    if (line_ > max_line_) return flaw_ = Flaw::kLineTooLong;
    cr_ = cr != nullptr;
    at = cr != nullptr ? cr + 1 : end;
  }
  return flaw_;
}

Flaw LineChecker::finish() {
  if (flaw_ == Flaw::kNone && cr_) flaw_ = Flaw::kLoneLineEnd;
  return flaw_;
}

void DataReader::note(Flaw flaw) {
  if (flaw_ == Flaw::kNone) flaw_ = flaw;
}

void DataReader::append(std::string_view octets, std::string& out) {
  if (flaw_ != Flaw::kNone) return;
  if (octets.size() > limits_.size || out.size() > limits_.size - octets.size()) return note(Flaw::kTooBig);
  out.append(octets);
}

// Reads on inside of a line, up to the start of the next one that begins with a dot or to the end of `input`.
std::size_t DataReader::feed_line(std::string_view input, std::string& out) {
  const char* const begin = input.data();
  const char* const end = begin + input.size();
  const char* at = begin;
  while (at != end) {
    const auto left = static_cast<std::size_t>(end - at);
    const char* lf = static_cast<const char*>(std::memchr(at, '\n', left));
    const char* stop = lf != nullptr ? lf : end;
    const char* cr = static_cast<const char*>(std::memchr(at, '\r', static_cast<std::size_t>(stop - at)));
    const char* line_end = cr != nullptr ? cr : stop;
    line_ += static_cast<std::uint64_t>(line_end - at);
    if (line_ > limits_.line) note(Flaw::kLineTooLong);
    if (cr != nullptr && cr + 1 == end) {
      state_ = State::kCr;
      at = end;
    } else if (cr != nullptr && cr + 1 == lf) {
      line_ = 0;
      at = lf + 1;
      if (at != end && *at != '.') continue;
      state_ = State::kLineStart;
      break;
    } else if (cr != nullptr) {
      note(Flaw::kLoneLineEnd);
      at = cr + 1;
    } else if (lf != nullptr) {
      note(Flaw::kLoneLineEnd);
      at = lf + 1;
    } else {
      at = end;
    }
  }
  append({begin, static_cast<std::size_t>(at - begin)}, out);
  return static_cast<std::size_t>(at - begin);
}

std::size_t DataReader::feed(std::string_view input, std::string& out) {
  std::size_t at = 0;
  while (at < input.size() && state_ != State::kDone) {
    const char c = input[at];
    switch (state_) {
      case State::kLineStart:
        state_ = c == '.' ? State::kDot : State::kInLine;
        if (c == '.') ++at;
        break;
      case State::kDot:
        // RFC 5321 4.5.2: the first of a line's dots goes, whatever follows.
        state_ = c == '\r' ? State::kDotCr : State::kInLine;
        if (c == '\r') ++at;
        break;
      case State::kDotCr:
        if (c == '\n') {
          state_ = State::kDone;
          ++at;
        } else {
          note(Flaw::kLoneLineEnd);
          state_ = State::kInLine;
        }
        break;
      case State::kCr:
        if (c == '\n') {
          append("\n", out);
          line_ = 0;
          state_ = State::kLineStart;
          ++at;
        } else {
          note(Flaw::kLoneLineEnd);
          state_ = State::kInLine;
        }
        break;
      case State::kInLine:
        at += feed_line(input.substr(at), out);
        break;
      case State::kDone:
        break;
    }
  }
  return at;
}

}  // namespace gannet::smtp
