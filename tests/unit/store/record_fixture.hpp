#pragma once
// A small language for record tests: facts by a line each, a store in a temporary folder, the record as text.

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "hub/store/past_record.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"
#include "hub/store/workspace.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub::test {

struct TemporaryFolder {
  std::filesystem::path path;
  TemporaryFolder() {
    static int number = 0;
    path = std::filesystem::temp_directory_path() / fmt::format("kinhub-test-{}-{}", ::getpid(), ++number);
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
};

/// "n:3222..." citizen number, "p:55" police id, "c:Z1" chart, "b:Z32" birth certificate, "-n:" a former
/// number.
inline Mention mention(Role role, std::initializer_list<std::string_view> words, std::string_view name = "") {
  Mention one;
  one.role = role;
  if (!name.empty()) one.name = std::string(name);
  for (auto word : words) {
    bool former = word.front() == '-';
    if (former) word.remove_prefix(1);
    auto kind = word[0] == 'n'   ? IdentifierKind::citizen_number
                : word[0] == 'p' ? IdentifierKind::police_id
                : word[0] == 'c' ? IdentifierKind::chart
                : word[0] == 'i' ? IdentifierKind::insurance_id
                                 : IdentifierKind::birth_certificate;
    (former ? one.former : one.identifiers).push_back({kind, std::string(word.substr(2))});
  }
  std::sort(one.identifiers.begin(), one.identifiers.end());
  return one;
}

/// Each statement stands in the log after those said before it.
inline Statement say(std::string source, FactKind kind, std::string key, std::string version,
                     std::string_view on, std::vector<Mention> people, Op op = Op::assert_,
                     EvidenceClass weight = EvidenceClass::police_registration) {
  Fact fact;
  fact.kind = kind, fact.op = op, fact.evidence = weight;
  fact.key = std::move(key), fact.version = std::move(version);
  fact.people = std::move(people);
  if (!on.empty()) fact.on = PartialDate::parse(on);
  static std::int64_t place = 0;
  return Statement(std::move(fact), std::move(source), 0, ++place);
}

inline std::string text_of(const std::vector<Support>& evidence) {
  std::string text;
  for (const auto& one : evidence)
    text += fmt::format(" {}/{}", one->source, one->fact.key);
  return text;
}

/// Who someone is, told by identifiers, so that it never depends on numbers the store gave.
inline std::string name_of_person(const Dossier& dossier) {
  std::set<Identifier> identifiers;
  for (const auto& entry : dossier.entries)
    for (auto own : entry.own)
      for (const auto& one : entry.history.versions[own.version].fact.people[own.mention].identifiers)
        identifiers.insert(one);
  std::string text;
  for (const auto& one : identifiers)
    text += fmt::format("[{} {}]", name_of(one.kind), one.value);
  return text;
}

/// The whole record as text: the same for every order in which the same statements came.
inline std::string record_text(const std::vector<PersonId>& all, RecordReader& people) {
  std::set<std::string> lines;
  for (auto person : all) {
    const auto& portrait = people.portrait(person);
    std::string line =
        fmt::format("{} name={} number={} born={}", name_of_person(people.dossier(person)), portrait.name,
                    portrait.citizen_number, portrait.born ? portrait.born->text() : "");
    for (const auto& number : portrait.former_numbers)
      line += " former=" + number;
    if (portrait.death)
      line += fmt::format(" died={}{} by{} withdrawn{}", portrait.death->on.text(),
                          portrait.death->disputed ? "?" : "", text_of(portrait.death->evidence),
                          text_of(portrait.death->withdrawn));
    for (const auto& grade : portrait.disability)
      line += fmt::format(" grade={}@{}", grade.grade, grade.valid.from.text());
    std::set<std::string> kin;
    for (const auto& child : children_of(person, people))
      kin.insert(fmt::format(" child={}{}..{}", name_of_person(people.dossier(child.child)),
                             child.when.from.text(), child.when.until.text()));
    for (const auto& marriage : marriages_of(person, people))
      if (marriage.spouse)
        kin.insert(fmt::format(" spouse={}{}..{}", name_of_person(people.dossier(marriage.spouse)),
                               marriage.when.from.text(), marriage.when.until.text()));
    for (const auto& one : kin)
      line += one;
    lines.insert(line);
  }
  std::string text;
  for (const auto& line : lines)
    text += line + "\n";
  return text;
}

inline std::string record_text(StoreTransaction& store, const Keyring& keys) {
  Workspace people(store.people(), keys, built_in_evidence());
  return record_text(all_people(store.people()), people);
}

/// The record as it was known then. People are found by what is said of them today.
inline std::string record_text_as_known(StoreTransaction& store, const Keyring& keys,
                                        std::int64_t known_at_us) {
  Workspace now(store.people(), keys, built_in_evidence());
  PastRecord then(now, keys, known_at_us);
  std::set<PersonId> all;
  for (auto person : all_people(store.people()))
    for (const auto& entry : now.dossier(person).entries)
      for (auto own : entry.own)
        for (const auto& token :
             identifier_tokens(keys, entry.history.versions[own.version].fact.people[own.mention]))
          for (auto holder : then.holders(token))
            all.insert(holder);
  return record_text({all.begin(), all.end()}, then);
}

/// The record after these statements, a new store each time; `batch` statements per transaction.
inline std::string record_of(const std::vector<Statement>& statements, std::size_t batch = 3) {
  TemporaryFolder folder;
  auto keys = Keyring::from_passphrase("test");
  auto store = SqliteStore::open(folder.path / "kinhub.db", keys);
  for (std::size_t i = 0; i < statements.size(); i += batch) {
    auto transaction = store->begin(Store::For::writing);
    Workspace people(transaction->people(), keys, built_in_evidence());
    for (std::size_t k = i; k < std::min(i + batch, statements.size()); ++k)
      people.add(statements[k]);
    people.save();
    transaction->commit();
  }
  return record_text(*store->begin(Store::For::reading), keys);
}

}  // namespace kinhub::test
