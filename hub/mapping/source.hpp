#pragma once
// The document model that mappings read: one agency message, parsed, whatever its format.
// Readers exist for XML, JSON, CSV and HL7 v2.

#include <cstdint>
#include <functional>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"
#include "hub/mapping/mapping.hpp"

namespace kinhub {

enum class Format : std::uint8_t { xml, json, csv, hl7 };
std::string_view name_of(Format format);
std::optional<Format> format_named(std::string_view name);
/// The format of a media type: application/xml, text/xml; application/json; text/csv;
/// x-application/hl7-v2+er7 ... Parameters are not looked at.
std::optional<Format> format_of_content(std::string_view content_type);

constexpr std::size_t body_size_max = 16u << 20;
constexpr std::size_t depth_max = 64;
constexpr std::size_t csv_rows_max = 100'000;

/// What stands at a place of a message. Missing: nothing, or only blanks. Null: the agency says "none" (JSON
/// null, XML xsi:nil, HL7 ""). Fault: there is something, but no single text; the reader says what.
struct SourceValue {
  enum class State : std::uint8_t { missing, null, text, fault } state = State::missing;
  std::string_view text;
  bool beyond_exact = false;  ///< a whole number of JSON beyond 2^53, which many programs round
};

/// One step of an XML or JSON path: a name, then an index or a predicate.
struct PathStep {
  std::string name;
  std::uint32_t hash = 0;  ///< hash_of(name)
  bool attribute = false;  ///< @no
  std::size_t index = 0;   ///< [2], counted from 1 in XML; from 0 in JSON, kept plus one. 0: none
  std::string predicate;   ///< [insutype='390']: the child or @attribute looked at
  std::string wanted;      ///< ... and the text it must have
};

/// Of a name, for finding fields of a record without comparing them all.
std::uint32_t hash_of(std::string_view name);

/// Chooses one of several HL7 segments or repetitions: [2], or [3.1='MTH'] by field or component.
struct Hl7Choice {
  std::size_t index = 0;  ///< counted from 1; 0: none
  std::size_t first = 0, second = 0;
  std::string wanted;
};

/// A place within a field of HL7, each counted from 1.
struct Hl7Part {
  std::size_t repetition = 1, component = 1, subcomponent = 1;
};

/// A native path, compiled once. Absolute paths start at the document, others at the record.
struct Path {
  std::string text;  ///< as written
  bool absolute = false;
  std::vector<PathStep> steps;
  std::string segment;
  Hl7Choice of_segments, of_repetitions;
  std::size_t field = 0, component = 1, subcomponent = 1;
};

/// Compiles a path as this format writes it; the error's place is the character offset.
/// XML: XM, HEAD/TIME, /root/head/sjblx, @no, ROW[2], ROW[KIND='1']. JSON: op_date, a.b[0].c, $.head.status.
/// CSV: column. HL7: PID-3.1, PID-3[5='NNCN'].1, NK1[3.1='MTH']-33.1, OBX[3.1='BIRTHCERTNO']-5, PV1-0 (the
/// segment's name).
Result<Path> compile_path(Format format, std::string_view text);

/// A record of a message, by its number within the Document.
using RecordIndex = std::uint32_t;

using Arena = std::pmr::memory_resource;
std::string_view keep(Arena& arena, std::string_view text);

/// One parsed message. Reading is const but records are found before: not shared between threads.
class Document {
 public:
  virtual ~Document() = default;

  /// Finds the records `each` names; their indices in order. Nothing: this message has no such place at all.
  virtual std::optional<std::vector<RecordIndex>> records(const Path& each) = 0;
  /// What stands at `path`; on a fault, `error` says why with its native place.
  virtual SourceValue read(const Path& path, RecordIndex record, Arena& arena, Error& error) const = 0;
  /// How often the field that `path` names is repeated; 0: it is not there. HL7 alone has repetitions.
  virtual std::size_t repetitions(const Path&, RecordIndex) const { return 0; }
  /// As read(), of one repetition and a component of it, each counted from 1; what `path` says of them is
  /// passed over.
  virtual SourceValue read_part(const Path&, const Hl7Part&, RecordIndex, Arena&, Error&) const { return {}; }
  /// Whether what `path` names can exist here: false only for a CSV column that the header lacks.
  virtual bool declares(const Path&) const { return true; }
  /// Where `path` stands, for an operator who has the message open in an editor.
  virtual std::string place(const Path& path, RecordIndex record) const = 0;
  /// The place of the record itself.
  virtual std::string place(RecordIndex record) const = 0;
  /// Every source field of the record that holds a text, as a mapping would write its path.
  virtual std::vector<std::string> fields(RecordIndex record) const = 0;
};

/// Decodes and parses an event. Errors: CHARSET_UNKNOWN, CHARSET_INVALID, BODY_SIZE, and per format
/// XML_MALFORMED XML_DOCTYPE XML_DEPTH XML_ELEMENTS, JSON_MALFORMED JSON_DUPLICATE_KEY JSON_DEPTH,
/// CSV_MALFORMED CSV_ROW_LENGTH CSV_COLUMN_DUPLICATE, HL7_NO_MSH HL7_DELIMITERS HL7_MALFORMED.
Result<std::unique_ptr<Document>> open_document(Format format, const RawEvent& event);

// One per reader, called by open_document with UTF-8 text.
Result<std::unique_ptr<Document>> open_xml(std::string text);
Result<std::unique_ptr<Document>> open_json(const std::string& text);
Result<std::unique_ptr<Document>> open_csv(std::string text);
enum class Charset : std::uint8_t;
Result<std::unique_ptr<Document>> open_hl7(std::string text, Charset charset);

Result<Path> compile_tree_path(Format format, std::string_view text);
Result<Path> compile_hl7_path(std::string_view text);

/// True when nothing but blanks (also U+3000 and U+00A0) stands in it.
bool is_blank(std::string_view text);
/// Without the blanks around it.
std::string_view trimmed(std::string_view text);

/// Splits RFC 4180 text into rows of cells; at most `rows_max` rows. Shared with the code tables.
struct CsvRow {
  std::vector<std::string_view> cells;
  std::size_t line = 0;  ///< counted from 1
};
Result<std::vector<CsvRow>> split_csv(std::string_view text, Arena& arena, std::size_t rows_max);

}  // namespace kinhub
