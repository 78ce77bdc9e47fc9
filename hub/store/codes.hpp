#pragma once
// The shelf of row codes: a keyed message authentication code for each row that decides, counts or is
// published, and those rows as plain cells, for whoever checks them all. docs/decisions/0056-integrity.md.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kinhub {

/// Tables whose rows carry a code. Stored, and part of every code: numbers stay.
enum class Coded : std::uint8_t {
  dossier = 0,  ///< its code stands in the row itself
  position = 1,
  lead = 2,
  decided = 3,
  decision = 4,
  notice = 5,
  quarantine = 6,
  counter = 7,
  coverage = 8,
  value = 9,
  dated = 10,
  payment_list = 11,
  payment_line = 12,
  payment_ledger = 13,
  account = 14,
  session = 15,
  slip = 16,
  issued = 17,
  // What is looked up by a plain column has a code for each row that must be found there: changing the column
  // hides none.
  open_lead = 18,    ///< by person
  line_of = 19,      ///< lines of payments by payee
  held_digest = 20,  ///< held events by their digest
  held_key = 21      ///< the same by business key
};
inline constexpr std::array coded_tables{
    Coded::dossier,     Coded::position,     Coded::lead,         Coded::decided,        Coded::decision,
    Coded::notice,      Coded::quarantine,   Coded::counter,      Coded::coverage,       Coded::value,
    Coded::dated,       Coded::payment_list, Coded::payment_line, Coded::payment_ledger, Coded::account,
    Coded::session,     Coded::slip,         Coded::issued,       Coded::open_lead,      Coded::line_of,
    Coded::held_digest, Coded::held_key};
std::string_view name_of(Coded table);  ///< the table: "lead"; of what is looked up: "open_lead"

/// One column's value, whichever database it comes from.
struct Cell {
  enum class Kind : std::uint8_t { null, number, bytes };
  Kind kind = Kind::null;
  std::int64_t number = 0;
  std::string bytes;
  static Cell of(std::int64_t number) { return {Kind::number, number, {}}; }
  static Cell of(std::string_view bytes) { return {Kind::bytes, 0, std::string(bytes)}; }
  friend bool operator==(const Cell&, const Cell&) = default;
};
/// A row of a coded table: its key first, then what else its code covers, in the order of coded_columns().
struct PlainRow {
  std::vector<Cell> cells;
  std::uint64_t code = 0;  ///< of a dossier
};

/// How a coded table is read.
struct CodedColumn {
  enum class Type : std::uint8_t { number, text, bytes, token };
  const char* sqlite;    ///< column or expression
  const char* postgres;  ///< the same there
  Type type = Type::number;
};
struct CodedWords {
  const char* sqlite_table;
  const char* postgres_table;
  std::size_t key_size = 1;  ///< so many columns are the key
  std::span<const CodedColumn> columns;
};
const CodedWords& words_of(Coded table);

/// Order-preserving serialization of a key: what a code is found by.
std::string code_key(std::span<const Cell> key);
/// The key for people: "17", "320812 national/death", bytes as hex digits.
std::string key_text(std::span<const Cell> key);
/// The same of a key that code_key() made.
std::string key_text_of(Coded table, std::string_view key);

/// The first key behind all that begin with this.
std::string behind_prefix(std::string prefix);

struct CodeRow {
  std::string key;  ///< code_key()
  std::uint64_t code = 0;
};

/// Codes of all tables but that of dossiers. Bulk in, bulk out; sorted input is fastest.
class CodeShelf {
 public:
  virtual ~CodeShelf() = default;
  /// Those that are there, in no particular order.
  virtual std::vector<CodeRow> find(Coded table, std::span<const std::string> keys) = 0;
  /// Upsert by key.
  virtual void put(Coded table, std::span<const CodeRow> rows) = 0;
  virtual void erase(Coded table, std::span<const std::string> keys) = 0;
  /// Codes behind a key, in order of it.
  /// Those whose keys begin with one of these, in no particular order.
  virtual std::vector<CodeRow> under(Coded table, std::span<const std::string> prefixes) = 0;
  virtual std::vector<CodeRow> page(Coded table, std::string_view after, std::size_t count_max) = 0;
  /// Rows behind one, in order of the key; without one, those whose first column is at least `from`, or all
  /// where that is no number.
  virtual std::vector<PlainRow> rows(Coded table, const PlainRow* after, std::int64_t from,
                                     std::size_t count_max) = 0;
  /// Writes the code of a dossier that is there.
  virtual void put_dossier_code(std::int64_t person, std::uint64_t code) = 0;
};

}  // namespace kinhub
