// The identity review queue: what enters it, what leaves it, and what a person's word does, on a real store.
#include "hub/pipeline/identity_queue.hpp"

#include <gtest/gtest.h>

#include "hub/pipeline/identity_scan.hpp"
#include "tests/unit/store/record_fixture.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub {
namespace {

using enum FactKind;
using enum Role;
using test::mention;
using test::say;

constexpr std::int64_t noon_us = 1'796'000'000'000'000;

TEST(IdentityQueueStates, ByWhatTheRecordSaysAndWhetherMatchingAsks) {
  using enum PairStanding;
  struct Row {
    PairStanding standing;
    bool asked;
    PairState state;
  };
  const Row rows[] = {
      {two, true, PairState::open},
      {two, false, PairState::gone},
      {one, false, PairState::gone},
      {one, true, PairState::gone},
      {nobody, false, PairState::gone},
      {nobody, true, PairState::gone},
      // A person's word stands, whatever matching thinks of it.
      {one_by_word, false, PairState::same},
      {one_by_word, true, PairState::same},
      {apart_by_word, false, PairState::different},
      {apart_by_word, true, PairState::different},
  };
  for (const auto& row : rows)
    EXPECT_EQ(state_of(row.standing, row.asked), row.state)
        << static_cast<int>(row.standing) << " " << row.asked;
}

TEST(IdentityQueueStates, TheEvidenceOfWhatIsAnsweredStaysAsItWas) {
  IdentityPairRow waits;
  waits.state = PairState::open, waits.weight = 64 * 30, waits.digest = "d1", waits.changed_at_us = 5;
  const PairQuestion same{PairWhy::doubtful, 64 * 30, "d1"}, more{PairWhy::likely, 64 * 40, "d2"};
  EXPECT_EQ(settled(waits, PairStanding::two, same, 9).changed_at_us, 5) << "nothing is new";
  const auto grown = settled(waits, PairStanding::two, more, 9);
  EXPECT_EQ(std::tuple(grown.why, grown.weight, grown.digest, grown.changed_at_us),
            std::tuple(PairWhy::likely, 64 * 40, "d2", 9));
  const auto answered = settled(waits, PairStanding::one_by_word, std::nullopt, 9);
  EXPECT_EQ(std::tuple(answered.state, answered.weight, answered.digest, answered.changed_at_us),
            std::tuple(PairState::same, 64 * 30, "d1", 9));
}

TEST(IdentityQueueStates, OnlyEvidenceThatIsEnoughWaitsForAnotherReason) {
  linkage::Comparison found;
  found.score = 30.5, found.verdict = linkage::Verdict::doubtful;
  EXPECT_EQ(question_of(found, PairWhy::tie)->why, PairWhy::doubtful);
  EXPECT_EQ(question_of(found)->weight, 30 * 64 + 32);
  found.verdict = linkage::Verdict::same;
  EXPECT_EQ(question_of(found)->why, PairWhy::likely);
  EXPECT_EQ(question_of(found, PairWhy::tie)->why, PairWhy::tie);
  found.verdict = linkage::Verdict::different;
  EXPECT_FALSE(question_of(found, PairWhy::likely));
}

/// A record on a store of its own; statements come in as the pipeline brings them.
class IdentityScanTest : public ::testing::Test {
 protected:
  void tell(const Statement& said) {
    auto writing = store_->begin(Store::For::writing);
    Workspace people(writing->people(), keys_, built_in_evidence());
    auto change = people.add(said);
    if (decides_identity(said.fact)) {
      change.regrouped.insert(change.regrouped.end(), change.touched.begin(), change.touched.end());
      IdentityQueue(writing->identity_pairs(), people, keys_, rules()).settle(change.regrouped, noon_us);
    }
    people.save();
    writing->commit();
  }

  static Mention somebody(Role role, std::initializer_list<std::string_view> words, std::string_view name,
                          std::string_view born) {
    auto one = mention(role, words, name);
    if (!born.empty()) one.born = PartialDate::parse(born);
    return one;
  }
  /// Registered with the police: the child's identifiers, name and day of birth; the mother's number.
  void registered(const std::string& key, std::initializer_list<std::string_view> words,
                  std::string_view name, std::string_view born, std::string_view mother_number = "") {
    std::vector<Mention> people{somebody(person, words, name, born)};
    if (!mother_number.empty()) people.push_back(mention(mother, {mother_number}));
    tell(say("police", birth, key, "1", born, people));
  }
  /// A patient whom the hospital knows by a chart alone.
  void patient(const std::string& chart, std::string_view name, std::string_view born,
               std::string_view mother_number = "") {
    std::vector<Mention> people{somebody(person, {}, name, born)};
    people.front().identifiers = {{IdentifierKind::chart, chart}};
    if (!mother_number.empty()) people.push_back(mention(mother, {mother_number}));
    tell(say("hospital", birth, chart, "1", born, people, Op::assert_, EvidenceClass::hospital));
  }
  /// What the forms identity-same and identity-different come to.
  static Statement answer(FactKind kind, std::vector<Mention> people, Op op = Op::assert_) {
    return say("care-desk", kind, "e01m8n-3xq2m-7h3kd-mw4t9", op == Op::assert_ ? "1" : "2", "", people, op,
               EvidenceClass::care_desk);
  }

