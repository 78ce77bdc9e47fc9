// Linkage figures: a generated population with planted errors, joined by the shipped rules; and, for
// tests/bench/febrl.py, pairs of records that another program reads.
// linkage_bench [PEOPLE [SEED [--show]]] | linkage_bench --records FILE RULES

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>

#include "hub/linkage/blocking.hpp"
#include "hub/linkage/compare.hpp"
#include "hub/linkage/grouping.hpp"
#include "tests/unit/linkage/planted.hpp"

namespace kinhub::linkage {
namespace {

LinkageRules rules_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::vector<Error> errors;
  auto rules = parse_linkage(file, text, errors);
  for (const auto& error : errors)
    std::fputs((describe(error) + "\n").c_str(), stderr);
  if (!errors.empty()) std::exit(1);
  return rules;
}

double percent(double share) {
  return share * 100;
}

void print(const char* what, const test::Planted& planted, const LinkageRules& rules, bool show) {
  const auto start = std::chrono::steady_clock::now();
  const auto outcome = test::link_all(planted, rules);
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print("{}: {:.1f} s with the count\n", what, seconds);
  fmt::print("  candidates {} ({:.1f} a record), {} blocks skipped, blocking recall {:.3f} %\n",
             outcome.candidates,
             static_cast<double>(outcome.candidates) / static_cast<double>(planted.records.size()),
             outcome.blocks_skipped, percent(outcome.blocking_recall()));
  auto line = [](const char* of, std::size_t pairs, double precision, double joined, double recall) {
    fmt::print(
        "  {:<26} {:>7} true pairs: joined with precision {:.4f} %, recall {:.3f} %; joined or queued, "
        "recall {:.3f} %\n",
        of, pairs, percent(precision), percent(joined), percent(recall));
  };
  line("all", outcome.true_pairs, outcome.precision(), outcome.recall_joined(), outcome.recall());
  line("without a number in common", outcome.hard_pairs, outcome.hard_precision(),
       outcome.hard_recall_joined(), outcome.hard_recall());
  fmt::print(
      "  wrong joins {} pairs; queue {} entries, {:.2f} for 1,000 people, {:.1f} % of them one person; {} "
      "answered by a "
      "stronger link; {} links lost\n",
      outcome.joined_pairs - outcome.joined_true, outcome.queue,
      1000.0 * static_cast<double>(outcome.queue) / static_cast<double>(planted.people),
      percent(test::Outcome::share(outcome.queue_true, outcome.queue)), outcome.answered, outcome.lost_links);
  if (!show) return;
  for (const auto& [kind, lines] :
       {std::pair{"WRONG", &outcome.wrong}, {"MISSED", &outcome.missed}, {"QUEUED", &outcome.queued}})
    for (const auto& text : *lines)
      fmt::print("{} {}\n", kind, text);
}

int population(std::size_t people, unsigned seed, bool show) {
  const auto rules = rules_of(std::filesystem::path(KINHUB_SOURCE) / "mappings/identity/linkage.yaml");
  auto planted = test::planted_population(people, seed);
  fmt::print("{} people, {} records, seed {}\n", planted.people, planted.records.size(), seed);
  fmt::print(
      "  confusable: {} pairs of twins, {} couples of one birthday, {} fathers and sons of one name, {} "
      "names of a dead child "
      "given again, {} numbers of two people\n",
      planted.twins, planted.one_birthday_couples, planted.father_and_son, planted.name_of_dead_sibling,
      planted.number_of_two);
  for (std::size_t i = 0; i < test::plant_count; ++i)
    fmt::print("  planted: {:6} {}\n", planted.plants[i], test::name_of(static_cast<test::Plant>(i)));
  print("as the agencies write them", planted, rules, show);
  print("without any number, of anybody", test::without_numbers(std::move(planted)), rules, show);
  return 0;
}

/// Tab-separated: id, name, born (yyyymmdd), address, region. Prints one line for each two records
/// that were joined, and for each two whose groups wait for a person.
int records(const char* file, const char* rules_file) {
  const auto rules = rules_of(rules_file);
  std::vector<std::string> ids;
  std::vector<Features> all;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::vector<std::string> cells;
    for (std::size_t from = 0; from <= line.size();) {
      const auto tab = std::min(line.find('\t', from), line.size());
      cells.push_back(line.substr(from, tab - from));
      from = tab + 1;
    }
    cells.resize(5);
    Features features;
    if (!cells[1].empty()) features.names.emplace_back(cells[1]);
    const auto& day = cells[2];
    if (day.size() == 8)
      if (auto born = PartialDate::parse(day.substr(0, 4) + "-" + day.substr(4, 2) + "-" + day.substr(6)))
        features.born.push_back(*born);
    if (!cells[3].empty()) features.addresses.push_back(address_form(cells[3]));
    features.region = cells[4];
    ids.push_back(cells[0]);
    all.push_back(std::move(features));
  }
  std::vector<Link> links;
  const auto candidates = candidate_pairs(all, rules);
  for (const auto& [a, b] : candidates.pairs) {
    const auto found = compare(all[a], all[b], rules);
    if (found.verdict != Verdict::different) links.push_back({a, b, found.score, found.verdict});
  }
  const auto grouped = group(
      all.size(), links, {}, [&](auto a, auto b) { return bar(all[a], all[b], rules); }, rules);
  fmt::print("candidates\t{}\n", candidates.pairs.size());
  std::map<std::uint32_t, std::vector<std::uint32_t>> members;
  for (std::uint32_t i = 0; i < all.size(); ++i)
    members[grouped.group_of[i]].push_back(i);
  for (const auto& [number, own] : members)
    for (std::size_t i = 0; i < own.size(); ++i)
      for (std::size_t k = i + 1; k < own.size(); ++k)
        fmt::print("joined\t{}\t{}\n", ids[own[i]], ids[own[k]]);
  for (const auto& review : grouped.queue)
    for (auto one : members.at(grouped.group_of[review.a]))
      for (auto other : members.at(grouped.group_of[review.b]))
        fmt::print("queued\t{}\t{}\n", ids[one], ids[other]);
  fmt::print("entries\t{}\n", grouped.queue.size());
  return 0;
}

}  // namespace
}  // namespace kinhub::linkage

int main(int count, char** words) {
  const std::string_view first = count > 1 ? words[1] : "100000";
  if (first == "--records" && count == 4) return kinhub::linkage::records(words[2], words[3]);
  const auto people = std::strtoul(std::string(first).c_str(), nullptr, 10);
  if (people == 0) {
    std::fputs("linkage_bench [PEOPLE [SEED [--show]]] | linkage_bench --records FILE RULES\n", stderr);
    return 2;
  }
  const auto seed = count > 2 ? static_cast<unsigned>(std::strtoul(words[2], nullptr, 10)) : 1U;
  return kinhub::linkage::population(people, seed, count > 3);
}
