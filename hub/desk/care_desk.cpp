#include "hub/desk/care_desk.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <set>
#include <system_error>

#include "hub/desk/person_views.hpp"
#include "hub/ground/states.hpp"
#include "hub/pipeline/held_events.hpp"
#include "hub/store/positions.hpp"
#include "hub/stream/event_codec.hpp"

namespace kinhub {
namespace {

constexpr std::size_t waiting_max = 100'000, read_max = 1'000;
constexpr std::uint32_t read_patience_ms = 3'000;

const std::string& source() {
  static const std::string name(care_desk);
  return name;
}

std::uint64_t chance() {
  std::uint64_t bits = 0;
  if (::getentropy(&bits, sizeof bits) != 0)
    throw std::system_error(errno, std::generic_category(), "no randomness");
  return bits;
}

Event event_of(const CareEntry& entry, std::string body, std::int64_t now_us) {
  Event event;
  event.source = source();
  event.key = entry.id;
  event.body = std::move(body);
  event.content_type = "application/json", event.charset = "UTF-8", event.origin = "care desk";
  event.received_at_us = now_us;
  event.trace = new_trace_id();
  return event;
}

/// A version as a fact has it, without the point.
std::string digits(std::string_view version) {
  std::string text(version);
  std::erase(text, '.');
  return text;
}

bool same_entry(const CareEntry& a, const CareEntry& b) {
  return a.op == b.op && a.form == b.form && a.person == b.person && a.values == b.values;
}

/// Money is fen in an event and yuan where people read it.
std::string as_written(const FormField* field, const std::string& text) {
  if (!field || field->type != FormField::Type::money) return text;
  std::int64_t fen = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), fen);
  if (failed != std::errc() || end != text.data() + text.size()) return text;
  const auto rest = std::to_string(fen % 100);
  return std::to_string(fen / 100) + (fen % 100 == 0 ? "" : (fen % 100 < 10 ? ".0" : ".") + rest);
}

CareEntryView::Value::Shown shown(const FormField* field) {
  using Shown = CareEntryView::Value::Shown;
  if (!field || field->type == FormField::Type::text) return Shown::never;
  return field->type == FormField::Type::citizen_number ? Shown::as_number : Shown::plain;
}

}  // namespace

const CareDesk::Forms& CareDesk::forms() {
  if (!forms_) forms_ = FormSet::read(config_.directories.forms, config_.directories.codes);
  return *forms_;
}

Result<const Form*> CareDesk::form(std::string_view id) {
  if (const auto* wrong = std::get_if<std::vector<Error>>(&forms())) {
    auto first = wrong->front();
    if (wrong->size() > 1)
      first.text += " (and " + std::to_string(wrong->size() - 1) + " more: kinhub check)";
    return first;
  }
  return std::get<FormSet>(forms()).find(id);
}

Result<std::vector<Identifier>> CareDesk::identifiers_of(const PersonName& name) {
  auto reading = store_.begin(Store::For::reading);
  const auto person = PersonViews(*reading, keys_, evidence_.rules_in(reading->values())).find(name);
  if (!person) return person.error();
  Workspace people(reading->people(), keys_, evidence_.rules_in(reading->values()));
  std::vector<Identifier> known;
  for (const auto& entry : people.dossier(*person).entries)
    if (const auto* said = entry.history.current(known_now); said && asserts(said->fact.op))
      if (const auto* own = entry.mention_in(*said))
        known.insert(known.end(), own->identifiers.begin(), own->identifiers.end());
  return naming(people.portrait(*person).citizen_number, known);
}

/// Why an event must not be entered: its mapping refuses it; or its facts would make one person of two that
/// the record knows apart, which is a decision about who is who and no matter of another form; or such a
/// decision names somebody of whom nobody has spoken, perhaps by a slip of the pen.
std::optional<Error> CareDesk::refused(const std::string& body, const Form& form) {
  const auto outcome = rules_.mappings.at(source())->apply({body, "application/json", "UTF-8"});
  if (const auto* rejected = std::get_if<Rejected>(&outcome))
    if (rejected->error.code != "NO_MAPPING") return rejected->error;
  const auto* mapped = std::get_if<Mapped>(&outcome);
  if (!mapped) return std::nullopt;  // no mapping yet: it waits in quarantine, whole
  auto reading = store_.begin(Store::For::reading);
  Workspace people(reading->people(), keys_, evidence_.rules_in(reading->values()));
  for (const auto& fact : mapped->facts) {
    if (!asserts(fact.op)) continue;
    for (const auto& mention : fact.people) {
      std::vector<PersonId> seen;
      for (const auto& token : identifier_tokens(keys_, mention)) {
        const auto& holders = people.holders(token);
        if (form.decides_identity && holders.empty())
          return Error{"NO_SUCH_PERSON", "no source has spoken of one of the two: look at the number again",
                       std::string(name_of(mention.role))};
        const bool apart = !form.decides_identity && !seen.empty() && !holders.empty() &&
                           std::none_of(holders.begin(), holders.end(), [&](PersonId one) {
                             return std::find(seen.begin(), seen.end(), one) != seen.end();
                           });
        if (apart)
          return Error{
              "PEOPLE_JOINED",
              "the numbers are of two people whom the record knows apart (" +
                  person_reference(keys_, seen.front()) + " and " + person_reference(keys_, holders.front()) +
                  "): whether they are one is decided by looking at both, with the form identity-same",
              std::string(name_of(mention.role))};
        seen.insert(seen.end(), holders.begin(), holders.end());
      }
    }
  }
  return std::nullopt;
}

