#pragma once
// A small province for pipeline tests: sources that tell of births and deaths, a hub of one node or several
// on a shared store, and what must be equal in the end as text.

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "hub/base/citizen_number.hpp"
#include "hub/pipeline/pipeline.hpp"
#include "tests/places/places.hpp"
#include "tests/seeds.hpp"
#include "tests/unit/pipeline/fake_log.hpp"
#include "tests/unit/pipeline/faulty.hpp"
#include "tests/unit/store/record_fixture.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub::test {

constexpr std::int64_t noon_us = 1'796'000'000'000'000;  // 2026-11-30

/// Printed with every failure; KINHUB_SEED=n runs another one.
inline unsigned pipeline_seed() {
  static const unsigned seed = test::seed(1);
  return seed;
}

/// The number of an invented person born on that day (yyyymmdd).
inline std::string number_of(std::string_view born, int serial) {
  auto first = fmt::format("322228{}{:03}", born, serial);
  return first + citizen_number_check(first);
}

inline Event line(const std::string& source, const std::string& key, const std::string& row) {
  Event event;
  event.source = source, event.key = key;
  event.body = "KIND,ID,VERSION,PERSON,MOTHER,ON,VOID\r\n" + row + "\r\n";
  event.content_type = "text/csv", event.charset = "UTF-8";
  event.received_at_us = noon_us;
  return event;
}
inline Event born(const std::string& source, int mother, int child) {
  auto id = fmt::format("B{}", child);
  return line(source, id,
              fmt::format("birth,{},20200101000000,{},{},19950303,0", id, number_of("19950303", child),
                          number_of("19700101", mother)));
}
inline Event died(const std::string& source, int child, int version = 1, bool taken_back = false) {
  auto id = fmt::format("D{}", child);
  return line(source, id,
              fmt::format("death,{},2026110100{:04},{},,20240510,{}", id, version,
                          number_of("19950303", child), taken_back ? 1 : 0));
}
/// Takes a death back if the source told one; under another key than its own.
inline Event withdrawn(const std::string& source, int child, int version) {
  auto id = fmt::format("N{}", child);
  return line(source, id,
              fmt::format("withdrawal,{},2026110100{:04},{},,,", id, version, number_of("19950303", child)));
}
/// A death whose number has a wrong check character: it goes to quarantine, and what follows of its key
/// waits.
inline Event misspelt(const std::string& source, int child) {
  auto id = fmt::format("D{}", child);
  return line(source, id, fmt::format("death,{},20261101000000,322228199503030000,,20240510,0", id));
}
inline Event loaded(const std::string& source) {
  Event event;
  event.kind = EventKind::coverage, event.source = source, event.code = "snapshot";
  event.occurred_at_us = event.received_at_us = noon_us;
  return event;
}

using Texts = std::map<std::string, std::string>;

/// The mapping files of all sources.
inline const Texts& mapping_files() {
  static const Texts files = {
      {"birth.yaml",
       "map: test.birth\nfrom: { format: csv, when: \"KIND = 'birth'\" }\nkey: [ID]\n"
       "version: timestamp(VERSION)\nevidence: police_registration\nfact: birth\nset:\n"
       "  person.citizen_number: citizen_id(PERSON)\n  person.born: date(ON, 'yyyyMMdd')\n"
       "  mother.citizen_number: citizen_id(MOTHER)\n  on: date(ON, 'yyyyMMdd')\n"},
      {"death.yaml",
       "map: test.death\nfrom: { format: csv, when: \"KIND = 'death'\" }\nkey: [ID]\n"
       "version: timestamp(VERSION)\nop: { if: \"VOID = '1'\", then: retract, else: assert }\n"
       "evidence: police_registration\nfact: death\nset:\n"
       "  person.citizen_number: citizen_id(PERSON)\n  on: date(ON, 'yyyyMMdd')\n"},
      {"withdrawal.yaml",
       "map: test.withdrawal\nfrom: { format: csv, when: \"KIND = 'withdrawal'\" }\nkey: [ID]\n"
       "version: timestamp(VERSION)\nop: withdraw\nevidence: police_registration\nfact: death\nset:\n"
       "  person.citizen_number: citizen_id(PERSON)\n"}};
  return files;
}

/// The rules of these sources, with these mapping files.
inline Rules rules_with(const Texts& files) {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder.path / "codes");
  for (const auto& [name, text] : files)
    std::ofstream(folder.path / name, std::ios::binary) << text;
  auto read = MappingSet::read(folder.path, folder.path / "codes");
  if (auto* errors = std::get_if<std::vector<Error>>(&read))
    throw std::runtime_error(describe(errors->front()));
  auto mapping = std::make_shared<const MappingSet>(std::move(std::get<MappingSet>(read)));
  Rules rules;
  rules.policy_texts = std::get<std::vector<PolicyText>>(
      read_policy_texts(kinhub::tests::source_dir() + "/mappings/policies"));
  auto policies = PolicySet::read(rules.policy_texts);
  if (auto* errors = std::get_if<std::vector<Error>>(&policies))
    throw std::runtime_error(describe(errors->front()));
  for (auto source : {"civil", "hospital", "insurance", "police"})
    rules.mappings[source] = mapping;
  rules.policies = std::make_shared<const PolicySet>(std::move(std::get<PolicySet>(policies)));
  rules.covers = {{"police", {Covers::births, Covers::adoptions, Covers::marriages, Covers::residence}}};
  rules.policies_digest = "test";
  return rules;
}

