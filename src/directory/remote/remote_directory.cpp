#include "directory/remote/remote_directory.h"

#include <algorithm>

#include "directory/account_numbers.h"
#include "directory/address.h"
#include "directory/trace.h"

namespace gannet::directory::remote {
namespace {

constexpr std::size_t kMaxPassword = 1024;

bool fits_wire(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\0' || c == '\r' || c == '\n'; });
}

class RemoteView final : public PrincipalView {
 public:
  explicit RemoteView(RemoteDirectory& directory) : directory_(directory) {}

  Result<StoredPrincipalPtr> by_name(std::string_view name) override {
    const std::string account = directory_.account_name(name);
    const auto parts = split_address(account);
    if (parts && directory_.serves(parts->domain) && directory_.asks_recipients()) return by_address(account);
    return directory_.known(account);
  }

  Result<StoredPrincipalPtr> by_address(std::string_view address) override {
    const auto parts = split_address(address);
    if (!parts || !directory_.serves(parts->domain)) return nullptr;
    // Servers take user+detail for user's: it would be an account beside that of the user.
    if (split_sub_address(parts->local)) return nullptr;
    std::string name = parts->text();
    if (!directory_.asks_recipients()) return directory_.known(name);
    if (!TRY(directory_.takes_mail_for(name))) return nullptr;
    return directory_.principal(std::move(name));
  }

  Result<StoredPrincipalPtr> by_id(AccountId id) override { return directory_.numbered(id); }
  Result<bool> is_local_domain(std::string_view domain) override {
    const bool ours = directory_.serves(domain);
    trace::step("lookup.domains", domain, ours ? "is there" : "is not there");
    return ours;
  }
  Result<StoredPrincipalPtr> domain(std::string_view) override { return nullptr; }
  Result<std::vector<std::string>> addresses(std::string_view, std::size_t) override {
    return std::vector<std::string>{};
  }

 private:
  RemoteDirectory& directory_;
};

StoredPrincipalPtr account(std::string name, AccountId id) {
  auto out = std::make_shared<StoredPrincipal>();
  out->principal.id = id;
  if (normalize_address(name)) out->principal.emails.push_back(name);
  out->principal.name = std::move(name);
  return out;
}

}  // namespace

RemoteDirectory::RemoteDirectory(RemoteOptions options, std::shared_ptr<store::DataStore> data,
                                 std::shared_ptr<Logins> logins, Clock& clock, Random& random)
    : RecordDirectory(options.id, std::move(logins)),
      options_(std::move(options)),
      data_(std::move(data)),
      clock_(clock),
      random_(random),
      connections_(
          options_.connections, clock,
          [edge = edge_, session = options_.session] { return open_session(edge->calls, session); },
          [](Session& session) { return session.works(); }) {}

template <typename Ask>
Result<Answer> RemoteDirectory::ask(const char* what, const std::string& about, const Ask& question) {
  for (bool again = true;; again = false) {
    auto lease = TRY(connections_.take());
    trace::Question asked(what);
    auto answer = question(*lease);
    if (asked) asked.answer(about, answer ? answer->words : answer.error().describe());
    if (lease->done()) lease.discard();
    if (answer) return answer;
    // Closed by the server while it lay idle: once more, with another one.
    if (again && lease->lost() && lease.reused()) continue;
    report_lost(options_.connections.key, answer.error());
    return answer;
  }
}

Result<bool> RemoteDirectory::takes_mail_for(const std::string& address) {
  const auto answer = TRY(ask(options_.session.kind == Kind::kLmtp ? "LMTP RCPT" : "SMTP RCPT", address,
                              [&](Session& session) { return session.takes_mail_for(address); }));
  return answer.yes;
}

std::string RemoteDirectory::account_name(std::string_view login) const {
  if (login.contains('@') || options_.domains.size() != 1) return std::string(login);
  return std::string(login) + "@" + *options_.domains.begin();
}

Result<StoredPrincipalPtr> RemoteDirectory::principal(std::string name) {
  const auto given = TRY(account_numbers(*data_, options_.accounts, {&name, 1}, clock_, random_));
  return account(std::move(name), given.front());
}

Result<StoredPrincipalPtr> RemoteDirectory::known(const std::string& name) {
  const auto id = TRY(known_account_number(*data_, options_.accounts, name));
  trace::step("accounts seen before", name, id ? "account " + std::to_string(*id) : "none");
  return id ? account(name, *id) : nullptr;
}

Result<StoredPrincipalPtr> RemoteDirectory::numbered(AccountId id) {
  auto name = TRY(directory::account_name(*data_, options_.accounts, id));
  return name ? account(*std::move(name), id) : nullptr;
}

Result<std::unique_ptr<PrincipalView>> RemoteDirectory::view() {
  return std::make_unique<RemoteView>(*this);
}

Result<RecordDirectory::Checked> RemoteDirectory::check(const std::optional<std::string>& login,
                                                        const Credentials& credentials) {
  const std::string& password = credentials.password;
  if (!login || !fits_wire(*login)) return Checked{nullptr, false};
  const std::string name = account_name(*login);
  if (password.empty() || password.size() > kMaxPassword || !fits_wire(password)) {
    trace::step("login", *login, "not asked: that cannot be a password");
    return Checked{account(name, 0), false};
  }
  const auto answer = TRY(ask(options_.session.kind == Kind::kImap   ? "IMAP login"
                              : options_.session.kind == Kind::kLmtp ? "LMTP AUTH"
                                                                     : "SMTP AUTH",
                              *login, [&](Session& session) { return session.log_in(*login, password); }));
  if (!answer.yes) return Checked{account(name, 0), false};
  return Checked{TRY(principal(name)), true};
}

Result<Resolution> RemoteDirectory::resolve(std::string_view address, const ResolveOptions& options) {
  auto answer = TRY(RecordDirectory::resolve(address, options));
  if (asks_recipients() || answer.kind != Resolution::Kind::kUnknown) return answer;
  return fail(
      DirectoryError::kUnavailable, "it is not known yet whether there is such an address",
      "IMAP cannot tell before its owner has logged in here: let a directory of type lmtp or smtp say who "
      "receives mail (session.rcpt.directory), with the same accounts (" +
          options_.connections.key + ".accounts)",
      Retry::kCanHelp);
}

Result<bool> RemoteDirectory::may_send_as(const Principal& principal, std::string_view address) {
  const auto parts = split_address(address);
  if (!parts || principal.id == 0) return false;
  const auto sub = split_sub_address(parts->local);
  const std::string whole = parts->text();
  const std::string plain = sub ? sub->user + '@' + parts->domain : whole;
  return std::ranges::any_of(principal.emails,
                             [&](const std::string& own) { return own == whole || own == plain; });
}

}  // namespace gannet::directory::remote
