// Cardinality limits: who adds the one too many is refused with a code, who amends or takes back is not.
#include "hub/pipeline/limits.hpp"

#include <gtest/gtest.h>

#include "tests/unit/store/record_fixture.hpp"

namespace kinhub::test {
namespace {

using enum FactKind;
using enum Role;

class Limits : public ::testing::Test {
 protected:
  Workspace::Change add(const Statement& said) { return people_.add(said); }
  /// The code with which it would be refused; empty: it would not.
  std::string refused(const Statement& said) {
    const auto rejected = over_limit(keyed(keys_, said), people_);
    return rejected ? rejected->error.code : "";
  }

  TemporaryFolder folder_;
  Keyring keys_ = Keyring::from_passphrase("test");
  std::unique_ptr<SqliteStore> store_ = SqliteStore::open(folder_.path / "kinhub.db", keys_);
  std::unique_ptr<StoreTransaction> transaction_ = store_->begin(Store::For::writing);
  Workspace people_{transaction_->people(), keys_, built_in_evidence()};
};

Statement died(int who, Op op = Op::assert_) {
  const auto number = "n:" + std::to_string(who);
  return say("hospital", death, std::to_string(who), op == Op::assert_ ? "1" : "2", "2026-11-18",
             {mention(person, {"c:0", number})}, op, EvidenceClass::hospital);
}

TEST_F(Limits, AChartThatFiftyPeopleBearIsADummy) {
  for (int who = 1; who <= static_cast<int>(bearers_of_an_identifier_max); ++who) {
    ASSERT_EQ(refused(died(who)), "") << who;
    add(died(who));
  }
  EXPECT_EQ(refused(died(1000)), "IDENTIFIER_TOO_COMMON");
  EXPECT_EQ(refused(died(7, Op::retract)), "") << "what takes back is never refused";
  EXPECT_EQ(refused(say("hospital", death, "x", "1", "2026-11-18", {mention(person, {"n:1000"})})), "")
      << "who does not bear it";
}

Statement insured_line(int entry, int version = 1) {
  return say("insurance", insurance, std::to_string(entry), std::to_string(100'000 + version), "2026-01-01",
             {mention(person, {"n:1"})});
}

TEST_F(Limits, APersonOfTwoThousandEntriesIsNobody) {
  for (int entry = 1; entry <= static_cast<int>(entries_of_a_person_max); ++entry)
    add(insured_line(entry));
  EXPECT_EQ(refused(insured_line(99'999)), "IDENTIFIER_TOO_COMMON");
  EXPECT_EQ(refused(insured_line(5, 2)), "") << "a later version of an entry that is there";
}

TEST_F(Limits, ARecordIsNotSentAThousandTimes) {
  for (int version = 1; version <= static_cast<int>(versions_of_an_entry_max); ++version)
    add(insured_line(1, version));
  EXPECT_EQ(refused(insured_line(1, 5000)), "VERSIONS_TOO_MANY");
  EXPECT_EQ(refused(insured_line(2, 1)), "");
}

Statement child(int number, FactKind kind = birth, Op op = Op::assert_) {
  const auto id = "p:" + std::to_string(number);
  return say("police", kind, std::to_string(number), op == Op::assert_ ? "1" : "2", "2001-05-21",
             {mention(person, {id}), mention(mother, {"n:9"})}, op);
}

TEST_F(Limits, AMotherOfAHundredChildrenIsADummy) {
  for (int number = 1; number <= static_cast<int>(children_of_a_parent_max); ++number)
    add(child(number));
  for (auto kind : {birth, parentage, adoption})
    EXPECT_EQ(refused(child(777, kind)), "CHILDREN_TOO_MANY") << name_of(kind);
  EXPECT_EQ(refused(child(5, birth, Op::retract)), "");
  EXPECT_EQ(refused(say("police", death, "9", "1", "2026-11-18", {mention(person, {"n:9"})})), "")
      << "her own death is believed";
}

}  // namespace
}  // namespace kinhub::test
