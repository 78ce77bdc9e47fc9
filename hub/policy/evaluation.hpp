#pragma once
// The interpreter: runs the compiled policies over one family. Straight-line code, one register for each
// code, and every register is a pair of bit masks: in which segments the condition is met, in which it may
// be. What the masks say is all that is decided; causes.hpp and words.hpp only explain it.

#include <algorithm>
#include <cassert>
#include <span>
#include <string_view>
#include <vector>

#include "hub/policy/cuts.hpp"
#include "hub/policy/lookup.hpp"
#include "hub/policy/mask.hpp"

namespace kinhub::policy {

template <std::size_t W>
class Evaluation;
/// Answers one of the general forms (forms.cpp). REQUIRES: children and marriages of the evaluation were
/// looked at.
template <std::size_t W>
Pair<W> run_form(const Evaluation<W>& evaluation, const Leaf& leaf);

/// One family under one program. W: words of a mask, enough for one bit for each segment.
template <std::size_t W>
class Evaluation {
 public:
  using M = Mask<W>;
  using P = Pair<W>;

  /// A child with its masks; step children have none.
  struct Child {
    P of_parent, dead, living;
    const ChildSpan* span;
    std::size_t births;  // children of one birth share the number
  };
  /// A marriage with its mask, in the order of the situation.
  struct Marriage {
    P active;
    const MarriageSpan* span;
    bool again = false;  // a remarriage: judged person by person
  };
  /// Scratch buffers, kept from family to family so that nothing is allocated again.
  struct Room {
    std::vector<P> pairs;
    std::vector<Child> children;
    std::vector<Marriage> marriages;
    std::vector<std::int16_t> partners;
  };

  /// Runs the whole program. REQUIRES: `cuts` were collected from this program and situation and fit into W
  /// words; all four outlive the evaluation; `room` serves one evaluation at a time.
  Evaluation(const Program& program, const Situation& situation, const Cuts& cuts, Room& room)
      : program_(program),
        situation_(situation),
        cuts_(cuts),
        pairs_(room.pairs),
        children_(room.children),
        marriages_(room.marriages),
        partners_(room.partners) {
    assert(cuts.size() <= 64 * W && "more cut points than bits");
    look_at_children();
    look_at_marriages();
    residence_known_ = residence_in("");
    pairs_.resize(program.codes.size());
    for (std::size_t i = 0; i < program.codes.size(); ++i)
      pairs_[i] = run(program.codes[i]);
  }

  std::size_t segments() const { return cuts_.size(); }
  const Program& program() const { return program_; }
  const Situation& situation() const { return situation_; }
  const Cuts& cuts() const { return cuts_; }
  /// The result register of the code `node`.
  const P& pair(std::uint16_t node) const { return pairs_[node]; }
  const std::vector<Child>& children() const { return children_; }
  const std::vector<Marriage>& marriages() const { return marriages_; }
  /// Everyone this parent was married to or has a child with; indices into the people, each once.
  const std::vector<std::int16_t>& partners() const { return partners_; }
  const P& married() const { return married_; }
  /// Where neither a marriage nor its absence is known.
  const M& marriage_not_known() const { return not_known_; }

  /// What the code `node` (Condition::node) says of a segment. REQUIRES: segment < segments().
  Value value(std::uint16_t node, std::size_t segment) const {
    return pairs_[node].must.test(segment)  ? Value::yes
           : pairs_[node].can.test(segment) ? Value::perhaps
                                            : Value::no;
  }

  /// After the told end of a pension it is known not to be drawn, until another spell begins. An allowance is
  /// granted for a time and may be renewed: its end says nothing of what comes then.
  M after_its_end(const ReceiptSpan& span) const {
    if (span.what != ReceiptSpan::What::resident_pension || span.when.until >= Date::forever()) return {};
    return since(span.when.until);
  }

