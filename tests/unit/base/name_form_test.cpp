// Names as they are compared: spellings of one name, and names that differ.
#include "hub/base/name_form.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

TEST(NameForm, SpellingsOfOneName) {
  struct Row {
    const char *what, *a, *b;
  };
  const Row rows[] = {
      {"a plain name", "王试子", "王试子"},
      {"dot U+2022", "阿试·买试", "阿试\u2022买试"},
      {"dot U+FF0E", "阿试·买试", "阿试\uFF0E买试"},
      {"dot U+30FB", "阿试·买试", "阿试\u30FB买试"},
      {"half-width dot U+FF65", "阿试·买试", "阿试\uFF65买试"},
      {"dots U+2027, U+2219, U+22C5", "阿试\u2027买试", "阿试\u2219买试"},
      {"dot U+22C5", "阿试·买试", "阿试\u22C5买试"},
      {"plain full stop", "阿试·买试", "阿试.买试"},
      {"ideographic blank inside", "王试", "王\u3000试"},
      {"blank inside", "王试", "王 试"},
      {"no-break space at the end", "王试", "王试\u00A0"},
      {"zero-width space", "王试", "王\u200B试"},
      {"byte order mark", "王试", "\uFEFF王试"},
      {"variation selector", "\u8FBB试", "\u8FBB\U000E0100试"},
      {"compatibility ideograph", "\uF9B5", "\u4F8B"},
      {"full-width Latin of another case", "Chen Shilan", "ＣＨＥＮ　ＳＨＩＬＡＮ"},
  };
  for (const auto& row : rows)
    EXPECT_TRUE(same_name(row.a, row.b)) << row.what;
}

TEST(NameForm, NamesThatDiffer) {
  EXPECT_FALSE(same_name("王试子", "王试儿"));
  EXPECT_FALSE(same_name("阿试·买试", "阿试买试")) << "a dot parts names";
  EXPECT_FALSE(same_name("\u4DAE试", "\u4E00试"));
  EXPECT_FALSE(same_name("王试", ""));
}

TEST(NameForm, ANameTellsWhoUnlessItIsInLettersOrAfterTheMother) {
  for (const auto* name : {"王试子", "王试", "之子", "王之子明", "阿试·买试", "王A", "之试女", "\xFF"})
    EXPECT_TRUE(tells_who(name)) << name;
  for (const auto* name :
       {"Wang Shizi", "WANG^SHIZI", "Ｗａｎｇ", "", "Иванов", "李试女之子", "李试女之女", "李试女之婴",
        "李试女之婴儿", "李试女 之 子", "李试女之长子", "李试女之子1", "李试女之女A", "李试女之大女"})
    EXPECT_FALSE(tells_who(name)) << name;
}

TEST(NameForm, AnyBytesHaveOne) {
  EXPECT_EQ(name_form(""), "");
  EXPECT_EQ(name_form("\xE4\xB8"), "\xE4\xB8");
  EXPECT_EQ(name_form("\xFF王"), "\xFF王");
  EXPECT_EQ(name_form(std::string("王\0试", 7)), "王试");
}

}  // namespace
}  // namespace kinhub
