#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cctype>

#include "net/certificate_set.h"
#include "net/tls.h"
#include "net/tls_info.h"

namespace gannet::net {

struct ServerTlsCallbacks {
  static int choose_certificate(SSL* ssl, void* argument);
  static int choose_alpn(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in,
                         unsigned in_size, void* argument);
};

namespace {

// Forward secrecy and authenticated encryption only, as Mozilla's "intermediate" configuration has it.
constexpr const char* kCiphers12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kCiphers13 =
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

// "TLSv1.2", "tls1_2" and "1.2" are one.
std::string version_key(std::string_view name) {
  std::string key;
  for (unsigned char c : name) {
    if (std::isdigit(c)) key += static_cast<char>(c);
  }
  return key;
}

Result<> disable_protocols(SSL_CTX* context, const std::vector<std::string>& names) {
  std::uint64_t off = 0;
  for (const auto& name : names) {
    auto key = version_key(name);
    if (key == "12") {
      off |= SSL_OP_NO_TLSv1_2;
    } else if (key == "13") {
      off |= SSL_OP_NO_TLSv1_3;
    } else if (key != "1" && key != "10" && key != "11" && key != "2" && key != "3") {
      return fail(NetError::kInvalid,
                  "tls.disable-protocols: unknown protocol \"" + name + "\" (known: TLSv1.2, TLSv1.3)");
    }
  }
  if (off == (SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3)) {
    return fail(NetError::kInvalid, "tls.disable-protocols: nothing is left; keep TLSv1.2 or TLSv1.3");
  }
  SSL_CTX_set_options(context, off);
  return {};
}

// rustls calls TLS 1.3's suites TLS13_...; IANA and OpenSSL call them TLS_...
std::string cipher_key(std::string name) {
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (name.starts_with("TLS13_")) name.replace(0, 6, "TLS_");
  return name;
}

Result<> set_ciphers(SSL_CTX* context, const std::vector<std::string>& disabled) {
  SSL_CTX_set_cipher_list(context, kCiphers12);
  SSL_CTX_set_ciphersuites(context, kCiphers13);
  if (disabled.empty()) return {};
  std::vector<bool> known(disabled.size(), false);
  std::string list12, list13;
  const auto* ciphers = SSL_CTX_get_ciphers(context);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const auto* cipher = sk_SSL_CIPHER_value(ciphers, i);
    std::string name = SSL_CIPHER_get_name(cipher);
    std::string standard = SSL_CIPHER_standard_name(cipher);
    bool off = false;
    for (std::size_t d = 0; d < disabled.size(); ++d) {
      auto key = cipher_key(disabled[d]);
      if (key != cipher_key(name) && key != cipher_key(standard)) continue;
      known[d] = off = true;
    }
    if (off) continue;
    auto& list = name.starts_with("TLS_") ? list13 : list12;
    list += (list.empty() ? "" : ":") + name;
  }
  for (std::size_t d = 0; d < disabled.size(); ++d) {
    if (!known[d])
      return fail(NetError::kInvalid, "tls.disable-ciphers: unknown cipher \"" + disabled[d] + "\"");
  }
  if (list12.empty() && list13.empty())
    return fail(NetError::kInvalid, "tls.disable-ciphers: nothing is left");
  SSL_CTX_set_ciphersuites(context, list13.c_str());
  if (list12.empty()) {
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  } else {
    SSL_CTX_set_cipher_list(context, list12.c_str());
  }
  if (list13.empty()) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  ERR_clear_error();
  return {};
}

void set_common(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context,
                      SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

// `require`: without a certificate that an authority vouches for there is no handshake. Else such a client is served as
// one that has none, and SSL_get_verify_result() tells.
Result<> ask_for_certificate(SSL_CTX* context, const std::string& authorities, bool require) {
  if (authorities.empty())
    return fail(NetError::kInvalid, "tls.client-ca is needed with tls.client-certificate: whom to believe");
  auto* names = SSL_load_client_CA_file(authorities.c_str());
  if (names == nullptr || SSL_CTX_load_verify_file(context, authorities.c_str()) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return fail(NetError::kCertificate,
                "tls.client-ca: " + authorities + ": cannot read the certificates of authorities",
                openssl_error("?"));
  }
  SSL_CTX_set_client_CA_list(context, names);
  X509_VERIFY_PARAM_set_purpose(SSL_CTX_get0_param(context), X509_PURPOSE_SSL_CLIENT);
  if (require) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  } else {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, +[](int, X509_STORE_CTX*) { return 1; });
  }
  return {};
}

std::string alpn_wire(const std::vector<std::string>& names) {
  std::string wire;
  for (const auto& name : names) {
    wire += static_cast<char>(name.size());
    wire += name;
  }
  return wire;
}

}  // namespace

