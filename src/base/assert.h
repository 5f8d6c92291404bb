// Three kinds of assertion. Input from outside the process reaches none of them.
//   GANNET_ASSERT  a bug; checked in debug builds only
//   GANNET_BUG     should not happen: counted and reported, and the program goes on
//   GANNET_CHECK   cannot go on: prints and aborts
#pragma once

#include <atomic>
#include <cstdint>

namespace gannet {

// How often GANNET_BUG was met since the start; a metric shows it.
std::uint64_t bug_count();
// Where GANNET_BUG reports; set once at start. The default prints to standard error. Any thread.
using BugReporter = void (*)(const char* file, int line, const char* what);
void set_bug_reporter(BugReporter reporter);

namespace internal {
void report_bug(const char* file, int line, const char* what);
[[noreturn]] void check_failed(const char* file, int line, const char* what);
}  // namespace internal
}  // namespace gannet

#ifdef NDEBUG
#define GANNET_ASSERT(condition) ((void)sizeof(!(condition)))
#else
#define GANNET_ASSERT(condition) \
  ((condition) ? (void)0 : ::gannet::internal::check_failed(__FILE__, __LINE__, #condition))
#endif
#define GANNET_BUG(what) ::gannet::internal::report_bug(__FILE__, __LINE__, what)
#define GANNET_CHECK(condition) \
  ((condition) ? (void)0 : ::gannet::internal::check_failed(__FILE__, __LINE__, #condition))
