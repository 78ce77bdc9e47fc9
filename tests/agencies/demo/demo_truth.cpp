#include "tests/agencies/demo/demo_truth.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "hub/cli/output.hpp"

namespace kinhub::demo {
namespace {

using Json = nlohmann::json;

std::vector<TrueRight> read_rights(const Json& list) {
  std::vector<TrueRight> rights;
  for (const auto& item : list) {
    auto from = Date::parse(item.at("from").get<std::string>());
    auto until =
        item.at("until").is_null() ? Date::forever() : Date::parse(item.at("until").get<std::string>());
    if (!from || !until) throw std::runtime_error("a right without days");
    rights.push_back({item.at("citizen_number"),
                      item.at("benefit"),
                      {*from, *until},
                      item.at("fen_per_month"),
                      item.at("sure_expected")});
  }
  return rights;
}

std::string difference_of(const TrueRight& truth, const LeadView& lead) {
  bool fitting =
      lead.kind == "new" || (lead.kind == "verify" && !truth.sure);  // a disputed death is to be verified
  if (!fitting) return "the lead is of kind " + lead.kind;
  // A right is one stretch of equal certainty, whatever its rates were; the lead's timeline may hold others
  // before it.
  const Date sums_since(2018, 8, 1);  // what was paid before is in no document, so that it is pending
  const Date from = truth.sure ? std::max(truth.when.from, sums_since) : truth.when.from;
  std::optional<Interval> stretch;
  const SpanView* last = nullptr;
  for (const auto& span : lead.timeline) {
    bool goes_on = stretch && stretch->until == span.when.from && last->certainty == span.certainty;
    if (stretch && !goes_on && stretch->until > from) break;
    stretch = goes_on ? Interval{stretch->from, span.when.until} : span.when;
    last = &span;
  }
  if (!stretch) return "the lead has no timeline";
  if (truth.sure && last->certainty != "sure") return "pending, truly sure";
  if (!truth.sure && last->certainty == "sure") return "sure, truly open";
  if (stretch->from != from) return "from " + stretch->from.text() + ", truly " + from.text();
  if (stretch->until != truth.when.until)
    return "until " + stretch->until.text() + ", truly " + truth.when.until.text();
  if (!last->amount || last->amount->fen != truth.fen_per_month)
    return "amount is not " + cli::yuan(truth.fen_per_month);
  return "";
}

}  // namespace

Result<Truth> read_truth(std::string_view json) try {
  auto truth = Json::parse(json);
  return Truth{read_rights(truth.at("entitled")), read_rights(truth.at("past"))};
} catch (const std::exception& broken) {
  return Error{"TRUTH", "the simulator's truth cannot be read: " + std::string(broken.what()), "truth.json"};
}

std::vector<Judged> judge(const Truth& truth, const std::vector<LeadView>& leads) {
  using Key = std::pair<std::string_view, std::string_view>;
  std::map<Key, const LeadView*> open;
  std::vector<Judged> judged;
  for (const auto& lead : leads) {
    if (lead.state != "open") continue;
    bool first = open.emplace(Key(lead.person.citizen_id, lead.benefit), &lead).second;
    if (!first)
      judged.push_back(
          {Finding::wrong, lead.person.citizen_id, lead.benefit, nullptr, &lead, "a second open lead"});
  }
  std::set<Key> known;
  for (const auto& right : truth.entitled) {
    Key key(right.citizen_id, right.benefit);
    known.insert(key);
    auto lead = open.find(key);
    if (lead == open.end()) {
      if (right.sure)
        judged.push_back({Finding::missed, right.citizen_id, right.benefit, &right, nullptr, ""});
      continue;
    }
    auto why = difference_of(right, *lead->second);
    bool neither = why.empty() && !right.sure;
    if (!neither)
      judged.push_back({why.empty() ? Finding::found : Finding::wrong, right.citizen_id, right.benefit,
                        &right, lead->second, why});
  }
  for (const auto& right : truth.past)
    known.insert(Key(right.citizen_id, right.benefit));
  for (const auto& [key, lead] : open)
    if (!known.contains(key) && lead->certainty == "sure")
      judged.push_back(
          {Finding::wrong, lead->person.citizen_id, lead->benefit, nullptr, lead, "never was true"});
  return judged;
}

}  // namespace kinhub::demo
