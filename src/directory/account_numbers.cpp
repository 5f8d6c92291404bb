#include "directory/account_numbers.h"

#include "base/bytes.h"
#include "directory/commit.h"
#include "directory/internal_view.h"

namespace gannet::directory {
namespace {

std::string external_record(std::string_view directory, std::string_view name) {
  return RecordWriter(1).string(directory).string(name).take();
}

// Reads what is there, and adds what is missing to `batch`.
Result<std::vector<AccountId>> give_numbers(store::DataStore& data, std::string_view directory,
                                            std::span<const std::string> names, store::WriteBatch& batch) {
  std::vector<std::string> keys;
  for (const auto& name : names) keys.push_back(external_key(directory, name));
  keys.push_back(next_number_key());
  const auto values = data.get_many(keys);
  if (!values) return unavailable(values.error());
  const auto& next = values->back();
  AccountId free = next ? decode_number(*next) : 1;
  const AccountId first = free;
  std::vector<AccountId> out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const auto& known = (*values)[i]) {
      out.push_back(decode_number(*known));
      continue;
    }
    if (free == 0)
      return fail(DirectoryError::kUnavailable, "no account number is left", "damaged or used up");
    batch.require_absent(keys[i]);
    batch.set(keys[i], encode_number(free));
    batch.set(external_number_key(free), external_record(directory, names[i]));
    out.push_back(free++);
  }
  if (free == first) return out;
  next ? batch.require_value(next_number_key(), *next) : batch.require_absent(next_number_key());
  batch.set(next_number_key(), encode_number(free));
  return out;
}

}  // namespace

Result<std::vector<AccountId>> account_numbers(store::DataStore& data, std::string_view directory,
                                               std::span<const std::string> names, Clock& clock,
                                               Random& random) {
  std::vector<AccountId> out;
  TRY(commit_with_retry(data, clock, random, [&]() -> Result<store::WriteBatch> {
    store::WriteBatch batch;
    out = TRY(give_numbers(data, directory, names, batch));
    return batch;
  }));
  return out;
}

Result<std::optional<AccountId>> known_account_number(store::DataStore& data, std::string_view directory,
                                                      std::string_view name) {
  const auto value = data.get(external_key(directory, name));
  if (!value) return unavailable(value.error());
  if (!*value) return std::nullopt;
  return decode_number(**value);
}

Result<std::optional<std::string>> account_name(store::DataStore& data, std::string_view directory,
                                                AccountId id) {
  if (id == 0) return std::nullopt;
  const auto value = data.get(external_number_key(id));
  if (!value) return unavailable(value.error());
  if (!*value) return std::nullopt;
  RecordReader in(**value);
  const auto version = in.u8();
  const auto owner = in.string();
  std::string name(in.string());
  if (!in.at_end() || version != 1)
    return fail(DirectoryError::kUnavailable, "the directory cannot be read",
                "account number " + std::to_string(id) + ": damaged, or of another release");
  if (owner != directory) return std::nullopt;
  return name;
}

}  // namespace gannet::directory
