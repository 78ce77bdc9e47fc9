// Runs over a population with differences planted in it: each is found, none that is not there, and what is
// mended is what the agency says, through interruptions and beside newer events.
#include "hub/reconcile/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "hub/pipeline/correction.hpp"
#include "hub/stream/embedded_log.hpp"
#include "tests/contract/store/store_servers.hpp"
#include "tests/unit/pipeline/pipeline_fixture.hpp"

namespace kinhub::reconcile {
namespace {

using namespace test;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char head[] = "KIND,ID,VERSION,PERSON,MOTHER,ON,VOID\r\n";
constexpr std::int64_t june_us = 1'780'243'200'000'000;  // 2026-06-01 00:00 in Shanghai

/// A record of the agency: its row, and when it was written.
struct Row {
  std::string kind, id, version, person, mother, on;
  bool broken = false;  ///< its number is none
  std::string text() const {
    return kind + "," + id + "," + version + "," + (broken ? "322228199503030000" : person) + "," + mother +
           "," + on + ",0";
  }
  Event event() const {
    auto event = line("police", id, text());
    event.record_begin = sizeof head - 1, event.record_size = event.body.size() - event.record_begin;
    event.origin = "rows.csv#" + id;
    return event;
  }
};

std::string day_text(Date day) {
  auto text = day.text();
  std::erase(text, '-');
  return text;
}
Row birth(int i) {
  const auto born = day_text(Date(1990, 1, 1).plus_days(i / 900));
  return {"birth",
          "B" + std::to_string(i),
          "20260101000000",
          number_of(born, 100 + i % 900),
          number_of(day_text(Date(1960, 1, 1).plus_days(i / 900)), 100 + i % 900),
          born};
}
Row death(int i) {
  auto row = birth(i);
  return {"death", "D" + std::to_string(i), "20260201000000", row.person, "", "20240510"};
}

const Rules& rules() {
  static const Rules rules = [] {
    auto files = mapping_files();
    files.at("birth.yaml") += "missing_from_snapshot: gone\n";
    return rules_with(files);
  }();
  return rules;
}

/// A hub on an embedded log.
template <class StorePlace>
struct Hub {
  StorePlace place;
  TemporaryFolder folder;
  Keyring keys = place.keyring;
  std::unique_ptr<Store> store = place.open();
  std::unique_ptr<EmbeddedLog> log = EmbeddedLog::open(folder.path / "log.db", keys);
  FixedClock clock{noon_us};
  OwnsAll all{*log};

  void process() {
    Pipeline::Options options;
    options.retry = {1, 1};
    Pipeline(*log, *store, keys, rules(), clock, all, options).drain();
  }
  void feed(const std::vector<Row>& rows) {
    std::vector<Event> events;
    for (const auto& row : rows)
      events.push_back(row.event());
    if (!events.empty()) log->append(events, std::nullopt);
    process();
  }
  std::string record() { return record_text(*store->begin(Store::For::reading), keys); }
  std::int64_t corrections() {
    std::int64_t count = 0;
    for (LogPosition at{0, 0};;) {
      const auto page = log->read(at, 1000, 0);
      if (page.empty()) return count;
      for (const auto& one : page)
        count += run_of(one.event) != 0 ? 1 : 0;
      at = page.back().position;
    }
  }
};

/// A snapshot of these rows.
struct Snapshot {
  std::vector<Row> rows;
  std::optional<std::int64_t> watermark_us = june_us;
  std::vector<Error> faults = {};
  std::function<void(std::size_t)> before_row = {};

