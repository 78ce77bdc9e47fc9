// Files of the banks: what goes out, what comes back, and what is refused or set aside.

#include "hub/payment/bank_file.hpp"

#include <gmock/gmock.h>

#include "hub/payment/list_csv.hpp"
#include "hub/payment/list_record.hpp"

namespace kinhub {
namespace {

using testing::HasSubstr;
using testing::Not;

PaymentLine line(int number, const std::string& bank, const std::string& account, std::int64_t fen) {
  PaymentLine one;
  one.line_no = number, one.name = "试甲", one.account = {bank, account, "试甲", {}, 0};
  one.benefit = "national-special-assistance/death";
  one.periods = {{one.benefit, Date(2026, 7, 1), Per::month, fen, PaidAs::regular}};
  return one;
}
PaymentList list() {
  PaymentList all;
  all.list_no = "TF-320812-2026Q3-01";
  all.lines = {line(1, "A", "62000031", 177'000), line(2, "B", "62000032", 138'000),
               line(3, "A", "62000033", 118'000)};
  all.lines[2].held = Held::dead;
  all.lines.push_back(line(4, "A", "62000034", 177'000));
  return all;
}

TEST(BankFile, HasTheLinesOfOneBankWithTheirSumAndTellsNothingOfWhy) {
  const auto text = bank_file(list(), "A");
  EXPECT_EQ(text,
            "LIST_NO,LINE_NO,ZH,HM,JE,BZ\r\n"
            "TF-320812-2026Q3-01,1,62000031,试甲,1770.00,扶助金\r\n"
            "TF-320812-2026Q3-01,4,62000034,试甲,1770.00,扶助金\r\n"
            "T,2,3540.00,,,\r\n");
  auto odd = list();
  odd.lines[0].account.holder = "-试,甲";
  EXPECT_THAT(bank_file(odd, "A"), HasSubstr(",62000031,\"-试,甲\",1770.00,")) << "a bank reads it as it is";
  EXPECT_EQ(bank_file_name("TF-320812-2026Q3-01", "A"), "FK_TF-320812-2026Q3-01_A.csv");
}

constexpr auto head = "LIST_NO,LINE_NO,ZH_TAIL,JE,JG,SM,HPSJ\n";
constexpr auto paid = "TF-320812-2026Q3-01,4,0034,1770.00,00,,20260929161000\n";
constexpr auto returned = "TF-320812-2026Q3-01,1,0031,1770.00,02,户名不符,20260929161000\n";

TEST(ReturnFile, IsReadWhole) {
  const auto file = read_return_file(std::string(head) + paid + returned + "T,2,1770.00,,,,\n", "HP.csv");
  ASSERT_TRUE(file) << describe(file.error());
  ASSERT_EQ(file->answers.size(), 2u);
  EXPECT_TRUE(file->answers[0].paid());
  EXPECT_EQ(file->answers[1].code, "02");
  EXPECT_EQ(file->answers[1].fen, 177'000);
  EXPECT_EQ(shanghai_date(file->answers[1].answered_at_us), Date(2026, 9, 29));
}

TEST(ReturnFile, CellsMayBeQuoted) {
  const auto file = read_return_file(
      "\"LIST_NO\",LINE_NO,ZH_TAIL,JE,JG,SM,HPSJ\r\n\r\n"
      "TF-320812-2026Q3-01,\"1\",0031,\"1770.00\",02,\"户名,\"\"不符\"\"\n再报\",20260929161000\r\n"
      "\"T\",1,0.00,,,,",
      "HP.csv");
  ASSERT_TRUE(file) << describe(file.error());
  ASSERT_EQ(file->answers.size(), 1u);
  EXPECT_EQ(file->answers[0].words, "户名,\"不符\"\n再报");
  EXPECT_EQ(file->answers[0].fen, 177'000);
  for (const auto* broken : {"\"LIST_NO", "LIST_NO,\"a\"b\n", "\"", "\"\"\""})
    EXPECT_FALSE(read_return_file(broken, "HP.csv")) << broken;
}

TEST(ReturnFile, IsRefusedAsAWholeWhereAnythingIsWrong) {
  struct Row {
    std::string text, code;
  };
  const Row rows[] = {
      {std::string(head) + paid + returned, "RETURN_TRAILER"},
      {std::string(head) + paid + returned + "T,3,1770.00,,,,\n", "RETURN_TRAILER"},
      {std::string(head) + paid + returned + "T,2,3540.00,,,,\n", "RETURN_TRAILER"},
      {std::string(head) + paid + returned + "T,2,,,,,\n", "RETURN_TRAILER"},
      {"", "RETURN_HEADER"},
      {"T,0,0.00,,,,\n", "RETURN_HEADER"},
      {std::string(head) + "T,0,0.00,,,,\n", "RETURN_LINE"},
      {std::string(head) + "TF-320812-2026Q3-01,x,0034,1770.00,00,,20260929161000\nT,1,1770.00,,,,\n",
       "RETURN_LINE"},
      {std::string(head) + "TF-320812-2026Q3-01,4,0034,-1770.00,00,,20260929161000\nT,1,1770.00,,,,\n",
       "RETURN_LINE"},
      {std::string(head) + "TF-320812-2026Q3-01,4,0034,1770.00,07,,20260929161000\nT,1,0.00,,,,\n",
       "RETURN_LINE"},
      {std::string(head) + "TF-320812-2026Q3-01,4,0034,1770.00,00,,20260231161000\nT,1,1770.00,,,,\n",
       "RETURN_LINE"},
      {std::string(head) + "TF-320812-2026Q3-01,4,0034\nT,1,1770.00,,,,\n", "RETURN_LINE"},
      {std::string(head) + paid + "TF-320812-2026Q2-01,4,0034,1770.00,00,,20260929161000\nT,2,3540.00,,,,\n",
       "RETURN_LIST"},
      {std::string(head) + "99999999999999999999,99999999999999999999,,,,,\nT,1,0.00,,,,\n", "RETURN_LINE"},
  };
  for (const auto& row : rows) {
    const auto file = read_return_file(row.text, "HP.csv");
    ASSERT_FALSE(file) << row.text;
    EXPECT_EQ(file.error().code, row.code) << row.text;
    EXPECT_THAT(file.error().place, HasSubstr("HP.csv"));
  }
}

TEST(Answers, SetAsideWhatFitsNoLine) {
  const auto lines = list().lines;
  const BankAnswer good{4, "0034", "00", "", 177'000, 5, 9};
  auto other_sum = good, other_account = good, unknown = good, held = good, differs = good, again = good;
  other_sum.line_no = 1, other_sum.account_tail = "0031", other_sum.fen = 1;
  other_account.line_no = 1;
  unknown.line_no = 77;
  held.line_no = 3, held.fen = 118'000, held.account_tail = "0033";
  differs.code = "02";
  const auto read =
      match_answers(lines, {}, {good, other_sum, other_account, unknown, held, again, differs}, {"A", 5});
  EXPECT_EQ(read.taken, std::vector{good});
  EXPECT_EQ(read.repeated, 1);
  std::vector<std::string> codes;
  for (const auto& one : read.aside)
    codes.push_back(one.code);
  EXPECT_THAT(codes, testing::ElementsAre("RETURN_OTHER_SUM", "RETURN_OTHER_ACCOUNT", "RETURN_UNKNOWN_LINE",
                                          "RETURN_UNKNOWN_LINE", "RETURN_DIFFERS"));
  const std::int64_t day_us = std::int64_t{86'400} * 1'000'000;
  auto tail = good, no_tail = good;
  tail.account_tail = "034", no_tail.account_tail = "";
  const auto code_of = [&](const BankAnswer& answer, const AnswersOf& of) {
    const auto found = match_answers(lines, {}, {answer}, of);
    return found.aside.empty() ? std::string("taken") : found.aside[0].code;
  };
  EXPECT_EQ(code_of(good, {"A", 5}), "taken");
  EXPECT_EQ(code_of(good, {"B", 5}), "RETURN_OTHER_BANK");
  EXPECT_EQ(code_of(tail, {"A", 5}), "RETURN_OTHER_ACCOUNT");
  EXPECT_EQ(code_of(no_tail, {"A", 5}), "RETURN_OTHER_ACCOUNT");
  EXPECT_EQ(code_of(good, {"A", day_us}), "RETURN_TOO_EARLY");
  const auto sums = sent_sums(lines, {{4, good}});
  EXPECT_EQ(yuan_text(sums.paid.total_fen) + " " + yuan_text(sums.unanswered.total_fen), "1770.00 3150.00");
}

TEST(ListCsv, QuotesCellsAndIsTheSameForTheSameList) {
  auto one = list();
  one.lines[0].name = "试,\"甲\"";
  one.lines[1].name = "=1+1";
  one.lines[2].name = "-1+1";
  one.lines[0].periods.push_back({one.lines[0].benefit, Date(2026, 6, 1), Per::month, -100, PaidAs::offset});
  const auto text = list_csv(one);
  EXPECT_THAT(text, HasSubstr("\"试,\"\"甲\"\"\""));
  EXPECT_THAT(text, HasSubstr(",'=1+1,"));
  EXPECT_THAT(text, HasSubstr(",'-1+1,"));
  EXPECT_THAT(text, HasSubstr(",-1.00,")) << "a number of ours";
  EXPECT_EQ(list_digest(one), list_digest(one));
  auto other = one;
  other.lines[0].periods[0].fen += 1;
  EXPECT_NE(list_digest(one), list_digest(other));
}

TEST(Periods, ByName) {
  EXPECT_EQ(period_named("2026Q3", PaymentPeriod::quarter), (Interval{Date(2026, 7, 1), Date(2026, 10, 1)}));
  EXPECT_EQ(period_named("2026H2", PaymentPeriod::half), (Interval{Date(2026, 7, 1), Date(2027, 1, 1)}));
  EXPECT_EQ(period_named("2026", PaymentPeriod::year), (Interval{Date(2026, 1, 1), Date(2027, 1, 1)}));
  for (const auto* wrong : {"2026Q5", "2026Q0", "2026q3", "2026", "Q3", "", "2026Q33", "20260Q3", "2026H1"})
    EXPECT_FALSE(period_named(wrong, PaymentPeriod::quarter)) << wrong;
}

TEST(Sign, WritesOfOneNameAreOnePerson) {
  ListRecord record;
  record.digest = "d";
  const auto made = sign(record, {SignedAs::made, "Zhang", "", 1}, "d");
  ASSERT_TRUE(made);
  for (const auto* same : {"Zhang", " zhang ", "ＺＨＡＮＧ", "zhang　"})
    EXPECT_EQ(sign(*made, {SignedAs::reviewed, same, "", 2}, "d").error().code, "SIGNED_BY_SAME") << same;
  EXPECT_EQ(sign(*made, {SignedAs::reviewed, " 　", "", 2}, "d").error().code, "SIGNER_MISSING");
  const auto reviewed = sign(*made, {SignedAs::reviewed, " li ", "", 2}, "d");
  ASSERT_TRUE(reviewed);
  EXPECT_EQ(reviewed->signatures[1].by, "li");
}

TEST(Periods, HaveADayFromWhichTheirListIsMade) {
  EXPECT_EQ(cut_off_of({Date(2026, 7, 1), Date(2026, 10, 1)}, 25), Date(2026, 9, 25));
  EXPECT_EQ(cut_off_of({Date(2026, 7, 1), Date(2026, 10, 1)}, 31), Date(2026, 9, 30));
  EXPECT_EQ(cut_off_of({Date(2026, 1, 1), Date(2027, 1, 1)}, 1), Date(2026, 12, 1));
}

TEST(LedgerStep, TheFamilyIsToldFirstAndADocumentIsNamed) {
  LedgerEntry entry;
  entry.fen = 46'000;
  EXPECT_EQ(ledger_step(entry, LedgerState::agreed, "协议", "zhang", 1).error().code, "LEDGER_STEP");
  const auto told = ledger_step(entry, LedgerState::told, "", "zhang", 1);
  ASSERT_TRUE(told);
  EXPECT_EQ(ledger_step(*told, LedgerState::waived, " ", "zhang", 1).error().code, "DOCUMENT_MISSING");
  EXPECT_EQ(ledger_step(*told, LedgerState::lapsed, "协议", "zhang", 1).error().code, "LEDGER_STEP");
  EXPECT_EQ(ledger_step(*told, LedgerState::waived, "批复", "zhang", 1)->state, LedgerState::waived);
}

TEST(LedgerStep, WhatWasAgreedAndNotTakenMayBePaidBackInstead) {
  LedgerEntry entry;
  entry.fen = 46'000, entry.state = LedgerState::agreed;
  EXPECT_EQ(ledger_step(entry, LedgerState::paid_back, "收据", "zhang", 1)->state, LedgerState::paid_back);
  EXPECT_EQ(ledger_step(entry, LedgerState::waived, "批复", "zhang", 1)->state, LedgerState::waived);
  EXPECT_EQ(ledger_step(entry, LedgerState::waived, "", "zhang", 1).error().code, "DOCUMENT_MISSING");
  EXPECT_EQ(ledger_step(entry, LedgerState::told, "", "zhang", 1).error().code, "LEDGER_STEP");
  entry.taken_by = "TF-320812-2026Q3-01";
  EXPECT_EQ(ledger_step(entry, LedgerState::paid_back, "收据", "zhang", 1).error().code, "LEDGER_STEP");
}

}  // namespace
}  // namespace kinhub
