#include "hub/linkage/compare.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "hub/linkage/number.hpp"

namespace kinhub::linkage {
namespace {

// ---- Births

enum class BornLevel : std::uint8_t {
  same,
  placeholder,
  month,
  year,
  near_by,
  swapped,
  digit,
  lunar,
  different,
  unknown
};

constexpr int near_days = 3, lunar_days_least = 17, lunar_days_most = 52, sibling_days = 200,
              parent_years = 12;

std::string digits(Date day) {
  auto text = day.text();
  std::erase(text, '-');
  return text;
}

int days_apart(Date a, Date b) {
  return std::abs(a.days() - b.days());
}

BornLevel compare_born(const PartialDate& a, const PartialDate& b, const LinkageRules& rules) {
  if (a.precision != Precision::day || b.precision != Precision::day) {
    if (a.last() < b.first || b.last() < a.first) return BornLevel::different;
    return a.precision == Precision::year || b.precision == Precision::year ? BornLevel::year
                                                                            : BornLevel::month;
  }
  const auto x = a.first, y = b.first;
  if (x == y) {
    const std::pair day{x.month(), x.day()};
    const auto& placeholders = rules.placeholder_days;
    const bool written_for_unknown =
        std::find(placeholders.begin(), placeholders.end(), day) != placeholders.end();
    return written_for_unknown ? BornLevel::placeholder : BornLevel::same;
  }
  const auto apart = days_apart(x, y);
  if (apart <= near_days) return BornLevel::near_by;
  if (x.year() == y.year() && x.month() == y.day() && x.day() == y.month()) return BornLevel::swapped;
  const bool year_off = std::abs(x.year() - y.year()) == 1 && x.month() == y.month() && x.day() == y.day();
  if (year_off || one_slip(digits(x), digits(y))) return BornLevel::digit;
  if (apart >= lunar_days_least && apart <= lunar_days_most) return BornLevel::lunar;
  return BornLevel::different;
}

/// A day that a placeholder names tells only its year.
bool same_year_by_placeholder(const PartialDate& a, const PartialDate& b, const LinkageRules& rules) {
  auto placeholder = [&](const PartialDate& date) {
    const std::pair day{date.first.month(), date.first.day()};
    return date.precision == Precision::day &&
           std::find(rules.placeholder_days.begin(), rules.placeholder_days.end(), day) !=
               rules.placeholder_days.end();
  };
  return a.first.year() == b.first.year() && (placeholder(a) || placeholder(b));
}

// ---- One side, with what follows from its number

struct Side {
  const Features& of;
  std::vector<PartialDate> born;  ///< as told; what the number says where nothing is told
  std::vector<std::string_view> numbers,
      foreign_numbers;  ///< foreign: its birth is a whole life away from what is told
  Sex number_sex = Sex::unknown;

  explicit Side(const Features& features) : of(features), born(features.born) {
    for (const auto number : telling_numbers(features)) {
      numbers.push_back(number);
      const auto read = CitizenNumber::read(number);
      if (!read) continue;
      number_sex = read->sex();
      if (features.born.empty()) born.push_back({read->birth(), Precision::day});
    }
  }
  Sex sex() const { return of.sex != Sex::unknown ? of.sex : number_sex; }
};

template <class A, class B>
bool meet(const A& a, const B& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](const auto& one) { return std::find(b.begin(), b.end(), one) != b.end(); });
}

// ---- The comparison

class Pair {
 public:
  Pair(const Features& a, const Features& b, const LinkageRules& rules) : a_(a), b_(b), rules_(rules) {
    settle_name();
    settle_born();
    settle_number();
    one_certificate_ = std::any_of(a.papers.begin(), a.papers.end(), [&](const std::string& paper) {
      return paper.starts_with("birth_certificate:") &&
             std::find(b.papers.begin(), b.papers.end(), paper) != b.papers.end();
    });
    mothers_ = compare_relatives(a.mothers, b.mothers);
    fathers_ = compare_relatives(a.fathers, b.fathers);
  }

  Bar bar() {
    find_vetoes();
    if (!findings_.empty()) return Bar::veto;
    find_holds();
    return findings_.empty() && number_ != NumberLevel::typo && number_ != NumberLevel::foreign_same
               ? Bar::none
               : Bar::held;
  }

