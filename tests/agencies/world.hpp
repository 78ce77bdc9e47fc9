#pragma once
// The true world of one simulated family: what really happened, whatever the agencies say about it.

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/citizen_number.hpp"
#include "hub/base/date.hpp"

namespace kinhub::agencies {

/// Seconds since 1970 on the clock of Asia/Shanghai.
using Moment = std::int64_t;
inline constexpr Moment never = std::numeric_limits<Moment>::max();
inline constexpr Moment seconds_per_day = 86400;

inline Moment moment(Date day, int second = 0) {
  return Moment{day.days()} * seconds_per_day + second;
}
/// The second of that day, also before 1970, where division alone would round the wrong way.
inline int second_of(Moment when) {
  return static_cast<int>((when % seconds_per_day + seconds_per_day) % seconds_per_day);
}
inline Date day_of(Moment when) {
  return Date::from_days(static_cast<std::int32_t>((when - second_of(when)) / seconds_per_day));
}

/// Index into World::people; none when there is no such person.
using PersonIndex = std::int16_t;
inline constexpr PersonIndex none = -1;

struct Move {
  Date on;
  std::string to;  ///< GB/T 2260
};

struct Person {
  std::uint64_t serial = 0;  ///< over the whole population, from 1; RYID, psn_no and charts are made of it
  Sex sex = Sex::unknown;
  Date born;
  int born_second = 0;
  std::string surname, given;
  std::string ethnic = "01";
  std::string number;         ///< the number held at the end
  std::string former_number;  ///< held before `corrected`; empty when the number never changed
  Date corrected = Date::forever();
  std::optional<Date> died;
  Moment registered_at = never;      ///< when the police entered the person; never: not by the end
  Moment police_death_at = never;    ///< when the police cancelled the (true) dead person
  Moment insurance_stop_at = never;  ///< when the insurance ended because of death
  Moment enrolled_at = never;
  bool paused_at_start = false;
  std::string birth_certificate;
  std::string relation = "01";  ///< GB/T 4761, to the head of household
  bool hides_parents = false;   ///< adopted or step: the police give no father and mother
  std::vector<Move> moves;

  std::string name() const { return surname + given; }
  const std::string& number_on(Date day) const {
    return former_number.empty() || day >= corrected ? number : former_number;
  }
  bool alive_on(Date day) const { return born <= day && (!died || day < *died); }
};

struct Marriage {
  PersonIndex husband, wife;
  Date from;
  Date divorced = Date::forever();
  Date annulled = Date::forever();  ///< 撤销婚姻: from then on it never was
};

enum class Relation : std::uint8_t { born, adopted };

struct ChildOf {
  PersonIndex child, mother, father;  ///< mother or father may be none
  Relation relation;
  Date from;
  Date until = Date::forever();  ///< adoption dissolved
  bool is_void = false;          ///< the adoption never had effect (Civil Code 1113)
};

/// A disability certificate as issued; the newest by cert_date is the one that counts.
struct Certificate {
  PersonIndex person;
  Date cert_date;
  Date valid_until;  ///< as printed: the last day
  Date assessed;
  Date first_issued;
  int grade;  ///< 1..4
  int kind;   ///< 1..7
  enum class Why : std::uint8_t { first, grade_changed, renewed, reissued } why;
  int reissues = 0;   ///< how often replaced after loss: suffix B1, B2
  int previous = -1;  ///< index of the certificate it replaces
};

struct World {
  std::string home;  ///< county of the household at the beginning
  std::uint64_t household = 0;
  bool new_police_id_abroad = false;  ///< another province gives movers a RYID of its own
  std::vector<Person> people;
  std::vector<Marriage> marriages;
  std::vector<ChildOf> children;
  std::vector<Certificate> certificates;
  /// Children whose true death lost one of its evidences for good: the hub shall ask, not be sure.
  std::vector<PersonIndex> disputed;
  struct Doubted {
    PersonIndex person;
    Date on;
  };
  /// The living children who were reported dead, and of whom the cancellation does not say which report it
  /// cancels: likewise.
  std::vector<Doubted> doubted;

  const Person& at(PersonIndex index) const { return people[static_cast<std::size_t>(index)]; }
  Person& at(PersonIndex index) { return people[static_cast<std::size_t>(index)]; }
  std::string county_of(PersonIndex index, Date day) const;
};

/// Days of one simulation: snapshot at the beginning of `start`, changes from then to the end of `today`.
struct Window {
  Date start, today;
  Moment start_at() const { return moment(start); }
  Moment end_at() const { return moment(today.plus_days(1)) - 1; }
};

/// Gives every person of the population a number of his own; prefix 322228 only.
class NumberOffice {
 public:
  NumberOffice();
  /// Nothing: all numbers of that sex on that day are given away.
  std::optional<std::string> give(Sex sex, Date born);

 private:
  std::vector<std::array<std::uint16_t, 2>> given_;  ///< by day from first_day
};

}  // namespace kinhub::agencies
