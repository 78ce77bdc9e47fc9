#include "hub/service/owed.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kinhub::service {
namespace {

constexpr int week_reminder = 2, month_reminder = 7, touched_days = 60, window_shown_days = 30;

std::string text_of(Interval unit, Unit kind) {
  const auto text = unit.from.text();
  switch (kind) {
    case Unit::week:
      return text + " 起一周";
    case Unit::month:
      return text.substr(0, 7);
    case Unit::quarter:
      return fmt::format("{}Q{}", unit.from.year(), (unit.from.month() + 2) / 3);
    case Unit::half:
      return fmt::format("{}H{}", unit.from.year(), unit.from.month() < 7 ? 1 : 2);
    case Unit::year:
      return text.substr(0, 4);
  }
  return text;
}

bool includes(Interval whole, Interval part) {
  return whole.from <= part.from && part.until <= whole.until;
}

/// The paper in force on a day, of the type and state; the one that begins last.
const Paper* in_force(const std::vector<Paper>& papers, std::string_view type, std::string_view state,
                      Date day) {
  const Paper* found = nullptr;
  for (const auto& paper : papers)
    if ((type.empty() || paper.type == type) && paper.state == state && paper.when.contains(day))
      if (!found || found->when.from <= paper.when.from) found = &paper;
  return found;
}

bool holds_any(const Person& person, const std::vector<std::string>& types, Date day) {
  return std::any_of(types.begin(), types.end(), [&](const std::string& type) {
    return in_force(person.credentials, type, "valid", day) != nullptr;
  });
}

}  // namespace

bool is_connected(const Service& service, const Record& record) {
  if (service.rule == Service::Rule::waits) return false;
  return !service.from_feed || std::any_of(record.acts.begin(), record.acts.end(),
                                           [&](const Act& act) { return act.names(service.id); });
}

/// What the obligations of one archive under one service are made of.
struct Ledger::Of {
  const Service& service;
  const Archive& archive;
  Interval range;
  Date as_of;
};

int Owed::overdue(Date day) const {
  if (met || !running || day <= due || day >= shown_until) return 0;
  return day.days() - due.days();
}

Ledger::Ledger(const Record& record, const Festivals& festivals)
    : record_(record),
      festivals_(festivals),
      keeping_(record),
      book_(book_of(record, keeping_)),
      archives_(book_.archives) {
  for (const auto& archive : archives_)
    for (const auto* person : keeping_.people(archive))
      near_[person->id].push_back(&archive);
  for (const auto& act : record.acts)
    if (const auto* archive = archive_of(act)) acts_[archive->number].push_back(&act);
}

const Archive* Ledger::archive_of(const Act& act) const {
  if (!act.archive_no.empty()) {
    const auto found =
        std::lower_bound(archives_.begin(), archives_.end(), act.archive_no,
                         [](const Archive& one, const std::string& number) { return one.number < number; });
    if (found != archives_.end() && found->number == act.archive_no &&
        keeping_.is_of(*found, act.person, act.on))
      return &*found;
  }
  // Not said, or another household's: the archive that is open on the day, of whom it was done for.
  const auto near = near_.find(act.person);
  if (near == near_.end()) return nullptr;
  for (const auto* archive : near->second) {
    if (!archive->is_open(act.on)) continue;
    if (archive->cover == act.person) return archive;
    if (const auto household = keeping_.household(*archive, act.on); household && household->has(act.person))
      return archive;
  }
  for (const auto* archive : near->second)
    if (archive->cover == act.person) return archive;
  return nullptr;
}

std::vector<const Act*> Ledger::acts_of(const Archive& archive) const {
  const auto found = acts_.find(archive.number);
  return found == acts_.end() ? std::vector<const Act*>() : found->second;
}

std::string Ledger::area(const Owed& one) const {
  if (!one.person) return keeping_.seat(*one.archive, one.counted_on);
  if (const auto* lives = lives_on(*one.person, one.counted_on)) return lives->area;
  return keeping_.seat(*one.archive, one.counted_on);
}

