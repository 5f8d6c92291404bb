// Reads the collections of messages and expected results that other projects published, where a copy lies
// beside the source tree (GANNET_TESTDATA names another place). Skipped where there is none.
#include <boost/json/src.hpp>
#include <cstdlib>
#include <set>

#include "mime/address.h"
#include "mime/charset.h"
#include "mime/date.h"
#include "mime/encoded_word.h"
#include "mime/message_id.h"
#include "mime/summary.h"
#include "mime/test_messages.h"
#include "mime/text.h"

namespace gannet::mime {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string optional_text(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : std::string();
}

class Corpus : public testing::Test {
 protected:
  void SetUp() override {
    const char* given = std::getenv("GANNET_TESTDATA");
    root_ = (given ? fs::path(given) : fs::path(GANNET_SOURCE_DIR) / ".." / "shared" / "testdata") / "mime";
    if (!fs::is_directory(root_))
      GTEST_SKIP() << "no test data in " << root_ << " (GANNET_TESTDATA names it)";
  }

  fs::path mail_parser() const { return root_ / "mail-parser" / "resources"; }
  json::array table(const std::string& name) const {
    return json::parse(read_file(mail_parser() / (name + ".json"))).as_array();
  }
  // The value of a field as the parser would hand it on: up to the first line that does not continue it.
  static std::string value_of(const json::value& entry) {
    const std::string text = "X:" + std::string(entry.at("header").as_string());
    HeaderReader reader(text, 0);
    return reader.next() ? std::string(reader.header().raw_value(text)) : std::string();
  }

  fs::path root_;
};

TEST_F(Corpus, EveryFileIsRead) {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    if (!entry.is_regular_file()) continue;
    SCOPED_TRACE(entry.path().string());
    const std::string text = read_file(entry.path());
    const auto message = parse(text);
    expect_invariants(message);
    if (HasFatalFailure()) return;
    const std::string record = encode_summary(message);
    const auto summary = decode_summary(record);
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->size, text.size());
    EXPECT_TRUE(is_valid_utf8(summary->preview));
    EXPECT_TRUE(is_valid_utf8(summary->base_subject));
    const auto parts = summary->parts();
    ASSERT_EQ(parts.size(), message.parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Part& part = message.parts[i];
      EXPECT_EQ(parts[i].header, part.header);
      EXPECT_EQ(parts[i].body, part.body);
      EXPECT_EQ(parts[i].lines, part.lines);
      EXPECT_EQ(parts[i].parent, part.parent);
      EXPECT_EQ(parts[i].next_sibling, part.next_sibling);
      EXPECT_EQ(parts[i].type, part.type);
      EXPECT_TRUE(is_valid_utf8(text_of(message, part)));
    }
    ++files;
  }
  EXPECT_GT(files, 1000);
}

// Where a part number leads must be where the tree says that the part is.
void expect_sections(const ParsedMessage& message, const MessageSummary& summary, std::uint32_t index,
                     std::vector<std::uint32_t> path) {
  if (!path.empty()) {
    const auto section = find_section(summary, path, SectionKind::kAll);
    ASSERT_TRUE(section);
    EXPECT_EQ(section->range, message.parts[index].body);
    EXPECT_EQ(section->part, index);
  }
  const Part* part = &message.parts[index];
  if (part->kind == PartKind::kMessage) {
    const Part& inner = message.parts[part->first_child];
    if (!path.empty()) {
      EXPECT_EQ(find_section(summary, path, SectionKind::kHeader)->range, inner.header);
      EXPECT_EQ(find_section(summary, path, SectionKind::kText)->range, inner.body);
    }
    if (inner.kind != PartKind::kMultipart) {
      path.push_back(1);
      return expect_sections(message, summary, part->first_child, path);
    }
    part = &inner;
  }
  path.push_back(0);
  for (std::uint32_t i = part->kind == PartKind::kMultipart ? part->first_child : kNoPart; i != kNoPart;
       i = message.parts[i].next_sibling) {
    ++path.back();
    expect_sections(message, summary, i, path);
  }
}

