#include "config/config.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "config/expression/expression.h"
#include "config/hostname.h"
#include "config/setting_value.h"

namespace gannet::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kWhole = R"(
[server]
hostname = "mx.example.org"

[server.listener.smtp]
bind = ["127.0.0.1:2525", "[::1]:2525"]
protocol = "smtp"

[server.listener."imap.tls"]
bind = "127.0.0.1:9930"
protocol = "imap"
tls.implicit = true
max-connections = 50

[store.rocksdb]
type = "rocksdb"
path = "/var/lib/gannet"

[storage]
data = "rocksdb"
directory = "internal"

[directory.internal]
type = "internal"
store = "rocksdb"
)";

Config fragment(std::string_view text) {
  auto config = Config::load_text(text, "test.toml", {.fragment = true, .environment = {}});
  EXPECT_TRUE(config) << config.error().text();
  return *config;
}

std::string error_of(std::string_view text, bool is_fragment = true) {
  const auto config = Config::load_text(text, "test.toml", {.fragment = is_fragment, .environment = {}});
  EXPECT_FALSE(config) << text;
  return config ? "" : config.error().text();
}

TEST(Config, AWholeFileLoads) {
  const auto config = Config::load_text(kWhole, "test.toml");
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->string("server.hostname"), "mx.example.org");
  EXPECT_THAT(config->ids("server.listener"), ElementsAre("smtp", "imap.tls"));
  const Section imap = config->at("server.listener", "imap.tls");
  EXPECT_TRUE(imap.flag("tls.implicit"));
  EXPECT_EQ(imap.addresses("bind").at(0).to_string(), "127.0.0.1:9930");
  EXPECT_EQ(config->at("server.listener", "smtp").addresses("bind").size(), 2u);
  EXPECT_THAT(config->warnings(), IsEmpty());
}

TEST(Config, DefaultsAndInheritance) {
  const auto config = *Config::load_text(kWhole, "test.toml");
  EXPECT_EQ(config.integer("server.max-connections"), 8192);
  EXPECT_EQ(config.at("server.listener", "smtp").integer("max-connections"), 8192);
  EXPECT_EQ(config.at("server.listener", "imap.tls").integer("max-connections"), 50);
  EXPECT_EQ(config.string("storage.blob"), "rocksdb");
  EXPECT_EQ(config.origin("storage.blob").text(), "from storage.data");
  EXPECT_EQ(config.origin("imap.timeout.idle").text(), "default");
  EXPECT_EQ(config.origin("server.hostname").text(), "test.toml:3");
  EXPECT_EQ(config.duration("imap.timeout.idle"), std::chrono::minutes(30));
  EXPECT_EQ(config.find<std::int64_t>("server.socket.ttl"), std::nullopt);
}

TEST(Config, EveryTypeIsReadAsDeclared) {
  const auto config = fragment(R"(
    server.socket.send-buffer-size = "64kb"
    imap.rate-limit.requests = "2000/1m"
    imap.rate-limit.concurrent = false
    jmap.session.purge.frequency = "15 * 1"
    server.proxy.trusted-networks = ["10.0.0.0/8", "::1"]
    queue.schedule.retry = "[2m, 1h]"
    authentication.fallback-admin.secret = "hunter2"
    directory.d.principals = [{ name = "a", email = ["a@x", "b@x"], quota = 1024 }, { name = "b", secret = "s" }]
  )");
  EXPECT_EQ(config.size("server.socket.send-buffer-size"), 65536u);
  EXPECT_EQ(config.get<Rate>("imap.rate-limit.requests"), (Rate{2000, std::chrono::minutes(1)}));
  EXPECT_EQ(config.find<std::int64_t>("imap.rate-limit.concurrent"), std::nullopt);
  EXPECT_EQ(config.get<Cron>("jmap.session.purge.frequency"), (Cron{15, std::nullopt, 1}));
  EXPECT_TRUE(config.networks("server.proxy.trusted-networks").at(0).contains(*IpAddress::parse("10.1.2.3")));
  EXPECT_THAT(config.get<std::vector<Duration>>("queue.schedule.retry"),
              ElementsAre(std::chrono::minutes(2), std::chrono::hours(1)));
  EXPECT_EQ(config.secret("authentication.fallback-admin.secret").reveal(), "hunter2");
  const Section directory = config.at("directory", "d");
  EXPECT_THAT(directory.ids("principals"), ElementsAre("0", "1"));
  EXPECT_THAT(directory.at("principals", "0").list("email"), ElementsAre("a@x", "b@x"));
  EXPECT_EQ(directory.at("principals", "1").get<std::vector<Secret>>("secret").at(0).reveal(), "s");
}

