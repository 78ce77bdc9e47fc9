#pragma once
// Fact: the record's input value, one statement about people by one source, and the closed list of its kinds.
// Mappings make them of events.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/citizen_number.hpp"
#include "hub/base/date.hpp"

namespace kinhub {

/// Closed enumeration of fact kinds; stored by number, so a new one goes last (README.md has the steps).
/// hub/record/fact_kinds.cpp says for each which roles and fields it has.
enum class FactKind : std::uint8_t {
  birth,               ///< person, mother, father; on
  death,               ///< person; on
  parentage,           ///< person is a child of mother, father; on: since when, nothing means since birth
  adoption,            ///< person is adopted by mother, father; on
  adoption_dissolved,  ///< the adoption of person by mother, father ends; on (解除收养)
  marriage,            ///< husband, wife; on
  divorce,             ///< husband, wife; on
  marriage_annulled,   ///< husband, wife; on: the marriage never was (撤销婚姻, Civil Code 1054)
  disability,  ///< person; grade 1..4, category 1..7, on (effective), until (certificate, inclusive as
               ///< printed); status earlier: what a later certificate says of the one before it
  residence,   ///< person is registered in region since on; region_to: moved out to there on that day
  identity,    ///< the identifiers given are of one person; former ones stay theirs (number correction, chart
               ///< merge)
  insurance,   ///< person; status enrolled | paused | ended; on
  household,   ///< person belongs to household_number, relation code as given; never decides who is whose
               ///< child
  adoption_voided,  ///< person, mother, father; on: the adoption never had effect (收养无效, Civil Code 1113)
};

/// Assertion of a key, or one of three ways to take back what was said. assert: it is so, and what the
/// version before said was wrong (a correction). succeed: it is so since its day, and until then what the
/// versions before said (a succession; of states alone). end: what the versions before said held until its
/// day. retract: this statement of this key was never true (冲销, A13). deny: a row of state says that it is
/// not so (a resident who lives), which takes back what was said under its key and usually meets nothing.
/// withdraw: a conditional retraction, resolved by the pipeline before anything is stored: a retraction where
/// the source holds the person's happening for true, else it says nothing. A later version of a key
/// supersedes the earlier ones whatever its operation; a retraction that comes first cancels the original
/// when it comes.
enum class Op : std::uint8_t { assert_, retract, deny, withdraw, succeed, end };

/// Whether the operation says that something is so.
constexpr bool asserts(Op op) {
  return op == Op::assert_ || op == Op::succeed;
}

/// Precedence of sources, in settled order of weight for dates of death and birth: a smaller value outweighs
/// a larger one.
enum class EvidenceClass : std::uint8_t {
  police_registration,
  certificate,  ///< birth or death certificate, disability certificate, marriage and adoption registers
  hospital,
  cremation,
  insurance,
};

/// Type of an identifier. Values are normalised by the mapping (a number of 15 digits comes as one of 18) and
/// become keyed tokens before they are stored.
enum class IdentifierKind : std::uint8_t {
  citizen_number,          ///< 18 characters, GB 11643
  police_id,               ///< RYID, with its region: the stable key of the police
  birth_certificate,       ///< 出生医学证明编号
  disability_certificate,  ///< its citizen number part is an identifier of its own
  insurance_id,            ///< psn_no
  chart,                   ///< hospital and chart number: YY320812A/Z0077120
};

struct Identifier {
  IdentifierKind kind;
  std::string value;
  friend auto operator<=>(const Identifier&, const Identifier&) = default;
};

enum class Role : std::uint8_t { person, mother, father, husband, wife };

/// Reference to a person within a fact, by identifiers and not by a number of ours. Without an identifier a
/// mention is kept as a name only.
struct Mention {
  Role role = Role::person;
  std::vector<Identifier> identifiers;  ///< current ones, sorted, unique
  std::vector<Identifier> former;       ///< ones this person no longer holds (old number, merged chart)
  std::optional<std::string> name;      ///< UTF-8
  std::optional<Sex> sex;
  std::optional<PartialDate> born;
  friend bool operator==(const Mention&, const Mention&) = default;
};

/// Flat value with the fields of all kinds. Those that a kind does not have stay empty; the mapping checks
/// that at load time.
struct Fact {
  FactKind kind{};
  Op op = Op::assert_;
  EvidenceClass evidence = EvidenceClass::insurance;
  std::string key;      ///< the source's business key within this kind, parts joined by "|"
  std::string version;  ///< orders versions of one key: digits from the year down, as far as the source goes
  std::vector<Mention> people;
  std::optional<PartialDate> on;
  std::optional<PartialDate> until;  ///< as printed: the last day that counts
  std::optional<Date> registered;    ///< the day the agency registered it
  std::optional<int> grade, category;
  std::optional<std::string> region, region_to;  ///< GB/T 2260, six digits
  std::optional<std::string> status;             ///< insurance: enrolled, paused, ended; disability: earlier
  std::optional<std::string> household_number, relation;
  std::optional<std::string> certificate;  ///< printed number of the certificate, never an identity by itself
  friend bool operator==(const Fact&, const Fact&) = default;
};

/// Provenance of a fact: which rule of which mapping file made it. The file is known by a digest of its text,
/// so that what a mapping said then is found when it has been changed since.
struct RuleOrigin {
  std::uint64_t mapping = 0;  ///< MappingText::digest; 0: not known, stored before this was kept
  std::uint32_t line = 0;     ///< of the rule's `fact:`, from 1
  friend bool operator==(const RuleOrigin&, const RuleOrigin&) = default;
};

/// Enumerators as text, as mapping files and JSON write them. REQUIRES: an enumerator of the list.
std::string_view name_of(FactKind kind);
std::string_view name_of(Op op);  ///< "assert", "retract", "deny", "withdraw", "succeed", "end"
std::string_view name_of(EvidenceClass evidence);
std::string_view name_of(IdentifierKind kind);
std::string_view name_of(Role role);
std::optional<FactKind> fact_kind(std::string_view name);
std::optional<EvidenceClass> evidence_class(std::string_view name);

/// Schema of one field of a kind: "person.citizen_number", "on", "grade"..., its type,
/// whether a mapping must set it.
struct FieldRule {
  std::string_view field;
  enum class Type : std::uint8_t { identifier, name, sex, date, integer, code, text, region } type;
  bool required;
  std::string_view words = {};  ///< of a code with a closed list: "enrolled|paused|ended"
};
std::vector<FieldRule> fields_of(FactKind kind);

/// Whether the kind tells a state that holds from a day until another follows it, so that a later version may
/// succeed an earlier one.
bool is_state(FactKind kind);

}  // namespace kinhub
