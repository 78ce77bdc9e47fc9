#include "hub/pipeline/remapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "hub/base/bytes.hpp"
#include "hub/base/nearest.hpp"
#include "hub/pipeline/batch.hpp"
#include "hub/pipeline/correction.hpp"
#include "hub/pipeline/mapping_texts.hpp"
#include "hub/pipeline/pipeline.hpp"
#include "hub/pipeline/policy_history.hpp"
#include "hub/store/positions.hpp"

namespace kinhub {
namespace {

constexpr std::size_t people_per_page = 500;      // of the walk that finds statements
constexpr std::size_t events_per_page = 500;      // of one transaction
constexpr std::uint32_t log_patience_ms = 3'000;  // a server ends a writer that stands still for longer
constexpr std::int64_t unreadable_max = 1'000;    // spoilt events in a row that are passed over

/// The token of the last remapping of a source: its time, and " done" behind it when it has come to its end.
std::string last_remap_name(const std::string& source) {
  return "map replay " + source;
}
constexpr std::string_view done_mark = " done";

std::string order_name(const std::string& source, std::int64_t at_us) {
  return fmt::format("map replay {} {}", source, at_us);
}

/// Where the statements of a source stand that count: there is no index by event, so everyone is read once.
struct SourceStatements {
  std::vector<std::pair<std::int64_t, Token>> under;  ///< sequence of the event, history; sorted, unique
  std::unordered_set<std::uint64_t> told_outside;     ///< digests of events that will not be read
  std::int64_t not_in_log = 0;
  std::int64_t latest_us = 0;  ///< arrival of the last one

  std::vector<Token> of_event(std::int64_t sequence) const {
    std::vector<Token> keys;
    auto at = std::lower_bound(under.begin(), under.end(), std::pair(sequence, Token{}));
    for (; at != under.end() && at->first == sequence; ++at)
      keys.push_back(at->second);
    return keys;
  }
};

SourceStatements statements_of(PeopleShelf& people, const Keyring& keys, const RemapRequest& request,
                               std::int64_t log_start) {
  SourceStatements found;
  std::set<std::tuple<std::int64_t, std::uint32_t, Token>> gone;  // each stands with everyone it mentions
  for (PersonId after;;) {
    const auto page = people.page(after, people_per_page);
    if (page.empty()) break;
    after = page.back();
    HistoriesRead histories;
    for (const auto& row : people.dossiers(page)) {
      if (row.sealed.empty()) continue;
      for (const auto& entry : dossier_from(row, keys, histories).entries)
        for (const auto& said : entry.history.versions) {
          if (said.source != request.source || said.replaced_at_us != 0) continue;
          found.latest_us = std::max(found.latest_us, said.received_at_us);
          found.under.emplace_back(said.event_sequence, entry.history.key);
          const bool cut = said.event_sequence <= log_start;
          if (cut) gone.emplace(said.event_sequence, said.fact_index, entry.history.key);
          if (cut || (request.since_us && arrival_of_event(said) < *request.since_us))
            found.told_outside.insert(said.event_digest);
        }
    }
  }
  found.told_outside.erase(0);  // not known
  std::sort(found.under.begin(), found.under.end());
  found.under.erase(std::unique(found.under.begin(), found.under.end()), found.under.end());
  found.not_in_log = static_cast<std::int64_t>(gone.size());
  return found;
}

/// Events that the quarantine decides on: what it holds, and what a person discarded, also as the same bytes.
struct LeftOut {
  std::set<std::int64_t> held, discarded;
  std::set<std::string> digests;
};

LeftOut left_out(QuarantineShelf& quarantine, const std::string& source) {
  LeftOut out;
  quarantine.each(std::nullopt, [&](const QuarantineRow& row) {
    if (row.source != source || row.state == QuarantineState::applied) return;
    (row.state == QuarantineState::held ? out.held : out.discarded).insert(row.event_sequence);
    out.digests.insert(row.digest);
  });
  return out;
}

/// Folds lead changes: what counts of a lead is how it was before the first and is after the last of them.
class LeadChanges {
 public:
  void add(const LeadChange& change) {
    auto [at, fresh] = changes_.try_emplace(change.id, change);
    if (!fresh) at->second.after = change.after;
  }
  void sum_up(Remapped& into) const {
    for (const auto& [id, change] : changes_) {
      const auto& [lead, benefit, before, after] = change;
      if (!before && !after) continue;  // opened and closed on the way
      ++(!before ? into.leads_opened : !after ? into.leads_closed : into.leads_updated);
      auto& money = into.money[benefit];
      const auto was = before.value_or(MoneyDifference{}), is = after.value_or(MoneyDifference{});
      money.arrears_fen += is.arrears_fen - was.arrears_fen;
      money.overpaid_fen += is.overpaid_fen - was.overpaid_fen;
    }
  }

