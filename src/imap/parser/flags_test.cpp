#include "imap/parser/flags.h"

#include <gmock/gmock.h>

namespace gannet::imap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<std::vector<std::string>> store_flags(std::string text) {
  Scanner in(text);
  return parse_store_flags(in);
}

TEST(Flags, SystemFlagsGetTheirUsualSpelling) {
  EXPECT_THAT(store_flags("(\\SEEN \\deleted $Forwarded NonJunk)").value(),
              ElementsAre("\\Seen", "\\Deleted", "$Forwarded", "NonJunk"));
  EXPECT_THAT(store_flags("\\Draft Work").value(), ElementsAre("\\Draft", "Work"));
  EXPECT_THAT(store_flags("()").value(), IsEmpty());
}

TEST(Flags, NobodyChangesRecent) {
  for (const auto* flags : {"(\\Recent)", "(\\Seen \\recent)", "\\Recent"})
    EXPECT_THAT(store_flags(flags).error().text(), HasSubstr("\\Recent cannot be changed")) << flags;
  std::string text = "(\\Recent \\Seen)";
  Scanner in(text);
  EXPECT_THAT(parse_flag_list(in).value(), ElementsAre("\\Seen"));
}

TEST(Flags, AnUnknownSystemFlagIsNamed) {
  EXPECT_THAT(store_flags("(\\Saen)").error().text(), HasSubstr("\\Saen is no flag"));
  EXPECT_FALSE(store_flags("(\\*)"));
  EXPECT_FALSE(store_flags("(\\Seen"));
  EXPECT_FALSE(store_flags("(\\Seen) more"));
}

}  // namespace
}  // namespace gannet::imap
