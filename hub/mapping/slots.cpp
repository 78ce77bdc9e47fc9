// The table from canonical field names to the members of a Fact.
#include "hub/mapping/compiled.hpp"

namespace kinhub {
namespace {

using Member = Slot::Member;

constexpr Role roles[] = {Role::person, Role::mother, Role::father, Role::husband, Role::wife};
constexpr IdentifierKind identifiers[] = {
    IdentifierKind::citizen_number,         IdentifierKind::police_id,    IdentifierKind::birth_certificate,
    IdentifierKind::disability_certificate, IdentifierKind::insurance_id, IdentifierKind::chart};

struct Plain {
  std::string_view field;
  Member member;
};
constexpr Plain plain[] = {
    {"on", Member::on},
    {"until", Member::until},
    {"registered", Member::registered},
    {"grade", Member::grade},
    {"category", Member::category},
    {"region", Member::region},
    {"region_to", Member::region_to},
    {"status", Member::status},
    {"household_number", Member::household_number},
    {"relation", Member::relation},
    {"certificate", Member::certificate},
};

std::optional<std::string> find_identifier(const std::vector<Identifier>& all, IdentifierKind kind) {
  for (const auto& identifier : all)
    if (identifier.kind == kind) return identifier.value;
  return std::nullopt;
}

template <class Value>
std::optional<std::string> written(const std::optional<Value>& value) {
  if (!value) return std::nullopt;
  if constexpr (std::is_same_v<Value, std::string>)
    return *value;
  else if constexpr (std::is_same_v<Value, int>)
    return std::to_string(*value);
  else
    return value->text();
}

}  // namespace

std::optional<Slot> slot_of(std::string_view field) {
  for (const auto& entry : plain)
    if (entry.field == field) return Slot{entry.member};
  auto dot = field.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  for (auto role : roles) {
    if (name_of(role) != field.substr(0, dot)) continue;
    auto name = field.substr(dot + 1);
    if (name == "name") return Slot{Member::name, role};
    if (name == "sex") return Slot{Member::sex, role};
    if (name == "born") return Slot{Member::born, role};
    const bool former = name.starts_with("former_");
    if (former) name.remove_prefix(7);
    for (auto kind : identifiers)
      if (name_of(kind) == name) return Slot{former ? Member::former : Member::identifier, role, kind};
  }
  return std::nullopt;
}

std::optional<std::string> text_of_field(const Fact& fact, std::string_view field) {
  if (field == "fact") return std::string(name_of(fact.kind));
  if (field == "op") return std::string(name_of(fact.op));
  if (field == "evidence") return std::string(name_of(fact.evidence));
  if (field == "key") return fact.key;
  if (field == "version") return fact.version;
  auto slot = slot_of(field);
  if (!slot) return std::nullopt;
  const Mention* mention = nullptr;
  for (const auto& candidate : fact.people)
    if (candidate.role == slot->role) mention = &candidate;
  switch (slot->member) {
    case Member::identifier:
      return mention ? find_identifier(mention->identifiers, slot->identifier) : std::nullopt;
    case Member::former:
      return mention ? find_identifier(mention->former, slot->identifier) : std::nullopt;
    case Member::name:
      return mention ? mention->name : std::nullopt;
    case Member::sex:
      if (!mention || !mention->sex || *mention->sex == Sex::unknown) return std::nullopt;
      return *mention->sex == Sex::male ? "male" : "female";
    case Member::born:
      return mention ? written(mention->born) : std::nullopt;
    case Member::on:
      return written(fact.on);
    case Member::until:
      return written(fact.until);
    case Member::registered:
      return written(fact.registered);
    case Member::grade:
      return written(fact.grade);
    case Member::category:
      return written(fact.category);
    case Member::region:
      return written(fact.region);
    case Member::region_to:
      return written(fact.region_to);
    case Member::status:
      return written(fact.status);
    case Member::household_number:
      return written(fact.household_number);
    case Member::relation:
      return written(fact.relation);
    case Member::certificate:
      return written(fact.certificate);
  }
  return std::nullopt;
}

}  // namespace kinhub
