#include "store/mysql/commit_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::store::mysql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::size_t kMost = 4 << 20;

TEST(CommitPlan, ADeliveryIsOneCall) {
  WriteBatch batch;
  batch.require_absent("m1");
  batch.require_value("a1", "it's");
  batch.set("m1", "record");
  batch.set("n1", "state");
  batch.add("a2", 1);
  const BatchEffects effects(batch);
  const auto plan = plan_commit(effects, kMost);
  ASSERT_EQ(plan.steps.size(), 1U);
  EXPECT_TRUE(plan.transaction);
  const std::string& sql = plan.steps[0].statements;
  EXPECT_THAT(sql, StartsWith("START TRANSACTION;SELECT ~0+(COUNT(*)<>1) FROM gannet_account "));
  EXPECT_THAT(
      sql,
      HasSubstr(
          "(k='a1' AND v='it\\'s') FOR UPDATE;INSERT INTO gannet_message (k,v) VALUES ('m1','record');"));
  EXPECT_THAT(sql, ::testing::EndsWith(";COMMIT"));
}

TEST(CommitPlan, OneStatementIsATransactionByItself) {
  WriteBatch batch;
  batch.set("a1", "x");
  batch.set("a2", "y");
  const BatchEffects effects(batch);
  const auto plan = plan_commit(effects, kMost);
  ASSERT_EQ(plan.steps.size(), 1U);
  EXPECT_FALSE(plan.transaction);
  EXPECT_EQ(
      plan.steps[0].statements,
      "INSERT INTO gannet_account (k,v) VALUES ('a1','x'),('a2','y') ON DUPLICATE KEY UPDATE v=VALUES(v)");
}

TEST(CommitPlan, AKeyThatMustBeAbsentAndStaysSoLeavesNothing) {
  WriteBatch batch;
  batch.require_absent("a1");
  batch.set("n1", "x");
  const BatchEffects effects(batch);
  const auto plan = plan_commit(effects, kMost);
  ASSERT_EQ(plan.steps.size(), 1U);
  EXPECT_THAT(plan.steps[0].statements,
              HasSubstr("INSERT INTO gannet_account (k,v) VALUES ('a1','');DELETE gannet_account FROM"));
}

TEST(CommitPlan, RangesKeepTheirGaps) {
  WriteBatch batch;
  batch.clear_range("a", "b");
  const BatchEffects effects(batch);
  const auto plan = plan_commit(effects, kMost);
  ASSERT_EQ(plan.steps.size(), 1U);
  EXPECT_THAT(plan.steps[0].statements,
              StartsWith("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;START TRANSACTION;DELETE"));
}

TEST(CommitPlan, LargeValuesGoByThemselvesAndNoCallIsTooLarge) {
  WriteBatch batch;
  const std::string quotes(400 << 10, '\''), large(1 << 20, 'x');
  batch.require_absent("b0");
  batch.set("b0", large);
  batch.require_value("b1", large);
  for (int i = 10; i < 40; ++i) batch.set("b" + std::to_string(i), quotes);
  const BatchEffects effects(batch);
  const auto plan = plan_commit(effects, kMost);
  std::size_t prepared = 0, rows = 0;
  for (const auto& step : plan.steps) {
    EXPECT_LE(step.statements.size(), kMost);
    prepared += step.prepared;
    for (std::size_t at = 0; (at = step.statements.find("('b", at)) != std::string::npos; ++at) ++rows;
  }
  EXPECT_EQ(prepared, 1U);
  EXPECT_EQ(rows, 31U) << "each once, and the place of the large one";
  EXPECT_THAT(plan.steps.front().statements, StartsWith("START TRANSACTION"));
  EXPECT_FALSE(plan.steps.back().prepared);
  EXPECT_THAT(plan.steps.back().statements, ::testing::EndsWith("COMMIT"));
  EXPECT_THAT(plan.steps.front().statements, HasSubstr("SHA2(v,256)"));
  EXPECT_THAT(plan.steps.front().statements, Not(HasSubstr(std::string(1000, 'x'))));
}

}  // namespace
}  // namespace gannet::store::mysql
