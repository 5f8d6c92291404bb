#include "directory/sql/source.h"

#include <algorithm>
#include <charconv>

#include "base/unicode.h"
#include "directory/address.h"
#include "directory/sparing.h"
#include "directory/trace.h"
#include "observe/log.h"

namespace gannet::directory::sql {
namespace {

// One row, by the names of its columns.
class Fields {
 public:
  Fields(const Settings& settings, const Rows& rows) : settings_(settings), rows_(rows) {}

  // The column that the settings name, or one of the usual names. kUnavailable when the settings name one that the
  // answer does not have. Nothing for NULL.
  Result<std::optional<std::string>> get(const std::string& named,
                                         std::initializer_list<std::string_view> usual,
                                         const char* setting) const {
    if (const auto at = column(named)) return rows_.rows.front()[*at];
    if (!named.empty())
      return unavailable(settings_.target, "query.name",
                         "the answer has no column " + named + ", which " + settings_.connections.key +
                             ".columns." + setting + " names");
    for (const auto name : usual)
      if (const auto at = column(name)) return rows_.rows.front()[*at];
    return std::nullopt;
  }
  // Whether a column has what was asked for, one that may name an account: a password is no name.
  bool holds(std::string_view asked) const {
    const Columns& named = settings_.columns;
    const auto& row = rows_.rows.front();
    for (std::size_t i = 0; i < row.size(); ++i) {
      bool names = true;
      for (const std::string_view other :
           {std::string_view(named.secret), std::string_view(named.description), std::string_view(named.type),
            std::string_view("secret"), std::string_view("description"), std::string_view("type")})
        names = names && (other.empty() || !equal_ignoring_ascii_case(rows_.columns[i], other));
      if (names && row[i] && (*row[i] == asked || normalize_login(*row[i]) == asked)) return true;
    }
    return false;
  }
  bool has(const std::string& named, std::string_view usual) const {
    return column(named).has_value() || column(usual).has_value();
  }

 private:
  std::optional<std::size_t> column(std::string_view name) const {
    for (std::size_t i = 0; i < rows_.columns.size() && !name.empty(); ++i)
      if (equal_ignoring_ascii_case(rows_.columns[i], name)) return i;
    return std::nullopt;
  }

  const Settings& settings_;
  const Rows& rows_;
};

// A database without booleans writes 0, 'f', 'no', ...
bool is_false(std::string_view text) {
  const std::string lower = to_lower_ascii(text);
  return lower == "0" || lower == "f" || lower == "false" || lower == "n" || lower == "no" ||
         lower == std::string_view("\0", 1);
}

// Octets; of what is no number only the event is told, and there is no limit.
std::uint64_t read_quota(const std::string& key, const std::string& name,
                         const std::optional<std::string>& text) {
  std::uint64_t out = 0;
  if (!text || text->empty()) return 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), out);
  const std::string_view rest(end, text->data() + text->size());
  if (error == std::errc() && (rest.empty() || rest.front() == '.')) return out;
  if (const auto untold = tell_sparingly("bad-quota " + key + name))
    observe::warn("directory.bad-quota",
                  {{"directory", key}, {"name", name}, {"quota", to_valid_utf8(*text)}, {"untold", *untold}});
  return 0;
}

}  // namespace

Result<Rows> SqlSource::ask(const std::string& query, std::string_view value) {
  if (query.empty()) return Rows{};
  trace::Question asked("sql");
  auto answer = connections_.run([&](Connection& connection) { return connection.ask(query, value); });
  if (asked)
    asked.answer(query + " [" + std::string(value) + "]",
                 answer ? std::to_string(answer->rows.size()) + " rows" : answer.error().describe());
  return answer;
}

Result<std::vector<std::string>> SqlSource::texts(const std::string& query, std::string_view value) {
  std::vector<std::string> out;
  auto answer = TRY(ask(query, value));
  for (auto& row : answer.rows)
    if (!row.empty() && row.front()) out.push_back(*std::move(row.front()));
  return out;
}

