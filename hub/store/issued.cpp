#include "hub/store/issued.hpp"

namespace kinhub {

std::string issued_context(std::string_view series, std::int64_t version) {
  return "issued " + std::string(series) + "/" + std::to_string(version);
}

}  // namespace kinhub
