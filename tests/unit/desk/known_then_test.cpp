// Two times everywhere: rights, leads and decisions asked as of a past time are those that the hub told then.
#include <map>

#include "hub/desk/json.hpp"
#include "hub/desk/person_views.hpp"
#include "tests/unit/pipeline/pipeline_fixture.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub::test {
namespace {

constexpr std::int64_t minute_us = 60'000'000, day_us = 1440 * minute_us;
const Interval always{Date::beginning(), Date::forever()};

/// The rules for test with another sum of the national assistance: as after a change of the policy files.
Rules raised() {
  auto rules = rules_for_test();
  int changed = 0;
  for (auto& one : rules.policy_texts)
    for (auto at = one.text.find("pay: 590"); at != std::string::npos; at = one.text.find("pay: 590", at + 8))
      one.text.replace(at, 8, "pay: 690"), ++changed;
  EXPECT_GT(changed, 0);
  auto read = PolicySet::read(rules.policy_texts);
  if (auto* errors = std::get_if<std::vector<Error>>(&read))
    throw std::runtime_error(describe(errors->front()));
  rules.policies = std::make_shared<const PolicySet>(std::move(std::get<PolicySet>(read)));
  rules.policies_digest = "raised";
  return rules;
}

/// A birth that goes to quarantine: the mother's number stands in it, the child's is misspelt.
Event unreadable_birth(int mother, int child) {
  const auto id = fmt::format("U{}", child);
  return line("police", id,
              fmt::format("birth,{},20200101000000,322228199503030000,{},19950303,0", id,
                          number_of("19700101", mother)));
}

/// All that the desk answers about the province: as of now, or as of a past time.
class Desk {
 public:
  Desk(Ground& ground, const Rules& rules) : ground_(ground), rules_(rules) {}

  std::map<std::string, std::string> answers(std::optional<std::int64_t> known_at_us) const {
    auto reading = ground_.store->begin(Store::For::reading);
    const auto today = shanghai_date(ground_.clock.now_us());
    PolicyBook policies(ground_.keys);
    const auto judged = judged_by(*reading, policies, rules_, today, known_at_us);
    if (!judged) throw std::runtime_error(describe(judged.error()));
    PersonViews views(*reading, ground_.keys, built_in_evidence(), known_at_us.value_or(known_now));
    std::map<std::string, std::string> all;
    for (int mother = 0; mother < 12; ++mother) {
      const auto number = number_of("19700101", mother);
      const auto person = views.find(CitizenNumber::read(number).value());
      if (!person) continue;
      all["rights of " + number] = to_json(views.entitlements(*person, *judged, always));
      const auto benefit = judged->policies->find("national-special-assistance/death").value();
      all["why of " + number] = to_json(views.explain(*person, *judged, benefit, today_of(known_at_us), {}));
    }
    for (const auto& now : all_leads(reading->leads(), std::nullopt)) {
      const auto row = lead_as_known(reading->values(), now, known_at_us.value_or(known_now));
      if (row)
        all["lead " + std::to_string(row->id.value)] = to_json(views.lead(*row, today_of(known_at_us)));
    }
    return all;
  }

 private:
  Date today_of(std::optional<std::int64_t> known_at_us) const {
    return shanghai_date(known_at_us.value_or(ground_.clock.now_us()));
  }

  Ground& ground_;
  const Rules& rules_;
};

/// Hears a history batch by batch, over months, decides on a lead now and then; after each step keeps what
/// the desk answers, and in the end asks for all of it as of then.
struct Life {
  unsigned seed;
  int leads = 0, decided = 0, pending = 0, sums = 0;

  void live() {
    std::mt19937 chance(seed);
    Ground ground;
    FakeLog log({"civil", "hospital", "insurance", "police"}, seed);
    OwnsAll all(log);
    const Rules& first = rules_for_test();
    const Rules second = raised();
    std::map<std::int64_t, std::map<std::string, std::string>> told;
    auto now_us = noon_us;
    const auto events = history(60, seed);
    const auto change_of_policies = events.size() / 2 + chance() % 10;
    for (std::size_t at = 0; at < events.size();) {
      const auto& rules = at < change_of_policies ? first : second;
      now_us += chance() % 3 == 0 ? day_us * static_cast<std::int64_t>(chance() % 25)
                                  : minute_us * static_cast<std::int64_t>(1 + chance() % 300);
      for (auto count = 1 + chance() % 6; count > 0 && at < events.size(); --count, ++at) {
        auto event = events[at];
        now_us += minute_us;
        if (chance() % 8 == 0) {
          auto unreadable =
              unreadable_birth(static_cast<int>(chance() % 12), static_cast<int>(chance() % 99));
          unreadable.received_at_us = now_us;
          log.append({unreadable}, std::nullopt);
        }
        event.received_at_us = now_us;
        if (event.kind == EventKind::coverage) event.occurred_at_us = now_us;
        log.append({event}, std::nullopt);
      }
      ground.clock.set(now_us += minute_us);
      auto pipeline = ground.pipeline(log, *ground.store, all, 4, rules);
      pipeline->drain();
      if (chance() % 4 == 0) pipeline->scan();
      if (chance() % 3 == 0) decide_one(ground, *pipeline, chance);
      told[now_us] = Desk(ground, rules).answers(std::nullopt);
    }
    const Desk desk(ground, second);
    for (const auto& [then_us, answers] : told) {
      ASSERT_EQ(desk.answers(then_us), answers) << "seed " << seed << ", as of " << then_us;
      count(answers);
    }
  }

 private:
  void decide_one(Ground& ground, Pipeline& pipeline, std::mt19937& chance) {
    const auto open = all_leads(ground.store->begin(Store::For::reading)->leads(), LeadState::open);
    if (open.empty()) return;
    const auto verdict = chance() % 2 == 0 ? LeadState::confirmed : LeadState::dismissed;
    decided += pipeline.decide(open[chance() % open.size()].id, verdict, "visited", "me") ? 1 : 0;
  }
  void count(const std::map<std::string, std::string>& answers) {
    for (const auto& [what, answer] : answers) {
      leads += what.starts_with("lead ") ? 1 : 0;
      pending += answer.find("no other living child") != std::string::npos ? 1 : 0;
      sums += answer.find("69000") != std::string::npos ? 1 : 0;
    }
  }
};

TEST(KnownThen, RightsLeadsAndDecisionsAreThoseThatWereToldThen) {
  int leads = 0, decided = 0, pending = 0, sums = 0;
  for (unsigned round = 0; round < 3; ++round) {
    Life life{pipeline_seed() + round};
    life.live();
    if (::testing::Test::HasFatalFailure()) return;
    leads += life.leads, decided += life.decided, pending += life.pending, sums += life.sums;
  }
  // What a history must have had, or the test proves little.
  EXPECT_GT(leads, 50);
  EXPECT_GT(decided, 5);
  EXPECT_GT(pending, 10) << "rights that waited for a source's completeness";
  EXPECT_GT(sums, 10) << "rights by the policies after their change";
}

}  // namespace
}  // namespace kinhub::test
