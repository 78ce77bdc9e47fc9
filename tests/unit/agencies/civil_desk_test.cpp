#include "tests/agencies/civil_desk.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/agencies/population.hpp"

namespace kinhub::agencies {
namespace {

const Window window{Date(2026, 9, 1), Date(2026, 11, 30)};

/// A client as a connector would be one, on a clock that stands still.
class CivilDeskTest : public testing::Test {
 protected:
  CivilDeskTest()
      : clock_(1'795'000'000'000'000),
        teller_({7, window, false}),
        batch_(make_batch(teller_, window, 0, 400, 0)) {
    rows_ = batch_.before(Agency::civil_affairs, window);
    const auto changes = batch_.stream(Agency::civil_affairs, window);
    rows_.insert(rows_.end(), changes.begin(), changes.end());
    open({});
  }

  void open(CivilDesk::Options options) {
    options.secrets = {"key-of-the-app", "RID1", "SID1"};
    desk_ = std::make_unique<CivilDesk>(options, clock_);
    desk_->load(rows_);
  }

  std::string encoded(const std::string& text) {
    std::string out;
    for (char c : text) {
      char code[4];
      std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(c));
      out += code;
    }
    return out;
  }

  std::string rtime() { return std::to_string(clock_.now_us() / 1000); }

  std::string secret() {
    const std::string time = rtime();
    const nlohmann::json body{{"gjgxjhpt_rid", "RID1"},
                              {"gjgxjhpt_rtime", time},
                              {"gjgxjhpt_sign", platform_sign("key-of-the-app", "RID1" + time)}};
    const CivilAnswer answer = desk_->answer("POST", "/share/refreshappsecret", body.dump());
    EXPECT_EQ(answer.http_status, 200);
    return nlohmann::json::parse(answer.body)["data"]["secret"];
  }

  CivilAnswer ask(const std::string& secret, const std::string& interface, const std::string& watermark,
                  int page = 1, int size = 50) {
    const std::string time = rtime();
    return desk_->answer(
        "GET",
        "/share/" + interface + "?gjgxjhpt_rid=RID1&gjgxjhpt_sid=SID1&gjgxjhpt_rtime=" + time +
            "&gjgxjhpt_sign=" + encoded(platform_sign(secret, "RID1SID1" + time)) +
            "&watermark=" + watermark + "&page=" + std::to_string(page) + "&pageSize=" + std::to_string(size),
        {});
  }

  std::size_t rows_of(std::string_view interface) {
    return static_cast<std::size_t>(std::count_if(rows_.begin(), rows_.end(), [&](const Telegram& row) {
      return civil_interface(row.report->kind) == interface;
    }));
  }

