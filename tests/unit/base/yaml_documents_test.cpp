#include "hub/base/yaml_documents.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

TEST(YamlDocuments, AreCountedUpToTheLimit) {
  EXPECT_EQ(count_yaml_documents("", 2), 0U);
  EXPECT_EQ(count_yaml_documents("a: 1\n", 2), 1U);
  EXPECT_EQ(count_yaml_documents("a: 1\n---\nb: 2\n", 2), 2U);
  EXPECT_EQ(count_yaml_documents("a: 1\n---\nb: 2\n---\nc: 3\n", 2), 2U);
}

TEST(YamlDocuments, AfterAMisplacedCommaTheyStillEnd) {
  for (const char* text : {",", "{},", "[1],", "{\"a\": 1},\n \"b\": [ ]\n"})
    EXPECT_EQ(count_yaml_documents(text, 2), 2U) << text;
}

}  // namespace
}  // namespace kinhub
