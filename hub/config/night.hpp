#pragma once
// Settings of the night round: when it is due, what it does and in which order, and which differences from an
// agency's snapshot are brought in by themselves.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kinhub {

/// A part of the night round.
enum class NightStep : std::uint8_t {
  reconcile,  ///< snapshots against what is held of their agencies
  rights,     ///< what the calendar alone has changed
  identity,   ///< who may be one with whom
  agreement,  ///< what each agency says, against what counts
  scrub       ///< what is stored, against its codes and the record
};
/// All of them, in the order in which they are done where nothing else is said: facts are mended before
/// rights and doubts are looked at.
inline constexpr std::array night_steps{NightStep::reconcile, NightStep::rights, NightStep::identity,
                                        NightStep::agreement, NightStep::scrub};
std::string_view name_of(NightStep step);

struct NightConfig {
  int at_minute = 0;  ///< of the day, Asia/Shanghai: since when the round of a day is due
  std::vector<NightStep> steps{night_steps.begin(), night_steps.end()};
  std::vector<std::string>
      sources;         ///< whose snapshots are compared, in this order; empty: all that have one
  int late_hours = 6;  ///< a round that was not done so long after it was due is an alarm

  bool has(NightStep step) const;
};

/// What becomes of differing records of one class.
enum class RepairPolicy : std::uint8_t {
  automatic,  ///< corrected by the run, within its brake
  ask,        ///< kept back until somebody gives `reconcile repair`
  never       ///< told, and nothing else
};
std::string_view name_of(RepairPolicy policy);

/// By class, those of which an event can mend anything.
struct RepairConfig {
  RepairPolicy missing = RepairPolicy::automatic, changed = RepairPolicy::automatic;
};

}  // namespace kinhub
