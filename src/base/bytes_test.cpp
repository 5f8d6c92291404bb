#include "base/bytes.h"

#include <gtest/gtest.h>

#include <limits>

namespace gannet {
namespace {

TEST(KeyWriter, SortsAsItsValuesDo) {
  EXPECT_LT(KeyWriter().u32(255).view(), KeyWriter().u32(256).view());
  EXPECT_LT(KeyWriter().string("a").u8(9).view(), KeyWriter().string("ab").u8(0).view());
  EXPECT_LT(KeyWriter().string("a").u8(255).view(), KeyWriter().string(std::string("a\0", 2)).view());
}

TEST(KeyReader, ReadsBackWhatWasWritten) {
  const std::string nul("x\0\0y\xff", 5);
  const std::string key = KeyWriter(7).u16(300).string(nul).u64(1ull << 40).raw("tail").take();
  KeyReader reader(key);
  EXPECT_EQ(reader.u8(), 7);
  EXPECT_EQ(reader.u16(), 300);
  EXPECT_EQ(reader.string(), nul);
  EXPECT_EQ(reader.u64(), 1ull << 40);
  EXPECT_EQ(reader.rest(), "tail");
  EXPECT_TRUE(reader.at_end());
}

TEST(KeyReader, RefusesWhatIsTooShort) {
  KeyReader reader("ab");
  EXPECT_EQ(reader.u32(), 0u);
  EXPECT_FALSE(reader.ok());
  KeyReader open("abc");
  EXPECT_EQ(open.string(), "");
  EXPECT_FALSE(open.ok());
}

TEST(PrefixEnd, IsAboveEveryKeyOfThePrefix) {
  EXPECT_EQ(prefix_end("ab"), "ac");
  EXPECT_EQ(prefix_end("a\xff"), "b");
  EXPECT_EQ(prefix_end("\xff\xff"), "");
}

TEST(Record, ReadsBackWhatWasWritten) {
  const auto min = std::numeric_limits<std::int64_t>::min();
  const std::string record = RecordWriter(3)
                                 .varint(0)
                                 .varint(UINT64_MAX)
                                 .signed_varint(-1)
                                 .signed_varint(min)
                                 .string("héllo")
                                 .take();
  RecordReader in(record);
  EXPECT_EQ(in.u8(), 3);
  EXPECT_EQ(in.varint(), 0u);
  EXPECT_EQ(in.varint(), UINT64_MAX);
  EXPECT_EQ(in.signed_varint(), -1);
  EXPECT_EQ(in.signed_varint(), min);
  EXPECT_EQ(in.string(), "héllo");
  EXPECT_TRUE(in.at_end());
}

TEST(Record, AnswersZerosFromTheFirstFault) {
  RecordReader in(
      "\x05"
      "abc");
  EXPECT_EQ(in.string(), "");
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u8(), 0);
  RecordReader endless("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
  endless.varint();
  EXPECT_FALSE(endless.ok());
}

}  // namespace
}  // namespace gannet
