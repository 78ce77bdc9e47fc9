#include "hub/pipeline/limits.hpp"

#include <fmt/format.h>

#include <set>

namespace kinhub {
namespace {

Rejected rejected(const char* code, std::string text, std::string_view field) {
  return {{code, std::move(text), ""}, "", std::string(field)};
}

/// Distinct children: several sources tell of each.
std::size_t children_told_of(PersonId parent, Workspace& people) {
  std::set<PersonId> children;
  for (const auto& tie : people.portrait(parent).ties)
    if (tie.kind == Tie::Kind::parent_of || tie.kind == Tie::Kind::adopts) children.insert(people.whose(tie));
  return children.size();
}

bool tells_a_child(FactKind kind) {
  return kind == FactKind::birth || kind == FactKind::parentage || kind == FactKind::adoption;
}

}  // namespace

std::optional<Rejected> over_limit(const KeyedStatement& keyed, Workspace& people) {
  const auto& fact = keyed.statement.fact;
  if (const auto* known = people.history(keyed.statement.source, keyed.history)) {
    if (known->versions.size() < versions_of_an_entry_max) return std::nullopt;
    return rejected(
        "VERSIONS_TOO_MANY",
        fmt::format("{} versions of this record are kept: ask the source whether its key is one record's, "
                    "and why it is sent so often",
                    versions_of_an_entry_max),
        "key");
  }
  for (std::size_t m = 0; m < fact.people.size(); ++m) {
    const auto& mention = fact.people[m];
    for (std::size_t i = 0; i < mention.identifiers.size(); ++i) {
      const auto& bearers = people.holders(keyed.identifiers[m][i]);
      const auto what = name_of(mention.identifiers[i].kind);
      if (bearers.size() >= bearers_of_an_identifier_max)
        return rejected(
            "IDENTIFIER_TOO_COMMON",
            fmt::format("{} people bear this {}: ask the source whether it is a dummy", bearers.size(), what),
            name_of(mention.role));
      for (auto person : bearers) {
        if (people.dossier(person).entries.size() >= entries_of_a_person_max)
          return rejected(
              "IDENTIFIER_TOO_COMMON",
              fmt::format("thousands of records bear this {}: ask the source whether it is a dummy", what),
              name_of(mention.role));
        const bool parent = mention.role == Role::mother || mention.role == Role::father;
        if (parent && tells_a_child(fact.kind) &&
            people.dossier(person).entries.size() >= children_of_a_parent_max &&
            children_told_of(person, people) >= children_of_a_parent_max)
          return rejected(
              "CHILDREN_TOO_MANY",
              fmt::format("{} children are told of this parent: ask the source whether the number is a dummy",
                          children_of_a_parent_max),
              name_of(mention.role));
      }
    }
  }
  return std::nullopt;
}

}  // namespace kinhub
