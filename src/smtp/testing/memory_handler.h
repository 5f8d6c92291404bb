// For tests of the wire: a policy that keeps messages in memory. Domain demo.test is served; alice and bob
// are known, full@demo.test is over quota; alice's password is "wonderland".
#pragma once

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "smtp/session_handler.h"

namespace gannet::smtp::testing {

struct Delivery {
  std::string sender;
  std::vector<std::string> recipients;
  std::string message;
  std::string authenticated_as;
  bool tls = false;
};

// What every session of a test has in common. Any thread.
struct MemoryMail {
  SessionOptions options;
  std::mutex mutex;
  std::vector<Delivery> deliveries;

  std::vector<Delivery> taken() {
    std::lock_guard lock(mutex);
    return deliveries;
  }
};

class MemoryHandler final : public SessionHandler {
 public:
  explicit MemoryHandler(std::shared_ptr<MemoryMail> mail)
      : mail_(std::move(mail)), options_(mail_->options) {}

  const SessionOptions& options() const override { return options_; }
  net::Task<Reply> connect(const SessionInfo*) override { co_return Reply{220, {}, {}}; }
  net::Task<Reply> hello(const SessionInfo*) override { co_return Reply{250, {}, {}}; }
  net::Task<void> tls_started(const SessionInfo*) override { co_return; }
  net::Task<void> authenticated(const SessionInfo*) override { co_return; }
  // PLAIN, and LOGIN.
  net::Task<AuthStep> auth_start(const SessionInfo* session, std::string mechanism,
                                 std::optional<std::string> initial) override {
    login_.reset();
    plain_ = mechanism == "PLAIN";
    if (initial) co_return co_await auth_next(session, *std::move(initial));
    co_return AuthStep{plain_ ? "" : "Username:", {}, {}};
  }
  net::Task<AuthStep> auth_next(const SessionInfo*, std::string response) override {
    if (!plain_ && !login_) {
      login_ = std::move(response);
      co_return AuthStep{"Password:", {}, {}};
    }
    const std::string right = std::string("\0alice\0wonderland", 17);
    const std::string given = plain_ ? response : std::string("\0", 1) + *login_ + '\0' + response;
    if (std::ranges::count(given, '\0') != 2)
      co_return AuthStep{std::nullopt, {501, {5, 5, 2}, "The response is malformed"}, {}};
    if (given == right) co_return AuthStep{std::nullopt, {235, {2, 7, 0}, "Welcome"}, "alice"};
    co_return AuthStep{std::nullopt, {535, {5, 7, 8}, "The login or the password is wrong"}, {}};
  }
  net::Task<Reply> mail(const SessionInfo* session, MailArguments mail) override {
    current_ = Delivery();
    current_.sender = mail.from.address();
    current_.authenticated_as = session->authenticated_as;
    current_.tls = session->tls.has_value();
    co_return Reply{250, {2, 1, 0}, "Sender accepted"};
  }
  net::Task<Reply> rcpt(const SessionInfo*, RcptArguments rcpt) override {
    const Path& to = rcpt.to;
    if (to.domain != "demo.test") co_return Reply{550, {5, 7, 1}, "Not served here"};
    if (to.local != "alice" && to.local != "bob" && to.local != "full")
      co_return Reply{550, {5, 1, 1}, "Nobody"};
    current_.recipients.push_back(to.address());
    co_return Reply{250, {2, 1, 5}, "Recipient accepted"};
  }
  net::Task<std::vector<Reply>> data(const SessionInfo* session, std::string message) override {
    current_.message = std::move(message);
    std::vector<Reply> replies(1, Reply{250, {2, 0, 0}, "Accepted"});
    if (session->protocol == Protocol::kLmtp) {
      replies.clear();
      for (const std::string& to : current_.recipients)
        replies.push_back(to.starts_with("full") ? Reply{452, {4, 2, 2}, "Full"}
                                                 : Reply{250, {2, 1, 5}, "Delivered"});
    }
    std::lock_guard lock(mail_->mutex);
    mail_->deliveries.push_back(std::exchange(current_, {}));
    co_return replies;
  }
  net::Task<Reply> verify(const SessionInfo*, std::string text) override {
    co_return Reply{250, {2, 1, 0}, "<" + text + "@demo.test>"};
  }
  net::Task<Reply> expand(const SessionInfo*, std::string) override {
    co_return Reply{250, {2, 1, 0}, "<alice@demo.test>\n<bob@demo.test>"};
  }
  void reset() override { current_ = Delivery(); }

 private:
  std::shared_ptr<MemoryMail> mail_;
  SessionOptions options_;
  Delivery current_;
  bool plain_ = false;
  std::optional<std::string> login_;
};

}  // namespace gannet::smtp::testing
