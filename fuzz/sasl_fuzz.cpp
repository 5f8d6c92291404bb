// SASL exchanges as a hostile client would have them: the input is a list of messages, the first byte chooses the
// mechanism. Whatever it says, nobody is let in who did not prove it, and an exchange ends.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "directory/secrets.h"
#include "login/mechanism.h"

using namespace gannet;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

directory::ScramSecrets secrets() {
  static const auto verifier =
      *directory::derive_scram("pencil", "0123456789abcdef", directory::kMinScramIterations);
  return {verifier.iterations, verifier.salt, {{verifier.keys, {}}}};
}

std::unique_ptr<login::Mechanism> mechanism(std::uint8_t choice) {
  const login::ChannelBindings bindings = {{"tls-exporter", "exporter"},
                                           {"tls-server-end-point", "end point"}};
  switch (choice % 5) {
    case 0:
      return login::make_plain();
    case 1:
      return login::make_login();
    case 2:
      return login::make_external();
    default:
      return login::make_scram(
          {.nonce = "nonce", .bindings = bindings, .plus = choice % 5 == 3, .plus_offered = true});
  }
}

// Whether the exchange goes on.
bool check(login::Mechanism& machine, login::Next next) {
  if (std::holds_alternative<login::GetScram>(next)) {
    const auto& login = std::get<login::GetScram>(next).login;
    require(!login.empty() && !login.contains('\0'));
    next = machine.scram(secrets());
  }
  if (const auto* password = std::get_if<login::CheckPassword>(&next))
    require(password->login.size() < 1 << 20);
  if (const auto* malformed = std::get_if<login::Malformed>(&next)) require(!malformed->text.empty());
  // The fuzzer cannot know a proof: HMAC-SHA-256 would have to be broken.
  require(!std::holds_alternative<login::Proven>(next));
  return std::holds_alternative<login::Challenge>(next);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  // What is stored is read by the same eyes.
  const std::string whole(rest);
  (void)directory::parse_app_password(whole);
  (void)directory::parse_otpauth(whole);
  if (const auto verifier = directory::parse_scram(whole))
    require(directory::parse_scram(directory::format_scram(*verifier)).has_value());
  (void)directory::sort_secrets({&whole, 1});

  const auto machine = mechanism(data[0]);
  bool first = true;
  for (int turns = 0; turns < 8; ++turns) {
    const auto end = rest.find('\n');
    std::string message(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const bool silent = first && message == "-";
    auto next = first ? machine->begin(silent ? std::nullopt : std::optional(std::move(message)))
                      : machine->next(std::move(message));
    first = false;
    if (!check(*machine, std::move(next)) || rest.empty()) break;
  }
  return 0;
}
