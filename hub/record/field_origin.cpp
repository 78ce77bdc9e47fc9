#include "hub/record/field_origin.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <tuple>

#include "hub/base/name_form.hpp"
#include "hub/record/standing.hpp"

namespace kinhub {
namespace {

constexpr std::string_view field_names[] = {"name",  "sex",       "number",   "born",
                                            "died",  "residence", "parents",  "marriage",
                                            "grade", "insurance", "household"};

constexpr std::string_view later_version = "a later version of this record says otherwise",
                           told_anew = "a later version of this record tells it anew",
                           taken_back = "its source took it back",
                           told_no_more = "its source tells it no more",
                           other_person = "it speaks of somebody else now",
                           replaced_number = "this number was replaced",
                           birth_first = "a birth counts before a day of birth told beside something else",
                           earlier_word = "a later word of the same weight counts",
                           same_days = "another word counts for its days",
                           otherwise_anew =
                               "its message was read anew by a mended mapping, and says otherwise",
                           registers_first = "a register tells it, and counts before a case worker",
                           register_alone = "only a register can tell this, not a case worker",
                           proof_first = "another word is proof, and this one is none alone";

std::string_view outweighed_by(EvidenceClass evidence) {
  switch (evidence) {
    case EvidenceClass::police_registration:
      return "the registration of the police outweighs it";
    case EvidenceClass::certificate:
      return "a certificate or register outweighs it";
    case EvidenceClass::hospital:
      return "a hospital's word outweighs it";
    case EvidenceClass::cremation:
      return "a crematorium's word outweighs it";
    case EvidenceClass::insurance:
      return "an insurer's word outweighs it";
    case EvidenceClass::care_desk:
      return "another case worker's word outweighs it";
  }
  return {};
}

std::string_view sex_text(Sex sex) {
  return sex == Sex::male ? "male" : sex == Sex::female ? "female" : "unknown";
}

constexpr std::size_t region_digits = 6;

std::string since(const Fact& fact) {
  return fact.on ? " since " + fact.on->text() : "";
}

std::string in_scheme(const Fact& fact) {
  const auto* scheme = find_attribute(fact, FactField::scheme);
  return scheme ? " in " + scheme->text : std::string();
}

std::string of_role(Role role, std::string_view field) {
  return std::string(name_of(role)) + "." + std::string(field);
}

const std::string* number_in(const Mention& mention) {
  for (const auto& identifier : mention.identifiers)
    if (identifier.kind == IdentifierKind::citizen_number) return &identifier.value;
  return nullptr;
}

FieldValue value_of(const PartialDate& day) {
  FieldValue value{day.text(), {}, {}};
  value.day = day;
  return value;
}
FieldValue value_of_area(const std::string& area, const std::string& days) {
  FieldValue value{area + days, {}, {}};
  value.area = area;
  return value;
}
FieldValue value_of_grade(int grade, const std::string& days) {
  FieldValue value{"grade " + std::to_string(grade) + days, {}, {}};
  value.grade = grade;
  return value;
}

/// What a statement says of the other person, as one value.
FieldWord word_of_other(const Statement& said, const Mention& other, std::string text) {
  const auto* number = number_in(other);
  return {&said,
          {std::move(text), other.name.value_or(""), number ? *number : ""},
          of_role(other.role, number ? "citizen_number" : "name"),
          {}};
}

/// Adds " since ..." to a text that may be empty.
void add_days(std::string& text, const std::string& days) {
  text += text.empty() && !days.empty() ? days.substr(1) : days;
}

/// What a statement of a kind without rules of its own says of the person, as one value.
FieldWord word_of_kind(const Statement& said, const Mention& own) {
  FieldWord word{&said, {}, {}, {}};
  const auto& fact = said.fact;
  auto add = [](std::string& to, const std::string& more, std::string_view between) {
    to.append(to.empty() ? "" : between).append(more);
  };
  for (const auto& told : values_of(fact, own)) {
    if (word.field.empty()) word.field = told.field->name;
    switch (told.field->privacy) {
      case Privacy::plain:
        add(word.value.text,
            told.field->name == name_of(fact.kind) ? told.text
                                                   : std::string(told.field->name) + " " + told.text,
            ", ");
        break;
      case Privacy::name:
        add(word.value.name, told.text, " ");
        break;
      case Privacy::number:
      case Privacy::contact:
        add(word.value.number, told.text, " ");
        break;
    }
  }
  return word;
}

/// The words of one statement for the field; several where it speaks of several people.
std::vector<FieldWord> words_of(PersonField field, const Statement& said, const Mention& own) {
  const auto& fact = said.fact;
  const bool about_me = own.role == Role::person;
  auto plain = [&](std::string text, std::string of) {
    return std::vector<FieldWord>{{&said, {std::move(text), {}, {}}, std::move(of), {}}};
  };
  auto one = [&](FieldValue value, std::string of) {
    return std::vector<FieldWord>{{&said, std::move(value), std::move(of), {}}};
  };
  switch (field) {
    case PersonField::name:
      if (own.name) return {{&said, {{}, *own.name, {}}, of_role(own.role, "name"), {}}};
      break;
    case PersonField::sex:
      if (own.sex) return plain(std::string(sex_text(*own.sex)), of_role(own.role, "sex"));
      break;
    case PersonField::number:
      if (const auto* number = number_in(own))
        return {{&said, {{}, {}, *number}, of_role(own.role, "citizen_number"), {}}};
      break;
    case PersonField::born:
      if (fact.kind == FactKind::birth && about_me && fact.on) return one(value_of(*fact.on), "on");
      if (own.born) return one(value_of(*own.born), of_role(own.role, "born"));
      break;
    case PersonField::died:
      if (fact.kind == FactKind::death && about_me && fact.on) return one(value_of(*fact.on), "on");
      break;
    case PersonField::residence:
      if (fact.kind != FactKind::residence || !about_me) break;
      if (auto area = registered_area(fact); !area.empty())
        return one(value_of_area(area, since(fact)), area.size() > region_digits ? "area"
                                                     : fact.region_to            ? "region_to"
                                                                                 : "region");
      break;
    case PersonField::grade:
      if (fact.kind == FactKind::disability && about_me && fact.grade)
        return one(value_of_grade(*fact.grade, since(fact)), "grade");
      break;
    case PersonField::insurance:
      if (fact.kind == FactKind::insurance && about_me && fact.status)
        return plain(*fact.status + in_scheme(fact) + since(fact), "status");
      break;
    case PersonField::household:
      if (fact.kind == FactKind::household && about_me && fact.household_number)
        return {{&said, {{}, {}, *fact.household_number}, "household_number", {}}};
      break;
    case PersonField::parents: {
      const bool born = fact.kind == FactKind::birth || fact.kind == FactKind::parentage;
      if (!about_me || (!born && fact.kind != FactKind::adoption)) break;
      std::vector<FieldWord> words;
      for (const auto& other : fact.people)
        if (other.role == Role::mother || other.role == Role::father)
          words.push_back(
              word_of_other(said, other, (born ? "" : "adopting ") + std::string(name_of(other.role))));
      return words;
    }
    case PersonField::marriage: {
      const bool married = fact.kind == FactKind::marriage, divorced = fact.kind == FactKind::divorce;
      if (!married && !divorced && fact.kind != FactKind::marriage_annulled) break;
      std::vector<FieldWord> words;
      for (const auto& other : fact.people)
        if (&other != &own && other.role != own.role) {
          auto& word =
              words.emplace_back(word_of_other(said, other,
                                               (married    ? "married"
                                                : divorced ? "divorced"
                                                           : "annulled") +
                                                   (fact.on ? " " + fact.on->text() : std::string())));
          word.value.deed = fact.kind, word.value.day = fact.on;
        }
      return words;
    }
  }
  return {};
}

bool told_before(const FieldWord& a, const FieldWord& b) {
  return std::tie(a.said->source, a.said->fact.key, a.said->event_sequence, a.said->fact_index, a.value) <
         std::tie(b.said->source, b.said->fact.key, b.said->event_sequence, b.said->fact_index, b.value);
}

bool contains(const std::vector<Support>& all, Support one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// The words that hold, by current versions and succeeded states, and those that do not any more.
struct Words {
  std::vector<FieldWord> hold, lost;
};

/// Whether a state that its history succeeded still counts for what is asked: for its days, if it is asked
/// over time. It says no name or number any more (decision 0019).
enum class Succeeded : bool { is_over, counts_for_its_days };

/// The words of one statement for what is asked: words_of(field, ...), or that of a kind.
template <class WordsOf>
Words words_in(const Dossier& dossier, std::int64_t known_at_us, Succeeded succeeded, WordsOf words_of) {
  Words words;
  const auto says = [&](const Statement& current, const Mention& own, const FieldWord& word) {
    const auto now = words_of(current, own);
    return std::any_of(now.begin(), now.end(), [&](const auto& one) { return one.value == word.value; });
  };
  const auto why_lost = [&](const Entry& entry, const Statement& current, const FieldWord& word) {
    if (current.fact.op == Op::untold) return told_no_more;
    if (!asserts(current.fact.op) && !ends_state(current.fact.op)) return taken_back;
    const auto* own = entry.mention_in(current);
    if (!own) return other_person;
    return says(current, *own, word) ? told_anew : later_version;
  };
  for (const auto& entry : dossier.entries) {
    const auto* current = entry.history.current(known_at_us);
    const auto states = succeeded == Succeeded::is_over ? decltype(entry.history.states_before(known_at_us))()
                                                        : entry.history.states_before(known_at_us);
    for (const auto& said : entry.history.versions) {
      const auto* own = entry.mention_in(said);
      if (!own || said.received_at_us > known_at_us || !asserts(said.fact.op)) continue;
      if (!known_then(said, known_at_us)) {
        const auto* now = current ? entry.mention_in(*current) : nullptr;
        for (auto& word : words_of(said, *own)) {
          if (now && says(*current, *now, word)) continue;  // another field of it was mended
          word.lost = otherwise_anew, word.still_said = false;
          words.lost.push_back(std::move(word));
        }
        continue;
      }
      const auto state =
          std::find_if(states.begin(), states.end(), [&](const auto& one) { return one.said == &said; });
      const bool holds = &said == current || state != states.end();
      const auto* after = !holds ? current : state != states.end() ? state->ended_by : nullptr;
      for (auto& word : words_of(said, *own)) {
        if (!holds) word.lost = why_lost(entry, *current, word), word.still_said = false;
        if (after && from_absence(after->fact.op)) word.untold_by = after;
        (holds ? words.hold : words.lost).push_back(std::move(word));
      }
    }
  }
  return words;
}

void outweigh(FieldWord& word, EvidenceClass by, const EvidenceRule& rule) {
  word.lost = outweighed_by(by), word.rule_line = rule.line;
}

/// Splits the words that hold into those for the value and those that lost to them.
void settle_one(FieldOrigin& origin, std::vector<FieldWord> hold, FieldValue value,
                bool (*same)(const FieldValue&, const FieldValue&), const EvidenceRule& rule) {
  FieldOrigin::Settled settled;
  settled.value = std::move(value);
  std::vector<FieldWord> others;
  for (auto& word : hold)
    (same(word.value, settled.value) ? settled.by : others).push_back(std::move(word));
  auto weightier = [&](const FieldWord& a, const FieldWord& b) {
    return rule.order.outweighs(a.said->fact.evidence, b.said->fact.evidence);
  };
  const auto best = std::min_element(settled.by.begin(), settled.by.end(), weightier);
  for (auto& word : others) {
    if (word.lost.empty() && best != settled.by.end()) {
      if (weightier(*best, word))
        outweigh(word, best->said->fact.evidence, rule);
      else
        word.lost = earlier_word;
    }
    origin.lost.push_back(std::move(word));
  }
  origin.settled.push_back(std::move(settled));
}

bool equal(const FieldValue& a, const FieldValue& b) {
  return a == b;
}
bool same_in_form(const FieldValue& a, const FieldValue& b) {
  return same_name(a.name, b.name);
}

/// Values over time: each word stands with the span whose evidence it is.
template <class Spans, class ValueOf>
void settle_spans(FieldOrigin& origin, std::vector<FieldWord> hold, const Spans& spans, ValueOf value_of,
                  const EvidenceRules& rules) {
  for (const auto& span : spans) {
    FieldOrigin::Settled settled;
    settled.value = value_of(span);
    for (const auto& word : hold)
      if (contains(span.evidence, word.said)) settled.by.push_back(word);
    origin.settled.push_back(std::move(settled));
  }
  for (auto& word : hold) {
    if (std::any_of(spans.begin(), spans.end(),
                    [&](const auto& span) { return contains(span.evidence, word.said); }))
      continue;
    const auto& rule = rules.of(word.said->fact.kind);
    const bool proves = rule.proof.has(word.said->fact.evidence);
    word.lost = proves                                ? same_days
                : !by_desk(*word.said)                ? proof_first
                : desk_may_tell(word.said->fact.kind) ? registers_first
                                                      : register_alone;
    if (!proves && !by_desk(*word.said)) word.rule_line = rule.line;
    origin.lost.push_back(std::move(word));
  }
}

std::string text_of(Interval when) {
  return (when.from == Date::beginning() ? std::string() : " since " + when.from.text()) +
         (when.until == Date::forever() ? std::string() : " until " + when.until.text());
}

/// Values that stand beside each other: what is said in the same words is one.
void settle_each(FieldOrigin& origin, std::vector<FieldWord> hold) {
  std::map<std::tuple<std::string, std::string, std::string>, FieldOrigin::Settled> values;
  for (auto& word : hold) {
    const auto& value = word.value;
    auto& settled = values[{value.text, value.number, value.number.empty() ? name_form(value.name) : ""}];
    if (settled.by.empty()) settled.value = value;
    settled.by.push_back(std::move(word));
  }
  for (auto& [key, settled] : values)
    origin.settled.push_back(std::move(settled));
}

void settle_death(FieldOrigin& origin, std::vector<FieldWord> hold, const Portrait& portrait,
                  const EvidenceRule& rule) {
  for (auto& word : hold) {
    if (portrait.death && contains(portrait.death->evidence, word.said)) continue;
    word.lost = taken_back, word.still_said = false;
    origin.lost.push_back(word);
  }
  if (!portrait.death) return;
  FieldOrigin::Settled settled;
  settled.value = value_of(portrait.death->on);
  settled.dispute = portrait.death->dispute;
  for (const auto* said : portrait.death->evidence) {
    // Of a newborn that is taken for this child the words stand in another dossier.
    const bool own =
        std::any_of(hold.begin(), hold.end(), [&](const auto& word) { return word.said == said; });
    if (!own) settled.by.push_back({said, value_of(*said->fact.on), "on", {}});
  }
  for (auto& word : hold)
    if (word.lost.empty()) settled.by.push_back(std::move(word));
  // All are words of the death; the order of weight chose the day where another class tells another.
  const auto tells = [&](const FieldWord& word) { return word.said->fact.on == portrait.death->on; };
  const auto chosen = std::find_if(settled.by.begin(), settled.by.end(), tells);
  if (chosen != settled.by.end() &&
      std::any_of(settled.by.begin(), settled.by.end(), [&](const FieldWord& word) {
        return !tells(word) && word.said->fact.evidence != chosen->said->fact.evidence;
      }))
    settled.rule_line = rule.line;
  origin.settled.push_back(std::move(settled));
}

std::vector<FieldWord> denials_in(const Dossier& dossier, std::int64_t known_at_us) {
  std::vector<FieldWord> denied;
  for (const auto& entry : dossier.entries)
    if (const auto* said = entry.history.current(known_at_us); said && lists_living(entry, *said))
      denied.push_back({said, {std::string(listed_living), {}, {}}, "on", {}});
  return denied;
}

void settle_birth(FieldOrigin& origin, std::vector<FieldWord> hold, const Portrait& portrait,
                  const EvidenceRule& rule) {
  if (!portrait.born) return;
  const bool births =
      std::any_of(hold.begin(), hold.end(), [](const auto& word) { return word.field == "on"; });
  auto settled = value_of(*portrait.born);
  for (auto& word : hold)
    if (births && word.field != "on" && word.value != settled) word.lost = birth_first;
  settle_one(origin, std::move(hold), std::move(settled), equal, rule);
}

void settle_number(FieldOrigin& origin, std::vector<FieldWord> hold, const Portrait& portrait,
                   const EvidenceRule& rule) {
  if (portrait.citizen_number.empty()) return;
  for (auto& word : hold)
    if (std::find(portrait.former_numbers.begin(), portrait.former_numbers.end(), word.value.number) !=
        portrait.former_numbers.end())
      word.lost = replaced_number;
  settle_one(origin, std::move(hold), {{}, {}, portrait.citizen_number}, equal, rule);
}

/// Sorts the words, and finds since when each value is known.
void finish(FieldOrigin& origin) {
  for (auto& settled : origin.settled) {
    std::sort(settled.by.begin(), settled.by.end(), told_before);
    // What differs in its days or spelling supports the value, too, but did not tell it.
    const bool exact = std::any_of(settled.by.begin(), settled.by.end(),
                                   [&](const auto& word) { return word.value == settled.value; });
    bool first = true;
    for (const auto& word : settled.by) {
      if (exact && word.value != settled.value) continue;
      settled.known_since_us =
          first ? word.said->received_at_us : std::min(settled.known_since_us, word.said->received_at_us);
      first = false;
    }
  }
  std::sort(origin.lost.begin(), origin.lost.end(), told_before);
  std::sort(origin.denied.begin(), origin.denied.end(), told_before);
}

}  // namespace

std::string_view name_of(PersonField field) {
  assert(static_cast<std::size_t>(field) < std::size(field_names));
  return field_names[static_cast<std::size_t>(field)];
}

std::optional<PersonField> person_field(std::string_view name) {
  for (std::size_t i = 0; i < std::size(field_names); ++i)
    if (field_names[i] == name) return static_cast<PersonField>(i);
  return std::nullopt;
}

const std::vector<std::string_view>& person_field_names() {
  static const std::vector<std::string_view> names(std::begin(field_names), std::end(field_names));
  return names;
}

bool was_taken_back(const FieldWord& word) {
  return word.lost == taken_back;
}

bool lists_living(const Entry& entry, const Statement& current) {
  const auto* own = entry.mention_in(current);
  return own && own->role == Role::person && current.fact.kind == FactKind::death &&
         current.fact.op == Op::deny;
}

std::string_view name_of(const AskedField& field) {
  return std::visit([](auto one) { return name_of(one); }, field);
}

const std::vector<std::string_view>& asked_field_names() {
  static const auto names = [] {
    auto all = person_field_names();
    for (const auto& kind : fact_kinds())
      if (kind.form != KindForm::happening && !person_field(kind.name)) all.push_back(kind.name);
    return all;
  }();
  return names;
}

std::optional<AskedField> asked_field(std::string_view name) {
  if (auto field = person_field(name)) return *field;
  const auto kind = fact_kind(name);
  if (!kind || traits_of(*kind).form == KindForm::happening) return std::nullopt;
  return *kind;
}

FieldOrigin origin_of(PersonField field, const Dossier& dossier, const Portrait& portrait,
                      std::int64_t known_at_us, const EvidenceRules& rules) {
  assert(portrait.person == dossier.person);
  FieldOrigin origin;
  const auto succeeded =
      field == PersonField::residence || field == PersonField::insurance || field == PersonField::household
          ? Succeeded::counts_for_its_days
          : Succeeded::is_over;
  auto words = words_in(dossier, known_at_us, succeeded, [&](const Statement& said, const Mention& own) {
    return words_of(field, said, own);
  });
  origin.lost = std::move(words.lost);
  switch (field) {
    case PersonField::name:
      if (!portrait.name.empty())
        settle_one(origin, std::move(words.hold), {{}, portrait.name, {}}, same_in_form,
                   rules.of(PersonWord::name));
      break;
    case PersonField::sex:
      if (portrait.sex != Sex::unknown)
        settle_one(origin, std::move(words.hold), {std::string(sex_text(portrait.sex)), {}, {}}, equal,
                   rules.of(PersonWord::sex));
      break;
    case PersonField::number:
      settle_number(origin, std::move(words.hold), portrait, rules.of(PersonWord::number));
      break;
    case PersonField::born:
      settle_birth(origin, std::move(words.hold), portrait, rules.of(PersonWord::born));
      break;
    case PersonField::died:
      settle_death(origin, std::move(words.hold), portrait, rules.of(FactKind::death));
      if (portrait.death) origin.denied = denials_in(dossier, known_at_us);
      break;
    case PersonField::residence:
      settle_spans(
          origin, std::move(words.hold), residence_by_area(dossier, known_at_us, rules),
          [](const Registered& one) { return value_of_area(one.region, text_of(one.when)); }, rules);
      break;
    case PersonField::grade:
      settle_spans(
          origin, std::move(words.hold), portrait.disability,
          [](const DisabilityGrade& one) { return value_of_grade(one.grade, text_of(one.valid)); }, rules);
      break;
    case PersonField::parents:
    case PersonField::marriage:
    case PersonField::insurance:
    case PersonField::household:
      settle_each(origin, std::move(words.hold));
      break;
  }
  finish(origin);
  return origin;
}

FieldOrigin origin_of(FactKind kind, const Dossier& dossier, std::int64_t known_at_us,
                      const EvidenceRules& rules) {
  const auto& traits = traits_of(kind);
  constexpr auto succeeded = Succeeded::counts_for_its_days;
  auto words = words_in(dossier, known_at_us, succeeded, [&](const Statement& said, const Mention& own) {
    std::vector<FieldWord> one;
    const bool dated = traits.form == KindForm::state || said.fact.on;
    if (said.fact.kind != kind || own.role != about(traits) || !dated) return one;
    add_days(one.emplace_back(word_of_kind(said, own)).value.text,
             traits.form == KindForm::state ? since(said.fact) : " on " + said.fact.on->text());
    return one;
  });
  FieldOrigin origin;
  origin.lost = std::move(words.lost);
  const auto standing = standing_of(kind, dossier, known_at_us, rules);
  for (const auto& one : standing) {
    FieldOrigin::Settled settled;
    settled.value = word_of_kind(*one.said, *one.own).value;
    add_days(settled.value.text,
             traits.form == KindForm::state ? text_of(one.when) : " on " + one.said->fact.on->text());
    for (const auto& word : words.hold)
      if (contains(one.by, word.said)) settled.by.push_back(word);
    origin.settled.push_back(std::move(settled));
  }
  for (auto& word : words.hold) {
    if (std::any_of(standing.begin(), standing.end(),
                    [&](const auto& one) { return contains(one.by, word.said); }))
      continue;
    const auto& order = rules.of(kind).order;
    auto weightiest = word.said->fact.evidence;
    for (const auto& one : standing)
      if (one.part == part_of(word.said->fact) && order.outweighs(one.said->fact.evidence, weightiest))
        weightiest = one.said->fact.evidence;
    if (weightiest != word.said->fact.evidence)
      outweigh(word, weightiest, rules.of(kind));
    else
      word.lost = same_days;
    origin.lost.push_back(std::move(word));
  }
  finish(origin);
  return origin;
}

FieldOrigin origin_of(const AskedField& field, const Dossier& dossier, const Portrait& portrait,
                      std::int64_t known_at_us, const EvidenceRules& rules) {
  if (const auto* kind = std::get_if<FactKind>(&field)) return origin_of(*kind, dossier, known_at_us, rules);
  return origin_of(std::get<PersonField>(field), dossier, portrait, known_at_us, rules);
}

}  // namespace kinhub
