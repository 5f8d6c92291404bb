// Over a store that takes small commits and whose snapshots do not live long, as FoundationDB's.
#include "mailbox/schema.h"
#include "mailbox/testing/dump.h"
#include "mailbox/testing/fixture.h"

namespace gannet::mailbox::testing {
namespace {

using store::WriteBatch;
using store::testing::Fault;

class BoundedStoreTest : public MailboxTest {
 protected:
  static constexpr std::size_t kMessages = 20;
  void SetUp() override {
    for (std::size_t i = 0; i < kMessages; ++i) deliver_to("INBOX", {}, mail({.id = fmt::format("{}@x", i)}));
    auto limits = world.rocks->limits();
    limits.max_batch_operations = 30;  // three messages
    limits.short_snapshots = true;
    world.data->set_limits(limits);
  }
  std::vector<Uid> all() { return uids("INBOX"); }
};

TEST_F(BoundedStoreTest, ACopyIsMadeInSteps) {
  const auto before = world.data->commits();
  const auto copied = must(accounts->copy(kAnn, id_of("INBOX"), all(), id_of("Drafts")));
  EXPECT_EQ(world.data->commits() - before, 7u);
  EXPECT_EQ(copied.to, uids("Drafts"));
  EXPECT_EQ(copied.from, all());
}

// RFC 9051 6.4.7
TEST_F(BoundedStoreTest, ACopyThatCannotBeFinishedIsTakenBack) {
  const auto fifth = world.data->commits() + 5;
  world.data->plan_commits([&](std::uint64_t n, const WriteBatch&) -> Fault {
    return {.kind = n == fifth ? Fault::kFull : Fault::kNone};
  });
  const auto copied = accounts->copy(kAnn, id_of("INBOX"), all(), id_of("Drafts"));
  world.data->plan_commits(nullptr);
  EXPECT_FALSE(copied);
  EXPECT_EQ(uids("Drafts").size(), 0u);
  EXPECT_EQ(all().size(), kMessages);
}

TEST_F(BoundedStoreTest, AnAccountIsReadWithoutASnapshotThatLivesLongEnough) {
  const std::string now = dump(*must(accounts->view(kAnn)));
  for (const std::uint64_t reads : {1, 2, 3, 4}) {
    world.data->limit_snapshots(reads);
    EXPECT_EQ(dump(*must(world.node()->view(kAnn))), now) << reads;
  }
  // While another node delivers.
  world.data->limit_snapshots(1);
  const auto other = world.node();
  int deliveries = 2;
  world.data->plan_reads([&](std::uint64_t, std::string_view key) -> Fault {
    if (key != state_prefix(kAnn) || deliveries == 0) return {};
    --deliveries;
    return {.after = [&] {
      const Destination destination{.account = kAnn};
      must(accounts->store({mail(), world.clock.now()}, std::span(&destination, 1)));
    }};
  });
  must(other->view(kAnn));
  world.data->plan_reads(nullptr);
  world.data->limit_snapshots(0);
  EXPECT_EQ(dump(*must(other->view(kAnn))), dump(*must(world.node()->view(kAnn))));
}

}  // namespace
}  // namespace gannet::mailbox::testing
