#include "mta/acceptance.h"

#include <algorithm>
#include <future>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

#include "base/unicode.h"
#include "mime/date.h"
#include "mime/message_id.h"
#include "mta/header_scan.h"
#include "mta/local_delivery.h"
#include "mta/queue/queue.h"
#include "mta/received.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace gannet::mta {
namespace {

constexpr std::size_t kNone = SIZE_MAX;

// One account of one recipient.
struct Slot {
  std::size_t recipient;
  const Target* target;
  std::size_t destination = kNone;  // kNone: refused before anything was stored
  smtp::Reply reply;
};

}  // namespace

class Acceptance::Work {
 public:
  Work(const Services& services, Queue& queue, const smtp::SessionInfo& session, AcceptanceOptions options,
       const Envelope& envelope, std::string message)
      : services_(services),
        queue_(queue),
        session_(session),
        options_(std::move(options)),
        envelope_(envelope),
        size_(message.size()),
        content_(std::move(message)),
        accepted_(envelope.recipients.size(), false) {}

  // False: there is nothing to store.
  bool prepare();
  void store_later(std::move_only_function<void()> done) {
    services_.accounts->store_later({content_, now_}, destinations_, extra(),
                                    [this, done = std::move(done)](auto stored) mutable {
                                      finish(std::move(stored));
                                      done();
                                    });
  }
  void finish(Result<std::vector<mailbox::Stored>> stored) {
    if (!stored) failure_ = std::move(stored).error();
  }
  AcceptanceOutcome outcome() const;

 private:
  AcceptanceOutcome refuse(const smtp::Reply& reply) const;
  std::string top_lines(const HeaderScan& scan) const;
  void plan(const HeaderScan& scan);
  void judge(std::span<const mailbox::Stored> stored);
  bool any_accepted() const { return std::ranges::find(accepted_, true) != accepted_.end(); }
  Result<store::WriteBatch> rest(std::span<const mailbox::Stored> stored);
  Entry make_entry() const;
  QueuedRecipient queued(const Recipient& recipient) const;
  smtp::Reply refusal(std::size_t recipient) const;
  AcceptanceOutcome answer() const;
  void tell_each() const;
  mailbox::Accounts::Extra extra() {
    return [this](std::span<const mailbox::Stored> stored) { return rest(stored); };
  }

  const Services& services_;
  Queue& queue_;
  const smtp::SessionInfo& session_;
  const AcceptanceOptions options_;
  const Envelope& envelope_;
  const std::size_t size_;  // as it came
  WallTime now_ = services_.clock.now();
  std::string content_;
  std::vector<Slot> slots_;
  std::vector<mailbox::Destination> destinations_;
  std::vector<bool> accepted_;           // of each recipient
  std::vector<QueuedRecipient> queued_;  // who went to the queue
  std::optional<smtp::Reply> refusal_;   // of the whole message, before anything was stored
  std::optional<Error> failure_;
};

AcceptanceOutcome Acceptance::Work::refuse(const smtp::Reply& reply) const {
  AcceptanceOutcome outcome;
  outcome.replies.assign(options_.each_recipient ? envelope_.recipients.size() : 1, reply);
  return outcome;
}

std::string Acceptance::Work::top_lines(const HeaderScan& scan) const {
  std::string top;
  if (options_.add_received) {
    ReceivedFacts facts;
    facts.hostname = options_.hostname;
    const std::string id = format_id(envelope_.id);
    facts.id = id;
    if (envelope_.recipients.size() == 1) facts.recipient = envelope_.recipients.front().address;
    facts.utf8 = envelope_.utf8;
    facts.time = now_;
    top = received_header(session_, facts);
  }
  // RFC 6409 8: a submission server completes what the client left out.
  if (options_.add_date && !scan.date) top += "Date: " + mime::format_date(now_) + "\r\n";
  if (options_.add_message_id && !scan.message_id)
    top +=
        "Message-ID: " + mime::make_message_id(services_.clock, services_.random, options_.hostname) + "\r\n";
  return top;
}

// Which accounts get a copy: each one, however many of the recipients lead to it.
void Acceptance::Work::plan(const HeaderScan& scan) {
  std::unordered_map<directory::AccountId, std::size_t> seen;
  for (std::size_t i = 0; i < envelope_.recipients.size(); ++i) {
    for (const Target& target : envelope_.recipients[i].targets) {
      Slot slot{i, &target, kNone, {}};
      const bool loops = options_.check_loops && std::ranges::any_of(scan.delivered_to, [&](const auto& was) {
                           return equal_ignoring_ascii_case(was, target.delivered_to);
                         });
      if (loops) {
        slot.reply = {554, {5, 4, 6}, "The message was already delivered to this recipient: a mail loop"};
      } else {
        const auto [place, fresh] = seen.try_emplace(target.account, destinations_.size());
        if (fresh) destinations_.push_back(destination(target, envelope_.sender));
        slot.destination = place->second;
      }
      slots_.push_back(std::move(slot));
    }
  }
}

