// A test inside a policy file that fails is told at the line that fails.

#include <gtest/gtest.h>

#include <algorithm>

#include "hub/policy/policy.hpp"
#include "tests/places/places.hpp"

namespace kinhub {
namespace {

/// The shipped policies with one line of a test changed; the line of the first failure beside that of the
/// change.
void fails_at_its_line(const std::string& was, const std::string& becomes) {
  auto texts =
      std::get<std::vector<PolicyText>>(read_policy_texts(tests::source_dir() + "/mappings/policies"));
  std::string place;
  for (auto& one : texts) {
    if (!place.empty() || !one.is_policy()) continue;
    const auto tests = one.text.find("\ntests:");
    const auto at = one.text.find(was, tests);
    if (at == std::string::npos) continue;
    one.text.replace(at, was.size(), becomes);
    place = one.file + ":" +
            std::to_string(1 + std::count(one.text.begin(), one.text.begin() + static_cast<long>(at), '\n')) +
            ":1";
  }
  ASSERT_FALSE(place.empty()) << was;
  const auto report = std::get<PolicySet>(PolicySet::read(texts)).test();
  ASSERT_FALSE(report.failed.empty()) << was;
  EXPECT_EQ(report.failed.front().place, place) << describe(report.failed.front());
}

TEST(TestLines, OfMonthsDaysChangesAndReasons) {
  fails_at_its_line("death  wife     2022-07 ..  590.00", "death  wife     2022-07 ..  591.00");
  fails_at_its_line("death  husband  days 2017-03-10 .. 2018-07-31",
                    "death  husband  days 2017-03-11 .. 2018-07-31");
  fails_at_its_line("on 2019-05-19: death husband not met, because age line 49",
                    "on 2019-05-19: death husband met, because age line 49");
  fails_at_its_line("next change after 2012-05-05: 2015-06-20", "next change after 2012-05-05: 2015-06-21");
  fails_at_its_line("= -2440.00", "= -2441.00");
  fails_at_its_line("allowance dead      wife  nothing", "allowance daed      wife  nothing");
}

}  // namespace
}  // namespace kinhub
