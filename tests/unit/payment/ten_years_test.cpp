// Ten years of quarters with late deaths that turn out false, grades that change, moves, returned lines and
// recovered money: what closed lists paid is what was decided, month by month, to the fen.

#include <random>

#include "tests/seeds.hpp"
#include "tests/unit/payment/books.hpp"

namespace kinhub::test {
namespace {

constexpr auto here = "320812", there = "320813";

/// What is told of one family at present.
struct Family {
  std::string wife, husband;
  Date born_wife, born_husband, child_born;
  std::vector<std::pair<Date, int>> grades;
  std::optional<Date> child_died, wife_died, husband_died, adopted;

  std::string facts() const {
    std::string text = "wife born " + born_wife.text() + "; husband born " + born_husband.text() +
                       "\ncouple married 1990-01-01\nchild A born " + child_born.text();
    for (std::size_t i = 0; i < grades.size(); ++i)
      text += std::string(i == 0 ? ", disabled" : ",") + " grade " + std::to_string(grades[i].second) +
              " from " + grades[i].first.text();
    if (child_died) text += ", died " + child_died->text();
    if (wife_died) text += "\nwife died " + wife_died->text();
    if (husband_died) text += "\nhusband died " + husband_died->text();
    if (adopted) text += "\nchild B born 2015-01-01, adopted " + adopted->text();
    return text + "\nhousehold registered 320812 from 1990-01-01, urban";
  }
};

/// A judge that knows nothing of timelines: it looks at each day of a month.
class Judge {
 public:
  explicit Judge(const PolicySet& policies)
      : low_(*policies.find("national-special-assistance/disability")),
        high_(*policies.find("national-special-assistance/death")) {}

  std::int64_t due(const DecidedRights& rights, Date month) const {
    const auto low = held(rights, low_, month), high = held(rights, high_, month);
    if (high && high->payable) return high->fen;
    if (low && low->payable) return low->fen;
    if (high) return before(rights, low_, high->begins);
    if (low) return before(rights, high_, low->begins);
    return 0;
  }

 private:
  struct Held {
    std::int64_t fen = 0;
    bool payable = false;
    Date begins;  ///< of its last run in the month
  };
  static const RightSpan* on(const std::vector<RightSpan>& spans, Date day) {
    for (const auto& span : spans)
      if (span.when.contains(day)) return &span;
    return nullptr;
  }
  static Date begin_of_run(const std::vector<RightSpan>& spans, Date day) {
    for (const auto* span = on(spans, day); span; span = on(spans, day.plus_days(-1)))
      day = span->when.from;
    return day;
  }
  static Date end_of_run(const std::vector<RightSpan>& spans, Date day) {
    for (const auto* span = on(spans, day); span; span = on(spans, day))
      day = span->when.until;
    return day;
  }
  /// First day from which on the run stands confirmed.
  static std::optional<Date> since(const DecidedRight& right, Date from, Date until) {
    std::optional<Date> day;
    for (auto one = right.confirmations.rbegin(); one != right.confirmations.rend(); ++one) {
      bool any = false;
      for (const auto& span : one->confirmed)
        any = any || (span.when.from < until && from < span.when.until);
      if (!any) break;
      day = one->on;
    }
    return day;
  }
  static std::optional<Held> held(const DecidedRights& rights, BenefitIndex benefit, Date month) {
    const auto found = rights.find(benefit);
    if (found == rights.end()) return std::nullopt;
    const auto& right = found->second;
    std::optional<Held> held;
    for (Date day = month; day < month.plus_months(1); day = day.plus_days(1)) {
      const auto* span = on(right.stands, day);
      if (!span) continue;
      if (!held) held.emplace();
      held->fen = span->amount.fen;
      held->begins = begin_of_run(right.stands, day);
      const auto confirmed = since(right, held->begins, end_of_run(right.stands, day));
      held->payable =
          held->payable || (confirmed && month >= std::max(held->begins, *confirmed).month_start());
    }
    return held;
  }
  static std::int64_t before(const DecidedRights& rights, BenefitIndex benefit, Date day) {
    const auto found = rights.find(benefit);
    if (found == rights.end()) return 0;
    const auto* last = on(found->second.stands, day.plus_days(-1));
    if (!last || last->when.until != day) return 0;
    const auto from = begin_of_run(found->second.stands, day.plus_days(-1));
    const auto confirmed = since(found->second, from, day);
    return confirmed && std::max(from, *confirmed).month_start() < day ? last->amount.fen : 0;
  }

