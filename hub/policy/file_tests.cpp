#include "hub/policy/file_tests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <set>

#include "hub/policy/expectation.hpp"

namespace kinhub::policy {
namespace {

// Timelines are compared over these years; nobody alive reaches further.
const Date compared_from(1900, 1, 1), compared_until(2080, 1, 1);

// Actual result: a parent of the family with the timeline that was computed.
struct Seen {
  std::string who;
  Situation situation;
  std::vector<Entitlement> timeline;
};

std::vector<Seen> look(const PolicySet& policies, const TestFamily& family) {
  std::vector<Seen> seen;
  if (family.wife) seen.push_back({"wife", *family.wife, policies.evaluate(*family.wife)});
  if (family.husband) seen.push_back({"husband", *family.husband, policies.evaluate(*family.husband)});
  return seen;
}

// A cause in the words of the facts. In a test the other people of a situation keep no
// names; sex tells them apart.
std::string tell(const Seen& seen, const Cause& cause) {
  auto person = [&](std::int16_t index) -> std::string {
    if (index == 0) return seen.who;
    auto sex = static_cast<std::size_t>(index) < seen.situation.people.size()
                   ? seen.situation.people[static_cast<std::size_t>(index)].sex
                   : Sex::unknown;
    return sex == Sex::female ? "wife" : sex == Sex::male ? "husband" : "child";
  };
  auto who = person(cause.person);
  auto on = cause.on.text();
  switch (cause.what) {
    case Cause::What::birth:
      return fmt::format("{} born {}", who, on);
    case Cause::What::death:
      return fmt::format("{} died {}", who, on);
    case Cause::What::disability_grade:
      return cause.number ? fmt::format("{} disabled grade {} from {}", who, cause.number, on)
                          : fmt::format("{} recovered {}", who, on);
    case Cause::What::certificate_expiry:
      return fmt::format("{} certificate expires {}", who, on);
    case Cause::What::parentage:
      return fmt::format("{} parentage {}", who, on);
    case Cause::What::adoption:
      return fmt::format("{} adopted {}", who, on);
    case Cause::What::adoption_dissolved:
      return fmt::format("{} adoption dissolved {}", who, on);
    case Cause::What::marriage:
      return fmt::format("couple married {}", on);
    case Cause::What::divorce:
      return fmt::format("couple divorced {}", on);
    case Cause::What::residence:
      return fmt::format("{} registered {}", who, on);
    case Cause::What::own_age:
      return fmt::format("{} reaches {}", who, cause.number);
    case Cause::What::policy:
      return fmt::format("policy {}", on);
    case Cause::What::coverage:
      return fmt::format("records {}", on);
    case Cause::What::receipt:
      return fmt::format("{} receipt {}", who, on);
  }
  return {};
}

using Dues = std::map<Date, Due>;

struct Group {
  BenefitIndex benefit;
  std::string person;
  friend auto operator<=>(const Group&, const Group&) = default;
};

// Runs one test; the first difference ends it.
class TestRun {
 public:
  TestRun(const PolicySet& policies, const Document& document, const FileTest& test)
      : policies_(policies), document_(document), test_(test) {}

  std::optional<Error> run() {
    auto facts = facts_of(test_, 0);
    if (!facts) return failure("no test of this file has the name after 'like'", "POLICY_TEST");
    auto family = read_facts(*facts, test_.place);
    if (!family) return family.error();
    now_ = look(policies_, *family);
    if (auto error = expect(test_.expect)) return error;
    if (!test_.has_then) return std::nullopt;
    auto later = read_facts(*facts + "\n" + test_.then, test_.place);
    if (!later) return later.error();
    then_ = look(policies_, *later);
    return expect_change();
  }

 private:
  std::optional<std::string> facts_of(const FileTest& test, int depth) const {
    if (test.like.empty()) return test.facts;
    for (const auto& other : document_.tests)
      if (other.name == test.like && depth < 10) return facts_of(other, depth + 1);
    return std::nullopt;
  }

  Error failure(std::string text, std::string code = "POLICY_TEST_FAILED") const {
    auto place = test_.place;
    if (at_ > 0) place.line = at_, place.column = 1;
    return {std::move(code), fmt::format("test '{}': {}", test_.name, text), place.text()};
  }
  /// Parses one line of what is expected; what is said from now on is said of it.
  Result<Expectation> read(int at, const std::string& line) {
    at_ = at;
    auto expected = read_expectation(policies_, document_, line);
    if (expected) {
      expected->at = at;
      return expected;
    }
    auto place = test_.place;
    place.line = at, place.column = 1;
    return Error{expected.error().code, expected.error().text, place.text()};
  }

