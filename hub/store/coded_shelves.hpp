#pragma once
// The shelves of a store whose rows have codes: each writes a row with its code, and answers with the rows
// alone whose codes fit. Included by coded_store.cpp alone.

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "hub/store/accounts.hpp"
#include "hub/store/balance.hpp"
#include "hub/store/code_book.hpp"
#include "hub/store/issued.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/notice_numbers.hpp"
#include "hub/store/notices.hpp"
#include "hub/store/payments.hpp"
#include "hub/store/people.hpp"
#include "hub/store/positions.hpp"
#include "hub/store/quarantine.hpp"
#include "hub/store/sealed_rows.hpp"
#include "hub/store/values.hpp"

namespace kinhub::coded {

inline std::string key_of(std::int64_t number) {
  return code_key(std::array{Cell::of(number)});
}
inline std::string key_of(std::string_view text) {
  return std::string(text);
}
inline std::string key_of(const LeadRow& row) {
  return key_of(row.id.value);
}
inline std::string key_of(PersonId person, std::string_view benefit, const Token& anchor) {
  return code_key(std::array{Cell::of(person.value), Cell::of(benefit), Cell::of(anchor.view())});
}
inline std::string key_of(const DecidedRow& row) {
  return key_of(row.person, row.benefit, row.anchor);
}
inline std::string key_of(const DecisionRow& row) {
  return code_key(std::array{Cell::of(row.lead.value), Cell::of(row.at_us),
                             Cell::of(static_cast<std::int64_t>(row.verdict))});
}
inline std::string key_of(const NoticeRow& row) {
  return key_of(row.sequence);
}
inline std::string key_of(const QuarantineRow& row) {
  return key_of(row.id);
}
inline std::string key_of(const DatedRow& row) {
  return code_key(std::array{Cell::of(row.name), Cell::of(row.at_us)});
}
inline std::string key_of(const PaymentListRow& row) {
  return key_of(row.id);
}
inline std::string key_of(const PaymentLineRow& row) {
  return code_key(std::array{Cell::of(row.list), Cell::of(row.line)});
}
inline std::string key_of(const PaymentLedgerRow& row) {
  return key_of(row.id);
}
inline std::string key_of(const IssuedRow& row) {
  return code_key(std::array{Cell::of(row.series), Cell::of(row.version)});
}
inline std::string key_of(const AccountRow& row) {
  return key_of(row.id);
}
inline std::string key_of(const SessionRow& row) {
  return key_of(row.digest);
}
inline std::string key_of(SlipKind kind, std::string_view name) {
  return code_key(std::array{Cell::of(static_cast<std::int64_t>(kind)), Cell::of(name)});
}
inline std::string key_of(const SlipRow& row) {
  return key_of(row.kind, row.name);
}

// In the order of the columns in codes.cpp.
inline std::uint64_t code_of(RowCodes& codes, std::string_view partition, const StoredPosition& row) {
  codes.begin().bytes(partition).number(row.sequence).number(row.offset);
  return codes.code(Coded::position);
}
inline std::uint64_t code_of(RowCodes& codes, const LeadRow& row) {
  codes.begin()
      .number(row.id.value)
      .number(row.person.value)
      .bytes(row.benefit)
      .number(static_cast<std::int64_t>(row.kind))
      .number(static_cast<std::int64_t>(row.state))
      .number(row.opened_at_us)
      .number(row.changed_at_us)
      .number(row.revision)
      .bytes(row.content)
      .bytes(row.anchor.view());
  return codes.code(Coded::lead);
}
inline std::uint64_t code_of(RowCodes& codes, const DecidedRow& row) {
  codes.begin().number(row.person.value).bytes(row.benefit).bytes(row.anchor.view()).bytes(row.content);
  return codes.code(Coded::decided);
}
inline std::uint64_t code_of(RowCodes& codes, const DecisionRow& row) {
  codes.begin()
      .number(row.lead.value)
      .number(row.at_us)
      .number(static_cast<std::int64_t>(row.verdict))
      .bytes(row.content);
  return codes.code(Coded::decision);
}
inline std::uint64_t code_of(RowCodes& codes, const NoticeRow& row) {
  codes.begin().number(row.sequence).bytes(row.body);
  return codes.code(Coded::notice);
}
inline std::uint64_t code_of(RowCodes& codes, const QuarantineRow& row) {
  auto writer = codes.begin().number(row.id).bytes(row.source);
  row.key ? writer.bytes(row.key->view()) : writer.null();
  writer.bytes(row.key_text)
      .bytes(row.code)
      .bytes(row.place)
      .bytes(row.reason)
      .bytes(row.mapping)
      .number(row.received_at_us)
      .number(row.attempts)
      .number(row.bytes)
      .bytes(row.digest)
      .number(row.event_sequence)
      .number(static_cast<std::int64_t>(row.state));
  return codes.code(Coded::quarantine);
}
inline std::uint64_t code_of(RowCodes& codes, const std::string& source, const Counters& row) {
  codes.begin()
      .bytes(source)
      .number(row.applied)
      .number(row.filtered)
      .number(row.duplicate)
      .number(row.quarantined)
      .number(row.discarded)
      .number(row.repeated)
      .number(row.lost)
      .number(row.unmatched)
      .number(row.unnamed);
  return codes.code(Coded::counter);
}
inline std::uint64_t code_of(RowCodes& codes, const CoverageRow& row) {
  codes.begin().bytes(row.source).number(row.loaded ? 1 : 0).number(row.complete_until_us);
  return codes.code(Coded::coverage);
}
inline std::uint64_t code_of_value(RowCodes& codes, std::string_view name, std::string_view value) {
  codes.begin().bytes(name).bytes(value);
  return codes.code(Coded::value);
}
inline std::uint64_t code_of(RowCodes& codes, const DatedRow& row) {
  codes.begin().bytes(row.name).number(row.at_us).bytes(row.value);
  return codes.code(Coded::dated);
}
inline std::uint64_t code_of(RowCodes& codes, const PaymentListRow& row) {
  codes.begin()
      .number(row.id)
      .number(row.region)
      .number(static_cast<std::int64_t>(row.state))
      .number(row.changed_at_us)
      .bytes(row.content);
  return codes.code(Coded::payment_list);
}
inline std::uint64_t code_of(RowCodes& codes, const PaymentLineRow& row) {
  codes.begin().number(row.list).number(row.line).bytes(row.payee.view()).bytes(row.content);
  return codes.code(Coded::payment_line);
}
inline std::uint64_t code_of(RowCodes& codes, const PaymentLedgerRow& row) {
  codes.begin().number(row.id).bytes(row.payee.view()).number(row.state).bytes(row.content);
  return codes.code(Coded::payment_ledger);
}
inline std::uint64_t code_of(RowCodes& codes, const IssuedRow& row) {
  codes.begin().bytes(row.series).number(row.version).number(row.issued_at_us).bytes(row.content);
  return codes.code(Coded::issued);
}
inline std::uint64_t code_of(RowCodes& codes, const AccountRow& row) {
  codes.begin().number(row.id).bytes(row.name.view()).number(row.revision).bytes(row.content);
  return codes.code(Coded::account);
}
inline std::uint64_t code_of(RowCodes& codes, const SessionRow& row) {
  codes.begin()
      .bytes(row.digest)
      .number(row.account)
      .number(row.since_us)
      .number(row.seen_us)
      .number(row.fresh_us)
      .number(row.ends_us)
      .bytes(row.from);
  return codes.code(Coded::session);
}
inline std::uint64_t code_of(RowCodes& codes, const SlipRow& row) {
  codes.begin()
      .number(static_cast<std::int64_t>(row.kind))
      .bytes(row.name)
      .number(row.account)
      .number(row.until_us)
      .bytes(row.content);
  return codes.code(Coded::slip);
}

/// Leaves out the rows whose codes do not fit; `see` gets each of them.
template <class Row, class See>
std::vector<Row> whole(CodeBook& book, Coded table, std::vector<Row> rows, See see) {
  std::vector<std::string> keys;
  for (const auto& row : rows)
    keys.push_back(key_of(row));
  book.foresee(table, std::move(keys));
  std::erase_if(rows, [&](const Row& row) {
    const bool fits = book.fits(table, key_of(row), code_of(book.codes, row));
    if (!fits) see(row);
    return !fits;
  });
  return rows;
}
template <class Row>
std::vector<Row> whole(CodeBook& book, Coded table, std::vector<Row> rows) {
  return whole(book, table, std::move(rows), [](const Row&) {});
}
/// All rows whose keys begin with one of these: a code without a row is a row that is gone, of which `gone`
/// gets the key.
template <class Row, class See, class Gone>
std::vector<Row> whole_under(CodeBook& book, Coded table, std::span<const std::string> prefixes,
                             std::vector<Row> rows, See see, Gone gone) {
  std::set<std::string> there;
  for (const auto& row : rows)
    there.insert(key_of(row));
  for (const auto& key : book.keys_under(table, prefixes))
    if (!there.contains(key)) book.damaged(table, key, "ROW_MISSING"), gone(key);
  return whole(book, table, std::move(rows), see);
}
template <class Row>
std::vector<Row> whole_under(CodeBook& book, Coded table, const std::string& prefix, std::vector<Row> rows) {
  return whole_under(
      book, table, {&prefix, 1}, std::move(rows), [](const Row&) {}, [](const std::string&) {});
}
/// What a text or a token is followed by in a key.
inline std::string prefix_of(std::string_view text) {
  return std::string(text) + '\0';
}

/// Of what was asked for by its key: a code without a row is a row that is gone.
template <class Row>
std::optional<Row> whole(CodeBook& book, Coded table, const std::string& key, std::optional<Row> row) {
  if (!row) {
    book.may_be_absent(table, key);
    return row;
  }
  if (!book.fits(table, key_of(*row), code_of(book.codes, *row))) return std::nullopt;
  return row;
}
template <class Row>
std::optional<Row> whole(CodeBook& book, Coded table, std::optional<Row> row) {
  if (row && !book.fits(table, key_of(*row), code_of(book.codes, *row))) return std::nullopt;
  return row;
}

class Positions final : public PositionShelf {
 public:
  Positions(PositionShelf& inner, CodeBook& book) : inner_(inner), book_(book) {}
  StoredPosition at(std::string_view partition) override {
    auto at = inner_.at(partition);
    const auto code = code_of(book_.codes, partition, at);
    // Where a partition that was never processed is, or one whose row is gone.
    const bool begins = at.sequence == 0 && at.offset == -1;
    at.damaged = begins ? !book_.may_be_absent(Coded::position, key_of(partition), code)
                        : !book_.fits(Coded::position, key_of(partition), code);
    return at;
  }
  bool advance(const Advance& move) override {
    if (!inner_.advance(move)) return false;
    book_.put(Coded::position, move.partition,
              code_of(book_.codes, std::string_view(move.partition),
                      StoredPosition{move.to_sequence, move.to_offset}));
    return true;
  }

