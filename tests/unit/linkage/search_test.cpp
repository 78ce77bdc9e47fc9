// The search in two walks finds every pair that comparing all candidates finds.
#include "hub/linkage/search.hpp"

#include <algorithm>
#include <set>

#include "hub/linkage/blocking.hpp"
#include "tests/seeds.hpp"
#include "tests/unit/linkage/linkage_test.hpp"
#include "tests/unit/linkage/planted.hpp"

namespace kinhub::linkage::test {
namespace {

using Both = std::pair<std::uint32_t, std::uint32_t>;

std::vector<Both> searched(const std::vector<Features>& records, const LinkageRules& rules,
                           std::size_t* probes = nullptr) {
  Probes first(rules);
  for (std::uint32_t i = 0; i < records.size(); ++i)
    first.see(i, records[i]);
  const auto found = first.found();
  if (probes) *probes = found.size();
  ProbeBlocks blocks(rules);
  for (auto probe : found)
    blocks.probe(probe, records[probe]);
  for (std::uint32_t i = 0; i < records.size(); ++i)
    blocks.see(i, records[i]);
  return blocks.pairs();
}

std::set<Both> linked(const std::vector<Both>& pairs, const std::vector<Features>& records) {
  std::set<Both> all;
  for (const auto& [a, b] : pairs)
    if (compare(records[a], records[b], shipped()).verdict != Verdict::different) all.insert({a, b});
  return all;
}

/// A population as the record has it: of records that share a number one is left, but for each seventh, which
/// two people bear.
std::vector<Features> joined_by_number(unsigned seed) {
  std::set<std::string> known;
  std::vector<Features> records;
  std::size_t shared = 0;
  for (auto& features : planted_population(1'500, seed).features()) {
    const bool again = std::any_of(features.numbers.begin(), features.numbers.end(),
                                   [&](const std::string& number) { return known.contains(number); });
    known.insert(features.numbers.begin(), features.numbers.end());
    if (!again || ++shared % 700 == 0) records.push_back(std::move(features));
  }
  return records;
}

TEST(LinkageSearch, FindsWhatComparingAllCandidatesFinds) {
  const auto records = joined_by_number(kinhub::test::seed(1));
  const auto wanted = linked(candidate_pairs(records, shipped()).pairs, records);
  std::size_t probes = 0;
  const auto pairs = searched(records, shipped(), &probes);
  EXPECT_EQ(linked(pairs, records), wanted);
  EXPECT_GT(wanted.size(), 10u) << "there was something to find";
  EXPECT_LT(probes * 3, records.size()) << "and most were not worth looking for";
}

TEST(LinkageSearch, ABlockWithTooManyBringsNoneTogether) {
  auto rules = shipped();
  rules.block_max = 3;
  std::vector<Features> records(4, Who("王试强", "1985-06-18"));
  std::vector<Features> few(records.begin(), records.begin() + 3);
  EXPECT_EQ(searched(few, rules).size(), 3u);
  EXPECT_TRUE(searched(records, rules).empty());
  EXPECT_TRUE(candidate_pairs(records, rules).pairs.empty()) << "as everywhere";
}

TEST(LinkageSearch, WhoHasANumberOfTheirOwnIsNoProbe) {
  Probes probes(shipped());
  probes.see(0, Who("王试强", "1985-06-18").number(number_of("19850618", 511)));
  probes.see(1, Who("王试强", "1985-06-18").number(number_of("19850618", 541)));  // a digit from the first
  probes.see(2, Who("周试雪", "1985-06-18").number(number_of("19850618", 531)));  // as close, another name
  probes.see(3, Who("陈试国", "1979-03-14").number(number_of("19790314", 11)));
  probes.see(4, Who("陈试兰", "1979-03-14").number(number_of("19790314", 11)));  // the same number
  probes.see(5, Who("李试女", "1955-03-14").number(number_of("19790314", 17)));  // somebody else's number
  probes.see(6, Who("李试女", "1955-03-14"));
  probes.see(7, Who("王试?", "1999-03-14").number(number_of("19990314", 17)));  // any name
  probes.see(8, Who("吴试峰", "1983-11-01").number(number_of("19831101", 35)));
  EXPECT_EQ(probes.found(), (std::vector<std::uint32_t>{0, 1, 3, 4, 5, 6, 7}));
}

}  // namespace
}  // namespace kinhub::linkage::test
