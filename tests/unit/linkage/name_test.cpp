#include "hub/linkage/name.hpp"

#include "tests/unit/linkage/linkage_test.hpp"

namespace kinhub::linkage::test {
namespace {

TEST(LinkageNames, AgreeByLevel) {
  struct Row {
    const char *a, *b;
    NameLevel level;
  };
  using enum NameLevel;
  const Row rows[] = {
      {"王国强", "王国强", same},
      {"王 国强", "王国强", same},
      {"王国强", "王國強", variant},
      {"王䶮", "王\xEE\xA1\xA3", same},  // its place in private use
      {"王䶮", "王龑", variant},
      {"李小红", "小红李", order},
      {"戚月冬", "月冬 戚", order},  // no known surname, but the blank shows it
      {"欧阳小红", "小红欧阳", order},
      {"王子轩", "王子萱", close},
      {"王䶮", "王?", close},
      {"王䶮", "王YAN", close},
      {"王䶮", "王□", close},
      {"王?", "王?", close},  // two unwritable characters need not be one
      {"王国强", "王国伟", one_differs},
      {"王国强", "王强", one_differs},
      {"王国强", "李国强", one_differs},
      {"王国强", "赵玉兰", different},
      {"王子轩", "王紫萱", close},  // two slips of sound
      {"李小红", "王李小红", cut},
      {"买买提·吐尔逊", "买买提•吐尔逊", same},
      {"买买提·吐尔逊", "买买提吐尔逊", same},
      {"买买提·吐尔逊", "吐尔逊·买买提", order},
      {"买买提·吐尔逊", "买买提·吐尔孙", close},
      {"买买提·吐尔逊", "买买提", cut},
      {"买买提·吐尔逊", "买买提·依明", one_differs},  // brothers bear the father's name
      {"李静之子", "李静之子", unknown},
      {"李静之子", "王子轩", unknown},
      {"未取名", "未取名", unknown},
      {"王国强", "Wang Guoqiang", unknown},
      {"Wang Guoqiang", "WANG GUOQIANG", same},
      {"Wang Guoqiang", "Guoqiang Wang", order},
      {"Wang Guoqiang", "Wang Guoqiagn", close},
      {"", "王国强", unknown},
  };
  for (const auto& row : rows) {
    const Name a(row.a), b(row.b);
    EXPECT_EQ(compare_names(a, b, shipped().names), row.level) << row.a << " " << row.b;
    EXPECT_EQ(compare_names(b, a, shipped().names), row.level)
        << row.b << " " << row.a << ", the other way round";
  }
}

TEST(LinkageNames, AreCountedInCharactersNotInBytes) {
  EXPECT_EQ(edits(U"王国强", U"王国伟", 3), 1U);
  EXPECT_EQ(edits(U"ab", U"ba", 3), 1U);
  EXPECT_EQ(edits(U"", U"王", 3), 1U);
  EXPECT_EQ(edits(U"abcdef", U"ghijkl", 2), 3U) << "stops above the most";
}

TEST(LinkageNames, ARareNameIsASmallShareOfPeople) {
  const auto& names = shipped().names;
  EXPECT_GT(names.share(Name("王伟")), names.share(Name("王国栋")));
  EXPECT_GT(names.share(Name("王国栋")), names.share(Name("郁国栋")));
  EXPECT_EQ(names.surname_size(U"欧阳小红"), 2U);
  EXPECT_EQ(names.surname_size(U"欧阳"), 1U) << "of two characters the first is the surname";
}

TEST(LinkageNames, OfAnyBytesAreAnswered) {
  for (std::string text : {"\xFF\xFE", "\xE7\x8E", "····", "     ", "????", "\xEE\x80\x80"}) {
    const Name name(text);
    EXPECT_EQ(compare_names(name, Name("王国强"), shipped().names),
              compare_names(Name("王国强"), name, shipped().names));
  }
  EXPECT_LE(Name(std::string(100'000, 'a')).points.size(), 64U);
}

}  // namespace
}  // namespace kinhub::linkage::test
