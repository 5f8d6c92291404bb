#include "store/redis/slot_map.h"

#include <gtest/gtest.h>

#include "store/redis/options.h"

namespace gannet::store::redis {
namespace {

TEST(RedisSlots, AsTheClusterCountsThem) {
  EXPECT_EQ(slot_of("123456789"), 0x31c3u % kSlots) << "the specification's own example";
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("user1000"));
  EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar"));
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
  EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar")) << "empty braces count for nothing";
}

Reply error(std::string text) {
  Reply out;
  out.kind = Reply::Kind::kError, out.text = std::move(text);
  return out;
}

TEST(RedisSlots, Redirections) {
  const Address asked{.host = "one", .port = "1"};
  EXPECT_EQ(redirection(error("MOVED 3999 127.0.0.1:6381"), asked)->text(), "127.0.0.1:6381");
  EXPECT_EQ(redirection(error("ASK 3999 :6381"), asked)->text(), "one:6381");
  EXPECT_EQ(redirection(error("MOVED 3999 2001:db8::1:6381"), asked)->host, "2001:db8::1");
  EXPECT_FALSE(redirection(error("ERR ASK"), asked));
}

TEST(RedisUrls, AreReadStrictly) {
  const auto url = parse_redis_url("rediss://ma%40il:p%2Fw:x@redis.example.org:7000/3");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->user, "ma@il");
  EXPECT_EQ(url->password.reveal(), "p/w:x");
  EXPECT_EQ(url->address.text(), "redis.example.org:7000");
  EXPECT_EQ(url->database, 3);
  EXPECT_EQ(parse_redis_url("redis://[::1]")->address.host, "::1");
  EXPECT_EQ(parse_redis_url("redis://localhost/")->address.port, "6379");
  for (const auto* wrong :
       {"http://localhost", "redis://", "redis://h:0", "redis://h:99999", "redis://h/x", "redis://h:1x"})
    EXPECT_FALSE(parse_redis_url(wrong)) << wrong;
}

}  // namespace
}  // namespace gannet::store::redis
