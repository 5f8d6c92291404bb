#include "imap/parser/scanner.h"

#include <gmock/gmock.h>

namespace gannet::imap {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// A command's text and the scanner over it.
struct Scanned {
  explicit Scanned(std::string command) : text(std::move(command)), in(text) {}
  std::string text;
  Scanner in;
};

TEST(Scanner, ReadsTheThreeFormsOfAnAstring) {
  Scanned s("INBOX] \"a \\\"b\\\\\" {3+}\r\nx y");
  EXPECT_EQ(s.in.astring("a name").value(), "INBOX]");
  EXPECT_TRUE(s.in.space().has_value());
  EXPECT_EQ(s.in.astring("a name").value(), "a \"b\\");
  EXPECT_TRUE(s.in.space().has_value());
  EXPECT_EQ(s.in.astring("a name").value(), "x y");
  EXPECT_TRUE(s.in.end().has_value());
}

TEST(Scanner, ALiteralMayHoldAnything) {
  Scanned s(std::string("{6}\r\n\"\0\r\n{}", 11));
  EXPECT_EQ(s.in.string("a text").value(), std::string_view("\"\0\r\n{}", 6));
}

TEST(Scanner, AnErrorSaysWhatWhereAndWhatInstead) {
  Scanned s("SELECT)");
  EXPECT_EQ(s.in.atom("a command").value(), "SELECT");
  EXPECT_THAT(s.in.space().error().text(),
              AllOf(HasSubstr("a space"), HasSubstr("character 7"), HasSubstr("')'")));
  Scanned end("A");
  ASSERT_TRUE(end.in.atom("a tag"));
  EXPECT_THAT(end.in.space().error().text(), HasSubstr("the end of the command"));
}

TEST(Scanner, RefusesBrokenStrings) {
  EXPECT_FALSE(Scanned("\"open").in.string("a text"));
  EXPECT_FALSE(Scanned("\"bad\\n\"").in.string("a text"));
  EXPECT_FALSE(Scanned("\"line\r\n\"").in.string("a text"));
  EXPECT_FALSE(Scanned("{5}\r\nabc").in.string("a text"));
  EXPECT_FALSE(Scanned("{99999999999999999999}\r\nabc").in.string("a text"));
  EXPECT_FALSE(Scanned("{3}abc").in.string("a text"));
}

TEST(Scanner, NumbersHaveTheirRange) {
  EXPECT_EQ(Scanned("4294967295").in.number("a number").value(), 4294967295u);
  EXPECT_FALSE(Scanned("4294967296").in.number("a number"));
  EXPECT_FALSE(Scanned("0").in.nonzero_number("a number"));
  EXPECT_FALSE(Scanned("-1").in.number("a number"));
  EXPECT_EQ(Scanned("9223372036854775807").in.number64("a number").value(), INT64_MAX);
  EXPECT_FALSE(Scanned("9223372036854775808").in.number64("a number"));
}

TEST(Scanner, AWordIsTakenOnlyWhole) {
  Scanned s("flags.silent x");
  EXPECT_FALSE(s.in.skip_word("FLAGS"));
  EXPECT_TRUE(s.in.skip_word("FLAGS.SILENT"));
}

TEST(Scanner, AtomsHoldNoSpecials) {
  for (const char c : std::string("(){ %*\"\\\x7f\r\n\t\xff")) EXPECT_FALSE(is_atom_char(c)) << int(c);
  EXPECT_FALSE(is_atom_char(']'));
  EXPECT_TRUE(is_astring_char(']'));
  for (const char c : std::string("aZ09+-.&,:/$[")) EXPECT_TRUE(is_atom_char(c)) << c;
}

}  // namespace
}  // namespace gannet::imap
