#pragma once
// The store as a few maps in memory: what every real store is compared with.

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "hub/store/accounts.hpp"
#include "hub/store/audit.hpp"
#include "hub/store/balance.hpp"
#include "hub/store/cases.hpp"
#include "hub/store/entries.hpp"
#include "hub/store/identity_pairs.hpp"
#include "hub/store/issued.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/notices.hpp"
#include "hub/store/payments.hpp"
#include "hub/store/people.hpp"
#include "hub/store/positions.hpp"
#include "hub/store/quarantine.hpp"
#include "hub/store/store.hpp"
#include "hub/store/values.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub {

/// A page of a list that is in order of `key`.
template <class Row, class Key, class KeyOf>
std::vector<Row> page_of(const std::vector<Row>& all, const Key& after, std::size_t count_max, KeyOf key) {
  std::vector<Row> rows;
  for (const auto& row : all)
    if (key(row) > after && rows.size() < count_max) rows.push_back(row);
  return rows;
}

// ---- Made-up keys and contents.

inline Token token_of(std::int64_t number) {
  Token token;
  for (std::size_t i = 0; i < 8; ++i)
    token.bytes[i] = static_cast<std::uint8_t>(number * 0x9E3779B97F4A7C15u >> (8 * i));
  for (std::size_t i = 0; i < 8; ++i)
    token.bytes[8 + i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> (56 - 8 * i));
  return token;
}
/// Every byte there is, as ciphertext has them.
inline std::string sealed_of(std::int64_t number, std::size_t size = 60) {
  std::string bytes = std::to_string(number) + '\0';
  for (std::size_t i = 0; bytes.size() < size; ++i)
    bytes += static_cast<char>(number * 7 + static_cast<std::int64_t>(i));
  return bytes;
}

/// Everything that is stored; copied to begin, copied back to commit.
struct StoreModel {
  std::map<std::string, StoredPosition> positions;
  std::map<std::string, std::int64_t> epochs;  ///< of leases
  std::map<PersonId, DossierRow> dossiers;
  std::set<HolderRow> holders;
  std::map<std::int64_t, LeadRow> leads;
  std::map<std::tuple<PersonId, std::string, Token>, std::string> decided;
  std::vector<DecisionRow> decisions;
  std::map<CaseKey, CaseRow> cases;
  std::map<PairId, IdentityPairRow> identity_pairs;
  std::map<PersonId, Date> next_changes;
  std::vector<NoticeRow> notices;
  std::map<std::int64_t, QuarantineRow> quarantine;
  std::map<std::string, Counters> counters;
  std::map<std::string, CoverageRow> coverage;
  std::vector<DisclosureRow> disclosures;
  std::map<std::pair<std::string, std::int64_t>, std::string> dated;
  std::map<std::string, std::string> values;
  std::map<std::string, std::map<Token, EntryRow>> entries;  ///< by source
  std::map<std::int64_t, PaymentListRow> payment_lists;
  std::map<std::pair<std::int64_t, std::int64_t>, PaymentLineRow> payment_lines;
  std::map<std::int64_t, PaymentLedgerRow> payment_ledger;
  std::map<std::pair<std::string, std::int64_t>, IssuedRow> issued;
  std::map<std::int64_t, AccountRow> accounts;
  std::map<std::string, SessionRow> sessions;
  std::map<std::pair<SlipKind, std::string>, SlipRow> slips;
  std::int64_t last_person = 0, last_lead = 0;
};

/// The value of a key; a new one where there is none.
template <class Map>
typename Map::mapped_type found_in(const Map& map, const typename Map::key_type& key) {
  auto at = map.find(key);
  return at == map.end() ? typename Map::mapped_type{} : at->second;
}

class ModelPositions final : public PositionShelf {
 public:
  explicit ModelPositions(StoreModel& now) : now_(now) {}
  StoredPosition at(std::string_view partition) override {
    return found_in(now_.positions, std::string(partition));
  }
  bool advance(const Advance& move) override {
    if (found_in(now_.epochs, move.partition) != move.lease_epoch) return false;
    if (found_in(now_.positions, move.partition).sequence != move.from_sequence) return false;
    now_.positions[move.partition] = {move.to_sequence, move.to_offset};
    return true;
  }

 private:
  StoreModel& now_;
};

