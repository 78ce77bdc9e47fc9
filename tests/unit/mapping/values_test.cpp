#include "hub/mapping/values.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

std::string date_or_code(std::string_view text, std::vector<std::string> patterns) {
  auto date = read_date(text, patterns);
  return date ? date->text() : date.error().code;
}

TEST(Dates, ByPattern) {
  struct Row {
    const char* text;
    std::vector<std::string> patterns;
    const char* expected;
  };
  for (const auto& row : std::vector<Row>{
           {"20261118", {"yyyyMMdd"}, "2026-11-18"},
           {" 2026-11-18 ", {"yyyy-MM-dd"}, "2026-11-18"},
           {"2026-11-18 23:59:59", {"yyyyMMdd", "yyyy-MM-dd HH:mm:ss"}, "2026-11-18"},
           {"19550700", {"yyyyMMdd"}, "1955-07"},
           {"19550000", {"yyyyMMdd"}, "1955"},
           {"195507", {"yyyyMM"}, "1955-07"},
           {"19550018", {"yyyyMMdd"}, "DATE_NO_DAY"},
           {"20260231", {"yyyyMMdd"}, "DATE_NO_DAY"},
           {"20240229", {"yyyyMMdd"}, "2024-02-29"},
           {"2026/11/18", {"yyyyMMdd"}, "DATE_FORMAT"},
           {"202611180", {"yyyyMMdd"}, "DATE_FORMAT"},
           {"99991231", {"yyyyMMdd"}, "DATE_RANGE"},
           {"00010101", {"yyyyMMdd"}, "DATE_RANGE"},
           {"", {"yyyyMMdd"}, "DATE_FORMAT"},
           {"20261118064512+0800", {"yyyyMMddHHmmssX"}, "2026-11-18"},
           {"20261118064512", {"yyyyMMddHHmmssX"}, "2026-11-18"},
           {"20261118170000+0000", {"yyyyMMddHHmmssX"}, "2026-11-19"},
           {"2026-11-18T15:59:59Z", {"yyyy-MM-ddTHH:mm:ssX"}, "2026-11-18"},
           {"2026-11-18T16:00:00Z", {"yyyy-MM-ddTHH:mm:ssX"}, "2026-11-19"},
           {"20261119003000+0900", {"yyyyMMddHHmmssX"}, "2026-11-18"},
           {"20261118064512+08xx", {"yyyyMMddHHmmssX"}, "DATE_FORMAT"},
       })
    EXPECT_EQ(date_or_code(row.text, row.patterns), row.expected) << row.text;
}

