// Masks of the general forms: counts of children, ages, states, marriages, and the events of them.

#include <algorithm>
#include <array>
#include <cstdlib>

#include "hub/policy/evaluation.hpp"
#include "hub/record/fact.hpp"

namespace kinhub::policy {
namespace {

// Kinds of which a person has one word at a time: another word says that this one does not hold.
bool is_exclusive(FactKind kind) {
  return kind == FactKind::household_type || kind == FactKind::work;
}

template <std::size_t W>
class Forms {
 public:
  using M = Mask<W>;
  using P = Pair<W>;
  using Kind = Leaf::Kind;
  using Child = typename Evaluation<W>::Child;

  Forms(const Evaluation<W>& evaluation, const Leaf& leaf) : of_(evaluation), leaf_(leaf) {}

  P run() const {
    switch (leaf_.kind) {
      case Kind::children:
        return children();
      case Kind::age:
        return of([&](std::int16_t index) { return aged(index, leaf_.low, leaf_.high); });
      case Kind::sex:
        return is_of_sex(0, leaf_.sex);
      case Kind::residence:
        return of([&](std::int16_t index) { return resides(index); });
      case Kind::marriage:
        return marriage();
      case Kind::state:
        return of([&](std::int16_t index) { return in_state(index); });
      case Kind::child_born:
      case Kind::child_adopted:
      case Kind::child_dies:
        return child_event();
      case Kind::parent_turns:
        return parent_turns();
      case Kind::state_starts:
        return state_starts();
      case Kind::always:
      case Kind::in_days:
      case Kind::registered_in:
      case Kind::parent_alive:
      case Kind::only_child_dead:
      case Kind::only_child_disabled:
      case Kind::another_living_child:
      case Kind::age_line:
      case Kind::wife_reaches:
      case Kind::parent_reaches:
      case Kind::couple_married:
      case Kind::spouses_born_from:
      case Kind::low_income_allowance:
      case Kind::resident_pension:
      case Kind::urban:
      case Kind::rural:
      case Kind::death_of_only_child:
      case Kind::birth_after_ivf:
        break;
    }
    return {};
  }

 private:
  static P sure(const M& mask) { return {mask, mask}; }
  static P unknown() { return {M{}, M::all()}; }

  const SituationPerson* person(std::int16_t index) const { return of_.person(index); }

  // Quantifier over people: `asked` answers for one of them.
  template <class Asked>
  P of(Asked asked) const {
    switch (leaf_.who) {
      case Who::parent:
        return asked(0);
      case Who::spouse:
        return of_spouse(asked);
      case Who::either:
        return asked(0) | of_spouse(asked);
      case Who::both: {
        P pair = asked(0);
        for (const auto& marriage : of_.marriages()) {
          const P theirs = asked(marriage.span->spouse);
          pair.must &= ~marriage.active.can | theirs.must;
          pair.can &= ~marriage.active.must | theirs.can;
        }
        pair.must &= ~of_.marriage_not_known();
        return pair;
      }
      case Who::child: {
        P pair;
        for (const auto& child : of_.children())
          pair = pair | (child.living & asked(child.span->child));
        pair.can |= ~covered();
        return pair;
      }
    }
    return {};
  }
  template <class Asked>
  P of_spouse(Asked asked) const {
    P pair;
    for (const auto& marriage : of_.marriages())
      pair = pair | (marriage.active & asked(marriage.span->spouse));
    pair.can |= of_.marriage_not_known();
    return pair;
  }

  M covered() const { return of_.days(of_.situation().coverage.children); }

  // ---- ages, sex, residence, states of one person

