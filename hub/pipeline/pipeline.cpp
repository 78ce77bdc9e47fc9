#include "hub/pipeline/pipeline.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <random>
#include <set>
#include <utility>

#include "hub/base/bytes.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/mask.hpp"
#include "hub/stream/event_codec.hpp"

namespace kinhub {
namespace {

/// What no mapping can know is checked here: a statement must name someone, and nobody in two roles.
std::optional<Rejected> check(const Mapped& mapped) {
  for (const auto& fact : mapped.facts) {
    std::set<Identifier> seen;
    bool anyone = false;
    for (const auto& mention : fact.people) {
      anyone |= !mention.identifiers.empty() || !mention.former.empty();
      for (const auto& identifier : mention.identifiers)
        if (!seen.insert(identifier).second)
          return Rejected{
              {"ROLE_CONFLICT",
               "one " + std::string(name_of(identifier.kind)) +
                   " stands for two people of the same record: ask the source which of them bears it",
               ""},
              "",
              std::string(name_of(mention.role))};
    }
    if (!anyone)
      return Rejected{{"NO_IDENTIFIER",
                       "the record names nobody by a number or certificate, so it belongs to no one: "
                       "ask the source to send one",
                       ""},
                      "",
                      "person"};
  }
  return std::nullopt;
}

Token key_of(const Event& event, const Keyring& keys) {
  return keys.token("event key", event.source + "\n" + event.key);
}

/// Pure: one event to its outcome, with all that can be told of it without the store.
MappedEvent map_event(LoggedEvent logged, const Rules& rules, const Keyring& keys) {
  const auto& event = logged.event;
  std::optional<Outcome> outcome;
  if (event.kind == EventKind::change) {
    auto mapping = rules.mappings.find(event.source);
    if (mapping == rules.mappings.end()) {
      outcome = Rejected{
          {"SOURCE_UNKNOWN", "no source of this name is configured: add it, then replay", ""}, "", ""};
    } else {
      try {
        outcome = mapping->second->apply({event.body, event.content_type, event.charset});
      } catch (const std::exception&) {  // a mapping must not throw; if one does, the event is kept and the
                                         // hub goes on
        outcome = Rejected{
            {"MAPPING_FAILED", "the mapping broke on this event: send it to the maintainers", ""}, "", ""};
      }
      if (const auto* mapped = std::get_if<Mapped>(&*outcome))
        if (auto wrong = check(*mapped)) outcome = *wrong;
    }
  }
  std::vector<KeyedStatement> said;
  if (auto* mapped = outcome ? std::get_if<Mapped>(&*outcome) : nullptr)
    for (auto& fact : std::exchange(mapped->facts, {}))
      said.push_back(
          keyed(keys, {std::move(fact), event.source, event.received_at_us, logged.position.sequence}));
  std::optional<Token> key;
  if (!event.key.empty()) key = key_of(event, keys);
  return {std::move(logged), std::move(outcome), std::move(said), key, 0};
}

std::string digest_of(const Event& event) {
  Packer whole;
  whole.number(static_cast<std::uint64_t>(event.kind));
  for (const auto* part :
       {&event.source, &event.key, &event.content_type, &event.charset, &event.code, &event.body})
    whole.text(*part);
  if (event.body.empty()) whole.text(event.detail), whole.text(event.place);  // nothing else tells two apart
  auto digest = sha256(whole.bytes());
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

constexpr char waits_code[] = "WAITS_BEHIND";
constexpr std::size_t parents_per_page = 500;
constexpr std::uint32_t look_up_ms = 200;  // how soon a change of ownership is noticed while nothing comes
constexpr std::size_t dossier_entries_max = 2000;  // an honest life has a few hundred

std::string waits_text(std::int64_t behind) {
  return "waits behind quarantined event " + std::to_string(behind) +
         " of the same record: mend or discard that one";
}

/// An error as the quarantine keeps it: the place with its file. It stands unsealed, and an agency may put a
/// number anywhere: in a file's name, a key, a charset.
Error as_shown(const Event& event, Error error) {
  error.place =
      mask_numbers_in(event.origin + (event.origin.empty() || error.place.empty() ? "" : ": ") + error.place);
  error.text = mask_numbers_in(error.text);
  return error;
}

/// The advance of this partition was refused: the batch must not be stored.
struct Refused {
  std::int32_t partition;
};

/// What a batch moves: for each partition the stretch its events cover. Nothing: they do not follow on each
/// other, as happens when a partition was lost and gained again between two reads.
std::optional<std::map<std::int32_t, Advance>> moves_of(const std::vector<MappedEvent>& events,
                                                        const EventLog& log) {
  std::map<std::int32_t, Advance> moves;
  for (const auto& event : events) {
    const auto& at = event.logged.position;
    const auto lease_epoch = event.lease_epoch;
    auto [known, fresh] = moves.try_emplace(at.partition);
    auto& move = known->second;
    if (fresh) move = {log.partition_name(at.partition), at.sequence - 1, at.sequence - 1, -1, lease_epoch};
    if (at.sequence != move.to_sequence + 1 || lease_epoch != move.lease_epoch) return std::nullopt;
    move.to_sequence = at.sequence, move.to_offset = at.offset;
  }
  return moves;
}

/// One outage: said once when it begins and once when it is over, with growing pauses between the tries.
class Outage {
 public:
  Outage(const Listener& listener, const Pipeline::Options& options)
      : listener_(listener), options_(options) {}

  void wait(const std::string& why, std::stop_token stop) {
    if (pause_ms_ == 0 && listener_.waits) listener_.waits(why);
    pause_ms_ = std::min(pause_ms_ == 0 ? options_.retry_first_ms : pause_ms_ * 2, options_.retry_max_ms);
    std::uniform_int_distribution<std::uint32_t> some(pause_ms_ / 2,
                                                      pause_ms_);  // so that nodes do not come back in step
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, stop, std::chrono::milliseconds(some(chance_)), [] { return false; });
  }
  void over() {
    if (pause_ms_ == 0) return;
    pause_ms_ = 0;
    if (listener_.goes_on) listener_.goes_on("log and store answer again: the hub goes on where it was");
  }

 private:
  const Listener& listener_;
  const Pipeline::Options& options_;
  std::uint32_t pause_ms_ = 0;  // 0: there is none
  std::minstd_rand chance_{std::random_device{}()};
  std::mutex mutex_;
  std::condition_variable_any woken_;
};

/// How many events go into one transaction. A batch that takes the store or this machine longer than the
/// server waits would fail again and again: it is tried in halves, and larger again when a while went well.
class Portion {
 public:
  explicit Portion(std::size_t most) : most_(std::max<std::size_t>(most, 1)), size_(most_) {}

