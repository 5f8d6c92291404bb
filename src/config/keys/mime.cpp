#include "config/keys/groups.h"

namespace gannet::config {
namespace {

constexpr Declaration kDeclarations[] = {
    {.key = "mime.limits.depth",
     .type = Type::kInteger,
     .sentence = "Multiparts and messages inside each other; what lies deeper is one opaque part.",
     .fallback = "32",
     .range = "1..256"},
    {.key = "mime.limits.parts",
     .type = Type::kInteger,
     .sentence = "Parts of a message; later ones belong to the last.",
     .fallback = "2000",
     .range = "1..1000000"},
    {.key = "mime.limits.headers",
     .type = Type::kInteger,
     .sentence = "Header fields of a message, all parts together.",
     .fallback = "10000",
     .range = "16..10000000"},
    {.key = "mime.limits.header-size",
     .type = Type::kSize,
     .sentence = "Octets of one header section that are looked at.",
     .fallback = "1mb",
     .range = "1kb..1gb"},
    {.key = "mime.limits.parameters",
     .type = Type::kInteger,
     .sentence = "Parameters of one Content-Type or Content-Disposition.",
     .fallback = "64",
     .range = "1..10000"},
    {.key = "mime.limits.addresses",
     .type = Type::kInteger,
     .sentence = "Addresses of a message's header, all fields together.",
     .fallback = "5000",
     .range = "1..1000000"},
};

}  // namespace

constinit const Group kMimeGroup = {"Message structure",
                                    "How much of a message's structure is looked at. What exceeds a limit "
                                    "stays in the message and is served as it is.",
                                    kDeclarations};

}  // namespace gannet::config
