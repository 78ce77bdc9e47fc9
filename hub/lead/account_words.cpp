#include "hub/lead/account_words.hpp"

#include <algorithm>
#include <array>

namespace kinhub {
namespace {

using Standing = Account::Standing;

constexpr std::array whos{Text::self, Text::child, Text::spouse, Text::other_parent, Text::relative};

Text who_is(std::int16_t person, const Situation& situation) {
  if (person == 0) return Text::self;
  for (const auto& child : situation.children)
    if (child.child == person) return Text::child;
  for (const auto& marriage : situation.marriages)
    if (marriage.spouse == person) return Text::spouse;
  for (const auto& child : situation.children)
    if (child.other_parent == person) return Text::other_parent;
  return Text::relative;
}

Text event_text(Cause::What what) {
  switch (what) {
    case Cause::What::birth:
      return Text::birth;
    case Cause::What::death:
      return Text::death;
    case Cause::What::disability_grade:
      return Text::grade;
    case Cause::What::certificate_expiry:
      return Text::certificate_runs_out;
    case Cause::What::parentage:
      return Text::parentage;
    case Cause::What::adoption:
      return Text::adoption;
    case Cause::What::adoption_dissolved:
      return Text::adoption_dissolved;
    case Cause::What::marriage:
      return Text::marriage;
    case Cause::What::divorce:
      return Text::divorce;
    case Cause::What::residence:
      return Text::residence;
    case Cause::What::own_age:
      return Text::reaches_age;
    case Cause::What::policy:
      return Text::policy_begins;
    case Cause::What::coverage:
      return Text::coverage_changes;
    case Cause::What::receipt:
      return Text::receipt_changes;
  }
  return Text::receipt_changes;
}

constexpr std::array events{Text::birth,
                            Text::death,
                            Text::grade,
                            Text::certificate_runs_out,
                            Text::parentage,
                            Text::adoption,
                            Text::adoption_dissolved,
                            Text::marriage,
                            Text::divorce,
                            Text::residence,
                            Text::reaches_age,
                            Text::policy_begins,
                            Text::coverage_changes,
                            Text::receipt_changes};

/// The days between which a death lies that is known to its month or year.
std::optional<Interval> days_of_death(const Cause& cause, const Situation& situation) {
  if (cause.what != Cause::What::death || cause.person < 0 ||
      static_cast<std::size_t>(cause.person) >= situation.people.size())
    return std::nullopt;
  const auto& died = situation.people[static_cast<std::size_t>(cause.person)].died;
  if (!died || died->first() == died->on) return std::nullopt;
  return Interval{died->first(), died->on.plus_days(1)};
}

std::optional<std::string> event_in_english(const std::string& event) {
  for (auto which : events) {
    auto values = read_back(which, event);
    if (!values) continue;
    values->resize(2);
    const auto who = std::find_if(whos.begin(), whos.end(),
                                  [&](Text one) { return text(one, Language::zh) == values->front(); });
    const bool of_nobody = values->front().empty();
    if (who == whos.end() && !of_nobody) continue;
    return say_in(Language::en, which, of_nobody ? std::string_view() : text(*who, Language::en),
                  (*values)[1]);
  }
  return std::nullopt;
}

struct Wait {
  std::string_view word;
  Text text;
};
constexpr std::array<Wait, 17> waits{{{"no other living child", Text::wait_other_child},
                                      {"death disputed", Text::wait_disputed},
                                      {"death confirmed by a second source", Text::wait_second_source},
                                      {"date of death", Text::wait_death_date},
                                      {"certificate expired", Text::wait_certificate},
                                      {"parentage", Text::wait_parentage},
                                      {"only child", Text::wait_only_child},
                                      {"marriage", Text::wait_marriage},
                                      {"birth date", Text::wait_birth_date},
                                      {"sex", Text::wait_sex},
                                      {"residence", Text::wait_residence},
                                      {"urban or rural", Text::wait_urban},
                                      {"low-income allowance", Text::wait_low_income},
                                      {"resident pension", Text::wait_pension},
                                      {"number of children", Text::wait_children},
                                      {"ivf", Text::wait_ivf},
                                      {"amount", Text::wait_amount}}};

/// Which registers would have to be complete for a word, and as far as they are.
struct Register {
  std::vector<Covers> of;
  Interval SituationCoverage::*days;
};
std::optional<Register> register_of(std::string_view pending) {
  if (pending == "no other living child" || pending == "number of children" || pending == "only child")
    return Register{{Covers::births, Covers::adoptions}, &SituationCoverage::children};
  if (pending == "marriage") return Register{{Covers::marriages}, &SituationCoverage::marriages};
  if (pending == "residence") return Register{{Covers::residence}, &SituationCoverage::residence};
  if (pending == "low-income allowance" || pending == "resident pension")
    return Register{{}, &SituationCoverage::receipts};
  return std::nullopt;
}

Wording listed(const std::vector<Wording>& all, const char* between_zh, const char* between_en) {
  Wording list;
  for (const auto& one : all) {
    list.zh += (list.zh.empty() ? "" : between_zh) + one.zh;
    list.en += (list.en.empty() ? "" : between_en) + one.en;
  }
  return list;
}

/// What is waited for, and which source would have to be complete.
Wording wait_told(std::string_view pending, const CoverageTold& told) {
  auto what = waits_words(pending);
  const auto wanted = register_of(pending);
  if (!wanted) return what;
  std::vector<Wording> agencies;
  for (const auto& one : told.covers) {
    const bool covers = std::any_of(one.covers.begin(), one.covers.end(), [&](Covers kind) {
      return std::find(wanted->of.begin(), wanted->of.end(), kind) != wanted->of.end();
    });
    if (!covers) continue;
    const auto known = told.agencies.find(one.source);
    auto agency = known == told.agencies.end() ? say(Text::source_named, one.source) : known->second;
    if (std::find(agencies.begin(), agencies.end(), agency) == agencies.end())
      agencies.push_back(std::move(agency));
  }
  Wording who;
  const auto& days = told.coverage.*(wanted->days);
  const auto names = listed(agencies, "、", ", ");
  if (agencies.empty())
    who = say(Text::complete_by_none);
  else if (days.empty() || days.until <= Date::beginning())
    who = say(Text::complete_never, names);
  else if (days.until >= Date::forever())
    return what;
  else
    who = say(Text::complete_until, names, days.until.plus_days(-1));
  return say(Text::told_by, what, who);
}

Wording missing_words(const Account::Missing& missing, const Situation& situation) {
  auto what = condition_words(missing.what);
  return missing.met_by ? say(Text::would_be_met, what, dated_words(*missing.met_by, situation)) : what;
}

bool has_begun(const Account& account) {
  return account.run.from > Date::beginning();
}

/// What is to come is only pending.
bool perhaps_then(const Account& account) {
  return account.then && account.then->certainty != Certainty::sure;
}

/// A death, or its day, that is not settled: nothing to be told as what happened.
bool death_is_open(const std::vector<std::string>& waits) {
  return std::any_of(waits.begin(), waits.end(), [](const std::string& word) {
    return word == "death confirmed by a second source" || word == "death disputed" ||
           word == "date of death";
  });
}

Wording conclusion_of(const Account& account, const PolicySet& policies) {
  const auto money = money_words(account.amount);
  switch (account.standing) {
    case Standing::due:
      return has_begun(account) ? say(Text::due_since, account.run.from, money)
                                : say(Text::due_always, money);
    case Standing::pending:
      return has_begun(account) ? say(Text::pending_since, account.run.from) : say(Text::pending);
    case Standing::ended:
      return say(Text::ended_since, account.run.until);
    case Standing::not_yet:
      return say(perhaps_then(account) ? Text::not_yet_perhaps : Text::not_yet, account.run.from);
    case Standing::not_due:
      return say(Text::not_due);
    case Standing::lower:
      return say(Text::lower, benefit_words(policies.benefits()[*account.higher]));
    case Standing::elsewhere:
      return say(Text::elsewhere);
  }
  return {};
}

/// The sentences that are read to a family.
class Telling {
 public:
  Telling(const Account& account, const Situation& situation, AccountWords& words)
      : account_(account), situation_(situation), words_(words) {}

