#include "store/distributed/distributed_backend.h"

#include <algorithm>

#include "store/distributed/distributed_blob_store.h"

namespace gannet::store {
namespace {

Result<std::shared_ptr<BlobStore>> open(const StoreSettings& settings) {
  std::vector<BlobMember> members;
  const auto names = settings.section.list("stores");
  if (names.empty()) return settings.wrong("stores", "names no store");
  for (const auto& name : names) {
    if (std::ranges::count(names, name) > 1) return settings.wrong("stores", "names \"" + name + "\" twice");
    members.push_back({.name = name, .blobs = TRY(settings.others.blob(name))});
  }
  return distribute_blobs(std::move(members));
}

}  // namespace

const Backend& distributed_backend() {
  static const Backend backend{
      .info = {.type = "distributed-blob",
               .roles = {Role::kBlob},
               .sentence = "Several other stores, each with its share of the messages."},
      .open_blob = open,
  };
  return backend;
}

}  // namespace gannet::store
