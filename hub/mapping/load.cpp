// Reads a mapping file: YAML to compiled rules. Every scalar is text first;
// all problems are found, each with its place.

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "hub/base/secrets.hpp"
#include "hub/base/yaml.hpp"
#include "hub/mapping/charset.hpp"
#include "hub/mapping/compiled.hpp"
#include "hub/mapping/keys.hpp"

namespace kinhub {
namespace {

constexpr std::size_t file_size_max = 1u << 20;
constexpr std::size_t sample_size_max = 4u << 20;
constexpr std::size_t nodes_max = 50'000;

std::string scalar(const YamlNode& node) {
  return node.IsNull() ? "null" : node.Scalar();
}

class Loader {
 public:
  Loader(const std::filesystem::path& path, const CodeTables& tables, std::vector<Error>& errors)
      : path_(path), tables_(tables), errors_(errors), file_(std::make_unique<MappingFile>()) {}

  std::unique_ptr<MappingFile> run() {
    const auto before = errors_.size();
    file_->place = path_.string();
    if (auto root = parse()) read(*root);
    return errors_.size() == before ? std::move(file_) : nullptr;
  }

 private:
  // ---- YAML

  void add(std::string code, std::string text, YamlMark mark, std::size_t offset = 0) {
    auto line = mark.line < 0 ? 1 : mark.line + 1;
    auto column = mark.column < 0 ? 1 : mark.column + 1;
    errors_.push_back({std::move(code), std::move(text),
                       path_.string() + ":" + std::to_string(line) + ":" +
                           std::to_string(column + static_cast<int>(offset))});
  }
  void add(std::string code, std::string text, const YamlNode& node, std::size_t offset = 0) {
    add(std::move(code), std::move(text), node.Mark(), offset);
  }

  std::optional<YamlNode> parse() {
    std::ifstream in(path_, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    if (!in && text.empty())
      return add("MAP_YAML", "the file cannot be read or is empty", YamlMark{}), std::nullopt;
    if (text.size() > file_size_max)
      return add("MAP_YAML", "the file is larger than 1 MiB", YamlMark{}), std::nullopt;
    if (utf8_fault(text)) return add("MAP_YAML", "the file is not UTF-8 text", YamlMark{}), std::nullopt;
    file_->text = text;
    std::memcpy(&file_->digest, sha256(text).data(), sizeof file_->digest);
    try {
      const auto root = read_yaml(text);
      if (!root.IsMap())
        return add("MAP_YAML", "a mapping file is one YAML document, a map of keys", YamlMark{}),
               std::nullopt;
      std::size_t nodes = 0;
      if (!inspect(root, 0, nodes)) return std::nullopt;
      return root;
    } catch (const YamlError& error) {
      add("MAP_YAML", "not valid YAML: " + error.msg, error.mark);
    }
    return std::nullopt;
  }

  /// What YAML lets pass: keys said twice, keys that are no text;
  /// bounds on depth and, with aliases, on size.
  bool inspect(const YamlNode& node, std::size_t depth, std::size_t& nodes) {
    if (depth > 16 || ++nodes > nodes_max)
      return add("MAP_YAML", "the file nests too deep or is too large", node), false;
    bool good = true;
    if (node.IsMap()) {
      std::vector<std::string> seen;
      for (const auto& entry : node) {
        if (!entry.first.IsScalar() && !entry.first.IsNull()) {
          add("MAP_YAML", "a key must be a word", entry.first);
          return false;
        }
        auto key = scalar(entry.first);
        if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
          add("MAP_DUPLICATE_KEY", "the key '" + key + "' stands here twice", entry.first);
          good = false;
        }
        seen.push_back(std::move(key));
        good = inspect(entry.second, depth + 1, nodes) && good;
      }
    } else if (node.IsSequence()) {
      for (const auto& item : node)
        good = inspect(item, depth + 1, nodes) && good;
    }
    return good;
  }

  /// Refuses keys that are not in `known`. False when `node` is no map.
  bool check_keys(const YamlNode& node, const std::vector<std::string>& known, std::string_view what) {
    if (!node.IsMap()) {
      add("MAP_FILE", std::string(what) + " must be a map of keys", node);
      return false;
    }
    for (const auto& entry : node) {
      auto key = scalar(entry.first);
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      auto near = nearest_word(key, known);
      add("MAP_FILE",
          "'" + key + "' is no key of " + std::string(what) +
              (near.empty() ? "" : "; did you mean '" + near + "'?"),
          entry.first);
    }
    return true;
  }

