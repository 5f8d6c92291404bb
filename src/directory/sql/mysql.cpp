#include <errmsg.h>
#include <mysql.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

#include "directory/sql/connection.h"

namespace gannet::directory::sql {
namespace {

using Statement = std::unique_ptr<MYSQL_STMT, decltype(&mysql_stmt_close)>;

// The library knows whole seconds only.
unsigned seconds(Duration duration) {
  return static_cast<unsigned>(std::max<std::int64_t>(1, (duration.count() + 999) / 1000));
}

void set_options(MYSQL* mysql, const Target& target) {
  const unsigned connect = seconds(target.create_timeout), wait = seconds(target.timeout);
  mysql_optionsv(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
  mysql_optionsv(mysql, MYSQL_OPT_READ_TIMEOUT, &wait);
  mysql_optionsv(mysql, MYSQL_OPT_WRITE_TIMEOUT, &wait);
  mysql_optionsv(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const my_bool no = 0;
  const unsigned none = 0;
  mysql_optionsv(mysql, MYSQL_OPT_RECONNECT, &no);
  mysql_optionsv(mysql, MYSQL_OPT_LOCAL_INFILE, &none);
  if (!target.host.empty() && target.host.front() != '/') {
    const unsigned tcp = MYSQL_PROTOCOL_TCP;  // "localhost" would be a socket otherwise, whatever the port
    mysql_optionsv(mysql, MYSQL_OPT_PROTOCOL, &tcp);
  }
  if (!target.tls) return;
  const my_bool enforce = 1, verify = target.allow_invalid_certificates ? 0 : 1;
  mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
  mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  if (verify) mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, authorities(target).c_str());
}

class MysqlConnection final : public Connection {
 public:
  explicit MysqlConnection(const Target& target) : target_(target), mysql_(mysql_init(nullptr)) {}
  ~MysqlConnection() override {
    // Else the library would wait for what the server still has to say.
    if (broken_) shutdown(static_cast<int>(mysql_get_socket(mysql_)), SHUT_RDWR);
    statements_.clear();
    mysql_close(mysql_);
  }

  Result<void> open() {
    if (mysql_ == nullptr) return unavailable(target_, "connecting", "no memory");
    set_options(mysql_, target_);
    const bool socket = target_.host.starts_with('/');
    const unsigned port = target_.port.empty() ? 0 : static_cast<unsigned>(std::stoul(target_.port));
    if (!mysql_real_connect(mysql_, target_.host.empty() || socket ? nullptr : target_.host.c_str(),
                            target_.user.empty() ? nullptr : target_.user.c_str(),
                            target_.password.reveal().c_str(), target_.database.c_str(), port,
                            socket ? target_.host.c_str() : nullptr, 0))
      return failure("connecting", mysql_errno(mysql_), mysql_error(mysql_));
    for (const char* sql :
         {"SET SESSION sql_mode = 'STRICT_TRANS_TABLES'", "SET SESSION TRANSACTION READ ONLY"})
      if (mysql_query(mysql_, sql) != 0) return failure(sql, mysql_errno(mysql_), mysql_error(mysql_));
    return {};
  }

  Result<Rows> ask(const std::string& sql, std::string_view value) override {
    timed_out_ = false;
    begin_ = std::chrono::steady_clock::now();
    MYSQL_STMT* statement = TRY(prepared(sql));
    std::vector<MYSQL_BIND> parameters(mysql_stmt_param_count(statement));
    unsigned long length = value.size();
    for (MYSQL_BIND& parameter : parameters) {
      parameter.buffer_type = MYSQL_TYPE_STRING;
      parameter.buffer = const_cast<char*>(value.data());
      parameter.buffer_length = length;
      parameter.length = &length;
    }
    if (mysql_stmt_bind_param(statement, parameters.data()) != 0 || mysql_stmt_execute(statement) != 0)
      return failure(sql, statement);
    auto answer = read(sql, statement);
    if (mysql_stmt_free_result(statement) != 0 && answer) return failure(sql, statement);
    return answer;
  }

  bool works(Duration timeout) override {
    constexpr std::string_view kNothing = "DO 0";
    pollfd socket{
        .fd = static_cast<int>(mysql_get_socket(mysql_)), .events = POLLIN | POLLRDHUP, .revents = 0};
    const int wait = static_cast<int>(std::min<std::int64_t>(timeout.count(), 3'600'000));
    // Whatever comes unasked is the end.
    broken_ = poll(&socket, 1, 0) > 0 || mysql_send_query(mysql_, kNothing.data(), kNothing.size()) != 0 ||
              poll(&socket, 1, wait) <= 0 || mysql_read_query_result(mysql_) != 0;
    return !broken_;
  }

 private:
  // Prepared once a connection: later questions take one round trip.
  Result<MYSQL_STMT*> prepared(const std::string& sql) {
    if (const auto known = statements_.find(sql); known != statements_.end()) return known->second.get();
    Statement statement(mysql_stmt_init(mysql_), mysql_stmt_close);
    if (!statement) return unavailable(target_, sql, "no memory");
    if (mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) != 0)
      return failure(sql, statement.get());
    return statements_.emplace(sql, std::move(statement)).first->second.get();
  }

  Result<Rows> read(const std::string& sql, MYSQL_STMT* statement) {
    Rows out;
    const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> fields(
        mysql_stmt_result_metadata(statement), mysql_free_result);
    if (!fields) return out;
    const unsigned columns = mysql_num_fields(fields.get());
    for (unsigned i = 0; i < columns; ++i)
      out.columns.emplace_back(mysql_fetch_field_direct(fields.get(), i)->name);
    // Of a length that nobody knows before: fetched again once it is known.
    std::vector<MYSQL_BIND> binds(columns);
    std::vector<unsigned long> lengths(columns);
    std::vector<my_bool> nulls(columns);
    for (unsigned i = 0; i < columns; ++i) {
      binds[i].buffer_type = MYSQL_TYPE_STRING;
      binds[i].length = &lengths[i];
      binds[i].is_null = &nulls[i];
    }
    if (mysql_stmt_bind_result(statement, binds.data()) != 0) return failure(sql, statement);
    for (;;) {
      const int code = mysql_stmt_fetch(statement);
      if (code == MYSQL_NO_DATA || out.rows.size() == kMaxRows) return out;
      if (code != 0 && code != MYSQL_DATA_TRUNCATED) return failure(sql, statement);
      Rows::Row& row = out.rows.emplace_back(columns);
      for (unsigned i = 0; i < columns; ++i) {
        if (nulls[i]) continue;
        std::string text(lengths[i] + 1, '\0');  // numbers are written with a NUL behind them
        MYSQL_BIND whole = binds[i];
        whole.buffer = text.data();
        whole.buffer_length = text.size();
        if (mysql_stmt_fetch_column(statement, &whole, i, 0) != 0) return failure(sql, statement);
        text.resize(lengths[i]);
        row[i] = std::move(text);
      }
    }
  }

  std::unexpected<Error> failure(std::string_view doing, MYSQL_STMT* statement) {
    return failure(doing, mysql_stmt_errno(statement), mysql_stmt_error(statement));
  }
  std::unexpected<Error> failure(std::string_view doing, unsigned code, const char* said) {
    // 2000 and up: the library's own, so the connection is of no use any more. Below, the server's.
    // Of these, two say that the connection has been ended.
    constexpr unsigned kServerShutdown = 1053, kConnectionKilled = 1927;
    broken_ = (code >= CR_MIN_ERROR && code <= CR_MAX_ERROR) || code == kServerShutdown ||
              code == kConnectionKilled;
    // The library tells a silent server and a lost one by the same code.
    timed_out_ = broken_ && std::chrono::steady_clock::now() - begin_ >= target_.timeout;
    return unavailable(target_, doing, said);
  }

  const Target target_;
  MYSQL* const mysql_;
  std::map<std::string, Statement> statements_;
  std::chrono::steady_clock::time_point begin_;  // of the last question
};

}  // namespace

Result<std::unique_ptr<Connection>> connect_mysql(const Target& target) {
  static std::once_flag once;
  std::call_once(once, [] { mysql_library_init(0, nullptr, nullptr); });
  auto connection = std::make_unique<MysqlConnection>(target);
  TRY(connection->open());
  return connection;
}

}  // namespace gannet::directory::sql
