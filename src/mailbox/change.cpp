#include "mailbox/change.h"

#include <algorithm>

#include "base/bytes.h"
#include "mailbox/keyword_codec.h"

namespace gannet::mailbox {
namespace {

constexpr std::uint8_t kVersion = 1;
// Steps with long lists are cut into pieces of this many, so that a part cannot grow without bound.
constexpr std::size_t kPiece = 1000;

// The numbers are stored: never change one.
enum class Kind : std::uint8_t {
  kAdded = 1,
  kRemoved = 2,
  kKeywordsSet = 3,
  kRethreaded = 4,
  kShared = 5,
  kMailboxTouched = 6,
};

RecordWriter& begin(RecordWriter& out, Kind kind) {
  return out.u8(static_cast<std::uint8_t>(kind));
}

// Ascending numbers, each as its distance to the one before.
class Distances {
 public:
  explicit Distances(RecordWriter& out) : out_(out) {}
  void write(std::uint32_t number) {
    out_.varint(number - before_);
    before_ = number;
  }

 private:
  RecordWriter& out_;
  std::uint32_t before_ = 0;
};

// Collects parts; a part is closed when it has become too long.
class Parts {
 public:
  explicit Parts(std::size_t part_bytes) : part_bytes_(part_bytes) {}

  RecordWriter& next() {
    if (out_.view().size() >= part_bytes_) {
      parts_.push_back(out_.take());
      out_ = RecordWriter(kVersion);
    }
    return out_;
  }
  std::vector<std::string> take() {
    parts_.push_back(out_.take());
    return std::move(parts_);
  }

 private:
  std::size_t part_bytes_;
  RecordWriter out_{kVersion};
  std::vector<std::string> parts_;
};

// Calls `write` with each piece [first, last) of a list of `size`.
template <typename F>
void in_pieces(std::size_t size, F&& write) {
  for (std::size_t first = 0; first < size; first += kPiece) write(first, std::min(size, first + kPiece));
}

class StepWriter {
 public:
  explicit StepWriter(Parts& parts) : parts_(parts) {}

  void operator()(const Added& step) {
    in_pieces(step.rows.size(), [&](std::size_t first, std::size_t last) {
      auto& out = begin(parts_.next(), Kind::kAdded).varint(step.mailbox).varint(last - first);
      Distances uids(out);
      for (std::size_t i = first; i < last; ++i) {
        const Row& row = step.rows[i];
        uids.write(row.uid);
        out.varint(row.document).varint(row.thread).varint(row.size).signed_varint(row.received);
        out.signed_varint(row.saved - row.received);
        write_keywords(out, row.keywords);
      }
    });
  }
  void operator()(const Removed& step) {
    in_pieces(step.gone.size(), [&](std::size_t first, std::size_t last) {
      auto& out = begin(parts_.next(), Kind::kRemoved).varint(step.mailbox).varint(last - first);
      Distances uids(out);
      for (std::size_t i = first; i < last; ++i) {
        const auto& gone = step.gone[i];
        uids.write(gone.uid);
        out.varint(gone.document).varint(gone.thread).boolean(gone.destroyed);
      }
    });
  }
  void operator()(const KeywordsSet& step) {
    in_pieces(step.uids.size(), [&](std::size_t first, std::size_t last) {
      auto& out = begin(parts_.next(), Kind::kKeywordsSet).varint(step.mailbox);
      write_keywords(out, step.keywords);
      out.varint(last - first);
      Distances uids(out);
      for (std::size_t i = first; i < last; ++i) uids.write(step.uids[i]);
    });
  }
  void operator()(const Rethreaded& step) {
    in_pieces(step.documents.size(), [&](std::size_t first, std::size_t last) {
      auto& out = begin(parts_.next(), Kind::kRethreaded).varint(step.thread).varint(last - first);
      Distances documents(out);
      for (std::size_t i = first; i < last; ++i) documents.write(step.documents[i]);
    });
  }
  void operator()(const Shared& step) {
    auto& out = begin(parts_.next(), Kind::kShared).varint(step.document).varint(step.places.size());
    for (const auto& [mailbox, uid] : step.places) out.varint(mailbox).varint(uid);
  }
  void operator()(const MailboxTouched& step) {
    begin(parts_.next(), Kind::kMailboxTouched).varint(step.mailbox);
  }