  std::optional<std::string> text_at(const YamlNode& parent, const char* key) {
    auto node = parent[key];
    if (!node) return std::nullopt;
    if (!node.IsScalar() && !node.IsNull()) {
      add("MAP_FILE", std::string("'") + key + "' must be a text", node);
      return std::nullopt;
    }
    return scalar(node);
  }

  std::optional<Expression> expression(const YamlNode& node) {
    if (!node.IsScalar() && !node.IsNull()) {
      add("MAP_FILE", "an expression is expected here", node);
      return std::nullopt;
    }
    auto compiled = compile_expression(file_->format, scalar(node), tables_, names_);
    if (compiled) return std::move(*compiled);
    // A quoted scalar starts one column further; the offset counts characters of one line.
    add(compiled.error().code, compiled.error().text, node,
        std::stoul(compiled.error().place) + (node.is_quoted() ? 1 : 0));
    return std::nullopt;
  }

  std::optional<Expression> condition(const YamlNode& node) {
    auto compiled = expression(node);
    if (compiled && compiled->type != ValueType::boolean) {
      add("MAP_TYPE", "a condition is expected, this is a " + std::string(name_of(compiled->type)), node);
      return std::nullopt;
    }
    return compiled;
  }

  // ---- the file

  void read(const YamlNode& root) {
    check_keys(root, keys_of(mapping_keys), "a mapping file");
    read_name(root);
    if (!read_from(root)) return;
    read_when(root["from"]);
    read_filters(root["filter"]);
    read_requirements(root["require"]);
    if (auto unmapped = text_at(root, "unmapped")) {
      if (*unmapped != "report" && *unmapped != "ignore")
        add("MAP_FILE", "unmapped is 'report' or 'ignore'", root["unmapped"]);
      file_->report_unmapped = *unmapped == "report";
    }
    if (auto missing = text_at(root, "missing_from_snapshot")) {
      if (*missing != "gone" && *missing != "unknown")
        add("MAP_FILE",
            "missing_from_snapshot is 'gone' or 'unknown': what it means that a whole snapshot holds a "
            "record no "
            "more",
            root["missing_from_snapshot"]);
      file_->gone_when_missing = *missing == "gone";
    }
    const bool list = static_cast<bool>(root["facts"]), single = static_cast<bool>(root["fact"]);
    if (list && single) add("MAP_FILE", "either 'fact' or 'facts', not both", root["facts"]);
    if (single && !list) read_fact(root, root);
    if (list) {
      if (root["set"] || root["when"])
        add("MAP_FILE", "with 'facts', 'set' and 'when' stand in each of them", root["facts"]);
      if (!root["facts"].IsSequence())
        add("MAP_FILE", "'facts' is a list", root["facts"]);
      else
        for (const auto& fact : root["facts"])
          read_fact(fact, root);
      for (std::size_t i = 0; i < file_->facts.size(); ++i)
        if (nodes_[i]["absence"]) find_beside(i);
    }
    const bool filters_all = !file_->filters.empty() && !file_->filters.back().when;
    if (!list && !single && !filters_all)
      add("MAP_FILE",
          "the file gives no fact and does not filter all it fits: add 'fact', 'facts' or 'filter: <reason>'",
          root);
    read_tests(root["tests"]);
  }

  void read_name(const YamlNode& root) {
    auto name = text_at(root, "map");
    if (!name) return add("MAP_FILE", "'map: <agency>.<name>' is missing", root);
    auto dot = name->rfind('.');
    if (dot == std::string::npos || name->substr(dot + 1) != path_.stem().string())
      add("MAP_FILE", "the name must be <agency>." + path_.stem().string() + ", as the file is called",
          root["map"]);
    file_->name = *name;
    std::replace(file_->name.begin(), file_->name.end(), '.', '/');
  }

  bool read_from(const YamlNode& root) {
    auto from = root["from"];
    if (!from) return add("MAP_FILE", "'from: {format, each, when}' is missing", root), false;
    if (!check_keys(from, keys_of(mapping_from_keys), "from")) return false;
    auto format_name = text_at(from, "format");
    auto format = format_name ? format_named(*format_name) : std::nullopt;
    if (!format)
      return add("MAP_FILE", "from.format is one of xml, json, csv, hl7",
                 from["format"] ? from["format"] : from),
             false;
    file_->format = *format;
    auto each = text_at(from, "each");
    const bool tree = *format == Format::xml || *format == Format::json;
    if (!tree && each)
      add("MAP_FILE", "csv and hl7 have one record per row or message: no 'each'", from["each"]);
    if (*format == Format::xml && (!each || !each->starts_with('/')))
      add("MAP_FILE", "from.each is the absolute path of the records: /root/body/RECORD", from);
    else if (tree)
      read_each(from, each.value_or("$"));
    read_names(root["let"]);
    return true;
  }

