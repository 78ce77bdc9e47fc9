#include "hub/store/leads.hpp"

namespace kinhub {

std::string_view name_of(LeadKind kind) {
  switch (kind) {
    case LeadKind::new_:
      return "new";
    case LeadKind::changed:
      return "changed";
    case LeadKind::ended:
      return "ended";
    case LeadKind::verify:
      return "verify";
  }
  return "";
}

std::string_view name_of(LeadState state) {
  switch (state) {
    case LeadState::open:
      return "open";
    case LeadState::confirmed:
      return "confirmed";
    case LeadState::dismissed:
      return "dismissed";
    case LeadState::closed:
      return "closed";
  }
  return "";
}

}  // namespace kinhub
