// The closed list of fact kinds: names both ways, and which people and fields each kind has.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "hub/record/fact.hpp"

namespace kinhub::test {
namespace {

TEST(FactKinds, EveryNameLeadsBackToItsKind) {
  std::set<std::string_view> names;
  for (const auto& kind : fact_kinds()) {
    EXPECT_EQ(fact_kind(kind.name), kind.kind) << kind.name;
    EXPECT_EQ(name_of(kind.kind), kind.name);
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
  }
  for (const char* unknown : {"", "deaths", "Death", "death "})
    EXPECT_EQ(fact_kind(unknown), std::nullopt) << unknown;
}

TEST(FactKinds, EveryEvidenceClassIsNamedAndInOrderOfWeight) {
  const std::pair<EvidenceClass, const char*> rows[] = {
      {EvidenceClass::police_registration, "police_registration"},
      {EvidenceClass::certificate, "certificate"},
      {EvidenceClass::hospital, "hospital"},
      {EvidenceClass::cremation, "cremation"},
      {EvidenceClass::insurance, "insurance"},
      {EvidenceClass::care_desk, "care_desk"}};
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    EXPECT_EQ(name_of(rows[i].first), rows[i].second);
    EXPECT_EQ(evidence_class(rows[i].second), rows[i].first);
    if (i == 0) continue;
    EXPECT_LT(rows[i - 1].first, rows[i].first) << "a smaller value outweighs a larger one";
  }
  EXPECT_EQ(evidence_class("rumour"), std::nullopt);
}

TEST(FactKinds, OperationsRolesAndIdentifiersAreNamedAsMappingFilesWriteThem) {
  EXPECT_EQ(name_of(Op::assert_), "assert");
  EXPECT_EQ(name_of(Op::retract), "retract");
  EXPECT_EQ(name_of(Role::person), "person");
  EXPECT_EQ(name_of(Role::wife), "wife");
  EXPECT_EQ(name_of(IdentifierKind::citizen_number), "citizen_number");
  EXPECT_EQ(name_of(IdentifierKind::chart), "chart");
}

std::string required_of(FactKind kind) {
  std::string text;
  for (const auto& rule : fields_of(kind))
    if (rule.required) text += (text.empty() ? "" : " ") + std::string(rule.field);
  return text;
}
std::string roles_of(FactKind kind) {
  std::string text;
  for (const auto& rule : fields_of(kind))
    if (auto dot = rule.field.find(".citizen_number"); dot != std::string_view::npos)
      text += (text.empty() ? "" : " ") + std::string(rule.field.substr(0, dot));
  return text;
}

TEST(FactKinds, WhomAKindNamesAndWhatItCannotBeWithout) {
  struct Row {
    FactKind kind;
    const char *roles, *required;
  };
  const Row rows[] = {{FactKind::birth, "person mother father", "on"},
                      {FactKind::death, "person", "on"},
                      {FactKind::parentage, "person mother father", ""},
                      {FactKind::adoption, "person mother father", "on"},
                      {FactKind::adoption_dissolved, "person mother father", "on"},
                      {FactKind::adoption_voided, "person mother father", "on"},
                      {FactKind::marriage, "husband wife", "on"},
                      {FactKind::divorce, "husband wife", "on"},
                      {FactKind::marriage_annulled, "husband wife", "on"},
                      {FactKind::disability, "person", "on grade"},
                      {FactKind::residence, "person", "on"},
                      {FactKind::identity, "person", ""},
                      {FactKind::insurance, "person", "status"},
                      {FactKind::household, "person", "household_number"},
                      {FactKind::name, "person", "person.name"},
                      {FactKind::address, "person", ""},
                      {FactKind::support, "person", "what"},
                      {FactKind::alive, "person", "on"},
                      {FactKind::pregnancy, "mother", "on"},
                      {FactKind::register_entry, "person mother father", "archive_no status"}};
  for (const auto& [kind, roles, required] : rows) {
    EXPECT_EQ(roles_of(kind), roles) << name_of(kind);
    EXPECT_EQ(required_of(kind), required) << name_of(kind);
  }
}

TEST(FactKinds, NoKindHasAFieldTwice) {
  for (const auto& kind : fact_kinds()) {
    std::set<std::string_view> fields;
    for (const auto& rule : fields_of(kind.kind))
      EXPECT_TRUE(fields.insert(rule.field).second) << kind.name << " " << rule.field;
  }
}

TEST(FactKinds, APartIsAFieldOfItsStateAndEveryStateHasADayFromWhichItHolds) {
  const auto has = [](const KindTraits& kind, FactField field) {
    return std::any_of(std::begin(kind.fields), std::end(kind.fields), [&](const FieldUse& use) {
      return use.field == field && use.need != FieldUse::Need::absent;
    });
  };
  for (const auto& kind : fact_kinds()) {
    EXPECT_TRUE(has(kind, FactField::on)) << kind.name;
    if (!kind.part) continue;
    EXPECT_EQ(kind.form, KindForm::state) << kind.name;
    EXPECT_TRUE(has(kind, *kind.part)) << kind.name;
  }
}

TEST(FactKinds, OfAnOccurrenceTheDayIsKnown) {
  for (const auto& kind : fact_kinds()) {
    if (kind.form != KindForm::occurrence) continue;
    EXPECT_NE((" " + required_of(kind.kind) + " ").find(" on "), std::string::npos) << kind.name;
  }
}

TEST(FactFields, EveryNameLeadsBackToItsFieldAndNoneIsThatOfAnother) {
  std::set<std::string_view> names;
  for (const auto& field : fact_fields()) {
    EXPECT_EQ(fact_field(field.name), field.field) << field.name;
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
  }
  EXPECT_EQ(fact_field("colour"), std::nullopt);
}

TEST(FactFields, EveryFieldIsOfSomeKind) {
  std::set<std::string_view> used = {"registered", "certificate"};
  for (const auto& kind : fact_kinds())
    for (const auto& rule : fields_of(kind.kind))
      used.insert(rule.field);
  for (const auto& field : fact_fields())
    EXPECT_TRUE(used.count(field.name)) << field.name;
}

TEST(FactFields, AnAttributeIsKeptOnceAndInOrder) {
  Fact fact;
  set(fact, FactField::phone, std::string("13800000000"));
  set(fact, FactField::fen, std::int64_t{59'000});
  set(fact, FactField::phone, std::string("13800000001"));
  set(fact, FactField::expected_on, *PartialDate::parse("2026-08"));
  ASSERT_EQ(fact.attributes.size(), 3u);
  EXPECT_EQ(text_of(fact, FactField::phone), "13800000001");
  EXPECT_EQ(text_of(fact, FactField::fen), "59000");
  EXPECT_EQ(text_of(fact, FactField::expected_on), "2026-08");
  EXPECT_EQ(text_of(fact, FactField::address), std::nullopt);
  EXPECT_EQ(text_of(fact, FactField::region), std::nullopt);
  EXPECT_TRUE(std::is_sorted(fact.attributes.begin(), fact.attributes.end(),
                             [](const auto& a, const auto& b) { return a.field < b.field; }));
}

TEST(FactKinds, AStatusHasAClosedListOfWords) {
  const auto words_of = [](FactKind kind) -> std::string_view {
    for (const auto& rule : fields_of(kind))
      if (rule.field == "status") return rule.words;
    return "no status";
  };
  EXPECT_EQ(words_of(FactKind::insurance), "enrolled|paused|ended");
  EXPECT_EQ(words_of(FactKind::disability), "earlier");
  EXPECT_EQ(words_of(FactKind::death), "no status");
}

}  // namespace
}  // namespace kinhub::test
