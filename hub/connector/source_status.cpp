#include "hub/connector/source_status.hpp"

namespace kinhub {

std::string_view name_of(SourceState state) {
  switch (state) {
    case SourceState::stopped:
      return "STOPPED";
    case SourceState::running:
      return "RUNNING";
    case SourceState::degraded:
      return "DEGRADED";
    case SourceState::backoff:
      return "BACKOFF";
    case SourceState::failed:
      return "FAILED";
  }
  return "";
}

}  // namespace kinhub