  IdentityScanned scan(IdentityScanOptions options = {}) {
    return scan_identities(*store_, keys_, rules(), clock_, options);
  }
  std::vector<IdentityPairRow> rows() {
    return all_identity_pairs(store_->begin(Store::For::reading)->identity_pairs(), std::nullopt);
  }
  /// "1 open likely": the queue in few words.
  std::string queue() {
    std::string text;
    for (const auto& row : rows())
      text += fmt::format("{}{} {} {}", text.empty() ? "" : ", ", row.id.value, name_of(row.state),
                          name_of(row.why));
    return text;
  }
  IdentityQueue::Resolved resolved(std::int64_t id) {
    auto reading = store_->begin(Store::For::reading);
    Workspace people(reading->people(), keys_, built_in_evidence());
    return IdentityQueue(reading->identity_pairs(), people, keys_, rules())
        .resolve(*reading->identity_pairs().find({id}));
  }
  static const linkage::LinkageRules& rules() {
    static const auto read = linkage::load_linkage("mappings/identity/linkage.yaml").value();
    return read;
  }

  test::TemporaryFolder folder_;
  Keyring keys_ = Keyring::from_passphrase("identity queue test");
  std::unique_ptr<Store> store_ = SqliteStore::open(folder_.path / "kinhub.db", keys_);
  FixedClock clock_{noon_us};

