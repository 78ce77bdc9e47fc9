#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "hub/base/hl7_lines.hpp"
#include "plugins/sdk/agency_time.hpp"
#include "plugins/sdk/cut_csv.hpp"
#include "plugins/sdk/cut_json.hpp"
#include "plugins/sdk/cut_xml.hpp"
#include "plugins/sdk/hl7.hpp"
#include "plugins/sdk/inbox.hpp"
#include "plugins/sdk/sign.hpp"
#include "tests/seeds.hpp"
#include "tests/unit/connectors/support.hpp"

namespace kinhub::sdk {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::replaced;
using testing::sample;

std::vector<std::string> texts(const Cut& cut) {
  std::vector<std::string> all;
  for (const auto& record : cut.records)
    all.emplace_back(record.error ? record.error->code : std::string(record.bytes));
  return all;
}

// ---- XML

constexpr auto path = "root/body/RECORD";

std::string document(const std::string& records) {
  return "<root><head/><body>" + records + "</body></root>";
}

TEST(CutXml, EverySampleIsItsOwnOnlyDocumentOrTwo) {
  for (const auto& [name, count] :
       std::vector<std::pair<std::string, std::size_t>>{{"police_birth.xml", 1},
                                                        {"police_birth_2003.xml", 1},
                                                        {"police_death.xml", 1},
                                                        {"police_death_revoked.xml", 1},
                                                        {"police_id_correct.xml", 1},
                                                        {"police_move_out.xml", 2}}) {
    const auto bytes = sample(name);
    const auto cut = cut_xml(bytes, path);
    ASSERT_TRUE(cut.has_value()) << name << describe(cut.error());
    EXPECT_EQ(cut->records.size(), count);
    EXPECT_EQ(cut->charset, "GB18030");
    if (count == 1) {
      EXPECT_EQ(cut->body(0), bytes);
    }
  }
}

TEST(CutXml, CutsWhatIsBetweenAndNothingElse) {
  const auto bytes =
      "\xEF\xBB\xBF<?xml version='1.0' encoding='gb2312'?><!-- <RECORD> -->" +
      document(" <RECORD a=\"1 > 0\"><![CDATA[</RECORD>]]></RECORD>\n<!-- between --><RECORD/> <OTHER/>");
  const auto cut = cut_xml(bytes, path);
  ASSERT_TRUE(cut.has_value()) << describe(cut.error());
  EXPECT_THAT(texts(*cut), ElementsAre("<RECORD a=\"1 > 0\"><![CDATA[</RECORD>]]></RECORD>", "<RECORD/>"));
  EXPECT_EQ(cut->charset, "gb2312");
  EXPECT_EQ(cut->tail, " <OTHER/></body></root>");
  EXPECT_TRUE(cut->body(1).ends_with("<body> <RECORD/> <OTHER/></body></root>"));
}

TEST(CutXml, SecondBytesOfGb18030AreNoMarks) {
  // 0x8F5D 0x5D3E looks like "]]>" to a search that goes by bytes.
  const auto bytes =
      "<?xml version=\"1.0\" encoding=\"GB18030\"?>" +
      document("<RECORD><![CDATA[\x8F]]> no end yet]]></RECORD><RECORD>\x81\x30\x81\x30</RECORD>");
  const auto cut = cut_xml(bytes, path);
  ASSERT_TRUE(cut.has_value()) << describe(cut.error());
  EXPECT_EQ(cut->records.size(), 2U);
}

TEST(CutXml, RefusesTheFile) {
  const auto deep = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i)
      text += "<a>";
    return text;
  };
  const std::vector<std::array<std::string, 3>> cases{
      {"", "XML_EMPTY", "line 1, byte 1"},
      {" \n ", "XML_EMPTY", "line 1, byte 1"},
      {"\xFF\xFE<\0r\0"s, "XML_ENCODING", "line 1, byte 1"},
      {"<\0r\0o\0"s, "XML_ENCODING", "line 1, byte 1"},
      {"<!DOCTYPE a>" + document("<RECORD/>"), "XML_DOCTYPE", "line 1, byte 1"},
      {document("<RECORD><!DOCTYPE a></RECORD>"), "XML_DOCTYPE", "line 1, byte 28"},
      {"<root>\n<body><RECORD>", "XML_TRUNCATED", "line 2, byte 14"},
      {"<root>\n<body>", "XML_TRUNCATED", "line 2, byte 14"},
      {"<root><body><RECORD/></body></roo", "XML_TRUNCATED", "line 1, byte 29"},
      {"<root><!-- ", "XML_TRUNCATED", "line 1, byte 7"},
      {"<root><![CDA", "XML_TRUNCATED", "line 1, byte 7"},
      {"<root a='1", "XML_TRUNCATED", "line 1, byte 1"},
      {"<?xml ", "XML_TRUNCATED", "line 1, byte 1"},
      {"text", "XML_MALFORMED", "line 1, byte 1"},
      {document("<RECORD/>") + "more", "XML_MALFORMED", "line 1, byte 43"},
      {document("<RECORD/>") + "<root/>", "XML_MALFORMED", "line 1, byte 43"},
      {"<root><body><RECORD/></root></body>", "XML_MALFORMED", "line 1, byte 22"},
      {"</root>", "XML_MALFORMED", "line 1, byte 1"},
      {"<root>< a/></root>", "XML_MALFORMED", "line 1, byte 7"},
      {"<root><a <b/></root>", "XML_MALFORMED", "line 1, byte 7"},
      {"<root><!ENTITY a></root>", "XML_MALFORMED", "line 1, byte 7"},
      {document("<RECORD><A>"s + "<RECORD/>"), "XML_MALFORMED", "line 1, byte 31"},
      {document("<ROW/>"), "XML_NO_RECORD", "line 1, byte 1"},
      {"<RECORD/>", "XML_NO_RECORD", "line 1, byte 1"},
      {deep(65), "XML_TOO_DEEP", "line 1, byte 193"},
  };
  for (const auto& [bytes, code, place] : cases) {
    const auto cut = cut_xml(bytes, path);
    ASSERT_FALSE(cut.has_value()) << bytes;
    EXPECT_EQ(cut.error().code, code) << bytes;
    EXPECT_EQ(cut.error().place, place) << bytes;
    EXPECT_FALSE(cut.error().text.empty());
  }
}

