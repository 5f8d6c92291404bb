#include "store/postgresql/connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "store/postgresql/failure.h"

namespace gannet::store::postgresql {
namespace {

// Beyond this many bytes handed to libpq, they are sent before more is added.
constexpr std::size_t kSendAt = 1 << 20;

constexpr int kBinary = 1;

std::string message_of(const PGresult* result) {
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return message != nullptr ? message : PQresultErrorMessage(result);
}

}  // namespace

std::size_t Query::bytes() const {
  std::size_t sum = 100;
  for (const auto& parameter : parameters) sum += parameter.size();
  return sum;
}

Result<std::vector<Rows>> Connection::run(std::vector<Query> queries, Deadline deadline) {
  for (Query& query : queries) {
    TRY(send(query, deadline));
    query.parameters.clear();  // libpq has its own copy
  }
  if (PQpipelineSync(connection_) != 1) return lost();
  return answers(1, deadline);
}

Result<std::vector<Rows>> Connection::run(std::vector<Query> queries, const Statement& then,
                                          Deadline deadline) {
  for (Query& query : queries) {
    TRY(send(query, deadline));
    query.parameters.clear();
  }
  if (PQpipelineSync(connection_) != 1) return lost();
  TRY(send({.statement = &then, .parameters = {}}, deadline));
  if (PQpipelineSync(connection_) != 1) return lost();
  return answers(2, deadline);
}

Result<void> Connection::send(const Query& query, Deadline deadline) {
  gave_up_ = false;
  if (PQpipelineStatus(connection_) == PQ_PIPELINE_OFF && PQenterPipelineMode(connection_) != 1)
    return lost();
  const Statement& statement = *query.statement;
  if (!prepared_.contains(statement.name) && std::ranges::find(sent_, statement.name) == sent_.end()) {
    std::array<Oid, 4> types{};
    std::ranges::transform(statement.types, types.begin(), [](Type type) { return static_cast<Oid>(type); });
    if (PQsendPrepare(connection_, statement.name.c_str(), statement.sql.c_str(),
                      static_cast<int>(statement.types.size()), types.data()) != 1)
      return lost();
    sent_.emplace_back(statement.name);
  }
  std::array<const char*, 4> values{};
  std::array<int, 4> lengths{}, formats{};
  for (std::size_t i = 0; i < query.parameters.size(); ++i) {
    values[i] = query.parameters[i].data();
    lengths[i] = static_cast<int>(query.parameters[i].size());
    formats[i] = kBinary;
  }
  if (PQsendQueryPrepared(connection_, statement.name.c_str(), static_cast<int>(query.parameters.size()),
                          values.data(), lengths.data(), formats.data(), kBinary) != 1)
    return lost();
  sent_.emplace_back();
  unsent_ += query.bytes();
  return unsent_ < kSendAt ? Result<void>() : send_all(deadline);
}

// Reads meanwhile: a server whose answers are not taken would stop reading, too.
Result<void> Connection::send_all(Deadline deadline) {
  for (;;) {
    const int left = PQflush(connection_);
    if (left < 0) return lost();
    if (left == 0) break;
    TRY(wait(POLLIN | POLLOUT, deadline));
    if (PQconsumeInput(connection_) != 1) return lost();
  }
  unsent_ = 0;
  return {};
}

Result<PGresult*> Connection::next(Deadline deadline) {
  while (PQisBusy(connection_) == 1) {
    TRY(wait(POLLIN, deadline));
    if (PQconsumeInput(connection_) != 1) return lost();
  }
  return PQgetResult(connection_);
}

Result<std::vector<Rows>> Connection::answers(std::size_t syncs, Deadline deadline) {
  TRY(send_all(deadline));
  std::vector<Rows> out;
  std::optional<Error> first_error;
  for (std::size_t at = 0; syncs > 0;) {
    PGresult* result = TRY(next(deadline));
    if (result == nullptr) {  // the end of one statement's answers
      if (PQstatus(connection_) == CONNECTION_BAD) return lost();
      continue;
    }
    Rows rows(result);
    switch (PQresultStatus(result)) {
      case PGRES_PIPELINE_SYNC:
        --syncs;
        continue;
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK:
        if (at < sent_.size() && !sent_[at].empty())
          prepared_.insert(sent_[at]);
        else
          out.push_back(std::move(rows));
        break;
      case PGRES_PIPELINE_ABORTED:
        break;
      default:
        if (PQstatus(connection_) == CONNECTION_BAD) return lost();
        if (!first_error) {
          const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
          sqlstate_ = state != nullptr ? state : "";
          first_error = statement_error(sqlstate_, message_of(result));
        }
    }
    ++at;
  }
  sent_.clear();
  if (first_error) return std::unexpected(*std::move(first_error));
  return out;
}

Result<void> Connection::execute(const std::string& sql, Deadline deadline) {
  gave_up_ = false;
  if (PQpipelineStatus(connection_) != PQ_PIPELINE_OFF && PQexitPipelineMode(connection_) != 1) return lost();
  if (PQsendQuery(connection_, sql.c_str()) != 1) return lost();
  TRY(send_all(deadline));
  std::optional<Error> first_error;
  while (PGresult* result = TRY(next(deadline))) {
    const Rows rows(result);
    const auto status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY || first_error)
      continue;
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    sqlstate_ = state != nullptr ? state : "";
    first_error = statement_error(sqlstate_, message_of(result));
  }
  if (PQstatus(connection_) == CONNECTION_BAD) return lost();
  if (first_error) return std::unexpected(*std::move(first_error));
  return {};
}

Result<void> Connection::wait(short events, Deadline deadline) {
  const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now()).count();
  pollfd waited{.fd = PQsocket(connection_), .events = events, .revents = 0};
  const int found =
      left <= 0 ? 0 : poll(&waited, 1, static_cast<int>(std::min<std::int64_t>(left, 3'600'000)));
  if (found > 0 || (found < 0 && errno == EINTR)) return {};
  broken_ = gave_up_ = true;
  return std::unexpected(timed_out("waiting for the server"));
}

// Between two calls the server has nothing to say but farewell, or that its configuration was changed: a new
// connection is right after both.
bool Connection::closed_by_server() {
  pollfd waited{.fd = PQsocket(connection_), .events = POLLIN, .revents = 0};
  if (poll(&waited, 1, 0) > 0) broken_ = true;
  return broken_;
}

std::unexpected<Error> Connection::lost() {
  broken_ = true;
  std::string said = PQerrorMessage(connection_);
  std::ranges::replace(said, '\n', ' ');
  return std::unexpected(connection_lost(std::move(said)));
}

}  // namespace gannet::store::postgresql
