// Settings of the model that are not declared: those that will come, and those that Gannet does otherwise.
#include "config/keys/groups.h"

namespace gannet::config {
namespace {

constexpr std::string_view kNoReports = "reports are neither sent nor read yet";
constexpr std::string_view kNoRemote = "mail is not delivered to other servers yet";
constexpr std::string_view kNoSieve = "there are no Sieve scripts yet";
constexpr std::string_view kNoChecks = "mail is not checked by SPF, DKIM, ARC and DMARC yet";
constexpr std::string_view kNoAcme =
    "set certificate.<id>.cert and certificate.<id>.private-key; their files are read again when they "
    "change, so a "
    "program such as certbot can renew them";
constexpr std::string_view kNoOidc = "there is no OpenID Connect yet";
constexpr std::string_view kShared =
    "servers that share a data store find each other in it; see cluster.watch-interval";

constexpr UndeclaredSettings kUndeclared[] = {
    {"acme", kNoAcme},
    {"server.tls.acme", kNoAcme},
    {"server.listener.<id>.tls.acme", kNoAcme},
    {"auth", kNoChecks},
    {"session.data.add-headers.received-spf", kNoChecks},
    {"session.data.add-headers.auth-results", kNoChecks},
    {"signature", "mail is not signed yet"},
    {"form", "there is no contact form yet"},
    {"spam-filter", "there is no spam filter yet"},
    {"spam", "there is no spam filter yet"},
    {"storage.spam", "there is no spam filter yet"},
    {"config.resource", {}},
    {"sieve", kNoSieve},
    {"jmap.sieve", kNoSieve},
    {"session.connect.script", kNoSieve},
    {"session.ehlo.script", kNoSieve},
    {"session.mail.script", kNoSieve},
    {"session.rcpt.script", kNoSieve},
    {"session.data.script", kNoSieve},
    {"session.mail.rewrite", "addresses are not rewritten yet"},
    {"session.rcpt.rewrite", "addresses are not rewritten yet"},
    {"session.throttle",
     "server.listener.<id>.max-connections-per-address and session.data.limits.messages bound what a client "
     "may do"},
    {"session.milter", {}},
    {"session.data.milter", {}},
    {"session.hook", {}},
    {"session.mta-sts", {}},
    {"session.extensions.requiretls", {}},
    {"session.extensions.no-soliciting", {}},
    {"session.extensions.future-release", {}},
    {"session.extensions.deliver-by", {}},
    {"session.extensions.mt-priority", {}},
    {"queue.outbound", kNoRemote},
    {"queue.strategy", kNoRemote},
    {"queue.route", kNoRemote},
    {"queue.connection", kNoRemote},
    {"queue.tls", kNoRemote},
    {"queue.virtual", kNoRemote},
    {"queue.threads", kNoRemote},
    {"remote", kNoRemote},
    {"queue.throttle", {}},
    {"queue.limiter", {}},
    {"queue.quota", {}},
    {"report.dsn.sign", {}},
    {"report.analysis", kNoReports},
    {"report.domain", kNoReports},
    {"report.submitter", kNoReports},
    {"report.dkim", kNoReports},
    {"report.spf", kNoReports},
    {"report.dmarc", kNoReports},
    {"report.tls", kNoReports},
    {"oauth", "clients log in with what session.auth.mechanisms and imap.auth.mechanisms say"},
    {"directory.<id>.endpoint", kNoOidc},
    {"directory.<id>.auth", kNoOidc},
    {"directory.<id>.fields", kNoOidc},
    {"jmap.protocol.request", {}},
    {"jmap.protocol.get", {}},
    {"jmap.protocol.set", {}},
    {"jmap.protocol.query", {}},
    {"jmap.protocol.upload", {}},
    {"jmap.protocol.search-snippet", {}},
    {"jmap.event-source", {}},
    {"jmap.web-socket", {}},
    {"jmap.web-sockets", {}},
    {"jmap.push", {}},
    {"jmap.rate-limit", {}},
    {"jmap.principal", {}},
    {"jmap.account", {}},
    {"jmap.email.auto-expunge", {}},
    {"jmap.email.max-attachment-size", {}},
    {"jmap.email.parse", {}},
    {"pop3", {}},
    {"managesieve", {}},
    {"dav", {}},
    {"calendar", {}},
    {"contacts", {}},
    {"storage.encryption", {}},
    {"email.encryption", {}},
    {"storage.undelete", {}},
    {"account.undelete", {}},
    {"server.auto-ban.abuse", {}},
    {"server.auto-ban.loiter", {}},
    {"server.auto-ban.scan", {}},
    {"server.http.allowed-endpoint", {}},
    {"tracer.<id>.transport", {}},
    {"tracer.<id>.endpoint", {}},
    {"tracer.<id>.headers", {}},
    {"metrics.open-telemetry", {}},
    {"metrics.history", {}},
    {"metrics.alerts", {}},
    {"metrics.disabled-events", {}},
    {"tracing", {}},
    {"webhook", {}},
    {"enterprise", {}},

    // Older configurations have these; the server does its work without.
    {"directory.<id>.options.catch-all", "use session.rcpt.catch-all", true, true},
    {"directory.<id>.options.subaddressing", "use session.rcpt.sub-addressing", true, true},
    {"directory.<id>.options.superuser-group",
     "give the account the role admin: columns.class, attributes.class", true, true},
    {"directory.<id>.lookup.<name>", "lists that expressions ask are lookup.<id>.<key>", true, true},
    {"directory.<id>.schedule", "let the database, or cron, run what its tables need", true, true},
    {"server.fail2ban.invalid-rcpt",
     "server.auto-ban.auth.rate bans for wrong passwords; session.rcpt.errors.total and .wait slow down "
     "whoever "
     "guesses recipients",
     false, true},
    {"server.fail2ban.loitering",
     "server.auto-ban.auth.rate bans for wrong passwords; session.timeout ends idle sessions", false, true},
    {"jmap.session.cache.size", "sessions are bounded by cache.session.ttl", true, true},
    {"jmap.rate-limit.cache", "limits are counted in storage.lookup", true, true},
    {"oauth.cache", "there is no OAuth yet", false, true},
    {"cache.message.size", "cache.mailbox.size says how much of mailboxes is remembered", true, true},
    {"cache.access-token", "cache.account.size says how many accounts are remembered", true, true},
    {"cache.permission", "cache.account.size says how many accounts are remembered", true, true},
    {"cache.http-auth", "authentication.cache.entries says how many logins are remembered", true, true},
    {"cache.dns", "use cache.resolver.<type>.size", true, true},
    {"cache.bayes.size", "use cache.bayes.capacity", true, true},

    {"include", "settings are one file; %{file:PATH}% takes a single value from another one", true},
    {"macros", "%{env:NAME}% stands for an environment variable, %{cfg:KEY}% for another setting", true},
    {"management", "use storage.directory", true},
    {"email.folders", "write jmap.folders", true},
    {"cluster.node-id", kShared, true},
    {"cluster.bind-addr", kShared, true},
    {"cluster.bind-port", kShared, true},
    {"cluster.advertise-addr", kShared, true},
    {"cluster.key", kShared, true},
    {"cluster.heartbeat", kShared, true},
    {"cluster.seed-nodes", kShared, true},
    {"cluster.coordinator", kShared, true},
};

}  // namespace

std::span<const UndeclaredSettings> undeclared_settings() {
  return kUndeclared;
}

}  // namespace gannet::config
