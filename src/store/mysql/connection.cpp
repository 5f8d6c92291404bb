#include "store/mysql/connection.h"

#include <errmsg.h>
#include <fmt/format.h>
#include <mysql.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>

namespace gannet::store::mysql {
namespace {

constexpr std::size_t kSentAtOnce = 1 << 20;  // of a large value

unsigned seconds(Duration duration) {
  return static_cast<unsigned>(std::max<std::int64_t>(1, (duration.count() + 999) / 1000));
}

std::string ca_file_of(const MySqlOptions& options) {
  if (!options.ca_file.empty()) return options.ca_file;
  // As OpenSSL does it for the other connections of Gannet.
  const char* set = std::getenv("SSL_CERT_FILE");
  return set && *set ? set : "/etc/ssl/certs/ca-certificates.crt";
}

void set_options(MYSQL* mysql, const MySqlOptions& options) {
  const unsigned connect = seconds(std::min(options.create_timeout, options.timeout)),
                 wait = seconds(options.timeout);
  mysql_optionsv(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
  mysql_optionsv(mysql, MYSQL_OPT_READ_TIMEOUT, &wait);
  mysql_optionsv(mysql, MYSQL_OPT_WRITE_TIMEOUT, &wait);
  mysql_optionsv(mysql, MYSQL_SET_CHARSET_NAME, "binary");
  // What is received is bounded by what was asked for.
  const unsigned long packet = 1UL << 30;
  mysql_optionsv(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
  const my_bool no = 0;
  const unsigned none = 0;
  mysql_optionsv(mysql, MYSQL_OPT_RECONNECT, &no);
  mysql_optionsv(mysql, MYSQL_OPT_LOCAL_INFILE, &none);
  if (!options.host.empty() && options.host[0] != '/') {
    const unsigned tcp = MYSQL_PROTOCOL_TCP;  // "localhost" would be a socket otherwise, whatever the port
    mysql_optionsv(mysql, MYSQL_OPT_PROTOCOL, &tcp);
  }
  if (options.tls) {
    const my_bool enforce = 1, verify = options.allow_invalid_certs ? 0 : 1;
    mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
    mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    if (verify) mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, ca_file_of(options).c_str());
  }
}

// Of every session. A lock is waited for no longer than a third of the time that an answer may take, so that a
// commit can try again before its caller gives up.
std::string session_statements(const MySqlOptions& options) {
  const unsigned lock_wait = std::clamp(seconds(options.timeout) / 3, 1U, 10U);
  return fmt::format(
      "SET SESSION sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION',autocommit=1,unique_checks=1,"
      "innodb_lock_wait_timeout={};SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
      lock_wait);
}

// False if `within` passed first.
bool readable(int socket, Duration within) {
  pollfd wait{.fd = socket, .events = POLLIN | POLLRDHUP, .revents = 0};
  return poll(&wait, 1, static_cast<int>(std::min<std::int64_t>(within.count(), 3'600'000))) > 0;
}

}  // namespace

struct Connection::Client {
  MYSQL* mysql;
  Client() : mysql(mysql_init(nullptr)) {}
  ~Client() { mysql_close(mysql); }
  Client(const Client&) = delete;
};

Connection::Connection(std::unique_ptr<Client> client) : client_(std::move(client)) {}
Connection::~Connection() = default;

Outcome<std::unique_ptr<Connection>> Connection::open(const MySqlOptions& options) {
  static std::once_flag once;
  std::call_once(once, [] { mysql_library_init(0, nullptr, nullptr); });
  auto connection = std::unique_ptr<Connection>(new Connection(std::make_unique<Client>()));
  MYSQL* mysql = connection->client_->mysql;
  set_options(mysql, options);
  const bool socket = !options.host.empty() && options.host[0] == '/';
  if (!mysql_real_connect(mysql, options.host.empty() || socket ? nullptr : options.host.c_str(),
                          options.user.empty() ? nullptr : options.user.c_str(),
                          options.password.reveal().c_str(), options.database.c_str(), options.port,
                          socket ? options.host.c_str() : nullptr,
                          CLIENT_MULTI_STATEMENTS | CLIENT_MULTI_RESULTS))
    return std::unexpected(connection->error(false));
  if (auto set = connection->run(session_statements(options)); !set) return std::unexpected(set.error());
  return connection;
}

SqlError Connection::error(bool sent) const {
  MYSQL* mysql = client_->mysql;
  return {.code = mysql_errno(mysql), .text = mysql_error(mysql), .sent = sent};
}

Outcome<void> Connection::run(std::string_view statements, const OnRow& on_row) {
  // Sent and read apart, so as to know whether the server can have got it.
  if (mysql_send_query(client_->mysql, statements.data(), statements.size()) != 0)
    return std::unexpected(error(false));
  auto answered = read_answers(on_row);
  last_answer_ = std::chrono::steady_clock::now();
  return answered;
}

Duration Connection::idle() const {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - last_answer_);
}

Outcome<void> Connection::read_answers(const OnRow& on_row) {
  MYSQL* mysql = client_->mysql;
  if (mysql_read_query_result(mysql) != 0) return std::unexpected(error(true));
  for (std::size_t statement = 0;; ++statement) {
    if (MYSQL_RES* rows = mysql_use_result(mysql)) {
      while (MYSQL_ROW row = mysql_fetch_row(rows))
        if (on_row) on_row(statement, Row(row, mysql_fetch_lengths(rows)));
      const bool failed = mysql_errno(mysql) != 0;
      const SqlError why = error(true);
      mysql_free_result(rows);
      if (failed) return std::unexpected(why);
    } else if (mysql_errno(mysql) != 0) {
      return std::unexpected(error(true));
    }
    const int more = mysql_next_result(mysql);
    if (more < 0) return {};
    if (more > 0) return std::unexpected(error(true));
  }
}

Outcome<void> Connection::run_prepared(std::string_view statement, std::string_view first,
                                       std::string_view second) {
  const std::unique_ptr<MYSQL_STMT, decltype(&mysql_stmt_close)> prepared(mysql_stmt_init(client_->mysql),
                                                                          mysql_stmt_close);
  const auto failure = [&] {
    return std::unexpected(SqlError{
        .code = mysql_stmt_errno(prepared.get()), .text = mysql_stmt_error(prepared.get()), .sent = true});
  };
  if (mysql_stmt_prepare(prepared.get(), statement.data(), statement.size()) != 0) return failure();
  std::array<MYSQL_BIND, 2> binds{};
  unsigned long first_length = first.size();
  binds[0].buffer_type = binds[1].buffer_type = MYSQL_TYPE_LONG_BLOB;
  binds[0].buffer = const_cast<char*>(first.data());
  binds[0].buffer_length = first.size();
  binds[0].length = &first_length;
  if (mysql_stmt_bind_param(prepared.get(), binds.data()) != 0) return failure();
  for (std::size_t at = 0; at < second.size(); at += kSentAtOnce) {
    const auto piece = second.substr(at, kSentAtOnce);
    if (mysql_stmt_send_long_data(prepared.get(), 1, piece.data(), piece.size()) != 0) return failure();
  }
  if (mysql_stmt_execute(prepared.get()) != 0) return failure();
  return {};
}

bool Connection::open_still() const {
  // Whatever comes unasked is the end, or a word about it.
  return !readable(static_cast<int>(mysql_get_socket(client_->mysql)), Duration(0));
}

bool Connection::answers(Duration timeout) {
  MYSQL* mysql = client_->mysql;
  constexpr std::string_view kNothing = "DO 0";
  return mysql_send_query(mysql, kNothing.data(), kNothing.size()) == 0 &&
         readable(static_cast<int>(mysql_get_socket(mysql)), timeout) && read_answers({}).has_value();
}

void append_literal(std::string& out, std::string_view bytes) {
  const auto special = [](char c) { return c == '\'' || c == '\\' || c == '\0'; };
  out.push_back('\'');
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t begin = at;
    while (at < bytes.size() && !special(bytes[at])) ++at;
    out.append(bytes, begin, at - begin);
    for (; at < bytes.size() && special(bytes[at]); ++at) {
      out.push_back('\\');
      out.push_back(bytes[at] == '\0' ? '0' : bytes[at]);
    }
  }
  out.push_back('\'');
}

}  // namespace gannet::store::mysql
