// Replay and discard of quarantined events: a held event is run again, or given up with a reason.
#include "hub/pipeline/batch.hpp"
#include "hub/pipeline/pipeline.hpp"

namespace kinhub {
namespace {

/// Precondition of both: the event is in quarantine, and nobody has decided on it yet.
Result<QuarantineRow> held_row(QuarantineShelf& quarantine, std::int64_t id) {
  auto row = quarantine.find(id);
  if (!row)
    return Error{"QUARANTINE_UNKNOWN", "no such event in quarantine: see quarantine list",
                 std::to_string(id)};
  if (row->state != QuarantineState::held)
    return Error{"QUARANTINE_NOT_HELD", "this event was applied or discarded before", std::to_string(id)};
  return std::move(*row);
}

/// Runs `work(batch, store, unreadable followers)`, once more for each follower that turns out to need a
/// record that cannot be read. An error, and nothing done, where the event itself needs one.
template <class Work>
Result<std::int64_t> in_one_transaction_or_not(Store& store, const BatchMeans& means, std::int64_t id,
                                               Work work) {
  Batch::Unreadable followers;
  for (;;) {
    try {
      return in_one_transaction(store, means, [&](Batch& batch, StoreTransaction& writing) {
        return work(batch, writing, followers);
      });
    } catch (const Batch::FollowerUnreadable& met) {
      if (!followers.emplace(met.id, met.damage).second) throw;
    } catch (const DossierUnreadable& damage) {
      return Error{unreadable_code, damage.what(), std::to_string(id)};
    }
  }
}

}  // namespace

Result<std::int64_t> Pipeline::replay(std::int64_t id) {
  auto done = in_one_transaction_or_not(
      store_, means(), id,
      [&](Batch& batch, StoreTransaction& store,
          const Batch::Unreadable& unreadable) -> Result<std::int64_t> {
        auto row = held_row(store.quarantine(), id);
        if (!row) return row.error();
        keep_texts(store.values());  // a mended mapping is why events are replayed
        const auto keys = batch.prefetch_held(*row);
        if (auto wrong = batch.retry(*row)) {
          store.quarantine().update(id, QuarantineState::held, row->attempts + 1, wrong->error.code,
                                    wrong->error.place, wrong->error.text);
          return Error{"QUARANTINE_STILL_REJECTED", describe(wrong->error), std::to_string(id)};
        }
        batch.follow(row->source, keys, unreadable);
        return id;
      });
  texts_kept_ |= static_cast<bool>(done);
  return done;
}

Result<std::int64_t> Pipeline::discard(std::int64_t id, const std::string& reason) {
  return in_one_transaction_or_not(store_, means(), id,
                                   [&](Batch& batch, StoreTransaction& store,
                                       const Batch::Unreadable& unreadable) -> Result<std::int64_t> {
                                     auto row = held_row(store.quarantine(), id);
                                     if (!row) return row.error();
                                     const auto keys = batch.prefetch_held(*row);
                                     batch.release(*row, QuarantineState::discarded, row->reason);
                                     store.values().put(
                                         "discarded " + std::to_string(id),
                                         keys_.seal(reason, "discarded " + std::to_string(id)));
                                     batch.count(row->source, &Counters::filtered);
                                     batch.count(row->source, &Counters::discarded);
                                     batch.follow(row->source, keys, unreadable);
                                     return id;
                                   });
}

}  // namespace kinhub
