// R01m: from the opening, as it was reported, to the closing of a period, day by day and one cause each.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <set>

#include "hub/report/count.hpp"
#include "hub/report/reports.hpp"

namespace kinhub::report {
namespace {

using service::Household;
using service::Member;

/// The causes in their printed order.
enum class Cause : std::uint8_t {
  corrected_up,
  corrected_down,
  came_new,
  died,
  born,
  adopted,
  recovered,
  other,
  moved_in,
  moved_out,
  in_doubt,
  sure_again,
  split,
  joined
};
struct CauseColumn {
  std::string_view id, title;
};
constexpr CauseColumn cause_columns[] = {{"corrected_up", "期前更正（增）"},
                                         {"corrected_down", "期前更正（减）"},
                                         {"new", "本期新增"},
                                         {"died", "本人死亡"},
                                         {"born", "再生育"},
                                         {"adopted", "收养"},
                                         {"recovered", "子女康复或等级变更"},
                                         {"other", "其他退出"},
                                         {"moved_in", "迁入"},
                                         {"moved_out", "迁出"},
                                         {"in_doubt", "转待核实"},
                                         {"sure_again", "转回"},
                                         {"split", "分户"},
                                         {"joined", "并户"}};
constexpr std::size_t cause_count = std::size(cause_columns);

Cause cause_of(Exit exit) {
  switch (exit) {
    case Exit::died:
      return Cause::died;
    case Exit::born:
      return Cause::born;
    case Exit::adopted:
      return Cause::adopted;
    case Exit::recovered:
      return Cause::recovered;
    case Exit::other:
      return Cause::other;
  }
  return Cause::other;
}

struct Moves {
  Pair opening, closing, changed_kind;
  std::array<Pair, cause_count> by{};
  Pair inner_in, inner_out;  ///< of 迁入, 迁出 what moved between towns of the region
};

/// Adds up changes of one region by town.
class Book {
 public:
  explicit Book(std::string_view region) : region_(region) {}

  void open(const std::vector<Household>& households) { take(households, &Moves::opening); }
  void close(const std::vector<Household>& households) { take(households, &Moves::closing); }

  /// What was reported beside what is known of the same day now.
  void correct(const std::vector<Household>& then, const std::vector<Household>& now) {
    const auto before = sure_people(then), after = sure_people(now);
    for (const auto& [person, town] : before)
      if (const auto found = after.find(person); found == after.end() || found->second != town)
        --cell(town, Cause::corrected_down).people;
    for (const auto& [person, town] : after)
      if (const auto found = before.find(person); found == before.end() || found->second != town)
        ++cell(town, Cause::corrected_up).people;
    for (const auto& [left, right] : together(then, now)) {
      auto [gone, come] = counted(left, right);
      pair_off(gone, come);
      for (const auto* one : gone)
        --cell(town(*one), Cause::corrected_down).households;
      for (const auto* one : come)
        ++cell(town(*one), Cause::corrected_up).households;
    }
  }

  /// One day's change of a group.
  void change(const std::vector<Household>& before, const std::vector<Household>& after, Date day) {
    people(before, after, day);
    for (const auto& [left, right] : together(before, after))
      households(left, right, day);
  }

  const std::map<std::string, Moves, std::less<>>& towns() const { return towns_; }

 private:
  using Some = std::vector<const Household*>;

  Pair& cell(const std::string& town, Cause cause) {
    return towns_[town].by[static_cast<std::size_t>(cause)];
  }
  Place place(const Household& household) const { return place_in(household.seat, region_); }
  std::string town(const Household& household) const { return place(household).town; }
  bool counts(const Household& household) const { return !household.possible && place(household).inside; }

  void take(const std::vector<Household>& households, Pair Moves::*where) {
    for (const auto& [town, figures] : count(households, region_))
      towns_[town].*where += figures.all;
  }

  std::map<PersonId, std::string> sure_people(const std::vector<Household>& households) const {
    std::map<PersonId, std::string> people;
    for (const auto& household : households)
      for (const auto& member : household.members)
        if (const auto at = place_in(member.area, region_); at.inside && member.certainty == Certainty::sure)
          people.emplace(member.person->id, at.town);
    return people;
  }