  void read_when(const YamlNode& from) {
    if (from["when"]) file_->when = condition(from["when"]);
  }

  /// Names for expressions; each may use those above it.
  void read_names(const YamlNode& node) {
    if (!node) return;
    if (!node.IsMap()) return add("MAP_FILE", "'let' is a map: name to expression", node);
    for (const auto& entry : node) {
      const auto name = scalar(entry.first);
      if (!may_be_named(name))
        add("MAP_FILE", "a name is a word of small letters, digits and _ that means nothing else",
            entry.first);
      else if (auto compiled = expression(entry.second))
        names_.emplace(name, std::move(*compiled));
    }
  }

  void read_each(const YamlNode& from, const std::string& each) {
    auto path = compile_path(file_->format, each);
    if (!path) return add("MAP_EXPRESSION", path.error().text, from["each"]);
    for (const auto& step : path->steps)
      if (step.attribute || step.index > 0 || !step.predicate.empty())
        return add("MAP_FILE", "from.each has names only; choose records with 'when'", from["each"]);
    file_->each = std::move(*path);
  }

  void read_filters(const YamlNode& node) {
    if (!node) return;
    if (node.IsScalar()) {
      file_->filters.push_back({std::nullopt, scalar(node)});
      return;
    }
    if (!node.IsSequence()) return add("MAP_FILE", "'filter' is a reason, or a list of {when, reason}", node);
    for (const auto& item : node) {
      if (!check_keys(item, keys_of(mapping_filter_keys), "a filter rule")) continue;
      auto reason = text_at(item, "reason");
      if (!item["when"] || !reason) {
        add("MAP_FILE", "a filter rule has 'when' and 'reason'", item);
        continue;
      }
      if (auto when = condition(item["when"])) file_->filters.push_back({std::move(when), *reason});
    }
  }

  void read_requirements(const YamlNode& node) {
    if (!node) return;
    if (!node.IsSequence()) return add("MAP_FILE", "'require' is a list of {that, code, say}", node);
    for (const auto& item : node) {
      if (!check_keys(item, keys_of(mapping_requirement_keys), "a requirement")) continue;
      auto code = text_at(item, "code"), say = text_at(item, "say");
      if (!item["that"] || !code || !say) {
        add("MAP_FILE", "a requirement has 'that', 'code' and 'say'", item);
        continue;
      }
      if (auto that = condition(item["that"])) file_->requirements.push_back({std::move(*that), *code, *say});
    }
  }

  // ---- facts

  void read_fact(const YamlNode& node, const YamlNode& root) {
    const bool nested = &node != &root;
    if (nested && !check_keys(node, keys_of(mapping_fact_keys), "a fact")) return;
    FactRule rule;
    auto kind_name = text_at(node, "fact");
    auto kind = kind_name ? fact_kind(*kind_name) : std::nullopt;
    if (!kind) {
      std::vector<std::string> known;
      for (const auto& one : fact_kinds())
        known.emplace_back(one.name);
      auto near = kind_name ? nearest_word(*kind_name, known) : std::string();
      return add("MAP_FILE",
                 (kind_name ? "there is no kind of fact '" + *kind_name + "'"
                            : std::string("'fact: <kind>' is missing")) +
                     (near.empty() ? "" : "; did you mean '" + near + "'?"),
                 node["fact"] ? node["fact"] : node);
    }
    rule.kind = *kind;
    rule.line = static_cast<std::uint32_t>(node["fact"].Mark().line + 1);
    auto own = [&](const char* key) { return node[key] ? node[key] : root[key]; };
    read_evidence(own("evidence"), node, rule);
    read_op(own("op"), rule);
    read_later(own("later"), static_cast<bool>(node["later"]), rule);
    read_key(own("key"), node, rule);
    if (auto version = own("version")) {
      if (auto compiled = expression(version)) {
        if (compiled->type != ValueType::timestamp)
          add("MAP_TYPE", "version must be a timestamp(...): versions are compared as text of one width",
              version);
        rule.version = std::move(*compiled);
      }
    } else {
      add("MAP_FILE", "'version' is missing: which of two messages with one key is the later?", node);
    }
    if (node["when"]) rule.when = condition(node["when"]);
    read_set(node["set"], node, rule);
    if (nested) read_absence(node["absence"], rule);
    file_->facts.push_back(std::move(rule));
    nodes_.push_back(node);
  }

