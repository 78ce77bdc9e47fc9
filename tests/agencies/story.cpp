#include "tests/agencies/story.hpp"

#include <algorithm>
#include <cassert>

namespace kinhub::agencies {
namespace {

constexpr const char* surnames[] = {"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙",
                                    "胡", "朱", "高", "林", "何", "郭", "马", "罗", "梁", "宋", "郑", "谢"};
// 㛃 and 𠮷 take four bytes in GB18030.
constexpr const char* male_words[] = {"峰", "强", "伟", "军", "勇", "涛", "明", "超", "刚", "平",
                                      "辉", "鹏", "华", "飞", "鑫", "波", "斌", "宇", "浩", "𠮷"};
constexpr const char* female_words[] = {"兰", "雪", "芳", "娜", "敏", "静", "丽", "艳", "娟", "霞",
                                        "秀", "燕", "玲", "桂", "丹", "萍", "红", "玉", "梅", "㛃"};

bool is_child_of(const ChildOf& link, PersonIndex parent) {
  return link.mother == parent || link.father == parent;
}

}  // namespace

Agency agency_of(Kind kind) {
  switch (kind) {
    case Kind::police_death:
    case Kind::police_birth:
    case Kind::police_move_out:
    case Kind::police_move_in:
    case Kind::police_number:
      return Agency::public_security;
    case Kind::civil_marriage:
    case Kind::civil_adoption:
    case Kind::civil_cremation:
    case Kind::civil_disability:
      return Agency::civil_affairs;
    case Kind::insurance_row:
      return Agency::medical_insurance;
    case Kind::hospital_birth:
    case Kind::hospital_death:
    case Kind::hospital_death_cancel:
    case Kind::hospital_admission:
    case Kind::hospital_merge:
      return Agency::hospital_his;
    case Kind::certificate_row:
      return Agency::death_certificates;
  }
  return Agency::public_security;
}

/// The telling of one family. Each verb changes the true world and lets the agencies report it, early, late,
/// twice, in any order; by the end of the window everything that matters has been delivered.
class Telling {
 public:
  Telling(Storyteller& teller, const std::string& home, const std::string& neighbour)
      : teller_(teller),
        window_(teller.options_.window),
        neighbour_(neighbour),
        chance_(teller.options_.seed * 0xD1342543DE82EF95ULL + ++teller.family_),
        manners_(teller.options_.seed * 0x9FB21C651E98DF25ULL + teller.family_) {
    world().home = home;
    world().household = teller.family_;
    world().new_police_id_abroad = teller.options_.new_police_ids;
  }

  Family tell() {
    past();
    if (!exhausted_) present();
    for (Report& report : family_.reports)
      report.order = ++teller_.order_;
    return std::move(family_);
  }

 private:
  World& world() { return family_.world; }
  Person& who(PersonIndex index) { return world().at(index); }

  // ---- people

  PersonIndex make(Sex sex, Date born, const std::string& surname) {
    auto number = teller_.numbers_.give(sex, born);
    if (!number) {
      exhausted_ = true;
      return none;
    }
    Person person;
    person.serial = ++teller_.person_;
    person.sex = sex;
    person.born = born;
    person.born_second = chance_.between(0, 86399);
    person.number = *number;
    if (surname.empty() && chance_.percent(2)) {
      person.surname = sex == Sex::male ? "试江" : "古丽试";
      person.given = sex == Sex::male ? "·艾合提" : "·买买提";
      person.ethnic = "05";
    } else {
      person.surname = surname.empty() ? chance_.one_of(surnames) : surname;
      person.given =
          std::string("试") + (sex == Sex::male ? chance_.one_of(male_words) : chance_.one_of(female_words));
    }
    person.paused_at_start = chance_.percent(5);
    if (born < window_.start) {
      person.registered_at = std::min(moment(born.plus_days(10), 36000), window_.start_at() - 1);
      person.enrolled_at = std::min(moment(born.plus_days(40), 36000), window_.start_at() - 1);
    }
    world().people.push_back(std::move(person));
    return static_cast<PersonIndex>(world().people.size() - 1);
  }

  Date some_day(Date from, Date to) {
    return from.plus_days(chance_.between(0, std::max(0, to.days() - from.days())));
  }

  Date birthday_at_age(int age) {
    const Date day = some_day(window_.today.plus_months(-12 * age - 12).plus_days(1),
                              window_.today.plus_months(-12 * age));
    const int year = day.year();
    if (year % 4 == 0 && year % 100 != 0 && chance_.percent(3)) return Date(year, 2, 29);
    return day;
  }

