#pragma once
// Parsing of times as agencies write them: China Standard Time (UTC+8, no summer time),
// digits with or without separators.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kinhub::sdk {

/// "20261118", "202611180645", "20261118102501", "20261118064512+0800", "2026-11-18 10:25:01": UTC
/// microseconds. Further digits (milliseconds, serials) and what follows are not looked at.
/// Nothing when the digits are no time.
std::optional<std::int64_t> local_time_us(std::string_view text);

/// yyyyMMddHHmmss of an instant.
std::string local_text(std::int64_t utc_us);

}  // namespace kinhub::sdk
