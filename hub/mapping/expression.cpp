#include "hub/mapping/expression.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "hub/base/citizen_number.hpp"
#include "hub/base/han_text.hpp"
#include "hub/mapping/values.hpp"

namespace kinhub {
namespace {

using Kind = Expression::Kind;
using State = Value::State;

Value of_text(std::string_view text) {
  Value value;
  value.state = State::present;
  value.text = text;
  return value;
}

Value of_flag(bool flag) {
  Value value;
  value.state = State::present;
  value.flag = flag;
  return value;
}

Value failed() {
  Value value;
  value.state = State::failed;
  return value;
}

/// The first path in an expression: where a wrong value came from.
const Path* origin(const Expression& expression) {
  if (expression.kind == Kind::path) return &expression.path;
  for (const auto& part : expression.parts)
    if (const auto* path = origin(part)) return path;
  return nullptr;
}

FieldClass field_class_of(Kind kind) {
  switch (kind) {
    case Kind::date:
    case Kind::end_date:
    case Kind::timestamp:
      return FieldClass::time;
    case Kind::code:
    case Kind::region:
    case Kind::area:
    case Kind::unlisted:
      return FieldClass::code;
    default:
      return FieldClass::number;
  }
}

Value fail(Scope& scope, const Expression& expression, std::string_view raw, Error error) {
  error.text = shown(raw, field_class_of(expression.kind)) + ": " + error.text;
  if (const auto* path = origin(expression)) error.place = scope.document.place(*path, scope.record);
  scope.error = std::move(error);
  return failed();
}

Value fail_beyond_exact(const Path& path, Scope& scope) {
  scope.error = {
      "JSON_NUMBER",
      "a number beyond 2^53 stands here, which many programs round on the way (RFC 8259, 6): ask the "
      "source to send it as a text; where every program between is known to keep 64 bits, the "
      "mapping may read it with exact(x)",
      scope.document.place(path, scope.record)};
  return failed();
}

Value read_path(const Path& path, Scope& scope) {
  SourceValue source;
  bool replaced = false;
  if (scope.overlay != nullptr) {
    if (auto at = scope.overlay->find(path.text); at != scope.overlay->end())
      source = at->second, replaced = true;
  }
  if (!replaced) source = scope.document.read(path, scope.record, scope.arena, scope.error);
  Value value;
  switch (source.state) {
    case SourceValue::State::missing:
      return value;
    case SourceValue::State::null:
      value.state = State::null;
      return value;
    case SourceValue::State::fault:
      value.state = State::failed;
      return value;
    case SourceValue::State::text:
      break;
  }
  if (source.beyond_exact && !scope.exact_numbers) return fail_beyond_exact(path, scope);
  auto text = trimmed(source.text);
  if (may_hold_private_use(text)) text = keep(scope.arena, standard_places(text));
  return of_text(text);
}

/// A substring by characters of UTF-8, not bytes; `start` counts from 1.
std::string_view substring(std::string_view text, std::size_t start, std::size_t length) {
  std::size_t character = 0, from = text.size(), to = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    ++character;
    if (character == start) from = i;
    if (character == start + length) {
      to = i;
      break;
    }
  }
  return text.substr(from, to - from);
}

/// The value of a part in which numbers count with all their 64 bits.
Value exactly(const Expression& part, Scope& scope) {
  const bool before = std::exchange(scope.exact_numbers, true);
  auto value = evaluate(part, scope);
  scope.exact_numbers = before;
  return value;
}

/// A date that was read, or why it was not.
Value of_date(const Expression& expression, Scope& scope, std::string_view raw,
              const Result<std::optional<PartialDate>>& date) {
  if (!date) {
    auto error = date.error();
    error.text += "; if the source has changed its form, mend the mapping, else ask it to correct the date";
    return fail(scope, expression, raw, std::move(error));
  }
  Value value;
  if (!*date) return value;
  value.state = State::present;
  value.date = **date;
  return value;
}

Value checked(const Expression& expression, Scope& scope) {
  assert(!expression.parts.empty() && (expression.kind != Kind::code || expression.table != nullptr));
  const bool counts = (expression.kind == Kind::date || expression.kind == Kind::end_date ||
                       expression.kind == Kind::timestamp) &&
                      std::any_of(expression.words.begin(), expression.words.end(), counts_since_1970);
  auto raw = counts ? exactly(expression.parts[0], scope) : evaluate(expression.parts[0], scope);
  if (!raw.present()) return raw;
  switch (expression.kind) {
    case Kind::citizen_id: {
      auto number = CitizenNumber::read(raw.text);
      if (!number) return fail(scope, expression, raw.text, number.error());
      return of_text(keep(scope.arena, number->text()));
    }
    case Kind::disability_card: {
      auto card = DisabilityCard::read(raw.text);
      if (!card) return fail(scope, expression, raw.text, card.error());
      return of_text(keep(scope.arena, card->text));
    }
    case Kind::date: {
      auto date = read_date(raw.text, expression.words);
      if (!date) return of_date(expression, scope, raw.text, date.error());
      return of_date(expression, scope, raw.text, std::optional(*date));
    }
    case Kind::end_date:
      return of_date(expression, scope, raw.text, read_end_date(raw.text, expression.words));
    case Kind::timestamp: {
      auto stamp =
          expression.words.empty() ? read_timestamp(raw.text) : read_timestamp(raw.text, expression.words[0]);
      if (!stamp) return fail(scope, expression, raw.text, stamp.error());
      return of_text(keep(scope.arena, *stamp));
    }
    case Kind::region: {
      auto region = read_region(raw.text);
      if (!region) return fail(scope, expression, raw.text, region.error());
      return of_text(keep(scope.arena, *region));
    }
    case Kind::area: {
      auto area = read_area(raw.text, expression.table);
      if (!area) return fail(scope, expression, raw.text, area.error());
      return of_text(keep(scope.arena, *area));
    }
    case Kind::yuan: {
      auto fen = read_yuan(raw.text);
      if (!fen) return fail(scope, expression, raw.text, fen.error());
      raw.integer = *fen;
      return raw;
    }
    case Kind::integer: {
      const bool digits =
          !raw.text.empty() && raw.text.size() <= 9 &&
          std::all_of(raw.text.begin(), raw.text.end(), [](char c) { return c >= '0' && c <= '9'; });
      if (!digits)
        return fail(scope, expression, raw.text,
                    {"INTEGER_FORMAT", "it is no whole number of at most nine digits", {}});
      for (char c : raw.text)
        raw.integer = raw.integer * 10 + (c - '0');
      return raw;
    }
    case Kind::code: {
      if (const auto* meaning = expression.table->find(raw.text)) return of_text(*meaning);
      if (expression.has_default) return of_text(expression.literal);
      return fail(scope, expression, raw.text,
                  {"CODE_UNKNOWN",
                   "the code table '" + expression.table->name() + "' has no such code: add it to " +
                       expression.table->name() + ".csv if the agency says what it means",
                   {}});
    }
    default:
      break;
  }
  return raw;
}

Value literal(const Expression& expression) {
  auto value = of_text(expression.literal);
  value.integer = static_cast<int>(expression.start);
  value.flag = expression.has_default;
  return value;
}

Value choose(const Expression& expression, Scope& scope) {
  assert(expression.parts.size() == 3);
  auto condition = evaluate(expression.parts[0], scope);
  if (condition.failed()) return condition;
  return evaluate(expression.parts[condition.flag ? 1 : 2], scope);
}

/// Short-circuit `or` and `and`: the first part that decides is the value.
Value either_or_both(const Expression& expression, Scope& scope) {
  for (const auto& part : expression.parts) {
    auto value = evaluate(part, scope);
    if (value.failed() || value.flag == (expression.kind == Kind::either)) return value;
  }
  return of_flag(expression.kind == Kind::both);
}

Value negate(const Expression& expression, Scope& scope) {
  auto value = evaluate(expression.parts[0], scope);
  value.flag = !value.flag;
  return value;
}

Value compare(const Expression& expression, Scope& scope) {
  assert(expression.parts.size() == 2);
  auto left = evaluate(expression.parts[0], scope);
  if (left.failed()) return left;
  auto right = evaluate(expression.parts[1], scope);
  if (right.failed()) return right;
  const bool same = left.present() && right.present() && left.text == right.text;
  return of_flag(same == (expression.kind == Kind::equal));
}

Value among(const Expression& expression, Scope& scope) {
  auto value = evaluate(expression.parts[0], scope);
  if (value.failed()) return value;
  const auto& words = expression.words;
  return of_flag(value.present() && std::find(words.begin(), words.end(), value.text) != words.end());
}

Value concat(const Expression& expression, Scope& scope) {
  std::string joined;
  for (const auto& part : expression.parts) {
    auto value = evaluate(part, scope);
    if (!value.present()) return value;
    joined.append(value.text);
  }
  return of_text(keep(scope.arena, joined));
}

Value first_of(const Expression& expression, Scope& scope) {
  Value last;
  for (const auto& part : expression.parts) {
    last = evaluate(part, scope);
    if (last.present() || last.failed()) return last;
  }
  return last;
}

Value substr(const Expression& expression, Scope& scope) {
  auto value = evaluate(expression.parts[0], scope);
  if (!value.present()) return value;
  auto part = substring(value.text, expression.start, expression.length);
  return part.empty() ? Value{} : of_text(part);
}

Value upper(const Expression& expression, Scope& scope) {
  auto value = evaluate(expression.parts[0], scope);
  if (!value.present()) return value;
  std::string text(value.text);
  for (char& c : text)
    c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return of_text(keep(scope.arena, text));
}

Value present(const Expression& expression, Scope& scope) {
  auto value = evaluate(expression.parts[0], scope);
  return value.failed() ? value : of_flag(value.present());
}

Value is_citizen_id(const Expression& expression, Scope& scope) {
  auto value = evaluate(expression.parts[0], scope);
  return value.failed() ? value : of_flag(value.present() && CitizenNumber::read(value.text).has_value());
}

Value is_null(const Expression& expression, Scope& scope) {
  auto value = evaluate(expression.parts[0], scope);
  return value.failed() ? value : of_flag(value.state == State::null);
}

/// Whether a code of the table stands anywhere in a text; false of a missing one.
Value contains(const Expression& expression, Scope& scope) {
  const auto value = evaluate(expression.parts[0], scope);
  if (value.failed()) return value;
  return of_flag(value.present() && expression.table->any_in(value.text));
}

// ---- repeated fields of HL7: identifiers (CX) and names of persons (XPN)

constexpr std::size_t repetitions_max = 64;

std::string_view part_of(const Path& path, const Hl7Part& part, Scope& scope) {
  const auto value = scope.document.read_part(path, part, scope.record, scope.arena, scope.error);
  scope.part_failed |= value.state == SourceValue::State::fault;
  return value.state == SourceValue::State::text ? trimmed(value.text) : std::string_view{};
}

/// What a helper of repeated fields found; a failure if it met a part that could not be read.
Value unless_a_part_failed(Value (*helper)(const Expression&, Scope&), const Expression& expression,
                           Scope& scope) {
  scope.part_failed = false;
  const auto found = helper(expression, scope);
  return scope.part_failed ? failed() : found;
}

const std::string* meaning_of(const CodeTable& table, std::string_view code) {
  std::string upper(code);
  for (char& c : upper)
    c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return table.find(upper);
}

/// What the table says of one identifier: by its type (CX.5), or by its assigning system (CX.4: the universal
/// id, then the name) where the type is missing, not listed, or listed as 'system' because it says too
/// little. Null: neither.
const std::string* meaning_of_identifier(const CodeTable& table, const Path& path, std::size_t repetition,
                                         Scope& scope) {
  const auto* by_type = meaning_of(table, part_of(path, {repetition, 5, 1}, scope));
  if (by_type != nullptr && *by_type != "system") return by_type;
  for (std::size_t subcomponent : {2u, 1u})
    if (const auto* by_system = meaning_of(table, part_of(path, {repetition, 4, subcomponent}, scope)))
      return by_system;
  return nullptr;
}

/// Calls `take(path, repetition, value)` for each identifier of the fields until it returns true.
template <class Take>
void each_identifier(const Expression& expression, Scope& scope, const Take& take) {
  for (const auto& field : expression.parts) {
    const auto count = std::min(scope.document.repetitions(field.path, scope.record), repetitions_max);
    for (std::size_t i = 1; i <= count; ++i) {
      const auto value = part_of(field.path, {i, 1, 1}, scope);
      if (!value.empty() && take(field.path, i, value)) return;
    }
  }
}

/// The first identifier of the wanted meaning. A citizen number is also a right one under a type that nobody
/// listed, or that is listed as that of another document (social security, payroll).
Value identifier(const Expression& expression, Scope& scope) {
  Value found;
  each_identifier(expression, scope, [&](const Path& path, std::size_t repetition, std::string_view value) {
    const auto* meaning = meaning_of_identifier(*expression.table, path, repetition, scope);
    if (meaning != nullptr && *meaning == expression.literal) found = of_text(value);
    return found.present();
  });
  if (found.present() || expression.literal != "citizen") return found;
  each_identifier(expression, scope, [&](const Path& path, std::size_t repetition, std::string_view value) {
    const auto* meaning = meaning_of_identifier(*expression.table, path, repetition, scope);
    if ((meaning == nullptr || *meaning == "other") && value.size() == 18 && CitizenNumber::read(value))
      found = of_text(value);
    return found.present();
  });
  return found;
}

/// Fails on an identifier whose type is said but stands in no list: what it names would be dropped unsaid.
Value unlisted(const Expression& expression, Scope& scope) {
  Value nothing;
  each_identifier(expression, scope, [&](const Path& path, std::size_t repetition, std::string_view) {
    const auto type = part_of(path, {repetition, 5, 1}, scope);
    if (type.empty() || meaning_of_identifier(*expression.table, path, repetition, scope) != nullptr)
      return false;
    nothing = fail(scope, expression, type,
                   {"CODE_UNKNOWN",
                    "an identifier of this type may be that of the person, but the code table '" +
                        expression.table->name() + "' lists neither the type nor its system: add it to " +
                        expression.table->name() + ".csv",
                    {}});
    return true;
  });
  return nothing;
}

/// Whether a character beyond Latin, Greek and the like stands in it: East Asian scripts begin at U+2E80.
bool has_east_asian(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead >= 0xE3 || (lead == 0xE2 && static_cast<unsigned char>(text[i + 1]) >= 0xBA)) return true;
  }
  return false;
}

