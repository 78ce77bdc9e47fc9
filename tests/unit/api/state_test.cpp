// What whoever asks learns of the state of the hub.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "hub/desk/json.hpp"
#include "hub/desk/state_json.hpp"

namespace kinhub {
namespace {

using Json = nlohmann::json;

HubState a_state() {
  HubState state;
  state.version = "1", state.data = "/srv/kinhub", state.config = "/etc/kinhub.yaml", state.node = "hub-1";
  state.log = "broker-1:9092", state.store = "sqlite";
  state.persons = 7001, state.facts = 7002, state.notices = 7003, state.notices_waiting = 7004;
  state.open_leads = {{"new", 7005}}, state.identity_pairs = {{"likely", 7006}};
  state.last_scan = "2026-11-20";
  state.nodes.emplace_back().name = "hub-1";
  state.stopped = {{"civil-affairs", "/srv/kinhub/log is damaged"}};
  state.log_away = "broker-1:9092 does not answer", state.policies = "hub-1 has others";
  Counts counts;
  counts.received = 7007, counts.applied = 7000;
  state.balance = Balance{{{"civil-affairs", counts}}};
  return state;
}
Caller of(Rights rights, Scope scope) {
  Caller caller;
  caller.rights = rights, caller.scope = std::move(scope);
  return caller;
}

TEST(StateOfTheHub, IsWholeForWhoeverRunsIt) {
  const auto runs = of({Right::status_read, Right::source_run}, {true, {}});
  EXPECT_EQ(status_json(runs, a_state()), one_line_json(a_state()));
  const auto looks = of({Right::status_read}, {true, {}});
  const auto shown = Json::parse(status_json(looks, a_state()));
  for (const char* name : {"data", "config", "config_from"})
    EXPECT_TRUE(shown[name].is_null()) << name;
  EXPECT_EQ(shown["log"], "kafka");
  EXPECT_EQ(shown["persons"], 7001);
  EXPECT_EQ(shown["node"], "hub-1");
  EXPECT_EQ(balance_json(looks, *a_state().balance), one_line_json(*a_state().balance));
}

TEST(StateOfTheHub, TellsAccountsOfSomeAreasOnlyWhetherAnythingIsWrong) {
  const auto clerk = of({Right::status_read, Right::source_run}, {false, {*Area::read("370306001")}});
  const auto text = status_json(clerk, a_state());
  for (const char* hidden : {"/srv", "/etc", "hub-1", "broker", "700"})
    EXPECT_EQ(text.find(hidden), std::string::npos) << hidden << " in " << text;
  const auto shown = Json::parse(text);
  EXPECT_TRUE(shown["persons"].is_null());
  EXPECT_EQ(shown["open_leads"], Json::object()) << "what pages walk through stays walkable";
  EXPECT_EQ(shown["nodes"], Json::array());
  EXPECT_TRUE(shown["stopped"].contains("civil-affairs"));
  EXPECT_FALSE(shown["log_away"].is_null());
  EXPECT_EQ(shown["last_scan"], "2026-11-20");
  EXPECT_EQ(shown["balance"]["sources"]["civil-affairs"]["residue"], 7);
  const auto balance = Json::parse(balance_json(clerk, *a_state().balance));
  EXPECT_EQ(balance["residue"], 7);
  EXPECT_TRUE(balance["received"].is_null());
  EXPECT_TRUE(balance["sources"]["civil-affairs"]["applied"].is_null());
}

}  // namespace
}  // namespace kinhub