  std::string family_name_of(PersonIndex father, PersonIndex mother) {
    const std::string& name = who(father != none ? father : mother).surname;
    return name.starts_with("试") || name.starts_with("古") ? "王" : name;
  }

  // ---- what agencies do with it

  Moment office_hour(Date day) { return moment(day, chance_.between(8 * 3600 + 1800, 17 * 3600)); }

  /// A working moment `low`..`high` days later, and never after the window: every truth is told by then.
  Moment after(Date day, int low, int high) {
    Date then = day.plus_days(chance_.between(low, high));
    if (day <= window_.today) then = std::min(then, window_.today);
    return office_hour(then);
  }

  Report& say(Kind kind, PersonIndex person, Date on, Moment at) {
    Report report;
    report.kind = kind;
    report.person = person;
    report.on = on;
    report.second = chance_.between(0, 86399);
    report.at = at;
    report.delivered = at + chance_.between(1, 600);
    report.serial = ++teller_.serial_;
    if (may_be_late(kind) && at >= window_.start_at() && chance_.percent(6))
      report.delivered += seconds_per_day * chance_.between(1, 15);
    report.delivered = std::min(report.delivered, std::max(report.at, window_.end_at()));
    if (strange()) report.manner = static_cast<std::uint8_t>(manners_.between(1, 255));
    family_.reports.push_back(report);
    return family_.reports.back();
  }

  /// Registers and cursors hand out rows in the order they were written; files and messages can be held up.
  static bool may_be_late(Kind kind) {
    const Agency agency = agency_of(kind);
    return agency != Agency::civil_affairs && agency != Agency::medical_insurance;
  }

  /// The same report again: the same bytes, another day.
  void sometimes_again(std::size_t index) {
    if (family_.reports[index].at < window_.start_at() || !chance_.percent(3)) return;
    Report again = family_.reports[index];
    if (agency_of(again.kind) == Agency::civil_affairs) return;  // a register row has one place in the order
    again.delivered = std::min(again.delivered + seconds_per_day * chance_.between(0, 5), window_.end_at());
    family_.reports.push_back(again);
  }

  bool in_window(Moment at) const { return at >= window_.start_at(); }

  /// A chance of its own, so that the same seed has the same people and happenings with and without
  /// strangers.
  bool strange() { return teller_.options_.strange > 0 && manners_.percent(teller_.options_.strange); }

  // ---- the verbs

  void marry(PersonIndex husband, PersonIndex wife, Date on) {
    world().marriages.push_back({husband, wife, on});
    const Moment at = office_hour(on);
    Report& row = say(Kind::civil_marriage, husband, on, at);
    row.link = static_cast<std::int16_t>(world().marriages.size() - 1);
    row.action = Action::married;
    row.fifteen_digits = on < Date(1999, 10, 1) && chance_.percent(70);
    row.dirty_number = !row.fifteen_digits && chance_.percent(4);
  }

  void register_marriage_act(std::size_t marriage, Action action, Date on) {
    Report& row = say(Kind::civil_marriage, world().marriages[marriage].husband, on, office_hour(on));
    row.link = static_cast<std::int16_t>(marriage);
    row.action = action;
    row.dirty_number = chance_.percent(4);
  }

  void divorce(std::size_t marriage, Date on) {
    world().marriages[marriage].divorced = on;
    register_marriage_act(marriage, Action::divorced, on);
  }

