// Texts, messages and the records of the index: no input may crash what takes them apart, and the words of a
// text are those of its halves, apart from what is cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <roaring/roaring.hh>
#include <string>
#include <string_view>
#include <vector>

#include "search/blocks.h"
#include "search/builder.h"
#include "search/document.h"
#include "search/indexing_list.h"
#include "search/postings.h"
#include "search/schema.h"
#include "search/words.h"

namespace {

using namespace gannet::search;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_words(std::string_view text) {
  const std::string folded = fold(text);
  const std::string plain = without_marks(folded);
  require(without_marks(plain) == plain);
  std::string with, without;
  for (Tokenizer tokens(folded, 250); tokens.next();) {
    with += std::string(tokens.token().text) + '\0';
    require(tokens.token().text.size() <= 250 && tokens.token().end <= folded.size());
  }
  for (Tokenizer tokens(plain, 250); tokens.next();) without += std::string(tokens.token().text) + '\0';
  require(with == without);
}

void check_fields(std::string_view value) {
  for (FieldReader fields(value); fields.next();) require(fields.postings().documents.size() <= value.size());
}

void check_records(std::string_view record) {
  if (const auto head = decode_head(record)) {
    const auto again = decode_head(encode(*head));
    require(again && *again == *head);
  }
  Roaring documents;
  if (decode_documents(record, documents)) {
    Roaring again;
    require(decode_documents(encode_documents(documents), again).has_value() && again == documents);
  }
  std::vector<std::uint32_t> many;
  require(decode_documents(record, many).has_value() == decode_documents(record, documents).has_value());
  check_fields(record);
  (void)unpack_positions(record, many);
  for (PositionsReader positions(7, record); positions.next();)
    (void)unpack_positions(positions.packed(), many);
  (void)place_of_entry(record);
  (void)decode_waiting(record.substr(0, 9), record.substr(std::min<std::size_t>(9, record.size())));
  for (PieceReader piece(record); piece.next();) check_fields(piece.value());
}

void check_message(std::string_view content) {
  SegmentBuilder builder({.default_language = "en", .max_document = 4096, .max_word = 32});
  builder.add(document_of(1, 1, "Delivered-To: x\r\n", content, {.mime = {}, .max_text = 4096}));
  const auto segment = builder.finish();
  for (const auto& [section, piece] : segment.pieces) {
    PieceReader reader(piece.value);
    std::string last;
    while (reader.next()) {
      require(last < reader.key());
      last = reader.key();
    }
    require(reader.ok());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_words(text);
  check_records(text);
  check_message(text);
  return 0;
}
