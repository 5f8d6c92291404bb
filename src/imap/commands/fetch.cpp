#include "imap/commands/fetch.h"

#include <algorithm>

#include "imap/commands/message_text.h"
#include "imap/parser/date.h"
#include "imap/response/envelope.h"
#include "imap/response/writer.h"

namespace gannet::imap {
namespace {

// Records read at once.
constexpr std::size_t kBatch = 256;
// A section that is longer is read and sent in pieces of this size.
constexpr std::uint32_t kPiece = 1024 * 1024;

std::vector<mailbox::DocumentId> documents_of(const std::vector<mailbox::Entry>& entries) {
  std::vector<mailbox::DocumentId> documents;
  documents.reserve(entries.size());
  for (const auto& entry : entries) documents.push_back(entry.document);
  return documents;
}

void append_label(std::string& out, const FetchSection& section) {
  out += section.label;
  if (section.partial) {
    out += '<';
    append_number(out, section.partial->offset);
    out += '>';
  }
  out += ' ';
}

void append_literal_size(std::string& out, std::uint64_t size) {
  out += '{';
  append_number(out, size);
  out += "}\r\n";
}

// A section that lies in memory: a header section, as it is or with some of its fields only.
void append_text_section(const FetchSection& section, std::string_view header, std::string& out) {
  std::string filtered;
  if (!section.fields.empty()) filtered = filter_header(header, section.fields, section.fields_not);
  const std::string_view text = section.fields.empty() ? header : std::string_view(filtered);
  const auto wanted = partial_range(section, static_cast<std::uint32_t>(text.size()));
  append_label(out, section);
  append_literal_size(out, wanted.size());
  append_octets(out, wanted.in(text));
  out += ' ';
}

}  // namespace

std::optional<Reply> Fetch::step(Session& session, std::string& out) {
  message_begin_ = kElsewhere;
  auto reply = work(session, out);
  if (reply) return *std::move(reply);
  if (in_message_ && message_begin_ != kElsewhere) {
    out.resize(message_begin_);
  } else if (in_message_) {
    // A part of this response is on its way already, and there is no place for another within it.
    session.broken = true;
  }
  return reply_to(reply.error());
}

Result<std::optional<Reply>> Fetch::work(Session& session, std::string& out) {
  if (!started_) TRY(start(session));
  const bool done =
      request_.needs_record() ? TRY(step_records(session, out)) : TRY(step_columns(session, out));
  if (!done) return std::optional<Reply>();
  return finish();
}

Reply Fetch::finish() const {
  // RFC 2180 4.1.2; a UID that is not there is no error (RFC 9051 6.4.9).
  if (!by_uid_ && found_ < expected_) return no("Some of these messages are gone", "EXPUNGEISSUED");
  return ok("FETCH completed");
}

Result<void> Fetch::start(Session& session) {
  started_ = true;
  ranges_ = TRY(message_ranges(*session.selected, set_, by_uid_));
  expected_ = count_messages(*session.selected, ranges_);
  view_ = TRY(session.accounts().view(session.account));
  return {};
}

void Fetch::begin_response(const Selected& selected, const mailbox::Entry& entry, std::string& out) {
  out += "* ";
  append_number(out, selected.uids.sequence(entry.uid));
  out += " FETCH (";
}

// Each item with a blank after it; the last one is replaced by the closing parenthesis. A lock is held.
void Fetch::append_columns(const mailbox::AccountView& view, const mailbox::Entry& entry, bool recent,
                           std::string& out) {
  if (by_uid_ || request_.uid) {
    out += "UID ";
    append_number(out, entry.uid);
    out += ' ';
  }
  if (request_.flags) {
    out += "FLAGS ";
    out += flags_.of(view, entry.keywords, recent);
    out += ' ';
  }
  if (request_.internal_date) {
    out += "INTERNALDATE ";
    append_date_time(out, entry.received);
    out += ' ';
  }
  if (request_.size) {
    out += "RFC822.SIZE ";
    append_number(out, entry.size);
    out += ' ';
  }
  if (request_.modseq) {
    out += "MODSEQ (";
    append_number(out, entry.modseq);
    out += ") ";
  }
}

Result<bool> Fetch::step_columns(Session& session, std::string& out) {
  const auto& selected = *session.selected;
  const auto lock = view_->lock();
  if (request_.flags) announce_keywords(*view_, *session.selected, out);
  const auto full = out.size() + kStepOutput;
  while (range_ < ranges_.size()) {
    auto& range = ranges_[range_];
    bool stopped = false;
    view_->for_each(selected.mailbox, range.first, range.last, [&](const mailbox::Entry& entry) {
      ++found_;
      begin_response(selected, entry, out);
      append_columns(*view_, entry, selected.recent.has(entry.uid), out);
      out.back() = ')';
      out += "\r\n";
      range.first = entry.uid + 1;
      stopped = out.size() >= full;
      return !stopped;
    });
    if (stopped && range.first <= range.last && range.first != 0) return false;
    ++range_;
    if (stopped) return range_ == ranges_.size();
  }
  return true;
}

Result<bool> Fetch::step_records(Session& session, std::string& out) {
  // Of bodies more at once: on a busy machine each change of thread costs as much as reading a hundred of them.
  const auto full = out.size() + (request_.sections.empty() ? kStepOutput : std::size_t{kPiece});
  while (out.size() < full) {
    if (message_ == entries_.size() && !TRY(load_batch(session, out))) return true;
    if (!TRY(append_message(session, out))) return false;
    ++message_;
  }
  return false;
}

Result<bool> Fetch::load_batch(Session& session, std::string& out) {
  entries_.clear();
  newly_seen_.clear();
  message_ = 0;
  ahead_.clear();
  {
    const auto lock = view_->lock();
    while (range_ < ranges_.size() && entries_.size() < kBatch) {
      auto& range = ranges_[range_];
      view_->for_each(session.selected->mailbox, range.first, range.last, [&](const mailbox::Entry& entry) {
        entries_.push_back(entry);
        return entries_.size() < kBatch;
      });
      if (entries_.size() < kBatch || entries_.back().uid == range.last) {
        ++range_;
      } else {
        range.first = entries_.back().uid + 1;
      }
    }
  }
  if (entries_.empty()) return false;
  newly_seen_.resize(entries_.size());
  records_ =
      TRY(session.services->records->messages(session.accounts(), session.account, documents_of(entries_)));
  if (request_.sets_seen() && !session.selected->read_only) TRY(mark_seen(session));
  if (request_.flags) {
    const auto lock = view_->lock();
    announce_keywords(*view_, *session.selected, out);
  }
  return true;
}

// RFC 9051 6.4.5: reading a body sets \Seen, and the response says so.
Result<void> Fetch::mark_seen(Session& session) {
  std::vector<mailbox::Uid> unseen;
  for (const auto& entry : entries_) {
    if (!entry.keywords.has(mailbox::KeywordSet::kSeen)) unseen.push_back(entry.uid);
  }
  if (unseen.empty()) return {};
  const std::vector<std::string> seen = {"\\Seen"};
  const auto outcome = TRY(session.accounts().set_keywords(session.account, session.selected->mailbox, unseen,
                                                           mailbox::KeywordAction::kAdd, seen));
  auto at = entries_.begin();
  for (const auto& changed : outcome.changed) {
    while (at != entries_.end() && at->uid < changed.uid) ++at;
    if (at == entries_.end() || at->uid != changed.uid) continue;
    *at = changed;
    newly_seen_[static_cast<std::size_t>(at - entries_.begin())] = true;
    shown_.push_back({changed.uid, changed.modseq});
  }
  return {};
}

// A record that another version of Gannet wrote, or that is damaged, is made anew from the message.
Result<void> Fetch::read_summary(Session& session, const mailbox::MessageRecord& record) {
  parts_.clear();
  if (!request_.needs_summary()) return {};
  summary_ = mime::decode_summary(record.summary);
  if (!summary_) {
    const auto message = TRY(session.accounts().content(record));
    remade_summary_ = mime::encode_summary(mime::parse(message, session.accounts().mime_limits()));
    summary_ = mime::decode_summary(remade_summary_);
  }
  if (!summary_) return fail(mailbox::MailboxError::kCorrupt, "A message cannot be read");
  if (request_.needs_parts()) parts_ = summary_->parts();
  return {};
}

Result<bool> Fetch::append_message(Session& session, std::string& out) {
  const auto& record = records_[message_];
  if (!record) return true;  // gone since the view was read
  const auto& entry = entries_[message_];
  if (!in_message_) {
    ++found_;
    octets_.clear();
    TRY(read_summary(session, *record));
    message_begin_ = out.size();
    in_message_ = true;
    section_ = 0;
    begin_response(*session.selected, entry, out);
    {
      const auto lock = view_->lock();
      const bool recent = session.selected->recent.has(entry.uid);
      append_columns(*view_, entry, recent, out);
      if (newly_seen_[message_] && !request_.flags) {
        out += "FLAGS ";
        out += flags_.of(*view_, entry.keywords, recent);
        out += ' ';
      }
    }
    if (request_.envelope) {
      out += "ENVELOPE ";
      append_envelope(out, summary_->envelope);
      out += ' ';
    }
    if (request_.body) {
      out += "BODY ";
      append_body_structure(out, parts_, false);
      out += ' ';
    }
    if (request_.body_structure) {
      out += "BODYSTRUCTURE ";
      append_body_structure(out, parts_, true);
      out += ' ';
    }
  }
  if (!TRY(append_sections(session, out))) return false;
  if (out.ends_with(' ')) out.pop_back();
  out += ")\r\n";
  in_message_ = false;
  return true;
}

Result<bool> Fetch::append_sections(Session& session, std::string& out) {
  if (stream_ && !TRY(append_stream(session, out))) return false;
  for (; section_ < request_.sections.size();) {
    const auto& section = request_.sections[section_];
    const bool whole = TRY(append_section(session, section, out));
    ++section_;
    if (!whole) return false;
  }
  return true;
}

// Octets of the message in hand; a small message of which several sections are wanted is read once. The view
// ends with the next call.
Result<std::string_view> Fetch::read_octets(Session& session, mime::Range range) {
  if (range.empty()) return std::string_view();
  const auto& record = *records_[message_];
  const bool whole = record.size <= kPiece && (request_.sections.size() > 1 || range.size() == record.size);
  if (!whole) {
    octets_ = TRY(session.accounts().content(record, range.begin, range.size()));
  } else if (octets_.empty()) {
    octets_ = TRY(ahead_.take(session.accounts(), records_, message_));
  }
  const auto begin = whole ? range.begin : 0;
  if (octets_.size() < std::size_t{begin} + range.size()) {
    return fail(mailbox::MailboxError::kCorrupt, "The message is shorter than its record says");
  }
  return std::string_view(octets_).substr(begin, range.size());
}

Result<bool> Fetch::append_section(Session& session, const FetchSection& section, std::string& out) {
  const auto& record = *records_[message_];
  std::optional<mime::Section> found;
  if (section.path.empty() && section.kind == mime::SectionKind::kAll) {
    found.emplace().range = {0, static_cast<std::uint32_t>(record.size)};
  } else {
    found = mime::find_section(parts_, static_cast<std::uint32_t>(record.size), section.path, section.kind);
  }
  if (!found) {
    append_label(out, section);
    out += "NIL ";
    return true;
  }
  const auto whole = found->range;
  if (section.path.empty() && section.kind == mime::SectionKind::kHeader) {
    const auto header = TRY(session.services->headers->header(session.accounts(), record, whole.end));
    append_text_section(section, *header, out);
    return true;
  }
  if (!section.fields.empty()) {
    const auto header = TRY(read_octets(session, whole));
    append_text_section(section, header, out);
    return true;
  }
  const auto wanted = partial_range(section, whole.size());
  const mime::Range octets{whole.begin + wanted.begin, whole.begin + wanted.end};
  const auto first = std::min(octets.size(), kPiece);
  const auto content = TRY(read_octets(session, {octets.begin, octets.begin + first}));
  append_label(out, section);
  append_literal_size(out, octets.size());
  append_octets(out, content);
  if (first < octets.size()) {
    stream_ = {octets.begin + first, octets.end};
    return false;
  }
  out += ' ';
  return true;
}

Result<bool> Fetch::append_stream(Session& session, std::string& out) {
  const auto piece = std::min(stream_->size(), kPiece);
  append_octets(out, TRY(read_octets(session, {stream_->begin, stream_->begin + piece})));
  stream_->begin += piece;
  if (!stream_->empty()) return false;
  stream_.reset();
  out += ' ';
  return true;
}

ParsedTask parse_fetch(Arguments arguments) {
  auto& in = arguments.in;
  TRY(in.space());
  auto set = TRY(parse_sequence_set(in));
  TRY(in.space());
  auto request = TRY(parse_fetch_request(in));
  TRY(in.end());
  return std::make_unique<Fetch>(std::move(request), std::move(set), arguments.uid);
}

}  // namespace gannet::imap