  /// A child is born to mother (and father); the hospital tells first, the police when the parents come.
  PersonIndex bear(PersonIndex mother, PersonIndex father, Date on, Sex sex, int of = 1, int nth = 1) {
    const PersonIndex child = make(sex, on, family_name_of(father, mother));
    if (child == none) return none;
    Person& person = who(child);
    world().children.push_back({child, mother, father, Relation::born, on});
    person.relation =
        of > 1 || siblings(mother) > 1 ? (sex == Sex::male ? "22" : "32") : (sex == Sex::male ? "21" : "31");
    // Letter, province, serial: X320101001.
    const std::string serial = std::to_string(person.serial % 10000000);
    person.birth_certificate = std::string(1, static_cast<char>('A' + (on.year() + 3) % 26)) + "32" +
                               std::string(7 - serial.size(), '0') + serial;
    if (on < window_.start) return child;

    person.registered_at = never;
    person.enrolled_at = never;
    const bool in_hospital = chance_.percent(90) || of > 1;
    if (in_hospital) {
      Report& message =
          say(Kind::hospital_birth, child, on, moment(on, person.born_second) + chance_.between(600, 7200));
      message.link = static_cast<std::int16_t>(world().children.size() - 1);
      message.part = static_cast<std::int16_t>(nth);
      message.parts = static_cast<std::int16_t>(of);
      if (day_of(message.at) > window_.today) message.at = window_.end_at();
      message.delivered = std::min(std::max(message.delivered, message.at), window_.end_at());
      sometimes_again(family_.reports.size() - 1);
    }
    // Parents may come to the police after the end; then only the hospital knows of the child.
    const Date visit = on.plus_days(chance_.between(2, 40));
    if (visit <= window_.today || !in_hospital) {
      const Moment at = office_hour(std::min(visit, window_.today));
      person.registered_at = at;
      Report& birth = say(Kind::police_birth, child, on, at);
      birth.link = static_cast<std::int16_t>(world().children.size() - 1);
      sometimes_again(family_.reports.size() - 1);
      const Date enrolment = day_of(at).plus_days(chance_.between(1, 20));
      if (enrolment <= window_.today) {
        Report& row = say(Kind::insurance_row, child, enrolment, office_hour(enrolment));
        row.action = Action::enrolled;
        person.enrolled_at = row.at;
      }
    }
    return child;
  }

  void adopt(PersonIndex child, PersonIndex mother, PersonIndex father, Date on) {
    Person& person = who(child);
    person.hides_parents = true;
    person.relation = person.sex == Sex::male ? "27" : "37";
    world().children.push_back({child, mother, father, Relation::adopted, on});
    Report& row = say(Kind::civil_adoption, child, on, office_hour(on));
    row.link = static_cast<std::int16_t>(world().children.size() - 1);
    row.action = Action::adopted;
  }

  void end_adoption(std::size_t link, Action action, Date on) {
    if (action == Action::adoption_void)
      world().children[link].is_void = true;
    else
      world().children[link].until = on;
    Report& row = say(Kind::civil_adoption, world().children[link].child, on, office_hour(on));
    row.link = static_cast<std::int16_t>(link);
    row.action = action;
  }

  void certify(PersonIndex person, Date on, int grade, Certificate::Why why) {
    const int previous = newest_certificate(person);
    Certificate certificate{person, on, on.plus_months(120).plus_days(-1), on.plus_days(-7), on, grade,
                            4,      why};
    if (previous >= 0) {
      const Certificate& old = world().certificates[static_cast<std::size_t>(previous)];
      certificate.first_issued = old.first_issued;
      certificate.kind = old.kind;
      certificate.previous = previous;
      if (why == Certificate::Why::reissued) {
        certificate.valid_until = old.valid_until;
        certificate.assessed = old.assessed;
        certificate.reissues = old.reissues + 1;
      }
    } else {
      certificate.kind = chance_.between(1, 7);
    }
    world().certificates.push_back(certificate);
    Report& row = say(Kind::civil_disability, person, on, office_hour(on));
    row.link = static_cast<std::int16_t>(world().certificates.size() - 1);
  }

  /// A true death. Up to five agencies tell it, in any order, days to months apart; only the police always
  /// do.
  void die(PersonIndex index, Date on) {
    Person& person = who(index);
    if (person.died) return;  // his story has an end already, on a day that is yet to come
    person.died = on;
    const int second = chance_.between(0, 86399);
    const bool live = on >= window_.start.plus_days(-90);  // earlier deaths are in registers only
    auto a_day_off = [&](int share) { return chance_.percent(share) ? on.plus_days(1) : on; };
    const bool numbered = person.registered_at <= moment(on);  // a newborn may die before he has a number

    if (live && chance_.percent(65)) {
      Report& message =
          say(Kind::hospital_death, index, on, std::min(moment(on, second) + 1800, window_.end_at()));
      message.second = second;
      message.on = a_day_off(8);
      message.legacy = numbered && chance_.percent(15);
      message.before_merge = !message.legacy && chance_.percent(6);
      const bool merged_later = message.before_merge;
      const Moment told = message.at;
      sometimes_again(family_.reports.size() - 1);
      if (merged_later) say(Kind::hospital_merge, index, on, after(day_of(told), 0, 2));
    }
    if (chance_.percent(80)) {
      Report& row = say(Kind::certificate_row, index, on, after(on, 0, 3));
      row.second = second;
      row.old_number = chance_.percent(20);
      sometimes_again(family_.reports.size() - 1);
    }
    {
      Report& record = say(Kind::police_death, index, on, after(on, 1, 20));
      person.police_death_at = record.at;
      sometimes_again(family_.reports.size() - 1);
    }
    if (chance_.percent(80)) {
      Report& row = say(Kind::civil_cremation, index, a_day_off(10), after(on, 2, 4));
      row.old_number = chance_.percent(30);
      row.dirty_number = chance_.percent(4);
    }
    if (chance_.percent(75)) {
      Report& row = say(Kind::insurance_row, index, a_day_off(10), after(on, 5, 60));
      row.action = Action::stopped;
      row.old_number = chance_.percent(30);
      person.insurance_stop_at = row.at;
    }
  }

