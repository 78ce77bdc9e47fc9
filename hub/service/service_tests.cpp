// Runs the tests that stand in service files: a family of one woman, her archive, and what was done for her.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "hub/service/owed.hpp"

namespace kinhub::service {
namespace {

constexpr std::string_view number = "320812-901-2012-00001", area = "320812901201";
const Interval always{Date(1990, 1, 1), Date::forever()};

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;)
    words.push_back(word);
  return words;
}

/// "signed 2026-01-05 .. 2026-12-31": the word, and the days behind it.
std::pair<std::string, Interval> told(const std::string& text) {
  const auto words = words_of(text);
  Interval when = always;
  if (words.size() > 1)
    if (const auto from = Date::parse(words[1])) when.from = *from;
  if (words.size() > 3)
    if (const auto last = Date::parse(words[3])) when.until = last->plus_days(1);
  return {words.empty() ? "" : words[0], when};
}

Act act_of(const std::string& text, const Service& service, std::size_t index) {
  Act act;
  act.key = fmt::format("T{:03}", index), act.person = {1}, act.archive_no = number;
  act.on = Date::parse(std::string_view(text).substr(0, 10)).value_or(Date());
  act.doers = {"helper"};
  const auto words = words_of(text.substr(10));
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].size() == 1) act.channel = words[i][0];
    if (words[i] == "unreached") act.reached = false;
    if (words[i] == "away") act.not_at_home = true;
    if (words[i] == "by" && i + 1 < words.size()) act.doers = {words[i + 1]}, act.roles = {words[i + 1]};
    if (words[i].size() == 3 && words[i][0] == 'S') act.services.push_back(words[i]);
  }
  if (act.services.empty()) act.services = {service.id};
  return act;
}

Person person_of(const ServiceTest& test, const std::map<std::string, AskedCondition, std::less<>>& asked) {
  Person person;
  person.id = {1}, person.name = "试女", person.sex = Sex::female;
  person.special = {{always}}, person.bereaved = {{always}};
  person.lives = {{std::string(area), always, always.from}};
  Situation situation;
  situation.people.emplace_back().sex = Sex::female;
  situation.coverage.children = situation.coverage.marriages = situation.coverage.residence = {};
  if (const auto born = Date::parse(test.born)) {
    person.born = *born;
    situation.people[0].born = SituationPerson::Born{*born, *born};
  }
  for (const auto& [phrase, condition] : asked)
    person.asked[phrase] = condition.timeline(situation);
  for (const auto& paper : test.papers) {
    const auto [word, when] = told(paper);
    if (word == "signed" || word == "declined" || word == "ended")
      person.contracts.push_back({"", word, "", when});
    else
      person.credentials.push_back({word, "valid", "", when});
  }
  for (const auto& helper : test.helpers) {
    const auto [role, when] = told(helper);
    person.helpers.push_back({role, "helper", "", "", "", when});
  }
  if (test.helpers.empty()) person.helpers.push_back({"village_cadre", "helper", "", "", "", always});
  for (const auto& death : test.deaths) {
    const auto words = words_of(death);
    const auto on = Date::parse(words[0]).value_or(Date());
    person.deaths.push_back({{2}, on, words.size() > 2 ? Date::parse(words[2]).value_or(on) : on});
  }
  return person;
}

std::string fault(const ServiceTest& test, const Service& service, const ServiceSet& set) {
  Record record;
  record.people.push_back(person_of(test, set.asked()));
  for (const auto& span : test.archive) {
    record.archive_events.push_back(
        {"A", {1}, std::string(number), "opened", std::string(area), "", "", span.from});
    if (span.until < Date::forever())
      record.archive_events.push_back({"A", {1}, std::string(number), "closed", "", "", "", span.until});
  }
  for (const auto& act : test.acts)
    record.acts.push_back(act_of(act, service, record.acts.size()));
  std::stable_sort(record.acts.begin(), record.acts.end(),
                   [](const Act& a, const Act& b) { return a.on < b.on; });
  const Ledger ledger(record, set.festivals());
  const auto day = test.on.value_or(test.period.last());
  std::int64_t owed = 0, met = 0, overdue = 0;
  for (const auto& one : ledger.owed(service, test.period.when, day))
    ++owed, met += one.met ? 1 : 0, overdue += one.overdue(day) > 0 ? 1 : 0;
  if (owed == test.owed && met == test.met && (!test.overdue || overdue == *test.overdue)) return "";
  return fmt::format("owed {}, met {}, overdue {}", owed, met, overdue);
}

}  // namespace

ServiceSet::TestReport ServiceSet::test() const {
  TestReport report;
  for (const auto& file : files_)
    for (const auto& test : file.tests)
      for (const auto& service : file.services) {
        if (service.id != test.service) continue;
        auto text = fault(test, service, *this);
        if (text.empty())
          ++report.passed;
        else
          report.failed.push_back({"SERVICE_TEST", "'" + test.name + "': found " + text, test.place});
      }
  return report;
}

}  // namespace kinhub::service