  ReadSnapshot read() const {
    return [this](const TakeRecord& take) -> Result<SnapshotRead> {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (before_row) before_row(i);
        take(rows[i].event());
      }
      return SnapshotRead{watermark_us, faults};
    };
  }
};

Request request_in(const TemporaryFolder& folder) {
  Request request;
  request.source = "police";
  request.reports = folder.path / "reports";
  request.again = true;
  request.limits.changes_max = 1'000'000, request.limits.share_max = 1;
  return request;
}

template <class Place>
Result<RunRecord> run(Hub<Place>& hub, const Snapshot& snapshot, Request request, EventLog* log = nullptr) {
  hub.clock.set(hub.clock.now_us() + 1'000'000);
  const Means means{log ? *log : *hub.log, *hub.store, hub.keys, rules(), hub.clock, std::nullopt};
  const auto settle = [&]() -> std::optional<Error> {
    hub.process();
    return std::nullopt;
  };
  return reconcile(means, request, {snapshot.read(), settle, [](std::string_view) {}});
}
template <class Place>
Result<RunRecord> run(Hub<Place>& hub, const Snapshot& snapshot) {
  return run(hub, snapshot, request_in(hub.folder));
}

nlohmann::json report_of(const RunRecord& run) {
  return nlohmann::json::parse(read_report(run.report));
}
/// Keys of the findings of each class.
std::map<std::string, std::multiset<std::string>> keys_found(const RunRecord& run) {
  std::map<std::string, std::multiset<std::string>> found;
  const auto report = report_of(run);
  for (const auto& finding : report.at("findings"))
    found[finding.at("class").template get<std::string>()].insert(
        finding.at("key").template get<std::string>());
  return found;
}
std::int64_t sum_of(const RunCounts& counts) {
  std::int64_t sum = 0;
  for (const auto of : counts.of_class)
    sum += of;
  return sum;
}

/// What the agency has, what the hub was told, and how they differ.
struct Planted {
  std::vector<Row> told, snapshot;
  std::map<std::string, std::multiset<std::string>> keys;  ///< by class, as a report tells them
  std::vector<Row> right;  ///< what the hub should hold afterwards, in the order of arrival
  std::int64_t older = 0, contested = 0;

  Planted(int people, int of_each, unsigned seed) {
    std::mt19937 chance(seed);
    std::vector<int> all(static_cast<std::size_t>(people));
    for (int i = 0; i < people; ++i)
      all[static_cast<std::size_t>(i)] = i;
    std::shuffle(all.begin(), all.end(), chance);
    auto next = all.begin();
    const auto each = [&](int count, auto plant) {
      for (int k = 0; k < count; ++k)
        plant(*next++);
    };
    const auto both = [&](const Row& row) {
      told.push_back(row), snapshot.push_back(row), right.push_back(row);
    };
    each(of_each, [&](int i) {  // lost here
      snapshot.push_back(birth(i)), right.push_back(birth(i));
      keys["missing"].insert(birth(i).id);
    });
    each(of_each, [&](int i) {  // an update was lost
      auto later = death(i);
      later.version = "20260301000000", later.on = "20240511";
      both(birth(i)), told.push_back(death(i)), snapshot.push_back(later);
      right.push_back(death(i)), right.push_back(later);
      keys["changed"].insert(later.id);
    });
    each(of_each, [&](int i) {  // the agency fell back to an older version
      auto later = death(i);
      later.version = "20260301000000", later.on = "20240511";
      both(birth(i)), told.push_back(death(i)), told.push_back(later), snapshot.push_back(death(i));
      right.push_back(death(i)), right.push_back(later);
      keys["changed"].insert(later.id), ++older;
    });
    each(of_each, [&](int i) {  // changed after the snapshot was taken
      auto later = death(i);
      later.version = "20260701000000", later.on = "20240511";
      both(birth(i)), told.push_back(death(i)), told.push_back(later), snapshot.push_back(death(i));
      right.push_back(death(i)), right.push_back(later);
      keys["late"].insert(later.id);
    });
    each(of_each, [&](int i) {  // doubled, the same
      both(birth(i)), snapshot.push_back(birth(i));
      keys["duplicate"].insert(birth(i).id);
    });
    each(of_each, [&](int i) {  // doubled, and each says otherwise; lost here
      auto other = death(i);
      other.on = "20240511";
      both(birth(i)), snapshot.push_back(death(i)), snapshot.push_back(other);
      keys["missing"].insert(other.id), keys["duplicate"].insert(other.id), ++contested;
    });
    each(of_each, [&](int i) {  // cannot be read
      auto row = birth(i);
      row.broken = true;
      snapshot.push_back(row);
      keys["unreadable"].insert(row.id);
    });
    each(of_each,
         [&](int i) {  // gone there: of births the mapping says what this means, of deaths it does not
           told.push_back(birth(i)), told.push_back(death(i));
           right.push_back(birth(i)), right.push_back(death(i));
           keys["not there"].insert(birth(i).id);
         });
    while (next != all.end()) {
      const int i = *next++;
      both(birth(i));
      if (i % 3 == 0) both(death(i));
    }
    // Duplicates stay behind what they double.
    std::stable_sort(snapshot.begin(), snapshot.end(), [](const Row& a, const Row& b) {
      return std::hash<std::string>()(a.id) < std::hash<std::string>()(b.id);
    });
  }
};

template <class Place>
class ReconcileRun : public ::testing::Test {
 protected:
  Hub<Place> hub_;
};
using Places = ::testing::Types<SqliteForTest, PostgresForTest>;
TYPED_TEST_SUITE(ReconcileRun, Places);

TYPED_TEST(ReconcileRun, FindsWhatWasPlantedAndNothingElseAndMendsIt) {
  const int of_each = 40;
  const Planted planted(16 * of_each, of_each, pipeline_seed());
  auto& hub = this->hub_;
  hub.feed(planted.told);
  const Snapshot snapshot{planted.snapshot};
  const auto first = run(hub, snapshot);
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(first->state, RunState::done);
  EXPECT_EQ(keys_found(*first), planted.keys) << "KINHUB_SEED=" << pipeline_seed();
  const auto& counts = first->counts;
  EXPECT_EQ(counts.records, static_cast<std::int64_t>(planted.snapshot.size()));
  EXPECT_EQ(sum_of(counts), counts.records) << "the totals foot";
  for (const auto& [name, keys] : planted.keys) {
    if (name == "not there")
      EXPECT_EQ(counts.not_there, static_cast<std::int64_t>(keys.size()));
    else
      EXPECT_EQ(report_of(*first).at("counts").at(name), keys.size()) << name;
  }
  EXPECT_EQ(counts.older, planted.older);
  EXPECT_EQ(counts.contested, planted.contested);
  EXPECT_EQ(counts.mendable, 2 * of_each);
  EXPECT_EQ(counts.corrected, counts.mendable);
  EXPECT_EQ(hub.corrections(), counts.mendable);

  Hub<SqliteForTest> right;
  right.feed(planted.right);
  EXPECT_EQ(hub.record(), right.record());

  // The second run finds nothing to mend, and hardly a record has to be mapped.
  const auto second = run(hub, snapshot);
  ASSERT_TRUE(second) << describe(second.error());
  EXPECT_EQ(second->counts.mendable, 0);
  EXPECT_EQ(second->counts.of(RowClass::changed), planted.older);
  EXPECT_EQ(second->counts.of(RowClass::missing), planted.contested);
  EXPECT_EQ(hub.corrections(), counts.mendable);
  EXPECT_EQ(second->counts.unchanged, counts.of(RowClass::equal))
      << "what was corrected is looked at once more";
  const auto third = run(hub, snapshot);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->counts.unchanged, third->counts.of(RowClass::equal));
  auto reading = hub.store->begin(Store::For::reading);
  EXPECT_EQ(all_quarantine(reading->quarantine(), QuarantineState::held).size(),
            static_cast<std::size_t>(of_each))
      << "what cannot be read is held once, not once a night";
  EXPECT_EQ(runs(reading->values(), "police", 10).size(), 3u);
}

