#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "hub/policy/policy.hpp"
#include "hub/record/fact.hpp"
#include "tests/places/places.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

constexpr const char* nation = R"(policy: base
title: 基础
region: "000000"
in_force: 2010-01-01 ..
published: 2010-01-01
calendar:
  age: on_birthday
  feb29: feb28
  month: any_day
  year: calendar_year, any_day
  death_day: counts_as_alive
  late: pay_from_confirmation
  remarried: judged_by_self
  money: fen, half_up, per person and month
evidence:
  death: police_registration, certificate; or 2 sources
  own_death: police_registration
define:
  bereaved (失独):
    all: [only child is dead, not: parent has another living child]
benefits:
  money (金):
    clause: 一
    quote: 句
    for: each parent, while alive
    when: [bereaved, age line 49]
    amount: 100 yuan per month
)";

constexpr const char* county = R"(policy: near
title: 县
region: "370306"
in_force: 2012-01-01 .. 2012-12-31
published: 2012-01-01
parent: base
benefits:
  money (金):
    clause: 二
    quote: 句
    replaces: base/money
    amount: 150 yuan per month
)";

class Policies : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("kinhub-policies-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  static std::string with(std::string text, const std::string& was, const std::string& becomes) {
    auto at = text.find(was);
    EXPECT_NE(at, std::string::npos) << was;
    return at == std::string::npos ? text : text.replace(at, was.size(), becomes);
  }
  std::vector<Error> errors() {
    auto read = PolicySet::read(folder_);
    return std::holds_alternative<PolicySet>(read) ? std::vector<Error>{}
                                                   : std::get<std::vector<Error>>(read);
  }
  std::string told() {
    std::string all;
    for (const auto& error : errors())
      all += describe(error) + "\n";
    return all;
  }
  PolicySet set() {
    auto read = PolicySet::read(folder_);
    EXPECT_TRUE(std::holds_alternative<PolicySet>(read)) << told();
    return std::move(std::get<PolicySet>(read));
  }
  fs::path folder_;
};

// A bereaved mother of 1950, registered in the county for the year 2012 and after.
Situation mother() {
  Situation s;
  s.people = {{Sex::female, SituationPerson::Born{Date(1950, 1, 1), Date(1950, 1, 1)}, {}},
              {Sex::male, SituationPerson::Born{Date(1980, 1, 1), Date(1980, 1, 1)},
               SituationPerson::Died{Date(2011, 6, 1), Certainty::sure, no_cause}}};
  s.children = {{1, ChildRelation::born, {Date(1980, 1, 1), Date::forever()}}};
  s.residences = {{0, "370306", {Date(2000, 1, 1), Date::forever()}, true}};
  s.coverage = {{}, {}, {}, {}};
  return s;
}

std::string timeline_of(const PolicySet& policies, const Situation& s) {
  std::string text;
  for (const auto& span : policies.evaluate(s))
    text += policies.benefits()[span.benefit].id + " " + span.when.from.text() + " " +
            span.when.until.text() + " " + std::to_string(span.amount.fen) + "\n";
  return text;
}

TEST_F(Policies, NearestRegionReplacesForItsDaysAndInheritsWhatItDoesNotSay) {
  write("nation.yaml", nation);
  write("county.yaml", county);
  EXPECT_EQ(timeline_of(set(), mother()),
            "base/money 2011-06-01 2012-01-01 10000\n"
            "base/money 2013-01-01 10000-01-01 10000\n"
            "near/money 2012-01-01 2013-01-01 15000\n");
}

// ---- Evidence: what proves a death is data of the document, and of a benefit that says otherwise

std::string certainties_of(const PolicySet& policies, const Situation& s) {
  std::string text;
  for (const auto& span : policies.evaluate(s))
    text += policies.benefits()[span.benefit].id + " " + span.when.from.text() + " " +
            (span.certainty == Certainty::sure ? "sure" : "pending: " + span.pending.front()) + "\n";
  return text;
}

struct ProofCase {
  const char* what;
  std::vector<EvidenceClass> said;  // each by a source of its own
  int sources;
  bool proven;
};