  M days(Date from, Date until) const { return M::ones(cuts_.rank(from), cuts_.rank(until)); }
  /// Ones in the segments of the interval. REQUIRES: both ends are cut points.
  M days(Interval when) const { return when.empty() ? M{} : days(when.from, when.until); }
  M since(Date from) const { return days(from, Date::forever()); }

  /// The codes that `code` is made of; of a reporter without its region. REQUIRES: code is no leaf.
  std::span<const std::uint16_t> parts(const Code& code) const {
    return std::span(program_.parts).subspan(code.first, code.count - (code.op == Op::reporter ? 1 : 0));
  }

  const SituationPerson* person(std::int16_t index) const { return person_of(situation_, index); }
  Sex own_sex() const { return situation_.people.empty() ? Sex::unknown : situation_.people[0].sex; }

  /// Where `who` is disabled with a grade of low..high.
  P disabled(std::int16_t who, int low, int high) const {
    P pair;
    for (const auto& span : situation_.disabilities) {
      if (span.person != who || span.grade < low || span.grade > high) continue;
      M when = days(span.when);
      pair.can |= when;
      if (span.certainty == Certainty::sure) pair.must |= when;
    }
    return pair;
  }

 private:
  using Kind = Leaf::Kind;
  using Op = Condition::Op;

  // Nobody was married before (the Marriage Law of 1950 let women marry at 18).
  static constexpr int of_age_years = 18;

  P dead(std::int16_t index) const {
    const auto* who = person(index);
    if (!who || !who->died) return {};
    return {who->died->certainty == Certainty::sure ? since(who->died->on) : M{}, since(who->died->first())};
  }

  // ---- children

  [[gnu::always_inline]] void look_at_children() {
    children_.clear();
    for (const auto& span : situation_.children) {
      if (span.relation == ChildRelation::step || !person(span.child)) continue;
      Child child;
      child.span = &span;
      Date surely = span.when.from, perhaps = span.when.from;
      const auto& born = person(span.child)->born;
      if (span.relation == ChildRelation::born && born) {
        surely = std::max(surely, born->latest);
        perhaps = std::min(perhaps, born->earliest);
      }
      if (perhaps < span.when.until) child.of_parent.can = days(perhaps, span.when.until);
      if (surely < span.when.until && span.certainty == Certainty::sure)
        child.of_parent.must = days(surely, span.when.until);
      child.dead = dead(span.child);
      child.living = child.of_parent & ~child.dead;
      child.dead = child.of_parent & child.dead;
      child.births = children_.size();
      for (std::size_t i = 0; i < children_.size(); ++i)
        if (one_birth(*children_[i].span, span)) {
          child.births = children_[i].births;
          break;
        }
      children_.push_back(child);
    }
    P twice, once, any_dead, healthy;
    // The law of the excluded middle, which masks know nothing of: beside a healthy living child, another one
    // leaves two of them when it lives and one that is well when it is dead, however its death is disputed.
    M known, in_either_case;
    for (const auto& child : children_) {
      const P well = child.living & ~disabled(child.span->child, 1, 3);
      in_either_case |= (known & well.must) | (healthy.must & child.of_parent.must);
      known |= child.of_parent.must;
      twice = twice | (once & child.living);
      once = once | child.living;
      any_dead = any_dead | child.dead;
      healthy = healthy | well;
    }
    living_ = once;
    any_dead_ = any_dead;
    // Pairwise conflict (N03): only one alive at a time, children of one birth counting together; an adoption
    // that was dissolved stands in the way only while it lasted.
    P conflict, alive;
    for (std::size_t birth = 0; birth < children_.size(); ++birth) {
      P together;
      for (const auto& child : children_)
        if (child.births == birth && !dissolved(*child.span)) together = together | child.living;
      conflict = conflict | (alive & together);
      alive = alive | together;
    }
    several_ = {conflict.must.ever(), conflict.can.ever()};
    another_living_ = twice | (any_dead & healthy);
    another_living_.must |= in_either_case;
    another_living_.can |= ~days(situation_.coverage.children);
  }