class ModelPeople final : public PeopleShelf {
 public:
  explicit ModelPeople(StoreModel& now) : now_(now) {}
  PersonId new_person() override { return {++now_.last_person}; }
  PersonId last_person() override { return {now_.last_person}; }
  std::vector<DossierRow> dossiers(std::span<const PersonId> people) override {
    std::vector<DossierRow> rows;
    for (auto person : people)
      if (auto at = now_.dossiers.find(person); at != now_.dossiers.end()) rows.push_back(at->second);
    return rows;
  }
  void put_dossiers(std::span<const DossierRow> rows) override {
    for (const auto& row : rows)
      now_.dossiers[row.person] = row;
  }
  void erase_dossiers(std::span<const PersonId> people) override {
    for (auto person : people)
      now_.dossiers.erase(person);
  }
  std::vector<HolderRow> holders(std::span<const Token> identifiers) override {
    std::vector<HolderRow> rows;
    for (const auto& row : now_.holders)
      if (std::ranges::find(identifiers, row.identifier) != identifiers.end()) rows.push_back(row);
    return rows;
  }
  void add_holders(std::span<const HolderRow> rows) override {
    now_.holders.insert(rows.begin(), rows.end());
  }
  void remove_holders(std::span<const HolderRow> rows) override {
    for (const auto& row : rows)
      now_.holders.erase(row);
  }
  std::vector<HomeRow> homes(const std::string& source, std::span<const Token> histories) override {
    std::vector<HomeRow> rows;
    const auto& entries = now_.entries[source];
    for (const auto& history : histories)
      if (auto at = entries.find(history); at != entries.end()) rows.push_back({history, at->second.home});
    return rows;
  }
  void put_histories(const std::string& source, std::span<const EntryRow> rows) override {
    for (const auto& row : rows) {
      auto& kept = now_.entries[source][row.key];
      kept = {row.key, row.kind, row.asserts, row.told, 0, kept.run, row.home};
    }
  }
  std::vector<PersonId> page(PersonId after, std::size_t count_max) override {
    return page_of(all(), after, count_max, [](PersonId person) { return person; });
  }
  Size size() override {
    Size size{static_cast<std::int64_t>(all().size()), 0};
    for (const auto& [source, entries] : now_.entries)
      size.histories += static_cast<std::int64_t>(entries.size());
    return size;
  }
  void set_next_change(PersonId person, std::optional<Date> day) override {
    if (day)
      now_.next_changes[person] = *day;
    else
      now_.next_changes.erase(person);
  }
  std::vector<DueRow> next_changes(std::span<const PersonId> people) override {
    std::vector<DueRow> rows;
    for (auto person : people)
      if (auto at = now_.next_changes.find(person); at != now_.next_changes.end())
        rows.push_back({at->second, person});
    return rows;
  }
  std::vector<DueRow> due(Date until, const DueRow& after, std::size_t count_max) override {
    std::set<DueRow> sorted;
    for (const auto& [person, day] : now_.next_changes)
      if (day <= until) sorted.insert({day, person});
    return page_of(std::vector<DueRow>(sorted.begin(), sorted.end()), after, count_max,
                   [](const DueRow& row) { return row; });
  }

 private:
  std::vector<PersonId> all() const {
    std::vector<PersonId> people;
    for (const auto& [person, row] : now_.dossiers)
      if (!row.sealed.empty()) people.push_back(person);
    return people;
  }
  StoreModel& now_;
};

class ModelLeads final : public LeadShelf {
 public:
  explicit ModelLeads(StoreModel& now) : now_(now) {}
  LeadId new_lead() override { return {++now_.last_lead}; }
  void put(const LeadRow& lead) override { now_.leads[lead.id.value] = lead; }
  std::optional<LeadRow> find(LeadId id) override {
    auto at = now_.leads.find(id.value);
    return at == now_.leads.end() ? std::nullopt : std::optional(at->second);
  }
  std::vector<LeadRow> open_of(std::span<const PersonId> people) override {
    auto rows = all(LeadState::open);
    std::erase_if(rows,
                  [&](const LeadRow& row) { return std::ranges::find(people, row.person) == people.end(); });
    return rows;
  }
  std::vector<LeadRow> of(PersonId person) override {
    auto rows = all(std::nullopt);
    std::erase_if(rows, [&](const LeadRow& row) { return row.person != person; });
    return rows;
  }
  std::vector<LeadRow> page(std::optional<LeadState> state, LeadId after, std::size_t count_max) override {
    return page_of(all(state), after, count_max, [](const LeadRow& row) { return row.id; });
  }
  std::vector<std::pair<LeadKind, std::int64_t>> open_counts() override {
    std::map<LeadKind, std::int64_t> counts;
    for (const auto& row : all(LeadState::open))
      ++counts[row.kind];
    return {counts.begin(), counts.end()};
  }
  std::vector<PersonId> people_with_open(PersonId after, std::size_t count_max) override {
    std::set<PersonId> people;
    for (const auto& row : all(LeadState::open))
      people.insert(row.person);
    return page_of(std::vector<PersonId>(people.begin(), people.end()), after, count_max,
                   [](PersonId person) { return person; });
  }
  std::vector<DecidedRow> decided(std::span<const PersonId> people) override {
    std::vector<DecidedRow> rows;
    for (const auto& [key, content] : now_.decided)
      if (std::ranges::find(people, std::get<0>(key)) != people.end())
        rows.push_back({std::get<0>(key), std::get<1>(key), content, std::get<2>(key)});
    return rows;
  }
  void put_decided(const DecidedRow& row) override {
    now_.decided[{row.person, row.benefit, row.anchor}] = row.content;
  }
  void erase_decided(PersonId person, const std::string& benefit, const Token& anchor) override {
    now_.decided.erase({person, benefit, anchor});
  }
  void add_decision(const DecisionRow& row) override { now_.decisions.push_back(row); }
  std::vector<DecisionRow> decisions(LeadId lead) override {
    std::vector<DecisionRow> rows;
    for (const auto& row : now_.decisions)
      if (row.lead == lead) rows.push_back(row);
    return rows;
  }

 private:
  std::vector<LeadRow> all(std::optional<LeadState> state) const {
    std::vector<LeadRow> rows;
    for (const auto& [id, row] : now_.leads)
      if (!state || row.state == *state) rows.push_back(row);
    return rows;
  }
  StoreModel& now_;
};

