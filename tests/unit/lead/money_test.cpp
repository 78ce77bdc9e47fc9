// What is owed when a right is confirmed late: `late` comes before what is never paid together.

#include "hub/lead/money.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

std::string policy(const std::string& id, const std::string& late, const std::string& yuan,
                   const std::string& excludes) {
  return "policy: " + id +
         "\ntitle: 县\nregion: \"000000\"\nin_force: 2010-01-01 ..\npublished: 2010-01-01\ncalendar:\n"
         "  age: on_birthday\n  feb29: feb28\n  month: any_day\n  year: calendar_year, any_day\n"
         "  death_day: counts_as_alive\n  late: " +
         late +
         "\n  remarried: judged_by_self\n  money: fen, half_up, per person and month\nevidence:\n"
         "  death: police_registration; or 2 sources\n  own_death: police_registration\nbenefits:\n"
         "  money (金):\n    clause: 一\n    quote: 句\n    for: each parent, while alive\n"
         "    when: [only child is dead]\n    amount: " +
         yuan + " yuan per month\n" + excludes;
}

TEST(Owed, TheLowerBenefitForMonthsThatTheHigherIsTooLateFor) {
  const std::vector<PolicyText> texts{
      {"low.yaml", policy("low", "pay_from_event", "100", "")},
      {"high.yaml", policy("high", "pay_from_confirmation", "300", "    excludes: low/money\n")}};
  auto read = PolicySet::read(texts);
  ASSERT_TRUE(std::holds_alternative<PolicySet>(read));
  const auto& policies = std::get<PolicySet>(read);
  const auto low = *policies.find("low/money"), high = *policies.find("high/money");
  Situation mother;
  mother.people.resize(2);
  mother.people[0].sex = Sex::female;
  mother.people[0].born = SituationPerson::Born{Date(1960, 1, 1), Date(1960, 1, 1)};
  mother.people[1].born = SituationPerson::Born{Date(1990, 1, 1), Date(1990, 1, 1)};
  mother.people[1].died = SituationPerson::Died{Date(2020, 1, 5), Certainty::sure, no_cause};
  mother.children.push_back({1, ChildRelation::born, {Date(1990, 1, 1), Date::forever()}});
  mother.coverage = {{}, {}, {}, {}};
  const auto timeline = policies.evaluate(mother);
  const Date today(2020, 5, 20);
  const auto lower = owed(policies, low, timeline, {}, today),
             higher = owed(policies, high, timeline, {}, today);
  ASSERT_EQ(lower.size(), 4u) << "January to April: the higher begins with its confirmation";
  EXPECT_EQ(lower.front().period, Date(2020, 1, 1));
  EXPECT_EQ(lower.back().period, Date(2020, 4, 1));
  ASSERT_EQ(higher.size(), 1u);
  EXPECT_EQ(higher[0].period, Date(2020, 5, 1));
  EXPECT_EQ(money_difference(policies, low, timeline, {}, today).arrears_fen, 4 * 10000);
  EXPECT_EQ(money_difference(policies, high, timeline, {}, today).arrears_fen, 30000);
}

/// Two benefits that exclude one another, and a mother of an only child that died on a day.
struct TwoBenefits {
  PolicySet policies;
  BenefitIndex low, high;

  explicit TwoBenefits(std::string_view high_late = "pay_from_confirmation",
                       std::string_view low_late = "pay_from_event", std::string high_begins = "2010-01-01")
      : policies(read(high_late, low_late, high_begins)),
        low(*policies.find("low/money")),
        high(*policies.find("high/money")) {}

  static PolicySet read(std::string_view high_late, std::string_view low_late, const std::string& begins) {
    auto higher = policy("high", std::string(high_late), "300", "    excludes: low/money\n");
    higher.replace(higher.find("2010-01-01"), 10, begins);
    const std::vector<PolicyText> texts{{"low.yaml", policy("low", std::string(low_late), "100", "")},
                                        {"high.yaml", higher}};
    return std::move(std::get<PolicySet>(PolicySet::read(texts)));
  }
  std::vector<Entitlement> timeline(Date died) const { return policies.evaluate(mother(died)); }
  static Situation mother(Date died) {
    Situation mother;
    mother.people.resize(2);
    mother.people[0].sex = Sex::female;
    mother.people[0].born = SituationPerson::Born{Date(1960, 1, 1), Date(1960, 1, 1)};
    mother.people[1].born = SituationPerson::Born{Date(1990, 1, 1), Date(1990, 1, 1)};
    mother.people[1].died = SituationPerson::Died{died, Certainty::sure, no_cause};
    mother.children.push_back({1, ChildRelation::born, {Date(1990, 1, 1), Date::forever()}});
    return mother;
  }
  /// Confirms on a day what is computed, as a clerk does; what its lead said was owed.
  std::int64_t confirm(BenefitIndex benefit, Date died, Date today, Decisions& decisions) const {
    const auto rights = timeline(died);
    const auto arrears = money_difference(policies, benefit, rights, decisions, today).arrears_fen;
    LeadContent lead;
    for (const auto& right : rights)
      if (right.benefit == benefit) lead.computed.push_back({right.when, right.amount, right.certainty});
    // As it is kept and read again.
    decisions[benefit] =
        decided_from(to_bytes(decided_after(decisions[benefit], lead, LeadState::confirmed, today)));
    return arrears;
  }
};

