#pragma once
// The record as a value: statements added one by one, regrouped each time, portraits and kin read from
// memory.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "hub/record/identity.hpp"
#include "hub/record/kin.hpp"
#include "tests/unit/record/facts.hpp"

namespace kinhub::test {

class Record final : public People {
 public:
  Record() = default;
  explicit Record(const std::vector<Statement>& statements, std::int64_t known_at_us = known_now)
      : known_at_us_(known_at_us) {
    for (const auto& statement : statements)
      add(statement);
  }

  /// The record of what had arrived by then, of all that has arrived since.
  Record as_known(std::int64_t known_at_us) const {
    Record then;
    then.dossiers_ = regroup_as_known(dossiers_, known_at_us);
    then.last_person_ = last_person_;
    for (auto& dossier : then.dossiers_)
      if (!dossier.person) dossier.person = PersonId{++then.last_person_};
    return then;
  }

  /// Returns who was found to be somebody else.
  std::vector<Regrouped::Dissolved> add(const Statement& statement) {
    portraits_.clear();
    const auto key = statement_key(keys(), statement.source, statement.fact);
    History history{key, {}};
    for (const auto& dossier : dossiers_)
      if (const auto* entry = dossier.find(key)) history = entry->history;
    if (!history.add(statement)) return {};
    auto regrouped = regroup(dossiers_, history);
    dossiers_ = std::move(regrouped.dossiers);
    for (auto& dossier : dossiers_)
      if (!dossier.person) dossier.person = PersonId{++last_person_};
    return regrouped.dissolved;
  }

  /// A mended mapping tells something else of the event of `gone` from then on; nothing, where told is empty.
  /// Each told under its own key, which need not be that of what is gone.
  void read_anew(const Statement& gone, const std::vector<Statement>& told, std::int64_t at_us) {
    portraits_.clear();
    const auto left = statement_key(keys(), gone.source, gone.fact);
    change(left, [&](History& history) {
      for (const auto& one : history.versions)
        if (one.replaced_at_us == 0 && !log_before(one, gone) && !log_before(gone, one)) {
          history.versions.replace(&one, at_us);
          break;
        }
      for (const auto& one : told)
        if (statement_key(keys(), one.source, one.fact) == left) history.add(anew(one, at_us));
    });
    for (const auto& one : told)
      if (const auto key = statement_key(keys(), one.source, one.fact); key != left)
        change(key, [&](History& history) { history.add(anew(one, at_us)); });
  }
  static Statement anew(Statement said, std::int64_t at_us) {
    said.event_received_at_us = said.received_at_us, said.received_at_us = at_us;
    return said;
  }

  const std::vector<Dossier>& dossiers() const { return dossiers_; }

  /// Everyone of whom a current mention has this identifier ("n:...", "c:...").
  std::vector<PersonId> all_with(std::string_view identifier) const {
    const auto wanted = mention(Role::person, identifier).identifiers.front();
    std::vector<PersonId> found;
    for (const auto& dossier : dossiers_)
      for (const auto& entry : dossier.entries) {
        const auto* current = entry.history.current(known_now);
        const auto* own = current ? entry.mention_in(*current) : nullptr;
        if (own && std::count(own->identifiers.begin(), own->identifiers.end(), wanted) > 0)
          if (found.empty() || found.back() != dossier.person) found.push_back(dossier.person);
      }
    return found;
  }
  /// The one who has it; nobody when it is none or several.
  PersonId person(std::string_view identifier) const {
    auto found = all_with(identifier);
    return found.size() == 1 ? found.front() : PersonId{};
  }

  const Dossier& dossier(PersonId person) const {
    for (const auto& one : dossiers_)
      if (one.person == person) return one;
    throw std::out_of_range("no such person");
  }
  const EvidenceRules& evidence_rules() const override { return *evidence_; }
  /// Settled by these rules from now on.
  void settle_by(const EvidenceRules& rules) {
    evidence_ = std::make_shared<const EvidenceRules>(rules);
    portraits_.clear();
  }
  const Portrait& portrait(PersonId person) override {
    auto known = portraits_.find(person);
    if (known == portraits_.end())
      known = portraits_.emplace(person, portray(dossier(person), known_at_us_, *evidence_)).first;
    return known->second;
  }
  const Portrait& portrait(std::string_view identifier) { return portrait(person(identifier)); }

  PersonId whose(const Tie& tie) override {
    for (const auto& dossier : dossiers_)
      if (const auto* entry = dossier.find(tie.history))
        if (std::find(entry->own.begin(), entry->own.end(), tie.other) != entry->own.end())
          return dossier.person;
    return {};
  }

 private:
  template <class Work>
  void change(const Token& key, Work work) {
    History history{key, {}};
    for (const auto& dossier : dossiers_)
      if (const auto* entry = dossier.find(key)) history = entry->history;
    work(history);
    dossiers_ = regroup(dossiers_, history).dossiers;
    for (auto& dossier : dossiers_)
      if (!dossier.person) dossier.person = PersonId{++last_person_};
  }

  std::vector<Dossier> dossiers_;
  std::map<PersonId, Portrait> portraits_;
  SharedEvidenceRules evidence_ = built_in_evidence();
  std::int64_t known_at_us_ = known_now;
  std::int64_t last_person_ = 0;
};

/// "police/J1 hospital/Z77"
inline std::string text_of(const std::vector<Support>& evidence) {
  std::string text;
  for (const auto* one : evidence)
    text += (text.empty() ? "" : " ") + one->source + "/" + one->fact.key;
  return text;
}
/// The same with when it became known: "police/J1@5".
inline std::string dated(const std::vector<Support>& evidence) {
  std::string text;
  for (const auto* one : evidence)
    text += (text.empty() ? "" : " ") + one->source + "/" + one->fact.key + "@" +
            std::to_string(one->received_at_us);
  return text;
}
inline std::string text_of(Interval when) {
  auto end = when.until == Date::forever() ? "" : when.until.text();
  return (when.from == Date::beginning() ? "" : when.from.text()) + ".." + end;
}

/// One line each, sorted by day: "born n:... 2000-05-21..".
inline std::vector<std::string> children_text(Record& record, PersonId parent) {
  std::vector<std::string> lines;
  for (const auto& child : children_of(parent, record)) {
    const char* relation = child.relation == ChildRelation::born ? "born " : "adopted ";
    lines.push_back(relation + record.portrait(child.child).citizen_number + " " + text_of(child.when));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}
inline std::vector<std::string> marriages_text(Record& record, PersonId person) {
  std::vector<std::string> lines;
  for (const auto& marriage : marriages_of(person, record))
    lines.push_back(record.portrait(marriage.spouse).citizen_number + " " + text_of(marriage.when));
  std::sort(lines.begin(), lines.end());
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace kinhub::test
