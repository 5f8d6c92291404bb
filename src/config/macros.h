// %{env:NAME}%, %{file:PATH}% and %{cfg:KEY}% in strings, and file:// values.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/errors.h"
#include "config/node.h"

namespace gannet::config {

class Macros {
 public:
  using Environment = std::function<std::optional<std::string>(const std::string&)>;
  // `root` is the document that %{cfg:...}% refers to; it outlives this.
  Macros(const Node& root, Environment environment);

  // kNotFound when a variable, file or key is not there, kInvalid for anything else.
  Result<std::string> expand(std::string_view text);
  // The content of the file behind file://PATH or PATH.
  Result<std::string> read_file(std::string_view path);
  const std::vector<std::string>& files() const { return files_; }

 private:
  Result<std::string> value_of(std::string_view macro);
  Result<std::string> setting(std::string_view key);

  const Node& root_;
  Environment environment_;
  std::vector<std::string> files_;
  int depth_ = 0;
};

}  // namespace gannet::config
