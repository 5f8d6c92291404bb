// What must hold for every declaration, and that docs/settings.md tells what they tell.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "config/commands.h"
#include "config/registry.h"
#include "config/setting.h"

namespace gannet::config {
namespace {

std::vector<const Declaration*> all() {
  std::vector<const Declaration*> out;
  for (const Group* group : Registry::instance().groups()) {
    for (const Declaration& declaration : group->declarations) out.push_back(&declaration);
  }
  return out;
}

TEST(Declarations, EveryDefaultIsAnAllowedValue) {
  for (const Declaration* declaration : all()) {
    if (declaration->fallback.empty()) continue;
    const auto setting = parse_setting_text(*declaration, declaration->fallback);
    EXPECT_TRUE(setting) << declaration->key << ": " << (setting ? "" : setting.error().message);
  }
}

TEST(Declarations, EveryRangeIsInTheTypesOwnForm) {
  for (const Declaration* declaration : all()) {
    if (declaration->range.empty()) continue;
    const auto dots = declaration->range.find("..");
    ASSERT_NE(dots, std::string_view::npos) << declaration->key;
    Declaration free = *declaration;
    free.range = {};
    free.list = free.expression = free.off = false;
    for (const auto bound : {declaration->range.substr(0, dots), declaration->range.substr(dots + 2)}) {
      if (!bound.empty()) EXPECT_TRUE(parse_setting_text(free, bound)) << declaration->key << ": " << bound;
    }
  }
}

TEST(Declarations, EachSaysWhatItDoesAndWhatHoldsWhenItIsNotSet) {
  for (const Declaration* declaration : all()) {
    EXPECT_TRUE(declaration->sentence.ends_with('.')) << declaration->key;
    EXPECT_EQ(declaration->type == Type::kEnum, !declaration->words.empty()) << declaration->key;
    EXPECT_TRUE(declaration->inherits.empty() || Registry::instance().find_pattern(declaration->inherits))
        << declaration->key;
    const bool decided = declaration->required || !declaration->fallback.empty() ||
                         !declaration->unset.empty() || !declaration->inherits.empty() ||
                         !declaration->instead.empty();
    const bool number = declaration->type == Type::kInteger || declaration->type == Type::kSize ||
                        declaration->type == Type::kDuration || declaration->type == Type::kBool;
    EXPECT_TRUE(decided || !number) << declaration->key
                                    << " has neither a default nor a word on what holds without";
  }
}

TEST(Declarations, OldNamesHaveAsManyPlaceholders) {
  for (const Declaration* declaration : all()) {
    for (const auto old_name : split_words(declaration->old_names)) {
      const auto count = [](std::string_view key) {
        const Path path = split_key(key);
        return std::ranges::count_if(path, is_placeholder);
      };
      EXPECT_EQ(count(old_name), count(declaration->key)) << old_name;
    }
  }
}

TEST(Declarations, TheNearestOfADeclaredKeyIsItself) {
  for (const Declaration* declaration : all()) {
    if (!declaration->instead.empty()) continue;
    EXPECT_EQ(Registry::instance().nearest(split_key(declaration->key)), declaration->key);
  }
}

TEST(Declarations, WhatIsNotInThisVersionIsNotDeclared) {
  for (const Declaration* declaration : all()) {
    // The one name of these tables that means something.
    if (!declaration->instead.empty() || declaration->key == "directory.<id>.lookup.domains") continue;
    EXPECT_EQ(Registry::undeclared(split_key(declaration->key)), "") << declaration->key;
  }
}

TEST(SettingsPage, IsWhatTheDeclarationsSay) {
  const std::string path = GANNET_SOURCE_DIR "/docs/settings.md";
  const std::string wanted = render_settings_markdown();
  if (std::getenv("GANNET_WRITE_SETTINGS")) std::ofstream(path) << wanted;
  std::ifstream in(path);
  std::ostringstream found;
  found << in.rdbuf();
  EXPECT_TRUE(found.str() == wanted)
      << "docs/settings.md is stale: run the config tests with GANNET_WRITE_SETTINGS=1 and commit it";
}

}  // namespace
}  // namespace gannet::config
