#pragma once
// The outcome of a withdrawn claim of completeness.

#include <cstdint>

namespace kinhub {

/// Up to when a source was taken to be complete, and up to when it is now.
struct CoverageTakenBack {
  std::int64_t was_us = 0, now_us = 0;
};

}  // namespace kinhub
