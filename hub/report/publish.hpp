#pragma once
// Statistical disclosure control of what is published (specification of care 4.4): small units are merged,
// small cells and whatever would give them away are hidden. Pure.

#include <cstdint>

#include "hub/report/report.hpp"

namespace kinhub::report {

/// Both may only be raised.
struct PublishLimits {
  std::int64_t cell = 5;   ///< households, and people: fewer are hidden, none at all is not
  std::int64_t unit = 10;  ///< households: a unit below the county with fewer has no row of its own
};
/// What stands where a figure is hidden.
inline constexpr std::string_view hidden_cell = "*";

/// The public form of R01. Whether a hidden figure follows from what is left is asked of the whole table at
/// once, as a system of linear equations, so that no way of adding up gives a small one back, of one unit or
/// of several. Errors: NOT_PUBLIC, of any other report; REPORT_RED.
Result<Report> published(const Report& report, const PublishLimits& limits = {});

}  // namespace kinhub::report
