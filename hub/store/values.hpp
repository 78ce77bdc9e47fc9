#pragma once
// The shelf of named values: the present one of each name, and the history of some.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kinhub {

/// Past value of something that has one value at a time: it held from `at_us` on, until the next one.
struct DatedRow {
  std::string name;  ///< coverage police, lead 17, policies
  std::int64_t at_us = 0;
  std::string value;
};

class ValueShelf {
 public:
  virtual ~ValueShelf() = default;
  // Key-value pairs: installation id, last scan. A name never put has the empty value.
  virtual std::string get(const std::string& name) = 0;
  virtual void put(const std::string& name, std::string_view value) = 0;

  // Dated values, the history of what has one value at a time: questions about what was known then are
  // answered from it.
  /// Upsert by name and time.
  virtual void put_dated(const DatedRow& row) = 0;
  /// The values of this name, in order of time.
  virtual std::vector<DatedRow> dated(const std::string& name) = 0;
};

}  // namespace kinhub