  bool is_parent(PersonIndex index) const {
    const auto& children = family_.world.children;
    return std::any_of(children.begin(), children.end(),
                       [&](const ChildOf& link) { return is_child_of(link, index); });
  }

  /// A living person is reported dead by mistake, and the mistake is taken back, sometimes before it arrives.
  void die_falsely(PersonIndex index, Date on) {
    const int which = chance_.between(1, 7);
    const bool stays = teller_.options_.leave_open && chance_.percent(10);
    auto mistake = [&](Kind kind, Kind back) {
      Report wrong = say(kind, index, on, after(on, 0, 2));
      sometimes_again(family_.reports.size() - 1);
      if (stays) return;
      Report& reversed = say(back, index, on, after(day_of(wrong.at), 1, 30));
      reversed.serial = wrong.serial;
      reversed.second = wrong.second;
      reversed.reversal = true;
      reversed.at = std::max(reversed.at, wrong.at + 60);
      reversed.delivered = std::max(reversed.delivered, reversed.at);
      const bool overtakes = chance_.percent(20);
      if (back == Kind::hospital_death_cancel && !is_parent(index) && strange()) {
        reversed.odd = Odd::no_visit;
        world().doubted.push_back({index, on});
      } else if (overtakes) {
        // The reversal overtakes what it reverses.
        reversed.delivered = std::min(reversed.delivered, window_.end_at() - 60);
        const Moment overtaken = reversed.delivered + 30;
        for (Report& report : family_.reports)
          if (report.serial == wrong.serial && !report.reversal) report.delivered = overtaken;
      }
    };
    if (strange()) say_oddly(index, on, which);
    if (which & 1) mistake(Kind::police_death, Kind::police_death);
    if (which & 2) mistake(Kind::hospital_death, Kind::hospital_death_cancel);
    if (which & 4) mistake(Kind::certificate_row, Kind::certificate_row);
  }

  /// What is no report at all: an exercise in the hospital, a day decades ahead. Not of an agency that makes
  /// a mistake, too (`mistaken`): what is refused holds up what it says later of the same person.
  void say_oddly(PersonIndex index, Date on, int mistaken) {
    struct {
      int agency;
      Kind kind;
      Odd odd;
    } const ways[] = {{1, Kind::police_death, Odd::impossible},
                      {2, Kind::hospital_death, Odd::training},
                      {2, Kind::hospital_death, Odd::impossible},
                      {4, Kind::certificate_row, Odd::impossible}};
    const auto& way = ways[manners_.between(0, 3)];
    if (way.agency & mistaken) return;
    const Chance undisturbed = chance_;
    const Moment at = after(on, 0, 2);
    const Date stated = way.odd == Odd::impossible ? Date(on.year() + 36, on.month(), 1) : on;
    say(way.kind, index, stated, at).odd = way.odd;
    chance_ = undisturbed;
  }

  /// Takes back a report of a death that is nevertheless true.
  void take_back(const Report& told, Kind how) {
    assert(told.at + 60 <= window_.end_at());
    Report& back = say(how, told.person, told.on, after(day_of(told.at), 0, 5));
    back.serial = told.serial;
    back.second = told.second;
    back.reversal = true;
    back.at = std::max(back.at, told.at + 60);
    back.delivered = std::max(back.delivered, back.at);
  }

  std::optional<Report> told_of(PersonIndex person, Kind kind) {
    for (const Report& report : family_.reports)
      if (report.kind == kind && report.person == person && report.on == who(person).died &&
          !report.reversal && !report.legacy && !report.before_merge && report.at + 3600 <= window_.end_at())
        return report;
    return std::nullopt;
  }

