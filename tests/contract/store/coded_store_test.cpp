// Integrity of stored rows on both stores: whoever has the database and not the key changes columns, deletes
// rows, puts older ones back; each is found and named, and nothing of it is served.

#include <algorithm>

#include "hub/store/notice_numbers.hpp"
#include "hub/store/scrub.hpp"
#include "tests/contract/store/store_contract.hpp"

namespace kinhub {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> texts(const std::vector<RowFinding>& findings) {
  std::vector<std::string> all;
  for (const auto& one : findings)
    all.push_back(std::string(name_of(one.table)) + " " + one.text + " " + one.code);
  return all;
}

template <class Fixture>
class CodedStoreContract : public StoreContract<Fixture> {
 protected:
  std::vector<std::string> found() { return texts(check_rows(*this->store_, this->fixture_.keyring, {})); }
  void change(const std::string& sql) { this->fixture_.change(sql); }
  void filled() {
    this->commit([&](StoreTransaction& t) { fill(t, asked_); });
  }
  void copy(const std::string& table) { change("CREATE TABLE kept_" + table + " AS SELECT * FROM " + table); }
  void open_again() {
    this->store_.reset();
    this->store_ = this->fixture_.open();
  }
  CodedStore& coded() { return dynamic_cast<CodedStore&>(*this->store_); }
  std::vector<std::string> damages() {
    std::vector<std::string> all;
    for (const auto& one : damaged_rows(this->reading()->values()))
      all.push_back(one.table + " " + one.key + " " + one.code);
    return all;
  }
  Asked asked_;
};
TYPED_TEST_SUITE(CodedStoreContract, CodedStores);

TYPED_TEST(CodedStoreContract, AnswersAsAStoreWithoutCodes) {
  this->filled();
  EXPECT_THAT(this->found(), IsEmpty());
  TypeParam other;
  const auto plain = other.open_bare();
  Asked asked;
  {
    auto t = plain->begin(Store::For::writing);
    fill(*t, asked);
    t->commit();
  }
  const auto picture = picture_of(*this->reading(), this->asked_);
  EXPECT_EQ(picture, picture_of(*plain->begin(Store::For::reading), asked));
  this->open_again();
  EXPECT_EQ(picture, picture_of(*this->reading(), this->asked_));
  EXPECT_THAT(this->damages(), IsEmpty());
}

TYPED_TEST(CodedStoreContract, AStoreFromBeforeGetsCodesWhenItIsOpened) {
  TypeParam older;
  {
    const auto plain = older.open_bare();
    auto t = plain->begin(Store::For::writing);
    fill(*t, this->asked_);
    t->commit();
  }
  const auto store = older.open();
  EXPECT_THAT(texts(check_rows(*store, older.keyring, {})), IsEmpty());
  EXPECT_EQ(store->begin(Store::For::reading)->leads().find({2})->benefit, "国家/死亡");
  older.change("UPDATE lead SET state = 2 WHERE id = 2");
  EXPECT_THAT(texts(check_rows(*store, older.keyring, {})), ElementsAre("lead 2 ROW_CODE"));
}

/// What decides, counts or is published, column by column.
constexpr std::pair<const char*, const char*> changes[]{
    {"UPDATE lead SET state = 3 WHERE id = 1", "lead 1 ROW_CODE"},
    {"UPDATE lead SET kind = 3 WHERE id = 1", "lead 1 ROW_CODE"},
    {"UPDATE lead SET person = 3 WHERE id = 1", "lead 1 ROW_CODE"},
    {"UPDATE lead SET benefit = 'other' WHERE id = 1", "lead 1 ROW_CODE"},
    {"UPDATE lead SET revision = 4 WHERE id = 1", "lead 1 ROW_CODE"},
    {"UPDATE lead SET opened_at_us = 1 WHERE id = 1", "lead 1 ROW_CODE"},
    {"UPDATE lead SET changed_at_us = 1 WHERE id = 1", "lead 1 ROW_CODE"},
    {"UPDATE lead SET sealed = (SELECT sealed FROM lead WHERE id = 2) WHERE id = 1", "lead 1 ROW_CODE"},
    {"DELETE FROM lead WHERE id = 1", "lead 1 ROW_MISSING"},
    {"UPDATE decided SET benefit = 'other' WHERE person = 2", "decided 2 other"},
    {"DELETE FROM decided WHERE person = 2", "decided 2 国家/死亡"},
    {"UPDATE decision SET verdict = 2", "decision 2 99 2"},
    {"DELETE FROM decision", "decision 2 99 1 ROW_MISSING"},
    {"UPDATE notice SET body = '{\"seq\":2,\"amount\":1}' WHERE sequence = 2", "notice 2 ROW_CODE"},
    {"DELETE FROM notice WHERE sequence = 3", "notice 3 ROW_MISSING"},
    {"UPDATE quarantine SET state = 1 WHERE id = 2", "quarantine 2 ROW_CODE"},
    {"UPDATE quarantine SET event_sequence = 77 WHERE id = 2", "quarantine 2 ROW_CODE"},
    {"UPDATE counter SET applied = 0", "counter police ROW_CODE"},
    {"UPDATE counter SET lost = 0", "counter police ROW_CODE"},
    {"UPDATE coverage SET complete_until_us = 9999999999999999", "coverage police ROW_CODE"},
    {"UPDATE coverage SET source = 'civil'", "coverage civil ROW_WITHOUT_CODE"},
    {"INSERT INTO coverage (source, loaded, complete_until_us) SELECT 'civil', loaded, 9 FROM coverage",
     "coverage civil ROW_WITHOUT_CODE"},
    {"UPDATE value SET value = (SELECT value FROM dated WHERE at_us = -7) WHERE name = 'installation'",
     "value installation ROW_CODE"},
    {"UPDATE dated SET at_us = 6 WHERE at_us = 5", "dated installation 6 ROW_WITHOUT_CODE"},
    {"UPDATE place SET sequence = 18 WHERE partition = 'police'", "place police ROW_CODE"},
    {"UPDATE payment_list SET state = 1 WHERE id = 1", "payment_list 1 ROW_CODE"},
    {"DELETE FROM payment_line WHERE line = 2", "payment_line 1 2 ROW_MISSING"},
    {"UPDATE payment_ledger SET state = 0 WHERE id = 3", "payment_ledger 3 ROW_CODE"},
    {"UPDATE account SET revision = 9 WHERE id = 1", "account 1 ROW_CODE"},
    {"UPDATE account_session SET ends_us = 999999", "account_session"},
    {"UPDATE slip SET account = 9 WHERE account = 1", "slip"},
    {"UPDATE issued SET version = 7 WHERE version = 2", "issued"},
    {"UPDATE issued SET issued_at_us = 7 WHERE version = 1", "issued"},
    {"UPDATE dossier SET marks = 0 WHERE person = 1", "dossier 1 ROW_CODE"},
    {"UPDATE dossier SET sealed = (SELECT sealed FROM dossier WHERE person = 2) WHERE person = 1",
     "dossier 1 ROW_CODE"},
    {"DELETE FROM dossier WHERE person = 2", "dossier 2 ROW_MISSING"},
};

TYPED_TEST(CodedStoreContract, EachChangedColumnIsNamed) {
  this->filled();
  for (const auto& [sql, finding] : changes) {
    TypeParam one;
    const auto store = one.open();
    Asked asked;
    auto t = store->begin(Store::For::writing);
    fill(*t, asked);
    t->commit();
    one.change(sql);
    EXPECT_THAT(texts(check_rows(*store, one.keyring, {})), Contains(HasSubstr(finding))) << sql;
    if (std::is_same_v<TypeParam, CodedForTest<PostgresForTest>> && std::string_view(sql)[0] == 'D')
      break;  // a schema for each takes its time: the tables are those of SQLite
  }
}

TYPED_TEST(CodedStoreContract, NothingOfADamagedRowIsServed) {
  this->filled();
  this->change("UPDATE lead SET kind = 3 WHERE id = 1");
  this->change("UPDATE decided SET benefit = 'other' WHERE person = 2");
  this->change("UPDATE coverage SET complete_until_us = 9");
  this->change("UPDATE dossier SET marks = 0 WHERE person = 1");
  this->change("UPDATE place SET sequence = 18 WHERE partition = 'police'");
  this->change("UPDATE account SET revision = 9 WHERE id = 1");
  this->change("UPDATE payment_list SET state = 1 WHERE id = 1");
  {
    auto t = this->reading();
    EXPECT_FALSE(t->leads().find({1}));
    EXPECT_THAT(t->leads().open_of(PersonId{1}), IsEmpty());
    EXPECT_TRUE(t->leads().is_damaged({1}));
    EXPECT_FALSE(t->leads().is_damaged({2}));
    EXPECT_THAT(t->leads().decided(PersonId{2}), IsEmpty());
    EXPECT_TRUE(t->leads().is_damaged({2}));
    EXPECT_TRUE(t->leads().find({2}));
    EXPECT_THAT(t->balance().coverage(), IsEmpty());
    const PersonId first{1}, second{2};
    EXPECT_TRUE(t->people().dossiers({&first, 1}).at(0).damaged);
    EXPECT_FALSE(t->people().dossiers({&second, 1}).at(0).damaged);
    EXPECT_TRUE(t->positions().at("police").damaged);
    EXPECT_FALSE(t->positions().at("log").damaged);
    EXPECT_FALSE(t->accounts().find(1));
    EXPECT_TRUE(t->accounts().find(2));
    EXPECT_THROW(t->payments().lists(0, 10), StoreDamaged);
  }
  this->commit([](StoreTransaction& t) { t.values().put("anything", "x"); });  // notes what readers met
  EXPECT_THAT(
      this->damages(),
      testing::UnorderedElementsAre(
          "lead 1 ROW_CODE", "decided 2 other 00000000000000000000000000000000 ROW_WITHOUT_CODE",
          testing::StartsWith("decided 2 other 157c"),
          "decided 2 国家/死亡 00000000000000000000000000000000 ROW_MISSING",
          testing::StartsWith("decided 2 国家/死亡 157c"), "coverage police ROW_CODE", "dossier 1 ROW_CODE",
          "place police ROW_CODE", "account 1 ROW_CODE", "payment_list 1 ROW_CODE"));
}

/// A row that is gone, or made empty, is found when it is looked for, before the hub writes it again.
TYPED_TEST(CodedStoreContract, ACodeWithoutItsRowTellsThatTheRowIsGone) {
  const bool sqlite = std::is_same_v<TypeParam, CodedForTest<SqliteForTest>>;
  this->filled();
  this->change("DELETE FROM place WHERE partition = 'police'");
  this->change(sqlite ? "UPDATE place SET sequence = 0, offset = -1 WHERE partition = 'log'"
                      : "UPDATE place SET sequence = 0, log_offset = -1 WHERE partition = 'log'");
  this->change("DELETE FROM counter");
  this->change("DELETE FROM coverage");
  this->change(sqlite ? "UPDATE value SET value = x'' WHERE name = 'installation'"
                      : "UPDATE value SET value = '' WHERE name = 'installation'");
  this->change("DELETE FROM lead WHERE id = 2");
  this->change("DELETE FROM quarantine WHERE id = 2");
  this->change("DELETE FROM account WHERE id = 2");
  this->change("DELETE FROM payment_list WHERE id = 1");
  this->change("DELETE FROM issued WHERE version = 1 AND series = 'basic 320812'");
  {
    auto t = this->reading();
    EXPECT_TRUE(t->positions().at("police").damaged);
    EXPECT_TRUE(t->positions().at("log").damaged);
    EXPECT_FALSE(t->positions().at("nobody").damaged);
    EXPECT_FALSE(t->leads().find({2}) || t->leads().find({77}));
    EXPECT_FALSE(t->quarantine().find(2) || t->accounts().find(2));
    EXPECT_THROW(t->payments().list(1), StoreDamaged);
    EXPECT_FALSE(t->payments().list(77));
    EXPECT_THROW(t->issued().find("basic 320812", 1), StoreDamaged);
    EXPECT_FALSE(t->issued().find("basic 320812", 77));
    EXPECT_THAT(t->values().get("installation"), IsEmpty());
    EXPECT_THAT(t->values().get("nothing"), IsEmpty());
  }
  this->commit([](StoreTransaction& t) {
    EXPECT_THAT(t.balance().coverage(), IsEmpty());
    t.balance().put_coverage({"police", true, 5});
    t.balance().add_counters("police", {1});
  });
  EXPECT_THAT(this->damages(),
              testing::UnorderedElementsAre(
                  "place police ROW_MISSING", "place log ROW_MISSING", "counter police ROW_MISSING",
                  "coverage police ROW_MISSING", "value installation ROW_MISSING", "lead 2 ROW_MISSING",
                  "quarantine 2 ROW_MISSING", "account 2 ROW_MISSING", "payment_list 1 ROW_MISSING",
                  "issued basic 320812 1 ROW_MISSING"));
}

/// What is looked up by a column that anybody can change is found, or missed and told.
TYPED_TEST(CodedStoreContract, AChangedColumnHidesNothingThatIsLookedUpByIt) {
  for (const char* sql : {"UPDATE lead SET state = 3 WHERE id = 1", "UPDATE lead SET person = 3 WHERE id = 1",
                          "DELETE FROM lead WHERE id = 1"}) {
    TypeParam one;
    const auto store = one.open();
    Asked asked;
    auto t = store->begin(Store::For::writing);
    fill(*t, asked);
    t->commit();
    one.change(sql);
    const auto reading = store->begin(Store::For::reading);
    const PersonId both[]{{1}, {2}};
    EXPECT_THAT(reading->leads().open_of(both), IsEmpty()) << sql;
    EXPECT_TRUE(reading->leads().is_damaged({1})) << sql;
    EXPECT_FALSE(reading->leads().is_damaged({2})) << sql;
  }
  this->filled();
  const auto digest = sealed_of(1, 32), gone = sealed_of(2, 32);
  const auto key = token_of(1);
  const auto held = [&](std::span<const std::string> digests, std::span<const Token> keys) {
    std::vector<std::int64_t> ids;
    for (const auto& row : this->reading()->quarantine().held_like(digests, keys))
      ids.push_back(row.id);
    return ids;
  };
  this->change("UPDATE quarantine SET state = 2 WHERE id = 2");
  EXPECT_THAT(held({&digest, 1}, {}), ElementsAre(2));
  EXPECT_THAT(held({}, {&key, 1}), ElementsAre(2));
  this->change("DELETE FROM quarantine WHERE id = 3");
  EXPECT_THAT(held({&gone, 1}, {}), ElementsAre(3));
  this->change("DELETE FROM decided WHERE benefit = '国家/死亡'");
  EXPECT_THAT(this->reading()->payments().lines(1, 0, 10), testing::SizeIs(5));
  this->change(
      "UPDATE payment_line SET payee = (SELECT payee FROM payment_line WHERE line = 2) WHERE line = 1");
  this->change("DELETE FROM payment_ledger WHERE id = 1");
  this->change("DELETE FROM issued WHERE version = 2");
  this->change("DELETE FROM dated WHERE at_us = 5");
  this->change("UPDATE decision SET lead = 1");
  {
    const auto t = this->reading();
    EXPECT_THAT(t->leads().decided(PersonId{2}), IsEmpty());
    EXPECT_TRUE(t->leads().is_damaged({2}));
    const auto payee = token_of(1), other = token_of(0);
    EXPECT_THROW(t->payments().lines_of({&payee, 1}), StoreDamaged);
    EXPECT_THAT(t->payments().lines_of({&other, 1}), testing::SizeIs(1));
    EXPECT_THROW(t->payments().entries(0, 10), StoreDamaged);
    EXPECT_THROW(t->issued().latest("movement 320812"), StoreDamaged);
    EXPECT_TRUE(t->issued().latest("basic 320812"));
    EXPECT_THAT(t->values().dated("installation"), testing::SizeIs(2));
    EXPECT_THAT(t->leads().decisions({2}), IsEmpty());
  }
  this->change("DELETE FROM payment_line WHERE line = 5");
  EXPECT_THROW(this->reading()->payments().lines(1, 0, 10), StoreDamaged);
  EXPECT_THAT(this->reading()->payments().lines(1, 1, 3), testing::SizeIs(3));
  this->commit([](StoreTransaction& t) { t.values().put("anything", "x"); });
  const auto noted = this->damages();
  for (const char* one :
       {"dated installation 5 ROW_MISSING", "decision 2 99 1 ROW_MISSING", "payment_ledger 1 ROW_MISSING",
        "payment_line 1 5 ROW_MISSING", "issued movement 320812 2 ROW_MISSING"})
    EXPECT_THAT(noted, Contains(one));
  EXPECT_THAT(noted, Contains(testing::StartsWith("held_digest ")));
  EXPECT_THAT(noted, Contains(testing::StartsWith("line_of_payee ")));
}

/// What is found under a column follows it when the hub itself changes it.
TYPED_TEST(CodedStoreContract, WhatTheHubChangesItselfIsFoundWhereItIs) {
  this->filled();
  this->commit([](StoreTransaction& t) {
    auto lead = *t.leads().find({1});
    lead.person = {3};  // two persons became one
    t.leads().put(lead);
    auto closed = lead_row(t.leads().new_lead(), {1}, "national/death");
    t.leads().put(closed);
    closed.state = LeadState::closed;
    t.leads().put(closed);
    EXPECT_EQ(t.leads().open_of(PersonId{3}).size(), 1u);
    EXPECT_THAT(t.leads().open_of(PersonId{1}), IsEmpty());
    EXPECT_FALSE(t.leads().is_damaged({1}) || t.leads().is_damaged({3}));
    t.quarantine().update(2, QuarantineState::discarded, 1, "c", "p", "r");
    t.quarantine().update(3, QuarantineState::held, 2, "c", "p", "r");
    const auto digest = sealed_of(1, 32);
    EXPECT_THAT(t.quarantine().held_like({&digest, 1}, {}), IsEmpty());
    const PaymentLineRow line{1, 1, token_of(4), sealed_of(77)};
    EXPECT_TRUE(t.payments().replace_lines(1, {&line, 1}));
    const Token payees[]{token_of(1), token_of(4)};
    EXPECT_EQ(t.payments().lines_of(payees).size(), 1u);
    EXPECT_EQ(t.payments().lines(1, 0, 10).size(), 1u);
  });
  this->open_again();
  {
    const auto t = this->reading();
    const PersonId people[]{{1}, {2}, {3}};
    EXPECT_EQ(t->leads().open_of(people).size(), 1u);
    EXPECT_FALSE(t->leads().is_damaged({1}) || t->leads().is_damaged({3}));
  }
  EXPECT_THAT(this->damages(), IsEmpty());
  EXPECT_THAT(this->found(), IsEmpty());
}

TYPED_TEST(CodedStoreContract, WhoEmptiesTheListOfDamagesIsOnIt) {
  const bool sqlite = std::is_same_v<TypeParam, CodedForTest<SqliteForTest>>;
  this->filled();
  this->change("UPDATE counter SET applied = 0");
  this->commit([](StoreTransaction& t) { t.balance().add_counters("police", {1}); });
  EXPECT_THAT(this->damages(), ElementsAre("counter police ROW_CODE"));
  this->change(sqlite ? "UPDATE value SET value = x'' WHERE name = 'damaged rows'"
                      : "UPDATE value SET value = '' WHERE name = 'damaged rows'");
  EXPECT_THAT(this->damages(), IsEmpty());
  this->commit([](StoreTransaction& t) { t.values().put("anything", "x"); });
  EXPECT_THAT(this->damages(), ElementsAre("value damaged rows ROW_MISSING"));
  this->change("DELETE FROM value WHERE name = 'damaged rows'");
  this->change("UPDATE coverage SET complete_until_us = 9");
  this->commit([](StoreTransaction& t) {
    t.balance().coverage();
    t.values().put("anything", "y");
  });
  EXPECT_THAT(this->damages(), Contains("value damaged rows ROW_MISSING"));
}

TYPED_TEST(CodedStoreContract, ADamagedNoticeIsNotPublished) {
  this->filled();
  this->change("UPDATE notice SET body = '{\"seq\":2,\"amount\":1}' WHERE sequence = 2");
  auto t = this->reading();
  ASSERT_EQ(t->notices().page(0, 10).size(), 1u);
  EXPECT_THROW(t->notices().page(1, 10), std::runtime_error);
}

TYPED_TEST(CodedStoreContract, WhatIsPutBackWithItsCodeIsLocated) {
  this->filled();
  this->copy("dossier"), this->copy("lead"), this->copy("row_code");
  this->commit([](StoreTransaction& t) {
    const DossierRow row{{3}, {true}, sealed_of(99, 500)};
    t.people().put_dossiers({&row, 1});
    auto lead = *t.leads().find({1});
    lead.state = LeadState::dismissed, lead.revision = 4;
    t.leads().put(lead);
  });
  EXPECT_THAT(this->found(), IsEmpty());
  this->change("DELETE FROM dossier WHERE person = 3");
  this->change("INSERT INTO dossier SELECT * FROM kept_dossier WHERE person = 3");
  EXPECT_THAT(this->found(), ElementsAre("dossier 3 ROW_PUT_BACK"));
  this->change("DELETE FROM lead WHERE id = 1");
  this->change("INSERT INTO lead SELECT * FROM kept_lead WHERE id = 1");
  this->change("DELETE FROM row_code");
  this->change("INSERT INTO row_code SELECT * FROM kept_row_code");
  EXPECT_THAT(this->found(),
              ElementsAre("dossier 3 ROW_PUT_BACK", "lead 1 ROW_PUT_BACK", "open_lead 1 1 ROW_PUT_BACK"));
  // Two in one stretch: it is named.
  this->change("DELETE FROM dossier WHERE person = 1");
  EXPECT_THAT(this->found(), Contains(HasSubstr("dossier 0 and on ROWS_DIFFER")));
}

TYPED_TEST(CodedStoreContract, ADeletedRowWithItsCodeIsLocated) {
  this->filled();
  this->change("DELETE FROM notice WHERE sequence = 3");
  this->change("DELETE FROM row_code WHERE what = 5");
  EXPECT_THAT(this->found(), Contains(HasSubstr("notice")));
  this->commit([](StoreTransaction& t) {
    EXPECT_EQ(t.notices().last(), 3);  // its number is not given again
    t.notices().add({4, "{}"});
  });
}

TYPED_TEST(CodedStoreContract, NumbersThatAreGivenUpAreNeverGivenAndWhatHadThemIsToldAgain) {
  this->commit([](StoreTransaction& t) {
    for (int i = 1; i <= 3; ++i)
      t.notices().add(
          {i, R"({"id":"L.)" + std::to_string(i) + R"(","seq":)" + std::to_string(i) + ",\"data\":{}}"});
  });
  this->commit([](StoreTransaction& t) { give_up_numbers(t, 5, 2); });
  {
    auto t = this->reading();
    EXPECT_EQ(t->notices().page(0, 10).size(), 5u);
    const auto again = t->notices().page(5, 10);
    ASSERT_EQ(again.size(), 2u);
    EXPECT_EQ(again[0].sequence, 6);
    EXPECT_EQ(again[0].body, R"({"id":"L.2","seq":6,"data":{}})");
    EXPECT_EQ(again[1].body, R"({"id":"L.3","seq":7,"data":{}})");
    const auto jumps = notice_jumps(t->values());
    EXPECT_TRUE(is_given_up(jumps, 2) && is_given_up(jumps, 5));
    EXPECT_FALSE(is_given_up(jumps, 1) || is_given_up(jumps, 6));
  }
  this->commit([](StoreTransaction& t) {
    EXPECT_EQ(t.notices().last(), 7);
    give_up_numbers(t, 20, std::nullopt);
    EXPECT_EQ(t.notices().last(), 20);
    t.notices().add({21, "{}"});
    EXPECT_GT(t.leads().new_lead().value, 2 * numbers_passed_over);
  });
  EXPECT_EQ(this->reading()->notices().page(7, 10).at(0).sequence, 21);
  EXPECT_THAT(this->found(), IsEmpty());
}

/// A store that is restored twice, with nothing told in between.
TYPED_TEST(CodedStoreContract, NumbersThatAreGivenUpTwiceStopNoRelay) {
  this->commit([](StoreTransaction& t) { t.notices().add({1, "{}"}); });
  for (const std::int64_t up_to : {1000, 2000})
    this->commit([&](StoreTransaction& t) { give_up_numbers(t, up_to, std::nullopt); });
  this->commit([](StoreTransaction& t) { t.notices().add({2001, "{}"}); });
  ASSERT_EQ(this->reading()->notices().page(0, 10).size(), 2u);
  EXPECT_EQ(this->reading()->notices().page(1, 10).at(0).sequence, 2001);
  EXPECT_EQ(notice_jumps(this->reading()->values()).size(), 1u);
  EXPECT_THAT(this->damages(), IsEmpty());
}

TEST(NoticeNumbers, WhatFollowsIsReachedFromJumpToJump) {
  const std::vector<NoticeJump> two{{1000, 2000}, {1, 1000}};
  EXPECT_TRUE(may_follow(two, 1, 2001) && may_follow(two, 500, 2001) && may_follow(two, 7000, 7001));
  EXPECT_FALSE(may_follow(two, 0, 2001) || may_follow(two, 1, 2002));
  EXPECT_FALSE(may_follow({{1, 5}, {6, 9}}, 1, 10));  // 6 was told
  const auto merged = with_jump(with_jump({{1, 5}}, {8, 9}), {5, 7});
  ASSERT_EQ(merged.size(), 2u);
  EXPECT_TRUE(is_given_up(merged, 7) && !is_given_up(merged, 8) && is_given_up(merged, 9));
}

TYPED_TEST(CodedStoreContract, ACounterThatWasSetBackGivesNoNumberTwice) {
  this->commit([](StoreTransaction& t) {
    for (int i = 0; i < 3; ++i)
      t.people().new_person(), t.leads().new_lead();
  });
  this->open_again();
  if constexpr (std::is_same_v<TypeParam, CodedForTest<SqliteForTest>>)
    this->change("UPDATE value SET value = x'31' WHERE name IN ('last person', 'last lead')");
  else
    this->change("UPDATE number SET last = 1");
  this->commit([](StoreTransaction& t) {
    EXPECT_EQ(t.people().new_person(), PersonId{4});
    EXPECT_EQ(t.leads().new_lead(), LeadId{4});
  });
  EXPECT_THAT(this->damages(), Contains(HasSubstr("last lead")));
}

/// Of PostgreSQL counters are numbers: they can be set back, or taken out, and are no text to be spoilt.
TYPED_TEST(CodedStoreContract, ASpoiltCounterStopsNobody) {
  const bool sqlite = std::is_same_v<TypeParam, CodedForTest<SqliteForTest>>;
  this->commit([](StoreTransaction& t) {
    for (int i = 0; i < 3; ++i)
      t.people().new_person(), t.leads().new_lead();
  });
  for (const char* spoilt :
       {"x'78'", "x'39393939393939393939393939393939393939'", "x'2D35'", "x'3320'", "x''"}) {
    this->change(sqlite ? std::string("UPDATE value SET value = ") + spoilt +
                              " WHERE name IN ('last person', 'last lead')"
                        : std::string("DELETE FROM number"));
    this->open_again();
    EXPECT_GE(this->reading()->people().last_person().value, 3) << spoilt;
    std::int64_t person = 0, lead = 0;
    this->commit([&](StoreTransaction& t) {
      EXPECT_GE(t.people().last_person().value, 3) << spoilt;
      person = t.people().new_person().value, lead = t.leads().new_lead().value;
    });
    EXPECT_GE(person, 4) << spoilt;
    EXPECT_EQ(person, lead) << spoilt;
  }
  EXPECT_THAT(this->damages(), Contains("value last person ROW_CODE"));
  EXPECT_THAT(this->damages(), Contains("value last lead ROW_CODE"));
}

TYPED_TEST(CodedStoreContract, AScrubTellsEachDamageOnceAndSetsAside) {
  this->filled();
  this->copy("dossier");
  this->commit([](StoreTransaction& t) {
    const DossierRow row{{3}, {true}, sealed_of(99, 500)};
    t.people().put_dossiers({&row, 1});
  });
  this->change("DELETE FROM dossier WHERE person = 3");
  this->change("INSERT INTO dossier SELECT * FROM kept_dossier WHERE person = 3");
  this->change("UPDATE counter SET applied = 0");
  const auto first = scrub(this->coded(), {});
  EXPECT_TRUE(first.complete);
  ASSERT_EQ(first.found.size(), 2u);
  EXPECT_EQ(first.found[0].table + first.found[0].key + first.found[0].code, "dossier3ROW_PUT_BACK");
  EXPECT_EQ(first.found[1].table + first.found[1].key + first.found[1].code, "counterpoliceROW_CODE");
  EXPECT_THAT(scrub(this->coded(), {}).found, IsEmpty());
  const PersonId third{3};
  EXPECT_TRUE(this->reading()->people().dossiers({&third, 1}).at(0).damaged);  // nobody uses it
  EXPECT_THAT(this->damages(), ElementsAre("dossier 3 ROW_PUT_BACK", "counter police ROW_CODE"));
}

TYPED_TEST(CodedStoreContract, AScrubGoesOnWhereItsBudgetEnded) {
  this->filled();
  this->change("UPDATE slip SET account = 9 WHERE account = 1");
  ScrubOptions options;
  options.cpu_ms_max = 0;
  int rounds = 0;
  std::size_t found = 0;
  for (bool complete = false; !complete && rounds < 100; ++rounds) {
    const auto done = scrub(this->coded(), options);
    complete = done.complete, found += done.found.size();
  }
  EXPECT_EQ(rounds, static_cast<int>(coded_tables.size()));
  EXPECT_GT(found, 0u);
}

TYPED_TEST(CodedStoreContract, RunningDigestsThatWereTakenOutAreNoticedAndBeginAnew) {
  this->filled();
  this->open_again();
  this->change(
      "UPDATE value SET value = (SELECT value FROM value WHERE name = 'key probe') WHERE name = 'running "
      "digests'");
  EXPECT_THAT(this->found(), Contains("value running digests CODES_REMOVED"));
  this->open_again();
  this->commit([](StoreTransaction& t) { t.values().put("anything", "x"); });
  EXPECT_THAT(this->damages(), ElementsAre("value running digests CODES_REMOVED"));
  scrub(this->coded(), {});
  EXPECT_THAT(this->found(), IsEmpty());
}

/// Of a store that had codes nothing is ever taken as it stands, whatever was taken out of it.
TYPED_TEST(CodedStoreContract, NothingIsGivenACodeOnceThereWereSome) {
  const SqliteForTest folder;
  const auto anchor = folder.folder / "store.anchor";
  const auto open = [&](bool take_older, bool looks) {
    this->store_.reset();
    this->store_ =
        CodedStore::over(this->fixture_.open_bare(), this->fixture_.keyring, {anchor, take_older, looks});
  };
  open(false, false);
  this->filled();
  this->store_.reset();
  const bool sqlite = std::is_same_v<TypeParam, CodedForTest<SqliteForTest>>;
  this->change("UPDATE lead SET kind = 3 WHERE id = 1");
  this->change(sqlite ? "UPDATE value SET value = x'30' WHERE name IN ('last person', 'last lead')"
                      : "UPDATE number SET last = 0");
  this->change("DELETE FROM value WHERE name = 'running digests'");
  const auto kept = std::filesystem::path(anchor.string() + ".kept");
  std::filesystem::rename(anchor, kept);
  open(false, false);  // codes are there
  EXPECT_EQ(this->coded().has(), CodedStore::Codes::taken_out);
  EXPECT_FALSE(this->reading()->leads().find({1}));
  this->commit([](StoreTransaction& t) {
    EXPECT_EQ(t.people().new_person(), PersonId{6});
    EXPECT_EQ(t.leads().new_lead(), LeadId{3});
  });
  EXPECT_THAT(this->damages(), Contains("value running digests CODES_REMOVED"));
  EXPECT_THAT(this->found(), Contains("lead 1 ROW_CODE"));
  this->store_.reset();
  this->change("DELETE FROM value WHERE name = 'running digests'");
  this->change("DELETE FROM row_code");
  open(false, false);  // those of records alone
  EXPECT_EQ(this->coded().has(), CodedStore::Codes::taken_out);
  EXPECT_FALSE(this->reading()->leads().find({1}) || this->reading()->leads().find({2}));
  this->store_.reset();
  this->change("UPDATE dossier SET code = 0");
  this->change("DELETE FROM value WHERE name = 'running digests'");
  this->change("DELETE FROM row_code");
  std::filesystem::rename(kept, anchor);
  EXPECT_THROW(open(false, false), StoreDamaged);  // the anchor knows
  open(true, true);
  EXPECT_FALSE(this->reading()->leads().find({1}));
  EXPECT_THAT(this->found(), Contains("lead 1 ROW_WITHOUT_CODE"));
}

TYPED_TEST(CodedStoreContract, WhoOnlyLooksGivesNoCodes) {
  TypeParam older;
  {
    const auto plain = older.open_bare();
    auto t = plain->begin(Store::For::writing);
    fill(*t, this->asked_);
    t->commit();
  }
  CodedStore::Options options;
  options.looks = true;
  EXPECT_EQ(CodedStore::over(older.open_bare(), older.keyring, options)->has(), CodedStore::Codes::not_given);
  const auto bare = older.open_bare();
  EXPECT_THAT(bare->begin(Store::For::reading)->values().get("running digests"), IsEmpty());
}

TYPED_TEST(CodedStoreContract, AnOlderStoreIsRefusedByItsAnchor) {
  const SqliteForTest folder;
  const auto anchor = folder.folder / "store.anchor";
  const auto open = [&](bool take_older) {
    this->store_.reset();
    this->store_ = CodedStore::over(this->fixture_.open_bare(), this->fixture_.keyring, {anchor, take_older});
  };
  open(false);
  this->filled();
  this->copy("value");
  this->commit([](StoreTransaction& t) { t.values().put("anything", "x"); });
  open(false);
  this->store_.reset();
  this->change("DELETE FROM value");
  this->change("INSERT INTO value SELECT * FROM kept_value");
  EXPECT_THROW(open(false), StoreDamaged);
  open(true);
  this->commit([](StoreTransaction& t) { t.values().put("anything", "y"); });
}

}  // namespace
}  // namespace kinhub
