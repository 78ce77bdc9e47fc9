#include "hub/desk/care_record.hpp"

#include <algorithm>
#include <deque>
#include <set>

#include "hub/config/config.hpp"
#include "hub/desk/person_views.hpp"
#include "hub/lead/cases.hpp"
#include "hub/lead/lead_desk.hpp"
#include "hub/record/standing.hpp"
#include "hub/store/entries.hpp"
#include "hub/store/people.hpp"

namespace kinhub {
namespace {

using service::Record;

constexpr std::size_t page_size = 500, cases_per_page = 1'000;
constexpr std::string_view special_family = "special family";
constexpr std::string_view condition_ending = "/special-family";

/// The conditions that care asks of everybody.
struct Conditions {
  AskedCondition special, bereaved, of_age;
};
Result<Conditions> conditions_of(const PolicySet& policies) {
  const auto special = AskedCondition::defined(policies, special_family),
             bereaved = AskedCondition::defined(policies, "bereaved"),
             of_age = AskedCondition::defined(policies, "of age");
  if (!special || !bereaved || !of_age)
    return Error{"CARE_CONDITIONS",
                 "no policy of the whole country defines 'special family', 'bereaved' and 'of age': without "
                 "them nobody "
                 "can be counted",
                 ""};
  return Conditions{*special, *bereaved, *of_age};
}

std::string text(const Fact& fact, FactField field) {
  return text_of(fact, field).value_or("");
}
std::vector<std::string> list_of(const std::string& text) {
  constexpr std::string_view comma = "、";
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(comma, at), text.size());
    if (end > at) all.push_back(text.substr(at, end - at));
    at = end + comma.size();
  }
  return all;
}

/// The day on which the first of these words came.
Date told_on(const std::vector<Support>& evidence) {
  auto first = known_now;
  for (const auto* said : evidence)
    first = std::min(first, said->received_at_us);
  return first == known_now ? Date::beginning() : shanghai_date(first);
}

/// Reads people of one page, from the workspace as of now or from the past record.
class Reading {
 public:
  Reading(const CareRecordMeans& means, const Conditions& conditions, const JudgedBy& by,
          std::int64_t known_at_us)
      : means_(means), conditions_(conditions), by_(by), known_at_us_(known_at_us) {
    for (const auto& benefit : by.policies->benefits())
      wait_days_ = std::max(wait_days_, benefit.wait_days);
  }

  /// Adds those of these people who matter, and their spouses.
  void take(const std::vector<PersonId>& page, Record& record) {
    auto rules = means_.evidence.rules_in(
        means_.reading.values(), known_at_us_ == known_now ? std::nullopt : std::optional(known_at_us_));
    Workspace now(means_.reading.people(), means_.keys, rules);
    now.prefetch_rights(page);
    std::optional<PastRecord> then;
    if (known_at_us_ != known_now) then.emplace(now, means_.keys, known_at_us_);
    RecordReader& people = then ? static_cast<RecordReader&>(*then) : now;
    std::deque<std::pair<PersonId, bool>> waiting;
    for (const auto person : page)
      waiting.emplace_back(person, false);
    while (!waiting.empty()) {
      const auto [person, spouse] = waiting.front();
      waiting.pop_front();
      if (taken_.contains(person) || (!spouse && then && !LeadDesk::is_kept_of(person, now))) continue;
      try {
        if (people.dossier(person).entries.empty()) continue;
        auto one = read(person, people, spouse, record);
        if (!one) continue;
        taken_.insert(person);
        for (const auto& wed : one->marriages)
          if (wed.spouse) waiting.emplace_back(wed.spouse, true);
        record.people.push_back(std::move(*one));
      } catch (const DossierUnreadable&) {  // kinhub status says that there is damage
      }
    }
  }

 private:
  std::optional<service::Person> read(PersonId id, RecordReader& people, bool spouse, Record& record) {
    const auto& dossier = people.dossier(id);
    auto kin = kin_of(id, people, by_.coverage);
    const auto numbers = numbers_of(kin, people, means_.keys);
    if (const auto held = held_then(numbers); !held.empty())
      kin.situation.coverage = without_held(kin.situation.coverage, held, by_.covers);
    service::Person one;
    one.id = id;
    one.special = conditions_.special.timeline(kin.situation);
    const auto archive = standings(FactKind::archive, dossier, people);
    if (one.special.empty() && archive.empty() && !spouse) return std::nullopt;
    one.bereaved = conditions_.bereaved.timeline(kin.situation);
    one.of_age = conditions_.of_age.timeline(kin.situation);
    for (const auto& [phrase, asked] : means_.services.asked())
      one.asked[phrase] = asked.timeline(kin.situation);
    tell_person(one, kin, people);
    tell_marriages(one, kin);
    tell_residence(one, dossier, people);
    tell_deaths(one, kin, people);
    tell_papers(one, dossier, people);
    for (const auto& standing : archive)
      add_archive(id, standing, record);
    for (const auto& standing : standings(FactKind::service, dossier, people))
      add_act(id, standing, record);
    return one;
  }