  std::optional<Error> expect(const std::string& text) {
    std::map<Group, std::vector<Expectation>> groups;
    for (const auto& [number, line] : numbered_lines_of(text)) {
      auto expected = read(test_.expect_line + number, line);
      if (!expected) return expected.error();
      if (expected->kind == Expectation::Kind::next_change) {
        if (auto error = check_next_change(*expected)) return error;
      } else if (expected->kind == Expectation::Kind::value_on) {
        if (auto error = check_value(*expected)) return error;
      } else {
        groups[{expected->benefit, expected->person}].push_back(*expected);
      }
    }
    for (const auto& [group, lines] : groups) {
      at_ = lines[0].at;
      if (auto error =
              lines[0].kind == Expectation::Kind::days ? check_days(group, lines) : check_dues(group, lines))
        return error;
    }
    return std::nullopt;
  }

  std::optional<Error> check_next_change(const Expectation& expected) const {
    std::optional<Change> next;
    std::vector<std::string> because;
    for (const auto& seen : now_)
      for (const auto& span : seen.timeline)
        for (auto [day, cause] : {std::pair(span.when.from, span.starts_because),
                                  std::pair(span.when.until, span.ends_because)}) {
          if (day <= expected.on || day >= Date::forever()) continue;
          if (next && day > next->on) continue;
          if (!next || day < next->on) because.clear();
          next = Change{day, cause};
          because.push_back(tell(seen, cause));
        }
    if (!next && expected.next == Date::forever()) return std::nullopt;
    auto told = next ? fmt::format("{} {}", next->on.text(), fmt::join(because, " / ")) : std::string("none");
    bool right = next && next->on == expected.next;
    if (right && !expected.because.empty())
      right = std::any_of(because.begin(), because.end(),
                          [&](const std::string& one) { return one.starts_with(expected.because); });
    return right
               ? std::nullopt
               : std::optional(failure(fmt::format("'{}', but the next change is {}", expected.line, told)));
  }

  static const Explanation* find_part(const Explanation& whole, Explanation::Value value,
                                      std::string_view words, int depth = 0) {
    if (depth > 40) return nullptr;
    if (whole.value == value &&
        (whole.condition == words || whole.condition.starts_with(std::string(words) + " (")))
      return &whole;
    for (const auto& part : whole.parts)
      if (auto found = find_part(part, value, words, depth + 1)) return found;
    return nullptr;
  }

  static std::string told(Explanation::Value value) {
    return value == Explanation::Value::met       ? "met"
           : value == Explanation::Value::not_met ? "not met"
                                                  : "unknown";
  }

  static void reasons(const Explanation& whole, Explanation::Value value, std::vector<std::string>& out,
                      int depth = 0) {
    if (depth > 40 || whole.value != value) return;
    bool negated = whole.condition.starts_with("not") || whole.condition.starts_with("unless");
    if (whole.parts.empty() || negated) return out.push_back(whole.condition);
    for (const auto& part : whole.parts)
      reasons(part, value, out, depth + 1);
  }

  std::optional<Error> check_value(const Expectation& expected) const {
    for (const auto& seen : now_) {
      if (seen.who != expected.person) continue;
      auto why = policies_.explain(seen.situation, expected.benefit, expected.on);
      std::vector<std::string> words;
      reasons(why, expected.value, words);
      if (why.value == expected.value &&
          (expected.because.empty() || find_part(why, expected.value, expected.because)))
        return std::nullopt;
      return failure(fmt::format("'{}', but it is {}; {}: {}", expected.line, told(why.value),
                                 told(expected.value), fmt::join(words, "; ")));
    }
    return failure(fmt::format("'{}', but the facts know no {}", expected.line, expected.person));
  }

  std::vector<const Seen*> seen_by(const std::vector<Seen>& all, const std::string& person) const {
    std::vector<const Seen*> found;
    for (const auto& seen : all)
      if (person == "household" || person == seen.who) found.push_back(&seen);
    return found;
  }

  // Uniqueness check: a household's due must never stand twice.
  std::optional<Error> dues_of(const std::vector<Seen>& all, const Group& group, Dues& dues,
                               Date until) const {
    for (const auto* seen : seen_by(all, group.person))
      for (const auto& due : policies_.months_due(seen->timeline, group.benefit, compared_from, until))
        if (!dues.emplace(due.period, due).second)
          return failure(fmt::format("{} is due twice for {}", policies_.benefits()[group.benefit].name,
                                     due.period.text()));
    return std::nullopt;
  }

  static Date after(Date period, Per per) {
    return per == Per::month  ? period.plus_months(1)
           : per == Per::year ? period.plus_months(12)
                              : period.plus_days(1);
  }

