#pragma once
// Code tables: look-up tables from an agency's codes to their meaning here, as CSV files beside the mappings.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"

namespace kinhub {

/// mappings/codes/<name>.csv with the columns code, meaning and, if wanted, note; or, of what changes in
/// time, code, name, from and until (the first day that no longer counts, or nothing). Immutable after
/// reading.
class CodeTable {
 public:
  static Result<CodeTable> parse(std::string name, std::string_view csv, const std::string& place);

  const std::string& name() const { return name_; }
  /// The meaning of `code`, or nothing. A code that stands in the table as it is wins; otherwise letters are
  /// compared without case and digits without noughts before them, for spreadsheets make 1 of 01.
  const std::string* find(std::string_view code) const;
  /// The meaning of `code` as it is written, of a dated table on whatever day; null if there is none.
  const std::string* find_exact(std::string_view code) const { return find_in(entries_, code); }
  /// Whether it has codes of `size` characters that begin with `prefix`.
  bool lists_below(std::string_view prefix, std::size_t size) const;
  /// Whether one of the codes stands anywhere in a text, as it is.
  bool any_in(std::string_view text) const;
  /// Every code as it is written, sorted.
  std::vector<std::string> codes() const;
  /// Every meaning, sorted, once.
  std::vector<std::string> meanings() const;

 private:
  std::string name_;
  using Entries = std::vector<std::pair<std::string, std::string>>;
  static const std::string* find_in(const Entries& entries, std::string_view code);

  Entries entries_;    // sorted by code
  Entries by_normal_;  // by its normal form; without those that would have two meanings
};

using CodeTables = std::map<std::string, CodeTable, std::less<>>;

/// Reads every *.csv of `folder`; what is wrong is added to `errors`.
CodeTables read_code_tables(const std::filesystem::path& folder, std::vector<Error>& errors);

}  // namespace kinhub
