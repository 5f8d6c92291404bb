// /api/fsck: checking and repairing the data (docs/api.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/router.h"

namespace gannet::fsck {
class Job;
}

namespace gannet::http {

// `account_of` finds an account's number by its name. Called on the worker pool.
void add_fsck_routes(Router& router, std::shared_ptr<fsck::Job> job,
                     std::function<Result<std::uint32_t>(const std::string& name)> account_of);

}  // namespace gannet::http
