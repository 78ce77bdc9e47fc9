#include "hub/connector/library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugin_folder.hpp"

namespace kinhub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConnectorLibraryTest : public ::testing::Test {
 protected:
  /// "CODE: text" of what load() says, empty if it loads.
  std::string load(const std::string& name) {
    ConnectorLibrary library({folder_.path / "none", folder_.path});
    auto loaded = library.load(name);
    return loaded ? "" : loaded.error().code + ": " + loaded.error().text;
  }
  PluginFolder folder_;
};

TEST_F(ConnectorLibraryTest, LoadsAGoodOneOnce) {
  folder_.install("scripted");
  ConnectorLibrary library({folder_.path});
  EXPECT_THAT(library.names(), ElementsAre("scripted"));
  auto first = library.load("scripted"), second = library.load("scripted");
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(*first, *second);
  EXPECT_EQ((*first)->card().version, "1.0");
  EXPECT_THAT((*first)->config_schema(), HasSubstr("additionalProperties"));
  EXPECT_NE((*first)->source().snapshot, nullptr);
}

TEST_F(ConnectorLibraryTest, AnOlderPluginsMissingMembersReadAsNull) {
  folder_.install("older");
  ConnectorLibrary library({folder_.path});
  auto loaded = library.load("older");
  ASSERT_TRUE(loaded) << describe(loaded.error());
  EXPECT_NE((*loaded)->source().poll, nullptr);
  EXPECT_EQ((*loaded)->source().snapshot, nullptr) << "bytes behind the plugin's struct were read";
  EXPECT_EQ((*loaded)->source().read_capture, nullptr);
}

TEST_F(ConnectorLibraryTest, SaysWhatIsWrongBeforeRunningAnything) {
  EXPECT_THAT(load("nowhere"), HasSubstr("CONNECTOR_MISSING: was not found in"));
  EXPECT_THAT(load("../scripted"), HasSubstr("CONNECTOR_NAME"));
  EXPECT_THAT(load(""), HasSubstr("CONNECTOR_NAME"));

  folder_.install("scripted");
  EXPECT_THAT(load("scriptet"), HasSubstr("did you mean 'scripted'?"));
  auto so = PluginFolder::read(folder_.path / "scripted.so");
  auto good = PluginFolder::read(folder_.path / "scripted.connector.json");

  std::filesystem::remove(folder_.path / "scripted.connector.json");
  EXPECT_THAT(load("scripted"), HasSubstr("CONNECTOR_CARD: is missing"));
  folder_.write("scripted.connector.json", "{nonsense");
  EXPECT_THAT(load("scripted"), HasSubstr("CONNECTOR_CARD: is not a JSON object"));
  folder_.write("scripted.connector.json", R"({"name":"scripted"})");
  EXPECT_THAT(load("scripted"), HasSubstr("CONNECTOR_CARD: needs name, version"));
  folder_.write("scripted.connector.json", R"({"name":1,"version":[],"minor":"x","sha256":null})");
  EXPECT_THAT(load("scripted"), HasSubstr("CONNECTOR_CARD: needs name, version"));
  folder_.write("scripted.connector.json", std::string(100'000, ' '));
  EXPECT_THAT(load("scripted"), HasSubstr("CONNECTOR_CARD: cannot be read"));
  folder_.write("scripted.connector.json", PluginFolder::card("scripted", std::string(64, 'a')));
  EXPECT_THAT(load("scripted"), HasSubstr("CONNECTOR_SHA256"));
  folder_.write("scripted.connector.json", PluginFolder::card("other", sha256_hex(so)));
  EXPECT_THAT(load("scripted"), HasSubstr("CONNECTOR_NAME"));
  folder_.write("scripted.connector.json", PluginFolder::card("scripted", sha256_hex(so), 99));
  EXPECT_THAT(load("scripted"), HasSubstr("CONNECTOR_MINOR: needs plugin contract 1.99"));

  folder_.write("scripted.connector.json", good);
  std::filesystem::remove(folder_.path / "scripted.so");
  EXPECT_THAT(load("scripted"), HasSubstr("CONNECTOR_MISSING: is missing, though its card is there"));
  folder_.write("scripted.so", so + "x");
  EXPECT_THAT(load("scripted"), HasSubstr("CONNECTOR_SHA256"));
  folder_.write("scripted.so", so);
  EXPECT_EQ(load("scripted"), "");
}

TEST_F(ConnectorLibraryTest, RefusesObjectsThatAreNoConnectors) {
  folder_.write("garbage.so", "these bytes are no object at all");
  folder_.write("garbage.connector.json",
                PluginFolder::card("garbage", sha256_hex("these bytes are no object at all")));
  EXPECT_THAT(load("garbage"), HasSubstr("CONNECTOR_LOAD: cannot be loaded"));
  for (const char* name : {"wrong_major", "null_members", "misnamed", "strange_schema"})
    folder_.install(name);
  EXPECT_THAT(load("wrong_major"), HasSubstr("CONNECTOR_ABI: has no kinhub_plugin_v1"));
  EXPECT_THAT(load("null_members"),
              HasSubstr("CONNECTOR_ABI: lacks what every connector needs: create poll"));
  EXPECT_THAT(load("misnamed"), HasSubstr("CONNECTOR_NAME: says it is another 2.0"));
  EXPECT_THAT(load("strange_schema"), HasSubstr("CONFIG_SCHEMA: the hub does not check `pattern`"));
}

TEST(ConnectorLibraryPlaces, CodeThatOthersMayChangeIsNotRun) {
  namespace fs = std::filesystem;
  for (const char* open : {"", "scripted.so", "scripted.connector.json"}) {
    PluginFolder folder;
    folder.install("scripted");
    ConnectorLibrary before({folder.path});
    ASSERT_TRUE(before.card("scripted")) << describe(before.card("scripted").error());
    fs::permissions(folder.path / open, fs::perms::others_write, fs::perm_options::add);
    ConnectorLibrary library({folder.path});
    const auto card = library.card("scripted");
    ASSERT_FALSE(card) << open;
    EXPECT_EQ(card.error().code, "CONNECTOR_PLACE");
    EXPECT_EQ(library.load("scripted").error().code, "CONNECTOR_PLACE");
  }
}

TEST(ConnectorLibraryPlaces, WhatWasComparedIsWhatIsLoaded) {
  PluginFolder folder;
  folder.install("scripted");
  folder.install("older");
  ConnectorLibrary library({folder.path});
  const auto scripted = library.load("scripted"), older = library.load("older");
  ASSERT_TRUE(scripted && older) << "each by a descriptor of its own";
  EXPECT_NE((*scripted)->source().poll, (*older)->source().poll);
  EXPECT_EQ((*older)->card().name, "older");
}

}  // namespace
}  // namespace kinhub
