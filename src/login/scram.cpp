// SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, the server's side (RFC 5802, RFC 7677).
#include <openssl/crypto.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/unicode.h"
#include "login/mechanism.h"

namespace gannet::login {
namespace {

using directory::kScramKeyBytes;
using directory::ScramSecrets;

constexpr std::size_t kMaxNonce = 1024;

bool is_nonce(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNonce &&
         std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7e && c != ','; });
}

// RFC 5802 5.1: "=2C" is a comma, "=3D" an equals sign.
std::optional<std::string> unescape_name(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out += text[i];
    } else if (text.substr(i, 3) == "=2C") {
      out += ',';
      i += 2;
    } else if (text.substr(i, 3) == "=3D") {
      out += '=';
      i += 2;
    } else {
      return std::nullopt;
    }
  }
  if (out.empty() || out.contains('\0') || !is_utf8(out)) return std::nullopt;
  return out;
}

// Takes "x=value" and the comma after it from the front.
std::optional<std::string_view> take_attribute(std::string_view& text, char name) {
  if (text.size() < 2 || text[0] != name || text[1] != '=') return std::nullopt;
  const auto end = text.find(',');
  const auto value = text.substr(2, end == std::string_view::npos ? end : end - 2);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return value;
}

struct ClientFirst {
  std::string gs2_header;       // with its last comma
  std::string binding;          // after p=; empty for n and y
  bool thinks_no_plus = false;  // y
  std::string authorize_as, login, nonce;
  std::string bare;
};

// client-first-message = gs2-cbind-flag "," [ authzid ] "," [reserved-mext ","] username "," nonce ["," extensions]
std::optional<ClientFirst> parse_client_first(std::string_view message) {
  ClientFirst out;
  std::string_view rest = message;
  if (rest.starts_with("n,") || rest.starts_with("y,")) {
    out.thinks_no_plus = rest[0] == 'y';
    rest.remove_prefix(2);
  } else if (const auto binding = take_attribute(rest, 'p'); binding && !binding->empty()) {
    out.binding = *binding;
  } else {
    return std::nullopt;
  }
  if (rest.starts_with(',')) {
    rest.remove_prefix(1);
  } else {
    const auto text = take_attribute(rest, 'a');
    auto name = text ? unescape_name(*text) : std::nullopt;
    if (!name) return std::nullopt;
    out.authorize_as = *std::move(name);
  }
  out.gs2_header = message.substr(0, message.size() - rest.size());
  out.bare = rest;
  const auto name = take_attribute(rest, 'n');
  auto login = name ? unescape_name(*name) : std::nullopt;
  const auto nonce = login ? take_attribute(rest, 'r') : std::nullopt;
  if (!nonce || !is_nonce(*nonce)) return std::nullopt;
  // The client prepares it (RFC 5802 2.2); one that did not is met half way.
  out.login = saslprep(*login).value_or(*login);
  out.nonce = *nonce;
  return out;
}

struct ClientFinal {
  std::string binding;  // c=, decoded
  std::string_view nonce, without_proof;
  std::string proof;  // decoded
};

// client-final-message = channel-binding "," nonce ["," extensions] "," proof
std::optional<ClientFinal> parse_client_final(std::string_view message) {
  const auto at = message.rfind(",p=");
  if (at == std::string_view::npos) return std::nullopt;
  ClientFinal out;
  out.without_proof = message.substr(0, at);
  auto proof = base64_decode(message.substr(at + 3));
  std::string_view rest = out.without_proof;
  const auto text = take_attribute(rest, 'c');
  auto binding = text ? base64_decode(*text) : std::nullopt;
  const auto nonce = binding ? take_attribute(rest, 'r') : std::nullopt;
  if (!nonce || !proof || proof->size() != kScramKeyBytes) return std::nullopt;
  out.binding = *std::move(binding);
  out.nonce = *nonce;
  out.proof = *std::move(proof);
  return out;
}

// RFC 5802 3: ClientKey := ClientProof XOR HMAC(StoredKey, AuthMessage); H(ClientKey) is the stored key.
bool proves(const directory::ScramKeys& keys, std::string_view auth_message, const std::string& proof) {
  std::string client_key = hmac_sha256(keys.stored_key, auth_message);
  for (std::size_t i = 0; i < client_key.size(); ++i)
    client_key[i] = static_cast<char>(client_key[i] ^ proof[i]);
  const auto hashed = sha256(client_key);
  return CRYPTO_memcmp(hashed.data(), keys.stored_key.data(), hashed.size()) == 0;
}

class Scram final : public Mechanism {
 public:
  explicit Scram(ScramSetup setup) : setup_(std::move(setup)) {}

  Next next(std::string message) override { return secrets_ ? finish(message) : start(message); }

  Next scram(ScramSecrets secrets) override {
    secrets_ = std::move(secrets);
    server_first_ = "r=" + first_.nonce + setup_.nonce + ",s=" + base64_encode(secrets_->salt) +
                    ",i=" + std::to_string(secrets_->iterations);
    return Challenge{server_first_};
  }

 private:
  Next start(const std::string& message) {
    auto first = parse_client_first(message);
    if (!first) return Malformed{"The response is no client-first-message of SCRAM (RFC 5802 7)"};
    first_ = *std::move(first);
    if (setup_.plus == first_.binding.empty())
      return Malformed{setup_.plus ? "SCRAM-SHA-256-PLUS needs a channel binding: p=..."
                                   : "A channel binding needs SCRAM-SHA-256-PLUS"};
    // RFC 5802 6: the client's list of mechanisms was shortened on the way.
    if (first_.thinks_no_plus && setup_.plus_offered)
      return Refused{first_.login, "the client was not shown that channel binding is offered"};
    if (setup_.plus) {
      const auto found =
          std::ranges::find(setup_.bindings, first_.binding, [](const auto& b) { return b.first; });
      if (found == setup_.bindings.end()) return Malformed{"There is no channel binding of this type here"};
      binding_ = found->second;
    }
    return GetScram{first_.login};
  }

  Next finish(const std::string& message) {
    const auto last = parse_client_final(message);
    if (!last) return Malformed{"The response is no client-final-message of SCRAM (RFC 5802 7)"};
    if (last->nonce != first_.nonce + setup_.nonce) return Refused{first_.login, "the nonce is another"};
    if (last->binding != first_.gs2_header + binding_)
      return Refused{first_.login, "the channel binding differs: somebody may be in between"};
    const std::string auth_message =
        first_.bare + "," + server_first_ + "," + std::string(last->without_proof);
    const ScramSecrets::Entry* right = nullptr;
    for (const auto& entry : secrets_->entries)
      if (proves(entry.keys, auth_message, last->proof)) right = &entry;
    if (right == nullptr) {
      // For an unknown login the same work is done.
      if (secrets_->entries.empty())
        proves({std::string(kScramKeyBytes, '\0'), {}}, auth_message, last->proof);
      return Refused{first_.login, "wrong password"};
    }
    return Proven{first_.authorize_as, first_.login, right->app_password,
                  "v=" + base64_encode(hmac_sha256(right->keys.server_key, auth_message))};
  }

  ScramSetup setup_;
  ClientFirst first_;
  std::string binding_;
  std::string server_first_;
  std::optional<ScramSecrets> secrets_;
};

}  // namespace

std::unique_ptr<Mechanism> make_scram(ScramSetup setup) {
  return std::make_unique<Scram>(std::move(setup));
}

}  // namespace gannet::login
