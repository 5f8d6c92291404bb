// Stores that fail: every operation with a fault at every one of its commits and reads, and power cuts.
#include <functional>

#include "mailbox/testing/dump.h"
#include "mailbox/testing/fixture.h"

namespace gannet::mailbox::testing {
namespace {

using store::testing::Fault;
using ::testing::AnyOf;

struct Operation {
  std::string name;
  std::function<std::optional<Error>(Accounts&, AccountId, MailboxId inbox, MailboxId drafts)> run;
};

template <typename T>
std::optional<Error> error_of(Result<T> result) {
  return result ? std::nullopt : std::optional(std::move(result).error());
}

const std::vector<Uid> kTwo = {1, 2};
const std::vector<std::string> kWords = {"\\Flagged", "word"};

std::vector<Operation> operations() {
  return {
      {"store",
       [](Accounts& node, AccountId account, MailboxId inbox, MailboxId drafts) {
         const Destination destination{.account = account, .mailboxes = {inbox, drafts}, .keywords = {"new"}};
         // It joins two threads, so it alters messages as well.
         return error_of(node.store({mail({.id = "c@x", .references = "<a@x> <b@x>"}), from_unix_ms(5)},
                                    std::span(&destination, 1)));
       }},
      {"set_keywords",
       [](Accounts& node, AccountId account, MailboxId inbox, MailboxId) {
         return error_of(node.set_keywords(account, inbox, kTwo, KeywordAction::kAdd, kWords));
       }},
      {"copy", [](Accounts& node, AccountId account, MailboxId inbox,
                  MailboxId) { return error_of(node.copy(account, inbox, kTwo, inbox)); }},
      {"move", [](Accounts& node, AccountId account, MailboxId inbox,
                  MailboxId drafts) { return error_of(node.move(account, inbox, kTwo, drafts)); }},
      {"expunge", [](Accounts& node, AccountId account, MailboxId inbox,
                     MailboxId) { return error_of(node.expunge(account, inbox, std::nullopt)); }},
      {"create", [](Accounts& node, AccountId account, MailboxId,
                    MailboxId) { return error_of(node.create_mailbox(account, "a/b/c")); }},
      {"rename", [](Accounts& node, AccountId account, MailboxId,
                    MailboxId) { return error_of(node.rename_mailbox(account, "Drafts", "x/y")); }},
      {"delete", [](Accounts& node, AccountId account, MailboxId,
                    MailboxId) { return error_of(node.delete_mailbox(account, "Sent Items")); }},
      {"subscribe", [](Accounts& node, AccountId account, MailboxId,
                       MailboxId) { return error_of(node.set_subscribed(account, "Drafts", false)); }},
  };
}

class FaultsTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  static constexpr AccountId kAnn = 7;
  // An account with some mail, always the same.
  void prepare(World& world, Accounts& node) {
    const auto view = must(node.view(kAnn));
    for (const auto* role : {"INBOX", "INBOX", "INBOX", "Sent Items"}) {
      static constexpr const char* kIds[] = {"a@x", "b@x", "d@x", "e@x"};
      Destination destination{.account = kAnn, .keywords = {"\\Deleted"}};
      {
        const auto lock = view->lock();
        destination.mailboxes = {view->find_mailbox(role)->id};
      }
      must(node.store({mail({.id = kIds[next_++ % 4]}), world.clock.now()}, std::span(&destination, 1)));
    }
    must(node.view(kAnn));
    const auto lock = view->lock();
    inbox_ = view->find_mailbox("INBOX")->id;
    drafts_ = view->find_mailbox("Drafts")->id;
  }
  std::string fresh(World& world) { return dump(*must(world.node()->view(kAnn))); }
  const Operation& operation() const {
    static const auto all = operations();
    return all[GetParam()];
  }
  std::optional<Error> run(Accounts& node) { return operation().run(node, kAnn, inbox_, drafts_); }

