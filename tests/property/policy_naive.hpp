#pragma once
// The two shipped policies again, written by hand and judged one day at a time: no cuts, no masks, no policy
// file. The timeline engine is held against it, for its answers here and for its speed in tests/bench.

#include <array>
#include <optional>
#include <vector>

#include "hub/record/situation.hpp"

namespace kinhub::naive {

struct Truth {
  bool must = false, can = false;
};
inline Truth operator!(Truth a) {
  return {!a.can, !a.must};
}
inline Truth operator&&(Truth a, Truth b) {
  return {a.must && b.must, a.can && b.can};
}
inline Truth operator||(Truth a, Truth b) {
  return {a.must || b.must, a.can || b.can};
}
inline Truth sure(bool value) {
  return {value, value};
}

enum BenefitOf {
  national_death,
  national_disability,
  allowance_dead,
  allowance_disabled,
  emergency_grant,
  accident_insurance,
  low_income_increase,
  pension_supplement,
  ivf_grant,
  home_help,
  benefit_count
};
inline constexpr std::array<const char*, benefit_count> ids{
    "national-special-assistance/death",
    "national-special-assistance/disability",
    "zhoucun-special-families-2019/allowance-dead",
    "zhoucun-special-families-2019/allowance-disabled",
    "zhoucun-special-families-2019/emergency-grant",
    "zhoucun-special-families-2019/accident-insurance",
    "zhoucun-special-families-2019/low-income-increase",
    "zhoucun-special-families-2019/pension-supplement",
    "zhoucun-special-families-2019/ivf-grant",
    "zhoucun-special-families-2019/home-help"};

struct Answer {
  Truth right;
  std::optional<std::int64_t> fen;  // nothing: cannot be computed
};

class Judge {
 public:
  // Deaths that only the insurance or the crematorium told, from one source, are not proven (N09).
  explicit Judge(Situation situation) : s_(std::move(situation)) {
    for (auto& p : s_.people)
      if (p.died && p.died->classes != 0 && (p.died->classes & 0b00111) == 0 && p.died->sources < 2)
        p.died->certainty = Certainty::possible;
  }

  std::array<Answer, benefit_count> on(Date day) const {
    std::array<Answer, benefit_count> answers;
    bool district = Date(2019, 2, 1) <= day && day < Date(2022, 2, 1);
    bool nation = day >= Date(2007, 1, 1);
    bool raised = day >= Date(2022, 7, 1);
    Truth here = registered(day), mine = alive(day);
    Truth kept = sure(nation) && !(sure(district) && here) && mine;
    Truth dead = bereaved(day), sick = special(day) && only_disabled(day) && !only_dead(day);
    Truth person = born_after(day) && age_line(day);
    // What was paid before August 2018 is in no document at hand.
    auto sum = [&](std::int64_t before, std::int64_t now) {
      return day < Date(2018, 8, 1) ? std::nullopt : std::optional(raised ? now : before);
    };
    answers[national_death] = {kept && dead && person, sum(45000, 59000)};
    answers[national_disability] = {kept && sick && person, sum(35000, 46000)};
    if (!district) return answers;
    Truth local = here && mine;
    answers[allowance_dead] = {local && dead && person, 61000};
    answers[allowance_disabled] = {local && sick && person, 48000};
    answers[accident_insurance] = {local && dead && wife_49(day), 30000};
    answers[low_income_increase] = {on_one(day, Per::month, &Judge::low_income_right), std::nullopt};
    answers[pension_supplement] = {local && special(day) && reaches_age(0, 60, day) &&
                                       receives(day, ReceiptSpan::What::resident_pension, false),
                                   pension(day)};
    answers[emergency_grant] = {on_one(day, Per::once, &Judge::emergency_right), 200000};
    answers[ivf_grant] = {on_one(day, Per::once, &Judge::ivf_right), 1000000};
    answers[home_help] = {on_one(day, Per::year, &Judge::home_right), 30000};
    return answers;
  }

 private:
  enum class Per { month, year, once };
  using Right = Truth (Judge::*)(Date) const;

  const SituationPerson* who(int index) const {
    return index >= 0 && index < static_cast<int>(s_.people.size())
               ? &s_.people[static_cast<std::size_t>(index)]
               : nullptr;
  }
  Truth dead(int index, Date day) const {
    const auto* p = who(index);
    if (!p || !p->died || day < p->died->first()) return {};
    return {p->died->certainty == Certainty::sure && day >= p->died->on, true};
  }
  Truth alive(Date day) const {
    const auto& died = s_.people[0].died;
    if (!died || day <= died->first()) return sure(true);
    return {false, day <= died->on || died->certainty == Certainty::possible};
  }

