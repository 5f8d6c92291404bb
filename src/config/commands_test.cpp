#include "config/commands.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace gannet::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CheckCommand : public testing::Test {
 protected:
  CheckCommand() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gannet-check-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~CheckCommand() override { std::filesystem::remove_all(folder_); }
  std::string write(std::string_view content) const {
    const auto path = folder_ / "gannet.toml";
    std::ofstream(path) << content;
    return path.string();
  }
  std::filesystem::path folder_;
};

TEST_F(CheckCommand, SaysThatAFileIsGood) {
  const std::string path = write("[cache]\nshard = 32\n");
  const auto report = check(path, true);
  EXPECT_TRUE(report.ok);
  EXPECT_EQ(report.text, path + ": good\n");
}

TEST_F(CheckCommand, ListsWarningsAndErrors) {
  const std::string path = write("cache.bayes.negative = \"1m\"\ncache.shard = \"x\"\n");
  const auto report = check(path, true);
  EXPECT_FALSE(report.ok);
  EXPECT_THAT(report.text, HasSubstr(path + ":1: warning: cache.bayes.negative"));
  EXPECT_THAT(report.text, HasSubstr(path + ":2: error: cache.shard: found \"x\""));
  EXPECT_THAT(report.text, HasSubstr(": 1 error, 1 warning\n"));
}

TEST_F(CheckCommand, ARealFileOfAnotherMachineIsNoErrorInAFragment) {
  const std::string path = write("certificate.a.cert = \"file:///nonexistent.pem\"\n");
  EXPECT_TRUE(check(path, true).ok);
  EXPECT_FALSE(check(path, false).ok);
}

TEST(DescribeCommand, OneSettingByPatternOrByRealKey) {
  const auto text = describe("server.listener.smtp.protocol");
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, AllOf(HasSubstr("server.listener.<id>.protocol"), HasSubstr("one of smtp, lmtp"),
                           HasSubstr("required")));
  EXPECT_EQ(*text, *describe("server.listener.<id>.protocol"));
  EXPECT_THAT(*describe("imap.timeout.idle"), HasSubstr("default: \"30m\""));
  EXPECT_THAT(*describe("server.listener.x.max-connections"),
              HasSubstr("default: the value of server.max-connections"));
}

TEST(DescribeCommand, APrefixListsWhatIsBelow) {
  const auto text = describe("imap.timeout");
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, AllOf(HasSubstr("imap.timeout.idle"), HasSubstr("imap.timeout.anonymous"),
                           Not(HasSubstr("imap.auth"))));
  EXPECT_THAT(*describe(""), AllOf(HasSubstr("server.hostname"), HasSubstr("tracer.<id>.type")));
}

TEST(DescribeCommand, AnUnknownKeyNamesTheNearest) {
  const auto text = describe("imap.timeout.idel");
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().text(), HasSubstr("did you mean imap.timeout.idle?"));
  EXPECT_THAT(describe("acme.x.contact").error().text(),
              HasSubstr("acme.x.contact: not in this version of Gannet"));
}

TEST(ShowCommand, PrintsValuesWithTheirOrigin) {
  const auto config = Config::load_text(
                          "server.hostname = \"mx\"\nserver.max-connections = 9\n[server.listener.a]\nbind "
                          "= \"127.0.0.1:25\"\n"
                          "[authentication.master]\nsecret = \"hunter2\"\n",
                          "f.toml", {.fragment = true, .environment = {}})
                          ->with_overlay({{"imap.timeout.idle", "5m"}});
  const std::string text = show(config);
  EXPECT_THAT(text, HasSubstr("server.hostname = \"mx\"  # f.toml:1\n"));
  EXPECT_THAT(text, HasSubstr("server.listener.a.bind = \"127.0.0.1:25\"  # f.toml:4\n"));
  EXPECT_THAT(text, HasSubstr("authentication.master.secret = \"***\""));
  EXPECT_THAT(text, HasSubstr("imap.timeout.idle = \"5m\"  # database\n"));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, Not(HasSubstr("cache.shard")));
  EXPECT_THAT(show(config, "", true), HasSubstr("cache.shard = 32  # default\n"));
  EXPECT_THAT(show(config, "server.listener"), Not(HasSubstr("server.hostname")));
}