  std::size_t size() const { return size_; }
  void tried(std::size_t count) { trying_ = count; }
  void stored() {
    trying_ = 0;
    if (size_ == most_ || ++went_well_ < calm_after) return;
    size_ = std::min(size_ * 2, most_), went_well_ = 0;
  }
  /// Also when nothing was being tried: then it changes nothing.
  void failed() {
    if (trying_ > 0) size_ = std::max<std::size_t>(trying_ / 2, 1), went_well_ = 0;
    trying_ = 0;
  }

 private:
  static constexpr int calm_after = 16;
  const std::size_t most_;
  std::size_t size_, trying_ = 0;
  int went_well_ = 0;
};

}  // namespace

std::string quarantine_context(std::string_view source) {
  return "quarantine " + std::string(source);
}

/// One batch in its transaction. Reads top to bottom as the journey goes.
class Pipeline::Batch {
 public:
  Batch(Pipeline& pipeline, StoreTransaction& store)
      : pipeline_(pipeline), store_(store), people_(store, pipeline.keys_) {
    pipeline.desk_.begin(store, coverage_of(store.coverage(), pipeline.rules_.covers, pipeline.today()),
                         pipeline.today());
  }

  /// Before the first event: everyone they speak of, and what is held of the same records or bytes.
  void foresee(std::span<const MappedEvent> events) {
    std::vector<Token> keys;
    std::vector<std::string> digests;
    std::vector<const KeyedStatement*> said;
    for (const auto& event : events) {
      if (event.logged.event.kind == EventKind::coverage) continue;
      if (event.key)
        keys.push_back(*event.key);  // the same bytes have the same key
      else
        digests.push_back(digest_of(event.logged.event));
      for (const auto& statement : event.said)
        said.push_back(&statement);
    }
    foresee_held(std::move(digests), std::move(keys));
    pipeline_.desk_.foresee(people_.prefetch(said), people_, store_);
  }
  void foresee_held(std::vector<std::string> digests, std::vector<Token> keys) {
    auto sort = [](auto& all) {
      std::sort(all.begin(), all.end());
      all.erase(std::unique(all.begin(), all.end()), all.end());
    };
    sort(digests), sort(keys);
    for (const auto& row : store_.held_like(digests, keys))
      remember(row.id, row.digest, row.key);
  }

