// Schema of the fact kinds: their names, and what each may and must say. README.md
// has the steps for a new one.
#include "hub/record/fact.hpp"

#include <cassert>

namespace kinhub {
namespace {

using Type = FieldRule::Type;

struct Named {
  FactKind kind;
  std::string_view name;
};
constexpr Named kinds[] = {
    {FactKind::birth, "birth"},
    {FactKind::death, "death"},
    {FactKind::parentage, "parentage"},
    {FactKind::adoption, "adoption"},
    {FactKind::adoption_dissolved, "adoption_dissolved"},
    {FactKind::marriage, "marriage"},
    {FactKind::divorce, "divorce"},
    {FactKind::marriage_annulled, "marriage_annulled"},
    {FactKind::disability, "disability"},
    {FactKind::residence, "residence"},
    {FactKind::identity, "identity"},
    {FactKind::insurance, "insurance"},
    {FactKind::household, "household"},
    {FactKind::adoption_voided, "adoption_voided"},
};

constexpr std::string_view evidence_names[] = {"police_registration", "certificate", "hospital", "cremation",
                                               "insurance"};
constexpr std::string_view identifier_names[] = {
    "citizen_number", "police_id", "birth_certificate", "disability_certificate", "insurance_id", "chart"};
constexpr std::string_view role_names[] = {"person", "mother", "father", "husband", "wife"};

void add_person(std::vector<FieldRule>& rules, Role role) {
  struct RoleFields {
    std::string_view citizen_number, police_id, birth_certificate, disability_certificate, insurance_id,
        chart, former_citizen_number, former_chart, name, sex, born;
  };
#define KINHUB_ROLE(r)                                                                                     \
  RoleFields {                                                                                             \
    r ".citizen_number", r ".police_id", r ".birth_certificate", r ".disability_certificate",              \
        r ".insurance_id", r ".chart", r ".former_citizen_number", r ".former_chart", r ".name", r ".sex", \
        r ".born"                                                                                          \
  }
  static constexpr RoleFields roles[] = {KINHUB_ROLE("person"), KINHUB_ROLE("mother"), KINHUB_ROLE("father"),
                                         KINHUB_ROLE("husband"), KINHUB_ROLE("wife")};
#undef KINHUB_ROLE
  const auto& f = roles[static_cast<std::size_t>(role)];
  for (auto field : {f.citizen_number, f.police_id, f.birth_certificate, f.disability_certificate,
                     f.insurance_id, f.chart, f.former_citizen_number, f.former_chart})
    rules.push_back({field, Type::identifier, false, {}});
  rules.push_back({f.name, Type::name, false, {}});
  rules.push_back({f.sex, Type::sex, false, {}});
  rules.push_back({f.born, Type::date, false, {}});
}

}  // namespace

std::string_view name_of(FactKind kind) {
  assert(static_cast<std::size_t>(kind) < std::size(kinds));
  return kinds[static_cast<std::size_t>(kind)].name;
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

std::optional<EvidenceClass> evidence_class(std::string_view name) {
  for (std::size_t i = 0; i < std::size(evidence_names); ++i)
    if (evidence_names[i] == name) return static_cast<EvidenceClass>(i);
  return std::nullopt;
}

bool is_state(FactKind kind) {
  return kind == FactKind::residence;
}

std::vector<FieldRule> fields_of(FactKind kind) {
  std::vector<FieldRule> rules;
  auto people = [&](std::initializer_list<Role> roles) {
    for (auto role : roles)
      add_person(rules, role);
  };
  auto may = [&](std::string_view field, Type type) { rules.push_back({field, type, false, {}}); };
  auto must = [&](std::string_view field, Type type) { rules.push_back({field, type, true, {}}); };
  may("registered", Type::date);
  may("certificate", Type::text);
  switch (kind) {
    case FactKind::birth:
      people({Role::person, Role::mother, Role::father});
      must("on", Type::date);
      may("region", Type::region);
      break;
    case FactKind::death:
      people({Role::person});
      must("on", Type::date);
      break;
    case FactKind::parentage:
      people({Role::person, Role::mother, Role::father});
      may("on", Type::date);
      break;
    case FactKind::adoption:
    case FactKind::adoption_dissolved:
    case FactKind::adoption_voided:
      people({Role::person, Role::mother, Role::father});
      must("on", Type::date);
      break;
    case FactKind::marriage:
    case FactKind::divorce:
    case FactKind::marriage_annulled:
      people({Role::husband, Role::wife});
      must("on", Type::date);
      break;
    case FactKind::disability:
      people({Role::person});
      must("on", Type::date);
      must("grade", Type::integer);
      may("category", Type::integer);
      may("until", Type::date);
      rules.push_back({"status", Type::code, false, "earlier"});
      break;
    case FactKind::residence:
      people({Role::person});
      must("on", Type::date);
      may("region", Type::region);
      may("region_to", Type::region);
      break;
    case FactKind::identity:
      people({Role::person});
      may("on", Type::date);
      break;
    case FactKind::insurance:
      people({Role::person});
      rules.push_back({"status", Type::code, true, "enrolled|paused|ended"});
      may("on", Type::date);
      break;
    case FactKind::household:
      people({Role::person});
      must("household_number", Type::text);
      may("relation", Type::code);
      may("on", Type::date);
      break;
  }
  return rules;
}

}  // namespace kinhub
