// A message as the index sees it.
//
// Its texts are those that IMAP's SEARCH looks at, made by the same functions: so what a word of them rules out
// no search can miss (docs/decisions/0012-words-without-context.md).
#pragma once

#include <cstdint>
#include <string_view>

#include "mime/limits.h"
#include "store/search_store.h"

namespace gannet::search {

struct DocumentOptions {
  mime::Limits mime;               // as the mailbox model's: mime.limits.*
  std::size_t max_text = 1 << 20;  // as TextOptions::max_document
};

// `content`: the blob. `trace`: header lines of this copy that stand in front of it. Whatever the octets are,
// they make a document.
store::SearchDocument document_of(std::uint32_t account, std::uint32_t document, std::string_view trace,
                                  std::string_view content, const DocumentOptions& options);

}  // namespace gannet::search
