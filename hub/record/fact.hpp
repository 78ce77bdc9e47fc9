#pragma once
// Fact: the record's input value, one statement about people by one source, and the closed list of its kinds.
// Mappings make them of events.

#include <cstdint>
#include <optional>
#include <span>
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
  name,             ///< person bears the name that the mention gives, since on
  ethnic_group,    ///< 民族, GB/T 3304
  household_type,  ///< 户口性质
  address,         ///< where the person lives (现住地址), which the register of residents need not know
  marital_state,   ///< 婚姻状况, GB/T 2261.2
  support,         ///< of a family or person by civil affairs (低保, 特困...), as far as known by month
  pension,         ///< by month
  work,
  housing,
  schooling,
  insured,          ///< a period of insurance under one scheme or policy
  disability_card,  ///< state of a certificate; grades over time are `disability`
  contact,          ///< how the person is reached
  need,             ///< what somebody asked for
  service,          ///< what somebody received (帮扶): an act
  contract,         ///< with a family doctor
  helper,           ///< contact person (联系人) of the person
  credential,       ///< card or certificate that the person holds (光荣证, 就医卡...)
  alive,            ///< seen alive on that day: a death before it is disputed
  account,          ///< bank account that money is paid to
  settlement,       ///< what a bank answered to one line of a payment list
  pregnancy,        ///< of mother; changes no right
  immunised,        ///< person, mother; on: that a child was vaccinated first, nothing more
  register_entry,  ///< what the register of the whole population (全员人口) says; never evidence for a right
  distinct,        ///< person and other are two people, whatever identifiers bind them; a person's decision
  archive,  ///< event in the life of a care archive (帮扶档案): opened, moved, handed over, closed...
};

/// Closed enumeration of the fields of a fact beside its people; stored by number, so a new one goes last.
/// hub/record/fact_kinds.cpp says for each its name, type and class of privacy.
enum class FactField : std::uint8_t {
  on,
  until,
  registered,
  grade,
  category,
  region,
  region_to,
  status,
  household_number,
  relation,
  certificate,  // the last with a member of its own: all others are attributes
  area,
  ethnic_group,
  household_type,
  address,
  marital_state,
  what,
  family_no,
  fen_per_month,
  unit,
  work,
  post,
  housing,
  living,
  unsafe,
  square_metre_tenths,
  education,
  school,
  scheme,
  policy_no,
  fen,
  reason,
  channel,
  contact,
  state,
  need,
  urgent,
  content,
  result,
  service,
  act,
  reached,
  place,
  doers,
  goods,
  problem,
  solved,
  contract_no,
  doctor,
  institution,
  package,
  role,
  helper_name,
  helper_sex,
  phone,
  type,
  number,
  bank,
  account,
  holder,
  list_no,
  line_no,
  expected_on,
  outcome,
  outcome_on,
  live_births,
  archive_no,
  town,
  spouse_number,
  children,
  event,
  also,
  doer_roles,
  not_at_home,
  policy_told,
};

/// Assertion of a key, or one of the ways to take back what was said. assert: it is so, and what the
/// version before said was wrong (a correction). succeed: it is so since its day, and until then what the
/// versions before said (a succession; of states alone). end: what the versions before said held until its
/// day. retract: this statement of this key was never true (冲销, A13). deny: a row of state says that it is
/// not so (a resident who lives), which takes back what was said under its key and usually meets nothing.
/// withdraw: a conditional retraction, resolved by the pipeline before anything is stored: a retraction where
/// the source holds the person's happening for true, else it says nothing. untold, lapse: an absence. The
/// record of the agency tells it no more, by a mapping that says what this means (`absence`): untold takes
/// back as retract does, lapse ends a state as end does; but where the version before does not assert, it
/// says nothing (docs/decisions/0030-absence.md). A later version of a key supersedes the earlier ones
/// whatever its operation; a retraction that comes first cancels the original when it comes.
enum class Op : std::uint8_t { assert_, retract, deny, withdraw, succeed, end, untold, lapse };

/// Whether the operation says that something is so.
constexpr bool asserts(Op op) {
  return op == Op::assert_ || op == Op::succeed;
}
/// Whether it stands for what a message does not tell any more.
constexpr bool from_absence(Op op) {
  return op == Op::untold || op == Op::lapse;
}
/// Whether it ends, on its day, the state told before it.
constexpr bool ends_state(Op op) {
  return op == Op::end || op == Op::lapse;
}

/// Precedence of sources, in settled order of weight for dates of death and birth: a smaller value outweighs
/// a larger one.
enum class EvidenceClass : std::uint8_t {
  police_registration,
  certificate,  ///< birth or death certificate, disability certificate, marriage and adoption registers
  hospital,
  cremation,
  insurance,
  care_desk,  ///< a case worker's word: proves no death, ends nothing, fills what no source says (0022)
};

/// Whether a case worker's word of this kind counts: not of what ends a tie, nor of adoptions and grades,
/// which a register alone can tell. Who is named in it is joined all the same.
bool desk_may_tell(FactKind kind);

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

