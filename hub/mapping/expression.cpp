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

Value fail(Scope& scope, const Expression& expression, std::string_view raw, Error error) {
  error.text = "'" + shown(raw) + "': " + error.text;
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

}  // namespace

Value evaluate(const Expression& expression, Scope& scope) {
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
    case Kind::citizen_id:
    case Kind::disability_card:
    case Kind::date:
    case Kind::end_date:
    case Kind::timestamp:
    case Kind::code:
    case Kind::integer:
    case Kind::region:
      return checked(expression, scope);
  }
  return {};
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
