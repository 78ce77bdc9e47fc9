// Days and versions after the time of receipt, births that cannot be: one row each.
#include "hub/pipeline/plausible.hpp"

#include <gtest/gtest.h>

#include "hub/base/citizen_number.hpp"

namespace kinhub::test {
namespace {

constexpr std::int64_t second_us = 1'000'000, day_us = 86'400 * second_us;
constexpr std::int64_t received_us = 1'796'000'000'000'000;  // 2026-11-30T08:53:20+08:00

Mention born_on(Role role, const char* day) {
  Mention mention;
  mention.role = role, mention.born = PartialDate::parse(day);
  return mention;
}
Mention numbered(Role role, const std::string& first) {
  Mention mention;
  mention.role = role,
  mention.identifiers = {{IdentifierKind::citizen_number, first + citizen_number_check(first)}};
  return mention;
}
Fact fact(FactKind kind, const char* on, std::vector<Mention> people = {}) {
  Fact one;
  one.kind = kind, one.version = "20261120080000", one.people = std::move(people);
  if (on) one.on = PartialDate::parse(on);
  return one;
}
Fact of_version(const char* version, Op op = Op::assert_) {
  auto one = fact(FactKind::death, "2026-11-18");
  one.version = version, one.op = op;
  return one;
}
Fact registered_on(const char* day) {
  auto one = fact(FactKind::death, "2026-11-18");
  one.registered = Date::parse(day);
  return one;
}
Fact taken_back(Fact one) {
  one.op = Op::retract;
  return one;
}
Fact until(Fact one, const char* day) {
  one.until = PartialDate::parse(day);
  return one;
}

std::string verdict(const Fact& one, std::int64_t margin_us = day_us,
                    std::optional<Date> today = std::nullopt) {
  auto wrong = implausible({one}, latest_instant(received_us, today, margin_us));
  return wrong ? wrong->error.code + " " + wrong->field : "fits";
}

TEST(Plausible, WhatCannotBeIsSetAsideWithItsField) {
  struct Row {
    const char* what;
    Fact fact;
    const char* verdict;
  };
  const Row rows[] = {
      {"a death of today", fact(FactKind::death, "2026-11-30"), "fits"},
      {"tomorrow is within the margin", fact(FactKind::death, "2026-12-01"), "fits"},
      {"a death in 2062", fact(FactKind::death, "2062-11-18"), "DATE_FUTURE on"},
      {"this year, known to the year", fact(FactKind::death, "2026"), "fits"},
      {"next year, known to the year", fact(FactKind::death, "2027"), "DATE_FUTURE on"},
      {"a birth in 2062", fact(FactKind::birth, "2062-01-01"), "DATE_FUTURE on"},
      {"a marriage in 2062", fact(FactKind::marriage, "2062-01-01"), "DATE_FUTURE on"},
      {"a divorce in 2062", fact(FactKind::divorce, "2062-01-01"), "DATE_FUTURE on"},
      {"an adoption in 2062", fact(FactKind::adoption, "2062-01-01"), "DATE_FUTURE on"},
      {"a move in 2062", fact(FactKind::residence, "2062-01-01"), "DATE_FUTURE on"},
      {"a card from 2062", fact(FactKind::disability, "2062-01-01"), "DATE_FUTURE on"},
      {"a card until 2036", until(fact(FactKind::disability, "2026-11-20"), "2036-11-19"), "fits"},
      {"insurance told ahead", fact(FactKind::insurance, "2027-01-01"), "fits"},
      {"a future day taken back", taken_back(fact(FactKind::death, "2062-11-18")), "fits"},
      {"registered in 2062", registered_on("2062-01-01"), "DATE_FUTURE registered"},
      {"a version of 2062", of_version("20621118064512"), "VERSION_FUTURE version"},
      {"a version of the year 9999", of_version("99991231235959"), "VERSION_FUTURE version"},
      {"a retraction of 2062", of_version("20621118064512", Op::retract), "VERSION_FUTURE version"},
      {"a version within the margin", of_version("20261201085319999"), "fits"},
      {"a version behind the margin", of_version("20261201085321"), "VERSION_FUTURE version"},
      {"a version of a day", of_version("20261201"), "fits"},
      {"someone born in 2062", fact(FactKind::residence, "2020-01-01", {born_on(Role::person, "2062-01-01")}),
       "DATE_FUTURE person.born"},
      {"a resident born in 1899",
       fact(FactKind::residence, "2020-01-01", {born_on(Role::person, "1899-12-31")}),
       "BIRTH_TOO_EARLY person.born"},
      {"a birth in 1899", fact(FactKind::birth, "1899-12-31", {born_on(Role::person, "1899-12-31")}),
       "BIRTH_TOO_EARLY person.born"},
      {"a mother born in 1899", fact(FactKind::parentage, nullptr, {born_on(Role::mother, "1899-12-31")}),
       "fits"},
      {"a detail keeps no death back",
       fact(FactKind::death, "2026-11-18", {born_on(Role::person, "2062-01-01")}), "fits"},
      {"a mother as old as her child",
       fact(FactKind::birth, "1995-03-12",
            {born_on(Role::person, "1995-03-12"), born_on(Role::mother, "1995-03-12")}),
       "PARENT_TOO_YOUNG mother"},
      {"a father of nine, by his number",
       fact(FactKind::birth, "1995-03-12",
            {born_on(Role::person, "1995-03-12"), numbered(Role::father, "32222819860313001")}),
       "PARENT_TOO_YOUNG father"},
      {"a father of ten, by his number",
       fact(FactKind::birth, "1995-03-12",
            {born_on(Role::person, "1995-03-12"), numbered(Role::father, "32222819850312001")}),
       "fits"},
      {"who adopts is older",
       fact(FactKind::adoption, "2020-01-01",
            {born_on(Role::person, "1995-03-12"), born_on(Role::mother, "1995-03-11")}),
       "fits"},
      {"who adopts is younger",
       fact(FactKind::adoption, "2020-01-01",
            {born_on(Role::person, "1995-03-12"), born_on(Role::mother, "1996-01-01")}),
       "PARENT_TOO_YOUNG mother"},
      {"of other facts parents are a detail",
       fact(FactKind::parentage, nullptr,
            {born_on(Role::person, "1995-03-12"), born_on(Role::mother, "1996-01-01")}),
       "fits"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(verdict(row.fact), row.verdict) << row.what;
}

TEST(Plausible, TheMarginIsOfTheSource) {
  const auto ahead = of_version("20261130090320");  // ten minutes after the receipt
  EXPECT_EQ(verdict(ahead, 0), "VERSION_FUTURE version");
  EXPECT_EQ(verdict(ahead, 600 * second_us), "fits");
  EXPECT_EQ(verdict(fact(FactKind::death, "2026-12-01"), 0), "DATE_FUTURE on");
}

TEST(Plausible, ALaterDayOfARehearsalCountsAndAnEarlierOneDoesNot) {
  const auto later = fact(FactKind::death, "2027-01-15");
  EXPECT_EQ(verdict(later, 0), "DATE_FUTURE on");
  EXPECT_EQ(verdict(later, 0, Date(2027, 1, 15)), "fits");
  EXPECT_EQ(verdict(of_version("20270115235959"), 0, Date(2027, 1, 15)), "fits");
  EXPECT_EQ(verdict(of_version("20270116"), 0, Date(2027, 1, 15)), "VERSION_FUTURE version");
  EXPECT_EQ(verdict(fact(FactKind::death, "2026-11-30"), 0, Date(2026, 1, 1)), "fits");
}

}  // namespace
}  // namespace kinhub::test
