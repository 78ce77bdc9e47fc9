#include "tests/agencies/world.hpp"

#include <stdexcept>

namespace kinhub::agencies {
namespace {

const Date first_day(1880, 1, 1);
const Date last_day(2080, 12, 31);
constexpr int numbers_per_day =
    498;  // 15-digit forms end in 996..999 only for people of a hundred: kept free

}  // namespace

std::string World::county_of(PersonIndex index, Date day) const {
  std::string county = home;
  for (const Move& move : at(index).moves)
    if (move.on <= day) county = move.to;
  return county;
}

NumberOffice::NumberOffice() : given_(static_cast<std::size_t>(last_day.days() - first_day.days() + 1)) {}

std::optional<std::string> NumberOffice::give(Sex sex, Date born) {
  if (born < first_day || born > last_day)
    throw std::runtime_error("no citizen numbers for births on " + born.text());
  auto& given = given_[static_cast<std::size_t>(born.days() - first_day.days())][sex == Sex::male ? 0 : 1];
  if (given >= numbers_per_day) return std::nullopt;
  // Spread over the sequence numbers, so that neighbours in the population do not look alike.
  const int slot = (given++ * 211 + born.days() - first_day.days()) % numbers_per_day;
  const int sequence = slot * 2 + (sex == Sex::male ? 1 : 0);
  std::string text = "322228";
  const int day = born.year() * 10000 + static_cast<int>(born.month() * 100 + born.day());
  text += std::to_string(day);
  for (int unit : {100, 10, 1})
    text += static_cast<char>('0' + sequence / unit % 10);
  text += citizen_number_check(text);
  return text;
}

}  // namespace kinhub::agencies
