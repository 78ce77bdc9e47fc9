#include "hub/record/portrait.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "hub/base/name_form.hpp"
#include "hub/record/standing.hpp"

namespace kinhub {
namespace {

bool before(Support a, Support b) {
  return std::tie(a->source, a->fact.key, a->fact.kind) < std::tie(b->source, b->fact.key, b->fact.kind);
}

/// Total order of statements of different keys: by version, then by source and its own order. Never by what
/// they say, and never by arrival, as the sources arrive in any order.
bool told_before(const Statement& a, const Statement& b) {
  return std::tie(a.fact.version, a.source, a.event_sequence, a.fact_index) <
         std::tie(b.fact.version, b.source, b.event_sequence, b.fact_index);
}

/// Picks one value out of several words: the weightiest source's latest. What stands only in a retraction
/// counts where nothing else is said.
template <class T>
class Choice {
 public:
  explicit Choice(const EvidenceOrder& order) : order_(&order) {}
  void offer(const Statement& said, const T& value) {
    if (!by_ || better(said, *by_)) by_ = &said, value_ = value;
  }
  const std::optional<T>& value() const { return value_; }

 private:
  bool better(const Statement& a, const Statement& b) const {
    const bool a_holds = asserts(a.fact.op), b_holds = asserts(b.fact.op);
    if (a_holds != b_holds) return a_holds;
    if (a.fact.evidence != b.fact.evidence) return order_->outweighs(a.fact.evidence, b.fact.evidence);
    return told_before(b, a);
  }
  const EvidenceOrder* order_;
  const Statement* by_ = nullptr;
  std::optional<T> value_;
};

/// A key's claim taken back: by its current version, a retraction or denial.
struct TakenBack {
  const Statement* by = nullptr;
  const Statement* claim = nullptr;  ///< the last one under the key; null: it has met nothing
};

/// What is said of a death: by current versions that assert it, and by those that take it back.
struct DeathWords {
  std::vector<const Statement*> holds;
  std::vector<TakenBack> taken_back;
};

/// The claim that the current version of a key takes back: the last one told by version, then by the log.
const Statement* claim_taken_back(const History& history, std::int64_t known_at_us) {
  const Statement* last = nullptr;
  for (const auto& version : history.versions)
    if (asserts(version.fact.op) && known_then(version, known_at_us) &&
        (!last || compare_versions(version.fact.version, last->fact.version) >= 0))
      last = &version;
  return last;
}

/// Whether what was taken back may mean this claim under another key as well: of the same source, of the same
/// evidence class or a lighter one. A retraction means what was told before the claim it met, since what came
/// after was issued anew; if it met nothing, what was told before itself. A denial says that nothing of the
/// kind was true until then; of the same version it says nothing.
bool may_mean(const TakenBack& taken, const Statement& claim, const EvidenceOrder& order) {
  const auto& by = *taken.by;
  if (by.source != claim.source || order.outweighs(claim.fact.evidence, by.fact.evidence)) return false;
  const bool retracts = by.fact.op == Op::retract || by.fact.op == Op::untold;
  const auto& until = retracts && taken.claim ? *taken.claim : by;
  const auto earlier = compare_versions(claim.fact.version, until.fact.version);
  if (earlier != 0) return earlier < 0;
  // Of one version, files of a source may come in any order: what was taken back is then the other one alone.
  return retracts && !taken.claim && log_before(claim, until);
}

/// Doubts a death whose claims may have been taken back under another key, where no word of the same weight
/// is left without such doubt.
void doubt_death(Happening& death, const DeathWords& words, const EvidenceOrder& order) {
  auto doubted = [&](const Statement* claim) {
    return std::any_of(words.taken_back.begin(), words.taken_back.end(),
                       [&](const TakenBack& taken) { return may_mean(taken, *claim, order); });
  };
  std::optional<int> best_left, best_doubted;  // ranks
  for (const auto* claim : words.holds) {
    auto& best = doubted(claim) ? best_doubted : best_left;
    const auto rank = order.rank(claim->fact.evidence);
    best = best ? std::min(*best, rank) : rank;
  }
  if (!best_doubted) return;
  if (!death.disputed && (!best_left || *best_doubted < *best_left))
    death.disputed = true, death.dispute = "death taken back under another key";
}

/// One death from all that is said of it.
std::optional<Happening> settle_death(const DeathWords& words, const EvidenceRules& rules) {
  const auto& holds = words.holds;
  if (holds.empty()) return std::nullopt;
  const auto& order = rules.of(FactKind::death).order;
  Happening death;
  death.evidence.assign(holds.begin(), holds.end());
  for (const auto& taken : words.taken_back)
    if (taken.claim || std::any_of(holds.begin(), holds.end(),
                                   [&](const auto* claim) { return may_mean(taken, *claim, order); }))
      death.withdrawn.push_back(taken.by);
  std::sort(death.evidence.begin(), death.evidence.end(), before);
  std::sort(death.withdrawn.begin(), death.withdrawn.end(), before);

  const auto weightiest = std::min_element(holds.begin(), holds.end(), [&](const auto* a, const auto* b) {
    return order.outweighs(a->fact.evidence, b->fact.evidence);
  });
  const auto best = (*weightiest)->fact.evidence;
  bool first = true;
  Date earliest = Date::forever(), latest = Date::beginning();
  for (const auto* said : holds) {
    const auto& on = *said->fact.on;
    earliest = std::min(earliest, on.last());
    latest = std::max(latest, on.first);
    if (said->fact.evidence != best) continue;
    bool better = first || on.precision < death.on.precision ||
                  (on.precision == death.on.precision && on.first < death.on.first);
    if (better) death.on = on;
    first = false;
  }
  for (const auto& taken : words.taken_back)
    if (taken.claim && order.outweighs(taken.by->fact.evidence, best))
      death.disputed = true, death.dispute = "death taken back by a weightier source";
  if (!death.disputed && latest.days() - earliest.days() > rules.date_dispute_days)
    death.disputed = true, death.dispute = "dates of death far apart";
  doubt_death(death, words, order);
  return death;
}

/// Grades over time. A certificate's own word counts from its day until the next one's. What a later
/// certificate says of the one before it only fills the days before the first own word; of several the
/// nearest to those days.
std::vector<DisabilityGrade> settle_grades(std::vector<const Statement*> said) {
  auto earlier = [](const Statement* one) { return one->fact.status == "earlier"; };
  auto before_in_time = [](const Statement* a, const Statement* b) {
    if (a->fact.on->first != b->fact.on->first) return a->fact.on->first < b->fact.on->first;
    return told_before(*a, *b);
  };
  std::sort(said.begin(), said.end(), before_in_time);
  auto first_own = std::find_if_not(said.begin(), said.end(), earlier);
  Date own_from = first_own == said.end() ? Date::forever() : (*first_own)->fact.on->first;
  const Statement* before = nullptr;
  for (const auto* one : said) {
    if (!earlier(one) || one->fact.on->first >= own_from) continue;
    auto until = [](const Statement* word) {
      return word->fact.until ? word->fact.until->first : Date::forever();
    };
    if (!before || until(one) < until(before) || (until(one) == until(before) && before_in_time(before, one)))
      before = one;
  }
  std::erase_if(said, [&](const auto* one) { return earlier(one) && one != before; });
  std::vector<DisabilityGrade> grades;
  for (std::size_t i = 0; i < said.size(); ++i) {
    const auto& fact = said[i]->fact;
    Date from = fact.on->first, next = i + 1 < said.size() ? said[i + 1]->fact.on->first : Date::forever();
    if (from == next) continue;  // of one day the later word counts
    Date ends = fact.until ? fact.until->last().plus_days(1) : Date::forever();
    DisabilityGrade grade{*fact.grade, fact.category, {from, std::min(next, ends)}, ends < next, {said[i]}};
    if (!grade.valid.empty()) grades.push_back(std::move(grade));
  }
  return grades;
}

/// Where a word says that somebody is registered; empty: it does not say where.
std::string region_of(const Fact& fact) {
  return fact.region_to ? *fact.region_to : fact.region.value_or("");
}

constexpr std::string_view elsewhere = "a case worker tells another residence than the registers";

/// What is no proof alone, as a case worker's words never are, fills in for registers that say nothing;
/// beside theirs it is a conflict at most.
bool registers_tell_residence(const std::vector<History::State>& said, EvidenceClasses proof) {
  return std::any_of(said.begin(), said.end(), [&](const History::State& one) {
    return proof.has(one.said->fact.evidence) && one.said->fact.on && !region_of(one.said->fact).empty();
  });
}

/// Whether the latest of a case worker's words for it is not what the registers say of that day.
bool desk_tells_elsewhere(const std::vector<History::State>& said, const std::vector<Registered>& residence) {
  const Statement* latest = nullptr;
  for (const auto& [one, ended_by] : said)
    if (by_desk(*one) && one->fact.on && one->fact.region && (!latest || told_before(*latest, *one)))
      latest = one;
  return latest && std::none_of(residence.begin(), residence.end(), [&](const Registered& one) {
           return one.region == *latest->fact.region && one.when.contains(latest->fact.on->last());
         });
}

std::vector<Registered> settle_residence(const std::vector<History::State>& said, EvidenceClasses proof,
                                         std::string (*place_of)(const Fact&) = region_of) {
  struct Word {
    Date since;
    std::string region;
    const Statement* by;
    bool ends = false;  ///< the registration in that region, if it is the one that holds then
  };
  std::vector<Word> words;
  const bool registers_tell = registers_tell_residence(said, proof);
  for (const auto& [one, ended_by] : said) {
    if (registers_tell && !proof.has(one->fact.evidence)) continue;
    const auto& fact = one->fact;
    const auto place = place_of(fact);
    if (place.empty() || !fact.on) continue;
    words.push_back({fact.on->first, place, one});
    if (ended_by) words.push_back({ended_by->fact.on->first, place, ended_by, true});
  }
  std::sort(words.begin(), words.end(), [](const Word& a, const Word& b) {
    return a.since != b.since ? a.since < b.since : told_before(*a.by, *b.by);
  });
  std::vector<Registered> residence;
  // A move that says where from: registered there before, since when is not known. The register that was left
  // and the one that was moved to tell the same day, in any order.
  const auto from = std::find_if(words.begin(), words.end(), [&](const Word& one) {
    return one.since == words.front().since && one.by->fact.region_to && one.by->fact.region;
  });
  if (from != words.end())
    residence.push_back({*from->by->fact.region, {Date::beginning(), Date::forever()}, {from->by}});
  for (const auto& word : words) {
    const bool holds = !residence.empty() && residence.back().when.until == Date::forever();
    // Whoever says less of the same place does not say that it is another.
    const bool same = holds && residence.back().region.starts_with(word.region);
    if (word.ends && !same) continue;  // moved on before
    if (same) {
      residence.back().evidence.push_back(word.by);
      if (word.ends) residence.back().when.until = word.since;
      continue;
    }
    if (holds) residence.back().when.until = word.since;
    if (!residence.empty() && residence.back().when.empty()) residence.pop_back();
    residence.push_back({word.region, {word.since, Date::forever()}, {word.by}});
  }
  for (auto& one : residence)
    std::sort(one.evidence.begin(), one.evidence.end(), before);
  return residence;
}

/// The current number: the weightiest source's latest that no correction has replaced. A message that still
/// carries a replaced number does not bring it back.
void settle_numbers(Portrait& portrait, const std::vector<std::pair<const Statement*, std::string>>& told,
                    std::vector<std::string> former, const EvidenceOrder& order) {
  Choice<std::string> current(order), any(order);
  for (const auto& [said, number] : told) {
    any.offer(*said, number);
    if (std::find(former.begin(), former.end(), number) == former.end()) current.offer(*said, number);
  }
  portrait.citizen_number = current.value().value_or(any.value().value_or(""));
  for (const auto& [said, number] : told)
    if (asserts(said->fact.op)) former.push_back(number);
  std::sort(former.begin(), former.end());
  former.erase(std::unique(former.begin(), former.end()), former.end());
  std::erase(former, portrait.citizen_number);
  portrait.former_numbers = std::move(former);
}

void add_ties(Portrait& portrait, const History& history, const Statement& said, Role own,
              const EvidenceRules& rules) {
  auto version = static_cast<std::uint32_t>(&said - history.versions.data());
  const bool unproven = !rules.of(said.fact.kind).proof.has(said.fact.evidence);
  auto add = [&](Tie::Kind kind, std::size_t other) {
    const auto& mention = said.fact.people[other];
    portrait.ties.push_back({kind,
                             mention.role,
                             said.fact.on,
                             history.key,
                             {version, static_cast<std::uint32_t>(other)},
                             &mention,
                             &said,
                             unproven,
                             unproven});
  };
  for (std::size_t other = 0; other < said.fact.people.size(); ++other) {
    auto role = said.fact.people[other].role;
    if (role == own) continue;
    bool up = own == Role::person && (role == Role::mother || role == Role::father);
    bool down = role == Role::person && (own == Role::mother || own == Role::father);
    const auto kind = said.fact.kind;
    if (kind == FactKind::birth || kind == FactKind::parentage) {
      if (up) add(Tie::Kind::child_of, other);
      if (down) add(Tie::Kind::parent_of, other);
    } else if (kind == FactKind::adoption) {
      if (up) add(Tie::Kind::adopted_by, other);
      if (down) add(Tie::Kind::adopts, other);
    } else if (kind == FactKind::adoption_dissolved) {
      if (up || down) add(Tie::Kind::adoption_ended, other);
    } else if (kind == FactKind::adoption_voided) {
      if (up || down) add(Tie::Kind::adoption_voided, other);
    } else if (kind == FactKind::marriage) {
      add(Tie::Kind::married, other);
    } else if (kind == FactKind::divorce) {
      add(Tie::Kind::divorced, other);
    } else if (kind == FactKind::marriage_annulled) {
      add(Tie::Kind::annulled, other);
    } else if (kind == FactKind::distinct) {
      add(Tie::Kind::distinct_from, other);
    }
  }
}

bool share_an_identifier(const Mention& a, const Mention& b) {
  return std::any_of(a.identifiers.begin(), a.identifiers.end(), [&](const Identifier& one) {
    return std::find(b.identifiers.begin(), b.identifiers.end(), one) != b.identifiers.end();
  });
}

/// Whether what was taken back may mean the statement of this tie: of the same kind and of the same other
/// person, if it names one. People marry and adopt more than once, so that what met its own claim means no
/// other; they are born once.
bool may_mean(const TakenBack& taken, const Tie& tie, const EvidenceRules& rules) {
  const auto& by = taken.by->fact;
  if (by.kind != tie.evidence->fact.kind || (taken.claim && by.kind != FactKind::birth) ||
      !may_mean(taken, *tie.evidence, rules.of(by.kind).order))
    return false;
  auto other = std::find_if(by.people.begin(), by.people.end(),
                            [&](const Mention& mention) { return mention.role == tie.role; });
  return other == by.people.end() || other->identifiers.empty() || share_an_identifier(*other, *tie.mention);
}

/// The states that policies may ask. Settled only for those of whom one is told.
constexpr std::array asked_states{FactKind::support, FactKind::pension,        FactKind::credential,
                                  FactKind::insured, FactKind::household_type, FactKind::work};

/// What is said of a person's life, to be settled when all of it has been heard.
struct Told {
  explicit Told(const EvidenceRules& rules) : born(rules.of(PersonWord::born).order) {}
  Choice<PartialDate> born;
  DeathWords deaths;
  std::vector<const Statement*> grades;
  std::vector<History::State> residence;
  std::vector<TakenBack> ties;                                    ///< taken back
  std::vector<std::pair<const Mention*, PartialDate>> described;  ///< by name and day of birth
  bool renamed = false;                                           ///< some source tells names over time
  std::array<bool, 6> states{};                                   ///< of asked_states, those that are told
};

bool disjoint(const PartialDate& a, const PartialDate& b) {
  return a.last() < b.first || b.last() < a.first;
}

const std::string* police_id(const Mention& mention) {
  for (const auto& identifier : mention.identifiers)
    if (identifier.kind == IdentifierKind::police_id) return &identifier.value;
  return nullptr;
}

/// Whether the words of some mention fit somebody else: another name that tells who, another day of birth,
/// and no police id that says that it is the same person all the same.
bool describes_others(const Portrait& portrait, const Told& told) {
  if (!portrait.born || !tells_who(portrait.name)) return false;
  auto fits = [&](const auto& one) {
    return !disjoint(one.second, *portrait.born) || same_name(*one.first->name, portrait.name) ||
           !tells_who(*one.first->name);
  };
  return std::any_of(told.described.begin(), told.described.end(), [&](const auto& other) {
    if (fits(other)) return false;
    const auto* id = police_id(*other.first);
    return !id || std::none_of(told.described.begin(), told.described.end(), [&](const auto& one) {
      const auto* same = fits(one) ? police_id(*one.first) : nullptr;
      return same && *same == *id;
    });
  });
}

/// Finds what does not fit together: a number's own day of birth or sex against the sources', words that
/// describe two people, a death before the birth. The last two leave a death disputed.
void settle_conflicts(Portrait& portrait, const Told& told, const std::optional<CitizenNumber>& number) {
  auto& conflicts = portrait.conflicts;
  if (number && portrait.born && disjoint({number->birth(), Precision::day}, *portrait.born))
    conflicts.emplace_back("citizen number of another day of birth");
  if (number && portrait.sex != number->sex()) conflicts.emplace_back("citizen number of another sex");
  std::string doubt;
  if (describes_others(portrait, told)) {
    conflicts.emplace_back("one number, people of different name and day of birth");
    doubt = conflicts.back();
  }
  auto& death = portrait.death;
  if (!death) return;
  if (death->dispute.empty() && !doubt.empty()) death->disputed = true, death->dispute = doubt;
  if (portrait.born && death->on.last() < portrait.born->first)
    death->disputed = true, death->dispute = "death before birth";
}

/// A fact that is about the person itself: kept in the portrait at once, or to be settled. Of a kind that is
/// not named here the portrait says nothing (standing.hpp).
void add_fact(Portrait& portrait, Told& told, const Statement& said) {
  const auto& fact = said.fact;
  if (fact.kind == FactKind::birth) {
    if (fact.on) told.born.offer(said, *fact.on);
    portrait.birth_evidence.push_back(&said);
  } else if (fact.kind == FactKind::death) {
    if (fact.on) told.deaths.holds.push_back(&said);
  } else if (fact.kind == FactKind::disability) {
    if (fact.on && fact.grade) told.grades.push_back(&said);
  } else if (fact.kind == FactKind::residence) {
    told.residence.push_back({&said, nullptr});
  } else if (fact.kind == FactKind::insurance) {
    portrait.insurance.push_back({fact.status.value_or(""), fact.on, &said});
  } else if (fact.kind == FactKind::household) {
    portrait.households.push_back({fact.household_number.value_or(""), fact.relation.value_or(""), &said});
  } else if (fact.kind == FactKind::alive) {
    if (fact.on) portrait.seen_alive.push_back(&said);
  } else if (fact.kind == FactKind::name) {
    told.renamed = true;
  } else if (const auto asked = std::find(asked_states.begin(), asked_states.end(), fact.kind);
             asked != asked_states.end()) {
    told.states[static_cast<std::size_t>(asked - asked_states.begin())] = true;
  }
}

}  // namespace

bool may_be_asked(FactKind kind) {
  return std::find(asked_states.begin(), asked_states.end(), kind) != asked_states.end();
}

Evidence evidence_of(const Statement& said) {
  return {said.source,  said.fact.key,       said.fact.kind,      said.fact.evidence,
          said.fact.on, said.received_at_us, said.event_sequence, {}};
}

std::vector<Evidence> evidence_of(const std::vector<Support>& said) {
  std::vector<Evidence> all;
  all.reserve(said.size());
  for (const auto* one : said)
    all.push_back(evidence_of(*one));
  return all;
}

Portrait portray(const Dossier& dossier, std::int64_t known_at_us, const EvidenceRules& rules) {
  Portrait portrait;
  portrait.person = dossier.person;
  Choice<std::string> name(rules.of(PersonWord::name).order);
  std::vector<std::pair<const Statement*, std::string>> numbers;
  std::vector<std::string> former, former_by_desk;
  Choice<Sex> sex(rules.of(PersonWord::sex).order), sex_by_desk(sex);
  Told told(rules);
  Choice<PartialDate> born_told(told.born), born_by_desk(told.born);

  for (const auto& entry : dossier.entries) {
    const auto* said = entry.history.current(known_at_us);
    if (!said) continue;
    for (const auto& state : entry.history.states_before(known_at_us))
      if (const auto* own = entry.mention_in(*state.said);
          own && own->role == Role::person && state.said->fact.kind == FactKind::residence)
        told.residence.push_back(state);
    const auto* own = entry.mention_in(*said);
    if (!own) continue;  // a later version speaks of someone else
    const auto& fact = said->fact;
    if (!joins_people(fact) && !from_absence(fact.op)) continue;
    const bool holds = asserts(fact.op), about_me = own->role == Role::person;
    // A word of the kind `name` may tell one that is borne no more: its own timeline knows.
    if (own->name && fact.kind != FactKind::name) name.offer(*said, *own->name);
    if (own->sex && *own->sex != Sex::unknown) (by_desk(*said) ? sex_by_desk : sex).offer(*said, *own->sex);
    if (own->born) (by_desk(*said) ? born_by_desk : born_told).offer(*said, *own->born);
    for (const auto& identifier : own->identifiers) {
      if (identifier.kind == IdentifierKind::citizen_number) numbers.emplace_back(said, identifier.value);
      portrait.registered |=
          identifier.kind == IdentifierKind::citizen_number || identifier.kind == IdentifierKind::police_id;
    }
    if (!holds) {
      const TakenBack taken{said, claim_taken_back(entry.history, known_at_us)};
      if (fact.kind == FactKind::death && about_me) told.deaths.taken_back.push_back(taken);
      if (fact.kind != FactKind::death && fact.people.size() > 1 && fact.op == Op::retract)
        told.ties.push_back(taken);
      continue;
    }
    for (const auto& identifier : own->former)
      if (identifier.kind == IdentifierKind::citizen_number)
        (by_desk(*said) ? former_by_desk : former).push_back(identifier.value);
    const auto& born_here = !own->born && fact.kind == FactKind::birth && about_me ? fact.on : own->born;
    if (own->name && born_here && fact.kind != FactKind::name) told.described.emplace_back(own, *born_here);
    if (by_desk(*said) && !desk_may_tell(fact.kind)) continue;
    add_ties(portrait, entry.history, *said, own->role, rules);
    if (!about_me) continue;
    add_fact(portrait, told, *said);
  }

  if (told.renamed)
    for (const auto& borne : standing_of(FactKind::name, dossier, known_at_us, rules))
      if (borne.when.until == Date::forever())
        if (borne.own->name) name.offer(*borne.said, *borne.own->name);
  portrait.name = name.value().value_or("");
  for (auto& number : former_by_desk)  // an agency that says it now is not overruled
    if (std::none_of(numbers.begin(), numbers.end(), [&](const auto& one) {
          return one.second == number && asserts(one.first->fact.op) && !by_desk(*one.first);
        }))
      former.push_back(std::move(number));
  settle_numbers(portrait, numbers, std::move(former), rules.of(PersonWord::number).order);
  std::optional<CitizenNumber> holder;
  if (!portrait.citizen_number.empty())
    if (auto number = CitizenNumber::read(portrait.citizen_number)) holder = *number;
  // A case worker's word counts behind that of the number.
  portrait.sex = sex.value().value_or(holder ? holder->sex() : sex_by_desk.value().value_or(Sex::unknown));
  portrait.born = told.born.value();
  if (!portrait.born) portrait.born = born_told.value();
  if (!portrait.born && holder) portrait.born = PartialDate{holder->birth(), Precision::day};
  if (!portrait.born) portrait.born = born_by_desk.value();
  portrait.death = settle_death(told.deaths, rules);
  for (const auto& taken : told.deaths.taken_back)
    if (!portrait.death && taken.claim) portrait.death_taken_back.push_back(taken.by);
  std::sort(portrait.death_taken_back.begin(), portrait.death_taken_back.end(), before);
  settle_conflicts(portrait, told, holder);
  std::sort(portrait.seen_alive.begin(), portrait.seen_alive.end(), before);
  if (portrait.death) doubt_by_life(*portrait.death, portrait.seen_alive, rules);
  portrait.disability = settle_grades(std::move(told.grades));
  const auto proof = rules.of(FactKind::residence).proof;
  portrait.residence = settle_residence(told.residence, proof);
  if (registers_tell_residence(told.residence, proof) &&
      desk_tells_elsewhere(told.residence, portrait.residence))
    portrait.conflicts.emplace_back(elsewhere);
  for (std::size_t i = 0; i < asked_states.size(); ++i)
    if (told.states[i])
      for (auto& state : standing_of(asked_states[i], dossier, known_at_us, rules))
        portrait.states.push_back(std::move(state));
  std::sort(portrait.birth_evidence.begin(), portrait.birth_evidence.end(), before);
  for (const auto& taken : told.ties)
    for (auto& tie : portrait.ties)
      tie.doubted |= may_mean(taken, tie, rules);
  std::sort(portrait.ties.begin(), portrait.ties.end(), [](const Tie& a, const Tie& b) {
    if (std::tie(a.kind, a.on) != std::tie(b.kind, b.on))
      return std::tie(a.kind, a.on) < std::tie(b.kind, b.on);
    if (a.evidence != b.evidence) return before(a.evidence, b.evidence);
    return a.role < b.role;
  });
  auto by_evidence = [](const auto& a, const auto& b) { return before(a.evidence, b.evidence); };
  std::sort(portrait.insurance.begin(), portrait.insurance.end(), by_evidence);
  std::sort(portrait.households.begin(), portrait.households.end(), by_evidence);
  return portrait;
}

void doubt_by_life(Happening& death, const std::vector<Support>& seen_alive, const EvidenceRules& rules) {
  if (death.disputed) return;
  for (const auto* seen : seen_alive)
    if (death.on.last().plus_days(rules.seen_alive_days) < seen->fact.on->first)
      death.disputed = true, death.dispute = "seen_alive_after";
}

std::string registered_area(const Fact& fact) {
  auto region = region_of(fact);
  // An area elsewhere than the region is that of a place left.
  const auto* area = find_attribute(fact, FactField::area);
  return area && area->text.starts_with(region) ? area->text : region;
}

std::vector<Registered> residence_by_area(const Dossier& dossier, std::int64_t known_at_us,
                                          const EvidenceRules& rules) {
  std::vector<History::State> said;
  for (const auto& entry : dossier.entries) {
    if (entry.history.versions.empty() || entry.history.versions[0].fact.kind != FactKind::residence)
      continue;
    const auto* current = entry.history.current(known_at_us);
    if (!current) continue;
    auto states = entry.history.states_before(known_at_us);
    if (asserts(current->fact.op)) states.push_back({current, nullptr});
    for (const auto& state : states)
      if (const auto* own = entry.mention_in(*state.said); own && own->role == Role::person)
        said.push_back(state);
  }
  return settle_residence(said, rules.of(FactKind::residence).proof, registered_area);
}

std::vector<Support> unnamed_death(const Portrait& portrait) {
  if (!portrait.death || portrait.registered) return {};
  const auto is_known_kin = [](const Tie& tie) {
    switch (tie.kind) {
      case Tie::Kind::child_of:
      case Tie::Kind::parent_of:
      case Tie::Kind::adopted_by:
      case Tie::Kind::adopts:
        return !tie.mention->identifiers.empty() || !tie.mention->former.empty();
      case Tie::Kind::adoption_ended:
      case Tie::Kind::adoption_voided:
      case Tie::Kind::married:
      case Tie::Kind::divorced:
      case Tie::Kind::annulled:
      case Tie::Kind::distinct_from:
        return false;
    }
    return false;
  };
  if (std::any_of(portrait.ties.begin(), portrait.ties.end(), is_known_kin)) return {};
  return portrait.death->evidence;
}

}  // namespace kinhub
