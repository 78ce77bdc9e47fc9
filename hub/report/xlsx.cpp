#include "hub/report/xlsx.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "hub/base/time_text.hpp"
#include "hub/report/write.hpp"

namespace kinhub::report {
namespace {

/// A file in memory: what a report says of people is written to no disk.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("report", MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  bool good() const { return descriptor_ >= 0; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }
  std::string bytes() const {
    const auto size = ::lseek(descriptor_, 0, SEEK_END);
    std::string all(static_cast<std::size_t>(std::max<off_t>(size, 0)), '\0');
    std::size_t at = 0;
    while (at < all.size()) {
      const auto got = ::pread(descriptor_, all.data() + at, all.size() - at, static_cast<off_t>(at));
      if (got <= 0) return {};
      at += static_cast<std::size_t>(got);
    }
    return all;
  }

 private:
  int descriptor_;
};

struct Formats {
  lxw_format *heading, *title, *text, *number, *money, *rate, *total_text, *total_number, *total_money,
      *total_rate;
};

lxw_format* format_of(lxw_workbook* book, const char* number, bool bold, bool border = true) {
  auto* format = workbook_add_format(book);
  if (number) format_set_num_format(format, number);
  if (bold) format_set_bold(format);
  if (border) format_set_border(format, LXW_BORDER_THIN);
  return format;
}

Formats formats_of(lxw_workbook* book) {
  Formats formats{};
  formats.heading = format_of(book, nullptr, true);
  format_set_align(formats.heading, LXW_ALIGN_CENTER);
  format_set_align(formats.heading, LXW_ALIGN_VERTICAL_CENTER);
  format_set_text_wrap(formats.heading);
  formats.title = format_of(book, nullptr, true, false);
  format_set_font_size(formats.title, 15);
  formats.text = format_of(book, "@", false), formats.total_text = format_of(book, "@", true);
  formats.number = format_of(book, "0", false), formats.total_number = format_of(book, "0", true);
  formats.money = format_of(book, "0.00", false), formats.total_money = format_of(book, "0.00", true);
  formats.rate = format_of(book, "0.0", false), formats.total_rate = format_of(book, "0.0", true);
  return formats;
}

struct Place {
  lxw_worksheet* sheet;
  lxw_row_t row;
  lxw_col_t column;
};

void write_text(const Place& at, const std::string& text, lxw_format* format) {
  worksheet_write_string(at.sheet, at.row, at.column, text.c_str(), format);
}

/// A cell: figures as numbers, so that a spreadsheet can add them; everything else as text.
void write_cell(const Place& at, const Cell& cell, const Formats& formats, bool total) {
  const auto number = [&](double value, lxw_format* format) {
    worksheet_write_number(at.sheet, at.row, at.column, value, format);
  };
  if (const auto* count = std::get_if<std::int64_t>(&cell))
    return number(static_cast<double>(*count), total ? formats.total_number : formats.number);
  if (const auto* money = std::get_if<Money>(&cell))
    return number(static_cast<double>(money->fen) / 100, total ? formats.total_money : formats.money);
  if (const auto* rate = std::get_if<service::Rate>(&cell))
    if (const auto tenths = rate->tenths())
      return number(static_cast<double>(*tenths) / 10, total ? formats.total_rate : formats.rate);
  write_text(at, text_of(cell), total ? formats.total_text : formats.text);
}

/// Headings in two rows where columns are grouped; their number.
lxw_row_t write_headings(lxw_worksheet* sheet, const Table& table, lxw_row_t row, const Formats& formats) {
  const bool grouped = std::any_of(table.columns.begin(), table.columns.end(),
                                   [](const auto& one) { return !one.group.empty(); });
  for (std::size_t i = 0; i < table.columns.size();) {
    const auto& column = table.columns[i];
    const auto at = static_cast<lxw_col_t>(i);
    auto end = i + 1;
    if (!grouped) {
      write_text({sheet, row, at}, column.title, formats.heading);
    } else if (column.group.empty()) {
      worksheet_merge_range(sheet, row, at, row + 1, at, column.title.c_str(), formats.heading);
    } else {
      while (end < table.columns.size() && table.columns[end].group == column.group)
        ++end;
      if (end == i + 1)
        write_text({sheet, row, at}, column.group, formats.heading);
      else
        worksheet_merge_range(sheet, row, at, row, static_cast<lxw_col_t>(end - 1), column.group.c_str(),
                              formats.heading);
      for (auto under = i; under < end; ++under)
        write_text({sheet, row + 1, static_cast<lxw_col_t>(under)}, table.columns[under].title,
                   formats.heading);
    }
    i = end;
  }
  return grouped ? 2 : 1;
}

/// Width in characters, of Chinese ones two.
double width_of(std::string_view text) {
  double width = 0;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) width += static_cast<unsigned char>(c) < 0x80 ? 1 : 2;
  return width;
}

