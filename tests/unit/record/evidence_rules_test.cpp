// Evidence rules as values: what another order, other proofs and other days change, and what none of them
// can.
#include "hub/record/evidence_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "hub/record/field_origin.hpp"
#include "hub/record/standing.hpp"
#include "tests/unit/record/record.hpp"

namespace kinhub::test {
namespace {

using enum EvidenceClass;
using Classes = std::array<EvidenceClass, evidence_class_count>;

constexpr Classes usual{police_registration, certificate, hospital, cremation, insurance, care_desk},
    hospital_first{hospital, police_registration, certificate, cremation, insurance, care_desk},
    insurer_first{insurance, cremation, hospital, certificate, police_registration, care_desk};

EvidenceRules all_by(const Classes& order) {
  EvidenceRules rules;
  for (auto& rule : rules.person)
    rule.order = EvidenceOrder(order);
  for (auto& rule : rules.kinds)
    rule.order = EvidenceOrder(order);
  return rules;
}

std::string death_of(const std::vector<Statement>& said, const EvidenceRules& rules) {
  Record record(said);
  record.settle_by(rules);
  const auto& death = record.portrait(wang).death;
  return !death ? "none" : death->on.text() + (death->disputed ? ": " + death->dispute : "");
}

TEST(EvidenceRules, TheDefaultOrderIsThatOfTheEnumeration) {
  EXPECT_EQ(EvidenceOrder(), EvidenceOrder(usual));
  EXPECT_TRUE(EvidenceOrder().outweighs(police_registration, certificate));
  EXPECT_FALSE(EvidenceOrder().outweighs(insurance, insurance));
  EXPECT_TRUE(EvidenceOrder(hospital_first).outweighs(hospital, police_registration));
}

TEST(EvidenceRules, AnotherOrderChangesWhoWins) {
  const std::vector<Statement> deaths{death("police", "J1").of(wang).on("2026-11-18"),
                                      death("hospital", "Z1").of(wang).on("2026-11-17"),
                                      death("insurer", "I1").of(wang).on("2026-11-20")};
  const std::vector<Statement> names{identity("police", "1").of(wang, "王试子"),
                                     identity("hospital", "2").of(wang, "王试于"),
                                     identity("insurer", "3").of(wang, "王试千")};
  const auto lives = [](std::string source, std::string where) -> Statement {
    return said_of(FactKind::address, std::move(source), "A")
        .of(wang)
        .on("2020-01-01")
        .with(FactField::address, std::move(where));
  };
  const std::vector<Statement> addresses{lives("police", "one"), lives("hospital", "two"),
                                         lives("insurer", "three")};
  struct Row {
    const char* what;
    Classes order;
    const char *died, *name, *address;
  };
  for (const auto& row : {Row{"as shipped", usual, "2026-11-18", "王试子", "one"},
                          Row{"a hospital first", hospital_first, "2026-11-17", "王试于", "two"},
                          Row{"an insurer first", insurer_first, "2026-11-20", "王试千", "three"}}) {
    const auto rules = all_by(row.order);
    EXPECT_EQ(death_of(deaths, rules), row.died) << row.what;
    EXPECT_EQ(death_of({deaths.rbegin(), deaths.rend()}, rules), row.died) << row.what << ", backwards";
    Record record(names);
    record.settle_by(rules);
    EXPECT_EQ(record.portrait(wang).name, row.name) << row.what;
    Record living(addresses);
    const auto stands = standing_of(FactKind::address, living.dossier(living.person(wang)), known_now, rules);
    ASSERT_EQ(stands.size(), 1U) << row.what;
    EXPECT_EQ(text_of(stands[0].said->fact, FactField::address), row.address) << row.what;
  }
}

TEST(EvidenceRules, AnOrderIsOfItsKindAlone) {
  EvidenceRules rules;
  rules.of(FactKind::death).order = EvidenceOrder(insurer_first);
  Record record({identity("police", "1").of(wang, "王试子"), identity("insurer", "3").of(wang, "王试千"),
                 death("police", "J1").of(wang).on("2026-11-18"),
                 death("insurer", "I1").of(wang).on("2026-11-20")});
  record.settle_by(rules);
  EXPECT_EQ(record.portrait(wang).name, "王试子");
  EXPECT_EQ(record.portrait(wang).death->on.text(), "2026-11-20");
}

TEST(EvidenceRules, DaysBeforeADispute) {
  const std::vector<Statement> apart{death("police", "J1").of(wang).on("2026-11-01"),
                                     death("insurer", "I1").of(wang).on("2026-11-08")};
  const std::vector<Statement> seen{death("insurer", "I1").of(wang).on("2026-11-18"),
                                    alive("hospital", "V1").of(wang).on("2026-11-21")};
  struct Row {
    int dispute_days, seen_alive_days;
    const char *apart, *seen;
  };
  for (const auto& row :
       {Row{7, 3, "2026-11-01", "2026-11-18"},
        Row{6, 2, "2026-11-01: dates of death far apart", "2026-11-18: seen_alive_after"},
        Row{0, 0, "2026-11-01: dates of death far apart", "2026-11-18: seen_alive_after"}}) {
    EvidenceRules rules;
    rules.date_dispute_days = row.dispute_days, rules.seen_alive_days = row.seen_alive_days;
    EXPECT_EQ(death_of(apart, rules), row.apart) << row.dispute_days;
    EXPECT_EQ(death_of(seen, rules), row.seen) << row.seen_alive_days;
  }
}

TEST(EvidenceRules, ARetractionTakesBackNoWordOfAWeightierClassByTheOrderOfTheSite) {
  // A hospital tells a certificate and, under another key, cancels what was told before.
  const auto told = [] {
    return death("hospital", "C1").of(wang).on("2026-11-18").weight(certificate).version("1");
  };
  const auto cancelled = [] {
    return death("hospital", "Z9").of(wang).on("2026-11-18").version("2").taken_back();
  };
  EXPECT_EQ(death_of({told(), cancelled()}, {}), "2026-11-18");
  EXPECT_EQ(death_of({told(), cancelled()}, all_by(hospital_first)),
            "2026-11-18: death taken back under another key");
}

TEST(EvidenceRules, WhatIsNoProofAloneIsPossible) {
  constexpr std::string_view husband = father_qin;
  EvidenceRules strict;
  for (auto kind : {FactKind::birth, FactKind::parentage, FactKind::marriage})
    strict.of(kind).proof = {police_registration, certificate};
  Record record({birth("hospital", "B1").of(wang).on("2000-05-21").mother(mother_su),
                 marriage("insurer", "M1").couple(husband, mother_su).on("1999-01-01")});
  EXPECT_EQ(children_of(record.person(mother_su), record)[0].dispute, "");
  EXPECT_EQ(marriages_of(record.person(mother_su), record)[0].certainty, Certainty::sure);
  record.settle_by(strict);
  EXPECT_EQ(children_of(record.person(mother_su), record)[0].dispute,
            "a parent told by a word that is no proof alone");
  EXPECT_EQ(marriages_of(record.person(mother_su), record)[0].certainty, Certainty::possible);
  record.add(parentage("police", "P1").of(wang).mother(mother_su));
  EXPECT_EQ(children_of(record.person(mother_su), record)[0].dispute, "") << "the police tell it, too";
}

TEST(EvidenceRules, AResidenceThatIsNoProofMovesNobody) {
  EvidenceRules strict;
  strict.of(FactKind::residence).proof = {police_registration};
  const auto elsewhere = residence("insurer", "R2").of(wang).on("2024-01-01").region("370306");
  Record alone({elsewhere});
  alone.settle_by(strict);
  EXPECT_EQ(alone.portrait(wang).residence.size(), 1U) << "it is shown";
  EXPECT_TRUE(kin_of(alone.person(wang), alone, {}).situation.residences.empty()) << "and moves no right";
  Record beside({residence("police", "R1").of(wang).on("2000-05-21").region("320812"), elsewhere});
  EXPECT_EQ(beside.portrait(wang).residence.back().region, "370306") << "as shipped the later move counts";
  beside.settle_by(strict);
  ASSERT_EQ(beside.portrait(wang).residence.size(), 1U);
  EXPECT_EQ(beside.portrait(wang).residence[0].region, "320812");
  EXPECT_EQ(beside.portrait(wang).residence[0].when.until, Date::forever())
      << "one lighter word ends no residence, and no money";
  const auto origin = origin_of(PersonField::residence, beside.dossier(beside.person(wang)),
                                beside.portrait(wang), known_now, strict);
  ASSERT_EQ(origin.lost.size(), 1U);
  EXPECT_EQ(origin.lost[0].lost, "another word is proof, and this one is none alone");
}

TEST(EvidenceRules, TheLineOfARuleIsToldWhereItDecided) {
  EvidenceRules rules;
  rules.of(PersonWord::name).line = 21, rules.of(FactKind::death).line = 30;
  rules.of(FactKind::address).line = 44;
  Record record({identity("police", "1").of(wang, "王试子"), identity("police", "2").of(wang, "王试字"),
                 identity("insurer", "3").of(wang, "王试千"), death("police", "J1").of(wang).on("2026-11-18"),
                 death("insurer", "I1").of(wang).on("2026-11-20"),
                 said_of(FactKind::address, "police", "A").of(wang).with(FactField::address, "one"),
                 said_of(FactKind::address, "insurer", "A").of(wang).with(FactField::address, "two")});
  record.settle_by(rules);
  const auto& dossier = record.dossier(record.person(wang));
  const auto lines = [&](const AskedField& field) {
    const auto origin = origin_of(field, dossier, record.portrait(wang), known_now, rules);
    std::string text;
    for (const auto& one : origin.settled)
      text += "=" + std::to_string(one.rule_line) + " ";
    for (const auto& one : origin.lost)
      text += std::to_string(one.rule_line) + " ";
    return text;
  };
  EXPECT_EQ(lines(PersonField::name), "=0 21 0 ")
      << "the insurer by weight, the police's earlier word by its version";
  EXPECT_EQ(lines(PersonField::died), "=30 ");
  EXPECT_EQ(lines(FactKind::address), "=0 44 ");
}

TEST(EvidenceRules, NoOrderOfTheAgenciesChangesWhatIsFixed) {
  const auto desk = [](Said said) { return said.weight(care_desk); };
  Classes order = usual;
  int orders = 0;
  do {
    ++orders;
    const auto rules = all_by(order);
    const std::string what = std::string(name_of(order[0])) + ", " + std::string(name_of(order[1])) + "...";

    // A death is settled to the earliest day of the weightiest class; each word stays listed.
    Record told({death("police", "J1").of(wang).on("2026-11-18"),
                 death("hospital", "Z1").of(wang).on("2026-11-17"),
                 death("insurer", "I1").of(wang).on("2026-11-20"),
                 desk(death("care-desk", "e1").of(wang).on("2026-11-16"))});
    told.settle_by(rules);
    const auto& death_told = *told.portrait(wang).death;
    const auto first = *std::find_if(order.begin(), order.end(), [](EvidenceClass one) {
      return one == police_registration || one == hospital || one == insurance;
    });
    EXPECT_EQ(death_told.on.text(), first == police_registration ? "2026-11-18"
                                    : first == hospital          ? "2026-11-17"
                                                                 : "2026-11-20")
        << what;
    EXPECT_EQ(death_told.evidence.size(), 4U) << what;

    // A case worker's word wins over none.
    Record named(
        {identity("insurer", "1").of(wang, "王试子"), desk(identity("care-desk", "e2").of(wang, "王试千"))});
    named.settle_by(rules);
    EXPECT_EQ(named.portrait(wang).name, "王试子") << what;

    // And moves no right alone.
    Record moved({desk(residence("care-desk", "e3").of(mother_su).on("2020-01-01").region("320812")),
                  birth("police", "B1").of(wang).on("2000-05-21").mother(mother_su),
                  desk(death("care-desk", "e4").of(wang).on("2026-11-16")),
                  desk(marriage("care-desk", "e5").couple(father_qin, mother_su).on("1999-01-01"))});
    moved.settle_by(rules);
    const auto kin = kin_of(moved.person(mother_su), moved, {});
    EXPECT_TRUE(kin.situation.residences.empty()) << what;
    ASSERT_EQ(kin.situation.marriages.size(), 1U) << what;
    EXPECT_EQ(kin.situation.marriages[0].certainty, Certainty::possible) << what;
    const auto child =
        std::find(kin.people.begin(), kin.people.end(), moved.person(wang)) - kin.people.begin();
    EXPECT_EQ(kin.situation.people[static_cast<std::size_t>(child)].died->sources, 0) << what;
  } while (std::next_permutation(order.begin(), order.end() - 1));
  EXPECT_EQ(orders, 120);
}

}  // namespace
}  // namespace kinhub::test
