// Reading of `calendar`: the conventions of a policy, each by name, what is not
// stated inherited from the parent.

#include <fmt/format.h>

#include <charconv>

#include "hub/policy/document_reader.hpp"
#include "hub/policy/keys.hpp"

namespace kinhub::policy {

void DocumentReader::choose(const Entries& from, std::string_view key, const YamlNode& around,
                            const Choices& choices) {
  auto found = from.find(key);
  if (found == from.end()) {
    if (!parent_)
      fail(around, "POLICY_CALENDAR",
           fmt::format("calendar '{}' is missing, and there is no parent to inherit it from", key));
    return;
  }
  auto written = tidy(scalar(found->second));
  std::vector<std::string> names;
  for (const auto& [name, act] : choices) {
    names.push_back(name);
    if (name == written) return act();
  }
  auto hint = nearest(written, names);
  fail(found->second, "POLICY_CALENDAR",
       fmt::format("unknown rule '{}' for calendar '{}'; it knows: {}{}", written, key,
                   fmt::join(names, " | "), hint ? fmt::format("; is '{}' meant?", *hint) : ""));
}

void DocumentReader::read_calendar(Entries& top, const YamlNode& root, Document& document) {
  auto& calendar = document.calendar;
  if (parent_) calendar = parent_->calendar;
  if (!top.contains("calendar")) {
    if (!parent_)
      fail(root, "POLICY_CALENDAR", "'calendar' is missing, and there is no parent to inherit it from");
    return;
  }
  const auto& node = top["calendar"];
  auto own = entries(node, keys_of(calendar_keys));
  choose(own, "age", node,
         {{"on_birthday", [&] { calendar.age = Calendar::Age::on_birthday; }},
          {"day_after_birthday", [&] { calendar.age = Calendar::Age::day_after_birthday; }}});
  choose(
      own, "feb29", node,
      {{"feb28", [&] { calendar.feb29 = Feb29::feb28; }}, {"mar01", [&] { calendar.feb29 = Feb29::mar01; }}});
  choose(own, "month", node,
         {{"any_day", [&] { calendar.month = Calendar::Month::any_day; }},
          {"first_day", [&] { calendar.month = Calendar::Month::first_day; }},
          {"last_day", [&] { calendar.month = Calendar::Month::last_day; }},
          {"by_days", [&] { calendar.month = Calendar::Month::by_days; }}});
  choose(own, "year", node,
         {{"calendar_year, any_day", [&] { calendar.year = Calendar::Year::any_day; }},
          {"calendar_year, first_day", [&] { calendar.year = Calendar::Year::first_day; }}});
  choose(own, "death_day", node,
         {{"counts_as_alive", [&] { calendar.death_day = Calendar::DeathDay::counts_as_alive; }},
          {"ends_the_right", [&] { calendar.death_day = Calendar::DeathDay::ends_the_right; }}});
  choose(own, "remarried", node,
         {{"judged_by_self", [&] { calendar.remarried = Calendar::Remarried::judged_by_self; }},
          {"by_present_wife", [&] { calendar.remarried = Calendar::Remarried::by_present_wife; }}});
  choose(own, "money", node, {{"fen, half_up, per person and month", [] {}}});
  read_late(own, node, calendar);
}

void DocumentReader::read_late(const Entries& own, const YamlNode& node, Calendar& calendar) {
  if (!own.contains("late")) {
    if (!parent_)
      fail(node, "POLICY_CALENDAR", "calendar 'late' is missing, and there is no parent to inherit it from");
    return;
  }
  auto late = tidy(scalar(own.at("late")));
  calendar.late_months_max = 0;
  if (late == "pay_from_confirmation") {
    calendar.late = Calendar::Late::pay_from_confirmation;
    return;
  }
  calendar.late = Calendar::Late::pay_from_event;
  if (late == "pay_from_event") return;
  constexpr std::string_view before = "pay_from_event, at most ", after = " months back";
  int months = 0;
  if (late.starts_with(before) && late.ends_with(after) && late.size() > before.size() + after.size()) {
    auto digits = late.substr(before.size(), late.size() - before.size() - after.size());
    auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), months);
    if (problem != std::errc() || end != digits.data() + digits.size()) months = 0;
  }
  if (months < 1 || months > 600)
    fail(own.at("late"), "POLICY_CALENDAR",
         "write pay_from_confirmation, pay_from_event, or 'pay_from_event, at most 12 months back'");
  calendar.late_months_max = months;
}

}  // namespace kinhub::policy
