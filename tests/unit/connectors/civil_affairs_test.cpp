#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "plugins/sdk/agency_time.hpp"
#include "plugins/sdk/cut_json.hpp"
#include "plugins/sdk/sign.hpp"
#include "tests/unit/connectors/platform.hpp"
#include "tests/unit/connectors/support.hpp"

namespace kinhub::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const LoadedPlugin& civil() {
  static const LoadedPlugin loaded(connector_path("civil_affairs"));
  return loaded;
}

constexpr auto app_key = "an app key";

/// A platform that checks signatures, changes its secret, and pages its rows by watermark.
class Sharing {
 public:
  std::map<std::string, std::vector<std::string>> rows;  // interface -> watermarks of its rows, in order
  std::map<std::string, std::string> said_watermark;     // of an interface that says another than its rows'
  std::atomic<int> secret_number{1};

  Platform::Answer operator()(const Platform::Request& request) {
    if (request.target == "/gx/share/refreshappsecret") {
      const auto rid = sdk::json_text(request.body, "gjgxjhpt_rid"),
                 time = sdk::json_text(request.body, "gjgxjhpt_rtime");
      if (sdk::json_text(request.body, "gjgxjhpt_sign") != sdk::hmac_sha256_base64(app_key, rid + time))
        return refused();
      return {200,
              R"({"head":{"status":"0"},"data":{"secret":")" + secret() + R"(","valid_day":"2026-11-21"}})"};
    }
    const auto signed_text = request.parameter("gjgxjhpt_rid") + request.parameter("gjgxjhpt_sid") +
                             request.parameter("gjgxjhpt_rtime");
    if (request.parameter("gjgxjhpt_sign") != sdk::hmac_sha256_base64(secret(), signed_text))
      return refused();
    const auto begin = request.target.find("/share/") + 7;
    return page(request.target.substr(begin, request.target.find('?') - begin),
                request.parameter("watermark"), std::stoul(request.parameter("pageSize")));
  }

 private:
  std::string secret() const { return "secret of day " + std::to_string(secret_number); }
  static Platform::Answer refused() { return {401, R"({"head":{"status":"401","msg":"bad sign"}})"}; }

  Platform::Answer page(const std::string& interface, std::string watermark, std::size_t size) {
    const auto asked = watermark;
    std::string found;
    std::size_t count = 0;
    for (const auto& row : rows[interface]) {
      if (row <= watermark || count == size) continue;
      found += (count++ == 0 ? "" : ",") + std::string(R"({"id":"N)") + row + R"(","op_type":"IA","gxsj":")" +
               row.substr(0, 14) + R"("})";
      if (count == size || row == rows[interface].back()) watermark = row;
    }
    if (watermark != asked && said_watermark.contains(interface)) watermark = said_watermark[interface];
    return {200, R"({"head":{"status":"0","msg":"","watermark":")" + watermark + R"("},"data":{"cxywlb":")" +
                     interface + R"(","cxjg":[)" + found + "]}}"};
  }
};

std::string config(const Platform& platform, const std::string& more = {}) {
  return R"({"base_url": ")" + platform.url() +
         R"(", "rid": "R 1&", "sid": "S1", "page_rows": 2, "pull_every_ms": 0, "timeout_ms": 20000)" + more +
         "}";
}

struct Scene {
  Scene() { host.secrets["app_key"] = app_key; }
  Sharing sharing;
  Platform platform{[this](const auto& request) { return sharing(request); }};
  FakeHost host;
  std::vector<std::string> keys() const {
    std::vector<std::string> keys;
    for (const auto& one : host.given)
      keys.push_back(one.key);
    return keys;
  }
};

