// The mark of a data store that is being filled as a whole: from a backup, or with what was saved of a damaged one.
// The first commit sets it and the last one removes it. Between them the store has part of what it is to have: a server
// on it would refuse people's mail for good, so open_stores() refuses the store.
//
//   's' 'h'   (Subspace::kSetting) a version, and the members of Filling as strings
#pragma once

#include <optional>
#include <string>

#include "base/random.h"
#include "store/data_store.h"

namespace gannet::store {

struct Filling {
  std::string source;  // what it is filled from, for whoever goes on to compare
  std::string advice;  // what the operator has to do if it was cut short: a sentence
  std::string run{};   // whoever fills it at this moment: random
};

// Nothing: the store is whole. kCorrupt.
Result<std::optional<Filling>> read_filling(Reader& data);
// kConfiguration, with the advice: the store is half filled.
Result<void> require_whole(Reader& data);

// One run that fills a store.
class FillingRun {
 public:
  // Sets the mark; one of `before`, as read_filling() had it, is replaced, and its run can commit no more.
  // kConflict: another run came first.
  static Result<FillingRun> begin(DataStore& data, const std::optional<Filling>& before, Filling filling,
                                  Random& random);
  // kConflict: another run has taken over.
  Result<void> commit(WriteBatch batch);
  // The store is whole.
  Result<void> end();

 private:
  FillingRun(DataStore& data, std::string mark) : data_(&data), mark_(std::move(mark)) {}

  DataStore* data_;
  std::string mark_;  // the value of the key
};

}  // namespace gannet::store
