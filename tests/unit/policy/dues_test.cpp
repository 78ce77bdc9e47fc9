#include <gtest/gtest.h>

#include "hub/policy/policy.hpp"
#include "tests/places/places.hpp"

namespace kinhub {
namespace {

Entitlement span(Date from, Date until) {
  Entitlement entitlement;
  entitlement.when = {from, until};
  entitlement.amount = {59000, Per::month};
  return entitlement;
}

struct MonthCase {
  Calendar::Month rule;
  Interval when;
  std::optional<Date> first, last;
};

TEST(Months, FollowTheNamedRuleOnBothSidesOfTheBoundary) {
  using Rule = Calendar::Month;
  const Date may1(2020, 5, 1), may20(2020, 5, 20), jun1(2020, 6, 1), jun30(2020, 6, 30), jul1(2020, 7, 1),
      aug9(2020, 8, 9);
  const Date may(2020, 5, 1), jun(2020, 6, 1), jul(2020, 7, 1), aug(2020, 8, 1);
  const std::vector<MonthCase> cases{
      {Rule::any_day, {may20, aug9}, may, aug},  {Rule::any_day, {may20, jun1}, may, may},
      {Rule::any_day, {may1, jul1}, may, jun},   {Rule::first_day, {may20, aug9}, jun, aug},
      {Rule::first_day, {may1, jun1}, may, may}, {Rule::first_day, {may20, jun1}, {}, {}},
      {Rule::last_day, {may20, aug9}, may, jul}, {Rule::last_day, {may20, jun30}, may, may},
      {Rule::last_day, {may20, jul1}, may, jun}, {Rule::by_days, {may20, aug9}, may, aug}};
  for (const auto& one : cases) {
    Calendar calendar;
    calendar.month = one.rule;
    auto entitlement = span(one.when.from, one.when.until);
    EXPECT_EQ(first_month(entitlement, calendar), one.first)
        << one.when.from.text() << " " << one.when.until.text();
    EXPECT_EQ(last_month(entitlement, calendar), one.last)
        << one.when.from.text() << " " << one.when.until.text();
  }
  EXPECT_EQ(last_month(span(may1, Date::forever()), Calendar{}), std::nullopt);
}

TEST(Late, PaysFromTheMonthOfTheRightOrOfItsConfirmation) {
  Calendar national;
  national.late = Calendar::Late::pay_from_confirmation;
  const Interval since_march{Date(2020, 3, 15), Date::forever()}, ended{Date(2018, 3, 15), Date(2019, 2, 1)};
  EXPECT_EQ(paid_from(national, since_march, Date(2020, 12, 9)), Date(2020, 12, 1));
  EXPECT_EQ(paid_from(national, {Date(2021, 3, 15), Date::forever()}, Date(2020, 12, 9)), Date(2021, 3, 1));
  EXPECT_EQ(paid_from(national, ended, Date(2020, 12, 9)), Date(2020, 12, 1)) << "no month of it is left";
  Calendar district;
  district.late_months_max = 12;
  EXPECT_EQ(paid_from(district, since_march, Date(2020, 12, 9)), Date(2020, 3, 1));
  EXPECT_EQ(paid_from(district, {Date(2018, 3, 15), Date::forever()}, Date(2020, 12, 9)), Date(2019, 12, 1));
  EXPECT_EQ(paid_from(district, {Date(2017, 3, 15), Date(2019, 2, 1)}, Date(2020, 12, 9)), Date(2018, 1, 1))
      << "counted back from its last day";
}

TEST(MonthsDue, NeverPaysWhatIsNotPaidTogether) {
  auto read = PolicySet::read(kinhub::tests::source_dir() + "/mappings/policies");
  auto& policies = std::get<PolicySet>(read);
  auto death = *policies.find("national-special-assistance/death");
  auto disability = *policies.find("national-special-assistance/disability");
  auto sick = span(Date(2024, 1, 1), Date(2024, 3, 11)), dead = span(Date(2024, 3, 11), Date::forever());
  sick.benefit = disability, sick.amount.fen = 46000;
  dead.benefit = death;
  std::vector<Entitlement> timeline{dead, sick};
  auto months = policies.months_due(timeline, disability, Date(2024, 1, 1), Date(2025, 1, 1));
  ASSERT_EQ(months.size(), 2u);
  EXPECT_EQ(months.back(), (Due{Date(2024, 2, 1), {46000, Per::month}, Certainty::sure}));
  EXPECT_EQ(policies.months_due(timeline, death, Date(2024, 1, 1), Date(2024, 5, 1)).front().period,
            Date(2024, 3, 1));
  // A death that is only possible does not stop the disability's money.
  timeline[0].certainty = Certainty::possible;
  EXPECT_EQ(policies.months_due(timeline, disability, Date(2024, 1, 1), Date(2025, 1, 1)).size(), 3u);
}

TEST(MonthsDue, TakesTheAskedMonthsOnly) {
  auto read = PolicySet::read(kinhub::tests::source_dir() + "/mappings/policies");
  auto& policies = std::get<PolicySet>(read);
  auto right = span(Date(2024, 1, 20), Date::forever());
  right.benefit = *policies.find("national-special-assistance/death");
  std::vector<Entitlement> timeline{right};
  EXPECT_EQ(policies.months_due(timeline, right.benefit, Date(2024, 1, 1), Date(2024, 4, 1)).size(), 3u);
  EXPECT_EQ(policies.months_due(timeline, right.benefit, Date(2024, 1, 2), Date(2024, 4, 1)).size(), 2u);
  EXPECT_TRUE(policies.months_due(timeline, right.benefit, Date(2024, 4, 1), Date(2024, 4, 1)).empty());
  EXPECT_TRUE(policies.months_due({}, right.benefit, Date(2024, 1, 1), Date(2024, 4, 1)).empty());
}

}  // namespace
}  // namespace kinhub