  BenefitIndex low_, high_;
};

class TenYears {
 public:
  explicit TenYears(unsigned seed) : chance_(seed), office_(national(), Date(2019, 1, 1)) {
    for (int i = 0; i < 8; ++i) {
      const auto n = std::to_string(10 + i);
      Family family{n + "w",
                    n + "m",
                    Date(1960 + pick(10), 1 + upick(12), 1 + upick(28)),
                    Date(1960, 1, 1),
                    Date(1992, 1, 1),
                    {},
                    {},
                    {},
                    {},
                    {}};
      if (pick(2) == 0)
        family.child_died = Date(2010 + pick(8), 3, 3);
      else
        family.grades.emplace_back(Date(2012, 1, 1), 1 + pick(3));
      office_.add(family.wife, Sex::female, towns_[upick(3)], "A");
      office_.add(family.husband, Sex::male, towns_[upick(3)], "B");
      families_.push_back(std::move(family));
    }
  }

  void live() {
    for (int quarter = 0; quarter < 40 && !testing::Test::HasFailure(); ++quarter) {
      const auto name = std::to_string(2019 + quarter / 4) + "Q" + std::to_string(1 + quarter % 4);
      const auto period = *period_named(name, PaymentPeriod::quarter);
      const Date day = period.until.plus_days(-6);
      for (auto& family : families_)
        happen(family, period);
      for (const auto* region : {here, there}) {
        SCOPED_TRACE(std::string("list ") + region + " " + name);
        const auto list = office_.draw(name, day, region);
        for (const auto& one : office_.check(list))
          if (one.level == ListFinding::Level::red)
            ADD_FAILURE() << one.check << " " << one.place << ": " << one.text;
        for (const auto& line : list.lines) {
          EXPECT_GE(line.total(), 0);
          const auto again = payment_line_from(to_bytes(line));
          EXPECT_EQ(again, line);
        }
        office_.close(name, day, region);
      }
      compare(period);
      for (const auto* region : {here, there})
        answers(list_number(region, name, 1), day);
      settle_overpayments(day);
    }
  }

 private:
  int pick(int below) { return static_cast<int>(chance_() % static_cast<unsigned>(below)); }
  unsigned upick(unsigned below) { return chance_() % below; }
  Date some_day(Date from, Date until) {
    return from.plus_days(pick(std::max(1, until.days() - from.days())));
  }

  void happen(Family& family, Interval period) {
    const auto learned = some_day(period.from, period.until.plus_days(-6));
    const auto on = some_day(learned.plus_days(-400), learned);
    switch (pick(14)) {
      case 0:
        if (!family.wife_died) family.wife_died = on;
        break;
      case 1:
        family.wife_died.reset();  // it was false
        break;
      case 2:
        if (!family.husband_died) family.husband_died = on;
        break;
      case 3:
        family.husband_died.reset();
        break;
      case 4:
        if (!family.grades.empty() && family.grades.back().first < on && !family.child_died)
          family.grades.emplace_back(on, 1 + pick(4));
        break;
      case 5:
        if (family.grades.size() > 1) family.grades.pop_back();  // the new grade was an error
        break;
      case 6:
        if (!family.child_died && (family.grades.empty() || family.grades.back().first < on))
          family.child_died = on;
        break;
      case 7:
        if (!family.grades.empty()) family.child_died.reset();
        break;
      case 8:
        family.adopted = family.adopted ? std::nullopt : std::optional(on);
        break;
      case 9:
      case 10: {
        const auto& who = pick(2) == 0 ? family.wife : family.husband;
        if (office_.of(who).places.back().when.from < on) office_.move(who, on, towns_[upick(3)]);
        break;
      }
      default:
        break;
    }
    for (const auto& who : {family.wife, family.husband})
      if (auto& account = *office_.of(who).account; pick(2) == 0) {
        account.told_at_us = at(learned);
        if (pick(3) == 0) account.account += "0";
      }
    office_.of(family.wife).died = family.wife_died;
    office_.of(family.husband).died = family.husband_died;
    // Decided with this quarter, or with a later one; of both, or of one of them.
    const int who = pick(4);
    if (who == 3) return;
    office_.decide(who == 1 ? "" : family.wife, who == 2 ? "" : family.husband, learned, family.facts());
  }

