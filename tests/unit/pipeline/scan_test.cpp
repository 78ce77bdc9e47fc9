// The scan of rights as a population walk: the same with one worker and many, and after any interruption;
// what changes while it is under way; that a policy which came back is scanned for anew.
#include <gtest/gtest.h>

#include "hub/lead/cases.hpp"
#include "tests/unit/pipeline/pipeline_fixture.hpp"

namespace kinhub::test {
namespace {

const std::vector<std::string> four_sources = {"civil", "hospital", "insurance", "police"};

/// Rules by which nobody has a right, though the same facts are told.
Rules no_policies() {
  auto rules = rules_for_test();
  rules.policy_texts.clear();
  rules.policies =
      std::make_shared<const PolicySet>(std::get<PolicySet>(PolicySet::read(std::span<const PolicyText>())));
  rules.policies_digest = "none";
  return rules;
}

/// A store whose leads are those of no policy: the next scan by the shipped ones finds everything.
struct Before : Ground {
  FakeLog log{four_sources, 7};
  OwnsAll all{log};
  Rules none = no_policies();
  explicit Before(unsigned seed) {
    log.append(history(120, seed), std::nullopt);
    auto before = pipeline(log, *store, all, 20, none);
    before->drain();
    before->scan();
  }
  std::string cases() {
    auto reading = store->begin(Store::For::reading);
    std::vector<std::int64_t> references;
    for (std::int64_t person = 1; person <= reading->people().last_person().value; ++person)
      references.push_back(case_reference(keys, {person}));
    std::string text;
    for (const auto& row : reading->cases().of(references))
      text +=
          fmt::format("{} {}/{} {} {}..{} {}\n", row.key.person, static_cast<int>(row.key.kind), row.key.what,
                      static_cast<int>(row.state), row.since.text(), row.until.text(), row.fen);
    for (const auto& count : reading->cases().counts())
      text += fmt::format("{}/{} {}: {}\n", static_cast<int>(count.kind), count.what,
                          static_cast<int>(count.state), count.number);
    return text;
  }
  Scanned scan(ScanOptions options) {
    options.page_size = 3;
    return pipeline(log, *store, all)->scan(options);
  }
};

ScanOptions with_workers(unsigned workers) {
  ScanOptions options;
  options.workers = workers;
  return options;
}

TEST(Scan, ComesToTheSameWithOneWorkerAndWithMany) {
  std::size_t leads = 0;
  for (unsigned round = 0; round < 4; ++round) {
    const auto seed = pipeline_seed() + round;
    std::string notices, people;
    for (unsigned workers : {1U, 2U, 5U}) {
      Before ground(seed);
      ASSERT_TRUE(all_leads(ground.store->begin(Store::For::reading)->leads(), LeadState::open).empty());
      const auto done = ground.scan(with_workers(workers));
      EXPECT_TRUE(done.complete);
      if (workers == 1) notices = ground.notices(), people = std::to_string(done.people);
      EXPECT_EQ(ground.notices(), notices) << "seed " << seed << ", " << workers << " workers";
      EXPECT_EQ(std::to_string(done.people), people);
      leads += all_leads(ground.store->begin(Store::For::reading)->leads(), LeadState::open).size();
      const auto again = ground.notices();
      ground.scan(with_workers(workers));
      EXPECT_EQ(ground.notices(), again) << "a second scan finds nothing new";
    }
  }
  EXPECT_GT(leads, 20u) << "proves too little";
}

TEST(Scan, InterruptedAnywhereItComesToTheSame) {
  const auto seed = pipeline_seed();
  Before undisturbed(seed);
  undisturbed.scan(with_workers(2));
  int interrupted = 0;
  for (auto when : {Faults::When::before, Faults::When::after})
    for (std::int64_t at = 1; at < 3000; at += 29) {
      Before ground(seed);
      Faults faults;
      faults.at = at, faults.when = when;
      FaultyStore faulty(*ground.store, faults);
      auto options = with_workers(2);
      options.page_size = 3;
      try {
        ground.pipeline(ground.log, faulty, ground.all)->scan(options);
      } catch (const StoreUnavailable&) {
        ++interrupted;
        ground.scan(with_workers(2));
      }
      ASSERT_EQ(ground.notices(), undisturbed.notices()) << "call " << at << ", seed " << seed;
      ASSERT_EQ(ground.outcome(), undisturbed.outcome()) << "call " << at << ", seed " << seed;
      ASSERT_EQ(ground.cases(), undisturbed.cases()) << "call " << at << ", seed " << seed;
      if (!faults.struck()) break;
    }
  EXPECT_GT(interrupted, 15) << "proves too little";
}

TEST(Scan, StoppedAfterEachPageItComesToTheSame) {
  const auto seed = pipeline_seed();
  Before undisturbed(seed);
  const auto people = undisturbed.scan(with_workers(1)).people;
  Before ground(seed);
  int runs = 1;
  for (;; ++runs) {
    ASSERT_LT(runs, 100);
    std::stop_source stop;
    auto options = with_workers(2);
    options.stop = stop.get_token();
    options.progress = [&](const WalkProgress&) { stop.request_stop(); };
    const auto done = ground.scan(options);
    if (!done.complete) continue;
    EXPECT_EQ(done.people, people);
    break;
  }
  EXPECT_GT(runs, 4) << "each did one page";
  EXPECT_EQ(ground.notices(), undisturbed.notices());
  EXPECT_EQ(ground.cases(), undisturbed.cases());
  EXPECT_NE(ground.cases(), "") << "the table of a store of before is filled";
}

/// Does something of another thread between the reading of a page and its transaction.
class Intervening final : public Store {
 public:
  Intervening(Store& real, std::function<void()> before_writing)
      : real_(real), before_writing_(std::move(before_writing)) {}
  std::unique_ptr<StoreTransaction> begin(For purpose) override {
    if (purpose == For::writing) before_writing_();
    return real_.begin(purpose);
  }
  std::vector<LeaseRow> leases() override { return real_.leases(); }
  std::optional<std::int64_t> take_lease(std::string_view partition, std::string_view owner,
                                         std::int64_t seen, std::int64_t duration_ms) override {
    return real_.take_lease(partition, owner, seen, duration_ms);
  }
  std::vector<LeaseRow> renew_leases(std::string_view owner, std::int64_t duration_ms) override {
    return real_.renew_leases(owner, duration_ms);
  }
  void release_lease(std::string_view partition, std::string_view owner, std::int64_t epoch) override {
    real_.release_lease(partition, owner, epoch);
  }
  std::vector<NodeRow> nodes() override { return real_.nodes(); }
  void forget_node(std::string_view name) override { real_.forget_node(name); }

