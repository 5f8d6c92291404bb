// The pages of the reference, a file each in this folder. To add a setting, add its declaration to the file of its
// section and run the tests with GANNET_WRITE_SETTINGS=1, which writes docs/settings.md anew.
#pragma once

#include <vector>

#include "config/declaration.h"

namespace gannet::config {

extern const Group kServerGroup;
extern const Group kClusterGroup;
extern const Group kListenerGroup;
extern const Group kCertificateGroup;
extern const Group kStorageGroup;
extern const Group kStoreGroup;
extern const Group kDirectoryGroup;
extern const Group kLookupGroup;
extern const Group kSessionGroup;
extern const Group kSessionDataGroup;
extern const Group kQueueGroup;
extern const Group kMimeGroup;
extern const Group kImapGroup;
extern const Group kJmapGroup;
extern const Group kCacheGroup;
extern const Group kResolverGroup;
extern const Group kAuthenticationGroup;
extern const Group kHttpGroup;
extern const Group kTelemetryGroup;

std::vector<const Group*> all_groups();

// A setting of the model, or all below a prefix, that no group declares. The longest prefix counts.
struct UndeclaredSettings {
  std::string_view prefix;   // a pattern, as Declaration::key
  std::string_view advice;   // what holds or what to use instead; may be empty
  bool gone = false;         // Gannet will not have it; else it is for a later version
  bool passed_over = false;  // accepted with a warning: whatever it says, the server runs as well without
};
std::span<const UndeclaredSettings> undeclared_settings();

}  // namespace gannet::config