 private:
  PositionShelf& inner_;
  CodeBook& book_;
};

class People final : public PeopleShelf {
 public:
  People(PeopleShelf& inner, CodeBook& book) : inner_(inner), book_(book) {}
  PersonId new_person() override {
    auto& last = book_.digests().last_person;
    auto given = inner_.new_person();
    if (given.value <= last) book_.damaged(Coded::value, key_of("last person"), "ROW_CODE");
    while (given.value <= last)  // the counter was set back
      given = inner_.new_person();
    last = given.value;
    book_.touch();
    return given;
  }
  /// The counter beside the rows may have been set back, or spoilt: of people who are there it speaks too
  /// low.
  PersonId last_person() override {
    auto last = inner_.last_person();
    if (!book_.writes()) {
      const auto kept = book_.last_person_kept();
      if (last.value >= kept) return last;
      book_.damaged(Coded::value, key_of("last person"), "ROW_CODE");
      return {kept};
    }
    return {std::max(last.value, book_.digests().last_person)};
  }
  std::vector<DossierRow> dossiers(std::span<const PersonId> people) override {
    auto rows = inner_.dossiers(people);
    for (auto& row : rows)
      row.damaged = !book_.dossier_fits(row);
    if (book_.writes() && rows.size() < people.size()) {
      for (auto person : people)
        book_.dossier_is_absent(person);  // of those alone that were not met above
    }
    return rows;
  }
  void put_dossiers(std::span<const DossierRow> rows) override {
    if (rows.empty()) return;
    std::vector<PersonId> people;
    for (const auto& row : rows)
      people.push_back(row.person);
    book_.forget_nothing_of(people);
    std::vector<DossierRow> coded(rows.begin(), rows.end());
    for (auto& row : coded) {
      row.code = book_.codes.of_dossier(row.person.value, bits_of(row.marks), row.sealed);
      book_.change_dossier(row.person, row.code);
    }
    inner_.put_dossiers(coded);
  }
  void erase_dossiers(std::span<const PersonId> people) override {
    if (people.empty()) return;
    book_.forget_nothing_of(people);
    for (auto person : people)
      book_.change_dossier(person, 0);
    inner_.erase_dossiers(people);
  }
  std::vector<HolderRow> holders(std::span<const Token> identifiers) override {
    return inner_.holders(identifiers);
  }
  void add_holders(std::span<const HolderRow> rows) override { inner_.add_holders(rows); }
  void remove_holders(std::span<const HolderRow> rows) override { inner_.remove_holders(rows); }
  std::vector<HomeRow> homes(const std::string& source, std::span<const Token> histories) override {
    return inner_.homes(source, histories);
  }
  void put_histories(const std::string& source, std::span<const EntryRow> rows) override {
    inner_.put_histories(source, rows);
  }
  std::vector<PersonId> page(PersonId after, std::size_t count_max) override {
    return inner_.page(after, count_max);
  }
  Size size() override { return inner_.size(); }
  void set_next_change(PersonId person, std::optional<Date> day) override {
    inner_.set_next_change(person, day);
  }
  std::vector<DueRow> due(Date until, const DueRow& after, std::size_t count_max) override {
    return inner_.due(until, after, count_max);
  }
  std::vector<DueRow> next_changes(std::span<const PersonId> people) override {
    return inner_.next_changes(people);
  }

