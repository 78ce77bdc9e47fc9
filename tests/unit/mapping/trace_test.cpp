// What the trace of a mapping tells of an event, and what it says of samples that prove little.

#include "hub/mapping/trace.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "hub/mapping/words.hpp"
#include "tests/unit/base/scratch.hpp"

namespace kinhub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using State = TracedField::State;

constexpr const char* mapping = R"(map: police.death
from: { format: xml, each: /root/R, when: "KIND = 'D'" }
key: [ID]
version: timestamp(AT)
evidence: police_registration
filter:
  - when: TEST = '1'
    reason: a test message
facts:
  - fact: death
    when: GONE = '1'
    set:
      person.citizen_number: { from: citizen_id(NO), on_error: null }
      person.name: NAME
      on: date(DAY, 'yyyyMMdd')
  - fact: death
    when: GONE != '1'
    op: deny
    set:
      person.name: NAME
unmapped: report
)";

const std::string declared = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

class TraceTest : public ::testing::Test {
 protected:
  MappingTracer tracer(const std::string& text = mapping) {
    scratch_.folder("codes");
    auto read = MappingTracer::read({scratch_.write("police/death.yaml", text)}, scratch_.path() / "codes");
    if (auto* problems = std::get_if<std::vector<Error>>(&read))
      for (const auto& problem : *problems)
        ADD_FAILURE() << describe(problem);
    return std::move(std::get<MappingTracer>(read));
  }
  static std::string record(const std::string& fields) {
    return "<R><KIND>D</KIND><ID>7</ID><AT>20261118102501</AT>" + fields + "</R>";
  }
  MappingTrace trace(const std::string& records, std::size_t records_max = 100) {
    const auto body = "<root>" + records + "</root>";
    return tracer().trace({body, "application/xml", "UTF-8"}, records_max);
  }
  static const TracedField& field(const TracedRule& rule, const std::string& name) {
    const auto found = std::find_if(rule.fields.begin(), rule.fields.end(),
                                    [&](const TracedField& one) { return one.field == name; });
    EXPECT_NE(found, rule.fields.end()) << name;
    return *found;
  }

  Scratch scratch_;
};

TEST_F(TraceTest, TellsOfEachFieldItsLineWhatStandsThereAndWhatBecameOfIt) {
  const auto traced =
      trace(record("<GONE>1</GONE><NO/><NAME>王试子</NAME><DAY>20261118</DAY><MORE>x</MORE>"));
  ASSERT_THAT(traced.records, SizeIs(1));
  const auto& one = traced.records[0];
  EXPECT_EQ(one.mapping, "police/death");
  ASSERT_THAT(one.rules, SizeIs(2));
  EXPECT_EQ(one.rules[0].line, 10U);
  EXPECT_EQ(one.rules[0].applies, TracedRule::Applies::yes);
  EXPECT_EQ(one.rules[1].applies, TracedRule::Applies::no);
  EXPECT_THAT(one.rules[1].fields, IsEmpty());
  const auto& on = field(one.rules[0], "on");
  EXPECT_EQ(on.line, 15U);
  EXPECT_EQ(on.state, State::set);
  EXPECT_EQ(on.value, "2026-11-18");
  ASSERT_THAT(on.raw, SizeIs(1));
  EXPECT_EQ(on.raw[0].place, "/root/R/DAY");
  EXPECT_EQ(on.raw[0].text, "20261118");
  EXPECT_EQ(field(one.rules[0], "person.citizen_number").state, State::missing);
  EXPECT_EQ(field(one.rules[0], "person.name").shows, TracedField::Shows::name);
  EXPECT_EQ(field(one.rules[0], "person.citizen_number").shows, TracedField::Shows::number);
  EXPECT_EQ(field(one.rules[0], "version").value, "20261118102501");
  EXPECT_THAT(one.unread, ElementsAre("MORE"));
}

TEST_F(TraceTest, ARejectedRecordShowsEveryFieldNotTheFirstAlone) {
  const auto traced = trace(record("<GONE>1</GONE><NO>123</NO><NAME>王试子</NAME><DAY>20260231</DAY>"));
  const auto& one = traced.records[0];
  ASSERT_TRUE(std::holds_alternative<Rejected>(one.outcome));
  EXPECT_EQ(std::get<Rejected>(one.outcome).error.code, "DATE_NO_DAY");
  const auto& number = field(one.rules[0], "person.citizen_number");
  EXPECT_EQ(number.state, State::wrong);
  EXPECT_TRUE(number.passed_over) << "on_error: null";
  const auto& on = field(one.rules[0], "on");
  EXPECT_EQ(on.state, State::wrong);
  EXPECT_EQ(on.error->code, "DATE_NO_DAY");
  EXPECT_FALSE(on.passed_over);
  EXPECT_EQ(field(one.rules[0], "person.name").value, "王试子");
}

