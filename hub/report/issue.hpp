#pragma once
// Issued reports (specification of care 0.7): what was handed out is kept as it was, by versions; a later
// version says which cells differ. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hub/report/report.hpp"

namespace kinhub::report {

/// One version of a report, as it was handed out.
struct Issued {
  std::int64_t version = 0;  ///< 1, 2, ...
  std::int64_t issued_at_us = 0, known_at_us = 0;
  std::string by, reason;
  std::string policies;  ///< digest of the policies that counted
  std::string digest;    ///< SHA-256 of the CSV
  std::string csv;       ///< its canonical form
};
std::string to_bytes(const Issued& issued);
/// Throws std::runtime_error on damage.
Issued issued_from(std::string_view bytes);

/// Under what the versions of a report are kept.
std::string issue_name(std::string_view report, std::string_view region, const service::Period& period);

/// A cell that another version says otherwise; empty: there was no such row or column.
struct Difference {
  std::string table, row, column, before, after;
  friend bool operator==(const Difference&, const Difference&) = default;
};
/// Of two versions of one report, table by table; the head, checks and notes aside.
std::vector<Difference> differences(std::string_view before_csv, std::string_view after_csv);

}  // namespace kinhub::report
