// The decision of the care desk as tables: what is written, and the event or the errors that come of it.

#include "hub/care/entry.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace kinhub {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t noon = 1795233600LL * 1000000;  // 2026-11-21 12:00 in Shanghai
const Date today(2026, 11, 21);
const char* const number = "322228197503120246";

/// A form with a field of every type.
Form every_type() {
  using Type = FormField::Type;
  Form form;
  form.id = "every-type", form.late_after_days = 30;
  auto add = [&](const char* item, Type type) -> FormField& {
    auto& field = form.fields.emplace_back();
    field.item = item, field.label = {item, item}, field.type = type;
    field.least = type == Type::text ? 1 : 0, field.most = type == Type::text ? 10 : 1000;
    return field;
  };
  add("on", Type::date).required = true;
  add("month", Type::date).coarsest = Precision::month;
  add("planned", Type::date).ahead = true;
  add("text", Type::text);
  add("count", Type::integer);
  add("fen", Type::money).most = 100'000;
  add("channel", Type::code).options = {{"V", "登门走访"}, {"P", "电话联络"}};
  add("sex", Type::code).table = "sex";
  add("number", Type::citizen_number);
  add("region", Type::region);
  add("area", Type::area);
  add("reached", Type::yes_no);
  add("doers", Type::text).repeat = 2;
  return form;
}

class EntryTest : public ::testing::Test {
 protected:
  EntryTest() {
    tables_.emplace("sex", CodeTable::parse("sex", "code,meaning\n1,male\n", "sex.csv").value());
  }
  std::variant<CareEntry, std::vector<Error>> decide(Values values, const CareEntry* before = nullptr) {
    return decide_entry(
        {form_, tables_, "e01m8n-3xq2m-7h3kd-mw4t9", person_, std::move(values), signature_, today, before});
  }
  CareEntry entered(Values values, const CareEntry* before = nullptr) {
    auto decided = decide(std::move(values), before);
    if (const auto* errors = std::get_if<std::vector<Error>>(&decided)) {
      ADD_FAILURE() << describe(errors->front());
      return {};
    }
    return std::get<CareEntry>(decided);
  }
  std::string refused(Values values, const CareEntry* before = nullptr) {
    auto decided = decide(std::move(values), before);
    std::string text;
    if (const auto* errors = std::get_if<std::vector<Error>>(&decided))
      for (const auto& error : *errors) {
        EXPECT_EQ(error.text.find(number), std::string::npos) << "an error shows no number";
        text += (text.empty() ? "" : ", ") + error.place + " " + error.code;
      }
    return text;
  }

  Form form_ = every_type();
  CodeTables tables_;
  std::vector<Identifier> person_ = {{IdentifierKind::citizen_number, number}};
  Signature signature_{"zhang", "入户走访", noon};
};

TEST_F(EntryTest, IsTheBytesOfAnEventSignedAndNamed) {
  const auto entry = entered({{"doers", "张"},
                              {"on", "2026-11-18"},
                              {"fen", "590.5"},
                              {"doers", "李"},
                              {"count", "7"},
                              {"channel", "登门走访"},
                              {"reached", "是"}});
  EXPECT_EQ(
      to_bytes(entry, form_),
      R"({"event":"every-type","id":"e01m8n-3xq2m-7h3kd-mw4t9","version":"20261121120000.000000","op":"A",)"
      R"("who":"zhang","why":"入户走访","person":{"citizen_number":"322228197503120246"},"on":"2026-11-18",)"
      R"("count":7,"fen":59050,"channel":"V","reached":"yes","doers":["张","李"]})");
  EXPECT_EQ(to_bytes(entry_from(to_bytes(entry, form_)).value(), form_), to_bytes(entry, form_));
}

