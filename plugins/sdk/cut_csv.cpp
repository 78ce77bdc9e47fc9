#include "plugins/sdk/cut_csv.hpp"

#include <algorithm>

#include "hub/base/find_any.hpp"

namespace kinhub::sdk {
namespace {

constexpr auto npos = std::string_view::npos;

// The end of the field that begins at `at`: the place of its ',' or line break,
// or the end; npos for an open quote.
std::size_t field_end(std::string_view bytes, std::size_t at) {
  if (at < bytes.size() && bytes[at] == '"') {
    for (++at;; at += 2) {
      at = bytes.find('"', at);
      if (at == npos) return npos;
      if (at + 1 >= bytes.size() || bytes[at + 1] != '"') break;
    }
    ++at;
  }
  return std::min(find_any<',', '\r', '\n'>(bytes, at), bytes.size());
}

// The end of the line that begins at `at`, before its line break.
std::size_t line_end(std::string_view bytes, std::size_t at) {
  for (;;) {
    at = field_end(bytes, at);
    if (at == npos || at == bytes.size() || bytes[at] != ',') return at;
    ++at;
  }
}

std::size_t after_break(std::string_view bytes, std::size_t at) {
  if (at < bytes.size() && bytes[at] == '\r') ++at;
  if (at < bytes.size() && bytes[at] == '\n') ++at;
  return at;
}

}  // namespace

Result<Cut> cut_csv(std::string_view bytes, CutLimits limits) {
  const Places places(bytes);
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    return Error{"CSV_ENCODING", "the file is in UTF-16: ask for GB18030 or UTF-8", places.at(0)};
  Cut cut;
  std::size_t at = bytes.size() - skip_utf8_mark(bytes).size();
  while (at < bytes.size()) {
    const auto begin = at;
    const auto end = line_end(bytes, at);
    if (end == npos)
      return Error{"CSV_OPEN_QUOTE",
                   "a quoted field in the row that begins here has no end: ask for the file again",
                   places.at(begin)};
    at = after_break(bytes, end);
    if (bytes.substr(begin, end - begin).find_first_not_of(" \t") == npos) continue;
    if (cut.head.empty()) {
      cut.head = bytes.substr(0, at);
      continue;
    }
    std::optional<Error> error;
    if (end - begin > limits.record_bytes_max)
      error = Error{"CSV_TOO_LARGE",
                    "the row is larger than " + std::to_string(limits.record_bytes_max) + " bytes",
                    places.at(begin)};
    cut.records.push_back({bytes.substr(begin, at - begin), std::move(error)});
  }
  if (cut.head.empty()) return Error{"CSV_EMPTY", "the file has no header line", places.at(0)};
  return cut;
}

std::vector<std::string_view> csv_fields(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t at = 0;;) {
    const auto end = std::min(field_end(line, at), line.size());
    fields.push_back(line.substr(at, end - at));
    if (end == line.size() || line[end] != ',') return fields;
    at = end + 1;
  }
}

std::string csv_text(std::string_view field) {
  if (!field.starts_with('"')) return std::string(field);
  std::string text;
  bool quoted = true;
  for (std::size_t i = 1; i < field.size(); ++i) {
    if (quoted && field[i] == '"') {
      quoted = i + 1 < field.size() && field[i + 1] == '"';
      if (!quoted) continue;
      ++i;
    }
    text += field[i];
  }
  return text;
}

std::string blank_csv(std::string_view row, const std::vector<bool>& columns) {
  std::string text;
  text.reserve(row.size());
  std::size_t at = 0;
  for (std::size_t column = 0;; ++column) {
    const auto end = std::min(field_end(row, at), row.size());
    if (column >= columns.size() || !columns[column]) text.append(row, at, end - at);
    if (end == row.size() || row[end] != ',') return text.append(row, end);
    text += ',';
    at = end + 1;
  }
}

}  // namespace kinhub::sdk
