#include "http/api/principals.h"

#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>
#include <charconv>

#include "http/json.h"

namespace gannet::http {
namespace {

using directory::DirectoryAdmin;
using directory::Principal;
using directory::PrincipalChange;
using directory::PrincipalType;
using directory::Role;

constexpr PrincipalType kTypes[] = {PrincipalType::kIndividual, PrincipalType::kGroup, PrincipalType::kList,
                                    PrincipalType::kDomain};

std::optional<PrincipalType> type_of(std::string_view text) {
  for (auto type : kTypes)
    if (to_string(type) == text) return type;
  return std::nullopt;
}

boost::json::array to_json(const std::vector<std::string>& texts) {
  boost::json::array out;
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

boost::json::object to_json(const Principal& principal) {
  boost::json::object out{
      {"type", to_string(principal.type)}, {"name", principal.name}, {"description", principal.description}};
  // Lists and domains have no mail of their own, and so no number.
  if (principal.id != 0) out.emplace("id", principal.id);
  if (principal.type == PrincipalType::kDomain) {
    if (!principal.catch_all.empty()) out.emplace("catchAll", principal.catch_all);
    if (!principal.alias_of.empty()) out.emplace("aliasOf", principal.alias_of);
    return out;
  }
  out.emplace("emails", to_json(principal.emails));
  if (principal.type != PrincipalType::kIndividual) out.emplace("members", to_json(principal.members));
  if (principal.type == PrincipalType::kIndividual) {
    out.emplace("memberOf", to_json(principal.member_of));
    out.emplace("roles", boost::json::array{to_string(principal.role)});
    out.emplace("disabled", principal.disabled);
  }
  if (principal.type != PrincipalType::kList) out.emplace("quota", principal.quota);
  return out;
}

Response bad(std::string_view reason) {
  return error_response(400, "invalidProperties", reason);
}

// A string, or a list of strings.
std::optional<std::vector<std::string>> texts_of(const boost::json::value& value) {
  std::vector<std::string> out;
  if (const auto* text = value.if_string()) {
    out.emplace_back(*text);
    return out;
  }
  const auto* list = value.if_array();
  if (!list) return std::nullopt;
  for (const auto& item : *list) {
    if (!item.is_string()) return std::nullopt;
    out.emplace_back(item.get_string());
  }
  return out;
}

std::optional<std::uint64_t> number_of(const boost::json::value& value) {
  if (value.is_uint64()) return value.get_uint64();
  if (value.is_int64() && value.get_int64() >= 0) return static_cast<std::uint64_t>(value.get_int64());
  return std::nullopt;
}

std::optional<Role> role_of(const std::vector<std::string>& names) {
  if (names.size() != 1) return std::nullopt;
  for (auto role : {Role::kUser, Role::kAdmin})
    if (to_string(role) == names[0]) return role;
  return std::nullopt;
}

// What a POST or a PATCH says, before it is sorted into a Principal or a PrincipalChange.
struct Fields {
  Principal principal;
  std::optional<std::string> password;
};

// The reason why the field cannot be taken; empty when it was.
std::string take_field(Fields& fields, std::string_view name, const boost::json::value& value) {
  auto text = [&](std::string& out) -> std::string {
    if (!value.is_string()) return std::string(name) + " is a text.";
    out = std::string(value.get_string());
    return {};
  };
  auto texts = [&](std::vector<std::string>& out) -> std::string {
    auto list = texts_of(value);
    if (!list) return std::string(name) + " is a list of texts.";
    out = *std::move(list);
    return {};
  };
  Principal& p = fields.principal;
  if (name == "name") return text(p.name);
  if (name == "description") return text(p.description);
  if (name == "catchAll") return text(p.catch_all);
  if (name == "aliasOf") return text(p.alias_of);
  if (name == "emails") return texts(p.emails);
  if (name == "members") return texts(p.members);
  if (name == "memberOf") return texts(p.member_of);
  if (name == "type") {
    auto type = value.is_string() ? type_of(std::string(value.get_string())) : std::nullopt;
    if (!type) return "type is one of individual, group, list, domain.";
    p.type = *type;
    return {};
  }
  if (name == "quota") {
    auto quota = number_of(value);
    if (!quota) return "quota is a number of bytes, 0 for no limit.";
    p.quota = *quota;
    return {};
  }
  if (name == "disabled") {
    if (!value.is_bool()) return "disabled is true or false.";
    p.disabled = value.get_bool();
    return {};
  }
  if (name == "roles") {
    auto list = texts_of(value);
    auto role = list ? role_of(*list) : std::nullopt;
    if (!role) return "roles is one of [\"user\"], [\"admin\"].";
    p.role = *role;
    return {};
  }
  if (name == "secrets") {
    auto list = texts_of(value);
    if (!list || list->size() != 1) return "secrets is one password, or its hash.";
    fields.password = list->front();
    return {};
  }
  return "There is no field " + std::string(name) + ".";
}

class Principals {
 public:
  Principals(std::shared_ptr<directory::Directory> directory, std::shared_ptr<DirectoryAdmin> admin)
      : directory_(std::move(directory)), admin_(std::move(admin)) {}

  Response list(const Request& request) const;
  Response create(const Request& request) const;
  Response show(const Request& request) const;
  Response update(const Request& request) const;
  Response remove(const Request& request) const;

  bool writable() const { return admin_ != nullptr; }

 private:
  Result<std::optional<Principal>> find(const Request& request) const;
  Result<void> change_groups(const std::string& account, const std::vector<std::string>& groups,
                             bool join) const;

  std::shared_ptr<directory::Directory> directory_;
  std::shared_ptr<DirectoryAdmin> admin_;
};

// The principals behind `after`, page by page.
class Pages {
 public:
  Pages(DirectoryAdmin& admin, PrincipalType type, std::string after)
      : admin_(admin), type_(type), after_(std::move(after)) {}

  // The next one; null behind the last.
  Result<const Principal*> next() {
    if (at_ == page_.size()) {
      if (last_) return nullptr;
      page_ = TRY(admin_.list(type_, after_, kPage));
      at_ = 0;
      last_ = page_.size() < kPage;
      if (page_.empty()) return nullptr;
      after_ = page_.back().name;
    }
    return &page_[at_++];
  }

 private:
  static constexpr std::size_t kPage = 500;
  DirectoryAdmin& admin_;
  const PrincipalType type_;
  std::string after_;
  std::vector<Principal> page_;
  std::size_t at_ = 0;
  bool last_ = false;
};

// ?types=individual &filter=TEXT &after=NAME &limit=N. "next" continues as `after`. "total", how many there are
// on all pages, is in the first one: to count them is to read them.
Response Principals::list(const Request& request) const {
  std::size_t limit = 100;
  if (auto text = request.parameter("limit"); !text.empty()) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error != std::errc() || end != text.data() + text.size() || limit < 1 || limit > 1000)
      return bad("limit is a number from 1 to 1000.");
  }
  const std::string_view wanted =
      request.parameter("types").empty() ? "individual" : request.parameter("types");
  auto type = type_of(wanted);
  if (!type) return bad("types is one of individual, group, list, domain.");
  const std::string_view filter = request.parameter("filter");

