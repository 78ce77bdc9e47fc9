#pragma once
// Console output: tables for people (with Chinese widths), errors one per line, progress on a terminal only.

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"

namespace kinhub::cli {

/// Text table: rows under headings, columns as wide as their widest cell, two blanks between them.
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

/// Formats money: 59000 -> "590", 60050 -> "600.50".
std::string yuan(std::int64_t fen);

/// Prints each error as one line: "place: text [CODE]".
void print_errors(std::ostream& err, const std::vector<Error>& errors);

/// Progress line, written over on a terminal; nothing anywhere else. Runs on one thread.
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
