// One change of an account's index: reads what it touches, changes that in memory, commits it all.
#pragma once

#include <map>
#include <optional>
#include <roaring/roaring.hh>
#include <string>

#include "search/schema.h"
#include "store/data_store.h"

namespace gannet::search {

using namespace store;  // NOLINT

Result<Roaring> decode_bitmap(std::string_view stored);

class Update {
 public:
  Update(DataStore& data, std::uint32_t account) : data_(data), account_(account) {}

  // `terms`: what is indexed of it from now on; nothing to remove it.
  Result<void> replace(std::uint32_t document, const std::optional<Terms>& terms);
  // kConflict if somebody else changed any of it meanwhile.
  Result<void> commit();

 private:
  struct Bitmap {
    std::optional<std::string> stored;
    Roaring documents;
  };
  // Reads those of `keys` that were not read yet.
  Result<void> load(const std::vector<std::string>& keys);
  Result<std::optional<std::string>> read_record(const std::string& key);

  DataStore& data_;
  const std::uint32_t account_;
  std::map<std::string, Bitmap> bitmaps_;
  struct Record {
    std::optional<std::string> stored, wanted;
  };
  std::map<std::string, Record> records_;
};

}  // namespace gannet::search