TEST_F(TraceTest, TellsOfRecordsThatAreFilteredAndOfThoseThatNothingFits) {
  const auto traced = trace(record("<TEST>1</TEST>") + "<R><KIND>B</KIND></R>");
  ASSERT_THAT(traced.records, SizeIs(2));
  EXPECT_EQ(std::get<Filtered>(traced.records[0].outcome).reason, "a test message");
  EXPECT_EQ(std::get<Rejected>(traced.records[1].outcome).error.code, "NO_MAPPING");
  EXPECT_EQ(traced.records[1].mapping, "");
}

TEST_F(TraceTest, AgreesWithTheMappingItself) {
  auto set =
      MappingSet::read(scratch_.write("police/death.yaml", mapping).parent_path(), scratch_.folder("codes"));
  for (const std::string fields :
       {"<GONE>1</GONE><NAME>王</NAME><DAY>20261118</DAY>", "<GONE>0</GONE><NAME>王</NAME>",
        "<GONE>1</GONE><NAME>王</NAME>", "<TEST>1</TEST>", "<GONE>1</GONE><DAY>20261118</DAY>"}) {
    const auto body = "<root>" + record(fields) + "</root>";
    const RawEvent event{body, "application/xml", "UTF-8"};
    const auto outcome = std::get<MappingSet>(set).apply(event);
    EXPECT_EQ(outcome.index(), tracer().trace(event, 9).records.at(0).outcome.index()) << fields;
  }
}

TEST_F(TraceTest, WhatCannotBeReadAtAllIsSaidOfTheWhole) {
  EXPECT_EQ(tracer().trace({"<root>", "application/xml", "UTF-8"}, 9).rejected->error.code, "XML_MALFORMED");
  EXPECT_EQ(tracer().trace({"x", "image/png", ""}, 9).rejected->error.code, "FORMAT_UNKNOWN");
  EXPECT_EQ(tracer().trace({"<other/>", "application/xml", "UTF-8"}, 9).rejected->error.code, "NO_MAPPING");
}

TEST_F(TraceTest, StopsAfterSoManyRecords) {
  std::string records;
  for (int i = 0; i < 5; ++i)
    records += record("<TEST>1</TEST>");
  EXPECT_THAT(trace(records, 3).records, SizeIs(3));
}

TEST_F(TraceTest, SaysWhichPathsNoSampleFills) {
  EXPECT_EQ(tracer().notices().at(0).code, "MAP_UNTESTED");
  scratch_.write("police/a.xml",
                 declared + "<root>" +
                     record("<GONE>1</GONE><NAME>王试子</NAME><DAY>20261118</DAY><MORE>x</MORE>") +
                     "<R><KIND>B</KIND><NO>of another kind</NO></R></root>");
  const std::string tests = "tests:\n  - name: a death\n    input: a.xml\n    filter: a\n";
  const auto notices = tracer(mapping + tests).notices();
  ASSERT_THAT(notices, SizeIs(2));
  EXPECT_EQ(notices[0].code, "MAP_NEVER_FILLED");
  EXPECT_THAT(notices[0].text, HasSubstr("line 13: NO"));
  EXPECT_THAT(notices[0].text, HasSubstr("TEST"));
  EXPECT_THAT(notices[0].text, ::testing::Not(HasSubstr("DAY")));
  EXPECT_EQ(notices[1].code, "MAP_UNREAD");
  EXPECT_THAT(notices[1].text, HasSubstr("MORE"));
  EXPECT_THAT(notices[1].place, HasSubstr("death.yaml:21:1"));
}

TEST_F(TraceTest, AReplacedValueFillsItsPath) {
  scratch_.write(
      "police/a.xml",
      declared + "<root>" + record("<GONE>1</GONE><NAME>王试子</NAME><DAY>20261118</DAY>") + "</root>");
  const std::string tests =
      "tests:\n  - name: a number\n    input: { in: a.xml, replace: { NO: '322228200005210170', TEST: '1' } "
      "}\n    filter: a\n";
  EXPECT_THAT(tracer(mapping + tests).notices(), IsEmpty());
}

TEST(MappingWords, AreThoseOfTheReader) {
  const auto helpers = mapping_helpers();
  const auto date =
      std::find_if(helpers.begin(), helpers.end(), [](const auto& one) { return one.name == "date"; });
  ASSERT_NE(date, helpers.end());
  EXPECT_EQ(date->gives, "date");
  EXPECT_THAT(std::string(date->use), HasSubstr("'yyyyMMdd'"));
}

}  // namespace
}  // namespace kinhub
