#pragma once
// Leases, and the nodes that take them, as rows.

#include <cstdint>
#include <string>

namespace kinhub {

/// A lease with a fencing epoch: who may process a partition, or do a duty there is one of ("@relay",
/// "@night"). The epoch grows by one with each change of hands, so that a node that slept through its lease
/// cannot store anything more.
struct LeaseRow {
  std::string partition;
  std::string owner;  ///< node
  std::int64_t epoch = 0;
  std::int64_t remaining_ms = 0;  ///< by the store's own clock; <= 0: anyone may take it
};
struct NodeRow {
  std::string name;
  std::int64_t seen_ms_ago = 0;  ///< by the store's own clock
};

}  // namespace kinhub
