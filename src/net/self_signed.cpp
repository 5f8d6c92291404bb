#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <chrono>

#include "net/certificate_set.h"
#include "net/tls_info.h"

namespace gannet::net {
namespace {

constexpr auto kValidity = std::chrono::days(3650);

std::string text_of(BIO* bio) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

bool add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  bool ok = extension && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return ok;
}

bool set_name_and_time(X509* certificate, const std::string& hostname, WallTime now) {
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return false;
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1);
  // An hour back, for clients whose clock is late.
  auto from = static_cast<time_t>(to_unix_ms(now) / 1000 - 3600);
  auto until = static_cast<time_t>(to_unix_ms(now + kValidity) / 1000);
  ASN1_TIME_set(X509_getm_notBefore(certificate), from);
  ASN1_TIME_set(X509_getm_notAfter(certificate), until);
  auto* name = X509_get_subject_name(certificate);
  // RFC 5280, ub-common-name: 64 characters.
  auto common = hostname.size() <= 64 ? hostname : std::string("mail server");
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(common.data()),
                                    static_cast<int>(common.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

}  // namespace

Result<SelfSigned> make_self_signed(const std::string& hostname, WallTime now) {
  ERR_clear_error();
  auto failed = [] {
    return fail(NetError::kCertificate, "cannot make a self-signed certificate", openssl_error("?"));
  };
  OpenSslPtr<EVP_PKEY> key(EVP_EC_gen("P-256"));
  OpenSslPtr<X509> certificate(X509_new());
  if (!key || !certificate || X509_set_version(certificate.get(), 2) != 1) return failed();
  if (!set_name_and_time(certificate.get(), hostname, now)) return failed();
  if (X509_set_pubkey(certificate.get(), key.get()) != 1) return failed();
  std::string names = "DNS:" + hostname;
  if (hostname != "localhost") names += ",DNS:localhost";
  if (!add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(certificate.get(), NID_ext_key_usage, "serverAuth") ||
      !add_extension(certificate.get(), NID_subject_alt_name, names)) {
    return failed();
  }
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) return failed();

  OpenSslPtr<BIO> certificate_out(BIO_new(BIO_s_mem()));
  OpenSslPtr<BIO> key_out(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(certificate_out.get(), certificate.get()) != 1 ||
      PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return failed();
  }
  return SelfSigned{text_of(certificate_out.get()), text_of(key_out.get())};
}

}  // namespace gannet::net
