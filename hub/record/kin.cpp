#include "hub/record/kin.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "hub/base/name_form.hpp"

namespace kinhub {
namespace {

using What = Cause::What;

Date day_of(const std::optional<PartialDate>& date, Date otherwise) {
  return date ? date->first : otherwise;
}

/// A hospital's newborn (no number, no police id) and the registered child that it is taken for.
struct SameChild {
  PersonId newborn, registered;
};

/// Whether somebody decided that the two are not one.
bool told_apart(PersonId one, PersonId other, People& people) {
  for (const auto& tie : people.portrait(one).ties)
    if (tie.kind == Tie::Kind::distinct_from && people.whose(tie) == other) return true;
  return false;
}

/// Deduplicates hospital newborns against registered children of the same day, then of a day before or after:
/// agencies differ about midnight. Of k newborns and n registered children of one day, min(k, n) are the
/// same; what is left over are further children. Those of one sex go first, and of these the ones that both
/// died or both live, then those that live: a newborn's own death finds the child that died.
std::vector<SameChild> same_children(const std::vector<PersonId>& born, People& people) {
  struct One {
    PersonId child;
    const Portrait* is = nullptr;
    std::string order = {};  ///< never a number of ours: they follow the order of arrival
  };
  std::vector<One> newborns, registered;
  for (auto child : born) {
    const auto& is = people.portrait(child);
    if (is.born) (is.registered ? registered : newborns).push_back({child, &is});
  }
  if (newborns.empty() || registered.empty()) return {};  // as nearly always
  for (auto* all : {&newborns, &registered}) {
    for (auto& one : *all) {
      one.order = one.is->citizen_number;
      for (const auto* said : one.is->birth_evidence)
        one.order += "\n" + said->source + "\n" + said->fact.key;
    }
    std::sort(all->begin(), all->end(), [](const One& a, const One& b) { return a.order < b.order; });
  }
  std::vector<SameChild> same;
  auto same_sex = [](const One& a, const One& b) {
    return a.is->sex == b.is->sex || a.is->sex == Sex::unknown || b.is->sex == Sex::unknown;
  };
  enum class Fate { alike, newborn_lives, any };
  auto match = [&](int days, bool of_one_sex, Fate fate) {
    std::erase_if(newborns, [&](const One& newborn) {
      const auto day = newborn.is->born->first.plus_days(days);
      const auto found = std::find_if(registered.begin(), registered.end(), [&](const One& one) {
        return one.is->born->first == day && (!of_one_sex || same_sex(newborn, one)) &&
               !told_apart(newborn.child, one.child, people) &&
               (fate == Fate::any || (fate == Fate::newborn_lives && !newborn.is->death) ||
                newborn.is->death.has_value() == one.is->death.has_value());
      });
      if (found == registered.end()) return false;
      same.push_back({newborn.child, found->child});
      registered.erase(found);
      return true;
    });
  };
  for (int days : {0, -1, 1})
    for (bool of_one_sex : {true, false})
      for (auto fate : {Fate::alike, Fate::newborn_lives, Fate::any})
        match(days, of_one_sex, fate);
  return same;
}

/// The newborns that are taken for registered children, of each parent looked at once: all brothers and
/// sisters of a child ask for the same.
class Newborns {
 public:
  explicit Newborns(People& people) : people_(people) {}

  /// Those of any parent that are taken for this registered child.
  std::vector<PersonId> of(PersonId child) {
    std::vector<PersonId> newborns;
    if (!people_.portrait(child).registered) return newborns;
    for (const auto& up : people_.portrait(child).ties) {
      if (up.kind != Tie::Kind::child_of || by_desk(*up.evidence)) continue;
      const auto parent = people_.whose(up);
      if (!parent) continue;
      for (const auto& [newborn, registered] : of_parent(parent))
        if (registered == child && std::find(newborns.begin(), newborns.end(), newborn) == newborns.end())
          newborns.push_back(newborn);
    }
    return newborns;
  }

 private:
  const std::vector<SameChild>& of_parent(PersonId parent) {
    const auto [known, fresh] = known_.try_emplace(parent);
    if (!fresh) return known->second;
    std::vector<PersonId> born;
    bool any_newborn = false;
    for (const auto& down : people_.portrait(parent).ties) {
      const bool told = down.kind == Tie::Kind::parent_of && !by_desk(*down.evidence);
      const auto one = told ? people_.whose(down) : PersonId{};
      if (!one) continue;
      born.push_back(one);
      any_newborn |= !people_.portrait(one).registered;
    }
    if (!any_newborn) return known->second;  // as nearly always
    std::vector<PersonId> once;
    for (auto one : born)
      if (std::find(once.begin(), once.end(), one) == once.end()) once.push_back(one);
    return known->second = same_children(once, people_);
  }

