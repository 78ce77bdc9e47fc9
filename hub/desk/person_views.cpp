#include "hub/desk/person_views.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "hub/base/bytes.hpp"
#include "hub/desk/explanation_views.hpp"
#include "hub/record/standing.hpp"

namespace kinhub {
namespace {

EvidenceView view_of(const Evidence& one) {
  return {one.source,         one.key,           std::string(name_of(one.fact)), one.on ? one.on->text() : "",
          one.received_at_us, one.event_sequence};
}

std::string certainty_text(Certainty certainty) {
  return certainty == Certainty::sure ? "sure" : "pending";
}

/// What a reader is told: spans that differ only in why they are pending are one.
std::vector<SpanView> timeline_of(const std::vector<RightSpan>& spans) {
  std::vector<SpanView> told;
  const RightSpan* last = nullptr;
  for (const auto& span : spans) {
    if (last && last->when.until == span.when.from && last->amount == span.amount &&
        last->certainty == span.certainty) {
      told.back().when.until = span.when.until;
    } else {
      std::optional<AmountView> amount;
      if (span.amount.known) amount = AmountView{span.amount.fen, std::string(name_of(span.amount.per))};
      told.push_back({span.when, std::move(amount), certainty_text(span.certainty)});
    }
    last = &span;
  }
  return told;
}

bool holds(Interval when, std::optional<Date> valid_at) {
  return !valid_at || when.contains(*valid_at);
}

constexpr std::size_t region_digits = 6;

/// Every state but the registered residence, by kind in the order of the table.
std::vector<FamilyMemberView::Standing> standing_views(const Dossier& dossier, std::int64_t known_at_us,
                                                       std::optional<Date> valid_at,
                                                       const EvidenceRules& rules) {
  std::vector<FamilyMemberView::Standing> views;
  for (const auto& kind : fact_kinds()) {
    if (kind.form != KindForm::state || kind.kind == FactKind::residence) continue;
    for (const auto& one : standing_of(kind.kind, dossier, known_at_us, rules)) {
      if (!holds(one.when, valid_at)) continue;
      auto& view = views.emplace_back(FamilyMemberView::Standing{std::string(kind.name), one.when, {}});
      for (const auto& told : values_of(one.said->fact, *one.own))
        view.values.push_back(
            {std::string(told.field->name), told.text, told.field->type, told.field->privacy});
    }
  }
  return views;
}

}  // namespace

std::vector<EvidenceView> views_of(const std::vector<Evidence>& evidence) {
  std::vector<EvidenceView> views;
  for (const auto& one : evidence)
    views.push_back(view_of(one));
  std::sort(views.begin(), views.end(), [](const auto& a, const auto& b) {
    return std::tie(a.source, a.key, a.fact, a.on) < std::tie(b.source, b.key, b.fact, b.on);
  });
  return views;
}

EvidenceView origin_view(const Statement& said, std::int64_t replaced_at_us) {
  auto view = view_of(evidence_of(said));
  view.received_at_us = arrival_of_event(said);
  if (read_anew(said)) view.read_anew_at_us = said.received_at_us;
  if (replaced_at_us != 0) view.read_anew_at_us = replaced_at_us;
  return view;
}

std::string origin_fields() {
  std::string all;
  for (const auto name : asked_field_names())
    all.append(all.empty() ? "" : ", ").append(name);
  return all;
}

Result<PersonId> find_person(RecordReader& people, const Keyring& keys, const PersonName& name,
                             std::int64_t known_at_us) {
  Error unknown{"NO_SUCH_PERSON",
                known_at_us == known_now ? "no source has spoken of this person"
                                         : "no source had spoken of this person by then",
                ""};
  if (const auto* reference = std::get_if<std::string>(&name)) {
    auto number = number_behind(keys, 'P', *reference);
    if (!number || people.dossier({*number}).entries.empty()) {
      unknown.place = *reference;
      return unknown;
    }
    return PersonId{*number};
  }
  const auto& number = std::get<CitizenNumber>(name).text();
  const auto holders = people.holders(identifier_token(keys, {IdentifierKind::citizen_number, number}));
  for (auto person : holders)  // who bears it now, before who bore it once
    if (people.portrait(person).citizen_number == number) return person;
  if (!holders.empty()) return holders.front();
  return unknown;
}

PersonView person_view(RecordReader& people, const Keyring& keys, PersonId id) {
  PersonView view{person_reference(keys, id), "", ""};
  try {
    const auto& portrait = people.portrait(id);
    view.name = portrait.name, view.citizen_id = portrait.citizen_number;
  } catch (const DossierUnreadable&) {  // a list goes on: kinhub status says that there is damage
  }
  return view;
}

Result<JudgedBy> judged_by(StoreTransaction& reading, PolicyBook& book, const Rules& rules, Date today,
                           std::optional<std::int64_t> known_at_us) {
  if (!known_at_us)
    return JudgedBy{rules.policies, rules.covers,
                    coverage_of(reading.balance().coverage(), rules.covers, today)};
  auto policies = book.as_known(reading.values(), *known_at_us);
  if (!policies) return policies.error();
  return JudgedBy{*policies ? *policies : rules.policies, rules.covers,
                  coverage_of(coverage_as_known(reading, *known_at_us), rules.covers,
                              std::min(shanghai_date(*known_at_us), today))};
}

PersonViews::PersonViews(StoreTransaction& reading, const Keyring& keys, SharedEvidenceRules evidence,
                         std::int64_t known_at_us)
    : reading_(reading),
      keys_(keys),
      known_at_us_(known_at_us),
      now_(reading.people(), keys, std::move(evidence)),
      then_(known_at_us == known_now ? std::nullopt
                                     : std::optional<PastRecord>(std::in_place, now_, keys, known_at_us)),
      people_(then_ ? static_cast<RecordReader&>(*then_) : now_) {}

PersonId PersonViews::person_of(const LeadRow& row) {
  if (!then_ || row.anchor == Token{}) return row.person;
  try {
    const auto& bearers = people_.holders(row.anchor);
    // Its own number first: who was two then may bear one identifier.
    if (bearers.empty() || std::find(bearers.begin(), bearers.end(), row.person) != bearers.end())
      return row.person;
    return bearers.front();
  } catch (const DossierUnreadable&) {
    return row.person;
  }
}

/// The ids of held events that keep a lead pending; none where the record of close kin cannot be read.
std::vector<std::string> PersonViews::held_events_of(PersonId person) {
  std::vector<std::string> ids;
  try {
    for (const auto& mention : held_mentions(kin_of(person, people_, {})))
      if (auto id = std::to_string(mention.quarantine_id); std::find(ids.begin(), ids.end(), id) == ids.end())
        ids.push_back(std::move(id));
  } catch (const DossierUnreadable&) {
  }
  return ids;
}

std::string PersonViews::area_of(PersonId person, Date on) {
  const auto own = [&](PersonId id) {
    for (const auto& registered :
         residence_by_area(people_.dossier(id), known_at_us_, people_.evidence_rules()))
      if (registered.when.contains(on)) return registered.region;
    return std::string();
  };
  try {
    auto area = own(person);
    if (!area.empty()) return area;
    for (const auto& marriage : marriages_of(person, people_))
      if (marriage.spouse && marriage.when.contains(on))
        if (area = own(marriage.spouse); !area.empty()) return area;
  } catch (const DossierUnreadable&) {  // nowhere that is known: kinhub status says that there is damage
  }
  return {};
}

namespace {

/// The span that counts last in these days; nothing: none touches them.
const RightSpan* last_in(const std::vector<RightSpan>& spans, Interval days) {
  const RightSpan* found = nullptr;
  for (const auto& span : spans)
    if (!overlap(span.when, days).empty() && (!found || found->when < span.when)) found = &span;
  return found;
}

std::optional<std::int64_t> monthly_fen(const RightSpan* span) {
  if (!span || !span->amount.known || name_of(span->amount.per) != "month") return std::nullopt;
  return span->amount.fen;
}

}  // namespace

std::map<Date, std::int64_t> PersonViews::differences_of(const LeadRow& row, const JudgedBy& by, Date today) {
  std::map<Date, std::int64_t> differences;
  const auto benefit = by.policies->find(row.benefit);
  const auto whose = person_of(row);
  if (row.state != LeadState::open || !benefit || !whose) return differences;
  const auto kin = kin_as_covered(whose, by);
  const auto decisions =
      decisions_of(row.person, reading_.leads().decided(row.person), *by.policies, keys_, today);
  for (const auto& [month, money] :
       monthly_differences(*by.policies, *benefit, by.policies->evaluate(kin.situation), decisions, today))
    differences[month] = money.arrears_fen - money.overpaid_fen;
  return differences;
}

LeadTimelineView PersonViews::timeline(const LeadRow& row, Interval when, const JudgedBy& by, Date today) {
  constexpr int months_max = 600;
  const auto content = lead_content_from(keys_.unseal(row.content, lead_context(row.id)));
  std::vector<RightSpan> decided;
  for (const auto& one : reading_.leads().decided(row.person))
    if (one.benefit == row.benefit && one.anchor == row.anchor)
      decided = decided_from(keys_.unseal(one.content, decided_context(row.person, row.benefit))).confirmed;
  LeadTimelineView view;
  view.lead = lead_reference(keys_, row.id), view.revision = row.revision;
  view.computed = timeline_of(content.computed), view.decided = timeline_of(decided);
  const auto differences = differences_of(row, by, today);
  auto first = when.from.month_start();
  for (int i = 0; i < months_max && first < when.until; ++i, first = first.plus_months(1)) {
    const Interval days{first, first.plus_months(1)};
    const auto* due = last_in(content.computed, days);
    const auto* was = last_in(decided, days);
    view.months.push_back({first, monthly_fen(due), monthly_fen(was),
                           due ? certainty_text(due->certainty) : std::string(), due != nullptr,
                           was != nullptr, differences.contains(first) ? differences.at(first) : 0});
  }
  return view;
}

LeadView PersonViews::lead(const LeadRow& row, Date today) {
  auto content = lead_content_from(keys_.unseal(row.content, lead_context(row.id)));
  LeadView view;
  view.id = lead_reference(keys_, row.id);
  view.kind = name_of(row.kind), view.state = name_of(row.state);
  view.benefit = row.benefit;
  const auto whose = person_of(row);
  view.person = person(whose);
  view.family = content.family;
  view.area = area_of(whose, today);
  view.revision = row.revision;
  view.when = content.when;
  if (content.amount.known)
    view.amount = AmountView{content.amount.fen, std::string(name_of(content.amount.per))};
  view.certainty = certainty_text(content.certainty);
  view.pending = content.pending, view.reasons = content.reasons;
  for (const auto& word : content.pending)
    view.pending_words.push_back(waits_words(word));
  for (const auto& reason : content.reasons)
    view.reason_words.push_back({reason, reason_in(Language::en, reason)});
  view.evidence = views_of(content.evidence);
  view.timeline = timeline_of(content.computed);
  view.opened_at_us = row.opened_at_us;
  if (row.state == LeadState::open) view.not_before = content.not_before;
  view.arrears_fen = content.arrears_fen, view.overpaid_fen = content.overpaid_fen;
  if (row.state == LeadState::open && content.certainty != Certainty::sure)
    view.held_events = held_events_of(whose);
  for (const auto& decision : reading_.leads().decisions(row.id)) {
    if (decision.at_us > known_at_us_) continue;
    auto plain = keys_.unseal(decision.content, lead_context(row.id));
    Unpacker in(plain);
    DecisionView shown;
    shown.state = name_of(decision.verdict), shown.by = in.text(), shown.reason = std::string(in.text());
    shown.at_us = decision.at_us;
    view.decisions.push_back(std::move(shown));
  }
  return view;
}

FamilyMemberView PersonViews::member(PersonId id, std::optional<Date> valid_at) {
  const auto& portrait = people_.portrait(id);
  FamilyMemberView view;
  view.person = person(id);
  if (portrait.sex != Sex::unknown) view.sex = portrait.sex == Sex::male ? "male" : "female";
  if (portrait.born) view.born = portrait.born->text();
  if (const auto death = death_of(id, people_); death && (!valid_at || death->on.first <= *valid_at)) {
    FamilyMemberView::Died died;
    died.on = death->on.text();
    died.certainty = death->disputed ? death->dispute : "sure";
    died.evidence = views_of(evidence_of(death->evidence));
    view.died = std::move(died);
  }
  for (const auto& grade : portrait.disability)
    if (holds(grade.valid, valid_at)) view.disabilities.push_back({grade.grade, grade.valid, "sure"});
  const auto& dossier = people_.dossier(id);
  for (const auto& [area, when, evidence] :
       residence_by_area(dossier, known_at_us_, people_.evidence_rules()))
    if (holds(when, valid_at))
      view.residences.push_back(
          {area.substr(0, region_digits), area.size() > region_digits ? area : "", when});
  view.standing = standing_views(dossier, known_at_us_, valid_at, people_.evidence_rules());
  return view;
}

FamilyView PersonViews::family(std::vector<PersonId> couple, std::optional<Date> valid_at) {
  std::sort(couple.begin(), couple.end());
  couple.erase(std::unique(couple.begin(), couple.end()), couple.end());
  FamilyView view;
  view.ref = family_reference(keys_, couple);
  std::vector<PersonId> members = couple;
  auto add_member = [&](PersonId id) {
    if (std::find(members.begin(), members.end(), id) == members.end()) members.push_back(id);
  };
  for (auto parent : couple) {
    for (const auto& marriage : marriages_of(parent, people_)) {
      if (!marriage.spouse || !holds(marriage.when, valid_at)) continue;
      add_member(marriage.spouse);
      bool both_here = std::find(couple.begin(), couple.end(), marriage.spouse) != couple.end();
      if (both_here && people_.portrait(marriage.spouse).sex == Sex::male)
        continue;  // told once, from the husband
      auto evidence = marriage.starts;
      evidence.insert(evidence.end(), marriage.ends.begin(), marriage.ends.end());
      view.kin.push_back({"spouse_of", "", person_reference(keys_, parent),
                          person_reference(keys_, marriage.spouse), marriage.when, "sure",
                          views_of(evidence_of(evidence))});
    }
    for (const auto& child : children_of(parent, people_)) {
      if (!holds(child.when, valid_at)) continue;
      add_member(child.child);
      auto evidence = child.starts;
      evidence.insert(evidence.end(), child.ends.begin(), child.ends.end());
      view.kin.push_back({"parent_of", child.relation == ChildRelation::adopted ? "adopted" : "born",
                          person_reference(keys_, parent), person_reference(keys_, child.child), child.when,
                          child.dispute.empty() ? "sure" : "possible", views_of(evidence_of(evidence))});
      if (child.dispute.empty()) continue;
      auto conflict = std::string(child.dispute) + ": " + person_reference(keys_, child.child);
      if (std::find(view.conflicts.begin(), view.conflicts.end(), conflict) == view.conflicts.end())
        view.conflicts.push_back(std::move(conflict));
    }
  }
  for (auto id : members) {
    view.members.push_back(member(id, valid_at));
    const auto& portrait = people_.portrait(id);
    const auto death = death_of(id, people_);
    if (death && death->disputed)
      view.conflicts.push_back(death->dispute + ": " + person_reference(keys_, id));
    for (const auto& conflict : portrait.conflicts)
      if (!death || death->dispute != conflict)
        view.conflicts.push_back(conflict + ": " + person_reference(keys_, id));
  }
  // Deterministic order, whatever numbers the store gave.
  std::map<std::string, std::string> rank;
  for (const auto& one : view.members)
    rank[one.person.ref] = one.born + one.person.citizen_id + one.person.name;
  std::sort(view.members.begin(), view.members.end(),
            [&](const auto& a, const auto& b) { return rank[a.person.ref] < rank[b.person.ref]; });
  std::sort(view.kin.begin(), view.kin.end(), [&](const KinView& a, const KinView& b) {
    return std::tie(a.kind, a.when, rank[a.from], rank[a.to]) <
           std::tie(b.kind, b.when, rank[b.from], rank[b.to]);
  });
  return view;
}

std::vector<FamilyView> PersonViews::families(PersonId of, std::optional<Date> valid_at) {
  std::vector<FamilyView> found;
  std::vector<PersonId> parents;
  for (const auto& tie : people_.portrait(of).ties)
    if (tie.kind == Tie::Kind::child_of || tie.kind == Tie::Kind::adopted_by)
      if (auto parent = people_.whose(tie)) parents.push_back(parent);
  if (!parents.empty()) found.push_back(family(parents, valid_at));
  bool own = !children_of(of, people_).empty() || !marriages_of(of, people_).empty();
  if (own || found.empty()) found.push_back(family(couple_of(of, people_), valid_at));
  return found;
}

/// The events in quarantine in which numbers of these people stand: those that had arrived by the known time
/// and are still held. One that was released since counts as told when it arrived.
std::vector<HeldMention> PersonViews::held_mentions(const Kin& kin) {
  auto held = reading_.quarantine().held_mentions(numbers_of(kin, people_, keys_));
  if (then_)
    std::erase_if(held, [&](const HeldMention& one) {
      const auto row = reading_.quarantine().find(one.quarantine_id);
      return !row || row->received_at_us > known_at_us_;
    });
  return held;
}

Kin PersonViews::kin_as_covered(PersonId of, const JudgedBy& by) {
  auto kin = kin_of(of, people_, by.coverage);
  kin.situation.coverage = without_held(by.coverage, held_mentions(kin), by.covers);
  return kin;
}

std::vector<EntitlementView> PersonViews::entitlements(PersonId of, const JudgedBy& by, Interval when) {
  auto kin = kin_as_covered(of, by);
  const auto& policies = *by.policies;
  std::vector<EntitlementView> found;
  for (const auto& right : policies.evaluate(kin.situation)) {
    if (overlap(right.when, when).empty()) continue;
    const auto& benefit = policies.benefits()[right.benefit];
    EntitlementView view;
    view.benefit = benefit.id, view.person = person(of), view.when = right.when;
    if (right.amount.known)
      view.amount = AmountView{right.amount.fen, std::string(name_of(right.amount.per))};
    view.certainty = certainty_text(right.certainty), view.pending = right.pending;
    view.clause = benefit.clause;
    view.starts_because = sentence(right.starts_because, kin.situation);
    view.benefit_words = benefit_words(benefit), view.money = money_words(right.amount);
    view.starts = dated_words(right.starts_because, kin.situation);
    for (const auto& word : right.pending)
      view.pending_words.push_back(waits_words(word));
    if (right.when.until < Date::forever()) {
      view.ends_because = sentence(right.ends_because, kin.situation);
      view.ends = dated_words(right.ends_because, kin.situation);
    }
    found.push_back(std::move(view));
  }
  return found;
}

namespace {}  // namespace

std::string rule_place(const EvidenceRules& rules, std::uint32_t line) {
  return line == 0 ? std::string() : rules.file + ":" + std::to_string(line);
}

ExplanationView PersonViews::explain(PersonId of, const JudgedBy& by, BenefitIndex benefit, Date on,
                                     std::map<std::string, Wording> agencies) {
  const auto kin = kin_as_covered(of, by);
  auto evidence = [&](const Cause& cause) {
    const auto& causes = kin.situation.causes;
    if (const auto at = std::find(causes.begin(), causes.end(), cause); at != causes.end())
      return evidence_of(kin.evidence[static_cast<std::size_t>(at - causes.begin())]);
    // An age that is reached rests on the birth.
    if (cause.what == Cause::What::own_age && cause.person >= 0)
      return evidence_of(people_.portrait(kin.people[static_cast<std::size_t>(cause.person)]).birth_evidence);
    return std::vector<Evidence>();
  };
  const auto account = account_of(*by.policies, kin.situation, benefit, on);
  return explanation_view(account, *by.policies, kin.situation,
                          {by.covers, kin.situation.coverage, std::move(agencies)}, evidence);
}

FieldOriginView::Word PersonViews::word(const FieldWord& word, const Sources& sources) {
  const auto& said = *word.said;
  FieldOriginView::Word view;
  view.evidence = origin_view(said, said.replaced_at_us);
  if (view.evidence.read_anew_at_us)
    if (auto order = kept_remap_order(reading_.values(), keys_, said.source, *view.evidence.read_anew_at_us))
      view.read_anew_by = std::move(order->by), view.read_anew_reason = std::move(order->reason);
  view.value = {word.value.text, word.value.name, word.value.number};
  view.lost = word.lost;
  view.rule = rule_place(people_.evidence_rules(), word.rule_line);
  if (word.untold_by) {
    view.untold.emplace().event_sequence = word.untold_by->event_sequence;
    if (const auto* kept = sources.mappings.find(reading_.values(), word.untold_by->origin.mapping))
      view.untold->mapping = kept->file.name,
      view.untold->line = kept->lines.of_absence(word.untold_by->origin.line);
  }
  const auto* kept = sources.mappings.find(reading_.values(), said.origin.mapping);
  if (!kept) return view;
  view.mapping = kept->file.name;
  view.line = kept->lines.find(said.origin.line, word.field);
  // What a mapping reads of an event is told by the same mapping alone.
  const auto mapping = sources.rules.mappings.find(said.source);
  if (mapping == sources.rules.mappings.end()) return view;
  const auto texts = mapping->second->texts();
  if (std::none_of(texts.begin(), texts.end(),
                   [&](const auto& one) { return one.digest == kept->file.digest; }))
    return view;
  if (const auto event = sources.read(said.source, said.event_sequence))
    for (auto& raw : mapping->second->raw_values({event->body, event->content_type, event->charset},
                                                 said.fact_index, word.field))
      view.raw.push_back({std::move(raw.place), std::move(raw.text)});
  return view;
}

FieldOriginView PersonViews::origin(PersonId of, AskedField field, const Sources& sources) {
  auto portrait = people_.portrait(of);
  if (field == AskedField(PersonField::died)) portrait.death = death_of(of, people_);
  const auto& evidence = people_.evidence_rules();
  const auto origin = origin_of(field, people_.dossier(of), portrait, known_now, evidence);
  FieldOriginView view;
  view.field = name_of(field);
  view.person = person(of);
  for (const auto& settled : origin.settled) {
    auto& shown = view.settled.emplace_back();
    shown.value = {settled.value.text, settled.value.name, settled.value.number};
    shown.known_since_us = settled.known_since_us, shown.dispute = settled.dispute;
    shown.rule = rule_place(evidence, settled.rule_line);
    for (const auto& one : settled.by)
      shown.by.push_back(word(one, sources));
  }
  for (const auto& one : origin.lost)
    view.lost.push_back(word(one, sources));
  return view;
}

}  // namespace kinhub
