#include "hub/desk/explanation_views.hpp"

#include <algorithm>
#include <tuple>

namespace kinhub {
namespace {

std::string_view code_of(Cause::What what) {
  switch (what) {
    case Cause::What::birth:
      return "birth";
    case Cause::What::death:
      return "death";
    case Cause::What::disability_grade:
      return "disability_grade";
    case Cause::What::certificate_expiry:
      return "certificate_expiry";
    case Cause::What::parentage:
      return "parentage";
    case Cause::What::adoption:
      return "adoption";
    case Cause::What::adoption_dissolved:
      return "adoption_dissolved";
    case Cause::What::marriage:
      return "marriage";
    case Cause::What::divorce:
      return "divorce";
    case Cause::What::residence:
      return "residence";
    case Cause::What::own_age:
      return "own_age";
    case Cause::What::policy:
      return "policy";
    case Cause::What::coverage:
      return "coverage";
    case Cause::What::receipt:
      return "receipt";
  }
  return "";
}

std::string_view code_of(Explanation::Value value) {
  switch (value) {
    case Explanation::Value::met:
      return "met";
    case Explanation::Value::not_met:
      return "not met";
    case Explanation::Value::unknown:
      return "unknown";
  }
  return "";
}

AccountView view_of(const Account& account, const AccountWords& words, const PolicySet& policies) {
  AccountView view;
  view.benefit = policies.benefits()[account.benefit].id, view.on = account.on;
  view.standing = name_of(account.standing);
  const bool has_run = !account.run.empty();
  if (has_run) view.when = account.run;
  if (has_run && account.amount.known)
    view.amount = AmountView{account.amount.fen, std::string(name_of(account.amount.per))};
  if (account.higher) view.higher = policies.benefits()[*account.higher].id;
  for (std::size_t i = 0; i < account.waits.size(); ++i)
    view.waits.push_back({account.waits[i], words.waits[i]});
  for (std::size_t i = 0; i < account.missing.size(); ++i)
    view.missing.push_back({account.missing[i].what.condition,
                            words.missing[i],
                            {},
                            account.missing[i].what.value == Explanation::Value::unknown});
  if (account.next)
    view.then = !account.then ? "none" : account.then->certainty == Certainty::sure ? "due" : "pending";
  view.paid_from = account.paid_from;
  view.name = words.benefit, view.conclusion = words.conclusion, view.basis = words.basis;
  view.next_words = words.next, view.say = words.say;
  return view;
}

/// Puts causes and conditions of one situation into views.
class Views {
 public:
  Views(const Situation& situation, const CoverageTold& told, const EvidenceOfCause& evidence)
      : situation_(situation), told_(told), evidence_(evidence) {}

  FactView fact(const Cause& cause) const {
    FactView view;
    view.what = code_of(cause.what), view.person = relation_of(cause, situation_);
    if (cause.on > Date::beginning() && cause.on < Date::forever()) view.on = cause.on;
    view.number = cause.number, view.words = dated_words(cause, situation_);
    for (const auto& one : evidence_(cause)) {
      const auto known = told_.agencies.find(one.source);
      auto agency = known == told_.agencies.end() ? agency_words("", one.source) : known->second;
      view.by.push_back({one.source, std::string(name_of(one.fact)), std::move(agency), one.received_at_us});
    }
    std::sort(view.by.begin(), view.by.end(), [](const auto& a, const auto& b) {
      return std::tie(a.source, a.fact, a.received_at_us) < std::tie(b.source, b.fact, b.received_at_us);
    });
    return view;
  }

  ExplanationView condition(const Explanation& explanation) const {
    ExplanationView view;
    view.value = code_of(explanation.value);
    view.condition = explanation.condition, view.clause = explanation.clause, view.quote = explanation.quote;
    view.words = condition_words(explanation), view.worded = explanation.worded;
    for (const auto& cause : explanation.causes) {
      view.causes.push_back(sentence(cause, situation_));
      view.facts.push_back(fact(cause));
    }
    for (const auto& part : explanation.parts)
      view.parts.push_back(condition(part));
    return view;
  }

 private:
  const Situation& situation_;
  const CoverageTold& told_;
  const EvidenceOfCause& evidence_;
};

}  // namespace

ExplanationView explanation_view(const Account& account, const PolicySet& policies,
                                 const Situation& situation, const CoverageTold& told,
                                 const EvidenceOfCause& evidence) {
  const Views views(situation, told, evidence);
  auto view = views.condition(account.why);
  const auto words = words_of(account, policies, situation, told);
  auto& whole = view.account.emplace(view_of(account, words, policies));
  for (std::size_t i = 0; i < account.missing.size(); ++i)
    if (account.missing[i].met_by) whole.missing[i].met_by = views.fact(*account.missing[i].met_by);
  if (!account.run.empty() && account.run.from > Date::beginning()) whole.begins = views.fact(account.begins);
  if (!account.run.empty() && account.run.until < Date::forever()) whole.ends = views.fact(account.ends);
  if (account.next) whole.next = views.fact(account.next->because);
  return view;
}

}  // namespace kinhub
