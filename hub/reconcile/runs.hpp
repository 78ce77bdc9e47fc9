#pragma once
// What is kept of a run of reconciliation: how far it came, what it counted, why it stopped.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/result.hpp"
#include "hub/reconcile/compare.hpp"
#include "hub/store/values.hpp"

namespace kinhub::reconcile {

enum class RunState : std::uint8_t {
  comparing,  ///< begun; one that stays so was interrupted
  compared,   ///< nothing is changed yet; one that stays so was interrupted
  not_whole,  ///< the snapshot is not what it should be: nothing was compared, the old state stays
  braked,     ///< it would change more than it may
  dry_run,    ///< it was only to look
  done
};
std::string_view name_of(RunState state);
std::optional<RunState> run_state(std::string_view name);

struct RunCounts {
  std::int64_t records = 0;                              ///< of the snapshot
  std::array<std::int64_t, row_class_count> of_class{};  ///< add up to `records`
  std::int64_t unchanged = 0;  ///< of the equal ones, recognised by their bytes alone
  std::int64_t mendable = 0;   ///< of changed and missing ones: an event would mend them
  std::int64_t older = 0;      ///< of the changed ones: what is here is later than the snapshot's
  std::int64_t contested =
      0;  ///< of changed and missing ones: a duplicate says otherwise, a person has to look
  std::int64_t not_there = 0;  ///< records that count here and whose absence means that they are gone
  std::int64_t entries = 0;    ///< histories of the source that the hub held before
  /// Of changed and missing ones: an event would mend them, and by its policies this run must not.
  std::int64_t kept_missing = 0, kept_changed = 0;
  std::int64_t corrected = 0;  ///< of the mendable ones
  std::int64_t moved = 0;  ///< of the mendable ones: changed since they were compared, left to the next run

  std::int64_t of(RowClass one) const { return of_class[static_cast<std::size_t>(one)]; }
  std::int64_t& of(RowClass one) { return of_class[static_cast<std::size_t>(one)]; }
  std::int64_t kept() const { return kept_missing + kept_changed; }
  /// Whether the classes add up to the records read, and the parts of them to no more than these.
  bool foot() const;
  friend bool operator==(const RunCounts&, const RunCounts&) = default;
};

/// What becomes of the records of one class that an event would mend.
enum class Repair : std::uint8_t {
  automatic,  ///< they are corrected, within the brake
  ask,        ///< they wait until somebody says so
  never       ///< they are told, and nothing else
};
std::string_view name_of(Repair repair);
struct Repairs {
  Repair missing = Repair::automatic, changed = Repair::automatic;
  Repair of(RowClass row) const { return row == RowClass::missing ? missing : changed; }
  friend bool operator==(const Repairs&, const Repairs&) = default;
};

struct RunRecord {
  std::int64_t id = 0;
  std::string source;
  std::vector<std::string> paths;  ///< of the snapshot; empty: what the connector delivers
  RunState state = RunState::comparing;
  bool first_load = false;  ///< nothing was held of the source before: no brake
  std::int64_t begun_us = 0, ended_us = 0;
  std::optional<std::int64_t> watermark_us;  ///< up to when the snapshot knows
  bool watermark_told = false;               ///< by the connector; else it is the newest time in the records
  std::uint64_t fingerprint = 0;             ///< of the snapshot's bytes, keyed
  RunCounts counts;
  std::vector<Error> reasons;          ///< why it stopped
  std::vector<std::string> contested;  ///< keyed tokens, in hex
  std::string report;                  ///< folder
  Repairs repairs;                     ///< by which it corrects
  std::int64_t compare_us = 0;         ///< how long the comparison took
  std::string signature;               ///< of report.json as it was written last: sign_report(); empty: none
};

std::string serialized(const RunRecord& run);
/// Throws std::runtime_error for what is none.
RunRecord run_from_json(const std::string& text);

/// The number of the next run.
std::int64_t new_run(ValueShelf& values);
std::optional<RunRecord> find_run(ValueShelf& values, std::int64_t id);
void put_run(ValueShelf& values, const RunRecord& run);
/// The last run of a source, without a walk over those of others.
std::optional<RunRecord> last_run(ValueShelf& values, const std::string& source);
/// The newest runs first, of one source or of all; at most so many.
std::vector<RunRecord> runs(ValueShelf& values, const std::string& source, std::size_t count_max);

}  // namespace kinhub::reconcile
