// The program kinhub-demo: the command line of kinhub with the simulated agencies. `kinhub demo` becomes it.
#include <spdlog/cfg/env.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <iostream>

#include "hub/cli/app.hpp"
#include "hub/cli/real_parts.hpp"
#include "tests/agencies/demo/demo.hpp"

int main(int argc, char** argv) {
  using namespace kinhub;
  SystemClock clock;
  spdlog::set_default_logger(spdlog::stderr_logger_mt("kinhub"));  // standard output is for answers
  spdlog::cfg::load_env_levels();                                  // SPDLOG_LEVEL=debug
  auto terminal = ::isatty(STDERR_FILENO) != 0 ? cli::Progress::Terminal::yes : cli::Progress::Terminal::no;
  // argv[0] is the program kinhub, by its whole path: the hub of the demo is one of its processes.
  cli::Surroundings surroundings{argv[0], clock, std::cout, std::cerr, terminal, ConfigPlaces::of_process()};
  auto parts = cli::real_parts();
  parts.demo = demo::demo;
  return cli::run_program({argv + 1, argv + argc}, surroundings, parts);
}
