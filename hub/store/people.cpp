#include "hub/store/people.hpp"

#include "hub/store/pages.hpp"

namespace kinhub {
namespace {

constexpr std::int64_t marked_leads = 1, marked_next_change = 2, marked_unnamed = 4, marked_cases = 8;

}  // namespace

std::int64_t bits_of(PersonMarks marks) {
  return (marks.leads ? marked_leads : 0) | (marks.next_change ? marked_next_change : 0) |
         (marks.unnamed ? marked_unnamed : 0) | (marks.cases ? marked_cases : 0);
}

PersonMarks marks_of(std::int64_t bits) {
  return {(bits & marked_leads) != 0, (bits & marked_next_change) != 0, (bits & marked_unnamed) != 0,
          (bits & marked_cases) != 0};
}

void PeopleShelf::each(const std::function<void(PersonId)>& visit) {
  walk_pages(
      PersonId{}, [&](PersonId after, std::size_t count_max) { return page(after, count_max); },
      [](PersonId person) { return person; }, visit);
}

void PeopleShelf::each_due(Date until, const std::function<void(PersonId)>& visit) {
  walk_pages(
      DueRow{}, [&](const DueRow& after, std::size_t count_max) { return due(until, after, count_max); },
      [](const DueRow& row) { return row; }, [&](const DueRow& row) { visit(row.person); });
}

}  // namespace kinhub
