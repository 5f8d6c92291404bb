#include "login/bans.h"

#include <algorithm>

#include "base/bytes.h"
#include "directory/principal.h"
#include "observe/log.h"
#include "store/subspace.h"

namespace gannet::login {
namespace {

constexpr std::uint8_t kRecord = 1;

// In Subspace::kDirectory, behind the byte 'b': see directory/schema.h.
std::string key_of(const Ban& ban) {
  return KeyWriter(static_cast<std::uint8_t>(store::Subspace::kDirectory))
      .u8('b')
      .u8(ban.account ? 1 : 0)
      .raw(ban.target)
      .take();
}
std::string prefix() {
  return KeyWriter(static_cast<std::uint8_t>(store::Subspace::kDirectory)).u8('b').take();
}

std::string encode(const Ban& ban) {
  return RecordWriter(kRecord)
      .signed_varint(to_unix_ms(ban.since))
      .boolean(ban.until.has_value())
      .signed_varint(ban.until ? to_unix_ms(*ban.until) : 0)
      .string(ban.reason)
      .take();
}

std::optional<Ban> decode(std::string_view key, std::string_view record) {
  RecordReader in(record);
  if (key.size() < 4 || in.u8() != kRecord) return std::nullopt;
  Ban out;
  out.account = key[2] != 0;
  out.target = key.substr(3);
  out.since = from_unix_ms(in.signed_varint());
  const bool ends = in.boolean();
  const auto until = in.signed_varint();
  if (ends) out.until = from_unix_ms(until);
  out.reason = in.string();
  if (!in.at_end()) return std::nullopt;
  return out;
}

}  // namespace

std::string subject_of(const IpAddress& address) {
  return address.is_v4() ? address.to_string() : IpNetwork(address, 64).to_string();
}

std::optional<Ban> parse_target(std::string_view text) {
  Ban out;
  if (const auto address = IpAddress::parse(text)) {
    out.target = subject_of(*address);
  } else if (const auto network = IpNetwork::parse(text)) {
    out.target = network->to_string();
  } else if (auto login = directory::normalize_login(text)) {
    out.account = true;
    out.target = *std::move(login);
  } else {
    return std::nullopt;
  }
  return out;
}

Bans::Bans(std::shared_ptr<store::DataStore> data, Clock& clock) : data_(std::move(data)), clock_(clock) {}

bool Bans::has(const IpAddress& address) const {
  const std::lock_guard lock(mutex_);
  if (addresses_.empty() && networks_.empty()) return false;
  const auto found = addresses_.find(subject_of(address));
  if (found != addresses_.end() && holds(found->second)) return true;
  return std::ranges::any_of(
      networks_, [&](const auto& one) { return one.first.contains(address) && holds(one.second); });
}

bool Bans::has_account(std::string_view login) const {
  const std::lock_guard lock(mutex_);
  const auto found = accounts_.find(login);
  return found != accounts_.end() && holds(found->second);
}

bool Bans::has_accounts() const {
  const std::lock_guard lock(mutex_);
  return !accounts_.empty();
}

void Bans::refresh(Duration age) {
  if (!data_->has_other_writers()) return;
  {
    const std::lock_guard lock(mutex_);
    if (clock_.steady() - loaded_ < age) return;
    loaded_ = clock_.steady();  // the others go on with what there is
  }
  if (const auto loaded = load(); !loaded) observe::warn("auth.bans-unread", {{"reason", loaded.error()}});
}

Result<> Bans::load() {
  const std::lock_guard changes(change_mutex_);
  const auto all = TRY(list());
  const std::lock_guard lock(mutex_);
  addresses_.clear();
  accounts_.clear();
  networks_.clear();
  loaded_ = clock_.steady();
  for (const auto& ban : all) keep(ban);
  return {};
}

void Bans::keep(const Ban& ban) {
  let_go(ban);
  if (ban.account) {
    accounts_.emplace(ban.target, ban);
    return;
  }
  const auto network = IpNetwork::parse(ban.target);
  // What subject_of() gives is looked up; anything wider has to be compared.
  if (IpAddress::parse(ban.target) || ban.target.ends_with("/64"))
    addresses_.emplace(ban.target, ban);
  else if (network)
    networks_.emplace_back(*network, ban);
}

void Bans::let_go(const Ban& target) {
  (target.account ? accounts_ : addresses_).erase(target.target);
  if (!target.account)
    std::erase_if(networks_, [&](const auto& one) { return one.second.target == target.target; });
}

Result<> Bans::add(const Ban& ban) {
  const std::lock_guard changes(change_mutex_);
  store::WriteBatch batch;
  batch.set(key_of(ban), encode(ban));
  TRY(data_->commit(std::move(batch)));
  observe::warn("auth.banned", {{"target", ban.target}, {"reason", ban.reason}});
  const std::lock_guard lock(mutex_);
  keep(ban);
  return {};
}

Result<bool> Bans::remove(const Ban& target) {
  const std::lock_guard changes(change_mutex_);
  const auto key = key_of(target);
  if (!TRY(data_->get(key))) return false;
  store::WriteBatch batch;
  batch.clear(key);
  TRY(data_->commit(std::move(batch)));
  observe::info("auth.ban-removed", {{"target", target.target}});
  const std::lock_guard lock(mutex_);
  let_go(target);
  return true;
}

Result<std::vector<Ban>> Bans::list() {
  std::vector<Ban> out;
  store::WriteBatch over;
  bool any_over = false;
  for (const auto& item : TRY(store::scan_all(*data_, store::Range::prefix(prefix())))) {
    auto ban = decode(item.key, item.value);
    if (ban && holds(*ban)) {
      out.push_back(*std::move(ban));
      continue;
    }
    // Unless it was renewed meanwhile.
    over.require_value(item.key, item.value);
    over.clear(item.key);
    any_over = true;
  }
  if (any_over)
    if (const auto cleared = data_->commit(std::move(over)); !cleared)
      observe::debug("auth.bans-not-cleared", {{"reason", cleared.error()}});
  return out;
}

}  // namespace gannet::login