// RFC 2033 4.2 answers each recipient for itself, SMTP all of them at once: a recipient is refused only when
// nothing of what its answer covers was stored.
void Acceptance::Work::judge(std::span<const mailbox::Stored> stored) {
  for (Slot& slot : slots_) {
    if (slot.destination != kNone) slot.reply = reply_for(stored[slot.destination]);
    if (slot.reply.positive()) accepted_[slot.recipient] = true;
  }
  if (!options_.each_recipient && any_accepted()) accepted_.assign(accepted_.size(), true);
}

QueuedRecipient Acceptance::Work::queued(const Recipient& recipient) const {
  QueuedRecipient out;
  out.address = recipient.address;
  out.notify = recipient.notify;
  out.original_type = recipient.original_type;
  out.original_recipient = recipient.original_recipient;
  out.last_attempt = now_;
  return out;
}

Entry Acceptance::Work::make_entry() const {
  Entry entry;
  entry.id = envelope_.id;
  entry.created = now_;
  entry.due = now_ + options_.first_retry;
  entry.expires = now_ + options_.expire;
  entry.sender = envelope_.sender;
  entry.envelope_id = envelope_.envelope_id;
  entry.ret = envelope_.ret;
  entry.utf8 = envelope_.utf8;
  entry.size = content_.size();
  const auto add = [&](QueuedRecipient recipient, RecipientState state, smtp::Reply reply) {
    recipient.state = state;
    recipient.last = std::move(reply);
    if (state != RecipientState::kWaiting) entry.due = now_;
    entry.recipients.push_back(std::move(recipient));
  };
  for (const Slot& slot : slots_) {
    if (!accepted_[slot.recipient] || slot.reply.positive()) continue;
    QueuedRecipient recipient = queued(envelope_.recipients[slot.recipient]);
    recipient.account = slot.target->account;
    recipient.delivered_to = slot.target->delivered_to;
    add(std::move(recipient), slot.reply.permanent() ? RecipientState::kFailed : RecipientState::kWaiting,
        slot.reply);
  }
  for (std::size_t i = 0; i < envelope_.recipients.size(); ++i) {
    const Recipient& recipient = envelope_.recipients[i];
    if (!accepted_[i]) continue;
    const auto fail_members = [&](const std::vector<std::string>& members, const smtp::Reply& reply) {
      for (const std::string& address : members) {
        QueuedRecipient member = queued(recipient);
        member.address = address;
        add(std::move(member), RecipientState::kFailed, reply);
      }
    };
    fail_members(recipient.elsewhere, {550, {5, 7, 1}, "This server does not deliver to other servers yet"});
    fail_members(recipient.dead,
                 {550, {5, 1, 1}, "This member of " + recipient.address + " does not exist any more"});
    // RFC 3461 5.2.3: the sender wants to hear of success.
    if ((recipient.notify & smtp::kNotifySuccess) != 0)
      add(queued(recipient), RecipientState::kDelivered, {250, {2, 1, 5}, "Delivered"});
  }
  return entry;
}

// Called by the mailbox once it knows whom it can serve, and committed with that.
Result<store::WriteBatch> Acceptance::Work::rest(std::span<const mailbox::Stored> stored) {
  // A commit that met a conflict is tried again from the start.
  accepted_.assign(accepted_.size(), false);
  queued_.clear();
  judge(stored);
  store::WriteBatch batch;
  Entry entry = make_entry();
  if (entry.recipients.empty()) return batch;
  entry.blob = store::BlobId::of(content_);
  queue_.enqueue(batch, entry);
  queued_ = std::move(entry.recipients);
  return batch;
}

// Why nothing was stored for this recipient: what trying again may mend comes first.
smtp::Reply Acceptance::Work::refusal(std::size_t recipient) const {
  smtp::Reply reply{550, {5, 1, 1}, "No mailbox takes the message"};
  bool found = false;
  for (const Slot& slot : slots_) {
    if (options_.each_recipient && slot.recipient != recipient) continue;
    if (!found || (slot.reply.transient() && reply.permanent())) reply = slot.reply;
    found = true;
  }
  return reply;
}

