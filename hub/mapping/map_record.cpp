// One record under one mapping: filtered, rejected, or its facts.
#include <algorithm>
#include <array>

#include "hub/base/han_text.hpp"
#include "hub/mapping/compiled.hpp"
#include "hub/mapping/values.hpp"

namespace kinhub {
namespace {

using Member = Slot::Member;

constexpr std::size_t text_bytes_max = 512;

/// The builder of a fact: mentions by role until all fields are read.
struct Draft {
  Fact fact;
  std::array<std::optional<Mention>, role_count> people;

  Mention& mention(Role role) {
    auto& one = people[static_cast<std::size_t>(role)];
    if (!one) {
      one.emplace();
      one->role = role;
    }
    return *one;
  }
};

std::optional<Error> fault_of_text(std::string_view text) {
  if (text.size() > text_bytes_max)
    return Error{"FIELD_TOO_LONG",
                 "the text has " + std::to_string(text.size()) + " bytes, more than the 512 of any field",
                 {}};
  bool ascii = true;
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      return Error{
          "FIELD_CONTROL", "a control character stands in the text: ask the source to correct it", {}};
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  }
  if (ascii) return std::nullopt;
  if (const auto trace = trace_of_loss(text))
    return Error{"TEXT_BROKEN",
                 "a conversion before this one has lost characters of the text (" + std::string(*trace) +
                     " stands in their place): ask the source what it says, and to send it whole",
                 {}};
  return std::nullopt;
}

/// A question mark in a name is what a conversion left of a character that the charset lacked.
std::optional<Error> fault_of_name(std::string_view name) {
  if (name.find('?') == std::string_view::npos && name.find("\uFF1F") == std::string_view::npos)
    return std::nullopt;
  return Error{
      "TEXT_BROKEN",
      "a question mark stands in a name, where a conversion has lost a character: ask the source for "
      "the name, and to send it whole",
      {}};
}

/// Sets a field of the fact itself. REQUIRES: value.present() and of the type the loader allowed.
std::optional<Error> put_field(Fact& fact, FactField field, const Value& value) {
  const auto& traits = traits_of(field);
  switch (traits.type) {
    case FieldType::date:
      if (field == FactField::registered && value.date.precision != Precision::day)
        return Error{"DATE_PRECISION", "the day of registration must be known to the day", {}};
      set(fact, field, value.date);
      break;
    case FieldType::integer:
    case FieldType::money:
      if (traits.most != 0 && (value.integer < 1 || value.integer > traits.most))
        return Error{"FIELD_RANGE",
                     "it must be 1 to " + std::to_string(traits.most) + ": ask the source to correct it",
                     {}};
      set(fact, field, std::int64_t{value.integer});
      break;
    case FieldType::name:
    case FieldType::identifier:
    case FieldType::sex:
    case FieldType::code:
    case FieldType::text:
    case FieldType::region:
    case FieldType::area:
      set(fact, field, std::string(value.text));
      break;
  }
  return std::nullopt;
}

/// Sets the member of the fact that the slot names. REQUIRES:
/// value.present() and of the type the loader allowed.
std::optional<Error> put(Draft& draft, const Slot& slot, const Value& value) {
  const bool dated = slot.member == Member::born ||
                     (slot.member == Member::field && traits_of(slot.field).type == FieldType::date);
  if (!dated) {
    if (auto error = fault_of_text(value.text)) return error;
    if (value.text.empty()) return std::nullopt;  // '' in a mapping: nothing to say
  }
  switch (slot.member) {
    case Member::identifier:
      draft.mention(slot.role).identifiers.push_back({slot.identifier, std::string(value.text)});
      break;
    case Member::former:
      draft.mention(slot.role).former.push_back({slot.identifier, std::string(value.text)});
      break;
    case Member::name:
      if (auto error = fault_of_name(value.text)) return error;
      draft.mention(slot.role).name = std::string(value.text);
      break;
    case Member::sex:
      if (value.text != "unknown")
        draft.mention(slot.role).sex = value.text == "male" ? Sex::male : Sex::female;
      break;
    case Member::born:
      draft.mention(slot.role).born = value.date;
      break;
    case Member::field:
      return put_field(draft.fact, slot.field, value);
  }
  return std::nullopt;
}

std::string place_of(const Expression& expression, const Scope& scope) {
  std::vector<const Path*> paths;
  collect_paths(expression, paths);
  return paths.empty() ? scope.document.place(scope.record)
                       : scope.document.place(*paths.front(), scope.record);
}

/// "|" joins the parts of a key, so it is written %7C inside of one.
void append_key_part(std::string& key, std::string_view part) {
  for (char c : part) {
    if (c == '|')
      key += "%7C";
    else if (c == '%')
      key += "%25";
    else
      key += c;
  }
}

class Mapper {
 public:
  Mapper(const MappingFile& file, Scope& scope) : file_(file), scope_(scope) {}

