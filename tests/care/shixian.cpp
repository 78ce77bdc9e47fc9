#include "tests/care/shixian.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>

#include "hub/base/citizen_number.hpp"
#include "hub/care/entry.hpp"
#include "hub/ground/hub_rules.hpp"
#include "hub/pipeline/pipeline.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/people.hpp"
#include "hub/store/quarantine.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub::test::shixian {
namespace {

using Json = nlohmann::ordered_json;
using enum Whom;

constexpr std::int64_t hour_us = 3'600'000'000, day_us = 24 * hour_us, shanghai_us = 8 * hour_us;
constexpr std::string_view police = "public-security", civil = "civil-affairs";

Date day(std::string_view text) {
  const auto read = Date::parse(text);
  if (!read) throw std::logic_error("no day: " + std::string(text));
  return *read;
}

/// A line of table 8.1.
struct FamilyRow {
  int n;
  std::string_view woman, man, married, child, town, town_of_man;
};
constexpr FamilyRow families[] = {
    {1, "1970-04-12", "1968-09-01", "1992-10-01", "1994-03-03", "901", "901"},
    {2, "1968-02-20", "1966-07-07", "1990-01-01", "1992-05-05", "901", "901"},
    {3, "1977-08-15", "1975-01-30", "2000-01-01", "2003-03-03", "901", "901"},
    {4, "1964-02-02", "1963-05-05", "1986-01-01", "1988-04-04", "901", "901"},
    {5, "1966-12-01", "1964-10-10", "1990-01-01", "1991-07-07", "902", "903"},
    {6, "1971-06-30", "1970-11-11", "1995-01-01", "1996-09-09", "902", "902"},
    {7, "1969-03-03", "1967-02-02", "1993-01-01", "1995-08-08", "902", "902"},
    {8, "1962-08-08", "1960-01-01", "1984-01-01", "1986-06-06", "902", "902"},
    {9, "1980-01-20", "1978-06-06", "2003-01-01", "2006-02-02", "903", "903"},
    {10, "1971-02-02", "1970-03-03", "1994-01-01", "1996-01-01", "903", "903"},
    {11, "1969-10-10", "1968-10-10", "1993-01-01", "1995-05-05", "903", "903"},
    {12, "1979-04-04", "1977-06-11", "2002-01-01", "2004-04-04", "341523", "903"},
    {13, "1967-01-01", "1965-01-01", "1988-01-01", "1990-10-10", "903", "903"},
};
constexpr std::string_view surnames[] = {"",   "赵", "钱", "孙", "李", "周", "吴",
                                         "郑", "王", "冯", "陈", "褚", "卫", "蒋"};

const FamilyRow& row_of(int family) {
  return families[static_cast<std::size_t>(family - 1)];
}
std::string_view born(int family, Whom whom) {
  const auto& row = row_of(family);
  return whom == woman ? row.woman : whom == man ? row.man : row.child;
}
std::string compact(std::string_view iso) {
  std::string text(iso);
  std::erase(text, '-');
  return text;
}
std::string number(std::string_view born_on, int serial) {
  const auto first = fmt::format("322228{}{:03}", compact(born_on), serial);
  return first + citizen_number_check(first);
}
std::string name_of(int family, Whom whom) {
  return std::string(surnames[family]) + (whom == woman ? "试云" : whom == man ? "试国" : "试安");
}
std::string police_id(int family, Whom whom) {
  return fmt::format("3208120000000{:06}", family * 10 + static_cast<int>(whom));
}
/// The community of a town: its first.
std::string community(std::string_view town) {
  return town.size() == 6 ? std::string(town) + "101201" : fmt::format("{}{}201", county, town);
}

// ---- agencies' messages

std::string tag(std::string_view name, std::string_view text) {
  return fmt::format("<{0}>{1}</{0}>", name, text);
}
std::string police_message(std::string_view type, std::string_view records) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><root><head><sjblx>{}</sjblx></head><body>{}</body></root>",
      type, records);
}
std::string police_person(int family, Whom whom) {
  return tag("RYID", police_id(family, whom)) + tag("GMSFHM", number_of(family, whom)) +
         tag("XM", name_of(family, whom)) + tag("XBDM", whom == woman ? "2" : "1") +
         tag("CSRQ", compact(born(family, whom)));
}
std::string parents(int family) {
  return tag("FQ_XM", name_of(family, man)) + tag("FQ_GMSFHM", number_of(family, man)) +
         tag("MQ_XM", name_of(family, woman)) + tag("MQ_GMSFHM", number_of(family, woman));
}
/// The row of the resident master as of the first day.
std::string resident(int family, Whom whom, std::string_view died) {
  const auto& row = row_of(family);
  const auto town = whom == man ? row.town_of_man : row.town;
  const auto region = town.size() == 6 ? town : county;
  const auto since = std::max(std::string_view("1990-01-01"), born(family, whom));
  return "<RECORD>" + police_person(family, whom) + tag("RYZT", died.empty() ? "0" : "9") +
         tag("SWRQ", compact(died)) + (whom == child ? parents(family) : "") + tag("SSXQDM", region) +
         tag("JCWHDM", community(town)) +
         tag("YHZGXDM", whom == child ? "20"
                        : whom == man ? "02"
                                      : "10") +
         tag("QYSJ", compact(since)) + tag("JLBZ", "1") + tag("GXSJ", "20120102080000") + "</RECORD>";
}
std::string death(int family, Whom whom, std::string_view on, Date told) {
  return police_message("SWZX", "<RECORD>" + tag("HJYWID", "SW" + police_id(family, whom)) +
                                    tag("YWFL", "SWZX") + police_person(family, whom) +
                                    tag("SWRQ", compact(on)) + tag("SWZXLBDM", "1") + tag("CXBZ", "0") +
                                    tag("GXSJ", compact(told.text()) + "090000") + "</RECORD>");
}
std::string move_in(int family, std::string_view town, std::string_view on, Date told) {
  std::string records;
  for (const auto whom : {woman, man})
    records += "<RECORD>" + tag("HJYWID", fmt::format("QR{:05}", family)) + tag("YWFL", "QRDJ") +
               police_person(family, whom) + tag("QRRQ", compact(on)) + tag("SSXQDM", county) +
               tag("JCWHDM", community(town)) + tag("CXBZ", "0") +
               tag("GXSJ", compact(told.text()) + "090000") + "</RECORD>";
  return police_message("QRDJ", records);
}
std::string civil_message(std::string_view what, Json row, Date told) {
  row["gxsj"] = told.text() + " 09:00:00";
  return Json{{"head", {{"status", "0"}}},
              {"data", {{"cxywlb", what}, {"cxjg", Json::array({std::move(row)})}}}}
      .dump();
}
std::string marriage(int family, bool divorce, std::string_view on, Date told) {
  return civil_message(
      "hyxx_inc",
      {{"id", fmt::format("{}{:05}", divorce ? "L" : "J", family)},
       {"op_type", divorce ? "IB" : "IA"},
       {"op_date", on},
       {"cert_no", fmt::format("{}320812-{}-{:06}", divorce ? "L" : "J", on.substr(0, 4), family)},
       {"name_man", name_of(family, man)},
       {"cert_type_man", "SFZ"},
       {"cert_num_man", number_of(family, man)},
       {"birth_man", born(family, man)},
       {"name_woman", name_of(family, woman)},
       {"cert_type_woman", "SFZ"},
       {"cert_num_woman", number_of(family, woman)},
       {"birth_woman", born(family, woman)}},
      told);
}
std::string card(int family, int grade, std::string_view since, std::string_view until, int before,
                 Date told) {
  const auto holder = number_of(family, child);
  Json row = {{"id", fmt::format("CL{:05}{}", family, grade)},
              {"name", name_of(family, child)},
              {"citizen_id", holder},
              {"gender", "1"},
              {"birthdate", born(family, child)},
              {"card_num", fmt::format("{}4{}", holder, grade)},
              {"old_card_num", nullptr},
              {"idt_kind", "4"},
              {"idt_level", std::to_string(grade)},
              {"first_cert_date", since},
              {"cert_date", since},
              {"valid_until", until},
              {"card_status", "1"}};
  if (before != 0)
    row["old_card_num"] = fmt::format("{}4{}", holder, before), row["first_cert_date"] = "2015-01-01";
  return civil_message("cjrz_inc", std::move(row), told);
}
std::string adoption(int family, std::string_view born_on, std::string_view on, Date told) {
  return civil_message("sydjxx_inc",
                       {{"id", fmt::format("SY{:05}", family)},
                        {"op_type", "SYDJ"},
                        {"op_date", on},
                        {"cert_no", fmt::format("SY-{:05}", family)},
                        {"baby_name", std::string(surnames[family]) + "试来"},
                        {"baby_sex", "1"},
                        {"baby_birth", born_on},
                        {"baby_cert_num", number(born_on, 901)},
                        {"adopt_name_man", name_of(family, man)},
                        {"adopt_cert_type_man", "SFZ"},
                        {"adopt_cert_num_man", number_of(family, man)},
                        {"adopt_birth_man", born(family, man)},
                        {"adopt_name_woman", name_of(family, woman)},
                        {"adopt_cert_type_woman", "SFZ"},
                        {"adopt_cert_num_woman", number_of(family, woman)},
                        {"adopt_birth_woman", born(family, woman)}},
                       told);
}

