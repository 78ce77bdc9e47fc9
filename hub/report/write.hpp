#pragma once
// Writers of reports: CSV and HTML that prints on A4; equal reports have equal bytes.

#include <string>
#include <utility>
#include <vector>

#include "hub/report/report.hpp"

namespace kinhub::report {

/// A cell as people read it: 未接入, "—" of a rate without denominator, yuan with two decimals.
std::string text_of(const Cell& cell);
/// UTF-8 with a byte order mark, CRLF, one block of lines for each table. What a program for tables would
/// take for a formula stands behind an apostrophe.
std::string to_csv(const Report& report);
/// One page in itself, for a browser and its print. `digest`: of its canonical CSV; `number`: of the version
/// that was issued, or empty.
std::string to_html(const Report& report, const std::string& digest, const std::string& number = {});
/// What every form begins with: area, period, last day, known time.
std::vector<std::pair<std::string, std::string>> head_of(const Report& report);
std::string state_text(Check::State state);  ///< 相符
/// SHA-256 of the CSV, in hex.
std::string digest_of(const Report& report);

}  // namespace kinhub::report
