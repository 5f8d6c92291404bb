#include "observe/health.h"

#include <fmt/format.h>

#include <algorithm>

namespace gannet::observe {

struct HealthComponent::State {
  std::shared_ptr<Health::Registered> home;
  ComponentHealth health;
};

struct Health::Registered {
  std::mutex mutex;
  std::vector<std::shared_ptr<HealthComponent::State>> components;
};

namespace {

// Reasons are our own words and error texts: quotes and control characters only need to be safe.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(static_cast<unsigned char>(c) < ' ' ? ' ' : c);
  }
  return out + '"';
}

std::string_view condition_name(Condition condition) {
  switch (condition) {
    case Condition::kReady:
      return "ready";
    case Condition::kUnready:
      return "unready";
    case Condition::kDead:
      return "dead";
  }
  return "dead";
}

}  // namespace

HealthComponent::HealthComponent(Health& health, std::string name) : state_(std::make_shared<State>()) {
  state_->home = health.registered_;
  state_->health = {std::move(name), Condition::kUnready, "starting"};
  std::lock_guard lock(state_->home->mutex);
  state_->home->components.push_back(state_);
}

HealthComponent::~HealthComponent() {
  leave();
}

HealthComponent& HealthComponent::operator=(HealthComponent&& other) noexcept {
  if (this != &other) {
    leave();
    state_ = std::move(other.state_);
  }
  return *this;
}

void HealthComponent::leave() {
  if (!state_) return;
  {
    std::lock_guard lock(state_->home->mutex);
    std::erase(state_->home->components, state_);
  }
  state_.reset();
}

void HealthComponent::set_ready() {
  set(Condition::kReady, "");
}
void HealthComponent::set_unready(std::string reason) {
  set(Condition::kUnready, std::move(reason));
}
void HealthComponent::set_dead(std::string reason) {
  set(Condition::kDead, std::move(reason));
}

void HealthComponent::set(Condition condition, std::string reason) {
  if (!state_) return;
  std::lock_guard lock(state_->home->mutex);
  state_->health.condition = condition;
  state_->health.reason = std::move(reason);
}

Health::Health() : registered_(std::make_shared<Registered>()) {}
Health::~Health() = default;

HealthReport Health::report(bool readiness) const {
  HealthReport out{true, {}};
  std::lock_guard lock(registered_->mutex);
  for (const auto& component : registered_->components) {
    const auto condition = component->health.condition;
    if (condition == Condition::kDead || (readiness && condition != Condition::kReady)) out.ok = false;
    out.components.push_back(component->health);
  }
  std::ranges::sort(out.components, {}, &ComponentHealth::name);
  return out;
}

HealthReport Health::live() const {
  return report(false);
}
HealthReport Health::ready() const {
  return report(true);
}

std::string HealthReport::json() const {
  std::string out = fmt::format(R"({{"status":"{}","components":{{)", ok ? "ok" : "failed");
  for (std::size_t i = 0; i < components.size(); ++i) {
    const auto& component = components[i];
    out += fmt::format(R"({}{}:{{"status":"{}")", i ? "," : "", quoted(component.name),
                       condition_name(component.condition));
    if (!component.reason.empty()) out += fmt::format(R"(,"reason":{})", quoted(component.reason));
    out += '}';
  }
  return out + "}}";
}

Health& health() {
  static Health& instance = *new Health;
  return instance;
}

}  // namespace gannet::observe
