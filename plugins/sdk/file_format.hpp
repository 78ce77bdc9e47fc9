#pragma once
// The file format interface of an agency: a file is cut,
// and each record is emitted with its key, charset, time and position.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "plugins/sdk/connector.hpp"
#include "plugins/sdk/cut.hpp"

namespace kinhub::sdk {

/// One file format of one agency. Pure: values in, values out.
class FileFormat {
 public:
  virtual ~FileFormat() = default;
  virtual std::string_view content_type() const = 0;
  virtual Result<Cut> cut(std::string_view bytes) const = 0;
  /// As declared by the document or the configuration.
  virtual std::string charset(const Cut& cut, std::size_t index) const = 0;
  /// The event's body: a complete document with this one record.
  virtual std::string body(const Cut& cut, std::size_t index) const { return cut.body(index); }
  /// The agency's business key of the record, or empty.
  virtual std::string key(const Cut& cut, std::size_t index) const = 0;
  /// When the agency recorded the change.
  virtual std::optional<std::int64_t> recorded_at_us(const Cut& cut, std::size_t index) const = 0;
  /// Up to when the agency is complete once this file is read, if the file says so.
  virtual std::optional<std::int64_t> complete_until_us(const Cut& cut) const = 0;
  /// How many records the file says it holds, if it says so.
  virtual std::optional<std::uint64_t> declared_records(const Cut&) const { return std::nullopt; }
};

/// Why a file is no complete delivery: it says another number of records than it holds. Nothing: they agree,
/// or it says none.
std::optional<Error> fault_of_count(const FileFormat& format, const Cut& cut);

/// Where the source continues after `done` of `total` records of a file; empty: not a point to continue at.
using PositionOf = std::function<std::string(std::size_t done, std::size_t total)>;

struct FileOutcome {
  std::size_t records = 0;
  bool rejected = false;  ///< the file could not be cut and was rejected whole
  bool incomplete =
      false;  ///< it declares another number of records; they were given on, and the head rejected
  std::optional<std::int64_t> complete_until_us;
};

/// Gives every record from `first_record` on to the host; records that carry an error are rejected alone; a
/// file that cannot be cut is rejected whole. Of one that declares another number of records its head and
/// tail are rejected beside them, so that somebody asks for the rest, and it claims nothing. Commits now and
/// then, so that no more than a bounded number of events is in flight.
FileOutcome emit_file(Host& host, const FileFormat& format, std::string_view origin, std::string_view bytes,
                      std::size_t first_record, const PositionOf& position);

/// The same for a file that is cut already.
FileOutcome emit_cut(Host& host, const FileFormat& format, std::string_view origin, const Cut& cut,
                     std::size_t first_record, const PositionOf& position);

/// For captured files: no positions.
void emit_capture(Host& host, const FileFormat& format, std::string_view origin, std::string_view bytes);

}  // namespace kinhub::sdk
