// Random work on accounts leaves nothing to be found, also while the index is brought up to date.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "fsck/run.h"
#include "mailbox/testing/fixture.h"
#include "search/index_store.h"
#include "search/indexer.h"

namespace gannet::fsck {
namespace {

using mailbox::testing::mail;
using mailbox::testing::must;
using mailbox::testing::World;

class Words : public Listener {
 public:
  void found(const Finding& finding) override { words += finding.check + ": " + finding.what + "\n"; }
  void progress(const std::string&, std::uint64_t, std::uint64_t) override {}
  bool cancelled() override { return false; }
  std::string words;
};

class Play {
 public:
  explicit Play(std::uint64_t seed)
      : world_(seed),
        dice_(seed),
        stores_{.data = world_.data,
                .blob = world_.blobs,
                .search = nullptr,
                .search_data = world_.data,
                .lookup = store::memory_lookup_store(1 << 20, world_.clock)},
        indexer_(stores_, search::index_over(stores_.search_data, {}), {}, world_.clock, "node") {
    auto options = mailbox::testing::with_folders();
    options.max_changes = dice_.below(2) == 0 ? 20 : 100'000;
    nodes_ = {world_.node(options), world_.node(options)};
  }

  void run(int steps) {
    for (int step = 0; step < steps && !::testing::Test::HasFailure(); ++step) {
      world_.clock.advance(Duration(dice_.below(5000)));
      account_ = accounts_[dice_.below(accounts_.size())];
      turn();
      if (dice_.below(10) == 0) check(dice_.below(2) == 0);
    }
    check(true);
  }

 private:
  mailbox::Accounts& node() { return *nodes_[dice_.below(2)]; }
  std::vector<mailbox::Mailbox> boxes() {
    const auto view = must(node().view(account_));
    const auto lock = view->lock();
    std::vector<mailbox::Mailbox> out;
    for (const auto* box : view->mailboxes()) out.push_back(*box);
    return out;
  }
  mailbox::Mailbox any_box() {
    const auto all = boxes();
    return all[dice_.below(all.size())];
  }
  std::vector<mailbox::Uid> some_uids(mailbox::MailboxId box) {
    const auto view = must(node().view(account_));
    const auto lock = view->lock();
    std::vector<mailbox::Uid> out;
    for (const auto uid : view->uids(box))
      if (dice_.below(3) == 0) out.push_back(uid);
    return out;
  }
  std::string any_path() { return fmt::format("f{}/g{}", dice_.below(4), dice_.below(3)); }

  void turn() {
    switch (dice_.below(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return store();
      case 4: {
        const auto box = any_box();
        const std::vector<std::string> words{
            dice_.below(2) == 0 ? "\\Seen" : fmt::format("k{}", dice_.below(90)), "\\Deleted"};
        return (void)must(node().set_keywords(account_, box.id, some_uids(box.id),
                                              static_cast<mailbox::KeywordAction>(dice_.below(3)), words));
      }
      case 5:
        return (void)must(node().expunge(account_, any_box().id, std::nullopt));
      case 6: {
        const auto from = any_box(), to = any_box();
        return (void)must(node().copy(account_, from.id, some_uids(from.id), to.id));
      }
      case 7: {
        const auto from = any_box(), to = any_box();
        return (void)must(node().move(account_, from.id, some_uids(from.id), to.id));
      }
      case 8:  // May be taken, or in the way.
        return (void)node().create_mailbox(account_, any_path());
      case 9:
        if (dice_.below(2) == 0) return (void)node().rename_mailbox(account_, any_box().path, any_path());
        return (void)node().delete_mailbox(account_, any_box().path);
      case 10: {
        const auto box = any_box();
        must(node().set_subscribed(account_, box.path, dice_.below(2) == 0));
        return (void)must(node().take_recent(account_, box.id, box.uid_next));
      }
      default:
        if (dice_.below(10) == 0) return erase();
        return (void)must(indexer_.run_once("holder"));
    }
  }

  // Another account takes its place: a number is not used again.
  void erase() {
    must(node().erase(account_));
    *std::ranges::find(accounts_, account_) = next_account_++;
  }

  void store() {
    const std::string content = mail({.subject = fmt::format("Subject {}", dice_.below(4)),
                                      .id = fmt::format("{}@example.org", dice_.below(60)),
                                      .references = fmt::format("<{}@example.org>", dice_.below(60)),
                                      .body = fmt::format("{}\r\n", dice_.below(30))});
    mailbox::Destination to{.account = account_, .mailboxes = {any_box().id}};
    must(node().store({content, world_.clock.now()}, std::span(&to, 1)));
  }

  void check(bool repair) {
    Words listener;
    const Options options{.repair = repair, .deep = true, .account = std::nullopt};
    must(fsck::run({stores_, options, world_.clock, world_.random, listener}));
    EXPECT_EQ(listener.words, "");
  }

  World world_;
  SeededRandom dice_;
  store::Stores stores_;
  search::Indexer indexer_;
  std::vector<std::shared_ptr<mailbox::Accounts>> nodes_;
  std::array<mailbox::AccountId, 3> accounts_{1, 2, 3};
  mailbox::AccountId next_account_ = 4, account_ = 1;
};

class FsckRandomTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(FsckRandomTest, FindsNothing) {
  Play(GetParam()).run(250);
}

// GANNET_SEEDS asks for more.
std::uint64_t seeds() {
  const char* asked = std::getenv("GANNET_SEEDS");
  return asked ? std::strtoull(asked, nullptr, 10) : 6;
}
INSTANTIATE_TEST_SUITE_P(Seeds, FsckRandomTest, ::testing::Range<std::uint64_t>(1, 1 + seeds()));

}  // namespace
}  // namespace gannet::fsck