  void read_evidence(const YamlNode& node, const YamlNode& fact, FactRule& rule) {
    if (!node) return add("MAP_FILE", "'evidence' is missing: whose word is it?", fact);
    auto evidence = node.IsScalar() ? evidence_class(scalar(node)) : std::nullopt;
    if (!evidence)
      return add(
          "MAP_FILE",
          "evidence is one of police_registration, certificate, hospital, cremation, insurance, care_desk",
          node);
    rule.evidence = *evidence;
  }

  std::optional<Op> op_named(const YamlNode& node) {
    if (node && node.IsScalar() && scalar(node) == "assert") return Op::assert_;
    if (node && node.IsScalar() && scalar(node) == "retract") return Op::retract;
    if (node && node.IsScalar() && scalar(node) == "deny") return Op::deny;
    if (node && node.IsScalar() && scalar(node) == "withdraw") return Op::withdraw;
    if (node && node.IsScalar() && scalar(node) == "end") return Op::end;
    return std::nullopt;
  }

  void read_op(const YamlNode& node, FactRule& rule) {
    if (!node) return;
    if (auto fixed = op_named(node)) {
      rule.op.otherwise = *fixed;
      return check_end(node, rule);
    }
    if (!node.IsMap() || !check_keys(node, keys_of(mapping_choice_keys), "op")) {
      if (!node.IsMap())
        add("MAP_FILE", "op is 'assert', 'retract', 'deny', 'withdraw', 'end' or {if, then, else}", node);
      return;
    }
    auto then = op_named(node["then"]), otherwise = op_named(node["else"]);
    if (!node["if"] || !then || !otherwise)
      return add(
          "MAP_FILE",
          "op needs 'if', and 'assert', 'retract', 'deny', 'withdraw' or 'end' as 'then' and as 'else'",
          node);
    rule.op = {*otherwise, condition(node["if"]), *then};
    check_end(node, rule);
  }

  void check_end(const YamlNode& node, const FactRule& rule) {
    const bool ends = rule.op.otherwise == Op::end || (rule.op.condition && rule.op.then == Op::end);
    if (ends && !is_state(rule.kind))
      add("MAP_FILE",
          "only states end, as a residence does: a " + std::string(name_of(rule.kind)) + " does not", node);
  }

  /// A file's `later` is for its states alone; a fact's own must be about one.
  void read_later(const YamlNode& node, bool own, FactRule& rule) {
    if (!node) return;
    if (!is_state(rule.kind)) {
      if (own)
        add("MAP_FILE",
            "a later version of a " + std::string(name_of(rule.kind)) +
                " corrects the one before; only states succeed each other, as residences do",
            node);
      return;
    }
    auto word = [](const YamlNode& value) -> std::optional<bool> {
      if (!value || !value.IsScalar()) return std::nullopt;
      if (scalar(value) == "succeeds") return true;
      if (scalar(value) == "corrects") return false;
      return std::nullopt;
    };
    if (auto fixed = word(node)) {
      rule.later.succeeds = *fixed;
      return;
    }
    const bool is_rule = node.IsMap() && check_keys(node, keys_of(mapping_choice_keys), "later");
    const auto then = is_rule ? word(node["then"]) : std::nullopt,
               otherwise = is_rule ? word(node["else"]) : std::nullopt;
    if (!is_rule || !node["if"] || then != true || otherwise != false)
      return add("MAP_FILE",
                 "later is 'corrects', 'succeeds' or { if: condition, then: succeeds, else: corrects }",
                 node);
    rule.later = {true, condition(node["if"])};
  }

