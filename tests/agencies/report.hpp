#pragma once
// One message of one agency about one happening, not yet in the agency's own format.

#include <cstdint>
#include <vector>

#include "tests/agencies/world.hpp"

namespace kinhub::agencies {

enum class Kind : std::uint8_t {
  police_death,
  police_birth,
  police_move_out,
  police_move_in,
  police_number,
  civil_marriage,
  civil_adoption,
  civil_cremation,
  civil_disability,
  insurance_row,
  hospital_birth,
  hospital_death,
  hospital_death_cancel,
  hospital_admission,
  hospital_merge,
  certificate_row,
};

enum class Agency : std::uint8_t {
  public_security,
  civil_affairs,
  medical_insurance,
  hospital_his,
  death_certificates
};
Agency agency_of(Kind kind);

/// What a marriage or adoption row, or an insurance row, says.
enum class Action : std::uint8_t {
  none,
  married,
  divorced,
  marriage_reissued,
  divorce_reissued,
  annulled,
  adopted,
  dissolved,
  adoption_void,
  enrolled,
  paused,
  resumed,
  stopped,
};

/// A report that no reader may take as it stands.
enum class Odd : std::uint8_t {
  no,
  training,    ///< MSH-11 T: an exercise about a real person
  impossible,  ///< a day that is yet to come, by decades
  no_visit,    ///< a cancellation without the visit number of what it cancels
};

struct Report {
  Kind kind{};
  Action action = Action::none;
  bool reversal = false;        ///< CXBZ=1, A13, ZT=0
  bool legacy = false;          ///< old HIS dialect, GB18030
  bool old_number = false;      ///< the agency still writes the former citizen number
  bool fifteen_digits = false;  ///< the agency writes numbers as before 1999
  bool dirty_number = false;    ///< lower-case x, blanks, full-width digits
  bool before_merge = false;    ///< the hospital writes a chart without a name or number
  std::uint8_t manner = 0;      ///< not 0: written in a way of its own, as other senders do
  Odd odd = Odd::no;
  PersonIndex person = none;
  std::int16_t link = -1;  ///< index into marriages, children or certificates
  std::int16_t part = 0;   ///< which person of one business (a household move), from 1
  std::int16_t parts = 0;
  Date on;                   ///< the day the agency states
  int second = 0;            ///< and the time of day, where it states one
  Moment at = 0;             ///< when the agency wrote it (GXSJ, gxsj, updt_time)
  Moment delivered = 0;      ///< when it leaves the agency
  std::uint64_t serial = 0;  ///< business serial: equal for an original and its reversal
  std::uint64_t order = 0;   ///< over all reports, breaks ties
  std::uint32_t family = 0;  ///< index of its world in the batch
};

}  // namespace kinhub::agencies
