#include "directory/schema.h"

#include "base/bytes.h"
#include "store/subspace.h"

namespace gannet::directory {
namespace {

constexpr std::uint8_t kPrincipalRecord = 1;
constexpr std::uint8_t kAliasRecord = 2;  // the same, and alias_of behind it

KeyWriter key(char kind) {
  KeyWriter out(static_cast<std::uint8_t>(store::Subspace::kDirectory));
  out.u8(static_cast<std::uint8_t>(kind));
  return out;
}

void write_strings(RecordWriter& out, const std::vector<std::string>& strings) {
  out.varint(strings.size());
  for (const auto& text : strings) out.string(text);
}

std::vector<std::string> read_strings(RecordReader& in) {
  std::vector<std::string> out;
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) out.emplace_back(in.string());
  return out;
}

}  // namespace

std::string version_key() {
  return key('v').take();
}
std::string next_number_key() {
  return key('n').take();
}
std::string server_secret_key() {
  return key('s').take();
}
std::string principal_key(std::string_view name) {
  return key('p').raw(name).take();
}
std::string number_key(AccountId id) {
  return key('i').u32(id).take();
}
std::string address_key(std::string_view address) {
  return key('a').raw(address).take();
}
std::string address_prefix(std::string_view start) {
  return address_key(start);
}
std::string domain_address_key(std::string_view domain, std::string_view address) {
  return key('u').string(domain).raw(address).take();
}
std::string domain_addresses_prefix(std::string_view domain) {
  return key('u').string(domain).take();
}
std::string alias_key(std::string_view domain, std::string_view alias) {
  return key('k').string(domain).raw(alias).take();
}
std::string aliases_prefix(std::string_view domain) {
  return alias_key(domain, {});
}
std::string type_key(PrincipalType type, std::string_view name) {
  return key('t').u8(static_cast<std::uint8_t>(type)).raw(name).take();
}
std::string type_prefix(PrincipalType type) {
  return type_key(type, {});
}
std::string removed_key(AccountId id) {
  return key('r').u32(id).take();
}
std::string removed_prefix() {
  return key('r').take();
}
std::string external_key(std::string_view directory, std::string_view name) {
  return key('x').string(directory).raw(name).take();
}
std::string external_number_key(AccountId id) {
  return key('y').u32(id).take();
}

std::string_view address_of_key(std::string_view key) {
  return key.substr(2);
}
std::string_view name_of_type_key(std::string_view key) {
  return key.substr(3);
}
AccountId number_of_removed_key(std::string_view key) {
  return KeyReader(key.substr(2)).u32();
}

std::string encode_principal(const StoredPrincipal& stored) {
  const Principal& p = stored.principal;
  RecordWriter out(p.alias_of.empty() ? kPrincipalRecord : kAliasRecord);
  out.u8(static_cast<std::uint8_t>(p.type)).varint(p.id).string(p.description);
  write_strings(out, p.emails);
  write_strings(out, p.members);
  write_strings(out, p.member_of);
  out.varint(p.quota).u8(static_cast<std::uint8_t>(p.role)).boolean(p.disabled).string(p.catch_all);
  write_strings(out, stored.secrets);
  if (!p.alias_of.empty()) out.string(p.alias_of);
  return out.take();
}

Result<StoredPrincipal> decode_principal(std::string_view name, std::string_view record) {
  RecordReader in(record);
  StoredPrincipal out;
  Principal& p = out.principal;
  const auto version = in.u8();
  if (version != kPrincipalRecord && version != kAliasRecord)
    return fail(DirectoryError::kUnavailable, "the directory cannot be read",
                "principal " + std::string(name) + ": record of version " + std::to_string(version));
  p.name = name;
  p.type = static_cast<PrincipalType>(in.u8());
  p.id = static_cast<AccountId>(in.varint());
  p.description = in.string();
  p.emails = read_strings(in);
  p.members = read_strings(in);
  p.member_of = read_strings(in);
  p.quota = in.varint();
  p.role = static_cast<Role>(in.u8());
  p.disabled = in.boolean();
  p.catch_all = in.string();
  out.secrets = read_strings(in);
  if (version == kAliasRecord) p.alias_of = in.string();
  if (!in.at_end())
    return fail(DirectoryError::kUnavailable, "the directory cannot be read",
                "principal " + std::string(name) + ": damaged record");
  return out;
}

std::string encode_version(std::uint64_t version) {
  return KeyWriter().u64(version).take();
}
std::uint64_t decode_version(const std::optional<std::string>& value) {
  return value ? KeyReader(*value).u64() : 0;
}
std::string encode_number(AccountId id) {
  return KeyWriter().u32(id).take();
}
AccountId decode_number(std::string_view value) {
  return KeyReader(value).u32();
}

}  // namespace gannet::directory
