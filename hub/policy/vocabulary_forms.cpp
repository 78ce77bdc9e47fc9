// The closed set of forms: typed questions about a situation, read from the fields of a word's body.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "hub/policy/vocabulary.hpp"
#include "hub/record/fact.hpp"

namespace kinhub::policy {
namespace {

using Kind = Leaf::Kind;

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> forms{{{"residence", "户籍"},
                                                                               {"age", "年龄"},
                                                                               {"born", "出生"},
                                                                               {"sex", "性别"},
                                                                               {"only child", "独生子女"},
                                                                               {"another child", "另有子女"},
                                                                               {"children", "子女"},
                                                                               {"marriage", "婚姻"},
                                                                               {"state", "状态"},
                                                                               {"event", "事件"},
                                                                               {"days", "日期"}}};

/// The states that policies may ask: the kind of fact, and the field whose word tells them apart.
struct StateKind {
  FactKind fact;
  FactField field;
};
constexpr std::array<StateKind, 6> state_kinds{{{FactKind::support, FactField::what},
                                                {FactKind::pension, FactField::what},
                                                {FactKind::credential, FactField::type},
                                                {FactKind::insured, FactField::scheme},
                                                {FactKind::household_type, FactField::household_type},
                                                {FactKind::work, FactField::work}}};

std::optional<int> whole_number(std::string_view text) {
  int number = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number < 0 || number > 999)
    return std::nullopt;
  return number;
}

/// Reads the fields of one form; what is not asked for is unknown.
class Fields {
 public:
  Fields(std::string_view form, const TextTree& tree, const Bindings& holes,
         std::vector<std::string>& problems)
      : form_(form), tree_(tree), holes_(holes), problems_(problems) {}

  ~Fields() {
    for (const auto& key : tree_.keys)
      if (!asked_.contains(key)) {
        auto hint = nearest(key, {asked_.begin(), asked_.end()});
        problem(fmt::format("'{}' is no field of this form{}", key,
                            hint ? fmt::format("; is '{}' meant?", *hint) : ""));
      }
  }
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  void problem(std::string_view text) const { problems_.push_back(fmt::format("{}: {}", form_, text)); }

  /// The form's only value, where it is no map.
  std::optional<std::string> plain() const {
    if (tree_.kind == TextTree::Kind::scalar) return tidy(fill(tree_.scalar, holes_, problems_));
    return std::nullopt;
  }
  std::optional<std::string> text(const std::string& key) {
    asked_.insert(key);
    for (std::size_t i = 0; i < tree_.keys.size(); ++i)
      if (tree_.keys[i] == key) {
        if (tree_.items[i].kind == TextTree::Kind::scalar)
          return tidy(fill(tree_.items[i].scalar, holes_, problems_));
        problem(fmt::format("'{}' is plain text", key));
      }
    return std::nullopt;
  }
  std::optional<int> number(const std::string& key, int least, int most) {
    auto written = text(key);
    if (!written) return std::nullopt;
    auto number = whole_number(*written);
    if (number && *number >= least && *number <= most) return number;
    problem(fmt::format("'{}' is a whole number from {} to {}, not '{}'", key, least, most, *written));
    return std::nullopt;
  }
  /// "1..3", "2..", "..1" or "2".
  std::optional<std::pair<int, int>> range(const std::string& key, int least, int most) {
    auto written = text(key);
    if (!written) return std::nullopt;
    return range_of(*written, key, least, most);
  }
  std::optional<std::pair<int, int>> range_of(const std::string& written, std::string_view key, int least,
                                              int most) const {
    const auto dots = written.find("..");
    const auto first = tidy(written.substr(0, dots));
    const auto last = dots == std::string::npos ? first : tidy(written.substr(dots + 2));
    auto low = first.empty() ? std::optional(least) : whole_number(first);
    auto high = last.empty() ? std::optional(most) : whole_number(last);
    if (low && high && *low >= least && *high <= most && *low <= *high && !(first.empty() && last.empty()))
      return std::pair(*low, *high);
    problem(fmt::format("'{}' is a number or a range within {}..{}, not '{}'", key, least, most, written));
    return std::nullopt;
  }
  /// One of the words; the index. `otherwise` when the field is left out.
  template <class T, std::size_t N>
  T one_of(const std::string& key, T otherwise, const std::array<std::pair<std::string_view, T>, N>& words) {
    auto written = text(key);
    if (!written) return otherwise;
    for (const auto& [word, value] : words)
      if (*written == word) return value;
    std::vector<std::string> known;
    for (const auto& [word, value] : words)
      known.emplace_back(word);
    problem(fmt::format("'{}' is one of {}, not '{}'", key, fmt::join(known, ", "), *written));
    return otherwise;
  }
  std::optional<Interval> days_of(const std::string& written) const {
    const auto dots = written.find("..");
    if (dots != std::string::npos) {
      const auto first = tidy(written.substr(0, dots)), last = tidy(written.substr(dots + 2));
      auto from = first.empty() ? std::optional(Date::beginning()) : Date::parse(first);
      auto end = last.empty() ? std::optional(Date::forever().plus_days(-1)) : Date::parse(last);
      if (from && end && *from <= *end) return Interval{*from, end->plus_days(1)};
    }
    problem(fmt::format("'{}' are no days: write 2019-01-01 .. 2021-12-31, or leave one end out", written));
    return std::nullopt;
  }

