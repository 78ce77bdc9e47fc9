#include "hub/linkage/name.hpp"

#include <unicode/utf8.h>

#include <algorithm>

#include "hub/base/han_text.hpp"
#include "hub/base/name_form.hpp"

namespace kinhub::linkage {
namespace {

constexpr char32_t dot = 0xB7;
constexpr std::size_t name_points_max = 64;  ///< what is longer is no name; the rest is not compared

bool ideograph(char32_t point) {
  return (point >= 0x3400 && point <= 0x9FFF) || (point >= 0xF900 && point <= 0xFAFF) ||
         (point >= 0x20000 && point <= 0x3FFFF) || point == 0x3007;
}

/// What systems write in place of a character that they have not: ? * □ 〓 U+FFFD, private use.
bool placeholder(char32_t point) {
  return point == U'?' || point == U'*' || point == 0x25A1 || point == 0x3013 || point == 0xFFFD ||
         (point >= 0xE000 && point <= 0xF8FF);
}

/// One placeholder for each run of letters between ideographs (王yan军): the pinyin of what could not be
/// written.
std::u32string with_placeholders(std::u32string_view points) {
  if (!std::any_of(points.begin(), points.end(), ideograph)) return std::u32string(points);
  std::u32string out;
  bool in_letters = false;
  for (auto point : points) {
    const bool letter = point < 0x250 && point != U'?' && point != U'*';
    if (!letter)
      out += placeholder(point) ? U'?' : point;
    else if (!in_letters)
      out += U'?';
    in_letters = letter;
  }
  return out;
}

std::u32string joined(const std::vector<std::u32string>& words) {
  std::u32string all;
  for (const auto& word : words)
    all += word;
  return all;
}

bool one_missing(std::u32string_view longer, std::u32string_view shorter) {
  if (longer.size() != shorter.size() + 1) return false;
  std::size_t at = 0;
  while (at < shorter.size() && longer[at] == shorter[at])
    ++at;
  return longer.substr(at + 1) == shorter.substr(at);
}

/// Given name before the surname: 小红李 for 李小红, and only where one reading has a known surname.
bool rotated(std::u32string_view a, std::u32string_view b, const NameTables& tables) {
  for (std::size_t size = 1; size <= 2 && size < a.size(); ++size) {
    const auto surname = a.substr(0, size), given = a.substr(size);
    if (!tables.knows_surname(surname) || tables.knows_surname(given)) continue;
    if (b.substr(0, given.size()) == given && b.substr(given.size()) == surname) return true;
  }
  return false;
}

NameLevel compare_han(std::u32string_view a, std::u32string_view b, const NameTables& tables) {
  if (a.size() == b.size()) {
    std::size_t differ = 0, close = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i] == b[i] || tables.variants(a[i], b[i])) continue;
      if (a[i] == U'?' || b[i] == U'?' || tables.alike(a[i], b[i]))
        ++close;
      else
        ++differ;
    }
    if (differ == 0 && close == 0) return NameLevel::variant;
    if (rotated(a, b, tables) || rotated(b, a, tables)) return NameLevel::order;
    if (differ == 0 && (close == 1 || a.size() > 2))
      return close < a.size() ? NameLevel::close : NameLevel::different;
    if (differ == 1 && close == 0) return NameLevel::one_differs;
    return NameLevel::different;
  }
  const auto& longer = a.size() > b.size() ? a : b;
  const auto& shorter = a.size() > b.size() ? b : a;
  // 王李小红: the husband's surname before a married woman's name.
  const auto before = longer.size() - shorter.size();
  if (shorter.size() >= 2 && longer.size() >= 4 && longer.substr(before) == shorter &&
      tables.knows_surname(longer.substr(0, before)))
    return NameLevel::cut;
  return one_missing(longer, shorter) ? NameLevel::one_differs : NameLevel::different;
}

/// 小红 李, where the blank shows which part is which.
bool exchanged(const Name& a, const Name& b) {
  return a.words.size() == 2 && b.words.size() <= 2 && a.words[1] + a.words[0] == b.points;
}

/// How many words of one name stand in the other, each but for a slip.
std::size_t words_found(const Name& of, const Name& in) {
  std::vector<bool> taken(in.words.size());
  std::size_t found = 0;
  for (const auto& word : of.words)
    for (std::size_t i = 0; i < in.words.size(); ++i) {
      const auto most = std::min(word.size(), in.words[i].size()) / 4;
      if (taken[i] || word.size() < 3 || edits(word, in.words[i], most) > most) continue;
      taken[i] = true, ++found;
      break;
    }
  return found;
}

NameLevel compare_long(const Name& a, const Name& b) {
  auto sorted = [](std::vector<std::u32string> words) {
    std::sort(words.begin(), words.end());
    return words;
  };
  const auto left = sorted(a.words), right = sorted(b.words);
  if (a.words.size() > 1 && left == right) return NameLevel::order;
  const auto most = std::max<std::size_t>(1, std::max(a.points.size(), b.points.size()) / 5);
  if (std::min(edits(a.points, b.points, most), edits(joined(left), joined(right), most)) <= most)
    return NameLevel::close;
  const auto& longer = a.points.size() > b.points.size() ? a : b;
  const auto& shorter = a.points.size() > b.points.size() ? b : a;
  if (shorter.points.size() >= 4 && longer.points.starts_with(shorter.points)) return NameLevel::cut;
  const auto found = words_found(shorter, longer);
  if (found == 0) return NameLevel::different;
  if (found < shorter.words.size()) return NameLevel::one_differs;
  return longer.words.size() == shorter.words.size() ? NameLevel::close : NameLevel::cut;
}

}  // namespace

