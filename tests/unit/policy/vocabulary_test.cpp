// Vocabularies as text: new words without a compiler, and what is said of those that are wrong.

#include "hub/policy/vocabulary.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "hub/policy/file_tests.hpp"
#include "tests/places/places.hpp"

namespace kinhub::policy {
namespace {

constexpr const char* county = R"(policy: county
title: 县
region: "322228"
in_force: 2010-01-01 ..
published: 2010-01-01
calendar:
  age: on_birthday
  feb29: feb28
  month: any_day
  year: calendar_year, any_day
  death_day: counts_as_alive
  late: pay_from_confirmation
  remarried: judged_by_self
  money: fen, half_up, per person and month
evidence:
  death: police_registration, certificate; or 2 sources
  own_death: police_registration
benefits:
  fee (奖励费):
    clause: 一
    quote: 句
    for: each parent, while alive
    when: [WORD]
    amount: 10 yuan per month
)";

constexpr const char* own = R"(vocabulary: county
words:
  no son older than {n} (无{n}周岁以上儿子):
    children: {sex: male, life: living, age from: "{n}", number: 0}
  family of girls up to {n} (未满{n}周岁女孩家庭):
    all:
      - no son older than {n}
      - child younger than {n}
    note: uses a word above, and one of the built-in ones
tests:
  - word: no son older than 3
    facts: wife born 1980-01-01; child boy, born 2010-05-20
    expect: |
      wife on 2013-05-19: met
      wife on 2013-05-20: not met
  - word: 未满3周岁女孩家庭
    facts: wife born 1980-01-01; child girl, born 2010-05-20
    expect: |
      wife on 2010-05-19: not met
      wife on 2010-05-20: met
)";

std::string with(std::string text, std::string_view was, std::string_view becomes) {
  const auto at = text.find(was);
  EXPECT_NE(at, std::string::npos) << was;
  return at == std::string::npos ? text : text.replace(at, was.size(), becomes);
}

std::variant<PolicySet, std::vector<Error>> read(const std::string& vocabulary, const std::string& word) {
  const std::vector<PolicyText> texts{{"rules/county.yaml", with(county, "WORD", word)},
                                      {"rules/vocabulary.yaml", vocabulary}};
  return PolicySet::read(texts);
}

std::string told(const std::string& vocabulary, const std::string& word) {
  std::string text;
  auto read_now = read(vocabulary, word);
  if (const auto* errors = std::get_if<std::vector<Error>>(&read_now))
    for (const auto& error : *errors)
      text += describe(error) + "\n";
  return text;
}

TEST(Vocabulary, ANewWordIsADefinitionInText) {
  for (const auto* word : {"family of girls up to 3", "未满3周岁女孩家庭"}) {
    auto set = read(own, word);
    ASSERT_TRUE(std::holds_alternative<PolicySet>(set)) << told(own, word);
    const auto& policies = std::get<PolicySet>(set);
    const auto report = policies.test();
    EXPECT_EQ(report.passed, 2u);
    EXPECT_TRUE(report.failed.empty()) << describe(report.failed.front());
    const auto family = read_facts(
        "wife born 1980-01-01, registered 322228 from 2000-01-01; child girl, born 2012-05-20", {});
    ASSERT_TRUE(family);
    const auto timeline = policies.evaluate(*family->wife);
    ASSERT_EQ(timeline.size(), 1u) << word;
    EXPECT_EQ(timeline[0].when, (Interval{Date(2012, 5, 20), Date(2015, 5, 20)}));
    EXPECT_EQ(timeline[0].starts_because.what, Cause::What::birth);
    EXPECT_EQ(timeline[0].ends_because,
              (Cause{Cause::What::own_age, timeline[0].ends_because.person, Date(2015, 5, 20), 3}));
  }
}

TEST(Vocabulary, AnUnknownWordIsToldWithItsPlaceAndTheNearest) {
  const auto text = told(own, "family of girl up to 3");
  EXPECT_NE(text.find("rules/county.yaml:23:12"), std::string::npos) << text;
  EXPECT_NE(text.find("is 'family of girls up to {n}' meant?"), std::string::npos) << text;
  EXPECT_NE(text.find("kinhub policy words"), std::string::npos) << text;
}

