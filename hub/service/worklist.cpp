#include "hub/service/worklist.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace kinhub::service {
namespace {

constexpr int looks_back = 400, looks_ahead = 45, hand_over_days = 14, alone_from = 60;
constexpr std::size_t city_digits = 4, county_digits = 6;

bool is_priority(const Household& household, Date day) {
  for (const auto& member : household.members)
    for (const auto& span : member.person->supported)
      if (span.contains(day)) return true;
  if (household.members.size() != 1) return false;
  const auto& one = *household.members.front().person;
  const bool was_married = std::any_of(one.marriages.begin(), one.marriages.end(),
                                       [&](const Wed& wed) { return wed.when.until <= day; });
  const bool is_married = std::any_of(one.marriages.begin(), one.marriages.end(),
                                      [&](const Wed& wed) { return wed.when.contains(day); });
  return was_married && !is_married && !one.lives_with_others && one.born &&
         reaches(*one.born, alone_from) <= day;
}

/// An event of an archive in Chinese.
std::string_view event_text(std::string_view event) {
  constexpr std::pair<std::string_view, std::string_view> texts[] = {
      {"opened", "建档"}, {"moved", "迁移"},  {"handed_over", "移交"}, {"received", "接收"}, {"lost", "丢失"},
      {"found", "找回"},  {"closed", "退档"}, {"restored", "恢复"},    {"destroyed", "销毁"}};
  for (const auto& [code, text] : texts)
    if (code == event) return text;
  return event;
}

constexpr int quiet_around = 3, quiet_back_max = 31;
constexpr std::string_view tomb_sweeping = "清明";

/// Whether a day lies around a yearly day, at the earliest so many years after the first.
bool around_yearly(Date first, int from_years, Date day) {
  for (auto year = day.year() - 1; year <= day.year() + 1; ++year) {
    if (year - first.year() < from_years) continue;
    const auto on = birthday_in(first, year);
    if (day >= on.plus_days(-quiet_around) && day <= on.plus_days(quiet_around)) return true;
  }
  return false;
}

/// Where an archive is kept: where it was received last, else where its household had its seat when it was
/// opened, or as early as that is known. A number is typed and tells nothing of it.
std::string kept_in(const Keeping& keeping, const Archive& archive, Date day) {
  std::string town;
  for (const auto* event : archive.events) {
    if (event->on > day) continue;
    if (event->event == "received")
      town = town_of(town_of(event->area).empty() ? keeping.seat(archive, event->on) : event->area);
    else if (event->event == "opened" && town.empty())
      town = town_of(keeping.seat(archive, event->on));
  }
  if (!town.empty()) return town;
  for (const auto* person : keeping.people(archive))
    if (person->id == archive.cover)
      for (const auto& lives : person->lives)
        if (!town_of(lives.area).empty()) return town_of(lives.area);
  return town;
}

/// Everything of one archive on a day.
class Lines {
 public:
  Lines(const Ledger& ledger, const Festivals& festivals, Date day, std::vector<WorkLine>& lines)
      : ledger_(ledger), festivals_(festivals), day_(day), lines_(lines) {}

  void add_archive(const Archive& archive, const std::vector<const Service*>& services) {
    if (!archive.is_open(day_)) return;
    const auto household = ledger_.keeping().household(archive, day_);
    const auto* known_by =
        household ? household->members.front().person : ledger_.record().find(archive.cover);
    const bool priority = household && is_priority(*household, day_);
    const auto first = lines_.size();
    std::vector<Date> earliest;  // of each line, the first day on which an act counts
    for (const auto* service : services)
      for (const auto& one :
           ledger_.owed(*service, archive, {day_.plus_days(-looks_back), day_.plus_days(looks_ahead)}, day_))
        if (add(one, known_by)) earliest.push_back(one.acts.from);
    if (!household) add_closing(archive, known_by);
    add_hand_over(archive, household, known_by);
    earliest.resize(lines_.size() - first, Date::beginning());
    for (auto at = first; at < lines_.size(); ++at) {
      lines_[at].priority = priority;
      if (household) keep_quiet(*household, lines_[at], earliest[at - first]);
    }
  }

 private:
  bool add(const Owed& one, const Person* known_by) {
    if (!one.open(day_)) return false;
    WorkLine line;
    line.service = one.service->id, line.name = one.service->name, line.archive_no = one.archive->number;
    line.who = one.person ? one.person : known_by;
    line.what = one.what, line.due = one.due, line.days_over = one.overdue(day_);
    line.state = one.service->rule == Service::Rule::after ? WorkLine::State::event
                 : line.days_over > 0                      ? WorkLine::State::overdue
                 : day_ >= one.target                      ? WorkLine::State::due
                                                           : WorkLine::State::open;
    lines_.push_back(std::move(line));
    return true;
  }

  /// A due day that is still to come moves back to the last day before it on which the family may be called
  /// on; an act on an earlier one than `earliest` would not count, and then it stays.
  void keep_quiet(const Household& household, WorkLine& line, Date earliest) const {
    if (!line.due || line.days_over > 0 || line.state == WorkLine::State::event) return;
    for (int back = 0; back <= quiet_back_max && line.due->plus_days(-back) >= earliest; ++back)
      if (const auto day = line.due->plus_days(-back); !is_quiet(household, festivals_, day)) {
        line.due = day;
        return;
      }
  }

  /// Nobody of it is a member any more: a person decides whether it is closed.
  void add_closing(const Archive& archive, const Person* known_by) {
    lines_.push_back(
        {WorkLine::State::open, "", "退档", archive.number, known_by, "", std::nullopt, 0, false});
  }