  People& people_;
  std::map<PersonId, std::vector<SameChild>> known_;
};

/// Whether a case worker alone tells of the child.
bool told_by_desk(const ChildTie& child) {
  return std::all_of(child.starts.begin(), child.starts.end(), [](Support said) { return by_desk(*said); });
}

/// Drops the newborns that are taken for a registered child.
void absorb_newborns(std::vector<ChildTie>& children, People& people) {
  std::vector<PersonId> born;
  for (const auto& child : children)
    if (child.relation == ChildRelation::born && !told_by_desk(child)) born.push_back(child.child);
  const auto same = same_children(born, people);
  std::erase_if(children, [&](const ChildTie& child) {
    return std::any_of(same.begin(), same.end(),
                       [&](const SameChild& one) { return one.newborn == child.child; });
  });
}

/// Possible duplicates among the registered children of one parent: of those of one name, sex and day of
/// birth the ones without a citizen number are possible beside another, that has a number, or died, or was
/// told first by source and key. Twins never have one name; two numbers are two people.
void doubt_registered_twice(std::vector<ChildTie>& children, People& people) {
  struct One {
    ChildTie* tie;
    const Portrait* is;
    std::string order = {};  ///< as of same_children: never a number of ours
  };
  std::vector<One> registered;
  for (auto& tie : children) {
    const auto& is = people.portrait(tie.child);
    if (told_by_desk(tie) || tie.relation != ChildRelation::born || !is.registered || !is.born ||
        !tells_who(is.name))
      continue;
    registered.push_back({&tie, &is});
  }
  const auto without_number = [](const One& one) { return one.is->citizen_number.empty(); };
  if (registered.size() < 2 || std::none_of(registered.begin(), registered.end(), without_number)) return;
  for (auto& [tie, is, order] : registered)
    for (const auto* all : {&is->birth_evidence, &std::as_const(tie->starts)})
      for (const auto* said : *all)
        order += "\n" + said->source + "\n" + said->fact.key;
  std::sort(registered.begin(), registered.end(), [](const One& a, const One& b) {
    auto rank = [](const One& one) {
      return std::make_tuple(one.is->citizen_number.empty(), !one.is->death, std::string_view(one.order));
    };
    return rank(a) < rank(b);
  });
  for (auto one = registered.begin(); one != registered.end(); ++one) {
    const auto& is = *one->is;
    if (!is.citizen_number.empty() || !one->tie->dispute.empty()) continue;
    const bool again = std::any_of(registered.begin(), one, [&](const One& earlier) {
      const bool same_sex =
          earlier.is->sex == is.sex || earlier.is->sex == Sex::unknown || is.sex == Sex::unknown;
      return *earlier.is->born == *is.born && same_sex && same_name(earlier.is->name, is.name) &&
             !told_apart(one->tie->child, earlier.tie->child, people);
    });
    if (again) one->tie->dispute = "perhaps a child registered twice";
  }
}

constexpr std::string_view taken_back_elsewhere = "a parent taken back under another key",
                           told_by_desk_alone = "a parent told by a case worker alone",
                           told_without_proof = "a parent told by a word that is no proof alone";

std::string_view doubt_of(const Tie& tie) {
  if (!tie.doubted) return {};
  if (by_desk(*tie.evidence)) return told_by_desk_alone;
  return tie.unproven ? told_without_proof : taken_back_elsewhere;
}

/// Why somebody may not be the parent of a child born to them: another mother or father of a number or police
/// id is named, or they are no older than the child.
std::string_view dispute_of(PersonId parent, PersonId child, People& people) {
  const auto& of_child = people.portrait(child);
  const auto& own = people.portrait(parent);
  if (own.born && of_child.born && own.born->first >= of_child.born->last())
    return "a parent is not older than the child";
  if (!own.registered) return {};
  std::optional<Role> role;
  for (const auto& tie : of_child.ties)
    if (tie.kind == Tie::Kind::child_of && people.whose(tie) == parent) role = tie.role;
  for (const auto& tie : of_child.ties) {
    if (tie.kind != Tie::Kind::child_of || tie.role != role || by_desk(*tie.evidence)) continue;
    const auto other = people.whose(tie);
    if (other && other != parent && people.portrait(other).registered)
      return role == Role::mother ? "two mothers named" : "two fathers named";
  }
  return {};
}

/// A person's death, with what is told of the newborns that are taken for them.
std::optional<Happening> death_with(const std::vector<PersonId>& newborns, PersonId person, People& people) {
  assert(person);
  auto death = people.portrait(person).death;
  const bool own = death.has_value();
  for (auto newborn : newborns) {
    const auto& told = people.portrait(newborn).death;
    if (!told) continue;
    if (!death) {
      death = *told;
      death->disputed = true;
      if (death->dispute.empty()) death->dispute = "death of a newborn taken for this child";
      continue;
    }
    death->evidence.insert(death->evidence.end(), told->evidence.begin(), told->evidence.end());
    std::sort(death->evidence.begin(), death->evidence.end(), [](Support a, Support b) {
      return std::tie(a->source, a->fact.key) < std::tie(b->source, b->fact.key);
    });
    const auto apart = std::max(told->on.first.days() - death->on.last().days(),
                                death->on.first.days() - told->on.last().days());
    if (own && !death->disputed && apart > people.evidence_rules().date_dispute_days)
      death->disputed = true, death->dispute = "dates of death far apart";
  }
  if (death) doubt_by_life(*death, people.portrait(person).seen_alive, people.evidence_rules());
  return death;
}

class KinBuilder {
 public:
  KinBuilder(PersonId parent, People& people) : people_(people) { index_of(parent); }

