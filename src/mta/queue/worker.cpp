#include "mta/queue/worker.h"

#include <algorithm>
#include <utility>

#include "mta/dsn.h"
#include "mta/errors.h"
#include "mta/local_delivery.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace gannet::mta {
namespace {

bool waits(const QueuedRecipient& recipient) {
  return recipient.state == RecipientState::kWaiting;
}

// RFC 3461 4.1: without NOTIFY a failure is reported and so may a delay be.
bool wants(const QueuedRecipient& recipient, smtp::Notify what) {
  if (recipient.notify == 0) return what != smtp::kNotifySuccess;
  return (recipient.notify & what) != 0;
}

// What an attempt to serve the waiting recipients comes to.
struct Attempt {
  std::vector<std::size_t> recipients;  // their places in the entry, one a destination
  std::vector<mailbox::Destination> destinations;
};

// What an attempt came to for each recipient that it tried.
void tell_each(const Entry& entry, const std::vector<QueuedRecipient>& tried) {
  for (const QueuedRecipient& recipient : tried)
    observe::info(recipient.state == RecipientState::kDelivered ? "queue.recipient-delivered"
                  : recipient.state == RecipientState::kFailed  ? "queue.recipient-failed"
                                                                : "queue.recipient-waits",
                  {{"id", format_id(entry.id)},
                   {"from", entry.sender},
                   {"to", recipient.address},
                   {"delivered-to", recipient.delivered_to},
                   {"account", recipient.account},
                   {"attempt", entry.attempts},
                   {"reply", recipient.last.to_string()}});
}

std::string addresses(const std::vector<QueuedRecipient>& recipients) {
  std::string out;
  for (const QueuedRecipient& recipient : recipients) out += (out.empty() ? "" : " ") + recipient.address;
  return out;
}

}  // namespace

QueueWorker::QueueWorker(const Services& services, Queue& queue, WorkerOptions options)
    : services_(services), queue_(queue), options_(std::move(options)) {}

QueueWorker::~QueueWorker() {
  stop();
}

void QueueWorker::start() {
  std::lock_guard lock(mutex_);
  if (thread_.joinable()) return;
  stopping_ = false;
  thread_ = std::thread([this] { run_thread(); });
}

void QueueWorker::stop() {
  std::thread thread;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    thread = std::move(thread_);
  }
  wake_.notify_all();
  if (thread.joinable()) thread.join();
}

void QueueWorker::notify() {
  {
    std::lock_guard lock(mutex_);
    notified_ = true;
  }
  wake_.notify_all();
}

void QueueWorker::run_thread() {
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      notified_ = false;
    }
    if (services_.stores.data->writable() && run_due() != 0) continue;
    wait_for_work();
  }
}

void QueueWorker::wait_for_work() {
  Duration wait = options_.poll;
  if (auto next = queue_.next_due(); next && *next)
    wait = std::clamp<Duration>(**next - services_.clock.now(), std::chrono::seconds(1), options_.poll);
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, wait, [this] { return stopping_ || notified_; });
}

std::size_t QueueWorker::run_due(std::size_t limit) {
  auto due = queue_.due(limit);
  if (!due) {
    observe::error("queue.unreadable", {{"reason", due.error()}});
    return 0;
  }
  std::size_t worked = 0;
  for (const Queue::Due& item : *due) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    auto claim = queue_.claim(item.id, services_.node, options_.lease);
    if (!claim) {
      observe::error("queue.entry-unreadable", {{"id", format_id(item.id)}, {"reason", claim.error()}});
      continue;
    }
    if (!*claim) continue;
    ++worked;
    if (auto done = attempt(std::move(**claim)); !done)
      observe::warn("queue.attempt-failed", {{"id", format_id(item.id)}, {"reason", done.error()}});
  }
  return worked;
}

Result<> QueueWorker::attempt(Queue::Claim claim) {
  TRY(deliver(claim));
  if (!claim.entry.recipients.empty()) TRY(report(claim));
  if (!claim.entry.recipients.empty()) TRY(release(claim));
  return {};
}

Result<> QueueWorker::deliver(Queue::Claim& claim) {
  const WallTime now = services_.clock.now();
  Entry after = claim.entry;
  Attempt attempt;
  for (std::size_t i = 0; i < after.recipients.size(); ++i) {
    QueuedRecipient& recipient = after.recipients[i];
    if (!waits(recipient)) continue;
    recipient.last_attempt = now;
    auto principal = services_.directories.standard->find_by_id(recipient.account);
    if (!principal) {
      recipient.last = {451, {4, 4, 3}, "The directory does not answer"};
    } else if (!*principal) {
      recipient.last = {550, {5, 1, 1}, "The account is no longer there"};
      recipient.state = RecipientState::kFailed;
    } else {
      attempt.recipients.push_back(i);
      attempt.destinations.push_back(
          destination({recipient.account, (*principal)->quota, recipient.delivered_to}, after.sender));
    }
  }
  if (std::ranges::none_of(claim.entry.recipients, waits)) return {};
  ++after.attempts;

  std::vector<QueuedRecipient> tried;
  // What the entry is after this attempt, given who was stored.
  const auto settle = [&](std::span<const mailbox::Stored> stored) {
    Entry settled = after;
    for (std::size_t i = 0; i < stored.size(); ++i) {
      QueuedRecipient& recipient = settled.recipients[attempt.recipients[i]];
      recipient.last = reply_for(stored[i]);
      if (recipient.last.positive()) recipient.state = RecipientState::kDelivered;
      if (recipient.last.permanent()) recipient.state = RecipientState::kFailed;
    }
    for (QueuedRecipient& recipient : settled.recipients) {
      if (!waits(recipient) || now < settled.expires) continue;
      recipient.state = RecipientState::kFailed;
      recipient.last = {550, {5, 4, 7}, "Given up after trying for too long: " + recipient.last.text};
    }
    tried.clear();
    for (std::size_t i = 0; i < settled.recipients.size(); ++i)
      if (waits(claim.entry.recipients[i])) tried.push_back(settled.recipients[i]);
    std::erase_if(settled.recipients, [](const QueuedRecipient& recipient) {
      return recipient.state == RecipientState::kDelivered && !wants(recipient, smtp::kNotifySuccess);
    });
    return settled;
  };

  Entry settled;
  if (attempt.destinations.empty()) {
    TRY(queue_.commit(claim, settle({})));
    tell_each(claim.entry, tried);
    return {};
  }
  const std::string content = TRY(queue_.content(claim.entry));
  const mailbox::IncomingMessage message{content, claim.entry.created};
  auto stored =
      services_.accounts->store(message, attempt.destinations,
                                [&](std::span<const mailbox::Stored> outcome) -> Result<store::WriteBatch> {
                                  TRY(queue_.check(claim));
                                  settled = settle(outcome);
                                  store::WriteBatch batch;
                                  queue_.settle(batch, claim, settled);
                                  return batch;
                                });
  if (!stored) return std::unexpected(std::move(stored).error());
  claim.record = encode(settled);
  claim.entry = std::move(settled);
  tell_each(claim.entry, tried);
  observe::info("queue.attempted", {{"id", format_id(claim.entry.id)},
                                    {"attempt", claim.entry.attempts},
                                    {"tried", attempt.destinations.size()},
                                    {"left", claim.entry.recipients.size()}});
  return {};
}

