// Errors are values: Result<T> is either a T or an Error, and nobody may ignore one.
//
// An Error carries the code of the part that made it, a text that a client may read, a detail that only
// the operator may read, and whether trying again can help.
#pragma once

#include <concepts>
#include <expected>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gannet {

// A part's error enum takes part by an overload, in its own namespace, of
//   constexpr const char* error_domain(StoreError) { return "store"; }
template <typename E>
concept ErrorEnum = std::is_enum_v<E> && requires(E e) {
  { error_domain(e) } -> std::convertible_to<const char*>;
};

enum class Retry : bool { kNo = false, kCanHelp = true };

class [[nodiscard]] Error {
 public:
  template <ErrorEnum E>
  Error(E code, std::string text, Retry retry = Retry::kNo)
      : domain_(error_domain(code)), code_(static_cast<int>(code)), retry_(retry), text_(std::move(text)) {}

  template <ErrorEnum E>
  bool is(E code) const {
    return code_ == static_cast<int>(code) && std::string_view(domain_) == error_domain(code);
  }

  // The part that made it, for example "store".
  std::string_view domain() const { return domain_; }
  // The value of the part's enum.
  int code() const { return code_; }
  // May be shown to a client.
  const std::string& text() const { return text_; }
  // For the operator's log only: addresses, paths, a backend's own words.
  const std::string& detail() const { return detail_; }
  bool retry_can_help() const { return retry_ == Retry::kCanHelp; }

  Error&& with_detail(std::string detail) && {
    detail_ = std::move(detail);
    return std::move(*this);
  }
  // For logs: "text (detail)".
  std::string describe() const { return detail_.empty() ? text_ : text_ + " (" + detail_ + ")"; }

 private:
  const char* domain_;
  int code_;
  Retry retry_;
  std::string text_;
  std::string detail_;
};

template <typename T = void>
using Result = std::expected<T, Error>;

template <ErrorEnum E>
std::unexpected<Error> fail(E code, std::string text, Retry retry = Retry::kNo) {
  return std::unexpected(Error(code, std::move(text), retry));
}
template <ErrorEnum E>
std::unexpected<Error> fail(E code, std::string text, std::string detail, Retry retry = Retry::kNo) {
  return std::unexpected(Error(code, std::move(text), retry).with_detail(std::move(detail)));
}

}  // namespace gannet

// Evaluates to the value of a Result, or returns its error from the enclosing function.
#define GANNET_TRY(expr)                                                      \
  ({                                                                          \
    auto gannet_try_ = (expr);                                                \
    if (!gannet_try_) return std::unexpected(std::move(gannet_try_).error()); \
    *std::move(gannet_try_);                                                  \
  })

#define TRY(expr) GANNET_TRY(expr)