  /// Households of before and after that share people, as sets.
  static std::vector<std::pair<Some, Some>> together(const std::vector<Household>& before,
                                                     const std::vector<Household>& after) {
    std::map<PersonId, std::size_t> set_of;
    std::vector<std::pair<Some, Some>> sets;
    const auto add = [&](const Household& household, bool left) {
      std::set<std::size_t> met;
      for (const auto& member : household.members)
        if (const auto known = set_of.find(member.person->id); known != set_of.end())
          met.insert(known->second);
      std::size_t into = sets.size();
      if (met.empty()) {
        sets.emplace_back();
      } else {
        into = *met.begin();
        for (auto other = std::next(met.begin()); other != met.end(); ++other) {
          auto& from = sets[*other];
          sets[into].first.insert(sets[into].first.end(), from.first.begin(), from.first.end());
          sets[into].second.insert(sets[into].second.end(), from.second.begin(), from.second.end());
          from = {};
          for (auto& [person, set] : set_of)
            if (set == *other) set = into;
        }
      }
      (left ? sets[into].first : sets[into].second).push_back(&household);
      for (const auto& member : household.members)
        set_of[member.person->id] = into;
    };
    for (const auto& household : before)
      add(household, true);
    for (const auto& household : after)
      add(household, false);
    std::erase_if(sets, [](const auto& set) { return set.first.empty() && set.second.empty(); });
    return sets;
  }

  std::pair<Some, Some> counted(const Some& left, const Some& right) const {
    std::pair<Some, Some> both;
    for (const auto* one : left)
      if (counts(*one)) both.first.push_back(one);
    for (const auto* one : right)
      if (counts(*one)) both.second.push_back(one);
    return both;
  }

  static bool share(const Household& a, const Household& b) {
    return std::any_of(a.members.begin(), a.members.end(),
                       [&](const Member& one) { return b.has(one.person->id); });
  }
  /// Takes out of both lists what stands in the same town on both sides.
  void pair_off(Some& gone, Some& come) const {
    for (auto left = gone.begin(); left != gone.end();) {
      const auto right = std::find_if(come.begin(), come.end(), [&](const Household* one) {
        return town(*one) == town(**left) && share(**left, *one);
      });
      if (right == come.end()) {
        ++left;
        continue;
      }
      come.erase(right), left = gone.erase(left);
    }
  }

  struct State {
    bool sure = false, possible = false;
    Place place;
  };
  std::map<PersonId, std::pair<State, const service::Person*>> states(
      const std::vector<Household>& households) const {
    std::map<PersonId, std::pair<State, const service::Person*>> all;
    for (const auto& household : households)
      for (const auto& member : household.members) {
        const bool sure = member.certainty == Certainty::sure;
        all[member.person->id] = {{sure, !sure, place_in(member.area, region_)}, member.person};
      }
    return all;
  }

  void people(const std::vector<Household>& before, const std::vector<Household>& after, Date day) {
    const auto was = states(before), is = states(after);
    for (const auto& [id, left] : was) {
      const auto found = is.find(id);
      const auto now = found == is.end() ? State{} : found->second.first;
      const auto& then = left.first;
      const bool counted_then = then.sure && then.place.inside, counted_now = now.sure && now.place.inside;
      if (counted_then && counted_now) {
        if (then.place.town == now.place.town) continue;
        --cell(then.place.town, Cause::moved_out).people, ++cell(now.place.town, Cause::moved_in).people;
        --towns_[then.place.town].inner_out.people, ++towns_[now.place.town].inner_in.people;
      } else if (counted_then) {
        const auto cause = now.sure       ? Cause::moved_out
                           : now.possible ? Cause::in_doubt
                                          : cause_of(exit_of(*left.second, day));
        --cell(then.place.town, cause).people;
      } else if (counted_now) {
        ++cell(now.place.town, then.sure ? Cause::moved_in : Cause::sure_again).people;
      }
    }
    for (const auto& [id, right] : is)
      if (!was.contains(id) && right.first.sure && right.first.place.inside)
        ++cell(right.first.place.town, Cause::came_new).people;
  }

