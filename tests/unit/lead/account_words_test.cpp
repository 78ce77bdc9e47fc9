// Causes and reasons in words: what a lead keeps in Chinese is said in English, too.

#include "hub/lead/account_words.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace kinhub
