#include "directory/trace.h"

#include <gtest/gtest.h>

#include <thread>

namespace gannet::directory::trace {
namespace {

TEST(TraceTest, KeepsWhatIsToldWhileSomebodyListens) {
  step("a", "before", "");
  EXPECT_FALSE(on());
  EXPECT_FALSE(Question("a"));
  Recording recording;
  EXPECT_TRUE(on());
  Question asked("query");
  ASSERT_TRUE(asked);
  asked.answer("who", "alice");
  cached("cache", "who", "nobody");
  ASSERT_EQ(recording.steps().size(), 2u);
  EXPECT_EQ(recording.steps()[0].what, "query");
  EXPECT_EQ(recording.steps()[0].answer, "alice");
  EXPECT_GE(recording.steps()[0].milliseconds, 0);
  EXPECT_TRUE(recording.steps()[1].cached);
}

TEST(TraceTest, IsOfOneThreadAndOneRecording) {
  Recording outer;
  std::thread([] { step("other", "", ""); }).join();
  {
    Recording inner;
    step("inner", "", "");
    EXPECT_EQ(inner.steps().size(), 1u);
  }
  EXPECT_TRUE(outer.steps().empty());
  step("outer", "", "");
  EXPECT_EQ(outer.steps().size(), 1u);
}

}  // namespace
}  // namespace gannet::directory::trace
