// Many threads and two nodes at once. Run under ThreadSanitizer too.
#include <atomic>
#include <latch>
#include <thread>

#include "mailbox/testing/dump.h"
#include "mailbox/testing/fixture.h"

namespace gannet::mailbox::testing {
namespace {

using store::testing::Fault;

class ConcurrencyTest : public MailboxTest {
 protected:
  // Runs `work` with the numbers 0 to n-1, all at once.
  template <typename F>
  void at_once(int n, F&& work) {
    std::latch start(n);
    std::vector<std::jthread> threads;
    for (int i = 0; i < n; ++i)
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        work(i);
      });
  }
  SystemClock real_clock;
};

TEST_F(ConcurrencyTest, ManyDeliveriesToOneAccountShareCommits) {
  constexpr int kThreads = 8, kEach = 40;
  std::mutex mutex;
  std::set<Uid> seen;
  at_once(kThreads, [&](int thread) {
    for (int i = 0; i < kEach; ++i) {
      const std::string content = mail({.subject = fmt::format("{} {}", thread, i)});
      const Destination destination{.account = kAnn};
      const auto stored = must(accounts->store({content, world.clock.now()}, std::span(&destination, 1)));
      EXPECT_EQ(text_of(stored.at(0).document), content);
      std::lock_guard lock(mutex);
      EXPECT_TRUE(seen.insert(stored.at(0).places.at(0).uid).second);
    }
  });
  EXPECT_EQ(seen.size(), std::size_t{kThreads * kEach});
  EXPECT_EQ(uids("INBOX").size(), seen.size());
  EXPECT_EQ(dump(*must(accounts->view(kAnn))), dump(*must(world.node()->view(kAnn))));
}

// While the first is being committed the others wait; then all of them go together.
TEST_F(ConcurrencyTest, WhoWaitsIsServedTogether) {
  deliver();
  constexpr int kWaiting = 12;
  std::vector<std::jthread> threads;
  std::atomic<int> begun = 0;
  std::atomic<bool> first = true;
  const auto before = world.data->commits();
  std::latch all_begun(kWaiting);
  const auto send = [&] {
    const Destination destination{.account = kAnn};
    EXPECT_TRUE(must(accounts->store({mail(), world.clock.now()}, std::span(&destination, 1))).at(0).stored);
  };
  world.data->plan_commits([&](std::uint64_t, const store::WriteBatch&) -> Fault {
    if (!first.exchange(false)) return {};
    return {.before = [&] {
      for (int i = 0; i < kWaiting; ++i)
        threads.emplace_back([&] {
          ++begun;
          all_begun.count_down();
          send();
        });
      all_begun.wait();
    }};
  });
  send();
  threads.clear();
  EXPECT_EQ(begun, kWaiting);
  EXPECT_EQ(uids("INBOX").size(), kWaiting + 2u);
  EXPECT_LT(world.data->commits() - before, kWaiting + 1u);
}

// Those who wait in a call and those who do not, to one account: each is served once, whoever leads.
TEST_F(ConcurrencyTest, CallersThatSleepAndCallersThatDoNotAreServedOnce) {
  constexpr int kThreads = 6, kEach = 60;
  struct Sent {
    std::string content;
    Destination destination{.account = kAnn};
    std::atomic<int> told{0};
    Uid uid = 0;
  };
  std::vector<Sent> sent(std::size_t{kThreads} * kEach);
  std::atomic<int> waits = 0;
  at_once(kThreads, [&](int thread) {
    for (int i = 0; i < kEach; ++i) {
      Sent& one = sent[static_cast<std::size_t>(thread * kEach + i)];
      one.content = mail({.subject = fmt::format("{} {}", thread, i)});
      const auto tell = [&one](Result<std::vector<Stored>> stored) {
        one.uid = must(std::move(stored)).at(0).places.at(0).uid;
        one.told.fetch_add(1);
        one.told.notify_one();
      };
      if (thread % 3 == 0) {
        ++waits;
        tell(accounts->store({one.content, world.clock.now()}, std::span(&one.destination, 1)));
      } else {
        accounts->store_later({one.content, world.clock.now()}, std::span(&one.destination, 1), nullptr,
                              tell);
      }
    }
  });
  std::set<Uid> uids_given;
  for (Sent& one : sent) {
    one.told.wait(0);
    EXPECT_EQ(one.told, 1);
    EXPECT_TRUE(uids_given.insert(one.uid).second);
  }
  EXPECT_EQ(waits, 2 * kEach);
  EXPECT_EQ(uids("INBOX").size(), sent.size());
  EXPECT_EQ(dump(*must(accounts->view(kAnn))), dump(*must(world.node()->view(kAnn))));
}

