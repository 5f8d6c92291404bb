#include "directory/trace.h"

#include <utility>

namespace gannet::directory::trace {
namespace {

constinit thread_local Recording* current = nullptr;

}  // namespace

Recording::Recording() : outer_(std::exchange(current, this)) {}
Recording::~Recording() {
  current = outer_;
}

bool on() {
  return current != nullptr;
}

void step(std::string_view what, std::string_view question, std::string_view answer) {
  if (current)
    current->add(
        {.what = std::string(what), .question = std::string(question), .answer = std::string(answer)});
}

void cached(std::string_view what, std::string_view question, std::string_view answer) {
  if (current)
    current->add({.what = std::string(what),
                  .question = std::string(question),
                  .answer = std::string(answer),
                  .cached = true});
}

Question::Question(std::string_view what) : recording_(current), what_(what) {
  if (recording_) begun_ = std::chrono::steady_clock::now();
}

void Question::answer(std::string question, std::string answer) {
  if (!recording_) return;
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun_;
  recording_->add({.what = std::string(what_),
                   .question = std::move(question),
                   .answer = std::move(answer),
                   .milliseconds = took.count()});
}

}  // namespace gannet::directory::trace