class ModelCases final : public CaseShelf {
 public:
  explicit ModelCases(StoreModel& now) : now_(now) {}
  std::vector<CaseRow> of(std::span<const std::int64_t> people) override {
    std::vector<CaseRow> rows;
    for (const auto& [key, row] : now_.cases)
      if (std::find(people.begin(), people.end(), key.person) != people.end()) rows.push_back(row);
    return rows;
  }
  void put(std::span<const CaseRow> rows) override {
    for (const auto& row : rows)
      now_.cases[row.key] = row;
  }
  void erase(std::span<const CaseKey> keys) override {
    for (const auto& key : keys)
      now_.cases.erase(key);
  }
  std::vector<CaseRow> page(const CaseFilter& filter, const CasePlace& after,
                            std::size_t count_max) override {
    std::map<CasePlace, CaseRow> sorted;
    for (const auto& [key, row] : now_.cases)
      if (key.kind == filter.kind && key.what == filter.what && row.state == filter.state &&
          row.area >= filter.area_from && row.area < filter.area_until)
        sorted.emplace(CasePlace{row.area, key.person}, row);
    std::vector<CaseRow> all;
    for (const auto& [place, row] : sorted)
      all.push_back(row);
    return page_of(all, after, count_max, [](const CaseRow& row) {
      return CasePlace{row.area, row.key.person};
    });
  }
  std::vector<CaseCount> counts() override {
    std::map<std::int64_t, std::int64_t> by_code;
    for (const auto& [key, row] : now_.cases)
      ++by_code[CaseCount::code(row)];
    std::vector<CaseCount> all;
    for (const auto& [code, number] : by_code)
      all.push_back(CaseCount::of(code, number));
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  StoreModel& now_;
};

class ModelIdentityPairs final : public IdentityPairShelf {
 public:
  explicit ModelIdentityPairs(StoreModel& now) : now_(now) {}
  void put(std::span<const IdentityPairRow> rows) override {
    for (const auto& row : rows)
      now_.identity_pairs[row.id] = row;
  }
  std::optional<IdentityPairRow> find(PairId id) override {
    auto at = now_.identity_pairs.find(id);
    return at == now_.identity_pairs.end() ? std::nullopt : std::optional(at->second);
  }
  std::vector<IdentityPairRow> page(std::optional<PairState> state, PairId after,
                                    std::size_t count_max) override {
    return page_of(all(state), after, count_max, [](const IdentityPairRow& row) { return row.id; });
  }
  std::vector<IdentityPairRow> of(std::span<const Token> anchors) override {
    auto rows = all(std::nullopt);
    std::erase_if(rows, [&](const IdentityPairRow& row) {
      return std::ranges::find(anchors, row.a) == anchors.end() &&
             std::ranges::find(anchors, row.b) == anchors.end();
    });
    return rows;
  }
  std::vector<std::pair<PairWhy, std::int64_t>> waiting() override {
    std::map<PairWhy, std::int64_t> counts;
    for (const auto& row : all(PairState::open))
      ++counts[row.why];
    return {counts.begin(), counts.end()};
  }

 private:
  std::vector<IdentityPairRow> all(std::optional<PairState> state) const {
    std::vector<IdentityPairRow> rows;
    for (const auto& [id, row] : now_.identity_pairs)
      if (!state || row.state == *state) rows.push_back(row);
    return rows;
  }
  StoreModel& now_;
};

class ModelNotices final : public NoticeShelf {
 public:
  explicit ModelNotices(StoreModel& now) : now_(now) {}
  void add(const NoticeRow& row) override { now_.notices.push_back(row); }
  std::int64_t last() override { return static_cast<std::int64_t>(now_.notices.size()); }
  std::vector<NoticeRow> page(std::int64_t after, std::size_t count_max) override {
    std::vector<NoticeRow> rows;
    for (const auto& row : now_.notices)
      if (row.sequence > after && rows.size() < count_max) rows.push_back(row);
    return rows;
  }

 private:
  StoreModel& now_;
};

class ModelQuarantine final : public QuarantineShelf {
 public:
  explicit ModelQuarantine(StoreModel& now) : now_(now) {}
  std::int64_t add(const QuarantineRow& row) override {
    auto id = static_cast<std::int64_t>(now_.quarantine.size()) + 1;
    now_.quarantine[id] = row;
    now_.quarantine[id].id = id;
    return id;
  }
  void update(std::int64_t id, QuarantineState state, std::int64_t attempts, std::string_view code,
              std::string_view place, std::string_view reason) override {
    auto at = now_.quarantine.find(id);
    if (at == now_.quarantine.end()) return;
    auto& row = at->second;
    row.state = state, row.attempts = attempts, row.code = code, row.place = place, row.reason = reason;
    if (state != QuarantineState::held) row.mentions.clear();
  }
  std::optional<QuarantineRow> find(std::int64_t id) override {
    auto at = now_.quarantine.find(id);
    return at == now_.quarantine.end() ? std::nullopt : std::optional(at->second);
  }
  std::vector<QuarantineRow> page(std::optional<QuarantineState> state, std::int64_t after,
                                  std::size_t count_max) override {
    return page_of(all(state), after, count_max, [](const QuarantineRow& row) { return row.id; });
  }
  std::vector<QuarantineRow> held_like(std::span<const std::string> digests,
                                       std::span<const Token> keys) override {
    auto rows = all(QuarantineState::held);
    std::erase_if(rows, [&](const QuarantineRow& row) {
      return std::ranges::find(digests, row.digest) == digests.end() &&
             (!row.key || std::ranges::find(keys, *row.key) == keys.end());
    });
    return rows;
  }
  std::vector<HeldMention> held_mentions(std::span<const Token> identifiers) override {
    std::set<HeldMention> rows;
    for (const auto& [id, row] : now_.quarantine)
      for (const auto& mention : row.mentions)
        if (std::ranges::find(identifiers, mention) != identifiers.end())
          rows.insert({mention, id, row.source});
    return {rows.begin(), rows.end()};
  }
  std::optional<std::vector<HeldMention>> all_held_mentions(std::size_t count_max) override {
    std::set<HeldMention> rows;
    for (const auto& [id, row] : now_.quarantine)
      for (const auto& mention : row.mentions)
        rows.insert({mention, id, row.source});
    if (rows.size() > count_max) return std::nullopt;
    return std::vector<HeldMention>(rows.begin(), rows.end());
  }

