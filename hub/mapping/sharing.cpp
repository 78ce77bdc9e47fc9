// Common subexpression elimination over one mapping file: an expression that would be evaluated at several
// places of a record is evaluated once and remembered (Expression::memo).
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hub/mapping/compiled.hpp"

namespace kinhub {
namespace {

using Kind = Expression::Kind;

/// Calls `visit` for each expression that stands by itself in the rules of the file. Not the file's own
/// `when`: it chooses the mapping before the record is read, in a scope of its own.
template <class Visit>
void each_root(MappingFile& file, const Visit& visit) {
  auto optional = [&](std::optional<Expression>& one) {
    if (one) visit(*one);
  };
  for (auto& rule : file.filters)
    optional(rule.when);
  for (auto& rule : file.requirements)
    visit(rule.that);
  for (auto& rule : file.facts) {
    optional(rule.when);
    optional(rule.op.condition);
    optional(rule.later.condition);
    optional(rule.absence.condition);
    for (auto& part : rule.key)
      visit(part);
    visit(rule.version);
    for (auto& setting : rule.set)
      visit(setting.value);
  }
}

bool is_constant(const Expression& expression) {
  return expression.kind == Kind::literal || expression.kind == Kind::null;
}

/// Structural hashing by number (hash consing): equal expressions have one number.
class Numbers {
 public:
  /// Of the expression. `within` says of each part in which other numbers, at which place, it stands.
  std::size_t of(const Expression& expression) {
    Shape shape{{static_cast<std::size_t>(expression.kind), static_cast<std::size_t>(expression.type),
                 expression.start, expression.length, expression.has_default ? 1u : 0u,
                 std::hash<const CodeTable*>{}(expression.table)},
                {expression.path.text, expression.literal}};
    shape.texts.insert(shape.texts.end(), expression.words.begin(), expression.words.end());
    std::vector<std::size_t> parts;
    for (const auto& part : expression.parts)
      parts.push_back(of(part));
    shape.numbers.insert(shape.numbers.end(), parts.begin(), parts.end());
    const auto [at, added] = numbers_.try_emplace(std::move(shape), numbers_.size());
    if (added) places_.emplace_back();
    const auto own = at->second;
    if (is_constant(expression)) constants_.insert(own);
    for (std::size_t i = 0; i < parts.size(); ++i)
      places_[parts[i]].insert({own + 1, i});
    known_.emplace(&expression, own);
    return own;
  }
  /// Of an expression that was numbered before, and has not moved since.
  std::size_t known(const Expression& expression) const { return known_.at(&expression); }

  void add_root(const Expression& expression) { places_[of(expression)].insert({0, roots_++}); }

  /// At how many places it would be evaluated if whatever it stands within is evaluated once.
  /// 0 of a constant, which costs nothing to evaluate.
  std::size_t places(std::size_t number) const {
    return constants_.contains(number) ? 0 : places_[number].size();
  }
  std::size_t size() const { return places_.size(); }

 private:
  struct Shape {
    std::vector<std::size_t> numbers;
    std::vector<std::string> texts;
    auto operator<=>(const Shape&) const = default;
  };
  std::map<Shape, std::size_t> numbers_;
  std::unordered_map<const Expression*, std::size_t> known_;
  std::vector<std::set<std::pair<std::size_t, std::size_t>>> places_;  ///< (outer number + 1 or 0, place)
  std::set<std::size_t> constants_;
  std::size_t roots_ = 0;
};

void set_memos(Expression& expression, const Numbers& numbers, const std::vector<std::uint8_t>& memos) {
  expression.memo = memos[numbers.known(expression)];
  for (auto& part : expression.parts)
    set_memos(part, numbers, memos);
}

}  // namespace

void share_repeated(MappingFile& file) {
  Numbers numbers;
  each_root(file, [&](const Expression& root) { numbers.add_root(root); });
  std::vector<std::size_t> repeated;
  for (std::size_t number = 0; number < numbers.size(); ++number)
    if (numbers.places(number) > 1) repeated.push_back(number);
  // The most repeated ones, where there are more than are remembered.
  std::stable_sort(repeated.begin(), repeated.end(), [&](std::size_t one, std::size_t other) {
    return numbers.places(one) > numbers.places(other);
  });
  repeated.resize(std::min(repeated.size(), memos_max));
  std::vector<std::uint8_t> memos(numbers.size(), 0);
  std::uint8_t last = 0;
  for (const auto number : repeated)
    memos[number] = ++last;
  each_root(file, [&](Expression& root) { set_memos(root, numbers, memos); });
}

}  // namespace kinhub
