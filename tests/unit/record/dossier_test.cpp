// A dossier as bytes and back, histories shared between those who read them, damaged bytes.
#include "hub/record/dossier.hpp"

#include <gtest/gtest.h>

#include "hub/base/bytes.hpp"
#include "tests/unit/record/record.hpp"

namespace kinhub::test {
namespace {

Said born(std::string version, std::int64_t known_since) {
  return birth("police", "B1")
      .of(wang)
      .mother(mother_su)
      .on("2000-05-21")
      .version(std::move(version))
      .known_since(known_since);
}
Dossier mother_of(const std::vector<Statement>& versions) {
  const Record record(versions);
  return record.dossier(record.person(mother_su));
}
Dossier child_of(const std::vector<Statement>& versions) {
  const Record record(versions);
  return record.dossier(record.person(wang));
}

TEST(Dossier, IsReadAsItWasWritten) {
  const Record record(
      {born("1", 10).fact_index(3).bytes(0xFFFFFFFFFFFFFFFF), born("2", 5).on("2000-05-22").bytes(5),
       marriage("civil", "M1").couple(father_qin, mother_su).on("1999-01-01").known_since(7)});
  const auto& written = record.dossier(record.person(mother_su));
  const auto read = dossier_from(written.person, to_bytes(written));
  EXPECT_EQ(read.person, written.person);
  ASSERT_EQ(read.entries.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto &now = read.entries[i], &before = written.entries[i];
    EXPECT_EQ(now.history.key, before.history.key);
    EXPECT_EQ(now.own, before.own);
    ASSERT_EQ(now.history.versions.size(), before.history.versions.size());
    for (std::size_t v = 0; v < now.history.versions.size(); ++v) {
      EXPECT_EQ(now.history.versions[v].fact, before.history.versions[v].fact);
      EXPECT_EQ(now.history.versions[v].source, before.history.versions[v].source);
      EXPECT_EQ(now.history.versions[v].content, before.history.versions[v].content);
      EXPECT_EQ(now.history.versions[v].received_at_us, before.history.versions[v].received_at_us);
      EXPECT_EQ(now.history.versions[v].event_sequence, before.history.versions[v].event_sequence);
      EXPECT_EQ(now.history.versions[v].fact_index, before.history.versions[v].fact_index);
      EXPECT_EQ(now.history.versions[v].event_digest, before.history.versions[v].event_digest);
    }
  }
  EXPECT_EQ(to_bytes(read), to_bytes(written));
}

/// As the first form was: neither places within an event nor digests, versions by version.
std::string in_form_1(const Dossier& dossier) {
  Packer out;
  out.number(1);
  out.number(dossier.entries.size());
  for (const auto& entry : dossier.entries) {
    const auto& all = entry.history.versions;
    std::vector<std::uint32_t> order(all.size());
    for (std::uint32_t i = 0; i < all.size(); ++i)
      order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](auto a, auto b) { return all[a].fact.version < all[b].fact.version; });
    out.raw(entry.history.key.view());
    out.number(order.size());
    for (auto at : order) {
      out.text(all[at].source);
      out.signed_number(all[at].received_at_us);
      out.signed_number(all[at].event_sequence);
      out.text(all[at].content);
    }
    out.number(entry.own.size());
    for (std::uint32_t at = 0; at < order.size(); ++at)
      for (const auto& own : entry.own)
        if (own.version == order[at]) out.number(at), out.number(own.mention);
  }
  return out.take();
}

TEST(Dossier, OfTheFirstFormIsReadIntoLogOrder) {
  const auto written = mother_of({born("2", 10), born("1", 20).mother(mother_su), born("3", 5)});
  const auto read = dossier_from(written.person, in_form_1(written));
  ASSERT_EQ(read.entries.size(), 1u);
  EXPECT_EQ(read.entries[0].own, written.entries[0].own);
  ASSERT_EQ(read.entries[0].history.versions.size(), 3u);
  for (std::size_t v = 0; v < 3; ++v)
    EXPECT_EQ(read.entries[0].history.versions[v].content, written.entries[0].history.versions[v].content);
  EXPECT_EQ(read.entries[0].history.current(known_now)->fact.version, "3");
}

/// As the second form was: without origins.
std::string in_form_2(const Dossier& dossier) {
  Packer out;
  out.number(2);
  out.number(dossier.entries.size());
  for (const auto& entry : dossier.entries) {
    out.raw(entry.history.key.view());
    out.number(entry.history.versions.size());
    for (const auto& version : entry.history.versions) {
      out.text(version.source);
      out.signed_number(version.received_at_us);
      out.signed_number(version.event_sequence);
      out.number(version.fact_index);
      out.raw({reinterpret_cast<const char*>(&version.event_digest), sizeof version.event_digest});
      out.text(version.content);
    }
    out.number(entry.own.size());
    for (const auto& own : entry.own)
      out.number(own.version), out.number(own.mention);
  }
  return out.take();
}