TEST_F(EntryTest, OneValueIsTakenOrRefused) {
  struct Row {
    const char *item, *written, *becomes;
  };
  for (const auto& [item, written, becomes] :
       std::initializer_list<Row>{{"month", "2026-11", "2026-11"},
                                  {"month", "2026", "month DATE_PRECISION"},
                                  {"month", "202611", "month DATE_FORMAT"},
                                  {"month", "2026-02-30", "month DATE_FORMAT"},
                                  {"month", "2026-11-21", "2026-11-21"},
                                  {"month", "2026-11-22", "month DATE_FUTURE"},
                                  {"month", "2026-12", "month DATE_FUTURE"},
                                  {"month", "1899-12-31", "month DATE_RANGE"},
                                  {"planned", "2027-01-01", "2027-01-01"},
                                  {"planned", "2027-01", "planned DATE_PRECISION"},
                                  {"text", "十个汉字不多不少正好", "十个汉字不多不少正好"},
                                  {"text", "十一个汉字就是太多了呀", "text FIELD_TOO_LONG"},
                                  {"text", "a\nb", "text FIELD_CONTROL"},
                                  {"text", "王试\xEF\xBF\xBD", "text TEXT_BROKEN"},
                                  {"text", "\xB0\xA1", "text TEXT_BROKEN"},
                                  {"text", "　王试男　", "王试男"},
                                  {"count", "1000", "1000"},
                                  {"count", "1001", "count FIELD_RANGE"},
                                  {"count", "-1", "count FIELD_RANGE"},
                                  {"count", "1.5", "count INTEGER_FORMAT"},
                                  {"count", "99999999999999999999", "count INTEGER_FORMAT"},
                                  {"fen", "590", "59000"},
                                  {"fen", "0.05", "5"},
                                  {"fen", "1000.01", "fen FIELD_RANGE"},
                                  {"fen", "5.", "fen MONEY_FORMAT"},
                                  {"fen", "5.005", "fen MONEY_FORMAT"},
                                  {"fen", "1.2.3", "fen MONEY_FORMAT"},
                                  {"fen", "-5", "fen MONEY_FORMAT"},
                                  {"channel", "P", "P"},
                                  {"channel", "p", "channel CODE_UNKNOWN"},
                                  {"sex", "1", "1"},
                                  {"sex", "7", "sex CODE_UNKNOWN"},
                                  {"number", " 322228197503120246", number},
                                  {"number", "322228197503120247", "number CITIZEN_ID_CHECK"},
                                  {"region", "370306001002", "370306"},
                                  {"region", "3703", "region REGION_FORMAT"},
                                  {"area", "370306001002", "370306001002"},
                                  {"area", "3703060010", "area REGION_FORMAT"},
                                  {"reached", "否", "no"},
                                  {"reached", "perhaps", "reached YES_NO_FORMAT"}}) {
    SCOPED_TRACE(std::string(item) + "=" + written);
    const Values values = {{"on", "2026-11-18"}, {item, written}};
    const auto decided = decide(values);
    if (const auto* entry = std::get_if<CareEntry>(&decided))
      EXPECT_EQ(entry->values.back(), (std::pair<std::string, std::string>(item, becomes)));
    else
      EXPECT_EQ(refused(values), becomes);
  }
}

TEST_F(EntryTest, AllErrorsAreSaidAtOnce) {
  person_.clear();
  signature_.why = "  ", signature_.who = "";
  form_.one_of = {{"region", "area"}};
  EXPECT_EQ(
      refused({{"onn", "x"}, {"onn", "y"}, {"doers", "a"}, {"doers", "b"}, {"doers", "c"}, {"count", "x"}}),
      "person PERSON_UNIDENTIFIED, why REASON_MISSING, who WHO_MISSING, onn FIELD_UNKNOWN, on FIELD_MISSING, "
      "count INTEGER_FORMAT, doers FIELD_REPEATED, region FIELD_MISSING");
}

TEST_F(EntryTest, AnItemThatIsAPersonsNumberOrNameIsNotRepeated) {
  EXPECT_EQ(refused({{"on", "2026-11-18"}, {number, "x"}}), "****************** FIELD_UNKNOWN");
  EXPECT_EQ(refused({{"on", "2026-11-18"}, {"王试男", "x"}}), "王*男 FIELD_UNKNOWN");
}

TEST_F(EntryTest, ACorrectionKeepsWhatItDoesNotSayAndDropsWhatItSaysIsNothing) {
  const auto before = entered({{"on", "2026-11-18"}, {"text", "甲"}, {"doers", "张"}, {"doers", "李"}});
  person_.clear();
  signature_ = {"li", "日期记错", noon + 5};
  const auto after = entered({{"on", "2026-11-17"}, {"text", ""}, {"doers", "赵"}}, &before);
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.person, before.person);
  EXPECT_THAT(after.values, ElementsAre(std::pair<std::string, std::string>("on", "2026-11-17"),
                                        std::pair<std::string, std::string>("doers", "赵")));
  EXPECT_EQ(refused({{"on", ""}}, &before), "on FIELD_MISSING");
  auto other = before;
  other.form = "another";
  EXPECT_EQ(refused({{"on", "2026-11-17"}}, &other), "form FORM_DIFFERS");
}

TEST_F(EntryTest, ACorrectionReadsNothingTwice) {
  auto entry = entered({{"on", "2026-11-18"}, {"fen", "590.50"}});
  for (const char* text : {"甲", "乙", "丙"})
    entry = entered({{"text", text}}, &entry);
  EXPECT_NE(to_bytes(entry, form_).find(R"("fen":59050)"), std::string::npos) << "fen stay fen";
}

TEST_F(EntryTest, WhatWasTakenBackIsNotCorrected) {
  const auto taken = take_back(entered({{"on", "2026-11-18"}}), {"li", "认错人", noon});
  EXPECT_EQ(refused({{"on", "2026-11-17"}}, &*taken), "id ENTRY_TAKEN_BACK");
}

TEST_F(EntryTest, ARequestThatIsRepeatedLaterGivesTheSameBytes) {
  const auto id = entry_id(noon, 7);
  auto at = [&](std::int64_t at_us) {
    auto decided = decide_entry(
        {form_, tables_, id, person_, {{"on", "2026-11-18"}}, {"li", "走访", at_us}, today, nullptr});
    return to_bytes(std::get<CareEntry>(decided), form_);
  };
  EXPECT_EQ(at(noon + 90'000'000), at(noon + 5));
}

