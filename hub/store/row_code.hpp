#pragma once
// Keyed codes of rows (SipHash-2-4, 64 bits, keys of their own): what only who has the key file can make of a
// row's table, key and columns, and the secret terms that running digests are sums of.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "hub/base/keyed_digest.hpp"
#include "hub/store/codes.hpp"

namespace kinhub {

/// Appends cells in the form that codes are made of.
class CellWriter {
 public:
  explicit CellWriter(std::string& out) : out_(out) { out_.clear(); }
  CellWriter& number(std::int64_t number);
  CellWriter& bytes(std::string_view bytes);
  CellWriter& null();

 private:
  std::string& out_;
};

/// Used by one thread: it keeps a buffer.
class RowCodes {
 public:
  explicit RowCodes(const Keyring& keys);
  /// Begins a row of struct members, in the order of coded_columns(); then code().
  CellWriter begin() { return CellWriter(buffer_); }
  std::uint64_t code(Coded table) const { return codes_.of(buffer_, static_cast<std::uint64_t>(table)); }
  std::uint64_t of(Coded table, std::span<const Cell> cells);
  std::uint64_t of_dossier(std::int64_t person, std::int64_t marks, std::string_view sealed);
  /// The term of a row in the running digest of its table. Secret: no sum of them may be seen.
  std::uint64_t term(Coded table, std::string_view key, std::uint64_t code);
  /// Numbers a key that is no number, for the running digest.
  std::int64_t number_of(std::string_view key) const;

 private:
  KeyedDigest codes_, terms_;
  std::string buffer_;
};

}  // namespace kinhub
