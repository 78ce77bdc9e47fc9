// Text of conditions: blanks, words at the front of a phrase, and the edit distance behind "is ... meant?".

#include "hub/policy/condition.hpp"

#include <algorithm>

namespace kinhub::policy {
namespace {

// UTF-8 decoding, as far as telling characters apart needs it.
std::u32string code_points(std::string_view text) {
  std::u32string points;
  for (std::size_t i = 0; i < text.size();) {
    auto byte = static_cast<unsigned char>(text[i]);
    std::size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    char32_t point = byte;
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k)
      point = point * 256 + static_cast<unsigned char>(text[i + k]);
    points.push_back(point);
    i += length;
  }
  return points;
}

}  // namespace

bool is_event(Leaf::Kind kind) {
  using Kind = Leaf::Kind;
  switch (kind) {
    case Kind::death_of_only_child:
    case Kind::birth_after_ivf:
    case Kind::child_born:
    case Kind::child_adopted:
    case Kind::child_dies:
    case Kind::parent_turns:
    case Kind::state_starts:
      return true;
    case Kind::always:
    case Kind::in_days:
    case Kind::registered_in:
    case Kind::parent_alive:
    case Kind::only_child_dead:
    case Kind::only_child_disabled:
    case Kind::another_living_child:
    case Kind::age_line:
    case Kind::wife_reaches:
    case Kind::parent_reaches:
    case Kind::couple_married:
    case Kind::spouses_born_from:
    case Kind::low_income_allowance:
    case Kind::resident_pension:
    case Kind::urban:
    case Kind::rural:
    case Kind::children:
    case Kind::age:
    case Kind::sex:
    case Kind::residence:
    case Kind::marriage:
    case Kind::state:
      break;
  }
  return false;
}

// Levenshtein distance by dynamic programming, one row at a time.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t length_max = 120;
  auto wanted = code_points(word.substr(0, 4 * length_max));
  if (wanted.size() > length_max) return std::nullopt;
  std::optional<std::string> best;
  std::size_t best_distance = wanted.size() / 2 + 1;
  for (const auto& candidate : candidates) {
    auto points = code_points(candidate);
    std::vector<std::size_t> row(points.size() + 1);
    for (std::size_t j = 0; j <= points.size(); ++j)
      row[j] = j;
    for (std::size_t i = 1; i <= wanted.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= points.size(); ++j) {
        std::size_t above = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (wanted[i - 1] == points[j - 1] ? 0 : 1)});
        diagonal = above;
      }
    }
    if (row.back() < best_distance) best_distance = row.back(), best = candidate;
  }
  return best;
}

bool take_word(std::string& words, std::string_view word) {
  if (word.empty() || !words.starts_with(word)) return false;
  if (words.size() > word.size() && words[word.size()] != ' ' &&
      static_cast<unsigned char>(word.back()) < 0x80)
    return false;
  words = tidy(std::string_view(words).substr(word.size()));
  return true;
}

std::string tidy(std::string_view text) {
  std::string out;
  bool blank = false;
  auto put = [&](char c) {
    if (blank && !out.empty()) out.push_back(' ');
    blank = false;
    out.push_back(c);
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
      blank = true;
    } else if (text.substr(i).starts_with("　")) {
      blank = true, i += 2;
    } else if (text.substr(i).starts_with("，")) {
      put(','), i += 2;
    } else if (text.substr(i).starts_with("：")) {
      put(':'), i += 2;
    } else if (text.substr(i).starts_with("（")) {
      put('('), i += 2;
    } else if (text.substr(i).starts_with("）")) {
      put(')'), i += 2;
    } else {
      put(text[i]);
    }
  }
  return out;
}

}  // namespace kinhub::policy
