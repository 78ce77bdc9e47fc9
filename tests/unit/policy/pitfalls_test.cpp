// One test for each known trap of entitlement rules, named after it: age, calendar, money, and facts that
// move.

#include <gtest/gtest.h>

#include "hub/policy/account.hpp"
#include "hub/policy/file_tests.hpp"
#include "hub/policy/policy.hpp"

namespace kinhub::policy {
namespace {

constexpr const char* rules = R"(policy: county
title: 县
region: "322228"
in_force: 2019-02-01 .. 2022-01-31
published: 2019-01-24
calendar:
  age: on_birthday
  feb29: feb28
  month: any_day
  year: calendar_year, any_day
  death_day: counts_as_alive
  late: pay_from_event
  remarried: judged_by_self
  money: fen, half_up, per person and month
evidence:
  death: police_registration, certificate; or 2 sources
  own_death: police_registration
define:
  special (特殊家庭):
    any: [only child is dead, "only child is disabled, grade 1..3"]
    not: parent has another living child
  bereaved (失独):
    all: [special, only child is dead]
benefits:
  dead (死亡):
    clause: 一
    quote: 句
    for: each parent, while alive
    when: [bereaved, age line 49]
    amount: 610 yuan per month
  disabled (伤残):
    clause: 一
    quote: 句
    for: each parent, while alive
    when: [special, not: only child is dead, age line 49]
    amount: 480 yuan per month
    excludes: dead
  third (三分之一):
    clause: 一
    quote: 句
    for: each parent, while alive
    when: [bereaved]
    amount: 203.33 yuan per month
  grant (一次性):
    clause: 一
    quote: 句
    for: household
    once on: death of the only child
    when: [bereaved]
    amount: 2000 yuan
  help (家政金):
    clause: 一
    quote: 句
    for: household
    when: [bereaved]
    amount: 300 yuan per year
  share (户补):
    clause: 一
    quote: 句
    for: household, two after a divorce
    when: [bereaved]
    amount: 100 yuan per month
  pension (养老补贴):
    clause: 一
    quote: 句
    for: each parent, while alive
    when: [bereaved, this parent draws resident pension]
    amount: 50% of own basic pension per month
)";

std::string with(std::string text, std::string_view was, std::string_view becomes) {
  const auto at = text.find(was);
  EXPECT_NE(at, std::string::npos) << was;
  return at == std::string::npos ? text : text.replace(at, was.size(), becomes);
}

PolicySet set_of(const std::string& text) {
  const std::vector<PolicyText> texts{{"county.yaml", text}};
  auto read = PolicySet::read(texts);
  if (auto* errors = std::get_if<std::vector<Error>>(&read))
    throw std::runtime_error(describe(errors->front()));
  return std::move(std::get<PolicySet>(read));
}

/// Runs a test as it would stand in the file; the first difference.
std::string run(const std::string& facts, const std::string& expect, const std::string& then = "",
                const std::string& text = rules) {
  auto indented = [](std::string lines) {
    std::string out = "      ";
    for (char c : lines) {
      out.push_back(c);
      if (c == '\n') out += "      ";
    }
    return out;
  };
  auto file = text + "tests:\n  - name: one\n    facts: |\n" + indented(facts);
  if (then.empty())
    file += "\n    expect: |\n" + indented(expect) + "\n";
  else
    file += "\n    then on " + then + "\n    expect change: |\n" + indented(expect) + "\n";
  const auto report = set_of(file).test();
  return report.failed.empty() ? "" : describe(report.failed.front());
}

const std::string couple =
    "wife born 1970-05-20; husband born 1968-01-02; couple married 1992-10-01\n"
    "household registered 322228 from 1990-01-01, urban\n";

// ---- once

TEST(Pitfall, A_grant_that_is_paid_once_does_not_end_the_day_after) {
  const auto policies = set_of(rules);
  const auto family = read_facts(couple + "child born 1994-03-03, died 2020-11-11", {});
  ASSERT_TRUE(family);
  const auto grant = *policies.find("county/grant");
  for (const auto& on : {Date(2020, 11, 11), Date(2020, 11, 12), Date(2021, 6, 1), Date(2030, 1, 1)}) {
    const auto account = account_of(policies, *family->wife, grant, on);
    EXPECT_EQ(account.standing, Account::Standing::due) << on.text();
    EXPECT_EQ(account.run.from, Date(2020, 11, 11));
    EXPECT_TRUE(account.missing.empty()) << on.text();
  }
  EXPECT_NE(account_of(policies, *family->wife, grant, Date(2020, 11, 10)).standing, Account::Standing::due);
  EXPECT_EQ(account_of(policies, *family->wife, *policies.find("county/dead"), Date(2023, 1, 1)).standing,
            Account::Standing::ended)
      << "what is paid by the month ends";
}

// ---- age

TEST(Pitfall, Who_is_49_when) {
  EXPECT_EQ(run(couple + "child born 1994-03-03, died 2018-11-11",
                "dead wife days 2019-05-20 .. 2022-01-31 610.00\n"
                "on 2019-05-19: dead wife not met"),
            "");
  EXPECT_EQ(
      run(couple + "child born 1994-03-03, died 2018-11-11", "dead wife days 2019-05-21 .. 2022-01-31 610.00",
          "", with(rules, "age: on_birthday", "age: day_after_birthday")),
      "");
}
TEST(Pitfall, TwentyNineFebruary) {
  const std::string facts =
      "wife born 1972-02-29, registered 322228 from 1990-01-01; child born 1996-01-01, died 2018-01-01";
  EXPECT_EQ(run(facts, "dead wife days 2021-02-28 .. 2022-01-31 610.00"), "");
  EXPECT_EQ(run(facts, "dead wife days 2021-03-01 .. 2022-01-31 610.00", "",
                with(rules, "feb29: feb28", "feb29: mar01")),
            "");
}
TEST(Pitfall, UnknownDayOrMonthInOldRecords) {
  EXPECT_EQ(run("wife born 1971, registered 322228 from 1990-01-01; child born 1996-01-01, died 2018-01-01",
                "dead wife days 2020-01-01 .. 2020-12-30 610.00 pending: birth date\n"
                "dead wife days 2020-12-31 .. 2022-01-31 610.00"),
            "");
}
TEST(Pitfall, MonthArithmeticIsNotAssociative) {
  EXPECT_EQ(Date(2024, 1, 31).plus_months(2), Date(2024, 3, 31)) << "always from the origin";
  EXPECT_EQ(Date(2024, 1, 31).plus_months(1).plus_months(1), Date(2024, 3, 29));
}

// ---- months, years, money

TEST(Pitfall, StartAndStopMonth) {
  const auto facts = couple + "child born 1994-03-03, died 2018-11-11; child B born 2020-03-15";
  EXPECT_EQ(run(facts, "dead wife 2019-05 .. 2020-03 610.00"), "");
  EXPECT_EQ(run(facts, "dead wife 2019-06 .. 2020-03 610.00", "",
                with(rules, "month: any_day", "month: first_day")),
            "");
  EXPECT_EQ(
      run(facts, "dead wife 2019-05 .. 2020-02 610.00", "", with(rules, "month: any_day", "month: last_day")),
      "");
}
TEST(Pitfall, PolicyThatStartsOrEndsInsideAYear) {
  const auto facts = couple + "child born 1994-03-03, died 2018-11-11";
  EXPECT_EQ(run(facts, "help household 2019, 2020, 2021, 2022 300.00"), "");
  EXPECT_EQ(run(facts, "help household 2020, 2021, 2022 300.00", "",
                with(rules, "year: calendar_year, any_day", "year: calendar_year, first_day")),
            "");
}
TEST(Pitfall, InForceEndIsPrintedInclusive) {
  EXPECT_EQ(run(couple + "child born 1994-03-03, died 2018-11-11",
                "on 2022-01-31: dead wife met\non 2022-02-01: dead wife not met"),
            "");
}
TEST(Pitfall, SwitchInsideAMonthPaysTheHigherOnly) {
  EXPECT_EQ(run("wife born 1960-01-01, registered 322228 from 1990-01-01\n"
                "child born 1990-01-01, disabled grade 1 from 2010-01-01, died 2020-03-11",
                "disabled wife 2019-02 .. 2020-02 480.00\ndead wife 2020-03 .. 2022-01 610.00"),
            "");
}
TEST(Pitfall, RoundedPerPersonAndMonthInFen) {
  EXPECT_EQ(run(couple + "child born 1994-03-03, died 2018-11-11\n"
                         "wife draws resident pension of 118.11 yuan from 2019-01-01",
                "third wife 2019-02 .. 2022-01 203.33\npension wife 2019-02 .. 2022-01 59.06"),
            "");
}
TEST(Pitfall, PensionOfThatMonthArrivesLate) {
  EXPECT_EQ(run(couple + "child born 1994-03-03, died 2018-11-11\n"
                         "wife draws resident pension of 100.00 yuan from 2019-01-01 until 2019-12-31\n"
                         "wife draws resident pension of 120.00 yuan from 2020-01-01",
                "pension wife 2019-02 .. 2019-12 50.00\npension wife 2020-01 .. 2022-01 60.00"),
            "");
}
TEST(Pitfall, APensionThatEndedIsNotDrawnAlsoWhereNoRegisterIsComplete) {
  const auto facts = couple + "child born 1994-03-03, died 2018-11-11; records of receipts missing\n";
  EXPECT_EQ(run(facts + "wife draws resident pension of 100.00 yuan from 2019-02-01 until 2019-12-31",
                "pension wife days 2019-02-01 .. 2019-12-31 50.00\n"
                "on 2020-01-01: pension wife not met, because this parent draws resident pension"),
            "")
      << "its last day is told";
  EXPECT_EQ(run(facts + "wife draws resident pension of 100.00 yuan from 2019-02-01 until 2019-12-31\n"
                        "wife draws resident pension of 120.00 yuan from 2020-07-01",
                "pension wife days 2019-02-01 .. 2019-12-31 50.00\n"
                "pension wife days 2020-07-01 .. 2022-01-31 60.00"),
            "")
      << "another spell";
  EXPECT_EQ(run(facts + "wife draws resident pension of 100.00 yuan from 2019-02-01 until 2019-12-31\n"
                        "wife has no pension resident_pension from 2020-01-01",
                "pension wife days 2019-02-01 .. 2019-12-31 50.00"),
            "")
      << "told as ended";
  EXPECT_EQ(run(facts + "wife has no pension resident_pension from 2020-01-01",
                "pension wife days 2019-02-01 .. 2019-12-31 unknown pending: amount, resident pension"),
            "")
      << "nobody says since when it was drawn";
}
TEST(Pitfall, AnAllowanceThatWasGrantedForATimeMayHaveBeenRenewed) {
  EXPECT_EQ(run(couple + "child born 1994-03-03, died 2018-11-11; records of receipts missing\n"
                         "wife receives low-income allowance from 2019-02-01 until 2019-12-31",
                "poor wife days 2019-02-01 .. 2019-12-31 10.00\n"
                "poor wife days 2020-01-01 .. 2022-01-31 10.00 pending: low-income allowance",
                "",
                with(rules, "  help (",
                     "  poor (低保):\n    clause: 一\n    quote: 句\n    for: each parent, while alive\n"
                     "    when: [bereaved, couple receives low-income allowance]\n"
                     "    amount: 10 yuan per month\n  help (")),
            "");
}
TEST(Pitfall, TheEndOfADistrictRuleIsShownNotDecided) {
  const auto set = set_of(rules);
  const auto& notices = set.notices();
  EXPECT_TRUE(std::any_of(notices.begin(), notices.end(), [](const Error& notice) {
    return notice.code == "POLICY_GAP" &&
           notice.text.find("from 2022-02-01 applies: dead: nothing") != std::string::npos;
  }));
}
TEST(Pitfall, LateComesBeforeExcludes) {
  // The higher is payable from its confirmation only, the lower from the event: the months before the
  // confirmation pay the lower, and not nothing.
  const auto set =
      set_of(with(with(rules, "  help (",
                       "  other (其他):\n    clause: 一\n    quote: 句\n    for: each parent, while alive\n"
                       "    when: [bereaved]\n    amount: 700 yuan per month\n    excludes: dead\n  help ("),
                  "late: pay_from_event", "late: pay_from_event"));
  const auto family = read_facts(
      "wife born 1960-01-01, registered 322228 from 1990-01-01; child born 1990-01-01, died 2020-01-05", {});
  ASSERT_TRUE(family);
  const auto timeline = set.evaluate(*family->wife);
  const auto low = *set.find("county/dead"), high = *set.find("county/other");
  const Date from(2020, 1, 1), until(2020, 7, 1), confirmed(2020, 5, 1);
  EXPECT_TRUE(set.months_due(timeline, low, from, until).empty());
  auto payable = [&](BenefitIndex benefit, const Due& due) {
    return benefit == low || due.period >= confirmed;
  };
  const auto dues = set.months_due(timeline, low, from, until, payable);
  ASSERT_EQ(dues.size(), 4u);
  EXPECT_EQ(dues.front().period, Date(2020, 1, 1));
  EXPECT_EQ(dues.back().period, Date(2020, 4, 1));
  EXPECT_EQ(set.months_due(timeline, high, from, until, payable).size(), 2u);
}

// ---- facts that move

TEST(Pitfall, RetroactiveDeathDateFlipsTheGrantOnceAndIsKeyedByTheEvent) {
  const auto facts = couple + "child born 1994-03-03, died 2019-01-31";
  EXPECT_EQ(run(facts, "grant household nothing"), "");
  EXPECT_EQ(
      run(facts, "grant household 2019-02-02 +2000.00 each = 2000.00", "2019-12-01: child died 2019-02-02"),
      "");
  const auto set = set_of(rules);
  for (const auto* day : {"2019-02-02", "2019-06-06"}) {
    const auto family = read_facts(couple + "child born 1994-03-03, died " + day, {});
    ASSERT_TRUE(family);
    const auto timeline = set.evaluate(*family->wife);
    const auto grant = *set.find("county/grant");
    const auto found = std::find_if(timeline.begin(), timeline.end(),
                                    [&](const Entitlement& one) { return one.benefit == grant; });
    ASSERT_NE(found, timeline.end());
    EXPECT_EQ(found->starts_because.what, Cause::What::death) << "the event is the key";
    EXPECT_EQ(set.months_due(timeline, grant, Date(2019, 1, 1), Date(2023, 1, 1)).size(), 1u);
  }
}
TEST(Pitfall, ReversalOfADeathMakesAllMonthsOverpaid) {
  const auto alive = couple + "child born 1994-03-03";
  EXPECT_EQ(
      run(alive, "dead wife 2019-05 .. 2019-08 +610.00 each = 2440.00", "2019-08-10: child died 2018-11-11"),
      "");
}
TEST(Pitfall, DisabilityGradeReassessed) {
  EXPECT_EQ(run("wife born 1960-01-01, registered 322228 from 1990-01-01; child born 1990-01-01\n"
                "child disabled grade 3 from 2019-05-01; child grade 4 from 2020-09-15; child grade 3 from "
                "2021-02-10",
                "disabled wife days 2019-05-01 .. 2020-09-14 480.00\ndisabled wife days 2021-02-10 .. "
                "2022-01-31 480.00"),
            "");
}
TEST(Pitfall, ExpiredCertificateIsNotRecovery) {
  EXPECT_EQ(run("wife born 1960-01-01, registered 322228 from 1990-01-01; child born 1990-01-01\n"
                "child disabled grade 2 from 2015-05-01; child certificate expires 2020-05-01",
                "disabled wife days 2019-02-01 .. 2020-04-30 480.00\n"
                "disabled wife days 2020-05-01 .. 2022-01-31 480.00 pending: certificate expired"),
            "");
}
TEST(Pitfall, GradeThreeAndAboveMeansMoreSevere) {
  for (int grade = 1; grade <= 4; ++grade)
    EXPECT_EQ(run("wife born 1960-01-01, registered 322228 from 1990-01-01; child born 1990-01-01, disabled "
                  "grade " +
                      std::to_string(grade) + " from 2010-01-01",
                  grade <= 3 ? "disabled wife 2019-02 .. 2022-01 480.00" : "disabled wife nothing"),
              "")
        << grade;
}
TEST(Pitfall, DivorceSwitchesTheAgeLineOnItsDay) {
  EXPECT_EQ(run("wife born 1960-01-01; husband born 1972-06-01; couple married 1990-01-01; couple divorced "
                "2020-03-10\n"
                "child born 1991-01-01, died 2012-05-05; household registered 322228 from 1990-01-01",
                "dead husband days 2019-02-01 .. 2020-03-09 610.00\ndead husband days 2021-06-01 .. "
                "2022-01-31 610.00\n"
                "dead wife days 2019-02-01 .. 2022-01-31 610.00"),
            "");
}
TEST(Pitfall, ASecondWifeOpensNoLine) {
  EXPECT_EQ(run("wife born 1972-01-01; husband born 1975-01-01; couple married 1995-01-01; couple divorced "
                "2018-01-01\n"
                "child born 1996-01-01, died 2017-05-05; second wife born 1960-01-01, married 2019-01-01\n"
                "household registered 322228 from 1990-01-01",
                "dead husband nothing"),
            "");
}
TEST(Pitfall, StepChildrenDoNotCountAndAChildOfTheNewCoupleDoesForThatParentOnly) {
  const std::string facts =
      "wife born 1960-01-01; husband born 1962-01-01; couple married 1985-01-01; couple divorced 2011-01-01\n"
      "child A born 1986-01-01, died 2010-05-05; second wife born 1980-01-01, married 2012-01-01\n"
      "household registered 322228 from 1990-01-01\n";
  EXPECT_EQ(run(facts + "child B born 2020-09-09 of husband and second wife",
                "dead husband days 2019-02-01 .. 2020-09-08 610.00\ndead wife days 2019-02-01 .. 2022-01-31 "
                "610.00"),
            "");
  EXPECT_EQ(run(facts + "child B step child from 2020-09-09 of husband",
                "dead husband days 2019-02-01 .. 2022-01-31 610.00"),
            "");
}
TEST(Pitfall, HouseholdGrantAfterADivorceIsOneOrTwoAsTheFileSays) {
  const auto facts = couple + "child born 1994-03-03, died 2018-11-11; couple divorced 2020-03-15";
  EXPECT_EQ(run(facts, "help wife 2019, 2020, 2021, 2022 300.00\nhelp husband nothing"), "");
  EXPECT_EQ(run(facts,
                "share wife days 2019-02-01 .. 2022-01-31 100.00\nshare husband days 2020-03-15 .. "
                "2022-01-31 100.00"),
            "");
}
TEST(Pitfall, HouseholdGrantStaysWhenTheMotherLivesElsewhere) {
  const std::string facts =
      "wife born 1970-05-20, registered 320812 from 1990-01-01; husband born 1968-01-02, registered 322228 "
      "from 1990-01-01\n"
      "couple married 1992-10-01; child born 1994-03-03, died 2018-11-11";
  EXPECT_EQ(run(facts,
                "help husband 2019, 2020, 2021, 2022 300.00\nhelp wife nothing\n"
                "share husband days 2019-02-01 .. 2022-01-31 100.00\nshare wife nothing"),
            "");
}
TEST(Pitfall, ChildrenOfTwoCouplesLeaveOneHouseholdEach) {
  // He is bereaved of the first; the mother of that child has another child, so that no right is hers.
  const std::string facts =
      "wife born 1970-05-20; husband born 1968-01-02; couple married 1992-10-01; couple divorced 2005-01-01\n"
      "child A born 1994-03-03, died 2018-11-11; second husband born 1970-01-01, married 2006-01-01\n"
      "child B born 2007-01-01 of wife and second husband; household registered 322228 from 1990-01-01";
  EXPECT_EQ(run(facts, "share wife nothing\nshare husband days 2019-02-01 .. 2022-01-31 100.00"), "");
}
TEST(Pitfall, TwoHouseholdsNeverPayTheMonthOfADeathTwice) {
  const auto facts = couple + "child born 1994-03-03, died 2018-11-11; wife died 2020-03-15";
  EXPECT_EQ(run(facts,
                "share wife 2019-02 .. 2020-03 100.00\nshare husband 2020-04 .. 2022-01 100.00\n"
                "share household 2019-02 .. 2022-01 100.00"),
            "");
}
TEST(Pitfall, WidowhoodJudgesTheWidowerBySelfFromThatDay) {
  EXPECT_EQ(
      run("wife born 1972-01-01; husband born 1968-03-10; couple married 1990-01-01; wife died 2020-08-08\n"
          "child born 1991-01-01, died 2012-05-05; household registered 322228 from 1990-01-01",
          "dead husband days 2020-08-08 .. 2022-01-31 610.00\ndead wife nothing"),
      "");
}
TEST(Pitfall, TwinsAreChildrenNotBirths) {
  EXPECT_EQ(run("wife born 1960-01-01, registered 322228 from 1990-01-01\n"
                "child A born 1990-01-01, died 2019-05-05; child B born 1990-01-01, died 2020-06-06",
                "dead wife days 2020-06-06 .. 2022-01-31 610.00\ngrant household 2020-06-06 2000.00"),
            "");
}
TEST(Pitfall, EarlierChildrenWithOneAliveAtATime) {
  EXPECT_EQ(run("wife born 1960-01-01, registered 322228 from 1990-01-01\n"
                "child A born 1985-01-01, died 1986-01-01; child B born 1988-01-01, died 2020-06-06",
                "dead wife days 2020-06-06 .. 2022-01-31 610.00"),
            "");
}
TEST(Pitfall, AdoptionDissolvedEndsOnItsDay) {
  EXPECT_EQ(
      run("wife born 1960-01-01, registered 322228 from 1990-01-01; child A born 1985-01-01, died "
          "2018-01-01\n"
          "child B adopted 2019-06-01, adoption dissolved 2020-06-01",
          "dead wife days 2019-02-01 .. 2019-05-31 610.00\ndead wife days 2020-06-01 .. 2022-01-31 610.00"),
      "");
}
TEST(Pitfall, AVoidAdoptionNeverHadEffectAndItsMonthsAreOwed) {
  EXPECT_EQ(run("wife born 1960-01-01, registered 322228 from 1990-01-01; child A born 1985-01-01, died "
                "2018-01-01\n"
                "child B adopted 2019-06-01",
                "dead wife 2019-06 .. 2019-09 +610.00 each = 2440.00",
                "2019-09-10: child B step child from 2019-06-01"),
            "");
}
TEST(Pitfall, MovesSwitchOnTheMoveDayAndAGapOfDaysCostsNoMonthUnderAnyDay) {
  const std::string facts =
      "wife born 1960-01-01, registered 322228 from 1990-01-01 until 2020-03-10; wife registered 322228 from "
      "2020-03-15\n"
      "child born 1985-01-01, died 2018-01-01";
  EXPECT_EQ(run(facts, "dead wife 2019-02 .. 2022-01 610.00"), "");
  EXPECT_EQ(
      run(facts,
          "dead wife days 2019-02-01 .. 2020-03-10 610.00\ndead wife days 2020-03-15 .. 2022-01-31 610.00"),
      "");
}
TEST(Pitfall, ALiveBirthEndsTheRightAndANeonatalDeathBringsItBack) {
  EXPECT_EQ(
      run("wife born 1965-01-01, registered 322228 from 1990-01-01; child A born 1990-01-01, died "
          "2016-02-02\n"
          "child B born 2020-04-10, died 2020-04-17",
          "dead wife days 2019-02-01 .. 2020-04-09 610.00\ndead wife days 2020-04-17 .. 2022-01-31 610.00"),
      "");
}
TEST(Pitfall, MissingFactsAreNotFalse) {
  EXPECT_EQ(
      run("wife born 1960-01-01, registered 322228 from 1990-01-01; child born 1985-01-01, died 2018-01-01\n"
          "records of children missing",
          "dead wife 2019-02 .. 2022-01 610.00 pending: no other living child"),
      "");
}

// ---- machinery

TEST(Pitfall, AnErratumIsNoRuleChange) {
  const auto erratum =
      with(with(rules, "published: 2019-01-24", "published: 2019-03-01"), "610 yuan", "611 yuan");
  const std::vector<PolicyText> texts{{"a.yaml", rules}, {"b.yaml", erratum}};
  auto read = PolicySet::read(texts);
  ASSERT_TRUE(std::holds_alternative<PolicySet>(read));
  const auto& set = std::get<PolicySet>(read);
  const auto family = read_facts(couple + "child born 1994-03-03, died 2018-11-11", {});
  const auto timeline = set.evaluate(*family->wife);
  EXPECT_EQ(timeline.front().amount.fen, 61100) << "the later text of the same days";
  EXPECT_EQ(set_of(rules).evaluate(*family->wife).front().amount.fen, 61000) << "as known before it";
}
TEST(Pitfall, UntilFurtherNoticeIsNoDate) {
  const auto set = set_of(with(rules, "2019-02-01 .. 2022-01-31", "2019-02-01 .."));
  const auto family = read_facts(couple + "child born 1994-03-03, died 2018-11-11", {});
  const auto timeline = set.evaluate(*family->wife);
  EXPECT_EQ(timeline.front().when.until, Date::forever());
}
TEST(Pitfall, YamlTrapsAreText) {
  const auto set = set_of(with(rules, "title: 县", "title: no"));
  EXPECT_EQ(set.benefits().size(), 7u);
  const std::vector<PolicyText> twice{
      {"a.yaml", with(rules, "    amount: 2000 yuan\n", "    amount: 2000 yuan\n    amount: 3000 yuan\n")}};
  auto read = PolicySet::read(twice);
  ASSERT_TRUE(std::holds_alternative<std::vector<Error>>(read));
  EXPECT_EQ(std::get<std::vector<Error>>(read).front().code, "POLICY_KEY_TWICE");
}
TEST(Pitfall, DatesAreOfShanghai) {
  EXPECT_EQ(shanghai_date(1'546'270'200'000'000), Date(2018, 12, 31)) << "15:30 UTC is 23:30 of the same day";
  EXPECT_EQ(shanghai_date(1'546'272'000'000'000), Date(2019, 1, 1)) << "16:00 UTC is the next day";
}

}  // namespace
}  // namespace kinhub::policy