 private:
  std::vector<QuarantineRow> all(std::optional<QuarantineState> state) const {
    std::vector<QuarantineRow> rows;
    for (const auto& [id, row] : now_.quarantine)
      if (!state || row.state == *state) rows.push_back(without_event(row));
    return rows;
  }
  static QuarantineRow without_event(QuarantineRow row) {
    row.event.clear();
    return row;
  }
  StoreModel& now_;
};

class ModelBalance final : public BalanceShelf {
 public:
  explicit ModelBalance(StoreModel& now) : now_(now) {}
  std::vector<std::pair<std::string, Counters>> counters() override {
    return {now_.counters.begin(), now_.counters.end()};
  }
  void add_counters(const std::string& source, const Counters& change) override {
    auto& c = now_.counters[source];
    c.applied += change.applied, c.filtered += change.filtered, c.duplicate += change.duplicate;
    c.quarantined += change.quarantined, c.discarded += change.discarded, c.repeated += change.repeated,
        c.lost += change.lost, c.unmatched += change.unmatched, c.unnamed += change.unnamed;
  }
  std::vector<CoverageRow> coverage() override {
    std::vector<CoverageRow> rows;
    for (const auto& [source, row] : now_.coverage)
      rows.push_back(row);
    return rows;
  }
  void put_coverage(const CoverageRow& row) override { now_.coverage[row.source] = row; }

 private:
  StoreModel& now_;
};

class ModelAudit final : public AuditShelf {
 public:
  explicit ModelAudit(StoreModel& now) : now_(now) {}
  void add_disclosure(std::int64_t at_us, std::string_view sealed) override {
    now_.disclosures.push_back(
        {static_cast<std::int64_t>(now_.disclosures.size()) + 1, at_us, std::string(sealed)});
  }
  std::vector<DisclosureRow> page(std::int64_t after, std::size_t count_max) override {
    return page_of(now_.disclosures, after, count_max, [](const DisclosureRow& row) { return row.id; });
  }

 private:
  StoreModel& now_;
};

class ModelValues final : public ValueShelf {
 public:
  explicit ModelValues(StoreModel& now) : now_(now) {}
  std::string get(const std::string& name) override { return found_in(now_.values, name); }
  void put(const std::string& name, std::string_view value) override { now_.values[name] = value; }
  void put_dated(const DatedRow& row) override { now_.dated[{row.name, row.at_us}] = row.value; }
  std::vector<DatedRow> dated(const std::string& name) override {
    std::vector<DatedRow> rows;
    for (const auto& [key, value] : now_.dated)
      if (key.first == name) rows.push_back({name, key.second, value});
    return rows;
  }

 private:
  StoreModel& now_;
};

class ModelEntries final : public EntryShelf {
 public:
  explicit ModelEntries(StoreModel& now) : now_(now) {}
  void fill(const std::string& source, std::span<const EntryRow> rows) override {
    for (const auto& row : rows)
      now_.entries[source].try_emplace(row.key,
                                       EntryRow{row.key, row.kind, row.asserts, row.told, 0, 0, row.home});
  }
  std::int64_t mark(const std::string& source, std::span<const EntryRow> rows) override {
    std::int64_t marked = 0;
    for (const auto& row : rows)
      if (auto at = now_.entries[source].find(row.key);
          at != now_.entries[source].end() && at->second.told == row.told)
        at->second.record = row.record, at->second.run = row.run, ++marked;
    return marked;
  }
  std::vector<EntryRow> find(const std::string& source, std::span<const Token> keys) override {
    std::vector<EntryRow> rows;
    for (const auto& key : keys)
      if (auto at = now_.entries[source].find(key); at != now_.entries[source].end())
        rows.push_back(at->second);
    return rows;
  }
  std::vector<EntryRow> page(const std::string& source, const Token& after, std::size_t count_max) override {
    std::vector<EntryRow> all;
    for (const auto& [key, row] : now_.entries[source])
      all.push_back(row);
    return page_of(all, after, count_max, [](const EntryRow& row) { return row.key; });
  }

