#include "hub/policy/expectation.hpp"

#include <fmt/format.h>

namespace kinhub::policy {
namespace {

// Left-to-right parser: each step takes what it knows off one end of the rest.
class LineReader {
 public:
  LineReader(const PolicySet& policies, const Document& document)
      : policies_(policies), document_(document) {}

  Result<Expectation> read(const std::string& line) const {
    Expectation expected;
    expected.line = line;
    auto rest = line;
    if (take_word(rest, "next change after")) return next_change(expected, rest);
    if (take_word(rest, "on") || take_word(rest, "当日")) {
      auto day = Date::parse(rest.substr(0, 10));
      if (!day || rest.size() < 12 || rest[10] != ':')
        return wrong(line, "write 'on 2020-10-01: allowance dead wife not met, because ...'");
      expected.kind = Expectation::Kind::value_on;
      expected.on = *day;
      rest = tidy(rest.substr(11));
    }
    if (!take_benefit(rest, expected.benefit)) return wrong(line, "it names no benefit of the policies here");
    if (!take_person(rest, expected.person))
      return wrong(line, "after the benefit stands wife, husband or household");
    if (expected.kind == Expectation::Kind::value_on) return value_on(expected, rest);
    if (auto because = rest.find(" because "); because != std::string::npos) {
      expected.because = tidy(rest.substr(because + 9));
      expected.because = tidy(expected.because.substr(0, expected.because.find('(')));
      rest = tidy(rest.substr(0, because));
    }
    if (rest == "nothing" || rest == "无") return expected.kind = Expectation::Kind::nothing, expected;
    if (rest == "no change" || rest == "不变") return expected.kind = Expectation::Kind::no_change, expected;
    return dues(expected, rest);
  }

 private:
  Error wrong(const std::string& line, std::string_view why) const {
    return {"POLICY_TEST_EXPECT", fmt::format("'{}' is not understood: {}", line, why),
            document_.place.text()};
  }

  // The longest name that fits; this document's benefits first.
  bool take_benefit(std::string& rest, BenefitIndex& found) const {
    std::string best;
    bool best_is_own = false;
    for (std::size_t i = 0; i < policies_.benefits().size(); ++i) {
      const auto& benefit = policies_.benefits()[i];
      bool own = benefit.policy == document_.id;
      for (const auto& name : {benefit.name, benefit.title, benefit.id}) {
        auto words = rest;
        if (!take_word(words, name)) continue;
        if (!best.empty() && (best_is_own && !own)) continue;
        if (!best.empty() && best_is_own == own && name.size() <= best.size()) continue;
        best = name, best_is_own = own;
        found = static_cast<BenefitIndex>(i);
      }
    }
    return !best.empty() && take_word(rest, best);
  }

  static bool take_person(std::string& rest, std::string& person) {
    for (auto [written, name] :
         {std::pair("wife", "wife"), std::pair("妻子", "wife"), std::pair("husband", "husband"),
          std::pair("丈夫", "husband"), std::pair("household", "household"), std::pair("家庭", "household")})
      if (take_word(rest, written)) return person = name, true;
    return false;
  }

  Result<Expectation> next_change(Expectation expected, const std::string& rest) const {
    expected.kind = Expectation::Kind::next_change;
    auto after = Date::parse(rest.substr(0, 10));
    auto told = rest.size() > 11 && rest[10] == ':' ? tidy(rest.substr(11)) : std::string();
    if (after && told == "none") return expected.on = *after, expected.next = Date::forever(), expected;
    auto next = Date::parse(told.substr(0, 10));
    if (!after || !next)
      return wrong(expected.line, "write 'next change after 2019-03-01: 2019-05-20 wife reaches 49'");
    expected.on = *after;
    expected.next = *next;
    expected.because = told.size() > 10 ? tidy(told.substr(10)) : std::string();
    return expected;
  }

  Result<Expectation> value_on(Expectation expected, std::string rest) const {
    if (auto because = rest.find(", because "); because != std::string::npos) {
      expected.because = tidy(rest.substr(because + 10));
      rest = tidy(rest.substr(0, because));
    }
    if (rest == "met")
      expected.value = Explanation::Value::met;
    else if (rest == "not met")
      expected.value = Explanation::Value::not_met;
    else if (rest == "unknown")
      expected.value = Explanation::Value::unknown;
    else
      return wrong(expected.line, "a condition is met, not met or unknown");
    return expected;
  }

