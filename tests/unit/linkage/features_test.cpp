// From the record to what is compared.
#include "hub/linkage/features.hpp"

#include "hub/linkage/compare.hpp"
#include "tests/unit/linkage/linkage_test.hpp"
#include "tests/unit/record/record.hpp"

namespace kinhub::linkage::test {
namespace {

using namespace kinhub::test;  // NOLINT
using linkage::test::shipped;

Features of(Record& record, std::string_view identifier) {
  const auto person = record.person(identifier);
  return features_of(record.dossier(person), record.portrait(person), known_now);
}

TEST(LinkageFeatures, OfANewbornTwiceRegistered) {
  Record record;
  record.add(birth("police", "B1")
                 .of("n:322228202611150374 p:P-1", "何小宝")
                 .sex(Sex::male)
                 .as(Role::mother, mother_he, "何试女")
                 .on("2026-11-15"));
  record.add(birth("hospital", "B2")
                 .of("c:YY1/7", "何小宝")
                 .sex(Sex::male)
                 .as(Role::mother, mother_he, "何试女")
                 .on("2026-11-15"));
  const auto registered = of(record, "p:P-1"), newborn = of(record, "c:YY1/7");
  EXPECT_EQ(registered.numbers, (std::vector<std::string>{"322228202611150374"}));
  EXPECT_EQ(registered.police_ids, (std::vector<std::string>{"P-1"}));
  EXPECT_EQ(newborn.papers, (std::vector<std::string>{"chart:YY1/7"}));
  ASSERT_EQ(newborn.mothers.size(), 1U);
  EXPECT_EQ("n:" + newborn.mothers[0].number, mother_he);
  EXPECT_EQ(compare(registered, newborn, shipped()).verdict, Verdict::same)
      << text(compare(registered, newborn, shipped()));

  const auto mother = of(record, mother_he);
  EXPECT_EQ(mother.alive_on, Date::parse("2026-11-15")) << "who bears a child lives";
  EXPECT_TRUE(compare(mother, newborn, shipped()).has(Word::parent_and_child));
}

TEST(LinkageFeatures, OfACouple) {
  Record record;
  record.add(marriage("civil", "M1")
                 .as(Role::husband, father_qin, "秦试男")
                 .born("1973-09-05")
                 .as(Role::wife, mother_su, "苏试女")
                 .born("1975-03-12")
                 .on("1998-05-01"));
  const auto husband = of(record, father_qin);
  ASSERT_EQ(husband.spouses.size(), 1U);
  EXPECT_EQ(husband.spouses[0].name, Name("苏试女"));
  EXPECT_EQ(husband.alive_on, Date::parse("1998-05-01"));
  EXPECT_TRUE(compare(husband, of(record, mother_su), shipped()).has(Word::spouses));
}

TEST(LinkageFeatures, OfSomebodySeenAlive) {
  Record record;
  record.add(alive("care-desk", "A1").of(wang, "王试子").on("2026-03-01"));
  EXPECT_EQ(of(record, wang).alive_on, Date::parse("2026-03-01"));
}

TEST(LinkageFeatures, WhatWasTakenBackIsNoFeature) {
  Record record;
  record.add(birth("hospital", "B2").of("c:YY1/7", "何小宝").as(Role::mother, mother_he).on("2026-11-15"));
  record.add(insurance("insurance", "I1").of("c:YY1/7", "何大宝"));
  record.add(insurance("insurance", "I1").of("c:YY1/7", "何大宝").version("2").taken_back());
  EXPECT_EQ(of(record, "c:YY1/7").names, (std::vector<Name>{Name("何小宝")}));
}

TEST(LinkageFeatures, AsKnownThen) {
  Record record;
  record.add(birth("hospital", "B2").of("c:YY1/7", "何小宝").on("2026-11-15").known_since(10));
  record.add(insurance("insurance", "I1").of("c:YY1/7", "何大宝").known_since(20));
  const auto& dossier = record.dossiers().front();
  EXPECT_EQ(features_of(dossier, portray(dossier, 15), 15).names.size(), 1U);
  EXPECT_EQ(features_of(dossier, portray(dossier, 25), 25).names.size(), 2U);
}

}  // namespace
}  // namespace kinhub::linkage::test