TEST(CutXml, ABadRecordDoesNotDisturbItsNeighbours) {
  std::string deep;
  for (int i = 0; i < 70; ++i)
    deep += "<a>";
  for (int i = 0; i < 70; ++i)
    deep += "</a>";
  const auto good = "<RECORD><A>1</A></RECORD>"s;
  const std::vector<std::pair<std::string, std::string>> cases{
      {"<RECORD><A>1</B></RECORD>", "<RECORD><A>1</B></RECORD>"},  // the mapping refuses it
      {"<RECORD><A>a < b</A></RECORD>", "XML_MALFORMED"},
      {"<RECORD><A>a <b <c</A></RECORD>", "XML_MALFORMED"},
      {"<RECORD><A b='</A></RECORD>", "XML_TRUNCATED"},
      {"<RECORD>" + deep + "</RECORD>", "XML_TOO_DEEP"},
      {"<RECORD>" + std::string(300, 'x') + "</RECORD>", "XML_TOO_LARGE"},
  };
  for (const auto& [bad, seen] : cases) {
    const auto bytes = document(good + bad + good);
    const auto cut = cut_xml(bytes, path, {seen == "XML_TOO_LARGE" ? 200U : 10000U, 64});
    ASSERT_TRUE(cut.has_value()) << bad << describe(cut.error());
    EXPECT_THAT(texts(*cut), ElementsAre(good, seen, good));
  }
}

TEST(CutXml, AHundredMegabyteElementIsRefusedByItsSize) {
  const auto bytes =
      document("<RECORD><A>" + std::string(std::size_t{100} << 20, 'x') + "</A></RECORD><RECORD/>");
  const auto cut = cut_xml(bytes, path);
  ASSERT_TRUE(cut.has_value());
  EXPECT_THAT(texts(*cut), ElementsAre("XML_TOO_LARGE", "<RECORD/>"));
  const auto outside_bytes = "<root><x>" + std::string(std::size_t{20} << 20, 'x') + "</x></root>";
  const auto outside = cut_xml(outside_bytes, path);
  EXPECT_EQ(outside.error().code, "XML_TOO_LARGE");
}

TEST(CutXml, EmptiesElementsByName) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"<A>1</A><SWYY>cause</SWYY><B/>", "<A>1</A><SWYY></SWYY><B/>"},
      {"<SWYY a='1'>x</SWYY><SWYY>y</SWYY>", "<SWYY a='1'></SWYY><SWYY></SWYY>"},
      {"<SWYY/><SWYYX>kept</SWYYX>", "<SWYY/><SWYYX>kept</SWYYX>"},
      {"<SWYY>never closed", "<SWYY>never closed"},
  };
  for (const auto& [before, after] : cases)
    EXPECT_EQ(blank_xml(before, {"SWYY"}), after);
}

// ---- JSON

TEST(CutJson, EverySampleIsItsOwnOnlyDocument) {
  for (const auto* const name : {"civil_adoption.json", "civil_cremation.json", "civil_divorce.json",
                                 "civil_marriage.json", "disability_grade.json", "insurance_enrol.json",
                                 "insurance_pause_move.json", "insurance_stop_death.json"}) {
    const auto bytes = sample(name);
    const auto cut = cut_json(bytes, bytes.find("cxjg") == std::string::npos ? "records" : "data/cxjg");
    ASSERT_TRUE(cut.has_value()) << name << describe(cut.error());
    ASSERT_EQ(cut->records.size(), 1U);
    EXPECT_EQ(cut->body(0), bytes);
  }
  for (const auto* const name :
       {"ids.json", "insurance_query_1101_req.json", "insurance_query_1101_resp.json"})
    EXPECT_EQ(cut_json(sample(name), "records").error().code, "JSON_NO_RECORDS");
}

