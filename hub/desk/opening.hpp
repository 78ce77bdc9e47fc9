#pragma once
// Parameters of opening a hub: the configuration, the clock, the day, and who will see names and numbers.

#include <functional>
#include <optional>
#include <string>

#include "hub/base/clock.hpp"
#include "hub/base/date.hpp"
#include "hub/config/config.hpp"

namespace kinhub {

/// Audit entry of a disclosure, that names and numbers will be shown: by whom, for which request, why.
/// Written down before anything is shown.
struct Disclosure {
  std::string by, request, reason;
};

/// Parameters of open_local_hub. References outlive the hub.
struct Opening {
  const Config& config;
  const Clock& clock;
  std::optional<Date> today;  ///< a rehearsal: as if today were
  /// Nothing: everything is shown masked. REQUIRES: set by a door that will show anything with Reveal::yes.
  std::optional<Disclosure> disclosure;
  std::function<void(const std::string& line)> note;  ///< for the operator; from any thread, one at a time

  Date day() const { return today ? *today : shanghai_date(clock.now_us()); }
};

}  // namespace kinhub
