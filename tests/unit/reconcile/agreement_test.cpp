// Deaths in question, night after night: who is reported dead and listed as living is asked about once, and
// the same whether the words came as events or by a run of reconciliation.
#include "hub/reconcile/agreement.hpp"

#include "hub/lead/record_lead.hpp"
#include "hub/pipeline/evidence_book.hpp"
#include "hub/reconcile/run.hpp"
#include "hub/store/values.hpp"
#include "tests/unit/pipeline/pipeline_fixture.hpp"

namespace kinhub::test {
namespace {

const Rules& rules() {
  static const Rules rules = [] {
    auto files = mapping_files();
    files["hospital_death.yaml"] =
        "map: test.hospital_death\nfrom: { format: csv, when: \"KIND = 'hospital'\" }\nkey: [ID]\n"
        "version: timestamp(VERSION)\nop: { if: \"VOID = '1'\", then: retract, else: assert }\n"
        "evidence: hospital\nfact: death\nset:\n"
        "  person.citizen_number: citizen_id(PERSON)\n  on: date(ON, 'yyyyMMdd')\n";
    files["resident.yaml"] =
        "map: test.resident\nfrom: { format: csv, when: \"KIND = 'resident'\" }\nkey: [ID]\n"
        "version: timestamp(VERSION)\nevidence: police_registration\nmissing_from_snapshot: gone\nfacts:\n"
        "  - fact: identity\n    set:\n      person.citizen_number: citizen_id(PERSON)\n"
        "  - fact: death\n    op: { if: \"present(ON)\", then: assert, else: deny }\n    set:\n"
        "      person.citizen_number: citizen_id(PERSON)\n      on: date(ON, 'yyyyMMdd')\n";
    return rules_with(files);
  }();
  return rules;
}

std::string person(int i) {
  return number_of("19400303", i);
}
/// A hospital reports a death in June.
Event reported(int i, const char* on = "20260618", int version = 1, bool taken_back = false) {
  return line(
      "hospital", "H" + std::to_string(i),
      fmt::format("hospital,H{},2026070100{:04},{},,{},{}", i, version, person(i), on, taken_back ? 1 : 0));
}
/// A row of the register: living, or dead since `on`.
Event registered(int i, const char* version, const char* on = "") {
  return line("police", "R" + std::to_string(i),
              fmt::format("resident,R{},{},{},,{},0", i, version, person(i), on));
}

class DeathsInQuestion : public ::testing::Test {
 protected:
  void hear(const std::vector<Event>& events) {
    for (const auto& event : events)
      log_.append({event}, std::nullopt);
    drain();
  }
  void drain() { ground_.pipeline(log_, *ground_.store, all_, 20, rules())->drain(); }
  AgreementFound night() {
    const AgreementMeans means{*ground_.store, ground_.keys, built_in_evidence(), shanghai_date(noon_us),
                               noon_us};
    auto found = find_agreement(means, {}, {}, [](std::string_view) {});
    if (!found) throw std::runtime_error(describe(found.error()));
    EXPECT_TRUE(
        ground_.pipeline(log_, *ground_.store, all_, 20, rules())->question_deaths(found->in_question));
    return std::move(*found);
  }
  std::string leads() { return leads_text(*ground_.store->begin(Store::For::reading), ground_.keys); }
  std::int64_t notices() { return ground_.store->begin(Store::For::reading)->notices().last(); }
  void decide(LeadState verdict) {
    const auto open = all_leads(ground_.store->begin(Store::For::reading)->leads(), LeadState::open);
    ASSERT_EQ(open.size(), 1U);
    ASSERT_TRUE(ground_.pipeline(log_, *ground_.store, all_, 20, rules())
                    ->decide(open[0].id, verdict, "asked", "me"));
  }