 private:
  StoreModel& now_;
};

class ModelPayments final : public PaymentShelf {
 public:
  explicit ModelPayments(StoreModel& now) : now_(now) {}
  std::int64_t last_list() override { return last_of(now_.payment_lists); }
  void put_list(const PaymentListRow& list) override { now_.payment_lists[list.id] = list; }
  std::optional<PaymentListRow> list(std::int64_t id) override {
    const auto at = now_.payment_lists.find(id);
    return at == now_.payment_lists.end() ? std::nullopt : std::optional(at->second);
  }
  std::vector<PaymentListRow> lists(std::int64_t after, std::size_t count_max) override {
    return page_of(values_of(now_.payment_lists), after, count_max, [](const auto& row) { return row.id; });
  }
  bool replace_lines(std::int64_t list, std::span<const PaymentLineRow> lines) override {
    const auto at = now_.payment_lists.find(list);
    if (at == now_.payment_lists.end() || at->second.state != PaymentListState::checked) return false;
    std::erase_if(now_.payment_lines, [&](const auto& row) { return row.first.first == list; });
    for (auto line : lines)
      line.list = list, now_.payment_lines[{list, line.line}] = line;
    return true;
  }
  std::vector<PaymentLineRow> lines(std::int64_t list, std::int64_t after, std::size_t count_max) override {
    std::vector<PaymentLineRow> rows;
    for (const auto& [key, row] : now_.payment_lines)
      if (key.first == list && key.second > after && rows.size() < count_max) rows.push_back(row);
    return rows;
  }
  std::vector<PaymentLineRow> lines_of(std::span<const Token> payees) override {
    std::vector<PaymentLineRow> rows;
    for (const auto& [key, row] : now_.payment_lines)
      if (std::ranges::find(payees, row.payee) != payees.end()) rows.push_back(row);
    return rows;
  }
  std::vector<Token> payees(const Token& after, std::size_t count_max) override {
    std::set<Token> all;
    for (const auto& [key, row] : now_.payment_lines)
      all.insert(row.payee);
    return page_of(std::vector<Token>(all.begin(), all.end()), after, count_max,
                   [](const Token& one) { return one; });
  }
  std::int64_t last_entry() override { return last_of(now_.payment_ledger); }
  void put_entries(std::span<const PaymentLedgerRow> rows) override {
    for (const auto& row : rows)
      now_.payment_ledger[row.id] = row;
  }
  std::vector<PaymentLedgerRow> entries(std::int64_t after, std::size_t count_max) override {
    return page_of(values_of(now_.payment_ledger), after, count_max, [](const auto& row) { return row.id; });
  }

 private:
  template <class Row>
  static std::int64_t last_of(const std::map<std::int64_t, Row>& rows) {
    return rows.empty() ? 0 : rows.rbegin()->first;
  }
  template <class Row>
  static std::vector<Row> values_of(const std::map<std::int64_t, Row>& rows) {
    std::vector<Row> all;
    for (const auto& [id, row] : rows)
      all.push_back(row);
    return all;
  }
  StoreModel& now_;
};

class ModelIssued final : public IssuedShelf {
 public:
  explicit ModelIssued(StoreModel& now) : now_(now) {}
  bool add(const IssuedRow& row) override {
    return now_.issued.emplace(std::pair{row.series, row.version}, row).second;
  }
  std::optional<IssuedRow> find(std::string_view series, std::int64_t version) override {
    const auto at = now_.issued.find({std::string(series), version});
    return at == now_.issued.end() ? std::nullopt : std::optional(at->second);
  }
  std::optional<IssuedRow> latest(std::string_view series) override {
    std::optional<IssuedRow> last;
    for (const auto& [key, row] : now_.issued)
      if (key.first == series) last = row;
    return last;
  }
  std::vector<IssuedRow> page(std::string_view series, std::int64_t version, std::size_t count_max) override {
    std::vector<IssuedRow> rows;
    for (const auto& [key, row] : now_.issued)
      if (key > std::pair{std::string(series), version} && rows.size() < count_max) rows.push_back(row);
    return rows;
  }

 private:
  StoreModel& now_;
};

class ModelAccounts final : public AccountShelf {
 public:
  explicit ModelAccounts(StoreModel& now) : now_(now) {}
  std::int64_t last_account() override { return now_.accounts.empty() ? 0 : now_.accounts.rbegin()->first; }
  void put(const AccountRow& row) override { now_.accounts[row.id] = row; }
  std::optional<AccountRow> find(std::int64_t id) override {
    auto at = now_.accounts.find(id);
    return at == now_.accounts.end() ? std::nullopt : std::optional(at->second);
  }
  std::optional<AccountRow> find_named(const Token& name) override {
    for (const auto& [id, row] : now_.accounts)
      if (row.name == name) return row;
    return std::nullopt;
  }
  std::vector<AccountRow> page(std::int64_t after, std::size_t count_max) override {
    std::vector<AccountRow> all;
    for (const auto& [id, row] : now_.accounts)
      all.push_back(row);
    return page_of(all, after, count_max, [](const AccountRow& row) { return row.id; });
  }
  void put_session(const SessionRow& row) override { now_.sessions[row.digest] = row; }
  std::optional<SessionRow> find_session(std::string_view digest) override {
    auto at = now_.sessions.find(std::string(digest));
    return at == now_.sessions.end() ? std::nullopt : std::optional(at->second);
  }
  std::vector<SessionRow> sessions_of(std::int64_t account) override {
    std::vector<SessionRow> rows;
    for (const auto& [digest, row] : now_.sessions)
      if (row.account == account) rows.push_back(row);
    std::ranges::stable_sort(rows, {}, &SessionRow::since_us);
    return rows;
  }
  void end_session(std::string_view digest) override { now_.sessions.erase(std::string(digest)); }
  void put_slip(const SlipRow& row) override { now_.slips[{row.kind, row.name}] = row; }
  std::vector<SlipRow> find_slips(SlipKind kind, std::span<const std::string> names) override {
    std::vector<SlipRow> rows;
    for (const auto& [key, row] : now_.slips)
      if (key.first == kind && std::ranges::find(names, key.second) != names.end()) rows.push_back(row);
    return rows;
  }
  std::vector<SlipRow> slips_of(SlipKind kind, std::int64_t account) override {
    std::vector<SlipRow> rows;
    for (const auto& [key, row] : now_.slips)
      if (row.kind == kind && row.account == account) rows.push_back(row);
    return rows;
  }
  void erase_slip(SlipKind kind, std::string_view name) override {
    now_.slips.erase({kind, std::string(name)});
  }
  void forget_ended(std::int64_t now_us) override {
    std::erase_if(now_.sessions, [&](const auto& one) { return one.second.ends_us <= now_us; });
    std::erase_if(now_.slips, [&](const auto& one) { return one.second.until_us <= now_us; });
  }

