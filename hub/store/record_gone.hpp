#pragma once
// The mark of an index row whose record a whole snapshot held no more: kept where else the digest of that
// record stands, so that an event that touches the key takes it away, and a run that finds the record again.

#include "hub/store/entries.hpp"

namespace kinhub {

/// No digest of a record: a pass never counts so many entries for one (its low byte).
inline constexpr std::uint64_t record_gone = 0x1FF;

/// Whether the last run that looked for the record of this row found it gone, and nothing was told since.
inline bool is_gone(const EntryRow& row) {
  return row.record == record_gone;
}

}  // namespace kinhub
