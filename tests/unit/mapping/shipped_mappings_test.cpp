// The shipped mapping files: they load, and the tests that stand in them pass.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "hub/mapping/mapping.hpp"
#include "tests/places/places.hpp"

namespace kinhub {
namespace {

const std::filesystem::path mappings = std::filesystem::path(kinhub::tests::source_dir()) / "mappings";

class ShippedMappings : public testing::TestWithParam<const char*> {};

TEST_P(ShippedMappings, LoadAndPassTheirOwnTests) {
  auto read = MappingSet::read(mappings / GetParam(), mappings / "codes");
  if (const auto* errors = std::get_if<std::vector<Error>>(&read)) {
    for (const auto& error : *errors)
      ADD_FAILURE() << describe(error);
    return;
  }
  auto report = std::get<MappingSet>(read).test();
  for (const auto& error : report.failed)
    ADD_FAILURE() << describe(error);
  EXPECT_GT(report.passed, 3u);
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The arguments of the call whose parenthesis opens before `at`.
std::vector<std::string> arguments(const std::string& text, std::size_t at) {
  std::vector<std::string> all(1);
  bool quoted = false;
  for (int depth = 1; at < text.size(); ++at) {
    const char c = text[at];
    quoted ^= c == '\'';
    if (!quoted) depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (depth == 0) break;
    if (!quoted && depth == 1 && c == ',')
      all.emplace_back();
    else if (c != ' ')
      all.back() += c;
  }
  return all;
}

// An unlisted code that is taken for the harmless one filters a death, drops a number, keeps a right: a table
// of codes says what is known, everything else waits in quarantine. Sex and ethnic group alone may be
// unknown.
TEST(ShippedMappingsOfTables, NoUnlistedCodeIsTheHarmlessOne) {
  std::size_t calls = 0;
  for (const char* agency :
       {"public_security", "civil_affairs", "medical_insurance", "kafka_topic", "hospital_his"})
    for (const auto& entry : std::filesystem::directory_iterator(mappings / agency)) {
      if (entry.path().extension() != ".yaml") continue;
      const auto text = text_of(entry.path());
      for (auto at = text.find("code("); at != std::string::npos; at = text.find("code(", at + 1)) {
        const auto call = arguments(text, at + 5);
        ++calls;
        if (call.size() < 3) continue;
        // PV1-36.2, .4 and .5 stand beside a code, which is looked up without 'otherwise'.
        const bool beside_a_code =
            call[0] == "hospital_discharge" && call[2] == "'unlisted'" &&
            (call[1].find("PV1-36.2") != std::string::npos || call[1].find("PV1-36.4") != std::string::npos);
        EXPECT_TRUE(beside_a_code || (call[0] == "sex" && call[2] == "'unknown'") ||
                    call[0] == "ethnic_group")
            << entry.path() << ": " << call[0] << call[2];
      }
    }
  EXPECT_GT(calls, 40u);
}

// "not in" and "!=" against a code of life and death make every other code the other one, too.
TEST(ShippedMappingsOfTables, FiltersListWhatIsKnownToChangeNothing) {
  const std::vector<std::string> codes = {"SWZXLBDM",  "RYZT",          "BGGZXM", "card_status",
                                          "surv_stas", "psn_cert_type", "ZJLBDM"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(mappings)) {
    if (entry.path().extension() != ".yaml") continue;
    const auto text = text_of(entry.path());
    for (const auto& code : codes)
      for (auto at = text.find(code); at != std::string::npos; at = text.find(code, at + 1)) {
        const auto next = text.find_first_not_of(' ', at + code.size());
        const auto word = next == std::string::npos ? "" : text.substr(next, 6);
        EXPECT_FALSE(word.starts_with("!=") || word == "not in")
            << entry.path() << ": " << code << " " << word;
      }
  }
}

INSTANTIATE_TEST_SUITE_P(Agencies, ShippedMappings,
                         testing::Values("public_security", "civil_affairs", "medical_insurance",
                                         "hospital_his", "kafka_topic"));

}  // namespace
}  // namespace kinhub
