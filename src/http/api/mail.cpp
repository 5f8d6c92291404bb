#include "http/api/mail.h"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "http/api/mail_parts.h"
#include "http/json.h"
#include "mailbox/role_names.h"
#include "observe/log.h"

namespace gannet::http {
namespace {

namespace json = boost::json;
using mailbox::MailboxError;

json::object to_json(const mailbox::Mailbox& mailbox) {
  return {{"id", mailbox.id},
          {"path", mailbox.path},
          {"role", mailbox::role_text(mailbox.role)},
          {"subscribed", mailbox.subscribed},
          {"uidValidity", mailbox.uid_validity},
          {"uidNext", mailbox.uid_next},
          {"messages", mailbox.messages},
          {"bytes", mailbox.bytes}};
}

Response list(const MailService& service, const Request& request) {
  const auto principal = account_of(service, request);
  if (!principal) return principal.error();
  const auto view = service.accounts->view(principal->id);
  if (!view) return mail_failure(view.error());
  json::array out;
  const auto lock = (*view)->lock();
  for (const auto* mailbox : (*view)->mailboxes()) out.push_back(to_json(*mailbox));
  return data_response(std::move(out));
}

// What a mailbox is to be, as a body says; absent fields leave it as it is.
struct Wanted {
  std::string path;
  mailbox::Role role = mailbox::Role::kNone;
  bool subscribed = false;
  bool continues = false;  // an import has begun, and its messages are there
  std::uint32_t uid_validity = 0, first_uid = 0;
};

std::optional<Wanted> wanted_of(const json::value& body) {
  const auto* object = body.if_object();
  const auto* path = object ? object->if_contains("path") : nullptr;
  if (!path || !path->is_string()) return std::nullopt;
  Wanted out{.path = std::string(path->get_string())};
  if (const auto* role = object->if_contains("role"); role && role->is_string())
    out.role = mailbox::role_of(role->get_string());
  if (const auto* subscribed = object->if_contains("subscribed"); subscribed && subscribed->is_bool())
    out.subscribed = subscribed->get_bool();
  if (const auto* continues = object->if_contains("continues"); continues && continues->is_bool())
    out.continues = continues->get_bool();
  for (auto [name, number] :
       {std::pair("uidValidity", &out.uid_validity), std::pair("firstUid", &out.first_uid)})
    if (const auto* value = object->if_contains(name)) {
      boost::system::error_code error;
      *number = value->to_number<std::uint32_t>(error);
      if (error) return std::nullopt;
    }
  return out;
}

Result<mailbox::Mailbox> find_or_create(mailbox::Accounts& accounts, mailbox::AccountId account,
                                        const Wanted& wanted) {
  {
    const auto view = TRY(accounts.view(account));
    const auto lock = view->lock();
    if (const auto* known = view->find_mailbox(wanted.path)) return *known;
  }
  auto made = accounts.create_mailbox(account, wanted.path, wanted.role);
  // Another mailbox has the role: the name counts more.
  if (!made && made.error().is(MailboxError::kExists) && wanted.role != mailbox::Role::kNone)
    made = accounts.create_mailbox(account, wanted.path);
  return made;
}

Response prepare(const MailService& service, const Request& request) {
  const auto principal = account_of(service, request);
  if (!principal) return principal.error();
  const auto body = parse_body(request);
  if (!body) return body.error();
  const auto wanted = wanted_of(*body);
  if (!wanted)
    return error_response(400, "invalidProperties",
                          "The body is {\"path\": ..., \"role\": ..., \"subscribed\": true, \"uidValidity\": "
                          "N, \"firstUid\": N}.");
  auto mailbox = find_or_create(*service.accounts, principal->id, *wanted);
  if (!mailbox) return mail_failure(mailbox.error());
  if (wanted->subscribed && !mailbox->subscribed) {
    if (auto done = service.accounts->set_subscribed(principal->id, wanted->path, true); !done)
      return mail_failure(done.error());
    mailbox->subscribed = true;
  }
  bool keeps = false;
  // A mailbox of the same UIDVALIDITY may be another all the same: two that were made in the same second.
  const bool untouched = mailbox->messages == 0 && mailbox->uid_next <= wanted->first_uid;
  if (wanted->uid_validity != 0 && wanted->first_uid != 0 && (untouched || wanted->continues)) {
    auto adopted =
        service.accounts->adopt_uids(principal->id, mailbox->id, wanted->uid_validity, wanted->first_uid);
    if (adopted)
      mailbox = std::move(adopted);
    else if (!adopted.error().is(MailboxError::kDenied))
      return mail_failure(adopted.error());
    keeps = mailbox->uid_validity == wanted->uid_validity;
  }
  auto out = to_json(*mailbox);
  out.emplace("keepsUids", keeps);
  return data_response(std::move(out));
}

}  // namespace

Response mail_failure(const Error& error) {
  if (error.is(MailboxError::kNotFound)) return error_response(404, "notFound", error.text());
  if (error.is(MailboxError::kExists)) return error_response(409, "alreadyExists", error.text());
  if (error.is(MailboxError::kInvalid)) return error_response(400, "invalidProperties", error.text());
  if (error.is(MailboxError::kLimit)) return error_response(400, "limit", error.text());
  if (error.is(MailboxError::kOverQuota)) return error_response(400, "overQuota", error.text());
  return response_for(error);
}

std::expected<directory::Principal, Response> account_of(const MailService& service, const Request& request) {
  const std::string& name = request.captures.at(0);
  auto found = service.directory->find(name);
  if (!found) return std::unexpected(response_for(found.error()));
  if (!*found || (*found)->id == 0)
    return std::unexpected(error_response(404, "notFound", "There is no account " + name + "."));
  return **std::move(found);
}

std::expected<MailTarget, Response> target_of(const MailService& service, const Request& request) {
  auto principal = account_of(service, request);
  if (!principal) return std::unexpected(principal.error());
  const std::string& text = request.captures.at(1);
  mailbox::MailboxId id = 0;
  std::from_chars(text.data(), text.data() + text.size(), id);
  const auto view = service.accounts->view(principal->id);
  if (!view) return std::unexpected(mail_failure(view.error()));
  const auto lock = (*view)->lock();
  const auto* mailbox = (*view)->find_mailbox(id);
  if (!mailbox)
    return std::unexpected(error_response(404, "notFound", "There is no such mailbox (any more)."));
  return MailTarget{*std::move(principal), *mailbox};
}

std::optional<std::uint64_t> number_of(const Request& request, const char* name, std::uint64_t standard,
                                       std::uint64_t most) {
  const auto text = request.parameter(name);
  if (text.empty()) return standard;
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out > most) return std::nullopt;
  return out;
}

void add_mail_routes(Router& router, MailService service) {
  const auto shared = std::make_shared<const MailService>(std::move(service));
  const auto add = [&](const char* method, const char* path,
                       Response (*handler)(const MailService&, const Request&)) {
    router.add(method, path, Access::kAdmin,
               [shared, handler](const Request& request) { return handler(*shared, request); });
  };
  add("GET", "/api/account/{}/mailboxes", &list);
  add("PUT", "/api/account/{}/mailboxes", &prepare);
  add("GET", "/api/account/{}/mailboxes/{}/messages", &export_messages);
  add("POST", "/api/account/{}/mailboxes/{}/messages", &import_messages);
}

}  // namespace gannet::http
