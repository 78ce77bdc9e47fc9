// The timeline engine. A family's time is cut wherever anything changes; every condition is two bit masks
// over the segments (met for sure, met possibly); and/or/not are single instructions; runs of ones are
// entitlements.

#include <array>
#include <bit>
#include <cassert>
#include <stdexcept>

#include "hub/policy/program.hpp"

namespace kinhub::policy {

Date reaches_under(const Leaf& leaf, Date birth) {
  return reaches(birth, leaf.low, leaf.feb29)
      .plus_days(leaf.age == Calendar::Age::day_after_birthday ? 1 : 0);
}

namespace {

using Kind = Leaf::Kind;
using Op = Condition::Op;

// ---- Cuts: the days on which anything may change. Segment i is [cuts[i], cuts[i + 1]); the last has no end.
// There is no horizon: after the last cut nothing changes any more.

class Cuts {
 public:
  void restart(const std::vector<Date>& edges) {
    days_.clear();
    days_.push_back(Date::beginning());
    days_.insert(days_.end(), edges.begin(), edges.end());
  }
  void add(Date day) {
    if (day <= Date::beginning() || day >= Date::forever()) return;
    auto place = days_.end();
    while (*(place - 1) > day)
      --place;
    if (*(place - 1) != day) days_.insert(place, day);
  }
  std::size_t size() const { return days_.size(); }
  Date operator[](std::size_t segment) const { return days_[segment]; }
  /// The segment that begins on `day`; size() for forever. REQUIRES: day was added.
  std::size_t rank(Date day) const {
    if (day >= Date::forever()) return days_.size();
    std::size_t below = 0;
    if (days_.size() <= 32)
      for (Date cut : days_)
        below += cut < day ? 1 : 0;
    else
      below = static_cast<std::size_t>(std::lower_bound(days_.begin(), days_.end(), day) - days_.begin());
    assert(day < Date::beginning() || (below < days_.size() && days_[below] == day));
    return below;
  }
  /// The segment that contains `day`.
  std::size_t segment_of(Date day) const {
    auto after = std::upper_bound(days_.begin(), days_.end(), day);
    return after == days_.begin() ? 0 : static_cast<std::size_t>(after - days_.begin()) - 1;
  }

 private:
  std::vector<Date> days_;
};

// ---- Masks: one bit per segment, W words.

template <std::size_t W>
struct Mask {
  std::array<std::uint64_t, W> words{};

