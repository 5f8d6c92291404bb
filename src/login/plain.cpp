// PLAIN, LOGIN and EXTERNAL: one message, or two.
#include "base/unicode.h"
#include "login/mechanism.h"

namespace gannet::login {
namespace {

// RFC 4616 2: message = [authzid] NUL authcid NUL passwd
class Plain final : public Mechanism {
 public:
  Next next(std::string message) override {
    const auto first = message.find('\0');
    const auto second = first == std::string::npos ? first : message.find('\0', first + 1);
    if (second == std::string::npos || second == first + 1 ||
        message.find('\0', second + 1) != std::string::npos)
      return Malformed{"The response is no PLAIN message: [authzid] NUL authcid NUL password (RFC 4616 2)"};
    return CheckPassword{message.substr(0, first), message.substr(first + 1, second - first - 1),
                         message.substr(second + 1)};
  }
};

class Login final : public Mechanism {
 public:
  Next begin(std::optional<std::string> initial) override {
    if (!initial) return Challenge{"Username:"};
    return next(*std::move(initial));
  }
  Next next(std::string message) override {
    if (login_) return CheckPassword{{}, *std::move(login_), std::move(message)};
    login_ = std::move(message);
    return Challenge{"Password:"};
  }

 private:
  std::optional<std::string> login_;
};

class External final : public Mechanism {
 public:
  Next next(std::string message) override {
    if (!is_utf8(message) || message.contains('\0'))
      return Malformed{"The authorization identity is not UTF-8 (RFC 4422 appendix A)"};
    return ByCertificate{std::move(message)};
  }
};

}  // namespace

Next Mechanism::begin(std::optional<std::string> initial) {
  if (!initial) return Challenge{};
  return next(*std::move(initial));
}

Next Mechanism::scram(directory::ScramSecrets) {
  return Malformed{"Out of order"};
}

std::unique_ptr<Mechanism> make_plain() {
  return std::make_unique<Plain>();
}
std::unique_ptr<Mechanism> make_login() {
  return std::make_unique<Login>();
}
std::unique_ptr<Mechanism> make_external() {
  return std::make_unique<External>();
}

std::vector<std::string> offered(const std::vector<std::string>& wanted, const Offer& offer) {
  const auto wants = [&](std::string_view name) {
    for (const auto& one : wanted)
      if (equal_ignoring_ascii_case(one, name)) return true;
    return false;
  };
  std::vector<std::string> out;
  const bool scram = offer.scram && wants("scram");
  if (scram && offer.binding) out.emplace_back("SCRAM-SHA-256-PLUS");
  if (scram) out.emplace_back("SCRAM-SHA-256");
  if (offer.certificate && wants("external")) out.emplace_back("EXTERNAL");
  if (wants("plain")) out.emplace_back("PLAIN");
  if (wants("login")) out.emplace_back("LOGIN");
  return out;
}

}  // namespace gannet::login
