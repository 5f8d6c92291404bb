#include "config/keys/groups.h"

namespace gannet::config {
namespace {

constexpr Declaration kDeclarations[] = {
    {.key = "authentication.fallback-admin.user",
     .sentence =
         "An administrator who exists in no directory: the way in when a directory cannot be reached."},
    {.key = "authentication.fallback-admin.secret",
     .type = Type::kSecret,
     .sentence =
         "The hash of that administrator's password, as `gannet password hash` prints it, or the password."},
    {.key = "authentication.master.user",
     .sentence = "A user whose password opens every account, with the login name USER%MASTER."},
    {.key = "authentication.master.secret",
     .type = Type::kSecret,
     .sentence = "The hash of that password, or the password."},
    {.key = "authentication.cache.ttl",
     .type = Type::kDuration,
     .sentence = "How long a login that was verified need not be verified again; 0s to verify each.",
     .fallback = "1m",
     .range = "0s..1d"},
    {.key = "authentication.cache.entries",
     .type = Type::kInteger,
     .sentence = "How many such logins are remembered.",
     .fallback = "10000",
     .range = "1..100000000"},
    {.key = "authentication.max-concurrent",
     .type = Type::kInteger,
     .sentence = "How many passwords are verified at once; each takes authentication.argon2.memory.",
     .fallback = "8",
     .range = "1..1024"},
    {.key = "authentication.max-wait",
     .type = Type::kDuration,
     .sentence = "How long a login waits for its turn before the client is told to try again later.",
     .fallback = "10s",
     .range = "100ms..10m"},
    {.key = "authentication.argon2.memory",
     .type = Type::kSize,
     .sentence = "Memory that hashing a new password takes (Argon2id).",
     .fallback = "19mb",
     .range = "8mb..4gb"},
    {.key = "authentication.argon2.iterations",
     .type = Type::kInteger,
     .sentence = "Passes over that memory.",
     .fallback = "2",
     .range = "1..1000"},
    {.key = "authentication.argon2.lanes",
     .type = Type::kInteger,
     .sentence = "Lanes of that memory.",
     .fallback = "1",
     .range = "1..64"},
    {.key = "authentication.rate-limit",
     .type = Type::kRate,
     .sentence = "Earlier: how many logins an address may try.",
     .instead = "session.auth.errors.* and imap.auth.max-failures bound a session"},
};

}  // namespace

constinit const Group kAuthenticationGroup = {
    "Authentication", "How logins are verified, whatever the protocol.", kDeclarations};

}  // namespace gannet::config