Name::Name(std::string_view written) {
  const auto placed = may_hold_private_use(written) ? standard_places(written) : std::string(written);
  const auto all = to_points(placed);
  std::u32string word;
  auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  std::string part;
  auto add_part = [&] {
    for (auto point : to_points(name_form(part))) {
      if (point == dot)
        end_word();
      else if (points.size() < name_points_max)
        word += point, points += point;
    }
    end_word();
    part.clear();
  };
  for (auto point : all) {
    if (point == U' ' || point == U',' || point == 0x3000 || point == U'\t')
      add_part();
    else
      append_utf8(part, point);
  }
  add_part();
  letters = std::none_of(points.begin(), points.end(), [](char32_t p) { return p >= 0x2E80; });
  after_mother = !letters && !kinhub::tells_who(placed);
  const auto plain = with_placeholders(points);
  han = plain.size() >= 2 && plain.size() <= 4 &&
        std::all_of(plain.begin(), plain.end(), [](char32_t p) { return ideograph(p) || p == U'?'; }) &&
        std::any_of(plain.begin(), plain.end(), ideograph);
  if (han) points = plain;
}

NameLevel compare_names(const Name& a, const Name& b, const NameTables& tables) {
  if (!tables.tells_who(a) || !tables.tells_who(b) || a.letters != b.letters) return NameLevel::unknown;
  if (a.points == b.points) return a.points.find(U'?') == a.points.npos ? NameLevel::same : NameLevel::close;
  if (exchanged(a, b) || exchanged(b, a)) return NameLevel::order;
  if (a.han && b.han) return compare_han(a.points, b.points, tables);
  return compare_long(a, b);
}

std::size_t edits(std::u32string_view a, std::u32string_view b, std::size_t most) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > most) return most + 1;
  std::array<std::vector<std::size_t>, 3> row;
  for (auto& one : row)
    one.assign(b.size() + 1, 0);
  for (std::size_t k = 0; k <= b.size(); ++k)
    row[0][k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto &now = row[i % 3], &before = row[(i + 2) % 3], &earlier = row[(i + 1) % 3];
    now[0] = i;
    auto least = i;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      now[k] = std::min({before[k] + 1, now[k - 1] + 1, before[k - 1] + (a[i - 1] == b[k - 1] ? 0 : 1)});
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
        now[k] = std::min(now[k], earlier[k - 2] + 1);
      least = std::min(least, now[k]);
    }
    if (least > most) return most + 1;
  }
  return row[a.size() % 3][b.size()];
}

void NameTables::join(std::unordered_map<char32_t, char32_t>& to, std::u32string_view group) {
  auto root = [&](char32_t point) {
    auto found = to.find(point);
    return found == to.end() ? point : found->second;
  };
  for (auto point : group) {
    const auto one = root(group.front()), other = root(point);
    const auto least = std::min(one, other);
    for (auto& [from, target] : to)
      if (target == one || target == other) target = least;
    to[one] = to[other] = to[point] = least;
  }
}

void NameTables::add_variants(std::u32string_view group) {
  join(variant_, group);
  join(fold_, group);
}

void NameTables::add_alike(std::u32string_view group) {
  join(fold_, group);
  for (auto point : group)
    alike_[point].push_back(groups_);
  ++groups_;
}

char32_t NameTables::variant_of(char32_t point) const {
  auto found = variant_.find(point);
  return found == variant_.end() ? point : found->second;
}

char32_t NameTables::fold_of(char32_t point) const {
  auto found = fold_.find(point);
  return found == fold_.end() ? point : found->second;
}

bool NameTables::alike(char32_t a, char32_t b) const {
  auto one = alike_.find(a), other = alike_.find(b);
  if (one == alike_.end() || other == alike_.end()) {
    one = alike_.find(variant_of(a)), other = alike_.find(variant_of(b));
    if (one == alike_.end() || other == alike_.end()) return false;
  }
  return std::any_of(one->second.begin(), one->second.end(), [&](std::uint32_t group) {
    return std::find(other->second.begin(), other->second.end(), group) != other->second.end();
  });
}

std::u32string NameTables::fold(std::u32string_view points) const {
  std::u32string out;
  for (auto point : points)
    out += fold_of(point);
  return out;
}

std::size_t NameTables::surname_size(std::u32string_view points) const {
  return points.size() > 2 && knows_surname(points.substr(0, 2)) ? 2 : 1;
}

double NameTables::share(const Name& name) const {
  if (!name.han) return name_other;
  const auto size = surname_size(name.points);
  const auto surname = surnames_.find(name.points.substr(0, size));
  const auto given = givens_.find(name.points.substr(size));
  const double first = surname == surnames_.end() ? surname_other : surname->second;
  const double second = given != givens_.end()           ? given->second
                        : name.points.size() - size == 1 ? given_one_other
                                                         : given_two_other;
  return first * second;
}

std::u32string to_points(std::string_view utf8) {
  std::u32string points;
  const auto size = static_cast<std::int32_t>(utf8.size());
  for (std::int32_t i = 0; i < size;) {
    UChar32 point = 0;
    U8_NEXT(utf8.data(), i, size, point);
    points += point < 0 ? char32_t{0xFFFD} : static_cast<char32_t>(point);
  }
  return points;
}

std::string to_utf8(std::u32string_view points) {
  std::string text;
  for (auto point : points)
    append_utf8(text, point);
  return text;
}

}  // namespace kinhub::linkage
