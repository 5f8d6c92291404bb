#include "mta/acceptance.h"

#include <algorithm>
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

class Acceptance {
 public:
  Acceptance(const Services& services, Queue& queue, const smtp::SessionInfo& session,
             const AcceptanceOptions& options, const Envelope& envelope)
      : services_(services),
        queue_(queue),
        session_(session),
        options_(options),
        envelope_(envelope),
        accepted_(envelope.recipients.size(), false) {}

  AcceptanceOutcome run(std::string message);

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

  const Services& services_;
  Queue& queue_;
  const smtp::SessionInfo& session_;
  const AcceptanceOptions& options_;
  const Envelope& envelope_;
  WallTime now_ = services_.clock.now();
  std::string content_;
  std::vector<Slot> slots_;
  std::vector<mailbox::Destination> destinations_;
  std::vector<bool> accepted_;  // of each recipient
  bool queued_ = false;
};

AcceptanceOutcome Acceptance::refuse(const smtp::Reply& reply) const {
  AcceptanceOutcome outcome;
  outcome.replies.assign(options_.each_recipient ? envelope_.recipients.size() : 1, reply);
  return outcome;
}

std::string Acceptance::top_lines(const HeaderScan& scan) const {
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
void Acceptance::plan(const HeaderScan& scan) {
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
void Acceptance::judge(std::span<const mailbox::Stored> stored) {
  for (Slot& slot : slots_) {
    if (slot.destination != kNone) slot.reply = reply_for(stored[slot.destination]);
    if (slot.reply.positive()) accepted_[slot.recipient] = true;
  }
  if (!options_.each_recipient && any_accepted()) accepted_.assign(accepted_.size(), true);
}

QueuedRecipient Acceptance::queued(const Recipient& recipient) const {
  QueuedRecipient out;
  out.address = recipient.address;
  out.notify = recipient.notify;
  out.original_type = recipient.original_type;
  out.original_recipient = recipient.original_recipient;
  out.last_attempt = now_;
  return out;
}

Entry Acceptance::make_entry() const {
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
    for (const std::string& address : recipient.unreachable) {
      QueuedRecipient member = queued(recipient);
      member.address = address;
      add(std::move(member), RecipientState::kFailed,
          {550, {5, 7, 1}, "This server does not deliver to other servers yet"});
    }
    // RFC 3461 5.2.3: the sender wants to hear of success.
    if ((recipient.notify & smtp::kNotifySuccess) != 0)
      add(queued(recipient), RecipientState::kDelivered, {250, {2, 1, 5}, "Delivered"});
  }
  return entry;
}

// Called by the mailbox once it knows whom it can serve, and committed with that.
Result<store::WriteBatch> Acceptance::rest(std::span<const mailbox::Stored> stored) {
  // A commit that met a conflict is tried again from the start.
  accepted_.assign(accepted_.size(), false);
  queued_ = false;
  judge(stored);
  store::WriteBatch batch;
  Entry entry = make_entry();
  if (entry.recipients.empty()) return batch;
  entry.blob = store::BlobId::of(content_);
  queue_.enqueue(batch, entry);
  queued_ = true;
  return batch;
}

// Why nothing was stored for this recipient: what trying again may mend comes first.
smtp::Reply Acceptance::refusal(std::size_t recipient) const {
  smtp::Reply reply{550, {5, 1, 1}, "No mailbox takes the message"};
  bool found = false;
  for (const Slot& slot : slots_) {
    if (options_.each_recipient && slot.recipient != recipient) continue;
    if (!found || (slot.reply.transient() && reply.permanent())) reply = slot.reply;
    found = true;
  }
  return reply;
}

AcceptanceOutcome Acceptance::answer() const {
  AcceptanceOutcome outcome;
  outcome.queued = queued_;
  const std::size_t count = options_.each_recipient ? accepted_.size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const bool taken = i < accepted_.size() && accepted_[i];
    outcome.replies.push_back(taken ? smtp::Reply{250, {2, 0, 0}, "Accepted as " + format_id(envelope_.id)}
                                    : refusal(i));
  }
  return outcome;
}

AcceptanceOutcome Acceptance::run(std::string message) {
  const HeaderScan scan = scan_header(message);
  if (scan.received > options_.max_received)
    return refuse({554,
                   {5, 4, 6},
                   "Too many hops: the message has passed " + std::to_string(scan.received) +
                       " servers, more than the limit here"});
  content_ = compose(top_lines(scan), std::move(message), scan);
  plan(scan);
  if (destinations_.empty()) {
    judge({});
    return answer();
  }
  auto stored = services_.accounts->store({content_, now_}, destinations_,
                                          [this](std::span<const mailbox::Stored> s) { return rest(s); });
  if (!stored) {
    observe::warn("smtp.message-not-stored",
                  {{"session", session_.id}, {"id", format_id(envelope_.id)}, {"reason", stored.error()}});
    return refuse(reply_for(stored.error()));
  }
  return answer();
}

}  // namespace

AcceptanceOutcome accept_message(const Services& services, Queue& queue, const smtp::SessionInfo& session,
                                 const AcceptanceOptions& options, const Envelope& envelope,
                                 std::string message) {
  static const auto accepted = observe::counter("gannet_smtp_messages_total", "Messages received, by outcome",
                                                {{"outcome", "accepted"}});
  static const auto refused = observe::counter("gannet_smtp_messages_total", "Messages received, by outcome",
                                               {{"outcome", "refused"}});
  const std::size_t size = message.size();
  AcceptanceOutcome outcome = Acceptance(services, queue, session, options, envelope).run(std::move(message));
  const bool taken = std::ranges::any_of(outcome.replies, [](const auto& reply) { return reply.positive(); });
  (taken ? accepted : refused).add();
  if (observe::enabled(observe::Level::kInfo)) {
    observe::info(taken ? "smtp.message-accepted" : "smtp.message-refused",
                  {{"session", session.id},
                   {"id", format_id(envelope.id)},
                   {"remote-ip", session.peer.ip.to_string()},
                   {"from", envelope.sender},
                   {"recipients", envelope.recipients.size()},
                   {"size", size},
                   {"queued", outcome.queued},
                   {"reply", outcome.replies.empty() ? std::string() : outcome.replies.front().to_string()}});
  }
  return outcome;
}

}  // namespace gannet::mta
