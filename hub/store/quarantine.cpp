#include "hub/store/quarantine.hpp"

#include "hub/store/pages.hpp"

namespace kinhub {

void QuarantineShelf::each(std::optional<QuarantineState> state,
                           const std::function<void(QuarantineRow&)>& visit) {
  walk_pages(
      std::int64_t{0},
      [&](std::int64_t after, std::size_t count_max) { return page(state, after, count_max); },
      [](const QuarantineRow& row) { return row.id; }, visit);
}

}  // namespace kinhub
