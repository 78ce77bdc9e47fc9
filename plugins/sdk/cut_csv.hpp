#pragma once
// The CSV splitter: cuts a file into rows on bytes
// (RFC 4180: quoted fields may contain commas, doubled quotes and line breaks).

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/blanks.hpp"
#include "plugins/sdk/cut.hpp"

namespace kinhub::sdk {

/// head: the header line with its line break; records: the rows with theirs; empty lines and Excel's "sep=,"
/// before the header are passed over. The whole file is refused with CSV_EMPTY, CSV_ENCODING (UTF-16),
/// CSV_SEPARATOR (no commas) or CSV_OPEN_QUOTE; one row alone with CSV_TOO_LARGE. A row with too few or too
/// many fields is cut like the others, for the mapping to refuse.
Result<Cut> cut_csv(std::string_view bytes, CutLimits limits = {});

/// True when the bytes begin as a table does, also one that cut_csv refuses: several column names in a line,
/// whatever divides them, or UTF-16.
bool begins_like_csv(std::string_view bytes);

/// The names of the columns as mappings read them: without quotes and the blanks around them.
std::vector<std::string> csv_columns(std::string_view head, BlankCoding coding);

/// The fields of one line as they stand, quotes included, without the line break.
std::vector<std::string_view> csv_fields(std::string_view line);
/// A field without its quotes.
std::string csv_text(std::string_view field);

/// The row with the fields of these columns emptied; separators and every other byte stay.
std::string blank_csv(std::string_view row, const std::vector<bool>& columns);

}  // namespace kinhub::sdk
