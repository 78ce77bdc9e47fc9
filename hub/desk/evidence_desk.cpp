#include "hub/desk/evidence_desk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "hub/base/bytes.hpp"
#include "hub/desk/family_changes.hpp"
#include "hub/desk/person_views.hpp"
#include "hub/ground/evidence_state.hpp"
#include "hub/lead/lead_desk.hpp"
#include "hub/record/field_changes.hpp"
#include "hub/store/audit.hpp"

namespace kinhub {
namespace {

constexpr std::size_t people_per_page = 500, examples_max = 50;

EvidenceRulesView::Adoption view_of(const EvidenceAdoption& adoption) {
  return {adoption.digest, adoption.name, adoption.since_us, adoption.by, adoption.reason};
}

std::string kind_of(const std::optional<LeadContent>& content) {
  return content ? std::string(name_of(content->kind)) : std::string();
}

/// Everybody by two sets of rules, side by side.
class Comparison {
 public:
  Comparison(const ComparisonMeans& means, SharedEvidenceRules candidate, EvidenceComparisonView& view)
      : means_(means), candidate_(std::move(candidate)), book_(means.keys), view_(view) {}

  void page(std::span<const PersonId> people) {
    auto reading = means_.store.begin(Store::For::reading);
    Workspace now(reading->people(), means_.keys, book_.rules_in(reading->values())),
        then(reading->people(), means_.keys, candidate_);
    LeadDesk desk(*means_.rules.policies, means_.keys, means_.clock);
    desk.begin(*reading, coverage_of(reading->balance().coverage(), means_.rules.covers, means_.today),
               means_.rules.covers, means_.today);
    for (auto person : people)
      try {
        compare_person(person, now, then, desk, *reading);
      } catch (const DossierUnreadable&) {  // as in a scan: kinhub status says that there is damage
      }
  }

 private:
  void compare_person(PersonId person, Workspace& now, Workspace& then, LeadDesk& desk,
                      StoreTransaction& reading) {
    std::set<PersonId> concerned;
    if (compare_values(person, now, then))
      for (auto one : concerned_by(person, then))
        concerned.insert(one);
    // A dismissal stands against lighter words than those it was decided on: by other orders it may fall.
    if (now.marks(person).leads) concerned.insert(person);
    for (auto parent : concerned)
      if ((then.ever_parent(parent) || then.marks(parent).leads) && reviewed_.insert(parent).second)
        compare_leads(parent, now, then, desk, reading);
  }

  /// Whether anything settled of the person differs: a value, a dispute, how sure a tie is.
  bool compare_values(PersonId person, Workspace& now, Workspace& then) {
    if (now.dossier(person).entries.empty()) return false;
    ++view_.people;
    auto changes = changes_between({reading_of(person, now)}, {reading_of(person, then)});
    add_ties(person, now, then, changes);
    if (changes.empty()) return false;
    ++view_.changed;
    std::set<std::string> fields;
    FamilyChangesView::Person shown{person_view(then, means_.keys, person), {}, {}, {}};
    for (const auto& change : changes) {
      shown.changes.push_back(kinhub::view_of(change));
      fields.insert(shown.changes.back().field);
      if (!change.dispute.empty())
        ++(change.what == FieldChange::What::learnt ? view_.disputed : view_.undisputed);
    }
    for (const auto& field : fields)
      ++view_.fields[field];
    if (view_.examples.size() < examples_max) view_.examples.push_back(std::move(shown));
    return true;
  }

  /// Parents and marriages that become possible, or sure: ties of both are sorted alike.
  static void add_ties(PersonId person, Workspace& now, Workspace& then, std::vector<FieldChange>& changes) {
    const auto &were = now.portrait(person).ties, &are = then.portrait(person).ties;
    for (std::size_t i = 0; i < std::min(were.size(), are.size()); ++i) {
      if (were[i].doubted == are[i].doubted) continue;
      const bool marriage = are[i].kind == Tie::Kind::married;
      const auto add = [&](FieldChange::What what, bool doubted) {
        FieldChange change;
        change.what = what, change.field = marriage ? PersonField::marriage : PersonField::parents;
        change.value.text = doubted ? "possible" : "sure";
        changes.push_back(std::move(change));
      };
      add(FieldChange::What::gone, were[i].doubted);
      add(FieldChange::What::learnt, are[i].doubted);
    }
  }

