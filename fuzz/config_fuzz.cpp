// Any text as a settings file: it loads or every finding names its line, and what loads can be shown.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "config/commands.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gannet;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Files of this machine are not part of the input.
  if (text.find("file:") != std::string_view::npos) return 0;
  config::LoadOptions options;
  options.fragment = true;
  options.environment = [](const std::string& name) {
    return name.empty() ? std::nullopt : std::optional(name);
  };
  const auto config = config::Config::load_text(text, "fuzz.toml", options);
  if (!config) {
    GANNET_CHECK(config.error().text().starts_with("fuzz.toml"));
    return 0;
  }
  (void)config::show(*config, "", true);
  for (const auto& id : config->ids("server.listener"))
    (void)config->at("server.listener", id).addresses("bind");
  return 0;
}