TEST_F(Policies, ADeathIsProvenByOneWordOfAClassThatSufficesOrByEnoughSources) {
  using enum EvidenceClass;
  write("nation.yaml", nation);  // police_registration, certificate; or 2 sources
  const auto policies = set();
  for (const auto& one :
       {ProofCase{"nobody is named", {}, 0, true}, ProofCase{"police", {police_registration}, 1, true},
        ProofCase{"certificate", {certificate}, 1, true}, ProofCase{"hospital", {hospital}, 1, false},
        ProofCase{"insurance", {insurance}, 1, false},
        ProofCase{"a case worker, who is no source", {care_desk}, 0, false},
        ProofCase{"insurance, repeated by a case worker", {insurance, care_desk}, 1, false},
        ProofCase{"insurance, told twice by one source", {insurance}, 1, false},
        ProofCase{"insurance and crematorium", {insurance, cremation}, 2, true},
        ProofCase{"two hospitals", {hospital}, 2, true}}) {
    auto family = mother();
    for (auto said : one.said)
      family.people[1].died->classes |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(said));
    family.people[1].died->sources = static_cast<std::uint8_t>(one.sources);
    EXPECT_EQ(certainties_of(policies, family),
              std::string("base/money 2011-06-01 ") +
                  (one.proven ? "sure\n" : "pending: death confirmed by a second source\n"))
        << one.what;
    EXPECT_EQ(policies.explain(family, 0, Date(2011, 6, 1)).value,
              one.proven ? Explanation::Value::met : Explanation::Value::unknown)
        << one.what;
  }
}

TEST_F(Policies, EachDocumentAndEachBenefitMayAskForAnotherProof) {
  auto family = mother();
  family.people[1].died->classes = 1u << static_cast<unsigned>(EvidenceClass::insurance);
  family.people[1].died->sources = 1;
  const std::string pending = "pending: death confirmed by a second source\n";
  write("nation.yaml", nation);
  write("county.yaml", county);
  EXPECT_EQ(certainties_of(set(), family), "base/money 2011-06-01 " + pending + "base/money 2013-01-01 " +
                                               pending + "near/money 2012-01-01 " + pending)
      << "inherited";
  write("county.yaml", with(county, "parent: base", "parent: base\nevidence: {death: insurance}"));
  EXPECT_EQ(certainties_of(set(), family), "base/money 2011-06-01 " + pending + "base/money 2013-01-01 " +
                                               pending + "near/money 2012-01-01 sure\n");
  write("county.yaml", with(county, "replaces:", "evidence: {death: insurance}\n    replaces:"));
  EXPECT_EQ(certainties_of(set(), family), "base/money 2011-06-01 " + pending + "base/money 2013-01-01 " +
                                               pending + "near/money 2012-01-01 sure\n");
}

TEST_F(Policies, EvidenceIsCheckedWhenItIsRead) {
  for (const auto& [was, becomes, says] : std::vector<std::array<std::string, 3>>{
           {"certificate; or", "certificat; or", "is 'certificate' meant?"},
           {"certificate; or", "care_desk; or", "a case worker's word proves no death"},
           {"or 2 sources", "or 1 sources", "(2 to 9 of them)"},
           {"or 2 sources", "two", "(2 to 9 of them)"},
           {"death: police_registration, certificate; or 2 sources\n  own", "own", "is missing"},
           {"own_death: police_registration", "birth: certificate", "unknown key 'birth'"}}) {
    write("nation.yaml", with(nation, was, becomes));
    EXPECT_NE(told().find(says), std::string::npos) << becomes << "\n" << told();
  }
}

TEST_F(Policies, AddPaysBesideAndAtLeastPaysTheHigher) {
  write("nation.yaml", nation);
  write("county.yaml", with(county, "replaces: base/money", "replaces: base/money\n    mode: add"));
  EXPECT_EQ(timeline_of(set(), mother()),
            "base/money 2011-06-01 10000-01-01 10000\nnear/money 2012-01-01 2013-01-01 15000\n");
  write("county.yaml",
        with(with(county, "replaces: base/money", "replaces: base/money\n    mode: at_least"), "150", "90"));
  EXPECT_EQ(timeline_of(set(), mother()), "base/money 2011-06-01 10000-01-01 10000\n");
}

