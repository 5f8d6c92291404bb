// POST /api/account/NAME/mailboxes/ID/messages?since=UID: the body's frames are messages to store.
//
// A call may be made again when its answer was lost: a message that the mailbox holds already from the UID
// `since` on (the mailbox's next one before the first attempt) is told as "present" and not stored twice.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <map>

#include "http/api/mail_parts.h"
#include "http/json.h"
#include "mailbox/names.h"

namespace gannet::http {
namespace {

namespace json = boost::json;
using mailbox::MailboxError;

struct Frame {
  std::optional<mailbox::Uid> uid;
  WallTime received;
  std::vector<std::string> keywords;
  std::string_view content;
};

// Takes the next frame off `body`; nothing when it is malformed.
std::optional<Frame> take_frame(std::string_view& body) {
  const auto end = body.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  boost::system::error_code error;
  const auto value = json::parse({body.data(), end}, error);
  const auto* head = error ? nullptr : value.if_object();
  if (!head) return std::nullopt;
  body.remove_prefix(end + 1);
  const auto number = [&](const char* name) -> std::optional<std::int64_t> {
    const auto* found = head->if_contains(name);
    if (!found) return std::nullopt;
    boost::system::error_code wrong;
    const auto out = found->to_number<std::int64_t>(wrong);
    return wrong ? std::nullopt : std::optional(out);
  };
  const auto length = number("length"), received = number("received"), uid = number("uid");
  if (!length || !received || *length < 0 || static_cast<std::uint64_t>(*length) > body.size())
    return std::nullopt;
  Frame out{.uid = std::nullopt, .received = from_unix_ms(*received), .keywords = {}, .content = {}};
  if (uid && *uid > 0 && *uid < UINT32_MAX) out.uid = static_cast<mailbox::Uid>(*uid);
  if (const auto* keywords = head->if_contains("keywords"); keywords && keywords->is_array())
    for (const auto& keyword : keywords->get_array())
      if (keyword.is_string()) out.keywords.emplace_back(keyword.get_string());
  out.content = body.substr(0, static_cast<std::size_t>(*length));
  body.remove_prefix(out.content.size());
  return out;
}

// What a mailbox has from `since` on, by blob: each is matched once.
using Present = std::multimap<store::BlobId, mailbox::Uid>;

Result<Present> present_since(mailbox::Accounts& accounts, mailbox::AccountId account,
                              mailbox::MailboxId mailbox, mailbox::Uid since) {
  std::vector<mailbox::DocumentId> documents;
  std::vector<mailbox::Uid> uids;
  {
    const auto view = TRY(accounts.view(account));
    const auto lock = view->lock();
    view->for_each(mailbox, since, UINT32_MAX, [&](const mailbox::Entry& entry) {
      documents.push_back(entry.document);
      uids.push_back(entry.uid);
      return true;
    });
  }
  Present out;
  const auto records = TRY(accounts.messages(account, documents));
  for (std::size_t i = 0; i < records.size(); ++i)
    if (records[i]) out.emplace(records[i]->blob, uids[i]);
  return out;
}

class Import {
 public:
  Import(const MailService& service, const MailTarget& target, Present present)
      : service_(service), target_(target), present_(std::move(present)) {}

  void add(Frame frame) {
    if (const auto found = present_.find(store::BlobId::of(frame.content)); found != present_.end()) {
      results_.emplace_back(json::object{{"state", "present"}, {"uid", found->second}});
      present_.erase(found);
      return;
    }
    std::erase_if(frame.keywords, [](const std::string& name) {
      return !mailbox::system_keyword(name) && !mailbox::valid_keyword(name);
    });
    new_.push_back({.message = {frame.content, frame.received},
                    .destination = {.account = target_.principal.id,
                                    .quota = target_.principal.quota,
                                    .mailboxes = {target_.mailbox.id},
                                    .keywords = std::move(frame.keywords),
                                    .trace = {},
                                    .uid = frame.uid}});
    results_.emplace_back(nullptr);
  }

  // Stores what was added. The results end with the first message after which there is no use in going on.
  json::array finish() {
    const auto stored = service_.accounts->store_in_order(new_);
    auto next = stored.begin();
    for (std::size_t i = 0; i < results_.size(); ++i) {
      if (!results_[i].is_null()) continue;
      bool goes_on = true;
      results_[i] = told(*next++, goes_on);
      if (goes_on) continue;
      results_.resize(i + 1);
      break;
    }
    return std::move(results_);
  }

 private:
  static json::object told(const Result<mailbox::Stored>& stored, bool& goes_on) {
    if (stored && stored->stored) return {{"state", "stored"}, {"uid", stored->places.front().uid}};
    const Error error = stored ? *stored->error : stored.error();
    const bool full = error.is(MailboxError::kOverQuota);
    const bool later = error.is(MailboxError::kUnavailable);
    goes_on = !full && !later;
    return {{"state", full ? "overQuota" : later ? "unavailable" : "refused"}, {"reason", error.text()}};
  }

  const MailService& service_;
  const MailTarget& target_;
  Present present_;
  std::vector<mailbox::Accounts::Incoming> new_;
  json::array results_;  // null: of the next one in new_
};

}  // namespace

Response import_messages(const MailService& service, const Request& request) {
  const auto since = number_of(request, "since", 0, UINT32_MAX);
  if (!since) return error_response(400, "invalidProperties", "since is a UID.");
  const auto target = target_of(service, request);
  if (!target) return target.error();
  const std::lock_guard turn(service.turns->of(target->principal.id));
  Present present;
  if (*since != 0) {
    auto found = present_since(*service.accounts, target->principal.id, target->mailbox.id,
                               static_cast<mailbox::Uid>(*since));
    if (!found) return mail_failure(found.error());
    present = *std::move(found);
  }
  Import import(service, *target, std::move(present));
  std::string_view body = request.body;
  while (!body.empty()) {
    auto frame = take_frame(body);
    if (!frame)
      return error_response(
          400, "badRequest",
          "A frame is a line of JSON with \"received\" and \"length\", then so many octets.");
    import.add(*std::move(frame));
  }
  auto results = import.finish();
  const auto after = target_of(service, request);
  if (!after) return after.error();
  return data_response(json::object{{"uidNext", after->mailbox.uid_next}, {"messages", std::move(results)}});
}

}  // namespace gannet::http
