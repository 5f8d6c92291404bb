// gannet setup: asks, as the spec's installation does, for the backend of each store, the directory, the
// domain and the first administrator; writes the settings; puts domain and administrator into the directory.
#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <span>
#include <sstream>
#include <tuple>

#include "base/clock.h"
#include "base/random.h"
#include "cli/commands.h"
#include "cli/connections.h"
#include "cli/errors.h"
#include "cli/setup_directory.h"
#include "cli/setup_file.h"
#include "cli/setup_questions.h"
#include "cli/terminal.h"
#include "config/config.h"
#include "config/hostname.h"
#include "directory/directories.h"
#include "directory/password.h"
#include "store/stores.h"

namespace gannet::cli {
namespace {

struct Arguments {
  SetupAnswers answers;
  bool non_interactive = false;
  std::string admin_password_file;
  std::string ports = "standard";
  std::vector<std::string> accounts, account_password_files;
};

std::string offered(store::Role role) {
  std::string out;
  for (const auto& backend : store::available_backends())
    if (backend.serves(role)) out += (out.empty() ? "" : ", ") + std::string(backend.type);
  return out;
}

Result<void> check_backend(const std::string& name, store::Role role, const char* option) {
  for (const auto& backend : store::available_backends())
    if (backend.type == name && backend.serves(role)) return {};
  return fail(CliError::kUsage, std::string(option) + " \"" + name +
                                    "\" is not offered. This build has: " + offered(role) + ".");
}

std::string offered_directories() {
  std::string out;
  for (const auto& type : directory::available_directories())
    out += (out.empty() ? "" : ", ") + std::string(type.name);
  return out;
}

Result<void> check_directory(const std::string& type, const char* option) {
  for (const auto& known : directory::available_directories())
    if (known.name == type) return {};
  return fail(CliError::kUsage, std::string(option) + " \"" + type +
                                    "\" is not offered. There are: " + offered_directories() + ".");
}

Result<void> check(const SetupAnswers& answers) {
  TRY(check_backend(answers.data_store, store::Role::kData, "--data-store"));
  TRY(check_backend(answers.blob_store, store::Role::kBlob, "--blob-store"));
  TRY(check_backend(answers.search_store, store::Role::kSearch, "--search-store"));
  TRY(check_backend(answers.lookup_store, store::Role::kLookup, "--lookup-store"));
  TRY(check_directory(answers.directory, "--directory"));
  for (const auto& [value, option] : {std::pair(&answers.config, "--config"),
                                      {&answers.data_dir, "--data-dir"},
                                      {&answers.hostname, "--hostname"},
                                      {&answers.domain, "--domain"},
                                      {&answers.admin, "--admin"}})
    if (value->empty()) return fail(CliError::kUsage, std::string(option) + " is needed.");
  if (answers.admin_password.size() < 8)
    return fail(CliError::kUsage, "The administrator's password has fewer than 8 characters.");
  if (std::filesystem::exists(answers.config))
    return fail(CliError::kFile, answers.config +
                                     " exists already and is left as it is. Name another file, or " +
                                     "remove it if its settings are not needed.");
  return {};
}

Result<std::string> ask_backend(const char* what, store::Role role, const std::string& standard,
                                bool simple = false) {
  std::cout << "\n" << what << "\n";
  std::string first;
  for (const auto& backend : store::available_backends()) {
    const auto questions = questions_of_store(backend.type);
    const bool made_of_others =
        std::ranges::find(questions, Asked::kStores, &Question::asked) != questions.end();
    if (!backend.serves(role) || (simple && made_of_others)) continue;
    std::cout << "  " << backend.type << ": " << backend.sentence << "\n";
    if (first.empty()) first = backend.type;
  }
  for (;;) {
    auto answer = TRY(ask("Which one", standard.empty() ? first : standard));
    auto good = check_backend(answer, role, "The backend");
    if (good) return answer;
    std::cout << good.error().text() << "\n";
  }
}

// Whether an option --set gave it already.
bool is_set(const SetupAnswers& answers, const std::string& key) {
  return std::ranges::any_of(answers.settings, [&](const auto& one) { return one.starts_with(key + "="); });
}

std::string in_folder(std::string_view standard, const SetupAnswers& answers) {
  std::string out(standard);
  if (out.starts_with("DATA/")) out.replace(0, 4, answers.data_dir);
  return out;
}

Result<void> ask_store(SetupAnswers& answers, const std::string& id, const std::string& type,
                       store::Role role);

// The questions of one store or directory, in its table's order.
Result<void> ask_questions(SetupAnswers& answers, const std::string& prefix,
                           std::span<const Question> questions, store::Role role) {
  for (const auto& question : questions) {
    const std::string key = prefix + "." + std::string(question.key);
    if (is_set(answers, key)) continue;
    const std::string standard = in_folder(question.standard, answers);
    std::string answer;
    const bool may_be_empty = question.asked == Asked::kOptional || question.asked == Asked::kSecret;
    do
      answer = question.asked == Asked::kSecret ? TRY(ask_secret(question.text))
                                                : TRY(ask(question.text, standard));
    while (answer.empty() && !may_be_empty);
    if (answer.empty()) continue;
    answers.settings.push_back(key + "=" + answer);
    if (question.asked != Asked::kStores) continue;
    std::stringstream names(answer);
    for (std::string name; std::getline(names, name, ',');) {
      std::erase(name, ' ');
      if (name.empty() || is_set(answers, "store." + name + ".type")) continue;
      std::cout << "\nThe store " << name << ".\n";
      const auto inner = TRY(ask_backend("What it is:", role, {}, true));
      answers.settings.push_back("store." + name + ".type=" + inner);
      TRY(ask_store(answers, name, inner, role));
    }
  }
  return {};
}

Result<void> ask_store(SetupAnswers& answers, const std::string& id, const std::string& type,
                       store::Role role) {
  return ask_questions(answers, "store." + id, questions_of_store(type), role);
}

// Opens the stores that are chosen so far; what was not asked for yet is the data store's meanwhile.
Result<void> try_store(const SetupAnswers& answers, const std::string& id, store::Role role) {
  SystemClock clock;
  SystemRandom random;
  const auto text = TRY(render_trial(answers, id, role));
  const auto config =
      TRY(config::Config::load_text(text, answers.config, {.fragment = true, .environment = {}}));
  TRY(connect_stores(config, clock, random));
  return {};
}

// Opens all that is chosen.
Result<void> try_directory(const SetupAnswers& answers) {
  SystemClock clock;
  SystemRandom random;
  const auto text = TRY(render_setup(answers));
  const auto config =
      TRY(config::Config::load_text(text, answers.config, {.fragment = true, .environment = {}}));
  TRY(connect_all(config, clock, random));
  return {};
}

// Asks what the store of that type needs, until it can be opened.
Result<void> ask_until_it_works(SetupAnswers& answers, const std::string& type, store::Role role) {
  for (;;) {
    const auto before = answers.settings;
    TRY(ask_store(answers, type, type, role));
    const auto tried = try_store(answers, type, role);
    if (tried) {
      if (!questions_of_store(type).empty()) std::cout << "  It answers.\n";
      return {};
    }
    std::cout << "It cannot be used so: " << tried.error().describe() << "\n";
    if (TRY(ask("Answer again (yes), or keep it so (no)", "yes")).starts_with('n')) return {};
    answers.settings = before;
  }
}

// Asks which directory, and what it needs, until it answers.
Result<void> ask_directory(SetupAnswers& answers) {
  std::cout << "\nDirectory: who has an account.\n";
  for (const auto& type : directory::available_directories())
    std::cout << "  " << type.name << ": " << type.sentence << "\n";
  for (;;) {
    auto type = TRY(ask("Which one", answers.directory));
    const auto good = check_directory(type, "The directory");
    if (!good) {
      std::cout << good.error().text() << "\n";
      continue;
    }
    const auto before = answers.settings;
    answers.directory = type;
    TRY(ask_questions(answers, "directory." + type, questions_of_directory(type), store::Role::kData));
    const auto tried = try_directory(answers);
    if (tried) {
      if (type != "internal") std::cout << "  It answers.\n";
      return {};
    }
    std::cout << "It cannot be used so: " << tried.error().describe() << "\n";
    if (TRY(ask("Answer again (yes), or keep it so (no)", "yes")).starts_with('n')) return {};
    answers.settings = before;
    answers.directory = "internal";
  }
}

// Asks for whatever no option gave.
Result<void> ask_all(SetupAnswers& answers) {
  auto fill = [](std::string& value, std::string_view question, std::string_view standard) -> Result<void> {
    while (value.empty()) value = TRY(ask(question, standard));
    return {};
  };
  std::cout << "This writes the settings of a new server. Enter takes what is in brackets.\n\n";
  TRY(fill(answers.config, "Settings file", "/etc/gannet/gannet.toml"));
  TRY(fill(answers.data_dir, "Folder for its data", "/var/lib/gannet"));
  answers.data_dir = std::filesystem::absolute(answers.data_dir).lexically_normal().string();
  TRY(fill(answers.hostname, "Name of this host, as other servers see it", config::system_hostname()));
  const auto dot = answers.hostname.find('.');
  TRY(fill(
      answers.domain, "First mail domain",
      dot == std::string::npos ? std::string_view() : std::string_view(answers.hostname).substr(dot + 1)));
  const std::tuple<const char*, store::Role, std::string*> roles[] = {
      {"Data store: folders, flags, accounts, the queue.", store::Role::kData, &answers.data_store},
      {"Blob store: the messages themselves.", store::Role::kBlob, &answers.blob_store},
      {"Full-text store: the search index.", store::Role::kSearch, &answers.search_store},
      {"Lookup store: counters and short-lived values.", store::Role::kLookup, &answers.lookup_store}};
  std::set<std::string> known;
  for (const auto& [what, role, store] : roles) {
    *store = TRY(ask_backend(what, role, *store));
    if (known.insert(*store).second) TRY(ask_until_it_works(answers, *store, role));
  }
  TRY(ask_directory(answers));
  TRY(fill(answers.admin, "\nAdministrator's login", "admin"));
  while (answers.admin_password.size() < 8)
    answers.admin_password = TRY(ask_secret("Administrator's password (8 characters or more)"));
  return {};
}

Result<std::vector<SetupAccount>> read_accounts(const Arguments& arguments) {
  if (arguments.accounts.size() != arguments.account_password_files.size())
    return fail(CliError::kUsage, "Each --account needs an --account-password-file.");
  std::vector<SetupAccount> accounts;
  for (std::size_t i = 0; i < arguments.accounts.size(); ++i)
    accounts.push_back({arguments.accounts[i], TRY(read_secret_file(arguments.account_password_files[i]))});
  return accounts;
}

Result<void> run_setup(Arguments arguments) {
  SetupAnswers& answers = arguments.answers;
  answers.ports = arguments.ports == "high" ? Ports::kHigh : Ports::kStandard;
  if (!arguments.admin_password_file.empty())
    answers.admin_password = TRY(read_secret_file(arguments.admin_password_file));
  if (!arguments.non_interactive) TRY(ask_all(answers));
  if (!answers.data_dir.empty())
    answers.data_dir = std::filesystem::absolute(answers.data_dir).lexically_normal().string();
  auto accounts = TRY(read_accounts(arguments));
  TRY(check(answers));
  TRY(check_accounts(answers, accounts));
  if (answers.directory != "internal") {
    // There is nobody in it whom Gannet could make an administrator.
    SystemRandom random;
    answers.settings.push_back("authentication.fallback-admin.user=" + answers.admin);
    answers.settings.push_back("authentication.fallback-admin.secret=" +
                               TRY(directory::hash_password(answers.admin_password, {}, random)));
  }
  const std::string text = TRY(render_setup(answers));
  const auto config = TRY(config::Config::load_text(text, answers.config));
  std::error_code error;
  std::filesystem::create_directories(answers.data_dir, error);
  if (error) return fail(CliError::kFile, answers.data_dir + " cannot be made: " + error.message() + ".");
  SystemClock clock;
  SystemRandom random;
  const auto connections = TRY(connect_all(config, clock, random));
  const auto there = TRY(fill_directory(connections.directories, answers, accounts));
  // Last: where it is, setup has done all. A run that ended before is run again.
  TRY(write_new_file(answers.config, text));
  for (const auto& name : there) std::cout << name << " was there already, and is kept as it is.\n";
  std::cout << "Wrote " << answers.config << ". Start the server with:\n  gannet serve --config "
            << answers.config << "\n";
  return {};
}

}  // namespace

void add_setup(CLI::App& app, int& status) {
  auto arguments = std::make_shared<Arguments>();
  SetupAnswers& answers = arguments->answers;
  auto* setup =
      app.add_subcommand("setup", "Write the settings of a new server and create its first administrator");
  setup->add_flag("--non-interactive", arguments->non_interactive, "Ask nothing: everything is in options");
  setup->add_option("--config,-c", answers.config, "The file to write; never overwritten");
  setup->add_option("--data-dir", answers.data_dir, "Folder of the embedded stores");
  setup->add_option("--hostname", answers.hostname, "This host's name, as other servers see it");
  setup->add_option("--domain", answers.domain, "The first mail domain");
  setup->add_option("--admin", answers.admin, "The first administrator's login");
  setup->add_option("--admin-password-file", arguments->admin_password_file,
                    "A file whose first line is the password");
  setup->add_option("--data-store", answers.data_store,
                    "Backend of the data store: " + offered(store::Role::kData));
  setup->add_option("--blob-store", answers.blob_store,
                    "Backend of the blob store: " + offered(store::Role::kBlob));
  setup->add_option("--search-store", answers.search_store,
                    "Backend of the full-text store: " + offered(store::Role::kSearch));
  setup->add_option("--lookup-store", answers.lookup_store,
                    "Backend of the lookup store: " + offered(store::Role::kLookup));
  setup->add_option("--directory", answers.directory, "Type of the directory: " + offered_directories());
  setup
      ->add_option("--ports", arguments->ports,
                   "standard (25, 143, ...) or high (2525, 1430, ... on loopback)")
      ->check(CLI::IsMember({"standard", "high"}));
  setup->add_option("--set", answers.settings, "KEY=VALUE, any setting; may be repeated");
  setup->add_option("--account", arguments->accounts, "An account to create; may be repeated");
  setup->add_option("--account-password-file", arguments->account_password_files,
                    "Its password's file, in order");
  setup->callback([arguments, &status] {
    auto done = run_setup(*arguments);
    status = done ? 0 : report(done.error());
  });
}

}  // namespace gannet::cli
