#pragma once
// Search for possible matches in a whole population that does not fit into memory: who is worth comparing at
// all, and with whom. Two walks over everybody, each record seen once in each; pure, no store.

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hub/linkage/rules.hpp"

namespace kinhub::linkage {

/// First walk: the probes, without whom no pair can be one person. Of two records that each have a citizen
/// number of their own a difference is a veto; so one of a pair has none, or both share one, or a typing
/// error made one of the other. Keeps 24 bytes for each number and name.
class Probes {
 public:
  explicit Probes(const LinkageRules& rules) : rules_(rules) {}
  void see(std::uint32_t record, const Features& features);
  /// Sorted, unique. Frees what was kept.
  std::vector<std::uint32_t> found();
  /// Names that more numbers bear than are compared with each other: of their bearers a typing error in a
  /// valid number is not looked for. After found().
  std::size_t names_skipped() const { return names_skipped_; }

  static constexpr std::size_t bearers_max = 2'000;

 private:
  struct Numbered {
    std::uint64_t name, number;  ///< number: its first 17 digits
    std::uint32_t record;
  };
  const LinkageRules& rules_;
  std::vector<std::uint32_t> probes_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> numbers_;
  std::vector<Numbered> named_;
  std::size_t names_skipped_ = 0;
};

/// Second walk: the blocks that some probes are in, among everybody. The pairs are those of candidate_pairs()
/// of which one is a probe. Keeps at most `block_max` members of 8 bytes for each key of a probe.
class ProbeBlocks {
 public:
  explicit ProbeBlocks(const LinkageRules& rules) : rules_(rules) {}
  /// REQUIRES: all probes before the first see().
  void probe(std::uint32_t record, const Features& features);
  void see(std::uint32_t record, const Features& features);
  /// (smaller, larger), sorted, unique.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs();
  /// Keys that more records than `block_max` have: they bring none together.
  std::size_t blocks_skipped() const { return blocks_skipped_; }

 private:
  struct Block {
    std::vector<std::uint32_t> members;
    std::uint32_t count = 0;
  };
  const LinkageRules& rules_;
  std::unordered_map<std::uint64_t, Block> blocks_;
  std::vector<std::uint32_t> probes_;
  std::size_t blocks_skipped_ = 0;
};

}  // namespace kinhub::linkage
