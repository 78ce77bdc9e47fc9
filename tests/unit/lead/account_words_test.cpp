// Causes and reasons in words: what a lead keeps in Chinese is said in English, too.

#include "hub/lead/account_words.hpp"

#include <gtest/gtest.h>

#include "hub/policy/file_tests.hpp"
#include "tests/places/places.hpp"

namespace kinhub {
namespace {

Situation family() {
  Situation situation;
  situation.people.resize(5);
  situation.marriages.push_back({2, {Date(1990, 1, 1), Date::forever()}});
  situation.children.push_back({1, ChildRelation::born, {Date(1992, 1, 1), Date::forever()}});
  situation.children.back().other_parent = 3;
  return situation;
}

constexpr std::array kinds{Cause::What::birth,
                           Cause::What::death,
                           Cause::What::disability_grade,
                           Cause::What::certificate_expiry,
                           Cause::What::parentage,
                           Cause::What::adoption,
                           Cause::What::adoption_dissolved,
                           Cause::What::marriage,
                           Cause::What::divorce,
                           Cause::What::residence,
                           Cause::What::own_age,
                           Cause::What::policy,
                           Cause::What::coverage,
                           Cause::What::receipt};

TEST(Reasons, AreSaidInEnglishAsTheyWereMeantWhateverHappenedToWhom) {
  const auto situation = family();
  for (auto what : kinds)
    for (std::int16_t person = 0; person < 5; ++person) {
      const Cause cause{what, person, Date(2026, 11, 18), 3};
      const auto kept = sentence(cause, situation);
      EXPECT_EQ(reason_in(Language::zh, kept), kept);
      EXPECT_EQ(reason_in(Language::en, kept), "2026-11-18 " + event_words(cause, situation).en) << kept;
    }
}

TEST(Reasons, KeepTheFormInWhichLeadsWereStored) {
  const auto situation = family();
  EXPECT_EQ(sentence({Cause::What::death, 1, Date(2026, 11, 18), 0}, situation), "2026-11-18 子女死亡");
  EXPECT_EQ(sentence({Cause::What::own_age, 0, Date(2026, 11, 18), 49}, situation),
            "2026-11-18 本人年满49周岁");
  EXPECT_EQ(sentence({Cause::What::policy, 0, Date(2022, 7, 1), 0}, situation),
            "2022-07-01 政策施行或标准调整");
}

TEST(Reasons, OfADeathKnownToItsYearAndOfWhatIsNoCause) {
  auto situation = family();
  situation.people[1].died =
      SituationPerson::Died{Date(2024, 12, 31), Certainty::sure, no_cause, Date(2024, 1, 1)};
  const Cause death{Cause::What::death, 1, Date(2024, 12, 31), 0};
  EXPECT_EQ(sentence(death, situation), "2024-01-01至2024-12-31之间 子女死亡");
  EXPECT_EQ(reason_in(Language::en, sentence(death, situation)),
            "between 2024-01-01 and 2024-12-31: death of a child");
  EXPECT_EQ(dated_words(death, situation).zh, "2024年1月1日至2024年12月31日之间子女死亡");
  EXPECT_EQ(reason_in(Language::en, "子女死亡信息已由来源撤回"),
            "the word of a child's death was taken back by its source");
  EXPECT_EQ(reason_in(Language::en, "不予认定之后的新佐证：公安（police-320812）"),
            "new evidence since the dismissal: police (police-320812)");
  EXPECT_EQ(reason_in(Language::en, "别处写下的原因"), "别处写下的原因") << "of another hub: as it is";
}

TEST(Waits, HaveWordsForEveryStableWordOfTheDocumentation) {
  for (const auto* word :
       {"no other living child", "death disputed", "death confirmed by a second source", "date of death",
        "certificate expired", "parentage", "only child", "marriage", "birth date", "sex", "residence",
        "urban or rural", "low-income allowance", "resident pension", "number of children", "ivf", "amount"})
    EXPECT_EQ(waits_words(word).en.find("an agency that tells"), std::string::npos) << word;
  const auto state = waits_words("credential only_child");
  EXPECT_EQ(state.en, "an agency that tells of the credential only_child");
  EXPECT_EQ(state.zh.find("only_child"), std::string::npos) << "no code inside Chinese";
}

TEST(MoneyWords, SayFenOnlyWhereThereAreAny) {
  EXPECT_EQ(money_words({59000, Per::month}).zh, "每月590元");
  EXPECT_EQ(money_words({5905, Per::month}).zh, "每月59.05元");
  EXPECT_EQ(money_words({200000, Per::once}).en, "2000 yuan once");
  EXPECT_EQ(money_words({0, Per::month, false}).zh, "金额尚不能计算");
}

TEST(Reasons, OnAPageSayThatAPolicyMayRunOutToo) {
  EXPECT_EQ(event_words({Cause::What::policy, 0, Date(2022, 7, 1), 0}, family()).zh,
            "政策施行、到期或标准调整");
  EXPECT_EQ(event_words({Cause::What::death, 3, Date(2022, 7, 1), 0}, family()).zh, "子女父母中的另一方死亡");
}

/// A page of the national benefit for those whose only child died, as it is read to a family.
struct Page {
  Account account;
  AccountWords words;