  void read_absence(const YamlNode& node, FactRule& rule) {
    if (!node) return;
    using Meaning = AbsenceRule::Meaning;
    auto word = [](const YamlNode& value) -> std::optional<Meaning> {
      if (!value || !value.IsScalar()) return std::nullopt;
      if (scalar(value) == "unknown") return Meaning::unknown;
      if (scalar(value) == "retracts") return Meaning::retracts;
      if (scalar(value) == "ends") return Meaning::ends;
      return std::nullopt;
    };
    auto& absence = rule.absence;
    if (auto fixed = word(node)) {
      absence.otherwise = *fixed;
    } else {
      const bool is_rule = node.IsMap() && check_keys(node, keys_of(mapping_choice_keys), "absence");
      const auto then = is_rule ? word(node["then"]) : std::nullopt,
                 otherwise = is_rule ? word(node["else"]) : std::nullopt;
      if (!is_rule || !node["if"] || !then || !otherwise)
        return add(
            "MAP_FILE",
            "absence is 'unknown', 'retracts', 'ends' or { if: condition, then: retracts, else: unknown }",
            node);
      absence.otherwise = *otherwise, absence.condition = condition(node["if"]), absence.then = *then;
    }
    check_absence(node, rule);
  }

  /// What of a rule alone keeps its absence from meaning anything.
  void check_absence(const YamlNode& node, const FactRule& rule) {
    const auto& absence = rule.absence;
    const auto name = std::string(name_of(rule.kind));
    if (!absence.may_tell()) return;
    if (rule.kind == FactKind::identity || rule.kind == FactKind::distinct || rule.kind == FactKind::alive)
      add("MAP_FILE",
          "nothing follows from the absence of '" + name +
              "': who is who, and who was seen alive, is taken back by a message that says so",
          node);
    if (!rule.when)
      add("MAP_FILE", "a fact without 'when' is told by every message: it is never absent", node);
    if (rule.op.otherwise != Op::assert_ && (!rule.op.condition || rule.op.then != Op::assert_))
      add("MAP_FILE", "absence is of what a rule tells, and this one takes back or ends", node);
    const bool ends = absence.otherwise == AbsenceRule::Meaning::ends ||
                      (absence.condition && absence.then == AbsenceRule::Meaning::ends);
    if (!ends) return;
    if (!is_state(rule.kind))
      add("MAP_FILE", "only states end, as a residence does: a " + name + " does not", node);
    else if (std::none_of(rule.set.begin(), rule.set.end(),
                          [](const FieldSetting& setting) { return setting.field == "on"; }))
      add("MAP_FILE", "a state that is told no more ends on the day 'on', which this fact does not set",
          node);
  }

  /// The text of what sets a field; empty where the rule does not.
  static std::string setting_text(const YamlNode& fact, const std::string& field) {
    const auto node = fact["set"][field];
    if (!node) return {};
    if (node.IsMap()) return node["from"] && node["from"].IsScalar() ? scalar(node["from"]) : std::string();
    return node.IsScalar() ? scalar(node) : std::string();
  }

  /// An absence must be of somebody of whom the same message tells something, so that nobody comes to stand
  /// in the record by what is not told of them.
  void find_beside(std::size_t index) {
    auto& rule = file_->facts[index];
    if (!rule.absence.may_tell()) return;
    const auto role = about(traits_of(rule.kind));
    const auto names_the_same = [&](std::size_t other) {
      const auto& beside = file_->facts[other];
      const bool withdraws =
          beside.op.otherwise == Op::withdraw || (beside.op.condition && beside.op.then == Op::withdraw);
      if (other == index || beside.when || withdraws || about(traits_of(beside.kind)) != role) return false;
      return std::any_of(rule.set.begin(), rule.set.end(), [&](const FieldSetting& setting) {
        if (setting.slot.member != Slot::Member::identifier || setting.slot.role != role) return false;
        const auto text = setting_text(nodes_[index], setting.field);
        return !text.empty() && text == setting_text(nodes_[other], setting.field);
      });
    };
    for (std::size_t other = 0; other < file_->facts.size(); ++other)
      if (names_the_same(other)) return void(rule.absence.beside = other);
    add("MAP_FILE",
        "an absence needs a fact without 'when' in this file that names the same " +
            std::string(name_of(role)) +
            " by the same number: else it would be of somebody of whom nothing is told",
        nodes_[index]["absence"]);
  }

