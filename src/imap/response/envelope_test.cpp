#include "imap/response/envelope.h"

#include <gmock/gmock.h>

namespace gannet::imap {
namespace {

std::string record_of(std::string_view message) {
  return mime::encode_summary(mime::parse(message));
}

std::string envelope_of(std::string_view message) {
  const auto record = record_of(message);
  std::string out;
  append_envelope(out, mime::decode_summary(record)->envelope);
  return out;
}

std::string structure_of(std::string_view message, bool extended) {
  const auto record = record_of(message);
  std::string out;
  append_body_structure(out, mime::decode_summary(record)->parts(), extended);
  return out;
}

TEST(Envelope, HasEveryFieldInItsPlace) {
  EXPECT_EQ(envelope_of("Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
                        "From: Terry Gray <gray@cac.washington.edu>\r\n"
                        "Subject: IMAP4rev2 WG mtg \"summary\"\r\n"
                        "To: imap@cac.washington.edu\r\n"
                        "Cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
                        "Message-Id: <B27397-0100000@cac.washington.edu>\r\n\r\nhi\r\n"),
            "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev2 WG mtg \\\"summary\\\"\" "
            "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
            "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
            "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
            "((NIL NIL \"imap\" \"cac.washington.edu\")) "
            "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) "
            "NIL NIL \"<B27397-0100000@cac.washington.edu>\")");
}

TEST(Envelope, GroupsHaveTheirMarks) {
  EXPECT_EQ(envelope_of("To: friends: a@b.c;\r\n\r\n"),
            "(NIL NIL NIL NIL NIL ((NIL NIL \"friends\" NIL)(NIL NIL \"a\" \"b.c\")(NIL NIL NIL NIL)) NIL "
            "NIL NIL NIL)");
}

TEST(BodyStructure, OfAMultipart) {
  const std::string message =
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n"
      "--b\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment; filename=\"a.pdf\"\r\nContent-ID: <x@y>\r\nContent-Language: de, "
      "en\r\n\r\nAAAA\r\n"
      "--b--\r\n";
  EXPECT_EQ(structure_of(message, false),
            "((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 5 0)"
            "(\"application\" \"pdf\" (\"name\" \"a.pdf\") \"<x@y>\" NIL \"base64\" 4) \"mixed\")");
  EXPECT_EQ(structure_of(message, true),
            "((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 5 0 NIL NIL NIL NIL)"
            "(\"application\" \"pdf\" (\"name\" \"a.pdf\") \"<x@y>\" NIL \"base64\" 4 NIL "
            "(\"attachment\" (\"filename\" \"a.pdf\")) (\"de\" \"en\") NIL) "
            "\"mixed\" (\"boundary\" \"b\") NIL NIL NIL)");
}

TEST(BodyStructure, OfAnAttachedMessageHoldsItsEnvelope) {
  const std::string message = "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\none\r\ntwo\r\n";
  EXPECT_EQ(structure_of(message, false),
            "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 28 "
            "(NIL \"inner\" NIL NIL NIL NIL NIL NIL NIL NIL) "
            "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 10 2) 4)");
}

TEST(BodyStructure, OfNothingIsAnEmptyText) {
  std::string out;
  append_body_structure(out, {}, true);
  EXPECT_EQ(out, "(\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 0 0 NIL NIL NIL NIL)");
}

}  // namespace
}  // namespace gannet::imap
