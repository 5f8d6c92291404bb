// The internal directory: principals and the lists made from them. Read at one moment; each repair requires the
// directory's version to be that moment's, and sets the next.
#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "directory/schema.h"
#include "fsck/outside.h"
#include "fsck/repair.h"
#include "fsck/scan.h"

namespace gannet::fsck {
namespace {

using directory::PrincipalType;
using directory::StoredPrincipal;

struct Look {
  Look(const Context& of, std::shared_ptr<store::Snapshot> at) : context(of), moment(std::move(at)) {}

  const Context& context;
  std::shared_ptr<store::Snapshot> moment;
  std::optional<std::string> version;
  store::WriteBatch batch;
  std::vector<Finding> findings;
  directory::AccountId highest = 0;
  bool more = false;

  void lost(std::string what) {
    findings.push_back({"directory.principal", 0, std::move(what), Fate::kLost});
  }
  // Sets or (without a value) clears a key.
  void problem(std::string check, std::string what, std::string key, std::optional<std::string> value) {
    if (findings.size() >= kFixesAtOnce) return (void)(more = true);
    value ? batch.set(std::move(key), *std::move(value)) : batch.clear(std::move(key));
    findings.push_back({std::move(check), 0, std::move(what), Fate::kFound});
  }
};

std::string prefix_of(char kind) {
  return KeyWriter('d').u8(static_cast<std::uint8_t>(kind)).take();
}

std::string domain_of(std::string_view address) {
  return std::string(address.substr(address.rfind('@') + 1));
}

Result<std::optional<StoredPrincipal>> find(Look& look, std::string_view name) {
  const auto record = TRY(look.moment->get(directory::principal_key(name)));
  if (!record) return std::nullopt;
  auto stored = directory::decode_principal(name, *record);
  if (!stored) return std::nullopt;
  return *std::move(stored);
}

// What must be there because of a principal.
Result<void> check_principal(Look& look, const StoredPrincipal& stored) {
  const auto& p = stored.principal;
  look.highest = std::max(look.highest, p.id);
  std::vector<std::pair<std::string, std::string>> wanted;  // key, value
  wanted.emplace_back(directory::type_key(p.type, p.name), "");
  if (p.id != 0) wanted.emplace_back(directory::number_key(p.id), p.name);
  if (!p.alias_of.empty()) wanted.emplace_back(directory::alias_key(p.alias_of, p.name), "");
  for (const auto& address : p.emails) {
    wanted.emplace_back(directory::address_key(address), p.name);
    wanted.emplace_back(directory::domain_address_key(domain_of(address), address), "");
  }
  std::vector<std::string> keys;
  for (const auto& [key, value] : wanted) keys.push_back(key);
  const auto found = TRY(look.moment->get_many(keys));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (found[i] == wanted[i].second) continue;
    // Two who claim one thing: whoever is in the list has it, if that one claims it as well.
    if (found[i]) {
      const auto other = TRY(find(look, *found[i]));
      const bool claims = other && (keys[i] == directory::number_key(p.id)
                                        ? other->principal.id == p.id
                                        : std::ranges::any_of(other->principal.emails, [&](const auto& one) {
                                            return directory::address_key(one) == keys[i];
                                          }));
      if (claims) {
        look.lost(fmt::format("{} and {} have the same address or number", p.name, *found[i]));
        continue;
      }
    }
    look.problem("directory.missing", fmt::format("a list of the directory does not have {}", p.name),
                 keys[i], wanted[i].second);
  }
  return {};
}

Result<void> check_members(Look& look, const StoredPrincipal& stored) {
  const auto& p = stored.principal;
  for (const auto& group_name : p.member_of) {
    const auto group = TRY(find(look, group_name));
    if (group && std::ranges::find(group->principal.members, p.name) != group->principal.members.end())
      continue;
    StoredPrincipal mended = stored;
    std::erase(mended.principal.member_of, group_name);
    look.problem("directory.members",
                 fmt::format("{} is in the group {}, which does not know of it", p.name, group_name),
                 directory::principal_key(p.name), directory::encode_principal(mended));
    return {};  // the next in the next round
  }
  if (p.type != PrincipalType::kGroup) return {};
  for (const auto& member : p.members) {
    auto person = TRY(find(look, member));
    if (person && std::ranges::find(person->principal.member_of, p.name) != person->principal.member_of.end())
      continue;
    if (person) {
      person->principal.member_of.push_back(p.name);
      look.problem("directory.members",
                   fmt::format("{} does not know that it is in the group {}", member, p.name),
                   directory::principal_key(member), directory::encode_principal(*person));
    } else {
      StoredPrincipal mended = stored;
      std::erase(mended.principal.members, member);
      look.problem("directory.members",
                   fmt::format("the group {} has the member {}, who is gone", p.name, member),
                   directory::principal_key(p.name), directory::encode_principal(mended));
    }
    return {};
  }
  return {};
}

Result<void> check_principals(Look& look) {
  const std::string prefix = prefix_of('p');
  return for_each(look.context, *look.moment, store::Range::prefix(prefix),
                  [&](const store::KeyValue& item) -> Result<void> {
                    const std::string name = item.key.substr(prefix.size());
                    const auto stored = directory::decode_principal(name, item.value);
                    if (!stored) {
                      look.lost(fmt::format("the record of {} cannot be read", name));
                      return {};
                    }
                    TRY(check_principal(look, *stored));
                    return check_members(look, *stored);
                  });
}

// Entries of the lists whose principal does not have what they say. `name` and `has` read an entry.
template <typename N, typename H>
Result<void> check_list(Look& look, char kind, N&& name, H&& has) {
  const std::string prefix = prefix_of(kind);
  return for_each(look.context, *look.moment, store::Range::prefix(prefix),
                  [&](const store::KeyValue& item) -> Result<void> {
                    const std::string_view rest = std::string_view(item.key).substr(prefix.size());
                    const std::string who = name(rest, item.value);
                    // A principal that cannot be read may have it.
                    const auto record = TRY(look.moment->get(directory::principal_key(who)));
                    if (record) {
                      const auto stored = directory::decode_principal(who, *record);
                      if (!stored || has(stored->principal, rest)) return {};
                    }
                    look.problem("directory.leftover",
                                 fmt::format("a list of the directory has {}, who has nothing of it", who),
                                 item.key, std::nullopt);
                    return {};
                  });
}

Result<void> check_lists(Look& look) {
  using P = directory::Principal;
  const auto value = [](std::string_view, const std::string& v) { return v; };
  TRY(check_list(look, 'a', value, [](const P& p, std::string_view rest) {
    return std::ranges::find(p.emails, rest) != p.emails.end();
  }));
  TRY(check_list(look, 'i', value,
                 [](const P& p, std::string_view rest) { return KeyReader(rest).u32() == p.id; }));
  TRY(check_list(
      look, 't',
      [](std::string_view rest, const std::string&) {
        return std::string(rest.substr(std::min<std::size_t>(1, rest.size())));
      },
      [](const P& p, std::string_view rest) {
        return static_cast<std::uint8_t>(rest[0]) == static_cast<std::uint8_t>(p.type);
      }));
  TRY(check_list(
      look, 'k',
      [](std::string_view rest, const std::string&) {
        KeyReader in(rest);
        in.string();
        return std::string(in.rest());
      },
      [](const P& p, std::string_view rest) { return KeyReader(rest).string() == p.alias_of; }));
  const std::string prefix = prefix_of('u');
  return for_each(look.context, *look.moment, store::Range::prefix(prefix),
                  [&](const store::KeyValue& item) -> Result<void> {
                    KeyReader in(std::string_view(item.key).substr(prefix.size()));
                    in.string();
                    const std::string address(in.rest());
                    if (TRY(look.moment->get(directory::address_key(address)))) return {};
                    look.problem("directory.leftover",
                                 fmt::format("a domain lists the address {}, which is nobody's", address),
                                 item.key, std::nullopt);
                    return {};
                  });
}

// Numbers: external ones both ways, and the next above all.
Result<void> check_numbers(Look& look) {
  const std::string prefix = prefix_of('y');
  TRY(for_each(look.context, *look.moment, store::Range::prefix(prefix),
               [&](const store::KeyValue& item) -> Result<void> {
                 const auto id = KeyReader(std::string_view(item.key).substr(prefix.size())).u32();
                 look.highest = std::max(look.highest, id);
                 RecordReader in(item.value);
                 in.u8();
                 const std::string where(in.string()), name(in.string());
                 const std::string key = directory::external_key(where, name);
                 if (TRY(look.moment->get(key)) == directory::encode_number(id)) return {};
                 look.problem("directory.missing",
                              fmt::format("{} of {} has lost its account number {}", name, where, id), key,
                              directory::encode_number(id));
                 return {};
               }));
  TRY(for_each(look.context, *look.moment, store::Range::prefix(directory::removed_prefix()),
               [&](const store::KeyValue& item) -> Result<void> {
                 look.highest = std::max(look.highest, directory::number_of_removed_key(item.key));
                 return {};
               }));
  const auto next = TRY(look.moment->get(directory::next_number_key()));
  if ((next ? directory::decode_number(*next) : 1) > look.highest) return {};
  look.problem(
      "directory.next",
      fmt::format("the next account number would be one that is in use (the last is {})", look.highest),
      directory::next_number_key(), directory::encode_number(look.highest + 1));
  return {};
}

}  // namespace

