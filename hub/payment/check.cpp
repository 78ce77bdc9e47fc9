#include "hub/payment/check.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace kinhub {
namespace {

using Level = ListFinding::Level;

std::string yuan(std::int64_t fen) {
  const auto part = std::to_string((fen < 0 ? -fen : fen) % 100);
  return (fen < 0 ? "-" : "") + std::to_string((fen < 0 ? -fen : fen) / 100) +
         (part.size() < 2 ? ".0" : ".") + part;
}

std::int64_t total_of(const std::vector<ListSums::Sum>& sums) {
  std::int64_t fen = 0;
  for (const auto& sum : sums)
    fen += sum.total_fen;
  return fen;
}

std::string line_place(const PaymentLine& line) {
  return "line " + std::to_string(line.line_no);
}

/// Regular sums by person, and by person and town.
struct Regular {
  std::map<std::string, std::int64_t> people;
  std::map<std::string, std::int64_t> towns;
  std::int64_t all = 0;
  explicit Regular(const std::vector<PaymentLine>& lines) {
    for (const auto& line : lines) {
      const auto fen = line.regular();
      if (fen == 0) continue;
      people[line.ref] += fen, towns[line.town()] += fen, all += fen;
    }
  }
};

class Checking {
 public:
  Checking(const PolicySet& policies, const ListToCheck& what)
      : policies_(policies), what_(what), list_(what.list) {
    for (const auto& payee : what.payees)
      by_ref_.emplace(payee.ref, &payee);
  }

  std::vector<ListFinding> all() {
    sums();
    bridge();
    for (const auto& line : list_.lines)
      row(line);
    twice();
    people();
    for (const auto& list : what_.broken_lists)
      red("F18", "the rows of a closed list are not those that were signed: restore the store", list);
    for (const auto& one : what_.unanswered)
      amber("unanswered",
            "no bank answered this line in 30 days: neither paid nor returned, and not paid again", one);
    return std::move(found_);
  }

 private:
  void red(std::string check, std::string text, std::string place) {
    found_.push_back({std::move(check), Level::red, std::move(text), std::move(place)});
  }
  void amber(std::string check, std::string text, std::string place) {
    found_.push_back({std::move(check), Level::amber, std::move(text), std::move(place)});
  }
  void expect(bool holds, const char* check, const std::string& text, const std::string& place = "") {
    if (!holds) red(check, text, place);
  }

  void sums() {
    const auto sums = sums_of(list_.lines);
    const auto total = sums.all.total_fen;
    expect(total == total_of(sums.towns), "F11", "the towns do not sum to the total");
    expect(total == total_of(sums.benefits), "F11", "the benefits do not sum to the total");
    expect(total == total_of(sums.banks) + sums.held.total_fen, "F11",
           "the banks and what is held do not sum to the total");
    expect(total == sums.all.regular_fen + sums.all.arrears_fen + sums.all.offset_fen, "F12",
           "total is not regular and arrears less offsets");
  }

  void bridge() {
    const Regular then(what_.previous), now(list_.lines);
    std::int64_t joined = 0, stopped = 0, change = 0;
    std::map<std::string, std::int64_t> towns = then.towns;
    for (const auto& one : list_.stopped)
      ++stopped, change -= one.regular_fen;
    for (const auto& line : list_.lines) {
      const auto before = then.people.find(line.ref);
      if (line.regular() != 0 && before == then.people.end() && !line.changes.has(ListChange::joined))
        red("F13", "paid regularly, was not on the last list, and is not told as joined", line_place(line));
    }
    std::set<std::string> counted;
    for (const auto& line : list_.lines)
      if (line.changes.has(ListChange::joined) && line.regular() != 0 && counted.insert(line.ref).second)
        ++joined;
    for (const auto& [ref, fen] : now.people) {
      const auto before = then.people.find(ref);
      change += fen - (before == then.people.end() ? 0 : before->second);
    }
    const auto people = static_cast<std::int64_t>(now.people.size());
    expect(static_cast<std::int64_t>(then.people.size()) + joined - stopped == people, "F13",
           "persons of the last list " + std::to_string(then.people.size()) + " + joined " +
               std::to_string(joined) + " - stopped " + std::to_string(stopped) + " is not " +
               std::to_string(people));
    expect(then.all + change == now.all, "F14",
           "regular of the last list " + yuan(then.all) + " with each person's change is " +
               yuan(then.all + change) + " and not " + yuan(now.all));
    // The same for each town: who moved leaves one and comes to another.
    for (const auto& line : what_.previous)
      towns[line.town()] -= line.regular();
    for (const auto& line : list_.lines)
      towns[line.town()] += line.regular();
    for (const auto& [town, fen] : towns) {
      const auto at = now.towns.find(town);
      expect(fen == (at == now.towns.end() ? 0 : at->second), "F14", "the bridge of this town does not close",
             town);
    }
  }