  int next_ = 0;
  MailboxId inbox_ = 0, drafts_ = 0;
};

// Of each fault at each commit: all of the operation or nothing of it, and the node goes on in step with the
// store.
TEST_P(FaultsTest, AtEveryCommit) {
  std::string before, after;
  for (const auto kind : {Fault::kNone, Fault::kConflict, Fault::kUnavailable, Fault::kFull, Fault::kLost}) {
    World world;
    const auto node = world.node();
    prepare(world, *node);
    if (kind == Fault::kNone) before = fresh(world);
    const auto at = world.data->commits() + 1;
    world.data->plan_commits([&](std::uint64_t n, const store::WriteBatch&) -> Fault {
      return {.kind = n == at ? kind : Fault::kNone};
    });
    const auto error = run(*node);
    world.data->plan_commits(nullptr);
    const std::string now = fresh(world);
    if (kind == Fault::kNone) after = now;
    EXPECT_NE(before, after);
    EXPECT_EQ(error.has_value(), kind != Fault::kNone && kind != Fault::kConflict);
    if (error) {
      EXPECT_TRUE(error->is(MailboxError::kUnavailable));
    }
    EXPECT_EQ(now, kind == Fault::kUnavailable || kind == Fault::kFull ? before : after);
    EXPECT_EQ(now, dump(*must(node->view(kAnn))));
    // It goes on from there: nothing is in the way, and what was not done can be done.
    if (now == before) {
      EXPECT_FALSE(run(*node));
      EXPECT_EQ(fresh(world), after);
    }
  }
}

TEST_P(FaultsTest, AtEveryRead) {
  for (std::uint64_t read = 1;; ++read) {
    World world;
    const auto writer = world.node();
    prepare(world, *writer);
    const std::string before = fresh(world);
    const auto node = world.node();  // it knows nothing yet: all is read
    const auto from = world.data->reads();
    bool met = false;
    world.data->plan_reads([&](std::uint64_t n, std::string_view) -> Fault {
      if (n != from + read) return {};
      met = true;
      return {.kind = Fault::kUnavailable};
    });
    const auto error = run(*node);
    world.data->plan_reads(nullptr);
    if (!met) {
      EXPECT_FALSE(error);
      EXPECT_GT(read, 2u);
      break;
    }
    ASSERT_TRUE(error) << "read " << read;
    EXPECT_TRUE(error->is(MailboxError::kUnavailable)) << error->describe();
    EXPECT_EQ(fresh(world), before);
    EXPECT_EQ(dump(*must(node->view(kAnn))), before);
    EXPECT_FALSE(run(*node));
  }
}

// Another node gets in between, before every attempt but the last.
TEST_P(FaultsTest, AgainstAnotherWriter) {
  World world;
  const auto node = world.node(), other = world.node();
  prepare(world, *node);
  const auto at = world.data->commits();
  int between = 0;
  world.data->plan_commits([&](std::uint64_t n, const store::WriteBatch&) -> Fault {
    if (n != at + 1 && n != at + 3) return {};
    return {.before = [&] {
      const Destination destination{.account = kAnn};
      must(other->store({mail({.subject = "between"}), world.clock.now()}, std::span(&destination, 1)));
      ++between;
    }};
  });
  EXPECT_FALSE(run(*node));
  world.data->plan_commits(nullptr);
  EXPECT_GE(between, 1);
  const std::string now = fresh(world);
  EXPECT_EQ(now, dump(*must(node->view(kAnn))));
  EXPECT_EQ(now, dump(*must(other->view(kAnn))));
}

INSTANTIATE_TEST_SUITE_P(Operations, FaultsTest, ::testing::Range<std::size_t>(0, operations().size()),
                         [](const auto& info) { return operations()[info.param].name; });

// Deliveries and moves until the power fails; what was acknowledged is there, once and whole.
class PowerTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(PowerTest, NothingAcknowledgedIsLost) {
  World world(GetParam());
  SeededRandom dice(GetParam());
  constexpr AccountId kAnn = 7, kBob = 9;
  std::map<std::string, int> acknowledged;  // message, and how many copies
  auto node = world.node();
  std::string uncertain;
  int serial = 0;
  for (int round = 0; round < 4; ++round) {
    world.machine.fail_after(dice.below(400) + 1);
    for (bool going = true; going;) {
      const std::string content =
          mail({.subject = fmt::format("number {}", serial++), .id = fmt::format("{}@x", serial)});
      const std::vector<Destination> destinations = {{.account = kAnn}, {.account = kBob}};
      const auto copies = dice.below(2) + 1;
      const auto stored = node->store({content, world.clock.now()}, std::span(destinations).first(copies));
      if (stored)
        acknowledged[content] = static_cast<int>(copies);
      else
        uncertain = content;
      going = stored.has_value();
      if (going && dice.below(3) == 0) {
        const std::vector<Uid> some = {static_cast<Uid>(dice.below(static_cast<std::uint64_t>(serial)) + 1)};
        const auto view = node->view(kAnn);
        if (!view) break;
        MailboxId inbox = 0, drafts = 0;
        {
          const auto lock = (*view)->lock();
          inbox = (*view)->find_mailbox("INBOX")->id, drafts = (*view)->find_mailbox("Drafts")->id;
        }
        going = node->move(kAnn, inbox, some, drafts).has_value();
      }
    }
    node.reset();
    world.close();
    world.machine.restart();
    world.open();
    node = world.node();
    std::map<std::string, int> found;
    for (const AccountId account : {kAnn, kBob}) {
      const auto view = must(node->view(account));
      std::vector<DocumentId> documents;
      {
        const auto lock = view->lock();
        for (const Mailbox* box : view->mailboxes())
          view->for_each(box->id, 1, UINT32_MAX, [&](const Entry& entry) {
            documents.push_back(entry.document);
            return true;
          });
      }
      for (const auto& record : must(node->messages(account, documents))) {
        ASSERT_TRUE(record);
        ++found[must(node->content(*record))];
      }
    }
    // The last one may have come through or not, but not to one of two only.
    if (const auto last = found.find(uncertain); last != found.end()) acknowledged.insert(*last);
    EXPECT_EQ(found, acknowledged);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PowerTest, ::testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace gannet::mailbox::testing
