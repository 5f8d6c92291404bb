// MAIL and RCPT with their parameters (RFC 5321 4.1.2: esmtp-param = keyword ["=" value]).
#include <charconv>
#include <initializer_list>
#include <utility>

#include "base/unicode.h"
#include "smtp/command.h"
#include "smtp/text.h"
#include "smtp/xtext.h"

namespace gannet::smtp {
namespace {

std::unexpected<Reply> bad_value(std::string_view keyword) {
  return std::unexpected(
      Reply{501, {5, 5, 4}, "The value of the parameter " + std::string(keyword) + " is malformed"});
}
std::unexpected<Reply> unknown(std::string_view keyword) {
  return std::unexpected(Reply{
      555, {5, 5, 4}, "The parameter " + std::string(keyword.substr(0, 64)) + " is not supported here"});
}
std::unexpected<Reply> repeated(std::string_view keyword) {
  return std::unexpected(Reply{501, {5, 5, 4}, "The parameter " + std::string(keyword) + " is given twice"});
}

struct Parameter {
  std::string_view keyword;
  std::optional<std::string_view> value;
};

Parameter take_parameter(std::string_view& text) {
  const std::string_view word = take_word(text);
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) return {word, std::nullopt};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

// "FROM:<...>", with the blanks after the colon that many clients send.
Parsed<Path> take_addressed(std::string_view& text, std::string_view keyword, bool reverse) {
  if (text.size() <= keyword.size() || !equal_ignoring_ascii_case(text.substr(0, keyword.size()), keyword)) {
    return std::unexpected(Reply{
        501, {5, 5, 4}, std::string(reverse ? "Syntax: MAIL FROM:<address>" : "Syntax: RCPT TO:<address>")});
  }
  text = trim(text.substr(keyword.size()));
  auto path = take_path(text, reverse);
  if (path && !text.empty() && text.front() != ' ' && text.front() != '\t')
    return std::unexpected(Reply{501, {5, 5, 4}, "A blank must follow the address"});
  text = trim(text);
  return path;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.size() > 20 || error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

Parsed<void> read_size(MailArguments& mail, std::string_view value) {
  if (mail.size) return repeated("SIZE");
  mail.size = parse_number(value);
  if (!mail.size) return bad_value("SIZE");
  return {};
}

Parsed<void> read_body(MailArguments& mail, std::string_view value, const Parameters& allowed) {
  if (equal_ignoring_ascii_case(value, "7BIT")) {
    mail.body = Body::k7Bit;
  } else if (equal_ignoring_ascii_case(value, "8BITMIME")) {
    mail.body = Body::k8BitMime;
  } else if (equal_ignoring_ascii_case(value, "BINARYMIME")) {
    if (!allowed.binary) return unknown("BODY=BINARYMIME");
    mail.body = Body::kBinaryMime;
  } else {
    return bad_value("BODY");
  }
  return {};
}

Parsed<void> read_ret(MailArguments& mail, std::string_view value) {
  if (mail.ret != Ret::kUnset) return repeated("RET");
  if (equal_ignoring_ascii_case(value, "FULL")) {
    mail.ret = Ret::kFull;
  } else if (equal_ignoring_ascii_case(value, "HDRS")) {
    mail.ret = Ret::kHeaders;
  } else {
    return bad_value("RET");
  }
  return {};
}

// RFC 3461 4.4: at most 100 octets.
Parsed<void> read_envid(MailArguments& mail, std::string_view value) {
  if (!mail.envelope_id.empty()) return repeated("ENVID");
  auto id = decode_xtext(value);
  if (value.size() > 100 || !id || id->empty()) return bad_value("ENVID");
  mail.envelope_id = std::move(*id);
  return {};
}

Parsed<void> read_mail_parameter(MailArguments& mail, const Parameter& parameter, const Parameters& allowed) {
  const auto is = [&](std::string_view name) { return equal_ignoring_ascii_case(parameter.keyword, name); };
  const std::string_view value = parameter.value.value_or("");
  if (is("SIZE") && allowed.size) return read_size(mail, value);
  if (is("BODY") && allowed.eight_bit) return read_body(mail, value, allowed);
  if (is("RET") && allowed.dsn) return read_ret(mail, value);
  if (is("ENVID") && allowed.dsn) return read_envid(mail, value);
  if (is("SMTPUTF8") && allowed.utf8) {
    if (parameter.value) return bad_value("SMTPUTF8");
    mail.utf8 = true;
    return {};
  }
  if (is("AUTH") && allowed.auth) {
    // RFC 4954 5: xtext of a mailbox, or <>.
    mail.auth = decode_xtext(value);
    if (!mail.auth || mail.auth->empty()) return bad_value("AUTH");
    return {};
  }
  return unknown(parameter.keyword);
}

// RFC 3461 4.1: "NEVER", or a list of the others.
Parsed<void> read_notify(RcptArguments& rcpt, std::string_view value) {
  if (rcpt.notify != 0) return repeated("NOTIFY");
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    const std::string_view item = value.substr(0, comma);
    value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    if (comma != std::string_view::npos && value.empty()) return bad_value("NOTIFY");
    std::uint8_t bit = 0;
    for (const auto& [name, notify] :
         {std::pair{"NEVER", kNotifyNever}, std::pair{"SUCCESS", kNotifySuccess},
          std::pair{"FAILURE", kNotifyFailure}, std::pair{"DELAY", kNotifyDelay}})
      if (equal_ignoring_ascii_case(item, name)) bit = notify;
    if (bit == 0) return bad_value("NOTIFY");
    rcpt.notify |= bit;
  }
  if (rcpt.notify == 0 || ((rcpt.notify & kNotifyNever) != 0 && rcpt.notify != kNotifyNever))
    return bad_value("NOTIFY");
  return {};
}

// RFC 3461 4.2: addr-type ";" xtext, at most 500 octets.
Parsed<void> read_orcpt(RcptArguments& rcpt, std::string_view value) {
  if (!rcpt.original_recipient_type.empty()) return repeated("ORCPT");
  const std::size_t semicolon = value.find(';');
  if (value.size() > 500 || semicolon == std::string_view::npos || semicolon == 0) return bad_value("ORCPT");
  auto address = decode_xtext(value.substr(semicolon + 1));
  if (!address || address->empty()) return bad_value("ORCPT");
  for (const char c : value.substr(0, semicolon))
    if (!is_alpha(c) && !is_digit(c) && c != '-') return bad_value("ORCPT");
  for (const char c : *address)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return bad_value("ORCPT");
  rcpt.original_recipient_type = value.substr(0, semicolon);
  rcpt.original_recipient = std::move(*address);
  return {};
}

}  // namespace

Parsed<MailArguments> parse_mail(std::string_view arguments, const Parameters& allowed) {
  MailArguments mail;
  auto from = take_addressed(arguments, "FROM:", true);
  if (!from) return std::unexpected(from.error());
  mail.from = std::move(*from);
  while (!arguments.empty())
    if (auto read = read_mail_parameter(mail, take_parameter(arguments), allowed); !read)
      return std::unexpected(read.error());
  // RFC 6531 3.5: an address beyond ASCII needs SMTPUTF8.
  if (!mail.from.ascii() && !mail.utf8)
    return std::unexpected(Reply{553, {5, 6, 7}, "An address beyond ASCII needs the SMTPUTF8 parameter"});
  return mail;
}

Parsed<RcptArguments> parse_rcpt(std::string_view arguments, const Parameters& allowed) {
  RcptArguments rcpt;
  auto to = take_addressed(arguments, "TO:", false);
  if (!to) return std::unexpected(to.error());
  rcpt.to = std::move(*to);
  while (!arguments.empty()) {
    const Parameter parameter = take_parameter(arguments);
    Parsed<void> read;
    if (equal_ignoring_ascii_case(parameter.keyword, "NOTIFY") && allowed.dsn) {
      read = read_notify(rcpt, parameter.value.value_or(""));
    } else if (equal_ignoring_ascii_case(parameter.keyword, "ORCPT") && allowed.dsn) {
      read = read_orcpt(rcpt, parameter.value.value_or(""));
    } else {
      read = unknown(parameter.keyword);
    }
    if (!read) return std::unexpected(read.error());
  }
  return rcpt;
}

}  // namespace gannet::smtp