TEST_F(Policies, CountyGoesBeforeProvinceGoesBeforeNation) {
  write("nation.yaml", nation);
  write("county.yaml", county);
  write("province.yaml", with(with(with(with(county, "policy: near", "policy: province"), "370306", "370000"),
                                   "2012-12-31", "2013-12-31"),
                              "150", "120"));
  EXPECT_EQ(timeline_of(set(), mother()),
            "base/money 2011-06-01 2012-01-01 10000\n"
            "base/money 2014-01-01 10000-01-01 10000\n"
            "near/money 2012-01-01 2013-01-01 15000\n"
            "province/money 2013-01-01 2014-01-01 12000\n");
}

TEST_F(Policies, VersionsOfOneKeyAreOneBenefit) {
  write("nation.yaml", nation);
  write("county.yaml", county);
  write("county2.yaml",
        with(with(county, "2012-01-01 .. 2012-12-31", "2013-01-01 .. 2013-12-31"), "150", "160"));
  auto policies = set();
  EXPECT_EQ(policies.benefits().size(), 2u);
  EXPECT_NE(timeline_of(policies, mother())
                .find("near/money 2012-01-01 2013-01-01 15000\nnear/money 2013-01-01 2014-01-01 16000"),
            std::string::npos);
}

TEST_F(Policies, ErratumPublishedLaterTakesThePlaceOfTheEarlierText) {
  write("nation.yaml", nation);
  write("county.yaml", county);
  write("a-county-erratum.yaml",
        with(with(county, "published: 2012-01-01", "published: 2012-03-01"), "150", "155"));
  auto policies = set();
  EXPECT_NE(timeline_of(policies, mother()).find("15500"), std::string::npos);
  EXPECT_EQ(timeline_of(policies, mother()).find("15000"), std::string::npos);
  EXPECT_TRUE(std::any_of(policies.notices().begin(), policies.notices().end(),
                          [](const Error& notice) { return notice.code == "POLICY_ERRATUM"; }));
}

TEST_F(Policies, ChineseWordsMeanTheSame) {
  auto chinese = std::string(R"(政策: base
标题: 基础
地区: "000000"
有效期: 2010-01-01 ..
发布: 2010-01-01
历法: {age: on_birthday, feb29: feb28, month: any_day, year: "calendar_year, any_day",
       death_day: counts_as_alive, late: pay_from_confirmation,
       remarried: judged_by_self, money: "fen, half_up, per person and month"}
佐证:
  死亡: 公安，证明；或2个来源
  本人死亡: 公安
定义:
  失独:
    全部: [独生子女死亡, 非: 另有存活子女]
待遇:
  金:
    编号: money
    条款: 一
    原文: 句
    对象: 父母每人，在世期间
    条件: [失独, 女方年满49周岁（丧偶或离异按本人）]
    金额: 每月 100 元
)");
  write("nation.yaml", chinese);
  EXPECT_EQ(timeline_of(set(), mother()), "base/money 2011-06-01 10000-01-01 10000\n");
}

TEST_F(Policies, UntestedClausesAndEndsAreNoticed) {
  write("nation.yaml", nation);
  write("county.yaml", county);
  std::set<std::string> codes;
  auto policies = set();
  for (const auto& notice : policies.notices())
    codes.insert(notice.code);
  EXPECT_EQ(codes, (std::set<std::string>{"POLICY_GAP", "POLICY_UNTESTED"}));
}

struct Refusal {
  const char *name, *was, *becomes, *code, *place, *says;
};
void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.name;
}

class Refused : public Policies, public ::testing::WithParamInterface<Refusal> {};