  std::string tell_dues(const Dues& dues) const {
    std::string text;
    for (auto due = dues.begin(); due != dues.end();) {
      auto last = due;
      for (auto next = std::next(due); next != dues.end() && next->second.amount == due->second.amount &&
                                       next->second.certainty == due->second.certainty &&
                                       next->first == after(last->first, due->second.amount.per);
           ++next)
        last = next;
      auto length = due->second.amount.per == Per::month  ? 7u
                    : due->second.amount.per == Per::year ? 4u
                                                          : 10u;
      text += fmt::format("{}{} .. {} {}{}", text.empty() ? "" : "; ", due->first.text().substr(0, length),
                          last->first.text().substr(0, length),
                          due->second.amount.known ? yuan(due->second.amount.fen) : "unknown",
                          due->second.certainty == Certainty::possible ? " pending" : "");
      due = std::next(last);
    }
    return text.empty() ? "nothing" : text;
  }

  std::optional<Error> check_dues(const Group& group, const std::vector<Expectation>& lines) {
    assert(!lines.empty());
    Dues actual, wanted;
    if (auto error = dues_of(now_, group, actual, compared_until)) return error;
    for (const auto& line : lines) {
      if (line.kind == Expectation::Kind::days || line.kind == Expectation::Kind::no_change)
        return failure(fmt::format("'{}' cannot stand beside months", line.line));
      if (line.kind == Expectation::Kind::nothing) continue;
      for (auto span : line.periods)
        for (Date period = span.from; period < std::min(span.until, compared_until);
             period = after(period, line.per))
          wanted[period] = Due{period, {line.fen, line.per, line.known}, line.certainty};
      at_ = line.at;
      if (auto error = check_words(group, line)) return error;
    }
    if (actual == wanted) return std::nullopt;
    name_line(lines, [&](Date period) {
      const auto is = actual.find(period), was = wanted.find(period);
      return is == actual.end() || was == wanted.end() || !(is->second == was->second);
    });
    return failure(fmt::format("{} of {}: expected {}, but it is {}",
                               policies_.benefits()[group.benefit].name, group.person, tell_dues(wanted),
                               tell_dues(actual)));
  }

  /// The first line of which a period differs is the one that fails; else the first of all.
  template <class Differs>
  void name_line(const std::vector<Expectation>& lines, Differs differs) {
    for (const auto& line : lines)
      for (auto span : line.periods)
        for (Date period = span.from; period < std::min(span.until, compared_until);
             period = after(period, line.per))
          if (differs(period)) {
            at_ = line.at;
            return;
          }
  }

  std::optional<Error> check_words(const Group& group, const Expectation& line) {
    if (!line.pending) return std::nullopt;
    std::set<std::string> words;
    for (const auto* seen : seen_by(now_, group.person))
      for (const auto& span : seen->timeline)
        for (auto period : line.periods)
          if (span.benefit == group.benefit && !overlap(span.when, period).empty())
            words.insert(span.pending.begin(), span.pending.end());
    if (words == *line.pending) return std::nullopt;
    return failure(fmt::format("'{}', but it waits for: {}", line.line, fmt::join(words, ", ")));
  }

  std::optional<Error> check_days(const Group& group, const std::vector<Expectation>& lines) {
    assert(!lines.empty());
    using Row = std::tuple<Date, Date, std::int64_t, bool, Certainty>;
    std::vector<Row> actual, wanted;
    for (const auto* seen : seen_by(now_, group.person))
      for (const auto& span : seen->timeline)
        if (span.benefit == group.benefit)
          actual.emplace_back(span.when.from, span.when.until, span.amount.fen, span.amount.known,
                              span.certainty);
    for (const auto& line : lines) {
      if (line.kind != Expectation::Kind::days)
        return failure(fmt::format("'{}' cannot stand beside days", line.line));
      for (auto span : line.periods)
        wanted.emplace_back(span.from, span.until, line.fen, line.known, line.certainty);
      at_ = line.at;
      if (auto error = check_words(group, line)) return error;
    }
    std::sort(actual.begin(), actual.end());
    std::sort(wanted.begin(), wanted.end());
    if (actual == wanted) return std::nullopt;
    at_ = lines[0].at;
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
      for (auto span : line->periods)
        if (std::find(actual.begin(), actual.end(),
                      Row(span.from, span.until, line->fen, line->known, line->certainty)) == actual.end())
          at_ = line->at;
    std::string text;
    for (const auto& [from, until, fen, known, certainty] : actual)
      text += fmt::format(" {} .. {} {}{};", from.text(),
                          until < Date::forever() ? until.plus_days(-1).text() : "",
                          known ? yuan(fen) : "unknown", certainty == Certainty::possible ? " pending" : "");
    return failure(fmt::format("'{}', but the days are{}", lines[0].line, text.empty() ? " none" : text));
  }