  Page(const std::string& facts, Date on, const std::string& benefit = "national-special-assistance/death") {
    static const auto read = PolicySet::read(tests::source_dir() + "/mappings/policies");
    const auto& policies = std::get<PolicySet>(read);
    const auto family = policy::read_facts(
        "wife born 1960-01-01; husband born 1958-01-02; couple married 1985-10-01; household registered "
        "322228 from 1990-01-01; " +
            facts,
        {});
    EXPECT_TRUE(family);
    account = account_of(policies, *family->wife, *policies.find(benefit), on);
    words = words_of(account, policies, *family->wife, {{}, family->wife->coverage, {}});
  }
  /// The sentences without the title of the benefit, which may be called after a death.
  std::string zh() const {
    std::string all;
    for (const auto& one : words.say)
      all += one.zh + "\n";
    for (auto at = all.find(words.benefit.zh); at != std::string::npos; at = all.find(words.benefit.zh))
      all.erase(at, words.benefit.zh.size());
    return all;
  }
  bool says(const std::string& part) const { return zh().find(part) != std::string::npos; }
};

TEST(Sentences, DoNotReadOutADeathThatOneSourceAloneTold) {
  const Page page("child born 1990-03-03, died 2024-05-10 by insurance", Date(2026, 11, 21));
  EXPECT_EQ(page.account.standing, Account::Standing::pending);
  EXPECT_FALSE(page.says("子女死亡")) << page.zh();
  EXPECT_FALSE(page.says("从这时开始的原因")) << page.zh();
  EXPECT_TRUE(page.says("还在等待")) << page.zh();
  const Page proven("child born 1990-03-03, died 2024-05-10", Date(2026, 11, 21));
  EXPECT_TRUE(proven.says("从这时开始的原因：2024年5月10日子女死亡")) << "a fact: " << proven.zh();
}

TEST(Sentences, DoNotSayAnEndWhereItMayGoOn) {
  const Page page(
      "child born 1990-03-03, died 2024-05-10; records of children complete from 1900-01-01 until "
      "2025-12-31",
      Date(2025, 3, 1));
  EXPECT_EQ(page.account.standing, Account::Standing::due);
  EXPECT_TRUE(page.account.goes_on);
  EXPECT_FALSE(page.says("为止")) << page.zh();
}

TEST(Sentences, NeverNameADeathOrAnotherChildAsWhatIsMissing) {
  const Page living("child born 1990-03-03", Date(2026, 11, 21));
  EXPECT_EQ(living.account.standing, Account::Standing::not_due);
  EXPECT_FALSE(living.says("死亡")) << living.zh();
  EXPECT_TRUE(living.says("主要条件不具备，工作人员会当面说明。")) << living.zh();
  ASSERT_FALSE(living.words.missing.empty()) << "the table keeps the set";
  const Page another("child A born 1990-03-03, died 2024-05-10; child B born 1992-03-03", Date(2026, 11, 21));
  EXPECT_TRUE(another.says("主要条件不具备")) << another.zh();
  for (const auto* word : {"死亡", "其他", "另有", "存活"})
    EXPECT_FALSE(another.says(word)) << word << another.zh();
}

TEST(Sentences, SayWhatIsMissingWhereItIsAnAge) {
  const Page young("child born 1990-03-03, died 2000-05-10", Date(2005, 11, 21));
  EXPECT_EQ(young.account.standing, Account::Standing::not_yet) << young.zh();
  EXPECT_FALSE(young.says("主要条件不具备")) << young.zh();
  EXPECT_TRUE(young.says("不满足的条件")) << young.zh();
}

TEST(Sentences, OfWhatMayBeginSayPerhaps) {
  const Page page("child born 1990-03-03, died 2000-05-10 by insurance", Date(2005, 11, 21));
  EXPECT_EQ(page.account.standing, Account::Standing::not_yet);
  EXPECT_TRUE(page.says("可能符合，现在还不能确定")) << page.zh();
  EXPECT_NE(page.words.conclusion.zh.find("可能应享"), std::string::npos) << page.words.conclusion.zh;
  EXPECT_FALSE(page.says("死亡")) << page.zh();
  bool unknown = false;
  for (const auto& one : page.account.missing)
    unknown |= one.what.value == Explanation::Value::unknown;
  EXPECT_TRUE(unknown);
  EXPECT_TRUE(page.says("有的主要条件还不能确定")) << page.zh();
  EXPECT_FALSE(page.says("主要条件不具备")) << "it is not known: " << page.zh();
}

TEST(Sentences, AreNotReadToAParentWhoDied) {
  const Page page("wife died 2025-02-03; child born 1990-03-03, died 2024-05-10", Date(2026, 11, 21));
  EXPECT_FALSE(page.says("您")) << page.zh();
  EXPECT_FALSE(page.says("死亡")) << page.zh();
  EXPECT_TRUE(page.says("由工作人员当面向家属说明")) << page.zh();
}

}  // namespace
}  // namespace kinhub