TEST(Config, TablesOfTheOperatorsOwnKeys) {
  const auto config = fragment("[lookup.blocked]\n\"example.org\" = \"\"\nplain = \"yes\"\n");
  EXPECT_THAT(config.keys("lookup.blocked"), ElementsAre("\"example.org\"", "plain"));
  EXPECT_EQ(config.at("lookup", "blocked").string("plain"), "yes");
  EXPECT_TRUE(config.is_set("lookup"));
  EXPECT_FALSE(config.is_set("lookup.other"));
}

TEST(Config, ASetMayBeWrittenAsKeys) {
  const auto config = fragment("[server.proxy.trusted-networks]\n\"10.0.0.0/8\" = \"\"\n");
  EXPECT_EQ(config.networks("server.proxy.trusted-networks").size(), 1u);
}

// ---- Errors name key, file, line, what was found, what is allowed, the nearest known key.

TEST(ConfigErrors, AnUnknownKeyNamesTheNearest) {
  EXPECT_EQ(error_of("\n[cache]\nshards = 1\n"),
            "test.toml:3: error: cache.shards: unknown setting; did you mean cache.shard?");
  EXPECT_THAT(
      error_of("[server.listner.smtp]\nbind = \"x\"\n"),
      HasSubstr("server.listner.smtp.bind: unknown setting; did you mean server.listener.smtp.bind?"));
}

TEST(ConfigErrors, ANearKeyIsNearInEachOfItsWords) {
  const auto said = [](const std::string& key) {
    const std::string text = error_of(key + " = 1\n");
    return text.substr(text.find(key) + key.size() + 2);
  };
  for (const std::string key : {"foo.enable", "x.y", "nonsense", "web.enable", "tls.enable", "store.x.y.z.w",
                                "mail.fsd.from-whom", "smtp.timeout"})
    EXPECT_EQ(said(key), "unknown setting") << key;
  const std::pair<std::string, std::string> near[] = {
      {"server.tls.enable", "server.listener.<id>.tls.enable"},
      {"tracers.x.level", "tracer.x.level"},
      {"store.main.pth", "store.main.path"},
      {"hostname", "server.hostname"},
      {"queue.retry", "queue.schedule.retry"},
      {"listener.smtp.bind", "server.listener.smtp.bind"},
      {"imap.auth.max-fails", "imap.auth.max-failures"},
      {"session.rcpt.relais", "session.rcpt.relay"},
      {"directory.x.pool.max-conections", "directory.x.pool.max-connections"},
      {"server.max-conection", "server.max-connections"}};
  for (const auto& [key, meant] : near) EXPECT_EQ(said(key), "unknown setting; did you mean " + meant + "?");
}

TEST(ConfigErrors, WhatIsForLaterSaysSo) {
  EXPECT_EQ(error_of("[form]\nenable = true\nmax-size = 5\n"),
            "test.toml:1: error: form: not in this version of Gannet: there is no contact form yet");
  EXPECT_EQ(
      error_of("\n[[session.throttle]]\nkey = \"remote_ip\"\n"),
      "test.toml:2: error: session.throttle: not in this version of Gannet: "
      "server.listener.<id>.max-connections-per-address and session.data.limits.messages bound what a client "
      "may do");
  for (const std::string key : {"spam-filter.enable", "acme.x.directory", "auth.dkim.verify",
                                "signature.rsa.domain", "queue.outbound.hostname", "report.analysis.store",
                                "sieve.trusted.from-name", "directory.x.endpoint.url", "oauth.key"})
    EXPECT_THAT(error_of(key + " = \"1\"\n"), HasSubstr("not in this version of Gannet")) << key;
  EXPECT_EQ(
      error_of("include.files = [\"x\"]\n"),
      "test.toml:1: error: include: Gannet has no such setting: settings are one file; %{file:PATH}% takes a "
      "single value from another one");
  EXPECT_THAT(error_of("[macros]\nx = \"1\"\n"),
              HasSubstr("%{env:NAME}% stands for an environment variable"));
}

TEST(ConfigErrors, APoolKeepsNoMoreThanItMayOpen) {
  EXPECT_THAT(
      error_of("[directory.d]\ntype = \"ldap\"\npool.min-connections = 11\npool.max-connections = 10\n"),
      HasSubstr("test.toml:3: error: directory.d.pool.min-connections: 11 is more than "
                "directory.d.pool.max-connections, which is 10"));
  EXPECT_THAT(error_of("[store.s]\ntype = \"mysql\"\npool.min-connections = 3\npool.max-connections = 2\n"),
              HasSubstr("store.s.pool.min-connections: 3 is more than"));
  fragment("[directory.d]\ntype = \"ldap\"\npool.min-connections = 10\npool.max-connections = 10\n");
}

