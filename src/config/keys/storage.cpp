#include "config/keys/groups.h"

namespace gannet::config {
namespace {

constexpr Declaration kDeclarations[] = {
    {.key = "storage.data",
     .sentence =
         "The store for everything but large objects: folders, message metadata, accounts, the queue.",
     .old_names = "jmap.store.data",
     .refers = "store",
     .required = true},
    {.key = "storage.blob",
     .sentence = "The store for large objects: messages, Sieve scripts, files.",
     .inherits = "storage.data",
     .old_names = "jmap.store.blob",
     .refers = "store"},
    {.key = "storage.fts",
     .sentence = "The store for the full-text index.",
     .inherits = "storage.data",
     .old_names = "jmap.store.fts",
     .refers = "store"},
    {.key = "storage.lookup",
     .sentence = "The store for what lives a while: counters, reputations, grey lists, locks.",
     .inherits = "storage.data",
     .old_names = "jmap.store.lookup",
     .refers = "store"},
    {.key = "storage.directory",
     .sentence = "The directory that knows who exists and who may log in, where nothing else is said.",
     .old_names = "jmap.directory management.directory",
     .refers = "directory",
     .required = true},
    {.key = "storage.full-text.default-language",
     .sentence = "The language of text that does not tell its own, by its ISO 639-1 code.",
     .fallback = "en",
     .old_names = "storage.fts.default-language"},
    {.key = "storage.full-text.max-text-size",
     .type = Type::kSize,
     .sentence = "How much text of a message is indexed; searches look into a message that has more.",
     .fallback = "1mb",
     .range = "1kb..64mb"},
    {.key = "storage.full-text.max-word-size",
     .type = Type::kInteger,
     .sentence = "Octets of a word that are indexed; searches look into a message that has a longer one.",
     .fallback = "250",
     .range = "16..250"},
    {.key = "storage.full-text.threads",
     .type = Type::kInteger,
     .sentence = "How many threads index messages.",
     .fallback = "1",
     .range = "1..64"},
    {.key = "storage.full-text.batch-size",
     .type = Type::kInteger,
     .sentence = "Messages of an account that are indexed together, at most.",
     .fallback = "1000",
     .range = "1..10000"},
    {.key = "storage.full-text.interval",
     .type = Type::kDuration,
     .sentence = "How often to look for messages that another node has received and not indexed.",
     .fallback = "10s",
     .range = "100ms..1h"},
    {.key = "storage.full-text.lease",
     .type = Type::kDuration,
     .sentence = "For how long a node that indexes an account keeps other nodes from doing so.",
     .fallback = "2m",
     .range = "10s..1h"},
    {.key = "storage.migration.in-flight",
     .type = Type::kInteger,
     .sentence =
         "How many messages `gannet store migrate` copies at once: a bucket answers each after tens of "
         "milliseconds. Each takes a connection of a store's pool.",
     .fallback = "8",
     .range = "1..64"},
};

}  // namespace

constinit const Group kStorageGroup = {"Roles of stores",
                                       "Which store and which directory does what. A store may have several "
                                       "roles; with the embedded RocksDB it has all four.",
                                       kDeclarations};

}  // namespace gannet::config
