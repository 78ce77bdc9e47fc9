// CSV by RFC 4180: a header row names the columns, every other row is a record.
#include "hub/base/find_any.hpp"
#include "hub/base/mask.hpp"
#include "hub/mapping/source.hpp"

namespace kinhub {
namespace {

constexpr std::size_t columns_max = 1000;

Error at_line(std::string code, std::string text, std::size_t line) {
  return {std::move(code), std::move(text), "line " + std::to_string(line)};
}

class CsvDocument final : public Document {
 public:
  explicit CsvDocument(std::string text) : text_(std::move(text)) {}

  std::optional<Error> parse() {
    auto rows = split_csv(text_, memory_, csv_rows_max + 1);
    if (!rows) return rows.error();
    if (rows->empty()) return at_line("CSV_MALFORMED", "the file is empty: a header row is expected", 1);
    rows_ = std::move(*rows);
    if (rows_.front().cells.size() > columns_max)
      return at_line("CSV_MALFORMED", "the header has more than " + std::to_string(columns_max) + " columns",
                     1);
    for (auto& name : rows_.front().cells) {
      name = trimmed(name);
      for (const auto& other : rows_.front().cells)
        if (&other < &name && other == name && !name.empty())  // names end in commas; nothing reads them
          return Error{"CSV_COLUMN_DUPLICATE",
                       "two columns have the same name: ask the source to correct the header",
                       "column " + mask_key(name)};
    }
    for (const auto& row : rows_)
      if (row.cells.size() != rows_.front().cells.size())
        return at_line("CSV_ROW_LENGTH",
                       "the row has " + std::to_string(row.cells.size()) + " cells, the header " +
                           std::to_string(rows_.front().cells.size()) +
                           ": a comma or quote is missing or too many",
                       row.line);
    return std::nullopt;
  }

  std::optional<std::vector<RecordIndex>> records(const Path&) override {
    std::vector<RecordIndex> found;
    for (std::size_t i = 1; i < rows_.size(); ++i)
      found.push_back(static_cast<RecordIndex>(i));
    return found;
  }

  SourceValue read(const Path& path, RecordIndex record, Arena&, Error& error) const override {
    auto column = column_of(path);
    if (!column) {
      error = {"CSV_COLUMN_MISSING",
               "the file has no column " + path.text +
                   ": the source has changed its form; mend the "
                   "mapping or ask for the column",
               "column " + path.text};
      return {SourceValue::State::fault, {}};
    }
    auto text = rows_[record].cells[*column];
    if (is_blank(text)) return {};
    return {SourceValue::State::text, text};
  }

  bool declares(const Path& path) const override { return column_of(path).has_value(); }

  std::string place(RecordIndex record) const override {
    return "line " + std::to_string(rows_[record].line);
  }
  std::string place(const Path& path, RecordIndex record) const override {
    return place(record) + ", column " + path.text;
  }

  std::vector<std::string> fields(RecordIndex record) const override {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < rows_.front().cells.size(); ++i)
      if (!is_blank(rows_[record].cells[i])) found.emplace_back(rows_.front().cells[i]);
    return found;
  }

 private:
  std::optional<std::size_t> column_of(const Path& path) const {
    const auto& header = rows_.front().cells;
    for (std::size_t i = 0; i < header.size(); ++i)
      if (header[i] == path.text) return i;
    return std::nullopt;
  }

  std::string text_;
  std::pmr::monotonic_buffer_resource memory_;
  std::vector<CsvRow> rows_;
};

}  // namespace

Result<std::vector<CsvRow>> split_csv(std::string_view text, Arena& arena, std::size_t rows_max) {
  std::vector<CsvRow> rows;
  std::size_t at = 0, line = 1;
  const auto quoted = [&](std::size_t cell) {  // blanks may stand before the quote
    while (cell < text.size() && (text[cell] == ' ' || text[cell] == '\t'))
      ++cell;
    return cell < text.size() && text[cell] == '"' ? cell : std::string_view::npos;
  };
  while (at < text.size()) {
    if (rows.size() >= rows_max)
      return at_line("CSV_MALFORMED",
                     "more than " + std::to_string(rows_max) + " rows: send the file in parts", line);
    CsvRow row;
    row.line = line;
    if (!rows.empty()) row.cells.reserve(rows.front().cells.size());
    for (bool more = true; more;) {
      if (const auto quote = quoted(at); quote != std::string_view::npos) {
        at = quote;
        const auto opened = line;
        std::string unescaped;
        bool doubled = false, closed = false;
        const auto start = ++at;
        while (at < text.size()) {
          if (text[at] == '\n') ++line;
          if (text[at] != '"') {
            if (doubled) unescaped += text[at];
            ++at;
          } else if (at + 1 < text.size() && text[at + 1] == '"') {
            if (!doubled) unescaped = std::string(text.substr(start, at - start)), doubled = true;
            unescaped += '"';
            at += 2;
          } else {
            closed = true;
            break;
          }
        }
        if (!closed) return at_line("CSV_MALFORMED", "a quote is opened and never closed", opened);
        row.cells.push_back(doubled ? keep(arena, unescaped) : text.substr(start, at - start));
        ++at;
        if (at < text.size() && text[at] != ',' && text[at] != '\r' && text[at] != '\n')
          return at_line("CSV_MALFORMED", "after a closing quote comes a comma or the end of the row", line);
      } else {
        auto end = find_any<',', '\r', '\n', '"'>(text, at);
        if (end != std::string_view::npos && text[end] == '"')
          return at_line("CSV_MALFORMED", "a quote stands inside a cell that is not quoted", line);
        if (end == std::string_view::npos) end = text.size();
        row.cells.push_back(text.substr(at, end - at));
        at = end;
      }
      more = at < text.size() && text[at] == ',';
      if (more) ++at;
    }
    if (at < text.size() && text[at] == '\r') ++at;
    if (at < text.size() && text[at] == '\n') ++at;
    ++line;
    if (row.cells.size() == 1 && is_blank(row.cells.front())) continue;  // an empty line at the end
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::unique_ptr<Document>> open_csv(std::string text) {
  auto document = std::make_unique<CsvDocument>(std::move(text));
  if (auto error = document->parse()) return *error;
  return std::unique_ptr<Document>(std::move(document));
}

}  // namespace kinhub
