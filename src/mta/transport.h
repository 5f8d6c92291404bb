// The entry to this part: what server/ starts.
//
//   auto transport = TRY(mta::Transport::create(services));
//   edge.listen(options, transport->protocol("smtp", smtp::Protocol::kSmtp));
//   transport->start();   // works on the queue
//   ...
//   edge.drain(...); transport->stop();
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "mta/services.h"
#include "net/listener.h"
#include "smtp/session_handler.h"

namespace gannet::mta {

class Queue;
class QueueWorker;
class SessionRules;
struct Entry;
struct ReportSender;

// Any thread. Sessions hold it, so it lives as long as the last of them.
class Transport : public std::enable_shared_from_this<Transport> {
 public:
  // kInvalid names a setting that cannot be used.
  static Result<std::shared_ptr<Transport>> create(Services services);
  // stop()
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // What a listener of that id serves. The protocol's sessions follow the settings `session.*`.
  net::Protocol protocol(std::string listener_id, smtp::Protocol protocol);
  // The policy of one session, for a wire that comes from elsewhere.
  std::unique_ptr<smtp::SessionHandler> make_handler();

  // Begins to work on the queue, on a thread of its own. Idempotent, as stop() is, which ends the attempt in
  // hand.
  void start();
  void stop();

  const Services& services() const { return services_; }
  Queue& queue() { return *queue_; }
  QueueWorker& worker() { return *worker_; }
  const SessionRules& rules() const { return *rules_; }

 private:
  explicit Transport(Services services);
  ReportSender report_sender(const Entry& entry) const;

  Services services_;
  std::unique_ptr<SessionRules> rules_;
  std::unique_ptr<Queue> queue_;
  std::unique_ptr<QueueWorker> worker_;
};

}  // namespace gannet::mta
