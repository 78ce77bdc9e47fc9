#pragma once
// Account of one benefit on one day: how it stands, since when and until when, what is missing, what is
// waited for, what changes next. Values in, values out; hub/lead/account_words puts it into words.

#include <optional>
#include <string>
#include <vector>

#include "hub/policy/policy.hpp"

namespace kinhub {

struct Account {
  enum class Standing : std::uint8_t {
    due,
    pending,   ///< may be due: waits for `waits`
    ended,     ///< was due, and is not any more
    not_yet,   ///< will be, by what is known
    not_due,   ///< never, by what is known
    lower,     ///< due, but not paid for the month beside `higher`
    elsewhere  ///< a grant of the household that is told on the other parent
  } standing = Standing::not_due;
  BenefitIndex benefit = 0;
  Date on;
  /// The run of days without a gap that is told of: that of the day, else the last before, else the next.
  Interval run{Date::beginning(), Date::beginning()};
  Cause begins, ends;    ///< of the run; meaningful where the run has that end
  bool goes_on = false;  ///< a span of another certainty begins on the day on which the run ends
  Amount amount;         ///< on the day, or on the last day of the run before it, or on its first
  std::optional<BenefitIndex> higher;
  /// Smallest set of what would have to be so; `met_by`: what will make it so, where that is known.
  struct Missing {
    Explanation what;
    std::optional<Cause> met_by;
  };
  std::vector<Missing> missing;
  std::vector<std::string> waits;   ///< stable words: Entitlement::pending
  std::optional<Change> next;       ///< of this benefit, after the day
  std::optional<Entitlement> then;  ///< what stands from there on; nothing: none
  /// First month that is paid when it is first confirmed on the day, where `late` leaves months out.
  std::optional<Date> paid_from;
  Explanation why;
};
std::string_view name_of(Account::Standing standing);

/// REQUIRES: benefit is an index of benefits().
Account account_of(const PolicySet& policies, const Situation& situation, BenefitIndex benefit, Date on);

}  // namespace kinhub
