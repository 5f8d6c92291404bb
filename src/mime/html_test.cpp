#include "mime/html.h"

#include <gtest/gtest.h>

namespace gannet::mime {
namespace {

TEST(HtmlToText, ShowsWhatAReaderSees) {
  EXPECT_EQ(
      html_to_text("<html><head><title>T</title><style>p{}</style></head><body><p>Hello <b>wor</b>ld</p>\n"
                   "<p>Second&nbsp;&amp;   last<br>line</p><script>alert('x')</script></body></html>"),
      "Hello world\n\nSecond & last\nline");
  EXPECT_EQ(html_to_text("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"), "a b\nc");
  EXPECT_EQ(html_to_text("<img src=x alt=\"a &lt; picture\"> <a href='y>z'>link</a>"), "a < picture link");
  EXPECT_EQ(html_to_text("<pre>a\n  b</pre>"), "a\nb");
  EXPECT_EQ(html_to_text("plain text"), "plain text");
}

TEST(HtmlToText, Entities) {
  EXPECT_EQ(html_to_text("&eacute;&#233;&#xE9;&#x80; &euro &copy2 &unknown; &; & &#; AT&T"),
            "ééé€ € &copy2 &unknown; &; & &#; AT&T");
  EXPECT_EQ(html_to_text("&#0;&#1114112;&#xD800;"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(HtmlToText, BrokenMarkup) {
  EXPECT_EQ(html_to_text("1 < 2 <b>x"), "1 < 2 x");
  EXPECT_EQ(html_to_text("a<!-- b -->c<!doctype x>d<!-- open"), "acd");
  EXPECT_EQ(html_to_text("a<b"), "a");
  EXPECT_EQ(html_to_text("<a href=\"x>text</a> more"), "text more");
  EXPECT_EQ(html_to_text("<head>no end<body>seen"), "seen");
  EXPECT_EQ(html_to_text("a<script>never closed"), "a");
  EXPECT_EQ(html_to_text("<title/>x"), "x");
}

// Each of these takes a parser that builds a tree, or looks for the same end again and again, minutes.
TEST(HtmlToText, IsLinearInHostileInput) {
  for (std::string_view piece :
       {"<div>", "<object>", "<b a=", "<!", "&#", "<a b=\"", "<pre>", "</", "<select><p>"}) {
    std::string html;
    while (html.size() < 2'000'000) html += piece;
    EXPECT_LE(html_to_text(html).size(), html.size());
  }
}

TEST(HtmlCharset, IsFoundInTheHead) {
  EXPECT_EQ(html_charset("<meta charset=\"koi8-r\">"), "koi8-r");
  EXPECT_EQ(html_charset("<meta http-equiv=Content-Type content='text/html; charset=Shift_JIS'>"),
            "Shift_JIS");
  EXPECT_EQ(html_charset("<html>"), "");
}

}  // namespace
}  // namespace gannet::mime
