// kinhub report, worklist, archive: what care owes and reports, as tables.
#include <fmt/ostream.h>

#include <unistd.h>

#include <iostream>

#include "hub/base/terminal_text.hpp"
#include "hub/base/time_text.hpp"
#include "hub/cli/commands.hpp"
#include "hub/report/write.hpp"
#include "hub/report/xlsx.hpp"

namespace kinhub {
namespace {

std::string day_text(std::optional<Date> day) {
  return day && *day > Date::beginning() && *day < Date::forever() ? day->text() : "-";
}
std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : printable(text);
}

std::string_view chinese(report::Check::State state) {
  return state == report::Check::State::passed  ? "相符"
         : state == report::Check::State::amber ? "提示"
                                                : "不符";
}

void print_lines(std::ostream& out, const std::vector<WorklistView::Line>& lines) {
  cli::Table table({"状态", "服务", "档案号", "姓名", "事项", "期限", "逾期天数", "重点"});
  for (const auto& line : lines)
    table.add({line.state, line.service.empty() ? line.name : line.service + " " + line.name,
               or_dash(line.archive_no), or_dash(line.person.name), or_dash(line.what), day_text(line.due),
               line.days_over > 0 ? std::to_string(line.days_over) : "-", line.priority ? "是" : "-"});
  if (!table.empty()) table.print(out);
}

}  // namespace

void print(std::ostream& out, const ReportView& view) {
  const auto& report = view.report;
  fmt::print(out, "{}  地区 {}  期间 {}  截至 {}  已知至 {}\n", report.title, report.question.region,
             report.question.period.text(), report.question.as_of().text(),
             shanghai_time(report.question.known_at_us));
  for (const auto& table : report.tables) {
    if (report.tables.size() > 1) out << '\n' << table.title << '\n';
    std::vector<std::string> headings;
    for (const auto& column : table.columns)
      headings.push_back(column.group.empty() ? column.title : column.group + " " + column.title);
    cli::Table text(headings);
    for (const auto& row : table.rows) {
      std::vector<std::string> cells;
      for (const auto& cell : row.cells)
        cells.push_back(or_dash(report::text_of(cell)));
      text.add(std::move(cells));
    }
    text.print(out);
  }
  for (const auto& check : report.checks)
    fmt::print(out, "{} {}{}{}\n", check.id, chinese(check.state), check.text.empty() ? "" : " ",
               printable(check.text));
  for (const auto& note : report.notes)
    fmt::print(out, "{}\n", note);
}

namespace {

std::string chinese_state(const IssuedRowView& row) {
  return row.state == "current"      ? "有效"
         : row.state == "superseded" ? "已有新版"
         : row.state == "withdrawn"  ? "已撤回"
                                     : "撤回";
}

}  // namespace

void print(std::ostream& out, const std::vector<IssuedRowView>& rows) {
  cli::Table table({"编号", "状态", "对象", "签发", "已知至", "签发人", "事由"});
  for (const auto& row : rows)
    table.add({row.number, chinese_state(row), row.audience == report::Audience::open ? "公开" : "内部",
               shanghai_time(row.issued_at_us), row.known_at_us ? shanghai_time(*row.known_at_us) : "-",
               or_dash(row.by), or_dash(row.reason)});
  table.print(out);
}

void print(std::ostream& out, const IssuedView& view) {
  const auto& row = view.row;
  fmt::print(out, "编号 {}  {}  签发 {}  签发人 {}\n摘要 {}\n", row.number, chinese_state(row),
             shanghai_time(row.issued_at_us), or_dash(row.by), or_dash(row.digest));
  if (!row.reason.empty()) fmt::print(out, "事由 {}\n", printable(row.reason));
  if (!row.known_at_us) return;
  print(out, view.report);
  if (view.before.empty()) return;
  fmt::print(out, "与 {} 不同的格：{}\n", view.before, view.differences.size());
  if (view.differences.empty()) return;
  cli::Table table({"表", "行", "列", "原", "现"});
  for (const auto& one : view.differences)
    table.add({one.table, or_dash(one.row), one.column, or_dash(one.before), or_dash(one.after)});
  table.print(out);
}

void print(std::ostream& out, const WorklistView& view) {
  fmt::print(out, "地区 {}  {}  {} 项\n", view.region, view.on.text(), view.lines.size());
  print_lines(out, view.lines);
}

void print(std::ostream& out, const std::vector<ArchiveRowView>& rows) {
  cli::Table table({"档案号", "姓名", "状态", "建档", "退档", "所在", "类别", "成员"});
  for (const auto& row : rows)
    table.add({printable(row.archive_no), or_dash(row.cover.name), row.state == "open" ? "在档" : "已退档",
               day_text(row.opened), day_text(row.closed), or_dash(row.area), or_dash(row.kind),
               std::to_string(row.members)});
  table.print(out);
}