  /// Events in quarantine that mention these numbers and had come by the time that is read. The shelf does
  /// not tell when one was settled: what was held then and is settled now counts as never held.
  std::vector<HeldMention> held_then(const std::vector<Token>& numbers) const {
    auto held = means_.reading.quarantine().held_mentions(numbers);
    if (known_at_us_ != known_now)
      std::erase_if(held, [&](const HeldMention& one) {
        const auto row = means_.reading.quarantine().find(one.quarantine_id);
        return row && row->received_at_us > known_at_us_;
      });
    return held;
  }

  std::vector<Standing> standings(FactKind kind, const Dossier& dossier, RecordReader& people) const {
    return standing_of(kind, dossier, known_at_us_, people.evidence_rules());
  }

  void tell_person(service::Person& one, const Kin& kin, RecordReader& people) const {
    const auto& portrait = people.portrait(one.id);
    one.ref = person_reference(means_.keys, one.id);
    one.name = portrait.name, one.number = portrait.citizen_number, one.sex = portrait.sex;
    if (portrait.born && portrait.born->precision == Precision::day) one.born = portrait.born->first;
    if (const auto& died = kin.situation.people[0].died; died && died->certainty == Certainty::sure)
      one.died = died->on;
  }

  static void tell_marriages(service::Person& one, const Kin& kin) {
    for (const auto& span : kin.situation.marriages) {
      const bool by_death =
          span.ends != no_cause &&
          kin.situation.causes[static_cast<std::size_t>(span.ends)].what == Cause::What::death;
      one.marriages.push_back({kin.people[static_cast<std::size_t>(span.spouse)], span.when, by_death});
    }
  }

  void tell_residence(service::Person& one, const Dossier& dossier, RecordReader& people) const {
    for (const auto& registered : residence_by_area(dossier, known_at_us_, people.evidence_rules()))
      one.lives.push_back({registered.region, registered.when, told_on(registered.evidence)});
  }

  /// Of the person and of the children, with when the hub learned of each.
  void tell_deaths(service::Person& one, const Kin& kin, RecordReader& people) const {
    std::vector<PersonId> whose = {one.id};
    for (const auto& child : kin.situation.children)
      if (child.relation != ChildRelation::step)
        whose.push_back(kin.people[static_cast<std::size_t>(child.child)]);
    for (const auto person : whose) {
      if (!person) continue;
      const auto death = death_of(person, people);
      if (!death) continue;
      service::DeathTold told{person, death->on.first, told_on(death->evidence).plus_days(wait_days_)};
      if (const auto& born = people.portrait(person).born;
          person != one.id && born && born->precision == Precision::day)
        told.child_born = born->first;
      one.deaths.push_back(told);
    }
  }

  void tell_papers(service::Person& one, const Dossier& dossier, RecordReader& people) const {
    using F = FactField;
    for (const auto& of : standings(FactKind::helper, dossier, people)) {
      const auto& fact = of.said->fact;
      one.helpers.push_back({of.part, text(fact, F::helper_name), text(fact, F::unit), text(fact, F::post),
                             text(fact, F::phone), of.when});
    }
    for (const auto& of : standings(FactKind::contract, dossier, people))
      one.contracts.push_back(
          {"", text(of.said->fact, F::state), text(of.said->fact, F::contract_no), of.when});
    for (const auto& of : standings(FactKind::credential, dossier, people)) {
      const auto& fact = of.said->fact;
      one.credentials.push_back(
          {of.part, text_of(fact, F::state).value_or("valid"), text(fact, F::number), of.when});
    }
    for (const auto& of : standings(FactKind::support, dossier, people))
      if (of.part == "low_income" || of.part == "five_guarantee" || of.part == "registered_poor")
        one.supported.push_back(of.when);
    for (const auto& of : standings(FactKind::housing, dossier, people))
      if (const auto living = text(of.said->fact, F::living); !living.empty())
        one.lives_with_others = living != "alone";
    for (const auto& of : standings(FactKind::contact, dossier, people))
      if (of.part == "mobile" || (of.part == "phone" && one.phone.empty()))
        one.phone = text(of.said->fact, F::contact);
  }