void write_table(lxw_worksheet* sheet, const Report& report, const Table& table, const Formats& formats) {
  write_text({sheet, 0, 0}, table.title, formats.title);
  const lxw_row_t top = 1;
  const auto first = top + write_headings(sheet, table, top, formats);
  auto row = first;
  std::vector<double> widths;
  for (const auto& column : table.columns)
    widths.push_back(std::min(width_of(column.title), 12.0));
  for (const auto& one : table.rows) {
    for (std::size_t i = 0; i < one.cells.size(); ++i) {
      write_cell({sheet, row, static_cast<lxw_col_t>(i)}, one.cells[i], formats, one.total);
      widths[i] = std::max(widths[i], width_of(text_of(one.cells[i])));
    }
    ++row;
  }
  for (std::size_t i = 0; i < widths.size(); ++i)
    worksheet_set_column(sheet, static_cast<lxw_col_t>(i), static_cast<lxw_col_t>(i),
                         std::clamp(widths[i] + 2, 7.0, 40.0), nullptr);
  constexpr int a4 = 9;
  worksheet_set_paper(sheet, a4);
  worksheet_set_landscape(sheet);
  worksheet_fit_to_pages(sheet, 1, 0);
  worksheet_repeat_rows(sheet, top, first - 1);
  worksheet_freeze_panes(sheet, first, 1);
  worksheet_set_footer(sheet,
                       report.question.audience == Audience::duty ? "&L内部资料&R&P / &N" : "&R&P / &N");
}

void write_about(lxw_worksheet* sheet, const Report& report, const std::string& digest,
                 const std::string& number, const Formats& formats) {
  lxw_row_t row = 0;
  const auto line = [&](const std::string& name, const std::string& said) {
    write_text({sheet, row, 0}, name, formats.heading);
    write_text({sheet, row++, 1}, said, formats.text);
  };
  line("报表", report.title);
  for (const auto& [name, value] : head_of(report))
    line(name, value);
  if (!number.empty()) line("编号", number);
  line("摘要", digest);
  for (const auto& check : report.checks)
    line(check.id, state_text(check.state) + (check.text.empty() ? "" : "：" + check.text));
  for (const auto& note : report.notes)
    line("说明", note);
  worksheet_set_column(sheet, 0, 0, 12, nullptr);
  worksheet_set_column(sheet, 1, 1, 80, nullptr);
}

/// A name that spreadsheet programs take: at most 31 characters, none of []:*?/\, and no other sheet's.
std::string sheet_name(const Report& report, std::size_t at) {
  std::string name;
  std::size_t characters = 0;
  for (const char c : report.tables[at].title) {
    const bool begins = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (begins && ++characters > 27) break;
    name += std::string_view("[]:*?/\\'").find(c) == std::string_view::npos ? c : '_';
  }
  for (std::size_t before = 0; before < at; ++before)
    if (report.tables[before].title == report.tables[at].title) return name + " " + std::to_string(at + 1);
  return name.empty() ? std::to_string(at + 1) : name;
}

}  // namespace

Result<std::string> to_xlsx(const Report& report, const std::string& digest, const std::string& number) {
  const MemoryFile file;
  const auto failed = [](const std::string& why) {
    return Error{"XLSX_WRITE", "the workbook was not written: " + why, ""};
  };
  if (!file.good()) return failed(std::strerror(errno));
  std::string memory = "/dev/shm";
  lxw_workbook_options options{};
  if (::access(memory.c_str(), W_OK) == 0) options.tmpdir = memory.data();  // else the system's folder
  auto* book = workbook_new_opt(file.path().c_str(), &options);
  if (!book) return failed("no memory");
  auto title = report.title;
  lxw_doc_properties properties{};
  properties.title = title.data();
  properties.created = static_cast<time_t>(report.question.known_at_us / 1'000'000);
  workbook_set_properties(book, &properties);
  const auto formats = formats_of(book);
  for (std::size_t i = 0; i < report.tables.size(); ++i)
    write_table(workbook_add_worksheet(book, sheet_name(report, i).c_str()), report, report.tables[i],
                formats);
  write_about(workbook_add_worksheet(book, "说明"), report, digest, number, formats);
  if (const auto fault = workbook_close(book); fault != LXW_NO_ERROR) return failed(lxw_strerror(fault));
  auto bytes = file.bytes();
  if (bytes.empty()) return failed("it cannot be read back");
  return Result<std::string>(boost::system::in_place_value, std::move(bytes));
}

}  // namespace kinhub::report
