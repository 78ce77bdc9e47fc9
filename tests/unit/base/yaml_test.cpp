#include <gmock/gmock.h>

#include "hub/base/yaml.hpp"

namespace kinhub {
namespace {

using ::testing::HasSubstr;

/// A tree in one line: text in quotes, null as ~, each node with its line:column where `places`.
std::string shown(const YamlNode& node, bool places = false) {
  const auto mark = node.Mark();
  const auto at =
      places ? "@" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1) : std::string();
  std::string text;
  switch (node.kind()) {
    case YamlNode::Kind::undefined:
      return "nothing";
    case YamlNode::Kind::null:
      return "~" + at;
    case YamlNode::Kind::scalar:
      return (node.is_quoted() ? "'" : "") + node.Scalar() + at;
    case YamlNode::Kind::sequence:
      for (const auto& item : node)
        text += (text.empty() ? "" : " ") + shown(item, places);
      return "[" + text + "]" + at;
    case YamlNode::Kind::map:
      for (const auto& entry : node)
        text += (text.empty() ? "" : " ") + shown(entry.first, places) + "=" + shown(entry.second, places);
      return "{" + text + "}" + at;
  }
  return text;
}

/// "line:column: words" of the fault, or the tree.
std::string found(std::string_view text, bool places = false) {
  try {
    return shown(read_yaml(text), places);
  } catch (const YamlError& fault) {
    return std::to_string(fault.mark.line + 1) + ":" + std::to_string(fault.mark.column + 1) + ": " +
           fault.msg;
  }
}

TEST(Yaml, ATextIsReadAsATree) {
  for (const auto& [text, tree] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "nothing"},
           {"# nothing yet\n", "nothing"},
           {"---\n", "~"},
           {"a: 1\n", "{a=1}"},
           {"\xEF\xBB\xBF"
            "a: 1\r\nb: 2\r\n",
            "{a=1 b=2}"},  // as Windows editors save it
           {"a:\n- 1\n- [2, {b: 3}]\n", "{a=[1 [2 {b=3}]]}"},
           {"[]", "[]"},
           {"{a: {}, b: }", "{a={} b=~}"},
           // Null is a word without quotes, and nothing at all; no other word is anything but text.
           {"[~, null, Null, NULL, '~', \"null\", '', nULL, no, 1.50, 0x1F, 2019-08-01]",
            "[~ ~ ~ ~ '~ 'null ' nULL no 1.50 0x1F 2019-08-01]"},
           {"!!str null", "null"},
           {"a: !!str\n", "{a=}"},
           {"a: |\n  b\n  c\nd: >-\n  e\n  f\n", "{a='b\nc\n d='e f}"},
           {"a: \"\\u738b\\n\"\n", "{a='王\n}"},
           {"a: b # c\nd: e#f\n", "{a=b d=e#f}"},
           // Said twice: both are there, for whoever reads it to refuse.
           {"a: 1\na: 2\n", "{a=1 a=2}"},
           {"? [a, b]\n: c\n", "{[a b]=c}"},
           {"a: &x [1]\nb: *x\nc: &x 2\nd: *x\n", "{a=[1] b=[1] c=2 d=2}"},
           {"<<: {a: 1}\n", "{<<={a=1}}"},
       })
    EXPECT_EQ(found(text), tree) << text;
}

TEST(Yaml, EachNodeHasItsPlace) {
  for (const auto& [text, tree] : std::initializer_list<std::pair<const char*, const char*>>{
           {"a:\n  b: 'c'\n", "{a@1:1={b@2:3='c@2:6}@2:3}@1:1"},
           {"- a\n-   - b\n", "[a@1:3 [b@2:7]@2:5]@1:1"},
           {"a:\nb: [1,\n 2]\n", "{a@1:1=~@1:3 b@2:1=[1@2:5 2@3:2]@2:4}@1:1"},  // no value: behind the key
           {"{姓名: 王, b: c}", "{姓名@1:2=王@1:6 b@1:9=c@1:12}@1:1"},          // in characters
           {"a: &x b\nc: *x\n", "{a@1:1=b@1:4 c@2:1=b@1:4}@1:1"},  // an alias is where its text stands
       })
    EXPECT_EQ(found(text, true), tree) << text;
}

TEST(Yaml, KeysAndItemsAreFoundAndWhatIsNotThereIsNothing) {
  const auto root = read_yaml("a: {b: 1, b: 2}\nc: [x, y]\nd:\n");
  EXPECT_EQ(root["a"]["b"].Scalar(), "1");
  EXPECT_EQ(root["c"][1].Scalar(), "y");
  EXPECT_TRUE(root["d"].IsNull());
  for (const auto& none :
       {root["e"], root["e"]["f"], root["c"]["x"], root["c"][2], root["a"][0], root["d"]["x"]})
    EXPECT_FALSE(none.IsDefined());
  EXPECT_TRUE(root["e"].Mark().is_null());
  EXPECT_EQ(root["e"].size(), 0U);
  EXPECT_EQ(root["c"].size(), 2U);
  EXPECT_TRUE(YamlNode().IsNull());
  YamlNode kept;
  {
    const auto other = read_yaml("a: [1, 2]");
    kept = other["a"];
  }
  EXPECT_EQ(shown(kept), "[1 2]") << "a node keeps its tree alive";
}

TEST(Yaml, NumbersAreDecimal) {
  for (const auto& [text, value] : std::initializer_list<std::pair<const char*, std::optional<double>>>{
           {"12", 12.0},
           {"-0.5", -0.5},
           {"+3", 3.0},
           {"1e3", 1000.0},
           {"12 ", 12.0},
           {"0x1F", std::nullopt},
           {"1_000", std::nullopt},
           {"12 km", std::nullopt},
           {"", std::nullopt},
           {"[1]", std::nullopt},
       })
    EXPECT_EQ(yaml_number(read_yaml(text)), value) << text;
}

TEST(Yaml, ATextThatNeverEndsIsRefused) {
  EXPECT_THAT(found("a: &x [*x]"), HasSubstr("1:8: this stands within what it names"));
  EXPECT_THAT(found("a: &x\n  b: {c: *x}"), HasSubstr("2:10: this stands within what it names"));
  EXPECT_THAT(found("a: *x"), HasSubstr("1:4: nothing above is named &x"));
  EXPECT_THAT(found(std::string(100'000, '[')), HasSubstr("this nests too deep"));
  std::string deep;
  for (int i = 0; i < 1000; ++i)
    deep += std::string(i, ' ') + "a:\n";
  EXPECT_THAT(found(deep), HasSubstr("this nests too deep"));
  EXPECT_THAT(found("a: 1\n---\nb: 2\n"), HasSubstr("2:1: a second document begins here"));
}

// What people write by mistake, much of which other parsers read as something else.
TEST(Yaml, AFaultIsNamedWithItsPlaceAndWhatToDo) {
  struct Row {
    const char* text;
    const char* place;
    const char* words;
  };
  for (const auto& row : std::initializer_list<Row>{
           // To take the end of the file for the closing quote makes the last source vanish.
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

TEST(Yaml, AQuotedTextOfSeveralLinesIsNoFault) {
  EXPECT_EQ(found("a: \"one\n  two\"\nb: 'three\n\n  four'\nc: |\n  it's \"this\n"),
            "{a='one two b='three\nfour c='it's \"this\n}");
}

}  // namespace
}  // namespace kinhub
