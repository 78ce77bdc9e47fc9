#pragma once
// Difference of two known times: what was learnt of people between them, value by value, with the statements
// that told it.

#include <functional>
#include <vector>

#include "hub/record/field_origin.hpp"

namespace kinhub {

/// One value of a field that appeared or went.
struct FieldChange {
  enum class What : std::uint8_t { learnt, gone } what{};
  AskedField field{};
  FieldValue value;
  std::string dispute;  ///< why it is 待核实; a value that is settled or disputed anew is another value
  std::vector<Support> by;  ///< that arrived between and told it, corrected it or took it back; in log order
  /// Of a value that went because its message was read anew, and tells it no more: when. `by` told it before.
  std::int64_t read_anew_at_us = 0;
};

/// One person as read at a known time. `dossier` holds what had arrived by then alone.
struct PersonReading {
  const Dossier* dossier = nullptr;
  Portrait portrait;                                       ///< its death may be that of death_of()
  const EvidenceRules* rules = built_in_evidence().get();  ///< by which it was settled; outlives the reading
};

/// When another reading of its event took the place of a statement, by the later of the two times; 0: none
/// did.
using ReplacedAt = std::function<std::int64_t(const Statement&)>;

/// Derives the differences, field by field. `before` and `after` are one person; several where identifiers
/// joined or parted them between. Supports are valid as long as all the dossiers.
std::vector<FieldChange> changes_between(const std::vector<PersonReading>& before,
                                         const std::vector<PersonReading>& after,
                                         const ReplacedAt& replaced_at = {});

}  // namespace kinhub