 private:
  StoreModel& now_;
};

class ModelTransaction : public StoreTransaction {
 public:
  explicit ModelTransaction(StoreModel& stored) : stored_(stored), now_(stored) {}
  void commit() override { stored_ = now_; }

  PositionShelf& positions() override { return positions_; }
  PeopleShelf& people() override { return people_; }
  LeadShelf& leads() override { return leads_; }
  CaseShelf& cases() override { return cases_; }
  IdentityPairShelf& identity_pairs() override { return identity_pairs_; }
  NoticeShelf& notices() override { return notices_; }
  QuarantineShelf& quarantine() override { return quarantine_; }
  BalanceShelf& balance() override { return balance_; }
  AuditShelf& audit() override { return audit_; }
  ValueShelf& values() override { return values_; }
  EntryShelf& entries() override { return entries_; }
  PaymentShelf& payments() override { return payments_; }
  IssuedShelf& issued() override { return issued_; }
  AccountShelf& accounts() override { return accounts_; }
  CodeShelf& codes() override { throw std::logic_error("the model's rows have no codes"); }
  SealedRows& sealed() override { throw std::logic_error("the model has rows, no bytes of tables"); }

 private:
  StoreModel& stored_;
  StoreModel now_;
  ModelPositions positions_{now_};
  ModelPeople people_{now_};
  ModelLeads leads_{now_};
  ModelCases cases_{now_};
  ModelIdentityPairs identity_pairs_{now_};
  ModelNotices notices_{now_};
  ModelQuarantine quarantine_{now_};
  ModelBalance balance_{now_};
  ModelAudit audit_{now_};
  ModelValues values_{now_};
  ModelEntries entries_{now_};
  ModelPayments payments_{now_};
  ModelIssued issued_{now_};
  ModelAccounts accounts_{now_};
};

// ---- Rows as text, so that a difference can be read.

inline std::string hex(std::string_view bytes) {
  std::string text;
  for (unsigned char c : bytes)
    text += "0123456789abcdef"[c >> 4], text += "0123456789abcdef"[c & 15];
  return text;
}
inline std::string text_of(PersonId person) {
  return "P" + std::to_string(person.value);
}
inline std::string text_of(const DossierRow& row) {
  return text_of(row.person) + (row.marks.leads ? " leads" : "") + (row.marks.next_change ? " next" : "") +
         (row.marks.unnamed ? " unnamed" : "") + (row.marks.cases ? " cases" : "") + " " + hex(row.sealed);
}
inline std::string text_of(const PaymentListRow& row) {
  return "list " + std::to_string(row.id) + " of " + std::to_string(row.region) + " " +
         std::string(name_of(row.state)) + " " + std::to_string(row.changed_at_us) + " " + hex(row.content);
}
inline std::string text_of(const PaymentLineRow& row) {
  return std::to_string(row.list) + "/" + std::to_string(row.line) + " " + hex(row.payee.view()) + " " +
         hex(row.content);
}
inline std::string text_of(const IssuedRow& row) {
  return row.series + "/" + std::to_string(row.version) + " " + std::to_string(row.issued_at_us) + " " +
         hex(row.content);
}
inline std::string text_of(const PaymentLedgerRow& row) {
  return "entry " + std::to_string(row.id) + " " + hex(row.payee.view()) + " " + std::to_string(row.state) +
         " " + hex(row.content);
}
inline std::string text_of(const HolderRow& row) {
  return hex(row.identifier.view()) + " " + text_of(row.person);
}
inline std::string text_of(const HomeRow& row) {
  return hex(row.history.view()) + " " + text_of(row.person);
}
inline std::string text_of(const LeadRow& row) {
  std::ostringstream out;
  out << "L" << row.id.value << " " << text_of(row.person) << " " << row.benefit << " " << name_of(row.kind)
      << " " << name_of(row.state) << " " << row.opened_at_us << " " << row.changed_at_us << " "
      << row.revision << " " << hex(row.content) << " " << hex(row.anchor.view());
  return out.str();
}
inline std::string text_of(const DecidedRow& row) {
  return text_of(row.person) + " " + row.benefit + " " + hex(row.content) + " " + hex(row.anchor.view());
}
inline std::string text_of(const DecisionRow& row) {
  return std::to_string(row.lead.value) + " " + std::string(name_of(row.verdict)) + " " +
         std::to_string(row.at_us) + " " + hex(row.content);
}
inline std::string text_of(const IdentityPairRow& row) {
  std::ostringstream out;
  out << "I" << row.id.value << " " << hex(row.a.view()) << " " << hex(row.b.view()) << " "
      << name_of(row.state) << " " << name_of(row.why) << " " << row.weight << " " << row.since_us << " "
      << row.changed_at_us << " " << row.seen_at_us << " " << hex(row.digest);
  return out.str();
}
inline std::string text_of(const std::pair<PairWhy, std::int64_t>& row) {
  return std::string(name_of(row.first)) + " " + std::to_string(row.second);
}
inline std::string text_of(const std::pair<LeadKind, std::int64_t>& row) {
  return std::string(name_of(row.first)) + " " + std::to_string(row.second);
}
inline std::string text_of(const EntryRow& row) {
  std::ostringstream out;
  out << hex(row.key.view()) << " " << name_of(row.kind) << (row.asserts ? " asserts " : " ") << row.told
      << " " << row.record << " " << row.run << " at " << row.home.value;
  return out.str();
}
inline std::string text_of(const NoticeRow& row) {
  return std::to_string(row.sequence) + " " + row.body;
}
inline std::string text_of(const QuarantineRow& row) {
  std::ostringstream out;
  out << "Q" << row.id << " " << row.source << " " << (row.key ? hex(row.key->view()) : "-") << " "
      << hex(row.key_text) << " " << hex(row.code) << " " << hex(row.place) << " " << hex(row.reason) << " "
      << hex(row.mapping) << " " << row.received_at_us << " " << row.attempts << " " << row.bytes << " "
      << hex(row.digest) << " " << row.event_sequence << " " << static_cast<int>(row.state) << " "
      << hex(row.event);
  return out.str();
}
inline std::string text_of(const HeldMention& row) {
  return hex(row.identifier.view()) + " " + std::to_string(row.quarantine_id) + " " + row.source;
}
inline std::string text_of(const std::pair<std::string, Counters>& row) {
  std::ostringstream out;
  const auto& c = row.second;
  out << row.first << " " << c.applied << " " << c.filtered << " " << c.duplicate << " " << c.quarantined
      << " " << c.discarded << " " << c.repeated << " " << c.lost << " " << c.unmatched << " " << c.unnamed;
  return out.str();
}
inline std::string text_of(const CoverageRow& row) {
  return row.source + " " + std::to_string(row.loaded) + " " + std::to_string(row.complete_until_us);
}
inline std::string text_of(const DatedRow& row) {
  return row.name + " " + std::to_string(row.at_us) + " " + hex(row.value);
}
inline std::string text_of(const DisclosureRow& row) {
  return std::to_string(row.id) + " " + std::to_string(row.at_us) + " " + hex(row.sealed);
}
inline std::string text_of(const AccountRow& row) {
  return "A" + std::to_string(row.id) + " " + hex(row.name.view()) + " " + std::to_string(row.revision) +
         " " + hex(row.content);
}
inline std::string text_of(const SessionRow& row) {
  std::ostringstream out;
  out << hex(row.digest) << " A" << row.account << " " << row.since_us << " " << row.seen_us << " "
      << row.fresh_us << " " << row.ends_us << " " << row.from;
  return out.str();
}
inline std::string text_of(const SlipRow& row) {
  return std::to_string(static_cast<int>(row.kind)) + " " + row.name + " A" + std::to_string(row.account) +
         " " + std::to_string(row.until_us) + " " + hex(row.content);
}
inline std::string text_of(const StoredPosition& at) {
  return std::to_string(at.sequence) + "@" + std::to_string(at.offset);
}
inline std::string text_of(const std::string& text) {
  return hex(text);
}
inline std::string text_of(std::int64_t number) {
  return std::to_string(number);
}
template <class Row>
std::string text_of(const std::optional<Row>& row) {
  return row ? text_of(*row) : "nothing";
}
template <class Row>
std::string text_of(const std::vector<Row>& rows) {
  std::string text;
  for (const auto& row : rows)
    text += text_of(row) + "\n";
  return text;
}
/// For answers that come in no particular order.
template <class Row>
std::string sorted_text_of(const std::vector<Row>& rows) {
  std::vector<std::string> lines;
  for (const auto& row : rows)
    lines.push_back(text_of(row));
  std::ranges::sort(lines);
  std::string text;
  for (const auto& line : lines)
    text += line + "\n";
  return text;
}

/// What to ask for by key.
inline std::string text_of(const DueRow& row) {
  return row.day.text() + " " + text_of(row.person);
}
inline std::string text_of(const CaseRow& row) {
  return std::to_string(row.key.person) + " " + std::to_string(static_cast<int>(row.key.kind)) + "/" +
         std::to_string(row.key.what) + " in " + std::to_string(row.area) + " state " +
         std::to_string(static_cast<int>(row.state)) + " " + row.since.text() + ".." + row.until.text() +
         " " + std::to_string(row.fen);
}
inline std::string text_of(const CaseCount& count) {
  return std::to_string(count.number) + " of " + std::to_string(static_cast<int>(count.kind)) + "/" +
         std::to_string(count.what) + " in " + std::to_string(count.area) + " state " +
         std::to_string(static_cast<int>(count.state));
}

struct Asked {
  std::vector<std::string> partitions, values;
  std::vector<PersonId> people;
  std::vector<Token> tokens;
  std::vector<std::string> digests;
};

/// All that can be read of a store, by name.
inline std::map<std::string, std::string> picture_of(StoreTransaction& t, const Asked& asked) {
  std::map<std::string, std::string> all;
  for (const auto& name : asked.partitions)
    all["position " + name] = text_of(t.positions().at(name));
  for (const auto& name : asked.values) {
    all["value " + name] = text_of(t.values().get(name));
    all["dated " + name] = text_of(t.values().dated(name));
  }
  all["dossiers"] = sorted_text_of(t.people().dossiers(asked.people));
  all["holders"] = sorted_text_of(t.people().holders(asked.tokens));
  auto homes = t.people().homes("police", asked.tokens);
  for (const auto& home : t.people().homes("civil", asked.tokens))
    if (std::ranges::find(homes, home) == homes.end()) homes.push_back(home);
  all["homes"] = sorted_text_of(homes);
  all["all people"] = text_of(all_people(t.people()));
  all["size"] = text_of(t.people().size().people) + " " + text_of(t.people().size().histories);
  all["leads"] = text_of(all_leads(t.leads(), std::nullopt));
  all["open leads"] = text_of(t.leads().open_counts());
  all["people with open leads"] = text_of(all_people_with_open(t.leads()));
  for (auto state : {LeadState::open, LeadState::confirmed, LeadState::dismissed, LeadState::closed}) {
    all["leads " + std::string(name_of(state))] = text_of(all_leads(t.leads(), state));
  }
  for (const auto& lead : all_leads(t.leads(), std::nullopt)) {
    all["decisions of " + text_of(lead.id.value)] = text_of(t.leads().decisions(lead.id));
    all["lead " + text_of(lead.id.value)] = text_of(t.leads().find(lead.id));
  }
  for (auto person : asked.people) {
    all["open leads " + text_of(person)] = text_of(t.leads().open_of(person));
    all["leads of " + text_of(person)] = text_of(t.leads().of(person));
    all["decided " + text_of(person)] = text_of(t.leads().decided(person));
  }
  all["identity pairs"] = text_of(all_identity_pairs(t.identity_pairs(), std::nullopt));
  for (auto state : {PairState::open, PairState::same, PairState::different, PairState::gone})
    all["identity pairs " + std::string(name_of(state))] =
        text_of(all_identity_pairs(t.identity_pairs(), state));
  for (const auto& row : all_identity_pairs(t.identity_pairs(), std::nullopt))
    all["identity pair " + text_of(row.id.value)] = text_of(t.identity_pairs().find(row.id));
  all["identity pairs of"] = text_of(t.identity_pairs().of(asked.tokens));
  all["identity pairs waiting"] = text_of(t.identity_pairs().waiting());
  std::vector<std::int64_t> references;
  for (auto person : asked.people)
    references.push_back(person.value * 1'000'003 - 15'000'000);
  all["cases"] = text_of(t.cases().of(references));
  all["case counts"] = text_of(t.cases().counts());
  all["due"] = text_of(all_due(t.people(), Date::forever()));
  all["notices"] = text_of(t.notices().page(0, 1'000'000)) + text_of(t.notices().last());
  all["quarantine"] = text_of(all_quarantine(t.quarantine(), std::nullopt));
  all["quarantine held"] = text_of(all_quarantine(t.quarantine(), QuarantineState::held));
  for (const auto& row : all_quarantine(t.quarantine(), std::nullopt))
    all["quarantined " + text_of(row.id)] = text_of(t.quarantine().find(row.id));
  all["held like"] = text_of(t.quarantine().held_like(asked.digests, asked.tokens));
  all["held mentions"] = text_of(t.quarantine().held_mentions(asked.tokens));
  all["all held mentions"] = text_of(t.quarantine().all_held_mentions(1000).value());
  all["counters"] = text_of(t.balance().counters());
  all["coverage"] = text_of(t.balance().coverage());
  for (const auto* source : {"police", "civil"}) {
    all["entries of " + std::string(source)] = text_of(all_entries(t.entries(), source));
    all["entries found " + std::string(source)] = sorted_text_of(t.entries().find(source, asked.tokens));
  }
  all["payment lists"] = text_of(t.payments().lists(0, 1000)) + std::to_string(t.payments().last_list());
  all["payment ledger"] = text_of(t.payments().entries(0, 1000)) + std::to_string(t.payments().last_entry());
  for (const auto& list : t.payments().lists(0, 1000)) {
    all["payment list " + std::to_string(list.id)] = text_of(t.payments().list(list.id));
    all["payment lines " + std::to_string(list.id)] = text_of(t.payments().lines(list.id, 0, 1000));
  }
  all["payment lines of"] = text_of(t.payments().lines_of(asked.tokens));
  for (const auto& payee : t.payments().payees({}, 1000))
    all["payees"] += hex(payee.view()) + "\n";
  for (const auto& row : t.issued().page("", 0, 1000)) {
    all["issued"] += text_of(row) + "\n";
    all["latest issued " + row.series] = text_of(t.issued().latest(row.series));
  }
  all["disclosures"] = text_of(t.audit().page(0, 1000));
  all["accounts"] = text_of(t.accounts().page(0, 1000)) + text_of(t.accounts().last_account());
  for (const auto& token : asked.tokens)
    all["account named " + hex(token.view())] = text_of(t.accounts().find_named(token));
  for (std::int64_t account = 0; account < 4; ++account) {
    all["account " + text_of(account)] = text_of(t.accounts().find(account));
    all["sessions of " + text_of(account)] = text_of(t.accounts().sessions_of(account));
    for (const auto kind : {SlipKind::opening, SlipKind::proposal, SlipKind::answer})
      all["slips " + text_of(static_cast<std::int64_t>(kind)) + " of " + text_of(account)] =
          text_of(t.accounts().slips_of(kind, account));
  }
  return all;
}

}  // namespace kinhub
