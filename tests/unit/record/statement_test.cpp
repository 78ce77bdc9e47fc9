// Versions of one business key: which holds, since when it is known, and what a repetition is.
#include "hub/record/statement.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/unit/record/facts.hpp"

namespace kinhub::test {
namespace {

Said died(std::string version, std::int64_t known_since) {
  return death("police", "J1").of(wang).on("2026-11-18").version(std::move(version)).known_since(known_since);
}

std::string current_at(const History& history, std::int64_t known_at) {
  const auto* current = history.current(known_at);
  if (!current) return "nothing";
  return std::string(name_of(current->fact.op)) + " " + current->fact.version;
}

TEST(History, TheLatestVersionKnownAtATimeIsCurrent) {
  struct Row {
    const char* what;
    std::vector<Statement> versions;  // in the order of arrival
    std::vector<std::pair<std::int64_t, const char*>> current;
  };
  const std::vector<Row> rows = {
      {"in order", {died("1", 10), died("2", 20)}, {{9, "nothing"}, {10, "assert 1"}, {20, "assert 2"}}},
      {"the later version came first",
       {died("2", 10), died("1", 20)},
       {{9, "nothing"}, {10, "assert 2"}, {19, "assert 2"}, {20, "assert 2"}}},
      {"a retraction after what it retracts",
       {died("1", 10), died("2", 20).taken_back()},
       {{19, "assert 1"}, {20, "retract 2"}}},
      {"a retraction before what it retracts",
       {died("2", 10).taken_back(), died("1", 20)},
       {{10, "retract 2"}, {20, "retract 2"}, {known_now, "retract 2"}}},
      {"said again after a retraction",
       {died("1", 10), died("2", 20).taken_back(), died("3", 30)},
       {{29, "retract 2"}, {30, "assert 3"}}},
      {"of one version the log decides: said again after it was taken back",
       {died("1", 10).taken_back(), died("1", 20)},
       {{10, "retract 1"}, {20, "assert 1"}}},
      {"the same the other way round",
       {died("1", 10), died("1", 20).taken_back()},
       {{10, "assert 1"}, {20, "retract 1"}}},
      {"inserted, deleted, inserted within one second",
       {died("1", 10).bytes(1), died("1", 20).taken_back().bytes(2), died("1", 30).bytes(3)},
       {{10, "assert 1"}, {20, "retract 1"}, {30, "assert 1"}}},
      {"a redelivery of the same bytes does not undo what came after them",
       {died("1", 10).bytes(1), died("1", 20).taken_back().bytes(2), died("1", 30).bytes(1)},
       {{20, "retract 1"}, {30, "retract 1"}}},
      {"the whole file delivered once more",
       {died("1", 10).bytes(1), died("1", 20).taken_back().bytes(2), died("1", 30).bytes(1),
        died("1", 40).taken_back().bytes(2)},
       {{known_now, "retract 1"}}},
      {"a version before the latest changes nothing, whenever it comes",
       {died("2", 10).bytes(1), died("1", 20).taken_back().bytes(2), died("1", 30).bytes(3)},
       {{known_now, "assert 2"}}},
      {"of one event the order in the message decides",
       {died("1", 10).bytes(1), died("1", 10).taken_back().bytes(1).fact_index(1),
        died("1", 10).bytes(1).fact_index(2)},
       {{10, "assert 1"}}},
      {"a day against a second is compared by the day: cancelled by a message of that day",
       {died("20261118064512", 10), died("20261118", 20).taken_back()},
       {{known_now, "retract 20261118"}}},
      {"the same in the other order",
       {died("20261118", 10).taken_back(), died("20261118064512", 20)},
       {{known_now, "assert 20261118064512"}}},
      {"a day does not forget the second that was known",
       {died("20261118064512", 10), died("20261118", 20).taken_back(), died("20261118064511", 30)},
       {{known_now, "retract 20261118"}}},
      {"a second after the day's word",
       {died("20261118064512", 10), died("20261118", 20).taken_back(), died("20261118064513", 30)},
       {{known_now, "assert 20261118064513"}}},
      {"another day is another day",
       {died("20261118064512", 10), died("20261117", 20).taken_back()},
       {{known_now, "assert 20261118064512"}}},
      {"fractions of a second order what seconds do not",
       {died("20261118064512700", 10), died("20261118064512300", 20).taken_back()},
       {{known_now, "assert 20261118064512700"}}},
      {"a fraction against whole seconds: the log decides",
       {died("20261118064512700", 10), died("20261118064512", 20).taken_back()},
       {{known_now, "retract 20261118064512"}}},
  };
  for (const auto& row : rows) {
    const auto history = history_of(row.versions);
    for (const auto& [known_at, expected] : row.current)
      EXPECT_EQ(current_at(history, known_at), expected) << row.what << ", known at " << known_at;
  }
}

/// A row of the resident master: registered in `region` since `since`.
Said registered(std::string version, std::string region, std::string_view since, std::int64_t known_since) {
  return residence("police", "R1")
      .of(wang)
      .region(std::move(region))
      .on(since)
      .version(std::move(version))
      .known_since(known_since);
}

/// The states by their days, the current one last: "-" when none holds.
std::string states_of(const History& history) {
  std::string states;
  auto add = [&](const Statement& one) {
    states += (states.empty() ? "" : ", ") + one.fact.on->text() + " " + one.fact.region.value_or("");
  };
  for (const auto& [one, ended_by] : history.states_before(known_now)) {
    add(*one);
    if (ended_by) states += " until " + ended_by->fact.on->text();
  }
  if (const auto* current = history.current(known_now))
    asserts(current->fact.op)      ? add(*current)
    : ends_state(current->fact.op) ? void(states += ", ended")
                                   : void(states = "-");
  return states;
}

TEST(History, ASuccessionKeepsTheStatesBeforeItAndACorrectionDoesNot) {
  const auto before = [](std::int64_t known = 1) {
    return registered("1", "370306", "1990-01-01", known).succeeds();
  };
  const auto after = [](std::int64_t known = 2) {
    return registered("2", "320812", "2021-05-20", known).succeeds();
  };
  struct Row {
    const char* what;
    std::vector<Statement> versions;  // in the order of arrival
    const char* states;               // the current one last
  };
  const std::vector<Row> rows = {
      {"one state", {before()}, "1990-01-01 370306"},
      {"has moved", {before(), after()}, "1990-01-01 370306, 2021-05-20 320812"},
      {"the earlier row comes later", {after(1), before(2)}, "1990-01-01 370306, 2021-05-20 320812"},
      {"the first row was told as a correction is",
       {registered("1", "370306", "1990-01-01", 1), after()},
       "1990-01-01 370306, 2021-05-20 320812"},
      {"was registered there all along: the row before was wrong",
       {before(), after(), registered("3", "320812", "1990-01-01", 3).succeeds()},
       "1990-01-01 320812"},
      {"moved earlier than was told",
       {before(), after(), registered("3", "320812", "2020-01-01", 3).succeeds()},
       "1990-01-01 370306, 2020-01-01 320812"},
      {"moved later than was told: what was told of the days between stays",
       {before(), after(), registered("3", "320813", "2022-01-01", 3).succeeds()},
       "1990-01-01 370306, 2021-05-20 320812, 2022-01-01 320813"},
      {"back to where it was",
       {before(), after(), registered("3", "370306", "2023-01-01", 3).succeeds()},
       "1990-01-01 370306, 2021-05-20 320812, 2023-01-01 370306"},
      {"a correction of the latest state leaves those before it",
       {before(), after(), registered("3", "320813", "2021-05-20", 3)},
       "1990-01-01 370306, 2021-05-20 320813"},
      {"a correction that names a later day",
       {before(), after(), registered("3", "320812", "2021-06-01", 3)},
       "1990-01-01 370306, 2021-06-01 320812"},
      {"a correction, then a succession",
       {before(), registered("2", "370305", "1990-01-01", 2),
        registered("3", "320812", "2021-05-20", 3).succeeds()},
       "1990-01-01 370305, 2021-05-20 320812"},
      {"the corrected row comes last",
       {registered("2", "370305", "1990-01-01", 1), registered("3", "320812", "2021-05-20", 2).succeeds(),
        before(3)},
       "1990-01-01 370305, 2021-05-20 320812"},
      {"moved out: the row says no more where to",
       {before(), registered("2", "", "2020-05-21", 2).ends()},
       "1990-01-01 370306 until 2020-05-21, ended"},
      {"the end comes first",
       {registered("2", "", "2020-05-21", 1).ends(), before(2)},
       "1990-01-01 370306 until 2020-05-21, ended"},
      {"moved out and back",
       {before(), registered("2", "", "2020-05-21", 2).ends(),
        registered("3", "370306", "2022-01-01", 3).succeeds()},
       "1990-01-01 370306 until 2020-05-21, 2022-01-01 370306"},
      {"the end was wrong: a correction takes its place",
       {before(), registered("2", "", "2020-05-21", 2).ends(), registered("3", "370307", "2020-06-01", 3)},
       "1990-01-01 370306, 2020-06-01 370307"},
      {"an end before the state began ends nothing of it",
       {before(), registered("2", "320812", "2021-05-20", 2).succeeds(),
        registered("3", "", "2000-01-01", 3).ends()},
       "1990-01-01 370306 until 2000-01-01, ended"},
      {"an end alone", {registered("2", "", "2020-05-21", 2).ends()}, ", ended"},
      {"taken back: no state was ever so", {before(), after(), after(3).version("3").taken_back()}, "-"},
      {"told anew after it was taken back",
       {before(), after(2).taken_back(), registered("3", "320812", "2022-01-01", 3).succeeds()},
       "2022-01-01 320812"},
      {"the same day: the later version counts",
       {before(), registered("2", "320812", "1990-01-01", 2).succeeds()},
       "1990-01-01 320812"},
      {"of one version the log decides",
       {before().bytes(1), registered("1", "320812", "2021-05-20", 2).succeeds().bytes(2)},
       "1990-01-01 370306, 2021-05-20 320812"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(states_of(history_of(row.versions)), row.states) << row.what;
}

TEST(History, StatesFollowTheVersionsInWhateverOrderTheyStandInTheLog) {
  const auto moved = [](int version, int year) {
    return registered(std::to_string(version), fmt::format("{}", 320800 + version),
                      fmt::format("{}-05-20", year), version);
  };
  // Of each version: a correction, a succession, an end, a retraction, or an absence of either meaning.
  const std::vector<std::function<Said(Said)>> operations = {
      [](Said said) { return said; },          [](Said said) { return said.succeeds(); },
      [](Said said) { return said.ends(); },   [](Said said) { return said.taken_back(); },
      [](Said said) { return said.untold(); }, [](Said said) { return said.lapses(); }};
  constexpr int each = 6;
  for (int choice = 0; choice < each * each * each * each; ++choice) {
    std::vector<Statement> versions;
    for (int version = 1, rest = choice; version <= 4; ++version, rest /= each)
      versions.push_back(operations[static_cast<std::size_t>(rest % each)](moved(version, 2000 + version)));
    const auto states = states_of(history_of(versions));
    std::vector<std::size_t> order = {0, 1, 2, 3};
    do {
      std::vector<Statement> logged;
      for (auto place : order) {
        logged.push_back(versions[place]);
        logged.back().event_sequence = static_cast<std::int64_t>(logged.size());
      }
      ASSERT_EQ(states_of(history_of(logged)), states)
          << "operations " << choice << ", " << order[0] << order[1] << order[2] << order[3];
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(History, AnAbsenceCountsWhereTheVersionBeforeAssertsAndNowhereElse) {
  struct Row {
    const char* what;
    std::vector<Statement> versions;  // in the order of the log
    std::vector<std::pair<std::int64_t, const char*>> current;
  };
  const std::vector<Row> rows = {
      {"alone it says nothing", {died("1", 10).untold()}, {{10, "nothing"}, {known_now, "nothing"}}},
      {"nor do several", {died("1", 10).untold(), died("2", 20).untold()}, {{known_now, "nothing"}}},
      {"it takes back what was told before it",
       {died("1", 10), died("2", 20).untold()},
       {{19, "assert 1"}, {20, "untold 2"}}},
      {"what was told before it comes after it",
       {died("2", 10).untold(), died("1", 20)},
       {{10, "nothing"}, {19, "nothing"}, {20, "untold 2"}}},
      {"since the first one it is told no more",
       {died("1", 10), died("2", 20).untold(), died("3", 30).untold()},
       {{known_now, "untold 2"}}},
      {"the first of them comes last",
       {died("1", 10), died("3", 20).untold(), died("2", 30).untold()},
       {{20, "untold 3"}, {30, "untold 2"}}},
      {"told between two of them, it comes last",
       {died("1", 10).untold(), died("3", 20).untold(), died("2", 30)},
       {{20, "nothing"}, {30, "untold 3"}}},
      {"told again",
       {died("1", 10), died("2", 20).untold(), died("3", 30)},
       {{20, "untold 2"}, {30, "assert 3"}}},
      {"over a retraction it says nothing, and the retraction stays",
       {died("1", 10), died("2", 20).taken_back(), died("3", 30).untold()},
       {{20, "retract 2"}, {30, "retract 2"}}},
      {"a retraction that comes after it, but is of an earlier version",
       {died("3", 10).untold(), died("2", 20).taken_back(), died("1", 30)},
       {{10, "nothing"}, {20, "retract 2"}, {30, "retract 2"}}},
      {"over a denial it says nothing",
       {died("1", 10).denied(), died("2", 20).untold()},
       {{10, "deny 1"}, {20, "deny 1"}}},
      {"a retraction after it",
       {died("1", 10), died("2", 20).untold(), died("3", 30).taken_back()},
       {{30, "retract 3"}}},
      {"of one version the log decides",
       {died("1", 10).bytes(1), died("1", 20).untold().bytes(2)},
       {{10, "assert 1"}, {20, "untold 1"}}},
      {"the same the other way round",
       {died("1", 10).untold().bytes(1), died("1", 20).bytes(2)},
       {{10, "nothing"}, {20, "assert 1"}}},
      {"told, told no more, told, told no more within one second",
       {died("1", 10).bytes(1), died("1", 20).untold().bytes(2), died("1", 30).bytes(3),
        died("1", 40).untold().bytes(4)},
       {{20, "untold 1"}, {30, "assert 1"}, {40, "untold 1"}}},
      {"a redelivery of it does not undo what came after it",
       {died("1", 10).bytes(1), died("1", 20).untold().bytes(2), died("1", 30).bytes(3),
        died("1", 40).untold().bytes(2)},
       {{known_now, "assert 1"}}},
  };
  for (const auto& row : rows) {
    // Applied in any order, it is the same history.
    auto order = row.versions;
    for (std::size_t i = 0; i < order.size(); ++i)
      order[i].event_sequence = static_cast<std::int64_t>(i) + 1;
    const auto logged = order;
    const auto history = history_of(logged);
    for (const auto& [known_at, expected] : row.current)
      EXPECT_EQ(current_at(history, known_at), expected) << row.what << ", known at " << known_at;
    std::reverse(order.begin(), order.end());
    const auto again = history_of(order);
    for (const auto& [known_at, expected] : row.current)
      EXPECT_EQ(current_at(again, known_at), expected)
          << row.what << ", applied backwards, known at " << known_at;
  }
}

TEST(History, AnAbsenceIsNoRetractionThatMetNothing) {
  EXPECT_FALSE(history_of({died("1", 10).untold()}).unmatched());
  EXPECT_TRUE(history_of({died("1", 10).taken_back(), died("2", 20).untold()}).unmatched());
}

TEST(History, AnAbsenceToldAgainIsARepetitionUnlessSomethingCameBetween) {
  auto history = history_of({died("1", 10).untold().bytes(1)});
  EXPECT_FALSE(history.add(died("1", 20).untold().bytes(2)));
  EXPECT_TRUE(history.add(died("1", 30).bytes(3)));
  EXPECT_TRUE(history.add(died("1", 40).untold().bytes(4)));
  EXPECT_EQ(current_at(history, 30), "assert 1");
  EXPECT_EQ(current_at(history, 40), "untold 1");
}

TEST(History, AStateToldNoMoreEndsOnTheDayFromWhichTheRowHoldsOrNeverWas) {
  const auto before = [](std::int64_t known = 1) {
    return registered("1", "370306", "1990-01-01", known).succeeds();
  };
  const auto after = [](std::int64_t known = 2) {
    return registered("2", "320812", "2021-05-20", known).succeeds();
  };
  const auto no_more = [](std::string version, std::string_view on, std::int64_t known) {
    return registered(std::move(version), "", on, known);
  };
  struct Row {
    const char* what;
    std::vector<Statement> versions;  // in the order of arrival
    const char* states;               // the current one last
  };
  const std::vector<Row> rows = {
      {"ended",
       {before(), no_more("2", "2020-05-21", 2).lapses()},
       "1990-01-01 370306 until 2020-05-21, ended"},
      {"the absence comes first",
       {no_more("2", "2020-05-21", 1).lapses(), before(2)},
       "1990-01-01 370306 until 2020-05-21, ended"},
      {"alone", {no_more("2", "2020-05-21", 1).lapses()}, ""},
      {"the first absence is the day of the end",
       {before(), no_more("2", "2020-05-21", 2).lapses(), no_more("3", "2022-01-01", 3).lapses()},
       "1990-01-01 370306 until 2020-05-21, ended"},
      {"the first absence comes last",
       {before(), no_more("3", "2022-01-01", 2).lapses(), no_more("2", "2020-05-21", 3).lapses()},
       "1990-01-01 370306 until 2020-05-21, ended"},
      {"what has ended already is not ended by it",
       {before(), registered("2", "", "2019-01-01", 2).ends(), no_more("3", "2020-05-21", 3).lapses()},
       "1990-01-01 370306 until 2019-01-01, ended"},
      {"nor taken back",
       {before(), registered("2", "", "2019-01-01", 2).ends(), no_more("3", "2020-05-21", 3).untold()},
       "1990-01-01 370306 until 2019-01-01, ended"},
      {"told again",
       {before(), no_more("2", "2020-05-21", 2).lapses(),
        registered("3", "320812", "2022-01-01", 3).succeeds()},
       "1990-01-01 370306 until 2020-05-21, 2022-01-01 320812"},
      {"a correction takes the place of the end",
       {before(), no_more("2", "2020-05-21", 2).lapses(), registered("3", "320812", "2020-06-01", 3)},
       "1990-01-01 370306, 2020-06-01 320812"},
      {"taken back: no state was ever so", {before(), after(), no_more("3", "2022-01-01", 3).untold()}, "-"},
      {"and told anew",
       {before(), no_more("2", "2020-05-21", 2).untold(),
        registered("3", "320812", "2022-01-01", 3).succeeds()},
       "2022-01-01 320812"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(states_of(history_of(row.versions)), row.states) << row.what;
}

TEST(History, WhatWasSucceededIsKnownAsFarAsItHadArrived) {
  const auto history = history_of({registered("1", "370306", "1990-01-01", 10).succeeds(),
                                   registered("2", "320812", "2021-05-20", 20).succeeds()});
  EXPECT_TRUE(history.states_before(19).empty());
  EXPECT_EQ(history.states_before(20).size(), 1u);
}

TEST(History, ARepetitionAddsNothingAndKeepsTheEarlierArrival) {
  auto history = history_of({died("1", 10)});
  EXPECT_FALSE(history.add(died("1", 20)));
  ASSERT_EQ(history.versions.size(), 1u);
  EXPECT_EQ(history.versions[0].received_at_us, 10);
  EXPECT_EQ(history.versions[0].event_sequence, 10);
}

TEST(History, WhatIsToldAgainInOtherBytesWhileItHoldsIsARepetition) {
  auto history = history_of({died("2", 10).bytes(1)});
  EXPECT_FALSE(history.add(died("2", 20).bytes(2)));
  EXPECT_TRUE(history.add(died("1", 30).taken_back().bytes(3)));
  EXPECT_FALSE(history.add(died("2", 40).bytes(4))) << "nothing that counts came in between";
  EXPECT_TRUE(history.add(died("3", 50).bytes(5)));
  EXPECT_FALSE(history.add(died("2", 60).bytes(6))) << "a later version has passed it";
  EXPECT_EQ(history.versions.size(), 3u);
}

TEST(History, OfACopyThatComesEarlierThePlaceAndTheArrivalAreKept) {
  auto history = history_of({died("1", 20).bytes(1)});
  EXPECT_TRUE(history.add(died("1", 10).bytes(1))) << "known since earlier";
  ASSERT_EQ(history.versions.size(), 1u);
  EXPECT_EQ(history.versions[0].received_at_us, 10);
  EXPECT_EQ(history.versions[0].event_sequence, 10);
  EXPECT_EQ(current_at(history, 10), "assert 1");
}

TEST(History, ARetractionHasMetNothingUntilItsKeyWasAsserted) {
  History history = history_of({died("2", 10).taken_back()});
  EXPECT_TRUE(history.unmatched());
  history.add(died("1", 20));
  EXPECT_FALSE(history.unmatched()) << "the original came late";
  EXPECT_FALSE(history_of({died("1", 10)}).unmatched());
  EXPECT_FALSE(history_of({died("1", 10).denied()}).unmatched()) << "a denial need not meet anything";
  EXPECT_FALSE(History{}.unmatched());
}

TEST(History, OtherContentUnderOneVersionIsNoRepetition) {
  auto history = history_of({died("1", 10)});
  EXPECT_TRUE(history.add(died("1", 20).on("2026-11-19")));
  EXPECT_EQ(history.versions.size(), 2u);
}

TEST(History, EqualVersionsAreOrderedByTheLogWhateverIsAppliedFirst) {
  const Statement eighteenth = died("1", 10), nineteenth = died("1", 20).on("2026-11-19");
  EXPECT_EQ(history_of({eighteenth, nineteenth}).current(known_now)->content, nineteenth.content);
  EXPECT_EQ(history_of({nineteenth, eighteenth}).current(known_now)->content, nineteenth.content);
}

TEST(History, VersionsStandInLogOrderWhateverIsAppliedFirst) {
  std::vector<Statement> all = {died("3", 10), died("2", 20).taken_back(), died("2", 30), died("1", 40)};
  std::vector<std::string> sorted;
  for (const auto& one : all)
    sorted.push_back(one.content);
  std::vector<std::size_t> order = {0, 1, 2, 3};
  do {
    History history;
    for (auto at : order)
      EXPECT_TRUE(history.add(all[at]));
    for (std::size_t i = 0; i < all.size(); ++i)
      EXPECT_EQ(history.versions[i].content, sorted[i]);
  } while (std::next_permutation(order.begin(), order.end()));
}

/// A reading of the event that came at `came`, told since `since`.
Statement read_anew(Said said, std::int64_t since) {
  Statement one = said;
  one.event_received_at_us = one.received_at_us, one.received_at_us = since;
  return one;
}

/// Both readings of an event of place 10: the first counts until 50.
History read_anew_at_50() {
  auto history = history_of({died("1", 10).bytes(1)});
  history.versions.replace(history.versions.begin(), 50);
  EXPECT_TRUE(history.add(read_anew(died("1", 10).bytes(1).on("2026-11-17"), 50)));
  return history;
}
std::string day_at(const History& history, std::int64_t known_at) {
  const auto* current = history.current(known_at);
  return current && current->fact.on ? current->fact.on->text() : "nothing";
}

TEST(ReadAnew, EachReadingCountsForItsOwnKnownTimes) {
  const auto history = read_anew_at_50();
  EXPECT_EQ(day_at(history, 9), "nothing");
  EXPECT_EQ(day_at(history, 10), "2026-11-18");
  EXPECT_EQ(day_at(history, 49), "2026-11-18");
  EXPECT_EQ(day_at(history, 50), "2026-11-17");
  EXPECT_EQ(day_at(history, known_now), "2026-11-17");
  const auto then = history.as_known(49);
  ASSERT_EQ(then.versions.size(), 1u);
  EXPECT_EQ(then.versions[0].replaced_at_us, 0) << "nobody knew then that it would be";
  EXPECT_EQ(day_at(then, known_now), "2026-11-18");
  EXPECT_EQ(history.as_known(50).versions.size(), 1u);
}

TEST(ReadAnew, KeepsThePlaceOfItsEventInTheLog) {
  auto history = history_of({died("1", 10).bytes(1), died("1", 20).taken_back().bytes(2)});
  history.versions.replace(history.versions.begin(), 50);
  EXPECT_TRUE(history.add(read_anew(died("1", 10).bytes(1).on("2026-11-17"), 50)));
  EXPECT_EQ(current_at(history, known_now), "retract 1") << "which came later in the log";
}

TEST(ReadAnew, WhatNoReadingTellsAnyMoreIsGone) {
  auto history = history_of({died("1", 10).bytes(1)});
  history.versions.replace(history.versions.begin(), 50);
  EXPECT_EQ(day_at(history, 49), "2026-11-18");
  EXPECT_EQ(history.current(50), nullptr);
  EXPECT_TRUE(history.as_known(50).versions.empty());
  EXPECT_TRUE(history.of_event("police", 10).empty());
  EXPECT_FALSE(history.unmatched());
}

TEST(ReadAnew, ARetractionThatIsReadAnewIsNoLongerOneThatMetNothing) {
  auto history = history_of({died("1", 10).taken_back().bytes(1)});
  EXPECT_TRUE(history.unmatched());
  history.versions.replace(history.versions.begin(), 50);
  EXPECT_FALSE(history.unmatched());
}

TEST(ReadAnew, TheSameBytesOnceMoreAreARepetitionOfTheReadingThatCounts) {
  auto history = read_anew_at_50();
  EXPECT_FALSE(history.add(died("1", 60).bytes(1).on("2026-11-17"))) << "delivered again";
  EXPECT_FALSE(history.add(died("1", 10).bytes(1).on("2026-11-17"))) << "processed again from the log";
  EXPECT_FALSE(history.add(read_anew(died("1", 10).bytes(1).on("2026-11-17"), 70))) << "read anew again";
  ASSERT_EQ(history.versions.size(), 2u);
  EXPECT_EQ(day_at(history, 49), "2026-11-18") << "what was read anew keeps its own arrival";
}

TEST(ReadAnew, WhatARedeliveryToldBeforeStaysKnownFromThenUntilTheReading) {
  // The mapping was mended, the file came again, then what was stored was read anew.
  auto history = history_of({died("1", 10).bytes(1)});
  EXPECT_TRUE(history.add(died("1", 30).bytes(1).on("2026-11-17")));
  history.versions.replace(history.versions.begin(), 50);
  EXPECT_TRUE(history.add(read_anew(died("1", 10).bytes(1).on("2026-11-17"), 50)));
  EXPECT_EQ(day_at(history, 29), "2026-11-18");
  EXPECT_EQ(day_at(history, 30), "2026-11-17");
  EXPECT_EQ(history.of_event("police", 30).size(), 0u) << "from then on it stands at the earlier place";
  EXPECT_EQ(history.of_event("police", 10).size(), 1u);
}

TEST(ReadAnew, BackToTheFirstReadingIsAThirdStatement) {
  auto history = read_anew_at_50();
  const auto* counts = history.current(known_now);
  history.versions.replace(counts, 70);
  EXPECT_TRUE(history.add(read_anew(died("1", 10).bytes(1), 70)));
  EXPECT_EQ(history.versions.size(), 3u);
  for (auto [known_at, day] : {std::pair{49, "2026-11-18"}, {69, "2026-11-17"}, {70, "2026-11-18"}})
    EXPECT_EQ(day_at(history, known_at), day) << known_at;
}

TEST(ReadAnew, AStateBeforeIsTheOneOfTheReadingThatCounts) {
  const auto lives = [](const char* region, const char* version, std::int64_t known_since) {
    return residence("police", "R1")
        .of(wang)
        .region(region)
        .on("1990-01-01")
        .version(version)
        .known_since(known_since);
  };
  const auto moved = [](const char* region, std::int64_t known_since) {
    return residence("police", "R1")
        .of(wang)
        .region(region)
        .on("2021-05-20")
        .version("2")
        .succeeds()
        .known_since(known_since);
  };
  auto history = history_of({lives("370306", "1", 10).bytes(1), moved("320812", 20).bytes(2)});
  history.versions.replace(history.versions.begin(), 50);
  EXPECT_TRUE(history.add(read_anew(lives("370302", "1", 10).bytes(1), 50)));
  for (auto [known_at, region] : {std::pair{std::int64_t{49}, "370306"}, {known_now, "370302"}}) {
    const auto states = history.states_before(known_at);
    ASSERT_EQ(states.size(), 1u);
    EXPECT_EQ(states[0].said->fact.region, region);
  }
}

TEST(LogBefore, IsAStrictOrder) {
  const std::vector<Statement> ascending = {died("2", 10), died("1", 10).fact_index(1), died("1", 20)};
  for (std::size_t i = 0; i < ascending.size(); ++i)
    for (std::size_t k = 0; k < ascending.size(); ++k)
      EXPECT_EQ(log_before(ascending[i], ascending[k]), i < k) << i << " " << k;
}

TEST(CompareVersions, GoesAsFarAsBothGo) {
  EXPECT_LT(compare_versions("20261118", "20261119"), 0);
  EXPECT_GT(compare_versions("20261119", "20261118235959"), 0);
  EXPECT_EQ(compare_versions("20261118", "20261118235959"), 0);
  EXPECT_EQ(compare_versions("202611182359", "202611182359"), 0);
  EXPECT_LT(compare_versions("20261118235959123", "20261118235959124"), 0);
}

TEST(Versions, ACopyIsAValueOfItsOwn) {
  auto history = history_of({died("1", 10)});
  const auto copy = history;
  EXPECT_EQ(copy.versions.data(), history.versions.data()) << "shared until one is changed";
  history.add(died("2", 20));
  EXPECT_EQ(copy.versions.size(), 1u);
  EXPECT_EQ(history.versions.size(), 2u);
}

TEST(Versions, NoneAreEmptyAndWithoutEnd) {
  const Versions none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.begin(), none.end());
  EXPECT_EQ(History{}.current(known_now), nullptr);
}

TEST(StatementKey, ToldApartBySourceKindAndBusinessKeyAndByNothingElse) {
  const auto key = [](const Statement& one) { return statement_key(keys(), one.source, one.fact); };
  const auto police_j1 = key(died("1", 10));
  EXPECT_EQ(key(died("2", 20).on("2020-01-01").taken_back()), police_j1);
  EXPECT_NE(key(death("police", "J2").of(wang)), police_j1);
  EXPECT_NE(key(death("hospital", "J1").of(wang)), police_j1);
  EXPECT_NE(key(birth("police", "J1").of(wang)), police_j1);
}

TEST(IdentifierToken, IsOfOneKindAndOneInstallation) {
  const Identifier chart{IdentifierKind::chart, "77"}, insured{IdentifierKind::insurance_id, "77"};
  EXPECT_EQ(identifier_token(keys(), chart), identifier_token(keys(), chart));
  EXPECT_NE(identifier_token(keys(), chart), identifier_token(keys(), insured));
  EXPECT_NE(identifier_token(keys(), chart),
            identifier_token(Keyring::from_passphrase("another installation"), chart));
}

TEST(KeyedStatement, HasTheTokensOfEachMentionCurrentOnesFirst) {
  const auto all = keyed(
      keys(), birth("police", "B1").of("n:322228200005210331 p:55 -n:322228200005210171").mother(mother_su));
  EXPECT_EQ(all.history, statement_key(keys(), "police", all.statement.fact));
  ASSERT_EQ(all.identifiers.size(), 2u);
  const auto token = [](IdentifierKind kind, const char* value) {
    return identifier_token(keys(), {kind, value});
  };
  EXPECT_EQ(all.identifiers[0],
            (std::vector<Token>{token(IdentifierKind::citizen_number, "322228200005210331"),
                                token(IdentifierKind::police_id, "55"),
                                token(IdentifierKind::citizen_number, "322228200005210171")}));
  EXPECT_EQ(all.identifiers[1],
            (std::vector<Token>{token(IdentifierKind::citizen_number, "322228197503120246")}));
}

TEST(Keyed, TakesTheTokensOfTheSameIdentifiersFromTheOtherStatementsOfTheEvent) {
  const std::vector<Statement> said = {birth("police", "1").of("n:322228200005210171 p:1").mother(mother_su),
                                       residence("police", "1").of("n:322228200005210171 p:1"),
                                       identity("police", "1").of("n:322228200005210171 -p:1"),
                                       death("police", "1").of("n:322228200005210171")};
  std::vector<KeyedStatement> beside;
  for (const auto& one : said) {
    const auto alone = keyed(keys(), one), shared = keyed(keys(), one, beside);
    EXPECT_EQ(shared.history, alone.history);
    EXPECT_EQ(shared.identifiers, alone.identifiers);
    beside.push_back(shared);
  }
}

}  // namespace
}  // namespace kinhub::test