  /// A true death loses evidence: the hospital cancels its own, or the police cancel and register anew, or
  /// the police cancel and say no more - then nobody can be sure.
  void dispute(PersonIndex index) {
    const int kind = chance_.between(0, 2);
    if (kind == 0) {
      if (const auto told = told_of(index, Kind::hospital_death))
        take_back(*told, Kind::hospital_death_cancel);
      return;
    }
    const auto told = told_of(index, Kind::police_death);
    if (!told || !told_of(index, Kind::certificate_row)) return;
    take_back(*told, Kind::police_death);
    if (kind == 1) {
      const Moment cancelled = family_.reports.back().at;
      Report& anew = say(Kind::police_death, index, told->on, after(day_of(cancelled), 0, 3));
      anew.at = std::max(anew.at, cancelled + 60);
      anew.delivered = std::max(anew.delivered, anew.at);
    } else {
      world().disputed.push_back(index);
    }
  }

  void move_household(Date on) {
    const std::string from = world().county_of(0, on);
    const std::string to = from == world().home ? neighbour_ : world().home;
    std::vector<PersonIndex> movers;
    for (PersonIndex i = 0; i < size(); ++i)
      if (alive(i, on) && who(i).registered_at < moment(on) && world().county_of(i, on) == from)
        movers.push_back(i);
    if (movers.empty()) return;
    const Moment out_at = office_hour(on);
    const Moment in_at = chance_.percent(70) ? out_at + 60 : after(on, 0, 6);
    const std::uint64_t out_serial = ++teller_.serial_, in_serial = ++teller_.serial_;
    std::int16_t part = 0;
    for (PersonIndex mover : movers)
      who(mover).moves.push_back({on, to});
    for (Kind kind : {Kind::police_move_out, Kind::police_move_in}) {
      part = 0;
      Moment delivered = 0;
      for (PersonIndex mover : movers) {
        Report& record =
            say(kind, mover, on, kind == Kind::police_move_out ? out_at : std::max(in_at, out_at));
        record.serial = kind == Kind::police_move_out ? out_serial : in_serial;
        record.part = ++part;
        record.parts = static_cast<std::int16_t>(movers.size());
        if (part == 1) delivered = record.delivered;
        record.delivered = delivered;  // one business, one message
      }
    }
    const PersonIndex mover = movers[0];
    if (chance_.percent(50)) {
      Report& row = say(Kind::insurance_row, mover, on, after(on, 1, 20));
      row.action = Action::paused;
    }
  }

  void correct_number(PersonIndex index, Date on) {
    Person& person = who(index);
    if (!person.former_number.empty() || person.registered_at >= moment(on)) return;
    auto number = teller_.numbers_.give(person.sex, person.born);
    if (!number) return;
    person.former_number = std::exchange(person.number, *number);
    person.corrected = on;
    Report& record = say(Kind::police_number, index, on, office_hour(on));
    record.part = chance_.percent(50) ? 11 : 12;
    sometimes_again(family_.reports.size() - 1);
  }

  void noise(Date on) {
    std::vector<PersonIndex> living;
    for (PersonIndex i = 0; i < size(); ++i)
      if (alive(i, on) && who(i).registered_at < moment(on)) living.push_back(i);
    if (living.empty()) return;
    const PersonIndex person =
        living[static_cast<std::size_t>(chance_.between(0, static_cast<int>(living.size()) - 1))];
    switch (chance_.between(0, 4)) {
      case 0:
      case 1: {
        Report& message = say(Kind::hospital_admission, person, on, office_hour(on));
        message.legacy = chance_.percent(15);
        sometimes_again(family_.reports.size() - 1);
        return;
      }
      case 2: {
        say(Kind::insurance_row, person, on, office_hour(on)).action = Action::paused;
        const Date again = on.plus_days(chance_.between(10, 60));
        if (again <= window_.today && alive(person, again))
          say(Kind::insurance_row, person, again, office_hour(again)).action = Action::resumed;
        return;
      }
      case 3:
        for (std::size_t i = 0; i < world().marriages.size(); ++i) {
          const Marriage& marriage = world().marriages[i];
          if (marriage.annulled != Date::forever() || on < marriage.from.plus_days(1)) continue;
          if (!alive(marriage.husband, on) || !alive(marriage.wife, on)) continue;
          register_marriage_act(
              i, on < marriage.divorced ? Action::marriage_reissued : Action::divorce_reissued, on);
          return;
        }
        return;
      default:
        say(Kind::hospital_merge, person, on, office_hour(on));
        return;
    }
  }

  // ---- questions

