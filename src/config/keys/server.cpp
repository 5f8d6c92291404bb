#include "config/keys/groups.h"

namespace gannet::config {
namespace {

constexpr Declaration kDeclarations[] = {
    {.key = "server.hostname",
     .sentence = "The name that this server calls itself in greetings, in Received fields and in its own "
                 "certificate.",
     .unset = "the system's host name",
     .old_names = "lookup.default.hostname"},
    {.key = "server.max-connections",
     .type = Type::kInteger,
     .sentence = "How many clients may be connected at once, on all listeners together.",
     .fallback = "8192",
     .range = "1..10000000"},
    {.key = "server.proxy.trusted-networks",
     .type = Type::kNetwork,
     .sentence = "Proxies that must start each connection with a PROXY protocol header (version 1 or 2), "
                 "which names the client.",
     .old_names = "server.proxy-trusted-networks",
     .list = true},
    {.key = "server.proxy.timeout",
     .type = Type::kDuration,
     .sentence = "How long a trusted proxy may take to send its header.",
     .fallback = "10s",
     .range = "1ms..1h"},
    {.key = "server.socket.reuse-addr",
     .type = Type::kBool,
     .sentence = "Whether a port may be bound while connections of a former process still close.",
     .fallback = "true"},
    {.key = "server.socket.reuse-port",
     .type = Type::kBool,
     .sentence = "Whether several processes may bind the same port.",
     .fallback = "false"},
    {.key = "server.socket.backlog",
     .type = Type::kInteger,
     .sentence = "How many clients may wait to be accepted on each address.",
     .fallback = "1024",
     .range = "1..65535"},
    {.key = "server.socket.nodelay",
     .type = Type::kBool,
     .sentence = "Whether replies are sent at once rather than gathered (TCP_NODELAY).",
     .fallback = "true"},
    {.key = "server.socket.ttl",
     .type = Type::kInteger,
     .sentence = "How many hops packets may take.",
     .unset = "the system's own",
     .range = "1..255"},
    {.key = "server.socket.linger",
     .type = Type::kDuration,
     .sentence = "How long a closed socket goes on sending what it holds.",
     .unset = "the system's own",
     .range = "0s..1h"},
    {.key = "server.socket.tos",
     .type = Type::kInteger,
     .sentence = "The type-of-service octet of packets.",
     .unset = "the system's own",
     .range = "0..255"},
    {.key = "server.socket.send-buffer-size",
     .type = Type::kSize,
     .sentence = "The kernel's buffer for what is sent, a connection.",
     .unset = "the system's own",
     .range = "1kb..1gb"},
    {.key = "server.socket.recv-buffer-size",
     .type = Type::kSize,
     .sentence = "The kernel's buffer for what is received, a connection.",
     .unset = "the system's own",
     .range = "1kb..1gb"},
    {.key = "server.outbox-size",
     .type = Type::kSize,
     .sentence = "How much unsent output a connection may gather before it is closed as too slow.",
     .fallback = "8mb",
     .range = "64kb..1gb"},
    {.key = "server.shutdown-timeout",
     .type = Type::kDuration,
     .sentence = "How long commands in hand may take to finish when the server stops.",
     .fallback = "10s",
     .range = "0s..10m"},
    {.key = "server.workers.threads",
     .type = Type::kInteger,
     .sentence = "Threads that do what blocks: stores, directories, delivery. They wait for disks more than "
                 "for processors.",
     .unset = "four a processor, at least 8",
     .range = "1..1024"},
    {.key = "server.workers.queue",
     .type = Type::kInteger,
     .sentence = "How many commands may wait for such a thread; when the queue is full, clients are told to "
                 "try again later.",
     .fallback = "4096",
     .range = "1..1000000"},
    {.key = "global.thread-pool",
     .type = Type::kInteger,
     .sentence = "Threads that serve connections, each with its own event loop.",
     .unset = "one a processor",
     .range = "1..1024"},
    {.key = "server.data-path",
     .type = Type::kPath,
     .sentence = "Folder for what the server keeps beside its stores, such as the certificate that it makes "
                 "for itself.",
     .unset = "nothing is kept; a self-made certificate lasts until the next start"},

    {.key = "server.run-as.user",
     .sentence = "Earlier: the user to become.",
     .instead = "start Gannet as that user (systemd: User=, and AmbientCapabilities=CAP_NET_BIND_SERVICE for "
                "low ports)"},
    {.key = "server.run-as.group",
     .sentence = "Earlier: the group to become.",
     .instead = "start Gannet as that group (systemd: Group=)"},
    {.key = "config.local-keys",
     .sentence = "Earlier: which keys the file may set.",
     .instead = "the file may set every key; what it sets counts, and the rest can be changed at run time",
     .list = true},
    {.key = "webadmin.path",
     .sentence = "Earlier: where the web interface was unpacked.",
     .instead = "the web interface is part of Gannet"},
    {.key = "webadmin.auto-update",
     .sentence = "Earlier: whether the web interface was downloaded.",
     .instead = "the web interface is part of Gannet; nothing is downloaded"},
    {.key = "enterprise.license-key",
     .sentence = "Earlier: a licence.",
     .instead = "every feature is free; leave it out"},
};

constexpr Declaration kClusterDeclarations[] = {
    {.key = "cluster.watch-interval",
     .type = Type::kDuration,
     .sentence = "How often this server looks whether another one that shares its data store has changed a "
                 "mailbox which a client here waits for in IDLE. It reads one key for each such account. Not "
                 "used with a data store that only one server can open.",
     .fallback = "500ms",
     .range = "10ms..1h",
     .off = true},
};

}  // namespace

constinit const Group kServerGroup = {
    "Server", "What concerns the whole process: its name, its limits, its sockets and its threads.",
    kDeclarations};

constinit const Group kClusterGroup = {
    "Cluster", "Several Gannets on one data store (`foundationdb`, `postgresql`, `mysql`).",
    kClusterDeclarations};

}  // namespace gannet::config