  static constexpr std::string_view child = "n:322228200005210171", twin = "n:322228200005210331",
                                    mum = "n:322228197503120246";
};

TEST_F(IdentityScanTest, APatientWithoutANumberWaitsBesideTheRegisteredPerson) {
  registered("1", {child, "p:55"}, "王试子", "2000-05-21", mum);
  registered("2", {"n:322228198506180222", "p:56"}, "周试雪", "1985-06-18");
  patient("A/1", "王试子", "2000-05-21", mum);
  const auto done = scan();
  EXPECT_EQ(queue(), "1 open likely") << "enough for matching, and still only a person joins";
  EXPECT_EQ(std::tuple(done.people, done.opened, done.waiting, done.likely, done.complete),
            std::tuple(4, 1, 1, 1, true));
  EXPECT_GE(rows()[0].weight, static_cast<std::int64_t>(64 * rules().same_at));
  EXPECT_LT(rows()[0].a, rows()[0].b);
  clock_.set(noon_us + 1);
  EXPECT_EQ(scan().opened, 0) << "found again, it is the same entry";
  EXPECT_EQ(queue(), "1 open likely");
  EXPECT_EQ(std::tuple(rows()[0].since_us, rows()[0].changed_at_us, rows()[0].seen_at_us),
            std::tuple(noon_us, noon_us, noon_us + 1));
}

TEST_F(IdentityScanTest, ADryRunWritesNothing) {
  registered("1", {child, "p:55"}, "王试子", "2000-05-21", mum);
  patient("A/1", "王试子", "2000-05-21");
  IdentityScanOptions look;
  look.dry_run = true;
  const auto planned = scan(look);
  EXPECT_EQ(std::tuple(planned.opened, planned.waiting, planned.likely), std::tuple(1, 1, 0));
  EXPECT_EQ(queue(), "");
  EXPECT_EQ(scan().opened, planned.opened);
}

TEST_F(IdentityScanTest, TheSameOutlivesEveryScanAndCanBeTakenBack) {
  registered("1", {child, "p:55"}, "王试子", "2000-05-21");
  patient("A/1", "王试子", "2000-05-21");
  scan();
  ASSERT_EQ(queue(), "1 open doubtful");
  const std::vector<Mention> both{mention(person, {child, "c:A/1"})};
  tell(answer(identity, both));
  EXPECT_EQ(queue(), "1 same doubtful") << "at once";
  EXPECT_EQ(resolved(1).entry, "e01m8n-3xq2m-7h3kd-mw4t9");
  EXPECT_EQ(scan().left, 0);
  EXPECT_EQ(queue(), "1 same doubtful");
  tell(answer(identity, both, Op::retract));
  EXPECT_EQ(queue(), "1 open doubtful");
  scan();
  EXPECT_EQ(queue(), "1 open doubtful");
}

TEST_F(IdentityScanTest, NotTheSameOutlivesEveryScanAndCanBeTakenBack) {
  registered("1", {child, "p:55"}, "王试子", "2000-05-21", mum);
  patient("A/1", "王试子", "2000-05-21", mum);
  scan();
  const std::vector<Mention> both{mention(person, {child}), mention(other, {"c:A/1"})};
  tell(answer(distinct, both));
  EXPECT_EQ(queue(), "1 different likely") << "at once";
  scan(), scan();
  EXPECT_EQ(queue(), "1 different likely");
  tell(answer(distinct, both, Op::retract));
  EXPECT_EQ(queue(), "1 open likely");
}

TEST_F(IdentityScanTest, WhoGetsANumberLeavesTheQueue) {
  registered("1", {child, "p:55"}, "王试子", "2000-05-21");
  patient("A/1", "王试子", "2000-05-21");
  patient("A/2", "王试子", "2000-05-21");
  scan();
  ASSERT_EQ(queue(), "1 open doubtful, 2 open doubtful, 3 open doubtful");
  tell(say("hospital", identity, "m", "1", "", {mention(person, {child, "c:A/1"})}, Op::assert_,
           EvidenceClass::hospital));
  const auto done = scan();
  EXPECT_EQ(done.waiting, 1) << "one is left to be asked about";
  std::size_t open = 0;
  for (const auto& row : rows()) {
    EXPECT_TRUE(row.state == PairState::open || row.state == PairState::gone);
    open += row.state == PairState::open;
  }
  EXPECT_EQ(open, 1u);
}

TEST_F(IdentityScanTest, TwinsAndFathersOfOneNameAreNeverLikely) {
  registered("1", {child, "p:55"}, "王试一", "2000-05-21", mum);
  registered("2", {twin, "p:56"}, "王试二", "2000-05-21", mum);
  patient("A/1", "", "2000-05-21", mum);        // one of the twins, and nobody knows which
  patient("A/2", "王试乙", "2000-05-21", mum);  // a name that is neither
  registered("3", {"n:322228195503120213", "p:57"}, "陈试国", "1955-03-12");
  auto son = somebody(person, {"n:322228198506180177", "p:58"}, "陈试国", "1985-06-18");
  tell(say("police", birth, "4", "1", "1985-06-18",
           {son, mention(father, {"n:322228195503120213"}, "陈试国")}));
  patient("A/3", "陈试国", "");
  const auto done = scan();
  EXPECT_EQ(done.likely, 0) << queue();
  for (const auto& row : rows())
    EXPECT_NE(row.why, PairWhy::likely) << queue();
}

TEST_F(IdentityScanTest, TwoOfOneNumberAreAskedAboutByTheirPoliceIds) {
  registered("1", {child, "p:55"}, "王试子", "2000-05-21");
  registered("2", {child, "p:77"}, "陈试国", "1979-03-14");
  scan();
  ASSERT_EQ(queue(), "1 open doubtful");
  const auto tokens = std::set{rows()[0].a, rows()[0].b};
  EXPECT_EQ(tokens, (std::set{identifier_token(keys_, {IdentifierKind::police_id, "55"}),
                              identifier_token(keys_, {IdentifierKind::police_id, "77"})}))
      << "the number they share names neither";
  auto one = mention(person, {"p:55"});
  one.former = {{IdentifierKind::police_id, "77"}};
  tell(answer(identity, {one}));
  EXPECT_EQ(queue(), "1 same doubtful");
}

TEST_F(IdentityScanTest, WhomNoIdentifierNamesIsCountedAndNotAsked) {
  registered("1", {child, "p:55"}, "王试子", "2000-05-21");
  registered("2", {child, "p:77"}, "陈试国", "1979-03-14");
  // A third of the number, whom it is not said: it bears nothing else.
  registered("3", {child}, "赵试石", "1991-07-01");
  const auto done = scan();
  EXPECT_GT(done.nameless + done.waiting, 0);
  const auto before = queue();
  const auto again = scan();
  EXPECT_EQ(queue(), before);
  EXPECT_EQ(std::tuple(again.opened, again.left, again.nameless), std::tuple(0, 0, done.nameless));
}

TEST_F(IdentityScanTest, AWrongDigitInAValidNumberIsAskedAbout) {
  registered("1", {"n:322228198506185111", "p:55"}, "王试强", "1985-06-18");
  registered("2", {"n:322228198506185410", "p:77"}, "王试强", "1985-06-18");
  registered("3", {"n:322228198506180222", "p:78"}, "周试雪", "1985-06-18");
  const auto done = scan();
  EXPECT_EQ(done.probes, 2);
  EXPECT_EQ(queue(), "1 open doubtful");
}

class IdentityScanOfMany : public IdentityScanTest {
 protected:
  void SetUp() override {
    for (int i = 0; i < 12; ++i) {
      const auto number = number_of(i), police = fmt::format("p:{}", 100 + i), name = name_of_person(i);
      const auto day = fmt::format("{}-05-21", 1980 + i);
      registered(std::to_string(i), {number, police}, name, day, mum);
      patient(fmt::format("A/{}", i), name, day, i % 2 == 0 ? mum : "");
    }
  }
  static std::string number_of(int i) {
    const auto front = fmt::format("322228{}0521{:02}0", 1980 + i, i);
    return "n:" + front + citizen_number_check(front);
  }
  static std::string name_of_person(int i) {
    const char* given[] = {"试春", "试夏", "试秋", "试冬", "试东", "试南",
                           "试西", "试北", "试金", "试木", "试水", "试火"};
    return std::string("王") + given[i];
  }
  std::string whole() {
    std::set<std::string> lines;
    for (const auto& row : rows())
      lines.insert(fmt::format("{} {} {} {}", name_of(row.state), name_of(row.why), row.weight,
                               sha256_hex(std::string(row.a.view()) + std::string(row.b.view()))));
    std::string text;
    for (const auto& line : lines)
      text += line + "\n";
    return text;
  }
};

TEST_F(IdentityScanOfMany, ItsLimitsChangeNothingOfWhatIsFound) {
  const auto done = scan();
  const auto wanted = whole();
  EXPECT_GE(done.waiting, 12);
  auto writing = store_->begin(Store::For::writing);
  auto cleared = all_identity_pairs(writing->identity_pairs(), std::nullopt);
  for (auto& row : cleared)
    row.state = PairState::gone;
  writing->identity_pairs().put(cleared);
  writing->commit();
  IdentityScanOptions small;
  small.probes_per_walk = 1, small.pairs_per_page = 1;
  const auto again = scan(small);
  EXPECT_EQ(whole(), wanted);
  EXPECT_EQ(std::tuple(again.compared, again.waiting, again.likely),
            std::tuple(done.compared, done.waiting, done.likely));
  EXPECT_EQ(rows().size(), cleared.size()) << "entries that are back are the ones they were";
}

TEST_F(IdentityScanOfMany, WhatIsBeyondTheQueueIsCounted) {
  const auto all = scan().waiting;
  IdentityScanOptions small;
  small.queue_max = 3;
  const auto done = scan(small);
  EXPECT_EQ(done.waiting, 3);
  EXPECT_EQ(done.beyond, all - 3);
  std::int64_t least = std::numeric_limits<std::int64_t>::max(), most_gone = 0;
  for (const auto& row : rows())
    row.state == PairState::open ? least = std::min(least, row.weight)
                                 : most_gone = std::max(most_gone, row.weight);
  EXPECT_GE(least, most_gone) << "the weightiest stay";
}

TEST_F(IdentityScanOfMany, StoppedAnywhereItHasWrittenWholeEntries) {
  const auto all = scan().waiting;
  const auto wanted = whole();
  for (int steps = 1; steps < 40; ++steps) {
    store_.reset();
    std::filesystem::remove_all(folder_.path);
    std::filesystem::create_directories(folder_.path);
    store_ = SqliteStore::open(folder_.path / "kinhub.db", keys_);
    SetUp();
    std::stop_source source;
    IdentityScanOptions options;
    options.pairs_per_page = 1, options.stop = source.get_token();
    int told = 0;
    options.on_progress = [&](std::string_view) {
      if (++told == steps) source.request_stop();
    };
    const auto stopped = scan(options);
    for (const auto& row : rows())
      EXPECT_EQ(row.digest.size(), 32u);
    EXPECT_EQ(scan().waiting, all) << "stopped after " << steps;
    EXPECT_EQ(whole(), wanted) << "stopped after " << steps;
    if (stopped.complete) break;
  }
}

TEST_F(IdentityScanOfMany, OfTwoScansAtOnceTheLaterOneGoesOn) {
  IdentityScanOptions options;
  options.pairs_per_page = 1;
  bool once = false;
  options.on_progress = [&](std::string_view line) {
    if (once || line.find("questions") == std::string_view::npos) return;
    once = true;
    EXPECT_TRUE(scan().complete);
  };
  EXPECT_FALSE(scan(options).complete);
  ASSERT_TRUE(once);
  std::set<std::pair<Token, Token>> pairs;
  for (const auto& row : rows())
    EXPECT_TRUE(pairs.emplace(row.a, row.b).second) << "entered twice";
}

}  // namespace
}  // namespace kinhub