TEST(CivilAffairs, ReadsEveryCapturedAnswerPage) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"civil_marriage.json", "IA|10009900001"},
      {"civil_divorce.json", "IB|10009900002"},
      {"civil_adoption.json", "SYDJ|SY320812202600007"},
      {"civil_cremation.json", "bzfwhhxx|BZ32081220261120003"},
      {"disability_grade.json", "GRADE_CHANGE|CL320812202600101"},
  };
  FakeHost host;
  Running running(civil(), host, "{}");
  ASSERT_EQ(running.created, KINHUB_OK) << host.explanation;
  for (const auto& [name, key] : cases) {
    host.given.clear();
    ASSERT_EQ(running.read_capture(name, sample(name)), KINHUB_OK);
    ASSERT_EQ(host.given.size(), 1U) << name;
    EXPECT_EQ(host.given[0].body, sample(name));
    EXPECT_EQ(host.given[0].key, key);
    EXPECT_EQ(host.given[0].charset, "UTF-8");
    EXPECT_NE(host.given[0].occurred_at_us, KINHUB_TIME_UNKNOWN);
  }
  host.given.clear();
  EXPECT_EQ(running.read_capture("ids.json", sample("ids.json")), KINHUB_OK);
  EXPECT_EQ(host.given.at(0).code, "JSON_NO_RECORDS");
}

TEST(CivilAffairs, ACapturedErrorAnswerIsRejectedWhole) {
  const auto answer = [](const std::string& head, const std::string& data) {
    return R"({"head":{)" + head + R"("msg":"m","records":0},"data":)" + data + "}";
  };
  const std::string none = R"({"cxywlb":"bzfwhhxx_inc","cxjg":[]})",
                    row = R"({"cxywlb":"bzfwhhxx_inc","cxjg":[{"id":"7"}]})";
  for (const auto& [bytes, code] : std::vector<std::pair<std::string, std::string>>{
           {answer(R"("status":"500",)", none), "ANSWER_STATUS"},
           {answer(R"("status":500,)", none), "ANSWER_STATUS"},
           {answer(R"("status":"500",)", row), "ANSWER_STATUS"},
           {answer(R"("status":"401",)", "null"), "ANSWER_STATUS"},
           {R"({"data":)" + none + R"(,"head":{"status":"500"}})", "ANSWER_STATUS"},
           {answer(R"("status":"0",)", none), ""},
           {answer(R"("status":0,)", none), ""},
           {answer("", none), ""},
       }) {
    FakeHost host;
    Running running(civil(), host, "{}");
    ASSERT_EQ(running.read_capture("a.json", bytes), KINHUB_OK) << host.explanation;
    ASSERT_EQ(host.given.size(), code.empty() ? 0U : 1U) << bytes;
    if (code.empty()) continue;
    EXPECT_TRUE(host.given[0].rejected) << bytes;
    EXPECT_EQ(host.given[0].code, code) << bytes;
    EXPECT_EQ(host.given[0].body, bytes);
  }
}

TEST(CivilAffairs, PullsPageAfterPageOfEveryInterfaceAndResumesByPosition) {
  Scene scene;
  scene.sharing.rows["hyxx_inc"] = {"20261119101233001", "20261119101233002", "20261120101233001"};
  scene.sharing.rows["cjrz_inc"] = {"20261121101233001"};
  std::string position;
  {
    Running running(civil(), scene.host, config(scene.platform));
    ASSERT_EQ(running.poll(), KINHUB_OK) << scene.host.explanation;
    EXPECT_THAT(scene.keys(), ElementsAre("IA|N20261119101233001", "IA|N20261119101233002",
                                          "IA|N20261120101233001", "IA|N20261121101233001"));
    EXPECT_EQ(scene.host.given[0].position, "") << "inside a page is no place to continue at";
    EXPECT_NE(scene.host.given[1].position, "");
    EXPECT_EQ(scene.host.complete_until.size(), 1U);
    position = scene.host.position();
  }
  scene.host.given.clear();
  scene.sharing.rows["hyxx_inc"].push_back("20261122101233001");
  Running running(civil(), scene.host, config(scene.platform));
  ASSERT_EQ(running.poll(position), KINHUB_OK);
  EXPECT_THAT(scene.keys(), ElementsAre("IA|N20261122101233001"));
}

