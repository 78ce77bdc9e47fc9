// Pattern matching of condition phrases: a table of patterns with holes, in English and Chinese, and the edit
// distance behind "is ... meant?".

#include <array>

#include "hub/policy/condition.hpp"

namespace kinhub::policy {
namespace {

using Kind = Leaf::Kind;

struct Phrase {
  Kind kind;
  std::string_view pattern;  // {n} whole number, {a}..{b} grades, {date}, {region}, {grade} Chinese grade
};

constexpr std::array phrases{
    Phrase{Kind::registered_in, "registered in {region}"},
    Phrase{Kind::registered_in, "户籍在{region}"},
    Phrase{Kind::only_child_dead, "only child is dead"},
    Phrase{Kind::only_child_dead, "独生子女死亡"},
    Phrase{Kind::only_child_disabled, "only child is disabled, grade {a}..{b}"},
    Phrase{Kind::only_child_disabled, "only child is disabled grade {a}..{b}"},
    Phrase{Kind::only_child_disabled, "独生子女{grade}级以上残疾"},
    Phrase{Kind::another_living_child, "parent has another living child"},
    Phrase{Kind::another_living_child, "另有存活子女"},
    Phrase{Kind::age_line, "age line {n}"},
    Phrase{Kind::age_line, "女方年满{n}周岁(丧偶或离异按本人)"},
    Phrase{Kind::wife_reaches, "wife reaches {n}"},
    Phrase{Kind::wife_reaches, "女方年满{n}周岁"},
    Phrase{Kind::parent_reaches, "this parent reaches {n}"},
    Phrase{Kind::parent_reaches, "本人年满{n}周岁"},
    Phrase{Kind::couple_married, "couple is married"},
    Phrase{Kind::couple_married, "夫妻婚姻存续"},
    Phrase{Kind::spouses_born_from, "both spouses born on or after {date}"},
    Phrase{Kind::spouses_born_from, "夫妻双方{date}及以后出生"},
    Phrase{Kind::low_income_allowance, "couple receives low-income allowance"},
    Phrase{Kind::low_income_allowance, "夫妻享受最低生活保障"},
    Phrase{Kind::resident_pension, "this parent draws resident pension"},
    Phrase{Kind::resident_pension, "本人领取居民基本养老金"},
    Phrase{Kind::urban, "household is urban"},
    Phrase{Kind::urban, "城区家庭"},
    Phrase{Kind::rural, "household is rural"},
    Phrase{Kind::rural, "农村家庭"},
    Phrase{Kind::death_of_only_child, "death of the only child"},
    Phrase{Kind::death_of_only_child, "独生子女死亡之日"},
    Phrase{Kind::birth_after_ivf, "live birth after ivf"},
    Phrase{Kind::birth_after_ivf, "试管婴儿方式再生育之日"},
};

// Takes at most three digits off the front.
std::optional<int> take_number(std::string_view& text) {
  std::size_t digits = 0;
  int number = 0;
  while (digits < text.size() && digits < 3 && text[digits] >= '0' && text[digits] <= '9')
    number = number * 10 + (text[digits++] - '0');
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

std::optional<int> take_grade(std::string_view& text) {
  constexpr std::array<std::string_view, 4> grades{"一", "二", "三", "四"};
  for (std::size_t i = 0; i < grades.size(); ++i)
    if (take(text, grades[i])) return static_cast<int>(i) + 1;
  return std::nullopt;
}

// 以上 of a grade means more severe: 三级以上 is 1..3.
bool fill_hole(std::string_view hole, std::string_view& text, Leaf& leaf) {
  if (hole == "n" || hole == "a" || hole == "b") {
    auto number = take_number(text);
    if (!number) return false;
    (hole == "b" ? leaf.high : leaf.low) = *number;
    return true;
  }
  if (hole == "grade") {
    auto grade = take_grade(text);
    if (!grade) return false;
    leaf.low = 1, leaf.high = *grade;
    return true;
  }
  if (hole == "region") {
    for (int i = 0; i < 6; ++i)
      if (text.size() <= static_cast<std::size_t>(i) || text[i] < '0' || text[i] > '9') return false;
    leaf.region = text.substr(0, 6);
    text.remove_prefix(6);
    return true;
  }
  auto date = Date::parse(text.substr(0, 10));
  if (!date) return false;
  leaf.from = *date;
  text.remove_prefix(10);
  return true;
}

bool match(std::string_view pattern, std::string_view text, Leaf& leaf) {
  while (!pattern.empty()) {
    if (pattern.front() == '{') {
      auto end = pattern.find('}');
      if (!fill_hole(pattern.substr(1, end - 1), text, leaf)) return false;
      pattern.remove_prefix(end + 1);
      continue;
    }
    auto literal = pattern.substr(0, pattern.find('{'));
    if (!take(text, literal)) return false;
    pattern.remove_prefix(literal.size());
  }
  return text.empty();
}

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

bool is_event(Kind kind) {
  return kind == Kind::death_of_only_child || kind == Kind::birth_after_ivf;
}

std::optional<Leaf> read_leaf(std::string_view phrase, const Calendar& calendar) {
  for (const auto& candidate : phrases) {
    Leaf leaf;
    if (!match(candidate.pattern, phrase, leaf)) continue;
    leaf.kind = candidate.kind;
    switch (leaf.kind) {
      case Kind::age_line:
      case Kind::wife_reaches:
      case Kind::spouses_born_from:
        leaf.flag = calendar.remarried == Calendar::Remarried::judged_by_self;
        [[fallthrough]];
      case Kind::parent_reaches:
        if (leaf.kind == Kind::spouses_born_from) break;
        leaf.age = calendar.age;
        leaf.feb29 = calendar.feb29;
        if (leaf.low < 1 || leaf.low > 150) return std::nullopt;
        break;
      case Kind::only_child_disabled:
        if (leaf.low < 1 || leaf.high > 4 || leaf.low > leaf.high) return std::nullopt;
        break;
      case Kind::always:
      case Kind::in_days:
      case Kind::registered_in:
      case Kind::parent_alive:
      case Kind::only_child_dead:
      case Kind::another_living_child:
      case Kind::couple_married:
      case Kind::low_income_allowance:
      case Kind::resident_pension:
      case Kind::urban:
      case Kind::rural:
      case Kind::death_of_only_child:
      case Kind::birth_after_ivf:
        break;
    }
    return leaf;
  }
  return std::nullopt;
}

const std::vector<std::string>& vocabulary() {
  static const auto words = [] {
    std::vector<std::string> all;
    for (const auto& phrase : phrases)
      all.emplace_back(phrase.pattern);
    return all;
  }();
  return words;
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
