// What the operating system knows of this process, under the names that Prometheus users expect.
#pragma once

#include <string>
#include <vector>

namespace gannet::observe {

struct ProcessMetric {
  std::string name;
  std::string help;
  bool counter;
  double value;
};

// From /proc/self; what cannot be read is left out.
std::vector<ProcessMetric> process_metrics();

}  // namespace gannet::observe
