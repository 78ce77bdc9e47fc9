// One file tried out among the configured ones: which it replaces, and where its issued text is found.

#include "hub/policy/candidate.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/places/places.hpp"

namespace kinhub {
namespace {

const std::vector<PolicyText> configured{
    {"000000/nation.yaml", "policy: nation\nin_force: 2019-01-01 ..\n"},
    {"370306/county-2019.yaml", "policy: county\nin_force: 2019-02-01 .. 2022-01-31\ndocument: c.txt\n"},
    {"370306/c.txt", "the issued text"},
    {"vocabulary.yaml", "vocabulary: v\n"}};

std::vector<std::string> files_of(const std::vector<PolicyText>& texts) {
  std::vector<std::string> files;
  for (const auto& one : texts)
    files.push_back(one.file);
  return files;
}

TEST(Candidate, TakesThePlaceOfTheSamePolicyThatBeginsOnTheSameDay) {
  const PolicyText file{"/tmp/draft.yaml", "policy: county\nin_force: 2019-02-01 .. 2023-01-31\n"};
  const auto texts = with_policy(configured, file, {});
  EXPECT_EQ(files_of(texts), (std::vector<std::string>{"000000/nation.yaml", "/tmp/draft.yaml",
                                                       "370306/c.txt", "vocabulary.yaml", "/tmp/c.txt"}));
  EXPECT_EQ(texts[4].text, "the issued text") << "what it quotes is looked for beside it";
  const auto own = with_policy(configured, file, {{"/tmp/c.txt", "another text"}});
  EXPECT_EQ(own.back().text, "another text");
}

TEST(Candidate, TakesThePlaceOfTheFileOfItsNameWhateverItsDays) {
  const PolicyText file{"x/county-2019.yaml", "政策: county\n有效期: 2018-01-01 ..\n"};
  EXPECT_EQ(with_policy(configured, file, {})[1].file, "x/county-2019.yaml");
}

TEST(Candidate, OtherwiseStandsBesideThem) {
  for (const char* text :
       {"policy: county\nin_force: 2022-02-01 ..\n", "policy: town\nin_force: 2019-02-01 ..\n"}) {
    const auto texts = with_policy(configured, {"new.yaml", text}, {});
    EXPECT_EQ(texts.size(), configured.size() + 1) << text;
    EXPECT_EQ(texts.back().file, "new.yaml");
  }
  const auto words = with_policy(configured, {"/tmp/vocabulary.yaml", "vocabulary: w\n"}, {});
  EXPECT_EQ(words.size(), configured.size());
  EXPECT_EQ(words.back().text, "vocabulary: w\n") << "there is one vocabulary";
}

TEST(Candidate, BringsItsIssuedTextInPlaceOfWhatWasReadBefore) {
  const auto texts = with_policy(configured, {"370306/county-2019.yaml", configured[1].text},
                                 {{"370306/c.txt", "the text as it is now"}});
  EXPECT_EQ(texts.size(), configured.size());
  EXPECT_EQ(texts[2].text, "the text as it is now");
}

TEST(Candidate, AVocabularyTakesThePlaceOfTheOneOfItsName) {
  auto texts = configured;
  texts.push_back({"370306/vocabulary.yaml", "vocabulary: county words\n"});
  const auto county = with_policy(texts, {"/tmp/vocabulary.yaml", "词汇: county words\ntitle: t\n"}, {});
  ASSERT_EQ(county.size(), texts.size());
  EXPECT_EQ(county[3].text, "vocabulary: v\n");
  EXPECT_EQ(county[4].file, "370306/vocabulary.yaml") << "it counts where the other did";
  EXPECT_EQ(county[4].text, "词汇: county words\ntitle: t\n");
  EXPECT_EQ(with_policy(texts, {"/tmp/vocabulary.yaml", "vocabulary: third\n"}, {}).size(), texts.size() + 1);
}

TEST(Candidate, ADraftOutsideItsFolderIsReadByTheWordsOfIt) {
  auto texts = configured;
  texts.push_back({"37/vocabulary.yaml", "vocabulary: elsewhere\n"});
  texts.push_back({"370306/vocabulary.yaml", "vocabulary: county words\n"});
  const PolicyText draft{"/tmp/x/county-2019.yaml", configured[1].text};
  const auto files = files_of(with_policy(texts, draft, {}));
  EXPECT_EQ(files.back(), "/tmp/x/vocabulary.yaml");
  EXPECT_EQ(with_policy(texts, draft, {}).back().text, "vocabulary: county words\n");
  EXPECT_EQ(std::ranges::count(files, "/tmp/x/vocabulary.yaml"), 1) << "not those of other folders";
  const auto next = with_policy(texts, {"/tmp/x/n.yaml", "policy: county\nin_force: 2022-02-01 ..\n"}, {});
  EXPECT_EQ(next.back().text, "vocabulary: county words\n") << "another version of it, too";
  EXPECT_EQ(files_of(with_policy(texts, {"370306/county-2019.yaml", draft.text}, {})), files_of(texts));
}

TEST(Candidate, IsReadFromAFileOrAFolder) {
  const auto folder = tests::source_dir() + "/mappings/policies";
  const auto shipped = std::get<std::vector<PolicyText>>(read_policy_texts(folder));
  const auto same = read_candidate(folder + "/000000/national-special-assistance.yaml", shipped);
  ASSERT_TRUE(std::holds_alternative<std::vector<PolicyText>>(same));
  EXPECT_TRUE(std::holds_alternative<PolicySet>(PolicySet::read(std::get<std::vector<PolicyText>>(same))));
  const auto all = read_candidate(folder, {});
  ASSERT_TRUE(std::holds_alternative<std::vector<PolicyText>>(all));
  EXPECT_EQ(std::get<std::vector<PolicyText>>(all).size(), shipped.size());
  EXPECT_EQ(std::get<std::vector<Error>>(read_candidate(folder + "/nowhere.yaml", {})).front().code,
            "POLICY_FOLDER");
}

}  // namespace
}  // namespace kinhub
