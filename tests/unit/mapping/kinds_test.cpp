// Every kind of fact in the table can be written by a mapping, every field of it, and is described.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "hub/mapping/compiled.hpp"
#include "tests/places/places.hpp"
#include "tests/unit/mapping/set_for_test.hpp"

namespace kinhub {
namespace {

/// How a field is written in a mapping, and a value for it in the message.
struct Written {
  std::string expression, value;
};
Written written(const FieldRule& rule, const std::string& column) {
  switch (rule.type) {
    case FieldType::identifier:
      if (rule.field.ends_with("citizen_number")) return {"citizen_id(" + column + ")", "322228200005210171"};
      if (rule.field.ends_with("disability_certificate"))
        return {"disability_card(" + column + ")", "32222820000521017142"};
      return {column, "A1"};
    case FieldType::sex:
      return {"code(sex, " + column + ")", "1"};
    case FieldType::date:
      return {"date(" + column + ", 'yyyyMMdd')", "20200229"};
    case FieldType::integer:
    case FieldType::money:
      return {"integer(" + column + ")", "3"};
    case FieldType::region:
      return {"region(" + column + ")", "322228"};
    case FieldType::area:
      return {"area(" + column + ")", "322228001001"};
    case FieldType::code:
      if (!rule.words.empty())
        return {"'" + std::string(rule.words.substr(0, rule.words.find('|'))) + "'", ""};
      return {column, "01"};
    case FieldType::name:
    case FieldType::text:
      return {column, "王试子"};
  }
  return {};
}

TEST(EveryKind, IsAcceptedByTheLoaderWithEachOfItsFieldsAndMapped) {
  for (const auto& kind : fact_kinds()) {
    std::string set, header = "ID,VERSION", row = "1,20260101000000";
    std::size_t column = 0;
    const auto rules = fields_of(kind.kind);
    for (const auto& rule : rules) {
      const auto name = "C" + std::to_string(++column);
      const auto how = written(rule, name);
      set += "  " + std::string(rule.field) + ": \"" + how.expression + "\"\n";
      header += "," + name, row += "," + how.value;
    }
    MappingFolder folder;
    folder.write("row.yaml",
                 "map: test.row\nfrom: { format: csv }\nkey: [ID]\nversion: timestamp(VERSION)\n"
                 "evidence: certificate\nfact: " +
                     std::string(kind.name) + "\nset:\n" + set);
    ASSERT_EQ(folder.errors(), std::vector<std::string>()) << kind.name;
    const auto outcome = folder.set().apply({header + "\n" + row + "\n", "text/csv", "UTF-8"});
    const auto* mapped = std::get_if<Mapped>(&outcome);
    ASSERT_TRUE(mapped) << kind.name << " " << describe_outcome(outcome);
    ASSERT_EQ(mapped->facts.size(), 1u) << kind.name;
    for (const auto& rule : rules)
      EXPECT_TRUE(text_of_field(mapped->facts[0], rule.field)) << kind.name << " " << rule.field;
  }
}

TEST(EveryKind, CannotBeWithoutItsPerson) {
  for (const auto& kind : fact_kinds()) {
    MappingFolder folder;
    std::string set = "  registered: date(DAY, 'yyyyMMdd')\n";
    for (const auto& rule : fields_of(kind.kind))
      if (rule.required)
        set += "  " + std::string(rule.field) + ": \"" + written(rule, "X").expression + "\"\n";
    folder.write("row.yaml",
                 "map: test.row\nfrom: { format: csv }\nkey: [ID]\nversion: timestamp(VERSION)\n"
                 "evidence: certificate\nop: retract\nfact: " +
                     std::string(kind.name) + "\nset:\n" + set);
    const auto outcome =
        folder.set().apply({"ID,VERSION,DAY,X\n1,20260101,20260101,\n", "text/csv", "UTF-8"});
    const auto* rejected = std::get_if<Rejected>(&outcome);
    ASSERT_TRUE(rejected) << kind.name << " " << describe_outcome(outcome);
    EXPECT_EQ(rejected->error.code, "PERSON_MISSING") << kind.name;
    EXPECT_EQ(rejected->field, name_of(about(kind))) << kind.name;
  }
}

TEST(EveryKind, StandsInTheManualOfMappingsWithEveryFieldAndWord) {
  std::ifstream in(std::filesystem::path(tests::source_dir()) / "docs" / "mapping.md");
  const std::string manual((std::istreambuf_iterator<char>(in)), {});
  for (const auto& kind : fact_kinds()) {
    const auto row = manual.find("\n| `" + std::string(kind.name) + "` |");
    ASSERT_NE(row, std::string::npos) << kind.name;
    const auto text = manual.substr(row + 1, manual.find('\n', row + 1) - row);
    for (const auto& use : kind.fields) {
      if (use.need == FieldUse::Need::absent) continue;
      EXPECT_NE(text.find(name_of(use.field)), std::string::npos) << kind.name << " " << name_of(use.field);
      for (auto words = use.words; !words.empty();
           words.remove_prefix(std::min(words.find('|'), words.size() - 1) + 1))
        EXPECT_NE(text.find(words.substr(0, words.find('|'))), std::string::npos)
            << kind.name << " " << words;
    }
  }
}

}  // namespace
}  // namespace kinhub
