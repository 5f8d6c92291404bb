// What the contract suite of directories needs of one, and who is in it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "directory/directory.h"
#include "directory/login.h"
#include "store/data_store.h"

namespace gannet::directory::contract {

// Who is there, in an order in which each can be created; passwords in clear.
struct Person {
  Principal principal;
  std::string password;
};

inline std::vector<Person> population() {
  using enum PrincipalType;
  return {
      {{.type = kDomain, .name = "example.org"}, {}},
      {{.type = kDomain, .name = "bücher.example"}, {}},
      {{.type = kDomain, .name = "catch.example"}, {}},
      {{.type = kIndividual,
        .name = "alice@example.org",
        .description = "Alice Æble",
        .emails = {"alice@example.org", "a.smith@example.org", "alice@bücher.example"},
        .quota = 1 << 30},
       "alice's pass word"},
      {{.type = kIndividual, .name = "bob", .emails = {"bob@example.org", "bob@catch.example"}}, "böb"},
      {{.type = kIndividual, .name = "gone", .emails = {"gone@example.org"}, .disabled = true}, "gone pass"},
      {{.type = kIndividual, .name = "chief", .emails = {"chief@example.org"}, .role = Role::kAdmin},
       "chief pass"},
      {{.type = kIndividual, .name = "exact", .emails = {"bob+exact@example.org"}}, "exact pass"},
      {{.type = kGroup, .name = "sales", .emails = {"sales@example.org"}, .members = {"alice@example.org"}},
       {}},
      {{.type = kList,
        .name = "staff",
        .emails = {"staff@example.org"},
        .members = {"alice@example.org", "bob@example.org", "a.smith@example.org", "x@elsewhere.example",
                    "inner@example.org", "nobody@example.org"}},
       {}},
      {{.type = kList,
        .name = "inner@example.org",
        .emails = {"inner@example.org"},
        .members = {"staff@example.org", "bob+lists@example.org", "sales@example.org", "x@elsewhere.example",
                    "y@elsewhere.example"}},
       {}},
  };
}
inline constexpr std::string_view kCatchAllDomain = "catch.example", kCatchAll = "bob@catch.example";

// Opens a directory with population() in it; what it needs lives as long as the harness.
class DirectoryHarness {
 public:
  virtual ~DirectoryHarness() = default;
  // Why its server cannot be had on this machine; empty if it can.
  virtual std::string skip_reason() { return {}; }
  virtual std::shared_ptr<Directory> open(std::shared_ptr<Logins> logins, store::DataStore& data,
                                          Clock& clock, Random& random) = 0;
};

struct DirectoryBackend {
  std::string name;
  std::function<std::unique_ptr<DirectoryHarness>()> make;
};

// Weak, so that tests are quick.
inline LoginOptions quick_logins() {
  return {.cost = {.memory_kib = 64, .iterations = 1, .lanes = 1}, .scram_iterations = kMinScramIterations};
}

}  // namespace gannet::directory::contract
