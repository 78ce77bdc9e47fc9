#include "hub/mapping/code_table.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "hub/base/date.hpp"
#include "hub/mapping/charset.hpp"
#include "hub/mapping/source.hpp"

namespace kinhub {
namespace {

constexpr std::size_t entries_max = 20'000;
constexpr std::size_t file_size_max = 4u << 20;

/// The normal form of a code: letters of ASCII in upper case, and of digits alone no noughts before them.
std::string normal_form(std::string_view code) {
  if (code.find_first_not_of("0123456789") == std::string_view::npos)
    return std::string(code.substr(std::min(code.find_first_not_of('0'), code.size() - 1)));
  std::string normal(code);
  for (char& c : normal)
    c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return normal;
}

/// The days of a row of a dated table; nothing: they are none.
std::optional<Interval> days_of(std::string_view from, std::string_view until) {
  Interval when;
  const auto read = [](std::string_view text, Date& day) {
    if (text.empty()) return true;
    const auto date = Date::parse(text);
    if (date) day = *date;
    return date.has_value();
  };
  if (!read(from, when.from) || !read(until, when.until) || when.empty()) return std::nullopt;
  return when;
}

}  // namespace

Result<CodeTable> CodeTable::parse(std::string name, std::string_view csv, const std::string& place) {
  auto wrong = [&](std::size_t line, std::string text) {
    return Error{"CODE_TABLE", std::move(text), place + ":" + std::to_string(line) + ":1"};
  };
  if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);
  if (utf8_fault(csv)) return wrong(1, "a code table is UTF-8 text");
  std::pmr::monotonic_buffer_resource memory;
  auto rows = split_csv(csv, memory, entries_max);
  if (!rows) return Error{"CODE_TABLE", rows.error().text, place + ": " + rows.error().place};
  static constexpr std::string_view dated_header[] = {"code", "name", "from", "until"};
  const auto header = rows->empty() ? std::vector<std::string_view>() : rows->front().cells;
  const bool dated =
      std::equal(header.begin(), header.end(), std::begin(dated_header), std::end(dated_header));
  if (!dated && (header.size() < 2 || header[0] != "code" || header[1] != "meaning"))
    return wrong(1,
                 "the header of a code table is: code,meaning or code,meaning,note, or code,name,from,until");
  CodeTable table;
  table.name_ = std::move(name);
  std::map<std::string_view, std::vector<Interval>> told;  // of a dated table
  for (std::size_t i = 1; i < rows->size(); ++i) {
    const auto& row = (*rows)[i];
    if (row.cells.size() != rows->front().cells.size())
      return wrong(row.line, "this row has not as many cells as the header");
    auto code = trimmed(row.cells[0]), meaning = trimmed(row.cells[1]);
    if (code.empty() || meaning.empty()) return wrong(row.line, "a code and its meaning must both be given");
    if (dated) {
      const auto when = days_of(trimmed(row.cells[2]), trimmed(row.cells[3]));
      if (!when) return wrong(row.line, "from and until are days, 2026-01-01, from before until; or nothing");
      auto& others = told[code];
      if (std::any_of(others.begin(), others.end(),
                      [&](Interval one) { return !overlap(one, *when).empty(); }))
        return wrong(row.line, "the code '" + std::string(code) + "' has two names on one day");
      if (others.empty()) table.entries_.emplace_back(code, meaning);
      others.push_back(*when);
      continue;
    }
    table.entries_.emplace_back(code, meaning);
  }
  std::sort(table.entries_.begin(), table.entries_.end());
  for (std::size_t i = 1; i < table.entries_.size(); ++i)
    if (table.entries_[i - 1].first == table.entries_[i].first)
      return wrong(1, "the code '" + table.entries_[i].first + "' stands in the table twice");
  std::map<std::string, std::set<std::string>> meanings;
  for (const auto& [code, meaning] : table.entries_)
    meanings[normal_form(code)].insert(meaning);
  for (const auto& [normal, several] : meanings)
    if (several.size() == 1) table.by_normal_.emplace_back(normal, *several.begin());
  return table;
}

const std::string* CodeTable::find_in(const Entries& entries, std::string_view code) {
  auto at = std::lower_bound(entries.begin(), entries.end(), code,
                             [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  return at != entries.end() && at->first == code ? &at->second : nullptr;
}

const std::string* CodeTable::find(std::string_view code) const {
  if (const auto* meaning = find_in(entries_, code)) return meaning;
  return code.empty() ? nullptr : find_in(by_normal_, normal_form(code));
}

bool CodeTable::lists_below(std::string_view prefix, std::size_t size) const {
  auto at = std::lower_bound(entries_.begin(), entries_.end(), prefix,
                             [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  for (; at != entries_.end() && at->first.starts_with(prefix); ++at)
    if (at->first.size() == size) return true;
  return false;
}

bool CodeTable::any_in(std::string_view text) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const auto& entry) { return text.find(entry.first) != std::string_view::npos; });
}

std::vector<std::string> CodeTable::codes() const {
  std::vector<std::string> all;
  for (const auto& [code, meaning] : entries_)
    all.push_back(code);
  return all;
}

std::vector<std::string> CodeTable::meanings() const {
  std::vector<std::string> all;
  for (const auto& [code, meaning] : entries_)
    all.push_back(meaning);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

CodeTables read_code_tables(const std::filesystem::path& folder, std::vector<Error>& errors) {
  CodeTables tables;
  std::error_code missing;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing))
    if (entry.path().extension() == ".csv") files.push_back(entry.path());
  if (missing) {
    errors.push_back(
        {"CODE_TABLE", "the folder of code tables cannot be read: " + missing.message(), folder.string()});
    return tables;
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::string csv((std::istreambuf_iterator<char>(in)), {});
    if (!in && csv.empty()) {
      errors.push_back({"CODE_TABLE", "the file cannot be read", file.string()});
      continue;
    }
    if (csv.size() > file_size_max) {
      errors.push_back({"CODE_TABLE", "the file is larger than 4 MiB", file.string()});
      continue;
    }
    auto table = CodeTable::parse(file.stem().string(), csv, file.string());
    if (table)
      tables.emplace(file.stem().string(), std::move(*table));
    else
      errors.push_back(table.error());
  }
  return tables;
}

}  // namespace kinhub