TEST(Dates, CountedSince1970AsChangesArePublished) {
  struct Row {
    const char* text;
    std::vector<std::string> patterns;
    const char* expected;
  };
  for (const auto& row : std::vector<Row>{
           {"20775", {"epoch_days"}, "2026-11-18"},
           {"0", {"epoch_days"}, "1970-01-01"},
           {"-1", {"epoch_days"}, "1969-12-31"},
           {"-5287", {"epoch_days"}, "1955-07-12"},
           {"-43829", {"epoch_days"}, "1850-01-01"},
           {"-43830", {"epoch_days"}, "DATE_RANGE"},
           {"84370", {"epoch_days"}, "2200-12-31"},
           {"84371", {"epoch_days"}, "DATE_RANGE"},
           {"20261118", {"epoch_days"}, "DATE_RANGE"},
           {"1795017599999", {"epoch_days"}, "DATE_RANGE"},
           {"20775.0", {"epoch_days"}, "DATE_FORMAT"},
           {"+20775", {"epoch_days"}, "DATE_FORMAT"},
           {"2.0775e4", {"epoch_days"}, "DATE_FORMAT"},
           {"99999999999999999999", {"epoch_days"}, "DATE_FORMAT"},
           {"", {"epoch_days"}, "DATE_FORMAT"},
           // An instant: midnight in Shanghai is 16:00 UTC.
           {"1795017599999", {"epoch_ms"}, "2026-11-18"},
           {"1795017600000", {"epoch_ms"}, "2026-11-19"},
           {"1795017599999999", {"epoch_us"}, "2026-11-18"},
           {"1795017600000000000", {"epoch_ns"}, "2026-11-19"},
           {"-1", {"epoch_ms"}, "1970-01-01"},
           {"-28800001", {"epoch_ms"}, "1969-12-31"},
           {"1795017600000", {"epoch_us"}, "1970-01-22"},
           {"1795017600000000", {"epoch_ms"}, "DATE_RANGE"},
           {"9223372036854775807", {"epoch_ms"}, "DATE_RANGE"},
           {"-9223372036854775808", {"epoch_ms"}, "DATE_RANGE"},
           // Summer time: midnight of 1 June 1988 was 15:00 UTC; the winter after it 16:00 again.
           {"581094000000", {"epoch_ms"}, "1988-06-01"},
           {"581093999999", {"epoch_ms"}, "1988-05-31"},
           {"596908800000", {"epoch_ms"}, "1988-12-01"},
           {"596905200000", {"epoch_ms"}, "1988-11-30"},
           {"-897004800000", {"epoch_ms"}, "1941-07-30"},
           // A column without a zone is counted as if it were UTC.
           {"1795046399999", {"local_epoch_ms"}, "2026-11-18"},
           {"1795046400000", {"local_epoch_ms"}, "2026-11-19"},
           {"581094000000", {"local_epoch_ms"}, "1988-05-31"},
           {"1795046399999999", {"local_epoch_us"}, "2026-11-18"},
           {"1795046399999999999", {"local_epoch_ns"}, "2026-11-18"},
           {"2026-11-18T15:59:59.999999999Z", {"iso"}, "2026-11-18"},
           {"2026-11-18T16:00:00Z", {"iso"}, "2026-11-19"},
           {"2026-11-18T23:59:59.5+08:00", {"iso"}, "2026-11-18"},
           {"1988-05-31T15:00:00Z", {"iso"}, "1988-06-01"},
           {"1988-05-31T23:00:00+08:00", {"iso"}, "1988-05-31"},
           {"2026-11-18T23:59:59", {"iso"}, "2026-11-18"},
           {"2026-11-18", {"iso"}, "DATE_FORMAT"},
           {"2026-11-18T23:59:59.Z", {"iso"}, "DATE_FORMAT"},
           {"2026-11-18T23:59:59.0123456789Z", {"iso"}, "DATE_FORMAT"},
           {"2026-02-30T00:00:00Z", {"iso"}, "DATE_NO_DAY"},
           {"2026-11-18Z", {"yyyy-MM-ddX"}, "2026-11-18"},
           {"2026-11-18", {"epoch_days", "yyyy-MM-dd"}, "2026-11-18"},
           {"20775", {"yyyy-MM-dd", "iso", "epoch_days"}, "2026-11-18"},
       })
    EXPECT_EQ(date_or_code(row.text, row.patterns), row.expected) << row.text << " " << row.patterns[0];
}

TEST(Dates, OnlyOnePatternCounts) {
  using Patterns = std::vector<std::string>;
  EXPECT_FALSE(fault_of_date_patterns(Patterns{"yyyyMMdd", "epoch_days", "iso"}).has_value());
  EXPECT_TRUE(fault_of_date_patterns(Patterns{"epoch_days", "epoch_ms"}).has_value());
}

TEST(Dates, PatternsAreCheckedAtLoad) {
  for (const char* good : {"yyyyMMdd", "yyyy-MM-dd HH:mm:ss", "yyyyMM", "yyyy", "yyyyMMddHHmmssX",
                           "yyyy-MM-ddTHH:mm:ss.SSSX", "epoch_days", "local_epoch_us", "iso", "hl7", "any"})
    EXPECT_FALSE(fault_of_date_pattern(good).has_value()) << good;
  for (const char* bad : {"", "yyMMdd", "YYYYMMDD", "yyyyMMddMM", "MMdd", "yyyydd", "yyyyMMddq", "epoch_s",
                          "epoch_dayss", "epoch"})
    EXPECT_TRUE(fault_of_date_pattern(bad).has_value()) << bad;
}