 private:
  std::map<LeadId, LeadChange> changes_;
};

/// Another remapping of the source, or a rewind, came between.
struct Overtaken {};

/// One remapping: what is known before its first page, and what its pages did.
class Run {
 public:
  Run(const RemapRequest& request, const Rules& rules, const Keyring& keys) : request_(request), keys_(keys) {
    if (!request.mapping) return;
    for (const auto& text : rules.mappings.at(request.source)->texts())
      if (text.name == *request.mapping) file_digest_ = text.digest;
  }

  /// Before the first page.
  void begin(EventLog& log, StoreTransaction& store, const Clock& clock) {
    partition_ = log.partition_name(request_.partition);
    result_.after = log.start(request_.partition).sequence;
    result_.up_to = std::min(store.positions().at(partition_).sequence, log.end(request_.partition).sequence);
    statements_ = statements_of(store.people(), keys_, request_, result_.after);
    left_out_ = left_out(store.quarantine(), request_.source);
    result_.facts_not_in_log = statements_.not_in_log;
    result_.at_us = std::max(clock.now_us(), statements_.latest_us + 1);
    token_ = store.values().get(last_remap_name(request_.source));
    if (!token_.empty() && !token_.ends_with(done_mark)) result_.interrupted_at_us = std::stoll(token_);
  }

  /// Writes down that it begins, by whom and why.
  void sign(StoreTransaction& store, const RemapOrder& order) {
    check(store);
    token_ = std::to_string(result_.at_us);
    store.values().put(last_remap_name(request_.source), token_);
    Packer record;
    record.text(order.by), record.text(order.reason);
    const auto name = order_name(request_.source, result_.at_us);
    store.values().put(name, keys_.seal(record.bytes(), name));
  }
  void finish(StoreTransaction& store) {
    check(store);
    store.values().put(last_remap_name(request_.source), token_ + std::string(done_mark));
  }

  /// Fencing, in each transaction: no other remapping has begun since, and what was processed still is.
  void check(StoreTransaction& store) const {
    if (store.values().get(last_remap_name(request_.source)) != token_ ||
        store.positions().at(partition_).sequence < result_.up_to)
      throw Overtaken{};
  }

  bool asked_for(const LoggedEvent& logged) const {
    const auto& event = logged.event;
    return event.kind == EventKind::change && event.source == request_.source &&
           (!request_.since_us || event.received_at_us >= *request_.since_us);
  }

  /// In one transaction, saved by the caller.
  void take(Batch& batch, StoreTransaction& store, const std::vector<MappedEvent>& events) {
    std::vector<Token> under;
    for (const auto& event : events)
      for (const auto& key : statements_.of_event(event.logged.position.sequence))
        under.push_back(key);
    batch.prefetch_anew(events, under);
    for (const auto& event : events)
      take_one(batch, store, event);
  }

  Remapped result() const {
    auto result = result_;
    result.people = static_cast<std::int64_t>(people_.size());
    leads_.sum_up(result);
    return result;
  }
  /// Of an event that the log cannot give any more.
  void pass_over() { ++result_.unreadable; }
  std::int64_t after() const { return result_.after; }
  std::int64_t up_to() const { return result_.up_to; }
  LeadChanges& leads() { return leads_; }