TEST(Vocabulary, ATestThatFailsSaysWhatIsSo) {
  auto set = read(with(own, "2013-05-20: not met", "2013-05-20: met"), "child younger than 3");
  ASSERT_TRUE(std::holds_alternative<PolicySet>(set));
  const auto report = std::get<PolicySet>(set).test();
  ASSERT_EQ(report.failed.size(), 1u);
  EXPECT_EQ(report.failed[0].code, "POLICY_TEST_FAILED");
  EXPECT_EQ(report.failed[0].place, "rules/vocabulary.yaml:11:5");
  EXPECT_NE(report.failed[0].text.find("'wife on 2013-05-20: met', but it is not met"), std::string::npos);
}

TEST(Vocabulary, AWordWithoutATestThatRefusesItIsSaid) {
  auto set = read(with(own, "      wife on 2010-05-19: not met\n", ""), "child younger than 3");
  ASSERT_TRUE(std::holds_alternative<PolicySet>(set));
  bool said = false;
  for (const auto& notice : std::get<PolicySet>(set).notices())
    said |= notice.code == "POLICY_WORD_UNTESTED" && notice.place == "rules/vocabulary.yaml:5:3" &&
            notice.text == "no test refuses 'family of girls up to {n}'";
  EXPECT_TRUE(said);
}

// A county that means something narrower, or wider, by a word of the vocabulary.
class Hidden : public ::testing::Test {
 protected:
  static std::string policy(const std::string& id, const std::string& define, const std::string& word) {
    auto text = with(with(county, "WORD", word), "policy: county", "policy: " + id);
    return define.empty() ? text : with(text, "benefits:", "define:\n" + define + "benefits:");
  }
  static std::string days(const PolicySet& policies, const std::string& benefit, const std::string& facts) {
    const auto family = read_facts(facts, {});
    EXPECT_TRUE(family);
    std::string text;
    for (const auto& right : policies.evaluate(*family->wife))
      if (right.benefit == policies.find(benefit))
        text += right.when.from.text() + " .. " +
                (right.when.until < Date::forever() ? right.when.until.plus_days(-1).text() : "") + ";";
    return text;
  }
  static std::string hidden(const PolicySet& policies) {
    std::string text;
    for (const auto& notice : policies.notices())
      if (notice.code == "POLICY_WORD_SHADOWED") text += describe(notice) + "\n";
    return text;
  }
  const std::string facts =
      "wife born 1970-01-01, registered 322228 from 2000-01-01, registered 370306 from 1990-01-01 until "
      "1999-12-31; child born 2012-05-20";
};

TEST_F(Hidden, ByADefinitionOfAFileCountsThereAndInBothLanguages) {
  const std::string narrower =
      "  child younger than 3 (幼儿):\n    all: [child younger than 3, child younger than 2]\n";
  for (const auto* word : {"child younger than 3", "有未满3周岁子女", "幼儿"}) {
    const std::vector<PolicyText> texts{{"a/one.yaml", policy("one", narrower, word)},
                                        {"a/two.yaml", policy("two", "", "child younger than 3")}};
    auto read = PolicySet::read(texts);
    ASSERT_TRUE(std::holds_alternative<PolicySet>(read))
        << describe(std::get<std::vector<Error>>(read).front());
    const auto& set = std::get<PolicySet>(read);
    EXPECT_EQ(days(set, "one/fee", facts), "2012-05-20 .. 2014-05-19;") << word;
    EXPECT_EQ(days(set, "two/fee", facts), "2012-05-20 .. 2015-05-19;") << "the other file means what it did";
    EXPECT_NE(hidden(set).find("in this file 'child younger than 3' means what stands here, and not what "
                               "stands at vocabulary.yaml (built in):"),
              std::string::npos)
        << hidden(set);
    EXPECT_NE(hidden(set).find("a/one.yaml:"), std::string::npos) << "both places";
  }
}

