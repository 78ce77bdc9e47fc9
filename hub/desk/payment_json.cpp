#include "hub/desk/payment_json.hpp"

#include <nlohmann/json.hpp>

#include "hub/base/time_text.hpp"

namespace kinhub {
namespace {

using Json = nlohmann::ordered_json;

std::string document(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}
Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}
Json time_or_null(std::int64_t at_us) {
  return at_us == 0 ? Json() : Json(iso_time(at_us));
}
template <class Row, class Each>
Json list(const std::vector<Row>& rows, Each each) {
  auto array = Json::array();
  for (const auto& row : rows)
    array.push_back(each(row));
  return array;
}
std::string_view name(PaidAs as) {
  switch (as) {
    case PaidAs::regular:
      return "regular";
    case PaidAs::arrears:
      return "arrears";
    case PaidAs::again:
      return "again";
    case PaidAs::offset:
      return "offset";
  }
  return "";
}

Json json(const WhyPaid& why) {
  return {{"reasons", why.reasons},
          {"decided_on", why.on == Date::beginning() ? Json() : Json(why.on.text())},
          {"decided_by", text_or_null(why.by)}};
}
Json json(const PaymentLine& line) {
  auto changes = Json::array();
  for (const auto change : line.changes.all())
    changes.push_back(name_of(change));
  return {{"line", line.line_no},
          {"person",
           {{"ref", line.ref}, {"name", text_or_null(line.name)}, {"citizen_id", text_or_null(line.number)}}},
          {"area", text_or_null(line.area)},
          {"town", text_or_null(line.town())},
          {"archive_no", text_or_null(line.archive_no)},
          {"benefit", line.benefit},
          {"bank", text_or_null(line.account.bank)},
          {"account", text_or_null(line.account.account)},
          {"holder", text_or_null(line.account.holder)},
          {"month_fen", line.standard_fen},
          {"regular_fen", line.regular()},
          {"arrears_fen", line.arrears()},
          {"offset_fen", line.offset()},
          {"total_fen", line.total()},
          {"offset_document", text_or_null(line.offset_document)},
          {"periods", list(line.periods,
                           [](const PaidPeriod& one) {
                             return Json{{"benefit", one.benefit},
                                         {"period", one.period.text()},
                                         {"per", name_of(one.per)},
                                         {"as", name(one.as)},
                                         {"fen", one.fen}};
                           })},
          {"changes", std::move(changes)},
          {"moved_from", text_or_null(line.moved_from)},
          {"why", json(line.why)},
          {"held", line.held == Held::no ? Json() : Json(name_of(line.held))}};
}
Json json(const ListSums::Sum& sum) {
  return {{"of", text_or_null(sum.what)},   {"rows", sum.rows},
          {"regular_fen", sum.regular_fen}, {"arrears_fen", sum.arrears_fen},
          {"offset_fen", sum.offset_fen},   {"total_fen", sum.total_fen}};
}
Json json(const std::vector<ListSums::Sum>& sums) {
  return list(sums, [](const ListSums::Sum& sum) { return json(sum); });
}
Json json(const SentSums& sums) {
  return {
      {"paid", json(sums.paid)}, {"returned", json(sums.returned)}, {"unanswered", json(sums.unanswered)}};
}
Json json(const AnswerAside& one) {
  return {{"line", one.answer.line_no},
          {"fen", one.answer.fen},
          {"answer", one.answer.code},
          {"words", text_or_null(one.answer.words)},
          {"code", one.code},
          {"why", one.why},
          {"accepted", one.accepted_at_us == 0 ? Json()
                                               : Json{{"by", one.accepted_by},
                                                      {"at", iso_time(one.accepted_at_us)},
                                                      {"why", one.accepted_why}}}};
}
Json json(const OverpaidView& view) {
  const auto& entry = view.entry;
  return {{"id", view.id},
          {"person", {{"ref", entry.ref}, {"name", text_or_null(view.name)}}},
          {"region", entry.region},
          {"benefit", entry.benefit},
          {"period", entry.period.text()},
          {"fen", entry.fen},
          {"state", name_of(entry.state)},
          {"found_by", text_or_null(entry.found_by)},
          {"taken_by", text_or_null(entry.taken_by)},
          {"document", text_or_null(entry.document)},
          {"by", text_or_null(entry.by)},
          {"at", time_or_null(entry.at_us)}};
}

}  // namespace

