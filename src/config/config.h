// The settings in force: read from the operator's file, checked against the declarations, immutable.
//
//   auto config = TRY(config::Config::load_file("/etc/gannet/gannet.toml"));
//   auto limit = config.integer("server.max-connections");          // its declared default when unset
//   for (const auto& id : config.ids("server.listener")) {
//     config::Section listener = config.at("server.listener", id);
//     for (const auto& address : listener.addresses("bind")) ...
//   }
//
// A Config is a cheap handle on shared immutable state: copy it, read it from any thread. To reload, load
// another. Asking for a key that no declaration knows, or as another type than declared, is a bug in the
// caller and ends the program with the key's name; src/config/keys/ holds the declarations.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/errors.h"
#include "config/values.h"

namespace gannet::config {

class Expression;  // config/expression/expression.h
struct Settings;   // internal: config/settings.h

// Where a value comes from.
struct Origin {
  enum class Kind {
    kUnset,      // neither set nor with a default
    kDefault,    // the declaration's default
    kInherited,  // unset, so another setting's value is used; `place` names it
    kFile,       // `place` is FILE:LINE
    kDatabase,   // set at run time, kept in the data store
  };
  Kind kind = Kind::kUnset;
  std::string place;
  // "default", "/etc/gannet/gannet.toml:12", ...
  std::string text() const;
};

// One thing that is wrong (the settings cannot be used) or to be noticed (they can).
struct Finding {
  enum class Severity { kError, kWarning };
  Severity severity = Severity::kError;
  std::string key;  // empty when the file itself is meant
  std::string file;
  int line = 0;  // 0 when none can be named
  std::string message;
  // "FILE:LINE: error: KEY: MESSAGE"
  std::string text() const;
};

struct LoadOptions {
  // A piece of a configuration: what only a whole one needs is not asked for, and references to stores and
  // directories that lie elsewhere are not followed.
  bool fragment = false;
  // Answers %{env:NAME}%; the process's environment by default.
  std::function<std::optional<std::string>(const std::string&)> environment;
};

// The settings below one prefix; getters take the rest of the key. Config is the Section of everything.
class Section {
 public:
  // True when the file or the database sets the key, or anything below it.
  bool is_set(std::string_view key) const;
  Origin origin(std::string_view key) const;

  // The value, or the setting's default or the value that it inherits, or nothing. T as the declaration says:
  // bool, std::int64_t (integer), std::uint64_t (size), double, Duration, std::string (string, enum, path,
  // regular expression, url), Secret, Rate, Cron, IpNetwork, IpAddress, Endpoint; a std::vector of these
  // for lists. A setting that can be switched off by `false` gives nothing when it is.
  template <typename T>
  std::optional<T> find(std::string_view key) const;
  // As find; T{} when there is nothing.
  template <typename T>
  T get(std::string_view key) const {
    auto value = find<T>(key);
    return value ? std::move(*value) : T{};
  }

  bool flag(std::string_view key) const { return get<bool>(key); }
  std::int64_t integer(std::string_view key) const { return get<std::int64_t>(key); }
  std::uint64_t size(std::string_view key) const { return get<std::uint64_t>(key); }
  Duration duration(std::string_view key) const { return get<Duration>(key); }
  std::string string(std::string_view key) const { return get<std::string>(key); }
  Secret secret(std::string_view key) const { return get<Secret>(key); }
  std::vector<std::string> list(std::string_view key) const { return get<std::vector<std::string>>(key); }
  std::vector<IpNetwork> networks(std::string_view key) const { return get<std::vector<IpNetwork>>(key); }
  std::vector<Endpoint> addresses(std::string_view key) const { return get<std::vector<Endpoint>>(key); }
  // For settings declared as an expression; never null: what is unset gives an expression without a value.
  std::shared_ptr<const Expression> expression(std::string_view key) const;

  // The names of the tables below a prefix, in the file's order: ids("server.listener"). For an array of
  // tables
  // ([[session.throttle]]): "0", "1", ...
  std::vector<std::string> ids(std::string_view prefix) const;
  // The settings of one such table. An id may hold any character.
  Section at(std::string_view prefix, std::string_view id) const;
  // The keys set below a prefix, relative to it: for tables whose keys the operator chooses
  // (store.<id>.query).
  std::vector<std::string> keys(std::string_view prefix) const;

 protected:
  Section(std::shared_ptr<const Settings> settings, std::string prefix)
      : settings_(std::move(settings)), prefix_(std::move(prefix)) {}
  std::string full_key(std::string_view key) const { return prefix_ + std::string(key); }

  std::shared_ptr<const Settings> settings_;
  std::string prefix_;  // empty, or ends in a dot
};

class Config : public Section {
 public:
  // On failure the text holds every error found, one a line. The warnings of a good file are in warnings().
  static Result<Config> load_file(const std::string& path, const LoadOptions& options = {});
  // `name` stands for the file in messages.
  static Result<Config> load_text(std::string_view text, const std::string& name,
                                  const LoadOptions& options = {});
  // As load_file, giving errors and warnings one by one; empty result when there are errors.
  static std::optional<Config> load(const std::string& path, const LoadOptions& options,
                                    std::vector<Finding>& findings);

  const std::vector<Finding>& warnings() const;
  // The error that a message tells which begins with the key at fault, or a table's, and a colon, such as those of the
  // parts that use the settings: with the file and line where the key was set, if it was.
  Finding error_of(std::string_view message) const;
  // Every file that was read: the settings and what %{file:...}% and file:// named. When one changes, reload.
  const std::vector<std::string>& files() const;

  // The settings with those added that were set at run time (key to value as text, `["a", "b"]` for lists).
  // They apply only to keys that the file leaves unset; one that is wrong by now is left out and becomes a
  // warning.
  Config with_overlay(const std::map<std::string, std::string>& overlay) const;
  // Whether a run-time change may be stored: kNotFound, kInvalid, or kOwnedByFile with the place in the file.
  Result<void> check_change(const std::string& key, const std::string& value) const;

  // For this part's own sources.
  explicit Config(std::shared_ptr<const Settings> settings) : Section(std::move(settings), "") {}
  const Settings& settings() const { return *settings_; }
};

// `server.listener` and `my.id` to `server.listener."my.id"`.
std::string join_key(std::string_view prefix, std::string_view id);

}  // namespace gannet::config
