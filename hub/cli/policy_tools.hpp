#pragma once
// The commands of who writes policies: their handlers.

#include <iosfwd>
#include <optional>
#include <string>

#include "hub/cli/context.hpp"
#include "hub/desk/what_if_view.hpp"

namespace kinhub {
void print(std::ostream& out, const WhatIfView& view);
}

namespace kinhub::cli {

struct WhatIfCommand {
  std::string named;  ///< a file or a folder
  std::string region;
  std::optional<Date> from;  ///< nothing: this month
  int months = 12;
  std::string report;  ///< a folder; empty: no report
};
Exit policy_what_if(const Context& context, const WhatIfCommand& command);

}  // namespace kinhub::cli