Result<Found> SqlSource::read(const Rows& rows, std::string_view asked) {
  const Columns& named = settings_.columns;
  const Fields fields(settings_, rows);
  Found out;
  Principal& p = out.stored.principal;
  p.name = TRY(fields.get(named.name, {"name", "login", "username"}, "name")).value_or(std::string(asked));
  out.holds_question = fields.holds(asked);
  p.description = TRY(fields.get(named.description, {"description"}, "description")).value_or("");
  p.quota = read_quota(settings_.connections.key, p.name, TRY(fields.get(named.quota, {"quota"}, "quota")));
  p.disabled = is_false(TRY(fields.get(named.active, {"active"}, "active")).value_or("true"));
  const auto type = TRY(fields.get(named.type, {"type", "class"}, "class"));
  if (type && !type->empty() && !apply_class(*type, p))
    return unavailable(
        settings_.target, "query.name",
        "\"" + to_valid_utf8(*type) + "\" is no class; these are: individual, admin, group, list");
  if (auto secret = TRY(fields.get(named.secret, {"secret"}, "secret")); secret && !secret->empty())
    out.stored.secrets.push_back(*std::move(secret));
  if (auto email = TRY(fields.get(named.email, {"email"}, "email")); email && !email->empty())
    p.emails.push_back(*std::move(email));
  out.knows_addresses = !settings_.queries.emails.empty() || fields.has(named.email, "email");
  return out;
}

Result<std::optional<Found>> SqlSource::by_name(std::string_view name) {
  const Rows rows = TRY(ask(settings_.queries.name, name));
  if (rows.rows.empty()) return std::nullopt;
  if (rows.rows.size() > 1)
    return unavailable(settings_.target, "query.name",
                       "there are several accounts of the name " + std::string(name));
  Found out = TRY(read(rows, name));
  out.asked_name = name;
  if (!out.holds_question) return out;
  // The name as the database has it: that of the other tables.
  const std::string own = out.stored.principal.name;
  auto emails = TRY(texts(settings_.queries.emails, own));
  std::ranges::move(emails, std::back_inserter(out.stored.principal.emails));
  out.stored.origin = own;
  return out;
}

Result<std::vector<Found>> SqlSource::by_address(std::string_view address) {
  const Rows rows = TRY(ask(settings_.queries.recipients, address));
  std::vector<Found> out;
  std::vector<std::string> seen;
  for (const auto& row : rows.rows) {
    if (row.empty() || !row.front()) continue;
    // Where the answer tells the address as well, one that only looks alike is seen.
    const bool tells = row.size() > 1 && row[1] && row[1]->contains('@');
    const auto told = tells ? row[1]->starts_with('@') ? to_lower_ascii(*row[1]) : normalize_address(*row[1])
                            : std::nullopt;
    if (tells && told != address) continue;
    if (std::ranges::find(seen, *row.front()) != seen.end()) continue;
    seen.push_back(*row.front());
    if (auto found = TRY(by_name(*row.front()))) out.push_back(*std::move(found));
  }
  return out;
}

Result<void> SqlSource::complete(StoredPrincipal& stored) {
  stored.principal.member_of = TRY(texts(settings_.queries.members, stored.origin));
  if (stored.principal.type != PrincipalType::kIndividual) return {};
  auto secrets = TRY(texts(settings_.queries.secrets, stored.origin));
  std::ranges::move(secrets, std::back_inserter(stored.secrets));
  return {};
}

Result<std::vector<std::string>> SqlSource::group_members(const StoredPrincipal& group) {
  return texts(settings_.queries.group_members, group.origin);
}

Result<std::vector<std::string>> SqlSource::members(const StoredPrincipal& list) {
  const auto& emails = list.principal.emails;
  return texts(settings_.queries.expand, emails.empty() ? list.principal.name : emails.front());
}

Result<bool> SqlSource::has_domain(std::string_view domain) {
  if (std::ranges::find(settings_.domains, domain) != settings_.domains.end()) return true;
  const Rows answer = TRY(ask(settings_.queries.domains, domain));
  if (answer.rows.empty()) return false;
  // To LIKE an underscore is any character. No host of the Internet has one in its name (RFC 1123 2.1).
  if (!domain.contains('_')) return true;
  const std::string end = "@" + std::string(domain);
  return std::ranges::any_of(answer.rows, [&](const Rows::Row& row) {
    return std::ranges::any_of(row, [&](const auto& value) {
      const auto address = value ? normalize_address(*value) : std::nullopt;
      return (address && address->ends_with(end)) || (value && normalize_domain(*value) == domain);
    });
  });
}

Result<std::vector<std::string>> SqlSource::addresses(std::string_view text, std::size_t) {
  return texts(settings_.queries.verify, text);
}

}  // namespace gannet::directory::sql