TEST(Config, LdapWithoutTlsToAnotherMachineIsWarnedOf) {
  const auto warnings = [](const std::string& lines) {
    const auto config = Config::load_text(
        std::string(kWhole) + "\n[directory.d]\ntype = \"ldap\"\nbase-dn = \"dc=x\"\n" + lines, "test.toml");
    EXPECT_TRUE(config) << config.error().text();
    std::string out;
    for (const auto& warning : config->warnings()) out += warning.text();
    return out;
  };
  for (const auto* url : {"ldap://ldap.example.org", "ldap://192.0.2.1:389/", "ldap://[2001:db8::1]:389"})
    EXPECT_THAT(warnings("url = \"" + std::string(url) + "\"\n"), HasSubstr("directory.d.tls.enable")) << url;
  for (const auto* lines : {"url = \"ldaps://ldap.example.org\"\n", "url = \"ldap://localhost:389\"\n",
                            "url = \"ldap://[::1]:389\"\n", "url = \"ldap://127.0.0.1\"\n",
                            "url = \"ldap://ldap.example.org\"\ntls.enable = true\n"})
    EXPECT_EQ(warnings(lines), "") << lines;
}

// Of the first generations' directories and caches: such a file starts the server, and says what has no effect.
TEST(Config, WhatOlderConfigurationsHaveIsPassedOverWithAWarning) {
  const std::pair<std::string, std::string> settings[] = {
      {"directory.d.options.catch-all = true", "session.rcpt.catch-all"},
      {"directory.d.options.subaddressing = true", "session.rcpt.sub-addressing"},
      {"directory.d.options.subaddressing = {map = \"(.+)\", to = \"x\"}", "session.rcpt.sub-addressing"},
      {"directory.d.options.superuser-group = \"root\"", "columns.class"},
      {"directory.d.lookup.vip = \"SELECT 1\"", "lookup.<id>.<key>"},
      {"directory.d.lookup.vip = {type = \"glob\", values = [\"*\"], comment = \"#\", separator = \",\"}",
       "lookup.<id>.<key>"},
      {"directory.d.schedule.query = [\"DELETE FROM x\"]", "cron"},
      {"directory.d.schedule.frequency = \"0 3 *\"", "cron"},
      {"server.fail2ban.invalid-rcpt = \"5/1d\"", "session.rcpt.errors.total"},
      {"server.fail2ban.loitering = \"5/1d\"", "session.timeout"},
      {"jmap.session.cache.size = 100", "cache.session.ttl"},
      {"jmap.rate-limit.cache.size = 1024", "storage.lookup"},
      {"oauth.cache.size = 128", "OAuth"},
      {"cache.message.size = 52428800", "cache.mailbox.size"},
      {"cache.access-token.size = 10485760", "cache.account.size"},
      {"cache.permission.size = 5242880", "cache.account.size"},
      {"cache.http-auth.size = 1048576", "authentication.cache.entries"},
      {"cache.dns.txt.size = 1048576", "cache.resolver.<type>.size"},
      {"cache.bayes.size = 10485760", "cache.bayes.capacity"}};
  for (const auto& [line, instead] : settings) {
    SCOPED_TRACE(line);
    const Config config = fragment(line + "\n");
    ASSERT_EQ(config.warnings().size(), 1U);
    EXPECT_THAT(config.warnings()[0].text(),
                AllOf(HasSubstr(": warning: "), HasSubstr("has no effect: "), HasSubstr(instead)));
  }
  EXPECT_THAT(error_of("oauth.cache.size = 1\noauth.key = \"1\"\n"),
              HasSubstr("test.toml:2: error: oauth.key: not in"))
      << "the rest of such a table is refused as ever";
}

TEST(Config, TheFirstGenerationsListOfDomainsIsRead) {
  const Config config = fragment(
      "[directory.d]\ntype = \"memory\"\n[directory.d.lookup.domains]\ntype = \"list\"\n"
      "values = [\"example.org\", \"example.net\"]\n");
  EXPECT_THAT(config.at("directory", "d").list("lookup.domains"), ElementsAre("example.org", "example.net"));
  ASSERT_EQ(config.warnings().size(), 1U);
  EXPECT_THAT(config.warnings()[0].text(), HasSubstr("write directory.d.lookup.domains = [...]"));
}

