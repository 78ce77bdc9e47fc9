#pragma once
// Who is entitled to what, from the true world alone: an independent statement to measure the hub against.

#include <string>
#include <vector>

#include "tests/agencies/world.hpp"

namespace kinhub::agencies {

enum class Right : std::uint8_t { none, disability, death };

/// One parent's right over days [from, until) under national special assistance.
struct TrueSpan {
  PersonIndex parent;
  Right right;
  Interval when;
  bool sure =
      true;  ///< false: the certificate has expired, or a death lost evidence: pending, neither yes nor no
  std::string why;  ///< the rules and days that opened it
};

/// All spans of every parent in this world, by parent and day. Rules: seed table B1, N01-N09.
std::vector<TrueSpan> true_spans(const World& world);

/// "national-special-assistance/death"
std::string_view benefit_of(Right right);
/// Fen per person and month on that day (N11 and what was before).
int amount_fen(Right right, Date day);

}  // namespace kinhub::agencies
