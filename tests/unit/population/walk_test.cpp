// The population walker on a store in memory: order, threads, interruption at every call, stopping, bounds.
#include "hub/population/walk.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/contract/store/store_model.hpp"
#include "tests/unit/pipeline/faulty.hpp"

namespace kinhub::test {
namespace {

/// The model of the contract test as a store: a reader copies what is committed, a writer takes turns.
class ModelStore final : public Store {
 public:
  std::unique_ptr<StoreTransaction> begin(For purpose) override {
    return std::make_unique<Transaction>(*this, purpose);
  }
  std::vector<LeaseRow> leases() override { return {}; }
  std::optional<std::int64_t> take_lease(std::string_view, std::string_view, std::int64_t,
                                         std::int64_t) override {
    return std::nullopt;
  }
  std::vector<LeaseRow> renew_leases(std::string_view, std::int64_t) override { return {}; }
  void release_lease(std::string_view, std::string_view, std::int64_t) override {}
  std::vector<NodeRow> nodes() override { return {}; }
  void forget_node(std::string_view) override {}

  StoreModel now() {
    std::lock_guard lock(mutex_);
    return committed_;
  }
  int transactions() const { return writing_; }

 private:
  /// What a transaction begins with: a writer's turn, then what is committed.
  struct Beginning {
    Beginning(ModelStore& of, For purpose) : turn(of.turn_, std::defer_lock) {
      if (purpose == For::writing) turn.lock(), ++of.writing_;
      model = of.now();
    }
    std::unique_lock<std::mutex> turn;
    StoreModel model;
  };
  class Transaction final : Beginning, public ModelTransaction {
   public:
    Transaction(ModelStore& of, For purpose) : Beginning(of, purpose), ModelTransaction(model), of_(of) {}
    void commit() override {
      ModelTransaction::commit();
      std::lock_guard lock(of_.mutex_);
      of_.committed_ = model;
    }

   private:
    ModelStore& of_;
  };
  std::mutex mutex_, turn_;
  StoreModel committed_;
  std::atomic<int> writing_{0};
};

constexpr int people_count = 47;

/// A store with so many people, whose bytes are their numbers.
void fill(Store& store, int count = people_count) {
  auto t = store.begin(Store::For::writing);
  for (int i = 0; i < count; ++i) {
    const auto person = t->people().new_person();
    const DossierRow row{person, {}, std::to_string(person.value)};
    t->people().put_dossiers({&row, 1});
  }
  t->commit();
}

/// Notes in the store, in its order, each person whose number fits; a page of none has nothing to write.
class Noting : public PeopleWalk {
 public:
  Noting(int every, PersonId last, std::string digest = "first")
      : PeopleWalk(last, 5), every_(every), digest_(std::move(digest)) {}
  std::string purpose() const override { return "noting"; }
  std::string digest() const override { return digest_; }
  void finish(StoreTransaction& writing) override { writing.values().put("finished", digest_); }
  std::atomic<int> decided{0}, at_once{0}, most_at_once{0};

 protected:
  WalkDeed decide(StoreTransaction& reading, const std::vector<PersonId>& people) const override {
    auto& self = const_cast<Noting&>(*this);
    const int now = ++self.at_once;
    for (int most = most_at_once; now > most && !self.most_at_once.compare_exchange_weak(most, now);) {
    }
    std::this_thread::sleep_for(std::chrono::microseconds(people.front().value % 3 * 300));
    std::string text;
    for (const auto& row : reading.people().dossiers(people))
      if (row.person.value % every_ == 0) text += row.sealed + " ";
    --self.at_once, ++self.decided;
    if (text.empty()) return {};
    return {[text](StoreTransaction& writing) {
              writing.values().put("noted", writing.values().get("noted") + text);
            },
            {}};
  }

