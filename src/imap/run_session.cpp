// One connection's life: greeting, commands, farewell (RFC 9051 3, 7.1).
#include <algorithm>

#include "imap/commands/commands.h"
#include "imap/commands/head.h"
#include "imap/link.h"
#include "imap/listener.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace gannet::imap {
namespace {

// What the session's coroutine has to do after a command.
enum class Next : std::uint8_t { kCommand, kIdle, kEnd };

// The whole of a session, in the frame of one coroutine. What an idle session needs stays here; all else is
// in coroutines that have ended by then.
class Runner {
 public:
  Runner(net::Connection& connection, net::WorkerPool& workers, Session& session)
      : link_{connection, workers, session, session.services->clock->steady()} {}

  Link& link() { return link_; }
  const std::string& idle_tag() const { return idle_tag_; }

  net::Task<Result<Next>> run_command(std::string line) {
    auto text = CO_TRY(co_await read_literals(&link_, std::move(line)));
    if (link_.session.broken) co_return Next::kEnd;
    if (!text) co_return next_after(Reply::Status::kBad);
    if (link_.session.login_ended()) co_return co_await say_login_ended();
    if (!allow_request()) co_return co_await end_for_rate(std::move(*text));
    Scanner in(*text);
    auto head = parse_head(in);
    if (!head) {
      const auto tag = Scanner(*text).tag();
      co_return co_await finish(tag ? *tag : "*", reply_to(head.error()), Next::kCommand);
    }
    if (auto wrong = wrong_state(*head, link_.session.state))
      co_return co_await finish(head->tag, *wrong, Next::kCommand);
    if (head->spec->special != Special::kNone) co_return co_await run_special(*head, in);
    auto task = head->spec->parse({in, link_.session, head->uid});
    if (!task) co_return co_await finish(head->tag, named(*head, reply_to(task.error())), Next::kCommand);
    auto reply = CO_TRY(co_await run_task(&link_, task->get(), head->spec->blocks));
    if (link_.session.broken) co_return Next::kEnd;
    co_return co_await finish(head->tag, reply, Next::kCommand);
  }

  // A line beyond imap.request.max-line-size. Its start has come, and so has its tag.
  net::Task<Result<Next>> refuse_long_line() {
    auto start = link_.connection.take_long_line_start();
    const auto tag = Scanner(start).tag();
    co_return co_await finish(tag ? *tag : "*", bad("The line is too long"), Next::kCommand);
  }

  // Sends the tagged reply; then what too many mistakes lead to.
  net::Task<Result<Next>> finish(std::string_view tag, Reply reply, Next next) {
    std::string out;
    append_reply(out, tag, reply);
    const auto after = next_after(reply.status);
    if (next == Next::kCommand && after == Next::kEnd && link_.session.state != State::kLogout) {
      out += link_.session.auth_failures >= link_.session.settings().max_auth_failures
                 ? "* BYE Too many failed logins\r\n"
                 : "* BYE Too many errors\r\n";
    }
    CO_TRY(co_await link_.connection.write(std::move(out)));
    co_return next == Next::kCommand ? after : next;
  }

  // RFC 9051 7.1.5.
  net::Task<Result<Next>> say_login_ended() {
    observe::info("imap.login-ended",
                  {{"login", link_.session.login}, {"remote-ip", link_.session.remote_ip}});
    CO_TRY(co_await link_.connection.write("* BYE The account was changed: log in again\r\n"));
    co_return Next::kEnd;
  }

 private:
  // RFC 9051 7.1.5: a server says BYE before it closes.
  net::Task<Result<Next>> end_for_rate(std::string text) {
    const auto tag = Scanner(text).tag();
    const std::string why = "Too many commands in too short a time";
    CO_TRY(co_await finish(tag ? *tag : "*", no(why, "LIMIT"), Next::kEnd));
    CO_TRY(co_await link_.connection.write("* BYE " + why + "\r\n"));
    co_return Next::kEnd;
  }

  net::Task<Result<Next>> run_special(Head head, Scanner in) {
    std::optional<Reply> reply;
    switch (head.spec->special) {
      case Special::kStartTls:
        reply = CO_TRY(co_await run_starttls(&link_, in, head.tag));
        break;
      case Special::kAuthenticate:
        reply = CO_TRY(co_await run_authenticate(&link_, in));
        break;
      default: {
        if (const auto end = in.end(); !end) {
          reply = named(head, reply_to(end.error()));
          break;
        }
        // The frames of this command go before the session rests.
        idle_tag_ = head.tag;
        co_return Next::kIdle;
      }
    }
    if (!reply) co_return Next::kCommand;
    co_return co_await finish(head.tag, *reply, Next::kCommand);
  }

  // "FETCH: Expected ..."
  static Reply named(const Head& head, Reply reply) {
    reply.text = std::string(head.uid ? "UID " : "") + std::string(head.spec->name) + ": " + reply.text;
    return reply;
  }