  P reaches_age(std::int16_t index, int years) const {
    const auto* who = person(index);
    if (!who || !who->born) return unknown();
    const AgeEdge age{years, leaf_.age, leaf_.feb29};
    return {of_.since(reaches_under(age, who->born->latest)),
            of_.since(reaches_under(age, who->born->earliest))};
  }
  P aged(std::int16_t index, int from, int below) const {
    P pair = from > 0 ? reaches_age(index, from) : P::all();
    if (below > 0) pair = pair & ~reaches_age(index, below);
    return pair;
  }
  P is_of_sex(std::int16_t index, Sex wanted) const {
    const auto* who = person(index);
    if (!who || who->sex == Sex::unknown) return unknown();
    return who->sex == wanted ? P::all() : P{};
  }
  P resides(std::int16_t index) const {
    M here, known;
    for (const auto& span : of_.situation().residences) {
      if (span.person != index) continue;
      known |= of_.days(span.when);
      if (region_contains(leaf_.region, span.region)) here |= of_.days(span.when);
    }
    return {here, here | (~known & ~of_.days(of_.situation().coverage.residence))};
  }
  /// A household registered as resident (居民户口) is neither told to be rural nor urban, and the other way
  /// round.
  bool says_neither(const StateSpan& span) const {
    return span.kind == FactKind::household_type && (span.word == "resident") != (leaf_.word == "resident");
  }
  P in_state(std::int16_t index) const {
    P pair;
    M known;  // where the record says yes or no
    auto tell = [&](const M& when, bool holds, Certainty certainty) {
      if (holds) pair.can |= when;
      if (holds && certainty == Certainty::sure) pair.must |= when;
      if (certainty == Certainty::sure) known |= when;
    };
    for (const auto& span : of_.situation().states) {
      if (span.person != index || span.kind != leaf_.fact) continue;
      const bool same = span.word == leaf_.word;
      if (says_neither(span)) continue;
      if (same || is_exclusive(span.kind)) tell(of_.days(span.when), same && span.holds, span.certainty);
    }
    for (const auto& span : of_.situation().receipts) {
      const bool same = span.what == ReceiptSpan::What::low_income_allowance
                            ? leaf_.fact == FactKind::support && leaf_.word == "low_income"
                            : leaf_.fact == FactKind::pension && leaf_.word == "resident_pension";
      if (!same || span.person != index) continue;
      tell(of_.days(span.when), true, Certainty::sure);
      known |= of_.after_its_end(span);
    }
    if (leaf_.fact == FactKind::support || leaf_.fact == FactKind::pension)
      known |= of_.days(of_.situation().coverage.receipts);
    if (leaf_.fact == FactKind::household_type)
      for (const auto& span : of_.situation().residences)
        if (span.person == index && span.urban && leaf_.word != "resident")
          tell(of_.days(span.when), *span.urban == (leaf_.word == "urban"), Certainty::sure);
    pair.can |= ~known;
    return pair;
  }

  // ---- marriage

  P marriage() const {
    M in_doubt;      // divorced, if the death that was told before the divorce is none
    P asked, other;  // other: of the two ways a marriage ends, the one that is not asked
    for (const auto& marriage : of_.marriages()) {
      const auto& span = *marriage.span;
      if (leaf_.marriage == Leaf::Marriage::remarried) {
        if (marriage.again) asked = asked | marriage.active;
        continue;
      }
      const bool by_death = ends_by_death(span);
      if (span.when.until >= Date::forever() && !by_death) continue;
      const bool divorced = span.divorced < Date::forever();
      const auto& own_death = person(0)->died;
      if (!by_death && !divorced && own_death && own_death->on == span.when.until) continue;
      if (by_death && divorced && spouse_died_in_doubt(span) && leaf_.marriage == Leaf::Marriage::divorced)
        in_doubt |= of_.since(span.divorced);
      const auto* spouse = person(span.spouse);
      const Date end =
          by_death ? std::max(std::min(span.when.until, spouse->died->on), span.when.from) : span.when.until;
      const bool certain =
          span.certainty == Certainty::sure && (!by_death || spouse->died->certainty == Certainty::sure);
      P ended{certain ? of_.since(end) : M{}, of_.since(end)};
      const bool same = by_death == (leaf_.marriage == Leaf::Marriage::widowed);
      // The later end decides what somebody is.
      (same ? other : asked) = (same ? other : asked) & ~P{ended.must, ended.must};
      (same ? asked : other) = (same ? asked : other) | ended;
    }
    if (leaf_.marriage != Leaf::Marriage::remarried) asked = asked & ~of_.married();
    asked.can |= of_.marriage_not_known() | in_doubt;
    return asked;
  }
  bool spouse_died_in_doubt(const MarriageSpan& span) const {
    return person(span.spouse)->died->certainty != Certainty::sure;
  }
  bool ends_by_death(const MarriageSpan& span) const {
    const auto* spouse = person(span.spouse);
    return spouse && spouse->died && spouse->died->on <= span.when.until &&
           spouse->died->on >= span.when.from;
  }