 private:
  Parts& parts_;
};

class StepReader {
 public:
  StepReader(RecordReader& in, Modseq modseq) : in_(in), modseq_(modseq) {}

  bool read(Step& out) {
    switch (static_cast<Kind>(in_.u8())) {
      case Kind::kAdded:
        out = added();
        break;
      case Kind::kRemoved:
        out = removed();
        break;
      case Kind::kKeywordsSet:
        out = keywords_set();
        break;
      case Kind::kRethreaded:
        out = rethreaded();
        break;
      case Kind::kShared:
        out = shared();
        break;
      case Kind::kMailboxTouched:
        out = MailboxTouched{number()};
        break;
      default:
        return false;
    }
    return in_.ok();
  }

 private:
  std::uint32_t number() { return static_cast<std::uint32_t>(in_.varint()); }
  // How many follow; never more than there is room for.
  std::size_t count() { return std::min<std::uint64_t>(in_.varint(), in_.remaining()); }

  Added added() {
    Added step{number(), {}};
    step.rows.resize(count());
    Uid uid = 0;
    for (auto& row : step.rows) {
      row.uid = uid += number();
      row.document = number();
      row.thread = number();
      row.size = number();
      row.received = in_.signed_varint();
      row.saved = row.received + in_.signed_varint();
      row.modseq = modseq_;
      row.keywords = read_keywords(in_);
    }
    return step;
  }
  Removed removed() {
    Removed step{number(), {}};
    step.gone.resize(count());
    Uid uid = 0;
    for (auto& gone : step.gone) {
      gone.uid = uid += number();
      gone.document = number();
      gone.thread = number();
      gone.destroyed = in_.boolean();
    }
    return step;
  }
  KeywordsSet keywords_set() {
    KeywordsSet step{number(), read_keywords(in_), {}};
    step.uids.resize(count());
    Uid uid = 0;
    for (auto& out : step.uids) out = uid += number();
    return step;
  }
  Rethreaded rethreaded() {
    Rethreaded step{number(), {}};
    step.documents.resize(count());
    DocumentId document = 0;
    for (auto& out : step.documents) out = document += number();
    return step;
  }
  Shared shared() {
    Shared step{number(), {}};
    step.places.resize(count());
    for (auto& [mailbox, uid] : step.places) {
      mailbox = number();
      uid = number();
    }
    return step;
  }

  RecordReader& in_;
  Modseq modseq_;
};

std::unexpected<Error> corrupt() {
  return fail(MailboxError::kCorrupt, "mail of this account cannot be read", "damaged record: change log");
}

}  // namespace

std::vector<std::string> encode_change(const Change& change, std::size_t part_bytes) {
  Parts parts(part_bytes);
  for (const auto& step : change.steps) std::visit(StepWriter(parts), step);
  return parts.take();
}

Result<void> decode_change_part(std::string_view record, Change& out) {
  RecordReader in(record);
  if (in.u8() != kVersion) return corrupt();
  StepReader reader(in, out.modseq);
  while (in.remaining() > 0)
    if (!reader.read(out.steps.emplace_back())) return corrupt();
  return {};
}

std::vector<std::string> encode_expunged(const std::vector<const Removed*>& removed, std::size_t part_bytes) {
  Parts parts(part_bytes);
  for (const Removed* step : removed)
    in_pieces(step->gone.size(), [&](std::size_t first, std::size_t last) {
      auto& out = parts.next().varint(step->mailbox).varint(last - first);
      Distances uids(out);
      for (std::size_t i = first; i < last; ++i) uids.write(step->gone[i].uid);
    });
  return parts.take();
}

Result<void> decode_expunged_part(std::string_view record, MailboxId mailbox, std::vector<Uid>& out) {
  RecordReader in(record);
  if (in.u8() != kVersion) return corrupt();
  while (in.remaining() > 0) {
    const bool wanted = in.varint() == mailbox;
    std::uint64_t count = in.varint();
    for (Uid uid = 0; count > 0 && in.ok(); --count) {
      uid += static_cast<Uid>(in.varint());
      if (wanted) out.push_back(uid);
    }
    if (!in.ok()) return corrupt();
  }
  return {};
}

}  // namespace gannet::mailbox