TEST(ConfigErrors, AWrongValueSaysWhatIsAllowed) {
  EXPECT_EQ(error_of("imap.timeout.idle = \"30x\"\n"),
            "test.toml:1: error: imap.timeout.idle: found \"30x\", expected a duration such as 500ms, 30s, "
            "5m, 1h or "
            "30d, from 1s to 30d");
  EXPECT_THAT(error_of("server.max-connections = 0"),
              AllOf(HasSubstr("found 0"), HasSubstr("from 1 to 10000000")));
  EXPECT_THAT(error_of("imap.auth.allow-plain-text = 1"), HasSubstr("found 1, expected true or false"));
  EXPECT_THAT(error_of("resolver.type = \"systm\""), HasSubstr("allowed are: system, cloudflare"));
  EXPECT_THAT(error_of("resolver.type = \"systm\""), HasSubstr("(did you mean system?)"));
  EXPECT_THAT(error_of("server.listener.a.bind = [\"here\"]"),
              HasSubstr("found \"here\", expected a list of: IP:PORT"));
  EXPECT_THAT(error_of("server.socket = 5"), HasSubstr("this is a table of settings"));
  EXPECT_THAT(error_of("[cache.shard]\nx = 1"), HasSubstr("found a table, expected a whole number"));
  EXPECT_THAT(error_of("imap.timeout.idle = 1979-05-27"), HasSubstr("found a date"));
}

TEST(ConfigErrors, AllErrorsAreReportedInOrder) {
  const std::string text = error_of("cache.shard = -1\ncache.capacity = true\nnonsense = 1\n");
  EXPECT_LT(text.find("test.toml:1"), text.find("test.toml:2"));
  EXPECT_LT(text.find("test.toml:2"), text.find("test.toml:3"));
}

TEST(ConfigErrors, BadTomlNamesItsLine) {
  EXPECT_THAT(error_of("a = 1\nb = = 2\n"), HasSubstr("test.toml:2: error: not valid TOML"));
  EXPECT_THAT(error_of("[cache]\nshard = 1\nshard = 2\n"), HasSubstr("not valid TOML"));
}

TEST(ConfigErrors, OctetsThatAreNoTextAreErrors) {
  EXPECT_THAT(error_of(std::string("a = 1\n[\0\0x]\n", 12)),
              HasSubstr("test.toml:2: error: not valid TOML: a control"));
  EXPECT_THAT(error_of("server.hostname = \"\xff\"\n"), HasSubstr("not UTF-8"));
}

TEST(ConfigErrors, ASecretIsNotRepeated) {
  EXPECT_THAT(error_of("authentication.master.secret = [\"hunter2\"]"), testing::Not(HasSubstr("hunter2")));
}

TEST(ConfigErrors, SettingsThatAreNotInGannetSayWhatToUse) {
  EXPECT_EQ(error_of("queue.path = \"/q\""),
            "test.toml:1: error: queue.path: Gannet has no such setting: the queue lies in storage.data");
}

TEST(ConfigErrors, AWholeFileNeedsItsParts) {
  const std::string text = error_of("[store.a]\ntype = \"rocksdb\"\n", false);
  EXPECT_THAT(text, HasSubstr("store.a.path: is required: a path"));
  EXPECT_THAT(text, HasSubstr("storage.data: is required"));
  EXPECT_THAT(text, HasSubstr("storage.directory: is required"));
  EXPECT_THAT(text, HasSubstr("there is no listener"));
}

TEST(ConfigErrors, ReferencesMustLeadSomewhere) {
  const std::string text =
      error_of("storage.data = \"rocksd\"\n[store.rocksdb]\ntype = \"rocksdb\"\npath = \"/x\"\n", false);
  EXPECT_THAT(
      text, HasSubstr("test.toml:1: error: storage.data: there is no [store.rocksd]; did you mean rocksdb?"));
}

TEST(ConfigErrors, ADirectoryThatAnExpressionNamesMustBeThere) {
  const std::string directories = "[directory.internal]\ntype = \"internal\"\nstore = \"a\"\n";
  EXPECT_THAT(
      error_of("session.rcpt.directory = \"'internl'\"\n" + directories, false),
      HasSubstr("test.toml:1: error: session.rcpt.directory: there is no [directory.internl]; did you mean "
                "internal?"));
  EXPECT_THAT(
      error_of("session.auth.directory = [{ if = \"is_tls\", then = \"'x'\" }, { else = \"'*'\" }]\n" +
                   directories,
               false),
      HasSubstr("session.auth.directory: there is no [directory.x]"));
  EXPECT_THAT(error_of("session.rcpt.relay = \"!is_local_domain('y', rcpt_domain)\"\n" + directories, false),
              HasSubstr("session.rcpt.relay: there is no [directory.y]"));
  EXPECT_THAT(error_of("session.rcpt.directory = \"'internal'\"\n" + directories, false),
              testing::Not(HasSubstr("session.rcpt.directory")));
}

