#include "hub/desk/agreement_desk.hpp"

#include "hub/base/printable.hpp"
#include "hub/base/time_text.hpp"
#include "hub/desk/person_views.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub {
namespace {

std::string value_text(const FieldOriginView::Value& value) {
  std::string text;
  for (const auto* part : {&value.text, &value.name, &value.number})
    if (!part->empty()) text += (text.empty() ? "" : " ") + *part;
  return text;
}

}  // namespace

Result<AgreementView> compare_agreement(const AgreementMeans& means, const AgreementQuestion& question,
                                        std::stop_token stop, const OnProgress& on_progress) {
  auto found = find_agreement(means, question, std::move(stop), on_progress);
  if (!found) return found.error();
  AgreementView view;
  view.region = question.region, view.at_us = means.now_us;
  view.people = found->people, view.unreadable = found->unreadable;
  view.figures = std::move(found->figures), view.runs = std::move(found->runs);
  view.differences_all = found->differences_all;
  const auto value = [](const FieldValue& of) { return FieldOriginView::Value{of.text, of.name, of.number}; };
  auto reading = means.store.begin(Store::For::reading);
  Workspace people(reading->people(), means.keys, means.evidence);
  constexpr std::size_t people_per_page = 500;
  std::size_t at = 0;
  for (auto& one : found->differences) {
    if (at++ % people_per_page == 0) people.turn_page();
    PersonView person;
    try {
      person = person_view(people, means.keys, one.person);
    } catch (const DossierUnreadable&) {  // damaged since it was compared
      person.ref = person_reference(means.keys, one.person);
    }
    view.differences.push_back({std::move(person), std::move(one.source), std::string(name_of(one.field)),
                                std::move(one.key), one.event_sequence, value(one.says), value(one.settled),
                                std::move(one.settled_by), std::move(one.rule),
                                rule_place(people.evidence_rules(), one.rule_line), one.since_us});
  }
  return view;
}

std::string agreement_csv(const AgreementView& view) {
  auto out = std::string(csv_mark) + csv_line({"source", "field", "key", "says", "counts", "told_by", "rule",
                                               "rule_place", "since", "person", "event"});
  for (const auto& one : view.differences) {
    std::string told_by;
    for (const auto& source : one.settled_by)
      told_by += (told_by.empty() ? "" : " ") + source;
    out += csv_line({one.source, one.field, one.key, value_text(one.says), value_text(one.settled), told_by,
                     one.rule, one.rule_place, iso_time(one.since_us), one.person.ref,
                     std::to_string(one.event_sequence)});
  }
  return out;
}

}  // namespace kinhub
