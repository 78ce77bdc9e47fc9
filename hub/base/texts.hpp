#pragma once
// Message catalogue: every text that a case worker reads, in Chinese and English. Places of values are {0},
// {1} ..., so that each language has its own order.

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/date.hpp"

namespace kinhub {

enum class Language : std::uint8_t { zh, en };

/// Locale selection: English where a name of a locale begins with it ("en", "en_US.UTF-8"), else Chinese;
/// also for none, "C" and "POSIX".
Language language_of_locale(std::string_view locale);

/// A wording in both languages: what is decided once is said in either.
struct Wording {
  std::string zh, en;
  const std::string& in(Language language) const { return language == Language::zh ? zh : en; }
  bool empty() const { return zh.empty() && en.empty(); }
  friend bool operator==(const Wording&, const Wording&) = default;
};

/// The texts. Each has both languages and the same places: tests/unit/base/texts_test.cpp.
enum class Text : std::uint16_t {
  // Who, seen from the parent.
  self,
  child,
  spouse,
  other_parent,  ///< as leads keep it
  other_of_parents,
  relative,
  // What happened; {0} to whom, {1} a number.
  birth,
  death,
  grade,
  certificate_runs_out,
  parentage,
  adoption,
  adoption_dissolved,
  marriage,
  divorce,
  residence,
  reaches_age,
  policy_begins,  ///< as leads keep it
  policy_changes,
  coverage_changes,
  receipt_changes,
  dated,
  dated_between,
  // Reasons of leads; {0} a day, {1} what happened.
  reason,
  reason_between,
  reason_withdrawn,
  reason_vanished,
  reason_news,
  reason_dead,    ///< {0} a day, {1} an agency, {2} its source
  reason_living,  ///< {0} an agency, {1} its source
  // Agencies, by connector, and by class of evidence.
  police,
  civil_affairs,
  medical_insurance,
  hospital,
  care_desk,
  certificate,
  cremation,
  source_named,
  // Kinds and states of leads, certainties.
  lead_new,
  lead_changed,
  lead_ended,
  lead_verify,
  state_open,
  state_confirmed,
  state_dismissed,
  state_closed,
  sure,
  pending,
  // What a pending right waits for.
  wait_other_child,
  wait_disputed,
  wait_second_source,
  wait_death_date,
  wait_certificate,
  wait_parentage,
  wait_only_child,
  wait_marriage,
  wait_birth_date,
  wait_sex,
  wait_residence,
  wait_urban,
  wait_low_income,
  wait_pension,
  wait_children,
  wait_ivf,
  wait_amount,
  wait_state,  // {0} which
  state_credential,
  state_insured,
  state_support,
  state_pension,
  state_work,
  state_other,
  // Which source would have to be complete; {0} sources, {1} a day.
  complete_until,
  complete_never,
  complete_by_none,
  // Money; {0} yuan.
  per_month,
  per_year,
  once,
  sum_unknown,
  // How a benefit stands on a day; {0} a day, {1} money.
  due_since,
  due_always,
  pending_since,
  ended_since,
  not_yet,
  not_yet_perhaps,
  not_due,
  lower,
  elsewhere,
  // Sentences for the family; {0} the benefit, {1} a day, {2} money or cause.
  say_due,
  say_due_always,
  say_due_once,
  say_pending,
  say_pending_always,
  say_ended,
  say_not_yet,
  say_not_yet_perhaps,
  say_not_due,
  say_lower,
  say_elsewhere,
  say_begins_because,
  say_ends_because,
  say_will_end,
  say_no_end,
  say_waits,
  say_missing_one,
  say_missing_more,
  say_missing_main,
  say_missing_besides,
  say_unknown,
  say_unknown_main,
  say_in_person,
  say_late,
  say_lead_only,
  // Conditions.
  must_not,
  would_be_met,
  met,
  not_met,
  unknown,
  told_by,
  told_on,
  // What changes next; {0} a day, {1} cause, {2} how it stands then.
  next_change,
  no_change,
  becomes_due,
  becomes_pending,
  becomes_none,
  // Labels.
  label_conclusion,
  label_say,
  label_missing,
  label_unknown,
  label_waits,
  label_basis,
  label_conditions,
  label_next,
  label_benefit,
  label_person,
  label_from,
  label_until,
  label_money,
  label_certainty,
  label_clause,
  label_starts,
  label_ends,
  label_id,
  label_kind,
  label_state,
  label_because,
  label_family,
  label_area,
  label_when,
  label_opened,
  label_revision,
  label_visit,
  label_visit_from,
  label_arrears,
  label_overpaid,
  label_up_to_today,
  label_waits_for,
  label_event_held,
  label_timeline,
  label_source,
  label_fact,
  label_on,
  label_received,
  label_key,
  basis,
  label_reason_hidden,
  no_leads,
  no_entitlements,
  list_separator,
  // Kinds of facts.
  fact_birth,
  fact_death,
  fact_disability,
  fact_parentage,
  fact_marriage,
  fact_residence,
  fact_adoption,
  fact_other,
  // Payment lists: what changed, why a line is held, who signed, columns.
  pay_joined,
  pay_goes_on,
  pay_last,
  pay_altered,
  pay_arrears,
  pay_again,
  pay_moved,
  pay_account_changed,
  pay_held,
  pay_released,
  pay_pending,
  pay_stopped,
  held_no_account,
  held_no_bank,
  held_returned,
  held_dead,
  signed_made,
  signed_reviewed,
  signed_approved,
  pay_line,
  pay_town,
  pay_name,
  pay_type,
  pay_bank,
  pay_account,
  pay_months,
  pay_regular,
  pay_offset,
  pay_total,
  pay_changes,
  pay_rows,
  pay_sent,
  pay_paid,
  pay_returned,
  pay_unanswered,
  pay_overpaid,
  pay_all,
  pay_unplaced,
  pay_list,
  pay_period,
  pay_day,
  pay_digest,
  pay_signed,
  pay_person,
  pay_benefit,
  pay_sum,
  pay_document,
};
inline constexpr std::size_t text_count = static_cast<std::size_t>(Text::pay_document) + 1;

std::string_view text(Text which, Language language);

/// What a value is in a language: a day is 2026年3月14日 and 2026-03-14.
std::string in_language(Date day, Language language);
inline std::string in_language(const Wording& wording, Language language) {
  return wording.in(language);
}
inline std::string in_language(const std::string& plain, Language) {
  return plain;
}
inline std::string in_language(std::string_view plain, Language) {
  return std::string(plain);
}
inline std::string in_language(const char* plain, Language) {
  return plain;
}
inline std::string in_language(int number, Language) {
  return std::to_string(number);
}

/// Fills a text with values, in one language, and in both.
template <class... Values>
std::string say_in(Language language, Text which, const Values&... values) {
  return fmt::format(fmt::runtime(text(which, language)), in_language(values, language)...);
}
template <class... Values>
Wording say(Text which, const Values&... values) {
  return {say_in(Language::zh, which, values...), say_in(Language::en, which, values...)};
}
/// Reads the values back out of a text that was filled in Chinese; nothing when it was another one.
std::optional<std::vector<std::string>> read_back(Text which, std::string_view said);

/// Typesetting: brackets, commas, colons and semicolons beside Chinese are full-width. For names of
/// conditions and titles, which files write with either; never for quotes.
std::string chinese_typeset(std::string_view text);

}  // namespace kinhub