  std::int16_t index_of(PersonId person) { return index_of(person, people_.portrait(person).death); }
  std::int16_t index_of(PersonId person, const std::optional<Happening>& death) {
    for (std::size_t i = 0; i < kin_.people.size(); ++i)
      if (kin_.people[i] == person) return static_cast<std::int16_t>(i);
    auto index = static_cast<std::int16_t>(kin_.people.size());
    kin_.people.push_back(person);
    kin_.situation.people.emplace_back();
    const auto& portrait = people_.portrait(person);
    SituationPerson known;
    known.sex = portrait.sex;
    if (portrait.born) known.born = SituationPerson::Born{portrait.born->first, portrait.born->last()};
    if (death) {
      const auto first = death->on.first, on = death->on.last();
      known.died = SituationPerson::Died{on, death->disputed ? Certainty::possible : Certainty::sure,
                                         cause(What::death, index, on, 0, death->evidence), first};
      if (first < on) cause(What::death, index, first, 0, death->evidence);
      tell_proof(*known.died, death->evidence);
    }
    kin_.situation.people[static_cast<std::size_t>(index)] = known;
    return index;
  }
  /// A spouse known by name alone: of nobody's dossier.
  std::int16_t index_of(const Mention& named) {
    SituationPerson known;
    known.sex = named.sex.value_or(named.role == Role::wife ? Sex::female : Sex::male);
    if (named.born) known.born = SituationPerson::Born{named.born->first, named.born->last()};
    kin_.people.emplace_back();
    kin_.situation.people.push_back(known);
    return static_cast<std::int16_t>(kin_.people.size() - 1);
  }

  CauseIndex cause(What what, std::int16_t person, Date on, int number,
                   const std::vector<Support>& evidence) {
    Cause cause{what, person, on, number};
    auto& causes = kin_.situation.causes;
    auto known = std::find(causes.begin(), causes.end(), cause);
    if (known != causes.end()) return static_cast<CauseIndex>(known - causes.begin());
    causes.push_back(cause);
    kin_.evidence.push_back(evidence);
    return static_cast<CauseIndex>(causes.size() - 1);
  }

  void add(const ChildTie& tie) {
    const auto newborns = newborns_.of(tie.child);
    auto child = index_of(tie.child, death_with(newborns, tie.child, people_));
    const auto certainty = tie.dispute.empty() ? Certainty::sure : Certainty::possible;
    ChildSpan span{child, tie.relation, tie.when, certainty, no_cause, no_cause};
    auto starts = tie.relation == ChildRelation::adopted ? What::adoption : What::birth;
    if (tie.when.from > Date::beginning()) span.starts = cause(starts, child, tie.when.from, 0, tie.starts);
    if (tie.when.until < Date::forever())
      span.ends = cause(What::adoption_dissolved, child, tie.when.until, 0, tie.ends);
    auto up = tie.relation == ChildRelation::born ? Tie::Kind::child_of : Tie::Kind::adopted_by;
    for (const auto& other : people_.portrait(tie.child).ties)
      if (other.kind == up && !by_desk(*other.evidence))  // whose word alone moves no right
        if (auto person = people_.whose(other); person && person != kin_.people.front())
          span.other_parent = index_of(person);
    kin_.situation.children.push_back(span);
    auto same = newborns;
    same.push_back(tie.child);
    for (auto one : same) {
      const auto& taken_back = people_.portrait(one).death_taken_back;
      kin_.withdrawn.insert(kin_.withdrawn.end(), taken_back.begin(), taken_back.end());
    }
    add_grades(child, people_.portrait(tie.child));
  }

