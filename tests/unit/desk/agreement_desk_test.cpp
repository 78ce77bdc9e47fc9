// Agreement over a small province, through the pipeline: figures are those of asking person by person, and
// what is shown is masked.
#include "hub/desk/agreement_desk.hpp"

#include "hub/desk/json.hpp"
#include "hub/desk/masking.hpp"
#include "hub/desk/person_views.hpp"
#include "hub/store/values.hpp"
#include "hub/store/workspace.hpp"
#include "tests/unit/base/scratch.hpp"
#include "tests/unit/pipeline/pipeline_fixture.hpp"

namespace kinhub::test {
namespace {

void quietly(std::string_view) {}

/// A province that heard a history, and a hospital that writes some names otherwise.
struct Province {
  Ground ground;
  Province() {
    FakeLog log({"civil", "hospital", "insurance", "police"}, pipeline_seed());
    OwnsAll all(log);
    for (const auto& event : history(120, pipeline_seed()))
      log.append({event}, std::nullopt);
    ground.pipeline(log, *ground.store, all, 20)->drain();
  }
  AgreementMeans means() {
    return {*ground.store, ground.keys, built_in_evidence(), shanghai_date(noon_us), noon_us};
  }
  AgreementView ask(const AgreementQuestion& question = {}) {
    auto found = compare_agreement(means(), question, {}, quietly);
    if (!found) throw std::runtime_error(describe(found.error()));
    return std::move(*found);
  }
};

using Counts = std::map<std::pair<std::string, std::string>, std::array<std::int64_t, 3>>;

Counts counts_of(const AgreementView& view) {
  Counts counts;
  for (const auto& one : view.figures)
    counts[{one.source, std::string(name_of(one.field))}] = {one.alone, one.confirmed, one.differs};
  return counts;
}

/// The same, person by person.
Counts naive(Ground& ground) {
  auto reading = ground.store->begin(Store::For::reading);
  Counts counts;
  for (const auto person : reading->people().page({}, 100'000)) {
    Workspace people(reading->people(), ground.keys, built_in_evidence());
    auto portrait = people.portrait(person);
    portrait.death = death_of(person, people);
    for (const auto field : compared_fields()) {
      const auto origin = origin_of(field, people.dossier(person), portrait);
      std::map<std::string, Agreement> worst;
      for (const auto& voice : voices_of(field, origin))
        worst[voice.source] = std::max(worst[voice.source], voice.agreement);
      for (const auto& [source, agreement] : worst)
        ++counts[{source, std::string(name_of(field))}].at(static_cast<std::size_t>(agreement));
    }
  }
  return counts;
}

TEST(AgreementDesk, FiguresAreThoseOfAskingPersonByPerson) {
  Province province;
  const auto view = province.ask();
  const auto counts = counts_of(view);
  EXPECT_EQ(counts, naive(province.ground));
  EXPECT_GT(view.people, 30);
  std::int64_t confirmed = 0;
  for (const auto& [key, of] : counts)
    confirmed += of[1];
  EXPECT_GT(confirmed, 0) << "several agencies speak of the same people";
}

TEST(AgreementDesk, KeepsTheFiguresOfRunsOverEverythingAndNoOthers) {
  Province province;
  EXPECT_TRUE(province.ask({"police", {}, ""}).runs.empty());
  EXPECT_TRUE(province.ask({"", PersonField::died, ""}).runs.empty());
  EXPECT_TRUE(province.ask({"", {}, "37"}).runs.empty());
  const auto first = province.ask();
  EXPECT_TRUE(first.runs.empty()) << "none was kept before it";
  for (std::size_t i = 0; i < agreement_runs_kept + 2; ++i)
    province.ask();
  const auto last = province.ask();
  ASSERT_EQ(last.runs.size(), agreement_runs_kept);
  EXPECT_EQ(last.runs.front().figures, first.figures);
  EXPECT_EQ(last.runs.front().people, first.people);
  EXPECT_TRUE(province.ask({"", {}, "37"}).runs.empty()) << "of a region nothing is kept to compare with";
  EXPECT_EQ(province.ask({"police", {}, ""}).runs.size(), agreement_runs_kept)
      << "the same figures of everybody";
}

TEST(AgreementDesk, ASourceOrAFieldIsAPartOfTheWhole) {
  Province province;
  const auto all = province.ask();
  std::int64_t differences = 0;
  for (const auto* source : {"civil", "hospital", "insurance", "police"}) {
    const auto part = province.ask({source, {}, ""});
    differences += part.differences_all;
    for (const auto& one : part.differences)
      EXPECT_EQ(one.source, source);
    for (const auto& figure : part.figures)
      EXPECT_EQ(counts_of(all).at({figure.source, std::string(name_of(figure.field))}),
                counts_of(part).at({figure.source, std::string(name_of(figure.field))}));
  }
  EXPECT_EQ(differences, all.differences_all);
  const auto few = province.ask({"", {}, "", 1});
  EXPECT_EQ(few.differences_all, all.differences_all) << "what is not told is counted";
  EXPECT_LE(few.differences.size(), 1u);
}

TEST(AgreementDesk, StoppedItKeepsNothing) {
  Province province;
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = compare_agreement(province.means(), {}, stop.get_token(), quietly);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, "STOPPED");
  EXPECT_TRUE(agreement_runs(province.ground.store->begin(Store::For::reading)->values()).empty());
}

TEST(AgreementCsv, IsOneLineForEachDifferenceAndNoFormula) {
  AgreementView view;
  AgreementView::Difference one;
  one.source = "hospital", one.field = "name", one.key = "Z1";
  one.says.name = "=1+1", one.settled.name = "王试子", one.settled_by = {"police", "civil"};
  one.rule = "the registration of the police outweighs it", one.person.ref = "P1";
  view.differences = {one, one};
  const auto csv = agreement_csv(view);
  EXPECT_EQ(std::ranges::count(csv, '\n'), 3);
  EXPECT_NE(csv.find("police civil"), std::string::npos);
  EXPECT_EQ(csv.find(",=1+1"), std::string::npos);
}

}  // namespace
}  // namespace kinhub::test
