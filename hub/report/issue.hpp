#pragma once
// Issued reports (specification of care 0.7): what was handed out is kept as it was, by versions; a later
// version says which cells differ. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/report/report.hpp"

namespace kinhub::report {

/// Name of the versions of one report: basic-statistics.320812.2026Q3, public.basic-statistics.320812.2026Q3.
struct Series {
  std::string report, region;
  service::Period period;
  Audience audience = Audience::duty;

  std::string text() const;
  /// Nothing: it is none.
  static std::optional<Series> read(std::string_view text);
  /// The series of the period before, as it goes to those on duty.
  Series before() const { return {report, region, period.before(), Audience::duty}; }
  friend bool operator==(const Series&, const Series&) = default;
};
/// What the number of a public output begins with.
inline constexpr std::string_view public_prefix = "public.";

/// One version of a report, as it was handed out, or the withdrawal of a public one.
struct Issued {
  std::int64_t version = 0;  ///< 1, 2, ...
  std::int64_t issued_at_us = 0;
  std::string by, reason;
  std::string policies;        ///< digest of the policies that counted
  std::string digest;          ///< SHA-256 of the CSV
  std::optional<Report> what;  ///< nothing: the version before is public no more
};
std::string to_bytes(const Issued& issued);
/// Throws std::runtime_error on damage.
Issued issued_from(std::string_view bytes);

/// A cell that another version says otherwise; empty: there was no such row or column.
struct Difference {
  std::string table, row, column, before, after;
  Privacy privacy = Privacy::plain;  ///< of its column
  friend bool operator==(const Difference&, const Difference&) = default;
};
/// Of two versions of one report, table by table; the head, checks, notes and running numbers of rows aside.
/// A row is known by the person it tells of, else by its unit and service.
std::vector<Difference> differences(const Report& before, const Report& after);

}  // namespace kinhub::report
