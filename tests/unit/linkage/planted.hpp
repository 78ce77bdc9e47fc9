#pragma once
// Generated population with planted errors: households of invented people, and what several agencies have
// written down of them. Deterministic by seed.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hub/linkage/rules.hpp"

namespace kinhub::linkage::test {

/// What is wrong with a record, or hard about it.
enum class Plant : std::uint8_t {
  number_missing,
  number_wrong_digit,
  number_swapped_digits,
  number_other_valid,  ///< a wrong digit in a number of 15 digits, made one of 18 afterwards
  number_of_mother,    ///< typed in place of the child's
  name_alike,          ///< homophone or look-alike
  name_variant,        ///< another form of a character, in private use, traditional
  name_unwritable,     ///< ? or letters for a rare character
  name_other_character,
  name_order,
  name_dot,  ///< the middle dot in another form, or none
  name_cut,
  name_married,       ///< the husband's surname before hers
  name_changed,       ///< registered under another name since
  name_after_mother,  ///< 李静之子
  born_swapped,
  born_year,
  born_digit,
  born_near,
  born_placeholder,
  born_lunar,
  sex_wrong,
  parents_missing,
};
inline constexpr std::size_t plant_count = static_cast<std::size_t>(Plant::parents_missing) + 1;
std::string_view name_of(Plant plant);

struct PlantedRecord {
  std::uint32_t person = 0;  ///< the truth
  const char* source = "";
  Features features;
  std::vector<Plant> planted;
};

struct Planted {
  std::vector<PlantedRecord> records;
  std::size_t people = 0;
  // Households that are taken for each other.
  std::size_t number_of_two = 0;  ///< two people of one number
  std::size_t twins = 0, one_birthday_couples = 0, father_and_son = 0, name_of_dead_sibling = 0;
  std::array<std::size_t, plant_count> plants{};

  std::vector<Features> features() const;
};

/// `people` persons (a few more, households are whole).
Planted planted_population(std::size_t people, unsigned seed);

/// The same records, without any number of anybody.
Planted without_numbers(Planted planted);

/// What linking made of it. A true pair is two records of one person; `hard` ones have no number in common.
struct Outcome {
  std::size_t true_pairs = 0, hard_pairs = 0;
  std::size_t candidates = 0, true_candidates = 0, blocks_skipped = 0;
  std::size_t joined_pairs = 0, joined_true = 0, hard_joined = 0, hard_joined_true = 0;
  std::size_t queued_true = 0, hard_queued = 0;  ///< true pairs not joined that stand in the queue
  std::size_t queue = 0, queue_true = 0;         ///< entries, and those that are one person
  std::size_t answered = 0;
  std::size_t lost_links =
      0;  ///< links of verdict same or doubtful that are neither joined, queued nor answered
  std::vector<std::string> queued;  ///< the first entries of the queue
  std::vector<std::string> wrong;   ///< the first wrong joins, for a person to read
  std::vector<std::string> missed;  ///< the first true pairs that are neither joined nor queued

  double precision() const { return share(joined_true, joined_pairs); }
  double hard_precision() const { return share(hard_joined_true, hard_joined); }
  double recall_joined() const { return share(joined_true, true_pairs); }
  double recall() const { return share(joined_true + queued_true, true_pairs); }
  double hard_recall_joined() const { return share(hard_joined_true, hard_pairs); }
  double hard_recall() const { return share(hard_joined_true + hard_queued, hard_pairs); }
  double blocking_recall() const { return share(true_candidates, true_pairs); }
  static double share(std::size_t part, std::size_t whole) {
    return whole == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(whole);
  }
};
Outcome link_all(const Planted& planted, const LinkageRules& rules);

}  // namespace kinhub::linkage::test
