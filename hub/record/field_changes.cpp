#include "hub/record/field_changes.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace kinhub {
namespace {

/// Log place of a statement: the same in a history and in what had arrived of it by an earlier time.
using Place = std::tuple<Token, std::int64_t, std::uint32_t, std::string_view>;

/// Histories of the people, with what of each had not arrived at the time before.
struct News {
  std::set<Place> before;
  std::map<Token, const History*> after;

  News(const std::vector<PersonReading>& earlier, const std::vector<PersonReading>& later) {
    for (const auto& one : earlier)
      for (const auto& entry : one.dossier->entries)
        for (const auto& said : entry.history.versions)
          before.insert(place(entry.history.key, said));
    for (const auto& one : later)
      for (const auto& entry : one.dossier->entries) {
        after.emplace(entry.history.key, &entry.history);
        for (const auto& said : entry.history.versions)
          key_of_[&said] = entry.history.key;
      }
    for (const auto& one : earlier)
      for (const auto& entry : one.dossier->entries)
        for (const auto& said : entry.history.versions)
          key_of_[&said] = entry.history.key;
  }

  bool is_new(Support said) const {
    const auto key = key_of_.find(said);
    // A word out of somebody else's dossier, as of a newborn taken for this child, is as old as it came.
    return key != key_of_.end() && !before.contains(place(key->second, *said));
  }
  /// What counts now under the key of a statement, if it came between.
  Support replaced_by(Support said) const {
    const auto key = key_of_.find(said);
    if (key == key_of_.end()) return nullptr;
    const auto history = after.find(key->second);
    const auto* current = history == after.end() ? nullptr : history->second->current(known_now);
    return current && is_new(current) ? current : nullptr;
  }

 private:
  static Place place(const Token& key, const Statement& said) {
    return {key, said.event_sequence, said.fact_index, said.content};
  }
  std::map<Support, Token> key_of_;
};

using Values = std::map<std::pair<FieldValue, std::string>, std::vector<Support>>;

Values values_of(const AskedField& field, const std::vector<PersonReading>& people) {
  Values values;
  for (const auto& one : people)
    for (auto& settled : origin_of(field, *one.dossier, one.portrait, known_now, *one.rules).settled) {
      auto& by = values[{std::move(settled.value), std::move(settled.dispute)}];
      for (const auto& word : settled.by)
        by.push_back(word.said);
    }
  return values;
}

void add_new(std::vector<Support>& to, const std::vector<Support>& from, const News& news) {
  for (auto said : from)
    if (news.is_new(said)) to.push_back(said);
}
void add_replacing(std::vector<Support>& to, const std::vector<Support>& from, const News& news) {
  for (auto said : from)
    if (auto by = news.replaced_by(said)) to.push_back(by);
}

/// Told by every statement that names the person, a retraction too: a later one under the same key does not
/// take such a value away, another value of more weight or a later word does.
bool told_by_any_mention(const AskedField& asked) {
  const auto* field = std::get_if<PersonField>(&asked);
  return field &&
         (*field == PersonField::name || *field == PersonField::sex || *field == PersonField::number);
}

/// Adds changes of one person, who was perhaps several, field by field.
class Changes {
 public:
  Changes(const std::vector<PersonReading>& before, const std::vector<PersonReading>& after,
          const ReplacedAt& replaced_at)
      : before_(before), after_(after), replaced_at_(replaced_at), news_(before, after) {
    for (const auto& one : after)  // that may have joined or parted them
      for (const auto& entry : one.dossier->entries)
        for (const auto& said : entry.history.versions)
          if ((said.fact.kind == FactKind::identity || said.fact.kind == FactKind::distinct) &&
              news_.is_new(&said))
            linking_.push_back(&said);
  }

  void add(const AskedField& field) {
    const auto then = values_of(field, before_), now = values_of(field, after_);
    std::vector<Support> told, replacing;  // by whatever value of the field
    for (const auto& [value, by] : now)
      add_new(told, by, news_);
    for (const auto& [value, by] : then)
      add_replacing(replacing, by, news_);
    for (const auto& one : then) {
      if (now.contains(one.first)) continue;
      std::vector<Support> by;
      if (!told_by_any_mention(field) || told.empty()) add_replacing(by, one.second, news_);
      const auto& cause = first_of(by, told);
      if (cause.empty())
        add_read_anew(field, one.first, one.second);
      else
        add({FieldChange::What::gone, field, one.first.first, one.first.second, cause});
    }
    for (const auto& one : now) {
      if (then.contains(one.first)) continue;
      std::vector<Support> by;
      add_new(by, one.second, news_);
      add({FieldChange::What::learnt, field, one.first.first, one.first.second, first_of(by, replacing)});
    }
  }
  std::vector<FieldChange> take() { return std::move(changes_); }

 private:
  const std::vector<Support>& first_of(const std::vector<Support>& first,
                                       const std::vector<Support>& second) {
    return !first.empty() ? first : !second.empty() ? second : linking_;
  }
  /// Its message was read anew, and no longer tells any of it.
  void add_read_anew(const AskedField& field, const Values::key_type& value,
                     const std::vector<Support>& told) {
    FieldChange change{FieldChange::What::gone, field, value.first, value.second, {}};
    for (auto said : told)
      if (const auto at_us = replaced_at_ ? replaced_at_(*said) : 0; at_us != 0)
        change.by.push_back(said), change.read_anew_at_us = std::max(change.read_anew_at_us, at_us);
    add(std::move(change));
  }
  void add(FieldChange change) {
    auto& by = change.by;
    auto place = [](Support said) { return std::tie(said->source, said->event_sequence, said->fact_index); };
    std::sort(by.begin(), by.end(), [&](Support a, Support b) { return place(a) < place(b); });
    by.erase(std::unique(by.begin(), by.end(), [&](Support a, Support b) { return place(a) == place(b); }),
             by.end());
    changes_.push_back(std::move(change));
  }

  const std::vector<PersonReading>&before_, &after_;
  const ReplacedAt& replaced_at_;
  const News news_;
  std::vector<Support> linking_;
  std::vector<FieldChange> changes_;
};

}  // namespace

std::vector<FieldChange> changes_between(const std::vector<PersonReading>& before,
                                         const std::vector<PersonReading>& after,
                                         const ReplacedAt& replaced_at) {
  Changes changes(before, after, replaced_at);
  for (auto name : asked_field_names())
    changes.add(*asked_field(name));
  return changes.take();
}

}  // namespace kinhub