  // ---- children
  static bool counts(const ChildSpan& c) { return c.relation != ChildRelation::step; }
  // First day on which the child is this parent's, at the earliest and at the latest.
  std::pair<Date, Date> begins(const ChildSpan& c) const {
    auto born = who(c.child)->born;
    if (c.relation != ChildRelation::born || !born) return {c.when.from, c.when.from};
    return {std::min(c.when.from, born->earliest), std::max(c.when.from, born->latest)};
  }
  Truth is_child(const ChildSpan& c, Date day) const {
    auto [early, late] = begins(c);
    return {day >= late && day < c.when.until && c.certainty == Certainty::sure,
            day >= early && day < c.when.until};
  }
  Truth lives(const ChildSpan& c, Date day) const { return is_child(c, day) && !dead(c.child, day); }
  int living(Date day, bool perhaps) const {
    int count = 0;
    for (const auto& c : s_.children)
      if (counts(c)) count += perhaps ? lives(c, day).can : lives(c, day).must;
    return count;
  }
  Truth some_dead(Date day) const {
    Truth any;
    for (const auto& c : s_.children)
      if (counts(c)) any = any || (is_child(c, day) && dead(c.child, day));
    return any;
  }
  std::optional<Date> birth(const ChildSpan& c) const {
    auto born = who(c.child)->born;
    if (!born) return c.when.from > Date::beginning() ? std::optional(c.when.from) : std::nullopt;
    return born->earliest == born->latest ? std::optional(born->earliest) : std::nullopt;
  }
  bool one_birth(const ChildSpan& a, const ChildSpan& b) const {
    if (a.relation != ChildRelation::born || b.relation != ChildRelation::born) return false;
    if (a.other_parent >= 0 && b.other_parent >= 0 && a.other_parent != b.other_parent) return false;
    auto one = birth(a), other = birth(b);
    return one && other && std::abs(one->days() - other->days()) <= 1;
  }
  // The days a child lives as this parent's, by interval arithmetic.
  Interval life(const ChildSpan& c, bool perhaps) const {
    auto [early, late] = begins(c);
    Interval days{perhaps ? early : late, c.when.until};
    if (!perhaps && c.certainty == Certainty::possible) return {day0(), day0()};
    auto died = who(c.child)->died;
    if (died && (died->certainty == Certainty::sure || !perhaps))
      days.until = std::min(days.until, perhaps ? died->on : died->first());
    return days;
  }
  static Date day0() { return Date::beginning(); }
  bool ever_two(Date day, bool perhaps) const {
    std::vector<const ChildSpan*> all;
    std::vector<std::size_t> birth_of;
    for (const auto& c : s_.children) {
      if (!counts(c)) continue;
      std::size_t number = all.size();
      for (std::size_t i = 0; i < all.size(); ++i)
        if (one_birth(*all[i], c)) {
          number = birth_of[i];
          break;
        }
      all.push_back(&c);
      birth_of.push_back(number);
    }
    auto dissolved = [](const ChildSpan& c) {
      return c.relation == ChildRelation::adopted && c.when.until < Date::forever();
    };
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t k = 0; k < i; ++k) {
        if (birth_of[i] == birth_of[k] || dissolved(*all[i]) || dissolved(*all[k])) continue;
        auto both = overlap(life(*all[i], perhaps), life(*all[k], perhaps));
        if (!both.empty() && both.from <= day) return true;
      }
    return false;
  }
  Truth several(Date day) const { return {ever_two(day, false), ever_two(day, true)}; }
  Truth graded(int child, Date day) const {
    Truth any;
    for (const auto& d : s_.disabilities)
      if (d.person == child && d.grade <= 3 && d.when.contains(day))
        any = any || Truth{d.certainty == Certainty::sure, true};
    return any;
  }
  Truth only_dead(Date day) const {
    return some_dead(day) && Truth{living(day, true) == 0, living(day, false) == 0} && !several(day);
  }
  Truth only_disabled(Date day) const {
    Truth any;
    for (const auto& c : s_.children)
      if (counts(c)) any = any || (lives(c, day) && graded(c.child, day));
    return any && !several(day);
  }
  // Two children, of whom one lives in health: the other lives too, or died and left a healthy one.
  bool one_is_well_in_any_case(Date day) const {
    for (const auto& well : s_.children)
      for (const auto& other : s_.children)
        if (&well != &other && counts(well) && counts(other) && lives(well, day).must &&
            !graded(well.child, day).can && is_child(other, day).must)
          return true;
    return false;
  }
  Truth another(Date day) const {
    Truth healthy;
    for (const auto& c : s_.children)
      if (counts(c)) healthy = healthy || (lives(c, day) && !graded(c.child, day));
    Truth another = Truth{living(day, false) >= 2, living(day, true) >= 2} || (some_dead(day) && healthy);
    another.must = another.must || one_is_well_in_any_case(day);
    another.can = another.can || !s_.coverage.children.contains(day);
    return another;
  }
  Truth special(Date day) const { return (only_dead(day) || only_disabled(day)) && !another(day); }
  Truth bereaved(Date day) const { return special(day) && only_dead(day); }

