// Reads the words of one command (RFC 3501 section 9, RFC 9051 section 9).
//
// The command lies in one buffer as it came, literals included: `{5}` CRLF and five octets. Words are views
// into that buffer, which must outlive them; quoted strings are unescaped in place. Every failure is
// ImapError::kSyntax with a text that says what was expected, what was found and where.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "imap/errors.h"

namespace gannet::imap {

class Scanner {
 public:
  explicit Scanner(std::span<char> text)
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {}

  bool at_end() const { return at_ == end_; }
  // The next octet; NUL at the end.
  char peek() const { return at_ == end_ ? '\0' : *at_; }
  // Takes the octet if it is the next one.
  bool skip(char c);
  // Takes the word if it is next, in any case, and no further atom character follows it.
  bool skip_word(std::string_view word);

  Result<void> expect(char c, std::string_view what);
  Result<void> space() { return expect(' ', "a space"); }
  // Nothing may follow.
  Result<void> end();

  // `what` names the argument in an error: "a mailbox name".
  Result<std::string_view> atom(std::string_view what);
  Result<std::string_view> tag();
  // A quoted string or a literal.
  Result<std::string_view> string(std::string_view what);
  Result<std::string_view> astring(std::string_view what);
  // The pattern of LIST and LSUB: an atom that may hold % and *, or a string.
  Result<std::string_view> list_mailbox();
  // A literal, also in the form of RFC 3516 (~{n}).
  Result<std::string_view> literal(std::string_view what);
  Result<std::uint32_t> number(std::string_view what);
  Result<std::uint32_t> nonzero_number(std::string_view what);
  Result<std::uint64_t> number64(std::string_view what);
  // The octets while they are in `allowed`; may be empty.
  std::string_view take_while(bool (*allowed)(char));

  // "Expected a space at character 12, found ')'."
  std::unexpected<Error> expected(std::string_view what) const;

 private:
  Result<std::string_view> quoted(std::string_view what);

  char* begin_;
  char* at_;
  char* end_;
};

// RFC 9051 9: what an atom may hold; `]` is allowed in an astring only.
bool is_atom_char(char c);
bool is_astring_char(char c);

}  // namespace gannet::imap