 private:
  PeopleShelf& inner_;
  CodeBook& book_;
};

class Leads final : public LeadShelf {
 public:
  Leads(LeadShelf& inner, CodeBook& book) : inner_(inner), book_(book) {}
  LeadId new_lead() override {
    auto& last = book_.digests().last_lead;
    auto given = inner_.new_lead();
    if (given.value <= last) book_.damaged(Coded::value, key_of("last lead"), "ROW_CODE");
    while (given.value <= last)
      given = inner_.new_lead();
    last = given.value;
    open_for_[given] = std::nullopt;
    book_.touch();
    return given;
  }
  void put(const LeadRow& lead) override {
    const auto before = open_for(lead.id);
    const auto now = open_for(lead);
    if (before != now) {
      if (before) book_.erase(Coded::open_lead, open_key(*before, lead.id));
      if (now) book_.put(Coded::open_lead, open_key(*now, lead.id), open_code(*now, lead.id));
      open_for_[lead.id] = now;
    }
    book_.put(Coded::lead, key_of(lead), code_of(book_.codes, lead));
    inner_.put(lead);
  }
  std::optional<LeadRow> find(LeadId id) override {
    auto row = whole(book_, Coded::lead, key_of(id.value), inner_.find(id));
    if (row) open_for_[id] = open_for(*row);
    return row;
  }
  /// Found by a plain column, so each that must be found has a code of its own.
  std::vector<LeadRow> open_of(std::span<const PersonId> people) override {
    auto rows = inner_.open_of(people);
    std::set<std::string> there;
    for (const auto& row : rows)
      there.insert(open_key(row.person, row.id));
    std::vector<std::string> prefixes;
    for (auto person : people)
      prefixes.push_back(key_of(person.value));
    for (const auto& key : book_.keys_under(Coded::open_lead, prefixes)) {
      const PersonId person{number_in(key)};
      const LeadId id{number_in(std::string_view(key).substr(8))};
      if (!there.contains(key))
        book_.damaged(Coded::open_lead, key, "ROW_MISSING"), damaged_.insert(person);
      else if (!book_.fits(Coded::open_lead, key, open_code(person, id)))
        damaged_.insert(person);
    }
    return leads(std::move(rows));
  }
  std::vector<LeadRow> of(PersonId person) override { return leads(inner_.of(person)); }
  std::vector<LeadRow> page(std::optional<LeadState> state, LeadId after, std::size_t count_max) override {
    return full_page(after, count_max, [&](LeadId from) { return inner_.page(state, from, count_max); });
  }
  std::vector<std::pair<LeadKind, std::int64_t>> open_counts() override { return inner_.open_counts(); }
  std::vector<PersonId> people_with_open(PersonId after, std::size_t count_max) override {
    return inner_.people_with_open(after, count_max);
  }
  std::vector<DecidedRow> decided(std::span<const PersonId> people) override {
    std::vector<std::string> prefixes;
    for (auto person : people)
      prefixes.push_back(key_of(person.value));
    return whole_under(
        book_, Coded::decided, prefixes, inner_.decided(people),
        [&](const DecidedRow& row) { damaged_.insert(row.person); },
        [&](const std::string& key) { damaged_.insert(PersonId{number_in(key)}); });
  }
  void put_decided(const DecidedRow& row) override {
    book_.put(Coded::decided, key_of(row), code_of(book_.codes, row));
    inner_.put_decided(row);
  }
  void erase_decided(PersonId person, const std::string& benefit, const Token& anchor) override {
    book_.erase(Coded::decided, key_of(person, benefit, anchor));
    inner_.erase_decided(person, benefit, anchor);
  }
  void add_decision(const DecisionRow& row) override {
    book_.put(Coded::decision, key_of(row), code_of(book_.codes, row));
    inner_.add_decision(row);
  }
  std::vector<DecisionRow> decisions(LeadId lead) override {
    return whole_under(book_, Coded::decision, key_of(lead.value), inner_.decisions(lead));
  }
  bool is_damaged(PersonId person) override { return damaged_.contains(person); }

