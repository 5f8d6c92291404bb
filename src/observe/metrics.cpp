#include "observe/metrics.h"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <mutex>
#include <sstream>

#include "observe/process.h"

namespace gannet::observe {
namespace {

prometheus::Labels to_map(const Labels& labels) {
  return {labels.begin(), labels.end()};
}

// prometheus-cpp throws when a name is malformed or taken by another kind of metric.
template <typename Make>
auto checked(const std::string& name, Make make) {
  try {
    return make();
  } catch (const std::exception& e) {
    std::fputs(fmt::format("metric {}: {}\n", name, e.what()).c_str(), stderr);
    std::abort();
  }
}

prometheus::MetricFamily to_family(const ProcessMetric& metric) {
  prometheus::MetricFamily family;
  family.name = metric.name;
  family.help = metric.help;
  family.type = metric.counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
  prometheus::ClientMetric value;
  (metric.counter ? value.counter.value : value.gauge.value) = metric.value;
  family.metric.push_back(value);
  return family;
}

}  // namespace

class Registry {
 public:
  // Never destroyed: handles are kept in static objects.
  static Registry& instance() {
    static Registry& registry = *new Registry;
    return registry;
  }

  Counter counter(const std::string& name, const std::string& help, const Labels& labels) {
    return checked(name, [&] {
      auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
      return Counter(&family.Add(to_map(labels)));
    });
  }
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels) {
    return checked(name, [&] {
      auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
      return Gauge(&family.Add(to_map(labels)));
    });
  }
  Histogram histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                      const Labels& labels) {
    return checked(name, [&] {
      auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
      return Histogram(&family.Add(to_map(labels), buckets));
    });
  }

  std::uint64_t add_callback(bool counter, std::string name, std::string help, Labels labels,
                             std::function<double()> read) {
    std::lock_guard lock(mutex_);
    callbacks_.emplace(
        ++last_id_, Callback{counter, std::move(name), std::move(help), std::move(labels), std::move(read)});
    return last_id_;
  }
  void remove_callback(std::uint64_t id) {
    std::lock_guard lock(mutex_);
    callbacks_.erase(id);
  }

  std::string render() {
    auto families = registry_.Collect();
    {
      // Held while reading, so that a GaugeCallback that goes away waits for a read in progress.
      std::lock_guard lock(mutex_);
      std::map<std::string, prometheus::MetricFamily> read;
      for (const auto& [id, callback] : callbacks_) {
        auto& family = read[callback.name];
        family.name = callback.name;
        family.help = callback.help;
        family.type = callback.counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
        prometheus::ClientMetric metric;
        for (const auto& [name, value] : callback.labels) metric.label.push_back({name, value});
        (callback.counter ? metric.counter.value : metric.gauge.value) = callback.read();
        family.metric.push_back(std::move(metric));
      }
      for (auto& [name, family] : read) families.push_back(std::move(family));
    }
    for (const auto& metric : process_metrics()) families.push_back(to_family(metric));
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families);
    return out.str();
  }

 private:
  struct Callback {
    bool counter;
    std::string name;
    std::string help;
    Labels labels;
    std::function<double()> read;
  };
  prometheus::Registry registry_;
  std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, Callback> callbacks_;
};

void Counter::add(double by) const {
  static_cast<prometheus::Counter*>(metric_)->Increment(by);
}
double Counter::value() const {
  return static_cast<prometheus::Counter*>(metric_)->Value();
}
void Gauge::set(double value) const {
  static_cast<prometheus::Gauge*>(metric_)->Set(value);
}
void Gauge::add(double by) const {
  static_cast<prometheus::Gauge*>(metric_)->Increment(by);
}
void Gauge::subtract(double by) const {
  static_cast<prometheus::Gauge*>(metric_)->Decrement(by);
}
double Gauge::value() const {
  return static_cast<prometheus::Gauge*>(metric_)->Value();
}
void Histogram::observe(double value) const {
  static_cast<prometheus::Histogram*>(metric_)->Observe(value);
}

const std::vector<double>& latency_buckets() {
  static const std::vector<double> buckets = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                              0.025,  0.05,    0.1,    0.25,  0.5,    1,     2.5,
                                              5,      10,      25,     50,    100};
  return buckets;
}

const std::vector<double>& size_buckets() {
  static const std::vector<double> buckets = [] {
    std::vector<double> out;
    for (double size = 256; size <= 256.0 * 1024 * 1024; size *= 4) out.push_back(size);
    return out;
  }();
  return buckets;
}

Counter counter(const std::string& name, const std::string& help, const Labels& labels) {
  return Registry::instance().counter(name, help, labels);
}
Gauge gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return Registry::instance().gauge(name, help, labels);
}
Histogram histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                    const Labels& labels) {
  return Registry::instance().histogram(name, help, buckets, labels);
}

GaugeCallback::GaugeCallback(std::string name, std::string help, Labels labels, std::function<double()> read)
    : id_(Registry::instance().add_callback(false, std::move(name), std::move(help), std::move(labels),
                                            std::move(read))) {}
GaugeCallback::~GaugeCallback() {
  Registry::instance().remove_callback(id_);
}

CounterCallback::CounterCallback(std::string name, std::string help, Labels labels,
                                 std::function<double()> read)
    : id_(Registry::instance().add_callback(true, std::move(name), std::move(help), std::move(labels),
                                            std::move(read))) {}
CounterCallback::~CounterCallback() {
  Registry::instance().remove_callback(id_);
}

std::string render_prometheus() {
  return Registry::instance().render();
}

}  // namespace gannet::observe
