#include "mailbox/ingest.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <latch>

#include "mailbox/accounts_impl.h"
#include "mime/message.h"
#include "mime/summary.h"
#include "store/blob_links.h"

namespace gannet::mailbox {
namespace {

// What one commit takes from a queue at most.
constexpr std::size_t kMaxJobs = 64;
constexpr std::size_t kMaxJobBytes = 8 << 20;
// What one recipient's own header lines may have, in bytes.
constexpr std::size_t kMaxTrace = 64 << 10;
// After so many conflicts jobs go one by one: one of them may be the cause of all.
constexpr unsigned kTogether = 3;

std::vector<Job*> take_jobs(JobQueue& queue) {
  std::vector<Job*> jobs;
  std::size_t bytes = 0;
  std::lock_guard lock(queue.mutex);
  while (!queue.waiting.empty() && jobs.size() < kMaxJobs && bytes < kMaxJobBytes) {
    jobs.push_back(queue.waiting.front());
    bytes += jobs.back()->message.content.size();
    queue.waiting.pop_front();
  }
  return jobs;
}

// Whether the leader goes on; if not, who comes next is settled. Call with the queue's mutex held.
bool goes_on(JobQueue& queue, bool has_time) {
  if (queue.waiting.empty()) {
    queue.led = queue.tired = false;
    return false;
  }
  if (has_time) return true;
  const auto next = std::ranges::find_if(queue.waiting, [](const Job* job) { return !job->done; });
  if (next == queue.waiting.end()) return queue.tired = true;
  queue.tired = false;
  ++queue.term;
  (*next)->state = Job::State::kLeads;
  (*next)->changed.notify_one();
  return false;
}

}  // namespace

std::string_view Job::summary_for(const Destination& destination) const {
  return std::ranges::find(summaries, destination.trace.size(), &std::pair<std::size_t, std::string>::first)
      ->second;
}

Result<void> prepare(Job& job, const AccountsOptions& options) {
  const std::string_view content = job.message.content;
  // Sizes and offsets of records have 32 bits.
  const std::uint64_t most = std::min<std::uint64_t>(options.max_message_size, UINT32_MAX - kMaxTrace);
  if (content.size() > most)
    return fail(MailboxError::kLimit,
                fmt::format("a message may have {} bytes, this one has {}", most, content.size()));
  for (const auto& destination : job.destinations)
    if (destination.trace.size() > kMaxTrace)
      return fail(MailboxError::kInvalid, "the trace of a copy is too long");
  job.blob = store::BlobId::of(content);
  const auto parsed = mime::parse(content, options.mime);
  for (const auto& destination : job.destinations) {
    const std::size_t trace = destination.trace.size();
    if (std::ranges::find(job.summaries, trace, &std::pair<std::size_t, std::string>::first) !=
        job.summaries.end())
      continue;
    mime::SummaryOptions summary;
    summary.prefix = static_cast<std::uint32_t>(trace);
    job.summaries.emplace_back(trace, mime::encode_summary(parsed, summary));
  }
  if (job.summaries.empty()) return {};
  if (const auto summary = mime::decode_summary(job.summaries.front().second))
    job.hashes = thread_hashes(*summary);
  return {};
}

Result<void> AccountsImpl::begin(Job& job) {
  TRY(prepare(job, options_));
  std::vector<AccountId> ids;
  for (const auto& destination : job.destinations) ids.push_back(destination.account);
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  for (const AccountId id : ids) job.accounts.push_back(table_.open(id));
  return {};
}

Result<std::vector<Stored>> AccountsImpl::outcome(Job& job) {
  for (const auto& account : job.accounts) table_.settle(account);
  if (job.failure) return std::unexpected(std::move(*job.failure));
  std::vector<std::pair<AccountId, Modseq>> news;
  for (std::size_t i = 0; i < job.stored.size(); ++i)
    if (job.stored[i].stored) news.emplace_back(job.destinations[i].account, job.stored[i].modseq);
  metrics_.stored.add(static_cast<double>(news.size()));
  metrics_.refused.add(static_cast<double>(job.stored.size() - news.size()));
  for (const auto& [account, modseq] : news) announce(account, modseq);
  return std::move(job.stored);
}

Result<std::vector<Stored>> AccountsImpl::store(const IncomingMessage& message,
                                                std::span<const Destination> destinations,
                                                const Extra& extra) {
  Job job(message, destinations, extra);
  TRY(begin(job));
  if (job.accounts.size() == 1)
    run_in_queue(job);
  else
    run_alone(job);
  return outcome(job);
}

void AccountsImpl::store_later(const IncomingMessage& message, std::span<const Destination> destinations,
                               Extra extra, Done done) {
  auto job = std::make_unique<Job>(message, destinations, std::move(extra));
  if (auto begun = begin(*job); !begun) return done(std::unexpected(std::move(begun).error()));
  job->done = std::move(done);
  if (job->accounts.size() == 1) return run_in_queue(*job.release());
  run_alone(*job);
  job->done(outcome(*job));
}

std::vector<Result<Stored>> AccountsImpl::store_in_order(std::span<const Incoming> messages) {
  std::vector<Result<Stored>> out(messages.size(), Stored{});
  const auto only = [](Result<std::vector<Stored>> all) -> Result<Stored> {
    if (!all) return std::unexpected(std::move(all).error());
    return std::move(all->front());
  };
  const auto series = std::make_shared<Series>();
  std::vector<std::unique_ptr<Job>> jobs;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    auto job = std::make_unique<Job>(messages[i].message, std::span(&messages[i].destination, 1), nullptr);
    if (auto begun = begin(*job); !begun) {
      out[i] = std::unexpected(std::move(begun).error());
      continue;
    }
    job->series = series;
    jobs.push_back(std::move(job));
    places.push_back(i);
  }
  if (jobs.empty()) return out;
  const std::unique_ptr<Job> last = std::move(jobs.back());
  jobs.pop_back();
  std::latch told(static_cast<std::ptrdiff_t>(jobs.size()));
  for (std::size_t i = 0; i < jobs.size(); ++i)
    jobs[i]->done = [&, at = places[i]](Result<std::vector<Stored>> result) {
      out[at] = only(std::move(result));
      told.count_down();
    };
  enqueue(std::move(jobs), *last);
  told.wait();
  out[places.back()] = only(outcome(*last));
  return out;
}

