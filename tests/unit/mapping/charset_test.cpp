#include "hub/mapping/charset.hpp"

#include <gtest/gtest.h>
#include <unicode/ucnv.h>

#include <random>

#include "tests/seeds.hpp"

namespace kinhub {
namespace {

TEST(Charset, NamesAsFeedsWriteThem) {
  struct Row {
    const char* name;
    std::optional<Charset> charset;
  };
  for (const auto& row :
       {Row{"UTF-8", Charset::utf8}, Row{"utf8", Charset::utf8}, Row{"UNICODE UTF-8", Charset::utf8},
        Row{"GB18030", Charset::gb18030}, Row{"GB 18030-2000", Charset::gb18030},
        Row{"gbk", Charset::gb18030}, Row{"GB2312", Charset::gb18030}, Row{"US-ASCII", Charset::ascii},
        Row{"UNICODE", std::nullopt}, Row{"8859/1", std::nullopt}, Row{"", std::nullopt},
        Row{"BIG5", std::nullopt}})
    EXPECT_EQ(charset_named(row.name), row.charset) << row.name;
}

TEST(Charset, ReadsTwoAndFourByteCharactersOfGb18030) {
  EXPECT_EQ(*to_utf8("\xCD\xF5\xCA\xD4\xD7\xD3", Charset::gb18030), "王试子");
  EXPECT_EQ(*to_utf8("a\x81\x30\x84\x36z", Charset::gb18030), "a\u00A5z");
  EXPECT_EQ(*to_utf8("\x95\x32\x82\x36", Charset::gb18030), "\U00020000");  // first of extension B
  EXPECT_EQ(*to_utf8("\xA1\xA4", Charset::gb18030), "·");
}

TEST(Charset, SecondBytesThatLookLikeHl7SeparatorsStayPartOfTheirCharacter) {
  EXPECT_EQ(*to_utf8("\xB2\x7C", Charset::gb18030), "瞸");
  EXPECT_EQ(to_utf8("\x81\x5E", Charset::gb18030)->size(), 3u);
  EXPECT_EQ(to_utf8("\x81\x5C", Charset::gb18030)->size(), 3u);
}

TEST(Charset, TheEighteenCharactersOf2022ComeFromEitherPlace) {
  struct Row {
    const char* old_place;
    const char* new_place;
    const char* text;
  };
  for (const auto& row :
       {Row{"\xFE\x59", "\x82\x35\x90\x37", "\u9FB4"}, Row{"\xFE\x61", "\x82\x35\x90\x38", "\u9FB5"},
        Row{"\xFE\xA0", "\x82\x35\x91\x34", "\u9FBB"}, Row{"\xA6\xD9", "\x84\x31\x82\x36", "\uFE10"},
        Row{"\xA6\xF3", "\x84\x31\x83\x35", "\uFE19"}}) {
    EXPECT_EQ(*to_utf8(row.old_place, Charset::gb18030), row.text);
    EXPECT_EQ(*to_utf8(row.new_place, Charset::gb18030), row.text);
  }
}

TEST(Charset, TheSixThatStandBeyondTheBasicPlaneAreReadFromTheirOldPlace) {
  for (const auto& [bytes, text] :
       std::initializer_list<std::pair<const char*, const char*>>{{"\xFE\x51", "\U00020087"},
                                                                  {"\xFE\x52", "\U00020089"},
                                                                  {"\xFE\x53", "\U000200CC"},
                                                                  {"\xFE\x6C", "\U000215D7"},
                                                                  {"\xFE\x76", "\U0002298F"},
                                                                  {"\xFE\x91", "\U000241FE"},
                                                                  {"\xFE\x9F", "\u4DAE"},
                                                                  {"\xA8\xBC", "\u1E3F"}})
    EXPECT_EQ(*to_utf8(bytes, Charset::gb18030), text);
}

std::string gb(const std::string& text) {
  UErrorCode status = U_ZERO_ERROR;
  std::string out(text.size() * 4, '\0');
  const auto size = ucnv_convert("gb18030", "UTF-8", out.data(), static_cast<int32_t>(out.size()),
                                 text.data(), static_cast<int32_t>(text.size()), &status);
  EXPECT_TRUE(U_SUCCESS(status)) << text;
  out.resize(static_cast<std::size_t>(size));
  return out;
}

TEST(Charset, Utf8DeclaredAsGb18030PassedWheneverNoSequenceBroke) {
  for (const std::string text : {"王试", "欧阳试子", "<XM>王试</XM>", "a^王试子~b", "王试子^陈",
                                 "\uFEFFID,NAME", "阿依·买买", "１２", "陈\U00020000", "x、y"}) {
    auto read = to_utf8(text, Charset::gb18030);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code, "CHARSET_INVALID");
    EXPECT_NE(read.error().text.find("UTF-8"), std::string::npos);
    EXPECT_EQ(*to_utf8(text, Charset::utf8), text);
  }
}

TEST(Charset, TextInGb18030ThatIsUtf8ByAccidentStaysReadable) {
  // Two-byte sequences of UTF-8 (C2..DF, 80..BF) are common hanzi: only a character of Chinese text tells.
  for (const char* text : {"郑", "谭", "石", "茅", "联通", "a谭b石c", "郑试子", "plain"})
    EXPECT_EQ(*to_utf8(gb(text), Charset::gb18030), text);
}

TEST(Charset, NoNameOfTwoCommonCharactersIsTakenForUtf8) {
  std::size_t names = 0;
  for (unsigned first = 0xB0; first <= 0xF7; ++first)
    for (unsigned second = 0xA1; second <= 0xFE; second += 3)
      for (unsigned third = 0xB0; third <= 0xF7; third += 2)
        for (unsigned fourth = 0xA1; fourth <= 0xFE; ++fourth) {
          const char bytes[] = {static_cast<char>(first), static_cast<char>(second), static_cast<char>(third),
                                static_cast<char>(fourth)};
          auto text = to_utf8({bytes, 4}, Charset::gb18030);
          if (text)
            ++names;
          else
            ASSERT_EQ(text.error().text.find("UTF-8"), std::string::npos);
        }
  EXPECT_GT(names, 1'000'000u);
}

TEST(Charset, InvalidBytesAreRefusedWithTheirOffset) {
  struct Row {
    std::string bytes;
    Charset charset;
    const char* place;
  };
  for (const auto& row :
       {Row{"ab\xFF", Charset::gb18030, "byte 2"}, Row{"ab\xCD", Charset::gb18030, "byte 2"},
        Row{"\x80", Charset::gb18030, "byte 0"}, Row{"\xCD\xF5\x81\x30\x81", Charset::gb18030, "byte 2"},
        Row{"\xFE\x39\xFE\x39", Charset::gb18030, "byte 0"}, Row{"a\xC0\x80", Charset::utf8, "byte 1"},
        Row{"王\xED\xA0\x80", Charset::utf8, "byte 3"}, Row{"abc\xE7\x8E", Charset::utf8, "byte 3"},
        Row{"a\x80", Charset::ascii, "byte 1"}}) {
    auto text = to_utf8(row.bytes, row.charset);
    ASSERT_FALSE(text.has_value());
    EXPECT_EQ(text.error().code, "CHARSET_INVALID");
    EXPECT_EQ(text.error().place, row.place);
  }
}

TEST(Charset, AgreesWithTheIcuConverterOnEveryTwoByteCharacterThatDidNotMove) {
  UErrorCode status = U_ZERO_ERROR;
  auto* converter = ucnv_open("gb18030", &status);
  ASSERT_TRUE(U_SUCCESS(status));
  std::size_t compared = 0, moved = 0;
  for (int lead = 0x81; lead <= 0xFE; ++lead)
    for (int trail = 0x40; trail <= 0xFE; ++trail) {
      if (trail == 0x7F) continue;
      const char bytes[] = {static_cast<char>(lead), static_cast<char>(trail)};
      UChar units[4];
      status = U_ZERO_ERROR;
      ucnv_resetToUnicode(converter);
      auto count = ucnv_toUChars(converter, units, 4, bytes, 2, &status);
      auto ours = to_utf8({bytes, 2}, Charset::gb18030);
      if (!U_SUCCESS(status) || count != 1 || units[0] == 0xFFFD) continue;
      ASSERT_TRUE(ours.has_value());
      if (ours->size() == 4)
        ++moved;  // the six that stand beyond U+FFFF
      else
        ASSERT_EQ(ours->size(), units[0] < 0x80 ? 1u : units[0] < 0x800 ? 2u : 3u);
      if (ours->size() == 3) {
        unsigned point = (ours->at(0) & 0x0Fu) << 12 | (ours->at(1) & 0x3Fu) << 6 | (ours->at(2) & 0x3Fu);
        if (point != units[0]) ++moved;
      }
      ++compared;
    }
  ucnv_close(converter);
  EXPECT_GT(compared, 23'000u);
  EXPECT_EQ(moved, 24u);
}

TEST(Charset, RandomBytesGiveUtf8OrAnError) {
  for (unsigned seed : test::seeds({1})) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 20'000; ++round) {
      std::string bytes(random() % 40, '\0');
      for (char& c : bytes)
        c = static_cast<char>(random());
      for (auto charset : {Charset::utf8, Charset::gb18030, Charset::ascii}) {
        auto text = to_utf8(bytes, charset);
        if (text)
          EXPECT_FALSE(utf8_fault(*text).has_value());
        else
          EXPECT_EQ(text.error().code, "CHARSET_INVALID");
      }
    }
  }
}

}  // namespace
}  // namespace kinhub
