#include "tests/agencies/formats.hpp"

#include <fmt/format.h>

#include <iterator>

namespace kinhub::agencies {
namespace {

using Out = std::back_insert_iterator<std::string>;

constexpr std::string_view county_town(std::string_view county) {
  return county == "341523"   ? "安徽省六安市舒城县"
         : county == "320803" ? "江苏省淮安市淮安区"
                              : "江苏省淮安市清江浦区";
}
constexpr std::string_view county_short(std::string_view county) {
  return county == "341523" ? "六安市舒城县" : county == "320803" ? "淮安市淮安区" : "淮安市清江浦区";
}
constexpr std::string_view police_bureau(std::string_view county) {
  return county == "341523"   ? "舒城县公安局试验派出所"
         : county == "320803" ? "淮安市公安局淮安分局试验派出所"
                              : "淮安市公安局清江浦分局试验派出所";
}

const char* sex_code(const Person& person) {
  return person.sex == Sex::male ? "1" : "2";
}

/// Nothing known: empty.
std::string number_at(const World& world, PersonIndex index, Date day) {
  return index == none ? std::string() : world.at(index).number_on(day);
}
std::string name_at(const World& world, PersonIndex index) {
  return index == none ? std::string() : world.at(index).name();
}

/// The name as this sender spells it: other dots in names of minorities, blanks and zero-width characters.
std::string name_said(const Telegram& telegram, PersonIndex index) {
  if (index == none) return {};
  const Person& person = telegram.world->at(index);
  const int manner = telegram.report->manner;
  if (manner == 0) return person.name();
  if (const auto dot = person.given.find("·"); dot != std::string::npos) {
    static constexpr std::string_view dots[] = {"•", "．", "・", "‧"};
    std::string given = person.given;
    return person.surname + given.replace(dot, std::string_view("·").size(), dots[manner % 4]);
  }
  static constexpr std::string_view gaps[] = {"\u3000", " ", "\u200B", ""};
  static constexpr std::string_view ends[] = {"", "\u3000", "\uFEFF", " "};
  return std::string(person.surname)
      .append(gaps[manner % 4])
      .append(person.given)
      .append(ends[manner / 4 % 4]);
}

/// One of the ways in which senders write the same, the first of them being the usual one.
template <std::size_t n>
std::string_view manner_of(const Report& report, const std::string_view (&ways)[n]) {
  return ways[report.manner % n];
}

/// As a careless clerk or an old register writes it.
std::string written(const Report& report, std::string number) {
  if (number.size() != 18) return number;
  if (report.fifteen_digits && number.substr(6, 2) == "19") return number.substr(0, 6) + number.substr(8, 9);
  if (!report.dirty_number) return number;
  if (number.back() == 'X') return number.substr(0, 17) + "x";
  switch (report.serial % 3) {
    case 0:
      return number + " ";
    case 1:
      return "'" + number;
    default: {
      std::string wide;
      for (char digit : number)
        wide += std::string("\xEF\xBC") + static_cast<char>(0x90 + (digit - '0'));
      return wide;
    }
  }
}

std::string number_said(const Telegram& telegram, PersonIndex index) {
  if (index == none) return {};
  const Report& report = *telegram.report;
  const Person& person = telegram.world->at(index);
  const std::string& number = report.old_number && !person.former_number.empty()
                                  ? person.former_number
                                  : person.number_on(day_of(report.at));
  return written(report, number);
}

/// The link that says who the parents of this person are, by birth.
const ChildOf* birth_of(const World& world, PersonIndex child) {
  for (const ChildOf& link : world.children)
    if (link.child == child && link.relation == Relation::born) return &link;
  return nullptr;
}

PersonIndex head_of(const World& world) {
  return world.people.size() > 1 && world.at(1).relation == "02" ? 1 : 0;
}

PersonIndex spouse_on(const World& world, PersonIndex person, Date day) {
  for (const Marriage& marriage : world.marriages) {
    if (marriage.from > day || day >= marriage.divorced || marriage.annulled <= day) continue;
    if (marriage.husband == person) return marriage.wife;
    if (marriage.wife == person) return marriage.husband;
  }
  return none;
}

void tag(std::string& out, std::string_view name, std::string_view value) {
  out += "      <";
  out += name;
  out += '>';
  out += value;  // names, digits and codes only: nothing to escape
  out += "</";
  out += name;
  out += ">\n";
}

void json(std::string& out, std::string_view key, std::string_view value, bool last = false) {
  fmt::format_to(Out(out), "    \"{}\": \"{}\"{}\n", key, value, last ? "" : ",");
}

std::string police_person_id(const World& world, PersonIndex person, std::string_view county) {
  const bool abroad = world.new_police_id_abroad && county.substr(0, 2) != world.home.substr(0, 2);
  const std::string home(abroad ? county : world.home);
  return fmt::format("{}{:013}", home, world.at(person).serial);
}

std::string insurance_id(const World& world, PersonIndex person) {
  return fmt::format("{}{:020}", world.home, world.at(person).serial);
}

std::string household_number(const World& world) {
  return fmt::format("{:09}", 18000000 + world.household);
}

std::string police_head(std::string_view type, std::string_view county, Moment sent, int serial,
                        std::size_t records) {
  const std::string flow = fmt::format("{}{}{:06}", county, compact(day_of(sent)), serial);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"GB18030\"?>\n<root>\n  <head>\n    <sjblx>{}</sjblx>\n    "
      "<ywlsh>{}</ywlsh>\n"
      "    <fsdw_sjgsdwdm>{}000000</fsdw_sjgsdwdm>\n    <jsdw_sjgsdwdm>{}WJW000</jsdw_sjgsdwdm>\n    "
      "<bwbh>{}000000{}</bwbh>\n"
      "    <fssj>{}</fssj>\n    <jls>{}</jls>\n    <code>00</code>\n    <msg>业务</msg>\n  </head>\n  "
      "<body>\n",
      type, flow, county, county, county, flow, compact(sent), records);
}

void record_open(std::string& out, std::string_view type, Moment sent, int serial, std::size_t nth,
                 std::size_t of) {
  fmt::format_to(Out(out), "    <RECORD no=\"{}\" sid=\"{}{}{:06}{}\" code=\"00\" msg=\"业务\">\n", nth,
                 type.substr(0, 2), compact(day_of(sent)), serial, of > 1 ? fmt::format("-{}", nth) : "");
}

void police_office(std::string& out, std::string_view county) {
  tag(out, "SLDW_GAJGJGDM", fmt::format("{}510000", county));
  tag(out, "SLDW_GAJGMC", police_bureau(county));
  tag(out, "SLR_XM", "受试员");
}

std::string business_id(std::string_view county, std::uint64_t serial) {
  return fmt::format("{}{:013}", county, serial);
}

void police_death(std::string& out, const Telegram& telegram, std::string_view county) {
  const auto& [report, world] = telegram;
  const Person& person = world->at(report->person);
  const Date day = day_of(report->at);
  tag(out, "HJYWID", business_id(county, report->serial));
  tag(out, "YWFL", "SWZX");
  if (report->reversal) {
    tag(out, "RYID", police_person_id(*world, report->person, county));
    tag(out, "GMSFHM", person.number_on(day));
    tag(out, "XM", name_said(telegram, report->person));
    tag(out, "SWRQ", compact(report->on));
    tag(out, "SWZXLBDM", "1");
    tag(out, "CXBZ", "1");
    tag(out, "CXSJ", compact(report->at - 1));
    tag(out, "CXHJYWID", business_id(county, report->serial + 500000000000));
    tag(out, "GXSJ", compact(report->at));
    police_office(out, county);
    return;
  }
  const ChildOf* birth = person.hides_parents ? nullptr : birth_of(*world, report->person);
  const PersonIndex father = birth ? birth->father : none, mother = birth ? birth->mother : none;
  const PersonIndex head = head_of(*world);
  tag(out, "RYNBID", fmt::format("{}{:013}", county, 1000000000 + person.serial));
  tag(out, "RYID", police_person_id(*world, report->person, county));
  tag(out, "GMSFHM", person.number_on(day));
  tag(out, "XM", name_said(telegram, report->person));
  tag(out, "XBDM", sex_code(person));
  tag(out, "MZDM", person.ethnic);
  tag(out, "CSRQ", compact(person.born));
  tag(out, "SWRQ", compact(report->on));
  tag(out, "SWZXLBDM", "1");
  tag(out, "SWZMBH", person.number_on(day));
  tag(out, "SWYY", "");
  tag(out, "HHID", fmt::format("{}{:013}", county, world->household));
  tag(out, "HH", household_number(*world));
  tag(out, "HB", "1");
  tag(out, "YHZGXDM", person.relation);
  tag(out, "HZ_XM", name_said(telegram, head));
  tag(out, "HZ_GMSFHM", number_at(*world, head, day));
  tag(out, "FQ_XM", name_said(telegram, father));
  tag(out, "FQ_GMSFHM", number_at(*world, father, day));
  tag(out, "MQ_XM", name_said(telegram, mother));
  tag(out, "MQ_GMSFHM", number_at(*world, mother, day));
  tag(out, "SSXQDM", county);
  tag(out, "PCSDM", fmt::format("{}510", county));
  tag(out, "JCWHDM", fmt::format("{}001003", county));
  tag(out, "SBR_XM", name_said(telegram, head));
  tag(out, "SBR_GMSFHM", number_at(*world, head, day));
  tag(out, "SBR_YSWZGX_JTGXDM", birth ? "51" : "99");
  tag(out, "SLDW_GAJGJGDM", fmt::format("{}510000", county));
  tag(out, "SLDW_GAJGMC", police_bureau(county));
  tag(out, "SLR_XM", "受试员");
  tag(out, "SLSJ", compact(report->at - 1));
  tag(out, "CXBZ", "0");
  tag(out, "JLBZ", "1");
  tag(out, "GXSJ", compact(report->at));
}

void police_birth(std::string& out, const Telegram& telegram, std::string_view county) {
  const auto& [report, world] = telegram;
  const Person& person = world->at(report->person);
  const ChildOf* birth = birth_of(*world, report->person);
  const Date day = day_of(report->at);
  const PersonIndex father = birth ? birth->father : none, mother = birth ? birth->mother : none;
  const PersonIndex head = father != none ? father : mother;
  tag(out, "HJYWID", business_id(county, report->serial));
  tag(out, "YWFL", "CSDJ");
  tag(out, "RYID", police_person_id(*world, report->person, county));
  tag(out, "GMSFHM", person.number_on(day));
  tag(out, "X", person.surname);
  tag(out, "M", person.given);
  tag(out, "XM", name_said(telegram, report->person));
  tag(out, "XBDM", sex_code(person));
  tag(out, "MZDM", person.ethnic);
  tag(out, "CSRQ", compact(person.born));
  tag(out, "CSSJ", compact(moment(person.born, person.born_second)).substr(8));
  tag(out, "CSD_GJHDQDM", "156");
  tag(out, "CSD_SSXQDM", county);
  tag(out, "CSD_QHNXXDZ", fmt::format("{}试验妇幼保健院", county_short(county)));
  tag(out, "CSDJLBDM", "1");
  tag(out, "CSZMBH", person.birth_certificate);
  tag(out, "FQ_XM", name_said(telegram, father));
  tag(out, "FQ_GMSFHM", number_at(*world, father, day));
  tag(out, "FQ_CYZJDM", father == none ? "" : "111");
  tag(out, "MQ_XM", name_said(telegram, mother));
  tag(out, "MQ_GMSFHM", number_at(*world, mother, day));
  tag(out, "MQ_CYZJDM", mother == none ? "" : "111");
  tag(out, "HH", household_number(*world));
  tag(out, "YHZGXDM", person.sex == Sex::male ? "20" : "30");
  tag(out, "HZ_XM", name_said(telegram, head));
  tag(out, "HZ_GMSFHM", number_at(*world, head, day));
  tag(out, "SSXQDM", county);
  tag(out, "JCWHDM", fmt::format("{}001005", county));
  tag(out, "SBR_XM", name_said(telegram, head));
  tag(out, "SBR_GMSFHM", number_at(*world, head, day));
  police_office(out, county);
  tag(out, "SLSJ", compact(report->at - 1));
  tag(out, "CXBZ", "0");
  tag(out, "JLBZ", "1");
  tag(out, "GXSJ", compact(report->at));
}

void police_move(std::string& out, const Telegram& telegram, std::string_view county) {
  const auto& [report, world] = telegram;
  const Person& person = world->at(report->person);
  const bool in = report->kind == Kind::police_move_in;
  const Date before = report->on.plus_days(-1);
  const std::string from = world->county_of(report->person, before),
                    to = world->county_of(report->person, report->on);
  tag(out, "HJYWID", business_id(county, report->serial));
  tag(out, "YWFL", in ? "QRDJ" : "QCZX");
  tag(out, "YWLX", "2");
  tag(out, "RYID", police_person_id(*world, report->person, county));
  tag(out, "GMSFHM", person.number_on(day_of(report->at)));
  tag(out, "XM", name_said(telegram, report->person));
  tag(out, "XBDM", sex_code(person));
  tag(out, "CSRQ", compact(person.born));
  tag(out, in ? "QRRQ" : "QCRQ", compact(report->on));
  tag(out, in ? "QRDJLBDM" : "QCZXLBDM", "3");
  tag(out, "QYLDYYDM", "0162");
  tag(out, "QYZBH", fmt::format("苏{}{:06}", compact(report->on), world->household % 1000000));
  tag(out, "ZQZBH", fmt::format("皖{}{:06}", compact(report->on.plus_days(-9)), world->household % 1000000));
  tag(out, in ? "QCD_SSXQDM" : "QWD_SSXQDM", in ? from : to);
  tag(out, in ? "QCD_QHNXXDZ" : "QWD_QHNXXDZ", fmt::format("{}试验镇1号", county_town(in ? from : to)));
  tag(out, "HH", household_number(*world));
  tag(out, "YHZGXDM", person.relation);
  tag(out, "SSXQDM", in ? to : from);
  police_office(out, county);
  tag(out, "SLSJ", compact(report->at - 1));
  tag(out, "CXBZ", "0");
  tag(out, "JLBZ", "1");
  tag(out, "GXSJ", compact(report->at));
}

void police_number(std::string& out, const Telegram& telegram, std::string_view county) {
  const auto& [report, world] = telegram;
  const Person& person = world->at(report->person);
  tag(out, "HJYWID", business_id(county, report->serial));
  tag(out, "YWFL", "BGGZ");
  tag(out, "RYID", police_person_id(*world, report->person, county));
  tag(out, "BGGZXM", "GMSFHM");
  tag(out, "BGGZLBDM", std::to_string(report->part));
  tag(out, "BGGZRQ", compact(report->on));
  tag(out, "BGGZQNR", person.former_number);
  tag(out, "BGGZHNR", person.number);
  tag(out, "BGQXM", name_said(telegram, report->person));
  tag(out, "GMSFHM", person.number);
  tag(out, "XM", name_said(telegram, report->person));
  police_office(out, county);
  tag(out, "SLSJ", compact(report->at - 1));
  tag(out, "CXBZ", "0");
  tag(out, "GXSJ", compact(report->at));
}

}  // namespace

