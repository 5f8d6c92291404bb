#include "server/changed_keys.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "config/settings.h"

namespace gannet::server {
namespace {

constexpr std::array<std::string_view, 2> kReloaded = {"certificate.", "tracer."};

bool is_reloaded(std::string_view key) {
  return std::ranges::any_of(kReloaded, [&](std::string_view prefix) { return key.starts_with(prefix); });
}

// What is shown of a setting may be masked, so texts and secrets are held against each other as they are.
bool same(const config::Setting& a, const config::Setting& b) {
  if (a.off != b.off || a.shown != b.shown || a.items.size() != b.items.size()) return false;
  return std::ranges::equal(a.items, b.items, [](const config::Scalar& x, const config::Scalar& y) {
    if (x.index() != y.index()) return false;
    if (const auto* secret = std::get_if<Secret>(&x)) return secret->reveal() == std::get<Secret>(y).reveal();
    if (const auto* text = std::get_if<std::string>(&x)) return *text == std::get<std::string>(y);
    return true;
  });
}

}  // namespace

std::vector<std::string> keys_for_a_restart(const config::Config& running, const config::Config& file) {
  const auto& before = running.settings().values;
  const auto& after = file.settings().values;
  std::vector<std::string> keys;
  for (const auto& [key, setting] : before) {
    const auto now = after.find(key);
    if (now == after.end() || !same(setting, now->second)) keys.push_back(key);
  }
  for (const auto& [key, setting] : after)
    if (!before.contains(key)) keys.push_back(key);
  std::erase_if(keys, is_reloaded);
  std::ranges::sort(keys);
  return keys;
}

}  // namespace gannet::server
