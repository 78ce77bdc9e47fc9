#pragma once
// The doctor: looks at everything a hub stands on and holds, beside a running one, and changes nothing. Each
// finding says what is wrong where, and what to do.

#include <stop_token>
#include <string>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/base/progress.hpp"
#include "hub/config/config.hpp"
#include "hub/ground/night.hpp"

namespace kinhub {

struct DoctorFinding {
  std::string code;        ///< ROW_CODE, FILE_DAMAGED, KEY_OPEN_TO_OTHERS ...
  std::string table, key;  ///< of a row; empty: something else
  std::string text, advice;
};
struct DoctorReport {
  std::vector<std::string> checked;   ///< what was looked at, in order
  std::vector<std::string> left_out;  ///< what could not be, and why
  std::vector<DoctorFinding> findings;
  bool clean() const { return findings.empty(); }
};

/// Examines the hub of a configuration. Throws NO_HUB where there is none.
DoctorReport examine(const Config& config, const Clock& clock, const OnProgress& on_progress);

/// Takes a damage off the kept list, once a person has put it right. Error: NO_SUCH_DAMAGE.
Result<bool> settle(const Config& config, const std::string& table, const std::string& key);

/// A part of the night round: scrubs rows and records within a budget of CPU, from where the last one ended.
struct NightScrub {
  std::int64_t rows = 0, people = 0;
  std::vector<std::string> found;  ///< lines for the operator: table, key, code
};
/// How it went, for the round that is kept.
NightStepDone summary_of(const NightScrub& scrubbed);
class Store;
class Keyring;
NightScrub scrub_at_night(Store& store, const Keyring& keys, std::int64_t cpu_ms_max, std::stop_token stop);
inline constexpr std::int64_t night_scrub_cpu_ms = 60'000;

}  // namespace kinhub