 private:
  void take_one(Batch& batch, StoreTransaction& store, const MappedEvent& event) {
    const auto sequence = event.logged.position.sequence;
    if (left_out_.held.contains(sequence)) return void(++result_.held);
    if (left_out_.discarded.contains(sequence)) return void(++result_.discarded);
    const auto [counting, of_another_log] = batch.counting(event, statements_.of_event(sequence));
    result_.facts_not_in_log += of_another_log;
    if (request_.mapping && !concerns(event, counting, store)) return;
    ++result_.read;
    // The same bytes as those of an event that is not read anew: it decides for both.
    const bool repeats = statements_.told_outside.contains(short_digest(event.logged.event)) ||
                         left_out_.digests.contains(event_digest(event.logged.event));
    if (counting.empty() && repeats) return;
    if (counting.empty() && run_of(event.logged.event) != 0) return;  // a correction that was overtaken
    auto done = batch.read_anew(event, counting, result_.at_us);
    if (done.fails) return note_failing(std::move(*done.fails), sequence);
    if (done.changes.empty()) return;
    ++result_.changed;
    people_.insert(done.touched.begin(), done.touched.end());
    for (const auto& change : done.changes) {
      auto& facts = result_.facts[change.kind];
      switch (change.what) {
        case FactChange::What::added:
          ++facts.added;
          break;
        case FactChange::What::gone:
          ++facts.gone;
          break;
        case FactChange::What::changed:
          ++facts.changed;
          break;
      }
      for (const auto& field : change.fields)
        ++facts.fields[field];
    }
  }

  void note_failing(Rejected rejected, std::int64_t sequence) {
    ++result_.failing;
    auto [at, fresh] = result_.failing_by_code.try_emplace(rejected.error.code);
    if (fresh) at->second = {std::move(rejected.error), std::move(rejected.mapping), 0, sequence};
    ++at->second.events;
  }

  /// Whether the one file that was asked for made any fact of the event, or reads it now.
  bool concerns(const MappedEvent& event, const std::vector<CountingStatement>& counting,
                StoreTransaction& store) {
    const auto& name = *request_.mapping;
    if (const auto* filtered = std::get_if<Filtered>(&*event.outcome))
      if (filtered->mapping == name) return true;
    if (const auto* rejected = std::get_if<Rejected>(&*event.outcome))
      if (rejected->mapping == name) return true;
    const bool reads = std::any_of(event.said.begin(), event.said.end(), [&](const auto& told) {
      return told.statement.origin.mapping == file_digest_;
    });
    return reads || std::any_of(counting.begin(), counting.end(), [&](const auto& one) {
             return name_of_mapping(one.said.origin.mapping, store.values()) == name;
           });
  }
  const std::string& name_of_mapping(std::uint64_t digest, ValueShelf& values) {
    auto [at, fresh] = names_.try_emplace(digest);
    if (fresh)
      if (const auto text = kept_mapping_text(values, keys_, digest)) at->second = text->name;
    return at->second;
  }

