#pragma once
// Strongly typed ids: a PersonId is not a LeadId.

#include <compare>
#include <cstdint>
#include <functional>

namespace kinhub {

/// A surrogate key that the store gave; 0 means none.
template <class Tag>
struct Id {
  std::int64_t value = 0;
  constexpr explicit operator bool() const { return value != 0; }
  friend constexpr auto operator<=>(Id, Id) = default;
};

using PersonId = Id<struct PersonTag>;
using LeadId = Id<struct LeadTag>;
using PairId = Id<struct PairTag>;  ///< of two persons in the identity review queue

}  // namespace kinhub

template <class Tag>
struct std::hash<kinhub::Id<Tag>> {
  std::size_t operator()(kinhub::Id<Tag> id) const noexcept { return std::hash<std::int64_t>()(id.value); }
};
