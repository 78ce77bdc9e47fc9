#pragma once
// Parameters of opening a hub behind its desk: the configuration, the clock, the day.

#include <functional>
#include <optional>
#include <string>

#include "hub/base/clock.hpp"
#include "hub/base/date.hpp"
#include "hub/config/config.hpp"

namespace kinhub {

/// Whether a hub is made where there is none: by `run`, `ingest` and `demo` alone.
enum class MakeHub : bool { no, yes };

/// Parameters of open_desk. References outlive the desk.
struct DeskOptions {
  const Config& config;
  const Clock& clock;
  std::optional<Date> today;                          ///< a rehearsal: as if today were
  std::function<void(const std::string& line)> note;  ///< for the operator; from any thread, one at a time
  MakeHub make = MakeHub::no;

  Date day() const { return today ? *today : shanghai_date(clock.now_us()); }
};

}  // namespace kinhub