TYPED_TEST(ReconcileRun, TheFirstLoadIsAgainstNothingAndWithoutABrake) {
  std::vector<Row> rows;
  for (int i = 0; i < 300; ++i)
    rows.push_back(birth(i)), rows.push_back(death(i));
  auto request = request_in(this->hub_.folder);
  request.limits = {};
  request.limits.changes_max = 5, request.limits.changes_free = 1;
  const auto loaded = run(this->hub_, {rows}, request);
  ASSERT_TRUE(loaded) << describe(loaded.error());
  EXPECT_EQ(loaded->state, RunState::done);
  EXPECT_TRUE(loaded->first_load);
  EXPECT_EQ(loaded->counts.of(RowClass::missing), 600);
  EXPECT_EQ(loaded->counts.corrected, 600);
  Hub<SqliteForTest> fed;
  fed.feed(rows);
  EXPECT_EQ(this->hub_.record(), fed.record());
  auto coverage = this->hub_.store->begin(Store::For::reading)->balance().coverage();
  ASSERT_EQ(coverage.size(), 1u);
  EXPECT_TRUE(coverage[0].loaded);
  EXPECT_EQ(coverage[0].complete_until_us, june_us) << "no further than the snapshot knows";
}

/// Throws at one append, before or after it is done, as if the process had been ended there.
class BreakingLog final : public EventLog {
 public:
  BreakingLog(EventLog& inner, int at, bool after) : inner_(inner), at_(at), after_(after) {}
  void append(const std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint) override {
    if (before) before();
    const bool now = --at_ == 0;
    if (now && !after_) throw LogUnavailable("broken");
    inner_.append(events, checkpoint);
    if (now) throw LogUnavailable("broken");
  }
  std::string checkpoint(const std::string& source) override { return inner_.checkpoint(source); }
  void set_checkpoint(const SourceCheckpoint& checkpoint) override { inner_.set_checkpoint(checkpoint); }
  std::vector<LoggedEvent> read(std::span<const LogPosition> after, std::size_t count_max,
                                std::uint32_t timeout_ms, std::stop_token stop) override {
    return inner_.read(after, count_max, timeout_ms, std::move(stop));
  }
  LogPosition end(std::int32_t partition) override { return inner_.end(partition); }
  LogPosition start(std::int32_t partition) override { return inner_.start(partition); }
  std::int32_t partitions() const override { return inner_.partitions(); }
  std::string partition_name(std::int32_t partition) const override {
    return inner_.partition_name(partition);
  }
  std::vector<std::pair<std::string, std::int64_t>> received() override { return inner_.received(); }
  std::function<void()> before;