// ---- the archives of 8.1 and the acts of 8.4

struct ArchiveRow {
  std::string_view name;
  int family;
  Whom whom;  // on the cover
  std::string_view opened, closed, cause, town;
};
constexpr ArchiveRow archives[] = {
    {"H01", 1, woman, "2019-05-10", "", "", "901"},
    {"H02", 2, woman, "2017-03-20", "", "", "901"},
    {"H03", 3, woman, "2024-11-05", "", "", "901"},
    {"H04", 4, man, "2013-01-10", "2026-08-18", "died", "901"},
    {"H05a", 5, woman, "2016-02-01", "", "", "902"},
    {"H05b", 5, man, "2019-05-01", "", "", "903"},
    {"H06", 6, woman, "2013-01-10", "", "", "902"},
    {"H07", 7, woman, "2015-03-01", "2026-07-20", "recovered", "902"},
    {"H08", 8, woman, "2012-01-10", "", "", "902"},
    {"H09", 9, woman, "2023-06-01", "", "", "903"},
    {"H10", 10, woman, "2019-11-01", "2026-09-15", "adopted", "903"},
    {"H11", 11, woman, "2026-07-10", "", "", "903"},
    {"H12", 12, man, "2023-09-01", "", "", "903"},
    {"H13", 13, woman, "2013-01-10", "", "", "903"},
};

