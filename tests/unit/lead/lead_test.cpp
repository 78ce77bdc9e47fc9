// A lead is the computed timeline minus the decided one: what differs, of what kind, since when, and why.
#include "hub/lead/lead.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <nlohmann/json.hpp>
#include "tests/places/places.hpp"

namespace kinhub {
namespace {

constexpr char death_benefit[] = "national-special-assistance/death";

const PolicySet& policies() {
  static const auto read = PolicySet::read(kinhub::tests::source_dir() + "/mappings/policies");
  return std::get<PolicySet>(read);
}

/// What a source said, kept until the end of the program: leads are told from it.
Support said(std::string key) {
  static std::deque<Statement> all;
  auto& one = all.emplace_back();
  one.source = "police", one.fact.key = std::move(key);
  return &one;
}

Support death_told(std::string source, EvidenceClass weight) {
  static std::deque<Statement> all;
  auto& one = all.emplace_back();
  one.source = source, one.fact.key = source + std::to_string(all.size());
  one.fact.kind = FactKind::death, one.fact.evidence = weight;
  return &one;
}

/// A mother of an only child that died, everything known.
struct Family {
  Kin kin;

  explicit Family(std::optional<Date> died = Date(2024, 5, 10)) {
    auto& situation = kin.situation;
    situation.people.resize(2);
    situation.people[0] = {Sex::female, SituationPerson::Born{Date(1970, 1, 1), Date(1970, 1, 1)},
                           std::nullopt};
    situation.people[1] = {Sex::male, SituationPerson::Born{Date(1995, 3, 3), Date(1995, 3, 3)},
                           std::nullopt};
    auto born = add_cause({Cause::What::birth, 1, Date(1995, 3, 3), 0}, "birth");
    if (died) die(*died);
    situation.children.push_back(
        {1, ChildRelation::born, {Date(1995, 3, 3), Date::forever()}, Certainty::sure, born, no_cause});
    const Interval always{Date::beginning(), Date::forever()};
    situation.coverage = {always, always, always, always};
    kin.people = {PersonId{1}, PersonId{2}};
  }
  void die(Date on, Certainty certainty = Certainty::sure) {
    kin.situation.people[1].died =
        SituationPerson::Died{on, certainty, add_cause({Cause::What::death, 1, on, 0}, "death")};
  }
  void adopt(Date on) {
    auto& situation = kin.situation;
    auto child = static_cast<std::int16_t>(situation.people.size());
    kin.people.push_back(PersonId{child + 1});
    situation.people.push_back(
        {Sex::female, SituationPerson::Born{Date(2022, 1, 1), Date(2022, 1, 1)}, std::nullopt});
    auto cause = add_cause({Cause::What::adoption, child, on, 0}, "adoption");
    situation.children.push_back(
        {child, ChildRelation::adopted, {on, Date::forever()}, Certainty::sure, cause, no_cause});
  }
  CauseIndex add_cause(Cause cause, std::string key) {
    kin.situation.causes.push_back(cause);
    kin.evidence.push_back({said(std::move(key))});
    return static_cast<CauseIndex>(kin.situation.causes.size() - 1);
  }

