#pragma once
// Progress callback of long work, line by line.

#include <functional>
#include <string_view>

namespace kinhub {

/// Called now and then during long work, with one line: "public-security: 12,000 of 50,000".
using OnProgress = std::function<void(std::string_view line)>;

}  // namespace kinhub
