#include "hub/base/citizen_number.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

TEST(CitizenNumber, ReadsTheStandardsOwnExamples) {
  EXPECT_EQ(CitizenNumber::read("11010519491231002X").value().birth(), Date(1949, 12, 31));
  EXPECT_EQ(CitizenNumber::read("440524188001010014").value().sex(), Sex::male);
}

TEST(CitizenNumber, ReadsTheFormsRealFeedsSend) {
  struct Row {
    const char *raw, *read;
  };
  for (auto [raw, read] :
       {Row{"32222819760704046x", "32222819760704046X"},
        Row{"３２２２２８１９７６０７０４０４６Ｘ", "32222819760704046X"},
        Row{"'322228197503120246", "322228197503120246"},
        Row{" 322228197503120246 \r\n", "322228197503120246"}, Row{"322228750312024", "322228197503120246"}})
    EXPECT_EQ(CitizenNumber::read(raw).value().text(), read) << raw;
}

TEST(CitizenNumber, GivesPeopleOfAHundredTheirCentury) {
  EXPECT_EQ(CitizenNumber::read("322228800101996").value().birth(), Date(1880, 1, 1));
}

TEST(CitizenNumber, SaysWhyItRefuses) {
  struct Row {
    const char *raw, *code;
  };
  for (auto [raw, code] :
       {Row{"322228200005210170", "CITIZEN_ID_CHECK"}, Row{"32222820000521017", "CITIZEN_ID_LENGTH"},
        Row{"3.22228E+17", "CITIZEN_ID_CHARSET"}, Row{"", "CITIZEN_ID_LENGTH"},
        Row{"3222X8200005210171", "CITIZEN_ID_CHARSET"}, Row{"322228200002300171", "CITIZEN_ID_BIRTH"}}) {
    auto number = CitizenNumber::read(raw);
    ASSERT_FALSE(number) << raw;
    EXPECT_EQ(number.error().code, code) << raw;
  }
}

TEST(CitizenNumbersIn, FindsWhatStandsAlone) {
  const std::string a = "322228200005210171", x = "32222819500312011X";
  struct Row {
    const char* what;
    std::string bytes;
    std::vector<std::string> found;
  };
  const Row rows[] = {
      {"nothing", "", {}},
      {"XML", "<GMSFHM>" + a + "</GMSFHM><MQ>" + x + "</MQ>", {a, x}},
      {"a small x", "32222819500312011x,", {x}},
      {"at both ends", a + "|" + x, {a, x}},
      {"twice", a + "," + a, {a}},
      {"beside characters of GB18030", "\xC1\xF5" + a + "\xC1\xF5", {a}},
      {"in a longer run of digits", "1" + a + " " + a + "0", {}},
      {"seventeen digits before an X that a digit stands before", "9" + x, {}},
      {"a wrong check character", "322228200005210170", {}},
      {"no day of the calendar", "322228200013210174", {}},
      {"fifteen digits", "<MQ>322228750312024</MQ>", {"322228197503120246"}},
      {"fifteen digits that are no day", "322228759912024", {}},
      {"full width", "<MQ>３２２２２８１９７５０３１２０２４６</MQ>", {"322228197503120246"}},
      {"full width with an X", "３２２２２８１９５００３１２０１１Ｘ", {x}},
      {"blanks inside", "322228 19750312 0246,", {"322228197503120246"}},
      {"blanks between several", a + " " + x + " 5", {a, x}},
      {"a character reference", "32222820000521017&#49;", {a}},
      {"hexadecimal references", "&#x33;22228200005210171", {a}},
      {"a reference that does not end", "32222820000521017&#49", {}},
  };
  for (const auto& row : rows) {
    std::vector<std::string> found;
    for (const auto& number : citizen_numbers_in(row.bytes, 10))
      found.push_back(number.text());
    EXPECT_EQ(found, row.found) << row.what;
  }
  EXPECT_EQ(citizen_numbers_in(a + " " + x, 1).size(), 1u) << "at most as many as asked";
}

}  // namespace
}  // namespace kinhub
