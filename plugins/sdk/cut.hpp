#pragma once
// The result of splitting a file: records between a common head and tail, so that one event is one record.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"

namespace kinhub::sdk {

struct CutLimits {
  std::size_t record_bytes_max = std::size_t{16} << 20;
  std::size_t depth_max = 64;
};

/// One record as it stands in the file. A record with an error can be told apart from its neighbours but must
/// not go further: it is rejected alone, the others go on.
struct Record {
  std::string_view bytes;
  std::optional<Error> error;
};

/// A file cut into records; all views point into the given bytes. Each event body is head + record + tail: a
/// complete document in the agency's own format. The body of a one-record file is the file.
struct Cut {
  std::string_view head, tail;
  std::vector<Record> records;
  std::string_view charset;  ///< as the document declares it; empty: it does not

  /// REQUIRES: index < records.size(). The bytes that belong to this record alone.
  std::string body(std::size_t index) const;
};

/// Says where an offset is: "line 12, byte 345", both counted from 1. Remembers the last one, so that naming
/// many places in rising order reads the file once.
class Places {
 public:
  explicit Places(std::string_view bytes) : bytes_(bytes) {}
  std::string at(std::size_t offset) const;

 private:
  std::string_view bytes_;
  mutable std::size_t offset_ = 0, line_ = 1;
};

/// The offset of the first byte that is not UTF-8 (RFC 3629), or npos.
std::size_t find_not_utf8(std::string_view bytes);

/// A number of records as a file writes it; nothing: it is none.
std::optional<std::uint64_t> count_said(std::string_view digits);

/// The bytes after a UTF-8 byte order mark, if there is one.
std::string_view skip_utf8_mark(std::string_view bytes);

/// "4D 53 48 .. .. ..": the first bytes for an operator. Digits and what is not ASCII are not shown: they may
/// be the beginning of a number or a name.
std::string first_bytes_hex(std::string_view bytes, std::size_t count_max = 16);

}  // namespace kinhub::sdk
