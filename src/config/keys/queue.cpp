#include "config/keys/groups.h"

namespace gannet::config {
namespace {

constexpr Declaration kDeclarations[] = {
    {.key = "queue.schedule.retry",
     .type = Type::kDuration,
     .sentence = "How long to wait after each failed attempt; the last one counts from then on.",
     .fallback = "2m, 5m, 10m, 15m, 30m, 1h, 2h",
     .range = "1s..30d",
     .list = true},
    {.key = "queue.schedule.notify",
     .type = Type::kDuration,
     .sentence = "After which times the sender is told that the message is delayed.",
     .fallback = "1d, 3d",
     .range = "1m..365d",
     .list = true},
    {.key = "queue.schedule.expire",
     .type = Type::kDuration,
     .sentence = "When to give up and send the message back. RFC 5321 asks for four to five days.",
     .fallback = "5d",
     .range = "1m..365d"},
    {.key = "report.dsn.from-name",
     .sentence = "Whom a notification of what became of a message names as its sender.",
     .fallback = "'Mail Delivery Subsystem'",
     .expression = true},
    {.key = "report.dsn.from-address",
     .sentence = "That one's address.",
     .unset = "MAILER-DAEMON@ and server.hostname",
     .expression = true},
    {.key = "queue.path",
     .sentence = "Earlier: the folder of the queue.",
     .instead = "the queue lies in storage.data"},
    {.key = "queue.hash",
     .type = Type::kInteger,
     .sentence = "Earlier: how many folders the queue was spread over.",
     .instead = "the queue lies in storage.data"},
    {.key = "report.path",
     .sentence = "Earlier: the folder of reports.",
     .instead = "reports lie in storage.data"},
    {.key = "report.hash",
     .type = Type::kInteger,
     .sentence = "Earlier: how many folders reports were spread over.",
     .instead = "reports lie in storage.data"},
};

}  // namespace

constinit const Group kQueueGroup = {"Queue", "When mail that could not be delivered is tried again.",
                                     kDeclarations};

}  // namespace gannet::config
