#include "directory/internal_view.h"

#include "directory/trace.h"

namespace gannet::directory {
namespace {

void tell(void (*step)(std::string_view, std::string_view, std::string_view), const char* what,
          std::string_view name, bool found) {
  if (trace::on()) step("internal directory", what + std::string(name), found ? "found" : "none");
}

}  // namespace

std::unexpected<Error> unavailable(const Error& store_error) {
  return fail(DirectoryError::kUnavailable, "the directory cannot be asked now", store_error.describe(),
              Retry::kCanHelp);
}

Result<std::unique_ptr<PrincipalView>> InternalView::open(store::DataStore& data, RecordCache& cache,
                                                          KnownVersion* known) {
  if (const auto version = known ? known->now() : std::nullopt)
    return std::unique_ptr<PrincipalView>(new InternalView(&data, cache, *version));
  const std::uint64_t mark = known ? known->mark() : 0;
  const auto stored = data.get(version_key());
  if (!stored) return unavailable(stored.error());
  const auto version = decode_version(*stored);
  if (known) known->learn(mark, version);
  return std::unique_ptr<PrincipalView>(new InternalView(&data, cache, version));
}

std::unique_ptr<PrincipalView> InternalView::open_now(RecordCache& cache, const KnownVersion* known) {
  const auto version = known ? known->now() : std::nullopt;
  if (!version) return nullptr;
  return std::unique_ptr<PrincipalView>(new InternalView(nullptr, cache, *version));
}

std::optional<CachedRecord> InternalView::look_up(std::string_view key) {
  auto found = data_ ? cache_.get(version_, key) : cache_.get_now(version_, key);
  if (found) answered_ = true;
  return found;
}

Result<std::optional<std::string>> InternalView::read(const std::string& key) {
  if (!data_) return fail(DirectoryError::kUnavailable, "the directory's answer is not in memory");
  if (!snapshot_) {
    auto snapshot = data_->snapshot();
    if (!snapshot) return unavailable(snapshot.error());
    const auto version = (*snapshot)->get(version_key());
    if (!version) return unavailable(version.error());
    snapshot_ = *std::move(snapshot);
    const auto now = decode_version(*version);
    torn_ = answered_ && now != version_;
    version_ = now;
  }
  auto value = snapshot_->get(key);
  if (!value) return unavailable(value.error());
  return *std::move(value);
}

Result<StoredPrincipalPtr> InternalView::by_name(std::string_view name) {
  std::string key = principal_key(name);
  if (const auto cached = look_up(key)) {
    tell(trace::cached, "record of ", name, cached->principal != nullptr);
    return cached->principal;
  }
  StoredPrincipalPtr stored;
  if (const auto record = TRY(read(key)))
    stored = std::make_shared<const StoredPrincipal>(TRY(decode_principal(name, *record)));
  answered_ = true;
  cache_.put(version_, std::move(key), {stored, {}});
  tell(trace::step, "record of ", name, stored != nullptr);
  return stored;
}

Result<std::string> InternalView::name_at(const std::string& key) {
  if (const auto cached = look_up(key)) return cached->name;
  std::string name = TRY(read(key)).value_or(std::string());
  answered_ = true;
  cache_.put(version_, key, {nullptr, name});
  return name;
}

Result<StoredPrincipalPtr> InternalView::by_address(std::string_view address) {
  const std::string name = TRY(name_at(address_key(address)));
  if (trace::on())
    trace::step("internal directory", "owner of " + std::string(address), name.empty() ? "nobody" : name);
  if (name.empty()) return nullptr;
  return by_name(name);
}

Result<StoredPrincipalPtr> InternalView::by_id(AccountId id) {
  const std::string name = TRY(name_at(number_key(id)));
  if (name.empty()) return nullptr;
  return by_name(name);
}

Result<bool> InternalView::is_local_domain(std::string_view domain) {
  const auto stored = TRY(by_name(domain));
  return stored && stored->principal.type == PrincipalType::kDomain;
}

Result<std::vector<std::string>> InternalView::addresses(std::string_view text, std::size_t limit) {
  store::Range range = store::Range::prefix(address_prefix(text));
  range.keys_only = true;
  range.max_items = limit;
  if (!data_) return fail(DirectoryError::kUnavailable, "the directory's answer is not in memory");
  const auto page = data_->scan(range);
  if (!page) return unavailable(page.error());
  std::vector<std::string> out;
  for (const auto& item : page->items) out.emplace_back(address_of_key(item.key));
  return out;
}

}  // namespace gannet::directory