std::string compact(Date day) {
  return fmt::format("{:04}{:02}{:02}", day.year(), day.month(), day.day());
}
std::string compact(Moment when) {
  const int second = second_of(when);
  return fmt::format("{}{:02}{:02}{:02}", compact(day_of(when)), second / 3600, second / 60 % 60,
                     second % 60);
}
std::string dashed(Moment when) {
  const int second = second_of(when);
  return fmt::format("{} {:02}:{:02}:{:02}", day_of(when).text(), second / 3600, second / 60 % 60,
                     second % 60);
}

// ---- public security

std::string_view police_type(Kind kind) {
  switch (kind) {
    case Kind::police_death:
      return "SWZX";
    case Kind::police_birth:
      return "CSDJ";
    case Kind::police_move_out:
      return "QCZX";
    case Kind::police_move_in:
      return "QRDJ";
    case Kind::police_number:
      return "BGGZ";
    default:
      return "";
  }
}

std::string police_county(const Telegram& telegram) {
  const Report& report = *telegram.report;
  // An original and its reversal come from one desk, also when the household moves in between.
  const Date day = report.kind == Kind::police_move_out ? report.on.plus_days(-1) : report.on;
  return telegram.world->county_of(report.person, day);
}

std::string police_file_name(std::string_view type, std::string_view county, Moment sent, int serial) {
  return fmt::format("{}_{}000000_{}_{:04}.xml", type, county, compact(sent), serial);
}

