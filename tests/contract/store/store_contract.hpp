#pragma once
// What the contract tests of the shelves share: the stores, rows to fill them with, other processes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/store/store.hpp"
#include "tests/contract/child.hpp"
#include "tests/contract/store/store_model.hpp"
#include "tests/contract/store/store_servers.hpp"

namespace kinhub {

inline QuarantineRow quarantine_row(std::int64_t number) {
  QuarantineRow row;
  row.source = "police";
  if (number % 3 != 0) row.key = token_of(number % 7);
  row.key_text = "HJYWID=" + std::to_string(number);
  row.code = "MAP_REJECTED", row.place = "/root/body/RECORD[1]", row.reason = "no day",
  row.mapping = "birth.yaml";
  row.received_at_us = 1'000'000 + number, row.attempts = 1 + number % 2, row.bytes = 100 + number;
  row.digest = sealed_of(number % 5, 32), row.event_sequence = number, row.event = sealed_of(number, 200);
  for (auto i = number % 3; i > 0; --i)
    row.mentions.push_back(token_of((number + i) % 8));
  return row;
}

inline LeadRow lead_row(LeadId id, PersonId person, const std::string& benefit,
                        LeadState state = LeadState::open) {
  LeadRow row;
  row.id = id, row.person = person, row.benefit = benefit, row.kind = LeadKind::changed, row.state = state;
  row.opened_at_us = 1000 + id.value, row.changed_at_us = 2000 + id.value, row.revision = 3,
  row.content = sealed_of(id.value);
  if (id.value % 2 == 0) row.anchor = token_of(id.value % 5);
  return row;
}

inline IdentityPairRow identity_pair_row(std::int64_t number, PairState state) {
  IdentityPairRow row;
  row.id = {number}, row.a = token_of(number % 5), row.b = token_of(5 + number % 3);
  row.state = state, row.why = static_cast<PairWhy>(number % 5), row.weight = 64 * number - 100;
  row.since_us = 1000 + number, row.changed_at_us = 2000 + number, row.seen_at_us = 3000 + number;
  row.digest = sealed_of(number, 32);
  return row;
}

inline EntryRow entry_row(std::int64_t number) {
  EntryRow row;
  row.key = token_of(number), row.kind = static_cast<FactKind>(number % 38), row.asserts = number % 3 != 0;
  row.told = static_cast<std::uint64_t>(number) * 0x9E3779B97F4A7C15u;  // also beyond the signed numbers
  row.home = {1 + number % 4};
  return row;
}

inline AccountRow account_row(std::int64_t id) {
  return {id, token_of(id), 1 + id % 2, sealed_of(id)};
}
inline SessionRow session_row(std::int64_t number) {
  return {sealed_of(number, 32),
          1 + number % 3,
          100 - number,
          200 + number,
          90 - number,
          1000 + number,
          "10.20.0." + std::to_string(number)};
}
inline SlipRow slip_row(std::int64_t number) {
  const auto kind = number % 2 == 0 ? SlipKind::opening : SlipKind::answer;
  return {kind, "O" + std::to_string(number % 5) + "é", number % 3, 1000 + number, sealed_of(number)};
}

/// Something in every table.
inline void fill(StoreTransaction& t, Asked& asked) {
  ASSERT_TRUE(t.positions().advance({"police", 0, 17, 4711, 0}));
  ASSERT_TRUE(t.positions().advance({"log", 0, 3, -1, 0}));
  std::vector<DossierRow> dossiers;
  for (int i = 0; i < 5; ++i)
    dossiers.push_back(
        {t.people().new_person(), {i % 2 == 0, i > 2, i % 3 == 0}, i == 4 ? "" : sealed_of(i, 3000)});
  t.people().put_dossiers(dossiers);
  std::vector<HolderRow> holders;
  for (int i = 0; i < 12; ++i)
    holders.push_back({token_of(i / 2), {1 + i % 4}});
  t.people().add_holders(holders);
  auto first = t.leads().new_lead(), second = t.leads().new_lead();
  t.leads().put(lead_row(first, {1}, "national/death"));
  t.leads().put(lead_row(second, {2}, "国家/死亡", LeadState::confirmed));
  t.leads().put_decided({{2}, "国家/死亡", sealed_of(5)});
  t.leads().put_decided({{2}, "国家/死亡", sealed_of(4), token_of(1)});
  t.leads().add_decision({second, LeadState::confirmed, 99, sealed_of(6)});
  const IdentityPairRow pairs[]{identity_pair_row(3, PairState::open),
                                identity_pair_row(1, PairState::different),
                                identity_pair_row(8, PairState::open), identity_pair_row(5, PairState::open)};
  t.identity_pairs().put(pairs);
  t.people().set_next_change({1}, Date(2027, 3, 1));
  t.people().set_next_change({3}, Date(2026, 12, 1));
  for (int i = 1; i <= 3; ++i)
    t.notices().add({i, R"({"seq":)" + std::to_string(i) + R"(,"text":"变更"})"});
  for (int i = 0; i < 4; ++i)
    t.quarantine().add(quarantine_row(i));
  t.balance().add_counters("police", {1, 2, 3, 4, 5, 6, 7, 8, 9});
  t.balance().put_coverage({"police", true, 123456789});
  t.audit().add_disclosure(5, sealed_of(7));
  t.values().put_dated({"installation", -7, sealed_of(9)});
  t.values().put_dated({"installation", 1'796'000'000'000'000, ""});
  t.values().put_dated({"installation", 5, sealed_of(10)});
  t.values().put_dated({"installation", 5, sealed_of(11)});
  t.values().put("installation", sealed_of(8));
  std::vector<EntryRow> entries;
  for (int i = 0; i < 7; ++i)
    entries.push_back(entry_row(i));
  t.people().put_histories("police", entries);
  const EntryRow of_another[]{entry_row(7), entry_row(8)};
  t.people().put_histories("civil", of_another);
  entries[3].record = ~0ull, entries[3].run = 5;
  EXPECT_EQ(t.entries().mark("police", std::span(entries).subspan(3, 1)), 1);
  t.payments().put_list({1, 320812, PaymentListState::checked, 7, sealed_of(1)});
  t.payments().put_list({2, 320813, PaymentListState::imported, 8, ""});
  std::vector<PaymentLineRow> lines;
  for (int i = 1; i <= 5; ++i)
    lines.push_back({1, i, token_of(i % 3), sealed_of(i)});
  EXPECT_TRUE(t.payments().replace_lines(1, lines));
  const PaymentLedgerRow owed[]{{3, token_of(1), 2, sealed_of(3)}, {1, token_of(2), 0, ""}};
  t.payments().put_entries(owed);
  for (const std::int64_t version : {1, 2})
    EXPECT_TRUE(t.issued().add({"movement 320812", version, 5, sealed_of(version)}));
  EXPECT_TRUE(t.issued().add({"basic 320812", 1, 6, sealed_of(3)}));
  for (std::int64_t i = 1; i <= 3; ++i)
    t.accounts().put(account_row(i));
  for (std::int64_t i = 0; i < 5; ++i)
    t.accounts().put_session(session_row(i)), t.accounts().put_slip(slip_row(i));
  asked.partitions = {"police", "log", "nobody"};
  asked.values = {"installation", "nothing"};
  for (int i = 1; i <= 6; ++i)
    asked.people.push_back({i});
  for (int i = 0; i < 8; ++i)
    asked.tokens.push_back(token_of(i));
  asked.digests = {sealed_of(0, 32), sealed_of(3, 32), "none"};
}

/// What every store promises, as tests of each shelf on every store. A new store joins the list with a
/// fixture:
///
///   struct MyStore {
///     MyStore();                                               // a fresh, empty store of its own
///     std::unique_ptr<Store> open();                           // again and again, also in a forked child
///     std::unique_ptr<Store> open_with(const Keyring& keys);
///   };
using Stores = ::testing::Types<SqliteForTest, PostgresForTest>;
using CodedStores = ::testing::Types<CodedForTest<SqliteForTest>, CodedForTest<PostgresForTest>>;
using PlainAndCodedStores = ::testing::Types<SqliteForTest, PostgresForTest, CodedForTest<SqliteForTest>,
                                             CodedForTest<PostgresForTest>>;

template <class Fixture>
class StoreContract : public ::testing::Test {
 protected:
  std::unique_ptr<StoreTransaction> writing() { return store_->begin(Store::For::writing); }
  std::unique_ptr<StoreTransaction> reading() { return store_->begin(Store::For::reading); }
  void commit(const std::function<void(StoreTransaction&)>& work) {
    auto t = writing();
    work(*t);
    t->commit();
  }
  Fixture fixture_;
  std::unique_ptr<Store> store_ = fixture_.open();
};

}  // namespace kinhub