 private:
  EventLog& inner_;
  int at_;
  const bool after_;
};

TYPED_TEST(ReconcileRun, OneThatWasInterruptedGoesOnAndCorrectsNothingTwice) {
  std::vector<Row> rows;
  for (int i = 0; i < 1400; ++i)
    rows.push_back(birth(i));
  auto& hub = this->hub_;
  hub.feed({rows.begin(), rows.begin() + 100});
  Snapshot snapshot{rows};
  int readings = 0;
  snapshot.before_row = [&](std::size_t at) {
    if (at == 0 && ++readings == 1) throw LogUnavailable("in the middle of the comparison");
  };
  EXPECT_THROW(run(hub, snapshot), LogUnavailable);
  for (bool after : {true, false}) {
    BreakingLog log(*hub.log, 1, after);
    EXPECT_THROW(run(hub, snapshot, request_in(hub.folder), &log), LogUnavailable);
  }
  const auto done = run(hub, snapshot);
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->id, 1) << "one run all the way";
  EXPECT_EQ(done->counts.mendable, 1300) << "as it was compared before the first correction";
  EXPECT_EQ(done->counts.corrected, 1300);
  EXPECT_EQ(hub.corrections(), 1300) << "none twice";
  EXPECT_EQ(report_of(*done).at("counts").at("missing"), 1300);
  EXPECT_EQ(run(hub, snapshot)->counts.of(RowClass::equal), 1400);
}

TYPED_TEST(ReconcileRun, WhatThePoliciesKeepBackWaitsForSomebody) {
  std::vector<Row> told, rows;
  for (int i = 0; i < 60; ++i) {
    told.push_back(birth(i)), rows.push_back(birth(i));
    auto later = death(i);
    later.version = "20260301000000", later.on = "20240511";
    if (i < 20) told.push_back(death(i)), rows.push_back(later);
  }
  for (int i = 60; i < 90; ++i)
    rows.push_back(birth(i));
  auto& hub = this->hub_;
  hub.feed(told);
  auto request = request_in(hub.folder);
  request.repairs = {Repair::automatic, Repair::ask};
  const auto first = run(hub, {rows}, request);
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(first->state, RunState::done);
  EXPECT_EQ(std::tuple(first->counts.mendable, first->counts.corrected), std::tuple(30, 30));
  EXPECT_EQ(std::tuple(first->counts.kept_changed, first->counts.kept_missing), std::tuple(20, 0));
  EXPECT_TRUE(first->counts.foot());
  EXPECT_EQ(hub.store->begin(Store::For::reading)->balance().coverage().size(), 0u)
      << "what still differs is no clean run";

  // Somebody says so, with the number that was seen; in between one of them came as an event.
  hub.feed({rows[1]});
  request.run = first->id, request.only = RowClass::changed, request.expected = 10;
  const auto too_few = run(hub, {rows}, request);
  ASSERT_TRUE(too_few) << describe(too_few.error());
  EXPECT_EQ(too_few->state, RunState::braked);
  request.expected = 20;
  const auto repaired = run(hub, {rows}, request);
  ASSERT_TRUE(repaired) << describe(repaired.error());
  EXPECT_EQ(repaired->id, first->id);
  EXPECT_EQ(repaired->state, RunState::done);
  EXPECT_EQ(repaired->counts.corrected, 19) << "what moved since is compared again";
  EXPECT_EQ(repaired->counts.kept(), 0);
  Hub<SqliteForTest> right;
  right.feed(told), right.feed(rows);
  EXPECT_EQ(hub.record(), right.record());

  request = request_in(hub.folder);
  request.repairs = {Repair::never, Repair::never};
  rows.push_back(birth(95));
  const auto never = run(hub, {rows}, request);
  ASSERT_TRUE(never) << describe(never.error());
  EXPECT_EQ(std::tuple(never->counts.kept_missing, never->counts.corrected), std::tuple(1, 0));
  request.run = never->id, request.only = RowClass::missing, request.expected = 1;
  const auto refused = run(hub, {rows}, request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "REPAIR_NEVER");
}

