#pragma once
// Abstract syntax tree of conditions, and the closed vocabulary of its leaves: what a policy may ask, and how
// it is worded.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/policy/policy.hpp"

namespace kinhub::policy {

/// Whom a question is about, seen from this parent.
enum class Who : std::uint8_t {
  parent,
  spouse,  ///< while married
  either,  ///< the parent or, while married, the spouse
  both,    ///< the parent and, while married, the spouse
  child    ///< any living child
};

/// A count of this parent's children (step children are none): which count, and how many there must be.
struct ChildCount {
  bool born = true, adopted = true;
  Sex sex = Sex::unknown;  ///< unknown: either
  enum class Life : std::uint8_t { any, living, dead } life = Life::any;
  int age_from = 0, age_below = 0;    ///< 0: no limit
  int grade_low = 0, grade_high = 0;  ///< disabled with such a grade; 0: not asked
  int order = 0;                      ///< the first, the second ... by birth; 0: any
  Interval came;                      ///< born, or adopted, on these days
  bool births = false;                ///< children of one birth count once
  enum class Over : std::uint8_t {
    now,         ///< as things stand on the day
    ever,        ///< each child that was such a one up to the day
    at_one_time  ///< so many at one time, on some day up to this one
  } over = Over::now;
  int least = 1, most = any_number;
  static constexpr int any_number = 99;
  friend bool operator==(const ChildCount&, const ChildCount&) = default;
};

/// Predicate: one question about a parent's life, with its numbers. Every answer is a
/// timeline of met, not met, unknown.
struct Leaf {
  enum class Kind : std::uint8_t {
    always,
    in_days,        ///< [from, until)
    registered_in,  ///< region
    parent_alive,   ///< calendar death_day
    only_child_dead,
    only_child_disabled,  ///< grades low..high
    another_living_child,
    age_line,  ///< age: the wife's; one's own when single
    wife_reaches,
    parent_reaches,
    couple_married,
    spouses_born_from,  ///< from
    low_income_allowance,
    resident_pension,
    urban,
    rural,
    death_of_only_child,  ///< event: met on the day itself only
    birth_after_ivf,      ///< event: never more than possible
    // Forms, answered by forms.cpp.
    children,    ///< count
    age,         ///< who has reached `low` (0: not asked) and not yet `high` (0: not asked)
    sex,         ///< the parent's
    residence,   ///< of who, in region
    marriage,    ///< state
    state,       ///< of who: fact, word
    child_born,  ///< events: such a child (count, without its numbers) is born ...
    child_adopted,
    child_dies,
    parent_turns,  ///< event: the parent reaches `low`
    state_starts   ///< event: the parent's state (fact, word) starts
  } kind = Kind::always;
  int low = 0, high = 0;  ///< an age in `low`; grades low..high
  Date from = Date::beginning(), until = Date::forever();
  std::string region;
  Calendar::Age age = Calendar::Age::on_birthday;
  Feb29 feb29 = Feb29::feb28;
  bool flag = false;  ///< parent_alive: the death day counts; age words: a remarried parent is judged by self
  Who who = Who::parent;
  Sex sex = Sex::unknown;
  enum class Marriage : std::uint8_t { divorced, widowed, remarried } marriage = Marriage::divorced;
  FactKind fact{};
  std::string word;
  ChildCount count;

  friend bool operator==(const Leaf&, const Leaf&) = default;
};

/// Whether the leaf is an event (point in time) rather than a state: it stands under 'once on' only.
bool is_event(Leaf::Kind kind);

/// A node of the tree: an operator over parts, or a leaf; with the words of the file for explanations.
struct Condition {
  enum class Op : std::uint8_t { leaf, all, any, negate, day_before, reporter } op = Op::leaf;
  Leaf leaf;
  Per per = Per::month;  ///< reporter: the period that is reported on one parent only
  std::string text;      ///< as the file words it
  std::string chinese;   ///< the same in Chinese, where the vocabulary or the file has words for it
  std::string english;   ///< and in English; empty: as the file words it
  bool worded = true;    ///< false: a bare form inside a word, which has no words of its own
  std::string clause, quote;
  std::vector<Condition> parts;
  std::uint16_t node = 0;  ///< where the compiled code holds its value
};

/// The candidate nearest to `word` by edit distance over code points; nothing when none is near.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

/// Tokenizer step: takes `word` and the blanks after it off the front of `words`. An ASCII word must end
/// there or before a blank; Chinese words stand without blanks. The empty word is never
/// there.
bool take_word(std::string& words, std::string_view word);

/// Normalizes text: blanks at the ends removed, runs of blanks made one, full-width comma,
/// colon and blank made ASCII.
std::string tidy(std::string_view text);

}  // namespace kinhub::policy