  std::optional<LeadContent> lead(Date today, const Decided& decided = {}) const {
    return lead_of(death_benefit, today, {{*policies().find(death_benefit), decided}});
  }
  std::optional<LeadContent> lead_of(std::string_view benefit, Date today,
                                     const Decisions& decisions = {}) const {
    return difference(policies(), *policies().find(benefit), policies().evaluate(kin.situation), decisions,
                      kin, "F1", today, today, *built_in_evidence());
  }
  /// What confirming every open lead of that day leaves decided.
  Decisions all_confirmed(Date today, Decisions decisions = {}) const {
    const auto before = decisions;
    for (BenefitIndex benefit = 0; benefit < policies().benefits().size(); ++benefit)
      if (auto lead = lead_of(policies().benefits()[benefit].id, today, before))
        decisions[benefit] = {lead->computed, std::nullopt, today};
    return decisions;
  }
  void live(std::string region, Interval when) {
    kin.situation.residences.push_back({0, std::move(region), when, true,
                                        add_cause({Cause::What::residence, 0, when.from, 0}, "home"),
                                        no_cause});
  }
  void grade(int grade, Interval when, Certainty certainty = Certainty::sure) {
    auto what =
        certainty == Certainty::sure ? Cause::What::disability_grade : Cause::What::certificate_expiry;
    kin.situation.disabilities.push_back(
        {1, grade, when, certainty, add_cause({what, 1, when.from, grade}, "card"), no_cause});
  }
  /// What confirming the lead of that day leaves decided.
  Decided confirmed(Date today) const { return {lead(today).value().computed, std::nullopt}; }
};

TEST(Lead, ARightNobodyDecidedIsNew) {
  auto lead = Family().lead(Date(2024, 6, 1)).value();
  EXPECT_EQ(lead.kind, LeadKind::new_);
  EXPECT_EQ(lead.when, (Interval{Date(2024, 5, 10), Date::forever()}));
  EXPECT_EQ(lead.amount.fen, 59000);
  EXPECT_EQ(lead.certainty, Certainty::sure);
  EXPECT_EQ(lead.reasons, std::vector<std::string>{"2024-05-10 子女死亡"});
  ASSERT_EQ(lead.evidence.size(), 1u);
  EXPECT_EQ(lead.evidence[0].key, "death");
  EXPECT_EQ(lead.arrears_fen, 59000);  // June: paid from confirmation, which can be today (N07)
}

TEST(Lead, ARightOfTheFutureIsNone) {
  EXPECT_FALSE(Family().lead(Date(2024, 5, 9)));
  EXPECT_TRUE(Family().lead(Date(2024, 5, 10)));
}

TEST(Lead, WhatWasConfirmedIsNoLeadUntilSomethingDiffers) {
  Family family;
  auto decided = family.confirmed(Date(2024, 6, 1));
  EXPECT_FALSE(family.lead(Date(2024, 6, 1), decided));
  EXPECT_FALSE(family.lead(Date(2034, 6, 1), decided));
}

TEST(Lead, AnAdoptionEndsWhatWasConfirmedFromItsDay) {
  Family family;
  auto decided = family.confirmed(Date(2024, 6, 1));
  family.adopt(Date(2025, 3, 1));
  EXPECT_FALSE(family.lead(Date(2025, 2, 28), decided));
  auto lead = family.lead(Date(2025, 5, 1), decided).value();
  EXPECT_EQ(lead.kind, LeadKind::ended);
  EXPECT_EQ(lead.when.from, Date(2025, 3, 1));
  EXPECT_EQ(lead.amount.fen, 59000);
  EXPECT_EQ(lead.overpaid_fen, 3 * 59000);  // March, April, May: on no day of March did the right still hold
  EXPECT_NE(std::find(lead.reasons.begin(), lead.reasons.end(), "2025-03-01 子女收养登记"),
            lead.reasons.end());
}

TEST(Lead, AFalseDeathTakenBackAfterTheDecisionIsOverpaidFromTheStart) {
  auto decided = Family().confirmed(Date(2024, 6, 1));
  auto lead = Family(std::nullopt).lead(Date(2024, 8, 15), decided).value();
  EXPECT_EQ(lead.kind, LeadKind::ended);
  EXPECT_EQ(lead.when.from, Date(2024, 5, 10));
  EXPECT_EQ(lead.overpaid_fen, 4 * 59000);  // May to August
  EXPECT_EQ(lead.arrears_fen, 0);
}

TEST(Lead, AFalseDeathTakenBackSaysWhoTookItBack) {
  auto decided = Family().confirmed(Date(2024, 6, 1));
  Family alive(std::nullopt);
  alive.kin.withdrawn.push_back(said("reversal"));
  auto lead = alive.lead(Date(2024, 8, 15), decided).value();
  ASSERT_EQ(lead.evidence.size(), 1u);
  EXPECT_EQ(lead.evidence[0].key, "reversal");
  EXPECT_EQ(lead.reasons.size(), 1u);
}

TEST(Lead, IsAboutTheLastRunOfDaysAndKeepsWhatLayBeforeInItsTimeline) {
  Family family;
  family.adopt(Date(2024, 8, 1));
  family.kin.situation.children.back().when.until = Date(2025, 2, 1);  // dissolved
  family.kin.situation.children.back().ends =
      family.add_cause({Cause::What::adoption_dissolved, 2, Date(2025, 2, 1), 0}, "dissolved");
  auto lead = family.lead(Date(2025, 6, 1)).value();
  EXPECT_EQ(lead.kind, LeadKind::new_);
  EXPECT_EQ(lead.when, (Interval{Date(2025, 2, 1), Date::forever()}));
  ASSERT_EQ(lead.computed.size(), 2u);
  EXPECT_EQ(lead.computed[0].when, (Interval{Date(2024, 5, 10), Date(2024, 8, 1)}));
  EXPECT_EQ(lead.arrears_fen, 59000);  // June 2025
}

TEST(Lead, ADisputedDeathIsToBeVerifiedAndStopsNothing) {
  Family disputed(std::nullopt);
  disputed.die(Date(2024, 5, 10), Certainty::possible);
  auto undecided = disputed.lead(Date(2024, 6, 1)).value();
  EXPECT_EQ(undecided.kind, LeadKind::verify);
  EXPECT_EQ(undecided.certainty, Certainty::possible);
  auto decided = Family().confirmed(Date(2024, 6, 1));
  auto after = disputed.lead(Date(2024, 8, 1), decided).value();
  EXPECT_EQ(after.kind, LeadKind::verify);
  EXPECT_EQ(after.overpaid_fen, 0);
  // Confirmed as it stands, it is decided; and a dispute is news also where the right was pending before.
  EXPECT_FALSE(disputed.lead(Date(2024, 9, 1), Decided{after.computed, std::nullopt}));
  Family silent, silent_and_disputed(std::nullopt);
  silent_and_disputed.die(Date(2024, 5, 10), Certainty::possible);
  silent.kin.situation.coverage = silent_and_disputed.kin.situation.coverage = {};
  EXPECT_TRUE(silent_and_disputed.lead(Date(2024, 9, 1), silent.confirmed(Date(2024, 6, 1))));
}

TEST(Lead, WhatIsNotKnownNeverEndsAConfirmedRight) {
  Family family;
  auto decided = family.confirmed(Date(2024, 6, 1));
  family.kin.situation.coverage = {};
  EXPECT_FALSE(family.lead(Date(2026, 1, 1), decided));
}

TEST(Lead, WhatRestsOnSilenceIsPendingNotMet) {
  Family family;
  family.kin.situation.coverage = {};
  auto lead = family.lead(Date(2024, 6, 1)).value();
  EXPECT_EQ(lead.kind, LeadKind::new_);
  EXPECT_EQ(lead.certainty, Certainty::possible);
  EXPECT_EQ(lead.pending, std::vector<std::string>{"no other living child"});
}

TEST(Lead, ADismissedTimelineStaysAwayUntilItChanges) {
  Family family;
  Decided decided{{}, family.lead(Date(2024, 6, 1)).value().computed};
  EXPECT_FALSE(family.lead(Date(2025, 6, 1), decided));
  family.die(Date(2024, 5, 12));
  EXPECT_TRUE(family.lead(Date(2025, 6, 1), decided));
}

TEST(Lead, ADismissedDeathIsToldAgainWhenAHeavierWordSaysIt) {
  using enum EvidenceClass;
  const Date today(2024, 6, 1);
  const auto ward = death_told("hospital", hospital), insured = death_told("insurance", insurance);
  struct Row {
    const char* what;
    std::vector<Support> dismissed_on, added;
    std::vector<std::string> news;
  };
  const std::vector<Row> rows = {
      {"nothing is new", {ward}, {}, {}},
      {"the police register it",
       {ward},
       {death_told("police", police_registration)},
       {"不予认定之后的新佐证：公安（police）"}},
      {"the same hospital tells it again", {ward}, {death_told("hospital", hospital)}, {}},
      {"the same hospital certifies it",
       {ward},
       {death_told("hospital", certificate)},
       {"不予认定之后的新佐证：证明（hospital）"}},
      {"another hospital tells it",
       {ward},
       {death_told("clinic", hospital)},
       {"不予认定之后的新佐证：医院（clinic）"}},
      {"an insurer tells it too", {ward}, {insured}, {}},
      {"dismissed on the words of two",
       {ward, insured},
       {death_told("crematory", cremation), death_told("hospital", hospital)},
       {}},
      {"one word was taken back", {ward, insured}, {}, {}},
  };
  for (const auto& row : rows) {
    Family family;
    auto& evidence =
        family.kin.evidence[static_cast<std::size_t>(family.kin.situation.people[1].died->cause)];
    evidence = row.dismissed_on;
    auto decided = decided_after({}, family.lead(today).value(), LeadState::dismissed, today);
    decided = decided_from(to_bytes(decided));
    EXPECT_FALSE(family.lead(today, decided)) << row.what;
    evidence.insert(evidence.end(), row.added.begin(), row.added.end());
    const auto again = family.lead(today, decided);
    ASSERT_EQ(again.has_value(), !row.news.empty()) << row.what;
    if (!again) continue;
    EXPECT_EQ(again->kind, LeadKind::new_) << row.what;
    EXPECT_EQ(std::vector(again->reasons.begin() + 1, again->reasons.end()), row.news) << row.what;
    decided = decided_after(decided, *again, LeadState::dismissed, today);
    EXPECT_FALSE(family.lead(today, decided)) << row.what << ", and dismissed again";
  }
}

TEST(Lead, AWordAboutAWifesDeathIsNoWordAboutTheChilds) {
  using enum EvidenceClass;
  const Date today(2024, 6, 1), widowed(2024, 5, 20);
  Family family;  // a father whose wife is too young: he is judged by himself since her death
  auto& situation = family.kin.situation;
  situation.people[0].sex = Sex::male;
  situation.people.push_back(
      {Sex::female, SituationPerson::Born{Date(1980, 1, 1), Date(1980, 1, 1)}, std::nullopt});
  family.kin.people.push_back(PersonId{3});
  const auto death = family.add_cause({Cause::What::death, 2, widowed, 0}, "");
  situation.people[2].died = SituationPerson::Died{widowed, Certainty::sure, death};
  situation.marriages.push_back({2, {Date(1994, 1, 1), widowed}, Certainty::sure, no_cause, death});
  auto evidence_of = [&](std::size_t person) -> std::vector<Support>& {
    return family.kin.evidence[static_cast<std::size_t>(situation.people[person].died->cause)];
  };
  evidence_of(1) = {death_told("hospital", hospital)};
  evidence_of(2) = {death_told("police", police_registration)};
  const auto lead = family.lead(today).value();
  ASSERT_EQ(lead.evidence.size(), 2u);
  const auto decided = decided_after({}, lead, LeadState::dismissed, today);
  EXPECT_FALSE(family.lead(today, decided));
  evidence_of(1).push_back(death_told("police", police_registration));
  EXPECT_TRUE(family.lead(today, decided));
}

TEST(Lead, AnEarlierDayOfDeathIsAChangeOfWhatWasConfirmed) {
  auto decided = Family(Date(2024, 5, 10)).confirmed(Date(2024, 6, 1));
  auto lead = Family(Date(2024, 3, 20)).lead(Date(2024, 7, 1), decided).value();
  EXPECT_EQ(lead.kind, LeadKind::changed);
  EXPECT_EQ(lead.when.from, Date(2024, 3, 20));
  EXPECT_EQ(lead.arrears_fen, 0);  // March and April lie before the confirmation
}

TEST(Lead, IsAboutTheLastRunOfDaysThatDiffersFromWhatWasDecided) {
  struct Row {
    const char* what;
    std::optional<Date> decided_died;
    std::optional<Date> died;
    Certainty certainty;
    std::optional<Date> adopted;
    LeadKind kind;
    Interval when;
    std::int64_t overpaid_months;
  };
  const auto none = std::nullopt;
  const auto sure = Certainty::sure, possible = Certainty::possible;
  const auto changed = LeadKind::changed, verify = LeadKind::verify, ended = LeadKind::ended;
  const Date march(2025, 3, 11), april(2025, 4, 11), june(2025, 6, 1), never = Date::forever();
  const Row rows[] = {
      {"days given at the beginning", april, march, sure, none, changed, {march, april}, 0},
      {"days taken away at the beginning", march, april, sure, none, changed, {march, april}, 1},
      {"all days taken away", march, none, sure, none, ended, {march, never}, 5},
      {"its end, not the beginning that was moved too", march, april, sure, june, ended, {june, never}, 3},
      {"a dispute of all days", march, march, possible, none, verify, {march, never}, 0},
      {"a dispute that gives days as well", april, march, possible, none, verify, {march, never}, 0},
      {"a dispute that takes days away as well", march, april, possible, none, verify, {march, never}, 1},
      {"a dispute, ended by an adoption", april, march, possible, june, verify, {march, never}, 2},
  };
  for (const auto& row : rows) {
    const auto decided = Family(row.decided_died).confirmed(Date(2025, 5, 1));
    Family family(none);
    if (row.died) family.die(*row.died, row.certainty);
    if (row.adopted) family.adopt(*row.adopted);
    const auto lead = family.lead(Date(2025, 7, 20), decided).value();
    EXPECT_EQ(lead.kind, row.kind) << row.what;
    EXPECT_EQ(lead.when, row.when) << row.what;
    EXPECT_EQ(lead.overpaid_fen, row.overpaid_months * 59000) << row.what;
  }
}

TEST(Lead, IsAboutTheDaysOfADisputeThatWasNotDecidedAsOne) {
  Family disputed(std::nullopt), a_day_before(std::nullopt);
  disputed.die(Date(2024, 12, 9), Certainty::possible);
  a_day_before.die(Date(2024, 12, 8), Certainty::possible);
  const auto lead = a_day_before.lead(Date(2025, 2, 1), disputed.confirmed(Date(2025, 1, 1))).value();
  EXPECT_EQ(lead.kind, LeadKind::verify);
  EXPECT_EQ(lead.when, (Interval{Date(2024, 12, 8), Date(2024, 12, 9)}));
}

constexpr char disability_benefit[] = "national-special-assistance/disability";
constexpr char allowance[] = "zhoucun-special-families-2019/allowance-dead";
constexpr char grant[] = "zhoucun-special-families-2019/emergency-grant";
const Interval always{Date::beginning(), Date::forever()};

// ---- What is owed to whoever comes late (the calendar's `late`, N07)

TEST(Late, ARightThatEndedBeforeAnyoneConfirmedItIsNoLeadWhereMoneyBeginsWithTheConfirmation) {
  Family family(Date(2020, 5, 10));
  family.adopt(Date(2023, 3, 1));
  EXPECT_TRUE(family.lead(Date(2023, 2, 28)));
  EXPECT_FALSE(family.lead(Date(2023, 3, 1))) << "March holds no day of the right";
  EXPECT_FALSE(family.lead(Date(2026, 11, 21)));
  // Confirmed in time it is decided, and its end is news for ever.
  auto decided = family.confirmed(Date(2023, 2, 28));
  decided.confirmed.back().when.until = Date::forever();
  EXPECT_EQ(family.lead(Date(2026, 11, 21), decided).value().kind, LeadKind::ended);
}

TEST(Late, TheMonthInWhichTheRightEndsIsStillOwed) {
  Family family(Date(2020, 5, 10));
  family.adopt(Date(2023, 3, 20));
  EXPECT_TRUE(family.lead(Date(2023, 3, 31)));
  EXPECT_FALSE(family.lead(Date(2023, 4, 1)));
}

TEST(Late, ADistrictThatPaysTwelveMonthsBackCountsThemFromTheEndOfTheRight) {
  Family family(Date(2019, 3, 3));
  family.live("370306", always);
  auto lead = family.lead_of(allowance, Date(2026, 11, 21)).value();
  EXPECT_EQ(lead.kind, LeadKind::new_);
  EXPECT_EQ(lead.when, (Interval{Date(2019, 3, 3), Date(2022, 2, 1)}));
  EXPECT_EQ(lead.arrears_fen, 13 * 61000);  // January 2022 and the twelve months before it
  EXPECT_EQ(family.lead_of(allowance, Date(2019, 8, 1)).value().arrears_fen, 6 * 61000);
}

TEST(Late, AParentWhoDiedIsToldNoNewRight) {
  Family family(Date(2023, 5, 5));
  family.live("370306", always);
  family.kin.situation.people[0].died =
      SituationPerson::Died{Date(2024, 3, 10), Certainty::sure,
                            family.add_cause({Cause::What::death, 0, Date(2024, 3, 10), 0}, "own")};
  EXPECT_TRUE(family.lead(Date(2024, 3, 9)));
  EXPECT_FALSE(family.lead(Date(2024, 3, 10)));
  EXPECT_FALSE(family.lead(Date(2026, 11, 21)));
}

TEST(Late, WhoeverWasPaidBeforeIsOwedEveryMonthOfTheChange) {
  Family family(std::nullopt);
  family.grade(1, {Date(2020, 1, 10), Date::forever()});
  auto decisions = family.all_confirmed(Date(2026, 9, 1));
  family.die(Date(2026, 9, 11));
  EXPECT_EQ(family.lead_of(death_benefit, Date(2026, 11, 21), decisions).value().arrears_fen, 3 * 59000);
}

TEST(Late, WhatWasConfirmedOnceIsNoFirstConfirmationAfterItsEndWasConfirmed) {
  const Date confirmed(2024, 6, 1), ended(2024, 8, 15), today(2024, 11, 21);
  const Family alive(std::nullopt);
  struct Row {
    const char* what;
    Date died;  ///< as it is registered again, after an end that was confirmed
    std::int64_t arrears_fen;
  };
  const std::vector<Row> rows = {
      {"the same day: every month that was confirmed, and those since", Date(2024, 5, 10), 7 * 59000},
      {"a later day: every month since", Date(2024, 7, 3), 5 * 59000},
      {"an earlier day: not what lies before", Date(2024, 2, 1), 7 * 59000},
      {"after the end was confirmed: another right, and late", Date(2024, 9, 3), 59000},
  };
  for (const auto& row : rows) {
    const Family family(Date(2024, 5, 10));
    auto decided = decided_after({}, family.lead(confirmed).value(), LeadState::confirmed, confirmed);
    const auto end = alive.lead(ended, decided).value();
    EXPECT_EQ(end.kind, LeadKind::ended);
    EXPECT_EQ(end.overpaid_fen, 4 * 59000);  // May to August
    decided = decided_from(to_bytes(decided_after(decided, end, LeadState::confirmed, ended)));
    EXPECT_FALSE(alive.lead(today, decided));
    const auto again = Family(row.died).lead(today, decided).value();
    EXPECT_EQ(again.kind, LeadKind::new_) << row.what;
    EXPECT_EQ(again.arrears_fen, row.arrears_fen) << row.what;
    EXPECT_EQ(again.overpaid_fen, 0) << row.what;
  }
}

// ---- A month is paid once

TEST(Money, ADisabilityThatBecomesADeathIsOverpaidWhileTheDeathIsOwed) {
  Family family(std::nullopt);
  family.grade(1, {Date(2020, 1, 10), Date::forever()});
  auto decisions = family.all_confirmed(Date(2026, 9, 1));
  family.die(Date(2026, 9, 11));
  const Date today(2026, 11, 21);
  auto ended = family.lead_of(disability_benefit, today, decisions).value();
  EXPECT_EQ(ended.kind, LeadKind::ended);
  EXPECT_EQ(ended.overpaid_fen, 3 * 46000);  // September to November
  // In whichever order the two leads are confirmed, the money stays the same.
  auto death_first = decisions, end_first = decisions;
  death_first[*policies().find(death_benefit)] = {
      family.lead_of(death_benefit, today, decisions).value().computed, std::nullopt, today};
  EXPECT_EQ(family.lead_of(disability_benefit, today, death_first).value().overpaid_fen, 3 * 46000);
  auto& disability = end_first[*policies().find(disability_benefit)];
  disability = decided_after(disability, ended, LeadState::confirmed, today);
  EXPECT_EQ(family.lead_of(death_benefit, today, end_first).value().arrears_fen, 3 * 59000);
  EXPECT_FALSE(family.lead_of(disability_benefit, today, end_first));
}

TEST(Money, TheMonthOfAMoveIsClaimedBackFromTheOneThatWasPaid) {
  Family family(Date(2019, 5, 5));
  family.live("320812", {Date::beginning(), Date(2019, 6, 15)});
  family.live("370306", {Date(2019, 6, 15), Date(2020, 7, 20)});
  family.live("320812", {Date(2020, 7, 20), Date::forever()});
  const Date today(2020, 9, 30);
  auto decisions = family.all_confirmed(today);
  Family alive(std::nullopt);
  alive.kin.situation.residences = family.kin.situation.residences;
  EXPECT_EQ(alive.lead_of(allowance, today, decisions).value().overpaid_fen,
            14 * 61000);  // June 2019 to July 2020
  EXPECT_EQ(alive.lead_of(death_benefit, today, decisions).value().overpaid_fen,
            3 * 45000);  // May; August, September
}

TEST(Money, ACorrectedDayMovesAGrantAndCostsNothing) {
  Family told(Date(2019, 11, 11)), corrected(Date(2019, 11, 9)), outside(Date(2019, 1, 31));
  for (auto* family : {&told, &corrected, &outside})
    family->live("370306", always);
  const Date today(2026, 11, 21);
  auto decisions = told.all_confirmed(today);
  EXPECT_FALSE(told.lead_of(grant, today, decisions));
  auto lead = corrected.lead_of(grant, today, decisions).value();
  EXPECT_EQ(lead.kind, LeadKind::changed);
  EXPECT_EQ(lead.when, (Interval{Date(2019, 11, 9), Date(2019, 11, 10)}));
  EXPECT_EQ(lead.amount, (Amount{200000, Per::once}));
  EXPECT_EQ(std::pair(lead.arrears_fen, lead.overpaid_fen), (std::pair<std::int64_t, std::int64_t>(0, 0)));
  auto none = outside.lead_of(grant, today, decisions).value();
  EXPECT_EQ(none.kind, LeadKind::ended) << "the day before the policy";
  EXPECT_EQ(none.overpaid_fen, 200000);
}

TEST(Money, ASumThatIsNotKnownIsNotNothing) {
  Family family(Date(2012, 5, 5));
  family.kin.situation.people[0].born = SituationPerson::Born{Date(1960, 1, 1), Date(1960, 1, 1)};
  // Confirmed when 450 yuan were taken to stand since the beginning; what stood before August 2018 is not
  // known.
  auto decided = family.confirmed(Date(2026, 11, 1));
  ASSERT_FALSE(decided.confirmed.front().amount.known);
  decided.confirmed.front().amount = {45000, Per::month},
  decided.confirmed.front().certainty = Certainty::sure;
  EXPECT_FALSE(family.lead(Date(2026, 11, 21), decided));
  Family alive(std::nullopt);
  alive.kin.situation.people[0].born = family.kin.situation.people[0].born;
  auto as_computed = family.confirmed(Date(2026, 11, 1));
  // August 2018 to June 2022 at 450 yuan, July 2022 to November 2026 at 590.
  EXPECT_EQ(alive.lead(Date(2026, 11, 21), as_computed).value().overpaid_fen, 47 * 45000 + 53 * 59000);
}

// ---- What a lead says

TEST(Lead, ACertificateThatRunsOutInPaymentIsToBeVerified) {
  Family family(std::nullopt);
  family.grade(2, {Date(2016, 12, 10), Date(2026, 12, 10)});
  family.grade(2, {Date(2026, 12, 10), Date::forever()}, Certainty::possible);
  auto decisions = family.all_confirmed(Date(2026, 11, 21));
  EXPECT_FALSE(family.lead_of(disability_benefit, Date(2026, 12, 9), decisions));
  auto lead = family.lead_of(disability_benefit, Date(2026, 12, 15), decisions).value();
  EXPECT_EQ(lead.kind, LeadKind::verify);
  EXPECT_EQ(lead.pending, std::vector<std::string>{"certificate expired"});
  EXPECT_EQ(lead.overpaid_fen, 0);
  // Confirmed, it stays so until the record says something else.
  decisions = family.all_confirmed(Date(2026, 12, 15), decisions);
  EXPECT_FALSE(family.lead_of(disability_benefit, Date(2027, 6, 1), decisions));
}

TEST(Lead, ACertificateThatIsTakenAwayInPaymentIsToBeVerifiedAlsoForDaysThatWereConfirmed) {
  Family family(std::nullopt), taken(std::nullopt);
  family.grade(2, {Date(2023, 5, 1), Date(2033, 5, 1)});
  auto decisions = family.all_confirmed(Date(2026, 11, 21));
  taken.grade(2, {Date(2023, 5, 1), Date(2026, 10, 2)});
  taken.grade(2, {Date(2026, 10, 2), Date::forever()}, Certainty::possible);
  auto lead = taken.lead_of(disability_benefit, Date(2026, 11, 21), decisions).value();
  EXPECT_EQ(lead.kind, LeadKind::verify);
  EXPECT_EQ(lead.pending, std::vector<std::string>{"certificate expired"});
  EXPECT_FALSE(taken.lead_of(disability_benefit, Date(2027, 1, 1),
                             taken.all_confirmed(Date(2026, 11, 21), decisions)));
}

TEST(Lead, AChildOfWhomAnotherMotherIsNamedIsToBeVerified) {
  Family family;
  family.kin.situation.children[0].certainty = Certainty::possible;
  auto lead = family.lead(Date(2024, 6, 1)).value();
  EXPECT_EQ(lead.kind, LeadKind::verify);
  EXPECT_EQ(lead.pending, std::vector<std::string>{"parentage"});
  auto decided = Family().confirmed(Date(2024, 6, 1));
  EXPECT_EQ(family.lead(Date(2024, 8, 1), decided).value().kind, LeadKind::verify) << "it stops nothing";
}

TEST(Lead, ADeathKnownToItsYearIsToldWithBothItsDays) {
  Family family(std::nullopt);
  family.die(Date(2024, 12, 31));
  family.kin.situation.people[1].died->earliest = Date(2024, 1, 1);
  auto lead = family.lead(Date(2025, 3, 1)).value();
  EXPECT_EQ(lead.kind, LeadKind::new_);
  EXPECT_EQ(lead.when, (Interval{Date(2024, 12, 31), Date::forever()})) << "before, it is not sure";
  EXPECT_EQ(lead.certainty, Certainty::sure);
  EXPECT_EQ(lead.reasons, std::vector<std::string>{"2024-01-01至2024-12-31之间 子女死亡"});
  EXPECT_EQ(lead.computed.front().when, (Interval{Date(2024, 1, 1), Date(2024, 12, 31)}));
  lead = family.lead(Date(2024, 6, 1)).value();
  EXPECT_EQ(lead.when, (Interval{Date(2024, 1, 1), Date::forever()}));
  EXPECT_EQ(lead.pending, std::vector<std::string>{"date of death"});
}

TEST(Lead, IsAsSureAsTheEntitlementOnItsFirstDayWhereADeathIsKnownToItsYear) {
  const auto as_sure = [](const Family& family, Date today, const Decisions& decisions = {}) {
    const auto lead = family.lead_of(death_benefit, today, decisions);
    ASSERT_TRUE(lead) << today.text();
    for (const auto& right : policies().evaluate(family.kin.situation))
      if (policies().benefits()[right.benefit].id == death_benefit && right.when.contains(lead->when.from)) {
        EXPECT_EQ(lead->certainty, right.certainty) << today.text();
        EXPECT_EQ(lead->pending, right.pending) << today.text();
      }
  };
  Family family(std::nullopt);
  family.die(Date(2024, 12, 31));
  family.kin.situation.people[1].died->earliest = Date(2024, 1, 1);
  for (auto today : {Date(2024, 1, 1), Date(2024, 12, 30), Date(2024, 12, 31), Date(2026, 11, 21)})
    as_sure(family, today);
  // A confirmed right of a later day of death: what was told before is the change.
  as_sure(family, Date(2026, 11, 21), Family(Date(2026, 3, 5)).all_confirmed(Date(2026, 4, 1)));
}

TEST(Lead, WaitsForWhatItWaitsForToday) {
  Family family(std::nullopt);
  family.grade(2, {Date(2023, 5, 1), Date(2033, 5, 1)});
  family.grade(2, {Date(2033, 5, 1), Date::forever()}, Certainty::possible);
  family.kin.situation.coverage.children = {Date::beginning(), Date::beginning()};
  auto lead = family.lead_of(disability_benefit, Date(2026, 11, 21)).value();
  EXPECT_EQ(lead.pending, std::vector<std::string>{"no other living child"});
  EXPECT_EQ(lead.when, (Interval{Date(2023, 5, 1), Date::forever()}));
  EXPECT_EQ(lead.reasons, std::vector<std::string>{"2023-05-01 子女残疾等级2级"});
  lead = family.lead_of(disability_benefit, Date(2033, 5, 1)).value();
  EXPECT_EQ(lead.pending, (std::vector<std::string>{"certificate expired", "no other living child"}));
}

TEST(Lead, OneWordOfADeathIsToBeVerifiedAndStopsNothing) {
  Family family(std::nullopt);
  family.die(Date(2024, 5, 10));
  auto& child = *family.kin.situation.people[1].died;
  child.classes = 1u << static_cast<unsigned>(EvidenceClass::insurance), child.sources = 1;
  auto lead = family.lead(Date(2024, 6, 1)).value();
  EXPECT_EQ(lead.kind, LeadKind::verify);
  EXPECT_EQ(lead.pending, std::vector<std::string>{"death confirmed by a second source"});
  child.sources = 2;  // a second source says so
  EXPECT_EQ(family.lead(Date(2024, 6, 1)).value().kind, LeadKind::new_);
  // Of the parent: the money goes on until it is proven.
  auto decided = family.confirmed(Date(2024, 6, 1));
  family.kin.situation.people[0].died =
      SituationPerson::Died{Date(2026, 8, 18), Certainty::sure,
                            family.add_cause({Cause::What::death, 0, Date(2026, 8, 18), 0}, "own")};
  auto& own = *family.kin.situation.people[0].died;
  own.classes = 1u << static_cast<unsigned>(EvidenceClass::insurance), own.sources = 1;
  lead = family.lead(Date(2026, 11, 21), decided).value();
  EXPECT_EQ(lead.kind, LeadKind::verify);
  EXPECT_EQ(lead.overpaid_fen, 0);
  own.classes |= 1u << static_cast<unsigned>(EvidenceClass::police_registration), own.sources = 2;
  lead = family.lead(Date(2026, 11, 21), decided).value();
  EXPECT_EQ(lead.kind, LeadKind::ended);
  EXPECT_EQ(lead.overpaid_fen, 3 * 59000);  // September to November
}

TEST(Lead, AnEndBecauseOfAChildKnownLateGivesItsBirth) {
  Family family(Date(2023, 5, 5));
  auto decisions = family.all_confirmed(Date(2026, 11, 20));
  auto& situation = family.kin.situation;
  situation.people.push_back(
      {Sex::male, SituationPerson::Born{Date(2005, 8, 8), Date(2005, 8, 8)}, std::nullopt});
  family.kin.people.push_back(PersonId{3});
  situation.children.push_back({2,
                                ChildRelation::born,
                                {Date(2005, 8, 8), Date::forever()},
                                Certainty::sure,
                                family.add_cause({Cause::What::birth, 2, Date(2005, 8, 8), 0}, "second"),
                                no_cause});
  auto lead = family.lead_of(death_benefit, Date(2026, 11, 21), decisions).value();
  EXPECT_EQ(lead.kind, LeadKind::ended);
  EXPECT_EQ(lead.reasons, (std::vector<std::string>{"2005-08-08 子女出生", "2023-05-05 子女死亡"}));
  EXPECT_TRUE(std::any_of(lead.evidence.begin(), lead.evidence.end(),
                          [](const Evidence& one) { return one.key == "second"; }));
}

TEST(Lead, AResidenceNobodyKnowsOpensNoLeadOfEveryRegion) {
  Family family(Date(2019, 11, 11));
  family.kin.situation.coverage.residence = {Date::beginning(), Date::beginning()};
  const Date today(2021, 3, 1);
  for (const auto& benefit : policies().benefits()) {
    auto lead = family.lead_of(benefit.id, today);
    EXPECT_EQ(lead.has_value(), benefit.id == death_benefit) << benefit.id;
    if (lead) {
      EXPECT_EQ(lead->pending, std::vector<std::string>{"residence"});
    }
  }
  // A right that was confirmed there stays beside it.
  Family known(Date(2019, 11, 11));
  known.live("370306", always);
  EXPECT_FALSE(family.lead_of(allowance, today, known.all_confirmed(today)));
}

TEST(Lead, BytesKeepAllOfIt) {
  auto lead = Family().lead(Date(2024, 6, 1)).value();
  EXPECT_EQ(to_bytes(lead_content_from(to_bytes(lead))), to_bytes(lead));
  EXPECT_TRUE(same_news(lead, Family().lead(Date(2024, 9, 1)).value()));
  auto decided = Family().confirmed(Date(2024, 6, 1));
  decided.set_aside = lead.computed, decided.on = Date(2024, 6, 1);
  EXPECT_EQ(to_bytes(decided_from(to_bytes(decided))), to_bytes(decided));
}

TEST(Notice, IsOneLineOfCloudEventsThatNamesNobody) {
  auto keys = Keyring::from_passphrase("test");
  LeadRow row{{7}, {3}, death_benefit, LeadKind::new_, LeadState::open, 0, 1763700000'000000, 2, ""};
  auto text =
      notice_json(keys, 12, row, Family().lead(Date(2024, 6, 1)).value(), "updated", row.changed_at_us);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["specversion"], "1.0");
  EXPECT_EQ(json["type"], "kinhub.lead.updated");
  EXPECT_EQ(json["seq"], 12);
  EXPECT_EQ(json["id"], lead_reference(keys, {7}) + ".2");
  EXPECT_EQ(json["time"], "2025-11-21T04:40:00.000000Z");
  EXPECT_EQ(json["data"]["person"], person_reference(keys, {3}));
}

TEST(Notice, AnAmountThatIsNotKnownIsNullAsInTheListOfLeads) {
  auto keys = Keyring::from_passphrase("test");
  auto content = Family().lead(Date(2024, 6, 1)).value();
  for (bool known : {true, false}) {
    content.amount = {known ? 59000 : 0, Per::month, known};
    for (auto [state, what] :
         {std::pair{LeadState::open, "opened"}, std::pair{LeadState::closed, "closed"}}) {
      LeadRow row{{7}, {3}, death_benefit, LeadKind::new_, state, 0, 1763700000'000000, 2, ""};
      auto amount = nlohmann::json::parse(
          notice_json(keys, 12, row, content, what, row.changed_at_us))["data"]["amount"];
      auto wanted = known ? nlohmann::json{{"fen", 59000}, {"per", "month"}} : nlohmann::json();
      EXPECT_EQ(amount, wanted) << what;
    }
  }
}

TEST(Notice, IsWhatAJsonLibraryWouldWriteWhateverTheWordsHold) {
  auto keys = Keyring::from_passphrase("test");
  LeadRow row{{7},
              {3},
              "a \"policy\"\\of\tmany\x01 words/death 失独",
              LeadKind::ended,
              LeadState::closed,
              0,
              1763700000'000000,
              2,
              ""};
  auto content = Family().lead(Date(2024, 6, 1)).value();
  for (const auto& pending :
       std::vector<std::vector<std::string>>{{}, {"waits \"here\""}, {"one", "two\n"}}) {
    content.pending = pending;
    auto text = notice_json(keys, 12, row, content, "closed", row.changed_at_us);
    auto json = nlohmann::ordered_json::parse(text);
    EXPECT_EQ(json["data"]["benefit"], row.benefit);
    EXPECT_EQ(json["data"]["pending"], pending);
    EXPECT_EQ(json["data"]["amount"]["fen"], content.amount.fen);
    for (const auto& [key, value] : json.items())
      EXPECT_FALSE(key.empty());
    EXPECT_EQ(json.size(), 9U);
    EXPECT_EQ(json["data"].size(), 13U);
  }
}

}  // namespace
}  // namespace kinhub
