// What a Config holds. Internal to this part.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "config/registry.h"
#include "config/setting.h"

namespace gannet::config {

struct Settings {
  // By key as join_path() writes it.
  std::map<std::string, Setting, std::less<>> values;
  // The paths of values and of tables, in the file's order.
  std::vector<Path> order;
  std::vector<Finding> warnings;
  std::vector<std::string> files;

  const Setting* find(const std::string& key) const {
    const auto found = values.find(key);
    return found == values.end() ? nullptr : &found->second;
  }
  // The text of a string or enum setting; empty when it is not set.
  std::string text(const std::string& key) const;
  // The names below a prefix, in order.
  std::vector<std::string> ids(const Path& prefix) const;
};

class Findings {
 public:
  Findings(std::string file, std::vector<Finding>& out) : file_(std::move(file)), out_(out) {}
  void error(const std::string& key, int line, std::string message);
  void warning(const std::string& key, int line, std::string message);
  bool any_error() const;
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  std::vector<Finding>& out_;
};

// What no single value can tell: required settings, references, settings that contradict each other. In a
// fragment only what is wrong whatever the rest is.
void check_whole(const Settings& settings, bool fragment, Findings& findings);
// Settings whose meaning hangs on the `type` beside them, under their old names.
void rename_by_type(Settings& settings, Findings& findings);

}  // namespace gannet::config
