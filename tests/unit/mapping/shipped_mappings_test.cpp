// The shipped mapping files: they load, and the tests that stand in them pass.
#include <gtest/gtest.h>

#include <filesystem>

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

INSTANTIATE_TEST_SUITE_P(Agencies, ShippedMappings,
                         testing::Values("public_security", "civil_affairs", "medical_insurance",
                                         "hospital_his", "kafka_topic"));

}  // namespace
}  // namespace kinhub