TEST_F(Hidden, ByAVocabularyOfAFolderCountsThereAndBelow) {
  const std::string wider =
      "vocabulary: county\nwords:\n  child younger than {n} (幼年子女{n}):\n"
      "    any:\n    - child younger than {n}\n    - child younger than 4\n";
  const std::vector<PolicyText> texts{
      {"a/370306/one.yaml", policy("one", "", "有未满3周岁子女")},
      {"a/370306/town/three.yaml", policy("three", "", "child younger than 3")},
      {"a/two.yaml", policy("two", "", "child younger than 3")},
      {"a/3703066/four.yaml", policy("four", "", "child younger than 3")},
      {"a/370306/vocabulary.yaml", wider}};
  auto read = PolicySet::read(texts);
  ASSERT_TRUE(std::holds_alternative<PolicySet>(read))
      << describe(std::get<std::vector<Error>>(read).front());
  const auto& set = std::get<PolicySet>(read);
  EXPECT_EQ(days(set, "one/fee", facts), "2012-05-20 .. 2016-05-19;") << "by the other language's name";
  EXPECT_EQ(days(set, "three/fee", facts), "2012-05-20 .. 2016-05-19;");
  EXPECT_EQ(days(set, "two/fee", facts), "2012-05-20 .. 2015-05-19;");
  EXPECT_EQ(days(set, "four/fee", facts), "2012-05-20 .. 2015-05-19;") << "a name that begins alike";
  EXPECT_NE(hidden(set).find("in this folder 'child younger than {n}' means what stands here"),
            std::string::npos)
      << hidden(set);
  EXPECT_NE(hidden(set).find("a/370306/vocabulary.yaml:3:3"), std::string::npos) << hidden(set);
}

TEST_F(Hidden, AWordOfAFolderIsUnknownOutsideOfIt) {
  const std::vector<PolicyText> texts{{"a/two.yaml", policy("two", "", "family of girls up to 3")},
                                      {"a/370306/vocabulary.yaml", own}};
  auto read = PolicySet::read(texts);
  ASSERT_TRUE(std::holds_alternative<std::vector<Error>>(read));
  EXPECT_EQ(std::get<std::vector<Error>>(read).front().code, "POLICY_WORD_UNKNOWN");
}

TEST_F(Hidden, TheNearestOfSeveralFoldersCounts) {
  auto younger = [](const std::string& name, const char* than) {
    return "vocabulary: " + name +
           "\nwords:\n  child younger than {n} (幼年子女{n}):\n    all:\n    - child younger than {n}\n    - "
           "child younger than " +
           than + "\n";
  };
  const std::vector<PolicyText> texts{{"a/b/one.yaml", policy("one", "", "child younger than 3")},
                                      {"a/two.yaml", policy("two", "", "child younger than 3")},
                                      {"a/b/vocabulary.yaml", younger("town", "1")},
                                      {"a/vocabulary.yaml", younger("county", "2")}};
  auto read = PolicySet::read(texts);
  ASSERT_TRUE(std::holds_alternative<PolicySet>(read))
      << describe(std::get<std::vector<Error>>(read).front());
  const auto& set = std::get<PolicySet>(read);
  EXPECT_EQ(days(set, "one/fee", facts), "2012-05-20 .. 2013-05-19;");
  EXPECT_EQ(days(set, "two/fee", facts), "2012-05-20 .. 2014-05-19;");
}

// A county that copies the shipped file into its folder and changes a word in it.
TEST_F(Hidden, ANestedFileOfTheBuiltInNameHidesWordsForItsFolderAlone) {
  const std::string wider =
      "vocabulary: kinhub\nwords:\n  child younger than {n} (幼年子女{n}):\n"
      "    any:\n    - child younger than {n}\n    - child younger than 4\n";
  for (const std::string root : {"", "rules/"}) {
    std::vector<PolicyText> texts{{root + "000000/two.yaml", policy("two", "", "child younger than 3")},
                                  {root + "610600/one.yaml", policy("one", "", "child younger than 3")},
                                  {root + "610600/vocabulary.yaml", wider}};
    auto read = PolicySet::read(texts);
    ASSERT_TRUE(std::holds_alternative<PolicySet>(read))
        << describe(std::get<std::vector<Error>>(read).front());
    const auto& set = std::get<PolicySet>(read);
    EXPECT_EQ(days(set, "one/fee", facts), "2012-05-20 .. 2016-05-19;");
    EXPECT_EQ(days(set, "two/fee", facts), "2012-05-20 .. 2015-05-19;") << "the nation's word stands";
    EXPECT_NE(hidden(set).find("610600/vocabulary.yaml:3:3"), std::string::npos) << hidden(set);
    // The same file as the one of all, tried out from anywhere: a word means nothing that it does not say.
    texts[2].tried = true;
    texts[2].file = "/tmp/vocabulary.yaml";
    EXPECT_TRUE(std::holds_alternative<std::vector<Error>>(PolicySet::read(texts)))
        << "it stands in for the built-in words, which its body asks for";
  }
}