  Outcome run() {
    for (const auto* path : file_.paths)
      if (!scope_.document.declares(*path))
        return reject({"CSV_COLUMN_MISSING",
                       "the file has no column " + path->text +
                           ": the source has changed its form; mend the mapping or ask for the column",
                       "column " + path->text},
                      "");
    if (auto rejected = deleted_unread()) return std::move(*rejected);
    bool failed = false;
    for (const auto& rule : file_.filters) {
      const bool fits = !rule.when || holds(*rule.when, scope_, failed);
      if (failed) return reject(std::move(scope_.error), "filter");
      if (fits) return Filtered{file_.name, rule.reason};
    }
    Mapped mapped;
    for (const auto& rule : file_.facts) {
      const bool fits = !rule.when || holds(*rule.when, scope_, failed);
      if (failed) return reject(std::move(scope_.error), "when");
      if (!fits) continue;
      if (auto rejected = add_fact(rule, mapped)) return std::move(*rejected);
    }
    for (const auto& rule : file_.facts)
      if (rule.absence.may_tell())
        if (auto rejected = add_absence(rule, mapped)) return std::move(*rejected);
    // After the facts, so that a wrong number is told of by its own field first.
    for (const auto& rule : file_.requirements) {
      const bool met = holds(rule.that, scope_, failed);
      if (failed) return reject(std::move(scope_.error), "require");
      if (!met) return reject({rule.code, rule.text, place_of(rule.that, scope_)}, "");
    }
    if (mapped.facts.empty())
      return reject(
          {"NO_FACT",
           "the mapping fits this message but none of its facts or filters does: add one to " + file_.place,
           scope_.document.place(scope_.record)},
          "");
    return mapped;
  }

 private:
  Rejected reject(Error error, std::string field) const {
    return {std::move(error), file_.name, std::move(field)};
  }

  /// A row that its publisher marks as deleted must not be read as one that stands.
  std::optional<Rejected> deleted_unread() {
    if (!file_.deleted_mark || file_.reads_deleted_mark) return std::nullopt;
    Error unreadable;
    const auto mark = scope_.document.read(*file_.deleted_mark, scope_.record, scope_.arena, unreadable);
    if (mark.state != SourceValue::State::text || trimmed(mark.text) != "true") return std::nullopt;
    return reject({"ROW_DELETED",
                   "the row is marked as deleted (__deleted) and the mapping does not read the mark: give it "
                   "op: { if: \"__deleted = 'true'\", then: retract, else: assert }",
                   scope_.document.place(*file_.deleted_mark, scope_.record)},
                  "");
  }

