// A new reading of an event that was processed before takes the place of the one that a mended mapping finds
// wrong: docs/decisions/0026-remapping.md.
#include <algorithm>

#include "hub/pipeline/batch.hpp"
#include "hub/pipeline/identity_queue.hpp"
#include "hub/pipeline/limits.hpp"

namespace kinhub {
namespace {

/// What a new reading does to one history.
struct HistoryChange {
  std::vector<Statement> gone;
  std::vector<const KeyedStatement*> told;
};

}  // namespace

void Batch::prefetch_anew(std::span<const MappedEvent> events, const std::vector<Token>& stand_under) {
  if (!events.empty()) people_.prefetch_histories(events.front().logged.event.source, stand_under);
  std::vector<const KeyedStatement*> said;
  for (const auto& event : events)
    for (const auto& statement : event.said)
      said.push_back(&statement);
  means_.desk.foresee(people_.prefetch(said), people_, store_);
}

Batch::Counting Batch::counting(const MappedEvent& mapped, std::vector<Token> stand_under) {
  for (const auto& told : mapped.said)
    stand_under.push_back(told.history);
  std::sort(stand_under.begin(), stand_under.end());
  stand_under.erase(std::unique(stand_under.begin(), stand_under.end()), stand_under.end());
  const auto& event = mapped.logged.event;
  const auto digest = short_digest(event);
  Counting counting;
  for (const auto& key : stand_under)
    if (const auto* history = people_.history(event.source, key))
      for (const auto* said : history->of_event(event.source, mapped.logged.position.sequence)) {
        // Stored before digests were kept: by its arrival.
        const bool of_it = said->event_digest == 0 ? arrival_of_event(*said) == event.received_at_us
                                                   : said->event_digest == digest;
        if (of_it)
          counting.said.push_back({key, *said});
        else
          ++counting.of_another_log;
      }
  return counting;
}

Batch::ReadAnew Batch::read_anew(MappedEvent mapped, const std::vector<CountingStatement>& counting,
                                 std::int64_t at_us) {
  ReadAnew result;
  if (auto* rejected = std::get_if<Rejected>(&*mapped.outcome)) {
    rejected->error = as_held(mapped.logged.event, std::move(rejected->error));
    result.fails = std::move(*rejected);
    return result;
  }
  for (auto& told : mapped.said) {
    told.statement.event_received_at_us = told.statement.received_at_us;
    told.statement.received_at_us = at_us;
  }
  auto changes = compare_readings(counting, mapped.said);
  for (const auto& change : changes)
    if (change.told)
      if (auto over = over_limit(*change.told, people_)) {
        result.fails = std::move(over);
        return result;
      }

  // What goes, goes first: people whom the older reading made one are never made one with others by the
  // newer.
  std::map<Token, HistoryChange> replaced, added;
  std::vector<ReadingChange*> withdrawals;
  for (auto& change : changes) {
    if (change.gone) replaced[change.gone->history].gone.push_back(change.gone->said);
    if (change.told && change.told->statement.fact.op == Op::withdraw) withdrawals.push_back(&change);
  }
  for (const auto& change : changes)
    if (change.told && change.told->statement.fact.op != Op::withdraw) {
      const auto under = replaced.find(change.told->history);
      (under == replaced.end() ? added[change.told->history] : under->second).told.push_back(change.told);
    }
  const bool identity =
      means_.rules.linkage && std::any_of(changes.begin(), changes.end(), [](const auto& change) {
        return (change.gone && decides_identity(change.gone->said.fact)) ||
               (change.told && decides_identity(change.told->statement.fact));
      });
  std::vector<PersonId> touched, regrouped;
  std::vector<Token> unchanged;
  for (const auto* each : {&replaced, &added})
    for (const auto& [key, of] : *each) {
      auto told = of.told;
      std::sort(told.begin(), told.end(), [](const auto* a, const auto* b) {
        return a->statement.fact_index < b->statement.fact_index;
      });
      const auto change = people_.read_anew(key, of.gone, told, at_us);
      if (change.repetition) unchanged.push_back(key);
      book(change, mapped.logged.event.source);
      touched.insert(touched.end(), change.touched.begin(), change.touched.end());
      regrouped.insert(regrouped.end(), change.regrouped.begin(), change.regrouped.end());
    }
  for (auto* change : withdrawals) {
    const auto claim = withdrawn_claim(*change->told, Claims::before_in_log);
    bool takes_back = false;
    if (claim) {
      const auto retraction = as_retraction(means_.keys, change->told->statement, *claim);
      const auto* told = &retraction;
      const auto done = people_.read_anew(retraction.history, {}, {&told, 1}, at_us);
      takes_back = !done.repetition;
      book(done, mapped.logged.event.source);
      touched.insert(touched.end(), done.touched.begin(), done.touched.end());
    }
    if (!takes_back) change->told = nullptr;
  }
  for (const auto& change : changes) {
    const bool repeats =
        !change.gone && change.told &&
        std::find(unchanged.begin(), unchanged.end(), change.told->history) != unchanged.end();
    if (repeats || (!change.gone && !change.told)) continue;
    result.changes.push_back(describe(change));
  }
  if (touched.empty()) return result;
  if (identity) {
    regrouped.insert(regrouped.end(), touched.begin(), touched.end());
    IdentityQueue(store_.identity_pairs(), people_, means_.keys, *means_.rules.linkage)
        .settle(regrouped, at_us);
  }
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  means_.desk.review(touched, people_, store_);
  result.touched = std::move(touched);
  return result;
}

}  // namespace kinhub
