// Kinds of fact without rules of their own, from a message to what a case worker reads: the family as it
// stood on a day, where each value comes from, and what is masked.
#include "tests/unit/cli/hub_fixture.hpp"

namespace kinhub::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

constexpr auto mapping = R"yaml(map: own.care
from: { format: json, each: records }
let: { since_day: "date(since, 'any')" }
key: [rid]
version: timestamp(updt_time)
op: { if: "vali_flag = '0'", then: retract, else: assert }
later: succeeds
evidence: certificate
facts:
  - fact: address
    when: present(address)
    set: { person.citizen_number: citizen_id(certno), address: address, area: area(area), on: since_day }
  - fact: contact
    when: present(phone)
    set: { person.citizen_number: citizen_id(certno), channel: "'phone'", contact: phone, on: since_day }
  - fact: support
    when: present(sum)
    set:
      person.citizen_number: citizen_id(certno)
      what: "'low_income'"
      family_no: family
      fen_per_month: yuan(sum)
      on: since_day
      until: end_date(until, 'any')
  - fact: helper
    when: present(helper)
    set:
      person.citizen_number: citizen_id(certno)
      role: "'doctor'"
      helper_name: helper
      phone: phone
      on: since_day
  - fact: alive
    when: present(seen)
    set: { person.citizen_number: citizen_id(certno), on: "date(seen, 'any')" }
)yaml";

class KindsOnTheHub : public HubFixture {
 protected:
  KindsOnTheHub() {
    scratch_.write(
        "kinhub.yaml",
        "data: ./data\nsources:\n  - name: care\n    connector: medical_insurance\n    mappings: ./own\n"
        "  - name: public-security\n    connector: public_security\n");
    scratch_.write("own/care.yaml", mapping);
  }
  void told(Json row) {
    static int files = 0;
    row["certno"] = "322228200005210171", row["psn_no"] = "1";
    const auto name = "told" + std::to_string(++files) + ".json";
    scratch_.write(name, Json{{"table", "CARE"}, {"records", Json::array({row})}}.dump());
    const auto answer = run({"ingest", "care", (scratch_.path() / name).string(), "--json"});
    ASSERT_EQ(answer.code, 0) << answer.out << answer.err;
  }
  /// "address ***** 322228001001", of the person on a day; the fields in the order of their names.
  std::vector<std::string> stands(const std::string& day, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"family",     "--of", "322228200005210171",
                                          "--valid-at", day,    "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto families = run(arguments).json();
    std::vector<std::string> lines;
    for (const auto& one : families.at(0).at("members").at(0).at("standing")) {
      auto line = one.at("kind").get<std::string>();
      for (const auto& [field, value] : one.at("values").items())
        line += " " + (value.is_string() ? value.get<std::string>() : value.dump());
      lines.push_back(line);
    }
    return lines;
  }
};

TEST_F(KindsOnTheHub, StandAsTheyDidOnTheDayAndAreMasked) {
  told({{"rid", "1"},
        {"updt_time", "20200102"},
        {"since", "20200101"},
        {"address", "试安路1号"},
        {"area", "322228001001"},
        {"phone", "13800001111"},
        {"helper", "钱试医"}});
  told({{"rid", "1"},
        {"updt_time", "20220102"},
        {"since", "20220101"},
        {"address", "试和路2号"},
        {"area", "322228002"}});
  told({{"rid", "2"},
        {"updt_time", "20210102"},
        {"since", "20210101"},
        {"sum", "1130.00"},
        {"family", "DB32081290200017"},
        {"until", "20211231"}});
  using Lines = std::vector<std::string>;
  EXPECT_EQ(stands("2019-01-01"), Lines{});
  EXPECT_EQ(stands("2020-06-01"), (Lines{"address ***** 322228001001", "contact phone *********11",
                                         "helper 钱*医 *********11 doctor"}));
  EXPECT_EQ(stands("2021-12-31"),
            (Lines{"address ***** 322228001001", "support **************17 113000 low_income",
                   "contact phone *********11", "helper 钱*医 *********11 doctor"}));
  EXPECT_EQ(stands("2022-01-01", {"--reveal", "--reason", "test"}),
            (Lines{"address 试和路2号 322228002", "contact phone 13800001111",
                   "helper 钱试医 13800001111 doctor"}));
  const auto table = run({"family", "--of", "322228200005210171", "--valid-at", "2021-06-01"}).out;
  EXPECT_THAT(table, HasSubstr("support what low_income, family_no **************17, fen_per_month 113000  "
                               "2021-01-01 until 2022-01-01"));
  for (const char* secret : {"13800001111", "试安路", "钱试医", "DB32081290200017"})
    EXPECT_THAT(table, Not(HasSubstr(secret)));
}

TEST_F(KindsOnTheHub, TellWhereTheyComeFrom) {
  told({{"rid", "1"}, {"updt_time", "20200102"}, {"since", "20200101"}, {"phone", "13800001111"}});
  told({{"rid", "2"}, {"updt_time", "20210102"}, {"since", "20210101"}, {"phone", "13900001111"}});
  const auto origin = run({"explain", "--of", "322228200005210171", "--field", "contact", "--json"}).json();
  ASSERT_EQ(origin.at("settled").size(), 2u);
  const auto& first = origin.at("settled").at(0);
  EXPECT_EQ(first.at("value"), "channel phone since 2020-01-01 until 2021-01-01");
  EXPECT_EQ(first.at("number"), "*********11");
  EXPECT_EQ(first.at("by").at(0).at("mapping"), "own/care");
  EXPECT_EQ(first.at("by").at(0).at("line"), 15);
  for (const auto* form : {"address", "support", "service", "alive", "register_entry"})
    EXPECT_EQ(run({"explain", "--of", "322228200005210171", "--field", form}).code, 0) << form;
}

TEST_F(KindsOnTheHub, SeenAliveAfterADeathLeavesItDisputedUntilThatIsTakenBack) {
  ASSERT_EQ(run({"ingest", "public-security", sample("police_death.xml")}).code, 0);
  const auto certainty = [&] {
    const auto families = run({"family", "--of", "322228200005210171", "--json"}).json();
    for (const auto& member : families.at(0).at("members"))
      if (member.at("died").is_object()) return member.at("died").at("certainty").get<std::string>();
    return std::string("lives");
  };
  ASSERT_EQ(certainty(), "sure");
  told({{"rid", "9"}, {"updt_time", "20261120"}, {"seen", "20261119"}});
  EXPECT_EQ(certainty(), "seen_alive_after");
  told({{"rid", "9"}, {"updt_time", "20261121"}, {"seen", "20261119"}, {"vali_flag", "0"}});
  EXPECT_EQ(certainty(), "sure");
}

}  // namespace
}  // namespace kinhub::cli