  void compare_leads(PersonId parent, Workspace& now, Workspace& then, LeadDesk& desk,
                     StoreTransaction& reading) {
    std::map<BenefitIndex, std::pair<std::optional<LeadContent>, std::optional<LeadContent>>> both;
    for (auto& found : desk.foretell(parent, now, reading))
      both[found.benefit].first = std::move(found.content);
    for (auto& found : desk.foretell(parent, then, reading))
      both[found.benefit].second = std::move(found.content);
    for (const auto& [benefit, contents] : both) {
      const auto& [before, after] = contents;
      if (!before && !after) continue;
      if (before && after && same_news(*before, *after)) continue;
      EvidenceComparisonView::Lead lead;
      lead.person = person_view(then, means_.keys, parent);
      lead.benefit = means_.rules.policies->benefits()[benefit].id;
      lead.what = !before ? "opened" : !after ? "closed" : "changed";
      lead.before = kind_of(before), lead.after = kind_of(after);
      lead.arrears_fen = (after ? after->arrears_fen : 0) - (before ? before->arrears_fen : 0);
      lead.overpaid_fen = (after ? after->overpaid_fen : 0) - (before ? before->overpaid_fen : 0);
      ++view_.leads[lead.what];
      view_.arrears_fen += lead.arrears_fen, view_.overpaid_fen += lead.overpaid_fen;
      if (view_.lead_examples.size() < examples_max) view_.lead_examples.push_back(std::move(lead));
    }
  }

  const ComparisonMeans& means_;
  const SharedEvidenceRules candidate_;
  EvidenceBook book_;
  EvidenceComparisonView& view_;
  std::set<PersonId> reviewed_;
};

}  // namespace

EvidenceRulesView evidence_view(const Config& config, const Keyring& keys, StoreTransaction& reading) {
  EvidenceRulesView view;
  for (const auto& adoption : evidence_adoptions(reading.values(), keys))
    view.adoptions.push_back(view_of(adoption));
  if (!view.adoptions.empty())
    view.text = evidence_text(reading.values(), keys, view.adoptions.back().digest).value_or("");
  view.configured = config.directories.evidence.string();
  view.differs = evidence_not_adopted(config, keys, reading.values());
  return view;
}

EvidenceComparisonView compare_evidence(const ComparisonMeans& means, const EvidenceFile& file,
                                        const OnProgress& on_progress) {
  EvidenceComparisonView view;
  view.file = file.name, view.digest = file.digest;
  const auto total = static_cast<std::size_t>(means.store.begin(Store::For::reading)->people().size().people);
  Comparison comparison(means, std::make_shared<const EvidenceRules>(file.rules), view);
  std::size_t compared = 0;
  for (PersonId after;;) {
    const auto page = means.store.begin(Store::For::reading)->people().page(after, people_per_page);
    if (page.empty()) break;
    after = page.back();
    comparison.page(page);
    compared += page.size();
    on_progress(fmt::format("compared {} of {} people", compared, std::max(compared, total)));
  }
  return view;
}

Result<EvidenceRulesView::Adoption> record_adoption(Store& store, const Keyring& keys, const Clock& clock,
                                                    const EvidenceFile& file, EvidenceAdoption adoption) {
  adoption.digest = file.digest, adoption.name = std::filesystem::path(file.name).filename().string();
  auto writing = store.begin(Store::For::writing);
  adoption.since_us = clock.now_us();  // others wrote by the rules of before while this waited for its turn
  for (const auto& earlier : evidence_adoptions(writing->values(), keys))
    adoption.since_us = std::max(adoption.since_us, earlier.since_us + 1);
  const auto before = evidence_digest(writing->values());
  if (before == file.digest)
    return Error{
        "EVIDENCE_COUNTS",
        "these evidence rules count already: nothing was done. Were people not looked at since, 'kinhub "
        "night --only scan' does it",
        file.name};
  adopt_evidence(writing->values(), keys, file, adoption);
  Packer record;
  record.text(adoption.by);
  record.text(fmt::format("evidence adopt: {} {} in place of {}", adoption.name, file.digest,
                          before.empty() ? "the rules built in" : before));
  record.text(adoption.reason);
  writing->audit().add_disclosure(adoption.since_us, keys.seal(record.bytes(), "disclosure"));
  writing->commit();
  return view_of(adoption);
}

}  // namespace kinhub