TYPED_TEST(ReconcileRun, ADamagedDossierIsCountedAndKeepsNobodyElseBack) {
  std::vector<Row> rows;
  for (int i = 0; i < 30; ++i)
    rows.push_back(birth(i)), rows.push_back(death(i));
  auto& hub = this->hub_;
  hub.feed(rows);
  for (auto& row : rows)
    if (row.kind == "death") row.version = "20260301000000", row.on = "20240511";
  DossierRow whole;
  {
    const auto token = identifier_token(hub.keys, {IdentifierKind::citizen_number, birth(7).person});
    auto writing = hub.store->begin(Store::For::writing);
    const auto whose = Workspace(writing->people(), hub.keys, built_in_evidence()).bearers(token).at(0);
    whole = writing->people().dossiers({&whose, 1}).at(0);
    auto spoilt = whole;
    spoilt.sealed[spoilt.sealed.size() / 2] = static_cast<char>(spoilt.sealed[spoilt.sealed.size() / 2] + 1);
    writing->people().put_dossiers({&spoilt, 1});
    writing->commit();
  }
  const auto done = run(hub, {rows});
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->state, RunState::done);
  EXPECT_EQ(done->counts.of(RowClass::damaged), 1);
  EXPECT_EQ(done->counts.corrected, 29);
  EXPECT_TRUE(done->counts.foot());
  EXPECT_EQ(keys_found(*done).at("damaged").size(), 1u);
  EXPECT_EQ(hub.store->begin(Store::For::reading)->balance().coverage().size(), 0u) << "it is no clean run";
  {
    auto writing = hub.store->begin(Store::For::writing);
    writing->people().put_dossiers({&whole, 1});
    writing->commit();
  }
  const auto restored = run(hub, {rows});
  ASSERT_TRUE(restored) << describe(restored.error());
  EXPECT_EQ(std::tuple(restored->counts.of(RowClass::damaged), restored->counts.corrected), std::tuple(0, 1));
}

TYPED_TEST(ReconcileRun, TheReportIsSignedAndALastRunIsFoundBySource) {
  auto& hub = this->hub_;
  hub.feed({birth(1)});
  const auto done = run(hub, {{birth(1), birth(2)}});
  ASSERT_TRUE(done) << describe(done.error());
  const auto report = read_report(done->report);
  EXPECT_EQ(done->signature, sign_report(hub.keys, report));
  EXPECT_NE(done->signature, sign_report(hub.keys, report + " "));
  EXPECT_NE(done->signature, sign_report(Keyring::from_passphrase("another"), report));
  EXPECT_THAT(report_html(report), HasSubstr("1 equal + 1 missing = 2 of 2 records read"));
  auto reading = hub.store->begin(Store::For::reading);
  ASSERT_TRUE(last_run(reading->values(), "police"));
  EXPECT_EQ(last_run(reading->values(), "police")->id, done->id);
  EXPECT_EQ(serialized(*last_run(reading->values(), "police")), serialized(*done));
  EXPECT_FALSE(last_run(reading->values(), "hospital"));
}

TYPED_TEST(ReconcileRun, WhatIsNewerIsNeverUndone) {
  std::vector<Row> rows;
  for (int i = 0; i < 40; ++i)
    rows.push_back(birth(i));
  auto& hub = this->hub_;
  hub.feed(rows);
  std::vector<Row> told, there, newer;
  for (int i = 0; i < 40; ++i) {
    auto before = death(i), now = death(i), last = death(i);
    before.version = now.version = last.version = "20260201";  // of one day: the order in the log decides
    now.on = "20240511", last.on = "20240512";
    told.push_back(before), there.push_back(now), newer.push_back(last);
  }
  hub.feed(told);
  rows.insert(rows.end(), there.begin(), there.end());
  // The agency's own change stands in the log before the correction, and nobody has looked at it yet.
  BreakingLog log(*hub.log, 0, false);
  bool once = false;
  log.before = [&] {
    if (std::exchange(once, true)) return;
    std::vector<Event> events;
    for (int i = 0; i < 20; ++i)
      events.push_back(newer[static_cast<std::size_t>(i)].event());
    hub.log->append(events, std::nullopt);
  };
  const auto done = run(hub, {rows}, request_in(hub.folder), &log);
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->counts.mendable, 40);
  auto right = told;
  for (std::size_t i = 0; i < 40; ++i)
    right.push_back(i < 20 ? newer[i] : there[i]);
  Hub<SqliteForTest> expected;
  expected.feed({rows.begin(), rows.begin() + 40});
  expected.feed(right);
  EXPECT_EQ(hub.record(), expected.record());
}