const ArchiveRow& archive_row(std::string_view name) {
  const auto found = std::find_if(std::begin(archives), std::end(archives),
                                  [&](const auto& one) { return one.name == name; });
  if (found == std::end(archives)) throw std::logic_error("no archive " + std::string(name));
  return *found;
}

struct ActRow {
  std::string_view archive, day;
  char channel;
  std::string_view marks;    // ! not reached, * 中秋, a not at home, d the day after a death was told
  std::string_view entered;  // empty: the same day
};
constexpr ActRow acts[] = {
    {"H01", "2026-07-08", 'V', "", ""},
    {"H01", "2026-08-12", 'P', "", ""},
    {"H01", "2026-09-20", 'V', "*", ""},
    {"H02", "2026-07-15", 'P', "", ""},
    {"H02", "2026-08-20", 'V', "", ""},
    {"H02", "2026-09-25", 'V', "*", ""},
    {"H03", "2026-07-10", 'P', "", ""},
    {"H03", "2026-08-16", 'V', "", ""},
    {"H03", "2026-09-09", 'N', "", ""},
    {"H03", "2026-09-22", 'V', "*", ""},
    {"H04", "2026-07-18", 'V', "", ""},
    {"H05a", "2026-07-30", 'P', "", ""},
    {"H05a", "2026-08-29", 'V', "!", ""},
    {"H05a", "2026-09-02", 'P', "", ""},
    {"H05a", "2026-09-24", 'P', "*a", ""},
    {"H05b", "2026-07-05", 'V', "", ""},
    {"H05b", "2026-08-05", 'P', "", ""},
    {"H05b", "2026-09-05", 'P', "", ""},
    {"H05b", "2026-09-24", 'V', "*", ""},
    {"H06", "2026-07-23", 'V', "d", ""},
    {"H06", "2026-08-10", 'V', "", ""},
    {"H06", "2026-09-15", 'P', "", ""},
    {"H06", "2026-09-23", 'V', "*", ""},
    {"H08", "2026-07-20", 'V', "", ""},
    {"H08", "2026-08-21", 'P', "", ""},
    {"H08", "2026-09-24", 'V', "*", ""},
    {"H08", "2026-09-30", 'P', "", ""},
    {"H09", "2026-07-31", 'P', "", ""},
    {"H09", "2026-08-31", 'P', "", ""},
    {"H10", "2026-07-07", 'P', "", ""},
    {"H10", "2026-08-08", 'P', "", ""},
    {"H10", "2026-09-12", 'P', "", ""},
    {"H11", "2026-07-12", 'V', "", ""},
    {"H11", "2026-08-14", 'V', "", ""},
    {"H11", "2026-09-14", 'P', "", ""},
    {"H11", "2026-09-24", 'V', "*", ""},
    {"H12", "2026-07-01", 'P', "", ""},
    {"H12", "2026-08-01", 'P', "", ""},
    {"H12", "2026-09-01", 'P', "", ""},
    {"H12", "2026-09-23", 'V', "*", ""},
    {"H13", "2026-07-22", 'V', "", ""},
    {"H13", "2026-08-24", 'V', "", ""},
    {"H13", "2026-09-28", 'V', "*", "2026-10-03"},
};