  static Mask all() {
    Mask mask;
    mask.words.fill(~std::uint64_t{0});
    return mask;
  }
  /// Ones in segments [from, until).
  static Mask ones(std::size_t from, std::size_t until) {
    Mask mask;
    if (from >= until) return mask;
    if constexpr (W == 1) {
      auto below = [](std::size_t bit) {
        return bit >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bit) - 1;
      };
      mask.words[0] = below(until) & ~below(from);
    } else {
      for (std::size_t w = from / 64; w < W && w * 64 < until; ++w) {
        std::uint64_t word = ~std::uint64_t{0};
        if (w * 64 < from) word &= ~std::uint64_t{0} << (from - w * 64);
        if (until - w * 64 < 64) word &= (std::uint64_t{1} << (until - w * 64)) - 1;
        mask.words[w] = word;
      }
    }
    return mask;
  }
  bool test(std::size_t segment) const { return (words[segment / 64] >> (segment % 64)) & 1; }
  bool any() const {
    for (auto word : words)
      if (word) return true;
    return false;
  }
  /// From the first one on, all ones.
  Mask ever() const {
    for (std::size_t w = 0; w < W; ++w)
      if (words[w]) return ones(w * 64 + static_cast<std::size_t>(std::countr_zero(words[w])), W * 64);
    return Mask{};
  }
  /// Each segment holds the value of the segment before it.
  Mask later() const {
    Mask mask;
    std::uint64_t carry = 0;
    for (std::size_t w = 0; w < W; ++w) {
      mask.words[w] = words[w] << 1 | carry;
      carry = words[w] >> 63;
    }
    return mask;
  }
  Mask operator~() const {
    Mask mask;
    for (std::size_t w = 0; w < W; ++w)
      mask.words[w] = ~words[w];
    return mask;
  }
  Mask& operator&=(const Mask& other) {
    for (std::size_t w = 0; w < W; ++w)
      words[w] &= other.words[w];
    return *this;
  }
  Mask& operator|=(const Mask& other) {
    for (std::size_t w = 0; w < W; ++w)
      words[w] |= other.words[w];
    return *this;
  }
  friend Mask operator&(Mask a, const Mask& b) { return a &= b; }
  friend Mask operator|(Mask a, const Mask& b) { return a |= b; }
};

/// Three values at once: met where must, not met where not can, unknown between.
template <std::size_t W>
struct Pair {
  Mask<W> must, can;
  static Pair all() { return {Mask<W>::all(), Mask<W>::all()}; }
  Pair operator~() const { return {~can, ~must}; }
  friend Pair operator&(const Pair& a, const Pair& b) { return {a.must & b.must, a.can & b.can}; }
  friend Pair operator|(const Pair& a, const Pair& b) { return {a.must | b.must, a.can | b.can}; }
};

enum class Value : std::uint8_t { no = 0, perhaps = 1, yes = 2 };

bool region_contains(std::string_view region, std::string_view place) {
  while (region.size() >= 2 && region.ends_with("00"))
    region.remove_suffix(2);
  return place.starts_with(region);
}

Date next_period(Date day, Per per) {
  switch (per) {
    case Per::month:
      return day.month_start().plus_months(1);
    case Per::year:
      return Date(std::min(day.year() + 1, 9999), 1, 1);
    case Per::once:
      return day.plus_days(1);
  }
  return day;
}

Date day_after(Date day) {
  return day >= Date::forever() ? day : day.plus_days(1);
}

// ---- One family under one program.

template <std::size_t W>
class Evaluation {
 public:
  using M = Mask<W>;
  using P = Pair<W>;

  struct Child {
    P of_parent, dead, living;
    const ChildSpan* span;
    std::size_t births;  // children of one birth share the number
  };
  struct Marriage {
    P active;
    const MarriageSpan* span;
    bool again = false;  // a remarriage: judged person by person
  };
  /// What an evaluation fills; kept from family to family so that nothing is allocated again.
  struct Room {
    std::vector<P> pairs;
    std::vector<Child> children;
    std::vector<Marriage> marriages;
    std::vector<std::int16_t> partners;
  };

  Evaluation(const Program& program, const Situation& situation, const Cuts& cuts, Room& room)
      : program_(program),
        situation_(situation),
        cuts_(cuts),
        pairs_(room.pairs),
        children_(room.children),
        marriages_(room.marriages),
        partners_(room.partners) {
    look_at_children();
    look_at_marriages();
    residence_known_ = residence_in("");
    pairs_.resize(program.codes.size());
    for (std::size_t i = 0; i < program.codes.size(); ++i)
      pairs_[i] = run(program.codes[i]);
  }

  std::size_t segments() const { return cuts_.size(); }

  Value value(std::uint16_t node, std::size_t segment) const {
    return pairs_[node].must.test(segment)  ? Value::yes
           : pairs_[node].can.test(segment) ? Value::perhaps
                                            : Value::no;
  }

  void entitlements(std::vector<Entitlement>& out) const {
    for (const auto& line : program_.lines)
      entitlements(line, out);
  }

  // Why `node` changed where `segment` begins: down the tree along the part that changed the same way.
  Cause blame(std::uint16_t node, std::size_t segment) const {
    if (segment == 0) return Cause{Cause::What::coverage, 0, Date::beginning(), 0};
    const auto& code = program_.codes[node];
    if (code.op == Op::leaf) return leaf_cause(program_.leaves[code.first], cuts_[segment]);
    Value before = value(node, segment - 1), after = value(node, segment);
    bool rises = code.op == Op::negate ? after < before : after > before;
    std::optional<std::uint16_t> other;
    for (auto part : parts(code)) {
      Value part_before = value(part, segment - 1), part_after = value(part, segment);
      if (part_before == part_after) continue;
      if ((part_after > part_before) == rises) return blame(part, segment);
      other = part;
    }
    if (other) return blame(*other, segment);
    if (code.op == Op::day_before) return blame(parts(code)[0], segment);
    return any_cause(cuts_[segment]);
  }

