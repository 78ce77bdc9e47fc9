// The worked example of 试县 (region 320812): thirteen families, the lists of 2026Q2 and 2026Q3 and what
// comes after them, to the last figure.

#include "tests/unit/payment/books.hpp"

namespace kinhub::test {
namespace {

std::string family(const std::string& woman, const std::string& man, const std::string& married,
                   const std::string& more, const std::string& town = "320812") {
  return "wife born " + woman + "; husband born " + man + "\ncouple married " + married + "\n" + more +
         "\nhousehold registered " + town + " from 1990-01-01, urban";
}

constexpr auto one = "320812901", two = "320812902", three = "320812903";

/// What was known and decided up to the end of a day; later days add to it.
class Example : public Office {
 public:
  Example() : Office(national()) {
    couple("01", one, "A");
    couple("02", one, "A");
    couple("03", one, "A");
    couple("04", one, "A");
    add("05w", Sex::female, two, "A"), add("05m", Sex::male, three, "B");
    couple("06", two, "A");
    couple("07", two, "A");
    add("08w", Sex::female, two, "B");
    couple("09", three, "B");
    couple("10", three, "B");
    couple("11", three, "A");
    add("12m", Sex::male, three, "B");
    couple("13", three, "B");
    before_q2();
  }

  void before_q2() {
    decide("01w", "01m", Date(2019, 6, 6),
           family("1970-04-12", "1968-09-01", "1992-10-01", "child born 1994-03-03, died 2018-11-11"));
    decide("02w", "02m", Date(2017, 3, 15), f02());
    decide("04w", "04m", Date(2013, 1, 5), f04(""));
    decide("04w", "04m", Date(2020, 3, 20), f04("wife died 2020-03-03"));
    decide("05w", "05m", Date(2016, 1, 20),
           family("1966-12-01", "1964-10-10", "1990-01-01", "child born 1991-07-07, died 2015-01-15"));
    decide("06w", "06m", Date(2020, 7, 10), f06(""));
    decide("07w", "07m", Date(2018, 4, 1), f07(""));
    decide("08w", "", Date(2012, 3, 1), f08(""));
    decide("08w", "", Date(2016, 6, 1), f08("husband died 2016-05-05"));
    decide("10w", "10m", Date(2020, 3, 1), f10(""));
    decide("13w", "13m", Date(2016, 2, 1),
           family("1967-01-01", "1965-01-01", "1988-01-01",
                  "child born 1990-10-10, disabled grade 3 from 2012-09-01, certificate expires 2026-09-01"));
  }
  void after_q2(Date sixth_confirmed = Date(2026, 7, 28)) {
    answer("TF-320812-2026Q2-01", line_of("08w"), "03", Date(2026, 7, 3));
    answer_all_paid("TF-320812-2026Q2-01", Date(2026, 7, 3));
    of("08w").account = PayAccount{"B", "new08", "08w", Date(2026, 7, 20), at(Date(2026, 7, 20))};
    decide("", "12m", Date(2026, 6, 27),
           "wife born 1979-04-04; husband born 1977-06-11\ncouple married 2002-01-01, divorced 2010-05-05\n"
           "child born 2004-04-04, died 2023-08-08\nhousehold registered 320812 from 1990-01-01, urban");
    decide("11w", "11m", Date(2026, 7, 10),
           family("1969-10-10", "1968-10-10", "1993-01-01", "child born 1995-05-05, died 2026-02-11"));
    decide("07w", "07m", Date(2026, 7, 15), f07(", grade 4 from 2026-05-10"));
    decide("06w", "06m", sixth_confirmed, f06(", died 2026-07-20"));
    decide("", "04m", Date(2026, 8, 18), f04("wife died 2020-03-03; husband died 2026-08-10"));
    of("04m").died = Date(2026, 8, 10);
    decide("03w", "03m", Date(2026, 8, 20),
           family("1977-08-15", "1975-01-30", "2000-01-01", "child born 2003-03-03, died 2024-10-02"));
    decide("10w", "10m", Date(2026, 9, 12), f10("child B born 2024-06-01, adopted 2026-09-05"));
    for (const auto* who : {"02w", "02m"})
      move(who, Date(2026, 9, 10), two);
  }
  int line_of(const std::string& ref) {
    for (const auto& closed : closed())
      for (const auto& line : closed.list.lines)
        if (line.ref == ref) return line.line_no;
    return 0;
  }

