#include "search/update.h"

#include <algorithm>
#include <iterator>

namespace gannet::search {
namespace {

std::string encode_bitmap(Roaring& documents) {
  documents.runOptimize();
  std::string out(documents.getSizeInBytes(), '\0');
  documents.write(out.data());
  return out;
}

void require_unchanged(WriteBatch& batch, const std::string& key, const std::optional<std::string>& stored) {
  stored ? batch.require_value(key, *stored) : batch.require_absent(key);
}

}  // namespace

Result<Roaring> decode_bitmap(std::string_view stored) {
  roaring_bitmap_t* read = roaring_bitmap_portable_deserialize_safe(stored.data(), stored.size());
  if (read == nullptr) return fail(StoreError::kCorrupt, "the search index is damaged", "a bitmap");
  return Roaring(read);
}

Result<void> Update::replace(std::uint32_t document, const std::optional<Terms>& terms) {
  const std::string record_key = document_key(account_, document);
  Terms before;
  if (const auto stored = TRY(read_record(record_key))) before = TRY(decode_terms(*stored));
  const Terms& after = terms ? *terms : Terms();

  Terms gone, come;
  std::ranges::set_difference(before, after, std::inserter(gone, gone.end()));
  std::ranges::set_difference(after, before, std::inserter(come, come.end()));
  const std::string indexed = indexed_key(account_, document);
  std::vector<std::string> keys{indexed};
  for (const auto* changed : {&gone, &come})
    for (const auto& term : *changed) keys.push_back(posting_key(account_, term, document));
  TRY(load(keys));

  for (const auto& term : gone) bitmaps_[posting_key(account_, term, document)].documents.remove(document);
  for (const auto& term : come) bitmaps_[posting_key(account_, term, document)].documents.add(document);
  terms ? bitmaps_[indexed].documents.add(document) : bitmaps_[indexed].documents.remove(document);
  records_[record_key].wanted = terms ? std::optional(encode_terms(*terms)) : std::nullopt;
  return {};
}

Result<void> Update::commit() {
  WriteBatch batch;
  for (auto& [key, bitmap] : bitmaps_) {
    if (bitmap.documents.isEmpty()) {
      if (!bitmap.stored) continue;
      batch.clear(key);
    } else {
      std::string value = encode_bitmap(bitmap.documents);
      if (value == bitmap.stored) continue;
      batch.set(key, std::move(value));
    }
    require_unchanged(batch, key, bitmap.stored);
  }
  for (auto& [key, record] : records_) {
    require_unchanged(batch, key, record.stored);
    if (record.wanted)
      batch.set(key, *record.wanted);
    else if (record.stored)
      batch.clear(key);
  }
  return data_.commit(std::move(batch));
}

Result<void> Update::load(const std::vector<std::string>& keys) {
  std::vector<std::string> missing;
  for (const auto& key : keys)
    if (!bitmaps_.contains(key)) missing.push_back(key);
  auto values = TRY(data_.get_many(missing));
  for (std::size_t i = 0; i < missing.size(); ++i) {
    Bitmap& bitmap = bitmaps_[missing[i]];
    if (values[i]) bitmap.documents = TRY(decode_bitmap(*values[i]));
    bitmap.stored = std::move(values[i]);
  }
  return {};
}

Result<std::optional<std::string>> Update::read_record(const std::string& key) {
  if (const auto it = records_.find(key); it != records_.end()) return it->second.wanted;
  Record record;
  record.stored = TRY(data_.get(key));
  record.wanted = record.stored;
  return records_.emplace(key, std::move(record)).first->second.stored;
}

}  // namespace gannet::search