std::string police_file(std::string_view type, std::string_view county, Moment sent, int serial,
                        std::span<const Telegram> records) {
  std::string out = police_head(type, county, sent, serial, records.size());
  std::size_t nth = 0;
  for (const Telegram& record : records) {
    record_open(out, type, sent, serial, ++nth, records.size());
    switch (record.report->kind) {
      case Kind::police_death:
        police_death(out, record, county);
        break;
      case Kind::police_birth:
        police_birth(out, record, county);
        break;
      case Kind::police_move_out:
      case Kind::police_move_in:
        police_move(out, record, county);
        break;
      case Kind::police_number:
        police_number(out, record, county);
        break;
      default:
        break;
    }
    out += "    </RECORD>\n";
  }
  out += "  </body>\n</root>\n";
  return out;
}

bool is_resident(const Person& person, Moment as_of) {
  return person.registered_at < as_of;
}

namespace {

/// When the row of this county's master was last written before the moment.
Moment row_written_at(const World& world, const Person& person, std::string_view county, Moment as_of) {
  if (person.police_death_at < as_of) return person.police_death_at;
  Moment written = person.registered_at;
  if (moment(person.corrected) < as_of) written = std::max(written, moment(person.corrected, 43200));
  std::string_view lives_in = world.home;
  for (const Move& move : person.moves) {
    if (moment(move.on) >= as_of) break;
    // Who left is marked on the day after, when the place that was moved to has told.
    if (move.to == county) written = std::max(written, moment(move.on, 43200));
    if (lives_in == county) written = std::max(written, moment(move.on.plus_days(1), 32400));
    lives_in = move.to;
  }
  return written;
}

/// Since when somebody who is registered in the county has been so.
Date registered_since(const Person& person, std::string_view county, Moment as_of) {
  Date since = day_of(person.registered_at);
  for (const Move& move : person.moves)
    if (move.to == county && moment(move.on) < as_of) since = move.on;
  return since;
}

}  // namespace