// A leader that is waited for hands over although more come all the time that nobody waits for.
TEST_F(ConcurrencyTest, ACallerThatSleepsIsNotKeptByThoseThatDoNot) {
  deliver();
  const std::string content = mail();
  const Destination destination{.account = kAnn};
  std::atomic<int> on_the_way = 0;
  std::atomic<bool> slept = false;
  std::vector<std::jthread> threads;
  const auto send_later = [&] {
    accounts->store_later({content, world.clock.now()}, std::span(&destination, 1), nullptr,
                          [&](Result<std::vector<Stored>> stored) {
                            EXPECT_TRUE(must(std::move(stored)).at(0).stored);
                            --on_the_way;
                            on_the_way.notify_all();
                          });
  };
  // Whoever commits finds another message that waits when it is done, until the sleeper has its answer.
  constexpr std::size_t kMost = 200;
  world.data->plan_commits([&](std::uint64_t, const store::WriteBatch&) -> Fault {
    if (slept || threads.size() >= kMost) return {};
    return {.before = [&] {
      const int before = on_the_way++;
      threads.emplace_back(send_later);
      on_the_way.notify_all();
      if (before == 0) std::this_thread::yield();
    }};
  });
  EXPECT_TRUE(must(accounts->store({content, world.clock.now()}, std::span(&destination, 1))).at(0).stored);
  slept = true;
  for (int left = on_the_way; left != 0; left = on_the_way) on_the_way.wait(left);
  EXPECT_EQ(uids("INBOX").size(), 2 + threads.size());
}

