// A state that policies ask (registration, pension, credential) gives and ends rights with its event, not
// with the next night.
#include <gtest/gtest.h>

#include "tests/unit/pipeline/pipeline_fixture.hpp"

namespace kinhub::test {
namespace {

constexpr const char* for_rural_parents = R"(policy:      test-rural
title:       for rural parents
region:      "000000"
in_force:    2010-01-01 ..
published:   2010-01-01
retroactive: no
document:    test-rural.txt

calendar:
  age:        on_birthday
  feb29:      feb28
  month:      any_day
  year:       calendar_year, any_day
  death_day:  counts_as_alive
  late:       pay_from_event
  remarried:  judged_by_self
  money:      fen, half_up, per person and month

evidence:
  death:      police_registration, certificate, hospital; or 2 sources
  own_death:  police_registration, certificate, hospital; or 2 sources

benefits:
  grant:
    clause:   '1'
    quote:    rural parents
    for:      each parent, while alive
    when:     [this parent has rural household registration]
    amount:   10 yuan per month
)";

Rules rules_of_states() {
  auto files = mapping_files();
  files["registered.yaml"] =
      "map: test.registered\nfrom: { format: csv, when: \"KIND = 'registered'\" }\nkey: [ID]\n"
      "version: timestamp(VERSION)\nevidence: police_registration\nfact: household_type\nset:\n"
      "  person.citizen_number: citizen_id(PERSON)\n"
      "  household_type: \"if VOID = '1' then 'urban' else 'rural'\"\n  on: date(ON, 'yyyyMMdd')\n";
  auto rules = rules_with(files);
  rules.policy_texts = {{"test-rural.yaml", for_rural_parents}, {"test-rural.txt", "rural parents\n"}};
  auto policies = PolicySet::read(std::span<const PolicyText>(rules.policy_texts));
  if (auto* errors = std::get_if<std::vector<Error>>(&policies))
    throw std::runtime_error(describe(errors->front()));
  rules.policies = std::make_shared<const PolicySet>(std::move(std::get<PolicySet>(policies)));
  rules.policies_digest = "rural";
  return rules;
}

Event registered(int mother, int version, bool urban) {
  return line("police", "R1",
              fmt::format("registered,R1,2026110100{:04},{},,20200101,{}", version,
                          number_of("19700101", mother), urban ? 1 : 0));
}

TEST(States, WhatAPolicyAsksIsReviewedWithItsEvent) {
  Ground ground;
  FakeLog log{{"civil", "hospital", "insurance", "police"}, 7};
  OwnsAll all{log};
  const auto rules = rules_of_states();
  const auto pipeline = ground.pipeline(log, *ground.store, all, 5, rules);
  const auto sure_leads = [&] {
    const auto text = leads_text(*ground.store->begin(Store::For::reading), ground.keys);
    std::size_t count = 0;
    for (auto at = text.find("sure=0"); at != std::string::npos; at = text.find("sure=0", at + 1))
      ++count;
    return count;
  };
  const auto tell = [&](const Event& event) {
    log.append({event}, std::nullopt);
    pipeline->drain();
  };
  tell(born("police", 1, 1));
  const auto before = sure_leads();
  tell(registered(1, 1, false));
  EXPECT_EQ(sure_leads(), before + 1) << ground.outcome();
  tell(registered(1, 2, true));
  EXPECT_EQ(sure_leads(), before) << ground.outcome();
}

}  // namespace
}  // namespace kinhub::test