  PersonIndex size() const { return static_cast<PersonIndex>(family_.world.people.size()); }
  bool alive(PersonIndex index, Date on) { return index != none && who(index).alive_on(on); }
  int siblings(PersonIndex parent) {
    return static_cast<int>(std::count_if(world().children.begin(), world().children.end(),
                                          [&](const ChildOf& link) { return is_child_of(link, parent); }));
  }
  int newest_certificate(PersonIndex person) {
    for (int i = static_cast<int>(world().certificates.size()) - 1; i >= 0; --i)
      if (world().certificates[static_cast<std::size_t>(i)].person == person) return i;
    return -1;
  }
  int marriage_of(PersonIndex person, Date on) {
    for (std::size_t i = 0; i < world().marriages.size(); ++i) {
      const Marriage& marriage = world().marriages[i];
      if ((marriage.husband == person || marriage.wife == person) && marriage.from <= on &&
          on < marriage.divorced && marriage.annulled == Date::forever() && alive(marriage.husband, on) &&
          alive(marriage.wife, on))
        return static_cast<int>(i);
    }
    return -1;
  }
  /// Children of the first couple alive and older than a week.
  std::vector<PersonIndex> living_children(Date on) {
    std::vector<PersonIndex> living;
    for (const ChildOf& link : world().children)
      if (!link.is_void && link.from <= on && on < link.until && alive(link.child, on))
        living.push_back(link.child);
    return living;
  }
  bool bereaved_or_childless(Date on) { return living_children(on).empty(); }

  // ---- the past

  void past() {
    const int years = chance_.percent(50)   ? chance_.between(46, 51)
                      : chance_.percent(50) ? chance_.between(52, 70)
                                            : chance_.between(26, 45);
    wife_ = make(Sex::female, birthday_at_age(years), "");
    if (exhausted_) return;
    const int kind = chance_.between(0, 99);
    const bool lone = kind < 6;
    if (!lone) {
      Date born = who(wife_).born.plus_days(chance_.between(-5 * 365, 3 * 365));
      husband_ = make(Sex::male, born, "");
      if (exhausted_) return;
      who(husband_).relation = "02";
      who(wife_).relation = "12";
    } else {
      who(wife_).relation = "02";
    }

    const Date latest_birth = window_.start.plus_days(-60);
    const Date adult =
        std::max(who(wife_).born, lone ? who(wife_).born : who(husband_).born).plus_months(21 * 12);
    const Date wedding = some_day(adult, adult.plus_months(48));
    Date first_birth = wedding.plus_days(chance_.between(280, 4 * 365));
    const bool newlyweds = wedding >= window_.start.plus_days(-30) || kind >= 96;
    if (newlyweds) return;  // two people who have not met: the present may marry them
    if (!lone) marry(husband_, wife_, wedding);
    if (first_birth > latest_birth) return;

    const Sex sex = chance_.percent(52) ? Sex::male : Sex::female;
    const bool twins = kind >= 6 && kind < 10;
    const bool childless_adopt = kind >= 92 && first_birth.plus_days(300) < latest_birth;
    PersonIndex first;
    if (childless_adopt) {
      first = make(sex, first_birth, "");
      if (first != none) adopt(first, wife_, husband_, first_birth.plus_days(chance_.between(60, 190)));
    } else {
      first = bear(wife_, husband_, first_birth, sex, twins ? 2 : 1);
    }
    if (exhausted_) return;
    if (twins) bear(wife_, husband_, first_birth, chance_.percent(50) ? sex : Sex::female, 2, 2);
    if (exhausted_) return;
    const bool two = kind >= 10 && kind < 20;
    if (two) {
      const Date second_birth = first_birth.plus_days(chance_.between(700, 2500));
      if (second_birth <= latest_birth && second_birth < who(wife_).born.plus_months(44 * 12))
        bear(wife_, husband_, second_birth, chance_.percent(50) ? Sex::male : Sex::female);
      if (exhausted_) return;
    }

    const Date lately = window_.start.plus_days(-10);
    const int fate = chance_.between(0, 99);
    if (fate < 9) {
      if (first_birth.plus_days(200) < lately) die(first, some_day(first_birth.plus_days(200), lately));
    } else if (fate < 24 && !twins && !two) {
      const Date certified = some_day(std::max(first_birth.plus_months(40), Date(2012, 1, 1)), lately);
      if (certified < lately && certified > first_birth.plus_days(30)) {
        const int grade = chance_.between(1, 4);
        certify(first, certified, grade, Certificate::Why::first);
        const Date again = some_day(certified.plus_days(400), certified.plus_months(110));
        if (again < lately && chance_.percent(40))
          certify(first, again,
                  grade == 4   ? 3
                  : grade == 3 ? chance_.between(2, 4)
                               : grade + 1,
                  Certificate::Why::grade_changed);
        renew_old_certificate(first, lately);
      }
    }
    if (lone) return;
    const Date settled = std::max(wedding.plus_days(400), first_birth.plus_days(400));
    if (settled >= lately) return;
    if (kind >= 20 && kind < 28) divorce(0, some_day(settled, lately));
    if (kind >= 28 && kind < 34) die(chance_.percent(60) ? husband_ : wife_, some_day(settled, lately));
  }