/// Writes entries of the care desk through its forms: what a form refuses is a mistake of this file.
class Writer {
 public:
  Writer(const FormSet& forms, std::vector<Event>& events) : forms_(forms), events_(events) {}

  void enter(std::string_view form, const std::string& of, Values values, Date told) {
    const auto found = forms_.find(form);
    if (!found) throw std::logic_error(describe(found.error()));
    const auto at_us = noon_us(told) + ++count_ * 1000;  // ids sort by time, and differ
    auto decided = decide_entry({**found,
                                 forms_.tables(),
                                 entry_id(at_us, static_cast<std::uint64_t>(count_)),
                                 {{IdentifierKind::citizen_number, of}},
                                 std::move(values),
                                 {"试经办", "worked example", at_us},
                                 told});
    if (const auto* errors = std::get_if<std::vector<Error>>(&decided))
      throw std::logic_error(std::string(form) + ": " + describe(errors->front()));
    const auto& entry = std::get<CareEntry>(decided);
    Event event;
    event.source = care_desk, event.key = entry.id, event.body = to_bytes(entry, **found);
    event.content_type = "application/json", event.charset = "UTF-8", event.origin = "care desk";
    event.received_at_us = at_us;
    events_.push_back(std::move(event));
  }

 private:
  const FormSet& forms_;
  std::vector<Event>& events_;
  std::int64_t count_ = 0;
};

std::string helper_of(const ArchiveRow& row, bool leader) {
  return fmt::format("{}{}", leader ? "镇试领" : "村试干", row.name.substr(1));
}

