#include "net/tls_info.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

namespace gannet::net {
namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return text;
}

std::string subject_of(X509* certificate) {
  std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  if (!out || X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) < 0)
    return {};
  char* data = nullptr;
  auto size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

// RFC 5929 4.1: the hash of the certificate's signature algorithm, but SHA-256 in place of MD5 and SHA-1.
std::optional<std::string> server_end_point(SSL* ssl) {
  std::unique_ptr<X509, decltype(&X509_free)> peers(nullptr, &X509_free);
  X509* certificate = nullptr;
  if (SSL_is_server(ssl)) {
    certificate = SSL_get_certificate(ssl);
  } else {
    peers.reset(SSL_get1_peer_certificate(ssl));
    certificate = peers.get();
  }
  if (!certificate) return std::nullopt;
  int hash = NID_undef;
  OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &hash, nullptr);
  if (hash == NID_undef || hash == NID_md5 || hash == NID_sha1) hash = NID_sha256;
  const auto* digest = EVP_get_digestbynid(hash);
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (!digest || X509_digest(certificate, digest, out, &size) != 1) return std::nullopt;
  return std::string(reinterpret_cast<char*>(out), size);
}

// RFC 9266 2: 32 octets under this label and no context; before TLS 1.3 only with extended master secret.
std::optional<std::string> exporter(SSL* ssl) {
  if (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1) return std::nullopt;
  static constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
  unsigned char out[32];
  if (SSL_export_keying_material(ssl, out, sizeof out, kLabel.data(), kLabel.size(), nullptr, 0, 1) != 1) {
    return std::nullopt;
  }
  return std::string(reinterpret_cast<char*>(out), sizeof out);
}

// RFC 5929 3.1: the first Finished message of the handshake, which is the client's unless a session was resumed. TLS
// 1.3 has none that would do, and without extended master secret it does not tell two connections apart (RFC 7627).
std::optional<std::string> unique(SSL* ssl) {
  if (SSL_version(ssl) >= TLS1_3_VERSION || SSL_get_extms_support(ssl) != 1) return std::nullopt;
  char out[64];
  const bool ours = (SSL_is_server(ssl) == 1) == (SSL_session_reused(ssl) == 1);
  const auto size =
      ours ? SSL_get_finished(ssl, out, sizeof out) : SSL_get_peer_finished(ssl, out, sizeof out);
  if (size == 0 || size > sizeof out) return std::nullopt;
  return std::string(out, size);
}

std::vector<std::string> emails_of(X509* certificate) {
  std::vector<std::string> out;
  auto* names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_EMAIL) continue;
    const auto* text = ASN1_STRING_get0_data(name->d.rfc822Name);
    out.emplace_back(reinterpret_cast<const char*>(text),
                     static_cast<std::size_t>(ASN1_STRING_length(name->d.rfc822Name)));
  }
  GENERAL_NAMES_free(names);
  return out;
}

}  // namespace

TlsInfo describe_tls(SSL* ssl) {
  TlsInfo info;
  info.version = SSL_get_version(ssl);
  if (const auto* cipher = SSL_get_current_cipher(ssl)) {
    const char* name = SSL_CIPHER_standard_name(cipher);
    info.cipher = name ? name : SSL_CIPHER_get_name(cipher);
    info.bits = SSL_CIPHER_get_bits(cipher, nullptr);
  }
  if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) info.server_name = lower(name);
  const unsigned char* alpn = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &size);
  info.alpn.assign(reinterpret_cast<const char*>(alpn), size);
  if (auto* peer = SSL_get0_peer_certificate(ssl)) {
    info.peer_subject = subject_of(peer);
    if (SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE && SSL_get_verify_result(ssl) == X509_V_OK)
      info.peer_emails = emails_of(peer);
  }
  return info;
}

std::optional<std::string> tls_channel_binding(SSL* ssl, ChannelBinding type) {
  switch (type) {
    case ChannelBinding::kTlsServerEndPoint:
      return server_end_point(ssl);
    case ChannelBinding::kTlsUnique:
      return unique(ssl);
    case ChannelBinding::kTlsExporter:
      break;
  }
  return exporter(ssl);
}

std::string openssl_error(const char* otherwise) {
  auto code = ERR_peek_last_error();
  if (code == 0) return otherwise;
  char buffer[160];
  ERR_error_string_n(code, buffer, sizeof buffer);
  ERR_clear_error();
  return buffer;
}

}  // namespace gannet::net
