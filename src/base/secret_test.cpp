#include "base/secret.h"

#include <gtest/gtest.h>

namespace gannet {
namespace {

TEST(MaskUrl, HidesWhatLetsSomebodyIn) {
  EXPECT_EQ(mask_url("redis://u:pwsecret@h:1"), "redis://u:***@h:1");
  EXPECT_EQ(mask_url("redis://:pwsecret@h:1/2"), "redis://:***@h:1/2");
  EXPECT_EQ(mask_url("mysql://u:dirsecret@h/db?timeout=5s"), "mysql://u:***@h/db?timeout=5s");
  EXPECT_EQ(mask_url("postgresql://h/db?user=u&Password=geheim&sslmode=require"),
            "postgresql://h/db?user=u&Password=***&sslmode=require");
  EXPECT_EQ(mask_url("https://h/x?api_key=geheim"), "https://h/x?api_key=***");
  EXPECT_EQ(mask_url("https://[2001:db8::1]:9200/"), "https://[2001:db8::1]:9200/");
}

TEST(MaskUrl, AlsoWhereThePasswordIsBadlyWritten) {
  EXPECT_EQ(mask_url("mysql://u:p@ss/w?rd#x@h/db"), "mysql://u:***@h/db");
}

TEST(MaskUrl, LeavesOtherTextAlone) {
  for (const char* text : {"", "redis://h:1", "redis://u@h:1", "https://h/a?b=c&d", "tom:secret@host",
                           "'a' + '://b:c@d'", "file:///etc/pw", "key_get('x', 'y:z@w')"})
    EXPECT_EQ(mask_url(text), text);
}

}  // namespace
}  // namespace gannet
