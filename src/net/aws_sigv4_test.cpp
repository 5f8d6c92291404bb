// The examples of Amazon's own documentation of S3 (examplebucket, 24 May 2013), and what they leave out.
#include "net/aws_sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

const AwsCredentials kCredentials{.access_key = "AKIAIOSFODNN7EXAMPLE",
                                  .secret_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                                  .session_token = {},
                                  .region = "us-east-1"};
const WallTime kNow = from_unix_ms(1'369'353'600'000);  // 20130524T000000Z

std::string field(const HttpRequest& request, const std::string& name) {
  for (const auto& header : request.headers)
    if (header.name == name) return header.value;
  return "";
}
std::string signature(HttpRequest request, const AwsCredentials& credentials = kCredentials) {
  EXPECT_TRUE(sign_aws_v4(request, credentials, kNow));
  const std::string value = field(request, "Authorization");
  return value.substr(value.rfind('=') + 1);
}

TEST(AwsSigV4, SignsAsDocumented) {
  HttpRequest get{.url = "https://examplebucket.s3.amazonaws.com/test.txt",
                  .headers = {{"Range", "bytes=0-9"}}};
  ASSERT_TRUE(sign_aws_v4(get, kCredentials, kNow));
  EXPECT_EQ(field(get, "X-Amz-Date"), "20130524T000000Z");
  EXPECT_EQ(field(get, "X-Amz-Content-Sha256"),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(field(get, "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(signature({.url = "https://examplebucket.s3.amazonaws.com/?lifecycle"}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signature({.url = "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(AwsSigV4, OneSpellingOfPathAndQuery) {
  const std::string base = "http://store.example.org:9000/bucket/";
  EXPECT_EQ(signature({.url = base + "?b=2&a=1&list-type=2"}),
            signature({.url = base + "?list-type=2&a=1&b=2"}));
  EXPECT_EQ(signature({.url = base + "?p=a/b+c"}), signature({.url = base + "?p=a%2Fb%2Bc"}));
  EXPECT_EQ(signature({.url = base + "?lifecycle"}), signature({.url = base + "?lifecycle="}));
  EXPECT_EQ(signature({.url = base + "a b(c)"}), signature({.url = base + "a%20b%28c%29"}));
  EXPECT_EQ(signature({.url = "http://store.example.org"}),
            signature({.url = "http://STORE.example.org:80/"}));
  EXPECT_NE(signature({.url = base + "x"}), signature({.url = base + "y"}));
  EXPECT_NE(signature({.url = base + "x"}), signature({.url = base + "x", .body = "content"}));
  EXPECT_NE(signature({.url = base + "x"}),
            signature({.url = base + "x", .headers = {{"x-amz-acl", "private"}}}));
  EXPECT_EQ(aws_uri_encode("a/b ~\xc3\xa4"), "a%2Fb%20~%C3%A4");
  EXPECT_EQ(aws_uri_encode("a/b+c", true), "a/b%2Bc");
}

TEST(AwsSigV4, SignsTheSessionTokenAndSignsAgain) {
  AwsCredentials temporary = kCredentials;
  temporary.session_token = Secret("token");
  HttpRequest request{.url = "https://examplebucket.s3.amazonaws.com/test.txt"};
  ASSERT_TRUE(sign_aws_v4(request, temporary, kNow));
  EXPECT_EQ(field(request, "X-Amz-Security-Token"), "token");
  EXPECT_THAT(field(request, "Authorization"), HasSubstr(";x-amz-security-token,"));
  const auto count = request.headers.size();
  ASSERT_TRUE(sign_aws_v4(request, temporary, kNow + std::chrono::seconds(61)));
  EXPECT_EQ(request.headers.size(), count) << "a request that is tried again carries one signature";
  EXPECT_EQ(field(request, "X-Amz-Date"), "20130524T000101Z");
  HttpRequest wrong{.url = "examplebucket/test.txt"};
  EXPECT_FALSE(sign_aws_v4(wrong, temporary, kNow));
}

}  // namespace
}  // namespace gannet::net
