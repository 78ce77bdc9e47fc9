#pragma once
// The shelf of the identity review queue.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/base/id.hpp"
#include "hub/base/secrets.hpp"

namespace kinhub {

/// Where a pair of the identity review queue stands. Stored: numbers stay.
enum class PairState : std::uint8_t {
  open,       ///< waits for a person
  same,       ///< a person's word made one of the two
  different,  ///< a person's word keeps them apart
  gone        ///< nothing to ask any more: joined by an identifier, or no longer alike
};
/// Why a pair waits. Stored: numbers stay.
enum class PairWhy : std::uint8_t {
  doubtful,      ///< the evidence is not enough, or is held
  likely,        ///< the evidence is enough; only a person's word joins
  contradicted,  ///< enough, but joining would bring two together who are not one
  tie,           ///< enough, but two pairs contradict each other and none is clearly the better
  too_many       ///< enough, but the group would be larger than the limit
};
std::string_view name_of(PairState state);  ///< "open", "same", "different", "gone"
std::string_view name_of(PairWhy why);      ///< "doubtful", "likely", "contradicted", "tie", "too_many"

/// Entry of the identity review queue: two persons who may be one. Each is named by the keyed token of an
/// identifier, so the entry outlives every regrouping and tells neither a name nor a number.
struct IdentityPairRow {
  PairId id;
  Token a, b;  ///< a < b
  PairState state = PairState::open;
  PairWhy why = PairWhy::doubtful;
  std::int64_t weight = 0;                                       ///< sum of the evidence, in 64ths of a bit
  std::int64_t since_us = 0, changed_at_us = 0, seen_at_us = 0;  ///< found first; state, reason or evidence
                                                                 ///< changed; found last
  std::string digest;                                            ///< of the evidence: 32 bytes
};

class IdentityPairShelf {
 public:
  virtual ~IdentityPairShelf() = default;
  /// Upsert by id.
  virtual void put(std::span<const IdentityPairRow> rows) = 0;
  virtual std::optional<IdentityPairRow> find(PairId id) = 0;
  /// Entries (of one state) behind `after` in order of id.
  virtual std::vector<IdentityPairRow> page(std::optional<PairState> state, PairId after,
                                            std::size_t count_max) = 0;
  /// Visits them all, page by page.
  void each(std::optional<PairState> state, const std::function<void(IdentityPairRow&)>& visit);
  /// Index look-up: those that have one of these anchors, in order of id, each once.
  virtual std::vector<IdentityPairRow> of(std::span<const Token> anchors) = 0;
  /// Kept counts of those that wait for a person, by reason; those of which there is none are left out.
  virtual std::vector<std::pair<PairWhy, std::int64_t>> waiting() = 0;
};

}  // namespace kinhub
