#include "store/filling.h"

#include "base/bytes.h"
#include "store/subspace.h"

namespace gannet::store {
namespace {

constexpr std::uint8_t kVersion = 1;

std::string filling_key() {
  return {static_cast<char>(Subspace::kSetting), 'h'};
}

std::string encode(const Filling& filling) {
  return RecordWriter(kVersion).string(filling.source).string(filling.advice).string(filling.run).take();
}

}  // namespace

Result<std::optional<Filling>> read_filling(Reader& data) {
  const auto value = TRY(data.get(filling_key()));
  if (!value) return std::nullopt;
  RecordReader reader(*value);
  const std::uint8_t version = reader.u8();
  Filling found{.source = std::string(reader.string()), .advice = std::string(reader.string())};
  found.run = reader.string();
  if (!reader.ok() || version != kVersion)
    return fail(StoreError::kCorrupt, "the store's data is damaged", "the mark of a restore cannot be read");
  return found;
}

Result<void> require_whole(Reader& data) {
  const auto filling = TRY(read_filling(data));
  if (!filling) return {};
  return fail(
      StoreError::kConfiguration,
      "the store for data has only part of what it is to have, since filling it was cut short or still goes "
      "on: " +
          filling->advice);
}

Result<FillingRun> FillingRun::begin(DataStore& data, const std::optional<Filling>& before, Filling filling,
                                     Random& random) {
  filling.run = random.token(24);
  FillingRun run(data, encode(filling));
  WriteBatch batch;
  if (before)
    batch.require_value(filling_key(), encode(*before));
  else
    batch.require_absent(filling_key());
  batch.set(filling_key(), run.mark_);
  TRY(data.commit(std::move(batch)));
  return run;
}

Result<void> FillingRun::commit(WriteBatch batch) {
  batch.require_value(filling_key(), mark_);
  return data_->commit(std::move(batch));
}

Result<void> FillingRun::end() {
  WriteBatch last;
  last.clear(filling_key());
  return commit(std::move(last));
}

}  // namespace gannet::store
