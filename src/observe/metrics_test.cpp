#include "observe/metrics.h"

#include <gmock/gmock.h>

#include "base/assert.h"

namespace gannet::observe {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST(Metrics, ACounterIsOneForTheSameNameAndLabels) {
  counter("gannet_test_total", "Tests.", {{"outcome", "accepted"}}).add();
  counter("gannet_test_total", "Tests.", {{"outcome", "accepted"}}).add(2);
  counter("gannet_test_total", "Tests.", {{"outcome", "refused"}}).add();
  const std::string text = render_prometheus();
  EXPECT_THAT(text, HasSubstr("# TYPE gannet_test_total counter\n"));
  EXPECT_THAT(text, HasSubstr("gannet_test_total{outcome=\"accepted\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("gannet_test_total{outcome=\"refused\"} 1\n"));
}

TEST(Metrics, GaugesGoUpAndDown) {
  const auto open = gauge("gannet_test_open", "Open.");
  open.set(5);
  open.subtract();
  EXPECT_THAT(render_prometheus(), HasSubstr("gannet_test_open 4\n"));
}

TEST(Metrics, HistogramsCountIntoBuckets) {
  const auto sizes = histogram("gannet_test_bytes", "Sizes.", {1, 10});
  sizes.observe(0.5);
  sizes.observe(5);
  sizes.observe(50);
  const std::string text = render_prometheus();
  EXPECT_THAT(text, HasSubstr("gannet_test_bytes_bucket{le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("gannet_test_bytes_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("gannet_test_bytes_sum 55.5\n"));
}

TEST(Metrics, ACallbackIsReadWhileItLasts) {
  double length = 7;
  {
    GaugeCallback queue("gannet_test_queue_length", "Waiting.", {{"pool", "core"}}, [&] { return length; });
    EXPECT_THAT(render_prometheus(), HasSubstr("gannet_test_queue_length{pool=\"core\"} 7\n"));
    length = 8;
    EXPECT_THAT(render_prometheus(), HasSubstr("gannet_test_queue_length{pool=\"core\"} 8\n"));
  }
  EXPECT_THAT(render_prometheus(), Not(HasSubstr("gannet_test_queue_length")));
}

TEST(Metrics, TheProcessDescribesItself) {
  const std::string text = render_prometheus();
  EXPECT_THAT(text, ContainsRegex("process_resident_memory_bytes [1-9]"));
  EXPECT_THAT(text, ContainsRegex("process_open_fds [1-9]"));
  EXPECT_THAT(text, ContainsRegex("gannet_bugs_total [0-9]"));
}

TEST(MetricsDeathTest, ANameOfAnotherKindEndsTheProgram) {
  counter("gannet_test_kind", "Kind.");
  EXPECT_DEATH(gauge("gannet_test_kind", "Kind."), "gannet_test_kind");
}

}  // namespace
}  // namespace gannet::observe
