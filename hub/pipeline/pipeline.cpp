#include "hub/pipeline/pipeline.hpp"

#include <algorithm>
#include <exception>
#include <set>
#include <thread>

#include "hub/base/bounded_queue.hpp"
#include "hub/base/bytes.hpp"
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
          return Rejected{{"ROLE_CONFLICT", "one " + std::string(name_of(identifier.kind)) +
                           " stands for two people of the same record: ask the source which of them bears it", ""},
                          "", std::string(name_of(mention.role))};
    }
    if (!anyone)
      return Rejected{{"NO_IDENTIFIER", "the record names nobody by a number or certificate, so it belongs to no one: "
                       "ask the source to send one", ""}, "", "person"};
  }
  return std::nullopt;
}

/// Pure: one event to its outcome.
MappedEvent map_event(LoggedEvent logged, const Rules& rules) {
  const auto& event = logged.event;
  std::optional<Outcome> outcome;
  if (event.kind == EventKind::change) {
    auto mapping = rules.mappings.find(event.source);
    if (mapping == rules.mappings.end()) {
      outcome = Rejected{{"SOURCE_UNKNOWN", "no source of this name is configured: add it, then replay", ""}, "", ""};
    } else {
      try {
        outcome = mapping->second->apply({event.body, event.content_type, event.charset});
      } catch (const std::exception&) {  // a mapping must not throw; if one does, the event is kept and the hub goes on
        outcome = Rejected{{"MAPPING_FAILED", "the mapping broke on this event: send it to the maintainers", ""}, "", ""};
      }
      if (const auto* mapped = std::get_if<Mapped>(&*outcome))
        if (auto wrong = check(*mapped)) outcome = *wrong;
    }
  }
  return {std::move(logged), std::move(outcome)};
}

std::string digest_of(const Event& event) {
  Packer whole;
  whole.number(static_cast<std::uint64_t>(event.kind));
  for (const auto* part : {&event.source, &event.key, &event.content_type, &event.charset, &event.code, &event.body})
    whole.text(*part);
  if (event.body.empty()) whole.text(event.detail), whole.text(event.place);  // nothing else tells two apart
  auto digest = sha256(whole.bytes());
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

constexpr char waits_code[] = "WAITS_BEHIND";
constexpr std::size_t parents_per_page = 500;
constexpr std::size_t dossier_entries_max = 2000;  // an honest life has a few hundred

std::string waits_text(std::int64_t behind) {
  return "waits behind quarantined event " + std::to_string(behind) + " of the same record: mend or discard that one";
}

/// An error as the quarantine keeps it: the place with its file. It stands unsealed, and an agency may put a number
/// anywhere: in a file's name, a key, a charset.
Error as_shown(const Event& event, Error error) {
  error.place = mask_numbers_in(event.origin + (event.origin.empty() || error.place.empty() ? "" : ": ") + error.place);
  error.text = mask_numbers_in(error.text);
  return error;
}

}  // namespace

std::string quarantine_context(std::string_view source) { return "quarantine " + std::string(source); }

/// One batch in its transaction. Reads top to bottom as the journey goes.
class Pipeline::Batch {
 public:
  Batch(Pipeline& pipeline, StoreTransaction& store)
      : pipeline_(pipeline), store_(store), people_(store, pipeline.keys_) {
    pipeline.desk_.begin(store, coverage_of(store.coverage(), pipeline.rules_.covers, pipeline.today()), pipeline.today());
  }

  /// Before the first event: what is held of the same records or bytes.
  void foresee(std::span<const MappedEvent> events) {
    std::vector<Token> keys;
    std::vector<std::string> digests;
    for (const auto& [logged, outcome] : events) {
      if (logged.event.kind == EventKind::coverage) continue;
      if (logged.event.key.empty()) digests.push_back(digest_of(logged.event));
      else keys.push_back(key_of(logged.event));  // the same bytes have the same key
    }
    foresee_held(std::move(digests), std::move(keys));
  }
  void foresee_held(std::vector<std::string> digests, std::vector<Token> keys) {
    auto sort = [](auto& all) {
      std::sort(all.begin(), all.end());
      all.erase(std::unique(all.begin(), all.end()), all.end());
    };
    sort(digests), sort(keys);
    for (const auto& row : store_.held_like(digests, keys)) remember(row.id, row.digest, row.key);
  }

