// An attacker's view of the masked answers: whoever may not open a record collects all that is shown of a
// person, whatever the command, and tries to calculate the citizen number.

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "hub/desk/json.hpp"
#include "tests/unit/cli/hub_fixture.hpp"

namespace kinhub::cli {
namespace {

using Json = nlohmann::json;

/// The check digit rule of GB 11643.
bool checks(const std::string& digits) {
  constexpr int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (int i = 0; i < 17; ++i)
    sum += (digits[static_cast<std::size_t>(i)] - '0') * weights[i];
  return "10X98765432"[sum % 11] == digits[17];
}

/// All that is known of one person: digits that a mask left at their places, births, regions, the sex.
struct Known {
  std::string digits = std::string(18, '?');
  std::set<std::string> births, regions;
  std::string sex;
};

void note(Known& known, const Json& masked) {
  if (!masked.is_string()) return;
  const auto text = masked.get<std::string>();
  if (text.size() != 18) return;
  for (std::size_t i = 0; i < 18; ++i)
    if (text[i] != '*') known.digits[i] = text[i];
}

/// How many citizen numbers fit what is known, if the region of residence is that of the number.
int candidates(const Known& known) {
  int found = 0;
  for (const auto& region : known.regions)
    for (const auto& birth : known.births) {
      auto number =
          region.substr(0, 6) + birth.substr(0, 4) + birth.substr(5, 2) + birth.substr(8, 2) + "0000";
      for (int order = 0; order < 1000; ++order) {
        const auto text = std::to_string(1000 + order).substr(1);
        number.replace(14, 3, text);
        for (const char last : std::string("0123456789X")) {
          number[17] = last;
          const bool male = (text[2] - '0') % 2 == 1;
          bool fits = checks(number) && (known.sex.empty() || male == (known.sex == "male"));
          for (std::size_t i = 0; i < 18; ++i)
            fits = fits && (known.digits[i] == '?' || known.digits[i] == number[i]);
          found += fits ? 1 : 0;
        }
      }
    }
  return found;
}

class UnmaskingTest : public HubFixture {
 protected:
  UnmaskingTest() {
    scratch_.write("kinhub.yaml", "data: ./data\n");
    for (const auto& [source, files] : std::map<std::string, std::vector<std::string>>{
             {"public-security",
              {"police_birth_2003.xml", "police_birth.xml", "police_death.xml", "police_move_out.xml"}},
             {"hospital-his", {"deathcert_daily.csv", "hospital_birth_A01.hl7", "hospital_death_A03.hl7"}},
             {"civil-affairs", {"civil_adoption.json", "civil_marriage.json", "civil_cremation.json"}},
             {"medical-insurance", {"insurance_stop_death.json", "insurance_enrol.json"}}}) {
      std::vector<std::string> arguments = {"ingest", source};
      for (const auto& file : files)
        arguments.push_back(sample(file));
      EXPECT_LE(run(arguments).code, 1) << source;
    }
    run({"ingest", "public-security",
         scratch_.write("SWZX_322228197503120246_20261118000000_0001.xml", "no record").string()});
  }

  void look(const Json& json) {
    if (json.is_object() && json.contains("person") && json["person"].is_object() &&
        json["person"].contains("ref")) {
      auto& known = known_[json["person"]["ref"].get<std::string>()];
      note(known, json["person"].value("citizen_id", Json()));
      if (json.contains("born") && json["born"].is_string() && json["born"].get<std::string>().size() == 10)
        known.births.insert(json["born"].get<std::string>());
      if (json.contains("sex") && json["sex"].is_string()) known.sex = json["sex"].get<std::string>();
      for (const auto& one : json.value("residences", Json::array()))
        known.regions.insert(one["region"].get<std::string>());
    }
    if (json.is_structured())
      for (const auto& one : json)
        look(one);
  }
  std::map<std::string, Known> known_;
};

TEST_F(UnmaskingTest, NoMaskedViewOfTheSampleFamiliesGivesANumberBack) {
  std::ifstream file(kinhub::tests::source_dir() + "/tests/data/samples/ids.json");
  std::vector<std::string> numbers;
  const auto ids = Json::parse(file);
  for (const auto& [name, number] : ids.items())
    if (number.is_string()) numbers.push_back(number.get<std::string>());
  ASSERT_GT(numbers.size(), 5u);

  std::vector<std::string> said;
  // What the tables show is what JSON shows.
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"leads"}, {"quarantine", "list"}, {"family", "--of", numbers.front()}})
    said.push_back(run(command).out);

  const FixedClock clock(1795233600LL * 1000000);
  const auto places = find_places(kinhub::tests::binary_dir() + "/bin/kinhub");
  const auto config = std::get<Config>(read_config(scratch_.path() / "kinhub.yaml", *places));
  const auto desk = open_desk({config, clock, {}, [](const std::string&) {}});
  const Caller clerk{"clerk", Rights::all(), Scope{true, {}}, Channel::cli, "", "", "", {}};
  const auto hear = [&](const auto& answer) {
    if (!answer) return;
    said.push_back(to_json(*answer));
    look(Json::parse(said.back()));
  };
  const auto leads = desk->leads(clerk, {});
  hear(leads);
  for (const auto& lead : leads.value())
    hear(desk->lead(clerk, lead.id, {}));
  hear(desk->quarantine(clerk, {}));
  hear(desk->quarantined(clerk, "1"));
  hear(desk->identity_queue(clerk, {true, 0}));
  for (const auto& number : numbers)
    hear(desk->families(clerk, CitizenNumber::read(number).value(), {}, {}));
  ASSERT_GT(known_.size(), 4u) << "families were told of";
  const auto told = known_;
  for (const auto& [ref, known] : told) {
    hear(desk->families(clerk, PersonName(ref), {}, {}));
    hear(desk->entitlements(clerk, PersonName(ref), {}, {}));
    hear(desk->care_entries(clerk, PersonName(ref)));
    for (const char* field : {"number", "born", "name", "parents", "died"})
      hear(desk->origin(clerk, PersonName(ref), field, {}));
  }

  // Of none is a number left, nor its head or its tail beside anything else.
  for (const auto& number : numbers)
    for (const auto& text : said) {
      EXPECT_EQ(text.find(number), std::string::npos);
      EXPECT_EQ(text.find(number.substr(0, 6) + "*"), std::string::npos) << text;
      EXPECT_EQ(text.find("*" + number.substr(16)), std::string::npos) << text;
    }
  int reversed = 0;
  for (const auto& [ref, known] : known_)
    if (!known.births.empty() && !known.regions.empty()) {
      ++reversed;
      EXPECT_GE(candidates(known), 490) << ref << ' ' << known.digits;
    }
  EXPECT_GT(reversed, 3) << "people of whom birth and region are shown were tried";
}

TEST(Unmasking, TheAttackFindsWhatTheOldMaskGaveAway) {
  Known known;
  note(known, "3222**********0246");
  known.births = {"1975-03-12"}, known.regions = {"322228"}, known.sex = "female";
  EXPECT_LE(candidates(known), 1);
  known.digits = std::string(18, '?');
  note(known, "****************46");
  EXPECT_LE(candidates(known), 10) << "region and two last characters beside a birth day";
}

}  // namespace
}  // namespace kinhub::cli
