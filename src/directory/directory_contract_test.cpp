#include "tests/contract/directory_contract.h"

#include "directory/cached_directory.h"
#include "directory/internal_directory.h"
#include "directory/memory_directory.h"

namespace gannet::directory::contract {
namespace {

// Fills the store at the first opening, finds it filled at the next.
class InternalHarness final : public DirectoryHarness {
 public:
  std::shared_ptr<Directory> open(std::shared_ptr<Logins> logins, store::DataStore& data, Clock& clock,
                                  Random& random) override {
    std::shared_ptr<store::DataStore> borrowed(&data, [](store::DataStore*) {});
    auto out =
        std::make_shared<InternalDirectory>(InternalOptions{}, borrowed, std::move(logins), clock, random);
    if (*out->show("example.org", PrincipalType::kDomain)) return out;
    for (const auto& person : population()) {
      const auto made = out->create(person.principal,
                                    person.password.empty() ? std::nullopt : std::optional(person.password));
      if (!made) return ADD_FAILURE() << made.error().describe(), nullptr;
    }
    const auto set = out->update(kCatchAllDomain, {.catch_all = std::string(kCatchAll)});
    if (!set) return ADD_FAILURE() << set.error().describe(), nullptr;
    return out;
  }
};

INSTANTIATE_TEST_SUITE_P(Internal, DirectoryContract,
                         testing::Values(DirectoryBackend{
                             "internal", [] { return std::make_unique<InternalHarness>(); }}),
                         [](const auto& info) { return info.param.name; });

class MemoryHarness final : public DirectoryHarness {
 public:
  std::shared_ptr<Directory> open(std::shared_ptr<Logins> logins, store::DataStore& data, Clock& clock,
                                  Random& random) override {
    MemoryOptions options;
    for (const auto& person : population()) {
      StoredPrincipal stored{person.principal, {}};
      if (!person.password.empty()) stored.secrets.push_back(person.password);
      if (stored.principal.name == kCatchAllDomain) stored.principal.catch_all = kCatchAll;
      options.principals.push_back(std::move(stored));
    }
    auto out = MemoryDirectory::open(std::move(options), data, std::move(logins), clock, random);
    if (!out) return ADD_FAILURE() << out.error().describe(), nullptr;
    return *out;
  }
};

INSTANTIATE_TEST_SUITE_P(Memory, DirectoryContract,
                         testing::Values(DirectoryBackend{"memory",
                                                          [] { return std::make_unique<MemoryHarness>(); }}),
                         [](const auto& info) { return info.param.name; });

// A directory with a lookup cache before it is a directory.
class CachedHarness final : public DirectoryHarness {
 public:
  std::shared_ptr<Directory> open(std::shared_ptr<Logins> logins, store::DataStore& data, Clock& clock,
                                  Random& random) override {
    return std::make_shared<CachedDirectory>(MemoryHarness().open(std::move(logins), data, clock, random),
                                             LookupCacheOptions{.id = "contract"}, clock);
  }
};

INSTANTIATE_TEST_SUITE_P(Cached, DirectoryContract,
                         testing::Values(DirectoryBackend{"cached",
                                                          [] { return std::make_unique<CachedHarness>(); }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gannet::directory::contract
