#include "config/keys/groups.h"

namespace gannet::config {
namespace {

constexpr Declaration kDeclarations[] = {
    {.key = "imap.request.max-size",
     .type = Type::kSize,
     .sentence = "The largest command, with its literals.",
     .fallback = "52428800",
     .range = "64kb.."},
    {.key = "imap.request.max-line-size",
     .type = Type::kSize,
     .sentence = "The longest line of a command.",
     .fallback = "64kb",
     .range = "8000..16mb"},
    {.key = "imap.request.max-anonymous-size",
     .type = Type::kSize,
     .sentence = "The largest command of a client that has not logged in.",
     .fallback = "16kb",
     .range = "1kb..16mb"},
    {.key = "imap.request.max-errors",
     .type = Type::kInteger,
     .sentence = "How many wrong commands in a row end a session.",
     .fallback = "50",
     .range = "1..100000"},
    {.key = "imap.auth.max-failures",
     .type = Type::kInteger,
     .sentence = "How many failed logins end a session.",
     .fallback = "3",
     .range = "1..100000"},
    {.key = "imap.auth.mechanisms",
     .type = Type::kEnum,
     .sentence =
         "The ways to log in that AUTHENTICATE offers, as far as the directory and the connection can serve "
         "them. `scram` is SCRAM-SHA-256 and, under TLS, SCRAM-SHA-256-PLUS; `external` needs a client "
         "certificate.",
     .fallback = "scram, external, plain, login",
     .words = "plain login scram external",
     .list = true},
    {.key = "imap.auth.allow-plain-text",
     .type = Type::kBool,
     .sentence = "Whether a password may be sent without TLS.",
     .fallback = "false"},
    {.key = "imap.timeout.authenticated",
     .type = Type::kDuration,
     .sentence = "How long a client that has logged in may stay silent. RFC 9051 asks for 30 minutes.",
     .fallback = "30m",
     .range = "1s..30d"},
    {.key = "imap.timeout.anonymous",
     .type = Type::kDuration,
     .sentence = "How long a client may take to log in, whatever else it sends meanwhile.",
     .fallback = "1m",
     .range = "1s..1d"},
    {.key = "imap.timeout.idle",
     .type = Type::kDuration,
     .sentence = "How long IDLE may last.",
     .fallback = "30m",
     .range = "1s..30d"},
    {.key = "imap.rate-limit.requests",
     .type = Type::kRate,
     .sentence = "How many commands a session may send in a time. Off, since clients that synchronise send "
                 "many and the workers' queue is bounded.",
     .unset = "no limit",
     .off = true},
    {.key = "imap.rate-limit.concurrent",
     .type = Type::kInteger,
     .sentence = "How many sessions an account may have at once.",
     .unset = "no limit",
     .range = "1..1000000",
     .off = true},
    {.key = "imap.protocol.uidplus",
     .type = Type::kBool,
     .sentence = "Earlier: whether UIDPLUS is offered.",
     .instead = "UIDPLUS is always offered"},
};

}  // namespace

constinit const Group kImapGroup = {"IMAP", "What holds for IMAP sessions.", kDeclarations};

}  // namespace gannet::config
