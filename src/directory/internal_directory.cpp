#include "directory/internal_directory.h"

#include "directory/address.h"
#include "directory/change.h"
#include "directory/commit.h"
#include "directory/edit.h"
#include "directory/internal_view.h"
#include "observe/caches.h"
#include "observe/log.h"

namespace gannet::directory {
namespace {

std::optional<std::string> normalize_name(std::string_view name, PrincipalType type) {
  return type == PrincipalType::kDomain ? normalize_domain(name) : normalize_login(name);
}

}  // namespace

InternalDirectory::InternalDirectory(InternalOptions options, std::shared_ptr<store::DataStore> data,
                                     std::shared_ptr<Logins> logins, Clock& clock, Random& random)
    : RecordDirectory(std::move(options.id), std::move(logins)),
      data_(std::move(data)),
      clock_(clock),
      random_(random),
      cache_(options.cache_entries, "directory." + id_),
      known_version_(std::move(options.known_version)) {}

Result<std::unique_ptr<PrincipalView>> InternalDirectory::view() {
  return InternalView::open(*data_, cache_, known_version_.get());
}

std::unique_ptr<PrincipalView> InternalDirectory::view_now() {
  return InternalView::open_now(cache_, known_version_.get());
}

Result<void> InternalDirectory::change(const std::function<Result<void>(Change&)>& edit) {
  std::lock_guard lock(change_mutex_);
  const KnownVersion::Change changing(known_version_.get());
  TRY(commit_with_retry(*data_, clock_, random_, [&]() -> Result<store::WriteBatch> {
    Change change = TRY(Change::begin(*data_));
    TRY(edit(change));
    return change.finish(data_->limits());
  }));
  // What other directories answered before it is not told any more, whatever it hung on.
  observe::clear_caches("directory");
  return {};
}

Result<Principal> InternalDirectory::create(Principal principal, std::optional<std::string> password) {
  StoredPrincipal stored{std::move(principal), {}};
  if (password && stored.principal.type != PrincipalType::kIndividual)
    return fail(DirectoryError::kInvalid,
                "a " + std::string(to_string(stored.principal.type)) + " has no password");
  if (password)
    stored.secrets = TRY(
        secrets_of(*password, normalize_login(stored.principal.name).value_or(stored.principal.name), {}));
  Principal out;
  TRY(change([&](Change& change) -> Result<void> {
    out = TRY(create_in(change, stored));
    return {};
  }));
  observe::info("directory.created",
                {{"name", out.name}, {"type", to_string(out.type)}, {"account", out.id}});
  return out;
}

Result<Principal> InternalDirectory::update(std::string_view name, const PrincipalChange& what) {
  std::vector<std::string> own;
  if (what.password) {
    const auto who = TRY(individual(name));
    own = TRY(secrets_of(*what.password, who ? who->principal.name : std::string(name),
                         who ? who->secrets : std::vector<std::string>()));
  }
  Principal out;
  TRY(change([&](Change& change) -> Result<void> {
    out = TRY(update_in(change, name, what, own));
    return {};
  }));
  observe::info("directory.updated", {{"name", out.name}, {"type", to_string(out.type)}});
  if (what.password || what.role || what.disabled.value_or(false)) login_changed(out.id);
  return out;
}

Result<void> InternalDirectory::remove(std::string_view name, PrincipalType type) {
  AccountId id = 0;
  TRY(change([&](Change& change) -> Result<void> {
    id = TRY(remove_in(change, name, type));
    return {};
  }));
  observe::info("directory.removed", {{"name", name}, {"type", to_string(type)}, {"account", id}});
  login_changed(id);
  if (id != 0) let_go();
  return {};
}

Result<std::optional<Principal>> InternalDirectory::show(std::string_view name, PrincipalType type) {
  const auto normal = normalize_name(name, type);
  if (!normal) return std::nullopt;
  const auto now = TRY(view());
  const auto stored = TRY(now->by_name(*normal));
  if (!stored || stored->principal.type != type) return std::nullopt;
  return stored->principal;
}

Result<std::vector<Principal>> InternalDirectory::list(PrincipalType type, std::string_view after,
                                                       std::size_t limit) {
  const auto snapshot = data_->snapshot();
  if (!snapshot) return unavailable(snapshot.error());
  store::Range range = store::Range::prefix(type_prefix(type));
  range.keys_only = true;
  if (!after.empty())
    range.begin = type_key(type, normalize_name(after, type).value_or(std::string(after))) + '\0';
  std::vector<Principal> out;
  while (out.size() < limit) {
    range.max_items = std::min<std::size_t>(limit - out.size(), 1000);
    const auto page = (*snapshot)->scan(range);
    if (!page) return unavailable(page.error());
    std::vector<std::string> keys;
    for (const auto& item : page->items) keys.push_back(principal_key(name_of_type_key(item.key)));
    const auto records = (*snapshot)->get_many(keys);
    if (!records) return unavailable(records.error());
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (const auto& record = (*records)[i])
        out.push_back(TRY(decode_principal(name_of_type_key(page->items[i].key), *record)).principal);
    if (!page->more) break;
    range = store::next_range(range, *page);
  }
  return out;
}

void InternalDirectory::on_removed(std::function<void(AccountId)> callback) {
  {
    std::lock_guard lock(removed_mutex_);
    removed_ = std::move(callback);
  }
  let_go();
}

// A removed account's number stays in the store until somebody has let its data go, so that a crash in
// between loses the callback but not the work.
void InternalDirectory::let_go() {
  std::lock_guard lock(removed_mutex_);
  if (!removed_) return;
  const auto waiting = store::scan_all(*data_, store::Range::prefix(removed_prefix()));
  if (!waiting) return observe::warn("directory.removal-waits", {{"reason", waiting.error()}});
  for (const auto& item : *waiting) {
    removed_(number_of_removed_key(item.key));
    store::WriteBatch batch;
    batch.clear(item.key);
    if (const auto done = data_->commit(std::move(batch)); !done)
      return observe::warn("directory.removal-waits", {{"reason", done.error()}});
  }
}

}  // namespace gannet::directory
