#include "hub/base/printable.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace kinhub {

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += c;
  }
  return out;
}

namespace {

/// "-160.00": a sign before digits alone makes no formula.
bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return digits(text.substr(0, point)) && (point == std::string_view::npos || digits(text.substr(point + 1)));
}

}  // namespace

std::string csv_cell(std::string text) {
  // A cell that begins so is a formula to a spreadsheet.
  if (!text.empty() && !is_number(text) &&
      std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
    text.insert(0, 1, '\'');
  std::string cell = "\"";
  for (const char c : text)
    cell.append(c == '"' ? 2 : 1, c);
  return cell + "\"";
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  bool first = true;
  for (const auto& cell : cells) {
    if (!std::exchange(first, false)) line += ",";
    line += csv_cell(cell);
  }
  return line + "\r\n";
}

std::string html_begin(std::string_view language, std::string_view title, std::string_view more_style) {
  std::string page = "<!DOCTYPE html>\n<html lang=\"";
  page.append(language).append("\"><head><meta charset=\"utf-8\">\n<title>").append(html_text(title));
  page +=
      "</title>\n<style>body{font:14px "
      "sans-serif;margin:2em;color:#222}table{border-collapse:collapse;margin:"
      "1em 0}"
      "td,th{border:1px solid #bbb;padding:.25em .6em;text-align:left;vertical-align:top}th{background:#eee}"
      "td.n{text-align:right}";
  page.append(more_style).append("@media print{body{margin:0}}</style></head><body>\n");
  return page;
}

void write_durably(const std::filesystem::path& file, std::string_view text) {
  const auto temporary = file.string() + ".new";
  const auto failed = [&] { throw std::system_error(errno, std::generic_category(), temporary); };
  const int handle = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (handle < 0) failed();
  if (::fchmod(handle, 0600) != 0) {  // one that was left behind may have been wider
    ::close(handle);
    failed();
  }
  std::size_t written = 0;
  while (written < text.size()) {
    const auto now = ::write(handle, text.data() + written, text.size() - written);
    if (now < 0 && errno == EINTR) continue;
    if (now < 0) {
      ::close(handle);
      failed();
    }
    written += static_cast<std::size_t>(now);
  }
  const bool kept = ::fsync(handle) == 0;
  if (::close(handle) != 0 || !kept) failed();
  std::filesystem::rename(temporary, file);
}

}  // namespace kinhub
