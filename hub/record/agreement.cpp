#include "hub/record/agreement.hpp"

#include <algorithm>
#include <tuple>

#include "hub/base/clock.hpp"
#include "hub/base/name_form.hpp"

namespace kinhub {
namespace {

constexpr std::string_view other_day = "the day that another word tells counts",
                           took_back = "its source took it back, and others have not",
                           other_person = "another source names somebody else, and neither is proven wrong",
                           reported_dead = "another source reports this person dead";

bool days_may_be_one(const std::optional<PartialDate>& a, const std::optional<PartialDate>& b) {
  return a && b ? a->first <= b->last() && b->first <= a->last() : a == b;
}

/// Whether two values may be of the same person: what both tell must not differ.
bool may_be_one_person(const FieldValue& a, const FieldValue& b) {
  if (!a.number.empty() && !b.number.empty()) return a.number == b.number;
  return !tells_who(a.name) || !tells_who(b.name) || same_name(a.name, b.name);
}

/// Whether what a source says is no other than what counts.
bool agree(PersonField field, const FieldValue& says, const FieldValue& settled) {
  switch (field) {
    case PersonField::name:
      return !tells_who(says.name) || same_name(says.name, settled.name);
    case PersonField::born:
    case PersonField::died:
      return days_may_be_one(says.day, settled.day);
    case PersonField::residence:
      return says.area.starts_with(settled.area) || settled.area.starts_with(says.area);
    case PersonField::grade:
      return says.grade == settled.grade;
    case PersonField::marriage:
      return may_be_one_person(says, settled) && days_may_be_one(says.day, settled.day);
    case PersonField::parents:
      return may_be_one_person(says, settled);
    case PersonField::sex:
    case PersonField::number:
    case PersonField::insurance:
    case PersonField::household:
      return says == settled;
  }
  return true;
}

/// Whether both tell the same person, which is more than that they may.
bool is_one_person(const FieldValue& a, const FieldValue& b) {
  if (!a.number.empty() && !b.number.empty()) return a.number == b.number;
  return tells_who(a.name) && tells_who(b.name) && same_name(a.name, b.name);
}

/// Whether one value supports the other: they agree, and not for want of anything to compare.
bool confirms(PersonField field, const FieldValue& a, const FieldValue& b) {
  const bool of_people =
      field == PersonField::name || field == PersonField::parents || field == PersonField::marriage;
  return agree(field, a, b) && (!of_people || is_one_person(a, b));
}

/// Whether two values are answers to one question, so that they can differ: the mother and the mother, one
/// marriage and its other day.
bool same_question(PersonField field, const FieldValue& a, const FieldValue& b) {
  if (field == PersonField::parents) return a.text == b.text;
  if (field != PersonField::marriage) return true;
  return a.deed == b.deed && may_be_one_person(a, b) &&
         (!a.number.empty() || !b.number.empty() || !a.name.empty());
}

/// The day of a version that is a time (20261118102501), else that of arrival.
Date told_on(const Statement& said) {
  constexpr std::size_t day_digits = 8;
  const auto& version = said.fact.version;
  if (version.size() >= day_digits)
    if (const auto day =
            Date::parse(version.substr(0, 4) + "-" + version.substr(4, 2) + "-" + version.substr(6, 2)))
      return *day;
  return shanghai_date(said.received_at_us);
}

/// Whether a row still lists its person as living long enough after that day: for so long a register may lag.
bool lists_after(const Statement& row, const PartialDate& death, const CompleteUntil& complete,
                 const EvidenceRules& rules) {
  const auto known = complete.find(row.source);
  const auto on = known == complete.end() ? told_on(row) : std::max(told_on(row), known->second);
  return death.last().plus_days(rules.date_dispute_days) < on;
}

/// Words for a value that is taken to count, and how they are weighed against others.
struct Side {
  const FieldOrigin::Settled* settled = nullptr;
  std::vector<const FieldWord*> words;  ///< weightiest first
};

class Voices {
 public:
  Voices(PersonField field, const FieldOrigin& origin, const CompleteUntil& complete,
         const EvidenceRules& rules)
      : field_(field), origin_(origin), complete_(complete), rules_(rules) {
    for (const auto& settled : origin.settled) {
      auto& side = sides_.emplace_back(Side{&settled, {}});
      for (const auto& word : settled.by)
        side.words.push_back(&word);
      std::ranges::stable_sort(side.words, [&](const auto* a, const auto* b) { return outweighs(*a, *b); });
    }
  }

