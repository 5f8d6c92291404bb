// TLS: certificates by server name, contexts made from them, and what a session learns about its handshake.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/errors.h"

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;

namespace gannet::net {

struct CertificateSet;  // internal: one loaded state of a CertificateStore

// certificate.<id>.*
struct CertificateOptions {
  std::string id;
  std::string certificate;  // PEM text of the chain, leaf first, or "file://PATH"
  Secret private_key;       // PEM text, or "file://PATH"
  std::vector<std::string>
      subjects;             // names it serves besides those that it carries; "*.example.org" is one label
  bool is_default = false;  // for clients that name no server, or one that nothing serves
};

struct CertificateInfo {
  std::string id;                     // "self-signed" for the generated one
  std::vector<std::string> subjects;  // lower case
  WallTime not_after;
  bool is_default = false;
};

// The certificates of this server. Any thread; a handshake that has begun keeps the set it began with.
class CertificateStore {
 public:
  // `hostname` is the name in the certificate that is generated when none is set: ECDSA P-256, signed by
  // itself. It is kept in `self_signed_file` (key and certificate, mode 0600) so that it survives a restart,
  // or only in memory when that is empty.
  CertificateStore(std::string hostname, std::string self_signed_file, const Clock& clock);
  ~CertificateStore();

  // Replaces the whole set. On an error (kCertificate, naming certificate.<id>.cert or .private-key and the
  // file) the former set stays in use.
  Result<> load(std::vector<CertificateOptions> options);
  // Reads the files again: on SIGHUP.
  Result<> reload();
  // The same if a file's time, size or inode has changed since it was read; returns whether it did. A pair
  // that is being replaced and does not fit together is an error now and tried again at the next call.
  Result<bool> reload_if_changed();

  std::vector<CertificateInfo> certificates() const;
  std::shared_ptr<const CertificateSet> current() const;

 private:
  Result<std::shared_ptr<const CertificateSet>> read(const std::vector<CertificateOptions>& options);

  const std::string hostname_;
  const std::string self_signed_file_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<CertificateOptions> options_;
  std::shared_ptr<const CertificateSet> current_;
};

// server.listener.<id>.tls.*
struct TlsOptions {
  bool enable = true;                          // offer STARTTLS
  bool implicit = false;                       // TLS from the first octet
  Duration timeout = std::chrono::minutes(1);  // for the handshake
  std::vector<std::string> disable_protocols;  // "TLSv1.2", "TLSv1.3"; older ones are never offered
  std::vector<std::string> disable_ciphers;    // by IANA, OpenSSL or rustls name
  bool ignore_client_order = true;             // choose the cipher by this server's preference
  // tls.client-certificate: whether a certificate is asked for, and whether the handshake fails without a good one.
  enum class ClientCertificate : std::uint8_t { kNone, kRequest, kRequire };
  ClientCertificate client_certificate = ClientCertificate::kNone;
  std::string client_ca;  // PEM file of the authorities that may vouch for it
};

// The server's side for one listener. Immutable; any thread.
class ServerTls {
 public:
  // kInvalid for an unknown protocol or cipher, or when nothing is left.
  static Result<std::shared_ptr<const ServerTls>> create(
      const TlsOptions& options, std::vector<std::string> alpn,
      std::shared_ptr<const CertificateStore> certificates);
  ~ServerTls();
  SSL* new_session() const;  // nullptr when memory is out
  Duration timeout() const { return timeout_; }

 private:
  ServerTls() = default;
  friend struct ServerTlsCallbacks;
  SSL_CTX* context_ = nullptr;
  Duration timeout_{};
  std::string alpn_;  // wire format
  std::shared_ptr<const CertificateStore> certificates_;
};

struct ClientTlsOptions {
  bool verify = true;   // chain and name; false for opportunistic TLS (RFC 7435)
  std::string ca_file;  // empty: the system's
  std::vector<std::string> alpn;
  Duration timeout = std::chrono::minutes(1);
};

// The client's side. Immutable; any thread.
class ClientTls {
 public:
  static Result<std::shared_ptr<const ClientTls>> create(const ClientTlsOptions& options);
  ~ClientTls();
  // For a server of this name: sent as SNI and, with `verify`, required in its certificate.
  SSL* new_session(const std::string& server_name) const;
  Duration timeout() const { return timeout_; }

 private:
  ClientTls() = default;
  SSL_CTX* context_ = nullptr;
  Duration timeout_{};
  bool verify_ = true;
  std::string alpn_;
};

struct TlsInfo {
  std::string version;  // "TLSv1.3"
  std::string cipher;   // IANA name: "TLS_AES_256_GCM_SHA384"
  int bits = 0;
  std::string server_name;  // SNI, lower case; empty when none was sent
  std::string alpn;
  std::string peer_subject;  // of the other side's certificate, RFC 2253; empty when it sent none
  // Of a certificate that was verified: the e-mail addresses in its subjectAltName (RFC 5280 4.2.1.6).
  std::vector<std::string> peer_emails;
};

enum class ChannelBinding {
  kTlsServerEndPoint,  // RFC 5929 4
  kTlsExporter,        // RFC 9266
  kTlsUnique,          // RFC 5929 3: TLS 1.2 with extended master secret
};

}  // namespace gannet::net
