#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>

#include "net/certificate_set.h"
#include "net/testing/server.h"

namespace gannet::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

// What came over the wire: header as sent, body.
struct Seen {
  std::string head = {};
  std::string body = {};
};

// Answers by path; keeps what it saw.
class Site {
 public:
  explicit Site(ListenerOptions listener = testing::loopback_listener())
      : tls_(listener.tls.implicit), server_(protocol(), std::move(listener)) {}

  std::string url(const std::string& path) const {
    return (tls_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(server_.endpoint().port) +
           path;
  }
  testing::Server& server() { return server_; }
  Seen last() const {
    const std::scoped_lock lock(mutex_);
    return seen_.empty() ? Seen() : seen_.back();
  }
  void wait_for(std::size_t requests) const {
    for (const auto end = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < end;) {
      const std::scoped_lock lock(mutex_);
      if (seen_.size() >= requests) return;
    }
    ADD_FAILURE() << "no request came";
  }

 private:
  Protocol protocol() {
    Protocol out;
    out.name = "http";
    out.run_session = [this](std::unique_ptr<Connection> connection) {
      return run_session(std::move(connection), this);
    };
    return out;
  }

  static Task<void> run_session(std::unique_ptr<Connection> connection, Site* site) {
    for (;;) {
      connection->set_deadline(1min);
      Seen seen;
      std::size_t size = 0;
      for (;;) {
        auto line = co_await connection->read_line(100'000);
        if (!line) co_return;
        if (line->text.empty()) break;
        seen.head += line->text + "\n";
        if (line->text.starts_with("Content-Length: "))
          std::from_chars(line->text.data() + 16, line->text.data() + line->text.size(), size);
      }
      if (size > 0) {
        auto body = co_await connection->read_exact(size);
        if (!body) co_return;
        seen.body = *std::move(body);
      }
      const std::string answer = site->answer(seen);
      if (answer == "silence") {
        (void)co_await connection->read_line(10);
        co_return;
      }
      if (answer.empty()) co_return;
      if (!co_await connection->write(answer)) co_return;
      if (!co_await connection->flush()) co_return;
      if (answer.contains("Connection: close")) co_return;
    }
  }

  std::string answer(const Seen& seen) {
    {
      const std::scoped_lock lock(mutex_);
      seen_.push_back(seen);
    }
    const auto has = [&](std::string_view path) { return seen.head.contains(" " + std::string(path) + " "); };
    if (has("/echo")) return ok(seen.body);
    if (has("/big")) return ok(std::string(100'000, 'x'));
    if (has("/chunked"))
      return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-After: "
             "yes\r\n\r\n";
    if (has("/headers")) {
      std::string many = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
      for (int i = 0; i < 60; ++i) many += "X-Long: " + std::string(8000, 'h') + "\r\n";
      return many + "\r\n";
    }
    if (has("/busy")) return "HTTP/1.1 429 Slow down\r\nretry-after: 7\r\nContent-Length: 2\r\n\r\nno";
    if (has("/moved")) return "HTTP/1.1 302 Found\r\nLocation: /echo\r\nContent-Length: 4\r\n\r\ngone";
    if (has("/loop")) return "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n";
    if (has("/file"))
      return "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n";
    if (has("/gzip")) return "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nraw";
    if (seen.head.contains(" /silent")) return "silence";
    if (has("/drop")) return "";
    if (has("/half")) return "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf";
    if (seen.head.starts_with("HEAD ")) return "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n";
    return "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone";
  }

  static std::string ok(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nX-Kind:  plain \r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }

  const bool tls_;
  mutable std::mutex mutex_;
  std::vector<Seen> seen_;
  testing::Server server_;
};

class HttpClientTest : public ::testing::Test {
 protected:
  HttpResponse get(const std::string& path) {
    auto response = client_.send({.url = site_.url(path)});
    EXPECT_TRUE(response) << response.error().describe();
    return response ? *response : HttpResponse();
  }
  Error error_of(HttpRequest request) {
    auto response = client_.send(request);
    EXPECT_FALSE(response) << response->status;
    return response ? Error(NetError::kInternal, "") : response.error();
  }

  SystemClock clock_;
  Site site_;
  HttpClient client_{{}, clock_};
};

TEST_F(HttpClientTest, SendsMethodFieldsAndBody) {
  const std::string body("a\0b\r\n\xff", 6);
  const auto response =
      client_.send({.method = "PUT",
                    .url = site_.url("/echo"),
                    .headers = {{"X-One", "1"}, {"X-Empty", ""}, {"Content-Type", "text/x"}},
                    .body = body});
  ASSERT_TRUE(response) << response.error().describe();
  EXPECT_EQ(response->status, 200);
  EXPECT_TRUE(response->ok());
  EXPECT_EQ(response->body, body);
  EXPECT_EQ(response->header("x-KIND"), "plain");
  EXPECT_EQ(response->header("X-None"), "");
  EXPECT_EQ(site_.last().body, body);
  EXPECT_THAT(site_.last().head, HasSubstr("PUT /echo HTTP/1.1\n"));
  EXPECT_THAT(site_.last().head, HasSubstr("X-One: 1\n"));
  EXPECT_THAT(site_.last().head, HasSubstr("X-Empty:\n"));
  EXPECT_THAT(site_.last().head, HasSubstr("Content-Type: text/x\n"));
  EXPECT_THAT(site_.last().head, HasSubstr("User-Agent: Gannet\n"));
}

TEST_F(HttpClientTest, AddsNothingByItself) {
  const std::string large(2'000'000, 'b');
  ASSERT_TRUE(client_.send({.method = "POST", .url = site_.url("/echo"), .body = large}));
  EXPECT_THAT(site_.last().head, Not(HasSubstr("Expect")));
  EXPECT_THAT(site_.last().head, Not(HasSubstr("Content-Type")));
  EXPECT_EQ(site_.last().body.size(), large.size());
  ASSERT_TRUE(client_.send({.method = "POST", .url = site_.url("/echo")}));
  EXPECT_THAT(site_.last().head, HasSubstr("Content-Length: 0\n"));
  ASSERT_TRUE(client_.send({.method = "DELETE", .url = site_.url("/a/../b%2Fc?x=%20&y")}));
  EXPECT_THAT(site_.last().head, HasSubstr("DELETE /a/../b%2Fc?x=%20&y HTTP/1.1\n")) << "the path as it is";
  EXPECT_THAT(site_.last().head, Not(HasSubstr("Authorization")));
}

TEST_F(HttpClientTest, AnyStatusIsAResponse) {
  EXPECT_EQ(get("/nothing").status, 404);
  EXPECT_EQ(get("/nothing").body, "none");
  EXPECT_FALSE(get("/nothing").retry_can_help());
  const auto busy = get("/busy");
  EXPECT_EQ(busy.status, 429);
  EXPECT_TRUE(busy.retry_can_help());
  EXPECT_EQ(busy.retry_after(), 7s);
  const auto head = client_.send({.method = "HEAD", .url = site_.url("/size")});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("Content-Length"), "12345");
  EXPECT_EQ(get("/gzip").body, "raw") << "as sent";
  const auto chunked = get("/chunked");
  EXPECT_EQ(chunked.body, "abcde");
  EXPECT_EQ(chunked.header("X-After"), "yes");
}

TEST_F(HttpClientTest, KeepsItsConnections) {
  for (int i = 0; i < 20; ++i) get("/echo");
  EXPECT_EQ(client_.connections_made(), 1u);
  EXPECT_TRUE(error_of({.url = site_.url("/drop")}).is(NetError::kReset));
  get("/echo");
  EXPECT_LE(client_.connections_made(), 4u) << "a broken one is made anew";
}

TEST_F(HttpClientTest, BoundsWhatItTakes) {
  EXPECT_EQ(client_.send({.url = site_.url("/big"), .max_response = 100'000})->body.size(), 100'000u);
  const Error error = error_of({.url = site_.url("/big"), .max_response = 99'999});
  EXPECT_TRUE(error.is(NetError::kTooLong)) << error.describe();
  EXPECT_FALSE(error.retry_can_help());
  EXPECT_TRUE(error_of({.url = site_.url("/headers")}).is(NetError::kTooLong));
}

TEST_F(HttpClientTest, FollowsRedirectsOnlyWhenAsked) {
  EXPECT_EQ(get("/moved").status, 302);
  EXPECT_EQ(get("/moved").header("Location"), "/echo");
  const auto followed = client_.send({.url = site_.url("/moved"), .max_redirects = 1});
  ASSERT_TRUE(followed);
  EXPECT_EQ(followed->status, 200);
  EXPECT_EQ(followed->body, "") << "nothing of the redirect is left";
  EXPECT_EQ(followed->header("Location"), "");
  EXPECT_TRUE(error_of({.url = site_.url("/loop"), .max_redirects = 3}).is(NetError::kInvalid));
  EXPECT_TRUE(error_of({.url = site_.url("/file"), .max_redirects = 3}).is(NetError::kInvalid));
}

TEST_F(HttpClientTest, Authorizes) {
  ASSERT_TRUE(client_.send(
      {.url = site_.url("/echo"), .authorization = {.user = "Aladdin", .password = Secret("open sesame")}}));
  EXPECT_THAT(site_.last().head, HasSubstr("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n"));
  ASSERT_TRUE(client_.send({.url = site_.url("/echo"), .authorization = {.bearer = Secret("tok.en")}}));
  EXPECT_THAT(site_.last().head, HasSubstr("Authorization: Bearer tok.en\n"));
  get("/echo");
  EXPECT_THAT(site_.last().head, Not(HasSubstr("Authorization"))) << "the next request is without";
}

TEST_F(HttpClientTest, RefusesWhatCannotBeSent) {
  EXPECT_TRUE(error_of({.url = "file:///etc/passwd"}).is(NetError::kInvalid));
  EXPECT_TRUE(error_of({.url = "ftp://127.0.0.1/"}).is(NetError::kInvalid));
  EXPECT_TRUE(error_of({.url = "http://"}).is(NetError::kInvalid));
  EXPECT_TRUE(error_of({.method = "GET / HTTP/1.1\r\nX:", .url = site_.url("/echo")}).is(NetError::kInvalid));
  EXPECT_TRUE(error_of({.url = site_.url("/echo"), .headers = {{"X", "1\r\nY: 2"}}}).is(NetError::kInvalid));
  EXPECT_TRUE(error_of({.url = site_.url("/echo"), .headers = {{"X: 1\r\nY", "2"}}}).is(NetError::kInvalid));
}

TEST_F(HttpClientTest, SaysWhatWentWrong) {
  const Error half = error_of({.url = site_.url("/half")});
  EXPECT_TRUE(half.is(NetError::kReset)) << half.describe();
  EXPECT_TRUE(half.retry_can_help());
  const Error silent = error_of({.url = site_.url("/silent?secret"), .timeout = 50ms});
  EXPECT_TRUE(silent.is(NetError::kTimeout)) << silent.describe();
  EXPECT_TRUE(silent.retry_can_help());
  EXPECT_THAT(silent.detail(), HasSubstr("GET " + site_.url("/silent")));
  EXPECT_THAT(silent.detail(), Not(HasSubstr("secret"))) << "queries may hold tokens";
  std::string closed;
  {
    Site gone;
    closed = gone.url("/");
  }
  const Error refused = error_of({.url = closed});
  EXPECT_TRUE(refused.is(NetError::kConnect)) << refused.describe();
  EXPECT_TRUE(refused.retry_can_help());
}

TEST_F(HttpClientTest, BoundsRequestsAtATime) {
  HttpClient one({.wait_timeout = 20ms, .max_connections = 1}, clock_);
  auto running = std::async(std::launch::async, [&] { return one.send({.url = site_.url("/silent")}); });
  site_.wait_for(1);
  const auto second = one.send({.url = site_.url("/echo")});
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().is(NetError::kOverloaded));
  EXPECT_TRUE(second.error().retry_can_help());
  const auto begun = std::chrono::steady_clock::now();
  one.stop();
  const auto first = running.get();
  ASSERT_FALSE(first);
  EXPECT_TRUE(first.error().is(NetError::kShutdown)) << first.error().describe();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 500ms) << "at once, not at the next tick";
  EXPECT_TRUE(one.send({.url = site_.url("/echo")}).error().is(NetError::kShutdown));
}

TEST_F(HttpClientTest, ServesManyThreads) {
  HttpClient client({.max_connections = 4}, clock_);
  {
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 50; ++i) {
          const std::string body = std::to_string(t * 1000 + i);
          const auto response = client.send({.method = "POST", .url = site_.url("/echo"), .body = body});
          ASSERT_TRUE(response) << response.error().describe();
          ASSERT_EQ(response->body, body);
        }
      });
  }
  EXPECT_LE(client.connections_made(), 4u);
}

Task<void> greet(std::unique_ptr<Connection> connection) {
  (void)co_await connection->write("220 mail.example.org ready\r\n");
  (void)co_await connection->flush();
  (void)co_await connection->read_line(100'000);
}

TEST(HttpClientTls, VerifiesUnlessToldOtherwise) {
  SystemClock clock;
  auto listener = testing::loopback_listener();
  listener.tls.implicit = true;
  Site site(listener);
  const auto made = *make_self_signed("localhost", clock.now());
  ASSERT_TRUE(site.server().certificates->load({{"test", made.certificate, Secret(made.key), {}, true}}));
  const std::string ca = ::testing::TempDir() + "gannet-http-client-ca.pem";
  std::ofstream(ca) << made.certificate;

  HttpClient strict({}, clock);
  const auto refused = strict.send({.url = site.url("/echo")});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(NetError::kCertificate)) << refused.error().describe();
  HttpClient knows({.ca_file = ca}, clock);
  EXPECT_EQ(knows.send({.url = site.url("/echo")})->status, 200);
  HttpClient lax({.allow_invalid_certificates = true}, clock);
  EXPECT_EQ(lax.send({.url = site.url("/echo")})->status, 200);

  std::string by_address = site.url("/echo");
  by_address.replace(by_address.find("localhost"), 9, "127.0.0.1");
  const auto mismatch = knows.send({.url = by_address});
  ASSERT_FALSE(mismatch);
  EXPECT_TRUE(mismatch.error().is(NetError::kCertificate)) << mismatch.error().describe();
  HttpClient no_file({.ca_file = "/nowhere/ca.pem"}, clock);
  EXPECT_TRUE(no_file.send({.url = site.url("/echo")}).error().is(NetError::kCertificate));

  Protocol other_protocol;
  other_protocol.name = "smtp";
  other_protocol.run_session = [](std::unique_ptr<Connection> connection) {
    return greet(std::move(connection));
  };
  const testing::Server no_tls(other_protocol);
  const auto nonsense = strict.send({.url = "https://" + no_tls.endpoint().to_string() + "/"});
  ASSERT_FALSE(nonsense);
  EXPECT_TRUE(nonsense.error().is(NetError::kTls)) << nonsense.error().describe();
}

}  // namespace
}  // namespace gannet::net