 private:
  void couple(const std::string& n, const std::string& town, const std::string& bank) {
    add(n + "w", Sex::female, town, bank), add(n + "m", Sex::male, town, bank);
  }
  static std::string f02() {
    return family("1968-02-20", "1966-07-07", "1990-01-01",
                  "child born 1992-05-05, disabled grade 2 from 2010-05-01, certificate expires 2030-05-01");
  }
  static std::string f04(const std::string& more) {
    return family("1964-02-02", "1963-05-05", "1986-01-01",
                  "child born 1988-04-04, died 2012-06-06\n" + more);
  }
  static std::string f06(const std::string& more) {
    return family("1971-06-30", "1970-11-11", "1995-01-01",
                  "child born 1996-09-09, disabled grade 3 from 2012-01-01" + more);
  }
  static std::string f07(const std::string& more) {
    return family("1969-03-03", "1967-02-02", "1993-01-01",
                  "child born 1995-08-08, disabled grade 3 from 2015-01-01" + more);
  }
  static std::string f08(const std::string& more) {
    return family("1962-08-08", "1960-01-01", "1984-01-01",
                  "child born 1986-06-06, died 2011-02-02\n" + more);
  }
  static std::string f10(const std::string& more) {
    return family("1971-02-02", "1970-03-03", "1994-01-01",
                  "child A born 1996-01-01, died 2019-09-09\n" + more);
  }
};

std::string findings(const std::vector<ListFinding>& found, ListFinding::Level level) {
  std::string text;
  for (const auto& one : found)
    if (one.level == level) text += one.check + " " + one.place + ": " + one.text + "\n";
  return text;
}

/// "3x590.00 +1770.00 held 重发、账户变更" of a person's lines.
std::string told(const PaymentList& list, const std::string& ref) {
  std::string text;
  for (const auto& line : list.lines) {
    if (line.ref != ref) continue;
    if (!text.empty()) text += " | ";
    text += type_text(line).substr(0, 1) + " " + yuan(line.regular());
    if (line.arrears() != 0) text += " +" + yuan(line.arrears());
    text += " " + changes_text(line);
  }
  return text;
}

TEST(WorkedExample, TheListOfTheSecondQuarter) {
  Example office;
  const auto list = office.draw("2026Q2", Date(2026, 6, 25));
  const auto sums = sums_of(list.lines);
  EXPECT_EQ(sums.all.rows, 16);
  EXPECT_EQ(yuan(sums.all.total_fen), "25200.00");
  EXPECT_EQ(test::told(sums.towns), "320812901 5 8070.00; 320812902 6 9060.00; 320812903 5 8070.00");
  EXPECT_EQ(sums.all.arrears_fen, 0);
  EXPECT_EQ(findings(office.check(list), ListFinding::Level::red), "");
  EXPECT_TRUE(list.overpaid.empty());
}

TEST(WorkedExample, TheListOfTheThirdQuarter) {
  Example office;
  office.close("2026Q2", Date(2026, 6, 25));
  office.after_q2();
  const auto list = office.draw("2026Q3", Date(2026, 9, 25));
  EXPECT_EQ(told(list, "01w"), "A 1770.00 续发");
  EXPECT_EQ(told(list, "02m"), "B 1380.00 迁移 320812901->320812902");
  EXPECT_EQ(told(list, "03w"), "A 1180.00 新增");
  EXPECT_EQ(told(list, "04m"), "A 1180.00 末次、暂存");
  EXPECT_EQ(told(list, "05w") + " " + told(list, "05m"), "A 1770.00 续发 A 1770.00 续发");
  EXPECT_EQ(told(list, "06w"), "A 1770.00 变更");
  EXPECT_EQ(told(list, "07w"), "");
  EXPECT_EQ(told(list, "08w"), "A 1770.00 +1770.00 重发、账户变更");
  EXPECT_EQ(told(list, "09w"), "") << "nothing was decided";
  EXPECT_EQ(told(list, "10m"), "A 1770.00 末次") << "September: a right until the 4th";
  EXPECT_EQ(told(list, "11w"), "A 1770.00 新增") << "from July, its confirmation";
  EXPECT_EQ(told(list, "12m"), "A 1770.00 +590.00 新增、补发");
  EXPECT_EQ(told(list, "13w"), "B 1380.00 待核实");
  std::string overpaid;
  for (const auto& one : list.overpaid)
    overpaid += one.ref + " " + one.period.text() + " " + yuan(one.fen) + "; ";
  EXPECT_EQ(overpaid, "07m 2026-06-01 460.00; 07w 2026-06-01 460.00; ");

  const auto sums = sums_of(list.lines);
  EXPECT_EQ(sums.all.rows, 19);
  EXPECT_EQ(
      yuan(sums.all.regular_fen) + " + " + yuan(sums.all.arrears_fen) + " = " + yuan(sums.all.total_fen),
      "30300.00 + 2360.00 = 32660.00");
  EXPECT_EQ(test::told(sums.towns), "320812901 5 7080.00; 320812902 6 11610.00; 320812903 8 13970.00");
  EXPECT_EQ(yuan(sums.towns[1].arrears_fen) + " " + yuan(sums.towns[2].arrears_fen), "1770.00 590.00");
  EXPECT_EQ(test::told(sums.benefits),
            "national-special-assistance/death 15 27140.00; "
            "national-special-assistance/disability 4 5520.00");
  EXPECT_EQ(test::told(sums.banks), "A 11 17510.00; B 7 13970.00");
  EXPECT_EQ(std::to_string(sums.held.rows) + " " + yuan(sums.held.total_fen) + ", sent " +
                yuan(sums.sent.total_fen),
            "1 1180.00, sent 31480.00");
  EXPECT_EQ(yuan(sums.towns[0].regular_fen) + " " + yuan(sums.towns[1].regular_fen) + " " +
                yuan(sums.towns[2].regular_fen),
            "7080.00 9840.00 13380.00");
  EXPECT_EQ(list.stopped.size(), 2u);
  const auto found = office.check(list);
  EXPECT_EQ(findings(found, ListFinding::Level::red), "");
}

TEST(WorkedExample, ALineThatComesBackStandsOnTheNextListAgain) {
  Example office;
  office.close("2026Q2", Date(2026, 6, 25));
  office.after_q2();
  office.close("2026Q3", Date(2026, 9, 25));
  int returned = 0;
  for (const auto& line : office.closed().back().list.lines)
    if (line.ref == "01m") returned = line.line_no;
  office.answer("TF-320812-2026Q3-01", returned, "02", Date(2026, 9, 29));
  office.answer_all_paid("TF-320812-2026Q3-01", Date(2026, 9, 29));
  const auto& q3 = office.closed().back();
  const auto sent = sent_sums(q3.list.lines, q3.answers);
  EXPECT_EQ(
      yuan(sent.paid.total_fen) + " " + yuan(sent.returned.total_fen) + " " + yuan(sent.unanswered.total_fen),
      "29710.00 1770.00 0.00");
  std::int64_t bank_a = 0, lines_a = 0;
  for (const auto& line : q3.list.lines)
    if (line.sent() && line.account.bank == "A") {
      ++lines_a;
      if (q3.answers.at(line.line_no).paid()) bank_a += line.total();
    }
  EXPECT_EQ(std::to_string(lines_a) + " lines, " + yuan(bank_a), "11 lines, 15740.00");
  const auto unmended = office.draw("2026Q4", Date(2026, 12, 25));
  EXPECT_EQ(told(unmended, "01m"), "A 1770.00 +1770.00 重发、暂存");
  office.of("01m").account->told_at_us = at(Date(2026, 10, 8));
  const auto mended = office.draw("2026Q4", Date(2026, 12, 25));
  EXPECT_EQ(told(mended, "01m"), "A 1770.00 +1770.00 重发") << "the holder's name was put right";
  EXPECT_EQ(told(mended, "04m"), "A 0.00 +1180.00 补发、暂存") << "held settles nothing";
  ASSERT_EQ(office.ledger().size(), 2u) << "found once";
  EXPECT_EQ(mended.overpaid.size(), 2u);
  EXPECT_TRUE(ledger_after(office.ledger(), mended, 0).empty());
}

TEST(WorkedExample, AHigherBenefitConfirmedTooLateLeavesTheMonthToTheLower) {
  Example office;
  office.close("2026Q2", Date(2026, 6, 25));
  office.after_q2(Date(2026, 8, 3));
  const auto list = office.draw("2026Q3", Date(2026, 9, 25));
  EXPECT_EQ(told(list, "06w"), "A 1180.00 变更 | B 460.00 变更") << "July 460, August and September 590";
  EXPECT_EQ(findings(office.check(list), ListFinding::Level::red), "");
}

}  // namespace
}  // namespace kinhub::test
