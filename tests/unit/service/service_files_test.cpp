// The shipped service files: they load, their own tests pass, and a wrong one is refused with its places.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "hub/service/keys.hpp"
#include "hub/service/service.hpp"
#include "tests/places/places.hpp"
#include "tests/unit/base/scratch.hpp"

namespace kinhub::service {
namespace {

namespace fs = std::filesystem;

const fs::path shipped = fs::path(tests::source_dir()) / "mappings";

std::string told(const std::vector<Error>& errors) {
  std::string all;
  for (const auto& error : errors)
    all += describe(error) + "\n";
  return all;
}

ServiceSet shipped_set() {
  auto read = ServiceSet::read(shipped / "care", shipped / "codes");
  if (auto* errors = std::get_if<std::vector<Error>>(&read)) throw std::runtime_error(told(*errors));
  return std::move(std::get<ServiceSet>(read));
}

TEST(ServiceFiles, ShippedOnesLoadAndPassTheirOwnTests) {
  const auto set = shipped_set();
  const auto report = set.test();
  EXPECT_EQ(told(report.failed), "");
  EXPECT_GT(report.passed, 20u);
  for (int year = 2026; year <= 2028; ++year)
    EXPECT_EQ(told(set.check_year(year)), "");
  const auto errors = set.check_year(2031);
  ASSERT_EQ(errors.size(), 4u) << "清明, 春节, 端午, 中秋 have no day in 2031";
  EXPECT_EQ(errors.front().code, "SERVICE_FESTIVALS");
}

/// The problems of one service file that says this under its service.
std::string problems(const std::string& service, const std::string& rest = "") {
  const Scratch folder;
  fs::create_directories(folder.path() / "320812");
  std::ofstream(folder.path() / "320812" / "own.yaml")
      << "care: own\ntitle: 试县\nregion: \"320812\"\nin_force: 2019-02-01 .. 2022-01-31\nservices:\n  S02:\n"
      << service << rest;
  const auto read = ServiceSet::read(folder.path(), shipped / "codes");
  const auto* errors = std::get_if<std::vector<Error>>(&read);
  if (!errors) return "";
  auto text = told(*errors);
  for (auto at = text.find(folder.path().string()); at != std::string::npos;
       at = text.find(folder.path().string()))
    text.erase(at, folder.path().string().size() + 1);
  return text;
}

TEST(ServiceFiles, WhatIsWrongIsSaidWithItsPlace) {
  EXPECT_EQ(problems("    name: 沟通\n    rule: whole(1 per month)\n"), "");
  const struct {
    const char *service, *place, *code;
  } rows[] = {
      {"    name: 沟通\n", "320812/own.yaml:7:5", "SERVICE_KEY_MISSING"},
      {"    name: 沟通\n    rule: whole(0 per month)\n", "320812/own.yaml:8:11", "SERVICE_RULE"},
      {"    name: 沟通\n    rule: whole(1 per year)\n", "320812/own.yaml:8:11", "SERVICE_RULE"},
      {"    name: 沟通\n    rule: touched(1 per month)\n", "320812/own.yaml:8:11", "SERVICE_RULE"},
      {"    name: 沟通\n    rule: window(festival, -15..0)\n", "320812/own.yaml:8:11", "SERVICE_FESTIVALS"},
      {"    name: 沟通\n    rule: window(birthday, 3..3)\n", "320812/own.yaml:8:11", "SERVICE_RULE"},
      {"    name: 沟通\n    rule: window(festival, -15..0)\n    festivals: [重阳]\n", "320812/own.yaml:9:16",
       "SERVICE_VALUE"},
      {"    name: 沟通\n    rule: after(wedding, 1)\n", "320812/own.yaml:8:11", "SERVICE_RULE"},
      {"    name: 沟通\n    rule: by(11-20, 11-10)\n", "320812/own.yaml:8:11", "SERVICE_RULE"},
      {"    name: 沟通\n    rule: by(02-30, 03-10)\n", "320812/own.yaml:8:11", "SERVICE_RULE"},
      {"    name: 沟通\n    rule: state(contacts)\n", "320812/own.yaml:8:11", "SERVICE_ROLES"},
      {"    name: 沟通\n    rule: state(card)\n", "320812/own.yaml:8:11", "SERVICE_TYPES"},
      {"    name: 沟通\n    rule: waits\n", "320812/own.yaml:8:11", "SERVICE_LACKS"},
      {"    name: 沟通\n    rule: sometimes\n", "320812/own.yaml:8:11", "SERVICE_RULE"},
      {"    name: 沟通\n    rule: counted\n    acts: V X\n", "320812/own.yaml:9:11", "SERVICE_CHANNEL"},
      {"    name: 沟通\n    rule: counted\n    by: [mayor]\n", "320812/own.yaml:9:9", "SERVICE_VALUE"},
      {"    name: 沟通\n    rule: counted\n    grace: a week\n", "320812/own.yaml:9:12", "SERVICE_DAYS"},
      {"    name: 沟通\n    rule: counted\n    used: maybe\n", "320812/own.yaml:9:11", "SERVICE_VALUE"},
      {"    name: 沟通\n    rule: counted\n    when: [wife is happy]\n", "320812/own.yaml:9:11",
       "SERVICE_CONDITION"},
      {"    name: 沟通\n    rule: counted\n    quote: 每月一次\n", "320812/own.yaml:9:12", "SERVICE_QUOTE"},
      {"    name: 沟通\n    rule: whole(1 per month)\n    when: [contract signed]\n", "320812/own.yaml:9:11",
       "SERVICE_WHEN"},
      {"    name: 沟通\n    rule: window(festival, -15..0)\n    festivals: [中秋]\n    for: member\n",
       "320812/own.yaml:10:10", "SERVICE_FOR"},
      {"    name: 沟通\n    rule: window(festival, -15..0)\n    festivals: [中秋]\n    when: [contract "
       "signed]\n",
       "320812/own.yaml:10:11", "SERVICE_WHEN"},
      {"    name: 沟通\n    rule: counted\n    counts: [S02, S99]\n", "320812/own.yaml:9:13",
       "SERVICE_VALUE"},
      {"    name: 沟通\n    rule: state(card)\n    types: [no_such_card]\n", "320812/own.yaml:9:12",
       "SERVICE_VALUE"},
      {"    name: 沟通\n    rule: counted\n    cadence: weekly\n", "320812/own.yaml:9:5",
       "SERVICE_KEY_UNKNOWN"},
  };
  for (const auto& row : rows) {
    const auto text = problems(row.service);
    EXPECT_EQ(text.find(std::string(row.place) + ": "), 0u) << row.service << text;
    EXPECT_NE(text.find(std::string("[") + row.code + "]"), std::string::npos) << row.service << text;
  }
  EXPECT_NE(
      problems("    name: 沟通\n    rule: counted\n", "tests:\n  - name: 一\n").find("SERVICE_KEY_MISSING"),
      std::string::npos);
}

TEST(ServiceFiles, WordsOfATestAreKnownOnes) {
  const auto of = [](const std::string& line) {
    return problems(
        "    name: 沟通\n    rule: counted\n",
        "tests:\n  - name: x\n    service: S02\n    archive: [2020-01-01 ..]\n    period: \"2026-08\"\n"
        "    owed: 0\n    met: 0\n    " +
            line + "\n");
  };
  EXPECT_EQ(of("acts: [2026-08-01 V unreached S04, 2026-08-02 P away by stranger]"), "");
  EXPECT_EQ(of("papers: [signed 2026-01-05 .. 2026-12-31, medical_card]"), "");
  for (const auto* line :
       {"acts: [2026-08-01 V un-reached]", "acts: [2026-08-01 V by mayor]", "acts: [2026-08-01 X]",
        "helpers: [town_lead 2020-01-01 ..]", "helpers: [town_leader from now]",
        "papers: [card 2020-01-01 ..]", "deaths: [2026-08-01 told nonsense]",
        "deaths: [2026-08-01 heard 2026-08-02]", "on: 9999-12-31"})
    EXPECT_EQ(of(line).find("320812/own.yaml:16:"), 0u) << line << "\n" << of(line);
}

TEST(ServiceFiles, FestivalsAreDays) {
  const Scratch codes;
  const auto read = [&](const std::string& rows) {
    codes.write("codes/festivals.csv", "code,meaning\n01-01,元旦\n" + rows);
    codes.write("codes/credential_type.csv", "code,meaning\nmedical_card,medical_card\n");
    codes.write(
        "care/000000/own.yaml",
        "care: own\ntitle: t\nregion: \"000000\"\nin_force: 2019-02-01 ..\nservices:\n  S02: {name: a, rule: "
        "counted}\n");
    return ServiceSet::read(codes.path() / "care", codes.path() / "codes");
  };
  const auto wrong = read("2026-9-31,中秋\n");
  ASSERT_TRUE(std::holds_alternative<std::vector<Error>>(wrong));
  EXPECT_EQ(std::get<std::vector<Error>>(wrong).front().code, "SERVICE_FESTIVALS");
  const auto none = read("");
  ASSERT_TRUE(std::holds_alternative<ServiceSet>(none));
  EXPECT_EQ(std::get<ServiceSet>(none).check_year(2026).size(), 1u) << "清明";
  const auto good = read("2026-04-05,清明\n");
  EXPECT_EQ(std::get<ServiceSet>(good).check_year(2026).size(), 0u);
  EXPECT_EQ(std::get<ServiceSet>(good).check_year(2027).size(), 1u);
}

TEST(ServiceFiles, TheReaderKnowsTheKeysThatTheSchemaTells) {
  for (const auto& rule : service_keys) {
    if (rule.key == "name" || rule.key == "rule") continue;
    const auto text = problems("    name: 沟通\n    rule: counted\n    " + std::string(rule.key) + ": x\n");
    EXPECT_EQ(text.find("SERVICE_KEY_UNKNOWN"), std::string::npos) << rule.key;
  }
  for (const auto& rule : service_test_keys) {
    const auto text =
        problems("    name: 沟通\n    rule: counted\n", "tests:\n  - " + std::string(rule.key) + ": x\n");
    EXPECT_EQ(text.find("SERVICE_KEY_UNKNOWN"), std::string::npos) << rule.key;
  }
  for (const auto& rule : file_keys) {
    if (rule.required) continue;
    const auto text = problems("    name: 沟通\n    rule: counted\n", std::string(rule.key) + ": x\n");
    EXPECT_EQ(text.find("SERVICE_KEY_UNKNOWN"), std::string::npos) << rule.key;
  }
}

TEST(ServiceFiles, TheNearestRegionWinsWhileItIsInForce) {
  const Scratch folder;
  const auto write = [&](const char* region, const char* days, const char* rule) {
    fs::create_directories(folder.path() / region);
    std::ofstream(folder.path() / region / "own.yaml")
        << "care: own\ntitle: 试\nregion: \"" << region << "\"\nin_force: " << days
        << "\nservices:\n  S02:\n    name: " << region << "\n    rule: " << rule << "\n";
  };
  write("000000", "2000-01-01 ..", "whole(1 per month)");
  write("320000", "2010-01-01 ..", "whole(2 per month)");
  write("320812", "2019-02-01 .. 2022-01-31", "whole(1 per week)");
  auto read = ServiceSet::read(folder.path(), shipped / "codes");
  ASSERT_TRUE(std::holds_alternative<ServiceSet>(read)) << told(std::get<std::vector<Error>>(read));
  const auto& set = std::get<ServiceSet>(read);
  EXPECT_EQ(set.find("320812", Date(2022, 1, 31), "S02")->name, "320812");
  EXPECT_EQ(set.find("320812", Date(2022, 2, 1), "S02")->name, "320000") << "its services end with it";
  EXPECT_EQ(set.find("320812901", Date(2020, 1, 1), "S02")->name, "320812") << "of a town: its county's";
  EXPECT_EQ(set.find("341523", Date(2020, 1, 1), "S02")->name, "000000");
  EXPECT_EQ(set.find("341523", Date(2020, 1, 1), "S99"), nullptr);
}

}  // namespace
}  // namespace kinhub::service