std::vector<const Helper*> Ledger::helpers_on(const Archive& archive, std::string_view role, Date day) const {
  std::vector<const Helper*> found;
  const auto add = [&](const Person* person) {
    if (!person) return;
    for (const auto& helper : person->helpers)
      if ((role.empty() || helper.role == role) && helper.when.contains(day)) found.push_back(&helper);
  };
  add(record_.find(archive.cover));
  if (const auto household = keeping_.household(archive, day))
    for (const auto& member : household->members)
      if (member.person->id != archive.cover) add(member.person);
  return found;
}

bool Ledger::is_helper(const Archive& archive, const std::string& name, Date day) const {
  const auto helpers = helpers_on(archive, "", day);
  return std::any_of(helpers.begin(), helpers.end(), [&](const Helper* one) { return one->name == name; });
}

bool Ledger::qualifies(const Service& service, const Archive& archive, const Act& act) const {
  const bool named = service.counts.empty()
                         ? act.names(service.id)
                         : std::any_of(service.counts.begin(), service.counts.end(),
                                       [&](const std::string& id) { return act.names(id); });
  if (!named || !act.reached) return false;
  const bool channel = service.channels.find(act.channel) != std::string::npos && act.channel != 0;
  const bool away = service.phone_when_away && act.channel == 'P' && act.not_at_home;
  if (!channel && !away) return false;
  if (service.by.empty()) return true;
  for (const auto& role : service.by) {
    if (role == "helper") {
      for (const auto& doer : act.doers)
        if (is_helper(archive, doer, act.on)) return true;
    } else if (std::find(act.roles.begin(), act.roles.end(), role) != act.roles.end()) {
      return true;
    } else {
      for (const auto* helper : helpers_on(archive, role, act.on))
        if (std::find(act.doers.begin(), act.doers.end(), helper->name) != act.doers.end()) return true;
    }
  }
  return false;
}

std::vector<const Act*> Ledger::qualifying(const Service& service, const Archive& archive,
                                           const Person* person, Interval days) const {
  std::vector<const Act*> found;
  const auto acts = acts_.find(archive.number);
  if (acts == acts_.end()) return found;
  for (const auto* act : acts->second)
    if (days.contains(act->on) && (!person || act->person == person->id) && qualifies(service, archive, *act))
      found.push_back(act);
  return found;
}

bool Ledger::holds(const Service& service, const Person& person, Date day) const {
  for (const auto& phrase : service.when) {
    const auto asked = person.asked.find(phrase);
    if (asked == person.asked.end() || on(asked->second, day) != Certainty::sure) return false;
  }
  return !service.when_signed || in_force(person.contracts, "", "signed", day) != nullptr;
}

/// Whether the span of an obligation goes on: the archive is open, and the person still one whom it is owed.
bool Ledger::runs(const Of& of, const Person* person) const {
  if (!of.archive.is_open(of.as_of)) return false;
  return !person || (keeps(of.archive, *person, of.as_of) && holds(of.service, *person, of.as_of));
}

/// Whether an archive is the one under which a member is looked after on a day: of several open ones of a
/// household that whose cover the member is, else the first.
bool Ledger::keeps(const Archive& archive, const Person& person, Date day) const {
  if (const auto household = keeping_.household(archive, day); !household || !household->has(person.id))
    return false;
  if (archive.cover == person.id) return true;
  const auto near = near_.find(person.id);
  if (near == near_.end()) return true;
  for (const auto* other : near->second) {
    if (other == &archive || !other->is_open(day)) continue;
    if (other->cover != person.id && other->number > archive.number) continue;
    if (const auto household = keeping_.household(*other, day); household && household->has(person.id))
      return false;
  }
  return true;
}

/// Looks whether enough acts were done.
void Ledger::settle(Owed& one) const {
  const auto acts = qualifying(*one.service, *one.archive, one.person, one.acts);
  if (acts.size() < static_cast<std::size_t>(one.service->times)) return;
  one.met = true;
  one.met_on = acts[static_cast<std::size_t>(one.service->times) - 1]->on;
}

