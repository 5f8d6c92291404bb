#include "config/keys/groups.h"

namespace gannet::config {

std::vector<const Group*> all_groups() {
  return {&kServerGroup,   &kClusterGroup,        &kListenerGroup, &kCertificateGroup, &kStorageGroup,
          &kStoreGroup,    &kDirectoryGroup,      &kLookupGroup,   &kSessionGroup,     &kSessionDataGroup,
          &kQueueGroup,    &kMimeGroup,           &kImapGroup,     &kJmapGroup,        &kCacheGroup,
          &kResolverGroup, &kAuthenticationGroup, &kHttpGroup,     &kTelemetryGroup};
}

}  // namespace gannet::config
