#include "hub/base/nearest.hpp"

#include <algorithm>
#include <vector>

namespace kinhub {
namespace {

constexpr std::size_t word_size_max = 64;  // longer ones are nobody's typing error

std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

}  // namespace

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known) {
  std::string_view nearest;
  std::size_t fewest = word_size_max;
  if (word.size() > word_size_max) return nearest;
  for (auto candidate : known) {
    if (candidate.size() > word_size_max) continue;
    auto count = edits(word, candidate);
    if (count * 3 <= std::max(word.size(), candidate.size()) && count < fewest) {
      fewest = count;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  auto nearest = nearest_word(word, known);
  if (!nearest.empty()) return ", did you mean '" + std::string(nearest) + "'?";
  std::string text = ", known are ";
  for (std::size_t i = 0; i < known.size(); ++i)
    text.append(i ? ", " : "").append(known[i]);
  return text;
}

}  // namespace kinhub