TEST(ConfigErrors, AStoreMustFitItsRole) {
  EXPECT_THAT(
      error_of("storage.data = \"r\"\n[store.r]\ntype = \"redis\"\n"),
      HasSubstr("storage.data: a store of type \"redis\" cannot be this; allowed are rocksdb, foundationdb"));
}

TEST(ConfigErrors, TwoListenersCannotShareAnAddress) {
  EXPECT_THAT(error_of("[server.listener.a]\nbind = \"[::]:25\"\n[server.listener.b]\nbind = \"[::]:25\"\n"),
              HasSubstr("[::]:25 is already taken by server.listener.a.bind"));
}

TEST(ConfigErrors, WhatIsSwitchedOffCannotBeReferredTo) {
  EXPECT_THAT(
      error_of("storage.data = \"a\"\n[store.a]\ntype = \"rocksdb\"\npath = \"/x\"\ndisable = true\n", false),
      HasSubstr("test.toml:1: error: storage.data: \"a\" cannot be used: store.a.disable is true"));
}

TEST(ConfigErrors, AWordOfALaterVersionIsToldFromAWrongOne) {
  EXPECT_THAT(error_of("server.listener.a.protocol = \"pop3\""),
              HasSubstr("\"pop3\" is not in this version of Gannet; allowed are: smtp, lmtp, imap"));
  EXPECT_THAT(error_of("server.listener.a.protocol = \"imaps\""), HasSubstr("(did you mean imap?)"));
}

TEST(ConfigErrors, TheQueueNeedsADelay) {
  EXPECT_THAT(error_of("queue.schedule.retry = []"),
              HasSubstr("queue.schedule.retry: needs one duration at least"));
}

TEST(ConfigErrors, AMessageThatNamesAKeyGetsItsLine) {
  const auto config = fragment("[server.listener.a]\nbind = \"[::]:25\"\n\n[server]\nhostname = \"x\"\n");
  EXPECT_EQ(config.error_of("server.hostname: is odd").text(), "test.toml:5: error: server.hostname: is odd");
  EXPECT_EQ(config.error_of("server.listener.a: is odd: really").text(),
            "test.toml:2: error: server.listener.a: is odd: really");
  EXPECT_EQ(config.error_of("server.host: is odd").text(), "error: server.host: is odd");
  EXPECT_EQ(config.error_of("no disk").text(), "error: no disk");
}

TEST(ConfigErrors, AnUnreadableFileIsNamed) {
  const auto config = Config::load_file("/nonexistent/gannet.toml");
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().text(),
              HasSubstr("/nonexistent/gannet.toml: error: cannot read the file: No such file"));
  EXPECT_EQ(Config::load_file("/tmp").error().text(),
            "/tmp: error: this is a folder: name the file with the settings");
}

// ---- Warnings.

std::vector<std::string> warnings_of(const Config& config) {
  std::vector<std::string> out;
  for (const auto& finding : config.warnings()) out.push_back(finding.text());
  return out;
}

TEST(ConfigWarnings, OldNamesWorkAndNameTheNewOne) {
  const auto config =
      fragment("cache.byes.ttl.positive = \"2h\"\nresolver.cache.txt = 7\ncache.bayes.negative = \"5m\"\n");
  EXPECT_EQ(config.duration("cache.bayes.ttl.positive"), std::chrono::hours(2));
  EXPECT_EQ(config.duration("cache.bayes.ttl.negative"), std::chrono::minutes(5));
  EXPECT_EQ(config.integer("cache.resolver.txt.size"), 7);
  EXPECT_THAT(
      warnings_of(config),
      ElementsAre(
          "test.toml:1: warning: cache.byes.ttl.positive: this is an old name: write "
          "cache.bayes.ttl.positive",
          "test.toml:2: warning: resolver.cache.txt: this is an old name: write cache.resolver.txt.size",
          "test.toml:3: warning: cache.bayes.negative: this is an old name: write cache.bayes.ttl.negative"));
}

TEST(ConfigWarnings, OldNamesKeepTheOperatorsIds) {
  const auto config = fragment("[store.\"my db\"]\nretries = 9\ntype = \"redis\"\n");
  EXPECT_EQ(config.at("store", "my db").integer("retry.total"), 9);
}

TEST(ConfigWarnings, OldAndNewTogetherAreAnError) {
  EXPECT_THAT(error_of("cache.shard = 1\nglobal.shared-map.shard = 2\n"),
              HasSubstr("cache.shard is already set in line 1"));
}

