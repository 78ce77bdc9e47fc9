// Each number of a shipped policy one up and one down, each date a day earlier and later, each condition left
// out: some test inside the files must notice, or the file no longer loads.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "hub/policy/policy.hpp"
#include "tests/places/places.hpp"

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
  auto begin = line.find_first_not_of(' ');
  if (begin == std::string::npos || line[begin] == '#') return false;
  auto key = line.substr(begin, line.find(':') - begin);
  for (const char* said : {"policy", "title", "region", "published", "retroactive", "source", "document",
                           "parent", "note", "clause", "quote", "for", "replaces", "wait"})
    if (key == said) return false;
  return true;
}

std::string code_of(const std::string& line) {
  return line.substr(0, line.find(" #"));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void numbers_and_dates(int number, const std::string& line, std::vector<Mutant>& mutants) {
  auto code = code_of(line);
  for (std::size_t at = 0; at < code.size();) {
    if (!is_digit(code[at])) {
      ++at;
      continue;
    }
    auto date = Date::parse(code.substr(at, 10));
    std::size_t end = at;
    while (end < code.size() && is_digit(code[end]))
      ++end;
    if (date) end = at + 10;
    auto word = code.substr(at, end - at), after = code.substr(end);
    bool quantity = after.empty() || after[0] == '%' || after[0] == ']' || after[0] == ',' ||
                    after.starts_with("..") || after.starts_with(" yuan");
    if (date || (quantity && word.size() != 6))  // six digits are a region, which is no quantity
      for (int step : {-1, 1}) {
        auto fresh = date ? date->plus_days(step).text() : std::to_string(std::stoi(word) + step);
        mutants.push_back({number, line, code.substr(0, at) + fresh + after});
      }
    at = end;
  }
}

void left_out(int number, const std::string& line, std::vector<Mutant>& mutants) {
  auto code = code_of(line);
  auto begin = code.find_first_not_of(' ');
  bool item = code.substr(begin).starts_with("- ") && code.find("pay:") == std::string::npos;
  if (begin > 0 && (item || code.substr(begin).starts_with("not: "))) {
    mutants.push_back({number, line, ""});
    return;
  }
  auto open = code.find('['), close = code.rfind(']');
  if (open == std::string::npos || close == std::string::npos) return;
  if (!code.substr(begin).starts_with("when:") && !code.substr(begin).starts_with("all:")) return;
  std::vector<std::string> parts;
  std::istringstream in(code.substr(open + 1, close - open - 1));
  for (std::string part; std::getline(in, part, ',');)
    parts.push_back(part);
  if (parts.size() < 2) return;
  for (std::size_t out = 0; out < parts.size(); ++out) {
    std::string kept;
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (i != out) kept += (kept.empty() ? "" : ",") + parts[i];
    mutants.push_back({number, line, code.substr(0, open + 1) + kept + code.substr(close)});
  }
}

// The engine says these twice, so that leaving one out changes nothing: the region of the policy is always
// asked, a child that is surely dead is not disabled, and a sum that no line states is not known, either.
// They stand in the files because the documents say them.
bool said_twice(const Mutant& mutant) {
  return mutant.was.find("all: [registered in 370306, ") != std::string::npos ||
         mutant.was.find("when:     [registered in 370306, bereaved on the day before]") !=
             std::string::npos ||
         mutant.was.find("- not: only child is dead") != std::string::npos ||
         mutant.was.find("until: 2018-07-31, pay: \"not computable") != std::string::npos ||
         mutant.was.find("all: [special family, only child is dead]") != std::string::npos;
}

bool survives(const fs::path& folder) {
  auto read = PolicySet::read(folder);
  if (std::holds_alternative<std::vector<Error>>(read)) return false;
  return std::get<PolicySet>(read).test().failed.empty();
}

TEST(ShippedPolicies, EveryMutationBreaksATest) {
  const fs::path shipped = fs::path(kinhub::tests::source_dir()) / "mappings/policies";
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
  EXPECT_GE(tried, 70u);
}

}  // namespace
}  // namespace kinhub