  void households(const Some& left, const Some& right, Date day) {
    auto [gone, come] = counted(left, right);
    note_kinds(gone, come);
    pair_off(gone, come);
    // One that moved: the pairs that are left over.
    while (!gone.empty() && !come.empty()) {
      --cell(town(*gone.front()), Cause::moved_out).households;
      ++cell(town(*come.front()), Cause::moved_in).households;
      --towns_[town(*gone.front())].inner_out.households, ++towns_[town(*come.front())].inner_in.households;
      gone.erase(gone.begin()), come.erase(come.begin());
    }
    const auto any_sure = [](const Some& of) {
      return std::any_of(of.begin(), of.end(), [](const Household* one) { return !one->possible; });
    };
    const bool stayed =
        std::any_of(right.begin(), right.end(), [&](const Household* one) { return counts(*one); });
    const bool stood =
        std::any_of(left.begin(), left.end(), [&](const Household* one) { return counts(*one); });
    for (const auto* one : gone) {
      const auto cause = stayed            ? Cause::joined
                         : any_sure(right) ? Cause::moved_out
                         : !right.empty()  ? Cause::in_doubt
                                           : exit_of_household(*one, day);
      --cell(town(*one), cause).households;
    }
    for (const auto* one : come) {
      const auto cause = stood            ? Cause::split
                         : any_sure(left) ? Cause::moved_in
                         : !left.empty()  ? Cause::sure_again
                                          : Cause::came_new;
      ++cell(town(*one), cause).households;
    }
  }

  static Cause exit_of_household(const Household& household, Date day) {
    auto first = Cause::other;
    for (const auto& member : household.members)
      if (member.certainty == Certainty::sure)
        first = std::min(first, cause_of(exit_of(*member.person, day)));
    return first;
  }

  /// 伤残转失独: it changes no sum.
  void note_kinds(const Some& left, const Some& right) {
    for (const auto* before : left)
      for (const auto* after : right) {
        if (before->bereaved || !after->bereaved || !share(*before, *after)) continue;
        ++towns_[town(*after)].changed_kind.households;
        for (const auto& member : after->members)
          if (const auto at = place_in(member.area, region_);
              at.inside && member.certainty == Certainty::sure && before->has(member.person->id))
            ++towns_[at.town].changed_kind.people;
      }
  }

