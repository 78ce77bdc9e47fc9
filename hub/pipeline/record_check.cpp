#include "hub/pipeline/record_check.hpp"

#include <time.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "hub/base/bytes.hpp"
#include "hub/base/clock.hpp"
#include "hub/store/codes.hpp"
#include "hub/store/damage.hpp"
#include "hub/store/entries.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub {
namespace {

constexpr std::size_t people_per_page = 500;
constexpr char place_name[] = "record scrub place";

std::int64_t cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

std::string short_text(const Token& token) {
  return hex(token.view()).substr(0, 12);
}

/// Dossiers of a page, and what stands in their indexes.
struct PageOfPeople {
  std::map<PersonId, Dossier> dossiers;
  std::map<PersonId, PersonMarks> marks;
  std::vector<PersonId> unreadable;
  std::map<PersonId, std::vector<Token>> tokens;
  std::set<HolderRow> holders;
  std::map<Token, PersonId> homes;
  std::map<std::string, std::map<Token, EntryRow>> entries;  ///< by source, as the record has them
  std::map<std::string, std::map<Token, EntryRow>> indexed;  ///< by source, as they stand
  bool entries_filled = false;
};

PageOfPeople read_page(StoreTransaction& transaction, const Keyring& keys, std::span<const PersonId> people) {
  PageOfPeople page;
  HistoriesRead histories;
  const auto digest = entry_digest(keys);
  std::vector<Token> identifiers;
  for (const auto& row : transaction.people().dossiers(people)) {
    try {
      page.marks[row.person] = row.marks;
      if (row.damaged) throw DossierUnreadable(row.person, "its code does not fit");
      if (row.sealed.empty()) continue;
      auto dossier = dossier_from(row, keys, histories);
      auto tokens = own_tokens(keys, dossier);
      identifiers.insert(identifiers.end(), tokens.begin(), tokens.end());
      page.tokens.emplace(row.person, std::move(tokens));
      for (const auto& entry : dossier.entries)
        if (!entry.history.versions.empty())
          page.entries[entry.history.versions.begin()->source].emplace(
              entry.history.key, entry_of(entry.history, digest, row.person));
      page.dossiers.emplace(row.person, std::move(dossier));
    } catch (const DossierUnreadable&) {
      page.unreadable.push_back(row.person);
    }
  }
  for (const auto& row : transaction.people().holders(identifiers))
    page.holders.insert(row);
  page.entries_filled = transaction.values().get("entries filled") == "done";
  for (const auto& [source, rows] : page.entries) {
    std::vector<Token> wanted;
    for (const auto& [key, row] : rows)
      wanted.push_back(key);
    for (const auto& row : transaction.people().homes(source, wanted))
      page.homes.emplace(row.history, row.person);
    for (auto& row : transaction.entries().find(source, wanted))
      page.indexed[source].emplace(row.key, row);
  }
  return page;
}

/// Whether the index of entries knows another version of a history than the record.
bool entry_differs(const PageOfPeople& page, const std::string& source, const Token& key,
                   bool must_be_there) {
  const auto& is = page.entries.at(source).at(key);
  const auto in_source = page.indexed.find(source);
  const auto at = in_source == page.indexed.end() ? std::map<Token, EntryRow>::const_iterator{}
                                                  : in_source->second.find(key);
  if (in_source == page.indexed.end() || at == in_source->second.end()) return must_be_there;
  return at->second.told != is.told || at->second.asserts != is.asserts || at->second.kind != is.kind;
}

/// Homes that name somebody else: right if that one's record has the history, too.
std::set<Token> wrong_homes(StoreTransaction& transaction, const Keyring& keys, const PageOfPeople& page) {
  std::map<PersonId, std::vector<Token>> elsewhere;
  std::set<Token> wrong;
  for (const auto& [person, dossier] : page.dossiers)
    for (const auto& entry : dossier.entries) {
      if (entry.history.versions.empty()) continue;
      const auto at = page.homes.find(entry.history.key);
      if (at == page.homes.end()) {
        wrong.insert(entry.history.key);
        continue;
      }
      const auto there = page.dossiers.find(at->second);
      if (there != page.dossiers.end() ? there->second.find(entry.history.key) == nullptr
                                       : at->second != person)
        elsewhere[at->second].push_back(entry.history.key);
    }
  std::vector<PersonId> others;
  for (const auto& [person, unused] : elsewhere)
    others.push_back(person);
  HistoriesRead histories;
  std::map<PersonId, Dossier> found;
  for (const auto& row : transaction.people().dossiers(others))
    try {
      if (!row.sealed.empty()) found.emplace(row.person, dossier_from(row, keys, histories));
    } catch (const DossierUnreadable&) {  // said of that person
      elsewhere.erase(row.person);
    }
  for (const auto& [person, all] : elsewhere)
    for (const auto& key : all)
      if (const auto at = found.find(person); at == found.end() || at->second.find(key) == nullptr)
        wrong.insert(key);
  return wrong;
}

/// A key of the damage list: the person, whose record the operator can look at.
std::string key_of(PersonId person, const Token& token) {
  return std::to_string(person.value) + " " + short_text(token);
}

}  // namespace