int ServerTlsCallbacks::choose_certificate(SSL* ssl, void* argument) {
  const auto& self = *static_cast<const ServerTls*>(argument);
  auto set = self.certificates_->current();
  if (!set) return 0;
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  SSL_certs_clear(ssl);
  for (const auto* certificate : set->find(name ? name : "")) {
    if (SSL_use_cert_and_key(ssl, certificate->leaf.get(), certificate->key.get(), certificate->chain.get(),
                             1) != 1) {
      return 0;
    }
  }
  return 1;
}

int ServerTlsCallbacks::choose_alpn(SSL*, const unsigned char** out, unsigned char* size,
                                    const unsigned char* in, unsigned in_size, void* argument) {
  const auto& ours = static_cast<const ServerTls*>(argument)->alpn_;
  unsigned char* chosen = nullptr;
  // RFC 7301 3.2: no common protocol ends the handshake.
  if (SSL_select_next_proto(&chosen, size, reinterpret_cast<const unsigned char*>(ours.data()),
                            static_cast<unsigned>(ours.size()), in, in_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Result<std::shared_ptr<const ServerTls>> ServerTls::create(
    const TlsOptions& options, std::vector<std::string> alpn,
    std::shared_ptr<const CertificateStore> certificates) {
  std::shared_ptr<ServerTls> tls(new ServerTls);
  tls->timeout_ = options.timeout;
  tls->alpn_ = alpn_wire(alpn);
  tls->certificates_ = std::move(certificates);
  auto* context = tls->context_ = SSL_CTX_new(TLS_server_method());
  if (!context) return fail(NetError::kTls, "TLS cannot be set up", openssl_error("no memory"));
  set_common(context);
  TRY(disable_protocols(context, options.disable_protocols));
  TRY(set_ciphers(context, options.disable_ciphers));
  if (options.ignore_client_order) {
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  }
  using enum TlsOptions::ClientCertificate;
  if (options.client_certificate != kNone)
    TRY(ask_for_certificate(context, options.client_ca, options.client_certificate == kRequire));
  // Sessions are resumed by tickets alone: nothing is kept for a client that has left.
  SSL_CTX_set_num_tickets(context, 1);
  static constexpr unsigned char kSessionContext[] = "gannet";
  SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1);
  SSL_CTX_set_cert_cb(context, &ServerTlsCallbacks::choose_certificate, tls.get());
  // Says that the name was understood, so that it can be asked for later.
  SSL_CTX_set_tlsext_servername_callback(context, +[](SSL*, int*, void*) { return SSL_TLSEXT_ERR_OK; });
  if (!tls->alpn_.empty()) SSL_CTX_set_alpn_select_cb(context, &ServerTlsCallbacks::choose_alpn, tls.get());
  return tls;
}

ServerTls::~ServerTls() {
  SSL_CTX_free(context_);
}

SSL* ServerTls::new_session() const {
  return SSL_new(context_);
}

Result<std::shared_ptr<const ClientTls>> ClientTls::create(const ClientTlsOptions& options) {
  std::shared_ptr<ClientTls> tls(new ClientTls);
  tls->timeout_ = options.timeout;
  tls->verify_ = options.verify;
  tls->alpn_ = alpn_wire(options.alpn);
  auto* context = tls->context_ = SSL_CTX_new(TLS_client_method());
  if (!context) return fail(NetError::kTls, "TLS cannot be set up", openssl_error("no memory"));
  set_common(context);
  if (options.verify) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    int ok = options.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context)
                                     : SSL_CTX_load_verify_file(context, options.ca_file.c_str());
    if (ok != 1) {
      return fail(NetError::kCertificate, options.ca_file + ": cannot read the certificates of authorities",
                  openssl_error("?"));
    }
  }
  if (!tls->alpn_.empty()) {
    SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(tls->alpn_.data()),
                            static_cast<unsigned>(tls->alpn_.size()));
  }
  return tls;
}

ClientTls::~ClientTls() {
  SSL_CTX_free(context_);
}

SSL* ClientTls::new_session(const std::string& server_name) const {
  SSL* ssl = SSL_new(context_);
  if (!ssl) return nullptr;
  auto* parameters = SSL_get0_param(ssl);
  bool is_address = X509_VERIFY_PARAM_set1_ip_asc(parameters, server_name.c_str()) == 1;
  ERR_clear_error();
  // RFC 6066 3: no literal addresses in SNI.
  bool named = is_address || (SSL_set_tlsext_host_name(ssl, server_name.c_str()) == 1 &&
                              (!verify_ || SSL_set1_host(ssl, server_name.c_str()) == 1));
  if (named || server_name.empty()) return ssl;
  SSL_free(ssl);
  return nullptr;
}

}  // namespace gannet::net