TEST(Timestamps, KeepTheDigitsThatAreSaidInShanghai) {
  struct Row {
    const char* text;
    const char* expected;
  };
  for (const auto& row : std::initializer_list<Row>{{"20261118064512+0800", "20261118064512"},
                                                    {"202611180645", "202611180645"},
                                                    {"2026111806", "2026111806"},
                                                    {"20261118", "20261118"},
                                                    {"2026-11-19 10:12:33", "20261119101233"},
                                                    {"2026-11-19T02:12:33Z", "20261119101233"},
                                                    {"20261231170000-0000", "20270101010000"},
                                                    {"202612311700-0000", "202701010100"},
                                                    {"2026123117-0000", "2027010101"},
                                                    {"2026123117+0530", "TIMESTAMP_FORMAT"},
                                                    {"20270101003000+0900", "20261231233000"},
                                                    {"2026111", "TIMESTAMP_FORMAT"},
                                                    {"202611", "TIMESTAMP_FORMAT"},
                                                    {"20261332", "TIMESTAMP_FORMAT"},
                                                    {"20261118250000", "TIMESTAMP_FORMAT"},
                                                    {"20261118240000", "TIMESTAMP_FORMAT"},
                                                    {"yesterday", "TIMESTAMP_FORMAT"},
                                                    {"", "TIMESTAMP_FORMAT"},
                                                    {"20261118064512+08:00x", "TIMESTAMP_FORMAT"},
                                                    {"20261118064512.", "TIMESTAMP_FORMAT"},
                                                    {"20261118064512.1234567890", "TIMESTAMP_FORMAT"},
                                                    {"2026-11-18 06:45:12junk", "TIMESTAMP_FORMAT"}}) {
    auto stamp = read_timestamp(row.text);
    EXPECT_EQ(stamp ? *stamp : stamp.error().code, row.expected) << row.text;
  }
}

TEST(Timestamps, FractionsOfASecondWereDroppedSoThatContentDecidedTheOrder) {
  struct Row {
    const char* text;
    const char* expected;
  };
  for (const auto& row :
       std::initializer_list<Row>{{"20261118064512.1+0800", "20261118064512100000"},
                                  {"20261118064512.1234+0800", "20261118064512123400"},
                                  {"20261121020000301", "20261121020000301000"},
                                  {"2026-11-18 06:45:12.000001", "20261118064512000001"},
                                  {"2026-11-18T06:45:12.123456789+08:00", "20261118064512123456789"},
                                  {"2026-11-18T22:45:12.5Z", "20261119064512500000"}}) {
    auto stamp = read_timestamp(row.text);
    EXPECT_EQ(stamp ? *stamp : stamp.error().code, row.expected) << row.text;
  }
  EXPECT_LT(*read_timestamp("20261118064512.05"), *read_timestamp("20261118064512.1"));
  EXPECT_LT(*read_timestamp("20261118064512.9"), *read_timestamp("20261118064513.0"));
}

