#pragma once
// Answers that several shelves on SQLite read.

#include <cstdint>
#include <vector>

#include "hub/base/id.hpp"
#include "hub/base/sqlite.hpp"

namespace kinhub::sqlite {

/// The first column of the first row, 0 without one.
inline std::int64_t one_number(Query& query) {
  if (!query.step()) return 0;
  auto number = query.number(0);
  query.reset();
  return number;
}

inline std::vector<PersonId> persons(Query& query) {
  std::vector<PersonId> found;
  while (query.step())
    found.push_back({query.number(0)});
  return found;
}

}  // namespace kinhub::sqlite