std::string to_json(const PaymentListView& view) {
  const auto& list_ = view.list;
  const auto sums = sums_of(list_.lines);
  return document(
      {{"list", list_.list_no},
       {"region", list_.region},
       {"period", list_.period_name},
       {"from", list_.period.from.text()},
       {"until", list_.period.until.text()},
       {"day", list_.day.text()},
       {"previous", text_or_null(list_.previous)},
       {"state", view.state},
       {"digest", view.digest},
       {"known_at", time_or_null(view.known_at_us)},
       {"signatures", list(view.signatures,
                           [](const ListSignature& one) {
                             return Json{{"as", name_of(one.role)},
                                         {"by", one.by},
                                         {"account", one.account},
                                         {"at", iso_time(one.at_us)}};
                           })},
       {"findings", list(view.findings,
                         [](const ListFinding& one) {
                           return Json{{"check", one.check},
                                       {"level", one.level == ListFinding::Level::red ? "red" : "amber"},
                                       {"text", one.text},
                                       {"place", text_or_null(one.place)}};
                         })},
       {"sums",
        {{"all", json(sums.all)},
         {"held", json(sums.held)},
         {"sent", json(sums.sent)},
         {"towns", json(sums.towns)},
         {"communities", json(sums.communities)},
         {"benefits", json(sums.benefits)},
         {"banks", json(sums.banks)}}},
       {"answered", view.answered ? json(*view.answered) : Json()},
       {"lines", list(list_.lines, [](const PaymentLine& line) { return json(line); })},
       {"stopped", list(list_.stopped,
                        [](const StoppedPayee& one) {
                          return Json{{"person", {{"ref", one.ref}, {"name", text_or_null(one.name)}}},
                                      {"area", text_or_null(one.area)},
                                      {"regular_fen", one.regular_fen},
                                      {"why", json(one.why)}};
                        })},
       {"overpaid", list(list_.overpaid,
                         [](const OverpaidSum& one) {
                           return Json{{"person", {{"ref", one.ref}, {"name", text_or_null(one.name)}}},
                                       {"benefit", one.benefit},
                                       {"period", one.period.text()},
                                       {"fen", one.fen}};
                         })},
       {"left_out", list(list_.left_out,
                         [](const LeftOut& one) {
                           return Json{
                               {"ref", one.ref},
                               {"benefit", one.benefit},
                               {"period", one.period.text()},
                               {"why", one.why == LeftOut::Why::no_residence ? "residence" : "amount"}};
                         })},
       {"aside", list(view.aside, [](const AnswerAside& one) { return json(one); })}});
}

std::string to_json(const std::vector<PaymentSummary>& lists) {
  return document(list(lists, [](const PaymentSummary& one) {
    return Json{{"list", one.list_no},
                {"region", text_or_null(one.region)},
                {"period", one.period},
                {"state", one.state},
                {"day", one.day.text()},
                {"digest", text_or_null(one.digest)},
                {"as_signed", one.as_signed},
                {"signatures", one.signatures},
                {"rows", one.rows},
                {"total_fen", one.total_fen},
                {"held_fen", one.held_fen},
                {"sent_fen", one.sent_fen},
                {"paid_fen", one.paid_fen},
                {"returned_fen", one.returned_fen},
                {"unanswered_fen", one.unanswered_fen}};
  }));
}

std::string to_json(const BankFilesView& view) {
  return document(
      {{"list", view.list_no},
       {"files", list(view.files, [](const BankFilesView::File& one) {
          return Json{{"bank", one.bank}, {"file", one.name}, {"lines", one.lines}, {"fen", one.fen}};
        })}});
}

std::string to_json(const ReturnsView& view) {
  return document({{"list", view.list_no},
                   {"state", view.state},
                   {"taken", view.taken},
                   {"repeated", view.repeated},
                   {"sums", json(view.sums)},
                   {"aside", list(view.aside, [](const AnswerAside& one) { return json(one); })}});
}

std::string to_json(const std::vector<OverpaidView>& entries) {
  return document(list(entries, [](const OverpaidView& one) { return json(one); }));
}
std::string to_json(const OverpaidView& entry) {
  return document(json(entry));
}
std::string to_json(const ImportedView& view) {
  return document({{"list", view.list_no}, {"months", view.months}, {"fen", view.fen}});
}

}  // namespace kinhub
