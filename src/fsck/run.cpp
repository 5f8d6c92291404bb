#include "fsck/run.h"

#include "fsck/account.h"
#include "fsck/errors.h"
#include "fsck/outside.h"

namespace gannet::fsck {

const char* to_string(Fate fate) {
  switch (fate) {
    case Fate::kFound:
      return "found";
    case Fate::kRepaired:
      return "repaired";
    case Fate::kLost:
      return "lost";
    case Fate::kUnchecked:
      return "unchecked";
  }
  return "unknown";
}

Result<void> run(const Context& context) {
  if (context.options.account) {
    context.listener.progress("accounts", 0, 1);
    TRY(check_account(context, *context.options.account));
    context.listener.progress("accounts", 1, 1);
    return {};
  }
  std::uint64_t done = 0;
  for (mailbox::AccountId from = 0;;) {
    if (context.listener.cancelled()) return fail(FsckError::kCancelled, "the check was cancelled");
    const auto account = TRY(next_account(context, from));
    if (!account) break;
    TRY(check_account(context, *account));
    context.listener.progress("accounts", ++done, 0);
    if (*account == UINT32_MAX) break;
    from = *account + 1;
  }
  for (const auto check : {check_queue, check_directory, check_blob_links, check_unknown_blobs,
                           check_indexing, check_search_index})
    TRY(check(context));
  return {};
}

}  // namespace gannet::fsck