std::variant<CareDesk::Decided, std::vector<Error>> CareDesk::decide(const CareRequest& request) {
  const auto found = form(request.form);
  if (!found) return std::vector{found.error()};
  std::vector<Identifier> person = request.named;
  if (request.of) {
    auto named = identifiers_of(*request.of);
    if (!named) return std::vector{named.error()};
    person = std::move(*named);
    // Who is who is decided of the number that was written: after a merge the person has another one, too.
    if (const auto* written = std::get_if<CitizenNumber>(&*request.of); written && (*found)->decides_identity)
      person = {{IdentifierKind::citizen_number, written->text()}};
  }
  if (!request.id.empty() && !is_entry_id(request.id))
    return std::vector{
        Error{"ENTRY_ID", "--id repeats a request with the id that it had: e01m8n-3xq2m-7h3kd-mw4t9", ""}};
  std::optional<CareEntry> before;
  if (!request.corrects.empty()) {
    auto entry = latest(request.corrects);
    if (!entry) return std::vector{entry.error()};
    before = std::move(*entry);
  }
  const auto now_us = clock_.now_us();
  const auto id = before ? before->id : !request.id.empty() ? request.id : entry_id(now_us, chance());
  auto decided = decide_entry({**found,
                               std::get<FormSet>(forms()).tables(),
                               id,
                               std::move(person),
                               request.values,
                               {request.who, request.why, now_us},
                               today_,
                               before ? &*before : nullptr});
  if (auto* errors = std::get_if<std::vector<Error>>(&decided)) return std::move(*errors);
  auto& entry = std::get<CareEntry>(decided);
  if (!request.id.empty() && !before)
    if (const auto known = latest(request.id)) {
      if (!same_entry(*known, entry))
        return std::vector{Error{
            "ENTRY_EXISTS", "this id was entered with other values: --corrects changes them", request.id}};
      return Decided{*known, to_bytes(*known, **found), true};
    }
  auto body = to_bytes(entry, **found);
  if (auto error = refused(body, **found)) return std::vector{*error};
  return Decided{std::move(entry), std::move(body), false};
}

std::variant<CareDesk::Decided, std::vector<Error>> CareDesk::decide_retraction(const std::string& id,
                                                                                const Signature& signature) {
  const auto before = latest(id);
  if (!before) return std::vector{before.error()};
  const auto found = form(before->form);
  if (!found) return std::vector{found.error()};
  auto entry = take_back(*before, signature);
  if (!entry) return std::vector{entry.error()};
  auto body = to_bytes(*entry, **found);
  return Decided{std::move(*entry), std::move(body), false};
}

std::int32_t CareDesk::partition() const {
  return partition_of(config_, log_, care_desk).value();
}

void CareDesk::append(const Decided& decided) {
  log_.append({event_of(decided.entry, decided.body, clock_.now_us())}, std::nullopt);
}

std::optional<CareEntry> CareDesk::entry_at(std::int64_t sequence, const std::string& id) {
  try {
    const LogPosition before{partition(), sequence - 1, -1};
    const auto events = log_.read({&before, 1}, 1, read_patience_ms);
    if (events.empty() || events.front().position.sequence != sequence ||
        events.front().event.source != source() || events.front().event.key != id)
      return std::nullopt;
    auto entry = entry_from(events.front().event.body);
    if (entry) return std::move(*entry);
  } catch (const LogDamaged&) {  // it keeps events no longer than that
  }
  return std::nullopt;
}