  Comparison result() {
    weigh_number();
    weigh_name();
    weigh_born();
    weigh_sex();
    weigh_kin();
    weigh_places();
    find_holds();
    find_vetoes();
    Comparison found;
    std::sort(findings_.begin(), findings_.end(),
              [](const Finding& x, const Finding& y) { return x.word < y.word; });
    found.findings = std::move(findings_);
    for (const auto& finding : found.findings)
      found.score += finding.bits;
    found.verdict = verdict(found);
    return found;
  }

 private:
  enum class NumberLevel : std::uint8_t { same, foreign_same, close, typo, different, unknown };
  struct KinLevel {
    bool number = false, name = false, born = false, differ = false;
    double name_bits = 0;
  };

  /// In 64ths of a bit: sums of them are exact, so every machine finds the same score.
  void say(Word word, double bits) { findings_.push_back({word, std::round(bits * 64) / 64}); }
  void say(Word word) { say(word, rules_.weight(word)); }

  void settle_name() {
    for (const auto& one : a_.of.names)
      for (const auto& other : b_.of.names) {
        const auto level = compare_names(one, other, rules_.names);
        if (level >= name_) continue;
        name_ = level;
        // Of two spellings the more frequent one is what chance brings.
        share_ = std::max(rules_.names.share(one), rules_.names.share(other));
      }
  }

  void settle_born() {
    for (const auto& one : a_.born)
      for (const auto& other : b_.born) {
        auto level = compare_born(one, other, rules_);
        if (level > BornLevel::year && level < BornLevel::unknown &&
            same_year_by_placeholder(one, other, rules_))
          level = BornLevel::year;
        born_ = std::min(born_, level);
      }
  }

  void settle_number() {
    const auto &a = a_.numbers, &b = b_.numbers;
    if (meet(a, b)) {
      number_ = NumberLevel::same;
    } else if (meet(a_.of.numbers, b_.of.numbers)) {
      number_ = NumberLevel::foreign_same;
    } else if (!a.empty() && !b.empty()) {
      const bool typo = std::any_of(a.begin(), a.end(), [&](auto one) {
        return std::any_of(b.begin(), b.end(), [&](auto other) { return plausible_typo(one, other); });
      });
      number_ = typo && name_ <= NameLevel::close ? NumberLevel::typo : NumberLevel::different;
    } else if (broken_meets(a_, b_) || broken_meets(b_, a_)) {
      number_ = NumberLevel::close;
    }
  }

  static bool broken_meets(const Side& broken, const Side& other) {
    return std::any_of(
        broken.of.broken_numbers.begin(), broken.of.broken_numbers.end(), [&](const auto& one) {
          auto close = [&](auto it) { return close_numbers(one, it); };
          return std::any_of(other.numbers.begin(), other.numbers.end(), close) ||
                 std::any_of(other.of.broken_numbers.begin(), other.of.broken_numbers.end(), close);
        });
  }

  /// Bits of a name: the rarer, the more (term frequency), between the least and the weight.
  double bits_of(double share, double most) const {
    return std::clamp(-std::log2(std::max(share, 1e-9)), std::min(rules_.name_least, most), most);
  }

  KinLevel compare_relatives(const std::vector<Relative>& a, const std::vector<Relative>& b) const {
    KinLevel level;
    for (const auto& one : a)
      for (const auto& other : b) {
        const bool numbers = !one.number.empty() && !other.number.empty();
        const auto name = compare_names(one.name, other.name, rules_.names);
        if (numbers && one.number == other.number) level.number = true;
        if (name <= NameLevel::order) {
          level.name = true;
          level.born |=
              one.born && other.born && compare_born(*one.born, *other.born, rules_) == BornLevel::same;
          const auto share = std::max(rules_.names.share(one.name), rules_.names.share(other.name));
          level.name_bits = std::max(level.name_bits, -std::log2(std::max(share, 1e-9)));
        }
        if ((numbers && one.number != other.number && !plausible_typo(one.number, other.number)) ||
            (!numbers && (name == NameLevel::different || name == NameLevel::one_differs)))
          level.differ = true;
      }
    if (level.number || level.name) level.differ = false;
    return level;
  }