TEST(Dates, EveryFormOfHl7sOwnTimeIsRead) {
  for (const auto& [text, expected] :
       std::initializer_list<std::pair<const char*, const char*>>{{"2026", "2026"},
                                                                  {"202611", "2026-11"},
                                                                  {"20261118", "2026-11-18"},
                                                                  {"2026111806", "2026-11-18"},
                                                                  {"202611180610", "2026-11-18"},
                                                                  {"20261118061000", "2026-11-18"},
                                                                  {"20261118061000.1", "2026-11-18"},
                                                                  {"20261118061000.1234", "2026-11-18"},
                                                                  {"20230211140114.0000+0800", "2023-02-11"},
                                                                  {"202611180610+0800", "2026-11-18"},
                                                                  {"20261118+0800", "2026-11-18"},
                                                                  {"202611182300+0700", "2026-11-19"},
                                                                  {"20261118170000.5-0000", "2026-11-19"},
                                                                  {"20261118240000", "2026-11-18"},
                                                                  {"20261118243000", "DATE_FORMAT"},
                                                                  {"202611180610.5", "DATE_FORMAT"},
                                                                  {"2026111", "DATE_FORMAT"},
                                                                  {"20261118061000.", "DATE_FORMAT"},
                                                                  {"2026-11-18", "DATE_FORMAT"},
                                                                  {"20261131", "DATE_NO_DAY"},
                                                                  {"20261318", "DATE_NO_DAY"},
                                                                  {"999912", "DATE_RANGE"},
                                                                  {"", "DATE_FORMAT"}})
    EXPECT_EQ(date_or_code(text, {"hl7"}), expected) << text;
}