  // Difference of two timelines: money changes up to the month in which the late fact became known.
  std::optional<Error> expect_change() {
    std::map<Group, std::vector<Expectation>> groups;
    for (const auto& [number, line] : numbered_lines_of(test_.expect_change)) {
      auto expected = read(test_.change_line + number, line);
      if (!expected) return expected.error();
      if (expected->kind != Expectation::Kind::dues && expected->kind != Expectation::Kind::no_change)
        return failure(fmt::format("'{}': a change is months with a signed sum, or 'no change'", line));
      groups[{expected->benefit, expected->person}].push_back(*expected);
    }
    Date until = test_.then_on.month_start().plus_months(1);
    for (const auto& [group, lines] : groups) {
      at_ = lines[0].at;
      if (auto error = check_change(group, lines, until)) return error;
    }
    return std::nullopt;
  }

  std::optional<Error> check_change(const Group& group, const std::vector<Expectation>& lines, Date until) {
    assert(!lines.empty());
    Dues before, after_then;
    if (auto error = dues_of(now_, group, before, until)) return error;
    if (auto error = dues_of(then_, group, after_then, until)) return error;
    std::map<Date, std::int64_t> actual, wanted;
    for (const auto& [period, due] : before)
      actual[period] -= due.amount.fen;
    for (const auto& [period, due] : after_then)
      actual[period] += due.amount.fen;
    std::erase_if(actual, [](const auto& one) { return one.second == 0; });
    for (const auto& line : lines) {
      std::int64_t total = 0;
      for (auto span : line.periods)
        for (Date period = span.from; period < std::min(span.until, until); period = after(period, line.per))
          wanted[period] += line.fen, total += line.fen;
      at_ = line.at;
      if (line.total && *line.total != total)
        return failure(fmt::format("'{}': the sum is {}", line.line, yuan(total)));
      if (auto error = check_because(group, line)) return error;
    }
    if (actual == wanted) return std::nullopt;
    name_line(lines, [&](Date period) {
      const auto is = actual.find(period), was = wanted.find(period);
      return (is == actual.end() ? 0 : is->second) != (was == wanted.end() ? 0 : was->second);
    });
    std::string text;
    for (const auto& [period, fen] : actual)
      text += fmt::format(" {} {};", period.text(), yuan(fen));
    return failure(fmt::format("'{}', but the changes are{}", lines[0].line, text.empty() ? " none" : text));
  }

  std::optional<Error> check_because(const Group& group, const Expectation& line) {
    if (line.because.empty()) return std::nullopt;
    std::vector<std::string> causes;
    for (const auto* seen : seen_by(then_, group.person))
      for (const auto& span : seen->timeline) {
        if (span.benefit != group.benefit) continue;
        causes.push_back(tell(*seen, span.starts_because));
        if (span.when.until < Date::forever()) causes.push_back(tell(*seen, span.ends_because));
      }
    if (std::find(causes.begin(), causes.end(), line.because) != causes.end()) return std::nullopt;
    return failure(fmt::format("'{}', but the causes are: {}", line.line, fmt::join(causes, "; ")));
  }

  const PolicySet& policies_;
  const Document& document_;
  const FileTest& test_;
  std::vector<Seen> now_, then_;
  int at_ = 0;  // the line that is being checked; 0: none yet
};

}  // namespace

PolicySet::TestReport run_tests(const PolicySet& policies, const std::vector<Document>& documents) {
  PolicySet::TestReport report;
  for (const auto& document : documents)
    for (const auto& test : document.tests) {
      if (auto error = TestRun(policies, document, test).run())
        report.failed.push_back(*error);
      else
        ++report.passed;
    }
  return report;
}

std::vector<Error> untested(const PolicySet& policies, const std::vector<Document>& documents) {
  std::set<BenefitIndex> given, refused;
  for (const auto& document : documents)
    for (const auto& test : document.tests)
      for (const auto& line : lines_of(test.expect)) {
        auto expected = read_expectation(policies, document, line);
        if (!expected) continue;
        switch (expected->kind) {
          case Expectation::Kind::dues:
          case Expectation::Kind::days:
            given.insert(expected->benefit);
            break;
          case Expectation::Kind::nothing:
            refused.insert(expected->benefit);
            break;
          case Expectation::Kind::value_on:
            (expected->value == Explanation::Value::not_met ? refused : given).insert(expected->benefit);
            break;
          case Expectation::Kind::no_change:
          case Expectation::Kind::next_change:
            break;
        }
      }
  std::vector<Error> notices;
  for (const auto& document : documents)
    for (const auto& draft : document.benefits) {
      auto index = policies.find(draft.benefit.id);
      if (!index) continue;
      if (!given.contains(*index))
        notices.push_back({"POLICY_UNTESTED", fmt::format("no test in any file gives '{}'", draft.benefit.id),
                           draft.place.text()});
      if (!refused.contains(*index))
        notices.push_back({"POLICY_UNTESTED",
                           fmt::format("no test in any file refuses '{}'", draft.benefit.id),
                           draft.place.text()});
    }
  return notices;
}

}  // namespace kinhub::policy
