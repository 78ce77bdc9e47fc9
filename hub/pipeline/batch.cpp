#include "hub/pipeline/batch.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>

#include "hub/pipeline/correction.hpp"
#include "hub/pipeline/identity_queue.hpp"
#include "hub/pipeline/limits.hpp"
#include "hub/store/entries.hpp"
#include "hub/stream/event_codec.hpp"

namespace kinhub {
namespace {

/// Whether no right can hang on a fact of this kind by itself.
bool is_light(FactKind kind) {
  return !traits_of(kind).moves_rights && !may_be_asked(kind);
}

bool told_earlier(const Statement& claim, const Statement& later) {
  const auto order = compare_versions(claim.fact.version, later.fact.version);
  return order < 0 || (order == 0 && log_before(claim, later));
}

}  // namespace

KeyedStatement as_retraction(const Keyring& keys, const Statement& withdrawal, const Fact& claim) {
  auto fact = withdrawal.fact;
  fact.op = Op::retract;
  fact.people = claim.people;
  Statement retraction(std::move(fact), withdrawal.source, withdrawal.received_at_us,
                       withdrawal.event_sequence, withdrawal.fact_index, withdrawal.event_digest);
  retraction.origin = withdrawal.origin;
  retraction.event_received_at_us = withdrawal.event_received_at_us;
  return keyed(keys, std::move(retraction));
}

/// Snapshot of what a fact that moves no right by itself can change of someone that a right could hang on.
struct Batch::Vitals {
  std::string name;
  std::optional<PartialDate> born;
  Sex sex = Sex::unknown;
  bool registered = false;
  friend bool operator==(const Vitals&, const Vitals&) = default;
};

Batch::Batch(const BatchMeans& means, StoreTransaction& store)
    : means_(means),
      store_(store),
      people_(store.people(), means.keys, means.evidence.rules_in(store.values())),
      held_(store.quarantine(), means.keys) {
  means_.desk.begin(store, coverage_of(store.balance().coverage(), means.rules.covers, means.today),
                    means.rules.covers, means.today);
}

void Batch::prefetch(std::span<const MappedEvent> events) {
  std::vector<Token> keys;
  std::vector<std::string> digests;
  std::vector<const KeyedStatement*> said;
  for (const auto& event : events) {
    if (event.logged.event.kind == EventKind::coverage) continue;
    if (event.key)
      keys.push_back(*event.key);  // the same bytes have the same key
    else
      digests.push_back(event_digest(event.logged.event));
    if (event.beside) keys.push_back(*event.beside);
    for (const auto& statement : event.said)
      said.push_back(&statement);
  }
  held_.prefetch(std::move(digests), std::move(keys));
  const auto rights = people_.prefetch(said);
  as_far_as_readable([&] { means_.desk.foresee(rights, people_, store_); });
}

/// Whether all that the work needed could be read; what could not is noted. REQUIRES: work that reads before
/// it changes anything.
template <class Work>
bool Batch::as_far_as_readable(Work work) {
  try {
    work();
    return true;
  } catch (const DossierUnreadable& damage) {
    spdlog::error("{}", damage.what());
    note_unreadable(store_.values(), damage.person());
    return false;
  }
}

void Batch::take(const MappedEvent& mapped) {
  const auto& event = mapped.logged.event;
  if (event.kind == EventKind::coverage) return note_coverage(event);
  if (held_.holds(event)) return count(event.source, &Counters::duplicate);
  if (event.kind == EventKind::rejected)
    return set_aside(mapped.logged, {{event.code, event.detail, event.place}, "", ""});
  auto behind = held_.first_of(mapped.key);
  if (!behind) behind = held_.first_of(mapped.beside);
  if (behind) return set_aside(mapped.logged, {{waits_code, waits_text(*behind), ""}, "", ""});
  if (const auto* rejected = std::get_if<Rejected>(&*mapped.outcome))
    return set_aside(mapped.logged, *rejected);
  if (auto over = over_limits(mapped)) return set_aside(mapped.logged, *over);
  count(event.source, apply(mapped));
}

/// Idempotent apply: a statement for each fact, and the same said again changes nothing.
std::int64_t Counters::*Batch::apply(const MappedEvent& mapped) {
  if (std::holds_alternative<Filtered>(*mapped.outcome)) return &Counters::filtered;
  if (!stands_as_compared(mapped.logged.event, mapped.said, people_, means_.keys))
    return &Counters::filtered;  // what it would mend has changed since: the next run looks at it again
  bool news = false, said_any = false;
  const auto before = vitals_before(mapped.said);
  std::vector<PersonId> touched, touched_lightly;
  for (const auto& told : mapped.said) {
    std::optional<KeyedStatement> retraction;
    if (told.statement.fact.op == Op::withdraw) {
      const auto claim = withdrawn_claim(told);
      if (!claim) continue;
      retraction = as_retraction(means_.keys, told.statement, *claim);
    }
    const auto& statement = retraction ? *retraction : told;
    said_any = true;
    auto change = people_.add(statement);
    news |= !change.repetition;
    book(change, mapped.logged.event.source);
    if (means_.rules.linkage && decides_identity(statement.statement.fact)) {
      change.regrouped.insert(change.regrouped.end(), change.touched.begin(), change.touched.end());
      IdentityQueue(store_.identity_pairs(), people_, means_.keys, *means_.rules.linkage)
          .settle(change.regrouped, statement.statement.received_at_us);
    }
    const bool lightly = is_light(statement.statement.fact.kind) && change.merged.empty() &&
                         change.regrouped.size() <= 1 && change.touched.size() == 1 &&
                         before.contains(change.touched.front());
    auto& whom = lightly ? touched_lightly : touched;
    whom.insert(whom.end(), change.touched.begin(), change.touched.end());
  }
  if (!said_any) return &Counters::filtered;  // it withdraws what nobody said
  for (auto person : touched_lightly)
    if (std::find(touched.begin(), touched.end(), person) == touched.end() &&
        vitals_of(person) != before.at(person))
      touched.push_back(person);
  if (!touched.empty()) means_.desk.review(touched, people_, store_);
  return news ? &Counters::applied : &Counters::duplicate;
}

void Batch::set_aside(const MappedEvent& mapped, const DossierUnreadable& damage) {
  note_unreadable(store_.values(), damage.person());
  set_aside(mapped.logged, {{unreadable_code, damage.what(), ""}, "", ""});
}

void Batch::review_restored() {
  for (auto person : unreadable_people(store_.values())) {
    if (!as_far_as_readable([&] { people_.dossier(person); })) continue;
    note_readable(store_.values(), person);
    review_around(person);
  }
}

/// Re-evaluates whom a person concerns, each by itself: who cannot be read keeps nobody else from it.
void Batch::review_around(PersonId person) {
  std::vector<PersonId> concerned;
  as_far_as_readable([&] { concerned = concerned_by(person, people_); });
  for (auto one : concerned)
    as_far_as_readable([&] {
      if (means_.desk.is_kept_of(one, people_)) means_.desk.review_parent(one, people_, store_);
    });
}

/// What follows from a change of the record before anybody's rights are looked at.
void Batch::book(const Workspace::Change& change, const std::string& source) {
  if (change.unmatched != 0) counters_[source].unmatched += change.unmatched;
  if (!change.regrouped.empty()) means_.desk.rehome(change, people_, store_);
}

void Batch::review(const std::vector<PersonId>& parents) {
  for (std::size_t at = 0; at < parents.size(); at += parents_per_page) {
    if (at > 0) people_.turn_page(), means_.desk.turn_page();
    const std::span page(parents.data() + at, std::min(parents_per_page, parents.size() - at));
    people_.prefetch_rights({page.begin(), page.end()});
    as_far_as_readable([&] { means_.desk.foresee(page, people_, store_); });
    for (auto parent : page)
      as_far_as_readable([&] { means_.desk.review_parent(parent, people_, store_); });
  }
}

void Batch::question_deaths(const std::vector<PersonId>& people) {
  people_.prefetch(people);
  for (auto person : people)
    as_far_as_readable([&] { means_.desk.question_death(person, people_, store_); });
}

void Batch::set_aside(const LoggedEvent& logged, const Rejected& rejected) {
  const auto mentioned = held_.set_aside(logged, rejected);
  count(logged.event.source, &Counters::quarantined);
  review_mentioned(mentioned);
}

/// Re-evaluates the people whose numbers stand in an event that is now held, or no longer: of them the
/// silence of its source says nothing while it is.
void Batch::review_mentioned(const std::vector<Token>& numbers) {
  means_.desk.refresh_held(numbers, store_.quarantine());
  std::vector<PersonId> mentioned;
  for (const auto& number : numbers)
    for (auto person : people_.holders(number))
      mentioned.push_back(person);
  for (auto person : mentioned)
    review_around(person);
}

std::vector<Token> Batch::prefetch_held(const QuarantineRow& row) {
  if (!row.key) return {};
  const auto event = held_event(row);
  std::vector<Token> keys = {*row.key, key_beside(event, means_.keys)};
  held_.prefetch({}, keys);
  return keys;
}

void Batch::follow(const std::string& source, const std::vector<Token>& keys, const Unreadable& unreadable) {
  bool freed = true;
  while (freed) {  // each round frees at least one
    freed = false;
    for (const auto& key : keys)
      freed |= follow_one_key(source, key, unreadable);
  }
}

/// Whether any was freed.
bool Batch::follow_one_key(const std::string& source, const Token& key, const Unreadable& unreadable) {
  for (bool freed = false;; freed = true) {
    const auto waiting = held_.all_of(key);
    if (waiting.empty()) return freed;
    const auto id = waiting.front();
    auto row = store_.quarantine().find(id);
    if (!row || row->source != source || row->code != waits_code) return freed;
    if (auto wrong = retry_follower(*row, unreadable)) {
      store_.quarantine().update(id, QuarantineState::held, row->attempts + 1, wrong->error.code,
                                 wrong->error.place, wrong->error.text);
      for (auto other : waiting)  // the rest waits behind this one now
        if (auto later = store_.quarantine().find(other); later && later->code == waits_code)
          store_.quarantine().update(other, QuarantineState::held, later->attempts, waits_code, later->place,
                                     waits_text(id));
      return freed;
    }
  }
}

std::optional<Rejected> Batch::retry_follower(const QuarantineRow& row, const Unreadable& unreadable) {
  if (const auto known = unreadable.find(row.id); known != unreadable.end()) {
    note_unreadable(store_.values(), known->second.person());
    return Rejected{{unreadable_code, known->second.what(), ""}, "", ""};
  }
  try {
    return retry(row);
  } catch (const DossierUnreadable& damage) {
    throw FollowerUnreadable(row.id, damage);
  }
}

Event Batch::held_event(const QuarantineRow& row) const {
  auto event = decode_event(means_.keys.unseal(row.event, quarantine_context(row.source)));
  if (!event) throw std::runtime_error("a quarantined event cannot be read back: the store is damaged");
  return std::move(*event);
}

std::optional<Rejected> Batch::retry(const QuarantineRow& row) {
  auto event = held_event(row);
  if (event.kind == EventKind::rejected)
    return Rejected{as_held(event, {event.code, event.detail, event.place}), "", ""};
  auto mapped =
      map_event({{0, row.event_sequence}, std::move(event)}, means_.rules, means_.keys, means_.today);
  if (auto* rejected = std::get_if<Rejected>(&*mapped.outcome)) {
    rejected->error = as_held(mapped.logged.event, std::move(rejected->error));
    return std::move(*rejected);
  }
  if (auto behind = held_.first_of(mapped.beside); behind && *behind < row.id)
    return Rejected{{waits_code, waits_text(*behind), ""}, "", ""};
  if (auto over = over_limits(mapped)) return over;
  auto outcome = apply(mapped);
  release(row, QuarantineState::applied, row.reason);
  counters_[row.source].*outcome += 1;
  return std::nullopt;
}

void Batch::release(const QuarantineRow& row, QuarantineState state, const std::string& reason) {
  held_.release(row, state, reason);
  counters_[row.source].quarantined -= 1;
  review_mentioned(held_.mentions_of(held_event(row)));
}

void Batch::save() {
  people_.save();
  for (const auto& [source, more] : people_.unnamed().change)
    counters_[source].unnamed += more;
  for (const auto& [source, change] : counters_)
    store_.balance().add_counters(source, change);
}

void Batch::warn() const {
  for (const auto& death : people_.unnamed().news)
    spdlog::warn(
        "event {} of {} tells a death of somebody of whom no citizen number, police id, parent or child is "
        "known: it reaches nobody until another message names the person",
        death.event_sequence, death.source);
}

/// What a key says by the readings that count now, of the events that had arrived by a time: a withdrawal
/// that comes late, or waited, is about what its source had told, as it is read today.
const Statement* said_by(const History& history, std::int64_t arrived_by_us) {
  const auto of_a_reading = [](const Statement& one) { return one.replaced_at_us != 0 || read_anew(one); };
  if (std::none_of(history.versions.begin(), history.versions.end(), of_a_reading))  // nearly always
    return history.current(arrived_by_us);
  std::vector<const Statement*> counting;
  std::vector<Statement> as_arrived;
  for (const auto& one : history.versions) {
    if (one.replaced_at_us != 0) continue;
    counting.push_back(&one);
    as_arrived.push_back(one);
    as_arrived.back().received_at_us = arrival_of_event(one);
  }
  const History now{history.key, Versions(std::move(as_arrived))};
  const auto* current = now.current(arrived_by_us);
  return current ? counting[static_cast<std::size_t>(current - now.versions.begin())] : nullptr;
}

/// What the source holds for true of the happening that the statement withdraws: an assertion of its own
/// about one of the people named, earlier than the withdrawal; under the same key, if there is one.
std::optional<Fact> Batch::withdrawn_claim(const KeyedStatement& withdrawal, Claims among) {
  const auto& statement = withdrawal.statement;
  const auto arrived_by_us = among == Claims::any ? arrival_of_event(statement) : known_now;
  std::optional<Fact> claim;
  for (const auto& tokens : withdrawal.identifiers)
    for (const auto& token : tokens)
      for (auto person : people_.holders(token))
        for (const auto& entry : people_.dossier(person).entries) {
          const auto& told = *entry.history.versions.begin();  // of one kind and source, all of them
          if (told.fact.kind != statement.fact.kind || told.source != statement.source) continue;
          const auto* current = said_by(entry.history, arrived_by_us);
          const bool claims = current && asserts(current->fact.op) && told_earlier(*current, statement) &&
                              (among == Claims::any || log_before(*current, statement));
          if (claims && entry.history.key == withdrawal.history) return current->fact;
          if (claims && !claim) claim = current->fact;
        }
  return claim;
}

std::optional<Rejected> Batch::over_limits(const MappedEvent& mapped) {
  for (const auto& told : mapped.said)
    if (auto rejected = over_limit(told, people_)) return rejected;
  return std::nullopt;
}

Batch::Vitals Batch::vitals_of(PersonId person) {
  const auto& portrait = people_.portrait(person);
  return {portrait.name, portrait.born, portrait.sex, portrait.registered};
}
/// The one known person of whom a fact speaks that moves no right by itself; 0: several, nobody, or it may.
PersonId Batch::lightly_spoken_of(const KeyedStatement& told) {
  const auto& fact = told.statement.fact;
  if (!is_light(fact.kind)) return {};
  PersonId person;
  for (std::size_t m = 0; m < fact.people.size(); ++m)
    for (std::size_t i = 0; i < fact.people[m].identifiers.size(); ++i)
      for (auto holder : people_.holders(told.identifiers[m][i])) {
        if (person && person != holder) return {};
        person = holder;
      }
  return person;
}
/// Takes the snapshots of these people before anything of an event is added.
std::map<PersonId, Batch::Vitals> Batch::vitals_before(std::span<const KeyedStatement> said) {
  std::map<PersonId, Vitals> before;
  for (const auto& told : said)
    if (const auto person = lightly_spoken_of(told); person && !before.contains(person))
      before.emplace(person, vitals_of(person));
  return before;
}

void Batch::note_coverage(const Event& event) {
  CoverageRow before{event.source, false, 0};
  for (const auto& known : store_.balance().coverage())
    if (known.source == event.source) before = known;
  auto row = before;
  row.loaded |= event.code == "snapshot";
  // A claim ends at its receipt; one that once counted beyond this receipt was none, so a lower one counts.
  const auto claim = std::min(event.occurred_at_us.value_or(0), event.received_at_us);
  const bool impossible = row.complete_until_us > event.received_at_us;
  row.complete_until_us = impossible ? claim : std::max(row.complete_until_us, claim);
  put_coverage(before, row, event.received_at_us);
  count(event.source, &Counters::applied);
}

std::optional<CoverageTakenBack> Batch::take_back_coverage(const std::string& source, std::int64_t until_us,
                                                           std::int64_t at_us) {
  for (const auto& known : store_.balance().coverage()) {
    if (known.source != source || known.complete_until_us <= until_us) continue;
    auto row = known;
    row.complete_until_us = until_us;
    put_coverage(known, row, at_us);
    return CoverageTakenBack{known.complete_until_us, until_us};
  }
  return std::nullopt;
}

void Batch::put_coverage(const CoverageRow& before, const CoverageRow& row, std::int64_t at_us) {
  kinhub::note_coverage(store_, before, row, at_us);
  auto now = coverage_of(store_.balance().coverage(), means_.rules.covers, means_.today);
  auto& desk = means_.desk;
  if (now == desk.coverage()) return;
  desk.set_coverage(now);
  // Open leads suffice: silence never makes or ends a right, it only makes one surer.
  std::vector<PersonId> people;
  store_.leads().each_person_with_open([&](PersonId person) { people.push_back(person); });
  review(people);
}

}  // namespace kinhub
