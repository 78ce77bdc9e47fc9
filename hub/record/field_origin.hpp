#pragma once
// Provenance of one field of a person: which statements support its value, which lost to them, and by which
// rule of decision 0005. Derived on demand; the portrait keeps the values alone.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hub/record/portrait.hpp"

namespace kinhub {

enum class PersonField : std::uint8_t {
  name,
  sex,
  number,
  born,
  died,
  residence,
  parents,
  marriage,
  grade,
  insurance,
  household
};
std::string_view name_of(PersonField field);
std::optional<PersonField> person_field(std::string_view name);
/// All of them, in the order of the enumeration.
const std::vector<std::string_view>& person_field_names();

/// What may be asked of a person: a field with rules of its own, or a kind of fact as it stands over time.
using AskedField = std::variant<PersonField, FactKind>;
std::string_view name_of(const AskedField& field);
std::optional<AskedField> asked_field(std::string_view name);
/// All of them: those of PersonField, then every other kind that is no happening.
const std::vector<std::string_view>& asked_field_names();

/// A value as a source said it or as the record settled it; names and numbers apart, for they are masked.
struct FieldValue {
  std::string text;    ///< "2000-05-21", "320812 since 2021-05-20", "mother"; names nobody
  std::string name;    ///< of a person
  std::string number;  ///< of a citizen, or another one that identifies
  // What `text` says, apart, so that values can be compared: of a residence, a grade, a birth or death, a
  // marriage or its end.
  std::string area = {};  ///< 6, 9 or 12 digits
  int grade = 0;
  std::optional<PartialDate> day = {};
  std::optional<FactKind> deed = {};
  friend auto operator<=>(const FieldValue&, const FieldValue&) = default;
};

/// One statement's word for the field. `said` is valid as long as the dossier.
struct FieldWord {
  Support said = nullptr;
  FieldValue value;
  std::string field;      ///< that of the fact which holds it: "person.name", "on", "mother.citizen_number"
  std::string_view lost;  ///< the rule by which it does not count, in stable words; empty: it does
  Support untold_by =
      nullptr;  ///< the event by which its source no longer told it; of a state that ended, too
  std::uint32_t rule_line = 0;  ///< of the evidence rules, where the order of weight in them decided; else 0
  bool still_said = true;       ///< by the current version of its record, whether it counts or not
};

/// Whether its source took it back, or all of its message.
bool was_taken_back(const FieldWord& word);

struct FieldOrigin {
  struct Settled {
    FieldValue value;
    std::vector<FieldWord> by;        ///< sorted by source, key and place in the log
    std::int64_t known_since_us = 0;  ///< arrival of the earliest word for this very value
    std::string dispute;              ///< why it is 待核实; empty if it is not
    std::uint32_t rule_line = 0;      ///< of the evidence rules, where they decided between words that hold
  };
  std::vector<Settled> settled;  ///< one, or several where a field has values over time or of several people
  std::vector<FieldWord> lost;   ///< sorted likewise
  /// Of a death that counts: current rows of state that list the person as living, sorted likewise. They are
  /// no words of a death and settle nothing.
  std::vector<FieldWord> denied = {};
};
/// How `denied` says it.
inline constexpr std::string_view listed_living = "living";
/// Whether a statement is a current word that its person is not dead: of a state, not of a message that took
/// a death back.
bool lists_living(const Entry& entry, const Statement& current);

/// Derives the origin of a field as of `known_at_us`. `portrait`: of this dossier at that time, by these
/// rules; its death may be that of death_of(), with words from elsewhere.
FieldOrigin origin_of(PersonField field, const Dossier& dossier, const Portrait& portrait,
                      std::int64_t known_at_us = known_now,
                      const EvidenceRules& rules = *built_in_evidence());
/// The same of a kind of fact, as standing_of() settles it. REQUIRES: a kind of asked_field_names().
FieldOrigin origin_of(FactKind kind, const Dossier& dossier, std::int64_t known_at_us = known_now,
                      const EvidenceRules& rules = *built_in_evidence());
FieldOrigin origin_of(const AskedField& field, const Dossier& dossier, const Portrait& portrait,
                      std::int64_t known_at_us = known_now,
                      const EvidenceRules& rules = *built_in_evidence());

}  // namespace kinhub
