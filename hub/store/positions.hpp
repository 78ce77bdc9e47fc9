#pragma once
// The shelf of checkpoints: how far each partition of the event log is processed.

#include <cstdint>
#include <string>
#include <string_view>

namespace kinhub {

/// Checkpoint of a partition: how far the event log is processed. A partition never processed stands at 0.
struct StoredPosition {
  std::int64_t sequence = 0;
  std::int64_t offset = -1;  ///< LogPosition::offset of that event
  bool damaged = false;      ///< the row is not as the hub wrote it: nobody may go on from here
};
/// Advance of a checkpoint: compare-and-set on the sequence, and on the lease epoch (0: the
/// partition was never leased).
struct Advance {
  std::string partition;
  std::int64_t from_sequence = 0, to_sequence = 0, to_offset = -1;
  std::int64_t lease_epoch = 0;
};

class PositionShelf {
 public:
  virtual ~PositionShelf() = default;
  virtual StoredPosition at(std::string_view partition) = 0;
  /// Compare-and-set of a checkpoint. False: another processor has moved it, or the lease
  /// has changed hands; roll back.
  virtual bool advance(const Advance& move) = 0;
};

}  // namespace kinhub
