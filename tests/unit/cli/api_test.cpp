// Two doors, one answer: what the command line prints as JSON and what HTTP answers are equal byte for byte,
// after the blanks between them are taken out.

#include "hub/api/service.hpp"
#include "hub/api/token.hpp"
#include "tests/unit/cli/hub_fixture.hpp"

namespace kinhub::cli {
namespace {

class ApiTest : public HubFixture {
 protected:
  ApiTest() {
    scratch_.write("kinhub.yaml", "data: ./data\n");
    EXPECT_LE(run({"ingest", "public-security", sample("police_birth_2003.xml"), sample("police_death.xml"),
                   scratch_.write("SWZX_320812000000_20261118000000_0001.xml", "no record").string()})
                  .code,
              1);
    const auto places = find_places(kinhub::tests::binary_dir() + "/bin/kinhub");
    config_ = std::get<Config>(read_config(scratch_.path() / "kinhub.yaml", *places));
    token_ = api::mint_token(scratch_.path() / "api.token");
  }
  /// A line of JSON, as it was answered.
  std::string ask(const std::string& path, const std::string& query = "") {
    const api::Service service({scratch_.path() / "api.token", "", clock_, {}, [](const std::string&) {}});
    const api::Request request{"GET", path, query, "Bearer " + token_, "", "127.0.0.1"};
    if (auto now = service.at_once(request, "r")) return now->body;
    return service
        .answer(request, "r", desk_,
                [this] {
                  return open_desk({config_, clock_, {}, [](const std::string&) {}});
                })
        .body;
  }
  std::string printed(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    return nlohmann::ordered_json::parse(run(std::move(arguments)).out).dump();
  }
  std::string items(const std::string& page) {
    return nlohmann::ordered_json::parse(page).at("items").dump();
  }

  FixedClock clock_{1795233600LL * 1000000};
  Config config_;
  std::string token_;
  std::unique_ptr<GuardedDesk> desk_;
};

TEST_F(ApiTest, BothDoorsGiveTheSameBytes) {
  const auto leads = printed({"leads"});
  EXPECT_EQ(items(ask("/api/v1/leads")), leads);
  const auto lead = nlohmann::json::parse(leads).at(0).at("id").get<std::string>();
  EXPECT_EQ(ask("/api/v1/leads/" + lead), printed({"lead", "show", lead}));
  EXPECT_EQ(items(ask("/api/v1/leads", "state=open")), printed({"leads", "--open"}));
  EXPECT_EQ(items(ask("/api/v1/leads", "kind=ended")), printed({"leads", "--kind", "ended"}));
  EXPECT_EQ(items(ask("/api/v1/quarantine")), printed({"quarantine", "list"}));
  EXPECT_EQ(items(ask("/api/v1/sources")), printed({"source", "list"}));
  EXPECT_EQ(ask("/api/v1/balance"), printed({"balance"}));
  const auto shown = nlohmann::json::parse(leads).at(0);
  EXPECT_EQ(ask("/api/v1/leads/" + lead + "/explanation", "on=2026-11-21"),
            printed({"explain", "--of", shown.at("person").at("ref").get<std::string>(), "--benefit",
                     shown.at("benefit").get<std::string>(), "--on", "2026-11-21"}));
}

TEST_F(ApiTest, ATimelineTellsEachMonthAndNoticesAreThoseOfTheFile) {
  const auto lead = nlohmann::json::parse(printed({"leads"})).at(0);
  const auto timeline = nlohmann::json::parse(ask(
      "/api/v1/leads/" + lead.at("id").get<std::string>() + "/timeline", "from=2026-10-01&until=2027-02-01"));
  ASSERT_EQ(timeline["months"].size(), 4u);
  EXPECT_EQ(timeline["months"][0]["month"], "2026-10");
  EXPECT_TRUE(timeline["months"][0]["computed"].is_null()) << "before the death";
  EXPECT_EQ(timeline["months"][2]["computed"]["fen"], lead["amount"]["fen"]);
  EXPECT_EQ(timeline["months"][2]["difference_fen"], 0) << "December has not begun: nothing of it is owed";
  const auto all = nlohmann::json::parse(ask(
      "/api/v1/leads/" + lead.at("id").get<std::string>() + "/timeline", "from=2000-01-01&until=2040-01-01"));
  std::int64_t arrears = 0, overpaid = 0;
  for (const auto& month : all["months"]) {
    const auto fen = month["difference_fen"].get<std::int64_t>();
    (fen > 0 ? arrears : overpaid) += fen;
  }
  EXPECT_GT(arrears, 0);
  EXPECT_EQ(arrears, lead["arrears_fen"]) << "the months come to what the lead says";
  EXPECT_EQ(-overpaid, lead["overpaid_fen"]);
  EXPECT_EQ(timeline["revision"], lead["revision"]);
  const auto notices = nlohmann::json::parse(ask("/api/v1/notices"));
  ASSERT_FALSE(notices.empty());
  std::int64_t seq = 0;
  for (const auto& notice : notices)
    EXPECT_EQ(notice["seq"], ++seq);
  EXPECT_EQ(nlohmann::json::parse(ask("/api/v1/notices", "after=1&limit=1")).at(0)["seq"], 2);
}

}  // namespace
}  // namespace kinhub::cli