 private:
  using OpenFor = std::optional<PersonId>;
  static OpenFor open_for(const LeadRow& lead) {
    return lead.state == LeadState::open ? OpenFor(lead.person) : std::nullopt;
  }
  /// Under whom a lead is found as an open one, as this transaction has it.
  OpenFor open_for(LeadId id) {
    const auto [at, fresh] = open_for_.try_emplace(id);
    if (fresh)
      if (const auto row = inner_.find(id)) at->second = open_for(*row);
    return at->second;
  }
  static std::string open_key(PersonId person, LeadId id) {
    return code_key(std::array{Cell::of(person.value), Cell::of(id.value)});
  }
  std::uint64_t open_code(PersonId person, LeadId id) {
    return book_.codes.of(Coded::open_lead, std::array{Cell::of(person.value), Cell::of(id.value)});
  }
  std::vector<LeadRow> leads(std::vector<LeadRow> rows) {
    rows =
        whole(book_, Coded::lead, std::move(rows), [&](const LeadRow& row) { damaged_.insert(row.person); });
    if (book_.writes())
      for (const auto& row : rows)
        open_for_[row.id] = open_for(row);
    return rows;
  }
  /// A page of damaged rows alone is not the end of the list: the next ones are read.
  template <class Read>
  std::vector<LeadRow> full_page(LeadId after, std::size_t count_max, Read read) {
    for (;;) {
      auto rows = read(after);
      const bool last = rows.size() < count_max;
      if (!rows.empty()) after = rows.back().id;
      rows = leads(std::move(rows));
      if (!rows.empty() || last) return rows;
    }
  }
  LeadShelf& inner_;
  CodeBook& book_;
  std::set<PersonId> damaged_;
  std::map<LeadId, OpenFor> open_for_;
};

class Notices final : public NoticeShelf {
 public:
  Notices(NoticeShelf& inner, CodeBook& book, ValueShelf& values)
      : inner_(inner), book_(book), values_(values) {}
  void add(const NoticeRow& row) override {
    book_.put(Coded::notice, key_of(row), code_of(book_.codes, row));
    book_.digests().last_notice = std::max(book_.digests().last_notice, row.sequence);
    inner_.add(row);
  }
  /// A number that was given is never given again, even if the notice was taken out.
  std::int64_t last() override {
    const auto last = inner_.last();
    return book_.writes() ? std::max(last, book_.digests().last_notice) : last;
  }
  /// Ends before a notice that is damaged or gone. Throws std::runtime_error when that is the first: nothing
  /// may be published past it.
  std::vector<NoticeRow> page(std::int64_t after, std::size_t count_max) override {
    auto rows = inner_.page(after, count_max);
    std::vector<std::string> keys;
    for (const auto& row : rows)
      keys.push_back(key_of(row));
    book_.foresee(Coded::notice, std::move(keys));
    auto before = after;
    for (std::size_t i = 0; i < rows.size(); before = rows[i++].sequence) {
      const bool follows =
          rows[i].sequence == before + 1 || may_follow(notice_jumps(values_), before, rows[i].sequence);
      if (!follows) book_.damaged(Coded::notice, key_of(before + 1), "ROW_MISSING");
      if (follows && book_.fits(Coded::notice, key_of(rows[i]), code_of(book_.codes, rows[i]))) continue;
      if (i == 0)
        throw std::runtime_error("notice " + std::to_string(before + 1) +
                                 " is not as the hub wrote it (table notice): it and those behind it are not "
                                 "published; see kinhub doctor");
      rows.resize(i);
      break;
    }
    return rows;
  }