/// Events of the care desk that are in the log and not processed yet.
std::vector<LoggedEvent> CareDesk::waiting_events(StoreTransaction& reading) {
  std::vector<LoggedEvent> found;
  LogPosition at{partition(), reading.positions().at(log_.partition_name(partition())).sequence, -1};
  const auto end = log_.end(partition()).sequence;
  for (std::size_t seen = 0; at.sequence < end && seen < waiting_max;) {
    auto events = log_.read({&at, 1}, read_max, read_patience_ms);
    if (events.empty()) break;
    seen += events.size(), at = events.back().position;
    for (auto& one : events)
      if (one.event.source == source()) found.push_back(std::move(one));
  }
  return found;
}

void CareDesk::add_held(StoreTransaction& reading, const std::string& id, std::vector<Told>& all) {
  Event named;
  named.source = source(), named.key = id;
  const auto key = event_key(named, keys_);
  for (const auto& row : reading.quarantine().held_like({}, {&key, 1})) {
    const auto whole = reading.quarantine().find(row.id);
    if (!whole || whole->source != source()) continue;
    Told told;
    told.id = id, told.state = "quarantined", told.quarantine = std::to_string(row.id);
    told.code = whole->code, told.reason = whole->reason;
    told.received_at_us = whole->received_at_us, told.sequence = whole->event_sequence;
    if (const auto event = decode_event(keys_.unseal(whole->event, quarantine_context(source()))))
      if (auto entry = entry_from(event->body)) told.version = entry->version, told.entry = std::move(*entry);
    all.push_back(std::move(told));
  }
}

void CareDesk::add_recorded(StoreTransaction& reading, const std::string& id, std::vector<Told>& all) {
  std::vector<Token> keys;  // an entry makes facts of kinds that its mapping knows: all are asked for at once
  Fact named;
  named.key = id;
  for (const auto& kind : fact_kinds()) {
    named.kind = kind.kind;
    keys.push_back(statement_key(keys_, source(), named));
  }
  Workspace people(reading.people(), keys_, evidence_.rules_in(reading.values()));
  std::set<std::int64_t> seen;
  for (const auto& home : reading.people().homes(source(), keys)) {
    const auto* entry = people.dossier(home.person).find(home.history);
    if (!entry) continue;
    const auto* history = &entry->history;
    const auto* current = history->current(known_now);
    for (const auto& said : history->versions) {
      if (!seen.insert(said.event_sequence).second) continue;  // several facts of one event
      Told told;
      told.id = id, told.version = said.fact.version;
      told.received_at_us = arrival_of_event(said), told.sequence = said.event_sequence;
      const bool counts = current && said.event_sequence == current->event_sequence;
      told.state = counts ? "applied" : current && !asserts(current->fact.op) ? "retracted" : "corrected";
      told.entry = entry_at(said.event_sequence, id);
      all.push_back(std::move(told));
    }
  }
}

void CareDesk::add_waiting(const std::vector<LoggedEvent>& waiting, const std::string& id,
                           std::vector<Told>& all) {
  for (const auto& one : waiting) {
    auto entry = one.event.key == id ? entry_from(one.event.body) : Result<CareEntry>(Error{});
    if (!entry) continue;
    Told told;
    told.id = id, told.version = entry->version, told.state = "waiting";
    told.received_at_us = one.event.received_at_us, told.sequence = one.position.sequence;
    told.entry = std::move(*entry);
    all.push_back(std::move(told));
  }
}

std::vector<CareDesk::Told> CareDesk::told(const std::string& id) {
  auto reading = store_.begin(Store::For::reading);
  return told(*reading, waiting_events(*reading), id);
}

std::vector<CareDesk::Told> CareDesk::told(StoreTransaction& reading, const std::vector<LoggedEvent>& waiting,
                                           const std::string& id) {
  std::vector<Told> all;
  add_recorded(reading, id, all);
  add_held(reading, id, all);
  add_waiting(waiting, id, all);
  std::sort(all.begin(), all.end(), [](const Told& a, const Told& b) { return a.sequence < b.sequence; });
  return all;
}

Result<std::vector<Identifier>> CareDesk::people_of(const std::string& id) {
  auto entry = latest(id);
  if (!entry) return entry.error();
  return std::move(entry->person);
}

Result<CareEntry> CareDesk::latest(const std::string& id) {
  const auto all = is_entry_id(id) ? told(id) : std::vector<Told>();
  if (all.empty())
    return Error{"NO_SUCH_ENTRY", "nothing was entered under this id: kinhub care list --of ID", id};
  const auto last = std::max_element(all.begin(), all.end(), [](const Told& a, const Told& b) {
    return digits(a.version) < digits(b.version);
  });
  if (!last->entry)
    return Error{"ENTRY_UNREADABLE",
                 "the log no longer has this entry's event, so it can be shown and not changed", id};
  return *last->entry;
}