  // ---- children

  static const ChildCount::Life any_life = ChildCount::Life::any;

  bool counts(const ChildSpan& span) const {
    return span.relation == ChildRelation::born ? leaf_.count.born : leaf_.count.adopted;
  }
  // The days on which a child may have come: its birth, or its adoption.
  SituationPerson::Born came(const ChildSpan& span) const {
    const auto& born = person(span.child)->born;
    if (span.relation == ChildRelation::born && born) return *born;
    return {span.when.from, span.when.from};
  }
  P came_in_time(const ChildSpan& span) const {
    if (leaf_.count.came == Interval{}) return P::all();
    // Told by parentage alone, without a day: it may have come then.
    if (span.relation == ChildRelation::born && !person(span.child)->born &&
        span.when.from == Date::beginning())
      return unknown();
    const auto day = came(span);
    const bool first = leaf_.count.came.contains(day.earliest), last = leaf_.count.came.contains(day.latest);
    const bool may = !overlap(leaf_.count.came, {day.earliest, day.latest.plus_days(1)}).empty();
    return {first && last ? M::all() : M{}, may ? M::all() : M{}};
  }
  // Rank by birth among all counted children; twins share their places, so that neither surely has one.
  P of_order(const Child& child) const {
    if (leaf_.count.order == 0) return P::all();
    int surely = 0, perhaps = 0;
    const auto mine = born_days(*child.span);
    for (const auto& other : of_.children()) {
      if (&other == &child || !counts(*other.span)) continue;
      const auto theirs = born_days(*other.span);
      if (!mine || !theirs)
        ++perhaps;
      else if (theirs->latest < mine->earliest)
        surely += other.span->certainty == Certainty::sure ? 1 : 0, ++perhaps;
      else if (theirs->earliest <= mine->latest)
        ++perhaps;
    }
    const int before = leaf_.count.order - 1;
    return {surely == before && perhaps == before ? covered() : M{},
            surely <= before && before <= perhaps ? M::all() : ~covered()};
  }
  std::optional<SituationPerson::Born> born_days(const ChildSpan& span) const {
    const auto& born = person(span.child)->born;
    if (born) return *born;
    if (span.relation == ChildRelation::born && span.when.from > Date::beginning())
      return SituationPerson::Born{span.when.from, span.when.from};
    return std::nullopt;
  }
  // Whether the child is such a one, its life aside.
  P such(const Child& child) const {
    const auto& asked = leaf_.count;
    P pair = came_in_time(*child.span) & of_order(child);
    if (asked.sex != Sex::unknown) pair = pair & is_of_sex(child.span->child, asked.sex);
    if (asked.age_from > 0 || asked.age_below > 0)
      pair = pair & aged(child.span->child, asked.age_from, asked.age_below);
    if (asked.grade_low > 0) pair = pair & of_.disabled(child.span->child, asked.grade_low, asked.grade_high);
    return pair;
  }

