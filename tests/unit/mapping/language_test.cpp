#include "tests/unit/mapping/set_for_test.hpp"

namespace kinhub {
namespace {

std::string csv_mapping(const std::string& set_and_more) {
  return "map: test.death\nfrom: { format: csv }\nkey: [ID]\nversion: timestamp(ID)\nevidence: "
         "hospital\nfact: death\n" +
         set_and_more;
}

/// What `expression` comes to as a person's name, given the columns A, B, C.
std::string value_of(const std::string& expression, const std::string& a, const std::string& b = "",
                     const std::string& c = "") {
  MappingFolder folder;
  folder.write("death.yaml",
               csv_mapping("set:\n  on: date(ID, 'yyyyMMdd')\n  person.police_id: ID\n  person.name: \"" +
                           expression + "\"\n"));
  auto outcome =
      folder.set().apply({"ID,A,B,C\n20261118," + a + "," + b + "," + c + "\n", "text/csv", "UTF-8"});
  if (const auto* rejected = std::get_if<Rejected>(&outcome)) return rejected->error.code;
  return std::get<Mapped>(outcome).facts.at(0).people.at(0).name.value_or("(none)");
}

TEST(Expressions, HelpersAndOperators) {
  struct Row {
    const char* expression;
    const char* a;
    const char* b;
    const char* expected;
  };
  for (const auto& row : std::initializer_list<Row>{
           {"A", " x ", "", "x"},
           {"A", "\xE3\x80\x80", "", "(none)"},
           {"concat(A, '-', B)", "x", "y", "x-y"},
           {"concat(A, '-', B)", "x", "", "(none)"},
           {"concat(A, first_of(B, 'z'))", "x", "", "xz"},
           {"first_of(A, B)", "", "y", "y"},
           {"first_of(null, A)", "x", "", "x"},
           {"substr(A, 2, 2)", "王试男女", "", "试男"},
           {"substr(A, 4, 2)", "abc", "", "(none)"},
           {"substr(A, 3, 9)", "abc", "", "c"},
           {"upper(A)", "ab王", "", "AB王"},
           {"code(sex, A)", "1", "", "male"},
           {"code(sex, A)", "Q", "", "CODE_UNKNOWN"},
           {"code(sex, A, 'other')", "Q", "", "other"},
           {"code(sex, A)", "", "", "(none)"},
           {"if A = 'x' then 'yes' else 'no'", "x", "", "yes"},
           {"if A = 'x' then 'yes' else 'no'", "", "", "no"},
           {"if A != 'x' then 'yes' else 'no'", "", "", "yes"},
           {"if A in ('x', 'y') then 'yes' else 'no'", "y", "", "yes"},
           {"if A not in ('x', 'y') then 'yes' else 'no'", "", "", "yes"},
           {"if not (A = 'x' or B = 'y') then 'yes' else 'no'", "a", "b", "yes"},
           {"if A = 'x' or B = 'y' and A = 'z' then 'yes' else 'no'", "x", "n", "yes"},
           {"if not A = 'x' and present(B) then 'yes' else 'no'", "a", "b", "yes"},
           {"if A = B then 'yes' else 'no'", "", "", "no"},
           {"if A = 'x' then 'one' else if A = 'y' then 'two' else 'three'", "y", "", "two"},
           {"if present(A) then A else null", "", "", "(none)"},
           {"`A`", "x", "", "x"},
           {"if integer(A) = 12 then 'yes' else 'no'", "12", "", "yes"},
           {"if integer(A) = 12 then 'yes' else 'no'", "1x", "", "INTEGER_FORMAT"},
           {"if true then A else B", "x", "y", "x"},
       })
    EXPECT_EQ(value_of(row.expression, row.a, row.b), row.expected) << row.expression;
}

TEST(Expressions, AWrongNumberIsToldWithItsPlaceAndMasked) {
  MappingFolder folder;
  auto set =
      folder
          .write("death.yaml",
                 csv_mapping("set:\n  on: date(ID, 'yyyyMMdd')\n  person.citizen_number: citizen_id(A)\n"))
          .set();
  auto outcome = set.apply({"ID,A\n20261118,322228200005210170\n", "text/csv", "UTF-8"});
  const auto& rejected = std::get<Rejected>(outcome);
  EXPECT_EQ(rejected.mapping, "test/death");
  EXPECT_EQ(rejected.field, "person.citizen_number");
  EXPECT_EQ(describe(rejected.error),
            "line 2, column A: '999999999999999999', 18 characters: the check character does not fit the "
            "other 17: ask the source "
            "to correct it "
            "[CITIZEN_ID_CHECK]");
}

TEST(Expressions, CountsOfAPublishedChangeAreReadFromJsonNumbers) {
  MappingFolder folder;
  auto set =
      folder
          .write("death.yaml",
                 "map: test.death\nfrom: { format: json, each: $ }\nkey: [after.id]\n"
                 "version: timestamp(source.ts_ms, 'epoch_ms')\nevidence: hospital\nfact: death\nset:\n"
                 "  on: date(after.died, 'epoch_days')\n  person.born: date(after.born, 'local_epoch_us')\n"
                 "  person.police_id: after.id\n")
          .set();
  auto outcome = set.apply(
      {R"({"after":{"id":7,"died":20775,"born":-456710400000000},"source":{"ts_ms":1795000000123}})",
       "application/json", ""});
  const auto& fact = std::get<Mapped>(outcome).facts.at(0);
  EXPECT_EQ(fact.version, "20261118190640123");
  EXPECT_EQ(fact.on->text(), "2026-11-18");
  EXPECT_EQ(fact.people.at(0).born->text(), "1955-07-13");
  outcome = set.apply(
      {R"({"after":{"id":7,"died":2.5},"source":{"ts_ms":1795000000123}})", "application/json", ""});
  EXPECT_EQ(std::get<Rejected>(outcome).error.code, "DATE_FORMAT");
}

TEST(Loading, EveryProblemIsFoundWithLineAndColumn) {
  MappingFolder folder;
  folder.write("other.yaml", "map: test.something\nfrom: { format: yaml }\n");
  folder.write("death.yaml",
               "map: test.death\n"
               "from: { format: csv }\n"
               "key: [ID]\n"
               "version: ID\n"
               "evidence: hospitel\n"
               "fact: death\n"
               "set:\n"
               "  person.citizen_numbre: citizen_id(A)\n"
               "  person.citizen_number: A\n"
               "  person.sex: code(sexx, B)\n"
               "  person.name: uper(A)\n"
               "  on: \"date(A, 'yyyyMMDD')\"\n"
               "unmaped: report\n");
  const std::vector<std::string> expected = {
      "death.yaml:13:1: 'unmaped' is no key of a mapping file; did you mean 'unmapped'? [MAP_FILE]",
      "death.yaml:5:11: evidence is one of police_registration, certificate, hospital, cremation, "
      "insurance, care_desk [MAP_FILE]",
      "death.yaml:4:10: version must be a timestamp(...): versions are compared as text of one width "
      "[MAP_TYPE]",
      "death.yaml:8:3: a death has no field 'person.citizen_numbre'; did you mean 'person.citizen_number'? "
      "[MAP_FIELD]",
      "death.yaml:9:26: 'person.citizen_number' is a citizen number, this is a text: write citizen_id(x) "
      "[MAP_TYPE]",
      "death.yaml:10:20: there is no code table 'sexx'; did you mean 'sex'? [MAP_EXPRESSION]",
      "death.yaml:11:16: there is no helper 'uper'; did you mean 'upper'? [MAP_EXPRESSION]",
      "death.yaml:12:16: 'DD' is no part of a date pattern: yyyy MM dd HH mm ss SSS X are, or the whole is "
      "epoch_days, "
      "epoch_ms, local_epoch_ms (or _us, _ns), iso, hl7 or any [MAP_EXPRESSION]",
      "other.yaml:1:6: the name must be <agency>.other, as the file is called [MAP_FILE]",
      "other.yaml:2:17: from.format is one of xml, json, csv, hl7 [MAP_FILE]",
  };
  EXPECT_EQ(folder.errors(), expected);
}

TEST(Loading, ANameStandsForItsExpression) {
  MappingFolder folder;
  auto set =
      folder
          .write("death.yaml",
                 "map: test.death\nfrom: { format: csv, when: \"dead and A != 'x'\" }\n"
                 "let:\n  said: upper(A)\n  dead: said = 'Y' or B = 'y'\n  died_on: date(ID, 'yyyyMMdd')\n"
                 "key: [ID]\nversion: timestamp(ID)\nevidence: hospital\nfact: death\n"
                 "set: { person.police_id: \"concat(said, `said`)\", on: died_on }\n")
          .set();
  const auto outcome = set.apply({"ID,A,B,said\n20261118,y,,z\n", "text/csv", "UTF-8"});
  EXPECT_EQ(std::get<Mapped>(outcome).facts.at(0).people.at(0).identifiers.at(0).value, "Yz");
  EXPECT_EQ(describe_outcome(set.apply({"ID,A,B,said\n20261118,n,,z\n", "text/csv", "UTF-8"})), "NO_MAPPING");
  MappingFolder wrong;
  wrong.write(
      "death.yaml",
      "map: test.death\nfrom: { format: csv }\nfilter: x\n"
      "let:\n  upper: A\n  Dead: A\n  later: earlier = 'x'\n  earlier: A\n  ids: identifier(sex, 'x', A)\n");
  EXPECT_EQ(wrong.errors(), (std::vector<std::string>{"death.yaml:5:3: a name is a word of small letters, "
                                                      "digits and _ that means nothing else [MAP_FILE]",
                                                      "death.yaml:6:3: a name is a word of small letters, "
                                                      "digits and _ that means nothing else [MAP_FILE]",
                                                      "death.yaml:9:8: this helper reads the repetitions of "
                                                      "fields of HL7: identifier(table, 'meaning', PID-3) "
                                                      "[MAP_EXPRESSION]"}));
}

/// What is evaluated once for several places of a file means at each what it would mean there alone.
TEST(Sharing, ARepeatedExpressionFailsAtEachPlaceByItself) {
  const std::string start =
      "map: test.death\nfrom: { format: csv }\nkey: [ID]\nversion: timestamp(ID)\nevidence: "
      "hospital\nfacts:\n";
  const std::string lenient =
      "  - fact: identity\n    set:\n      person.police_id: ID\n"
      "      person.citizen_number: { from: citizen_id(A), on_error: null }\n";
  const std::string strict =
      "  - fact: death\n    set:\n      person.police_id: ID\n      person.citizen_number: citizen_id(A)\n"
      "      on: date(ID, 'yyyyMMdd')\n";
  auto apply = [](const std::string& text, const std::string& a) {
    MappingFolder folder;
    return folder.write("death.yaml", text).set().apply({"ID,A\n20261118," + a + "\n", "text/csv", "UTF-8"});
  };
  for (const auto& text : {start + lenient + strict, start + strict + lenient}) {
    const auto refused = apply(text, "322228200005210170");
    const auto* rejected = std::get_if<Rejected>(&refused);
    ASSERT_NE(rejected, nullptr);
    EXPECT_EQ(rejected->error.code, "CITIZEN_ID_CHECK");
    EXPECT_EQ(rejected->field, "person.citizen_number");
    EXPECT_NE(rejected->error.place.find("column A"), std::string::npos) << rejected->error.place;
    const auto read = apply(text, "322228200005210171");
    for (const auto& fact : std::get<Mapped>(read).facts)
      EXPECT_EQ(fact.people.at(0).identifiers.at(0).value, "322228200005210171");
  }
}

TEST(Sharing, ANumberReadExactlyAtOnePlaceIsRefusedAtAnother) {
  MappingFolder folder;
  auto set = folder
                 .write("death.yaml",
                        "map: test.death\nfrom: { format: json, each: $ }\nkey: [exact(ID)]\n"
                        "version: timestamp(T)\nevidence: hospital\nfact: death\n"
                        "set: { on: \"date(T, 'yyyyMMdd')\", person.police_id: exact(ID), person.name: \"if "
                        "X = 'y' then ID else 'n'\", "
                        "person.chart: ID }\n")
                 .set();
  const auto outcome =
      set.apply({R"({"ID":9007199254740993,"T":"20261118","X":"n"})", "application/json", "UTF-8"});
  EXPECT_EQ(describe_outcome(outcome), "JSON_NUMBER");
  EXPECT_EQ(std::get<Rejected>(outcome).field, "person.chart");
}

TEST(Sharing, MoreRepeatedExpressionsThanAreRememberedAreReadAllTheSame) {
  std::string text =
      "map: test.death\nfrom: { format: csv }\nkey: [ID]\nversion: timestamp(ID)\nevidence: "
      "hospital\nfacts:\n";
  std::string header = "ID", row = "20261118";
  for (int i = 0; i < 40; ++i) {
    const auto column = "C" + std::to_string(i);
    header += "," + column, row += ",n" + std::to_string(i);
    for (int twice = 0; twice < 2; ++twice)
      text += "  - fact: identity\n    key: [\"'" + std::to_string(i) + "-" + std::to_string(twice) +
              "'\"]\n    when: \"" + column +
              " != ''\"\n    set: { person.police_id: ID, person.name: \"concat(" + column + ", upper(" +
              column + "))\" }\n";
  }
  MappingFolder folder;
  const auto outcome =
      folder.write("death.yaml", text).set().apply({header + "\n" + row + "\n", "text/csv", "UTF-8"});
  ASSERT_TRUE(std::holds_alternative<Mapped>(outcome)) << describe_outcome(outcome);
  const auto& facts = std::get<Mapped>(outcome).facts;
  ASSERT_EQ(facts.size(), 80u);
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const auto number = std::to_string(i / 2);
    EXPECT_EQ(facts[i].people.at(0).name, "n" + number + "N" + number);
  }
}

TEST(Loading, AWithdrawalNeedsNoMoreThanARetraction) {
  MappingFolder folder;
  auto set =
      folder
          .write("death.yaml",
                 "map: test.death\nfrom: { format: csv }\nkey: [ID]\nversion: timestamp(ID)\n"
                 "evidence: hospital\nfact: death\nop: { if: \"A = 'N'\", then: withdraw, else: retract }\n"
                 "set: { person.police_id: ID }\n")
          .set();
  EXPECT_EQ(describe_outcome(set.apply({"ID,A\n20261118,N\n", "text/csv", "UTF-8"})), "withdraw:death");
  EXPECT_EQ(describe_outcome(set.apply({"ID,A\n20261118,Y\n", "text/csv", "UTF-8"})), "retract:death");
}

TEST(Loading, TheLastKindOfFactIsSuggestedLikeAnyOther) {
  MappingFolder folder;
  folder.write("void.yaml",
               "map: test.void\nfrom: { format: csv }\nkey: [ID]\n"
               "version: timestamp(T, 'yyyyMMdd')\nfact: adoption_voidet\nset: {}\n");
  ASSERT_EQ(folder.errors().size(), 1u);
  EXPECT_NE(folder.errors().front().find("did you mean 'adoption_voided'?"), std::string::npos)
      << folder.errors().front();
}

TEST(Loading, WhatIsNotUnderstoodIsRefused) {
  struct Row {
    std::string text;
    const char* error;
  };
  const std::string set = "set: { on: \"date(A, 'yyyyMMdd')\", person.name: B }\n";
  for (const auto& row : std::vector<Row>{
           {csv_mapping(set + "set: {}\n"), "the key 'set' stands here twice"},
           {csv_mapping("set: { on: \"date(A, 'yyyyMMdd')\", on: B }\n"), "the key 'on' stands here twice"},
           {csv_mapping("set: { person.name: B }\n"), "a death needs the field 'on'"},
           {csv_mapping("set: { on: { from: \"date(A, 'yyyy')\", on_error: null } }\n"),
            "its error cannot be passed over"},
           {csv_mapping("set: { on: \"date(A, 'yyyyMMdd')\", grade: integer(B) }\n"),
            "a death has no field 'grade'"},
           {csv_mapping("set: { on: B }\n"), "'on' is a date, this is a text"},
           {csv_mapping("set: { on: \"date(A, 'yyyyMMdd')\", person.sex: B }\n"),
            "'person.sex' is one of male, female, unknown"},
           {csv_mapping("set: { on: \"date(A, 'yyyyMMdd')\", person.sex: \"code(status, B)\" }\n"),
            "this can be 'ended'"},
           {csv_mapping("set: { on: \"if A then B else C\" }\n"), "expected a condition, this is a text"},
           {csv_mapping("set: { on: \"first_of(A, date(B, 'yyyyMMdd'))\" }\n"),
            "all branches must give the same"},
           {csv_mapping("set: { on: \"date(A)\" }\n"), "this helper is used as date(x, 'yyyyMMdd', ...)"},
           {csv_mapping("set: { on: \"date(A, B)\" }\n"), "a date pattern is a 'literal'"},
           {csv_mapping("set: { on: \"date(A, 'epoch_days', 'epoch_ms')\" }\n"),
            "only one of the patterns may count"},
           {"map: test.death\nfrom: { format: csv }\nkey: [A]\nevidence: hospital\nfact: death\nversion: "
            "timestamp(A, 'epoch_days')\n" +
                set,
            "a time stamp is counted in epoch_ms"},
           {"map: test.death\nfrom: { format: csv }\nkey: [A]\nevidence: hospital\nfact: death\nversion: "
            "timestamp(A, B)\n" +
                set,
            "the form of a time stamp is a 'literal'"},
           {csv_mapping("set: { on: \"date(A, 'yyyyMMdd') = A\" }\n"), "expected a text, this is a date"},
           {csv_mapping("set: { on: \"A ; B\" }\n"), "';' has no meaning here"},
           {csv_mapping("set: { on: \"'open\" }\n"), "the quote is not closed"},
           {csv_mapping("set: { on: \"" + std::string(200, '(') + "A\" }\n"),
            "an expression nests at most 32 deep"},
           {csv_mapping("set: { on: \"" + std::string(5000, 'A') + "\" }\n"), "at most 4096 characters"},
           {csv_mapping("set: { on: \"" +
                        [] {
                          std::string s;
                          for (int i = 0; i < 100; ++i)
                            s += "not ";
                          return s;
                        }() +
                        "true\" }\n"),
            "an expression nests at most 32 deep"},
           {"- a\n- b\n", "a mapping file is one YAML document"},
           {"a: [1\n", "not valid YAML"},
           {"a: &x [*x]\n", "MAP_"},
           {std::string(3000, '['), "not valid YAML"},
           {"map: test.death\nfrom: { format: xml, each: RECORD }\n", "the absolute path of the records"},
           {"map: test.death\nfrom: { format: xml, each: /a/b }\n",
            "the file gives no fact and does not filter"},
           {"map: test.death\nfrom: { format: hl7, when: \"PID3 = 'x'\" }\nfilter: x\n",
            "expected '-' and a field number"},
           {"map: test.death\nfrom: { format: hl7, when: \"PID-3[5=NNCN].1 = 'x'\" }\nfilter: x\n",
            "'single quotes'"},
           {"map: test.death\nfrom: { format: xml, each: /a, when: \"..//b = 'x'\" }\nfilter: x\n",
            "'.' has no meaning here"},
       }) {
    MappingFolder folder;
    folder.write("death.yaml", row.text);
    std::string all;
    for (const auto& error : folder.errors())
      all += error + "\n";
    EXPECT_NE(all.find(row.error), std::string::npos) << row.text.substr(0, 300) << "\ngave " << all;
    EXPECT_NE(all.find("death.yaml:"), std::string::npos) << all;
  }
}

TEST(Loading, CodeTablesAreChecked) {
  struct Row {
    const char* csv;
    const char* error;
  };
  for (const auto& row :
       std::initializer_list<Row>{{"a,b\n1,x\n", "the header of a code table is"},
                                  {"code,meaning\n1,x\n1,y\n", "the code '1' stands in the table twice"},
                                  {"code,meaning\n1,\n", "must both be given"},
                                  {"code,meaning\n1,x,y\n", "not as many cells"},
                                  {"code,meaning\n1,\xFF\n", "UTF-8"}}) {
    MappingFolder folder;
    folder.write("death.yaml", csv_mapping("set: { on: \"date(A, 'yyyyMMdd')\", person.name: B }\n"))
        .write("codes/bad.csv", row.csv);
    auto errors = folder.errors();
    ASSERT_EQ(errors.size(), 1u) << row.csv;
    EXPECT_NE(errors[0].find(row.error), std::string::npos) << errors[0];
    EXPECT_TRUE(errors[0].starts_with("codes/bad.csv")) << errors[0];
  }
}

TEST(Origins, OfEachFactItsRuleAndOfEachFieldItsLineAndTheSourcesWords) {
  MappingFolder folder;
  const std::string rules =
      "map: test.rows\nfrom: { format: csv }\nkey: [ID]\nversion: timestamp(VERSION)\n"
      "evidence: police_registration\nfacts:\n"
      "  - fact: identity\n    set:\n      person.citizen_number: citizen_id(NUMBER)\n      "
      "person.name: NAME\n"
      "  - fact: residence\n    when: present(REGION)\n    later: succeeds\n    set:\n"
      "      person.citizen_number: citizen_id(NUMBER)\n      on: date(SINCE, 'yyyyMMdd')\n      region: "
      "region(REGION)\n"
      "  - fact: death\n    when: present(DIED)\n"
      "    set: { person.citizen_number: citizen_id(NUMBER), on: \"date(DIED, 'yyyyMMdd')\" }\n";
  folder.write("rows.yaml", rules);
  const auto set = folder.set();
  const std::string body =
      "ID,VERSION,NUMBER,NAME,REGION,SINCE,DIED\r\n"
      "1,20260101000000,322228200005210171,王试子,,,\r\n"
      "2,20260101000000,322228197503120246,李试女,320812,20210520,20261118\r\n";
  const RawEvent event{body, "text/csv", "UTF-8"};
  const auto outcome = set.apply(event);
  const auto& mapped = std::get<Mapped>(outcome);
  ASSERT_EQ(mapped.facts.size(), 4u);
  ASSERT_EQ(mapped.origins.size(), 4u);
  const auto texts = set.texts();
  ASSERT_EQ(texts.size(), 1u);
  EXPECT_EQ(texts[0].name, "test/rows");
  EXPECT_EQ(texts[0].text, rules);
  const std::uint32_t lines[] = {7, 7, 11, 18};
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(mapped.origins[i], (RuleOrigin{texts[0].digest, lines[i]})) << i;
  EXPECT_EQ(mapped.facts[2].op, Op::succeed);

  const FieldLines lines_of_fields(rules);
  EXPECT_EQ(lines_of_fields.find(7, "person.name"), 10);
  EXPECT_EQ(lines_of_fields.find(11, "region"), 17);
  EXPECT_EQ(lines_of_fields.find(11, "person.name"), std::nullopt) << "not set by that rule";
  EXPECT_EQ(lines_of_fields.find(8, "region"), std::nullopt) << "no rule begins there";

  auto raw = [&](std::size_t fact, std::string_view field) {
    std::string all;
    for (const auto& one : set.raw_values(event, fact, field))
      all += one.place + "=" + one.text + ";";
    return all;
  };
  EXPECT_EQ(raw(0, "person.name"), "line 2, column NAME=王试子;");
  EXPECT_EQ(raw(1, "person.citizen_number"), "line 3, column NUMBER=322228197503120246;");
  EXPECT_EQ(raw(2, "on"), "line 3, column SINCE=20210520;");
  EXPECT_EQ(raw(3, "on"), "line 3, column DIED=20261118;");
  EXPECT_EQ(raw(4, "on"), "") << "there is no such fact";
  EXPECT_EQ(raw(0, "region"), "") << "nor such a field of it";
}

TEST(Loading, OnlyStatesSucceedEachOther) {
  const auto errors_of = [](const std::string& later, const std::string& fact) {
    MappingFolder folder;
    folder.write("row.yaml",
                 "map: test.row\nfrom: { format: csv }\nkey: [ID]\nversion: timestamp(VERSION)\n"
                 "evidence: police_registration\nfact: " +
                     fact + "\nlater: " + later +
                     "\nset:\n  person.citizen_number: citizen_id(NUMBER)\n  on: date(SINCE, 'yyyyMMdd')\n");
    return folder.errors();
  };
  EXPECT_TRUE(errors_of("succeeds", "residence").empty());
  EXPECT_TRUE(errors_of("corrects", "residence").empty());
  EXPECT_TRUE(errors_of("{ if: \"KIND = 'moved'\", then: succeeds, else: corrects }", "residence").empty());
  const auto of_death = errors_of("succeeds", "death");
  ASSERT_EQ(of_death.size(), 1u);
  EXPECT_EQ(of_death[0],
            "row.yaml:7:8: a later version of a death corrects the one before; only states succeed each "
            "other, as residences do [MAP_FILE]");
  for (const char* wrong :
       {"replaces", "[succeeds]", "{ if: \"KIND = 'x'\", then: corrects, else: succeeds }",
        "{ then: succeeds, else: corrects }"})
    EXPECT_EQ(errors_of(wrong, "residence").size(), 1u) << wrong;
}

TEST(Loading, OnlyStatesEnd) {
  const auto errors_of = [](const std::string& op, const std::string& fact) {
    MappingFolder folder;
    folder.write("row.yaml",
                 "map: test.row\nfrom: { format: csv }\nkey: [ID]\nversion: timestamp(VERSION)\n"
                 "evidence: police_registration\nfact: " +
                     fact + "\nop: " + op +
                     "\nset:\n  person.citizen_number: citizen_id(NUMBER)\n  on: date(SINCE, 'yyyyMMdd')\n");
    return folder.errors().size();
  };
  EXPECT_EQ(errors_of("end", "residence"), 0u);
  EXPECT_EQ(errors_of("{ if: \"KIND = 'x'\", then: end, else: assert }", "residence"), 0u);
  EXPECT_EQ(errors_of("end", "death"), 1u);
  EXPECT_EQ(errors_of("{ if: \"KIND = 'x'\", then: end, else: assert }", "death"), 1u);
}

/// A file whose row tells a person, and a fact of them where the column B holds something.
std::string row_with(const std::string& fact) {
  return "map: test.row\nfrom: { format: csv }\nkey: [ID]\nversion: timestamp(VERSION)\n"
         "evidence: police_registration\nfacts:\n"
         "  - fact: identity\n    set: { person.citizen_number: citizen_id(NUMBER), person.police_id: ID, "
         "person.name: NAME }\n" +
         fact;
}

TEST(Absence, IsCheckedAtLoadWithItsPlace) {
  const auto set = [](const std::string& kind, const std::string& number = "NUMBER") {
    return "    set: { person.citizen_number: citizen_id(" + number + "), on: \"date(SINCE, 'yyyyMMdd')\"" +
           (kind == "household" ? ", household_number: B" : "") + " }\n";
  };
  const auto fact = [&](const std::string& kind, const std::string& more) {
    return row_with("  - fact: " + kind + "\n" + more + set(kind));
  };
  const auto household = [&](const std::string& absence) {
    return fact("household", "    when: present(B)\n    absence: " + absence + "\n");
  };
  const auto errors_of = [](const std::string& text) {
    MappingFolder folder;
    folder.write("row.yaml", text);
    return folder.errors();
  };
  for (const char* right :
       {"unknown", "retracts", "ends", "{ if: \"KIND = 'x'\", then: ends, else: unknown }",
        "{ if: \"KIND = 'x'\", then: retracts, else: ends }"})
    EXPECT_TRUE(errors_of(household(right)).empty()) << right;
  struct Row {
    std::string text;
    const char* error;
  };
  for (const auto& row : std::vector<Row>{
           {household("taken_back"),
            "row.yaml:11:14: absence is 'unknown', 'retracts', 'ends' or { if: condition, then: retracts, "
            "else: "
            "unknown } [MAP_FILE]"},
           {household("{ then: ends, else: unknown }"), "row.yaml:11:14: absence is"},
           {household("{ if: KIND, then: ends, else: unknown }"), "row.yaml:11:20: a condition is expected"},
           {fact("death", "    when: present(B)\n    absence: ends\n"),
            "row.yaml:11:14: only states end, as a residence does: a death does not"},
           {fact("household", "    absence: retracts\n"),
            "row.yaml:10:14: a fact without 'when' is told by every message: it is never absent"},
           {fact("household", "    when: present(B)\n    op: end\n    absence: retracts\n"),
            "row.yaml:12:14: absence is of what a rule tells"},
           {fact("alive", "    when: present(B)\n    absence: retracts\n"),
            "row.yaml:11:14: nothing follows from the absence of 'alive'"},
           {row_with("  - fact: household\n    when: present(B)\n    absence: ends\n"
                     "    set: { person.citizen_number: citizen_id(NUMBER), household_number: B }\n"),
            "row.yaml:11:14: a state that is told no more ends on the day 'on', which this fact does not "
            "set"},
           {row_with("  - fact: household\n    when: present(B)\n    absence: retracts\n" +
                     set("household", "OTHER")),
            "row.yaml:11:14: an absence needs a fact without 'when' in this file that names the same person "
            "by the "
            "same number"},
           {"map: test.row\nfrom: { format: csv }\nkey: [ID]\nversion: timestamp(VERSION)\n"
            "evidence: police_registration\nfact: household\nwhen: present(B)\nabsence: retracts\n"
            "set: { person.citizen_number: citizen_id(NUMBER), household_number: B }\n",
            "row.yaml:8:1: 'absence' is no key of a mapping file"},
       }) {
    const auto errors = errors_of(row.text);
    ASSERT_EQ(errors.size(), 1u) << row.error;
    EXPECT_TRUE(errors[0].starts_with(row.error)) << errors[0];
  }
}

TEST(Absence, IsToldOfWhomTheMessageTellsWhereNoRuleSpeaksOfTheKey) {
  MappingFolder folder;
  folder.write(
      "row.yaml",
      row_with("  - fact: household\n    when: present(B)\n"
               "    absence: { if: \"KIND = 'whole'\", then: ends, else: unknown }\n"
               "    set: { person.citizen_number: citizen_id(NUMBER), on: \"date(SINCE, 'yyyyMMdd')\", "
               "household_number: B, relation: C }\n"
               "  - fact: parentage\n    when: present(M)\n    absence: retracts\n"
               "    set: { person.citizen_number: citizen_id(NUMBER), mother.name: M }\n"
               "  - fact: parentage\n    when: \"KIND = 'adopted'\"\n    op: retract\n"
               "    set: { person.citizen_number: citizen_id(NUMBER) }\n"));
  const auto set = folder.set();
  const auto told = [&](const std::string& row) {
    const auto outcome =
        set.apply({"ID,VERSION,NUMBER,NAME,SINCE,KIND,B,C,M\n" + row + "\n", "text/csv", "UTF-8"});
    if (const auto* rejected = std::get_if<Rejected>(&outcome))
      return rejected->error.code + " " + rejected->field;
    std::string text;
    for (const auto& fact : std::get<Mapped>(outcome).facts) {
      text += std::string(name_of(fact.op)) + " " + std::string(name_of(fact.kind)) + " " + fact.key + " " +
              fact.version + (fact.on ? " " + fact.on->text() : "");
      for (const auto& mention : fact.people)
        text += " " + std::string(name_of(mention.role)) + std::to_string(mention.identifiers.size());
      text += "\n";
    }
    return text;
  };
  const std::string row = "R1,20261118,322228200005210171,王试子,20210520,";
  const std::string person = "assert identity R1 20261118 person2\n";
  EXPECT_EQ(told(row + "whole,018,20,李试女"), person +
                                                   "assert household R1 20261118 2021-05-20 person1\n"
                                                   "assert parentage R1 20261118 person1 mother0\n");
  EXPECT_EQ(told(row + "whole,,,"), person +
                                        "lapse household R1 20261118 2021-05-20 person2\n"
                                        "untold parentage R1 20261118 person2\n");
  EXPECT_EQ(told(row + "part,,,李试女"), person + "assert parentage R1 20261118 person1 mother0\n")
      << "part of a row says nothing of what it leaves out";
  EXPECT_EQ(
      told(row + "adopted,018,20,"),
      person + "assert household R1 20261118 2021-05-20 person1\nretract parentage R1 20261118 person1\n")
      << "another rule speaks of the key";
  EXPECT_EQ(told("R1,20261118,322228200005210171,王试子,,whole,,,"),
            person + "untold parentage R1 20261118 person2\n")
      << "since when it ended is not told: nothing follows";
}

TEST(Absence, OfARecordThatIsTakenBackIsTakenBackToo) {
  MappingFolder folder;
  folder.write(
      "row.yaml",
      "map: test.row\nfrom: { format: csv }\nkey: [ID]\nversion: timestamp(VERSION)\n"
      "evidence: police_registration\nop: { if: \"KIND = 'void'\", then: retract, else: assert }\n"
      // On one line: which rule told a fact is not known by its line.
      "facts: [{ fact: ethnic_group, when: present(C), set: { person.police_id: ID, ethnic_group: C } },"
      " { fact: identity, set: { person.police_id: ID, person.name: NAME } },"
      " { fact: household, when: present(B), later: succeeds, absence: ends, set: { person.police_id: ID,"
      " household_number: B, on: \"date(SINCE, 'yyyyMMdd')\" } }]\n");
  const auto set = folder.set();
  const auto told = [&](const std::string& row) {
    return describe_outcome(
        set.apply({"ID,VERSION,NAME,SINCE,KIND,B,C\n" + row + "\n", "text/csv", "UTF-8"}));
  };
  EXPECT_EQ(told("R1,20261118,王试子,20210520,,,1"), "assert:ethnic_group assert:identity lapse:household");
  EXPECT_EQ(told("R1,20261118,王试子,20210520,void,,1"),
            "retract:ethnic_group retract:identity untold:household");
  EXPECT_EQ(told("R1,20261118,王试子,20210520,void,B,1"),
            "retract:ethnic_group retract:identity retract:household");
}

TEST(Absence, ItsLineIsThatOfTheWord) {
  const auto text =
      row_with("  - fact: household\n    when: present(B)\n    absence: unknown\n    set: {}\n");
  const FieldLines lines(text);
  EXPECT_EQ(lines.of_absence(9), 11);
  EXPECT_EQ(lines.of_absence(7), std::nullopt);
  EXPECT_EQ(lines.of_absence(3), std::nullopt);
}

TEST(Choosing, ExactlyOneMappingFitsARecord) {
  MappingFolder folder;
  auto file = [](const std::string& name, const std::string& when) {
    return "map: test." + name + "\nfrom: { format: json, each: rows, when: \"" + when +
           "\" }\nfilter: " + name + "\n";
  };
  folder.write("a.yaml", file("a", "K in ('1', '3')")).write("b.yaml", file("b", "K in ('2', '3')"));
  auto set = folder.set();
  auto apply = [&](const std::string& body) { return set.apply({body, "application/json", ""}); };
  EXPECT_EQ(describe_outcome(apply(R"({"rows":[{"K":1}]})")), "filtered: a");
  EXPECT_EQ(describe_outcome(apply(R"({"rows":[{"K":"2"}]})")), "filtered: b");
  EXPECT_EQ(describe_outcome(apply(R"({"rows":[{"K":3}]})")), "AMBIGUOUS_MAPPING");
  auto none = std::get<Rejected>(apply(R"({"rows":[{"K":1},{"K":4}]})"));
  EXPECT_EQ(none.error.code, "NO_MAPPING");
  EXPECT_EQ(none.error.place, "rows[1]");
  EXPECT_EQ(describe_outcome(set.apply({"", "image/png", ""})), "FORMAT_UNKNOWN");
  EXPECT_EQ(set.names(), (std::vector<std::string>{"test/a", "test/b"}));
}

TEST(Choosing, NoFactAndNoFilterIsARejection) {
  MappingFolder folder;
  auto set =
      folder
          .write("death.yaml",
                 csv_mapping("when: \"A = 'x'\"\nset: { on: \"date(ID, 'yyyyMMdd')\", person.name: B }\n"))
          .set();
  EXPECT_EQ(describe_outcome(set.apply({"ID,A,B\n20261118,x,n\n", "text/csv", "UTF-8"})), "assert:death");
  EXPECT_EQ(describe_outcome(set.apply({"ID,A,B\n20261118,y,n\n", "text/csv", "UTF-8"})), "NO_FACT");
  EXPECT_EQ(describe_outcome(set.apply({"ID,A,B\n20261118,x,\n", "text/csv", "UTF-8"})), "PERSON_MISSING");
}

TEST(Choosing, ARetractionNeedsKeyVersionAndPersonOnly) {
  MappingFolder folder;
  auto set =
      folder
          .write("death.yaml", csv_mapping("op: { if: \"A = '1'\", then: retract, else: assert }\n"
                                           "set: { on: \"date(B, 'yyyyMMdd')\", person.police_id: C }\n"))
          .set();
  auto apply = [&](const std::string& row) {
    return describe_outcome(set.apply({"ID,A,B,C\n" + row + "\n", "text/csv", "UTF-8"}));
  };
  EXPECT_EQ(apply("20261118,0,20261118,9"), "assert:death");
  EXPECT_EQ(apply("20261118,0,,9"), "FIELD_MISSING");
  EXPECT_EQ(apply("20261118,1,,9"), "retract:death");
  EXPECT_EQ(apply("20261118,1,,"), "PERSON_MISSING");
}

TEST(Fields, TextsThatAreNoFieldAreRefused) {
  EXPECT_EQ(value_of("A", "\"a\nb\""), "FIELD_CONTROL");
  EXPECT_EQ(value_of("A", std::string(600, 'x')), "FIELD_TOO_LONG");
}

TEST(SelfTest, AFailingTestSaysWhereAndWhat) {
  MappingFolder folder;
  folder.write("death.yaml",
               csv_mapping("set: { on: \"date(ID, 'yyyyMMdd')\", person.name: B }\n"
                           "tests:\n"
                           "  - name: good\n"
                           "    input: { text: \"ID,B\\n20261118,n\", charset: UTF-8 }\n"
                           "    expect: { fact: death, on: 2026-11-18, person.name: n, person.sex: null }\n"
                           "  - name: wrong day\n"
                           "    input: { text: \"ID,B\\n20261118,n\", charset: UTF-8 }\n"
                           "    expect: [{ on: 2026-11-19 }]\n"
                           "  - name: not rejected\n"
                           "    input: { text: \"ID,B\\n20261118,n\", charset: UTF-8, replace: { B: m } }\n"
                           "    reject: { code: FIELD_MISSING }\n"
                           "  - name: too few\n"
                           "    input: { text: \"ID,B\\n20261118,n\", charset: UTF-8 }\n"
                           "    expect: []\n"
                           "  - name: not filtered\n"
                           "    input: { text: \"ID,B\\n20261118,n\", charset: UTF-8 }\n"
                           "    filter: true\n"));
  auto report = folder.set().test();
  EXPECT_EQ(report.passed, 1u);
  ASSERT_EQ(report.failed.size(), 4u);
  EXPECT_EQ(report.failed[0].text, "'wrong day': fact 1, on: expected 2026-11-19, found 2026-11-18");
  EXPECT_NE(report.failed[0].place.find("death.yaml:12:5"), std::string::npos) << report.failed[0].place;
  EXPECT_EQ(report.failed[1].text,
            "'not rejected': expected rejection FIELD_MISSING, found facts: assert death");
}

TEST(Unmapped, SourceFieldsThatNoRuleReadsAreListed) {
  MappingFolder folder;
  auto set =
      folder
          .write("death.yaml",
                 csv_mapping("set: { on: \"date(ID, 'yyyyMMdd')\", person.name: B }\nunmapped: report\n"))
          .set();
  EXPECT_EQ(set.unmapped({"ID,A,B,C,D\n20261118,x,n,y,\n", "text/csv", "UTF-8"}),
            (std::vector<std::string>{"A", "C"}));
}

}  // namespace
}  // namespace kinhub