 private:
  NoticeShelf& inner_;
  CodeBook& book_;
  ValueShelf& values_;
};

class Quarantine final : public QuarantineShelf {
 public:
  Quarantine(QuarantineShelf& inner, CodeBook& book) : inner_(inner), book_(book) {}
  std::int64_t add(const QuarantineRow& row) override {
    auto stored = row;
    stored.id = inner_.add(row);
    book_.put(Coded::quarantine, key_of(stored), code_of(book_.codes, stored));
    if (stored.state == QuarantineState::held) find_held(stored);
    return stored.id;
  }
  void update(std::int64_t id, QuarantineState state, std::int64_t attempts, std::string_view code,
              std::string_view place, std::string_view reason) override {
    auto row = inner_.find(id);
    inner_.update(id, state, attempts, code, place, reason);
    if (row && state != QuarantineState::held) find_no_more(*row);
    if (!row || !book_.fits(Coded::quarantine, key_of(*row), code_of(book_.codes, *row))) return;
    if (state == QuarantineState::held && row->state != state) find_held(*row);
    row->state = state, row->attempts = attempts, row->code = code, row->place = place, row->reason = reason;
    book_.put(Coded::quarantine, key_of(*row), code_of(book_.codes, *row));
  }
  std::optional<QuarantineRow> find(std::int64_t id) override {
    return whole(book_, Coded::quarantine, key_of(id), inner_.find(id));
  }
  std::vector<QuarantineRow> page(std::optional<QuarantineState> state, std::int64_t after,
                                  std::size_t count_max) override {
    for (;;) {
      auto rows = inner_.page(state, after, count_max);
      const bool last = rows.size() < count_max;
      if (!rows.empty()) after = rows.back().id;
      rows = whole(book_, Coded::quarantine, std::move(rows));
      if (!rows.empty() || last) return rows;
    }
  }
  /// Also those that are damaged, or no longer found by their columns: what waits must never be passed by.
  std::vector<QuarantineRow> held_like(std::span<const std::string> digests,
                                       std::span<const Token> keys) override {
    auto rows = inner_.held_like(digests, keys);
    for (const auto& row : rows)
      book_.fits(Coded::quarantine, key_of(row), code_of(book_.codes, row));
    if (!any_held_) any_held_ = !book_.keys_behind(Coded::held_digest, "", 1).empty();
    if (!*any_held_) return rows;
    std::map<std::int64_t, QuarantineRow> all;
    for (auto& row : rows)
      all.emplace(row.id, std::move(row));
    std::set<std::string> prefixes;
    for (const auto& digest : digests)
      prefixes.insert(prefix_of(digest));
    add_hidden(Coded::held_digest, prefixes, all);
    prefixes.clear();
    for (const auto& key : keys)
      prefixes.insert(prefix_of(key.view()));
    add_hidden(Coded::held_key, prefixes, all);
    rows.clear();
    for (auto& [id, row] : all)
      rows.push_back(std::move(row));
    return rows;
  }
  std::vector<HeldMention> held_mentions(std::span<const Token> identifiers) override {
    return inner_.held_mentions(identifiers);
  }
  std::optional<std::vector<HeldMention>> all_held_mentions(std::size_t count_max) override {
    return inner_.all_held_mentions(count_max);
  }

 private:
  static std::string held_key_of(std::string_view by, std::int64_t id) {
    return code_key(std::array{Cell::of(by), Cell::of(id)});
  }
  void find_held(const QuarantineRow& row) {
    const auto put = [&](Coded table, std::string_view by) {
      book_.put(table, held_key_of(by, row.id),
                book_.codes.of(table, std::array{Cell::of(by), Cell::of(row.id)}));
    };
    put(Coded::held_digest, row.digest);
    if (row.key) put(Coded::held_key, row.key->view());
  }
  void find_no_more(const QuarantineRow& row) {
    book_.erase(Coded::held_digest, held_key_of(row.digest, row.id));
    if (row.key) book_.erase(Coded::held_key, held_key_of(row.key->view(), row.id));
  }
  /// Held events that must be found under one of these, and were not.
  void add_hidden(Coded table, const std::set<std::string>& prefixes,
                  std::map<std::int64_t, QuarantineRow>& all) {
    const std::vector<std::string> asked(prefixes.begin(), prefixes.end());
    for (const auto& key : book_.keys_under(table, asked)) {
      constexpr std::size_t id_size = 8;
      if (key.size() <= id_size || !prefixes.contains(key.substr(0, key.size() - id_size))) continue;
      const auto id = number_in(std::string_view(key).substr(key.size() - id_size));
      if (all.contains(id)) continue;
      book_.damaged(table, key, "ROW_MISSING");
      auto row = inner_.find(id).value_or(QuarantineRow{});
      row.id = id, row.state = QuarantineState::held, row.event.clear();
      const auto by = std::string_view(key).substr(0, key.size() - id_size - 1);
      if (table == Coded::held_digest)
        row.digest = by;
      else
        row.key = Token::from(by);
      all.emplace(id, std::move(row));
    }
  }
  QuarantineShelf& inner_;
  CodeBook& book_;
  std::optional<bool> any_held_;  ///< stored, when this transaction asked first
};

class Balance final : public BalanceShelf {
 public:
  Balance(BalanceShelf& inner, CodeBook& book) : inner_(inner), book_(book) {}
  /// Also those that are damaged, which are noted: to count on is better than to count from 0.
  std::vector<std::pair<std::string, Counters>> counters() override {
    auto rows = inner_.counters();
    std::vector<std::string> keys;
    for (const auto& [source, row] : rows)
      keys.push_back(source);
    std::sort(keys.begin(), keys.end());
    book_.all_are_there(Coded::counter, keys);
    for (const auto& [source, row] : rows)
      book_.fits(Coded::counter, source, code_of(book_.codes, source, row));
    return rows;
  }
  void add_counters(const std::string& source, const Counters& change) override {
    if (!now_) {
      now_.emplace();
      for (auto& [name, row] : counters())
        now_->emplace(name, row);
    }
    auto& row = (*now_)[source];
    row.applied += change.applied, row.filtered += change.filtered, row.duplicate += change.duplicate;
    row.quarantined += change.quarantined, row.discarded += change.discarded;
    row.repeated += change.repeated, row.lost += change.lost;
    row.unmatched += change.unmatched, row.unnamed += change.unnamed;
    inner_.add_counters(source, change);
    book_.put(Coded::counter, source, code_of(book_.codes, source, row));
  }
  std::vector<CoverageRow> coverage() override {
    auto rows = inner_.coverage();
    std::vector<std::string> keys;
    for (const auto& row : rows)
      keys.push_back(row.source);
    std::sort(keys.begin(), keys.end());
    book_.all_are_there(Coded::coverage, keys);
    std::erase_if(rows, [&](const CoverageRow& row) {
      return !book_.fits(Coded::coverage, row.source, code_of(book_.codes, row));
    });
    return rows;
  }
  void put_coverage(const CoverageRow& row) override {
    book_.put(Coded::coverage, row.source, code_of(book_.codes, row));
    inner_.put_coverage(row);
  }

