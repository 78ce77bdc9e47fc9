#pragma once
// How commands speak: tables for people (with Chinese widths), errors one per line, progress on a terminal
// only.

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"

namespace kinhub::cli {

/// Columns a text takes on a terminal: Chinese characters two, combining ones none. Broken UTF-8 counts a
/// byte as one.
std::size_t display_width(std::string_view text);

/// The text without what could steer a terminal: control characters become U+FFFD. What agencies sent is not
/// to be trusted.
std::string printable(std::string_view text);

/// Rows under headings, columns as wide as their widest cell, two blanks between them.
class Table {
 public:
  explicit Table(std::vector<std::string> headings);
  /// REQUIRES: as many cells as headings.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  void print(std::ostream& out) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

/// 59000 -> "590", 60050 -> "600.50".
std::string yuan(std::int64_t fen);
/// UTC microseconds as "2026-11-18 09:30:05" in Asia/Shanghai.
std::string shanghai_time(std::int64_t utc_us);
/// UTC microseconds as "2026-11-18T09:30:05+08:00".
std::string iso_time(std::int64_t utc_us);
/// Reads what iso_time writes, or a plain day (its first instant in Asia/Shanghai).
Result<std::int64_t> read_time(std::string_view text);

/// Each error as one line: "place: text [CODE]".
void print_errors(std::ostream& err, const std::vector<Error>& errors);

/// One line that is written over, on a terminal; nothing anywhere else. Runs on one thread.
class Progress {
 public:
  enum class Terminal : bool { no, yes };
  Progress(std::ostream& err, Terminal terminal) : err_(err), terminal_(terminal) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::string_view line);
  void clear();

 private:
  std::ostream& err_;
  Terminal terminal_;
  bool shown_ = false;
};

}  // namespace kinhub::cli
