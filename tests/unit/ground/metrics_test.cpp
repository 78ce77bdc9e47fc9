#include "hub/ground/metrics.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/places/places.hpp"
#include "tests/unit/base/scratch.hpp"

namespace kinhub {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

HubMetrics some() {
  HubMetrics metrics;
  metrics.up = true;
  metrics.version = "0.1.0", metrics.node = "a-1";
  metrics.balance.sources["police"] = {5, 3, 1, 1, 1, 2, 3, 0};
  metrics.stopped = {"police"};
  metrics.failing = {{"police", false}, {"hospital", true}};
  metrics.owned = {{"police", true}, {"@night", false}};
  metrics.sinks = {{"kafka", 4, 2}};
  metrics.notices = 6;
  metrics.waits["log"] = true;
  metrics.latency[{"stored", ""}].observe(3'000);
  metrics.latency[{"delivered", "kafka"}].observe(7'200'000'000);
  metrics.written_at_us = 1'795'233'600'500'000;
  return metrics;
}

TEST(Metrics, TellHowTheHubStands) {
  auto text = prometheus_text(some());
  for (auto line : {"kinhub_up 1\n",
                    "kinhub_info{version=\"0.1.0\",node=\"a-1\"} 1\n",
                    "kinhub_source_stopped{source=\"police\"} 1\n",
                    "kinhub_source_failing{source=\"police\"} 0\n",
                    "kinhub_source_failing{source=\"hospital\"} 1\n",
                    "kinhub_events_total{source=\"police\",outcome=\"received\"} 5\n",
                    "kinhub_events_total{source=\"police\",outcome=\"repeated\"} 3\n",
                    "kinhub_quarantined{source=\"police\"} 1\n",
                    "kinhub_balance_residue{source=\"police\"} 0\n",
                    "kinhub_log_waiting{source=\"police\"} 2\n",
                    "kinhub_lease_owned{partition=\"police\"} 1\n",
                    "kinhub_lease_owned{partition=\"@night\"} 0\n",
                    "kinhub_notices_waiting{sink=\"kafka\"} 2\n",
                    "kinhub_notices_total 6\n",
                    "kinhub_waiting{for=\"log\"} 1\n",
                    "kinhub_waiting{for=\"store\"} 0\n",
                    "kinhub_written_timestamp_seconds 1795233600.5\n",
                    "# TYPE kinhub_events_total counter\n",
                    "# TYPE kinhub_event_latency_seconds histogram\n",
                    "kinhub_event_latency_seconds_bucket{stage=\"stored\",le=\"0.0025\"} 0\n",
                    "kinhub_event_latency_seconds_bucket{stage=\"stored\",le=\"0.005\"} 1\n",
                    "kinhub_event_latency_seconds_bucket{stage=\"stored\",le=\"+Inf\"} 1\n",
                    "kinhub_event_latency_seconds_sum{stage=\"stored\"} 0.003\n",
                    "kinhub_event_latency_seconds_bucket{stage=\"delivered\",sink=\"kafka\",le=\"3600\"} 0\n",
                    "kinhub_event_latency_seconds_count{stage=\"delivered\",sink=\"kafka\"} 1\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("kinhub_last_scan_timestamp_seconds 0")))
      << "a time that is not known is not told";
}

TEST(Metrics, EverySampleStandsUnderItsKind) {
  std::istringstream lines(prometheus_text(some()));
  std::string line, kind;
  while (std::getline(lines, line)) {
    if (line.starts_with("# TYPE ")) kind = line.substr(7, line.find(' ', 7) - 7);
    if (line.starts_with('#')) continue;
    auto name = line.substr(0, line.find_first_of("{ "));
    if (name.starts_with(kind + "_")) name = kind;  // _bucket, _sum, _count of a histogram
    EXPECT_EQ(name, kind) << line;
  }
}

TEST(Metrics, ALabelCannotBreakTheFormat) {
  HubMetrics metrics;
  metrics.node = "a\"b\\c\nd";
  EXPECT_THAT(prometheus_text(metrics), HasSubstr("node=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(Metrics, EveryKindIsExplainedToOperatorsAndNoneBesides) {
  auto docs = text_of(kinhub::tests::source_dir() + "/docs/operators.md");
  std::string all;
  for (const auto& kind : metric_kinds()) {
    EXPECT_NE(docs.find("`" + std::string(kind.name)), std::string::npos)
        << "docs/operators.md does not name " << kind.name;
    all += std::string(kind.name) + "\n";
  }
  for (auto at = docs.find("kinhub_"); at != std::string::npos; at = docs.find("kinhub_", at + 1)) {
    auto name = docs.substr(at, docs.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", at) - at);
    if (name.starts_with("kinhub_http_")) continue;  // counted by the API, which this room does not know
    EXPECT_THAT(all, HasSubstr(name + "\n")) << "docs/operators.md names a figure that there is not";
  }
}

TEST(WriteWhole, ReplacesTheFileAndLeavesNothingElse) {
  Scratch scratch;
  auto file = scratch.write("metrics.prom", "old");
  write_whole(file, "new");
  EXPECT_EQ(text_of(file), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.path()), {}), 1);
  EXPECT_THROW(write_whole(scratch.path() / "no/such/folder", "x"), std::system_error);
}

}  // namespace
}  // namespace kinhub
