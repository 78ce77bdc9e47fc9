// What a lead was decided on is computed again by the facts and the policies of then, whatever came since.
#include "hub/desk/as_decided.hpp"

#include "hub/desk/json.hpp"
#include "tests/unit/pipeline/pipeline_fixture.hpp"

namespace kinhub::test {
namespace {

Rules raised() {
  auto rules = rules_for_test();
  for (auto& one : rules.policy_texts)
    for (auto at = one.text.find("pay: 590"); at != std::string::npos; at = one.text.find("pay: 590", at + 8))
      one.text.replace(at, 8, "pay: 690");
  rules.policies =
      std::make_shared<const PolicySet>(std::get<PolicySet>(PolicySet::read(rules.policy_texts)));
  rules.policies_digest = "raised";
  return rules;
}

struct Case {
  Ground ground;
  FakeLog log{{"civil", "hospital", "insurance", "police"}, 1};
  OwnsAll all{log};
  std::int64_t now_us = noon_us;

  void hear(std::vector<Event> events, const Rules& rules = rules_for_test()) {
    for (auto& event : events) {
      event.received_at_us = now_us += 60'000'000;
      if (event.kind == EventKind::coverage) event.occurred_at_us = now_us;
      log.append({event}, std::nullopt);
    }
    ground.clock.set(now_us += 60'000'000);
    ground.pipeline(log, *ground.store, all, 4, rules)->drain();
  }
  LeadId decide(LeadState verdict, const Rules& rules = rules_for_test()) {
    const auto open = all_leads(ground.store->begin(Store::For::reading)->leads(), LeadState::open);
    EXPECT_FALSE(open.empty());
    ground.clock.set(now_us += 60'000'000);
    EXPECT_TRUE(ground.pipeline(log, *ground.store, all, 4, rules)
                    ->decide(open.front().id, verdict, "visited", "me"));
    return open.front().id;
  }
  Result<AsDecidedView> again(LeadId id, const Rules& rules = rules_for_test()) {
    auto reading = ground.store->begin(Store::For::reading);
    PolicyBook policies(ground.keys);
    EvidenceBook evidence(ground.keys);
    const auto row = reading->leads().find(id);
    return as_decided({*reading, ground.keys, rules, policies, evidence, shanghai_date(now_us)}, *row);
  }
};

TEST(AsDecided, IsComputedAgainAfterFactsAndPoliciesChanged) {
  Case one;
  one.hear({loaded("police"), born("police", 1, 2), died("police", 2, 1)});
  const auto lead = one.decide(LeadState::confirmed);
  const auto then = one.again(lead);
  ASSERT_TRUE(then);
  EXPECT_TRUE(then->equal) << to_json(*then);
  EXPECT_TRUE(then->remembered);
  EXPECT_EQ(then->policies, "test");
  EXPECT_FALSE(then->decided.empty());
  EXPECT_EQ(then->state, "confirmed");
  EXPECT_EQ(then->by, "me");

  // The death is taken back, another child is born, and the sum is another one.
  const auto other = raised();
  one.now_us += 86'400'000'000;
  one.hear({died("police", 2, 2, true), born("police", 1, 3)}, other);
  one.ground.clock.set(one.now_us += 86'400'000'000);
  one.ground.pipeline(one.log, *one.ground.store, one.all, 4, other)->scan();
  const auto now = one.again(lead, other);
  ASSERT_TRUE(now);
  EXPECT_TRUE(now->equal) << to_json(*now);
  auto was = *then, is = *now;
  EXPECT_EQ(to_json(was), to_json(is)) << "nothing of it depends on what came since";
}

TEST(AsDecided, ANewDecisionRestsOnTheNewPolicies) {
  Case one;
  one.hear({loaded("police"), born("police", 1, 2), died("police", 2, 1)});
  const auto first = one.decide(LeadState::confirmed);
  const auto other = raised();
  one.ground.clock.set(one.now_us += 60'000'000);
  one.ground.pipeline(one.log, *one.ground.store, one.all, 4, other)->scan();
  const auto second = one.decide(LeadState::dismissed, other);
  const auto then = one.again(second, other);
  ASSERT_TRUE(then);
  EXPECT_EQ(then->policies, "raised");
  EXPECT_TRUE(then->equal) << to_json(*then);
  EXPECT_NE(to_json(*then).find("69000"), std::string::npos);
  EXPECT_EQ(one.again(first, other)->policies, "test");
}

TEST(AsDecided, SaysThatOtherSourcesAreConfiguredNow) {
  Case one;
  one.hear({loaded("police"), born("police", 1, 2), died("police", 2, 1)});
  const auto lead = one.decide(LeadState::confirmed);
  ASSERT_TRUE(one.again(lead)->equal);
  auto rules = rules_for_test();
  rules.covers.push_back({"newcomer", {Covers::births}});
  const auto then = one.again(lead, rules);
  ASSERT_TRUE(then);
  EXPECT_FALSE(then->equal);
  ASSERT_FALSE(then->reasons.empty());
  EXPECT_EQ(then->reasons.back(),
            "sources that are configured now differ from then: newcomer had said nothing by then, and rights "
            "wait for it now");
  EXPECT_EQ(to_json(*then).find("facts count"), std::string::npos) << "that is not the reason";
}

TEST(AsDecided, SaysThatNobodyHasDecided) {
  Case one;
  one.hear({loaded("police"), born("police", 1, 2), died("police", 2, 1)});
  const auto open = all_leads(one.ground.store->begin(Store::For::reading)->leads(), LeadState::open);
  ASSERT_FALSE(open.empty());
  EXPECT_EQ(one.again(open.front().id).error().code, "LEAD_NOT_DECIDED");
}

TEST(AsDecided, SaysWhereItIsNotEqual) {
  const Date a(2020, 1, 1), b(2021, 1, 1);
  const SpanView cheap{{a, Date::forever()}, AmountView{59000, "month"}, "sure"};
  const SpanView dear{{b, Date::forever()}, AmountView{69050, "month"}, "pending"};
  EXPECT_TRUE(span_differences({cheap}, {cheap}).empty());
  const auto differences = span_differences({cheap}, {dear});
  ASSERT_EQ(differences.size(), 2u);
  EXPECT_EQ(differences[0],
            "2020-01-01 .. 2020-12-31: decided on 590.00 yuan per month, sure; computed again nothing");
  EXPECT_EQ(differences[1],
            "2021-01-01 .. : decided on 590.00 yuan per month, sure; computed again 690.50 yuan per month, "
            "pending");
}

}  // namespace
}  // namespace kinhub::test
