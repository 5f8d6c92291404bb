#include "imap/settings.h"

#include <gmock/gmock.h>

#include "config/config.h"

namespace gannet::imap {
namespace {

config::Config load(std::string_view text) {
  auto config = config::Config::load_text(text, "test.toml", {.fragment = true, .environment = {}});
  EXPECT_TRUE(config.has_value()) << config.error().text();
  return *config;
}

TEST(Settings, DefaultsAreSafe) {
  const auto settings = Settings::from(load(""));
  EXPECT_FALSE(settings.allow_plain_text);
  EXPECT_EQ(settings.max_auth_failures, 3u);
  EXPECT_EQ(settings.max_request_size, 52'428'800u);
  EXPECT_LE(settings.max_message_size, settings.max_request_size);
  EXPECT_EQ(settings.timeout_idle, std::chrono::minutes(30));
  EXPECT_EQ(settings.rate_count, 0u);
  EXPECT_EQ(settings.max_sessions, 0u);
}

TEST(Settings, AreTheOperators) {
  const auto settings =
      Settings::from(load("[imap]\n"
                          "request.max-size = \"1mb\"\n"
                          "auth.allow-plain-text = true\n"
                          "timeout.anonymous = \"5s\"\n"
                          "rate-limit.requests = \"100/1m\"\n"
                          "rate-limit.concurrent = 4\n"));
  EXPECT_TRUE(settings.allow_plain_text);
  EXPECT_EQ(settings.max_request_size, 1u << 20);
  EXPECT_EQ(settings.max_message_size, 1u << 20);
  EXPECT_EQ(settings.timeout_anonymous, std::chrono::seconds(5));
  EXPECT_EQ(settings.rate_count, 100u);
  EXPECT_EQ(settings.max_sessions, 4u);
}

}  // namespace
}  // namespace gannet::imap
