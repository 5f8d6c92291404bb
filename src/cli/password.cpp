// gannet password hash: a password as a settings file should hold it.
#include "directory/password.h"

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <iostream>
#include <memory>

#include "base/random.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/terminal.h"
#include "directory/scram.h"

namespace gannet::cli {
namespace {

struct Arguments {
  std::string file;
  bool scram = false;
  std::uint32_t iterations = 100'000;
};

Result<void> run_hash(const Arguments& arguments) {
  const std::string password =
      arguments.file.empty() ? TRY(ask_secret("Password")) : TRY(read_secret_file(arguments.file));
  if (password.empty()) return fail(CliError::kUsage, "The password is empty.");
  SystemRandom random;
  if (!arguments.scram) {
    std::cout << TRY(directory::hash_password(password, {}, random)) << "\n";
    return {};
  }
  const auto verifier = directory::derive_scram(password, random.bytes(16), arguments.iterations);
  if (!verifier) return fail(CliError::kUsage, "SCRAM has no form for this password (RFC 4013).");
  std::cout << directory::format_scram(*verifier) << "\n";
  return {};
}

}  // namespace

void add_password(CLI::App& app, int& status) {
  auto* password = app.add_subcommand("password", "Passwords as settings hold them");
  password->require_subcommand(1);
  auto* hash = password->add_subcommand("hash", "Print the hash of a password (Argon2id)");
  auto arguments = std::make_shared<Arguments>();
  hash->add_option("--password-file", arguments->file,
                   "A file whose first line is the password; else it is asked for");
  hash->add_flag("--scram", arguments->scram, "Print a verifier for SCRAM-SHA-256 instead");
  hash->add_option("--iterations", arguments->iterations, "What the verifier costs")
      ->check(CLI::Range(directory::kMinScramIterations, directory::kMaxScramIterations));
  hash->callback([arguments, &status] {
    const auto done = run_hash(*arguments);
    status = done ? 0 : report(done.error());
  });
}

}  // namespace gannet::cli
