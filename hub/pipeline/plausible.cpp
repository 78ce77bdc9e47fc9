#include "hub/pipeline/plausible.hpp"

#include <algorithm>

#include "hub/record/statement.hpp"

namespace kinhub {
namespace {

constexpr std::int64_t second_us = 1'000'000, day_us = 86'400 * second_us, shanghai_us = 28'800 * second_us;
const Date nobody_lives_born_before(1900, 1, 1);
constexpr int parent_older_by_years = 10;  // no younger mother is known but of single cases of medicine

/// "20261130235959" in Asia/Shanghai, as versions are written.
std::string version_text(std::int64_t utc_us) {
  const auto day = shanghai_date(utc_us);
  const auto seconds = (utc_us + shanghai_us - day.days() * day_us) / second_us;
  auto text = day.text();
  std::erase(text, '-');
  for (auto part : {seconds / 3'600, seconds / 60 % 60, seconds % 60})
    text += static_cast<char>('0' + part / 10), text += static_cast<char>('0' + part % 10);
  return text;
}

Rejected rejected(std::string code, std::string text, std::string field) {
  return {{std::move(code), std::move(text), ""}, "", std::move(field)};
}

/// Whether its day states what has happened. A state that no right hangs on (an insurance, a contract) may be
/// told ahead of its day.
bool states_a_happening(FactKind kind) {
  return traits_of(kind).moves_rights || !is_state(kind);
}

std::optional<PartialDate> born(const Fact& fact, const Mention& mention) {
  if (mention.born) return mention.born;
  if (fact.kind == FactKind::birth && mention.role == Role::person) return fact.on;
  for (const auto& identifier : mention.identifiers)
    if (identifier.kind == IdentifierKind::citizen_number)
      if (auto number = CitizenNumber::read(identifier.value))
        return PartialDate{number->birth(), Precision::day};
  return std::nullopt;
}

std::optional<Rejected> wrong_day(const Fact& fact, Date latest) {
  auto too_late = [&](const std::optional<PartialDate>& on,
                      const std::string& field) -> std::optional<Rejected> {
    if (!on || on->first <= latest) return std::nullopt;
    return rejected(
        "DATE_FUTURE",
        "this day lies after the day on which the message came: ask the source for the right one, "
        "or correct the clock of this machine; clock_margin of the source says how far off is right",
        field);
  };
  if (states_a_happening(fact.kind))
    if (auto wrong = too_late(fact.on, "on")) return wrong;
  if (fact.registered)
    if (auto wrong = too_late(PartialDate{*fact.registered, Precision::day}, "registered")) return wrong;
  if (fact.kind == FactKind::death) return std::nullopt;  // a detail keeps no death back
  for (const auto& mention : fact.people) {
    const auto field = std::string(name_of(mention.role)) + ".born";
    if (auto wrong = too_late(mention.born, field)) return wrong;
    const bool parent = mention.role == Role::mother || mention.role == Role::father;
    const bool of_birth = fact.kind == FactKind::birth && mention.role == Role::person;
    const auto& told = mention.born || !of_birth ? mention.born : fact.on;
    if (!parent && told && told->last() < nobody_lives_born_before)
      return rejected("BIRTH_TOO_EARLY",
                      "nobody who lives was born before 1900: ask the source for the day of birth", field);
  }
  return std::nullopt;
}

/// Of births and adoptions alone: elsewhere parents are a detail, and stand in the family as a conflict.
std::optional<Rejected> wrong_parent(const Fact& fact) {
  if (fact.kind != FactKind::birth && fact.kind != FactKind::adoption) return std::nullopt;
  std::optional<PartialDate> child;
  for (const auto& mention : fact.people)
    if (mention.role == Role::person) child = born(fact, mention);
  if (!child) return std::nullopt;
  for (const auto& mention : fact.people) {
    if (mention.role != Role::mother && mention.role != Role::father) continue;
    const auto parent = born(fact, mention);
    if (!parent) continue;
    const int older_by = fact.kind == FactKind::birth ? parent_older_by_years : 0;
    const bool older =
        older_by > 0 ? reaches(parent->first, older_by) <= child->last() : parent->first < child->last();
    if (!older)
      return rejected(
          "PARENT_TOO_YOUNG",
          fact.kind == FactKind::birth
              ? "a parent must be ten years older than the child at least: ask the source which of "
                "the two numbers or days is wrong"
              : "who adopts must be older than the child: ask the source which of the two numbers "
                "or days is wrong",
          std::string(name_of(mention.role)));
  }
  return std::nullopt;
}

}  // namespace

std::int64_t latest_instant(std::int64_t received_at_us, std::optional<Date> today, std::int64_t margin_us) {
  auto latest = received_at_us;
  if (today) latest = std::max(latest, (today->days() + std::int64_t{1}) * day_us - shanghai_us - second_us);
  return latest + margin_us;
}

std::optional<Rejected> implausible(const std::vector<Fact>& facts, std::int64_t latest_us) {
  const auto latest_version = version_text(latest_us);
  const auto latest_day = shanghai_date(latest_us);
  for (const auto& fact : facts) {
    if (compare_versions(fact.version, latest_version) > 0)
      return rejected(
          "VERSION_FUTURE",
          "the message says that it was made after it came, and would outrank all that follows: "
          "have the clock of the source set right and the message sent again; clock_margin of the "
          "source says how far ahead is right",
          "version");
    if (!asserts(fact.op) && !ends_state(fact.op)) continue;
    if (auto wrong = wrong_day(fact, latest_day)) return wrong;
    if (auto wrong = wrong_parent(fact)) return wrong;
  }
  return std::nullopt;
}

}  // namespace kinhub
