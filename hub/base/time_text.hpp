#pragma once
// Formatting and parsing of instants, in Asia/Shanghai: read from people, written for people and for JSON.

#include <cstdint>
#include <string>
#include <string_view>

#include "hub/base/result.hpp"

namespace kinhub {

/// UTC microseconds as "2026-11-18 09:30:05" in Asia/Shanghai.
std::string shanghai_time(std::int64_t utc_us);
/// UTC microseconds in ISO 8601: "2026-11-18T09:30:05+08:00".
std::string iso_time(std::int64_t utc_us);
/// Parses what iso_time writes, or a plain day (its first instant in Asia/Shanghai). Error: TIME.
Result<std::int64_t> read_time(std::string_view text);

}  // namespace kinhub
