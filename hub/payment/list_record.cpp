#include "hub/payment/list_record.hpp"

#include <algorithm>
#include <stdexcept>

#include "hub/base/bytes.hpp"
#include "hub/base/name_form.hpp"

namespace kinhub {
namespace {

constexpr std::uint64_t form = 2;

void pack(Packer& out, Date day) {
  out.signed_number(day.days());
}
Date day_from(Unpacker& in) {
  return Date::from_days(static_cast<std::int32_t>(in.signed_number()));
}
template <class Row, class Each>
void pack(Packer& out, const std::vector<Row>& rows, Each each) {
  out.number(rows.size());
  for (const auto& row : rows)
    each(row);
}
void pack(Packer& out, const BankAnswer& answer) {
  out.signed_number(answer.line_no);
  out.text(answer.account_tail), out.text(answer.code), out.text(answer.words);
  out.signed_number(answer.fen), out.signed_number(answer.answered_at_us),
      out.signed_number(answer.known_at_us);
}
BankAnswer answer_from(Unpacker& in) {
  BankAnswer answer;
  answer.line_no = static_cast<int>(in.signed_number());
  answer.account_tail = in.text(), answer.code = in.text(), answer.words = in.text();
  answer.fen = in.signed_number(), answer.answered_at_us = in.signed_number();
  answer.known_at_us = in.signed_number();
  return answer;
}
void pack(Packer& out, const WhyPaid& why) {
  pack(out, why.reasons, [&](const std::string& reason) { out.text(reason); });
  pack(out, why.on), out.text(why.by);
}
WhyPaid why_from(Unpacker& in) {
  WhyPaid why;
  for (auto count = in.count(); count > 0; --count)
    why.reasons.emplace_back(in.text());
  why.on = day_from(in), why.by = in.text();
  return why;
}

}  // namespace

std::string_view name_of(SignedAs role) {
  switch (role) {
    case SignedAs::made:
      return "made";
    case SignedAs::reviewed:
      return "reviewed";
    case SignedAs::approved:
      return "approved";
  }
  return "";
}
std::string_view words_of(SignedAs role, Language language) {
  switch (role) {
    case SignedAs::made:
      return text(Text::signed_made, language);
    case SignedAs::reviewed:
      return text(Text::signed_reviewed, language);
    case SignedAs::approved:
      return text(Text::signed_approved, language);
  }
  return "";
}

Result<ListRecord> sign(ListRecord record, ListSignature signature, std::string_view seen_digest) {
  if (name_form(signature.by).empty()) return Error{"SIGNER_MISSING", "say who signs: --as USER", ""};
  if (seen_digest != record.digest)
    return Error{
        "LIST_CHANGED",
        "the list has the digest " + record.digest.substr(0, 12) +
            "..., not the one that was seen: look at it again (kinhub paylist show) and sign what you saw",
        record.list.list_no};
  if (static_cast<std::size_t>(signature.role) != record.signatures.size())
    return Error{"SIGNED_OUT_OF_ORDER",
                 "a list is made (check), reviewed (sign) and approved (close), in this order; it has " +
                     std::to_string(record.signatures.size()) + " signatures",
                 record.list.list_no};
  for (const auto& before : record.signatures)
    if (same_name(before.by, signature.by))  // blanks, case and width make nobody another person
      return Error{"SIGNED_BY_SAME",
                   "three different people sign a list, and this one has signed it as " +
                       std::string(name_of(before.role)),
                   record.list.list_no};
  signature.by.erase(0, signature.by.find_first_not_of(" \t"));
  signature.by.erase(signature.by.find_last_not_of(" \t") + 1);
  record.signatures.push_back(std::move(signature));
  return record;
}

std::string to_bytes(const ListRecord& record) {
  const auto& list = record.list;
  Packer out(1000);
  out.number(form);
  out.text(list.list_no), out.text(list.region), out.text(list.period_name);
  pack(out, list.period.from), pack(out, list.period.until), pack(out, list.day), out.text(list.previous);
  pack(out, list.stopped, [&](const StoppedPayee& one) {
    out.raw(one.payee.view());
    out.text(one.ref), out.text(one.name), out.text(one.area), out.signed_number(one.regular_fen);
    pack(out, one.why);
  });
  pack(out, list.overpaid, [&](const OverpaidSum& one) {
    out.raw(one.payee.view());
    out.text(one.ref), out.text(one.name), out.text(one.area), out.text(one.benefit);
    pack(out, one.period), out.signed_number(one.fen);
  });
  pack(out, list.left_out, [&](const LeftOut& one) {
    out.text(one.ref), out.text(one.benefit), pack(out, one.period);
    out.number(static_cast<std::uint64_t>(one.why));
  });
  out.text(record.digest), out.text(record.attempt);
  pack(out, record.signatures, [&](const ListSignature& one) {
    out.number(static_cast<std::uint64_t>(one.role));
    out.text(one.by), out.text(one.account), out.signed_number(one.at_us);
  });
  pack(out, record.findings, [&](const ListFinding& one) {
    out.text(one.check), out.number(static_cast<std::uint64_t>(one.level));
    out.text(one.text), out.text(one.place);
  });
  out.signed_number(record.known_at_us), out.signed_number(record.closed_at_us);
  out.signed_number(record.sent_at_us);
  out.number(record.answers.size());
  for (const auto& [line, answer] : record.answers)
    pack(out, answer);
  pack(out, record.aside, [&](const AnswerAside& one) {
    pack(out, one.answer);
    out.text(one.code), out.text(one.why);
    out.signed_number(one.accepted_at_us), out.text(one.accepted_by), out.text(one.accepted_why);
  });
  return out.take();
}

ListRecord list_record_from(std::string_view bytes) {
  Unpacker in(bytes);
  const auto written = in.number();
  if (written != 1 && written != form)
    throw std::runtime_error("a payment list was written by a newer Kinhub: run that one");
  ListRecord record;
  auto& list = record.list;
  list.list_no = in.text(), list.region = in.text(), list.period_name = in.text();
  list.period.from = day_from(in), list.period.until = day_from(in), list.day = day_from(in);
  list.previous = in.text();
  for (auto count = in.count(); count > 0; --count) {
    StoppedPayee one;
    one.payee = Token::from(in.raw(one.payee.bytes.size()));
    one.ref = in.text(), one.name = in.text(), one.area = in.text(), one.regular_fen = in.signed_number();
    one.why = why_from(in);
    list.stopped.push_back(std::move(one));
  }
  for (auto count = in.count(); count > 0; --count) {
    OverpaidSum one;
    one.payee = Token::from(in.raw(one.payee.bytes.size()));
    one.ref = in.text(), one.name = in.text(), one.area = in.text(), one.benefit = in.text();
    one.period = day_from(in), one.fen = in.signed_number();
    list.overpaid.push_back(std::move(one));
  }
  for (auto count = in.count(); count > 0; --count) {
    LeftOut one;
    one.ref = in.text(), one.benefit = in.text(), one.period = day_from(in);
    one.why = static_cast<LeftOut::Why>(in.number());
    list.left_out.push_back(std::move(one));
  }
  record.digest = in.text();
  if (written > 1) record.attempt = in.text();
  for (auto count = in.count(); count > 0; --count) {
    ListSignature one;
    one.role = static_cast<SignedAs>(in.number());
    one.by = in.text(), one.account = in.text(), one.at_us = in.signed_number();
    record.signatures.push_back(std::move(one));
  }
  for (auto count = in.count(); count > 0; --count) {
    ListFinding one;
    one.check = in.text(), one.level = static_cast<ListFinding::Level>(in.number());
    one.text = in.text(), one.place = in.text();
    record.findings.push_back(std::move(one));
  }
  record.known_at_us = in.signed_number(), record.closed_at_us = in.signed_number();
  record.sent_at_us = in.signed_number();
  for (auto count = in.count(); count > 0; --count) {
    auto answer = answer_from(in);
    record.answers.emplace(answer.line_no, std::move(answer));
  }
  for (auto count = in.count(); count > 0; --count) {
    AnswerAside one;
    one.answer = answer_from(in);
    one.code = in.text(), one.why = in.text();
    if (written > 1)
      one.accepted_at_us = in.signed_number(), one.accepted_by = in.text(), one.accepted_why = in.text();
    record.aside.push_back(std::move(one));
  }
  return record;
}

}  // namespace kinhub