TEST(CivilAffairs, LosesNothingWhereverTheHostStops) {
  for (std::size_t cut = 0; cut < 5; ++cut) {
    Scene scene;
    scene.sharing.rows["hyxx_inc"] = {"20261119101233001", "20261119101233002", "20261120101233001"};
    scene.sharing.rows["sydjxx_inc"] = {"20261119101233001", "20261119101233002"};
    scene.host.refuse_after = cut;
    Running running(civil(), scene.host, config(scene.platform));
    EXPECT_EQ(running.poll(), KINHUB_RETRY);
    scene.host.refuse_after = SIZE_MAX;
    EXPECT_EQ(running.poll(scene.host.position()), KINHUB_OK);
    std::set<std::string> different;
    for (const auto& one : scene.host.given)
      different.insert(one.origin + one.key);
    EXPECT_EQ(different.size(), 5U) << "refused after " << cut;
  }
}

TEST(CivilAffairs, TakesANewSecretWhenItsOwnIsRefused) {
  Scene scene;
  scene.sharing.rows["hyxx_inc"] = {"20261119101233001"};
  Running running(civil(), scene.host, config(scene.platform));
  ASSERT_EQ(running.poll(), KINHUB_OK) << scene.host.explanation;
  scene.sharing.secret_number = 2;
  EXPECT_EQ(running.poll(scene.host.position()), KINHUB_OK) << scene.host.explanation;
}

TEST(CivilAffairs, SaysWhatToDoWhenTheKeyIsWrongOrMissing) {
  Scene scene;
  scene.host.secrets["app_key"] = "another";
  Running running(civil(), scene.host, config(scene.platform));
  EXPECT_EQ(running.poll(), KINHUB_RETRY);
  EXPECT_THAT(scene.host.explanation, HasSubstr("app_key"));
  scene.host.secrets.clear();
  EXPECT_EQ(Running(civil(), scene.host, config(scene.platform)).created, KINHUB_FATAL);
  EXPECT_THAT(scene.host.explanation, HasSubstr("app_key"));
}

TEST(CivilAffairs, DeliversASnapshotFromTheFullInterfacesAndResumes) {
  Scene scene;
  scene.sharing.rows["hyxx_full"] = {"20261119101233001", "20261119101233002", "20261120101233001"};
  scene.sharing.rows["bzfwhhxx_full"] = {"20261119101233001"};
  scene.host.stop_after = 2;
  {
    Running running(civil(), scene.host, config(scene.platform));
    ASSERT_EQ(running.snapshot(), KINHUB_OK);
    EXPECT_TRUE(scene.host.complete_until.empty());
  }
  scene.host.stop_after = SIZE_MAX;
  const auto begun_us = scene.host.now_us;
  scene.host.now_us += 3'600'000'000;
  Running running(civil(), scene.host, config(scene.platform));
  ASSERT_EQ(running.snapshot(scene.host.position()), KINHUB_OK) << scene.host.explanation;
  EXPECT_EQ(scene.host.given.size(), 4U);
  EXPECT_THAT(scene.host.complete_until, ElementsAre(begun_us - 60'000'000)) << "as of when it began";
}

TEST(CivilAffairs, WaitsAndExplainsWhenThePlatformAnswersBadly) {
  struct Case {
    Platform::Answer answer;
    std::string explanation, rejected;
  };
  const std::vector<Case> cases{
      {{502, "<html>Bad gateway</html>"}, "HTTP 502", ""},
      {{200, R"({"head":{"status":"7","msg":"no"}})"}, "status 7", ""},
      {{200, "<html>login</html>"}, "quarantine", "JSON_MALFORMED"},
      {{200, R"({"head":{"status":"0","watermark":"20261119101233001"},"data":{"cxjg":[{"id":"1"}, {)"},
       "quarantine",
       "JSON_TRUNCATED"},
      {{200, R"({"head":{"status":"0","watermark":""},"data":{"cxjg":[{"id":"1"}]}})"}, "watermark", ""},
      {{200, R"({"data":{"cxjg":[{"id":"1"}]},"head":{"status":"0","records":2,"watermark":"20261119"}})"},
       "quarantine",
       "RECORD_COUNT"},
      {{200, std::string(100, ' '), true}, "reading from 127.0.0.1", ""},
  };
  for (const auto& [answer, explanation, rejected] : cases) {
    Sharing sharing;
    Platform platform([&](const Platform::Request& request) {
      return request.method == "POST" ? sharing(request) : answer;
    });
    FakeHost host;
    host.secrets["app_key"] = app_key;
    Running running(civil(), host, config(platform, R"(, "interfaces": ["hyxx"])"));
    for (int round = 0; round < 2; ++round) {
      EXPECT_EQ(running.poll(), KINHUB_RETRY) << explanation;
      EXPECT_THAT(host.explanation, HasSubstr(explanation));
    }
    ASSERT_EQ(host.given.size(), rejected.empty() ? 0U : 1U) << "kept once, not at every try";
    EXPECT_EQ(host.given.empty() ? "" : host.given[0].code, rejected);
    EXPECT_EQ(host.commits, host.given.size()) << "what is said to be in quarantine is there";
  }
}