  void weigh_number() {
    switch (number_) {
      case NumberLevel::same:
        say(Word::number_same);
        break;
      case NumberLevel::foreign_same:
        say(Word::number_same), say(Word::number_contradicted);
        break;
      case NumberLevel::close:
        say(Word::number_close);
        break;
      case NumberLevel::typo:
        say(Word::number_typo);
        break;
      case NumberLevel::different:  // a veto
      case NumberLevel::unknown:
        break;
    }
    const auto &x = a_.of.police_ids, &y = b_.of.police_ids;
    if (meet(x, y))
      say(Word::police_id_same);
    else if (!x.empty() && !y.empty() && number_ != NumberLevel::same)
      say(Word::police_id_different);
    if (one_certificate_)
      say(Word::birth_certificate);
    else if (meet(a_.of.papers, b_.of.papers))
      say(Word::paper_same);
  }

  void weigh_name() {
    auto for_it = [&](Word word) { say(word, bits_of(share_, rules_.weight(word))); };
    switch (name_) {
      case NameLevel::same:
        return for_it(Word::name_same);
      case NameLevel::variant:
        return for_it(Word::name_variant);
      case NameLevel::order:
        return for_it(Word::name_order);
      case NameLevel::close:
        return for_it(Word::name_close);
      case NameLevel::cut:
        return for_it(Word::name_cut);
      case NameLevel::one_differs:
        return say(Word::name_one_differs);
      case NameLevel::different:
        return say(Word::name_different);
      case NameLevel::unknown:
        return;
    }
  }

  void weigh_born() {
    switch (born_) {
      case BornLevel::same:
        return say(Word::born_same);
      case BornLevel::placeholder:
        return say(Word::born_placeholder);
      case BornLevel::month:
        return say(Word::born_month);
      case BornLevel::year:
        return say(Word::born_year);
      case BornLevel::near_by:
        return say(Word::born_near);
      case BornLevel::swapped:
        return say(Word::born_swapped);
      case BornLevel::digit:
        return say(Word::born_digit);
      case BornLevel::lunar:
        return say(Word::born_lunar);
      case BornLevel::different:
        return say(Word::born_different);
      case BornLevel::unknown:
        return;
    }
  }

  void weigh_sex() {
    if (a_.sex() == Sex::unknown || b_.sex() == Sex::unknown) return;
    say(sexes_differ() ? Word::sex_different : Word::sex_same);
  }
  bool sexes_differ() const {
    return a_.sex() != Sex::unknown && b_.sex() != Sex::unknown && a_.sex() != b_.sex();
  }

  /// A number and a name of one relative are one finding, and the second relative counts a share: what chance
  /// brings together, it brings together as a couple (conditional dependence).
  void weigh_kin() {
    struct One {
      Word word;
      double bits;
    };
    std::vector<One> found;
    bool born = false;
    auto add = [&](const KinLevel& level, Word number, Word name) {
      born |= level.born && !level.number;
      if (level.number)
        found.push_back({number, rules_.weight(number)});
      else if (level.name)
        found.push_back({name, bits_of(std::exp2(-level.name_bits), rules_.weight(name))});
    };
    add(mothers_, Word::mother_number, Word::mother_name);
    add(fathers_, Word::father_number, Word::father_name);
    add(compare_relatives(a_.of.children, b_.of.children), Word::child_number, Word::child_name);
    add(compare_relatives(a_.of.spouses, b_.of.spouses), Word::spouse_number, Word::spouse_name);
    std::stable_sort(found.begin(), found.end(), [](const One& x, const One& y) { return x.bits > y.bits; });
    for (std::size_t i = 0; i < found.size(); ++i)
      say(found[i].word, i == 0 ? found[i].bits : found[i].bits * rules_.further_kin_share);
    if (born) say(Word::kin_born);
    if (mothers_.differ) say(Word::mother_different);
    if (fathers_.differ) say(Word::father_different);
  }

  void weigh_places() {
    const auto &x = a_.of, &y = b_.of;
    if (meet(x.households, y.households))
      say(Word::household_same);
    else if (!x.households.empty() && !y.households.empty())
      say(Word::household_different);
    if (!x.addresses.empty() && !y.addresses.empty()) say(compare_addresses());
    if (!x.region.empty() && !y.region.empty())
      say(x.region == y.region ? Word::region_same : Word::region_different);
    if (x.died && y.died && (x.died->last() < y.died->first || y.died->last() < x.died->first) &&
        days_apart(x.died->first, y.died->first) > 365)
      say(Word::death_different);
  }

