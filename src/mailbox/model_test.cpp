// Random work on an account, on one of two nodes each time, against a simple model; and the three ways to
// come by a view against each other: followed by the node that wrote, replayed, loaded.
#include "mailbox/testing/model.h"

#include <algorithm>
#include <cstdlib>
#include <ranges>

#include "mailbox/names.h"
#include "mailbox/testing/dump.h"
#include "mailbox/testing/fixture.h"

namespace gannet::mailbox::testing {
namespace {

const std::vector<std::string> kKeywords = {"\\Seen", "\\Flagged", "\\Deleted", "$Junk", "work", "later"};

template <typename K, typename V>
std::vector<K> keys(const std::map<K, V>& map) {
  std::vector<K> out;
  for (const auto& [key, value] : map) out.push_back(key);
  return out;
}

bool has_path(const std::map<MailboxId, std::string>& mailboxes, const std::string& path) {
  return std::ranges::any_of(mailboxes, [&](const auto& one) { return one.second == path; });
}

class Play {
 public:
  Play(std::uint64_t seed, std::uint64_t max_changes) : world_(seed), dice_(seed) {
    AccountsOptions options = with_folders();
    options.max_changes = max_changes;
    nodes_ = {world_.node(options), world_.node(options)};
    learn_mailboxes();
  }

  void run(int steps) {
    for (int step = 0; step < steps && !::testing::Test::HasFailure(); ++step) {
      SCOPED_TRACE(fmt::format("step {}", step));
      world_.clock.advance(Duration(dice_.below(5000)));
      turn();
      if (dice_.below(4) == 0) compare();
      if (dice_.below(4) == 0) check_changes();
    }
    compare();
    remove_everything();
  }

 private:
  Accounts& node() { return *nodes_[dice_.below(nodes_.size())]; }
  template <typename T>
  const T& any(const std::vector<T>& of) {
    return of[dice_.below(of.size())];
  }
  MailboxId any_mailbox() { return any(keys(model_.mailboxes)); }
  std::vector<Uid> some_uids(MailboxId mailbox) {
    std::vector<Uid> out;
    for (const auto& [uid, document] : model_.in(mailbox))
      if (dice_.below(3) == 0) out.push_back(uid);
    if (dice_.below(4) == 0) out.push_back(static_cast<Uid>(dice_.below(500) + 1));  // perhaps not there
    return out;
  }
  std::vector<std::string> some_keywords() {
    std::vector<std::string> out;
    for (const auto& keyword : kKeywords)
      if (dice_.below(3) == 0) out.push_back(keyword);
    // Now and then one of very many, so that sets grow beyond 64.
    if (dice_.below(5) == 0) out.push_back(fmt::format("k{}", dice_.below(150)));
    return out;
  }

