#pragma once
// Cardinality limits of the record: above them a value is a dummy or a key is wrong, and the work for one
// event would grow with all that was said under it.

#include <optional>

#include "hub/mapping/mapping.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub {

inline constexpr std::size_t entries_of_a_person_max = 2000;  ///< an honest life has a few hundred
inline constexpr std::size_t bearers_of_an_identifier_max = 50;
inline constexpr std::size_t versions_of_an_entry_max = 1000;
inline constexpr std::size_t children_of_a_parent_max = 100;

/// Why this statement must not be added, as a rejection of its event: IDENTIFIER_TOO_COMMON,
/// VERSIONS_TOO_MANY, CHILDREN_TOO_MANY. What amends an entry that is there already, a retraction above all,
/// adds nobody and no child.
std::optional<Rejected> over_limit(const KeyedStatement& keyed, Workspace& people);

}  // namespace kinhub
