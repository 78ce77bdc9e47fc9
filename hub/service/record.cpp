#include "hub/service/record.hpp"

#include <algorithm>

namespace kinhub::service {

bool Act::names(std::string_view service) const {
  return std::find(services.begin(), services.end(), service) != services.end();
}

const Person* Record::find(PersonId id) const {
  const auto found = std::lower_bound(people.begin(), people.end(), id,
                                      [](const Person& one, PersonId wanted) { return one.id < wanted; });
  return found != people.end() && found->id == id ? &*found : nullptr;
}

std::optional<Certainty> on(const std::vector<Span>& spans, Date day) {
  for (const auto& span : spans)
    if (span.when.contains(day)) return span.certainty;
  return std::nullopt;
}

const Lives* lives_on(const Person& person, Date day) {
  for (const auto& one : person.lives)
    if (one.when.contains(day)) return &one;
  return nullptr;
}

}  // namespace kinhub::service
