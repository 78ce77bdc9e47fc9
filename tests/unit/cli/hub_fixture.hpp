#pragma once
// The program on a real hub in a folder of its own: the shipped mappings, policies and connectors, and the
// sample files.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "hub/cli/app.hpp"
#include "hub/desk/guarded_desk.hpp"
#include "hub/ground/sources.hpp"
#include "tests/places/places.hpp"
#include "tests/unit/base/scratch.hpp"

namespace kinhub::cli {

struct Answer {
  int code;
  std::string out, err;
  nlohmann::json json() const { return nlohmann::json::parse(out); }
};

class HubFixture : public ::testing::Test {
 protected:
  HubFixture() {
    parts_.open_hub = open_desk;
    parts_.check_connector = check_connector;
    parts_.check_ground = [](const Config&) { return std::vector<Error>(); };
  }

  /// Answers of the program on this configuration.
  Answer run(std::vector<std::string> arguments, const std::string& config = "kinhub.yaml") {
    std::ostringstream out, err;
    FixedClock clock(1795233600LL * 1000000);  // 2026-11-21 12:00 in Shanghai
    arguments.insert(arguments.end(), {"--config", (scratch_.path() / config).string()});
    int code = run_program(arguments, {kinhub::tests::binary_dir() + "/bin/kinhub", clock, out, err}, parts_);
    return {code, out.str(), err.str()};
  }
  static std::string sample(const std::string& name) {
    return kinhub::tests::source_dir() + "/tests/data/samples/" + name;
  }

  Scratch scratch_;
  Parts parts_;
};

}  // namespace kinhub::cli
