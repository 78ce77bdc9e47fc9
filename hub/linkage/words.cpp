// The words of record linkage and what each is: for, against, a hold or a veto.

#include <cassert>

#include "hub/linkage/rules.hpp"

namespace kinhub::linkage {
namespace {

struct Row {
  Word word;
  WordKind kind;
  std::string_view name;
};

constexpr std::array<Row, word_count> rows = {{
    {Word::number_same, WordKind::for_it, "number_same"},
    {Word::number_close, WordKind::for_it, "number_close"},
    {Word::number_typo, WordKind::for_it, "number_typo"},
    {Word::police_id_same, WordKind::for_it, "police_id_same"},
    {Word::paper_same, WordKind::for_it, "paper_same"},
    {Word::name_same, WordKind::for_it, "name_same"},
    {Word::name_variant, WordKind::for_it, "name_variant"},
    {Word::name_order, WordKind::for_it, "name_order"},
    {Word::name_close, WordKind::for_it, "name_close"},
    {Word::name_cut, WordKind::for_it, "name_cut"},
    {Word::born_same, WordKind::for_it, "born_same"},
    {Word::born_placeholder, WordKind::for_it, "born_placeholder"},
    {Word::born_month, WordKind::for_it, "born_month"},
    {Word::born_year, WordKind::for_it, "born_year"},
    {Word::born_near, WordKind::for_it, "born_near"},
    {Word::born_swapped, WordKind::for_it, "born_swapped"},
    {Word::born_digit, WordKind::for_it, "born_digit"},
    {Word::sex_same, WordKind::for_it, "sex_same"},
    {Word::mother_number, WordKind::for_it, "mother_number"},
    {Word::mother_name, WordKind::for_it, "mother_name"},
    {Word::father_number, WordKind::for_it, "father_number"},
    {Word::father_name, WordKind::for_it, "father_name"},
    {Word::child_number, WordKind::for_it, "child_number"},
    {Word::child_name, WordKind::for_it, "child_name"},
    {Word::spouse_number, WordKind::for_it, "spouse_number"},
    {Word::spouse_name, WordKind::for_it, "spouse_name"},
    {Word::kin_born, WordKind::for_it, "kin_born"},
    {Word::household_same, WordKind::for_it, "household_same"},
    {Word::address_same, WordKind::for_it, "address_same"},
    {Word::address_close, WordKind::for_it, "address_close"},
    {Word::region_same, WordKind::for_it, "region_same"},
    {Word::name_one_differs, WordKind::against_it, "name_one_differs"},
    {Word::name_different, WordKind::against_it, "name_different"},
    {Word::born_lunar, WordKind::against_it, "born_lunar"},
    {Word::born_different, WordKind::against_it, "born_different"},
    {Word::sex_different, WordKind::against_it, "sex_different"},
    {Word::police_id_different, WordKind::against_it, "police_id_different"},
    {Word::mother_different, WordKind::against_it, "mother_different"},
    {Word::father_different, WordKind::against_it, "father_different"},
    {Word::household_different, WordKind::against_it, "household_different"},
    {Word::address_different, WordKind::against_it, "address_different"},
    {Word::region_different, WordKind::against_it, "region_different"},
    {Word::death_different, WordKind::against_it, "death_different"},
    {Word::number_contradicted, WordKind::hold, "number_contradicted"},
    {Word::twin_like, WordKind::hold, "twin_like"},
    {Word::perhaps_parent, WordKind::hold, "perhaps_parent"},
    {Word::name_unknown, WordKind::hold, "name_unknown"},
    {Word::number_different, WordKind::veto, "number_different"},
    {Word::sex_contradicts, WordKind::veto, "sex_contradicts"},
    {Word::twins, WordKind::veto, "twins"},
    {Word::siblings, WordKind::veto, "siblings"},
    {Word::spouses, WordKind::veto, "spouses"},
    {Word::parent_and_child, WordKind::veto, "parent_and_child"},
    {Word::alive_after_death, WordKind::veto, "alive_after_death"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].word != static_cast<Word>(i)) return false;
  return true;
}
static_assert(in_order());

const Row& row_of(Word word) {
  assert(static_cast<std::size_t>(word) < rows.size());
  return rows[static_cast<std::size_t>(word)];
}

}  // namespace

std::string_view name_of(Word word) {
  return row_of(word).name;
}

WordKind kind_of(Word word) {
  return row_of(word).kind;
}

std::optional<Word> word_of(std::string_view name) {
  for (const auto& row : rows)
    if (row.name == name) return row.word;
  return std::nullopt;
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::same:
      return "same";
    case Verdict::doubtful:
      return "doubtful";
    case Verdict::different:
      return "different";
  }
  return "";
}

}  // namespace kinhub::linkage
