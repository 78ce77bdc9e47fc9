#pragma once
// Forms of the care desk: what a case worker may enter, as checked text files (mappings/care/forms/*.yaml).

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/mapping/code_table.hpp"
#include "hub/record/fact.hpp"

namespace kinhub {

class MappingSet;

/// A text in both languages.
struct Label {
  std::string zh, en;
};

/// One field of a form, with its type and limits.
struct FormField {
  enum class Type : std::uint8_t {
    text,            ///< of `least` to `most` characters
    date,            ///< as precise as `coarsest` at least
    integer,         ///< from `least` to `most`
    money,           ///< yuan as written, kept in fen
    code,            ///< out of `options`, or of a code table
    citizen_number,  ///< GB 11643
    region,          ///< six digits out of 6, 9 or 12
    area,            ///< 6, 9 or 12 digits, as they are
    yes_no
  };
  std::string item;  ///< key of the field in the event
  Label label;
  Type type = Type::text;
  bool required = false;
  std::size_t repeat = 1;  ///< at most so many values; more than one: a list in the event
  std::int64_t least = 0, most = 0;
  Precision coarsest = Precision::day;
  bool ahead = false;                                        ///< whether a day may lie after the entry
  std::vector<std::pair<std::string, std::string>> options;  ///< code and its Chinese label
  std::string table;                                         ///< name of the code table in place of options
  std::string shape;  ///< of a text that is a number with parts: each 0 stands for a digit (000000-000)
};
std::string_view name_of(FormField::Type type);

/// Written values by item, in the order in which they were given; an item may come several times.
using Values = std::vector<std::pair<std::string, std::string>>;

/// A test that stands in a form file.
struct FormTest {
  struct Refused {
    std::string field, code;
  };
  std::string name, place;
  std::vector<Identifier> person;
  Values values;
  Date today;
  Values expect;                   ///< items of the event, as text
  std::vector<std::string> facts;  ///< kinds of the facts that the mappings make of the event
  std::vector<Refused> refused;    ///< instead: exactly these errors, in this order
};

struct Form {
  std::string id;
  Label title, about;
  std::vector<FormField> fields;
  std::vector<std::vector<std::string>> one_of;  ///< of each list one item at least must be said
  bool decides_identity = false;                 ///< who is who: may make one person of two
  int late_after_days = 0;  ///< of acts: an `on` further back marks the entry late (补录); 0: none is
  std::vector<FormTest> tests;

  const FormField* field(std::string_view item) const;
};

/// All forms of a folder. Immutable: safe from any thread.
class FormSet {
 public:
  /// Parses and checks every *.yaml of `folder`, with the code tables of `codes`: the forms, or all that is
  /// wrong with them, each with file:line:column.
  static std::variant<FormSet, std::vector<Error>> read(const std::filesystem::path& folder,
                                                        const std::filesystem::path& codes);

  /// In order of id.
  const std::vector<Form>& forms() const { return forms_; }
  const CodeTables& tables() const { return tables_; }
  /// Error: NO_SUCH_FORM, with the nearest one.
  Result<const Form*> find(std::string_view id) const;

  struct TestReport {
    std::size_t passed = 0;
    std::vector<Error> failed;
  };
  /// Runs the tests in the files: what is entered becomes the event that they expect, or the errors; and the
  /// mappings of the care desk make facts of it.
  TestReport test(const MappingSet& mappings) const;

 private:
  std::vector<Form> forms_;
  CodeTables tables_;
};

}  // namespace kinhub