TEST_F(ConcurrencyTest, WhatCannotBeStoredIsToldToWhoeverDoesNotWait) {
  int told = 0;
  const auto tell = [&](Result<std::vector<Stored>> stored) {
    ++told;
    EXPECT_FALSE(stored);
  };
  const std::string content = mail();
  const Destination long_trace{.account = kAnn, .trace = std::string(100'000, 'x')};
  accounts->store_later({content, world.clock.now()}, std::span(&long_trace, 1), nullptr, tell);
  EXPECT_EQ(told, 1);
  const Destination destination{.account = kAnn};
  world.data->plan_commits(
      [](std::uint64_t, const store::WriteBatch&) -> Fault { return {.kind = Fault::kUnavailable}; });
  accounts->store_later({content, world.clock.now()}, std::span(&destination, 1), nullptr, tell);
  EXPECT_EQ(told, 2);
}

TEST_F(ConcurrencyTest, AListAndItsMembersAtOnce) {
  constexpr int kThreads = 6, kEach = 25;
  at_once(kThreads, [&](int thread) {
    for (int i = 0; i < kEach; ++i) {
      std::vector<Destination> destinations;
      if (thread % 2 == 0) destinations.push_back({.account = kBob});
      destinations.push_back({.account = kAnn});
      if (thread % 3 == 0) destinations.push_back({.account = 5});
      const auto stored = must(accounts->store({mail(), world.clock.now()}, destinations));
      for (const auto& one : stored) EXPECT_TRUE(one.stored);
    }
  });
  EXPECT_EQ(mailbox("INBOX", kAnn).messages, 150u);
  EXPECT_EQ(mailbox("INBOX", kBob).messages, 75u);
  EXPECT_EQ(mailbox("INBOX", 5).messages, 50u);
}

// All kinds of work on one account from two nodes, with sessions that follow along.
TEST_F(ConcurrencyTest, TwoNodesAgree) {
  const auto other = world.node();
  constexpr int kThreads = 6, kEach = 40;
  const MailboxId inbox = id_of("INBOX"), drafts = id_of("Drafts");
  std::mutex mutex;
  std::map<MailboxId, std::set<Uid>> given;
  std::atomic<int> stored_count = 0, destroyed = 0;
  const auto given_out = [&](MailboxId mailbox, Uid uid) {
    std::lock_guard lock(mutex);
    EXPECT_TRUE(given[mailbox].insert(uid).second) << "a UID was given out twice";
  };
  at_once(kThreads, [&](int thread) {
    Accounts& node = thread % 2 == 0 ? *accounts : *other;
    SeededRandom dice(static_cast<std::uint64_t>(thread));
    Modseq followed = 0;
    for (int i = 0; i < kEach; ++i) {
      const auto view = must(node.view(kAnn));
      std::vector<Uid> here;
      {
        const auto lock = view->lock();
        EXPECT_GE(view->modseq(), followed);
        followed = view->modseq();
        here = view->uids(inbox);
        EXPECT_EQ(view->find_mailbox(inbox)->messages, here.size());
      }
      const std::vector<Uid> one = here.empty() ? here : std::vector<Uid>{here[dice.below(here.size())]};
      switch (dice.below(5)) {
        case 0:
        case 1: {
          const Destination destination{.account = kAnn};
          const std::string content = mail({.id = fmt::format("{}@x", dice.below(50)),
                                            .references = fmt::format("<{}@x>", dice.below(50))});
          const auto stored = must(node.store({content, world.clock.now()}, std::span(&destination, 1)));
          given_out(inbox, stored.at(0).places.at(0).uid);
          ++stored_count;
          break;
        }
        case 2: {
          const std::vector<std::string> keywords = {"\\Deleted", "\\Seen"};
          must(node.set_keywords(kAnn, inbox, one, KeywordAction::kAdd, keywords));
          break;
        }
        case 3: {
          const auto outcome = must(node.move(kAnn, inbox, one, drafts));
          for (const Uid uid : outcome.to) given_out(drafts, uid);
          break;
        }
        default:
          destroyed += static_cast<int>(must(node.expunge(kAnn, inbox, std::nullopt)).size());
      }
      must(node.changes(kAnn, inbox, followed));
    }
  });
  const std::string now = dump(*must(accounts->view(kAnn)));
  EXPECT_EQ(now, dump(*must(other->view(kAnn))));
  EXPECT_EQ(now, dump(*must(world.node()->view(kAnn))));
  EXPECT_EQ(uids("INBOX").size() + uids("Drafts").size(), static_cast<std::size_t>(stored_count - destroyed));
}

TEST_F(ConcurrencyTest, TheFirstUseIsMadeOnce) {
  const auto other = world.node();
  at_once(6, [&](int thread) { must((thread % 2 ? *accounts : *other).view(kAnn)); });
  EXPECT_EQ(paths().size(), 5u);
  EXPECT_EQ(keys_of(store::Subspace::kAccount), 6u);
}

TEST_F(ConcurrencyTest, SubscriptionsComeAndGoWhileMailArrives) {
  std::atomic<int> heard = 0;
  at_once(4, [&](int thread) {
    for (int i = 0; i < 50; ++i) {
      if (thread == 0) {
        const Destination destination{.account = kAnn};
        must(accounts->store({mail(), world.clock.now()}, std::span(&destination, 1)));
        continue;
      }
      auto alive = std::make_unique<int>(0);
      auto subscription =
          accounts->subscribe(kAnn, [&heard, p = alive.get()](AccountId, Modseq) { heard += ++*p > 0; });
      must(accounts->view(kAnn));
      subscription.reset();
      alive.reset();  // nobody looks at it any more
    }
  });
  EXPECT_EQ(uids("INBOX").size(), 50u);
}

// More accounts than the cache holds, so that views come and go while they are used.
TEST_F(ConcurrencyTest, ACacheThatIsTooSmall) {
  AccountsOptions options = with_folders();
  options.view_cache_accounts = 2;
  accounts = world.node(options);
  at_once(6, [&](int thread) {
    for (int i = 0; i < 30; ++i) {
      const auto account = static_cast<AccountId>(20 + (thread + i) % 6);
      const Destination destination{.account = account};
      must(accounts->store({mail(), world.clock.now()}, std::span(&destination, 1)));
      const auto view = must(accounts->view(account));
      const auto lock = view->lock();
      EXPECT_GT(view->uids(view->find_role(Role::kInbox)->id).size(), 0u);
    }
  });
  std::size_t all = 0;
  for (AccountId account = 20; account < 26; ++account) all += mailbox("INBOX", account).messages;
  EXPECT_EQ(all, 180u);
}

}  // namespace
}  // namespace gannet::mailbox::testing
