// Works on the queue: tries again who waits, tells senders what became of their mail.
//
// An attempt is two commits at most beyond its claim, each of them whole:
//   1. the mailbox changes of everybody who could be served, with their removal from the entry
//   2. the notification in the sender's mailbox, with the removal of those that it reports
// A crash between them leaves an entry that says what is still to do (the lease ends, somebody claims it).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "mta/queue/queue.h"
#include "mta/services.h"

namespace gannet::mta {

// report.dsn.*: whom a notification is from.
struct ReportSender {
  std::string name, address;
};

struct WorkerOptions {
  std::vector<Duration> retry;   // queue.schedule.retry: the last one repeats
  std::vector<Duration> notify;  // queue.schedule.notify: how long after acceptance a delay is reported
  std::string hostname;
  std::function<ReportSender(const Entry&)> report_sender;  // for a notification about this entry
  Duration lease = std::chrono::minutes(5);
  Duration poll = std::chrono::seconds(30);  // how often other nodes' leases are looked at
};

class QueueWorker {
 public:
  // `services` and `queue` outlive it.
  QueueWorker(const Services& services, Queue& queue, WorkerOptions options);
  // stop()
  ~QueueWorker();
  QueueWorker(const QueueWorker&) = delete;
  QueueWorker& operator=(const QueueWorker&) = delete;

  // A thread of its own, until stop(), which waits for the attempt in hand. Any thread.
  void start();
  void stop();
  // An entry was made or became due earlier: look at once. Any thread.
  void notify();

  // Works on what is due now, at most `limit` entries; how many it had; none after stop(). For the thread,
  // and for tests.
  std::size_t run_due(std::size_t limit = 100);

 private:
  void run_thread();
  void wait_for_work();
  Result<> attempt(Queue::Claim claim);
  Result<> deliver(Queue::Claim& claim);
  Result<> report(Queue::Claim& claim);
  Result<> release(Queue::Claim& claim);
  // Tells the sender, and takes the claim to `after` in the same commit.
  Result<> send_report(Queue::Claim& claim, const Entry& after, const std::vector<QueuedRecipient>& reported,
                       bool delayed);
  Duration retry_wait(std::uint32_t attempts) const;
  std::optional<WallTime> next_notice(const Entry& entry) const;

  const Services& services_;
  Queue& queue_;
  const WorkerOptions options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool notified_ = false;
  std::thread thread_;
};

}  // namespace gannet::mta
