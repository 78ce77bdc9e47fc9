#pragma once
// Writer of reports as workbooks of spreadsheet programs (Office Open XML).

#include <string>

#include "hub/base/result.hpp"
#include "hub/report/report.hpp"

namespace kinhub::report {

/// The bytes of a workbook: a sheet for each table, and one with the question, checks, notes, number and
/// digest. Figures are numbers, text is never a formula, sheets print on A4 across. Equal reports have equal
/// bytes. Error: XLSX_WRITE, when there is no room for it.
Result<std::string> to_xlsx(const Report& report, const std::string& digest, const std::string& number = {});

}  // namespace kinhub::report
