#include "server/changed_keys.h"

#include <gmock/gmock.h>

namespace gannet::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

config::Config settings(const std::string& text) {
  auto config = config::Config::load_text(text, "gannet.toml", {.fragment = true, .environment = {}});
  if (!config) throw std::runtime_error(config.error().describe());
  return *config;
}

TEST(ChangedKeys, AreThoseWithAnotherValue) {
  const auto running = settings(
      "server.hostname = \"a.test\"\nimap.request.max-errors = 5\nserver.max-connections = 10\n"
      "[metrics.prometheus.auth]\nusername = \"x\"\nsecret = \"one\"\n");
  EXPECT_THAT(keys_for_a_restart(running, running), IsEmpty());
  const auto file = settings(
      "server.hostname = \"a.test\"\nimap.request.max-errors = 6\nserver.http.timeout = \"2m\"\n"
      "[metrics.prometheus.auth]\nusername = \"x\"\nsecret = \"two\"\n");
  EXPECT_THAT(keys_for_a_restart(running, file),
              ElementsAre("imap.request.max-errors", "metrics.prometheus.auth.secret", "server.http.timeout",
                          "server.max-connections"));
}

TEST(ChangedKeys, AreNotThoseThatAReloadTakesOver) {
  const auto running = settings("[tracer.log]\ntype = \"stdout\"\nlevel = \"info\"\n");
  const auto file = settings(
      "[tracer.log]\ntype = \"stdout\"\nlevel = \"debug\"\n[certificate.main]\ncert = \"x\"\nprivate-key = "
      "\"y\"\n");
  EXPECT_THAT(keys_for_a_restart(running, file), IsEmpty());
}

}  // namespace
}  // namespace gannet::server