TEST_P(Refused, WithCodePlaceAndWhatToDo) {
  write("nation.yaml", with(nation, GetParam().was, GetParam().becomes));
  auto all = told();
  EXPECT_NE(all.find(std::string("[") + GetParam().code + "]"), std::string::npos) << all;
  EXPECT_NE(all.find(std::string("nation.yaml:") + GetParam().place), std::string::npos) << all;
  EXPECT_NE(all.find(GetParam().says), std::string::npos) << all;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Refused,
    ::testing::Values(
        Refusal{"UnknownWord", "only child is dead", "only chld is dead", "POLICY_WORD_UNKNOWN", "20:11",
                "is 'only child is dead' meant?"},
        Refusal{"UnknownDefinition", "[bereaved, age", "[bereavd, age", "POLICY_WORD_UNKNOWN", "26:12",
                "is 'bereaved' meant?"},
        Refusal{"UnknownKey", "title:", "titel:", "POLICY_KEY_UNKNOWN", "2:1", "is 'title' meant?"},
        Refusal{"KeyTwice", "title: 基础", "title: 基础\ntitle: 又", "POLICY_KEY_TWICE", "3:1",
                "stands twice"},
        Refusal{"KeyTwiceInTwoLanguages", "title: 基础", "title: 基础\n标题: 又", "POLICY_KEY_TWICE", "3:1",
                "stands twice"},
        Refusal{"NestedKeyTwice", "    clause: 一", "    clause: 一\n    clause: 二", "POLICY_KEY_TWICE",
                "24:5", "stands twice"},
        Refusal{"BenefitTwice", "  money (金):", "  money (银): {}\n  money (金):", "POLICY_KEY_TWICE",
                "23:3", "stands twice"},
        Refusal{"AmountWithoutUnit", "100 yuan per month", "100", "POLICY_AMOUNT_UNIT", "27:13",
                "610 yuan per month"},
        Refusal{"AmountWithoutPeriod", "100 yuan per month", "100 yuan", "POLICY_AMOUNT_UNIT", "27:13",
                "per month"},
        Refusal{"AmountOctal", "100 yuan per month", "0x64 yuan per month", "POLICY_AMOUNT_UNIT", "27:13",
                "is no amount"},
        Refusal{
            "AmountsOverlap", "amount: 100 yuan per month",
            "amount: [{until: 2012-07-01, pay: 1 yuan per month}, {from: 2012-07-01, pay: 2 yuan per month}]",
            "POLICY_AMOUNT_OVERLAP", "27:58", "overlap"},
        Refusal{"NoSuchDay", "2010-01-01 ..", "2010-02-30 ..", "POLICY_DATE", "4:11",
                "2019-02-01 .. 2022-01-31"},
        Refusal{"EndsBeforeItBegins", "2010-01-01 ..", "2010-01-01 .. 2009-12-31", "POLICY_DATE", "4:11",
                "first and the last day"},
        Refusal{"RegionOfFive", "\"000000\"", "\"00000\"", "POLICY_REGION", "3:9", "six digits"},
        Refusal{"UnknownCalendarRule", "month: any_day", "month: any_dy", "POLICY_CALENDAR", "9:10",
                "is 'any_day' meant?"},
        Refusal{"CalendarNotStated", "  feb29: feb28\n", "", "POLICY_CALENDAR", "7:3", "'feb29' is missing"},
        Refusal{"GradeFive", "only child is dead,", "\"only child is disabled, grade 1..5\",", "POLICY_WORD",
                "20:11", "within 1..4"},
        Refusal{"EventAmongConditions", "only child is dead,", "death of the only child,", "POLICY_EVENT",
                "20:11", "once on"},
        Refusal{"DayBeforeWithoutEvent", "[bereaved, age", "[bereaved on the day before, age",
                "POLICY_DAY_BEFORE", "26:12", "once on"},
        Refusal{"WordHiddenTwice", "bereaved (失独)",
                "only child is dead (失独): {all: [registered in 320812]}\n  bereaved (独生子女死亡)",
                "POLICY_KEY_TWICE", "20:3", "defined twice"},
        Refusal{"NoId", "  money (金):", "  金:", "POLICY_ID", "22:3", "add 'id:'"},
        Refusal{"UnknownParent", "calendar:", "parent: nowhere\ncalendar:", "POLICY_PARENT", "6:9",
                "no policy 'nowhere'"},
        Refusal{"ReplacesNothing", "    amount:", "    replaces: base/mony\n    amount:", "POLICY_REPLACES",
                "22:3", "is 'base/money' meant?"},
        Refusal{"ExcludesNothing", "    amount:", "    excludes: mony\n    amount:", "POLICY_EXCLUDES",
                "22:3", "is 'base/money' meant?"},
        Refusal{"DocumentElsewhere", "calendar:", "document: ../secret\ncalendar:", "POLICY_DOCUMENT", "6:11",
                "same folder"},
        Refusal{"DocumentMissing", "calendar:", "document: gone.txt\ncalendar:", "POLICY_DOCUMENT", "6:11",
                "cannot read"},
        Refusal{"TwoDocuments", "policy: base", "a: b\n---\npolicy: base", "POLICY_SYNTAX", "2:1",
                "one file holds one"},
        Refusal{"Unclosed", "[bereaved,", "[[bereaved,", "POLICY_SYNTAX", "", ""},
        Refusal{"NotUtf8", "基础", "\xD6\xDC", "POLICY_SYNTAX", "1:1", "UTF-8"},
        Refusal{"Wait", "    amount:", "    wait: soon\n    amount:", "POLICY_WAIT", "27:11", "14 days"}),
    [](const auto& info) { return info.param.name; });

