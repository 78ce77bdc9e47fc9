#include "hub/base/blanks.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

TEST(Blanks, AroundATextOfAnyWidthAreDropped) {
  for (const char* text : {"XM", " XM ", "\t\r\nXM\n", "\u3000XM\u3000", "\u00A0 XM\u3000 ", "\u200BXM\u200B",
                           "\uFEFFXM", "\uFEFF\uFEFF \u200BXM"})
    EXPECT_EQ(without_blanks(text), "XM");
  for (const char* text : {"", " ", "\u3000", "\u200B", "\uFEFF \u00A0"})
    EXPECT_EQ(without_blanks(text), "");
  EXPECT_EQ(without_blanks("王 试"), "王 试");
  EXPECT_EQ(without_blanks("塡"), "塡");  // ends in A1 A1, which is a blank of GB18030
}

TEST(Blanks, InGb18030) {
  for (const char* text :
       {"\xA1\xA1XM\xA1\xA1", "\x81\x30\x84\x32XM", "XM\x81\x36\xA4\x37", "\x84\x31\x95\x33XM", " XM "})
    EXPECT_EQ(without_blanks(text, BlankCoding::gb18030), "XM");
  EXPECT_EQ(without_blanks("\xCD\xF5\xCA\xD4", BlankCoding::gb18030), "\xCD\xF5\xCA\xD4");
}

}  // namespace
}  // namespace kinhub
