#pragma once
// The shelf of issued reports: an append-only log of versions. What was handed out stays as it was
// (docs/decisions/0064-issued-reports.md).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinhub {

struct IssuedRow {
  std::string series;        ///< report, audience, region and period: nothing about persons
  std::int64_t version = 0;  ///< from 1
  std::int64_t issued_at_us = 0;
  std::string content;  ///< sealed
};

/// Context under which the content of a version is sealed.
std::string issued_context(std::string_view series, std::int64_t version);

class IssuedShelf {
 public:
  virtual ~IssuedShelf() = default;
  /// Adds a version. False: there is such a one, and nothing was changed.
  virtual bool add(const IssuedRow& row) = 0;
  virtual std::optional<IssuedRow> find(std::string_view series, std::int64_t version) = 0;
  /// The version with the highest number.
  virtual std::optional<IssuedRow> latest(std::string_view series) = 0;
  /// Rows behind (series, version), in order of series and version.
  virtual std::vector<IssuedRow> page(std::string_view series, std::int64_t version,
                                      std::size_t count_max) = 0;
};

}  // namespace kinhub
