#include "hub/base/han_text.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

TEST(HanText, PrivatePlacesOfGbkAndGb18030BecomeTheirStandardPlaces) {
  struct Row {
    std::uint32_t from, to;
  };
  for (const auto& row :
       {Row{0xE863, 0x4DAE},   // FE9F
        Row{0xE855, 0x241FE},  // FE91, one of six beyond U+FFFF
        Row{0xE816, 0x20087}, Row{0xE817, 0x20089}, Row{0xE818, 0x200CC}, Row{0xE831, 0x215D7},
        Row{0xE83B, 0x2298F}, Row{0xE81E, 0x9FB4},  // FE59
        Row{0xE826, 0x9FB5},  Row{0xE864, 0x9FBB},  Row{0xE815, 0x2E81},  Row{0xE843, 0x9FB9},
        Row{0xE844, 0x4723},  Row{0xE76C, 0x20AC},  Row{0xE78D, 0xFE10},  Row{0xE78E, 0xFE12},
        Row{0xE796, 0xFE19},  Row{0xE7C7, 0x1E3F},  Row{0xE7C8, 0x1F9},   Row{0xE7E7, 0x303E},
        Row{0xE7F3, 0x2FFB}})
    EXPECT_EQ(standard_place(row.from), row.to) << std::hex << row.from;
}

TEST(HanText, WhatIsNotOfThemStays) {
  for (const std::uint32_t point : {0x41U, 0x738BU, 0xE000U, 0xE76BU, 0xE76DU, 0xE797U, 0xE7F4U, 0xE814U,
                                    0xE865U, 0xF8FFU, 0x20087U, 0x10FFFFU})
    EXPECT_EQ(standard_place(point), point);
}

TEST(HanText, OneTextFromEitherPlace) {
  EXPECT_EQ(standard_places("王\uE863子"), "王\u4DAE子");
  EXPECT_EQ(standard_places("\uE855"), "\U000241FE");
  EXPECT_EQ(standard_places("\uE7C8n\uE863\uE863"), "\u01F9n\u4DAE\u4DAE");
  EXPECT_EQ(standard_places("王试子 a\uE000"), "王试子 a\uE000");
  EXPECT_EQ(standard_places(""), "");
  EXPECT_EQ(standard_places("\xEE"), "\xEE");
  EXPECT_TRUE(may_hold_private_use("a\uE863"));
  EXPECT_FALSE(may_hold_private_use("王试子"));
}

TEST(HanText, TracesOfLostCharacters) {
  EXPECT_EQ(trace_of_loss("王\uFFFD子"), "U+FFFD");
  EXPECT_EQ(trace_of_loss("锟斤拷"), "锟斤拷");
  EXPECT_EQ(trace_of_loss("王锟斤"), "锟斤拷");
  EXPECT_EQ(trace_of_loss("王试子·a"), std::nullopt);
  EXPECT_EQ(trace_of_loss("锟"), std::nullopt);
}

}  // namespace
}  // namespace kinhub
