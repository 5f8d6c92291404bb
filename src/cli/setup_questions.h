// What `gannet setup` asks about each type of store and of directory: one table of each.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "store/stores.h"

namespace gannet::cli {

enum class Asked : std::uint8_t {
  kText,
  kOptional,  // an empty answer leaves the setting out
  kSecret,    // not shown; an empty answer leaves the setting out
  kStores,    // names of further stores with commas, each asked for in its turn
};

struct Question {
  std::string_view key;  // below store.<id> or directory.<id>
  std::string_view text;
  std::string_view standard = {};  // DATA stands for the folder for data
  Asked asked = Asked::kText;
};

// Nothing for a type that needs nothing.
std::span<const Question> questions_of_store(std::string_view type);

struct DirectoryKind {
  std::string_view type;      // as directory.<id>.type has it
  std::string_view sentence;  // what it is good for
  std::vector<Question> questions;
};
// In the order in which they are proposed.
const std::vector<DirectoryKind>& directory_kinds();
// Null for a type that is none.
const DirectoryKind* find_directory_kind(std::string_view type);

}  // namespace gannet::cli
