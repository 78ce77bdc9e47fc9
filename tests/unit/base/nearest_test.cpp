#include "hub/base/nearest.hpp"

#include <gtest/gtest.h>

#include <array>

namespace kinhub {
namespace {

constexpr std::array<std::string_view, 4> known = {"sources", "data", "notices", "directories"};

TEST(NearestWord, FindsTheWordThatWasMeant) {
  struct Case {
    std::string_view typed, meant;
  };
  for (auto [typed, meant] : {Case{"source", "sources"},
                              {"soucres", "sources"},
                              {"dat", "data"},
                              {"notice", "notices"},
                              {"directoreis", "directories"},
                              {"Data", "data"}})
    EXPECT_EQ(nearest_word(typed, known), meant) << typed;
}

TEST(NearestWord, SaysNothingWhenNoneIsNear) {
  for (std::string_view typed : {"", "x", "password", "来源"})
    EXPECT_EQ(nearest_word(typed, known), "") << typed;
  EXPECT_EQ(nearest_word(std::string(100000, 'a'), known), "");
}

TEST(DidYouMean, NamesTheNearestOrAll) {
  EXPECT_EQ(did_you_mean("sorces", known), ", did you mean 'sources'?");
  EXPECT_EQ(did_you_mean("password", known), ", known are sources, data, notices, directories");
}

}  // namespace
}  // namespace kinhub