void Ledger::add_whole(const Of& of, std::vector<Owed>& all) const {
  const auto reminder = of.service.unit == Unit::week ? week_reminder : month_reminder;
  for (const auto unit : units_ending_in(of.range, of.service.unit)) {
    const bool whole = std::any_of(of.archive.open.begin(), of.archive.open.end(),
                                   [&](const Interval& span) { return includes(span, unit); });
    if (!whole) continue;
    const auto last = unit.until.plus_days(-1);
    Owed one;
    one.service = &of.service, one.archive = &of.archive;
    one.what = text_of(unit, of.service.unit);
    one.acts = unit, one.counted_on = last, one.due = one.target = last;
    one.shown_from = last.plus_days(-reminder);
    one.shown_until = unit_of(unit.until, of.service.unit).until;  // what was missed cannot be done any more
    one.running = runs(of, nullptr);
    if (of.service.whose == Service::For::household) {
      settle(one);
      all.push_back(std::move(one));
      continue;
    }
    const auto household = keeping_.household(of.archive, last);
    if (!household) continue;
    for (const auto& member : household->members) {
      bool throughout = true;
      for (auto day = unit.from; day < unit.until && throughout; day = day.plus_days(1))
        throughout = holds(of.service, *member.person, day) && on(member.person->special, day).has_value();
      if (!throughout || !keeps(of.archive, *member.person, last)) continue;
      one.person = member.person, one.met = false, one.met_on.reset();
      one.running = runs(of, member.person);
      settle(one);
      all.push_back(one);
    }
  }
}

/// A day of the period at which the condition holds obliges: the first such day, of each member.
void Ledger::add_touched(const Of& of, std::vector<Owed>& all) const {
  const auto unit = unit_of(of.as_of, of.service.unit);
  const auto looked_at = overlap(unit, {unit.from, of.as_of.plus_days(1)});
  const auto touched_on = [&](const auto& holds_on, const std::vector<Date>& days) -> std::optional<Date> {
    for (const auto day : days)
      if (of.archive.is_open(day) && holds_on(day)) return day;
    return std::nullopt;
  };
  const auto add = [&](const Person* person, Date since) {
    Owed one;
    one.service = &of.service, one.archive = &of.archive, one.person = person;
    one.what = text_of(unit, of.service.unit);
    one.acts = unit, one.counted_on = of.as_of;
    // It began in the period, or before it: then the whole of it was there.
    one.due = since > unit.from ? std::max(unit.until.plus_days(-1), since.plus_days(touched_days))
                                : unit.until.plus_days(-1);
    one.target = one.due, one.shown_from = std::min(since, one.due);
    one.running = runs(of, person);
    settle(one);
    all.push_back(std::move(one));
  };
  const auto& people = keeping_.people(of.archive);
  auto days = changes_of(people, looked_at);
  days.push_back(unit.from);
  for (const auto& span : of.archive.open)
    if (looked_at.contains(span.from)) days.push_back(span.from);
  for (const auto* person : people) {
    for (const auto& [phrase, spans] : person->asked)
      for (const auto& span : spans)
        if (looked_at.contains(span.when.from)) days.push_back(span.when.from);
    for (const auto& paper : person->contracts)
      if (looked_at.contains(paper.when.from)) days.push_back(paper.when.from);
  }
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  if (of.service.whose == Service::For::household) {
    if (const auto since = touched_on([](Date) { return true; }, days)) add(nullptr, *since);
    return;
  }
  for (const auto* person : people)
    if (const auto since = touched_on(
            [&](Date day) { return keeps(of.archive, *person, day) && holds(of.service, *person, day); },
            days))
      add(person, *since);
}