  /// A spouse's death, or the parent's own, ends the marriage on its day; a disputed one leaves the rest
  /// possible, until it ends otherwise.
  void add(const MarriageTie& tie) {
    auto spouse = tie.spouse ? index_of(tie.spouse) : index_of(*tie.named);
    MarriageSpan span{spouse, tie.when, tie.certainty, no_cause, no_cause};
    if (tie.when.from > Date::beginning())
      span.starts = cause(What::marriage, spouse, tie.when.from, 0, tie.starts);
    if (tie.when.until < Date::forever())
      span.ends = cause(What::divorce, spouse, tie.when.until, 0, tie.ends);
    span.divorced = tie.when.until;
    for (auto certainty : {Certainty::sure, Certainty::possible})
      for (auto person : {std::int16_t{0}, spouse}) {
        const auto& died = kin_.situation.people[static_cast<std::size_t>(person)].died;
        if (!died || died->certainty != certainty) continue;
        if (died->on >= span.when.until || died->on < span.when.from) continue;
        if (certainty == Certainty::possible) {
          auto rest = span;
          rest.when.from = died->on, rest.certainty = Certainty::possible, rest.starts = died->cause;
          kin_.situation.marriages.push_back(rest);
        }
        span.when.until = died->on, span.ends = died->cause;
      }
    if (!span.when.empty()) kin_.situation.marriages.push_back(span);
  }

  /// Of the parent, of spouses and of the children's other parents: what a household is given once is told on
  /// the one who is registered here.
  void add_residences() {
    std::vector<std::int16_t> couple{0};
    auto add_once = [&](std::int16_t person) {
      if (person >= 0 && std::find(couple.begin(), couple.end(), person) == couple.end())
        couple.push_back(person);
    };
    for (const auto& marriage : kin_.situation.marriages)
      add_once(marriage.spouse);
    for (const auto& child : kin_.situation.children)
      add_once(child.other_parent);
    for (auto person : couple)
      if (auto known = kin_.people[static_cast<std::size_t>(person)])  // by name alone: nobody registers them
        add_residence(person, people_.portrait(known));
  }

  /// Of the parent, of spouses and of the children: what policies ask of them beside their lives.
  void add_states() {
    for (std::size_t i = 0; i < kin_.people.size(); ++i)
      if (auto known = kin_.people[i]) add_states(static_cast<std::int16_t>(i), people_.portrait(known));
  }

  Kin take() {
    auto& marriages = kin_.situation.marriages;
    std::stable_sort(marriages.begin(), marriages.end(),
                     [](const auto& a, const auto& b) { return a.when < b.when; });
    return std::move(kin_);
  }

  Kin kin_;

 private:
  /// What policies ask of the proof of a death: of which classes its evidence is, from how many sources.
  static void tell_proof(SituationPerson::Died& died, const std::vector<Support>& evidence) {
    std::vector<std::string_view> sources;
    for (const auto* said : evidence) {
      died.classes |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(said->fact.evidence));
      // No witness of its own: a case worker sees what the agencies told, and may repeat it.
      if (!by_desk(*said) && std::find(sources.begin(), sources.end(), said->source) == sources.end())
        sources.push_back(said->source);
    }
    died.sources = static_cast<std::uint8_t>(std::min<std::size_t>(sources.size(), 255));
  }

  void add_residence(std::int16_t person, const Portrait& portrait) {
    const auto proof = people_.evidence_rules().of(FactKind::residence).proof;
    for (const auto& registered : portrait.residence) {
      // What is no proof alone, as a case worker's word never is, moves no right, as if nobody had told
      // where: decision 0022.
      if (std::none_of(registered.evidence.begin(), registered.evidence.end(),
                       [&](Support said) { return proof.has(said->fact.evidence); }))
        continue;
      auto starts = registered.when.from == Date::beginning()
                        ? no_cause
                        : cause(What::residence, person, registered.when.from, 0, registered.evidence);
      kin_.situation.residences.push_back({person, registered.region, registered.when, {}, starts, no_cause});
    }
  }

