#pragma once
// A payment office in memory: families as facts, people who decide, lists that are closed, banks that answer.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "hub/payment/bank_file.hpp"
#include "hub/payment/check.hpp"
#include "hub/payment/list_csv.hpp"
#include "hub/policy/file_tests.hpp"
#include "tests/places/places.hpp"

namespace kinhub::test {

/// The shipped national scheme alone.
inline const PolicySet& national() {
  static const PolicySet policies = [] {
    auto read = PolicySet::read(tests::source_dir() + "/mappings/policies/000000");
    return std::move(std::get<PolicySet>(read));
  }();
  return policies;
}

inline std::int64_t at(Date day, int hour = 12) {
  return (std::int64_t{day.days()} * 86'400 + (hour - 8) * 3600) * 1'000'000;
}

inline Token token_for(const std::string& ref) {
  Token token;
  for (std::size_t i = 0; i < ref.size() && i < token.bytes.size(); ++i)
    token.bytes[i] = static_cast<std::uint8_t>(ref[i]);
  return token;
}

/// A closed list, and what came back from the banks.
struct ClosedList {
  PaymentList list;
  Answers answers;
  std::int64_t closed_at_us = 0;
};

/// One parent as the office knows them.
struct Parent {
  std::string ref;
  Payee now;
  std::vector<RightSpan>& decided(BenefitIndex benefit) { return now.rights[benefit].stands; }
};

class Office {
 public:
  explicit Office(const PolicySet& policies, Date ledger_start = Date(2026, 4, 1))
      : policies_(policies), ledger_start_(ledger_start) {}

  /// A parent who lives in a town from 1990 on, with an account at a bank.
  Payee& add(const std::string& ref, Sex sex, const std::string& town, const std::string& bank) {
    auto& payee = payees_[ref];
    payee.ref = ref, payee.name = ref, payee.anchor = token_for(ref), payee.sex = sex;
    payee.places = {{{Date(1990, 1, 1), Date::forever()}, town}};
    payee.area = town;
    payee.account = PayAccount{bank, "6200" + ref, ref, Date(2012, 1, 1), 1};
    return payee;
  }
  Payee& of(const std::string& ref) { return payees_.at(ref); }

  /// A move: known from now on.
  void move(const std::string& ref, Date on, const std::string& town) {
    auto& payee = of(ref);
    payee.places.back().when.until = on;
    payee.places.push_back({{on, Date::forever()}, town});
    payee.area = town;
  }

  /// Confirms on a day what the facts of the day come to, of each benefit whose timeline is otherwise.
  void decide(const std::string& wife, const std::string& husband, Date on, const std::string& facts) {
    const auto family = policy::read_facts(facts, {});
    ASSERT_TRUE(family) << describe(family.error());
    if (!wife.empty()) confirm(wife, on, policies_.evaluate(family->wife.value()));
    if (!husband.empty()) confirm(husband, on, policies_.evaluate(family->husband.value()));
  }
  void confirm(const std::string& ref, Date on, const std::vector<Entitlement>& rights) {
    auto& payee = of(ref);
    for (BenefitIndex benefit = 0; benefit < policies_.benefits().size(); ++benefit) {
      std::vector<RightSpan> spans;
      for (const auto& right : rights)
        if (right.benefit == benefit) spans.push_back({right.when, right.amount, right.certainty, false});
      auto known = payee.rights.find(benefit);
      if (known == payee.rights.end() && spans.empty()) continue;
      if (known != payee.rights.end() && known->second.stands == spans) continue;
      auto& right = payee.rights[benefit];
      right.stands = spans;
      right.confirmations.push_back({on, spans});
      payee.why[benefit] = {{}, on, "case worker"};
    }
  }

  /// The list of a period as it would be closed on a day.
  PaymentList draw(const std::string& period, Date day, const std::string& region = "320812") {
    PaymentList list;
    list.region = region, list.period_name = period;
    list.period = *period_named(period, PaymentPeriod::quarter);
    list.list_no = list_number(list.region, period, 1), list.day = day;
    if (const auto* last = last_of(region)) list.previous = last->list.list_no;
    return draw_up(policies_, std::move(list), payees(region), {ledger_start_, {"A", "B"}});
  }
  std::vector<ListFinding> check(const PaymentList& list) {
    const auto all = payees(list.region);
    static const std::vector<PaymentLine> none;
    const auto* last = last_of(list.region);
    return check_list(policies_, {list, all, last ? last->list.lines : none});
  }
  const PaymentList& close(const std::string& period, Date day, const std::string& region = "320812") {
    auto list = draw(period, day, region);
    for (auto& entry : ledger_after(ledger_, list, at(day, 23))) {
      if (entry.id == 0) entry.id = ++last_entry_;
      const auto before =
          std::find_if(ledger_.begin(), ledger_.end(), [&](const auto& one) { return one.id == entry.id; });
      if (before == ledger_.end())
        ledger_.push_back(std::move(entry));
      else
        *before = std::move(entry);
    }
    closed_.push_back({std::move(list), {}, at(day, 23)});
    return closed_.back().list;
  }
  /// A bank answers a line of the last closed list, or of an earlier one.
  void answer(const std::string& list_no, int line_no, const std::string& code, Date on) {
    for (auto& closed : closed_) {
      if (closed.list.list_no != list_no) continue;
      for (const auto& line : closed.list.lines)
        if (line.line_no == line_no)
          closed.answers[line_no] = {line_no, "", code, "", line.total(), at(on), at(on)};
      if (code == "00") return;
      for (auto& entry : ledger_)
        if (entry.taken_by == list_no && entry.taken_line == line_no)
          entry.taken_by.clear(), entry.taken_line = 0;
    }
  }
  void answer_all_paid(const std::string& list_no, Date on) {
    for (auto& closed : closed_)
      if (closed.list.list_no == list_no)
        for (const auto& line : closed.list.lines)
          if (line.sent() && !closed.answers.contains(line.line_no)) answer(list_no, line.line_no, "00", on);
  }

  const ClosedList* last_of(const std::string& region) const {
    const ClosedList* last = nullptr;
    for (const auto& closed : closed_)
      if (closed.list.region == region) last = &closed;
    return last;
  }
  /// Everybody with what the books say of them.
  std::vector<Payee> payees(const std::string& region = "320812") {
    std::vector<Payee> all;
    for (auto [ref, payee] : payees_) {
      payee.settled.clear(), payee.given_back.clear(), payee.last.clear(), payee.returns.clear();
      payee.settled_in.clear(), payee.ledger.clear();
      for (const auto& closed : closed_)
        for (const auto& line : closed.list.lines)
          if (line.ref == ref) add_books(closed, line, payee, &closed == last_of(region));
      for (const auto& entry : ledger_)
        if (entry.ref == ref) {
          payee.ledger.push_back(entry);
          if (entry.state == LedgerState::paid_back)
            payee.settled[{*policies_.find(entry.benefit), entry.period}] -= entry.fen;
        }
      all.push_back(std::move(payee));
    }
    return all;
  }
  std::vector<LedgerEntry>& ledger() { return ledger_; }
  std::vector<ClosedList>& closed() { return closed_; }
  Date ledger_start() const { return ledger_start_; }
  const PolicySet& policies() const { return policies_; }

 private:
  void add_books(const ClosedList& closed, const PaymentLine& line, Payee& payee, bool last) {
    const auto answer = closed.answers.find(line.line_no);
    const bool returned = answer != closed.answers.end() && !answer->second.paid();
    for (const auto& one : line.periods) {
      const PaymentKey key{*policies_.find(one.benefit), one.period};
      if (returned) payee.given_back.push_back(key);
      if (returned || line.held != Held::no) continue;
      payee.settled[key] += one.fen;
      if (one.fen > 0) payee.settled_in[key] = closed.list.region;
    }
    if (returned)
      payee.returns.push_back({closed.list.list_no, line.account.account, answer->second.known_at_us});
    if (last) payee.last.push_back(line);
  }

  const PolicySet& policies_;
  const Date ledger_start_;
  std::map<std::string, Payee> payees_;
  std::vector<ClosedList> closed_;
  std::vector<LedgerEntry> ledger_;
  std::int64_t last_entry_ = 0;
};

inline std::string yuan(std::int64_t fen) {
  return yuan_text(fen);
}

/// "5 rows 8070.00" of each town, benefit or bank.
inline std::string told(const std::vector<ListSums::Sum>& sums) {
  std::string text;
  for (const auto& sum : sums)
    text +=
        (text.empty() ? "" : "; ") + sum.what + " " + std::to_string(sum.rows) + " " + yuan(sum.total_fen);
  return text;
}

}  // namespace kinhub::test