void CareDesk::describe_facts(const std::string& body, CareEntryView& view) {
  const auto outcome = rules_.mappings.at(source())->apply({body, "application/json", "UTF-8"});
  if (const auto* rejected = std::get_if<Rejected>(&outcome))
    view.code = rejected->error.code, view.reason = rejected->error.text;
  const auto* mapped = std::get_if<Mapped>(&outcome);
  if (!mapped) return;
  for (const auto& fact : mapped->facts) {
    auto& shown = view.facts.emplace_back();
    shown.fact = name_of(fact.kind), shown.op = name_of(fact.op), shown.on = fact.on ? fact.on->text() : "";
    for (const auto& mention : fact.people)
      shown.people.emplace_back(name_of(mention.role),
                                mention.identifiers.empty() ? "" : mention.identifiers.front().value);
  }
}

CareEntryView CareDesk::view_of(const Told& told, bool first) {
  CareEntryView view;
  view.id = told.id, view.state = told.state, view.code = told.code, view.reason = told.reason;
  view.quarantine = told.quarantine, view.version = told.version;
  view.entered_at_us = told.received_at_us, view.sequence = told.sequence;
  view.partition = log_.partition_name(partition());
  if (!told.entry) return view;
  const auto& entry = *told.entry;
  view.version = entry.version, view.form = entry.form, view.who = entry.who, view.why = entry.why,
  view.late = entry.late;
  view.operation = entry.op == CareEntry::Op::take_back ? "retract" : first ? "add" : "correct";
  const auto known = form(entry.form);
  if (known) view.title = (*known)->title.zh;
  for (const auto& [item, text] : entry.values) {
    const auto* field = known ? (*known)->field(item) : nullptr;
    view.values.push_back({item, field ? field->label.zh : item, as_written(field, text), shown(field)});
  }
  if (known) describe_facts(to_bytes(entry, **known), view);
  if (!told.code.empty()) view.code = told.code, view.reason = told.reason;
  return view;
}

CareEntryView CareDesk::outcome(const Decided& decided) {
  const auto all = told(decided.entry.id);
  for (const auto& one : all)
    if (digits(one.version) == digits(decided.entry.version)) return view_of(one, &one == &all.front());
  Told nowhere;  // processed, and neither held nor new: it changes nothing
  nowhere.id = decided.entry.id, nowhere.version = decided.entry.version, nowhere.state = "duplicate";
  nowhere.received_at_us = clock_.now_us(), nowhere.entry = decided.entry;
  return view_of(nowhere, true);
}

CareEntryView CareDesk::plan(const Decided& decided) {
  Told planned;
  planned.id = decided.entry.id, planned.version = decided.entry.version, planned.state = "planned";
  planned.received_at_us = clock_.now_us(), planned.entry = decided.entry;
  return view_of(planned, told(decided.entry.id).empty());
}

bool CareDesk::is_about(Workspace& people, const CareEntry& entry, PersonId person) {
  return std::any_of(entry.person.begin(), entry.person.end(), [&](const Identifier& identifier) {
    const auto& holders = people.holders(identifier_token(keys_, identifier));
    return std::find(holders.begin(), holders.end(), person) != holders.end();
  });
}

Result<std::vector<CareEntryView>> CareDesk::entries(const PersonName& of) {
  auto reading = store_.begin(Store::For::reading);
  const auto person = PersonViews(*reading, keys_, evidence_.rules_in(reading->values())).find(of);
  if (!person) return person.error();
  std::set<std::string> ids;
  Workspace people(reading->people(), keys_, evidence_.rules_in(reading->values()));
  for (const auto& entry : people.dossier(*person).entries)
    for (const auto& said : entry.history.versions)
      if (said.source == source()) ids.insert(said.fact.key);
  auto add_if_about = [&](const Event& event) {
    const auto entry = entry_from(event.body);
    if (entry && is_about(people, *entry, *person)) ids.insert(entry->id);
  };
  reading->quarantine().each(QuarantineState::held, [&](const QuarantineRow& row) {
    if (row.source != source()) return;
    const auto whole = reading->quarantine().find(row.id);
    if (const auto event = decode_event(keys_.unseal(whole->event, quarantine_context(source()))))
      add_if_about(*event);
  });
  const auto waiting = waiting_events(*reading);
  for (const auto& one : waiting)
    add_if_about(one.event);
  std::vector<CareEntryView> views;
  for (const auto& id : ids) {
    const auto all = told(*reading, waiting, id);
    for (const auto& one : all)
      views.push_back(view_of(one, &one == &all.front()));
  }
  std::stable_sort(views.begin(), views.end(),
                   [](const auto& a, const auto& b) { return a.entered_at_us < b.entered_at_us; });
  return views;
}

}  // namespace kinhub
