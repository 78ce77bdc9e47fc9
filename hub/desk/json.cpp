#include "hub/desk/json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "hub/base/time_text.hpp"
#include "hub/desk/operations.hpp"

namespace kinhub {
namespace {

using Json = nlohmann::ordered_json;

std::string document(const Json& json) {
  // Replacement of broken UTF-8: what is in an agency's file must not keep the rest from being shown.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}
Json text_or_null(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json();
}
Json day(Date date) {
  if (date == Date::beginning() || date == Date::forever()) return Json();
  return date.text();
}
Json time(std::optional<std::int64_t> utc_us) {
  return utc_us ? Json(iso_time(*utc_us)) : Json();
}

// Declared before list(), which calls them.
Json json(const EvidenceView& evidence);
Json json(const SpanView& span);
Json json(const DecisionView& decision);
Json json(const FoundPersonView& found);
Json json(const OpeningView& opening);
Json json(const UserView& account);
Json json(const LeadView& lead);
Json json(const EntitlementView& entitlement);
Json json(const ExplanationView& explanation);
Json json(const Wording& words);
Json json(const FactView& fact);
Json json(const FactView::Teller& teller);
Json json(const AccountView& account);
Json json(const AccountView::Missing& missing);
Json json(const AccountView::Wait& wait);
Json json(const FieldOriginView::Word& word);
Json json(const FieldOriginView::Settled& settled);
Json json(const FieldOriginView::Raw& raw);
Json json(const QuarantineView& row);
Json json(const FamilyMemberView& member);
Json json(const FamilyMemberView::Standing& standing);
Json json(const KinView& kin);
Json json(const FamilyView& family);
Json json(const FamilyChangesView::Change& change);
Json json(const FamilyChangesView::Person& person);
Json json(const EvidenceRulesView::Adoption& adoption);
Json json(const EvidenceComparisonView::Lead& lead);
Json json(const WhatIfView::Benefit& benefit);
Json json(const WhatIfView::Cell& cell);
Json json(const WhatIfView::Sample& sample);
Json json(const AgreementFigure& figure);
Json json(const AgreementRun& run);
Json json(const AgreementView::Difference& difference);
Json json(const CareEntryView& entry);
Json json(const CareEntryView::Value& value);
Json json(const CareEntryView::FactView& fact);
Json json(const IdentityScanned& scanned);
Json json(const IdentityPairView& pair);
Json json(const IdentityPairView::Finding& finding);
Json json(const IdentityPairView::Field& field);
Json json(const IdentityPairView::Said& said);
Json json(const Form& form);
Json json(const FormField& field);
Json json(const SourceSummary& source);
Json json(const PositionState& position);
Json json(const TopicState& topic);
Json json(const TopicState::Wrong& wrong);
Json json(const NodeState& node);
Json json(const LeaseState& lease);
Json json(const SinkState& sink);
Json json(const Error& error);

template <class T>
Json list(const std::vector<T>& items) {
  auto array = Json::array();
  for (const auto& item : items)
    array.push_back(json(item));
  return array;
}

Json json(const PersonView& person) {
  return {{"ref", person.ref},
          {"name", text_or_null(person.name)},
          {"citizen_id", text_or_null(person.citizen_id)}};
}
Json json(const AmountView& amount) {
  return {{"fen", amount.fen}, {"per", amount.per}};
}
Json json(const EvidenceView& evidence) {
  Json shown = {{"source", evidence.source},
                {"key", text_or_null(evidence.key)},
                {"fact", evidence.fact},
                {"on", text_or_null(evidence.on)},
                {"received_at", iso_time(evidence.received_at_us)},
                {"sequence", evidence.event_sequence}};
  if (evidence.read_anew_at_us) shown["read_anew_at"] = iso_time(*evidence.read_anew_at_us);
  return shown;
}
Json json(const SpanView& span) {
  return {{"from", day(span.when.from)},
          {"until", day(span.when.until)},
          {"amount", span.amount ? json(*span.amount) : Json()},
          {"certainty", span.certainty}};
}
Json json(const DecisionView& decision) {
  return {{"state", decision.state},
          {"reason", text_or_null(decision.reason)},
          {"by", text_or_null(decision.by)},
          {"at", iso_time(decision.at_us)}};
}
Json json(const FoundPersonView& found) {
  auto shown = json(found.person);
  shown["area"] = text_or_null(found.area);
  return shown;
}
Json json(const OpeningView& opening) {
  return {{"id", opening.id},
          {"purpose", opening.purpose},
          {"covers", opening.covers},
          {"until", iso_time(opening.until_us)}};
}
Json json(const UserView& account) {
  return {{"id", account.id},
          {"name", account.name},
          {"state", account.state},
          {"roles", account.roles},
          {"rights", account.rights},
          {"scope", account.areas.empty() ? Json::array({"whole"}) : Json(account.areas)},
          {"door_closed", account.door_closed},
          {"created_at", iso_time(account.created_at_us)},
          {"signed_in_at", time(account.signed_in_at_us)},
          {"sessions", account.sessions}};
}
Json json(const ProposalView& proposal) {
  return {{"id", proposal.id},
          {"by", proposal.by},
          {"verdict", proposal.verdict},
          {"reason_code", text_or_null(proposal.reason_code)},
          {"reason", text_or_null(proposal.reason)},
          {"revision", proposal.revision},
          {"at", iso_time(proposal.at_us)},
          {"until", iso_time(proposal.until_us)}};
}
Json json(const LeadView& lead) {
  Json shown = {{"id", lead.id},
                {"kind", lead.kind},
                {"state", lead.state},
                {"benefit", lead.benefit},
                {"person", json(lead.person)},
                {"family", text_or_null(lead.family)},
                {"area", text_or_null(lead.area)},
                {"revision", lead.revision},
                {"from", day(lead.when.from)},
                {"until", day(lead.when.until)},
                {"amount", lead.amount ? json(*lead.amount) : Json()},
                {"certainty", lead.certainty},
                {"pending", lead.pending},
                {"reasons", lead.reasons},
                {"evidence", list(lead.evidence)},
                {"timeline", list(lead.timeline)},
                {"opened_at", iso_time(lead.opened_at_us)},
                {"not_before", lead.not_before ? day(*lead.not_before) : Json()},
                {"arrears_fen", lead.arrears_fen},
                {"overpaid_fen", lead.overpaid_fen},
                {"held_events", lead.held_events},
                {"decisions", list(lead.decisions)}};
  if (!lead.assignee.empty()) shown["assignee"] = lead.assignee;
  if (lead.proposed) shown["proposed"] = json(*lead.proposed);
  return shown;
}
Json json(const EntitlementView& entitlement) {
  return {{"benefit", entitlement.benefit},
          {"person", json(entitlement.person)},
          {"from", day(entitlement.when.from)},
          {"until", day(entitlement.when.until)},
          {"amount", entitlement.amount ? json(*entitlement.amount) : Json()},
          {"certainty", entitlement.certainty},
          {"pending", entitlement.pending},
          {"clause", entitlement.clause},
          {"starts_because", text_or_null(entitlement.starts_because)},
          {"ends_because", text_or_null(entitlement.ends_because)},
          {"starts", json(entitlement.starts)},
          {"ends", entitlement.ends.empty() ? Json() : json(entitlement.ends)}};
}
Json json(const Wording& words) {
  return {{"zh", words.zh}, {"en", words.en}};
}
Json json(const FactView::Teller& teller) {
  return {{"source", teller.source},
          {"agency", json(teller.agency)},
          {"fact", teller.fact},
          {"received_at", iso_time(teller.received_at_us)}};
}
Json json(const FactView& fact) {
  return {{"what", fact.what},     {"person", fact.person},     {"on", fact.on ? day(*fact.on) : Json()},
          {"number", fact.number}, {"words", json(fact.words)}, {"by", list(fact.by)}};
}
Json fact_or_null(const std::optional<FactView>& fact) {
  return fact ? json(*fact) : Json();
}
Json json(const AccountView::Missing& missing) {
  return {{"condition", missing.condition},
          {"words", json(missing.words)},
          {"value", missing.unknown ? "unknown" : "not met"},
          {"met_by", fact_or_null(missing.met_by)}};
}
Json json(const AccountView::Wait& wait) {
  return {{"code", wait.code}, {"words", json(wait.words)}};
}
Json json(const AccountView& account) {
  return {{"benefit", account.benefit},
          {"name", json(account.name)},
          {"on", day(account.on)},
          {"standing", account.standing},
          {"from", account.when ? day(account.when->from) : Json()},
          {"until", account.when ? day(account.when->until) : Json()},
          {"amount", account.amount ? json(*account.amount) : Json()},
          {"higher", text_or_null(account.higher)},
          {"paid_from", account.paid_from ? day(*account.paid_from) : Json()},
          {"begins", fact_or_null(account.begins)},
          {"ends", fact_or_null(account.ends)},
          {"missing", list(account.missing)},
          {"waits_for", list(account.waits)},
          {"next", fact_or_null(account.next)},
          {"then", text_or_null(account.then)},
          {"conclusion", json(account.conclusion)},
          {"basis", json(account.basis)},
          {"next_words", json(account.next_words)},
          {"sentences", list(account.say)}};
}
Json json(const ExplanationView& explanation) {
  Json whole{{"value", explanation.value},
             {"condition", explanation.condition},
             {"clause", text_or_null(explanation.clause)},
             {"quote", text_or_null(explanation.quote)},
             {"causes", explanation.causes},
             {"words", json(explanation.words)},
             {"facts", list(explanation.facts)},
             {"parts", list(explanation.parts)}};
  if (explanation.account) whole["account"] = json(*explanation.account);
  return whole;
}
void add_value(Json& to, const FieldOriginView::Value& value) {
  to["value"] = text_or_null(value.text);
  to["name"] = text_or_null(value.name);
  to["number"] = text_or_null(value.number);
}
Json json(const FieldOriginView::Raw& raw) {
  return {{"place", raw.place}, {"text", text_or_null(raw.text)}};
}
Json json(const FieldOriginView::Word& word) {
  auto shown = json(word.evidence);
  add_value(shown, word.value);
  shown["mapping"] = text_or_null(word.mapping);
  shown["line"] = word.line ? Json(*word.line) : Json();
  shown["raw"] = list(word.raw);
  shown["lost"] = text_or_null(word.lost);
  if (!word.rule.empty()) shown["rule"] = word.rule;
  if (word.untold)
    shown["untold"] = {{"sequence", word.untold->event_sequence},
                       {"mapping", text_or_null(word.untold->mapping)},
                       {"line", word.untold->line ? Json(*word.untold->line) : Json()}};
  if (!word.read_anew_by.empty()) {
    shown["read_anew_by"] = word.read_anew_by;
    shown["read_anew_reason"] = text_or_null(word.read_anew_reason);
  }
  return shown;
}
Json json(const FieldOriginView::Settled& settled) {
  Json shown;
  add_value(shown, settled.value);
  shown["known_since"] = settled.by.empty() ? Json() : Json(iso_time(settled.known_since_us));
  shown["dispute"] = text_or_null(settled.dispute);
  if (!settled.rule.empty()) shown["rule"] = settled.rule;
  shown["by"] = list(settled.by);
  return shown;
}
Json json(const Counts& counts) {
  return {{"received", counts.received},       {"applied", counts.applied},
          {"filtered", counts.filtered},       {"duplicate", counts.duplicate},
          {"quarantined", counts.quarantined}, {"in_flight", counts.in_flight},
          {"repeated", counts.repeated},       {"lost", counts.lost},
          {"unmatched", counts.unmatched},     {"unnamed", counts.unnamed},
          {"residue", counts.residue()}};
}
Json json(const Balance& balance) {
  auto total = json(balance.total());
  auto& sources = total["sources"] = Json::object();
  for (const auto& [source, counts] : balance.sources)
    sources[source] = json(counts);
  return total;
}
Json json(const QuarantineView& row) {
  return {{"id", row.id},
          {"source", row.source},
          {"key", text_or_null(row.key)},
          {"code", row.code},
          {"place", text_or_null(row.place)},
          {"reason", row.reason},
          {"received_at", iso_time(row.received_at_us)},
          {"attempts", row.attempts},
          {"bytes", row.bytes}};
}
Json json(const FamilyMemberView::Standing::Value& value) {
  if (value.type == FieldType::integer || value.type == FieldType::money) return std::stoll(value.text);
  return text_or_null(value.text);
}
Json json(const FamilyMemberView::Standing& standing) {
  auto values = Json::object();
  for (const auto& value : standing.values)
    values[value.field] = json(value);
  return {{"kind", standing.kind},
          {"from", day(standing.when.from)},
          {"until", day(standing.when.until)},
          {"values", std::move(values)}};
}
Json json(const FamilyMemberView& member) {
  Json died;
  if (member.died)
    died = {{"on", text_or_null(member.died->on)},
            {"certainty", member.died->certainty},
            {"evidence", list(member.died->evidence)}};
  auto disabilities = Json::array();
  for (const auto& span : member.disabilities)
    disabilities.push_back({{"grade", span.grade},
                            {"from", day(span.when.from)},
                            {"until", day(span.when.until)},
                            {"certainty", span.certainty}});
  auto residences = Json::array();
  for (const auto& span : member.residences)
    residences.push_back({{"region", span.region},
                          {"area", text_or_null(span.area)},
                          {"from", day(span.when.from)},
                          {"until", day(span.when.until)}});
  return {{"person", json(member.person)},     {"sex", text_or_null(member.sex)},
          {"born", text_or_null(member.born)}, {"died", died},
          {"disabilities", disabilities},      {"residences", residences},
          {"standing", list(member.standing)}};
}
Json json(const KinView& kin) {
  return {{"kind", kin.kind},           {"how", text_or_null(kin.how)},  {"from_person", kin.from},
          {"to_person", kin.to},        {"from", day(kin.when.from)},    {"until", day(kin.when.until)},
          {"certainty", kin.certainty}, {"evidence", list(kin.evidence)}};
}
Json json(const FamilyView& family) {
  return {{"ref", family.ref},
          {"members", list(family.members)},
          {"kin", list(family.kin)},
          {"conflicts", family.conflicts}};
}
Json json(const FamilyChangesView::Change& change) {
  Json shown{{"what", change.what}, {"field", change.field}};
  add_value(shown, change.value);
  shown["dispute"] = text_or_null(change.dispute);
  shown["by"] = list(change.by);
  return shown;
}
Json json(const FamilyChangesView::Person& person) {
  return {{"person", json(person.person)},
          {"were", person.were},
          {"are", person.are},
          {"changes", list(person.changes)}};
}
Json json(const EvidenceRulesView::Adoption& adoption) {
  return {{"digest", adoption.digest},
          {"name", adoption.name},
          {"since", iso_time(adoption.since_us)},
          {"by", adoption.by},
          {"reason", text_or_null(adoption.reason)}};
}
Json json(const EvidenceComparisonView::Lead& lead) {
  return {{"person", json(lead.person)},
          {"benefit", lead.benefit},
          {"what", lead.what},
          {"before", text_or_null(lead.before)},
          {"after", text_or_null(lead.after)},
          {"arrears_fen", lead.arrears_fen},
          {"overpaid_fen", lead.overpaid_fen}};
}
Json json(const CareEntryView::Value& value) {
  return {{"item", value.item}, {"label", value.label}, {"value", text_or_null(value.text)}};
}
Json json(const CareEntryView::FactView& fact) {
  auto people = Json::object();
  for (const auto& [role, text] : fact.people)
    people[role] = text_or_null(text);
  return {{"fact", fact.fact}, {"op", fact.op}, {"on", text_or_null(fact.on)}, {"people", std::move(people)}};
}
Json json(const CareEntryView& entry) {
  return {{"id", entry.id},
          {"form", text_or_null(entry.form)},
          {"title", text_or_null(entry.title)},
          {"operation", text_or_null(entry.operation)},
          {"state", entry.state},
          {"code", text_or_null(entry.code)},
          {"reason", text_or_null(entry.reason)},
          {"quarantine", text_or_null(entry.quarantine)},
          {"who", text_or_null(entry.who)},
          {"why", text_or_null(entry.why)},
          {"late", entry.late},
          {"entered_at", iso_time(entry.entered_at_us)},
          {"version", entry.version},
          {"partition", text_or_null(entry.partition)},
          {"sequence", entry.sequence == 0 ? Json() : Json(entry.sequence)},
          {"values", list(entry.values)},
          {"facts", list(entry.facts)}};
}

Json json(const IdentityScanned& scanned) {
  return {{"complete", scanned.complete},
          {"people", scanned.people},
          {"probes", scanned.probes},
          {"compared", scanned.compared},
          {"waiting", scanned.waiting},
          {"likely", scanned.likely},
          {"opened", scanned.opened},
          {"left", scanned.left},
          {"blocks_skipped", scanned.blocks_skipped},
          {"names_skipped", scanned.names_skipped},
          {"beyond", scanned.beyond},
          {"nameless", scanned.nameless}};
}
Json person_or_null(const PersonView& person) {
  return person.ref.empty() ? Json() : json(person);
}
Json json(const IdentityPairView& pair) {
  return {{"id", pair.id},
          {"state", pair.state},
          {"why", pair.why},
          {"bits", pair.bits},
          {"a", person_or_null(pair.a)},
          {"b", person_or_null(pair.b)},
          {"decided", text_or_null(pair.decided)},
          {"since", iso_time(pair.since_us)},
          {"changed_at", iso_time(pair.changed_at_us)},
          {"seen_at", iso_time(pair.seen_at_us)}};
}
Json json(const IdentityPairView::Finding& finding) {
  return {{"word", finding.word}, {"label", finding.label}, {"kind", finding.kind}, {"bits", finding.bits}};
}
Json json(const IdentityPairView::Said& said) {
  Json shown;
  add_value(shown, said.value);
  shown["sources"] = said.sources;
  return shown;
}
Json json(const IdentityPairView::Field& field) {
  return {{"field", field.field}, {"label", field.label}, {"a", list(field.a)}, {"b", list(field.b)}};
}

Json json(const Label& label) {
  return {{"zh", label.zh}, {"en", label.en}};
}
Json json(const FormField& field) {
  auto options = Json::object();
  for (const auto& [code, label] : field.options)
    options[code] = label;
  return {{"item", field.item},
          {"label", json(field.label)},
          {"type", name_of(field.type)},
          {"required", field.required},
          {"repeat", field.repeat},
          {"options", field.options.empty() ? Json() : std::move(options)},
          {"table", text_or_null(field.table)}};
}
Json json(const Form& form) {
  return {{"form", form.id},
          {"title", json(form.title)},
          {"about", json(form.about)},
          {"fields", list(form.fields)},
          {"one_of", form.one_of}};
}

Json json(const SourceSummary& source) {
  Json told{{"name", source.name},
            {"connector", text_or_null(source.connector)},
            {"isolation", text_or_null(source.isolation)},
            {"state", source.state},
            {"received", source.received},
            {"last_received_at", time(source.last_received_at_us)},
            {"complete_until", time(source.complete_until_us)}};
  if (!source.unprotected.empty()) told["unprotected"] = source.unprotected;
  return told;
}

Json json(const PositionState& position) {
  return {{"source", position.source},         {"partition", position.partition},
          {"start", position.start},           {"end", position.end},
          {"processed", position.processed},   {"waiting", position.waiting()},
          {"checkpoint", position.checkpoint}, {"stopped", text_or_null(position.stopped)}};
}
Json json(const TopicState::Wrong& wrong) {
  return {{"setting", wrong.setting},
          {"found", wrong.found},
          {"wanted", wrong.wanted},
          {"why", wrong.why},
          {"can_mend", wrong.can_mend}};
}
Json json(const TopicState& topic) {
  return {{"name", topic.name},
          {"state", topic.state},
          {"partitions", topic.partitions},
          {"replication", topic.replication},
          {"settings", topic.settings},
          {"wrong", list(topic.wrong)},
          {"done", text_or_null(topic.done)}};
}
Json json(const NodeState& node) {
  return {{"name", node.name}, {"seen_seconds_ago", static_cast<double>(node.seen_ms_ago) / 1000}};
}
Json json(const LeaseState& lease) {
  return {{"name", lease.name},
          {"owner", text_or_null(lease.owner)},
          {"epoch", lease.epoch},
          {"remaining_seconds", static_cast<double>(std::max<std::int64_t>(0, lease.remaining_ms)) / 1000}};
}
Json json(const SinkState& sink) {
  return {{"name", sink.name}, {"delivered", sink.delivered}, {"waiting", sink.waiting}};
}

Json json(const Error& error) {
  return {{"code", error.code}, {"text", error.text}, {"place", error.place}};
}

Json json(const HubState& status) {
  Json shown = {{"version", status.version},
                {"data", status.data},
                {"config", text_or_null(status.config)},
                {"config_from", name_of(status.config_from)},
                {"node", status.node},
                {"log", status.log},
                {"store", status.store},
                {"persons", status.persons},
                {"facts", status.facts},
                {"unreadable", status.unreadable},
                {"open_leads", status.open_leads},
                {"identity_pairs", status.identity_pairs},
                {"last_scan", text_or_null(status.last_scan)},
                {"last_identity_scan", text_or_null(status.last_identity_scan)},
                {"notices", status.notices},
                {"notices_waiting", status.notices_waiting},
                {"sinks", list(status.sinks)},
                {"nodes", list(status.nodes)},
                {"leases", list(status.leases)},
                {"stopped", status.stopped},
                {"log_away", text_or_null(status.log_away)},
                {"balance", status.balance ? json(*status.balance) : Json()}};
  if (!status.night_round.empty() || !status.night_alarms.empty())
    shown["night"] = {{"day", text_or_null(status.night_round)},
                      {"ended", status.night_ended_us == 0 ? Json() : Json(iso_time(status.night_ended_us))},
                      {"alarms", status.night_alarms}};
  for (const auto& run : status.runs)
    shown["reconciliation"].push_back({{"source", run.source},
                                       {"run", run.run},
                                       {"state", run.state},
                                       {"ended", run.ended_us == 0 ? Json() : Json(iso_time(run.ended_us))},
                                       {"records", run.records},
                                       {"classes", run.classes},
                                       {"corrected", run.corrected},
                                       {"kept_back", run.kept}});
  if (status.damaged > 0) shown["damaged"] = status.damaged;
  if (!status.policies.empty()) shown["policies"] = status.policies;
  if (!status.evidence.empty()) shown["evidence"] = status.evidence;
  if (!status.data_shared.empty()) shown["data_shared"] = status.data_shared;
  if (!status.plain_network.empty()) shown["plain_network"] = status.plain_network;
  return shown;
}

Json json(const LeadCountsView& view) {
  auto counts = Json::array();
  for (const auto& one : view.counts)
    counts.push_back({{"state", one.state}, {"kind", one.kind}, {"count", one.count}});
  return {{"counts", std::move(counts)}, {"complete", view.complete}};
}
Json json(const LeadTimelineView& view) {
  auto months = Json::array();
  for (const auto& month : view.months) {
    Json computed, decided;
    if (month.computed)
      computed = {{"fen", month.computed_fen ? Json(*month.computed_fen) : Json()},
                  {"certainty", month.certainty}};
    if (month.decided) decided = {{"fen", month.decided_fen ? Json(*month.decided_fen) : Json()}};
    months.push_back({{"month", month.first.text().substr(0, 7)},
                      {"computed", std::move(computed)},
                      {"decided", std::move(decided)},
                      {"difference_fen", month.difference_fen}});
  }
  return {{"lead", view.lead},
          {"revision", view.revision},
          {"months", std::move(months)},
          {"computed", list(view.computed)},
          {"decided", list(view.decided)}};
}

/// A row with all that `quarantine show` tells.
Json whole(const QuarantineView& row) {
  auto shown = json(row);
  shown["content_type"] = text_or_null(row.content_type);
  shown["charset"] = text_or_null(row.charset);
  shown["origin"] = text_or_null(row.origin);
  shown["mapping"] = text_or_null(row.mapping);
  shown["field"] = text_or_null(row.field);
  shown["body"] = text_or_null(row.body);
  return shown;
}

std::string one_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class Row>
std::string page(const Page<Row>& page, const std::string& next, const std::string& as_of) {
  return one_line({{"items", list(page.items)},
                   {"next", text_or_null(next)},
                   {"as_of", as_of},
                   {"total", page.total ? Json(*page.total) : Json()}});
}

}  // namespace

std::string to_json(const std::vector<LeadView>& leads) {
  return document(list(leads));
}
std::string to_json(const LeadView& lead) {
  return document(json(lead));
}
std::string to_json(const std::vector<EntitlementView>& entitlements) {
  return document(list(entitlements));
}
std::string to_json(const ExplanationView& explanation) {
  return document(json(explanation));
}
std::string to_json(const FieldOriginView& origin) {
  return document({{"field", origin.field},
                   {"person", json(origin.person)},
                   {"settled", list(origin.settled)},
                   {"lost", list(origin.lost)}});
}
std::string to_json(const Balance& balance) {
  return document(json(balance));
}
std::string to_json(const std::vector<QuarantineView>& rows) {
  return document(list(rows));
}

std::string to_json(const QuarantineView& row) {
  return document(whole(row));
}

std::string to_json(const std::vector<FamilyView>& families) {
  return document(list(families));
}

std::string to_json(const FamilyChangesView& changes) {
  return document({{"from", iso_time(changes.from_us)},
                   {"until", iso_time(changes.until_us)},
                   {"people", list(changes.people)}});
}

std::string to_json(const CareAnswer& answer) {
  return document(json(answer.entry));
}
std::string to_json(const std::vector<CareEntryView>& entries) {
  return document(list(entries));
}
std::string to_json(const std::vector<Form>& forms) {
  return document(list(forms));
}
std::string to_json(const Form& form) {
  return document(json(form));
}
std::string to_json(const std::vector<SourceSummary>& sources) {
  return document(list(sources));
}

std::string to_json(const HubState& status) {
  return document(json(status));
}

std::string to_json(const std::vector<PositionState>& positions) {
  return document(list(positions));
}
std::string to_json(const RewindView& rewind) {
  return document({{"source", rewind.source},
                   {"partition", rewind.partition},
                   {"from", rewind.from},
                   {"to", rewind.to},
                   {"start", rewind.start},
                   {"end", rewind.end},
                   {"repeated", rewind.repeated},
                   {"lost", rewind.lost},
                   {"applied", rewind.applied}});
}
std::string to_json(const RemapView& remap) {
  const auto& what = remap.what;
  auto facts = Json::array(), failing = Json::array(), money = Json::array();
  for (const auto& [kind, of] : what.facts) {
    auto fields = Json::array();
    for (const auto& [field, count] : of.fields)
      fields.push_back({{"field", field}, {"facts", count}});
    facts.push_back({{"fact", name_of(kind)},
                     {"added", of.added},
                     {"gone", of.gone},
                     {"changed", of.changed},
                     {"fields", std::move(fields)}});
  }
  for (const auto& [code, of] : what.failing_by_code)
    failing.push_back({{"code", code},
                       {"text", of.error.text},
                       {"place", text_or_null(of.error.place)},
                       {"mapping", text_or_null(of.mapping)},
                       {"events", of.events},
                       {"first_event", of.first_sequence}});
  for (const auto& [benefit, of] : what.money)
    money.push_back(
        {{"benefit", benefit}, {"arrears_fen", of.arrears_fen}, {"overpaid_fen", of.overpaid_fen}});
  return document(
      {{"source", remap.source},
       {"mapping", text_or_null(remap.mapping)},
       {"since", time(remap.since_us)},
       {"applied", remap.applied},
       {"known_since", remap.applied ? Json(iso_time(what.at_us)) : Json()},
       {"after", what.after},
       {"up_to", what.up_to},
       {"events",
        {{"read", what.read},
         {"same", what.same()},
         {"changed", what.changed},
         {"failing", what.failing},
         {"unreadable", what.unreadable},
         {"held", what.held},
         {"discarded", what.discarded}}},
       {"facts", std::move(facts)},
       {"facts_not_in_log", what.facts_not_in_log},
       {"failing", std::move(failing)},
       {"people", what.people},
       {"leads",
        {{"opened", what.leads_opened}, {"updated", what.leads_updated}, {"closed", what.leads_closed}}},
       {"money", std::move(money)},
       {"interrupted_at", what.interrupted_at_us == 0 ? Json() : Json(iso_time(what.interrupted_at_us))}});
}
std::string to_json(const CheckpointView& checkpoint) {
  return document({{"source", checkpoint.source},
                   {"checkpoints", checkpoint.present},
                   {"positions", checkpoint.positions},
                   {"applied", checkpoint.applied}});
}
std::string to_json(const CoverageView& coverage) {
  return document({{"source", coverage.source},
                   {"was", iso_time(coverage.was_us)},
                   {"complete_until", iso_time(coverage.now_us)},
                   {"applied", coverage.applied}});
}
std::string to_json(const std::vector<TopicState>& topics) {
  return document(list(topics));
}

std::string to_json(const KeysState& keys) {
  auto all = Json::array();
  for (const auto& key : keys.keys)
    all.push_back({{"id", key.id},
                   {"suite", text_or_null(key.suite)},
                   {"created", key.created_us ? Json(iso_time(*key.created_us)) : Json()},
                   {"first", key.first},
                   {"active", key.active},
                   {"values", key.values},
                   {"events", keys.log_counted ? Json(key.events) : Json()}});
  return document({{"file", keys.file}, {"keys", all}});
}
std::string to_json(const KeyChange& change) {
  return document({{"key", change.id},
                   {"suite", change.suite},
                   {"file", change.file},
                   {"done", name_of(change.what)},
                   {"several_nodes", change.several_nodes}});
}
std::string to_json(const RotationState& rotation) {
  return document({{"key", rotation.id},
                   {"resumed", rotation.resumed},
                   {"values", rotation.values},
                   {"events", rotation.log_in_kafka ? Json() : Json(rotation.events)},
                   {"other_keys", rotation.other_keys},
                   {"unreadable", rotation.unreadable},
                   {"first_unreadable", text_or_null(rotation.first_unreadable)}});
}

std::string to_json(const IngestView& ingested) {
  return document({{"files", ingested.files},
                   {"events", ingested.events},
                   {"quarantined", ingested.quarantined},
                   {"balance", json(ingested.balance)}});
}
std::string to_json(const NightView& night) {
  Json all = {{"today", night.today.text()},
              {"persons", night.persons},
              {"leads_changed", night.leads_changed},
              {"identity", night.identity ? json(*night.identity) : Json()},
              {"agreement", Json()}};
  if (const auto& agreed = night.agreement)
    all["agreement"] = {{"people", agreed->people},
                        {"differences", agreed->differences},
                        {"in_question", agreed->in_question}};
  for (const auto& run : night.reconciled)
    all["reconciled"].push_back(Json::parse(to_json(run)));
  for (const auto& error : night.not_reconciled)
    all["not_reconciled"].push_back({{"source", error.place}, {"code", error.code}, {"text", error.text}});
  return document(all);
}
std::string to_json(const IdentityScanView& scan) {
  Json all = {{"today", scan.today.text()}, {"dry_run", scan.dry_run}};
  all.update(json(scan.found));
  return document(all);
}
std::string to_json(const IdentityQueueView& queue) {
  return document({{"waiting", queue.waiting},
                   {"likely", queue.likely},
                   {"last_scan", text_or_null(queue.last_scan)},
                   {"left_out", queue.left_out},
                   {"pairs", list(queue.pairs)}});
}
std::string to_json(const IdentityPairView& pair) {
  auto all = json(pair);
  all["evidence"] = list(pair.findings);
  all["fields"] = list(pair.fields);
  return document(all);
}
std::string to_json(const IdentityAnswerView& answer) {
  return document({{"pair", json(answer.pair)}, {"entry", json(answer.entry)}});
}
std::string to_json(const ReplayView& replayed) {
  return document({{"replayed", replayed.replayed},
                   {"applied", replayed.applied},
                   {"quarantined_again", replayed.quarantined_again}});
}
std::string to_json(const DiscardView& discarded) {
  return document({{"discarded", discarded.discarded}});
}

std::string to_json(const std::vector<RuleCheck>& checked, std::string_view what, Tests tests) {
  auto folders = Json::array();
  for (const auto& one : checked) {
    Json folder = {{"folder", one.folder}, {what, one.names}};
    if (tests == Tests::run) folder["tests_passed"] = one.tests_passed;
    folder["problems"] = list(one.problems);
    if (!one.notices.empty()) folder["notices"] = list(one.notices);
    folders.push_back(std::move(folder));
  }
  return document({{"folders", folders}, {"problems", problems_in(checked)}});
}

std::string to_json(const PolicyWords& words) {
  auto all = Json::array();
  for (const auto& word : words.words)
    all.push_back({{"english", word.english}, {"chinese", word.chinese}, {"note", word.note}});
  return document({{"words", all}});
}

std::string to_json(const EvidenceRulesView& rules) {
  return document({{"adoptions", list(rules.adoptions)},
                   {"text", text_or_null(rules.text)},
                   {"configured", rules.configured},
                   {"differs", text_or_null(rules.differs)}});
}
std::string to_json(const EvidenceComparisonView& compared) {
  return document({{"file", compared.file},
                   {"digest", compared.digest},
                   {"people", compared.people},
                   {"changed", compared.changed},
                   {"fields", compared.fields},
                   {"disputed", compared.disputed},
                   {"undisputed", compared.undisputed},
                   {"examples", list(compared.examples)},
                   {"leads", compared.leads},
                   {"lead_examples", list(compared.lead_examples)},
                   {"arrears_fen", compared.arrears_fen},
                   {"overpaid_fen", compared.overpaid_fen}});
}
std::string to_json(const EvidenceAdoptedView& adopted) {
  auto shown = json(adopted.adoption);
  shown["persons"] = adopted.persons, shown["leads_changed"] = adopted.leads_changed;
  return document(shown);
}

std::string to_json(const MadeHub& made) {
  return document({{"config", made.config.string()},
                   {"data", made.data.string()},
                   {"key", made.key.string()},
                   {"key_made", made.key_made}});
}
namespace {

Json json(const ChangeSums& sums) {
  return {{"people_before", sums.people_before},
          {"people_after", sums.people_after},
          {"fen_before", sums.fen_before},
          {"fen_after", sums.fen_after},
          {"winners", sums.winners},
          {"won_fen", sums.won_fen},
          {"losers", sums.losers},
          {"lost_fen", sums.lost_fen},
          {"moved", sums.moved},
          {"pending", sums.pending}};
}
Json json(const CellSums& sums) {
  return {{"people_before", sums.people_before},   {"people_after", sums.people_after},
          {"fen_before", sums.fen_before},         {"fen_after", sums.fen_after},
          {"pending_before", sums.pending_before}, {"pending_after", sums.pending_after}};
}
Json json(const AgreementFigure& figure) {
  return {{"source", figure.source},       {"field", name_of(figure.field)}, {"people", figure.people()},
          {"confirmed", figure.confirmed}, {"alone", figure.alone},          {"differs", figure.differs}};
}
Json json(const AgreementRun& run) {
  return {{"at", iso_time(run.at_us)}, {"people", run.people}, {"figures", list(run.figures)}};
}
Json json(const AgreementView::Difference& difference) {
  Json says, counts;
  add_value(says, difference.says), add_value(counts, difference.settled);
  Json shown{{"person", json(difference.person)},
             {"source", difference.source},
             {"field", difference.field},
             {"key", difference.key},
             {"sequence", difference.event_sequence},
             {"says", std::move(says)},
             {"counts", std::move(counts)},
             {"told_by", difference.settled_by},
             {"why", difference.rule}};
  if (!difference.rule_place.empty()) shown["rule"] = difference.rule_place;
  shown["since"] = iso_time(difference.since_us);
  return shown;
}
Json json(const WhatIfView::Benefit& benefit) {
  Json shown = {{"benefit", benefit.id},
                {"title", text_or_null(benefit.title)},
                {"counted", benefit.household ? "households" : "people"},
                {"before", benefit.before},
                {"after", benefit.after}};
  shown.update(json(benefit.sums));
  return shown;
}
Json json(const WhatIfView::Cell& cell) {
  Json shown = {{"benefit", cell.benefit},
                {"area", text_or_null(cell.area)},
                {"month", cell.month.text().substr(0, 7)}};
  shown.update(json(cell.sums));
  return shown;
}
Json json(const WhatIfView::Sample& sample) {
  const auto why = [](const std::optional<ExplanationView>& one) { return one ? json(*one) : Json(); };
  return {{"person", json(sample.person)},
          {"benefit", sample.benefit},
          {"what", sample.what},
          {"fen_before", sample.fen_before},
          {"fen_after", sample.fen_after},
          {"on", sample.on.text()},
          {"before", list(sample.before)},
          {"after", list(sample.after)},
          {"why_before", why(sample.why_before)},
          {"why_after", why(sample.why_after)}};
}

}  // namespace

std::string to_json(const std::vector<MeaningChange>& changes) {
  auto all = Json::array();
  for (const auto& one : changes)
    all.push_back({{"policy", one.policy},
                   {"benefit", text_or_null(one.benefit)},
                   {"what", one.what},
                   {"before", text_or_null(one.before)},
                   {"after", text_or_null(one.after)},
                   {"english", one.english},
                   {"chinese", one.chinese}});
  return document({{"changes", std::move(all)}});
}
std::string to_json(const AsDecidedView& view) {
  auto reasons = Json::array();
  for (const auto& reason : view.reasons)
    reasons.push_back(reason);
  return document({{"lead", view.lead},
                   {"benefit", view.benefit},
                   {"person", json(view.person)},
                   {"state", view.state},
                   {"by", view.by},
                   {"reason", text_or_null(view.reason)},
                   {"decided_at", iso_time(view.decided_at_us)},
                   {"known_at", iso_time(view.known_at_us)},
                   {"policies", text_or_null(view.policies)},
                   {"policies_remembered", view.remembered},
                   {"evidence", text_or_null(view.evidence)},
                   {"program", text_or_null(view.program)},
                   {"equal", view.equal},
                   {"why_not", std::move(reasons)},
                   {"decided", list(view.decided)},
                   {"computed", list(view.computed)}});
}
std::string to_json(const WhatIfView& view) {
  return document({{"policies", view.named},
                   {"region", text_or_null(view.region)},
                   {"from", view.months.from.text()},
                   {"until", view.months.until.text()},
                   {"people", view.people},
                   {"unreadable", view.unreadable},
                   {"repriced", view.repriced},
                   {"all", json(view.all)},
                   {"benefits", list(view.benefits)},
                   {"cells", list(view.cells)},
                   {"withheld", view.withheld},
                   {"samples", list(view.samples)}});
}

std::string to_json(const AgreementView& view) {
  return document({{"region", text_or_null(view.region)},
                   {"at", iso_time(view.at_us)},
                   {"people", view.people},
                   {"unreadable", view.unreadable},
                   {"figures", list(view.figures)},
                   {"differences_all", view.differences_all},
                   {"differences", list(view.differences)},
                   {"runs", list(view.runs)}});
}

std::string to_json(const HubCheck& checked) {
  return document({{"config", text_or_null(checked.config)},
                   {"config_from", name_of(checked.config_from)},
                   {"data", text_or_null(checked.data)},
                   {"hub", checked.hub},
                   {"sources", checked.sources},
                   {"mappings", checked.mappings},
                   {"benefits", checked.benefits},
                   {"problems", list(checked.problems)}});
}

std::string one_line_json(const LeadView& lead) {
  return one_line(json(lead));
}
std::string one_line_json(const LeadCountsView& counts) {
  return one_line(json(counts));
}
std::string one_line_json(const LeadTimelineView& timeline) {
  return one_line(json(timeline));
}
std::string one_line_json(const ExplanationView& explanation) {
  return one_line(json(explanation));
}
std::string one_line_json(const Balance& balance) {
  return one_line(json(balance));
}
std::string one_line_json(const HubState& status) {
  return one_line(json(status));
}
std::string page_json(const Page<LeadView>& leads, const std::string& next, const std::string& as_of) {
  return page(leads, next, as_of);
}
std::string page_json(const Page<QuarantineView>& rows, const std::string& next, const std::string& as_of) {
  return page(rows, next, as_of);
}
std::string page_json(const Page<SourceSummary>& sources, const std::string& next, const std::string& as_of) {
  return page(sources, next, as_of);
}
std::string page_json(const Page<EntitlementView>& page_of, const std::string& next,
                      const std::string& as_of) {
  return page(page_of, next, as_of);
}
std::string page_json(const Page<FamilyView>& page_of, const std::string& next, const std::string& as_of) {
  return page(page_of, next, as_of);
}
std::string page_json(const Page<FoundPersonView>& page_of, const std::string& next,
                      const std::string& as_of) {
  return page(page_of, next, as_of);
}
std::string page_json(const Page<OpeningView>& page_of, const std::string& next, const std::string& as_of) {
  return page(page_of, next, as_of);
}
std::string page_json(const Page<UserView>& page_of, const std::string& next, const std::string& as_of) {
  return page(page_of, next, as_of);
}
std::string page_json(const AuditView& audit, const std::string& as_of) {
  auto items = Json::array();
  for (const auto& line : audit.lines) {
    auto item = Json::parse(line, nullptr, false);
    if (item.is_discarded()) continue;  // a damaged line is what verification is for
    item.erase("sealed");
    items.push_back(std::move(item));
  }
  return one_line({{"items", std::move(items)},
                   {"next", audit.before ? Json(std::to_string(*audit.before)) : Json()},
                   {"as_of", as_of},
                   {"total", nullptr}});
}
std::string one_line_json(const LeadHistoryView& history) {
  auto items = Json::array();
  for (const auto& item : history.items) {
    Json shown = {{"at", iso_time(item.at_us)}, {"what", item.what}, {"by", text_or_null(item.by)}};
    if (item.revision > 0)
      shown["revision"] = item.revision, shown["state"] = item.state, shown["kind"] = item.kind;
    if (!item.purpose.empty()) shown["purpose"] = item.purpose;
    items.push_back(std::move(shown));
  }
  return one_line({{"lead", history.lead}, {"items", std::move(items)}});
}
std::string one_line_json(const SessionView& session) {
  return one_line({{"account", session.account},
                   {"roles", session.roles},
                   {"may", session.may},
                   {"scope", session.scope},
                   {"csrf", session.csrf},
                   {"features", session.features},
                   {"idle_until", iso_time(session.idle_until_us)},
                   {"ends_at", iso_time(session.ends_at_us)}});
}
std::string one_line_json(const OpeningView& opening) {
  return one_line(json(opening));
}
std::string one_line_json(const ReplayView& replayed) {
  return one_line({{"replayed", replayed.replayed},
                   {"applied", replayed.applied},
                   {"quarantined_again", replayed.quarantined_again}});
}
std::string one_line_json(const DiscardView& discarded) {
  return one_line({{"discarded", discarded.discarded}});
}
std::string one_line_json(const QuarantineView& row) {
  return one_line(whole(row));
}
std::string to_json(const std::vector<UserView>& accounts) {
  return document(list(accounts));
}
std::string to_json(const UserView& account) {
  return document(json(account));
}
std::string to_json(const AccountLinkView& made, const std::string& url) {
  return document({{"account", json(made.account)}, {"link", url}, {"until", iso_time(made.until_us)}});
}
std::string one_line_json(const UserView& account) {
  return one_line(json(account));
}
std::string one_line_json(const AccountLinkView& made, const std::string& url) {
  return one_line({{"account", json(made.account)}, {"link", url}, {"until", iso_time(made.until_us)}});
}
std::string roles_json() {
  auto items = Json::array();
  for (const auto& role : account_roles()) {
    auto rights = Json::array(), granted = Json::array();
    for (std::size_t i = 0; i < right_count; ++i) {
      const auto right = static_cast<Right>(i);
      if (role.rights.have(right)) rights.push_back(name_of(right));
      if (role.granted.have(right)) granted.push_back(name_of(right));
    }
    items.push_back({{"role", role.id},
                     {"name", role.chinese},
                     {"name_en", role.name},
                     {"rights", std::move(rights)},
                     {"may_be_granted", std::move(granted)}});
  }
  return one_line({{"items", std::move(items)}});
}
std::string batch_json(const NoticesView& notices) {
  std::string batch = "[";
  for (const auto& notice : notices.notices)
    batch.append(batch.size() == 1 ? "" : ",").append(notice, 0, notice.find('\n'));
  return batch + "]";
}

}  // namespace kinhub