 private:
  BalanceShelf& inner_;
  CodeBook& book_;
  std::optional<std::map<std::string, Counters>> now_;  ///< as this transaction has them
};

/// Values that carry no code: they prove themselves, or the running digests know better.
inline bool is_uncoded_value(std::string_view name) {
  return name == digests_name || name == "key probe" || name == "key fingerprint" || name == "last person" ||
         name == "last lead";
}

class Values final : public ValueShelf {
 public:
  Values(ValueShelf& inner, CodeBook& book) : inner_(inner), book_(book) {}
  /// A damaged value counts as never put.
  std::string get(const std::string& name) override {
    auto value = inner_.get(name);
    if (is_uncoded_value(name)) return value;
    const auto code = code_of_value(book_.codes, name, value);
    if (value.empty())
      book_.may_be_absent(Coded::value, name, code);
    else if (!book_.fits(Coded::value, name, code))
      return {};
    return value;
  }
  void put(const std::string& name, std::string_view value) override {
    if (!is_uncoded_value(name)) book_.put(Coded::value, name, code_of_value(book_.codes, name, value));
    inner_.put(name, value);
  }
  void put_dated(const DatedRow& row) override {
    book_.put(Coded::dated, key_of(row), code_of(book_.codes, row));
    inner_.put_dated(row);
  }
  std::vector<DatedRow> dated(const std::string& name) override {
    return whole_under(book_, Coded::dated, prefix_of(name), inner_.dated(name));
  }

 private:
  ValueShelf& inner_;
  CodeBook& book_;
};

template <class Row>
std::size_t count_of(const std::vector<Row>& rows) {
  return rows.size();
}
template <class Row>
std::size_t count_of(const std::optional<Row>& row) {
  return row ? 1 : 0;
}
[[noreturn]] inline void throw_not_whole(Coded table) {
  throw StoreDamaged("a row of table " + std::string(name_of(table)) +
                     " is not as the hub wrote it, so nothing is answered from it: see kinhub doctor");
}
/// Throws StoreDamaged when one of the rows does not fit its code.
template <class Rows>
Rows all_or_nothing(CodeBook& book, Coded table, Rows rows) {
  const auto had = count_of(rows);
  rows = whole(book, table, std::move(rows));
  if (count_of(rows) != had) throw_not_whole(table);
  return rows;
}

class Payments final : public PaymentShelf {
 public:
  Payments(PaymentShelf& inner, CodeBook& book) : inner_(inner), book_(book) {}
  std::int64_t last_list() override { return inner_.last_list(); }
  void put_list(const PaymentListRow& list) override {
    book_.put(Coded::payment_list, key_of(list), code_of(book_.codes, list));
    inner_.put_list(list);
  }
  std::optional<PaymentListRow> list(std::int64_t id) override {
    auto row = strict(Coded::payment_list, inner_.list(id));
    if (!row && !book_.may_be_absent(Coded::payment_list, key_of(id))) throw_not_whole(Coded::payment_list);
    return row;
  }
  std::vector<PaymentListRow> lists(std::int64_t after, std::size_t count_max) override {
    return strict_page(Coded::payment_list, "", key_of(after), count_max, inner_.lists(after, count_max));
  }
  bool replace_lines(std::int64_t list, std::span<const PaymentLineRow> lines) override {
    std::vector<PaymentLineRow> before;
    for (std::int64_t after = 0;;) {
      constexpr std::size_t page = 1000;
      auto rows = inner_.lines(list, after, page);
      if (rows.empty()) break;
      after = rows.back().line;
      before.insert(before.end(), rows.begin(), rows.end());
    }
    if (!inner_.replace_lines(list, lines)) return false;
    for (const auto& row : before)
      book_.erase(Coded::payment_line, key_of(row)), book_.erase(Coded::line_of, payee_key(row));
    for (auto row : lines) {
      row.list = list;
      book_.put(Coded::payment_line, key_of(row), code_of(book_.codes, row));
      book_.put(Coded::line_of, payee_key(row), book_.codes.of(Coded::line_of, payee_cells(row)));
    }
    return true;
  }
  std::vector<PaymentLineRow> lines(std::int64_t list, std::int64_t after, std::size_t count_max) override {
    const auto behind = code_key(std::array{Cell::of(list), Cell::of(after)});
    return strict_page(Coded::payment_line, key_of(list), behind, count_max,
                       inner_.lines(list, after, count_max));
  }
  std::vector<PaymentLineRow> lines_of(std::span<const Token> payees) override {
    auto rows = inner_.lines_of(payees);
    std::set<std::string> there;
    for (const auto& row : rows)
      there.insert(payee_key(row));
    std::vector<std::string> prefixes;
    for (const auto& payee : payees)
      prefixes.push_back(prefix_of(payee.view()));
    expect(Coded::line_of, book_.keys_under(Coded::line_of, prefixes), there);
    return strict(Coded::payment_line, std::move(rows));
  }
  std::vector<Token> payees(const Token& after, std::size_t count_max) override {
    return inner_.payees(after, count_max);
  }
  std::int64_t last_entry() override { return inner_.last_entry(); }
  void put_entries(std::span<const PaymentLedgerRow> rows) override {
    for (const auto& row : rows)
      book_.put(Coded::payment_ledger, key_of(row), code_of(book_.codes, row));
    inner_.put_entries(rows);
  }
  std::vector<PaymentLedgerRow> entries(std::int64_t after, std::size_t count_max) override {
    return strict_page(Coded::payment_ledger, "", key_of(after), count_max, inner_.entries(after, count_max));
  }