  std::optional<Rejected> add_fact(const FactRule& rule, Mapped& mapped) {
    Draft draft;
    auto& fact = draft.fact;
    fact.kind = rule.kind;
    fact.evidence = rule.evidence;
    fact.op = rule.op.otherwise;
    bool failed = false;
    if (rule.op.condition && holds(*rule.op.condition, scope_, failed)) fact.op = rule.op.then;
    if (failed) return reject(std::move(scope_.error), "op");
    if (fact.op == Op::assert_ && rule.later.succeeds &&
        (!rule.later.condition || holds(*rule.later.condition, scope_, failed)))
      fact.op = Op::succeed;
    if (failed) return reject(std::move(scope_.error), "later");
    if (auto rejected = read_key(rule, fact)) return rejected;
    if (auto rejected = read_version(rule, fact)) return rejected;
    for (const auto& setting : rule.set) {
      auto value = evaluate(setting.value, scope_);
      std::optional<Error> error;
      if (value.failed()) {
        error = std::move(scope_.error);
      } else if (value.present()) {
        error = put(draft, setting.slot, value);
        if (error) error->place = place_of(setting.value, scope_);
      }
      if (error && !setting.null_on_error) return reject(std::move(*error), setting.field);
    }
    return finish(rule, draft, mapped);
  }

  std::optional<Rejected> read_key(const FactRule& rule, Fact& fact) {
    for (const auto& part : rule.key) {
      auto value = evaluate(part, scope_);
      if (value.failed()) return reject(std::move(scope_.error), "key");
      if (!value.present())
        return reject({"KEY_MISSING",
                       "a part of the business key is missing, so versions and reversals could not be told "
                       "apart: ask the source for it",
                       place_of(part, scope_)},
                      "key");
      if (&part != &rule.key.front()) fact.key += '|';
      append_key_part(fact.key, value.text);
    }
    return std::nullopt;
  }

  std::optional<Rejected> read_version(const FactRule& rule, Fact& fact) {
    auto version = evaluate(rule.version, scope_);
    if (version.failed()) return reject(std::move(scope_.error), "version");
    if (!version.present())
      return reject({"VERSION_MISSING",
                     "the time of this version is missing, so it could not be ordered: ask the source for it",
                     place_of(rule.version, scope_)},
                    "version");
    fact.version = std::string(version.text);
    return std::nullopt;
  }

  /// What the record does not tell, where the mapping says that it would if it were so. After the facts:
  /// nothing is absent of a key that one of them speaks of.
  std::optional<Rejected> add_absence(const FactRule& rule, Mapped& mapped) {
    using Meaning = AbsenceRule::Meaning;
    bool failed = false;
    if (holds(*rule.when, scope_, failed)) return std::nullopt;
    auto meaning = rule.absence.otherwise;
    if (!failed && rule.absence.condition && holds(*rule.absence.condition, scope_, failed))
      meaning = rule.absence.then;
    if (failed) return reject(std::move(scope_.error), "absence");
    if (meaning == Meaning::unknown) return std::nullopt;
    auto op = rule.op.otherwise;
    if (rule.op.condition && holds(*rule.op.condition, scope_, failed)) op = rule.op.then;
    if (failed) return reject(std::move(scope_.error), "op");
    if (op == Op::withdraw) return std::nullopt;  // it names what it withdraws, and no more
    // A message that takes its record back takes back what it does not repeat, too: nothing has changed
    // since.
    if (op == Op::retract || op == Op::deny) meaning = Meaning::retracts;
    Draft draft;
    auto& fact = draft.fact;
    fact.kind = rule.kind, fact.evidence = rule.evidence;
    fact.op = meaning == Meaning::ends ? Op::lapse : Op::untold;
    if (auto rejected = read_key(rule, fact)) return rejected;
    if (auto rejected = read_version(rule, fact)) return rejected;
    const auto spoken_of = [&](const Fact& one) { return one.kind == fact.kind && one.key == fact.key; };
    if (std::any_of(mapped.facts.begin(), mapped.facts.end(), spoken_of)) return std::nullopt;
    for (const auto& setting : rule.set) {
      if (meaning != Meaning::ends || setting.field != "on") continue;
      auto value = evaluate(setting.value, scope_);
      if (value.failed()) return reject(std::move(scope_.error), "on");
      // Since when is not told: nothing follows, and what the message does tell counts.
      if (!value.present()) return std::nullopt;
      if (auto error = put(draft, setting.slot, value)) return reject(std::move(*error), "on");
    }
    if (const auto* whom = mention_beside(rule, mapped)) {
      auto& mention = draft.mention(about(traits_of(rule.kind)));
      mention.identifiers = whom->identifiers, mention.name = whom->name;
      fact.people.push_back(std::move(mention));
      mapped.facts.push_back(std::move(fact));
      mapped.origins.push_back({file_.digest, rule.line});
    }
    return std::nullopt;
  }

