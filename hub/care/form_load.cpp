// Reads form files: YAML to checked forms. Every scalar is text first; all problems are found, each with its
// place.

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <span>

#include "hub/base/nearest.hpp"
#include "hub/base/yaml.hpp"
#include "hub/care/form.hpp"
#include "hub/care/keys.hpp"
#include "hub/mapping/charset.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;
using Type = FormField::Type;
using Keys = std::span<const std::string_view>;

std::vector<std::string_view> views_of(KeyTable table) {
  std::vector<std::string_view> keys;
  for (const auto& rule : table)
    keys.push_back(rule.key);
  return keys;
}

constexpr std::size_t file_size_max = 256u << 10, nodes_max = 10'000, depth_max = 12, fields_max = 100;
constexpr std::int64_t characters_default = 500, characters_max = 4'000, repeat_max = 20;
constexpr std::int64_t integer_default = 1'000'000'000, fen_default = 100'000'000;
// Keys that each event of the care desk has of its own.
constexpr std::string_view reserved[] = {"event", "id", "version", "op", "who", "why", "late", "person"};
constexpr std::string_view type_names[] = {"text",           "date",   "integer", "money", "code",
                                           "citizen_number", "region", "area",    "yes_no"};

bool is_word(std::string_view text, char joint) {
  return !text.empty() && text.size() <= 40 && text[0] >= 'a' && text[0] <= 'z' &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == joint; });
}

std::string scalar(const YamlNode& node) {
  return node.IsScalar() ? node.Scalar() : std::string();
}

/// Parser of one file. Collects problems and goes on, so that all of them are said.
class Loader {
 public:
  Loader(const fs::path& file, const CodeTables& tables, std::vector<Error>& errors)
      : file_(file), tables_(tables), errors_(errors) {}

  Form read() {
    if (auto root = load()) form(*root);
    return std::move(form_);
  }

 private:
  void refuse(const YamlMark& mark, std::string code, std::string text) {
    const auto line = mark.line < 0 ? 1 : mark.line + 1, column = mark.column < 0 ? 1 : mark.column + 1;
    errors_.push_back({std::move(code), std::move(text), place(line, column)});
  }
  void refuse(const YamlNode& node, std::string code, std::string text) {
    refuse(node.Mark(), std::move(code), std::move(text));
  }
  std::string place(int line, int column) const {
    return file_.string() + ":" + std::to_string(line) + ":" + std::to_string(column);
  }

  std::optional<YamlNode> load() {
    std::ifstream in(file_, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto none = YamlMark{};
    if (text.empty() || text.size() > file_size_max || utf8_fault(text))
      return refuse(none, "FORM_FILE", "a form is UTF-8 text of at most 256 KiB, and not empty"),
             std::nullopt;
    try {
      const auto root = read_yaml(text);
      if (!root.IsMap())
        return refuse(none, "FORM_FILE", "a form is one YAML document, a map of keys"), std::nullopt;
      std::size_t nodes = 0;
      if (!is_bounded(root, 0, nodes)) return std::nullopt;
      return root;
    } catch (const YamlError& error) {
      return refuse(error.mark, "FORM_FILE", "not valid YAML: " + error.msg), std::nullopt;
    }
  }

  bool is_bounded(const YamlNode& node, std::size_t depth, std::size_t& nodes) {
    if (depth > depth_max || ++nodes > nodes_max)
      return refuse(node, "FORM_FILE", "the file nests too deep or is too large"), false;
    if (node.IsSequence())
      return std::all_of(node.begin(), node.end(),
                         [&](const auto& item) { return is_bounded(item, depth + 1, nodes); });
    if (node.IsMap())
      return std::all_of(node.begin(), node.end(), [&](const auto& entry) {
        return is_bounded(entry.first, depth + 1, nodes) && is_bounded(entry.second, depth + 1, nodes);
      });
    return true;
  }

  /// Iterates over the known keys of a map; unknown, doubled and non-text keys are refused. `known` empty:
  /// every key is good.
  void each_key(const YamlNode& map, std::string_view what, Keys known,
                const std::function<void(const std::string&, const YamlNode&, const YamlNode&)>& each) {
    if (!map.IsMap()) return refuse(map, "FORM_TYPE", std::string(what) + " is a map of keys");
    std::set<std::string> seen;
    for (const auto& entry : map) {
      const auto key = scalar(entry.first);
      if (key.empty()) {
        refuse(entry.first, "FORM_KEY", "a key is a word");
      } else if (!seen.insert(key).second) {
        refuse(entry.first, "FORM_DUPLICATE", "the key '" + key + "' stands here twice");
      } else if (!known.empty() && std::find(known.begin(), known.end(), key) == known.end()) {
        refuse(entry.first, "FORM_KEY",
               "'" + key + "' is no key of " + std::string(what) + did_you_mean(key, known));
      } else {
        each(key, entry.first, entry.second);
      }
    }
  }

  std::string text(const YamlNode& node, const std::string& key) {
    auto value = scalar(node);
    if (value.empty()) refuse(node, "FORM_TYPE", "'" + key + "' is a text");
    return value;
  }
  std::optional<std::int64_t> number(const YamlNode& node, const std::string& key, std::int64_t least,
                                     std::int64_t most) {
    const auto value = scalar(node);
    std::int64_t found = 0;
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), found);
    if (!value.empty() && failed == std::errc() && end == value.data() + value.size() && found >= least &&
        found <= most)
      return found;
    refuse(node, "FORM_VALUE",
           "'" + key + "' is a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
  }
  bool yes_or_no(const YamlNode& node, const std::string& key) {
    const auto value = scalar(node);
    if (value != "true" && value != "false") refuse(node, "FORM_VALUE", "'" + key + "' is true or false");
    return value == "true";
  }
  /// One of these words, by its index.
  std::optional<std::size_t> word(const YamlNode& node, const std::string& key, Keys known) {
    const auto value = scalar(node);
    const auto found = std::find(known.begin(), known.end(), value);
    if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
    refuse(node, "FORM_VALUE", "'" + value + "' is no " + key + did_you_mean(value, known));
    return std::nullopt;
  }

