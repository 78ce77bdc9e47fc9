// Timelines of the kinds without rules of their own: which word counts on which day, and who supports it.
#include "hub/record/standing.hpp"

#include <gtest/gtest.h>

#include "tests/unit/record/record.hpp"

namespace kinhub::test {
namespace {

using Lines = std::vector<std::string>;
using F = FactField;

/// One line for each interval: "low_income 2020-01-01..2022-01-01 fen 50000 by civil/1 civil/2".
Lines standing(FactKind kind, const std::vector<Statement>& said, std::int64_t known_at = known_now) {
  Record record(said, known_at);
  Lines lines;
  for (const auto& one : standing_of(kind, record.dossier(record.person(wang)), known_at)) {
    auto day = [](Date date, Date none) { return date == none ? std::string() : date.text(); };
    std::string line = day(one.when.from, Date::beginning()) + ".." + day(one.when.until, Date::forever());
    for (const auto& told : values_of(one.said->fact, *one.own))
      line += " " + told.text;
    line += " by";
    for (const auto* by : one.by)
      line += " " + by->source + "/" + by->fact.key;
    lines.push_back(std::move(line));
  }
  return lines;
}

Said address(const std::string& source, const std::string& key, const std::string& text) {
  return said_of(FactKind::address, source, key).of(wang).with(F::address, text);
}
Said support(const std::string& source, const std::string& key, const std::string& what, std::int64_t fen) {
  return said_of(FactKind::support, source, key).of(wang).with(F::what, what).with(F::fen_per_month, fen);
}

TEST(Standing, EachStateHoldsUntilAnotherFollowsOrItEnds) {
  struct Row {
    const char* what;
    FactKind kind;
    std::vector<Statement> said;
    Lines expected;
  };
  const Row rows[] = {
      {"nobody says it", FactKind::address, {identity("police", "1").of(wang)}, {}},
      {"a day is not needed", FactKind::address, {address("civil", "1", "甲")}, {".. 甲 by civil/1"}},
      {"another follows",
       FactKind::address,
       {address("civil", "1", "甲").on("2010-01-01"), address("civil", "2", "乙").on("2020-01-01")},
       {"2010-01-01..2020-01-01 甲 by civil/1", "2020-01-01.. 乙 by civil/2"}},
      {"one that ended is not followed by what it had followed",
       FactKind::address,
       {address("civil", "1", "甲").on("2010-01-01"),
        address("civil", "2", "乙").on("2020-01-01").until("2020-12-31")},
       {"2010-01-01..2020-01-01 甲 by civil/1", "2020-01-01..2021-01-01 乙 by civil/2"}},
      {"of one day the one told later counts",
       FactKind::address,
       {address("civil", "1", "甲").on("2010-01-01").version("2"),
        address("civil", "2", "乙").on("2010-01-01").version("1")},
       {"2010-01-01.. 甲 by civil/1"}},
      {"a later version corrects",
       FactKind::address,
       {address("civil", "1", "甲").on("2010-01-01").version("1"),
        address("civil", "1", "乙").on("2020-01-01").version("2")},
       {"2020-01-01.. 乙 by civil/1"}},
      {"or succeeds",
       FactKind::address,
       {address("civil", "1", "甲").on("2010-01-01").version("1"),
        address("civil", "1", "乙").on("2020-01-01").version("2").succeeds()},
       {"2010-01-01..2020-01-01 甲 by civil/1", "2020-01-01.. 乙 by civil/1"}},
      {"or succeeds what was told without a day",
       FactKind::address,
       {address("civil", "1", "甲").version("1"),
        address("civil", "1", "乙").on("2020-01-01").version("2").succeeds()},
       {"..2020-01-01 甲 by civil/1", "2020-01-01.. 乙 by civil/1"}},
      {"or ends",
       FactKind::address,
       {address("civil", "1", "甲").on("2010-01-01").version("1"),
        address("civil", "1", "甲").on("2020-01-01").version("2").ends()},
       {"2010-01-01..2020-01-01 甲 by civil/1"}},
      {"or takes back",
       FactKind::address,
       {address("civil", "1", "甲").on("2010-01-01").version("1"),
        address("civil", "1", "甲").on("2010-01-01").version("2").taken_back()},
       {}},
      {"the weightier word counts on every day that it speaks of",
       FactKind::marital_state,
       {said_of(FactKind::marital_state, "civil", "1")
            .of(wang)
            .with(F::marital_state, "20")
            .on("2015-01-01")
            .until("2019-12-31"),
        said_of(FactKind::marital_state, "insurer", "9")
            .of(wang)
            .with(F::marital_state, "10")
            .on("2010-01-01")},
       {"2010-01-01..2015-01-01 10 by insurer/9", "2015-01-01..2020-01-01 20 by civil/1",
        "2020-01-01.. 10 by insurer/9"}},
      {"a lighter word that says the same is support, and goes on where the other ended",
       FactKind::marital_state,
       {said_of(FactKind::marital_state, "civil", "1")
            .of(wang)
            .with(F::marital_state, "20")
            .on("2015-01-01")
            .until("2019-12-31"),
        said_of(FactKind::marital_state, "insurer", "9")
            .of(wang)
            .with(F::marital_state, "20")
            .on("2016-01-01")},
       {"2015-01-01.. 20 by civil/1 insurer/9"}},
      {"supports of two kinds stand beside each other",
       FactKind::support,
       {support("civil", "1", "low_income", 50'000).on("2020-01-01"),
        support("civil", "1x", "low_income", 60'000).on("2022-01-01"),
        support("civil", "2", "care_allowance", 10'000).on("2021-01-01").until("2021-12-31")},
       {"2021-01-01..2022-01-01 care_allowance 10000 by civil/2",
        "2020-01-01..2022-01-01 low_income 50000 by civil/1", "2022-01-01.. low_income 60000 by civil/1x"}},
      {"years that join are one",
       FactKind::insured,
       {said_of(FactKind::insured, "insurer", "1")
            .of(wang)
            .with(F::scheme, "commercial")
            .on("2024-01-01")
            .until("2024-12-31"),
        said_of(FactKind::insured, "insurer", "2")
            .of(wang)
            .with(F::scheme, "commercial")
            .on("2025-01-01")
            .until("2025-12-31")},
       {"2024-01-01..2026-01-01 commercial by insurer/1 insurer/2"}},
      {"what happened stands by itself, as often as it did",
       FactKind::service,
       {said_of(FactKind::service, "civil", "2").of(wang).with(F::service, "S02").on("2026-08-12"),
        said_of(FactKind::service, "civil", "1").of(wang).with(F::service, "S02").on("2026-07-08"),
        said_of(FactKind::service, "civil", "3")
            .of(wang)
            .with(F::service, "S04")
            .on("2026-07-08")
            .taken_back()},
       {"2026-07-08..2026-07-09 S02 by civil/1", "2026-08-12..2026-08-13 S02 by civil/2"}},
      {"only of whom it is about",
       FactKind::immunised,
       {said_of(FactKind::immunised, "hospital", "1").of(baby_he).mother(wang).on("2026-12-01")},
       {}},
      {"a pregnancy is about the mother",
       FactKind::pregnancy,
       {said_of(FactKind::pregnancy, "hospital", "1").mother(wang).on("2026-01-20")},
       {"2026-01-20..2026-01-21 by hospital/1"}},
      {"a name",
       FactKind::name,
       {said_of(FactKind::name, "police", "1").of(wang, "王试").version("1"),
        said_of(FactKind::name, "police", "1").of(wang, "王试新").on("2020-05-01").version("2").succeeds()},
       {"..2020-05-01 王试 by police/1", "2020-05-01.. 王试新 by police/1"}},
  };
  for (const auto& [what, kind, said, expected] : rows)
    EXPECT_EQ(standing(kind, said), expected) << what;
}

TEST(Standing, IsAsKnownAtATime) {
  const std::vector<Statement> said = {address("civil", "1", "甲").on("2010-01-01").known_since(10),
                                       address("civil", "2", "乙").on("2020-01-01").known_since(20)};
  EXPECT_EQ(standing(FactKind::address, said, 5), Lines{});
  EXPECT_EQ(standing(FactKind::address, said, 10), Lines{"2010-01-01.. 甲 by civil/1"});
  EXPECT_EQ(standing(FactKind::address, said, 20).size(), 2u);
}

TEST(Standing, EveryKindThatIsNoHappeningStands) {
  std::size_t kinds = 0;
  for (const auto& kind : fact_kinds()) {
    if (kind.form == KindForm::happening) continue;
    auto fact = filled(kind);
    for (auto& one : fact.people)
      if (one.role == about(kind)) one = mention(one.role, wang, "王试子");
    Record record({Statement(fact, "civil", 1, 1)});
    const auto stands = standing_of(kind.kind, record.dossier(record.person(wang)));
    ASSERT_EQ(stands.size(), 1u) << kind.name;
    EXPECT_FALSE(values_of(stands[0].said->fact, *stands[0].own).empty()) << kind.name;
    ++kinds;
  }
  EXPECT_GT(kinds, 20u);
}

TEST(NamesOverTime, TheCurrentNameIsTheOneThatIsBorneStill) {
  const auto name_of_wang = [](const std::vector<Statement>& said) {
    return Record(said).portrait(wang).name;
  };
  const auto name = [](const char* key, const char* text) {
    return said_of(FactKind::name, "police", key).of(wang, text);
  };
  EXPECT_EQ(name_of_wang({name("1", "王试旧").on("1990-01-01").version("5").until("2010-01-01"),
                          identity("police", "9").of(wang, "王试子").version("3")}),
            "王试子")
      << "a name borne once is none now, however late it is told";
  EXPECT_EQ(name_of_wang({name("1", "王试新").on("2010-01-01").version("5"),
                          name("2", "王试旧").on("1990-01-01").version("6"),
                          identity("police", "9").of(wang, "王试子").version("3")}),
            "王试新");
  EXPECT_EQ(
      name_of_wang({said_of(FactKind::name, "insurer", "1").of(wang, "王试新").on("2010-01-01").version("5"),
                    identity("police", "9").of(wang, "王试子").version("3")}),
      "王试子")
      << "the police outweigh an insurer";
}

}  // namespace
}  // namespace kinhub::test
