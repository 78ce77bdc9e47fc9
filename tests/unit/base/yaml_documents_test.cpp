#include "hub/base/yaml_documents.hpp"

#include <gmock/gmock.h>
#include <yaml-cpp/exceptions.h>

namespace kinhub {
namespace {

using ::testing::HasSubstr;

/// "line:column: words" of the fault, or how many documents there are.
std::string found(const std::string& text) {
  try {
    return std::to_string(count_yaml_documents(text, 2));
  } catch (const YAML::ParserException& fault) {
    return std::to_string(fault.mark.line + 1) + ":" + std::to_string(fault.mark.column + 1) + ": " +
           fault.msg;
  }
}

TEST(YamlDocuments, AreCountedUpToTheLimit) {
  for (const auto& [text, count] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "0"},
           {"# nothing yet\n", "0"},
           {"a: 1\n", "1"},
           {"\xEF\xBB\xBF"
            "a: 1\r\nb: 2\r\n",
            "1"},  // as Windows editors save it
           {"a: 1\n---\nb: 2\n", "2"},
           {"a: 1\n---\nb: 2\n---\nc: [\n", "2"},
       })
    EXPECT_EQ(found(text), count) << text;
}

// What people write by mistake, much of which yaml-cpp 0.7 reads as something else.
TEST(YamlDocuments, AFaultIsNamedWithItsPlaceAndWhatToDo) {
  struct Row {
    const char* text;
    const char* place;
    const char* words;
  };
  for (const auto& row : std::initializer_list<Row>{
           // yaml-cpp takes the end of the file for the closing quote: here the last source vanished.
           {"sources:\n  - name: police\n  - name: \"civil\n", "3:11",
            "quote that begins here is never closed"},
           {"a: 'b\nc: d\n", "1:4", "quote that begins here is never closed"},
           {"a: \"b\n---\nc: d\n", "1:4", "quote that begins here is never closed"},
           {"sources:\n  - name: \"police\n    connector: x\n  - name: \"civil\"\n", "4:12",
            "or is the quote not closed that begins in line 2?"},
           {"sources:\n\t- name: x\n", "2:1", "a tab stands here: indent with blanks"},
           {"sources:\n  - name: x\n\tconnector: y\n", "3:1", "a tab stands here: indent with blanks"},
           {"log:\n  kafka:\n    brokers: a:1\n   prefix: x\n", "4:4", "keys of one map begin in one column"},
           {"sources:\n  - name: a\n - name: b\n", "3:2", "fits no line above"},
           {"a: \"b\" c\nd: 1\n", "1:8", "behind a closed quote or bracket"},
           {"data: a: b\n", "1:8", "put a text that holds ': ' in quotes"},
           {"data ./d\nlease_seconds: 3\n", "2:14", "no 'key:' can stand here"},
           {"a: - b\n", "1:4", "begin it on a line of its own"},
           {"a: [1, 2\nb: 3\n", "2:2", "the list that begins with '[' is not closed"},
           {"a: [\n", "2:1", "'[' or a map that begins with '{' is not closed"},
           {"a: {b: 1, c: 2\nd: 3\n", "2:2", "the map that begins with '{' is not closed"},
           {"folder: \"C:\\data\"\n", "1:9", "a backslash is written \\\\"},
           {"files: *.xml\n", "1:9", "begins with * stands in quotes"},
           {"user: @kinhub\n", "1:7", "no text may begin with '@': put it in quotes"},
           {"\xE5\x90\x8D: `a`\n", "1:4", "no text may begin with '`'"},
           {"a: b\x01"
            "c\n",
            "1:5", "a character that no text file holds"},
           {"a: \xD6\xDC\n", "1:5", "a character that no text file holds"},  // GB18030
           {"{\"a\": 1},\n \"b\": [ ]\n", "1:9", "what follows belongs to nothing"},
           {"[1],", "1:4", "what follows belongs to nothing"},
       }) {
    const auto said = found(row.text);
    EXPECT_TRUE(said.starts_with(std::string(row.place) + ": ")) << row.text << said;
    EXPECT_THAT(said, HasSubstr(row.words)) << row.text;
  }
}

TEST(YamlDocuments, AQuotedTextOfSeveralLinesIsNoFault) {
  EXPECT_EQ(found("a: \"one\n  two\"\nb: 'three\n\n  four'\nc: |\n  it's \"this\n"), "1");
}

}  // namespace
}  // namespace kinhub
