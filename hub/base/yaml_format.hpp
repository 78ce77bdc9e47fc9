#pragma once
// Formatter of rule files in YAML: indentation, blanks and the columns of values; comments and meaning stay.

#include <string>
#include <string_view>

#include "hub/base/result.hpp"

namespace kinhub {

/// The text in its one form: two blanks a level, lists under their key, values of one map in one column or
/// one blank behind their keys, no blanks at the ends of lines, never two empty lines, one line break at the
/// end. Formatting twice is formatting once. Errors: FORMAT_SYNTAX, it is no YAML; FORMAT_UNSAFE, it cannot
/// be formatted and mean the same, or breaks lines otherwise than by LF or CR LF: leave it.
Result<std::string> format_yaml(std::string_view text);

}  // namespace kinhub