/// What counts of everybody, whatever else their histories hold.
template <class Place>
std::string what_counts(Hub<Place>& hub) {
  const auto reading = hub.store->begin(Store::For::reading);
  Workspace people(reading->people(), hub.keys, built_in_evidence());
  std::set<std::string> lines;
  for (const auto person : all_people(reading->people()))
    for (const auto& entry : people.dossier(person).entries)
      if (const auto* counts = entry.history.current(known_now))
        lines.insert(fmt::format("{} {} {} {}", name_of(counts->fact.kind), counts->fact.key,
                                 counts->fact.version, counts->fact.on ? counts->fact.on->text() : "-"));
  std::string text;
  for (const auto& line : lines)
    text += line + "\n";
  return text;
}

/// Hundreds of events about the people of the snapshot, before the run, after it, or while it goes on: while
/// it reads, compares, corrects. Nothing newer is undone, and with the next run all three are the same.
TEST(ReconcileStream, EventsBeforeDuringAndAfterARunComeToTheSame) {
  for (const unsigned seed : {pipeline_seed(), pipeline_seed() + 1}) {
    std::mt19937 chance(seed);
    constexpr int people = 60;
    std::vector<Row> told, rows, events;
    for (int i = 0; i < people; ++i) {
      if (chance() % 4 != 0) told.push_back(birth(i));
      rows.push_back(birth(i));
      auto there = death(i);
      there.version = "20260301000000", there.on = "20240511";
      if (chance() % 2 == 0) told.push_back(death(i));
      if (chance() % 2 == 0) rows.push_back(there);
    }
    for (int k = 0; k < 300; ++k) {
      auto event = death(static_cast<int>(chance() % people));
      // Before the snapshot's version, after it, and after the snapshot was taken; each version once.
      const char* months[] = {"202602", "202604", "202607"};
      event.version = fmt::format("{}15{:02}{:02}{:02}", months[chance() % 3], k / 360, k / 60 % 60, k % 60);
      event.on = fmt::format("202405{:02}", 1 + chance() % 28);
      events.push_back(event);
    }
    std::map<std::string, std::string> newest;  // by key
    for (const auto& event : events)
      newest[event.id] = std::max(newest[event.id], event.version);

    Hub<SqliteForTest> before, during, after;
    for (auto* hub : {&before, &during, &after})
      hub->feed(told);
    before.feed(events);
    std::size_t streamed = 0;
    const auto stream = [&](std::size_t count, bool processed) {
      std::vector<Event> some;
      for (; count > 0 && streamed < events.size(); --count, ++streamed)
        some.push_back(events[streamed].event());
      if (!some.empty()) during.log->append(some, std::nullopt);
      if (processed) during.process();
    };
    Snapshot flowing{rows};
    flowing.before_row = [&](std::size_t) {
      if (chance() % 3 == 0) stream(1 + chance() % 8, chance() % 2 == 0);
    };
    ASSERT_TRUE(run(before, {rows}));
    ASSERT_TRUE(run(after, {rows}));
    const auto first = run(during, flowing);
    ASSERT_TRUE(first) << describe(first.error());
    stream(events.size(), true);
    after.feed(events);
    const auto counts_now = what_counts(during);
    for (const auto& [key, version] : newest) {
      if (version < "20260301000000") continue;
      EXPECT_THAT(counts_now, HasSubstr(key + " " + version + " ")) << "undone; KINHUB_SEED=" << seed;
    }
    for (auto* hub : {&before, &during, &after})
      ASSERT_TRUE(run(*hub, {rows}));
    EXPECT_EQ(what_counts(during), what_counts(before)) << "KINHUB_SEED=" << seed;
    EXPECT_EQ(what_counts(during), what_counts(after)) << "KINHUB_SEED=" << seed;
    EXPECT_EQ(run(during, {rows})->counts.mendable, 0);
  }
}