  /// Whom the fact beside an absence is about; null where it gives no number.
  const Mention* mention_beside(const FactRule& rule, const Mapped& mapped) const {
    const auto* beside = &file_.facts[rule.absence.beside];
    for (std::size_t i = 0; i < told_by_.size(); ++i)
      if (told_by_[i] == beside)
        for (const auto& mention : mapped.facts[i].people)
          if (mention.role == about(traits_of(rule.kind)) && !mention.identifiers.empty()) return &mention;
    return nullptr;
  }

  std::optional<Rejected> finish(const FactRule& rule, Draft& draft, Mapped& mapped) {
    auto& fact = draft.fact;
    for (auto& mention : draft.people) {
      if (!mention) continue;
      for (auto* list : {&mention->identifiers, &mention->former}) {
        std::sort(list->begin(), list->end());
        list->erase(std::unique(list->begin(), list->end()), list->end());
      }
      if (!mention->identifiers.empty() || !mention->former.empty() || mention->name)
        fact.people.push_back(std::move(*mention));
    }
    const bool retraction = !asserts(fact.op);
    for (const auto& field : rule.required) {
      if (retraction || text_of_field(fact, field)) continue;
      for (const auto& setting : rule.set)
        if (setting.field == field)
          return reject({"FIELD_MISSING",
                         "the message does not say this, and a " + std::string(name_of(rule.kind)) +
                             " cannot be recorded without it: ask the source",
                         place_of(setting.value, scope_)},
                        field);
    }
    if (fact.op == Op::end && !fact.on)
      return reject({"FIELD_MISSING", "the message does not say on which day it ended: ask the source",
                     scope_.document.place(scope_.record)},
                    "on");
    if (auto missing = missing_person(fact, retraction))
      return reject(
          {"PERSON_MISSING", "the message names nobody who could be found again: neither a number nor a name",
           scope_.document.place(scope_.record)},
          std::string(*missing));
    mapped.facts.push_back(std::move(fact));
    mapped.origins.push_back({file_.digest, rule.line});
    told_by_.push_back(&rule);
    return std::nullopt;
  }

  /// The role that a fact of this kind cannot be without. A retraction needs one person of any role.
  static std::optional<std::string_view> missing_person(const Fact& fact, bool retraction) {
    auto has = [&](Role role) {
      return std::any_of(fact.people.begin(), fact.people.end(),
                         [&](const Mention& m) { return m.role == role; });
    };
    const auto& kind = traits_of(fact.kind);
    const auto first = about(kind);
    if (retraction) return fact.people.empty() ? std::optional(name_of(first)) : std::nullopt;
    if (!has(first)) return name_of(first);
    if (first == Role::husband && !has(Role::wife)) return name_of(Role::wife);
    if (kind.people.has(Role::other) && !has(Role::other)) return name_of(Role::other);
    return std::nullopt;
  }

  const MappingFile& file_;
  Scope& scope_;
  std::vector<const FactRule*> told_by_;  ///< the rule of each fact but absences, which come after them
};

}  // namespace

Outcome map_record(const MappingFile& file, const Document& document, RecordIndex record,
                   const Overlay* overlay) {
  std::array<std::byte, 4096> space;
  std::pmr::monotonic_buffer_resource arena(space.data(), space.size());
  Scope scope{document, record, arena, overlay, {}};
  return Mapper(file, scope).run();
}

}  // namespace kinhub
