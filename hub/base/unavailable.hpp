#pragma once
// The exception for transient failures of infrastructure: a database, a broker, a full disk.

#include <stdexcept>

namespace kinhub {

/// A transient failure: a retry may succeed. The text says what is missing and what to do; whoever catches
/// it tries again, and says so.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace kinhub