  const std::string_view region_;
  std::map<std::string, Moves, std::less<>> towns_;
};

std::vector<Column> movement_columns() {
  std::vector<Column> columns = {{"unit", "单位"}};
  const auto add = [&](std::string_view id, std::string_view title) {
    columns.push_back({std::string(id) + "_households", "户", std::string(title)});
    columns.push_back({std::string(id) + "_people", "人", std::string(title)});
  };
  add("opening", "期初");
  for (const auto& one : cause_columns)
    add(one.id, one.title);
  add("inner_in", "其中区内迁入"), add("inner_out", "其中区内迁出");
  add("closing", "期末");
  add("changed_kind", "伤残转失独");
  return columns;
}

Row row_of(const std::string& unit, const Moves& of) {
  Row row;
  row.cells.emplace_back(unit);
  const auto add = [&](const Pair& pair) {
    row.cells.emplace_back(pair.households), row.cells.emplace_back(pair.people);
  };
  add(of.opening);
  for (const auto& one : of.by)
    add(one);
  add(of.inner_in), add(of.inner_out);
  add(of.closing), add(of.changed_kind);
  return row;
}

}  // namespace

std::string_view name_of(Exit exit) {
  switch (exit) {
    case Exit::died:
      return "本人死亡";
    case Exit::born:
      return "再生育";
    case Exit::adopted:
      return "收养";
    case Exit::recovered:
      return "子女康复或等级变更";
    case Exit::other:
      return "其他";
  }
  return "";
}

Exit exit_of(const service::Person& person, Date day) {
  const service::Span* last = nullptr;
  for (const auto& span : person.special)
    if (span.when.until <= day) last = &span;
  if (!last) return person.died && *person.died <= day ? Exit::died : Exit::other;
  using What = kinhub::Cause::What;
  switch (last->ends_because.what) {
    case What::death:
      return last->ends_because.person == 0 ? Exit::died : Exit::other;
    case What::birth:
    case What::parentage:
      return Exit::born;
    case What::adoption:
      return Exit::adopted;
    case What::disability_grade:
      return Exit::recovered;
    case What::certificate_expiry:
    case What::adoption_dissolved:
    case What::marriage:
    case What::divorce:
    case What::residence:
    case What::own_age:
    case What::policy:
    case What::coverage:
    case What::receipt:
      return Exit::other;
  }
  return Exit::other;
}

std::vector<Check> check_movement(const Table& movement, const Table& basic) {
  Check foots{Check::State::passed, "F5", ""}, moves{Check::State::passed, "F6", ""};
  const auto wrong = [](Check& check, const std::string& text) {
    check.state = Check::State::red, check.text += (check.text.empty() ? "" : "；") + text;
  };
  for (std::size_t row = 0; row < movement.rows.size(); ++row)
    for (const auto* what : {"_households", "_people"}) {
      auto sum = movement.number(row, std::string("opening") + what);
      for (const auto& one : cause_columns)
        sum += movement.number(row, std::string(one.id) + what);
      const auto closing = movement.number(row, std::string("closing") + what);
      const auto& unit = std::get<std::string>(movement.rows[row].cells.front());
      if (sum != closing) wrong(foots, unit + "：期初加各项变动不等于期末");
      const auto* same = basic.find(unit);
      const auto* counted =
          same ? std::get_if<std::int64_t>(&same->cells[basic.index_of(std::string_view(what).substr(1))])
               : nullptr;
      if (closing != (counted ? *counted : 0)) wrong(foots, unit + "：期末不等于基本情况统计表");
    }
  for (const auto* what : {"_households", "_people"}) {
    const auto last = movement.rows.size() - 1;
    const auto of = [&](std::size_t row, const char* column) {
      return movement.number(row, std::string(column) + what);
    };
    std::int64_t inner_in = 0, inner_out = 0, in = 0, out = 0;
    for (std::size_t row = 0; row < last; ++row) {
      inner_in += of(row, "inner_in"), inner_out += of(row, "inner_out");
      in += of(row, "moved_in"), out += of(row, "moved_out");
    }
    if (inner_in != -inner_out) wrong(moves, "区内迁入不等于迁出");
    // The region's own row tells what came into it and what went out of it, and nothing of inner moves.
    if (in - inner_in != of(last, "moved_in") || out - inner_out != of(last, "moved_out") ||
        of(last, "inner_in") != 0 || of(last, "inner_out") != 0)
      wrong(moves, "合计的迁入、迁出不是区外的");
  }
  return {foots, moves};
}

Report movement(const Means& means, const Question& question) {
  assert(means.then && "what was known when the period before was reported");
  Report report{"movement", "特殊家庭变动表", question, {}, {}, {}};
  const auto& now = means.ledger.record();
  const auto opening_day = question.period.when.from.plus_days(-1);
  Book book(question.region);
  const auto then = households_on(*means.then, opening_day);
  book.open(then);
  book.correct(then, households_on(now, opening_day));
  for (const auto& group : means.ledger.keeping().groups()) {
    auto before = households_on(group, opening_day);
    for (const auto day : changes_of(group, question.period.when)) {
      auto after = households_on(group, day);
      book.change(before, after, day);
      before = std::move(after);
    }
  }
  book.close(households_on(now, question.as_of()));

  Table table{"movement", report.title, movement_columns(), {}};
  Moves all;
  const auto add = [](Pair& to, const Pair& more) { to += more; };
  for (const auto& town : towns_of(book.towns())) {
    const auto& of = book.towns().at(town);
    table.rows.push_back(row_of(unit_name(town), of));
    add(all.opening, of.opening), add(all.closing, of.closing), add(all.changed_kind, of.changed_kind);
    for (std::size_t i = 0; i < cause_count; ++i)
      add(all.by[i], of.by[i]);
    // Moves between towns of the region are none of the region.
    const auto without = [&](Cause cause, const Pair& inner) {
      auto& sum = all.by[static_cast<std::size_t>(cause)];
      sum.households -= inner.households, sum.people -= inner.people;
    };
    without(Cause::moved_in, of.inner_in), without(Cause::moved_out, of.inner_out);
  }
  table.rows.push_back(row_of(std::string(all_towns), all));
  table.rows.back().total = true;

  auto basic = basic_statistics(means, question);
  report.checks = check_movement(table, basic.tables.front());
  report.tables.push_back(std::move(table));
  return report;
}

}  // namespace kinhub::report