  void turn() {
    switch (dice_.below(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return store();
      case 4:
      case 5:
        return set_keywords();
      case 6:
        return copy(false);
      case 7:
        return copy(true);
      case 8:
        return expunge();
      case 9:
        return create();
      case 10:
        return rename();
      default:
        return dice_.below(3) == 0 ? remove_mailbox() : subscribe();
    }
  }

  void store() {
    MailOptions options{.subject = fmt::format("Subject {}", dice_.below(4)),
                        .id = fmt::format("{}@example.org", dice_.below(60)),
                        .body = fmt::format("{}\r\n", dice_.below(30))};
    for (auto n = dice_.below(4); n > 0; --n)
      options.references += fmt::format("<{}@example.org> ", dice_.below(60));
    Destination destination{.account = kAccount, .keywords = some_keywords()};
    for (auto n = dice_.below(3) + 1; n > 0; --n) destination.mailboxes.push_back(any_mailbox());
    if (dice_.below(2) == 0) destination.trace = "Delivered-To: ann@example.org\r\n";
    const std::string content = mail(options);
    const auto stored = must(node().store({content, world_.clock.now()}, std::span(&destination, 1)));
    ASSERT_EQ(stored.size(), 1u);
    ASSERT_TRUE(stored[0].stored);
    auto& message = model_.messages[stored[0].document];
    ASSERT_TRUE(message.places.empty()) << "a document number was used twice";
    message.content = destination.trace + content;
    message.keywords.insert(destination.keywords.begin(), destination.keywords.end());
    const bool deleted = message.keywords.erase("\\Deleted") > 0;
    for (const auto& place : stored[0].places) message.places[place.mailbox] = {place.uid, deleted};
  }

  void set_keywords() {
    const MailboxId mailbox = any_mailbox();
    const auto uids = some_uids(mailbox);
    const auto keywords = some_keywords();
    const auto action = static_cast<KeywordAction>(dice_.below(3));
    must(node().set_keywords(kAccount, mailbox, uids, action, keywords));
    const auto there = model_.in(mailbox);
    for (const Uid uid : uids) {
      if (!there.contains(uid)) continue;
      auto& message = model_.messages.at(there.at(uid));
      auto whole = message.keywords;
      if (message.places.at(mailbox).deleted) whole.insert("\\Deleted");
      if (action == KeywordAction::kReplace) whole.clear();
      for (const auto& keyword : keywords)
        action == KeywordAction::kRemove ? (void)whole.erase(keyword) : (void)whole.insert(keyword);
      message.places.at(mailbox).deleted = whole.erase("\\Deleted") > 0;
      message.keywords = whole;
    }
  }

  void copy(bool move) {
    const MailboxId from = any_mailbox(), to = any_mailbox();
    const auto uids = some_uids(from);
    const auto there = model_.in(from);
    const auto outcome =
        must(move ? node().move(kAccount, from, uids, to) : node().copy(kAccount, from, uids, to));
    std::vector<Uid> expected;
    for (const Uid uid : uids)
      if (there.contains(uid)) expected.push_back(uid);
    std::ranges::sort(expected);
    expected.erase(std::ranges::unique(expected).begin(), expected.end());
    ASSERT_EQ(outcome.from, expected);
    ASSERT_EQ(outcome.to.size(), expected.size());
    const auto view = must(nodes_[0]->view(kAccount));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const DocumentId document = there.at(expected[i]);
      const ModelMessage original = model_.messages.at(document);
      const bool deleted = original.places.at(from).deleted;
      DocumentId arrived = 0;
      {
        const auto lock = view->lock();
        const auto entry = view->entry(to, outcome.to[i]);
        ASSERT_TRUE(entry);
        arrived = entry->document;
      }
      auto places = original.places;
      if (move) places.erase(from);
      ASSERT_EQ(arrived == document, !places.contains(to));
      if (arrived != document) {
        ASSERT_FALSE(model_.messages.contains(arrived));
        model_.messages[arrived] = {original.content, original.keywords, {}};
      }
      model_.messages[arrived].places[to] = {outcome.to[i], deleted};
      if (move && !(from == to && arrived == document)) model_.remove(from, document);
    }
  }

  void expunge() {
    const MailboxId mailbox = any_mailbox();
    std::optional<std::vector<Uid>> uids;
    if (dice_.below(2) == 0) uids = some_uids(mailbox);
    std::vector<Uid> expected;
    for (const auto& [uid, document] : model_.in(mailbox)) {
      if (!model_.messages.at(document).places.at(mailbox).deleted) continue;
      if (uids && std::ranges::find(*uids, uid) == uids->end()) continue;
      expected.push_back(uid);
      model_.remove(mailbox, document);
    }
    const auto removed = must(uids ? node().expunge(kAccount, mailbox, std::span<const Uid>(*uids))
                                   : node().expunge(kAccount, mailbox, std::nullopt));
    ASSERT_EQ(removed, expected);
  }

