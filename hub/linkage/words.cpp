// The words of record linkage and what each is: for, against, a hold or a veto.

#include <cassert>

#include "hub/linkage/rules.hpp"

namespace kinhub::linkage {
namespace {

struct Row {
  Word word;
  WordKind kind;
  std::string_view name;   ///< stable: in rules, in JSON
  std::string_view label;  ///< for case workers
};

constexpr std::array<Row, word_count> rows = {{
    {Word::number_same, WordKind::for_it, "number_same", "证号相同"},
    {Word::number_close, WordKind::for_it, "number_close", "证号差一位或两位颠倒"},
    {Word::number_typo, WordKind::for_it, "number_typo", "两个有效证号，像是录错"},
    {Word::police_id_same, WordKind::for_it, "police_id_same", "人员编号相同"},
    {Word::birth_certificate, WordKind::for_it, "birth_certificate", "出生医学证明编号相同"},
    {Word::paper_same, WordKind::for_it, "paper_same", "病案号、医保号或其他证件号相同"},
    {Word::name_same, WordKind::for_it, "name_same", "姓名相同"},
    {Word::name_variant, WordKind::for_it, "name_variant", "姓名为异体字"},
    {Word::name_order, WordKind::for_it, "name_order", "姓与名颠倒"},
    {Word::name_close, WordKind::for_it, "name_close", "姓名同音或形近"},
    {Word::name_cut, WordKind::for_it, "name_cut", "姓名不全或冠夫姓"},
    {Word::born_same, WordKind::for_it, "born_same", "出生日期相同"},
    {Word::born_placeholder, WordKind::for_it, "born_placeholder", "同为一月一日"},
    {Word::born_month, WordKind::for_it, "born_month", "出生年月相同"},
    {Word::born_year, WordKind::for_it, "born_year", "出生年相同"},
    {Word::born_near, WordKind::for_it, "born_near", "出生日期差一至三天"},
    {Word::born_swapped, WordKind::for_it, "born_swapped", "出生月日颠倒"},
    {Word::born_digit, WordKind::for_it, "born_digit", "出生日期错一位"},
    {Word::sex_same, WordKind::for_it, "sex_same", "性别相同"},
    {Word::mother_number, WordKind::for_it, "mother_number", "母亲证号相同"},
    {Word::mother_name, WordKind::for_it, "mother_name", "母亲姓名相同"},
    {Word::father_number, WordKind::for_it, "father_number", "父亲证号相同"},
    {Word::father_name, WordKind::for_it, "father_name", "父亲姓名相同"},
    {Word::child_number, WordKind::for_it, "child_number", "子女证号相同"},
    {Word::child_name, WordKind::for_it, "child_name", "子女姓名相同"},
    {Word::spouse_number, WordKind::for_it, "spouse_number", "配偶证号相同"},
    {Word::spouse_name, WordKind::for_it, "spouse_name", "配偶姓名相同"},
    {Word::kin_born, WordKind::for_it, "kin_born", "亲属出生日期也相同"},
    {Word::household_same, WordKind::for_it, "household_same", "户号相同"},
    {Word::address_same, WordKind::for_it, "address_same", "地址相同"},
    {Word::address_close, WordKind::for_it, "address_close", "地址相近"},
    {Word::region_same, WordKind::for_it, "region_same", "户籍地相同"},
    {Word::name_one_differs, WordKind::against_it, "name_one_differs", "姓名差一个字"},
    {Word::name_different, WordKind::against_it, "name_different", "姓名不同"},
    {Word::born_lunar, WordKind::against_it, "born_lunar", "出生日期相差一个月左右，或为农历"},
    {Word::born_different, WordKind::against_it, "born_different", "出生日期不同"},
    {Word::sex_different, WordKind::against_it, "sex_different", "性别不同"},
    {Word::police_id_different, WordKind::against_it, "police_id_different", "人员编号不同"},
    {Word::mother_different, WordKind::against_it, "mother_different", "母亲不同"},
    {Word::father_different, WordKind::against_it, "father_different", "父亲不同"},
    {Word::household_different, WordKind::against_it, "household_different", "户号不同"},
    {Word::address_different, WordKind::against_it, "address_different", "地址不同"},
    {Word::region_different, WordKind::against_it, "region_different", "户籍地不同"},
    {Word::death_different, WordKind::against_it, "death_different", "死亡日期不同"},
    {Word::number_contradicted, WordKind::hold, "number_contradicted", "同一证号，姓名是别人的"},
    {Word::twin_like, WordKind::hold, "twin_like", "同父母、同生日、姓名相近，或为双胞胎"},
    {Word::perhaps_parent, WordKind::hold, "perhaps_parent", "与父母同名，生日不明"},
    {Word::name_unknown, WordKind::hold, "name_unknown", "姓名不明"},
    {Word::other_sex, WordKind::hold, "other_sex", "性别不同，又无共同证号"},
    {Word::number_different, WordKind::veto, "number_different", "两个有效证号"},
    {Word::sex_contradicts, WordKind::veto, "sex_contradicts", "证号与登记的性别都不同"},
    {Word::twins, WordKind::veto, "twins", "双胞胎"},
    {Word::siblings, WordKind::veto, "siblings", "兄弟姐妹"},
    {Word::spouses, WordKind::veto, "spouses", "夫妻"},
    {Word::parent_and_child, WordKind::veto, "parent_and_child", "父母与子女"},
    {Word::alive_after_death, WordKind::veto, "alive_after_death", "死后还有生前事项"},
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

std::string_view label_of(Word word) {
  return row_of(word).label;
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