 private:
  static std::array<Cell, 3> payee_cells(const PaymentLineRow& row) {
    return {Cell::of(row.payee.view()), Cell::of(row.list), Cell::of(row.line)};
  }
  static std::string payee_key(const PaymentLineRow& row) { return code_key(payee_cells(row)); }
  /// Throws StoreDamaged when a row that has a code is not there.
  void expect(Coded table, const std::vector<std::string>& keys, const std::set<std::string>& there) {
    for (const auto& key : keys)
      if (!there.contains(key)) {
        book_.damaged(table, key, "ROW_MISSING");
        throw_not_whole(table);
      }
  }
  /// Codes behind the same key in the same order: each has its row, up to the end of a full page.
  template <class Row>
  std::vector<Row> strict_page(Coded table, const std::string& prefix, const std::string& after,
                               std::size_t count_max, std::vector<Row> rows) {
    std::set<std::string> there;
    for (const auto& row : rows)
      there.insert(key_of(row));
    auto keys = book_.keys_behind(table, after, count_max);
    std::erase_if(keys, [&](const std::string& key) {
      return !key.starts_with(prefix) || (rows.size() >= count_max && key > *there.rbegin());
    });
    expect(table, keys, there);
    return strict(table, std::move(rows));
  }
  /// A list of which a part is left out would pay something else: nothing of money is answered in part.
  template <class Rows>
  Rows strict(Coded table, Rows rows) {
    return all_or_nothing(book_, table, std::move(rows));
  }
  PaymentShelf& inner_;
  CodeBook& book_;
};

/// A version that is left out would make the one before it the last: nothing is answered in part.
class Issued final : public IssuedShelf {
 public:
  Issued(IssuedShelf& inner, CodeBook& book) : inner_(inner), book_(book) {}
  bool add(const IssuedRow& row) override {
    if (!inner_.add(row)) return false;
    book_.put(Coded::issued, key_of(row), code_of(book_.codes, row));
    return true;
  }
  std::optional<IssuedRow> find(std::string_view series, std::int64_t version) override {
    auto row = all_or_nothing(book_, Coded::issued, inner_.find(series, version));
    const auto key = code_key(std::array{Cell::of(series), Cell::of(version)});
    if (!row && !book_.may_be_absent(Coded::issued, key)) throw_not_whole(Coded::issued);
    return row;
  }
  std::optional<IssuedRow> latest(std::string_view series) override {
    auto row = all_or_nothing(book_, Coded::issued, inner_.latest(series));
    const auto prefix = prefix_of(series);
    const auto keys = book_.keys_under(Coded::issued, {&prefix, 1});
    if (!keys.empty() && (!row || key_of(*row) < keys.back())) {
      book_.damaged(Coded::issued, keys.back(), "ROW_MISSING");
      throw_not_whole(Coded::issued);
    }
    return row;
  }
  std::vector<IssuedRow> page(std::string_view series, std::int64_t version, std::size_t count_max) override {
    return all_or_nothing(book_, Coded::issued, inner_.page(series, version, count_max));
  }

 private:
  IssuedShelf& inner_;
  CodeBook& book_;
};

class Accounts final : public AccountShelf {
 public:
  Accounts(AccountShelf& inner, CodeBook& book) : inner_(inner), book_(book) {}
  std::int64_t last_account() override { return inner_.last_account(); }
  void put(const AccountRow& row) override {
    book_.put(Coded::account, key_of(row), code_of(book_.codes, row));
    inner_.put(row);
  }
  std::optional<AccountRow> find(std::int64_t id) override {
    return whole(book_, Coded::account, key_of(id), inner_.find(id));
  }
  std::optional<AccountRow> find_named(const Token& name) override {
    return whole(book_, Coded::account, inner_.find_named(name));
  }
  std::vector<AccountRow> page(std::int64_t after, std::size_t count_max) override {
    for (;;) {
      auto rows = inner_.page(after, count_max);
      const bool last = rows.size() < count_max;
      if (!rows.empty()) after = rows.back().id;
      rows = whole(book_, Coded::account, std::move(rows));
      if (!rows.empty() || last) return rows;
    }
  }
  void put_session(const SessionRow& row) override {
    book_.put(Coded::session, key_of(row), code_of(book_.codes, row));
    inner_.put_session(row);
  }
  std::optional<SessionRow> find_session(std::string_view digest) override {
    return whole(book_, Coded::session, key_of(digest), inner_.find_session(digest));
  }
  std::vector<SessionRow> sessions_of(std::int64_t account) override {
    return whole(book_, Coded::session, inner_.sessions_of(account));
  }
  void end_session(std::string_view digest) override {
    book_.erase(Coded::session, key_of(digest));
    inner_.end_session(digest);
  }
  void put_slip(const SlipRow& row) override {
    book_.put(Coded::slip, key_of(row), code_of(book_.codes, row));
    inner_.put_slip(row);
  }
  std::vector<SlipRow> find_slips(SlipKind kind, std::span<const std::string> names) override {
    return whole(book_, Coded::slip, inner_.find_slips(kind, names));
  }
  std::vector<SlipRow> slips_of(SlipKind kind, std::int64_t account) override {
    return whole(book_, Coded::slip, inner_.slips_of(kind, account));
  }
  void erase_slip(SlipKind kind, std::string_view name) override {
    book_.erase(Coded::slip, key_of(kind, name));
    inner_.erase_slip(kind, name);
  }
  void forget_ended(std::int64_t now_us) override;

  /// Reads the rows as they stand.
  CodeShelf* rows = nullptr;