  void row(const PaymentLine& line) {
    expect(line.total() >= 0, "F12", "a line is below 0", line_place(line));
    const auto payee = by_ref_.find(line.ref);
    const auto benefit = policies_.find(line.benefit);
    expect(benefit.has_value(), "F15", "no policy has this benefit any more", line_place(line));
    std::int64_t months = 0;
    for (const auto& one : line.periods) {
      if (one.as != PaidAs::regular) continue;
      months += one.fen;
      if (!benefit || one.per != Per::month) continue;
      expect(list_.period.contains(one.period), "F15", "a regular month lies outside the period",
             line_place(line));
      auto whole = one.fen;
      if (payee != by_ref_.end())
        if (const auto paid = payee->second->settled.find({*benefit, one.period});
            paid != payee->second->settled.end())
          whole += paid->second;
      const auto sums = policies_.sums_in(*benefit, {one.period, one.period.plus_months(1)});
      const bool is_one = !sums || std::find(sums->begin(), sums->end(), whole) != sums->end() ||
                          (payee != by_ref_.end() && is_bridged(*payee->second, {*benefit, one.period}));
      expect(is_one, "F15", yuan(whole) + " is no amount of the policy in " + one.period.text().substr(0, 7),
             line_place(line));
    }
    expect(months == line.regular(), "F15", "the regular sum is not that of its months", line_place(line));
    if (payee == by_ref_.end()) return;
    const bool unheld = line.held == Held::no;
    const auto& one = *payee->second;
    const bool other_payee = one.account && one.died && one.account->on >= *one.died &&
                             !one.account->holder.empty() && one.account->holder != one.name;
    expect(!(one.died && unheld && !other_payee), "F17", "a dead person's line is not held",
           line_place(line));
    if (unheld && !line.account.holder.empty() && line.account.holder != line.name)
      amber("holder", "the account is held under another name", line_place(line));
  }

  /// Whether the month stands at the last amount of a benefit that ended, which may be one of before.
  bool is_bridged(const Payee& payee, const PaymentKey& key) const {
    const auto dues = due_payments(policies_, payee.rights, key.period, key.period.plus_days(1));
    return std::any_of(dues.begin(), dues.end(),
                       [&](const DuePayment& due) { return due.key == key && due.bridged; });
  }

  /// Of each person and period: what is settled and stands here is no more than what is due.
  void twice() {
    std::set<std::tuple<std::string, std::string, Date>> seen;
    for (const auto& line : list_.lines)
      for (const auto& one : line.periods)
        if (one.as != PaidAs::offset && !seen.emplace(line.ref, one.benefit, one.period).second)
          red("F16", "a period of a benefit stands twice", line_place(line));
    std::map<std::string, Months> here;
    std::map<std::string, const PaymentLine*> line_of;
    for (const auto& line : list_.lines) {
      line_of.emplace(line.ref, &line);
      for (const auto& one : line.periods)
        if (const auto benefit = policies_.find(one.benefit);
            benefit && one.as != PaidAs::offset && one.per == Per::month)
          here[line.ref][{groups_[*benefit], one.period}] += one.fen;
    }
    for (const auto& [ref, months] : here) {
      const auto payee = by_ref_.find(ref);
      if (payee == by_ref_.end())
        red("F16", "a line of nobody the list was drawn of", line_place(*line_of.at(ref)));
      else
        months_of(*payee->second, months, *line_of.at(ref));
    }
  }
  /// Sums by the group of benefits that exclude one another, and by month.
  using Months = std::map<std::pair<BenefitIndex, Date>, std::int64_t>;
  void months_of(const Payee& payee, const Months& months, const PaymentLine& line) {
    Months due, settled;
    auto from = Date::forever(), until = Date::beginning();
    for (const auto& [key, fen] : months)
      from = std::min(from, key.second), until = std::max(until, key.second.plus_days(1));
    for (const auto& one : due_payments(policies_, payee.rights, from, until))
      due[{groups_[one.key.benefit], one.key.period}] += one.amount.fen;
    for (const auto& [key, fen] : payee.settled)
      settled[{groups_[key.benefit], key.period}] += fen;
    for (const auto& [key, fen] : months)
      expect(fen + settled[key] <= due[key], "F16",
             "more is paid for " + key.second.text().substr(0, 7) +
                 " than is due of all benefits that exclude one another",
             line_place(line));
  }

  void people() {
    std::map<std::string, std::set<std::string>> accounts;
    for (const auto& line : list_.lines)
      if (line.held == Held::no) accounts[line.account.bank + " " + line.account.account].insert(line.ref);
    for (const auto& [account, refs] : accounts)
      for (const auto& ref : refs) {
        const auto payee = by_ref_.find(ref);
        const auto stranger = [&](const std::string& other) {
          if (other == ref || payee == by_ref_.end()) return false;
          const auto& spouses = payee->second->spouses;
          return std::find(spouses.begin(), spouses.end(), other) == spouses.end();
        };
        if (std::any_of(refs.begin(), refs.end(), stranger))
          amber("account", "one account for people who are not married to each other", ref);
      }
    std::set<std::string> on_list;
    for (const auto& line : list_.lines)
      on_list.insert(line.ref);
    for (const auto& payee : what_.payees)
      if (payee.exit_open && on_list.contains(payee.ref))
        amber("exit", "有未处理退出线索: an ended lead is open past its wait", payee.ref);
    for (const auto& one : list_.left_out) {
      if (one.why == LeftOut::Why::no_amount)
        red("F17", "the sum of " + one.period.text().substr(0, 7) + " is not known", one.ref);
      else
        amber("residence", "due, and on no list: nobody knows where this person was registered", one.ref);
    }
  }

  const PolicySet& policies_;
  const ListToCheck& what_;
  const PaymentList& list_;
  std::map<std::string, const Payee*> by_ref_;
  const std::vector<BenefitIndex> groups_ = exclusive_groups(policies_);
  std::vector<ListFinding> found_;
};

}  // namespace

std::vector<ListFinding> check_list(const PolicySet& policies, const ListToCheck& what) {
  return Checking(policies, what).all();
}

bool any_red(std::span<const ListFinding> findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const ListFinding& one) { return one.level == ListFinding::Level::red; });
}

}  // namespace kinhub
