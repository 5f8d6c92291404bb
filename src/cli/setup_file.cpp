#include "cli/setup_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <utility>

#include "cli/errors.h"
#include "cli/setup_questions.h"
#include "config/commands.h"

namespace gannet::cli {
namespace {

// A TOML basic string.
std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\', out += c;
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + "\"";
}

struct ListenerDefault {
  const char* id;
  const char* protocol;
  bool implicit_tls;
  int standard_port, high_port;
  bool loopback;  // with standard ports too: for programs on this machine
};
constexpr ListenerDefault kListeners[] = {
    {"smtp", "smtp", false, 25, 2525, false},        {"submission", "smtp", false, 587, 5870, false},
    {"submissions", "smtp", true, 465, 4650, false}, {"lmtp", "lmtp", false, 24, 2424, true},
    {"imap", "imap", false, 143, 1430, false},       {"imaps", "imap", true, 993, 9930, false},
    {"http", "http", false, 8080, 8080, true},       {"https", "http", true, 443, 8443, false},
};

// The file: settings as dotted keys, each on a line of its own, in sections that begin with a comment.
class SettingsFile {
 public:
  void section(std::string comment) { lines_.push_back({"", "\n# " + std::move(comment)}); }
  void set(const std::string& key, const std::string& value) { lines_.push_back({key, key + " = " + value}); }
  void replace_or_append(const std::string& key, std::string line) {
    for (auto& existing : lines_)
      if (existing.key == key) return void(existing.text = std::move(line));
    lines_.push_back({key, std::move(line)});
  }
  std::string text() const {
    std::string out;
    for (const auto& line : lines_) out += line.text + "\n";
    return out;
  }

 private:
  struct Line {
    std::string key, text;
  };
  std::vector<Line> lines_;
};

void add_listeners(SettingsFile& file, Ports ports) {
  file.section(
      "Where it listens. Without a certificate.<id> table, TLS uses a certificate signed by itself.");
  for (const auto& l : kListeners) {
    const bool high = ports == Ports::kHigh;
    const std::string prefix = std::string("server.listener.") + l.id;
    file.set(prefix + ".bind", fmt::format("[\"{}:{}\"]", high || l.loopback ? "127.0.0.1" : "[::]",
                                           high ? l.high_port : l.standard_port));
    file.set(prefix + ".protocol", toml_string(l.protocol));
    if (l.implicit_tls) file.set(prefix + ".tls.implicit", "true");
  }
}

void add_stores(SettingsFile& file, const SetupAnswers& answers) {
  file.section(
      "What keeps the mail: data (folders, flags, accounts, the queue), blob (messages), fts (the search\n"
      "# index), lookup (counters and other short-lived values).");
  const std::pair<const char*, const std::string*> roles[] = {{"data", &answers.data_store},
                                                              {"blob", &answers.blob_store},
                                                              {"fts", &answers.search_store},
                                                              {"lookup", &answers.lookup_store}};
  std::set<std::string> seen;
  for (const auto& [role, store] : roles) file.set(std::string("storage.") + role, toml_string(*store));
  for (const auto& [role, store] : roles) {
    if (!seen.insert(*store).second) continue;
    file.set("store." + *store + ".type", toml_string(*store));
    // Where embedded stores lie, should nobody say otherwise.
    for (const auto& question : questions_of_store(*store))
      if (question.standard.starts_with("DATA/"))
        file.set("store." + *store + "." + std::string(question.key),
                 toml_string(answers.data_dir + std::string(question.standard.substr(4))));
  }
}

Result<void> add_settings(SettingsFile& file, const SetupAnswers& answers) {
  for (const auto& setting : answers.settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(CliError::kUsage, "--set takes KEY=VALUE, not \"" + setting + "\".");
    const std::string key = setting.substr(0, equals);
    file.replace_or_append(key, TRY(config::toml_assignment(key, setting.substr(equals + 1))));
  }
  return {};
}

}  // namespace

Result<std::string> render_trial(const SetupAnswers& answers, const std::string& type, store::Role role) {
  SetupAnswers trial = answers;
  const std::pair<store::Role, std::string*> roles[] = {{store::Role::kData, &trial.data_store},
                                                        {store::Role::kBlob, &trial.blob_store},
                                                        {store::Role::kSearch, &trial.search_store},
                                                        {store::Role::kLookup, &trial.lookup_store}};
  // Those that were not asked for yet follow the data store where they can; lookups may always be in memory.
  bool asked = true;
  for (const auto& [each, store] : roles) {
    if (!asked) *store = each == store::Role::kLookup ? "memory" : trial.data_store;
    if (each == role) {
      *store = type;
      asked = false;
    }
  }
  SettingsFile file;
  add_stores(file, trial);
  TRY(add_settings(file, trial));
  return file.text();
}

Result<std::string> render_setup(const SetupAnswers& answers) {
  SettingsFile file;
  file.section("This server's name, as others see it.");
  file.set("server.hostname", toml_string(answers.hostname));
  file.section(
      "Where it keeps what lies beside its stores, such as the certificate that it makes for itself.");
  file.set("server.data-path", toml_string(answers.data_dir));
  add_listeners(file, answers.ports);
  add_stores(file, answers);
  file.section("Who has an account.");
  file.set("storage.directory", toml_string(answers.directory));
  file.set("directory." + answers.directory + ".type", toml_string(answers.directory));
  if (answers.directory == "internal") file.set("directory.internal.store", toml_string(answers.data_store));
  file.section("What it tells: events to the terminal, or to the journal of systemd.");
  file.set("tracer.console.type", "\"console\"");
  file.set("tracer.console.level", "\"info\"");
  TRY(add_settings(file, answers));
  return "# Gannet's settings. `gannet config describe KEY` explains each, `gannet config check FILE` finds\n"
         "# mistakes. Gannet never changes this file.\n" +
         file.text();
}

}  // namespace gannet::cli
