#pragma once
// What breaks around the hub and may come back by itself: a database, a broker, a full disk.

#include <stdexcept>

namespace kinhub {

/// Waiting may help. The text says what is missing and what to do; whoever catches it tries again, and says
/// so.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace kinhub
