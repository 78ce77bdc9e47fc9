// The catalogue of schemes against the rows of the seed documents and the policy files: no row missing, and
// each place that is named is there.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "hub/policy/policy.hpp"
#include "tests/places/places.hpp"

namespace kinhub {
namespace {

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(tests::source_dir() + "/" + file, std::ios::binary);
  EXPECT_TRUE(in) << file;
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

struct Row {
  std::string state, where;
};

std::map<std::string, Row> catalogue() {
  std::map<std::string, Row> rows;
  for (const auto& line : lines_of("docs/catalogue.md")) {
    if (!line.starts_with("| ") || line.starts_with("| row ")) continue;
    std::vector<std::string> cells;
    std::istringstream in(line.substr(2));
    for (std::string cell; std::getline(in, cell, '|');)
      cells.push_back(cell.substr(cell.front() == ' ' ? 1 : 0));
    EXPECT_EQ(cells.size(), 4u) << line;
    for (auto& cell : cells)
      while (!cell.empty() && cell.back() == ' ')
        cell.pop_back();
    EXPECT_TRUE(rows.emplace(cells[0], Row{cells[2], cells[3]}).second) << cells[0] << " stands twice";
  }
  return rows;
}

TEST(Catalogue, HasEveryRowOfTheSeedsAndNoOther) {
  auto rows = catalogue();
  std::set<std::string> wanted;
  const auto lines = lines_of("tests/data/seed-rows.csv");
  for (std::size_t i = 1; i < lines.size(); ++i)
    wanted.insert(lines[i].substr(0, lines[i].find(',')));
  EXPECT_EQ(wanted.size(), 158u);
  for (const auto& id : wanted)
    EXPECT_TRUE(rows.contains(id)) << id << " is missing in docs/catalogue.md";
  for (const auto& [id, row] : rows)
    EXPECT_TRUE(wanted.contains(id)) << id;
}

TEST(Catalogue, CountsItsStates) {
  std::map<std::string, std::size_t> counts;
  for (const auto& [id, row] : catalogue()) {
    ++counts[row.state];
    EXPECT_FALSE(row.where.empty()) << id;
  }
  EXPECT_EQ(counts.size(), 4u);
  std::string head;
  for (const auto& line : lines_of("docs/catalogue.md"))
    head += line + " ";
  const auto said = "Of 158 rows " + std::to_string(counts["computed"]) + " are computed, " +
                    std::to_string(counts["partly"]) + " partly, " + std::to_string(counts["service"]) +
                    " are services that the care desk records, " + std::to_string(counts["not computed"]) +
                    " are not computed.";
  EXPECT_NE(head.find(said), std::string::npos) << said;
}

// "[file:12](../path#L12) `name`": line 12 of the file has the name.
TEST(Catalogue, NamesPlacesThatAreThere) {
  std::size_t places = 0;
  for (const auto& [id, row] : catalogue()) {
    EXPECT_TRUE(row.state != "computed" || row.where.find("](../mappings/") != std::string::npos) << id;
    for (std::size_t at = row.where.find("](../"); at != std::string::npos;
         at = row.where.find("](../", at + 1)) {
      const auto hash = row.where.find("#L", at), close = row.where.find(')', at);
      if (hash == std::string::npos || hash > close) continue;
      const auto file = row.where.substr(at + 5, hash - at - 5);
      const auto number = std::stoul(row.where.substr(hash + 2, close - hash - 2));
      const auto open = row.where.find('`', close), end = row.where.find('`', open + 1);
      const auto name = row.where.substr(open + 1, end - open - 1);
      const auto lines = lines_of(file);
      ASSERT_LE(number, lines.size()) << id;
      EXPECT_NE(lines[number - 1].find(name), std::string::npos)
          << id << ": " << file << ":" << number << " is '" << lines[number - 1] << "', not '" << name << "'";
      ++places;
    }
  }
  EXPECT_GT(places, 40u);
}

TEST(Catalogue, FilesToAdoptPassTheirTestsAndTestEveryClauseBothWays) {
  auto read = PolicySet::read(tests::source_dir() + "/mappings/catalogue");
  if (const auto* errors = std::get_if<std::vector<Error>>(&read)) FAIL() << describe(errors->front());
  const auto& policies = std::get<PolicySet>(read);
  const auto report = policies.test();
  EXPECT_GE(report.passed, 7u);
  for (const auto& error : report.failed)
    ADD_FAILURE() << describe(error);
  for (const auto& notice : policies.notices())
    EXPECT_NE(notice.code, "POLICY_UNTESTED") << describe(notice);
}

}  // namespace
}  // namespace kinhub