std::vector<IndexFinding> check_people(StoreTransaction& transaction, const Keyring& keys,
                                       std::span<const PersonId> people) {
  const auto page = read_page(transaction, keys, people);
  std::vector<IndexFinding> found;
  for (auto person : page.unreadable)
    found.push_back({person, "dossier", std::to_string(person.value), "DOSSIER_UNREADABLE"});
  const auto homeless = wrong_homes(transaction, keys, page);
  for (const auto& [person, dossier] : page.dossiers) {
    for (const auto& token : page.tokens.at(person))
      if (!page.holders.contains({token, person}))
        found.push_back({person, "holder", key_of(person, token), "INDEX_DIFFERS"});
    for (const auto& entry : dossier.entries) {
      const auto& key = entry.history.key;
      if (entry.history.versions.empty()) continue;
      if (homeless.contains(key) ||
          entry_differs(page, entry.history.versions.begin()->source, key, page.entries_filled))
        found.push_back({person, "entry", key_of(person, key), "INDEX_DIFFERS"});
    }
  }
  std::vector<PersonId> all;
  for (const auto& [person, unused] : page.marks)
    all.push_back(person);
  std::set<PersonId> with_leads, dated;
  for (const auto& row : transaction.leads().open_of(all))
    with_leads.insert(row.person);
  for (const auto& row : transaction.leads().decided(all))
    with_leads.insert(row.person);
  for (const auto& row : transaction.people().next_changes(all))
    dated.insert(row.person);
  for (const auto& [person, marks] : page.marks) {
    if (std::find(page.unreadable.begin(), page.unreadable.end(), person) != page.unreadable.end()) continue;
    if (with_leads.contains(person) && !marks.leads)
      found.push_back({person, "dossier", std::to_string(person.value), "MARKS_DIFFER"});
    if (dated.contains(person) != marks.next_change)
      found.push_back({person, "next_change", std::to_string(person.value), "INDEX_DIFFERS"});
  }
  return found;
}

void mend_indexes(StoreTransaction& writing, const Keyring& keys, std::span<const PersonId> people) {
  const auto page = read_page(writing, keys, people);
  std::vector<HolderRow> missing;
  const auto homeless = wrong_homes(writing, keys, page);
  std::set<Token> given;  // of a history that several people share one has it in the index
  std::map<std::string, std::vector<EntryRow>> entries;
  for (const auto& [person, dossier] : page.dossiers) {
    for (const auto& token : page.tokens.at(person))
      if (!page.holders.contains({token, person})) missing.push_back({token, person});
    for (const auto& entry : dossier.entries) {
      const auto& key = entry.history.key;
      if (entry.history.versions.empty()) continue;
      const auto& source = entry.history.versions.begin()->source;
      const bool moved = homeless.contains(key);
      if ((!moved && !entry_differs(page, source, key, page.entries_filled)) || !given.insert(key).second)
        continue;
      auto row = page.entries.at(source).at(key);
      row.home = moved ? person : page.homes.at(key);
      entries[source].push_back(row);
    }
  }
  std::sort(missing.begin(), missing.end());
  writing.people().add_holders(missing);
  for (auto& [source, rows] : entries) {
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    writing.people().put_histories(source, rows);
  }
}

