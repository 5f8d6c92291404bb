#include "directory/sql/placeholders.h"

#include <gtest/gtest.h>

namespace gannet::directory::sql {
namespace {

std::string bound(Engine engine, std::string_view query) {
  const auto out = with_placeholders(engine, query);
  return out ? *out : out.error().text();
}

TEST(Placeholders, AreWrittenEitherWayForEveryDatabase) {
  for (const char* query :
       {"SELECT 1 FROM t WHERE a = ? OR b = ?", "SELECT 1 FROM t WHERE a = $1 OR b = $1"}) {
    EXPECT_EQ(bound(Engine::kPostgresql, query), "SELECT 1 FROM t WHERE a = $1 OR b = $1");
    EXPECT_EQ(bound(Engine::kMysql, query), "SELECT 1 FROM t WHERE a = ? OR b = ?");
    EXPECT_EQ(bound(Engine::kSqlite, query), "SELECT 1 FROM t WHERE a = ?1 OR b = ?1");
  }
  EXPECT_EQ(bound(Engine::kPostgresql, "LIKE '%@' || ?"), "LIKE '%@' || $1");
  EXPECT_EQ(bound(Engine::kMysql, "a = ?1"), "a = ?");
}

TEST(Placeholders, AreNoneInsideOfQuotesAndComments) {
  EXPECT_EQ(bound(Engine::kPostgresql, "'?' \"?\" ? -- ?"), "'?' \"?\" $1 -- ?");
  EXPECT_EQ(bound(Engine::kPostgresql, "'it''s ?' ? /* ? */"), "'it''s ?' $1 /* ? */");
  EXPECT_EQ(bound(Engine::kPostgresql, "E'\\'?' ?"), "E'\\'?' $1");
  EXPECT_EQ(bound(Engine::kPostgresql, "'\\' ? '?'"), "'\\' $1 '?'");
  EXPECT_EQ(bound(Engine::kPostgresql, "$q$ ? $1 $q$ ?"), "$q$ ? $1 $q$ $1");
  EXPECT_EQ(bound(Engine::kMysql, "'\\'?' `?` ? # ?"), "'\\'?' `?` ? # ?");
  EXPECT_EQ(bound(Engine::kSqlite, "[?] ?"), "[?] ?1");
}

TEST(Placeholders, LeaveOperatorsAloneWhereDollarsAreWritten) {
  EXPECT_EQ(bound(Engine::kPostgresql, "tags ? 'x' AND name = $1"), "tags ? 'x' AND name = $1");
}

TEST(Placeholders, AreAskedFor) {
  EXPECT_EQ(bound(Engine::kSqlite, "SELECT '?'"), "it has no ? (or $1) for what is asked about");
  EXPECT_EQ(bound(Engine::kPostgresql, "a = $1 AND b = $2"), "it has more than one parameter");
  EXPECT_EQ(bound(Engine::kSqlite, "a = ?2"), "it has more than one parameter");
}

}  // namespace
}  // namespace gannet::directory::sql
