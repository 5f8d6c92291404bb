// The coroutine of the edge. Lives on one event loop; awaits only what lives on that loop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <expected>
#include <utility>

namespace gannet::net {

// Rules for whoever writes one: parameters by value unless the caller awaits it at once; never a capturing
// lambda that is itself a coroutine; no lock and no large array held across a co_await.
template <typename T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace gannet::net

// TRY for coroutines: evaluates to the value of a Result, or ends the enclosing coroutine with its error.
//   auto line = CO_TRY(co_await connection.read_line(max));
#define CO_TRY(expr)                                                             \
  ({                                                                             \
    auto gannet_try_ = (expr);                                                   \
    if (!gannet_try_) co_return std::unexpected(std::move(gannet_try_).error()); \
    *std::move(gannet_try_);                                                     \
  })