void write_archives(Writer& desk) {
  for (const auto& row : archives) {
    const auto of = number_of(row.family, row.whom), no = archive_of(row.name);
    const auto opened = day(row.opened);
    desk.enter("archive", of,
               {{"what", "opened"},
                {"archive_no", no},
                {"on", std::string(row.opened)},
                {"area", community(row.town)}},
               opened);
    if (!row.closed.empty())
      desk.enter("archive", of,
                 {{"what", "closed"},
                  {"archive_no", no},
                  {"on", std::string(row.closed)},
                  {"cause", std::string(row.cause)}},
                 day(row.closed));
    desk.enter("helper", of,
               {{"role", "village_cadre"},
                {"helper_name", helper_of(row, false)},
                {"unit", "试村"},
                {"on", std::string(row.opened)}},
               opened);
    if (row.name != "H12")
      desk.enter("helper", of,
                 {{"role", "town_leader"},
                  {"helper_name", helper_of(row, true)},
                  {"unit", "试镇"},
                  {"on", std::string(row.opened)}},
                 opened);
  }
  // The archive of 02 is handed over within its fourteen days: learned 09-12, confirmed 09-22.
  desk.enter("archive", number_of(2, woman),
             {{"what", "received"},
              {"archive_no", archive_of("H02")},
              {"on", "2026-09-22"},
              {"area", community("902")}},
             day("2026-09-22"));
}

void write_acts(Writer& desk) {
  for (const auto& act : acts) {
    const auto& row = archive_row(act.archive);
    const bool festival = act.marks.find('*') != std::string_view::npos;
    Values values = {{"on", std::string(act.day)},
                     {"service", festival ? "S07" : "S02"},
                     {"archive_no", archive_of(act.archive)},
                     {"channel", std::string(1, act.channel)},
                     {"reached", act.marks.find('!') == std::string_view::npos ? "yes" : "no"},
                     {"doers", helper_of(row, false)},
                     {"doer_roles", "village_cadre"}};
    if (festival) values.emplace_back("also", "S02");
    if (act.marks.find('d') != std::string_view::npos) values.emplace_back("also", "S05");
    if (act.marks.find('a') != std::string_view::npos) values.emplace_back("not_at_home", "yes");
    desk.enter("visit", number_of(row.family, row.whom), std::move(values),
               day(act.entered.empty() ? act.day : act.entered));
  }
}

struct Who {
  int family;
  Whom whom;
};

void write_papers(Writer& desk) {
  // Contracts with a family doctor: neither of 09, where the man declined; that of 13's man has ended.
  const Who signed_[] = {{1, woman}, {1, man},    {2, woman}, {2, man},   {3, woman},
                         {3, man},   {5, woman},  {5, man},   {6, woman}, {6, man},
                         {8, woman}, {11, woman}, {11, man},  {12, man},  {13, woman}};
  for (const auto& [family, whom] : signed_) {
    const bool late = family == 11;
    desk.enter("doctor-contract", number_of(family, whom),
               {{"state", "signed"},
                {"doctor", "刘试医"},
                {"institution", "试镇卫生院"},
                {"on", late ? "2026-07-15" : "2026-01-05"},
                {"until", "2026-12-31"}},
               day(late ? "2026-07-15" : "2026-01-05"));
  }
  desk.enter("doctor-contract", number_of(13, man),
             {{"state", "signed"}, {"doctor", "刘试医"}, {"on", "2025-09-01"}, {"until", "2026-08-31"}},
             day("2025-09-01"));
  desk.enter("doctor-contract", number_of(9, man), {{"state", "declined"}, {"on", "2026-03-02"}},
             day("2026-03-02"));
  // Cards of the green channel: neither of 11, nor 12, who has the certificate of the scheme instead.
  const Who carded[] = {{1, woman}, {1, man},   {2, woman}, {2, man},    {3, woman},
                        {3, man},   {5, woman}, {5, man},   {6, woman},  {6, man},
                        {8, woman}, {9, woman}, {9, man},   {13, woman}, {13, man}};
  int serial = 0;
  for (const auto& [family, whom] : carded)
    desk.enter("credential", number_of(family, whom),
               {{"type", "medical_card"},
                {"state", "valid"},
                {"number", fmt::format("JY{:05}", ++serial)},
                {"on", "2025-03-01"}},
               day("2025-03-01"));
  desk.enter("credential", number_of(12, man),
             {{"type", "assistance_card"}, {"state", "valid"}, {"number", "FZ00012"}, {"on", "2026-07-01"}},
             day("2026-07-01"));
  // Free check-ups of 2026.
  const Who checked[] = {{1, woman}, {1, man},   {2, woman},  {2, man},  {5, woman},  {6, woman},
                         {6, man},   {8, woman}, {10, woman}, {10, man}, {13, woman}, {13, man}};
  for (const auto& [family, whom] : checked)
    desk.enter("visit", number_of(family, whom),
               {{"on", "2026-05-12"},
                {"service", "S13"},
                {"channel", "M"},
                {"reached", "yes"},
                {"doers", "刘试医"},
                {"doer_roles", "doctor"},
                {"institution", "试镇卫生院"}},
               day("2026-05-12"));
}

