#include "cli/options.h"

namespace gannet::cli {

void add_api_options(CLI::App& command, ApiLogin& login, bool& json) {
  command.add_option("--url", login.url, "The server: http://127.0.0.1:8080, or GANNET_URL");
  command.add_option("--user", login.user,
                     "An administrator's login, or GANNET_USER; the password is in "
                     "GANNET_PASSWORD, or asked for");
  command.add_flag("--insecure", login.insecure, "Take any TLS certificate");
  command.add_flag("--json", json, "Print JSON");
}

}  // namespace gannet::cli
