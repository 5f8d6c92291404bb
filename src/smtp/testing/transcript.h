// For tests: SMTP sessions written down, one a file, run against a server.
//
//   # a remark
//   ! key value      a setting, which the test that runs the file understands; one given again adds a line
//   C: text          the client sends a line; lines that follow each other leave together (pipelining)
//   R: a\r\nb\x00    the client sends exactly these octets
//   S: 250 *         the server answers with a line like this; * stands for anything
//   T:               the client begins TLS
//   E:               the server closes the connection
//   M: a\r\n         another thing to check, which the test that runs the file understands
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "net/testing/peer.h"

namespace gannet::smtp::testing {

struct Transcript {
  struct Step {
    char kind;
    std::string text;
    int line;
  };
  std::string name;
  std::map<std::string, std::string> settings;
  std::vector<Step> steps;
};

inline std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out.push_back(text[i]);
      continue;
    }
    const char c = text[++i];
    if (c == 'r') out.push_back('\r');
    if (c == 'n') out.push_back('\n');
    if (c == 't') out.push_back('\t');
    if (c == '\\') out.push_back('\\');
    if (c == 'x' && i + 2 < text.size()) {
      out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
      i += 2;
    }
  }
  return out;
}

inline bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t i = star; i <= text.size(); ++i)
    if (matches(rest, text.substr(i))) return true;
  return false;
}

inline Transcript read_transcript(const std::filesystem::path& path) {
  Transcript out;
  out.name = path.stem().string();
  std::ifstream in(path);
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '!') {
      const std::size_t space = line.find(' ', 2);
      std::string& value = out.settings[line.substr(2, space - 2)];
      if (space != std::string::npos) value += (value.empty() ? "" : "\n") + line.substr(space + 1);
      continue;
    }
    if (line.size() < 2 || line[1] != ':')
      throw std::runtime_error(path.string() + ":" + std::to_string(number) + ": not a step: " + line);
    out.steps.push_back({line[0], line.size() > 3 ? line.substr(3) : "", number});
  }
  return out;
}

inline std::vector<Transcript> read_transcripts(const std::filesystem::path& folder) {
  std::vector<Transcript> out;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    if (file.path().extension() == ".smtp") out.push_back(read_transcript(file.path()));
  std::ranges::sort(out, {}, &Transcript::name);
  return out;
}

// `other` is asked about steps of other kinds.
inline void run_transcript(const Transcript& transcript, net::testing::Peer& peer,
                           const std::function<void(const Transcript::Step&)>& other = nullptr) {
  std::string pending;
  const auto send = [&] { peer.send(std::exchange(pending, {})); };
  for (const Transcript::Step& step : transcript.steps) {
    SCOPED_TRACE(transcript.name + ".smtp:" + std::to_string(step.line));
    if (step.kind == 'C') {
      pending += step.text + "\r\n";
    } else if (step.kind == 'R') {
      pending += unescape(step.text);
    } else {
      if (!pending.empty()) send();
      if (step.kind == 'S') {
        const std::string line = peer.read_line();
        ASSERT_TRUE(matches(step.text, line)) << "expected: " << step.text << "\n     got: " << line;
      } else if (step.kind == 'T') {
        peer.start_tls();
      } else if (step.kind == 'E') {
        ASSERT_EQ(peer.read_line(), "<eof>");
      } else if (other) {
        other(step);
      }
    }
    if (::testing::Test::HasFatalFailure()) return;
  }
  if (!pending.empty()) send();
}

}  // namespace gannet::smtp::testing