std::string resident_file(std::string_view county, Moment as_of, int serial,
                          std::span<const Resident> people) {
  std::string out = police_head("CZRK", county, as_of, serial, people.size());
  const Date day = day_of(as_of);
  std::size_t nth = 0;
  for (const Resident& resident : people) {
    const World& world = *resident.world;
    const Person& person = world.at(resident.person);
    const bool dead = person.police_death_at < as_of;
    const bool left = !dead && world.county_of(resident.person, day.plus_days(-1)) != county;
    const ChildOf* birth = person.hides_parents ? nullptr : birth_of(world, resident.person);
    const PersonIndex father = birth ? birth->father : none, mother = birth ? birth->mother : none;
    bool adopted_later = false;
    for (const ChildOf& link : world.children)
      adopted_later = adopted_later || (link.child == resident.person && link.relation == Relation::adopted &&
                                        moment(link.from) >= as_of);
    record_open(out, "CZRK", as_of, serial, ++nth, people.size());
    tag(out, "RYID", police_person_id(world, resident.person, county));
    tag(out, "RYNBID", fmt::format("{}{:013}", county, 1000000000 + person.serial));
    tag(out, "GMSFHM", person.number_on(day.plus_days(-1)));
    tag(out, "XM", person.name());
    tag(out, "XBDM", sex_code(person));
    tag(out, "MZDM", person.ethnic);
    tag(out, "CSRQ", compact(person.born));
    tag(out, "RYZT", dead ? "9" : left ? "8" : "0");
    tag(out, "SWRQ", dead ? compact(*person.died) : "");
    tag(out, "FQ_XM", name_at(world, father));
    tag(out, "FQ_GMSFHM", number_at(world, father, day.plus_days(-1)));
    tag(out, "MQ_XM", name_at(world, mother));
    tag(out, "MQ_GMSFHM", number_at(world, mother, day.plus_days(-1)));
    tag(out, "CSZMBH", person.birth_certificate);
    tag(out, "PO_GMSFHM",
        dead ? ""
             : number_at(world, spouse_on(world, resident.person, day.plus_days(-1)), day.plus_days(-1)));
    tag(out, "SSXQDM", county);
    tag(out, "JCWHDM", fmt::format("{}001003", county));
    tag(out, "HH", household_number(world));
    tag(out, "YHZGXDM", adopted_later ? "90" : person.relation);
    tag(out, "QYSJ", compact(registered_since(person, county, as_of)));
    tag(out, "JLBZ", "1");
    tag(out, "GXSJ", compact(row_written_at(world, person, county, as_of)));
    out += "    </RECORD>\n";
  }
  out += "  </body>\n</root>\n";
  return out;
}

// ---- civil affairs

std::string_view civil_interface(Kind kind) {
  switch (kind) {
    case Kind::civil_marriage:
      return "hyxx";
    case Kind::civil_adoption:
      return "sydjxx";
    case Kind::civil_cremation:
      return "bzfwhhxx";
    case Kind::civil_disability:
      return "cjrz";
    default:
      return "";
  }
}

std::string civil_watermark(Moment at, int serial) {
  return fmt::format("{}{:03}", compact(at), serial);
}

