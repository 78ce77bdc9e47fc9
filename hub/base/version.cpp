#include "hub/base/version.hpp"

namespace kinhub {

std::string_view program_version() {
  return KINHUB_VERSION;
}

}  // namespace kinhub
