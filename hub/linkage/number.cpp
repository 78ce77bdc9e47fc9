#include "hub/linkage/number.hpp"

#include <cassert>
#include <string>

namespace kinhub::linkage {

bool one_slip(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  std::size_t at = 0;
  while (at < a.size() && a[at] == b[at])
    ++at;
  if (a.size() != b.size()) return a.substr(at) == b.substr(at + 1);
  if (at == a.size()) return false;
  if (a.substr(at + 1) == b.substr(at + 1)) return true;
  return at + 1 < a.size() && a[at] == b[at + 1] && a[at + 1] == b[at] &&
         a.substr(at + 2) == b.substr(at + 2);
}

bool plausible_typo(std::string_view a, std::string_view b) {
  assert(a.size() == 18 && b.size() == 18);
  return one_slip(a.substr(0, 17), b.substr(0, 17));
}

namespace {

/// The 15 digits of before 1999: without the century and the check character.
std::string fifteen(std::string_view eighteen) {
  return std::string(eighteen.substr(0, 6)) + std::string(eighteen.substr(8, 9));
}

}  // namespace

bool close_numbers(std::string_view broken, std::string_view other) {
  if (broken == other || one_slip(broken, other)) return true;
  if (other.size() != 18 || broken.size() < 14 || broken.size() > 16) return false;
  const auto old = fifteen(other);
  return broken == old || one_slip(broken, old);
}

}  // namespace kinhub::linkage
