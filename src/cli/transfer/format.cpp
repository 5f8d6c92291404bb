#include "cli/transfer/format.h"

#include "cli/errors.h"

namespace gannet::cli {

boost::json::object to_json(const MailboxFacts& mailbox) {
  return {{"path", mailbox.path},
          {"role", mailbox.role},
          {"subscribed", mailbox.subscribed},
          {"uidValidity", mailbox.uid_validity},
          {"uidNext", mailbox.uid_next},
          {"messages", mailbox.messages},
          {"place", mailbox.place}};
}

Result<MailboxFacts> mailbox_from(const boost::json::value& value) {
  const auto* object = value.if_object();
  const auto* path = object ? object->if_contains("path") : nullptr;
  if (!path || !path->is_string()) return fail(CliError::kFile, "A mailbox without a path was named.");
  const auto text = [&](const char* name) {
    const auto* found = object->if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
  };
  const auto number = [&](const char* name) -> std::uint64_t {
    const auto* found = object->if_contains(name);
    boost::system::error_code error;
    const auto out = found ? found->to_number<std::uint64_t>(error) : 0;
    return error ? 0 : out;
  };
  MailboxFacts out;
  out.id = static_cast<std::uint32_t>(number("id"));
  out.path = text("path");
  out.role = text("role");
  out.place = text("place");
  const auto* subscribed = object->if_contains("subscribed");
  out.subscribed = subscribed && subscribed->is_bool() && subscribed->get_bool();
  out.uid_validity = static_cast<std::uint32_t>(number("uidValidity"));
  out.uid_next = static_cast<Uid>(number("uidNext"));
  out.messages = number("messages");
  return out;
}

}  // namespace gannet::cli
