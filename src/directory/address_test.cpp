#include "directory/address.h"

#include <gtest/gtest.h>

#include "directory/principal.h"

namespace gannet::directory {
namespace {

TEST(NormalizeAddress, GivesOneFormToAllSpellings) {
  EXPECT_EQ(normalize_address("User.Name@EXAMPLE.org"), "user.name@example.org");
  EXPECT_EQ(normalize_address("\"user.name\"@example.org"), "user.name@example.org");
  EXPECT_EQ(normalize_address("\"us\\er\"@example.org"), "user@example.org");
  EXPECT_EQ(normalize_address("\"a b\\\"c\"@example.org"), "\"a b\\\"c\"@example.org");
  EXPECT_EQ(normalize_address("\"a@b\"@example.org"), "\"a@b\"@example.org");
  EXPECT_EQ(normalize_address("ju\u0308rgen@xn--bcher-kva.EXAMPLE"), "j\u00fcrgen@bücher.example");
  EXPECT_EQ(normalize_address("用户@例子.广告"), "用户@例子.广告");
  EXPECT_EQ(normalize_address("a..b@example.org"), "a..b@example.org");
  EXPECT_EQ(normalize_address("\u212Aelvin@example.org"), "kelvin@example.org")
      << "NFC of the Kelvin sign is K";
  EXPECT_EQ(normalize_address("root@[192.0.2.1]"), "root@[192.0.2.1]");
  EXPECT_EQ(normalize_address("root@[IPv6:2001:DB8::1]"), "root@[ipv6:2001:db8::1]");
}

TEST(NormalizeAddress, RefusesWhatIsNone) {
  const std::string domain = "@example.org";
  for (const std::string& text : {std::string(),
                                  std::string("@"),
                                  std::string("a"),
                                  std::string("a@"),
                                  domain,
                                  "a b" + domain,
                                  "a@b" + domain,
                                  "<a>" + domain,
                                  "a," + domain,
                                  "\"\"" + domain,
                                  "\"a" + domain,
                                  "a\"" + domain,
                                  "\"a\"b\"" + domain,
                                  "\"a\\\"" + domain,
                                  std::string("a\0b@example.org", 15),
                                  "a\r\n" + domain,
                                  "a\x7f" + domain,
                                  "a\u202e" + domain,
                                  "\xff" + domain,
                                  "\xc0\xaf" + domain,
                                  "\xed\xa0\x80" + domain,
                                  std::string("a@example..org"),
                                  std::string("a@.org"),
                                  std::string("a@example.org."),
                                  std::string("a@exa mple.org"),
                                  std::string("a@[1.2.3]"),
                                  std::string("a@[2001:db8::1]"),
                                  std::string("a@[[::1]]"),
                                  std::string("a@["),
                                  std::string("a@\xff.org"),
                                  std::string("a@xn--\x80"),
                                  std::string(400, 'a') + domain,
                                  "\u037e" + domain /* a semicolon after NFC */})
    EXPECT_EQ(normalize_address(text), std::nullopt) << text;
}

TEST(NormalizeAddress, HoldsAtMost320BytesBeforeAndAfter) {
  const std::string domain = "@example.org";
  EXPECT_TRUE(normalize_address(std::string(320 - domain.size(), 'a') + domain));
  EXPECT_FALSE(normalize_address(std::string(321 - domain.size(), 'a') + domain));
  std::string grows;  // U+0958 is two characters in NFC, twice as long
  for (int i = 0; i < 90; ++i) grows += "\u0958";
  EXPECT_FALSE(normalize_address(grows + domain));
}

TEST(NormalizeAddress, IsStable) {
  for (const char* text :
       {"\"A B\"@Example.org", "J\u0075\u0308@B\u00dcCHER.example", "a@[IPV6:::1]", "\"\\\\\"@x.org"}) {
    const auto once = normalize_address(text);
    ASSERT_TRUE(once) << text;
    EXPECT_EQ(normalize_address(*once), once);
  }
}

TEST(NormalizeLogin, TakesNamesAndAddresses) {
  EXPECT_EQ(normalize_login("Alice"), "alice");
  EXPECT_EQ(normalize_login("Alice@EXAMPLE.org"), "alice@example.org");
  EXPECT_EQ(normalize_login("domain\\User Name"), "domain\\user name");
  EXPECT_EQ(normalize_login("ju\u0308rgen"), "j\u00fcrgen");
  for (const std::string& text :
       {std::string(), std::string(" a"), std::string("a "), std::string("a\tb"), std::string("a\0", 2),
        std::string("\xff"), std::string("a@"), std::string("@"), std::string(321, 'a')})
    EXPECT_EQ(normalize_login(text), std::nullopt) << text;
}

TEST(SubAddress, IsWhatFollowsThePlus) {
  EXPECT_EQ(split_sub_address("user+a+b")->user, "user");
  EXPECT_EQ(split_sub_address("user+a+b")->detail, "a+b");
  EXPECT_EQ(split_sub_address("user+")->detail, "");
  EXPECT_FALSE(split_sub_address("user"));
  EXPECT_FALSE(split_sub_address("+a"));
  EXPECT_FALSE(split_sub_address("\"a b+c\""));
}

}  // namespace
}  // namespace gannet::directory
