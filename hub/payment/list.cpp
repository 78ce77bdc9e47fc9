#include "hub/payment/list.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <set>
#include <tuple>

namespace kinhub {
namespace {

std::string county_of(std::string_view area) {
  return std::string(area.substr(0, std::min<std::size_t>(area.size(), 6)));
}

/// What a payee of this list is paid for one benefit.
struct Part {
  BenefitIndex benefit{};
  std::vector<PaidPeriod> periods;
  bool pending = false;
};

Held held_of(const Payee& payee, const std::vector<std::string>& banks) {
  if (!payee.account || payee.account->account.empty()) return Held::no_account;
  const auto& account = *payee.account;
  // A payee is named by an account that begins on the day of the death or later, in another's name.
  if (payee.died && (account.on < *payee.died || account.holder.empty() || account.holder == payee.name))
    return Held::dead;
  std::set<std::string> gave_back;
  for (const auto& one : payee.returns) {
    if (one.account != account.account) continue;
    gave_back.insert(one.list_no);
    if (account.told_at_us <= one.at_us) return Held::returned;
  }
  if (gave_back.size() >= 2) return Held::returned;
  if (std::find(banks.begin(), banks.end(), account.bank) == banks.end()) return Held::no_bank;
  return Held::no;
}

/// The sums of one person that this county pays, by benefit.
class Drawing {
 public:
  Drawing(const PolicySet& policies, PaymentList& list, const DrawOptions& options)
      : policies_(policies), list_(list), options_(options) {}

  void add(const Payee& payee) {
    const auto found =
        reckon(policies_, payee.rights, payee.settled, list_.period, options_.ledger_start, list_.day);
    std::map<BenefitIndex, Part> parts;
    for (const auto& delta : found.regular)
      if (pays(payee, delta)) add(payee, delta, PaidAs::regular, parts);
    for (const auto& delta : found.arrears)
      if (pays(payee, delta))
        add(payee, delta, was_given_back(payee, delta.key) ? PaidAs::again : PaidAs::arrears, parts);
    for (const auto& due : found.unknown)
      if (county_on(payee, due.held_on) == list_.region)
        list_.left_out.push_back(
            {payee.ref, id_of(due.key.benefit), due.key.period, LeftOut::Why::no_amount});
    for (const auto& delta : found.overpaid)
      if (booked_here(payee, delta.key))
        list_.overpaid.push_back({payee.anchor, payee.ref, payee.name, payee.area, id_of(delta.key.benefit),
                                  delta.key.period, -delta.fen});
    add_lines(payee, parts, found);
  }

 private:
  const std::string& id_of(BenefitIndex benefit) const { return policies_.benefits()[benefit].id; }

  bool pays(const Payee& payee, const PaymentDelta& delta) {
    const auto county = county_on(payee, delta.held_on);
    if (county.empty())
      list_.left_out.push_back(
          {payee.ref, id_of(delta.key.benefit), delta.key.period, LeftOut::Why::no_residence});
    return county == list_.region;
  }
  /// A sum that was paid too much is booked by the county that paid it; of an imported one by that of the
  /// person.
  bool booked_here(const Payee& payee, const PaymentKey& key) const {
    const auto paid = payee.settled_in.find(key);
    const auto county = paid == payee.settled_in.end() ? county_on(payee, list_.day) : paid->second;
    return county == list_.region;
  }
  static bool was_given_back(const Payee& payee, const PaymentKey& key) {
    return std::find(payee.given_back.begin(), payee.given_back.end(), key) != payee.given_back.end();
  }
  void add(const Payee& payee, const PaymentDelta& delta, PaidAs as,
           std::map<BenefitIndex, Part>& parts) const {
    auto& part = parts[delta.key.benefit];
    part.benefit = delta.key.benefit;
    part.pending = part.pending || delta.pending;
    part.periods.push_back(
        {id_of(delta.key.benefit), delta.key.period, per_of(payee, delta.key.benefit), delta.fen, as});
  }
  static Per per_of(const Payee& payee, BenefitIndex benefit) {
    const auto right = payee.rights.find(benefit);
    return right == payee.rights.end() || right->second.stands.empty()
               ? Per::month
               : right->second.stands.back().amount.per;
  }

