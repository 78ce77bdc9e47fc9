#pragma once
// The expression language of mapping files: a typed syntax tree, compiled once and evaluated per record.
// Paths, literals, a closed list of helpers, if/then/else.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/base/result.hpp"
#include "hub/mapping/code_table.hpp"
#include "hub/mapping/source.hpp"

namespace kinhub {

enum class ValueType : std::uint8_t {
  nothing,  ///< the word null
  text,
  boolean,
  integer,
  date,
  citizen_number,
  disability_card,
  region,
  timestamp,
  area,   ///< six, nine or twelve digits
  money,  ///< in fen
};
std::string_view name_of(ValueType type);

/// The result of an evaluation. Texts live in the message or in the scope's arena.
struct Value {
  enum class State : std::uint8_t { missing, null, present, failed } state = State::missing;
  bool flag = false;
  int integer = 0;
  PartialDate date;
  std::string_view text;  ///< of every type but date and boolean: also its plain writing

  bool present() const { return state == State::present; }
  bool failed() const { return state == State::failed; }
};

/// Source values set by a test in place of those of the message, by path as written.
using Overlay = std::map<std::string, SourceValue, std::less<>>;

/// Most repeated expressions of a file that are remembered; further ones are evaluated wherever they stand.
constexpr std::size_t memos_max = 32;

/// The evaluation context: one record of one message.
struct Scope {
  const Document& document;
  RecordIndex record;
  Arena& arena;
  const Overlay* overlay = nullptr;
  Error error;  ///< of the Value that failed
  /// Memo of repeated expressions that were evaluated for this record, by Expression::memo - 1.
  std::array<std::optional<Value>, memos_max> memos = {};
  bool part_failed = false;    ///< a part of a repeated field could not be read; scope.error says why
  bool exact_numbers = false;  ///< JSON numbers beyond 2^53 are read: they count time, or exact(x) says so
};

/// One node of a compiled expression. Immutable.
struct Expression {
  enum class Kind : std::uint8_t {
    path,
    literal,
    null,
    choose,
    either,
    both,
    negate,
    equal,
    differ,
    among,
    citizen_id,
    disability_card,
    date,
    end_date,
    timestamp,
    code,
    text,
    concat,
    first_of,
    substr,
    upper,
    integer,
    region,
    area,
    yuan,
    exact,
    is_citizen_id,
    present,
    is_null,
    identifier,
    unlisted,
    person_name,
    contains,
  } kind = Kind::null;
  ValueType type = ValueType::nothing;
  std::vector<Expression> parts;
  Path path;
  std::string literal;
  /// Date patterns; the form of a counted time stamp; the list of `in`; every meaning of a code.
  std::vector<std::string> words;
  const CodeTable* table = nullptr;
  std::size_t start = 0, length = 0;  ///< substr
  bool has_default = false;           ///< code with a third argument, which is `literal`
  std::uint8_t memo = 0;              ///< of a repeated expression: evaluated once a record; 0: every time
};

/// Named subexpressions (`let` of a mapping file): a name stands for the whole expression.
using Names = std::map<std::string, Expression, std::less<>>;

/// Compiles `text`. The error's place is the character offset within it.
/// REQUIRES: `tables` outlives the result.
Result<Expression> compile_expression(Format format, std::string_view text, const CodeTables& tables,
                                      const Names& names = {});
/// Whether a mapping may give this name to an expression: a word of small letters, digits and _ that means
/// nothing else.
bool may_be_named(std::string_view name);

/// Its value here. On Value::State::failed scope.error says what and where, with the raw value masked.
Value evaluate(const Expression& expression, Scope& scope);
/// Of a condition: a failure is false, and scope.error is set.
bool holds(const Expression& expression, Scope& scope, bool& failed);

/// True when a node of this kind stands in it.
bool holds_kind(const Expression& expression, Expression::Kind kind);
/// Every path in it.
void collect_paths(const Expression& expression, std::vector<const Path*>& paths);
/// All texts it can come to, if that is known at load: literals and meanings of codes. Nothing: any text.
std::optional<std::vector<std::string>> possible_texts(const Expression& expression);

/// The word of `known` nearest to `word`, to suggest it; empty when none is near.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

}  // namespace kinhub