TEST(CutJson, CutsElementsOfAnyKind) {
  const auto bytes =
      R"( {"a": [1, {"records": [9]}], "records": [ {"x": "]},{\"\\"} , [1, [2]], "a,b", null,1.5e3 ], )"
      R"("z": 1} )"s;
  const auto cut = cut_json(bytes, "records");
  ASSERT_TRUE(cut.has_value()) << describe(cut.error());
  EXPECT_THAT(texts(*cut), ElementsAre(R"({"x": "]},{\"\\"})", "[1, [2]]", "\"a,b\"", "null", "1.5e3"));
  EXPECT_TRUE(cut->body(3).ends_with("\"records\": [ null ], \"z\": 1} "));
  const auto empty = cut_json(R"({"data": {"cxjg": []}})", "data/cxjg");
  ASSERT_TRUE(empty.has_value());
  EXPECT_TRUE(empty->records.empty());
}

TEST(CutJson, RefusesTheDocument) {
  const std::vector<std::array<std::string, 3>> cases{
      {"", "JSON_EMPTY", "line 1, byte 1"},
      {"\xEF\xBB\xBF \n", "JSON_EMPTY", "line 1, byte 1"},
      {"[]", "JSON_MALFORMED", "line 1, byte 1"},
      {"{", "JSON_TRUNCATED", "line 1, byte 2"},
      {R"({"records": [1, 2)", "JSON_TRUNCATED", "line 1, byte 18"},
      {R"({"records": [{"a": "b)", "JSON_TRUNCATED", "line 1, byte 22"},
      {"{\"records\": [{\n\"a\": [}]}", "JSON_MALFORMED", "line 2, byte 22"},
      {R"({"records": [1,,2]})", "JSON_MALFORMED", "line 1, byte 16"},
      {R"({"records": [1 2]})", "JSON_MALFORMED", "line 1, byte 16"},
      {R"({"records": [1]} x)", "JSON_MALFORMED", "line 1, byte 18"},
      {R"({"records" [1]})", "JSON_MALFORMED", "line 1, byte 12"},
      {R"({records: [1]})", "JSON_MALFORMED", "line 1, byte 2"},
      {"{\"records\": [\"a\nb\"]}", "JSON_MALFORMED", "line 1, byte 16"},
      {R"({"records": {}})", "JSON_NO_RECORDS", "line 1, byte 1"},
      {R"({"records": [1], "records": [2]})", "JSON_DUPLICATE_KEY", "line 1, byte 29"},
      {R"({"a": )" + std::string(70, '[') + std::string(70, ']') + R"(, "records": []})", "JSON_TOO_DEEP",
       "line 1, byte 7"},
      {"{\"a\": \"\xC0\x80\", \"records\": [1]}", "JSON_NOT_UTF8", "line 1, byte 8"},
  };
  for (const auto& [bytes, code, place] : cases) {
    const auto cut = cut_json(bytes, "records");
    ASSERT_FALSE(cut.has_value()) << bytes;
    EXPECT_EQ(cut.error().code, code) << bytes;
    EXPECT_EQ(cut.error().place, place) << bytes;
  }
}

TEST(CutJson, ABadElementDoesNotDisturbItsNeighbours) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{\"a\": \"\xE4\xB8\"}", "JSON_NOT_UTF8"},
      {std::string(65, '[') + std::string(65, ']'), "JSON_TOO_DEEP"},
      {'"' + std::string(300, 'x') + '"', "JSON_TOO_LARGE"},
      {R"({"a" "b",, c})", R"({"a" "b",, c})"},  // the mapping refuses it
      {R"({"a": 1, "a": 2})", R"({"a": 1, "a": 2})"},
  };
  for (const auto& [bad, seen] : cases) {
    const auto bytes = "{\"records\": [1, " + bad + ", 2]}";
    const auto cut = cut_json(bytes, "records", {200, 64});
    ASSERT_TRUE(cut.has_value()) << bad << describe(cut.error());
    EXPECT_THAT(texts(*cut), ElementsAre("1", seen, "2"));
  }
}

TEST(CutJson, ReadsScalarsByPath) {
  const auto text = R"({"a": {"b": "x\u738b\n\"", "n": 17, "z": null, "o": {}}, "c": true})";
  EXPECT_EQ(json_text(text, "a/b"), "x王\n\"");
  EXPECT_EQ(json_text(text, "a/n"), "17");
  EXPECT_EQ(json_text(text, "c"), "true");
  for (const auto* const nothing : {"a/z", "a/o", "a", "d", "a/b/c"})
    EXPECT_EQ(json_text(text, nothing), "") << nothing;
  for (const auto* const broken : {"", "{", "[1]", "{\"a\"", "{\"a\":", "nonsense"})
    EXPECT_EQ(json_text(broken, "a"), "");
}

// ---- CSV

TEST(CutCsv, TheSampleIsOneRow) {
  const auto bytes = sample("deathcert_daily.csv");
  const auto cut = cut_csv(bytes);
  ASSERT_TRUE(cut.has_value());
  ASSERT_EQ(cut->records.size(), 1U);
  EXPECT_EQ(cut->body(0), bytes);
  EXPECT_EQ(csv_fields(cut->head).size(), 28U);
  EXPECT_EQ(csv_fields(cut->records[0].bytes).size(), 28U);
}

