// The comparison, beside the pairs in the shipped file: symmetry, missing values, weights.
#include "hub/linkage/compare.hpp"

#include "tests/unit/linkage/linkage_test.hpp"
#include "tests/unit/linkage/planted.hpp"

namespace kinhub::linkage::test {
namespace {

TEST(LinkageCompare, IsSymmetric) {
  const auto planted = planted_population(300, 7);
  const auto features = planted.features();
  for (std::size_t i = 0; i < features.size(); ++i)
    for (std::size_t k = i + 1; k < std::min(features.size(), i + 40); ++k) {
      const auto one = compare(features[i], features[k], shipped()),
                 other = compare(features[k], features[i], shipped());
      ASSERT_EQ(one.findings, other.findings) << text(one) << "\n" << text(other);
      ASSERT_EQ(one.verdict, other.verdict);
      ASSERT_EQ(bar(features[i], features[k], shipped()) == Bar::veto, one.vetoed()) << text(one);
    }
}

TEST(LinkageCompare, WhatIsMissingIsNoFinding) {
  EXPECT_TRUE(compare(Features{}, Features{}, shipped()).findings.size() == 1) << "name_unknown alone";
  const auto alone = compare(Who("王国栋", "1979-03-04"), Who("王国栋", "1979-03-04"), shipped());
  const auto more = compare(Who("王国栋", "1979-03-04").household("H-1").mother("陈秀英"),
                            Who("王国栋", "1979-03-04").lives_in("320812"), shipped());
  EXPECT_EQ(alone.score, more.score) << text(more);
}

TEST(LinkageCompare, SexContradictsOnlyWhereNumberAndRegisterAgreeOnEachSide) {
  const auto man = number_of("19790304", 11), woman = number_of("19790304", 12);
  const auto sure = compare(Who("王国栋").number(man).of(Sex::male),
                            Who("王国栋").number(woman).of(Sex::female), shipped());
  EXPECT_TRUE(sure.has(Word::sex_contradicts)) << text(sure);
  const auto slip =
      compare(Who("王国栋").number(man).of(Sex::male), Who("王国栋").of(Sex::female), shipped());
  EXPECT_TRUE(slip.has(Word::sex_different)) << text(slip);
  EXPECT_FALSE(slip.has(Word::sex_contradicts)) << text(slip);
}

TEST(LinkageCompare, NobodyIsJoinedByOneThing) {
  const auto number = number_of("19790304", 11);
  const Who rows[][2] = {
      {Who("王国栋"), Who("王国栋")},
      {Who("", "1979-03-04"), Who("", "1979-03-04")},
      {Who("").mother("", number), Who("").mother("", number)},
      {Who("").household("H-1"), Who("").household("H-1")},
      {Who("").paper("chart:0"), Who("").paper("chart:0")},
      {Who("").broken("12345678901234567"), Who("").broken("12345678901234567")},
      {Who("王国栋", "1979-03-04"), Who("王国栋", "1979-03-04")},
  };
  for (const auto& row : rows)
    EXPECT_NE(compare(row[0], row[1], shipped()).verdict, Verdict::same)
        << text(compare(row[0], row[1], shipped()));
}

TEST(LinkageCompare, BirthsByLevel) {
  struct Row {
    const char *a, *b;
    Word word;
  };
  using enum Word;
  const Row rows[] = {
      {"1979-03-04", "1979-03-04", born_same},    {"1950-01-01", "1950-01-01", born_placeholder},
      {"1950-01-01", "1950-08-17", born_year},    {"1979-03", "1979-03-04", born_month},
      {"1979", "1979-03-04", born_year},          {"1979-03-04", "1979-03-05", born_near},
      {"1979-03-04", "1979-04-03", born_swapped}, {"1979-03-04", "1979-03-14", born_digit},
      {"2019-03-04", "2020-03-04", born_digit},   {"1979-03-04", "1997-03-04", born_digit},
      {"1979-03-14", "1979-04-11", born_lunar},   {"1979-03-04", "1985-11-27", born_different},
      {"1979", "1980-03-04", born_different},     {"1979-12-31", "1980-01-01", born_near},
  };
  for (const auto& row : rows) {
    const auto found = compare(Who("", row.a), Who("", row.b), shipped());
    EXPECT_TRUE(found.has(row.word)) << row.a << " " << row.b << ": " << text(found);
  }
}

TEST(LinkageCompare, OfSeveralValuesTheBestAgreementCounts) {
  auto renamed = Who("王国栋", "1979-03-04");
  renamed.names.emplace_back("陈浩然");
  const auto found = compare(renamed, Who("陈浩然", "1979-03-04"), shipped());
  EXPECT_TRUE(found.has(Word::name_same)) << text(found);
}

TEST(LinkageCompare, AChildsNumberThatIsTheMothersIsNoVeto) {
  const auto mothers = number_of("19850618", 22), own = number_of("20180521", 17);
  const auto child = Who("王子轩", "2018-05-21").number(mothers).mother("李静", mothers);
  const auto found =
      compare(child, Who("王子轩", "2018-05-21").number(own).mother("李静", mothers), shipped());
  EXPECT_FALSE(found.has(Word::number_different)) << text(found);
  EXPECT_EQ(found.verdict, Verdict::same) << text(found);
}

}  // namespace
}  // namespace kinhub::linkage::test