TEST(Owed, DoesNotHangOnTheOrderInWhichTwoThatExcludeOneAnotherAreConfirmed) {
  struct Row {
    const char *what, *high_late, *low_late, *high_begins;
    std::int64_t low, high;  ///< yuan
  };
  const std::vector<Row> rows = {
      {"the higher from its confirmation", "pay_from_confirmation", "pay_from_event", "2010-01-01", 400, 300},
      {"the lower from its confirmation", "pay_from_event", "pay_from_confirmation", "2010-01-01", 0, 1500},
      {"both", "pay_from_confirmation", "pay_from_confirmation", "2010-01-01", 0, 300},
      {"the higher two months back", "pay_from_event, at most 2 months back", "pay_from_event", "2010-01-01",
       200, 900},
      {"the higher began later", "pay_from_confirmation", "pay_from_event", "2020-03-01", 400, 300},
  };
  const Date died(2020, 1, 5), today(2020, 5, 20);
  for (const auto& row : rows) {
    const TwoBenefits two(row.high_late, row.low_late, row.high_begins);
    Decisions one_way, other_way;
    const auto low_first = two.confirm(two.low, died, today, one_way),
               high_second = two.confirm(two.high, died, today, one_way);
    const auto high_first = two.confirm(two.high, died, today, other_way),
               low_second = two.confirm(two.low, died, today, other_way);
    EXPECT_EQ(low_first, row.low * 100) << row.what;
    EXPECT_EQ(low_second, row.low * 100) << row.what << ", confirmed second";
    EXPECT_EQ(high_first, row.high * 100) << row.what;
    EXPECT_EQ(high_second, row.high * 100) << row.what << ", confirmed second";
  }
}

TEST(Owed, AnotherConfirmationOfTheHigherMakesNoMonthPayableThatWasTooLate) {
  const TwoBenefits two;
  const Date died(2020, 1, 5), first(2020, 3, 20), today(2020, 5, 20);
  Decisions decisions;
  two.confirm(two.high, died, first, decisions);
  two.confirm(two.high, died, today, decisions);
  EXPECT_EQ(two.confirm(two.low, died, today, decisions), 2 * 10000) << "January and February";
}

TEST(Owed, WhoIsInPaymentWhenTheHigherBeginsIsOwedItFromThere) {
  const TwoBenefits two("pay_from_confirmation", "pay_from_event", "2020-03-01");
  const Date died(2019, 1, 5), in_time(2019, 2, 1), today(2020, 5, 20);
  Decisions decisions;
  two.confirm(two.low, died, in_time, decisions);
  EXPECT_EQ(two.confirm(two.high, died, today, decisions), 3 * 30000);
}

TEST(Owed, AnOlderDecisionThatKeptNoFirstDayCountsByItsLast) {
  const TwoBenefits two;
  const Date died(2020, 1, 5), today(2020, 5, 20);
  Decisions decisions;
  two.confirm(two.high, died, today, decisions);
  decisions[two.high].first.clear();
  EXPECT_EQ(two.confirm(two.low, died, today, decisions), 4 * 10000);
}

TEST(Owed, OnePersonKeepsTheFirstConfirmationOfEachOfTheTwoThatTheyWere) {
  const TwoBenefits two;
  const Date died(2020, 1, 5), first(2020, 3, 20), later(2020, 4, 20), today(2020, 5, 20);
  Decisions one, other;
  two.confirm(two.high, died, first, one);
  two.confirm(two.high, died, later, other);
  const std::vector<DecidedFor> both{{Token{}, one[two.high]}, {Token{}, other[two.high]}};
  Decisions merged_decisions{{two.high, merged(both, today)}};
  EXPECT_EQ(two.confirm(two.low, died, today, merged_decisions), 2 * 10000) << "January and February";
}

/// What a lead about a benefit says is owed; nothing: there is no lead.
std::optional<LeadContent> lead_of(const TwoBenefits& two, BenefitIndex benefit, Date died, Date today,
                                   const Decisions& decisions) {
  Kin kin;
  kin.situation = TwoBenefits::mother(died);
  kin.people = {PersonId{1}, PersonId{2}};
  return difference(two.policies, benefit, two.timeline(died), decisions, kin, "family", today, today, {});
}

TEST(Owed, AHigherBenefitThatWasDismissedTakesNothingAway) {
  const TwoBenefits two("pay_from_event");
  const Date died(2020, 1, 5), today(2020, 5, 20);
  Decisions decisions;
  EXPECT_FALSE(lead_of(two, two.low, died, today, decisions)) << "the higher is paid";
  const auto high = lead_of(two, two.high, died, today, decisions);
  ASSERT_TRUE(high);
  decisions[two.high] =
      decided_from(to_bytes(decided_after(decisions[two.high], *high, LeadState::dismissed, today)));
  const auto low = lead_of(two, two.low, died, today, decisions);
  ASSERT_TRUE(low) << "nobody pays the higher";
  EXPECT_EQ(low->arrears_fen, 5 * 10000);
  // Confirmed, and its next lead: what was paid was due.
  auto earlier = *low;
  earlier.computed.front().amount.fen = 9000;
  decisions[two.low] = decided_after(decisions[two.low], earlier, LeadState::confirmed, today);
  const auto changed = lead_of(two, two.low, died, today, decisions);
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->overpaid_fen, 0);
  EXPECT_EQ(changed->arrears_fen, 5 * 1000);
  // Another timeline of the higher is news, and not dismissed.
  const Date moved(2020, 3, 5);
  EXPECT_TRUE(lead_of(two, two.high, moved, today, decisions));
  Decisions of_high{{two.high, decisions[two.high]}};
  EXPECT_FALSE(lead_of(two, two.low, moved, today, of_high));
  // Dismissed, and confirmed after all: it takes the place of the lower again.
  of_high[two.high] = decided_after(of_high[two.high], *high, LeadState::confirmed, today);
  EXPECT_FALSE(lead_of(two, two.low, died, today, of_high));
}

}  // namespace
}  // namespace kinhub