  // ---- marriage and age
  Interval together(const MarriageSpan& m) const {
    Interval when = m.when;
    const auto* spouse = who(m.spouse);
    if (spouse && spouse->died && spouse->died->certainty == Certainty::sure)
      when.until = std::min(when.until, spouse->died->on);
    return when;
  }
  Truth active(const MarriageSpan& m, Date day) const {
    if (!together(m).contains(day)) return {};
    return {m.certainty == Certainty::sure && !dead(m.spouse, day).can, true};
  }
  Truth married(Date day) const {
    Truth any;
    for (const auto& m : s_.marriages)
      any = any || active(m, day);
    return any;
  }
  bool not_known(Date day) const {
    if (married(day).can) return false;
    // A register that began after one was of age says nothing of a marriage before it.
    const auto& told = s_.coverage.marriages;
    const auto& born = s_.people[0].born;
    const bool from_youth =
        told.from == Date::beginning() || (born && age_on(born->earliest, told.from.plus_days(-1)) < 18);
    if (from_youth && told.contains(day)) return false;
    for (const auto& m : s_.marriages)
      if (m.certainty == Certainty::sure && together(m).until < Date::forever() &&
          day >= std::max(together(m).until, together(m).from))
        return false;
    return true;
  }
  bool again(const MarriageSpan& m) const {
    const ChildSpan* first = nullptr;
    for (const auto& c : s_.children)
      if (counts(c) && c.other_parent > 0 && (!first || c.when.from < first->when.from)) first = &c;
    if (first) return first->other_parent != m.spouse;
    for (const auto& e : s_.marriages)
      if (e.spouse != m.spouse && e.certainty == Certainty::sure && together(e).until <= m.when.from)
        return true;
    return false;
  }
  std::vector<int> partners() const {
    std::vector<int> all;
    auto add = [&](int index) {
      if (index > 0 && std::find(all.begin(), all.end(), index) == all.end()) all.push_back(index);
    };
    for (const auto& m : s_.marriages)
      add(m.spouse);
    for (const auto& c : s_.children)
      if (counts(c)) add(c.other_parent);
    return all;
  }
  Truth reaches_age(int index, int years, Date day) const {
    const auto* p = who(index);
    if (!p || !p->born) return {false, true};
    return {age_on(p->born->latest, day) >= years && age_on(p->born->earliest, day) >= years,
            age_on(p->born->earliest, day) >= years};
  }
  Truth age_line(Date day) const {
    Truth own = reaches_age(0, 49, day);
    if (s_.people[0].sex == Sex::female) return own;
    std::vector<Truth> branches;
    if (!married(day).must) branches.push_back(own);
    for (const auto& m : s_.marriages)
      if (active(m, day).can) branches.push_back(again(m) ? own : reaches_age(m.spouse, 49, day));
    if (not_known(day)) {
      for (int p : partners())
        if (!dead(p, day).must) branches.push_back(reaches_age(p, 49, day));
      if (partners().empty()) branches.push_back({false, true});
    }
    Truth line{true, false};
    for (auto b : branches)
      line = {line.must && b.must, line.can || b.can};
    if (s_.people[0].sex == Sex::unknown) line = {line.must && own.must, line.can || own.can};
    return line;
  }
  Truth wife_49(Date day) const {
    Truth own = reaches_age(0, 49, day), his;
    if (s_.people[0].sex == Sex::female) return own;
    for (const auto& m : s_.marriages) {
      Truth now = active(m, day);
      his = his || (again(m) ? Truth{false, now.can} : now && reaches_age(m.spouse, 49, day));
    }
    if (not_known(day)) {
      for (int p : partners())
        if (!dead(p, day).must && reaches_age(p, 49, day).can) his.can = true;
      if (partners().empty()) his.can = true;
    }
    return s_.people[0].sex == Sex::unknown ? Truth{his.must && own.must, his.can || own.can} : his;
  }
  Truth born(int index) const {
    const auto* p = who(index);
    if (!p || !p->born) return {false, true};
    return {p->born->earliest >= Date(1933, 1, 1), p->born->latest >= Date(1933, 1, 1)};
  }
  Truth born_after(Date day) const {
    Truth all = born(0);
    for (const auto& m : s_.marriages) {
      if (again(m)) continue;
      if (active(m, day).can) all.must = all.must && born(m.spouse).must;
      if (active(m, day).must) all.can = all.can && born(m.spouse).can;
    }
    if (not_known(day))
      for (int p : partners())
        if (!dead(p, day).must) all.must = all.must && born(p).must;
    return all;
  }

