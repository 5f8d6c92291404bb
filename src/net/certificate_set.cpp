#include "net/certificate_set.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>

#include "net/tls_info.h"

namespace gannet::net {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return out;
}

// A key that needs a pass phrase is an error, not a question on the terminal.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

OpenSslPtr<BIO> reader(const std::string& text) {
  return OpenSslPtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) return fail(NetError::kCertificate, path + ": " + std::strerror(errno));
  return text;
}

FileStamp FileStamp::of(std::string path) {
  FileStamp stamp{.path = std::move(path)};
  struct stat status;
  if (::stat(stamp.path.c_str(), &status) == 0) {
    stamp.modified = status.st_mtim;
    stamp.size = status.st_size;
    stamp.inode = status.st_ino;
  }
  return stamp;
}

bool FileStamp::same(const FileStamp& other) const {
  return path == other.path && size == other.size && inode == other.inode &&
         modified.tv_sec == other.modified.tv_sec && modified.tv_nsec == other.modified.tv_nsec;
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  auto* alternatives =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
    const auto* name = sk_GENERAL_NAME_value(alternatives, i);
    if (name->type != GEN_DNS) continue;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    names.push_back(lower({text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
  }
  GENERAL_NAMES_free(alternatives);
  if (names.empty()) {
    char common[256];
    auto size =
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, common, sizeof common);
    if (size > 0) names.push_back(lower({common, static_cast<std::size_t>(size)}));
  }
  return names;
}

WallTime not_after(X509* certificate) {
  tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return {};
  return from_unix_ms(std::int64_t{timegm(&time)} * 1000);
}

Result<std::unique_ptr<LoadedCertificate>> parse_certificate(const std::string& certificate,
                                                             const std::string& key,
                                                             const std::string& where) {
  ERR_clear_error();
  auto loaded = std::make_unique<LoadedCertificate>();
  auto chain = reader(certificate);
  loaded->leaf.reset(PEM_read_bio_X509(chain.get(), nullptr, no_passphrase, nullptr));
  if (!loaded->leaf) {
    return fail(NetError::kCertificate, where + ".cert: no PEM certificate found", openssl_error("empty"));
  }
  loaded->chain.reset(sk_X509_new_null());
  while (auto* next = PEM_read_bio_X509(chain.get(), nullptr, no_passphrase, nullptr)) {
    sk_X509_push(loaded->chain.get(), next);
  }
  ERR_clear_error();
  auto key_in = reader(key);
  loaded->key.reset(PEM_read_bio_PrivateKey(key_in.get(), nullptr, no_passphrase, nullptr));
  if (!loaded->key) {
    return fail(NetError::kCertificate, where + ".private-key: no unencrypted PEM private key found",
                openssl_error("empty"));
  }
  if (X509_check_private_key(loaded->leaf.get(), loaded->key.get()) != 1) {
    ERR_clear_error();
    return fail(NetError::kCertificate, where + ".private-key: does not belong to the certificate");
  }
  loaded->info.subjects = names_of(loaded->leaf.get());
  loaded->info.not_after = not_after(loaded->leaf.get());
  return loaded;
}

void CertificateSet::index() {
  by_name.clear();
  fallback.clear();
  for (const auto& certificate : certificates) {
    for (const auto& name : certificate->info.subjects) by_name[lower(name)].push_back(certificate.get());
    if (certificate->info.is_default) fallback.push_back(certificate.get());
  }
  if (fallback.empty() && !certificates.empty()) fallback.push_back(certificates.front().get());
}

const std::vector<const LoadedCertificate*>& CertificateSet::find(std::string_view server_name) const {
  auto name = lower(server_name);
  if (name.ends_with('.')) name.pop_back();
  if (auto it = by_name.find(name); it != by_name.end()) return it->second;
  // RFC 9525 6.3: "*" stands for the whole first label, and for it alone.
  if (auto dot = name.find('.'); dot != std::string::npos && dot > 0) {
    if (auto it = by_name.find("*" + name.substr(dot)); it != by_name.end()) return it->second;
  }
  return fallback;
}

}  // namespace gannet::net
