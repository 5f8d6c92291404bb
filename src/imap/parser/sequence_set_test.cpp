#include "imap/parser/sequence_set.h"

#include <gmock/gmock.h>

namespace gannet::imap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SequenceSet parse(std::string text) {
  Scanner in(text);
  return parse_sequence_set(in).value();
}
NumberRange range(std::uint32_t first, std::uint32_t last) {
  return {first, last};
}

TEST(SequenceSet, IsSortedAndMerged) {
  EXPECT_THAT(parse("7,1:3,2:4,5,9:8").resolve(20), ElementsAre(range(1, 5), range(7, 9)));
}

TEST(SequenceSet, StarIsTheLargest) {
  EXPECT_THAT(parse("*").resolve(17), ElementsAre(range(17, 17)));
  EXPECT_THAT(parse("10:*").resolve(17), ElementsAre(range(10, 17)));
  // RFC 9051 9: for UIDs, 559:* always holds the last message, even where 559 is above it.
  EXPECT_THAT(parse("559:*").resolve(17), ElementsAre(range(17, 559)));
  EXPECT_THAT(parse("1:*").resolve(0), IsEmpty());
}

TEST(SequenceSet, ASequenceNumberBeyondTheMailboxIsAnError) {
  EXPECT_THAT(parse("1:3").resolve_sequence_numbers(3).value(), ElementsAre(range(1, 3)));
  EXPECT_THAT(parse("1,4").resolve_sequence_numbers(3).error().text(), HasSubstr("no message 4"));
  EXPECT_FALSE(parse("1:4").resolve_sequence_numbers(3));
  EXPECT_THAT(parse("2:*").resolve_sequence_numbers(3).value(), ElementsAre(range(2, 3)));
  EXPECT_THAT(parse("*:9").resolve_sequence_numbers(3).value(), ElementsAre(range(3, 3)));
  EXPECT_THAT(parse("1:*").resolve_sequence_numbers(0).value(), IsEmpty());
}

TEST(SequenceSet, RefusesWhatIsNone) {
  for (const std::string bad : {"", "0", "1:", ":2", "1,,2", "a", "1:0", "4294967296", "**"}) {
    std::string text = bad;
    Scanner in(text);
    const auto set = parse_sequence_set(in);
    EXPECT_FALSE(set && in.at_end()) << bad;
  }
}

TEST(SequenceSet, IsWrittenWithItsOrder) {
  std::string out;
  append_number_set(out, {3, 4, 5, 1, 9, 10});
  EXPECT_EQ(out, "3:5,1,9:10");
}

}  // namespace
}  // namespace gannet::imap
