#include "tests/contract/store/store_contract.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StoreQuarantine : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StoreQuarantine, Stores);

TYPED_TEST(StoreQuarantine, WhatAgenciesWroteIsKeptByteForByte) {
  std::string strange = "\xC1\xF5\xFF\xFE";  // no UTF-8
  strange += '\0';
  strange += "'\\ \x01 王";
  auto row = quarantine_row(1);
  row.key_text = row.place = row.reason = row.code = row.mapping = strange;
  row.event = strange, row.digest = strange;
  this->commit([&](StoreTransaction& t) {
    row.id = t.quarantine().add(row);
    t.quarantine().update(t.quarantine().add(row), QuarantineState::held, 2, strange, strange, strange);
    t.values().put("strange", strange);
    t.audit().add_disclosure(1, strange);
  });
  auto t = this->reading();
  EXPECT_EQ(text_of(t->quarantine().find(row.id)), text_of(row));
  EXPECT_EQ(t->quarantine().find(row.id + 1)->place, strange);
  EXPECT_EQ(t->quarantine().held_like({&strange, 1}, {}).size(), 2u);
  EXPECT_EQ(t->values().get("strange"), strange);
  EXPECT_EQ(t->audit().page(0, 10).at(0).sealed, strange);
}

TYPED_TEST(StoreQuarantine, HeldLikeFindsByDigestOrKey) {
  this->commit([](StoreTransaction& t) {
    for (int i = 0; i < 40; ++i)
      t.quarantine().add(quarantine_row(i));
    t.quarantine().update(2, QuarantineState::applied, 3, "c", "p", "r");
  });
  auto t = this->reading();
  std::vector<std::string> digests{sealed_of(1, 32), "none", sealed_of(1, 32)};
  std::vector<Token> keys{token_of(2), token_of(99)};
  std::vector<std::int64_t> found, wanted;
  for (const auto& row : t->quarantine().held_like(digests, keys)) {
    EXPECT_TRUE(row.event.empty()) << "lists are without events";
    found.push_back(row.id);
  }
  for (int i = 0; i < 40; ++i)
    if (i != 1 && (i % 5 == 1 || (i % 3 != 0 && i % 7 == 2))) wanted.push_back(i + 1);
  EXPECT_EQ(found, wanted) << "in order of id, each once, held ones only";
  EXPECT_EQ(all_quarantine(t->quarantine(), QuarantineState::applied).size(), 1u);
}

TYPED_TEST(StoreQuarantine, WhatIsHeldMentionsPeopleUntilItIsReleased) {
  this->commit([](StoreTransaction& t) {
    auto row = quarantine_row(3);
    row.mentions = {token_of(1), token_of(2), token_of(1)};
    t.quarantine().add(row);
    row.mentions = {token_of(2)};
    row.source = "civil";
    t.quarantine().add(row);
  });
  std::vector<Token> asked{token_of(2), token_of(1), token_of(9)};
  std::vector<HeldMention> both{
      {token_of(1), 1, "police"}, {token_of(2), 1, "police"}, {token_of(2), 2, "civil"}};
  std::sort(both.begin(), both.end());
  EXPECT_EQ(this->reading()->quarantine().held_mentions(asked), both);
  EXPECT_TRUE(this->reading()->quarantine().held_mentions({}).empty());
  EXPECT_EQ(this->reading()->quarantine().all_held_mentions(3), both) << "as many as may be";
  EXPECT_EQ(this->reading()->quarantine().all_held_mentions(2), std::nullopt) << "one too many";
  this->commit([&](StoreTransaction& t) {
    t.quarantine().update(2, QuarantineState::held, 2, "c", "p", "still");
    t.quarantine().update(1, QuarantineState::discarded, 1, "c", "p", "r");
    EXPECT_EQ(t.quarantine().held_mentions(asked), (std::vector<HeldMention>{{token_of(2), 2, "civil"}}))
        << "its own writes";
    EXPECT_EQ(t.quarantine().all_held_mentions(1), (std::vector<HeldMention>{{token_of(2), 2, "civil"}}));
  });
  EXPECT_EQ(this->reading()->quarantine().held_mentions(asked),
            (std::vector<HeldMention>{{token_of(2), 2, "civil"}}));
}

}  // namespace
}  // namespace kinhub
