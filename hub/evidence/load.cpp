// Loader of evidence rules: YAML to EvidenceRules, every problem with its place.

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "hub/base/nearest.hpp"
#include "hub/base/secrets.hpp"
#include "hub/base/yaml_reader.hpp"
#include "hub/evidence/evidence_file.hpp"

namespace kinhub {
namespace {

constexpr std::size_t file_bytes_max = 1 << 18, tests_max = 1000, words_max = 50;
constexpr int dispute_days_max = 366, seen_alive_days_max = 31;

class Reader final : public YamlReader {
 public:
  enum class Kinds : bool { all, those_named };
  Reader(EvidenceFile& file, Kinds needed, std::vector<Error>& errors)
      : YamlReader(file.name, "EVIDENCE", errors), needed_(needed), rules_(file.rules), tests_(file.tests) {}

  void read(const YamlNode& root) {
    YamlNode orders, proofs, person, kinds, tests;
    const auto keep = [](YamlNode& to) { return [&to](const YamlNode& node) { to = node; }; };
    each(root,
         {{"evidence", [&](const YamlNode& node) { read_form(node); }},
          {"orders", keep(orders)},
          {"proofs", keep(proofs)},
          {"person", keep(person)},
          {"kinds", keep(kinds)},
          {"tests", keep(tests)}},
         {"evidence", "orders", "proofs", "person", "kinds"});
    read_lists(orders, orders_, [this](const YamlNode& node) { return order(node); });
    read_lists(proofs, proofs_, [this](const YamlNode& node) { return proof(node); });
    if (!person.IsNull()) read_person(person);
    if (!kinds.IsNull()) read_kinds(kinds);
    if (!tests.IsNull()) read_tests(tests);
  }

 private:
  static std::uint32_t line_of(const YamlNode& node) {
    return static_cast<std::uint32_t>(node.Mark().line + 1);
  }

  void read_form(const YamlNode& node) {
    if (number(node, 1, 1'000'000) != 1) fail(node, "FORM", "this hub reads evidence rules of form 1");
  }

  std::optional<EvidenceClass> evidence(const YamlNode& node) {
    const auto word = text(node);
    if (word.empty()) return std::nullopt;
    const auto found = evidence_class(word);
    if (!found)
      fail(node, "CLASS", fmt::format("'{}' is no class of evidence{}", word, did_you_mean(word, classes())));
    return found;
  }
  static std::vector<std::string_view> classes() {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < evidence_class_count; ++i)
      names.push_back(name_of(static_cast<EvidenceClass>(i)));
    return names;
  }

  /// The classes of a list, each once; nothing after a problem.
  std::optional<std::vector<EvidenceClass>> list(const YamlNode& node) {
    if (!node.IsSequence()) {
      fail(node, "SHAPE", "here stands a list of classes of evidence: [police_registration, certificate]");
      return std::nullopt;
    }
    std::vector<EvidenceClass> all;
    bool right = true;
    for (const auto& item : node) {
      const auto one = evidence(item);
      right &= one.has_value();
      if (!one) continue;
      if (std::find(all.begin(), all.end(), *one) != all.end()) {
        fail(item, "ORDER",
             fmt::format("'{}' stands twice: it cannot weigh more than itself", name_of(*one)));
        right = false;
      } else {
        all.push_back(*one);
      }
    }
    return right ? std::optional(std::move(all)) : std::nullopt;
  }

  std::optional<EvidenceOrder> order(const YamlNode& node) {
    const auto all = list(node);
    if (!all) return std::nullopt;
    std::string missing;
    for (std::size_t i = 0; i < evidence_class_count; ++i)
      if (const auto one = static_cast<EvidenceClass>(i);
          std::find(all->begin(), all->end(), one) == all->end())
        missing += fmt::format("{}{}", missing.empty() ? "" : ", ", name_of(one));
    if (!missing.empty()) {
      fail(node, "ORDER", fmt::format("the order does not say what weight these have: {}", missing));
      return std::nullopt;
    }
    if (all->back() != EvidenceClass::care_desk) {
      fail(
          node, "FIXED",
          "care_desk stands last in every order: a case worker's word outweighs no agency's, whatever a file "
          "says");
      return std::nullopt;
    }
    return EvidenceOrder(*all);
  }

  std::optional<EvidenceClasses> proof(const YamlNode& node) {
    const auto all = list(node);
    if (!all) return std::nullopt;
    EvidenceClasses classes;
    for (auto one : *all)
      classes.add(one);
    if (classes.has(EvidenceClass::care_desk)) {
      fail(node, "FIXED",
           "care_desk is no proof: a case worker's word alone moves no right, whatever a file says");
      return std::nullopt;
    }
    if (all->empty()) {
      fail(node, "PROOF", "without any proof nobody would ever have a sure parent, spouse or residence");
      return std::nullopt;
    }
    return classes;
  }