 private:
  std::string_view form_;
  const TextTree& tree_;
  const Bindings& holes_;
  std::vector<std::string>& problems_;
  std::set<std::string> asked_;
};

constexpr std::array<std::pair<std::string_view, Who>, 5> whose{{{"this parent", Who::parent},
                                                                 {"spouse", Who::spouse},
                                                                 {"either", Who::either},
                                                                 {"both", Who::both},
                                                                 {"child", Who::child}}};

constexpr int age_max = 150;

Leaf residence(Fields& fields) {
  Leaf leaf;
  leaf.who = fields.one_of("of", Who::parent, whose);
  auto region = fields.text("in"), type = fields.text("is");
  if (region.has_value() == type.has_value()) {
    fields.problem("either 'in' a region, or 'is' urban or rural");
  } else if (region) {
    if (region->size() != 6 || region->find_first_not_of("0123456789") != std::string::npos)
      fields.problem("a region is six digits of GB/T 2260");
    if (leaf.who == Who::child) fields.problem("a child's residence is not asked");
    leaf.kind = leaf.who == Who::parent ? Kind::registered_in : Kind::residence;
    leaf.region = *region;
  } else if (*type != "urban" && *type != "rural") {
    fields.problem("a household is urban or rural");
  } else {
    if (leaf.who != Who::parent) fields.problem("urban or rural is asked of this parent");
    leaf.kind = *type == "urban" ? Kind::urban : Kind::rural;
  }
  return leaf;
}

// wife: the line of the documents (女方年满), which a man reaches by his wife alone; `line` also by himself.
Leaf age(Fields& fields, const Calendar& calendar) {
  enum class Of : std::uint8_t { parent, spouse, either, both, wife, line };
  constexpr std::array<std::pair<std::string_view, Of>, 6> words{{{"this parent", Of::parent},
                                                                  {"spouse", Of::spouse},
                                                                  {"either", Of::either},
                                                                  {"both", Of::both},
                                                                  {"wife", Of::wife},
                                                                  {"wife, or a single parent", Of::line}}};
  Leaf leaf;
  const auto of = fields.one_of("of", Of::parent, words);
  const auto from = fields.number("from", 1, age_max), below = fields.number("below", 1, age_max);
  leaf.age = calendar.age, leaf.feb29 = calendar.feb29;
  leaf.low = from.value_or(0), leaf.high = below.value_or(0);
  if (!from && !below) fields.problem("'from' or 'below' an age");
  if (from && below && *from >= *below) fields.problem("'from' lies below 'below'");
  switch (of) {
    case Of::parent:
      leaf.kind = below ? Kind::age : Kind::parent_reaches;
      break;
    case Of::spouse:
      leaf.kind = Kind::age, leaf.who = Who::spouse;
      break;
    case Of::either:
      leaf.kind = Kind::age, leaf.who = Who::either;
      break;
    case Of::both:
      leaf.kind = Kind::age, leaf.who = Who::both;
      break;
    case Of::wife:
    case Of::line:
      leaf.kind = of == Of::wife ? Kind::wife_reaches : Kind::age_line;
      leaf.flag = calendar.remarried == Calendar::Remarried::judged_by_self;
      if (below) fields.problem("the wife's age is asked with 'from'");
      break;
  }
  return leaf;
}

Leaf born(Fields& fields, const Calendar& calendar) {
  Leaf leaf;
  leaf.kind = Kind::spouses_born_from;
  leaf.flag = calendar.remarried == Calendar::Remarried::judged_by_self;
  leaf.who = fields.one_of(
      "of", Who::parent,
      std::array<std::pair<std::string_view, Who>, 2>{{{"this parent", Who::parent}, {"both", Who::both}}});
  auto from = fields.text("from");
  auto day = from ? Date::parse(*from) : std::nullopt;
  if (!day) fields.problem("'from' is a day as 1933-01-01");
  leaf.from = day.value_or(Date::beginning());
  return leaf;
}

Leaf sex(Fields& fields) {
  Leaf leaf;
  leaf.kind = Kind::sex;
  const auto is = fields.plain();
  if (is != "female" && is != "male") fields.problem("female or male");
  leaf.sex = is == "male" ? Sex::male : Sex::female;
  return leaf;
}

Leaf only_child(Fields& fields) {
  Leaf leaf;
  leaf.kind = Kind::only_child_dead;
  if (auto is = fields.plain()) {
    if (*is != "dead") fields.problem("'dead', or 'disabled: 1..3'");
    return leaf;
  }
  leaf.kind = Kind::only_child_disabled;
  auto grades = fields.range("disabled", 1, 4);
  if (!grades && !fields.text("disabled")) fields.problem("'dead', or 'disabled: 1..3'");
  std::tie(leaf.low, leaf.high) = grades.value_or(std::pair(1, 4));
  return leaf;
}

Leaf another_child(Fields& fields) {
  Leaf leaf;
  leaf.kind = Kind::another_living_child;
  if (fields.plain() != "living") fields.problem("'living' is what can be asked");
  return leaf;
}

/// What a child must be to be counted.
ChildCount child_filter(Fields& fields) {
  enum class Came : std::uint8_t { any, born, adopted };
  ChildCount count;
  const auto relation =
      fields.one_of("relation", Came::any,
                    std::array<std::pair<std::string_view, Came>, 3>{
                        {{"born or adopted", Came::any}, {"born", Came::born}, {"adopted", Came::adopted}}});
  count.born = relation != Came::adopted, count.adopted = relation != Came::born;
  count.sex = fields.one_of("sex", Sex::unknown,
                            std::array<std::pair<std::string_view, Sex>, 3>{
                                {{"any", Sex::unknown}, {"female", Sex::female}, {"male", Sex::male}}});
  count.life = fields.one_of(
      "life", ChildCount::Life::any,
      std::array<std::pair<std::string_view, ChildCount::Life>, 3>{{{"any", ChildCount::Life::any},
                                                                    {"living", ChildCount::Life::living},
                                                                    {"dead", ChildCount::Life::dead}}});
  count.age_from = fields.number("age from", 1, age_max).value_or(0);
  count.age_below = fields.number("age below", 1, age_max).value_or(0);
  if (count.age_from && count.age_below && count.age_from >= count.age_below)
    fields.problem("'age from' lies below 'age below'");
  std::tie(count.grade_low, count.grade_high) = fields.range("disabled", 1, 4).value_or(std::pair(0, 0));
  count.order = fields.number("order", 1, 20).value_or(0);
  if (auto came = fields.text("came")) count.came = fields.days_of(*came).value_or(Interval{});
  return count;
}

Leaf children(Fields& fields, const Calendar& calendar) {
  Leaf leaf;
  leaf.kind = Kind::children;
  leaf.age = calendar.age, leaf.feb29 = calendar.feb29;
  auto& count = leaf.count;
  count = child_filter(fields);
  count.over = fields.one_of("over", ChildCount::Over::now,
                             std::array<std::pair<std::string_view, ChildCount::Over>, 3>{
                                 {{"now", ChildCount::Over::now},
                                  {"ever", ChildCount::Over::ever},
                                  {"at one time", ChildCount::Over::at_one_time}}});
  count.births = fields.one_of(
      "count", false,
      std::array<std::pair<std::string_view, bool>, 2>{{{"children", false}, {"births", true}}});
  auto number = fields.range("number", 0, ChildCount::any_number);
  if (!number) fields.problem("'number' says how many: 1, 1.., ..1, 0");
  std::tie(count.least, count.most) = number.value_or(std::pair(1, ChildCount::any_number));
  return leaf;
}

Leaf marriage(Fields& fields) {
  Leaf leaf;
  leaf.kind = Kind::marriage;
  const auto is = fields.plain();
  if (is == "married")
    leaf.kind = Kind::couple_married;
  else if (is == "divorced")
    leaf.marriage = Leaf::Marriage::divorced;
  else if (is == "widowed")
    leaf.marriage = Leaf::Marriage::widowed;
  else if (is == "remarried")
    leaf.marriage = Leaf::Marriage::remarried;
  else
    fields.problem("married, divorced, widowed or remarried");
  return leaf;
}

bool has_word(std::string_view words, std::string_view word) {
  while (true) {
    const auto bar = words.find('|');
    if (words.substr(0, bar) == word) return true;
    if (bar == std::string_view::npos) return false;
    words.remove_prefix(bar + 1);
  }
}

/// Type check of a state against the table of kinds: the kind, and a word that its field may have.
void read_state(Fields& fields, const std::string& written, Leaf& leaf) {
  const auto blank = written.find(' ');
  const auto name = written.substr(0, blank);
  leaf.word = blank == std::string::npos ? std::string() : tidy(written.substr(blank));
  std::vector<std::string> known;
  for (const auto& kind : state_kinds) {
    known.emplace_back(name_of(kind.fact));
    if (name != name_of(kind.fact)) continue;
    leaf.fact = kind.fact;
    for (const auto& use : traits_of(kind.fact).fields)
      if (use.need != FieldUse::Need::absent && use.field == kind.field && !use.words.empty() &&
          !has_word(use.words, leaf.word))
        fields.problem(fmt::format("{} is one of {}, not '{}'", name, use.words, leaf.word));
    if (leaf.word.empty()) fields.problem(fmt::format("write the word too, as '{} ...'", name));
    return;
  }
  fields.problem(fmt::format("'{}' is no state: {}", name, fmt::join(known, ", ")));
}

Leaf state(Fields& fields) {
  Leaf leaf;
  leaf.kind = Kind::state;
  leaf.who = fields.one_of("of", Who::parent, whose);
  auto is = fields.text("is");
  if (!is) {
    fields.problem("'is' names the state, as 'credential only_child'");
    return leaf;
  }
  read_state(fields, *is, leaf);
  // These two carry money, and stand in the situation as receipts.
  if (leaf.fact == FactKind::support && leaf.word == "low_income" && leaf.who == Who::either)
    leaf.kind = Kind::low_income_allowance;
  else if (leaf.fact == FactKind::pension && leaf.word == "resident_pension" && leaf.who == Who::parent)
    leaf.kind = Kind::resident_pension;
  if (leaf.kind != Kind::state) leaf.who = Who::parent, leaf.fact = {}, leaf.word.clear();
  return leaf;
}

Leaf event(Fields& fields, const Calendar& calendar) {
  Leaf leaf;
  if (auto is = fields.plain()) {
    leaf.kind = Kind::death_of_only_child;
    if (*is == "birth after ivf")
      leaf.kind = Kind::birth_after_ivf;
    else if (*is != "death of the only child")
      fields.problem("'death of the only child', 'birth after ivf', or a map");
    return leaf;
  }
  leaf.age = calendar.age, leaf.feb29 = calendar.feb29;
  auto child = fields.text("child"), starts = fields.text("starts"), turns = fields.text("this parent turns");
  if (child.has_value() + starts.has_value() + turns.has_value() != 1) {
    fields.problem("one of 'child', 'this parent turns', 'starts'");
  } else if (child) {
    leaf.count = child_filter(fields);
    leaf.kind = *child == "born"      ? Kind::child_born
                : *child == "adopted" ? Kind::child_adopted
                                      : Kind::child_dies;
    if (leaf.kind == Kind::child_dies && *child != "dies")
      fields.problem("a child is born, adopted, or dies");
    if (leaf.count.life != ChildCount::Life::any) fields.problem("'life' is not asked of an event");
  } else if (turns) {
    leaf.kind = Kind::parent_turns;
    leaf.low = fields.number("this parent turns", 1, age_max).value_or(1);
  } else {
    leaf.kind = Kind::state_starts;
    read_state(fields, *starts, leaf);
  }
  return leaf;
}

Leaf days(Fields& fields) {
  Leaf leaf;
  leaf.kind = Kind::in_days;
  auto when = fields.days_of(fields.plain().value_or(""));
  if (when) leaf.from = when->from, leaf.until = when->until;
  return leaf;
}

}  // namespace

