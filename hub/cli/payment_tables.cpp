// Payment lists as text for people, in the reader's language.

#include <ostream>

#include "hub/base/printable.hpp"
#include "hub/base/terminal_text.hpp"
#include "hub/cli/output.hpp"
#include "hub/cli/tables.hpp"
#include "hub/payment/list_csv.hpp"

namespace kinhub::cli {
namespace {

std::string say(Text which, Language language) {
  return std::string(text(which, language));
}
std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : printable(text);
}

void print_sums(std::ostream& out, Text of, const std::vector<ListSums::Sum>& sums, Language language) {
  Table table({say(of, language), say(Text::pay_rows, language), say(Text::pay_regular, language),
               say(Text::pay_arrears, language), say(Text::pay_offset, language),
               say(Text::pay_total, language)});
  for (const auto& sum : sums)
    table.add({sum.what.empty() ? say(Text::pay_unplaced, language) : printable(sum.what),
               std::to_string(sum.rows), yuan_text(sum.regular_fen), yuan_text(sum.arrears_fen),
               yuan_text(sum.offset_fen), yuan_text(sum.total_fen)});
  table.print(out);
}

void print_aside(std::ostream& out, const std::vector<AnswerAside>& aside) {
  for (const auto& one : aside)
    out << "line " << one.answer.line_no << ", " << one.answer.code << " " << yuan_text(one.answer.fen)
        << ": " << one.why << " [" << one.code << "]"
        << (one.accepted_at_us == 0 ? "" : ", accepted by " + printable(one.accepted_by) + ": ")
        << printable(one.accepted_why) << "\n";
}

void print_sent(std::ostream& out, const SentSums& sums, Language language) {
  std::vector<ListSums::Sum> all{sums.paid, sums.returned, sums.unanswered};
  all[0].what = say(Text::pay_paid, language), all[1].what = say(Text::pay_returned, language);
  all[2].what = say(Text::pay_unanswered, language);
  print_sums(out, Text::pay_sent, all, language);
}

}  // namespace

void print(std::ostream& out, const PaymentListView& view, Language language) {
  const auto& list = view.list;
  out << say(Text::pay_list, language) << " " << list.list_no << ", " << say(Text::pay_period, language)
      << " " << list.period_name << ", " << say(Text::pay_day, language) << " " << list.day.text() << ", "
      << view.state << "\n";
  Table lines({say(Text::pay_line, language), say(Text::pay_town, language), say(Text::pay_person, language),
               say(Text::pay_name, language), say(Text::pay_type, language), say(Text::pay_bank, language),
               say(Text::pay_account, language), say(Text::pay_months, language),
               say(Text::pay_regular, language), say(Text::pay_arrears, language),
               say(Text::pay_offset, language), say(Text::pay_total, language),
               say(Text::pay_changes, language), say(Text::pay_held, language)});
  for (const auto& line : list.lines)
    lines.add({std::to_string(line.line_no), or_dash(line.town()), line.ref, or_dash(line.name),
               printable(type_text(line)), or_dash(line.account.bank), or_dash(line.account.account),
               or_dash(periods_text(line.periods, PaidAs::regular)), yuan_text(line.regular()),
               yuan_text(line.arrears()), yuan_text(line.offset()), yuan_text(line.total()),
               or_dash(changes_text(line, language)), or_dash(std::string(words_of(line.held, language)))});
  lines.print(out);
  for (const auto& one : list.stopped)
    out << say(Text::pay_stopped, language) << " " << one.ref << " " << or_dash(one.name) << " "
        << yuan_text(one.regular_fen) << "\n";
  for (const auto& one : list.overpaid)
    out << say(Text::pay_overpaid, language) << " " << one.ref << " " << or_dash(one.name) << " "
        << one.period.text().substr(0, 7) << " " << yuan_text(one.fen) << "\n";
  auto sums = sums_of(list.lines);
  out << "\n";
  print_sums(out, Text::pay_town, sums.towns, language);
  for (auto& sum : sums.benefits)
    for (const auto& line : list.lines)
      if (line.benefit == sum.what) {
        sum.what = type_text(line);
        break;
      }
  print_sums(out, Text::pay_type, sums.benefits, language);
  if (!sums.banks.empty()) print_sums(out, Text::pay_bank, sums.banks, language);
  sums.held.what = say(Text::pay_held, language), sums.sent.what = say(Text::pay_sent, language);
  sums.all.what = say(Text::pay_all, language);
  print_sums(out, Text::pay_all, {sums.held, sums.sent, sums.all}, language);
  if (view.answered) print_sent(out, *view.answered, language);
  out << "\n" << say(Text::pay_digest, language) << " " << view.digest << "\n";
  for (const auto& one : view.signatures)
    out << words_of(one.role, language) << " " << printable(one.by) << " (" << printable(one.account)
        << ")\n";
  for (const auto& one : view.findings)
    out << (one.level == ListFinding::Level::red ? "RED " : "amber ") << one.check << " "
        << printable(one.place) << (one.place.empty() ? "" : ": ") << printable(one.text) << "\n";
  print_aside(out, view.aside);
}

void print(std::ostream& out, const std::vector<PaymentSummary>& lists, Language language) {
  Table table({say(Text::pay_list, language), "", say(Text::pay_day, language), say(Text::pay_rows, language),
               say(Text::pay_total, language), say(Text::pay_held, language), say(Text::pay_sent, language),
               say(Text::pay_paid, language), say(Text::pay_returned, language),
               say(Text::pay_unanswered, language)});
  for (const auto& one : lists)
    table.add({one.list_no, one.state + (one.as_signed ? "" : " F18"), one.day.text(),
               std::to_string(one.rows), yuan_text(one.total_fen), yuan_text(one.held_fen),
               yuan_text(one.sent_fen), yuan_text(one.paid_fen), yuan_text(one.returned_fen),
               yuan_text(one.unanswered_fen)});
  if (table.empty())
    out << "no payment lists\n";
  else
    table.print(out);
}

void print(std::ostream& out, const BankFilesView& view) {
  for (const auto& one : view.files)
    out << one.name << ": " << one.lines << " lines, " << yuan_text(one.fen) << "\n";
  if (view.files.empty()) out << view.list_no << ": nothing to send\n";
}

void print(std::ostream& out, const ReturnsView& view, Language language) {
  out << view.list_no << ": " << view.taken << " answers taken, " << view.repeated << " known already, "
      << view.aside.size() << " set aside; " << view.state << "\n";
  print_sent(out, view.sums, language);
  print_aside(out, view.aside);
}

void print(std::ostream& out, const std::vector<OverpaidView>& entries, Language language) {
  Table table({"", say(Text::pay_person, language), say(Text::pay_name, language),
               say(Text::pay_benefit, language), say(Text::pay_months, language),
               say(Text::pay_sum, language), "", say(Text::pay_document, language)});
  for (const auto& one : entries)
    table.add(
        {one.id, one.entry.ref, or_dash(one.name), one.entry.benefit, one.entry.period.text().substr(0, 7),
         yuan_text(one.entry.fen),
         std::string(name_of(one.entry.state)) + (one.entry.taken_by.empty() ? "" : " " + one.entry.taken_by),
         or_dash(one.entry.document)});
  if (table.empty())
    out << "nothing overpaid\n";
  else
    table.print(out);
}
void print(std::ostream& out, const OverpaidView& entry, Language language) {
  print(out, std::vector{entry}, language);
}

void print(std::ostream& out, const ImportedView& view) {
  out << view.list_no << ": " << view.months << " months settled, " << yuan_text(view.fen) << "\n";
}

}  // namespace kinhub::cli
