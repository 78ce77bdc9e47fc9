// The catalogue of texts: both languages complete, with the same places, and neither in the other's script.

#include "hub/base/texts.hpp"

#include <gtest/gtest.h>

#include <set>

namespace kinhub {
namespace {

std::set<char> places(std::string_view text) {
  std::set<char> found;
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1))
    found.insert(text[at + 1]);
  return found;
}

/// Without its places.
std::string bare(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '{')
      i += 2;
    else
      out += text[i];
  return out;
}

TEST(Texts, HaveBothLanguagesWithTheSamePlaces) {
  for (std::size_t i = 0; i < text_count; ++i) {
    const auto which = static_cast<Text>(i);
    const auto zh = text(which, Language::zh), en = text(which, Language::en);
    EXPECT_FALSE(zh.empty() || en.empty()) << i;
    // A code of a state is said in English alone: it is no word of Chinese.
    const bool of_state = which >= Text::state_credential && which <= Text::state_other;
    EXPECT_EQ(places(zh), of_state ? std::set<char>() : places(en)) << zh << " / " << en;
  }
}

TEST(Texts, HaveNoEnglishInChineseAndNoChineseInEnglish) {
  for (std::size_t i = 0; i < text_count; ++i) {
    const auto zh = bare(text(static_cast<Text>(i), Language::zh)),
               en = bare(text(static_cast<Text>(i), Language::en));
    for (char c : zh)
      EXPECT_FALSE((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ',' || c == '.' || c == ';' ||
                   c == '(' || c == '\'')
          << zh;
    for (char c : en)
      EXPECT_LT(static_cast<unsigned char>(c), 0x80) << en;
  }
}

TEST(Texts, PutADayAsEachLanguageWritesIt) {
  EXPECT_EQ(in_language(Date(2026, 3, 4), Language::zh), "2026年3月4日");
  EXPECT_EQ(in_language(Date(2026, 3, 4), Language::en), "2026-03-04");
}

TEST(Texts, AreReadBackOnlyWhereTheyWereSaid) {
  EXPECT_EQ(read_back(Text::reaches_age, "子女年满18周岁"), (std::vector<std::string>{"子女", "18"}));
  EXPECT_EQ(read_back(Text::reaches_age, "子女年满18岁"), std::nullopt);
  EXPECT_EQ(read_back(Text::marriage, "结婚登记"), std::vector<std::string>{});
  EXPECT_EQ(read_back(Text::marriage, "结婚登记了"), std::nullopt);
}

TEST(Language, IsChineseUnlessALocaleSaysEnglish) {
  for (const auto* english : {"en", "en_US.UTF-8", "en-GB", "en.UTF-8"})
    EXPECT_EQ(language_of_locale(english), Language::en) << english;
  for (const auto* chinese : {"", "C", "POSIX", "C.UTF-8", "zh_CN.UTF-8", "de_DE", "eng", "enx_XX"})
    EXPECT_EQ(language_of_locale(chinese), Language::zh) << chinese;
}

TEST(Typesetting, IsFullWidthBesideChineseOnly) {
  EXPECT_EQ(chinese_typeset("女方年满49周岁(丧偶或离异按本人)"), "女方年满49周岁（丧偶或离异按本人）");
  EXPECT_EQ(chinese_typeset("甲, 乙; 丙: 丁"), "甲，乙；丙：丁");
  EXPECT_EQ(chinese_typeset("N04,N11"), "N04,N11");
  EXPECT_EQ(chinese_typeset("f(x), y"), "f(x), y");
}

}  // namespace
}  // namespace kinhub
