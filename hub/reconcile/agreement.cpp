#include "hub/reconcile/agreement.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "hub/lead/record_lead.hpp"
#include "hub/population/walk.hpp"
#include "hub/store/balance.hpp"
#include "hub/store/values.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub {
namespace {

constexpr char runs_name[] = "agreement runs";

/// By source and field.
using Figures = std::map<std::pair<std::string, PersonField>, AgreementFigure>;

AgreementFigure& figure_of(Figures& figures, const std::string& source, PersonField field) {
  auto& figure = figures[{source, field}];
  if (figure.source.empty()) figure.source = source, figure.field = field;
  return figure;
}
void count(AgreementFigure& figure, Agreement agreement) {
  switch (agreement) {
    case Agreement::alone:
      ++figure.alone;
      return;
    case Agreement::confirmed:
      ++figure.confirmed;
      return;
    case Agreement::differs:
      ++figure.differs;
      return;
  }
}
std::vector<AgreementFigure> listed(const Figures& figures) {
  std::vector<AgreementFigure> list;
  for (const auto& [key, figure] : figures)
    list.push_back(figure);
  return list;
}

/// What a page came to.
struct Found {
  Figures figures;
  std::vector<AgreementDifference> differences;
  std::vector<PersonId> in_question;
  std::int64_t people = 0, unreadable = 0, differences_all = 0;
};

class AgreementWalk final : public PeopleWalk {
 public:
  AgreementWalk(const AgreementMeans& means, const AgreementQuestion& question, CompleteUntil complete,
                PersonId last)
      : PeopleWalk(last), means_(means), question_(question), complete_(std::move(complete)) {}
  std::string purpose() const override { return "agreement"; }
  std::string digest() const override { return ""; }
  Found& found() { return found_; }

 protected:
  WalkDeed decide(StoreTransaction& reading, const std::vector<PersonId>& page) const override {
    auto found = std::make_shared<Found>();
    Workspace people(reading.people(), means_.keys, means_.evidence);
    people.prefetch(page);
    for (auto person : page)
      try {
        compare(person, people, reading.entries(), *found);
      } catch (const DossierUnreadable&) {  // as in a scan: kinhub status says that there is damage
        ++found->unreadable;
      }
    // Pages are added up in their order, on the walk's own thread: threads do not show in the result.
    return {{}, [this, found] { add(*found); }};
  }

 private:
  bool concerned(const Dossier& dossier, const EvidenceRules& rules) const {
    if (dossier.entries.empty()) return false;
    if (question_.region.empty()) return true;
    return std::ranges::any_of(residence_by_area(dossier, known_now, rules), [&](const Registered& one) {
      return one.when.contains(means_.today) && one.region.starts_with(question_.region);
    });
  }

  void compare(PersonId person, Workspace& people, EntryShelf& entries, Found& found) const {
    const auto& rules = people.evidence_rules();
    const auto& dossier = people.dossier(person);
    if (!concerned(dossier, rules)) return;
    ++found.people;
    auto portrait = people.portrait(person);
    portrait.death = death_of(person, people);
    for (const auto field : compared_fields()) {
      if (question_.field && *question_.field != field) continue;
      const auto origin = origin_of(field, dossier, portrait, known_now, rules);
      const auto voices = voices_of(field, origin, rules, complete_);
      if (!origin.denied.empty() &&
          !still_listed(living_against(*portrait.death, dossier, complete_, rules), means_.keys, entries)
               .empty())
        found.in_question.push_back(person);
      std::map<std::string, Agreement> worst;
      for (const auto& voice : voices) {
        auto& of_source = worst.try_emplace(voice.source, voice.agreement).first->second;
        of_source = std::max(of_source, voice.agreement);
        if (voice.agreement == Agreement::differs) tell(person, field, voice, found);
      }
      for (const auto& [source, agreement] : worst)
        count(figure_of(found.figures, source, field), agreement);
    }
  }

  void tell(PersonId person, PersonField field, const Voice& voice, Found& found) const {
    if (!question_.source.empty() && voice.source != question_.source) return;
    ++found.differences_all;
    if (found.differences.size() >= question_.differences_max) return;
    found.differences.push_back({person, voice.source, field, voice.word.said->fact.key,
                                 voice.word.said->event_sequence, voice.word.value, voice.settled,
                                 voice.settled_by, std::string(voice.rule), voice.rule_line, voice.since_us});
  }