TEST(ShowCommand, APasswordInAUrlIsMasked) {
  LoadOptions options{.fragment = true, .environment = {}};
  const auto config = *Config::load_text(
      "[store.r]\ntype = \"redis\"\nurls = [\"redis://u:geheim@h:1\", \"redis://u:geheim@h:2\"]\n"
      "[store.e]\ntype = \"elasticsearch\"\nurl = \"https://u:geheim@h:9200\"\n"
      "[directory.s]\ntype = \"sql\"\naddress = \"mysql://u:geheim@h/db?timeout=5s\"\n",
      "f", options);
  const std::string text = show(config);
  EXPECT_THAT(text, HasSubstr("store.r.urls = [\"redis://u:***@h:1\", \"redis://u:***@h:2\"]"));
  EXPECT_THAT(text, HasSubstr("store.e.url = \"https://u:***@h:9200\""));
  EXPECT_THAT(text, HasSubstr("directory.s.address = \"mysql://u:***@h/db?timeout=5s\""));
  EXPECT_THAT(text, Not(HasSubstr("geheim")));
  EXPECT_EQ(config.at("store", "e").string("url"), "https://u:geheim@h:9200");
  const auto wrong = Config::load_text("imap.timeout.idle = \"https://u:geheim@h\"\n", "f", options);
  EXPECT_THAT(wrong.error().text(), Not(HasSubstr("geheim")));
}

TEST(ShowCommand, APrivateKeyIsMaskedAndItsFileNamed) {
  LoadOptions options{.fragment = true, .environment = {}};
  const auto config =
      *Config::load_text("[certificate.a]\nprivate-key = \"-----BEGIN PRIVATE KEY-----\"\n", "f", options);
  EXPECT_THAT(show(config), HasSubstr("certificate.a.private-key = \"***\""));
}

TEST(SetupAssignment, WritesTheLine) {
  EXPECT_EQ(*toml_assignment("imap.auth.max-failures", "5"), "imap.auth.max-failures = 5");
  EXPECT_EQ(*toml_assignment("imap.auth.allow-plain-text", "true"), "imap.auth.allow-plain-text = true");
  EXPECT_EQ(*toml_assignment("server.hostname", "mx.example.org"), "server.hostname = \"mx.example.org\"");
  EXPECT_EQ(*toml_assignment("server.hostname", "\"quoted\""), "server.hostname = \"quoted\"");
  EXPECT_EQ(*toml_assignment("imap.timeout.idle", "5m"), "imap.timeout.idle = \"5m\"");
  EXPECT_EQ(*toml_assignment("server.listener.x.bind", "127.0.0.1:25, [::1]:25"),
            "server.listener.x.bind = [\"127.0.0.1:25\", \"[::1]:25\"]");
  EXPECT_EQ(*toml_assignment("server.proxy.trusted-networks", "[\"10.0.0.0/8\"]"),
            "server.proxy.trusted-networks = [\"10.0.0.0/8\"]");
  EXPECT_EQ(*toml_assignment("session.rcpt.relay", "remote_ip == '10.0.0.1'"),
            "session.rcpt.relay = \"remote_ip == '10.0.0.1'\"");
  EXPECT_EQ(*toml_assignment("session.rcpt.relay", "[{ if = \"true\", then = false }, { else = true }]"),
            "session.rcpt.relay = [{ if = \"true\", then = false }, { else = true }]");
  EXPECT_EQ(*toml_assignment("authentication.master.secret", "%{env:SECRET}%"),
            "authentication.master.secret = \"%{env:SECRET}%\"");
}

TEST(SetupAssignment, WhatItWritesLoads) {
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, std::string>>{{"server.hostname", "a \"b\" \\ c"},
                                                        {"session.timeout", "5m"},
                                                        {"server.http.headers", "[\"A: b, c\"]"}}) {
    const auto line = toml_assignment(key, value);
    ASSERT_TRUE(line) << key;
    EXPECT_TRUE(Config::load_text(*line, "f", {.fragment = true, .environment = {}})) << *line;
  }
}

TEST(SetupAssignment, RefusesWhatIsWrong) {
  EXPECT_THAT(toml_assignment("imap.timeout.idle", "soon").error().text(), HasSubstr("expected a duration"));
  EXPECT_THAT(toml_assignment("imap.timeout.idel", "5m").error().text(),
              HasSubstr("did you mean imap.timeout.idle?"));
}

}  // namespace
}  // namespace gannet::config
