#include "smtp/command.h"

#include <gtest/gtest.h>

#include "smtp/xtext.h"

namespace gannet::smtp {
namespace {

int mail_code(std::string_view arguments, const Parameters& allowed = {}) {
  auto parsed = parse_mail(arguments, allowed);
  return parsed ? 250 : parsed.error().code;
}
int rcpt_code(std::string_view arguments, const Parameters& allowed = {}) {
  auto parsed = parse_rcpt(arguments, allowed);
  return parsed ? 250 : parsed.error().code;
}

TEST(Command, IsKnownInAnyCase) {
  const CommandLine command = split_command("  mAiL  FROM:<a@b.c>  ");
  EXPECT_EQ(command.verb, Verb::kMail);
  EXPECT_EQ(command.word, "mAiL");
  EXPECT_EQ(command.arguments, "FROM:<a@b.c>");
  EXPECT_EQ(split_command("QUIT").verb, Verb::kQuit);
  EXPECT_EQ(split_command("MAILFROM").verb, Verb::kUnknown);
  EXPECT_EQ(split_command("").verb, Verb::kUnknown);
}

TEST(Mail, ReadsEveryParameter) {
  auto mail = parse_mail(
      "FROM:<a@b.c> SIZE=123 BODY=8bitmime SMTPUTF8 RET=HDRS ENVID=QQ+2B3 AUTH=e+3Dmc2@example.com", {});
  ASSERT_TRUE(mail);
  EXPECT_EQ(mail->from.address(), "a@b.c");
  EXPECT_EQ(mail->size, 123U);
  EXPECT_EQ(mail->body, Body::k8BitMime);
  EXPECT_TRUE(mail->utf8);
  EXPECT_EQ(mail->ret, Ret::kHeaders);
  EXPECT_EQ(mail->envelope_id, "QQ+3");
  EXPECT_EQ(mail->auth, "e=mc2@example.com");
}

TEST(Mail, TakesTheBlankThatManyClientsSend) {
  EXPECT_EQ(mail_code("from: <a@b.c>"), 250);
  EXPECT_EQ(mail_code("FROM:<>"), 250);
}

TEST(Mail, RefusesMalformedParameters) {
  for (const char* bad :
       {"FROM:<a@b.c> SIZE", "FROM:<a@b.c> SIZE=", "FROM:<a@b.c> SIZE=1x", "FROM:<a@b.c> SIZE=-1",
        "FROM:<a@b.c> SIZE=99999999999999999999999", "FROM:<a@b.c> SIZE=1 SIZE=2", "FROM:<a@b.c> BODY=9BIT",
        "FROM:<a@b.c> RET=SOME", "FROM:<a@b.c> ENVID=", "FROM:<a@b.c> ENVID=+4", "FROM:<a@b.c> SMTPUTF8=yes",
        "FROM:<a@b.c>SIZE=1", "FROM <a@b.c>", "<a@b.c>", "TO:<a@b.c>", "FROM:", ""})
    EXPECT_EQ(mail_code(bad), 501) << bad;
  EXPECT_EQ(mail_code("FROM:<a@b.c> COLOUR=red"), 555);
}

TEST(Mail, RefusesParametersThatWereNotOffered) {
  Parameters allowed;
  allowed.dsn = false;
  allowed.binary = false;
  EXPECT_EQ(mail_code("FROM:<a@b.c> RET=FULL", allowed), 555);
  EXPECT_EQ(mail_code("FROM:<a@b.c> BODY=BINARYMIME", allowed), 555);
  EXPECT_EQ(rcpt_code("TO:<a@b.c> NOTIFY=NEVER", allowed), 555);
}

TEST(Mail, WantsSmtpUtf8BeyondAscii) {
  EXPECT_EQ(mail_code("FROM:<jos\xc3\xa9@b.c>"), 553);
  EXPECT_EQ(mail_code("FROM:<jos\xc3\xa9@b.c> SMTPUTF8"), 250);
}

TEST(Rcpt, ReadsItsParameters) {
  auto rcpt = parse_rcpt("TO:<a@b.c> NOTIFY=success,FAILURE,DELAY ORCPT=rfc822;Bob+20B@example.com", {});
  ASSERT_TRUE(rcpt);
  EXPECT_EQ(rcpt->notify, kNotifySuccess | kNotifyFailure | kNotifyDelay);
  EXPECT_EQ(rcpt->original_recipient_type, "rfc822");
  EXPECT_EQ(rcpt->original_recipient, "Bob B@example.com");
}

TEST(Rcpt, RefusesMalformedParameters) {
  for (const char* bad :
       {"TO:<a@b.c> NOTIFY=", "TO:<a@b.c> NOTIFY=NEVER,SUCCESS", "TO:<a@b.c> NOTIFY=ALWAYS",
        "TO:<a@b.c> NOTIFY=SUCCESS,", "TO:<a@b.c> ORCPT=foo", "TO:<a@b.c> ORCPT=rfc822;", "TO:<>", "TO:"})
    EXPECT_EQ(rcpt_code(bad), 501) << bad;
  EXPECT_EQ(rcpt_code("TO:<a@b.c> SIZE=1"), 555);
}

TEST(Bdat, ReadsSizeAndLast) {
  auto bdat = parse_bdat("1000");
  ASSERT_TRUE(bdat);
  EXPECT_EQ(bdat->size, 1000U);
  EXPECT_FALSE(bdat->last);
  bdat = parse_bdat("0 last");
  ASSERT_TRUE(bdat);
  EXPECT_TRUE(bdat->last);
  for (const char* bad : {"", "x", "-1", "1 FIRST", "1 LAST x", "99999999999999999999999", "1x"})
    EXPECT_FALSE(parse_bdat(bad)) << bad;
}

TEST(Auth, ReadsMechanismAndInitialResponse) {
  auto auth = parse_auth("plain AGEAYg==");
  ASSERT_TRUE(auth);
  EXPECT_EQ(auth->mechanism, "PLAIN");
  EXPECT_EQ(auth->initial, "AGEAYg==");
  auth = parse_auth("LOGIN");
  ASSERT_TRUE(auth);
  EXPECT_FALSE(auth->initial);
  auth = parse_auth("PLAIN =");
  ASSERT_TRUE(auth);
  EXPECT_EQ(auth->initial, "");
  for (const char* bad : {"", "PLAIN a b", "PLA?N", "AVERYLONGMECHANISMNAME1"})
    EXPECT_FALSE(parse_auth(bad)) << bad;
}

TEST(Hello, TakesOneWord) {
  EXPECT_EQ(parse_hello("mail.example.org").value(), "mail.example.org");
  EXPECT_EQ(parse_hello("[IPv6:::1]").value(), "[IPv6:::1]");
  EXPECT_FALSE(parse_hello(""));
  EXPECT_FALSE(parse_hello("two words"));
  EXPECT_FALSE(
      parse_hello("a\x01"
                  "b"));
}

TEST(Xtext, ComesBack) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  EXPECT_EQ(decode_xtext(encode_xtext(all)), all);
  EXPECT_EQ(encode_xtext("a+b=c d"), "a+2Bb+3Dc+20d");
  for (const char* bad : {"+", "+4", "+4G", "a b", "a=b"}) EXPECT_EQ(decode_xtext(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace gannet::smtp