struct Wrong {
  const char *name, *was, *becomes, *place, *says;
};
void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.name;
}
class RefusedWord : public ::testing::TestWithParam<Wrong> {};

TEST_P(RefusedWord, WithItsPlace) {
  const auto text = told(with(own, GetParam().was, GetParam().becomes), "child younger than 3");
  EXPECT_NE(text.find(std::string("rules/vocabulary.yaml:") + GetParam().place), std::string::npos) << text;
  EXPECT_NE(text.find(GetParam().says), std::string::npos) << text;
}

constexpr const char* girls = "children: {sex: male, life: living, age from: \"{n}\", number: 0}";

INSTANTIATE_TEST_SUITE_P(
    Vocabulary, RefusedWord,
    ::testing::Values(
        Wrong{"UnknownForm", "children: {sex", "childs: {sex", "4:5", "is 'children' meant?"},
        Wrong{"UnknownField", "life: living", "live: living", "3:3", "'live' is no field of this form"},
        Wrong{"UnknownFieldWord", "life: living", "life: alive", "3:3", "'life' is one of any, living, dead"},
        Wrong{"NoNumber", ", number: 0", "", "3:3", "'number' says how many"},
        Wrong{"NumberTurned", "number: 0", "number: 3..2", "3:3", "within 0..99, not '3..2'"},
        Wrong{"NoChineseName", " (无{n}周岁以上儿子)", "", "3:3", "has no Chinese name"},
        Wrong{"HoleNotInEveryName", "(无{n}周岁以上儿子)", "(无儿子)", "3:3",
              "which this name does not have"},
        Wrong{"UnknownHole", "age from: \"{n}\"", "age from: \"{years}\"", "3:3", "{years}"},
        Wrong{"NameTwice", "family of girls up to {n} (", "no son older than {n} (", "5:3", "stands twice"},
        Wrong{"WordBelow", girls, "any: [family of girls up to 3]", "3:3", "unknown word"},
        Wrong{"Itself", girls, "any: [no son older than 3]", "3:3", "unknown word"},
        Wrong{"EventAmongConditions", girls, "any: [birth of a child]", "3:3", "an event stands alone"},
        Wrong{"UnknownState", girls, "state: {is: credentials only_child}", "3:3", "is no state"},
        Wrong{"UnknownStateWord", girls, "state: {is: support low_incom}", "3:3", "not 'low_incom'"},
        Wrong{"NoForm", girls, "note: nothing", "3:3", "has no form"},
        Wrong{"UnknownKey", "words:", "word:", "2:1", "is 'words' meant?"},
        Wrong{"TestOfNothing", "word: no son older than 3", "word: no sun older than 3", "11:5",
              "is 'no son older than {n}' meant?"},
        Wrong{"HoleTurned", "older than {n} (", "older than }n{ (", "3:3", "a hole is written as '{n}'"},
        Wrong{"HoleNotClosed", "older than {n} (", "older than {n (", "3:3", "a hole is written as '{n}'"},
        Wrong{"HoleInHole", "older than {n} (", "older than {{n}} (", "3:3", "a hole is written as '{n}'"},
        Wrong{"FullWidthDigits", "number: 0", "number: ０", "3:3", "not '０'"},
        Wrong{"NumberOverflows", "number: 0", "number: 99999999999999999999", "3:3", "within 0..99"},
        Wrong{"AgeOfNobody", "age from: \"{n}\"", "age from: 0", "3:3", "from 1 to 150, not '0'"},
        Wrong{"KeyTwice", "number: 0}", "number: 0, number: 1}", "4:69", "stands twice"},
        Wrong{"ListForText", "life: living", "life: [living]", "3:3", "'life' is plain text"},
        Wrong{"NoSuchDay", girls, "days: 2021-02-29 .. 2021-03-01", "3:3", "are no days"},
        Wrong{"TwoDocuments", "words:", "---\nwords:", "", "one file holds one"},
        Wrong{"NoYaml", "words:", "words: [", "", "POLICY_SYNTAX"}));

