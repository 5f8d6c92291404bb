// What an SMTP server answers: a three-digit code, an enhanced code (RFC 2034, RFC 3463) and text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gannet::smtp {

// RFC 3463: class.subject.detail. {} is none: greetings, 3xx replies and EHLO carry none.
struct EnhancedCode {
  std::uint8_t status = 0;  // 2, 4 or 5
  std::uint16_t subject = 0;
  std::uint16_t detail = 0;

  bool present() const { return status != 0; }
  // "5.1.1"; empty for none.
  std::string to_string() const;
  bool operator==(const EnhancedCode&) const = default;
};

struct Reply {
  std::uint16_t code = 250;
  EnhancedCode enhanced;
  std::string text;    // several lines are parted by '\n'
  bool close = false;  // the session ends when it is sent

  bool positive() const { return code < 400; }
  bool transient() const { return code >= 400 && code < 500; }
  bool permanent() const { return code >= 500; }
  // "550 5.1.1 No such recipient here", its first line, for logs and reports.
  std::string to_string() const;
  bool operator==(const Reply&) const = default;
};

// Reply{550, {5, 1, 1}, "..."} that also ends the session.
Reply closing(Reply reply);

// The reply as it goes over the wire: every line with code and enhanced code, CRLF, at most 512 octets a line
// (RFC 5321 4.5.3.1.5). Control characters in the text become '?', so that nothing a peer sent can forge a
// line.
void append_reply(std::string& out, const Reply& reply);

}  // namespace gannet::smtp
