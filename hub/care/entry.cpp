#include "hub/care/entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "hub/base/blanks.hpp"
#include "hub/base/citizen_number.hpp"
#include "hub/base/mask.hpp"
#include "hub/base/nearest.hpp"
#include "hub/mapping/charset.hpp"
#include "hub/mapping/values.hpp"

namespace kinhub {
namespace {

using Json = nlohmann::ordered_json;
using Type = FormField::Type;

constexpr std::int64_t second_us = 1'000'000, day_us = 86'400 * second_us, shanghai_us = 28'800 * second_us;
constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";  // in order of ASCII
constexpr std::size_t version_size = 21, why_characters_max = 500, who_characters_max = 64;
const Date earliest_day(1900, 1, 1);

Error wrong(std::string code, std::string text, std::string place = {}) {
  return {std::move(code), std::move(text), std::move(place)};
}

/// A text as the answer; given directly it could be an error as well.
Result<std::string> good(std::string text) {
  return Result<std::string>(boost::system::in_place_value, std::move(text));
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// What is wrong with a text as such; nothing: it can be kept.
/// Control, format and separator characters (Unicode Cc, Zl, Zp, and those that turn or hide what stands
/// beside them). REQUIRES: UTF-8.
bool holds_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = [&](std::size_t k) {
      return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u;
    };
    if (at(0) < 0x20 || at(0) == 0x7f) return true;
    if (at(0) == 0xC2 && at(1) < 0xA0) return true;                                       // C1
    if (at(0) == 0xE2 && at(1) == 0x80 && (at(2) >= 0x8B && at(2) <= 0x8F)) return true;  // U+200B..200F
    if (at(0) == 0xE2 && at(1) == 0x80 && (at(2) >= 0xA8 && at(2) <= 0xAE)) return true;  // U+2028..202E
    if (at(0) == 0xE2 && at(1) == 0x81 && (at(2) >= 0xA0 && at(2) <= 0xAF)) return true;  // U+2060..206F
    if (at(0) == 0xEF && at(1) == 0xBB && at(2) == 0xBF) return true;                     // U+FEFF
  }
  return false;
}

std::optional<Error> text_fault(std::string_view text, std::size_t least, std::size_t most) {
  if (utf8_fault(text) || text.find("\xEF\xBF\xBD") != std::string_view::npos)
    return wrong("TEXT_BROKEN", "characters were lost on the way: enter it again as UTF-8");
  if (holds_control(text))
    return wrong("FIELD_CONTROL", "it holds a control character, perhaps a line break: write one line");
  const auto length = characters(text);
  if (length > most)
    return wrong("FIELD_TOO_LONG", fmt::format("{} characters, and at most {} are taken", length, most));
  if (length < least)
    return wrong("FIELD_RANGE", fmt::format("{} characters, and at least {} are needed", length, least));
  return std::nullopt;
}

Result<std::string> plain_date(const FormField& field, std::string_view text, Date today) {
  const auto date = PartialDate::parse(text);
  if (!date)
    return wrong("DATE_FORMAT", field.coarsest == Precision::day
                                    ? "write the day as 2026-11-18"
                                    : "write 2026-11-18, or 2026-11 where the day is not known");
  if (date->precision > field.coarsest)
    return wrong("DATE_PRECISION", field.coarsest == Precision::day
                                       ? "the day is needed: 2026-11-18"
                                       : "the month is needed at least: 2026-11");
  if (date->first < earliest_day) return wrong("DATE_RANGE", "it lies before 1900");
  if (!field.ahead && date->first > today)
    return wrong("DATE_FUTURE", "this day is still to come, and the form tells what has happened");
  return good(date->text());
}

std::optional<std::int64_t> whole(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// Yuan with at most two decimals, as fen.
std::optional<std::int64_t> fen(std::string_view text) {
  constexpr std::int64_t yuan_max = 1'000'000'000;
  const auto point = text.find('.');
  const auto decimals = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  const auto yuan = text.substr(0, point);
  if (yuan.empty() || decimals.size() > 2 || (point != std::string_view::npos && decimals.empty()))
    return std::nullopt;
  if (text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  const auto before = whole(yuan),
             behind = decimals.empty() ? std::optional<std::int64_t>(0) : whole(decimals);
  if (!before || !behind || *before > yuan_max) return std::nullopt;
  return *before * 100 + *behind * (decimals.size() == 1 ? 10 : 1);
}

Result<std::string> plain_number(const FormField& field, std::optional<std::int64_t> value, const char* code,
                                 const char* how) {
  if (!value) return wrong(code, how);
  if (*value < field.least || *value > field.most)
    return wrong("FIELD_RANGE", fmt::format("it must lie between {} and {}{}", field.least, field.most,
                                            field.type == Type::money ? " fen" : ""));
  return good(std::to_string(*value));
}

Result<std::string> plain_code(const FormField& field, std::string_view text, const CodeTables& tables) {
  std::vector<std::string_view> known;
  if (!field.table.empty()) {
    const auto table = tables.find(field.table);
    if (table != tables.end() && table->second.find(text)) return good(std::string(text));
    return wrong("CODE_UNKNOWN", "it is no code of the table '" + field.table + "'");
  }
  for (const auto& [code, label] : field.options) {
    if (text == code || text == label) return good(code);
    known.push_back(code);
  }
  std::string list;
  for (const auto& [code, label] : field.options)
    list += (list.empty() ? "" : ", ") + code + " " + label;
  const auto near = nearest_word(text, known);
  return wrong("CODE_UNKNOWN", "it is none of the options: " + list +
                                   (near.empty() ? "" : "; is '" + std::string(near) + "' meant?"));
}

Result<std::string> plain_area(std::string_view text) {
  const bool digits = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || (text.size() != 6 && text.size() != 9 && text.size() != 12))
    return wrong("REGION_FORMAT", "a region has 6, 9 or 12 digits");
  return good(std::string(text));
}

Result<std::string> plain_yes_no(std::string_view text) {
  for (auto yes : {"yes", "true", "1", "是"})
    if (text == yes) return good("yes");
  for (auto no : {"no", "false", "0", "否"})
    if (text == no) return good("no");
  return wrong("YES_NO_FORMAT", "write yes or no (是, 否)");
}

/// Whether a text has the shape of a field; every one has none at all.
bool has_shape(std::string_view text, std::string_view shape) {
  return shape.empty() ||
         std::equal(text.begin(), text.end(), shape.begin(), shape.end(),
                    [](char c, char of) { return of == '0' ? c >= '0' && c <= '9' : c == of; });
}

/// Whether a text stands in the file of a bank as it is, and begins no formula where somebody looks at that.
bool for_banks(std::string_view text) {
  return text.find_first_of(",\"'") == std::string_view::npos &&
         (text.empty() || std::string_view("=+-@").find(text.front()) == std::string_view::npos);
}

/// One value in the form in which the event has it.
Result<std::string> plain(const FormField& field, std::string_view text, const CareEntryRequest& request) {
  if (auto fault = text_fault(text, 0, field.type == Type::text ? static_cast<std::size_t>(field.most) : 64))
    return *fault;
  switch (field.type) {
    case Type::text:
      if (auto fault =
              text_fault(text, static_cast<std::size_t>(field.least), static_cast<std::size_t>(field.most)))
        return *fault;
      if (!has_shape(text, field.shape))
        return wrong("FIELD_SHAPE", "it is written as " + field.shape + ", a digit for each 0");
      if (request.form.id == "account" && field.item != "proof" && !for_banks(text))
        return wrong(
            "FIELD_CHARACTER",
            "a bank's file has it as it stands here: no commas and quotes, and none of = + - @ first");
      return good(std::string(text));
    case Type::date:
      return plain_date(field, text, request.today);
    case Type::integer:
      return plain_number(field, whole(text), "INTEGER_FORMAT", "write a whole number");
    case Type::money:
      return plain_number(field, fen(text), "MONEY_FORMAT", "write yuan with at most two decimals: 590.50");
    case Type::code:
      return plain_code(field, text, request.tables);
    case Type::citizen_number: {
      auto number = CitizenNumber::read(text);
      if (!number) return number.error();
      return good(number->text());
    }
    case Type::region:
      return read_region(text);
    case Type::area:
      return plain_area(text);
    case Type::yes_no:
      return plain_yes_no(text);
  }
  return good("");
}

std::vector<std::string_view> texts_of(const Values& values, std::string_view item) {
  std::vector<std::string_view> texts;
  for (const auto& [name, text] : values)
    if (name == item) texts.push_back(text);
  return texts;
}

/// Written values over those of the version before; an empty text takes an item away.
Values merged(const Values& before, const Values& written) {
  Values all;
  for (const auto& value : before)
    if (texts_of(written, value.first).empty()) all.push_back(value);
  for (const auto& [item, text] : written)
    if (const auto plain = without_blanks(text); !plain.empty()) all.emplace_back(item, plain);
  return all;
}

bool is_blank(std::string_view text) {
  return without_blanks(text).empty();
}

void check_signature(const Signature& signature, std::vector<Error>& errors) {
  if (is_blank(signature.why))
    errors.push_back(wrong("REASON_MISSING", "an entry says why it is made: --reason TEXT", "why"));
  else if (auto fault = text_fault(signature.why, 1, why_characters_max))
    fault->place = "why", errors.push_back(std::move(*fault));
  if (is_blank(signature.who))
    errors.push_back(wrong("WHO_MISSING", "an entry says who makes it: --as USER", "who"));
  else if (auto fault = text_fault(signature.who, 1, who_characters_max))
    fault->place = "who", errors.push_back(std::move(*fault));
}

void check_unknown(const Form& form, const Values& written, std::vector<Error>& errors) {
  std::vector<std::string_view> known;
  for (const auto& field : form.fields)
    known.push_back(field.item);
  std::vector<std::string_view> told;
  for (const auto& [item, text] : written) {
    if (form.field(item) || std::find(told.begin(), told.end(), item) != told.end()) continue;
    told.push_back(item);
    errors.push_back(wrong("FIELD_UNKNOWN",
                           "the form " + form.id + " has no such field" + did_you_mean(item, known),
                           mask_key(item)));
  }
}

/// What is written is checked and becomes plain; what stays of the version before is plain already.
void check_fields(const CareEntryRequest& request, const Values& values, CareEntry& entry,
                  std::vector<Error>& errors) {
  for (const auto& field : request.form.fields) {
    const auto texts = texts_of(values, field.item);
    if (texts.empty()) {
      if (field.required)
        errors.push_back(wrong("FIELD_MISSING",
                               "the form needs it: " + field.label.zh + " (" + field.label.en + ")",
                               field.item));
      continue;
    }
    if (texts.size() > field.repeat) {
      errors.push_back(
          wrong("FIELD_REPEATED",
                fmt::format("it was given {} times, and the form takes {}", texts.size(), field.repeat),
                field.item));
      continue;
    }
    if (texts_of(request.values, field.item).empty()) {
      for (auto text : texts)
        entry.values.emplace_back(field.item, text);
      continue;
    }
    for (auto text : texts) {
      auto value = plain(field, text, request);
      if (value) {
        entry.values.emplace_back(field.item, std::move(*value));
      } else {
        auto error = value.error();
        error.place = field.item;
        errors.push_back(std::move(error));
      }
    }
  }
  for (const auto& items : request.form.one_of) {
    if (std::any_of(items.begin(), items.end(),
                    [&](const auto& item) { return !texts_of(values, item).empty(); }))
      continue;
    std::string list;
    for (const auto& item : items)
      list += (list.empty() ? "" : ", ") + item;
    errors.push_back(wrong("FIELD_MISSING", "one of these is needed: " + list, items.front()));
  }
}

bool is_late(const Form& form, const CareEntry& entry, Date today) {
  if (form.late_after_days == 0) return false;
  const auto on = texts_of(entry.values, "on");
  const auto day = on.empty() ? std::nullopt : PartialDate::parse(on.front());
  return day && day->last() < today.plus_days(-form.late_after_days);
}

std::optional<std::int64_t> instant_of(std::string_view version) {
  if (version.size() != version_size || version[14] != '.') return std::nullopt;
  auto part = [&](std::size_t from, std::size_t count) {
    return whole(version.substr(from, count)).value_or(-1);
  };
  const auto day = Date::make(static_cast<int>(part(0, 4)), static_cast<unsigned>(part(4, 2)),
                              static_cast<unsigned>(part(6, 2)));
  const auto hour = part(8, 2), minute = part(10, 2), second = part(12, 2), rest = part(15, 6);
  if (!day || hour < 0 || minute < 0 || second < 0 || rest < 0) return std::nullopt;
  return day->days() * day_us + ((hour * 60 + minute) * 60 + second) * second_us + rest - shanghai_us;
}

std::string version_text(std::int64_t at_us) {
  const auto day = shanghai_date(at_us);
  const auto rest = at_us + shanghai_us - day.days() * day_us, seconds = rest / second_us;
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}.{:06}", day.year(), day.month(), day.day(),
                     seconds / 3600, seconds / 60 % 60, seconds % 60, rest % second_us);
}

