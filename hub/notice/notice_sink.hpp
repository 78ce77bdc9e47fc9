#pragma once
// The sink interface: a file, a Kafka topic. The outbox in the store is the truth; a sink catches up with it.

#include <stop_token>

#include "hub/store/store.hpp"

namespace kinhub {

/// A consumer of the outbox: delivers in order of seq, each notice once for a reader that keeps to the
/// reader's rule (docs/notices.md). Used by one thread at a time.
class NoticeSink {
 public:
  virtual ~NoticeSink() = default;
  /// Delivers what waits, durable there when it returns: the seq of the last notice delivered. Throws
  /// Unavailable when the sink cannot take them now (they wait), std::runtime_error when a person must look.
  /// What `status` shows of it may be a second old until a call finds nothing to deliver.
  virtual std::int64_t deliver(Store& store, std::stop_token stop) = 0;
  /// Discards cached state: another node delivers from now on, and how far it was is worth nothing
  /// when this one is asked again.
  virtual void let_go() {}
  virtual std::string name() const = 0;  ///< "file", "kafka"
};

}  // namespace kinhub
