// How a setting is declared: once, in a table under keys/, and everything else comes from there (parsing,
// checking, `gannet config describe`, docs/settings.md).
#pragma once

#include <span>
#include <string_view>

namespace gannet::config {

enum class Type {
  kBool,
  kInteger,
  kNumber,
  kSize,
  kDuration,
  kRate,
  kCron,
  kString,
  kEnum,
  kPath,
  kSecret,  // never shown; `file:///path` gives the file's content
  kText,    // longer text, such as a script; `file:///path` gives the file's content
  kPem,  // PEM text or `file:///path`, kept as written: whoever uses it watches the file. Never shown whole.
         // A value that is `%{file:PATH}%` and nothing else is read as `file://PATH`
  kPemKey,  // the same, read as a Secret
  kRegex,   // RE2 syntax
  kUrl,     // SCHEME:...
  kIp,
  kNetwork,        // an address, or CIDR
  kSocketAddress,  // IP:PORT
};

struct Declaration {
  // Dotted; <words> in angle brackets stand for what the operator chooses: server.listener.<id>.bind
  std::string_view key;
  Type type = Type::kString;
  // Complete, for an operator: what it does. Further sentences may say why a default is what it is.
  std::string_view sentence;
  // The default as one would write it, without quotes; lists as `a, b`. Empty: none.
  std::string_view fallback = {};
  // What happens when it is not set, where `fallback` does not say it.
  std::string_view unset = {};
  // The setting whose value is used when this one is not set.
  std::string_view inherits = {};
  // Allowed values, ends included, as LOWEST..HIGHEST in the type's own form: 1..65535, 1s..1d, 1..
  std::string_view range = {};
  // kEnum: the allowed words, separated by spaces. With `expression`: words that stand for themselves.
  std::string_view words = {};
  // Of the model, but not in this version: words that are refused with that reason.
  std::string_view later_words = {};
  // Earlier or mistaken spellings, separated by spaces: accepted with a warning.
  std::string_view old_names = {};
  // Not empty: Gannet has no such setting; what to use instead. Where a whole table is meant: keys/later.cpp.
  std::string_view instead = {};
  // The values of the table's `type` for which the setting means something, separated by spaces. Empty: all.
  std::string_view applies = {};
  // The value is the id of a table below this prefix: "store".
  std::string_view refers = {};
  bool list = false;        // several values; a single one may stand without brackets
  bool expression = false;  // may be computed: see docs/settings.md, expressions
  bool required = false;    // in a whole configuration, or in every table of its kind
  bool off = false;         // `false` switches it off
};

// The settings of one page of the reference.
struct Group {
  std::string_view title;
  std::string_view introduction;
  std::span<const Declaration> declarations;
};

}  // namespace gannet::config
