// Recursive descent over `define` and `when`: lists, all, any, not, unless, and
// the phrases of the vocabulary.

#include <fmt/format.h>

#include <array>
#include <cassert>

#include "hub/policy/document_reader.hpp"
#include "hub/policy/keys.hpp"
#include "hub/policy/vocabulary.hpp"

namespace kinhub::policy {
namespace {

// Recursion limit.
constexpr int depth_max = 24;

}  // namespace

const Definition* DocumentReader::definition(std::string_view name) const {
  for (const auto& own : document_->definitions)
    if (own.has_name(name)) return &own;
  for (const auto& inherited : document_->inherited)
    if (inherited.has_name(name)) return &inherited;
  return nullptr;
}

std::vector<std::string> DocumentReader::all_words() const {
  auto words = vocabulary_.patterns();
  for (const auto* list : {&document_->definitions, &document_->inherited})
    for (const auto& definition : *list) {
      words.push_back(definition.name);
      words.push_back(definition.chinese);
    }
  return words;
}

Condition DocumentReader::read_phrase(const YamlNode& node, std::string phrase, bool events) {
  assert(calendar_ && document_ && "the head of the file is read first");
  Condition condition;
  condition.text = phrase;
  constexpr std::array<std::string_view, 2> day_before{" on the day before", "(前一日)"};
  for (auto ending : day_before)
    if (phrase.ends_with(ending)) {
      condition.op = Condition::Op::day_before;
      condition.parts.push_back(read_phrase(node, phrase.substr(0, phrase.size() - ending.size()), events));
      condition.chinese = condition.parts[0].chinese + "（前一日）";
      if (!condition.parts[0].english.empty())
        condition.english = condition.parts[0].english + " on the day before";
      if (!in_event_)
        fail(node, "POLICY_DAY_BEFORE", "'on the day before' needs a 'once on' of the same benefit");
      return condition;
    }
  if (const auto* defined = definition(phrase)) {
    condition = defined->condition;
    condition.text = phrase;
    condition.english = defined->name;
    return condition;
  }
  std::vector<std::string> problems;
  if (auto known = vocabulary_.condition(phrase, *calendar_, problems)) {
    for (const auto& problem : problems)
      fail(node, "POLICY_WORD", fmt::format("'{}': {}", phrase, problem));
    if (known->op == Condition::Op::leaf && is_event(known->leaf.kind) && !events)
      fail(node, "POLICY_EVENT", fmt::format("'{}' is an event: it stands under 'once on'", phrase));
    return *known;
  }
  auto hint = nearest(phrase, all_words());
  fail(node, "POLICY_WORD_UNKNOWN",
       fmt::format("unknown condition '{}'{}; 'kinhub policy words' lists all", phrase,
                   hint ? fmt::format("; is '{}' meant?", *hint) : ""));
  return condition;
}

Condition DocumentReader::read_parts(const YamlNode& node, Condition::Op op, int depth) {
  Condition condition;
  condition.op = op;
  condition.text = op == Condition::Op::any ? "any of" : "all of";
  condition.chinese = op == Condition::Op::any ? "具备其一" : "同时具备";
  if (!node.IsSequence()) {
    condition.parts.push_back(read_condition(node, depth + 1));
    return condition;
  }
  if (node.size() == 0) fail(node, "POLICY_EMPTY", "a list of conditions needs at least one");
  for (const auto& part : node) {
    if (++conditions_ > conditions_max) break;
    condition.parts.push_back(read_condition(part, depth + 1));
  }
  return condition;
}

Condition DocumentReader::read_condition(const YamlNode& node, int depth) {
  if (depth > depth_max || ++conditions_ > conditions_max) {
    fail(node, "POLICY_SIZE", "conditions nest too deep; give the inner ones a name under 'define'");
    return {};
  }
  if (node.IsScalar()) return read_phrase(node, tidy(node.Scalar()), false);
  if (node.IsSequence()) return read_parts(node, Condition::Op::all, depth);
  auto map = entries(node, keys_of(condition_keys));
  Condition condition;
  condition.op = Condition::Op::all;
  condition.text = "all of", condition.chinese = "同时具备";
  for (auto key : {"all", "any", "not", "unless"}) {
    if (!map.contains(key)) continue;
    bool negated = key[0] == 'n' || key[0] == 'u';
    auto part = negated
                    ? read_condition(map[key], depth + 1)
                    : read_parts(map[key], key[1] == 'n' ? Condition::Op::any : Condition::Op::all, depth);
    if (negated) {
      Condition without;
      without.op = Condition::Op::negate;
      without.text = fmt::format("{}: {}", key, part.text);
      without.chinese = "非：" + part.chinese;
      without.parts.push_back(std::move(part));
      part = std::move(without);
    }
    condition.parts.push_back(std::move(part));
  }
  if (condition.parts.empty()) fail(node, "POLICY_EMPTY", "a condition needs all, any, not or unless");
  if (condition.parts.size() == 1) {
    auto only = std::move(condition.parts.front());
    condition = std::move(only);
  }
  if (map.contains("clause")) condition.clause = tidy(scalar(map["clause"]));
  if (auto quote = read_quote(map); !quote.empty()) condition.quote = quote;
  return condition;
}

// Shadowing: within this file, and those that inherit from it, a definition takes the place of the words of
// the vocabulary that share a name with it, with all their names: both languages go on meaning one thing. Its
// own body, read before, still means the vocabulary's.
void DocumentReader::hide_words(const YamlNode& node, Definition& defined) {
  std::string before;
  for (const auto& name : {defined.name, defined.chinese}) {
    const auto* word = vocabulary_.find(name);
    if (!word || word->place.text() == before) continue;
    before = word->place.text();
    const auto names = vocabulary_.names_like(name);
    defined.hides.insert(defined.hides.end(), names.begin(), names.end());
    document_->notices.push_back(
        {"POLICY_WORD_SHADOWED",
         fmt::format("in this file '{}' means what stands here, and not what stands at {}", name, before),
         place(node).text()});
  }
}

void DocumentReader::read_definitions(const YamlNode& node) {
  entries(node, {});  // for its complaints: no map, keys twice
  if (!node.IsMap()) return;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) continue;
    auto [name, chinese] = two_names(entry.first.Scalar());
    Definition defined{name, chinese, read_condition(entry.second, 0)};
    hide_words(entry.first, defined);
    for (const auto& other : document_->definitions)
      if (other.has_name(name) || other.has_name(chinese) ||
          std::any_of(defined.hides.begin(), defined.hides.end(),
                      [&](const std::string& hidden) { return other.has_name(hidden); }))
        fail(entry.first, "POLICY_KEY_TWICE", fmt::format("'{}' is defined twice", name));
    if (entry.second.IsScalar())
      defined.words = defined.condition.text, defined.chinese_words = defined.condition.chinese;
    defined.condition.chinese = chinese;
    defined.condition.text = name == chinese ? name : fmt::format("{} ({})", name, chinese);
    document_->definitions.push_back(std::move(defined));
  }
}

}  // namespace kinhub::policy
