#include "hub/desk/masking.hpp"

#include <algorithm>

#include "hub/base/mask.hpp"
#include "hub/desk/map_try.hpp"
#include "hub/report/write.hpp"

namespace kinhub {
namespace {

void name(std::string& text) {
  text = mask_name(text);
}
void number(std::string& text) {
  text = mask_number(text);
}
/// What may hold numbers beside words, as the name somebody signs with.
void words(std::string& text) {
  text = mask_numbers_in(text);
}
/// Free text, which may name people in any way.
void hide(std::optional<std::string>& text) {
  text.reset();
}

/// Names one after the other, each masked on its own.
void names(std::string& texts) {
  constexpr std::string_view between = "、";
  std::string masked;
  for (std::size_t from = 0; from <= texts.size();) {
    const auto end = std::min(texts.find(between, from), texts.size());
    if (from > 0) masked += between;
    masked += mask_name(texts.substr(from, end - from));
    from = end + between.size();
  }
  texts = std::move(masked);
}

void mask_person(PersonView& person) {
  name(person.name);
  number(person.citizen_id);
}
void mask_evidence(std::vector<EvidenceView>& evidence) {
  for (auto& one : evidence)
    number(one.key);
}
void mask_value(FieldOriginView::Value& value) {
  name(value.name);
  number(value.number);
  value.text = mask_numbers_in(value.text);
}
void mask_word(FieldOriginView::Word& word) {
  number(word.evidence.key);
  mask_value(word.value);
  for (auto& raw : word.raw)
    hide(raw.text);
  words(word.read_anew_by);
  hide(word.read_anew_reason);
}
void mask_standing(FamilyMemberView::Standing::Value& value) {
  switch (value.privacy) {
    case Privacy::plain:  // free text may hold anything
      if (value.type == FieldType::text) value.text = mask_key(value.text);
      return;
    case Privacy::name:
      return name(value.text);
    case Privacy::number:
    case Privacy::contact:
      return number(value.text);
  }
}
void mask_changed(FamilyChangesView::Person& person) {
  mask_person(person.person);
  for (auto& change : person.changes) {
    mask_value(change.value);
    mask_evidence(change.by);
  }
}
void mask_adoption(EvidenceRulesView::Adoption& adoption) {
  words(adoption.by);
  words(adoption.reason);
}
void add(const PersonView& person, Shown& shown) {
  if (!person.ref.empty()) shown.insert(person.ref);
}

}  // namespace

namespace {

void mask_cell(std::string& text, Privacy privacy) {
  switch (privacy) {
    case Privacy::plain:
      return;
    case Privacy::name:
      return name(text);
    case Privacy::number:
    case Privacy::contact:
      return number(text);
  }
}

}  // namespace

void mask(ReportView& view) {
  for (auto& table : view.report.tables)
    for (auto& row : table.rows)
      for (std::size_t i = 0; i < row.cells.size(); ++i)
        if (auto* text = std::get_if<std::string>(&row.cells[i])) mask_cell(*text, table.columns[i].privacy);
  view.digest = report::digest_of(view.report);
}
void mask(IssuedRowView& row) {
  row.reason.clear();  // free text about families
}
void add_shown(const IssuedRowView&, Shown&) {}  // figures and accounts
void mask(IssuedView& view) {
  mask(view.row), mask(view.report);
  for (auto& one : view.differences)
    mask_cell(one.before, one.privacy), mask_cell(one.after, one.privacy);
}
void add_shown(const IssuedView& view, Shown& shown) {
  add_shown(view.report, shown);
  for (const auto& one : view.differences)  // also of who is in the list no more
    if (one.privacy != Privacy::plain) shown.insert(one.row);
}
void add_shown(const ReportView& view, Shown& shown) {
  for (const auto& table : view.report.tables)
    for (const auto& row : table.rows)
      if (!row.person.empty()) shown.insert(row.person);
}
void mask(WorklistView& view) {
  for (auto& line : view.lines)
    mask_person(line.person);
}
void add_shown(const WorklistView& view, Shown& shown) {
  for (const auto& line : view.lines)
    add(line.person, shown);
}
void mask(ArchiveRowView& row) {
  mask_person(row.cover);
}
void add_shown(const ArchiveRowView& row, Shown& shown) {
  add(row.cover, shown);
}
void mask(ArchiveView& view) {
  mask(view.row);
  for (auto& member : view.members)
    mask_person(member.person);
  for (auto& helper : view.helpers)
    name(helper.name);
  for (auto& event : view.events)
    event.reason.clear(), words(event.unit);  // free text may name people in any way
  for (auto& act : view.acts)
    names(act.doers);
  for (auto& line : view.owed)
    mask_person(line.person);
}
void add_shown(const ArchiveView& view, Shown& shown) {
  add_shown(view.row, shown);
  for (const auto& member : view.members)
    add(member.person, shown);
  for (const auto& line : view.owed)
    add(line.person, shown);
}

void mask(LeadView& lead) {
  mask_person(lead.person);
  mask_evidence(lead.evidence);
  for (auto& decision : lead.decisions) {
    words(decision.by);
    hide(decision.reason);
  }
  if (lead.proposed) hide(lead.proposed->reason);
}
void mask(FoundPersonView& found) {
  mask_person(found.person);
}
void mask(EntitlementView& entitlement) {
  mask_person(entitlement.person);
}
void mask(FieldOriginView& origin) {
  mask_person(origin.person);
  for (auto& settled : origin.settled) {
    mask_value(settled.value);
    for (auto& word : settled.by)
      mask_word(word);
  }
  for (auto& word : origin.lost)
    mask_word(word);
}
void mask(FamilyChangesView& changes) {
  for (auto& person : changes.people)
    mask_changed(person);
}
void mask(EvidenceRulesView& rules) {
  for (auto& adoption : rules.adoptions)
    mask_adoption(adoption);
}
void mask(EvidenceComparisonView& compared) {
  for (auto& person : compared.examples)
    mask_changed(person);
  for (auto& lead : compared.lead_examples)
    mask_person(lead.person);
}
void mask(EvidenceAdoptedView& adopted) {
  mask_adoption(adopted.adoption);
}
void mask(AsDecidedView& view) {
  mask_person(view.person);
  words(view.by);
  hide(view.reason);
}
void mask(WhatIfView& view) {
  for (auto& sample : view.samples)
    mask_person(sample.person);
}
void mask(AgreementView& view) {
  for (auto& one : view.differences) {
    mask_person(one.person);
    number(one.key);
    mask_value(one.says), mask_value(one.settled);
  }
}
void mask(QuarantineView& row) {
  number(row.key);
  row.place = mask_again(row.place), row.reason = mask_again(row.reason);
  hide(row.body);
}
void mask(EventTraceView& view) {
  mask_trace(view.event);
}
void mask(FamilyView& family) {
  for (auto& member : family.members) {
    mask_person(member.person);
    if (member.died) mask_evidence(member.died->evidence);
    for (auto& standing : member.standing)
      for (auto& value : standing.values)
        mask_standing(value);
  }
  for (auto& kin : family.kin)
    mask_evidence(kin.evidence);
}
void mask(CareEntryView& entry) {
  using How = CareEntryView::Value::Shown;
  words(entry.who);
  hide(entry.why);
  entry.reason = mask_again(entry.reason);
  for (auto& value : entry.values) {
    if (value.shown == How::as_number && value.text) number(*value.text);
    if (value.shown == How::never) hide(value.text);
  }
  for (auto& fact : entry.facts)
    for (auto& [role, text] : fact.people)
      number(text);
}
void mask(CareAnswer& answer) {
  mask(answer.entry);
}
void mask(IdentityPairView& pair) {
  mask_person(pair.a);
  mask_person(pair.b);
  for (auto& field : pair.fields)
    for (auto* side : {&field.a, &field.b})
      for (auto& said : *side)
        mask_value(said.value);
}
void mask(IdentityQueueView& queue) {
  mask(queue.pairs);
}
void mask(IdentityAnswer& answer) {
  mask(answer.view.pair);
  mask(answer.view.entry);
}

static void mask(AnswerAside& one) {
  number(one.answer.account_tail), words(one.answer.words);
  words(one.accepted_by), words(one.accepted_why);
}
void mask(PaymentListView& view) {
  for (auto& line : view.list.lines) {
    name(line.name), number(line.number), name(line.account.holder), number(line.account.account);
    words(line.why.by), words(line.offset_document);
  }
  for (auto& one : view.list.stopped)
    name(one.name), words(one.why.by);
  for (auto& one : view.list.overpaid)
    name(one.name);
  for (auto& one : view.signatures)
    words(one.by);
  for (auto& one : view.aside)
    mask(one);
}
void mask(OverpaidView& view) {
  name(view.name);
  words(view.entry.document), words(view.entry.by);
}
void mask(ReturnsView& view) {
  for (auto& one : view.aside)
    mask(one);
}

void add_shown(const LeadView& lead, Shown& shown) {
  add(lead.person, shown);
}
void add_shown(const FoundPersonView& found, Shown& shown) {
  add(found.person, shown);
}
void add_shown(const EntitlementView& entitlement, Shown& shown) {
  add(entitlement.person, shown);
}
void add_shown(const FieldOriginView& origin, Shown& shown) {
  add(origin.person, shown);
}
void add_shown(const FamilyChangesView& changes, Shown& shown) {
  for (const auto& person : changes.people)
    add(person.person, shown);
}
void add_shown(const EvidenceRulesView&, Shown&) {}
void add_shown(const EvidenceComparisonView& compared, Shown& shown) {
  for (const auto& person : compared.examples)
    add(person.person, shown);
  for (const auto& lead : compared.lead_examples)
    add(lead.person, shown);
}
void add_shown(const EvidenceAdoptedView&, Shown&) {}
void add_shown(const AsDecidedView& view, Shown& shown) {
  add(view.person, shown);
}
void add_shown(const WhatIfView& view, Shown& shown) {
  for (const auto& sample : view.samples)
    add(sample.person, shown);
}
void add_shown(const AgreementView& view, Shown& shown) {
  for (const auto& one : view.differences)
    add(one.person, shown);
}
void add_shown(const QuarantineView& row, Shown& shown) {
  shown.insert(row.id);
}
void add_shown(const EventTraceView& view, Shown& shown) {
  shown.insert(view.source + "." + std::to_string(view.sequence));
}
void add_shown(const FamilyView& family, Shown& shown) {
  for (const auto& member : family.members)
    add(member.person, shown);
}
void add_shown(const CareEntryView& entry, Shown& shown) {
  shown.insert(entry.id);
}
void add_shown(const CareAnswer& answer, Shown& shown) {
  add_shown(answer.entry, shown);
}
void add_shown(const IdentityPairView& pair, Shown& shown) {
  add(pair.a, shown);
  add(pair.b, shown);
}
void add_shown(const IdentityQueueView& queue, Shown& shown) {
  add_shown(queue.pairs, shown);
}
void add_shown(const IdentityAnswer& answer, Shown& shown) {
  add_shown(answer.view.pair, shown);
  add_shown(answer.view.entry, shown);
}

void add_shown(const PaymentListView& view, Shown& shown) {
  for (const auto& line : view.list.lines)
    shown.insert(line.ref);
  for (const auto& one : view.list.stopped)
    shown.insert(one.ref);
  for (const auto& one : view.list.overpaid)
    shown.insert(one.ref);
}
void add_shown(const OverpaidView& view, Shown& shown) {
  shown.insert(view.entry.ref);
}
void add_shown(const ReturnsView& view, Shown& shown) {
  shown.insert(view.list_no);
}

}  // namespace kinhub