  static bool dissolved(const ChildSpan& span) {
    return span.relation == ChildRelation::adopted && span.when.until < Date::forever();
  }

  bool one_birth(const ChildSpan& a, const ChildSpan& b) const {
    if (a.relation != ChildRelation::born || b.relation != ChildRelation::born) return false;
    if (a.other_parent >= 0 && b.other_parent >= 0 && a.other_parent != b.other_parent) return false;
    auto day = [&](const ChildSpan& span) -> std::optional<Date> {
      const auto& born = person(span.child)->born;
      if (!born) return span.when.from > Date::beginning() ? std::optional(span.when.from) : std::nullopt;
      return born->earliest == born->latest ? std::optional(born->earliest) : std::nullopt;
    };
    auto first = day(a), second = day(b);
    // A birth may pass midnight.
    return first && second && std::abs(first->days() - second->days()) <= 1;
  }

  P only_child_dead() const {
    return {any_dead_.must & ~living_.can & ~several_.can, any_dead_.can & ~living_.must & ~several_.must};
  }

  P only_child_disabled(const Leaf& leaf) const {
    P pair;
    for (const auto& child : children_)
      pair = pair | (child.living & disabled(child.span->child, leaf.low, leaf.high));
    return pair & ~several_;
  }

  // ---- marriages

  Interval while_both_live(const MarriageSpan& span) const {
    Interval when = span.when;
    const auto* spouse = person(span.spouse);
    if (spouse && spouse->died && spouse->died->certainty == Certainty::sure)
      when.until = std::min(when.until, spouse->died->on);
    return when;
  }

  [[gnu::always_inline]] void look_at_marriages() {
    marriages_.clear();
    partners_.clear();
    M ended;
    for (const auto& span : situation_.marriages) {
      Interval when = while_both_live(span);
      Marriage marriage;
      marriage.span = &span;
      marriage.active.can = days(when);
      if (span.certainty == Certainty::sure) {
        marriage.active.must = marriage.active.can & ~dead(span.spouse).can;
        if (when.until < Date::forever()) ended |= since(std::max(when.until, when.from));
      }
      marriage.again = married_again(span);
      marriages_.push_back(marriage);
      add_partner(span.spouse);
    }
    for (const auto& span : situation_.children)
      if (span.relation != ChildRelation::step) add_partner(span.other_parent);
    married_ = {};
    for (const auto& marriage : marriages_)
      married_ = married_ | marriage.active;
    M known_single = (marriages_told() | ended) & ~married_.can;
    not_known_ = ~married_.can & ~known_single;
    single_possible_ = ~married_.must;
  }

  // Closed world of marriages: where silence says that there is none. A register that began when this parent
  // was of age says nothing of a marriage contracted before.
  M marriages_told() const {
    const auto& covered = situation_.coverage.marriages;
    if (covered.from > Date::beginning()) {
      const auto* self = person(0);
      if (!self || !self->born || reaches(self->born->earliest, of_age_years, Feb29::feb28) < covered.from)
        return {};
    }
    return days(covered);
  }

  // Classification of a remarriage (N06): to someone who is not the other parent of the first child; where
  // that parent is not known, every marriage after one that ended.
  bool married_again(const MarriageSpan& span) const {
    const ChildSpan* first = nullptr;
    for (const auto& child : situation_.children)
      if (child.relation != ChildRelation::step && child.other_parent > 0 &&
          (!first || child.when.from < first->when.from))
        first = &child;
    if (first) return first->other_parent != span.spouse;
    for (const auto& earlier : situation_.marriages)
      if (&earlier != &span && earlier.spouse != span.spouse && earlier.certainty == Certainty::sure &&
          while_both_live(earlier).until <= span.when.from)
        return true;
    return false;
  }

  void add_partner(std::int16_t index) {
    if (index <= 0 || !person(index)) return;
    if (std::find(partners_.begin(), partners_.end(), index) == partners_.end()) partners_.push_back(index);
  }

