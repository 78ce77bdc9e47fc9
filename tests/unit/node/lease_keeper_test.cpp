// Who should hold what: the plan as a table, and the keepers of several nodes on one store.
#include "hub/node/lease_keeper.hpp"

#include <gtest/gtest.h>

#include "tests/unit/pipeline/pipeline_fixture.hpp"

namespace kinhub::test {
namespace {

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

/// "police=a" is held by a; "police=a!" was, and has run out.
std::vector<LeaseRow> leases_of(const std::string& text) {
  std::vector<LeaseRow> rows;
  for (auto word : words(text)) {
    bool expired = word.back() == '!';
    if (expired) word.pop_back();
    auto at = word.find('=');
    rows.push_back({word.substr(0, at), word.substr(at + 1), 7, expired ? -1 : 5000});
  }
  return rows;
}
/// "a" is alive; "a!" was not seen for long.
std::vector<NodeRow> nodes_of(const std::string& text) {
  std::vector<NodeRow> rows;
  for (auto word : words(text)) {
    bool gone = word.back() == '!';
    if (gone) word.pop_back();
    rows.push_back({word, gone ? 60'000 : 10});
  }
  return rows;
}
std::string text_of(const LeasePlan& plan) {
  std::string text;
  for (const auto& one : plan.take)
    text += "take " + one.partition + (one.seen_epoch == 0 ? "" : "@7") + " ";
  for (const auto& name : plan.release)
    text += "release " + name + " ";
  if (!text.empty()) text.pop_back();
  return text;
}

TEST(LeasePlan, SaysWhatANodeDoesNext) {
  struct Row {
    const char *situation, *names, *leases, *nodes, *held, *plan;  // of node a
  };
  const Row rows[] = {
      {"one node, an empty store", "@night @relay log", "", "", "", "take @night take @relay take log"},
      {"one node that has all", "@relay log", "@relay=a log=a", "a", "@relay log", ""},
      {"its own of an earlier life", "@relay log", "@relay=a log=a!", "a", "", "take @relay@7 take log@7"},
      {"run out, whoever had it", "log", "log=b!", "a b!", "", "take log@7"},
      {"given up by another", "log", "log=!", "a", "", "take log@7"},
      {"held by another", "log", "log=b", "a b", "", ""},
      {"held by another whose lease still runs, though it is not seen", "log", "log=b", "a b!", "", ""},
      {"two nodes at once: the first in name takes its half", "1 2 3 4", "", "a b", "", "take 1 take 2"},
      {"and leaves the other half, also when it alone has looked", "1 2 3 4", "1=a 2=a", "a b", "1 2", ""},
      {"a second node joins", "1 2 3 4", "1=a 2=a 3=a 4=a", "a b", "1 2 3 4", "release 4 release 3"},
      {"two more join", "1 2 3 4 5 6", "1=a 2=a 3=a 4=a 5=a 6=a", "a b c", "1 2 3 4 5 6",
       "release 6 release 5 release 4 release 3"},
      {"the other left in good order", "1 2 3 4", "1=a 2=a 3=! 4=!", "a", "1 2", "take 3@7 take 4@7"},
      {"the other died, its leases still run", "1 2 3 4", "1=a 2=a 3=b 4=b", "a b!", "1 2", ""},
      {"the other died, they have run out", "1 2 3 4", "1=a 2=a 3=b! 4=b!", "a b!", "1 2",
       "take 3@7 take 4@7"},
      {"one more than the other is no reason to move", "1 2 3", "1=a 2=a 3=b", "a b", "1 2", ""},
      {"nor is it the other way round", "1 2 3", "1=b 2=b 3=a", "a b", "3", ""},
      {"two more are", "1 2 3 4", "1=a 2=a 3=a 4=b", "a b", "1 2 3", "release 3"},
      {"two of three nodes have too much: the first keeps its share, so only one gives", "1 2 3 4",
       "1=a 2=a 3=b 4=b", "a b c", "1 2", ""},
      {"more nodes than partitions", "1", "", "a b c", "", "take 1"},
      {"more nodes than partitions, seen by the last in name", "1", "", "0 1 a", "", ""},
      {"nothing moves when a node has none and the others one each", "1 2", "1=a 2=b", "a b c", "1", ""},
      {"leases of partitions nobody has any more", "1", "old=a other=b", "a b", "", "take 1"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(text_of(plan_leases(words(row.names), leases_of(row.leases), nodes_of(row.nodes), "a",
                                  words(row.held), 9999)),
              row.plan)
        << row.situation;
}

/// Any number of nodes and names, plans carried out in any order, nodes that come and go: soon all is held,
/// evenly, and then nothing moves any more.
TEST(LeasePlan, SettlesEvenlyAndThenRests) {
  const auto seed = pipeline_seed();
  std::mt19937 chance(seed);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> names, nodes;
    for (std::size_t i = 0, count = 1 + chance() % 9; i < count; ++i)
      names.push_back("p" + std::to_string(i));
    for (std::size_t i = 0, count = 1 + chance() % 5; i < count; ++i)
      nodes.push_back(std::string(1, static_cast<char>('a' + i)));
    std::map<std::string, LeaseRow> leases;
    auto held_by = [&](const std::string& node) {
      std::vector<std::string> held;
      for (const auto& [name, row] : leases)
        if (row.owner == node) held.push_back(name);
      return held;
    };
    auto settle = [&] {
      int moves = 0, quiet = 0;
      for (int step = 0; step < 400 && quiet < 3; ++step) {
        std::shuffle(nodes.begin(), nodes.end(), chance);
        int before = moves;
        for (const auto& node : nodes) {
          std::vector<LeaseRow> rows;
          for (const auto& [name, row] : leases)
            rows.push_back(row);
          std::vector<NodeRow> alive;
          for (const auto& one : nodes)
            alive.push_back({one, 0});
          auto plan = plan_leases(names, rows, alive, node, held_by(node), 1000);
          for (const auto& name : plan.release)
            leases[name] = {name, "", leases[name].epoch, 0}, ++moves;
          for (const auto& take : plan.take)
            leases[take.partition] = {take.partition, node, take.seen_epoch + 1, 5000}, ++moves;
        }
        quiet = moves == before ? quiet + 1 : 0;
      }
      ASSERT_EQ(quiet, 3) << "it never rests; seed " << seed << ", round " << round;
      std::size_t least = 99, most = 0, all = 0;
      for (const auto& node : nodes) {
        auto count = held_by(node).size();
        least = std::min(least, count), most = std::max(most, count), all += count;
      }
      ASSERT_EQ(all, names.size()) << "seed " << seed << ", round " << round;
      ASSERT_LE(most - least, 1u) << "seed " << seed << ", round " << round;
    };
    settle();
    nodes.push_back("z");
    settle();
    auto gone = nodes[chance() % nodes.size()];
    std::erase(nodes, gone);
    for (const auto& name : held_by(gone))
      leases[name].remaining_ms = 0, leases[name].owner = chance() % 2 ? gone : "";
    settle();
  }
}

/// Several nodes on one store, each pass by hand.
class Nodes : public ::testing::Test {
 protected:
  std::unique_ptr<LeaseKeeper> node(const std::string& name, std::int64_t lease_ms = 60'000) {
    LeaseKeeper::Listener listener;
    listener.gained = [this, name](const std::string& what) { told_ += name + "+" + what + " "; };
    listener.lost = [this, name](const std::string& what) { told_ += name + "-" + what + " "; };
    return std::make_unique<LeaseKeeper>(*ground_.store, log_,
                                         LeaseKeeper::Options{name, lease_ms, {"@relay"}}, listener);
  }
  static std::size_t count(LeaseKeeper& node) { return node.owned().size() + (node.holds("@relay") ? 1 : 0); }

  Ground ground_;
  FakeLog log_{{"civil", "police"}, 1};
  std::string told_;
};

TEST_F(Nodes, OneTakesAllAndLeavesInGoodOrder) {
  auto a = node("a");
  EXPECT_TRUE(a->owned().empty()) << "nothing before the first pass";
  a->tick();
  EXPECT_EQ(a->owned(), (std::vector<OwnedPartition>{{0, 1}, {1, 1}}));
  EXPECT_TRUE(a->holds("@relay"));
  EXPECT_FALSE(a->holds("@night"));
  EXPECT_EQ(told_, "a+@relay a+civil a+police ");
  told_.clear();
  a->leave();
  EXPECT_TRUE(a->owned().empty());
  EXPECT_EQ(told_, "a-@relay a-civil a-police ");
  EXPECT_TRUE(ground_.store->nodes().empty());
  auto b = node("b");
  b->tick();
  EXPECT_EQ(count(*b), 3u) << "without waiting for a lease to run out";
  a->tick();
  EXPECT_EQ(count(*a), 0u) << "what was given up does not come back by itself";
}

TEST_F(Nodes, ASecondOneGetsItsShare) {
  auto a = node("a"), b = node("b");
  a->tick();
  b->tick();
  EXPECT_EQ(count(*b), 0u);
  a->tick();
  b->tick();
  EXPECT_EQ(count(*a), 2u);
  EXPECT_EQ(count(*b), 1u);
  told_.clear();
  for (int i = 0; i < 5; ++i)
    a->tick(), b->tick();
  EXPECT_EQ(told_, "") << "nothing moves to and fro";
}

TEST_F(Nodes, ANodeThatDiedIsReplacedWhenItsLeaseHasRunOut) {
  auto a = node("a", 200);
  a->tick();
  a.reset();  // without leaving
  auto b = node("b", 200);
  b->tick();
  EXPECT_EQ(count(*b), 0u);
  while (count(*b) < 3)
    b->tick();  // ctest's time limit ends one that never takes over
  for (const auto& lease : ground_.store->leases())
    EXPECT_EQ(lease.epoch, 2) << lease.partition;
}

TEST_F(Nodes, ANewLifeOfTheSameNodeTakesItsOwnAtOnceUnderANewEpoch) {
  node("a")->tick();
  auto again = node("a");
  again->tick();
  EXPECT_EQ(again->owned(), (std::vector<OwnedPartition>{{0, 2}, {1, 2}}));
}

TEST_F(Nodes, ALeaseIsNotBelievedInBeyondItsTime) {
  auto a = node("a", 50);
  a->tick();
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  EXPECT_TRUE(a->owned().empty());
  EXPECT_FALSE(a->holds("@relay"));
  a->tick();  // nobody took them meanwhile
  EXPECT_FALSE(told_.find("a-") != std::string::npos) << told_;
}

TEST_F(Nodes, ARefusedPartitionIsBelievedAgainWhenTheStoreSaysItIsOurs) {
  auto a = node("a");
  a->tick();
  a->lost(1);
  EXPECT_EQ(a->owned(), (std::vector<OwnedPartition>{{0, 1}}));
  a->tick();
  EXPECT_EQ(a->owned(), (std::vector<OwnedPartition>{{0, 1}, {1, 1}}));
}

TEST_F(Nodes, AStoppedPartitionStaysLeasedAndEveryNodeKnowsWhy) {
  auto a = node("a");
  a->tick();
  a->stopped(1, "police no longer holds event 5");
  EXPECT_EQ(a->owned(), (std::vector<OwnedPartition>{{0, 1}}));
  EXPECT_TRUE(a->holds("police"));
  EXPECT_EQ(ground_.store->begin(Store::For::reading)->values().get(stop_reason_name("police")),
            "police no longer holds event 5");
  a->tick();
  EXPECT_EQ(a->owned(), (std::vector<OwnedPartition>{{0, 1}}));
  a->leave();
  auto b = node("b");
  b->tick();
  EXPECT_EQ(b->owned().size(), 1u) << "nor does the next owner process it";
  auto writing = ground_.store->begin(Store::For::writing);
  writing->values().put(stop_reason_name("police"), "");
  writing->commit();
  b->tick();
  EXPECT_EQ(b->owned().size(), 2u);
}

TEST_F(Nodes, OneThatSleptThroughItsLeaseStopsNothing) {
  auto a = node("a", 1000);
  a->tick();
  std::this_thread::sleep_for(std::chrono::milliseconds(1010));
  auto b = node("b", 1000);
  b->tick();
  ASSERT_EQ(b->owned().size(), 2u);
  a->stopped(1, "the log looks damaged to me");
  EXPECT_EQ(ground_.store->begin(Store::For::reading)->values().get(stop_reason_name("police")), "");
  b->tick();
  EXPECT_EQ(b->owned().size(), 2u);
}

TEST_F(Nodes, AStoreThatDoesNotAnswerIsSaidOnceAndTheLeasesAreDropped) {
  /// Answers or not, as the test says.
  class Switched final : public Store {
   public:
    explicit Switched(Store& real) : real_(real) {}
    std::atomic<bool> down = false;
    std::unique_ptr<StoreTransaction> begin(For purpose) override { return check().begin(purpose); }
    std::vector<LeaseRow> leases() override { return check().leases(); }
    std::optional<std::int64_t> take_lease(std::string_view a, std::string_view b, std::int64_t c,
                                           std::int64_t d) override {
      return check().take_lease(a, b, c, d);
    }
    std::vector<LeaseRow> renew_leases(std::string_view a, std::int64_t b) override {
      return check().renew_leases(a, b);
    }
    void release_lease(std::string_view a, std::string_view b, std::int64_t c) override {
      check().release_lease(a, b, c);
    }
    std::vector<NodeRow> nodes() override { return check().nodes(); }
    void forget_node(std::string_view a) override { check().forget_node(a); }

   private:
    Store& check() {
      if (down) throw StoreUnavailable("the store is down");
      return real_;
    }
    Store& real_;
  } store(*ground_.store);
  std::atomic<int> waits = 0, goes_on = 0, gained = 0, lost = 0;
  LeaseKeeper keeper(store, log_, {"a", 100, {}},
                     {[&](const std::string&) { ++gained; }, [&](const std::string&) { ++lost; },
                      [&](const std::string&) { ++waits; }, [&](const std::string&) { ++goes_on; }});
  auto until = [](auto seen) {
    while (!seen())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  keeper.start();
  until([&] { return keeper.owned().size() == 2; });
  store.down = true;
  until([&] { return keeper.owned().empty() && lost == 2; });
  EXPECT_EQ(waits, 1);
  store.down = false;
  until([&] { return keeper.owned().size() == 2 && goes_on == 1; });
  EXPECT_EQ(waits, 1);
  store.down = true;
  keeper.leave();
  EXPECT_TRUE(keeper.owned().empty());
}

/// A batch of a node that died may still hold each of its leases for a while.
TEST_F(Nodes, TakingManySlowlyKeepsNobodyFromRenewing) {
  class Slow final : public Store {
   public:
    explicit Slow(Store& real) : real_(real) {}
    int takes = 0, takes_in_a_row_max = 0;
    std::unique_ptr<StoreTransaction> begin(For purpose) override { return real_.begin(purpose); }
    std::vector<LeaseRow> leases() override { return real_.leases(); }
    std::optional<std::int64_t> take_lease(std::string_view a, std::string_view b, std::int64_t c,
                                           std::int64_t d) override {
      takes_in_a_row_max = std::max(takes_in_a_row_max, ++takes);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      return real_.take_lease(a, b, c, d);
    }
    std::vector<LeaseRow> renew_leases(std::string_view a, std::int64_t b) override {
      takes = 0;
      return real_.renew_leases(a, b);
    }
    void release_lease(std::string_view a, std::string_view b, std::int64_t c) override {
      real_.release_lease(a, b, c);
    }
    std::vector<NodeRow> nodes() override { return real_.nodes(); }
    void forget_node(std::string_view a) override { real_.forget_node(a); }

   private:
    Store& real_;
  } store(*ground_.store);
  std::vector<std::string> duties;
  for (int i = 0; i < 30; ++i)
    duties.push_back(fmt::format("@duty{}", i));
  LeaseKeeper keeper(store, log_, {"a", 300, duties});
  for (int pass = 0; pass < 100; ++pass) {
    keeper.tick();
    if (store.takes == 0) break;
  }
  EXPECT_LE(store.takes_in_a_row_max, 6) << "20 ms each, and a third of the lease is 100";
}

/// Two nodes with pipelines of their own on one store and one log; each comes, goes, sleeps through its lease
/// at random.
TEST_F(Nodes, WhoeverProcessesItEachEventCountsOnce) {
  const auto seed = pipeline_seed();
  const std::vector<std::string> sources = {"civil", "hospital", "insurance", "police"};
  auto events = history(100, seed);
  Ground expected;
  {
    FakeLog log(sources, seed);
    log.append(events, std::nullopt);
    OwnsAll all(log);
    expected.pipeline(log, *expected.store, all)->drain();
  }
  FakeLog log(sources, seed + 1);
  /// Sometimes sleeps where a batch is about to be stored, as a paused process does.
  struct Sleepy final : Ownership {
    LeaseKeeper& keeper;
    std::mt19937 chance;
    std::mutex mutex;
    Sleepy(LeaseKeeper& of, unsigned seed) : keeper(of), chance(seed) {}
    std::vector<OwnedPartition> owned() override {
      auto owned = keeper.owned();
      int ms = 0;
      {
        std::lock_guard lock(mutex);
        ms = chance() % 10 == 0 ? static_cast<int>(chance() % 180) : 0;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(ms));
      return owned;
    }
    void lost(std::int32_t partition) override { keeper.lost(partition); }
    void stopped(std::int32_t partition, const std::string& why) override { keeper.stopped(partition, why); }
  };
  auto live = [&](const std::string& name, unsigned chance_seed, std::stop_token stop) {
    std::mt19937 chance(chance_seed);
    while (!stop.stop_requested()) {
      LeaseKeeper keeper(*ground_.store, log, {name, 150, {}});
      Sleepy sleepy(keeper, static_cast<unsigned>(chance()));
      auto pipeline = ground_.pipeline(log, *ground_.store, sleepy);
      keeper.start();
      std::jthread life([&](std::stop_token enough) { pipeline->run(enough, {}); });
      std::this_thread::sleep_for(std::chrono::milliseconds(100 + chance() % 500));
      life.request_stop();
      life.join();
      if (chance() % 2) keeper.leave();
    }
  };
  {
    std::jthread one([&](std::stop_token stop) { live("a", seed + 2, stop); });
    std::jthread other([&](std::stop_token stop) { live("b", seed + 3, stop); });
    for (std::size_t at = 0; at < events.size(); at += 10) {
      log.append({events.begin() + static_cast<std::ptrdiff_t>(at),
                  events.begin() + static_cast<std::ptrdiff_t>(std::min(at + 10, events.size()))},
                 std::nullopt);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    while (!ground_.processed(log))
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(ground_.outcome(), expected.outcome()) << "seed " << seed;
  EXPECT_EQ(ground_.balance(), expected.balance()) << "seed " << seed;
  ground_.notices();
}

}  // namespace
}  // namespace kinhub::test