TYPED_TEST(ReconcileRun, EventsThatComeMeanwhileAreLeftAlone) {
  std::vector<Row> rows;
  for (int i = 0; i < 500; ++i)
    rows.push_back(birth(i)), rows.push_back(death(i));
  auto& hub = this->hub_;
  hub.feed(rows);
  auto changed = rows;
  for (auto& row : changed)
    if (row.kind == "death" && row.id.ends_with("7")) row.version = "20260301000000", row.on = "20240511";
  Snapshot snapshot{changed};
  std::mt19937 chance(pipeline_seed());
  std::vector<Row> meanwhile;
  snapshot.before_row = [&](std::size_t at) {
    if (at % 250 != 125) return;
    std::vector<Row> now;
    for (int k = 0; k < 15; ++k) {
      auto row = death(static_cast<int>(chance() % 500));
      const auto n = meanwhile.size();
      row.version = fmt::format("20260602{:02}{:02}{:02}", n / 3600, n / 60 % 60, n % 60);
      row.on = fmt::format("202405{:02}", 12 + meanwhile.size() % 10);
      now.push_back(row), meanwhile.push_back(row);
    }
    hub.feed(now);
  };
  const auto done = run(hub, snapshot);
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->state, RunState::done);
  EXPECT_GT(done->counts.corrected, 20);
  EXPECT_GT(done->counts.of(RowClass::late), 0);
  Hub<SqliteForTest> after;
  after.feed(changed);
  after.feed(meanwhile);
  // Superseded versions do not show in a record, so both orders give the same one.
  EXPECT_EQ(hub.record(), after.record()) << "KINHUB_SEED=" << pipeline_seed();
}

class ReconcileLimits : public ::testing::Test {
 protected:
  static std::vector<Row> births(int from, int until) {
    std::vector<Row> rows;
    for (int i = from; i < until; ++i)
      rows.push_back(birth(i));
    return rows;
  }
  std::string codes(const RunRecord& run) {
    std::string all;
    for (const auto& reason : run.reasons)
      all += reason.code + " ";
    return all;
  }
  Hub<SqliteForTest> hub_;
};

TEST_F(ReconcileLimits, ARunThatWouldChangeTooMuchChangesNothingUntilAPersonSaysHowMuch) {
  hub_.feed(births(0, 100));
  auto request = request_in(hub_.folder);
  request.limits = {};
  request.limits.share_max = 0.1;
  const Snapshot snapshot{births(0, 130)};
  const auto before = hub_.record();
  const auto braked = run(hub_, snapshot, request);
  ASSERT_TRUE(braked);
  EXPECT_EQ(braked->state, RunState::braked);
  EXPECT_EQ(codes(*braked), "RECONCILE_BRAKE ");
  EXPECT_EQ(hub_.record(), before);
  EXPECT_EQ(hub_.corrections(), 0);
  request.run = braked->id, request.expected = 29;
  EXPECT_EQ(run(hub_, snapshot, request)->state, RunState::braked) << "one more than was expected";
  request.expected = 30;
  const auto done = run(hub_, snapshot, request);
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->state, RunState::done);
  EXPECT_EQ(done->id, braked->id);
  EXPECT_EQ(done->counts.corrected, 30);
  EXPECT_EQ(run(hub_, snapshot, request).error().code, "RUN_NOT_BRAKED");
  request.run = 99;
  EXPECT_EQ(run(hub_, snapshot, request).error().code, "NO_SUCH_RUN");
}

TEST_F(ReconcileLimits, ADryRunLooksAndWritesNothing) {
  hub_.feed(births(0, 100));
  auto request = request_in(hub_.folder);
  request.dry_run = true;
  const auto looked = run(hub_, {births(0, 120)}, request);
  ASSERT_TRUE(looked);
  EXPECT_EQ(looked->state, RunState::dry_run);
  EXPECT_EQ(looked->counts.mendable, 20);
  EXPECT_EQ(hub_.corrections(), 0);
  for (const auto& row : all_entries(hub_.store->begin(Store::For::reading)->entries(), "police"))
    EXPECT_EQ(row.record, 0u);
}

TEST_F(ReconcileLimits, ASnapshotThatIsNotWholeIsNotComparedAndTheOldStateStays) {
  hub_.feed(births(0, 200));
  ASSERT_EQ(run(hub_, {births(0, 200)})->state, RunState::done);
  auto request = request_in(hub_.folder);
  request.limits = {};
  request.again = false;
  const auto before = hub_.record();
  const auto refused = [&](const Snapshot& snapshot) {
    const auto done = run(hub_, snapshot, request);
    EXPECT_EQ(done->state, RunState::not_whole);
    EXPECT_EQ(done->counts.not_there, 0) << "nothing is said to be gone";
    EXPECT_EQ(hub_.record(), before);
    return codes(*done);
  };
  EXPECT_EQ(refused({births(0, 200)}), "SNAPSHOT_SAME ");
  EXPECT_EQ(refused({births(0, 150)}), "SNAPSHOT_SHRANK ");
  EXPECT_EQ(refused({{}}), "SNAPSHOT_EMPTY ");
  EXPECT_EQ(refused({births(1, 201), june_us, {{"SNAPSHOT_NO_FLAG", "", ""}}}), "SNAPSHOT_NO_FLAG ");
  EXPECT_EQ(hub_.corrections(), 0);
  const auto whole = run(hub_, {births(1, 199)}, request);
  EXPECT_EQ(whole->state, RunState::done) << "it is smaller, but not by much";
  EXPECT_EQ(whole->counts.not_there, 2);
  EXPECT_EQ(hub_.record(), before) << "by absence alone nothing is taken back";
}

