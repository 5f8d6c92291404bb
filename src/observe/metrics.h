// Counters, gauges and histograms for /metrics/prometheus.
//
// A handle is got once, by name, and kept; using it is lock-free from any thread. The same name and labels
// give the same metric, so a part may ask again. Names are the field's: `gannet_smtp_messages_total`, base
// units (seconds, bytes) as suffix. Labels are few and bounded: never an address, an account or anything that
// a peer chooses.
//
//   static const auto accepted = observe::counter("gannet_smtp_messages_total", "Messages by outcome",
//   {{"outcome", "accepted"}}); accepted.add();
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gannet::observe {

using Labels = std::vector<std::pair<std::string, std::string>>;

// Only ever grows.
class Counter {
 public:
  void add(double by = 1) const;
  double value() const;

 private:
  friend class Registry;
  explicit Counter(void* metric) : metric_(metric) {}
  void* metric_;
};

class Gauge {
 public:
  void set(double value) const;
  void add(double by = 1) const;
  void subtract(double by = 1) const;
  double value() const;

 private:
  friend class Registry;
  explicit Gauge(void* metric) : metric_(metric) {}
  void* metric_;
};

class Histogram {
 public:
  void observe(double value) const;

 private:
  friend class Registry;
  explicit Histogram(void* metric) : metric_(metric) {}
  void* metric_;
};

// From 100 microseconds to 100 seconds, in seconds.
const std::vector<double>& latency_buckets();
// From 256 bytes to 256 MB.
const std::vector<double>& size_buckets();

// The process's metrics. A name that is already in use for another kind of metric, or that is not a valid
// Prometheus name, is a bug in the caller and ends the program.
Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
Histogram histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                    const Labels& labels = {});

// A gauge whose value is asked for when metrics are read: the length of a queue, the fill of a cache. Lasts
// as long as the object. `read` is called on the thread that renders and must be safe there until the object
// is gone.
class GaugeCallback {
 public:
  GaugeCallback(std::string name, std::string help, Labels labels, std::function<double()> read);
  ~GaugeCallback();
  GaugeCallback(const GaugeCallback&) = delete;
  GaugeCallback& operator=(const GaugeCallback&) = delete;

 private:
  std::uint64_t id_;
};

// The same for what only ever grows.
class CounterCallback {
 public:
  CounterCallback(std::string name, std::string help, Labels labels, std::function<double()> read);
  ~CounterCallback();
  CounterCallback(const CounterCallback&) = delete;
  CounterCallback& operator=(const CounterCallback&) = delete;

 private:
  std::uint64_t id_;
};

// All metrics in the Prometheus text format, with the process's own: resident memory, open files, threads,
// CPU time, start time, and how often GANNET_BUG was met. Any thread.
std::string render_prometheus();
inline constexpr std::string_view kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace gannet::observe