namespace {

struct Named {
  std::string_view code, text, certificate;
};

Named named(Action action) {
  switch (action) {
    case Action::married:
      return {"IA", "结婚登记", "J"};
    case Action::divorced:
      return {"IB", "离婚登记", "L"};
    case Action::marriage_reissued:
      return {"ICA", "补发结婚证", "BJ"};
    case Action::divorce_reissued:
      return {"ICB", "补发离婚证", "BL"};
    case Action::annulled:
      return {"ID", "撤销婚姻", "J"};
    case Action::adopted:
      return {"SYDJ", "收养登记", ""};
    case Action::dissolved:
      return {"JCSY", "解除收养登记", ""};
    case Action::adoption_void:
      return {"WXSY", "收养无效", ""};
    default:
      return {"", "", ""};
  }
}

/// How registers name the type "citizen identity card".
std::string_view citizen_type(const Report& report) {
  static constexpr std::string_view ways[] = {"SFZ", "sfz", "居民身份证", "身份证"};
  return manner_of(report, ways);
}

void marriage_row(std::string& out, const Telegram& telegram) {
  const auto& [report, world] = telegram;
  const Marriage& marriage = world->marriages[static_cast<std::size_t>(report->link)];
  const Named name = named(report->action);
  json(out, "id", fmt::format("{}", 20000000000 + report->serial));
  json(out, "op_type", name.code);
  json(out, "op_type_cn", name.text);
  json(out, "op_date", report->on.text() + " 00:00:00");
  json(out, "dept_code", world->home + "MZ0001");
  json(out, "dept_name", fmt::format("{}民政局婚姻登记处", county_short(world->home)));
  json(out, "cert_no",
       fmt::format("{}{}-{}-{:06}", name.certificate, world->home, report->on.year(),
                   report->serial % 1000000));
  for (const auto& [index, who] : {std::pair(marriage.husband, "man"), std::pair(marriage.wife, "woman")}) {
    const Person& person = world->at(index);
    json(out, fmt::format("name_{}", who), name_said(telegram, index));
    json(out, fmt::format("cert_type_{}", who), citizen_type(*report));
    json(out, fmt::format("cert_num_{}", who), number_said(telegram, index));
    json(out, fmt::format("birth_{}", who), person.born.text());
    json(out, fmt::format("nation_{}", who), "156");
    json(out, fmt::format("folk_{}", who), person.ethnic);
  }
}

void adoption_row(std::string& out, const Telegram& telegram) {
  const auto& [report, world] = telegram;
  const ChildOf& link = world->children[static_cast<std::size_t>(report->link)];
  const Person& child = world->at(link.child);
  const Named name = named(report->action);
  const int serial = static_cast<int>(report->serial % 100000);
  json(out, "id", fmt::format("SY{}{}{:08}", world->home, report->on.year(), report->serial));
  json(out, "op_type", name.code);
  json(out, "op_type_cn", name.text);
  json(out, "op_date", report->on.text());
  json(out, "dept_code", world->home + "MZ0001");
  json(out, "dept_code_cn", fmt::format("{}民政局", county_short(world->home)));
  json(out, "cert_no",
       fmt::format("({})苏淮清{}字第{:05}号", report->on.year(),
                   report->action == Action::adopted ? "收" : "解收", serial));
  json(out, "baby_name", name_said(telegram, link.child));
  json(out, "baby_sex", sex_code(child));
  json(out, "baby_sex_cn", child.sex == Sex::male ? "男" : "女");
  json(out, "baby_birth", child.born.text());
  json(out, "baby_nation", "156");
  json(out, "baby_nation_cn", "中国");
  json(out, "baby_cert_num", number_said(telegram, link.child));
  for (const auto& [index, who] : {std::pair(link.father, "man"), std::pair(link.mother, "woman")}) {
    const bool known = index != none;
    json(out, fmt::format("adopt_name_{}", who), name_said(telegram, index));
    json(out, fmt::format("adopt_cert_type_{}", who), known ? "SFZ" : "");
    json(out, fmt::format("adopt_cert_type_{}_cn", who), known ? "居民身份证" : "");
    json(out, fmt::format("adopt_cert_num_{}", who), number_said(telegram, index));
    json(out, fmt::format("adopt_birth_{}", who), known ? world->at(index).born.text() : "");
    json(out, fmt::format("adopt_nation_{}", who), known ? "156" : "");
    json(out, fmt::format("adopt_nation_{}_cn", who), known ? "中国" : "");
  }
}

void cremation_row(std::string& out, const Telegram& telegram, int row_number) {
  const auto& [report, world] = telegram;
  const Person& person = world->at(report->person);
  fmt::format_to(Out(out), "    \"RN\": {},\n", row_number);
  json(out, "id", fmt::format("BZ{}{}{:08}", world->home, compact(day_of(report->at)), report->serial));
  json(out, "name", name_said(telegram, report->person));
  json(out, "sex", sex_code(person));
  json(out, "id_card", number_said(telegram, report->person));
  json(out, "address", fmt::format("{}试验路{}号", county_town(world->home), world->household % 200 + 1));
  json(out, "death_time", report->on.text());
  json(out, "cremation_time", day_of(report->at).text());
}

std::string disability_number(const World& world, const Certificate& certificate) {
  std::string text = fmt::format("{}{}{}", world.at(certificate.person).number_on(certificate.cert_date),
                                 certificate.kind, certificate.grade);
  if (certificate.reissues > 0) text += fmt::format("B{}", certificate.reissues);
  return text;
}

void disability_row(std::string& out, const Telegram& telegram) {
  static constexpr std::string_view kinds[] = {"", "视力", "听力", "言语", "肢体", "智力", "精神", "多重"};
  static constexpr std::string_view grades[] = {"", "一级", "二级", "三级", "四级"};
  const auto& [report, world] = telegram;
  const Certificate& certificate = world->certificates[static_cast<std::size_t>(report->link)];
  const Person& person = world->at(certificate.person);
  Named name{};
  switch (certificate.why) {
    case Certificate::Why::first:
      name = {"NEW", "新办", ""};
      break;
    case Certificate::Why::grade_changed:
      name = {"GRADE_CHANGE", "等级变更", ""};
      break;
    case Certificate::Why::renewed:
      name = {"RENEW", "期满换证", ""};
      break;
    case Certificate::Why::reissued:
      name = {"REISSUE", "遗失补办", ""};
      break;
  }
  json(out, "id", fmt::format("CL{}{}{:08}", world->home, report->on.year(), report->serial));
  json(out, "op_type", name.code);
  json(out, "op_type_cn", name.text);
  json(out, "name", name_said(telegram, certificate.person));
  json(out, "citizen_id", number_said(telegram, certificate.person));
  json(out, "gender", sex_code(person));
  json(out, "birthdate", person.born.text());
  json(out, "nation", person.ethnic);
  json(out, "card_num", disability_number(*world, certificate));
  json(out, "old_card_num",
       certificate.previous < 0
           ? std::string()
           : disability_number(*world, world->certificates[static_cast<std::size_t>(certificate.previous)]));
  json(out, "idt_kind", std::to_string(certificate.kind));
  json(out, "idt_kind_cn", kinds[certificate.kind]);
  json(out, "idt_level", std::to_string(certificate.grade));
  json(out, "idt_level_cn", grades[certificate.grade]);
  if (certificate.kind == 7)
    out += "    \"multi_kinds\": [\n     \"4\",\n     \"5\"\n    ],\n";
  else
    out += "    \"multi_kinds\": [],\n";
  json(out, "assess_org", fmt::format("{}试验康复医院", county_short(world->home)));
  json(out, "assess_date", certificate.assessed.text());
  json(out, "first_cert_date", certificate.first_issued.text());
  json(out, "cert_date", certificate.cert_date.text());
  json(out, "valid_until", certificate.valid_until.text());
  json(out, "city_id", world->home + "001003");
  json(out, "card_status", "1");
  json(out, "card_status_cn", "正常");
}

}  // namespace

std::string civil_row(const Telegram& telegram, int row_number) {
  std::string out = "   {\n";
  switch (telegram.report->kind) {
    case Kind::civil_marriage:
      marriage_row(out, telegram);
      break;
    case Kind::civil_adoption:
      adoption_row(out, telegram);
      break;
    case Kind::civil_cremation:
      cremation_row(out, telegram, row_number);
      break;
    case Kind::civil_disability:
      disability_row(out, telegram);
      break;
    default:
      break;
  }
  json(out, "gxsj", dashed(telegram.report->at), true);
  out += "   }";
  return out;
}

std::string civil_page(const CivilPage& page, std::span<const std::string> rows) {
  std::string out = fmt::format(
      "{{\n \"head\": {{\n  \"status\": \"{}\",\n  \"msg\": \"{}\",\n  \"page\": {},\n  \"pageSize\": {},\n  "
      "\"total\": {},\n"
      "  \"records\": {},\n  \"watermark\": \"{}\"\n }},\n \"data\": {{\n  \"cxywlb\": \"{}\",\n  \"cxjg\": "
      "[",
      page.status, page.message, page.page, page.page_size, page.total, rows.size(), page.watermark,
      page.interface);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    out += rows[i];
  }
  out += rows.empty() ? "]\n }\n}\n" : "\n  ]\n }\n}\n";
  return out;
}