  FixedClock clock_;
  Storyteller teller_;
  Batch batch_;
  std::vector<Telegram> rows_;
  std::unique_ptr<CivilDesk> desk_;
};

TEST_F(CivilDeskTest, SignIsHmacSha256InBase64) {
  EXPECT_EQ(platform_sign("key", "The quick brown fox jumps over the lazy dog"),
            "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg=");
}

TEST_F(CivilDeskTest, FollowingTheWatermarkGivesEveryRowOnce) {
  desk_->release(window.end_at());
  const std::string key = secret();
  for (std::string_view interface : civil_interfaces) {
    std::set<std::string> ids;
    std::string watermark;
    for (std::size_t asked = 0; asked < 1000; ++asked) {
      const auto page =
          nlohmann::json::parse(ask(key, std::string(interface) + "_inc", watermark, 1, 7).body);
      if (page["data"]["cxjg"].empty()) {
        EXPECT_EQ(page["head"]["watermark"], watermark) << "an empty page keeps the asked watermark";
        break;
      }
      for (const auto& row : page["data"]["cxjg"])
        EXPECT_TRUE(ids.insert(row["id"]).second);
      EXPECT_LT(watermark, page["head"]["watermark"].get<std::string>());
      watermark = page["head"]["watermark"];
    }
    EXPECT_EQ(ids.size(), rows_of(interface)) << interface;
  }
  EXPECT_TRUE(desk_->all_fetched());
}

TEST_F(CivilDeskTest, PagingGivesEveryRowOnceToo) {
  desk_->release(window.end_at());
  const std::string key = secret();
  std::set<std::string> ids;
  for (int nth = 1;; ++nth) {
    const auto page = nlohmann::json::parse(ask(key, "hyxx_full", "", nth, 13).body);
    EXPECT_EQ(page["head"]["total"], rows_of("hyxx"));
    if (page["data"]["cxjg"].empty()) break;
    for (const auto& row : page["data"]["cxjg"])
      EXPECT_TRUE(ids.insert(row["id"]).second);
  }
  EXPECT_EQ(ids.size(), rows_of("hyxx"));
  EXPECT_FALSE(desk_->all_fetched()) << "a snapshot is not the stream";
}

TEST_F(CivilDeskTest, RowsAppearOnlyWhenReleased) {
  const std::string key = secret();
  EXPECT_EQ(nlohmann::json::parse(ask(key, "hyxx_full", "").body)["head"]["total"], 0);
  desk_->release(window.start_at() - 1);
  const std::size_t before = nlohmann::json::parse(ask(key, "hyxx_full", "").body)["head"]["total"];
  desk_->release(window.end_at());
  const std::size_t all = nlohmann::json::parse(ask(key, "hyxx_full", "").body)["head"]["total"];
  EXPECT_GT(before, 0u);
  EXPECT_GT(all, before);
}

TEST_F(CivilDeskTest, AWrongSignIsRefused) {
  desk_->release(window.end_at());
  const CivilAnswer refused = ask("not the secret", "hyxx_inc", "");
  EXPECT_EQ(refused.http_status, 401);
  EXPECT_EQ(nlohmann::json::parse(refused.body)["head"]["status"], "401");
  EXPECT_EQ(desk_->answer("POST", "/share/refreshappsecret", "{}").http_status, 401);
  EXPECT_EQ(desk_->answer("POST", "/share/refreshappsecret", "not json").http_status, 401);
  EXPECT_EQ(desk_->answer("GET", "/share/hyxx_inc", {}).http_status, 401);
}

TEST_F(CivilDeskTest, TheSecretOfYesterdayIsRefused) {
  const std::string key = secret();
  EXPECT_EQ(ask(key, "hyxx_inc", "").http_status, 200);
  clock_.set(clock_.now_us() + 86'400'000'000);
  EXPECT_EQ(ask(key, "hyxx_inc", "").http_status, 401);
  EXPECT_EQ(ask(secret(), "hyxx_inc", "").http_status, 200);
}

TEST_F(CivilDeskTest, AnOldRequestIsRefused) {
  const std::string time = std::to_string(clock_.now_us() / 1000 - 600'000);
  const std::string key = secret();
  EXPECT_EQ(desk_
                ->answer("GET",
                         "/share/hyxx_inc?gjgxjhpt_rid=RID1&gjgxjhpt_sid=SID1&gjgxjhpt_rtime=" + time +
                             "&gjgxjhpt_sign=" + encoded(platform_sign(key, "RID1SID1" + time)) +
                             "&watermark=&page=1&pageSize=10",
                         {})
                .http_status,
            401);
}

TEST_F(CivilDeskTest, ASecretWithFewUsesHasToBeRenewed) {
  CivilDesk::Options options;
  options.secret_uses_max = 3;
  open(options);
  const std::string key = secret();
  for (int use = 0; use < 3; ++use)
    EXPECT_EQ(ask(key, "hyxx_inc", "").http_status, 200) << use;
  EXPECT_EQ(ask(key, "hyxx_inc", "").http_status, 401);
  EXPECT_EQ(ask(secret(), "hyxx_inc", "").http_status, 200);
}

TEST_F(CivilDeskTest, WrongParametersGetAStatusThatIsNotZero) {
  const std::string key = secret();
  for (const auto& answer : {ask(key, "nothing_inc", ""), ask(key, "hyxx", ""), ask(key, "hyxx_inc", "2026"),
                             ask(key, "hyxx_inc", "", 0), ask(key, "hyxx_inc", "", 1, 0),
                             ask(key, "hyxx_inc", "", 1, 100000), ask(key, "hyxx_full", "2026")})
    EXPECT_NE(nlohmann::json::parse(answer.body)["head"]["status"], "0");
}

TEST_F(CivilDeskTest, FaultsComeWhenAskedFor) {
  CivilDesk::Options options;
  options.fault_percent = 30;
  open(options);
  for (int i = 0; i < 100; ++i)
    desk_->answer("GET", "/share/hyxx_inc", {});
  EXPECT_EQ(desk_->counts().faults, 30u);
}

}  // namespace
}  // namespace kinhub::agencies