  /// The seat moved to another town of the city: fourteen days from when the hub learned it.
  void add_hand_over(const Archive& archive, const std::optional<Household>& household,
                     const Person* known_by) {
    const auto seat = town_of(ledger_.keeping().seat(archive, day_)),
               kept = kept_in(ledger_.keeping(), archive, day_);
    if (seat.empty() || kept.empty() || seat == kept ||
        seat.substr(0, city_digits) != kept.substr(0, city_digits))
      return;
    const auto due = told_of_seat(archive, household, seat).plus_days(hand_over_days);
    const auto over = std::max(0, day_.days() - due.days());
    lines_.push_back({over > 0 ? WorkLine::State::overdue : WorkLine::State::due, "", "移交", archive.number,
                      known_by, kept + "->" + seat, due, over, false});
  }

  /// When the hub learned that who gives the household its seat had come into that town.
  Date told_of_seat(const Archive& archive, const std::optional<Household>& household,
                    const std::string& seat) const {
    const auto* giver = ledger_.record().find(archive.cover);
    if (household)
      for (const auto& member : household->members)
        if (town_of(member.area) == seat) {
          giver = member.person;
          break;
        }
    Date told = day_;
    if (!giver) return told;
    // Moves within the town are none: the one that led into it counts.
    for (auto lives = giver->lives.rbegin(); lives != giver->lives.rend(); ++lives) {
      if (lives->when.from > day_) continue;
      if (town_of(lives->area) != seat) break;
      told = std::min(told, lives->told);
    }
    return told;
  }

  const Ledger& ledger_;
  const Festivals& festivals_;
  const Date day_;
  std::vector<WorkLine>& lines_;
};

}  // namespace

bool is_quiet(const Household& household, const Festivals& festivals, Date day) {
  if (!festivals.in({day, day.plus_days(1)}, {std::string(tomb_sweeping)}).empty()) return true;
  for (const auto& member : household.members)
    for (const auto& death : member.person->deaths) {
      if (death.who == member.person->id || death.on > day) continue;
      if (around_yearly(death.on, 1, day)) return true;
      if (death.child_born && around_yearly(*death.child_born, 0, day)) return true;
    }
  return false;
}

std::optional<Error> worklist_day_fault(Date day) {
  if (day >= Date(1900, 1, 1) && day <= Date(2200, 12, 31)) return std::nullopt;
  return Error{"DAY_RANGE", "a worklist is of a day from 1900-01-01 to 2200-12-31", day.text()};
}

std::string_view name_of(WorkLine::State state) {
  switch (state) {
    case WorkLine::State::event:
      return "重大情况";
    case WorkLine::State::overdue:
      return "逾期";
    case WorkLine::State::due:
      return "到期";
    case WorkLine::State::open:
      return "待办";
  }
  return "";
}

std::vector<WorkLine> worklist(const Ledger& ledger, const ServiceSet& services, std::string_view region,
                               Date day) {
  std::vector<WorkLine> lines;
  Lines adding(ledger, services.festivals(), day, lines);
  // A county may have its own file: services are those of where an archive stands, whoever asks.
  std::map<std::string, std::vector<const Service*>> by_county;
  const auto used_in = [&](const std::string& area) -> const std::vector<const Service*>& {
    const auto county = area.empty() ? std::string(region) : area.substr(0, county_digits);
    const auto [found, fresh] = by_county.try_emplace(county);
    if (fresh)
      for (const auto* one : services.of(county, day))
        if (one->used && is_connected(*one, ledger.record())) found->second.push_back(one);
    return found->second;
  };
  std::set<PersonId> kept;
  for (const auto& archive : ledger.archives()) {
    if (archive.is_open(day))
      if (const auto household = ledger.keeping().household(archive, day))
        for (const auto& member : household->members)
          kept.insert(member.person->id);
    const auto seat = ledger.keeping().seat(archive, day), place = kept_in(ledger.keeping(), archive, day);
    if (lies_in(place, region) || (place.empty() && lies_in(seat, region)) ||
        (region.size() > place.size() && lies_in(seat, region)))
      adding.add_archive(archive, used_in(place.empty() ? seat : place));
  }
  for (const auto& household : households_on(ledger.record(), day)) {
    if (!lies_in(household.seat, region)) continue;
    const bool has = std::any_of(household.members.begin(), household.members.end(),
                                 [&](const Member& one) { return kept.contains(one.person->id); });
    if (!has)
      lines.push_back({WorkLine::State::open, "", "建档", "", household.members.front().person, "",
                       std::nullopt, 0, is_priority(household, day)});
  }
  for (const auto* stray : ledger.strays()) {
    const auto* person = ledger.record().find(stray->person);
    const auto* lives = person ? lives_on(*person, day) : nullptr;
    if (stray->on > day || !lies_in(lives ? lives->area : std::string(), region)) continue;
    lines.push_back({WorkLine::State::open, "", "核对", stray->archive_no, person,
                     std::string(event_text(stray->event)), std::nullopt, 0, false});
  }
  const auto key = [](const WorkLine& one) {
    return std::tuple(one.state, !one.priority, -one.days_over, one.due.value_or(Date::forever()),
                      one.archive_no, one.service, one.who ? one.who->number : std::string());
  };
  std::stable_sort(lines.begin(), lines.end(), [&](const WorkLine& a, const WorkLine& b) {
    // Of what is overdue the most days first, then the number of the archive; of the rest the day it is due.
    if (a.state == WorkLine::State::overdue && b.state == WorkLine::State::overdue)
      return std::tuple(!a.priority, -a.days_over, a.archive_no, a.service,
                        a.who ? a.who->number : std::string()) <
             std::tuple(!b.priority, -b.days_over, b.archive_no, b.service,
                        b.who ? b.who->number : std::string());
    return key(a) < key(b);
  });
  return lines;
}

}  // namespace kinhub::service
