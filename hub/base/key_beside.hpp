#pragma once
// Ordering keys that stand beside each other: what a connector writes and the pipeline reads.

#include <string_view>

namespace kinhub {

/// Suffix of a business key. K and K|* are two queues of one record, so that what waits in one does not hold
/// up the other; only what takes something back waits behind both.
inline constexpr std::string_view key_beside_mark = "|*";

}  // namespace kinhub
