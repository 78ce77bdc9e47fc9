// Form files: what is wrong with one is said all at once, with its place; and the shipped ones pass their
// tests.

#include "hub/care/form.hpp"

#include <gmock/gmock.h>

#include "hub/mapping/mapping.hpp"
#include "tests/places/places.hpp"
#include "tests/unit/base/scratch.hpp"

namespace kinhub {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FormFile : public ::testing::Test {
 protected:
  FormFile() { scratch_.write("codes/sex.csv", "code,meaning\n1,male\n"); }
  /// The problems of a form file, as "line:column CODE".
  std::vector<std::string> problems(const std::string& text, const std::string& name = "visit.yaml") {
    scratch_.write("forms/" + name, text);
    auto read = FormSet::read(scratch_.path() / "forms", scratch_.path() / "codes");
    std::vector<std::string> found;
    if (const auto* errors = std::get_if<std::vector<Error>>(&read))
      for (const auto& error : *errors) {
        const auto at = error.place.find(name + ":");
        found.push_back((at == std::string::npos ? error.place : error.place.substr(at + name.size() + 1)) +
                        " " + error.code);
        said_ += error.text + "\n";
      }
    return found;
  }

  Scratch scratch_;
  std::string said_;
};

constexpr const char* good = R"(form: visit
title: { zh: 走访, en: visit }
about: { zh: 本人, en: the person }
fields:
  - item: on
    label: { zh: 日期, en: day }
    type: date
    required: true
tests:
  - name: a visit
    values: { on: 2026-11-18 }
    expect: { on: 2026-11-18 }
)";

TEST_F(FormFile, AGoodOneHasNoProblem) {
  EXPECT_THAT(problems(good), IsEmpty());
}

TEST_F(FormFile, AllProblemsAreSaidWithTheirPlaces) {
  EXPECT_THAT(problems(R"(form: Visit
titel: { zh: 走访, en: visit }
title: { zh: 走访 }
about: { zh: 本人, en: the person }
fields:
  - item: who
    label: { zh: 谁, en: who }
    type: text
  - item: on
    label: { zh: 日期, en: day }
    type: dat
  - item: sex
    label: { zh: 性别, en: sex }
    type: code
    table: sx
  - item: sex
    label: { zh: 性别, en: sex }
    type: text
    coarsest: month
    min: 9
    max: 3
    required: maybe
  - item: channel
    label: { zh: 方式, en: channel }
    type: code
one_of:
  - [sex, sx]
tests:
  - name: both
    values: { sex: 1 }
    expect: { sex: 1 }
    reject: [{ field: sex, code: CODE_UNKNOWN }]
  - name: no such fact
    values: {}
    facts: [deth]
)"),
              ElementsAre("1:7 FORM_NAME", "2:1 FORM_KEY", "3:8 FORM_MISSING", "6:11 FORM_NAME",
                          "11:11 FORM_VALUE", "15:12 FORM_TABLE", "22:15 FORM_VALUE", "16:11 FORM_DUPLICATE",
                          "19:15 FORM_KEY", "21:10 FORM_VALUE", "23:5 FORM_MISSING", "27:11 FORM_ITEM",
                          "29:5 FORM_MISSING", "35:13 FORM_VALUE"));
  EXPECT_THAT(said_, ::testing::HasSubstr("did you mean 'title'?"));
  EXPECT_THAT(said_, ::testing::HasSubstr("did you mean 'date'?"));
  EXPECT_THAT(said_, ::testing::HasSubstr("did you mean 'sex'?"));
}

TEST_F(FormFile, WhatIsNoFormIsRefusedWhole) {
  EXPECT_THAT(problems(""), ElementsAre("1:1 FORM_FILE"));
  EXPECT_THAT(problems("- a\n- b\n"), ElementsAre("1:1 FORM_FILE"));
  EXPECT_THAT(problems("form: [visit\n"), ElementsAre("2:1 FORM_FILE"));
  EXPECT_THAT(problems("form: visit\n---\nform: other\n"), ElementsAre("2:1 FORM_FILE"));
  EXPECT_THAT(problems("form: \xB0\xA1\n"), ElementsAre("1:1 FORM_FILE"));
  EXPECT_THAT(problems(std::string(good) + "form: visit\n"), ElementsAre("13:1 FORM_DUPLICATE"));
}

TEST_F(FormFile, AFileIsNamedAsItsForm) {
  EXPECT_THAT(problems(good, "other.yaml"), ElementsAre("1:7 FORM_NAME"));
}

TEST_F(FormFile, AFolderWithoutFormsIsAProblem) {
  auto read = FormSet::read(scratch_.path() / "nowhere", scratch_.path() / "codes");
  ASSERT_TRUE(std::holds_alternative<std::vector<Error>>(read));
  EXPECT_EQ(std::get<std::vector<Error>>(read).front().code, "FORM_FOLDER");
}

class ShippedForms : public ::testing::Test {
 protected:
  static std::filesystem::path shipped(const char* folder) {
    return std::filesystem::path(kinhub::tests::source_dir()) / "mappings" / folder;
  }
};

TEST_F(ShippedForms, PassTheirTestsThroughTheMappingsOfTheCareDesk) {
  auto forms = FormSet::read(shipped("care/forms"), shipped("codes"));
  auto mappings = MappingSet::read(shipped("care_desk"), shipped("codes"));
  ASSERT_TRUE(std::holds_alternative<FormSet>(forms));
  ASSERT_TRUE(std::holds_alternative<MappingSet>(mappings));
  const auto report = std::get<FormSet>(forms).test(std::get<MappingSet>(mappings));
  for (const auto& failed : report.failed)
    ADD_FAILURE() << describe(failed);
  EXPECT_GE(report.passed, 32u);
  EXPECT_EQ(std::get<FormSet>(forms).find("death-sen").error().text,
            "there is no form 'death-sen', did you mean 'death-seen'?");
}

TEST_F(ShippedForms, ATestThatExpectsAnotherEventFails) {
  Scratch scratch;
  scratch.write("forms/visit.yaml", std::string(good) + R"(  - name: another day
    values: { on: 2026-11-18 }
    expect: { on: 2026-11-17 }
  - name: refused without a reason
    values: {}
    reject: [{ field: on, code: DATE_FORMAT }]
  - name: not refused
    values: { on: 2026-11-18 }
    reject: [{ field: on, code: DATE_FORMAT }]
)");
  auto forms = FormSet::read(scratch.path() / "forms", shipped("codes"));
  auto mappings = MappingSet::read(shipped("care_desk"), shipped("codes"));
  const auto report = std::get<FormSet>(forms).test(std::get<MappingSet>(mappings));
  EXPECT_EQ(report.passed, 0u) << "no mapping fits the event either";
  EXPECT_EQ(report.failed.size(), 4u);
}

}  // namespace
}  // namespace kinhub