/// The millisecond in which an id was made, by entry_id(). REQUIRES: is_entry_id.
std::int64_t instant_of_id(std::string_view id) {
  std::int64_t ms = 0;
  for (auto at : {1, 2, 3, 4, 5, 7, 8, 9, 10, 11})
    ms = ms << 5 | static_cast<std::int64_t>(alphabet.find(id[static_cast<std::size_t>(at)]));
  return ms * 1000;
}

std::optional<IdentifierKind> identifier_kind(std::string_view name) {
  for (auto kind :
       {IdentifierKind::citizen_number, IdentifierKind::police_id, IdentifierKind::birth_certificate,
        IdentifierKind::disability_certificate, IdentifierKind::insurance_id, IdentifierKind::chart})
    if (name_of(kind) == name) return kind;
  return std::nullopt;
}

constexpr std::string_view own_keys[] = {"event", "id", "version", "op", "who", "why", "late", "person"};

}  // namespace

std::variant<CareEntry, std::vector<Error>> decide_entry(const CareEntryRequest& request) {
  std::vector<Error> errors;
  const auto* before = request.before;
  if (before && before->form != request.form.id)
    return std::vector{wrong("FORM_DIFFERS",
                             "the entry was made with the form " + before->form +
                                 ": correct it with that one, or take it back and enter it anew",
                             "form")};
  if (before && before->op == CareEntry::Op::take_back)
    return std::vector{wrong("ENTRY_TAKEN_BACK",
                             "this entry was taken back: it cannot be corrected; enter it anew if it is so",
                             "id")};
  CareEntry entry;
  entry.form = request.form.id, entry.id = request.id;
  // The version of a new entry stands in its id, so that a request that is repeated gives the same bytes.
  entry.version = before ? version_at(request.signature.at_us, before->version)
                         : version_text(std::min(instant_of_id(request.id), request.signature.at_us));
  entry.who = without_blanks(request.signature.who), entry.why = without_blanks(request.signature.why);
  entry.person = request.person.empty() && before ? before->person : request.person;
  if (entry.person.empty())
    errors.push_back(wrong("PERSON_UNIDENTIFIED",
                           "no agency's identifier of this person is known (no citizen number, police id, "
                           "certificate, insurance "
                           "number or chart), so what is entered could be nobody's: enter the number first, "
                           "or wait for an agency",
                           "person"));
  check_signature(request.signature, errors);
  check_unknown(request.form, request.values, errors);
  check_fields(request, merged(before ? before->values : Values(), request.values), entry, errors);
  if (!errors.empty()) return errors;
  const bool same_day = before && texts_of(before->values, "on") == texts_of(entry.values, "on");
  entry.late = same_day ? before->late : is_late(request.form, entry, request.today);
  return entry;
}

