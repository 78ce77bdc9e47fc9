// The program kinhub: gives the command line its real parts.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <iostream>

#include "hub/cli/app.hpp"
#include "hub/cli/ground_check.hpp"
#include "hub/cli/local_hub.hpp"
#include "hub/cli/source_desk.hpp"
#include "hub/connector/child_process.hpp"

int main(int argc, char** argv) {
  using namespace kinhub;
  SystemClock clock;
  spdlog::set_default_logger(spdlog::stderr_logger_mt("kinhub"));  // standard output is for answers
  auto terminal = ::isatty(STDERR_FILENO) != 0 ? cli::Progress::Terminal::yes : cli::Progress::Terminal::no;
  cli::Surroundings surroundings{cli::running_program(), clock, std::cout, std::cerr, terminal};
  cli::Parts parts;
  parts.open_hub = cli::open_local_hub;
  parts.check_connector = cli::check_connector;
  parts.check_ground = cli::check_ground;
  parts.look_at_topics = cli::look_at_topics;
  parts.apply_topics = cli::apply_topics;
  parts.connector_host = [](const std::vector<std::string>&) { return connector_host_main(); };
  return cli::run_program({argv + 1, argv + argc}, surroundings, parts);
}
