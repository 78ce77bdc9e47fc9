// `map try` and `map words` on the shipped mappings and the sample files, where there is no hub.

#include <algorithm>

#include "hub/record/fact.hpp"
#include "tests/unit/cli/hub_fixture.hpp"

namespace kinhub::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class MapTryTest : public HubFixture {
 protected:
  MapTryTest() { scratch_.write("kinhub.yaml", "data: ./data\n"); }

  std::string changed(const std::string& name, const std::string& from, const std::string& to) {
    std::ifstream in(sample(name), std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
    return scratch_.write("changed/" + name, text);
  }
};

TEST_F(MapTryTest, TellsWhatAFileComesToAndMakesNothing) {
  const auto tried = run({"map", "try", sample("police_death.xml"), "--json"});
  EXPECT_EQ(tried.code, 0) << tried.err;
  const auto json = tried.json();
  EXPECT_EQ(json["source"], "public-security") << "the one whose mappings know it";
  EXPECT_EQ(json["mapped"], 1);
  const auto& record = json["tried"][0]["records"][0];
  EXPECT_EQ(record["mapping"], "public_security/death");
  EXPECT_EQ(record["facts"][0]["fact"], "death");
  const auto& rule = record["rules"][0];
  for (const auto& field : rule["fields"])
    if (field["field"] == "on") {
      EXPECT_EQ(field["value"], "2026-11-18");
      EXPECT_EQ(field["raw"][0]["place"], "/root/body/RECORD/SWRQ");
      EXPECT_EQ(field["raw"][0]["text"], "20261118");
    }
  EXPECT_FALSE(fs::exists(scratch_.path() / "data"));
}

TEST_F(MapTryTest, MasksUnlessToldNotTo) {
  const auto tried = run({"map", "try", sample("police_death.xml")});
  EXPECT_THAT(tried.out, AllOf(HasSubstr("王*子"), Not(HasSubstr("王试子")), Not(HasSubstr("322228"))));
  const auto hospital = run({"map", "try", sample("hospital_death_A03.hl7")});
  EXPECT_THAT(hospital.out, AllOf(HasSubstr("PV1-36.2 '死*'"), Not(HasSubstr("死亡"))))
      << "text a day depends on";
  const auto whole = run({"map", "try", sample("police_death.xml"), "--reveal", "--reason", "test"});
  EXPECT_THAT(whole.out, AllOf(HasSubstr("王试子"), HasSubstr("322228200005210171")));
}

/// A mapping that sets every field of a kind that is private or free text, and, as far as days and numbers
/// go, fields that are neither; all read what `planted` gives them.
std::string mapping_of_all_fields(const FactKind kind, nlohmann::json& row) {
  const std::string name(name_of(kind));
  std::string set;
  for (const auto& field : fields_of(kind)) {
    std::string path = "f_" + std::string(field.field), value = "0512-87654", reads = path;
    std::replace(path.begin(), path.end(), '.', '_');
    reads = path;
    const auto known = fact_field(field.field);
    const auto privacy = known ? traits_of(*known).privacy : Privacy::name;
    switch (field.type) {
      case FieldType::name:
      case FieldType::text:
        if (privacy == Privacy::name || privacy == Privacy::plain) value = "钱试医";
        break;
      case FieldType::identifier:
        if (field.field.ends_with("citizen_number")) value = "322228200005210171";
        if (field.field.ends_with("citizen_number")) reads = "citizen_id(" + path + ")";
        if (field.field.ends_with("disability_certificate")) reads = "disability_card(" + path + ")";
        break;
      case FieldType::date:
        reads = "date(" + path + ", 'any')";
        break;
      case FieldType::integer:
        reads = "integer(" + path + ")";
        break;
      case FieldType::region:
        reads = "region(" + path + ")";
        break;
      case FieldType::area:
        reads = "area(" + path + ")";
        break;
      case FieldType::money:
        reads = "yuan(" + path + ")";
        break;
      case FieldType::sex:
        reads = "code(sex, " + path + ")";
        break;
      case FieldType::code:
        value = "钱试医";
        reads = "if present(" + path + ") then '" +
                std::string(field.words.substr(0, field.words.find('|'))) + "' else null";
        break;
    }
    row[path] = value;
    set += "  " + std::string(field.field) + ": \"" + reads + "\"\n";
  }
  return "map: own." + name + "\nfrom: { format: json, each: records, when: \"kind = '" + name +
         "'\" }\nkey: [rid]\nversion: timestamp(at)\nevidence: certificate\nfact: " + name + "\nset:\n" + set;
}

TEST_F(MapTryTest, NoPrivateValueOfAnyFieldOfAnyKindIsShownUnlessRevealed) {
  scratch_.write("kinhub.yaml",
                 "data: ./data\nsources:\n  - name: care\n    connector: medical_insurance\n"
                 "    mappings: ./own\n");
  auto rows = nlohmann::json::array();
  for (const auto& kind : fact_kinds()) {
    nlohmann::json row = {{"kind", kind.name}, {"rid", "钱试医13800001111"}, {"at", "20261118102501"}};
    scratch_.write("own/" + std::string(kind.name) + ".yaml", mapping_of_all_fields(kind.kind, row));
    rows.push_back(row);
  }
  const auto file = scratch_.write("all.json", nlohmann::json{{"table", "CARE"}, {"records", rows}}.dump());
  for (const std::string form : {"--json", "--reason=x"}) {
    const auto tried = run({"map", "try", file.string(), "--source", "care", "--limit", "0", form});
    ASSERT_NE(tried.out, "") << tried.err;
    for (const auto& kind : fact_kinds())
      EXPECT_THAT(tried.out, HasSubstr("own/" + std::string(kind.name)));
    for (const char* planted : {"0512-87654", "钱试医", "钱试", "322228200005210171", "13800001111"})
      EXPECT_THAT(tried.out, Not(HasSubstr(planted))) << form;
  }
  const auto whole =
      run({"map", "try", file.string(), "--source", "care", "--limit", "0", "--reveal", "--reason", "test"});
  for (const char* planted : {"0512-87654", "钱试医", "322228200005210171"})
    EXPECT_THAT(whole.out, HasSubstr(planted));
}

TEST_F(MapTryTest, NamesOfFieldsThatNoRuleReadsAreMaskedToo) {
  scratch_.write("kinhub.yaml",
                 "data: ./data\nsources:\n  - name: care\n    connector: medical_insurance\n"
                 "    mappings: ./own\n");
  scratch_.write("own/alive.yaml",
                 "map: own.alive\nfrom: { format: json, each: records }\nkey: [rid]\nversion: timestamp(at)\n"
                 "evidence: certificate\nfact: alive\nset:\n  person.citizen_number: citizen_id(certno)\n"
                 "  on: date(at, 'any')\nunmapped: report\n");
  const nlohmann::json row = {{"rid", "1"},
                              {"at", "20261118102501"},
                              {"certno", "322228200005210171"},
                              {"13800001111", 1},
                              {"王试男", 1},
                              {"spare", "x"}};
  const auto file = scratch_.write(
      "keys.json", nlohmann::json{{"table", "CARE"}, {"records", nlohmann::json::array({row})}}.dump());
  for (const std::string form : {"--json", "--reason=x"})
    EXPECT_THAT(run({"map", "try", file.string(), "--source", "care", form}).out,
                AllOf(HasSubstr("spare"), HasSubstr("王*男"), Not(HasSubstr("13800001111")),
                      Not(HasSubstr("王试男"))));
}

TEST_F(MapTryTest, ARejectedRecordIsExitOneWithTheFieldAndTheRestOfThem) {
  const auto tried =
      run({"map", "try", changed("police_death.xml", "322228200005210171", "322228200005210170")});
  EXPECT_EQ(tried.code, 1);
  EXPECT_THAT(tried.out, AllOf(HasSubstr("rejected: person.citizen_number"), HasSubstr("(CITIZEN_ID_CHECK)"),
                               HasSubstr("2026-11-18"), Not(HasSubstr("322228"))));
}

TEST_F(MapTryTest, TriesAMappingThatIsNotInUseYet) {
  const auto file =
      scratch_.write("mine/death.yaml",
                     "map: mine.death\nfrom: { format: xml, each: /root/body/RECORD }\nkey: [RYID]\n"
                     "version: timestamp(GXSJ)\nevidence: police_registration\nfact: death\nset:\n"
                     "  person.name: XM\n  on: date(SLSJ, 'any')\n");
  const auto tried = run({"map", "try", sample("police_death.xml"), "--source", "public-security",
                          "--mapping", file.string(), "--json"});
  EXPECT_EQ(tried.code, 0) << tried.err;
  EXPECT_EQ(tried.json()["tried"][0]["records"][0]["mapping"], "mine/death");
}

TEST_F(MapTryTest, SaysWhatIsWrongWithTheQuestion) {
  const auto none = run({"map", "try", (scratch_.path() / "nowhere.xml").string()});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("NO_SUCH_FILE"));
  EXPECT_THAT(run({"map", "try", sample("police_death.xml"), "--source", "public-securty"}).err,
              AllOf(HasSubstr("NO_SUCH_SOURCE"), HasSubstr("did you mean 'public-security'")));
  EXPECT_THAT(run({"map", "try", sample("police_death.xml"), "--mapping", "public_security/deth"}).err,
              HasSubstr("NO_SUCH_MAPPING"));
  const auto unknown = scratch_.write("x.xml", "<other/>");
  EXPECT_THAT(run({"map", "try", unknown.string()}).err,
              AllOf(HasSubstr("SOURCE_UNCLEAR"), HasSubstr("public-security")));
  const auto wrong = scratch_.write("wrong/death.yaml", "map: wrong.death\n");
  EXPECT_THAT(run({"map", "try", sample("police_death.xml"), "--source", "public-security", "--mapping",
                   wrong.string()})
                  .err,
              HasSubstr("death.yaml:1:1: "));
}

