#pragma once

#include <optional>
#include <string>
#include <vector>

#include "imap/commands/bodies_ahead.h"
#include "imap/commands/commands.h"
#include "imap/parser/fetch_items.h"
#include "imap/response/flag_lists.h"

namespace gannet::imap {

// FETCH and UID FETCH (RFC 9051 6.4.5). What the view knows is written from its columns alone; the rest from
// the records of some hundred messages at a time; BODY[...] reads octet ranges of the message, long ones in
// pieces.
class Fetch final : public Task {
 public:
  Fetch(FetchRequest request, SequenceSet set, bool by_uid)
      : request_(std::move(request)), set_(std::move(set)), by_uid_(by_uid) {}

  std::optional<Reply> step(Session& session, std::string& out) override;
  Updates updates() const override { return by_uid_ ? Updates::kAll : Updates::kWithoutExpunge; }
  bool uid() const override { return by_uid_; }
  std::vector<Shown> take_shown() override { return std::move(shown_); }

 private:
  Result<std::optional<Reply>> work(Session& session, std::string& out);
  Result<void> start(Session& session);
  Reply finish() const;

  // Without records.
  Result<bool> step_columns(Session& session, std::string& out);
  // With records: true when all is written.
  Result<bool> step_records(Session& session, std::string& out);
  Result<bool> load_batch(Session& session, std::string& out);
  Result<void> mark_seen(Session& session);
  Result<void> read_summary(Session& session, const mailbox::MessageRecord& record);
  Result<std::string_view> read_octets(Session& session, mime::Range range);
  // One message; false when it goes on in the next step, within a long section.
  Result<bool> append_message(Session& session, std::string& out);
  Result<bool> append_sections(Session& session, std::string& out);
  Result<bool> append_section(Session& session, const FetchSection& section, std::string& out);
  Result<bool> append_stream(Session& session, std::string& out);

  void begin_response(const Selected& selected, const mailbox::Entry& entry, std::string& out);
  void append_columns(const mailbox::AccountView& view, const mailbox::Entry& entry, bool recent,
                      std::string& out);

  FetchRequest request_;
  SequenceSet set_;
  bool by_uid_;

  bool started_ = false;
  std::vector<NumberRange> ranges_;  // of UIDs, what is left to do; the front one first
  std::size_t range_ = 0;
  std::uint32_t expected_ = 0;  // messages that the client means
  std::uint32_t found_ = 0;
  std::shared_ptr<const mailbox::AccountView> view_;
  FlagLists flags_;
  std::vector<Shown> shown_;

  // The batch in hand.
  std::vector<mailbox::Entry> entries_;
  std::vector<RecordPtr> records_;
  std::vector<bool> newly_seen_;
  std::size_t message_ = 0;  // index of the next message of the batch
  BodiesAhead ahead_;

  // The message in hand, where a long section of it is not written yet.
  std::size_t section_ = 0;
  bool in_message_ = false;
  static constexpr std::size_t kElsewhere = SIZE_MAX;
  std::size_t message_begin_ = kElsewhere;  // where its response begins in this step's output
  std::string octets_;
  std::string remade_summary_;
  std::optional<mime::MessageSummary> summary_;
  std::vector<mime::PartSummary> parts_;
  std::optional<mime::Range> stream_;  // octets of the message that are still to come in this literal
};

}  // namespace gannet::imap
