#pragma once
// The shelf of quarantine: events that were set aside, whole.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/secrets.hpp"

namespace kinhub {

enum class QuarantineState : std::uint8_t { held, applied, discarded };

struct QuarantineRow {
  std::int64_t id = 0;
  std::string source;
  std::optional<Token> key;                  ///< of the event's business key: later ones of it wait behind
  std::string key_text;                      ///< the business key, masked: mask_key()
  std::string code, place, reason, mapping;  ///< masked, so plain
  std::int64_t received_at_us = 0;
  std::int64_t attempts = 1;
  std::int64_t bytes = 0;  ///< size of the body
  std::string
      digest;  ///< event_digest of the event: the same bytes again are a repetition, not another problem
  std::int64_t event_sequence = 0;
  QuarantineState state = QuarantineState::held;
  std::string event;            ///< sealed: the whole event; empty in lists
  std::vector<Token> mentions;  ///< of the citizen numbers that stand in it; written, never read with the row
};

/// Index entry: a held event in which this identifier stands.
struct HeldMention {
  Token identifier;
  std::int64_t quarantine_id = 0;
  std::string source;
  friend auto operator<=>(const HeldMention&, const HeldMention&) = default;
};

class QuarantineShelf {
 public:
  virtual ~QuarantineShelf() = default;
  /// Its number.
  virtual std::int64_t add(const QuarantineRow& row) = 0;
  virtual void update(std::int64_t id, QuarantineState state, std::int64_t attempts, std::string_view code,
                      std::string_view place, std::string_view reason) = 0;
  virtual std::optional<QuarantineRow> find(std::int64_t id) = 0;  ///< with its event
  /// Rows (of one state) behind `after` in order of id, without events.
  virtual std::vector<QuarantineRow> page(std::optional<QuarantineState> state, std::int64_t after,
                                          std::size_t count_max) = 0;
  /// Visits them all, page by page.
  void each(std::optional<QuarantineState> state, const std::function<void(QuarantineRow&)>& visit);
  /// Index look-up: held events that have one of these digests or one of these keys, in
  /// order of id, without bodies.
  virtual std::vector<QuarantineRow> held_like(std::span<const std::string> digests,
                                               std::span<const Token> keys) = 0;
  /// Index look-up: the held events in which one of these identifiers stands, sorted. An event that is no
  /// longer held mentions nobody.
  virtual std::vector<HeldMention> held_mentions(std::span<const Token> identifiers) = 0;
  /// All of them, sorted; nothing where there are more than `count_max`. Few are cheaper to know than to ask
  /// for.
  virtual std::optional<std::vector<HeldMention>> all_held_mentions(std::size_t count_max) = 0;
};

}  // namespace kinhub
