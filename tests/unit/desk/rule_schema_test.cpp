// The JSON Schemas for editors: every shipped file fits, and what its reader refuses does not.
#include "hub/desk/rule_schema.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "hub/base/yaml.hpp"
#include "tests/places/places.hpp"

namespace kinhub {
namespace {

using Json = nlohmann::json;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Json json_of(const YamlNode& node) {
  if (node.IsMap()) {
    auto map = Json::object();
    for (const auto& entry : node)
      map[entry.first.Scalar()] = json_of(entry.second);
    return map;
  }
  if (node.IsSequence()) {
    auto list = Json::array();
    for (const auto& item : node)
      list.push_back(json_of(item));
    return list;
  }
  return node.IsScalar() ? Json(node.Scalar()) : Json();
}

/// A validator of the words of JSON Schema that the schemas use; any other word fails the test.
class Validator {
 public:
  explicit Validator(const Json& root) : root_(root) {}

  /// Where the value does not fit; empty: it does.
  std::string fault(const Json& schema, const Json& value, const std::string& at = "") const {
    for (const auto& [word, said] : schema.items()) {
      if (word == "$schema" || word == "title" || word == "$defs") continue;
      if (auto why = fault_of(word, said, schema, value, at); !why.empty()) return why;
    }
    return "";
  }

 private:
  std::string fault_of(const std::string& word, const Json& said, const Json& schema, const Json& value,
                       const std::string& at) const {
    if (word == "$ref")
      return fault(root_.at("$defs").at(said.get<std::string>().substr(std::string("#/$defs/").size())),
                   value, at);
    if (word == "type") {
      const auto types = said.is_array() ? said : Json::array({said});
      for (const auto& type : types)
        if ((type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
            (type == "string" && value.is_string()) || (type == "null" && value.is_null()))
          return "";
      return at + " is no " + types.dump();
    }
    if (word == "anyOf") {
      for (const auto& one : said)
        if (fault(one, value, at).empty()) return "";
      return at + " fits none of several";
    }
    if (word == "allOf") {
      for (const auto& one : said)
        if (auto why = fault(one, value, at); !why.empty()) return why;
      return "";
    }
    if (word == "required") {
      for (const auto& key : said)
        if (value.is_object() && !value.contains(key.get<std::string>())) return at + " lacks " + key.dump();
      return "";
    }
    if (word == "minProperties")
      return value.is_object() && value.size() < said.get<std::size_t>() ? at + " is empty" : "";
    if (word == "items") {
      for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
        if (auto why = fault(said, value[i], at + "/" + std::to_string(i)); !why.empty()) return why;
      return "";
    }
    if (word == "properties" || word == "patternProperties" || word == "additionalProperties")
      return word == "properties"            ? fault_of_map(schema, value, at)
             : schema.contains("properties") ? ""
                                             : fault_of_map(schema, value, at);
    ADD_FAILURE() << "the validator does not know " << word;
    return word;
  }
  std::string fault_of_map(const Json& schema, const Json& value, const std::string& at) const {
    if (!value.is_object()) return "";
    for (const auto& [key, inner] : value.items()) {
      const auto below = at + "/" + key;
      const Json* said = nullptr;
      if (schema.contains("properties") && schema["properties"].contains(key))
        said = &schema["properties"][key];
      if (!said && schema.contains("patternProperties"))
        for (const auto& [pattern, one] : schema["patternProperties"].items())
          if (pattern.starts_with('^') && key.starts_with(pattern.substr(1))) said = &one;
      if (!said && schema.contains("additionalProperties")) {
        if (schema["additionalProperties"] == false) return below + " is no key";
        said = &schema["additionalProperties"];
      }
      if (said)
        if (auto why = fault(*said, inner, below); !why.empty()) return why;
    }
    return "";
  }

  const Json& root_;
};

std::string fault_in(const std::string& kind, const std::string& text) {
  const auto schema = Json::parse(*rule_schema(kind));
  return Validator(schema).fault(schema, json_of(read_yaml(text)));
}

/// Of a shipped file; empty: it is of no kind that has a schema.
std::string kind_of(const std::string& path) {
  if (path.ends_with("vocabulary.yaml")) return "vocabulary";
  if (path.find("/policies/") != std::string::npos || path.find("/catalogue/") != std::string::npos)
    return "policy";
  if (path.find("/care/forms/") != std::string::npos) return "form";
  if (path.find("/mappings/care/") != std::string::npos) return "service";
  if (path.find("/evidence/") != std::string::npos || path.find("/identity/") != std::string::npos) return "";
  return "mapping";
}

TEST(RuleSchema, EveryShippedFileFits) {
  std::map<std::string, int> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(tests::source_dir() + "/mappings")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto kind = kind_of(entry.path().string());
    if (kind.empty()) continue;
    EXPECT_EQ(fault_in(kind, text_of(entry.path())), "") << entry.path();
    ++files[kind];
  }
  EXPECT_GT(files["policy"], 3);
  EXPECT_EQ(files["vocabulary"], 1);
  EXPECT_GT(files["form"], 20);
  EXPECT_GT(files["mapping"], 30);
  EXPECT_EQ(files["service"], 1);
}

TEST(RuleSchema, WhatItsReaderRefusesDoesNotFit) {
  const auto shipped = [](const char* file) { return text_of(tests::source_dir() + "/mappings/" + file); };
  const auto national = shipped("policies/000000/national-special-assistance.yaml");
  const auto death = shipped("public_security/death.yaml");
  const auto form = shipped("care/forms/visit.yaml");
  struct Case {
    const char* kind;
    std::string text;
    const char *was, *becomes;
  };
  const Case cases[] = {
      {"policy", national, "calendar:", "kalendar:"},
      {"policy", national, "in_force:", "inforce:"},
      {"policy", national, "\nbenefits:", "\nbenefites:"},
      {"policy", national, "pay: 590", "pays: 590"},
      {"policy", national, "region:", "regio:"},
      {"mapping", death, "\nmap:", "\nmapp:"},
      {"mapping", death, "format:", "formatt:"},
      {"mapping", death, "set:", "sett:"},
      {"form", form, "\nfields:", "\nfeilds:"},
      {"form", form, "item:", "itme:"},
      {"vocabulary", shipped("policies/vocabulary.yaml"), "\nwords:", "\nwoerter:"},
      {"service", shipped("care/000000/services.yaml"), "\nservices:", "\ndienste:"},
      {"service", shipped("care/000000/services.yaml"), "rule:", "rhythm:"},
  };
  for (auto one : cases) {
    if (!one.text.starts_with("\n")) one.text.insert(0, "\n");
    const auto at = one.text.find(one.was);
    ASSERT_NE(at, std::string::npos) << one.was;
    one.text.replace(at, std::string_view(one.was).size(), one.becomes);
    EXPECT_NE(fault_in(one.kind, one.text), "") << one.kind << ": " << one.becomes;
  }
  EXPECT_NE(fault_in("policy", "policy: a\ntitle: b\n"), "") << "what is missing";
  EXPECT_NE(fault_in("vocabulary", "vocabulary: a\nwords:\n  x (某):\n    childern: {number: 1}\n"), "");
  EXPECT_FALSE(rule_schema("policies"));
}

}  // namespace
}  // namespace kinhub
