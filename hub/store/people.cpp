#include "hub/store/people.hpp"

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

}  // namespace kinhub