void print(std::ostream& out, const ArchiveView& view) {
  print(out, std::vector{view.row});
  cli::Table members({"成员", "身份证号", "类别", "所在", "49岁以上", "签约", "就医卡"});
  const auto yes = [](bool is) { return std::string(is ? "是" : "否"); };
  for (const auto& one : view.members)
    members.add({or_dash(one.person.name), or_dash(one.person.citizen_id), one.kind, or_dash(one.area),
                 yes(one.of_49), yes(one.contract), yes(one.card)});
  if (!members.empty()) members.print(out);
  cli::Table helpers({"身份", "姓名", "单位", "自", "至（不含）"});
  for (const auto& one : view.helpers)
    helpers.add(
        {one.role, or_dash(one.name), or_dash(one.unit), day_text(one.when.from), day_text(one.when.until)});
  if (!helpers.empty()) helpers.print(out);
  cli::Table events({"日期", "事项", "单位", "所在", "说明"});
  for (const auto& one : view.events)
    events.add({one.on.text(), one.event, or_dash(one.unit), or_dash(one.area), or_dash(one.reason)});
  if (!events.empty()) events.print(out);
  cli::Table acts({"日期", "服务", "方式", "服务人员", "见到", "金额"});
  for (const auto& one : view.acts)
    acts.add({one.on.text(), one.services, or_dash(one.channel), or_dash(one.doers), yes(one.reached),
              cli::yuan(one.fen)});
  if (!acts.empty()) acts.print(out);
  print_lines(out, view.owed);
}

namespace cli {

namespace {

/// Writes a report as a document, or shows the view in which it stands.
template <class View>
Exit write_as(const Context& context, const std::string& format, const ReportView& view,
              const std::string& number, const View& whole) {
  if (format == "csv") {
    context.write(report::to_csv(view.report));
  } else if (format == "html") {
    context.write(report::to_html(view.report, view.digest, number));
  } else if (format == "xlsx") {
    if (&context.out == &std::cout && ::isatty(STDOUT_FILENO) != 0)
      return context.refuse(
          {"XLSX_TERMINAL", "a workbook is no text: write it to a file: > report.xlsx", ""});
    const auto book = report::to_xlsx(view.report, view.digest, number);
    if (!book) return context.refuse(book.error());
    context.write(*book);
  } else if (format == "json") {
    context.write(to_json(whole));
  } else {
    context.show(whole);
  }
  return Exit::done;
}

}  // namespace

Exit report(const Context& context, const ReportCommand& command) {
  auto hub = context.open_hub();
  if (command.issue) {
    const auto issued = hub->issue_report(context.caller(), {command.request, "", context.options.reason});
    if (!issued) {
      context.refuse(issued.error());
      return issued.error().code == "REPORT_RED" ? Exit::found : Exit::used_wrongly;
    }
    return write_as(context, command.format, issued->report, issued->row.number, *issued);
  }
  const auto made = hub->report(context.caller(), command.request);
  if (!made) return context.refuse(made.error());
  const auto written = write_as(context, command.format, *made, "", *made);
  return written == Exit::done && made->report.red() ? Exit::found : written;
}

Exit issued_list(const Context& context, const ReportCommand& command) {
  auto hub = context.open_hub();
  return context.answer(hub->issued_reports(context.caller(), command.region));
}

Exit issued_show(const Context& context, const ReportCommand& command) {
  auto hub = context.open_hub();
  const auto issued = hub->issued_report(context.caller(), command.number);
  if (!issued) return context.refuse(issued.error());
  if (!issued->row.known_at_us && command.format != "text" && command.format != "json")
    return context.refuse({"ISSUE_STATE", "a withdrawal has no table: kinhub issued list", command.number});
  return write_as(context, command.format, issued->report, issued->row.number, *issued);
}

Exit issued_withdraw(const Context& context, const ReportCommand& command) {
  auto hub = context.open_hub();
  return context.answer(hub->withdraw_report(context.caller(), command.number, context.options.reason));
}

Exit worklist(const Context& context, const std::string& region, std::optional<Date> on) {
  auto hub = context.open_hub();
  return context.answer(hub->worklist(context.caller(), region, on.value_or(context.today())));
}

Exit archive_list(const Context& context, const std::string& region, bool all) {
  auto hub = context.open_hub();
  return context.answer(hub->archives(context.caller(), region, all));
}

Exit archive_show(const Context& context, const std::string& number) {
  auto hub = context.open_hub();
  return context.answer(hub->archive(context.caller(), number));
}

}  // namespace cli
}  // namespace kinhub
