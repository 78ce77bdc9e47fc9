// What-if over a million prepared families: two policy sets and their difference, CPU seconds of one thread.
// With `--families FILE COUNT` the national scheme over the families that policy_peers.py reads, and its
// totals.

#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <string>

#include "hub/policy/what_if.hpp"
#include "tests/places/places.hpp"
#include "tests/property/policy_people.hpp"

namespace kinhub {
namespace {

std::vector<PolicyText> texts_below(const std::string& folder) {
  return std::get<std::vector<PolicyText>>(
      read_policy_texts(tests::source_dir() + "/mappings/policies" + folder));
}

PolicySet read(const std::vector<PolicyText>& texts) {
  auto read = PolicySet::read(texts);
  if (auto* errors = std::get_if<std::vector<Error>>(&read))
    throw std::runtime_error(describe(errors->front()));
  return std::move(std::get<PolicySet>(read));
}

PolicySet changed(std::string_view was, std::string_view becomes) {
  auto texts = texts_below("");
  for (auto& one : texts)
    if (const auto at = one.text.find(was); at != std::string::npos)
      one.text.replace(at, was.size(), becomes);
  return read(texts);
}

double cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::vector<Situation> families(std::size_t count) {
  std::vector<Situation> all;
  all.reserve(count);
  for (std::uint64_t seed = 1; all.size() < count; ++seed)
    all.push_back(naive::usual_family(seed));
  return all;
}

/// The evaluations alone, without months and sums.
void evaluations(const PolicySet& before, const PolicySet& after, const std::vector<Situation>& all,
                 int rounds) {
  const PolicyPair pair(before, after);
  std::size_t spans = 0;
  const auto begun = cpu_s();
  for (int round = 0; round < rounds; ++round)
    for (const auto& one : all) {
      const auto timelines = pair.evaluate(one);
      spans += timelines.before.size() + timelines.after.size();
    }
  const auto count = static_cast<double>(all.size()) * rounds;
  const auto spent = cpu_s() - begun;
  fmt::print("{:<44} {:>9.0f} families {:6.2f} s CPU, {:5.2f} us each; {} spans\n", "two evaluations alone",
             count, spent, spent / count * 1e6, spans);
}

void what_if(const char* what, const PolicySet& before, const PolicySet& after,
             const std::vector<Situation>& all, int rounds) {
  const Interval months{Date(2023, 1, 1), Date(2024, 1, 1)};
  const PolicyPair pair(before, after);
  WhatIfSums sums(pair.benefits().size(), months);
  const auto begun = cpu_s();
  for (int round = 0; round < rounds; ++round)
    for (const auto& one : all) {
      const auto timelines = pair.evaluate(one);
      if (timelines.before.empty() && timelines.after.empty()) continue;
      sums.add(changes_of(pair, timelines, months), [](Date) { return std::string("370306"); });
    }
  const auto count = static_cast<double>(all.size()) * rounds;
  const auto spent = cpu_s() - begun;
  fmt::print("{:<44} {:>9.0f} families {:6.2f} s CPU, {:5.2f} us each; winners {}, losers {}{}\n", what,
             count, spent, spent / count * 1e6, sums.all().winners, sums.all().losers,
             pair.repriced() ? ", priced" : "");
}

/// One line for each family that policy_peers.py reads, and the totals of its 72 months.
int peers(const std::string& file, std::size_t count) {
  const auto all = families(count);
  std::ofstream out(file);
  out << "woman,born,spouse_born,married_until,died,d1_from,d1_until,d1_grade,d2_from,d2_grade\n";
  for (const auto& one : all) {
    const auto& child = one.people[2];
    const auto until = one.marriages[0].when.until;
    out << (one.people[0].sex == Sex::female ? 1 : 0) << ',' << one.people[0].born->earliest.text() << ','
        << one.people[1].born->earliest.text() << ',' << (until < Date::forever() ? until.text() : "") << ','
        << (child.died ? child.died->on.text() : "");
    if (one.disabilities.empty())
      out << ",,,,,";
    else
      out << ',' << one.disabilities[0].when.from.text() << ',' << one.disabilities[0].when.until.text()
          << ',' << one.disabilities[0].grade << ',' << one.disabilities[1].when.from.text() << ','
          << one.disabilities[1].grade;
    out << '\n';
  }
  out.close();
  const auto national = read(texts_below("/000000"));
  const auto dead = national.find("national-special-assistance/death").value();
  const auto disabled = national.find("national-special-assistance/disability").value();
  const Date from(2020, 1, 1), until(2026, 1, 1);
  std::int64_t fen[2] = {0, 0}, months[2] = {0, 0};
  const auto begun = cpu_s();
  for (const auto& one : all) {
    const auto timeline = national.evaluate(one);
    if (timeline.empty()) continue;
    for (int i = 0; i < 2; ++i)
      for (const auto& due : national.months_due(timeline, i == 0 ? dead : disabled, from, until))
        if (due.certainty == Certainty::sure) fen[i] += due.amount.fen, ++months[i];
  }
  const auto spent = cpu_s() - begun;
  fmt::print(
      "{{\"cpu_s\": {:.3f}, \"families\": {}, \"death_fen\": {}, \"death_months\": {}, \"disability_fen\": "
      "{}, "
      "\"disability_months\": {}}}\n",
      spent, count, fen[0], months[0], fen[1], months[1]);
  return 0;
}

}  // namespace
}  // namespace kinhub

int main(int count, char** words) {
  using namespace kinhub;
  if (count == 4 && std::string(words[1]) == "--families") return peers(words[2], std::stoul(words[3]));
  const auto all = families(200'000);
  const auto before = read(texts_below(""));
  evaluations(before, changed("age line 49", "age line 45"), all, 5);
  what_if("another age: both evaluated", before, changed("age line 49", "age line 45"), all, 5);
  what_if("another sum: evaluated once, priced twice", before, changed("pay: 590 yuan", "pay: 620 yuan"), all,
          5);
  what_if("nothing else: the same", before, changed("pay: 590 yuan", "pay: 590 yuan"), all, 5);
  return 0;
}