TEST(CutCsv, QuotedFieldsMayHoldLineBreaksAndOneBadRowIsOneRow) {
  const auto bytes = "A,B\r\n1,\"x\r\ny, \"\"z\"\"\"\r\n\r\n2\n3,4,5\r6,7"s;
  const auto cut = cut_csv(bytes);
  ASSERT_TRUE(cut.has_value());
  EXPECT_EQ(cut->head, "A,B\r\n");
  EXPECT_THAT(texts(*cut), ElementsAre("1,\"x\r\ny, \"\"z\"\"\"\r\n", "2\n", "3,4,5\r", "6,7"));
  EXPECT_EQ(csv_text(csv_fields(cut->records[0].bytes)[1]), "x\r\ny, \"z\"");
  EXPECT_EQ(cut->body(1), "A,B\r\n2\n");
}

TEST(CutCsv, RefusesTheFile) {
  for (const auto& [bytes, code, place] : std::vector<std::array<std::string, 3>>{
           {"", "CSV_EMPTY", "line 1, byte 1"},
           {"\r\n\r\n", "CSV_EMPTY", "line 1, byte 1"},
           {"\xFF\xFE", "CSV_ENCODING", "line 1, byte 1"},
           {std::string("A\0,\0B\0\n\0", 8), "CSV_ENCODING", "line 1, byte 1"},
           {"A;B;C\n1;2;3\n", "CSV_SEPARATOR", "line 1, byte 1"},
           {"A\tB\n1\t2\n", "CSV_SEPARATOR", "line 1, byte 1"},
           {"\r\nA|B\n1|2\n", "CSV_SEPARATOR", "line 2, byte 3"},
           {"sep=;\r\nA;B\r\n1;2\r\n", "CSV_SEPARATOR", "line 1, byte 1"},
           {"A,B\n1,2\n3,\"open\n4,5\n", "CSV_OPEN_QUOTE", "line 3, byte 9"}}) {
    const auto cut = cut_csv(bytes);
    ASSERT_FALSE(cut.has_value()) << bytes;
    EXPECT_EQ(cut.error().code, code);
    EXPECT_EQ(cut.error().place, place);
  }
  const auto long_row = "A\n1\n" + std::string(300, 'x') + "\n2\n";
  const auto large = cut_csv(long_row, {200, 64});
  EXPECT_THAT(texts(*large), ElementsAre("1\n", "CSV_TOO_LARGE", "2\n"));
}

TEST(CutCsv, HeadersAsSpreadsheetsWriteThem) {
  struct Row {
    std::string bytes, head;
  };
  for (const auto& [bytes, head] : std::vector<Row>{{"A,B,\n1,2,\n", "A,B,\n"},
                                                    {"sep=,\r\nA,B\r\n1,2\r\n", "A,B\r\n"},
                                                    {"\"SEP=,\"\nA,B\n1,2\n", "A,B\n"},
                                                    {"\xEF\xBB\xBFsep=,\nA,B\n1,2\n", "A,B\n"},
                                                    {"A, B\n1, 2\n", "A, B\n"}}) {
    const auto cut = cut_csv(bytes);
    ASSERT_TRUE(cut.has_value()) << bytes;
    EXPECT_EQ(cut->head, head);
    EXPECT_EQ(cut->records.size(), 1U);
    EXPECT_EQ(cut->charset, bytes.starts_with("\xEF") ? "UTF-8" : "");
  }
}

TEST(CutCsv, NamesOfColumnsAreThoseThatMappingsRead) {
  EXPECT_THAT(csv_columns("\xEF\xBB\xBF"
                          "A, B ,\t\"C\" ,\" D \",\xE3\x80\x80"
                          "E\xC2\xA0,,\r\n",
                          BlankCoding::utf8),
              ElementsAre("A", "B", "C", "D", "E", "", ""));
  EXPECT_THAT(csv_columns("\xA1\xA1"
                          "A\xA1\xA1, B\n",
                          BlankCoding::gb18030),
              ElementsAre("A", "B"));
}

TEST(CutCsv, ATableIsKnownByItsFirstLine) {
  for (const std::string bytes :
       {"A,B\n", "A, B\n", "A,B,\n", "A;B\n", "A\tB\n", "sep=,\nA,B\n", "\"A\",\"B\"\n",
        "\xEF\xBB\xBF"
        "A,B",
        "\r\nA,B",
        "\xFF\xFE"
        "A",
        "A,B,,\n"})
    EXPECT_TRUE(begins_like_csv(bytes)) << bytes;
  EXPECT_TRUE(begins_like_csv(std::string("A\0,\0B\0", 6)));
  for (const std::string bytes : {"MSH|^~\\&|HIS|A,B\r", "\x0BMSH|^~\\&|A", "FHS|^~\\&|a;b\r",
                                  "PID|1||4711\r", "", "A\n", ",\n", "{\"a\":1,\"b\":2}"})
    EXPECT_FALSE(begins_like_csv(bytes)) << bytes;
}

TEST(CutCsv, EmptiesColumns) {
  EXPECT_EQ(blank_csv("1, \"a,b\",3\n", {false, true, false}), "1,,3\n");

  EXPECT_EQ(blank_csv("1,\"a,b\",3,4\r\n", {false, true, false, true}), "1,,3,\r\n");
  EXPECT_EQ(blank_csv("1", {false, true}), "1");
  EXPECT_EQ(blank_csv("1,2,3\n", {true}), ",2,3\n");
}

// ---- HL7

