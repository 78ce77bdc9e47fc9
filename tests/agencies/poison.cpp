#include "tests/agencies/poison.hpp"

#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <stdexcept>
#include <vector>

#include "tests/agencies/formats.hpp"
#include "tests/agencies/gb18030.hpp"

namespace kinhub::agencies {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t huge_element_bytes = 100'000'000;

/// A small family whose reports are spoiled one by one.
World specimen() {
  World world;
  world.home = "320812";
  world.household = 7;
  NumberOffice numbers;
  auto add = [&](Sex sex, Date born, const char* surname, const char* given, const char* relation) {
    Person person;
    person.serial = 900001 + world.people.size();
    person.sex = sex;
    person.born = born;
    person.surname = surname;
    person.given = given;
    person.number = *numbers.give(sex, born);
    person.relation = relation;
    person.registered_at = moment(born.plus_days(10));
    person.enrolled_at = moment(born.plus_days(20));
    world.people.push_back(person);
  };
  add(Sex::female, Date(1975, 5, 6), "孙", "试毒", "12");
  add(Sex::male, Date(1973, 3, 4), "钱", "试坏", "02");
  add(Sex::male, Date(2001, 7, 8), "钱", "试错", "21");
  world.marriages.push_back({1, 0, Date(1999, 12, 1)});
  world.children.push_back({2, 0, 1, Relation::born, Date(2001, 7, 8)});
  world.certificates.push_back({2, Date(2026, 9, 1), Date(2036, 8, 31), Date(2026, 8, 20), Date(2026, 9, 1),
                                2, 4, Certificate::Why::first});
  return world;
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos)
    throw std::logic_error("poison: nothing to spoil at '" + std::string(from) + "'");
  text.replace(at, from.size(), to);
}

/// The same number with a check character that does not fit.
std::string spoiled(const std::string& number) {
  std::string text = number;
  text.back() = text.back() == '0' ? '1' : '0';
  return text;
}

struct Poison {
  const char* source;
  std::string name;
  const char* kind;    ///< stable word for the expected failure
  const char* expect;  ///< in a sentence
  std::size_t events;  ///< events that must be refused; the others of the file are good
  std::function<void(const fs::path&)> write;
};

