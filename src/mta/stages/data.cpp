// The end of DATA: one call of the core, which parses, stores and commits
#include "mta/acceptance.h"
#include "mta/inbound_session.h"
#include "mta/local_delivery.h"
#include "mta/queue/worker.h"

namespace gannet::mta {

net::Task<std::vector<smtp::Reply>> InboundSession::data(const smtp::SessionInfo* session,
                                                         std::string message) {
  Envelope envelope = std::exchange(envelope_, Envelope());
  const std::size_t replies = session->protocol == smtp::Protocol::kLmtp ? envelope.recipients.size() : 1;
  std::optional<Acceptance> acceptance;
  smtp::Reply refusal;
  // The worker that commits for this account may be another one, which is busy with other messages now.
  const auto ran = co_await transport_->services().workers.run_until([&](net::WorkerPool::Done done) {
    const SessionVariables variables(*session, envelope);
    CoreEnvironment environment(services());
    const SessionRules& rules = transport_->rules();
    auto policy = rules.data(variables, environment);
    if (!policy) {
      refusal = reply_for(policy.error());
      return done();
    }
    AcceptanceOptions options;
    options.each_recipient = session->protocol == smtp::Protocol::kLmtp;
    options.max_received = policy->max_received;
    options.add_received = policy->add_received;
    options.add_date = policy->add_date;
    options.add_message_id = policy->add_message_id;
    options.remove_bcc = !session->authenticated_as.empty();
    options.hostname = options_.hostname;
    options.first_retry = rules.retry().front();
    options.expire = rules.expire();
    envelope.id = transport_->queue().new_id();
    acceptance
        .emplace(services(), transport_->queue(), *session, std::move(options), envelope, std::move(message))
        .run(std::move(done));
  });
  if (!ran) co_return std::vector(replies, reply_for(ran.error()));
  if (!acceptance) co_return std::vector(replies, refusal);
  auto outcome = acceptance->outcome();
  if (outcome.queued) transport_->worker().notify();
  co_return std::move(outcome.replies);
}

}  // namespace gannet::mta
