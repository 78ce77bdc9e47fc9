#pragma once
// How each agency writes: one function per message form, field for field as the agency's own files.

#include <span>
#include <string>
#include <string_view>

#include "tests/agencies/report.hpp"
#include "tests/agencies/world.hpp"

namespace kinhub::agencies {

/// A report together with the world it speaks of.
struct Telegram {
  const Report* report;
  const World* world;
};

// ---- public security: XML, to be encoded in GB18030
/// SWZX, CSDJ, QCZX, QRDJ, BGGZ
std::string_view police_type(Kind kind);
/// "320812": whose police station writes this record.
std::string police_county(const Telegram& telegram);
/// One file of records of one type and county, UTF-8. `serial`: of this file on that day.
std::string police_file(std::string_view type, std::string_view county, Moment sent, int serial,
                        std::span<const Telegram> records);
/// The resident master of a county as of the moment: one file for a chunk of people. Who lives elsewhere by
/// then is marked as moved out.
struct Resident {
  const World* world;
  PersonIndex person;
};
std::string resident_file(std::string_view county, Moment as_of, int serial,
                          std::span<const Resident> people);
/// Is this person in the resident master of that moment?
bool is_resident(const Person& person, Moment as_of);
/// SWZX_320812000000_20261118102559_0001.xml
std::string police_file_name(std::string_view type, std::string_view county, Moment sent, int serial);

// ---- civil affairs: JSON answer pages, UTF-8
inline constexpr std::string_view civil_interfaces[] = {"hyxx", "sydjxx", "bzfwhhxx", "cjrz"};
std::string_view civil_interface(Kind kind);
/// One element of cxjg, with the samples' indentation.
std::string civil_row(const Telegram& telegram, int row_number);
struct CivilPage {
  std::string interface;  ///< hyxx_inc
  int page = 1, page_size = 500;
  std::size_t total = 0;
  std::string watermark;
  std::string status = "0", message = "查询成功";
};
std::string civil_page(const CivilPage& page, std::span<const std::string> rows);
/// 17 digits: the row's time stamp and its serial within that second.
std::string civil_watermark(Moment at, int serial);

// ---- medical insurance: JSON
std::string insurance_row(const Telegram& telegram);
/// A person's standing as of the moment, for the full file; nothing when not enrolled by then.
std::string insurance_standing(const World& world, PersonIndex person, Moment as_of);
struct InsuranceBatch {
  std::string county, batch_no;
  Moment from = 0, to = 0;
};
std::string insurance_file(const InsuranceBatch& batch, std::span<const std::string> rows);

// ---- hospital: HL7, segments ended by CR; and the daily certificates
std::string hospital_message(const Telegram& telegram);
/// UTF-8; legacy messages are to be encoded in GB18030.
std::string hospital_message_id(const Telegram& telegram);
inline constexpr std::string_view certificate_header =
    "DEATHCERT_NO,XM,XBDM,MZDM,CSRQ,ZJLBDM,ZJHM,HYZKDM,HJDZ_XZQHDM,CZDZ_XZQHDM,SWSJ,SWDDLBDM,A_JBMC,A_ICD,B_"
    "JBMC,B_ICD,"
    "C_JBMC,C_ICD,D_JBMC,D_ICD,GBSY_MC,GBSY_ICD,QFJG_USCC,QFJG_MC,QFYS,QFRQ,ZT,GXSJ\r\n";
/// One line with CRLF, UTF-8.
std::string certificate_line(const Telegram& telegram);

// ---- time as agencies write it
std::string compact(Date day);     ///< 20261118
std::string compact(Moment when);  ///< 20261118102501
std::string dashed(Moment when);   ///< 2026-11-18 10:25:01

}  // namespace kinhub::agencies