// ---- medical insurance

namespace {

struct Standing {
  std::string status = "1";
  std::string changed;  ///< paus_insu_date, empty: null
  std::string died;     ///< surv_stas_ocur_date, empty: alive
  Moment written = 0;
  std::string number, name;
  std::string_view type = "01";
};

std::string insurance_json(const World& world, PersonIndex index, const Standing& standing) {
  const Person& person = world.at(index);
  const std::string id = insurance_id(world, index);
  const bool child = age_on(person.born, day_of(standing.written)) < 18;
  const bool worker = !child && person.serial % 3 == 0;
  const Date enrolled = person.enrolled_at == never ? day_of(standing.written) : day_of(person.enrolled_at);
  std::string out = "  {\n";
  auto field = [&](std::string_view key, std::string_view value, bool last = false) {
    fmt::format_to(Out(out), "   \"{}\": \"{}\"{}\n", key, value, last ? "" : ",");
  };
  field("psn_insu_rlts_id", "R" + id);
  field("rid", "32" + id);
  field("psn_no", id);
  field("psn_cert_type", standing.type);
  field("certno", standing.number);
  field("psn_name", standing.name);
  field("gend", sex_code(person));
  field("brdy", person.born.text());
  field("surv_stas", standing.died.empty() ? "1" : "2");
  if (!standing.died.empty()) field("surv_stas_ocur_date", standing.died);
  field("insutype", worker ? "310" : "390");
  field("psn_type", worker ? "1101" : child ? "1502" : "1501");
  field("psn_insu_stas", standing.status);
  field("psn_insu_date", enrolled.text());
  field("crt_insu_date", enrolled.text());
  if (standing.changed.empty())
    out += "   \"paus_insu_date\": null,\n";
  else
    field("paus_insu_date", standing.changed);
  field("insu_admdvs", world.home);
  field("poolarea_no", world.home.substr(0, 4) + "00");
  field("emp_no", world.home + "0010030001");
  field("opt_chnl", standing.status == "1" ? "2" : "1");
  field("optins_no", world.home + "YB");
  field("opt_time", dashed(standing.written - 3));
  field("crte_time", dashed(person.enrolled_at == never ? standing.written - 3 : person.enrolled_at));
  field("updt_time", dashed(standing.written));
  field("vali_flag", "1", true);
  out += "  }";
  return out;
}

}  // namespace

std::string insurance_row(const Telegram& telegram) {
  const auto& [report, world] = telegram;
  Standing standing;
  standing.written = report->at;
  standing.number = number_said(telegram, report->person);
  standing.name = name_said(telegram, report->person);
  static constexpr std::string_view types[] = {"01", "1",
                                               "居民身份证"};  // a leading zero is lost in spreadsheets
  standing.type = manner_of(*report, types);
  switch (report->action) {
    case Action::stopped:
      standing.status = "4";
      standing.died = report->on.text();
      standing.changed = report->on.month_start().plus_months(1).plus_days(-1).text();
      break;
    case Action::paused:
      standing.status = "2";
      standing.changed = report->on.text();
      break;
    default:
      break;
  }
  return insurance_json(*world, report->person, standing);
}

std::string insurance_standing(const World& world, PersonIndex index, Moment as_of) {
  const Person& person = world.at(index);
  if (person.enrolled_at >= as_of) return {};
  Standing standing;
  standing.written = person.enrolled_at;
  standing.number = person.number_on(day_of(as_of).plus_days(-1));
  standing.name = person.name();
  if (person.insurance_stop_at < as_of) {
    standing.status = "4";
    standing.written = person.insurance_stop_at;
    standing.died = person.died->text();
    standing.changed = person.died->month_start().plus_months(1).plus_days(-1).text();
  } else if (person.paused_at_start) {
    standing.status = "2";
    standing.changed = day_of(as_of).plus_days(-40).text();
    standing.written = std::max(person.enrolled_at, as_of - 40 * seconds_per_day + 36000);
  }
  return insurance_json(world, index, standing);
}

std::string insurance_file(const InsuranceBatch& batch, std::span<const std::string> rows) {
  std::string out = fmt::format(
      "{{\n \"batch_no\": \"{}\",\n \"table\": \"PSN_INSU_D\",\n \"join\": \"PSN_INFO_B\",\n "
      "\"from_updt_time\": \"{}\",\n"
      " \"to_updt_time\": \"{}\",\n \"rows\": {},\n \"records\": [",
      batch.batch_no, dashed(batch.from), dashed(batch.to), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    out += rows[i];
  }
  out += rows.empty() ? "]\n}\n" : "\n ]\n}\n";
  return out;
}

// ---- hospital

