#include "observe/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "base/assert.h"

namespace gannet::observe {
namespace {

const auto kStart = std::chrono::system_clock::now();

void add_memory(std::vector<ProcessMetric>& out) {
  // proc(5), statm: total and resident size, in pages.
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  if (!(file >> total >> resident)) return;
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  out.push_back({"process_virtual_memory_bytes", "Virtual memory size in bytes.", false, total * page});
  out.push_back({"process_resident_memory_bytes", "Resident memory size in bytes.", false, resident * page});
}

double count_entries(const char* folder) {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    ++count;
  return count;
}

}  // namespace

std::vector<ProcessMetric> process_metrics() {
  std::vector<ProcessMetric> out;
  add_memory(out);
  out.push_back(
      {"process_open_fds", "Number of open file descriptors.", false, count_entries("/proc/self/fd")});
  if (rlimit limit{}; getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    out.push_back({"process_max_fds", "Maximum number of open file descriptors.", false,
                   static_cast<double>(limit.rlim_cur)});
  }
  out.push_back({"process_threads", "Number of threads.", false, count_entries("/proc/self/task")});
  if (rusage usage{}; getrusage(RUSAGE_SELF, &usage) == 0) {
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    out.push_back({"process_cpu_seconds_total", "User and system CPU time spent, in seconds.", true,
                   seconds(usage.ru_utime) + seconds(usage.ru_stime)});
  }
  const std::chrono::duration<double> start = kStart.time_since_epoch();
  const std::chrono::duration<double> up = std::chrono::system_clock::now() - kStart;
  out.push_back({"process_start_time_seconds", "Start time of the process, in seconds since 1970.", false,
                 start.count()});
  out.push_back({"gannet_uptime_seconds", "Time since the process started, in seconds.", false, up.count()});
  out.push_back({"gannet_bugs_total", "Events that should not happen: each is worth a report.", true,
                 static_cast<double>(bug_count())});
  return out;
}

}  // namespace gannet::observe
