#include "config/keys/groups.h"

namespace gannet::config {
namespace {

constexpr Declaration kDeclarations[] = {
    {.key = "resolver.type",
     .type = Type::kEnum,
     .sentence = "Which DNS servers are asked: those of the system, a public service, or resolver.custom. "
                 "`-tls` asks by TLS.",
     .fallback = "system",
     .words = "system cloudflare cloudflare-tls quad9 quad9-tls google custom"},
    {.key = "resolver.custom",
     .type = Type::kUrl,
     .sentence = "The servers for type custom: udp://IP:PORT, tcp://IP:PORT or tls://IP:PORT.",
     .list = true},
    {.key = "resolver.preserve-intermediates",
     .type = Type::kBool,
     .sentence = "Whether the CNAMEs on the way belong to the answer.",
     .fallback = "true"},
    {.key = "resolver.concurrency",
     .type = Type::kInteger,
     .sentence = "How many servers are asked at once.",
     .fallback = "2",
     .range = "1..64"},
    {.key = "resolver.timeout",
     .type = Type::kDuration,
     .sentence = "How long to wait for an answer.",
     .fallback = "5s",
     .range = "10ms..10m"},
    {.key = "resolver.attempts",
     .type = Type::kInteger,
     .sentence = "How often to ask.",
     .fallback = "2",
     .range = "1..100"},
    {.key = "resolver.try-tcp-on-error",
     .type = Type::kBool,
     .sentence = "Whether to ask again by TCP when UDP fails.",
     .fallback = "true"},
    {.key = "resolver.public-suffix",
     .sentence = "Earlier: where the list of public suffixes was downloaded.",
     .instead = "the list comes with the system (package publicsuffix)",
     .list = true},
};

}  // namespace

constinit const Group kResolverGroup = {"DNS",
                                        "How names are looked up. When the system's servers cannot be read "
                                        "from /etc/resolv.conf, that is an error: no other\n"
                                        "service is asked in their place.",
                                        kDeclarations};

}  // namespace gannet::config
