#include "mta/local_delivery.h"

#include "directory/errors.h"
#include "mailbox/errors.h"
#include "net/errors.h"

namespace gannet::mta {

std::string trace_lines(std::string_view sender, std::string_view delivered_to) {
  std::string out = "Return-Path: <";
  out += sender;
  out += ">\r\n";
  if (!delivered_to.empty()) {
    out += "Delivered-To: ";
    out += delivered_to;
    out += "\r\n";
  }
  return out;
}

mailbox::Destination destination(const Target& target, std::string_view sender) {
  mailbox::Destination out;
  out.account = target.account;
  out.quota = target.quota;
  out.trace = trace_lines(sender, target.delivered_to);
  return out;
}

smtp::Reply too_large_for_quota() {
  return {552, {5, 2, 3}, "The message is larger than all that the recipient's mailbox may hold"};
}

smtp::Reply reply_for(const mailbox::Stored& stored) {
  if (stored.stored) return {250, {2, 1, 5}, "Delivered"};
  if (!stored.error) return {451, {4, 3, 0}, "The mailbox could not be written: try again later"};
  return reply_for(*stored.error);
}

smtp::Reply reply_for(const Error& error) {
  using mailbox::MailboxError;
  if (error.is(MailboxError::kOverQuota) && !error.retry_can_help()) return too_large_for_quota();
  if (error.is(MailboxError::kOverQuota)) return {452, {4, 2, 2}, "The recipient's mailbox is full"};
  if (error.is(MailboxError::kNotFound)) return {550, {5, 1, 1}, "The mailbox is no longer there"};
  if (error.is(MailboxError::kLimit))
    return {552, {5, 2, 3}, "The mailbox does not take it: " + error.text()};
  if (error.is(net::NetError::kOverloaded)) return {451, {4, 3, 2}, "The server is busy: try again later"};
  if (error.is(directory::DirectoryError::kUnavailable))
    return {451, {4, 4, 3}, "The directory does not answer: try again later"};
  return {451, {4, 3, 0}, "The server cannot store mail now: try again later"};
}

}  // namespace gannet::mta
