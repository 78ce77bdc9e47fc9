// Each number of a shipped policy one up and one down, each date a day earlier and later, each condition left
// out: some test inside the files must notice, or the file no longer loads.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "hub/policy/policy.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

struct Mutant {
  int line;
  std::string was, becomes;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

// Lines that decide: in_force, amounts, conditions. Not the words around them.
bool decides(const std::string& line) {
  static const std::regex said(
      R"(^\s*(#|policy:|title:|region:|published:|retroactive:|source:|document:|parent:|note:|clause:|quote:|for:|replaces:|wait:|tests:))");
  return !std::regex_search(line, said) && line.find_first_not_of(" ") != std::string::npos;
}

void numbers_and_dates(int number, const std::string& line, std::vector<Mutant>& mutants) {
  auto code = line.substr(0, line.find(" #"));
  static const std::regex token(R"((\d{4}-\d{2}-\d{2})|(\d+)(?= yuan|%|\]|,|$|\.\.))");
  for (auto it = std::sregex_iterator(code.begin(), code.end(), token); it != std::sregex_iterator(); ++it) {
    auto at = static_cast<std::size_t>(it->position());
    if (it->str().size() == 6) continue;  // a region, which is no quantity
    for (int step : {-1, 1}) {
      auto fresh = (*it)[1].matched ? Date::parse(it->str())->plus_days(step).text()
                                    : std::to_string(std::stoi(it->str()) + step);
      mutants.push_back({number, line, code.substr(0, at) + fresh + code.substr(at + it->str().size())});
    }
  }
}

void left_out(int number, const std::string& line, std::vector<Mutant>& mutants) {
  auto code = line.substr(0, line.find(" #"));
  if (std::regex_search(code, std::regex(R"(^\s+(- |not: ))")) && code.find("pay:") == std::string::npos) {
    mutants.push_back({number, line, ""});
    return;
  }
  std::smatch list;
  if (!std::regex_search(code, list, std::regex(R"((when|all): \[(.*)\])"))) return;
  std::vector<std::string> parts;
  std::istringstream in(list[2].str());
  for (std::string part; std::getline(in, part, ',');)
    parts.push_back(part);
  if (parts.size() < 2) return;
  for (std::size_t out = 0; out < parts.size(); ++out) {
    std::string kept;
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (i != out) kept += (kept.empty() ? "" : ",") + parts[i];
    mutants.push_back(
        {number, line, list.prefix().str() + list[1].str() + ": [" + kept + "]" + list.suffix().str()});
  }
}

// The engine says these twice, so that leaving one out changes nothing: the region of the policy is always
// asked, and a child that is surely dead is not disabled. They stand in the files because the documents say
// them.
bool said_twice(const Mutant& mutant) {
  return mutant.was.find("all: [registered in 370306, ") != std::string::npos ||
         mutant.was.find("when:     [registered in 370306, bereaved on the day before]") !=
             std::string::npos ||
         mutant.was.find("- not: only child is dead") != std::string::npos ||
         mutant.was.find("all: [special family, only child is dead]") != std::string::npos;
}

bool survives(const fs::path& folder) {
  auto read = PolicySet::read(folder);
  if (std::holds_alternative<std::vector<Error>>(read)) return false;
  return std::get<PolicySet>(read).test().failed.empty();
}

TEST(ShippedPolicies, EveryMutationBreaksATest) {
  const fs::path shipped = fs::path(KINHUB_SOURCE_DIR) / "mappings/policies";
  const fs::path folder = fs::temp_directory_path() / ("kinhub-mutation-" + std::to_string(::getpid()));
  fs::remove_all(folder);
  fs::copy(shipped, folder, fs::copy_options::recursive);
  ASSERT_TRUE(survives(folder)) << "the unchanged policies must pass their tests";
  std::size_t tried = 0;
  for (const auto& entry : fs::recursive_directory_iterator(shipped)) {
    if (entry.path().extension() != ".yaml") continue;
    auto target = folder / fs::relative(entry.path(), shipped);
    auto lines = lines_of(text_of(entry.path()));
    std::vector<Mutant> mutants;
    for (std::size_t i = 0; i < lines.size() && lines[i] != "tests:"; ++i) {
      if (!decides(lines[i])) continue;
      numbers_and_dates(static_cast<int>(i), lines[i], mutants);
      left_out(static_cast<int>(i), lines[i], mutants);
    }
    for (const auto& mutant : mutants) {
      if (said_twice(mutant) || mutant.was == mutant.becomes) continue;
      std::ofstream out(target, std::ios::binary);
      for (std::size_t i = 0; i < lines.size(); ++i)
        out << (static_cast<int>(i) == mutant.line ? mutant.becomes : lines[i]) << '\n';
      out.close();
      ++tried;
      EXPECT_FALSE(survives(folder)) << entry.path().filename() << ":" << mutant.line + 1 << "\n  was      "
                                     << mutant.was << "\n  becomes  " << mutant.becomes;
    }
    fs::copy_file(entry.path(), target, fs::copy_options::overwrite_existing);
  }
  fs::remove_all(folder);
  std::printf("%zu mutants\n", tried);
  EXPECT_GE(tried, 50u);
}

}  // namespace
}  // namespace kinhub