/// These rules, read once.
inline const Rules& rules_for_test() {
  static const Rules rules = rules_with(mapping_files());
  return rules;
}

/// What `count` events of all sources could be. Each source's own order is kept by the log; no other order
/// is.
inline std::vector<Event> history(std::size_t count, unsigned seed) {
  std::mt19937 chance(seed);
  const std::vector<std::string> sources = {"civil", "hospital", "insurance", "police"};
  std::vector<Event> events = {loaded("police")};
  while (events.size() < count) {
    const auto& source = sources[chance() % sources.size()];
    int mother = static_cast<int>(chance() % 12), child = mother * 2 + static_cast<int>(chance() % 2);
    switch (chance() % 8) {
      case 0:
      case 1:
      case 2:
        events.push_back(born(source, mother, child));
        break;
      case 3:
      case 4:
        events.push_back(died(source, child, static_cast<int>(chance() % 3)));
        break;
      case 5:
        events.push_back(died(source, child, 5, true));
        break;
      case 6:
        events.push_back(misspelt(source, child));
        break;
      default:
        events.push_back(chance() % 4 == 0 ? loaded("police") : events[chance() % events.size()]);
        break;
    }
  }
  return events;
}

/// Open leads, told by people's identifiers, so that numbers the store gave do not matter.
inline std::string leads_text(StoreTransaction& store, const Keyring& keys) {
  Workspace people(store.people(), keys, built_in_evidence());
  std::set<std::string> lines;
  for (const auto& row : all_leads(store.leads(), LeadState::open)) {
    auto content = lead_content_from(keys.unseal(row.content, lead_context(row.id)));
    auto text = fmt::format("{} {} {} {}..{} sure={}", name_of_person(people.dossier(row.person)),
                            row.benefit, name_of(row.kind), content.when.from.text(),
                            content.when.until.text(), static_cast<int>(content.certainty));
    for (const auto& span : content.computed)
      text += " " + span.when.from.text() + ".." + span.when.until.text();
    lines.insert(text);
  }
  std::string text;
  for (const auto& one : lines)
    text += one + "\n";
  return text;
}

inline std::string balance_text(StoreTransaction& store) {
  std::string text;
  for (const auto& [source, of] : store.balance().counters())
    text += fmt::format("{}: {} applied {} filtered {} duplicate {} quarantined {} repeated {} lost\n",
                        source, of.applied, of.filtered, of.duplicate, of.quarantined, of.repeated, of.lost);
  return text;
}

inline std::string notices_text(StoreTransaction& store) {
  std::string text;
  std::int64_t next = 1;
  for (const auto& notice : store.notices().page(0, 1'000'000)) {
    EXPECT_EQ(notice.sequence, next++) << "notices are numbered without gaps";
    text += notice.body + "\n";
  }
  return text;
}

/// A store in a folder of its own, with the keys that open it.
struct Ground {
  TemporaryFolder folder;
  Keyring keys = Keyring::from_passphrase("test");
  FixedClock clock{noon_us};
  std::unique_ptr<SqliteStore> store = SqliteStore::open(folder.path / "kinhub.db", keys);

  std::unique_ptr<Pipeline> pipeline(EventLog& log, Store& used, Ownership& ownership,
                                     std::size_t batch_events_max = 5,
                                     const Rules& rules = rules_for_test()) {
    Pipeline::Options options;
    options.batch_events_max = batch_events_max;
    options.retry = {1, 1};
    return std::make_unique<Pipeline>(log, used, keys, rules, clock, ownership, options);
  }
  bool processed(EventLog& log) {
    auto reading = store->begin(Store::For::reading);
    for (std::int32_t partition = 0; partition < log.partitions(); ++partition)
      if (reading->positions().at(log.partition_name(partition)).sequence < log.end(partition).sequence)
        return false;
    return true;
  }
  std::string outcome() {
    auto reading = store->begin(Store::For::reading);
    return record_text(*reading, keys) + leads_text(*reading, keys);
  }
  std::string balance() { return balance_text(*store->begin(Store::For::reading)); }
  std::string notices() { return notices_text(*store->begin(Store::For::reading)); }
  std::int64_t position(const std::string& partition) {
    return store->begin(Store::For::reading)->positions().at(partition).sequence;
  }
};

}  // namespace kinhub::test