Result<CareEntry> take_back(const CareEntry& before, const Signature& signature) {
  std::vector<Error> errors;
  check_signature(signature, errors);
  if (before.op == CareEntry::Op::take_back)
    errors.push_back(
        wrong("ENTRY_TAKEN_BACK", "this entry was taken back before: kinhub care list shows by whom", "id"));
  if (!errors.empty()) return errors.front();
  CareEntry entry = before;
  entry.op = CareEntry::Op::take_back;
  entry.version = version_at(signature.at_us, before.version);
  entry.who = without_blanks(signature.who), entry.why = without_blanks(signature.why);
  return entry;
}

std::string to_bytes(const CareEntry& entry, const Form& form) {
  Json json = {{"event", entry.form},      {"id", entry.id},
               {"version", entry.version}, {"op", entry.op == CareEntry::Op::assert_ ? "A" : "D"},
               {"who", entry.who},         {"why", entry.why}};
  if (entry.late) json["late"] = true;
  auto& person = json["person"] = Json::object();
  for (const auto& identifier : entry.person)
    person[std::string(name_of(identifier.kind))] = identifier.value;
  for (const auto& [item, text] : entry.values) {
    const auto* field = form.field(item);
    const bool number = field && (field->type == Type::integer || field->type == Type::money);
    const auto whole_number = number ? whole(text) : std::nullopt;
    Json value = whole_number ? Json(*whole_number) : Json(text);  // what is none, the mapping refuses
    if (field && field->repeat > 1)
      (json.contains(item) ? json[item] : json[item] = Json::array()).push_back(std::move(value));
    else
      json[item] = std::move(value);
  }
  return json.dump();
}