const auto one = "MSH|^~\\&|A|B|||20261118||ADT^A01|1|P|2.5\rPID|1\r"s;
const auto two = "MSH|^~\\&|A|B|||20261118||ADT^A03|2|P|2.5\rPID|2\r"s;

std::vector<std::string> pieces(const std::string& bytes) {
  std::vector<std::string> all;
  for (const auto& piece : cut_hl7(bytes))
    all.push_back((piece.error ? piece.error->code + ":" : ""s) + std::string(piece.bytes));
  return all;
}

TEST(CutHl7, EverySampleIsOneMessage) {
  for (const auto* const name :
       {"hospital_birth_A01.hl7", "hospital_death_A03.hl7", "hospital_death_cancel_A13.hl7",
        "hospital_death_legacy_GB.hl7", "hospital_merge_A40.hl7", "ack_AA.hl7", "ack_AE.hl7"})
    EXPECT_THAT(pieces(sample(name)), ElementsAre(sample(name))) << name;
}

TEST(CutHl7, FindsMessagesHoweverTheyStand) {
  const auto lines = [](const std::string& text, const std::string& end) {
    return replaced(text, "\r", end);
  };
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases{
      {one + two, {one, two}},
      {lines(one + two, "\n"), {lines(one, "\n"), lines(two, "\n")}},
      {lines(one + two, "\r\n"), {lines(one, "\r\n"), lines(two, "\r\n")}},
      {one + "\r\n" + two + "\n\n", {one, two + "\n"}},
      {mllp_frame(one) + mllp_frame(two), {one, two}},
      {mllp_frame(one) + "\n" + two, {one, two}},
      {"\xEF\xBB\xBF" + one, {one}},
      {"FHS|^~\\&\rBHS|^~\\&\r" + one + two + "BTS|2\rFTS|1\r", {one, two}},
      {one.substr(0, one.size() - 1), {one.substr(0, one.size() - 1)}},
  };
  for (const auto& [bytes, wanted] : cases)
    EXPECT_EQ(pieces(bytes), wanted) << bytes;
}

TEST(CutHl7, TakesFramingBytesInsideAFieldForText) {
  const auto address =
      "MSH|^~\\&|A|B|||20261118||ADT^A08|1|P|2.5\rPID|1||X||||||||road \x1C"
      "9 \x0B lane\rPV1|1\r"s;
  EXPECT_THAT(pieces(address), ElementsAre(address));
  EXPECT_THAT(pieces(mllp_frame(address) + mllp_frame(two)), ElementsAre(address, two));
}

TEST(CutHl7, PassesOverWhatPadsMessages) {
  EXPECT_THAT(pieces(one + "\0\0\0"s + two), ElementsAre(one, two));
  EXPECT_THAT(pieces("\0"s + one + "\0"s), ElementsAre(one));
  EXPECT_THAT(pieces(one + "\xEF\xBB\xBF" + two), ElementsAre(one, two)) << "files put together";
}

TEST(CutHl7, TellsOfATrailerThatCountsOtherThanWhatIsThere) {
  const auto batch = "FHS|^~\\&\rBHS|^~\\&\r"s;
  EXPECT_THAT(pieces(batch + one + "BTS|3\rFTS|1\r"), ElementsAre(one, "HL7_BATCH_COUNT:BTS|3"));
  EXPECT_THAT(pieces(batch + one + "BTS|1|text\rFTS|2\r"), ElementsAre(one, "HL7_BATCH_COUNT:FTS|2"));
  EXPECT_THAT(pieces(batch + one + "BTS|\rFTS\r"), ElementsAre(one)) << "a trailer that counts nothing";
}

TEST(Hl7Lines, AnLfInAMessageOfCrIsText) {
  const auto cut = [](const std::string& text) {
    std::vector<std::string> all;
    for (Hl7Lines lines(text); !lines.ended();)
      all.emplace_back(lines.next());
    return all;
  };
  const auto head = "MSH|^~\\&|A\r"s;
  EXPECT_THAT(cut(head + "OBX|1|one\ntwo\n\nthree\rPV1|1\r"),
              ElementsAre(head, "OBX|1|one\ntwo\n\nthree\r", "PV1|1\r"));
  EXPECT_THAT(cut(head + "PID|1\nPV1|1\r"), ElementsAre(head, "PID|1\n", "PV1|1\r"))
      << "mixed ends hide no segment";
  EXPECT_THAT(cut(head + "PID|1\r\nPV1|1\n"), ElementsAre(head, "PID|1\r\n", "PV1|1\n"));
  EXPECT_THAT(cut("MSH|^~\\&|A\nOBX|1|one\ntwo\n"), ElementsAre("MSH|^~\\&|A\n", "OBX|1|one\n", "two\n"));
}