  void tell(const PolicySet& policies) {
    const auto& name = words_.benefit;
    const auto money = money_words(account_.amount);
    const auto& run = account_.run;
    // Whoever reads this reads it to those whom this parent left, or to one who is told to be dead.
    if (!situation_.people.empty() && situation_.people[0].died) {
      add(say(Text::say_in_person, name));
      return add(say(Text::say_lead_only));
    }
    switch (account_.standing) {
      case Standing::due:
        if (account_.amount.per == Per::once)
          add(say(Text::say_due_once, name, run.from, money));
        else if (has_begun(account_))
          add(say(Text::say_due, name, run.from, money));
        else
          add(say(Text::say_due_always, name, money));
        begins();
        if (account_.paid_from) add(say(Text::say_late, account_.on, *account_.paid_from));
        if (account_.amount.per != Per::once) ends();
        break;
      case Standing::pending:
        add(has_begun(account_) ? say(Text::say_pending, name, run.from)
                                : say(Text::say_pending_always, name));
        if (!death_is_open(account_.waits)) begins();
        add(say(Text::say_waits, listed(words_.waits, "；", "; ")));
        break;
      case Standing::ended:
        add(say(Text::say_ended, name, run.until.plus_days(-1)));
        add(say(Text::say_ends_because, dated_words(account_.ends, situation_)));
        // What is gone for good is not read to a family; what is to come is.
        if (account_.next) missing();
        break;
      case Standing::not_yet:
        add(say(perhaps_then(account_) ? Text::say_not_yet_perhaps : Text::say_not_yet, name, run.from));
        if (!account_.then || !death_is_open(account_.then->pending)) begins();
        missing();
        break;
      case Standing::not_due:
        add(say(Text::say_not_due, name));
        missing();
        break;
      case Standing::lower:
        add(say(Text::say_lower, name, benefit_words(policies.benefits()[*account_.higher])));
        begins();
        break;
      case Standing::elsewhere:
        add(say(Text::say_elsewhere, name));
        break;
    }
    add(say(Text::say_lead_only));
  }