  Ground ground_;
  FakeLog log_{{"civil", "hospital", "insurance", "police"}, pipeline_seed()};
  OwnsAll all_{log_};
};

TEST_F(DeathsInQuestion, OneLeadForEachPersonHoweverManyNights) {
  hear({registered(1, "20261101000000"), registered(2, "20261101000000"), reported(1),
        registered(3, "20261101000000"), reported(3), reported(4)});
  EXPECT_EQ(leads(), "") << "an event opens none: a register may lag behind";
  const auto first = night();
  EXPECT_EQ(first.in_question.size(), 2U);
  const auto asked = leads();
  EXPECT_EQ(std::ranges::count(asked, '\n'), 2);
  EXPECT_NE(asked.find("record/death verify 2026-06-18.."), std::string::npos) << asked;
  const auto told = notices();
  EXPECT_EQ(told, 2);
  for (int i = 0; i < 3; ++i)
    night();
  // The register says the same of somebody in a newer row: no news.
  hear({registered(1, "20261129000000")});
  night();
  EXPECT_EQ(leads(), asked);
  EXPECT_EQ(notices(), told) << "each notice tells a change";
  ground_.pipeline(log_, *ground_.store, all_, 20, rules())->scan();
  EXPECT_EQ(leads(), asked) << "the scan of rights leaves them as they are";
}

TEST_F(DeathsInQuestion, WhereItWasStoppedItIsToldThatItIsNotDone) {
  hear({registered(1, "20261101000000"), reported(1)});
  const auto asked = night().in_question;
  ASSERT_EQ(asked.size(), 1U);
  std::stop_source stop;
  stop.request_stop();
  const auto pipeline = ground_.pipeline(log_, *ground_.store, all_, 20, rules());
  EXPECT_FALSE(pipeline->question_deaths(asked, stop.get_token()));
  EXPECT_TRUE(pipeline->question_deaths({}, stop.get_token())) << "nobody is left";
}

TEST_F(DeathsInQuestion, TheLeadEndsWithTheDisagreementAndComesBackWithIt) {
  hear({registered(1, "20261101000000"), reported(1)});
  night();
  EXPECT_NE(leads(), "");
  hear({reported(1, "20260618", 2, true)});  // the hospital takes it back
  EXPECT_EQ(leads(), "") << "with the event, not with the next night";
  hear({reported(1, "20260620", 3)});
  night();
  EXPECT_NE(leads().find("2026-06-20.."), std::string::npos);
  hear({registered(1, "20261128000000", "20260620")});  // the register enters it
  EXPECT_EQ(leads(), "");
  night();
  EXPECT_EQ(leads(), "");
}

TEST_F(DeathsInQuestion, WhatAPersonDecidedStaysDecidedUntilAnotherDayIsTold) {
  for (const auto verdict : {LeadState::dismissed, LeadState::confirmed}) {
    const int i = verdict == LeadState::dismissed ? 1 : 2;
    hear({registered(i, "20261101000000"), reported(i)});
    night();
    decide(verdict);
    night();
    EXPECT_EQ(leads(), "");
    hear({reported(i, "20260610", 2)});
    night();
    EXPECT_NE(leads().find("2026-06-10.."), std::string::npos);
    decide(verdict);
  }
}

TEST_F(DeathsInQuestion, TheSameThroughEventsAndThroughReconciliation) {
  const std::vector<Event> rows = {registered(1, "20261101000000"), registered(2, "20261101000000"),
                                   registered(3, "20261101000000", "20260618")};
  hear({reported(1), reported(2), reported(3)});
  hear(rows);
  night();
  const auto through_events = leads();
  EXPECT_NE(through_events, "");

  Ground other;
  FakeLog log({"civil", "hospital", "insurance", "police"}, pipeline_seed());
  OwnsAll all(log);
  for (const auto& event : {reported(1), reported(2), reported(3)})
    log.append({event}, std::nullopt);
  const auto process = [&]() -> std::optional<Error> {
    other.pipeline(log, *other.store, all, 20, rules())->drain();
    return std::nullopt;
  };
  process();
  reconcile::Request request;
  request.source = "police", request.reports = other.folder.path / "reports", request.again = true;
  const reconcile::Means means{log, *other.store, other.keys, rules(), other.clock, std::nullopt};
  const auto read = [&](std::vector<Event> snapshot) -> reconcile::ReadSnapshot {
    return [snapshot](const reconcile::TakeRecord& take) -> Result<reconcile::SnapshotRead> {
      for (auto event : snapshot)
        take(std::move(event));
      return reconcile::SnapshotRead{noon_us, {}};
    };
  };
  const auto night_of_other = [&] {
    const AgreementMeans of{*other.store, other.keys, built_in_evidence(), shanghai_date(noon_us), noon_us};
    const auto found = find_agreement(of, {}, {}, [](std::string_view) {});
    EXPECT_TRUE(other.pipeline(log, *other.store, all, 20, rules())->question_deaths(found->in_question));
  };
  auto run = reconcile::reconcile(means, request, {read(rows), process, [](std::string_view) {}});
  ASSERT_TRUE(run) << describe(run.error());
  night_of_other();
  EXPECT_EQ(leads_text(*other.store->begin(Store::For::reading), other.keys), through_events);
  other.clock.set(noon_us + 60'000'000);
  // A row that is gone from the register is told. It lists the person no more, so its question ends; that
  // somebody is dead it says of nobody.
  const auto open = [&] {
    return all_leads(other.store->begin(Store::For::reading)->leads(), LeadState::open).size();
  };
  const auto compare = [&](std::vector<Event> snapshot) {
    auto done =
        reconcile::reconcile(means, request, {read(std::move(snapshot)), process, [](std::string_view) {}});
    EXPECT_TRUE(done) << describe(done.error());
    other.pipeline(log, *other.store, all, 20, rules())->scan();
    night_of_other();
    return done ? done->counts : reconcile::RunCounts{};
  };
  EXPECT_EQ(open(), 2U);
  EXPECT_EQ(compare({rows[0], rows[2]}).not_there, 1);
  EXPECT_EQ(open(), 1U);
  other.clock.set(noon_us + 2 * 60'000'000);
  EXPECT_EQ(compare({rows[0], rows[2]}).not_there, 1) << "night after night";
  EXPECT_EQ(open(), 1U);
  other.clock.set(noon_us + 3 * 60'000'000);
  EXPECT_EQ(compare(rows).not_there, 0);
  EXPECT_EQ(leads_text(*other.store->begin(Store::For::reading), other.keys), through_events)
      << "the register lists the person again";
  other.clock.set(noon_us + 4 * 60'000'000);
  compare({rows[0], rows[2]});
  EXPECT_EQ(open(), 1U);
  log.append({registered(2, "20261129000000")}, std::nullopt);
  process();
  night_of_other();
  EXPECT_EQ(open(), 2U) << "a message of the register says so, too";
}

TEST_F(DeathsInQuestion, NobodyIsAskedAboutAgainWhoIsOneWithAnother) {
  hear({registered(1, "20261101000000"), reported(1)});
  const auto found = night();
  ASSERT_EQ(found.in_question.size(), 1U);
  const auto open = all_leads(ground_.store->begin(Store::For::reading)->leads(), LeadState::open);
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].kind, LeadKind::verify);
  const auto content = lead_content_from(ground_.keys.unseal(open[0].content, lead_context(open[0].id)));
  EXPECT_EQ(content.evidence.size(), 2U) << "who says it, and who contradicts";
  EXPECT_EQ(content.reasons.size(), 2U);
  EXPECT_FALSE(content.amount.known) << "it is about no money";
  EXPECT_EQ(found.figures, night().figures);
  EXPECT_EQ(night().runs.size(), 2U) << "figures are kept from night to night";
}

}  // namespace
}  // namespace kinhub::test
