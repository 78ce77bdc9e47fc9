#include "hub/payment/list_csv.hpp"

#include <algorithm>

namespace kinhub {
namespace {

std::string period_text(const PaidPeriod& one) {
  switch (one.per) {
    case Per::month:
      return one.period.text().substr(0, 7);
    case Per::year:
      return one.period.text().substr(0, 4);
    case Per::once:
      break;
  }
  return one.period.text();
}

/// Whether one month follows another.
bool follows(const PaidPeriod& one, const PaidPeriod& before) {
  return one.per == Per::month && before.per == Per::month && before.period.plus_months(1) == one.period;
}

std::string sex_text(Sex sex) {
  switch (sex) {
    case Sex::male:
      return "男";
    case Sex::female:
      return "女";
    case Sex::unknown:
      break;
  }
  return "";
}

/// -590.00: a sign before digits alone makes no formula.
bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text[0] != '.' && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string or_nothing(std::int64_t fen) {
  return fen == 0 ? "" : yuan_text(fen);
}

std::string reasons_text(const WhyPaid& why) {
  std::string text;
  for (const auto& one : why.reasons)
    text += (text.empty() ? "" : "；") + one;
  if (why.on != Date::beginning()) text += (text.empty() ? "" : "；") + why.on.text() + " 认定";
  if (!why.by.empty()) text += " " + why.by;
  return text;
}

void add_sums(CsvText& csv, const std::string& title, const std::vector<ListSums::Sum>& sums) {
  csv.row({title, "行数", "本期应发", "补发", "扣回", "本期实发"});
  for (const auto& sum : sums)
    csv.row({sum.what.empty() ? "未落实" : sum.what, std::to_string(sum.rows), yuan_text(sum.regular_fen),
             yuan_text(sum.arrears_fen), yuan_text(sum.offset_fen), yuan_text(sum.total_fen)});
}

}  // namespace

void CsvText::row(const std::vector<std::string>& cells) {
  auto text = cells;
  for (auto& cell : text)
    if (!cell.empty() && !is_number(cell) &&
        std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos)
      cell.insert(0, "'");
  plain_row(text);
}

void CsvText::plain_row(const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) text_ += ',';
    const auto& cell = cells[i];
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      text_ += cell;
      continue;
    }
    text_ += '"';
    for (const char c : cell)
      text_ += c == '"' ? "\"\"" : std::string(1, c);
    text_ += '"';
  }
  text_ += "\r\n";
}

std::string yuan_text(std::int64_t fen) {
  const auto size = fen < 0 ? -fen : fen;
  const auto part = std::to_string(size % 100);
  return (fen < 0 ? "-" : "") + std::to_string(size / 100) + (part.size() < 2 ? ".0" : ".") + part;
}

std::string periods_text(const std::vector<PaidPeriod>& periods, PaidAs as) {
  std::vector<PaidPeriod> mine;
  std::copy_if(periods.begin(), periods.end(), std::back_inserter(mine),
               [&](const PaidPeriod& one) { return one.as == as; });
  std::sort(mine.begin(), mine.end(), [](const auto& a, const auto& b) { return a.period < b.period; });
  std::string text;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    auto last = i;
    while (last + 1 < mine.size() && follows(mine[last + 1], mine[last]))
      ++last;
    text += (text.empty() ? "" : "、") + period_text(mine[i]);
    if (last > i) text += "至" + period_text(mine[last]);
    i = last;
  }
  return text;
}

std::string changes_text(const PaymentLine& line, Language language) {
  std::string text;
  for (const auto change : line.changes.all()) {
    if (!text.empty()) text += language == Language::zh ? "、" : ", ";
    text += words_of(change, language);
    if (change == ListChange::moved) text += " " + line.moved_from + "->" + line.town();
  }
  return text;
}

std::string type_text(const PaymentLine& line) {
  if (line.benefit.ends_with("/death")) return "A 死亡";
  if (line.benefit.ends_with("/disability")) return "B 伤残";
  return line.title;
}

std::string list_csv(const PaymentList& list) {
  CsvText csv;
  csv.row({"特扶金发放表", list.list_no, list.region, list.period_name, list.day.text(), list.previous});
  csv.row({"序号",     "镇(街道)",   "村(居)",   "档案号", "姓名",     "性别", "身份证号",
           "扶助类型", "开户行",     "账号",     "开户人", "月标准",   "月份", "本期应发",
           "年度应发", "一次性应发", "补发月份", "补发",   "重发月份", "重发", "扣回",
           "扣回文件", "本期实发",   "变动",     "原因",   "状态",     "备注", "签字"});
  for (const auto& line : list.lines)
    csv.row({std::to_string(line.line_no),
             line.town().empty() ? "未落实" : line.town(),
             line.area.size() == 12 ? line.area : "",
             line.archive_no.empty() ? "未接入" : line.archive_no,
             line.name,
             sex_text(line.sex),
             line.number,
             type_text(line),
             line.account.bank,
             line.account.account,
             line.account.holder,
             or_nothing(line.standard_fen),
             periods_text(line.periods, PaidAs::regular),
             yuan_text(line.regular(Per::month)),
             or_nothing(line.regular(Per::year)),
             or_nothing(line.regular(Per::once)),
             periods_text(line.periods, PaidAs::arrears),
             or_nothing(line.sum(PaidAs::arrears)),
             periods_text(line.periods, PaidAs::again),
             or_nothing(line.sum(PaidAs::again)),
             or_nothing(line.offset()),
             line.offset_document,
             yuan_text(line.total()),
             changes_text(line),
             reasons_text(line.why),
             line.held == Held::no ? "发放" : "暂存",
             std::string(words_of(line.held, Language::zh)),
             ""});
  csv.row({"停发", std::to_string(list.stopped.size())});
  for (const auto& one : list.stopped)
    csv.row({one.ref, one.area.substr(0, 9), one.name, yuan_text(one.regular_fen), reasons_text(one.why)});
  csv.row({"多发（台账）", std::to_string(list.overpaid.size())});
  for (const auto& one : list.overpaid)
    csv.row({one.ref, one.area.substr(0, 9), one.name, one.benefit, one.period.text().substr(0, 7),
             yuan_text(one.fen)});
  const auto sums = sums_of(list.lines);
  add_sums(csv, "镇(街道)", sums.towns);
  add_sums(csv, "村(居)", sums.communities);
  add_sums(csv, "扶助类型", sums.benefits);
  add_sums(csv, "开户行", sums.banks);
  auto held = sums.held, sent = sums.sent, all = sums.all;
  held.what = "暂存", sent.what = "送盘", all.what = "合计";
  add_sums(csv, "合计", {held, sent, all});
  return csv.take();
}

std::string list_digest(const PaymentList& list) {
  return sha256_hex(list_csv(list));
}

}  // namespace kinhub
