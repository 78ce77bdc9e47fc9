#pragma once
// The decision of the care desk: what is written in a form becomes the bytes of an event, or the errors of
// its fields. Pure: no clock, no chance, no store.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hub/care/form.hpp"

namespace kinhub {

/// Who enters it, why, and when: signed into the event.
struct Signature {
  std::string who, why;
  std::int64_t at_us = 0;  ///< UTC microseconds
};

/// An entry as an event: a later version of an id corrects the earlier ones, or takes them back.
struct CareEntry {
  enum class Op : std::uint8_t { assert_, take_back };
  std::string form, id;
  std::string version;  ///< 20261121120000.000000, in Asia/Shanghai: always 21 characters
  Op op = Op::assert_;
  std::string who, why;
  bool late = false;  ///< entered long after its day (补录)
  std::vector<Identifier> person;
  Values values;  ///< checked and in their plain form, in the order of the form
};

/// The bytes of the event; equal entries have equal bytes.
std::string to_bytes(const CareEntry& entry, const Form& form);
/// Parses an event back, of whatever form. Error: ENTRY_UNREADABLE.
Result<CareEntry> entry_from(std::string_view body);

/// A new entry, or a later version of `before`: values given replace those of before item by item, an empty
/// one removes them. Errors have the item as their place and mask what was written: FIELD_UNKNOWN,
/// FIELD_MISSING, FIELD_REPEATED, FIELD_RANGE, FIELD_TOO_LONG, FIELD_CONTROL, TEXT_BROKEN, DATE_FORMAT,
/// DATE_PRECISION, DATE_FUTURE, DATE_RANGE, INTEGER_FORMAT, MONEY_FORMAT, CODE_UNKNOWN, YES_NO_FORMAT,
/// REGION_FORMAT and those of CitizenNumber; of the whole entry: PERSON_UNIDENTIFIED, REASON_MISSING,
/// WHO_MISSING, FORM_DIFFERS.
struct CareEntryRequest {
  const Form& form;
  const CodeTables& tables;
  std::string id;
  std::vector<Identifier> person;  ///< by identifiers that agencies know; empty: that of `before`
  Values values;
  Signature signature;
  Date today;
  const CareEntry* before = nullptr;
};
std::variant<CareEntry, std::vector<Error>> decide_entry(const CareEntryRequest& request);

/// Takes an entry back. Errors: REASON_MISSING, WHO_MISSING, ENTRY_TAKEN_BACK.
Result<CareEntry> take_back(const CareEntry& before, const Signature& signature);

/// How an event names the person: by the citizen number where one is known, else by the identifier that most
/// agencies share. Out of all that are known; empty when there is none.
std::vector<Identifier> naming(std::string_view citizen_number, const std::vector<Identifier>& known);

/// A new id, unique across nodes and in order of time: `chance` are random bits.
std::string entry_id(std::int64_t at_us, std::uint64_t chance);
/// Whether it is one, so that a repeated request may name it.
bool is_entry_id(std::string_view text);

/// The version of an instant; later than the one before it, whatever the clock says.
std::string version_at(std::int64_t at_us, std::string_view before = {});

}  // namespace kinhub
