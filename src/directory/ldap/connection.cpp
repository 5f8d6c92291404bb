#include "directory/ldap/connection.h"

#include <ldap.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "base/secret.h"
#include "base/unicode.h"
#include "directory/trace.h"

namespace gannet::directory::ldap {
namespace {

constexpr const char* kNoAttributes = LDAP_NO_ATTRS;

// Names alone: attributes hold hashes.
std::string described(const std::vector<Entry>& entries) {
  std::string out = std::to_string(entries.size()) + " entries";
  for (std::size_t i = 0; i < entries.size() && i < 5; ++i) out += (i == 0 ? ": " : ", ") + entries[i].dn;
  return out;
}

timeval time_of(Duration duration) {
  const auto ms = std::max<std::int64_t>(1, duration.count());
  return {.tv_sec = static_cast<time_t>(ms / 1000), .tv_usec = static_cast<suseconds_t>(ms % 1000 * 1000)};
}

std::string authorities(const Target& target) {
  if (!target.ca_file.empty()) return target.ca_file;
  const char* set = std::getenv("SSL_CERT_FILE");
  return set && *set ? set : "/etc/ssl/certs/ca-certificates.crt";
}

// What the server, not the library, answered (RFC 4511 4.1.9): the connection is as good as before.
bool is_answer(int code) {
  return code >= 0 && code != LDAP_UNAVAILABLE && code != LDAP_BUSY;
}

using Message = std::unique_ptr<LDAPMessage, decltype(&ldap_msgfree)>;

void read_attributes(LDAP* ldap, LDAPMessage* message, Entry& out) {
  BerElement* place = nullptr;
  for (char* name = ldap_first_attribute(ldap, message, &place); name != nullptr;
       name = ldap_next_attribute(ldap, message, place)) {
    auto& values = out.attributes[to_lower_ascii(name)];
    if (berval** given = ldap_get_values_len(ldap, message, name)) {
      for (berval** value = given; *value != nullptr; ++value)
        values.emplace_back((*value)->bv_val, (*value)->bv_len);
      ldap_value_free_len(given);
    }
    ldap_memfree(name);
  }
  ber_free(place, 0);
}

Entry read_entry(LDAP* ldap, LDAPMessage* message) {
  Entry out;
  if (char* dn = ldap_get_dn(ldap, message)) {
    out.dn = dn;
    ldap_memfree(dn);
  }
  read_attributes(ldap, message, out);
  return out;
}

}  // namespace

struct Connection::Handle {
  LDAP* ldap = nullptr;
  Handle() = default;
  ~Handle() {
    if (ldap != nullptr) ldap_unbind_ext_s(ldap, nullptr, nullptr);
  }
  Handle(const Handle&) = delete;
};

Connection::Connection(const Target& target, std::unique_ptr<Handle> handle)
    : target_(target), handle_(std::move(handle)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const Target& target) {
  // The library reads its own settings at its first use, which is not for several threads at once.
  static std::once_flag once;
  std::call_once(once, [] {
    int version = 0;
    ldap_get_option(nullptr, LDAP_OPT_PROTOCOL_VERSION, &version);
  });
  std::unique_ptr<Connection> self(new Connection(target, std::make_unique<Handle>()));
  TRY(self->establish());
  return self;
}

Result<void> Connection::establish() {
  if (const int code = ldap_initialize(&handle_->ldap, target_.url.c_str()); code != LDAP_SUCCESS)
    return failure("connecting", code);
  LDAP* ldap = handle_->ldap;
  const int version = LDAP_VERSION3;
  const timeval connect = time_of(target_.create_timeout);
  ldap_set_option(ldap, LDAP_OPT_PROTOCOL_VERSION, &version);
  // A referral would send a login's password to whatever server it names.
  ldap_set_option(ldap, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
  ldap_set_option(ldap, LDAP_OPT_RESTART, LDAP_OPT_ON);
  ldap_set_option(ldap, LDAP_OPT_NETWORK_TIMEOUT, &connect);
  ldap_set_option(ldap, LDAP_OPT_TIMEOUT, &connect);
  if (target_.start_tls || target_.url.starts_with("ldaps:")) {
    const int verify = target_.allow_invalid_certificates ? LDAP_OPT_X_TLS_NEVER : LDAP_OPT_X_TLS_DEMAND,
              client = 0;
    ldap_set_option(ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, &verify);
    if (!target_.allow_invalid_certificates)
      ldap_set_option(ldap, LDAP_OPT_X_TLS_CACERTFILE, authorities(target_).c_str());
    ldap_set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &client);
  }
  if (target_.start_tls)
    if (const int code = ldap_start_tls_s(ldap, nullptr, nullptr); code != LDAP_SUCCESS)
      return failure("STARTTLS", code);
  return become_searcher(target_.create_timeout);
}

Result<int> Connection::send_bind(const std::string& dn, std::string_view password, Duration timeout) {
  timed_out_ = false;
  berval credentials{.bv_len = password.size(), .bv_val = const_cast<char*>(password.data())};
  int id = 0, code = 0;
  // From here on it belongs to nobody in particular (RFC 4511 4.2.1).
  is_searcher_ = false;
  code = ldap_sasl_bind(handle_->ldap, dn.c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr, nullptr, &id);
  if (code != LDAP_SUCCESS) return failure("binding", code);
  timeval wait = time_of(timeout);
  LDAPMessage* raw = nullptr;
  const int kind = ldap_result(handle_->ldap, id, LDAP_MSG_ALL, &wait, &raw);
  const Message answer(raw, ldap_msgfree);
  if (kind <= 0) {
    // What was sent cannot be taken back: whether the bind took place will not be known.
    auto error = failure("binding", kind == 0 ? LDAP_TIMEOUT : LDAP_SERVER_DOWN);
    broken_ = true;
    return error;
  }
  const int parsed =
      ldap_parse_result(handle_->ldap, answer.get(), &code, nullptr, nullptr, nullptr, nullptr, 0);
  if (parsed != LDAP_SUCCESS) return failure("binding", parsed);
  return code;
}

Result<void> Connection::become_searcher(Duration timeout) {
  if (is_searcher_) return {};
  const int code = TRY(send_bind(target_.bind_dn, target_.bind_secret.reveal(), timeout));
  if (code != LDAP_SUCCESS)
    return failure(target_.bind_dn.empty() ? "binding anonymously" : "binding as " + target_.bind_dn, code);
  is_searcher_ = true;
  return {};
}

Result<bool> Connection::bind(const std::string& dn, std::string_view password) {
  if (password.empty() || dn.empty()) return false;
  trace::Question asked("ldap bind");
  const int code = TRY(send_bind(dn, password, target_.timeout));
  if (asked) asked.answer(dn, ldap_err2string(code));
  switch (code) {
    case LDAP_SUCCESS:
      return true;
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_INAPPROPRIATE_AUTH:  // it has no password
    case LDAP_NO_SUCH_OBJECT:      // nor is there such a name
    case LDAP_INVALID_DN_SYNTAX:
    case LDAP_UNWILLING_TO_PERFORM:  // it is locked, its password has expired
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_CONSTRAINT_VIOLATION:
      return false;
    default:
      return failure("binding as " + dn, code);
  }
}

Result<std::vector<Entry>> Connection::search(const Search& search, bool as_bound) {
  timed_out_ = false;
  if (!as_bound) TRY(become_searcher(target_.timeout));
  std::vector<const char*> names;
  for (const auto& name : search.attributes) names.push_back(name.c_str());
  if (names.empty()) names.push_back(kNoAttributes);
  names.push_back(nullptr);
  timeval wait = time_of(target_.timeout);
  int id = 0;
  const int code = ldap_search_ext(
      handle_->ldap, search.base.c_str(), search.scope == Scope::kBase ? LDAP_SCOPE_BASE : LDAP_SCOPE_SUBTREE,
      search.filter.c_str(), const_cast<char**>(names.data()), 0, nullptr, nullptr, &wait, search.limit, &id);
  if (code != LDAP_SUCCESS) return failure("searching " + search.filter, code);
  trace::Question asked("ldap search");
  auto found = collect(id, target_.timeout);
  if (asked)
    asked.answer(search.filter + " below " + search.base, !found            ? found.error().describe()
                                                          : found->has_base ? described(found->entries)
                                                                            : "no such base");
  if (!found)
    return std::unexpected(
        Error(found.error()).with_detail(found.error().detail() + "; filter " + search.filter));
  if (!found->has_base && !search.base_setting.empty()) return no_base(search, as_bound);
  return std::move(found->entries);
}

// RFC 4511 4.5.1: whoever may not see an entry is told the same as where there is none.
std::unexpected<Error> Connection::no_base(const Search& search, bool as_bound) {
  const std::string who = as_bound                  ? "whoever logs in"
                          : target_.bind_dn.empty() ? "a search without bind.dn"
                                                    : target_.bind_dn;
  return failure(
      search.base_setting + " = \"" + search.base + "\" is not there, or " + who + " may not see it",
      LDAP_NO_SUCH_OBJECT);
}

Result<Connection::Answer> Connection::collect(int id, Duration timeout) {
  LDAP* ldap = handle_->ldap;
  timeval wait = time_of(timeout);
  LDAPMessage* raw = nullptr;
  const int kind = ldap_result(ldap, id, LDAP_MSG_ALL, &wait, &raw);
  const Message answer(raw, ldap_msgfree);
  if (kind <= 0) {
    if (kind == 0) ldap_abandon_ext(ldap, id, nullptr, nullptr);
    auto error = failure("searching", kind == 0 ? LDAP_TIMEOUT : LDAP_SERVER_DOWN);
    broken_ = true;
    return error;
  }
  int code = 0;
  const int parsed = ldap_parse_result(ldap, answer.get(), &code, nullptr, nullptr, nullptr, nullptr, 0);
  if (parsed != LDAP_SUCCESS) return failure("searching", parsed);
  Answer out{.has_base = code != LDAP_NO_SUCH_OBJECT, .entries = {}};
  if (!out.has_base) return out;
  if (code != LDAP_SUCCESS && code != LDAP_SIZELIMIT_EXCEEDED) return failure("searching", code);
  for (LDAPMessage* entry = ldap_first_entry(ldap, answer.get()); entry != nullptr;
       entry = ldap_next_entry(ldap, entry))
    out.entries.push_back(read_entry(ldap, entry));
  return out;
}

// The root of the server's entries (RFC 4512 5.1) can be read by anybody.
bool Connection::works(Duration timeout) {
  if (!is_searcher_) return become_searcher(timeout).has_value();
  timeval wait = time_of(timeout);
  const char* names[] = {kNoAttributes, nullptr};
  int id = 0;
  if (ldap_search_ext(handle_->ldap, "", LDAP_SCOPE_BASE, "(objectClass=*)", const_cast<char**>(names), 0,
                      nullptr, nullptr, &wait, 1, &id) != LDAP_SUCCESS)
    return false;
  return collect(id, timeout).has_value();
}

std::unexpected<Error> Connection::failure(std::string_view doing, int code) {
  timed_out_ = code == LDAP_TIMEOUT || code == LDAP_TIMELIMIT_EXCEEDED;
  // A filter that cannot be sent is the operator's mistake, and no fault of the connection.
  broken_ = broken_ || (!is_answer(code) && code != LDAP_FILTER_ERROR && code != LDAP_PARAM_ERROR);
  std::string detail =
      "LDAP at " + mask_url(target_.url) + ", " + std::string(doing) + ": " + ldap_err2string(code);
  char* said = nullptr;
  if (handle_->ldap != nullptr &&
      ldap_get_option(handle_->ldap, LDAP_OPT_DIAGNOSTIC_MESSAGE, &said) == LDAP_SUCCESS && said != nullptr &&
      *said != '\0')
    detail += std::string("; ") + said;
  ldap_memfree(said);
  std::ranges::replace(detail, '\n', ' ');
  return fail(DirectoryError::kUnavailable, "the directory cannot be asked now", std::move(detail),
              Retry::kCanHelp);
}

}  // namespace gannet::directory::ldap