/// A person's name out of XPN: family and given name joined, of the repetition that is written in Han
/// characters.
Value person_name(const Expression& expression, Scope& scope) {
  const auto& path = expression.parts[0].path;
  const auto count = std::min(scope.document.repetitions(path, scope.record), repetitions_max);
  std::string first;
  bool any_failed = false;  // of the repetitions before; one in characters says all the same who it is
  for (std::size_t i = 1; i <= count; ++i) {
    any_failed |= std::exchange(scope.part_failed, false);
    const auto family = part_of(path, {i, 1, 1}, scope), given = part_of(path, {i, 2, 1}, scope),
               further = part_of(path, {i, 3, 1}, scope);
    std::string name(family);
    const bool han = has_east_asian(family) || has_east_asian(given);
    for (const auto part : {given, further}) {
      if (part.empty() || part == name) continue;  // old HIS say the whole name in both places
      if (!name.empty() && !han) name += ' ';
      name.append(part);
    }
    if (han && !scope.part_failed) return of_text(keep(scope.arena, name));
    if (first.empty()) first = std::move(name);
  }
  scope.part_failed |= any_failed;
  return first.empty() ? Value{} : of_text(keep(scope.arena, first));
}

Value compute(const Expression& expression, Scope& scope) {
  switch (expression.kind) {
    case Kind::path:
      return read_path(expression.path, scope);
    case Kind::literal:
      return literal(expression);
    case Kind::null: {
      Value value;
      value.state = State::null;
      return value;
    }
    case Kind::choose:
      return choose(expression, scope);
    case Kind::either:
    case Kind::both:
      return either_or_both(expression, scope);
    case Kind::negate:
      return negate(expression, scope);
    case Kind::equal:
    case Kind::differ:
      return compare(expression, scope);
    case Kind::among:
      return among(expression, scope);
    case Kind::text:
      return evaluate(expression.parts[0], scope);
    case Kind::concat:
      return concat(expression, scope);
    case Kind::first_of:
      return first_of(expression, scope);
    case Kind::substr:
      return substr(expression, scope);
    case Kind::upper:
      return upper(expression, scope);
    case Kind::exact:
      return exactly(expression.parts[0], scope);
    case Kind::is_citizen_id:
      return is_citizen_id(expression, scope);
    case Kind::present:
      return present(expression, scope);
    case Kind::is_null:
      return is_null(expression, scope);
    case Kind::identifier:
      return unless_a_part_failed(identifier, expression, scope);
    case Kind::unlisted:
      return unless_a_part_failed(unlisted, expression, scope);
    case Kind::person_name:
      return unless_a_part_failed(person_name, expression, scope);
    case Kind::contains:
      return contains(expression, scope);
    case Kind::citizen_id:
    case Kind::disability_card:
    case Kind::date:
    case Kind::end_date:
    case Kind::timestamp:
    case Kind::code:
    case Kind::integer:
    case Kind::region:
    case Kind::area:
    case Kind::yuan:
      return checked(expression, scope);
  }
  return {};
}

}  // namespace

