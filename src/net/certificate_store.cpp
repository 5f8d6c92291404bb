#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "net/certificate_set.h"
#include "net/tls.h"
#include "net/unique_fd.h"

namespace gannet::net {
namespace {

constexpr std::string_view kFile = "file://";
// A generated certificate is made anew when it has less time than this left.
constexpr auto kRenewBefore = std::chrono::days(30);

// The text of a value, which may name a file; the file is remembered in `files`.
Result<std::string> text_of(const std::string& value, const std::string& where,
                            std::vector<FileStamp>& files) {
  if (!value.starts_with(kFile)) return value;
  auto path = value.substr(kFile.size());
  // Before the content: a change in between is then seen as one at the next check.
  files.push_back(FileStamp::of(path));
  auto text = read_file(path);
  if (!text) return fail(NetError::kCertificate, where + ": cannot read " + text.error().text());
  return text;
}

Result<> write_private_file(const std::string& path, const std::string& text) {
  auto temporary = path + ".new";
  auto failed = [&] {
    return fail(NetError::kCertificate, path + ": cannot write: " + std::strerror(errno));
  };
  {
    ::unlink(temporary.c_str());
    UniqueFd out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out) return failed();
    auto written = ::write(out.get(), text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || ::fsync(out.get()) != 0) return failed();
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return failed();
  return {};
}

Result<std::unique_ptr<LoadedCertificate>> load_self_signed(const std::string& hostname,
                                                            const std::string& path, WallTime now) {
  const std::string where = "the self-signed certificate";
  if (!path.empty()) {
    if (auto text = read_file(path)) {
      auto kept = parse_certificate(*text, *text, where);
      if (kept && (*kept)->info.not_after > now + kRenewBefore &&
          std::ranges::count((*kept)->info.subjects, hostname)) {
        return kept;
      }
    }
  }
  auto made = TRY(make_self_signed(hostname, now));
  if (!path.empty()) TRY(write_private_file(path, made.key + made.certificate));
  return parse_certificate(made.certificate, made.key, where);
}

}  // namespace

CertificateStore::CertificateStore(std::string hostname, std::string self_signed_file, const Clock& clock)
    : hostname_(hostname.empty() ? "localhost" : std::move(hostname)),
      self_signed_file_(std::move(self_signed_file)),
      clock_(clock) {}

CertificateStore::~CertificateStore() = default;

Result<std::shared_ptr<const CertificateSet>> CertificateStore::read(
    const std::vector<CertificateOptions>& options) {
  auto set = std::make_shared<CertificateSet>();
  for (const auto& option : options) {
    auto where = "certificate." + option.id;
    auto certificate = TRY(text_of(option.certificate, where + ".cert", set->files));
    auto key = TRY(text_of(option.private_key.reveal(), where + ".private-key", set->files));
    auto loaded = TRY(parse_certificate(certificate, key, where));
    loaded->info.id = option.id;
    loaded->info.is_default = option.is_default;
    loaded->info.subjects.insert(loaded->info.subjects.end(), option.subjects.begin(), option.subjects.end());
    set->certificates.push_back(std::move(loaded));
  }
  if (set->certificates.empty()) {
    auto loaded = TRY(load_self_signed(hostname_, self_signed_file_, clock_.now()));
    loaded->info.id = "self-signed";
    loaded->info.is_default = true;
    set->certificates.push_back(std::move(loaded));
  }
  set->index();
  return set;
}

Result<> CertificateStore::load(std::vector<CertificateOptions> options) {
  auto set = TRY(read(options));
  std::lock_guard lock(mutex_);
  options_ = std::move(options);
  current_ = std::move(set);
  return {};
}

Result<> CertificateStore::reload() {
  std::vector<CertificateOptions> options;
  {
    std::lock_guard lock(mutex_);
    options = options_;
  }
  return load(std::move(options));
}

Result<bool> CertificateStore::reload_if_changed() {
  auto set = current();
  if (!set) return false;
  bool same =
      std::ranges::all_of(set->files, [](const auto& file) { return FileStamp::of(file.path).same(file); });
  if (same) return false;
  TRY(reload());
  return true;
}

std::vector<CertificateInfo> CertificateStore::certificates() const {
  std::vector<CertificateInfo> infos;
  if (auto set = current()) {
    for (const auto& certificate : set->certificates) infos.push_back(certificate->info);
  }
  return infos;
}

std::shared_ptr<const CertificateSet> CertificateStore::current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace gannet::net
