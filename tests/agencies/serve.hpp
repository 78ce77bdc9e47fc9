#pragma once
// The live simulation: snapshot first, then day by day what each agency delivers, each over its own protocol.

#include <cstdint>
#include <filesystem>
#include <string>

#include "tests/agencies/story.hpp"

namespace kinhub::agencies {

struct ServeOptions {
  std::filesystem::path data;
  StoryOptions story;
  std::size_t families = 300;
  double days_per_second = 0;  ///< 0: as fast as the readers take it
  std::uint16_t civil_port = 0;
  std::string his;                ///< HOST:PORT of the hub's listener; empty: the hospital sends nothing
  std::filesystem::path go_file;  ///< changes begin when this file exists; empty: at once
  std::size_t secret_uses_max = 0;
  int civil_fault_percent = 0;
  int his_attempts_max = 60;
  bool wait_for_civil = true;  ///< done means that somebody has fetched every row
  bool exit_when_done = false;
};

/// Runs until SIGTERM or SIGINT (or until done). Returns the exit code.
int serve(const ServeOptions& options);

}  // namespace kinhub::agencies