  /// Every month of everybody: what lists paid, what the last ones hold, what the ledger has.
  void compare(Interval period) {
    const Judge judge(office_.policies());
    for (const auto& payee : office_.payees()) {
      std::map<Date, std::int64_t> paid, held, overpaid;
      for (const auto& [key, fen] : payee.settled)
        paid[key.period] += fen;
      for (const auto* region : {here, there})
        if (const auto* last = office_.last_of(region))
          for (const auto& line : last->list.lines)
            if (line.ref == payee.ref && line.held != Held::no)
              for (const auto& one : line.periods)
                held[one.period] += one.fen;
      for (const auto& entry : payee.ledger) {
        const bool stands = entry.state == LedgerState::found || entry.state == LedgerState::told ||
                            entry.state == LedgerState::waived ||
                            (entry.state == LedgerState::agreed && entry.taken_by.empty());
        if (stands) overpaid[entry.period] += entry.fen;
      }
      for (Date month = office_.ledger_start(); month < period.until; month = month.plus_months(1))
        EXPECT_EQ(judge.due(payee.rights, month) + overpaid[month], paid[month] + held[month])
            << payee.ref << " " << month.text() << ": due " << yuan(judge.due(payee.rights, month))
            << ", ledger " << yuan(overpaid[month]) << ", paid " << yuan(paid[month]) << ", held "
            << yuan(held[month]) << "\n"
            << told(payee.rights) << ledger(payee, month);
    }
  }

  std::string ledger(const Payee& payee, Date month) {
    std::string text;
    for (const auto& one : payee.ledger)
      if (one.period == month)
        text += "ledger " + one.benefit + " " + yuan(one.fen) + " " + std::string(name_of(one.state)) + " " +
                one.found_by + " taken by " + one.taken_by + "\n";
    for (const auto& closed : office_.closed())
      for (const auto& line : closed.list.lines)
        for (const auto& one : line.periods)
          if (line.ref == payee.ref && one.period == month) {
            const auto answer = closed.answers.find(line.line_no);
            text += closed.list.list_no + " " + one.benefit + " " + yuan(one.fen) + " held " +
                    std::string(name_of(line.held)) +
                    (answer == closed.answers.end() ? "" : " answered " + answer->second.code) + "\n";
          }
    return text;
  }
  std::string told(const DecidedRights& rights) const {
    std::string text;
    const auto add = [&](const std::vector<RightSpan>& spans) {
      for (const auto& span : spans)
        text += " [" + span.when.from.text() + ", " + span.when.until.text() + ") " + yuan(span.amount.fen);
      text += "\n";
    };
    for (const auto& [benefit, right] : rights)
      for (const auto& one : right.confirmations)
        text += office_.policies().benefits()[benefit].id + " on " + one.on.text() + ":", add(one.confirmed);
    return text;
  }

  void answers(const std::string& list_no, Date day) {
    for (const auto& closed : office_.closed()) {
      if (closed.list.list_no != list_no) continue;
      const auto lines = closed.list.lines;
      for (const auto& line : lines) {
        if (!line.sent()) continue;
        const int answer = pick(10);
        if (answer < 8) office_.answer(list_no, line.line_no, answer == 0 ? "02" : "00", day.plus_days(3));
      }
    }
  }

  void settle_overpayments(Date day) {
    for (auto& entry : office_.ledger()) {
      if (entry.state == LedgerState::found && pick(2) == 0) {
        entry = *ledger_step(entry, LedgerState::told, "", "zhang", at(day));
      } else if (entry.state == LedgerState::told && pick(2) == 0) {
        const auto to = std::array{LedgerState::agreed, LedgerState::agreed, LedgerState::paid_back,
                                   LedgerState::waived}[upick(4)];
        entry = *ledger_step(entry, to, "协议1号", "zhang", at(day));
      }
    }
  }

  std::mt19937 chance_;
  Office office_;
  const std::array<std::string, 3> towns_{"320812901", "320812902", "320813001"};
  std::vector<Family> families_;
};

TEST(TenYears, ListsPayWhatWasDecidedAndNothingTwice) {
  for (const auto seed : seeds({1, 2, 3, 4, 5, 6})) {
    SCOPED_TRACE("KINHUB_SEED=" + std::to_string(seed));
    TenYears(seed).live();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace kinhub::test