  /// The journey: set aside what cannot be read or must wait; else amend the record, evaluate, announce.
  void take(const MappedEvent& mapped) {
    const auto& event = mapped.logged.event;
    if (event.kind == EventKind::coverage) return note_coverage(event);
    if (!held_.digests.empty() && held_.digests.contains(digest_of(event)))
      return count(event.source, &Counters::duplicate);
    if (event.kind == EventKind::rejected)
      return set_aside(mapped.logged, {{event.code, event.detail, event.place}, "", ""});
    if (auto behind = first_held(mapped))
      return set_aside(mapped.logged, {{waits_code, waits_text(*behind), ""}, "", ""});
    if (const auto* rejected = std::get_if<Rejected>(&*mapped.outcome))
      return set_aside(mapped.logged, *rejected);
    if (auto common = too_common(mapped)) return set_aside(mapped.logged, *common);
    count(event.source, apply(mapped));
  }

  /// A statement each; the same said again changes nothing.
  std::int64_t Counters::*apply(const MappedEvent& mapped) {
    if (std::holds_alternative<Filtered>(*mapped.outcome)) return &Counters::filtered;
    bool news = false;
    std::vector<PersonId> touched;
    for (const auto& statement : mapped.said) {
      auto before = vitals_before(statement);
      auto change = people_.add(statement);
      news |= !change.repetition;
      for (auto merged : change.merged)
        pipeline_.desk_.merge(merged.from, merged.into, people_, store_);
      bool moves_no_right = before && change.merged.empty() && change.touched.size() == 1 &&
                            vitals_of(change.touched.front()) == *before;
      if (!moves_no_right) touched.insert(touched.end(), change.touched.begin(), change.touched.end());
    }
    if (!news) return &Counters::duplicate;
    if (!touched.empty()) pipeline_.desk_.review(touched, people_, store_);
    return &Counters::applied;
  }

  void save() {
    people_.save();
    for (const auto& [source, change] : counters_)
      store_.add_counters(source, change);
  }

  void review_parents(const std::vector<PersonId>& parents) {
    std::size_t since_page = 0;
    for (auto parent : parents) {
      pipeline_.desk_.review_parent(parent, people_, store_);
      if (++since_page % parents_per_page == 0) people_.turn_page();
    }
  }

  /// Those that waited behind a freed key, in order, as far as they can go.
  void follow(const std::string& source, const Token& key) {
    for (;;) {
      auto behind = held_.keys.find(key);
      if (behind == held_.keys.end() || behind->second.empty()) return;
      auto id = behind->second.front();
      auto row = store_.quarantined(id);
      if (!row || row->source != source || row->code != waits_code) return;
      if (auto wrong = retry(*row)) {
        store_.update_quarantine(id, QuarantineState::held, row->attempts + 1, wrong->error.code,
                                 wrong->error.place, wrong->error.text);
        for (auto other : behind->second)  // the rest waits behind this one now
          if (auto waiting = store_.quarantined(other); waiting && waiting->code == waits_code)
            store_.update_quarantine(other, QuarantineState::held, waiting->attempts, waits_code,
                                     waiting->place, waits_text(id));
        return;
      }
    }
  }

  /// Runs a held event again. Nothing: it is applied and free.
  std::optional<Rejected> retry(const QuarantineRow& row) {
    auto event = decode_event(pipeline_.keys_.unseal(row.event, quarantine_context(row.source)));
    if (!event) throw std::runtime_error("a quarantined event cannot be read back: the store is damaged");
    if (event->kind == EventKind::rejected)
      return Rejected{as_shown(*event, {event->code, event->detail, event->place}), "", ""};
    auto mapped = map_event({{0, row.event_sequence}, std::move(*event)}, pipeline_.rules_, pipeline_.keys_);
    if (auto* rejected = std::get_if<Rejected>(&*mapped.outcome)) {
      rejected->error = as_shown(mapped.logged.event, std::move(rejected->error));
      return std::move(*rejected);
    }
    auto outcome = apply(mapped);
    release(row, QuarantineState::applied, row.reason);
    counters_[row.source].*outcome += 1;
    return std::nullopt;
  }

