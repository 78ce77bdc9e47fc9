// Mutation testing of policy files: each number one up and one down, each date a day earlier and later, each
// condition left out. What no test notices is pinned by none.

#include "hub/policy/mutation.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "hub/policy/condition.hpp"

namespace kinhub {
namespace {

using policy::tidy;

struct Mutant {
  std::size_t line;
  std::string becomes;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

// Lines that decide: in_force, amounts, conditions, bodies of words. Not the words around them, nor what the
// file itself marks: `# unpinned: why`.
bool decides(const std::string& line) {
  constexpr std::array<std::string_view, 30> said{
      "policy", "title",  "region", "published", "retroactive", "source", "document",   "parent",
      "note",   "clause", "quote",  "for",       "replaces",    "wait",   "vocabulary", "also",
      "政策",   "标题",   "地区",   "发布",      "追溯",        "来源",   "文本",       "上级",
      "说明",   "条款",   "原文",   "对象",      "替代",        "等待"};
  const auto begin = line.find_first_not_of(' ');
  if (begin == std::string::npos || line[begin] == '#' || line.find("# unpinned:") != std::string::npos)
    return false;
  const auto key = line.substr(begin, line.find(':') - begin);
  return std::find(said.begin(), said.end(), key) == said.end();
}

std::string code_of(const std::string& line) {
  return line.substr(0, line.find(" #"));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void numbers_and_dates(std::size_t line, const std::string& code, std::vector<Mutant>& mutants) {
  for (std::size_t at = 0; at < code.size();) {
    if (!is_digit(code[at])) {
      ++at;
      continue;
    }
    const auto date = Date::parse(code.substr(at, 10));
    auto end = at;
    while (end < code.size() && is_digit(code[end]))
      ++end;
    if (date) end = at + 10;
    const auto word = code.substr(at, end - at), after = code.substr(end);
    const bool quantity = after.empty() || after[0] == '%' || after[0] == ']' || after[0] == ',' ||
                          after[0] == '}' || after.starts_with("..") || after.starts_with(" yuan") ||
                          after.starts_with("元");
    // Six digits are a region, which is no quantity.
    if (date || (quantity && word.size() < 10 && word.size() != 6))
      for (int step : {-1, 1})
        mutants.push_back(
            {line, code.substr(0, at) +
                       (date ? date->plus_days(step).text() : std::to_string(std::stol(word) + step)) +
                       after});
    at = end;
  }
}

void left_out(std::size_t line, const std::string& code, std::vector<Mutant>& mutants) {
  const auto begin = code.find_first_not_of(' ');
  if (begin == std::string::npos) return;
  const auto rest = std::string_view(code).substr(begin);
  const bool item = rest.starts_with("- ") && code.find("pay:") == std::string::npos &&
                    code.find("otherwise:") == std::string::npos;
  if (begin > 0 && (item || rest.starts_with("not: "))) {
    mutants.push_back({line, ""});
    return;
  }
  const auto open = code.find('['), close = code.rfind(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return;
  if (!rest.starts_with("when:") && !rest.starts_with("all:") && !rest.starts_with("条件:") &&
      !rest.starts_with("全部:"))
    return;
  std::vector<std::string> parts;
  std::istringstream in(code.substr(open + 1, close - open - 1));
  for (std::string part; std::getline(in, part, ',');)
    parts.push_back(part);
  if (parts.size() < 2) return;
  for (std::size_t out = 0; out < parts.size(); ++out) {
    std::string kept;
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (i != out) kept += (kept.empty() ? "" : ",") + parts[i];
    mutants.push_back({line, code.substr(0, open + 1) + kept + code.substr(close)});
  }
}

bool survives(const std::vector<PolicyText>& texts) {
  auto read = PolicySet::read(texts);
  const auto* set = std::get_if<PolicySet>(&read);
  return set && set->test().failed.empty();
}

}  // namespace

MutationReport mutate(std::span<const PolicyText> texts) {
  MutationReport report;
  std::vector<PolicyText> bent(texts.begin(), texts.end());
  if (!survives(bent)) {
    report.problem = "the files as they are do not pass their own tests";
    return report;
  }
  for (auto& text : bent) {
    if (!text.is_policy() && !text.is_vocabulary()) continue;
    const auto whole = text.text;
    const auto lines = lines_of(whole);
    std::vector<Mutant> mutants;
    for (std::size_t i = 0; i < lines.size() && lines[i] != "tests:" && lines[i] != "测试:"; ++i) {
      if (!decides(lines[i])) continue;
      numbers_and_dates(i, code_of(lines[i]), mutants);
      left_out(i, code_of(lines[i]), mutants);
    }
    for (const auto& mutant : mutants) {
      if (lines[mutant.line] == mutant.becomes) continue;
      text.text.clear();
      for (std::size_t i = 0; i < lines.size(); ++i)
        text.text += (i == mutant.line ? mutant.becomes : lines[i]) + "\n";
      ++report.tried;
      if (survives(bent))
        report.survivors.push_back(
            {"POLICY_UNPINNED",
             "no test notices '" + tidy(lines[mutant.line]) + "' as '" + tidy(mutant.becomes) + "'",
             text.file + ":" + std::to_string(mutant.line + 1) + ":1"});
    }
    text.text = whole;
  }
  return report;
}

}  // namespace kinhub
