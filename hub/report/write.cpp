#include "hub/report/write.hpp"

#include <fmt/format.h>

#include "hub/base/secrets.hpp"
#include "hub/base/time_text.hpp"

namespace kinhub::report {
namespace {

std::string csv_cell(const Cell& cell) {
  auto text = text_of(cell);
  const bool told = std::holds_alternative<std::string>(cell);
  if (told && !text.empty() && std::string_view("=+-@\t").find(text.front()) != std::string_view::npos)
    text.insert(0, "'");
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text)
    quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_line(const std::vector<Cell>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i)
    line += (i == 0 ? "" : ",") + csv_cell(cells[i]);
  return line + "\r\n";
}

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text)
    switch (c) {
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '&':
        safe += "&amp;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  return safe;
}

/// Headings: groups over their columns, where there are any.
std::string html_head(const Table& table) {
  std::string groups, titles;
  bool grouped = false;
  for (const auto& column : table.columns)
    grouped = grouped || !column.group.empty();
  for (std::size_t i = 0; i < table.columns.size();) {
    const auto& column = table.columns[i];
    std::size_t end = i + 1;
    if (column.group.empty()) {
      groups += fmt::format("<th{}>{}</th>", grouped ? " rowspan=2" : "", escaped(column.title));
    } else {
      while (end < table.columns.size() && table.columns[end].group == column.group)
        ++end;
      groups += fmt::format("<th colspan={}>{}</th>", end - i, escaped(column.group));
      for (auto at = i; at < end; ++at)
        titles += fmt::format("<th>{}</th>", escaped(table.columns[at].title));
    }
    i = end;
  }
  return fmt::format("<tr>{}</tr>\n{}", groups, grouped ? fmt::format("<tr>{}</tr>\n", titles) : "");
}

std::string html_row(const Row& row) {
  std::string cells;
  for (const auto& cell : row.cells) {
    const bool words = std::holds_alternative<std::string>(cell);
    cells += fmt::format("<td{}>{}</td>", words ? "" : " class=n", escaped(text_of(cell)));
  }
  return fmt::format("<tr{}>{}</tr>\n", row.total ? " class=total" : "", cells);
}

constexpr std::string_view style =
    "@page{size:A4 landscape;margin:12mm}body{font:10pt \"Noto Sans CJK SC\",\"Source Han Sans "
    "SC\",SimSun,sans-serif;color:#000}"
    "h1{font-size:15pt;text-align:center;margin:0 0 4mm}h2{font-size:11pt;margin:5mm 0 2mm}"
    "table{border-collapse:collapse;width:100%;break-inside:auto}tr{break-inside:avoid}thead{display:table-"
    "header-group}"
    "th,td{border:0.3pt solid #000;padding:1mm "
    "1.2mm;text-align:left;font-size:8.5pt}th{text-align:center;font-weight:600}"
    "td.n{text-align:right}tr.total td{font-weight:600}p{margin:1mm 0}.foot{margin-top:5mm;font-size:8pt}";

}  // namespace

std::string state_text(Check::State state) {
  return state == Check::State::passed ? "相符" : state == Check::State::amber ? "提示" : "不符";
}

std::vector<std::pair<std::string, std::string>> head_of(const Report& report) {
  return {{"地区", report.question.region},
          {"期间", report.question.period.text()},
          {"截至", report.question.as_of().text()},
          {"已知至", shanghai_time(report.question.known_at_us)}};
}

std::string text_of(const Cell& cell) {
  struct Writer {
    std::string operator()(std::monostate) const { return ""; }
    std::string operator()(NotConnected) const { return "未接入"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const service::Rate& rate) const { return rate.text(); }
    std::string operator()(Money money) const {
      return fmt::format("{}.{:02}", money.fen / 100, money.fen % 100);
    }
    std::string operator()(Date day) const { return day.text(); }
  };
  return std::visit(Writer(), cell);
}

std::string to_csv(const Report& report) {
  std::string csv = "\xEF\xBB\xBF";
  csv += csv_line({report.title});
  for (const auto& [name, value] : head_of(report))
    csv += csv_line({name, value});
  for (const auto& table : report.tables) {
    csv += "\r\n" + csv_line({table.title});
    std::vector<Cell> titles;
    for (const auto& column : table.columns)
      titles.emplace_back(column.group.empty() ? column.title : column.group + " " + column.title);
    csv += csv_line(titles);
    for (const auto& row : table.rows)
      csv += csv_line(row.cells);
  }
  csv += "\r\n";
  for (const auto& check : report.checks)
    csv += csv_line({check.id, state_text(check.state), check.text});
  for (const auto& note : report.notes)
    csv += csv_line({std::string("说明"), note});
  return csv;
}

std::string digest_of(const Report& report) {
  return sha256_hex(to_csv(report));
}

std::string to_html(const Report& report, const std::string& digest, const std::string& number) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"zh-CN\"><head><meta "
      "charset=\"utf-8\"><title>{0}</title><style>{1}</style></head><body>\n"
      "<h1>{0}</h1>\n<p>",
      escaped(report.title), style);
  for (const auto& [name, value] : head_of(report))
    html += fmt::format("{}：{}　", name, escaped(value));
  html += "</p>\n";
  for (const auto& table : report.tables) {
    if (report.tables.size() > 1) html += fmt::format("<h2>{}</h2>\n", escaped(table.title));
    html += "<table><thead>\n" + html_head(table) + "</thead><tbody>\n";
    for (const auto& row : table.rows)
      html += html_row(row);
    html += "</tbody></table>\n";
  }
  for (const auto& check : report.checks)
    html += fmt::format("<p>{} {} {}</p>\n", check.id, state_text(check.state), escaped(check.text));
  for (const auto& note : report.notes)
    html += fmt::format("<p>{}</p>\n", escaped(note));
  html += fmt::format("<p class=foot>{}{}摘要 {}</p>\n</body></html>\n",
                      report.question.audience == Audience::duty ? "内部资料　" : "",
                      number.empty() ? "" : "编号 " + escaped(number) + "　", digest);
  return html;
}

}  // namespace kinhub::report
