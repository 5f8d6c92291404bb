#include "mime/address.h"

#include <gtest/gtest.h>

namespace gannet::mime {
namespace {

// "name<mailbox@host>" for each entry; groups as "name{ ... }".
std::string show(std::string_view raw) {
  std::string out;
  for (const auto& address : parse_addresses(raw)) {
    if (!out.empty()) out += ' ';
    switch (address.kind) {
      case AddressKind::kGroupStart:
        out += address.name + "{";
        break;
      case AddressKind::kGroupEnd:
        out += "}";
        break;
      case AddressKind::kMailbox:
        out += address.name + "<" + (address.route.empty() ? "" : address.route + ":") + address.mailbox +
               "@" + address.host + ">";
    }
  }
  return out;
}

TEST(Addresses, Plain) {
  EXPECT_EQ(show(" jdoe@example.org"), "<jdoe@example.org>");
  EXPECT_EQ(show("John Doe <jdoe@machine.example>"), "John Doe<jdoe@machine.example>");
  EXPECT_EQ(show("\"Giant; \\\"Big\\\" Box\" <sys@example.net>, a@b"),
            "Giant; \"Big\" Box<sys@example.net> <a@b>");
  EXPECT_EQ(show("Joe Q. Public <john.q.public@example.com>"), "Joe Q. Public<john.q.public@example.com>");
  EXPECT_EQ(show(""), "");
}

TEST(Addresses, Groups) {  // RFC 5322 A.1.3
  EXPECT_EQ(show("A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;"),
            "A Group{ Ed Jones<c@a.test> <joe@where.test> John<jdoe@one.test> }");
  EXPECT_EQ(show("Undisclosed recipients:;"), "Undisclosed recipients{ }");
  EXPECT_EQ(show("never: closed@a"), "never{ <closed@a> }");
  EXPECT_EQ(show("a: b@c; d@e"), "a{ <b@c> } <d@e>");
}

TEST(Addresses, CommentsAndObsoleteForms) {  // RFC 5322 A.5, A.6
  EXPECT_EQ(show("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>"), "Pete<pete@silly.test>");
  EXPECT_EQ(show("jdoe@test   . example"), "<jdoe@test.example>");
  EXPECT_EQ(show("Mary Smith <@node.test,@b.test:mary@example.net>, , jdoe@test"),
            "Mary Smith<@node.test,@b.test:mary@example.net> <jdoe@test>");
  EXPECT_EQ(show("pete@silly.test (Pete)"), "Pete<pete@silly.test>");
  EXPECT_EQ(show("\"joe smith\"@example.org"), "<joe smith@example.org>");
  EXPECT_EQ(show("joe@[192.0.2.1]"), "<joe@[192.0.2.1]>");
}

TEST(Addresses, WhatPeopleReallySend) {
  EXPECT_EQ(show("phil@example.com <phil@example.com>"), "phil@example.com<phil@example.com>");
  EXPECT_EQ(show("Joe joe@example.org"), "Joe<joe@example.org>");
  EXPECT_EQ(show("<a@b.com> =?utf-8?q?Doe?="), "=?utf-8?q?Doe?=<a@b.com>");
  EXPECT_EQ(show("=?utf-8?q?Doe,_John?= <a@b>, c@d"), "=?utf-8?q?Doe,_John?=<a@b> <c@d>");
  EXPECT_EQ(show("root"), "<root@>");
  EXPECT_EQ(show("\"unclosed <a@b>"), "\"unclosed<a@b>");
  EXPECT_EQ(show("John <j@x, mary@y"), "John<j@x> <mary@y>");
  EXPECT_EQ(show("<>"), "<@>");
  EXPECT_EQ(show(",;,"), "");
  EXPECT_EQ(show("J\xc3\xb6rg <j\xc3\xb6rg@\xc3\xa4.de>"), "Jörg<jörg@ä.de>");  // RFC 6532
}

TEST(Addresses, ShowsDecodedNames) {
  EXPECT_EQ(parse_addresses("=?ISO-8859-1?Q?Keld_J=F8rn?= Simonsen <k@d>")[0].display_name(),
            "Keld Jørn Simonsen");
}

TEST(Addresses, StopsAtTheLimit) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += "a@b,";
  EXPECT_EQ(parse_addresses(many, 10).size(), 10u);
}

TEST(Addresses, QuotesLocalPartsThatNeedIt) {
  EXPECT_EQ((Address{.mailbox = "a.b", .host = "c"}.address()), "a.b@c");
  EXPECT_EQ((Address{.mailbox = "a b", .host = "c"}.address()), "\"a b\"@c");
  EXPECT_EQ((Address{.mailbox = "a..b", .host = "c"}.address()), "\"a..b\"@c");
}

TEST(FormatAddress, CanBeReadBack) {
  const Address cases[] = {{.name = "Bob", .mailbox = "bob", .host = "x.test"},
                           {.name = "Bob, B. \"the\" \\", .mailbox = "bob", .host = "x.test"},
                           {.name = "", .mailbox = "b o b", .host = "x.test"}};
  for (const auto& address : cases) {
    const auto read = parse_addresses(format_address(address));
    ASSERT_EQ(read.size(), 1u) << format_address(address);
    EXPECT_EQ(read[0], address) << format_address(address);
  }
  const Address jorg{.name = "Jörg, der Größte", .mailbox = "j", .host = "x"};
  EXPECT_EQ(parse_addresses(format_address(jorg)).at(0).display_name(), jorg.name);
}

}  // namespace
}  // namespace gannet::mime