  void add_states(std::int16_t person, const Portrait& portrait) {
    for (const auto& state : portrait.states) {
      // A case worker's word alone moves no right: decision 0022.
      if (std::all_of(state.by.begin(), state.by.end(), [](Support said) { return by_desk(*said); }))
        continue;
      const auto& fact = state.said->fact;
      const auto field = fact.kind == FactKind::household_type ? FactField::household_type
                         : fact.kind == FactKind::work         ? FactField::work
                                                               : *traits_of(fact.kind).part;
      const auto word = text_of(fact, field).value_or("");
      const auto told = text_of(fact, FactField::state);
      const bool holds = !told || *told == "valid" || *told == "paying";
      auto edge = [&](Date day) {
        return day > Date::beginning() && day < Date::forever()
                   ? cause(What::receipt, person, day, 0, state.by)
                   : no_cause;
      };
      const auto starts = edge(state.when.from), ends = edge(state.when.until);
      const bool low_income = fact.kind == FactKind::support && word == "low_income";
      if (low_income || (fact.kind == FactKind::pension && word == "resident_pension" && holds))
        kin_.situation.receipts.push_back(
            {low_income ? ReceiptSpan::What::low_income_allowance : ReceiptSpan::What::resident_pension,
             person, state.when, fen_of(fact), starts, ends});
      else
        kin_.situation.states.push_back(
            {person, fact.kind, word, state.when, holds, Certainty::sure, starts, ends});
    }
  }
  static std::int64_t fen_of(const Fact& fact) {
    for (const auto& attribute : fact.attributes)
      if (attribute.field == FactField::fen_per_month) return attribute.number;
    return 0;
  }

  void add_grades(std::int16_t person, const Portrait& portrait) {
    const auto& grades = portrait.disability;
    for (std::size_t i = 0; i < grades.size(); ++i) {
      const auto& grade = grades[i];
      Date next = i + 1 < grades.size() ? grades[i + 1].valid.from : Date::forever();
      auto starts = cause(What::disability_grade, person, grade.valid.from, grade.grade, grade.evidence);
      auto ends = no_cause;
      if (grade.expires) {
        ends = cause(What::certificate_expiry, person, grade.valid.until, grade.grade, grade.evidence);
      } else if (next < Date::forever()) {
        ends = cause(What::disability_grade, person, next, grades[i + 1].grade, grades[i + 1].evidence);
      }
      kin_.situation.disabilities.push_back(
          {person, grade.grade, grade.valid, Certainty::sure, starts, ends});
      // A certificate that ran out is no recovery: the grade stays possible until the next word.
      if (grade.expires && grade.valid.until < next)
        kin_.situation.disabilities.push_back(
            {person, grade.grade, {grade.valid.until, next}, Certainty::possible, ends, no_cause});
    }
  }

  People& people_;
  Newborns newborns_{people_};
};

}  // namespace

namespace {

/// Whether this statement names the other parent of a child, of this role, by name alone.
const Mention* parent_by_name(const Statement& said, Role role) {
  for (const auto& mention : said.fact.people)
    if (mention.role == role && mention.identifiers.empty() && mention.name) return &mention;
  return nullptr;
}

/// Adds the children of a spouse whose other parent is told by this parent's name, without a number.
void add_children_by_name(PersonId parent, std::vector<ChildTie>& children, People& people) {
  const auto& own = people.portrait(parent);
  if (own.name.empty()) return;
  const auto role = own.sex == Sex::male ? Role::father : Role::mother;
  for (const auto& marriage : own.ties) {
    if (marriage.kind != Tie::Kind::married) continue;
    const auto spouse = people.whose(marriage);
    if (!spouse || spouse == parent) continue;
    for (const auto& tie : people.portrait(spouse).ties) {
      if (tie.kind != Tie::Kind::parent_of) continue;
      const auto* named = parent_by_name(*tie.evidence, role);
      if (!named || !same_name(*named->name, own.name)) continue;
      const auto child = people.whose(tie);
      const bool known = std::any_of(children.begin(), children.end(),
                                     [&](const ChildTie& one) { return one.child == child; });
      if (!child || known) continue;
      const auto from = day_of(people.portrait(child).born, Date::beginning());
      children.push_back({child,
                          ChildRelation::born,
                          {from, Date::forever()},
                          false,
                          {tie.evidence},
                          {},
                          "a parent known by name and marriage alone"});
    }
  }
}

/// Drops adoptions that never had effect: of each judgement the latest one before its day, by whomever it was
/// told and however often. REQUIRES: adoptions by day.
void drop_void(std::vector<const Tie*>& adopted, const std::vector<const Tie*>& ended,
               const std::vector<const Tie*>& voided) {
  std::vector<const Tie*> never;
  for (const auto* judged : voided) {
    const auto latest =
        std::find_if(adopted.rbegin(), adopted.rend(), [&](const Tie* tie) { return tie->on <= judged->on; });
    if (latest == adopted.rend()) continue;
    auto is_another = [&](const Tie* earlier) {  // one that was dissolved in between
      return std::any_of(ended.begin(), ended.end(),
                         [&](const Tie* end) { return earlier->on <= end->on && end->on <= (*latest)->on; });
    };
    std::copy_if(latest, adopted.rend(), std::back_inserter(never),
                 [&](const Tie* tie) { return tie == *latest || !is_another(tie); });
  }
  std::erase_if(adopted,
                [&](const Tie* tie) { return std::find(never.begin(), never.end(), tie) != never.end(); });
}

}  // namespace