TEST_F(ReconcileLimits, ARecordOfWhichOneFactWasTouchedIsMappedAgain) {
  hub_.feed(births(0, 20));
  const Snapshot snapshot{births(0, 20)};
  ASSERT_TRUE(run(hub_, snapshot));
  EXPECT_EQ(run(hub_, snapshot)->counts.unchanged, 20);
  auto wrong = birth(3);
  wrong.version = "20260102000000", wrong.on = "19910101";
  hub_.feed({wrong});
  const auto found = run(hub_, snapshot);
  EXPECT_EQ(found->counts.unchanged, 19);
  EXPECT_EQ(found->counts.of(RowClass::changed), 1)
      << "it would be hidden by the bytes that have not changed";
}

TEST_F(ReconcileLimits, ARecordThatCannotBeReadIsNotMissingThere) {
  hub_.feed(births(0, 30));
  auto rows = births(0, 29);  // 29 is gone; 12 is there and cannot be read
  rows.erase(rows.begin() + 1);
  rows[11].broken = true;
  const auto done = run(hub_, {rows});
  EXPECT_EQ(done->counts.of(RowClass::unreadable), 1);
  EXPECT_EQ(keys_found(*done)["not there"], (std::multiset<std::string>{"B1", "B29"}));
}

TEST_F(ReconcileLimits, TwoRecordsOfOneKeyAreContestedInEitherOrder) {
  hub_.feed(births(0, 20));
  ASSERT_TRUE(run(hub_, {births(0, 20)}));
  auto other = birth(3);
  other.version = "20260102000000", other.on = "19910101";
  for (const bool first : {true, false}) {
    auto rows = births(0, 20);
    rows.insert(first ? rows.begin() : rows.end(), other);
    const auto found = run(hub_, {rows});
    EXPECT_EQ(found->counts.corrected, 0);
    EXPECT_EQ(found->counts.records, 21);
    EXPECT_EQ(sum_of(found->counts), 21);
    EXPECT_EQ(found->counts.contested + found->counts.of(RowClass::duplicate), 1) << first;
  }
  EXPECT_EQ(hub_.corrections(), 0);
}

TEST_F(ReconcileLimits, AMendedMappingHasEveryRecordMappedOnceMore) {
  hub_.feed(births(0, 20));
  const Snapshot snapshot{births(0, 20)};
  ASSERT_TRUE(run(hub_, snapshot));
  auto files = mapping_files();
  files.at("death.yaml") += "# mended\n";
  const auto other = rules_with(files);
  const Means means{*hub_.log, *hub_.store, hub_.keys, other, hub_.clock, std::nullopt};
  const auto again = reconcile(means, request_in(hub_.folder),
                               {snapshot.read(), [] { return std::nullopt; }, [](std::string_view) {}});
  EXPECT_EQ(again->counts.unchanged, 0);
  EXPECT_EQ(again->counts.of(RowClass::equal), 20);
}

TEST_F(ReconcileLimits, TheReportIsMaskedAndNeedsNothingFromElsewhere) {
  auto told = death(3), there = death(3);
  there.version = "20260301000000", there.on = "20240511", there.person = death(4).person;
  hub_.feed({birth(3), birth(4), told});
  auto broken = birth(5);
  broken.broken = true, broken.id = "<b>&=1";
  const auto done = run(hub_, {{birth(3), birth(4), there, broken}});
  ASSERT_TRUE(done);
  const auto folder = std::filesystem::path(done->report);
  for (const char* name : {"report.json", "report.html", "differences.csv"}) {
    std::ifstream in(folder / name, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    EXPECT_THAT(text, Not(HasSubstr(there.person))) << name;
    EXPECT_THAT(text, Not(HasSubstr(told.person))) << name;
    EXPECT_THAT(text, HasSubstr("2024-05-11")) << name;
    EXPECT_EQ(std::filesystem::status(folder / name).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    if (std::string_view(name) == "report.html") {
      EXPECT_THAT(text, Not(HasSubstr("<b>&=1")));
      for (const char* elsewhere : {"http:", "https:", "src=", "href=", "url("})
        EXPECT_THAT(text, Not(HasSubstr(elsewhere)));
    }
  }
}

}  // namespace
}  // namespace kinhub::reconcile
