// The end of DATA: a message and its envelope become mailbox changes and, for whoever is left, a queue entry,
// in one commit. What is answered 250 is on stable storage; what is not is nowhere.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mta/envelope.h"
#include "mta/services.h"
#include "smtp/reply.h"
#include "smtp/session_handler.h"

namespace gannet::mta {

class Queue;

struct AcceptanceOptions {
  bool each_recipient = false;      // LMTP: a reply for each recipient (RFC 2033 4.2)
  std::uint32_t max_received = 50;  // session.data.limits.received-headers
  bool add_received = true;         // session.data.add-headers.*
  bool add_date = false;
  bool add_message_id = false;
  bool remove_bcc = false;  // of what an own user submits
  bool check_loops = true;
  std::string hostname;
  Duration first_retry = std::chrono::minutes(2);  // queue.schedule.retry
  Duration expire = std::chrono::hours(24 * 5);    // queue.schedule.expire
};

struct AcceptanceOutcome {
  std::vector<smtp::Reply> replies;  // one, or one for each of the envelope's recipients
  bool queued = false;               // an entry was made: the worker has something to do
};

// One message on its way. References outlive it.
class Acceptance {
 public:
  Acceptance(const Services& services, Queue& queue, const smtp::SessionInfo& session,
             AcceptanceOptions options, const Envelope& envelope, std::string message);
  ~Acceptance();
  Acceptance(const Acceptance&) = delete;
  Acceptance& operator=(const Acceptance&) = delete;

  // On a worker's thread: all that may block. `done` is called once, by this thread or by the one that
  // commits, as its last use of this object; it must return at once.
  void run(std::move_only_function<void()> done);
  // What came of it; once, after `done`, on any thread. Does not block.
  AcceptanceOutcome outcome();

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

// The same in one call, which blocks until the commit.
AcceptanceOutcome accept_message(const Services& services, Queue& queue, const smtp::SessionInfo& session,
                                 const AcceptanceOptions& options, const Envelope& envelope,
                                 std::string message);

}  // namespace gannet::mta
