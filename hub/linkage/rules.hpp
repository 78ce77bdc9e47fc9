#pragma once
// Linkage rules: the weights and thresholds of record linkage as data, read from a YAML file and checked.

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hub/base/result.hpp"
#include "hub/linkage/features.hpp"

namespace kinhub::linkage {

/// One thing that speaks for or against two records being of one person. Stable words: they stand in rules,
/// in the review queue and in its JSON. A new one goes last of its kind.
enum class Word : std::uint8_t {
  // for: bits of evidence, 0 or more
  number_same,   ///< one valid citizen number, current or former
  number_close,  ///< a number that is none is one wrong or two swapped digits from the other's
  number_typo,   ///< two valid numbers that differ like a typing error: holds the pair for a person
  police_id_same,
  birth_certificate,  ///< one birth certificate: each child has its own
  paper_same,         ///< a chart, insurance number or other certificate in common
  name_same,          ///< the rarer the name the more; the weight is the most it may bring
  name_variant,
  name_order,
  name_close,
  name_cut,
  born_same,
  born_placeholder,  ///< the same 1 January: what is written where the day is not known
  born_month,        ///< known to the month, the same
  born_year,
  born_near,     ///< up to three days apart
  born_swapped,  ///< day and month exchanged
  born_digit,    ///< one digit wrong or two neighbours swapped
  sex_same,
  mother_number,
  mother_name,
  father_number,
  father_name,
  child_number,
  child_name,
  spouse_number,
  spouse_name,
  kin_born,  ///< of a relative of one name the birth agrees, too
  household_same,
  address_same,
  address_close,
  region_same,
  // against: bits, 0 or less
  name_one_differs,
  name_different,
  born_lunar,  ///< 17 to 52 days apart: perhaps the day of the lunar calendar
  born_different,
  sex_different,
  police_id_different,
  mother_different,
  father_different,
  household_different,
  address_different,
  region_different,
  death_different,
  // holds: never joined by itself, whatever the score
  number_contradicted,  ///< one number, but another name, and no police id in common
  twin_like,            ///< one parent, one birthday, and names that are nearly one
  perhaps_parent,       ///< a parent of one bears the same name, and births do not tell them apart
  name_unknown,
  other_sex,  ///< the sexes differ, and no number or birth certificate is in common
  // vetoes: never the same person by matching
  number_different,  ///< two valid numbers, no typing error between them
  sex_contradicts,   ///< number and register agree on each side, and differ
  twins,             ///< one parent, one birthday, other given names
  siblings,          ///< one parent, birthdays apart, not one name
  spouses,
  parent_and_child,
  alive_after_death,  ///< one died before the other was seen alive
};
inline constexpr std::size_t word_count = static_cast<std::size_t>(Word::alive_after_death) + 1;
enum class WordKind : std::uint8_t { for_it, against_it, hold, veto };
std::string_view name_of(Word word);
std::string_view label_of(Word word);  ///< in Chinese, for the review queue
WordKind kind_of(Word word);
std::optional<Word> word_of(std::string_view name);

/// What keeps two records from being joined by matching: a veto for good, a hold until a person has looked.
enum class Bar : std::uint8_t { none, held, veto };

enum class Verdict : std::uint8_t { same, doubtful, different };
std::string_view name_of(Verdict verdict);

/// Words that must all be there; each place is a choice of words.
using Combination = std::vector<std::vector<Word>>;

struct LinkageRules {
  double same_at = 0;                        ///< from here on joined, if a combination stands as well
  double doubtful_at = 0;                    ///< from here on in the queue
  std::array<double, word_count> weights{};  ///< bits; 0 for holds and vetoes
  double name_least = 0;                     ///< bits that the most frequent name brings
  double further_kin_share = 0;  ///< of the bits of a second relative: a couple is one finding, not two
  std::vector<Combination> automatic;
  NameTables names;
  std::vector<std::pair<unsigned, unsigned>> placeholder_days;  ///< month, day
  int twin_days = 1;
  int death_margin_days = 60;
  std::size_t block_max = 200;  ///< members of a block that are paired with each other
  std::size_t group_max = 60;   ///< records of one person that matching may bring together
  double tie_margin = 0;        ///< bits by which the better of two links must win

  /// One pair of the file's own tests.
  struct Test {
    std::string name, place;
    Features a, b;
    Verdict expect{};
    std::vector<Word> because;
  };
  std::vector<Test> tests;

  double weight(Word word) const { return weights[static_cast<std::size_t>(word)]; }
};

/// Parses rules; every problem with file:line:column goes to `errors`, of which the result is valid if there
/// is none. `file` is for places only.
LinkageRules parse_linkage(const std::filesystem::path& file, const std::string& text,
                           std::vector<Error>& errors);
/// Reads and parses the file: the rules, or all that is wrong with it.
std::variant<LinkageRules, std::vector<Error>> read_linkage(const std::filesystem::path& path);
/// The same; the first of its problems as error.
Result<LinkageRules> load_linkage(const std::filesystem::path& path);

/// Runs the tests that stand in the file: what failed, as place and sentence. Empty: all passed.
std::vector<Error> run_linkage_tests(const LinkageRules& rules);

}  // namespace kinhub::linkage
