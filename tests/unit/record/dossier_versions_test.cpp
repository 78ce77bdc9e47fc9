#include "hub/record/dossier.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

const auto keyring = Keyring::from_passphrase("dossier test");

Mention mention(Role role, const std::string& police_id) {
  Mention one;
  one.role = role;
  one.identifiers = {{IdentifierKind::police_id, police_id}};
  return one;
}

/// A birth as the police tell it; a later version of the same one has another day.
Statement birth(const std::string& version, int day) {
  Fact fact;
  fact.kind = FactKind::birth;
  fact.key = "322228-B1";
  fact.version = version;
  fact.people = {mention(Role::person, "child"), mention(Role::mother, "mother")};
  fact.on = PartialDate{*Date::make(2001, 5, day), Precision::day};
  return {fact, "public-security", 1, 1};
}

Dossier dossier(PersonId person, std::vector<Statement> versions, std::uint32_t own) {
  Topic topic{statement_key(keyring, "public-security", versions.front().fact), {}};
  std::vector<OwnMention> mentions;
  for (std::uint32_t v = 0; v < versions.size(); ++v)
    mentions.push_back({v, own});
  for (const auto& version : versions)
    topic.add(version);
  return {person, {Entry{topic, mentions}}};
}

TEST(Dossier, IsReadAsItWasWritten) {
  auto written = dossier({7}, {birth("1", 3), birth("2", 4)}, 1);
  auto read = dossier_from({7}, to_bytes(written));
  ASSERT_EQ(read.entries.size(), 1u);
  const auto& entry = read.entries.front();
  EXPECT_EQ(entry.topic.key, written.entries.front().topic.key);
  EXPECT_EQ(entry.own, written.entries.front().own);
  ASSERT_EQ(entry.topic.versions.size(), 2u);
  EXPECT_EQ(entry.topic.versions[1].fact, written.entries.front().topic.versions[1].fact);
  EXPECT_EQ(to_bytes(read), to_bytes(written));
}

TEST(Dossier, ATopicOfTheSameBytesIsReadOnceForAllItMentions) {
  TopicsRead topics;
  auto child = dossier_from({1}, to_bytes(dossier({1}, {birth("1", 3)}, 0)), topics);
  auto mother = dossier_from({2}, to_bytes(dossier({2}, {birth("1", 3)}, 1)), topics);
  EXPECT_EQ(child.entries.front().topic.versions.data(), mother.entries.front().topic.versions.data());
  EXPECT_EQ(mother.entries.front().own, (std::vector<OwnMention>{{0, 1}})) << "each has its own place in it";
}

TEST(Dossier, ATopicThatDiffersInOneVersionIsReadForItself) {
  TopicsRead topics;
  auto child = dossier_from({1}, to_bytes(dossier({1}, {birth("1", 3)}, 0)), topics);
  auto mother = dossier_from({2}, to_bytes(dossier({2}, {birth("1", 3), birth("2", 4)}, 1)), topics);
  EXPECT_EQ(child.entries.front().topic.versions.size(), 1u);
  EXPECT_EQ(mother.entries.front().topic.versions.size(), 2u);
}

TEST(Dossier, WhatOneAddsToASharedTopicTheOthersDoNotSee) {
  TopicsRead topics;
  auto child = dossier_from({1}, to_bytes(dossier({1}, {birth("1", 3)}, 0)), topics);
  auto mother = dossier_from({2}, to_bytes(dossier({2}, {birth("1", 3)}, 1)), topics);
  mother.entries.front().topic.add(birth("2", 4));
  auto father = dossier_from({3}, to_bytes(dossier({3}, {birth("1", 3)}, 1)), topics);
  EXPECT_EQ(child.entries.front().topic.versions.size(), 1u);
  EXPECT_EQ(father.entries.front().topic.versions.size(), 1u);
}

TEST(Dossier, BytesThatEndTooEarlyAreRefused) {
  auto bytes = to_bytes(dossier({7}, {birth("1", 3), birth("2", 4)}, 1));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(dossier_from({7}, std::string_view(bytes).substr(0, size)), std::runtime_error) << size;
}

}  // namespace
}  // namespace kinhub