  void read_key(const YamlNode& node, const YamlNode& fact, FactRule& rule) {
    if (!node)
      return add("MAP_FILE", "'key' is missing: which messages speak of the same record of the agency?",
                 fact);
    auto read_part = [&](const YamlNode& part) {
      auto compiled = expression(part);
      if (!compiled) return;
      if (compiled->type == ValueType::boolean || compiled->type == ValueType::date ||
          compiled->type == ValueType::nothing)
        return add("MAP_TYPE", "a part of a key is a text, this is a " + std::string(name_of(compiled->type)),
                   part);
      rule.key.push_back(std::move(*compiled));
    };
    if (node.IsSequence() && node.size() > 0 && node.size() <= 8)
      for (const auto& part : node)
        read_part(part);
    else if (node.IsScalar())
      read_part(node);
    else
      add("MAP_FILE", "a key is a list of one to eight expressions", node);
  }

  void read_set(const YamlNode& node, const YamlNode& fact, FactRule& rule) {
    if (!node) return add("MAP_FILE", "'set' is missing", fact);
    if (!node.IsMap()) return add("MAP_FILE", "'set' is a map: canonical field to expression", node);
    const auto rules = fields_of(rule.kind);
    std::vector<std::string> known;
    for (const auto& field : rules)
      known.emplace_back(field.field);
    for (const auto& entry : node) {
      auto name = scalar(entry.first);
      auto field =
          std::find_if(rules.begin(), rules.end(), [&](const FieldRule& r) { return r.field == name; });
      auto slot = slot_of(name);
      if (field == rules.end() || !slot) {
        auto near = nearest_word(name, known);
        add("MAP_FIELD",
            "a " + std::string(name_of(rule.kind)) + " has no field '" + name + "'" +
                (near.empty() ? ": 'kinhub map words' lists those it has" : "; did you mean '" + near + "'?"),
            entry.first);
        continue;
      }
      read_setting(entry.second, name, *field, *slot, rule);
    }
    for (const auto& field : rules) {
      if (!field.required) continue;
      rule.required.emplace_back(field.field);
      const bool is_set = std::any_of(rule.set.begin(), rule.set.end(),
                                      [&](const FieldSetting& s) { return s.field == field.field; });
      const bool named = static_cast<bool>(node[std::string(field.field)]);
      const bool only_retracts =
          rule.op.otherwise != Op::assert_ && (!rule.op.condition || rule.op.then != Op::assert_);
      if (!is_set && !named && !only_retracts)
        add("MAP_FIELD",
            "a " + std::string(name_of(rule.kind)) + " needs the field '" + std::string(field.field) + "'",
            node);
    }
  }

  void read_setting(const YamlNode& node, const std::string& name, const FieldRule& field, const Slot& slot,
                    FactRule& rule) {
    FieldSetting setting;
    setting.field = name;
    setting.slot = slot;
    auto source = node;
    if (node.IsMap()) {
      if (!check_keys(node, keys_of(mapping_field_keys), "a field")) return;
      if (!node["from"])
        return add("MAP_FILE", "a field is an expression, or {from: expression, on_error: null}", node);
      auto on_error = text_at(node, "on_error").value_or("reject");
      if (on_error != "null" && on_error != "reject")
        add("MAP_FILE", "on_error is 'reject' or 'null'", node["on_error"]);
      setting.null_on_error = on_error == "null";
      if (setting.null_on_error && field.required)
        add("MAP_FIELD", "'" + name + "' is needed, so its error cannot be passed over", node["on_error"]);
      source = node["from"];
    }
    auto compiled = expression(source);
    if (!compiled) return;
    if (auto fault = fault_of_type(*compiled, field, slot)) return add("MAP_TYPE", *fault, source);
    const bool ends = slot.member == Slot::Member::field && slot.field == FactField::until;
    if (!ends && holds_kind(*compiled, Expression::Kind::end_date))
      return add("MAP_TYPE", "'" + name + "' is not the end of anything: write date(x, ...)", source);
    setting.value = std::move(*compiled);
    rule.set.push_back(std::move(setting));
  }