  Word compare_addresses() const {
    auto best = Word::address_different;
    for (const auto& one : a_.of.addresses)
      for (const auto& other : b_.of.addresses) {
        if (one == other) return Word::address_same;
        const auto most = std::max(one.size(), other.size()) / 4;
        if (edits(one, other, most) <= most) best = Word::address_close;
      }
    return best;
  }

  bool kin_agrees() const { return mothers_.number || mothers_.name || fathers_.number || fathers_.name; }
  bool common_parent() const { return kin_agrees(); }
  bool one_birthday() const {
    for (const auto& one : a_.born)
      for (const auto& other : b_.born)
        if (one.precision == Precision::day && other.precision == Precision::day &&
            days_apart(one.first, other.first) <= rules_.twin_days)
          return true;
    return false;
  }

  void find_holds() {
    if (number_ == NumberLevel::same && named_apart()) say(Word::number_contradicted);
    if (!one_paper() && common_parent() && one_birthday() &&
        (name_ == NameLevel::close || name_ == NameLevel::cut || name_ == NameLevel::one_differs))
      say(Word::twin_like);
    if (number_ != NumberLevel::same && born_ == BornLevel::unknown &&
        (named_as_parent(a_, b_) || named_as_parent(b_, a_)))
      say(Word::perhaps_parent);
    if (!one_paper() && name_ == NameLevel::unknown) say(Word::name_unknown);
    if (!one_paper() && sexes_differ()) say(Word::other_sex);
  }

  /// Another name under one number: the number of a twin, a neighbour or a namesake was typed, or the name
  /// has changed. One police id or birth certificate tells that it has. Of one character alone it is a slip,
  /// unless the police or the parents differ, or there are twins.
  bool named_apart() const {
    const auto &x = a_.of.police_ids, &y = b_.of.police_ids;
    if (one_certificate_ || meet(x, y)) return false;
    if (name_ == NameLevel::different) return true;
    return name_ == NameLevel::one_differs &&
           (mothers_.differ || fathers_.differ || (!x.empty() && !y.empty()) || a_.of.multiple_birth ||
            b_.of.multiple_birth);
  }

  /// Whether a parent of the child bears the other's name.
  bool named_as_parent(const Side& child, const Side& other) const {
    auto named = [&](const Relative& parent) {
      return std::any_of(other.of.names.begin(), other.of.names.end(), [&](const Name& name) {
        return compare_names(parent.name, name, rules_.names) <= NameLevel::order;
      });
    };
    return std::any_of(child.of.fathers.begin(), child.of.fathers.end(), named) ||
           std::any_of(child.of.mothers.begin(), child.of.mothers.end(), named);
  }

  void find_vetoes() {
    if (number_ == NumberLevel::different) say(Word::number_different);
    if (sure_sex(a_) && sure_sex(b_) && a_.of.sex != b_.of.sex) say(Word::sex_contradicts);
    if (!one_paper() && common_parent()) {
      // Two children of one mother never have one name while both live: of one name it is a wrong day, or the
      // name of a dead child was given again.
      if (one_birthday() && other_child_of_one_birth())
        say(Word::twins);
      else if (name_ > NameLevel::order && born_ == BornLevel::different && full_days() &&
               days_between() >= sibling_days)
        say(Word::siblings);
    }
    if (is_relative(a_, b_.of.spouses) || is_relative(b_, a_.of.spouses)) say(Word::spouses);
    if (is_parent(a_, b_) || is_parent(b_, a_)) say(Word::parent_and_child);
    if (died_before(a_.of, b_.of) || died_before(b_.of, a_.of)) say(Word::alive_after_death);
  }

  static bool sure_sex(const Side& side) {
    return side.of.sex != Sex::unknown && side.of.sex == side.number_sex;
  }

  /// One number or one birth certificate: whatever the name, no twin.
  bool one_paper() const { return number_ == NumberLevel::same || one_certificate_; }

  /// Names of twins differ; in one character alone they may be a typing error, unless they are known as
  /// twins.
  bool other_child_of_one_birth() const {
    if (name_ == NameLevel::different) return true;
    return name_ == NameLevel::one_differs && (a_.of.multiple_birth || b_.of.multiple_birth);
  }

