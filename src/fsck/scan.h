// Paged scans.
#pragma once

#include <utility>

#include "fsck/errors.h"
#include "fsck/run.h"
#include "store/data_store.h"

namespace gannet::fsck {

inline constexpr std::size_t kPageItems = 2000;

// Calls `visit` with each item of a range; it answers a Result<void>. kCancelled between two pages.
template <typename F>
Result<void> for_each(const Context& context, store::Reader& reader, store::Range range, F&& visit) {
  range.max_items = kPageItems;
  for (;;) {
    if (context.listener.cancelled()) return fail(FsckError::kCancelled, "the check was cancelled");
    const store::Page page = TRY(reader.scan(range));
    for (const auto& item : page.items) TRY(visit(item));
    if (!page.more) return {};
    range = store::next_range(range, page);
  }
}

// Calls `visit` with a page of a range at a time.
template <typename F>
Result<void> for_each_page(const Context& context, store::Reader& reader, store::Range range, F&& visit) {
  range.max_items = kPageItems;
  for (;;) {
    if (context.listener.cancelled()) return fail(FsckError::kCancelled, "the check was cancelled");
    const store::Page page = TRY(reader.scan(range));
    if (!page.items.empty()) TRY(visit(page.items));
    if (!page.more) return {};
    range = store::next_range(range, page);
  }
}

}  // namespace gannet::fsck
