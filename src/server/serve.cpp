#include "server/serve.h"

#include <cstdio>
#include <iostream>

#include "config/config.h"
#include "directory/directories.h"
#include "net/settings.h"
#include "net/signals.h"
#include "observe/log.h"
#include "server/logging.h"
#include "server/server.h"

namespace gannet::server {
namespace {

int report(const Error& error) {
  observe::flush_logs();
  std::cerr << "gannet: " << error.describe() << "\n";
  return 1;
}

// With the line of the file where it begins with a key.
int report(const Error& error, const config::Config& config) {
  const auto finding = config.error_of(error.describe());
  if (finding.line == 0) return report(error);
  observe::flush_logs();
  std::cerr << finding.text() << "\n";
  return 1;
}

// Before anything is opened: all that is wrong at once.
bool settings_hold(const config::Config& config) {
  auto wrong = net::check_settings(config);
  for (auto& text : directory::check_settings(config)) wrong.push_back(std::move(text));
  for (const auto& text : wrong) std::cerr << config.error_of(text).text() << "\n";
  return wrong.empty();
}

void print_listeners(const Server& server) {
  for (const auto& l : server.listening())
    std::cout << "  " << l.id << std::string(l.id.size() < 12 ? 12 - l.id.size() : 1, ' ') << l.protocol
              << (l.implicit_tls ? " (TLS)" : "") << " on " << l.endpoint.to_string() << "\n";
}

}  // namespace

int serve(const ServeOptions& options) {
  net::Signals signals;
  auto config = config::Config::load_file(options.config);
  if (!config) return report(config.error());
  for (const auto& warning : config->warnings()) std::cerr << warning.text() << "\n";
  if (!settings_hold(*config)) return 1;
  if (auto logging = start_logging(*config); !logging) return report(logging.error(), *config);

  Server server(*config);
  if (auto started = server.start(); !started) return report(started.error(), *config);
  observe::info("server.started", {{"config", options.config}, {"listeners", server.listening().size()}});
  if (options.print_listeners) {
    std::cout << "Gannet is listening:\n";
    print_listeners(server);
  }
  if (!options.ready_message.empty()) std::cout << options.ready_message << "\n";
  std::cout << std::flush;

  for (;;) {
    const auto signal = signals.wait(std::chrono::minutes(1));
    if (signal == net::Signal::kReload) server.reload(options.config);
    if (signal == net::Signal::kTerminate) break;
  }
  server.stop();
  observe::flush_logs();
  return 0;
}

}  // namespace gannet::server