enum class Role : std::uint8_t { person, mother, father, husband, wife, other };
inline constexpr std::size_t role_count = 6;

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

/// Value of a field that has no member of its own.
struct Attribute {
  FactField field{};
  std::string text;         ///< of a date: its plain writing, as precise as it is known
  std::int64_t number = 0;  ///< of whole numbers and of money, which is in fen; its text is empty
  friend bool operator==(const Attribute&, const Attribute&) = default;
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
  std::vector<Attribute> attributes;       ///< all other fields, sorted, each once
  friend bool operator==(const Fact&, const Fact&) = default;
};

/// Provenance of a fact: which rule of which mapping file made it. The file is known by a digest of its text,
/// so that what a mapping said then is found when it has been changed since.
struct RuleOrigin {
  std::uint64_t mapping = 0;  ///< MappingText::digest; 0: not known, stored before this was kept
  std::uint32_t line = 0;     ///< of the rule's `fact:`, from 1
  friend bool operator==(const RuleOrigin&, const RuleOrigin&) = default;
};

/// Type of a field's values.
enum class FieldType : std::uint8_t {
  identifier,
  name,
  sex,
  date,
  integer,
  code,
  text,
  region,  ///< six digits
  area,    ///< six, nine or twelve digits
  money    ///< whole fen
};

/// Class of privacy of a field's values: as what they are masked.
enum class Privacy : std::uint8_t {
  plain,
  name,
  number,
  contact  ///< address or telephone; masked as numbers are
};

/// A field of facts: one row of the table of fields.
struct FieldTraits {
  FactField field{};
  std::string_view name;
  FieldType type{};
  Privacy privacy = Privacy::plain;
  int most = 0;  ///< of a whole number from 1; 0: any from 0
};

/// What a fact of the kind tells, as far as time goes.
enum class KindForm : std::uint8_t {
  happening,  ///< settled by rules of its own (portrait.cpp, kin.cpp)
  state,      ///< holds from a day until another follows it or it ends, so that later versions may succeed
  occurrence  ///< each stands for itself
};

/// The use of a field by a kind.
struct FieldUse {
  FactField field{};
  enum class Need : std::uint8_t { absent, may, must } need = Need::absent;
  std::string_view words = {};  ///< of a code with a closed list: "enrolled|paused|ended"
};

/// Set of roles. The first is whom the fact is about; of a couple both are.
class Roles {
 public:
  template <class... One>
  constexpr explicit Roles(One... roles) : bits_((0u | ... | (1u << static_cast<unsigned>(roles)))) {}
  constexpr bool has(Role role) const { return (bits_ >> static_cast<unsigned>(role) & 1u) != 0; }

 private:
  unsigned bits_;
};

/// A kind of fact: one row of the table of kinds.
struct KindTraits {
  FactKind kind{};
  std::string_view name;
  Roles people{};
  KindForm form{};
  /// Whether a right may hang on it. What cannot move any is not reviewed unless it names or joins people.
  bool moves_rights = true;
  FieldUse fields[20] = {};
  /// Of a state: the field whose values stand beside each other, each with a timeline of its own.
  std::optional<FactField> part = {};
  bool tells_name = false;  ///< what it tells is the name of whom it is about
};
const KindTraits& traits_of(FactKind kind);
/// All kinds, in the order of the enumeration.
std::span<const KindTraits> fact_kinds();
/// All fields, in the order of the enumeration.
std::span<const FieldTraits> fact_fields();
const FieldTraits& traits_of(FactField field);
std::optional<FactField> fact_field(std::string_view name);

/// The role that a fact of the kind is about.
Role about(const KindTraits& kind);
/// Whether the kind tells a state, so that a later version may succeed an earlier one.
inline bool is_state(FactKind kind) {
  return traits_of(kind).form == KindForm::state;
}

/// A field's value in its plain writing; nothing when it is not set.
std::optional<std::string> text_of(const Fact& fact, FactField field);
/// Sets a field. REQUIRES: a value of the field's type.
void set(Fact& fact, FactField field, const PartialDate& date);
void set(Fact& fact, FactField field, std::int64_t number);
void set(Fact& fact, FactField field, std::string text);
const Attribute* find_attribute(const Fact& fact, FactField field);

/// Enumerators as text, as mapping files and JSON write them. REQUIRES: an enumerator of the list.
std::string_view name_of(FactKind kind);
std::string_view name_of(FactField field);
std::string_view name_of(Op op);  ///< "assert", "retract", ..., "untold", "lapse"
std::string_view name_of(EvidenceClass evidence);
std::string_view name_of(IdentifierKind kind);
std::string_view name_of(Role role);
std::optional<FactKind> fact_kind(std::string_view name);
std::optional<EvidenceClass> evidence_class(std::string_view name);

/// Schema of one field of a kind: "person.citizen_number", "on", "grade"..., its type,
/// whether a mapping must set it.
struct FieldRule {
  std::string_view field;
  using Type = FieldType;
  Type type;
  bool required;
  std::string_view words = {};  ///< of a code with a closed list: "enrolled|paused|ended"
};
std::vector<FieldRule> fields_of(FactKind kind);

}  // namespace kinhub