TEST_F(Policies, QuotesMustStandInTheDocument) {
  write("text.txt", "第一条  发给\n每人每月一百元。第二条 到期为止。");
  write("nation.yaml", with(with(nation, "calendar:", "document: text.txt\ncalendar:"), "quote: 句",
                            "quote: 每人每月一百元…到期"));
  EXPECT_EQ(told(), "");
  write("nation.yaml", with(with(nation, "calendar:", "document: text.txt\ncalendar:"), "quote: 句",
                            "quote: 每人每月二百元"));
  EXPECT_NE(told().find("nation.yaml:25:12: the document does not say '每人每月二百元' [POLICY_QUOTE]"),
            std::string::npos)
      << told();
}

TEST_F(Policies, OverlappingVersionsAndEqualRankAreRefused) {
  write("nation.yaml", nation);
  write("county.yaml", county);
  write("county2.yaml", with(county, "2012-01-01 .. 2012-12-31", "2012-12-31 .. 2013-12-31"));
  EXPECT_NE(told().find("POLICY_VERSIONS_OVERLAP"), std::string::npos) << told();
  write("county2.yaml", with(county, "policy: near", "policy: rival"));
  EXPECT_NE(told().find("POLICY_EQUAL_RANK"), std::string::npos) << told();
  write("county2.yaml", county);
  EXPECT_NE(told().find("POLICY_VERSION_TWICE"), std::string::npos) << told();
}

TEST_F(Policies, ParentsInACircleAreRefused) {
  write("a.yaml", with(county, "policy: near", "policy: base"));
  write("b.yaml", with(county, "parent: base", "parent: near"));
  EXPECT_NE(told().find("circle"), std::string::npos) << told();
}

