#pragma once
// Entry point of the program kinhub: arguments in, exit code out. main.cpp gives it its
// parts, tests give it theirs.

#include <iosfwd>
#include <string>
#include <vector>

#include "hub/cli/context.hpp"
#include "hub/config/find.hpp"

namespace kinhub::cli {

struct Surroundings {
  std::filesystem::path program;  ///< the running program
  const Clock& clock;
  std::ostream& out;
  std::ostream& err;
  Progress::Terminal terminal = Progress::Terminal::no;
  ConfigPlaces config_places;  ///< where a configuration is looked for, besides --config
};

/// Parses the arguments (without the program's name), runs the command, and never throws: what is thrown
/// below becomes a line on `err` and exit code 3.
int run_program(const std::vector<std::string>& arguments, const Surroundings& surroundings,
                const Parts& parts);

}  // namespace kinhub::cli