  struct Period {
    Interval days;
    Per per;
  };
  static std::optional<Period> period(std::string_view written) {
    if (written.size() == 10) {
      auto day = Date::parse(written);
      return day ? std::optional(Period{{*day, day->plus_days(1)}, Per::once}) : std::nullopt;
    }
    auto date = PartialDate::parse(written);
    if (!date || (written.size() != 7 && written.size() != 4)) return std::nullopt;
    return Period{{date->first, date->last().plus_days(1)}, written.size() == 7 ? Per::month : Per::year};
  }

  Result<Expectation> dues(Expectation expected, std::string rest) const {
    if (auto pending = rest.find(" pending"); pending != std::string::npos) {
      expected.certainty = Certainty::possible;
      auto words = tidy(rest.substr(pending + 8));
      rest = tidy(rest.substr(0, pending));
      if (words.starts_with(":")) {
        expected.pending.emplace();
        for (std::size_t at = 1; at <= words.size();) {
          auto comma = std::min(words.find(',', at), words.size());
          expected.pending->insert(tidy(words.substr(at, comma - at)));
          at = comma + 1;
        }
      }
    }
    if (auto equals = rest.find(" = "); equals != std::string::npos) {
      expected.total = signed_yuan(tidy(rest.substr(equals + 3)));
      if (!expected.total) return wrong(expected.line, "after '=' stands the sum of the differences");
      rest = tidy(rest.substr(0, equals));
    }
    if (rest.ends_with(" each")) rest.resize(rest.size() - 5);
    auto blank = rest.rfind(' ');
    auto sum = blank == std::string::npos ? std::string() : rest.substr(blank + 1);
    if (sum == "unknown") {
      expected.known = false;
    } else {
      auto fen = signed_yuan(sum);
      if (!fen || sum.find('.') == std::string::npos)
        return wrong(expected.line, "it ends with a sum as 610.00, or 'unknown'");
      expected.fen = *fen;
    }
    rest = tidy(rest.substr(0, blank));
    if (take_word(rest, "days")) expected.kind = Expectation::Kind::days;
    return periods(expected, rest);
  }

  static std::optional<std::int64_t> signed_yuan(std::string text) {
    bool minus = text.starts_with('-');
    if (minus || text.starts_with('+')) text.erase(0, 1);
    auto fen = read_yuan(text);
    return fen ? std::optional(minus ? -*fen : *fen) : std::nullopt;
  }

  Result<Expectation> periods(Expectation expected, const std::string& rest) const {
    for (std::size_t at = 0; at < rest.size();) {
      auto comma = std::min(rest.find(',', at), rest.size());
      auto part = tidy(rest.substr(at, comma - at));
      at = comma + 1;
      auto dots = part.find("..");
      auto first = period(tidy(part.substr(0, dots)));
      if (!first) return wrong(expected.line, "periods are 2019-05 .. 2022-01, or 2019, 2020, or 2019-11-11");
      expected.per = first->per;
      if (dots != std::string::npos) {
        auto end = tidy(part.substr(dots + 2));
        auto last = period(end);
        if (end.empty())
          first->days.until = Date::forever();
        else if (!last || last->per != first->per || last->days.until < first->days.from)
          return wrong(expected.line, "both ends of '..' are months, or both years, or both days");
        else
          first->days.until = last->days.until;
      }
      expected.periods.push_back(first->days);
    }
    if (expected.periods.empty()) return wrong(expected.line, "it names no period");
    return expected;
  }

  const PolicySet& policies_;
  const Document& document_;
};

}  // namespace

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (auto& [number, line] : numbered_lines_of(text))
    lines.push_back(std::move(line));
  return lines;
}

std::vector<std::pair<int, std::string>> numbered_lines_of(std::string_view text) {
  std::vector<std::pair<int, std::string>> lines;
  for (int number = 0; !text.empty(); ++number) {
    auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (auto tidied = tidy(line.substr(0, line.find('#'))); !tidied.empty())
      lines.emplace_back(number, tidied);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

Result<Expectation> read_expectation(const PolicySet& policies, const Document& document,
                                     const std::string& line) {
  return LineReader(policies, document).read(line);
}

}  // namespace kinhub::policy