TEST_F(Corpus, SectionsAreTheParts) {
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    const auto extension = entry.path().extension();
    if (extension != ".eml" && extension != ".msg" && extension != ".txt") continue;
    SCOPED_TRACE(entry.path().string());
    const std::string text = read_file(entry.path());
    const auto message = parse(text);
    const std::string record = encode_summary(message);
    if (message.root().kind == PartKind::kMultipart) {
      expect_sections(message, *decode_summary(record), 0, {});
    } else {
      expect_sections(message, *decode_summary(record), 0, {1});
    }
  }
}

TEST_F(Corpus, Addresses) {
  int compared = 0;
  for (const auto& entry : table("address")) {
    const std::string value = value_of(entry);
    // Where that parser adds comments to names, or splits what follows a group, we do as RFC 5322 says.
    if (value.contains('(') || value.contains("List 1")) continue;
    SCOPED_TRACE(value);
    std::vector<std::pair<std::string, std::string>> expected, read;
    const auto& object = entry.at("expected").as_object();
    const auto add = [&](const json::array& list) {
      for (const auto& item : list)
        expected.emplace_back(optional_text(item.at("name")), optional_text(item.at("address")));
    };
    if (const auto* list = object.if_contains("List")) add(list->as_array());
    if (const auto* groups = object.if_contains("Group"))
      for (const auto& group : groups->as_array()) add(group.at("addresses").as_array());
    for (const auto& address : parse_addresses(value)) {
      if (address.kind != AddressKind::kMailbox) continue;
      std::string spec = address.mailbox + (address.host.empty() ? "" : "@" + address.host);
      if (!address.route.empty()) spec = address.route + ":" + spec;
      read.emplace_back(decode_words(address.name), spec);
    }
    std::erase_if(read, [](const auto& item) { return item.second.empty(); });
    for (auto& item : expected) std::erase(item.second, ' ');
    EXPECT_EQ(read, expected);
    ++compared;
  }
  EXPECT_GE(compared, 30);
}

TEST_F(Corpus, Dates) {
  int compared = 0;
  for (const auto& entry : table("date")) {
    const std::string value = value_of(entry);
    if (value.contains("4 8 15") || value.contains("((invalid)"))
      continue;  // not ours to read so, or not to read
    SCOPED_TRACE(value);
    const auto date = parse_date(value);
    const auto& expected = entry.at("expected");
    ASSERT_EQ(date.has_value(), !expected.is_null());
    ++compared;
    if (!date) continue;
    const auto number = [&](const char* name) { return expected.at(name).to_number<int>(); };
    const int zone =
        (number("tz_hour") * 60 + number("tz_minute")) * (expected.at("tz_before_gmt").as_bool() ? -1 : 1);
    using namespace std::chrono;
    const sys_seconds local = sys_days(year(number("year")) / number("month") / number("day")) +
                              hours(number("hour")) + minutes(number("minute")) + seconds(number("second"));
    EXPECT_EQ(date->offset_minutes, zone);
    EXPECT_EQ(date->unix_seconds, (local - minutes(zone)).time_since_epoch().count());
  }
  EXPECT_GE(compared, 35);
}

