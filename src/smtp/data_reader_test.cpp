#include "smtp/data_reader.h"

#include <gtest/gtest.h>

namespace gannet::smtp {
namespace {

struct Outcome {
  std::string message;
  std::string rest;  // behind the message's end
  bool done = false;
  Flaw flaw = Flaw::kNone;
  bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view wire, std::size_t piece = SIZE_MAX, DataLimits limits = {}) {
  DataReader reader(limits);
  Outcome out;
  while (!wire.empty() && !reader.done()) {
    const std::string_view input = wire.substr(0, piece);
    const std::size_t taken = reader.feed(input, out.message);
    EXPECT_TRUE(taken == input.size() || reader.done());
    wire.remove_prefix(taken);
  }
  out.rest = wire;
  out.done = reader.done();
  out.flaw = reader.flaw();
  if (out.flaw != Flaw::kNone) out.message.clear();
  return out;
}

// Whatever the pieces in which the network brings it, the outcome is the same.
Outcome read_in_all_pieces(std::string_view wire) {
  const Outcome whole = read(wire);
  for (std::size_t piece = 1; piece <= wire.size(); ++piece) EXPECT_EQ(read(wire, piece), whole) << piece;
  return whole;
}

TEST(DataReader, EndsAtTheDot) {
  EXPECT_EQ(read_in_all_pieces("Subject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n"),
            (Outcome{"Subject: x\r\n\r\nbody\r\n", "QUIT\r\n", true}));
  EXPECT_EQ(read_in_all_pieces(".\r\n"), (Outcome{"", "", true}));
}

TEST(DataReader, UnstuffsDots) {
  EXPECT_EQ(read_in_all_pieces("..\r\n..two\r\n.one\r\na.b\r\n.\r\n"),
            (Outcome{".\r\n.two\r\none\r\na.b\r\n", "", true}));
  EXPECT_EQ(read_in_all_pieces("...\r\n.\r\n"), (Outcome{"..\r\n", "", true}));
}

// What smugglers send for an end of the message that only one of two servers sees.
TEST(DataReader, IsNotSmuggledThrough) {
  for (const std::string_view end : {"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\n.\r",
                                     "\r\n\r.\r\n", "\r\r\n.\r\r\n", "\r\n.\r\r\n", "\r\n..\n.\r\n"}) {
    const std::string wire = "a" + std::string(end) + "MAIL FROM:<evil@x>\r\nb\r\n.\r\nNOOP\r\n";
    const Outcome out = read_in_all_pieces(wire);
    EXPECT_TRUE(out.done);
    EXPECT_EQ(out.flaw, Flaw::kLoneLineEnd) << end;
    // Nothing of the smuggled commands is left to be taken for commands.
    EXPECT_EQ(out.rest, "NOOP\r\n");
  }
}

TEST(DataReader, RefusesLoneLineEnds) {
  for (const std::string_view text : {"a\nb\r\n.\r\n", "a\rb\r\n.\r\n", "a\r\r\n.\r\n", "\n\r\n.\r\n"}) {
    const Outcome out = read_in_all_pieces(text);
    EXPECT_TRUE(out.done);
    EXPECT_EQ(out.flaw, Flaw::kLoneLineEnd);
  }
}

TEST(DataReader, KeepsToTheSize) {
  EXPECT_EQ(read("12345678\r\n.\r\n", 3, {.size = 10}).flaw, Flaw::kNone);
  const Outcome out = read("123456789\r\n.\r\nNOOP\r\n", 3, {.size = 10});
  EXPECT_EQ(out.flaw, Flaw::kTooBig);
  EXPECT_TRUE(out.done);
  EXPECT_EQ(out.rest, "NOOP\r\n");
}

TEST(DataReader, KeepsToTheLengthOfALine) {
  EXPECT_EQ(read("12345\r\n12345\r\n.\r\n", 2, {.line = 5}).flaw, Flaw::kNone);
  EXPECT_EQ(read("12345\r\n123456\r\n.\r\n", 2, {.line = 5}).flaw, Flaw::kLineTooLong);
}

TEST(DataReader, WaitsForMore) {
  const Outcome out = read("text\r\n.\r");
  EXPECT_FALSE(out.done);
  EXPECT_EQ(out.rest, "");
}

TEST(LineChecker, FindsLoneLineEndsInAnyPieces) {
  const auto check = [](std::string_view text, std::size_t piece) {
    LineChecker checker(100);
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
      checker.check(text.substr(0, piece));
    return checker.finish();
  };
  for (std::size_t piece = 1; piece < 8; ++piece) {
    EXPECT_EQ(check("a\r\n\r\nb", piece), Flaw::kNone);
    EXPECT_EQ(check("a\nb", piece), Flaw::kLoneLineEnd);
    EXPECT_EQ(check("a\rb", piece), Flaw::kLoneLineEnd);
    EXPECT_EQ(check("a\r\r\n", piece), Flaw::kLoneLineEnd);
    EXPECT_EQ(check("a\r", piece), Flaw::kLoneLineEnd);
    EXPECT_EQ(check(std::string(101, 'x'), piece), Flaw::kLineTooLong);
  }
}

}  // namespace
}  // namespace gannet::smtp
