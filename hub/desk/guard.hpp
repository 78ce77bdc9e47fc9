#pragma once
// How the guard runs a call: judged, written down, done, its outcome written down.
// Included by guarded_desk.cpp and guarded_accounts.cpp alone.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "hub/base/mask.hpp"
#include "hub/desk/audit_trail.hpp"
#include "hub/desk/desk.hpp"
#include "hub/desk/guarded_desk.hpp"
#include "hub/desk/masking.hpp"
#include "hub/desk/operations.hpp"

namespace kinhub {
namespace guard {

inline bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\n") == std::string::npos;
}

/// Rows of an answer, for the trail; nothing: it is no list.
template <class View>
std::optional<std::int64_t> count_of(const View&) {
  return std::nullopt;
}
template <class Row>
std::optional<std::int64_t> count_of(const std::vector<Row>& rows) {
  return static_cast<std::int64_t>(rows.size());
}
template <class Row>
std::optional<std::int64_t> count_of(const Page<Row>& page) {
  return static_cast<std::int64_t>(page.items.size());
}

template <class View>
std::variant<View, std::vector<Error>> all_of(View view) {
  return view;
}
template <class View>
std::variant<View, std::vector<Error>> all_of(Result<View> result) {
  if (!result) return std::vector{result.error()};
  return std::move(*result);
}
template <class View>
std::variant<View, std::vector<Error>> all_of(std::variant<View, std::vector<Error>> answer) {
  return answer;
}

}  // namespace guard

/// One request, as the guard sees it.
struct GuardedDesk::Asked {
  OperationId op{};
  std::vector<Named> named = {};         ///< whom and what it names
  std::vector<std::string> on = {};      ///< other things it names, for the trail: sources, areas, runs
  std::vector<std::string> events = {};  ///< numbers of events: what an opening covers besides people
  std::string area = {};                 ///< the area it names
  std::string reason = {};               ///< of an act
  std::optional<std::int64_t> revision = {};
  std::optional<std::int64_t> known_at_us = {};
  Apply apply = Apply::yes;             ///< no: of an act or job only the plan is asked for
  Right in_plain = Right::record_open;  ///< the right to see what an opening shows
  std::vector<Right> rights = {};       ///< all that are needed; none: that of the table
};

/// A request that may be done.
struct GuardedDesk::Judged {
  AuditEntry entry;    ///< without its outcome
  bool plain = false;  ///< an opening covers it
};

template <class View, class Work>
GuardedDesk::OrErrors<View> GuardedDesk::guarded(const Caller& caller, Asked asked, Work work) {
  using Outcome = AuditEntry::Outcome;
  auto verdict = judge(caller, asked);
  if (auto* errors = std::get_if<std::vector<Error>>(&verdict)) return std::move(*errors);
  auto& judged = std::get<Judged>(verdict);
  const auto& row = operation(asked.op);
  const bool acts = (row.kind == Kind::act || row.kind == Kind::job) && asked.apply == Apply::yes;
  auto outcome = judged.entry;
  if (acts) {
    auto begun = judged.entry;
    begun.outcome = Outcome::begun;
    outcome.begun = trail_->append(std::move(begun));
    outcome.reason.clear(), outcome.words.clear();  // said once
  }
  OrErrors<View> answer;
  try {
    answer = guard::all_of<View>(work(*desk_));
  } catch (...) {
    if (acts) {
      outcome.at_us = clock_.now_us(), outcome.outcome = Outcome::failed;
      try {
        trail_->append(outcome);
      } catch (const AuditAway&) {  // what broke is told; the entry stays begun
        spdlog::error("audit trail: the outcome of entry {} could not be written", *outcome.begun);
      }
    }
    throw;
  }
  outcome.at_us = clock_.now_us();
  if (const auto* errors = std::get_if<std::vector<Error>>(&answer)) {
    outcome.outcome = acts ? Outcome::failed : Outcome::refused;
    if (!errors->empty()) outcome.code = errors->front().code;
    append_outcome({outcome}, acts);
    for (auto& error : std::get<std::vector<Error>>(answer))
      error.text = mask_numbers_in(error.text), error.place = mask_numbers_in(error.place);
    return answer;
  }
  auto& view = std::get<View>(answer);
  outcome.outcome = acts ? Outcome::done : Outcome::shown;
  outcome.count = guard::count_of(view);
  std::vector<AuditEntry> entries;
  static_assert(OfPeople<View> || of_nobody<View>);
  if constexpr (OfPeople<View>) {
    if (judged.plain) {
      Shown shown;
      add_shown(view, shown);
      for (const auto& one : shown) {
        auto entry = outcome;
        entry.subjects = {one};
        entries.push_back(std::move(entry));
      }
    } else {
      mask(view);
    }
  }
  if constexpr (std::is_same_v<View, OpeningView>) {
    outcome.purpose = view.purpose, outcome.opening = view.id;
    for (const auto& one : view.covers) {  // each subject is an entry of its own
      auto entry = outcome;
      entry.on = {one};
      entries.push_back(std::move(entry));
    }
  }
  if (entries.empty()) entries.push_back(std::move(outcome));
  append_outcome(entries, acts);
  return answer;
}

template <class View, class Work>
Result<View> GuardedDesk::guarded_one(const Caller& caller, Asked asked, Work work) {
  auto answer = guarded<View>(caller, std::move(asked), std::move(work));
  if (auto* errors = std::get_if<std::vector<Error>>(&answer)) return errors->front();
  return std::move(std::get<View>(answer));
}

}  // namespace kinhub