  void add_lines(const Payee& payee, const std::map<BenefitIndex, Part>& parts, const Reckoning& found) {
    std::vector<PaymentLine> lines;
    for (const auto& [benefit, part] : parts) {
      PaymentLine line;
      line.payee = payee.anchor, line.ref = payee.ref, line.name = payee.name, line.number = payee.number;
      line.sex = payee.sex, line.area = payee.area, line.archive_no = payee.archive_no;
      line.benefit = id_of(benefit), line.title = policies_.benefits()[benefit].title;
      if (payee.account) line.account = *payee.account;
      line.periods = part.periods;
      line.held = held_of(payee, options_.banks);
      // The last month that is due, whether it stands here or was paid before.
      for (const auto& due : found.due)
        if (due.key.benefit == benefit && due.amount.per == Per::month) line.standard_fen = due.amount.fen;
      if (part.pending) line.changes.add(ListChange::pending);
      if (const auto why = payee.why.find(benefit); why != payee.why.end()) line.why = why->second;
      lines.push_back(std::move(line));
    }
    take_offsets(payee, found, lines);
    tell_changes(payee, lines, found);
    for (auto& line : lines)
      list_.lines.push_back(std::move(line));
  }

  /// What was agreed to be taken back is taken from what is paid now, as far as it is overpaid still; no line
  /// goes below 0.
  void take_offsets(const Payee& payee, const Reckoning& found, std::vector<PaymentLine>& lines) const {
    std::map<std::pair<std::string, Date>, std::int64_t> overpaid;
    for (const auto& delta : found.overpaid)
      overpaid[{id_of(delta.key.benefit), delta.key.period}] -= delta.fen;
    for (const auto& entry : payee.ledger) {
      if (entry.state != LedgerState::agreed || taken_and_stands(entry) || entry.region != list_.region)
        continue;
      auto& still = overpaid[{entry.benefit, entry.period}];
      auto rest = std::min(entry.fen, still);
      for (auto& line : lines) {
        const auto part =
            line.held == Held::no ? std::min(rest, line.total()) : 0;  // a held line settles nothing
        if (part <= 0) continue;
        line.periods.push_back({entry.benefit, entry.period, Per::month, -part, PaidAs::offset});
        if (!line.offset_document.empty()) line.offset_document += "; ";
        line.offset_document += entry.document;
        rest -= part, still -= part;
      }
    }
  }

  void tell_changes(const Payee& payee, std::vector<PaymentLine>& lines, const Reckoning& found) {
    std::int64_t then = 0, now = 0;
    std::set<std::pair<std::string, std::int64_t>> kinds_then, kinds_now;  // benefit and month amount
    for (const auto& line : payee.last) {
      then += line.regular();
      if (line.regular() != 0) kinds_then.emplace(line.benefit, line.standard_fen);
    }
    for (const auto& line : lines) {
      now += line.regular();
      if (line.regular() != 0) kinds_now.emplace(line.benefit, line.standard_fen);
    }
    if (then != 0 && now == 0) {
      StoppedPayee gone{payee.anchor, payee.ref, payee.name, payee.area, then, {}};
      for (const auto& [benefit, why] : payee.why)
        if (why.on >= gone.why.on) gone.why = why;
      list_.stopped.push_back(std::move(gone));
    }
    // A right that goes on is held on the last day of the period.
    const Date last_day = list_.period.until.plus_days(-1);
    const bool ends = std::none_of(found.due.begin(), found.due.end(),
                                   [&](const DuePayment& due) { return due.held_on >= last_day; });
    for (auto& line : lines) {
      auto& changes = line.changes;
      if (then == 0 && now != 0) changes.add(ListChange::joined);
      if (ends && now != 0) changes.add(ListChange::last);
      if (then != 0 && now != 0 && kinds_then != kinds_now) changes.add(ListChange::altered);
      if (line.sum(PaidAs::arrears) != 0) changes.add(ListChange::arrears);
      if (line.sum(PaidAs::again) != 0) changes.add(ListChange::again);
      if (line.held != Held::no) changes.add(ListChange::held);
      if (!payee.last.empty()) {
        const auto& before = payee.last.front();
        if (before.town() != line.town()) changes.add(ListChange::moved), line.moved_from = before.town();
        if (before.account.account != line.account.account || before.account.bank != line.account.bank)
          changes.add(ListChange::account);
        const bool was_held = std::any_of(payee.last.begin(), payee.last.end(),
                                          [](const PaymentLine& one) { return one.held != Held::no; });
        if (was_held && line.held == Held::no) changes.add(ListChange::released);
      }
      if (changes.empty() && then != 0 && now != 0) changes.add(ListChange::goes_on);
    }
  }