  static std::optional<std::string> fault_of_type(const Expression& value, const FieldRule& field,
                                                  const Slot& slot) {
    using Type = FieldRule::Type;
    auto expect = [&](ValueType type, std::string_view how) -> std::optional<std::string> {
      if (value.type == type || value.type == ValueType::nothing) return std::nullopt;
      return "'" + std::string(field.field) + "' is a " + std::string(name_of(type)) + ", this is a " +
             std::string(name_of(value.type)) + ": write " + std::string(how);
    };
    auto split = [](std::string_view list) {
      std::vector<std::string_view> words;
      for (std::size_t end = 0; !list.empty(); list.remove_prefix(std::min(end + 1, list.size()))) {
        end = std::min(list.find('|'), list.size());
        words.push_back(list.substr(0, end));
      }
      return words;
    };
    auto only = [&](std::vector<std::string_view> words) -> std::optional<std::string> {
      std::string list;
      for (auto word : words)
        list += (list.empty() ? "" : ", ") + std::string(word);
      auto wrong = "'" + std::string(field.field) + "' is one of " + list + ": ";
      auto possible = possible_texts(value);
      if (!possible || value.type == ValueType::boolean || value.type == ValueType::integer)
        return wrong + "use code(table, x) with a table of these meanings";
      for (const auto& text : *possible)
        if (std::find(words.begin(), words.end(), text) == words.end())
          return wrong + "this can be '" + text + "'";
      return std::nullopt;
    };
    switch (field.type) {
      case Type::identifier:
        if (slot.identifier == IdentifierKind::citizen_number)
          return expect(ValueType::citizen_number, "citizen_id(x)");
        if (slot.identifier == IdentifierKind::disability_certificate)
          return expect(ValueType::disability_card, "disability_card(x)");
        return expect(ValueType::text, "a path or text(x)");
      case Type::name:
      case Type::text:
        return expect(ValueType::text, "a path or text(x)");
      case Type::sex:
        return only({"male", "female", "unknown"});
      case Type::date:
        return expect(ValueType::date, "date(x, 'yyyyMMdd')");
      case Type::integer:
        return expect(ValueType::integer, "integer(x)");
      case Type::money:
        if (value.type == ValueType::integer) return std::nullopt;  // in fen already
        return expect(ValueType::money, "yuan(x), or integer(x) of whole fen");
      case Type::region:
        return expect(ValueType::region, "region(x)");
      case Type::area:
        if (value.type == ValueType::region) return std::nullopt;
        return expect(ValueType::area, "area(x)");
      case Type::code:
        if (!field.words.empty()) return only(split(field.words));
        return expect(ValueType::text, "a path or code(table, x)");
    }
    return std::nullopt;
  }

  // ---- tests

  void read_tests(const YamlNode& node) {
    if (!node) return;
    if (!node.IsSequence()) return add("MAP_FILE", "'tests' is a list", node);
    file_->collect();
    for (const auto& item : node)
      read_test(item);
  }

  void read_test(const YamlNode& node) {
    if (!check_keys(node, keys_of(mapping_test_keys), "a test")) return;
    TestCase test;
    test.place = path_.string() + ":" + std::to_string(node.Mark().line + 1) + ":" +
                 std::to_string(node.Mark().column + 1);
    auto name = text_at(node, "name");
    if (!name) return add("MAP_FILE", "a test has a name", node);
    test.name = *name;
    if (!node["input"] || !read_input(node["input"], test))
      return add("MAP_FILE", "the test '" + test.name + "' has no input that can be read", node);
    const int outcomes = (node["expect"] ? 1 : 0) + (node["reject"] ? 1 : 0) + (node["filter"] ? 1 : 0);
    if (outcomes != 1)
      return add("MAP_FILE", "a test says exactly one of 'expect', 'reject', 'filter'", node);
    if (node["filter"]) {
      auto reason = text_at(node, "filter").value_or("");
      test.filter = reason == "true" ? "" : reason;
    }
    if (auto reject = node["reject"]) {
      if (!check_keys(reject, keys_of(mapping_reject_keys), "reject")) return;
      test.reject_code = text_at(reject, "code");
      test.reject_field = text_at(reject, "field");
      if (!test.reject_code) add("MAP_FILE", "reject needs the code", reject);
    }
    if (auto expect = node["expect"]) {
      test.exact = expect.IsSequence();
      if (expect.IsMap())
        read_expected(expect, test);
      else if (expect.IsSequence())
        for (const auto& fact : expect)
          read_expected(fact, test);
      else
        add("MAP_FILE", "expect is a map of fields, or a list of such maps", expect);
    }
    file_->tests.push_back(std::move(test));
  }

  static std::vector<std::string> words_of_expectations() {
    std::vector<std::string> words = {"fact", "op", "key", "version", "evidence"};
    for (const auto& kind : fact_kinds())
      for (const auto& field : fields_of(kind.kind))
        words.emplace_back(field.field);
    return words;
  }