  /// Most holders renew in time; one in four lets the certificate run out.
  void renew_old_certificate(PersonIndex person, Date lately) {
    const Certificate old = world().certificates[static_cast<std::size_t>(newest_certificate(person))];
    const Date renewal = old.valid_until.plus_days(-chance_.between(1, 60));
    if (renewal < lately && !chance_.percent(25))
      certify(person, renewal, old.grade, Certificate::Why::renewed);
  }

  // ---- the present

  void present() {
    std::vector<Date> days;
    const int stories = chance_.between(1, 4);
    for (int i = 0; i < stories; ++i)
      days.push_back(some_day(window_.start, window_.today));
    std::sort(days.begin(), days.end());
    for (Date day : days) {
      if (day < quiet_until_) continue;
      happen(day);
      if (exhausted_) return;
    }
  }

  void happen(Date on) {
    switch (chance_.between(0, 13)) {
      case 0:
      case 1:
        return child_dies(on);
      case 2:
        return false_death(on);
      case 3:
      case 4:
        return disability(on);
      case 5:
        return rebirth(on);
      case 6:
        return adoption(on);
      case 7:
        return couple_changes(on);
      case 8:
        return parent_dies(on);
      case 9:
        return move_household(on);
      case 10:
        return number(on);
      default:
        return noise(on);
    }
  }

  void child_dies(Date on) {
    auto children = living_children(on.plus_days(-8));
    if (children.empty()) return;
    const PersonIndex child =
        children[static_cast<std::size_t>(chance_.between(0, static_cast<int>(children.size()) - 1))];
    if (!alive(child, on) || who(child).registered_at >= moment(on)) return;
    // The number may be corrected before, on or after the day of death; some agencies go on with the former
    // one.
    if (chance_.percent(15))
      correct_number(child, std::max(window_.start, on.plus_days(-chance_.between(0, 3))));
    die(child, on);
    if (chance_.percent(3)) dispute(child);
    if (children.size() > 1 && chance_.percent(30)) {
      const Date later = on.plus_days(chance_.between(0, 30));
      const PersonIndex other = children[0] == child ? children[1] : children[0];
      if (later <= window_.today && alive(other, later) && who(other).registered_at < moment(later))
        die(other, later);
    }
  }

  void false_death(Date on) {
    std::vector<PersonIndex> living;
    for (PersonIndex i = 0; i < size(); ++i)
      if (alive(i, on) && !who(i).died && who(i).registered_at < moment(on)) living.push_back(i);
    if (living.empty()) return;
    die_falsely(living[static_cast<std::size_t>(chance_.between(0, static_cast<int>(living.size()) - 1))],
                on);
    quiet_until_ = on.plus_days(40);  // nobody dies truly while he is falsely dead
  }

  void disability(Date on) {
    auto children = living_children(on);
    if (children.size() != 1) return;
    const PersonIndex child = children.front();
    // Not the survivor of twins: whether he is an only child is read in two ways.
    for (PersonIndex i = 0; i < size(); ++i)
      if (i != child && who(i).born == who(child).born) return;
    if (who(child).registered_at >= moment(on)) return;
    const int newest = newest_certificate(child);
    if (newest < 0) return certify(child, on, chance_.between(1, 4), Certificate::Why::first);
    const Certificate old = world().certificates[static_cast<std::size_t>(newest)];
    if (on <= old.cert_date.plus_days(1)) return;
    if (on > old.valid_until || chance_.percent(20))
      return certify(child, on, old.grade, Certificate::Why::renewed);
    if (chance_.percent(25)) return certify(child, on, old.grade, Certificate::Why::reissued);
    const int grade = old.grade == 4   ? 3
                      : old.grade == 3 ? (chance_.percent(70) ? 4 : 2)
                      : old.grade == 2 ? 3
                                       : 2;
    certify(child, on, grade, Certificate::Why::grade_changed);
  }