  void release(const QuarantineRow& row, QuarantineState state, const std::string& reason) {
    store_.update_quarantine(row.id, state, row.attempts + (state == QuarantineState::applied ? 1 : 0),
                             row.code, row.place, reason);
    counters_[row.source].quarantined -= 1;
    held_.digests.erase(row.digest);
    if (row.key) std::erase(held_.keys[*row.key], row.id);
  }

  void count(const std::string& source, std::int64_t Counters::*what) { counters_[source].*what += 1; }

 private:
  /// A number that thousands of records bear is nobody's: a dummy of some form. It must not stop the hub.
  std::optional<Rejected> too_common(const MappedEvent& mapped) {
    for (const auto& [statement, topic, tokens] : mapped.said)
      for (std::size_t m = 0; m < statement.fact.people.size(); ++m) {
        const auto& mention = statement.fact.people[m];
        for (std::size_t i = 0; i < mention.identifiers.size(); ++i)
          for (auto person : people_.holders(tokens[m][i]))
            if (people_.dossier(person).entries.size() >= dossier_entries_max)
              return Rejected{
                  {"IDENTIFIER_TOO_COMMON",
                   "thousands of records bear this " + std::string(name_of(mention.identifiers[i].kind)) +
                       ": ask the source whether it is a dummy",
                   ""},
                  "",
                  std::string(name_of(mention.role))};
      }
    return std::nullopt;
  }

  /// All that an insurance or household line can say of someone that a right could hang on.
  struct Vitals {
    std::optional<PartialDate> born;
    Sex sex = Sex::unknown;
    bool registered = false;
    friend bool operator==(const Vitals&, const Vitals&) = default;
  };
  Vitals vitals_of(PersonId person) {
    const auto& portrait = people_.portrait(person);
    return {portrait.born, portrait.sex, portrait.registered};
  }
  /// Before such a line about one known person is added; nothing for any other fact.
  std::optional<Vitals> vitals_before(const KeyedStatement& keyed) {
    const auto& fact = keyed.statement.fact;
    if (fact.kind != FactKind::insurance && fact.kind != FactKind::household) return std::nullopt;
    PersonId person;
    for (std::size_t m = 0; m < fact.people.size(); ++m)
      for (std::size_t i = 0; i < fact.people[m].identifiers.size(); ++i)
        for (auto holder : people_.holders(keyed.identifiers[m][i])) {
          if (person && person != holder) return std::nullopt;
          person = holder;
        }
    if (!person) return std::nullopt;
    return vitals_of(person);
  }

  void note_coverage(const Event& event) {
    CoverageRow row{event.source, false, 0};
    auto rows = store_.coverage();
    for (const auto& known : rows)
      if (known.source == event.source) row = known;
    row.loaded |= event.code == "snapshot";
    row.complete_until_us = std::max(row.complete_until_us, event.occurred_at_us.value_or(0));
    store_.put_coverage(row);
    count(event.source, &Counters::applied);
    auto now = coverage_of(store_.coverage(), pipeline_.rules_.covers, pipeline_.today());
    auto& desk = pipeline_.desk_;
    bool same = now.children == desk.coverage().children && now.marriages == desk.coverage().marriages &&
                now.residence == desk.coverage().residence;
    if (same) return;
    desk.set_coverage(now);
    review_parents(store_.people_with_leads(
        LeadState::open));  // silence never makes or ends a right, it only makes one surer
  }

  void set_aside(const LoggedEvent& logged, const Rejected& rejected) {
    const auto& event = logged.event;
    QuarantineRow row;
    row.source = event.source;
    if (!event.key.empty()) row.key = key_of(event, pipeline_.keys_);
    row.key_text = mask_key(event.key);
    row.code = rejected.error.code;
    const auto error = as_shown(event, rejected.error);
    row.place = error.place;
    row.reason = error.text;
    row.mapping = rejected.mapping;
    row.received_at_us = event.received_at_us;
    row.bytes = static_cast<std::int64_t>(event.body.size());
    row.digest = digest_of(event);
    row.event_sequence = logged.position.sequence;
    std::string plain;
    encode(event, plain);
    row.event = pipeline_.keys_.seal(plain, quarantine_context(event.source));
    auto id = store_.add_quarantine(row);
    remember(id, row.digest, row.key);
    count(event.source, &Counters::quarantined);
  }

  void remember(std::int64_t id, const std::string& digest, const std::optional<Token>& key) {
    held_.digests.emplace(digest, id);
    if (key) held_.keys[*key].push_back(id);
  }

