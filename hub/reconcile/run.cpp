#include "hub/reconcile/run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hub/base/failpoint.hpp"
#include "hub/base/trace_id.hpp"
#include "hub/pipeline/entries_fill.hpp"
#include "hub/pipeline/held_events.hpp"
#include "hub/store/balance.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub::reconcile {
namespace {

constexpr std::int64_t records_per_word = 10'000;  // of progress
constexpr std::size_t runs_looked_at = 100;

bool interrupted(const RunRecord& run) {
  return run.state == RunState::comparing || run.state == RunState::compared;
}

class Runner {
 public:
  Runner(const Means& means, const Request& request, const Surroundings& around)
      : means_(means), request_(request), around_(around) {}

  Result<RunRecord> run() {
    if (means_.rules.mappings.count(request_.source) == 0)
      return Error{"NO_SUCH_SOURCE", "no source of this name is configured: kinhub source list",
                   request_.source};
    // A run that was interrupted may have corrections in the log.
    if (auto waits = around_.settle()) return *waits;
    fill_entries(means_.store, means_.keys, [&](std::int64_t people) {
      around_.progress(fmt::format("index of entries: {} people read", people));
    });
    if (auto refused = begin()) return *refused;
    failpoint("reconcile.begun");
    if (run_.state == RunState::compared)
      if (auto error = compare_anew_if_another()) return *error;
    if (run_.state == RunState::comparing) {
      if (auto error = compare()) return *error;
      if (run_.state != RunState::compared) return run_;
    }
    failpoint("reconcile.compared");
    if (auto error = correct()) return *error;
    return run_;
  }

 private:
  template <class Work>
  void write(Work work) {
    const auto writing = means_.store.begin(Store::For::writing);
    work(writing->values());
    writing->commit();
  }
  void keep() {
    write([&](ValueShelf& values) { put_run(values, run_); });
  }

  std::optional<Error> begin() {
    std::optional<Error> refused;
    write([&](ValueShelf& values) {
      if (request_.run) {
        auto found = find_run(values, *request_.run);
        if (!found || found->source != request_.source) {
          refused = Error{"NO_SUCH_RUN", "there is no such run: kinhub reconcile list",
                          std::to_string(*request_.run)};
          return;
        }
        const bool keeps_back = found->state == RunState::done && found->counts.kept() > 0;
        if (found->state != RunState::braked && !keeps_back && !interrupted(*found)) {
          refused =
              Error{"RUN_NOT_BRAKED",
                    "only a run that was braked, or that keeps records back, is gone on with; this one is " +
                        std::string(name_of(found->state)),
                    std::to_string(*request_.run)};
          return;
        }
        const auto repairs = repairs_of(request_.repairs, request_.only);
        if (!repairs) {
          refused = repairs.error();
          return;
        }
        run_ = std::move(*found);
        // By another policy it is compared anew; what has moved since is compared again in any case.
        if (run_.state == RunState::braked || keeps_back || run_.repairs != *repairs)
          run_.state = RunState::comparing;
        run_.repairs = *repairs;
      } else if (const auto last = runs(values, request_.source, 1); !request_.dry_run && !last.empty() &&
                                                                     interrupted(last.front()) &&
                                                                     last.front().paths == request_.paths) {
        run_ = last.front();
      } else {
        run_.id = new_run(values);
        run_.source = request_.source, run_.paths = request_.paths;
        run_.begun_us = means_.clock.now_us();
        run_.repairs = request_.repairs;
        run_.report = (request_.reports / ("run-" + std::to_string(run_.id))).string();
      }
      if (run_.state == RunState::comparing) run_.reasons.clear(), run_.contested.clear();
      put_run(values, run_);
    });
    return refused;
  }

  /// Reads the snapshot through a pass. An error: it could not be read.
  std::optional<Error> read_through(Pass& pass, SnapshotRead& read, const char* what) {
    auto result = around_.read([&](Event&& event) {
      pass.take(std::move(event));
      if (pass.brought() >
          run_.counts.mendable + run_.counts.contested + run_.counts.of(RowClass::unreadable))
        throw ErrorThrown({"SNAPSHOT_CHANGED",
                           "the snapshot is another than the one that was compared: give the command again",
                           request_.source});
      if (pass.records() % records_per_word == 0)
        around_.progress(fmt::format("{}: {} records {}", request_.source, pass.records(), what));
    });
    if (!result) return result.error();
    read = std::move(*result);
    return std::nullopt;
  }