TEST(CutHl7, NeverGivesSegmentsToAMessageTheyMayNotBelongTo) {
  EXPECT_THAT(pieces(""), ElementsAre("HL7_NO_MSH:"));
  EXPECT_THAT(pieces("\r\n \n"), ElementsAre("HL7_NO_MSH:\r\n \n"));
  EXPECT_THAT(pieces("garbage\rPID|1\r" + one), ElementsAre("HL7_NO_MSH:garbage\rPID|1\r", one));
  EXPECT_THAT(pieces(one + "\rPID|9\r" + two), ElementsAre("HL7_BLANK_LINE:" + one + "\rPID|9\r", two));
  EXPECT_THAT(pieces(mllp_frame("PID|9\r") + mllp_frame(two)), ElementsAre("HL7_NO_MSH:PID|9\r", two));
  EXPECT_THAT(pieces("MSH\rPID|1\r"), ElementsAre("HL7_NO_MSH:MSH\rPID|1\r"));
  const auto places = cut_hl7(one + "\rPID|9\r" + "\x1C\r" + "PID|8\r");
  EXPECT_THAT(places.at(1).error->place, HasSubstr("byte "));
}

TEST(Hl7Header, IsReadByCharactersInGb18030) {
  // 0x8C7C is one character whose second byte is '|'.
  const auto header = read_hl7_header("MSH|^~\\&|\x8C|HIS|F|||20261118||ADT^A01|77|P|2.3||||||GB18030\r");
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->sending_application, "\x8C|HIS");
  EXPECT_EQ(header->control_id, "77");
  EXPECT_EQ(header->charset, "GB18030");
  const auto other = read_hl7_header("MSH#*~\\&#A#B#C#D#t##ADT*A03*X#5#P#2.5*CHN######UNICODE UTF-8~ISO\n");
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(other->trigger(), "A03");
  EXPECT_EQ(other->version, "2.5");
  EXPECT_EQ(other->charset, "UNICODE UTF-8");
  EXPECT_FALSE(read_hl7_header("PID|1").has_value());
  EXPECT_FALSE(read_hl7_header("MSH").has_value());
}

TEST(Hl7Ack, LooksLikeTheSample) {
  const auto message = sample("hospital_death_A03.hl7");
  const auto now_us = *local_time_us("20261118064513");
  const auto wanted = sample("ack_AA.hl7");
  auto ack = hl7_ack(*read_hl7_header(message), "AA", now_us, "HUB20261118-7f3a");
  EXPECT_EQ(ack, wanted);
}

TEST(Hl7, EmptiesSegmentsToTheirName) {
  const std::vector<std::string> names{"DG1", "PDA"};
  EXPECT_EQ(blank_hl7("MSH|^~\\&|\r\nDG1|1|x\r\nDG1|2|y\nPV1|kept\rDG12|kept\rPDA|S06", names),
            "MSH|^~\\&|\r\nDG1|\r\nDG1|\nPV1|kept\rDG12|kept\rPDA|");
}

TEST(Hl7, EmptiesASegmentInAllItsLines) {
  const std::vector<std::string> names{"DG1"};
  const auto head = "MSH|^~\\&|A\r"s, lf_head = "MSH|^~\\&|A\n"s;
  EXPECT_EQ(blank_hl7(head + "DG1|1|one\ntwo\n\nthree\rPV1|1\r", names), head + "DG1|\rPV1|1\r");
  EXPECT_EQ(blank_hl7(lf_head + "DG1|1|one\ntwo\nPV1|1\n", names), lf_head + "DG1|\nPV1|1\n");
  EXPECT_EQ(blank_hl7(head + "DG1|1|one\rtwo\rPV1|1\r", names), head + "DG1|\rPV1|1\r");
  EXPECT_EQ(blank_hl7(head + " dg1|1|one\rPV1|1\r", names), head + " dg1|\rPV1|1\r");
}

TEST(Hl7PatientKey, IsOfFacilityAndChartAndForOtherTypesBesideIt) {
  const auto key = [](const std::string& message) {
    return hl7_patient_key(message, *read_hl7_header(message));
  };
  const auto head = [](const std::string& type) {
    return "MSH|^~\\&|HIS|F^1.2^ISO|||20261118||" + type + "|349|P|2.5\r";
  };
  EXPECT_EQ(key(head("ADT^A03") + "PID|1||322^^^CN^NNCN~Z1^^^F^PI\r"), "F|Z1");
  EXPECT_EQ(key(head("ADT^A13") + "PID|1||Z1^^^F^PI~322^^^CN^NNCN\r"), "F|Z1");
  EXPECT_EQ(key(head("ORU^R01") + "PID|1||Z1\r"), "F|Z1|*") << "a result that waits holds up no death";
  EXPECT_EQ(key(head("MDM^T02") + "PID|1||Z1\r"), "F|Z1|*");
  EXPECT_EQ(key(head("ZZZ^Z99") + "PID|1||Z1\r"), "F|Z1|ZZZ") << "what a hospital has made up by itself";
  EXPECT_EQ(key(head("SIU^S12") + "SCH|1\r"), "");
  EXPECT_EQ(key("MSH|^~\\&|HIS||||20261118||ADT^A03|349|P|2.3\rPID|||0077120||x\r"), "HIS|0077120");
}

