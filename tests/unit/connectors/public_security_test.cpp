#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/sdk/agency_time.hpp"
#include "tests/unit/connectors/support.hpp"

namespace kinhub::testing {
namespace {

const LoadedPlugin& police() {
  static const LoadedPlugin loaded(connector_path("public_security"));
  return loaded;
}

std::string config(const TemporaryFolder& inbox, const std::filesystem::path& snapshot = {}) {
  return R"({"inbox": ")" + inbox.path().string() + R"(", "snapshot": ")" + snapshot.string() +
         R"(", "settle_seconds": 1})";
}

std::string named(int second, const std::string& type = "SWZX") {
  return type + "_320812000000_202611181025" + std::to_string(10 + second) + "_0001.xml";
}

TEST(PublicSecurity, RefusesAnUnknownCharsetWhenItIsConfigured) {
  FakeHost host;
  Running running(police(), host, R"({"charset": "GB18O30"})");
  EXPECT_EQ(running.created, KINHUB_FATAL);
  EXPECT_NE(host.explanation.find("must be a charset that is known"), std::string::npos) << host.explanation;
}

TEST(PublicSecurity, GivesAOneRecordFileAsItIs) {
  FakeHost host;
  Running running(police(), host, "{}");
  ASSERT_EQ(running.created, KINHUB_OK);
  for (const auto* const name : {"police_birth.xml", "police_birth_2003.xml", "police_death.xml",
                                 "police_death_revoked.xml", "police_id_correct.xml"}) {
    host.given.clear();
    const auto bytes = sample(name);
    ASSERT_EQ(running.read_capture(name, bytes), KINHUB_OK) << name;
    ASSERT_EQ(host.given.size(), 1U) << name;
    EXPECT_FALSE(host.given[0].rejected) << host.given[0].code;
    EXPECT_EQ(host.given[0].body, bytes) << name;
    EXPECT_EQ(host.given[0].charset, "GB18030");
    EXPECT_EQ(host.given[0].content_type, "application/xml");
    EXPECT_EQ(host.given[0].origin, name);
    EXPECT_EQ(host.given[0].position, "");
  }
}

TEST(PublicSecurity, TakesBusinessAndPersonAsKeySoThatAReversalWaitsBehindItsOriginal) {
  FakeHost host;
  Running running(police(), host, "{}");
  running.read_capture("a", sample("police_death.xml"));
  running.read_capture("b", sample("police_death_revoked.xml"));
  ASSERT_EQ(host.given.size(), 2U);
  EXPECT_EQ(host.given[0].key, "3208120000009001234|3208120000000550001");
  EXPECT_EQ(host.given[0].key, host.given[1].key);
  EXPECT_EQ(host.given[0].occurred_at_us, *sdk::local_time_us("20261118102501"));
}

TEST(PublicSecurity, CutsAMoveOfTwoPersonsIntoTwoDocuments) {
  FakeHost host;
  Running running(police(), host, "{}");
  const auto bytes = sample("police_move_out.xml");
  ASSERT_EQ(running.read_capture("move.xml", bytes), KINHUB_OK);
  ASSERT_EQ(host.given.size(), 2U);
  const auto first = bytes.find("<RECORD"), first_end = bytes.find("</RECORD>") + 9;
  const auto second = bytes.find("<RECORD", first_end), second_end = bytes.find("</RECORD>", first_end) + 9;
  const auto head = bytes.substr(0, first), tail = bytes.substr(second_end);
  EXPECT_EQ(host.given[0].body, head + bytes.substr(first, first_end - first) + tail);
  EXPECT_EQ(host.given[1].body, head + bytes.substr(second, second_end - second) + tail);
  EXPECT_EQ(host.given[1].key, "3208120000009001251|3208120000000550011");
  EXPECT_EQ(host.given[1].origin, "move.xml#2");
}

TEST(PublicSecurity, DoesNotCarryTheCauseOfDeath) {
  FakeHost host;
  Running running(police(), host, "{}");
  running.read_capture("a", replaced(sample("police_death.xml"), "<SWYY></SWYY>", "<SWYY>V43.5</SWYY>"));
  ASSERT_EQ(host.given.size(), 1U);
  EXPECT_EQ(host.given[0].body, sample("police_death.xml"));
}

TEST(PublicSecurity, RejectsAFileThatCannotBeCutWhole) {
  const auto good = sample("police_move_out.xml");
  const auto cases = std::vector<std::pair<std::string, std::string>>{
      {good.substr(0, good.size() / 2), "XML_TRUNCATED"},
      {replaced(good, "<root>", "<!DOCTYPE root [<!ENTITY a \"b\">]><root>"), "XML_DOCTYPE"},
      {replaced(good, "RECORD", "ROW"), "XML_NO_RECORD"},
      {"", "XML_EMPTY"},
      {replaced(good, "</RECORD>", ""), "XML_MALFORMED"},
  };
  FakeHost host;
  Running running(police(), host, "{}");
  for (const auto& [bytes, code] : cases) {
    host.given.clear();
    EXPECT_EQ(running.read_capture("bad.xml", bytes), KINHUB_OK);
    ASSERT_EQ(host.given.size(), 1U) << code;
    EXPECT_TRUE(host.given[0].rejected);
    EXPECT_EQ(host.given[0].code, code);
    EXPECT_EQ(host.given[0].body, bytes);
    EXPECT_THAT(host.given[0].place, ::testing::HasSubstr("line "));
  }
}

