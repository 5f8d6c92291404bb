// The sinks that tracer.<id>.* describes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "observe/log.h"

namespace gannet::observe {

enum class ObserveError { kInvalid, kUnavailable };
constexpr const char* error_domain(ObserveError) {
  return "observe";
}

enum class TracerType { kConsole, kFile, kJournal };
enum class Format { kText, kJson };
enum class Rotate { kNever, kMinutely, kHourly, kDaily };

// One tracer.<id> table; server/ fills it from the settings.
struct TracerSettings {
  std::string id;
  TracerType type = TracerType::kConsole;
  Level level = Level::kInfo;
  Format format = Format::kText;
  // Colours in a file, or on standard error when it is a terminal.
  bool ansi = false;
  // true: events wait in memory and a thread of its own writes them. false: written before emit() returns.
  bool buffered = true;
  // With buffered: drop the oldest events when they come faster than they are written, instead of waiting.
  bool lossy = false;
  // kFile: folder, and start of the name: `<path>/<prefix>.2026-01-02.log`, or `<prefix>.log` when it never
  // rotates.
  std::string path;
  std::string prefix = "gannet";
  Rotate rotate = Rotate::kDaily;
  // kFile: how many rotated files to keep; 0 keeps all.
  std::size_t keep = 0;
  // Ids of events that this sink drops; a trailing * matches any rest.
  std::vector<std::string> disabled_events;
};

// kUnavailable when a log file cannot be written (the text names the tracer, the detail the path).
Result<std::shared_ptr<Sink>> make_sink(const TracerSettings& settings);

}  // namespace gannet::observe
