// What a directory was asked and what it answered, step by step: for `gannet directory test`. Whoever asks
// something outside of the process, or answers from memory, adds a step; it is kept while a Recording of the
// same thread lives, and costs nothing otherwise.
//
//   trace::Question asked("sql query name");
//   auto rows = connection.run(query, name);
//   if (asked) asked.answer(query + " [" + name + "]", rows ? "1 row" : rows.error().describe());
//
// No step holds a password, a hash or any other secret: an administrator reads it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::directory::trace {

struct Step {
  std::string what;      // who was asked for what: "sql query name", "RCPT", "cache"
  std::string question;  // as it was asked, with its arguments
  std::string answer;    // in short: "1 row", "550 5.1.1 no such user"
  double milliseconds = 0;
  bool cached = false;  // answered from memory
};

// Collects the steps of its own thread while it lives. One at a time a thread; an inner one hides the outer.
class Recording {
 public:
  Recording();
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  void add(Step step) { steps_.push_back(std::move(step)); }
  const std::vector<Step>& steps() const { return steps_; }

 private:
  std::vector<Step> steps_;
  Recording* const outer_;
};

// Whether somebody listens on this thread.
bool on();

// A step that took no time worth telling. What is dear to write is written behind `if (trace::on())`.
void step(std::string_view what, std::string_view question, std::string_view answer);
// The same, answered from memory.
void cached(std::string_view what, std::string_view question, std::string_view answer);

// A step with its time, from construction to answer(). `what` outlives it.
class Question {
 public:
  explicit Question(std::string_view what);
  // Whether somebody listens.
  explicit operator bool() const { return recording_ != nullptr; }
  void answer(std::string question, std::string answer);

 private:
  Recording* const recording_;
  std::string_view what_;
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace gannet::directory::trace