TEST(ConfigWarnings, AnAddressMeansWhatItsDirectoryTypeSays) {
  const auto config = fragment(
      "[directory.l]\ntype = \"ldap\"\naddress = \"ldap://x\"\n[directory.i]\ntype = \"imap\"\naddress = "
      "\"127.0.0.1\"\n"
      "[directory.s]\ntype = \"sql\"\naddress = \"mysql://localhost:3306\"\n");
  EXPECT_EQ(config.at("directory", "l").string("url"), "ldap://x");
  EXPECT_EQ(config.at("directory", "i").string("host"), "127.0.0.1");
  EXPECT_EQ(config.at("directory", "s").string("address"), "mysql://localhost:3306");
  EXPECT_EQ(config.warnings().size(), 2u);
}

TEST(ConfigWarnings, ASettingOfAnotherBackendHasNoEffect) {
  EXPECT_THAT(warnings_of(fragment("[store.m]\ntype = \"memory\"\nbucket = \"b\"\n")),
              ElementsAre(HasSubstr("store.m.bucket: has no effect with type \"memory\", only with s3")));
}

// ---- Macros and files.

class ConfigFiles : public testing::Test {
 protected:
  ConfigFiles() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gannet-config-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ConfigFiles() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, std::string_view content) const {
    const auto path = folder_ / name;
    std::ofstream(path) << content;
    return path.string();
  }
  std::filesystem::path folder_;
};

TEST_F(ConfigFiles, MacrosInStrings) {
  const std::string secret = write("secret", "s3cret\n");
  LoadOptions options{.fragment = true, .environment = [](const std::string& name) {
                        return name == "HOST" ? std::optional<std::string>("mx") : std::nullopt;
                      }};
  const auto config = Config::load_text(
      "server.hostname = \"%{env:HOST}%.example.org\"\n"
      "server.max-connections = \"1%{env:HOST}%\"\n",
      "t", options);
  EXPECT_THAT(config.error().text(), HasSubstr("found \"1mx\", expected a whole number"));
  const auto good = Config::load_text(
      "server.hostname = \"%{env:HOST}%.example.org\"\n"
      "server.http.headers = [\"X-Name: %{cfg:server.hostname}%\"]\n"
      "authentication.master.secret = \"%{file:" +
          secret + "}%\"\n",
      "t", options);
  ASSERT_TRUE(good) << good.error().text();
  EXPECT_EQ(good->string("server.hostname"), "mx.example.org");
  EXPECT_THAT(good->list("server.http.headers"), ElementsAre("X-Name: mx.example.org"));
  EXPECT_EQ(good->secret("authentication.master.secret").reveal(), "s3cret");
  EXPECT_THAT(good->files(), ElementsAre(secret));
}

TEST_F(ConfigFiles, MacrosThatCannotBeResolved) {
  LoadOptions options{.fragment = false, .environment = [](const std::string&) { return std::nullopt; }};
  const auto config = Config::load_text(
      "server.hostname = \"%{env:NOPE}%\"\nstorage.data = \"%{cfg:storage.data}%\"\n"
      "storage.blob = \"%{what:x}%\"\nstorage.fts = \"%{file:/nonexistent}%\"\n",
      "t", options);
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().text(),
              HasSubstr("t:1: error: server.hostname: the environment variable NOPE is not set"));
  EXPECT_THAT(config.error().text(), HasSubstr("settings refer to each other in a circle"));
  EXPECT_THAT(config.error().text(), HasSubstr("unknown macro %{what:x}%"));
  EXPECT_THAT(config.error().text(), HasSubstr("cannot read /nonexistent: No such file"));
}

TEST_F(ConfigFiles, CertificatesKeepTheirFileSoThatItCanBeWatched) {
  const std::string cert = write("cert.pem", "-----BEGIN CERTIFICATE-----\n");
  const std::string path =
      write("gannet.toml", "certificate.a.cert = \"file://" + cert +
                               "\"\ncertificate.a.private-key = \"file://" + cert + "\"\n");
  const auto config = Config::load_file(path, {.fragment = true, .environment = {}});
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->at("certificate", "a").string("cert"), "file://" + cert);
  EXPECT_EQ(config->at("certificate", "a").secret("private-key").reveal(), "file://" + cert);
  EXPECT_THAT(config->files(), ElementsAre(path, cert));
}

