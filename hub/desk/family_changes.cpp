#include "hub/desk/family_changes.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "hub/desk/person_views.hpp"
#include "hub/record/field_changes.hpp"

namespace kinhub {
namespace {

/// Identity of a mention at every known time: the place of its statement in the log, and its own in that;
/// also where a mended mapping gives the statement another key.
using MentionPlace = std::tuple<std::string, std::int64_t, std::uint32_t, std::uint32_t>;

std::set<MentionPlace> mentions_of(const Dossier& dossier) {
  std::set<MentionPlace> places;
  each_own_mention(dossier, [&](const Entry& entry, OwnMention own, const Mention&) {
    const auto& said = entry.history.versions[own.version];
    places.emplace(said.source, said.event_sequence, said.fact_index, own.mention);
  });
  return places;
}

/// One who is one person at both times, or was several, or has become several.
struct Same {
  std::set<PersonId> were, are;
};

/// Follows persons from one time to the other by their mentions. What was said before is said after, too, or
/// something else in its place.
class Follower {
 public:
  Follower(RecordReader& before, RecordReader& after, const Keyring& keys)
      : before_(before), after_(after), keys_(keys) {}

  Same same_as(PersonId person, bool earlier) {
    Same same;
    std::vector<std::pair<PersonId, bool>> queue{{person, earlier}};
    while (!queue.empty()) {
      const auto [one, is_earlier] = queue.back();
      queue.pop_back();
      if (!(is_earlier ? same.were : same.are).insert(one).second) continue;
      for (auto other : across(one, is_earlier))
        queue.emplace_back(other, !is_earlier);
    }
    return same;
  }

 private:
  /// Those at the other time who share a mention.
  std::set<PersonId> across(PersonId person, bool earlier) {
    auto& here = earlier ? before_ : after_;
    auto& there = earlier ? after_ : before_;
    const auto mine = mentions_of(here.dossier(person));
    std::set<PersonId> others;
    for (const auto& token : own_tokens(keys_, here.dossier(person)))
      for (auto other : there.holders(token))
        others.insert(other);
    std::erase_if(others, [&](PersonId other) {
      const auto theirs = mentions_of(there.dossier(other));
      return std::none_of(theirs.begin(), theirs.end(), [&](const auto& one) { return mine.contains(one); });
    });
    return others;
  }

  RecordReader &before_, &after_;
  const Keyring& keys_;
};

}  // namespace

PersonReading reading_of(PersonId person, RecordReader& people) {
  PersonReading reading{&people.dossier(person), people.portrait(person), &people.evidence_rules()};
  reading.portrait.death = death_of(person, people);
  return reading;
}

namespace {

std::vector<PersonReading> readings_of(const std::set<PersonId>& persons, RecordReader& people) {
  std::vector<PersonReading> readings;
  for (auto person : persons) {
    readings.push_back(reading_of(person, people));
  }
  return readings;
}

}  // namespace

FamilyChangesView::Change view_of(const FieldChange& change) {
  FamilyChangesView::Change view;
  view.what = change.what == FieldChange::What::learnt ? "learnt" : "gone";
  view.field = name_of(change.field);
  view.value = {change.value.text, change.value.name, change.value.number};
  view.dispute = change.dispute;
  for (const auto* said : change.by)
    view.by.push_back(origin_view(*said, change.read_anew_at_us));
  std::sort(view.by.begin(), view.by.end(), [](const auto& a, const auto& b) {
    return std::tie(a.source, a.key, a.fact, a.on) < std::tie(b.source, b.key, b.fact, b.on);
  });
  return view;
}

Result<FamilyChangesView> family_changes(StoreTransaction& reading, const Keyring& keys, const PersonName& of,
                                         std::int64_t from_us, std::int64_t until_us,
                                         SharedEvidenceRules evidence) {
  Workspace now(reading.people(), keys, std::move(evidence));
  PastRecord before(now, keys, from_us), after(now, keys, until_us);
  const auto was = find_person(before, keys, of, from_us), is = find_person(after, keys, of, until_us);
  if (!is && !was) return is.error();
  std::vector<std::pair<PersonId, bool>> family;
  if (is)
    for (auto person : close_kin(*is, after))
      family.emplace_back(person, false);
  if (was)
    for (auto person : close_kin(*was, before))
      family.emplace_back(person, true);

  const ReplacedAt replaced_at = [&](const Statement& said) -> std::int64_t {
    const auto* history = now.history(said.source, statement_key(keys, said.source, said.fact));
    if (!history) return 0;
    for (const auto& one : history->versions)
      if (!log_before(one, said) && !log_before(said, one) && one.replaced_at_us <= until_us)
        return one.replaced_at_us;
    return 0;
  };
  FamilyChangesView view{from_us, until_us, {}};
  Follower follower(before, after, keys);
  std::set<PersonId> seen_before, seen_after;
  for (auto [person, earlier] : family) {
    if ((earlier ? seen_before : seen_after).contains(person)) continue;
    const auto same = follower.same_as(person, earlier);
    seen_before.insert(same.were.begin(), same.were.end());
    seen_after.insert(same.are.begin(), same.are.end());
    // Each of those who parted is compared with the one whom they were.
    std::vector<std::set<PersonId>> each;
    for (auto one : same.are)
      each.push_back({one});
    if (each.empty()) each.emplace_back();
    for (const auto& are : each) {
      auto& shown = view.people.emplace_back();
      shown.person = are.empty() ? person_view(before, keys, *same.were.begin())
                                 : person_view(after, keys, *are.begin());
      for (auto one : same.were)
        shown.were.push_back(person_reference(keys, one));
      for (auto one : same.are)
        shown.are.push_back(person_reference(keys, one));
      for (const auto& change :
           changes_between(readings_of(same.were, before), readings_of(are, after), replaced_at))
        shown.changes.push_back(view_of(change));
      if (shown.changes.empty() && shown.were.size() == 1 && shown.are.size() == 1) view.people.pop_back();
    }
  }
  // Deterministic order, whatever numbers the store gave.
  std::sort(view.people.begin(), view.people.end(), [](const auto& a, const auto& b) {
    return std::tie(a.person.citizen_id, a.person.name, a.person.ref) <
           std::tie(b.person.citizen_id, b.person.name, b.person.ref);
  });
  return view;
}

}  // namespace kinhub
