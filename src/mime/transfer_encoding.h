// Content-Transfer-Encoding (RFC 2045 6): reading it leniently, writing it strictly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gannet::mime {

enum class Encoding : std::uint8_t { k7Bit, k8Bit, kBinary, kQuotedPrintable, kBase64, kUuencode, kUnknown };

// k7Bit for an empty value, kUnknown for one that is not in the list (its text is then taken as it is).
Encoding parse_encoding(std::string_view raw_value);
// "7bit", "quoted-printable", ...; empty for kUnknown.
std::string_view encoding_name(Encoding encoding);

// Base64 in pieces: octets outside the alphabet are skipped, padding ends a quantum, a missing end is
// forgiven.
class Base64Decoder {
 public:
  void decode(std::string_view in, std::string& out);
  // Writes what is left of an unpadded last quantum.
  void finish(std::string& out);
  // Whether something outside of the alphabet, line ends and blanks was met.
  bool saw_garbage() const { return garbage_; }

 private:
  std::uint32_t bits_ = 0;
  int count_ = 0;
  bool garbage_ = false;
};

// Quoted-printable in pieces: a '=' that no two hex digits follow stays as it is; blanks at the end of a line
// go.
class QuotedPrintableDecoder {
 public:
  void decode(std::string_view in, std::string& out);
  void finish(std::string& out);
  bool saw_garbage() const { return garbage_; }

 private:
  void decode_line(std::string_view line, bool complete, std::string& out);
  std::string pending_;  // a line whose end has not come yet
  bool garbage_ = false;
};

// Decodes whole content. Stops once `max_size` octets or a little more are out.
std::string decode_content(std::string_view content, Encoding encoding,
                           std::size_t max_size = std::string::npos);

std::string encode_base64(std::string_view bytes);  // one line
std::string encode_base64_lines(std::string_view bytes,
                                std::size_t columns = 76);  // each line ends with CRLF
std::string decode_base64(std::string_view text);
// Text with LF or CRLF line ends becomes lines of at most 76 columns, each ending with CRLF.
std::string encode_quoted_printable(std::string_view text);

}  // namespace gannet::mime
