#pragma once
// Agreement: what each source says of a person now, beside what the record settled from all sources. Derived
// on demand from the provenance of a field.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/record/field_origin.hpp"

namespace kinhub {

/// How a source stands to the settled value of a field: nobody else speaks of it; another source says the
/// same; or it says otherwise.
enum class Agreement : std::uint8_t { alone, confirmed, differs };
std::string_view name_of(Agreement agreement);

/// The fields in which sources are compared, in the order of PersonField: those that several agencies tell.
const std::vector<PersonField>& compared_fields();

/// One value that a source still says of a field.
struct Voice {
  std::string source;
  FieldWord word;  ///< the first of the source's words for it, by key and place in the log
  Agreement agreement{};
  /// Of what differs: the value that counts, who says that, weightiest first, by which rule, in stable words,
  /// and since when both were known.
  FieldValue settled = {};
  std::vector<std::string> settled_by = {};
  std::string_view rule = {};
  std::uint32_t rule_line = 0;  ///< of the evidence rules, where they decided; else 0
  std::int64_t since_us = 0;
};

/// Up to which day sources are known to be complete: what their current rows say still holds on it.
using CompleteUntil = std::map<std::string, Date, std::less<>>;

/// What each source says now of a field, sorted by source and value; of equal values of one source there is
/// one. A date that is known to the month agrees with every day of it, a spelling with its normal form, and
/// an area with each part of it. `origin`: of this field. A source that took its word of a death back while
/// others hold theirs differs, and so does one whose list of the living still has the dead, later after the
/// death than words of one death may be apart (EvidenceRules::date_dispute_days).
std::vector<Voice> voices_of(PersonField field, const FieldOrigin& origin,
                             const EvidenceRules& rules = *built_in_evidence(),
                             const CompleteUntil& complete = {});

/// The rows that list a person as living so long after the death, and that nobody who tells of the death
/// outweighs or is the source of. Sorted by source and key.
std::vector<Support> living_against(const Happening& death, const Dossier& dossier,
                                    const CompleteUntil& complete, const EvidenceRules& rules);

}  // namespace kinhub
