// SEARCH with the index finds what SEARCH without it finds, whatever the messages and the texts looked for.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/random.h"
#include "base/unicode.h"
#include "imap/testing/server.h"
#include "search/finder.h"
#include "search/index_store.h"
#include "search/indexer.h"

namespace gannet::imap {
namespace {

constexpr std::string_view kWords[] = {
    "lunch",   "Meeting", "annual", "foo",      "foobar", "a",        "3.14",    "e-mail",
    "don't",   "x_y",     "Grüße",  "straße",   "ÜBER",   "İstanbul", "Привет",  "Йод",
    "ΣΊΣΥΦΟΣ", "全文",    "検索",   "エンジン", "会议",   "한국어",   "ประชุม",   "שלום",
    "مرحبا",   "हिन्दी",   "ﬁnance", "ｆｕｌｌ", "😀",     "bob@x",    "(paren)", "50%",
};

class SearchNarrowingTest : public ::testing::Test {
 protected:
  std::string word() { return std::string(kWords[random_.below(std::size(kWords))]); }
  std::string words(std::uint64_t most) {
    std::string out;
    for (auto n = 1 + random_.below(most); n > 0; --n) out += (out.empty() ? "" : " ") + word();
    return out;
  }
  std::string encoded(const std::string& text) { return "=?utf-8?B?" + base64_encode(text) + "?="; }

  std::string text_part() {
    const std::string text = words(25) + (random_.below(15) == 0 ? std::string(400, 'q') + "tail" : "");
    if (random_.below(3) == 0)
      return "Content-Type: text/html; charset=utf-8\r\n\r\n<p>" + words(5) + "</p><b>" + text + "</b>\r\n";
    return "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
           base64_encode(text) + "\r\n";
  }
  std::string header() {
    return fmt::format(
        "From: {} <{}@example.org>\r\nTo: {} <bob@example.net>\r\nCc: c{}@example.com\r\nSubject: {}\r\n"
        "X-Note: {} {}\r\nMessage-ID: <{}.n@example.org>\r\nMIME-Version: 1.0\r\n",
        encoded(word()), random_.token(4), encoded(words(2)), random_.below(50), encoded(words(4)),
        encoded(word()), random_.token(300), random_.token(8));
  }
  std::string message(int depth = 0) {
    switch (random_.below(depth < 2 ? 4 : 1)) {
      case 0:
      case 1:
        return header() + text_part();
      default: {
        std::string out =
            header() + "Content-Type: multipart/mixed; boundary=b" + std::to_string(depth) + "\r\n\r\n";
        const std::string line = "--b" + std::to_string(depth);
        out += line + "\r\n" + text_part();
        out += line + "\r\nContent-Type: message/rfc822\r\n\r\n" + message(depth + 1);
        out += line + "\r\nContent-Disposition: attachment; filename=\"" + encoded(word()) + ".txt\"\r\n" +
               text_part();
        return out + line + "--\r\n";
      }
    }
  }
  // A part of some words, or an invented one.
  std::string needle() {
    const auto folded = fold_case(words(3)).value_or("a");
    auto begin = random_.below(folded.size()), end = begin + 1 + random_.below(10);
    const auto inside = [&](std::size_t at) {
      return at < folded.size() && (static_cast<unsigned char>(folded[at]) & 0xc0) == 0x80;
    };
    while (inside(begin)) ++begin;
    while (inside(end)) ++end;
    const auto part = folded.substr(begin, end - begin);
    return part.empty() ? "a" : part;
  }
  std::string key() {
    static constexpr std::string_view kKeys[] = {"BODY", "TEXT", "SUBJECT",       "FROM",
                                                 "TO",   "CC",   "HEADER X-Note", "HEADER Message-ID"};
    const auto text = needle();
    return fmt::format("{} {{{}+}}\r\n{}", kKeys[random_.below(std::size(kKeys))], text.size(), text);
  }
  std::string criteria() {
    switch (random_.below(6)) {
      case 0:
        return "NOT " + key();
      case 1:
        return "OR " + key() + " " + key();
      case 2:
        return key() + " " + key();
      default:
        return key();
    }
  }

  // Every line of the answer, up to the tagged one.
  static std::string answer(net::testing::Peer& peer, const std::string& command) {
    peer.send("t " + command + "\r\n");
    std::string out, line;
    do {
      line = peer.read_line();
      out += line + '\n';
    } while (!line.starts_with("t ") && line != "<eof>");
    return out;
  }

  SeededRandom random_{33};
};

TEST_F(SearchNarrowingTest, FindsWhatALookAtEveryMessageFinds) {
  testing::Server plain;
  auto& core = plain.core;
  const auto index = search::index_over(core.stores.data, {.max_document = 600, .max_word = 60});
  net::testing::Server narrowed(
      make_protocol(make_services(core.accounts, core.directory, core.clock, testing::plain_text(),
                                  std::make_shared<search::Finder>(index, core.stores.data)),
                    plain.workers));
  search::Indexer indexer(core.stores, index, {.document = {.mime = {}, .max_text = 600}}, core.clock,
                          "test");
  auto log_in = [](net::testing::Peer peer) {
    peer.read_line();
    answer(peer, "LOGIN alice secret");
    answer(peer, "SELECT INBOX");
    return peer;
  };
  std::size_t found = 0;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 40; ++i) core.deliver("alice", message());
    if (round != 2) ASSERT_TRUE(indexer.run_once("test"));
    auto one = log_in(plain.connect()), other = log_in(narrowed.connect());
    for (int i = 0; i < 100; ++i) {
      const auto command = "SEARCH CHARSET UTF-8 " + criteria();
      const auto expected = answer(one, command);
      ASSERT_EQ(answer(other, command), expected) << command;
      ASSERT_NE(expected.find("t OK"), std::string::npos) << command << expected;
      found += expected.starts_with("* SEARCH ");
    }
  }
  EXPECT_GT(found, 50u);
}

}  // namespace
}  // namespace gannet::imap
