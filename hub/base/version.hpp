#pragma once
// The version of this program, as the build sets it.

#include <string_view>

namespace kinhub {

/// "0.1.0"
std::string_view program_version();

}  // namespace kinhub