TEST(CivilAffairs, RefusesAWatermarkThatIsNotTheLargestOfItsRows) {
  for (const auto* const said : {"99991231235959999", "20261119101234001", "2026"}) {
    Scene scene;
    scene.sharing.rows["hyxx_inc"] = {"20261119101233001", "20261120101233001"};
    scene.sharing.rows["cjrz_inc"] = {"20261121101233001"};
    scene.sharing.said_watermark["hyxx_inc"] = said;
    Running running(civil(), scene.host,
                    replaced(config(scene.platform), "\"page_rows\": 2", "\"page_rows\": 1"));
    EXPECT_EQ(running.poll(), KINHUB_RETRY);
    if (std::string(said) == "2026") continue;  // does not go beyond the one asked for
    EXPECT_THAT(scene.host.explanation, HasSubstr("ANSWER_WATERMARK")) << said;
    ASSERT_EQ(scene.host.given.size(), 2U) << "the other interfaces are asked all the same";
    EXPECT_TRUE(scene.host.given[0].rejected);
    EXPECT_THAT(scene.host.given[0].origin, HasSubstr("hyxx_inc"));
    EXPECT_EQ(scene.host.given[1].key, "IA|N20261121101233001");
    EXPECT_THAT(scene.host.position(), ::testing::Not(HasSubstr("9999")));
    EXPECT_TRUE(scene.host.complete_until.empty());
    // Mended, nothing was lost.
    scene.sharing.said_watermark.clear();
    ASSERT_EQ(running.poll(scene.host.position()), KINHUB_OK) << scene.host.explanation;
    EXPECT_THAT(scene.keys(),
                ElementsAre("", "IA|N20261121101233001", "IA|N20261119101233001", "IA|N20261120101233001"));
  }
}

TEST(CivilAffairs, GivesUpOnAPlatformThatDoesNotAnswerInTime) {
  std::atomic<bool> answered{false};
  Platform platform([&](const auto&) {
    while (!answered)
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    return Platform::Answer{200, "{}"};
  });
  FakeHost host;
  host.secrets["app_key"] = app_key;
  Running running(civil(), host, replaced(config(platform), "20000", "50"));
  EXPECT_EQ(running.poll(), KINHUB_RETRY);
  EXPECT_THAT(host.explanation, HasSubstr("reading from 127.0.0.1"));
  answered = true;
}

TEST(CivilAffairs, StopsWhileItWaitsForAnAnswer) {
  std::atomic<bool> asked{false}, answered{false};
  Platform platform([&](const auto&) {
    asked = true;
    while (!answered)
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    return Platform::Answer{200, "{}"};
  });
  FakeHost host;
  host.secrets["app_key"] = app_key;
  host.stop = [&] { return asked.load(); };
  Running running(civil(), host, config(platform));
  EXPECT_EQ(running.poll(), KINHUB_OK) << host.explanation;
  answered = true;
}

TEST(CivilAffairs, RefusesAddressesThatAreNone) {
  for (const auto* const url : {"ftp://x", "http://", "http://host:port/", "http://host/?a=b"}) {
    FakeHost host;
    host.secrets["app_key"] = app_key;
    Running running(civil(), host, std::string(R"({"base_url": ")") + url + "\"}");
    EXPECT_EQ(running.created, KINHUB_FATAL) << url;
    EXPECT_THAT(host.explanation, HasSubstr("base_url"));
  }
}

}  // namespace
}  // namespace kinhub::testing