void AccountsImpl::run_in_queue(Job& job) {
  enqueue({}, job);
}

// Those of `before` own themselves from then on, and each has a `done`.
void AccountsImpl::enqueue(std::vector<std::unique_ptr<Job>> before, Job& job) {
  const auto account = job.accounts.front();  // the job may be served and gone at any moment
  JobQueue& queue = account->jobs();
  const Job* const own = job.done ? nullptr : &job;
  std::uint64_t term = 0;
  {
    std::unique_lock lock(queue.mutex);
    for (auto& one : before) queue.waiting.push_back(one.release());
    queue.waiting.push_back(&job);
    if (!queue.led || (queue.tired && !own)) {
      queue.led = true;
      queue.tired = false;
      ++queue.term;
    } else {
      if (!own) return;
      job.changed.wait(lock, [&] { return job.state != Job::State::kWaiting; });
      if (job.state == Job::State::kDone) return;
    }
    term = queue.term;
  }
  lead(*account, term, own);
}

// Two may be in here for a moment, when one relieves the other: what they do is in turn, under writing().
void AccountsImpl::lead(Account& account, std::uint64_t term, const Job* own) {
  JobQueue& queue = account.jobs();
  for (bool leads = true; leads;) {
    std::vector<Job*> jobs;
    {
      std::lock_guard writing(account.writing());
      jobs = take_jobs(queue);
      Account* const one[] = {&account};
      // Whatever happens here, those who wait must hear of it.
      try {
        if (!jobs.empty()) commit_jobs(one, jobs);
      } catch (const std::exception& error) {
        for (Job* job : jobs)
          job->failure = Error(MailboxError::kUnavailable, "the message could not be stored", Retry::kCanHelp)
                             .with_detail(error.what());
      }
    }
    std::vector<std::unique_ptr<Job>> told;
    {
      std::lock_guard lock(queue.mutex);
      for (Job* job : jobs) {
        if (job->done) {
          told.emplace_back(job);
        } else {
          job->state = Job::State::kDone;
          job->changed.notify_one();
        }
      }
      leads = queue.term == term && goes_on(queue, !own || own->state != Job::State::kDone);
    }
    for (auto& job : told) job->done(outcome(*job));
  }
}

void AccountsImpl::run_alone(Job& job) {
  std::vector<std::unique_lock<std::mutex>> locks;
  std::vector<Account*> locked;
  for (const auto& account : job.accounts) {  // ascending: so nobody waits in a circle
    locks.emplace_back(account->writing());
    locked.push_back(account.get());
  }
  Job* const one[] = {&job};
  commit_jobs(locked, one);
}

void AccountsImpl::commit_jobs(std::span<Account* const> accounts, std::span<Job* const> jobs) {
  auto committed = try_jobs(accounts, jobs);
  if (committed) {
    for (Job* job : jobs)
      if (job->series) job->series->stopped = job->series->stops_now;
    return;
  }
  // A write that failed may have happened all the same: made again it would store every message twice.
  const Error& error = committed.error();
  const bool nothing_written = error.domain() != error_domain(store::StoreError{}) ||
                               error.is(store::StoreError::kConflict) ||
                               error.is(store::StoreError::kTooLarge);
  if (jobs.size() > 1 && nothing_written) {
    for (std::size_t i = 0; i < jobs.size(); ++i) commit_jobs(accounts, jobs.subspan(i, 1));
    return;
  }
  for (Job* job : jobs) {
    job->failure = from_write(committed.error());
    if (job->series) job->series->stopped = true;
  }
}