TEST_F(ConfigFiles, ACertificateByMacroKeepsItsFileToo) {
  const std::string cert = write("cert.pem", "-----BEGIN CERTIFICATE-----\n");
  const std::string key = write("key.pem", "-----BEGIN PRIVATE KEY-----\n");
  const auto load = [&](const std::string& value) {
    return Config::load_file(
        write("gannet.toml", "certificate.a.cert = \"%{file:" + cert +
                                 "}%\"\ncertificate.a.private-key = \"" + value + "\"\n"),
        {.fragment = true, .environment = {}});
  };
  const auto config = load("%{file:" + key + "}%");
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->at("certificate", "a").string("cert"), "file://" + cert);
  EXPECT_EQ(config->at("certificate", "a").secret("private-key").reveal(), "file://" + key);
  const auto both = load("%{file:" + key + "}%\\n%{file:" + key + "}%");
  ASSERT_TRUE(both) << both.error().text();
  EXPECT_EQ(both->at("certificate", "a").secret("private-key").reveal(),
            "-----BEGIN PRIVATE KEY-----\n-----BEGIN PRIVATE KEY-----");
  const auto absent = load("%{file:/nonexistent/key.pem}%");
  ASSERT_TRUE(absent) << "it may be on another machine";
  EXPECT_THAT(absent->warnings().at(0).text(), HasSubstr("private-key: cannot read /nonexistent/key.pem"));
}

TEST_F(ConfigFiles, AnEmptyFileIsAFragment) {
  EXPECT_TRUE(Config::load_file(write("empty.toml", ""), {.fragment = true, .environment = {}}));
}

// ---- Expressions as settings.

class Session final : public Variables {
 public:
  Value get(Variable variable) const override {
    if (variable == Variable::kLocalPort) return Value(port);
    if (variable == Variable::kListener) return Value(listener);
    if (variable == Variable::kIsTls) return Value(tls);
    return {};
  }
  int port = 25;
  std::string listener = "smtp";
  bool tls = true;
};

TEST(ConfigExpressions, ConstantsTextAndConditions) {
  const auto config = fragment(R"(
    [session]
    timeout = "2m"
    duration = [ { if = "local_port == 25", then = "1m" }, { else = 90000 } ]
    rcpt.relay = false
    rcpt.max-recipients = 7
    auth.mechanisms = "[plain, login]"
    auth.directory = "'ldap'"
  )");
  Environment none;
  Session session;
  EXPECT_EQ(*config.expression("session.timeout")->duration(session, none), std::chrono::minutes(2));
  EXPECT_EQ(*config.expression("session.duration")->duration(session, none), std::chrono::minutes(1));
  session.port = 587;
  EXPECT_EQ(*config.expression("session.duration")->duration(session, none), std::chrono::seconds(90));
  EXPECT_EQ(*config.expression("session.rcpt.relay")->flag(session, none), false);
  EXPECT_EQ(*config.expression("session.rcpt.max-recipients")->integer(session, none), 7);
  EXPECT_THAT(*config.expression("session.auth.mechanisms")->list(session, none),
              ElementsAre("plain", "login"));
  EXPECT_EQ(*config.expression("session.auth.directory")->string(session, none), "ldap");
  EXPECT_EQ(*config.expression("session.connect.greeting")->string(session, none), std::nullopt);
}

TEST(ConfigExpressions, DefaultsTellSubmissionFromTransport) {
  const auto config = fragment("");
  Environment none;
  Session mx;
  mx.port = 2525;
  Session submission;
  submission.port = 5870;
  submission.listener = "submission";
  EXPECT_FALSE(*config.expression("session.auth.require")->flag(mx, none));
  EXPECT_TRUE(*config.expression("session.auth.require")->flag(submission, none));
  EXPECT_EQ(*config.expression("session.auth.directory")->string(mx, none), std::nullopt);
  EXPECT_EQ(*config.expression("session.auth.directory")->string(submission, none), "*");
  EXPECT_THAT(*config.expression("session.auth.mechanisms")->list(submission, none),
              ElementsAre("scram", "external", "plain", "login"));
  submission.tls = false;
  EXPECT_THAT(*config.expression("session.auth.mechanisms")->list(submission, none), IsEmpty());
}

TEST(ConfigExpressions, AreCheckedAtLoad) {
  EXPECT_THAT(error_of("session.rcpt.relay = \"remote_ipp == '1'\""),
              HasSubstr("test.toml:1: error: session.rcpt.relay: found \"remote_ipp == '1'\": unknown "
                        "variable `remote_ipp` "
                        "(did you mean `remote_ip`?"));
  EXPECT_THAT(error_of("session.timeout = \"'soon'\""),
              HasSubstr("expected an expression giving a duration"));
  EXPECT_THAT(error_of("session.timeout = \"1ms\""), HasSubstr("from 1s to 1d"));
  EXPECT_THAT(error_of("session.auth.mechanisms = \"[plain, gssapi]\""),
              HasSubstr("unknown variable `gssapi`"));
  EXPECT_THAT(
      error_of("session.ehlo.reject-non-fqdn = \"dns_query(helo_domain, 'a') == ''\""),
      HasSubstr("test.toml:1: error: session.ehlo.reject-non-fqdn: found \"dns_query(helo_domain, 'a') == "
                "''\": `dns_query` is not in this version of Gannet"));
  EXPECT_THAT(error_of("session.timeout = [{ if = \"true\", than = \"1m\" }]"),
              HasSubstr("a list of conditions is"));
  EXPECT_THAT(error_of("session.timeout = [{ else = \"1m\" }, { if = \"true\", then = \"1m\" }]"),
              HasSubstr("a list of conditions is"));
}

