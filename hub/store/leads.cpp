#include "hub/store/leads.hpp"

#include "hub/store/pages.hpp"

namespace kinhub {

std::string_view name_of(LeadKind kind) {
  switch (kind) {
    case LeadKind::new_:
      return "new";
    case LeadKind::changed:
      return "changed";
    case LeadKind::ended:
      return "ended";
    case LeadKind::verify:
      return "verify";
  }
  return "";
}

std::string_view name_of(LeadState state) {
  switch (state) {
    case LeadState::open:
      return "open";
    case LeadState::confirmed:
      return "confirmed";
    case LeadState::dismissed:
      return "dismissed";
    case LeadState::closed:
      return "closed";
  }
  return "";
}

void LeadShelf::each(std::optional<LeadState> state, const std::function<void(LeadRow&)>& visit) {
  walk_pages(
      LeadId{}, [&](LeadId after, std::size_t count_max) { return page(state, after, count_max); },
      [](const LeadRow& row) { return row.id; }, visit);
}

void LeadShelf::each_person_with_open(const std::function<void(PersonId)>& visit) {
  walk_pages(
      PersonId{}, [&](PersonId after, std::size_t count_max) { return people_with_open(after, count_max); },
      [](PersonId person) { return person; }, visit);
}

}  // namespace kinhub