TEST(Hl7Ack, AnswersInTheModeThatIsAskedFor) {
  using enum Hl7Verdict;
  const auto codes = [](const std::string& accept, const std::string& application) {
    const auto message = "MSH|^~\\&|A|B|||20261118||ADT^A01|1|P|2.5|||" + accept + "|" + application + "\r";
    std::string all;
    for (const auto verdict : {taken, wrong, unusable, not_now})
      all.append(hl7_ack_code(*read_hl7_header(message), verdict)).append(" ");
    return all;
  };
  EXPECT_EQ(codes("", ""), "AA AE AR AR ");
  EXPECT_EQ(codes("\"\"", "\"\""), "AA AE AR AR ");
  EXPECT_EQ(codes("AL", "NE"), "CA CE CR CE ");
  EXPECT_EQ(codes("AL", "AL"), "CA CE CR CE ");
  EXPECT_EQ(codes("NE", "AL"), "AA AE AR AR ");
  EXPECT_EQ(codes("ER", "NE"), " CE CR CE ");
  EXPECT_EQ(codes("SU", "NE"), "CA    ");
  EXPECT_EQ(codes("NE", "NE"), "    ");
}

TEST(Hl7Ack, SaysWhyWhereTheVersionLooksForIt) {
  const Hl7Refusal why{"101", "Required field missing", "MSH-9 is empty|"};
  const auto of = [&](const std::string& version) {
    return hl7_ack(*read_hl7_header("MSH|^~\\&|A|B|||20261118||ADT^A01|1|P|" + version + "\r"), "AE", 0, "x",
                   &why);
  };
  EXPECT_THAT(of("2.3"),
              HasSubstr("\rMSA|AE|1|MSH-9 is empty \rERR|^^^101&Required field missing&HL70357\r"));
  EXPECT_THAT(of("2.5.1"),
              HasSubstr("\rMSA|AE|1\rERR|||101^Required field missing^HL70357|E||||MSH-9 is empty \r"));
}

TEST(MllpDecoder, EndsAFrameWith1C0DAlone) {
  const auto text =
      "MSH|^~\\&|A|road \x1C"
      "9 \x0B lane\r"s;
  MllpDecoder decoder(1 << 16);
  decoder.feed("\x0B" + text + "\x1C");
  EXPECT_FALSE(decoder.next().has_value()) << "what follows says whether it is the end";
  decoder.feed("\r");
  const auto frame = decoder.next();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->bytes, text);
}

TEST(MllpDecoder, PassesOverWhatStandsBetweenFrames) {
  MllpDecoder decoder(1 << 16);
  decoder.feed("\xEF\xBB\xBF\0\r\n\x0B\x1C\r\x0B \r\n\x1C\r[2026-11-18 logged]\n\x0B\x0B"s + one +
               "\x1C\r\0\0"s);
  const auto frame = decoder.next();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->kind, MllpFrame::Kind::message);
  EXPECT_EQ(frame->bytes, one);
  EXPECT_FALSE(decoder.finish().has_value());
}

TEST(MllpDecoder, AFloodOfMarksOrEmptyFramesIsOneFrame) {
  for (const auto& flood : {std::string(1 << 16, '\x0B'), std::string(1 << 16, '\0'), [] {
                              std::string all;
                              for (int i = 0; i < 20'000; ++i)
                                all += "\x0B\x1C\r";
                              return all;
                            }()}) {
    MllpDecoder decoder(1 << 22);
    decoder.feed(flood);
    const auto frame = decoder.next();
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->kind, MllpFrame::Kind::noise);
    EXPECT_LE(frame->bytes.size(), 64U);
    EXPECT_FALSE(decoder.finish().has_value());
  }
}

TEST(MllpDecoder, KeepsABeginningOfWhatIsTooLarge) {
  MllpDecoder decoder(1 << 22);
  decoder.feed("\x0BMSH" + std::string(5 << 20, 'x'));
  const auto frame = decoder.next();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->kind, MllpFrame::Kind::too_large);
  EXPECT_EQ(frame->bytes.size(), 4096U);
}

TEST(MllpDecoder, GivesTheSameFramesHoweverTheBytesArrive) {
  const auto stream = mllp_frame(one) + "\n" + mllp_frame(two) + "MSH no start" + mllp_frame(one) + "\x0B" +
                      "broken" + mllp_frame(two) + "\x0B" + "unfinished";
  const auto frames = [&](std::size_t step) {
    MllpDecoder decoder(1 << 16);
    std::vector<std::pair<MllpFrame::Kind, std::string>> all;
    for (std::size_t i = 0; i < stream.size(); i += step)
      decoder.feed(std::string_view(stream).substr(i, step));
    while (auto frame = decoder.finish())
      all.emplace_back(frame->kind, frame->bytes);
    return all;
  };
  using Kind = MllpFrame::Kind;
  const auto wanted = std::vector<std::pair<Kind, std::string>>{
      {Kind::message, one},     {Kind::message, two}, {Kind::no_start, "MSH no start"}, {Kind::message, one},
      {Kind::no_end, "broken"}, {Kind::message, two}, {Kind::no_end, "unfinished"}};
  for (const std::size_t step : {1UL, 2UL, 3UL, 7UL, 64UL, stream.size()})
    EXPECT_EQ(frames(step), wanted) << step;
}

TEST(MllpDecoder, HoldsNoMoreThanItsLimit) {
  MllpDecoder decoder(100);
  decoder.feed("\x0B" + std::string(1'000'000, 'x'));
  const auto frame = decoder.next();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->kind, MllpFrame::Kind::too_large);
  EXPECT_EQ(frame->bytes.size(), 100U);
  decoder.feed("\x1C\r" + mllp_frame("MSH|short"));
  EXPECT_EQ(decoder.next()->bytes, "MSH|short");
}

