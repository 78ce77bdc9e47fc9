#include "hub/store/identity_pairs.hpp"

#include "hub/store/pages.hpp"

namespace kinhub {

std::string_view name_of(PairState state) {
  switch (state) {
    case PairState::open:
      return "open";
    case PairState::same:
      return "same";
    case PairState::different:
      return "different";
    case PairState::gone:
      return "gone";
  }
  return "";
}

std::string_view name_of(PairWhy why) {
  switch (why) {
    case PairWhy::doubtful:
      return "doubtful";
    case PairWhy::likely:
      return "likely";
    case PairWhy::contradicted:
      return "contradicted";
    case PairWhy::tie:
      return "tie";
    case PairWhy::too_many:
      return "too_many";
  }
  return "";
}

void IdentityPairShelf::each(std::optional<PairState> state,
                             const std::function<void(IdentityPairRow&)>& visit) {
  walk_pages(
      PairId{}, [&](PairId after, std::size_t count_max) { return page(state, after, count_max); },
      [](const IdentityPairRow& row) { return row.id; }, visit);
}

}  // namespace kinhub