  std::optional<std::int64_t> first_held(const MappedEvent& event) {
    if (!event.key || held_.keys.empty()) return std::nullopt;
    auto held = held_.keys.find(*event.key);
    if (held == held_.keys.end() || held->second.empty()) return std::nullopt;
    return held->second.front();
  }

  Pipeline& pipeline_;
  StoreTransaction& store_;
  Workspace people_;
  Held held_;
  std::map<std::string, Counters> counters_;
};

Pipeline::Pipeline(EventLog& log, Store& store, const Keyring& keys, const Rules& rules, const Clock& clock,
                   Ownership& ownership, Options options)
    : log_(log),
      store_(store),
      keys_(keys),
      rules_(rules),
      clock_(clock),
      ownership_(ownership),
      options_(options),
      desk_(*rules.policies, keys, clock) {}

Date Pipeline::today() const {
  return options_.today ? *options_.today : shanghai_date(clock_.now_us());
}

template <class Work>
auto Pipeline::in_one_transaction(Work work) {
  auto store = store_.begin(Store::For::writing);
  failpoint("batch.begun");
  Batch batch(*this, *store);
  auto result = work(batch, *store);
  batch.save();
  failpoint("batch.saved");
  store->commit();
  failpoint("batch.committed");
  return result;
}

/// One transaction for the events of all partitions. Where something changed hands since they were read, what
/// was read ahead is worth nothing: what is stored tells where to go on.
Pipeline::Step Pipeline::process(std::vector<MappedEvent> events) {
  const auto owned = ownership_.owned();
  auto dropped = std::erase_if(events, [&](const auto& event) {
    OwnedPartition by{event.logged.position.partition, event.lease_epoch};
    return std::find(owned.begin(), owned.end(), by) == owned.end();
  });
  if (events.empty()) return {0, false};
  const auto moves = moves_of(events, log_);
  if (!moves) return {0, false};
  try {
    in_one_transaction([&](Batch& batch, StoreTransaction& store) {
      for (const auto& [partition, move] : *moves)
        if (!store.advance(move)) throw Refused{partition};
      failpoint("batch.advanced");
      batch.foresee(events);
      for (const auto& event : events)
        batch.take(event);
      failpoint("batch.taken");
      return true;
    });
  } catch (const Refused& refused) {
    ownership_.lost(refused.partition);
    return {0, false};
  }
  return {static_cast<std::int64_t>(events.size()), dropped == 0};
}

MappedEvent Pipeline::map(LoggedEvent logged) const {
  return map_event(std::move(logged), rules_, keys_);
}

std::int64_t Pipeline::drain(std::stop_token stop,
                             const std::function<void(std::int64_t, std::int64_t)>& progress) {
  ReadAhead::Ends ends;
  std::int64_t total = 0, done = 0;
  for (const auto& one : ownership_.owned()) {
    try {
      ends[one.partition] = log_.end(one.partition).sequence;
    } catch (const LogDamaged& damaged) {
      if (damaged.partition() == LogDamaged::whole_log) throw;
      ownership_.stopped(one.partition, damaged.what());
      continue;
    }
    auto at = store_.begin(Store::For::reading)->position(log_.partition_name(one.partition)).sequence;
    total += std::max<std::int64_t>(ends[one.partition] - at, 0);
  }
  while (!stop.stop_requested()) {
    ReadAhead ahead(
        log_, store_, ownership_, [&](LoggedEvent logged) { return map(std::move(logged)); },
        {options_.batch_events_max, look_up_ms}, ends);
    for (;;) {
      auto batch = ahead.take(stop, look_up_ms);
      if (!batch) return done;
      if (batch->empty()) continue;
      auto step = process(std::move(*batch));
      done += step.stored;
      if (progress && step.stored > 0) progress(done, std::max(done, total));
      if (!step.goes_on) break;
    }
  }
  return done;
}

void Pipeline::run(std::stop_token stop, const Listener& listener) {
  Outage outage(listener, options_);
  Portion portion(options_.batch_events_max);
  while (!stop.stop_requested()) {
    try {
      ReadAhead ahead(log_, store_, ownership_, [&](LoggedEvent logged) { return map(std::move(logged)); },
                      {options_.batch_events_max, look_up_ms});
      while (auto batch = ahead.take(stop, look_up_ms)) {
        if (batch->empty()) {
          if (ahead.in_touch()) outage.over();
          continue;
        }
        bool goes_on = true;
        for (auto next = batch->begin(); goes_on && next != batch->end() && !stop.stop_requested();) {
          auto count = std::min(portion.size(), static_cast<std::size_t>(batch->end() - next));
          auto end = next + static_cast<std::ptrdiff_t>(count);
          portion.tried(count);
          auto step = process({std::make_move_iterator(next), std::make_move_iterator(end)});
          portion.stored();
          outage.over();
          if (listener.after_batch && step.stored > 0) listener.after_batch();
          goes_on = step.goes_on, next = end;
        }
        if (!goes_on) break;
      }
    } catch (const Unavailable& unavailable) {
      portion.failed();
      outage.wait(unavailable.what(), stop);
    }
  }
}

std::int64_t Pipeline::scan() {
  std::vector<PersonId> parents;
  {
    auto reading = store_.begin(Store::For::reading);
    parents = reading->due(today());
    auto open = reading->people_with_leads(LeadState::open);
    parents.insert(parents.end(), open.begin(), open.end());
    // Other policies may give or end rights of people nothing else was told of.
    if (reading->value("policies digest") != rules_.policies_digest) parents = reading->all_people();
  }
  std::sort(parents.begin(), parents.end());
  parents.erase(std::unique(parents.begin(), parents.end()), parents.end());
  // One transaction for each page: events go on between them, and each parent's review stands by itself.
  for (std::size_t at = 0; at < parents.size(); at += parents_per_page) {
    std::vector<PersonId> page(
        parents.begin() + static_cast<std::ptrdiff_t>(at),
        parents.begin() + static_cast<std::ptrdiff_t>(std::min(at + parents_per_page, parents.size())));
    in_one_transaction([&](Batch& batch, StoreTransaction&) {
      batch.review_parents(page);
      return true;
    });
  }
  in_one_transaction([&](Batch&, StoreTransaction& store) {
    store.put_value("last scan", today().text());
    store.put_value("policies digest", rules_.policies_digest);
    return true;
  });
  return static_cast<std::int64_t>(parents.size());
}

Result<std::int64_t> Pipeline::replay(std::int64_t id) {
  return in_one_transaction([&](Batch& batch, StoreTransaction& store) -> Result<std::int64_t> {
    auto row = store.quarantined(id);
    if (!row)
      return Error{"QUARANTINE_UNKNOWN", "no such event in quarantine: see quarantine list",
                   std::to_string(id)};
    if (row->state != QuarantineState::held)
      return Error{"QUARANTINE_NOT_HELD", "this event was applied or discarded before", std::to_string(id)};
    if (row->key) batch.foresee_held({}, {*row->key});
    if (auto wrong = batch.retry(*row)) {
      store.update_quarantine(id, QuarantineState::held, row->attempts + 1, wrong->error.code,
                              wrong->error.place, wrong->error.text);
      return Error{"QUARANTINE_STILL_REJECTED", describe(wrong->error), std::to_string(id)};
    }
    if (row->key) batch.follow(row->source, *row->key);
    return id;
  });
}

Result<std::int64_t> Pipeline::discard(std::int64_t id, const std::string& reason) {
  return in_one_transaction([&](Batch& batch, StoreTransaction& store) -> Result<std::int64_t> {
    auto row = store.quarantined(id);
    if (!row)
      return Error{"QUARANTINE_UNKNOWN", "no such event in quarantine: see quarantine list",
                   std::to_string(id)};
    if (row->state != QuarantineState::held)
      return Error{"QUARANTINE_NOT_HELD", "this event was applied or discarded before", std::to_string(id)};
    if (row->key) batch.foresee_held({}, {*row->key});
    batch.release(*row, QuarantineState::discarded, row->reason);
    store.put_value("discarded " + std::to_string(id), keys_.seal(reason, "discarded " + std::to_string(id)));
    batch.count(row->source, &Counters::filtered);
    batch.count(row->source, &Counters::discarded);
    if (row->key) batch.follow(row->source, *row->key);
    return id;
  });
}

Result<LeadRow> Pipeline::decide(LeadId id, LeadState verdict, const std::string& reason,
                                 const std::string& by) {
  return in_one_transaction([&](Batch&, StoreTransaction& store) -> Result<LeadRow> {
    auto lead = store.lead(id);
    if (!lead) return Error{"LEAD_UNKNOWN", "no such lead: see kinhub leads", std::to_string(id.value)};
    return desk_.decide(std::move(*lead), verdict, reason, by, store);
  });
}

}  // namespace kinhub
