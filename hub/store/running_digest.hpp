#pragma once
// Running digests: a keyed multiset hash of each coded table, kept in the transaction that changes it. They
// show rows that were deleted, added, or put back from an older copy, though every code fits. Pure.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/store/codes.hpp"

namespace kinhub {

class RowCodes;

/// Sums over rows modulo the prime 2^61 - 1: of their terms, and of their terms weighed with the number of
/// the row. The two sums locate a row if one alone is wrong, as the syndromes of a Reed-Solomon code do.
struct RowSum {
  std::int64_t rows = 0;
  std::uint64_t plain = 0, weighed = 0;
  void add(std::int64_t number, std::uint64_t term);
  void remove(std::int64_t number, std::uint64_t term);
  RowSum& operator+=(const RowSum& other);
  friend bool operator==(const RowSum&, const RowSum&) = default;
};
/// The number of the one row by which `found` differs from `kept`; nothing where they are equal, or where
/// several rows differ.
std::optional<std::int64_t> differing_row(const RowSum& found, const RowSum& kept);

/// The sums of a table by stretches of numbers, which grow with it: 64 at most. Tables whose keys are no
/// numbers have one.
class TableDigest {
 public:
  static constexpr std::int64_t parts_max = 64;
  void add(std::int64_t number, std::uint64_t term) { part_of(number).add(number, term); }
  void remove(std::int64_t number, std::uint64_t term) { part_of(number).remove(number, term); }
  /// Numbers [first_of(part), first_of(part + 1)) are of one part.
  std::int64_t first_of(std::int64_t part) const { return part << shift_; }
  std::int64_t parts() const { return static_cast<std::int64_t>(sums_.size()); }
  RowSum sum(std::int64_t part) const;
  void put(std::int64_t part, const RowSum& sum);
  int shift() const { return shift_; }

 private:
  friend struct RunningDigests;
  RowSum& part_of(std::int64_t number);
  int shift_ = 10;
  std::vector<RowSum> sums_;
};

/// What one store keeps, sealed, as the value `running digests`.
struct RunningDigests {
  std::string store;            ///< whose they are: 32 hex digits by chance
  std::int64_t generation = 0;  ///< grows by one with each transaction that changed a coded row
  /// The last numbers given: a counter that was set back gives none again.
  std::int64_t last_person = 0, last_lead = 0, last_notice = 0;
  /// They could not be read and begin anew: parts count for nothing until they are renewed.
  bool broken = false;
  std::map<Coded, TableDigest> tables;

  /// Counts a row in or out. Its code and key come from row_code.hpp.
  void add(Coded table, std::string_view key, std::uint64_t code, RowCodes& codes);
  void remove(Coded table, std::string_view key, std::uint64_t code, RowCodes& codes);

  std::string bytes() const;
  /// Throws std::runtime_error on bytes that end too early.
  static RunningDigests read(std::string_view bytes);
};
inline constexpr char digests_name[] = "running digests";

/// Whether keys of this table begin with numbers that are given in order.
bool has_parts(Coded table);
/// The number that a key begins with.
std::int64_t number_in(std::string_view key);

}  // namespace kinhub
