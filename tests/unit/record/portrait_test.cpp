// What a dossier says of its person: deaths from several sources, dates, grades, residence, known at a time.
#include "hub/record/portrait.hpp"

#include <gtest/gtest.h>

#include "tests/unit/record/record.hpp"

namespace kinhub::test {
namespace {

/// "2026-11-18 by civil/BZ1 police/J1, withdrawn hospital/Z: why disputed"; "none" without a death.
std::string death_text(const Portrait& portrait) {
  if (!portrait.death) {
    auto taken_back = text_of(portrait.death_taken_back);
    return taken_back.empty() ? "none" : "none, taken back by " + taken_back;
  }
  const auto& death = *portrait.death;
  std::string text = death.on.text() + " by " + text_of(death.evidence);
  if (!death.withdrawn.empty()) text += ", withdrawn " + text_of(death.withdrawn);
  if (death.disputed) text += ": " + death.dispute;
  return text;
}
std::string death_of_wang(const std::vector<Statement>& said, std::int64_t known_at = known_now) {
  Record record(said, known_at);
  return death_text(record.portrait(wang));
}

Said by_police(std::string_view on) {
  return death("police", "J1").of(wang).on(on);
}
Said by_certificate(std::string_view on) {
  return death("civil", "cert").of(wang).on(on);
}
Said by_hospital(std::string_view on) {
  return death("hospital", "Z77").of(wang).on(on);
}
Said by_crematory(std::string_view on) {
  return death("crematory", "BZ1").of(wang).on(on);
}
Said by_insurer(std::string_view on) {
  return death("insurance", "R1").of(wang).on(on);
}

TEST(Death, FiveSourcesAreOneDeathWithFiveEvidencesKnownSinceEachArrived) {
  std::vector<Statement> reports = {
      by_hospital("2026-11-18").known_since(11), by_certificate("2026-11-17").known_since(12),
      by_police("2026-11-18").known_since(13), by_crematory("2026-11-20").known_since(14),
      by_insurer("2026-11-19").known_since(15)};
  std::vector<std::size_t> order = {0, 1, 2, 3, 4};
  do {
    Record record;
    for (auto at : order)
      record.add(reports[at]);
    const auto& portrait = record.portrait(wang);
    ASSERT_TRUE(portrait.death);
    EXPECT_EQ(portrait.death->on.text(), "2026-11-18") << "the day the police say";
    EXPECT_FALSE(portrait.death->disputed);
    ASSERT_EQ(dated(portrait.death->evidence),
              "civil/cert@12 crematory/BZ1@14 hospital/Z77@11 insurance/R1@15 police/J1@13");
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Death, IsWhatWasKnownOfItAtATime) {
  const std::vector<Statement> said = {by_insurer("2026-11-19").known_since(10),
                                       by_hospital("2026-11-17").known_since(20),
                                       by_police("2026-11-18").known_since(30),
                                       by_police("2026-11-18").version("2").taken_back().known_since(40),
                                       by_hospital("2026-11-16").version("2").known_since(50)};
  const std::pair<std::int64_t, const char*> rows[] = {
      {9, "none"},
      {10, "2026-11-19 by insurance/R1"},
      {20, "2026-11-17 by hospital/Z77 insurance/R1"},
      {30, "2026-11-18 by hospital/Z77 insurance/R1 police/J1"},
      {40,
       "2026-11-17 by hospital/Z77 insurance/R1, withdrawn police/J1: death taken back by a weightier "
       "source"},
      {50,
       "2026-11-16 by hospital/Z77 insurance/R1, withdrawn police/J1: death taken back by a weightier "
       "source"},
      {known_now,
       "2026-11-16 by hospital/Z77 insurance/R1, withdrawn police/J1: death taken back by a weightier "
       "source"}};
  auto backwards = said;
  std::reverse(backwards.begin(), backwards.end());
  for (const auto& [known_at, expected] : rows) {
    EXPECT_EQ(death_of_wang(said, known_at), expected) << known_at;
    EXPECT_EQ(death_of_wang(backwards, known_at), expected) << known_at << " backwards";
  }
}

TEST(Death, TheDayIsTheEarliestOfTheWeightiestEvidence) {
  struct Row {
    const char* what;
    std::vector<Statement> said;
    const char* expected;
  };
  const std::vector<Row> rows = {
      {"each class outweighs the next",
       {by_insurer("2026-11-01"), by_crematory("2026-11-05")},
       "2026-11-05 by crematory/BZ1 insurance/R1"},
      {"hospital over crematory",
       {by_crematory("2026-11-01"), by_hospital("2026-11-05")},
       "2026-11-05 by crematory/BZ1 hospital/Z77"},
      {"certificate over hospital",
       {by_hospital("2026-11-01"), by_certificate("2026-11-05")},
       "2026-11-05 by civil/cert hospital/Z77"},
      {"police over certificate",
       {by_certificate("2026-11-01"), by_police("2026-11-05")},
       "2026-11-05 by civil/cert police/J1"},
      {"of two of one class the earlier day",
       {by_police("2026-11-05"), death("police", "J2").of(wang).on("2026-11-03")},
       "2026-11-03 by police/J1 police/J2"},
      {"a day is worth more than its month",
       {by_police("2026-11"), death("police", "J2").of(wang).on("2026-11-03")},
       "2026-11-03 by police/J1 police/J2"},
      {"a month where nobody says more", {by_hospital("2026-11")}, "2026-11 by hospital/Z77"},
      {"thirty days apart",
       {by_police("2026-11-01"), by_insurer("2026-12-01")},
       "2026-11-01 by insurance/R1 police/J1"},
      {"thirty-one days apart",
       {by_police("2026-11-01"), by_insurer("2026-12-02")},
       "2026-11-01 by insurance/R1 police/J1: dates of death far apart"},
      {"a month is its nearest day",
       {by_police("2026-12-20"), by_insurer("2026-11")},
       "2026-12-20 by insurance/R1 police/J1"},
      {"a month too far away",
       {by_police("2026-12-31"), by_insurer("2026-11")},
       "2026-12-31 by insurance/R1 police/J1: dates of death far apart"},
      {"before the birth",
       {by_police("1999-11-01"), birth("police", "B").of(wang).on("2000-05-21")},
       "1999-11-01 by police/J1: death before birth"},
      {"on the day of birth",
       {by_police("2000-05-21"), birth("police", "B").of(wang).on("2000-05-21")},
       "2000-05-21 by police/J1"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(death_of_wang(row.said), row.expected) << row.what;
    EXPECT_EQ(death_of_wang({row.said.rbegin(), row.said.rend()}), row.expected) << row.what << ", backwards";
  }
}

TEST(Death, HowFarApartIsDisputedIsARule) {
  const Record record({by_police("2026-11-01"), by_insurer("2026-11-08")});
  const auto& dossier = record.dossier(record.person(wang));
  EXPECT_FALSE(portray(dossier, known_now, {.date_dispute_days = 7}).death->disputed);
  EXPECT_TRUE(portray(dossier, known_now, {.date_dispute_days = 6}).death->disputed);
}

TEST(Death, ARetractionTakesBackItsOwnWordOnly) {
  const auto police_retract = [] { return by_police("2026-11-18").version("2").taken_back(); };
  const auto police_untold = [] { return by_police("2026-11-18").version("2").untold(); };
  struct Row {
    const char* what;
    std::vector<Statement> said;
    const char* expected;
  };
  const std::vector<Row> rows = {
      {"nothing left", {by_police("2026-11-18"), police_retract()}, "none, taken back by police/J1"},
      {"nothing was ever said", {police_retract()}, "none"},
      {"something lighter is left",
       {by_police("2026-11-18"), police_retract(), by_crematory("2026-11-18")},
       "2026-11-18 by crematory/BZ1, withdrawn police/J1: death taken back by a weightier source"},
      {"something weightier is left",
       {by_police("2026-11-18"), by_hospital("2026-11-18"),
        by_hospital("2026-11-18").version("2").taken_back()},
       "2026-11-18 by police/J1, withdrawn hospital/Z77"},
      {"as weighty is left",
       {by_police("2026-11-18"), death("police", "J2").of(wang).on("2026-11-18"), police_retract()},
       "2026-11-18 by police/J2, withdrawn police/J1"},
      {"said again",
       {by_police("2026-11-18"), police_retract(), by_police("2026-11-19").version("3")},
       "2026-11-19 by police/J1"},
      {"a retraction of one who never said it disputes nothing",
       {police_retract(), by_crematory("2026-11-18")},
       "2026-11-18 by crematory/BZ1"},
      {"no longer told, nothing left",
       {identity("police", "R1").of(wang), by_police("2026-11-18"), police_untold()},
       "none, taken back by police/J1"},
      {"no longer told and never told", {identity("police", "R1").of(wang), police_untold()}, "none"},
      {"no longer told, something lighter is left",
       {by_police("2026-11-18"), police_untold(), by_crematory("2026-11-18")},
       "2026-11-18 by crematory/BZ1, withdrawn police/J1: death taken back by a weightier source"},
      {"what was told under another key before it may be meant, as by a retraction",
       {death("police", "J0").of(wang).on("2026-11-18").version("0"), by_police("2026-11-18"),
        police_untold()},
       "2026-11-18 by police/J0, withdrawn police/J1: death taken back under another key"},
      {"never told under its key it means nothing under another",
       {death("police", "J0").of(wang).on("2026-11-18").version("0"), police_untold()},
       "2026-11-18 by police/J0"},
      {"what a retraction doubts stays doubted when nothing more is told under its key",
       {death("police", "J0").of(wang).on("2026-11-18").version("0"), police_retract(),
        by_police("2026-11-18").version("3").untold()},
       "2026-11-18 by police/J0, withdrawn police/J1: death taken back under another key"},
      {"told again after it was told no more",
       {by_police("2026-11-18"), police_untold(), by_police("2026-11-19").version("3")},
       "2026-11-19 by police/J1"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(death_of_wang(row.said), row.expected) << row.what;
    EXPECT_EQ(death_of_wang({row.said.rbegin(), row.said.rend()}), row.expected) << row.what << ", backwards";
  }
}

TEST(Death, ACorrectedDayReplacesTheEarlierWord) {
  EXPECT_EQ(death_of_wang({by_police("2026-11-18").version("2"), by_police("2026-10-01").version("1")}),
            "2026-11-18 by police/J1");
}

TEST(Death, ALaterVersionAboutSomeoneElseTakesItFromTheFirst) {
  Record record({death("police", "J1").of(wang).on("2026-11-18").version("1"),
                 death("police", "J1").of(mother_su).on("2026-11-18").version("2"),
                 birth("police", "B").of(wang).on("2000-05-21")});
  EXPECT_FALSE(record.portrait(wang).death);
  EXPECT_TRUE(record.portrait(mother_su).death);
}

TEST(Evidence, SaysWhoWhatWhenAndSinceWhen) {
  Record record({by_hospital("2026-11-18").known_since(77)});
  const auto all = evidence_of(record.portrait(wang).death->evidence);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0], (Evidence{"hospital", "Z77", FactKind::death, EvidenceClass::hospital,
                              PartialDate::parse("2026-11-18"), 77, 77}));
}

TEST(Person, NameSexAndBirthAreTheWeightiestSourcesLatest) {
  Record record({insurance("insurance", "1").of(wang, "王错一").sex(Sex::male).born("1990").version("9"),
                 residence("police", "1").of(wang, "王旧子").on("2001-01-01").version("2"),
                 residence("police", "2")
                     .of(wang, "王试子")
                     .sex(Sex::female)
                     .born("2000-05-20")
                     .on("2002-01-01")
                     .version("3")});
  EXPECT_EQ(record.portrait(wang).name, "王试子");
  EXPECT_EQ(record.portrait(wang).sex, Sex::female);
  EXPECT_EQ(record.portrait(wang).born->text(), "2000-05-20");
}

TEST(Person, ABirthThatIsRegisteredOutweighsADayThatIsTold) {
  Record record({residence("police", "1").of(wang).born("2000-05-20").on("2002-01-01"),
                 birth("hospital", "B").of(wang).on("2000-05-21").known_since(3)});
  EXPECT_EQ(record.portrait(wang).born->text(), "2000-05-21");
  EXPECT_EQ(dated(record.portrait(wang).birth_evidence), "hospital/B@3");
}

TEST(Person, TheNumberTellsSexAndBirthWhereNobodyDoes) {
  Record record({by_hospital("2026-11-18"), death("hospital", "Z").of("c:A/1").on("2026-11-18")});
  EXPECT_EQ(record.portrait(wang).sex, Sex::male);
  EXPECT_EQ(record.portrait(wang).born->text(), "2000-05-21");
  EXPECT_TRUE(record.portrait(wang).registered);
  EXPECT_EQ(record.portrait("c:A/1").sex, Sex::unknown);
  EXPECT_FALSE(record.portrait("c:A/1").born);
  EXPECT_FALSE(record.portrait("c:A/1").registered) << "known to a hospital only";
}

TEST(Person, ANumberThatWasCorrectedDoesNotComeBack) {
  Record record({by_police("2026-11-18").version("1"),
                 identity("police", "C").of("n:322228200005210331 -n:322228200005210171").version("2"),
                 death("police", "J2").of(wang).on("2026-11-18").version("3")});
  const auto& portrait = record.portrait(wang_corrected);
  EXPECT_EQ(portrait.citizen_number, "322228200005210331");
  EXPECT_EQ(portrait.former_numbers, (Lines{"322228200005210171"}));
}

TEST(Person, BeforeTheCorrectionWasKnownTheOldNumberWasHeld) {
  Record record(
      {by_police("2026-11-18").known_since(10),
       identity("police", "C").of("n:322228200005210331 -n:322228200005210171").version("2").known_since(20)},
      19);
  EXPECT_EQ(record.portrait(wang).citizen_number, "322228200005210171");
  EXPECT_TRUE(record.portrait(wang).former_numbers.empty());
}

/// "4 2015-07-26..2025-07-26 expires"
Lines grades_of(const std::vector<Statement>& said, std::int64_t known_at = known_now) {
  Record record(said, known_at);
  Lines lines;
  for (const auto& one : record.portrait(wang).disability)
    lines.push_back(std::to_string(one.grade) + " " + text_of(one.valid) + (one.expires ? " expires" : ""));
  return lines;
}
Said card(std::string key, int grade, std::string_view on, std::string_view until = "") {
  auto said = disability("civil", std::move(key)).of(wang).on(on).grade(grade).version(std::string(on));
  if (!until.empty()) said.until(until);
  return said;
}

TEST(Disability, AGradeCountsFromItsDayUntilTheNextOrTheCertificatesLastDay) {
  struct Row {
    const char* what;
    std::vector<Statement> said;
    Lines expected;
  };
  const std::vector<Row> rows = {
      {"without end", {card("1", 4, "2015-07-26")}, {"4 2015-07-26.."}},
      {"the printed last day counts",
       {card("1", 4, "2015-07-26", "2025-07-25")},
       {"4 2015-07-26..2025-07-26 expires"}},
      {"the next ends it",
       {card("1", 4, "2015-07-26", "2025-07-25"), card("2", 3, "2020-01-01", "2030-01-01")},
       {"4 2015-07-26..2020-01-01", "3 2020-01-01..2030-01-02 expires"}},
      {"renewed on the day after the last",
       {card("1", 4, "2015-07-26", "2025-07-25"), card("2", 4, "2025-07-26")},
       {"4 2015-07-26..2025-07-26", "4 2025-07-26.."}},
      {"a gap between two",
       {card("1", 4, "2015-07-26", "2019-12-31"), card("2", 4, "2021-01-01")},
       {"4 2015-07-26..2020-01-01 expires", "4 2021-01-01.."}},
      {"of one day the later version counts",
       {card("1", 4, "2015-07-26").version("1"), card("2", 3, "2015-07-26").version("2")},
       {"3 2015-07-26.."}},
      {"a card taken back",
       {card("1", 4, "2015-07-26"), card("2", 3, "2020-01-01"),
        card("2", 3, "2020-01-01").version("9").taken_back()},
       {"4 2015-07-26.."}},
      {"what a later card says of the one before fills the days before the first",
       {card("2", 3, "2020-01-01"), card("2b", 4, "2015-07-26", "2020-01-01").status("earlier")},
       {"4 2015-07-26..2020-01-01", "3 2020-01-01.."}},
      {"and none where the first card itself is told",
       {card("1", 2, "2015-07-26"), card("2", 3, "2020-01-01"),
        card("2b", 4, "2015-07-26", "2020-01-01").status("earlier")},
       {"2 2015-07-26..2020-01-01", "3 2020-01-01.."}},
      {"of several the nearest to those days",
       {card("3", 2, "2026-05-01"), card("3b", 3, "2015-07-26", "2026-05-01").status("earlier"),
        card("2", 3, "2025-07-26"), card("2b", 4, "2015-07-26", "2025-07-26").status("earlier")},
       {"4 2015-07-26..2025-07-26", "3 2025-07-26..2026-05-01", "2 2026-05-01.."}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(grades_of(row.said), row.expected) << row.what;
    EXPECT_EQ(grades_of({row.said.rbegin(), row.said.rend()}), row.expected) << row.what << ", backwards";
  }
}

TEST(Disability, IsWhatWasKnownOfItAtATime) {
  const std::vector<Statement> said = {card("2", 3, "2020-01-01").known_since(10),
                                       card("1", 4, "2015-07-26").known_since(20)};
  EXPECT_EQ(grades_of(said, 10), (Lines{"3 2020-01-01.."}));
  EXPECT_EQ(grades_of(said, 20), (Lines{"4 2015-07-26..2020-01-01", "3 2020-01-01.."}));
}

Lines residence_of(const std::vector<Statement>& said) {
  Record record(said);
  Lines lines;
  for (const auto& one : record.portrait(wang).residence)
    lines.push_back(one.region + " " + text_of(one.when) + " " + text_of(one.evidence));
  return lines;
}

TEST(Residence, EachMoveEndsTheOneBefore) {
  const auto lived = [](std::string key, std::string_view since) {
    return residence("police", std::move(key)).of(wang).on(since);
  };
  struct Row {
    const char* what;
    std::vector<Statement> said;
    Lines expected;
  };
  const std::vector<Row> rows = {
      {"one", {lived("1", "2001-01-01").region("322228")}, {"322228 2001-01-01.. police/1"}},
      {"moved in elsewhere",
       {lived("2", "2010-03-01").region("370306"), lived("1", "2001-01-01").region("322228")},
       {"322228 2001-01-01..2010-03-01 police/1", "370306 2010-03-01.. police/2"}},
      {"moved out to there",
       {lived("1", "2001-01-01").region("322228"),
        lived("2", "2010-03-01").region("322228").moved_to("370306")},
       {"322228 2001-01-01..2010-03-01 police/1", "370306 2010-03-01.. police/2"}},
      {"the same region again",
       {lived("1", "2001-01-01").region("322228"), lived("2", "2010-03-01").region("322228")},
       {"322228 2001-01-01.. police/1 police/2"}},
      {"there and back",
       {lived("1", "2001-01-01").region("322228"), lived("2", "2010-03-01").region("370306"),
        lived("3", "2015-03-01").region("322228")},
       {"322228 2001-01-01..2010-03-01 police/1", "370306 2010-03-01..2015-03-01 police/2",
        "322228 2015-03-01.. police/3"}},
      {"a later row of the resident master is of its day: who was registered elsewhere until then stays so",
       {lived("1", "1990-01-01").region("370306").version("1").succeeds(),
        lived("1", "2021-05-20").region("322228").version("2").succeeds()},
       {"370306 1990-01-01..2021-05-20 police/1", "322228 2021-05-20.. police/1"}},
      {"a corrected row was never so",
       {lived("1", "1990-01-01").region("370306").version("1"),
        lived("1", "2021-05-20").region("322228").version("2")},
       {"322228 2021-05-20.. police/1"}},
      {"a row and the move told apart",
       {lived("1", "1990-01-01").region("370306").version("1").succeeds(),
        lived("2", "2021-05-20").region("322228"),
        lived("1", "2021-05-20").region("322228").version("2").succeeds()},
       {"370306 1990-01-01..2021-05-20 police/1", "322228 2021-05-20.. police/1 police/2"}},
      {"moved out, and nobody says where to",
       {lived("1", "1990-01-01").region("370306").version("1").succeeds(),
        lived("1", "2021-05-21").version("2").ends()},
       {"370306 1990-01-01..2021-05-21 police/1 police/1"}},
      {"the move is told by its day, the row ends the day after",
       {lived("1", "1990-01-01").region("370306").version("1").succeeds(),
        lived("2", "2021-05-20").region("370306").moved_to("322228"),
        lived("1", "2021-05-21").version("2").ends()},
       {"370306 1990-01-01..2021-05-20 police/1", "322228 2021-05-20.. police/2"}},
      {"moved out and back to the same region",
       {lived("1", "1990-01-01").region("370306").version("1").succeeds(),
        lived("1", "2021-05-21").version("2").ends(),
        lived("1", "2023-01-01").region("370306").version("3").succeeds()},
       {"370306 1990-01-01..2021-05-21 police/1 police/1", "370306 2023-01-01.. police/1"}},
      {"of one day the later version counts",
       {lived("1", "2001-01-01").region("322228").version("1"),
        lived("2", "2001-01-01").region("370306").version("2")},
       {"370306 2001-01-01.. police/2"}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(residence_of(row.said), row.expected) << row.what;
    EXPECT_EQ(residence_of({row.said.rbegin(), row.said.rend()}), row.expected) << row.what << ", backwards";
  }
}

TEST(Insurance, AndHouseholdAreKeptAsTold) {
  Record record({insurance("insurance", "2").of(wang).status("ended").on("2026-01-01"),
                 insurance("insurance", "1").of(wang).status("enrolled").on("2020-01-01"),
                 household("police", "H").of(wang).household("000123", "02")});
  const auto& portrait = record.portrait(wang);
  ASSERT_EQ(portrait.insurance.size(), 2u);
  EXPECT_EQ(portrait.insurance[0].status, "enrolled");
  EXPECT_EQ(portrait.insurance[1].status, "ended");
  ASSERT_EQ(portrait.households.size(), 1u);
  EXPECT_EQ(portrait.households[0].number + " " + portrait.households[0].relation, "000123 02");
}

TEST(Ties, LeadToTheOtherOfTheSameStatement) {
  using Kind = Tie::Kind;
  struct Row {
    Said said;
    Kind of_child_or_husband, of_mother_or_wife;
  };
  const auto family = [](Said said) { return said.of(wang).mother(mother_su).on("2000-05-21"); };
  const auto couple = [](Said said) { return said.couple(wang, mother_su).on("2000-05-21"); };
  const std::vector<Row> rows = {
      {family(birth("police", "1")), Kind::child_of, Kind::parent_of},
      {family(parentage("police", "1")), Kind::child_of, Kind::parent_of},
      {family(adoption("civil", "1")), Kind::adopted_by, Kind::adopts},
      {family(adoption_dissolved("civil", "1")), Kind::adoption_ended, Kind::adoption_ended},
      {family(adoption_voided("civil", "1")), Kind::adoption_voided, Kind::adoption_voided},
      {couple(marriage("civil", "1")), Kind::married, Kind::married},
      {couple(divorce("civil", "1")), Kind::divorced, Kind::divorced},
      {couple(marriage_annulled("civil", "1")), Kind::annulled, Kind::annulled},
  };
  for (const auto& [said, down, up] : rows) {
    Record record({said});
    const auto& one = record.portrait(wang).ties;
    const auto& other = record.portrait(mother_su).ties;
    ASSERT_EQ(one.size(), 1u) << name_of(said.fact().kind);
    ASSERT_EQ(other.size(), 1u) << name_of(said.fact().kind);
    EXPECT_EQ(one[0].kind, down) << name_of(said.fact().kind);
    EXPECT_EQ(other[0].kind, up) << name_of(said.fact().kind);
    EXPECT_EQ(record.whose(one[0]), record.person(mother_su));
    EXPECT_EQ(record.whose(other[0]), record.person(wang));
    EXPECT_EQ(one[0].on->text(), "2000-05-21");
    EXPECT_EQ(one[0].mention->identifiers.front().value, "322228197503120246");
  }
}

TEST(Ties, GoWithTheStatementThatIsTakenBackOrNotYetKnown) {
  const std::vector<Statement> said = {
      birth("police", "1").of(wang).mother(mother_su).on("2000-05-21").known_since(10),
      birth("police", "1").of(wang).mother(mother_su).version("2").taken_back().known_since(20)};
  const std::pair<std::int64_t, std::size_t> rows[] = {{9, 0}, {10, 1}, {19, 1}, {20, 0}};
  for (const auto& [known_at, ties] : rows)
    EXPECT_EQ(Record(said, known_at).portrait(wang).ties.size(), ties) << known_at;
}

}  // namespace
}  // namespace kinhub::test
