#pragma once
// Printable reports: escaping for HTML and CSV, and files that are written whole or not at all.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace kinhub {

/// Escapes text for HTML, in elements and attributes.
std::string html_text(std::string_view text);

/// One cell of CSV; it never begins a formula.
std::string csv_cell(std::string text);
/// One line of CSV, with its end.
std::string csv_line(const std::vector<std::string>& cells);
/// The byte order mark that tells spreadsheets that a CSV file is UTF-8: before the first line.
inline constexpr std::string_view csv_mark = "\xEF\xBB\xBF";

/// The beginning of one page that stands alone: its title and styles, for screens and for paper of A4. No
/// scripts, nothing from elsewhere. `more_style` is CSS beside that of tables.
std::string html_begin(std::string_view language, std::string_view title, std::string_view more_style = "");
inline constexpr std::string_view html_end = "</body></html>\n";

/// Atomic write, mode 0600, onto the disk: the file is whole or as it was. Throws std::system_error.
void write_durably(const std::filesystem::path& file, std::string_view text);

}  // namespace kinhub
