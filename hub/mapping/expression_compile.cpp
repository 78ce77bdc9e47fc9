// The compiler of expressions, a recursive-descent parser: words, grammar, types.
//
//   expression = "if" or "then" expression "else" expression | or
//   or = and { "or" and }     and = not { "and" not }     not = "not" not | comparison
//   comparison = primary [ ("=" | "!=") primary | ["not"] "in" "(" literal { "," literal } ")" ]
//   primary = "(" expression ")" | 'literal' | number | "null" | "true" | "false" | helper "(" ... ")" | path
#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "hub/mapping/expression.hpp"
#include "hub/mapping/values.hpp"
#include "hub/mapping/words.hpp"

namespace kinhub {
namespace {

using Kind = Expression::Kind;

constexpr std::size_t text_max = 4096;
constexpr std::size_t nesting_max = 32;
constexpr std::size_t parts_max = 64;

struct Helper {
  std::string_view name;
  Kind kind;
  ValueType gives;
  std::size_t least, most;
  std::string_view use;
};
constexpr Helper helpers[] = {
    {"citizen_id", Kind::citizen_id, ValueType::citizen_number, 1, 1, "citizen_id(x)"},
    {"disability_card", Kind::disability_card, ValueType::disability_card, 1, 1, "disability_card(x)"},
    {"date", Kind::date, ValueType::date, 2, 9, "date(x, 'yyyyMMdd', ...)"},
    {"end_date", Kind::end_date, ValueType::date, 2, 9, "end_date(x, 'yyyyMMdd', ...)"},
    {"timestamp", Kind::timestamp, ValueType::timestamp, 1, 2, "timestamp(x) or timestamp(x, 'epoch_ms')"},
    {"code", Kind::code, ValueType::text, 2, 3, "code(table, x) or code(table, x, 'otherwise')"},
    {"text", Kind::text, ValueType::text, 1, 1, "text(x)"},
    {"concat", Kind::concat, ValueType::text, 2, 16, "concat(a, b, ...)"},
    {"first_of", Kind::first_of, ValueType::nothing, 2, 16, "first_of(a, b, ...)"},
    {"substr", Kind::substr, ValueType::text, 3, 3, "substr(x, first, count), counted from 1"},
    {"upper", Kind::upper, ValueType::text, 1, 1, "upper(x)"},
    {"integer", Kind::integer, ValueType::integer, 1, 1, "integer(x)"},
    {"region", Kind::region, ValueType::region, 1, 1, "region(x)"},
    {"area", Kind::area, ValueType::area, 1, 1, "area(x)"},
    {"yuan", Kind::yuan, ValueType::money, 1, 1, "yuan(x)"},
    {"exact", Kind::exact, ValueType::text, 1, 1, "exact(x)"},
    {"is_citizen_id", Kind::is_citizen_id, ValueType::boolean, 1, 1, "is_citizen_id(x)"},
    {"present", Kind::present, ValueType::boolean, 1, 1, "present(x)"},
    {"is_null", Kind::is_null, ValueType::boolean, 1, 1, "is_null(x)"},
    {"identifier", Kind::identifier, ValueType::text, 3, 9, "identifier(table, 'meaning', PID-3, ...)"},
    {"unlisted", Kind::unlisted, ValueType::text, 2, 9, "unlisted(table, PID-3, ...)"},
    {"person_name", Kind::person_name, ValueType::text, 1, 1, "person_name(PID-5)"},
    {"contains", Kind::contains, ValueType::boolean, 2, 2, "contains(table, x)"},
};

constexpr std::string_view reserved[] = {"if",  "then", "else", "and",  "or",
                                         "not", "in",   "null", "true", "false"};

struct Token {
  enum class Kind : std::uint8_t { word, literal, number, sign, end } kind = Kind::end;
  std::string text;
  std::size_t offset = 0;
  bool called = false;  ///< a word with "(" right behind it
};

class Parser {
 public:
  Parser(Format format, std::string_view text, const CodeTables& tables, const Names& names)
      : format_(format), text_(text), tables_(tables), names_(names) {}

  Result<Expression> run() {
    if (text_.size() > text_max) return wrong(0, "an expression has at most 4096 characters");
    if (!cut()) return *error_;
    auto expression = whole(0);
    if (!error_ && here().kind != Token::Kind::end)
      set(here().offset, "expected the end, found '" + here().text + "'");
    if (error_) return *error_;
    return expression;
  }

 private:
  static Error wrong(std::size_t offset, std::string text) {
    return {"MAP_EXPRESSION", std::move(text), std::to_string(offset)};
  }
  void set(std::size_t offset, std::string text) {
    if (!error_) error_ = wrong(offset, std::move(text));
  }