Result<void> check_directory(const Context& context) {
  context.listener.progress("directory", 0, 0);
  int conflicts = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    Look look(context, TRY(context.stores.data->snapshot()));
    look.version = TRY(look.moment->get(directory::version_key()));
    TRY(check_principals(look));
    TRY(check_lists(look));
    TRY(check_numbers(look));
    const bool repairs = context.options.repair && !look.batch.empty();
    if (repairs) {
      store::WriteBatch batch;
      look.version ? batch.require_value(directory::version_key(), *look.version)
                   : batch.require_absent(directory::version_key());
      batch.append(std::move(look.batch));
      batch.set(directory::version_key(),
                directory::encode_version(directory::decode_version(look.version) + 1));
      if (!TRY(commit(*context.stores.data, std::move(batch)))) {
        if (++conflicts < kMostConflicts) continue;
        break;
      }
    }
    for (auto& finding : look.findings) {
      if (repairs && finding.fate == Fate::kLost) continue;  // told in the last round
      if (repairs) finding.fate = Fate::kRepaired;
      context.listener.found(finding);
    }
    if (!repairs) return {};
  }
  context.listener.found(
      {"directory.busy", 0, "the directory changed all the time; check it again later", Fate::kUnchecked});
  return {};
}

}  // namespace gannet::fsck
