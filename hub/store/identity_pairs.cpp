#include "hub/store/identity_pairs.hpp"

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

}  // namespace kinhub