// ---- what agencies tell, and when

class Agencies {
 public:
  explicit Agencies(std::vector<Event>& events) : events_(events) {}

  void tell_police(std::string body, Date told) { tell(police, "application/xml", std::move(body), told); }
  void tell_civil(std::string body, Date told) { tell(civil, "application/json", std::move(body), told); }
  /// A source says that it is complete up to now.
  void complete(std::string_view source, bool snapshot, Date told) {
    Event event;
    event.kind = EventKind::coverage, event.source = source;
    if (snapshot) event.code = "snapshot";
    event.received_at_us = noon_us(told) + hour_us, event.occurred_at_us = event.received_at_us;
    events_.push_back(std::move(event));
  }

 private:
  void tell(std::string_view source, std::string_view type, std::string body, Date told) {
    Event event;
    event.source = source, event.key = fmt::format("{:04}", ++count_), event.body = std::move(body);
    event.content_type = type, event.charset = "UTF-8", event.origin = "worked example";
    event.received_at_us = noon_us(told) - hour_us + count_;
    events_.push_back(std::move(event));
  }
  std::vector<Event>& events_;
  std::int64_t count_ = 0;
};

void tell_registers(Agencies& agencies) {
  const auto first = day("2012-01-02");
  std::string residents;
  for (const auto& row : families)
    for (const auto whom : {woman, man, child})
      residents += resident(row.n, whom, row.n == 8 && whom == child ? "2011-02-02" : "");
  agencies.tell_police(police_message("CZRK", residents), first);
  for (const auto& row : families)
    agencies.tell_civil(marriage(row.n, false, row.married, first), first);
  agencies.tell_civil(marriage(12, true, "2010-05-05", first), first);
}

