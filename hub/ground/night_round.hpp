#pragma once
// The scheduler of one night round: which of its steps are due, what becomes of one that fails, and when the
// round is whole. What a step does is given to it.

#include <functional>
#include <string>

#include "hub/base/clock.hpp"
#include "hub/ground/night.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// How a step ended that was begun.
enum class StepEnd : std::uint8_t {
  done,
  open,    ///< a part of it waits for somebody else: it is tried again with the next look
  stopped  ///< in the middle: nothing of it is noted
};

/// What a round is done with; all outlive it.
struct NightRoundMeans {
  Store& store;
  const Clock& clock;
  const NightConfig& night;
  std::string node;
  Date day;                       ///< whose round is due
  Date today;                     ///< by the calendar, or of a rehearsal
  bool scans_rights = true;       ///< no: nodes work by other policies
  std::function<bool()> goes_on;  ///< no: a stop is asked for, or the duty is another node's now
  /// Does a step and says what it came to. Throws what it cannot help.
  std::function<StepEnd(NightStep, NightStepDone&)> step;
  std::function<void(const std::string& line)> note;
};

/// Does the steps that are due, in their order. One that throws is kept as failed, keeps no other from being
/// done, and is tried again later the same day: after a while, or with the next look where only log or store
/// was away. Throws when the store is away.
void do_night_round(const NightRoundMeans& means);

}  // namespace kinhub