 private:
  Store& real_;
  const std::function<void()> before_writing_;
};

TEST(Scan, WhoChangesWhileItIsUnderWayIsJudgedByWhatCountsThen) {
  // At each of the scan's transactions one death is taken back, or told, by another thread's batch.
  for (bool told : {false, true})
    for (int at = 1; at <= 12; ++at) {
      const auto seed = pipeline_seed();
      Before ground(seed), after(seed);
      std::vector<Event> events;
      for (int child = 2; child < 10; ++child)
        events.push_back(told ? died("police", child, 9) : died("police", child, 9, true));
      int begun = 0;
      Intervening between(*ground.store, [&] {
        if (++begun != at) return;
        ground.log.append(events, std::nullopt);
        ground.pipeline(ground.log, *ground.store, ground.all)->drain();
      });
      auto options = with_workers(2);
      options.page_size = 3;
      ground.pipeline(ground.log, between, ground.all)->scan(options);
      if (begun < at) break;
      after.scan(with_workers(1));
      after.log.append(events, std::nullopt);
      after.pipeline(after.log, *after.store, after.all)->drain();
      EXPECT_EQ(ground.outcome(), after.outcome()) << "transaction " << at << ", told " << told;
    }
}

TEST(Scan, PoliciesThatCameBackAreScannedForAnew) {
  Before ground(pipeline_seed());
  ground.scan({});
  const auto by_policies = ground.outcome();
  ASSERT_NE(by_policies.find(" new "), std::string::npos);
  // For a while the hub runs without policies, and processes, but is ended before it scans.
  ground.log.append(
      {died("police", 2, 3, true), died("civil", 2, 4, true), born("police", 2, 5), died("police", 5, 1)},
      std::nullopt);
  ground.pipeline(ground.log, *ground.store, ground.all, 5, ground.none)->drain();
  ground.scan({});
  const auto back = ground.outcome();
  Before undisturbed(pipeline_seed());
  undisturbed.log.append(
      {died("police", 2, 3, true), died("civil", 2, 4, true), born("police", 2, 5), died("police", 5, 1)},
      std::nullopt);
  auto all = undisturbed.pipeline(undisturbed.log, *undisturbed.store, undisturbed.all);
  all->drain();
  all->scan();
  EXPECT_EQ(back, undisturbed.outcome());
}

}  // namespace
}  // namespace kinhub::test
