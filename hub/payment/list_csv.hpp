#pragma once
// A payment list as a spreadsheet reads it (CSV), with the columns of the printed form, and its digest.

#include <string>
#include <string_view>
#include <vector>

#include "hub/payment/list.hpp"

namespace kinhub {

/// Writer of CSV (RFC 4180): lines end with CR LF, cells are quoted where they must be.
class CsvText {
 public:
  /// For spreadsheets: a cell that would begin a formula is text.
  void row(const std::vector<std::string>& cells);
  /// For a bank's program: cells as they are.
  void plain_row(const std::vector<std::string>& cells);
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// 1770.00
std::string yuan_text(std::int64_t fen);
/// Months in short: 2026-07至2026-09, 2026-11.
std::string periods_text(const std::vector<PaidPeriod>& periods, PaidAs as);
/// 新增、补发 of a line, with from where to where of who moved.
std::string changes_text(const PaymentLine& line, Language language = Language::zh);
/// The type of the scheme where it has one (A 死亡, B 伤残), else the benefit's title.
std::string type_text(const PaymentLine& line);

/// The list with its columns as printed, who left it, and sums. Canonical: equal lists give equal bytes.
std::string list_csv(const PaymentList& list);
/// SHA-256 of the canonical CSV: what is signed.
std::string list_digest(const PaymentList& list);

}  // namespace kinhub
