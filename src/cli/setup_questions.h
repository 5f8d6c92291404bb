// What `gannet setup` asks about each type of store and of directory: one table of each. Which types there are, the
// registries of store/ and directory/ say; one that is not in these tables is offered without any question.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

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

std::span<const Question> questions_of_directory(std::string_view type);

}  // namespace gannet::cli