void Ledger::add_windows(const Of& of, std::vector<Owed>& all) const {
  const auto add = [&](Date day, const std::string& what, const Person* person) {
    if (!of.archive.is_open(day)) return;
    Owed one;
    one.service = &of.service, one.archive = &of.archive, one.person = person, one.what = what;
    one.acts = {day.plus_days(-of.service.before), day.plus_days(of.service.behind + 1)};
    one.counted_on = day, one.due = one.target = day.plus_days(of.service.behind);
    one.shown_from = one.acts.from, one.shown_until = one.due.plus_days(window_shown_days + 1);
    one.running = runs(of, person);
    settle(one);
    all.push_back(std::move(one));
  };
  if (of.service.around == Service::Around::festival) {
    for (const auto& [day, name] : festivals_.in(of.range, of.service.festivals))
      add(day, name, nullptr);
    return;
  }
  for (auto year = of.range.from.year(); year <= of.range.until.plus_days(-1).year(); ++year)
    for (const auto* person : keeping_.people(of.archive)) {
      if (!person->born || person->born->year() > year) continue;
      const auto day = birthday_in(*person->born, year);
      if (!of.range.contains(day)) continue;
      if (keeps(of.archive, *person, day) && holds(of.service, *person, day)) add(day, "生日", person);
    }
}

void Ledger::add_after(const Of& of, std::vector<Owed>& all) const {
  for (const auto* person : keeping_.people(of.archive))
    for (const auto& death : person->deaths) {
      if (!of.range.contains(death.told) || !of.archive.is_open(death.told)) continue;
      // Whose death it is may be a member's, who was of the household until that day, or a child's.
      // Membership ends with the day of death: the day before it tells whose the dead was.
      const auto then = keeping_.household(of.archive, death.on.plus_days(-1));
      const auto after = keeping_.household(of.archive, death.told);
      if (!after) continue;  // nobody is left to be visited
      const bool theirs = after->has(person->id) || (then && then->has(person->id));
      if (!theirs) continue;
      // One death is told in the record of both parents.
      const bool known = std::any_of(all.begin(), all.end(), [&](const Owed& one) {
        return one.archive == &of.archive && one.service == &of.service && one.shown_from == death.told &&
               one.what == death.on.text();
      });
      if (known) continue;
      Owed one;
      one.service = &of.service, one.archive = &of.archive, one.what = death.on.text();
      one.acts = {std::min(death.on, death.told), Date::forever()};
      one.counted_on = death.told, one.shown_from = death.told;
      one.due = one.target = death.told.plus_days(of.service.behind);
      one.running = of.archive.is_open(of.as_of) && keeping_.household(of.archive, of.as_of).has_value();
      settle(one);
      all.push_back(std::move(one));
    }
}

void Ledger::add_contacts(const Of& of, std::vector<Owed>& all) const {
  if (!of.archive.is_open(of.as_of)) return;
  Owed one;
  one.service = &of.service, one.archive = &of.archive;
  one.acts = {of.as_of, of.as_of.plus_days(1)}, one.counted_on = of.as_of;
  const auto opened = of.archive.opened_before(of.as_of);
  one.due = Date::forever(), one.met = true;
  for (const auto& role : of.service.roles) {
    if (!helpers_on(of.archive, role, of.as_of).empty()) continue;
    auto gap = opened;  // since when nobody is
    for (const auto* person : keeping_.people(of.archive))
      for (const auto& helper : person->helpers)
        if (helper.role == role && helper.when.until <= of.as_of) gap = std::max(gap, helper.when.until);
    one.met = false;
    one.what += (one.what.empty() ? "" : "、") + role;
    one.due = std::min(one.due, gap.plus_days(of.service.grace_days));
    one.shown_from = one.shown_from == Date() ? gap : std::min(one.shown_from, gap);
  }
  one.target = one.due;
  all.push_back(std::move(one));
}

