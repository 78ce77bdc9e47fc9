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
    birth_after_ivf       ///< event: never more than possible
  } kind = Kind::always;
  int low = 0, high = 0;  ///< an age in `low`; grades low..high
  Date from = Date::beginning(), until = Date::forever();
  std::string region;
  Calendar::Age age = Calendar::Age::on_birthday;
  Feb29 feb29 = Feb29::feb28;
  bool flag = false;  ///< parent_alive: the death day counts; age words: a remarried parent is judged by self

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
  std::string clause, quote;
  std::vector<Condition> parts;
  std::uint16_t node = 0;  ///< where the compiled code holds its value
};

/// The condition a phrase names, in English or Chinese, under the
/// conventions of `calendar`; nothing when the vocabulary has no such phrase.
std::optional<Leaf> read_leaf(std::string_view phrase, const Calendar& calendar);

/// Every phrase of the vocabulary, for nearest-word hints and for docs/policies.md.
const std::vector<std::string>& vocabulary();

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
