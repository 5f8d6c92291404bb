#include "mime/summary.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "mime/envelope.h"
#include "mime/test_messages.h"

namespace gannet::mime {
namespace {

struct Summarised {
  std::string text, record;
  MessageSummary summary;
  std::vector<PartSummary> parts;
};

Summarised summarise(const std::string& name) {
  Summarised out{.text = test_message(name), .record = {}, .summary = {}, .parts = {}};
  out.record = encode_summary(parse(out.text));
  const auto summary = decode_summary(out.record);
  EXPECT_TRUE(summary);
  if (summary) out.summary = *summary;
  out.parts = out.summary.parts();
  return out;
}

std::string show(const AddressList& list) {
  std::string out;
  for (const auto& address : list) {
    if (!out.empty()) out += ", ";
    if (address.kind == AddressKind::kGroupStart) out += std::string(address.name) + ":";
    if (address.kind == AddressKind::kGroupEnd) out += ";";
    if (address.kind == AddressKind::kMailbox)
      out += std::string(address.name) + "<" + std::string(address.mailbox) + "@" +
             std::string(address.host) + ">";
  }
  return out;
}
std::string show(const ParameterList& list) {
  std::string out;
  for (const auto& parameter : list)
    out += std::string(parameter.name) + "=" + std::string(parameter.value) + ";";
  return out;
}
std::vector<std::string> show(const StringList& list) {
  std::vector<std::string> out;
  for (auto text : list) out.emplace_back(text);
  return out;
}

TEST(Summary, Envelope) {
  const auto s = summarise("single.eml");
  const auto& envelope = s.summary.envelope;
  EXPECT_EQ(envelope.subject, "Re: [garden] Tomatoes (fwd)");
  EXPECT_EQ(envelope.date, "Tue, 6 Feb 2024 07:00:00 -0500");
  EXPECT_EQ(show(envelope.from), "Ann<ann@example.test>");
  EXPECT_EQ(show(envelope.sender), "<assistant@example.test>");
  EXPECT_EQ(show(envelope.reply_to), "<replies@example.test>");
  EXPECT_EQ(show(envelope.to), "friends:, <bob@example.test>, C, D<cd@example.test>, ;");
  EXPECT_EQ(show(envelope.cc), "<dan@example.test>");
  EXPECT_EQ(show(envelope.bcc), "<eve@example.test>");
  EXPECT_EQ(envelope.in_reply_to, "<old@example.test>");
  EXPECT_EQ(envelope.message_id, "<new@example.test>");
}

TEST(Summary, WhatThreadsAndListings) {
  const auto s = summarise("single.eml");
  EXPECT_EQ(s.summary.size, s.text.size());
  EXPECT_EQ(s.summary.base_subject, "Tomatoes");
  EXPECT_TRUE(s.summary.is_reply);
  EXPECT_EQ(s.summary.message_id, "new@example.test");
  EXPECT_EQ(show(s.summary.references), (std::vector<std::string>{"root@example.test", "old@example.test"}));
  ASSERT_TRUE(s.summary.date);
  EXPECT_EQ(s.summary.date->unix_seconds, 1707220800);
  EXPECT_EQ(s.summary.date->offset_minutes, -300);
  EXPECT_EQ(s.summary.preview, "They are red now.");
  EXPECT_FALSE(s.summary.has_attachment);
}

TEST(Summary, ReferencesFallBackToInReplyTo) {  // RFC 5256 3
  const std::string text = "In-Reply-To: <a@b> <c@d>\r\nMessage-ID: odd@x\r\n\r\n";
  const std::string record = encode_summary(parse(text));
  const auto summary = decode_summary(record);
  ASSERT_TRUE(summary);
  EXPECT_EQ(show(summary->references), (std::vector<std::string>{"a@b"}));
  EXPECT_EQ(summary->message_id, "odd@x");
  EXPECT_FALSE(summary->date);
}

TEST(Summary, PartTree) {
  const auto s = summarise("nested.eml");
  ASSERT_EQ(s.parts.size(), 10u);
  EXPECT_TRUE(s.summary.has_attachment);
  EXPECT_EQ(s.summary.preview, "Grüße from the zoo.");
  const auto& picture = s.parts[7];
  EXPECT_EQ(picture.type, "image");
  EXPECT_EQ(picture.subtype, "png");
  EXPECT_EQ(show(picture.parameters), "name=cage.png;");
  EXPECT_EQ(picture.encoding_text, "base64");
  EXPECT_EQ(picture.id, "<cage@south.test>");
  EXPECT_EQ(picture.md5, "Q2hlY2sgSW50ZWdyaXR5IQ==");
  EXPECT_EQ(show(picture.language), (std::vector<std::string>{"en", "de"}));
  EXPECT_EQ(picture.location, "http://south.test/cage.png");
  const auto& inner = s.parts[4];
  EXPECT_EQ(inner.description, "what we talked about");
  EXPECT_EQ(inner.disposition, "attachment");
  EXPECT_EQ(show(inner.disposition_parameters), "filename=old.eml;");
  EXPECT_EQ(inner.envelope.subject, "=?utf-8?q?K=C3=A4fig?=");
  EXPECT_EQ(show(inner.envelope.to), "Carla Nord<carla@north.test>, Team, South<team@south.test>");
  EXPECT_EQ(show(s.parts[6].parameters), "charset=us-ascii;");
}

// What BODY[path.kind] would send; "none" if there is no such section.
std::string section(const Summarised& s, std::vector<std::uint32_t> path, SectionKind kind) {
  const auto found = find_section(s.summary, path, kind);
  return found ? std::string(found->range.in(s.text)) : "none";
}

TEST(Sections, OfNestedMessages) {  // RFC 9051 6.4.5.1
  const auto s = summarise("nested.eml");
  using enum SectionKind;
  EXPECT_EQ(section(s, {}, kAll), s.text);
  EXPECT_TRUE(section(s, {}, kHeader).ends_with("boundary=\"outer\"\r\n\r\n"));
  EXPECT_TRUE(section(s, {}, kText).starts_with("This preamble"));
  EXPECT_EQ(section(s, {1, 1}, kAll), "Gr=C3=BC=C3=9Fe from the zoo.\r\n");
  EXPECT_EQ(find_section(s.summary, std::vector<std::uint32_t>{1, 1}, kAll)->encoding,
            Encoding::kQuotedPrintable);
  EXPECT_EQ(section(s, {1, 2}, kMime), "Content-Type: text/html; charset=utf-8\r\n\r\n");
  EXPECT_TRUE(section(s, {2}, kAll).starts_with("From: Otto"));
  EXPECT_TRUE(section(s, {2}, kAll).ends_with("--in--"));
  EXPECT_TRUE(section(s, {2}, kHeader).starts_with("From: Otto"));
  EXPECT_TRUE(section(s, {2}, kHeader).ends_with("boundary=in\r\n\r\n"));
  EXPECT_TRUE(section(s, {2}, kText).starts_with("--in\r\n"));
  EXPECT_TRUE(section(s, {2}, kMime).starts_with("Content-Type: message/rfc822\r\nContent-Description"));
  EXPECT_EQ(section(s, {2, 1}, kAll), "The cage is open.");
  EXPECT_EQ(section(s, {2, 2}, kAll), "iVBORw0KGgo=");
  EXPECT_EQ(section(s, {3, 1}, kAll), "Just text.");
  EXPECT_EQ(section(s, {3, 1}, kMime), "From: a@b.test\r\nSubject: plain inside\r\n\r\n");
  EXPECT_EQ(section(s, {3}, kText), "Just text.");
}

TEST(Sections, ThatDoNotExist) {
  const auto s = summarise("nested.eml");
  using enum SectionKind;
  EXPECT_EQ(section(s, {4}, kAll), "none");
  EXPECT_EQ(section(s, {0}, kAll), "none");
  EXPECT_EQ(section(s, {1, 1, 1}, kAll), "none");
  EXPECT_EQ(section(s, {3, 2}, kAll), "none");
  EXPECT_EQ(section(s, {3, 1, 1}, kAll), "none");
  EXPECT_EQ(section(s, {1}, kHeader), "none");
  EXPECT_EQ(section(s, {1, 1}, kText), "none");
  EXPECT_EQ(section(s, {}, kMime), "none");
}

TEST(Sections, OfAPlainMessage) {
  const auto s = summarise("single.eml");
  using enum SectionKind;
  EXPECT_EQ(section(s, {1}, kAll), "> They are green.\r\n\r\nThey are red now.\r\n");
  EXPECT_EQ(section(s, {1}, kAll), section(s, {}, kText));
  EXPECT_EQ(section(s, {1}, kMime), section(s, {}, kHeader));
  EXPECT_EQ(section(s, {2}, kAll), "none");
  EXPECT_EQ(section(s, {1, 1}, kAll), "none");
}

TEST(Sections, OfAMessageThatIsAMessage) {
  const std::string text = "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nbody";
  const std::string record = encode_summary(parse(text));
  const auto summary = *decode_summary(record);
  const std::uint32_t one[] = {1}, one_one[] = {1, 1};
  EXPECT_EQ(find_section(summary, one, SectionKind::kHeader)->range.in(text), "Subject: in\r\n\r\n");
  EXPECT_EQ(find_section(summary, one_one, SectionKind::kAll)->range.in(text), "body");
  EXPECT_EQ(find_section(summary, {}, SectionKind::kText)->range.in(text), "Subject: in\r\n\r\nbody");
}

TEST(Summary, RecordsThatAreNotOurs) {
  EXPECT_FALSE(decode_summary(""));
  EXPECT_FALSE(decode_summary("\x7f whatever"));
  const auto s = summarise("nested.eml");
  for (std::size_t size = 0; size < s.record.size(); ++size) {
    const std::string cut = s.record.substr(0, size);
    if (const auto summary = decode_summary(cut)) EXPECT_LT(summary->parts().size(), s.parts.size());
  }
}

TEST(Summary, DamagedRecordsAreReadInsideTheirOctets) {
  const auto s = summarise("nested.eml");
  SeededRandom random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string record = s.record;
    for (int i = 0; i < 3; ++i) record[random.below(record.size())] = static_cast<char>(random.below(256));
    const auto summary = decode_summary(record);
    if (!summary) continue;
    show(summary->envelope.to);
    show(summary->references);
    for (const auto& part : summary->parts()) {
      show(part.parameters);
      show(part.envelope.from);
      ASSERT_LE(part.body.end, summary->size);
    }
    const std::uint32_t path[] = {2, 1};
    find_section(*summary, path, SectionKind::kAll);
  }
}

TEST(Summary, IsCutToItsLimitButKeepsTheTree) {
  std::string text = "Subject: " + std::string(200'000, 's') + "\r\nTo: everyone: ";
  for (int i = 0; i < 4000; ++i)
    text += "somebody number " + std::to_string(i) + " <n" + std::to_string(i) + "@x.test>, ";
  text += ";\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 1500; ++i)
    text += "--b\r\nContent-Type: image/x-" + std::string(300, 'y') + "\r\nContent-ID: <" +
            std::string(500, 'i') + ">\r\n\r\nx\r\n";
  const auto message = parse(text);
  const std::string record = encode_summary(message);
  EXPECT_LE(record.size(), SummaryOptions().max_size);
  const auto summary = decode_summary(record);
  ASSERT_TRUE(summary);
  EXPECT_TRUE(summary->flags & kLimitReached);
  EXPECT_TRUE(summary->envelope.subject.starts_with("sss"));
  EXPECT_TRUE(show(summary->envelope.to).starts_with("everyone:, somebody number 0<n0@x.test>"));
  EXPECT_TRUE(show(summary->envelope.to).ends_with(";"));
  const auto parts = summary->parts();
  ASSERT_EQ(parts.size(), message.parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) EXPECT_EQ(parts[i].body, message.parts[i].body);
}

TEST(Summary, ThousandsOfRecipientsFitWithoutTheirTail) {
  std::string text = "To: ";
  for (int i = 0; i < 4000; ++i) text += "n" + std::to_string(i) + "@some-domain.example.test,\r\n ";
  text += "\r\n\r\nbody";
  const std::string record = encode_summary(parse(text));
  EXPECT_LE(record.size(), SummaryOptions().max_size);
  EXPECT_EQ(decode_summary(record)->preview, "body");
}

TEST(Summary, CountsAPrefixOfHeaderLines) {
  const std::string body = test_message("nested.eml"), trace = "Return-Path: <a@b>\r\nReceived: by x\r\n";
  const std::string record =
      encode_summary(parse(body), {.prefix = static_cast<std::uint32_t>(trace.size())});
  const std::string whole = encode_summary(parse(trace + body));
  const auto summary = decode_summary(record), expected = decode_summary(whole);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->size, expected->size);
  const auto parts = summary->parts(), expected_parts = expected->parts();
  ASSERT_EQ(parts.size(), expected_parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ(parts[i].header, expected_parts[i].header);
    EXPECT_EQ(parts[i].body, expected_parts[i].body);
  }
}

TEST(Summary, StaysSmall) {
  const auto s = summarise("single.eml");
  EXPECT_LT(s.record.size(), s.text.size());
}

}  // namespace
}  // namespace gannet::mime
