#pragma once
// The commands of who writes policies: their handlers.

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "hub/cli/context.hpp"
#include "hub/desk/as_decided.hpp"
#include "hub/desk/what_if_view.hpp"

namespace kinhub {
void print(std::ostream& out, const WhatIfView& view);
void print(std::ostream& out, const AsDecidedView& view);
}  // namespace kinhub

namespace kinhub::cli {

struct WhatIfCommand {
  std::string named;  ///< a file or a folder
  std::string region;
  std::optional<Date> from;  ///< nothing: this month
  int months = 12;
  std::string report;  ///< a folder; empty: no report
};
Exit policy_what_if(const Context& context, const WhatIfCommand& command);

/// Files or folders.
Exit policy_diff(const Context& context, const std::string& before, const std::string& after);
Exit policy_format(const Context& context, const std::vector<std::string>& named, bool check);
Exit as_decided(const Context& context, const std::string& lead);
/// The JSON Schema of a kind of rule file.
Exit schema(const Context& context, const std::string& kind);

}  // namespace kinhub::cli
