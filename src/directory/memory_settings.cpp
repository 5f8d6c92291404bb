#include "directory/memory_settings.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "directory/address.h"
#include "directory/password.h"

namespace gannet::directory {
namespace {

struct Reader {
  const config::Section& directory;
  std::string key;  // directory.<id>
  std::map<std::string, StoredPrincipal> lists;
  MemoryOptions out;

  Result<void> read_tables();
  Result<void> read_principal(const config::Section& at, const std::string& at_key, const std::string& what);
  Result<void> join_lists(const config::Section& at, const std::string& at_key, const Principal& p);
  void add_lists();
  Result<void> add_domains();
};

std::unexpected<Error> invalid(const std::string& key, const std::string& text) {
  return fail(DirectoryError::kInvalid, key + ": " + text);
}

Result<std::vector<std::string>> read_secrets(const config::Section& at, const std::string& key) {
  std::vector<std::string> out;
  for (const Secret& secret : at.get<std::vector<Secret>>("secret")) {
    if (is_totp(secret.reveal())) {
      if (!parse_otpauth(secret.reveal()))
        return invalid(key + ".secret", "the otpauth:// URI is not otpauth://totp/NAME?secret=BASE32");
      out.push_back(secret.reveal());
      continue;
    }
    if (const auto good = check_stored_password(secret.reveal()); !good)
      return invalid(key + ".secret", good.error().describe() + "; write {PLAIN} before a password in clear");
    out.push_back(secret.reveal());
  }
  return out;
}

Result<void> Reader::join_lists(const config::Section& at, const std::string& at_key, const Principal& p) {
  for (const auto& text : at.list("email-list")) {
    const auto list = normalize_address(text);
    if (!list) return invalid(at_key + ".email-list", "\"" + text + "\" is not an e-mail address");
    const std::string member = !p.emails.empty() ? p.emails.front() : p.name;
    if (!normalize_address(member))
      return invalid(at_key + ".email", "whoever is on a list needs an address");
    StoredPrincipal& stored = lists[*list];
    stored.principal.type = PrincipalType::kList;
    stored.principal.name = *list;
    stored.principal.members.push_back(member);
  }
  return {};
}

StoredPrincipal read_head(const config::Section& at, const std::string& what) {
  StoredPrincipal stored;
  Principal& p = stored.principal;
  p.name = at.string("name");
  if (what == "admin") p.role = Role::kAdmin;
  if (what == "group") p.type = PrincipalType::kGroup;
  if (what == "list") p.type = PrincipalType::kList;
  if (what == "domain") p.type = PrincipalType::kDomain;
  p.description = at.string("description");
  p.emails = at.list("email");
  return stored;
}

Result<void> Reader::read_principal(const config::Section& at, const std::string& at_key,
                                    const std::string& what) {
  StoredPrincipal stored = read_head(at, what);
  Principal& p = stored.principal;
  p.member_of = at.list("member-of");
  p.quota = at.size("quota");
  stored.secrets = TRY(read_secrets(at, at_key));
  if (p.type == PrincipalType::kDomain) p.catch_all = at.string("catch-all");
  TRY(join_lists(at, at_key, p));
  out.principals.push_back(std::move(stored));
  out.keys.push_back(at_key);
  return {};
}

Result<void> Reader::read_tables() {
  for (const auto& n : directory.ids("principals")) {
    const config::Section at = directory.at("principals", n);
    TRY(read_principal(at, key + ".principals." + n, at.string("class")));
  }
  for (const auto& n : directory.ids("users"))
    TRY(read_principal(directory.at("users", n), key + ".users." + n, "individual"));
  for (const auto& n : directory.ids("groups")) {
    out.principals.push_back(read_head(directory.at("groups", n), "group"));
    out.keys.push_back(key + ".groups." + n);
  }
  return {};
}

// A list that is written out as well has its members from both.
void Reader::add_lists() {
  for (auto& [address, list] : lists) {
    const auto named = std::ranges::find_if(out.principals, [&](const StoredPrincipal& stored) {
      const auto& emails = stored.principal.emails;
      return stored.principal.type == PrincipalType::kList &&
             (normalize_login(stored.principal.name) == address ||
              std::ranges::any_of(emails,
                                  [&](const auto& text) { return normalize_address(text) == address; }));
    });
    if (named == out.principals.end()) {
      out.principals.push_back(std::move(list));
    } else {
      std::ranges::move(list.principal.members, std::back_inserter(named->principal.members));
    }
  }
}

Result<void> Reader::add_domains() {
  for (const auto& domain : directory.list("lookup.domains")) {
    const auto name = normalize_domain(domain);
    if (!name) return invalid(key + ".lookup.domains", "\"" + domain + "\" is not a domain name");
    const bool known = std::ranges::any_of(out.principals, [&](const StoredPrincipal& stored) {
      return stored.principal.type == PrincipalType::kDomain &&
             normalize_domain(stored.principal.name) == name;
    });
    if (known) continue;
    StoredPrincipal& stored = out.principals.emplace_back();
    stored.principal.type = PrincipalType::kDomain;
    stored.principal.name = *name;
  }
  return {};
}

}  // namespace

Result<MemoryOptions> read_memory_options(const config::Config& config, const std::string& id) {
  const config::Section directory = config.at("directory", id);
  Reader reader{directory, config::join_key("directory", id), {}, {}};
  reader.out.id = id;
  TRY(reader.read_tables());
  reader.add_lists();
  TRY(reader.add_domains());
  reader.out.keys.resize(reader.out.principals.size());
  return std::move(reader.out);
}

}  // namespace gannet::directory
