#pragma once
// The night round: when it is due, what is kept of it, and when it is an alarm. The rules are pure; the
// steps that need no pipeline of their own stand here, too.

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/base/progress.hpp"
#include "hub/ground/hub_at_work.hpp"
#include "hub/reconcile/agreement.hpp"
#include "hub/reconcile/runs.hpp"
#include "hub/store/values.hpp"

namespace kinhub {

/// The last day whose round is due by now: that of today once its time has come, else that of yesterday. A
/// round that was missed is not made up night by night: one of today tells what all of them would.
Date night_due(const NightConfig& night, std::int64_t now_us);

/// How a step of a round went.
struct NightStepDone {
  NightStep step{};
  std::string said;           ///< in numbers: "3 sources compared, 2 braked"
  bool worked = true;         ///< whether it did anything of what it is for
  std::string trouble;        ///< why somebody should look; empty: nobody need
  std::int64_t again_us = 0;  ///< when it is tried again; 0: it is done
};

/// A round as it is kept.
struct NightRoundDone {
  Date day;  ///< whose round it was
  std::string node;
  std::int64_t begun_us = 0, ended_us = 0;  ///< ended 0: it is not whole yet
  std::vector<NightStepDone> steps;         ///< in the order in which they were done
};
void keep_round(ValueShelf& values, const NightRoundDone& round);
/// Throws std::runtime_error when it cannot be read.
std::optional<NightRoundDone> kept_round(ValueShelf& values);

/// The day of the last round in which a step was done; "": never.
std::string step_done_on(ValueShelf& values, NightStep step);
/// Whether a step that was noted for a day need not be done for `day`. A day that has not come yet was noted
/// by a round that somebody gave for it, and says nothing of the rounds until then. `today`: by the calendar.
bool counts_as_done(const std::string& noted, Date day, Date today);
/// Notes that a step of a day is done, unless what it noted itself says so.
void note_step(ValueShelf& values, NightStep step, Date day, Date today);
/// Since which day rounds are due here: the first day a hub was at work. "": none was yet.
std::string rounds_since(ValueShelf& values);
void note_rounds_since(ValueShelf& values, Date day);

/// Why somebody should look at the night round; empty: nobody need. `last`: the last one that was done;
/// nothing is said before a hub was at work (`since`), and a round of a day that has not come is none.
std::vector<std::string> night_alarms(const NightConfig& night, const std::optional<NightRoundDone>& last,
                                      const std::string& since, std::int64_t now_us);

/// What the snapshots of a round came to.
struct NightReconciled {
  std::vector<reconcile::RunRecord> runs;
  std::vector<Error> refused;  ///< of sources that could not be compared; the place is the source
  /// Sources over which another run is at work (RUN_AT_WORK): their turn is still to come.
  std::vector<std::string> at_work;
  bool stopped = false;  ///< before every source had its turn
  NightStepDone summary;
};
/// Compares the snapshots of the configured sources, one after the other; what keeps one from it keeps no
/// other. Sources without a snapshot are left out. Broken infrastructure throws; given again for the round of
/// a day, it tells of the sources whose turn is over what that came to, and compares the others. `day`:
/// nothing: by hand, all of them.
NightReconciled reconcile_at_night(const HubGround& ground, std::optional<Date> day, std::stop_token stop,
                                   const OnProgress& on_progress);
/// In words, and whether somebody should look: pure. The snapshot that was compared before, once more, is
/// nothing new and nobody's trouble: not every agency delivers each night.
NightStepDone summary_of(const std::vector<reconcile::RunRecord>& runs, const std::vector<Error>& refused,
                         const std::vector<std::string>& at_work = {});

/// Compares what agencies say of everybody, keeps the figures, and the leads about deaths in question.
/// Errors: STOPPED.
Result<NightAgreement> agree_at_night(const HubGround& ground, Pipeline& pipeline, std::stop_token stop,
                                      const OnProgress& on_progress);
std::string said_of(const NightAgreement& agreement);

}  // namespace kinhub