std::optional<Happening> death_of(PersonId person, People& people) {
  return death_with(Newborns(people).of(person), person, people);
}

std::vector<ChildTie> children_of(PersonId parent, People& people) {
  assert(parent);
  struct Told {
    std::vector<Support> born;
    bool born_sure = false;
    std::string_view born_doubt;
    Date born_on = Date::forever();
    std::vector<const Tie*> adopted, ended, voided;
  };
  std::map<PersonId, Told> told;
  for (const auto& tie : people.portrait(parent).ties) {
    bool about_child = tie.kind == Tie::Kind::parent_of || tie.kind == Tie::Kind::adopts ||
                       ((tie.kind == Tie::Kind::adoption_ended || tie.kind == Tie::Kind::adoption_voided) &&
                        tie.role == Role::person);
    if (!about_child) continue;
    auto child = people.whose(tie);
    if (!child || child == parent) continue;
    auto& of = told[child];
    if (tie.kind == Tie::Kind::adopts) of.adopted.push_back(&tie);
    if (tie.kind == Tie::Kind::adoption_ended) of.ended.push_back(&tie);
    if (tie.kind == Tie::Kind::adoption_voided) of.voided.push_back(&tie);
    if (tie.kind != Tie::Kind::parent_of) continue;
    of.born.push_back(tie.evidence);
    of.born_sure |= !tie.doubted;
    if (of.born_doubt != taken_back_elsewhere) of.born_doubt = doubt_of(tie);
  }
  std::vector<ChildTie> children;
  for (auto& [child, of] : told) {
    drop_void(of.adopted, of.ended, of.voided);
    if (of.adopted.empty() && !of.born.empty()) {  // nobody adopts their own child: an adoption outweighs
      auto from = day_of(people.portrait(child).born, Date::beginning());
      children.push_back({child,
                          ChildRelation::born,
                          {from, Date::forever()},
                          false,
                          of.born,
                          {},
                          of.born_sure ? dispute_of(parent, child, people) : of.born_doubt});
    }
    for (std::size_t i = 0; i < of.adopted.size(); ++i) {
      auto from = day_of(of.adopted[i]->on, Date::beginning());
      if (!children.empty() && children.back().child == child && children.back().when.contains(from)) {
        children.back().starts.push_back(of.adopted[i]->evidence);  // the same adoption, told again
        if (!of.adopted[i]->doubted) children.back().dispute = {};
        continue;
      }
      ChildTie tie{child, ChildRelation::adopted,    {from, Date::forever()},
                   false, {of.adopted[i]->evidence}, {}};
      tie.dispute = doubt_of(*of.adopted[i]);
      for (const auto* end : of.ended) {
        auto until = day_of(end->on, Date::forever());
        if (until < from || until > tie.when.until) continue;
        if (until < tie.when.until) tie.ends.clear();
        tie.when.until = until, tie.ends_by_dissolution = true;
        tie.ends.push_back(end->evidence);
      }
      if (!tie.when.empty()) children.push_back(std::move(tie));
    }
  }
  add_children_by_name(parent, children, people);
  absorb_newborns(children, people);
  doubt_registered_twice(children, people);
  return children;
}

