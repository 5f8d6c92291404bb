#include "server/logging.h"

#include <map>

#include "observe/log.h"
#include "observe/sinks.h"
#include "server/errors.h"

namespace gannet::server {
namespace {

observe::Level level_of(const std::string& name) {
  static const std::map<std::string, observe::Level> levels = {
      {"trace", observe::Level::kTrace}, {"debug", observe::Level::kDebug}, {"info", observe::Level::kInfo},
      {"warn", observe::Level::kWarn},   {"error", observe::Level::kError}, {"off", observe::Level::kOff}};
  auto found = levels.find(name);
  return found == levels.end() ? observe::Level::kInfo : found->second;
}

observe::TracerType type_of(const std::string& name) {
  if (name == "log") return observe::TracerType::kFile;
  if (name == "journal") return observe::TracerType::kJournal;
  return observe::TracerType::kConsole;
}

observe::Rotate rotate_of(const std::string& name) {
  if (name == "never") return observe::Rotate::kNever;
  if (name == "minutely") return observe::Rotate::kMinutely;
  if (name == "hourly") return observe::Rotate::kHourly;
  return observe::Rotate::kDaily;
}

observe::TracerSettings settings_of(const std::string& id, const config::Section& tracer) {
  observe::TracerSettings settings;
  settings.id = id;
  settings.type = type_of(tracer.string("type"));
  settings.level = level_of(tracer.string("level"));
  settings.format = tracer.string("format") == "json" ? observe::Format::kJson : observe::Format::kText;
  settings.ansi = tracer.flag("ansi");
  settings.buffered = tracer.flag("buffered");
  settings.lossy = tracer.flag("lossy");
  settings.path = tracer.string("path");
  settings.prefix = tracer.string("prefix");
  settings.rotate = rotate_of(tracer.string("rotate"));
  settings.keep = static_cast<std::size_t>(tracer.integer("keep"));
  settings.disabled_events = tracer.list("disabled-events");
  return settings;
}

}  // namespace

Result<void> start_logging(const config::Config& config) {
  std::vector<std::shared_ptr<observe::Sink>> sinks;
  for (const auto& id : config.ids("tracer")) {
    const auto tracer = config.at("tracer", id);
    if (tracer.flag("enable")) sinks.push_back(TRY(observe::make_sink(settings_of(id, tracer))));
  }
  if (!sinks.empty()) observe::set_sinks(std::move(sinks));
  return {};
}

}  // namespace gannet::server
