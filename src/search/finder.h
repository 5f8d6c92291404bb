// Narrows a search through messages: which of them cannot be what is looked for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "search/coverage.h"
#include "store/data_store.h"
#include "store/search_store.h"

namespace gannet::search {

// Any thread.
class Finder {
 public:
  // `data`: where the list of what waits is kept.
  // `coverage`: null where all mail is in the index.
  Finder(std::shared_ptr<store::SearchStore> index, std::shared_ptr<store::DataStore> data,
         std::shared_ptr<const Coverage> coverage = nullptr)
      : index_(std::move(index)), data_(std::move(data)), coverage_(std::move(coverage)) {}

  // True for every document that `query` finds, and for every one that is not indexed yet (somebody has to look
  // into it).
  using Candidates = std::function<bool(std::uint32_t document)>;
  Result<Candidates> candidates(std::uint32_t account, const store::SearchQuery& query) const;

 private:
  const std::shared_ptr<store::SearchStore> index_;
  const std::shared_ptr<store::DataStore> data_;
  const std::shared_ptr<const Coverage> coverage_;
};

}  // namespace gannet::search
