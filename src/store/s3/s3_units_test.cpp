#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/s3/credentials.h"
#include "store/s3/xml.h"

namespace gannet::store::s3 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(S3Xml, FindsElements) {
  const std::string text =
      "<?xml version=\"1.0\"?><List xmlns=\"u\"><KeyCount>2</KeyCount><Key>a&amp;&#98;&#x263A;</Key><Key "
      "x=\"1\">&lt;c&gt;&unknown;</Key><Key>cut";
  EXPECT_THAT(elements(text, "Key"), ElementsAre("a&amp;&#98;&#x263A;", "&lt;c&gt;&unknown;"));
  EXPECT_EQ(element_text(text, "Key"), "a&b\xe2\x98\xba");
  EXPECT_EQ(element_text(elements(text, "Key")[1], "none"), "");
  EXPECT_EQ(element_text("<Key>&lt;c&gt;&unknown; & &", "Key"), "");
  EXPECT_EQ(element_text("<Key>&lt;c&gt;&unknown; & &</Key>", "Key"), "<c>&unknown; & &");
  EXPECT_THAT(elements("<Key", "Key"), ElementsAre());
  EXPECT_THAT(elements("", "Key"), ElementsAre());
}

TEST(S3Credentials, AProfileOfTheSharedFile) {
  const std::string file =
      "# keys\n[default]\naws_access_key_id = one\naws_secret_access_key=first\n\n[ mail ]\r\n"
      "aws_access_key_id=two\r\naws_secret_access_key = a=b/c+d\r\naws_session_token = t\r\nregion = "
      "x\n[half]\n"
      "aws_access_key_id = three";
  const auto mail = profile_of(file, "mail");
  ASSERT_TRUE(mail) << mail.error().describe();
  EXPECT_EQ(mail->access_key, "two");
  EXPECT_EQ(mail->secret_key.reveal(), "a=b/c+d");
  EXPECT_EQ(mail->session_token.reveal(), "t");
  EXPECT_EQ(profile_of(file, "default")->secret_key.reveal(), "first");
  EXPECT_TRUE(profile_of(file, "default")->session_token.empty());
  EXPECT_THAT(profile_of(file, "half").error().text(), HasSubstr("aws_secret_access_key"));
  EXPECT_THAT(profile_of(file, "nobody").error().text(), HasSubstr("[nobody]"));
}

}  // namespace
}  // namespace gannet::store::s3
