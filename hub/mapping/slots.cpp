// From canonical field names to the places in a Fact: those of people here, all others by its own table.
#include "hub/mapping/compiled.hpp"

namespace kinhub {
namespace {

using Member = Slot::Member;

constexpr Role roles[] = {Role::person, Role::mother, Role::father, Role::husband, Role::wife, Role::other};
constexpr IdentifierKind identifiers[] = {
    IdentifierKind::citizen_number,         IdentifierKind::police_id,    IdentifierKind::birth_certificate,
    IdentifierKind::disability_certificate, IdentifierKind::insurance_id, IdentifierKind::chart};

std::optional<std::string> find_identifier(const std::vector<Identifier>& all, IdentifierKind kind) {
  for (const auto& identifier : all)
    if (identifier.kind == kind) return identifier.value;
  return std::nullopt;
}

}  // namespace

std::optional<Slot> slot_of(std::string_view field) {
  if (auto of_fact = fact_field(field)) return Slot{Member::field, {}, {}, *of_fact};
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
      return mention && mention->born ? std::optional(mention->born->text()) : std::nullopt;
    case Member::field:
      return text_of(fact, slot->field);
  }
  return std::nullopt;
}

}  // namespace kinhub
