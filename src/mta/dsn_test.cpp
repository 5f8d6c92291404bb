#include "mta/dsn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mime/header.h"
#include "mime/message.h"

namespace gannet::mta {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Dsn : public ::testing::Test {
 protected:
  Dsn() {
    entry_.sender = "alice@demo.test";
    entry_.envelope_id = "QQ 1";
    entry_.created = clock_.now();
    facts_.hostname = "mx.demo.test";
    facts_.from_name = "Mail Delivery Subsystem";
    facts_.from_address = "MAILER-DAEMON@demo.test";
    facts_.will_retry_until = clock_.now() + std::chrono::hours(24);
  }

  QueuedRecipient failed(const std::string& address) {
    QueuedRecipient out;
    out.state = RecipientState::kFailed;
    out.address = address;
    out.last = {550, {5, 1, 1}, "Nobody\r\nInjected: line"};
    out.last_attempt = clock_.now();
    return out;
  }

  // The parts of the report below its root, as they stand.
  std::vector<std::string> parts(const std::vector<QueuedRecipient>& recipients) {
    text_ = write_dsn(entry_, recipients, "Subject: lunch\r\nTo: you\r\n\r\nsecret body\r\n", facts_, clock_,
                      random_);
    const mime::ParsedMessage parsed = mime::parse(text_);
    std::vector<std::string> out;
    for (std::size_t i = 1; i < parsed.parts.size(); ++i) out.emplace_back(parsed.body_of(parsed.parts[i]));
    for (const mime::Part& part : parsed.parts)
      types_.push_back(std::string(part.type) + "/" + std::string(part.subtype));
    return out;
  }

  ManualClock clock_;
  SeededRandom random_{1};
  Entry entry_;
  DsnFacts facts_;
  std::string text_;
  std::vector<std::string> types_;
};

TEST_F(Dsn, IsAReportOfThreeParts) {
  const auto found = parts({failed("bob@demo.test")});
  ASSERT_GE(found.size(), 3U);
  EXPECT_EQ(types_[0], "multipart/report");
  EXPECT_EQ(types_[1], "text/plain");
  EXPECT_EQ(types_[2], "message/delivery-status");
  EXPECT_EQ(types_[3], "text/rfc822-headers");
  EXPECT_THAT(text_, HasSubstr("report-type=delivery-status"));
  EXPECT_THAT(text_, HasSubstr("Auto-Submitted: auto-replied\r\n"));
  EXPECT_THAT(found[0], HasSubstr("<bob@demo.test>"));
  EXPECT_THAT(found[1], HasSubstr("Reporting-MTA: dns; mx.demo.test\r\n"));
  EXPECT_THAT(found[1], HasSubstr("Original-Envelope-Id: QQ+201\r\n"));
  EXPECT_THAT(
      found[1],
      HasSubstr("\r\n\r\nFinal-Recipient: rfc822; bob@demo.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"));
  EXPECT_THAT(found[2], HasSubstr("Subject: lunch\r\n"));
  EXPECT_THAT(text_, Not(HasSubstr("secret body")));
}

TEST_F(Dsn, LetsNoReplyForgeAField) {
  const auto found = parts({failed("bob@demo.test")});
  EXPECT_THAT(found[1], Not(HasSubstr("\nInjected:")));
}

TEST_F(Dsn, ReturnsTheWholeMessageWhereTheSenderAsksForIt) {
  entry_.ret = smtp::Ret::kFull;
  parts({failed("bob@demo.test")});
  EXPECT_EQ(types_[3], "message/rfc822");
  EXPECT_THAT(text_, HasSubstr("secret body"));
}

TEST_F(Dsn, TellsOfSuccessAndOfDelay) {
  QueuedRecipient recipient = failed("bob@demo.test");
  recipient.state = RecipientState::kDelivered;
  recipient.last = {250, {2, 1, 5}, "Delivered"};
  recipient.original_type = "rfc822";
  recipient.original_recipient = "robert@demo.test";
  auto found = parts({recipient});
  EXPECT_THAT(found[1], HasSubstr("Original-Recipient: rfc822; robert@demo.test\r\n"));
  EXPECT_THAT(found[1], HasSubstr("Action: delivered\r\nStatus: 2.1.5\r\n"));

  recipient.state = RecipientState::kWaiting;
  recipient.last = {452, {4, 2, 2}, "Full"};
  facts_.delayed = true;
  found = parts({recipient});
  EXPECT_THAT(found[1], HasSubstr("Action: delayed\r\nStatus: 4.2.2\r\n"));
  EXPECT_THAT(found[1], HasSubstr("Will-Retry-Until: "));
}

TEST_F(Dsn, IsInternationalWhereAnAddressIs) {
  const auto found = parts({failed("j\xc3\xb6rg@demo.test")});
  EXPECT_EQ(types_[2], "message/global-delivery-status");
  EXPECT_THAT(found[1], HasSubstr("Final-Recipient: utf-8; j\xc3\xb6rg@demo.test\r\n"));
}

}  // namespace
}  // namespace gannet::mta