AcceptanceOutcome Acceptance::Work::answer() const {
  AcceptanceOutcome outcome;
  outcome.queued = !queued_.empty();
  const std::size_t count = options_.each_recipient ? accepted_.size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const bool taken = i < accepted_.size() && accepted_[i];
    outcome.replies.push_back(taken ? smtp::Reply{250, {2, 0, 0}, "Accepted as " + format_id(envelope_.id)}
                                    : refusal(i));
  }
  return outcome;
}

bool Acceptance::Work::prepare() {
  const HeaderScan scan = scan_header(content_);
  if (scan.received > options_.max_received) {
    refusal_ = {554,
                {5, 4, 6},
                "Too many hops: the message has passed " + std::to_string(scan.received) +
                    " servers, more than the limit here"};
    return false;
  }
  content_ = compose(top_lines(scan), std::move(content_), scan,
                     options_.remove_bcc ? Blind::kTakenOut : Blind::kKept);
  plan(scan);
  if (!destinations_.empty()) return true;
  judge({});
  return false;
}

// What became of each recipient's mail: an account each of a list.
void Acceptance::Work::tell_each() const {
  if (refusal_) return;
  for (const Slot& slot : slots_) {
    const smtp::Reply reply = failure_ ? reply_for(*failure_) : slot.reply;
    const bool waits = !failure_ && accepted_[slot.recipient] && reply.transient();
    observe::info(reply.positive() ? "smtp.recipient-delivered"
                  : waits          ? "smtp.recipient-queued"
                                   : "smtp.recipient-failed",
                  {{"session", session_.id},
                   {"id", format_id(envelope_.id)},
                   {"from", envelope_.sender},
                   {"to", envelope_.recipients[slot.recipient].address},
                   {"delivered-to", slot.target->delivered_to},
                   {"account", slot.target->account},
                   {"reply", reply.to_string()}});
  }
  if (!failure_)
    for (const QueuedRecipient& recipient : queued_)
      if (recipient.account == 0 && recipient.state == RecipientState::kFailed)
        observe::info("smtp.recipient-failed", {{"session", session_.id},
                                                {"id", format_id(envelope_.id)},
                                                {"from", envelope_.sender},
                                                {"to", recipient.address},
                                                {"reply", recipient.last.to_string()}});
}

AcceptanceOutcome Acceptance::Work::outcome() const {
  static const auto accepted = observe::counter("gannet_smtp_messages_total", "Messages received, by outcome",
                                                {{"outcome", "accepted"}});
  static const auto refused = observe::counter("gannet_smtp_messages_total", "Messages received, by outcome",
                                               {{"outcome", "refused"}});
  if (failure_)
    observe::warn("smtp.message-not-stored",
                  {{"session", session_.id}, {"id", format_id(envelope_.id)}, {"reason", *failure_}});
  AcceptanceOutcome outcome = refusal_   ? refuse(*refusal_)
                              : failure_ ? refuse(reply_for(*failure_))
                                         : answer();
  const bool taken = std::ranges::any_of(outcome.replies, [](const auto& reply) { return reply.positive(); });
  (taken ? accepted : refused).add();
  if (observe::enabled(observe::Level::kInfo)) {
    observe::info(taken ? "smtp.message-accepted" : "smtp.message-refused",
                  {{"session", session_.id},
                   {"id", format_id(envelope_.id)},
                   {"remote-ip", session_.peer.ip.to_string()},
                   {"from", envelope_.sender},
                   {"recipients", envelope_.recipients.size()},
                   {"size", size_},
                   {"queued", outcome.queued},
                   {"reply", outcome.replies.empty() ? std::string() : outcome.replies.front().to_string()}});
    tell_each();
  }
  return outcome;
}

Acceptance::Acceptance(const Services& services, Queue& queue, const smtp::SessionInfo& session,
                       AcceptanceOptions options, const Envelope& envelope, std::string message)
    : work_(std::make_unique<Work>(services, queue, session, std::move(options), envelope,
                                   std::move(message))) {}
Acceptance::~Acceptance() = default;

void Acceptance::run(std::move_only_function<void()> done) {
  if (!work_->prepare()) return done();
  work_->store_later(std::move(done));
}

AcceptanceOutcome Acceptance::outcome() {
  return work_->outcome();
}

AcceptanceOutcome accept_message(const Services& services, Queue& queue, const smtp::SessionInfo& session,
                                 const AcceptanceOptions& options, const Envelope& envelope,
                                 std::string message) {
  Acceptance acceptance(services, queue, session, options, envelope, std::move(message));
  std::promise<void> done;
  auto told = done.get_future();
  acceptance.run([done = std::move(done)]() mutable { done.set_value(); });
  told.wait();
  return acceptance.outcome();
}

}  // namespace gannet::mta
