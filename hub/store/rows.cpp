#include "hub/store/rows.hpp"

namespace kinhub {
namespace {

constexpr std::int64_t marked_leads = 1, marked_next_change = 2, marked_unnamed = 4;

}  // namespace

std::int64_t bits_of(PersonMarks marks) {
  return (marks.leads ? marked_leads : 0) | (marks.next_change ? marked_next_change : 0) |
         (marks.unnamed ? marked_unnamed : 0);
}

PersonMarks marks_of(std::int64_t bits) {
  return {(bits & marked_leads) != 0, (bits & marked_next_change) != 0, (bits & marked_unnamed) != 0};
}

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
