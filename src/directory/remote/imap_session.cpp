// Type imap: LOGIN and AUTHENTICATE PLAIN (RFC 9051 6.2).
#include <algorithm>
#include <optional>
#include <vector>

#include "base/encoding.h"
#include "base/unicode.h"
#include "directory/remote/session.h"
#include "net/connect.h"
#include "net/errors.h"
#include "net/tls.h"

namespace gannet::directory::remote {
namespace {

constexpr std::size_t kMaxLine = 8192;
constexpr std::size_t kMaxLines = 200;  // that a server says unasked before its answer

enum class Status : std::uint8_t { kOk, kNo, kBad, kContinue };

struct Response {
  Status status = Status::kOk;
  std::string text;  // behind the tag: "OK [CAPABILITY ...] Logged in"
  std::string code;  // of its brackets, in capitals: "AUTHENTICATIONFAILED"
};

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  return out;
}

// RFC 9051 4.3: what a quoted string may hold.
bool fits_quotes(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

std::unexpected<Error> protocol_error(std::string_view line) {
  return fail(net::NetError::kInternal, "the server's answer is no IMAP", std::string(line.substr(0, 200)));
}

class ImapClient {
 public:
  explicit ImapClient(std::unique_ptr<net::Connection> connection) : connection_(std::move(connection)) {}

  net::Task<Result<>> start(SessionOptions options) {
    connection_->set_deadline(options.create_timeout);
    const auto greeting = CO_TRY(co_await connection_->read_line(kMaxLine, net::LineMode::kAllowLf));
    const std::string words = upper(greeting.text);
    if (!words.starts_with("* OK"))  // PREAUTH would say that every password is right
      co_return fail(net::NetError::kInternal, "it greeted with: " + greeting.text.substr(0, 200));
    CO_TRY(co_await ask_capabilities());
    if (!options.implicit_tls && can("STARTTLS")) {
      const auto response = CO_TRY(co_await command("STARTTLS"));
      if (response.status != Status::kOk) co_return protocol_error(response.text);
      connection_->discard_buffered();
      const bool here = connection_->peer().ip.is_loopback();
      CO_TRY(co_await connection_->start_tls_client(here ? options.loopback_tls : options.tls, options.host));
      connection_->set_deadline(options.create_timeout);
      CO_TRY(co_await ask_capabilities());
    }
    co_return Result<>{};
  }

  bool can(std::string_view capability) const {
    return std::ranges::find(capabilities_, capability) != capabilities_.end();
  }

  net::Task<Result<Response>> log_in(std::string login, std::string password, Duration timeout) {
    connection_->set_deadline(timeout);
    if (can("AUTH=PLAIN")) {
      const std::string message =
          base64_encode(std::string(1, '\0') + login + std::string(1, '\0') + password);
      if (can("SASL-IR")) co_return co_await command("AUTHENTICATE PLAIN " + message);
      auto response = CO_TRY(co_await command("AUTHENTICATE PLAIN"));
      if (response.status != Status::kContinue) co_return response;
      co_return co_await go_on(message);
    }
    // Strings that quotes cannot hold go as literals, each after the server's word (RFC 9051 4.3).
    std::string line = "LOGIN";
    for (const std::string* text : {&login, &password}) {
      if (fits_quotes(*text)) {
        line += " " + quoted(*text);
        continue;
      }
      line += " {" + std::to_string(text->size()) + "}";
      auto response = CO_TRY(tagged_ ? co_await go_on(std::move(line)) : co_await command(std::move(line)));
      if (response.status != Status::kContinue) co_return response;
      tagged_ = true;
      line = *text;
    }
    co_return co_await (tagged_ ? go_on(std::move(line)) : command(std::move(line)));
  }

  net::Task<Result<Response>> noop(Duration timeout) {
    connection_->set_deadline(timeout);
    co_return co_await command("NOOP");
  }

  net::Task<void> leave() {
    connection_->set_deadline(std::chrono::seconds(1));
    if (connection_->queue("z LOGOUT\r\n")) (void)co_await connection_->flush();
  }

  const net::Connection& connection() const { return *connection_; }

 private:
  net::Task<Result<Response>> command(std::string line) {
    tagged_ = false;
    tag_ = "a" + std::to_string(++number_);
    CO_TRY(co_await connection_->write(tag_ + " " + line + "\r\n"));
    co_return co_await read_response();
  }

  net::Task<Result<Response>> go_on(std::string line) {
    CO_TRY(co_await connection_->write(line + "\r\n"));
    co_return co_await read_response();
  }

  net::Task<Result<Response>> read_response() {
    for (std::size_t i = 0; i < kMaxLines; ++i) {
      const auto line = CO_TRY(co_await connection_->read_line(kMaxLine, net::LineMode::kAllowLf));
      const std::string_view text = line.text;
      if (text.starts_with("+")) co_return Response{Status::kContinue, line.text, {}};
      if (text.starts_with("* ")) {
        take_untagged(text.substr(2));
        if (upper(text).starts_with("* BYE"))
          co_return fail(net::NetError::kEof, "the server closed the connection", line.text.substr(0, 200));
        continue;
      }
      if (!text.starts_with(tag_ + " ")) co_return protocol_error(text);
      tagged_ = false;
      co_return parse(text.substr(tag_.size() + 1));
    }
    co_return protocol_error("too many lines");
  }

  static Result<Response> parse(std::string_view text) {
    Response out;
    out.text = text.substr(0, 300);
    const std::string words = upper(text);
    if (words.starts_with("OK")) {
      out.status = Status::kOk;
    } else if (words.starts_with("NO")) {
      out.status = Status::kNo;
    } else if (words.starts_with("BAD")) {
      out.status = Status::kBad;
    } else {
      return protocol_error(text);
    }
    if (const auto open = words.find('['); open != std::string::npos && open <= 4)
      if (const auto end = words.find_first_of(" ]", open); end != std::string::npos)
        out.code = words.substr(open + 1, end - open - 1);
    return out;
  }

  void take_untagged(std::string_view text) {
    const std::string words = upper(text);
    if (!words.starts_with("CAPABILITY ")) return;
    capabilities_.clear();
    std::size_t at = 0;
    while (at < words.size()) {
      const auto end = std::min(words.find(' ', at), words.size());
      if (end > at) capabilities_.push_back(words.substr(at, end - at));
      at = end + 1;
    }
  }

  net::Task<Result<>> ask_capabilities() {
    const auto response = CO_TRY(co_await command("CAPABILITY"));
    if (response.status != Status::kOk) co_return protocol_error(response.text);
    co_return Result<>{};
  }

  std::unique_ptr<net::Connection> connection_;
  std::vector<std::string> capabilities_;
  std::string tag_;
  std::uint64_t number_ = 0;
  bool tagged_ = false;  // a command has begun, and the server waits for more of it
};

using ClientPtr = std::unique_ptr<ImapClient>;

// RFC 5530 3: what a NO says that is no opinion about the password.
bool is_trouble(std::string_view code) {
  constexpr std::string_view kTrouble[] = {"UNAVAILABLE", "INUSE", "LIMIT",           "SERVERBUG",
                                           "CLIENTBUG",   "ALERT", "PRIVACYREQUIRED", "CONTACTADMIN"};
  return std::ranges::find(kTrouble, code) != std::end(kTrouble);
}

class ImapSession final : public Session {
 public:
  ImapSession(net::BlockingCalls& calls, const SessionOptions& options, ClientPtr client)
      : calls_(calls), options_(options), client_(std::move(client)) {}

  // The connection ends where it lives.
  ~ImapSession() override {
    calls_.run<int>([this] { return run_end(std::move(client_), !lost_); });
  }

  Result<Answer> log_in(const std::string& login, const std::string& password) override {
    const auto& connection = client_->connection();
    if (!may_send_password(options_, connection.is_tls(), connection.peer().ip.is_loopback())) {
      done_ = true;
      return std::unexpected(no_clear_password(options_));
    }
    if (!client_->can("AUTH=PLAIN") && client_->can("LOGINDISABLED")) {
      done_ = true;
      return cannot_say("it offers no login with a password (LOGINDISABLED)");
    }
    const auto response =
        calls_.run<Result<Response>>([&] { return client_->log_in(login, password, options_.timeout); });
    if (!response) return broken(response.error());
    if (response->status == Status::kOk) {
      done_ = true;
      return Answer{true, response->text};
    }
    if (response->status == Status::kNo && !is_trouble(response->code)) {
      if (++auth_errors_ >= options_.auth_errors) done_ = true;
      return Answer{false, response->text};
    }
    done_ = true;
    return cannot_say(response->text);
  }

  Result<Answer> takes_mail_for(const std::string&) override {
    return cannot_say("IMAP cannot tell who receives mail");
  }

  bool works() override {
    const auto response = calls_.run<Result<Response>>([&] { return client_->noop(options_.check_timeout); });
    if (!response) (void)broken(response.error());
    return response && response->status == Status::kOk;
  }

 private:
  net::BlockingCalls& calls_;
  const SessionOptions options_;
  ClientPtr client_;
  std::size_t auth_errors_ = 0;
};

net::Task<Result<ClientPtr>> run_open(SessionOptions options) {
  net::ConnectOptions connecting;
  connecting.timeout = options.create_timeout;
  connecting.server_name = options.host;
  if (options.implicit_tls) connecting.tls = options.tls;
  const bool v6 = options.host.contains(':');
  auto client = std::make_unique<ImapClient>(CO_TRY(co_await net::connect(
      (v6 ? "[" + options.host + "]" : options.host) + ":" + std::to_string(options.port), connecting)));
  CO_TRY(co_await client->start(options));
  co_return client;
}

}  // namespace

Result<std::unique_ptr<Session>> open_imap(net::BlockingCalls& calls, const SessionOptions& options) {
  auto client = TRY(calls.run<Result<ClientPtr>>([&] { return run_open(options); }));
  return std::make_unique<ImapSession>(calls, options, std::move(client));
}

}  // namespace gannet::directory::remote