 private:
  void add(Wording sentence) { words_.say.push_back(std::move(sentence)); }
  void begins() {
    if (has_begun(account_)) add(say(Text::say_begins_because, dated_words(account_.begins, situation_)));
  }
  void ends() {
    const auto& run = account_.run;
    if (account_.goes_on) return;  // what is not certain from there on may go on
    if (run.until >= Date::forever())
      add(say(Text::say_no_end));
    else
      add(say(Text::say_will_end, run.until.plus_days(-1), dated_words(account_.ends, situation_)));
  }
  /// Read aloud: what is plain, and what is to come. No family hears that a death, or no other child, is
  /// missing.
  void missing() {
    using Value = Explanation::Value;
    const auto unmet = read_aloud(Value::not_met), unknown = read_aloud(Value::unknown);
    const auto all = listed(unmet.words, "；", "; ");
    if (unmet.kept_back) {
      add(say(Text::say_missing_main));
      if (!unmet.words.empty()) add(say(Text::say_missing_besides, all));
    } else if (unmet.words.size() == 1) {
      add(say(Text::say_missing_one, all));
    } else if (!unmet.words.empty()) {
      add(say(Text::say_missing_more, static_cast<int>(unmet.words.size()), all));
    }
    if (unknown.kept_back) add(say(Text::say_unknown_main));
    if (!unknown.words.empty()) add(say(Text::say_unknown, listed(unknown.words, "；", "; ")));
  }
  struct ReadAloud {
    std::vector<Wording> words;
    bool kept_back = false;
  };
  ReadAloud read_aloud(Explanation::Value value) const {
    ReadAloud read;
    for (std::size_t i = 0; i < account_.missing.size(); ++i) {
      const auto& [what, met_by] = account_.missing[i];
      if (what.value != value) continue;
      if (what.plain || met_by)
        read.words.push_back(words_.missing[i]);
      else
        read.kept_back = true;
    }
    return read;
  }

