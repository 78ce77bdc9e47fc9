// The pages of `explain` as a case worker reads them, for families told in sentences, in both languages; kept
// as tests/data/golden/explain-pages-zh.txt and -en.txt. KINHUB_GOLDEN=write records them anew, of a change
// that was meant.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "hub/cli/tables.hpp"
#include "hub/desk/explanation_views.hpp"
#include "hub/desk/json.hpp"
#include "hub/policy/file_tests.hpp"
#include "tests/places/places.hpp"

namespace kinhub::cli {
namespace {

constexpr const char* national = "national-special-assistance/";
constexpr const char* district = "zhoucun-special-families-2019/";

struct Page {
  const char* what;
  const char* facts;
  bool of_wife;
  std::string benefit;
  Date on;
  const char* standing;  ///< the code beside the words
};

std::vector<Page> pages() {
  const auto death = std::string(national) + "death", disability = std::string(national) + "disability",
             allowance = std::string(district) + "allowance-dead", help = std::string(district) + "home-help";
  return {
      {"a right that holds, and what changes next",
       "wife born 1970-05-20; husband born 1968-01-02; couple married 1992-10-01; child born 1994-03-03, "
       "died 2018-11-11; household registered 320812 from 1990-01-01",
       true, death, Date(2021, 3, 1), "due"},
      {"one that starts by a death, and is confirmed late",
       "wife born 1960-01-01; husband born 1958-01-02; couple married 1985-10-01; child born 1990-03-03, "
       "died 2024-05-10; household registered 320812 from 1990-01-01",
       true, death, Date(2026, 11, 21), "due"},
      {"one by a grade of disability",
       "wife born 1960-01-01; husband born 1958-01-02; couple married 1985-10-01; child born 1990-03-03, "
       "disabled grade 2 from 2023-06-01; household registered 320812 from 1990-01-01",
       true, disability, Date(2024, 2, 1), "due"},
      {"one that ended by an adoption",
       "wife born 1960-01-01; husband born 1958-01-02; couple married 1985-10-01; child A born 1990-03-03, "
       "died 2019-05-10; child B adopted 2024-03-15; household registered 320812 from 1990-01-01",
       true, death, Date(2026, 11, 21), "ended"},
      {"pending: no register says that no other child lives",
       "wife born 1960-01-01; husband born 1958-01-02; couple married 1985-10-01; child born 1990-03-03, "
       "died 2024-05-10; household registered 320812 from 1990-01-01; records of children complete from "
       "1900-01-01 until 2025-12-31",
       true, death, Date(2026, 11, 21), "pending"},
      {"pending: a death that one source alone told",
       "wife born 1960-01-01; husband born 1958-01-02; couple married 1985-10-01; child born 1990-03-03, "
       "died 2024-05-10 by insurance; household registered 320812 from 1990-01-01",
       true, death, Date(2026, 11, 21), "pending"},
      {"not due yet, one condition missing",
       "wife born 1980-05-20; husband born 1968-01-02; couple married 2002-10-01; child born 2004-03-03, "
       "died 2024-05-10; household registered 320812 from 1990-01-01",
       true, death, Date(2026, 11, 21), "not yet"},
      {"not due, one condition missing",
       "wife born 1960-01-01; husband born 1930-01-02; couple married 1985-10-01; child born 1990-03-03, "
       "died 2024-05-10; household registered 320812 from 1990-01-01",
       true, death, Date(2026, 11, 21), "not due"},
      {"not due, two conditions missing",
       "wife born 1980-05-20; husband born 1968-01-02; couple married 2002-10-01; child born 2004-03-03; "
       "household registered 320812 from 1990-01-01",
       true, death, Date(2026, 11, 21), "not due"},
      {"by a disability, ended by an adoption: what two alternatives share is asked once",
       "wife born 1960-01-01; husband born 1958-01-02; couple married 1985-10-01; child A born 1990-03-03, "
       "disabled grade 2 from 2023-06-01; child B adopted 2024-03-15; household registered 320812 from "
       "1990-01-01",
       true, disability, Date(2026, 11, 21), "ended"},
      {"a grant of the household",
       "wife born 1970-05-20; husband born 1968-01-02; couple married 1992-10-01; child born 1994-03-03, "
       "died 2018-11-11; household registered 370306 from 1990-01-01",
       true, help, Date(2020, 6, 1), "due"},
      {"a grant of the household that the other parent is told of",
       "wife born 1970-05-20; husband born 1968-01-02; couple married 1992-10-01; child born 1994-03-03, "
       "died 2018-11-11; household registered 370306 from 1990-01-01",
       false, help, Date(2020, 6, 1), "elsewhere"},
      {"excluded: another benefit is paid for the month",
       "wife born 1960-01-01; husband born 1958-01-02; couple married 1985-10-01; child born 1990-03-03, "
       "disabled grade 2 from 2023-06-01, died 2024-05-10; household registered 320812 from 1990-01-01",
       true, disability, Date(2024, 5, 4), "lower"},
      {"replaced by a nearer document",
       "wife born 1960-01-01; husband born 1958-01-02; couple married 1985-10-01; child born 1990-03-03, "
       "died 2018-05-10; household registered 370306 from 1990-01-01",
       true, death, Date(2020, 6, 1), "ended"},
      {"of a district, with its own document",
       "wife born 1970-05-20; husband born 1968-01-02; couple married 1992-10-01; child born 1994-03-03, "
       "died 2018-11-11; household registered 370306 from 1990-01-01",
       false, allowance, Date(2021, 6, 1), "due"},
      {"a divorced father by his own age",
       "wife born 1970-01-01; husband born 1974-06-01; couple married 1995-10-01, divorced 2020-02-02; child "
       "born 1997-03-03, died 2019-05-10; household registered 320812 from 1990-01-01",
       false, death, Date(2022, 6, 1), "ended"},
  };
}

const PolicySet& policies() {
  static const auto read = PolicySet::read(kinhub::tests::source_dir() + "/mappings/policies");
  return std::get<PolicySet>(read);
}

/// Who told it, as agencies do: a death by two, a birth and an age by the police, all else by civil affairs.
std::vector<Evidence> told(const Cause& cause) {
  auto said = [](const char* source, FactKind kind, Date on) {
    Evidence one;
    one.source = source, one.fact = kind;
    one.received_at_us = (std::int64_t{on.days()} * 24 - 8) * 3600 * 1'000'000;
    return one;
  };
  const auto next_day = cause.on.plus_days(1);
  switch (cause.what) {
    case Cause::What::death:
      return {said("public-security", FactKind::death, next_day.plus_days(2)),
              said("hospital-his", FactKind::death, next_day)};
    case Cause::What::own_age:
    case Cause::What::birth:
      return {said("public-security", FactKind::birth, Date(2018, 1, 8))};
    case Cause::What::policy:
    case Cause::What::coverage:
      return {};
    default:
      return {said("civil-affairs", FactKind::disability, next_day)};
  }
}

ExplanationView view_of(const Page& page) {
  const auto family = policy::read_facts(page.facts, {});
  if (!family) throw std::runtime_error(describe(family.error()));
  const auto& situation = page.of_wife ? *family->wife : *family->husband;
  const auto account = account_of(policies(), situation, *policies().find(page.benefit), page.on);
  const CoverageTold coverage{{{"public-security", {Covers::births, Covers::marriages, Covers::residence}},
                               {"civil-affairs", {Covers::adoptions, Covers::marriages}}},
                              situation.coverage,
                              {{"public-security", agency_words("public_security", "")},
                               {"civil-affairs", agency_words("civil_affairs", "")},
                               {"hospital-his", agency_words("hospital_his", "")}}};
  return explanation_view(account, policies(), situation, coverage, told);
}

std::string page_text(const Page& page, Language language) {
  std::ostringstream out;
  print(out, view_of(page), language);
  return out.str();
}

class ExplainPages : public ::testing::TestWithParam<Language> {
 protected:
  static std::string file() {
    return kinhub::tests::source_dir() + "/tests/data/golden/explain-pages-" +
           (GetParam() == Language::zh ? "zh" : "en") + ".txt";
  }
};

TEST_P(ExplainPages, AreThoseThatWereReadAndFoundRight) {
  std::string all;
  for (const auto& page : pages())
    all += fmt::format("==== {}\n{}\n", page.what, page_text(page, GetParam()));
  if (const char* golden = std::getenv("KINHUB_GOLDEN"); golden && std::string_view(golden) == "write")
    std::ofstream(file(), std::ios::binary) << all;
  std::ifstream in(file(), std::ios::binary);
  std::ostringstream kept;
  kept << in.rdbuf();
  EXPECT_EQ(all, kept.str()) << "if this was meant: KINHUB_GOLDEN=write build/release/tests/unit_cli";
}

/// Text outside of quotes: what the program says itself.
std::string unquoted(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto open = text.find("“", at);
    out += text.substr(at, open == std::string::npos ? open : open - at);
    if (open == std::string::npos) break;
    const auto close = text.find("”", open);
    at = close == std::string::npos ? text.size() : close + std::string_view("”").size();
  }
  return out;
}

TEST_P(ExplainPages, KeepToTheirLanguageOutsideOfQuotes) {
  for (const auto& page : pages()) {
    const auto text = unquoted(page_text(page, GetParam()));
    if (GetParam() == Language::en) {
      for (const auto* mark : {"，", "。", "；", "：", "（", "）", "、", "《"})
        EXPECT_EQ(text.find(mark), std::string::npos) << page.what << "\n" << text;
      continue;
    }
    // Clauses of documents (N04) are names of theirs.
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
      auto letter = [&](std::size_t at) { return std::isalpha(static_cast<unsigned char>(text[at])) != 0; };
      EXPECT_FALSE(letter(i) && letter(i + 1)) << page.what << ": " << text.substr(i, 40);
      const bool chinese = static_cast<unsigned char>(text[i]) >= 0x80;
      EXPECT_FALSE(chinese && (text[i + 1] == ',' || text[i + 1] == ';' || text[i + 1] == '(')) << text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Languages, ExplainPages, ::testing::Values(Language::zh, Language::en),
                         [](const auto& info) { return info.param == Language::zh ? "zh" : "en"; });

TEST(ExplainCodes, StandBesideTheWords) {
  for (const auto& page : pages()) {
    const auto account = view_of(page).account;
    ASSERT_TRUE(account) << page.what;
    EXPECT_EQ(account->standing, page.standing) << page.what;
    EXPECT_EQ(account->waits.empty(), account->standing != "pending") << page.what;
    const bool asks = account->standing != "due" && account->standing != "pending" &&
                      account->standing != "lower" && account->standing != "elsewhere";
    EXPECT_EQ(account->missing.empty(), !asks) << page.what;
  }
}

TEST(ExplainCodes, NameTheSmallestSetOfWhatIsMissing) {
  for (const auto& page : pages()) {
    if (std::string_view(page.what).find("what two alternatives share") == std::string_view::npos) continue;
    const auto account = view_of(page).account;
    ASSERT_TRUE(account);
    std::vector<std::string> missing;
    for (const auto& one : account->missing)
      missing.push_back(one.words.en);
    EXPECT_EQ(missing, (std::vector<std::string>{"only child is disabled, grade 1..3",
                                                 "it is not so that parent has another living child"}));
    return;
  }
  FAIL() << "the page is gone";
}

}  // namespace
}  // namespace kinhub::cli
