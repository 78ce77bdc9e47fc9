#include "hub/api/handlers.hpp"

#include <algorithm>
#include <charconv>

#include "hub/base/time_text.hpp"
#include "hub/desk/json.hpp"

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

template <class View>
Result<Answer> answer_of(const Result<View>& view) {
  if (!view) return view.error();
  return Answer{200, "application/json", one_line_json(*view)};
}

}  // namespace

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
  auto answer = answer_of(found);
  if (answer)
    answer->headers.emplace_back("ETag", '"' + found->id + '.' + std::to_string(found->revision) + '"');
  return answer;
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
  auto found = call.desk.sources(call.caller);
  if (!found) return found.error();
  const auto total = static_cast<std::int64_t>(found->size());
  return answer_of(call, Page<SourceSummary>{std::move(*found), 0, false, total});
}

Result<Answer> show_balance(const Call& call) {
  return answer_of(call.desk.balance(call.caller));
}

Result<Answer> show_status(const Call& call) {
  return answer_of(call.desk.status(call.caller));
}

Result<Answer> list_notices(const Call& call) {
  const auto after = number(call, "after", 0, 0, INT64_MAX / 2);
  const auto limit = number(call, "limit", count_default, 1, count_max);
  if (!after || !limit) return (after ? limit : after).error();
  const auto found = call.desk.notices(call.caller, *after, static_cast<std::size_t>(*limit));
  if (!found) return found.error();
  return Answer{200, "application/cloudevents-batch+json", batch_json(*found)};
}

}  // namespace kinhub::api