  const PolicySet& policies_;
  PaymentList& list_;
  const DrawOptions& options_;
};

/// Codes of changes, and their words.
constexpr std::array<std::pair<std::string_view, Text>, list_change_count> change_words{
    {{"joined", Text::pay_joined},
     {"goes_on", Text::pay_goes_on},
     {"last", Text::pay_last},
     {"altered", Text::pay_altered},
     {"arrears", Text::pay_arrears},
     {"again", Text::pay_again},
     {"moved", Text::pay_moved},
     {"account", Text::pay_account_changed},
     {"held", Text::pay_held},
     {"released", Text::pay_released},
     {"pending", Text::pay_pending},
     {"stopped", Text::pay_stopped}}};

void add(ListSums::Sum& sum, const PaymentLine& line) {
  ++sum.rows;
  sum.regular_fen += line.regular(), sum.arrears_fen += line.arrears(), sum.offset_fen += line.offset();
  sum.total_fen += line.total();
}

}  // namespace

std::string_view name_of(Held held) {
  switch (held) {
    case Held::no:
      return "";
    case Held::no_account:
      return "no_account";
    case Held::no_bank:
      return "no_bank";
    case Held::returned:
      return "returned";
    case Held::dead:
      return "dead";
  }
  return "";
}
std::string_view words_of(Held held, Language language) {
  switch (held) {
    case Held::no:
      return "";
    case Held::no_account:
      return text(Text::held_no_account, language);
    case Held::no_bank:
      return text(Text::held_no_bank, language);
    case Held::returned:
      return text(Text::held_returned, language);
    case Held::dead:
      return text(Text::held_dead, language);
  }
  return "";
}
std::string_view name_of(ListChange change) {
  return change_words.at(static_cast<std::size_t>(change)).first;
}
std::string_view words_of(ListChange change, Language language) {
  return text(change_words.at(static_cast<std::size_t>(change)).second, language);
}

std::vector<ListChange> ListChanges::all() const {
  std::vector<ListChange> found;
  for (std::size_t i = 0; i < list_change_count; ++i)
    if (has(static_cast<ListChange>(i))) found.push_back(static_cast<ListChange>(i));
  return found;
}

std::int64_t PaymentLine::sum(PaidAs as) const {
  std::int64_t fen = 0;
  for (const auto& one : periods)
    if (one.as == as) fen += one.fen;
  return fen;
}
std::int64_t PaymentLine::regular(Per per) const {
  std::int64_t fen = 0;
  for (const auto& one : periods)
    if (one.as == PaidAs::regular && one.per == per) fen += one.fen;
  return fen;
}
std::int64_t PaymentLine::total() const {
  std::int64_t fen = 0;
  for (const auto& one : periods)
    fen += one.fen;
  return fen;
}

std::string_view name_of(PaymentPeriod period) {
  switch (period) {
    case PaymentPeriod::quarter:
      return "quarter";
    case PaymentPeriod::half:
      return "half";
    case PaymentPeriod::year:
      return "year";
  }
  return "";
}

std::optional<Interval> period_named(std::string_view name, PaymentPeriod kind) {
  const auto digit = [&](std::size_t at) { return name[at] >= '0' && name[at] <= '9'; };
  if (name.size() < 4 || !digit(0) || !digit(1) || !digit(2) || !digit(3)) return std::nullopt;
  const int year = (name[0] - '0') * 1000 + (name[1] - '0') * 100 + (name[2] - '0') * 10 + (name[3] - '0');
  if (year < 1979 || year > 9000) return std::nullopt;
  const auto rest = name.substr(4);
  const Date start(year, 1, 1);
  const auto nth = [&](char letter, int count, int months) -> std::optional<Interval> {
    if (rest.size() != 2 || rest[0] != letter || rest[1] < '1' || rest[1] > '0' + count) return std::nullopt;
    const auto from = start.plus_months((rest[1] - '1') * months);
    return Interval{from, from.plus_months(months)};
  };
  switch (kind) {
    case PaymentPeriod::quarter:
      return nth('Q', 4, 3);
    case PaymentPeriod::half:
      return nth('H', 2, 6);
    case PaymentPeriod::year:
      return rest.empty() ? std::optional(Interval{start, start.plus_months(12)}) : std::nullopt;
  }
  return std::nullopt;
}

Date cut_off_of(Interval period, int day) {
  const auto first = period.until.plus_months(-1);
  return std::min(first.plus_days(day - 1), period.until.plus_days(-1));
}

std::string list_number(std::string_view region, std::string_view period, int serial) {
  auto number = std::to_string(serial);
  if (number.size() < 2) number.insert(0, "0");
  return "TF-" + std::string(region) + "-" + std::string(period) + "-" + number;
}

std::string_view name_of(LedgerState state) {
  switch (state) {
    case LedgerState::found:
      return "found";
    case LedgerState::told:
      return "told";
    case LedgerState::agreed:
      return "agreed";
    case LedgerState::paid_back:
      return "paid_back";
    case LedgerState::waived:
      return "waived";
    case LedgerState::lapsed:
      return "lapsed";
  }
  return "";
}

std::string county_on(const Payee& payee, Date day) {
  for (const auto& place : payee.places)
    if (place.when.contains(day)) return county_of(place.area);
  return "";
}

PaymentList draw_up(const PolicySet& policies, PaymentList list, const std::vector<Payee>& payees,
                    const DrawOptions& options) {
  assert(!list.period.empty() && options.ledger_start < list.period.until);
  Drawing drawing(policies, list, options);
  for (const auto& payee : payees)
    drawing.add(payee);
  const auto order = [](const auto& one) { return std::tie(one.area, one.ref); };
  std::sort(list.lines.begin(), list.lines.end(), [](const PaymentLine& a, const PaymentLine& b) {
    const auto town_a = a.town(), town_b = b.town();
    return std::tie(town_a, a.area, a.archive_no, a.ref, a.benefit) <
           std::tie(town_b, b.area, b.archive_no, b.ref, b.benefit);
  });
  int number = 0;
  for (auto& line : list.lines)
    line.line_no = ++number;
  std::sort(list.stopped.begin(), list.stopped.end(),
            [&](const auto& a, const auto& b) { return order(a) < order(b); });
  std::sort(list.overpaid.begin(), list.overpaid.end(), [](const OverpaidSum& a, const OverpaidSum& b) {
    return std::tie(a.area, a.ref, a.period, a.benefit) < std::tie(b.area, b.ref, b.period, b.benefit);
  });
  std::sort(list.left_out.begin(), list.left_out.end(), [](const LeftOut& a, const LeftOut& b) {
    return std::tie(a.ref, a.period, a.benefit) < std::tie(b.ref, b.period, b.benefit);
  });
  return list;
}

bool taken_and_stands(const LedgerEntry& entry) {
  return !entry.taken_by.empty();
}

std::vector<LedgerEntry> ledger_after(const std::vector<LedgerEntry>& ledger, const PaymentList& list,
                                      std::int64_t at_us) {
  using Key = std::tuple<Token, std::string, Date>;
  std::vector<LedgerEntry> entries = ledger;
  const auto untouched = ledger.size();
  // What the lines of this list took.
  for (const auto& line : list.lines)
    for (const auto& one : line.periods) {
      if (one.as != PaidAs::offset) continue;
      auto rest = -one.fen;
      for (std::size_t i = 0; i < entries.size() && rest > 0; ++i) {
        auto& entry = entries[i];
        if (entry.payee != line.payee || entry.benefit != one.benefit || entry.period != one.period ||
            entry.region != list.region || entry.state != LedgerState::agreed || taken_and_stands(entry))
          continue;
        const auto part = std::min(rest, entry.fen);
        auto left = entry;
        entry.fen = part, entry.taken_by = list.list_no, entry.taken_line = line.line_no, entry.at_us = at_us;
        rest -= part;
        left.fen -= part;
        if (left.fen > 0) left.id = 0, left.at_us = at_us, entries.push_back(left);
      }
    }
  // What is overpaid now beside what stands in the ledger and was not given back otherwise.
  std::map<Key, std::int64_t> open;
  for (const auto& one : list.overpaid)
    open[{one.payee, one.benefit, one.period}] += one.fen;
  const auto stands = [](const LedgerEntry& entry) {
    return entry.state == LedgerState::found || entry.state == LedgerState::told ||
           entry.state == LedgerState::waived ||
           (entry.state == LedgerState::agreed && !taken_and_stands(entry));
  };
  for (auto& entry : entries) {
    // An entry that this very list took was overpaid when the list was drawn.
    const bool took_now = entry.taken_by == list.list_no && entry.state == LedgerState::agreed;
    if (entry.region != list.region || (!stands(entry) && !took_now)) continue;
    auto& rest = open[{entry.payee, entry.benefit, entry.period}];
    const auto part = std::min(rest, entry.fen);
    rest -= part;
    if (part == entry.fen || took_now) continue;
    if (part == 0)
      entry.state = LedgerState::lapsed;
    else
      entry.fen = part;
    entry.at_us = at_us;
  }
  for (const auto& one : list.overpaid) {
    auto& rest = open[{one.payee, one.benefit, one.period}];
    if (rest <= 0) continue;
    LedgerEntry entry;
    entry.payee = one.payee, entry.ref = one.ref, entry.region = list.region;
    entry.benefit = one.benefit, entry.period = one.period;
    entry.fen = rest, entry.state = LedgerState::found, entry.found_by = list.list_no, entry.at_us = at_us;
    rest = 0;
    entries.push_back(std::move(entry));
  }
  std::vector<LedgerEntry> changed;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (i >= untouched || entries[i] != ledger[i]) changed.push_back(std::move(entries[i]));
  return changed;
}

Result<LedgerEntry> ledger_step(LedgerEntry entry, LedgerState to, std::string document, std::string by,
                                std::int64_t at_us) {
  const bool first = entry.state == LedgerState::found && to == LedgerState::told;
  const bool otherwise = to == LedgerState::paid_back || to == LedgerState::waived;
  const bool then = (entry.state == LedgerState::told && (to == LedgerState::agreed || otherwise)) ||
                    (entry.state == LedgerState::agreed && !taken_and_stands(entry) && otherwise);
  if (!first && !then)
    return Error{
        "LEDGER_STEP",
        "this sum is " + std::string(name_of(entry.state)) +
            ": it is told to the family first, then agreed, paid back or waived; of what was agreed and no "
            "line has taken, paid back or waived",
        std::string(name_of(to))};
  if (then && document.find_first_not_of(" \t") == std::string::npos)
    return Error{"DOCUMENT_MISSING", "say on which document this rests: --document TEXT", ""};
  entry.state = to, entry.document = std::move(document), entry.by = std::move(by), entry.at_us = at_us;
  return entry;
}

ListSums sums_of(const std::vector<PaymentLine>& lines) {
  ListSums sums;
  std::map<std::string, ListSums::Sum> towns, communities, benefits, banks;
  sums.all.what = "total", sums.held.what = "held", sums.sent.what = "sent";
  for (const auto& line : lines) {
    add(sums.all, line);
    add(towns[line.town()], line);
    add(communities[line.area.size() == 12 ? line.area : ""], line);
    add(benefits[line.benefit], line);
    if (line.held != Held::no) {
      add(sums.held, line);
      continue;
    }
    add(banks[line.account.bank], line);
    add(sums.sent, line);
  }
  const auto listed = [](std::map<std::string, ListSums::Sum>& all) {
    std::vector<ListSums::Sum> found;
    for (auto& [what, sum] : all)
      sum.what = what, found.push_back(sum);
    return found;
  };
  sums.towns = listed(towns), sums.communities = listed(communities), sums.benefits = listed(benefits);
  sums.banks = listed(banks);
  return sums;
}

}  // namespace kinhub
