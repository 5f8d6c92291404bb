// How a connection is made, and what every session is set to.
#include <fmt/format.h>
#include <openssl/x509.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "store/postgresql/connection.h"
#include "store/postgresql/failure.h"

namespace gannet::store::postgresql {
namespace {

std::string authorities(const PostgresqlOptions& options) {
  if (!options.ca_file.empty()) return options.ca_file;
  for (const char* variable : {"PGSSLROOTCERT", "SSL_CERT_FILE"})
    if (const char* file = std::getenv(variable)) return file;
  std::error_code ignored;
  const char* usual = X509_get_default_cert_file();
  return std::filesystem::exists(usual, ignored) ? usual : "/etc/ssl/certs/ca-certificates.crt";
}

// libpq's names and values; what is empty is left to libpq.
std::vector<std::pair<const char*, std::string>> parameters(const PostgresqlOptions& options) {
  std::vector<std::pair<const char*, std::string>> out{
      {"host", options.host},
      {"port", options.port},
      {"dbname", options.database},
      {"user", options.user},
      {"password", options.password},
      {"options", options.options},
      {"application_name", "gannet " + options.id},
      {"client_encoding", "UTF8"},
      {"gssencmode", "disable"},
      {"sslmode", !options.tls                         ? "disable"
                  : options.allow_invalid_certificates ? "require"
                                                       : "verify-full"},
      // A server that went away without a word is noticed by the kernel, too.
      {"keepalives_idle", "30"},
      {"tcp_user_timeout", std::to_string(options.timeout.count())},
  };
  // With "require" libpq verifies nothing, unless it finds a file of authorities.
  if (options.tls)
    out.emplace_back("sslrootcert", options.allow_invalid_certificates ? "" : authorities(options));
  std::erase_if(out, [](const auto& parameter) { return parameter.second.empty(); });
  return out;
}

std::string place(const PostgresqlOptions& options) {
  return fmt::format("{}{}{}, database {}", options.host.empty() ? "the local socket" : options.host,
                     options.port.empty() ? "" : ":", options.port, options.database);
}

std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  return text;
}

// Which setting the server's words are about.
std::string_view setting_for(std::string_view said) {
  const auto has = [&](std::string_view words) { return said.find(words) != std::string_view::npos; };
  // Of a user that there is not the server says the same.
  if (has("password authentication failed") || has("no password supplied")) return "password";
  if (has("database \"") && has("does not exist")) return "database";
  if (has("permission denied for database")) return "database";
  if (has("certificate")) return "tls.ca-file";
  if (has("SSL") && !has("no pg_hba.conf entry")) return "tls.enable";
  if (has("role \"") || has("no pg_hba.conf entry") || has("authentication failed")) return "user";
  return "host";
}

// A login that the server refused will be refused again; one that met nobody, or a server that is starting or
// crowded, may succeed later. libpq keeps no SQLSTATE of a failed login, but gives the server's words.
std::unexpected<Error> refused(PGconn* connection, const PostgresqlOptions& options) {
  std::string said = one_line(PQerrorMessage(connection));
  const auto has = [&](std::string_view words) { return said.find(words) != std::string::npos; };
  const bool answered = has("FATAL:") || has("certificate") || has("SSL") || has("no password supplied") ||
                        has("could not translate host name");
  const bool later = has("starting up") || has("shutting down") || has("too many") ||
                     has("remaining connection slots") || has("recovery mode") || has("not yet accepting") ||
                     has("terminating connection");
  if (answered && !later)
    return wrong_setting(setting_for(said), fmt::format("PostgreSQL at {}: {}", place(options), said));
  return fail(StoreError::kUnavailable, fmt::format("PostgreSQL at {} cannot be reached", place(options)),
              std::move(said), Retry::kCanHelp);
}

bool wait_until(int socket, short events, Deadline deadline) {
  const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now()).count();
  pollfd wait{.fd = socket, .events = events, .revents = 0};
  return left > 0 && poll(&wait, 1, static_cast<int>(std::min<std::int64_t>(left, 3'600'000))) > 0;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const PostgresqlOptions& options, Deadline deadline) {
  const auto given = parameters(options);
  std::vector<const char*> names, values;
  for (const auto& [name, value] : given) names.push_back(name), values.push_back(value.c_str());
  names.push_back(nullptr), values.push_back(nullptr);
  PGconn* raw = PQconnectStartParams(names.data(), values.data(), 0);
  if (raw == nullptr) return fail(StoreError::kUnavailable, "no memory for a connection", Retry::kCanHelp);
  std::unique_ptr<Connection> connection(new Connection(raw));
  PQsetNoticeProcessor(raw, [](void*, const char*) {}, nullptr);
  if (PQstatus(raw) == CONNECTION_BAD) return refused(raw, options);
  for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(raw)) {
    if (state == PGRES_POLLING_FAILED) return refused(raw, options);
    if (!wait_until(PQsocket(raw), state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline))
      return fail(StoreError::kUnavailable, fmt::format("PostgreSQL at {} does not answer", place(options)),
                  Retry::kCanHelp);
  }
  TRY(connection->start_session(options, deadline));
  return connection;
}

Result<void> Connection::start_session(const PostgresqlOptions& options, Deadline deadline) {
  if (PQsetnonblocking(connection_, 1) != 0) return lost();
  if (server_version() < 120000)
    return fail(StoreError::kConfiguration,
                fmt::format("PostgreSQL at {} is of version {}; 12 or newer is needed", place(options),
                            server_version() / 10000));
  // Every statement is a walk down a primary key, for which the planner has nothing to decide: without the other
  // ways a table that was never analysed cannot lead it astray, and a plan is made once a connection.
  return execute(
      fmt::format("set default_transaction_isolation = 'read committed'; set statement_timeout = {}; "
                  "set lock_timeout = 0; set idle_in_transaction_session_timeout = {}; set plan_cache_mode = "
                  "force_generic_plan; set enable_seqscan = off; "
                  "set enable_hashjoin = off; set enable_mergejoin = off; set enable_bitmapscan = off; set "
                  "jit = off; "
                  "set client_min_messages = error; "
                  "select set_config('synchronous_commit', 'on', false) "
                  "where current_setting('synchronous_commit') = 'off'",
                  options.timeout.count(), options.max_snapshot_age.count()),
      deadline);
}

}  // namespace gannet::store::postgresql
