#pragma once
// Commented sample configuration, compiled in: what `kinhub init` writes.

#include <string_view>

namespace kinhub {

/// hub/config/sample.yaml. Blocks stand between blank lines; a line that begins with "# " and a letter is a
/// sentence, another one that begins with "#" is a setting. Whatever blocks from the top on are taken in, the
/// file is valid.
std::string_view sample_config();

}  // namespace kinhub