void save(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

std::size_t write_poison(const fs::path& folder) {
  const World world = specimen();
  const Moment at = moment(Date(2026, 10, 12), 36000);
  std::uint64_t serial = 700000;
  auto report_of = [&](Kind kind, Action action = Action::none) {
    Report report;
    report.kind = kind;
    report.action = action;
    report.person = 2;
    report.link = 0;
    report.on = Date(2026, 10, 10);
    report.second = 30000;
    report.at = at;
    report.delivered = at + 60;
    report.serial = ++serial;
    return report;
  };
  auto death_xml = [&] {
    const Report report = report_of(Kind::police_death);
    const Telegram telegram{&report, &world};
    return police_file("SWZX", "320812", at, static_cast<int>(serial % 10000), std::span(&telegram, 1));
  };
  auto row_page = [&](Kind kind, Action action, std::string_view interface) {
    const Report report = report_of(kind, action);
    CivilPage page;
    page.interface = interface;
    page.total = 1;
    page.watermark = civil_watermark(at, 1);
    const std::string row = civil_row({&report, &world}, 1);
    return civil_page(page, std::span(&row, 1));
  };
  auto increment = [&] {
    const Report report = report_of(Kind::insurance_row, Action::stopped);
    const std::string row = insurance_row({&report, &world});
    InsuranceBatch batch{"320812", "PSNINSU-320812-20261013-0200", at - 20000, at + 60000};
    return insurance_file(batch, std::span(&row, 1));
  };
  auto message = [&](Kind kind) {
    const Report report = report_of(kind);
    return hospital_message({&report, &world});
  };
  auto certificate = [&] {
    const Report report = report_of(Kind::certificate_row);
    return std::string(certificate_header) + certificate_line({&report, &world});
  };
  const std::string number = world.at(2).number;

  auto text = [](std::function<std::string()> make) {
    return [make](const fs::path& path) { save(path, make()); };
  };
  std::vector<Poison> all;
  int police_serial = 100;
  auto police_name = [&] { return police_file_name("SWZX", "320812", at, ++police_serial); };

  all.push_back({"public-security", police_name(), "check_digit", "check character of GMSFHM does not fit", 1,
                 text([=] {
                   std::string xml = death_xml();
                   replace(xml, "<GMSFHM>" + number, "<GMSFHM>" + spoiled(number));
                   return gb18030(xml);
                 })});
  all.push_back({"public-security", police_name(), "unknown_charset",
                 "the XML declaration names a charset nobody knows", 1, text([=] {
                   std::string xml = death_xml();
                   replace(xml, "GB18030", "X-POLICE-7");
                   return gb18030(xml);
                 })});
  all.push_back({"public-security", police_name(), "wrong_charset_bytes",
                 "declared UTF-8, but the bytes are GB18030", 1, text([=] {
                   std::string xml = death_xml();
                   replace(xml, "GB18030", "UTF-8");
                   return gb18030(xml);
                 })});
  all.push_back(
      {"public-security", police_name(), "truncated", "the file ends in the middle of a record", 1, text([=] {
         std::string xml = death_xml();
         return gb18030(xml.substr(0, xml.find("<SSXQDM>") + 4));
       })});
  all.push_back(
      {"public-security", police_name(), "too_large", "one element of 100 MB", 1, [=](const fs::path& path) {
         std::string xml = death_xml();
         const auto gap = xml.find("</SWYY>");
         std::ofstream file(path, std::ios::binary | std::ios::trunc);
         file << gb18030(xml.substr(0, gap));
         const std::string block(1'000'000, 'A');
         for (std::size_t done = 0; done < huge_element_bytes; done += block.size())
           file << block;
         file << gb18030(xml.substr(gap));
         file.close();
         if (!file) throw std::runtime_error("cannot write " + path.string());
       }});
  all.push_back(
      {"public-security", police_name(), "doctype", "a DOCTYPE with entities that grow", 1, text([=] {
         std::string xml = death_xml();
         replace(xml, "?>\n",
                 "?>\n<!DOCTYPE root [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>\n");
         replace(xml, "<SWYY></SWYY>", "<SWYY>&b;</SWYY>");
         return gb18030(xml);
       })});
  all.push_back({"public-security", police_name(), "too_deep", "elements nested 100,000 deep", 1, text([=] {
                   std::string deep;
                   for (int i = 0; i < 100'000; ++i)
                     deep += "<d>";
                   for (int i = 0; i < 100'000; ++i)
                     deep += "</d>";
                   std::string xml = death_xml();
                   replace(xml, "<SWYY></SWYY>", "<SWYY>" + deep + "</SWYY>");
                   return gb18030(xml);
                 })});
  all.push_back({"public-security", police_name(), "no_such_day", "SWRQ is 31 February", 1, text([=] {
                   std::string xml = death_xml();
                   replace(xml, "<SWRQ>20261010", "<SWRQ>20260231");
                   return gb18030(xml);
                 })});
  all.push_back({"public-security", police_name(), "empty", "a file of no bytes", 1,
                 text([] { return std::string(); })});
  all.push_back({"civil-affairs", "hyxx_inc_duplicate_key.json", "duplicate_key",
                 "one key stands twice in a row", 1, text([=] {
                   std::string json = row_page(Kind::civil_marriage, Action::married, "hyxx_inc");
                   replace(json, "    \"op_type_cn\"", "    \"op_type\": \"IB\",\n    \"op_type_cn\"");
                   return json;
                 })});
  all.push_back({"civil-affairs", "cjrz_inc_check_digit.json", "check_digit",
                 "check character of citizen_id does not fit", 1, text([=] {
                   std::string json = row_page(Kind::civil_disability, Action::none, "cjrz_inc");
                   replace(json, "\"citizen_id\": \"" + number, "\"citizen_id\": \"" + spoiled(number));
                   return json;
                 })});
  all.push_back(
      {"civil-affairs", "hyxx_inc_truncated.json", "truncated", "the answer ends in the middle", 1, text([=] {
         const std::string json = row_page(Kind::civil_marriage, Action::married, "hyxx_inc");
         return json.substr(0, json.size() * 2 / 3);
       })});
  all.push_back({"civil-affairs", "bzfwhhxx_inc_lost_digits.json", "lost_digits", "id_card is 3.22228E+17", 1,
                 text([=] {
                   std::string json = row_page(Kind::civil_cremation, Action::none, "bzfwhhxx_inc");
                   replace(json, "\"id_card\": \"" + number, "\"id_card\": \"3.22228E+17");
                   return json;
                 })});
  all.push_back({"civil-affairs", "cjrz_inc_not_utf8.json", "wrong_charset_bytes", "JSON in GB18030", 1,
                 text([=] { return gb18030(row_page(Kind::civil_disability, Action::none, "cjrz_inc")); })});
  all.push_back(
      {"civil-affairs", "hyxx_inc_too_deep.json", "too_deep", "arrays nested 100,000 deep", 1, text([=] {
         std::string json = row_page(Kind::civil_marriage, Action::married, "hyxx_inc");
         replace(json, "\"op_type_cn\": \"结婚登记\"",
                 "\"op_type_cn\": " + std::string(100'000, '[') + std::string(100'000, ']'));
         return json;
       })});
  all.push_back({"medical-insurance", "PSNINSU-320812-20261013-0201.json", "duplicate_key",
                 "certno stands twice", 1, text([=] {
                   std::string json = increment();
                   replace(json, "   \"psn_name\"", "   \"certno\": \"" + number + "\",\n   \"psn_name\"");
                   return json;
                 })});
  all.push_back({"medical-insurance", "PSNINSU-320812-20261013-0202.json", "check_digit",
                 "check character of certno does not fit", 1, text([=] {
                   std::string json = increment();
                   replace(json, "\"certno\": \"" + number, "\"certno\": \"" + spoiled(number));
                   return json;
                 })});
  all.push_back({"medical-insurance", "PSNINSU-320812-20261013-0203.json", "no_such_day",
                 "surv_stas_ocur_date is 31 February", 1, text([=] {
                   std::string json = increment();
                   replace(json, "\"surv_stas_ocur_date\": \"2026-10-10",
                           "\"surv_stas_ocur_date\": \"2026-02-31");
                   return json;
                 })});
  all.push_back({"hospital-his", "no_msh.hl7", "no_msh", "the message begins with PID", 1, text([=] {
                   const std::string hl7 = message(Kind::hospital_death);
                   return hl7.substr(hl7.find("PID|"));
                 })});
  all.push_back({"hospital-his", "unknown_charset.hl7", "unknown_charset",
                 "MSH-18 names a charset nobody knows", 1, text([=] {
                   std::string hl7 = message(Kind::hospital_death);
                   replace(hl7, "UNICODE UTF-8", "KLINGON");
                   return hl7;
                 })});
  all.push_back({"hospital-his", "check_digit.hl7", "check_digit",
                 "check character in PID-3 and PID-19 does not fit", 1, text([=] {
                   std::string hl7 = message(Kind::hospital_death);
                   replace(hl7, number, spoiled(number));
                   replace(hl7, number, spoiled(number));
                   return hl7;
                 })});
  all.push_back({"hospital-his", "truncated.hl7", "truncated", "the message ends inside PID", 1, text([=] {
                   const std::string hl7 = message(Kind::hospital_death);
                   return hl7.substr(0, hl7.find("PID|") + 24);
                 })});
  all.push_back({"hospital-his", "SWZM_320812_20261013.csv", "missing_column", "the column ZJHM is missing",
                 1, text([=] {
                   std::string csv = certificate();
                   replace(csv, ",ZJHM,", ",");
                   replace(csv, ",01," + number + ",", ",01,");
                   return gb18030(csv);
                 })});
  all.push_back({"hospital-his", "SWZM_320812_20261014.csv", "short_row",
                 "a row with fewer fields than the header", 1, text([=] {
                   std::string csv = certificate();
                   return gb18030(csv.substr(0, csv.size() - 20) + "\r\n");
                 })});

  std::string index = "[\n";
  for (const Poison& poison : all) {
    fs::create_directories(folder / poison.source);
    poison.write(folder / poison.source / poison.name);
    index += fmt::format(
        "{} {{\"file\": \"{}/{}\", \"source\": \"{}\", \"kind\": \"{}\", \"expect\": \"{}\", \"refused\": "
        "{}}}",
        index.size() > 2 ? ",\n" : "", poison.source, poison.name, poison.source, poison.kind, poison.expect,
        poison.events);
  }
  save(folder / "index.json", index + "\n]\n");
  return all.size();
}

}  // namespace kinhub::agencies
