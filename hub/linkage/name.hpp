#pragma once
// Comparison of personal names by level, for record linkage: by code points, with tables of variants and of
// characters that are mistaken for each other.

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kinhub::linkage {

/// A name prepared for comparison, once. Private-use characters stand at their standard places.
struct Name {
  Name() = default;
  explicit Name(std::string_view written);

  std::u32string points;              ///< normal form (name_form) without blanks and dots
  std::vector<std::u32string> words;  ///< its parts between blanks and dots, in order
  bool after_mother = false;          ///< 李试女之子: what a newborn is called tells not who it is
  bool letters = false;               ///< nothing of an East Asian script: a transliteration
  bool han = false;                   ///< two to four ideographs: surname and given name
  friend bool operator==(const Name&, const Name&) = default;
};

/// How well two names agree, the best first.
enum class NameLevel : std::uint8_t {
  same,         ///< one normal form
  variant,      ///< the same but for variants of characters: 国 國
  order,        ///< given name and surname exchanged
  close,        ///< one character is a homophone or a look-alike, or could not be written
  cut,          ///< one is the beginning of a long one, or has the husband's surname before it
  one_differs,  ///< one character of another: brothers are called so
  different,
  unknown,  ///< one side has no name that tells who
};

/// Characters that stand for each other, and how frequent names are. Filled by the loader.
class NameTables {
 public:
  /// Of `variants` one character is another way to write another; of `alike` they are mistaken for each
  /// other.
  void add_variants(std::u32string_view group);
  void add_alike(std::u32string_view group);
  void add_surname(std::u32string_view surname, double share) { surnames_[std::u32string(surname)] = share; }
  /// What is written where no name is known: 未取名.
  void add_no_name(std::u32string_view points) { no_names_.insert(std::u32string(points)); }
  void add_given(std::u32string_view given, double share) { givens_[std::u32string(given)] = share; }

  bool variants(char32_t a, char32_t b) const { return variant_of(a) == variant_of(b); }
  bool alike(char32_t a, char32_t b) const;
  /// Blocking form: every character replaced by one for all that stand for it or are mistaken for it.
  std::u32string fold(std::u32string_view points) const;
  /// Length of the surname in front of an ideographic name: 2 for a known compound surname, else 1.
  std::size_t surname_size(std::u32string_view points) const;
  bool knows_surname(std::u32string_view surname) const {
    return surnames_.contains(std::u32string(surname));
  }
  /// Whether the name is evidence of who bears it.
  bool tells_who(const Name& name) const {
    return !name.points.empty() && !name.after_mother && !no_names_.contains(name.points);
  }
  /// Share of people who bear the name, as far as the tables know: surname times given name.
  double share(const Name& name) const;

  double surname_other = 0.0005, given_one_other = 0.0015, given_two_other = 0.00004, name_other = 0.00002;

 private:
  char32_t variant_of(char32_t point) const;
  char32_t fold_of(char32_t point) const;
  void join(std::unordered_map<char32_t, char32_t>& to, std::u32string_view group);

  std::unordered_map<char32_t, char32_t> variant_, fold_;           ///< to the smallest of the class
  std::unordered_map<char32_t, std::vector<std::uint32_t>> alike_;  ///< to the groups a character is in
  std::uint32_t groups_ = 0;
  std::map<std::u32string, double> surnames_, givens_;
  std::set<std::u32string> no_names_;
};

/// Agreement of two names; unknown where one tells not who bears it, or one is a transliteration. Symmetric.
NameLevel compare_names(const Name& a, const Name& b, const NameTables& tables);

/// Damerau-Levenshtein distance (restricted: swaps of neighbours), stops above `most`.
std::size_t edits(std::u32string_view a, std::u32string_view b, std::size_t most);

std::u32string to_points(std::string_view utf8);
std::string to_utf8(std::u32string_view points);

}  // namespace kinhub::linkage