namespace {

constexpr std::string_view citizen_oid = "^^^&2.16.156.10011.1.3&ISO^NNCN";

std::string facility(const World& world) {
  return "YY" + world.home + "A";
}
std::string chart(const Person& person) {
  return fmt::format("Z{:09}", person.serial);
}
std::string unknown_chart(const Person& person) {
  return fmt::format("Z9{:08}", person.serial);
}
std::string sex_letter(const Person& person) {
  return person.sex == Sex::male ? "M" : "F";
}

/// MSH to the character set; `event` A03, `structure` ADT_A03.
std::string hospital_head(const Telegram& telegram, std::string_view event, std::string_view structure) {
  const auto& [report, world] = telegram;
  static constexpr std::string_view fractions[] = {"", ".0", ".000", ".0000"};
  return fmt::format(
      "MSH|^~\\&|HIS|{}|WJW-HUB|{}WJW|{}{}+0800||ADT^{}^{}|{}|{}|2.5.1|||AL|NE|CHN|UNICODE UTF-8\r",
      facility(*world), world->home, compact(report->at), manner_of(*report, fractions), event, structure,
      hospital_message_id(telegram), report->odd == Odd::training ? "T" : "P");
}

/// Next of kin: mother and father as far as there are.
std::string next_of_kin(const World& world, const ChildOf* birth, Date day,
                        std::string_view mother_phone = {}) {
  std::string out;
  int nth = 0;
  auto add = [&](PersonIndex parent, std::string_view role, std::string_view phone) {
    if (parent == none) return;
    fmt::format_to(Out(out), "NK1|{}|{}^^^^^^L|{}^HL70063||{}||||||||||||||||||||||||||||{}{}\r", ++nth,
                   world.at(parent).name(), role, phone, world.at(parent).number_on(day), citizen_oid);
  };
  if (birth) add(birth->mother, "MTH^母亲", mother_phone), add(birth->father, "FTH^父亲", {});
  return out;
}

std::string birth_message(const Telegram& telegram) {
  const auto& [report, world] = telegram;
  const Person& child = world->at(report->person);
  const ChildOf* birth = birth_of(*world, report->person);
  const Person& mother = world->at(birth->mother);
  const Date day = day_of(report->at);
  const std::string born = compact(moment(child.born, child.born_second)).substr(0, 12);
  std::string out = hospital_head(telegram, "A01", "ADT_A01");
  fmt::format_to(Out(out), "EVN|A01|{}||||{}00|{}\r", compact(report->at), born, facility(*world));
  fmt::format_to(Out(out),
                 "PID|1||B{:010}^^^{}^PI||{}之{}^^^^^^L||{}|{}|||{}试验路{}号^^^^^156^C||||||||||{}^^^{}^PI~{"
                 "}{}|{}^GB/T "
                 "3304||{}|{}|CHN||||N\r",
                 child.serial, facility(*world), mother.name(), child.sex == Sex::male ? "子" : "女", born,
                 sex_letter(child), county_town(world->home), world->household % 200 + 1, chart(mother),
                 facility(*world), mother.number_on(day), citizen_oid,
                 child.ethnic == "05" ? "05^维吾尔族" : "01^汉族", report->parts > 1 ? "Y" : "N",
                 report->part);
  out += next_of_kin(*world, birth, day, "^PRN^CP^^^^13800000001");
  fmt::format_to(Out(out),
                 "PV1|1|I|CK^新生儿室^03^{}|N|||D0123^产试医^^^^^^^^L||||||||||||ZY{}{:06}|||||||||||||||||||"
                 "||||||{}00\r",
                 facility(*world), compact(child.born), child.serial % 1000000, born);
  fmt::format_to(Out(out), "OBX|1|ST|BIRTHCERTNO^出生医学证明编号^L||{}||||||F|||{}\r",
                 child.birth_certificate, compact(report->at));
  fmt::format_to(Out(out), "OBX|2|NM|8339-4^出生体重^LN||{}|g|||||F\r", 2400 + child.serial % 1600);
  out += report->parts > 1 ? "DG1|1||Z38.300^双胎活产，在医院内出生^ICD-10|||A\r"
                           : "DG1|1||Z38.000^单胎活产，在医院内出生^ICD-10|||A\r";
  return out;
}

std::string visit(const Report& report) {
  return fmt::format("ZY{:014}", report.serial);
}

/// PID-29 in the precisions of HL7's DTM.
std::string dead_at(const Report& report, const std::string& at) {
  switch (report.manner % 5) {
    case 1:
      return at.substr(0, 12);
    case 2:
      return at.substr(0, 8);
    case 3:
      return at + ".000";
    case 4:
      return at + "+0800";
    default:
      return at;
  }
}

std::string death_message(const Telegram& telegram) {
  const auto& [report, world] = telegram;
  static constexpr std::string_view dead[] = {"Y", "y", "1", "DECEASED", ""};   // PID-30
  static constexpr std::string_view dispositions[] = {"20", "41", "20", "42"};  // HL7 table 0112
  const Person& person = world->at(report->person);
  const Date day = day_of(report->at);
  const std::string at = compact(moment(report->on, report->second)), place = facility(*world);
  const bool numbered = person.registered_at <= report->at && !report->before_merge;
  const std::string number = numbered ? number_said(telegram, report->person) : std::string();
  const ChildOf* birth =
      person.hides_parents || report->before_merge ? nullptr : birth_of(*world, report->person);
  std::string out = hospital_head(telegram, "A03", "ADT_A03");
  fmt::format_to(Out(out), "EVN|A03|{}||||{}|{}\r", compact(report->at), at, place);
  fmt::format_to(Out(out),
                 "PID|1||{}^^^{}^PI{}||{}^^^^^^L||{}|{}|||{}试验路{}号^^^^^156^C|||||{}^GB/T "
                 "2261.2|||{}|||01^汉族^GB/T 3304|||||||{}|{}\r",
                 report->before_merge ? unknown_chart(person) : chart(person), place,
                 number.empty() ? std::string() : fmt::format("~{}{}", number, citizen_oid),
                 report->before_merge ? "无名氏" : name_said(telegram, report->person),
                 report->before_merge ? "" : compact(person.born), sex_letter(person),
                 county_town(world->home), world->household % 200 + 1,
                 spouse_on(*world, report->person, day) == none ? "10^未婚" : "20^已婚", number,
                 dead_at(*report, at), manner_of(*report, dead));
  out += next_of_kin(*world, birth, day);
  fmt::format_to(Out(out),
                 "PV1|1|I|ICU^重症医学科^05^{}||||D0456^重试医^^^^^^^^L||||||||||||{}|||||||||||||||||{}^"
                 "死亡^HL70112|||||||"
                 "|{}|{}\r",
                 place, visit(*report), manner_of(*report, dispositions),
                 compact(moment(report->on, report->second) - 28800), at);
  out += "DG1|1||S06.900^颅内损伤^ICD-10|||F\r";
  fmt::format_to(Out(out), "PDA|S06.900^颅内损伤^ICD-10|ICU^重症医学科^05^{}|Y|{}|D0456^重试医^^^^^^^^L\r",
                 place, compact(report->at));
  return out;
}

std::string legacy_death_message(const Telegram& telegram) {
  const auto& [report, world] = telegram;
  const Person& person = world->at(report->person);
  const std::string written_at = compact(report->at).substr(0, 12);
  return fmt::format(
      "MSH|^~\\&|HIS||PLAT||{0}||ADT^A03|{1}|P|2.3||||||GB18030\rEVN|A03|{0}\rPID|||{2:09}||{3}||{4}|{5}|||{"
      "6}试验路{7}号||||||||{8}"
      "\rPV1||住院|重症^室1^床5|||||||||||||||||||||||||||||||||5|||||||||{9}\r",
      written_at, hospital_message_id(telegram), person.serial, name_said(telegram, report->person),
      person.born.text(), person.sex == Sex::male ? "男" : "女", county_short(world->home),
      world->household % 200 + 1, number_said(telegram, report->person),
      dashed(moment(report->on, report->second)));
}

std::string death_cancel_message(const Telegram& telegram) {
  const auto& [report, world] = telegram;
  const Person& person = world->at(report->person);
  const std::string place = facility(*world), number = number_said(telegram, report->person);
  std::string out = hospital_head(telegram, "A13", "ADT_A01");
  fmt::format_to(Out(out), "EVN|A13|{}||ER^录入错误^L||{}\r", compact(report->at),
                 compact(moment(report->on, report->second)));
  fmt::format_to(Out(out), "PID|1||{}^^^{}^PI~{}{}||{}^^^^^^L||{}|{}|||||||||||{}||||||||||\"\"|N\r",
                 chart(person), place, number, citizen_oid, name_said(telegram, report->person),
                 compact(person.born), sex_letter(person), number);
  fmt::format_to(Out(out), "PV1|1|I|ICU^重症医学科^05^{}||||||||||||||||{}|||||||||||||||||||||||||{}\r",
                 place, report->odd == Odd::no_visit ? "" : visit(*report),
                 compact(moment(report->on, report->second) - 28800));
  return out;
}

std::string admission_message(const Telegram& telegram) {
  const auto& [report, world] = telegram;
  const Person& person = world->at(report->person);
  const std::string place = facility(*world), number = number_said(telegram, report->person);
  if (report->legacy)
    return fmt::format(
        "MSH|^~\\&|HIS||PLAT||{0}||ADT^A08|{1}|P|2.3||||||GB18030\rEVN|A08|{0}\rPID|||{2:09}||{3}||{4}|{5}|||"
        "{6}试验路{7}号||||||||{8}"
        "\rPV1||门诊|内科^室2\r",
        compact(report->at).substr(0, 12), hospital_message_id(telegram), person.serial,
        name_said(telegram, report->person), person.born.text(), person.sex == Sex::male ? "男" : "女",
        county_short(world->home), world->household % 200 + 1, number);
  std::string out = hospital_head(telegram, "A08", "ADT_A01");
  fmt::format_to(Out(out), "EVN|A08|{}\r", compact(report->at));
  fmt::format_to(
      Out(out), "PID|1||{}^^^{}^PI~{}{}||{}^^^^^^L||{}|{}|||{}试验路{}号^^^^^156^C||||||||{}|||||||||||N\r",
      chart(person), place, number, citizen_oid, name_said(telegram, report->person), compact(person.born),
      sex_letter(person), county_town(world->home), world->household % 200 + 1, number);
  fmt::format_to(Out(out), "PV1|1|O|NK^内科门诊^01^{}||||||||||||||||{}\r", place, visit(*report));
  return out;
}

std::string merge_message(const Telegram& telegram) {
  const auto& [report, world] = telegram;
  const Person& person = world->at(report->person);
  const std::string place = facility(*world);
  const bool numbered = person.registered_at <= report->at;
  std::string out = hospital_head(telegram, "A40", "ADT_A39");
  fmt::format_to(Out(out), "EVN|A40|{}\r", compact(report->at));
  fmt::format_to(
      Out(out), "PID|1||{}^^^{}^PI{}||{}^^^^^^L||{}|{}\r", chart(person), place,
      numbered ? fmt::format("~{}{}", number_said(telegram, report->person), citizen_oid) : std::string(),
      name_said(telegram, report->person), compact(person.born), sex_letter(person));
  fmt::format_to(Out(out), "MRG|{}^^^{}^PI\r", unknown_chart(person), place);
  return out;
}

}  // namespace

