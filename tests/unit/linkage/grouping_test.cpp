#include "hub/linkage/grouping.hpp"

#include <algorithm>
#include <random>
#include <set>

#include "tests/seeds.hpp"
#include "tests/unit/linkage/linkage_test.hpp"

namespace kinhub::linkage::test {
namespace {

using Record = std::uint32_t;
using Both = std::pair<Record, Record>;

std::function<Bar(Record, Record)> vetoes(std::set<Both> pairs) {
  return [pairs = std::move(pairs)](Record a, Record b) {
    return pairs.contains(std::minmax(a, b)) ? Bar::veto : Bar::none;
  };
}

TEST(LinkageGrouping, ADecisionStandsBeforeAllEvidence) {
  // 0 and 1 are as good as one by their evidence, a person said no; 2 and 3 are apart, a person said yes.
  const auto grouped =
      group(4, {{0, 1, 90, Verdict::same}}, {{0, 1, false, 1}, {2, 3, true, 2}}, vetoes({{2, 3}}), shipped());
  EXPECT_EQ(grouped.group_of, (std::vector<Record>{0, 1, 2, 2}));
  EXPECT_TRUE(grouped.queue.empty()) << "what a person has answered is not asked again";
}

TEST(LinkageGrouping, OfOnePairTheLastDecisionCounts) {
  const std::vector<Decision> decisions{{0, 1, false, 5}, {0, 1, true, 1}};
  EXPECT_NE(group(2, {}, decisions, vetoes({}), shipped()).group_of[1], 0U);
}

TEST(LinkageGrouping, ANotTheSameHoldsAgainstAChain) {
  const auto grouped = group(3, {{0, 1, 60, Verdict::same}, {1, 2, 50, Verdict::same}}, {{0, 2, false, 1}},
                             vetoes({}), shipped());
  EXPECT_EQ(grouped.group_of, (std::vector<Record>{0, 0, 2}));
}

TEST(LinkageGrouping, DecisionsThatCannotAllBeAreAsked) {
  const auto grouped =
      group(3, {}, {{0, 1, true, 1}, {1, 2, true, 2}, {0, 2, false, 3}}, vetoes({}), shipped());
  EXPECT_EQ(grouped.group_of, (std::vector<Record>{0, 0, 2}));
  ASSERT_EQ(grouped.queue.size(), 1U);
  EXPECT_EQ(grouped.queue[0].why, Waits::decisions);
}

TEST(LinkageGrouping, WhereOnlyAPersonJoinsEachGroupIsAskedAboutByItsBestLinks) {
  const std::vector<Link> links{{1, 0, 50, Verdict::same},     {0, 2, 60, Verdict::same},
                                {1, 2, 40, Verdict::same},     {3, 2, 30, Verdict::doubtful},
                                {0, 1, 28, Verdict::doubtful}, {3, 4, 45, Verdict::same}};
  const auto grouped = group(6, links, {}, vetoes({}), shipped());
  EXPECT_EQ(questions(grouped, links), (std::vector<Review>{{0, 2, 60, Waits::join, 1},
                                                            {0, 1, 50, Waits::join, 1},
                                                            {3, 4, 45, Waits::join, 1},
                                                            {2, 3, 30, Waits::doubtful, 1}}))
      << "one question fewer than there are records in a group";
  EXPECT_TRUE(questions(group(2, {{0, 1, 60, Verdict::same}}, {{0, 1, false, 1}}, vetoes({}), shipped()),
                        {{0, 1, 60, Verdict::same}})
                  .empty())
      << "who was told apart is not asked about";
}

TEST(LinkageGrouping, OneEntryForTwoGroups) {
  const auto grouped = group(4,
                             {{0, 1, 60, Verdict::same},
                              {2, 3, 60, Verdict::same},
                              {0, 2, 30, Verdict::doubtful},
                              {0, 3, 28, Verdict::doubtful},
                              {1, 3, 31, Verdict::doubtful}},
                             {}, vetoes({}), shipped());
  ASSERT_EQ(grouped.queue.size(), 1U);
  EXPECT_EQ(grouped.queue[0], (Review{1, 3, 31, Waits::doubtful, 3}));
}

TEST(LinkageGrouping, ADoubtIsAnsweredByAVetoOfTheGroup) {
  // 0 is perhaps 2; but it is surely 1, and 1 is surely not 2: nobody need look.
  const auto grouped =
      group(3, {{0, 1, 60, Verdict::same}, {0, 2, 30, Verdict::doubtful}}, {}, vetoes({{1, 2}}), shipped());
  EXPECT_TRUE(grouped.queue.empty());
  EXPECT_EQ(grouped.answered, 1U);
}

TEST(LinkageGrouping, AClearlyBetterLinkWins) {
  const auto grouped =
      group(3, {{0, 1, 60, Verdict::same}, {0, 2, 40, Verdict::same}}, {}, vetoes({{1, 2}}), shipped());
  EXPECT_EQ(grouped.group_of, (std::vector<Record>{0, 0, 2}));
  ASSERT_EQ(grouped.queue.size(), 1U);
  EXPECT_EQ(grouped.queue[0].why, Waits::contradicted);
}

TEST(LinkageGrouping, AGroupHasALimit) {
  auto rules = shipped();
  rules.group_max = 3;
  std::vector<Link> links;
  for (Record i = 1; i < 6; ++i)
    links.push_back({0, i, 60.0 - i, Verdict::same});
  const auto grouped = group(6, links, {}, vetoes({}), rules);
  EXPECT_EQ(std::count(grouped.group_of.begin(), grouped.group_of.end(), 0U), 3);
  EXPECT_EQ(grouped.queue.size(), 3U);
  for (const auto& review : grouped.queue)
    EXPECT_EQ(review.why, Waits::too_many);
}

TEST(LinkageGrouping, PartsThatNoLinkConnectsDoNotTouchEachOther) {
  // So a hub may group the neighbours of one person alone, and gets what grouping everybody would give.
  const std::vector<Link> left{
      {0, 1, 60, Verdict::same}, {1, 2, 50, Verdict::same}, {0, 2, 30, Verdict::doubtful}};
  std::vector<Link> both = left;
  for (auto link : {Link{3, 4, 50, Verdict::same}, Link{4, 5, 50, Verdict::same}})
    both.push_back(link);
  const auto bar = vetoes({{0, 2}, {3, 5}});
  const auto alone = group(3, left, {}, bar, shipped()), together = group(6, both, {}, bar, shipped());
  for (Record i = 0; i < 3; ++i)
    EXPECT_EQ(alone.group_of[i], together.group_of[i]);
  for (const auto& review : alone.queue)
    EXPECT_NE(std::find(together.queue.begin(), together.queue.end(), review), together.queue.end());
}

TEST(LinkageGrouping, DoesNotDependOnTheOrderOfAnything) {
  for (auto seed : kinhub::test::seeds({1, 2, 3, 4})) {
    SCOPED_TRACE("KINHUB_SEED=" + std::to_string(seed));
    std::mt19937 random(seed);
    auto below = [&](std::size_t most) { return static_cast<Record>(random() % most); };
    for (int round = 0; round < 500; ++round) {
      const std::size_t count = 3 + below(10);
      std::set<Both> pairs, barred, held;
      std::vector<Link> links;
      std::vector<Decision> decisions;
      for (std::size_t i = 0; i < count * 2; ++i) {
        const auto a = below(count), b = below(count);
        if (a == b) continue;
        if (below(4) == 0)
          (below(2) == 0 ? barred : held).insert(std::minmax(a, b));
        else if (below(8) == 0)
          decisions.push_back({a, b, below(2) == 0, i});
        else if (pairs.insert(std::minmax(a, b)).second)
          links.push_back({a, b, 20.0 + 4 * below(8), below(3) == 0 ? Verdict::doubtful : Verdict::same});
      }
      auto bar = [&](Record a, Record b) {
        const auto both = std::minmax(a, b);
        return barred.contains(both) ? Bar::veto : held.contains(both) ? Bar::held : Bar::none;
      };
      const auto first = group(count, links, decisions, bar, shipped());
      // Nobody is in one group with somebody from whom a person or the evidence keeps him apart.
      std::map<Both, bool> said;
      std::sort(decisions.begin(), decisions.end(), [](auto& x, auto& y) { return x.order < y.order; });
      std::set<Record> decided;
      for (const auto& decision : decisions) {
        said[std::minmax(decision.a, decision.b)] = decision.same;
        decided.insert(decision.a), decided.insert(decision.b);
      }
      for (Record a = 0; a < count; ++a)
        for (Record b = a + 1; b < count; ++b) {
          if (first.group_of[a] != first.group_of[b]) continue;
          const auto word = said.find({a, b});
          EXPECT_FALSE(word != said.end() && !word->second) << a << " and " << b << " are not the same";
          if (!decided.contains(a) || !decided.contains(b)) {
            EXPECT_EQ(bar(a, b), Bar::none) << a << " and " << b << " are barred";
          }
        }
      // Every link is joined, or waits, or is answered.
      for (int again = 0; again < 3; ++again) {
        std::shuffle(links.begin(), links.end(), random);
        std::shuffle(decisions.begin(), decisions.end(), random);
        for (auto& link : links)
          if (below(2) == 0) std::swap(link.a, link.b);
        const auto other = group(count, links, decisions, bar, shipped());
        ASSERT_EQ(first.group_of, other.group_of);
        ASSERT_EQ(first.queue, other.queue);
        ASSERT_EQ(first.answered, other.answered);
      }
    }
  }
}

}  // namespace
}  // namespace kinhub::linkage::test
