#include "hub/notice/notice_progress.hpp"

#include "tests/unit/notice/notices_fixture.hpp"

using namespace kinhub;

TEST(NoticeProgress, ReadsWhatItWrote) {
  for (const auto& progress : {NoticeProgress{}, NoticeProgress{41, "L7f3kq2mzx9c4d.3", 90, "0011aabb"}}) {
    auto again = notice_progress_from(to_text(progress));
    ASSERT_TRUE(again) << describe(again.error());
    EXPECT_EQ(*again, progress);
  }
  EXPECT_EQ(to_text({41, "L7.3", 90, "00aa"}), R"({"seq":41,"id":"L7.3","offset":90,"store":"00aa"})");
}

TEST(NoticeProgress, RefusesWhatNoHubWrites) {
  for (const char* text :
       {"", "{}", "[]", "null", "41", "\xff\xfe", R"({"seq":"41","id":"L7.3","offset":90,"store":"00aa"})",
        R"({"seq":41,"id":"L7.3","offset":90})", R"({"seq":-1,"id":"","offset":0,"store":"a"})",
        R"({"seq":41.5,"id":"L7.3","offset":90,"store":"00aa"})"}) {
    auto progress = notice_progress_from(text);
    ASSERT_FALSE(progress) << text;
    EXPECT_EQ(progress.error().code, "NOTICES_PROGRESS");
  }
}

TEST(NoticeProgress, GoesOnOnlyWhereReadersWereToldNothingThatThisStoreDoesNotKnow) {
  const NoticeProgress published{40, "La.2", 55, "store-a"};
  struct {
    const char* name;
    std::optional<NoticeProgress> progress;
    Outbox outbox;
    NoticesTopic topic;
    std::int64_t after;  // -1: refused
    const char* said;
  } const table[] = {
      {"nothing published yet", std::nullopt, {"store-a", 12, ""}, {0}, 0, ""},
      {"nothing published, nothing to publish", std::nullopt, {"store-a", 0, ""}, {0}, 0, ""},
      {"more to publish", published, {"store-a", 90, "La.2"}, {56}, 40, ""},
      {"all published", published, {"store-a", 40, "La.2"}, {2000}, 40, ""},
      {"published nothing but said so", NoticeProgress{0, "", -1, "store-a"}, {"store-a", 3, ""}, {0}, 0, ""},
      {"another store", published, {"store-b", 90, "La.2"}, {56}, -1, "another store"},
      {"an older store", published, {"store-a", 39, ""}, {56}, -1, "gave no more than 39"},
      {"an older store that went on",
       published,
       {"store-a", 90, "Lb.1"},
       {56},
       -1,
       "published as La.2, and is Lb.1"},
      {"a topic made anew", published, {"store-a", 90, "La.2"}, {0}, -1, "the topic ends at 0"},
      {"a topic cut short", published, {"store-a", 90, "La.2"}, {55}, -1, "lost its end"},
      {"a topic made anew that is longer",
       published,
       {"store-a", 90, "La.2"},
       {900, false},
       -1,
       "does not stand in the topic"},
  };
  for (const auto& row : table) {
    auto after = go_on_after(row.progress, row.outbox, row.topic, "kinhub.notices");
    ASSERT_EQ(after.has_value(), row.after >= 0) << row.name;
    if (after) {
      EXPECT_EQ(*after, row.after) << row.name;
    } else {
      EXPECT_EQ(after.error().code, "NOTICES_ELSEWHERE");
      EXPECT_NE(describe(after.error()).find(row.said), std::string::npos)
          << row.name << describe(after.error());
      EXPECT_NE(describe(after.error()).find("docs/notices.md"), std::string::npos) << row.name;
    }
  }
}

TEST(NoticeProgress, ATopicThatGivesAnOffsetAgainWasMadeAnew) {
  EXPECT_FALSE(made_anew_since(-1, 0, "kinhub.notices"));
  EXPECT_FALSE(made_anew_since(8, 10, "kinhub.notices"));
  for (auto offset : {0, 8}) {
    auto anew = made_anew_since(8, offset, "kinhub.notices");
    ASSERT_TRUE(anew);
    EXPECT_EQ(anew->code, "NOTICES_ELSEWHERE");
    EXPECT_EQ(anew->place, "kinhub.notices");
  }
}

TEST(NoticeProgress, OneTransactionTakesWhatFitsAndAtLeastOne) {
  auto rows = [](std::vector<std::size_t> sizes) {
    std::vector<NoticeRow> made;
    for (auto size : sizes)
      made.push_back({static_cast<std::int64_t>(made.size() + 1), std::string(size, 'x')});
    return made;
  };
  EXPECT_EQ(rows_in_one_go({}, 100), 0u);
  EXPECT_EQ(rows_in_one_go(rows({40, 60, 1}), 100), 2u);
  EXPECT_EQ(rows_in_one_go(rows({40, 61, 1}), 100), 1u);
  EXPECT_EQ(rows_in_one_go(rows({4000, 1}), 100), 1u);
}

class NoticeProgressTest : public test::Notices {};

TEST_F(NoticeProgressTest, KnowsIdAndSubjectOfANotice) {
  auto text = body(8, "Lq.1");
  EXPECT_EQ(notice_id(text), "Lq.1");
  EXPECT_EQ(notice_subject(text), "L0000000000001");
  EXPECT_EQ(notice_id("{}"), "");
  EXPECT_EQ(notice_id(R"({"id":"torn)"), "");
}

TEST_F(NoticeProgressTest, AStoreKeepsItsIdAndNoTwoHaveTheSame) {
  auto id = installation_id(*store_);
  EXPECT_EQ(id.size(), 32u);
  EXPECT_EQ(installation_id(*store_), id);
  store_.reset();
  store_ = open_store("kinhub.db");
  EXPECT_EQ(installation_id(*store_), id);
  auto other = open_store("other.db");
  EXPECT_NE(installation_id(*other), id);
}