  std::string any_path() {
    std::string path = fmt::format("f{}", dice_.below(6));
    for (auto n = dice_.below(3); n > 0; --n) path += fmt::format("/f{}", dice_.below(3));
    return path;
  }
  void create() {
    const std::string path = any_path();
    const bool taken = has_path(model_.mailboxes, path);
    EXPECT_EQ(node().create_mailbox(kAccount, path).has_value(), !taken);
    learn_mailboxes();
  }
  void rename() {
    const MailboxId mailbox = any_mailbox();
    const std::string from = model_.mailboxes.at(mailbox), to = any_path();
    const bool taken = has_path(model_.mailboxes, to);
    if (from == "INBOX") {
      const auto moved = model_.in(mailbox);
      ASSERT_EQ(node().rename_mailbox(kAccount, from, to).has_value(), !taken);
      learn_mailboxes();
      if (taken) return;
      const MailboxId target = id_of(to);
      // In the order of their UIDs; messages that only move keep their number.
      Uid next = 1;
      for (const auto& [uid, document] : moved) {
        auto& message = model_.messages.at(document);
        const bool deleted = message.places.at(mailbox).deleted;
        message.places.erase(mailbox);
        message.places[target] = {next++, deleted};
      }
      return;
    }
    const bool below = to.starts_with(from + "/");
    std::size_t deepest = 0;
    for (const auto& [id, path] : model_.mailboxes)
      if (path == from || path.starts_with(from + "/")) deepest = std::max(deepest, components(path).size());
    const bool too_deep =
        deepest - components(from).size() + components(to).size() > with_folders().max_depth;
    EXPECT_EQ(node().rename_mailbox(kAccount, from, to).has_value(), !taken && !below && !too_deep)
        << from << " to " << to;
    learn_mailboxes();
  }
  void remove_mailbox() {
    const MailboxId mailbox = any_mailbox();
    const std::string path = model_.mailboxes.at(mailbox);
    const bool parent = std::ranges::any_of(
        model_.mailboxes, [&](const auto& other) { return other.second.starts_with(path + "/"); });
    const bool expected = path != "INBOX" && !parent;
    ASSERT_EQ(node().delete_mailbox(kAccount, path).has_value(), expected);
    if (!expected) return;
    for (const auto& [uid, document] : model_.in(mailbox)) model_.remove(mailbox, document);
    model_.mailboxes.erase(mailbox);
  }
  void subscribe() {
    must(node().set_subscribed(kAccount, model_.mailboxes.at(any_mailbox()), dice_.below(2) == 0));
  }

  MailboxId id_of(const std::string& path) {
    for (const auto& [id, known] : model_.mailboxes)
      if (known == path) return id;
    return 0;
  }
  void learn_mailboxes() {
    model_.mailboxes.clear();
    const auto view = must(nodes_[0]->view(kAccount));
    const auto lock = view->lock();
    for (const Mailbox* box : view->mailboxes()) model_.mailboxes[box->id] = box->path;
  }

  void compare() {
    const auto first = must(nodes_[0]->view(kAccount));
    ASSERT_EQ(dump(*first), dump(*must(nodes_[1]->view(kAccount))));
    ASSERT_EQ(dump(*first), dump(*must(world_.node()->view(kAccount))));
    const auto lock = first->lock();
    EXPECT_EQ(first->quota_used(), model_.used());
    ASSERT_EQ(first->mailboxes().size(), model_.mailboxes.size());
    for (const auto& [id, path] : model_.mailboxes) {
      const Mailbox* box = first->find_mailbox(id);
      ASSERT_TRUE(box);
      EXPECT_EQ(box->path, path);
      compare_mailbox(*first, *box);
    }
  }

  void compare_mailbox(const AccountView& view, const Mailbox& box) {
    const auto expected = model_.in(box.id);
    ASSERT_EQ(view.uids(box.id), keys(expected));
    EXPECT_EQ(box.messages, expected.size());
    std::uint64_t bytes = 0, unseen = 0;
    Modseq highest = 0;
    for (const auto& [uid, document] : expected) {
      const auto& message = model_.messages.at(document);
      const auto entry = view.entry(box.id, uid);
      EXPECT_EQ(entry->document, document);
      EXPECT_EQ(entry->size, message.content.size());
      std::set<std::string> keywords = message.keywords;
      if (message.places.at(box.id).deleted) keywords.insert("\\Deleted");
      std::set<std::string> seen;
      for (const auto number : entry->keywords.numbers()) seen.emplace(view.keyword_name(number));
      EXPECT_EQ(seen, keywords);
      bytes += entry->size;
      unseen += !keywords.contains("\\Seen");
      highest = std::max(highest, entry->modseq);
    }
    EXPECT_EQ(box.bytes, bytes);
    EXPECT_EQ(box.unseen, unseen);
    EXPECT_LE(highest, box.highest_modseq);
    if (!expected.empty()) {
      EXPECT_LT(expected.rbegin()->first, box.uid_next);
    }
  }

