// What is due to one person, month by month: tables that a case worker can read.

#include "hub/payment/due.hpp"

#include "tests/unit/payment/books.hpp"

namespace kinhub::test {
namespace {

const BenefitIndex death = *national().find("national-special-assistance/death");
const BenefitIndex disability = *national().find("national-special-assistance/disability");

RightSpan sure(Date from, Date until, std::int64_t yuan) {
  return {{from, until}, {yuan * 100, Per::month, true}, Certainty::sure, false};
}
RightSpan possible(Date from, Date until, std::int64_t yuan) {
  return {{from, until}, {yuan * 100, Per::month, true}, Certainty::possible, false};
}
/// Decisions in order; what the last one confirmed stands.
DecidedRight decided(std::vector<Confirmation> confirmations) {
  auto stands = confirmations.back().confirmed;
  return {std::move(stands), std::move(confirmations)};
}

/// "death 2026-07 590, 2026-08 590?": months with what is due; ? is 待核实.
std::string due(const DecidedRights& rights, Date from, Date until) {
  std::string text;
  for (const auto& one : due_payments(national(), rights, from, until)) {
    if (!text.empty()) text += ", ";
    text += one.key.benefit == death ? "death " : "disability ";
    text += one.key.period.text().substr(0, 7) + " " + std::to_string(one.amount.fen / 100);
    if (one.pending) text += "?";
  }
  return text;
}

const Date never = Date::forever();

TEST(Due, AMonthOfWhichAnyDayIsHeldAtTheAmountOfItsLastDay) {
  const DecidedRights rights{{death, decided({{Date(2020, 1, 5),
                                               {sure(Date(2020, 1, 1), Date(2022, 7, 1), 450),
                                                sure(Date(2022, 7, 1), Date(2022, 8, 2), 590)}}})}};
  EXPECT_EQ(due(rights, Date(2022, 6, 1), Date(2022, 10, 1)),
            "death 2022-06 450, death 2022-07 590, death 2022-08 590");
}

TEST(Due, NothingBeforeTheMonthOfTheFirstConfirmation) {
  const DecidedRights rights{{death, decided({{Date(2026, 7, 10), {sure(Date(2026, 2, 11), never, 590)}}})}};
  EXPECT_EQ(due(rights, Date(2026, 1, 1), Date(2026, 9, 1)), "death 2026-07 590, death 2026-08 590");
}

TEST(Due, AChangeOfTheAmountBeginsNoNewRun) {
  const DecidedRights rights{
      {death,
       decided({{Date(2020, 1, 5), {sure(Date(2020, 1, 1), never, 450)}},
                {Date(2023, 3, 3),
                 {sure(Date(2020, 1, 1), Date(2022, 7, 1), 450), sure(Date(2022, 7, 1), never, 590)}}})}};
  EXPECT_EQ(due(rights, Date(2022, 6, 1), Date(2022, 9, 1)),
            "death 2022-06 450, death 2022-07 590, death 2022-08 590")
      << "confirmed in 2023, owed since 2022: the run was confirmed in 2020";
}

TEST(Due, ARunThatComesBackWasConfirmedWhenItFirstWas) {
  // A false death: ended in May, back in September. Between the two decisions nothing of June is confirmed;
  // since, it is again, and the first decision and every later one confirm a day of the run.
  const auto whole = sure(Date(2020, 1, 1), never, 590);
  const DecidedRights rights{
      {death, decided({{Date(2020, 1, 5), {whole}},
                       {Date(2026, 5, 9), {sure(Date(2020, 1, 1), Date(2026, 5, 3), 590)}},
                       {Date(2026, 9, 9), {whole}}})}};
  EXPECT_EQ(due(rights, Date(2026, 5, 1), Date(2026, 8, 1)),
            "death 2026-05 590, death 2026-06 590, death 2026-07 590");
}

TEST(Due, ASecondRunHasAConfirmationOfItsOwn) {
  // The first decision promised all days to come; the second took them back; the third gives a new run.
  const DecidedRights rights{
      {death,
       decided({{Date(2020, 1, 5), {sure(Date(2020, 1, 1), never, 590)}},
                {Date(2026, 5, 9), {sure(Date(2020, 1, 1), Date(2025, 5, 3), 590)}},
                {Date(2026, 9, 9),
                 {sure(Date(2020, 1, 1), Date(2025, 5, 3), 590), sure(Date(2026, 4, 1), never, 590)}}})}};
  EXPECT_EQ(due(rights, Date(2026, 1, 1), Date(2026, 11, 1)), "death 2026-09 590, death 2026-10 590");
}

TEST(Due, OfTwoThatExcludeOneAnotherTheHigherOfWhatIsPayable) {
  const DecidedRights rights{
      {death, decided({{Date(2026, 7, 28), {sure(Date(2026, 7, 20), never, 590)}}})},
      {disability, decided({{Date(2020, 7, 10), {sure(Date(2020, 6, 30), never, 460)}}})}};
  EXPECT_EQ(due(rights, Date(2026, 6, 1), Date(2026, 9, 1)),
            "disability 2026-06 460, death 2026-07 590, death 2026-08 590")
      << "the disability's end is not confirmed yet";
}

TEST(Due, TheMonthsBetweenAreDueAtTheLastAmountOfWhatEnded) {
  // The child died in May; both were confirmed in August: June and July are neither the one nor the other.
  const DecidedRights rights{
      {death, decided({{Date(2026, 8, 3), {sure(Date(2026, 5, 20), never, 590)}}})},
      {disability, decided({{Date(2020, 7, 10), {sure(Date(2020, 6, 30), never, 460)}},
                            {Date(2026, 8, 3), {sure(Date(2020, 6, 30), Date(2026, 5, 20), 460)}}})}};
  EXPECT_EQ(due(rights, Date(2026, 5, 1), Date(2026, 9, 1)),
            "disability 2026-05 460, disability 2026-06 460, disability 2026-07 460, death 2026-08 590");
}

TEST(Due, WhatWasSureOnceAndIsPossibleNowGoesOn) {
  const DecidedRights rights{
      {disability,
       decided({{Date(2016, 2, 1),
                 {sure(Date(2016, 1, 1), Date(2026, 9, 1), 460), possible(Date(2026, 9, 1), never, 460)}}})}};
  EXPECT_EQ(due(rights, Date(2026, 8, 1), Date(2026, 11, 1)),
            "disability 2026-08 460, disability 2026-09 460?, disability 2026-10 460?");
}

TEST(Due, WhatWasNeverSureIsNotPaid) {
  const DecidedRights rights{{death, decided({{Date(2026, 7, 1),
                                               {possible(Date(2026, 7, 1), Date(2026, 9, 10), 590),
                                                sure(Date(2026, 9, 10), never, 590)}}})}};
  EXPECT_EQ(due(rights, Date(2026, 7, 1), Date(2026, 11, 1)), "death 2026-09 590, death 2026-10 590");
}

TEST(Due, WhatWasConfirmedAwayIsDueNoMore) {
  const DecidedRights rights{
      {death, {{}, {{Date(2020, 1, 5), {sure(Date(2020, 1, 1), never, 590)}}, {Date(2026, 5, 9), {}}}}}};
  EXPECT_EQ(due(rights, Date(2026, 1, 1), Date(2026, 11, 1)), "");
}

TEST(Reckon, DifferencesOfOneMonthAreSummedBeforeAnythingIsArrearsOrOverpaid) {
  // 460 was paid for July; 590 is due for it now: 130 more, and nothing is overpaid.
  const DecidedRights rights{
      {death, decided({{Date(2026, 7, 28), {sure(Date(2026, 7, 20), never, 590)}}})},
      {disability, decided({{Date(2020, 7, 10), {sure(Date(2020, 6, 30), Date(2026, 7, 20), 460)}}})}};
  const Settled settled{{{disability, Date(2026, 7, 1)}, 46'000}};
  const auto found =
      reckon(national(), rights, settled, {Date(2026, 10, 1), Date(2027, 1, 1)}, Date(2026, 7, 1));
  EXPECT_TRUE(found.overpaid.empty());
  ASSERT_EQ(found.arrears.size(), 3u);
  EXPECT_EQ(found.arrears[0].fen, 13'000);
  EXPECT_EQ(found.arrears[0].key.benefit, death);
  EXPECT_EQ(found.regular.size(), 3u);
}

TEST(Reckon, MonthsThatAreNotLivedYetAreNoArrears) {
  const DecidedRights rights{{death, decided({{Date(2020, 1, 5), {sure(Date(2020, 1, 1), never, 590)}}})}};
  const auto found = reckon(national(), rights, {}, {Date(2027, 1, 1), Date(2027, 4, 1)}, Date(2026, 4, 1),
                            Date(2026, 9, 10));
  ASSERT_EQ(found.arrears.size(), 6u);
  EXPECT_EQ(found.arrears.back().key.period, Date(2026, 9, 1));
  EXPECT_EQ(found.regular.size(), 3u) << "of the period itself, to be looked at";
}

TEST(Offset, IsTakenByTheListsOfTheCountyThatBookedIt) {
  Payee payee;
  payee.anchor = token_for("w"), payee.ref = payee.name = "w";
  payee.places = {{{Date(1990, 1, 1), Date::forever()}, "320812901"}};
  payee.account = PayAccount{"A", "62000001", "w", Date(2012, 1, 1), 1};
  payee.rights = {{death, decided({{Date(2026, 6, 5), {sure(Date(2026, 6, 1), never, 590)}}})}};
  payee.settled = {{{death, Date(2026, 5, 1)}, 59'000}, {{death, Date(2026, 6, 1)}, 59'000}};
  const auto offset = [&](const std::string& booked) {
    LedgerEntry entry;
    entry.id = 1, entry.payee = payee.anchor, entry.ref = "w", entry.region = booked;
    entry.benefit = "national-special-assistance/death", entry.period = Date(2026, 5, 1);
    entry.fen = 59'000, entry.state = LedgerState::agreed, entry.document = "协议";
    payee.ledger = {entry};
    PaymentList list;
    list.region = "320812", list.period_name = "2026Q3", list.list_no = "TF-320812-2026Q3-01";
    list.period = {Date(2026, 7, 1), Date(2026, 10, 1)}, list.day = Date(2026, 9, 25);
    list = draw_up(national(), std::move(list), {payee}, {Date(2026, 4, 1), {"A"}});
    std::int64_t fen = 0;
    for (const auto& line : list.lines)
      fen += line.offset();
    for (const auto& changed : ledger_after(payee.ledger, list, 1))
      if (changed.id == 1 && booked != list.region) ADD_FAILURE() << "of another county, and changed";
    return fen;
  };
  EXPECT_EQ(offset("320812"), -59'000);
  EXPECT_EQ(offset("320813"), 0);
}

TEST(Reckon, MonthsBeforeTheLedgerBeginsAreOlderBooks) {
  const DecidedRights rights{{death, decided({{Date(2020, 1, 5), {sure(Date(2020, 1, 1), never, 590)}}})}};
  const auto found = reckon(national(), rights, {{{death, Date(2026, 3, 1)}, 59'000}},
                            {Date(2026, 4, 1), Date(2026, 7, 1)}, Date(2026, 4, 1));
  EXPECT_EQ(found.regular.size(), 3u);
  EXPECT_TRUE(found.arrears.empty());
  EXPECT_TRUE(found.overpaid.empty());
}

TEST(Reckon, ASumThatIsNotKnownIsNeitherPaidNorClaimed) {
  auto span = sure(Date(2020, 1, 1), never, 0);
  span.amount.known = false;
  const DecidedRights rights{{death, decided({{Date(2020, 1, 5), {span}}})}};
  const auto found = reckon(national(), rights, {}, {Date(2026, 4, 1), Date(2026, 5, 1)}, Date(2026, 4, 1));
  EXPECT_EQ(found.unknown.size(), 1u);
  EXPECT_TRUE(found.regular.empty());
}

}  // namespace
}  // namespace kinhub::test