  // ---- residence, receipts
  Truth registered(Date day) const {
    bool here = false, known = false;
    for (const auto& r : s_.residences)
      if (r.person == 0 && r.when.contains(day)) known = true, here = here || r.region == "370306";
    return {here, here || (!known && !s_.coverage.residence.contains(day))};
  }
  Truth receives(Date day, ReceiptSpan::What what, bool spouse_too) const {
    Truth any;
    bool told_ended = false;
    for (const auto& r : s_.receipts) {
      told_ended = told_ended || (what == ReceiptSpan::What::resident_pension && r.what == what &&
                                  r.person == 0 && day >= r.when.until);
      if (r.what != what || !r.when.contains(day)) continue;
      if (r.person == 0)
        any = any || sure(true);
      else if (spouse_too)
        for (const auto& m : s_.marriages)
          if (m.spouse == r.person) any = any || active(m, day);
    }
    any.can = any.can || (!s_.coverage.receipts.contains(day) && !told_ended);
    return any;
  }
  std::optional<std::int64_t> pension(Date day) const {
    std::int64_t fen = 0;
    for (const auto& r : s_.receipts)
      if (r.what == ReceiptSpan::What::resident_pension && r.person == 0 && r.when.contains(day))
        fen = r.fen_per_month;
    Truth gone = only_dead(day);
    if (fen <= 0 || gone.must != gone.can) return std::nullopt;
    return gone.must ? 2 * fen : fen;
  }

  // ---- household benefits
  static bool in_force(Date day) { return Date(2019, 2, 1) <= day && day < Date(2022, 2, 1); }
  Truth common(Date day) const { return sure(in_force(day)) && registered(day) && alive(day); }
  Truth home_right(Date day) const { return common(day) && bereaved(day); }
  Truth low_income_right(Date day) const {
    return home_right(day) && receives(day, ReceiptSpan::What::low_income_allowance, true);
  }
  Truth emergency_right(Date day) const {
    Truth happened;
    for (const auto& c : s_.children) {
      if (!counts(c)) continue;
      auto died = who(c.child)->died;
      if (!died || day < died->first() || day > died->on || only_dead(day.plus_days(-1)).must) continue;
      const bool its_day = died->certainty == Certainty::sure && died->first() == died->on;
      happened = happened || Truth{its_day && only_dead(day).must, only_dead(day).can};
    }
    return home_right(day) && happened;
  }
  Truth ivf_right(Date day) const {
    bool birth_today = false;
    for (const auto& c : s_.children)
      birth_today = birth_today || (c.relation == ChildRelation::born && c.when.from == day);
    return common(day) && Truth{false, birth_today} && bereaved(day.plus_days(-1));
  }
  static Date next(Date day, Per per) {
    if (per == Per::once) return day.plus_days(1);
    return per == Per::year ? Date(day.year() + 1, 1, 1) : day.month_start().plus_months(1);
  }
  bool hers(int index, Date day) const {  // she is registered here, or nothing is known
    bool known = false, here = false;
    for (const auto& r : s_.residences)
      if (r.person == index && r.when.contains(day)) known = true, here = here || r.region == "370306";
    return here || !known;
  }
  Truth on_one(Date day, Per per, Right right) const {
    Truth mine = (this->*right)(day);
    auto own = s_.people[0].sex;
    if (own == Sex::female) return mine;
    auto gives = [&](int index, Interval during) {
      const auto* mother = who(index);
      if (!mother || mother->sex == Sex::male || (own == Sex::unknown && mother->sex != Sex::female))
        return false;
      if (mother->died && mother->died->certainty == Certainty::sure && day > mother->died->on) {
        Date last = mother->died->on;
        return day < next(last, per) && during.contains(last) && hers(index, last) &&
               (this->*right)(last).can;
      }
      return during.contains(day) && hers(index, day);
    };
    bool mother_known = false;
    for (const auto& c : s_.children) {
      if (!counts(c) || c.other_parent <= 0) continue;
      mother_known = true;
      if (gives(c.other_parent, {})) return {};
    }
    if (!mother_known)
      for (const auto& m : s_.marriages)
        if (gives(m.spouse, m.when)) return {};
    return mine;
  }

  Situation s_;
};

}  // namespace kinhub::naive