  P reaches_age(std::int16_t index, const Leaf& leaf) const {
    const auto* who = person(index);
    if (!who || !who->born) return {M{}, M::all()};
    P pair;
    pair.can = since(reaches_under(leaf, who->born->earliest));
    pair.must =
        who->born->latest == who->born->earliest ? pair.can : since(reaches_under(leaf, who->born->latest));
    return pair;
  }

  // Case analysis for a father: the wife's age while married, one's own when single; where it is not known
  // whether he is married, sure only when every branch agrees.
  P age_line_of_man(const Leaf& leaf) const {
    P own = reaches_age(0, leaf);
    P line{M::all(), M{}};
    auto branch = [&](const M& open, const P& age) {
      line.must &= ~open | age.must;
      line.can |= open & age.can;
    };
    branch(single_possible_, own);
    for (const auto& marriage : marriages_)
      branch(marriage.active.can,
             marriage.again && leaf.flag ? own : reaches_age(marriage.span->spouse, leaf));
    for (auto partner : partners_)
      branch(not_known_ & ~dead(partner).must, reaches_age(partner, leaf));
    if (partners_.empty()) branch(not_known_, {M{}, M::all()});
    return line;
  }

  P age_line(const Leaf& leaf) const {
    switch (own_sex()) {
      case Sex::female:
        return reaches_age(0, leaf);
      case Sex::male:
        return age_line_of_man(leaf);
      case Sex::unknown:
        break;
    }
    P own = reaches_age(0, leaf), man = age_line_of_man(leaf);
    return {own.must & man.must, own.can | man.can};
  }

  P wife_reaches_of_man(const Leaf& leaf) const {
    P pair;
    for (const auto& marriage : marriages_)
      if (!marriage.again || !leaf.flag)
        pair = pair | (marriage.active & reaches_age(marriage.span->spouse, leaf));
      else
        pair.can |= marriage.active.can;
    for (auto partner : partners_)
      pair.can |= not_known_ & ~dead(partner).must & reaches_age(partner, leaf).can;
    if (partners_.empty()) pair.can |= not_known_;
    return pair;
  }

  P wife_reaches(const Leaf& leaf) const {
    switch (own_sex()) {
      case Sex::female:
        return reaches_age(0, leaf);
      case Sex::male:
        return wife_reaches_of_man(leaf);
      case Sex::unknown:
        break;
    }
    P own = reaches_age(0, leaf), man = wife_reaches_of_man(leaf);
    return {own.must & man.must, own.can | man.can};
  }

  P born_from(std::int16_t index, Date day) const {
    const auto* who = person(index);
    if (!who || !who->born) return {M{}, M::all()};
    return {who->born->earliest >= day ? M::all() : M{}, who->born->latest >= day ? M::all() : M{}};
  }

  // Conjunction over spouses: both while married; oneself when single or married again. A spouse nobody knows
  // of bars nothing.
  P spouses_born_from(const Leaf& leaf) const {
    P pair = born_from(0, leaf.from);
    if (leaf.who == Who::parent) return pair;
    for (const auto& marriage : marriages_) {
      if (marriage.again && leaf.flag) continue;
      P born = born_from(marriage.span->spouse, leaf.from);
      pair.must &= ~marriage.active.can | born.must;
      pair.can &= ~marriage.active.must | born.can;
    }
    for (auto partner : partners_)
      pair.must &= ~(not_known_ & ~dead(partner).must) | born_from(partner, leaf.from).must;
    return pair;
  }

  // ---- residence, receipts

  M residence_in(std::string_view region) const {
    M mask;
    for (const auto& span : situation_.residences)
      if (span.person == 0 && region_contains(region, span.region)) mask |= days(span.when);
    return mask;
  }

  P registered_in(const Leaf& leaf) const {
    M here = residence_in(leaf.region);
    return {here, here | (~residence_known_ & ~days(situation_.coverage.residence))};
  }