  void add(Found& page) const {
    for (const auto& [key, figure] : page.figures) {
      auto& sum = figure_of(found_.figures, figure.source, figure.field);
      sum.alone += figure.alone, sum.confirmed += figure.confirmed, sum.differs += figure.differs;
    }
    found_.people += page.people, found_.unreadable += page.unreadable;
    found_.differences_all += page.differences_all;
    found_.in_question.insert(found_.in_question.end(), page.in_question.begin(), page.in_question.end());
    for (auto& one : page.differences)
      if (found_.differences.size() < question_.differences_max) found_.differences.push_back(std::move(one));
  }

  const AgreementMeans& means_;
  const AgreementQuestion& question_;
  const CompleteUntil complete_;
  mutable Found found_;  // of the walk's own thread
};

nlohmann::json json_of(const AgreementRun& run) {
  auto figures = nlohmann::json::array();
  for (const auto& one : run.figures)
    figures.push_back({one.source, name_of(one.field), one.alone, one.confirmed, one.differs});
  return {{"at_us", run.at_us}, {"people", run.people}, {"figures", std::move(figures)}};
}

AgreementRun run_of(const nlohmann::json& json) {
  AgreementRun run{json.at("at_us"), json.at("people"), {}};
  for (const auto& one : json.at("figures"))
    run.figures.push_back(
        {one.at(0), person_field(one.at(1).get<std::string>()).value(), one.at(2), one.at(3), one.at(4)});
  return run;
}

void keep(Store& store, std::int64_t at_us, const AgreementFound& found) {
  auto writing = store.begin(Store::For::writing);
  auto runs = agreement_runs(writing->values());
  runs.insert(runs.begin(), {at_us, found.people, found.figures});
  if (runs.size() > agreement_runs_kept) runs.resize(agreement_runs_kept);
  auto all = nlohmann::json::array();
  for (const auto& run : runs)
    all.push_back(json_of(run));
  writing->values().put(runs_name, all.dump());
  writing->commit();
}

}  // namespace

std::vector<AgreementRun> agreement_runs(ValueShelf& values) try {
  std::vector<AgreementRun> runs;
  const auto kept = values.get(runs_name);
  if (!kept.empty())
    for (const auto& one : nlohmann::json::parse(kept))
      runs.push_back(run_of(one));
  return runs;
} catch (const std::exception& broken) {
  throw std::runtime_error(std::string("kept figures of agreement cannot be read: ") + broken.what());
}

Result<AgreementFound> find_agreement(const AgreementMeans& means, const AgreementQuestion& question,
                                      std::stop_token stop, const OnProgress& on_progress) {
  AgreementFound all;
  PersonId last;
  CompleteUntil complete;
  WalkOptions options;
  options.keeps_place = false, options.stop = stop;
  options.progress = [&](const WalkProgress& now) { on_progress(walk_text("compared", "people", now)); };
  {
    auto reading = means.store.begin(Store::For::reading);
    last = reading->people().last_person();
    options.total = reading->people().size().people;
    complete = complete_until(reading->balance());
    // Kept runs are over everybody: of a region they are nothing to compare with.
    if (question.region.empty()) all.runs = agreement_runs(reading->values());
  }
  AgreementWalk over(means, question, std::move(complete), last);
  const auto walked = walk(means.store, over, options);
  if (!walked.complete)
    return Error{"STOPPED",
                 "stopped after " + std::to_string(walked.items) +
                     " people: nothing was written, and nothing of it is kept",
                 ""};
  auto& found = over.found();
  all.people = found.people, all.unreadable = found.unreadable;
  all.figures = listed(found.figures);
  if (!question.source.empty())
    std::erase_if(all.figures, [&](const auto& one) { return one.source != question.source; });
  all.differences = std::move(found.differences), all.differences_all = found.differences_all;
  all.in_question = std::move(found.in_question);
  if (question.over_everything()) keep(means.store, means.now_us, all);
  return all;
}

}  // namespace kinhub