// ---- All cutters, any bytes

TEST(Cutters, AnswerAnyBytesAndLoseNone) {
  const std::vector<std::string> whole{sample("police_move_out.xml"), sample("civil_adoption.json"),
                                       sample("deathcert_daily.csv"), sample("hospital_death_legacy_GB.hl7")};
  static constexpr std::string_view marks = "<>/![]{}\",:|\r\n\x0B\x1C\\&='";
  for (unsigned seed : test::seeds({1})) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 4000; ++round) {
      auto bytes = whole[random() % whole.size()];
      for (auto changes = random() % 5; changes > 0; --changes)
        bytes[random() % bytes.size()] =
            random() % 2 == 0 ? marks[random() % marks.size()] : static_cast<char>(random());
      if (random() % 3 == 0) bytes.resize(random() % bytes.size());
      const auto inside = [&](const Cut& cut) {
        for (std::size_t i = 0; i < cut.records.size(); ++i)
          EXPECT_NE(bytes.find(cut.records[i].bytes), std::string::npos);
        if (cut.records.size() == 1) {
          EXPECT_EQ(cut.body(0).size(), cut.head.size() + cut.records[0].bytes.size() + cut.tail.size());
        }
      };
      if (const auto cut = cut_xml(bytes, path)) inside(*cut);
      if (const auto cut = cut_json(bytes, "data/cxjg")) inside(*cut);
      if (const auto cut = cut_csv(bytes)) inside(*cut);
      EXPECT_FALSE(cut_hl7(bytes).empty());
      (void)read_hl7_header(bytes);
      (void)json_text(bytes, "head/watermark");
      (void)blank_xml(bytes, {"GMSFHM"});
      (void)blank_csv(bytes, {true, false, true});
    }
  }
}

// ---- Small words

TEST(AgencyTime, ReadsWhatAgenciesWrite) {
  const auto us = [](std::int64_t seconds) { return std::optional(seconds * 1'000'000); };
  EXPECT_EQ(local_time_us("20261118102501"), us(1794968701));
  for (const auto* const same :
       {"2026-11-18 10:25:01", "20261118102501+0800", "20261118102501001", "2026/11/18 10:25:01.5"})
    EXPECT_EQ(local_time_us(same), us(1794968701)) << same;
  EXPECT_EQ(local_time_us("202611181025"), us(1794968700));
  EXPECT_EQ(local_time_us("20261118"), us(1794931200));
  for (const auto* const none : {"", "2026", "20261318", "20260230", "20261118250000", "hello"})
    EXPECT_EQ(local_time_us(none), std::nullopt) << none;
  EXPECT_EQ(local_text(1794968701'000'000), "20261118102501");
}

TEST(Sign, IsHmacSha256InBase64) {
  // RFC 4231, test case 2.
  EXPECT_EQ(hmac_sha256_base64("Jefe", "what do ya want for nothing?"),
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
  EXPECT_EQ(query_encoded("a b+/=&~"), "a%20b%2B%2F%3D%26~");
}

TEST(Inbox, FindsTheTimeInAName) {
  EXPECT_EQ(time_in_name("SWZX_320812000000_20261118102559_0001.xml"), "20261118102559");
  EXPECT_EQ(time_in_name("PSNINSU-320812-20261121-0200.json"), "202611210200");
  EXPECT_EQ(time_in_name("PSNINSU-320812-FULL-20261121.json"), "20261121");
  EXPECT_EQ(time_in_name("SWZM_320812_20261118.csv"), "20261118");
  EXPECT_EQ(time_in_name("other.csv"), "");
}

TEST(Inbox, APositionSurvivesItsText) {
  InboxPosition position;
  EXPECT_EQ(InboxPosition::parse("")->text(), "inbox1 " + std::to_string(INT64_MIN) + " - -");
  position.floor = 17;
  position.done = {{0xAB, 1}, {0xCD, 2}};
  position.current = 0xEF;
  position.current_records = 3;
  EXPECT_EQ(position.text(), "inbox1 17 ab,cd ef:3");
  EXPECT_EQ(InboxPosition::parse(position.text())->text(), position.text());
  for (const auto* const bad :
       {"x", "inbox1 17 -", "inbox1 x - -", "inbox1 1 zz -", "inbox1 1 - 5", "inbox2 1 - -"})
    EXPECT_FALSE(InboxPosition::parse(bad).has_value()) << bad;
}

TEST(Inbox, ChoosesTheNewestSnapshotOfEachSeries) {
  EXPECT_THAT(
      newest_snapshot({"CZRK_A_20261101020000_0001.xml", "CZRK_A_20261120020000_0001.xml",
                       "CZRK_A_20261120020500_0002.xml", "CZRK_A_20261120010000_0001.xml",
                       "CZRK_A_20261120010000_0002.xml", "CZRK_B_20261110020000_0001.xml", "note.xml"}),
      ElementsAre("CZRK_A_20261120020000_0001.xml", "CZRK_A_20261120020500_0002.xml",
                  "CZRK_B_20261110020000_0001.xml"));
}

}  // namespace
}  // namespace kinhub::sdk