 private:
  AccountShelf& inner_;
  CodeBook& book_;
};

inline void Accounts::forget_ended(std::int64_t now_us) {
  constexpr std::size_t page = 1000;
  const auto forget = [&](Coded table, std::size_t ends) {
    std::optional<PlainRow> after;
    for (;;) {
      auto found = rows->rows(table, after ? &*after : nullptr, 0, page);
      for (const auto& row : found)
        if (row.cells[ends].number <= now_us)
          book_.erase(table, code_key(std::span(row.cells).first(words_of(table).key_size)));
      if (found.size() < page) return;
      after = std::move(found.back());
    }
  };
  forget(Coded::session, 5), forget(Coded::slip, 3);
  inner_.forget_ended(now_us);
}

/// Key rotation: whoever changes the bytes of a row gives it another code, unless it was damaged before.
class Sealed final : public SealedRows {
 public:
  Sealed(StoreTransaction& inner, CodeBook& book) : inner_(inner), book_(book) {}
  std::vector<SealedRow> after(SealedShelf shelf, const SealedKey& key, std::string_view header,
                               std::size_t count_max) override {
    return inner_.sealed().after(shelf, key, header, count_max);
  }
  void replace(SealedShelf shelf, std::span<const Resealed> rows) override {
    std::vector<Resealed> whole;
    for (const auto& row : rows) {
      const auto found = find(shelf, row, row.before);
      if (found && (found->table == Coded::dossier || book_.fits(found->table, found->key, found->code)))
        whole.push_back(row);
      else if (!found && is_uncoded(shelf, row))
        whole.push_back(row);
    }
    inner_.sealed().replace(shelf, whole);
    for (const auto& row : whole)
      if (const auto now = find(shelf, row, row.after)) {
        if (now->table == Coded::dossier) {
          book_.change_dossier({row.key.number}, now->code);
          inner_.codes().put_dossier_code(row.key.number, now->code);
        } else {
          book_.put(now->table, now->key, now->code);
        }
      }
  }
  std::vector<std::pair<std::string, std::int64_t>> headers(SealedShelf shelf) override {
    return inner_.sealed().headers(shelf);
  }

 private:
  struct Found {
    Coded table{};
    std::string key;
    std::uint64_t code = 0;  ///< that it must have
  };
  static bool is_uncoded(SealedShelf shelf, const Resealed& row) {
    return shelf == SealedShelf::disclosures || shelf == SealedShelf::quarantine ||
           (shelf == SealedShelf::values && is_uncoded_value(row.key.text));
  }
  template <class Row>
  Found found(Coded table, const Row& row) {
    return {table, key_of(row), code_of(book_.codes, row)};
  }
  /// The coded row of a sealed one, if it has these bytes. A dossier that is damaged is none.
  std::optional<Found> find(SealedShelf shelf, const Resealed& of, const std::string& bytes) {
    const auto& key = of.key;
    switch (shelf) {
      case SealedShelf::dossiers: {
        const PersonId person{key.number};
        for (const auto& row : inner_.people().dossiers({&person, 1})) {
          const auto must = book_.codes.of_dossier(key.number, bits_of(row.marks), row.sealed);
          if (row.sealed != bytes || (&bytes == &of.before && !book_.dossier_fits(row))) continue;
          return Found{Coded::dossier, key_of(key.number), must};
        }
        return std::nullopt;
      }
      case SealedShelf::leads:
        if (const auto row = inner_.leads().find({key.number}); row && row->content == bytes)
          return found(Coded::lead, *row);
        return std::nullopt;
      case SealedShelf::decided:
        for (const auto& row : inner_.leads().decided(PersonId{key.number}))
          if (row.benefit == key.text && row.anchor == key.anchor && row.content == bytes)
            return found(Coded::decided, row);
        return std::nullopt;
      case SealedShelf::decisions:
        for (const auto& row : inner_.leads().decisions({of.lead}))
          if (row.content == bytes) return found(Coded::decision, row);
        return std::nullopt;
      case SealedShelf::quarantine:
      case SealedShelf::disclosures:
        return std::nullopt;
      case SealedShelf::lead_history:
        for (const auto& row : inner_.values().dated(key.text))
          if (row.at_us == key.number && row.value == bytes) return found(Coded::dated, row);
        return std::nullopt;
      case SealedShelf::values:
        if (is_uncoded_value(key.text) || inner_.values().get(key.text) != bytes) return std::nullopt;
        return Found{Coded::value, key.text, code_of_value(book_.codes, key.text, bytes)};
      case SealedShelf::payment_lists:
        if (const auto row = inner_.payments().list(key.number); row && row->content == bytes)
          return found(Coded::payment_list, *row);
        return std::nullopt;
      case SealedShelf::payment_lines:
        for (const auto& row : inner_.payments().lines(key.number, std::stoll(key.text) - 1, 1))
          if (row.line == std::stoll(key.text) && row.content == bytes)
            return found(Coded::payment_line, row);
        return std::nullopt;
      case SealedShelf::payment_ledger:
        for (const auto& row : inner_.payments().entries(key.number - 1, 1))
          if (row.id == key.number && row.content == bytes) return found(Coded::payment_ledger, row);
        return std::nullopt;
      case SealedShelf::accounts:
        if (const auto row = inner_.accounts().find(key.number); row && row->content == bytes)
          return found(Coded::account, *row);
        return std::nullopt;
      case SealedShelf::slips:
        if (const auto row = inner_.accounts().find_slip(static_cast<SlipKind>(key.number), key.text);
            row && row->content == bytes)
          return found(Coded::slip, *row);
        return std::nullopt;
      case SealedShelf::issued:
        if (const auto row = inner_.issued().find(key.text, key.number); row && row->content == bytes)
          return found(Coded::issued, *row);
        return std::nullopt;
    }
    return std::nullopt;
  }
  StoreTransaction& inner_;
  CodeBook& book_;
};

}  // namespace kinhub::coded