  P urban(bool wanted) const {
    P pair;
    for (const auto& span : situation_.residences) {
      if (span.person != 0) continue;
      M when = days(span.when);
      if (!span.urban || *span.urban == wanted) pair.can |= when;
      if (span.urban && *span.urban == wanted) pair.must |= when;
    }
    pair.can |= ~residence_known_ & ~days(situation_.coverage.residence);
    return pair;
  }

  P receives(ReceiptSpan::What what, bool spouse_too) const {
    P pair;
    M ended;
    for (const auto& span : situation_.receipts) {
      if (span.what != what) continue;
      M when = days(span.when);
      if (span.person == 0) pair = pair | P{when, when}, ended |= after_its_end(span);
      if (!spouse_too || span.person == 0) continue;
      for (const auto& marriage : marriages_)
        if (marriage.span->spouse == span.person) pair = pair | (marriage.active & P{when, when});
    }
    if (what == ReceiptSpan::What::resident_pension) ended |= told_to_have_ended();
    pair.can |= ~days(situation_.coverage.receipts) & ~ended;
    return pair;
  }
  // Days on which an agency says that there is no resident pension (any more): it was paused, or ended.
  M told_to_have_ended() const {
    M when;
    for (const auto& span : situation_.states)
      if (is_resident_pension(span) && span.person == 0 && !span.holds) when |= days(span.when);
    return when;
  }

  // ---- events

  P death_of_only_child() const {
    P dead_now = only_child_dead(), happened;
    for (const auto& child : children_) {
      const auto& died = person(child.span->child)->died;
      if (!died) continue;
      M day = days(died->first(), day_after(died->on)) & ~dead_now.must.later();
      happened.can |= day & dead_now.can;
      if (died->certainty == Certainty::sure && died->first() == died->on)
        happened.must |= day & dead_now.must;
    }
    return happened;
  }

  P birth_after_ivf() const {
    P happened;
    for (const auto& child : children_)
      if (child.span->relation == ChildRelation::born && child.span->when.from > Date::beginning())
        happened.can |= days(child.span->when.from, day_after(child.span->when.from));
    return happened;
  }

  P alive(const Leaf& leaf) const {
    const auto* self = person(0);
    if (!self || !self->died) return P::all();
    auto until = [&](Date day) { return days(Date::beginning(), leaf.flag ? day_after(day) : day); };
    return {until(self->died->first()),
            self->died->certainty == Certainty::sure ? until(self->died->on) : M::all()};
  }

  // Deduplication between two parents: a grant of the household is reported on the mother while she is known,
  // alive and registered in the region, else on the father: from the period after her death if the grant
  // existed on her last day, else at once.
  P reported_here(const P& right, const Leaf& region, Per per) const {
    if (own_sex() == Sex::female) return right;
    P mine = right;
    auto give_to = [&](std::int16_t index, const M& during) {
      const auto* mother = person(index);
      if (!mother || mother->sex == Sex::male || (own_sex() == Sex::unknown && mother->sex != Sex::female))
        return;
      M hers = during;
      M resides, known;
      for (const auto& span : situation_.residences) {
        if (span.person != index) continue;
        known |= days(span.when);
        if (region_contains(region.region, span.region)) resides |= days(span.when);
      }
      hers &= resides | ~known;
      if (mother->died && mother->died->certainty == Certainty::sure) {
        Date end = day_after(mother->died->on);
        M alive = days(Date::beginning(), end);
        std::size_t last = cuts_.rank(mother->died->on);
        if (last < segments() && (hers & right.can).test(last))
          alive |= days(end, std::max(end, next_period(mother->died->on, per)));
        hers = alive & (hers | ~days(Date::beginning(), end));
      }
      mine.must &= ~hers;
      mine.can &= ~hers;
    };
    // Two households after a divorce: to her only while married to her, or where that is not known.
    auto together = [&](std::int16_t index) {
      M when = not_known_;
      for (const auto& marriage : marriages_)
        if (marriage.span->spouse == index) {
          const auto* spouse = person(index);
          const bool dies = spouse && spouse->died && spouse->died->on == marriage.span->when.until;
          // The day of her death is hers.
          when |=
              days(marriage.span->when.from, dies ? day_after(spouse->died->on) : marriage.span->when.until);
        }
      return when;
    };
    bool mother_known = false;
    for (const auto& child : situation_.children) {
      if (child.relation == ChildRelation::step || child.other_parent <= 0) continue;
      give_to(child.other_parent, region.flag ? together(child.other_parent) : M::all());
      mother_known = true;
    }
    if (!mother_known)
      for (const auto& marriage : marriages_)
        give_to(marriage.span->spouse, days(marriage.span->when));
    return mine;
  }