  void read_expected(const YamlNode& node, TestCase& test) {
    if (!node.IsMap()) return add("MAP_FILE", "an expected fact is a map of fields", node);
    auto& fields = test.expect.emplace_back();
    static const auto known = words_of_expectations();
    for (const auto& entry : node) {
      auto field = scalar(entry.first);
      if (std::find(known.begin(), known.end(), field) == known.end()) {
        auto near = nearest_word(field, known);
        add("MAP_FIELD",
            "no fact has a field '" + field + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?"),
            entry.first);
      }
      if (!entry.second.IsScalar() && !entry.second.IsNull())
        add("MAP_FILE", "an expected value is a text, or null for a field that is not set", entry.second);
      else
        fields.emplace_back(field, scalar(entry.second));
    }
  }

  bool read_input(const YamlNode& node, TestCase& test) {
    if (node.IsScalar()) return read_sample(scalar(node), node, test);
    if (!check_keys(node, keys_of(mapping_input_keys), "input")) return false;
    test.charset = text_at(node, "charset").value_or("");
    if (auto text = text_at(node, "text")) {
      test.body = *text;
    } else if (auto in = text_at(node, "in")) {
      if (!read_sample(*in, node["in"], test)) return false;
    } else {
      return false;
    }
    auto replace = node["replace"];
    if (!replace) return true;
    if (!replace.IsMap()) return add("MAP_FILE", "replace is a map: source path to value", replace), false;
    for (const auto& entry : replace) {
      auto path = scalar(entry.first);
      if (!entry.second.IsScalar() && !entry.second.IsNull())
        return add("MAP_FILE", "a replaced value is a text or null", entry.second), false;
      if (!reads(path))
        add("MAP_FILE", "no rule of this file reads '" + path + "', so replacing it tests nothing",
            entry.first);
      auto& text = test.replaced_texts[path] = entry.second.IsNull() ? "" : scalar(entry.second);
      SourceValue value;
      value.state = entry.second.IsNull() ? SourceValue::State::null
                    : is_blank(text)      ? SourceValue::State::missing
                                          : SourceValue::State::text;
      value.text = text;
      test.replace[path] = value;
    }
    return true;
  }

  bool reads(const std::string& path) const {
    return std::any_of(file_->paths.begin(), file_->paths.end(),
                       [&](const Path* known) { return known->text == path; });
  }

  bool read_sample(const std::string& name, const YamlNode& node, TestCase& test) {
    const std::filesystem::path relative(name);
    if (relative.is_absolute() || name.find("..") != std::string::npos)
      return add("MAP_FILE", "a sample lies beside the mapping: no absolute path, no '..'", node), false;
    std::ifstream in(path_.parent_path() / relative, std::ios::binary);
    if (!in) return add("MAP_FILE", "there is no sample '" + name + "'", node), false;
    test.body.assign(std::istreambuf_iterator<char>(in), {});
    if (test.body.size() > sample_size_max)
      return add("MAP_FILE", "the sample is larger than 4 MiB", node), false;
    return true;
  }

  const std::filesystem::path& path_;
  const CodeTables& tables_;
  std::vector<Error>& errors_;
  std::unique_ptr<MappingFile> file_;
  std::vector<YamlNode> nodes_;  ///< of the facts
  Names names_;
};

}  // namespace

std::unique_ptr<MappingFile> read_mapping_file(const std::filesystem::path& file, const CodeTables& tables,
                                               std::vector<Error>& errors) {
  return Loader(file, tables, errors).run();
}

FieldLines::FieldLines(const std::string& text) {
  const auto root = read_yaml(text);
  auto note = [&](const YamlNode& fact) {
    if (!fact["fact"]) return;
    const auto rule = static_cast<std::uint32_t>(fact["fact"].Mark().line + 1);
    for (const auto& entry : fact)
      if (entry.first.Scalar() == "absence") absences_.emplace(rule, entry.first.Mark().line + 1);
    for (const auto& entry : fact["set"])
      lines_.emplace(std::pair(rule, entry.first.Scalar()), entry.first.Mark().line + 1);
  };
  note(root);
  for (const auto& fact : root["facts"])
    note(fact);
}

std::optional<int> FieldLines::find(std::uint32_t fact_line, const std::string& field) const {
  const auto at = lines_.find({fact_line, field});
  return at == lines_.end() ? std::nullopt : std::optional(at->second);
}

std::optional<int> FieldLines::of_absence(std::uint32_t fact_line) const {
  const auto at = absences_.find(fact_line);
  return at == absences_.end() ? std::nullopt : std::optional(at->second);
}

}  // namespace kinhub