std::string hospital_message_id(const Telegram& telegram) {
  const Report& report = *telegram.report;
  // The old system counts from 0 to 999 and then again: its serials are no identity.
  if (report.legacy) return std::to_string(report.serial % 1000);
  return fmt::format("HIS{}{:08}{}", compact(day_of(report.at)), report.serial % 100000000,
                     report.reversal ? "C" : "");
}

std::string hospital_message(const Telegram& telegram) {
  const Report& report = *telegram.report;
  switch (report.kind) {
    case Kind::hospital_birth:
      return birth_message(telegram);
    case Kind::hospital_death:
      return report.legacy ? legacy_death_message(telegram) : death_message(telegram);
    case Kind::hospital_death_cancel:
      return death_cancel_message(telegram);
    case Kind::hospital_admission:
      return admission_message(telegram);
    case Kind::hospital_merge:
      return merge_message(telegram);
    default:
      return {};
  }
}

std::string certificate_line(const Telegram& telegram) {
  const auto& [report, world] = telegram;
  const Person& person = world->at(report->person);
  const std::string number = number_said(telegram, report->person);
  const std::string issuer = fmt::format("12{}000000000T", world->home);
  static constexpr std::string_view types[] = {"01", "1", "01", "居民身份证"};
  // Since 2026-07-01 the certificate has the number of the dead; before, one of its own.
  const std::string certificate =
      report->on >= Date(2026, 7, 1)
          ? number
          : fmt::format("{}{}{:06}", world->home, report->on.year(), report->serial % 1000000);
  return fmt::format(
      "{},{},{},{},{},{},{},{},{},{},{},1,颅内损伤,S06.9,,,,,,,小汽车司机在与小汽车碰撞中的损伤,V43.5,{},{}"
      "试验医院,重试医,{},{},{}\r\n",
      certificate, name_said(telegram, report->person), sex_code(person), person.ethnic, compact(person.born),
      manner_of(*report, types), number,
      spouse_on(*world, report->person, report->on.plus_days(-1)) == none ? "10" : "20", world->home,
      world->home, compact(moment(report->on, report->second)), issuer, county_short(world->home),
      compact(report->on), report->reversal ? "0" : "1", compact(report->at));
}

}  // namespace kinhub::agencies
