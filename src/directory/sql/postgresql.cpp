#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <chrono>

#include "directory/sql/connection.h"

namespace gannet::directory::sql {
namespace {

using Deadline = std::chrono::steady_clock::time_point;
using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

bool wait_for(int socket, short events, Deadline deadline) {
  const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now()).count();
  pollfd wait{.fd = socket, .events = events, .revents = 0};
  return left > 0 && poll(&wait, 1, static_cast<int>(std::min<std::int64_t>(left, 3'600'000))) > 0;
}

// libpq's names and values; what is empty is left to libpq.
std::vector<std::pair<const char*, std::string>> parameters(const Target& target) {
  std::vector<std::pair<const char*, std::string>> out{
      {"host", target.host},
      {"port", target.port},
      {"dbname", target.database},
      {"user", target.user},
      {"password", target.password.reveal()},
      {"options", target.options},
      {"application_name", "gannet directory"},
      {"client_encoding", "UTF8"},
      {"gssencmode", "disable"},
      {"sslmode", !target.tls                         ? "disable"
                  : target.allow_invalid_certificates ? "require"
                                                      : "verify-full"},
      {"sslrootcert", target.tls && !target.allow_invalid_certificates ? authorities(target) : ""},
      {"keepalives_idle", "30"},
      {"tcp_user_timeout", std::to_string(target.timeout.count())},
  };
  std::erase_if(out, [](const auto& parameter) { return parameter.second.empty(); });
  return out;
}

class PostgresqlConnection final : public Connection {
 public:
  PostgresqlConnection(const Target& target, PGconn* connection) : target_(target), connection_(connection) {}
  ~PostgresqlConnection() override { PQfinish(connection_); }

  Result<void> establish() {
    const auto deadline = std::chrono::steady_clock::now() + target_.create_timeout;
    PQsetNoticeProcessor(connection_, [](void*, const char*) {}, nullptr);
    if (PQstatus(connection_) == CONNECTION_BAD) return lost("connecting");
    for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(connection_)) {
      if (state == PGRES_POLLING_FAILED) return lost("connecting");
      if (!wait_for(PQsocket(connection_), state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline))
        return silent("connecting");
    }
    if (PQsetnonblocking(connection_, 1) != 0) return lost("connecting");
    const std::string session =
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET statement_timeout = " +
        std::to_string(target_.timeout.count());
    if (PQsendQuery(connection_, session.c_str()) != 1) return lost("connecting");
    TRY(answer("setting up the session", deadline));
    return {};
  }

  Result<Rows> ask(const std::string& sql, std::string_view value) override {
    return run(sql, value, std::chrono::steady_clock::now() + target_.timeout);
  }

  bool works(Duration timeout) override {
    // Between two calls the server has nothing to say but farewell.
    pollfd waited{.fd = PQsocket(connection_), .events = POLLIN, .revents = 0};
    if (poll(&waited, 1, 0) > 0) return false;
    return run("SELECT $1::text", "1", std::chrono::steady_clock::now() + timeout).has_value();
  }

 private:
  Result<Rows> run(const std::string& sql, std::string_view value, Deadline deadline) {
    timed_out_ = false;
    const std::string text(value);  // NUL was refused long before
    const char* values[] = {text.c_str()};
    if (PQsendQueryParams(connection_, sql.c_str(), 1, nullptr, values, nullptr, nullptr, 0) != 1)
      return lost(sql);
    return answer(sql, deadline);
  }

  // Of the last statement that was sent; all are read.
  Result<Rows> answer(const std::string& sql, Deadline deadline) {
    Rows out;
    std::string said;
    for (;;) {
      for (int left = PQflush(connection_); left != 0; left = PQflush(connection_)) {
        if (left < 0 || (!wait_for(PQsocket(connection_), POLLIN | POLLOUT, deadline))) return silent(sql);
        if (PQconsumeInput(connection_) != 1) return lost(sql);
      }
      while (PQisBusy(connection_) == 1) {
        if (!wait_for(PQsocket(connection_), POLLIN, deadline)) return silent(sql);
        if (PQconsumeInput(connection_) != 1) return lost(sql);
      }
      const Answer result(PQgetResult(connection_), PQclear);
      if (!result) break;
      const auto status = PQresultStatus(result.get());
      if (status == PGRES_TUPLES_OK) {
        out = rows_of(*result);
      } else if (status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY && said.empty()) {
        said = PQresultErrorMessage(result.get());
      }
    }
    if (PQstatus(connection_) == CONNECTION_BAD) return lost(sql);
    if (!said.empty()) return unavailable(target_, sql, said);
    return out;
  }

  static Rows rows_of(const PGresult& result) {
    Rows out;
    const int columns = PQnfields(&result);
    for (int i = 0; i < columns; ++i) out.columns.emplace_back(PQfname(&result, i));
    const int rows = std::min<int>(PQntuples(&result), kMaxRows);
    for (int at = 0; at < rows; ++at) {
      Rows::Row& row = out.rows.emplace_back();
      for (int i = 0; i < columns; ++i) {
        if (PQgetisnull(&result, at, i) == 1) {
          row.emplace_back();
        } else {
          row.emplace_back(
              std::string(PQgetvalue(&result, at, i), static_cast<std::size_t>(PQgetlength(&result, at, i))));
        }
      }
    }
    return out;
  }

  std::unexpected<Error> lost(std::string_view doing) {
    broken_ = true;
    return unavailable(target_, doing, PQerrorMessage(connection_));
  }
  std::unexpected<Error> silent(std::string_view doing) {
    broken_ = timed_out_ = true;
    return unavailable(target_, doing, "the server did not answer in time");
  }

  const Target target_;
  PGconn* const connection_;
};

}  // namespace

Result<std::unique_ptr<Connection>> connect_postgresql(const Target& target) {
  const auto given = parameters(target);
  std::vector<const char*> names, values;
  for (const auto& [name, value] : given) names.push_back(name), values.push_back(value.c_str());
  names.push_back(nullptr), values.push_back(nullptr);
  PGconn* raw = PQconnectStartParams(names.data(), values.data(), 0);
  if (raw == nullptr) return unavailable(target, "connecting", "no memory");
  auto connection = std::make_unique<PostgresqlConnection>(target, raw);
  TRY(connection->establish());
  return connection;
}

}  // namespace gannet::directory::sql