void tell_lives(Agencies& agencies) {
  const auto dies = [&](int family, Whom whom, std::string_view on, std::string_view told) {
    agencies.tell_police(death(family, whom, on, day(told)), day(told));
  };
  dies(1, child, "2018-11-11", "2018-11-14");
  dies(3, child, "2024-10-02", "2024-10-05");
  dies(4, child, "2012-06-06", "2012-06-09");
  dies(4, woman, "2020-03-03", "2020-03-06");
  dies(4, man, "2026-08-10", "2026-08-12");
  dies(5, child, "2015-01-15", "2015-01-18");
  dies(6, child, "2026-07-20", "2026-07-22");
  dies(8, man, "2016-05-05", "2016-05-08");
  dies(9, child, "2023-05-05", "2023-05-08");
  dies(10, child, "2019-09-09", "2019-09-12");
  dies(11, child, "2026-02-11", "2026-07-02");
  dies(12, child, "2023-08-08", "2023-08-11");
  agencies.tell_police(move_in(2, "902", "2026-09-10", day("2026-09-12")), day("2026-09-12"));
  agencies.tell_civil(marriage(5, true, "2019-04-04", day("2019-04-08")), day("2019-04-08"));
  const auto graded = [&](int family, int grade, std::string_view since, std::string_view until, int before,
                          std::string_view told) {
    agencies.tell_civil(card(family, grade, since, until, before, day(told)), day(told));
  };
  graded(2, 2, "2010-05-01", "2030-04-30", 0, "2012-01-03");
  graded(6, 3, "2012-01-01", "2031-12-31", 0, "2012-01-04");
  graded(7, 3, "2015-01-01", "2034-12-31", 0, "2015-01-05");
  graded(7, 4, "2026-05-10", "2036-05-09", 3, "2026-07-06");
  graded(13, 3, "2012-09-01", "2026-08-31", 0, "2012-09-04");
  agencies.tell_civil(adoption(10, "2024-06-01", "2026-09-05", day("2026-09-08")), day("2026-09-08"));
}

/// Sources are heard of on every day on which somebody decides, and often enough around the quarter.
void tell_completeness(Agencies& agencies) {
  agencies.complete(police, true, day("2012-01-02"));
  agencies.complete(civil, true, day("2012-01-02"));
  std::set<Date> days;
  for (const auto& decision : decisions())
    days.insert(decision.on);
  for (auto one = day("2026-03-01"); one <= Life::last_day(); one = one.plus_days(7))
    days.insert(one);
  for (const auto one : {"2026-06-30", "2026-09-30", "2026-10-03"})
    days.insert(day(one));
  for (const auto one : days)
    for (const auto source : {police, civil})
      agencies.complete(source, false, one);
}

}  // namespace

std::string number_of(int family, Whom whom) {
  const auto serial = whom == woman ? 2 * family : whom == man ? 2 * family + 1 : 499 + 2 * family;
  return number(born(family, whom), serial);
}

std::string archive_of(std::string_view name) {
  const auto& wanted = archive_row(name);
  int serial = 0;
  // In order of opening, per county and year.
  std::vector<const ArchiveRow*> year;
  for (const auto& row : archives)
    if (row.opened.substr(0, 4) == wanted.opened.substr(0, 4)) year.push_back(&row);
  std::stable_sort(year.begin(), year.end(),
                   [](const auto* a, const auto* b) { return a->opened < b->opened; });
  for (const auto* row : year) {
    ++serial;
    if (row->name == name) break;
  }
  return fmt::format("{}-{}-{}-{:05}", county, wanted.town, wanted.opened.substr(0, 4), serial);
}

std::int64_t noon_us(Date day) {
  return day.days() * day_us + day_us / 2 - shanghai_us;
}
std::int64_t end_of_day_us(Date day) {
  return (day.days() + 1) * day_us - shanghai_us - 1;
}

std::vector<Event> events(const FormSet& forms) {
  std::vector<Event> all;
  Agencies agencies(all);
  tell_registers(agencies);
  tell_lives(agencies);
  tell_completeness(agencies);
  Writer desk(forms, all);
  write_archives(desk);
  write_papers(desk);
  write_acts(desk);
  std::stable_sort(all.begin(), all.end(),
                   [](const Event& a, const Event& b) { return a.received_at_us < b.received_at_us; });
  return all;
}

