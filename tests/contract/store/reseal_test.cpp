// Key rotation on both stores: everything sealed is found, sealed anew, and counted; also after kill -9.

#include "hub/pipeline/reseal.hpp"

#include <gmock/gmock.h>

#include "hub/base/bytes.hpp"
#include "hub/base/key_file.hpp"
#include "hub/lead/lead_desk.hpp"
#include "hub/lead/lead_history.hpp"
#include "hub/pipeline/held_events.hpp"
#include "hub/store/accounts.hpp"
#include "hub/store/audit.hpp"
#include "hub/store/issued.hpp"
#include "hub/store/payments.hpp"
#include "hub/store/sealed_rows.hpp"
#include "hub/store/values.hpp"
#include "hub/store/workspace.hpp"
#include "tests/contract/child.hpp"
#include "tests/contract/store/store_servers.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub {
namespace {

using testing::HasSubstr;

/// A key file of two keys, the first of which sealed the store.
struct TwoKeys {
  KeyFile file;
  TwoKeys() {
    const auto first = make_key(Suite::aes_256_gcm, 1), second = make_key(Suite::sm4, 2);
    file = {{first, second}, first.id};
  }
  Keyring first() const { return Keyring::from_keys({{file.keys[0]}, file.keys[0].id}); }
  Keyring active(std::size_t which) const { return Keyring::from_keys({file.keys, file.keys[which].id}); }
  KeyId id(std::size_t which) const { return file.keys[which].id; }
};

constexpr int people = 3, sealed_rows = people + 2 + 1 + 1 + 1 + 1 + 1 + 2 + 4 + 3 + 2;

/// A row of each kind, with what it says.
void fill(Store& store, const Keyring& keys) {
  auto t = store.begin(Store::For::writing);
  std::vector<DossierRow> rows;
  for (std::int64_t i = 1; i <= people; ++i)
    rows.push_back({{i}, {}, keys.seal("person " + std::to_string(i), dossier_context({i}))});
  rows.push_back({{9}, {true, false, false}, ""});  // only marks are left
  t->people().put_dossiers(rows);
  LeadRow lead;
  lead.person = {1}, lead.benefit = "a/b", lead.anchor.bytes[0] = 7;
  for (std::int64_t id : {1, 2}) {
    lead.id = {id}, lead.person = {id}, lead.content = keys.seal("lead", lead_context(lead.id));
    lead.opened_at_us = lead.changed_at_us = 10 + id;
    t->leads().put(lead);
  }
  keep_superseded(t->values(), lead);
  t->leads().put_decided({{1}, "a/b", keys.seal("decided", decided_context({1}, "a/b")), lead.anchor});
  t->leads().add_decision({{2}, LeadState::confirmed, 5, keys.seal("decision", lead_context({2}))});
  QuarantineRow held;
  held.source = "police", held.event = keys.seal("body", quarantine_context("police"));
  held.digest = std::string(32, 'd');
  t->quarantine().add(held);
  t->audit().add_disclosure(3, keys.seal("why", "disclosure"));
  t->values().put("discarded 7", keys.seal("reason", "discarded 7"));
  t->values().put("last scan", "2026-11-18");
  t->values().put_dated({"coverage police", 4, "plain"});
  t->payments().put_list(
      {7, 320812, PaymentListState::checked, 1, keys.seal("list", payment_list_context(7))});
  std::vector<PaymentLineRow> lines;
  for (const std::int64_t line : {2, 10})  // in order of numbers, not of their digits
    lines.push_back({7, line, lead.anchor, keys.seal("line", payment_line_context(7, line))});
  ASSERT_TRUE(t->payments().replace_lines(7, lines));
  const PaymentLedgerRow owed{5, lead.anchor, 0, keys.seal("owed", payment_ledger_context(5))};
  t->payments().put_entries({&owed, 1});
  t->accounts().put({1, {}, 1, keys.seal("account", account_context(1))});
  for (const auto kind : {SlipKind::opening, SlipKind::answer})
    t->accounts().put_slip({kind, "O1", 1, 9, keys.seal("slip", slip_context(kind, "O1"))});
  for (const std::int64_t version : {2, 10})
    ASSERT_TRUE(t->issued().add({"a", version, 1, keys.seal("issued", issued_context("a", version))}));
  t->commit();
}

std::string told(Store& store, const Keyring& keys) {
  auto t = store.begin(Store::For::reading);
  std::string text;
  const auto add = [&](const std::string& sealed, const std::string& context) {
    text += keys.unseal(sealed, context) + ";";
  };
  for (std::int64_t i = 1; i <= people; ++i) {
    const PersonId person{i};
    add(t->people().dossiers({&person, 1}).at(0).sealed, dossier_context(person));
  }
  const PersonId marked{9};
  text += t->people().dossiers({&marked, 1}).at(0).sealed + ";";
  for (const auto& lead : all_leads(t->leads(), std::nullopt))
    add(lead.content, lead_context(lead.id));
  auto now = *t->leads().find({2});
  now.changed_at_us = 1000;
  add(lead_as_known(t->values(), now, 20)->content, lead_context({2}));
  add(t->leads().decided(PersonId{1}).at(0).content, decided_context({1}, "a/b"));
  add(t->leads().decisions({2}).at(0).content, lead_context({2}));
  add(t->quarantine().find(1)->event, quarantine_context("police"));
  add(t->audit().page(0, 1).at(0).sealed, "disclosure");
  add(t->values().get("discarded 7"), "discarded 7");
  add(t->payments().list(7)->content, payment_list_context(7));
  for (const auto& line : t->payments().lines(7, 0, 9))
    add(line.content, payment_line_context(7, line.line));
  add(t->payments().entries(0, 9).at(0).content, payment_ledger_context(5));
  add(t->accounts().find(1)->content, account_context(1));
  for (const auto kind : {SlipKind::opening, SlipKind::answer})
    add(t->accounts().find_slip(kind, "O1")->content, slip_context(kind, "O1"));
  for (const auto& row : t->issued().page("", 0, 9))
    add(row.content, issued_context(row.series, row.version));
  return text + t->values().get("last scan") + ";" + t->values().dated("coverage police").at(0).value;
}

constexpr char everything[] =
    "person 1;person 2;person "
    "3;;lead;lead;lead;decided;decision;body;why;reason;list;line;line;owed;account;slip;slip;issued;issued;"
    "2026-11-18;plain";

KeyCounts counted(Store& store, const Keyring& keys) {
  return count_sealed(*store.begin(Store::For::reading), keys);
}

template <class Place>
class Reseal : public testing::Test {
 protected:
  ResealReport rotate(
      Store& store, const Keyring& keys, const OnProgress& progress = [](auto) {}) {
    return reseal(store, keys, clock_, progress);
  }
  TwoKeys two_;
  Place place_;
  FixedClock clock_{1'800'000'000'000'000};
};
using Places = testing::Types<SqliteForTest, PostgresForTest>;
TYPED_TEST_SUITE(Reseal, Places);

TYPED_TEST(Reseal, SealsEveryKindOfRowAnew) {
  fill(*this->place_.open_with(this->two_.first()), this->two_.first());
  const auto keys = this->two_.active(1);
  auto store = this->place_.open_with(keys);
  EXPECT_EQ(counted(*store, keys), (KeyCounts{{this->two_.id(0), sealed_rows}}));
  const auto report = this->rotate(*store, keys);
  EXPECT_EQ(report.values, sealed_rows);
  EXPECT_EQ(report.other_keys, 0);
  EXPECT_EQ(report.unreadable, 0) << report.first_unreadable;
  EXPECT_FALSE(report.resumed);
  EXPECT_EQ(counted(*store, keys), (KeyCounts{{this->two_.id(1), sealed_rows}}));
  EXPECT_EQ(told(*store, keys), everything);
  EXPECT_EQ(this->rotate(*store, keys).values, 0) << "nothing is left to do";
  store.reset();
  try {
    this->place_.open_with(this->two_.first());
    ADD_FAILURE() << "an older key file opened the store";
  } catch (const StoreDamaged& refused) {
    EXPECT_THAT(refused.what(), HasSubstr(text_of(this->two_.id(1))));
  }
}

TYPED_TEST(Reseal, GoesOnAfterKillMinusNine) {
  fill(*this->place_.open_with(this->two_.first()), this->two_.first());
  const auto keys = this->two_.active(1);
  constexpr int pages = 9;  // at least: one for each kind of row, and the count
  int kills = 0;
  for (int page = 1; page <= pages; ++page) {
    Child child([&] {
      auto store = this->place_.open_with(keys);
      int told = 0;
      this->rotate(*store, keys, [&](auto) {
        if (++told == 2) ::kill(::getpid(), SIGKILL);  // with one page done
      });
    });
    if (child.wait() != 0) ++kills;
  }
  EXPECT_GE(kills, 7) << "each run did one page";
  auto store = this->place_.open_with(keys);
  const auto report = this->rotate(*store, keys);
  EXPECT_EQ(report.other_keys, 0);
  EXPECT_EQ(counted(*store, keys), (KeyCounts{{this->two_.id(1), sealed_rows}}));
  EXPECT_EQ(told(*store, keys), everything);
}

TYPED_TEST(Reseal, ResumesWhereItStoodAndBeginsAnewForAnotherKey) {
  fill(*this->place_.open_with(this->two_.first()), this->two_.first());
  const auto keys = this->two_.active(1), back = this->two_.active(0);
  auto store = this->place_.open_with(keys);
  struct Stop {};
  int told_lines = 0;
  const auto stop_in_the_middle = [&](auto) {
    if (++told_lines == 4) throw Stop();
  };
  EXPECT_THROW(this->rotate(*store, keys, stop_in_the_middle), Stop);
  EXPECT_EQ(counted(*store, keys).size(), 2u);
  EXPECT_TRUE(this->rotate(*store, keys).resumed);
  told_lines = 0;
  EXPECT_THROW(this->rotate(*store, back, stop_in_the_middle), Stop);
  EXPECT_FALSE(this->rotate(*store, keys).resumed) << "the position was of the other key";
  EXPECT_EQ(counted(*store, keys), (KeyCounts{{this->two_.id(1), sealed_rows}}));
}

TYPED_TEST(Reseal, LeavesWhatSomebodyChangesMeanwhile) {
  fill(*this->place_.open_with(this->two_.first()), this->two_.first());
  const auto keys = this->two_.active(1);
  auto store = this->place_.open_with(keys);
  auto page = store->begin(Store::For::reading)->sealed().after(SealedShelf::dossiers, {}, "", 1);
  ASSERT_EQ(page.size(), 1u);
  const DossierRow changed{{1}, {}, keys.seal("person 1, newer", dossier_context({1}))};
  auto t = store->begin(Store::For::writing);
  t->people().put_dossiers({&changed, 1});
  t->commit();
  t = store->begin(Store::For::writing);
  const Resealed late{page[0].key, page[0].bytes, *resealed(keys, SealedShelf::dossiers, page[0])};
  t->sealed().replace(SealedShelf::dossiers, {&late, 1});
  t->commit();
  EXPECT_THAT(told(*store, keys), HasSubstr("person 1, newer;"));
}

TYPED_TEST(Reseal, TellsWhatItCannotOpen) {
  fill(*this->place_.open_with(this->two_.first()), this->two_.first());
  const auto keys = this->two_.active(1);
  auto store = this->place_.open_with(keys);
  auto t = store->begin(Store::For::writing);
  const DossierRow damaged{{2}, {}, this->two_.first().seal("x", "another context")};
  t->people().put_dossiers({&damaged, 1});
  t->commit();
  const auto report = this->rotate(*store, keys);
  EXPECT_EQ(report.unreadable, 1);
  EXPECT_THAT(report.first_unreadable, HasSubstr("table dossier, row 2"));
  EXPECT_EQ(report.other_keys, 1);
  EXPECT_EQ(report.values, sealed_rows - 1);
}

TYPED_TEST(Reseal, PagesAreBoundedAndInOrder) {
  fill(*this->place_.open_with(this->two_.first()), this->two_.first());
  const auto keys = this->two_.first();
  auto store = this->place_.open_with(keys);
  auto t = store->begin(Store::For::reading);
  for (auto shelf : sealed_shelves) {
    const auto all = t->sealed().after(shelf, {}, "", 100);
    std::vector<SealedRow> one_by_one;
    SealedKey at;
    for (;;) {
      auto page = t->sealed().after(shelf, at, "", 1);
      if (page.empty()) break;
      ASSERT_EQ(page.size(), 1u) << name_of(shelf);
      at = page[0].key;
      one_by_one.push_back(page[0]);
      ASSERT_LE(one_by_one.size(), all.size()) << name_of(shelf);
    }
    ASSERT_EQ(one_by_one.size(), all.size()) << name_of(shelf);
    EXPECT_FALSE(all.empty()) << name_of(shelf);
    for (std::size_t i = 0; i < all.size(); ++i)
      EXPECT_EQ(one_by_one[i].key, all[i].key) << name_of(shelf);
    if (begins_with_header(shelf)) {
      EXPECT_TRUE(t->sealed().after(shelf, {}, keys.active_header(), 100).empty()) << name_of(shelf);
    }
  }
}

// Sealed by 0.1.0: no header.
TYPED_TEST(Reseal, CountsWhatHasNoHeaderAsTheFirstKeys) {
  const auto old = Keyring::from_passphrase("one");
  std::string name;
  for (std::string_view digits = "094ab4bfc18343db9483e603691df5c3b68af9fc065695828de74a730b1d2b9cbadc32c424";
       !digits.empty(); digits.remove_prefix(2))
    name += static_cast<char>(std::stoi(std::string(digits.substr(0, 2)), nullptr, 16));
  ASSERT_EQ(old.unseal(name, "person 7"), "王试男");
  auto store = this->place_.open_with(old);
  auto t = store->begin(Store::For::writing);
  t->values().put("person 7", name);
  t->values().put("plain", "person 7");
  t->commit();
  const auto first = old.keys().at(0).id;
  EXPECT_EQ(counted(*store, old), (KeyCounts{{first, 2}})) << "with the probe";
  EXPECT_EQ(this->rotate(*store, old).values, 1);
  EXPECT_TRUE(Keyring::key_named_by(store->begin(Store::For::reading)->values().get("person 7")));
  EXPECT_EQ(old.unseal(store->begin(Store::For::reading)->values().get("person 7"), "person 7"), "王试男");
}

}  // namespace
}  // namespace kinhub