Value evaluate(const Expression& expression, Scope& scope) {
  // What exact() reads is read otherwise, and a failure must say again what is wrong.
  if (expression.memo == 0 || scope.exact_numbers) return compute(expression, scope);
  auto& memo = scope.memos[expression.memo - 1u];
  if (!memo) {
    auto value = compute(expression, scope);
    if (value.failed()) return value;
    memo = value;
  }
  return *memo;
}

bool holds(const Expression& expression, Scope& scope, bool& failed) {
  auto value = evaluate(expression, scope);
  failed = value.failed();
  return value.present() && value.flag;
}

bool holds_kind(const Expression& expression, Expression::Kind kind) {
  return expression.kind == kind ||
         std::any_of(expression.parts.begin(), expression.parts.end(),
                     [&](const Expression& part) { return holds_kind(part, kind); });
}

void collect_paths(const Expression& expression, std::vector<const Path*>& paths) {
  if (expression.kind == Kind::path) paths.push_back(&expression.path);
  for (const auto& part : expression.parts)
    collect_paths(part, paths);
}

std::optional<std::vector<std::string>> possible_texts(const Expression& expression) {
  switch (expression.kind) {
    case Kind::literal:
      return std::vector{expression.literal};
    case Kind::null:
      return std::vector<std::string>{};
    case Kind::code: {
      auto all = expression.table->meanings();
      if (expression.has_default) all.push_back(expression.literal);
      return all;
    }
    case Kind::choose:
    case Kind::first_of: {
      std::vector<std::string> all;
      for (std::size_t i = expression.kind == Kind::choose ? 1 : 0; i < expression.parts.size(); ++i) {
        auto some = possible_texts(expression.parts[i]);
        if (!some) return std::nullopt;
        all.insert(all.end(), some->begin(), some->end());
      }
      return all;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace kinhub
