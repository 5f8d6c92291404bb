#include "mta/transport.h"

#include "mta/envelope.h"
#include "mta/environment.h"
#include "mta/errors.h"
#include "mta/inbound_session.h"
#include "mta/queue/worker.h"
#include "observe/log.h"
#include "smtp/session.h"

namespace gannet::mta {
namespace {

// What report.dsn.* may name: whose message it was, and how long it has waited.
class EntryVariables final : public config::Variables {
 public:
  explicit EntryVariables(const Entry& entry) : entry_(entry) {}
  config::Value get(config::Variable variable) const override {
    using enum config::Variable;
    switch (variable) {
      case kSender:
        return entry_.sender;
      case kSenderDomain:
        return domain_of(entry_.sender);
      case kSize:
        return static_cast<std::int64_t>(entry_.size);
      case kRetryNum:
        return static_cast<std::int64_t>(entry_.attempts);
      case kNotifyNum:
        return static_cast<std::int64_t>(entry_.notices);
      default:
        return {};
    }
  }

 private:
  const Entry& entry_;
};

}  // namespace

Transport::Transport(Services services)
    : services_(std::move(services)),
      rules_(std::make_unique<SessionRules>(services_.config)),
      queue_(std::make_unique<Queue>(services_.stores, services_.clock, services_.random)) {
  WorkerOptions options;
  options.retry = rules_->retry();
  options.notify = rules_->notify();
  options.hostname = rules_->hostname();
  options.report_sender = [this](const Entry& entry) { return report_sender(entry); };
  worker_ = std::make_unique<QueueWorker>(services_, *queue_, std::move(options));
}

// A setting that fails must not keep the sender from hearing what became of the message.
ReportSender Transport::report_sender(const Entry& entry) const {
  const EntryVariables variables(entry);
  CoreEnvironment environment(services_);
  const auto failed = [&](const char* key, const Error& error) {
    observe::error("queue.setting-failed", {{"id", format_id(entry.id)}, {"key", key}, {"reason", error}});
  };
  const auto name = rules_->report_name(variables, environment);
  if (!name) failed("report.dsn.from-name", name.error());
  auto address = rules_->report_address(variables, environment);
  if (address && !address->empty() && !address->contains('@'))
    address = fail(MtaError::kInvalid, *address + " is no address");
  if (!address) failed("report.dsn.from-address", address.error());
  ReportSender out{.name = name.value_or(""), .address = address.value_or("")};
  if (out.address.empty()) out.address = "MAILER-DAEMON@" + rules_->hostname();
  return out;
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