  // The stable words of what `node` waits for in `segment`.
  void pending_words(std::uint16_t node, std::size_t segment, std::vector<std::string>& words) const {
    const auto& code = program_.codes[node];
    if (code.op == Op::day_before && segment > 0) --segment;
    if (code.op != Op::day_before && value(node, segment) != Value::perhaps) return;
    if (code.op == Op::leaf) return leaf_words(program_.leaves[code.first], segment, words);
    for (auto part : parts(code))
      pending_words(part, segment, words);
  }

  Explanation explain(const Condition& condition, std::size_t segment) const {
    Explanation told;
    told.condition = condition.text;
    told.clause = condition.clause;
    told.quote = condition.quote;
    Value now = value(condition.node, segment);
    told.value = now == Value::yes       ? Explanation::Value::met
                 : now == Value::perhaps ? Explanation::Value::unknown
                                         : Explanation::Value::not_met;
    if (condition.op == Op::leaf) {
      told.causes = support(condition, segment);
      return told;
    }
    std::size_t below = condition.op == Op::day_before && segment > 0 ? segment - 1 : segment;
    for (const auto& part : condition.parts)
      told.parts.push_back(explain(part, below));
    if (condition.op == Op::reporter) told.causes = support(condition, segment);
    return told;
  }

 private:
  M days(Date from, Date until) const { return M::ones(cuts_.rank(from), cuts_.rank(until)); }
  M days(Interval when) const { return when.empty() ? M{} : days(when.from, when.until); }
  M since(Date from) const { return days(from, Date::forever()); }

  std::span<const std::uint16_t> parts(const Code& code) const {
    return std::span(program_.parts).subspan(code.first, code.count - (code.op == Op::reporter ? 1 : 0));
  }

  const SituationPerson* person(std::int16_t index) const {
    if (index < 0 || static_cast<std::size_t>(index) >= situation_.people.size()) return nullptr;
    return &situation_.people[static_cast<std::size_t>(index)];
  }
  Sex own_sex() const { return situation_.people.empty() ? Sex::unknown : situation_.people[0].sex; }

  P dead(std::int16_t index) const {
    const auto* who = person(index);
    if (!who || !who->died) return {};
    M after = since(who->died->on);
    return {who->died->certainty == Certainty::sure ? after : M{}, after};
  }

  // ---- children

  void look_at_children() {
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
    for (const auto& child : children_) {
      twice = twice | (once & child.living);
      once = once | child.living;
      any_dead = any_dead | child.dead;
      healthy = healthy | (child.living & ~disabled(child.span->child, 1, 3));
    }
    living_ = once;
    any_dead_ = any_dead;
    // N03: only one alive at a time, children of one birth counting together; an adoption that was dissolved
    // stands in the way only while it lasted.
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

  void look_at_marriages() {
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
    M known_single = (days(situation_.coverage.marriages) | ended) & ~married_.can;
    not_known_ = ~married_.can & ~known_single;
    single_possible_ = ~married_.must;
  }

  // A remarriage (N06): to someone who is not the other parent of the first child; where that parent is not
  // known, every marriage after one that ended.
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

  // A father: the wife's age while married, one's own when single; where it is not known whether he is
  // married, sure only when every branch agrees.
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

  // Both spouses while married; oneself when single or married again. A spouse nobody knows of is not held
  // against.
  P spouses_born_from(const Leaf& leaf) const {
    P pair = born_from(0, leaf.from);
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
    for (const auto& span : situation_.receipts) {
      if (span.what != what) continue;
      M when = days(span.when);
      if (span.person == 0) pair = pair | P{when, when};
      if (!spouse_too || span.person == 0) continue;
      for (const auto& marriage : marriages_)
        if (marriage.span->spouse == span.person) pair = pair | (marriage.active & P{when, when});
    }
    pair.can |= ~days(situation_.coverage.receipts);
    return pair;
  }

  // ---- events

  P death_of_only_child() const {
    P dead_now = only_child_dead(), happened;
    for (const auto& child : children_) {
      const auto& died = person(child.span->child)->died;
      if (!died) continue;
      M day = days(died->on, day_after(died->on)) & ~dead_now.must.later();
      happened.can |= day & dead_now.can;
      if (died->certainty == Certainty::sure) happened.must |= day & dead_now.must;
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
    Date end = leaf.flag ? day_after(self->died->on) : self->died->on;
    M until = days(Date::beginning(), end);
    return {until, self->died->certainty == Certainty::sure ? until : M::all()};
  }

  // A grant of the household is reported on the mother while she is known, alive and registered in the
  // region, else on the father: from the period after her death if the grant held on her last day, else at
  // once.
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
    bool mother_known = false;
    for (const auto& child : situation_.children) {
      if (child.relation == ChildRelation::step || child.other_parent <= 0) continue;
      give_to(child.other_parent, M::all());
      mother_known = true;
    }
    if (!mother_known)
      for (const auto& marriage : marriages_)
        give_to(marriage.span->spouse, days(marriage.span->when));
    return mine;
  }

  // ---- code

  P run(const Leaf& leaf) const {
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
    }
    return {};
  }

