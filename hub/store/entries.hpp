#pragma once
// The shelf of entries: an index of all version histories by their source, small enough to be walked every
// night. Reconciliation stands on it: docs/decisions/0033-index-of-entries.md.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hub/base/id.hpp"
#include "hub/base/secrets.hpp"
#include "hub/record/fact.hpp"

namespace kinhub {

/// One version history of a source, without what it says.
struct EntryRow {
  Token key;  ///< of the history: statement_key
  FactKind kind{};
  bool asserts = false;    ///< whether what counts under the key says that something is so
  std::uint64_t told = 0;  ///< keyed digest of the version that counts; 0: none does
  /// Keyed digest of the agency's own record that the last run found to say what counts; 0: none has, or an
  /// event touched the key since.
  std::uint64_t record = 0;
  std::int64_t run = 0;  ///< the last run that compared it; 0: none has
  PersonId home = {};    ///< somebody whose dossier has it; 0: in a store of before, PeopleShelf::homes tells
  friend bool operator==(const EntryRow&, const EntryRow&) = default;
};

/// Rows are written by PeopleShelf::put_histories, as events touch them, and read here. They come in bulk;
/// sorted input is fastest.
class EntryShelf {
 public:
  virtual ~EntryShelf() = default;
  /// Writes those that are not there yet; the others stay as they are, but for a home where none is known.
  virtual void fill(const std::string& source, std::span<const EntryRow> rows) = 0;
  /// Compare-and-set: `record` and `run` as given, of those under which still counts what is `told`. How many
  /// these were.
  virtual std::int64_t mark(const std::string& source, std::span<const EntryRow> rows) = 0;
  /// In no particular order; those that are not there are left out.
  virtual std::vector<EntryRow> find(const std::string& source, std::span<const Token> keys) = 0;
  /// The entries of a source behind `after`, in order of key; the key of zeros is before all.
  virtual std::vector<EntryRow> page(const std::string& source, const Token& after,
                                     std::size_t count_max) = 0;
};

}  // namespace kinhub
