#include "mta/transport.h"

#include "mta/errors.h"
#include "mta/inbound_session.h"
#include "mta/queue/worker.h"
#include "smtp/session.h"

namespace gannet::mta {

Transport::Transport(Services services)
    : services_(std::move(services)),
      rules_(std::make_unique<SessionRules>(services_.config)),
      queue_(std::make_unique<Queue>(services_.stores, services_.clock, services_.random)) {
  WorkerOptions options;
  options.retry = rules_->retry();
  options.notify = rules_->notify();
  options.hostname = rules_->hostname();
  options.from_name = "Mail Delivery Subsystem";
  options.from_address = "MAILER-DAEMON@" + rules_->hostname();
  worker_ = std::make_unique<QueueWorker>(services_, *queue_, std::move(options));
}

Transport::~Transport() {
  stop();
}

Result<std::shared_ptr<Transport>> Transport::create(Services services) {
  std::shared_ptr<Transport> transport(new Transport(std::move(services)));
  if (transport->rules_->retry().empty())
    return fail(MtaError::kInvalid, "queue.schedule.retry needs one duration at least");
  return transport;
}

net::Protocol Transport::protocol(std::string listener_id, smtp::Protocol protocol) {
  (void)listener_id;  // a session knows its listener; expressions name it
  net::Protocol out;
  out.name = protocol == smtp::Protocol::kLmtp ? "lmtp" : "smtp";
  out.refusal = "421 4.3.2 " + rules_->hostname() + " has too many connections: try again later\r\n";
  // The factory outlives the transport's other owners: its sessions need it to the end.
  out.run_session = [self = shared_from_this(), protocol](std::unique_ptr<net::Connection> connection) {
    return smtp::run_session(std::move(connection), protocol, self->make_handler(), &self->services_.clock);
  };
  return out;
}

std::unique_ptr<smtp::SessionHandler> Transport::make_handler() {
  return std::make_unique<InboundSession>(shared_from_this());
}

void Transport::start() {
  worker_->start();
}

void Transport::stop() {
  worker_->stop();
}

}  // namespace gannet::mta
