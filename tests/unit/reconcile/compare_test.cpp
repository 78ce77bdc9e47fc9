// One record of a snapshot against one history, as a table.
#include "hub/reconcile/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/store/record_fixture.hpp"

namespace kinhub::reconcile {
namespace {

using test::mention;
using test::say;
using What = FactDifference::What;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

const Watermark june = Watermark::at(1'780'243'200'000'000);  // 2026-06-01 00:00 in Shanghai

Statement told(const char* version, const char* on, Op op = Op::assert_) {
  return say("police", FactKind::death, "J1", version, on,
             {mention(Role::person, {"n:322228200005210171"}, "王试子")}, op);
}
History held(std::vector<Statement> statements) {
  History history;
  for (auto& one : statements) {
    one.received_at_us = 1;
    history.add(one);
  }
  return history;
}
/// "-": both say the same.
std::string found(const std::vector<Statement>& here, const Statement& there) {
  const auto history = held(here);
  const auto difference = compare_fact(here.empty() ? nullptr : &history, there, june);
  return difference ? std::string(name_of(difference->what)) : "-";
}

TEST(CompareFact, ByVersionOperationAndContent) {
  const auto a = "20260101000000", b = "20260301000000", after = "20260701000000";
  EXPECT_EQ(found({}, told(a, "2025-12-30")), "not here");
  EXPECT_EQ(found({}, told(a, "", Op::deny)), "-") << "there is nothing to deny";
  EXPECT_EQ(found({}, told(a, "2025-12-30", Op::retract)), "-");
  EXPECT_EQ(found({told(a, "2025-12-30")}, told(a, "2025-12-30")), "-");
  EXPECT_EQ(found({told(a, "2025-12-30")}, told(b, "2025-12-31")), "differs");
  EXPECT_EQ(found({told(a, "2025-12-30")}, told(a, "2025-12-31")), "differs")
      << "of one version, other words";
  EXPECT_EQ(found({told(a, "2025-12-30")}, told(b, "", Op::deny)), "differs");
  EXPECT_EQ(found({told(a, "", Op::deny)}, told(b, "2025-12-30")), "not here");
  EXPECT_EQ(found({told(a, "2025-12-30", Op::retract)}, told(b, "2025-12-30")), "not here");
  EXPECT_EQ(found({told(b, "2025-12-31")}, told(a, "2025-12-30")), "older there");
  EXPECT_EQ(found({told(b, "2025-12-31")}, told(a, "2025-12-31")), "-")
      << "the same words, of a version before";
  EXPECT_EQ(found({told(a, "2025-12-30"), told(after, "2025-12-31")}, told(a, "2025-12-30")), "late");
  EXPECT_EQ(found({told(a, "2025-12-30"), told(after, "", Op::retract)}, told(b, "2025-12-30")), "late");
}

TEST(CompareFact, AbsencesThatSayNothingAreNoDifference) {
  EXPECT_EQ(found({told("20260101", "2025-12-30", Op::retract)}, told("20260301", "", Op::untold)), "-");
  EXPECT_EQ(found({told("20260101", "2025-12-30")}, told("20260301", "", Op::untold)), "differs");
}

TEST(CompareFact, WhereAVersionIsCoarserTheDayDecides) {
  EXPECT_EQ(found({told("20260301", "2025-12-31")}, told("20260301120000", "2025-12-30")), "differs");
  EXPECT_EQ(found({told("20260301120000", "2025-12-31")}, told("20260228", "2025-12-30")), "older there");
}

TEST(CompareFact, WithoutVersionsTheArrivalDecidesWhatIsLate) {
  auto history = held({told("", "2025-12-30")});
  EXPECT_EQ(compare_fact(&history, told("", "2025-12-31"), june)->what, What::differs);
  auto late = told("", "2025-12-30");
  late.received_at_us = june.at_us + 1;
  History after;
  after.add(late);
  EXPECT_EQ(compare_fact(&after, told("", "2025-12-31"), june)->what, What::late);
}

TEST(CompareFact, TellsTheFieldsWithBothSides) {
  const auto history = held({told("20260101", "2025-12-30")});
  auto there = say("police", FactKind::death, "J1", "20260301", "2025-12-31",
                   {mention(Role::person, {"n:322228200005210171", "p:55"}, "王试子")});
  const auto difference = compare_fact(&history, there, june);
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->version_ours, "20260101");
  EXPECT_EQ(difference->version_theirs, "20260301");
  EXPECT_THAT(difference->fields,
              ElementsAre(FieldDifference{"on", "2025-12-30", "2025-12-31", Privacy::plain},
                          FieldDifference{"person.police_id", "", "55", Privacy::number}));
}

TEST(ClassOf, ByItsFacts) {
  const auto of = [](std::initializer_list<What> whats, bool held_any) {
    std::vector<FactDifference> differences;
    for (auto what : whats)
      differences.push_back({what, {}, "", "", "", {}});
    return std::string(name_of(class_of(differences, held_any))) +
           (can_be_mended(differences) ? " mendable" : "");
  };
  EXPECT_EQ(of({}, true), "equal");
  EXPECT_EQ(of({What::not_here}, false), "missing mendable");
  EXPECT_EQ(of({What::not_here}, true), "changed mendable");
  EXPECT_EQ(of({What::differs, What::older}, true), "changed mendable");
  EXPECT_EQ(of({What::older}, true), "changed");
  EXPECT_EQ(of({What::differs, What::late}, true), "late mendable");
}

TEST(Watermark, IsWrittenAsVersionsAre) {
  EXPECT_EQ(june.version, "20260601000000");
  EXPECT_EQ(Watermark::at(std::nullopt).version, "");
}

}  // namespace
}  // namespace kinhub::reconcile
