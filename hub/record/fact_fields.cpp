// Reads and writes the fields of a fact: those with a member of their own, and attributes.
#include <algorithm>
#include <cassert>

#include "hub/record/fact.hpp"

namespace kinhub {
namespace {

using F = FactField;

/// Pointers to the members that fields have, by their type.
constexpr std::pair<F, std::optional<PartialDate> Fact::*> dates[] = {{F::on, &Fact::on},
                                                                      {F::until, &Fact::until}};
constexpr std::pair<F, std::optional<int> Fact::*> numbers[] = {{F::grade, &Fact::grade},
                                                                {F::category, &Fact::category}};
constexpr std::pair<F, std::optional<std::string> Fact::*> texts[] = {
    {F::region, &Fact::region},     {F::region_to, &Fact::region_to},
    {F::status, &Fact::status},     {F::household_number, &Fact::household_number},
    {F::relation, &Fact::relation}, {F::certificate, &Fact::certificate}};

/// The member of the field; null where it has none of this type.
template <class Members>
auto member_of(const Members& members, F field) {
  for (const auto& [of, member] : members)
    if (of == field) return member;
  return decltype(std::begin(members)->second){};
}

Attribute& attribute(Fact& fact, F field) {
  auto at = std::lower_bound(fact.attributes.begin(), fact.attributes.end(), field,
                             [](const Attribute& one, F wanted) { return one.field < wanted; });
  if (at == fact.attributes.end() || at->field != field) at = fact.attributes.insert(at, {field, {}, 0});
  return *at;
}

bool is_number(F field) {
  const auto type = traits_of(field).type;
  return type == FieldType::integer || type == FieldType::money;
}

}  // namespace

const Attribute* find_attribute(const Fact& fact, FactField field) {
  for (const auto& one : fact.attributes)
    if (one.field == field) return &one;
  return nullptr;
}

std::optional<std::string> text_of(const Fact& fact, FactField field) {
  if (const auto* one = find_attribute(fact, field))
    return is_number(field) ? std::to_string(one->number) : one->text;
  if (field > FactField::certificate) return std::nullopt;
  if (field == FactField::registered)
    return fact.registered ? std::optional(fact.registered->text()) : std::nullopt;
  if (auto date = member_of(dates, field))
    return fact.*date ? std::optional((fact.*date)->text()) : std::nullopt;
  if (auto number = member_of(numbers, field))
    return fact.*number ? std::optional(std::to_string(*(fact.*number))) : std::nullopt;
  return fact.*member_of(texts, field);
}

void set(Fact& fact, FactField field, const PartialDate& date) {
  assert(traits_of(field).type == FieldType::date);
  if (field == FactField::registered)
    fact.registered = date.first;
  else if (auto member = member_of(dates, field))
    fact.*member = date;
  else
    attribute(fact, field).text = date.text();
}

void set(Fact& fact, FactField field, std::int64_t number) {
  assert(is_number(field));
  if (auto member = member_of(numbers, field))
    fact.*member = static_cast<int>(number);
  else
    attribute(fact, field).number = number;
}

void set(Fact& fact, FactField field, std::string text) {
  assert(!is_number(field) && traits_of(field).type != FieldType::date);
  if (auto member = member_of(texts, field))
    fact.*member = std::move(text);
  else
    attribute(fact, field).text = std::move(text);
}

}  // namespace kinhub