  const RemapRequest& request_;
  const Keyring& keys_;
  std::uint64_t file_digest_ = 0;
  std::string partition_, token_;
  SourceStatements statements_;
  LeftOut left_out_;
  Remapped result_;
  std::set<PersonId> people_;
  LeadChanges leads_;
  std::map<std::uint64_t, std::string> names_;  // of mapping files, by digest
};

/// The watch ends with the run.
class Watch {
 public:
  Watch(LeadDesk& desk, LeadChanges& changes) : desk_(desk) {
    desk.watch([&changes](const LeadChange& change) { changes.add(change); });
  }
  ~Watch() { desk_.watch({}); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  LeadDesk& desk_;
};

/// So that the log's reader is connected before a transaction waits for it.
void warm_up(EventLog& log, std::int32_t partition) {
  constexpr std::uint32_t connected_within_ms = 10'000;
  const auto start = log.start(partition);
  if (start.sequence >= log.end(partition).sequence) return;
  try {
    log.read(start, 1, connected_within_ms);
  } catch (const LogDamaged&) {
    // Passed over, or told, when it is read for what stands there.
  }
}

std::optional<Error> refused(const RemapRequest& request, const Rules& rules) {
  const auto mapping = rules.mappings.find(request.source);
  if (mapping == rules.mappings.end())
    return Error{"NO_SUCH_SOURCE", "no source of this name is configured: kinhub source list",
                 request.source};
  if (!request.mapping) return std::nullopt;
  const auto names = mapping->second->names();
  if (std::find(names.begin(), names.end(), *request.mapping) != names.end()) return std::nullopt;
  const std::vector<std::string_view> known(names.begin(), names.end());
  return Error{
      "NO_SUCH_MAPPING",
      "the source " + request.source + " has no such mapping file" + did_you_mean(*request.mapping, known),
      *request.mapping};
}

Error overtaken(const std::string& source) {
  return {
      "REMAP_OVERTAKEN",
      "another replay of this source, or a rewind, came between: what was read anew until then is stored; "
      "look at a new plan, then give the command again",
      source};
}

}  // namespace

std::optional<RemapOrder> kept_remap_order(ValueShelf& values, const Keyring& keys, const std::string& source,
                                           std::int64_t at_us) {
  const auto name = order_name(source, at_us);
  const auto sealed = values.get(name);
  if (sealed.empty()) return std::nullopt;
  const auto bytes = keys.unseal(sealed, name);
  Unpacker in(bytes);
  RemapOrder order;
  order.by = in.text(), order.reason = in.text();
  return order;
}

Result<Remapped> Pipeline::remap(const RemapRequest& request, const std::optional<RemapOrder>& order,
                                 const RemapProgress& progress) {
  if (auto wrong = refused(request, rules_)) return *wrong;
  Run run(request, rules_, keys_);
  const Watch watch(desk_, run.leads());
  /// Gives the events of each page to `work`.
  const auto each_page = [&](auto work) {
    std::int64_t unreadable = 0;  // in a row
    for (LogPosition at{request.partition, run.after()}; at.sequence < run.up_to();) {
      const auto left = static_cast<std::size_t>(run.up_to() - at.sequence);
      std::vector<LoggedEvent> page;
      try {
        page = log_.read(at, std::min(events_per_page, left), log_patience_ms);
      } catch (const LogDamaged&) {
        if (++unreadable > unreadable_max) throw;
        run.pass_over();
        at = {request.partition, at.sequence + 1};
        continue;
      }
      if (page.empty())
        throw LogUnavailable(fmt::format("the log gives no event after {} of {}", at.sequence,
                                         log_.partition_name(request.partition)));
      unreadable = 0;
      at = page.back().position;
      std::vector<MappedEvent> events;
      for (auto& logged : page)
        if (run.asked_for(logged))
          events.push_back(map_event(std::move(logged), rules_, keys_, options_.today));
      if (!events.empty()) work(events);
      if (progress) progress(at.sequence - run.after(), run.up_to() - run.after());
    }
  };

  const auto plan = [&] {
    warm_up(log_, request.partition);
    auto transaction = store_.begin(Store::For::writing);  // rolled back at its end
    run.begin(log_, *transaction, clock_);
    each_page([&](const std::vector<MappedEvent>& events) {
      Batch batch(means(), *transaction);
      run.take(batch, *transaction, events);
      batch.save();
    });
  };
  const auto apply = [&] {
    run.begin(log_, *store_.begin(Store::For::reading), clock_);
    in_one_transaction(store_, means(), [&](Batch&, StoreTransaction& store) {
      run.sign(store, *order);
      keep_mapping_texts(rules_, keys_, store.values());
      keep_policies(rules_, keys_, store.values(), clock_.now_us());
      return true;
    });
    each_page([&](const std::vector<MappedEvent>& events) {
      in_one_transaction(store_, means(), [&](Batch& batch, StoreTransaction& store) {
        run.check(store);
        run.take(batch, store, events);
        return true;
      });
    });
    in_one_transaction(store_, means(), [&](Batch&, StoreTransaction& store) {
      run.finish(store);
      return true;
    });
  };
  try {
    order ? apply() : plan();
  } catch (const Overtaken&) {
    return overtaken(request.source);
  } catch (const DossierUnreadable& damage) {
    return Error{unreadable_code, damage.what(), request.source};
  }
  return run.result();
}

}  // namespace kinhub