  Label label(const YamlNode& node, const std::string& what) {
    static const auto known = views_of(form_label_keys);
    Label label;
    each_key(node, what, known, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
      (key == "zh" ? label.zh : label.en) = text(value, key);
    });
    if (node.IsMap() && (label.zh.empty() || label.en.empty()))
      refuse(node, "FORM_MISSING", what + " has both: { zh: ..., en: ... }");
    return label;
  }

  void form(const YamlNode& root) {
    static const auto known = views_of(form_keys);
    std::optional<YamlNode> tests, one_of;
    each_key(root, "a form", known, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
      if (key == "form")
        name(value);
      else if (key == "title")
        form_.title = label(value, key);
      else if (key == "about")
        form_.about = label(value, key);
      else if (key == "fields")
        fields(value);
      else if (key == "late_after_days")
        form_.late_after_days = static_cast<int>(number(value, key, 1, 3660).value_or(0));
      else if (key == "decides_identity")
        form_.decides_identity = yes_or_no(value, key);
      else
        (key == "tests" ? tests : one_of) = value;
    });
    for (auto needed : {"form", "title", "about", "fields", "tests"})
      if (!root[needed]) refuse(root, "FORM_MISSING", "'" + std::string(needed) + "' is missing");
    if (one_of) lists_of_items(*one_of);
    if (tests) read_tests(*tests);
  }

  void name(const YamlNode& node) {
    form_.id = text(node, "form");
    if (!is_word(form_.id, '-'))
      refuse(node, "FORM_NAME", "a form is named by small letters, digits and -, a letter first");
    else if (form_.id != file_.stem().string())
      refuse(node, "FORM_NAME",
             "the form is named '" + form_.id + "' and its file is not: call it " + form_.id + ".yaml");
  }

  void fields(const YamlNode& node) {
    if (!node.IsSequence() || node.size() == 0 || node.size() > fields_max)
      return refuse(node, "FORM_TYPE", "'fields' is a list of 1 to 100 fields");
    for (const auto& item : node)
      field(item);
  }

  void field(const YamlNode& node) {
    static const auto known = views_of(form_field_keys);
    static constexpr std::string_view precisions[] = {"day", "month", "year"};
    FormField field;
    std::optional<YamlNode> min, max, options, table, coarsest, shape, ahead, item;
    bool typed = false;
    each_key(node, "a field", known, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
      if (key == "item")
        item = value, field.item = text(value, key);
      else if (key == "label")
        field.label = label(value, key);
      else if (key == "type") {
        const auto type = word(value, "type", type_names);
        if (type) field.type = static_cast<Type>(*type), typed = true;
      } else if (key == "required")
        field.required = yes_or_no(value, key);
      else if (key == "repeat")
        field.repeat = static_cast<std::size_t>(number(value, key, 2, repeat_max).value_or(1));
      else
        (key == "min"        ? min
         : key == "max"      ? max
         : key == "options"  ? options
         : key == "table"    ? table
         : key == "coarsest" ? coarsest
         : key == "shape"    ? shape
                             : ahead) = value;
    });
    if (!node.IsMap()) return;
    for (auto needed : {"item", "label", "type"})
      if (!node[needed]) refuse(node, "FORM_MISSING", "a field needs '" + std::string(needed) + "'");
    if (item) check_item(*item, field.item);
    if (!typed) return;
    if (coarsest && only_for(*coarsest, "coarsest", field.type == Type::date, "date"))
      field.coarsest = static_cast<Precision>(word(*coarsest, "precision", precisions).value_or(0));
    if (ahead && only_for(*ahead, "ahead", field.type == Type::date, "date"))
      field.ahead = yes_or_no(*ahead, "ahead");
    limits(field, min, max);
    if (shape && only_for(*shape, "shape", field.type == Type::text, "text"))
      field.shape = text(*shape, "shape");
    codes(node, field, options, table);
    form_.fields.push_back(std::move(field));
  }

  void check_item(const YamlNode& node, const std::string& item) {
    if (item.empty()) return;
    if (!is_word(item, '_'))
      return refuse(node, "FORM_NAME", "an item is named by small letters, digits and _, a letter first");
    if (std::find(std::begin(reserved), std::end(reserved), item) != std::end(reserved))
      return refuse(node, "FORM_NAME",
                    "'" + item + "' is a key that every event of the care desk has of its own");
    if (form_.field(item)) refuse(node, "FORM_DUPLICATE", "two fields are named '" + item + "'");
  }

  bool only_for(const YamlNode& node, const std::string& key, bool fits, const std::string& types) {
    if (!fits) refuse(node, "FORM_KEY", "'" + key + "' is for a field of type " + types);
    return fits;
  }

  void limits(FormField& field, const std::optional<YamlNode>& min, const std::optional<YamlNode>& max) {
    const bool text = field.type == Type::text,
               counts = field.type == Type::integer || field.type == Type::money;
    const std::int64_t bound = text ? characters_max : 1'000'000'000'000;
    field.least = text ? 1 : 0;
    field.most = text ? characters_default : field.type == Type::money ? fen_default : integer_default;
    if (min && only_for(*min, "min", text || counts, "text (characters), integer or money (fen)"))
      field.least = number(*min, "min", text ? 1 : -bound, bound).value_or(field.least);
    if (max && only_for(*max, "max", text || counts, "text (characters), integer or money (fen)"))
      field.most = number(*max, "max", text ? 1 : -bound, bound).value_or(field.most);
    if (field.least > field.most) refuse(max ? *max : *min, "FORM_VALUE", "'min' is greater than 'max'");
  }

  void codes(const YamlNode& node, FormField& field, const std::optional<YamlNode>& options,
             const std::optional<YamlNode>& table) {
    if (field.type != Type::code) {
      if (options) only_for(*options, "options", false, "code");
      if (table) only_for(*table, "table", false, "code");
      return;
    }
    if (options.has_value() == table.has_value())
      return refuse(node, "FORM_MISSING",
                    "a code has either 'options' (code: label) or the name of a 'table'");
    if (table) {
      field.table = text(*table, "table");
      std::vector<std::string_view> known;
      for (const auto& [name, found] : tables_)
        known.push_back(name);
      if (!field.table.empty() && !tables_.contains(field.table))
        refuse(*table, "FORM_TABLE",
               "there is no code table '" + field.table + "'" + did_you_mean(field.table, known));
      return;
    }
    each_key(*options, "options", {}, [&](const std::string& code, const YamlNode&, const YamlNode& value) {
      field.options.emplace_back(code, text(value, code));
    });
    if (field.options.empty())
      refuse(*options, "FORM_MISSING", "options has one line for each code: code: label");
  }

  void lists_of_items(const YamlNode& node) {
    if (!node.IsSequence()) return refuse(node, "FORM_TYPE", "'one_of' is a list of lists of items");
    for (const auto& list : node) {
      std::vector<std::string> items;
      if (!list.IsSequence() || list.size() < 2) {
        refuse(list, "FORM_TYPE", "each line of 'one_of' is a list of two items or more");
        continue;
      }
      for (const auto& item : list)
        if (known_item(item)) items.push_back(scalar(item));
      if (items.size() == list.size()) form_.one_of.push_back(std::move(items));
    }
  }

  bool known_item(const YamlNode& node) {
    const auto item = scalar(node);
    if (form_.field(item)) return true;
    std::vector<std::string_view> known;
    for (const auto& field : form_.fields)
      known.push_back(field.item);
    refuse(node, "FORM_ITEM", "the form has no field '" + item + "'" + did_you_mean(item, known));
    return false;
  }

  // ---- tests

  void read_tests(const YamlNode& node) {
    if (!node.IsSequence() || node.size() == 0)
      return refuse(node, "FORM_TYPE", "'tests' is a list, and not empty");
    for (const auto& item : node)
      test(item);
  }

  void test(const YamlNode& node) {
    static const auto known = views_of(form_test_keys);
    FormTest test;
    test.today = Date(2026, 11, 30);
    test.person = {{IdentifierKind::citizen_number, "322228197503120246"}};
    test.place = place(node.Mark().line + 1, node.Mark().column + 1);
    each_key(node, "a test", known, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
      if (key == "name")
        test.name = text(value, key);
      else if (key == "of")
        test.person = identifiers(value);
      else if (key == "today") {
        const auto day = Date::parse(scalar(value));
        if (day) test.today = *day;
        if (!day) refuse(value, "FORM_VALUE", "'today' is a day: 2026-11-30");
      } else if (key == "values" || key == "expect")
        (key == "values" ? test.values : test.expect) = values(value, key);
      else if (key == "facts")
        facts(value, test);
      else
        rejections(value, test);
    });
    if (!node.IsMap()) return;
    if (test.name.empty()) refuse(node, "FORM_MISSING", "a test has a name");
    if (node["reject"].IsDefined() == (node["expect"].IsDefined() || node["facts"].IsDefined()))
      refuse(node, "FORM_MISSING", "a test has 'expect' and 'facts', or 'reject'");
    form_.tests.push_back(std::move(test));
  }

  std::vector<Identifier> identifiers(const YamlNode& node) {
    static constexpr std::string_view names[] = {"citizen_number",    "police_id",
                                                 "birth_certificate", "disability_certificate",
                                                 "insurance_id",      "chart"};
    std::vector<Identifier> found;
    if (node.IsNull()) return found;
    each_key(node, "'of'", names, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
      const auto kind = std::find(std::begin(names), std::end(names), key) - std::begin(names);
      found.push_back({static_cast<IdentifierKind>(kind), text(value, key)});
    });
    return found;
  }

  Values values(const YamlNode& node, const std::string& what) {
    Values found;
    each_key(node, what, {}, [&](const std::string& item, const YamlNode&, const YamlNode& value) {
      if (!value.IsSequence()) return found.emplace_back(item, scalar(value)), void();
      for (const auto& one : value)
        found.emplace_back(item, scalar(one));
    });
    return found;
  }

  void facts(const YamlNode& node, FormTest& test) {
    if (!node.IsSequence()) return refuse(node, "FORM_TYPE", "'facts' is a list of kinds of facts: [death]");
    for (const auto& item : node) {
      if (!fact_kind(scalar(item)))
        refuse(item, "FORM_VALUE", "there is no kind of fact '" + scalar(item) + "'");
      test.facts.push_back(scalar(item));
    }
  }

  void rejections(const YamlNode& node, FormTest& test) {
    static constexpr std::string_view known[] = {"field", "code"};
    if (!node.IsSequence() || node.size() == 0)
      return refuse(node, "FORM_TYPE", "'reject' is a list of { field, code }");
    for (const auto& item : node) {
      FormTest::Refused refused;
      each_key(item, "an error", known, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
        (key == "field" ? refused.field : refused.code) = text(value, key);
      });
      test.refused.push_back(std::move(refused));
    }
  }

  const fs::path file_;
  const CodeTables& tables_;
  std::vector<Error>& errors_;
  Form form_;
};

}  // namespace