  template <class List, class Read>
  void read_lists(const YamlNode& node, std::map<std::string, std::optional<List>>& to, Read read) {
    if (node.IsNull()) return;
    if (!node.IsMap()) return fail(node, "SHAPE", "here stands a map of names and lists of classes");
    for (const auto& entry : node) {
      const auto name = text(entry.first);
      if (!name.empty() && !to.emplace(name, read(entry.second)).second)
        fail(entry.first, "KEY_TWICE", fmt::format("'{}' stands twice; keep one", name));
    }
  }

  /// A list by its name, or as it stands here.
  template <class List, class Read>
  Take choose(List& into, const std::map<std::string, std::optional<List>>& named, Read read) {
    return [this, &into, &named, read](const YamlNode& node) {
      if (!node.IsScalar()) {
        if (auto own = read(node)) into = *own;
        return;
      }
      const auto name = text(node);
      const auto found = named.find(name);
      if (found == named.end()) {
        std::vector<std::string_view> names;
        for (const auto& one : named)
          names.push_back(one.first);
        if (!name.empty())
          fail(node, "NAME", fmt::format("there is no list '{}'{}", name, did_you_mean(name, names)));
      } else if (found->second) {  // else told where the list stands
        into = *found->second;
      }
    };
  }
  Take take_order(EvidenceRule& rule) {
    return choose(rule.order, orders_, [this](const YamlNode& node) { return order(node); });
  }
  Take take_proof(EvidenceRule& rule) {
    return choose(rule.proof, proofs_, [this](const YamlNode& node) { return proof(node); });
  }

  void read_person(const YamlNode& node) {
    std::vector<std::pair<std::string_view, Take>> keys;
    std::vector<std::string_view> required;
    for (std::size_t i = 0; i < person_word_count; ++i) {
      const auto word = static_cast<PersonWord>(i);
      auto& rule = rules_.of(word);
      keys.emplace_back(name_of(word), [this, &rule](const YamlNode& value) {
        rule.line = line_of(value);
        each(value, {{"order", take_order(rule)}}, {"order"});
      });
      required.push_back(name_of(word));
    }
    each(node, keys, required);
  }

  void read_kinds(const YamlNode& node) {
    std::vector<std::pair<std::string_view, Take>> keys;
    std::vector<std::string_view> required;
    for (const auto& kind : fact_kinds()) {
      const auto use = evidence_use(kind.kind);
      if (use.any() && needed_ == Kinds::all) required.push_back(kind.name);
      keys.emplace_back(kind.name, [this, &kind, use](const YamlNode& value) {
        if (!use.any())
          return fail(value, "NO_RULE",
                      fmt::format("facts of kind '{}' have no rules here: they are settled by their days, or "
                                  "stand as each source tells them",
                                  kind.name));
        read_kind(value, kind.kind, use);
      });
    }
    each(node, keys, required);
  }

  void read_kind(const YamlNode& node, FactKind kind, EvidenceUse use) {
    auto& rule = rules_.of(kind);
    rule.line = line_of(node);
    std::vector<std::pair<std::string_view, Take>> keys;
    if (use.order) keys.emplace_back("order", take_order(rule));
    if (use.proof) keys.emplace_back("proof", take_proof(rule));
    if (kind == FactKind::death) {
      keys.emplace_back("dispute_days", whole(rules_.date_dispute_days, 0, dispute_days_max));
      keys.emplace_back("seen_alive_days", whole(rules_.seen_alive_days, 0, seen_alive_days_max));
      keys.emplace_back("proof", [this](const YamlNode& value) {
        fail(value, "NO_RULE", "what proves a death is said by each policy ('evidence:' in policy files)");
      });
    }
    std::vector<std::string_view> required;
    if (use.order) required.push_back("order");
    if (use.proof) required.push_back("proof");
    if (kind == FactKind::death) required.insert(required.end(), {"dispute_days", "seen_alive_days"});
    each(node, keys, required);
  }

  // ---- Tests in the file

  std::optional<PartialDate> day(const YamlNode& node) {
    const auto written = text(node);
    auto read = PartialDate::parse(written);
    if (!read && !written.empty())
      fail(node, "DAY", fmt::format("'{}' is no day, month or year: 2026-11-18, 2026-11, 2026", written));
    return read;
  }
  bool yes(const YamlNode& node) {
    const auto word = text(node);
    if (word != "yes" && word != "no") fail(node, "WORD", "here stands yes or no");
    return word == "yes";
  }

