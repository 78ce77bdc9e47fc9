#include "plugins/testing/conformance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/places/places.hpp"
#include "tests/unit/connectors/support.hpp"

namespace kinhub::testing {
namespace {

using ::testing::HasSubstr;

std::filesystem::path hostile(const std::string& name) {
  return std::filesystem::path(kinhub::tests::binary_dir()) / "tests/hostile" / (name + ".so");
}

std::vector<std::pair<std::string, std::string>> samples(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& name : names)
    all.emplace_back(name, sample(name));
  return all;
}

TEST(Conformance, PublicSecurityPasses) {
  const TemporaryFolder inbox, snapshot;
  for (int i = 0; i < 6; ++i) {
    inbox.put("QCZX_320812000000_2026111810255" + std::to_string(i) + "_0001.xml",
              sample("police_move_out.xml"));
    snapshot.put("CZRK_320812000000_20261118102550_000" + std::to_string(1 + i) + ".xml",
                 sample("police_move_out.xml"));
  }
  inbox.put("SWZX_320812000000_20261118102557_0001.xml", "<root>");
  ConformanceOptions options;
  options.config_json =
      R"({"inbox": ")" + inbox.path().string() + R"(", "snapshot": ")" + snapshot.path().string() + "\"}";
  options.captures = samples({"police_birth.xml", "police_death.xml", "police_move_out.xml"});
  options.expects_events = true;
  const auto report = run_conformance(connector_path("public_security"), options);
  EXPECT_TRUE(report.passed()) << report.text();
}

TEST(Conformance, MedicalInsurancePasses) {
  const TemporaryFolder inbox, snapshot;
  for (const auto* const day : {"20261119", "20261120", "20261121"})
    inbox.put(std::string("PSNINSU-320812-") + day + "-0200.json", sample("insurance_enrol.json"));
  snapshot.put("PSNINSU-320812-FULL-20261121.json", sample("insurance_stop_death.json"));
  ConformanceOptions options;
  options.config_json =
      R"({"inbox": ")" + inbox.path().string() + R"(", "snapshot": ")" + snapshot.path().string() + "\"}";
  options.captures = samples({"insurance_enrol.json", "insurance_query_1101_resp.json"});
  options.expects_events = true;
  const auto report = run_conformance(connector_path("medical_insurance"), options);
  EXPECT_TRUE(report.passed()) << report.text();
}

TEST(Conformance, HospitalPasses) {
  const TemporaryFolder inbox, snapshot;
  for (const auto* const day : {"20261119", "20261120", "20261121"})
    inbox.put(std::string("SWZM_320812_") + day + ".csv", sample("deathcert_daily.csv"));
  snapshot.put("SWZM_320812_20261121.csv", sample("deathcert_daily.csv"));
  ConformanceOptions options;
  options.config_json = R"({"port": 0, "inbox": ")" + inbox.path().string() + R"(", "snapshot": ")" +
                        snapshot.path().string() + "\"}";
  options.captures =
      samples({"hospital_death_A03.hl7", "hospital_death_legacy_GB.hl7", "deathcert_daily.csv"});
  options.expects_events = true;
  const auto report = run_conformance(connector_path("hospital_his"), options);
  EXPECT_TRUE(report.passed()) << report.text();
}

TEST(Conformance, CivilAffairsPassesWhatNeedsNoPlatform) {
  ConformanceOptions options;
  options.captures = samples({"civil_marriage.json", "civil_cremation.json", "disability_grade.json"});
  const auto report = run_conformance(connector_path("civil_affairs"), options);
  EXPECT_TRUE(report.passed()) << report.text();
}

TEST(Conformance, NamesWhatIsWrongWithHostilePlugins) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"garbage", "FAILED: loads"},
      {"no_entry", "no symbol kinhub_plugin_v1"},
      {"null_plugin", "returned null"},
      {"short_struct", "struct_size is 3"},
      {"wrong_major", "contract major 99"},
      {"crash_in_create", "FAILED: create: died of Aborted"},
      {"exit_in_poll", "ended the process with code 0"},
      {"unknown_status", "unknown status 4711"},
      {"hang_in_poll", "did not come back within 2 s"},
      {"missing", "there is no such file"},
  };
  for (const auto& [name, expected] : cases) {
    ConformanceOptions options;
    options.time_max = std::chrono::seconds{2};
    const auto report = run_conformance(hostile(name), options);
    EXPECT_FALSE(report.passed()) << name;
    EXPECT_THAT(report.text(), HasSubstr(expected)) << name;
  }
}

TEST(Conformance, SeesACrashInPoll) {
  const auto report = run_conformance(hostile("crash_in_poll"));
  EXPECT_FALSE(report.passed());
  EXPECT_THAT(report.text(), HasSubstr("FAILED: lives with a host that has less"));
}

TEST(Guard, TurnsEveryThrowIntoAStatusWithAnExplanation) {
  const LoadedPlugin loaded(hostile("throws"));
  FakeHost host;
  Running running(loaded, host, "{}");
  ASSERT_EQ(running.created, KINHUB_OK);
  struct Case {
    std::string position;
    kinhub_status status;
    std::string explanation;
  };
  for (const auto& [position, status, explanation] :
       std::vector<Case>{{"retry", KINHUB_RETRY, "thrown: retry"},
                         {"refused", KINHUB_REJECT, "thrown: refused"},
                         {"memory", KINHUB_FATAL, "bad_alloc"},
                         {"system", KINHUB_RETRY, "No such file"},
                         {"no exception", KINHUB_FATAL, "no std::exception"},
                         {"", KINHUB_FATAL, "thrown: logic"}}) {
    EXPECT_EQ(running.poll(position), status) << position;
    EXPECT_THAT(host.explanation, HasSubstr(explanation));
  }
  EXPECT_EQ(running.snapshot(), KINHUB_FATAL);
  host.explanation.clear();
  EXPECT_EQ(running.read_capture("a", "b"), KINHUB_RETRY);
  EXPECT_EQ(host.explanation, "") << "the host knows its own refusal";
  Running refused(loaded, host, R"({"throw_in_create": true})");
  EXPECT_EQ(refused.created, KINHUB_FATAL);
}

}  // namespace
}  // namespace kinhub::testing
