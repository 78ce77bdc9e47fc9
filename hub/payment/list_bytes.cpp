// Serialization of lines and of the ledger, as they are sealed and stored.

#include <stdexcept>

#include "hub/base/bytes.hpp"
#include "hub/payment/list.hpp"

namespace kinhub {
namespace {

constexpr std::uint64_t form = 1, line_form = 2;

void pack(Packer& out, Date day) {
  out.signed_number(day.days());
}
Date day_from(Unpacker& in) {
  return Date::from_days(static_cast<std::int32_t>(in.signed_number()));
}
[[noreturn]] void refuse_form() {
  throw std::runtime_error("a row of a payment list was written by a newer Kinhub: run that one");
}
void expect_form(Unpacker& in) {
  if (in.number() != form) refuse_form();
}

}  // namespace

std::string to_bytes(const PaymentLine& line, std::string_view attempt) {
  Packer out(400);
  out.number(line_form), out.text(attempt);
  out.signed_number(line.line_no);
  out.raw(line.payee.view());
  for (const auto* text : {&line.ref, &line.name, &line.number, &line.area, &line.archive_no, &line.benefit,
                           &line.title, &line.account.bank, &line.account.account, &line.account.holder})
    out.text(*text);
  out.number(static_cast<std::uint64_t>(line.sex));
  pack(out, line.account.on);
  out.signed_number(line.account.told_at_us);
  out.signed_number(line.standard_fen);
  out.number(line.periods.size());
  for (const auto& one : line.periods) {
    out.text(one.benefit), pack(out, one.period);
    out.number(static_cast<std::uint64_t>(one.per)), out.signed_number(one.fen);
    out.number(static_cast<std::uint64_t>(one.as));
  }
  out.text(line.offset_document), out.number(line.changes.bits()), out.text(line.moved_from);
  out.number(line.why.reasons.size());
  for (const auto& reason : line.why.reasons)
    out.text(reason);
  pack(out, line.why.on), out.text(line.why.by);
  out.number(static_cast<std::uint64_t>(line.held));
  return out.take();
}

PaymentLine payment_line_from(std::string_view bytes, std::string* attempt) {
  Unpacker in(bytes);
  const auto written = in.number();
  if (written != form && written != line_form) refuse_form();
  const std::string of(written == line_form ? in.text() : "");  // form 1 told none
  if (attempt) *attempt = of;
  PaymentLine line;
  line.line_no = static_cast<int>(in.signed_number());
  line.payee = Token::from(in.raw(Token{}.bytes.size()));
  for (auto* text : {&line.ref, &line.name, &line.number, &line.area, &line.archive_no, &line.benefit,
                     &line.title, &line.account.bank, &line.account.account, &line.account.holder})
    *text = in.text();
  line.sex = static_cast<Sex>(in.number());
  line.account.on = day_from(in);
  line.account.told_at_us = in.signed_number();
  line.standard_fen = in.signed_number();
  for (auto count = in.count(); count > 0; --count) {
    PaidPeriod one;
    one.benefit = in.text(), one.period = day_from(in);
    one.per = static_cast<Per>(in.number()), one.fen = in.signed_number();
    one.as = static_cast<PaidAs>(in.number());
    line.periods.push_back(std::move(one));
  }
  line.offset_document = in.text();
  line.changes = ListChanges::of(static_cast<std::uint32_t>(in.number()));
  line.moved_from = in.text();
  for (auto count = in.count(); count > 0; --count)
    line.why.reasons.emplace_back(in.text());
  line.why.on = day_from(in), line.why.by = in.text();
  line.held = static_cast<Held>(in.number());
  return line;
}

std::string to_bytes(const LedgerEntry& entry) {
  Packer out(160);
  out.number(form);
  out.signed_number(entry.id);
  out.raw(entry.payee.view());
  out.text(entry.ref), out.text(entry.benefit), out.text(entry.region), pack(out, entry.period),
      out.signed_number(entry.fen);
  out.number(static_cast<std::uint64_t>(entry.state));
  out.text(entry.found_by), out.text(entry.taken_by), out.signed_number(entry.taken_line);
  out.text(entry.document), out.text(entry.by), out.signed_number(entry.at_us);
  return out.take();
}

LedgerEntry ledger_entry_from(std::string_view bytes) {
  Unpacker in(bytes);
  expect_form(in);
  LedgerEntry entry;
  entry.id = in.signed_number();
  entry.payee = Token::from(in.raw(Token{}.bytes.size()));
  entry.ref = in.text(), entry.benefit = in.text(), entry.region = in.text(), entry.period = day_from(in);
  entry.fen = in.signed_number();
  entry.state = static_cast<LedgerState>(in.number());
  entry.found_by = in.text(), entry.taken_by = in.text();
  entry.taken_line = static_cast<int>(in.signed_number());
  entry.document = in.text(), entry.by = in.text(), entry.at_us = in.signed_number();
  return entry;
}

}  // namespace kinhub
