#include "mime/content_type.h"

#include <gtest/gtest.h>

namespace gannet::mime {
namespace {

using Parameters = std::vector<Parameter>;

std::string type_of(std::string_view value) {
  const auto type = parse_content_type(value);
  return type.type + "/" + type.subtype;
}
Parameters parameters_of(std::string_view value) {
  return parse_content_type(value).parameters;
}
std::string decoded(std::string_view value, std::string_view name) {
  return decode_parameter(parse_content_type(value).parameters, name).value_or("(absent)");
}

TEST(ContentType, ReadsTypeWithCommentsAndBlanks) {
  EXPECT_EQ(type_of(" text/plain"), "text/plain");
  EXPECT_EQ(type_of("(a) Text (b) / (c) HTML (d); x=y"), "Text/HTML");
  EXPECT_EQ(type_of("text"), "text/");
  EXPECT_EQ(type_of("/plain"), "/");
  EXPECT_EQ(type_of(""), "/");
}

TEST(ContentType, ReadsParameters) {
  EXPECT_EQ(parameters_of("text/plain; charset =us-ascii (Plain text)"),
            (Parameters{{"charset", "us-ascii"}}));
  EXPECT_EQ(parameters_of("a/b; X=\"a \\\"b\\\" c\"; y=z"), (Parameters{{"X", "a \"b\" c"}, {"y", "z"}}));
  EXPECT_EQ(parameters_of("multipart/mixed; boundary=\"foo\r\n bar\""),
            (Parameters{{"boundary", "foo bar"}}));
}

TEST(ContentType, ForgivesWhatMailersGetWrong) {
  EXPECT_EQ(parameters_of("a/b;;; = ; x=1 ;"), (Parameters{{"x", "1"}}));
  EXPECT_EQ(parameters_of("a/b; name=my file.pdf; x=y"), (Parameters{{"name", "my file.pdf"}, {"x", "y"}}));
  EXPECT_EQ(parameters_of("a/b; x=1\r\n y=2"), (Parameters{{"x", "1"}, {"y", "2"}}));  // no semicolon
  EXPECT_EQ(parameters_of("a/b; name=\"never closed"), (Parameters{{"name", "never closed"}}));
  EXPECT_EQ(parameters_of("text/plain charset=utf-8"), (Parameters{{"charset", "utf-8"}}));
}

TEST(ContentType, JoinsContinuations) {  // RFC 2231 3
  EXPECT_EQ(parameters_of("a/b; URL*1=\"cd\"; URL*0=\"ab\""), (Parameters{{"URL", "abcd"}}));
  EXPECT_EQ(
      decoded("a/b; title*0*=us-ascii'en'This%20is%20even; title*1*=%20more; title*2=\" fun!\"", "title"),
      "This is even more fun!");
  // A '%' in a piece that is not encoded stands for itself.
  EXPECT_EQ(decoded("a/b; n*0*=utf-8''%41; n*1=%42", "n"), "A%42");
}

TEST(ContentType, DecodesParameters) {  // RFC 2231 4, and what people do instead
  EXPECT_EQ(decoded("a/b; name*=iso-8859-1''%E9t%E9.txt; name=ete.txt", "name"), "été.txt");
  EXPECT_EQ(decoded("a/b; name=\"=?utf-8?q?=C3=A9t=C3=A9?=.txt\"", "NAME"), "été.txt");
  EXPECT_EQ(decoded("a/b; name=\xe9t\xe9.txt", "name"), "été.txt");
  EXPECT_EQ(decoded("a/b; name*=''%C3%A9", "name"), "é");
  EXPECT_EQ(decoded("a/b; name*=bad%zz", "name"), "bad%zz");
  EXPECT_EQ(decoded("a/b", "name"), "(absent)");
}

TEST(ContentType, StopsAtTheLimit) {
  std::string value = "a/b";
  for (int i = 0; i < 1000; ++i) value += "; p" + std::to_string(i) + "=1";
  EXPECT_EQ(parse_content_type(value, 64).parameters.size(), 64u);
  std::string pieces = "a/b";
  for (int i = 0; i < 1000; ++i) pieces += "; p*" + std::to_string(i) + "=1";
  EXPECT_EQ(parse_content_type(pieces, 64).parameters, (Parameters{{"p", std::string(64, '1')}}));
}

TEST(Disposition, ReadsTypeAndParameters) {
  const auto disposition = parse_disposition(" attachment;\r\n filename=\"a b.txt\"; size=12");
  EXPECT_EQ(disposition.type, "attachment");
  EXPECT_EQ(disposition.parameters, (Parameters{{"filename", "a b.txt"}, {"size", "12"}}));
  EXPECT_EQ(parse_disposition("").type, "");
  const auto nameless = parse_disposition("filename=x.pdf");
  EXPECT_EQ(nameless.type, "attachment");
  EXPECT_EQ(nameless.parameters, (Parameters{{"filename", "x.pdf"}}));
}

TEST(Language, ListsTags) {
  EXPECT_EQ(parse_language("en (English), de-CH"), (std::vector<std::string>{"en", "de-CH"}));
  EXPECT_TRUE(parse_language("").empty());
}

TEST(Simple, DropsCommentsAndFolding) {
  EXPECT_EQ(parse_simple(" <a@b>\r\n (c)"), "<a@b>");
  EXPECT_EQ(parse_simple(" http://x/a(b)/\r\n c"), "http://x/a(b)/c");
}

}  // namespace
}  // namespace gannet::mime