  P run(const Code& code) const {
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

  // ---- entitlements

  struct Sum {
    Amount amount;
    bool certain = true;
    friend bool operator==(const Sum&, const Sum&) = default;
  };

  Sum sum_on(const Line& line, std::size_t segment) const {
    Per per = line.amounts.empty() ? Per::month : line.amounts.front().per;
    Sum unknown{{0, per, false}, false};
    for (const auto& rule : line.amounts) {
      if (!rule.days.contains(cuts_[segment])) continue;
      if (rule.when) {
        Value met = value(rule.when->node, segment);
        if (met == Value::no) continue;
        if (met == Value::perhaps) return unknown;
      }
      switch (rule.kind) {
        case AmountRule::Kind::fixed:
          return {{rule.fen, rule.per, true}, true};
        case AmountRule::Kind::share_of_pension: {
          std::int64_t pension = 0;
          for (const auto& span : situation_.receipts)
            if (span.what == ReceiptSpan::What::resident_pension && span.person == 0 &&
                span.when.contains(cuts_[segment]))
              pension = span.fen_per_month;
          if (pension <= 0 || pension > 1'000'000'000) return unknown;
          return {{(pension * rule.percent + 50) / 100, rule.per, true}, true};
        }
        case AmountRule::Kind::not_computable:
          return unknown;
      }
    }
    return unknown;
  }

  void entitlements(const Line& line, std::vector<Entitlement>& out) const {
    const P& right = pairs_[line.right.node];
    M valid = right.can & M::ones(0, segments());
    std::size_t segment = 0;
    const Sum fixed = line.one_amount ? Sum{{line.amounts[0].fen, line.amounts[0].per, true}, true} : Sum{};
    auto sum_at = [&](std::size_t at) {
      Sum sum = line.one_amount ? fixed : sum_on(line, at);
      sum.certain = sum.certain && right.must.test(at);
      return sum;
    };
    while ((segment = next_one(valid, segment)) < segments()) {
      Sum sum = sum_at(segment);
      std::size_t end = segment + 1;
      while (end < segments() && valid.test(end) && sum_at(end) == sum)
        ++end;
      Entitlement found;
      found.benefit = line.benefit;
      found.when = {cuts_[segment], end < segments() ? cuts_[end] : Date::forever()};
      found.amount = sum.amount;
      found.certainty = sum.certain ? Certainty::sure : Certainty::possible;
      found.starts_because = edge_cause(line, segment);
      if (end < segments()) found.ends_because = edge_cause(line, end);
      if (!sum.certain) {
        for (std::size_t i = segment; i < end; ++i)
          pending_words(line.right.node, i, found.pending);
        if (!sum.amount.known) found.pending.emplace_back("amount");
        std::sort(found.pending.begin(), found.pending.end());
        found.pending.erase(std::unique(found.pending.begin(), found.pending.end()), found.pending.end());
      }
      if (out.capacity() == 0) out.reserve(4);
      out.push_back(std::move(found));
      segment = end;
    }
  }

  static std::size_t next_one(const M& mask, std::size_t from) {
    for (std::size_t w = from / 64; w < W; ++w) {
      std::uint64_t word = mask.words[w];
      if (w == from / 64) word &= ~std::uint64_t{0} << (from % 64);
      if (word) return w * 64 + static_cast<std::size_t>(std::countr_zero(word));
    }
    return W * 64;
  }

  Cause edge_cause(const Line& line, std::size_t segment) const {
    if (segment > 0 && value(line.right.node, segment - 1) == value(line.right.node, segment)) {
      for (const auto& rule : line.amounts)
        if (rule.when && value(rule.when->node, segment - 1) != value(rule.when->node, segment))
          return blame(rule.when->node, segment);
      for (const auto& span : situation_.receipts)
        if (span.person == 0 && (span.when.from == cuts_[segment] || span.when.until == cuts_[segment]))
          return receipt_cause(span, cuts_[segment]);
      return Cause{Cause::What::policy, 0, cuts_[segment], 0};
    }
    return blame(line.right.node, segment);
  }

  // ---- causes: looked up only for edges that are told

  std::optional<Cause> recorded(CauseIndex index) const {
    if (index < 0 || static_cast<std::size_t>(index) >= situation_.causes.size()) return std::nullopt;
    return situation_.causes[static_cast<std::size_t>(index)];
  }
  Cause known_or(CauseIndex index, Cause::What what, std::int16_t who, Date on, int number = 0) const {
    if (auto cause = recorded(index)) return *cause;
    return Cause{what, who, on, number};
  }

  std::optional<Cause> death_on(std::int16_t index, Date day, bool day_after_too) const {
    const auto* who = person(index);
    if (!who || !who->died) return std::nullopt;
    if (who->died->on == day || (day_after_too && day_after(who->died->on) == day))
      return known_or(who->died->cause, Cause::What::death, index, who->died->on);
    return std::nullopt;
  }

  std::optional<Cause> child_cause(Date day, bool grades) const {
    for (const auto& child : children_)
      if (auto cause = death_on(child.span->child, day, false)) return cause;
    for (const auto& child : children_) {
      const auto& span = *child.span;
      auto what = span.relation == ChildRelation::adopted ? Cause::What::adoption : Cause::What::birth;
      const auto& born = person(span.child)->born;
      if (span.when.from == day) return known_or(span.starts, what, span.child, day);
      if (born && (born->latest == day || born->earliest == day))
        return Cause{Cause::What::birth, span.child, day, 0};
      if (span.when.until == day)
        return known_or(span.ends,
                        span.relation == ChildRelation::adopted ? Cause::What::adoption_dissolved
                                                                : Cause::What::parentage,
                        span.child, day);
    }
    if (grades)
      for (const auto& child : children_) {
        const DisabilitySpan* ended = nullptr;
        for (const auto& span : situation_.disabilities) {
          if (span.person != child.span->child) continue;
          if (span.when.from == day)
            return known_or(span.starts,
                            span.certainty == Certainty::sure ? Cause::What::disability_grade
                                                              : Cause::What::certificate_expiry,
                            span.person, day, span.grade);
          if (span.when.until == day) ended = &span;
        }
        if (ended) return known_or(ended->ends, Cause::What::disability_grade, ended->person, day, 0);
      }
    return std::nullopt;
  }

  std::optional<Cause> marriage_cause(Date day) const {
    for (const auto& marriage : marriages_) {
      if (auto cause = death_on(marriage.span->spouse, day, false)) return cause;
      if (marriage.span->when.from == day)
        return known_or(marriage.span->starts, Cause::What::marriage, marriage.span->spouse, day);
      if (marriage.span->when.until == day)
        return known_or(marriage.span->ends, Cause::What::divorce, marriage.span->spouse, day);
    }
    for (auto partner : partners_)
      if (auto cause = death_on(partner, day, false)) return cause;
    return std::nullopt;
  }

  std::optional<Cause> age_cause(const Leaf& leaf, Date day) const {
    auto reached = [&](std::int16_t index) -> bool {
      const auto* who = person(index);
      return who && who->born &&
             (reaches_under(leaf, who->born->latest) == day ||
              reaches_under(leaf, who->born->earliest) == day);
    };
    if (leaf.kind != Kind::parent_reaches)
      for (auto partner : partners_)
        if (own_sex() != Sex::female && reached(partner))
          return Cause{Cause::What::own_age, partner, day, leaf.low};
    if (reached(0)) return Cause{Cause::What::own_age, 0, day, leaf.low};
    return std::nullopt;
  }

  std::optional<Cause> residence_cause(Date day, bool from_first) const {
    const ResidenceSpan* other = nullptr;
    for (const auto& span : situation_.residences) {
      if ((from_first ? span.when.from : span.when.until) == day)
        return known_or(from_first ? span.starts : span.ends, Cause::What::residence, span.person, day);
      if ((from_first ? span.when.until : span.when.from) == day) other = &span;
    }
    if (other)
      return known_or(from_first ? other->ends : other->starts, Cause::What::residence, other->person, day);
    return std::nullopt;
  }

  Cause receipt_cause(const ReceiptSpan& span, Date day) const {
    return known_or(span.when.from == day ? span.starts : span.ends, Cause::What::receipt, span.person, day);
  }

  Cause coverage_cause(Date day) const { return Cause{Cause::What::coverage, 0, day, 0}; }

  Cause leaf_cause(const Leaf& leaf, Date day) const {
    std::optional<Cause> cause;
    switch (leaf.kind) {
      case Kind::always:
        break;
      case Kind::in_days:
        return Cause{Cause::What::policy, 0, day, 0};
      case Kind::registered_in:
      case Kind::urban:
      case Kind::rural:
        cause = residence_cause(day, true);
        break;
      case Kind::parent_alive:
        cause = death_on(0, day, true);
        break;
      case Kind::only_child_dead:
      case Kind::only_child_disabled:
      case Kind::another_living_child:
        cause = child_cause(day, leaf.kind != Kind::only_child_dead);
        break;
      case Kind::age_line:
      case Kind::wife_reaches:
        cause = marriage_cause(day);
        if (auto age = age_cause(leaf, day); age && !cause) cause = age;
        break;
      case Kind::parent_reaches:
        cause = age_cause(leaf, day);
        break;
      case Kind::couple_married:
      case Kind::spouses_born_from:
        cause = marriage_cause(day);
        break;
      case Kind::low_income_allowance:
      case Kind::resident_pension:
        for (const auto& span : situation_.receipts) {
          auto what = leaf.kind == Kind::resident_pension ? ReceiptSpan::What::resident_pension
                                                          : ReceiptSpan::What::low_income_allowance;
          if (span.what == what && (span.when.from == day || span.when.until == day))
            return receipt_cause(span, day);
        }
        cause = leaf.kind == Kind::low_income_allowance ? marriage_cause(day) : std::nullopt;
        break;
      case Kind::death_of_only_child:
      case Kind::birth_after_ivf:
        cause = child_cause(day, false);
        if (!cause) cause = child_cause(day.plus_days(-1), false);  // the end of an event's only day
        break;
    }
    return cause ? *cause : coverage_cause(day);
  }

  // The edge of a household grant that passes from mother to father.
  Cause any_cause(Date day) const {
    for (auto partner : partners_)
      if (auto cause = death_on(partner, day, true)) return *cause;
    if (auto cause = marriage_cause(day)) return *cause;
    if (auto cause = residence_cause(day, true)) return *cause;
    for (auto partner : partners_)
      if (const auto* who = person(partner);
          who && who->died && next_period(who->died->on, Per::year) >= day && who->died->on < day)
        return known_or(who->died->cause, Cause::What::death, partner, who->died->on);
    return coverage_cause(day);
  }

  // What a leaf's present value rests on: its last change up to the segment, and for what is not met its
  // next.
  std::vector<Cause> support(const Condition& condition, std::size_t segment) const {
    std::vector<Cause> causes;
    for (std::size_t i = segment; i > 0; --i)
      if (value(condition.node, i) != value(condition.node, i - 1)) {
        causes.push_back(blame(condition.node, i));
        break;
      }
    if (value(condition.node, segment) == Value::yes) return causes;
    for (std::size_t i = segment + 1; i < segments(); ++i)
      if (value(condition.node, i) > value(condition.node, segment)) {
        causes.push_back(blame(condition.node, i));
        break;
      }
    return causes;
  }

  // ---- what an unknown leaf waits for (docs/policies.md lists the words)

  bool child_disputed(std::size_t segment) const {
    for (const auto& child : children_)
      if (child.dead.can.test(segment) && !child.dead.must.test(segment) &&
          child.of_parent.must.test(segment))
        return true;
    return false;
  }
  bool parentage_possible(std::size_t segment) const {
    for (const auto& child : children_)
      if (child.span->certainty == Certainty::possible && child.of_parent.can.test(segment)) return true;
    return false;
  }
  bool child_birth_open(std::size_t segment) const {
    for (const auto& child : children_)
      if (child.span->certainty == Certainty::sure && child.of_parent.can.test(segment) &&
          !child.of_parent.must.test(segment))
        return true;
    return false;
  }
  bool certificate_open(const Leaf& leaf, std::size_t segment) const {
    for (const auto& child : children_) {
      P pair = child.living & disabled(child.span->child, leaf.low, leaf.high);
      P sick = disabled(child.span->child, leaf.low, leaf.high);
      if (pair.can.test(segment) && !sick.must.test(segment)) return true;
    }
    return false;
  }

  void leaf_words(const Leaf& leaf, std::size_t segment, std::vector<std::string>& words) const {
    auto say = [&](const char* word) { words.emplace_back(word); };
    std::size_t before = words.size();
    switch (leaf.kind) {
      case Kind::always:
      case Kind::in_days:
        break;
      case Kind::parent_alive:
        say("death disputed");
        break;
      case Kind::only_child_disabled:
        if (certificate_open(leaf, segment)) say("certificate expired");
        [[fallthrough]];
      case Kind::only_child_dead:
      case Kind::death_of_only_child:
        if (child_disputed(segment)) say("death disputed");
        if (parentage_possible(segment)) say("parentage");
        if (child_birth_open(segment)) say("birth date");
        if (words.size() == before) say("only child");
        break;
      case Kind::another_living_child:
        if (!days(situation_.coverage.children).test(segment))
          say("no other living child");
        else if (child_disputed(segment))
          say("death disputed");
        else if (parentage_possible(segment))
          say("parentage");
        else
          say("no other living child");
        break;
      case Kind::age_line:
      case Kind::wife_reaches:
        if (own_sex() == Sex::unknown) say("sex");
        if (own_sex() != Sex::female &&
            (not_known_.test(segment) || (married_.can.test(segment) && !married_.must.test(segment))))
          say("marriage");
        if (own_sex() != Sex::female && words.size() == before)
          for (const auto& marriage : marriages_)
            if (marriage.active.can.test(segment) && marriage.again && leaf.kind == Kind::wife_reaches)
              say("marriage");
        if (words.size() == before) say("birth date");
        break;
      case Kind::parent_reaches:
      case Kind::spouses_born_from:
        say("birth date");
        break;
      case Kind::couple_married:
        say("marriage");
        break;
      case Kind::registered_in:
      case Kind::urban:
      case Kind::rural:
        say("residence");
        break;
      case Kind::low_income_allowance:
        say("low-income allowance");
        break;
      case Kind::resident_pension:
        say("resident pension");
        break;
      case Kind::birth_after_ivf:
        say("ivf");
        break;
    }
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

void collect(const Program& program, const Situation& situation, Cuts& cuts) {
  cuts.restart(program.edges);
  auto add = [&](Interval when) {
    cuts.add(when.from);
    cuts.add(when.until);
  };
  auto person = [&](std::int16_t index) -> const SituationPerson* {
    if (index < 0 || static_cast<std::size_t>(index) >= situation.people.size()) return nullptr;
    return &situation.people[static_cast<std::size_t>(index)];
  };
  auto add_death = [&](std::int16_t index) {
    if (const auto* who = person(index); who && who->died) {
      cuts.add(who->died->on);
      cuts.add(day_after(who->died->on));
    }
  };
  auto add_ages = [&](std::int16_t index) {
    const auto* who = person(index);
    if (!who || !who->born) return;
    for (const auto& age : program.ages) {
      Leaf leaf;
      leaf.low = age.years, leaf.age = age.age, leaf.feb29 = age.feb29;
      cuts.add(reaches_under(leaf, who->born->earliest));
      if (who->born->latest != who->born->earliest) cuts.add(reaches_under(leaf, who->born->latest));
    }
  };
  auto add_partner = [&](std::int16_t index) {
    add_ages(index);
    add_death(index);
    if (const auto* who = person(index); who && who->died) {
      cuts.add(next_period(who->died->on, Per::month));
      cuts.add(next_period(who->died->on, Per::year));
    }
  };
  add_death(0);
  add_ages(0);
  for (const auto& span : situation.marriages) {
    add(span.when);
    add_partner(span.spouse);
  }
  for (const auto& span : situation.children) {
    if (span.relation == ChildRelation::step) continue;
    cuts.add(span.when.from);
    cuts.add(span.when.until);
    if (program.asks_ivf && span.relation == ChildRelation::born && span.when.from > Date::beginning())
      cuts.add(day_after(span.when.from));
    if (const auto* child = person(span.child); child && child->born) {
      cuts.add(child->born->earliest);
      cuts.add(child->born->latest);
    }
    add_death(span.child);
    add_partner(span.other_parent);
  }
  for (const auto& span : situation.disabilities)
    add(span.when);
  for (const auto& span : situation.residences)
    add(span.when);
  for (const auto& span : situation.receipts)
    add(span.when);
  add(situation.coverage.children);
  add(situation.coverage.marriages);
  add(situation.coverage.residence);
  add(situation.coverage.receipts);
}

struct Scratch {
  Cuts cuts;
  Evaluation<1>::Room room;
};

// More dates than any family has; beyond, the record itself is broken.
constexpr std::size_t cuts_max = 64 * 512;

template <class Act>
auto with_evaluation(const Program& program, const Situation& situation, Act act) {
  thread_local Scratch scratch;
  collect(program, situation, scratch.cuts);
  const auto& cuts = scratch.cuts;
  if (cuts.size() <= 64) return act(Evaluation<1>(program, situation, cuts, scratch.room), cuts);
  if (cuts.size() > cuts_max)
    throw std::length_error(
        "a situation with more than 32768 dated edges is no family: look for a broken link");
  if (cuts.size() <= 256) {
    Evaluation<4>::Room room;
    return act(Evaluation<4>(program, situation, cuts, room), cuts);
  }
  if (cuts.size() <= 64 * 32) {
    Evaluation<32>::Room room;
    return act(Evaluation<32>(program, situation, cuts, room), cuts);
  }
  Evaluation<512>::Room room;
  return act(Evaluation<512>(program, situation, cuts, room), cuts);
}

}  // namespace

std::vector<Entitlement> evaluate(const Program& program, const Situation& situation) {
  return with_evaluation(program, situation, [&](const auto& evaluation, const Cuts&) {
    std::vector<Entitlement> found;
    evaluation.entitlements(found);
    auto before = [](const Entitlement& a, const Entitlement& b) {
      return std::pair(a.benefit, a.when.from) < std::pair(b.benefit, b.when.from);
    };
    if (!std::is_sorted(found.begin(), found.end(), before))
      std::stable_sort(found.begin(), found.end(), before);
    return found;
  });
}

Explanation explain(const Program& program, const Situation& situation, BenefitIndex benefit, Date day) {
  return with_evaluation(program, situation, [&](const auto& evaluation, const Cuts& cuts) {
    const Line* chosen = nullptr;
    for (const auto& line : program.lines)
      if (line.benefit == benefit && (!chosen || line.in_force.contains(day))) chosen = &line;
    if (!chosen) return Explanation{};
    return evaluation.explain(chosen->right, cuts.segment_of(day));
  });
}

}  // namespace kinhub::policy
