#pragma once
// Blocking of record linkage: which records are compared at all. Pure functions.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/linkage/rules.hpp"

namespace kinhub::linkage {

/// Blocking keys: two records are candidates if they have one in common. Sorted, unique; a letter says of
/// what a key is made. They hold names and numbers: whoever stores them stores keyed tokens.
std::vector<std::string> blocking_keys(const Features& features, const LinkageRules& rules);

/// Hash of a key or a name: two of one hash are a comparison too many, no more.
std::uint64_t key_hash(std::string_view key);

/// The names by which a record may be found, folded: equal for variants, look-alikes and an exchanged order.
/// Sorted, unique.
std::vector<std::string> folded_names(const Features& features, const LinkageRules& rules);

/// Candidate pairs of many records at once.
struct Candidates {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;  ///< (smaller, larger), sorted, unique
  std::size_t blocks_skipped = 0;   ///< had more than `block_max` members: a common name, a shared chart
  std::size_t records_skipped = 0;  ///< members of those blocks, counted in each
};
Candidates candidate_pairs(const std::vector<Features>& records, const LinkageRules& rules);

}  // namespace kinhub::linkage
