// What is shown of a quarantined event without a stated reason, on a real hub.

#include "tests/unit/cli/hub_fixture.hpp"

namespace kinhub::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class QuarantineTest : public HubFixture {
 protected:
  QuarantineTest() { scratch_.write("kinhub.yaml", "data: ./data\n"); }
  /// The one event that is held of this file of a hospital, shown as `words` ask.
  Answer shown(const std::string& file, const std::string& bytes, std::vector<std::string> words) {
    scratch_.write(file, bytes);
    EXPECT_EQ(run({"ingest", "hospital-his", (scratch_.path() / file).string()}).code, 1);
    const auto held = run({"quarantine", "list", "--json"}).json();
    EXPECT_EQ(held.size(), 1U);
    words.insert(words.begin(), {"quarantine", "show", held.at(0).at("id").get<std::string>()});
    return run(words);
  }
};

TEST_F(QuarantineTest, WhatStandsInPlaceOfTheCharsetIsMasked) {
  const std::string message =
      "MSH|^~\\&|HIS||PLAT||202611180645||ADT^A03|349|P|2.3||||||王试子322228200005210171\r"
      "PID|||王试子||\r";
  const auto answer = shown("a.hl7", message, {"--json"});
  EXPECT_EQ(answer.json().at("code"), "CHARSET_UNKNOWN");
  EXPECT_EQ(answer.json().at("charset"), "王*子******************");
  for (const auto* part : {"试", "20000521", "\xEF\xBF\xBD"})
    EXPECT_THAT(answer.out, Not(HasSubstr(part)));
  const auto table = run({"quarantine", "show", answer.json().at("id").get<std::string>()}).out;
  EXPECT_THAT(table, HasSubstr("王*子******************"));
  for (const auto* part : {"试", "20000521", "\xEF\xBF\xBD"})
    EXPECT_THAT(table, Not(HasSubstr(part)));
  EXPECT_THAT(run({"quarantine", "list", "--json"}).out, Not(HasSubstr("\xEF\xBF\xBD")));
}

TEST_F(QuarantineTest, ACertificateThatLostItsHeaderWaitsThere) {
  const auto answer =
      shown("a.csv", "322228200005210171,王试子,1,01,20000521,01,322228200005210171,10,320812\n", {"--json"});
  EXPECT_EQ(answer.json().at("code"), "CSV_NO_HEADER");
  EXPECT_THAT(answer.out, Not(HasSubstr("试")));
  EXPECT_EQ(run({"quarantine", "replay", "--all"}).code, 1) << "it stays there";
  EXPECT_EQ(run({"quarantine", "list", "--json"}).json().size(), 1U);
}

TEST_F(QuarantineTest, ASourceThatIsMistypedIsNotAnEmptyQuarantine) {
  shown("a.csv", "322228200005210171,王试子,1,01,20000521,01,322228200005210171,10,320812\n", {});
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"quarantine", "list", "--source", "hospital-hsi"},
        {"quarantine", "replay", "--source", "hospital-hsi"}}) {
    const auto answer = run(words);
    EXPECT_EQ(answer.code, 2) << words[1];
    EXPECT_THAT(answer.err, HasSubstr("did you mean 'hospital-his'")) << words[1];
  }
  EXPECT_EQ(run({"quarantine", "list", "--source", "civil-affairs"}).code, 0) << "it has none";
}

}  // namespace
}  // namespace kinhub::cli
