#include "config/keys/groups.h"

namespace gannet::config {
namespace {

constexpr Declaration kDeclarations[] = {
    {.key = "certificate.<id>.cert",
     .type = Type::kPem,
     .sentence = "The certificate and its chain, the server's own first. A file, as file://PATH or "
                 "%{file:PATH}%, is read "
                 "again when it changes.",
     .required = true},
    {.key = "certificate.<id>.private-key",
     .type = Type::kPemKey,
     .sentence = "The key of the certificate.",
     .required = true},
    {.key = "certificate.<id>.subjects",
     .sentence = "Names that it serves besides those that it carries; *.example.org stands for one label.",
     .list = true},
    {.key = "certificate.<id>.default",
     .type = Type::kBool,
     .sentence = "Whether it serves clients that ask for no name, or for one that no certificate carries.",
     .fallback = "false"},
};

}  // namespace

constinit const Group kCertificateGroup = {
    "Certificates",
    "A table for each certificate; each client gets the one for the name that it asks for. With none set, "
    "Gannet makes one\n"
    "for `server.hostname` and signs it itself: enough to try it, not to serve strangers.",
    kDeclarations};

}  // namespace gannet::config