std::optional<std::string_view> form_name(std::string_view key) {
  for (const auto& [english, chinese] : forms)
    if (key == english || key == chinese) return english;
  return std::nullopt;
}

std::vector<std::pair<std::string_view, std::string_view>> form_aliases() {
  std::vector<std::pair<std::string_view, std::string_view>> names;
  for (const auto& [english, chinese] : forms)
    names.emplace_back(english, chinese);
  return names;
}

std::vector<std::string_view> form_names() {
  std::vector<std::string_view> names;
  for (const auto& [english, chinese] : forms)
    names.push_back(english);
  return names;
}

Condition read_form(std::string_view key, const TextTree& tree, const Bindings& holes,
                    const Calendar& calendar, std::vector<std::string>& problems) {
  Condition condition;
  Fields fields(key, tree, holes, problems);
  if (key == "residence")
    condition.leaf = residence(fields);
  else if (key == "age")
    condition.leaf = age(fields, calendar);
  else if (key == "born")
    condition.leaf = born(fields, calendar);
  else if (key == "sex")
    condition.leaf = sex(fields);
  else if (key == "only child")
    condition.leaf = only_child(fields);
  else if (key == "another child")
    condition.leaf = another_child(fields);
  else if (key == "children")
    condition.leaf = children(fields, calendar);
  else if (key == "marriage")
    condition.leaf = marriage(fields);
  else if (key == "state")
    condition.leaf = state(fields);
  else if (key == "event")
    condition.leaf = event(fields, calendar);
  else if (key == "days")
    condition.leaf = days(fields);
  return condition;
}

}  // namespace kinhub::policy