  Next next_after(Reply::Status status) {
    const auto& session = link_.session;
    errors_ = status == Reply::Status::kBad ? errors_ + 1 : 0;
    const bool end = session.state == State::kLogout || errors_ >= session.settings().max_errors ||
                     session.auth_failures >= session.settings().max_auth_failures;
    return end ? Next::kEnd : Next::kCommand;
  }

  // imap.rate-limit.requests, counted in windows of its period.
  bool allow_request() {
    const auto& settings = link_.session.settings();
    if (settings.rate_count == 0) return true;
    const auto now = link_.session.services->clock->steady();
    if (now - window_ >= settings.rate_period) {
      window_ = now;
      requests_ = 0;
    }
    return ++requests_ <= settings.rate_count;
  }

  Link link_;
  std::string idle_tag_;
  unsigned errors_ = 0;
  std::uint64_t requests_ = 0;
  SteadyTime window_{};
};

net::Task<Result<Next>> idle(Runner* runner) {
  const auto reply = CO_TRY(co_await run_idle(&runner->link()));
  if (runner->link().session.login_ended()) co_return co_await runner->say_login_ended();
  co_return co_await runner->finish(runner->idle_tag(), *reply, Next::kCommand);
}

net::Task<Result<>> serve(Runner* serving) {
  Runner& runner = *serving;
  auto& connection = runner.link().connection;
  auto& session = runner.link().session;
  CO_TRY(connection.queue("* OK [CAPABILITY " + capabilities(session) + "] " +
                          session.settings().server_name + " ready\r\n"));
  for (auto next = Next::kCommand; next != Next::kEnd;) {
    if (next == Next::kIdle) {
      next = CO_TRY(co_await idle(&runner));
      continue;
    }
    move_deadline(runner.link());
    auto line = co_await connection.read_line(session.settings().max_line_size, net::LineMode::kAllowLf);
    if (!line && line.error().is(net::NetError::kTooLong)) {
      next = CO_TRY(co_await runner.refuse_long_line());
    } else if (!line) {
      co_return std::unexpected(std::move(line).error());
    } else {
      next = CO_TRY(co_await runner.run_command(std::move(line->text)));
    }
  }
  co_return Result<>();
}

const observe::Gauge& session_gauge() {
  static const auto gauge = observe::gauge("gannet_imap_sessions", "IMAP sessions now");
  return gauge;
}

// One session, for the metrics.
struct Counted {
  Counted() { session_gauge().add(); }
  ~Counted() { session_gauge().subtract(); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
};

net::Task<void> run_session(std::unique_ptr<net::Connection> connection,
                            std::shared_ptr<const Services> services, net::WorkerPool* workers) {
  {
    const Counted counted;
    Session session;
    session.services = std::move(services);
    session.tls = connection->is_tls();
    if (session.tls) session.certificate_emails = connection->tls_info().peer_emails;
    session.can_start_tls = connection->can_start_tls();
    session.remote_ip = connection->peer().ip.to_string();
    Runner runner(*connection, *workers, session);
    const auto served = co_await serve(&runner);
    if (!served) {
      const auto last_word = session.broken ? std::string_view() : farewell(served.error(), session.state);
      if (!last_word.empty()) (void)connection->queue(last_word);
      observe::debug(
          "imap.session-ended",
          {{"login", session.login}, {"remote-ip", session.remote_ip}, {"reason", served.error()}});
    }
  }
  co_await connection->close();
}

}  // namespace

void move_deadline(Link& link) {
  const auto& settings = link.session.settings();
  if (link.session.state != State::kNotAuthenticated) {
    link.connection.set_deadline(settings.timeout_authenticated);
    return;
  }
  const auto passed = link.session.services->clock->steady() - link.start;
  link.connection.set_deadline(settings.timeout_anonymous - std::min(passed, settings.timeout_anonymous));
}

std::string_view farewell(const Error& error, State state) {
  if (error.is(net::NetError::kTimeout))
    return state == State::kNotAuthenticated ? "* BYE No login came in time\r\n"
                                             : "* BYE Nothing came for too long\r\n";
  if (error.is(net::NetError::kShutdown)) return "* BYE [UNAVAILABLE] The server is shutting down\r\n";
  if (error.is(net::NetError::kTooLong)) return "* BYE The line is too long\r\n";
  return {};
}

net::Protocol make_protocol(std::shared_ptr<const Services> services, net::WorkerPool& workers) {
  return {
      .name = "imap",
      .run_session =
          [shared = std::move(services), workers = &workers](std::unique_ptr<net::Connection> connection) {
            return run_session(std::move(connection), shared, workers);
          },
      .refusal = "* BYE [UNAVAILABLE] Too many connections, try again later\r\n",
      .alpn = {"imap"}};
}

}  // namespace gannet::imap