std::string_view name_of(FormField::Type type) {
  return type_names[static_cast<std::size_t>(type)];
}

const FormField* Form::field(std::string_view item) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const auto& one) { return one.item == item; });
  return found == fields.end() ? nullptr : &*found;
}

std::variant<FormSet, std::vector<Error>> FormSet::read(const fs::path& folder, const fs::path& codes) {
  std::vector<Error> errors;
  FormSet set;
  set.tables_ = read_code_tables(codes, errors);
  std::vector<fs::path> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  if (failed || files.empty())
    errors.push_back({"FORM_FOLDER",
                      failed ? "the folder of forms cannot be read: " + failed.message()
                             : "the folder holds no form (*.yaml)",
                      folder.string()});
  std::sort(files.begin(), files.end());
  for (const auto& file : files)
    set.forms_.push_back(Loader(file, set.tables_, errors).read());
  if (!errors.empty()) return errors;
  return set;
}

Result<const Form*> FormSet::find(std::string_view id) const {
  std::vector<std::string_view> known;
  for (const auto& form : forms_) {
    if (form.id == id) return &form;
    known.push_back(form.id);
  }
  return Error{"NO_SUCH_FORM", "there is no form '" + std::string(id) + "'" + did_you_mean(id, known), ""};
}

}  // namespace kinhub
