#include "http/api/queue.h"

#include <fmt/chrono.h>

#include <boost/json/array.hpp>
#include <charconv>

#include "http/json.h"
#include "mta/envelope.h"
#include "mta/errors.h"
#include "mta/queue/queue.h"
#include "mta/queue/worker.h"
#include "observe/log.h"

namespace gannet::http {
namespace {

// RFC 3339, in UTC; empty for never.
std::string time_text(WallTime time) {
  if (time == WallTime()) return {};
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(time));
}

std::string_view state_text(mta::RecipientState state) {
  switch (state) {
    case mta::RecipientState::kWaiting:
      return "waiting";
    case mta::RecipientState::kFailed:
      return "failed";
    case mta::RecipientState::kDelivered:
      return "delivered";
  }
  return "unknown";
}

boost::json::object to_json(const mta::QueuedRecipient& recipient) {
  boost::json::object out{{"address", recipient.address}, {"state", state_text(recipient.state)}};
  if (recipient.last_attempt == WallTime()) return out;
  out.emplace("lastAttempt", time_text(recipient.last_attempt));
  out.emplace("lastReply", recipient.last.to_string());
  return out;
}

boost::json::object to_json(const mta::Entry& entry) {
  boost::json::array recipients;
  for (const auto& recipient : entry.recipients) recipients.push_back(to_json(recipient));
  return {{"id", mta::format_id(entry.id)},
          {"sender", entry.sender},
          {"size", entry.size},
          {"created", time_text(entry.created)},
          {"due", time_text(entry.due)},
          {"expires", time_text(entry.expires)},
          {"attempts", entry.attempts},
          {"worker", entry.holder},
          {"recipients", std::move(recipients)}};
}

Response not_found(const Request& request) {
  return error_response(404, "notFound", "There is no message " + request.captures.at(0) + " in the queue.");
}

Response failed(const Error& error) {
  if (error.is(mta::MtaError::kLost))
    return error_response(409, "inUse", error.text() + ": try again in a moment.");
  return response_for(error);
}

// ?limit=N &after=ID. Where there are more: "next" continues.
Response list(mta::Queue& queue, const Request& request) {
  std::size_t limit = 100;
  if (const auto text = request.parameter("limit"); !text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error != std::errc() || end != text.data() + text.size() || limit < 1 || limit > 1000)
      return error_response(400, "invalidProperties", "limit is a number from 1 to 1000.");
  }
  std::uint64_t after = 0;
  if (const auto text = request.parameter("after"); !text.empty()) {
    const auto id = mta::parse_id(text);
    if (!id) return error_response(400, "invalidProperties", "after is the id of a message.");
    after = *id;
  }
  const auto entries = queue.list(after, limit);
  if (!entries) return failed(entries.error());
  boost::json::array items;
  for (const auto& entry : *entries) items.push_back(to_json(entry));
  boost::json::object out{{"total", items.size()}};
  if (entries->size() == limit) out.emplace("next", mta::format_id(entries->back().id));
  out.emplace("items", std::move(items));
  return data_response(std::move(out));
}

Response show(mta::Queue& queue, const Request& request) {
  const auto id = mta::parse_id(request.captures.at(0));
  if (!id) return not_found(request);
  const auto entry = queue.find(*id);
  if (!entry) return failed(entry.error());
  return *entry ? data_response(to_json(**entry)) : not_found(request);
}

using Step = Result<bool> (mta::Queue::*)(std::uint64_t);

Response change(mta::Transport& transport, const Request& request, Step step, std::string_view event) {
  const auto id = mta::parse_id(request.captures.at(0));
  if (!id) return not_found(request);
  const auto done = (transport.queue().*step)(*id);
  if (!done) return failed(done.error());
  if (!*done) return not_found(request);
  observe::info(event, {{"id", mta::format_id(*id)}, {"by", request.principal->name}});
  transport.worker().notify();
  return data_response(nullptr);
}

}  // namespace

void add_queue_routes(Router& router, std::shared_ptr<mta::Transport> transport) {
  router.add("GET", "/api/queue/messages", Access::kAdmin,
             [transport](const Request& request) { return list(transport->queue(), request); });
  router.add("GET", "/api/queue/messages/{}", Access::kAdmin,
             [transport](const Request& request) { return show(transport->queue(), request); });
  router.add("PATCH", "/api/queue/messages/{}", Access::kAdmin, [transport](const Request& request) {
    return change(*transport, request, &mta::Queue::make_due, "queue.retried");
  });
  router.add("DELETE", "/api/queue/messages/{}", Access::kAdmin, [transport](const Request& request) {
    return change(*transport, request, &mta::Queue::remove, "queue.removed");
  });
}

}  // namespace gannet::http
