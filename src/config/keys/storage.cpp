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
};

}  // namespace

constinit const Group kStorageGroup = {"Roles of stores",
                                       "Which store and which directory does what. A store may have several "
                                       "roles; with the embedded RocksDB it has all four.",
                                       kDeclarations};

}  // namespace gannet::config