  const Account& account_;
  const Situation& situation_;
  AccountWords& words_;
};

Wording next_words(const Account& account, const Situation& situation) {
  if (!account.next) return say(Text::no_change);
  Wording then = say(Text::becomes_none);
  if (account.then)
    then = account.then->certainty == Certainty::sure
               ? say(Text::becomes_due, money_words(account.then->amount))
               : say(Text::becomes_pending);
  return say(Text::next_change,
             dated_words({account.next->because.what, account.next->because.person, account.next->on,
                          account.next->because.number},
                         situation),
             then);
}

}  // namespace

Wording event_words(const Cause& cause, const Situation& situation) {
  const auto who = who_is(cause.person, situation);
  const auto what = event_text(cause.what);
  return say(what == Text::policy_begins ? Text::policy_changes : what,
             say(who == Text::other_parent ? Text::other_of_parents : who), cause.number);
}

std::string_view relation_of(const Cause& cause, const Situation& situation) {
  constexpr std::array<std::string_view, whos.size()> codes{"self", "child", "spouse", "other_parent",
                                                            "relative"};
  const auto who = who_is(cause.person, situation);
  return codes[static_cast<std::size_t>(std::find(whos.begin(), whos.end(), who) - whos.begin())];
}

Wording dated_words(const Cause& cause, const Situation& situation) {
  const auto what = event_words(cause, situation);
  if (const auto span = days_of_death(cause, situation))
    return say(Text::dated_between, span->from, span->until.plus_days(-1), what);
  return cause.on > Date::beginning() && cause.on < Date::forever() ? say(Text::dated, cause.on, what) : what;
}

std::string sentence(const Cause& cause, const Situation& situation) {
  // In the words in which leads keep it: what was stored is compared with them, and read back.
  const auto what = say(event_text(cause.what), say(who_is(cause.person, situation)), cause.number);
  if (const auto span = days_of_death(cause, situation))
    return say_in(Language::zh, Text::reason_between, span->from.text(), span->until.plus_days(-1).text(),
                  what);
  return say_in(Language::zh, Text::reason, cause.on.text(), what);
}

std::string reason_in(Language language, std::string_view reason) {
  if (language == Language::zh) return std::string(reason);
  for (auto whole : {Text::reason_withdrawn, Text::reason_vanished})
    if (read_back(whole, reason)) return std::string(text(whole, Language::en));
  const auto agency_in_english = [](std::string_view chinese) {
    for (int weight = 0; weight <= static_cast<int>(EvidenceClass::care_desk); ++weight)
      if (const auto agency = agency_words(static_cast<EvidenceClass>(weight)); agency.zh == chinese)
        return agency.en;
    return std::string(chinese);
  };
  if (const auto news = read_back(Text::reason_news, reason))
    return say_in(Language::en, Text::reason_news, agency_in_english(news->at(0)), news->at(1));
  if (const auto dead = read_back(Text::reason_dead, reason))
    return say_in(Language::en, Text::reason_dead, dead->at(0), agency_in_english(dead->at(1)), dead->at(2));
  if (const auto living = read_back(Text::reason_living, reason))
    return say_in(Language::en, Text::reason_living, agency_in_english(living->at(0)), living->at(1));
  if (const auto between = read_back(Text::reason_between, reason))
    if (const auto event = event_in_english(between->at(2)))
      return say_in(Language::en, Text::reason_between, between->at(0), between->at(1), *event);
  if (const auto dated = read_back(Text::reason, reason))
    if (const auto event = event_in_english(dated->at(1)))
      return say_in(Language::en, Text::reason, dated->at(0), *event);
  return std::string(reason);
}

Wording waits_words(std::string_view pending) {
  const auto known =
      std::find_if(waits.begin(), waits.end(), [&](const Wait& one) { return one.word == pending; });
  if (known != waits.end()) return say(known->text);
  // A kind of state and its code, which is no word of Chinese.
  constexpr std::array<std::pair<std::string_view, Text>, 5> kinds{{{"credential ", Text::state_credential},
                                                                    {"insured ", Text::state_insured},
                                                                    {"support ", Text::state_support},
                                                                    {"pension ", Text::state_pension},
                                                                    {"work ", Text::state_work}}};
  for (const auto& [kind, text] : kinds)
    if (pending.starts_with(kind)) return say(Text::wait_state, say(text, pending.substr(kind.size())));
  return say(Text::wait_state, say(Text::state_other, pending));
}

Wording agency_words(EvidenceClass weight) {
  switch (weight) {
    case EvidenceClass::police_registration:
      return say(Text::police);
    case EvidenceClass::certificate:
      return say(Text::certificate);
    case EvidenceClass::hospital:
      return say(Text::hospital);
    case EvidenceClass::cremation:
      return say(Text::cremation);
    case EvidenceClass::insurance:
      return say(Text::medical_insurance);
    case EvidenceClass::care_desk:
      return say(Text::care_desk);
  }
  return {};
}

Wording agency_words(std::string_view connector, std::string_view source) {
  constexpr std::array<std::pair<std::string_view, Text>, 4> known{
      {{"public_security", Text::police},
       {"civil_affairs", Text::civil_affairs},
       {"medical_insurance", Text::medical_insurance},
       {"hospital_his", Text::hospital}}};
  for (const auto& [name, text] : known)
    if (name == connector) return say(text);
  return source == "care-desk" ? say(Text::care_desk) : say(Text::source_named, source);
}

Wording money_words(const Amount& amount) {
  if (!amount.known) return say(Text::sum_unknown);
  const auto yuan = amount.fen % 100 == 0 ? fmt::format("{}", amount.fen / 100)
                                          : fmt::format("{}.{:02}", amount.fen / 100, amount.fen % 100);
  switch (amount.per) {
    case Per::month:
      return say(Text::per_month, yuan);
    case Per::year:
      return say(Text::per_year, yuan);
    case Per::once:
      return say(Text::once, yuan);
  }
  return {};
}

Wording condition_words(const Explanation& condition) {
  if (condition.form == Explanation::Form::negated && condition.parts.size() == 1)
    return say(Text::must_not, condition_words(condition.parts[0]));
  return {chinese_typeset(condition.chinese), condition.english};
}

Wording benefit_words(const Benefit& benefit) {
  return {chinese_typeset(benefit.title), benefit.id};
}

AccountWords words_of(const Account& account, const PolicySet& policies, const Situation& situation,
                      const CoverageTold& told) {
  const auto& about = policies.benefits()[account.benefit];
  AccountWords words;
  words.benefit = benefit_words(about);
  words.conclusion = conclusion_of(account, policies);
  words.basis = {
      say_in(Language::zh, Text::basis, chinese_typeset(about.issued), chinese_typeset(about.clause)),
      say_in(Language::en, Text::basis, about.policy, about.clause)};
  words.quote = about.quote;
  for (const auto& missing : account.missing)
    words.missing.push_back(missing_words(missing, situation));
  for (const auto& pending : account.waits)
    words.waits.push_back(wait_told(pending, told));
  Telling(account, situation, words).tell(policies);
  words.next = next_words(account, situation);
  return words;
}

}  // namespace kinhub