void Ledger::add_papers(const Of& of, std::vector<Owed>& all) const {
  if (!of.archive.is_open(of.as_of)) return;
  const auto household = keeping_.household(of.archive, of.as_of);
  if (!household) return;
  const auto opened = of.archive.opened_before(of.as_of);
  for (const auto& member : household->members) {
    const auto& person = *member.person;
    if (!holds(of.service, person, of.as_of) || !keeps(of.archive, person, of.as_of)) continue;
    Owed one;
    one.service = &of.service, one.archive = &of.archive, one.person = &person;
    one.acts = {of.as_of, of.as_of.plus_days(1)}, one.counted_on = of.as_of, one.shown_from = opened;
    one.due = opened.plus_days(of.service.grace_days);
    const auto& papers = of.service.rule == Service::Rule::contract ? person.contracts : person.credentials;
    for (const auto& paper : papers)  // from its end on
      if ((paper.state == "signed" || paper.state == "valid") && paper.when.until <= of.as_of)
        one.due = std::max(one.due, paper.when.until.plus_days(-1));
    if (of.service.rule == Service::Rule::contract) {
      one.met = one.met_otherwise = in_force(person.contracts, "", "signed", of.as_of) != nullptr;
      one.declined = !one.met && in_force(person.contracts, "", "declined", of.as_of) != nullptr;
    } else {
      one.met = holds_any(person, of.service.types, of.as_of);
      one.met_otherwise = one.met || holds_any(person, of.service.other_types, of.as_of);
    }
    one.target = one.due;
    all.push_back(std::move(one));
  }
}

void Ledger::add_by(const Of& of, std::vector<Owed>& all) const {
  const auto year = of.as_of.year();
  const Date target(year, of.service.target_month, of.service.target_day),
      due(year, of.service.due_month, of.service.due_day);
  if (!of.archive.is_open(due)) return;
  Owed one;
  one.service = &of.service, one.archive = &of.archive, one.what = fmt::format("{}", year);
  one.acts = unit_of(of.as_of, Unit::year), one.counted_on = std::min(due, of.as_of);
  one.target = target, one.due = due, one.shown_from = target.plus_days(-30);
  one.running = of.archive.is_open(of.as_of);
  settle(one);
  all.push_back(std::move(one));
}

std::vector<Owed> Ledger::owed(const Service& service, const Archive& archive, Interval range,
                               Date as_of) const {
  std::vector<Owed> all;
  const Of of{service, archive, range, as_of};
  switch (service.rule) {
    case Service::Rule::whole:
      add_whole(of, all);
      break;
    case Service::Rule::touched:
      add_touched(of, all);
      break;
    case Service::Rule::window:
      add_windows(of, all);
      break;
    case Service::Rule::after:
      add_after(of, all);
      break;
    case Service::Rule::contacts:
      add_contacts(of, all);
      break;
    case Service::Rule::contract:
    case Service::Rule::card:
      add_papers(of, all);
      break;
    case Service::Rule::by:
      add_by(of, all);
      break;
    case Service::Rule::counted:
    case Service::Rule::waits:
      break;
  }
  return all;
}

std::vector<Owed> Ledger::owed(const Service& service, Interval range, Date as_of) const {
  std::vector<const Archive*> all;
  for (const auto& archive : archives_)
    all.push_back(&archive);
  return owed(service, all, range, as_of);
}

std::vector<Owed> Ledger::owed(const Service& service, const std::vector<const Archive*>& archives,
                               Interval range, Date as_of) const {
  std::vector<Owed> all;
  std::map<std::pair<PersonId, std::string>, std::size_t> members;  // what each was counted for, and where
  for (const auto* archive : archives)
    for (auto& one : owed(service, *archive, range, as_of)) {
      // Who went from one archive to another within a period is one member of it, under the later one.
      if (one.person && service.rule == Service::Rule::touched) {
        const auto [known, fresh] = members.try_emplace({one.person->id, one.what}, all.size());
        if (!fresh) {
          auto& before = all[known->second];
          if (!before.met && (one.met || !before.running)) before = std::move(one);
          continue;
        }
      }
      all.push_back(std::move(one));
    }
  return all;
}

}  // namespace kinhub::service
