#include "hub/connector/config_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kinhub {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto schema = R"({
  "type": "object", "additionalProperties": false, "required": ["inbox", "port", "mode"],
  "properties": {
    "inbox": {"type": "string", "description": "folder the agency writes to"},
    "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 2575},
    "mode": {"type": "string", "enum": ["push", "pull"], "default": "pull"},
    "ratio": {"type": "number"}, "tls": {"type": "boolean"},
    "facilities": {"type": "object", "additionalProperties": {"type": "object",
       "properties": {"charset": {"type": "string", "default": "GB18030"}}}},
    "units": {"type": "array", "items": {"type": "string"}}
  }})";

struct Case {
  const char* config;
  const char* code;  // of the only error; empty: none
  const char* place;
  const char* says;  // part of the error, or of the completed configuration
};

TEST(ConfigCheck, SaysWhatIsWrongAndWhere) {
  for (const auto& [config, code, place, says] : {
           Case{R"({"inbox":"/in"})", "", "", R"("port":2575)"},
           Case{R"({"inbox":"/in"})", "", "", R"("mode":"pull")"},
           Case{R"({"inbox":"/in","port":"8080"})", "", "", R"("port":8080)"},
           Case{R"({"inbox":"/in","tls":"true","ratio":"0.5"})", "", "", R"("ratio":0.5)"},
           Case{R"({"inbox":"/in","facilities":{"A":{}}})", "", "", R"("charset":"GB18030")"},
           Case{"{}", "CONFIG_REQUIRED", "/inbox", "folder the agency writes to"},
           Case{"", "CONFIG_REQUIRED", "/inbox", "is missing"},
           Case{R"({"inbox":5})", "CONFIG_TYPE", "/inbox", "must be a text, not a number"},
           Case{R"({"inbox":"/in","port":"80a"})", "CONFIG_TYPE", "/port", "must be a whole number"},
           Case{R"({"inbox":"/in","port":1.5})", "CONFIG_TYPE", "/port", "must be a whole number"},
           Case{R"({"inbox":"/in","port":0})", "CONFIG_RANGE", "/port", "at least 1"},
           Case{R"({"inbox":"/in","port":65536})", "CONFIG_RANGE", "/port", "at most 65535"},
           Case{R"({"inbox":"/in","mode":"drop"})", "CONFIG_ENUM", "/mode", R"(["push","pull"])"},
           Case{R"({"inbox":"/in","in/box":"x"})", "CONFIG_UNKNOWN", "/in~1box", "it knows:"},
           Case{R"({"inbox":"/in","units":["a",1]})", "CONFIG_TYPE", "/units/1", "must be a text"},
           Case{R"({"inbox":"/in","facilities":{"A":{"charset":1}}})", "CONFIG_TYPE", "/facilities/A/charset",
                "text"},
           Case{"[]", "CONFIG_TYPE", "/", "must be an object"},
           Case{"{nonsense", "CONFIG_TYPE", "/", "must be an object"},
       }) {
    auto checked = check_config(schema, config);
    if (*code == '\0') {
      EXPECT_TRUE(checked.errors.empty()) << config;
      EXPECT_THAT(checked.config, HasSubstr(says)) << config;
      continue;
    }
    ASSERT_EQ(checked.errors.size(), 1u) << config;
    EXPECT_EQ(checked.errors[0].code, code) << config;
    EXPECT_EQ(checked.errors[0].place, place) << config;
    EXPECT_THAT(checked.errors[0].text, HasSubstr(says)) << config;
    EXPECT_TRUE(checked.config.empty());
  }
}

TEST(ConfigCheck, SaysEverythingAtOnceAndNeverAValue) {
  auto checked = check_config(schema, R"({"port":"secret-1","mode":"secret-2","x":"secret-3"})");
  EXPECT_EQ(checked.errors.size(), 4u);
  for (const auto& error : checked.errors)
    EXPECT_THAT(describe(error), Not(HasSubstr("secret")));
}

TEST(ConfigCheck, RefusesASchemaItWouldNotFullyCheck) {
  for (const char* bad : {"nonsense", "[]", R"({"type":"text"})", R"({"properties":{"a":{"pattern":"x"}}})",
                          R"({"oneOf":[]})", R"({"required":"a"})", R"({"enum":[]})", R"({"minimum":"1"})"})
    EXPECT_FALSE(check_schema(bad).empty()) << bad;
  EXPECT_TRUE(check_schema(schema).empty());
  EXPECT_TRUE(check_schema("").empty());
}

TEST(ConfigCheck, DeepNestingIsRefusedNotFollowed) {
  std::string deep =
      R"({"inbox":"/in","facilities":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_FALSE(check_config(schema, deep).errors.empty());
  std::string schemas;
  for (int i = 0; i < 10'000; ++i)
    schemas += R"({"items":)";
  schemas += "{}" + std::string(10'000, '}');
  EXPECT_FALSE(check_schema(schemas).empty());
}

TEST(ConfigCheck, NamesTheFoldersAndPortsThatASourceNeeds) {
  constexpr auto needing = R"({"properties":{
    "inbox":{"type":"string","format":"folder"},"snapshot":{"type":"string","format":"folder"},
    "host":{"type":"string","default":"127.0.0.1"},"mllp":{"type":"boolean","default":true},
    "port":{"type":"integer","default":2575,"format":"port","used_with":"mllp"}}})";
  EXPECT_TRUE(check_schema(needing).empty());
  auto needed = [&](const char* config) {
    std::string all;
    for (const auto& one : resources_of(needing, check_config(needing, config).config))
      all +=
          (one.kind == Resource::Kind::folder ? "folder " : "port ") + one.setting + " " + one.value + "\n";
    return all;
  };
  EXPECT_EQ(needed("{}"), "port /port 127.0.0.1:2575\n");
  EXPECT_EQ(needed(R"({"inbox":"/in","mllp":"false"})"), "folder /inbox /in\n");
  EXPECT_EQ(needed(R"({"inbox":"","port":0})"), "");
  EXPECT_EQ(needed(R"({"host":"0.0.0.0","port":"70","snapshot":"/s"})"),
            "port /port 0.0.0.0:70\nfolder /snapshot /s\n");
  for (const auto* bad :
       {R"({"properties":{"a":{"format":"date"}}})", R"({"properties":{"a":{"used_with":1}}})"})
    EXPECT_EQ(check_schema(bad).size(), 1u) << bad;
}

TEST(ConfigCheck, KnowsTheSecretsThatASchemaNames) {
  constexpr auto naming = R"({"secrets":{"app_key":"of the platform"}})";
  EXPECT_TRUE(check_schema(naming).empty());
  EXPECT_TRUE(check_secret_names(naming, {"app_key"}).empty());
  EXPECT_TRUE(check_secret_names("{}", {"anything"}).empty());
  auto errors = check_secret_names(naming, {"app_key", "appkey"});
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].code, "CONFIG_UNKNOWN");
  EXPECT_EQ(errors[0].place, "appkey");
  EXPECT_THAT(errors[0].text, HasSubstr("it asks for: app_key"));
  for (const auto* bad : {R"({"secrets":["app_key"]})", R"({"secrets":{"app_key":1}})",
                          R"({"properties":{"a":{"secrets":{}}}})"})
    EXPECT_EQ(check_schema(bad).size(), 1u) << bad;
}

}  // namespace
}  // namespace kinhub
