#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "tests/places/places.hpp"
#include "tests/seeds.hpp"
#include "tests/unit/mapping/set_for_test.hpp"

namespace kinhub {
namespace {

const std::string good_number = "322228200005210171";

Outcome apply_xml(const MappingSet& set, const std::string& body, std::string_view charset = "UTF-8") {
  return set.apply({body, "application/xml", charset});
}
Outcome apply_json(const MappingSet& set, const std::string& body) {
  return set.apply({body, "application/json; charset=utf-8", ""});
}
Outcome apply_csv(const MappingSet& set, const std::string& body) {
  return set.apply({body, "text/csv", "UTF-8"});
}
Outcome apply_hl7(const MappingSet& set, const std::string& body, std::string_view charset = "UTF-8") {
  return set.apply({body, "x-application/hl7-v2+er7", charset});
}
Error error_of(const Outcome& outcome) {
  const auto* rejected = std::get_if<Rejected>(&outcome);
  return rejected ? rejected->error : Error{"NOT REJECTED", describe_outcome(outcome), ""};
}
const Fact& fact_of(const Outcome& outcome) {
  return std::get<Mapped>(outcome).facts.at(0);
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i)
    all += text;
  return all;
}

std::string record(const std::string& inside) {
  return "<R><ID>7</ID><VERSION>20261118</VERSION><NUMBER>" + good_number + "</NUMBER><ON>20261118</ON>" +
         inside + "</R>";
}

class Xml : public testing::Test {
 protected:
  MappingFolder folder_;
  MappingSet set_ = folder_.write("death.yaml", death_mapping("{ format: xml, each: /list/R }")).set();
};

TEST_F(Xml, WhatCanHurtAParserIsRefusedWithItsCode) {
  struct Row {
    std::string body;
    const char* code;
  };
  std::string deep = "<list>",
              wide = "<list>" + record("<X>" + std::string(40'000, 'x') + "</X>") + "</list>";
  for (int i = 0; i < 100'000; ++i)
    deep += "<a>";
  for (const auto& row : std::vector<Row>{
           {"<!DOCTYPE list [<!ENTITY a \"b\">]><list>" + record("") + "</list>", "XML_DOCTYPE"},
           {"<?xml version='1.0'?><!DOCTYPE " + std::string(100'000, '[') + "><list/>", "XML_DOCTYPE"},
           {deep, "XML_DEPTH"},
           {"<list>" + record("").substr(0, 60), "XML_MALFORMED"},
           {"<list>" + record("") + "</liste>", "XML_MALFORMED"},
           {"<list/><list/>", "XML_MALFORMED"},
           {"", "XML_MALFORMED"},
           {"just text", "XML_MALFORMED"},
           {"<list a='>" + record(""), "XML_MALFORMED"},
           {"<list><!-- " + record("") + "</list>", "XML_MALFORMED"},
           {std::string("<list>\0</list>", 14), "XML_MALFORMED"},
           {"</list>", "XML_MALFORMED"},
           {std::string(17u << 20, ' '), "BODY_SIZE"},
           {"<list>" + repeat("<a/>", 600'000) + "</list>", "XML_ELEMENTS"},
       })
    EXPECT_EQ(error_of(apply_xml(set_, row.body)).code, row.code) << row.body.substr(0, 60);
  EXPECT_EQ(describe_outcome(apply_xml(set_, wide)), "assert:death");
}

TEST_F(Xml, ReadsEntitiesCommentsAndCdata) {
  auto outcome = apply_xml(
      set_, "<list><!-- <R> -->" + record("<NAME>A&amp;<![CDATA[<B>]]>&#x738B;</NAME>") + "</list>");
  EXPECT_EQ(fact_of(outcome).people.at(0).name, "A&<B>王");
}

TEST_F(Xml, AnElementSaidTwiceIsRefusedWithItsPlace) {
  auto error =
      error_of(apply_xml(set_, "<list>" + record("") + record("<NAME>a</NAME><NAME>b</NAME>") + "</list>"));
  EXPECT_EQ(error.code, "FIELD_REPEATED");
  EXPECT_EQ(error.place, "/list/R[2]/NAME");
}

TEST_F(Xml, AllRecordsOrNone) {
  EXPECT_EQ(describe_outcome(apply_xml(set_, "<list>" + record("") + record("") + "</list>")),
            "assert:death assert:death");
  auto outcome = apply_xml(set_, "<list>" + record("") + "<R><ID>8</ID></R></list>");
  EXPECT_EQ(error_of(outcome).code, "VERSION_MISSING");
  EXPECT_EQ(error_of(outcome).place, "/list/R[2]/VERSION");
  EXPECT_EQ(std::get<Rejected>(outcome).mapping, "test/death");
  EXPECT_EQ(std::get<Rejected>(outcome).field, "version");
}

TEST_F(Xml, TheCharsetIsTheOnePassedElseTheOneDeclared) {
  const std::string name_gb = "\xCD\xF5\xCA\xD4", name_utf8 = "王试";
  auto body = [&](const std::string& declared, const std::string& name) {
    return (declared.empty() ? std::string() : "<?xml version=\"1.0\" encoding=\"" + declared + "\"?>") +
           "<list>" + record("<NAME>" + name + "</NAME>") + "</list>";
  };
  EXPECT_EQ(fact_of(apply_xml(set_, body("GB18030", name_gb), "")).people.at(0).name, name_utf8);
  EXPECT_EQ(fact_of(apply_xml(set_, body("UTF-8", name_gb), "GBK")).people.at(0).name, name_utf8);
  EXPECT_EQ(fact_of(apply_xml(set_, "\xEF\xBB\xBF" + body("", name_utf8), "")).people.at(0).name, name_utf8);
  EXPECT_EQ(error_of(apply_xml(set_, body("", name_utf8), "")).code, "CHARSET_UNKNOWN");
  EXPECT_EQ(error_of(apply_xml(set_, body("KLINGON", name_utf8), "")).code, "CHARSET_UNKNOWN");
  EXPECT_EQ(error_of(apply_xml(set_, body("UTF-8", name_utf8), "UNICODE")).code, "CHARSET_UNKNOWN");
  EXPECT_EQ(error_of(apply_xml(set_, body("UTF-8", name_gb), "")).code, "CHARSET_INVALID");
}

TEST_F(Xml, FourByteNamesAndTheMiddleDotArrive) {
  auto outcome = apply_xml(
      set_, "<list>" + record("<NAME>\x95\x32\x82\x36\xA1\xA4\xFE\x59</NAME>") + "</list>", "GB18030");
  EXPECT_EQ(fact_of(outcome).people.at(0).name, "\U00020000·\u9FB4");
}

class Json : public testing::Test {
 protected:
  MappingFolder folder_;
  MappingSet set_ = folder_.write("death.yaml", death_mapping("{ format: json, each: data.rows }")).set();
  static std::string row(const std::string& more = "") {
    return R"({"ID":7,"VERSION":"20261118","NUMBER":")" + good_number + R"(","ON":"20261118")" + more + "}";
  }
  static std::string page(const std::string& rows) { return R"({"data":{"rows":[)" + rows + "]}}"; }
};

TEST_F(Json, WhatIsNoJsonIsRefused) {
  struct Row {
    std::string body;
    const char* code;
    const char* place;
  };
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const auto& row : std::vector<Row>{
           {"", "JSON_MALFORMED", ""},
           {page(row()) + "x", "JSON_MALFORMED", ""},
           {page(row()).substr(0, 50), "JSON_MALFORMED", ""},
           {page(row(R"(,"unread":tru)")), "JSON_MALFORMED", ""},
           {page(row(R"(,"unread":123456789012345678901)")), "JSON_NUMBER", ""},
           {page(row(R"(,"unread":01)")), "JSON_NUMBER", ""},
           {page(row(R"(,"unread":"\ud800")")), "JSON_MALFORMED", ""},
           {deep, "JSON_DEPTH", ""},
           {std::string(100'000, '['), "JSON_MALFORMED", ""},
           {page(row(R"(,"ID":8)")), "JSON_DUPLICATE_KEY", "data.rows[0].ID"},
           {page(row() + "," + row(R"(,"a":{"b":[1,{"c":1,"c":2}]})")), "JSON_DUPLICATE_KEY",
            "data.rows[1].a.b[1].c"},
           {R"({"data":{},"data":{}})", "JSON_DUPLICATE_KEY", "data"},
           {R"({"322228 19900101 3001":1,"322228 19900101 3001":2})", "JSON_DUPLICATE_KEY",
            "a key of 20 bytes with its path"},
           {R"({"13800138000":1,"13800138000":2})", "JSON_DUPLICATE_KEY", "a key of 11 bytes with its path"},
           {R"({"甲试":1,"甲试":2})", "JSON_DUPLICATE_KEY", "a key of 6 bytes with its path"},
           {R"({"a":1,"\u0061":2})", "JSON_DUPLICATE_KEY", "a"},
       }) {
    auto error = error_of(apply_json(set_, row.body));
    EXPECT_EQ(error.code, row.code) << row.body.substr(0, 80);
    EXPECT_EQ(error.place, row.place);
  }
}

TEST_F(Json, ADuplicateBeyondManyKeysIsFound) {
  std::string many;
  for (int i = 0; i < 500; ++i)
    many += ",\"k" + std::to_string(i) + "\":0";
  EXPECT_EQ(describe_outcome(apply_json(set_, page(row(many)))), "assert:death");
  EXPECT_EQ(error_of(apply_json(set_, page(row(many + ",\"k3\":1")))).place, "data.rows[0].k3");
  EXPECT_EQ(error_of(apply_json(set_, page(row(many + ",\"k499\":1")))).place, "data.rows[0].k499");
}

TEST_F(Json, NumbersAreReadAsWrittenAndNullIsNotText) {
  EXPECT_EQ(fact_of(apply_json(set_, page(row()))).key, "7");
  EXPECT_FALSE(fact_of(apply_json(set_, page(row(R"(,"NAME":null)")))).people.at(0).name.has_value());
  auto number = page(R"({"ID":"a|b%","VERSION":"20261118","NUMBER":")" + good_number + R"(","ON":20261118})");
  EXPECT_EQ(fact_of(apply_json(set_, number)).key, "a%7Cb%25");
  EXPECT_EQ(fact_of(apply_json(set_, page(R"({"ID":9007199254740991,"VERSION":20261118,"NUMBER":")" +
                                          good_number + R"(","ON":20261118})")))
                .key,
            "9007199254740991");
  auto nested = apply_json(set_, page(row(R"(,"NAME":{"first":"a"})")));
  EXPECT_EQ(error_of(nested).code, "FIELD_NOT_TEXT");
  EXPECT_EQ(error_of(nested).place, "data.rows[0].NAME");
}

TEST_F(Json, NumbersBeyondTwoToThe53AreRoundedByManyProgramsSoTheyAreNotBelieved) {
  auto said = [](const std::string& id, const std::string& number) {
    return page(R"({"ID":)" + id + R"(,"VERSION":"20261118","NUMBER":)" + number + R"(,"ON":"20261118"})");
  };
  const auto text = "\"" + good_number + "\"";
  for (const std::string number : {"322228200005210171", "322228195001150200", "3.222282000052102e17"})
    EXPECT_EQ(error_of(apply_json(set_, said("1", number))).code, "JSON_NUMBER") << number;
  for (const std::string id : {"9007199254740992", "-9007199254740992", "18446744073709551615", "1e300"})
    EXPECT_EQ(error_of(apply_json(set_, said(id, text))).code, "JSON_NUMBER") << id;
  auto wrong = error_of(apply_json(set_, said("1", "322228195001150200")));
  EXPECT_EQ(wrong.place, "data.rows[0].NUMBER");
  EXPECT_EQ(wrong.text.find("322228"), std::string::npos);
  EXPECT_EQ(describe_outcome(apply_json(set_, said("9007199254740991", text))), "assert:death");
  // Not read, not asked.
  EXPECT_EQ(describe_outcome(apply_json(set_, page(row(R"(,"unread":322228195001150200)")))), "assert:death");
}

TEST_F(Json, CountsOfTimeAndWhatTheMappingKnowsToBeExactKeepTheir64Bits) {
  MappingFolder folder;
  auto set = folder
                 .write("death.yaml",
                        "map: test.death\nfrom: { format: json, each: $ }\nkey: [exact(ID)]\n"
                        "version: timestamp(NS, 'epoch_ns')\nevidence: hospital\nfact: death\nset:\n"
                        "  person.citizen_number: citizen_id(NUMBER)\n  on: date(NS, 'epoch_ns')\n")
                 .set();
  auto outcome = apply_json(
      set, R"({"ID":1234567890123456789,"NS":1794934800000000001,"NUMBER":")" + good_number + R"("})");
  EXPECT_EQ(fact_of(outcome).key, "1234567890123456789");
  EXPECT_EQ(fact_of(outcome).version, "20261118010000000000001");
}

TEST_F(Json, ThePlaceholderOfAnUnpublishedValueIsNoValue) {
  for (const std::string placeholder :
       {"__debezium_unavailable_value", "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="}) {
    auto wrong = error_of(apply_json(set_, page(row(R"(,"NAME":")" + placeholder + R"(")"))));
    EXPECT_EQ(wrong.code, "VALUE_UNAVAILABLE");
    EXPECT_EQ(wrong.place, "data.rows[0].NAME");
    EXPECT_EQ(describe_outcome(apply_json(set_, page(row(R"(,"unread":")" + placeholder + R"(")")))),
              "assert:death");
  }
}

TEST_F(Json, ARowMarkedAsDeletedIsNeverReadAsOneThatStands) {
  MappingFolder blind, reading;
  auto unread = blind.write("death.yaml", death_mapping("{ format: json, each: $ }")).set();
  auto reads = reading
                   .write("death.yaml",
                          death_mapping("{ format: json, each: $ }", "date(ON, 'yyyyMMdd')",
                                        "op: { if: \"__deleted = 'true'\", then: retract, else: assert }\n"))
                   .set();
  for (const char* mark : {R"(,"__deleted":"true")", R"(,"__deleted":true)"}) {
    EXPECT_EQ(error_of(apply_json(unread, row(mark))).code, "ROW_DELETED");
    EXPECT_EQ(describe_outcome(apply_json(reads, row(mark))), "retract:death");
  }
  for (const char* mark : {R"(,"__deleted":"false")", R"(,"__deleted":false)", R"(,"__deleted":null)", ""}) {
    EXPECT_EQ(describe_outcome(apply_json(unread, row(mark))), "assert:death");
    EXPECT_EQ(describe_outcome(apply_json(reads, row(mark))), "assert:death");
  }
}

TEST_F(Json, PrivatePlacesAndLostCharactersInNames) {
  auto named = [&](const std::string& name) {
    return apply_json(set_, page(row(",\"NAME\":\"" + name + "\"")));
  };
  EXPECT_EQ(fact_of(named("王\uE863子")).people.at(0).name, "王\u4DAE子");
  EXPECT_EQ(fact_of(named("王\\uE863子")).people.at(0).name, "王\u4DAE子");  // as an escape
  EXPECT_EQ(fact_of(named("\\uE855")).people.at(0).name, "\U000241FE");
  for (const char* broken : {"王\uFFFD子", "\\uFFFD", "锟斤拷", "王?子", "阿依?买买提", "??", "王？"})
    EXPECT_EQ(error_of(named(broken)).code, "TEXT_BROKEN") << broken;
  EXPECT_EQ(describe_outcome(named("阿依·买买提")), "assert:death");
}

TEST_F(Json, AnEmptyPageChangesNothingAndAForeignShapeIsRefused) {
  EXPECT_EQ(describe_outcome(apply_json(set_, page(""))), "filtered: the message holds no record");
  EXPECT_EQ(error_of(apply_json(set_, R"({"other":1})")).code, "NO_MAPPING");
  EXPECT_EQ(error_of(apply_json(set_, "[1,2]")).code, "NO_MAPPING");
}

TEST_F(Xml, ReferencesThatNameNoCharacterWereDecodedBlindly) {
  auto named = [&](const std::string& name) {
    return apply_xml(set_, "<list>" + record("<NAME>" + name + "</NAME>") + "</list>");
  };
  for (const char* name : {"&#55362;&#57271;",
                           "&#xD842;",
                           "&#xDFFF;",
                           "&#x110000;",
                           "&#1114112;",
                           "&#0;",
                           "&#x0;",
                           "&#xFFFE;",
                           "&#xFFFF;",
                           "&#8;",
                           "&#xB;",
                           "&#;",
                           "&#x;",
                           "&#12",
                           "&#xZZ;",
                           "&#1a;",
                           "&#X41;",
                           "&#99999999999999999999;",
                           "&nbsp;",
                           "&middot;",
                           "A&B",
                           "A & B",
                           "&",
                           "&amp",
                           "&AMP;",
                           "&lt",
                           "a&b;"})
    EXPECT_EQ(error_of(named(name)).code, "XML_MALFORMED") << name;
  EXPECT_EQ(error_of(named("&#0;")).place, "line 1");
  struct Row {
    const char* written;
    const char* read;
  };
  for (const auto& row :
       {Row{"&#29579;&#x8BD5;", "王试"}, Row{"&#x20000;", "\U00020000"}, Row{"&#xE863;", "\u4DAE"},
        Row{"A&amp;B&lt;&gt;&apos;&quot;", "A&B<>'\""}, Row{"<![CDATA[A&B &nbsp; &#0;]]>", "A&B &nbsp; &#0;"},
        Row{"王<!-- & &nbsp; -->试", "王试"}, Row{"王<?p & &#0;?>试", "王试"}}) {
    auto outcome = named(row.written);
    ASSERT_EQ(describe_outcome(outcome), "assert:death") << row.written;
    EXPECT_EQ(fact_of(outcome).people.at(0).name, row.read) << row.written;
  }
  EXPECT_EQ(error_of(apply_xml(set_, "<list a='x & y'>" + record("") + "</list>")).code, "XML_MALFORMED");
  EXPECT_EQ(describe_outcome(apply_xml(set_, "<list a='x &amp; y'>" + record("") + "</list>")),
            "assert:death");
  EXPECT_EQ(error_of(apply_xml(set_, "<list>" + record("") + "</list>&")).code, "XML_MALFORMED");
}

TEST_F(Xml, CharactersThatXmlDoesNotAllowAreRefusedWhereverTheyStand) {
  for (const std::string inside : {"<NAME>a\x01</NAME>", "<NAME>\x1F</NAME>", "<NAME>\uFFFE</NAME>",
                                   "<!-- \uFFFF -->", "<NAME><![CDATA[\x0B]]></NAME>", "<NAME a='\x08'/>"})
    EXPECT_EQ(error_of(apply_xml(set_, "<list>" + record(inside) + "</list>")).code, "XML_MALFORMED")
        << inside;
  for (const std::string inside : {"<NAME>a\tb</NAME>\r\n", "<NAME>\uFFFC</NAME>", "<NAME>\uE000</NAME>"})
    EXPECT_NE(error_of(apply_xml(set_, "<list>" + record(inside) + "</list>")).code, "XML_MALFORMED")
        << inside;
}

class Csv : public testing::Test {
 protected:
  MappingFolder folder_;
  MappingSet set_ = folder_.write("death.yaml", death_mapping("{ format: csv }")).set();
  const std::string header_ = "ID,VERSION,NUMBER,NAME,ON\r\n";
};

TEST_F(Csv, HeadersAsSpreadsheetsWriteThem) {
  for (const char* header :
       {"ID,VERSION,NUMBER,NAME,ON,\r\n", "ID, VERSION, NUMBER, NAME, ON, \r\n",
        "ID,VERSION,NUMBER,NAME,ON,,\r\n", "ID, \"VERSION\",NUMBER,\tNAME,\u3000ON\u3000,\r\n"}) {
    const auto commas = std::count(header, header + std::strlen(header), ',') - 4;
    auto outcome = apply_csv(set_, header + ("7,20261118," + good_number) + ", \"王试, 子\",20261118" +
                                       std::string(static_cast<std::size_t>(commas), ',') + "\r\n");
    ASSERT_EQ(describe_outcome(outcome), "assert:death") << header;
    EXPECT_EQ(fact_of(outcome).people.at(0).name, "王试, 子");
  }
  EXPECT_EQ(
      error_of(apply_csv(set_, "ID,VERSION,NUMBER,NAME,ON,ON\n7,20261118," + good_number + ",a,20261118,\n"))
          .code,
      "CSV_COLUMN_DUPLICATE");
  EXPECT_EQ(
      error_of(apply_csv(set_, "ID,VERSION,NUMBER,NAME,ON\n7,20261118," + good_number + ",a,20261118,\n"))
          .code,
      "CSV_ROW_LENGTH");
}

TEST_F(Csv, ByRfc4180) {
  auto outcome =
      apply_csv(set_, header_ + "7,20261118," + good_number + ",\"a, \"\"b\"\"\",20261118\r\n\r\n");
  EXPECT_EQ(fact_of(outcome).people.at(0).name, "a, \"b\"");
  EXPECT_EQ(describe_outcome(apply_csv(set_, header_ + "7,20261118," + good_number +
                                                 ",,20261118\n8,20261118," + good_number + ",,20261118")),
            "assert:death assert:death");
  EXPECT_EQ(describe_outcome(apply_csv(set_, header_)), "filtered: the message holds no record");
}

TEST_F(Csv, WhatIsWrongHasItsLineOrColumn) {
  struct Row {
    std::string body;
    const char* code;
    const char* place;
  };
  for (const auto& row : std::vector<Row>{
           {"ID,VERSION,NUMBER,NAME\r\n7,20261118,1,a\r\n", "CSV_COLUMN_MISSING", "column ON"},
           {"ID,ID,VERSION,NUMBER,NAME,ON\r\n", "CSV_COLUMN_DUPLICATE", "column ID"},
           {"王试子322228200005210171,王试子322228200005210171\r\n", "CSV_COLUMN_DUPLICATE",
            "column 王*子******************"},
           {header_ + "7,20261118\r\n", "CSV_ROW_LENGTH", "line 2"},
           {header_ + "7,\"2026\r\n", "CSV_MALFORMED", "line 2"},
           {header_ + "7,20\"26,,,\r\n", "CSV_MALFORMED", "line 2"},
           {header_ + "7,\"20\"26,,,\r\n", "CSV_MALFORMED", "line 2"},
           {"", "CSV_MALFORMED", "line 1"},
           {repeat(",", 5'000'000), "CSV_MALFORMED", "line 1"},
           {header_ + "7,20261118," + good_number + ",a,20261340\r\n", "DATE_NO_DAY", "line 2, column ON"},
           {header_ + "\"7\r\n\",20261118," + good_number + ",a,2026134\r\n", "DATE_FORMAT",
            "line 2, column ON"},
       }) {
    auto error = error_of(apply_csv(set_, row.body));
    EXPECT_EQ(error.code, row.code) << row.body;
    EXPECT_EQ(error.place, row.place) << row.body;
  }
}

class Hl7 : public testing::Test {
 protected:
  static std::string mapping(const std::string& name_path) {
    return "map: test.death\nfrom: { format: hl7 }\nkey: [PID-3.1]\nversion: timestamp(MSH-7)\nevidence: "
           "hospital\nfact: death\n"
           "set:\n  person.chart: PID-3.1\n  person.name: \"" +
           name_path + "\"\n  on: date(PID-29, 'yyyyMMdd')\n";
  }
  std::string name(const std::string& path, const std::string& pid5, const std::string& more = "",
                   std::string_view charset = "UTF-8") {
    MappingFolder folder;
    auto set = folder.write("death.yaml", mapping(path)).set();
    auto outcome = apply_hl7(
        set,
        head_ + "PID|1||Z1^^^A^PI~N1^^^&2.16&ISO^NNCN||" + pid5 + "||||||||||||||||||||||||20261118\r" + more,
        charset);
    if (const auto* rejected = std::get_if<Rejected>(&outcome)) return rejected->error.code;
    return fact_of(outcome).people.at(0).name.value_or("(none)");
  }
  const std::string head_ = "MSH|^~\\&|HIS|A|||20261118||ADT^A03|1|P|2.5.1\r";
};

TEST_F(Hl7, PathsReachRepetitionsComponentsAndSegments) {
  const std::string nk1 = "NK1|1|M^x|MTH^m\rNK1|2|F^y|FTH^f\r";
  EXPECT_EQ(name("PID-3.1", ""), "Z1");
  EXPECT_EQ(name("PID-3[2].1", ""), "N1");
  EXPECT_EQ(name("PID-3[5='NNCN'].1", ""), "N1");
  EXPECT_EQ(name("PID-3[5 = 'XX'].1", ""), "(none)");
  EXPECT_EQ(name("PID-3[5='NNCN'].4.2", ""), "2.16");
  EXPECT_EQ(name("NK1[3='FTH']-2", "", nk1), "F");
  EXPECT_EQ(name("NK1[2]-2.2", "", nk1), "y");
  EXPECT_EQ(name("NK1[3]-2.2", "", nk1), "(none)");
  EXPECT_EQ(name("MSH-1", ""), "|");
  EXPECT_EQ(name("MSH-9.2", ""), "A03");
  EXPECT_EQ(name("PID-99", ""), "(none)");
}

TEST_F(Hl7, EscapesAreRead) {
  EXPECT_EQ(name("PID-5", "a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f"), "a|b^c&d~e\\f");
  EXPECT_EQ(name("PID-5", "\\XE78E8B\\"), "王");
  EXPECT_EQ(name("PID-5", "\\XFF\\"), "HL7_ESCAPE");
  EXPECT_EQ(name("PID-5", "\\XE7F\\"), "HL7_ESCAPE");
  EXPECT_EQ(name("PID-5", "a\\Zx\\b\\"), "a\\Zx\\b\\");
  EXPECT_EQ(name("PID-5", "\\H\\a\\N\\"), "a");
  EXPECT_EQ(name("PID-5", "a\\.br\\b\\.sp+2\\c"), "a b c");
}

TEST_F(Hl7, BytesInHexAreTextOfTheCharset) {
  EXPECT_EQ(name("PID-5", "\\XCDF5\\", "", "GB18030"), "王");
  EXPECT_EQ(name("PID-5", "\\XCD\\\\xf5\\a", "", "GB18030"), "王a") << "one character in two escapes";
  EXPECT_EQ(name("PID-5", "\\XCD\\a\\XF5\\", "", "GB18030"), "HL7_ESCAPE");
  EXPECT_EQ(name("PID-5", "\\XCDF5\\"), "HL7_ESCAPE") << "no UTF-8";
  EXPECT_EQ(name("PID-5", "\\XCDFG\\"), "HL7_ESCAPE");
}

TEST_F(Hl7, AnEscapeToAnotherCharsetIsNoPartOfAName) {
  EXPECT_EQ(name("PID-5", "\\C2842\\张试"), "张试") << "ASCII, where every text begins";
  EXPECT_EQ(name("PID-5", "\\M2441\\VP9z\\C2842\\"), "HL7_ESCAPE") << "GB 2312 in seven bits";
  EXPECT_EQ(name("PID-5", "\\M242844\\0!"), "HL7_ESCAPE");
  EXPECT_EQ(name("PID-5", "\\C2D41\\D"), "HL7_ESCAPE") << "Latin-1";
  EXPECT_EQ(name("PID-5", "\\Z0A\\D"), "HL7_ESCAPE") << "of the sender's own";
  EXPECT_EQ(name("PID-5", "Smith\\MD\\"), "Smith\\MD\\") << "no escape at all";
  EXPECT_EQ(name("PID-3.1", "\\M2441\\VP9z"), "Z1") << "a field that nobody reads";
  EXPECT_EQ(name("person_name(PID-5)", "\\M2441\\VP9z"), "HL7_ESCAPE");
  EXPECT_EQ(name("person_name(PID-5)", "Zh\\C2D41\\ng^Shi~张试"), "张试") << "in characters all the same";
}

TEST_F(Hl7, SeparatorsHiddenInGb18030CharactersDoNotSplit) {
  // Second bytes 7C, 5E, 7E, 5C: | ^ ~ and the escape sign.
  EXPECT_EQ(name("PID-5", "\xB2\x7C\x81\x5E\x81\x7E\x81\x5C", "", "GB18030"), "瞸乛亊乗");
}

TEST_F(Hl7, TwoQuotesMeanDeleteWhichIsNotMissing) {
  EXPECT_EQ(name("if is_null(PID-5) then 'deleted' else PID-5", "\"\""), "deleted");
  EXPECT_EQ(name("if is_null(PID-5) then 'deleted' else 'kept'", ""), "kept");
}

TEST_F(Hl7, LineEndsSeparatorsAndHeaders) {
  MappingFolder folder;
  auto set = folder.write("death.yaml", mapping("PID-5")).set();
  struct Row {
    std::string body;
    const char* expected;
  };
  const std::string pid = "PID|1||Z1||n||||||||||||||||||||||||20261118";
  for (const auto& row : std::vector<Row>{
           {head_ + pid, "assert:death"},
           {"MSH|^~\\&|HIS|A|||20261118||ADT^A03|1|P|2.5.1\n" + pid + "\n", "assert:death"},
           {"MSH|^~\\&|HIS|A|||20261118||ADT^A03|1|P|2.5.1\r\n" + pid + "\r\n", "assert:death"},
           {"BHS|^~\\&\r" + head_ + pid + "\r" + head_ + pid + "\rBTS|2\r", "assert:death assert:death"},
           {"MSH*:?!+*HIS*A***20261118**ADT:A03*1*P*2.5.1\rPID*1**Z1:x**n************************20261118\r",
            "assert:death"},
           {pid, "HL7_NO_MSH"},
           {"", "HL7_NO_MSH"},
           {"MSH", "HL7_DELIMITERS"},
           {"MSH|^^^^|HIS\r" + pid, "HL7_DELIMITERS"},
           {"MSH1^~\\&1HIS\r" + pid, "HL7_DELIMITERS"},
           {head_ + "half a segment\r" + pid, "HL7_MALFORMED"},
           {head_, "KEY_MISSING"},
       })
    EXPECT_EQ(describe_outcome(apply_hl7(set, row.body)), row.expected) << row.body;
}

TEST_F(Hl7, NamesAreJoinedAndTheRepetitionInCharactersCounts) {
  EXPECT_EQ(name("person_name(PID-5)", "王^试子^^^^^L"), "王试子");
  EXPECT_EQ(name("person_name(PID-5)", "Chen^Shilan^^^^^L^A~陈试兰^^^^^^L^I"), "陈试兰");
  EXPECT_EQ(name("person_name(PID-5)", "^赵试石"), "赵试石");
  EXPECT_EQ(name("person_name(PID-5)", "Smith&van^Anna^Maria^Jr"), "Smith Anna Maria");
  EXPECT_EQ(name("person_name(PID-5)", "王试子^王试子"), "王试子") << "the whole name in both places";
  EXPECT_EQ(name("person_name(PID-5)", "~^~ "), "(none)");
  EXPECT_EQ(name("person_name(NK1[3='MTH']-2)", "", "NK1|1|陈^试兰|MTH\r"), "陈试兰");
}

TEST_F(Hl7, IdentifiersAreChosenByTypeThenBySystem) {
  MappingFolder folder;
  const std::string codes =
      "code,meaning\nNNCN,citizen\n1.2.3,citizen\nHUBEI,citizen\nPI,chart\nMR,record\nPPN,other\nNI,system\n";
  folder.write("codes/ids.csv", codes);
  auto found = [&](const std::string& expression, const std::string& pid3) {
    auto set = folder
                   .write("death.yaml",
                          "map: test.death\nfrom: { format: hl7 }\nkey: ['1']\nversion: timestamp(MSH-7)\n"
                          "evidence: hospital\nfact: death\nset:\n  person.police_id: \"" +
                              expression + "\"\n  person.name: PID-5\n  on: date(PID-29, 'yyyyMMdd')\n")
                   .set();
    auto outcome = apply_hl7(set, head_ + "PID|1||" + pid3 + "||n||||||||||||||||||||||||20261118\r");
    if (const auto* rejected = std::get_if<Rejected>(&outcome)) return rejected->error.code;
    const auto& identifiers = fact_of(outcome).people.at(0).identifiers;
    return identifiers.empty() ? "(none)" : identifiers[0].value;
  };
  const std::string citizen = "identifier(ids, 'citizen', PID-3)", chart = "identifier(ids, 'chart', PID-3)";
  EXPECT_EQ(found(citizen, "C1^^^F^PI~N1^^^X^NNCN"), "N1");
  EXPECT_EQ(found(citizen, "C1^^^F^PI~N1^^^&1.2.3&ISO^NI"), "N1") << "the type leaves it to the system";
  EXPECT_EQ(found(citizen, "C1^^^F^PI~N1^^^hubei"), "N1") << "no type; the system by its name";
  EXPECT_EQ(found(citizen, "C1^^^F^PI~N1^^^&1.2.3&ISO^PPN"), "(none)") << "a type outweighs the system";
  EXPECT_EQ(found(citizen, "C1^^^F^PI~32222819500312011X^^^Q^ABC"), "32222819500312011X") << "a right number";
  EXPECT_EQ(found(citizen, "C1^^^F^PI~322228195003120110^^^Q^ABC"), "(none)") << "a wrong one";
  EXPECT_EQ(found(chart, "N1^^^X^NNCN~C1^^^F^pi~C2^^^F^PI"), "C1");
  EXPECT_EQ(found(chart, ""), "(none)");
  EXPECT_EQ(found("unlisted(ids, PID-3)", "C1^^^F^PI~N1^^^Q^ABC"), "CODE_UNKNOWN");
  EXPECT_EQ(found("unlisted(ids, PID-3)", "C1^^^F^PI~N1~N2^^^&1.2.3&ISO^ABC"), "(none)")
      << "no type, or a listed system";
  EXPECT_EQ(found("first_of(" + citizen + ", unlisted(ids, PID-3))", "N1^^^Q^ABC~N2^^^X^NNCN"), "N2");
}

TEST_F(Hl7, AMessageWithSeveralPatientsHasARecordForEach) {
  MappingFolder folder;
  auto set = folder.write("death.yaml", mapping("first_of(MRG-1, 'no MRG')")).set();
  const auto pid = [](const std::string& chart) {
    return "PID|1||" + chart + "||n||||||||||||||||||||||||20261118\r";
  };
  const auto outcome =
      apply_hl7(set, head_ + "EVN|A40\r" + pid("Z1") + "MRG|O1\r" + pid("Z2") + pid("Z3") + "MRG|O3\r");
  const auto& facts = std::get<Mapped>(outcome).facts;
  ASSERT_EQ(facts.size(), 3U);
  EXPECT_EQ(facts[0].key + facts[1].key + facts[2].key, "Z1Z2Z3");
  EXPECT_EQ(facts[0].people.at(0).name, "O1");
  EXPECT_EQ(facts[1].people.at(0).name, "no MRG");
  EXPECT_EQ(facts[2].people.at(0).name, "O3");
  const auto wrong = error_of(apply_hl7(set, head_ + pid("Z1") + pid("")));
  EXPECT_EQ(wrong.code, "KEY_MISSING") << "refused whole";
  EXPECT_EQ(wrong.place, "PID[2], PID-3.1");
}

TEST_F(Hl7, ASegmentIsThereByItsName) {
  EXPECT_EQ(name("if present(PV1-0) then 'there' else 'not'", "", "PV1|\r"), "there");
  EXPECT_EQ(name("if present(PV1-0) then 'there' else 'not'", "", "NK1|1\r"), "not");
}

TEST_F(Hl7, AnLfInsideAFieldOfACrMessageIsText) {
  MappingFolder folder;
  auto set = folder.write("death.yaml", mapping("PV1-2")).set();
  const std::string pid = "PID|1||Z1||n||||||||||||||||||||||||20261118\r";
  EXPECT_EQ(
      fact_of(apply_hl7(set, head_ + pid + "OBX|1|TX|N||one\ntwo\n\nthree\rPV1|1|I\r")).people.at(0).name,
      "I");
  EXPECT_EQ(fact_of(apply_hl7(set, head_ + pid + "OBX|1|TX|N||one\nPV1|1|I\r")).people.at(0).name, "I")
      << "a segment is not hidden in the text before it";
}

TEST_F(Hl7, WithoutADeclaredCharsetMsh18Decides) {
  MappingFolder folder;
  auto set = folder.write("death.yaml", mapping("PID-5")).set();
  auto body = [](const std::string& charset, const std::string& name) {
    return "MSH|^~\\&|HIS|A|||20261118||ADT^A03|1|P|2.5.1||||||" + charset + "\rPID|1||Z1||" + name +
           "||||||||||||||||||||||||20261118\r";
  };
  EXPECT_EQ(fact_of(apply_hl7(set, body("GB 18030-2000", "\xCD\xF5"), "")).people.at(0).name, "王");
  EXPECT_EQ(fact_of(apply_hl7(set, body("UNICODE UTF-8", "王"), "")).people.at(0).name, "王");
  EXPECT_EQ(fact_of(apply_hl7(set, body("", "Wang"), "")).people.at(0).name, "Wang");
  EXPECT_EQ(error_of(apply_hl7(set, body("", "王"), "")).code, "CHARSET_UNKNOWN");
  EXPECT_EQ(error_of(apply_hl7(set, body("UNICODE", "王"), "")).code, "CHARSET_UNKNOWN");
  EXPECT_EQ(fact_of(apply_hl7(set, body("UNICODE UTF-8", "\xCD\xF5"), "GB2312")).people.at(0).name, "王");
}

TEST(Readers, OneSetServesManyThreads) {
  const std::filesystem::path mappings = std::filesystem::path(kinhub::tests::source_dir()) / "mappings";
  auto read = MappingSet::read(mappings / "civil_affairs", mappings / "codes");
  const auto& set = std::get<MappingSet>(read);
  std::ifstream in(mappings / "civil_affairs/samples/civil_adoption.json", std::ios::binary);
  const std::string body((std::istreambuf_iterator<char>(in)), {});
  const auto expected = std::get<Mapped>(apply_json(set, body)).facts;
  std::atomic<int> same = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int round = 0; round < 200; ++round) {
          auto outcome = apply_json(set, body);
          if (const auto* mapped = std::get_if<Mapped>(&outcome)) same += mapped->facts == expected;
        }
      });
  }
  EXPECT_EQ(same, 800);
}

TEST(Readers, AnyBytesGetAnAnswer) {
  MappingFolder folder;
  for (const char* format : {"xml, each: /list/R", "json, each: data.rows", "csv"}) {
    auto name = std::string(format).substr(0, 3);
    folder.write(name + ".yaml", "map: test." + name + "\n" +
                                     death_mapping(std::string("{ format: ") + format + " }").substr(16));
  }
  folder.write("hl7.yaml", "map: test.hl7\nfrom: { format: hl7 }\nfilter: seen\n");
  auto set = folder.set();
  const std::vector<std::pair<std::string, std::string>> whole = {
      {"application/xml", "<list>" + record("<NAME>a</NAME>") + "</list>"},
      {"application/json", R"({"data":{"rows":[{"ID":7,"VERSION":"20261118","ON":"20261118"}]}})"},
      {"text/csv", "ID,VERSION,NUMBER,NAME,ON\r\n7,20261118,1,\"a\",20261118\r\n"},
      {"application/hl7-v2", "MSH|^~\\&|HIS|A|||20261118||ADT^A03|1\rPID|1||Z1\r"}};
  for (unsigned seed : test::seeds({1})) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 20'000; ++round) {
      auto [type, body] = whole[random() % whole.size()];
      for (auto changes = random() % 6; changes > 0 && !body.empty(); --changes) {
        auto at = random() % body.size();
        switch (random() % 3) {
          case 0:
            body[at] = static_cast<char>(random());
            break;
          case 1:
            body.erase(at, random() % 8);
            break;
          default:
            body.insert(at, body.substr(random() % body.size(), random() % 30));
        }
      }
      auto outcome = set.apply({body, type, random() % 2 ? "UTF-8" : "GB18030"});
      if (const auto* rejected = std::get_if<Rejected>(&outcome)) {
        ASSERT_FALSE(rejected->error.code.empty()) << body;
        ASSERT_EQ(rejected->error.text.find(good_number), std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace kinhub
