#include "hub/store/running_digest.hpp"

#include <gtest/gtest.h>

#include "hub/base/secrets.hpp"
#include "hub/store/row_code.hpp"

namespace kinhub {
namespace {

std::uint64_t term_of(std::int64_t number) {
  return static_cast<std::uint64_t>(number + 1) * 0x9E3779B97F4A7C15u;
}

TEST(RunningDigest, OneRowThatDiffersIsLocated) {
  RowSum kept, missing, other;
  for (std::int64_t i = 0; i < 100; ++i) {
    kept.add(i, term_of(i));
    if (i != 42) missing.add(i, term_of(i));
    other.add(i, i == 17 ? 5 : term_of(i));
  }
  EXPECT_EQ(differing_row(kept, kept), std::nullopt);
  EXPECT_EQ(differing_row(missing, kept), 42);
  EXPECT_EQ(differing_row(other, kept), 17);
}

TEST(RunningDigest, OrderAndRepetitionCountAsRowsDo) {
  RowSum there, back;
  for (std::int64_t i : {3, 1, 2})
    there.add(i, term_of(i));
  for (std::int64_t i : {1, 2, 3, 3})
    back.add(i, term_of(i));
  EXPECT_FALSE(there == back);
  back.remove(3, term_of(3));
  EXPECT_TRUE(there == back);
}

TEST(RunningDigest, StretchesGrowWithTheNumbersAndKeepTheirSums) {
  TableDigest digest;
  RowSum all;
  for (std::int64_t number : {0, 1023, 1024, 65'535, 65'536, 1'000'000, 5}) {
    digest.add(number, term_of(number));
    all.add(number, term_of(number));
  }
  EXPECT_LE(digest.parts(), TableDigest::parts_max);
  RowSum sum;
  for (std::int64_t part = 0; part < digest.parts(); ++part)
    sum += digest.sum(part);
  EXPECT_TRUE(sum == all);
  RowSum first;
  for (std::int64_t number : {0, 1023, 1024, 5})
    first.add(number, term_of(number));
  EXPECT_TRUE(digest.sum(0) == first) << digest.shift();
}

TEST(RunningDigest, IsReadAsItWasWritten) {
  const auto keys = Keyring::from_passphrase("digests");
  RowCodes codes(keys);
  RunningDigests digests;
  digests.store = "abc", digests.generation = 7, digests.last_lead = 3;
  digests.add(Coded::lead, code_key(std::array{Cell::of(70'000)}), 9, codes);
  digests.add(Coded::coverage, "police", 8, codes);
  const auto again = RunningDigests::read(digests.bytes());
  EXPECT_EQ(again.bytes(), digests.bytes());
  EXPECT_EQ(again.generation, 7);
}

TEST(RowCodes, CellsOfOtherBordersOrTablesHaveOtherCodes) {
  const auto keys = Keyring::from_passphrase("digests");
  RowCodes codes(keys);
  const std::array one{Cell::of("ab"), Cell::of("c")}, other{Cell::of("a"), Cell::of("bc")};
  EXPECT_NE(codes.of(Coded::value, one), codes.of(Coded::value, other));
  EXPECT_NE(codes.of(Coded::value, one), codes.of(Coded::dated, one));
  const std::array null{Cell{}}, empty{Cell::of("")}, zero{Cell::of(0)};
  EXPECT_NE(codes.of(Coded::value, null), codes.of(Coded::value, empty));
  EXPECT_NE(codes.of(Coded::value, zero), codes.of(Coded::value, empty));
  RowCodes others(Keyring::from_passphrase("another key"));
  EXPECT_NE(codes.of(Coded::value, one), others.of(Coded::value, one));
}

TEST(CodeKey, IsInTheOrderOfItsCellsAndReadBack) {
  EXPECT_LT(code_key(std::array{Cell::of(-1)}), code_key(std::array{Cell::of(0)}));
  EXPECT_LT(code_key(std::array{Cell::of(255)}), code_key(std::array{Cell::of(256)}));
  const std::array key{Cell::of(320812), Cell::of("国家/死亡"), Cell::of(std::string(16, '\x01'))};
  EXPECT_EQ(key_text_of(Coded::decided, code_key(key)), "320812 国家/死亡 01010101010101010101010101010101");
  EXPECT_EQ(key_text_of(Coded::dated, code_key(std::array{Cell::of("lead 7"), Cell::of(5)})), "lead 7 5");
}

}  // namespace
}  // namespace kinhub