Result<void> AccountsImpl::try_jobs(std::span<Account* const> accounts, std::span<Job* const> jobs) {
  Backoff backoff(clock_, random_);
  Rows rows = Rows::kNotNeeded;
  bool current = false;  // whether the contents are known to be those of the store
  for (;;) {
    auto parties = TRY(meet(accounts, rows, current));
    const bool all = TRY(build_jobs(parties, jobs));
    // A refusal may come of contents that another node has altered since: look once more.
    if (!all && !current) {
      current = true;
      continue;
    }
    if (rows == Rows::kNotNeeded && std::ranges::any_of(parties, [](const Party& party) {
          return party.draft && party.draft->needs_rows();
        })) {
      rows = Rows::kNeeded;
      continue;
    }
    auto batch = TRY(compose(parties, jobs));
    if (batch.empty()) return {};
    auto committed = stores_.data->commit(std::move(batch));
    if (committed) {
      for (Party& party : parties)
        if (party.delta) party.account->apply(std::move(*party.delta));
      metrics_.jobs_per_commit.observe(static_cast<double>(jobs.size()));
      return {};
    }
    if (!committed.error().is(store::StoreError::kConflict)) return committed;
    metrics_.conflicts.add();
    TRY(backoff.wait());
    if (jobs.size() > 1 && backoff.attempts() >= kTogether) return committed;
    current = true;
  }
}

Result<std::vector<AccountsImpl::Party>> AccountsImpl::meet(std::span<Account* const> accounts, Rows rows,
                                                            bool look) {
  std::vector<Party> parties(accounts.size());
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    Party& party = parties[i];
    party.account = accounts[i];
    const Contents& contents = party.account->contents();
    if (look || !contents.exists() || (rows == Rows::kNeeded && !contents.has_rows())) {
      auto loaded = make_current(*stores_.data, *party.account, rows);
      if (!loaded && loaded.error().is(MailboxError::kUnavailable)) return std::unexpected(loaded.error());
      // An account that is damaged or being erased must not keep mail from the others.
      if (!loaded) {
        party.refusal = std::move(loaded).error();
        continue;
      }
    }
    party.draft.emplace(party.account->id(), contents, context());
    if (!contents.exists()) TRY(party.draft->create_account());
  }
  return parties;
}

// Whether every destination was served.
Result<bool> AccountsImpl::build_jobs(std::span<Party> parties, std::span<Job* const> jobs) {
  std::vector<std::string> hashes;
  for (const Job* job : jobs) hashes.insert(hashes.end(), job->hashes.begin(), job->hashes.end());
  for (Party& party : parties)
    if (party.draft) TRY(party.draft->threads().prefetch(hashes));
  bool all = true;
  for (Job* job : jobs)
    if (job->series) job->series->stops_now = job->series->stopped;
  for (Job* job : jobs) {
    job->stored.clear();
    if (job->series && job->series->stops_now) {
      job->stored.resize(job->destinations.size());
      for (auto& stored : job->stored)
        stored.error =
            Error(MailboxError::kUnavailable, "an earlier message was not stored", Retry::kCanHelp);
      all = false;
      continue;
    }
    for (const auto& destination : job->destinations) {
      Party& party = *std::ranges::lower_bound(parties, destination.account, {},
                                               [](const Party& one) { return one.account->id(); });
      if (!party.draft) {
        job->stored.emplace_back().error = party.refusal;
        all = false;
        continue;
      }
      const Delivery delivery{job->blob, job->message.content.size() + destination.trace.size(),
                              job->message.received, job->summary_for(destination), job->hashes};
      job->stored.push_back(TRY(party.draft->deliver(delivery, destination)));
      const Stored& last = job->stored.back();
      all &= last.stored;
      if (job->series && last.error && last.error->is(MailboxError::kOverQuota))
        job->series->stops_now = true;
    }
  }
  return all;
}

Result<store::WriteBatch> AccountsImpl::compose(std::span<Party> parties, std::span<Job* const> jobs) {
  store::WriteBatch batch;
  for (Party& party : parties)
    if (party.draft && !party.draft->empty()) party.delta = TRY(party.draft->finish(batch));
  for (const Job* job : jobs) {
    store::WriteBatch extra;
    if (job->extra) extra = TRY(job->extra(job->stored));
    // What `extra` commits may need the content too: a queue entry does.
    if (!std::ranges::any_of(job->stored, &Stored::stored) && extra.empty()) continue;
    TRY(stores_.blob->put_with(batch, job->blob, job->message.content));
    batch.append(std::move(extra));
  }
  return batch;
}

}  // namespace gannet::mailbox
