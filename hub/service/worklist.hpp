#pragma once
// The worklist (specification of care 2.3): what is open, due or overdue on a day for the households of an
// area. A line is a reminder, no notice.

#include <string>
#include <string_view>
#include <vector>

#include "hub/service/owed.hpp"

namespace kinhub::service {

struct WorkLine {
  enum class State : std::uint8_t { event, overdue, due, open } state = State::open;
  std::string service, name;  ///< S02 每月沟通; of what is no service: 建档, 移交, 退档, 核对
  std::string archive_no;
  const Person* who = nullptr;  ///< the member, else who the household is known by; null: nobody is left
  std::string what;             ///< the period, the festival, what is missing
  std::optional<Date> due;
  int days_over = 0;
  bool priority = false;  ///< low income, or alone, widowed or divorced, 60 or older
};
std::string_view name_of(WorkLine::State state);  ///< in Chinese

/// Whether nothing is scheduled for a family on a day, without saying why (不宜安排): a dead child's birthday
/// and, from the first anniversary on, day of death, three days around each, and 清明.
bool is_quiet(const Household& household, const Festivals& festivals, Date day);

/// Why there is no worklist of a day: DAY_RANGE, it lies outside the years that reports may be of.
std::optional<Error> worklist_day_fault(Date day);

/// Lines in their order: what happened in a family; what is overdue, priority households first, the most days
/// first; what is due; what is open. `region`: 6, 9 or 12 digits. An archive stands where it is kept: with
/// the town that gives it away until the other one has received it.
std::vector<WorkLine> worklist(const Ledger& ledger, const ServiceSet& services, std::string_view region,
                               Date day);

}  // namespace kinhub::service
