// Linkage rules as a file: what the shipped one says, and what a wrong one is told.
#include "hub/linkage/rules.hpp"

#include <fstream>
#include <set>

#include "tests/unit/linkage/linkage_test.hpp"

namespace kinhub::linkage::test {
namespace {

constexpr auto shipped_file = "mappings/identity/linkage.yaml";

std::string shipped_text() {
  std::ifstream in(shipped_file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(LinkageRules, ShippedFilePassesItsOwnTests) {
  auto rules = load_linkage(shipped_file);
  ASSERT_TRUE(rules) << describe(rules.error());
  EXPECT_GE(rules->tests.size(), 25U);
  for (const auto& failed : run_linkage_tests(*rules))
    ADD_FAILURE() << describe(failed);
}

TEST(LinkageRules, AWrongFileIsToldWhereAndWhat) {
  struct Row {
    const char *from, *to;  ///< one replacement in the shipped file
    const char *code, *words;
  };
  const Row rows[] = {
      {"thresholds:\n", "treshholds:\n", "LINKAGE_KEY_UNKNOWN", "did you mean 'thresholds'?"},
      {"  same: 37", "  same: 25", "LINKAGE_THRESHOLDS", "must be more than 'doubtful'"},
      {"  same: 37", "  same: much", "LINKAGE_NUMBER", "here stands a number"},
      {"  same: 37", "  same: .nan", "LINKAGE_NUMBER", "here stands a number"},
      {"  name_same: 20", "  name_same: 400", "LINKAGE_RANGE", "out of range: from 0 to 40"},
      {"  name_different: -9", "  name_different: 9", "LINKAGE_RANGE", "from -40 to 0"},
      {"  born_year: 5", "  born_year: 10", "LINKAGE_ORDER",
       "'born_year' must not weigh more than 'born_month'"},
      {"  born_year: 5", "  born_jear: 5", "LINKAGE_KEY_UNKNOWN", "did you mean 'born_year'?"},
      {"  born_year: 5\n", "", "LINKAGE_KEY_MISSING", "'born_year' is missing"},
      {"  born_year: 5", "  born_month: 5", "LINKAGE_KEY_TWICE", "stands twice"},
      {"[name, born_same, parent_number]", "[name, born_same, parent_numbr]", "LINKAGE_WORD",
       "did you mean 'parent_number'?"},
      {"[name, born_same, parent_number]", "[name]", "LINKAGE_COMBINATION", "one thing alone joins nobody"},
      {"[name, born_same, parent_number]", "[name, twins]", "LINKAGE_WORD", "no word that speaks for a pair"},
      {"  block: 200", "  block: 200000", "LINKAGE_RANGE", "out of range"},
      {"  block: 200", "  block: 20.5", "LINKAGE_NUMBER", "whole number"},
      {"[01-01]", "[13-01]", "LINKAGE_DAY", "no day"},
      {"王: 0.0717", "王: 0.5", "LINKAGE_SHARES", "more than everybody"},
      {"linkage: 1\n", "linkage: 2\n", "LINKAGE_FORM", "form 1"},
      {"    expect: same\n", "    expect: sme\n", "LINKAGE_WORD", "same, doubtful or different"},
      {"because: [name_same,", "because: [name_sane,", "LINKAGE_WORD", "did you mean 'name_same'?"},
      {"weights:\n", "weights: [\n", "LINKAGE_SYNTAX", ""},
  };
  for (const auto& row : rows) {
    auto text = shipped_text();
    const auto at = text.find(row.from);
    ASSERT_NE(at, std::string::npos) << row.from;
    text.replace(at, std::string(row.from).size(), row.to);
    std::vector<Error> errors;
    parse_linkage("rules.yaml", text, errors);
    ASSERT_FALSE(errors.empty()) << row.to;
    EXPECT_EQ(errors[0].code, row.code) << describe(errors[0]);
    EXPECT_NE(errors[0].text.find(row.words), std::string::npos) << describe(errors[0]);
    EXPECT_TRUE(errors[0].place.starts_with("rules.yaml:")) << describe(errors[0]);
  }
}

TEST(LinkageRules, AProblemHasItsLineAndColumn) {
  std::vector<Error> errors;
  parse_linkage("rules.yaml", "linkage: 1\nthresholds:\n  same: 30\n  doubtfull: 20\n", errors);
  ASSERT_GE(errors.size(), 2U) << "one run tells all";
  EXPECT_EQ(errors[0].place, "rules.yaml:4:3") << describe(errors[0]);
}

TEST(LinkageRules, ATestThatFailsSaysWhatWasFound) {
  auto text = shipped_text();
  const std::string from = "    expect: same\n";
  text.replace(text.find(from), from.size(), "    expect: different\n");
  std::vector<Error> errors;
  const auto rules = parse_linkage("rules.yaml", text, errors);
  ASSERT_TRUE(errors.empty());
  const auto failed = run_linkage_tests(rules);
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_NE(failed[0].text.find("expected different, found same"), std::string::npos) << describe(failed[0]);
  EXPECT_NE(failed[0].text.find("mother_number +16.0"), std::string::npos) << describe(failed[0]);
}

// Mutation test: a combination or a weight that no pair of the file needs could be changed by accident.
TEST(LinkageRules, EveryCombinationHasAPairThatNeedsIt) {
  for (std::size_t i = 0; i < shipped().automatic.size(); ++i) {
    auto rules = shipped();
    rules.automatic.erase(rules.automatic.begin() + static_cast<std::ptrdiff_t>(i));
    std::string words;
    for (const auto& choice : shipped().automatic[i])
      words += std::string(name_of(choice.front())) + " ";
    EXPECT_FALSE(run_linkage_tests(rules).empty()) << "without the combination " << i << ": " << words;
  }
}

TEST(LinkageRules, EveryWeightHasAPairThatSaysIt) {
  for (std::size_t i = 0; i < word_count; ++i) {
    const auto word = static_cast<Word>(i);
    const bool said = std::any_of(
        shipped().tests.begin(), shipped().tests.end(),
        [&](const LinkageRules::Test& test) { return compare(test.a, test.b, shipped()).has(word); });
    EXPECT_TRUE(said) << name_of(word);
  }
}

TEST(LinkageRules, EveryWordHasANameOfItsOwnAndALabel) {
  std::set<std::string_view> names, labels;
  for (std::size_t i = 0; i < word_count; ++i) {
    const auto word = static_cast<Word>(i);
    EXPECT_EQ(word_of(name_of(word)), word);
    names.insert(name_of(word)), labels.insert(label_of(word));
  }
  EXPECT_EQ(names.size(), word_count);
  EXPECT_EQ(labels.size(), word_count);
  EXPECT_FALSE(word_of("name_sane"));
}

TEST(LinkageRules, AnyBytesGetAnAnswer) {
  for (std::string text :
       {"", "\xFF\xFE", "[1, 2]", "linkage", "{}", "a: b\n---\nc: d\n", "linkage: {a: [}"}) {
    std::vector<Error> errors;
    parse_linkage("rules.yaml", text, errors);
    EXPECT_FALSE(errors.empty()) << text;
  }
  EXPECT_FALSE(load_linkage("mappings/identity/nothing.yaml"));
}

}  // namespace
}  // namespace kinhub::linkage::test
