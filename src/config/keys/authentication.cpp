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
    {.key = "authentication.max-response",
     .type = Type::kSize,
     .sentence =
         "How long a line of an authentication exchange may be, in Base64. RFC 4954 asks for 12288 octets.",
     .fallback = "12kb",
     .range = "1kb..1mb"},
    {.key = "authentication.scram.enable",
     .type = Type::kBool,
     .sentence =
         "Whether the internal directory keeps a SCRAM-SHA-256 verifier beside the hash of a password, and "
         "clients may log in by SCRAM. An older account gets its verifier when it next logs in with its "
         "password in another way, or changes it.",
     .fallback = "true"},
    {.key = "authentication.scram.iterations",
     .type = Type::kInteger,
     .sentence = "What a new verifier costs whoever has stolen it, and each client at its login. Clients "
                 "that use Cyrus "
                 "SASL refuse more than 65536.",
     .fallback = "32768",
     .range = "4096..10000000"},
    {.key = "authentication.lookup-failure",
     .type = Type::kEnum,
     .sentence =
         "What happens to logins while the lookup store, which counts failures and used codes for all nodes, "
         "cannot be asked: `local`, each node counts for itself; `refuse`, clients are told to try again "
         "later where a count is needed.",
     .fallback = "local",
     .words = "local refuse"},
    {.key = "authentication.rate-limit",
     .type = Type::kRate,
     .sentence = "How many logins may fail from one address (IPv6: from one /64) in a time; beyond, its "
                 "clients are told "
                 "to try again later, and no password is checked. false: no limit.",
     .fallback = "10/1m",
     .off = true},
};

}  // namespace

constinit const Group kAuthenticationGroup = {
    "Authentication", "How logins are verified, whatever the protocol.", kDeclarations};

}  // namespace gannet::config