TEST_F(EntryTest, ACorrectionIsNoLaterThanWhatItCorrectsUnlessTheDayMoves) {
  const auto before = entered({{"on", "2026-10-22"}});
  ASSERT_FALSE(before.late);
  auto later = [&](Values values) {
    auto decided = decide_entry(
        {form_, tables_, before.id, {}, std::move(values), signature_, Date(2027, 2, 1), &before});
    return std::get<CareEntry>(decided).late;
  };
  EXPECT_FALSE(later({{"text", "甲"}}));
  EXPECT_TRUE(later({{"on", "2026-10-21"}}));
}

TEST_F(EntryTest, ALineHoldsNoCharacterThatHidesOrTurnsOthers) {
  for (const char* text : {"a\tb", "a\xC2\x85", "a\xE2\x80\xA8z", "a\xE2\x80\xAEz", "a\xE2\x80\x8Bz"})
    EXPECT_EQ(refused({{"on", "2026-11-18"}, {"text", text}}), "text FIELD_CONTROL") << text;
  EXPECT_EQ(refused({{"on", "2026-11-18"}, {"text", "王·试—“子”"}}), "");
}

TEST_F(EntryTest, ARetractionIsALaterVersionOnce) {
  const auto before = entered({{"on", "2026-11-18"}});
  const auto taken = take_back(before, {"li", "认错人", noon});
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->id, before.id);
  EXPECT_GT(taken->version, before.version);
  EXPECT_NE(to_bytes(*taken, form_).find(R"("op":"D","who":"li","why":"认错人")"), std::string::npos);
  EXPECT_EQ(take_back(*taken, {"li", "again", noon}).error().code, "ENTRY_TAKEN_BACK");
  EXPECT_EQ(take_back(before, {"li", "", noon}).error().code, "REASON_MISSING");
}

TEST_F(EntryTest, VersionsGrowThoughTheClockStandsOrStepsBack) {
  const auto first = version_at(noon);
  EXPECT_EQ(first, "20261121120000.000000");
  EXPECT_EQ(version_at(noon, first), "20261121120000.000001") << "it stands";
  EXPECT_EQ(version_at(noon - 86'400'000'000, first), "20261121120000.000001") << "it steps back";
  EXPECT_EQ(version_at(noon + 7, first), "20261121120000.000007");
  EXPECT_EQ(version_at(noon - 1, "20261121235959.999999"), "20261122000000.000000");
}

TEST_F(EntryTest, IdsAreInOrderOfTimeAndNeverLookLikeANumber) {
  std::string last;
  for (std::int64_t at_us = noon; at_us < noon + 40'000; at_us += 1'000) {
    const auto id = entry_id(at_us, static_cast<std::uint64_t>(noon + 40'000 - at_us));
    EXPECT_TRUE(is_entry_id(id)) << id;
    EXPECT_LT(last, id);
    last = id;
  }
  EXPECT_NE(entry_id(noon, 1), entry_id(noon, 2)) << "two nodes at one instant";
  EXPECT_EQ(entry_id(0, 0), "e00000-00000-00000-00000");
  for (auto none :
       {"", "e", "e01m8n3xq2m7h3kdmw4t9", "E01m8n-3xq2m-7h3kd-mw4t9", "e01m8n-3xq2m-7h3kd-mw4tu", "42"})
    EXPECT_FALSE(is_entry_id(none)) << none;
}

TEST_F(EntryTest, IsMarkedLateWhenItsDayIsLongAgo) {
  EXPECT_FALSE(entered({{"on", "2026-10-22"}}).late) << "thirty days";
  EXPECT_TRUE(entered({{"on", "2026-10-21"}}).late) << "thirty-one";
  form_.late_after_days = 0;
  EXPECT_FALSE(entered({{"on", "2026-10-21"}}).late) << "a form of no acts";
}

TEST_F(EntryTest, APersonIsNamedByWhatMostAgenciesKnow) {
  const Identifier police{IdentifierKind::police_id, "3208"}, chart{IdentifierKind::chart, "A/1"};
  EXPECT_THAT(naming(number, {police}), ElementsAre(Identifier{IdentifierKind::citizen_number, number}));
  EXPECT_THAT(naming("", {chart, police}), ElementsAre(police));
  EXPECT_THAT(naming("", {}), IsEmpty());
}

TEST_F(EntryTest, BytesThatAreNoEntryAreNotTakenForOne) {
  for (auto body : {"", "[]", "{}", R"({"event":"a","id":"1","version":"2"})",
                    R"({"event":"a","id":"e01m8n-3xq2m-7h3kd-mw4t9","version":"20269921120000.000000"})"})
    EXPECT_EQ(entry_from(body).error().code, "ENTRY_UNREADABLE") << body;
}

}  // namespace
}  // namespace kinhub
