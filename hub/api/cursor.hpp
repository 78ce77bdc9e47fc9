#pragma once
// Cursors of paged lists: where to go on, sealed, so that they tell nothing, fit one list and one filter
// alone, and end after an hour.

#include <cstdint>
#include <string>
#include <string_view>

#include "hub/base/result.hpp"
#include "hub/base/secrets.hpp"

namespace kinhub::api {

/// Maker and reader of cursors. Safe from any thread. Those of a process that has ended are void: a list
/// begins anew.
class Cursors {
 public:
  Cursors();
  /// `list`: what is listed with its filter, in one text.
  std::string write(std::int64_t after, std::string_view list, std::int64_t now_us) const;
  /// Errors: CURSOR_INVALID, also of another list or filter; CURSOR_GONE after an hour.
  Result<std::int64_t> read(std::string_view cursor, std::string_view list, std::int64_t now_us) const;

 private:
  Keyring keys_;
};

}  // namespace kinhub::api
