#pragma once
// Every sealed value of the store as one kind of row, whatever table it stands in: for key rotation, which
// counts them by key and seals them anew. Implementations: sqlite/sealed_rows.hpp, postgres/sealed_rows.hpp.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/base/secrets.hpp"

namespace kinhub {

/// Where sealed values stand, in the order in which they are walked. Stored: numbers stay.
enum class SealedShelf : std::uint8_t {
  dossiers = 0,
  leads = 1,
  decided = 2,
  decisions = 3,
  quarantine = 4,
  disclosures = 5,
  lead_history = 6,  ///< dated values of leads: a sealed part inside the value
  values = 7,        ///< key-value pairs, sealed and plain ones
  payment_lists = 8,
  payment_lines = 9,  ///< the key's number is the list, its text the line
  payment_ledger = 10,
  accounts = 11,
  slips = 12,  ///< what the desk keeps for a while
  issued = 13  ///< the key's text is the series, its number the version
};
inline constexpr std::array sealed_shelves{
    SealedShelf::dossiers,      SealedShelf::leads,          SealedShelf::decided,
    SealedShelf::decisions,     SealedShelf::quarantine,     SealedShelf::disclosures,
    SealedShelf::lead_history,  SealedShelf::values,         SealedShelf::payment_lists,
    SealedShelf::payment_lines, SealedShelf::payment_ledger, SealedShelf::accounts,
    SealedShelf::slips,         SealedShelf::issued};
std::string_view name_of(SealedShelf shelf);  ///< the table: "dossier"
/// Whether a row's bytes are the sealed value itself, so that its header tells the key.
bool begins_with_header(SealedShelf shelf);

/// Key of a row, in the order of its table. A default one stands before all.
struct SealedKey {
  /// Of person, lead, decision, quarantine, disclosure, account, the kind of a slip, or the microseconds of a
  /// dated value.
  std::int64_t number = 0;
  std::string text;  ///< the benefit of what was decided; the name of a value, dated or not, or of a slip
  Token anchor;      ///< of what was decided
  friend bool operator==(const SealedKey&, const SealedKey&) = default;
};
struct SealedRow {
  SealedKey key;
  std::int64_t lead = 0;  ///< of a decision
  std::string source;     ///< of quarantine
  std::string bytes;
};
/// Compare-and-set of one row's bytes.
struct Resealed {
  SealedKey key;
  std::string before, after;
  std::int64_t lead = 0;  ///< of a decision
};

/// The shelf of whatever is sealed, in any table.
class SealedRows {
 public:
  virtual ~SealedRows() = default;
  /// A page: the next rows after a key, in order, at most count_max, and none more once they have
  /// page_size_max bytes. Where a row begins with a header, those with this one are left out. May take as
  /// long as reading the table does.
  static constexpr std::size_t page_size_max = 8u << 20;
  virtual std::vector<SealedRow> after(SealedShelf shelf, const SealedKey& key, std::string_view header,
                                       std::size_t count_max) = 0;
  /// Replaces the bytes of those rows that are still as they were.
  virtual void replace(SealedShelf shelf, std::span<const Resealed> rows) = 0;
  /// How many values begin with which header, "" for those without one; only their first bytes are looked at.
  /// REQUIRES: begins_with_header(shelf).
  virtual std::vector<std::pair<std::string, std::int64_t>> headers(SealedShelf shelf) = 0;
};

}  // namespace kinhub
