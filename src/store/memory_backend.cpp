#include "store/memory_backend.h"

namespace gannet::store {

const Backend& memory_backend() {
  static const Backend backend{
      .info = {.type = "memory",
               .roles = {Role::kLookup},
               .sentence =
                   "This process's memory: fastest, forgotten at a restart, not shared between servers."},
      .open_lookup = [](const StoreSettings& settings) -> Result<std::shared_ptr<LookupStore>> {
        return memory_lookup_store(settings.section.size("max-size"), settings.clock);
      },
  };
  return backend;
}

}  // namespace gannet::store
