#include "config/keys/groups.h"

namespace gannet::config {
namespace {

constexpr Declaration kDeclarations[] = {
    {.key = "server.http.url",
     .sentence = "The address at which clients reach this server.",
     .fallback = "protocol + '://' + config_get('server.hostname') + ':' + local_port",
     .old_names = "http.url",
     .expression = true},
    {.key = "server.http.headers",
     .sentence = "Header fields added to every response, as `Name: value`.",
     .old_names = "http.headers jmap.http.headers",
     .list = true},
    {.key = "server.http.hsts",
     .type = Type::kBool,
     .sentence = "Whether browsers are told to use TLS only (RFC 6797).",
     .fallback = "false",
     .old_names = "http.hsts"},
    {.key = "server.http.permissive-cors",
     .type = Type::kBool,
     .sentence = "Whether pages of any origin may use the API.",
     .fallback = "false",
     .old_names = "http.permissive-cors"},
    {.key = "server.http.use-x-forwarded",
     .type = Type::kBool,
     .sentence =
         "Whether a proxy stands before this server and names the client: the last address in the field of "
         "server.http.forwarded-field that is not one of server.http.trusted-proxies.",
     .fallback = "false",
     .old_names = "http.use-x-forwarded"},
    {.key = "server.http.forwarded-field",
     .type = Type::kEnum,
     .sentence =
         "The field in which the proxy names the client: X-Forwarded-For, or Forwarded (RFC 7239). The other "
         "one is not read, since it may be the client's own.",
     .fallback = "x-forwarded-for",
     .words = "x-forwarded-for forwarded"},
    {.key = "server.http.trusted-proxies",
     .type = Type::kNetwork,
     .sentence = "The proxies that are believed. Without any, it is whoever connects, so that nobody but the "
                 "proxy may "
                 "reach the port.",
     .list = true},
    {.key = "server.http.allow-plain-text",
     .type = Type::kBool,
     .sentence = "Whether a password is taken over HTTP without TLS. From loopback it always is, and where "
                 "server.http.use-x-forwarded says that a proxy stands before this server.",
     .fallback = "false"},
    {.key = "server.http.timeout",
     .type = Type::kDuration,
     .sentence = "How long a client may stay silent, and how long a request may take to come in.",
     .fallback = "1m",
     .range = "1s..1d"},
    {.key = "server.http.max-body-size",
     .type = Type::kSize,
     .sentence = "The largest request body.",
     .fallback = "50mb",
     .range = "64kb.."},
    {.key = "server.http.max-header-size",
     .type = Type::kSize,
     .sentence = "The largest request header.",
     .fallback = "64kb",
     .range = "4kb..16mb"},
};

}  // namespace

constinit const Group kHttpGroup = {"HTTP", "What holds for the HTTP server.", kDeclarations};

}  // namespace gannet::config
