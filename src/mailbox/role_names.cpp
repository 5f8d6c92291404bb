#include "mailbox/role_names.h"

#include <array>
#include <utility>

namespace gannet::mailbox {
namespace {

constexpr std::array kRoles = {
    std::pair{Role::kNone, std::string_view("")},
    std::pair{Role::kInbox, std::string_view("inbox")},
    std::pair{Role::kArchive, std::string_view("archive")},
    std::pair{Role::kDrafts, std::string_view("drafts")},
    std::pair{Role::kJunk, std::string_view("junk")},
    std::pair{Role::kSent, std::string_view("sent")},
    std::pair{Role::kTrash, std::string_view("trash")},
    std::pair{Role::kImportant, std::string_view("important")},
};

}  // namespace

std::string_view role_text(Role role) {
  for (const auto& [known, text] : kRoles)
    if (known == role) return text;
  return "";
}

Role role_of(std::string_view text) {
  for (const auto& [role, known] : kRoles)
    if (known == text) return role;
  return Role::kNone;
}

}  // namespace gannet::mailbox
