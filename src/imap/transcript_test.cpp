// Plays every tests/transcripts/imap/*.imap against a server of its own.
//
//   # a remark
//   C: a1 LOGIN alice secret       sent on the first connection, with CRLF
//   S: * OK <any>                  the next line that comes there
//   C: a2 APPEND INBOX {+}         the literal is the lines that follow as C|, each with CRLF
//   C| Subject: Hello
//   C2: / S2:                      the same on a second (third, ...) connection, made at its first mention
//   S: <eof>                       the server has closed
//
// In a line from the server, <any> stands for any text, <n> for a number; <name=n> for a number that later
// lines, of the client too, may use as <name>.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

#include "imap/testing/server.h"

namespace gannet::imap {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> transcripts() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(GANNET_SOURCE_DIR) / "tests/transcripts/imap")) {
    if (entry.path().extension() == ".imap") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

class Transcript : public ::testing::TestWithParam<fs::path> {
 protected:
  net::testing::Peer& peer(const std::string& id) {
    auto at = peers_.find(id);
    if (at == peers_.end()) at = peers_.emplace(id, server_.connect()).first;
    return at->second;
  }

  std::string filled_in(std::string text) {
    for (const auto& [name, value] : numbers_) {
      const auto mark = "<" + name + ">";
      for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark))
        text.replace(at, mark.size(), value);
    }
    return text;
  }

  // The line as a pattern; the names of the numbers that it takes up, in order.
  std::regex pattern_of(const std::string& line, std::vector<std::string>& names) {
    static const std::regex mark("<any>|<n>|<[a-z]+=n>");
    std::string pattern;
    auto from = line.begin();
    for (std::sregex_iterator at(line.begin(), line.end(), mark), end; at != end; ++at) {
      pattern += quoted(std::string(from, line.begin() + at->position()));
      const auto word = at->str();
      if (word == "<any>") {
        pattern += ".*";
      } else if (word == "<n>") {
        pattern += "[0-9]+";
      } else {
        names.push_back(word.substr(1, word.size() - 4));
        pattern += "([0-9]+)";
      }
      from = line.begin() + at->position() + at->length();
    }
    return std::regex(pattern + quoted(std::string(from, line.end())));
  }

  void expect_line(const std::string& id, const std::string& expected, int number) {
    const auto line = peer(id).read_line();
    if (expected == "<eof>") {
      ASSERT_EQ(line, "<eof>") << "line " << number;
      return;
    }
    std::vector<std::string> names;
    std::smatch match;
    ASSERT_TRUE(std::regex_match(line, match, pattern_of(filled_in(expected), names)))
        << "line " << number << "\n  expected: " << filled_in(expected) << "\n  came:     " << line;
    for (std::size_t i = 0; i < names.size(); ++i) numbers_[names[i]] = match[i + 1];
  }

 private:
  static std::string quoted(const std::string& text) {
    static const std::regex special(R"([.*+?^${}()|\[\]\\])");
    return std::regex_replace(text, special, R"(\$&)");
  }

  imap::testing::Server server_;
  std::map<std::string, net::testing::Peer> peers_;
  std::map<std::string, std::string> numbers_;
};

TEST_P(Transcript, GoesAsWritten) {
  std::ifstream file(GetParam());
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty() || lines[i].starts_with('#')) continue;
    static const std::regex form("([CS])([0-9]*): ?(.*)");
    std::smatch parts;
    ASSERT_TRUE(std::regex_match(lines[i], parts, form)) << "line " << i + 1 << " is neither C: nor S:";
    const std::string id = parts[2], text = parts[3];
    if (parts[1] == "S") {
      ASSERT_NO_FATAL_FAILURE(expect_line(id, text, static_cast<int>(i) + 1));
    } else if (text.ends_with("{+}")) {
      const auto mark = "C" + id + "|";
      std::string literal;
      while (i + 1 < lines.size() && lines[i + 1].starts_with(mark)) {
        const auto content = lines[++i].substr(mark.size());
        literal += (content.starts_with(' ') ? content.substr(1) : content) + "\r\n";
      }
      peer(id).send(filled_in(text.substr(0, text.size() - 2)) + std::to_string(literal.size()) + "+}\r\n" +
                    literal + "\r\n");
    } else {
      peer(id).send(filled_in(text) + "\r\n");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Imap, Transcript, ::testing::ValuesIn(transcripts()), [](const auto& info) {
  auto name = info.param.stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace gannet::imap