  /// An interrupted run goes on with the snapshot it compared; where another lies there now, whole or not, it
  /// begins again.
  std::optional<Error> compare_anew_if_another() {
    Pass pass(means_, run_, Pass::Purpose::look);
    SnapshotRead read;
    if (auto error = read_through(pass, read, "recognised")) return error;
    if (read.faults.empty() && pass.fingerprint() == run_.fingerprint &&
        pass.records() == run_.counts.records)
      return std::nullopt;
    run_.state = RunState::comparing;
    run_.reasons.clear(), run_.contested.clear();
    keep();
    return std::nullopt;
  }

  /// The last run that found a snapshot of this kind whole.
  std::optional<RunRecord> last_whole() {
    const auto reading = means_.store.begin(Store::For::reading);
    for (auto& run : runs(reading->values(), request_.source, runs_looked_at))
      if (run.id != run_.id && run.state == RunState::done && run.paths.empty() == run_.paths.empty())
        return run;
    return std::nullopt;
  }

  std::optional<Error> compare() {
    const auto begun_us = means_.clock.now_us();
    Pass pass(means_, run_, request_.dry_run ? Pass::Purpose::look : Pass::Purpose::compare);
    SnapshotRead read;
    if (auto error = read_through(pass, read, "compared")) return error;
    pass.finish(read, run_);
    run_.compare_us = means_.clock.now_us() - begun_us;
    const auto before = last_whole();
    // Of a run that was interrupted after its first corrections, the first load stays one.
    run_.first_load = run_.first_load || (run_.counts.entries == 0 && !before);
    const auto faults = faults_of(run_, before, request_.limits, request_.again || request_.run.has_value());
    run_.reasons = faults;
    if (faults.empty()) pass.find_not_there(run_);
    if (!faults.empty()) {
      run_.state = RunState::not_whole;
    } else if (request_.dry_run) {
      run_.state = RunState::dry_run;
    } else if (auto stops = brake(run_.counts, run_.first_load, request_.limits, request_.expected)) {
      run_.state = RunState::braked;
      run_.reasons.push_back(std::move(*stops));
    } else {
      run_.state = RunState::compared;
    }
    if (run_.state != RunState::compared) run_.ended_us = means_.clock.now_us();
    const auto report = report_json(run_, pass.findings());
    run_.signature = sign_report(means_.keys, report);
    write_report(run_.report, report);
    keep();
    return std::nullopt;
  }

  std::optional<Error> correct() {
    std::int64_t left = 0;
    if (run_.counts.mendable > 0 || run_.counts.of(RowClass::unreadable) > 0) {
      Pass pass(means_, run_, Pass::Purpose::correct);
      SnapshotRead read;
      try {
        if (auto error = read_through(pass, read, "looked at again")) return error;
      } catch (const ErrorThrown& changed) {
        return changed.error();
      }
      left = pass.finish_correcting();
      failpoint("reconcile.corrected");
      if (auto waits = around_.settle()) return waits;
    }
    run_.counts.moved = std::min(left, run_.counts.mendable);
    run_.counts.corrected = run_.counts.mendable - run_.counts.moved;
    if (auto waits = cover()) return waits;  // before it is done: telling it twice changes nothing
    run_.state = RunState::done;
    run_.ended_us = means_.clock.now_us();
    if (auto report = read_report(run_.report); !report.empty()) {
      report = with_run(report, run_);
      run_.signature = sign_report(means_.keys, report);
      write_report(run_.report, report);
    }
    keep();
    return std::nullopt;
  }

  /// A clean run over what the connector delivered says up to when the source is complete.
  std::optional<Error> cover() {
    const auto& counts = run_.counts;
    const bool clean = counts.moved == 0 && counts.contested == 0 && counts.kept() == 0 &&
                       counts.of(RowClass::damaged) == 0 && run_.watermark_told;
    if (!clean) return std::nullopt;
    Event event;
    event.kind = EventKind::coverage, event.source = run_.source, event.code = "snapshot";
    event.occurred_at_us = *run_.watermark_us;
    event.received_at_us = means_.clock.now_us(), event.trace = new_trace_id();
    means_.log.append({event}, std::nullopt);
    return around_.settle();
  }

