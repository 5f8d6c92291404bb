#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace gannet {
namespace {
void print_bug(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: should not happen: %s\n", file, line, what);
}
std::atomic<std::uint64_t> bugs{0};
std::atomic<BugReporter> reporter_{&print_bug};
}  // namespace

std::uint64_t bug_count() {
  return bugs.load(std::memory_order_relaxed);
}

void set_bug_reporter(BugReporter reporter) {
  reporter_.store(reporter ? reporter : &print_bug);
}

namespace internal {
void report_bug(const char* file, int line, const char* what) {
  bugs.fetch_add(1, std::memory_order_relaxed);
  reporter_.load()(file, line, what);
}

void check_failed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: cannot go on: %s\n", file, line, what);
  std::abort();
}
}  // namespace internal
}  // namespace gannet
