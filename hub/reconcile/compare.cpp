#include "hub/reconcile/compare.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "hub/base/time_text.hpp"
#include "hub/pipeline/reading.hpp"
#include "hub/record/dossier.hpp"

namespace kinhub::reconcile {
namespace {

/// How a value of a field that fields_told names is masked.
Privacy privacy_of(std::string_view field) {
  if (field == "key") return Privacy::number;
  if (const auto dot = field.find('.'); dot != std::string_view::npos) {
    const auto of_person = field.substr(dot + 1);
    if (of_person == "name") return Privacy::name;
    if (of_person == "sex") return Privacy::plain;
    return Privacy::number;
  }
  const auto known = fact_field(field);
  return known ? traits_of(*known).privacy : Privacy::plain;
}

bool same_content(const Statement* a, const Statement* b) {
  return a == nullptr || b == nullptr ? a == b : a->content == b->content;
}

/// Whether what counts, or a state before it, is another after this was told.
bool changes_what_counts(const History& before, const History& after) {
  if (!same_content(before.current(known_now), after.current(known_now))) return true;
  const auto was = before.states_before(known_now), is = after.states_before(known_now);
  return !std::equal(was.begin(), was.end(), is.begin(), is.end(), [](const auto& a, const auto& b) {
    return same_content(a.said, b.said) && same_content(a.ended_by, b.ended_by);
  });
}

}  // namespace

std::string_view name_of(RowClass row) {
  switch (row) {
    case RowClass::equal:
      return "equal";
    case RowClass::changed:
      return "changed";
    case RowClass::missing:
      return "missing";
    case RowClass::late:
      return "late";
    case RowClass::duplicate:
      return "duplicate";
    case RowClass::unreadable:
      return "unreadable";
    case RowClass::filtered:
      return "filtered";
    case RowClass::damaged:
      return "damaged";
  }
  return "";
}

std::string_view name_of(FactDifference::What what) {
  using What = FactDifference::What;
  switch (what) {
    case What::not_here:
      return "not here";
    case What::differs:
      return "differs";
    case What::older:
      return "older there";
    case What::late:
      return "late";
    case What::not_there:
      return "not there";
  }
  return "";
}

Watermark Watermark::at(std::optional<std::int64_t> utc_us) {
  if (!utc_us) return {};
  Watermark mark{"", *utc_us};
  for (const char c : shanghai_time(*utc_us))
    if (c >= '0' && c <= '9') mark.version += c;
  return mark;
}

bool after_snapshot(const Statement& counts, const Watermark& watermark) {
  if (watermark.version.empty()) return false;
  if (const auto& version = counts.fact.version; !version.empty()) {
    const auto order = compare_versions(version, watermark.version);
    // A version of the day alone does not tell whether it is from before or after: its arrival does.
    if (order != 0 || version.size() >= watermark.version.size()) return order > 0;
  }
  return arrival_of_event(counts) > watermark.at_us;
}

std::vector<FieldDifference> differing_fields(const Fact* ours, const Fact* theirs) {
  std::map<std::string, FieldDifference> all;
  const auto take = [&](const Fact* fact, std::string FieldDifference::*side) {
    if (fact == nullptr) return;
    for (auto& [field, value] : fields_told(*fact)) {
      auto& one = all[field];
      one.field = field, one.privacy = privacy_of(field);
      while (value.ends_with('\n'))
        value.pop_back();
      one.*side = std::move(value);
    }
  };
  take(ours, &FieldDifference::ours);
  take(theirs, &FieldDifference::theirs);
  std::vector<FieldDifference> differing;
  for (auto& [field, one] : all)
    if (one.ours != one.theirs && field != "version" && field != "key") differing.push_back(std::move(one));
  return differing;
}

std::optional<FactDifference> compare_fact(const History* held, const Statement& told,
                                           const Watermark& watermark) {
  const auto* counts = held ? held->current(known_now) : nullptr;
  if (counts && counts->content == told.content) return std::nullopt;
  FactDifference found;
  found.kind = told.fact.kind, found.key = told.fact.key, found.version_theirs = told.fact.version;
  if (counts) found.version_ours = counts->fact.version, found.ours_since_us = arrival_of_event(*counts);
  const auto with_fields = [&](FactDifference::What what) {
    found.what = what;
    found.fields = differing_fields(counts ? &counts->fact : nullptr, &told.fact);
    return found;
  };
  if (!counts) {
    if (!asserts(told.fact.op)) return std::nullopt;  // nothing here that it could take back
    return with_fields(FactDifference::What::not_here);
  }
  // A withdrawal is resolved by the pipeline; here it is held against the claim under its own key.
  if (told.fact.op == Op::withdraw && !asserts(counts->fact.op)) return std::nullopt;
  auto as_told = told;
  as_told.event_digest = std::numeric_limits<std::uint64_t>::max();   // a correction is an event of its own
  as_told.event_sequence = std::numeric_limits<std::int64_t>::max();  // behind all that the log holds
  auto after = *held;
  const bool news = after.add(as_told) && changes_what_counts(*held, after);
  // Equal but for what is no word of the fact's: an absence that says nothing, or a redelivery.
  if (!news && from_absence(told.fact.op)) return std::nullopt;
  if (after_snapshot(*counts, watermark)) return with_fields(FactDifference::What::late);
  if (news) {
    const bool asserted_anew = asserts(told.fact.op) && !asserts(counts->fact.op);
    return with_fields(asserted_anew ? FactDifference::What::not_here : FactDifference::What::differs);
  }
  const auto fields = differing_fields(&counts->fact, &told.fact);
  if (fields.empty()) return std::nullopt;  // an earlier version of the same words
  return with_fields(FactDifference::What::older);
}

RowClass class_of(const std::vector<FactDifference>& differences, bool held_any) {
  if (differences.empty()) return RowClass::equal;
  const auto any = [&](FactDifference::What what) {
    return std::any_of(differences.begin(), differences.end(),
                       [&](const auto& one) { return one.what == what; });
  };
  if (any(FactDifference::What::late)) return RowClass::late;
  return held_any ? RowClass::changed : RowClass::missing;
}

bool can_be_mended(const std::vector<FactDifference>& differences) {
  return std::any_of(differences.begin(), differences.end(), [](const auto& one) {
    return one.what == FactDifference::What::not_here || one.what == FactDifference::What::differs;
  });
}

}  // namespace kinhub::reconcile