  // ---- code
  // Forced inlining here and above, of what has one caller: the calls cost a tenth of an evaluation.

  [[gnu::always_inline]] P run(const Leaf& leaf) const {
    switch (leaf.kind) {
      case Kind::always:
        return P::all();
      case Kind::in_days: {
        M when = days(leaf.from, leaf.until);
        return {when, when};
      }
      case Kind::registered_in:
        return registered_in(leaf);
      case Kind::parent_alive:
        return alive(leaf);
      case Kind::only_child_dead:
        return only_child_dead();
      case Kind::only_child_disabled:
        return only_child_disabled(leaf);
      case Kind::another_living_child:
        return another_living_;
      case Kind::age_line:
        return age_line(leaf);
      case Kind::wife_reaches:
        return wife_reaches(leaf);
      case Kind::parent_reaches:
        return reaches_age(0, leaf);
      case Kind::couple_married:
        return {married_.must, married_.can | not_known_};
      case Kind::spouses_born_from:
        return spouses_born_from(leaf);
      case Kind::low_income_allowance:
        return receives(ReceiptSpan::What::low_income_allowance, true);
      case Kind::resident_pension:
        return receives(ReceiptSpan::What::resident_pension, false);
      case Kind::urban:
        return urban(true);
      case Kind::rural:
        return urban(false);
      case Kind::death_of_only_child:
        return death_of_only_child();
      case Kind::birth_after_ivf:
        return birth_after_ivf();
      case Kind::children:
      case Kind::age:
      case Kind::sex:
      case Kind::residence:
      case Kind::marriage:
      case Kind::state:
      case Kind::child_born:
      case Kind::child_adopted:
      case Kind::child_dies:
      case Kind::parent_turns:
      case Kind::state_starts:
        return run_form(*this, leaf);
    }
    return {};
  }

  [[gnu::always_inline]] P run(const Code& code) const {
    switch (code.op) {
      case Op::leaf:
        return run(program_.leaves[code.first]);
      case Op::all: {
        P pair = P::all();
        for (auto part : parts(code))
          pair = pair & pairs_[part];
        return pair;
      }
      case Op::any: {
        P pair;
        for (auto part : parts(code))
          pair = pair | pairs_[part];
        return pair;
      }
      case Op::negate:
        return ~pairs_[parts(code)[0]];
      case Op::day_before: {
        const P& part = pairs_[parts(code)[0]];
        return {part.must.later(), part.can.later()};
      }
      case Op::reporter:
        return reported_here(pairs_[parts(code)[0]],
                             program_.leaves[program_.parts[code.first + code.count - 1u]], code.per);
    }
    return {};
  }

  const Program& program_;
  const Situation& situation_;
  const Cuts& cuts_;
  std::vector<P>& pairs_;
  std::vector<Child>& children_;
  std::vector<Marriage>& marriages_;
  std::vector<std::int16_t>& partners_;
  P living_, any_dead_, several_, another_living_;
  P married_;
  M not_known_, single_possible_;
  M residence_known_;
};

}  // namespace kinhub::policy