  /// person.NAME, or a kind that has rules.
  std::optional<std::variant<PersonWord, FactKind>> subject(const YamlNode& node) {
    const auto name = text(node);
    std::vector<std::string> known;
    for (std::size_t i = 0; i < person_word_count; ++i) {
      known.push_back(fmt::format("person.{}", name_of(static_cast<PersonWord>(i))));
      if (known.back() == name) return static_cast<PersonWord>(i);
    }
    for (const auto& kind : fact_kinds()) {
      if (!evidence_use(kind.kind).any()) continue;
      known.emplace_back(kind.name);
      if (kind.name == name) return kind.kind;
    }
    const std::vector<std::string_view> names(known.begin(), known.end());
    if (!name.empty())
      fail(node, "SUBJECT", fmt::format("'{}' has no rules{}", name, did_you_mean(name, names)));
    return std::nullopt;
  }

  void read_words(const YamlNode& node, std::vector<EvidenceWord>& words) {
    if (!node.IsSequence() || node.size() == 0 || node.size() > words_max)
      return fail(node, "SHAPE",
                  fmt::format("here stands a list of 1 to {} words: - {{by: hospital, says: "
                              "2026-11-17}}",
                              words_max));
    for (const auto& item : node) {
      EvidenceWord word;
      each(item,
           {{"by",
             [&](const YamlNode& n) {
               if (auto one = evidence(n)) word.by = *one;
             }},
            {"says", [&](const YamlNode& n) { word.says = text(n); }},
            {"on", [&](const YamlNode& n) { word.on = day(n); }}},
           {"by"});
      words.push_back(std::move(word));
    }
  }

  void read_tests(const YamlNode& node) {
    if (!node.IsSequence() || node.size() > tests_max)
      return fail(node, "SHAPE", fmt::format("here stands a list of at most {} tests", tests_max));
    for (const auto& item : node) {
      EvidenceTest test;
      test.place = place(item);
      std::optional<std::variant<PersonWord, FactKind>> of;
      each(item,
           {{"name", [&](const YamlNode& n) { test.name = text(n); }},
            {"of", [&](const YamlNode& n) { of = subject(n); }},
            {"words", [&](const YamlNode& n) { read_words(n, test.words); }},
            {"seen_alive", [&](const YamlNode& n) { test.seen_alive = day(n); }},
            {"expect", [&](const YamlNode& n) { test.expect = text(n); }},
            {"disputed", [&](const YamlNode& n) { test.disputed = yes(n); }}},
           {"name", "of", "words", "expect"});
      if (!of) continue;
      test.of = *of;
      check_words(item, test);
      tests_.push_back(std::move(test));
    }
  }

  /// A death's and a birth day's words are days: the tests build facts of them.
  void check_words(const YamlNode& node, const EvidenceTest& test) {
    const bool days = test.of == std::variant<PersonWord, FactKind>(FactKind::death) ||
                      test.of == std::variant<PersonWord, FactKind>(PersonWord::born);
    for (const auto& word : test.words)
      if (days && !PartialDate::parse(word.says))
        fail(node, "DAY",
             fmt::format("test '{}': '{}' is no day; write says: 2026-11-18", test.name, word.says));
  }

  const Kinds needed_;
  EvidenceRules& rules_;
  std::vector<EvidenceTest>& tests_;
  std::map<std::string, std::optional<EvidenceOrder>> orders_;
  std::map<std::string, std::optional<EvidenceClasses>> proofs_;
};

EvidenceFile file_of(std::string name, std::string text, Reader::Kinds needed, std::vector<Error>& errors) {
  EvidenceFile file;
  file.name = std::move(name), file.text = std::move(text);
  file.digest = sha256_hex(file.text);
  Reader reader(file, needed, errors);
  reader.parse(file.text, file_bytes_max, [&](const YamlNode& root) { reader.read(root); });
  return file;
}

}  // namespace

std::variant<EvidenceFile, std::vector<Error>> parse_evidence(std::string name, std::string text) {
  std::vector<Error> errors;
  auto file = file_of(std::move(name), std::move(text), Reader::Kinds::all, errors);
  if (errors.empty()) errors = run_evidence_tests(file);
  if (!errors.empty()) return errors;
  return file;
}

std::variant<EvidenceFile, std::vector<Error>> parse_adopted_evidence(std::string name, std::string text) {
  std::vector<Error> errors;
  auto file = file_of(std::move(name), std::move(text), Reader::Kinds::those_named, errors);
  if (!errors.empty()) return errors;
  return file;
}

std::variant<EvidenceFile, std::vector<Error>> read_evidence(const std::filesystem::path& path) {
  std::ifstream in;
  std::string text;
  if (std::error_code unknown; std::filesystem::is_regular_file(path, unknown)) {
    in.open(path, std::ios::binary);
    if (in) text.assign(std::istreambuf_iterator<char>(in), {});
  }
  if (!in.is_open() || in.bad())
    return std::vector<Error>{{"EVIDENCE_FILE",
                               "cannot read the evidence rules: put the file there, or name the folder of "
                               "mappings that has it in the configuration's 'directories'",
                               path.string()}};
  return parse_evidence(path.string(), std::move(text));
}

}  // namespace kinhub
