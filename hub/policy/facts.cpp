// Parser of the facts of an in-file test, "wife born 1970-05-20; couple married 1992-10-01", read
// into each parent's situation.

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "hub/policy/file_tests.hpp"
#include "hub/record/fact.hpp"

namespace kinhub::policy {
namespace {

using What = Cause::What;

struct Actor {
  std::string name;
  Sex sex = Sex::unknown;
  std::optional<PartialDate> born;
  std::optional<SituationPerson::Died> died;
};

struct Tie {
  std::size_t one, other;  // actors; a marriage or a parent and a child
  Interval when;
  ChildRelation relation = ChildRelation::born;
  Certainty certainty = Certainty::sure;
  What ends = What::divorce;
};

struct Stay {
  std::size_t actor;
  std::string region;
  Interval when;
};

struct Family {
  std::vector<Actor> actors;
  std::vector<Tie> marriages, children;
  std::vector<DisabilitySpan> disabilities;  // person: actor
  std::vector<Stay> stays;
  std::vector<ReceiptSpan> receipts;  // person: actor
  std::vector<StateSpan> states;      // person: actor
  std::optional<bool> urban;
  SituationCoverage coverage{{}, {}, {}, {}};
};

std::vector<std::string_view> split(std::string_view text, std::string_view marks) {
  std::vector<std::string_view> parts;
  while (true) {
    auto at = text.find_first_of(marks);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

class FactsReader {
 public:
  explicit FactsReader(const Place& place) : place_(place) {}

  Result<TestFamily> read(std::string_view facts) {
    constexpr std::size_t length_max = 64 << 10;
    if (facts.size() > length_max) return error("the facts are too long");
    for (auto line : split(facts, "\n")) {
      line = line.substr(0, line.find('#'));
      for (auto sentence : split(line, ";"))
        read_sentence(tidy(sentence));
    }
    if (problem_) return *problem_;
    TestFamily family;
    if (auto wife = find("wife")) family.wife = situation_of(*wife);
    if (auto husband = find("husband")) family.husband = situation_of(*husband);
    if (problem_) return *problem_;
    if (!family.wife && !family.husband) return error("the facts name neither wife nor husband");
    return family;
  }

 private:
  Error error(std::string text) const { return {"POLICY_TEST_FACTS", std::move(text), place_.text()}; }
  void fail(std::string text) {
    if (!problem_) problem_ = error(std::move(text));
  }

  std::optional<std::size_t> find(std::string_view name) const {
    for (std::size_t i = 0; i < family_.actors.size(); ++i)
      if (family_.actors[i].name == name) return i;
    return std::nullopt;
  }

  std::size_t actor(const std::string& name) {
    if (auto known = find(name)) return *known;
    Actor fresh;
    fresh.name = name;
    if (name.ends_with("wife")) fresh.sex = Sex::female;
    if (name.ends_with("husband")) fresh.sex = Sex::male;
    family_.actors.push_back(fresh);
    return family_.actors.size() - 1;
  }

  Date take_date(std::string& words) {
    auto date = Date::parse(std::string_view(words).substr(0, 10));
    if (!date) {
      fail(fmt::format("a day as 2019-05-20 is expected before '{}'", words));
      words.clear();
      return Date();
    }
    words = tidy(std::string_view(words).substr(10));
    return *date;
  }

  Interval take_span(std::string& words) {
    Interval span;
    if (take_word(words, "from") || take_word(words, "自") || take_word(words, "since"))
      span.from = take_date(words);
    if (take_word(words, "until") || take_word(words, "至"))
      span.until = take_date(words).plus_days(1);  // the last day, as printed
    return span;
  }

  // Children are named "child", "child A" ...; everyone else has a fixed name.
  std::optional<std::string> take_subject(std::string& words) {
    static const std::vector<std::pair<std::string, std::string>> names{{"second wife", "second wife"},
                                                                        {"second husband", "second husband"},
                                                                        {"wife", "wife"},
                                                                        {"妻子", "wife"},
                                                                        {"husband", "husband"},
                                                                        {"丈夫", "husband"},
                                                                        {"couple", "couple"},
                                                                        {"夫妻", "couple"},
                                                                        {"household", "household"},
                                                                        {"家庭", "household"},
                                                                        {"records", "records"},
                                                                        {"记录", "records"},
                                                                        {"child", "child"},
                                                                        {"子女", "child"}};
    for (const auto& [written, name] : names) {
      if (!take_word(words, written)) continue;
      if (name != "child") return name;
      static const std::vector<std::string> verbs{"born",      "died",  "adopted",     "adoption",  "step",
                                                  "disabled",  "grade", "certificate", "recovered", "only",
                                                  "parentage", "girl",  "boy",         "has"};
      auto word = words.substr(0, words.find_first_of(" ,"));
      if (std::find(verbs.begin(), verbs.end(), word) != verbs.end() || word.empty()) return "child";
      words = words.size() > word.size() ? tidy(words.substr(word.size())) : std::string();
      return "child " + word;
    }
    return std::nullopt;
  }

  void read_sentence(std::string words) {
    if (words.empty() || words.starts_with("known ")) return;
    auto whole = words;
    auto subject = take_subject(words);
    if (!subject)
      return fail(fmt::format(
          "'{}' begins with nobody known: wife, husband, couple, child, household, records", whole));
    for (auto clause : split(words, ",")) {
      auto rest = tidy(clause);
      if (rest.empty()) continue;
      bool read = subject->starts_with("child") ? child_clause(*subject, rest)
                  : *subject == "couple"        ? couple_clause(rest)
                  : *subject == "household"     ? household_clause(rest)
                  : *subject == "records"       ? records_clause(rest)
                                                : person_clause(*subject, rest);
      if (problem_) return;
      if (!read || !rest.empty())
        return fail(fmt::format("'{}' is not understood in '{}'", tidy(clause), whole));
    }
  }

  bool born_clause(std::size_t who, std::string& words) {
    auto date = PartialDate::parse(words.substr(0, words.find(' ')));
    if (!date) {
      fail(fmt::format("a birth date as 1970-05-20, 1970-05 or 1970 is expected in '{}'", words));
      return true;
    }
    auto length = words.find(' ');
    words = length == std::string::npos ? std::string() : tidy(words.substr(length));
    family_.actors[who].born = date;
    return true;
  }

  bool died_clause(std::size_t who, std::string& words) {
    auto date = PartialDate::parse(words.substr(0, words.find(' ')));
    if (!date) {
      fail(fmt::format("a day of death as 2018-11-11, 2018-11 or 2018 is expected in '{}'", words));
      return true;
    }
    auto length = words.find(' ');
    words = length == std::string::npos ? std::string() : tidy(words.substr(length));
    auto certainty = take_word(words, "disputed") ? Certainty::possible : Certainty::sure;
    SituationPerson::Died died{date->last(), certainty, no_cause, date->first};
    if (take_word(words, "by")) take_evidence(words, died);
    family_.actors[who].died = died;
    return true;
  }

  // "by insurance and cremation": who says so, each a source of its own.
  void take_evidence(std::string& words, SituationPerson::Died& died) {
    do {
      auto word = words.substr(0, words.find(' '));
      auto found = evidence_class(word == "police" ? "police_registration" : word);
      if (!found)
        return fail(fmt::format(
            "'{}' is no evidence: police, certificate, hospital, cremation, insurance, care_desk", word));
      words = words.size() > word.size() ? tidy(words.substr(word.size())) : std::string();
      died.classes |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(*found));
      if (*found != EvidenceClass::care_desk) ++died.sources;  // no witness of its own
    } while (take_word(words, "and"));
  }

  bool married(std::size_t one, std::size_t other, std::string& words) {
    Tie tie{one, other, {take_date(words), Date::forever()}};
    if (take_word(words, "disputed")) tie.certainty = Certainty::possible;
    family_.marriages.push_back(tie);
    return true;
  }

  bool divorced(std::size_t one, std::size_t other, std::string& words) {
    auto on = take_date(words);
    for (auto& tie : family_.marriages)
      if (tie.one == one && tie.other == other && tie.when.until == Date::forever()) {
        tie.when.until = on;
        return true;
      }
    fail("a divorce without a marriage");
    return true;
  }

  bool person_clause(const std::string& name, std::string& words) {
    auto who = actor(name);
    if (take_word(words, "born")) return born_clause(who, words);
    if (take_word(words, "died")) return died_clause(who, words);
    bool second = name.starts_with("second");
    if (second && (words.starts_with("married") || words.starts_with("divorced"))) {
      auto other = actor(name == "second wife" ? "husband" : "wife");
      return take_word(words, "married") ? married(other, who, words)
                                         : (take_word(words, "divorced"), divorced(other, who, words));
    }
    if (take_word(words, "registered")) return registered({who}, words);
    if (take_word(words, "has")) return has_state(who, words);
    return receipt({who}, words);
  }

  // "wife has credential only_child from 1995-01-01", "... has no credential only_child from ...".
  bool has_state(std::size_t who, std::string& words) {
    StateSpan span{};
    span.person = static_cast<std::int16_t>(who);
    span.holds = !take_word(words, "no");
    auto take = [&] {
      auto word = words.substr(0, words.find(' '));
      words = words.size() > word.size() ? tidy(words.substr(word.size())) : std::string();
      return word;
    };
    const auto kind = take();
    const auto known = fact_kind(kind);
    if (!known || !is_state(*known)) return fail(fmt::format("'{}' is no state", kind)), true;
    span.kind = *known;
    span.word = take();
    span.when = take_span(words);
    family_.states.push_back(span);
    return true;
  }

  bool couple_clause(std::string& words) {
    auto wife = actor("wife"), husband = actor("husband");
    if (take_word(words, "married")) return married(wife, husband, words);
    if (take_word(words, "divorced")) return divorced(wife, husband, words);
    return receipt({wife, husband}, words);
  }

  bool household_clause(std::string& words) {
    if (take_word(words, "urban")) return family_.urban = true, true;
    if (take_word(words, "rural")) return family_.urban = false, true;
    if (!take_word(words, "registered")) return false;
    std::vector<std::size_t> who;
    for (const char* name : {"wife", "husband"})
      if (auto known = find(name)) who.push_back(*known);
    if (who.empty()) fail("write wife and husband before their household");
    return registered(who, words);
  }

  bool registered(const std::vector<std::size_t>& who, std::string& words) {
    auto region = words.substr(0, 6);
    if (region.size() != 6 || region.find_first_not_of("0123456789") != std::string::npos) return false;
    words = tidy(std::string_view(words).substr(6));
    auto span = take_span(words);
    for (auto one : who)
      family_.stays.push_back({one, region, span});
    return true;
  }

  bool receipt(const std::vector<std::size_t>& who, std::string& words) {
    ReceiptSpan receipt{};
    if (take_word(words, "receives low-income allowance"))
      receipt.what = ReceiptSpan::What::low_income_allowance;
    else if (take_word(words, "draws resident pension"))
      receipt.what = ReceiptSpan::What::resident_pension;
    else
      return false;
    if (take_word(words, "of")) {
      auto fen = read_yuan(words.substr(0, words.find(' ')));
      auto yuan_at = words.find(" yuan");
      if (!fen || yuan_at == std::string::npos) return false;
      receipt.fen_per_month = *fen;
      words = tidy(words.substr(yuan_at + 5));
    }
    receipt.when = take_span(words);
    for (auto one : who) {
      receipt.person = static_cast<std::int16_t>(one);
      family_.receipts.push_back(receipt);
    }
    return true;
  }

  bool records_clause(std::string& words) {
    static const std::vector<std::pair<std::string, Interval SituationCoverage::*>> kinds{
        {"of children", &SituationCoverage::children},
        {"of marriages", &SituationCoverage::marriages},
        {"of residence", &SituationCoverage::residence},
        {"of receipts", &SituationCoverage::receipts}};
    for (const auto& [name, member] : kinds) {
      if (!take_word(words, name)) continue;
      if (take_word(words, "missing"))
        family_.coverage.*member = {Date::beginning(), Date::beginning()};
      else if (take_word(words, "complete"))
        family_.coverage.*member = take_span(words);
      else
        return false;
      return true;
    }
    return false;
  }

  // The parents of a child: "of husband", "of husband and second wife"; nothing written: wife and husband.
  void become_parents(std::size_t child, std::string& words, Interval when, ChildRelation relation) {
    std::vector<std::size_t> parents;
    if (take_word(words, "of") || take_word(words, "by")) {
      do {
        auto name = take_subject(words);
        if (!name || name->starts_with("child"))
          return fail("a child is 'of wife', 'of husband', 'of husband and second wife'");
        parents.push_back(actor(*name));
      } while (take_word(words, "and"));
    } else {
      for (const char* name : {"wife", "husband"})
        if (auto known = find(name)) parents.push_back(*known);
      if (parents.empty()) return fail("write wife and husband before their children");
    }
    for (auto parent : parents) {
      Tie tie{parent, child, when, relation};
      tie.ends = What::adoption_dissolved;
      family_.children.push_back(tie);
    }
  }

  bool child_clause(const std::string& name, std::string& words) {
    auto who = actor(name);
    if (take_word(words, "only child")) return true;
    if (take_word(words, "girl")) return family_.actors[who].sex = Sex::female, true;
    if (take_word(words, "boy")) return family_.actors[who].sex = Sex::male, true;
    if (take_word(words, "has")) return has_state(who, words);
    if (take_word(words, "born")) {
      born_clause(who, words);
      if (problem_) return true;
      bool has_parents = std::any_of(family_.children.begin(), family_.children.end(),
                                     [&](const Tie& tie) { return tie.other == who; });
      if (!has_parents || words.starts_with("of "))
        become_parents(who, words, {family_.actors[who].born->first, Date::forever()}, ChildRelation::born);
      return true;
    }
    if (take_word(words, "died")) return died_clause(who, words);
    if (take_word(words, "adopted"))
      return only_ties(who, words, {take_date(words), Date::forever()}, ChildRelation::adopted);
    if (take_word(words, "step child from"))
      return only_ties(who, words, {take_date(words), Date::forever()}, ChildRelation::step);
    if (take_word(words, "adoption dissolved")) {
      auto on = take_date(words);
      for (auto& tie : family_.children)
        if (tie.other == who && tie.relation == ChildRelation::adopted) tie.when.until = on;
      return true;
    }
    if (take_word(words, "parentage disputed")) {
      for (auto& tie : family_.children)
        if (tie.other == who) tie.certainty = Certainty::possible;
      return true;
    }
    return disability_clause(who, words);
  }

  // "adopted" and "step child" say how the child came: not by birth.
  bool only_ties(std::size_t who, std::string& words, Interval when, ChildRelation relation) {
    std::erase_if(family_.children, [&](const Tie& tie) { return tie.other == who; });
    become_parents(who, words, when, relation);
    return true;
  }

  void end_disability(std::size_t who, Date on) {
    for (auto& span : family_.disabilities)
      if (span.person == static_cast<std::int16_t>(who) && span.when.until > on)
        span.when.until = std::max(on, span.when.from);
  }

  bool disability_clause(std::size_t who, std::string& words) {
    if (take_word(words, "recovered")) return end_disability(who, take_date(words)), true;
    if (take_word(words, "certificate expires")) {
      auto on = take_date(words);
      int grade = 0;
      for (const auto& span : family_.disabilities)
        if (span.person == static_cast<std::int16_t>(who) && span.when.contains(on)) grade = span.grade;
      if (grade == 0) return fail("a certificate expires that is not in force"), true;
      end_disability(who, on);
      family_.disabilities.push_back(
          {static_cast<std::int16_t>(who), grade, {on, Date::forever()}, Certainty::possible});
      return true;
    }
    take_word(words, "disabled");
    if (!take_word(words, "grade") || words.empty() || words[0] < '1' || words[0] > '4') return false;
    int grade = words[0] - '0';
    words = tidy(std::string_view(words).substr(1));
    auto span = take_span(words);
    end_disability(who, span.from);
    family_.disabilities.push_back({static_cast<std::int16_t>(who), grade, span});
    return true;
  }

  // ---- one parent's view

  Situation situation_of(std::size_t parent) const {
    assert(parent < family_.actors.size());
    Situation situation;
    std::vector<std::size_t> order{parent};
    for (std::size_t i = 0; i < family_.actors.size(); ++i)
      if (i != parent) order.push_back(i);
    auto index = [&](std::size_t actor) {
      return static_cast<std::int16_t>(std::find(order.begin(), order.end(), actor) - order.begin());
    };
    auto cause = [&](What what, std::size_t actor, Date on, int number = 0) {
      situation.causes.push_back({what, index(actor), on, number});
      return static_cast<CauseIndex>(situation.causes.size() - 1);
    };
    for (auto actor : order) {
      const auto& from = family_.actors[actor];
      SituationPerson person;
      person.sex = from.sex;
      if (from.born) person.born = SituationPerson::Born{from.born->first, from.born->last()};
      if (from.died) {
        person.died = from.died;
        person.died->cause = cause(What::death, actor, from.died->on);
        if (from.died->first() < from.died->on) cause(What::death, actor, from.died->first());
      }
      situation.people.push_back(person);
    }
    for (const auto& tie : family_.marriages)
      add_marriage(situation, tie, parent, index, cause);
    for (const auto& tie : family_.children) {
      if (tie.one != parent) continue;
      auto what = tie.relation == ChildRelation::adopted ? What::adoption : What::birth;
      ChildSpan span{index(tie.other), tie.relation, tie.when, tie.certainty,
                     cause(what, tie.other, tie.when.from)};
      if (tie.when.until < Date::forever()) span.ends = cause(tie.ends, tie.other, tie.when.until);
      for (const auto& other : family_.children)
        if (other.other == tie.other && other.one != parent) span.other_parent = index(other.one);
      situation.children.push_back(span);
    }
    for (auto span : family_.disabilities) {
      if (span.when.empty()) continue;
      auto actor = static_cast<std::size_t>(span.person);
      span.person = index(actor);
      span.starts =
          cause(span.certainty == Certainty::sure ? What::disability_grade : What::certificate_expiry, actor,
                span.when.from, span.grade);
      situation.disabilities.push_back(span);
    }
    for (const auto& stay : family_.stays)
      situation.residences.push_back({index(stay.actor), stay.region, stay.when, family_.urban});
    for (auto receipt : family_.receipts) {
      receipt.person = index(static_cast<std::size_t>(receipt.person));
      situation.receipts.push_back(receipt);
    }
    for (auto state : family_.states) {
      const auto actor = static_cast<std::size_t>(state.person);
      state.person = index(actor);
      state.starts = cause(What::receipt, actor, state.when.from);
      if (state.when.until < Date::forever()) state.ends = cause(What::receipt, actor, state.when.until);
      situation.states.push_back(state);
    }
    situation.coverage = family_.coverage;
    return situation;
  }

  template <class Index, class MakeCause>
  void add_marriage(Situation& situation, const Tie& tie, std::size_t parent, Index index,
                    MakeCause cause) const {
    if (tie.one != parent && tie.other != parent) return;
    auto spouse = tie.one == parent ? tie.other : tie.one;
    MarriageSpan span{index(spouse), tie.when, tie.certainty, cause(What::marriage, spouse, tie.when.from)};
    if (tie.when.until < Date::forever()) span.ends = cause(What::divorce, spouse, tie.when.until);
    for (auto one : {parent, spouse})
      if (const auto& died = family_.actors[one].died;
          died && died->certainty == Certainty::sure && died->on < span.when.until) {
        span.when.until = died->on;
        span.ends = cause(What::death, one, died->on);
      }
    situation.marriages.push_back(span);
  }

  const Place& place_;
  Family family_;
  std::optional<Error> problem_;
};

}  // namespace

Result<TestFamily> read_facts(std::string_view facts, const Place& place) {
  return FactsReader(place).read(facts);
}

}  // namespace kinhub::policy
