#pragma once
// The keys of an installation, for operators: which there are, what carries them, a new one, and everything
// sealed anew with it.

#include <optional>
#include <string>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/base/progress.hpp"
#include "hub/base/secrets.hpp"
#include "hub/config/config.hpp"

namespace kinhub {

/// A key, and how much carries it.
struct KeyState {
  std::string id, suite;                   ///< suite empty: the key is not in the file
  std::optional<std::int64_t> created_us;  ///< not known of a file of 0.1.0
  bool first = false;                      ///< tokens are made with it: it stays for ever
  bool active = false;                     ///< seals
  std::int64_t values = 0;                 ///< of the store
  std::int64_t events = 0;                 ///< of the embedded log, with its checkpoints
};
struct KeysState {
  std::string file;
  std::vector<KeyState> keys;  ///< in the order of the file, then those that are missing in it
  bool log_counted = true;     ///< no: the log is in Kafka, where nobody counts
};

/// What a command did to one key.
struct KeyChange {
  enum class What { added, standby, active, removed };
  What what{};
  std::string id, suite, file;
  bool several_nodes = false;  ///< they share the store or the log: each needs the file
};

std::string_view name_of(KeyChange::What what);  ///< "added", "standby", "active", "removed"

/// What a rotation did, and what is left.
struct RotationState {
  std::string id;  ///< of the active key
  bool resumed = false;
  std::int64_t values = 0, events = 0;  ///< sealed anew
  std::int64_t other_keys = 0;          ///< values and events that still carry another key
  std::int64_t unreadable = 0;
  std::string first_unreadable;
  bool log_in_kafka = false;
  bool done() const { return other_keys == 0 && unreadable == 0; }
};

// Each throws Unavailable, and std::runtime_error for what waiting does not mend; none makes a key file where
// there is none: KEY_NONE.

/// Lists keys, and counts what carries each by reading the headers of store and log.
Result<KeysState> look_at_keys(const Config& config);
/// Adds a key to the file, and makes it the active one at once or leaves it on standby, so that the file can
/// be brought to every node before.
enum class Activate : bool { no, yes };
Result<KeyChange> add_key(const Config& config, Suite suite, Activate activate, const Clock& clock);
/// Makes a key of the file the active one. Error: KEY_UNKNOWN.
Result<KeyChange> use_key(const Config& config, const std::string& id);
/// Removes a key from the file. Errors: KEY_UNKNOWN, KEY_FIRST, KEY_ACTIVE, KEY_IN_USE with how much carries
/// it, KEY_IN_KAFKA.
Result<KeyChange> remove_key(const Config& config, const std::string& id);
/// Seals store and embedded log anew with the active key; goes on where an interrupted one stopped.
Result<RotationState> rotate_keys(const Config& config, const Clock& clock, const OnProgress& progress);

}  // namespace kinhub
