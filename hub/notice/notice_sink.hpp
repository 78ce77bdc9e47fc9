#pragma once
// Where notices go: a file, a Kafka topic. The outbox in the store is the truth; a sink catches up with it.

#include <stop_token>

#include "hub/store/store.hpp"

namespace kinhub {

/// Delivers what waits in the outbox, in order of seq, each notice once for a reader that keeps to the
/// reader's rule (docs/notices.md). Used by one thread at a time.
class NoticeSink {
 public:
  virtual ~NoticeSink() = default;
  /// Returns the seq of the last notice delivered; durable there when it returns. Throws Unavailable when the
  /// sink cannot take them now (they wait), std::runtime_error when a person must look. What `status` shows
  /// of it may be a second old until a call finds nothing to deliver.
  virtual std::int64_t deliver(Store& store, std::stop_token stop) = 0;
  /// Somebody else delivers from now on: how far it was is worth nothing when this node is asked again.
  virtual void let_go() {}
  virtual std::string name() const = 0;  ///< "file", "kafka"
};

}  // namespace kinhub
