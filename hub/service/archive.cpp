#include "hub/service/archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

namespace kinhub::service {
namespace {

std::optional<int> digits(std::string_view text) {
  int value = 0;
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failed == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// Openings and closings in their order as spans. Closed twice is closed once; an event between two openings
/// of no closing changes nothing.
std::vector<Interval> spans_of(const std::vector<const ArchiveEvent*>& events) {
  std::vector<Interval> spans;
  for (const auto* one : events) {
    const bool open = !spans.empty() && spans.back().until == Date::forever();
    const bool opens = one->event == "opened" || one->event == "restored";
    const bool closes = one->event == "closed" || one->event == "destroyed";
    if (opens && !open) {
      if (!spans.empty() && spans.back().until == one->on)
        spans.back().until = Date::forever();  // closed and restored on one day: it was open all the time
      else
        spans.push_back({one->on, Date::forever()});
    }
    if (closes && open) spans.back().until = one->on;
  }
  std::erase_if(spans, [](const Interval& span) { return span.empty(); });
  return spans;
}

/// Where the household of somebody stands on a day, or of who is no member, where they are registered; of a
/// day before anything is known, where first. Empty: not known.
std::string seat_of(const Record& record, PersonId id, Date day) {
  const auto* person = record.find(id);
  if (!person) return {};
  for (const auto& household : households_on(record, day))
    if (household.has(id) && !household.seat.empty()) return household.seat;
  if (const auto* lives = lives_on(*person, day)) return lives->area;
  return person->lives.empty() || person->lives.front().when.from <= day ? std::string()
                                                                         : person->lives.front().area;
}

}  // namespace

Result<ArchiveNumber> ArchiveNumber::read(std::string_view text) {
  const Error wrong{"ARCHIVE_NUMBER",
                    "the number of an archive is county-town-year-serial: 320812-903-2023-00004",
                    std::string(text)};
  if (text.size() != 21 || text[6] != '-' || text[10] != '-' || text[15] != '-') return wrong;
  const auto county = text.substr(0, 6), town = text.substr(7, 3);
  const auto year = digits(text.substr(11, 4)), serial = digits(text.substr(16, 5));
  if (!digits(county) || !digits(town) || !year || !serial || *serial == 0) return wrong;
  return ArchiveNumber{std::string(county), std::string(county) + std::string(town), *year, *serial};
}

std::string ArchiveNumber::text() const {
  return fmt::format("{}-{}-{:04}-{:05}", county, town.substr(county.size()), year, serial);
}

bool Archive::is_open(Date day) const {
  return std::any_of(open.begin(), open.end(), [&](const Interval& span) { return span.contains(day); });
}

Date Archive::opened_before(Date day) const {
  for (const auto& span : open)
    if (span.contains(day)) return span.from;
  return day;
}

ArchiveBook book_of(const Record& record, const Keeping& keeping) {
  std::map<std::string_view, std::vector<const ArchiveEvent*>> told;
  for (const auto& event : record.archive_events)
    told[event.archive_no].push_back(&event);
  ArchiveBook book;
  for (const auto& [number, events] : told) {
    if (!ArchiveNumber::read(number)) {
      book.strays.insert(book.strays.end(), events.begin(), events.end());
      continue;
    }
    // Keys of entries grow with the time of entering. The cover is of the opening; where none is told, of the
    // first word.
    const auto* first =
        *std::min_element(events.begin(), events.end(), [](const ArchiveEvent* a, const ArchiveEvent* b) {
          return std::tuple(a->event != "opened", std::string_view(a->key), a->on, a->person) <
                 std::tuple(b->event != "opened", std::string_view(b->key), b->on, b->person);
        });
    Archive archive;
    archive.number = number, archive.cover = first->person;
    for (const auto* event : events) {
      if (!keeping.is_of(archive, event->person, event->on)) {
        book.strays.push_back(event);
        continue;
      }
      archive.events.push_back(event);
      if (event->event == "opened") archive.cover = event->person;
    }
    archive.open = spans_of(archive.events);
    book.archives.push_back(std::move(archive));
  }
  return book;
}

std::vector<Archive> archives_of(const Record& record) {
  return book_of(record, Keeping(record)).archives;
}

std::optional<Error> archive_fault(const Record& record, const ArchiveEvent& entered) {
  const std::string field = "archive_no";
  const auto number = ArchiveNumber::read(entered.archive_no);
  if (!number) return Error{"ARCHIVE_NUMBER", number.error().text, field};
  const auto seat = seat_of(record, entered.person, entered.on);
  const auto offered = number_offered(record, entered.person, entered.on);
  const auto instead = offered.empty() ? std::string() : "; the next free one is " + offered;
  const Keeping keeping(record);
  for (const auto& archive : book_of(record, keeping).archives)
    if (archive.number == entered.archive_no && !keeping.is_of(archive, entered.person, entered.on))
      return Error{"ARCHIVE_TAKEN",
                   "this number is of another household's archive: look at it again" +
                       (entered.event == "opened" ? instead : std::string()),
                   field};
  if (entered.event == "opened" && !seat.empty() &&
      (number->county != seat.substr(0, number->county.size()) ||
       (!town_of(seat).empty() && number->town != town_of(seat))))
    return Error{"ARCHIVE_SEAT",
                 "the household stands in " + (town_of(seat).empty() ? seat : town_of(seat)) +
                     " on that day, and the number is of another place" + instead,
                 field};
  if (entered.event == "received" && town_of(entered.area).empty())
    return Error{"FIELD_MISSING", "an archive is received in a town: its code of 9 or 12 digits", "area"};
  return std::nullopt;
}

std::string number_offered(const Record& record, PersonId person, Date day) {
  const auto town = town_of(seat_of(record, person, day));
  return town.empty() ? std::string() : next_number(record, town, day.year()).text();
}

ArchiveNumber next_number(const Record& record, std::string_view town, int year) {
  ArchiveNumber next{std::string(town.substr(0, 6)), std::string(town), year, 1};
  for (const auto& event : record.archive_events)
    if (const auto known = ArchiveNumber::read(event.archive_no);
        known && known->county == next.county && known->year == year)
      next.serial = std::max(next.serial, known->serial + 1);
  return next;
}

Keeping::Keeping(const Record& record) : record_(record), groups_(groups_of(record)) {
  for (std::size_t i = 0; i < groups_.size(); ++i)
    for (const auto* person : groups_[i])
      group_of_[person->id] = i;
}

const std::vector<const Person*>& Keeping::people(const Archive& archive) const {
  const auto found = group_of_.find(archive.cover);
  return found == group_of_.end() ? nobody_ : groups_[found->second];
}

std::optional<Household> Keeping::household(const Archive& archive, Date day) const {
  const auto* cover = record_.find(archive.cover);
  if (!cover) return std::nullopt;
  auto households = households_on(people(archive), day);
  // Widowhood: it goes on with the one who is left; with who was left then, and so on.
  auto holder = cover->id;
  for (std::size_t steps = 0; steps <= people(archive).size(); ++steps) {
    for (auto& household : households)
      if (household.has(holder)) return std::move(household);
    const auto* person = record_.find(holder);
    if (!person || !person->died || *person->died > day) return std::nullopt;
    const Wed* last = nullptr;
    for (const auto& wed : person->marriages)
      if (wed.spouse && wed.by_death && wed.when.until <= day) last = &wed;
    if (!last) return std::nullopt;
    holder = last->spouse;
  }
  return std::nullopt;
}

bool Keeping::is_of(const Archive& archive, PersonId person, Date day) const {
  if (archive.cover == person) return true;
  if (const auto now = household(archive, day)) return now->has(person);
  const auto days = changes_of(people(archive), {Date::beginning(), day.plus_days(1)});
  for (auto change = days.rbegin(); change != days.rend(); ++change)
    if (const auto last = household(archive, change->plus_days(-1))) return last->has(person);
  return false;
}

std::string Keeping::seat(const Archive& archive, Date day) const {
  if (const auto of = household(archive, day); of && !of->seat.empty()) return of->seat;
  const auto* cover = record_.find(archive.cover);
  if (!cover) return {};
  if (const auto* lives = lives_on(*cover, day)) return lives->area;
  const Lives* last = nullptr;
  for (const auto& lives : cover->lives)
    if (lives.when.from <= day) last = &lives;
  return last ? last->area : std::string();
}

}  // namespace kinhub::service
