// The formatter of rule files: one form, the same meaning, every comment; formatting twice is formatting
// once.
#include "hub/base/yaml_format.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/places/places.hpp"

namespace kinhub {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(YamlFormat, GivesOneForm) {
  struct Case {
    const char *what, *written, *formatted;
  };
  const Case cases[] = {
      {"levels", "a:\n     b: 1\n     c:\n         - x\n", "a:\n  b: 1\n  c:\n    - x\n"},
      {"a list under its key", "a:\n- x\n- y: 1\n  z: 2\nb: 3\n", "a:\n  - x\n  - y: 1\n    z: 2\nb: 3\n"},
      {"blanks at the ends of lines and of the file", "a: 1   \n\n\n\nb: 2\n\n\n", "a: 1\n\nb: 2\n"},
      {"no line break at the end", "a: 1", "a: 1\n"},
      {"line breaks of Windows", "a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"},
      {"values in one column", "one: 1\nlonger:   2\nx: 3\n", "one:    1\nlonger: 2\nx:      3\n"},
      {"values that stand in one column", "one:     1\nlonger:  2\n", "one:     1\nlonger:  2\n"},
      {"values behind their keys", "one: 1\nlonger: 2\n", "one: 1\nlonger: 2\n"},
      {"columns are of characters", "甲:  1\nab: 2\n", "甲:  1\nab: 2\n"},
      {"comments stay", "# top\na: 1 # one\n\n   # deep\nb:\n      # of c\n      c: 2\n",
       "# top\na: 1 # one\n\n# deep\nb:\n  # of c\n  c: 2\n"},
      {"# in a text is no comment", "a: 'x # y'\nb: x#y # z\n", "a: 'x # y'\nb: x#y # z\n"},
      {"literal texts move as a whole", "a:\n     t: |\n          x\n            y\n\n\n          z\n",
       "a:\n  t: |\n       x\n         y\n\n\n       z\n"},
      {"texts of several lines", "a:\n      b: one\n         two\n", "a:\n  b: one\n     two\n"},
      {"flow over lines", "a:\n    b: [1,\n        2]\n", "a:\n  b: [1,\n      2]\n"},
      {"a list of lists", "a:\n    - - 1\n      - 2\n", "a:\n  - - 1\n    - 2\n"},
      {"a byte order mark",
       "\xEF\xBB\xBF"
       "a: 1\n",
       "a: 1\n"},
  };
  for (const auto& one : cases) {
    const auto formatted = format_yaml(one.written);
    ASSERT_TRUE(formatted) << one.what << ": " << formatted.error().text;
    EXPECT_EQ(*formatted, one.formatted) << one.what;
    EXPECT_EQ(*format_yaml(*formatted), *formatted) << one.what;
  }
  EXPECT_EQ(format_yaml("a: [1\n").error().code, "FORMAT_SYNTAX");
}

TEST(YamlFormat, LeavesFilesWithOtherLineBreaksAsTheyAre) {
  const std::string breaks[] = {"\r", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"};  // CR alone, NEL, LS, PS
  for (const auto& one : breaks) {
    for (const auto& text : {"a: 1" + one + "b: 2" + one + "longer: 3" + one, "a: x" + one + "  y\n",
                             "# x" + one + "a: 1\nbb:  2\n", "a: |\n  x" + one + "  y\nb: 1\n",
                             "a: 'x" + one + "y'\nbb:   2\n", "a: 1\n" + one}) {
      const auto formatted = format_yaml(text);
      ASSERT_FALSE(formatted) << text;
      EXPECT_EQ(formatted.error().code, "FORMAT_UNSAFE") << text;
    }
  }
  EXPECT_EQ(format_yaml("a: 1\r\r\nb: 2\n").error().code, "FORMAT_UNSAFE");
  EXPECT_EQ(format_yaml("a: 1\r").error().code, "FORMAT_UNSAFE");
  EXPECT_EQ(*format_yaml("a: \"x\\u2028\\Ny\"\n"), "a: \"x\\u2028\\Ny\"\n") << "escaped they break no line";
}

TEST(YamlFormat, LeavesEveryShippedFileWithItsMeaningAndPoliciesAsTheyStand) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(tests::source_dir() + "/mappings")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto text = text_of(entry.path());
    const auto formatted = format_yaml(text);  // refuses to change what it means, or to lose a comment
    ASSERT_TRUE(formatted) << entry.path() << " " << formatted.error().text;
    EXPECT_EQ(*format_yaml(*formatted), *formatted) << entry.path();
    const auto name = entry.path().string();
    if (name.find("/policies/") != std::string::npos || name.find("/catalogue/") != std::string::npos) {
      EXPECT_EQ(*formatted, text) << "kinhub policy fmt " << name;
    }
    ++files;
  }
  EXPECT_GT(files, 70);
}

}  // namespace
}  // namespace kinhub