  void rebirth(Date on) {
    if (!alive(wife_, on) || age_on(who(wife_).born, on) > 50 || age_on(who(wife_).born, on) < 21) return;
    const int marriage = marriage_of(wife_, on);
    const PersonIndex father =
        marriage >= 0 ? world().marriages[static_cast<std::size_t>(marriage)].husband : none;
    if (marriage < 0 && !chance_.percent(30)) return;
    const int kind = chance_.between(0, 99);
    const int count = kind < 80 ? 1 : kind < 95 ? 2 : 3;
    for (int nth = 1; nth <= count && !exhausted_; ++nth)
      bear(wife_, father, on, chance_.percent(52) ? Sex::male : Sex::female, count, nth);
    quiet_until_ = std::max(quiet_until_, on.plus_days(1));
  }

  void adoption(Date on) {
    const int marriage = marriage_of(wife_, on);
    if (marriage < 0 || age_on(who(wife_).born, on) < 30 || living_children(on).size() > 1) return;
    const Date born = some_day(window_.start.plus_days(-8 * 365), window_.start.plus_days(-90));
    const PersonIndex child = make(chance_.percent(50) ? Sex::male : Sex::female, born, "");
    if (child == none) return;
    adopt(child, wife_, world().marriages[static_cast<std::size_t>(marriage)].husband, on);
    const std::size_t link = world().children.size() - 1;
    const Date end = on.plus_days(chance_.between(20, 200));
    if (end > window_.today) return;
    if (chance_.percent(20))
      end_adoption(link, Action::dissolved, end);
    else if (chance_.percent(15))
      end_adoption(link, Action::adoption_void, end);
  }

  void couple_changes(Date on) {
    if (husband_ == none) return;
    if (world().marriages.empty()) {
      if (!alive(husband_, on) || !alive(wife_, on) || age_on(who(husband_).born, on) < 22) return;
      return marry(husband_, wife_, on);
    }
    const int marriage = marriage_of(wife_, on);
    if (marriage == 0) {
      if (world().marriages[0].from < on) divorce(0, on);
      return;
    }
    if (world().marriages.size() > 1) return;
    remarry(on);
  }

  /// The husband marries again, sometimes with a child of the two. Whose 49 counts in a second marriage is
  /// read in two ways: the new couple's ages are chosen so that both readings agree within the window.
  void remarry(Date on) {
    if (!alive(husband_, on) || marriage_of(husband_, on) >= 0) return;
    const Date own = reaches(who(husband_).born, 49);
    if (own > window_.start && own <= window_.today.plus_months(24)) return;
    const bool elder = own <= window_.start;
    // A widower not yet judged by his own age at an earlier time would differ too.
    const int age = elder ? chance_.between(51, 60) : chance_.between(26, 38);
    const PersonIndex second_wife = make(Sex::female, birthday_at_age(age), "");
    if (second_wife == none) return;
    who(second_wife).relation = "12";
    marry(husband_, second_wife, on);
    const Date birth = on.plus_days(chance_.between(100, 300));
    if (!elder && birth <= window_.today && chance_.percent(60))
      bear(second_wife, husband_, birth, chance_.percent(50) ? Sex::male : Sex::female);
  }

  void parent_dies(Date on) {
    const PersonIndex gone = husband_ != none && chance_.percent(50) ? husband_ : wife_;
    if (alive(gone, on.plus_days(-1)) && alive(gone, on)) die(gone, on);
  }

  void number(Date on) {
    std::vector<PersonIndex> living;
    for (PersonIndex i = 0; i < size(); ++i)
      if (alive(i, on) && who(i).registered_at < moment(on)) living.push_back(i);
    if (living.empty()) return;
    correct_number(living[static_cast<std::size_t>(chance_.between(0, static_cast<int>(living.size()) - 1))],
                   on);
  }

  Storyteller& teller_;
  const Window window_;
  const std::string neighbour_;
  Chance chance_;
  Chance manners_;  ///< of spelling alone
  Family family_;
  PersonIndex wife_ = none, husband_ = none;
  Date quiet_until_ = Date::beginning();
  bool exhausted_ = false;  ///< no citizen number was left: the family's story ends here
};

Family Storyteller::next(const std::string& home, const std::string& neighbour) {
  return Telling(*this, home, neighbour).tell();
}

}  // namespace kinhub::agencies