 private:
  const int every_;
  const std::string digest_;
};

std::string noted(ModelStore& store) {
  return found_in(store.now().values, "noted");
}
std::string undisturbed(int every) {
  std::string text;
  for (int i = every; i <= people_count; i += every)
    text += std::to_string(i) + " ";
  return text;
}
WalkOptions with_workers(unsigned workers) {
  WalkOptions options;
  options.workers = workers;
  return options;
}

TEST(Walk, ComesToTheSameWithOneWorkerAndWithMany) {
  for (unsigned workers : {1U, 2U, 7U})
    for (int every : {1, 3, 20, 1000}) {
      ModelStore store;
      fill(store);
      Noting what(every, {people_count});
      const auto done = walk(store, what, with_workers(workers));
      EXPECT_EQ(done.items, people_count);
      EXPECT_TRUE(done.complete);
      EXPECT_EQ(noted(store), undisturbed(every)) << workers << " workers, every " << every;
      EXPECT_EQ(found_in(store.now().values, "walk noting"), "");
      EXPECT_EQ(found_in(store.now().values, "finished"), "first");
    }
}

TEST(Walk, PagesThatChangeNothingTakeNoLock) {
  ModelStore store;
  fill(store);
  const auto before = store.transactions();
  Noting what(1000, {people_count});
  walk(store, what, with_workers(2));
  EXPECT_EQ(store.transactions() - before, 1) << "the end alone";
  Noting few(20, {people_count});
  walk(store, few, with_workers(2));
  EXPECT_EQ(store.transactions() - before, 4) << "two pages, and the end";
}

TEST(Walk, InterruptedAtEveryCallOfTheStoreItComesToTheSame) {
  int interrupted = 0, went_on = 0;
  for (auto when : {Faults::When::before, Faults::When::after})
    for (std::int64_t at = 1;; ++at) {
      ModelStore store;
      fill(store);
      Faults faults;
      faults.at = at, faults.when = when;
      FaultyStore faulty(store, faults);
      WalkOptions options = with_workers(2);
      options.unwritten_max = 2;
      Noting what(13, {people_count}), again(13, {people_count});
      bool failed = false;
      try {
        walk(faulty, what, options);
      } catch (const StoreUnavailable&) {
        failed = true;
      }
      if (failed) {
        ++interrupted;
        const auto done = walk(store, again, options);
        went_on += done.items_before > 0;
        EXPECT_EQ(done.items, people_count);
      }
      // A commit whose answer was lost at the very end is a walk that was finished: the second one finds all
      // anew.
      const auto text = noted(store);
      EXPECT_TRUE(text == undisturbed(13) || (failed && text == undisturbed(13) + undisturbed(13)))
          << "call " << at << ": " << text;
      if (!faults.struck()) break;
    }
  EXPECT_GT(interrupted, 60);
  EXPECT_GT(went_on, 20);
}

TEST(Walk, GoesOnBehindTheLastPageWritten) {
  ModelStore store;
  fill(store);
  struct Killed {};
  Noting what(1, {people_count});
  auto options = with_workers(3);
  options.progress = [](const WalkProgress& now) {
    if (now.done == 20) throw Killed();
  };
  EXPECT_THROW(walk(store, what, options), Killed);
  Noting again(1, {people_count});
  const auto done = walk(store, again, with_workers(3));
  EXPECT_EQ(done.items_before, 20) << "four pages of five";
  EXPECT_EQ(again.decided, 6) << "the other pages, and no more";
  EXPECT_EQ(noted(store), undisturbed(1));
}

TEST(Walk, AnotherDigestBeginsAtTheBeginningAndSoDoesTheFirstAfterIt) {
  ModelStore store;
  fill(store);
  std::stop_source stop;
  const auto stopped_after = [&](std::int64_t items, const std::string& digest) {
    stop = std::stop_source();
    auto options = with_workers(2);
    options.stop = stop.get_token();
    options.progress = [&stop, items](const WalkProgress& now) {
      if (now.done >= items) stop.request_stop();
    };
    if (items == 0) stop.request_stop();
    Noting what(1, {people_count}, digest);
    return walk(store, what, options);
  };
  EXPECT_FALSE(stopped_after(10, "first").complete);
  EXPECT_EQ(stopped_after(0, "second").items, 0) << "nothing of it was done";
  const auto back = stopped_after(100, "first");
  EXPECT_EQ(back.items_before, 0) << "what the second may have changed in between is looked at again";
  EXPECT_TRUE(back.complete);
}

TEST(Walk, StopsAtOnceAndKeepsWhatItLookedAt) {
  ModelStore store;
  fill(store);
  std::stop_source stop;
  auto options = with_workers(2);
  options.stop = stop.get_token();
  options.progress = [&](const WalkProgress& now) {
    if (now.done >= 15) stop.request_stop();
  };
  Noting what(1000, {people_count});
  const auto stopped = walk(store, what, options);
  EXPECT_FALSE(stopped.complete);
  EXPECT_EQ(stopped.items, 15);
  Noting again(1000, {people_count});
  EXPECT_EQ(walk(store, again, with_workers(1)).items_before, 15) << "though there was nothing to write";
}

TEST(Walk, WorkersStayAFewPagesAheadOfTheWriter) {
  ModelStore store;
  fill(store, 2000);
  Noting what(1, {2000});
  auto options = with_workers(2);
  int most_ahead = 0, written = 0;
  options.progress = [&](const WalkProgress&) {
    if (++written < 5) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    most_ahead = std::max(most_ahead, what.decided - written);
  };
  walk(store, what, options);
  EXPECT_LE(most_ahead, 8) << "four for each worker";
  EXPECT_GE(most_ahead, 4) << "proves too little: they never ran ahead";
  EXPECT_EQ(what.most_at_once, 2) << "both workers decide at once";
}

TEST(Walk, LeavesOutWhoIsToldOfWhileItIsUnderWay) {
  ModelStore store;
  fill(store);
  Noting what(1, {people_count});
  auto options = with_workers(1);
  bool grown = false;
  options.progress = [&](const WalkProgress&) {
    if (!std::exchange(grown, true)) fill(store, 30);
  };
  EXPECT_EQ(walk(store, what, options).items, people_count);
}

TEST(Walk, AnErrorOfAPageComesAfterThePagesBeforeIt) {
  class Breaking final : public Noting {
   public:
    using Noting::Noting;

   protected:
    WalkDeed decide(StoreTransaction& reading, const std::vector<PersonId>& people) const override {
      if (people.front().value > 20)
        throw std::runtime_error("page of " + std::to_string(people.front().value));
      return Noting::decide(reading, people);
    }
  };
  for (unsigned workers : {1U, 4U}) {
    ModelStore store;
    fill(store);
    Breaking what(1, {people_count});
    try {
      walk(store, what, with_workers(workers));
      ADD_FAILURE() << "it went on";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "page of 21");
    }
    EXPECT_EQ(noted(store), "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 ");
  }
}

TEST(Walk, OneThatOnlyReadsWritesNothing) {
  ModelStore store;
  fill(store);
  const auto before = store.transactions();
  Noting what(1000, {people_count});
  auto options = with_workers(3);
  options.keeps_place = false, options.unwritten_max = 1;
  const auto done = walk(store, what, options);
  EXPECT_TRUE(done.complete);
  EXPECT_EQ(done.items, people_count);
  EXPECT_EQ(store.transactions(), before);
  EXPECT_EQ(found_in(store.now().values, "finished"), "");
}

TEST(Walk, AnEmptyStoreIsWalkedAtOnce) {
  ModelStore store;
  Noting what(1, {});
  const auto done = walk(store, what, with_workers(3));
  EXPECT_TRUE(done.complete);
  EXPECT_EQ(done.items, 0);
  EXPECT_EQ(found_in(store.now().values, "finished"), "first");
}

TEST(WalkText, SaysHowMuchIsLeft) {
  EXPECT_EQ(walk_text("reviewed", "people", {10, 50, {}}), "reviewed 10 of 50 people");
  EXPECT_EQ(walk_text("reviewed", "people", {10, 50, 59}), "reviewed 10 of 50 people, about 59 s left");
  EXPECT_EQ(walk_text("reviewed", "people", {10, 50, 61}), "reviewed 10 of 50 people, about 2 min left");
  EXPECT_EQ(walk_text("reviewed", "people", {50, 50, 0}), "reviewed 50 of 50 people");
}

}  // namespace
}  // namespace kinhub::test
