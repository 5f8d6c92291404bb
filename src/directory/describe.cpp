#include "directory/describe.h"

namespace gannet::directory {
namespace {

constexpr std::size_t kNamed = 8;  // a list of thousands is not written out

std::string names(const Resolution& resolution) {
  std::string out;
  std::size_t count = 0;
  const auto add = [&](const std::string& name) {
    if (count++ < kNamed) out += (out.empty() ? "" : ", ") + name;
  };
  for (const auto& account : resolution.accounts) add(account.name);
  for (const auto& address : resolution.addresses) add(address + " (elsewhere)");
  for (const auto& address : resolution.dead) add(address + " (does not exist)");
  if (count > kNamed) out += " and " + std::to_string(count - kNamed) + " more";
  return out.empty() ? "nobody" : out;
}

}  // namespace

std::string describe(const Resolution& resolution) {
  const std::string detail = resolution.detail.empty() ? "" : ", sub-address \"" + resolution.detail + "\"";
  switch (resolution.kind) {
    case Resolution::Kind::kUnknown:
      return "nobody has this address";
    case Resolution::Kind::kForeign:
      return "not a domain of this directory";
    case Resolution::Kind::kAccounts:
      return "delivered to " + names(resolution) + detail;
    case Resolution::Kind::kList:
      return "the list " + resolution.list + ": " + names(resolution) + detail;
  }
  return "?";
}

std::string describe_domain(const Resolution& resolution) {
  return resolution.kind == Resolution::Kind::kForeign ? "not a domain of this directory"
                                                       : "a domain of this directory";
}

std::string describe(const AuthOutcome& outcome) {
  if (!outcome.principal) return "refused: " + std::string(to_string(outcome.failure));
  return outcome.principal->name + " (account " + std::to_string(outcome.principal->id) + ")";
}

}  // namespace gannet::directory
