// What a session and the queue's worker have in common when they put a message into mailboxes.
#pragma once

#include <string>
#include <string_view>

#include "mailbox/accounts.h"
#include "mta/envelope.h"
#include "smtp/reply.h"

namespace gannet::mta {

// One copy's own header lines: Return-Path (RFC 5321 4.4), then Delivered-To, by which loops are found.
std::string trace_lines(std::string_view sender, std::string_view delivered_to);

mailbox::Destination destination(const Target& target, std::string_view sender);

// How the attempt to serve one account ended, as SMTP says it.
smtp::Reply reply_for(const mailbox::Stored& stored);
// To a message that even an empty mailbox would have no room for: trying again does not help.
smtp::Reply too_large_for_quota();
// When nothing could be done at all: the store, the directory or the worker pool failed.
smtp::Reply reply_for(const Error& error);

}  // namespace gannet::mta
