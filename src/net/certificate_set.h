// Internal: one loaded state of a CertificateStore.
#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/tls.h"

namespace gannet::net {

struct FreeOpenSsl {
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(BIO* p) const { BIO_free_all(p); }
  void operator()(STACK_OF(X509) * p) const { sk_X509_pop_free(p, X509_free); }
};
template <typename T>
using OpenSslPtr = std::unique_ptr<T, FreeOpenSsl>;

struct LoadedCertificate {
  OpenSslPtr<X509> leaf;
  OpenSslPtr<STACK_OF(X509)> chain;  // without the leaf
  OpenSslPtr<EVP_PKEY> key;
  CertificateInfo info;
};

// What tells that a file has changed.
struct FileStamp {
  std::string path;
  timespec modified{};
  off_t size = -1;
  ino_t inode = 0;

  static FileStamp of(std::string path);  // size -1 when it is not there
  bool same(const FileStamp& other) const;
};

struct CertificateSet {
  std::vector<std::unique_ptr<LoadedCertificate>> certificates;
  std::vector<FileStamp> files;
  std::map<std::string, std::vector<const LoadedCertificate*>, std::less<>> by_name;  // "*.example.org" too
  std::vector<const LoadedCertificate*> fallback;

  // For a server name as the client sent it; several when a name has keys of several kinds. Never empty once
  // loaded.
  const std::vector<const LoadedCertificate*>& find(std::string_view server_name) const;
  void index();
};

// A certificate with its key from PEM text; `where` is the setting, for errors.
Result<std::unique_ptr<LoadedCertificate>> parse_certificate(const std::string& certificate,
                                                             const std::string& key,
                                                             const std::string& where);
// The names that it carries: subjectAltName, else its common name. Lower case.
std::vector<std::string> names_of(X509* certificate);
WallTime not_after(X509* certificate);

struct SelfSigned {
  std::string certificate;  // PEM
  std::string key;          // PEM
};
Result<SelfSigned> make_self_signed(const std::string& hostname, WallTime now);

Result<std::string> read_file(const std::string& path);

}  // namespace gannet::net