Result<CareEntry> entry_from(std::string_view body) {
  const auto unreadable =
      wrong("ENTRY_UNREADABLE", "the event is none of the care desk's, or its form is not known");
  const auto json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return unreadable;
  auto text = [&](const char* key) {
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
  };
  CareEntry entry;
  entry.form = text("event"), entry.id = text("id"), entry.version = text("version");
  entry.op = text("op") == "D" ? CareEntry::Op::take_back : CareEntry::Op::assert_;
  entry.who = text("who"), entry.why = text("why"), entry.late = json.value("late", Json()) == Json(true);
  if (entry.form.empty() || !is_entry_id(entry.id) || !instant_of(entry.version)) return unreadable;
  if (json.contains("person") && json["person"].is_object())
    for (const auto& [name, value] : json["person"].items())
      if (auto kind = identifier_kind(name); kind && value.is_string())
        entry.person.push_back({*kind, value.get<std::string>()});
  for (const auto& [item, value] : json.items()) {
    if (std::find(std::begin(own_keys), std::end(own_keys), item) != std::end(own_keys)) continue;
    for (const auto& one : value.is_array() ? value : Json::array({value}))
      entry.values.emplace_back(item, one.is_string() ? one.get<std::string>() : one.dump());
  }
  return entry;
}

std::vector<Identifier> naming(std::string_view citizen_number, const std::vector<Identifier>& known) {
  if (!citizen_number.empty()) return {{IdentifierKind::citizen_number, std::string(citizen_number)}};
  const auto best =
      std::min_element(known.begin(), known.end());  // kinds are in order of how widely they are known
  if (best == known.end()) return {};
  return {*best};
}

std::string entry_id(std::int64_t at_us, std::uint64_t chance) {
  constexpr int group = 5, groups = 4, bits = 5;
  const std::uint64_t ms = static_cast<std::uint64_t>(std::max<std::int64_t>(at_us, 0)) / 1000;
  std::string id;
  for (int at = 0; at < group * groups; ++at) {
    const bool of_time = at < group * groups / 2;
    const int shift = bits * (group * groups / 2 - 1 - at % (group * groups / 2));
    id += at == 0 ? "e" : at % group == 0 ? "-" : "";
    id += alphabet[((of_time ? ms : chance) >> shift) & 31u];
  }
  return id;
}

bool is_entry_id(std::string_view text) {
  if (text.size() != 24 || text[0] != 'e') return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool border = i % 6 == 0;
    if (border ? text[i] != '-' : alphabet.find(text[i]) == std::string_view::npos) return false;
  }
  return true;
}

std::string version_at(std::int64_t at_us, std::string_view before) {
  const auto last = instant_of(before);
  return version_text(last ? std::max(at_us, *last + 1) : at_us);
}

}  // namespace kinhub
