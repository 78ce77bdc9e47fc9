#pragma once
// UTF-8 to GB18030, as the police and old hospital systems write.

#include <string>
#include <string_view>

namespace kinhub::agencies {

/// REQUIRES: UTF-8. Throws std::runtime_error when the converter fails.
std::string gb18030(std::string_view utf8);

}  // namespace kinhub::agencies
