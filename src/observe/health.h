// Whether the process is alive (/healthz/live) and ready to serve (/healthz/ready), as its components tell.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gannet::observe {

enum class Condition {
  kReady,    // serves
  kUnready,  // cannot serve now, may recover by itself: starting, store stalled, shutting down
  kDead,     // will not recover without a restart
};

struct ComponentHealth {
  std::string name;
  Condition condition;
  std::string reason;  // empty when ready
};

struct HealthReport {
  bool ok;
  std::vector<ComponentHealth> components;
  // {"status":"ok","components":{"store":{"status":"ready"}}}
  std::string json() const;
};

class Health;

// One part's word on itself; forgotten when it goes. Starts as kUnready, "starting". Any thread.
class HealthComponent {
 public:
  HealthComponent() = default;
  HealthComponent(Health& health, std::string name);
  ~HealthComponent();
  HealthComponent(HealthComponent&& other) noexcept = default;
  HealthComponent& operator=(HealthComponent&& other) noexcept;

  void set_ready();
  void set_unready(std::string reason);
  void set_dead(std::string reason);

 private:
  struct State;
  friend class Health;
  void set(Condition condition, std::string reason);
  void leave();
  std::shared_ptr<State> state_;
};

// Any thread. Must outlive its components.
class Health {
 public:
  Health();
  ~Health();
  // ok unless a component is dead.
  HealthReport live() const;
  // ok when all components are ready.
  HealthReport ready() const;

 private:
  friend class HealthComponent;
  HealthReport report(bool readiness) const;
  struct Registered;
  std::shared_ptr<Registered> registered_;
};

// The process's.
Health& health();

}  // namespace gannet::observe
