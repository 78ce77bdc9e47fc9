// Calendar arithmetic of care, as tables a case worker can read.
#include "hub/service/period.hpp"

#include <gtest/gtest.h>

namespace kinhub::service {
namespace {

std::string text_of(Interval of) {
  return of.from.text() + ".." + of.until.text();
}

TEST(Period, IsReadAndWritten) {
  const struct {
    const char *text, *days, *before;
  } rows[] = {
      {"2026-09", "2026-09-01..2026-10-01", "2026-08"}, {"2026-01", "2026-01-01..2026-02-01", "2025-12"},
      {"2026Q3", "2026-07-01..2026-10-01", "2026Q2"},   {"2026Q1", "2026-01-01..2026-04-01", "2025Q4"},
      {"2026H2", "2026-07-01..2027-01-01", "2026H1"},   {"2026", "2026-01-01..2027-01-01", "2025"},
      {"SY2022", "2021-10-01..2022-10-01", "SY2021"},
  };
  for (const auto& row : rows) {
    const auto period = Period::read(row.text);
    ASSERT_TRUE(period) << row.text;
    EXPECT_EQ(text_of(period->when), row.days);
    EXPECT_EQ(period->text(), row.text);
    EXPECT_EQ(period->before().text(), row.before);
  }
  for (const auto* wrong : {"", "26", "2026-13", "2026-00", "2026-9", "2026Q5", "2026Q0", "2026H3", "SY",
                            "SY2022Q1", "2026Q3 ", "x026", "2026q3", "9999", "2026--1"})
    EXPECT_FALSE(Period::read(wrong)) << wrong;
}

TEST(Period, WeeksBeginOnMonday) {
  EXPECT_EQ(text_of(unit_of(Date(2026, 9, 30), Unit::week)), "2026-09-28..2026-10-05") << "a Wednesday";
  EXPECT_EQ(text_of(unit_of(Date(2026, 9, 27), Unit::week)), "2026-09-21..2026-09-28") << "a Sunday";
  EXPECT_EQ(text_of(unit_of(Date(1969, 12, 28), Unit::week)), "1969-12-22..1969-12-29")
      << "a Sunday before 1970";
  // Weeks whose Sunday lies in August 2026.
  const auto weeks = units_ending_in({Date(2026, 8, 1), Date(2026, 9, 1)}, Unit::week);
  ASSERT_EQ(weeks.size(), 5u);
  EXPECT_EQ(text_of(weeks.front()), "2026-07-27..2026-08-03");
  EXPECT_EQ(text_of(weeks.back()), "2026-08-24..2026-08-31");
  EXPECT_EQ(units_ending_in({Date(2026, 7, 1), Date(2026, 10, 1)}, Unit::month).size(), 3u);
  EXPECT_TRUE(units_ending_in({Date(2026, 8, 3), Date(2026, 8, 9)}, Unit::week).empty()) << "no Sunday";
}

TEST(Rate, IsHalfUpInTenths) {
  const struct {
    std::int64_t num, den;
    const char* text;
  } rows[] = {{32, 35, "91.4"},   {33, 35, "94.3"}, {11, 12, "91.7"}, {9, 11, "81.8"},
              {130, 160, "81.3"}, {1, 8, "12.5"},   {1, 2000, "0.1"}, {0, 3, "0.0"},
              {3, 3, "100.0"},    {0, 0, "—"},      {1, 2001, "0.0"}, {2, 3, "66.7"}};
  for (const auto& row : rows)
    EXPECT_EQ((Rate{row.num, row.den}.text()), row.text) << row.num << "/" << row.den;
}

TEST(Birthday, OfTheLeapDay) {
  EXPECT_EQ(birthday_in(Date(1968, 2, 29), 2026), Date(2026, 2, 28));
  EXPECT_EQ(birthday_in(Date(1968, 2, 29), 2028), Date(2028, 2, 29));
  EXPECT_EQ(birthday_in(Date(1968, 8, 15), 2026), Date(2026, 8, 15));
}

}  // namespace
}  // namespace kinhub::service
