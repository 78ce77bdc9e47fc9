#include "hub/payment/bank_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "hub/payment/list_csv.hpp"

namespace kinhub {
namespace {

constexpr std::string_view return_header = "LIST_NO,LINE_NO,ZH_TAIL,JE,JG,SM,HPSJ";
constexpr std::size_t lines_max = 1'000'000;

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> codes{{{"00", "成功"},
                                                                              {"01", "账号不存在"},
                                                                              {"02", "户名不符"},
                                                                              {"03", "已销户"},
                                                                              {"04", "冻结"},
                                                                              {"05", "睡眠户"},
                                                                              {"06", "止付"},
                                                                              {"99", "其他"}}};

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size() || number < 0)
    return std::nullopt;
  return number;
}

/// "1770.00" and "1770" as fen.
std::optional<std::int64_t> fen_of(std::string_view text) {
  constexpr std::int64_t yuan_max = 1'000'000'000'000;
  const auto point = text.find('.');
  const auto yuan = whole(text.substr(0, point));
  if (!yuan || *yuan > yuan_max) return std::nullopt;
  if (point == std::string_view::npos) return *yuan * 100;
  const auto part = text.substr(point + 1);
  const auto fen = part.size() == 2 ? whole(part) : std::nullopt;
  return fen ? std::optional(*yuan * 100 + *fen) : std::nullopt;
}

/// 20260929161000, in Asia/Shanghai.
std::optional<std::int64_t> time_of(std::string_view text) {
  constexpr std::int64_t day_s = 86'400, offset_s = 8 * 3600;
  if (text.size() != 14 || !whole(text)) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) {
    return static_cast<int>(*whole(text.substr(at, size)));
  };
  const auto day =
      Date::make(part(0, 4), static_cast<unsigned>(part(4, 2)), static_cast<unsigned>(part(6, 2)));
  const int hour = part(8, 2), minute = part(10, 2), second = part(12, 2);
  if (!day || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return (day->days() * day_s + hour * 3600 + minute * 60 + second - offset_s) * 1'000'000;
}

/// A row of CSV, and the line that it begins on.
struct CsvRow {
  std::size_t line = 0;
  std::vector<std::string> cells;
};
/// Parses CSV (RFC 4180): cells may be quoted, and hold commas, quotes and line ends then. Empty lines are
/// none. Nothing: something stands behind a quoted cell, or a quote has no end.
std::optional<std::vector<CsvRow>> rows_of(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<CsvRow> rows;
  std::size_t line = 1, at = 0;
  const auto ends_line = [&] {
    return at == text.size() || text[at] == '\n' || text.substr(at, 2) == "\r\n";
  };
  while (at < text.size()) {
    CsvRow row{line, std::vector<std::string>(1)};
    for (;;) {
      auto& cell = row.cells.back();
      if (at < text.size() && text[at] == '"') {
        for (++at;; ++at) {
          if (at == text.size()) return std::nullopt;
          if (text[at] == '"' && text.substr(at, 2) != "\"\"") break;
          if (text[at] == '"') ++at;
          if (text[at] == '\n') ++line;
          cell += text[at];
        }
        ++at;
        if (!ends_line() && text[at] != ',') return std::nullopt;
      }
      while (!ends_line() && text[at] != ',')
        cell += text[at++];
      if (ends_line()) break;
      ++at, row.cells.emplace_back();
    }
    if (at < text.size()) at += text[at] == '\r' ? 2 : 1;
    ++line;
    if (row.cells.size() > 1 || !row.cells[0].empty()) rows.push_back(std::move(row));
  }
  return rows;
}

bool is_tail(std::string_view text) {
  return text.size() >= 4 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string joined(const std::vector<std::string>& cells) {
  std::string text;
  for (const auto& cell : cells)
    text += (text.empty() ? "" : ",") + cell;
  return text;
}

}  // namespace

std::string bank_file_name(std::string_view list_no, std::string_view bank) {
  return "FK_" + std::string(list_no) + "_" + std::string(bank) + ".csv";
}

std::string bank_file(const PaymentList& list, std::string_view bank) {
  CsvText csv;
  csv.plain_row({"LIST_NO", "LINE_NO", "ZH", "HM", "JE", "BZ"});
  std::int64_t count = 0, fen = 0;
  for (const auto& line : list.lines) {
    if (!line.sent() || line.account.bank != bank) continue;
    csv.plain_row({list.list_no, std::to_string(line.line_no), line.account.account,
                   line.account.holder.empty() ? line.name : line.account.holder, yuan_text(line.total()),
                   "扶助金"});
    ++count, fen += line.total();
  }
  csv.plain_row({"T", std::to_string(count), yuan_text(fen), "", "", ""});
  return csv.take();
}

std::string_view reason_of(std::string_view code) {
  for (const auto& [known, words] : codes)
    if (known == code) return words;
  return "";
}