  bool full_days() const {
    auto full = [](const auto& dates) {
      return !dates.empty() && std::all_of(dates.begin(), dates.end(), [](const PartialDate& date) {
        return date.precision == Precision::day;
      });
    };
    return full(a_.born) && full(b_.born);
  }
  int days_between() const {
    int least = 1'000'000;
    for (const auto& one : a_.born)
      for (const auto& other : b_.born)
        least = std::min(least, days_apart(one.first, other.first));
    return least;
  }

  /// Whether the side is one of the relatives that the other names: by number, else by name and birth.
  bool is_relative(const Side& side, const std::vector<Relative>& relatives) const {
    return std::any_of(relatives.begin(), relatives.end(), [&](const Relative& relative) {
      if (!relative.number.empty() && !side.numbers.empty())
        return std::find(side.numbers.begin(), side.numbers.end(), relative.number) != side.numbers.end();
      if (name_ <= NameLevel::cut || !relative.born) return false;
      const bool name = std::any_of(side.of.names.begin(), side.of.names.end(), [&](const Name& own) {
        return compare_names(own, relative.name, rules_.names) <= NameLevel::order;
      });
      return name && std::any_of(side.born.begin(), side.born.end(), [&](const PartialDate& own) {
               return compare_born(own, *relative.born, rules_) == BornLevel::same;
             });
    });
  }

  /// By number or name and birth; of one name, by a generation between the births.
  bool is_parent(const Side& parent, const Side& child) const {
    if (is_relative(parent, child.of.mothers) || is_relative(parent, child.of.fathers) ||
        is_relative(child, parent.of.children))
      return true;
    if (!named_as_parent(child, parent) || parent.born.empty() || child.born.empty()) return false;
    return parent.born.front().first.year() + parent_years <= child.born.front().first.year();
  }

  bool died_before(const Features& dead, const Features& alive) const {
    return dead.died && alive.alive_on &&
           dead.died->last().plus_days(rules_.death_margin_days) < *alive.alive_on;
  }

  Verdict verdict(const Comparison& found) const {
    bool held = false;
    for (const auto& finding : found.findings) {
      if (kind_of(finding.word) == WordKind::veto) return Verdict::different;
      held |= kind_of(finding.word) == WordKind::hold;
    }
    const bool joins =
        std::any_of(rules_.automatic.begin(), rules_.automatic.end(), [&](const Combination& all) {
          return std::all_of(all.begin(), all.end(), [&](const std::vector<Word>& choice) {
            return std::any_of(choice.begin(), choice.end(), [&](Word word) { return found.has(word); });
          });
        });
    if (found.has(Word::number_contradicted)) return Verdict::doubtful;  // one number: a person must look
    if (found.score < rules_.doubtful_at) return Verdict::different;
    return joins && !held && !found.has(Word::number_typo) && found.score >= rules_.same_at
               ? Verdict::same
               : Verdict::doubtful;
  }

  const Side a_, b_;
  const LinkageRules& rules_;
  NameLevel name_ = NameLevel::unknown;
  double share_ = 1;
  BornLevel born_ = BornLevel::unknown;
  NumberLevel number_ = NumberLevel::unknown;
  bool one_certificate_ = false;
  KinLevel mothers_, fathers_;
  std::vector<Finding> findings_;
};

}  // namespace

bool Comparison::has(Word word) const {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& finding) { return finding.word == word; });
}

bool Comparison::vetoed() const {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return kind_of(finding.word) == WordKind::veto; });
}

std::vector<std::string_view> telling_numbers(const Features& features) {
  std::vector<std::string_view> telling;
  for (const auto& number : features.numbers) {
    const auto read = CitizenNumber::read(number);
    const bool foreign =
        read && !features.born.empty() &&
        std::all_of(features.born.begin(), features.born.end(), [&](const PartialDate& told) {
          return std::abs(told.first.year() - read->birth().year()) >= parent_years;
        });
    if (!foreign) telling.push_back(number);
  }
  return telling;
}

Comparison compare(const Features& a, const Features& b, const LinkageRules& rules) {
  return Pair(a, b, rules).result();
}

Bar bar(const Features& a, const Features& b, const LinkageRules& rules) {
  return Pair(a, b, rules).bar();
}

}  // namespace kinhub::linkage
