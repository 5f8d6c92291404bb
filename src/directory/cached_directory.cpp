#include "directory/cached_directory.h"

#include "base/bytes.h"
#include "directory/address.h"
#include "directory/describe.h"
#include "directory/trace.h"
#include "net/worker_pool.h"

namespace gannet::directory {
namespace {

// The fields have a length each, so that no text can pass for another question's.
std::string address_question(const std::string& address, const ResolveOptions& options) {
  return RecordWriter()
      .string("address")
      .boolean(options.sub_addressing)
      .boolean(options.catch_all)
      .varint(options.max_expansion)
      .string(address)
      .take();
}

std::string domain_question(const std::string& domain) {
  return RecordWriter().string("domain").string(domain).take();
}

bool exists(const Resolution& answer) {
  return answer.kind == Resolution::Kind::kAccounts || answer.kind == Resolution::Kind::kList;
}

observe::Counter hits(const std::string& id, const char* answer) {
  return observe::counter("gannet_directory_cache_hits_total",
                          "Questions to a directory that its lookup cache answered",
                          {{"directory", id}, {"answer", answer}});
}

std::string describe_address(const Resolution& resolution) {
  return describe(resolution);
}

}  // namespace

CachedDirectory::CachedDirectory(std::shared_ptr<Directory> inner, const LookupCacheOptions& options,
                                 const Clock& clock)
    : inner_(std::move(inner)),
      options_(options),
      callers_(options.max_callers, "directory." + options.id),
      positive_({.max_weight = options.entries,
                 .ttl = options.positive,
                 .shards = options.shards,
                 .capacity = options.capacity},
                clock),
      negative_({.max_weight = options.entries,
                 .ttl = options.negative,
                 .shards = options.shards,
                 .capacity = options.capacity},
                clock),
      positive_hits_(hits(options.id, "positive")),
      negative_hits_(hits(options.id, "negative")),
      misses_(observe::counter("gannet_directory_cache_misses_total",
                               "Questions that went to the directory itself", {{"directory", options.id}})) {
  if (options.entries == 0) return;
  const auto clearing = [this] { clear(); };
  positive_entry_.emplace(
      "directory." + options.id + ".positive", [this] { return observe::status_in_entries(positive_); },
      clearing);
  negative_entry_.emplace(
      "directory." + options.id + ".negative", [this] { return observe::status_in_entries(negative_); },
      clearing);
}

template <typename Ask>
auto CachedDirectory::inside(Ask ask) -> decltype(ask()) {
  const net::WorkerPool::Waiting waiting;
  const auto turn = TRY(callers_.enter());
  return ask();
}

void CachedDirectory::clear() {
  ++generation_;
  positive_.clear();
  negative_.clear();
}

CachedDirectory::Answer CachedDirectory::look_up(const std::string& key) {
  if (auto found = positive_.get(key)) {
    positive_hits_.add();
    return *std::move(found);
  }
  if (auto found = negative_.get(key)) {
    negative_hits_.add();
    return *std::move(found);
  }
  return nullptr;
}

CachedDirectory::Answer CachedDirectory::look_up_now(const std::string& key) {
  if (auto found = positive_.get_now(key)) {
    positive_hits_.add();
    return *std::move(found);
  }
  if (auto found = negative_.get_now(key)) {
    negative_hits_.add();
    return *std::move(found);
  }
  return nullptr;
}

void CachedDirectory::keep(std::uint64_t generation, const std::string& key, const Resolution& answer) {
  if (generation != generation_) return;
  Cache& cache = exists(answer) ? positive_ : negative_;
  cache.put(key, std::make_shared<const Resolution>(answer));
  if (generation != generation_) cache.erase(key);  // clear() came in between
}

template <typename Ask>
Result<Resolution> CachedDirectory::answer(const std::string& key, std::string_view question, Words words,
                                           Ask ask) {
  if (options_.entries == 0) return inside(ask);
  if (const auto known = look_up(key)) {
    trace::cached("lookup cache", question, words(*known));
    return *known;
  }
  trace::step("lookup cache", question, "not known");
  misses_.add();
  const std::uint64_t generation = generation_;
  Result<Resolution> found = inside(ask);
  if (found) {
    keep(generation, key, *found);
    if (trace::on())
      trace::step(
          "lookup cache", question,
          "kept for " +
              std::to_string((exists(*found) ? options_.positive : options_.negative).count() / 1000) +
              " s: " + words(*found));
  } else {
    trace::step("lookup cache", question, "not kept: a failure is no answer");
  }
  return found;
}

Result<Resolution> CachedDirectory::resolve(std::string_view address, const ResolveOptions& options) {
  const auto parts = split_address(address);
  if (!parts) return inside([&] { return inner_->resolve(address, options); });
  const std::string normal = parts->text();
  return answer(address_question(normal, options), normal, describe_address,
                [&] { return inner_->resolve(normal, options); });
}

std::optional<Resolution> CachedDirectory::resolve_now(std::string_view address,
                                                       const ResolveOptions& options) {
  const auto parts = split_address(address);
  if (!parts) return inner_->resolve_now(address, options);
  const std::string normal = parts->text();
  if (const auto known = look_up_now(address_question(normal, options))) return *known;
  return inner_->resolve_now(normal, options);
}

// Kept as a Resolution: a domain of ours is one that has accounts, whoever they are.
Result<bool> CachedDirectory::is_local_domain(std::string_view domain) {
  const auto normal = normalize_domain(domain);
  if (!normal) return inside([&] { return inner_->is_local_domain(domain); });
  const auto found =
      TRY(answer(domain_question(*normal), *normal, describe_domain, [&]() -> Result<Resolution> {
        Resolution out;
        out.kind =
            TRY(inner_->is_local_domain(*normal)) ? Resolution::Kind::kAccounts : Resolution::Kind::kForeign;
        return out;
      }));
  return exists(found);
}

Result<AuthOutcome> CachedDirectory::authenticate(const Credentials& credentials) {
  return inside([&] { return inner_->authenticate(credentials); });
}
Result<ScramSecrets> CachedDirectory::scram_secrets(const Credentials& credentials) {
  return inside([&] { return inner_->scram_secrets(credentials); });
}
Result<AuthOutcome> CachedDirectory::admit(const Credentials& credentials) {
  return inside([&] { return inner_->admit(credentials); });
}
Result<std::optional<Principal>> CachedDirectory::find(std::string_view name) {
  return inside([&] { return inner_->find(name); });
}
Result<std::optional<Principal>> CachedDirectory::find_by_id(AccountId id) {
  return inside([&] { return inner_->find_by_id(id); });
}
Result<bool> CachedDirectory::may_send_as(const Principal& principal, std::string_view address) {
  return inside([&] { return inner_->may_send_as(principal, address); });
}
Result<std::vector<std::string>> CachedDirectory::verify(std::string_view text, std::size_t limit) {
  return inside([&] { return inner_->verify(text, limit); });
}

}  // namespace gannet::directory
