#pragma once
// Production dependencies of the program: what main.cpp links the command line with.

#include <string>
#include <vector>

#include "hub/cli/context.hpp"

namespace kinhub::cli {

/// All dependencies but the demo.
Parts real_parts();

/// Executes the program kinhub-demo in place of this process (exec), which stands beside this one where the
/// simulated agencies are installed: with the same arguments and this program's own path as argv[0]. Comes
/// back only when there is none.
Exit become_demo(const Context& context, const std::vector<std::string>& arguments);

}  // namespace kinhub::cli
