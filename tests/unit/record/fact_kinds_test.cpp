// The closed list of fact kinds: names both ways, and which people and fields each kind has.
#include <gtest/gtest.h>

#include <set>

#include "hub/record/fact.hpp"

namespace kinhub::test {
namespace {

constexpr int kinds = static_cast<int>(FactKind::adoption_voided) + 1;

TEST(FactKinds, EveryNameLeadsBackToItsKind) {
  std::set<std::string_view> names;
  for (int i = 0; i < kinds; ++i) {
    const auto kind = static_cast<FactKind>(i);
    EXPECT_EQ(fact_kind(name_of(kind)), kind) << name_of(kind);
    EXPECT_TRUE(names.insert(name_of(kind)).second) << name_of(kind);
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
      {EvidenceClass::insurance, "insurance"}};
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
                      {FactKind::household, "person", "household_number"}};
  EXPECT_EQ(std::size(rows), static_cast<std::size_t>(kinds)) << "a new kind has its row here";
  for (const auto& [kind, roles, required] : rows) {
    EXPECT_EQ(roles_of(kind), roles) << name_of(kind);
    EXPECT_EQ(required_of(kind), required) << name_of(kind);
  }
}

TEST(FactKinds, NoKindHasAFieldTwice) {
  for (int i = 0; i < kinds; ++i) {
    std::set<std::string_view> fields;
    for (const auto& rule : fields_of(static_cast<FactKind>(i)))
      EXPECT_TRUE(fields.insert(rule.field).second) << name_of(static_cast<FactKind>(i)) << " " << rule.field;
  }
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
