#pragma once
// The shelf of the audit log.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinhub {

class AuditShelf {
 public:
  virtual ~AuditShelf() = default;
  /// Keeps for ever that names and numbers were shown, sealed, by whom, with which command, why.
  virtual void add_disclosure(std::int64_t at_us, std::string_view sealed) = 0;
  virtual std::vector<std::pair<std::int64_t, std::string>> disclosures() = 0;
};

}  // namespace kinhub
