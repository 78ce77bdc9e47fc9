#pragma once
// Invented families for the policy properties and benchmarks, from a seed.

#include <random>

#include "hub/record/situation.hpp"

namespace kinhub::naive {

/// Anything a record can hold, likely or not; dates meet each other often, since errors live where edges
/// meet.
inline Situation any_family(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  auto chance = [&](int percent) { return below(100) < percent; };
  std::vector<Date> pool{Date(2019, 2, 1), Date(2022, 2, 1), Date(2022, 7, 1), Date(2007, 1, 1),
                         Date(2020, 2, 29)};
  for (int i = 0; i < 6; ++i)
    pool.push_back(Date(2000, 1, 1).plus_days(below(9500)));
  auto some_day = [&] {
    return chance(60)
               ? pool[static_cast<std::size_t>(below(static_cast<int>(pool.size())))].plus_days(below(3) - 1)
               : Date(1985, 1, 1).plus_days(below(17000));
  };
  auto span = [&] {
    Interval when{some_day(), chance(50) ? Date::forever() : some_day()};
    if (when.until < when.from) std::swap(when.from, when.until);
    return when;
  };
  auto certainty = [&] { return chance(15) ? Certainty::possible : Certainty::sure; };
  auto sex = [&] {
    int s = below(20);
    return s == 0 ? Sex::unknown : s < 11 ? Sex::male : Sex::female;
  };
  auto death = [&](Date on) {
    SituationPerson::Died died{on, certainty(), no_cause};
    if (chance(10)) died.earliest = on.plus_days(-below(366));
    if (chance(40)) {
      died.sources = static_cast<std::uint8_t>(1 + below(2));
      for (int i = 0; i < died.sources; ++i)
        died.classes |= static_cast<std::uint8_t>(1u << (chance(70) ? 3 + below(2) : below(5)));
    }
    return died;
  };
  auto adult = [&](Sex of) {
    SituationPerson person;
    person.sex = of;
    if (chance(92)) {
      // Often exactly 49 or 60 years before a day on which something else happens.
      Date born = chance(50) ? some_day().plus_months(-12 * (chance(70) ? 49 : 60))
                             : Date(1930, 6, 1).plus_days(below(19000));
      person.born = SituationPerson::Born{born, chance(20) ? born.plus_days(below(366)) : born};
    }
    if (chance(20)) person.died = death(some_day());
    return person;
  };
  Situation s;
  s.people.push_back(adult(sex()));
  int partners = below(3);
  for (int i = 0; i < partners; ++i)
    s.people.push_back(
        adult(chance(90) ? (s.people[0].sex == Sex::female ? Sex::male : Sex::female) : sex()));
  for (int i = 0; i < partners; ++i)
    if (chance(75)) s.marriages.push_back({static_cast<std::int16_t>(1 + i), span(), certainty()});
  int children = below(4);
  for (int i = 0; i < children; ++i) {
    auto index = static_cast<std::int16_t>(s.people.size());
    SituationPerson person;
    Date born = i > 0 && chance(20) && s.people.back().born
                    ? s.people.back().born->earliest.plus_days(below(2))
                    : some_day().plus_months(-12 * below(25));
    if (chance(95)) person.born = SituationPerson::Born{born, chance(10) ? born.plus_days(30) : born};
    if (chance(60)) person.died = death(std::max(born, some_day()));
    s.people.push_back(person);
    ChildSpan c{index, ChildRelation::born, {born, Date::forever()}, certainty()};
    if (int kind = below(10); kind < 2) {
      c.relation = kind == 0 ? ChildRelation::adopted : ChildRelation::step;
      c.when = span();
    }
    if (partners > 0 && chance(60)) c.other_parent = static_cast<std::int16_t>(1 + below(partners));
    s.children.push_back(c);
    if (chance(50)) {
      Date from = some_day();
      for (int k = below(4); k >= 0; --k) {
        Date until = k == 0 && chance(50) ? Date::forever() : from.plus_days(below(3000));
        s.disabilities.push_back({index, 1 + below(4), {from, until}, certainty()});
        from = until;
        if (until == Date::forever()) break;
      }
    }
  }
  for (int i = below(4); i > 0; --i)
    s.residences.push_back({static_cast<std::int16_t>(partners > 0 && chance(30) ? 1 : 0),
                            chance(75) ? "370306" : "320812",
                            span(),
                            {}});
  for (int i = below(3); i > 0; --i)
    s.receipts.push_back(
        {chance(50) ? ReceiptSpan::What::resident_pension : ReceiptSpan::What::low_income_allowance,
         static_cast<std::int16_t>(partners > 0 && chance(30) ? 1 : 0), span(),
         chance(70) ? 100 + below(30000) : 0});
  auto coverage = [&] {
    return chance(60) ? Interval{} : chance(50) ? span() : Interval{Date::beginning(), Date::beginning()};
  };
  s.coverage = {coverage(), coverage(), coverage(), coverage()};
  return s;
}

/// A family as the record mostly holds it: a couple, one child, full coverage; one in three bereaved or
/// disabled.
inline Situation usual_family(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  Situation s;
  Date born = Date(1950, 1, 1).plus_days(below(9000));
  auto day = [](Date date) { return SituationPerson::Born{date, date}; };
  bool woman = below(2) == 0;
  s.people.push_back({woman ? Sex::female : Sex::male, day(born), {}});
  s.people.push_back({woman ? Sex::male : Sex::female, day(born.plus_days(below(1500) - 700)), {}});
  Date child = born.plus_months(12 * 24).plus_days(below(1500));
  SituationPerson only{below(2) ? Sex::male : Sex::female, day(child), {}};
  int fate = below(6);
  if (fate == 0)
    only.died = SituationPerson::Died{Date(2015, 1, 1).plus_days(below(4000)), Certainty::sure, no_cause};
  s.people.push_back(only);
  s.marriages.push_back(
      {1, {child.plus_months(-20), below(8) ? Date::forever() : Date(2018, 1, 1).plus_days(below(2000))}});
  ChildSpan span{2, ChildRelation::born, {child, Date::forever()}};
  span.other_parent = 1;
  s.children.push_back(span);
  if (fate == 1) {
    Date from = Date(2012, 1, 1).plus_days(below(3000));
    s.disabilities.push_back({2, 1 + below(4), {from, from.plus_days(1500)}});
    s.disabilities.push_back({2, 1 + below(4), {from.plus_days(1500), Date::forever()}});
  }
  Date move = Date(2016, 1, 1).plus_days(below(2500));
  s.residences.push_back({0, below(2) ? "370306" : "320812", {child, move}, true});
  s.residences.push_back({0, below(2) ? "370306" : "320812", {move, Date::forever()}, true});
  s.coverage = {{}, {}, {}, {}};
  return s;
}

}  // namespace kinhub::naive