  std::vector<Voice> all() {
    for (const auto& side : sides_)
      for (const auto* word : side.words)
        add(*word, side);
    for (const auto& word : origin_.lost)
      if (word.still_said && !sides_.empty()) add(word, nearest(word.value));
    if (field_ == PersonField::died) add_taken_back(), add_denied();
    std::ranges::sort(voices_, [](const Voice& a, const Voice& b) {
      return std::tie(a.source, a.word.value) < std::tie(b.source, b.word.value);
    });
    return std::move(voices_);
  }

 private:
  bool outweighs(const FieldWord& a, const FieldWord& b) const {
    const auto& order = rules_.of(a.said->fact.kind).order;
    return order.outweighs(a.said->fact.evidence, b.said->fact.evidence);
  }

  /// The settled value that a word which does not count stands against: one that it agrees with, else the
  /// last answer to its question.
  const Side& nearest(const FieldValue& says) const {
    const Side* found = &sides_.back();
    for (const auto& side : sides_)
      if (same_question(field_, says, side.settled->value)) {
        found = &side;
        if (agree(field_, says, side.settled->value)) break;
      }
    return *found;
  }

  /// Whether the field has values over time: one word may begin a span and end another.
  bool over_time() const { return field_ == PersonField::residence || field_ == PersonField::grade; }
  bool agrees_with_a_span(const FieldWord& word) const {
    return std::ranges::any_of(
        sides_, [&](const Side& side) { return agree(field_, word.value, side.settled->value); });
  }

  /// Of values that stand beside each other, the weightier answer to the same question that says otherwise.
  const Side* against(const FieldWord& word, const Side& own) const {
    if (field_ != PersonField::parents && field_ != PersonField::marriage) return nullptr;
    for (const auto& side : sides_) {
      if (&side == &own || side.words.empty() || !same_question(field_, word.value, side.settled->value) ||
          agree(field_, word.value, side.settled->value))
        continue;
      const auto& theirs = *side.words.front();
      if (outweighs(theirs, word) || (!outweighs(word, theirs) && said_before(word, theirs))) return &side;
    }
    return nullptr;
  }
  /// Of two words of one weight the later received one counts here, so that one of the two is asked about.
  static bool said_before(const FieldWord& a, const FieldWord& b) {
    return std::tie(a.said->received_at_us, a.said->source, a.value) <
           std::tie(b.said->received_at_us, b.said->source, b.value);
  }

  /// Whether a source other than this one says what counts, or agrees with it.
  bool confirmed(const FieldWord& word) const {
    const auto supports = [&](const FieldWord& other) {
      return other.still_said && other.said->source != word.said->source &&
             same_question(field_, word.value, other.value) && confirms(field_, word.value, other.value);
    };
    for (const auto& side : sides_)
      if (std::ranges::any_of(side.words, [&](const auto* other) { return supports(*other); })) return true;
    return std::ranges::any_of(origin_.lost, supports);
  }

  void add(const FieldWord& word, const Side& side) {
    const auto* by = &side;
    auto rule = word.lost;
    auto line = word.rule_line;
    bool differs = over_time() ? !agrees_with_a_span(word) : !agree(field_, word.value, side.settled->value);
    if (differs && rule.empty()) rule = other_day, line = side.settled->rule_line;
    if (!differs && word.lost.empty())
      if (const auto* other = against(word, side))
        differs = true, by = other, line = 0,
        rule = field_ == PersonField::marriage ? other_day : other_person;
    if (differs)
      put(word, *by, rule, line);
    else
      put({word.said->source, word, confirmed(word) ? Agreement::confirmed : Agreement::alone});
  }