  const Means& means_;
  const Request& request_;
  const Surroundings& around_;
  RunRecord run_;
};

}  // namespace

Result<Repairs> repairs_of(const Repairs& configured, std::optional<RowClass> only) {
  if (!only) return configured;
  if (configured.of(*only) == Repair::never)
    return Error{"REPAIR_NEVER",
                 "records that are " + std::string(name_of(*only)) +
                     " are never corrected: 'repair' of this source in the configuration says so",
                 ""};
  const auto said = [&](RowClass row) { return row == *only ? Repair::automatic : Repair::ask; };
  auto repairs = configured;
  if (configured.missing != Repair::never) repairs.missing = said(RowClass::missing);
  if (configured.changed != Repair::never) repairs.changed = said(RowClass::changed);
  return repairs;
}

std::optional<Error> brake(const RunCounts& counts, bool first_load, const Limits& limits,
                           std::optional<std::int64_t> expected) {
  const auto changes = counts.mendable;
  if (expected) {
    if (changes <= *expected) return std::nullopt;
    return Error{
        "RECONCILE_BRAKE",
        fmt::format(
            "{} records would be corrected now, and {} were expected: nothing is changed; look at the "
            "report, then say the new number",
            changes, *expected),
        ""};
  }
  const auto unreadable = counts.of(RowClass::unreadable);
  if (!first_load && unreadable > limits.changes_free &&
      static_cast<double>(unreadable) > limits.share_max * static_cast<double>(counts.records))
    return Error{
        "RECONCILE_BRAKE",
        fmt::format("{} of {} records cannot be read, more than {:g} %: nothing is changed, and they would "
                    "all wait in quarantine; mend the mapping or a code table, or go on with 'kinhub "
                    "reconcile repair RUN --expected {}'",
                    unreadable, counts.records, 100 * limits.share_max, changes),
        ""};
  if (first_load || changes <= limits.changes_free) return std::nullopt;
  const auto share =
      static_cast<double>(changes) / static_cast<double>(std::max<std::int64_t>(counts.records, 1));
  if (changes <= limits.changes_max && share <= limits.share_max) return std::nullopt;
  return Error{
      "RECONCILE_BRAKE",
      fmt::format("{} of {} records would be corrected, more than {} or {:g} %: nothing is changed; look at "
                  "the report, then go on with 'kinhub reconcile repair RUN --expected {}'",
                  changes, counts.records, limits.changes_max, 100 * limits.share_max, changes),
      ""};
}

std::vector<Error> faults_of(const RunRecord& run, const std::optional<RunRecord>& before,
                             const Limits& limits, bool again) {
  auto faults = run.reasons;
  const auto records = run.counts.records;
  if (records == 0 && (run.counts.entries > 0 || before))
    faults.push_back(
        {"SNAPSHOT_EMPTY", "the snapshot holds no record, and the hub holds some of this source", ""});
  if (!before || records == 0) return faults;
  const auto each_once = before->counts.records - before->counts.of(RowClass::duplicate) -
                         before->counts.of(RowClass::unreadable);
  const auto least = static_cast<double>(each_once) * (1 - limits.shrink_max);
  if (!again && static_cast<double>(records) < least)
    faults.push_back(
        {"SNAPSHOT_SHRANK",
         fmt::format(
             "the snapshot holds {} records, and the one before it ({}) held {}: more than {:g} % are "
             "gone; ask the agency whether it is whole, and say --again if it is",
             records, before->id, before->counts.records, 100 * limits.shrink_max),
         ""});
  if (!again && before->state == RunState::done && run.fingerprint == before->fingerprint)
    faults.push_back(
        {"SNAPSHOT_SAME",
         fmt::format(
             "it is the snapshot of run {} once more, byte for byte: ask the agency for the new one, or "
             "say --again",
             before->id),
         ""});
  return faults;
}

Result<RunRecord> reconcile(const Means& means, const Request& request, const Surroundings& around) {
  try {
    return Runner(means, request, around).run();
  } catch (const DossierUnreadable& damage) {
    return Error{unreadable_code, damage.what(), request.source};
  }
}

}  // namespace kinhub::reconcile
