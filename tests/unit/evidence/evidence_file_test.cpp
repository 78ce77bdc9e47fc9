// Evidence rules as a file: what the shipped one says, and what a wrong one is told.
#include "hub/evidence/evidence_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace kinhub::test {
namespace {

constexpr auto shipped_file = "mappings/evidence/evidence.yaml";

std::string shipped_text() {
  std::ifstream in(shipped_file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The shipped file with one replacement; it must be there.
std::string with(const std::string& from, const std::string& to) {
  auto text = shipped_text();
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(EvidenceFile, TheShippedOneSaysWhatIsBuiltIn) {
  const auto read = read_evidence(shipped_file);
  if (const auto* errors = std::get_if<std::vector<Error>>(&read)) FAIL() << describe(errors->front());
  const auto& file = std::get<EvidenceFile>(read);
  EXPECT_TRUE(same_rules(file.rules, EvidenceRules{}));
  EXPECT_GE(file.tests.size(), 15U);
  EXPECT_EQ(file.digest.size(), 64U);
}

TEST(EvidenceFile, EveryRuleKnowsItsLine) {
  const auto read = read_evidence(shipped_file);
  const auto& rules = std::get<EvidenceFile>(read).rules;
  const auto text = shipped_text();
  const auto line_at = [&](std::uint32_t line) {
    std::size_t at = 0;
    for (std::uint32_t i = 1; i < line; ++i)
      at = text.find('\n', at) + 1;
    return text.substr(at, text.find('\n', at) - at);
  };
  for (const auto& kind : fact_kinds()) {
    if (!evidence_use(kind.kind).any()) continue;
    const auto line = line_at(rules.of(kind.kind).line);
    EXPECT_EQ(line.find("  " + std::string(kind.name) + ": {"), 0U) << line;
  }
  EXPECT_NE(line_at(rules.of(PersonWord::sex).line).find("  sex:"), std::string::npos);
}

TEST(EvidenceFile, AChangedFileChangesTheRules) {
  auto text = with("  death: {order: usual, dispute_days: 30, seen_alive_days: 0}",
                   "  death: {order: [hospital, police_registration, certificate, cremation, insurance, "
                   "care_desk], dispute_days: 10, seen_alive_days: 3}");
  text.resize(text.find("\ntests:") + 1);
  const auto read = parse_evidence("e.yaml", text);
  if (const auto* errors = std::get_if<std::vector<Error>>(&read)) FAIL() << describe(errors->front());
  const auto& rules = std::get<EvidenceFile>(read).rules;
  EXPECT_TRUE(rules.of(FactKind::death).order.outweighs(EvidenceClass::hospital, EvidenceClass::certificate));
  EXPECT_FALSE(
      rules.of(FactKind::birth).order.outweighs(EvidenceClass::hospital, EvidenceClass::certificate));
  EXPECT_EQ(rules.date_dispute_days, 10);
  EXPECT_EQ(rules.seen_alive_days, 3);
  EXPECT_FALSE(same_rules(rules, EvidenceRules{}));
}

TEST(EvidenceFile, WhatAnOlderProgramAdoptedIsReadWithoutTheKindsThatWereAddedSince) {
  const auto older = with("  register_entry: {order: usual}\n", "");
  EXPECT_TRUE(std::holds_alternative<std::vector<Error>>(parse_evidence("e.yaml", older)));
  const auto read = parse_adopted_evidence("e.yaml", older);
  ASSERT_TRUE(std::holds_alternative<EvidenceFile>(read));
  EXPECT_TRUE(same_rules(std::get<EvidenceFile>(read).rules, EvidenceRules{}));
  EXPECT_TRUE(std::holds_alternative<std::vector<Error>>(
      parse_adopted_evidence("e.yaml", with("  usual: [police_registration, ", "  usual: ["))));
}

TEST(EvidenceFile, AWrongOneIsToldWhereAndWhat) {
  constexpr auto usual =
      "  usual: [police_registration, certificate, hospital, cremation, insurance, care_desk]";
  struct Row {
    const char *from, *to;  ///< one replacement in the shipped file
    const char *code, *words;
  };
  const Row rows[] = {
      {"orders:\n", "ordres:\n", "EVIDENCE_KEY_UNKNOWN", "did you mean 'orders'?"},
      {"evidence: 1", "evidence: 2", "EVIDENCE_FORM", "of form 1"},
      {usual, "  usual: [police_registration, certificate, hospital, cremation, care_desk]", "EVIDENCE_ORDER",
       "what weight these have: insurance"},
      {usual,
       "  usual: [police_registration, certificate, hospital, hospital, cremation, insurance, care_desk]",
       "EVIDENCE_ORDER", "'hospital' stands twice"},
      {usual, "  usual: [police, certificate, hospital, cremation, insurance, care_desk]", "EVIDENCE_CLASS",
       "'police' is no class of evidence"},
      {usual, "  usual: [care_desk, police_registration, certificate, hospital, cremation, insurance]",
       "EVIDENCE_FIXED", "care_desk stands last in every order"},
      {usual, "  usual: police_registration", "EVIDENCE_SHAPE", "a list of classes of evidence"},
      {"cremation, insurance]\n\n# What any", "cremation, insurance, care_desk]\n\n# What any",
       "EVIDENCE_FIXED", "care_desk is no proof"},
      {"  agencies: [police_registration, certificate, hospital, cremation, insurance]", "  agencies: []",
       "EVIDENCE_PROOF", "without any proof"},
      {"  name: {order: usual}       # 姓名", "  name: {order: usaul}", "EVIDENCE_NAME",
       "did you mean 'usual'?"},
      {"  name: {order: usual}       # 姓名\n", "", "EVIDENCE_KEY_MISSING", "'name' is missing"},
      {"  marriage: {order: usual, proof: agencies}\n", "", "EVIDENCE_KEY_MISSING", "'marriage' is missing"},
      {"  marriage: {order: usual, proof: agencies}", "  mariage: {order: usual, proof: agencies}",
       "EVIDENCE_KEY_UNKNOWN", "did you mean 'marriage'?"},
      {"  marriage: {order: usual, proof: agencies}", "  marriage: {order: usual}", "EVIDENCE_KEY_MISSING",
       "'proof' is missing"},
      {"  address: {order: usual}\n", "  address: {order: usual}\n  address: {order: usual}\n",
       "EVIDENCE_KEY_TWICE", "'address' stands twice"},
      {"  address: {order: usual}\n", "  address: {order: usual, proof: agencies}\n", "EVIDENCE_KEY_UNKNOWN",
       "unknown key 'proof'"},
      {"  address: {order: usual}\n", "  address: {order: usual}\n  divorce: {order: usual}\n",
       "EVIDENCE_NO_RULE", "facts of kind 'divorce' have no rules here"},
      {"dispute_days: 30, seen", "dispute_days: 400, seen", "EVIDENCE_RANGE", "from 0 to 366"},
      {"dispute_days: 30, seen", "dispute_days: 2.5, seen", "EVIDENCE_NUMBER", "a whole number"},
      {"dispute_days: 30, seen", "dispute_days: -1, seen", "EVIDENCE_RANGE", "from 0 to 366"},
      {"seen_alive_days: 0}", "seen_alive_days: 60}", "EVIDENCE_RANGE", "from 0 to 31"},
      {"seen_alive_days: 0}", "seen_alive_days: 0, proof: agencies}", "EVIDENCE_NO_RULE", "by each policy"},
      {"    of: person.name", "    of: person.nmae", "EVIDENCE_SUBJECT", "did you mean 'person.name'?"},
      {"says: 2026-11-17}", "says: yesterday}", "EVIDENCE_DAY", "'yesterday' is no day"},
      {"    expect: 王试子", "    expect: 王试于", "EVIDENCE_TEST", "expected 王试于, found 王试子"},
      {"    disputed: yes\n", "", "EVIDENCE_TEST", "the death is disputed: dates of death far apart"},
      {"evidence: 1", "evidence: [1", "EVIDENCE_SYNTAX", ""},
  };
  for (const auto& row : rows) {
    const auto read = parse_evidence("e.yaml", with(row.from, row.to));
    const auto* errors = std::get_if<std::vector<Error>>(&read);
    if (!errors) {
      ADD_FAILURE() << row.to << " is taken";
      continue;
    }
    const auto found = std::find_if(errors->begin(), errors->end(), [&](const Error& error) {
      return error.code == row.code && error.text.find(row.words) != std::string::npos;
    });
    if (found == errors->end()) {
      ADD_FAILURE() << row.to << ": " << describe(errors->front());
      continue;
    }
    EXPECT_EQ(found->place.find("e.yaml:"), 0U) << found->place;
  }
}

TEST(EvidenceFile, WhatIsNoRulesAtAllIsToldSo) {
  for (const char* text : {"", "- a\n- b\n", "evidence: 1\n---\nevidence: 1\n", "just words"}) {
    const auto read = parse_evidence("e.yaml", text);
    ASSERT_TRUE(std::holds_alternative<std::vector<Error>>(read)) << text;
    EXPECT_EQ(std::get<std::vector<Error>>(read).front().code, "EVIDENCE_SYNTAX") << text;
  }
  const auto large = parse_evidence("e.yaml", std::string(1 << 20, '#'));
  EXPECT_EQ(std::get<std::vector<Error>>(large).front().code, "EVIDENCE_SIZE");
  const auto absent = read_evidence("no/such/evidence.yaml");
  EXPECT_EQ(std::get<std::vector<Error>>(absent).front().code, "EVIDENCE_FILE");
}

}  // namespace
}  // namespace kinhub::test
