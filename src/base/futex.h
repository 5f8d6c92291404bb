// Waiting for a word to change without a mutex. std::atomic's own wait() spins and yields before it sleeps,
// which takes a tenth of the machine where more threads wait than there are cores; a condition variable
// leaves its mutex marked as contended, so each wait costs a needless system call at the next unlock.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace gannet {

// Returns once `word` is no longer `value`; sleeps until wake() meanwhile. Any thread.
template <typename T>
void sleep_while(const std::atomic<T>& word, T value) {
  static_assert(sizeof word == sizeof(std::uint32_t) && std::atomic<T>::is_always_lock_free);
  while (word.load(std::memory_order_acquire) == value)
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, static_cast<std::uint32_t>(value), nullptr, nullptr, 0);
}

// After `word` was changed: wakes one who sleeps on it. Uses the address alone, so it does no harm if the
// sleeper has gone on already and its word is no more.
template <typename T>
void wake_one(const std::atomic<T>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace gannet
