#pragma once
// Remapping: stored events of a source are read anew by its mapping of now, and what an older mapping told
// otherwise of them is replaced. The plan does all of it in a transaction that is rolled back (dry run).

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/result.hpp"
#include "hub/record/fact.hpp"

namespace kinhub {

class Keyring;
class StoreTransaction;
class ValueShelf;

struct RemapRequest {
  std::string source;
  std::int32_t partition = 0;            ///< of the log
  std::optional<std::string> mapping;    ///< events that this file read or reads now: public_security/death
  std::optional<std::int64_t> since_us;  ///< events that arrived then or later
};
/// Who has it done, and why.
struct RemapOrder {
  std::string by, reason;
};

/// What a remapping does, or would do.
struct Remapped {
  std::int64_t at_us = 0;                ///< since when its changes are known
  std::int64_t after = 0, up_to = 0;     ///< sequences of the events there are to read: (after, up_to]
  std::int64_t read = 0;                 ///< events of the source that were asked for; of these:
  std::int64_t changed = 0;              ///< say something else now
  std::int64_t failing = 0;              ///< cannot be read any more, and stay as they were read
  std::int64_t held = 0, discarded = 0;  ///< left to the quarantine, left out as a person decided
  std::int64_t unreadable = 0;           ///< events that the log cannot give any more, of whatever source
  std::int64_t facts_not_in_log = 0;     ///< that count, of events which the log no longer has
  std::int64_t interrupted_at_us = 0;    ///< of the last remapping, if it did not come to its end; 0: it did

  struct Facts {
    std::int64_t added = 0, gone = 0, changed = 0;
    std::map<std::string, std::int64_t> fields;  ///< of the changed ones, how often each differs
  };
  std::map<FactKind, Facts> facts;

  struct Failing {
    Error error;  ///< of the first one, masked
    std::string mapping;
    std::int64_t events = 0, first_sequence = 0;
  };
  std::map<std::string, Failing> failing_by_code;

  std::int64_t people = 0;  ///< whose record changes
  std::int64_t leads_opened = 0, leads_updated = 0, leads_closed = 0;
  /// By benefit: what open leads say more, or less, than before.
  struct Money {
    std::int64_t arrears_fen = 0, overpaid_fen = 0;
  };
  std::map<std::string, Money> money;

  std::int64_t same() const { return read - changed - failing; }
};

/// Who ordered a remapping and why, as it is kept; nothing when none was begun at that time.
std::optional<RemapOrder> kept_remap_order(ValueShelf& values, const Keyring& keys, const std::string& source,
                                           std::int64_t at_us);

/// Called with events done and in all.
using RemapProgress = std::function<void(std::int64_t, std::int64_t)>;

}  // namespace kinhub
