#pragma once
// The worked example of care, 试县 (region 320812): thirteen families of three towns, told by agencies'
// messages and by entries of the care desk at the times at which a hub learns of them, with the decisions on
// their leads. What must come of it stands in the specification of care, part 8; nothing here computes it.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/base/date.hpp"
#include "hub/care/form.hpp"
#include "hub/config/config.hpp"
#include "hub/pipeline/rules.hpp"
#include "hub/store/store.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub::test::shixian {

inline constexpr std::string_view county = "320812";
/// 甲镇, 乙镇, 丙街道.
inline constexpr std::string_view town_a = "320812901", town_b = "320812902", town_c = "320812903";

enum class Whom : std::uint8_t { woman, man, child };
/// The citizen number of somebody of family n (1..13): 322228, day of birth, serial, check.
std::string number_of(int family, Whom whom);
/// The number of an archive, by its name in the example: "H01", "H05a".
std::string archive_of(std::string_view name);

/// An instant of a day in Shanghai.
std::int64_t noon_us(Date day);
/// The end of a day: everything of that day is known.
std::int64_t end_of_day_us(Date day);

/// A decision of the example: all open leads of these people are confirmed on that day.
struct Decision {
  Date on;
  std::vector<std::string> numbers;
};

/// All that is told, in order of the times at which it is received; of one source in its order.
std::vector<Event> events(const FormSet& forms);
/// Sorted by day.
std::vector<Decision> decisions();

/// The configuration of the example: the shipped rules, and a register of marriages without a beginning, as
/// records of children, marriages and residence are complete.
Config config(const std::filesystem::path& program, const std::filesystem::path& data);
Rules rules(const Config& config);
FormSet forms(const Config& config);

/// What a county is lived on. All outlive it; the clock is set by it.
struct Ground {
  EventLog& log;
  Store& store;
  const Keyring& keys;
  const Rules& rules;
  FixedClock& clock;
};

/// The county's years through the pipeline, day by day: what was told is heard at its time, sources say that
/// they are complete, the night scan looks at everybody whose rights change by themselves, and people decide.
class Life {
 public:
  Life(const Ground& ground, const FormSet& forms);
  /// Lives up to the end of a day, which may not lie before the last one; throws std::runtime_error when a
  /// decision finds no lead, or an event is held.
  void until(Date day);
  /// The day after which nothing happens any more.
  static Date last_day();

 private:
  void hear(std::int64_t until_us);
  void decide(const Decision& decision);

  Ground ground_;
  std::vector<Event> events_;
  std::vector<Decision> decisions_;
  std::size_t heard_ = 0, decided_ = 0;
};

}  // namespace kinhub::test::shixian
