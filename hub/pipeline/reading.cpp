#include "hub/pipeline/reading.hpp"

#include <algorithm>
#include <cassert>
#include <map>

namespace kinhub {
namespace {

bool says_the_same(const Statement& said, const Statement& told) {
  if (told.fact.op != Op::withdraw || said.fact.op != Op::retract) return said.content == told.content;
  // As it was resolved: it named whom the claim named.
  auto resolved = told.fact;
  resolved.op = Op::retract, resolved.people = said.fact.people;
  return resolved == said.fact;
}

/// The two sides, with what has found its counterpart taken out.
struct Sides {
  std::vector<const CountingStatement*> counting;
  std::vector<const KeyedStatement*> told;
};

/// Of one key: takes out what says the same.
void drop_same(Sides& of_key) {
  auto& [counting, told] = of_key;
  const auto same = [](const CountingStatement* a, const KeyedStatement* b) {
    return says_the_same(a->said, b->statement);
  };
  if (std::equal(counting.begin(), counting.end(), told.begin(), told.end(), same)) {
    counting.clear(), told.clear();
    return;
  }
  for (auto one = counting.begin(); one != counting.end();) {
    const auto counterpart = std::find_if(told.begin(), told.end(), [&](const KeyedStatement* other) {
      return other->statement.fact_index == (*one)->said.fact_index && same(*one, other);
    });
    if (counterpart == told.end()) {
      ++one;
    } else {
      told.erase(counterpart);
      one = counting.erase(one);
    }
  }
}

/// Pairs what fits, in order, and takes it out of both sides.
template <class Fits>
void pair(std::vector<ReadingChange>& changes, Sides& sides, Fits fits) {
  for (auto one = sides.counting.begin(); one != sides.counting.end();) {
    const auto other = std::find_if(sides.told.begin(), sides.told.end(),
                                    [&](const KeyedStatement* told) { return fits(**one, *told); });
    if (other == sides.told.end()) {
      ++one;
    } else {
      changes.push_back({*one, *other});
      sides.told.erase(other);
      one = sides.counting.erase(one);
    }
  }
}

}  // namespace

std::map<std::string, std::string> fields_told(const Fact& fact) {
  std::map<std::string, std::string> fields{{"key", fact.key},
                                            {"version", fact.version},
                                            {"op", std::string(name_of(fact.op))},
                                            {"evidence", std::string(name_of(fact.evidence))}};
  for (const auto& field : fact_fields())
    if (auto text = text_of(fact, field.field)) fields[std::string(field.name)] = std::move(*text);
  for (const auto& mention : fact.people) {
    const auto add = [&](std::string_view name, const std::string& value) {
      fields[std::string(name_of(mention.role)).append(".").append(name)].append(value).append("\n");
    };
    for (const auto& one : mention.identifiers)
      add(name_of(one.kind), one.value);
    for (const auto& one : mention.former)
      add("former_" + std::string(name_of(one.kind)), one.value);
    if (mention.name) add("name", *mention.name);
    if (mention.sex) add("sex", std::to_string(static_cast<int>(*mention.sex)));
    if (mention.born) add("born", mention.born->text());
  }
  return fields;
}

std::vector<ReadingChange> compare_readings(std::span<const CountingStatement> counting,
                                            std::span<const KeyedStatement> told) {
  std::map<Token, Sides> by_key;
  for (const auto& one : counting)
    by_key[one.history].counting.push_back(&one);
  for (const auto& one : told)
    by_key[one.history].told.push_back(&one);
  std::vector<ReadingChange> changes;
  Sides rest;
  for (auto& [key, of_key] : by_key) {
    std::sort(of_key.counting.begin(), of_key.counting.end(),
              [](const auto* a, const auto* b) { return log_before(a->said, b->said); });
    drop_same(of_key);
    pair(changes, of_key, [](const auto&, const auto&) { return true; });
    rest.counting.insert(rest.counting.end(), of_key.counting.begin(), of_key.counting.end());
    rest.told.insert(rest.told.end(), of_key.told.begin(), of_key.told.end());
  }
  std::sort(rest.counting.begin(), rest.counting.end(),
            [](const auto* a, const auto* b) { return log_before(a->said, b->said); });
  std::sort(rest.told.begin(), rest.told.end(),
            [](const auto* a, const auto* b) { return a->statement.fact_index < b->statement.fact_index; });
  const auto same_kind = [](const CountingStatement& a, const KeyedStatement& b) {
    return a.said.fact.kind == b.statement.fact.kind;
  };
  pair(changes, rest, [&](const CountingStatement& a, const KeyedStatement& b) {
    return same_kind(a, b) && a.said.fact_index == b.statement.fact_index;
  });
  pair(changes, rest, same_kind);
  for (const auto* one : rest.counting)
    changes.push_back({one, nullptr});
  for (const auto* one : rest.told)
    changes.push_back({nullptr, one});
  return changes;
}

FactChange describe(const ReadingChange& change) {
  assert(change.gone || change.told);
  // Nothing is told more or less where an absence comes or goes alone: what follows from it differs.
  const auto of_absence = [](const Statement& one) { return from_absence(one.fact.op); };
  if (!change.gone && of_absence(change.told->statement))
    return {FactChange::What::changed, change.told->statement.fact.kind, {"absence"}};
  if (!change.told && of_absence(change.gone->said))
    return {FactChange::What::changed, change.gone->said.fact.kind, {"absence"}};
  if (!change.gone) return {FactChange::What::added, change.told->statement.fact.kind};
  const auto& was = change.gone->said.fact;
  if (!change.told) return {FactChange::What::gone, was.kind};
  FactChange described{FactChange::What::changed, was.kind};
  const auto before = fields_told(was), now = fields_told(change.told->statement.fact);
  for (const auto& [field, value] : before)
    if (const auto other = now.find(field); other == now.end() || other->second != value)
      described.fields.push_back(field);
  for (const auto& [field, value] : now)
    if (!before.contains(field)) described.fields.push_back(field);
  std::sort(described.fields.begin(), described.fields.end());
  return described;
}

}  // namespace kinhub
