#include "smtp/reply.h"

#include <gtest/gtest.h>

namespace gannet::smtp {
namespace {

std::string wire(const Reply& reply) {
  std::string out;
  append_reply(out, reply);
  return out;
}

TEST(Reply, GoesOutWithBothCodes) {
  EXPECT_EQ(wire({250, {2, 1, 5}, "fine"}), "250 2.1.5 fine\r\n");
  EXPECT_EQ(wire({354, {}, "go on"}), "354 go on\r\n");
  EXPECT_EQ(wire({334, {}, ""}), "334 \r\n");
}

TEST(Reply, RepeatsTheCodesOnEachLine) {
  EXPECT_EQ(wire({250, {2, 0, 0}, "one\ntwo\nthree"}),
            "250-2.0.0 one\r\n250-2.0.0 two\r\n250 2.0.0 three\r\n");
}

TEST(Reply, LetsNobodyForgeALine) {
  EXPECT_EQ(wire({550, {5, 1, 1}, "<a\r\t@b>"}), "550 5.1.1 <a??@b>\r\n");
}

TEST(Reply, KeepsToTheLengthOfALine) {
  const std::string out = wire({250, {2, 0, 0}, std::string(2000, 'x') + " end"});
  std::size_t begin = 0;
  while (begin < out.size()) {
    const std::size_t end = out.find("\r\n", begin);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end + 2 - begin, 512U);
    EXPECT_EQ(out[begin + 3], end + 2 == out.size() ? ' ' : '-');
    begin = end + 2;
  }
}

TEST(Reply, CutsNoCharacterInTwo) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "\xc3\xa9";
  const std::string out = wire({250, {2, 0, 0}, text});
  const std::size_t end = out.find("\r\n");
  EXPECT_EQ(out.substr(end - 2, 2), "\xc3\xa9");
}

}  // namespace
}  // namespace gannet::smtp
