#include "hub/api/handlers.hpp"

#include <algorithm>
#include <charconv>

#include "hub/api/body.hpp"
#include "hub/base/time_text.hpp"
#include "hub/desk/json.hpp"
#include "hub/desk/state_json.hpp"

namespace kinhub::api {
namespace {

constexpr std::int64_t count_default = 50, count_max = 100;

Error invalid(std::string_view parameter, const std::string& wants) {
  return {"INVALID", std::string(parameter) + ": " + wants, std::string(parameter)};
}

Result<std::int64_t> number(const Call& call, std::string_view name, std::int64_t otherwise,
                            std::int64_t least, std::int64_t most) {
  const auto text = call.query.get(name);
  if (!text) return otherwise;
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (failed != std::errc() || end != text->data() + text->size() || value < least || value > most)
    return invalid(name, "a number from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

Result<Date> day(const Call& call, std::string_view name, Date otherwise) {
  const auto text = call.query.get(name);
  if (!text) return otherwise;
  const auto found = Date::parse(*text);
  if (!found) return invalid(name, "a day: 2026-11-18");
  return *found;
}

Result<std::optional<std::string>> word(const Call& call, std::string_view name,
                                        std::initializer_list<std::string_view> known) {
  auto text = call.query.get(name);
  if (text && std::find(known.begin(), known.end(), *text) == known.end())
    return invalid(name, "not one it knows");
  return text;
}

Result<std::optional<std::int64_t>> time(const Call& call, std::string_view name) {
  const auto text = call.query.get(name);
  if (!text) return std::optional<std::int64_t>();
  const auto found = read_time(*text);
  if (!found) return invalid(name, "a time: 2026-11-18T09:30:05+08:00, or a day");
  return std::optional(*found);
}

/// The person of a path: by reference alone, as numbers never stand in an address.
Result<PersonName> person_in_path(const Call& call) {
  const auto& text = call.in_path.at(0);
  if (!text.starts_with("P")) return unknown(PersonName(text));
  return PersonName(text);
}

/// What a cursor belongs to: the list with its filter.
std::string list_of(const Call& call) {
  auto all = call.query.all();
  std::sort(all.begin(), all.end());
  std::string list(call.list);
  for (const auto& [name, value] : all)
    if (name != "cursor" && name != "limit") list += "&" + name + "=" + value;
  return list;
}

Result<PageRequest> page_of(const Call& call) {
  const auto limit = number(call, "limit", count_default, 1, count_max);
  if (!limit) return limit.error();
  PageRequest page{0, static_cast<std::size_t>(*limit)};
  if (const auto cursor = call.query.get("cursor")) {
    const auto after = call.cursors.read(*cursor, list_of(call), call.now_us);
    if (!after) return after.error();
    page.after = *after;
  }
  return page;
}

template <class Row>
Answer answer_of(const Call& call, const Page<Row>& page) {
  const auto next = page.more ? call.cursors.write(page.last, list_of(call), call.now_us) : std::string();
  return {200, "application/json", page_json(page, next, iso_time(call.now_us))};
}

/// A list that is answered whole.
template <class Row>
Result<Answer> whole_list(const Call& call, Result<std::vector<Row>> found) {
  if (!found) return found.error();
  const auto total = static_cast<std::int64_t>(found->size());
  return answer_of(call, Page<Row>{std::move(*found), 0, false, total});
}

template <class View>
Result<Answer> answer_of(const Result<View>& view) {
  if (!view) return view.error();
  return Answer{200, "application/json", one_line_json(*view)};
}

}  // namespace

Answer answer_of(const LeadView& lead, int status) {
  Answer answer{status, "application/json", one_line_json(lead)};
  answer.headers.emplace_back("ETag", '"' + tag_of(lead) + '"');
  return answer;
}

Result<Answer> list_roles(const Call&) {
  return Answer{200, "application/json", roles_json()};
}

Result<Answer> list_leads(const Call& call) {
  const auto page = page_of(call);
  const auto state = word(call, "state", {"open", "confirmed", "dismissed", "closed"});
  const auto kind = word(call, "kind", {"new", "changed", "ended", "verify"});
  if (!page) return page.error();
  if (!state || !kind) return (state ? kind : state).error();
  LeadFilter filter;
  filter.state = *state, filter.kind = *kind, filter.benefit = call.query.get("benefit");
  const auto found = call.desk.lead_page(call.caller, filter, *page);
  if (!found) return found.error();
  return answer_of(call, *found);
}

Result<Answer> count_leads(const Call& call) {
  return answer_of(call.desk.lead_counts(call.caller));
}

Result<Answer> show_lead(const Call& call) {
  const auto found = call.desk.lead(call.caller, call.in_path.at(0), std::nullopt);
  if (!found) return found.error();
  return answer_of(*found);
}

Result<Answer> lead_timeline(const Call& call) {
  constexpr int months_before = 12, months_behind = 25;
  const auto from = day(call, "from", call.today.plus_months(-months_before));
  const auto until = day(call, "until", call.today.plus_months(months_behind));
  if (!from || !until) return (from ? until : from).error();
  if (!(*from < *until)) return invalid("until", "a day behind from: days are [from, until)");
  return answer_of(call.desk.lead_timeline(call.caller, call.in_path.at(0), {*from, *until}));
}

Result<Answer> explain_lead(const Call& call) {
  const auto on = day(call, "on", call.today);
  if (!on) return on.error();
  return answer_of(call.desk.lead_explain(call.caller, call.in_path.at(0), *on));
}

Result<Answer> list_quarantine(const Call& call) {
  const auto page = page_of(call);
  if (!page) return page.error();
  QuarantineFilter filter;
  filter.source = call.query.get("source"), filter.code = call.query.get("code");
  const auto found = call.desk.quarantine_page(call.caller, filter, *page);
  if (!found) return found.error();
  return answer_of(call, *found);
}

Result<Answer> list_sources(const Call& call) {
  return whole_list(call, call.desk.sources(call.caller));
}

Result<Answer> show_balance(const Call& call) {
  const auto balance = call.desk.balance(call.caller);
  if (!balance) return balance.error();
  return Answer{200, "application/json", balance_json(call.caller, *balance)};
}

Result<Answer> show_status(const Call& call) {
  const auto status = call.desk.status(call.caller);
  if (!status) return status.error();
  return Answer{200, "application/json", status_json(call.caller, *status)};
}

Result<Answer> list_notices(const Call& call) {
  const auto after = number(call, "after", 0, 0, INT64_MAX / 2);
  const auto limit = number(call, "limit", count_default, 1, count_max);
  if (!after || !limit) return (after ? limit : after).error();
  const auto found = call.desk.notices(call.caller, *after, static_cast<std::size_t>(*limit));
  if (!found) return found.error();
  return Answer{200, "application/cloudevents-batch+json", batch_json(*found)};
}

Result<Answer> lead_history(const Call& call) {
  return answer_of(call.desk.lead_history(call.caller, call.in_path.at(0)));
}

Result<Answer> search_persons(const Call& call) {
  constexpr std::size_t name_max = 40;
  const auto body = Body::read(call.request.body, {"citizen_id", "ref"});
  if (!body) return body.error();
  const auto number = body->text_if("citizen_id", name_max), ref = body->text_if("ref", name_max);
  if (!number || !ref) return (number ? ref : number).error();
  if (number->has_value() == ref->has_value())
    return Error{"INVALID", "look for one person: by citizen_id or by ref", "/citizen_id"};
  const auto name = *number ? read_person(**number) : Result<PersonName>(PersonName(**ref));
  if (!name || (*number && !std::holds_alternative<CitizenNumber>(*name)))
    return Error{"INVALID", "citizen_id: no citizen number of 15 or 18 characters with a right check digit",
                 "/citizen_id"};
  return whole_list(call, call.desk.find_persons(call.caller, *name));
}

Result<Answer> list_families(const Call& call) {
  const auto who = person_in_path(call);
  if (!who) return who.error();
  std::optional<Date> valid_at;
  if (call.query.get("valid_at")) {
    const auto found = day(call, "valid_at", call.today);
    if (!found) return found.error();
    valid_at = *found;
  }
  const auto known_at = time(call, "known_at");
  if (!known_at) return known_at.error();
  return whole_list(call, call.desk.families(call.caller, *who, valid_at, *known_at));
}

Result<Answer> list_entitlements(const Call& call) {
  const auto who = person_in_path(call);
  if (!who) return who.error();
  const auto from = day(call, "from", Date::beginning()), until = day(call, "until", Date::forever());
  if (!from || !until) return (from ? until : from).error();
  if (!(*from < *until)) return invalid("until", "a day after from");
  const auto known_at = time(call, "known_at");
  if (!known_at) return known_at.error();
  return whole_list(call, call.desk.entitlements(call.caller, *who, {*from, *until}, *known_at));
}

Result<Answer> explain_person(const Call& call) {
  const auto who = person_in_path(call);
  if (!who) return who.error();
  const auto benefit = call.query.get("benefit");
  if (!benefit) return invalid("benefit", "which one: national-special-assistance/death");
  const auto on = day(call, "on", call.today);
  const auto known_at = time(call, "known_at");
  if (!on) return on.error();
  if (!known_at) return known_at.error();
  return answer_of(call.desk.explain(call.caller, *who, *benefit, *on, *known_at));
}

Result<Answer> list_openings(const Call& call) {
  return whole_list(call, call.desk.openings(call.caller));
}

Result<Answer> show_quarantined(const Call& call) {
  const auto found = call.desk.quarantined(call.caller, call.in_path.at(0));
  auto answer = answer_of(found);
  if (answer)
    answer->headers.emplace_back("ETag", '"' + found->id + '.' + std::to_string(found->attempts) + '"');
  return answer;
}

Result<Answer> list_accounts(const Call& call) {
  return whole_list(call, call.desk.accounts(call.caller));
}

Result<Answer> list_audit(const Call& call) {
  const auto limit = number(call, "limit", count_default, 1, count_max);
  const auto before = number(call, "before", INT64_MAX / 2, 0, INT64_MAX / 2);
  if (!limit || !before) return (limit ? before : limit).error();
  AuditQuestion question;
  question.before = *before, question.count_max = static_cast<std::size_t>(*limit);
  question.account = call.query.get("account").value_or("");
  question.operation = call.query.get("operation").value_or("");
  const auto found = call.desk.audit(call.caller, question);
  if (!found) return found.error();
  return Answer{200, "application/json", page_json(*found, iso_time(call.now_us))};
}

}  // namespace kinhub::api