TEST(PublicSecurity, WaitsForTheFlagFile) {
  const TemporaryFolder inbox;
  FakeHost host;
  Running running(police(), host, config(inbox));
  write_file(inbox.path() / named(1), sample("police_death.xml"));
  ASSERT_EQ(running.poll(), KINHUB_OK);
  EXPECT_EQ(host.given.size(), 0U);
  write_file(inbox.path() / (named(1) + ".ok"), "");
  ASSERT_EQ(running.poll(), KINHUB_OK);
  EXPECT_EQ(host.given.size(), 1U);
  ASSERT_EQ(host.complete_until.size(), 1U);
  EXPECT_EQ(host.complete_until[0], *sdk::local_time_us("20261118102559"));
}

TEST(PublicSecurity, AFileThatHoldsLessThanItsJlsIsNoCompleteDelivery) {
  const auto whole = sample("police_death.xml");
  for (const auto& [jls, rejected] :
       {std::pair{"1", false}, {"3", true}, {"0", true}, {"", false}, {"x", false}}) {
    const TemporaryFolder inbox;
    inbox.put(named(1), replaced(whole, "<jls>1<", "<jls>" + std::string(jls) + "<"));
    FakeHost host;
    host.now_us = *sdk::local_time_us("20261201");
    Running running(police(), host, config(inbox));
    ASSERT_EQ(running.poll(), KINHUB_OK);
    ASSERT_EQ(host.given.size(), rejected ? 2U : 1U) << jls;
    EXPECT_EQ(host.given[0].code, rejected ? "RECORD_COUNT" : "") << jls;
    EXPECT_FALSE(host.given.back().rejected) << "the record that is there is taken";
    EXPECT_EQ(host.complete_until.empty(), rejected) << jls;
  }
}

TEST(PublicSecurity, AFileFromTheFutureClaimsNoMoreThanThePresent) {
  const TemporaryFolder inbox, snapshot;
  inbox.put("SWZX_320812000000_20621118102559_0001.xml",
            replaced(sample("police_death.xml"), "<fssj>2026", "<fssj>2062"));
  snapshot.put("CZRK_320812000000_20621118102559_0001.xml",
               replaced(sample("police_death.xml"), "<fssj>2026", "<fssj>2062"));
  FakeHost host;
  const auto then_us = host.now_us;
  Running running(police(), host, config(inbox, snapshot.path()));
  ASSERT_EQ(running.poll(), KINHUB_OK);
  host.now_us += 3600'000'000;
  ASSERT_EQ(running.poll(host.position()), KINHUB_OK);
  EXPECT_THAT(host.complete_until, ::testing::ElementsAre(then_us)) << "and does not grow with the clock";
  host.complete_until.clear();
  ASSERT_EQ(running.snapshot(), KINHUB_OK);
  EXPECT_THAT(host.complete_until, ::testing::ElementsAre(host.now_us));
}

TEST(PublicSecurity, AnEmptyDeliveryFromTheEndOfTimeClaimsNoMoreThanThePresent) {
  const TemporaryFolder inbox;
  const auto nothing = replaced(sample("police_death.xml"), "<jls>1<", "<jls>0<");
  const auto begin = nothing.find("<RECORD"), end = nothing.find("</RECORD>") + 9;
  inbox.put("CSDJ_320812000000_99991231235959_0001.xml", nothing.substr(0, begin) + nothing.substr(end));
  FakeHost host;
  Running running(police(), host, config(inbox));
  ASSERT_EQ(running.poll(), KINHUB_OK);
  EXPECT_TRUE(host.given.empty());
  EXPECT_THAT(host.complete_until, ::testing::ElementsAre(host.now_us));
}

TEST(PublicSecurity, AFileThatCannotBeReadClaimsNothing) {
  const TemporaryFolder inbox;
  inbox.put(named(1), "<root><head><fssj>20261118102559</fssj>");
  FakeHost host;
  Running running(police(), host, config(inbox));
  ASSERT_EQ(running.poll(), KINHUB_OK);
  EXPECT_TRUE(host.given.at(0).rejected);
  EXPECT_TRUE(host.complete_until.empty());
}

TEST(PublicSecurity, ReadsInTheOrderOfTheTimesInTheNamesAndNothingTwice) {
  const TemporaryFolder inbox;
  inbox.put(named(3, "BGGZ"), sample("police_id_correct.xml"));
  inbox.put(named(1, "QCZX"), sample("police_move_out.xml"));
  inbox.put(named(2, "CSDJ"), sample("police_birth.xml"));
  FakeHost host;
  Running running(police(), host, config(inbox));
  ASSERT_EQ(running.poll(), KINHUB_OK);
  ASSERT_EQ(host.given.size(), 4U);
  EXPECT_EQ(host.given[0].origin, named(1, "QCZX") + "#1");
  EXPECT_EQ(host.given[2].origin, named(2, "CSDJ"));
  EXPECT_EQ(host.given[3].origin, named(3, "BGGZ"));
  ASSERT_EQ(running.poll(host.position()), KINHUB_OK);
  EXPECT_EQ(host.given.size(), 4U);
  // Another instance knows it from the position alone.
  Running again(police(), host, config(inbox));
  ASSERT_EQ(again.poll(host.position()), KINHUB_OK);
  EXPECT_EQ(host.given.size(), 4U);
}

