#pragma once
// Parser of the expectations of in-file tests: one line becomes one value, which file_tests.cpp compares.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/policy/document.hpp"

namespace kinhub::policy {

/// Parse result of one expected line: "allowance dead  wife  2019-05 .. 2022-01  610.00  pending: marriage".
struct Expectation {
  enum class Kind : std::uint8_t { dues, nothing, days, no_change, value_on, next_change } kind = Kind::dues;
  std::string line;
  int at = 0;  ///< its line in the file
  BenefitIndex benefit = 0;
  std::string person;
  std::vector<Interval> periods;  // months or years or days as [first day, after the last)
  Per per = Per::month;
  std::int64_t fen = 0;
  bool known = true;
  Certainty certainty = Certainty::sure;
  std::optional<std::set<std::string>> pending;
  std::optional<std::int64_t> total;
  std::string because;
  Date on, next;
  Explanation::Value value = Explanation::Value::met;
};

/// The lines of a text without comments, blank ones left out.
std::vector<std::string> lines_of(std::string_view text);
/// The same, each with its number from 0, blank ones counted.
std::vector<std::pair<int, std::string>> numbered_lines_of(std::string_view text);

/// Parses one line; benefits are looked for among those of `document` first.
/// Errors: POLICY_TEST_EXPECT, at the place of the document.
Result<Expectation> read_expectation(const PolicySet& policies, const Document& document,
                                     const std::string& line);

}  // namespace kinhub::policy
