#pragma once
// Code tables: look-up tables from an agency's codes to their meaning here, as CSV files beside the mappings.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"

namespace kinhub {

/// mappings/codes/<name>.csv with the columns code, meaning and, if wanted, note. Immutable after reading.
class CodeTable {
 public:
  static Result<CodeTable> parse(std::string name, std::string_view csv, const std::string& place);

  const std::string& name() const { return name_; }
  /// The meaning of `code`, or nothing.
  const std::string* find(std::string_view code) const;
  /// Every meaning, sorted, once.
  std::vector<std::string> meanings() const;

 private:
  std::string name_;
  std::vector<std::pair<std::string, std::string>> entries_;  // sorted by code
};

using CodeTables = std::map<std::string, CodeTable, std::less<>>;

/// Reads every *.csv of `folder`; what is wrong is added to `errors`.
CodeTables read_code_tables(const std::filesystem::path& folder, std::vector<Error>& errors);

}  // namespace kinhub