TEST(Dates, AnyFormThatCanBeReadInOneWayAlone) {
  const std::pair<const char*, const char*> cases[] = {
      {"20261118", "2026-11-18"},
      {"20261118061000", "2026-11-18"},
      {"20261118061000.0", "2026-11-18"},
      {"20261118180000+0000", "2026-11-19"},
      {"2026-11-18", "2026-11-18"},
      {"2026/11/18", "2026-11-18"},
      {"2026/1/5", "2026-01-05"},
      {"2026-11-18 06:10", "2026-11-18"},
      {"2026-11-18 06:10:00.0", "2026-11-18"},
      {"2026-11-18T06:10:00", "2026-11-18"},
      {"2026-11-18T06:10:00.123456", "2026-11-18"},
      {"2026-11-17T22:10:00Z", "2026-11-18"},
      {"2026-11-18T06:10:00.5+08:00", "2026-11-18"},
      {"2000-05-20T16:00:00.000Z", "2000-05-21"},
      {"2026-11-00", "2026-11"},
      {"20260000", "2026"},
      {"2026-11-18 24:00:00", "2026-11-18"},
      // What could be read in two ways, or says less than a day, or more than a time.
      {"18/11/2026", "DATE_FORMAT"},
      {"11-12-2026", "DATE_FORMAT"},
      {"261118", "DATE_FORMAT"},
      {"201112", "DATE_FORMAT"},
      {"2026", "DATE_FORMAT"},
      {"2026-11", "DATE_FORMAT"},
      {"1794959400", "DATE_FORMAT"},
      {"199001010000", "DATE_FORMAT"},
      {"1794959400000", "DATE_FORMAT"},
      {"2026-11/18", "DATE_FORMAT"},
      {"2026-11-18 06", "DATE_FORMAT"},
      {"2026-11-18Z", "DATE_FORMAT"},
      {"2026-11-18 06:10.5", "DATE_FORMAT"},
      {"2026-11-18 06:10:00.", "DATE_FORMAT"},
      {"2026-11-18 06:10:00 x", "DATE_FORMAT"},
      {"2026-11-18 24:30", "DATE_FORMAT"},
      {"2026-13-18", "DATE_NO_DAY"},
      {"2026-02-30", "DATE_NO_DAY"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(date_or_code(text, {"any"}), expected) << text;
}

TEST(Dates, TheHourTwentyFourIsTheEndOfADayAndNothingElse) {
  for (const auto& [text, expected] :
       std::initializer_list<std::pair<const char*, const char*>>{{"2026-11-18 24:00:00", "2026-11-18"},
                                                                  {"2026-11-18 24:30:00", "DATE_FORMAT"},
                                                                  {"2026-11-18 24:00:01", "DATE_FORMAT"},
                                                                  {"2026-11-18 25:00:00", "DATE_FORMAT"},
                                                                  {"2026-11-18 23:59:60", "2026-11-18"}})
    EXPECT_EQ(date_or_code(text, {"yyyy-MM-dd HH:mm:ss"}), expected) << text;
  EXPECT_EQ(date_or_code("202611182430", {"yyyyMMddHHmm"}), "DATE_FORMAT");
}

std::string end_or_code(std::string_view text, std::vector<std::string> patterns) {
  auto end = read_end_date(text, patterns);
  if (!end) return end.error().code;
  return *end ? (*end)->text() : "no end";
}

TEST(Dates, AnEndThatNeverComesIsNoEnd) {
  struct Row {
    const char* text;
    std::vector<std::string> patterns;
    const char* expected;
  };
  for (const auto& row : std::vector<Row>{{"2036-11-16", {"yyyy-MM-dd"}, "2036-11-16"},
                                          {"9999-12-31", {"yyyy-MM-dd"}, "no end"},
                                          {"2999-12-31", {"yyyy-MM-dd"}, "no end"},
                                          {"2200-12-31", {"yyyy-MM-dd"}, "2200-12-31"},
                                          {"2201-01-01", {"yyyy-MM-dd"}, "no end"},
                                          {"99991231", {"yyyyMMdd"}, "no end"},
                                          {"9999-12-31 23:59:59", {"yyyy-MM-dd HH:mm:ss"}, "no end"},
                                          {"0000-00-00", {"yyyy-MM-dd"}, "no end"},
                                          {"00000000", {"yyyyMMdd"}, "no end"},
                                          {"0000-00-00 00:00:00", {"yyyy-MM-dd"}, "no end"},
                                          {" 长期 ", {"yyyy-MM-dd"}, "no end"},
                                          {"永久", {"yyyy-MM-dd"}, "no end"},
                                          {"2932896", {"epoch_days"}, "no end"},
                                          {"0", {"epoch_days"}, "no end"},
                                          {"253402214400000", {"local_epoch_ms"}, "no end"},
                                          {"24425", {"epoch_days"}, "2036-11-15"},
                                          {"0", {"yyyy-MM-dd"}, "DATE_FORMAT"},
                                          {"1755-01-01", {"yyyy-MM-dd"}, "DATE_RANGE"},
                                          {"2036-02-31", {"yyyy-MM-dd"}, "DATE_NO_DAY"},
                                          {"soon", {"yyyy-MM-dd"}, "DATE_FORMAT"}})
    EXPECT_EQ(end_or_code(row.text, row.patterns), row.expected) << row.text;
}

TEST(Timestamps, OutOfACountKeepItsDigitsAndNeverRunBackwards) {
  struct Row {
    const char* text;
    const char* form;
    const char* expected;
  };
  for (const auto& row : std::initializer_list<Row>{
           {"1795000000123", "epoch_ms", "20261118190640123"},
           {"1795000000000", "epoch_ms", "20261118190640000"},
           {"1795000000123456", "epoch_us", "20261118190640123456"},
           {"1795000000000000001", "epoch_ns", "20261118190640000000001"},
           {"1795028800123", "local_epoch_ms", "20261118190640123"},
           {" 1795000000123 ", "epoch_ms", "20261118190640123"},
           {"631123200000", "epoch_ms", "19900101000000000"},
           {"631123199999", "epoch_ms", "TIMESTAMP_RANGE"},
           {"684867599999", "epoch_ms", "19910915005959999"},  // the summer's last millisecond, and the next
           {"684867600000", "epoch_ms", "19910915010000000"},
           {"0", "epoch_ms", "TIMESTAMP_RANGE"},
           {"1795000000", "epoch_ms", "TIMESTAMP_RANGE"},
           {"1795000000123", "epoch_us", "TIMESTAMP_RANGE"},
           {"1795000000123456", "epoch_ms", "TIMESTAMP_RANGE"},
           {"9223372036854775807", "epoch_ms", "TIMESTAMP_RANGE"},
           {"-9223372036854775808", "epoch_ms", "TIMESTAMP_RANGE"},
           {"2026-11-18T19:06:40Z", "epoch_ms", "TIMESTAMP_FORMAT"},
           {"1.795e12", "epoch_ms", "TIMESTAMP_FORMAT"},
           {"", "epoch_ms", "TIMESTAMP_FORMAT"},
       }) {
    auto stamp = read_timestamp(row.text, row.form);
    EXPECT_EQ(stamp ? *stamp : stamp.error().code, row.expected) << row.text << " " << row.form;
  }
  for (const char* bad : {"epoch_days", "iso", "yyyyMMdd", "epoch_s", ""})
    EXPECT_TRUE(fault_of_timestamp_form(bad).has_value()) << bad;
}

TEST(DisabilityCards, AreCheckedInside) {
  struct Row {
    const char* text;
    const char* expected;
  };
  for (const auto& row : std::initializer_list<Row>{
           {"32222820030419024642", "4/2"},
           {"32222820030419024642B1", "4/2"},
           {"32222819760704046x31", "3/1"},
           {"32222820030419024682", "DISABILITY_CARD_CATEGORY"},
           {"32222820030419024645", "DISABILITY_CARD_GRADE"},
           {"32222820030419024042", "CITIZEN_ID_CHECK"},
           {"3222282003041902464", "DISABILITY_CARD_LENGTH"},
           {"32222820030419024642C1", "DISABILITY_CARD_REISSUE"},
       }) {
    auto card = DisabilityCard::read(row.text);
    EXPECT_EQ(card ? std::to_string(card->category) + "/" + std::to_string(card->grade) : card.error().code,
              row.expected)
        << row.text;
  }
  EXPECT_EQ(DisabilityCard::read("32222820030419024642B1")->plain, "32222820030419024642");
}

TEST(Regions, AreSixDigits) {
  EXPECT_EQ(*read_region("320812"), "320812");
  EXPECT_EQ(*read_region("320812001003"), "320812");
  EXPECT_EQ(read_region("32081").error().code, "REGION_FORMAT");
  EXPECT_EQ(read_region("淮安").error().code, "REGION_FORMAT");
}

TEST(Areas, AreSixNineOrTwelveDigitsWithoutTheNoughtsThatStandForNoPlace) {
  EXPECT_EQ(*read_area("320812", nullptr), "320812");
  EXPECT_EQ(*read_area("320812001", nullptr), "320812001");
  EXPECT_EQ(*read_area(" 320812001003 ", nullptr), "320812001003");
  EXPECT_EQ(*read_area("320812001000", nullptr), "320812001");
  EXPECT_EQ(*read_area("320812000000", nullptr), "320812");
  EXPECT_EQ(*read_area("320812000", nullptr), "320812");
  for (const char* wrong : {"32081", "3208120010", "3208120010031", "32081200100A", "淮安"})
    EXPECT_EQ(read_area(wrong, nullptr).error().code, "REGION_FORMAT") << wrong;
}

TEST(Areas, AreLookedUpWhereTheTableListsTheirNeighbours) {
  const auto table = CodeTable::parse("region",
                                      "code,name,from,until\n322228,试城,,\n322228001,试安,,2016-01-01\n"
                                      "322228001,试新,2016-01-01,\n322228001001,试社区,,\n",
                                      "region.csv");
  ASSERT_TRUE(table);
  EXPECT_EQ(*read_area("322228001001", &*table), "322228001001");
  EXPECT_EQ(*read_area("322228001", &*table), "322228001");
  EXPECT_EQ(read_area("322228001002", &*table).error().code, "AREA_UNKNOWN");
  EXPECT_EQ(read_area("322228002", &*table).error().code, "AREA_UNKNOWN");
  EXPECT_EQ(*read_area("322228002001", &*table), "322228002001") << "nobody listed communities of that town";
  EXPECT_EQ(*read_area("322229", &*table), "322229") << "regions are not looked up";
  EXPECT_EQ(*read_area("320812001", &*table), "320812001");
}

TEST(Areas, TheTableIsOfDaysThatAreTrue) {
  const auto fault = [](const std::string& rows) {
    const auto table = CodeTable::parse("region", "code,name,from,until\n" + rows, "region.csv");
    return table ? std::string("none") : table.error().place + " " + table.error().text;
  };
  EXPECT_EQ(fault("322228,试城,,\n"), "none");
  EXPECT_EQ(fault("322228,试城,2016-02-30,\n"),
            "region.csv:2:1 from and until are days, 2026-01-01, from before until; or nothing");
  EXPECT_EQ(fault("322228,试城,2016-01-01,2016-01-01\n"),
            "region.csv:2:1 from and until are days, 2026-01-01, from before until; or nothing");
  EXPECT_EQ(fault("322228,试城,,2016-01-02\n322228,试新,2016-01-01,\n"),
            "region.csv:3:1 the code '322228' has two names on one day");
  EXPECT_EQ(fault("322228,,,\n"), "region.csv:2:1 a code and its meaning must both be given");
}

TEST(Yuan, AreReadAsFen) {
  const std::pair<const char*, int> rows[] = {
      {"1130.00", 113'000}, {"1130", 113'000},          {"0", 0}, {"238.5", 23'850}, {"0.01", 1},
      {" 12.30 ", 1'230},   {"9999999.99", 999'999'999}};
  for (const auto& [text, fen] : rows)
    EXPECT_EQ(*read_yuan(text), fen) << text;
  for (const char* wrong : {"", ".", "1.", ".5", "-1", "1,130.00", "1.005", "10000000", "一百", "1.-1"})
    EXPECT_EQ(read_yuan(wrong).error().code, "MONEY_FORMAT") << wrong;
}

TEST(Diagnostics, ShowOfANumberItsShapeAloneWhateverItsLength) {
  EXPECT_EQ(shown("322228197503120246", FieldClass::number), "'999999999999999999', 18 characters");
  EXPECT_EQ(shown("32222819750312012X", FieldClass::number), "'99999999999999999A', 18 characters");
  EXPECT_EQ(shown(" 13800001111 ", FieldClass::number), "'99999999999', 11 characters")
      << "a telephone number";
  EXPECT_EQ(shown("1975-0312", FieldClass::number), "'9999-9999', 9 characters");
  EXPECT_EQ(shown("李试女", FieldClass::number), "'文文文', 3 characters");
  EXPECT_EQ(shown(std::string(60, '7'), FieldClass::number),
            "'" + std::string(40, '9') + "...', 60 characters");
}

TEST(Diagnostics, ShowATimeAsItIsWhereItIsOne) {
  EXPECT_EQ(shown("20261332", FieldClass::time), "'20261332'");
  EXPECT_EQ(shown("2026-11-18 25:00:00", FieldClass::time), "'2026-11-18 25:00:00'");
  EXPECT_EQ(shown("31.12.", FieldClass::time), "'99.99.', 6 characters");
  EXPECT_EQ(shown("Q", FieldClass::time), "'Q'");
  EXPECT_EQ(shown("Annam", FieldClass::time), "'AAAAA', 5 characters");
  EXPECT_EQ(shown("13800001111", FieldClass::time), "'99999999999', 11 characters");
  EXPECT_EQ(shown("322228197503120246", FieldClass::time), "'999999999999999999', 18 characters");
  EXPECT_EQ(shown("李试女", FieldClass::time), "'文文文', 3 characters");
}

TEST(Diagnostics, ShowACodeAndNoNameOrNumberInItsPlace) {
  EXPECT_EQ(shown("Q", FieldClass::code), "'Q'");
  EXPECT_EQ(shown("320812", FieldClass::code), "'320812'");
  EXPECT_EQ(shown("李试女", FieldClass::code), "'李*女'");
  EXPECT_EQ(shown("AnnaMaria", FieldClass::code), "'*******ia'");
  EXPECT_EQ(shown("3222281975", FieldClass::code), "'9999999999', 10 characters");
}

}  // namespace
}  // namespace kinhub
