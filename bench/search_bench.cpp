// How fast messages are indexed, and how long a search takes in an account of many. Prints by itself:
//
//   search_bench [MESSAGES]     100000 if it is not said
//
// The messages are made from a vocabulary in which words are as frequent as in language (Zipf), with the headers
// that mail has; the store is a RocksDB in GANNET_BENCH_DIR or the temporary folder.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "base/random.h"
#include "search/document.h"
#include "search/index_store.h"
#include "store/rocksdb/rocksdb_store.h"

namespace gannet::search {
namespace {

using store::SearchField;
using store::SearchQuery;

class Mail {
 public:
  Mail() {
    for (std::size_t i = 0; i < 60'000; ++i) {
      std::string word;
      for (auto n = 2 + random_.below(9); n > 0; --n) word += static_cast<char>('a' + random_.below(26));
      words_.push_back(std::move(word));
    }
  }
  std::string message(std::size_t number) {
    std::string out = fmt::format(
        "Received: from client{0}.example.org (client.example.org [192.0.2.1])\r\n\tby mail.example.net with "
        "ESMTPS id {1};\r\n\tMon, 2 Mar 2026 10:00:00 +0000\r\nDKIM-Signature: v=1; a=rsa-sha256; "
        "d=example.org; "
        "s=one;\r\n\tbh={2}; b={1}\r\n\t{2}\r\n\t{1}\r\nFrom: \"{3} {4}\" <{3}@example.org>\r\nTo: "
        "alice@example.net\r\nSubject: {5} {6} {7}\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\nMessage-ID: "
        "<{0}.bench@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
        number, random_.token(20), random_.token(32), word(), word(), word(), word(), word());
    for (int line = 0; line < 15; ++line) {
      for (int i = 0; i < 10; ++i) out += word() + " ";
      out += "\r\n";
    }
    return out + fmt::format("serial{}\r\n", number);
  }
  const std::string& word(std::size_t rank) const { return words_[rank]; }

 private:
  const std::string& word() {
    const double uniform = static_cast<double>(random_.below(1u << 30)) / (1u << 30);
    const auto rank = std::exp(uniform * std::log(static_cast<double>(words_.size()))) - 1;
    return words_[std::min(words_.size() - 1, static_cast<std::size_t>(rank))];
  }
  SeededRandom random_{1};
  std::vector<std::string> words_;
};

double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// The median of several, in ms.
void measure(IndexStore& index, const char* what, SearchQuery::Kind kind, SearchField field,
             const std::string& text) {
  SearchQuery query;
  query.kind = kind, query.field = field, query.text = text;
  std::vector<double> times;
  std::size_t found = 0;
  for (int i = 0; i < 15; ++i) {
    const auto start = std::chrono::steady_clock::now();
    found = index.query(1, query)->size();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(times);
  fmt::print("{:<34} {:>8} found  {:8.2f} ms  (first or slowest {:.2f})\n", what, found,
             times[times.size() / 2], times.back());
}

int run(std::size_t messages) {
  const char* where = std::getenv("GANNET_BENCH_DIR");
  const auto path = (where ? std::filesystem::path(where) : std::filesystem::temp_directory_path()) /
                    ("gannet-search-bench-" + SystemRandom().token(8));
  SystemClock clock;
  auto data = *store::open_rocksdb({.path = path.string()}, clock);
  auto index = index_over(data);
  Mail mail;
  double parsing = 0, indexing = 0;
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t from = 0; from < messages; from += 1000) {
    std::vector<std::string> contents;
    for (std::size_t i = from; i < std::min(messages, from + 1000); ++i) contents.push_back(mail.message(i));
    const double begin = processor_seconds();
    std::vector<store::SearchDocument> documents;
    for (std::size_t i = 0; i < contents.size(); ++i)
      documents.push_back(document_of(1, static_cast<std::uint32_t>(from + i), {}, contents[i], {}));
    const double parsed = processor_seconds();
    if (auto done = index->index(documents); !done) {
      fmt::print(stderr, "{}\n", done.error().describe());
      return 1;
    }
    parsing += parsed - begin;
    indexing += processor_seconds() - parsed;
  }
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto status = *index->status(1);
  const auto count = static_cast<double>(messages);
  fmt::print(
      "{} messages: {:.0f} a second of processor time ({:.0f} us parsing, {:.0f} us indexing with merges and "
      "the store's own), wall {:.0f}/s\n",
      messages, count / (parsing + indexing), parsing / count * 1e6, indexing / count * 1e6, count / wall);
  fmt::print("{} segments, {:.1f} MB, {:.0f} octets a message\n", status.segments,
             static_cast<double>(status.bytes) / 1e6, static_cast<double>(status.bytes) / count);
  using Kind = SearchQuery::Kind;
  measure(*index, "word, in one message", Kind::kWord, SearchField::kAny,
          fmt::format("serial{}", messages / 2));
  measure(*index, "word, rare", Kind::kWord, SearchField::kAny, mail.word(20'000));
  measure(*index, "word, in a tenth", Kind::kWord, SearchField::kAny, mail.word(60));
  measure(*index, "word, in most", Kind::kWord, SearchField::kAny, mail.word(0));
  measure(*index, "word in subjects", Kind::kWord, SearchField::kSubject, mail.word(60));
  measure(*index, "prefix of three", Kind::kPrefix, SearchField::kAny, mail.word(300).substr(0, 3));
  measure(*index, "phrase of two frequent words", Kind::kPhrase, SearchField::kAny,
          mail.word(3) + " " + mail.word(5));
  measure(*index, "part of a body (IMAP BODY)", Kind::kSubstring, SearchField::kBody,
          "rial" + std::to_string(messages / 2));
  measure(*index, "part of a header (IMAP TEXT)", Kind::kSubstring, SearchField::kHeader, "nch@exa");
  index.reset(), data.reset();
  std::filesystem::remove_all(path);
  return 0;
}

}  // namespace
}  // namespace gannet::search

int main(int argc, char** argv) {
  return gannet::search::run(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000);
}