TEST(ShippedVocabulary, EveryWordHasATestThatMeetsItAndOneThatDoesNot) {
  std::vector<Error> failed;
  EXPECT_GE(run_word_tests(Vocabulary::shipped(), failed), 60u);
  for (const auto& error : failed)
    ADD_FAILURE() << describe(error);
  for (const auto& notice : untested_words(Vocabulary::shipped()))
    ADD_FAILURE() << describe(notice);
}

TEST(ShippedVocabulary, IsThePageOfTheDocumentation) {
  std::ifstream in(kinhub::tests::source_dir() + "/docs/vocabulary.md", std::ios::binary);
  std::ostringstream page;
  page << in.rdbuf();
  EXPECT_EQ(page.str(), vocabulary_page(Vocabulary::shipped().words()))
      << "run: kinhub policy words --page > docs/vocabulary.md";
}

// A file of the built-in name takes its place: a site may say all words itself.
TEST(ShippedVocabulary, AFileOfItsNameTakesItsPlace) {
  const auto text = told(with(own, "vocabulary: county", "vocabulary: kinhub"), "no son older than 3");
  EXPECT_NE(text.find("unknown word 'child younger than 18'"), std::string::npos) << text;
}

// "Billion laughs": ten aliases of ten aliases mean more than any memory holds.
TEST(Vocabulary, AliasesOfAliasesAreRefused) {
  std::string bomb = "vocabulary: county\nnote: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    bomb += "k" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k)
      bomb += (k ? ", *a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_NE(told(bomb, "child younger than 3").find("POLICY_SIZE"), std::string::npos);
}

TEST(Vocabulary, BytesThatAreNoTextAreRefused) {
  EXPECT_NE(told("vocabulary: \xff\xfe\n", "child younger than 3").find("UTF-8"), std::string::npos);
  EXPECT_NE(told(std::string("vocabulary: c\0d\nwords: {}\n", 26), "child younger than 3"), "");
  EXPECT_NE(told("", "child younger than 3").find("POLICY_SYNTAX"), std::string::npos);
}

// As a spreadsheet or an editor on another system leaves it.
TEST(Vocabulary, WindowsLinesAndAByteOrderMarkAreNoMatter) {
  std::string windows = "\xEF\xBB\xBF";
  for (char c : std::string(own))
    windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(told(windows, "family of girls up to 3"), "");
}

// Text that comes from a word processor: full-width blanks, commas and colons.
TEST(Vocabulary, FullWidthBlanksAndCommasInAPhraseAreTidied) {
  EXPECT_EQ(told(own, "\"　未满3周岁女孩家庭　\""), "");
  EXPECT_EQ(told(own, "\"only child is disabled， grade 1..3\""), "");
}

TEST(Patterns, HolesTakeNumbersGradesDaysAndRegions) {
  EXPECT_EQ(match("wife reaches {n}", "wife reaches 49"), (Bindings{{"n", "49"}}));
  EXPECT_EQ(match("{grade}级以上", "三级以上"), (Bindings{{"a", "1"}, {"b", "3"}}));
  EXPECT_EQ(match("from {date} in {region}", "from 2020-02-29 in 370306"),
            (Bindings{{"date", "2020-02-29"}, {"region", "370306"}}));
  EXPECT_FALSE(match("wife reaches {n}", "wife reaches 4900"));
  EXPECT_FALSE(match("wife reaches {n}", "wife reaches 49 years"));
  EXPECT_FALSE(match("from {date}", "from 2021-02-29"));
  EXPECT_FALSE(match("in {region}", "in 3703061"));
  EXPECT_FALSE(match("{grade}级", "五级"));
}

}  // namespace
}  // namespace kinhub::policy
