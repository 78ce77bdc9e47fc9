#pragma once
// The stateless stage of the pipeline: mapping one event, all that can be told of it without the store.

#include <optional>
#include <string>
#include <vector>

#include "hub/pipeline/rules.hpp"
#include "hub/record/statement.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

/// A mapped event, with the lease epoch under which it was read.
struct MappedEvent {
  LoggedEvent logged;
  /// Of a change; nothing for rejected bytes and coverage. Facts are in `said`.
  std::optional<Outcome> outcome;
  std::vector<KeyedStatement> said;
  std::optional<Token> key;  ///< of the event's key, if it has one
  std::int64_t lease_epoch = 0;
  std::int64_t mapped_at_us = 0;     ///< UTC microseconds
  std::optional<Token> beside = {};  ///< of a withdrawal: the key beside its own, it waits behind that, too
};

/// Maps one event, pure. Of a change: its outcome, which is a rejection when no mapping is there, the mapping
/// breaks, or what it says cannot be. `today`: of a rehearsal or a replay, which may be later than the
/// receipt.
MappedEvent map_event(LoggedEvent logged, const Rules& rules, const Keyring& keys,
                      std::optional<Date> today = std::nullopt);

/// Ordering key: the keyed token of an event's business key. REQUIRES: it has one.
Token event_key(const Event& event, const Keyring& keys);
/// The same of the key that stands beside it: key_beside_mark added, or taken away. REQUIRES: it has one.
Token key_beside(const Event& event, const Keyring& keys);
/// Deduplication digest, SHA-256 of the event's content: the same bytes of the same
/// source again have the same one.
std::string event_digest(const Event& event);
/// The first bytes of it: Statement::event_digest.
std::uint64_t short_digest(const Event& event);

}  // namespace kinhub