namespace {

/// A spouse as marriages are told of one: a person, or a name alone.
struct Spouse {
  PersonId person;
  std::string name_form;  // of a name alone
  friend auto operator<=>(const Spouse&, const Spouse&) = default;
};

/// Who is at the other end; nothing: nobody who could be told from others. A name alone is the known spouse
/// of that name, if there is one.
std::optional<Spouse> spouse_of(PersonId person, const Tie& tie, const std::map<std::string, PersonId>& known,
                                People& people) {
  if (auto spouse = people.whose(tie)) {
    if (spouse == person) return std::nullopt;
    return Spouse{spouse, {}};
  }
  if (!tie.mention->name || !tie.mention->identifiers.empty()) return std::nullopt;
  auto form = name_form(*tie.mention->name);
  if (auto same = known.find(form); same != known.end()) return Spouse{same->second, {}};
  return Spouse{{}, std::move(form)};
}

bool about_spouse(const Tie& tie) {
  return tie.kind == Tie::Kind::married || tie.kind == Tie::Kind::divorced || tie.kind == Tie::Kind::annulled;
}

}  // namespace

std::vector<MarriageTie> marriages_of(PersonId person, People& people) {
  assert(person);
  struct Told {
    std::vector<const Tie*> married, divorced, annulled;  // each by day: ties are sorted
    const Mention* named = nullptr;
  };
  const auto& ties = people.portrait(person).ties;
  std::map<std::string, PersonId> known;
  const bool any_by_name = std::any_of(ties.begin(), ties.end(), [](const Tie& tie) {
    return about_spouse(tie) && tie.mention->identifiers.empty();
  });
  if (any_by_name)
    for (const auto& tie : ties)
      if (about_spouse(tie) && tie.mention->name)
        if (auto spouse = people.whose(tie)) known.emplace(name_form(*tie.mention->name), spouse);
  std::map<Spouse, Told> told;
  for (const auto& tie : ties) {
    if (!about_spouse(tie)) continue;
    auto spouse = spouse_of(person, tie, known, people);
    if (!spouse) continue;
    auto& of = told[*spouse];
    if (!spouse->person) of.named = tie.mention;
    if (tie.kind == Tie::Kind::married) of.married.push_back(&tie);
    if (tie.kind == Tie::Kind::divorced) of.divorced.push_back(&tie);
    if (tie.kind == Tie::Kind::annulled) of.annulled.push_back(&tie);
  }
  std::vector<MarriageTie> marriages;
  for (auto& [spouse, of] : told) {
    auto first = marriages.size();
    for (const auto* wedding : of.married) {
      auto from = day_of(wedding->on, Date::beginning());
      if (marriages.size() > first && marriages.back().when.contains(from)) {
        marriages.back().starts.push_back(wedding->evidence);
        // Sure from the first day that is: what is possible before it is no part of a right.
        if (!wedding->doubted && marriages.back().certainty != Certainty::sure)
          marriages.back().when.from = from, marriages.back().certainty = Certainty::sure;
        continue;
      }
      MarriageTie marriage{spouse.person, {from, Date::forever()}, {wedding->evidence}, {}, of.named};
      if (wedding->doubted) marriage.certainty = Certainty::possible;
      for (const auto* divorce : of.divorced) {
        auto until = day_of(divorce->on, Date::forever());
        if (until < from || until > marriage.when.until) continue;
        if (until < marriage.when.until) marriage.ends.clear();
        marriage.when.until = until;
        marriage.ends.push_back(divorce->evidence);
      }
      marriages.push_back(std::move(marriage));
    }
    // A divorce whose marriage nobody told: they were married until then.
    for (const auto* divorce : of.divorced) {
      auto until = day_of(divorce->on, Date::beginning());
      bool ends_a_known_one =
          std::any_of(marriages.begin() + static_cast<std::ptrdiff_t>(first), marriages.end(),
                      [&](const MarriageTie& known) { return known.when.from <= until; });
      if (!ends_a_known_one)
        marriages.push_back({spouse.person, {Date::beginning(), until}, {}, {divorce->evidence}, of.named});
    }
    // Annulled: the latest marriage before that day never was (Civil Code 1054), whoever told it.
    std::vector<Date> never;
    for (const auto* annulment : of.annulled) {
      auto on = day_of(annulment->on, Date::forever());
      std::optional<Date> latest;
      for (auto at = first; at < marriages.size(); ++at)
        if (marriages[at].when.from <= on) latest = std::max(latest, std::optional(marriages[at].when.from));
      if (latest) never.push_back(*latest);
    }
    const auto of_this_spouse = marriages.begin() + static_cast<std::ptrdiff_t>(first);
    marriages.erase(std::remove_if(of_this_spouse, marriages.end(),
                                   [&](const MarriageTie& one) {
                                     return std::find(never.begin(), never.end(), one.when.from) !=
                                            never.end();
                                   }),
                    marriages.end());
  }
  return marriages;
}

