#include "plugins/sdk/cut_csv.hpp"

#include <algorithm>
#include <cctype>

#include "hub/base/find_any.hpp"

namespace kinhub::sdk {
namespace {

constexpr auto npos = std::string_view::npos;

// Blanks may stand before the quote that opens a field.
std::size_t after_blanks(std::string_view bytes, std::size_t at) {
  while (at < bytes.size() && (bytes[at] == ' ' || bytes[at] == '\t'))
    ++at;
  return at;
}

// The end of the field that begins at `at`: the place of its ',' or line break,
// or the end; npos for an open quote.
std::size_t field_end(std::string_view bytes, std::size_t at) {
  if (const auto quote = after_blanks(bytes, at); quote < bytes.size() && bytes[quote] == '"') {
    for (at = quote + 1;; at += 2) {
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

namespace {

// Letters, digits and underscores; beyond ASCII anything, in whatever charset.
bool is_column_name(std::string_view name) {
  const auto fits = [](unsigned char c) { return c == '_' || c >= 0x80 || std::isalnum(c) != 0; };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

// Whether the line is several names of columns divided by `separator`. One at the end of the line leaves an
// empty name behind it.
bool is_header(std::string_view line, char separator) {
  std::size_t names = 0;
  for (std::size_t at = 0; at <= line.size(); ++names) {
    const auto end = std::min(line.find(separator, at), line.size());
    auto name = without_blanks(line.substr(at, end - at));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    if (!is_column_name(name) && !(name.empty() && names > 0)) return false;
    at = end + 1;
  }
  return names >= 2;
}

Error wrong_separator(const std::string& place) {
  return {"CSV_SEPARATOR", "the columns are not divided by commas: ask for the file with commas (RFC 4180)",
          place};
}

// Excel's first line "sep=,": the separator it names, or nothing.
std::optional<std::string_view> separator_line(std::string_view line) {
  auto text = without_blanks(line);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  if (text.size() < 4 || (text[0] | 0x20) != 's' || (text[1] | 0x20) != 'e' || (text[2] | 0x20) != 'p' ||
      text[3] != '=')
    return std::nullopt;
  return text.substr(4);
}

bool is_utf16(std::string_view bytes) {
  constexpr std::size_t looked_at = 64;
  return bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF") ||
         bytes.substr(0, looked_at).find('\0') != npos;
}

}  // namespace

Result<Cut> cut_csv(std::string_view bytes, CutLimits limits) {
  const Places places(bytes);
  if (is_utf16(bytes))
    return Error{"CSV_ENCODING", "the file is in UTF-16: ask for GB18030 or UTF-8", places.at(0)};
  Cut cut;
  std::size_t at = bytes.size() - skip_utf8_mark(bytes).size(), head_from = 0;
  if (at > 0) cut.charset = "UTF-8";
  while (at < bytes.size()) {
    const auto begin = at;
    const auto end = line_end(bytes, at);
    if (end == npos)
      return Error{"CSV_OPEN_QUOTE",
                   "a quoted field in the row that begins here has no end: ask for the file again",
                   places.at(begin)};
    at = after_break(bytes, end);
    const auto line = bytes.substr(begin, end - begin);
    if (line.find_first_not_of(" \t") == npos) continue;
    if (cut.head.empty()) {
      if (const auto separator = separator_line(line); separator && head_from == 0) {
        if (*separator != ",") return wrong_separator(places.at(begin));
        head_from = at;
        continue;
      }
      if (csv_fields(line).size() == 1 && line.find_first_of(";\t|") != npos)
        return wrong_separator(places.at(begin));
      cut.head = bytes.substr(head_from, at - head_from);
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

bool begins_like_csv(std::string_view bytes) {
  if (is_utf16(bytes)) return true;
  bytes = skip_utf8_mark(bytes);
  bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
  const auto line = bytes.substr(0, bytes.find_first_of("\r\n"));
  if (separator_line(line)) return true;
  return is_header(line, ',') || is_header(line, ';') || is_header(line, '\t');
}

std::vector<std::string> csv_columns(std::string_view head, BlankCoding coding) {
  std::vector<std::string> names;
  for (const auto field : csv_fields(skip_utf8_mark(head)))
    names.emplace_back(without_blanks(csv_text(without_blanks(field, coding)), coding));
  return names;
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
  if (const auto quote = after_blanks(field, 0); quote < field.size() && field[quote] == '"')
    field.remove_prefix(quote);
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
