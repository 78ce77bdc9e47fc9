#pragma once
// The two interfaces between runner and connector: an instance that is called,
// and the sink for what it emits.

#include <kinhub/plugin.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/connector/library.hpp"
#include "hub/connector/source_options.hpp"
#include "hub/stream/event.hpp"

namespace kinhub {

/// The batch of one commit. `source` of the events is still empty.
struct Harvest {
  std::vector<Event> events;
  std::string position;  ///< where the source continues after them; empty: no new one
  std::optional<std::int64_t> complete_until_us;
};

/// The sink of an instance. commit() is called from the thread that called the instance; the rest from any.
class Intake {
 public:
  virtual ~Intake() = default;
  /// Atomic. True: all of it is durable. False: none of it is.
  virtual bool commit(Harvest harvest) = 0;
  virtual void note(int level, std::string_view text) = 0;
  virtual void count(std::string_view metric, std::int64_t add) = 0;
  /// Heartbeat: the instance shows life.
  virtual void alive() = 0;
  /// The process it runs in, and the last lines that one said; none: it has ended.
  virtual void process(std::optional<int> id, const std::vector<std::string>& said) = 0;
};

/// The result of a call of the connector.
struct CallOutcome {
  kinhub_status status = KINHUB_OK;
  std::string explanation;  ///< why it is not KINHUB_OK
  /// A crash: it ended its process by itself, and was not killed from outside and did not hang.
  /// The status is KINHUB_FATAL then.
  bool died = false;
};

/// The batch size at which an instance commits without being asked.
struct HarvestLimits {
  std::size_t count = 1000;
  std::size_t bytes = 8u << 20;
};

/// Called from one thread at a time. Whatever a call emitted is durable or discarded when it returns.
class Instance {
 public:
  virtual ~Instance() = default;
  virtual CallOutcome poll(const std::string& position, std::uint32_t timeout_ms, HarvestLimits limits) = 0;
  virtual CallOutcome snapshot(const std::string& cursor, HarvestLimits limits) = 0;
  /// Gets over the record after `position`, unread. KINHUB_REJECT: the connector cannot.
  virtual CallOutcome skip(const std::string& position) = 0;
  virtual CallOutcome read_capture(std::string_view origin, std::string_view bytes, HarvestLimits limits) = 0;
};

struct Created {
  std::unique_ptr<Instance> instance;  ///< null unless outcome.status is KINHUB_OK
  CallOutcome outcome;
};

/// An instance inside this process. `config_json` is checked against the connector's schema and completed
/// first; KINHUB_REJECT when it does not fit. `intake` and `clock` outlive the instance.
Created create_local_instance(std::shared_ptr<const Connector> connector, std::string_view config_json,
                              Secrets secrets, Intake& intake, const Clock& clock, std::stop_token stop);

}  // namespace kinhub