TEST_F(MapTryTest, AStoredEventIsExplainedMaskedOrUnderAnOpening) {
  ASSERT_EQ(run({"ingest", "public-security", sample("police_death.xml")}).code, 0);
  const auto told = run({"map", "explain", "1", "--source", "public-security"});
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_THAT(told.out, AllOf(HasSubstr("event public-security/1"), HasSubstr("王*子"),
                              HasSubstr("2026-11-18"), Not(HasSubstr("322228")), Not(HasSubstr("王试子"))));
  const auto whole =
      run({"map", "explain", "1", "--source", "public-security", "--json", "--reveal", "--reason", "核对"});
  EXPECT_THAT(whole.out, HasSubstr("王试子"));
  EXPECT_EQ(whole.json()["event"]["outcome"], "mapped");
  for (const std::string number : {"0", "2"}) {
    const auto none = run({"map", "explain", number, "--source", "public-security"});
    EXPECT_EQ(none.code, 2);
    EXPECT_THAT(none.err, HasSubstr("NO_SUCH_EVENT"));
  }
  EXPECT_THAT(run({"map", "explain", "1", "--source", "public-securty"}).err, HasSubstr("NO_SUCH_SOURCE"));
}

TEST_F(MapTryTest, StoredEventsAreReadByOtherMappingsAndNothingChanges) {
  ASSERT_EQ(run({"ingest", "public-security", sample("police_death.xml")}).code, 0);
  const auto before = run({"leads", "--json"}).out;
  std::ifstream shipped(kinhub::tests::source_dir() + "/mappings/public_security/death.yaml");
  std::string text(std::istreambuf_iterator<char>(shipped), {});
  text.resize(text.find("tests:\n"));
  const auto same = scratch_.write("same/death.yaml", text);
  const std::string day = "date(SWRQ, 'any')";
  text.replace(text.find(day), day.size(), "date(CSRQ, 'any')");
  const auto other = scratch_.write("other/death.yaml", text);
  const auto diff =
      run({"map", "diff", same.string(), other.string(), "--source", "public-security", "--json"});
  EXPECT_EQ(diff.code, 0) << diff.err;
  const auto sides = diff.json()["sides"];
  EXPECT_EQ(sides[0]["plan"]["events"]["changed"], 0);
  EXPECT_EQ(sides[1]["plan"]["events"]["changed"], 1);
  EXPECT_EQ(sides[1]["plan"]["facts"][0]["fields"][0]["field"], "on");
  EXPECT_EQ(run({"leads", "--json"}).out, before);
  EXPECT_EQ(run({"map", "replay", "public-security", "--json"}).json()["events"]["changed"], 0);
  EXPECT_THAT(run({"map", "diff", "nowhere", "--source", "public-security"}).err,
              HasSubstr("NO_SUCH_MAPPING"));
  EXPECT_THAT(run({"map", "diff", same.string(), "--source", "police"}).err, HasSubstr("NO_SUCH_SOURCE"));
}

