#pragma once
// The kept list of damages: rows of the store that were found not to be as the hub wrote them. They are set
// aside: left out of every answer, named here, in `status` and by an alarm, until a person settles them.

#include <cstdint>
#include <string>
#include <vector>

#include "hub/store/values.hpp"

namespace kinhub {

struct DamagedRow {
  std::string table, key;
  std::string
      code;  ///< ROW_CODE, ROW_WITHOUT_CODE, ROW_MISSING, ROW_PUT_BACK, ROWS_DIFFER, INDEX_DIFFERS ...
  std::int64_t found_us = 0;
  friend bool operator==(const DamagedRow&, const DamagedRow&) = default;
};
/// What a code of a damage means, and what to do.
std::string damage_text(std::string_view code);

inline constexpr char damages_name[] = "damaged rows";
/// In the order in which they were found.
std::vector<DamagedRow> damaged_rows(ValueShelf& values);
/// Adds those that are not known yet, by table and key; 1000 at most are kept. How many were added.
std::size_t note_damaged(ValueShelf& values, const std::vector<DamagedRow>& found);
/// Settles it. False: there is none.
bool settle_damage(ValueShelf& values, const std::string& table, const std::string& key);

}  // namespace kinhub
