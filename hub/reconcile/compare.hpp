#pragma once
// The comparison of reconciliation, pure: what one record of an agency's snapshot says against what the hub
// holds from that agency.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/record/statement.hpp"

namespace kinhub::reconcile {

/// What becomes of a record of the snapshot. Each has one; their counts add up to the records read.
enum class RowClass : std::uint8_t {
  equal,       ///< it says what counts here
  changed,     ///< something counts here under its key, and it says otherwise
  missing,     ///< nothing of it is here
  late,        ///< its key changed at the agency after the snapshot was taken: looked at again the next time
  duplicate,   ///< its key stands in the snapshot a second time
  unreadable,  ///< goes to quarantine
  filtered,    ///< by its mapping it says nothing
  damaged      ///< what it would be compared with here cannot be read: looked at again the next time
};
inline constexpr std::size_t row_class_count = 8;
std::string_view name_of(RowClass row);

/// One field that both tell otherwise. A side that does not tell it is empty.
struct FieldDifference {
  std::string field;  ///< as fields_told names it
  std::string ours, theirs;
  Privacy privacy = Privacy::plain;
  friend bool operator==(const FieldDifference&, const FieldDifference&) = default;
};

/// One fact that differs.
struct FactDifference {
  enum class What : std::uint8_t {
    not_here,  ///< nothing asserts it here
    differs,   ///< telling it would change what counts
    older,     ///< what counts here is a later version than the snapshot's: an event would change nothing
    late,      ///< what counts here changed after the snapshot was taken
    not_there  ///< counts here, and a whole snapshot holds its record no more
  } what{};
  FactKind kind{};
  std::string key, version_ours, version_theirs;
  std::vector<FieldDifference> fields;
  std::int64_t ours_since_us = 0;  ///< when what counts here arrived; 0: nothing does, or it is not known
  friend bool operator==(const FactDifference&, const FactDifference&) = default;
};
std::string_view name_of(FactDifference::What what);

/// Up to when the snapshot knows: as a version writes it, in local time, and as an instant.
struct Watermark {
  std::string version;  ///< 20261118102501; empty: not known
  std::int64_t at_us = 0;
  static Watermark at(std::optional<std::int64_t> utc_us);
};

/// Whether what counts of a history is from after the snapshot: by its version, and where it has none by its
/// arrival.
bool after_snapshot(const Statement& counts, const Watermark& watermark);

/// Compares one fact. `held`: the history under its key; null when there is none. Nothing: both say the same,
/// or telling it would neither change what counts nor say anything that is not so here.
std::optional<FactDifference> compare_fact(const History* held, const Statement& told,
                                           const Watermark& watermark);

/// The class of a readable record, by what was found of its facts. `held_any`: something of it counts here.
RowClass class_of(const std::vector<FactDifference>& differences, bool held_any);
/// Whether a correcting event would mend something.
bool can_be_mended(const std::vector<FactDifference>& differences);

/// The fields in which two facts differ; either may be null.
std::vector<FieldDifference> differing_fields(const Fact* ours, const Fact* theirs);

}  // namespace kinhub::reconcile