  const std::string after(request.parameter("after"));
  Pages pages(*admin_, *type, after);
  boost::json::array items;
  std::string last;
  std::size_t total = 0;
  bool more = false;
  for (;;) {
    const auto principal = pages.next();
    if (!principal) return response_for(principal.error());
    if (*principal == nullptr) break;
    if (!filter.empty() && (*principal)->name.find(filter) == std::string::npos) continue;
    ++total;
    if (items.size() == limit) {
      more = true;
      if (!after.empty()) break;
      continue;
    }
    last = (*principal)->name;
    items.push_back(to_json(**principal));
  }
  boost::json::object out;
  if (after.empty()) out.emplace("total", total);
  out.emplace("items", std::move(items));
  if (more) out.emplace("next", last);
  return data_response(std::move(out));
}

Response Principals::create(const Request& request) const {
  auto body = parse_body(request);
  if (!body) return body.error();
  const auto* object = body->if_object();
  if (!object) return bad("The body is an object.");
  Fields fields;
  for (const auto& [name, value] : *object)
    if (auto wrong = take_field(fields, std::string_view(name), value); !wrong.empty()) return bad(wrong);
  const auto groups = fields.principal.member_of;
  fields.principal.member_of.clear();
  auto created = admin_->create(std::move(fields.principal), std::move(fields.password));
  if (!created) return response_for(created.error());
  if (auto joined = change_groups(created->name, groups, true); !joined) return response_for(joined.error());
  created->member_of = groups;
  return data_response(to_json(*created));
}

Result<std::optional<Principal>> Principals::find(const Request& request) const {
  const std::string& name = request.captures.at(0);
  const auto wanted = type_of(request.parameter("type"));
  for (auto type : kTypes) {
    if (!admin_ || (wanted && type != *wanted)) continue;
    auto found = TRY(admin_->show(name, type));
    if (found) return found;
  }
  if (!admin_)
    if (auto found = TRY(directory_->find(name)); found && (!wanted || found->type == *wanted)) return found;
  // Whose name is no number may be asked for by its number.
  directory::AccountId id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  if (error != std::errc() || end != name.data() + name.size() || id == 0) return std::nullopt;
  const auto numbered = TRY(directory_->find_by_id(id));
  if (!numbered || (wanted && numbered->type != *wanted)) return std::nullopt;
  if (!admin_) return numbered;
  return admin_->show(numbered->name, numbered->type);
}

Response not_found(const Request& request) {
  const auto type = type_of(request.parameter("type"));
  std::string what = "account, group, list or domain";
  if (type) what = *type == PrincipalType::kIndividual ? "account" : to_string(*type);
  return error_response(404, "notFound", "There is no " + what + " " + request.captures.at(0) + ".");
}

Response Principals::show(const Request& request) const {
  auto found = find(request);
  if (!found) return response_for(found.error());
  return *found ? data_response(to_json(**found)) : not_found(request);
}

Result<void> Principals::change_groups(const std::string& account, const std::vector<std::string>& groups,
                                       bool join) const {
  for (const auto& group : groups) {
    PrincipalChange change;
    (join ? change.add_members : change.remove_members).push_back(account);
    TRY(admin_->update(group, change));
  }
  return {};
}

struct PatchItem {
  std::string action, field;
  boost::json::value value;
};

std::expected<std::vector<PatchItem>, Response> parse_patch(const Request& request) {
  auto body = parse_body(request);
  if (!body) return std::unexpected(body.error());
  const auto* list = body->if_array();
  if (!list) return std::unexpected(bad("The body is a list of {action, field, value}."));
  std::vector<PatchItem> items;
  for (const auto& entry : *list) {
    const auto* object = entry.if_object();
    const auto* action = object ? object->if_contains("action") : nullptr;
    const auto* field = object ? object->if_contains("field") : nullptr;
    const auto* value = object ? object->if_contains("value") : nullptr;
    if (!action || !field || !value || !action->is_string() || !field->is_string())
      return std::unexpected(bad("Each change is {action, field, value}."));
    PatchItem item{std::string(action->get_string()), std::string(field->get_string()), *value};
    if (item.action != "set" && item.action != "addItem" && item.action != "removeItem")
      return std::unexpected(bad("action is one of set, addItem, removeItem."));
    items.push_back(std::move(item));
  }
  return items;
}

// Sorts one change into `change` and the groups to join or to leave; the reason why it cannot be.
std::string take_change(const Principal& before, const PatchItem& item, PrincipalChange& change,
                        std::vector<std::string>& join, std::vector<std::string>& leave) {
  Fields fields;
  if (auto wrong = take_field(fields, item.field, item.value); !wrong.empty()) return wrong;
  const Principal& p = fields.principal;
  auto list = [&](const std::vector<std::string>& now, const std::vector<std::string>& given,
                  std::vector<std::string>& add, std::vector<std::string>& drop) {
    if (item.action == "removeItem") return void(drop.insert(drop.end(), given.begin(), given.end()));
    add.insert(add.end(), given.begin(), given.end());
    if (item.action != "set") return;
    for (const auto& value : now)
      if (std::find(given.begin(), given.end(), value) == given.end()) drop.push_back(value);
    std::erase_if(add, [&](const auto& v) { return std::find(now.begin(), now.end(), v) != now.end(); });
  };
  if (item.field == "emails")
    return list(before.emails, p.emails, change.add_emails, change.remove_emails), "";
  if (item.field == "members")
    return list(before.members, p.members, change.add_members, change.remove_members), "";
  if (item.field == "memberOf") return list(before.member_of, p.member_of, join, leave), "";
  if (item.action != "set" && item.field != "secrets") return item.field + " is set, not added to.";
  if (item.field == "description")
    change.description = p.description;
  else if (item.field == "quota")
    change.quota = p.quota;
  else if (item.field == "roles")
    change.role = p.role;
  else if (item.field == "disabled")
    change.disabled = p.disabled;
  else if (item.field == "catchAll")
    change.catch_all = p.catch_all;
  else if (item.field == "aliasOf")
    change.alias_of = p.alias_of;
  else if (item.field == "secrets")
    change.password = fields.password;
  else
    return item.field + " cannot be changed.";
  return {};
}

Response Principals::update(const Request& request) const {
  auto items = parse_patch(request);
  if (!items) return items.error();
  auto found = find(request);
  if (!found) return response_for(found.error());
  if (!*found) return not_found(request);
  PrincipalChange change;
  std::vector<std::string> join, leave;
  for (const auto& item : *items)
    if (auto wrong = take_change(**found, item, change, join, leave); !wrong.empty()) return bad(wrong);
  auto updated = admin_->update((*found)->name, change);
  if (!updated) return response_for(updated.error());
  for (auto [groups, joins] : {std::pair{&join, true}, std::pair{&leave, false}})
    if (auto done = change_groups((*found)->name, *groups, joins); !done) return response_for(done.error());
  auto now = find(request);
  if (!now) return response_for(now.error());
  return *now ? data_response(to_json(**now)) : not_found(request);
}

Response Principals::remove(const Request& request) const {
  auto found = find(request);
  if (!found) return response_for(found.error());
  if (!*found) return not_found(request);
  if (auto removed = admin_->remove((*found)->name, (*found)->type); !removed)
    return response_for(removed.error());
  return data_response(nullptr);
}

}  // namespace

Response kept_elsewhere(const std::string& owner) {
  return error_response(400, "readOnly",
                        "The accounts of this server are kept by " + owner +
                            ", which Gannet only reads: list and change them there.");
}

void add_principal_routes(Router& router, std::shared_ptr<directory::Directory> directory,
                          std::shared_ptr<DirectoryAdmin> admin, const std::string& owner) {
  auto principals = std::make_shared<Principals>(std::move(directory), std::move(admin));
  auto route = [&](const char* method, const char* path, Response (Principals::*call)(const Request&) const) {
    // Whom the other system has it tells by name, but not of all.
    const bool always = call == &Principals::show;
    router.add(method, path, Access::kAdmin, [principals, call, owner, always](const Request& request) {
      if (!always && !principals->writable()) return kept_elsewhere(owner);
      return ((*principals).*call)(request);
    });
  };
  route("GET", "/api/principal", &Principals::list);
  route("POST", "/api/principal", &Principals::create);
  route("GET", "/api/principal/{}", &Principals::show);
  route("PATCH", "/api/principal/{}", &Principals::update);
  route("DELETE", "/api/principal/{}", &Principals::remove);
}

}  // namespace gannet::http