TEST_F(Corpus, ContentTypes) {
  int compared = 0;
  for (const auto& entry : table("content_type")) {
    const std::string value = value_of(entry);
    if (value.contains("malicious") || value.contains("9999") || value.contains("filename*0*=iso") ||
        value.contains("B?4Q==?= =?utf-8"))  // RFC 2047 6.2: blanks between two words are not shown
      continue;
    SCOPED_TRACE(value);
    const auto& expected = entry.at("expected");
    const auto read = parse_content_type(value);
    ++compared;
    if (expected.is_null()) {
      EXPECT_TRUE(read.type.empty());
      continue;
    }
    const auto lower = [](std::string text) {
      std::ranges::transform(text, text.begin(),
                             [](unsigned char c) { return c < 128 ? std::tolower(c) : c; });
      return text;
    };
    EXPECT_EQ(lower(read.type), lower(optional_text(expected.at("c_type"))));
    EXPECT_EQ(lower(read.subtype), lower(optional_text(expected.at("c_subtype"))));
    const auto* attributes = expected.as_object().if_contains("attributes");
    if (!attributes || attributes->is_null()) continue;
    for (const auto& attribute : attributes->as_array()) {
      const std::string name(attribute.is_array() ? attribute.at(0).as_string()
                                                  : attribute.at("name").as_string());
      const std::string text(attribute.is_array() ? attribute.at(1).as_string()
                                                  : attribute.at("value").as_string());
      if (name.ends_with("-language")) continue;  // the language of RFC 2231, which nobody shows
      EXPECT_EQ(decode_parameter(read.parameters, name).value_or("(absent)"), text) << name;
    }
  }
  EXPECT_GE(compared, 90);
}

TEST_F(Corpus, MessageIds) {
  for (const auto& entry : table("id")) {
    std::vector<std::string> expected;
    if (const auto& list = entry.at("expected"); list.is_array())
      for (const auto& id : list.as_array()) expected.emplace_back(id.as_string());
    EXPECT_EQ(parse_message_ids(value_of(entry)), expected) << value_of(entry);
  }
}

TEST_F(Corpus, UnstructuredText) {
  // That parser sets words and text apart that stand together, and collapses what we leave as it was sent.
  const auto plain = [](std::string text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\t'; });
    return text;
  };
  for (const auto& entry : table("unstructured"))
    EXPECT_EQ(plain(decode_unstructured(value_of(entry))),
              plain(std::string(entry.at("expected").as_string())));
}

// Where every leaf begins and ends.
TEST_F(Corpus, PartOffsets) {
  // Messages that we read otherwise, on purpose:
  const std::set<std::string> ours = {
      // an outer delimiter ends an inner multipart that was never closed,
      "malformed/009", "malformed/011", "malformed/012", "malformed/016",
      // a delimiter opens a part even if the message ends there, or has no empty line,
      "malformed/000", "malformed/001", "malformed/013", "malformed/014",
      // an inner multipart whose first delimiter is missing still ends at its other ones,
      "malformed/007", "malformed/020", "malformed/021",
      // an attached message may hold no header at all, an outer delimiter ends one whose boundary is its own,
      "malformed/022", "thirdparty/015",
      // a delimiter begins a line, and a lone CR at the very end is content.
      "thirdparty/005", "legacy/049"};
  int compared = 0;
  for (const auto& entry : fs::recursive_directory_iterator(mail_parser() / "eml")) {
    if (entry.path().extension() != ".eml") continue;
    const std::string name =
        entry.path().parent_path().filename().string() + "/" + entry.path().stem().string();
    if (ours.contains(name)) continue;
    SCOPED_TRACE(name);
    std::string text = read_file(entry.path());
    for (auto at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n", at)) text.erase(at, 1);
    const auto message = parse(text);
    const json::value expected = json::parse(read_file(fs::path(entry.path()).replace_extension(".json")));
    std::vector<std::pair<std::int64_t, std::int64_t>> theirs, read;
    for (const auto& part : expected.at("parts").as_array()) {
      const auto& body = part.at("body").as_object();
      if (body.contains("Multipart")) continue;
      theirs.emplace_back(part.at("offset_body").as_int64(), part.at("offset_end").as_int64());
    }
    for (std::uint32_t i = 0; i < message.parts.size(); ++i) {
      const Part& part = message.parts[i];
      bool inside = false;
      for (auto p = part.parent; p != kNoPart; p = message.parts[p].parent)
        inside |= message.parts[p].kind == PartKind::kMessage;
      if (part.kind != PartKind::kMultipart && !inside) read.emplace_back(part.body.begin, part.body.end);
    }
    EXPECT_EQ(read, theirs);
    ++compared;
  }
  EXPECT_GE(compared, 80);
}

// The elements of one of mime4j's results, as "M(P(B(b)B(b)))": message, multipart, body part, body.
std::string skeleton_of_xml(const std::string& xml) {
  std::string out;
  for (auto at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    const std::string_view rest = std::string_view(xml).substr(at);
    if (rest.starts_with("<message>")) out += "M(";
    if (rest.starts_with("<multipart>")) out += "P(";
    if (rest.starts_with("<body-part>")) out += "B(";
    if (rest.starts_with("<body>")) out += "b";
    if (rest.starts_with("</message>") || rest.starts_with("</multipart>") ||
        rest.starts_with("</body-part>"))
      out += ")";
  }
  return out;
}

std::string skeleton(const ParsedMessage& message, std::uint32_t index) {
  const Part& part = message.parts[index];
  if (part.kind == PartKind::kMessage) return "M(" + skeleton(message, part.first_child) + ")";
  if (part.kind != PartKind::kMultipart) return "b";
  if (part.flags & kNoDelimiter) return "P()";
  std::string out = "P(";
  for (std::uint32_t i = part.first_child; i != kNoPart; i = message.parts[i].next_sibling)
    out += "B(" + skeleton(message, i) + ")";
  return out + ")";
}

TEST_F(Corpus, Structure) {
  // Messages that we read otherwise, on purpose: nothing encoded is taken apart (offsets would mean nothing),
  // and a boundary does not end with blanks (RFC 2046 5.1.1).
  const std::set<std::string> ours = {"multi-2gifs-base64",
                                      "base64encoded-rfc822message-nested",
                                      "bad-newlines-multiple-parts-base64",
                                      "weird-boundary",
                                      "very-long-boundary",
                                      "very-very-long-boundary"};
  int compared = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root_ / "mime4j")) {
    const fs::path& path = entry.path();
    if (path.extension() != ".msg" || ours.contains(path.stem().string())) continue;
    SCOPED_TRACE(path.filename().string());
    const std::string text = read_file(path);
    const auto message = parse(text);
    EXPECT_EQ("M(" + skeleton(message, 0) + ")",
              skeleton_of_xml(read_file(fs::path(path).replace_extension(".xml"))));
    ++compared;
  }
  EXPECT_GE(compared, 60);
}