  // ---- words

  static bool starts_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/' || c == '$' || c == '@' ||
           static_cast<unsigned char>(c) > 0x7F;
  }
  static bool goes_on(char c) { return starts_word(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

  /// The sign meant by one that a Chinese input method or a word processor has put in its place; empty: none
  /// begins at `at`.
  std::string_view meant_at(std::size_t at) const {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> signs = {{{"（", "("},
                                                                                            {"）", ")"},
                                                                                            {"，", ","},
                                                                                            {"＝", "="},
                                                                                            {"‘", "'"},
                                                                                            {"’", "'"},
                                                                                            {"“", "'"},
                                                                                            {"”", "'"},
                                                                                            {"＇", "'"}}};
    for (const auto& [written, meant] : signs)
      if (text_.substr(at).starts_with(written)) return meant;
    return {};
  }
  /// What another language writes for a word of this one; empty: nothing known.
  std::string hint_at(std::size_t at) const {
    if (text_[at] == '&') return ": write and";
    if (text_[at] == '|') return ": write or";
    if (text_[at] == '!') return ": write not";
    if (text_[at] == '"') return ": a text stands in 'single quotes'";
    if (text_[at] == '{' || text_[at] == '}') return ": a field of the source is written as its bare name";
    return "";
  }

  bool cut() {
    std::size_t at = 0;
    while (at < text_.size()) {
      const char c = text_[at];
      const auto start = at;
      if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        ++at;
      } else if (c == '\'' || c == '`') {
        auto close = text_.find(c, at + 1);
        if (close == std::string_view::npos) return set(at, "the quote is not closed"), false;
        auto kind = c == '\'' ? Token::Kind::literal : Token::Kind::word;
        tokens_.push_back({kind, std::string(text_.substr(at + 1, close - at - 1)), start, false});
        at = close + 1;
      } else if (c >= '0' && c <= '9') {
        while (at < text_.size() && text_[at] >= '0' && text_[at] <= '9')
          ++at;
        tokens_.push_back({Token::Kind::number, std::string(text_.substr(start, at - start)), start, false});
      } else if (starts_word(c)) {
        while (at < text_.size() && (goes_on(text_[at]) || text_[at] == '[')) {
          if (const auto meant = meant_at(at); !meant.empty())
            return set(at, "a sign of another width or form stands here: write " + std::string(meant) +
                               " (a name that holds it stands in `backquotes`)"),
                   false;
          if (text_[at] == '[') {
            bool inside = false;
            while (at < text_.size() && (inside || text_[at] != ']'))
              inside ^= text_[at++] == '\'';
            if (at >= text_.size()) return set(start, "the bracket is not closed"), false;
          }
          ++at;
        }
        const bool called = at < text_.size() && text_[at] == '(';
        tokens_.push_back({Token::Kind::word, std::string(text_.substr(start, at - start)), start, called});
      } else {
        std::size_t size = c == '!' && at + 1 < text_.size() && text_[at + 1] == '=' ? 2 : 1;
        if (size == 1 && std::string_view("(),=").find(c) == std::string_view::npos)
          return set(at, "'" + std::string(text_.substr(at, 1)) + "' has no meaning here" + hint_at(at)),
                 false;
        at += size;
        tokens_.push_back({Token::Kind::sign, std::string(text_.substr(start, size)), start, false});
      }
    }
    tokens_.push_back({Token::Kind::end, "the end", text_.size(), false});
    return true;
  }

  const Token& here() const { return tokens_[at_]; }
  void step() {
    if (at_ + 1 < tokens_.size()) ++at_;
  }
  bool is_word(std::string_view word) const {
    return here().kind == Token::Kind::word && here().text == word;
  }
  bool take_word(std::string_view word) { return is_word(word) ? (step(), true) : false; }
  bool take_sign(std::string_view sign) {
    return here().kind == Token::Kind::sign && here().text == sign ? (step(), true) : false;
  }
  void expect_word(std::string_view word) {
    if (!take_word(word))
      set(here().offset, "expected '" + std::string(word) + "', found '" + here().text + "'");
  }
  void expect_sign(std::string_view sign) {
    if (here().kind == Token::Kind::end)
      set(here().offset, "the expression ends before its '(' is closed: close it with ')'");
    else if (!take_sign(sign))
      set(here().offset, "expected '" + std::string(sign) + "', found '" + here().text + "'");
  }

  // ---- grammar

  Expression whole(std::size_t depth) {
    if (depth > nesting_max) set(here().offset, "an expression nests at most 32 deep");
    if (error_) return {};
    const auto offset = here().offset;
    if (!is_word("if")) return either(depth);
    step();
    Expression choose;
    choose.kind = Kind::choose;
    choose.parts.push_back(either(depth + 1));
    want(choose.parts.back(), ValueType::boolean, offset);
    expect_word("then");
    choose.parts.push_back(whole(depth + 1));
    expect_word("else");
    choose.parts.push_back(whole(depth + 1));
    if (!error_) choose.type = common(choose.parts[1], choose.parts[2], offset);
    return choose;
  }

  Expression either(std::size_t depth) { return chain(Kind::either, "or", depth); }

  Expression chain(Kind kind, std::string_view word, std::size_t depth) {
    auto next = [&] { return kind == Kind::either ? chain(Kind::both, "and", depth) : negation(depth); };
    const auto offset = here().offset;
    auto first = next();
    if (error_ || !is_word(word)) return first;
    Expression all;
    all.kind = kind;
    all.type = ValueType::boolean;
    want(first, ValueType::boolean, offset);
    all.parts.push_back(std::move(first));
    while (!error_ && is_word(word)) {
      step();
      const auto part = here().offset;
      all.parts.push_back(next());
      want(all.parts.back(), ValueType::boolean, part);
      if (all.parts.size() > parts_max) set(part, "at most 64 conditions in a row");
    }
    return all;
  }

  Expression negation(std::size_t depth) {
    if (depth > nesting_max) set(here().offset, "an expression nests at most 32 deep");
    if (error_ || !is_word("not")) return comparison(depth);
    step();
    const auto offset = here().offset;
    Expression negated;
    negated.kind = Kind::negate;
    negated.type = ValueType::boolean;
    negated.parts.push_back(negation(depth + 1));
    want(negated.parts.back(), ValueType::boolean, offset);
    return negated;
  }

  Expression comparison(std::size_t depth) {
    const auto offset = here().offset;
    auto left = primary(depth);
    if (error_) return left;
    if (here().kind == Token::Kind::sign && (here().text == "=" || here().text == "!=")) {
      Expression compare;
      compare.kind = here().text == "=" ? Kind::equal : Kind::differ;
      compare.type = ValueType::boolean;
      step();
      const auto right = here().offset;
      compare.parts.push_back(std::move(left));
      compare.parts.push_back(primary(depth));
      want_comparable(compare.parts[0], offset);
      want_comparable(compare.parts[1], right);
      return compare;
    }
    const bool negated = is_word("not") && at_ + 1 < tokens_.size() && tokens_[at_ + 1].text == "in";
    if (!negated && !is_word("in")) return left;
    if (negated) step();
    step();
    Expression among;
    among.kind = Kind::among;
    among.type = ValueType::boolean;
    want_comparable(left, offset);
    among.parts.push_back(std::move(left));
    expect_sign("(");
    do {
      if (error_) return among;
      if (here().kind != Token::Kind::literal) set(here().offset, "after 'in' stands a list of 'literals'");
      among.words.push_back(here().text);
      step();
    } while (take_sign(",") && among.words.size() < parts_max);
    expect_sign(")");
    if (!negated) return among;
    Expression outside;
    outside.kind = Kind::negate;
    outside.type = ValueType::boolean;
    outside.parts.push_back(std::move(among));
    return outside;
  }

  Expression primary(std::size_t depth) {
    if (error_) return {};
    const auto token = here();
    Expression expression;
    if (take_sign("(")) {
      expression = whole(depth + 1);
      expect_sign(")");
      return expression;
    }
    if (token.kind == Token::Kind::literal) {
      step();
      expression.kind = Kind::literal;
      expression.type = ValueType::text;
      expression.literal = token.text;
      return expression;
    }
    if (token.kind == Token::Kind::number) {
      step();
      if (token.text.size() > 9)
        set(token.offset, "a number has at most nine digits; write longer ones as 'text'");
      expression.kind = Kind::literal;
      expression.type = ValueType::integer;
      expression.literal = token.text;
      if (!error_) expression.start = static_cast<std::size_t>(std::stoul(token.text));
      return expression;
    }
    if (token.kind != Token::Kind::word) {
      set(token.offset, "expected a value, found '" + token.text + "'" +
                            (token.text == "=" ? ": equality is one '='" : ""));
      return expression;
    }
    const bool plain = text_[token.offset] != '`';
    if (plain && token.called) return call(token, depth);
    if (plain && (token.text == "true" || token.text == "false")) {
      step();
      expression.kind = Kind::literal;
      expression.type = ValueType::boolean;
      expression.literal = token.text;
      expression.has_default = token.text == "true";
      return expression;
    }
    if (plain && take_word("null")) return expression;
    if (auto named = plain ? names_.find(token.text) : names_.end(); named != names_.end()) {
      step();
      return named->second;
    }
    if (plain && std::find(std::begin(reserved), std::end(reserved), token.text) != std::end(reserved)) {
      set(token.offset, "expected a value, found '" + token.text + "'");
      return expression;
    }
    step();
    auto path = compile_path(format_, token.text);
    if (!path) {
      set(token.offset + static_cast<std::size_t>(std::stoul(path.error().place)), path.error().text);
      return expression;
    }
    expression.kind = Kind::path;
    expression.type = ValueType::text;
    expression.path = std::move(*path);
    return expression;
  }

  Expression call(const Token& name, std::size_t depth) {
    Expression expression;
    auto helper = std::find_if(std::begin(helpers), std::end(helpers),
                               [&](const Helper& h) { return h.name == name.text; });
    if (helper == std::end(helpers)) {
      std::vector<std::string> known;
      for (const auto& h : helpers)
        known.emplace_back(h.name);
      auto near = nearest_word(name.text, known);
      set(name.offset,
          "there is no helper '" + name.text + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?"));
      return expression;
    }
    step();
    expect_sign("(");
    expression.kind = helper->kind;
    expression.type = helper->gives;
    if (helper->kind == Kind::area)
      if (auto regions = tables_.find("region"); regions != tables_.end())
        expression.table = &regions->second;
    std::vector<std::size_t> offsets;
    const bool with_table = helper->kind == Kind::code || helper->kind == Kind::identifier ||
                            helper->kind == Kind::unlisted || helper->kind == Kind::contains;
    if (with_table) name_table(expression);
    const std::size_t named = with_table ? 1 : 0;
    while (!error_ && !take_sign(")")) {
      if (expression.parts.size() + named > 0) expect_sign(",");
      offsets.push_back(here().offset);
      expression.parts.push_back(whole(depth + 1));
      if (expression.parts.size() > parts_max) set(name.offset, "too many arguments");
    }
    const auto count = expression.parts.size() + named;
    if (!error_ && (count < helper->least || count > helper->most))
      set(name.offset, "this helper is used as " + std::string(helper->use));
    if (!error_) check_arguments(expression, *helper, name, offsets);
    return expression;
  }

  void name_table(Expression& expression) {
    const auto token = here();
    if (token.kind != Token::Kind::word)
      return set(token.offset, "the first argument of this helper is the name of a code table");
    auto table = tables_.find(token.text);
    if (table == tables_.end()) {
      std::vector<std::string> known;
      for (const auto& [name, entry] : tables_)
        known.push_back(name);
      auto near = nearest_word(token.text, known);
      return set(token.offset, "there is no code table '" + token.text + "'" +
                                   (near.empty() ? "" : "; did you mean '" + near + "'?"));
    }
    expression.table = &table->second;
    step();
  }

  static bool is_literal(const Expression& part, ValueType type) {
    return part.kind == Kind::literal && part.type == type;
  }

  void take_date_patterns(Expression& expression, const std::vector<std::size_t>& offsets) {
    auto& parts = expression.parts;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (!is_literal(parts[i], ValueType::text)) return set(offsets[i], "a date pattern is a 'literal'");
      if (auto fault = fault_of_date_pattern(parts[i].literal)) return set(offsets[i], *fault);
      expression.words.push_back(parts[i].literal);
    }
    if (auto fault = fault_of_date_patterns(expression.words)) return set(offsets[1], *fault);
    parts.resize(1);
  }

  void check_arguments(Expression& expression, const Helper& helper, const Token& name,
                       const std::vector<std::size_t>& offsets) {
    auto& parts = expression.parts;
    switch (helper.kind) {
      case Kind::date:
      case Kind::end_date:
        want_comparable(parts[0], offsets[0]);
        take_date_patterns(expression, offsets);
        break;
      case Kind::timestamp:
        want_comparable(parts[0], offsets[0]);
        if (parts.size() == 2) {
          if (!is_literal(parts[1], ValueType::text))
            return set(offsets[1], "the form of a time stamp is a 'literal'");
          if (auto fault = fault_of_timestamp_form(parts[1].literal)) return set(offsets[1], *fault);
          expression.words.push_back(parts[1].literal);
          parts.resize(1);
        }
        break;
      case Kind::code:
        want_comparable(parts[0], offsets[0]);
        if (parts.size() == 2) {
          if (!is_literal(parts[1], ValueType::text))
            return set(offsets[1], "the meaning otherwise is a 'literal'");
          expression.has_default = true;
          expression.literal = parts[1].literal;
          parts.resize(1);
        }
        break;
      case Kind::substr:
        want_comparable(parts[0], offsets[0]);
        if (!is_literal(parts[1], ValueType::integer) || !is_literal(parts[2], ValueType::integer) ||
            parts[1].start == 0 || parts[2].start == 0)
          return set(name.offset, "this helper is used as " + std::string(helper.use));
        expression.start = parts[1].start;
        expression.length = parts[2].start;
        parts.resize(1);
        break;
      case Kind::first_of:
        expression.type = parts[0].type;
        for (std::size_t i = 1; i < parts.size() && !error_; ++i) {
          Expression so_far;
          so_far.type = expression.type;
          so_far.kind = expression.type == ValueType::nothing ? Kind::null : Kind::path;
          expression.type = common(so_far, parts[i], offsets[i]);
        }
        break;
      case Kind::present:
      case Kind::is_null:
        break;
      case Kind::identifier:
        if (!is_literal(parts[0], ValueType::text))
          return set(offsets[0], "the meaning wanted is a 'literal'");
        expression.literal = parts[0].literal;
        parts.erase(parts.begin());
        want_fields(expression, name);
        break;
      case Kind::unlisted:
      case Kind::person_name:
        want_fields(expression, name);
        break;
      default:
        for (std::size_t i = 0; i < parts.size(); ++i)
          want_comparable(parts[i], offsets[i]);
    }
  }

  /// Helpers of repeated fields read whole fields of HL7.
  void want_fields(const Expression& expression, const Token& name) {
    const bool fields = std::all_of(expression.parts.begin(), expression.parts.end(),
                                    [](const Expression& part) { return part.kind == Kind::path; });
    if (format_ != Format::hl7 || !fields)
      set(name.offset,
          "this helper reads the repetitions of fields of HL7: identifier(table, 'meaning', PID-3)");
  }

  // ---- types

  void want(const Expression& expression, ValueType type, std::size_t offset) {
    if (!error_ && expression.type != type)
      set(offset, "expected a " + std::string(name_of(type)) + ", this is a " +
                      std::string(name_of(expression.type)));
  }
  void want_comparable(const Expression& expression, std::size_t offset) {
    if (expression.type == ValueType::boolean || expression.type == ValueType::date ||
        expression.type == ValueType::nothing)
      set(offset, "expected a text, this is a " + std::string(name_of(expression.type)) +
                      (expression.type == ValueType::nothing ? "; ask with present(x) or is_null(x)" : ""));
  }
  ValueType common(const Expression& one, const Expression& other, std::size_t offset) {
    if (one.type == ValueType::nothing) return other.type;
    if (other.type == ValueType::nothing || one.type == other.type) return one.type;
    set(offset, "all branches must give the same: here a " + std::string(name_of(one.type)) + " and a " +
                    std::string(name_of(other.type)));
    return one.type;
  }

  Format format_;
  std::string_view text_;
  const CodeTables& tables_;
  const Names& names_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::optional<Error> error_;
};

}  // namespace

std::string_view name_of(ValueType type) {
  static constexpr std::string_view names[] = {
      "null",   "text",       "condition", "whole number", "date", "citizen number", "disability card",
      "region", "time stamp", "area",      "sum of money"};
  return names[static_cast<std::size_t>(type)];
}

Result<Expression> compile_expression(Format format, std::string_view text, const CodeTables& tables,
                                      const Names& names) {
  return Parser(format, text, tables, names).run();
}

bool may_be_named(std::string_view name) {
  const bool word = !name.empty() && name.front() >= 'a' && name.front() <= 'z' &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                    });
  return word && std::find(std::begin(reserved), std::end(reserved), name) == std::end(reserved) &&
         std::none_of(std::begin(helpers), std::end(helpers),
                      [&](const Helper& h) { return h.name == name; });
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
  auto distance = [](std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
      auto diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= b.size(); ++j) {
        auto above = row[j];
        row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
        diagonal = above;
      }
    }
    return row.back();
  };
  std::string best;
  if (word.size() > 64) return best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const auto& candidate : known)
    if (auto d = distance(word, candidate); d < least) least = d, best = candidate;
  return best;
}

std::vector<HelperWord> mapping_helpers() {
  std::vector<HelperWord> words;
  for (const auto& helper : helpers)
    words.push_back({helper.name, helper.use, helper.kind == Kind::first_of ? "" : name_of(helper.gives)});
  return words;
}

}  // namespace kinhub