  /// The journey: set aside what cannot be read or must wait; else amend the record, evaluate, announce.
  void take(const MappedEvent& mapped) {
    const auto& event = mapped.logged.event;
    if (event.kind == EventKind::coverage) return note_coverage(event);
    if (!held_.digests.empty() && held_.digests.contains(digest_of(event))) return count(event.source, &Counters::duplicate);
    if (event.kind == EventKind::rejected)
      return set_aside(mapped.logged, {{event.code, event.detail, event.place}, "", ""});
    if (auto behind = first_held(event))
      return set_aside(mapped.logged, {{waits_code, waits_text(*behind), ""}, "", ""});
    if (const auto* rejected = std::get_if<Rejected>(&*mapped.outcome)) return set_aside(mapped.logged, *rejected);
    if (auto common = too_common(*mapped.outcome)) return set_aside(mapped.logged, *common);
    count(event.source, apply(mapped));
  }

  /// A statement each; the same said again changes nothing.
  std::int64_t Counters::* apply(const MappedEvent& mapped) {
    if (std::holds_alternative<Filtered>(*mapped.outcome)) return &Counters::filtered;
    const auto& event = mapped.logged.event;
    bool news = false;
    std::vector<PersonId> touched;
    for (const auto& fact : std::get<Mapped>(*mapped.outcome).facts) {
      auto before = vitals_before(fact);
      auto change = people_.add({fact, event.source, event.received_at_us, mapped.logged.position.sequence});
      news |= !change.repetition;
      for (auto merged : change.merged) pipeline_.desk_.merge(merged.from, merged.into, people_, store_);
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
    for (const auto& [source, change] : counters_) store_.add_counters(source, change);
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
        store_.update_quarantine(id, QuarantineState::held, row->attempts + 1, wrong->error.code, wrong->error.place,
                                 wrong->error.text);
        for (auto other : behind->second)  // the rest waits behind this one now
          if (auto waiting = store_.quarantined(other); waiting && waiting->code == waits_code)
            store_.update_quarantine(other, QuarantineState::held, waiting->attempts, waits_code, waiting->place, waits_text(id));
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
    auto mapped = map_event({{0, row.event_sequence}, std::move(*event)}, pipeline_.rules_);
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
    store_.update_quarantine(row.id, state, row.attempts + (state == QuarantineState::applied ? 1 : 0), row.code,
                             row.place, reason);
    counters_[row.source].quarantined -= 1;
    held_.digests.erase(row.digest);
    if (row.key) std::erase(held_.keys[*row.key], row.id);
  }

  void count(const std::string& source, std::int64_t Counters::*what) { counters_[source].*what += 1; }

 private:
  /// A number that thousands of records bear is nobody's: a dummy of some form. It must not stop the hub.
  std::optional<Rejected> too_common(const Outcome& outcome) {
    const auto* mapped = std::get_if<Mapped>(&outcome);
    if (!mapped) return std::nullopt;
    for (const auto& fact : mapped->facts)
      for (const auto& mention : fact.people)
        for (const auto& identifier : mention.identifiers)
          for (auto person : people_.holders(identifier_token(pipeline_.keys_, identifier)))
            if (people_.dossier(person).entries.size() >= dossier_entries_max)
              return Rejected{{"IDENTIFIER_TOO_COMMON", "thousands of records bear this " + std::string(name_of(identifier.kind)) +
                               ": ask the source whether it is a dummy", ""}, "", std::string(name_of(mention.role))};
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
  std::optional<Vitals> vitals_before(const Fact& fact) {
    if (fact.kind != FactKind::insurance && fact.kind != FactKind::household) return std::nullopt;
    PersonId person;
    for (const auto& mention : fact.people)
      for (const auto& identifier : mention.identifiers)
        for (auto holder : people_.holders(identifier_token(pipeline_.keys_, identifier))) {
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
    review_parents(store_.people_with_leads(LeadState::open));  // silence never makes or ends a right, it only makes one surer
  }

  void set_aside(const LoggedEvent& logged, const Rejected& rejected) {
    const auto& event = logged.event;
    QuarantineRow row;
    row.source = event.source;
    if (!event.key.empty()) row.key = key_of(event);
    row.key_text = mask_numbers_in(event.key);
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

  Token key_of(const Event& event) { return pipeline_.keys_.token("event key", event.source + "\n" + event.key); }

  void remember(std::int64_t id, const std::string& digest, const std::optional<Token>& key) {
    held_.digests.emplace(digest, id);
    if (key) held_.keys[*key].push_back(id);
  }

  std::optional<std::int64_t> first_held(const Event& event) {
    if (event.key.empty() || held_.keys.empty()) return std::nullopt;
    auto held = held_.keys.find(key_of(event));
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
                   Options options)
    : log_(log), store_(store), keys_(keys), rules_(rules), clock_(clock), options_(options),
      desk_(*rules.policies, keys, clock) {}

Date Pipeline::today() const { return options_.today ? *options_.today : shanghai_date(clock_.now_us()); }

template <class Work>
auto Pipeline::in_one_transaction(Work work) {
  auto store = store_.begin(Store::For::writing);
  Batch batch(*this, *store);
  auto result = work(batch, *store);
  batch.save();
  store->commit();
  return result;
}

void Pipeline::process(std::vector<MappedEvent> events) {
  if (events.empty()) return;
  auto first = events.front().logged.position, last = events.back().logged.position;
  in_one_transaction([&](Batch& batch, StoreTransaction& store) {
    if (!store.advance({log_.partition_name(first.partition), first.sequence - 1, last.sequence, last.offset, 0}))
      throw std::runtime_error("another hub process has taken these events: only one may process a data directory");
    batch.foresee(events);
    for (const auto& event : events) batch.take(event);
    return true;
  });
}

std::int64_t Pipeline::drain(std::stop_token stop, const std::function<void(std::int64_t, std::int64_t)>& progress) {
  LogPosition at{0, store_.begin(Store::For::reading)->position(log_.partition_name(0)).sequence};
  const auto end = log_.end(0).sequence, start = at.sequence;
  BoundedQueue<std::vector<MappedEvent>> ahead(2);
  std::exception_ptr broken;
  {
    std::jthread mapper([&](std::stop_token enough) {
      try {
        for (auto after = at; after.sequence < end && !enough.stop_requested();) {
          auto read = log_.read(after, options_.batch_events_max, 1000, enough);
          if (read.empty()) continue;
          after = read.back().position;
          std::vector<MappedEvent> mapped;
          mapped.reserve(read.size());
          for (auto& logged : read) mapped.push_back(map_event(std::move(logged), rules_));
          if (!ahead.push(std::move(mapped), enough)) break;
        }
      } catch (...) {
        broken = std::current_exception();
      }
      ahead.close();
    });
    try {
      while (auto batch = ahead.pop(stop)) {
        at = batch->back().logged.position;
        process(std::move(*batch));
        if (progress) progress(at.sequence - start, end - start);
      }
    } catch (...) {
      ahead.close();
      throw;
    }
    mapper.request_stop();
  }
  if (broken) std::rethrow_exception(broken);
  return at.sequence - start;
}

void Pipeline::run(std::stop_token stop, const std::function<void()>& after_batch) {
  LogPosition at{0, store_.begin(Store::For::reading)->position(log_.partition_name(0)).sequence};
  while (!stop.stop_requested()) {
    if (log_.end(0).sequence > at.sequence) {
      drain(stop);
      at.sequence = store_.begin(Store::For::reading)->position(log_.partition_name(0)).sequence;
      after_batch();
    } else {
      log_.read(at, 1, 500, stop);  // waits for the next event
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
    std::vector<PersonId> page(parents.begin() + static_cast<std::ptrdiff_t>(at),
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
    if (!row) return Error{"QUARANTINE_UNKNOWN", "no such event in quarantine: see quarantine list", std::to_string(id)};
    if (row->state != QuarantineState::held)
      return Error{"QUARANTINE_NOT_HELD", "this event was applied or discarded before", std::to_string(id)};
    if (row->key) batch.foresee_held({}, {*row->key});
    if (auto wrong = batch.retry(*row)) {
      store.update_quarantine(id, QuarantineState::held, row->attempts + 1, wrong->error.code, wrong->error.place,
                              wrong->error.text);
      return Error{"QUARANTINE_STILL_REJECTED", describe(wrong->error), std::to_string(id)};
    }
    if (row->key) batch.follow(row->source, *row->key);
    return id;
  });
}

Result<std::int64_t> Pipeline::discard(std::int64_t id, const std::string& reason) {
  return in_one_transaction([&](Batch& batch, StoreTransaction& store) -> Result<std::int64_t> {
    auto row = store.quarantined(id);
    if (!row) return Error{"QUARANTINE_UNKNOWN", "no such event in quarantine: see quarantine list", std::to_string(id)};
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

Result<LeadRow> Pipeline::decide(LeadId id, LeadState verdict, const std::string& reason, const std::string& by) {
  return in_one_transaction([&](Batch&, StoreTransaction& store) -> Result<LeadRow> {
    auto lead = store.lead(id);
    if (!lead) return Error{"LEAD_UNKNOWN", "no such lead: see kinhub leads", std::to_string(id.value)};
    return desk_.decide(std::move(*lead), verdict, reason, by, store);
  });
}

}  // namespace kinhub