  // Threshold counting: must counts those that surely are, can those that may be.
  P children() const {
    const auto& asked = leaf_.count;
    std::vector<P> items;
    std::vector<std::size_t> births;
    for (const auto& child : of_.children()) {
      if (!counts(*child.span)) continue;
      P item = such(child) & (asked.life == ChildCount::Life::living ? child.living
                              : asked.life == ChildCount::Life::dead ? child.dead
                                                                     : child.of_parent);
      if (asked.over == ChildCount::Over::ever) item = {item.must.ever(), item.can.ever()};
      const auto same = std::find(births.begin(), births.end(), child.births);
      if (asked.births && same != births.end()) {
        auto& whole = items[static_cast<std::size_t>(same - births.begin())];
        whole = whole | item;
        continue;
      }
      births.push_back(child.births);
      items.push_back(item);
    }
    P enough = at_least(items, asked.least);
    if (asked.most >= ChildCount::any_number) return enough;
    return enough & ~at_least(items, asked.most + 1);
  }
  P at_least(const std::vector<P>& items, int least) const {
    if (least <= 0) return P::all();
    std::vector<P> reached(static_cast<std::size_t>(least) + 1);
    reached[0] = P::all();
    for (const auto& item : items)
      for (auto n = static_cast<std::size_t>(least); n > 0; --n)
        reached[n] = reached[n] | (reached[n - 1] & item);
    P pair = reached.back();
    pair.can |= ~covered();
    if (leaf_.count.over == ChildCount::Over::at_one_time) pair = {pair.must.ever(), pair.can.ever()};
    return pair;
  }

  // ---- events: on the day itself only

  M on(Date day) const { return of_.days(day, day_after(day)); }

  P child_event() const {
    P happened;
    for (const auto& child : of_.children()) {
      const auto& span = *child.span;
      if (!counts(span)) continue;
      const bool adoption = span.relation == ChildRelation::adopted;
      SituationPerson::Born day{span.when.from, span.when.from};
      bool certain = span.certainty == Certainty::sure;
      if (leaf_.kind == Kind::child_dies) {
        const auto& died = person(span.child)->died;
        if (!died) continue;
        day = {died->first(), died->on};
        certain = certain && died->certainty == Certainty::sure;
      } else if ((leaf_.kind == Kind::child_adopted) != adoption) {
        continue;
      } else if (!adoption) {
        const auto& born = person(span.child)->born;
        if (born) day = *born;
      }
      if (day.earliest <= Date::beginning() || day.latest >= Date::forever()) continue;
      const P is_such = such(child) & child.of_parent;
      happened.can |= of_.days(day.earliest, day_after(day.latest)) & is_such.can;
      if (certain && day.earliest == day.latest) happened.must |= on(day.latest) & is_such.must;
    }
    return happened;
  }
  P parent_turns() const {
    const auto* self = person(0);
    if (!self || !self->born) return {};
    const Date first = reaches_under(leaf_, self->born->earliest),
               last = reaches_under(leaf_, self->born->latest);
    return {first == last ? on(last) : M{}, of_.days(first, day_after(last))};
  }
  P state_starts() const {
    P happened;
    const P held = in_state(0);
    auto starts = [&](std::int16_t who, Date day, Certainty certainty) {
      if (who != 0 || day <= Date::beginning() || day >= Date::forever()) return;
      const M today = on(day) & ~held.must.later();
      happened.can |= today;
      if (certainty == Certainty::sure) happened.must |= today & ~held.can.later();
    };
    for (const auto& span : of_.situation().states)
      if (span.kind == leaf_.fact && span.word == leaf_.word && span.holds)
        starts(span.person, span.when.from, span.certainty);
    for (const auto& span : of_.situation().receipts)
      if (span.what == ReceiptSpan::What::resident_pension && leaf_.fact == FactKind::pension &&
          leaf_.word == "resident_pension")
        starts(span.person, span.when.from, Certainty::sure);
    return happened;
  }

  const Evaluation<W>& of_;
  const Leaf& leaf_;
};

}  // namespace

template <std::size_t W>
Pair<W> run_form(const Evaluation<W>& evaluation, const Leaf& leaf) {
  return Forms<W>(evaluation, leaf).run();
}
template Pair<1> run_form(const Evaluation<1>&, const Leaf&);
template Pair<4> run_form(const Evaluation<4>&, const Leaf&);
template Pair<32> run_form(const Evaluation<32>&, const Leaf&);
template Pair<512> run_form(const Evaluation<512>&, const Leaf&);

}  // namespace kinhub::policy
