#include "hub/base/failpoint.hpp"

namespace kinhub {

std::vector<std::string_view> failpoint_names() { return {}; }

#ifdef KINHUB_FAILPOINTS
void failpoint(std::string_view) {}
#endif

}  // namespace kinhub