std::vector<PersonId> older_people(StoreTransaction& transaction, const Keyring& keys, std::int64_t first,
                                   std::int64_t until) {
  std::vector<PersonId> older;
  PersonId after{std::max<std::int64_t>(first, 0) - 1};
  for (;;) {
    auto people = transaction.people().page(after, people_per_page);
    std::erase_if(people, [&](PersonId person) { return person.value >= until; });
    if (people.empty()) return older;
    after = people.back();
    const auto page = read_page(transaction, keys, people);
    for (const auto& [person, dossier] : page.dossiers)
      if (std::any_of(dossier.entries.begin(), dossier.entries.end(), [&](const Entry& entry) {
            return !entry.history.versions.empty() &&
                   entry_differs(page, entry.history.versions.begin()->source, entry.history.key, false);
          }))
        older.push_back(person);
  }
}

std::vector<IndexFinding> check_leads(Store& store) {
  std::vector<IndexFinding> found;
  constexpr std::size_t page_size = 500;
  LeadId after;
  for (;;) {
    auto reading = store.begin(Store::For::reading);
    const auto rows = reading->leads().page(std::nullopt, after, page_size);
    if (rows.empty()) break;
    after = rows.back().id;
    std::vector<PersonId> people;
    for (const auto& row : rows)
      people.push_back(row.person);
    std::sort(people.begin(), people.end());
    people.erase(std::unique(people.begin(), people.end()), people.end());
    std::set<PersonId> there;
    for (const auto& row : reading->people().dossiers(people))
      there.insert(row.person);
    for (const auto& row : rows)
      if (!there.contains(row.person))
        found.push_back({row.person, "lead", std::to_string(row.id.value), "RECORD_GONE"});
  }
  std::optional<PlainRow> decision;
  for (;;) {
    auto reading = store.begin(Store::For::reading);
    auto rows = reading->codes().rows(Coded::decision, decision ? &*decision : nullptr, 0, page_size);
    for (const auto& row : rows)
      if (const auto lead = row.cells[0].number; !reading->leads().find({lead}))
        found.push_back({{}, "decision", std::to_string(lead), "RECORD_GONE"});
    if (rows.size() < page_size) return found;
    decision = std::move(rows.back());
  }
}

RecordScrub scrub_records(Store& store, const Keyring& keys, std::int64_t cpu_ms_max, std::stop_token stop) {
  RecordScrub done;
  const auto began = cpu_ms();
  while (!stop.stop_requested() && cpu_ms() - began < cpu_ms_max) {
    std::vector<PersonId> people;
    std::vector<IndexFinding> found;
    {
      auto reading = store.begin(Store::For::reading);
      const auto at = reading->values().get(place_name);
      people = reading->people().page({at.empty() ? 0 : std::stoll(at)}, people_per_page);
      found = check_people(*reading, keys, people);
    }
    done.people += static_cast<std::int64_t>(people.size());
    auto writing = store.begin(Store::For::writing);
    if (!found.empty()) found = check_people(*writing, keys, people);  // as it is now
    if (!found.empty()) {
      mend_indexes(*writing, keys, people);
      const auto now_us = SystemClock().now_us();
      std::vector<DamagedRow> damages;
      for (const auto& one : found)
        damages.push_back({one.table, one.key, one.code, now_us});
      done.mended += static_cast<std::int64_t>(found.size());
      note_damaged(writing->values(), damages);
      // The calendar and the marks are written by the next scan, which reviews everybody for it.
      if (std::any_of(found.begin(), found.end(), [](const IndexFinding& one) {
            return one.code == "MARKS_DIFFER" || one.table == "next_change";
          }))
        writing->values().put("everybody reviewed by", "");
      std::move(found.begin(), found.end(), std::back_inserter(done.found));
    }
    done.complete = people.empty();
    writing->values().put(place_name, done.complete ? std::string() : std::to_string(people.back().value));
    writing->commit();
    if (done.complete) break;
  }
  return done;
}

std::vector<IndexFinding> check_records(Store& store, const Keyring& keys,
                                        const std::function<void(std::int64_t people)>& progress) {
  std::vector<IndexFinding> all;
  PersonId after;
  std::int64_t seen = 0;
  for (;;) {
    auto reading = store.begin(Store::For::reading);
    const auto people = reading->people().page(after, people_per_page);
    if (people.empty()) break;
    after = people.back();
    auto found = check_people(*reading, keys, people);
    std::move(found.begin(), found.end(), std::back_inserter(all));
    seen += static_cast<std::int64_t>(people.size());
    if (progress) progress(seen);
  }
  auto leads = check_leads(store);
  std::move(leads.begin(), leads.end(), std::back_inserter(all));
  return all;
}

}  // namespace kinhub
