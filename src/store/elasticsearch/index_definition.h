// The index of messages: its fields and how their texts become words.
//
// A document is one message of one account; its id is "ACCOUNT-DOCUMENT", and it lies in the shard that its
// account's number chooses.
//
//   | field                | holds                                              | filled                        |
//   |----------------------|----------------------------------------------------|-------------------------------|
//   | account, document    | the numbers                                        | by us                         |
//   | subject, from, ...   | the words of that field                            | by us, from FIELD_LANGUAGE    |
//   | FIELD_LANGUAGE       | the stems of its words, for 15 languages           | by us if the language is known|
//   | any, any_LANGUAGE    | the same of all fields but `header`                | by the engine (copy_to)       |
//
// The texts themselves are not stored (_source is off): the messages have them.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "store/search_store.h"

namespace gannet::store::elasticsearch {

// Changes when an older index can no longer be used; part of its name.
inline constexpr int kLayout = 1;

struct IndexOptions {
  std::string prefix = "gannet-";
  int shards = 3;
  int replicas = 0;
};

// What everybody but the one who creates it says: an alias, so that nothing is ever written into an index that
// the engine made by itself.
std::string alias_of(const IndexOptions& options);
std::string index_of(const IndexOptions& options);
// The body that creates it.
boost::json::object definition(const IndexOptions& options);

// "subject", ..., "any".
std::string_view name_of(SearchField field);
// Whether there are stems for it (ISO 639-1).
bool has_stems(std::string_view language);
// "subject_en".
std::string stem_field(SearchField field, std::string_view language);
// Of all languages with stems.
std::string_view language_at(std::size_t index);
std::size_t language_count();

}  // namespace gannet::store::elasticsearch
