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

}  // namespace
}  // namespace kinhub