Kin kin_of(PersonId parent, People& people, const SituationCoverage& coverage) {
  assert(parent);
  KinBuilder builder(parent, people);
  for (const auto& marriage : marriages_of(parent, people))
    builder.add(marriage);
  for (const auto& child : children_of(parent, people))
    builder.add(child);
  builder.add_residences();
  builder.add_states();
  builder.kin_.situation.coverage = coverage;
  return builder.take();
}

std::vector<PersonId> close_kin(PersonId person, People& people) {
  assert(person);
  std::vector<PersonId> kin{person};
  auto add_children_of = [&](PersonId parent) {
    for (const auto& child : children_of(parent, people))
      kin.push_back(child.child);
  };
  for (const auto& tie : people.portrait(person).ties)
    if (tie.kind == Tie::Kind::child_of || tie.kind == Tie::Kind::adopted_by)
      if (auto parent = people.whose(tie)) {
        kin.push_back(parent);
        add_children_of(parent);
      }
  for (const auto& marriage : marriages_of(person, people))
    if (marriage.spouse) kin.push_back(marriage.spouse);
  add_children_of(person);
  std::sort(kin.begin(), kin.end());
  kin.erase(std::unique(kin.begin(), kin.end()), kin.end());
  return kin;
}

std::vector<PersonId> concerned_by(PersonId person, People& people) {
  assert(person);
  std::vector<PersonId> concerned{person};
  // A child's own rights do not hang on the parent, but those of the child's other
  // parent may, married or not.
  auto add_parents_of = [&](PersonId child) {
    for (const auto& up : people.portrait(child).ties)
      if (up.kind == Tie::Kind::child_of || up.kind == Tie::Kind::adopted_by)
        if (auto parent = people.whose(up)) concerned.push_back(parent);
  };
  const bool registered = people.portrait(person).registered;
  for (const auto& tie : people.portrait(person).ties) {
    auto other = people.whose(tie);
    if (!other) continue;
    if (tie.role != Role::person) {
      concerned.push_back(other);
      if (tie.kind == Tie::Kind::child_of &&
          !registered)  // may be taken for a registered child of the parent
        for (const auto& down : people.portrait(other).ties)
          if (down.kind == Tie::Kind::parent_of)
            if (auto child = people.whose(down)) add_parents_of(child);
      const auto unnumbered = tie.role == Role::father ? Role::mother : Role::father;
      if (tie.kind == Tie::Kind::child_of && parent_by_name(*tie.evidence, unnumbered))
        for (const auto& marriage : people.portrait(other).ties)
          if (marriage.kind == Tie::Kind::married)
            if (auto spouse = people.whose(marriage)) concerned.push_back(spouse);
      continue;
    }
    add_parents_of(other);
  }
  std::sort(concerned.begin(), concerned.end());
  concerned.erase(std::unique(concerned.begin(), concerned.end()), concerned.end());
  return concerned;
}

std::vector<PersonId> couple_of(PersonId parent, People& people) {
  assert(parent);
  auto children = children_of(parent, people);
  // Of several whose ties begin on one day the one that is told first by source and key: never by a number of
  // ours.
  auto told_as = [](const ChildTie& child) {
    auto first = std::pair<std::string_view, std::string_view>{"\x7f", {}};
    for (const auto* said : child.starts)
      first = std::min(first, {said->source, said->fact.key});
    return first;
  };
  auto eldest = std::min_element(children.begin(), children.end(), [&](const ChildTie& a, const ChildTie& b) {
    return std::make_tuple(a.when.from, a.relation, told_as(a)) <
           std::make_tuple(b.when.from, b.relation, told_as(b));
  });
  std::vector<PersonId> couple{parent};
  if (eldest != children.end()) {
    auto want = eldest->relation == ChildRelation::born ? Tie::Kind::child_of : Tie::Kind::adopted_by;
    for (const auto& tie : people.portrait(eldest->child).ties)
      if (tie.kind == want)
        if (auto other = people.whose(tie)) couple.push_back(other);
  }
  std::sort(couple.begin(), couple.end());
  couple.erase(std::unique(couple.begin(), couple.end()), couple.end());
  return couple;
}

}  // namespace kinhub
