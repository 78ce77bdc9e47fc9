// A connector's own test: what its events look like, and the conformance kit.

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "plugins/sdk/agency_time.hpp"
#include "plugins/testing/conformance.hpp"
#include "plugins/testing/loaded_plugin.hpp"

namespace kinhub::testing {
namespace {

constexpr auto rows = "id,name,recorded\n1,a,20261118102501\n2,\"b, c\",20261118102502\n";

TEST(TemplateConnector, GivesOneEventForEachRow) {
  const LoadedPlugin loaded(TEMPLATE_PLUGIN);
  FakeHost host;
  Running running(loaded, host, R"({"charset": "GB18030"})");
  ASSERT_EQ(running.created, KINHUB_OK) << host.explanation;
  ASSERT_EQ(running.read_capture("rows.csv", rows), KINHUB_OK);
  ASSERT_EQ(host.given.size(), 2U);
  EXPECT_EQ(host.given[1].key, "2");
  EXPECT_EQ(host.given[1].body, "id,name,recorded\n2,\"b, c\",20261118102502\n");
  EXPECT_EQ(host.given[1].charset, "GB18030");
  EXPECT_EQ(host.given[1].occurred_at_us, sdk::local_time_us("20261118102502"));
}

TEST(TemplateConnector, Conforms) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("kinhub-template-" + std::to_string(::getpid()));
  for (const auto* const sub : {"inbox", "snapshot"}) {
    std::filesystem::create_directories(folder / sub);
    std::ofstream(folder / sub / "ROWS_20261118.csv") << rows;
    std::ofstream(folder / sub / "ROWS_20261118.ok");
  }
  ConformanceOptions options;
  options.config_json = R"({"inbox": ")" + (folder / "inbox").string() + R"(", "snapshot": ")" +
                        (folder / "snapshot").string() + "\"}";
  options.captures = {{"rows.csv", rows}};
  options.expects_events = true;
  const auto report = run_conformance(TEMPLATE_PLUGIN, options);
  EXPECT_TRUE(report.passed()) << report.text();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace kinhub::testing
