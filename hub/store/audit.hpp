#pragma once
// The shelf of the audit log.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kinhub {

struct DisclosureRow {
  std::int64_t id = 0;  ///< from 1; the store gives it
  std::int64_t at_us = 0;
  std::string sealed;
};

class AuditShelf {
 public:
  virtual ~AuditShelf() = default;
  /// Keeps for ever that names and numbers were shown, sealed, by whom, with which command, why.
  virtual void add_disclosure(std::int64_t at_us, std::string_view sealed) = 0;
  /// Disclosures behind `after` in order of id, which is that of writing.
  virtual std::vector<DisclosureRow> page(std::int64_t after, std::size_t count_max) = 0;
};

}  // namespace kinhub