TEST(PublicSecurity, DoesNotMissALateFileWithAnOlderName) {
  const TemporaryFolder inbox;
  inbox.put(named(5), sample("police_death.xml"));
  FakeHost host;
  std::string position;
  {
    Running running(police(), host, config(inbox));
    ASSERT_EQ(running.poll(), KINHUB_OK);
    position = host.position();
  }
  inbox.put(named(1), sample("police_birth.xml"));
  Running running(police(), host, config(inbox));
  ASSERT_EQ(running.poll(position), KINHUB_OK);
  ASSERT_EQ(host.given.size(), 2U);
  EXPECT_EQ(host.given[1].origin, named(1));
}

TEST(PublicSecurity, ContinuesInsideAFileAfterEveryEvent) {
  const TemporaryFolder inbox;
  inbox.put(named(1, "QCZX"), sample("police_move_out.xml"));
  inbox.put(named(2), sample("police_death.xml"));
  inbox.put(named(3), sample("police_birth.xml").substr(0, 300));
  FakeHost whole;
  {
    Running running(police(), whole, config(inbox));
    ASSERT_EQ(running.poll(), KINHUB_OK);
  }
  ASSERT_EQ(whole.given.size(), 4U);
  EXPECT_TRUE(whole.given[3].rejected);
  for (std::size_t cut = 0; cut < whole.given.size(); ++cut) {
    FakeHost host;
    host.refuse_after = cut;
    {
      Running running(police(), host, config(inbox));
      EXPECT_EQ(running.poll(), KINHUB_RETRY);
      host.refuse_after = SIZE_MAX;
      EXPECT_EQ(running.poll(host.position()), KINHUB_OK);
    }
    ASSERT_EQ(host.given.size(), whole.given.size()) << "refused after " << cut;
    for (std::size_t i = 0; i < whole.given.size(); ++i)
      EXPECT_EQ(host.given[i].body, whole.given[i].body);
  }
}

TEST(PublicSecurity, DeliversTheNewestSnapshotOnlyAndResumes) {
  const TemporaryFolder inbox, snapshot;
  const auto master = replaced(sample("police_move_out.xml"), "QCZX", "CZRK");
  snapshot.put("CZRK_320812000000_20261101020000_0001.xml", master);
  snapshot.put("CZRK_320812000000_20261120020000_0001.xml", master);
  snapshot.put("CZRK_320812000000_20261120020000_0002.xml", master);
  FakeHost host;
  {
    Running running(police(), host, config(inbox, snapshot.path()));
    host.stop_after = 1;
    ASSERT_EQ(running.snapshot(), KINHUB_OK);
    ASSERT_EQ(host.given.size(), 1U);
    EXPECT_TRUE(host.complete_until.empty());
  }
  host.stop_after = SIZE_MAX;
  Running running(police(), host, config(inbox, snapshot.path()));
  ASSERT_EQ(running.snapshot(host.position()), KINHUB_OK) << host.explanation;
  ASSERT_EQ(host.given.size(), 4U);
  EXPECT_EQ(host.given[1].origin, "CZRK_320812000000_20261120020000_0001.xml#2");
  EXPECT_EQ(host.given[3].origin, "CZRK_320812000000_20261120020000_0002.xml#2");
  EXPECT_EQ(host.complete_until.size(), 1U);
}

TEST(PublicSecurity, SaysWhatIsWrongWithItsConfiguration) {
  for (const auto* const text :
       {"[]", "{\"inbox\": 5}", "{\"inbox\": \"relative\"}", "{\"settle_seconds\": 0}", "{"}) {
    FakeHost host;
    Running running(police(), host, text);
    EXPECT_EQ(running.created, KINHUB_FATAL) << text;
    EXPECT_THAT(host.explanation, ::testing::HasSubstr("configuration")) << text;
  }
  FakeHost host;
  Running running(police(), host, "{}");
  EXPECT_EQ(running.poll(), KINHUB_FATAL);
  EXPECT_THAT(host.explanation, ::testing::HasSubstr("inbox"));
  EXPECT_EQ(running.poll("nonsense"), KINHUB_FATAL);
}

TEST(PublicSecurity, AsksForANewTryWhenTheFolderIsGone) {
  FakeHost host;
  Running running(police(), host, R"({"inbox": "/nonexistent/inbox"})");
  EXPECT_EQ(running.poll(), KINHUB_RETRY);
  EXPECT_THAT(host.explanation, ::testing::HasSubstr("/nonexistent/inbox"));
}

}  // namespace
}  // namespace kinhub::testing