  // What a mailbox held at some modseq is remembered, and asked for later.
  void check_changes() {
    const auto view = must(nodes_[0]->view(kAccount));
    Moment now;
    {
      const auto lock = view->lock();
      now.modseq = view->modseq();
      for (const Mailbox* box : view->mailboxes()) now.uids[box->id] = view->uids(box->id);
    }
    if (!past_.empty()) {
      const Moment& then = any(past_);
      const MailboxId mailbox = any_mailbox();
      for (const auto& one : nodes_) compare_changes(*one, *view, then, mailbox);
      compare_changes(*world_.node(), *view, then, mailbox);
    }
    past_.push_back(std::move(now));
  }
  struct Moment {
    Modseq modseq = 0;
    std::map<MailboxId, std::vector<Uid>> uids;
  };
  void compare_changes(Accounts& asked, const AccountView& view, const Moment& then, MailboxId mailbox) {
    const auto changes = must(asked.changes(kAccount, mailbox, then.modseq));
    const auto lock = view.lock();
    std::vector<Uid> changed, expected;
    for (const auto& entry : changes.changed) changed.push_back(entry.uid);
    view.for_each(mailbox, 1, UINT32_MAX, [&](const Entry& entry) {
      if (entry.modseq > then.modseq) expected.push_back(entry.uid);
      return true;
    });
    EXPECT_EQ(changed, expected);
    EXPECT_EQ(changes.modseq, view.modseq());
    EXPECT_TRUE(std::ranges::is_sorted(changes.vanished));
    const auto uids = view.uids(mailbox);
    for (const Uid uid : changes.vanished) EXPECT_FALSE(std::ranges::binary_search(uids, uid));
    if (const auto found = then.uids.find(mailbox); found != then.uids.end()) {
      for (const Uid uid : found->second)
        if (!std::ranges::binary_search(uids, uid)) {
          EXPECT_TRUE(std::ranges::binary_search(changes.vanished, uid));
        }
    }
    if (changes.complete && !changes.vanished.empty()) {
      const Mailbox* box = view.find_mailbox(mailbox);
      EXPECT_GT(box->highest_modseq, then.modseq);
    }
  }

  // With the last message go its blob's link, its records and what threaded it.
  void remove_everything() {
    for (const auto& [id, path] : model_.mailboxes) {
      const std::vector<Uid> uids = keys(model_.in(id));
      const std::vector<std::string> deleted = {"\\Deleted"};
      must(node().set_keywords(kAccount, id, uids, KeywordAction::kAdd, deleted));
      must(node().expunge(kAccount, id, std::nullopt));
    }
    const auto left = [&](store::Subspace subspace) {
      return must(store::scan_all(*world_.data,
                                  store::Range::prefix(std::string(1, static_cast<char>(subspace)))))
          .size();
    };
    EXPECT_EQ(left(store::Subspace::kMessage), 0u);
    EXPECT_EQ(left(store::Subspace::kState), 0u);
    EXPECT_EQ(left(store::Subspace::kThread), 0u);
    for (const auto& blob : must(world_.blobs->list(std::nullopt, 100'000)))
      EXPECT_FALSE(must(store::is_linked(*world_.data, blob)));
  }

  static constexpr AccountId kAccount = 3;
  World world_;
  SeededRandom dice_;
  std::vector<std::shared_ptr<Accounts>> nodes_;
  Model model_;
  std::vector<Moment> past_;
};

class ModelTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(ModelTest, LongLog) {
  Play(GetParam(), 100'000).run(400);
}
TEST_P(ModelTest, ShortLog) {
  Play(GetParam() + 1000, 20).run(400);
}

// GANNET_SEEDS asks for more.
std::uint64_t seeds() {
  const char* asked = std::getenv("GANNET_SEEDS");
  return asked ? std::strtoull(asked, nullptr, 10) : 4;
}
INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest, ::testing::Range<std::uint64_t>(1, 1 + seeds()));

}  // namespace
}  // namespace gannet::mailbox::testing