TEST_F(Policies, BoundlessYamlIsAnsweredNotObeyed) {
  std::string deep(20'000, '[');
  write("nation.yaml", with(nation, "[bereaved, age line 49]", deep));
  EXPECT_FALSE(errors().empty());
  std::string nested;
  for (int i = 0; i < 60; ++i)
    nested += "{all: [";
  nested += "bereaved";
  for (int i = 0; i < 60; ++i)
    nested += "]}";
  write("nation.yaml", with(nation, "[bereaved, age line 49]", nested));
  EXPECT_NE(told().find("POLICY_SIZE"), std::string::npos);
  write("nation.yaml", with(nation, "[bereaved, age line 49]", "&a [bereaved, *a]"));
  EXPECT_FALSE(errors().empty());
  std::string laughs = "&a0 [bereaved, bereaved]";
  std::string lists = "{all: [" + laughs;
  for (int i = 1; i < 30; ++i)
    lists +=
        ", &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + ", *a" + std::to_string(i - 1) + "]";
  write("nation.yaml", with(nation, "[bereaved, age line 49]", lists + "]}"));
  EXPECT_FALSE(errors().empty());
  write("nation.yaml", std::string(2 << 20, 'a'));
  EXPECT_NE(told().find("POLICY_SIZE"), std::string::npos);
  write("nation.yaml", "");
  EXPECT_FALSE(errors().empty());
}

TEST_F(Policies, EveryTruncationOfAFileGetsAnAnswer) {
  std::string whole = nation;
  for (std::size_t length = 0; length < whole.size(); length += 3) {
    write("nation.yaml", whole.substr(0, length));
    auto read = PolicySet::read(folder_);
    if (std::holds_alternative<PolicySet>(read)) continue;
    for (const auto& error : std::get<std::vector<Error>>(read))
      EXPECT_FALSE(error.place.empty());
  }
}

TEST_F(Policies, WhatIsNeverDueIsSaid) {
  auto unreachable = [&](const std::string& was, const std::string& becomes) {
    write("nation.yaml", with(nation, was, becomes));
    std::string text;
    const auto policies = set();
    for (const auto& notice : policies.notices())
      if (notice.code == "POLICY_UNREACHABLE") text += describe(notice) + "\n";
    return text;
  };
  EXPECT_EQ(unreachable("age line 49", "age line 49"), "");
  const auto both =
      unreachable("[bereaved, age line 49]", "[bereaved, couple is married, {not: couple is married}]");
  EXPECT_NE(both.find("nation.yaml:22:3"), std::string::npos) << both;
  EXPECT_NE(both.find("it asks for 'couple is married' and for 'not: couple is married'"), std::string::npos)
      << both;
  EXPECT_NE(unreachable("age line 49", "this parent reaches 60, this parent is younger than 60"), "");
  EXPECT_EQ(unreachable("age line 49", "this parent reaches 60, this parent is younger than 61"), "");
  EXPECT_NE(unreachable("100 yuan per month",
                        "[{until: 2009-12-31, pay: 90 yuan per month}, {from: 2010-01-01, pay: 100 "
                        "yuan per month}]")
                .find("the amount '90 yuan per month' of 'base/money' is never reached"),
            std::string::npos);
}

TEST_F(Policies, FailingTestsSayWhatIsSo) {
  write("nation.yaml", std::string(nation) + R"(tests:
  - name: wrong
    facts: |
      wife born 1950-01-01; child born 1980-01-01, died 2011-06-15
    expect: |
      money  wife  2011-07 ..  100.00
  - name: not understood
    facts: wife burn 1950-01-01
    expect: money wife nothing
  - name: nobody
    facts: wife born 1950-01-01
    expect: mony wife nothing
)");
  auto report = set().test();
  EXPECT_EQ(report.passed, 0u);
  ASSERT_EQ(report.failed.size(), 3u);
  EXPECT_EQ(report.failed[0].code, "POLICY_TEST_FAILED");
  EXPECT_NE(report.failed[0].text.find("but it is 2011-06 .."), std::string::npos) << report.failed[0].text;
  EXPECT_EQ(report.failed[1].code, "POLICY_TEST_FACTS");
  EXPECT_EQ(report.failed[2].code, "POLICY_TEST_EXPECT");
}

TEST_F(Policies, MissingFolderIsAnError) {
  fs::remove_all(folder_);
  EXPECT_NE(told().find("POLICY_FOLDER"), std::string::npos);
}

TEST(PolicyTexts, AreAllThatAPolicyIsReadFrom) {
  const auto folder = kinhub::tests::source_dir() + "/mappings/policies";
  auto texts = std::get<std::vector<PolicyText>>(read_policy_texts(folder));
  for (auto& one : texts)
    one.file = "nowhere" + one.file.substr(folder.size());
  ASSERT_TRUE(std::holds_alternative<PolicySet>(PolicySet::read(texts)));
  std::erase_if(texts, [](const PolicyText& one) { return !one.is_policy(); });
  const auto without = PolicySet::read(texts);
  ASSERT_TRUE(std::holds_alternative<std::vector<Error>>(without));
  EXPECT_EQ(std::get<std::vector<Error>>(without).front().code, "POLICY_DOCUMENT");
}

}  // namespace
}  // namespace kinhub