  static void add_archive(PersonId id, const Standing& standing, Record& record) {
    const auto& fact = standing.said->fact;
    if (!fact.on) return;
    record.archive_events.push_back({fact.key, id, text(fact, FactField::archive_no),
                                     text(fact, FactField::event), text(fact, FactField::area),
                                     text(fact, FactField::unit), text(fact, FactField::reason),
                                     fact.on->first});
  }

  static void add_act(PersonId id, const Standing& standing, Record& record) {
    using F = FactField;
    const auto& fact = standing.said->fact;
    if (!fact.on) return;
    service::Act act;
    act.key = fact.key, act.person = id, act.archive_no = text(fact, F::archive_no), act.on = fact.on->first;
    act.services = list_of(text(fact, F::service));
    for (auto& more : list_of(text(fact, F::also)))
      if (!act.names(more)) act.services.push_back(std::move(more));
    if (const auto channel = text(fact, F::channel); !channel.empty()) act.channel = channel.front();
    act.reached = text(fact, F::reached) != "no";
    act.not_at_home = text(fact, F::not_at_home) == "yes",
    act.policy_told = text(fact, F::policy_told) == "yes";
    act.doers = list_of(text(fact, F::doers)), act.roles = list_of(text(fact, F::doer_roles));
    if (const auto* fen = find_attribute(fact, F::fen)) act.fen = fen->number;
    record.acts.push_back(std::move(act));
  }

  const CareRecordMeans& means_;
  const Conditions& conditions_;
  const JudgedBy& by_;
  const std::int64_t known_at_us_;
  int wait_days_ = 0;
  std::set<PersonId> taken_;
};

/// Who stands in the table of cases as a special family, now, once or ahead; and whose archives were ever
/// told of.
std::vector<PersonId> concerned_now(const CareRecordMeans& means) {
  std::set<PersonId> people;
  const CaseWords words(means.reading.values());
  std::vector<std::uint16_t> codes;
  for (std::uint16_t code = 0;; ++code) {
    const auto word = words.word_of(code);
    if (word.empty()) break;
    if (word.ends_with(condition_ending)) codes.push_back(code);
  }
  for (const auto code : codes)
    for (const auto state : {CaseState::now, CaseState::possible, CaseState::ahead, CaseState::over}) {
      CasePlace after;
      while (true) {
        const auto rows =
            means.reading.cases().page({CaseKind::condition, code, state}, after, cases_per_page);
        for (const auto& row : rows)
          if (const auto person = person_of_case(means.keys, row.key.person)) people.insert(*person);
        if (rows.size() < cases_per_page) break;
        after = {rows.back().area, rows.back().key.person};
      }
    }
  Token after{};
  std::vector<Token> archives;
  while (true) {
    const auto rows = means.reading.entries().page(std::string(care_desk), after, cases_per_page);
    for (const auto& row : rows)
      if (row.kind == FactKind::archive) archives.push_back(row.key);
    if (rows.size() < cases_per_page) break;
    after = rows.back().key;
  }
  for (const auto& home : means.reading.people().homes(std::string(care_desk), archives))
    people.insert(home.person);
  return {people.begin(), people.end()};
}

void sort(Record& record) {
  std::sort(record.people.begin(), record.people.end(),
            [](const service::Person& a, const service::Person& b) { return a.id < b.id; });
  const auto by_day = [](const auto& a, const auto& b) {
    return std::tie(a.on, a.key) < std::tie(b.on, b.key);
  };
  std::sort(record.acts.begin(), record.acts.end(), by_day);
  std::sort(record.archive_events.begin(), record.archive_events.end(), by_day);
}

}  // namespace

Result<Record> read_care_record(const CareRecordMeans& means, std::optional<std::int64_t> known_at_us) {
  auto by = judged_by(means.reading, means.policies, means.rules, means.today, known_at_us);
  if (!by) return by.error();
  auto conditions = conditions_of(*by->policies);
  if (!conditions) return conditions.error();
  Record record;
  Reading reading(means, *conditions, *by, known_at_us.value_or(known_now));
  if (!known_at_us) {
    const auto people = concerned_now(means);
    for (std::size_t at = 0; at < people.size(); at += page_size)
      reading.take({people.begin() + static_cast<std::ptrdiff_t>(at),
                    people.begin() + static_cast<std::ptrdiff_t>(std::min(at + page_size, people.size()))},
                   record);
  } else {
    PersonId after;
    while (true) {
      const auto page = means.reading.people().page(after, page_size);
      reading.take(page, record);
      if (page.size() < page_size) break;
      after = page.back();
    }
  }
  sort(record);
  return record;
}

}  // namespace kinhub