std::vector<Decision> decisions() {
  const auto both = [](std::string_view on, int family) {
    return Decision{day(on), {number_of(family, woman), number_of(family, man)}};
  };
  const auto one = [](std::string_view on, int family, Whom whom) {
    return Decision{day(on), {number_of(family, whom)}};
  };
  std::vector<Decision> all = {
      both("2019-06-06", 1),
      both("2017-03-15", 2),
      both("2026-08-20", 3),
      // Table 8.1 prints 2013-01-05, before the wife is 49 on 2013-02-02: nothing is to be decided on that
      // day yet.
      both("2013-02-05", 4),
      one("2020-03-20", 4, woman),
      one("2026-08-18", 4, man),
      both("2016-01-20", 5),
      both("2020-07-10", 6),
      both("2026-07-28", 6),
      both("2018-04-01", 7),
      both("2026-07-15", 7),
      both("2012-03-01", 8),
      one("2016-06-01", 8, man),
      both("2020-03-01", 10),
      both("2026-09-12", 10),
      both("2026-07-10", 11),
      one("2026-06-27", 12, man),
      both("2016-02-01", 13),
  };
  std::stable_sort(all.begin(), all.end(), [](const Decision& a, const Decision& b) { return a.on < b.on; });
  return all;
}

Config config(const std::filesystem::path& program, const std::filesystem::path& data) {
  const auto places = find_places(program);
  if (!places) throw std::runtime_error(describe(places.error()));
  auto config = default_config(*places);
  config.data = data;
  for (auto& source : config.sources)
    if (source.name == civil) source.marriages_since = Date::beginning();
  return config;
}

Rules rules(const Config& config) {
  return read_rules(config);
}

FormSet forms(const Config& config) {
  auto read = FormSet::read(config.directories.forms, config.directories.codes);
  if (const auto* errors = std::get_if<std::vector<Error>>(&read))
    throw std::runtime_error(describe(errors->front()));
  return std::move(std::get<FormSet>(read));
}

Life::Life(const Ground& ground, const FormSet& forms)
    : ground_(ground), events_(events(forms)), decisions_(decisions()) {}

Date Life::last_day() {
  return Date(2026, 10, 6);
}

void Life::until(Date day) {
  while (decided_ < decisions_.size() && decisions_[decided_].on <= day) {
    const auto& decision = decisions_[decided_++];
    hear(noon_us(decision.on) + 2 * hour_us);
    decide(decision);
  }
  hear(end_of_day_us(day));
}

void Life::hear(std::int64_t until_us) {
  std::map<std::string, std::vector<Event>> of_sources;
  for (; heard_ < events_.size() && events_[heard_].received_at_us <= until_us; ++heard_)
    of_sources[events_[heard_].source].push_back(events_[heard_]);
  for (const auto& [source, events] : of_sources)
    ground_.log.append(events, std::nullopt);
  ground_.clock.set(until_us);
  OwnsAll all(ground_.log);
  Pipeline pipeline(ground_.log, ground_.store, ground_.keys, ground_.rules, ground_.clock, all, {});
  pipeline.drain();
  pipeline.scan();
  auto reading = ground_.store.begin(Store::For::reading);
  for (const auto& held : reading->quarantine().page(std::nullopt, 0, 1))
    throw std::runtime_error("an event of the worked example is held: " + held.source + " " + held.code);
}

void Life::decide(const Decision& decision) {
  OwnsAll all(ground_.log);
  Pipeline pipeline(ground_.log, ground_.store, ground_.keys, ground_.rules, ground_.clock, all, {});
  for (const auto& number : decision.numbers) {
    std::vector<LeadRow> open;
    {
      auto reading = ground_.store.begin(Store::For::reading);
      Workspace people(reading->people(), ground_.keys, built_in_evidence());
      for (const auto person :
           people.bearers(identifier_token(ground_.keys, {IdentifierKind::citizen_number, number})))
        for (auto& lead : reading->leads().open_of(person))
          open.push_back(std::move(lead));
    }
    if (open.empty())
      throw std::runtime_error("on " + decision.on.text() + " there is nothing to decide of " + number);
    for (const auto& lead : open)
      if (const auto done = pipeline.decide(lead.id, LeadState::confirmed, "worked example", "试经办"); !done)
        throw std::runtime_error(describe(done.error()));
  }
}

}  // namespace kinhub::test::shixian