Result<ReturnFile> read_return_file(std::string_view text, std::string_view name) {
  const auto place = [&](std::size_t line) { return std::string(name) + ":" + std::to_string(line); };
  const auto read = rows_of(text);
  if (!read)
    return Error{"RETURN_LINE",
                 "a quote of a cell has no end, or something behind it; the whole file is refused",
                 std::string(name)};
  const auto& rows = *read;
  if (rows.size() > lines_max)
    return Error{"RETURN_LINE", "more lines than a list can have: it is none of ours", std::string(name)};
  if (rows.empty() || joined(rows.front().cells) != return_header)
    return Error{"RETURN_HEADER", "a file of returns begins with " + std::string(return_header), place(1)};
  const auto trailer = rows.size() < 2 ? std::vector<std::string>{} : rows.back().cells;
  if (trailer.size() != 7 || trailer[0] != "T")
    return Error{
        "RETURN_TRAILER",
        "the last line (T, number of lines, sum of what was paid) is missing: the file is not whole, and is "
        "refused; have the bank send it again",
        place(rows.back().line)};
  ReturnFile file;
  std::int64_t paid_fen = 0;
  for (std::size_t i = 1; i + 1 < rows.size(); ++i) {
    const auto& cells = rows[i].cells;
    const auto refuse = [&](const std::string& why) {
      return Error{"RETURN_LINE", why, place(rows[i].line)};
    };
    if (cells.size() != 7) return refuse("a line of returns has seven columns; the whole file is refused");
    const auto line_no = whole(cells[1]), fen = fen_of(cells[3]), at_us = time_of(cells[6]);
    if (!line_no || *line_no == 0 || *line_no > static_cast<std::int64_t>(lines_max))
      return refuse("LINE_NO is no number of a line; the whole file is refused");
    if (!fen) return refuse("JE is no sum (1770.00); the whole file is refused");
    if (reason_of(cells[4]).empty())
      return refuse("JG is none of 00 01 02 03 04 05 06 99; the whole file is refused");
    if (!at_us) return refuse("HPSJ is no time (20260929161000); the whole file is refused");
    if (file.list_no.empty()) file.list_no = cells[0];
    if (file.list_no != cells[0])
      return Error{"RETURN_LIST", "lines of two lists stand in one file; it is refused", place(rows[i].line)};
    BankAnswer answer;
    answer.line_no = static_cast<int>(*line_no), answer.account_tail = cells[2], answer.fen = *fen;
    answer.code = cells[4], answer.words = cells[5], answer.answered_at_us = *at_us;
    if (answer.paid()) paid_fen += *fen;
    file.answers.push_back(std::move(answer));
  }
  const auto count = whole(trailer[1]), sum = fen_of(trailer[2]);
  if (!count || *count != static_cast<std::int64_t>(file.answers.size()))
    return Error{"RETURN_TRAILER",
                 "the last line tells another number of lines than stand in the file (" +
                     std::to_string(file.answers.size()) + "): it is refused; have the bank send it again",
                 place(rows.back().line)};
  if (!sum || *sum != paid_fen)
    return Error{"RETURN_TRAILER",
                 "the last line tells another sum than was paid in the file (" + yuan_text(paid_fen) +
                     "): it is refused; have the bank send it again",
                 place(rows.back().line)};
  if (file.answers.empty()) return Error{"RETURN_LINE", "the file answers no line", std::string(name)};
  return file;
}

AnswersRead match_answers(const std::vector<PaymentLine>& lines, const Answers& known,
                          const std::vector<BankAnswer>& answers, const AnswersOf& of) {
  AnswersRead read;
  auto now = known;
  for (const auto& answer : answers) {
    const auto aside = [&](const char* code, const char* why) { read.aside.push_back({answer, code, why}); };
    const auto line = std::find_if(lines.begin(), lines.end(), [&](const PaymentLine& one) {
      return one.line_no == answer.line_no && one.sent();
    });
    if (line == lines.end()) {
      aside("RETURN_UNKNOWN_LINE", "the list sent no such line");
    } else if (line->account.bank != of.bank) {
      aside("RETURN_OTHER_BANK", "the line went to another bank");
    } else if (line->total() != answer.fen) {
      aside("RETURN_OTHER_SUM", "the line has another sum");
    } else if (!line->account.account.ends_with(answer.account_tail) || !is_tail(answer.account_tail)) {
      aside("RETURN_OTHER_ACCOUNT",
            "the line went to another account, or fewer than four of its digits stand");
    } else if (shanghai_date(answer.answered_at_us) < shanghai_date(of.sent_at_us)) {
      aside("RETURN_TOO_EARLY", "answered on a day before the list was sent");
    } else if (const auto before = now.find(answer.line_no); before != now.end()) {
      if (before->second.same_as(answer))
        ++read.repeated;
      else
        aside("RETURN_DIFFERS", "the line was answered otherwise before");
    } else {
      now.emplace(answer.line_no, answer);
      read.taken.push_back(answer);
    }
  }
  return read;
}

SentSums sent_sums(const std::vector<PaymentLine>& lines, const Answers& answers) {
  SentSums sums;
  sums.paid.what = "paid", sums.returned.what = "returned", sums.unanswered.what = "unanswered";
  for (const auto& line : lines) {
    if (!line.sent()) continue;
    const auto answer = answers.find(line.line_no);
    auto& sum = answer == answers.end() ? sums.unanswered : answer->second.paid() ? sums.paid : sums.returned;
    ++sum.rows;
    sum.regular_fen += line.regular(), sum.arrears_fen += line.arrears(), sum.offset_fen += line.offset();
    sum.total_fen += line.total();
  }
  return sums;
}

}  // namespace kinhub
