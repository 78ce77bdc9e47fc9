#pragma once
// Parser of one policy file: from the YAML tree to a Document. One class; its functions stand in one
// document_*.cpp for each part of the file.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/base/yaml.hpp"
#include "hub/policy/document.hpp"

namespace kinhub::policy {

/// A key of the language in English; an unknown key comes back as it is.
std::string canonical(std::string_view key);

/// Whether the text is an id: small letters, digits and '-' between them, 1 to 80 characters.
bool is_slug(std::string_view text);

/// Reads one document. Goes on after a problem, so that one run reports all of them.
class DocumentReader {
 public:
  /// `parent` may be null. REQUIRES: parent, issued, vocabulary and errors outlive the reader.
  DocumentReader(const Head& head, const Document* parent, const IssuedTexts& issued,
                 const Vocabulary& vocabulary, std::vector<Error>& errors)
      : file_(head.file), parent_(parent), issued_(issued), vocabulary_(vocabulary), errors_(errors) {}

  /// REQUIRES: root is a map; called once.
  Document read(const YamlNode& root);

  /// "allowance dead (特别扶助金-死亡)": the name and the Chinese one; twice the same where it has no
  /// brackets.
  static std::pair<std::string, std::string> two_names(std::string_view written);

 private:
  using Entries = std::map<std::string, YamlNode, std::less<>>;
  /// A named rule of the calendar and what choosing it sets.
  using Choices = std::vector<std::pair<std::string, std::function<void()>>>;

  // Limit against files that are small and mean endless work.
  static constexpr std::size_t conditions_max = 50'000;

  // document_reader.cpp: the head of the document, and what all parts need
  Place place(const YamlNode& node) const;
  void fail(const YamlNode& node, std::string code, std::string words);
  Entries entries(const YamlNode& node, const std::vector<std::string>& allowed);
  std::string scalar(const YamlNode& node);
  std::string text(const Entries& from, std::string_view key, const YamlNode& around);
  std::string optional_text(const Entries& from, std::string_view key);
  void read_in_force(const Entries& top, const YamlNode& root, Document& document);
  void read_text(const Entries& top);
  std::string read_quote(const Entries& from, std::string_view key = "quote");

  // document_calendar.cpp
  void choose(const Entries& from, std::string_view key, const YamlNode& around, const Choices& choices);
  void read_calendar(Entries& top, const YamlNode& root, Document& document);
  void read_late(const Entries& own, const YamlNode& node, Calendar& calendar);

  // document_evidence.cpp
  Proof read_proof(const YamlNode& node);
  void read_evidence(const YamlNode& node, ProofRules& rules);
  void read_document_evidence(Entries& top, const YamlNode& root, Document& document);

  // document_conditions.cpp
  const Definition* definition(std::string_view name) const;
  std::vector<std::string> all_words() const;
  Condition read_phrase(const YamlNode& node, std::string phrase, bool events);
  Condition read_parts(const YamlNode& node, Condition::Op op, int depth);
  Condition read_condition(const YamlNode& node, int depth);
  void hide_words(const YamlNode& node, Definition& defined);
  void read_definitions(const YamlNode& node);

  // document_benefits.cpp
  void read_benefits(const YamlNode& node);
  void read_benefit(const YamlNode& key, const YamlNode& node);
  void read_whose(const Entries& map, Draft& draft);
  void read_mode(const YamlNode& node, Draft& draft);
  void read_wait(const YamlNode& node, Benefit& benefit);
  void read_excludes(const YamlNode& node, Draft& draft);

  // document_amounts.cpp
  AmountRule read_sum(const YamlNode& node, bool once);
  std::vector<AmountRule> read_amounts(const YamlNode& node, bool once);

  // document_tests.cpp
  void read_tests(const YamlNode& node);

  std::filesystem::path file_;
  const Document* parent_;
  const IssuedTexts& issued_;
  const Vocabulary& vocabulary_;
  std::vector<Error>& errors_;
  Document* document_ = nullptr;
  const Calendar* calendar_ = nullptr;
  std::optional<std::string> document_text_;
  bool in_event_ = false;
  std::size_t conditions_ = 0;
};

}  // namespace kinhub::policy