std::optional<WallTime> QueueWorker::next_notice(const Entry& entry) const {
  if (entry.notices >= options_.notify.size()) return std::nullopt;
  return entry.created + options_.notify[entry.notices];
}

Result<> QueueWorker::report(Queue::Claim& claim) {
  Entry after = claim.entry;
  std::vector<QueuedRecipient> reported;
  for (const QueuedRecipient& recipient : after.recipients) {
    const bool failed = recipient.state == RecipientState::kFailed && wants(recipient, smtp::kNotifyFailure);
    const bool delivered = recipient.state == RecipientState::kDelivered;
    if (failed || delivered) reported.push_back(recipient);
  }
  const bool ended = std::ranges::any_of(after.recipients, std::not_fn(waits));
  std::erase_if(after.recipients, std::not_fn(waits));
  if (ended) TRY(send_report(claim, after, reported, false));

  const auto notice = next_notice(claim.entry);
  if (claim.entry.recipients.empty() || !notice || *notice > services_.clock.now()) return {};
  std::vector<QueuedRecipient> delayed;
  for (const QueuedRecipient& recipient : claim.entry.recipients)
    if (wants(recipient, smtp::kNotifyDelay)) delayed.push_back(recipient);
  after = claim.entry;
  ++after.notices;
  return send_report(claim, after, delayed, true);
}

Result<> QueueWorker::send_report(Queue::Claim& claim, const Entry& after,
                                  const std::vector<QueuedRecipient>& reported, bool delayed) {
  // RFC 5321 6.1: no notification answers the null path.
  if (reported.empty() || claim.entry.sender.empty()) return queue_.commit(claim, after);
  auto sender = TRY(services_.directories.standard->resolve(claim.entry.sender, {}));
  std::vector<mailbox::Destination> destinations;
  for (const directory::Principal& account : sender.accounts)
    destinations.push_back(destination({account.id, 0, claim.entry.sender}, ""));
  if (destinations.empty()) {
    observe::warn("queue.report-undeliverable",
                  {{"id", format_id(claim.entry.id)},
                   {"sender", claim.entry.sender},
                   {"recipients", addresses(reported)},
                   {"reason", "the sender is elsewhere, and this server does not deliver to others yet"}});
    return queue_.commit(claim, after);
  }
  const std::string original = TRY(queue_.content(claim.entry));
  DsnFacts facts;
  facts.hostname = options_.hostname;
  auto from = options_.report_sender(claim.entry);
  facts.from_name = std::move(from.name);
  facts.from_address = std::move(from.address);
  facts.delayed = delayed;
  facts.will_retry_until = claim.entry.expires;
  const std::string dsn =
      write_dsn(claim.entry, reported, original, facts, services_.clock, services_.random);
  auto stored = services_.accounts->store({dsn, services_.clock.now()}, destinations,
                                          [&](std::span<const mailbox::Stored>) -> Result<store::WriteBatch> {
                                            TRY(queue_.check(claim));
                                            store::WriteBatch batch;
                                            queue_.settle(batch, claim, after);
                                            return batch;
                                          });
  if (!stored) return std::unexpected(std::move(stored).error());
  claim.record = encode(after);
  claim.entry = after;
  for (const mailbox::Stored& one : *stored)
    if (!one.stored)
      observe::warn("queue.report-lost",
                    {{"id", format_id(after.id)}, {"reason", reply_for(one).to_string()}});
  return {};
}

Duration QueueWorker::retry_wait(std::uint32_t attempts) const {
  const std::size_t place =
      std::min<std::size_t>(std::max<std::uint32_t>(attempts, 1), options_.retry.size()) - 1;
  return options_.retry[place];
}

// Gives the entry back until it is due again.
Result<> QueueWorker::release(Queue::Claim& claim) {
  Entry after = claim.entry;
  after.holder.clear();
  after.due = std::min(services_.clock.now() + retry_wait(after.attempts), after.expires);
  if (const auto notice = next_notice(after)) after.due = std::min(after.due, *notice);
  return queue_.commit(claim, after);
}

}  // namespace gannet::mta
