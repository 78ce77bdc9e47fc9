#pragma once
// Parsing and validation of agencies' texts: dates, time stamps, disability cards, regions. Pure functions.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "hub/base/citizen_number.hpp"
#include "hub/base/date.hpp"
#include "hub/base/result.hpp"
#include "hub/mapping/code_table.hpp"

namespace kinhub {

/// What is wrong with a date pattern, or nothing. Letters: yyyy MM dd HH mm ss SSS, X for a zone that may be
/// missing (+0800, +08:00, Z); anything else stands for itself. Or one word, of a form in which changes are
/// published (Debezium):
///   epoch_days                                    days since 1970-01-01
///   epoch_ms, epoch_us, epoch_ns                  an instant: its day in Asia/Shanghai, summer time included
///   local_epoch_ms, local_epoch_us, local_epoch_ns a wall clock, counted as if it were UTC: the day it shows
///   iso                                           2026-11-18T22:45:12.5Z
///   hl7                                           YYYY[MM[DD[HH[MM[SS[.S...]]]]]][+/-ZZZZ], HL7's own DTM
///   any                                           whatever says a whole day from the year down and can be
///   read
///                                                 in one way alone: yyyyMMdd[HHmmss], yyyy-MM-dd,
///                                                 yyyy/MM/dd, with [ |T]HH:mm[:ss], of seconds a fraction, a
///                                                 zone
std::optional<std::string> fault_of_date_pattern(std::string_view pattern);
/// What is wrong with these patterns together, or nothing: no two may count,
/// for every whole number would fit both.
std::optional<std::string> fault_of_date_patterns(std::span<const std::string> patterns);

/// The plain date in Asia/Shanghai of `text` by the first pattern that fits. A day or month of 00 is a date
/// known only to the month or year. Errors: DATE_FORMAT no pattern fits, DATE_NO_DAY the calendar has no such
/// day, DATE_RANGE before 1850 or after 2200. REQUIRES: patterns without fault.
Result<PartialDate> read_date(std::string_view text, std::span<const std::string> patterns);

/// True of the words that count days or parts of seconds since 1970.
bool counts_since_1970(std::string_view pattern);

/// The same for the day on which something ends; nothing: it has no end. So say 长期 and its like, a day of
/// noughts, a count of 0, and any day after 2200 (9999-12-31): nobody lives to see it.
Result<std::optional<PartialDate>> read_end_date(std::string_view text,
                                                 std::span<const std::string> patterns);

/// Digits in Asia/Shanghai, from the year down, of any usual way to write a time: 20261118064512+0800,
/// 202611180645, 2026-11-19 10:12:33, 2026-11-19T02:12:33.5Z. As many as are said: 8, 10, 12 or 14, and of a
/// fraction of a second 6 more, or 9 if it has more than six. Error: TIMESTAMP_FORMAT.
Result<std::string> read_timestamp(std::string_view text);

/// What is wrong with the form of a time stamp that is counted, or nothing.
std::optional<std::string> fault_of_timestamp_form(std::string_view form);
/// The same out of a count since 1970: epoch_ms or local_epoch_ms 17 digits, _us 20, _ns 23, always at
/// +08:00, so that versions never run backwards. Errors: TIMESTAMP_FORMAT no whole number, TIMESTAMP_RANGE
/// before 1990 or after 2200: another unit. REQUIRES: a form without fault.
Result<std::string> read_timestamp(std::string_view text, std::string_view form);

/// A checked disability card number (残疾人证号): citizen number, category 1..7, grade 1..4, then nothing or
/// B and a re-issue count. Errors: those of CitizenNumber, DISABILITY_CARD_LENGTH, _CATEGORY, _GRADE,
/// _REISSUE.
struct DisabilityCard {
  CitizenNumber holder;
  int category, grade;
  std::string text;   ///< 20 or 22 characters as printed
  std::string plain;  ///< 20 characters: without the re-issue count
  static Result<DisabilityCard> read(std::string_view raw);
};

/// Six digits of GB/T 2260 out of a code of 6, 9 or 12 digits. Error: REGION_FORMAT. Codes are not looked up:
/// they change.
Result<std::string> read_region(std::string_view text);

/// A code of 6, 9 or 12 digits, whole. Errors: REGION_FORMAT; AREA_UNKNOWN, where `regions` lists codes of
/// this length below the same region or town and not this one. Noughts at the end, which stand for no town
/// and no community, are left out.
Result<std::string> read_area(std::string_view text, const CodeTable* regions);

/// A sum written in yuan with at most two decimals, in fen: 1130.00 is 113000. Error: MONEY_FORMAT.
Result<int> read_yuan(std::string_view text);

/// What the field is for: how much of its raw value a diagnostic may show.
enum class FieldClass : std::uint8_t { number, time, code };
/// Masked form of a raw value for a diagnostic. number: its shape alone ('99999999999999999A', 18
/// characters), of whatever length it is. time: as it is where it begins with a year, else its shape. code:
/// short codes as they are, texts as mask_name does, what has digits like a number by its shape.
std::string shown(std::string_view raw, FieldClass field);

}  // namespace kinhub
