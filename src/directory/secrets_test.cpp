#include "directory/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "directory/password.h"

namespace gannet::directory {
namespace {

using testing::ElementsAre;

// RFC 7677 3.
constexpr char kSalt[] = "W22ZaJ0SNY7soEsUEjb6gQ==";

TEST(Scram, BothStoredFormsAndThePasswordCheck) {
  const auto verifier = *derive_scram("pencil", *base64_decode(kSalt), 4096);
  const std::string stored = format_scram(verifier);
  EXPECT_TRUE(stored.starts_with("{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,"));
  const std::string rfc5803 = "SCRAM-SHA-256$4096:" + std::string(kSalt) + "$" +
                              base64_encode(verifier.keys.stored_key) + ":" +
                              base64_encode(verifier.keys.server_key);
  for (const auto& text : {stored, rfc5803}) {
    ASSERT_TRUE(parse_scram(text)) << text;
    EXPECT_EQ(parse_scram(text)->keys, verifier.keys);
    EXPECT_TRUE(*verify_password(text, "pencil"));
    EXPECT_FALSE(*verify_password(text, "pencils"));
    EXPECT_TRUE(is_password_hash(text));
    EXPECT_TRUE(is_costly(text));
  }
  EXPECT_FALSE(parse_scram("{SCRAM-SHA-256}4095,AAAA,AAAA,AAAA"));
  EXPECT_FALSE(parse_scram("pencil"));
}

TEST(Scram, PasswordsArePreparedBySaslprep) {
  // U+00AD goes, U+2168 becomes IX (RFC 4013 3).
  const auto verifier = *derive_scram("I\u00adX", "0123456789abcdef", 4096);
  EXPECT_TRUE(matches_scram(verifier, "IX"));
  EXPECT_TRUE(matches_scram(verifier, "\u2168"));
  EXPECT_FALSE(derive_scram("a\ab", "0123456789abcdef", 4096));
}

TEST(AppPassword, ThereAndBack) {
  AppPassword app{
      .name = "Alice's phone", .protocols = {"imap", "smtp"}, .created = from_unix_ms(1'700'000'000'000)};
  app.hash = "{SSHA256}abcd";
  app.scram = derive_scram("pencil", "0123456789abcdef", 4096);
  const auto text = format_app_password(app);
  const auto back = *parse_app_password(text);
  EXPECT_EQ(back.name, app.name);
  EXPECT_EQ(back.protocols, app.protocols);
  EXPECT_EQ(back.created, app.created);
  EXPECT_EQ(back.hash, app.hash);
  ASSERT_TRUE(back.scram);
  EXPECT_EQ(back.scram->keys, app.scram->keys);
  EXPECT_TRUE(back.allows("imap"));
  EXPECT_TRUE(back.allows("lmtp"));
  EXPECT_FALSE(back.allows("http"));
}

TEST(AppPassword, OfOtherServers) {
  const auto app = *parse_app_password("$app$laptop$$6$salt$hash");
  EXPECT_EQ(app.name, "laptop");
  EXPECT_EQ(app.hash, "$6$salt$hash");
  EXPECT_TRUE(app.allows("imap"));
}

TEST(Secrets, AreSorted) {
  const auto verifier = format_scram(*derive_scram("pencil", "0123456789abcdef", 4096));
  const auto sorted =
      sort_secrets(std::vector<std::string>{"$6$salt$hash", verifier, "$app$laptop$secret",
                                            "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"});
  EXPECT_THAT(sorted.passwords, ElementsAre("$6$salt$hash"));
  EXPECT_TRUE(sorted.scram);
  EXPECT_EQ(sorted.apps.size(), 1U);
  EXPECT_TRUE(sorted.totp);
  // Alone, it is what a password is checked with.
  EXPECT_THAT(sort_secrets(std::vector<std::string>{verifier}).passwords, ElementsAre(verifier));
  // A second factor that cannot be read does not go away.
  EXPECT_TRUE(sort_secrets(std::vector<std::string>{"otpauth://totp/x?secret=1"}).broken_totp);
}

// RFC 6238 appendix B.
TEST(Totp, Vectors) {
  struct Vector {
    std::int64_t seconds;
    const char *sha1, *sha256, *sha512;
  };
  constexpr Vector kVectors[] = {
      {59, "94287082", "46119246", "90693936"},         {1111111109, "07081804", "68084774", "25091201"},
      {1111111111, "14050471", "67062674", "99943326"}, {1234567890, "89005924", "91819424", "93441116"},
      {2000000000, "69279037", "90698825", "38618901"}, {20000000000, "65353130", "77737706", "47863826"}};
  const std::string digits = "1234567890";
  for (const auto& vector : kVectors) {
    Totp totp{.secret = digits + digits, .digits = 8};
    const auto step = totp_step(totp, from_unix_ms(vector.seconds * 1000));
    EXPECT_EQ(totp_code(totp, step), vector.sha1);
    totp.hash = Totp::Hash::kSha256;
    totp.secret = digits + digits + digits + "12";
    EXPECT_EQ(totp_code(totp, step), vector.sha256);
    totp.hash = Totp::Hash::kSha512;
    totp.secret = digits + digits + digits + digits + digits + digits + "1234";
    EXPECT_EQ(totp_code(totp, step), vector.sha512);
  }
}

TEST(Totp, OneStepEitherWay) {
  const Totp totp{.secret = "12345678901234567890"};
  const auto now = from_unix_ms(1'700'000'000'000);
  const auto step = totp_step(totp, now);
  for (int offset = -2; offset <= 2; ++offset) {
    const auto found = match_totp(totp, totp_code(totp, step + static_cast<std::uint64_t>(offset)), now);
    EXPECT_EQ(found.has_value(), offset >= -1 && offset <= 1) << offset;
    if (found) EXPECT_EQ(*found, step + static_cast<std::uint64_t>(offset));
  }
  EXPECT_FALSE(match_totp(totp, "", now));
}

TEST(Totp, UrisThereAndBack) {
  const Totp totp{.secret = "12345678901234567890",
                  .hash = Totp::Hash::kSha256,
                  .digits = 7,
                  .period = std::chrono::seconds(60)};
  const auto uri = otpauth_uri(totp, "mx.example.org", "alice:smith@example.org");
  EXPECT_EQ(uri,
            "otpauth://totp/"
            "mx.example.org:alice%3Asmith@example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer="
            "mx.example.org&algorithm=SHA256&digits=7&period=60");
  const auto back = *parse_otpauth(uri);
  EXPECT_EQ(back.secret, totp.secret);
  EXPECT_EQ(back.hash, totp.hash);
  EXPECT_EQ(back.digits, 7U);
  EXPECT_EQ(back.period, totp.period);
  EXPECT_FALSE(parse_otpauth("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
  EXPECT_FALSE(parse_otpauth("otpauth://totp/x?secret=GEZDGNBV"));
  EXPECT_FALSE(parse_otpauth("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=5"));
}

TEST(Totp, TheCodeBehindThePassword) {
  EXPECT_EQ(split_code("secret$123456", 6).password, "secret");
  EXPECT_EQ(split_code("secret$123456", 6).code, "123456");
  EXPECT_EQ(split_code("se$cret$123456", 6).password, "se$cret");
  for (const auto* none : {"secret", "secret$12345", "secret$12345x", "secret123456", "$12345", ""})
    EXPECT_EQ(split_code(none, 6).code, "") << none;
}

}  // namespace
}  // namespace gannet::directory