TEST(Dossier, OfTheSecondFormIsReadWithoutOrigins) {
  const auto written = mother_of({born("1", 10).bytes(7), born("2", 20).bytes(8)});
  const auto read = dossier_from(written.person, in_form_2(written));
  ASSERT_EQ(read.entries.size(), 1u);
  ASSERT_EQ(read.entries[0].history.versions.size(), 2u);
  EXPECT_EQ(read.entries[0].own, written.entries[0].own);
  EXPECT_EQ(read.entries[0].history.versions[1].event_digest, 8u);
  EXPECT_EQ(read.entries[0].history.versions[1].origin, RuleOrigin{});
}

TEST(Dossier, KeepsTheRuleThatMadeEachStatement) {
  Statement one = born("1", 10);
  one.origin = {0x0123456789abcdef, 42};
  const auto written = mother_of({one, born("2", 20)});
  const auto read = dossier_from(written.person, to_bytes(written));
  EXPECT_EQ(read.entries[0].history.versions[0].origin, (RuleOrigin{0x0123456789abcdef, 42}));
  EXPECT_EQ(read.entries[0].history.versions[1].origin, RuleOrigin{});
}

TEST(Dossier, WhatWasReadAnewIsKeptWithBothReadings) {
  Record record({born("1", 10).fact_index(3), born("2", 20)});
  const Statement gone = born("1", 10).fact_index(3), told = born("1", 10).fact_index(3).on("2000-05-22");
  record.read_anew(gone, {told}, 50);
  const auto written = record.dossier(record.person(mother_su));
  const auto bytes = to_bytes(written);
  EXPECT_EQ(bytes[0], 5);
  const auto read = dossier_from(written.person, bytes);
  const auto& versions = read.entries.at(0).history.versions;
  ASSERT_EQ(versions.size(), 3u);
  EXPECT_EQ(to_bytes(read), bytes);
  for (std::size_t v = 0; v < 3; ++v) {
    const auto& was = written.entries[0].history.versions[v];
    EXPECT_EQ(std::tuple(versions[v].replaced_at_us, versions[v].event_received_at_us, versions[v].fact_index,
                         versions[v].received_at_us, versions[v].content),
              std::tuple(was.replaced_at_us, was.event_received_at_us, was.fact_index, was.received_at_us,
                         was.content));
  }
  EXPECT_EQ(read.entries[0].history.current(known_now)->fact.version, "2");
  EXPECT_EQ(read.entries[0].own, written.entries[0].own);
}

TEST(Dossier, WithAnAbsenceIsOfTheFormThatAHubFromBeforeRefuses) {
  const auto written = child_of({born("1", 10).bytes(7), born("2", 20).untold()});
  const auto bytes = to_bytes(written);
  EXPECT_EQ(bytes[0], 6);
  const auto read = dossier_from(written.person, bytes);
  EXPECT_EQ(to_bytes(read), bytes);
  ASSERT_EQ(read.entries.at(0).history.versions.size(), 2u);
  EXPECT_EQ(read.entries[0].history.versions[1].fact.op, Op::untold);
  EXPECT_EQ(read.entries[0].history.versions[0].event_digest, 7u);
}

TEST(Dossier, OfWhichNothingWasReadAnewIsWrittenAsBefore) {
  EXPECT_EQ(to_bytes(mother_of({born("1", 10), born("2", 20)}))[0], 4);
}

TEST(Dossier, OfNobodyMentionedIsReadAsItWasWritten) {
  const auto read = dossier_from({7}, to_bytes(Dossier{{7}, {}}));
  EXPECT_EQ(read.person, PersonId{7});
  EXPECT_TRUE(read.entries.empty());
}

TEST(Dossier, FindsAHistoryByItsKeyAndNoOther) {
  const auto dossier = child_of({born("1", 10), death("police", "J1").of(wang).on("2026-11-18")});
  for (const auto& entry : dossier.entries)
    EXPECT_EQ(dossier.find(entry.history.key), &entry);
  EXPECT_EQ(dossier.find(history_of({death("police", "J2").of(wang)}).key), nullptr);
}

