// Sessions as written under tests/transcripts/mta/, against real stores and a real directory.
//
//   ! listener NAME     submission, lmtp, anything else
//   ! set KEY = VALUE   a setting
//   M: NAME COUNT       the INBOX of NAME holds COUNT messages; the steps that follow look at the newest
//   +: text             its next line; * stands for anything
//   Q: COUNT            entries in the queue
//   W: TIME             so many minutes pass, then the queue's worker looks at what is due
#include "smtp/testing/transcript.h"

#include <gtest/gtest.h>

#include <charconv>

#include "mta/testing/house.h"

namespace gannet::mta {
namespace {

using smtp::testing::Transcript;

class MtaTranscript : public ::testing::TestWithParam<Transcript> {};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find("\r\n", begin);
    out.push_back(text.substr(begin, end - begin));
    begin = end == std::string::npos ? text.size() : end + 2;
  }
  return out;
}

TEST_P(MtaTranscript, RunsAsWritten) {
  const Transcript& transcript = GetParam();
  const auto setting = [&](const std::string& name, std::string otherwise) {
    const auto found = transcript.settings.find(name);
    return found == transcript.settings.end() ? otherwise : found->second;
  };
  testing::House house(setting("set", "") + "\n");
  auto peer = house.connect(setting("listener", "smtp"));
  std::vector<std::string> lines;
  std::size_t line = 0;
  smtp::testing::run_transcript(transcript, peer, [&](const Transcript::Step& step) {
    if (step.kind == 'M') {
      const std::size_t space = step.text.find(' ');
      const auto messages = house.inbox(step.text.substr(0, space));
      ASSERT_EQ(messages.size(), std::stoul(step.text.substr(space + 1)));
      lines = messages.empty() ? std::vector<std::string>() : lines_of(messages.back());
      line = 0;
    } else if (step.kind == '+') {
      ASSERT_LT(line, lines.size()) << "the message ends here";
      const std::string& found = lines[line++];
      ASSERT_TRUE(smtp::testing::matches(step.text, found))
          << "expected: " << step.text << "\n     got: " << found;
    } else if (step.kind == 'Q') {
      ASSERT_EQ(house.queued().size(), std::stoul(step.text));
    } else if (step.kind == 'W') {
      house.clock.advance(std::chrono::minutes(std::stoi(step.text)));
      while (house.transport->worker().run_due() != 0) {
      }
    } else {
      FAIL() << "unknown step " << step.kind;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Mta, MtaTranscript,
                         ::testing::ValuesIn(smtp::testing::read_transcripts(GANNET_SOURCE_DIR
                                                                             "/tests/transcripts/mta")),
                         [](const auto& info) {
                           std::string name = info.param.name;
                           std::ranges::replace_if(name, [](char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

}  // namespace
}  // namespace gannet::mta
