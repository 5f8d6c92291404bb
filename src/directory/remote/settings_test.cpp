#include <gtest/gtest.h>

#include "config/config.h"
#include "directory/remote/remote_directory.h"

namespace gannet::directory::remote {
namespace {

SessionOptions session(const std::string& type, const std::string& lines) {
  const auto config =
      config::Config::load_text("[directory.old]\ntype = \"" + type +
                                    "\"\nhost = \"192.0.2.2\"\nlookup.domains = [\"example.org\"]\n" + lines,
                                "test", {.fragment = true, .environment = {}});
  EXPECT_TRUE(config) << config.error().text();
  const auto settings = read_settings(*config, "old");
  EXPECT_TRUE(settings) << settings.error().describe();
  return settings ? settings->session : SessionOptions{};
}

// What says that there is no TLS from the start means STARTTLS, which somebody in between can take away.
TEST(RemoteSettings, OnlyOneSettingConsentsToPasswordsInClear) {
  for (const auto* type : {"imap", "smtp", "lmtp"}) {
    for (const auto* lines : {"", "tls.implicit = false\n", "tls.enable = false\n", "tls.enable = true\n",
                              "allow-plain-text = false\n"}) {
      const auto options = session(type, lines);
      EXPECT_FALSE(may_send_password(options, false, false)) << type << ": " << lines;
      EXPECT_TRUE(may_send_password(options, false, true));
      EXPECT_TRUE(may_send_password(options, true, false));
    }
    EXPECT_TRUE(may_send_password(session(type, "allow-plain-text = true\n"), false, false)) << type;
  }
}

TEST(RemoteSettings, TlsFromTheStartHasAPortOfItsOwn) {
  EXPECT_EQ(session("imap", "").port, 143);
  EXPECT_EQ(session("imap", "tls.enable = true\n").port, 993);
  EXPECT_EQ(session("smtp", "tls.implicit = true\n").port, 465);
  EXPECT_FALSE(session("smtp", "tls.implicit = false\n").implicit_tls);
}

}  // namespace
}  // namespace gannet::directory::remote
