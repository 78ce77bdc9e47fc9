#include "hub/store/cases.hpp"

#include <cassert>

namespace kinhub {

std::int64_t CaseCount::code(const CaseRow& row) {
  assert(row.area >= 0 && row.area < 1'000'000'000'000);
  return ((row.area * 65'536 + row.key.what) * 4 + static_cast<int>(row.key.kind)) * 4 +
         static_cast<int>(row.state);
}

CaseCount CaseCount::of(std::int64_t code, std::int64_t number) {
  CaseCount count;
  count.state = static_cast<CaseState>(code % 4), code /= 4;
  count.kind = static_cast<CaseKind>(code % 4), code /= 4;
  count.what = static_cast<std::uint16_t>(code % 65'536);
  count.area = code / 65'536;
  count.number = number;
  return count;
}

}  // namespace kinhub