  void add_taken_back() {
    for (const auto& word : origin_.lost) {
      if (word.still_said || sides_.empty() || !was_taken_back(word)) continue;
      const auto holds = [&](const FieldWord* other) { return other->said->source == word.said->source; };
      if (!std::ranges::any_of(sides_.front().words, holds)) put(word, sides_.front(), took_back, 0);
    }
  }

  void add_denied() {
    if (sides_.empty() || !sides_.front().settled->value.day) return;
    const auto& side = sides_.front();
    for (const auto& word : origin_.denied) {
      const auto& source = word.said->source;
      const bool spoke =
          std::ranges::any_of(voices_, [&](const Voice& other) { return other.source == source; });
      if (!spoke && lists_after(*word.said, *side.settled->value.day, complete_, rules_))
        put(word, side, reported_dead, 0);
    }
  }

  void put(const FieldWord& word, const Side& side, std::string_view rule, std::uint32_t line) {
    Voice voice{word.said->source, word, Agreement::differs, side.settled->value, {}, rule, line};
    for (const auto* other : side.words)
      if (const auto& source = other->said->source;
          std::ranges::find(voice.settled_by, source) == voice.settled_by.end())
        voice.settled_by.push_back(source);
    voice.since_us = std::max(word.said->received_at_us, side.settled->known_since_us);
    put(std::move(voice));
  }
  /// One for each value of a source; that it differs counts before all.
  void put(Voice voice) {
    const auto same = std::ranges::find_if(voices_, [&](const Voice& other) {
      return other.source == voice.source && other.word.value == voice.word.value;
    });
    if (same == voices_.end())
      voices_.push_back(std::move(voice));
    else if (same->agreement < voice.agreement)
      *same = std::move(voice);
  }

  const PersonField field_;
  const FieldOrigin& origin_;
  const CompleteUntil& complete_;
  const EvidenceRules& rules_;
  std::vector<Side> sides_;
  std::vector<Voice> voices_;
};

}  // namespace

std::string_view name_of(Agreement agreement) {
  switch (agreement) {
    case Agreement::alone:
      return "alone";
    case Agreement::confirmed:
      return "confirmed";
    case Agreement::differs:
      return "differs";
  }
  return {};
}

const std::vector<PersonField>& compared_fields() {
  using enum PersonField;
  static const std::vector<PersonField> fields{name,      sex,     number,   born, died,
                                               residence, parents, marriage, grade};
  return fields;
}

std::vector<Voice> voices_of(PersonField field, const FieldOrigin& origin, const EvidenceRules& rules,
                             const CompleteUntil& complete) {
  return Voices(field, origin, complete, rules).all();
}

std::vector<Support> living_against(const Happening& death, const Dossier& dossier,
                                    const CompleteUntil& complete, const EvidenceRules& rules) {
  std::vector<Support> rows;
  const auto& order = rules.of(FactKind::death).order;
  for (const auto& entry : dossier.entries) {
    const auto* row = entry.history.current(known_now);
    if (!row || !lists_living(entry, *row) || !lists_after(*row, death.on, complete, rules)) continue;
    const bool settled = std::ranges::any_of(death.evidence, [&](const Statement* said) {
      return said->source == row->source || order.outweighs(said->fact.evidence, row->fact.evidence);
    });
    if (!settled) rows.push_back(row);
  }
  std::ranges::sort(rows, [](const Statement* a, const Statement* b) {
    return std::tie(a->source, a->fact.key) < std::tie(b->source, b->fact.key);
  });
  return rows;
}

}  // namespace kinhub
