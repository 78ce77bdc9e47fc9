// Schema of facts: the table of kinds with what each may and must say, and the table of fields. A new kind or
// field is one enumerator in fact.hpp and one row here; README.md has the steps.
#include <algorithm>
#include <cassert>

#include "hub/record/fact.hpp"

namespace kinhub {
namespace {

using Type = FieldType;
using F = FactField;

constexpr FieldTraits fields[] = {
    {F::on, "on", Type::date},
    {F::until, "until", Type::date},
    {F::registered, "registered", Type::date},
    {F::grade, "grade", Type::integer, Privacy::plain, 4},
    {F::category, "category", Type::integer, Privacy::plain, 7},
    {F::region, "region", Type::region},
    {F::region_to, "region_to", Type::region},
    {F::status, "status", Type::code},
    {F::household_number, "household_number", Type::text, Privacy::number},
    {F::relation, "relation", Type::code},
    {F::certificate, "certificate", Type::text, Privacy::number},
    {F::area, "area", Type::area},
    {F::ethnic_group, "ethnic_group", Type::code},
    {F::household_type, "household_type", Type::code},
    {F::address, "address", Type::text, Privacy::contact},
    {F::marital_state, "marital_state", Type::code},
    {F::what, "what", Type::code},
    {F::family_no, "family_no", Type::text, Privacy::number},
    {F::fen_per_month, "fen_per_month", Type::money},
    {F::unit, "unit", Type::text},
    {F::work, "work", Type::code},
    {F::post, "post", Type::text},
    {F::housing, "housing", Type::code},
    {F::living, "living", Type::code},
    {F::unsafe, "unsafe", Type::code},
    {F::square_metre_tenths, "square_metre_tenths", Type::integer},
    {F::education, "education", Type::code},
    {F::school, "school", Type::text},
    {F::scheme, "scheme", Type::code},
    {F::policy_no, "policy_no", Type::text, Privacy::number},
    {F::fen, "fen", Type::money},
    {F::reason, "reason", Type::text},
    {F::channel, "channel", Type::code},
    {F::contact, "contact", Type::text, Privacy::contact},
    {F::state, "state", Type::code},
    {F::need, "need", Type::code},
    {F::urgent, "urgent", Type::code},
    {F::content, "content", Type::text, Privacy::contact},
    {F::result, "result", Type::text, Privacy::contact},
    {F::service, "service", Type::code},
    {F::act, "act", Type::text},
    {F::reached, "reached", Type::code},
    {F::place, "place", Type::text, Privacy::contact},
    {F::doers, "doers", Type::text, Privacy::name},
    {F::goods, "goods", Type::text},
    {F::problem, "problem", Type::text, Privacy::contact},
    {F::solved, "solved", Type::text, Privacy::contact},
    {F::contract_no, "contract_no", Type::text, Privacy::number},
    {F::doctor, "doctor", Type::text, Privacy::name},
    {F::institution, "institution", Type::text},
    {F::package, "package", Type::text},
    {F::role, "role", Type::code},
    {F::helper_name, "helper_name", Type::text, Privacy::name},
    {F::helper_sex, "helper_sex", Type::code},
    {F::phone, "phone", Type::text, Privacy::contact},
    {F::type, "type", Type::code},
    {F::number, "number", Type::text, Privacy::number},
    {F::bank, "bank", Type::text},
    {F::account, "account", Type::text, Privacy::number},
    {F::holder, "holder", Type::text, Privacy::name},
    {F::list_no, "list_no", Type::text},
    {F::line_no, "line_no", Type::text},
    {F::expected_on, "expected_on", Type::date},
    {F::outcome, "outcome", Type::code},
    {F::outcome_on, "outcome_on", Type::date},
    {F::live_births, "live_births", Type::integer},
    {F::archive_no, "archive_no", Type::text, Privacy::number},
    {F::town, "town", Type::area},
    {F::spouse_number, "spouse_number", Type::text, Privacy::number},
    {F::children, "children", Type::integer},
    {F::event, "event", Type::code},
    {F::also, "also", Type::text},
    {F::doer_roles, "doer_roles", Type::text},
    {F::not_at_home, "not_at_home", Type::code},
    {F::policy_told, "policy_told", Type::code},
};

constexpr FieldUse may(F field, std::string_view words = {}) {
  return {field, FieldUse::Need::may, words};
}
constexpr FieldUse must(F field, std::string_view words = {}) {
  return {field, FieldUse::Need::must, words};
}

constexpr Roles person(Role::person), couple(Role::husband, Role::wife),
    child(Role::person, Role::mother, Role::father);
constexpr auto happening = KindForm::happening, state = KindForm::state, occurrence = KindForm::occurrence;
constexpr bool rights = true, no_right = false;

// Beside these each may say `registered` and `certificate`.
constexpr KindTraits kinds[] = {
    {FactKind::birth, "birth", child, happening, rights, {must(F::on), may(F::region)}},
    {FactKind::death, "death", person, happening, rights, {must(F::on)}},
    {FactKind::parentage, "parentage", child, happening, rights, {may(F::on)}},
    {FactKind::adoption, "adoption", child, happening, rights, {must(F::on)}},
    {FactKind::adoption_dissolved, "adoption_dissolved", child, happening, rights, {must(F::on)}},
    {FactKind::marriage, "marriage", couple, happening, rights, {must(F::on)}},
    {FactKind::divorce, "divorce", couple, happening, rights, {must(F::on)}},
    {FactKind::marriage_annulled, "marriage_annulled", couple, happening, rights, {must(F::on)}},
    {FactKind::disability,
     "disability",
     person,
     happening,
     rights,
     {must(F::on), must(F::grade), may(F::category), may(F::until), may(F::status, "earlier")}},
    {FactKind::residence,
     "residence",
     person,
     state,
     rights,
     {must(F::on), may(F::region), may(F::region_to), may(F::area)}},
    {FactKind::identity, "identity", person, happening, rights, {may(F::on)}},
    {FactKind::insurance,
     "insurance",
     person,
     state,
     no_right,
     {must(F::status, "enrolled|paused|ended"), may(F::on), may(F::scheme)},
     F::scheme},
    {FactKind::household,
     "household",
     person,
     state,
     no_right,
     {must(F::household_number), may(F::relation), may(F::on)}},
    {FactKind::adoption_voided, "adoption_voided", child, happening, rights, {must(F::on)}},
    {FactKind::name, "name", person, state, rights, {may(F::on), may(F::until)}, {}, true},
    {FactKind::ethnic_group, "ethnic_group", person, state, no_right, {must(F::ethnic_group), may(F::on)}},
    {FactKind::household_type,
     "household_type",
     person,
     state,
     no_right,
     {must(F::household_type, "rural|urban|resident"), may(F::on), may(F::until)}},
    {FactKind::address,
     "address",
     person,
     state,
     no_right,
     {may(F::address), may(F::area), may(F::on), may(F::until)}},
    {FactKind::marital_state,
     "marital_state",
     person,
     state,
     no_right,
     {must(F::marital_state, "10|20|21|22|23|30|40|90"), may(F::on), may(F::until)}},
    {FactKind::support,
     "support",
     person,
     state,
     no_right,
     {must(F::what, "low_income|five_guarantee|three_without|registered_poor|care_allowance|premium_paid"),
      may(F::family_no), may(F::fen_per_month), may(F::on), may(F::until)},
     F::what},
    {FactKind::pension,
     "pension",
     person,
     state,
     no_right,
     {must(F::what, "resident_pension|employee_pension|other"), may(F::fen_per_month),
      may(F::state, "paying|paused|ended"), may(F::on), may(F::until)},
     F::what},
    {FactKind::work,
     "work",
     person,
     state,
     no_right,
     {must(F::work, "farming|employed|casual|studying|retired|unable|other"), may(F::unit), may(F::post),
      may(F::on), may(F::until)}},
    {FactKind::housing,
     "housing",
     person,
     state,
     no_right,
     {may(F::housing, "commodity|affordable|comfortable|low_rent|self_built|other"),
      may(F::living, "alone|with_spouse|with_children|with_relatives|institution"), may(F::unsafe, "yes|no"),
      may(F::square_metre_tenths), may(F::on), may(F::until)}},
    {FactKind::schooling,
     "schooling",
     person,
     state,
     no_right,
     {may(F::education), may(F::school), may(F::on), may(F::until)}},
    {FactKind::insured,
     "insured",
     person,
     state,
     no_right,
     {must(F::scheme, "310|390|commercial"), may(F::policy_no), may(F::fen), may(F::on), may(F::until)},
     F::scheme},
    {FactKind::disability_card,
     "disability_card",
     person,
     state,
     no_right,
     {must(F::status, "valid|frozen|cancelled"), may(F::reason), may(F::grade), may(F::category), may(F::on),
      may(F::until)}},
    {FactKind::contact,
     "contact",
     person,
     state,
     no_right,
     {must(F::channel, "phone|mobile|messenger|mail|other"), must(F::contact), may(F::on), may(F::until)},
     F::channel},
    {FactKind::need,
     "need",
     person,
     occurrence,
     no_right,
     {must(F::on),
      must(F::need,
           "visit|home_help|farm_help|serious_illness|comfort|errands|adoption|fertility|checkup|other"),
      may(F::state, "open|referred|solved|withdrawn"), may(F::urgent, "yes|no"), may(F::content),
      may(F::result), may(F::until)}},
    {FactKind::service,
     "service",
     person,
     occurrence,
     no_right,
     {must(F::on), must(F::service), may(F::act), may(F::channel, "V|P|N|G|M"), may(F::reached, "yes|no"),
      may(F::doers), may(F::place), may(F::content), may(F::problem), may(F::solved), may(F::result),
      may(F::fen), may(F::goods), may(F::institution), may(F::archive_no), may(F::also), may(F::doer_roles),
      may(F::not_at_home, "yes|no"), may(F::policy_told, "yes|no")}},
    {FactKind::contract,
     "contract",
     person,
     state,
     no_right,
     {must(F::state, "signed|declined|ended"), may(F::contract_no), may(F::doctor), may(F::institution),
      may(F::package), may(F::on), may(F::until)}},
    {FactKind::helper,
     "helper",
     person,
     state,
     no_right,
     {must(F::role,
           "county_leader|town_leader|town_member|village_cadre|village_supervisor|village_specialist|area_"
           "cadre|county_worker|town_worker|village_worker|town_staff|association_member|volunteer|doctor|"
           "social_worker|paired|department"),
      must(F::helper_name), may(F::helper_sex, "male|female"), may(F::unit), may(F::post), may(F::phone),
      may(F::on), may(F::until)},
     F::role},
    {FactKind::credential,
     "credential",
     person,
     state,
     no_right,
     {must(F::type), may(F::number), may(F::state, "valid|lost|ended"), may(F::on), may(F::until)},
     F::type},
    {FactKind::alive, "alive", person, occurrence, rights, {must(F::on), may(F::place)}},
    {FactKind::account,
     "account",
     person,
     state,
     no_right,
     {must(F::account), may(F::bank), may(F::holder), may(F::on), may(F::until)}},
    {FactKind::settlement,
     "settlement",
     person,
     occurrence,
     no_right,
     {must(F::on), must(F::list_no), must(F::line_no), may(F::fen), may(F::result)}},
    {FactKind::pregnancy,
     "pregnancy",
     Roles(Role::mother),
     occurrence,
     no_right,
     {must(F::on), may(F::expected_on), may(F::outcome, "live_birth|ended"), may(F::outcome_on),
      may(F::live_births), may(F::institution), may(F::area)}},
    {FactKind::immunised,
     "immunised",
     Roles(Role::person, Role::mother),
     occurrence,
     no_right,
     {must(F::on), may(F::area)}},
    {FactKind::register_entry,
     "register_entry",
     child,
     state,
     no_right,
     {must(F::archive_no), must(F::status, "registered|closed"), may(F::reason), may(F::town), may(F::area),
      may(F::marital_state), may(F::spouse_number), may(F::children), may(F::on)}},
    {FactKind::distinct, "distinct", Roles(Role::person, Role::other), happening, rights, {may(F::on)}},
    {FactKind::archive,
     "archive",
     person,
     occurrence,
     no_right,
     {must(F::on), must(F::archive_no),
      must(F::event, "opened|moved|handed_over|received|lost|found|closed|restored|destroyed"), may(F::area),
      may(F::unit), may(F::reason)}},
};

template <class Rows, class Enumerator>
constexpr bool in_order(const Rows& rows, Enumerator of) {
  for (std::size_t i = 0; i < std::size(rows); ++i)
    if (static_cast<std::size_t>(of(rows[i])) != i) return false;
  return true;
}
static_assert(in_order(kinds, [](const KindTraits& row) { return row.kind; }),
              "a row for each kind, in order");
static_assert(in_order(fields, [](const FieldTraits& row) { return row.field; }),
              "a row for each field, in order");

constexpr Role roles[] = {Role::person, Role::mother, Role::father, Role::husband, Role::wife, Role::other};

constexpr std::string_view evidence_names[] = {"police_registration", "certificate", "hospital",
                                               "cremation",           "insurance",   "care_desk"};
constexpr std::string_view identifier_names[] = {
    "citizen_number", "police_id", "birth_certificate", "disability_certificate", "insurance_id", "chart"};
constexpr std::string_view role_names[] = {"person", "mother", "father", "husband", "wife", "other"};
static_assert(std::size(role_names) == role_count && std::size(roles) == role_count, "a name for each role");

void add_person(std::vector<FieldRule>& rules, Role role, bool name_required) {
  struct RoleFields {
    std::array<std::string_view, 12> identifiers;
    std::string_view name, sex, born;
  };
#define KINHUB_ROLE(r)                   \
  RoleFields {                           \
    {r ".citizen_number",                \
     r ".police_id",                     \
     r ".birth_certificate",             \
     r ".disability_certificate",        \
     r ".insurance_id",                  \
     r ".chart",                         \
     r ".former_citizen_number",         \
     r ".former_police_id",              \
     r ".former_birth_certificate",      \
     r ".former_disability_certificate", \
     r ".former_insurance_id",           \
     r ".former_chart"},                 \
        r ".name", r ".sex", r ".born"   \
  }
  static constexpr RoleFields of_roles[] = {KINHUB_ROLE("person"), KINHUB_ROLE("mother"),
                                            KINHUB_ROLE("father"), KINHUB_ROLE("husband"),
                                            KINHUB_ROLE("wife"),   KINHUB_ROLE("other")};
#undef KINHUB_ROLE
  const auto& f = of_roles[static_cast<std::size_t>(role)];
  for (auto field : f.identifiers)
    rules.push_back({field, Type::identifier, false, {}});
  rules.push_back({f.name, Type::name, name_required, {}});
  rules.push_back({f.sex, Type::sex, false, {}});
  rules.push_back({f.born, Type::date, false, {}});
}

}  // namespace

bool desk_may_tell(FactKind kind) {
  constexpr FactKind by_registers_alone[] = {FactKind::adoption,          FactKind::adoption_dissolved,
                                             FactKind::adoption_voided,   FactKind::divorce,
                                             FactKind::marriage_annulled, FactKind::disability};
  return std::find(std::begin(by_registers_alone), std::end(by_registers_alone), kind) ==
         std::end(by_registers_alone);
}

std::span<const KindTraits> fact_kinds() {
  return kinds;
}
std::span<const FieldTraits> fact_fields() {
  return fields;
}
const KindTraits& traits_of(FactKind kind) {
  assert(static_cast<std::size_t>(kind) < std::size(kinds));
  return kinds[static_cast<std::size_t>(kind)];
}
const FieldTraits& traits_of(FactField field) {
  assert(static_cast<std::size_t>(field) < std::size(fields));
  return fields[static_cast<std::size_t>(field)];
}
std::string_view name_of(FactKind kind) {
  return traits_of(kind).name;
}
std::string_view name_of(FactField field) {
  return traits_of(field).name;
}
std::string_view name_of(Op op) {
  switch (op) {
    case Op::assert_:
      return "assert";
    case Op::retract:
      return "retract";
    case Op::deny:
      return "deny";
    case Op::withdraw:
      return "withdraw";
    case Op::succeed:
      return "succeed";
    case Op::end:
      return "end";
    case Op::untold:
      return "untold";
    case Op::lapse:
      return "lapse";
  }
  return {};
}
std::string_view name_of(EvidenceClass evidence) {
  assert(static_cast<std::size_t>(evidence) < std::size(evidence_names));
  return evidence_names[static_cast<std::size_t>(evidence)];
}
std::string_view name_of(IdentifierKind kind) {
  assert(static_cast<std::size_t>(kind) < std::size(identifier_names));
  return identifier_names[static_cast<std::size_t>(kind)];
}
std::string_view name_of(Role role) {
  assert(static_cast<std::size_t>(role) < std::size(role_names));
  return role_names[static_cast<std::size_t>(role)];
}

std::optional<FactKind> fact_kind(std::string_view name) {
  for (const auto& known : kinds)
    if (known.name == name) return known.kind;
  return std::nullopt;
}

std::optional<FactField> fact_field(std::string_view name) {
  for (const auto& known : fields)
    if (known.name == name) return known.field;
  return std::nullopt;
}

std::optional<EvidenceClass> evidence_class(std::string_view name) {
  for (std::size_t i = 0; i < std::size(evidence_names); ++i)
    if (evidence_names[i] == name) return static_cast<EvidenceClass>(i);
  return std::nullopt;
}

Role about(const KindTraits& kind) {
  return *std::find_if(std::begin(roles), std::end(roles), [&](Role role) { return kind.people.has(role); });
}

std::vector<FieldRule> fields_of(FactKind kind) {
  const auto& traits = traits_of(kind);
  std::vector<FieldRule> rules = {{name_of(F::registered), Type::date, false},
                                  {name_of(F::certificate), Type::text, false}};
  for (auto role : roles)
    if (traits.people.has(role)) add_person(rules, role, traits.tells_name && role == about(traits));
  for (const auto& use : traits.fields)
    if (use.need != FieldUse::Need::absent)
      rules.push_back(
          {name_of(use.field), traits_of(use.field).type, use.need == FieldUse::Need::must, use.words});
  return rules;
}

}  // namespace kinhub