TEST_F(MapTryTest, ShowsAsManyRecordsAsWanted) {
  const auto file = sample("deathcert_daily.csv");
  const auto all = run({"map", "try", file, "--source", "hospital-his", "--limit", "0", "--json"}).json();
  const auto one = run({"map", "try", file, "--source", "hospital-his", "--limit", "1", "--json"}).json();
  EXPECT_EQ(all["more"], false);
  EXPECT_EQ(one["tried"].size(), 1U);
  EXPECT_EQ(one["more"], all["tried"].size() > 1U);
}

TEST_F(MapTryTest, ARecordBehindTheLimitIsRejectedAllTheSame) {
  std::ifstream in(sample("police_death.xml"), std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  const auto begin = text.find("<RECORD"), end = text.find("</RECORD>") + 9;
  auto second = text.substr(begin, end - begin);
  second.replace(second.find("322228200005210171"), 18, "322228200005210170");
  text.insert(end, second);
  text.replace(text.find("<jls>1"), 6, "<jls>2");  // as many as the message says it has
  const auto file = scratch_.write("changed/police_death.xml", text);
  const auto tried =
      run({"map", "try", file.string(), "--source", "public-security", "--limit", "1", "--json"});
  EXPECT_EQ(tried.code, 1) << tried.err;
  const auto json = tried.json();
  EXPECT_EQ(json["rejected"], 1);
  EXPECT_EQ(json["more"], true);
  ASSERT_EQ(json["tried"].size(), 1U);
  EXPECT_EQ(json["tried"][0]["records"].size(), 1U) << "the limit bounds what is shown";
}

TEST_F(MapTryTest, FilesWithoutAnyEventAreNotASuccess) {
  scratch_.folder("empty");
  const auto tried = run({"map", "try", (scratch_.path() / "empty").string(), "--source", "public-security"});
  EXPECT_EQ(tried.code, 2);
  EXPECT_THAT(tried.err, HasSubstr("NO_EVENTS"));
}

TEST_F(MapTryTest, TheWordsOfMappingsAreListed) {
  const auto all = run({"map", "words"});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_THAT(all.out,
              AllOf(HasSubstr("citizen_id(x)"), HasSubstr("death"), HasSubstr("police_cancellation")));
  const auto one = run({"map", "words", "disability"});
  EXPECT_THAT(one.out, AllOf(HasSubstr("grade"), Not(HasSubstr("citizen_id(x)"))));
  EXPECT_EQ(run({"map", "words", "deth"}).code, 2);
  const auto json = run({"map", "words", "--json"}).json();
  EXPECT_GT(json["helpers"].size(), 15U);
  EXPECT_GT(json["facts"].size(), 10U);
  EXPECT_FALSE(fs::exists(scratch_.path() / "data"));
}

}  // namespace
}  // namespace kinhub::cli