TEST(Dossier, AVersionThatSpeaksOfSomeoneElseHasNoMentionOfItsPerson) {
  const Record record({marriage("civil", "M1").couple(father_qin, mother_su).version("1"),
                       marriage("civil", "M1").couple(father_lin, mother_su).version("2"),
                       death("police", "J1").of(father_qin).on("2020-01-01")});
  const auto& dossier = record.dossier(record.person(father_qin));
  const auto* entry = dossier.find(history_of({marriage("civil", "M1").couple(father_qin, mother_su)}).key);
  ASSERT_NE(entry, nullptr);
  EXPECT_NE(entry->mention_in(entry->history.versions[0]), nullptr);
  EXPECT_EQ(entry->mention_in(entry->history.versions[1]), nullptr);
}

TEST(HistoriesRead, AHistoryOfTheSameBytesIsReadOnceForAllItMentions) {
  HistoriesRead histories;
  const auto child = dossier_from({1}, to_bytes(child_of({born("1", 10)})), histories);
  const auto mother = dossier_from({2}, to_bytes(mother_of({born("1", 10)})), histories);
  EXPECT_EQ(child.entries.front().history.versions.data(), mother.entries.front().history.versions.data());
  EXPECT_EQ(child.entries.front().own, (std::vector<OwnMention>{{0, 0}}));
  EXPECT_EQ(mother.entries.front().own, (std::vector<OwnMention>{{0, 1}})) << "each has its own place in it";
}

TEST(HistoriesRead, AHistoryThatDiffersInOneVersionOrArrivalIsReadForItself) {
  HistoriesRead histories;
  const auto one = dossier_from({1}, to_bytes(child_of({born("1", 10)})), histories);
  const auto two = dossier_from({2}, to_bytes(mother_of({born("1", 10), born("2", 20)})), histories);
  const auto later = dossier_from({3}, to_bytes(mother_of({born("1", 11)})), histories);
  EXPECT_EQ(one.entries.front().history.versions.size(), 1u);
  EXPECT_EQ(two.entries.front().history.versions.size(), 2u);
  EXPECT_EQ(later.entries.front().history.versions[0].received_at_us, 11);
}

TEST(HistoriesRead, WhatOneAddsToASharedHistoryTheOthersDoNotSee) {
  HistoriesRead histories;
  const auto child = dossier_from({1}, to_bytes(child_of({born("1", 10)})), histories);
  auto mother = dossier_from({2}, to_bytes(mother_of({born("1", 10)})), histories);
  mother.entries.front().history.add(born("2", 20));
  const auto again = dossier_from({2}, to_bytes(mother_of({born("1", 10)})), histories);
  EXPECT_EQ(child.entries.front().history.versions.size(), 1u);
  EXPECT_EQ(again.entries.front().history.versions.size(), 1u);
}

TEST(HistoriesRead, ForgetsWhatIsCleared) {
  HistoriesRead histories;
  const auto child = dossier_from({1}, to_bytes(child_of({born("1", 10)})), histories);
  histories.clear();
  const auto mother = dossier_from({2}, to_bytes(mother_of({born("1", 10)})), histories);
  EXPECT_NE(child.entries.front().history.versions.data(), mother.entries.front().history.versions.data());
}

TEST(DamagedDossier, BytesThatEndTooEarlyAreRefused) {
  const auto bytes = to_bytes(mother_of({born("1", 10), born("2", 20)}));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(dossier_from({7}, std::string_view(bytes).substr(0, size)), std::runtime_error) << size;
}

TEST(DamagedDossier, ACountThatTheBytesCannotHoldIsRefusedAsDamage) {
  // Wherever a count stands: in any place a number of nine bytes.
  const auto bytes = to_bytes(mother_of({born("1", 10), born("2", 20)}));
  const std::string huge("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 9);
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    const auto damaged = bytes.substr(0, at) + huge + bytes.substr(at + 1);
    try {
      dossier_from({7}, damaged);  // within a text it may go unnoticed
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string_view(error.what()).substr(0, 24), "stored bytes are damaged") << at;
    }
  }
  EXPECT_THROW(dossier_from({7}, "\2" + huge), std::runtime_error);
}

TEST(DamagedDossier, AnotherFormIsRefusedWithWhatToDo) {
  auto bytes = to_bytes(mother_of({born("1", 10)}));
  bytes[0] = 7;
  try {
    dossier_from({7}, bytes);
    FAIL() << "a form of a newer hub was read";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "a dossier was written by a newer hub: use that one");
  }
}

TEST(DamagedDossier, AMentionThatIsNotThereIsRefused) {
  for (const OwnMention missing : {OwnMention{1, 0}, OwnMention{0, 2}}) {
    auto dossier = mother_of({born("1", 10)});
    dossier.entries.front().own = {missing};
    EXPECT_THROW(dossier_from({7}, to_bytes(dossier)), std::runtime_error)
        << missing.version << " " << missing.mention;
  }
}

}  // namespace
}  // namespace kinhub::test
