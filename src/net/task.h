// The coroutine of the edge. Lives on one event loop; awaits only what lives on that loop.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace gannet::net {

// Rules for whoever writes one: parameters by value unless the caller awaits it at once; never a capturing
// lambda that is itself a coroutine; no lock and no large array held across a co_await.
template <typename T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace gannet::net