TEST(ConfigExpressions, ASettingsValue) {
  const auto config = fragment(
      "server.hostname = \"mx\"\nimap.timeout.idle = \"5m\"\nsession.data.limits.line = \"2kb\"\n"
      "server.blocked-ip = [\"10.0.0.0/8\"]\nsession.timeout = \"1m\"\nsession.rcpt.relay = \"is_tls\"\n"
      "authentication.master.secret = \"x\"\n");
  EXPECT_EQ(*value_of(config, "server.hostname"), Value("mx"));
  EXPECT_EQ(*value_of(config, "imap.timeout.idle"), Value(300'000));
  EXPECT_EQ(*value_of(config, "session.data.limits.line"), Value(2048));
  EXPECT_EQ(*value_of(config, "server.blocked-ip"), Value(Value::Array{Value("10.0.0.0/8")}));
  EXPECT_EQ(*value_of(config, "session.timeout"), Value(60'000));
  EXPECT_EQ(*value_of(config, "server.max-connections"), Value(8192));
  EXPECT_TRUE(value_of(config, "server.data-path")->is_nothing());
  EXPECT_FALSE(value_of(fragment(""), "server.hostname")->as_string().empty());
  for (const char* key : {"session.rcpt.relay", "authentication.master.secret", "no.such", "queue.path"})
    EXPECT_TRUE(value_of(config, key).error().is(ConfigError::kInvalid)) << key;
}

// ---- Run-time settings.

TEST(ConfigOverlay, AppliesOnlyToWhatTheFileLeavesUnset) {
  const auto file = *Config::load_text(kWhole, "test.toml");
  const auto config = file.with_overlay({{"server.hostname", "other"},
                                         {"imap.timeout.idle", "5m"},
                                         {"server.http.headers", "[\"A: b\", \"C: d\"]"},
                                         {"no.such", "1"}});
  EXPECT_EQ(config.string("server.hostname"), "mx.example.org");
  EXPECT_EQ(config.duration("imap.timeout.idle"), std::chrono::minutes(5));
  EXPECT_EQ(config.origin("imap.timeout.idle").text(), "database");
  EXPECT_THAT(config.list("server.http.headers"), ElementsAre("A: b", "C: d"));
  EXPECT_THAT(warnings_of(config), ElementsAre(HasSubstr("no.such: left out")));
  EXPECT_EQ(file.duration("imap.timeout.idle"), std::chrono::minutes(30));
}

TEST(ConfigOverlay, AChangeToAFileOwnedKeyIsRefusedWithTheReason) {
  const auto config = *Config::load_text(kWhole, "test.toml");
  const auto refused = config.check_change("server.hostname", "x");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(ConfigError::kOwnedByFile));
  EXPECT_THAT(refused.error().text(), HasSubstr("test.toml:3"));
  EXPECT_TRUE(config.check_change("imap.timeout.idle", "5m"));
  EXPECT_TRUE(config.check_change("imap.timeout.idle", "x").error().is(ConfigError::kInvalid));
  EXPECT_TRUE(config.check_change("imap.timeout.idel", "5m").error().is(ConfigError::kNotFound));
}

TEST(ConfigDeathTest, AKeyThatNobodyDeclaredIsABug) {
  const auto config = fragment("");
  EXPECT_DEATH((void)config.integer("server.max-conections"),
               "server.max-conections: no declaration knows this key");
  EXPECT_DEATH((void)config.string("server.max-connections"), "asked for as another type");
}

TEST(Config, LoadingTakesAFewMilliseconds) {
  (void)Config::load_text(kWhole, "test.toml");
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Config::load_text(kWhole, "test.toml"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST(Hostname, IsTheSettingOrTheSystems) {
  const auto set =
      Config::load_text("server.hostname = \"mx.example.org\"\n", "t", {.fragment = true, .environment = {}});
  const auto unset = Config::load_text("", "t", {.fragment = true, .environment = {}});
  ASSERT_TRUE(set && unset);
  EXPECT_EQ(hostname_of(*set), "mx.example.org");
  EXPECT_EQ(hostname_of(*unset), system_hostname());
  EXPECT_FALSE(system_hostname().empty());
}

}  // namespace
}  // namespace gannet::config