void expect_offsets(const ParsedMessage& message, std::uint32_t index, const json::value& expected,
                    std::int64_t base) {
  const Part& part = message.parts[index];
  EXPECT_EQ(std::string(part.type) + "/" + std::string(part.subtype), expected.at("mimeType").as_string());
  EXPECT_EQ(part.header.begin + base, expected.at("beginOffset").as_int64());
  if (part.body.empty()) return;  // theirs begins before the empty line, which they count to the delimiter
  EXPECT_EQ(part.body.begin + base, expected.at("headersEndOffset").as_int64());
  const auto* children = expected.as_object().if_contains("children");
  if (!children) {
    EXPECT_EQ(part.body.end + base, expected.at("endOffset").as_int64());
    return;
  }
  std::uint32_t child = part.first_child;
  for (const auto& other : children->as_array()) {
    ASSERT_NE(child, kNoPart);
    expect_offsets(message, child, other, base);
    child = message.parts[child].next_sibling;
  }
  EXPECT_EQ(child, kNoPart);
}

TEST_F(Corpus, OffsetsInAnMbox) {
  const fs::path folder = root_ / "mimekit" / "UnitTests" / "TestData" / "mbox";
  const std::string mbox = read_file(folder / "issue1189.mbox.txt");
  const json::value expected = json::parse(read_file(folder / "issue1189.unix-offsets.json"));
  ASSERT_GE(expected.as_array().size(), 4u);
  for (const auto& item : expected.as_array()) {
    const auto begin = item.at("beginOffset").as_int64(), end = item.at("endOffset").as_int64();
    const std::string text =
        mbox.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    expect_offsets(parse(text), 0, item.at("body"), begin);
  }
}

}  // namespace
}  // namespace gannet::mime
