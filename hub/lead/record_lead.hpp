#pragma once
// Leads about the record itself, of kind verify: what agencies contradict each other in and no rule settles.
// They are of no policy's benefit: docs/decisions/0060-verify-the-record.md.

#include <optional>
#include <string_view>

#include "hub/lead/lead.hpp"
#include "hub/record/agreement.hpp"
#include "hub/store/balance.hpp"
#include "hub/store/entries.hpp"

namespace kinhub {

/// What stands in place of a benefit: whether a person is dead.
inline constexpr std::string_view record_death = "record/death";

/// Up to when sources that were loaded are complete.
CompleteUntil complete_until(BalanceShelf& balance);

/// The rows of living_against() that their registers still hold. One that a whole snapshot of its source held
/// no more, and of which nothing was told since, lists nobody: what its source is complete up to is no proof
/// that the person is on it.
std::vector<Support> still_listed(std::vector<Support> living, const Keyring& keys, EntryShelf& entries);

/// The lead about a death that agencies report and a list of the living contradicts, pure; nothing: there is
/// no such death, or a person has decided on this very question. `living`: living_against() of it. It tells
/// nothing that changes from day to day, so each night finds the same.
std::optional<LeadContent> death_in_question(const Happening& death, const std::vector<Support>& living,
                                             PersonId person, const Decided& decided, Date opened_on);

}  // namespace kinhub
