// The program kinhub: gives the command line its real parts.
#include <spdlog/cfg/env.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <iostream>

#include "hub/cli/app.hpp"
#include "hub/cli/harden.hpp"
#include "hub/cli/real_parts.hpp"

/// Options of jemalloc (its documented symbol; MALLOC_CONF in the environment overrides it): a thread gives
/// memory back that is free. By default whoever frees does it, and the workers of a night round are gone when
/// it is over.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true";
}

int main(int argc, char** argv) {
  using namespace kinhub;
  cli::harden_process();
  SystemClock clock;
  spdlog::set_default_logger(spdlog::stderr_logger_mt("kinhub"));  // standard output is for answers
  spdlog::cfg::load_env_levels();                                  // SPDLOG_LEVEL=debug
  auto terminal = ::isatty(STDERR_FILENO) != 0 ? cli::Progress::Terminal::yes : cli::Progress::Terminal::no;
  cli::Surroundings surroundings{running_program(), clock,    std::cout,
                                 std::cerr,         terminal, ConfigPlaces::of_process()};
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  cli::hide_numbers({argv + 1, argv + argc});
  auto parts = cli::real_parts();
  parts.demo = [&](const cli::Context& context, const cli::DemoRequest&) {
    return cli::become_demo(context, arguments);
  };
  return cli::run_program(arguments, surroundings, parts);
}
